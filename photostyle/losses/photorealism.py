"""The photorealism term: how far a picture is from being locally affine in the content's colours."""

from torch import Tensor

from matting.laplacian import quadratic_form
from matting.ordered import OrderedMatrix


def photorealism(picture: Tensor, laplacian: Tensor | OrderedMatrix) -> Tensor:
    """sum_c V_c^T L V_c / N (Luan et al. 2017, eq. 2, per pixel); its gradient is one sparse product.

    Args:
        picture: V (3, H, W), nominally in [0, 1].
        laplacian: L (H W, H W), the content's matting Laplacian, sparse CSR or ordered, in the type of the picture.

    Returns:
        A scalar, at least 0; 0 where each window of the picture is affine in the content's colours.

    Raises:
        ValueError: the sizes or the types of the two differ.
    """
    return quadratic_form(laplacian, picture) / picture[0].numel()
