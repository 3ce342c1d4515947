"""Pictures made locally affine in the content's colours: the paper's filter, its refinement, and the way to full size."""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.boxes import box_mean
from matting.covariance import inverse
from matting.guided import apply_coefficients, guided_coefficients, guided_filter
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
    lines = max(1, (_STRIP if content.device.type == "cpu" else _GPU_STRIP) // width)
    maps = F.pad(torch.cat([maps, torch.ones_like(maps[:1])]), (radius,) * 4)  # the last plane counts the weights
    guide = F.pad(content, (radius,) * 4)
    tops = range(0, height, lines)

    def smooth(top: int) -> Tensor:
        stop = min(top + lines, height) + 2 * radius
        return _average(maps[:, top:stop], guide[:, top:stop], radius, edge)

    if content.device.type == "cpu":
        with ThreadPoolExecutor(min(len(tops), torch.get_num_threads()), "smooth") as pool:
            smoothed = torch.cat(list(pool.map(smooth, tops)), 1)
    else:
        smoothed = torch.cat([smooth(top) for top in tops], 1)
    a, b = smoothed[:9].view(3, 3, height, width), smoothed[9:]
    return (a * content).sum(1) + b


def _affine_fits(picture: Tensor, content: Tensor, ridge: float) -> Tensor:
    """Least squares on the 3x3 pixels round each pixel, `ridge` on the sums of squares: (12, H, W), a then b."""
    mean_I, mean_V = box_mean(content, 1), box_mean(picture, 1)
    products = lambda x: box_mean(x[:, None] * content, 1)
    cov_II = products(content) - mean_I[:, None] * mean_I
    cov_VI = products(picture) - mean_V[:, None] * mean_I
    a = torch.einsum("vi...,ij...->vj...", cov_VI, inverse(cov_II, ridge / 9))
    return torch.cat([a.flatten(0, 1), mean_V - (a * mean_I).sum(1)])


def _average(maps: Tensor, guide: Tensor, radius: int, edge: float) -> Tensor:
    """Joint-bilateral mean of a strip that has `radius` more lines and columns on each side than its result."""
    height, width = guide.shape[1] - 2 * radius, guide.shape[2] - 2 * radius
    centre = guide[:, radius : radius + height, radius : radius + width]
    total = maps.new_zeros(len(maps), height, width)
    sharpness, spread = -1 / (6 * edge * edge), max(radius, 1) / 3
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


def enlarge(
    picture: Tensor, content: Tensor, full: Tensor, radius: int = 1, epsilon: float = 1e-4, strip: int = 1 << 18
) -> Tensor:
    """A picture solved at low size, carried to the content's full size (fast guided filter, He and Sun 2015).

    The local affine maps from the small content to the small picture are interpolated and applied to the full-size
    content, strip by strip, so that edges are the full-size content's own. What the maps cannot say of the small
    picture is lost.

    Args:
        picture, content: (3, h, w), the small result and the small content.
        full: (3, H, W), the content at its own size.
        radius, epsilon: of the guided filter at low size; epsilon in squared colour.
        strip: pixels to go through at a time.

    Returns:
        (3, H, W), the size of `full`; the picture itself where sizes are equal.
    """
    _check_sizes(picture, content)
    if full.shape == picture.shape:
        return picture.clone()
    height, width = full.shape[1:]
    a, b = guided_coefficients(content[None], picture[None], radius, epsilon)
    made = torch.empty(full.shape, dtype=picture.dtype, device=picture.device)
    lines = max(1, strip // width)
    for top in range(0, height, lines):
        tile = full[None, :, top : top + lines].to(picture)
        made[:, top : top + lines] = apply_coefficients(a, b, tile, (top, 0), (height, width))[0].clamp_(0, 1)
    return made


def _check_sizes(picture: Tensor, content: Tensor) -> None:
    if picture.shape != content.shape or picture.ndim != 3 or len(picture) != 3:
        shapes = f"{tuple(picture.shape)} and {tuple(content.shape)}"
        raise OptionError(f"picture and content must both have shape (3, H, W), got {shapes}; resize one to the other")
