"""What can be said of a clip beside the options of a transfer: which part of it, how it is encoded, how steadily it is painted.

The command for clips, the batch and its manifests share these; nothing here loads libav or torch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from photostyle.errors import OptionError
from photostyle.option_text import parse_option
from photostyle.video.selection import Selection, parse_time

TEXTS = ("from", "to", "preview", "steady", "codec", "crf")  # as they are called where people type them


@dataclass(frozen=True)
class Wish:
    """What the user asks of the encoding.

    Args:
        codec: a codec or one of libav's encoders by name; None for the clip's own, as far as it can be written.
        crf: the quality, in the encoder's own steps: less is better; None for one at which no loss is seen.
        more: further options of the encoder, by its own names.
    """

    codec: str | None = None
    crf: float | None = None
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipOptions:
    """How clips are made.

    Args:
        selection: which frames are written, and at which size.
        wish: how they are encoded.
        steady: of a network: how much the paintings of earlier frames count against a frame's own, 0 to 1; None for the usual.
    """

    selection: Selection = Selection()  # noqa: RUF009 (frozen)
    wish: Wish = Wish()  # noqa: RUF009 (frozen)
    steady: float | None = None

    def __post_init__(self) -> None:
        if self.steady is not None and not 0 <= self.steady <= 1:
            raise OptionError(f"steady must be from 0 to 1, got {self.steady:g}", option="steady")

    def with_texts(self, texts: Mapping[str, str], encoder_options: Iterable[str] = ()) -> "ClipOptions":
        """The options, changed by what was typed.

        Args:
            texts: by the names in `TEXTS`.
            encoder_options: NAME=VALUE each.

        Raises:
            OptionError: a text is no value of its option.

        >>> ClipOptions().with_texts({"from": "1:02.5", "crf": "16"}, ["preset=slow"]).given()
        {'from': '125/2', 'crf': 16.0, 'codec_option': {'preset': 'slow'}}
        """
        selection: dict[str, Any] = {}
        if "from" in texts:
            selection["begin"] = parse_time(texts["from"], "from")
        if "to" in texts:
            selection["until"] = parse_time(texts["to"], "to")
        if "preview" in texts:
            selection["preview"] = parse_option(int, texts["preview"], "preview")
        wish: dict[str, Any] = {}
        if "codec" in texts:
            wish["codec"] = texts["codec"]
        if "crf" in texts:
            wish["crf"] = parse_option(float, texts["crf"], "crf")
        more = dict(_encoder_option(text) for text in encoder_options)
        if more:
            wish["more"] = {**self.wish.more, **more}
        steady = parse_option(float, texts["steady"], "steady") if "steady" in texts else self.steady
        return ClipOptions(replace(self.selection, **selection), replace(self.wish, **wish), steady)

    def given(self) -> dict[str, Any]:
        """What differs from the defaults, by the options' names, in plain values."""
        part, wish = self.selection, self.wish
        values = {
            "from": None if part.begin is None else str(part.begin),
            "to": None if part.until is None else str(part.until),
            "preview": part.preview,
            "steady": self.steady,
            "codec": wish.codec,
            "crf": wish.crf,
            "codec_option": dict(wish.more) or None,
        }
        return {name: value for name, value in values.items() if value is not None}


def _encoder_option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise OptionError(f"codec-option must be NAME=VALUE, such as preset=slow, got {text!r}", option="codec_option")
    return name.strip(), value.strip()
