"""The table that comes closest to a change of a photo's colours, and how far off it stays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse

from matting.solver import conjugate_gradients
from matting.stencil import csr_matrix
from photostyle.colour import LUMA
from photostyle.errors import OptionError, PhotoError
from photostyle.photo import Photo
from photostyle.transforms.lut.table import Lut, identity, interpolation

SMALLEST, LARGEST = 2, 65  # points along an axis
COARSEST = 9  # points of the table that is solved from nothing; each larger one starts from one of half its size
SAMPLES = 300_000  # pixels that a table is fitted to
SMOOTHNESS = 1e-3  # weight of the mean square slope of the table's change, beside a mean square error of the colours
EVENNESS = 3e-5  # weight of the mean square change of that slope: with none, clouds get contours
FLAT = 0.02  # slope towards white that counts as none
ROUNDS = 12  # of solving, until brighter colours come out no darker


@dataclass(frozen=True)
class Error:
    """Difference between the LUT's result and the full one, in CIEDE2000, over the photo's pixels.

    Args:
        mean, most: the mean, and what 95 % of the pixels stay under.
    """

    mean: float
    most: float


def fit_lut(before: Photo, after: Photo, weights: np.ndarray | None = None, *, size: int = 33) -> tuple[Lut, Error]:
    """The table that comes closest to a change of a photo's colours.

    Args:
        before, after: the content and its result, of one size.
        weights: (h, w) in [0, 1], how much each part of the photo counts, of any size; None for all alike. The error is
            measured where it is above a half, or where it is largest.
        size: points along an axis, 2 to 65.

    Raises:
        OptionError: the size is out of its range, or no part of the photo counts.
        PhotoError: the photos have different sizes.
    """
    check_size(size)
    rows, columns = _places(before, after, 0)
    counts = np.ones(len(rows)) if weights is None else _at(weights, before, rows, columns)
    if not counts.sum() > 0:
        raise OptionError("no pixel of the photo counts in the LUT; give weights above 0")
    change = _fitted(before.pixels[rows, columns], after.pixels[rows, columns].clip(0, 1), counts / counts.sum(), size)
    lut = Lut(np.clip(identity(size) + change, 0, 1))
    rows, columns = _places(before, after, 1)  # other pixels, where there are more than enough
    if weights is not None:
        counts = _at(weights, before, rows, columns)
        inside = counts >= min(0.5, counts.max())
        rows, columns = rows[inside], columns[inside]
    return lut, _error(lut(before.pixels[rows, columns]), after.pixels[rows, columns])


def blended_error(before: Photo, after: Photo, masks: np.ndarray, luts: Sequence[Lut]) -> Error:
    """The error where each region has its own table and their results are mixed by the regions' masks.

    Args:
        before, after: the content and its result, of one size.
        masks: (R, h, w), a partition of unity of any size.
        luts: one a region.
    """
    rows, columns = _places(before, after, 1)
    given = before.pixels[rows, columns]
    made = sum(_at(m, before, rows, columns)[:, None] * lut(given) for m, lut in zip(masks, luts, strict=True))
    return _error(made, after.pixels[rows, columns])


def check_size(size: int) -> None:
    """Raises OptionError unless a table can have so many points along an axis."""
    if isinstance(size, bool) or not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise OptionError(f"size must be a whole number from {SMALLEST} to {LARGEST}, got {size!r}")


def _places(before: Photo, after: Photo, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of all pixels, or of `SAMPLES` at random."""
    if before.size != after.size:
        raise PhotoError(f"before and after must have one size, got {before.size} and {after.size}")
    count = before.size[0] * before.size[1]
    chosen = np.arange(count) if count <= SAMPLES else np.random.default_rng(seed).integers(0, count, SAMPLES)
    return np.divmod(chosen, before.size[0])


def _at(weights: np.ndarray, photo: Photo, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n): the weights at some pixels of a photo, taken from the nearest."""
    (height, width), (wide, high) = weights.shape, photo.size
    return weights[rows * height // high, columns * width // wide].astype(np.float64)


def _error(made: np.ndarray, wanted: np.ndarray) -> Error:
    """CIEDE2000 (Sharma et al. 2005) of sRGB-encoded colours (n, 3), clipped to [0, 1]."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    differences = deltaE_ciede2000(*(rgb2lab(np.clip(np.asarray(c, np.float64), 0, 1)) for c in (made, wanted)))
    return Error(float(differences.mean()), float(np.percentile(differences, 95)))


def _fitted(given: np.ndarray, wanted: np.ndarray, counts: np.ndarray, size: int) -> np.ndarray:
    """(S, S, S, 3): least squares for the change, d = table - identity, from a coarse table to the one asked for.

    Minimises sum_n counts_n |W_n d - change_n|^2 + SMOOTHNESS mean |slope of d|^2 + EVENNESS mean |bend of d|^2: a table
    that holds a change by colour is found whatever its slope; where regions of one colour change differently, the way from
    one to the other is not a step. Where a brighter colour
    would come out darker, the table is pulled flat in the direction of white, and all is solved again.
    """
    if size > COARSEST:
        change = Lut(_fitted(given, wanted, counts, (size + 1) // 2))(identity(size)).reshape(-1, 3)
    else:
        change = np.zeros((size**3, 3))
    W = interpolation(given, size)
    weighted = W.multiply(counts[:, None]).T.tocsr()
    A, b = weighted @ W + _smoothness(size), weighted @ (wanted - np.clip(given, 0, 1))
    rising, weights = _towards_white(size), np.zeros((size - 1) ** 3)
    for _ in range(ROUNDS):
        pull = rising.T @ sparse.diags(weights)
        change = _solved(A + pull @ rising, b - pull.sum(1), change)  # at 0 the table, of slope 1 + that of d, is flat
        falls = (1 + rising @ change) @ np.array(LUMA) < -FLAT
        if not falls.any():
            break
        weights = np.where(falls, np.maximum(10 * weights, 100 * SMOOTHNESS / size**3), weights)
    return change.reshape(size, size, size, 3)


def _solved(A: sparse.csr_matrix, b: np.ndarray, start: np.ndarray) -> np.ndarray:
    A = A.tocsr()
    matrix = csr_matrix(*(torch.from_numpy(part) for part in (A.indptr, A.indices, A.data)))
    return conjugate_gradients(matrix, torch.from_numpy(b), torch.from_numpy(start), tolerance=1e-4).x.numpy()


def _smoothness(size: int) -> sparse.csr_matrix:
    """(S^3, S^3): x^T M x is the weighted mean square of x's slopes and of their changes, over the cube and its axes."""
    one, slopes = sparse.identity(size), sparse.diags([-1.0, 1.0], [0, 1], (size - 1, size)) * (size - 1)
    bends = sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], (size - 2, size)) * (size - 1) ** 2
    along = SMOOTHNESS * slopes.T @ slopes + EVENNESS * bends.T @ bends
    axes = [sparse.kron(sparse.kron(a, b), c) for a, b, c in ((along, one, one), (one, along, one), (one, one, along))]
    return (sum(axes) / size**3).tocsr()


def _towards_white(size: int) -> sparse.csr_matrix:
    """((S - 1)^3, S^3): slopes from each point to the next one along red, green and blue at once."""
    point = np.arange(size**3).reshape(size, size, size)
    ends = np.stack([point[:-1, :-1, :-1].ravel(), point[1:, 1:, 1:].ravel()], 1)
    count = len(ends)
    slopes = np.tile((1.0 - size, size - 1.0), count)
    return sparse.csr_matrix((slopes, ends.ravel(), np.arange(0, 2 * count + 1, 2)), (count, size**3))
