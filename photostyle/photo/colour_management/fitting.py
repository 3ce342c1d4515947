"""Profiles fitted to photos of another layout than they were made for."""

import numpy as np

from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.made_profiles import grey_profile, table_curve
from photostyle.photo.colour_management.profiles import hdr_colours, space_of
from photostyle.photo.colour_management.srgb import SRGB_TO_XYZ, srgb_linear
from photostyle.photo.file_facts import Layout

_GREY_POINTS = 4096
_LUMINANCE = SRGB_TO_XYZ[1]


def fitted(profile: bytes | None, layout: Layout, notes: list[str]) -> bytes | None:
    """The profile; for a grey photo with one for RGB, a profile for grey that gives its greys the same light.

    Args:
        profile: an ICC profile, or None.
        layout: of the photo.
        notes: notes for the user, to be added to.
    """
    if profile is None or layout != "grey":
        return profile
    try:
        parsed = icc.parse(profile)
        if parsed.space != "RGB":
            return profile
        fitting = _grey_of_rgb(profile, parsed)
    except Exception:  # a profile that cannot be used is noted when the photo's colours are read
        return profile
    notes.append("is grey, but its colour profile is for RGB; its greys are read as that profile has them")
    return fitting


def _grey_of_rgb(profile: bytes, parsed: icc.Profile) -> bytes | None:
    """A grey profile with the light that an RGB profile gives for equal red, green and blue."""
    colours = hdr_colours(parsed)
    if colours is not None:
        return colours.profile("grey")
    name = icc.name_of(profile) or "Grey"
    curve = icc.common_curve(profile)
    if parsed.matrix is not None and curve is not None:
        return grey_profile(name, curve)
    ramp = np.linspace(0, 1, _GREY_POINTS, dtype=np.float32)
    pixels = space_of(profile, parsed, True).decode(np.repeat(ramp[:, None, None], 3, axis=2))
    light = srgb_linear(pixels)[:, 0] @ _LUMINANCE
    return grey_profile(name, table_curve(np.maximum.accumulate(light)))
