"""The colour space of a file: by its ICC profile where it has one that can be used."""

import numpy as np

from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.hdr import HLG, PQ, Hdr
from photostyle.photo.colour_management.primaries import Colours, colours_of_points, narrow_range
from photostyle.photo.colour_management.spaces import ColourSpace, Grey, Inks, Matrix, Srgb
from photostyle.photo.colour_management.tables import Tables
from photostyle.photo.file_facts import Layout

# The device colours of a profile for each layout, and how many channels they have.
_DEVICE_COLOURS: dict[Layout, tuple[str, int]] = {"grey": ("GRAY", 1), "rgb": ("RGB", 3), "cmyk": ("CMYK", 4)}


def colour_space(profile: bytes | None, layout: Layout, *, fine: bool = True) -> tuple[ColourSpace, str | None]:
    """The colour space of a file, and a note where its profile cannot be used.

    Args:
        profile: its ICC profile, or None.
        layout: "grey", "rgb" or "cmyk".
        fine: whether tables are interpolated exactly (16-bit files), or by littleCMS's faster way (8-bit files).
    """
    if profile is None:
        return _without_profile(layout), None
    wanted, _ = _DEVICE_COLOURS[layout]
    try:
        parsed = icc.parse(profile)
        if parsed.space != wanted:
            raise ValueError(f"made for {parsed.space} colours, in a photo that is {wanted}")
        return space_of(profile, parsed, fine), None
    except icc.UnsupportedProfileError as error:
        return _without_profile(layout), f"its colour profile cannot be used ({error}); its colours are read as {assumed(layout)}"
    except Exception as error:  # littleCMS may refuse what parsed well
        return _without_profile(layout), f"its colour profile is broken ({error}); its colours are read as {assumed(layout)}"


def assumed(layout: Layout) -> str:
    """What colours without a profile are taken for, in words."""
    if layout == "cmyk":
        return "plain inks"
    return "sRGB"


def _without_profile(layout: Layout) -> ColourSpace:
    if layout == "cmyk":
        return Inks()
    _, channels = _DEVICE_COLOURS[layout]
    return Srgb(channels)


def space_of(profile: bytes, parsed: icc.Profile, fine: bool) -> ColourSpace:
    """The colour space of a parsed profile."""
    colours = hdr_colours(parsed)
    if colours is not None:
        return _hdr(parsed, colours, fine)
    if parsed.matrix is not None:
        matrix = Matrix(parsed.matrix, parsed.curves)
        if matrix.is_srgb():
            return Srgb()
        return matrix
    if parsed.space == "GRAY" and parsed.curves:
        return Grey(parsed.curves[0], parsed.lab)
    tables = Tables(profile, parsed, fine)
    probe = tables.decode(np.zeros((1, 1, tables.channels), np.float32))
    try:
        tables.encode(probe)
    except Exception:  # littleCMS refuses the tables of the way back only when they are used
        tables.writable = False
    return tables


def hdr_colours(parsed: icc.Profile) -> Colours | None:
    """The colours that a profile gives by code points whose brightness is PQ or HLG, or None."""
    if parsed.code_points is None or parsed.space not in ("RGB", "GRAY"):
        return None
    primaries, transfer, _, _ = parsed.code_points
    if transfer not in (PQ, HLG):
        return None
    return colours_of_points(primaries, transfer)


def _hdr(parsed: icc.Profile, colours: Colours, fine: bool) -> Hdr:
    black, white = 0.0, 1.0
    if parsed.code_points is not None and parsed.code_points[3] == 0:
        black, white = narrow_range(16 if fine else 8)
    channels = 3
    if parsed.space == "GRAY":
        channels = 1
    return Hdr(colours.transfer, colours.linear_to_srgb(), channels, black, white)
