"""The matting Laplacian without storing it (He et al. 2010, "Fast matting using large kernel matting Laplacian").

Written for reading and for gradients, with box sums and explicit inverses: an independent check of the assembled
matrix, and the way to differentiate the form with respect to the image.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from matting.arguments import check_epsilon, check_image, check_plane
from matting.boxes import spread_sums, window_sums
from matting.covariance import inverse


class MattingOperator:
    """Products with the matting Laplacian of an image: little memory, and a large radius costs little more than a small.

    All is computed in float64 and returned in the type of what is multiplied; differentiable in it and in the image.

    Args:
        image: Colours (C, H, W), nominally 0 to 1; at least 2 * radius + 1 pixels each way.
        epsilon: Regularisation of the colour covariance, in squared units of the image.
        radius: Windows are (2 * radius + 1) pixels square.
        known: Pixels (H, W) whose value is settled; windows of known pixels alone are left out.

    Raises:
        ValueError: If the image is smaller than a window, not finite, or an argument is out of range.

    >>> A = MattingOperator(torch.rand(3, 6, 7))
    >>> bool(A.matvec(torch.ones(42)).abs().max() < 1e-6)
    True
    """

    def __init__(self, image: Tensor, epsilon: float = 1e-7, radius: int = 1, known: Tensor | None = None) -> None:
        check_image(image, radius)
        check_epsilon(epsilon)
        self.image = image.double()
        self.size = 2 * radius + 1
        self.area = self.size**2
        self.mean = window_sums(self.image, self.size) / self.area
        self.inverse = inverse(self._covariance(), epsilon / self.area)
        self.used = torch.ones_like(self.mean[0])
        if known is not None:
            check_plane("known", known, image)
            self.used = (window_sums((known != 0).double(), self.size) < self.area).double()
        self.windows = spread_sums(self.used, self.size)

    @property
    def shape(self) -> torch.Size:
        """Shape (N, N) of the matrix."""
        pixels = self.image[0].numel()
        return torch.Size((pixels, pixels))

    def matvec(self, x: Tensor) -> Tensor:
        """L x for the columns of `x`, (N,) or (N, K), in its shape and type."""
        if x.ndim not in (1, 2) or x.shape[0] != self.shape[0]:
            expected = f"(N,) or (N, K) with N = {self.shape[0]}"
            raise ValueError(f"x must have shape {expected}, got {tuple(x.shape)}; reshape it")
        height, width = self.image.shape[1:]
        columns = x.double().reshape(self.shape[0], -1)
        planes = columns.T.reshape(-1, height, width)
        mean = window_sums(planes, self.size) / self.area
        products = window_sums(planes[:, None] * self.image, self.size) / self.area
        covariance = products - mean[:, None] * self.mean
        a = torch.einsum("cdhw,kdhw->kchw", self.inverse, covariance) * self.used
        b = mean * self.used - (a * self.mean).sum(1)
        smooth = (spread_sums(a, self.size) * self.image).sum(1) + spread_sums(b, self.size)
        product: Tensor = (self.windows * planes - smooth).flatten(1).T.reshape(x.shape)
        return product.to(x.dtype)

    def __matmul__(self, x: Tensor) -> Tensor:
        return self.matvec(x)

    def diagonal(self) -> Tensor:
        """Diagonal (N,) of L, float64."""
        diagonal = torch.zeros_like(self.windows)
        height, width = self.used.shape
        for place in range(self.area):
            dy, dx = divmod(place, self.size)
            deviation = self.image[:, dy : dy + height, dx : dx + width] - self.mean
            affinity = torch.einsum("chw,cdhw,dhw->hw", deviation, self.inverse, deviation)
            term = self.used * (1 - (1 + affinity) / self.area)
            diagonal = diagonal + pad(term, (dx, self.size - 1 - dx, dy, self.size - 1 - dy))
        return diagonal.flatten()

    def quadratic(self, x: Tensor) -> Tensor:
        """Sum over the columns of `x`, (N,) or (N, K), of `x_k^T L x_k`: a scalar."""
        return (x * self.matvec(x)).sum()

    def _covariance(self) -> Tensor:
        """Covariance (C, C, h, w) of the colours in each window."""
        products = window_sums(self.image[:, None] * self.image, self.size) / self.area
        return products - self.mean[:, None] * self.mean
