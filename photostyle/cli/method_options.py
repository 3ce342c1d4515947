"""The options of all methods as command-line parameters, made from their dataclasses, so that the two cannot drift apart."""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from photostyle.option_text import parse_option
from photostyle.options import Options, option_fields, option_types
from photostyle.registry import find_method, method_names

_FLAGS = {"pairs": "--pair", "method": "--method"}  # a pair is given once for each
_MORE_FLAGS = {"method": ("--solver",)}  # what it was called before 0.2


def with_method_options(
    command: Callable[..., None],
    *,
    only: Collection[str] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Callable[..., None]:
    """A command whose `**options` become the options of all methods, under their own names, with their defaults and helps.

    Args:
        command: a Typer command with `**options` last.
        only: names of the options to take; None for all.
        renamed: option -> name of its parameter, where the command has another one of that name.
    """
    renamed = renamed or {}
    own = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            own.append(parameter)
    generated = []
    for name in all_option_names():
        if only is None or name in only:
            generated.append(_parameter(name, renamed.get(name, name)))
    command.__signature__ = inspect.Signature(own + generated)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in own + generated}
    return command


def all_option_names() -> tuple[str, ...]:
    """The names of the options of all methods, each once."""
    names: dict[str, None] = {}
    for method in method_names():
        names.update(dict.fromkeys(option_fields(method)))
    return tuple(names)


def options_from(values: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> Options:
    """The options that a command's values ask for; None stands for what was not given.

    Args:
        values: by the names of the parameters.
        renamed: as for `with_method_options`.

    Raises:
        OptionError: for an option that the method lacks, or a value outside its range or choices.
    """
    names = {parameter: option for option, parameter in (renamed or {}).items()}
    given = {}
    for parameter, value in values.items():
        if value is not None and value != []:
            given[names.get(parameter, parameter)] = value
    method = Options(method=given.pop("method", None)).method
    types = option_types(method)
    for name, value in given.items():
        if isinstance(value, list) and name in types:
            given[name] = parse_option(types[name], ",".join(value), name)
    return Options(method, **given)


def help_of(name: str) -> str:
    """The help of an option: what it does, which methods have it if not all do, and what is used where it is not given."""
    fields = _fields_of(name)
    first = next(iter(fields.values()))
    text = first.metadata["help"]
    usual = []
    for method, each in fields.items():
        if each.metadata["usual"]:
            usual.append(f"{method} {each.metadata['usual']}")
    if usual:
        text += f" Default: {'; '.join(usual)}."
    if len(fields) < len(method_names()):
        text += f" Only of {', '.join(fields)}."
    return text


def _fields_of(name: str) -> dict[str, Field[Any]]:
    """The fields of an option by the methods that have it."""
    found = {}
    for method in method_names():
        fields = option_fields(method)
        if name in fields:
            found[method] = fields[name]
    return found


def _parameter(name: str, parameter: str) -> inspect.Parameter:
    """The command-line parameter of an option. It is None unless it is given, so that each method's own default holds."""
    method, each = next(iter(_fields_of(name).items()))
    kind = _plain_type(option_types(method)[name])
    flag = _FLAGS.get(name, "--" + parameter.replace("_", "-"))
    flags = (flag, *_MORE_FLAGS.get(name, ()))
    if kind is bool and each.default is True:
        flags = (f"{flag}/--no-{flag[2:]}",)
    help = help_of(name)
    if name == "method":
        help = _method_help()
    elif _worth_showing(each.default):
        help += f" Default: {each.default}."
    option = typer.Option(*flags, help=help, show_default=False, rich_help_panel=each.metadata["group"])
    return inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option])


def _plain_type(kind: Any) -> Any:
    """The type of a command-line parameter for an option's type: numbers, truth values and paths as they are; else text."""
    kinds = [each for each in get_args(kind) if each is not NoneType] if NoneType in get_args(kind) else [kind]
    origin = get_origin(kinds[0]) or kinds[0]
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return list[str]
    if len(kinds) == 1 and origin is not Literal and origin in (int, float, bool, Path):
        return origin
    return str


def _worth_showing(default: Any) -> bool:
    return default is not MISSING and default is not None and default is not False and default is not True and default != ()


def _method_help() -> str:
    """Each method's name and what it does."""
    texts = []
    for name in method_names():
        texts.append(f"{name} {find_method(name).summary}")
    return f"How the change is found: {'; '.join(texts)}. Default: field."
