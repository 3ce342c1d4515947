"""Which style each photo takes: every one of several, one by one in order, or as a CSV file says."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Literal

from photostyle.batch import remote
from photostyle.batch.inputs import FoundPhoto, check_exists, find_photos
from photostyle.batch.manifest import read_rows
from photostyle.errors import OptionError
from photostyle.events import unheard

Pairing = Literal["every", "pairwise"]


@dataclass(frozen=True)
class StyledPhoto:
    """A photo, and the style and style mask that it is to be relit with."""

    photo: FoundPhoto
    style: str
    style_mask: str | None


def choose_styles(
    photos: Sequence[FoundPhoto],
    styles: Sequence[str],
    *,
    style_for: str | None = None,
    style_mask: str | None = None,
    pairing: Pairing = "every",
    tell: Callable[[str], None] = unheard,
) -> list[StyledPhoto]:
    """The photos with their styles; a photo with several styles comes several times. Arguments as for `make_plan`.

    Raises:
        OptionError, PhotoError: a photo has no style, or a style or mask is not there.
    """
    found = [style.path for style in find_photos((remote.local_path(style) for style in styles), tell=tell)]
    if style_mask is not None:
        check_exists(style_mask, "style mask")
        if len(found) != 1:
            text = f"a style mask is for one style, got {len(found)}; use a manifest's style_mask column"
            raise OptionError(text, option="style_mask")
    if style_for is not None:
        return _styles_by_csv(photos, found, style_for, style_mask)
    if photos and not found:
        raise OptionError("no style is named; name one, or a CSV file that names one for each photo", option="style")
    if pairing == "pairwise":
        if len(photos) != len(found):
            raise OptionError(f"pairwise needs as many styles as photos, got {len(found)} and {len(photos)}")
        return [StyledPhoto(photo, style, style_mask) for photo, style in zip(photos, found, strict=True)]
    return [StyledPhoto(photo, style, style_mask) for photo in photos for style in found]


def _styles_by_csv(photos: Sequence[FoundPhoto], styles: Sequence[str], csv: str, style_mask: str | None) -> list[StyledPhoto]:
    """Each photo with the style of the first row that is for it, else with the one style that is named beside the CSV."""
    rows = read_rows(csv, ("content", "style", "style_mask"), ("content", "style"))
    styled = []
    for photo in photos:
        row = _row_for(photo, rows, os.path.dirname(csv))
        if row is not None:
            style = check_exists(row["style"], f"style ({csv})")
            styled.append(StyledPhoto(photo, style, row.get("style_mask")))
        elif len(styles) == 1:
            styled.append(StyledPhoto(photo, styles[0], style_mask))
        else:
            text = f"{photo.path}: no row of {csv} is for it; add one, or name one style for the rest"
            raise OptionError(text, option="style")
    return styled


def _row_for(photo: FoundPhoto, rows: Sequence[dict[str, str]], folder: str) -> dict[str, str] | None:
    """The first row whose content is the photo's path or name, or a glob of it."""
    name = os.path.basename(photo.path)
    names = (photo.path, str(PurePosixPath(photo.reldir) / name), name)
    for row in rows:
        content = row["content"]
        if os.path.realpath(content) == os.path.realpath(photo.path):
            return row
        pattern = content
        if not remote.is_url(content):
            pattern = os.path.relpath(content, folder or ".")
        if any(each == pattern or fnmatch(each, pattern) for each in names):
            return row
    return None
