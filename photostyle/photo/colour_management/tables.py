"""Colour spaces that a profile gives by tables: through littleCMS at 16 bits, by way of a hub wide enough for print."""

from functools import cache

import numpy as np

from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import romm_rgb
from photostyle.photo.colour_management.spaces import Matrix, Returns

_NAMES = {"GRAY": "gray", "RGB": "rgb", "Lab": "lab", "CMYK": "cmyk"}
_CHANNELS = {"GRAY": 1, "RGB": 3, "Lab": 3, "CMYK": 4}
# Rendering intent and flags of littleCMS.
_RELATIVE = 1
_BLACK_TO_BLACK = 0x2000
_UNOPTIMISED = 0x0100
_ICC_MAX = 5
_VERSION_4_4 = b"\x04\x40\0\0"


@cache
def hub() -> tuple[bytes, Matrix]:
    """ROMM RGB, wide enough for every print, as a profile and as arithmetic."""
    data = romm_rgb()
    profile = icc.parse(data)
    if profile.matrix is None:
        raise ValueError("ROMM RGB must be a matrix profile")
    return data, Matrix(profile.matrix, profile.curves)


class Tables:
    """Colours that a profile gives by tables, such as CMYK: littleCMS, relative colorimetric, black to black.

    `writable` tells whether there are tables for the way back too.

    Args:
        profile: the ICC profile.
        parsed: the same, parsed.
        fine: whether tables are interpolated exactly on the way in too, or by littleCMS's faster way. On the way out they
            always are: the faster way is off by up to 15 codes of 255 in dark saturated colours.
    """

    returns: Returns = "never"

    def __init__(self, profile: bytes, parsed: icc.Profile, fine: bool) -> None:
        self.writable = parsed.to_device
        self.channels = _CHANNELS[parsed.space]
        self._profile = profile
        if profile[8] >= _ICC_MAX:  # littleCMS refuses the number, not the tables, which are those of version 4
            self._profile = profile[:8] + _VERSION_4_4 + profile[12:]
        self._name = _NAMES[parsed.space]
        self._decode_flags = _BLACK_TO_BLACK
        if fine:
            self._decode_flags |= _UNOPTIMISED

    def decode(self, values: np.ndarray) -> np.ndarray:
        profile, wide = hub()
        codes = _codes(values)
        if self.channels == 1:
            codes = codes[..., 0]
        through = self._transformed(codes, self._profile, profile, (self._name, "rgb"), self._decode_flags)
        return wide.decode(through.astype(np.float32) / np.float32(65535))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        if not self.writable:  # only the codes that were read are written then
            return np.zeros((*pixels.shape[:-1], self.channels), np.float32)
        profile, wide = hub()
        flags = _BLACK_TO_BLACK | _UNOPTIMISED
        through = self._transformed(_codes(wide.encode(pixels)), profile, self._profile, ("rgb", self._name), flags)
        values: np.ndarray = through.reshape((*pixels.shape[:-1], self.channels)).astype(np.float32)
        values /= np.float32(65535)
        return values

    def _transformed(self, codes: np.ndarray, source: bytes, target: bytes, spaces: tuple[str, str], flags: int) -> np.ndarray:
        from imagecodecs import cms_transform

        made: np.ndarray = cms_transform(
            np.ascontiguousarray(codes),
            source,
            target,
            colorspace=spaces[0],
            outcolorspace=spaces[1],
            outdtype=np.uint16,
            intent=_RELATIVE,
            flags=flags,
        )
        return made


def _codes(values: np.ndarray) -> np.ndarray:
    """16-bit codes of values in [0, 1] and clipped to that."""
    codes: np.ndarray = np.rint(np.clip(values, 0, 1) * np.float32(65535)).astype(np.uint16)
    return codes
