"""What a codec is given to write a file."""

from collections.abc import Mapping
from dataclasses import dataclass

from photostyle.photo.file_facts import Layout, Metadata
from photostyle.photo.raster import Raster


@dataclass(frozen=True)
class EncodeJob:
    """What to write.

    Args:
        raster: code values, colours first, then alpha, then, for TIFF, extra channels, perhaps before alpha.
        layout: of the colours.
        alpha: whether the last channel is transparency.
        profile: the ICC profile to embed, or None for sRGB.
        metadata: the blocks to embed.
        encoding: that of the photo's own file, where it was of the same format; empty otherwise.
        quality: 1 to 100, or None to follow `encoding`.
        premultiplied: whether the colours are multiplied by alpha.
        extra_kinds: for TIFF, what its tag ExtraSamples says of each channel that follows the colours.
    """

    raster: Raster
    layout: Layout
    alpha: bool
    profile: bytes | None
    metadata: Metadata
    encoding: Mapping[str, object]
    quality: int | None = None
    premultiplied: bool = False
    extra_kinds: tuple[int, ...] = ()
