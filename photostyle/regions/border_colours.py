"""Which side of a border a pixel belongs to, by the colours on either side: local Gaussian models, as in trimap growing.

A mask, painted or found, is a few pixels off, and fills trees and hair whole. Near its border each region's colours are
modelled by one Gaussian per window of the photo; a pixel goes to the region that explains its colour and lies near.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, one_hot

from matting.boxes import box_mean
from photostyle.regions.resampling import resample_masks

_CORE = 8.0  # pixels from the border at which a region's colours are wholly its own
_NOISE = 1e-3  # variance added to each model: a standard deviation of 0.03
_FLOOR = 0.03  # the least prior of a region near by
_SURE = 0.9  # pixels of less posterior teach no model
_LEAST_MASS = 1e-4  # share of a window that teaches a model
_UNSEEN = -1e4  # log density of a region without a model near by
_COARSE = 4  # the models are taken from a photo this much smaller
_PAIRS = torch.tensor([(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)])  # of channels whose products are averaged

Size = tuple[int, int]  # (height, width)


def near_borders(labels: Tensor, reach: int) -> Tensor:
    """(H, W) bool: pixels with another label within `reach` rows and columns."""
    from scipy.ndimage import maximum_filter, minimum_filter

    plane = labels.cpu().numpy().astype(np.uint16)
    window = 2 * reach + 1
    differ = maximum_filter(plane, window) != minimum_filter(plane, window)  # SciPy's filters take one time for all sizes
    return torch.from_numpy(differ).to(labels.device)


def within_reach(planes: Tensor, reach: int) -> Tensor:
    """(R, H, W) bool: pixels with one of a plane's within `reach` rows and columns."""
    from scipy.ndimage import maximum_filter

    window = (1, 2 * reach + 1, 2 * reach + 1)
    return torch.from_numpy(maximum_filter(planes.cpu().numpy().astype(np.uint8), window) > 0).to(planes.device)


