"""Rendering: a field applied to a photo of any size, strip by strip, so that memory does not grow with the photo."""

from collections.abc import Callable

import torch
from torch import Tensor

from photostyle.field.bilateral import BilateralField, _axis, homogeneous, luminance, pixel_positions

STRIP_PIXELS = 1 << 18


@torch.no_grad()
def render(
    pixels: Tensor, masks: Callable[[int, int], Tensor] | Tensor, field: BilateralField, device: torch.device | str = "cpu"
) -> Tensor:
    """Apply a field to a photo.

    Args:
        pixels: (3, H, W), any size; colours may lie outside [0, 1].
        masks: (R, H, W) partition of unity at the photo's size, or a function (top, bottom) -> (R, bottom - top, W).
        field: the transforms, in the order of the masks.
        device: where to compute; the photo stays where it is.

    Returns:
        (3, H, W), not clamped.
    """
    height, width = pixels.shape[1:]
    rows = max(1, STRIP_PIXELS // width)
    out, field = torch.empty(pixels.shape), field.to(device)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = masks(top, bottom) if callable(masks) else masks[:, top:bottom]
        part = pixels[:, top:bottom].to(device).contiguous()
        out[:, top:bottom] = _render_strip(part, strip.to(part), field, top, height)
    return out


def _render_strip(pixels: Tensor, masks: Tensor, field: BilateralField, top: int, height: int) -> Tensor:
    _, rows, width = pixels.shape
    y, wy = _axis(pixel_positions(height, pixels.device)[top : top + rows], field.grid.rows)
    x, wx = _axis(pixel_positions(width, pixels.device), field.grid.cols)
    z = luminance(pixels).clamp(0, 1) * (field.grid.depth - 1)
    hats = [(1 - (z - d).abs()).clamp_min(0) for d in range(field.grid.depth)]
    out, inputs = pixels.clone(), homogeneous(pixels)
    for mask, table in zip(masks, field.table, strict=True):
        if not mask.any():
            continue
        down = torch.lerp(table[:, y], table[:, (y + 1).clamp(max=field.grid.rows - 1)], wy[None, :, None, None, None])
        across = torch.einsum("drgij,gx->dijrx", down, _hat_matrix(x, wx, field.grid.cols))
        affine = sum(hat * layer for hat, layer in zip(hats, across, strict=True))
        out += mask * (affine * inputs).sum(1)
    return out


def _hat_matrix(x: Tensor, wx: Tensor, cols: int) -> Tensor:
    """(cols, W) linear interpolation weights of each column of pixels in the grid's columns."""
    matrix = torch.zeros(cols, len(x), device=x.device)
    pixel = torch.arange(len(x), device=x.device)
    matrix[x, pixel] = 1 - wx
    matrix[(x + 1).clamp(max=cols - 1), pixel] += wx
    return matrix
