"""The file of a trained network: its weights, the names of its styles, and its card."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from photostyle.errors import ModelError, OptionError
from photostyle.models.trained import NETWORKS
from photostyle.networks.state import stored_state, trained_network
from photostyle.networks.stylizer import Stylizer, StylizerShape
from photostyle.registry import nearest
from photostyle.tensor_file import BROKEN, Facts

ARCHITECTURE = "stylizer"


@dataclass(frozen=True)
class StyleReading:
    """How any style is read for a network: the encoder's name, its `fingerprint`, and the picture's long side in pixels."""

    encoder: str
    weights: str
    size: int


@dataclass(frozen=True, eq=False)
class TrainedStylizer:
    """A trained network with what is known of it.

    Args:
        network: that paints.
        names: of its styles, in the order of its norms; `PHOTO` is the photo as it is.
        card: facts for people, such as what it was trained on and under which licence: name -> text, number or list.
        reading: how a style is read, where the network paints in any; None where it has its own styles alone.
    """

    network: Stylizer
    names: tuple[str, ...]
    card: Mapping[str, Any] = field(default_factory=dict)
    reading: StyleReading | None = None

    def save(self, path: Path | str) -> None:
        """Write the file, weights in half precision; an older file stays whole until the new one is complete.

        Raises:
            FileError: the file cannot be written.
        """
        NETWORKS.write(path, *self.stored())

    def stored(self) -> tuple[dict[str, Tensor], Facts]:
        """Tensors and facts, as they stand in a file."""
        facts = {
            "architecture": ARCHITECTURE,
            "shape": asdict(self.network.shape),
            "styles": list(self.names),
            "card": dict(self.card),
        }
        if self.reading is not None:
            facts["reading"] = asdict(self.reading)
        return stored_state(self.network), facts

    @classmethod
    def restored(cls, tensors: Mapping[str, Tensor], facts: Facts) -> "TrainedStylizer":
        """The inverse of `stored`.

        Raises:
            ModelError: it is of another architecture, or its weights are not those of its shape.
            ValueError, KeyError, TypeError: its facts are broken.
        """
        if facts["architecture"] != ARCHITECTURE:
            raise ModelError(f"its architecture is {facts['architecture']!r}, and this version knows {ARCHITECTURE}")
        shape = StylizerShape(**{name: int(value) for name, value in facts["shape"].items()})
        names = tuple(str(name) for name in facts["styles"])
        if len(names) != shape.styles or shape.styles < 1 or shape.width < 1 or shape.residuals < 0:
            raise ValueError("its shape is broken")
        network = trained_network(lambda: Stylizer(shape), tensors)
        reading = None
        if network.predictor is not None:
            read = facts["reading"]
            reading = StyleReading(str(read["encoder"]), str(read["weights"]), int(read["size"]))
        network.to(memory_format=torch.channels_last)  # a tenth faster on large photos
        return cls(network, names, dict(facts.get("card", {})), reading)


def load_stylizer(path: Path | str) -> TrainedStylizer:
    """Read what `TrainedStylizer.save` wrote; the weights in float32.

    Raises:
        FileError: there is no such file, it is no network of photostyle, or it is of a newer version.
    """
    facts, tensors = NETWORKS.read(path)
    try:
        return TrainedStylizer.restored(tensors, facts)
    except (ModelError, *BROKEN) as error:
        raise NETWORKS.broken(path, error) from error


def style_weights(texts: str | Sequence[str], names: Sequence[str]) -> Tensor:
    """(styles,) weights that sum to 1, from texts such as "monet:0.6" or "monet"; without any, the first style alone.

    Args:
        texts: one text with commas, or several; a name without a number has the weight 1.
        names: of the network's styles.

    Raises:
        OptionError: there is no style of a name, or a weight is no number from 0 up.

    >>> style_weights("monet:0.6,photo:0.2", ("monet", "photo")).round(decimals=2)
    tensor([0.7500, 0.2500])
    """
    if isinstance(texts, str):
        texts = texts.split(",")
    weights = torch.zeros(len(names))
    for text in texts:
        name, sign, number = (part.strip() for part in text.rpartition(":"))
        if not sign:
            name, number = text.strip(), "1"
        if not name:
            continue
        if name not in names:
            known = ", ".join(names)
            raise OptionError(
                f"the network has no style {name!r}{nearest(name, tuple(names)) or f'; it has {known}'}", option="style_name"
            )
        weights[names.index(name)] += _weight(number, text)
    if not bool(weights.any()):
        weights[0] = 1
    return weights / weights.sum()


def _weight(number: str, text: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not 0 <= weight < float("inf"):
        raise OptionError(f"a style's weight must be a number from 0 up, as in monet:0.6, got {text!r}", option="style_name")
    return weight
