"""A table of classes: what each output of a network shows, in photostyle's classes or as a class of its own.

JSON, a list with a name for each output, or an object that has it as `classes`:

    ["sky", "tree", "own:dress"]
    {"classes": ["sky", "tree", "own:dress"], "long_side": 512, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5]}

CSV, a line for each output, in the outputs' order, below a heading:

    name,class
    sky,sky
    Fachwerkhaus,building
    dress,own:dress

A class is one of photostyle's, or a word that it knows one for (`tree`: vegetation), or `own:` and any name.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from photostyle.errors import ModelError
from photostyle.regions.labels import CLASSES, coarse_class
from photostyle.text_file import read_text

OWN = "own:"
LONG_SIDES = (64, 2048)
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class ClassTable:
    """What is said of a network beside its weights.

    Args:
        outputs: the class of each output.
        long_side: the longer side of the photo as the network sees it, in pixels, 64 to 2048.
        mean, deviation: what it expects subtracted from, and divided out of, sRGB values in [0, 1]; ImageNet's unless said.
    """

    outputs: tuple[str, ...]
    long_side: int = 512
    mean: Triple = IMAGENET_MEAN
    deviation: Triple = IMAGENET_DEVIATION

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that occur: photostyle's in their order, then the network's own."""
        known = [name for name in CLASSES if name in self.outputs]
        own = [name for name in dict.fromkeys(self.outputs) if name not in CLASSES]
        return (*known, *own)

    def fold(self) -> Tensor:
        """(K, C) 1 where an output belongs to a class, else 0.

        Example:
            >>> ClassTable(("building", "sky", "building")).fold()
            tensor([[0., 1., 0.],
                    [1., 0., 1.]])
        """
        return folding(self.outputs, self.classes)


def folding(outputs: Sequence[str], classes: Sequence[str]) -> Tensor:
    """(K, C) 1 where one of C outputs, by the class of each, belongs to one of K classes, else 0."""
    fold = torch.zeros(len(classes), len(outputs))
    for column, name in enumerate(outputs):
        fold[classes.index(name), column] = 1
    return fold


def read_class_table(path: Path, outputs: int) -> ClassTable:
    """The table in a file, for a network with so many outputs.

    Raises:
        ModelError: the file is no such table, has another number of rows, or names what is no class; it says which.
    """
    try:
        text = read_text(path)
        facts = _csv_facts(text) if path.suffix == ".csv" else _json_facts(text)
        names = facts.pop("classes")
        if len(names) != outputs:
            raise ValueError(f"it names {len(names)} classes, the network has {outputs} outputs")
        return ClassTable(tuple(_class(name, number) for number, name in enumerate(names)), **_input_facts(facts))
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{path} is no table of classes ({reason}); mend it") from error


def _json_facts(text: str) -> dict[str, Any]:
    facts = json.loads(text)
    if isinstance(facts, list):
        facts = {"classes": facts}
    if not isinstance(facts, dict) or not isinstance(facts.get("classes"), list):
        raise ValueError('expected a list of names, or {"classes": [...]}')
    return facts


def _csv_facts(text: str) -> dict[str, Any]:
    rows = list(csv.DictReader(text.splitlines(), skipinitialspace=True))
    if not rows or "class" not in rows[0]:
        raise ValueError("expected a heading with a column called class, and a line for each output")
    return {"classes": [row["class"] for row in rows]}


def _class(name: object, number: int) -> str:
    """The class that a table's entry stands for."""
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"output {number} has no name")
    if name.startswith(OWN) and name.removeprefix(OWN).strip():
        return name.removeprefix(OWN).strip()
    known = coarse_class(name)
    if known is None:
        raise ValueError(f"output {number}, {name!r}, is no known class; write one of {', '.join(CLASSES)}, or {OWN}{name}")
    return known


def _input_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """How the network wants the photo, as far as it is said."""
    found: dict[str, Any] = {}
    for name, value in facts.items():
        if name == "long_side":
            least, most = LONG_SIDES
            if not isinstance(value, int) or not least <= value <= most:
                raise ValueError(f"long_side must be a whole number from {least} to {most}, got {value!r}")
            found[name] = value
        elif name in ("mean", "deviation"):
            found[name] = _triple(name, value)
        else:
            raise ValueError(f"it says {name!r}; known are classes, long_side, mean, deviation")
    return found


def _triple(name: str, value: object) -> Triple:
    numbers = [float(each) for each in value if isinstance(each, int | float)] if isinstance(value, Iterable) else []
    if len(numbers) != 3 or (name == "deviation" and min(numbers) <= 0):
        raise ValueError(f"{name} must be three numbers, got {value!r}")
    red, green, blue = numbers
    return red, green, blue
