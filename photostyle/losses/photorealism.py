"""The photorealism term: how far a picture is from being locally affine in the content's colours."""

from torch import Tensor

from matting.laplacian import quadratic_form


def photorealism(picture: Tensor, laplacian: Tensor) -> Tensor:
    """sum_c V_c^T L V_c / N (Luan et al. 2017, eq. 2, per pixel); its gradient is one sparse product.

    Args:
        picture: (3, H, W).
        laplacian: (H W, H W) matting Laplacian of the content, sparse CSR.
    """
    return quadratic_form(laplacian, picture) / picture[0].numel()
