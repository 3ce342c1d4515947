"""An encoder by name, with its weights, frozen."""

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor

from photostyle import models
from photostyle.encoders.compact import Compact, Widths
from photostyle.encoders.compact5 import Compact5
from photostyle.encoders.encoder import Encoder
from photostyle.encoders.vgg import Vgg16, Vgg19
from photostyle.errors import DeviceError, ModelError, OptionError

EncoderPrecision = Literal["float32", "bfloat16"]


def load_encoder(
    name: str = "auto",
    *,
    weights: str | os.PathLike[str] | None = None,
    device: str | torch.device = "cpu",
    precision: EncoderPrecision = "float32",
) -> Encoder:
    """An encoder, frozen and in evaluation mode; nothing is ever downloaded.

    Args:
        name: "compact" and "compact5" ship with photostyle; "vgg19" and "vgg16" need `photostyle models pull`; "auto" takes vgg19
            where it has been pulled, else compact.
        weights: a file of weights in place of the one kept: safetensors, or a plain torch state dict.
        device: where it will run, such as "cpu" or "cuda".
        precision: of the weights and features; "bfloat16" saves a third of the time where the processor has
            instructions for it and is slow where it has none (see `computes_bfloat16`).

    Returns:
        The encoder.

    Raises:
        OptionError: for an unknown name or precision.
        ModelError: if the weights are missing, unsafe to load, or another network's.
        DeviceError: if the device is not on this machine.

    Example:
        >>> load_encoder("compact").layers
        ('relu1_1', 'relu2_1', 'relu3_1', 'relu4_1')
    """
    known = models.choices("encoder")
    if name not in known:
        raise OptionError(f"encoder must be one of {', '.join(known)}, got {name!r}")
    if precision not in get_args(EncoderPrecision):
        raise OptionError(f"precision must be one of {', '.join(get_args(EncoderPrecision))}, got {precision!r}")
    if name == "auto":
        name = "compact"
        if weights is None:
            name = models.best_present("encoder") or "compact"
    encoder = _build(name, models.find(name, weights))
    encoder.steps.to(getattr(torch, precision))
    return _to(encoder.eval().requires_grad_(False), device)


def computes_bfloat16(device: str | torch.device = "cpu") -> bool:
    """Whether a device multiplies bfloat16 numbers in hardware, so that precision "bfloat16" pays there.

    Args:
        device: such as "cpu" or "cuda"; anything else than these two says no.
    """
    kind = torch.device(device).type
    if kind == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if kind != "cpu":
        return False
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not in every version of torch
    return supported is not None and bool(supported())


def _build(name: str, path: Path) -> Encoder:
    tensors = read_weights(path)
    try:
        encoder = _network(name, tensors)
        encoder.load_weights(tensors)
    except (KeyError, RuntimeError) as error:
        raise ModelError(f"{path} does not hold the weights of {name} ({_first_line(error)}); give another file") from error
    return encoder


def _network(name: str, tensors: Mapping[str, Tensor]) -> Encoder:
    """A network of the name that has room for these weights."""
    if name == "compact":
        return Compact(Widths.of(tensors))
    if name == "compact5":
        return Compact5()
    if name == "vgg19":
        return Vgg19()
    return Vgg16()


def read_weights(path: Path, *, advice: str = "fetch the file again") -> Mapping[str, Tensor]:
    """The tensors of a safetensors file, or of a torch file that holds nothing but tensors.

    Args:
        path: the file.
        advice: what to do when it is missing or broken; ends the error's text.

    Returns:
        Name -> tensor, on the CPU.

    Raises:
        ModelError: if the file is missing or broken, or would run code when loaded.
    """
    import safetensors
    from safetensors.torch import load_file

    if not path.is_file():
        raise ModelError(f"no weights at {path}; {advice}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        tensors: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (safetensors.SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise ModelError(f"cannot read weights from {path}: {_first_line(error)}; {advice}") from error
    return tensors


def _to(encoder: Encoder, device: str | torch.device) -> Encoder:
    try:
        return encoder.to(device)
    except (RuntimeError, AssertionError) as error:
        problem = _first_line(error)
        raise DeviceError(f"device {device} cannot be used ({problem}); use cpu or a device of this machine") from error


def _first_line(error: Exception) -> str:
    """What an error says first, or its name where it says nothing."""
    lines = str(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    return lines[0]
