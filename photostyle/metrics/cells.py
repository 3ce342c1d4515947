"""A picture by cells: the grid of an encoder's layer relu3_1, over a small copy of the picture."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.colour import lab_of_pixels
from photostyle.metrics.features import FeatureEncoder
from photostyle.photo import resample

LAYER = "relu3_1"  # small things and textures, not yet objects; stride 4 in all encoders here
LONG_SIDE = 448  # of the small copy, in pixels: 112 cells
SHORT_SIDE = 16  # of the small copy, in pixels: encoders need as much
INSIDE = 0.5  # a cell or pixel is of a region with more than this of it


@torch.no_grad()
def cell_features(pixels: np.ndarray, encoder: FeatureEncoder) -> Tensor:
    """An encoder's features at relu3_1 of a picture of at most 448 px.

    Args:
        pixels: (H, W, 3), sRGB-encoded in [0, 1].
        encoder: one that has the layer relu3_1.

    Returns:
        (C, h, w) float64 on the CPU.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = (_shrunk(width, scale), _shrunk(height, scale))
    small = resample(pixels.astype(np.float32), size)
    picture = torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)))[None]
    return encoder(picture, (LAYER,))[LAYER][0].cpu().double()


def cell_lab(pixels: np.ndarray, grid: tuple[int, int]) -> Tensor:
    """The mean CIE Lab of each cell.

    Args:
        pixels: (H, W, 3), sRGB-encoded in [0, 1].
        grid: rows and columns of cells.

    Returns:
        (rows * columns, 3) float64, L* from 0 to 100.
    """
    lab = torch.from_numpy(100 * lab_of_pixels(pixels.astype(np.float64)))
    return F.adaptive_avg_pool2d(lab.permute(2, 0, 1), grid).flatten(1).T


def cells_inside(masks: np.ndarray, grid: tuple[int, int]) -> list[Tensor]:
    """The cells of each region: those of which more than half is in it.

    Args:
        masks: (R, H, W) in [0, 1].
        grid: rows and columns of cells.

    Returns:
        R tensors of indices (n,), row by row of the grid, in order; n may be 0.
    """
    shares = F.adaptive_avg_pool2d(torch.from_numpy(np.asarray(masks, np.float32)), grid).flatten(1)
    return [torch.nonzero(share > INSIDE)[:, 0] for share in shares]


def _shrunk(side: int, scale: float) -> int:
    """A side of the small copy, not so short that an encoder refuses it where the picture itself is longer."""
    return max(round(side * scale), min(side, SHORT_SIDE))
