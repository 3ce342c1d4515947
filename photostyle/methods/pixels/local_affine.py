"""Pictures made locally affine in the content's colours: the paper's filter, and its refinement."""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.boxes import box_mean
from matting.covariance import inverse
from matting.guided import guided_filter
from photostyle.errors import OptionError

_STRIP = 16384  # pixels that the filter goes through at once on a CPU: their coefficients fit its cache
_GPU_STRIP = 1 << 20


def smooth_local_affine(picture: Tensor, content: Tensor, radius: int = 15, edge: float = 0.01, ridge: float = 1e-3) -> Tensor:
    """The content, recoloured by smoothed local affine fits of the picture (Luan et al. 2017, released code).

    Round each pixel a 3x4 affine map from content to picture is fitted on 3x3 pixels, `ridge` on the nine colour
    factors; the maps of (2 radius + 1)^2 neighbours are averaged, nearer and more alike in the content weighing more
    (Gaussians of radius / 3 pixels and of `edge` in root-mean-square colour); the mean map is applied to the content.
    The ridge draws the maps towards constants where the content is nearly flat, so fine detail fades there:
    `refine_posterization` gives it back.

    Args:
        picture, content: (3, H, W) of one size, nominally in [0, 1].

    Returns:
        (3, H, W). Memory is 13 numbers a pixel, and strips of it.
    """
    _check_sizes(picture, content)
    maps = _affine_fits(picture, content, ridge)
    height, width = content.shape[1:]
    on_cpu = content.device.type == "cpu"
    strip = _GPU_STRIP
    if on_cpu:
        strip = _STRIP
    lines = max(1, strip // width)
    border = (radius, radius, radius, radius)
    maps = F.pad(torch.cat([maps, torch.ones_like(maps[:1])]), border)  # the last plane counts the weights
    guide = F.pad(content, border)
    tops = range(0, height, lines)

    def smooth(top: int) -> Tensor:
        stop = min(top + lines, height) + 2 * radius
        return _average(maps[:, top:stop], guide[:, top:stop], radius, edge)

    if on_cpu:
        with ThreadPoolExecutor(min(len(tops), torch.get_num_threads()), "smooth") as pool:
            smoothed = torch.cat(list(pool.map(smooth, tops)), 1)
    else:
        smoothed = torch.cat([smooth(top) for top in tops], 1)
    a = smoothed[:9].view(3, 3, height, width)
    b = smoothed[9:]
    return (a * content).sum(1) + b


def _affine_fits(picture: Tensor, content: Tensor, ridge: float) -> Tensor:
    """Least squares on the 3x3 pixels round each pixel, `ridge` on the sums of squares: (12, H, W), a then b."""
    mean_I = box_mean(content, 1)
    mean_V = box_mean(picture, 1)
    cov_II = box_mean(content[:, None] * content, 1) - mean_I[:, None] * mean_I
    cov_VI = box_mean(picture[:, None] * content, 1) - mean_V[:, None] * mean_I
    a = torch.einsum("vi...,ij...->vj...", cov_VI, inverse(cov_II, ridge / 9))
    return torch.cat([a.flatten(0, 1), mean_V - (a * mean_I).sum(1)])


def _average(maps: Tensor, guide: Tensor, radius: int, edge: float) -> Tensor:
    """Joint-bilateral mean of a strip that has `radius` more lines and columns on each side than its result."""
    height = guide.shape[1] - 2 * radius
    width = guide.shape[2] - 2 * radius
    centre = guide[:, radius : radius + height, radius : radius + width]
    total = maps.new_zeros(len(maps), height, width)
    sharpness = -1 / (6 * edge * edge)
    spread = max(radius, 1) / 3
    for dy in range(2 * radius + 1):
        for dx in range(2 * radius + 1):
            near = -((dy - radius) ** 2 + (dx - radius) ** 2) / (2 * spread * spread)
            apart = (guide[:, dy : dy + height, dx : dx + width] - centre).square_().sum(0)
            weight = apart.mul_(sharpness).add_(near).exp_()
            total.addcmul_(maps[:, dy : dy + height, dx : dx + width], weight)
    return total[:-1] / total[-1]


def refine_posterization(picture: Tensor, content: Tensor, radius: int = 8, epsilon: float = 0.01) -> Tensor:
    """The content's fine detail added back: `K = J + I - GF(I; I)` (Luan et al. 2017, released code).

    Args:
        picture, content: (3, H, W), J and I.
        radius, epsilon: of the guided filter, which keeps what is not fine detail.
    """
    _check_sizes(picture, content)
    return picture + content - guided_filter(content[None], content[None], radius, epsilon)[0]


def _check_sizes(picture: Tensor, content: Tensor) -> None:
    if picture.shape != content.shape or picture.ndim != 3 or len(picture) != 3:
        shapes = f"{tuple(picture.shape)} and {tuple(content.shape)}"
        raise OptionError(f"picture and content must both have shape (3, H, W), got {shapes}; resize one to the other")
