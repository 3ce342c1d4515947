"""Folders in the format of segmentation-models-pytorch (SMP): `config.json` and `model.safetensors`.

A SegFormer is built from photostyle's own definition. Any other architecture is left to SMP, which then must be
installed and is imported only here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from photostyle.errors import DependencyError, ModelError
from photostyle.models.checkpoints import CONFIG, WEIGHTS
from photostyle.networks import MIX_TRANSFORMERS, MixTransformer, SegFormer, network_from_state
from photostyle.text_file import read_text

__all__ = ["CONFIG", "WEIGHTS", "HubConfig", "network_from_folder", "read_config"]

# What our SegFormer is fixed to, by SMP's names. A config with another value is built by SMP.
_FIXED = {"encoder_depth": 5, "in_channels": 3, "activation": None, "upsampling": 4, "aux_params": None}


@dataclass(frozen=True)
class HubConfig:
    """What a `config.json` says.

    Args:
        encoder: SMP's name of the encoder.
        decoder_width: channels of the SegFormer decoder; of no meaning for other architectures.
        classes: how many the network tells apart.
        architecture: SMP's name of the whole.
        ours: whether photostyle has its own definition of the network.
        activation: what follows the logits; None for nothing.
    """

    encoder: str
    decoder_width: int
    classes: int
    architecture: str = "Segformer"
    ours: bool = True
    activation: str | None = None


def read_config(folder: Path, advice: str) -> HubConfig | None:
    """What the folder's `config.json` says, or None where there is none.

    Args:
        folder: of one network.
        advice: what to do when the file is broken; ends the error's text.

    Raises:
        ModelError: when the file is no config of SMP's.
    """
    path = folder / CONFIG
    if not path.is_file():
        return None
    try:
        facts = json.loads(read_text(path))
        return _config(facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_checkpoint(folder, error, advice) from error


def network_from_folder(folder: Path, config: HubConfig, state: Mapping[str, Tensor], advice: str) -> nn.Module:
    """The network of a folder, on the CPU.

    Args:
        folder: of one network.
        config: as `read_config` gives it.
        state: the tensors of the folder's `model.safetensors`.
        advice: what to do when the folder is broken; ends the error's text.

    Raises:
        ModelError: when the weights do not fit the config, or SMP does not know the architecture.
        DependencyError: when SMP is needed and not installed, or its libraries do not fit each other.
    """
    if not config.ours:
        return _network_of_smp(folder, config, advice)

    def build() -> SegFormer:
        encoder = MixTransformer(MIX_TRANSFORMERS[config.encoder])
        return SegFormer(encoder, config.classes, width=config.decoder_width)

    try:
        return network_from_state(build, state)
    except ModelError as error:
        raise _no_checkpoint(folder, error, advice) from error


def _config(facts: dict[str, object]) -> HubConfig:
    architecture = str(facts["_model_class"])
    encoder = str(facts.get("encoder_name"))
    ours = architecture == "Segformer" and encoder in MIX_TRANSFORMERS
    for name, value in _FIXED.items():
        if facts.get(name, value) != value:
            ours = False
    activation = facts.get("activation")
    return HubConfig(
        encoder=encoder,
        decoder_width=_whole_number(facts, "decoder_segmentation_channels", default=256),
        classes=_whole_number(facts, "classes", default=1),
        architecture=architecture,
        ours=ours,
        activation=None if activation is None else str(activation),
    )


def _whole_number(facts: dict[str, object], name: str, default: int) -> int:
    value = facts.get(name, default)
    if not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    return value


def _network_of_smp(folder: Path, config: HubConfig, advice: str) -> nn.Module:
    try:
        import segmentation_models_pytorch
    except ImportError as error:
        needs = f"{folder} holds the architecture {config.architecture}, which needs segmentation-models-pytorch"
        raise DependencyError(f"{needs}; install it: pip install segmentation-models-pytorch") from error
    except RuntimeError as error:  # of torchvision, where it was built for another torch
        line = f"segmentation-models-pytorch cannot be loaded ({str(error).splitlines()[0]})"
        raise DependencyError(f"{line}; install torch and torchvision together, from one index") from error
    try:
        network: nn.Module = segmentation_models_pytorch.from_pretrained(str(folder))
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError) as error:
        raise _no_checkpoint(folder, error, advice) from error
    return network


def _no_checkpoint(folder: Path, error: Exception, advice: str) -> ModelError:
    reason = str(error).splitlines()[0]
    return ModelError(f"{folder} holds no segmentation-models-pytorch checkpoint ({reason}); {advice}")
