"""Trained networks in folders of the Hugging Face hub: config.json, weights and a card, by `PyTorchModelHubMixin`."""

import re
from contextlib import redirect_stdout
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from torch import nn

from photostyle.errors import DependencyError, FileError, ModelError
from photostyle.networks.stylizer import Stylizer, StylizerShape
from photostyle.networks.stylizer_file import TrainedStylizer, load_stylizer
from photostyle.tensor_file import BROKEN

TAGS = ["style-transfer", "image-to-image"]


def from_pretrained(source: Path | str, *, download: bool = False, revision: str | None = None) -> TrainedStylizer:
    """A trained network of a folder, of a file, or of the Hugging Face hub.

    Args:
        source: a folder that `save_pretrained` wrote, a file that training wrote, or "owner/name" on the hub.
        download: whether the hub may be asked; without it only what lies on this machine is taken, the hub's cache too.
        revision: the branch, tag or commit on the hub; None for the newest.

    Raises:
        ModelError: there is no such network here, or it cannot be had from the hub.
        FileError: what is there is no network of photostyle.
        DependencyError: huggingface-hub is not installed.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     save_pretrained(TrainedStylizer(Stylizer(), ("wave",), {"licence": "my own"}), folder)
        ...     from_pretrained(folder).names
        ('wave',)
    """
    if Path(source).is_file():
        return load_stylizer(source)
    if not Path(source).is_dir() and not re.fullmatch(r"[\w.-]+/[\w.-]+", str(source)):
        raise ModelError(f"{source}: there is no such folder, and a name of the hub is like owner/name; check the path")
    hub_class = _hub_class()
    try:
        with redirect_stdout(StringIO()):  # it prints where it loads from
            found = hub_class.from_pretrained(str(source), revision=revision, local_files_only=not download)
    except OSError as error:  # the hub's own errors are of this kind
        remedy = "check the folder, or allow the download"
        if download:
            remedy = "check its name and the network"
        raise ModelError(f"{source}: there is no trained network ({_first_line(error)}); {remedy}") from error
    except (RuntimeError, *BROKEN) as error:
        raise FileError(f"{source}: is no trained network of photostyle ({_first_line(error)}); save it again") from error
    network: Stylizer = found.network
    if len(found.names) != network.shape.styles:
        raise FileError(
            f"{source}: names {len(found.names)} styles, and its weights are of {network.shape.styles}; save it again"
        )
    return TrainedStylizer(network.eval().requires_grad_(False), tuple(found.names), dict(found.card))


def save_pretrained(trained: TrainedStylizer, folder: Path | str) -> None:
    """Write a trained network as a folder that can be put on the hub: its weights in float32, its facts, and a card.

    Raises:
        FileError: the folder cannot be written.
        DependencyError: huggingface-hub is not installed.
    """
    model = _hub_class()(shape=asdict(trained.network.shape), names=list(trained.names), card=dict(trained.card))
    model.network.load_state_dict(trained.network.state_dict())
    try:
        model.save_pretrained(str(folder))
    except OSError as error:
        raise FileError(f"{folder}: cannot be written ({error.strerror or error}); choose another place") from error


@cache
def _hub_class() -> Any:
    """The class that the hub's mixin saves and loads; made on first use, for the library is an extra."""
    if find_spec("huggingface_hub") is None:
        raise DependencyError("folders of the hub need huggingface-hub; run: pip install 'photostyle[hub]'")
    from huggingface_hub import PyTorchModelHubMixin

    class HubStylizer(nn.Module, PyTorchModelHubMixin, library_name="photostyle", tags=TAGS):
        """A stylizer with the names of its styles and its card, as arguments that config.json holds."""

        def __init__(self, shape: dict[str, int], names: list[str], card: dict[str, Any]) -> None:
            super().__init__()
            self.network = Stylizer(StylizerShape(**shape))
            self.names = names
            self.card = card

    return HubStylizer


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
