"""What a training that was stopped goes on from: a file of weights, averages, the optimiser's state, and what was reached."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import torch

from photostyle.errors import FileError
from photostyle.tensor_file import BROKEN, FileKind
from photostyle.training.config import Config
from photostyle.training.loop import Training
from photostyle.training.painting_config import PaintingConfig

FILES = FileKind("checkpoint", 1, "train afresh")
# What may differ from one run of a training to the next; all else would make another network of it.
MAY_DIFFER = (
    "minutes",
    "steps",
    "patience",
    "rate",
    "device",
    "licence",
    "batch",
    "out",
    "photos",
    "paintings",
    "a",
    "b",
)
BUFFER = "buffer "  # before the names of what a network keeps beside its weights
BEST = "best "  # before the numbers of the weights that measured best


def checkpoint_path(config: Config) -> Path:
    """Where the checkpoint of a training lies: beside its network."""
    return config.out.with_suffix(".checkpoint")


def write_checkpoint(path: Path, training: Training, config: Config) -> None:
    """Write where a training stands, whole or not at all.

    Raises:
        FileError: it cannot be written, as where the disk is full.
    """
    tensors = {f"{number:04d}": tensor.detach().cpu().contiguous() for number, tensor in enumerate(training.tensors())}
    tensors |= {BUFFER + name: buffer.detach().cpu().contiguous() for name, buffer in training.network.named_buffers()}
    tensors |= {f"{BEST}{number:04d}": tensor.detach().cpu() for number, tensor in enumerate(training.best.weights)}
    tensors["random"] = training.random.get_state()
    facts = {
        "config": identity_of(config),
        "step": training.step,
        "seconds": training.seconds,
        "slower": training.slower,
        "steps_back": training.steps_back,
        "history": training.history,
        "measured": training.best.measured,
    }
    FILES.write(path, tensors, facts)


def restore(path: Path, training: Training, config: Config) -> None:
    """Bring a training to where a checkpoint stands.

    Raises:
        FileError: it is broken, or of another training; one line that says what differs.
    """
    facts, tensors = FILES.read(path)
    try:
        of_kept = _usual(config) | facts["config"]  # a key that came later was as it usually is
        differing = [name for name, value in identity_of(config).items() if of_kept.get(name) != value]
        if differing:
            raise FileError(
                f"{path}: is of a training with another {differing[0]} ({_value(of_kept, differing[0])}); "
                "set it back, name another out, or train afresh"
            )
        own = training.tensors()
        kept = [tensors[name] for name in sorted(tensors) if name.isdigit()]
        buffers = dict(training.network.named_buffers())
        kept_buffers = {name: tensors[BUFFER + name] for name in buffers if BUFFER + name in tensors}
        same_shapes = [each.shape for each in own] == [each.shape for each in kept]
        if not same_shapes or any(each.shape != buffers[name].shape for name, each in kept_buffers.items()):
            raise FileError(f"{path}: is of a network of another architecture; name another out, or train afresh")
        with torch.no_grad():
            for tensor, value in zip(own, kept, strict=True):
                tensor.copy_(value)
            for name, value in kept_buffers.items():
                buffers[name].copy_(value)
        training.random.set_state(tensors["random"])
        training.step = int(facts["step"])
        training.seconds = float(facts["seconds"])
        training.slower = float(facts["slower"])
        training.steps_back = int(facts["steps_back"])
        training.history = [dict(entry) for entry in facts["history"]]
        training.best.measured = [(int(step), float(value)) for step, value in facts.get("measured", [])]
        best = [tensors[name] for name in sorted(tensors) if name.startswith(BEST)]
        if len(best) not in (0, len(training.average)):
            raise ValueError("its best weights are broken")
        training.best.weights = [each.to(like) for each, like in zip(best, training.average, strict=False)]
    except FileError:
        raise
    except (RuntimeError, *BROKEN) as error:
        raise FILES.broken(path, error) from error


def identity_of(config: Config) -> dict[str, Any]:
    """What makes two trainings one, as plain data; files by their names, wherever the folder is now."""
    values = {name: value for name, value in asdict(config).items() if name not in MAY_DIFFER}
    if "start" in values:
        values["start"] = Path(values["start"]).name
    if isinstance(config, PaintingConfig):
        values["styles"] = {name: path.name for name, path in config.styles.items()}
        values["add_to"] = config.add_to and config.add_to.name
    return dict(json.loads(json.dumps(values, default=str)))


def _usual(config: Config) -> dict[str, Any]:
    """The keys that may be left out, as they then are, as plain data."""
    values = {each.name: each.default for each in fields(config) if each.default is not MISSING}
    return dict(json.loads(json.dumps(values, default=str)))


def _value(values: Mapping[str, Any], name: str) -> str:
    text = str(values.get(name))
    return text if len(text) <= 60 else f"{text[:60]}..."
