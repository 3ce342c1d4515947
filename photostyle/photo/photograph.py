"""The photo: float pixels, and everything of its file that has to come back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from photostyle.errors import PhotoError
from photostyle.photo.kept import KeptCodes

Depth = Literal[8, 16, "float"]
Layout = Literal["grey", "rgb", "cmyk"]


@dataclass(frozen=True)
class Metadata:
    """What a file says about its photo, as the blocks of bytes that the standards define.

    Args:
        exif: a TIFF structure, as in EXIF 2.32, without a leading "Exif".
        xmp: an XMP packet (ISO 16684-1).
        iptc: IPTC-IIM records.
        resolution: pixels per inch along x and y.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    resolution: tuple[float, float] | None = None

    def replaced(self, **blocks: object) -> "Metadata":
        """The same with other blocks."""
        return replace(self, **blocks)


@dataclass(frozen=True)
class Source:
    """How the photo was stored, so that it can be stored so again.

    Args:
        path: the file it came from, for messages.
        format: a key of `formats.WRITABLE`, or the name of a format that is only read.
        depth: of its channels.
        layout: of its colours.
        encoding: what its codec has to know: quantisation tables, subsampling, compression.
    """

    path: str | None = None
    format: str | None = None
    depth: Depth = 8
    layout: Layout = "rgb"
    encoding: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, upright, with what must come back when it is written.

    Args:
        pixels: (H, W, 3) float32, sRGB-encoded, nominally in [0, 1]; colours outside sRGB lie outside that
            range, along the odd-symmetric sRGB curve.
        alpha: (H, W) float32 in [0, 1], or None where the photo is opaque.
        profile: the ICC profile of its file, or None for sRGB.
        metadata, source: see there.
        notes: what the user should be told about the reading, one line each.
        kept: codes that float32 alone would not bring back.
    """

    pixels: np.ndarray = field(repr=False)
    alpha: np.ndarray | None = field(default=None, repr=False)
    profile: bytes | None = field(default=None, repr=False)
    metadata: Metadata = field(default_factory=Metadata, repr=False)
    source: Source = field(default_factory=Source)
    notes: tuple[str, ...] = ()
    kept: KeptCodes | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def with_pixels(self, pixels: np.ndarray) -> "Photo":
        """The same photo with other pixels of the same size; alpha, profile and metadata stay.

        Raises:
            PhotoError: the pixels are not (H, W, 3) of this photo's size.
        """
        if pixels.shape != self.pixels.shape:
            raise PhotoError(f"pixels must have this photo's shape {self.pixels.shape}, got {pixels.shape}")
        return replace(self, pixels=np.asarray(pixels, dtype=np.float32))

    @classmethod
    def from_array(cls, array: np.ndarray) -> "Photo":
        """A photo from sRGB code values or floats.

        Args:
            array: (H, W), or (H, W, C) with C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; uint8, uint16,
                or floats where 0 is black and 1 is white.

        Raises:
            PhotoError: another shape or dtype, an empty array, values that are not finite, or floats that go up to 255.

        >>> Photo.from_array(np.full((2, 3), 255, np.uint8)).pixels.shape
        (2, 3, 3)
        """
        codes = _checked(np.asarray(array))
        depth = {"u1": 8, "u2": 16}.get(codes.dtype.str[1:], "float")
        values = codes.astype(np.float32)
        if depth != "float":
            values /= np.float32(255 if depth == 8 else 65535)
        colours = values.shape[2] - (values.shape[2] in (2, 4))
        pixels = np.repeat(values[..., :1], 3, axis=2) if colours == 1 else np.ascontiguousarray(values[..., :3])
        alpha = np.ascontiguousarray(values[..., -1]) if colours != values.shape[2] else None
        return cls(pixels, alpha, source=Source(depth=depth, layout="grey" if colours == 1 else "rgb"))


_TOO_BRIGHT = 4.0  # on average, of floats with white at 1: brighter ones are codes up to 255 or 65535


def _checked(array: np.ndarray) -> np.ndarray:
    codes = array[..., None] if array.ndim == 2 else array
    if codes.ndim != 3 or codes.shape[2] not in (1, 2, 3, 4) or 0 in codes.shape:
        raise PhotoError(f"a photo must have shape (H, W) or (H, W, C) with C from 1 to 4, got {array.shape}")
    if codes.dtype.kind == "f":
        if not np.isfinite(codes).all():
            raise PhotoError("a photo's values must be finite, got NaN or infinity; replace them first")
        if codes.mean() > _TOO_BRIGHT:
            raise PhotoError(f"a photo's floats have white at 1, got {codes.mean():.3g} on average; divide them first")
    elif codes.dtype.str[1:] not in ("u1", "u2"):
        raise PhotoError(f"a photo must be uint8, uint16 or float, got {codes.dtype}; convert it first")
    return codes
