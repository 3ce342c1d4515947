"""A stylizer on photos of any size: tile by tile, with the statistics of the whole, so that no seam is seen."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from photostyle.heap import large_blocks_kept
from photostyle.networks.stylizer import STRIDE, FixedMoments, MeasuredMoments, Stylizer

WHOLE = 1 << 21  # pixels that are painted at once, with exactly their own statistics
TILE = 512  # pixels a side, of what comes out of one tile
WINDOW = 192  # pixels a side, of the windows in which a large photo is measured
WINDOWS = 4  # down and across


@torch.no_grad()
@large_blocks_kept()
def paint_whole(
    network: Stylizer,
    norms: Tensor,
    photo: Tensor,
    device: torch.device | str = "cpu",
    *,
    whole: int = WHOLE,
    tile: int = TILE,
    measured: MeasuredMoments | None = None,
) -> Tensor:
    """A photo of any size, painted.

    A large photo is measured once, in windows evenly spread over it, as they stand: statistics of a smaller copy would be those
    of another picture, with harder edges. Then each tile is painted with these, from as far around it as the network sees.

    Args:
        network: on the device.
        norms: (1, numbers), of the style.
        photo: (3, H, W), sRGB-encoded in [0, 1].
        device: that computes.
        whole: pixels up to which the photo is painted at once.
        tile: pixels a side; a multiple of 4.
        measured: what the norms take from, where that is not the photo itself: the whole clip of a frame.

    Returns:
        (3, H, W) on the CPU, in [0, 1].
    """
    height, width = photo.shape[1:]
    if height * width <= whole:
        moments = None if measured is None else FixedMoments(measured)
        at_once: Tensor = network(photo[None].to(device), norms, moments)
        return at_once[0].float().cpu()
    fixed = measured or measure(network, norms, photo, device)
    return by_tiles(lambda seen: network(seen.to(device), norms, FixedMoments(fixed)), photo, tile, network.reach)


def measure(network: Stylizer, norms: Tensor, photo: Tensor, device: torch.device | str = "cpu") -> MeasuredMoments:
    """Means and variances of a photo (3, H, W), measured in windows that are evenly spread over it."""
    measured = MeasuredMoments()
    network(windows(photo)[0].to(device), norms, measured)
    return measured


def by_tiles(paint: Callable[[Tensor], Tensor], photo: Tensor, tile: int, reach: int) -> Tensor:
    """A photo (3, H, W), painted tile by tile; on the CPU.

    Args:
        paint: a part of the photo (1, 3, h, w) painted, on any device.
        photo: on the CPU.
        tile: pixels a side of what comes out of one tile; a multiple of the stride.
        reach: pixels around it that it depends on; a multiple of the stride.
    """
    height, width = photo.shape[1:]
    painted = torch.empty_like(photo)
    for rows, inner_rows in _spans(height, tile, reach):
        for columns, inner_columns in _spans(width, tile, reach):
            made = paint(photo[None, :, rows, columns])[0].float().cpu()
            down = slice(inner_rows.start - rows.start, inner_rows.stop - rows.start)
            across = slice(inner_columns.start - columns.start, inner_columns.stop - columns.start)
            painted[:, inner_rows, inner_columns] = made[:, down, across]
    return painted


@torch.no_grad()
def measured_together(
    network: Stylizer, norms: Tensor, photos: Sequence[Tensor], device: torch.device | str = "cpu", *, most: int = WHOLE
) -> MeasuredMoments:
    """Means and deviations over several pictures of one size, so that all are painted alike: for the frames of a clip.

    Args:
        network, norms, device: as for `paint_whole`.
        photos: (3, H, W) each, at least one.
        most: pixels that are measured at once; of larger pictures windows are, other ones in each.
    """
    measured = MeasuredMoments()
    if len(photos) * photos[0].shape[1] * photos[0].shape[2] <= most:
        shown = torch.stack(list(photos))
    else:
        each = max(1, most // (len(photos) * WINDOW**2))
        shown = torch.cat([_some(windows(photo)[0], each, first) for first, photo in enumerate(photos)])
    network(shown.to(device), norms, measured)
    return measured


def _some(windows: Tensor, count: int, first: int) -> Tensor:
    """So many of the windows, evenly spread, from one on."""
    step = max(1, len(windows) // count)
    return windows[first % step :: step][:count]


def _spans(length: int, tile: int, reach: int) -> Iterator[tuple[slice, slice]]:
    """What is seen for each tile along one side, and what of it comes out; both begin at multiples of the stride.

    >>> [(seen.start, seen.stop, out.start, out.stop) for seen, out in _spans(100, 64, 8)]
    [(0, 72, 0, 64), (56, 100, 64, 100)]
    """
    for start in range(0, length, tile):
        stop = min(start + tile, length)
        yield slice(max(0, start - reach), min(length, stop + reach)), slice(start, stop)


def windows(photo: Tensor) -> tuple[Tensor, int, int]:
    """(N, 3, h, w) windows of a photo, evenly spread, row by row; and how many there are down and across, each 1 or `WINDOWS`."""
    height, width = photo.shape[1:]
    h, w = min(WINDOW, height), min(WINDOW, width)
    tops, lefts = _starts(height, h), _starts(width, w)
    found = [photo[:, top : top + h, left : left + w] for top in tops for left in lefts]
    return torch.stack(found), len(tops), len(lefts)


def _starts(length: int, window: int) -> list[int]:
    """Where windows begin along one side, from its beginning to its end; as many as `WINDOWS`, or one where it is the side."""
    if window == length:
        return [0]
    return [round(k * (length - window) / (WINDOWS - 1)) // STRIDE * STRIDE for k in range(WINDOWS)]
