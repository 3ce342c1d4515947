"""Every option of a transfer as a command-line parameter, made from `Options`, so that the two cannot drift apart."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from photostyle.config import Options
from photostyle.option_text import parse_option

_FLAGS = {"pairs": "--pair"}  # given once for each pair
_PLAIN_TYPES = (int, float, bool, Path)  # that Typer reads itself


def with_transfer_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose `**options` are all options of a transfer, under their own names, with their defaults and docs."""
    types = get_type_hints(Options)
    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            parameters.append(parameter)
    own_names = {parameter.name for parameter in parameters}
    for option in fields(Options):
        if option.name not in own_names:
            parameters.append(_parameter(option, types[option.name]))
    setattr(command, "__signature__", inspect.Signature(parameters))  # noqa: B010 (no attribute that a type checker knows)
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _parameter(option: Field[Any], kind: Any) -> inspect.Parameter:
    """The command-line parameter of an option of some type."""
    plain = _without_none(kind)
    default = option.default
    flag = _FLAGS.get(option.name, "--" + option.name.replace("_", "-"))
    if _takes_several(plain):
        plain = list[str]
        default = None
    elif plain not in _PLAIN_TYPES:
        plain = str
    if plain is bool and option.default:
        flag = f"{flag}/--no-{flag[2:]}"
    if default is None:
        plain = plain | None
    shown = typer.Option(flag, help=option.metadata["doc"], show_default=default is not None)
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[plain, shown]
    )  # fmt: skip


def _without_none(kind: Any) -> Any:
    """The type of a value that may also be None; of a union of several types, the union."""
    others = [each for each in get_args(kind) if each is not NoneType]
    if NoneType in get_args(kind) and len(others) == 1:
        return others[0]
    return kind


def _takes_several(kind: Any) -> bool:
    """Whether an option of this type is given once for each of its names or pairs."""
    origin = get_origin(kind)
    return origin is tuple or (isinstance(origin, type) and issubclass(origin, Mapping))


def options_from(values: Mapping[str, Any]) -> Options:
    """The options of a command's values.

    Raises:
        OptionError: for a value outside its range or choices.
    """
    types = get_type_hints(Options)
    changes = {}
    for name, value in values.items():
        if value is None or value == []:
            continue
        if isinstance(value, list):
            value = parse_option(types[name], ",".join(value), name)
        changes[name] = value
    return Options(**changes)
