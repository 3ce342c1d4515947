"""SegFormer (Xie et al. 2021) trained on ADE20K, whose 150 classes are added up to photostyle's own.

The weights may be used for research and other non-commercial ends only. `photostyle models pull ade20k-b0` fetches
them, and nothing else does. They are kept as segmentation-models-pytorch's hub has them: `config.json` and
`model.safetensors` in a folder of the model's name.
"""

from pathlib import Path

import torch
from torch import Tensor

from photostyle.encoders import read_weights
from photostyle.errors import ModelError, OptionError
from photostyle.models import locate, names, segmenter_network
from photostyle.regions.labels import ADE20K, CLASSES
from photostyle.regions.segment.cache import file_fingerprint
from photostyle.regions.segment.class_table import IMAGENET_DEVIATION, IMAGENET_MEAN, folding
from photostyle.regions.segment.hub_folder import WEIGHTS, HubConfig, network_from_folder, read_config
from photostyle.regions.segment.network import NetworkSegmenter


def ade20k_names() -> tuple[str, ...]:
    """The names of the SegFormers, from the smallest on."""
    return tuple(name for name in names("segmenter") if name.startswith("ade20k-"))


def find_ade20k(name: str) -> Path | None:
    """The folder of a model if its weights are on this machine, else None; nothing is downloaded."""
    _check_name(name)
    weights = locate(name)
    if weights is None:
        return None
    return weights.parent


def load_ade20k(name: str = "ade20k-b0", *, folder: Path | None = None, device: str | torch.device = "cpu") -> NetworkSegmenter:
    """A SegFormer from a folder in the hub's format.

    Args:
        name: one of `ade20k_names()`.
        folder: with `model.safetensors` and, unless it is the hub's own checkpoint of this name, `config.json`; None
            looks where `photostyle models pull` puts it.
        device: where it runs.

    Raises:
        OptionError: when no model has this name.
        ModelError: when the weights are missing or broken, or are of no network with ADE20K's 150 classes.
        DependencyError: when the folder holds an architecture that only segmentation-models-pytorch can build, and
            that is not installed.
    """
    _check_name(name)
    folder = folder or find_ade20k(name)
    if folder is None:
        raise ModelError(f"the weights of {name} are not on this machine; get them with: photostyle models pull {name}")
    model = segmenter_network(name)
    advice = f"get it again with: photostyle models pull {name}"
    state = read_weights(folder / WEIGHTS, advice=advice)
    hub_config = HubConfig(encoder=model.encoder, decoder_width=model.decoder_channels, classes=len(ADE20K))
    config = read_config(folder, advice) or hub_config
    network = network_from_folder(folder, config, state, advice)
    if config.classes != len(ADE20K):
        raise ModelError(f"{name} expects ADE20K's {len(ADE20K)} classes, {folder} has {config.classes}; {advice}")
    return NetworkSegmenter(
        name,
        network,
        CLASSES,
        long_side=model.long_side,
        mean=IMAGENET_MEAN,
        deviation=IMAGENET_DEVIATION,
        fingerprint=file_fingerprint(folder / WEIGHTS),
        fold=fold_matrix(),
        device=device,
    )


def fold_matrix() -> Tensor:
    """(14, 150): 1 where an ADE20K class belongs to a coarse one.

    Example:
        >>> fold_matrix().sum(0).unique()
        tensor([1.])
    """
    return folding([coarse for _, coarse in ADE20K], CLASSES)


def _check_name(name: str) -> None:
    if name not in ade20k_names():
        raise OptionError(f"no ADE20K segmenter is called {name!r}; known are {', '.join(ade20k_names())}", option="segmenter")
