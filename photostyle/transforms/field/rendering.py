"""A field applied to a photo of any size, strip by strip, so that memory does not grow with the photo."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from photostyle.colour import LUMA, luminance
from photostyle.compiling import compiled, compiling_pays, linear_taps, map_in_threads
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field.beyond import Beyond
from photostyle.transforms.field.bilateral import BilateralField, axis_taps, homogeneous, pixel_positions, trilinear
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.loops import beyond_rows, even_rows, field_rows, guide_rows, roll_off_rows
from photostyle.transforms.field.rolloff import EDGE, KNEE, newly_clipped, rolled_off

STRIP_PIXELS = 1 << 18
COMPILED_STRIP = 1 << 16  # pixels: what a strip needs then stays in the processor's cache
LEAST_MASK = 1e-6  # a region with less of a pixel has no say there
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
    visible: Tensor | None = None,
    beyond: Beyond | None = None,
) -> Clipped:
    """`render` into pixels that are there already, which may be the photo's own; says how many clip.

    Args:
        out: (3, H, W), to be filled.
        pixels, masks, field, device, guide: as for `render`.
        visible: (H, W) bool, the pixels of which it is said how many clip; None for all.
        beyond: what to do with colours that the field was not found for; None where it is right for all.
    """
    if guide is None:
        guide = Guide.of(pixels)
    whites = 0
    blacks = 0
    strips = _strips_rendered(out, pixels, _as_strips(masks), field.to(device), guide.to(device), visible, beyond)
    for white, black in strips:
        whites += white
        blacks += black
    return Clipped.of_counts(whites, blacks, pixels, visible)


def _as_strips(masks: Strips | Tensor) -> Strips:
    """Masks as a function of the first row of a strip and the row after its last."""
    if not isinstance(masks, Tensor):
        return masks
    whole = masks

    def strips(top: int, bottom: int) -> Tensor:
        return whole[:, top:bottom]

    return strips


def _strips_rendered(
    out: Tensor,
    pixels: Tensor,
    masks: Strips,
    field: BilateralField,
    guide: Guide,
    visible: Tensor | None,
    beyond: Beyond | None,
) -> Iterable[tuple[int, int]]:
    """Renders all strips; how many pixels of each are newly at white and at black."""
    height, width = pixels.shape[1:]
    fast = field.table.device.type == "cpu" and compiling_pays(height * width)
    strip: _CompiledStrip | _TorchStrip
    if fast:
        strip = _CompiledStrip(field, guide, height, width, beyond)
        rows = max(1, COMPILED_STRIP // width)
    else:
        strip = _TorchStrip(field, guide, height, beyond)
        rows = max(1, STRIP_PIXELS // width)

    def work(top: int) -> tuple[int, int]:
        bottom = min(top + rows, height)
        seen = None
        if visible is not None:
            seen = visible[top:bottom]
        return strip(out[:, top:bottom], pixels[:, top:bottom], masks(top, bottom), top, seen)

    tops = range(0, height, rows)
    if fast:
        return map_in_threads(work, tops)
    return map(work, tops)


@dataclass(frozen=True)
class _TorchStrip:
    """Strips of a photo of some height, on any device, in torch."""

    field: BilateralField
    guide: Guide
    height: int
    beyond: Beyond | None = None

    def __call__(self, out: Tensor, pixels: Tensor, masks: Tensor, top: int, visible: Tensor | None = None) -> tuple[int, int]:
        part = pixels.to(self.field.table.device).contiguous()
        depth = self.guide(luminance(part), top, self.height)
        kept = masks.to(part)
        added: Tensor | None = None
        if self.beyond is not None:
            kept, added = self.beyond(part, kept)
        made = _transformed(part, depth, kept, self.field, top, self.height)
        if added is not None:
            made += added
        made = rolled_off(part, made)
        clipped = newly_clipped(part, made, visible)
        out.copy_(made)
        return clipped


class _CompiledStrip:
    """Strips of a photo of some size, on the processor, in compiled loops."""

    def __init__(self, field: BilateralField, guide: Guide, height: int, width: int, beyond: Beyond | None = None):
        self.guide = torch.stack([guide.slope, guide.constant]).float().cpu().numpy()
        self.guide_rows = linear_taps(guide.slope.shape[0], height)
        self.guide_columns = linear_taps(guide.slope.shape[1], width)
        self.luma = np.asarray(LUMA, np.float32)
        self.through = _EvenField(field, beyond) if field.grid[:2] == (1, 1) else _UnevenField(field, height, width, beyond)

    def __call__(self, out: Tensor, pixels: Tensor, masks: Tensor, top: int, visible: Tensor | None = None) -> tuple[int, int]:
        before = np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())
        target = out.permute(1, 2, 0).numpy()
        own = target.flags.c_contiguous and not np.may_share_memory(target, before)
        after = target if own else np.empty_like(before)
        depth = np.empty(before.shape[:2], np.float32)
        counts = np.zeros(2, np.int64)
        strip = slice(top, top + len(before))
        taken, weight = self.guide_rows
        compiled(guide_rows)(before, self.guide, taken[strip], weight[strip], *self.guide_columns, self.luma, depth)
        self.through(before, depth, np.ascontiguousarray(masks.numpy()), strip, after)
        compiled(roll_off_rows)(before, after, self.luma, np.float32(KNEE), np.float32(EDGE), after, counts)
        if visible is not None:
            counts[:] = newly_clipped(_planes(before), _planes(after), visible)
        if not own:
            target[:] = after
        return int(counts[0]), int(counts[1])


class _UnevenField:
    """A field that has several nodes across the photo, for strips of rows."""

    def __init__(self, field: BilateralField, height: int, width: int, beyond: Beyond | None) -> None:
        self.table = field.table.permute(2, 0, 3, 1, 4, 5).flatten(4).float().contiguous().numpy()
        self.node_above, self.weight_below = axis_arrays(height, field.grid.rows)
        before, self.weight_after = axis_arrays(width, field.grid.cols)
        self.cell_starts = np.searchsorted(before, np.arange(max(field.grid.cols - 1, 1) + 1))
        self.beyond = None if beyond is None else beyond.arrays

    def __call__(self, before: np.ndarray, depth: np.ndarray, shares: np.ndarray, strip: slice, after: np.ndarray) -> None:
        """Fill `after` (rows, W, 3) for pixels, guide and masks of the strip."""
        added: np.ndarray | None = None
        if self.beyond is not None:
            added = np.empty_like(before)
            kept = np.empty_like(shares)
            compiled(beyond_rows)(before, shares, *self.beyond, kept, added)
            shares = kept
        compiled(field_rows)(
            before,
            depth,
            shares,
            self.table,
            self.node_above[strip],
            self.weight_below[strip],
            self.cell_starts,
            self.weight_after,
            after,
        )
        if added is not None:
            after += added


class _EvenField:
    """The same for a field that has one node across the photo."""

    def __init__(self, field: BilateralField, beyond: Beyond | None) -> None:
        self.table = field.table[:, :, 0, 0].float().contiguous().numpy()
        count = len(self.table)
        nothing = np.zeros((count, 2, 2, 2, 4), np.float32), np.ones((count, 1, 1, 1), np.bool_)
        self.beyond = nothing if beyond is None else beyond.arrays

    def __call__(self, before: np.ndarray, depth: np.ndarray, shares: np.ndarray, strip: slice, after: np.ndarray) -> None:
        compiled(even_rows)(before, depth, shares, self.table, *self.beyond, after)


def _planes(pixels: np.ndarray) -> Tensor:
    """(H, W, 3) as (3, H, W), the same memory."""
    return torch.from_numpy(pixels).permute(2, 0, 1)


def axis_arrays(count: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of `count` pixels along an axis, the node before it (int64) and the weight of the node after it."""
    before, weight = axis_taps(pixel_positions(count), nodes)
    return before.numpy(), weight.numpy()


def _transformed(pixels: Tensor, depth: Tensor, masks: Tensor, field: BilateralField, top: int, height: int) -> Tensor:
    """(3, rows, W), a strip through the field, not bounded."""
    nodes, weights = trilinear(depth, field.grid, top, height)
    affine = pixels.new_zeros(len(nodes), 12)
    for mask, table in zip(masks, field.table, strict=True):
        if mask.amax() > LEAST_MASK:
            shares = weights * mask.flatten()[:, None]
            affine += embedding_bag(nodes, table.reshape(-1, 12), per_sample_weights=shares, mode="sum")
    inputs = homogeneous(pixels).flatten(1).T
    change = (affine.view(-1, 3, 4) * inputs[:, None]).sum(2)
    return pixels + change.T.reshape(pixels.shape)


def load_loops() -> None:
    """Load the compiled loops, where numba is installed, so that small pictures are rendered by them too."""
    if find_spec("numba") is None:
        return
    pixels = torch.zeros(3, 2, 2)
    field = BilateralField(torch.zeros(1, 2, 1, 1, 3, 4), ("all",))
    strip = _CompiledStrip(field, Guide.of(pixels), 2, 2)
    strip(torch.empty_like(pixels), pixels, torch.ones(1, 2, 2), 0)
