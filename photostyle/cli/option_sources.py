"""Where the options of a command come from: the command line, a recipe, a preset, photostyle.toml, in this order."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from pathlib import Path
from typing import Any

from photostyle.cli import settings
from photostyle.cli.recipe import Recipe, load_recipe
from photostyle.cli.settings import WRITING, Layer
from photostyle.errors import OptionError
from photostyle.models import named_networks
from photostyle.models.checkpoints import is_checkpoint_name
from photostyle.option_text import parse_option
from photostyle.options import Options, option_fields, option_types
from photostyle.registry import method_names


@dataclass(frozen=True)
class Given:
    """What files say beside the command line.

    Args:
        notes: which options came from where, for the user.
        recipe: the run that is repeated, if one is.
    """

    notes: tuple[str, ...] = ()
    recipe: Recipe | None = None


def gathered(
    typed: dict[str, Any], preset: str | None, recipe_file: str | None, methods: Sequence[str] = ()
) -> tuple[Options, dict[str, str], Given]:
    """The options of a command, how it writes, and what files said.

    Args:
        typed: of each option that the command has, what was typed.
        preset: the name of one.
        recipe_file: the path of one.
        methods: that the command is of, the first where none is named; none where it is of all.
    """
    layers = settings.layers(preset, (*all_option_names(), *WRITING))
    recipe = None
    notes: list[str] = []
    if recipe_file is not None:
        recipe = load_recipe(Path(recipe_file))
        notes += recipe.notes()
        unknown = [name for name in recipe.layer.values if name not in (*all_option_names(), *WRITING)]
        if unknown:
            notes.append(f"{recipe_file}: there is no option {', '.join(unknown)} here; left out")
        layers.insert(0, recipe.layer)
    given = {name: value for name, value in typed.items() if value is not None and value != []}
    if "method" in given:
        given["method"] = _method_or_network(given["method"])
    elif methods:
        repeated = None if recipe is None else recipe.layer.values.get("method")
        given["method"] = repeated if repeated in methods else methods[0]
    method = _method_of(given, layers, "method" in typed)
    for layer in layers:
        notes += _fill(given, typed, layer, method)
    writing = {name: str(given.pop(name, "keep")) for name in WRITING if name in typed}
    return options_from(given), writing, Given(tuple(notes), recipe)


def _method_or_network(name: str) -> str:
    """The name of a method as it is; that of a network that has one as its file."""
    if name in method_names():
        return name
    return str(named_networks().get(name, name))


def _method_of(given: Mapping[str, Any], layers: Sequence[Layer], is_asked: bool) -> str:
    """The method that the command line names, or else the first file that does."""
    method = given.get("method")
    for layer in layers:
        if method is None and is_asked:
            method = layer.values.get("method")
    return Options(method=method).method


def _fill(given: dict[str, Any], typed: Mapping[str, Any], layer: Layer, method: str) -> list[str]:
    """Add the options of a layer to those that are given, and return notes of what it added, and what it could not."""
    types = types_of(method)
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
    if name == "segmenter" and is_checkpoint_name(str(value)):
        return str((layer.folder or Path()) / Path(str(value)).expanduser())
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
    chosen = Options(method=given.pop("method", None))
    method = chosen.method
    types = option_types(method)
    for name, value in given.items():
        if name not in types:
            owners = ", ".join(fields_of(name))
            raise OptionError(f"the method {method} has no option {name}, only {owners}; leave it out", option=name)
        if isinstance(value, list):
            value = ",".join(value)
        if isinstance(value, str):
            given[name] = parse_option(types[name], value, name)
    return Options(method, chosen.settings, **given)


def fields_of(name: str) -> dict[str, Field[Any]]:
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
def types_of(method: str) -> dict[str, Any]:
    return option_types(method)
