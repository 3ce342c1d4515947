"""What a codec hands over, and what it is given: code values with the facts of their file."""

from dataclasses import dataclass, field

import numpy as np

from photostyle.machine import available_bytes
from photostyle.photo.photograph import Layout, Metadata
from photostyle.photo.raster import Raster

# Pixels above which a claim is looked at closely.
_LARGE = 1 << 26


@dataclass
class Decoded:
    """A decoded file, before colour management and orientation.

    Args:
        raster: its code values, colours first, then alpha.
        layout: of the colours.
        alpha: whether the last channel is transparency.
        top: the code value of full white; 1.0 for floats.
        profile: its ICC profile.
        orientation: still to be applied, 1 to 8; None to ask the EXIF and XMP blocks.
        metadata, encoding: as in `Photo` and `Source`.
        notes: what the user should be told.
    """

    raster: Raster
    layout: Layout = "rgb"
    alpha: bool = False
    top: float = 255.0
    profile: bytes | None = None
    orientation: int | None = None
    metadata: Metadata = field(default_factory=Metadata)
    encoding: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """What a header may claim before its pixels are decoded.

    Args:
        max_pixels: the most pixels a picture may have.
        file_bytes: the size of the file.
        densest: the most pixels that a byte of a large file may stand for.
        pixel_bytes: memory that reading takes for a pixel.
    """

    max_pixels: int
    file_bytes: int
    densest: int = 500
    pixel_bytes: int = 18

    def check(self, width: int, height: int) -> None:
        """Raise a ValueError for a size that is empty, too large, or impossible in so small a file."""
        pixels = width * height
        if width < 1 or height < 1:
            raise ValueError(f"it has {width} x {height} pixels, a photo at least 1 x 1")
        if pixels > self.max_pixels:
            raise Refused(
                f"{width} x {height} pixels are more than the limit of {self.max_pixels / 1e6:.0f} Mpixel; "
                "shrink it, or raise max_pixels"
            )
        if pixels > _LARGE and pixels > self.densest * self.file_bytes:
            raise Refused(
                f"{self.file_bytes} bytes claim to hold {width} x {height} pixels, which no photo does; "
                "get an undamaged file"
            )
        available = available_bytes() if pixels > _LARGE else None
        if available is not None and pixels * self.pixel_bytes > available:
            raise Refused(
                f"reading {width} x {height} pixels takes {pixels * self.pixel_bytes / 1e9:.1f} GB of memory, "
                f"and {available / 1e9:.1f} GB are free; shrink it, or close other programs"
            )


class Refused(ValueError):
    """A file that may well be sound, but is not read; the message says all, what to do included."""


@dataclass(frozen=True)
class Order:
    """What to write.

    Args:
        raster: code values, colours first, then alpha.
        layout, alpha, profile, metadata: as in `Decoded`.
        encoding: the source's, where it was of the same format; empty otherwise.
        quality: 1 to 100, or None to follow `encoding`.
    """

    raster: Raster
    layout: Layout
    alpha: bool
    profile: bytes | None
    metadata: Metadata
    encoding: dict[str, object]
    quality: int | None = None

    @property
    def dtype(self) -> np.dtype:
        return self.raster.dtype
