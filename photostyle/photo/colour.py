"""From a file's colours to sRGB-encoded floats and back, with nothing clipped on the way.

Matrix profiles are computed here, in float and without bounds; profiles made of tables go through littleCMS at
16 bits, by way of a hub wide enough for every print (ROMM RGB).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

import numpy as np

from photostyle.photo import icc
from photostyle.photo.icc import Curve, Profile
from photostyle.photo.primaries import romm_rgb

# Linear sRGB to XYZ, Bradford-adapted to D50 (IEC 61966-2-1; Lindbloom), its white put on D50 exactly.
_SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
_SRGB_TO_XYZ *= (icc.D50 / _SRGB_TO_XYZ.sum(axis=1))[:, None]
_XYZ_TO_SRGB = np.linalg.inv(_SRGB_TO_XYZ)
# A profile this near to sRGB is sRGB: a quarter of an 8-bit code.
_NEAR = 1e-3
# What the way through the matrix, the sRGB curve and back may do to linear light in float32.
_FLOAT_ERROR = np.float32(1e-6)

Returns = Literal["always", "mostly", "never"]


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB values (IEC 61966-2-1), the curve mirrored at 0 for colours outside sRGB."""
    size = np.abs(linear)
    curved = np.power(size, np.float32(1 / 2.4))
    curved *= np.float32(1.055)
    curved -= np.float32(0.055)
    np.copyto(curved, size * np.float32(12.92), where=size <= np.float32(0.0031308))
    return np.copysign(curved, linear)


def srgb_linear(encoded: np.ndarray) -> np.ndarray:
    """sRGB values to linear light, the inverse of `srgb_encoded`."""
    size = np.abs(encoded)
    curved = size + np.float32(0.055)
    curved /= np.float32(1.055)
    np.power(curved, np.float32(2.4), out=curved)
    np.copyto(curved, size / np.float32(12.92), where=size <= np.float32(0.04045))
    return np.copysign(curved, encoded)


class ColourSpace(Protocol):
    """The colours of a file.

    `returns` tells how many codes come back by themselves from `decode` and `encode` in float32; "always" means to
    the last bit.
    """

    channels: int
    returns: Returns

    def decode(self, values: np.ndarray) -> np.ndarray:
        """Device values (..., channels), nominally in [0, 1], to sRGB-encoded pixels (..., 3); all float32."""

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """The inverse of `decode`; values may leave [0, 1] where the space does not hold the colour."""


@dataclass(frozen=True)
class Srgb:
    """sRGB itself, in three channels, or in one that is grey."""

    channels: int = 3
    returns: Returns = "always"

    def decode(self, values: np.ndarray) -> np.ndarray:
        return values if self.channels == 3 else np.broadcast_to(values, (*values.shape[:-1], 3))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return pixels[..., : self.channels]


@dataclass(frozen=True)
class Grey:
    """One channel with a tone curve; `lab` where the curve gives CIELAB lightness instead of light."""

    curve: Curve
    lab: bool = False
    channels: int = 1
    returns: Returns = "mostly"

    def decode(self, values: np.ndarray) -> np.ndarray:
        light = self.curve.to_linear(values)
        grey = srgb_encoded(_light_of_lightness(light) if self.lab else light)
        return np.broadcast_to(grey, (*values.shape[:-1], 3))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        light = srgb_linear(pixels[..., 1:2])
        return self.curve.to_device(_lightness_of_light(light) if self.lab else light)


def _light_of_lightness(lightness: np.ndarray) -> np.ndarray:
    """Luminance in [0, 1] of CIELAB lightness / 100 (CIE 15:2004)."""
    cubed = ((lightness * np.float32(100) + np.float32(16)) / np.float32(116)) ** 3
    return np.where(lightness > 0.08, cubed, lightness * np.float32(2700 / 24389)).astype(np.float32)


def _lightness_of_light(light: np.ndarray) -> np.ndarray:
    root = np.cbrt(light) * np.float32(1.16) - np.float32(0.16)
    return np.where(light > 216 / 24389, root, light * np.float32(24389 / 2700)).astype(np.float32)


