"""Masks to files that any editor opens and `read_mask` takes back: an indexed picture, soft greys, an overlay, names."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photostyle.errors import MaskError
from photostyle.regions.masks.mask_files import MaskFiles, mask_paths
from photostyle.regions.masks.overlay import overlay
from photostyle.regions.regions import Regions
from photostyle.regions.swatches import Colour, distinct_colour
from photostyle.regions.upsampling import MaskUpsampler
from photostyle.whole_file import write_whole

_STRIP = 1 << 22  # pixels made at a time


def write_masks(regions: Regions, pixels: NDArray[np.float32], folder: Path, stem: str, *, overwrite: bool = False) -> MaskFiles:
    """Write a photo's regions at its own size.

    The indexed picture or the folder, edited or not, can be given back as a mask; the colours' names are in the JSON.

    Args:
        regions: at any size; a guided filter carries them to the photo's.
        pixels: the photo, (H, W, 3) float32 in [0, 1].
        folder: made if it is not there.
        stem: of the names of the files, usually the photo's.
        overwrite: whether files that are there, perhaps edited by hand, may be replaced.

    Raises:
        MaskError: when files are there, or cannot be written.
    """
    paths = mask_paths(folder, stem)
    if not overwrite:
        for path in (paths.picture, paths.names, paths.folder, paths.overlay):
            if path.exists():
                text = f"{path} is there already; ask for overwrite to replace it, or give another folder"
                raise MaskError(text, option="overwrite")
    regions = replace(regions, colours=_distinct(regions.colours))
    try:
        _write_all(regions, pixels, paths)
    except OSError as error:
        reason = error.strerror or error
        raise MaskError(f"cannot write masks to {folder} ({reason}); choose another folder") from error
    return paths


def _write_all(regions: Regions, pixels: NDArray[np.float32], paths: MaskFiles) -> None:
    paths.folder.mkdir(parents=True, exist_ok=True)
    for old in paths.folder.glob("*.png"):
        old.unlink()
    labels, softs = _at_full_size(regions, pixels)
    for name, soft in zip(regions.names, softs, strict=True):
        _save(Image.fromarray(soft), paths.folder / f"{name.replace('/', '-')}.png")
    _save(_indexed(labels, regions.colours), paths.picture)
    _save(overlay(regions, pixels), paths.overlay, quality=90)
    record = _record(regions, width=pixels.shape[1], height=pixels.shape[0])
    write_whole(paths.names, json.dumps(record, indent=2).encode())


def _at_full_size(regions: Regions, pixels: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(H, W) labels and (R, H, W) soft masks."""
    labels = np.empty(pixels.shape[:2], np.uint8)
    softs = np.empty((len(regions.names), *pixels.shape[:2]), np.uint8)
    for top, bottom, masks in _strips(regions, pixels):
        labels[top:bottom] = masks.argmax(0)
        softs[:, top:bottom] = (255 * masks).round()
    return labels, softs


def _strips(regions: Regions, pixels: NDArray[np.float32]) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """Rows of the photo, from and to, and their masks (R, rows, W)."""
    height, width = pixels.shape[:2]
    upsampler = MaskUpsampler(regions, (height, width), pixels)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = np.ascontiguousarray(pixels[top:bottom], np.float32)
        yield top, bottom, upsampler.tile(strip, (top, 0)).numpy()


def _indexed(labels: NDArray[np.uint8], colours: tuple[Colour, ...]) -> Image.Image:
    """A picture with a palette, whose codes are the regions' places."""
    height, width = labels.shape
    picture = Image.frombytes("P", (width, height), labels.tobytes())
    picture.putpalette([level for colour in colours for level in colour])
    return picture


def _record(regions: Regions, width: int, height: int) -> dict[str, Any]:
    """Names, colours and shares, as `read_names` reads them."""
    hard = regions.hardened()
    shares = dict(zip(hard.names, hard.shares(), strict=True))
    entries = []
    for name, colour in zip(regions.names, regions.colours, strict=True):
        share = round(shares.get(name, 0.0), 5)
        entries.append({"name": name, "colour": list(colour), "share": share})
    return {"size": [width, height], "regions": entries}


def _distinct(colours: tuple[Colour, ...]) -> tuple[Colour, ...]:
    """The swatches, or others where two are the same."""
    if len(set(colours)) == len(colours):
        return colours
    return tuple(distinct_colour(place) for place in range(len(colours)))


def _save(picture: Image.Image, path: Path, **options: Any) -> None:
    data = BytesIO()
    picture.save(data, "JPEG" if path.suffix == ".jpg" else "PNG", **options)
    write_whole(path, data.getvalue())
