"""The options of a method as inputs of a node, made from their dataclasses as the commands' are; and back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, Field
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from photostyle.comfy import host
from photostyle.comfy.definitions import Input
from photostyle.models import choices
from photostyle.option_text import parse_option
from photostyle.options import AMOUNTS, Options, option_fields, option_types

# What a node has no input for: which method it is, what it is given by sockets and by another node, and folders and files of the
# machine that ComfyUI runs on, which a workflow from elsewhere has no business with.
LEFT_OUT = ("method", *AMOUNTS, "cache", "network", "blend", "snapshot_steps")
SHOWN = (
    "segmenter",
    "pairs",
    "protect",
    "fast",
    "size",
    "steps",
    "brush",
    "hand",
    "style_name",
    "keep_colour",
)  # others: advanced
FINE_STEP = 0.01  # of a number's control
MOST_SEED = 2**53 - 1  # what a page in the browser counts exactly

# Options whose choices here are fewer than the library's: no code, and no files by their paths.
_CHOICES: Mapping[str, tuple[Callable[[], Sequence[str]], str]] = {
    "segmenter": (lambda: choices("segmenter"), "Finds regions where none are connected; none for the whole picture as one."),
    "encoder": (lambda: choices("encoder"), ""),
    "device": (lambda: ("auto", "cpu"), "Where to compute; auto is where ComfyUI computes."),
}


def option_inputs(method: str, *, only: Collection[str] | None = None, without: Collection[str] = ()) -> tuple[Input, ...]:
    """An input for each option of a method, with its default, range and help.

    Args:
        method: its name.
        only: names of the options to have; None for all that nodes may have.
        without: names of options to leave out.
    """
    types = option_types(method)
    inputs = []
    for name, field in option_fields(method).items():
        if name in LEFT_OUT or name in without or _kinds(types[name]) == (Path,):
            continue
        if only is None or name in only:
            inputs.append(_input(name, types[name], field))
    return tuple(sorted(inputs, key=_place))


def _place(each: Input) -> tuple[bool, bool]:
    """Where an input stands: first those that are shown; a seed last, since ComfyUI's page puts a control of its own after it."""
    return each.advanced, each.name == "seed"


def options_of(method: str, values: Mapping[str, Any]) -> Options:
    """The options that a node's widgets say, those of its inputs that are no options left aside.

    Raises:
        OptionError: a value is none of its option.
    """
    fields = option_fields(method)
    types = option_types(method)
    given = {}
    for name in fields:
        if name in values and not _is_open(fields[name], values[name]):
            given[name] = _value(types[name], values[name], name)
    if "device" in values:
        given["device"] = host.device_name(values["device"])
    return Options(method, **given)


def _input(name: str, kind: Any, field: Field[Any]) -> Input:
    kinds = _kinds(kind)
    help = str(field.metadata["help"])
    usual = field.metadata["usual"]
    low, high = field.metadata["low"], field.metadata["high"]
    default = None if field.default is MISSING else field.default
    advanced = name not in SHOWN
    if name in _CHOICES:
        listed, own_help = _CHOICES[name]
        return Input(name, "COMBO", own_help or help, default, choices=listed, advanced=advanced)
    if get_origin(kinds[0]) is Literal:
        options = tuple(str(choice) for choice in get_args(kinds[0]))
        return Input(name, "COMBO", help, default, choices=lambda: options, advanced=advanced)
    if kinds == (bool,):
        return Input(name, "BOOLEAN", help, default, advanced=advanced)
    if kinds in ((int,), (float,)):
        if default is None:  # a control has a number always; 0 is none of these options' values
            help = f"{help.removesuffix('.')}. 0: {usual or 'as is usual'}."
            default, low = 0, 0
        if high is not None:
            high = min(high, MOST_SEED)
        if kinds == (int,):
            return Input(name, "INT", help, default, low=low, high=high, step=1, advanced=advanced)
        step = FINE_STEP if field.default is not None else FINE_STEP / 10
        return Input(name, "FLOAT", help, float(default), low=low, high=high, step=step, advanced=advanced)
    return Input(name, "STRING", help, default or "", advanced=advanced)


def _is_open(field: Field[Any], value: Any) -> bool:
    """Whether a widget leaves an option to its default: an empty text, or 0 where the default is that none is given."""
    if isinstance(value, str) and not value.strip():
        return True
    return field.default is None and value == 0


def _value(kind: Any, value: Any, name: str) -> Any:
    """The value of a widget as its option has it."""
    kinds = _kinds(kind)
    if kinds == (float,):
        return float(value)
    if isinstance(value, str) and get_origin(kinds[0]) is not Literal:
        return parse_option(kind, value, name)
    return value


def _kinds(kind: Any) -> tuple[Any, ...]:
    """The members of a union but None; a type that is no union is the only one."""
    if NoneType not in get_args(kind):
        return (kind,)
    return tuple(each for each in get_args(kind) if each is not NoneType)
