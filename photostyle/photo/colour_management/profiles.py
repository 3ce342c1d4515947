"""The colour space of a file: by its ICC profile where it has one that can be used."""

import numpy as np

from photostyle.photo.colour_management import icc
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
        return _of_profile(profile, parsed, fine), None
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


def _of_profile(profile: bytes, parsed: icc.Profile, fine: bool) -> ColourSpace:
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
