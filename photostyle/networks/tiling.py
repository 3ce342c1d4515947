"""A stylizer on photos of any size: tile by tile, with the statistics of the whole, so that no seam is seen."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from photostyle.networks.stylizer import STRIDE, FixedMoments, MeasuredMoments, Stylizer

WHOLE = 1 << 21  # pixels that are painted at once, with exactly their own statistics
TILE = 512  # pixels a side, of what comes out of one tile
WINDOW = 192  # pixels a side, of the windows in which a large photo is measured
WINDOWS = 4  # down and across


@torch.no_grad()
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
    if measured is None:
        measured = MeasuredMoments()
        network(_windows(photo).to(device), norms, measured)
    painted = torch.empty_like(photo)
    for rows, inner_rows in _spans(height, tile, network.reach):
        for columns, inner_columns in _spans(width, tile, network.reach):
            seen = photo[None, :, rows, columns].to(device)
            made = network(seen, norms, FixedMoments(measured))[0].float().cpu()
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
        shown = torch.cat([_some(_windows(photo), each, first) for first, photo in enumerate(photos)])
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


def _windows(photo: Tensor) -> Tensor:
    """(N, 3, h, w) windows of a photo, evenly spread."""
    height, width = photo.shape[1:]
    h, w = min(WINDOW, height), min(WINDOW, width)
    found = []
    for top in _starts(height, h):
        for left in _starts(width, w):
            found.append(photo[:, top : top + h, left : left + w])
    return torch.stack(found)


def _starts(length: int, window: int) -> list[int]:
    """Where windows begin along one side, from its beginning to its end; as many as `WINDOWS`, or one where it is the side."""
    if window == length:
        return [0]
    return [round(k * (length - window) / (WINDOWS - 1)) // STRIDE * STRIDE for k in range(WINDOWS)]
