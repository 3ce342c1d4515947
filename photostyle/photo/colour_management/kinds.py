"""Which of the colour spaces that EXIF can name a profile has."""

from typing import Literal

import numpy as np

from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import adobe_rgb
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.colour_management.spaces import Srgb
from photostyle.photo.file_facts import Layout

Kind = Literal["srgb", "adobe", "other"]
_NEAR = 0.004  # of sRGB-encoded values


def kind_of(profile: bytes | None, layout: Layout) -> tuple[Kind, str]:
    """Whether colours are sRGB, Adobe RGB or others, and the name of the profile; nothing usable means sRGB.

    Args:
        profile: an ICC profile, or None.
        layout: of the photo.
    """
    if layout == "cmyk":
        return "other", icc.name_of(profile or b"") or "unnamed"
    if profile is None:
        return "srgb", "sRGB IEC61966-2.1"
    name = icc.name_of(profile) or "unnamed"
    space, note = colour_space(profile, layout)
    if note is not None or isinstance(space, Srgb):
        return "srgb", name
    if icc.code_points(profile) is not None:
        return "other", name
    adobe, _ = colour_space(adobe_rgb(layout), layout)
    probe = np.linspace(0, 1, 5, dtype=np.float32)
    corners = np.stack(np.meshgrid(*[probe] * adobe.channels), axis=-1)
    if np.abs(space.decode(corners) - adobe.decode(corners)).max() < _NEAR:
        return "adobe", name
    return "other", name
