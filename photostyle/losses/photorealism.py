"""The photorealism term: how far a picture is from being locally affine in the content's colours."""

import torch
from torch import Tensor


def photorealism(picture: Tensor, laplacian: Tensor) -> Tensor:
    """sum_c V_c^T L V_c / N (Luan et al. 2017, eq. 2, per pixel); its gradient is one sparse product.

    Args:
        picture: (3, H, W).
        laplacian: (H W, H W) matting Laplacian of the content, sparse CSR.
    """
    flat = picture.flatten(1)
    return _Quadratic.apply(flat.T.contiguous(), laplacian) / flat.shape[1]


class _Quadratic(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v, laplacian):
        product = laplacian @ v
        ctx.save_for_backward(product)
        return (v * product).sum()

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad * ctx.saved_tensors[0], None
