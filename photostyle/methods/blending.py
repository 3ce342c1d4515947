"""What methods that blend several styles have in common."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from photostyle.options import MethodOptions


class BlendedStyles(MethodOptions):
    """Options with `blend`: more styles, each FILE, FILE:SHARE or REGION=FILE."""

    blend: tuple[str, ...]

    def more_photos(self) -> tuple[str, ...]:
        from photostyle.methods.paint.styles import parse_style  # which loads this file

        return tuple(parse_style(text).path for text in self.blend)

    def with_photos_at(self, place: Callable[[str], str]) -> Self:
        from photostyle.methods.paint.styles import parse_style

        styles = [parse_style(text) for text in self.blend]
        there: dict[str, Any] = {"blend": tuple(replace(each, path=place(each.path)).text for each in styles)}
        return replace(self, **there)
