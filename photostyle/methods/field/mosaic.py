"""Several photos side by side, as one picture with one set of regions, so that one transform is solved on all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import torch

from photostyle.errors import PhotoError
from photostyle.photo import Photo, resample
from photostyle.prepared import Prepared
from photostyle.regions import Regions

SMALLEST_SIDE = 32  # pixels of a tile


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Photos side by side.

    Args:
        pixels: (H, W, 3), in [0, 1].
        regions: those of all photos, by name.
        members: the digests of the photos.
    """

    pixels: np.ndarray
    regions: Regions
    members: tuple[str, ...]


@dataclass
class _Tile:
    """A photo, and the soft masks of its regions."""

    pixels: np.ndarray  # (h, w, 3)
    masks: dict[str, np.ndarray]  # name -> (h, w)
    visible: np.ndarray  # (h, w), how much of each pixel is seen


def mosaic(photos: Iterable[Prepared], long_side: int) -> Mosaic:
    """The photos as tiles of one size and shape; only the tiles are kept.

    Args:
        photos: read once, one after another.
        long_side: of the first photo's tile, in pixels; the others are cut to its shape.

    Raises:
        PhotoError: there are none.
    """
    tiles: list[_Tile] = []
    digests: list[str] = []
    colours: dict[str, tuple[int, int, int]] = {}
    size: tuple[int, int] | None = None
    for prepared in photos:
        if size is None:
            size = _tile_size(prepared.copy.full_size, long_side)
        colours.update(zip(prepared.regions.names, prepared.regions.colours, strict=True))
        digests.append(prepared.identity.digest)
        tiles.append(_tile(prepared.copy.photo, prepared.regions, size))
    if size is None:
        raise PhotoError("a mosaic needs at least one photo, got none")
    columns = ceil(sqrt(len(tiles)))
    tiles += tiles[: -len(tiles) % columns]  # a gap is filled with photos that are there already
    empty = np.zeros(size[::-1], np.float32)
    masks = []
    for name in colours:
        masks.append(_side_by_side([tile.masks.get(name, empty) for tile in tiles], columns))
    visible = _side_by_side([tile.visible for tile in tiles], columns)
    regions = Regions(tuple(colours), torch.from_numpy(np.stack(masks)), tuple(colours.values()))
    if visible.min() < 1:
        regions = regions.seen(torch.from_numpy(visible))
    return Mosaic(_side_by_side([tile.pixels for tile in tiles], columns), regions, tuple(digests))


def _tile_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    scale = min(1.0, long_side / max(size))
    width, height = size
    return max(SMALLEST_SIDE, round(width * scale)), max(SMALLEST_SIDE, round(height * scale))


def _side_by_side(pictures: list[np.ndarray], columns: int) -> np.ndarray:
    rows = []
    for start in range(0, len(pictures), columns):
        rows.append(np.concatenate(pictures[start : start + columns], 1))
    return np.concatenate(rows)


def _tile(photo: Photo, regions: Regions, size: tuple[int, int]) -> _Tile:
    """The middle of a photo, and of its masks, scaled to fill (width, height)."""
    width, height = size
    scale = max(width / photo.size[0], height / photo.size[1])
    scaled_width = max(width, round(photo.size[0] * scale))
    scaled_height = max(height, round(photo.size[1] * scale))
    left = (scaled_width - width) // 2
    top = (scaled_height - height) // 2
    pixels = resample(photo.pixels, (scaled_width, scaled_height)).clip(0, 1)
    scaled = regions.resized((scaled_height, scaled_width))
    masks = scaled.masks.cpu().numpy()[:, top : top + height, left : left + width]
    visible = np.ones((height, width), np.float32)
    if scaled.visible is not None:
        visible = scaled.visible.cpu().numpy()[top : top + height, left : left + width]
    return _Tile(
        pixels[top : top + height, left : left + width],
        dict(zip(regions.names, masks, strict=True)),
        visible,
    )
