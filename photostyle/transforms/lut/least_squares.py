"""The table that comes closest to given changes of colours: least squares, smooth, and never darker where brighter is asked."""

import numpy as np
import torch
from scipy import sparse

from matting.solver import conjugate_gradients
from matting.stencil import csr_matrix
from photostyle.colour import LUMA
from photostyle.transforms.lut.table import Lut, identity, interpolation

COARSEST = 9  # points of the table that is solved from nothing; each larger one starts from one of half its size
SMOOTHNESS = 1e-3  # weight of the mean square slope of the table's change, beside a mean square error of the colours
BENDING = 3e-5  # weight of the mean square change of that slope: with none, clouds get contours
FLAT = 0.02  # slope towards white that counts as none
ROUNDS = 12  # of solving, until brighter colours come out no darker


def fitted_change(given: np.ndarray, wanted: np.ndarray, counts: np.ndarray, size: int) -> np.ndarray:
    """Least squares for the change, d = table - identity, from a coarse table to the one asked for.

    Minimises sum_n counts_n |W_n d - change_n|^2 + SMOOTHNESS mean |slope of d|^2 + BENDING mean |bend of d|^2: a table
    that holds a change by colour is found whatever its slope; where regions of one colour change differently, the way from
    one to the other is not a step. Where a brighter colour would come out darker, the table is pulled flat in the direction
    of white, and all is solved again.

    Args:
        given: (n, 3) colours, sRGB-encoded.
        wanted: (n, 3), what they are to become, in [0, 1].
        counts: (n,) how much each counts; they sum to 1.
        size: S, points along an axis.

    Returns:
        (S, S, S, 3) float64.
    """
    change = np.zeros((size**3, 3))
    if size > COARSEST:
        coarse = Lut(fitted_change(given, wanted, counts, (size + 1) // 2))
        change = coarse(identity(size)).reshape(-1, 3)
    W = interpolation(given, size)
    weighted = W.multiply(counts[:, None]).T.tocsr()
    A = weighted @ W + _smoothness(size)
    b = weighted @ (wanted - np.clip(given, 0, 1))
    rising = _towards_white(size)
    weights = np.zeros((size - 1) ** 3)
    for _ in range(ROUNDS):
        pull = rising.T @ sparse.diags(weights)
        change = _solved(A + pull @ rising, b - pull.sum(1), change)  # at 0 the table, of slope 1 + that of d, is flat
        falls = (1 + rising @ change) @ np.array(LUMA) < -FLAT
        if not falls.any():
            break
        weights = np.where(falls, np.maximum(10 * weights, 100 * SMOOTHNESS / size**3), weights)
    return change.reshape(size, size, size, 3)


def _solved(A: sparse.csr_matrix, b: np.ndarray, start: np.ndarray) -> np.ndarray:
    """A x = b for each of three columns, by conjugate gradients from a start."""
    rows = A.tocsr()
    matrix = csr_matrix(torch.from_numpy(rows.indptr), torch.from_numpy(rows.indices), torch.from_numpy(rows.data))
    solution = conjugate_gradients(matrix, torch.from_numpy(b), torch.from_numpy(start), tolerance=1e-4)
    x: np.ndarray = solution.x.numpy()
    return x


def _smoothness(size: int) -> sparse.csr_matrix:
    """(S^3, S^3): x^T M x is the weighted mean square of x's slopes and of their changes, over the cube and its axes."""
    slopes = sparse.diags([-1.0, 1.0], [0, 1], (size - 1, size)) * (size - 1)
    bends = sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], (size - 2, size)) * (size - 1) ** 2
    along = SMOOTHNESS * slopes.T @ slopes + BENDING * bends.T @ bends
    one = sparse.identity(size)
    red = sparse.kron(sparse.kron(along, one), one)
    green = sparse.kron(sparse.kron(one, along), one)
    blue = sparse.kron(sparse.kron(one, one), along)
    return ((red + green + blue) / size**3).tocsr()


def _towards_white(size: int) -> sparse.csr_matrix:
    """((S - 1)^3, S^3): slopes from each point to the next one along red, green and blue at once."""
    point = np.arange(size**3).reshape(size, size, size)
    here = point[:-1, :-1, :-1].ravel()
    there = point[1:, 1:, 1:].ravel()
    count = len(here)
    ends = np.stack([here, there], 1)
    slopes = np.tile((1.0 - size, size - 1.0), count)
    return sparse.csr_matrix((slopes, ends.ravel(), np.arange(0, 2 * count + 1, 2)), (count, size**3))
