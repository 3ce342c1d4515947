"""What a node is: inputs, outputs and the function that does its work, from which both of ComfyUI's schemas are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from photostyle.errors import PhotostyleError

IMAGE = "IMAGE"
MASK = "MASK"
LOOK = "PHOTOSTYLE_LOOK"
REGIONS = "PHOTOSTYLE_REGIONS"
NAMED_MASKS = "PHOTOSTYLE_NAMED_MASKS"
TRANSFORM = "PHOTOSTYLE_TRANSFORM"
WIDGETS = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO")  # types that a node shows a control for; all others are sockets
CATEGORY = "photostyle"


@dataclass(frozen=True)
class Input:
    """One input of a node.

    Args:
        name: of the parameter of the node's function.
        type: as ComfyUI calls it.
        help: one line, shown where the pointer rests.
        default: of a widget; what is used where nothing is connected to a socket that is optional.
        optional: whether a workflow may leave it out.
        low, high, step: of a number.
        choices: of a COMBO; asked for whenever ComfyUI lists its nodes.
        advanced: whether it is hidden until it is asked for.
    """

    name: str
    type: str
    help: str
    default: Any = None
    optional: bool = True
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: Callable[[], Sequence[str]] | None = None
    advanced: bool = False

    @property
    def is_widget(self) -> bool:
        """Whether the node shows a control for it."""
        return self.type in WIDGETS


@dataclass(frozen=True)
class Output:
    """One output of a node: its name, its type as ComfyUI calls it, and one line of help."""

    name: str
    type: str
    help: str = ""


@dataclass(frozen=True)
class Node:
    """A node.

    Args:
        id: in workflows; never changed.
        title: for people.
        help: a sentence or two.
        inputs: required ones first, then sockets, then widgets.
        outputs: what `run` returns.
        run: takes the inputs by name; returns a tuple, one value an output.
        writes: whether it writes a file, so that it is run though nothing hangs on it.
        fingerprint: of its inputs, by name: something that changes where a file that they name has changed; None where values
            alone decide.
    """

    id: str
    title: str
    help: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    run: Callable[..., tuple[Any, ...]]
    writes: bool = False
    fingerprint: Callable[..., object] | None = None

    def __call__(self, **values: Any) -> tuple[Any, ...]:
        """Do the node's work, as outside of ComfyUI, which runs nodes where torch keeps no gradients: methods need them.

        Raises:
            PhotostyleError: one line; it names the input where one is to be changed.
        """
        given = self.complete(values)
        try:
            with torch.inference_mode(False), torch.enable_grad():
                return self.run(**given)
        except PhotostyleError as error:
            if error.option in given:
                raise type(error)(f"{error} (input {error.option})") from None
            raise

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs by name, what was not given by its default."""
        return {each.name: values.get(each.name, each.default) for each in self.inputs}
