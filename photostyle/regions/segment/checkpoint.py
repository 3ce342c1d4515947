"""A network of the user's own as a segmenter: a checkpoint of segmentation-models-pytorch (SMP) with a table of classes."""

import hashlib
from pathlib import Path

import torch

from photostyle.encoders import read_weights
from photostyle.errors import ModelError
from photostyle.models.checkpoints import WEIGHTS, check_checkpoint
from photostyle.regions.segment.cache import file_fingerprint
from photostyle.regions.segment.class_table import read_class_table
from photostyle.regions.segment.hub_folder import network_from_folder, read_config
from photostyle.regions.segment.network import NetworkSegmenter

_ADVICE = "save it again with save_pretrained, or download all of its folder"


def load_checkpoint(folder: Path, *, device: str | torch.device = "cpu") -> NetworkSegmenter:
    """The segmenter of a folder; nothing is downloaded.

    Args:
        folder: with `config.json`, `model.safetensors`, and `classes.json` or `classes.csv` as `class_table` reads them.
        device: where it runs.

    Raises:
        ModelError: a file is missing or broken, or the table and the network do not agree.
        DependencyError: the architecture is one that only SMP can build, and that is not installed.
    """
    folder = folder.expanduser()
    table_path = check_checkpoint(folder)
    config = read_config(folder, _ADVICE)
    if config is None:
        raise ModelError(f"{folder} has no config.json; {_ADVICE}")
    if config.classes < 2:
        raise ModelError(
            f"the network in {folder} has {config.classes} output, which tells no classes apart; give one with two or more"
        )
    if config.activation is not None:
        raise ModelError(
            f"the network in {folder} ends in {config.activation}; save it with activation=None, so that it gives logits"
        )
    table = read_class_table(table_path, config.classes)
    network = network_from_folder(folder, config, read_weights(folder / WEIGHTS, advice=_ADVICE), _ADVICE)
    said = hashlib.sha256(table_path.read_bytes()).hexdigest()[:8]
    return NetworkSegmenter(
        str(folder),
        network,
        table.classes,
        long_side=table.long_side,
        mean=table.mean,
        deviation=table.deviation,
        fingerprint=f"{file_fingerprint(folder / WEIGHTS)}-{said}",
        fold=table.fold(),
        device=device,
    )