def border_posterior(
    image: Tensor, masks: Tensor, labels: Tensor, band: Tensor, reach: int, window: int, *, weight: float = 1.0, rounds: int = 2
) -> Tensor:
    """The probability of each region at the pixels of a band round the borders.

    Args:
        image: (3, H, W) colours in [0, 1].
        masks: (R, H, W) partition.
        labels: (H, W) the largest mask at each pixel.
        band: (H, W) bool, where to judge.
        reach: how far the masks may be off, in pixels: the prior is the masks blurred that far.
        window: radius in pixels of the windows that colours are modelled in.
        weight: of a colour's log density beside the log prior: 1 is Bayes' rule.
        rounds: how often the models are taken anew from the pixels judged.

    Returns:
        (R, n) for the n pixels of the band.
    """
    places = torch.nonzero(band.flatten()).flatten()
    half = max(1, reach // 2)
    blurred = box_mean(box_mean(masks, half), half)
    prior = blurred.flatten(1)[:, places].clamp_min(_FLOOR).log()
    examples = one_hot(labels, len(masks)).permute(2, 0, 1).to(masks) * _core(labels).to(masks)
    products = image[_PAIRS[:, 0]] * image[_PAIRS[:, 1]]
    powers = torch.cat([torch.ones_like(image[:1]), image, products])
    colours = image.flatten(1)[:, places]
    corners = _corners(places, (band.shape[0], band.shape[1]))
    posterior = prior
    for _ in range(rounds):
        likelihoods = []
        for example in examples:
            likelihoods.append(_density(corners, _moments(powers, example, window), colours))
        posterior = torch.stack(likelihoods).mul_(weight).add_(prior).softmax(0)
        examples.flatten(1)[:, places] = torch.where(posterior > _SURE, posterior, 0)
    return posterior


def _coarse_size(size: Size) -> Size:
    return max(1, size[0] // _COARSE), max(1, size[1] // _COARSE)


def _core(labels: Tensor) -> Tensor:
    """(H, W) weight of a pixel as an example of its region: little at the border, 1 from the core on."""
    from scipy.ndimage import distance_transform_edt

    inside = ~near_borders(labels, 1)
    if inside.all():
        return torch.ones_like(labels, dtype=torch.float32)
    depth = torch.from_numpy(distance_transform_edt(inside.cpu().numpy())).float()
    return (depth / _CORE).clamp(1e-2, 1) ** 2


def _moments(powers: Tensor, weight: Tensor, window: int) -> Tensor:
    """(10, h, w) weighted means over windows, at the coarse size: of 1, of the colours, and of their products."""
    height, width = weight.shape
    coarse = resample_masks(powers * weight, _coarse_size((height, width)))
    return box_mean(coarse, max(1, window // _COARSE))


def _corners(places: Tensor, size: Size) -> tuple[Tensor, Tensor]:
    """Where pixels lie in the coarse plane: four indices (n, 4) into it, flattened, and their bilinear weights (n, 4).

    Args:
        places: (n,) indices into a flattened plane of this size.
        size: (height, width); pixel centres are at halves.
    """
    height, width = size
    coarse_height, coarse_width = _coarse_size(size)
    above, below = _neighbours(places // width, height, coarse_height)
    before, after = _neighbours(places % width, width, coarse_width)
    nodes = []
    weights = []
    for row, row_weight in (above, below):
        for column, column_weight in (before, after):
            nodes.append(row * coarse_width + column)
            weights.append(row_weight * column_weight)
    return torch.stack(nodes, 1), torch.stack(weights, 1)


def _neighbours(place: Tensor, length: int, short: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The two places beside each of `length` in a row of `short`, each with its weight."""
    where = ((place + 0.5) * (short / length) - 0.5).clamp(0, short - 1)
    first = where.long()
    second = (first + 1).clamp(max=short - 1)
    part = where - first
    return (first, 1 - part), (second, part)


def _at(corners: tuple[Tensor, Tensor], planes: Tensor) -> Tensor:
    """(K, n) planes (K, h, w) at the places that `_corners` was made for."""
    nodes, weights = corners
    rows = planes.flatten(1).T.contiguous()
    return embedding_bag(nodes, rows, per_sample_weights=weights.to(rows), mode="sum").T.contiguous()


def _density(corners: tuple[Tensor, Tensor], moments: Tensor, colours: Tensor) -> Tensor:
    """(n,) log density of colours (3, n) under a region's models (10, h, w); of many regions most are out of a pixel's sight."""
    nodes, weights = corners
    density = colours.new_full((len(nodes),), _UNSEEN)
    seen = torch.nonzero(_at(corners, moments[:1])[0] > _LEAST_MASS)[:, 0]
    if len(seen):
        there = (nodes[seen], weights[seen])
        density[seen] = _log_likelihood(_at(there, moments), colours[:, seen])
    return density


def _log_likelihood(moments: Tensor, colours: Tensor) -> Tensor:
    """(n,) log density of colours (3, n) under the Gaussians of these moments (10, n)."""
    mass = moments[0]
    mean = moments[1:4] / mass.clamp_min(1e-6)
    products = moments[4:] / mass.clamp_min(1e-6)
    xx, xy, xz, yy, yz, zz = products - mean[_PAIRS[:, 0]] * mean[_PAIRS[:, 1]]
    # Cholesky by hand: three colours, a matrix for each pixel.
    a = (xx + _NOISE).clamp_min(1e-9).sqrt()
    b = xy / a
    c = xz / a
    d = (yy + _NOISE - b * b).clamp_min(_NOISE / 4).sqrt()
    e = (yz - b * c) / d
    f = (zz + _NOISE - c * c - e * e).clamp_min(_NOISE / 4).sqrt()
    x, y, z = colours - mean
    u = x / a
    v = (y - b * u) / d
    w = (z - c * u - e * v) / f
    density = -0.5 * (u * u + v * v + w * w) - (a * d * f).log()
    return torch.where(mass > _LEAST_MASS, density, _UNSEEN)
