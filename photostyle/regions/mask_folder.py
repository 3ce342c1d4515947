"""A folder of soft grey pictures, one a region: white is inside, black outside, the file's name is the region's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from photostyle.errors import MaskError
from photostyle.regions.labelme import REST, REST_COLOUR
from photostyle.regions.painted import colours_and_alpha, full_scale, read_names, read_picture
from photostyle.regions.palette import RGB, hue
from photostyle.regions.regions import Regions, normalised, resample_masks

_PICTURES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".pgm", ".pbm", ".ppm"}
_ROUNDING = 1 / 255  # how much an 8-bit picture may lack of its region


def read_folder(folder: Path, size: tuple[int, int], fit: Callable[[Path, tuple[int, int]], list[str]]) -> Regions:
    """Regions from the pictures of a folder; their sums are made 1, and what none covers is a region "rest".

    Args:
        folder: the folder.
        size: (width, height) to deliver at.
        fit: notes on a picture of (width, height), or an error, as it fits the photo.

    Raises:
        MaskError: when the folder holds no pictures, coloured ones, two of one name, or only black ones.
    """
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in _PICTURES and f.name[0] != "." and f.is_file())
    names = [f.stem for f in files]
    if not files:
        raise MaskError(f"the folder {folder} holds no pictures; put one grey PNG a region into it, named after it")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise MaskError(f"the folder {folder} holds {twice!r} more than once; keep one picture a region")
    notes, planes = [], []
    for file in files:
        plane = _soft_plane(file)
        notes += fit(file, plane.shape[::-1])
        planes.append(resample_masks(torch.from_numpy(plane)[None], size[::-1])[0])
    masks = torch.stack(planes)
    if not masks.any():
        raise MaskError(f"the masks in {folder} are all black, so they mark no region; paint each region white")
    lack = (1 - masks.sum(0) - _ROUNDING * (len(masks) + 1)).clamp_min(0)
    if lack.mean() > 1e-5:
        names, masks = _with_rest(names, masks, lack)
        notes.append(f"{folder.name}: what no picture covers belongs to {REST!r}")
    return Regions(tuple(names), normalised(masks), _colours(folder, names), tuple(notes)).without_empty()


def _with_rest(names: list[str], masks: torch.Tensor, lack: torch.Tensor) -> tuple[list[str], torch.Tensor]:
    if REST in names:
        masks[names.index(REST)] += lack
        return names, masks
    return [*names, REST], torch.cat([masks, lack[None]])


def _soft_plane(file: Path) -> np.ndarray:
    """(H, W) float32 weight in [0, 1] of a soft grey picture; transparency takes away."""
    values, alpha = colours_and_alpha(read_picture(file))
    if values.ndim == 3:
        least, most = values.min(2), values.max(2)
        if ((most - least).astype(np.float32) > 0.1 * full_scale(values)).mean() > 0.02:
            raise MaskError(
                f"{file} is in colour, but a folder of masks holds one soft grey picture a region; "
                "give a coloured mask by its own path, and keep other pictures elsewhere"
            )
        values = values[..., 0]
    grey = np.nan_to_num(values.astype(np.float32) / full_scale(values)).clip(0, 1)
    if alpha is None:
        return grey
    return alpha if (grey * (alpha > 0)).max() == 0 else grey * alpha  # black strokes on a transparent layer


def _colours(folder: Path, names: list[str]) -> tuple[RGB, ...]:
    """Swatches: of the JSON beside the folder, or well apart hues."""
    known = read_names(folder.with_name(folder.name + ".json"), {})
    return tuple(known.get(name, REST_COLOUR if name == REST else hue(i)) for i, name in enumerate(names))
