"""The file of a trained autoencoder: its weights and its card."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from photostyle.errors import ModelError
from photostyle.models.trained import NETWORKS
from photostyle.networks.autoencoder import Autoencoder, AutoencoderShape
from photostyle.networks.state import stored_state, trained_network
from photostyle.tensor_file import BROKEN, Facts

ARCHITECTURE = "autoencoder"


@dataclass(frozen=True, eq=False)
class TrainedAutoencoder:
    """A trained autoencoder with what is known of it.

    Args:
        network: that encodes and decodes.
        card: facts for people, such as what it was trained on and under which licence: name -> text, number or list.
    """

    network: Autoencoder
    card: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path | str) -> None:
        """Write the file, weights in half precision; an older file stays whole until the new one is complete.

        Raises:
            FileError: the file cannot be written.
        """
        facts = {"architecture": ARCHITECTURE, "shape": asdict(self.network.shape), "styles": [], "card": dict(self.card)}
        NETWORKS.write(path, stored_state(self.network), facts)

    @classmethod
    def restored(cls, tensors: Mapping[str, Tensor], facts: Facts) -> "TrainedAutoencoder":
        """The network of what `save` wrote.

        Raises:
            ModelError: it is of another architecture, or its weights are not those of its shape.
            ValueError, KeyError, TypeError: its facts are broken.
        """
        if facts["architecture"] != ARCHITECTURE:
            raise ModelError(f"its architecture is {facts['architecture']!r}, and the method autoencoder needs {ARCHITECTURE}")
        shape = AutoencoderShape(**{name: int(value) for name, value in facts["shape"].items()})
        if min(asdict(shape).values()) < 1:
            raise ValueError("its shape is broken")
        network = trained_network(lambda: Autoencoder(shape), tensors)
        return cls(network, dict(facts.get("card", {})))


def load_autoencoder(path: Path | str) -> TrainedAutoencoder:
    """Read what `TrainedAutoencoder.save` wrote; the weights in float32.

    Raises:
        FileError: there is no such file, it is no autoencoder of photostyle, or it is of a newer version.
    """
    facts, tensors = NETWORKS.read(path)
    try:
        return TrainedAutoencoder.restored(tensors, facts)
    except (ModelError, *BROKEN) as error:
        raise NETWORKS.broken(path, error) from error
