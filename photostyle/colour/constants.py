"""Small tables of numbers as tensors, made once for each device.

A tensor made of Python's numbers is copied to a graphics card, which waits for it; inside a solver's step that is not allowed.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def constant(values: Any, like: Tensor) -> Tensor:
    """Numbers as a tensor of the type and on the device of another; the same tensor at each call, not to be changed.

    Args:
        values: a number, or nested tuples of numbers.
        like: gives type and device.

    Example:
        >>> constant((1, 2), torch.zeros(3))
        tensor([1., 2.])
    """
    return _constant(values, like.dtype, like.device)


@lru_cache(maxsize=256)
def _constant(values: Any, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # a tensor made in inference mode could never take part in a gradient
        return torch.tensor(values, dtype=dtype, device=device)


def inverse_rows(matrix: NDArray[Any]) -> tuple[tuple[float, ...], ...]:
    """The rows of the inverse of a matrix, as `constant` takes them.

    Example:
        >>> inverse_rows(np.array([[2.0, 0.0], [0.0, 4.0]]))
        ((0.5, 0.0), (0.0, 0.25))
    """
    return tuple(tuple(row) for row in np.linalg.inv(matrix).tolist())
