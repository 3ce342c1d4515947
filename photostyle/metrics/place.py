"""How much a result's change depends on place where the photo does not."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.colour import evenly_spread, lab_of_pixels
from photostyle.metrics.features import FeatureEncoder
from photostyle.photo import resample

LAYER = "relu3_1"  # small things and textures, not yet objects; stride 4 in all encoders here
LONG_SIDE = 448  # of the small copy, in pixels: 112 cells
SHORT_SIDE = 16  # of the small copy, in pixels: encoders need as much
INSIDE = 0.5  # a cell is of a region with more than this of it

ANCHORS = 512  # cells of a region that are compared with all its others
BLOCK = 128  # of them at a time
LIKE_COLOUR = 3.0  # largest CIE76 colour difference of two cells that are alike
LIKE_LIGHT = 2.0  # largest difference of their L*
LIKE_FEATURES = 0.9  # least likeness of their features, see `_likeness`
FAR = 0.25  # of the long side: cells at least so far apart are compared


def place_spread(content: np.ndarray, result: np.ndarray, masks: np.ndarray, features: Tensor) -> float:
    """How differently a result changed what is alike in the photo but lies in another place.

    Two cells of a region are compared if their mean colours differ by 3 at most (CIE76), their lightness by 2 and their
    features little (see `_likeness`), and they are at least a quarter of the long side apart. The change of a cell is its
    mean Lab in the result less that in the content; the spread is the mean distance between the changes of two such cells.
    A map of colours alone has little: only what it does to colours that are alike and not the same. Up to 512 cells of a
    region, spread evenly, are compared with all its others.

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].
        result: (H, W, 3), of the same size.
        masks: (R, H, W) in [0, 1]; a cell is in a region that has more than half of it.
        features: (C, h, w) of the content, from `cell_features`; the cells are its grid.

    Returns:
        The spread in units of Lab, 0 is best; 0 where no two cells are to be compared.
    """
    rows, columns = features.shape[1:]
    colours = _cell_lab(content, (rows, columns))
    change = _cell_lab(result, (rows, columns)) - colours
    places = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)).double()
    vectors = features.flatten(1).T
    unit = (vectors - vectors.mean(0)).square().sum(1).mean()
    total = 0.0
    weight = 0.0
    for cells in _cells_inside(masks, (rows, columns)):
        stands_for = max(1.0, len(cells) / ANCHORS)  # cells, each anchor
        for some in _anchors(cells):
            apart = _distances(places, some, cells) >= FAR * max(rows, columns)
            alike = _distances(colours, some, cells) <= LIKE_COLOUR
            alike &= _distances(colours[:, :1], some, cells) <= LIKE_LIGHT
            alike &= _likeness(vectors[some], vectors[cells], unit) >= LIKE_FEATURES
            compared = (apart & alike).double()
            count = compared.sum(1)
            spread = (_distances(change, some, cells) * compared).sum(1) / count.clamp_min(1)
            total += stands_for * float(spread.sum())
            weight += stands_for * float((count > 0).sum())
    return total / max(weight, 1e-12)


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


def _shrunk(side: int, scale: float) -> int:
    """A side of the small copy, not so short that an encoder refuses it where the picture itself is longer."""
    return max(round(side * scale), min(side, SHORT_SIDE))


def _cell_lab(pixels: np.ndarray, grid: tuple[int, int]) -> Tensor:
    """(rows * columns, 3) float64: the mean CIE Lab of each cell of a grid, L* from 0 to 100; pixels (H, W, 3) in [0, 1]."""
    lab = torch.from_numpy(100 * lab_of_pixels(pixels.astype(np.float64)))
    return F.adaptive_avg_pool2d(lab.permute(2, 0, 1), grid).flatten(1).T


def _cells_inside(masks: np.ndarray, grid: tuple[int, int]) -> list[Tensor]:
    """The cells (n,) of each region, row by row of a grid: those of which more than half is in its mask, one of (R, H, W)."""
    shares = F.adaptive_avg_pool2d(torch.from_numpy(np.asarray(masks, np.float32)), grid).flatten(1)
    return [torch.nonzero(share > INSIDE)[:, 0] for share in shares]


def _anchors(cells: Tensor) -> Iterator[Tensor]:
    """Up to 512 of the cells, spread evenly, in blocks."""
    yield from torch.split(cells[evenly_spread(len(cells), ANCHORS)], BLOCK)


def _distances(vectors: Tensor, some: Tensor, cells: Tensor) -> Tensor:
    """(s, n) Euclidean distances between the vectors (cells, D) of some cells (s,) and those of others (n,)."""
    return torch.cdist(vectors[some], vectors[cells], compute_mode="donot_use_mm_for_euclid_dist")


def _likeness(some: Tensor, others: Tensor, unit: Tensor) -> Tensor:
    """(s, n) `1 - |a - b|^2 / 2u` of features (s, C) and (n, C), u their mean squared distance from the picture's mean.

    The cosine of features less that mean, if both were of the usual length. It is used in its place because two cells
    next to the mean, of plain walls or of sky, are alike but may have any angle between them.
    """
    return 1 - torch.cdist(some, others).square() / (2 * unit.clamp_min(1e-12))
