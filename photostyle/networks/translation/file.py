"""The file of networks of unpaired translation: a generator each way, and their card."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from torch import Tensor, nn

from photostyle.errors import ModelError
from photostyle.models.trained import NETWORKS
from photostyle.networks.state import stored_state, trained_network
from photostyle.networks.translation.attention import AttentionGenerator
from photostyle.networks.translation.field import FieldGenerator, FieldShape
from photostyle.networks.translation.generator import GeneratorShape, ResidualGenerator
from photostyle.tensor_file import BROKEN, Facts

ARCHITECTURE = "translator"
Kind = Literal["cyclegan", "ugatit", "field"]
Direction = Literal["AtoB", "BtoA"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
Generator = ResidualGenerator | AttentionGenerator | FieldGenerator


class Translators(nn.Module):
    """A generator each way.

    Args:
        a_to_b, b_to_a: of one kind and shape.
    """

    def __init__(self, a_to_b: Generator, b_to_a: Generator) -> None:
        super().__init__()
        self.a_to_b = a_to_b
        self.b_to_a = b_to_a

    def towards(self, direction: Direction) -> Generator:
        """The generator of a direction."""
        return self.a_to_b if direction == "AtoB" else self.b_to_a


@dataclass(frozen=True, eq=False)
class TrainedTranslators:
    """Trained generators with what is known of them.

    Args:
        networks: a generator each way.
        kind: cyclegan, ugatit or field.
        sets: what the two sets of pictures are called, A and B.
        card: facts for people, such as what they were trained on and under which licence: name -> text, number or list.
    """

    networks: Translators
    kind: Kind
    sets: tuple[str, str] = ("A", "B")
    card: Mapping[str, Any] = field(default_factory=dict)

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
            "translation": self.kind,
            "shape": asdict(self.networks.a_to_b.shape),
            "styles": list(self.sets),
            "card": dict(self.card),
        }
        return stored_state(self.networks), facts

    @classmethod
    def restored(cls, tensors: Mapping[str, Tensor], facts: Facts) -> "TrainedTranslators":
        """The inverse of `stored`.

        Raises:
            ModelError: it is of another architecture, or its weights are not those of its shape.
            ValueError, KeyError, TypeError: its facts are broken.
        """
        if facts["architecture"] != ARCHITECTURE:
            raise ModelError(f"its architecture is {facts['architecture']!r}, and this method needs {ARCHITECTURE}")
        kind, shape = facts["translation"], dict(facts["shape"])
        if kind not in get_args(Kind) or len(facts["styles"]) != 2 or min(int(value) for value in shape.values()) < 0:
            raise ValueError("its facts are broken")
        networks = trained_network(lambda: Translators(built(kind, shape), built(kind, shape)), tensors)
        sets = (str(facts["styles"][0]), str(facts["styles"][1]))
        return cls(networks, kind, sets, dict(facts.get("card", {})))


def load_translators(path: Path | str) -> TrainedTranslators:
    """Read what `TrainedTranslators.save` wrote; the weights in float32.

    Raises:
        FileError: there is no such file, it is no network of this kind, or it is of a newer version.
    """
    facts, tensors = NETWORKS.read(path)
    try:
        return TrainedTranslators.restored(tensors, facts)
    except (ModelError, *BROKEN) as error:
        raise NETWORKS.broken(path, error) from error


def built(kind: str, shape: Mapping[str, int | bool]) -> Generator:
    """A generator by the name of its kind, its weights at random."""
    if kind == "field":
        numbers: dict[str, Any] = {name: int(value) for name, value in shape.items()}
        switches = {name: bool(shape.get(name, False)) for name in ("levels", "own")}
        return FieldGenerator(FieldShape(**numbers | switches))
    of = GeneratorShape(int(shape["width"]), int(shape["residuals"]), bool(shape["adds"]), bool(shape.get("affine", False)))
    return AttentionGenerator(of) if kind == "ugatit" else ResidualGenerator(of)
