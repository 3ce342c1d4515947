"""The photos of a sample side by side, as one picture with one set of regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import numpy as np
import torch

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.errors import PhotostyleError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.photo import Photo, resample
from photostyle.prepared import Prepared, prepare
from photostyle.regions.regions import Regions
from photostyle.session import Session

SMALLEST_SIDE = 32  # pixels of a tile


@dataclass
class _Tile:
    """A photo of the sample, and the soft masks of its regions."""

    pixels: np.ndarray  # (h, w, 3)
    masks: dict[str, np.ndarray]  # name -> (h, w)
    visible: np.ndarray  # (h, w), how much of each pixel is seen


def mosaic(
    sample: Sequence[Job], long_side: int, folder: Path, session: Session, callback: ProgressCallback = ignore
) -> tuple[np.ndarray, Regions, tuple[str, ...]]:
    """The photos of a sample as tiles of one size and shape.

    Args:
        sample: jobs; photos that cannot be read are left out.
        long_side: of the first photo's tile, in pixels; the others are cut to its shape.
        folder: for what is fetched from URLs.
        session: by which regions are found.
        callback: told of each photo.

    Returns:
        Pixels (H, W, 3), their regions: those of all tiles, by name; and the digests of the photos.

    Raises:
        PhotostyleError: none of the photos can be read.
    """
    tiles: list[_Tile] = []
    digests: list[str] = []
    colours: dict[str, tuple[int, int, int]] = {}
    size: tuple[int, int] | None = None
    first_error: PhotostyleError | None = None
    for number, job in enumerate(sample):
        callback(Progress("sample", number, len(sample)))
        try:
            prepared = _read(job, folder, session)
        except PhotostyleError as error:
            first_error = first_error or error
            continue
        if size is None:
            size = _tile_size(prepared.copy.full_size, long_side)
        colours.update(zip(prepared.regions.names, prepared.regions.colours, strict=True))
        digests.append(prepared.identity.digest)
        tiles.append(_tile(prepared.copy.photo, prepared.regions, size))
    if size is None:
        raise first_error or PhotostyleError("a set has no photos")
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
    return _side_by_side([tile.pixels for tile in tiles], columns), regions, tuple(digests)


def _read(job: Job, folder: Path, session: Session) -> Prepared:
    content = remote.local_copy(job.content, folder)
    mask = None
    if job.content_mask:
        mask = remote.local_copy(job.content_mask, folder)
    return prepare(content, mask, session=session, options=job.options)


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
