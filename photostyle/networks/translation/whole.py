"""A generator on photos of any size: tile by tile, with the statistics of the whole, as stylizers are (`networks.tiling`)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.heap import large_blocks_kept
from photostyle.networks.stylizer import FixedMoments, MeasuredMoments, Moments
from photostyle.networks.tiling import TILE, WHOLE, WINDOW, WINDOWS, by_tiles, windows
from photostyle.networks.translation.attention import AttentionGenerator, Codes, FixedCode, MeasuredCode
from photostyle.networks.translation.generator import ResidualGenerator


@torch.no_grad()
@large_blocks_kept()
def translate_whole(
    network: ResidualGenerator | AttentionGenerator,
    photo: Tensor,
    device: torch.device | str = "cpu",
    *,
    whole: int = WHOLE,
    tile: int = TILE,
    moments: MeasuredMoments | None = None,
    code: MeasuredCode | None = None,
) -> Tensor:
    """A photo of any size, translated.

    Args:
        network: on the device, in its evaluation mode.
        photo: (3, H, W), sRGB-encoded in [0, 1].
        device: that computes.
        whole: pixels up to which the photo is translated at once.
        tile: pixels a side; a multiple of 4.
        moments, code: what norms and gains take from, where that is not the photo itself; see `measured_over`. Only networks with
            attention have a code.

    Returns:
        (3, H, W) on the CPU, in [0, 1].
    """
    is_small = photo.shape[1] * photo.shape[2] <= whole
    if moments is None:
        if is_small:
            at_once: Tensor = network(photo[None].to(device))
            return at_once[0].float().cpu()
        moments, code = measured_over(network, [photo], device, most=0)
    known, fixed = moments, FixedCode(code or MeasuredCode(1, 1))

    def work(part: Tensor) -> Tensor:
        return _translated(network, part.to(device), FixedMoments(known), fixed)

    return work(photo[None])[0].float().cpu() if is_small else by_tiles(work, photo, tile, network.reach)


@torch.no_grad()
def measured_over(
    network: ResidualGenerator | AttentionGenerator,
    photos: Sequence[Tensor],
    device: torch.device | str = "cpu",
    *,
    most: int = WHOLE,
) -> tuple[MeasuredMoments, MeasuredCode]:
    """Means, deviations and code over several pictures of one size, so that all are translated alike: for the frames of a clip.

    Args:
        network: on the device, in its evaluation mode.
        photos: (3, H, W) each, at least one.
        device: that computes.
        most: pixels that are measured at once; of larger pictures windows are, evenly spread, of as many as there is room for.
    """
    moments = MeasuredMoments()
    height, width = photos[0].shape[1:]
    if len(photos) * height * width <= most:
        code = MeasuredCode(1, 1)
        shown = torch.stack(list(photos))
    else:
        count = min(len(photos), max(1, most // (WINDOWS * WINDOW) ** 2))
        chosen = [photos[(2 * place + 1) * len(photos) // (2 * count)] for place in range(count)]
        _, rows, cols = windows(chosen[0])
        code = MeasuredCode(rows, cols)
        shown = torch.cat([windows(photo)[0] for photo in chosen])
    _translated(network, shown.to(device), moments, code)
    return moments, code


@torch.no_grad()
def attention_of(network: AttentionGenerator, photo: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """(h, w) in [0, 1] on the CPU: where a network looks, of a photo (3, H, W) at a size that fits in memory.

    The classifier's map, from its least to its most.
    """
    heat = network.translate(photo[None].to(device)).heat[0, 0].float().cpu()
    least, most = heat.aminmax()
    return (heat - least) / (most - least).clamp_min(1e-9)


def _translated(network: ResidualGenerator | AttentionGenerator, seen: Tensor, moments: Moments, codes: Codes) -> Tensor:
    if isinstance(network, AttentionGenerator):
        return network.translate(seen, moments, codes).picture
    made: Tensor = network(seen, moments)
    return made
