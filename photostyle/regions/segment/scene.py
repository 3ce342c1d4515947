"""The scene segmenter: a small FPN over RegNetY, trained on coarse classes by scripts/train_segmenter.py."""

from pathlib import Path

import torch
from torch import nn

from photostyle.encoders import read_weights
from photostyle.errors import ModelError
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment.cache import file_fingerprint
from photostyle.regions.segment.lean_import import built
from photostyle.regions.segment.network import NetworkSegmenter

WEIGHTS = Path(__file__).resolve().parents[2] / "assets" / "scene.safetensors"
ENCODER = "tu-regnety_004"
LONG_SIDE = 384
MEAN = DEVIATION = (0.5, 0.5, 0.5)


def scene_network() -> nn.Module:
    """The untrained network: SMP's FPN (Kirillov et al. 2019) over timm's RegNetY-400MF (Radosavovic et al. 2020)."""
    channels = {"decoder_pyramid_channels": 128, "decoder_segmentation_channels": 96}
    options = {"encoder_weights": None, "decoder_dropout": 0.1, "classes": len(CLASSES)}
    return built(lambda smp: smp.FPN(ENCODER, **channels, **options))


def load_scene(*, weights: Path = WEIGHTS, device: str | torch.device = "cpu") -> NetworkSegmenter:
    """The scene segmenter.

    Args:
        weights: safetensors file with the network's state in float16 or float32.
        device: where it runs.

    Raises:
        ModelError: when the file is missing, broken or of another network.
    """
    state = read_weights(weights, advice="train it with scripts/train_segmenter.py, or give masks or another --segmenter")
    network = scene_network()
    missing, unexpected = network.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    if unexpected or any(not key.endswith("num_batches_tracked") for key in missing):
        raise ModelError(f"{weights.name} does not hold the scene segmenter; install photostyle again")
    return segmenter_of(network, file_fingerprint(weights), device)


def segmenter_of(network: nn.Module, fingerprint: str, device: str | torch.device = "cpu") -> NetworkSegmenter:
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
    )
