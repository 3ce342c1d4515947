"""Every option of a transfer as a command-line parameter, made from `Options`, so that the two cannot drift apart."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from photostyle.config import Options

_NAMES = {"pairs": "--pair"}  # given once for each pair


def with_transfer_options(command: Callable) -> Callable:
    """A command whose `**options` are all options of a transfer, under their own names, with their defaults and docs."""
    kinds = get_type_hints(Options)
    own = [p for p in inspect.signature(command).parameters.values() if p.kind is not p.VAR_KEYWORD]
    named = {p.name for p in own}
    more = [_parameter(option, kinds[option.name]) for option in fields(Options) if option.name not in named]
    command.__signature__ = inspect.Signature(own + more)
    command.__annotations__ = {p.name: p.annotation for p in own + more}
    return command


def _parameter(option: Field, kind: Any) -> inspect.Parameter:
    plain = next((k for k in get_args(kind) if k is not type(None)), kind) if type(None) in get_args(kind) else kind
    origin, default = get_origin(plain) or plain, option.default
    name = _NAMES.get(option.name, f"--{option.name.replace('_', '-')}")
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Mapping)):
        plain, default = list[str], None
    elif origin not in (int, float, bool, Path):
        plain = str
    if origin is bool and option.default:
        name = f"{name}/--no-{name[2:]}"
    kind = plain | None if default is None else plain
    annotation = Annotated[kind, typer.Option(name, help=option.metadata["doc"], show_default=default is not None)]
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def options_of(values: Mapping[str, Any]) -> Options:
    """The options of a command's values.

    Raises:
        OptionError: for a value outside its range or choices.
    """
    from photostyle.option_text import parse_option

    kinds, changes = get_type_hints(Options), {}
    for name, value in values.items():
        if isinstance(value, list):
            changes[name] = parse_option(kinds[name], ",".join(value), name) if value else Options.of(name).default
        elif value is not None:
            changes[name] = value
    return Options(**changes)
