"""Large photos to measure with, made from a small one."""

from pathlib import Path

import numpy as np
from PIL import Image


def large_photo(source: Path, megapixels: float, target: Path) -> Path:
    """Write a photo of so many megapixels, 3 : 2, in the format that `target` names: `source` laid out like tiles."""
    width = round((megapixels * 1.5e6) ** 0.5)
    height = round(width / 1.5)
    with Image.open(source) as picture:
        tile = np.asarray(picture.convert("RGB"))
    times = -(-height // tile.shape[0]), -(-width // tile.shape[1]), 1
    Image.fromarray(np.tile(tile, times)[:height, :width].copy()).save(target, quality=92)
    return target
