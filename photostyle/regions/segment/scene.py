"""The scene segmenter: a small FPN over RegNetY, trained on coarse classes by scripts/train_segmenter.py."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from photostyle.encoders import read_weights
from photostyle.errors import ModelError
from photostyle.models import find, segmenter_network
from photostyle.networks import REGNETY_400MF, Fpn, RegNetY, network_from_state
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment.cache import file_fingerprint
from photostyle.regions.segment.network import NetworkSegmenter

EMBEDDING_WIDTH = 16
LONG_SIDE = segmenter_network("scene").long_side
MEAN = DEVIATION = (0.5, 0.5, 0.5)


def scene_network() -> Fpn:
    """The untrained network: an FPN (Kirillov et al. 2019) over RegNetY-400MF (Radosavovic et al. 2020)."""
    network = _architecture(EMBEDDING_WIDTH)
    network.initialise()
    return network


def load_scene(*, weights: Path | None = None, device: str | torch.device = "cpu") -> NetworkSegmenter:
    """The scene segmenter.

    Args:
        weights: safetensors file with the network's state in float16 or float32; None for the one that ships. Without the
            state of a second head the segmenter gives no embedding.
        device: where it runs.

    Raises:
        ModelError: when the file is missing, broken or of another network.
    """
    advice = "train it with scripts/train_segmenter.py, give masks, or choose another segmenter"
    weights = weights or find("scene")
    state = read_weights(weights, advice=advice)
    try:
        network = network_from_state(partial(_architecture, _embedding_width(state)), state)
    except ModelError as error:
        raise ModelError(f"{weights.name} does not hold the scene segmenter ({error}); install photostyle again") from error
    return segmenter_of(network, file_fingerprint(weights), device)


def segmenter_of(network: Fpn, fingerprint: str, device: str | torch.device = "cpu") -> NetworkSegmenter:
    """The scene segmenter around a network that is already loaded, or still in training."""
    return NetworkSegmenter(
        "scene",
        network,
        CLASSES,
        long_side=LONG_SIDE,
        mean=MEAN,
        deviation=DEVIATION,
        fingerprint=fingerprint,
        device=device,
        both_heads=network.both_heads if network.embedding_head is not None else None,
    )


def _embedding_width(state: Mapping[str, Tensor]) -> int:
    """The channels of the second head; 0 where the state has none."""
    weight = state.get("embedding_head.maps.0.weight")
    return 0 if weight is None else weight.shape[0]


def _architecture(embedding_width: int) -> Fpn:
    return Fpn(
        RegNetY(REGNETY_400MF),
        len(CLASSES),
        pyramid_width=128,
        segmentation_width=segmenter_network("scene").decoder_channels,
        dropout=0.1,
        embedding_width=embedding_width,
    )
