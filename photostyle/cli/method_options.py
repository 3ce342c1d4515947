"""The options of all methods as command-line parameters, made from their dataclasses, so that the two cannot drift apart."""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import typer

from photostyle.errors import OptionError, PhotostyleError
from photostyle.option_text import parse_option
from photostyle.options import Options, option_fields, option_types
from photostyle.registry import find_method, method_names

Command = Callable[..., None]

_FLAGS = {"pairs": "--pair"}  # a pair is given once for each
_MORE_FLAGS = {"method": ("--solver",)}  # what it was called before 0.2
_NO_LIMIT = 10**9  # numbers above this are no limit that is worth a word in the help


def with_method_options(
    *, only: Collection[str] | None = None, renamed: Mapping[str, str] | None = None
) -> Callable[[Command], Command]:
    """Give a command an option for each option of the methods, with its name, default and help; a decorator.

    The command itself takes one keyword argument `options`, the `Options` made of what was typed.

    Args:
        only: names of the options to give; None for all.
        renamed: option -> name of its parameter, where the command has another one of that name.

    Example:
        >>> @with_method_options(only=("strength",))
        ... def command(photo: str, *, options: Options) -> None:
        ...     print(photo, options.strength)
        >>> command(photo="day.jpg", strength="0.5")
        day.jpg 0.5
    """
    parameters = {}
    for option in all_option_names():
        if only is None or option in only:
            parameters[option] = (renamed or {}).get(option, option)

    def decorate(command: Command) -> Command:
        own = [each for each in inspect.signature(command).parameters.values() if each.name != "options"]
        generated = [_parameter(option, parameter) for option, parameter in parameters.items()]

        @functools.wraps(command)
        def decorated(**values: Any) -> None:
            typed = {}
            for option, parameter in parameters.items():
                typed[option] = values.pop(parameter, None)
            try:
                command(**values, options=options_from(typed))
            except PhotostyleError as error:
                if error.option in parameters:
                    error.option = parameters[error.option]
                raise

        decorated.__signature__ = inspect.Signature(own + generated)  # type: ignore[attr-defined]
        decorated.__annotations__ = {each.name: each.annotation for each in own + generated}
        return decorated

    return decorate


def all_option_names() -> tuple[str, ...]:
    """The names of the options of all methods, each once."""
    return tuple(_all_fields(method_names()))


def options_from(typed: Mapping[str, Any]) -> Options:
    """The options that a command line asks for.

    Args:
        typed: option -> its text, a list of texts, or a value that needs no reading; None for what was not given.

    Raises:
        OptionError: for an option that the method lacks, or a value outside its range or choices.

    >>> options_from({"method": "pixels", "steps": "200", "strength": "0.8,sky=0.4"}).strength
    {'*': 0.8, 'sky': 0.4}
    """
    given = {}
    for name, value in typed.items():
        if value is not None and value != []:
            given[name] = value
    method = Options(method=given.pop("method", None)).method
    types = option_types(method)
    for name, value in given.items():
        if name not in types:
            owners = ", ".join(_fields_of(name))
            raise OptionError(f"the method {method} has no option {name}, only {owners}; leave it out", option=name)
        if isinstance(value, list):
            value = ",".join(value)
        if isinstance(value, str):
            given[name] = parse_option(types[name], value, name)
    return Options(method, **given)


def flag_of(parameter: str) -> str:
    """The flag of a parameter of a command.

    >>> flag_of("pairs"), flag_of("style_mask")
    ('--pair', '--style-mask')
    """
    return _FLAGS.get(parameter, "--" + parameter.replace("_", "-"))


def help_of(name: str) -> str:
    """The help of an option: what it does, its range, and which methods have it if not all do."""
    if name == "method":
        return _method_help()
    fields = _fields_of(name)
    text = next(iter(fields.values())).metadata["help"]
    limits = _by_method({method: _range(each) for method, each in fields.items()})
    if limits and limits not in text:
        text = f"{text.removesuffix('.')} ({limits})."
    if len(fields) < len(method_names()):
        text += f" Only with --method {' or '.join(fields)}."
    return str(text)


def _default_of(name: str) -> str:
    """What is used where an option is not given, for people; "" where there is nothing to say."""
    defaults = {}
    for method, each in _fields_of(name).items():
        defaults[method] = each.metadata["usual"] or _default_text(each.default)
        if each.default is True:
            defaults[method] = flag_of(name)
    return _by_method(defaults)


def _default_text(default: Any) -> str:
    if default is MISSING or default is None or isinstance(default, bool) or default == ():
        return ""
    if isinstance(default, float):
        return f"{default:g}"
    return str(default)


def _by_method(texts: Mapping[str, str]) -> str:
    """One text where all methods have the same; else each method's after its name."""
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{method} {text}" for method, text in texts.items() if text)


def _range(each: Field[Any]) -> str:
    """The range of a number, such as "0 to 1.5"; "" where it has none."""
    low, high = each.metadata["low"], each.metadata["high"]
    if low is None:
        return ""
    if high is None or high > _NO_LIMIT:
        return f"{low} or more"
    return f"{low} to {high}"


def _fields_of(name: str) -> dict[str, Field[Any]]:
    """The fields of an option by the methods that have it."""
    return _all_fields(method_names())[name]


@functools.cache
def _all_fields(methods: tuple[str, ...]) -> dict[str, dict[str, Field[Any]]]:
    """The fields of all options: option -> method -> field. Made once, for every command asks for each of them."""
    found: dict[str, dict[str, Field[Any]]] = {}
    for method in methods:
        for name, each in option_fields(method).items():
            found.setdefault(name, {})[method] = each
    return found


@functools.cache
def _types(method: str) -> dict[str, Any]:
    return option_types(method)


def _parameter(name: str, parameter: str) -> inspect.Parameter:
    """The command-line parameter of an option. It is None unless it is given, so that each method's own default holds."""
    method, each = next(iter(_fields_of(name).items()))
    kind, shown = _plain_type(_types(method)[name])
    flag = flag_of(parameter)
    flags = [flag, *_MORE_FLAGS.get(name, ())]
    if kind is bool and each.default is True:
        flags = [f"{flag}/--no-{flag[2:]}"]
    help = help_of(name)
    default = _default_of(name)
    if default:
        help += f" Default: {default}."
    option = typer.Option(*flags, help=help, show_default=False, metavar=shown, rich_help_panel=each.metadata["group"])
    return inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option])


def _plain_type(kind: Any) -> tuple[Any, str | None]:
    """The type of a command-line parameter for an option's type, and what the help calls it if that is another.

    Truth values and paths are Typer's to read; `parse_option` reads all others, numbers too, for its errors say what came.
    """
    kinds = [kind]
    if NoneType in get_args(kind):
        kinds = [each for each in get_args(kind) if each is not NoneType]
    origin = get_origin(kinds[0]) or kinds[0]
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return list[str], None
    if len(kinds) == 1 and origin in (bool, Path):
        return origin, None
    if len(kinds) == 1 and origin in (int, float):
        return str, f"<{origin.__name__}>"
    return str, None


def _method_help() -> str:
    """Each method's name and what it does."""
    texts = []
    for name in method_names():
        texts.append(f"{name} ({find_method(name).summary})")
    return f"How the change is found: {'; '.join(texts)}."
