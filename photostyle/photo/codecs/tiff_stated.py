"""What a TIFF's own tags say of its colours where it has no profile (TIFF 6.0, section 20): primaries, white, tone curve."""

from typing import TYPE_CHECKING, Any

import numpy as np

from photostyle.photo.colour_management import made_profiles
from photostyle.photo.colour_management.primaries import Colours
from photostyle.photo.colour_management.srgb import srgb_linear
from photostyle.photo.file_facts import Layout

if TYPE_CHECKING:
    from tifffile import TiffPage

_TRANSFER_FUNCTION = 301
_WHITE_POINT = 318
_PRIMARIES = 319
_PHOTOMETRICS = (1, 2, 6)  # grey, RGB, luma and chroma
_SRGB = 1
_DISPLAY_P3 = 12
_GAMMA = 2.2  # the tone curve where a file tells primaries alone
_MOST_POINTS = 4096
_FULL = 65535
_SLACK = 0.01  # by how much a curve of sRGB may differ from sRGB's


def stated_profile(page: "TiffPage", layout: Layout, notes: list[str]) -> bytes | None:
    """An ICC profile of the colours that the tags tell; None where they tell sRGB, or nothing.

    ImageMagick writes the primaries of sRGB into every TIFF, so that these say no more than none do.

    Args:
        page: a tifffile page without a profile.
        layout: of the photo.
        notes: notes for the user, to be added to.
    """
    if int(page.photometric) not in _PHOTOMETRICS or layout == "cmyk":
        return None
    colours = _primaries(page, notes)
    if layout == "grey":
        colours = Colours(name="Grey")
    curves = _curves(page, notes)
    if curves is None:
        if colours.is_like(_SRGB):
            return None
        if not colours.is_like(_DISPLAY_P3):
            colours = Colours(colours.primaries, colours.white, gamma=_GAMMA, name=colours.name)
        return colours.profile(layout)
    if colours.is_like(_SRGB) and all(_is_srgb(curve) for curve in curves):
        return None
    tags = [made_profiles.table_curve(curve) for curve in curves]
    if layout == "grey":
        return made_profiles.grey_profile("Grey with its own tone curve", tags[0])
    name = f"{colours.name or 'sRGB primaries'} with its own tone curve"
    return made_profiles.rgb_profile(name, colours.white, colours.primaries, tags)


def _numbers(page: "TiffPage", tag: int, count: int) -> tuple[float, ...] | None:
    """The values of a tag of fractions; None where it is missing, empty where it is damaged."""
    if tag not in page.tags:
        return None
    value: Any = page.tags[tag].value
    try:
        parts = np.asarray(value, np.float64).reshape(count, 2)
    except (TypeError, ValueError):
        return ()
    if not (parts[:, 1] > 0).all():
        return ()
    return tuple(float(number) for number in parts[:, 0] / parts[:, 1])


def _primaries(page: "TiffPage", notes: list[str]) -> Colours:
    """The primaries and the white that the page tells, else those of sRGB."""
    primaries = _numbers(page, _PRIMARIES, 6)
    white = _numbers(page, _WHITE_POINT, 2)
    if primaries is None:
        return Colours()
    colours = Colours()
    if white is None:
        white = colours.white
    try:
        colours = Colours(primaries, (white[0], white[1]), name="RGB of stated primaries")
        made_profiles.rgb_to_xyz(colours.white, colours.primaries)
    except (IndexError, ValueError):
        notes.append("its TIFF tags tell primaries or a white that are no colours; read as sRGB")
        return Colours()
    return colours


def _curves(page: "TiffPage", notes: list[str]) -> list[np.ndarray] | None:
    """One or three curves from codes to light in [0, 1], evenly spaced; None where the page tells none that is one."""
    if _TRANSFER_FUNCTION not in page.tags:
        return None
    points = 1 << min(page.bitspersample, 16)
    try:
        table = np.asarray(page.tags[_TRANSFER_FUNCTION].value, np.float64).reshape(-1, points)
    except (TypeError, ValueError):
        table = np.ones((1, points))
    rises = len(table) in (1, 3) and bool((np.diff(table) >= 0).all())
    if not rises or (table[:, -1] < 0.9 * _FULL).any() or (table[:, 0] > 0.1 * _FULL).any():
        notes.append("its TIFF tag TransferFunction is no tone curve of a photo; left out")
        return None
    if points > _MOST_POINTS:
        places = np.linspace(0, points - 1, _MOST_POINTS)
        table = np.stack([np.interp(places, np.arange(points), row) for row in table])
    return list(table / _FULL)


def _is_srgb(curve: np.ndarray) -> bool:
    light = srgb_linear(np.linspace(0, 1, len(curve)))
    return bool(np.abs(light - curve).max() < _SLACK)
