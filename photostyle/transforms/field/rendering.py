"""Rendering: a field applied to a photo of any size, strip by strip, so that memory does not grow with the photo."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from photostyle.colour import LUMA, luminance
from photostyle.compiling import compiled, places, side_by_side, worth
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field.bilateral import BilateralField, _axis, homogeneous, pixel_positions, trilinear
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.loops import field_rows, guide_rows, roll_off_rows
from photostyle.transforms.field.rolloff import EDGE, KNEE, newly_clipped, rolled_off

STRIP_PIXELS = 1 << 18
LEAST_MASK = 1e-6  # a region with less of a pixel has no say there
COMPILED_STRIP = 1 << 16  # what a strip needs then stays in the processor's cache
Strips = Callable[[int, int], Tensor]


def render(
    pixels: Tensor,
    masks: Strips | Tensor,
    field: BilateralField,
    device: torch.device | str = "cpu",
    guide: Guide | None = None,
) -> Tensor:
    """Apply a field to a photo.

    Args:
        pixels: (3, H, W), any size; colours may lie outside [0, 1].
        masks: (R, H, W) partition of unity at the photo's size, or a function (top, bottom) -> (R, bottom - top, W).
        field: the transforms, in the order of the masks.
        device: where to compute; the photo stays where it is.
        guide: of the photo, if it is known already.

    Returns:
        (3, H, W): in [0, 1] wherever the photo was.
    """
    out = torch.empty_like(pixels)
    render_into(out, pixels, masks, field, device, guide)
    return out


@torch.no_grad()
def render_into(
    out: Tensor,
    pixels: Tensor,
    masks: Strips | Tensor,
    field: BilateralField,
    device: torch.device | str = "cpu",
    guide: Guide | None = None,
) -> Clipped:
    """`render` into pixels that are there already, which may be the photo's own; says how many clip."""
    height, width = pixels.shape[1:]
    strips = masks if callable(masks) else lambda top, bottom: masks[:, top:bottom]
    whites = blacks = 0
    guide = (guide or Guide.of(pixels)).to(device)
    for white, black in _each_strip(out, pixels, strips, field.to(device), guide):
        whites, blacks = whites + white, blacks + black
    return Clipped(whites / (height * width), blacks / (height * width))


def _each_strip(out: Tensor, pixels: Tensor, masks: Strips, field: BilateralField, guide: Guide):
    """Renders all strips; yields how many pixels of each clip."""
    height, width = pixels.shape[1:]
    fast = field.table.device.type == "cpu" and worth(height * width)
    rows = max(1, (COMPILED_STRIP if fast else STRIP_PIXELS) // width)
    strip = (_CompiledStrip if fast else _TorchStrip)(field, guide, height, width)

    def work(top: int) -> tuple[int, int]:
        bottom = min(top + rows, height)
        return strip(out[:, top:bottom], pixels[:, top:bottom], masks(top, bottom), top)

    yield from (side_by_side if fast else map)(work, range(0, height, rows))


@dataclass(frozen=True)
class _TorchStrip:
    """Strips on any device, in torch."""

    field: BilateralField
    guide: Guide
    height: int
    width: int

    def __call__(self, out: Tensor, pixels: Tensor, masks: Tensor, top: int) -> tuple[int, int]:
        part = pixels.to(self.field.table.device).contiguous()
        depth = self.guide(luminance(part), top, self.height)
        made = rolled_off(part, _transformed(part, depth, masks.to(part), self.field, top, self.height))
        clipped = newly_clipped(part, made)
        out.copy_(made)
        return clipped


class _CompiledStrip:
    """Strips on the processor, in compiled loops."""

    def __init__(self, field: BilateralField, guide: Guide, height: int, width: int):
        self.table = field.table.permute(2, 0, 3, 1, 4, 5).flatten(4).float().contiguous().numpy()
        self.down, (before, self.across) = axis_arrays(height, field.grid.rows), axis_arrays(width, field.grid.cols)
        self.starts = np.searchsorted(before, np.arange(max(field.grid.cols - 1, 1) + 1))
        self.guide = torch.stack([guide.slope, guide.constant]).float().cpu().numpy()
        self.rows, self.columns = (places(*pair) for pair in zip(guide.slope.shape, (height, width), strict=True))
        self.luma = np.asarray(LUMA, np.float32)

    def __call__(self, out: Tensor, pixels: Tensor, masks: Tensor, top: int) -> tuple[int, int]:
        before = np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())
        down, rows = ((values[top : top + len(before)] for values in pair) for pair in (self.down, self.rows))
        depth, after, counts = np.empty(before.shape[:2], np.float32), np.empty_like(before), np.zeros(2, np.int64)
        compiled(guide_rows)(before, self.guide, *rows, *self.columns, self.luma, depth)
        strip = np.ascontiguousarray(masks.numpy())
        compiled(field_rows)(before, depth, strip, self.table, *down, self.starts, self.across, after)
        compiled(roll_off_rows)(before, after, self.luma, np.float32(KNEE), np.float32(EDGE), after, counts)
        out.permute(1, 2, 0).numpy()[:] = after
        return int(counts[0]), int(counts[1])


def axis_arrays(count: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of `count` pixels along an axis, the node before it (int64) and the weight of the node after it."""
    before, weight = _axis(pixel_positions(count), nodes)
    return before.numpy(), weight.numpy()


def _transformed(pixels: Tensor, depth: Tensor, masks: Tensor, field: BilateralField, top: int, height: int) -> Tensor:
    """(3, rows, W), a strip through the field, not bounded."""
    nodes, weights = trilinear(depth, field.grid, top, height)
    affine = pixels.new_zeros(len(nodes), 12)
    for mask, table in zip(masks, field.table, strict=True):
        if mask.amax() > LEAST_MASK:
            shares = weights * mask.flatten()[:, None]
            affine += embedding_bag(nodes, table.reshape(-1, 12), per_sample_weights=shares, mode="sum")
    change = (affine.unflatten(1, (3, 4)) * homogeneous(pixels).flatten(1).T[:, None]).sum(2)
    return pixels + change.T.reshape(pixels.shape)


def load_loops() -> None:
    """Load the compiled loops, where numba is installed, so that small pictures are rendered by them too."""
    if find_spec("numba") is None:
        return
    pixels = torch.zeros(3, 2, 2)
    field = BilateralField(torch.zeros(1, 2, 1, 1, 3, 4), ("all",))
    strip = _CompiledStrip(field, Guide.of(pixels), 2, 2)
    strip(torch.empty_like(pixels), pixels, torch.ones(1, 2, 2), 0)
