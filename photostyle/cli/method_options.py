"""The options of all methods as command-line parameters, made from their dataclasses, so that the two cannot drift apart."""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import typer

from photostyle.cli import settings
from photostyle.cli.recipe import Recipe, load_recipe
from photostyle.cli.settings import WRITING, Layer
from photostyle.errors import OptionError, PhotostyleError
from photostyle.option_text import parse_option
from photostyle.options import Options, option_fields, option_types
from photostyle.registry import find_method, method_names

Command = Callable[..., None]

_FLAGS = {"pairs": "--pair"}  # a pair is given once for each
_MORE_FLAGS = {"method": ("--solver",)}  # what it was called before 0.2
_NO_LIMIT = 10**9  # numbers above this are no limit that is worth a word in the help


@dataclass(frozen=True)
class Given:
    """What files say beside the command line.

    Args:
        notes: which options came from where, for the user.
        recipe: the run that is repeated, if one is.
    """

    notes: tuple[str, ...] = ()
    recipe: Recipe | None = None


def with_method_options(
    *, only: Collection[str] | None = None, renamed: Mapping[str, str] | None = None
) -> Callable[[Command], Command]:
    """Give a command an option for each option of the methods, with its name, default and help; a decorator.

    The command itself takes one keyword argument `options`, the `Options` made of what was typed, of a recipe and a preset, and
    of photostyle.toml, in this order; and one `given` of the class `Given` if it wants to know. Its parameters depth, quality
    and metadata are filled in the same way.

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
        signature = inspect.signature(command).parameters
        own = [each for each in signature.values() if each.name not in ("options", "given")]
        generated = [_preset_parameter(), *(_parameter(option, parameter) for option, parameter in parameters.items())]

        @functools.wraps(command)
        def decorated(**values: Any) -> None:
            typed = {}
            for option, parameter in parameters.items():
                typed[option] = values.pop(parameter, None)
            for name in WRITING:
                if name in signature:
                    typed[name] = values.pop(name, None)
            try:
                options, writing, given = _gathered(typed, values.pop("preset", None), values.pop("recipe", None))
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


def _gathered(typed: dict[str, Any], preset: str | None, recipe_file: str | None) -> tuple[Options, dict[str, str], Given]:
    """The options of a command, how it writes, and what files said.

    Args:
        typed: of each option that the command has, what was typed.
        preset: the name of one.
        recipe_file: the path of one.
    """
    layers = settings.layers(preset, (*all_option_names(), *WRITING))
    recipe = None
    notes: list[str] = []
    if recipe_file is not None:
        recipe = load_recipe(Path(recipe_file))
        notes += recipe.notes()
        layers.insert(0, recipe.layer)
    given = {name: value for name, value in typed.items() if value is not None and value != []}
    method = _method_of(given, layers, "method" in typed)
    for layer in layers:
        notes += _fill(given, typed, layer, method)
    writing = {name: str(given.pop(name, "keep")) for name in WRITING if name in typed}
    return options_from(given), writing, Given(tuple(notes), recipe)


def _method_of(given: Mapping[str, Any], layers: Sequence[Layer], is_asked: bool) -> str:
    """The method that the command line names, or else the first file that does."""
    method = given.get("method")
    for layer in layers:
        if method is None and is_asked:
            method = layer.values.get("method")
    return Options(method=method).method


def _fill(given: dict[str, Any], typed: Mapping[str, Any], layer: Layer, method: str) -> list[str]:
    """Add the options of a layer to those that are given, and return notes of what it added, and what it could not."""
    types = _types(method)
    added = {}
    idle = []
    for name, value in layer.values.items():
        if name in given or name not in typed:
            continue
        if name not in types and name not in WRITING:
            idle.append(name)
            continue
        added[name] = _value_of(layer, name, value, types.get(name, str))
    try:
        Options(**{"method": method, **{name: value for name, value in added.items() if name not in WRITING}})
    except OptionError as error:
        raise OptionError(f"{layer.origin}: {error}") from None
    given |= added
    notes = []
    changed = [f"{name} {settings.value_text(value)}" for name, value in added.items() if not _is_default(method, name, value)]
    if changed:
        notes.append(f"options from {layer.origin}: {'; '.join(changed)}")
    if idle:
        notes.append(f"{layer.origin}: the method {method} has no {', '.join(idle)}; left out")
    return notes


def _value_of(layer: Layer, name: str, value: Any, kind: Any) -> Any:
    """A value of a file as an option takes it."""
    if name == "segmenter" and ":" in str(value) and not layer.trusted:
        raise OptionError(f"{layer.origin}: names code to run as the segmenter, {value}; give it on the command line")
    if isinstance(value, list):
        value = ",".join(map(str, value))
    if not isinstance(value, str):
        return value
    try:
        value = parse_option(kind, value, name)
    except OptionError as error:
        raise OptionError(f"{layer.origin}: {error}") from None
    if isinstance(value, Path) and layer.folder is not None:
        return layer.folder / value
    return value


def _is_default(method: str, name: str, value: Any) -> bool:
    if name in WRITING:
        return bool(value == "keep")
    default = option_fields(method)[name].default
    return bool(value == default)


def _preset_parameter() -> inspect.Parameter:
    """The option that names a preset."""
    help = f"Options under one name: {', '.join(settings.PRESETS)}, or one of [presets.NAME] in photostyle.toml."
    annotation = Annotated[str | None, typer.Option("--preset", help=help, show_default=False)]
    return inspect.Parameter("preset", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


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
    if kind is bool:
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
