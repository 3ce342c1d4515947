"""Planes kept at a small size, enlarged a strip at a time."""

import torch
from torch import Tensor


def bilinear_rows(planes: Tensor, top: int, rows: int, size: tuple[int, int]) -> Tensor:
    """The rows from `top` of planes (C, h, w) enlarged to size (H, W): (C, rows, W), without making the rest."""
    (_, h, w), (height, width) = planes.shape, size
    y, wy = _between(torch.arange(top, top + rows, device=planes.device), h, height)
    x, wx = _between(torch.arange(width, device=planes.device), w, width)
    down = torch.lerp(planes[:, y], planes[:, (y + 1).clamp(max=h - 1)], wy[:, None])
    return torch.lerp(down[..., x], down[..., (x + 1).clamp(max=w - 1)], wx)


def _between(pixels: Tensor, few: int, many: int) -> tuple[Tensor, Tensor]:
    """For each of `many` pixels, the pixel of `few` before it and how far it is towards the next."""
    at = ((pixels + 0.5) * (few / many) - 0.5).clamp(0, few - 1)
    low = at.floor()
    return low.long(), at - low