class Matrix:
    """Three channels with tone curves and a matrix: Adobe RGB, Display P3, ProPhoto and their like."""

    channels = 3
    returns: Returns = "mostly"

    def __init__(self, matrix: np.ndarray, curves: tuple[Curve, ...]) -> None:
        self.curves = curves
        self._to_xyz = matrix
        self._looked_up: dict[int, list[np.ndarray]] = {}
        self._to_srgb = (_XYZ_TO_SRGB @ matrix).T.astype(np.float32)
        self._from_srgb = np.linalg.inv(_XYZ_TO_SRGB @ matrix).T.astype(np.float32)

    def decode(self, values: np.ndarray) -> np.ndarray:
        return srgb_encoded(self._each(Curve.to_linear, values) @ self._to_srgb)

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return self._each(Curve.to_device, srgb_linear(pixels) @ self._from_srgb)

    def _each(self, work: Callable[[Curve, np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
        first = self.curves[0]
        if first.table is None and all(curve == first for curve in self.curves):
            return work(first, values)
        return np.stack([work(curve, values[..., number]) for number, curve in enumerate(self.curves)], axis=-1)

    def decode_codes(self, codes: np.ndarray) -> np.ndarray:
        """`decode` of whole numbers, each channel's curve looked up in a table."""
        tables = self._tables(np.iinfo(codes.dtype).max)
        linear = np.empty(codes.shape, np.float32)
        for number, table in enumerate(tables):
            linear[..., number] = table[codes[..., number]]
        return srgb_encoded(linear @ self._to_srgb)

    def _tables(self, top: int) -> list[np.ndarray]:
        if top not in self._looked_up:
            ramp = np.arange(top + 1, dtype=np.float32) / np.float32(top)
            self._looked_up[top] = [curve.to_linear(ramp) for curve in self.curves]
        return self._looked_up[top]

    def fragile_below(self, top: int, slack: float) -> int:
        """The code under which an error of float32 in linear light may move a code by more than `slack`."""
        highest = 0
        for curve, linear in zip(self.curves, self._tables(top), strict=True):
            spread = curve.to_device(linear + _FLOAT_ERROR) - curve.to_device(linear - _FLOAT_ERROR)
            moved = np.flatnonzero(np.abs(spread) * (top / 2) > slack)
            highest = max(highest, int(moved[-1]) + 1 if len(moved) else 0)
        return highest

    def from_xyz(self, xyz: np.ndarray) -> np.ndarray:
        """Device values of D50 XYZ."""
        return self._each(Curve.to_device, xyz @ (np.linalg.inv(self._to_xyz).T.astype(np.float32)))

    def is_srgb(self) -> bool:
        """Whether this is sRGB by another name."""
        ramp = np.linspace(0, 1, 256, dtype=np.float32)
        curves = all(np.abs(srgb_encoded(curve.to_linear(ramp)) - ramp).max() < _NEAR for curve in self.curves)
        return curves and bool(np.abs(self._to_srgb - np.eye(3)).max() < _NEAR)


class Tables:
    """Colours that a profile gives by tables, such as CMYK: littleCMS, relative colorimetric, black to black.

    `writable` tells whether there are tables for the way back too.
    """

    returns: Returns = "never"
    _RELATIVE = 1
    _BLACK_TO_BLACK = 0x2000
    _UNOPTIMISED = 0x0100

    def __init__(self, profile: bytes, parsed: Profile, fine: bool) -> None:
        space = parsed.space
        self.writable = parsed.to_device
        self.channels = {"GRAY": 1, "RGB": 3, "Lab": 3, "CMYK": 4}[space]
        self._profile = profile
        self._name = {"GRAY": "gray", "RGB": "rgb", "Lab": "lab", "CMYK": "cmyk"}[space]
        self._flags = self._BLACK_TO_BLACK | (self._UNOPTIMISED if fine else 0)

    def decode(self, values: np.ndarray) -> np.ndarray:
        profile, wide = hub()
        codes = np.rint(np.clip(values, 0, 1) * np.float32(65535)).astype(np.uint16)
        through = self._transformed(codes, self._profile, profile, self._name, "rgb")
        return wide.decode(through.astype(np.float32) / np.float32(65535))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        if not self.writable:  # only kept codes are written then
            return np.zeros((*pixels.shape[:-1], self.channels), np.float32)
        profile, wide = hub()
        codes = np.rint(np.clip(wide.encode(pixels), 0, 1) * np.float32(65535)).astype(np.uint16)
        through = self._transformed(codes, profile, self._profile, "rgb", self._name)
        return through.reshape(*pixels.shape[:-1], self.channels).astype(np.float32) / np.float32(65535)

    def _transformed(self, codes: np.ndarray, source: bytes, target: bytes, of: str, to: str) -> np.ndarray:
        from imagecodecs import cms_transform

        return cms_transform(
            np.ascontiguousarray(codes),
            source,
            target,
            colorspace=of,
            outcolorspace=to,
            outdtype=np.uint16,
            intent=self._RELATIVE,
            flags=self._flags,
        )


@cache
def hub() -> tuple[bytes, Matrix]:
    """ROMM RGB, wide enough for every print, as a profile and as arithmetic."""
    data = romm_rgb()
    profile = icc.parse(data)
    return data, Matrix(profile.matrix, profile.curves)


def xyz_of_lab(lab: np.ndarray) -> np.ndarray:
    """D50 XYZ of CIELAB with lightness from 0 to 100 (CIE 15:2004), (..., 3) float32."""
    y = (lab[..., 0] + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    ratios = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * (3 * (6 / 29) ** 2))
    return (ratios * icc.D50).astype(np.float32)


class Inks:
    """CMYK without a profile: each ink takes its complement away; black replaces what the three have in common."""

    channels = 4
    returns: Returns = "never"

    def decode(self, values: np.ndarray) -> np.ndarray:
        return (1 - values[..., :3]) * (1 - values[..., 3:])

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        light = np.clip(pixels, 0, 1)
        white = light.max(axis=-1, keepdims=True)
        inks = 1 - light / np.maximum(white, np.float32(1e-6))
        return np.concatenate([np.where(white > 0, inks, 0), 1 - white], axis=-1).astype(np.float32)


_CHANNELS = {"grey": ("GRAY", 1), "rgb": ("RGB", 3), "cmyk": ("CMYK", 4)}


def colour_space(profile: bytes | None, layout: str, *, fine: bool = True) -> tuple[ColourSpace, str | None]:
    """The colour space of a file, and a note where its profile cannot be used.

    Args:
        profile: its ICC profile, or None.
        layout: "grey", "rgb" or "cmyk".
        fine: whether tables are interpolated exactly (16-bit files), or by littleCMS's faster way (8-bit files).
    """
    if profile is None:
        return _without_profile(layout), None
    space, channels = _CHANNELS[layout]
    try:
        parsed = icc.parse(profile)
        if parsed.space != space:
            raise ValueError(f"made for {parsed.space} colours, in a photo that is {space}")
        return _of(profile, parsed, fine), None
    except Exception as error:  # littleCMS may refuse what parsed well
        plain = "sRGB" if layout != "cmyk" else "plain inks"
        return _without_profile(layout), f"its colour profile is broken ({error}); its colours are read as {plain}"


def _without_profile(layout: str) -> ColourSpace:
    return Inks() if layout == "cmyk" else Srgb(_CHANNELS[layout][1])


def _of(profile: bytes, parsed: Profile, fine: bool) -> ColourSpace:
    if parsed.matrix is not None:
        matrix = Matrix(parsed.matrix, parsed.curves)
        return Srgb() if matrix.is_srgb() else matrix
    if parsed.space == "GRAY" and parsed.curves:
        return Grey(parsed.curves[0], parsed.lab)
    tables = Tables(profile, parsed, fine)
    probe = tables.decode(np.zeros((1, 1, tables.channels), np.float32))
    try:
        tables.encode(probe)
    except Exception:  # littleCMS refuses the tables of the way back only when they are used
        tables.writable = False
    return tables
