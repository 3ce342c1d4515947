"""Colour spaces of files, to sRGB-encoded floats and back, computed in float and with nothing clipped on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from photostyle.photo.colour_management.curves import Curve
from photostyle.photo.colour_management.lab import light_of_lightness, lightness_of_light
from photostyle.photo.colour_management.srgb import XYZ_TO_SRGB, srgb_encoded, srgb_linear

# A profile this near to sRGB is sRGB: a quarter of an 8-bit code.
_NEAR = 1e-3
# What the way through the matrix, the sRGB curve and back may do to linear light in float32.
_FLOAT_ERROR = np.float32(1e-6)

Returns = Literal["always", "mostly", "never"]


class ColourSpace(Protocol):
    """The colours of a file.

    `returns` tells how many codes come back by themselves from `decode` and `encode` in float32; "always" means to
    the last bit. `writable` is False where `encode` is not known.
    """

    @property
    def channels(self) -> int: ...

    @property
    def returns(self) -> Returns: ...

    @property
    def writable(self) -> bool: ...

    def decode(self, values: np.ndarray) -> np.ndarray:
        """Device values (..., channels), nominally in [0, 1], to sRGB-encoded pixels (..., 3); all float32."""

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """The inverse of `decode`; values may leave [0, 1] where the space does not hold the colour."""


@dataclass(frozen=True)
class Srgb:
    """sRGB itself, in three channels, or in one that is grey."""

    channels: int = 3
    returns: Returns = "always"
    writable: bool = True

    def decode(self, values: np.ndarray) -> np.ndarray:
        if self.channels == 3:
            return values
        return np.broadcast_to(values, (*values.shape[:-1], 3))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return pixels[..., : self.channels]


@dataclass(frozen=True)
class Grey:
    """One channel with a tone curve; `lab` where the curve gives CIELAB lightness instead of light."""

    curve: Curve
    lab: bool = False
    channels: int = 1
    returns: Returns = "mostly"
    writable: bool = True

    def decode(self, values: np.ndarray) -> np.ndarray:
        light = self.curve.to_linear(values)
        if self.lab:
            light = light_of_lightness(light)
        return np.broadcast_to(srgb_encoded(light), (*values.shape[:-1], 3))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        light = srgb_linear(pixels[..., 1:2])
        if self.lab:
            light = lightness_of_light(light)
        return self.curve.to_device(light)


class Matrix:
    """Three channels with tone curves and a matrix: Adobe RGB, Display P3, ProPhoto and their like.

    Args:
        matrix: (3, 3) from linear device RGB to D50 XYZ.
        curves: of red, green and blue.
    """

    channels = 3
    returns: Returns = "mostly"
    writable = True

    def __init__(self, matrix: np.ndarray, curves: tuple[Curve, ...]) -> None:
        self.curves = curves
        self._to_xyz = matrix
        self._lookup_tables: dict[int, list[np.ndarray]] = {}
        self._to_srgb = (XYZ_TO_SRGB @ matrix).T.astype(np.float32)
        self._from_srgb = np.linalg.inv(XYZ_TO_SRGB @ matrix).T.astype(np.float32)

    def __getstate__(self) -> dict[str, Any]:
        """All but the lookup tables, which are large and soon made again."""
        return {**self.__dict__, "_lookup_tables": {}}

    def decode(self, values: np.ndarray) -> np.ndarray:
        return srgb_encoded(self._each(Curve.to_linear, values) @ self._to_srgb)

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return self._each(Curve.to_device, srgb_linear(pixels) @ self._from_srgb)

    def _each(self, convert: Callable[[Curve, np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
        """Every channel by its own curve; in one go where all are the same."""
        first = self.curves[0]
        if first.table is None and all(curve == first for curve in self.curves):
            return convert(first, values)
        planes = [convert(curve, values[..., number]) for number, curve in enumerate(self.curves)]
        return np.stack(planes, axis=-1)

    def decode_codes(self, codes: np.ndarray) -> np.ndarray:
        """`decode` of whole numbers, each channel's curve looked up in a table."""
        linear = np.empty(codes.shape, np.float32)
        for number, table in enumerate(self._tables(np.iinfo(codes.dtype).max)):
            linear[..., number] = table[codes[..., number]]
        return srgb_encoded(linear @ self._to_srgb)

    def _tables(self, top: int) -> list[np.ndarray]:
        if top not in self._lookup_tables:
            ramp = np.arange(top + 1, dtype=np.float32) / np.float32(top)
            self._lookup_tables[top] = [curve.to_linear(ramp) for curve in self.curves]
        return self._lookup_tables[top]

    def fragile_below(self, top: int, slack: float) -> int:
        """The code under which an error of float32 in linear light may move a code by more than `slack`."""
        highest = 0
        for curve, linear in zip(self.curves, self._tables(top), strict=True):
            spread = curve.to_device(linear + _FLOAT_ERROR) - curve.to_device(linear - _FLOAT_ERROR)
            moved = np.flatnonzero(np.abs(spread) * (top / 2) > slack)
            if len(moved):
                highest = max(highest, int(moved[-1]) + 1)
        return highest

    def from_xyz(self, xyz: np.ndarray) -> np.ndarray:
        """Device values of D50 XYZ."""
        from_xyz = np.linalg.inv(self._to_xyz).T.astype(np.float32)
        return self._each(Curve.to_device, xyz @ from_xyz)

    def is_srgb(self) -> bool:
        """Whether this is sRGB by another name."""
        ramp = np.linspace(0, 1, 256, dtype=np.float32)
        for curve in self.curves:
            if not np.abs(srgb_encoded(curve.to_linear(ramp)) - ramp).max() < _NEAR:
                return False
        return bool(np.abs(self._to_srgb - np.eye(3)).max() < _NEAR)


class Inks:
    """CMYK without a profile: each ink takes its complement away; black replaces what the three have in common."""

    channels = 4
    returns: Returns = "never"
    writable = True

    def decode(self, values: np.ndarray) -> np.ndarray:
        light: np.ndarray = (1 - values[..., :3]) * (1 - values[..., 3:])
        return light

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        light = np.clip(pixels, 0, 1)
        white = light.max(axis=-1, keepdims=True)
        inks = 1 - light / np.maximum(white, np.float32(1e-6))
        return np.concatenate([np.where(white > 0, inks, 0), 1 - white], axis=-1).astype(np.float32)
