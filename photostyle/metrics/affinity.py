"""The local-affine residual: what a result has that no locally affine change of the photo's colours would give."""

import numpy as np
import torch
from torch import Tensor

from matting.laplacian import matting_laplacian, quadratic_form

EPSILON = 1e-7


def laplacian_of(content: np.ndarray) -> Tensor:
    """The matting Laplacian of a photo (Levin et al. 2008, eq. 12): 3 x 3 windows, epsilon 1e-7.

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].

    Returns:
        (H W, H W) sparse CSR, float64.
    """
    image = torch.from_numpy(np.ascontiguousarray(content.transpose(2, 0, 1), np.float64))
    return matting_laplacian(image, epsilon=EPSILON, radius=1)


def affine_residual(laplacian: Tensor, result: np.ndarray) -> float:
    """`(1/N) sum_c V_c^T L V_c` (Luan et al. 2017, eq. 2) of a result V, L the content's matting Laplacian.

    0 where each 3 x 3 window of the result is affine in the content's colours; rounding to 8 bits alone gives about 2e-5.

    Args:
        laplacian: L (H W, H W), from `laplacian_of`.
        result: V (H, W, 3), sRGB-encoded in [0, 1].
    """
    columns = torch.from_numpy(np.ascontiguousarray(result, np.float64)).reshape(-1, 3)
    return float(quadratic_form(laplacian, columns)) / len(columns)
