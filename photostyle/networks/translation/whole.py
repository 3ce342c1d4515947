"""A generator on photos of any size: tile by tile, with the statistics of the whole, as stylizers are (`networks.tiling`)."""

import torch
from torch import Tensor

from photostyle.networks.stylizer import FixedMoments, MeasuredMoments, Moments
from photostyle.networks.tiling import TILE, WHOLE, by_tiles, windows
from photostyle.networks.translation.attention import AttentionGenerator, Codes, FixedCode, MeasuredCode
from photostyle.networks.translation.generator import ResidualGenerator


@torch.no_grad()
def translate_whole(
    network: ResidualGenerator | AttentionGenerator,
    photo: Tensor,
    device: torch.device | str = "cpu",
    *,
    whole: int = WHOLE,
    tile: int = TILE,
) -> Tensor:
    """A photo of any size, translated.

    Args:
        network: on the device, in its evaluation mode.
        photo: (3, H, W), sRGB-encoded in [0, 1].
        device: that computes.
        whole: pixels up to which the photo is translated at once.
        tile: pixels a side; a multiple of 4.

    Returns:
        (3, H, W) on the CPU, in [0, 1].
    """
    if photo.shape[1] * photo.shape[2] <= whole:
        at_once: Tensor = network(photo[None].to(device))
        return at_once[0].float().cpu()
    seen, rows, cols = windows(photo)
    moments, code = MeasuredMoments(), MeasuredCode(rows, cols)
    _translated(network, seen.to(device), moments, code)
    fixed = FixedCode(code)
    return by_tiles(lambda part: _translated(network, part.to(device), FixedMoments(moments), fixed), photo, tile, network.reach)


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
