"""SegFormer (Xie et al. 2021) trained on ADE20K, from SMP's hub, its 150 classes folded to ours.

The weights may be used for research and other non-commercial ends only; they come by `photostyle models pull ade20k-b0`
and never by themselves. They lie as the hub has them, `config.json` and `model.safetensors`, in a folder of the
model's name.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from photostyle.encoders import read_weights
from photostyle.errors import ModelError, OptionError
from photostyle.models import locate
from photostyle.regions.labels import ADE20K, CLASSES
from photostyle.regions.segment.cache import file_fingerprint
from photostyle.regions.segment.lean_import import built
from photostyle.regions.segment.network import NetworkSegmenter

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WEIGHTS, CONFIG = "model.safetensors", "config.json"


@dataclass(frozen=True)
class Ade20kModel:
    """What the config.json of one of the hub's checkpoints says.

    Args:
        encoder: SMP's name of its Mix Transformer.
        decoder_channels: of the SegFormer decoder.
        long_side: of the photo as the network sees it; the side it was trained at.
    """

    encoder: str
    decoder_channels: int
    long_side: int


MODELS: dict[str, Ade20kModel] = {
    f"ade20k-b{size}": Ade20kModel(f"mit_b{size}", 256 if size < 2 else 768, 640 if size == 5 else 512) for size in range(6)
}


def find_ade20k(name: str) -> Path | None:
    """The folder of a model if its weights are on this machine, else None; nothing is downloaded."""
    found = locate(_known(name))
    return None if found is None else found.parent


def load_ade20k(
    name: str = "ade20k-b0", *, folder: Path | None = None, device: str | torch.device = "cpu"
) -> NetworkSegmenter:
    """A SegFormer from a folder in the hub's format.

    Args:
        name: a key of `MODELS`.
        folder: with `model.safetensors` and, unless it is the hub's own, `config.json`; None looks where
            `photostyle models pull` puts it.
        device: where it runs.

    Raises:
        ModelError: when the weights are missing or broken, or are of no network with ADE20K's 150 classes.
    """
    model = MODELS[_known(name)]
    folder = folder or find_ade20k(name)
    if folder is None:
        raise ModelError(f"the weights of {name} are not on this machine; get them with: photostyle models pull {name}")
    network = _network(name, folder, model)
    return NetworkSegmenter(
        name,
        network,
        CLASSES,
        long_side=model.long_side,
        mean=MEAN,
        deviation=DEVIATION,
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
    fold = torch.zeros(len(CLASSES), len(ADE20K))
    for column, (_, coarse) in enumerate(ADE20K):
        fold[CLASSES.index(coarse), column] = 1
    return fold


def _network(name: str, folder: Path, model: Ade20kModel) -> nn.Module:
    advice = f"get it again with: photostyle models pull {name}"
    state = read_weights(folder / WEIGHTS, advice=advice)
    try:
        if (folder / CONFIG).is_file():
            network = built(lambda smp: smp.from_pretrained(str(folder)))
        else:  # the config.json of the hub's own checkpoints says no more than this
            options = {"decoder_segmentation_channels": model.decoder_channels, "classes": len(ADE20K)}
            network = built(lambda smp: smp.Segformer(model.encoder, encoder_weights=None, **options))
            network.load_state_dict(state)
    except (json.JSONDecodeError, KeyError, AttributeError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{folder} holds no segmentation-models-pytorch checkpoint ({reason}); {advice}") from error
    classes = getattr(network, "config", {}).get("classes", len(ADE20K))
    if classes != len(ADE20K):
        raise ModelError(f"{name} expects ADE20K's {len(ADE20K)} classes, {folder} has {classes}; {advice}")
    return network


def _known(name: str) -> str:
    if name not in MODELS:
        raise OptionError(f"no ADE20K segmenter is called {name!r}; known are {', '.join(MODELS)}")
    return name
