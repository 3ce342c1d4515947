"""How much a result depends on place where the photo does not, and whether its light went where the style has it."""

from collections.abc import Iterator

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from photostyle.colour import lab_of_pixels
from photostyle.metrics.cells import INSIDE, cell_lab, cells_inside

ANCHORS = 512  # cells of a region that are compared with all its others
BLOCK = 128  # of them at a time
LIKE_COLOUR = 3.0  # largest CIE76 colour difference of two cells that are alike
LIKE_LIGHT = 2.0  # largest difference of their L*
LIKE_FEATURES = 0.9  # least likeness of their features, see `_likeness`
FAR = 0.25  # of the long side: cells at least so far apart are compared

GRID = 6  # rows and columns of the cells whose blacks are compared
BLACK = 5  # percentile of L* that is the black of a cell
LIKE_BLACK = 5.0  # blacks of the content within so many L* are alike
ENOUGH = 0.1  # of a cell's pixels must be of a region for its black to count

NEIGHBOURS = 3  # cells of the style that a cell of the content is compared with
FLAT = 0.01  # L*: gains are told apart in steps of so much


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
        features: (C, h, w) of the content, from `photostyle.metrics.cells.cell_features`; the cells are its grid.

    Returns:
        The spread in units of Lab, 0 is best; 0 where no two cells are to be compared.
    """
    rows, columns = features.shape[1:]
    colours = cell_lab(content, (rows, columns))
    change = cell_lab(result, (rows, columns)) - colours
    places = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)).double()
    vectors = features.flatten(1).T
    unit = (vectors - vectors.mean(0)).square().sum(1).mean()
    total = 0.0
    weight = 0.0
    for cells in cells_inside(masks, (rows, columns)):
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


def black_spread(content: np.ndarray, result: np.ndarray, masks: np.ndarray) -> float:
    """How unevenly the blacks of a result were lifted or sunk, where those of the photo are alike.

    The black of a region in a cell of a grid of 6 x 6 is the 5th percentile of its L* there. Cells of a region whose
    blacks in the content lie within 5 L* form a group; its spread is the standard deviation, by area, of the change of the
    blacks (the change and not the blacks themselves: the photo as it is has 0).

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].
        result: (H, W, 3), of the same size.
        masks: (R, H, W) in [0, 1]; a pixel is in a region of more than 0.5.

    Returns:
        The mean over the groups, by area, in L*, 0 is best; 0 where no two cells are alike.
    """
    before = 100 * lab_of_pixels(content.astype(np.float64))[..., 0]
    after = 100 * lab_of_pixels(result.astype(np.float64))[..., 0]
    total = 0.0
    weight = 0.0
    for mask in masks:
        blacks = np.array(list(_blacks(before, after, mask > INSIDE))).reshape(-1, 3)
        for group in _groups(blacks):
            area = group[:, 2].sum()
            lift = group[:, 1] - group[:, 0]
            mean = (lift * group[:, 2]).sum() / area
            total += area * float(np.sqrt(((lift - mean) ** 2 * group[:, 2]).sum() / area))
            weight += area
    return float(total / max(weight, 1e-12))


def light_agreement(
    content: np.ndarray,
    result: np.ndarray,
    style: np.ndarray,
    content_masks: np.ndarray,
    style_masks: np.ndarray,
    features: tuple[Tensor, Tensor],
) -> float:
    """Whether the result got lighter where what looks alike in the style is lighter.

    For each cell of a region of the content, the three cells of the style's region with the highest cosine of features,
    each less the mean of its region, say what gain of L* is wanted: their mean L* less the content's. The agreement is
    the rank correlation (Spearman 1904) of the gains of the result with these, within the region. Both gains are less the
    content's L*, so that a map of colours which evens out the light agrees to some degree, wherever things are.

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].
        result: (H, W, 3), of the content's size.
        style: (H, W, 3), sRGB-encoded in [0, 1], of any size.
        content_masks: (R, H, W) in [0, 1], of the content's size.
        style_masks: (R, H, W) in [0, 1], of the style's size; row by row the partners.
        features: (C, h, w) of the content and (C, h', w') of the style, from `photostyle.metrics.cells.cell_features`.

    Returns:
        The mean over the regions, by area, in [-1, 1], 1 is best. A region whose light the result left as it was, or moved
        evenly, counts 0; one of which the style wants nothing uneven does not count. 0 where none counts.
    """
    grid = (features[0].shape[1], features[0].shape[2])
    style_grid = (features[1].shape[1], features[1].shape[2])
    light = cell_lab(content, grid)[:, 0]
    gain = cell_lab(result, grid)[:, 0] - light
    style_light = cell_lab(style, style_grid)[:, 0]
    vectors = features[0].flatten(1).T
    style_vectors = features[1].flatten(1).T
    regions = zip(cells_inside(content_masks, grid), cells_inside(style_masks, style_grid), strict=True)
    total = 0.0
    weight = 0
    for cells, partners in regions:
        if not len(cells) or not len(partners):
            continue
        nearest = _nearest(vectors[cells], style_vectors[partners])
        wanted = style_light[partners][nearest].mean(1) - light[cells]
        if float(wanted.max() - wanted.min()) < FLAT:
            continue
        total += len(cells) * _rank_correlation(gain[cells], wanted)
        weight += len(cells)
    return total / max(weight, 1)


def _anchors(cells: Tensor) -> Iterator[Tensor]:
    """Up to 512 of the cells, spread evenly by steps of the golden ratio so that no pattern of rows is met, in blocks."""
    if len(cells) > ANCHORS:
        steps = torch.arange(ANCHORS, dtype=torch.float64) * (5**0.5 - 1) / 2 % 1
        cells = cells[(steps * len(cells)).long()]
    yield from torch.split(cells, BLOCK)


def _distances(vectors: Tensor, some: Tensor, cells: Tensor) -> Tensor:
    """(s, n) Euclidean distances between the vectors (cells, D) of some cells (s,) and those of others (n,)."""
    return torch.cdist(vectors[some], vectors[cells], compute_mode="donot_use_mm_for_euclid_dist")


def _likeness(some: Tensor, others: Tensor, unit: Tensor) -> Tensor:
    """(s, n) `1 - |a - b|^2 / 2u` of features (s, C) and (n, C), u their mean squared distance from the picture's mean.

    The cosine of features less that mean, if both were of the usual length. It is used in its place because two cells
    next to the mean, of plain walls or of sky, are alike but may have any angle between them.
    """
    return 1 - torch.cdist(some, others).square() / (2 * unit.clamp_min(1e-12))


def _blacks(before: np.ndarray, after: np.ndarray, inside: np.ndarray) -> Iterator[tuple[float, float, int]]:
    """Of each cell with enough pixels of a region (H, W): its black in the content, in the result, and how many pixels."""
    height, width = inside.shape
    for row in range(GRID):
        for column in range(GRID):
            down = slice(row * height // GRID, (row + 1) * height // GRID)
            across = slice(column * width // GRID, (column + 1) * width // GRID)
            here = inside[down, across]
            count = int(here.sum())
            if count and count >= ENOUGH * here.size:
                yield np.percentile(before[down, across][here], BLACK), np.percentile(after[down, across][here], BLACK), count


def _groups(blacks: np.ndarray) -> Iterator[np.ndarray]:
    """Rows (n, 3) of `_blacks`, from the darkest on in groups that are within 5 L* in the content; groups of one are left out."""
    blacks = blacks[np.argsort(blacks[:, 0], kind="stable")]
    while len(blacks):
        count = int(np.searchsorted(blacks[:, 0], blacks[0, 0] + LIKE_BLACK, side="right"))
        if count > 1:
            yield blacks[:count]
        blacks = blacks[count:]


def _nearest(vectors: Tensor, others: Tensor) -> Tensor:
    """(n, k) which of the others (m, C) have the highest cosine with each vector (n, C), both less their means; k = min(3, m)."""
    centred = torch.nn.functional.normalize(vectors - vectors.mean(0), dim=1)
    goals = torch.nn.functional.normalize(others - others.mean(0), dim=1)
    found = []
    for some in torch.split(centred, 1024):
        found.append((some @ goals.T).topk(min(NEIGHBOURS, len(goals)), dim=1).indices)
    return torch.cat(found)


def _rank_correlation(gain: Tensor, wanted: Tensor) -> float:
    """Spearman's rank correlation of two series (n,), to a hundredth of L*; 0 where either has one rank only."""
    ranks = np.stack([rankdata((values / FLAT).round().numpy()) for values in (gain, wanted)])
    ranks -= ranks.mean(1, keepdims=True)
    size = np.sqrt(np.square(ranks).sum(1).prod())
    return float((ranks[0] * ranks[1]).sum() / size) if size > 0 else 0.0
