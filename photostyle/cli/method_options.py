"""The options of all methods as command-line parameters, made from their dataclasses, so that the two cannot drift apart."""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, Field
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import typer

from photostyle.cli import settings
from photostyle.cli.option_sources import all_option_names, fields_of, gathered, types_of
from photostyle.cli.settings import WRITING
from photostyle.errors import PhotostyleError
from photostyle.options import option_names
from photostyle.registry import find_method, method_names

Command = Callable[..., None]

_FLAGS = {"pairs": "--pair"}  # a pair is given once for each
_MORE_FLAGS = {"method": ("--solver",)}  # what it was called before 0.2
_NO_LIMIT = 10**9  # numbers above this are no limit that is worth a word in the help


def with_method_options(
    *, only: Collection[str] | None = None, renamed: Mapping[str, str] | None = None, methods: Sequence[str] = ()
) -> Callable[[Command], Command]:
    """Give a command an option for each option of the methods, with its name, default and help; a decorator.

    The command itself takes one keyword argument `options`, the `Options` made of what was typed, of a recipe and a preset, and
    of photostyle.toml, in this order; and one `given` of the class `Given` if it wants to know. Its parameters depth, quality
    and metadata are filled in the same way.

    Args:
        only: names of the options to give; None for all.
        renamed: option -> name of its parameter, where the command has another one of that name.
        methods: that the command is of, the first where neither the user nor a recipe names one; it has the options of these.

    Example:
        >>> from photostyle import Options
        >>> @with_method_options(only=("strength",))
        ... def command(photo: str, *, options: Options) -> None:
        ...     print(photo, options.strength)
        >>> command(photo="day.jpg", strength="0.5")
        day.jpg 0.5
    """
    parameters = {}
    names = all_option_names()
    if methods:
        own = {name for method in methods for name in option_names(method)}
        names = tuple(name for name in names if name in own)
    for option in names:
        if only is None or option in only:
            parameters[option] = (renamed or {}).get(option, option)

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command).parameters
        own = [each for each in signature.values() if each.name not in ("options", "given")]
        generated = [_preset_parameter(), *(_parameter(option, parameter, methods) for option, parameter in parameters.items())]

        @functools.wraps(command)
        def decorated(**values: Any) -> None:
            typed: dict[str, Any] = {}
            for option, parameter in parameters.items():
                typed[option] = values.pop(parameter, None)
            for name in WRITING:
                if name in signature:
                    typed[name] = values.pop(name, None)
            try:
                options, writing, given = gathered(typed, values.pop("preset", None), values.pop("recipe", None), methods)
                values |= writing
                if "given" in signature:
                    values["given"] = given
                command(**values, options=options)
            except PhotostyleError as error:
                if error.option in parameters:
                    error.option = parameters[error.option]
                raise

        decorated.__signature__ = inspect.Signature(own + generated)  # type: ignore[attr-defined]
        decorated.__annotations__ = {each.name: each.annotation for each in own + generated}
        return decorated

    return decorate


def _preset_parameter() -> inspect.Parameter:
    """The option that names a preset."""
    help = f"Options under one name: {', '.join(settings.PRESETS)}, or one of \\[presets.NAME] in photostyle.toml."
    annotation = Annotated[str | None, typer.Option("--preset", help=help, show_default=False)]
    return inspect.Parameter("preset", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def flag_of(parameter: str) -> str:
    """The flag of a parameter of a command.

    >>> flag_of("pairs"), flag_of("style_mask")
    ('--pair', '--style-mask')
    """
    return _FLAGS.get(parameter, "--" + parameter.replace("_", "-"))


def help_of(name: str, of: Sequence[str] = ()) -> str:
    """The help of an option: what it does, its range, and which methods have it if not all do.

    Args:
        name: of the option.
        of: the methods of the command, where it is not for all; the first goes without saying.
    """
    if name == "method":
        return _method_help(of or method_names())
    fields = _fields(name, of)
    text = next(iter(fields.values())).metadata["help"]
    limits = _by_method({method: _range(each) for method, each in fields.items()})
    if limits and limits not in text:
        text = f"{text.removesuffix('.')} ({limits})."
    if len(fields) < len(method_names()) and not (of and of[0] in fields):
        text += f" Only with --method {' or '.join(fields)}."
    return str(text)


def _fields(name: str, of: Sequence[str]) -> dict[str, Field[Any]]:
    """The fields of an option by the methods that have it, all or among some."""
    fields = fields_of(name)
    return {method: field for method, field in fields.items() if not of or method in of}


def _default_of(name: str, of: Sequence[str] = ()) -> str:
    """What is used where an option is not given, for people; "" where there is nothing to say."""
    if name == "method" and of:
        return of[0]
    defaults = {}
    for method, each in _fields(name, of).items():
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


def _parameter(name: str, parameter: str, of: Sequence[str] = ()) -> inspect.Parameter:
    """The command-line parameter of an option. It is None unless it is given, so that each method's own default holds."""
    method, each = next(iter(_fields(name, of).items()))
    kind, shown = _plain_type(types_of(method)[name])
    flag = flag_of(parameter)
    flags = [flag, *_MORE_FLAGS.get(name, ())]
    if kind is bool:
        flags = [f"{flag}/--no-{flag[2:]}"]
    help = help_of(name, of)
    default = _default_of(name, of)
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


def _method_help(names: Sequence[str]) -> str:
    """Each method's name and what it does."""
    texts = []
    for name in names:
        texts.append(f"{name} ({find_method(name).summary})")
    return f"How the change is found: {'; '.join(texts)}."
