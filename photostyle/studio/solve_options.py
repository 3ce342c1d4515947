"""What a page may choose for a solve: the method, its own options, and pairs; and the controls that it shows for them."""

from collections.abc import Mapping
from dataclasses import Field
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from photostyle.errors import OptionError
from photostyle.options import DEFAULT_METHOD, Options, option_fields, option_types
from photostyle.registry import find_method, method_names

_COMMON = ("method", "seed", "pairs", "ignore", "protect")  # of those that all methods have; none names a file or a module
_OTHERWISE = ("method", "seed", "pairs", "ignore", "protect")  # chosen elsewhere on the page than among the method's controls
_KINDS = {bool: "bool", int: "int", float: "float", str: "text"}


def allowed_options(method: str) -> tuple[str, ...]:
    """The options that a page may set: those of the method that name no file, and a few that all have."""
    own = [name for name in find_method(method).own_options.fields_by_name() if _kind_of(option_types(method)[name])]
    return (*_COMMON, *own)


def options_of(values: Mapping[str, Any]) -> Options:
    """Options that a page asks for.

    Raises:
        OptionError: one is unknown, is not the page's to set, or has a wrong value.
    """
    method = values.get("method", DEFAULT_METHOD)
    allowed = allowed_options(method)
    for name in values:
        if name not in allowed:
            raise OptionError(f"the studio takes the options {', '.join(allowed)}, got {name!r}")
    return Options(**{name: _as_option(name, value) for name, value in values.items()})


def _as_option(name: str, value: Any) -> Any:
    if name in ("ignore", "protect") and isinstance(value, list):
        return tuple(value)
    if name == "pairs" and isinstance(value, Mapping) and not all(isinstance(each, str) for each in value.values()):
        raise OptionError(f"pairs must map regions to regions, such as {{'sea': 'lake'}}, got {value!r}")
    return value


def methods_for_page() -> list[dict[str, Any]]:
    """Each method with its name, one line on it, and the controls of its options."""
    methods = []
    for name in method_names():
        method = find_method(name)
        types = option_types(name)
        shown = [field for field in option_fields(name).values() if field.name in allowed_options(name)]
        controls = [_control(field, types[field.name]) for field in shown if field.name not in _OTHERWISE]
        methods.append(
            {
                "name": name,
                "summary": method.summary,
                "takes_looks": method.takes_looks,
                "finds_regions": method.finds_regions,
                "controls": controls,
            }
        )
    return methods


def _control(field: Field[Any], kind: Any) -> dict[str, Any]:
    """How an option is shown: its kind of value, range or choices, what holds where none is given, and one line of help."""
    facts = field.metadata
    return {
        "name": field.name,
        "kind": _kind_of(kind),
        "default": field.default,
        "low": facts.get("low"),
        "high": facts.get("high"),
        "choices": list(get_args(kind)) if get_origin(kind) is Literal else None,
        "usual": facts.get("usual", ""),
        "help": facts.get("help", ""),
    }


def _kind_of(kind: Any) -> str | None:
    """The kind of a control for values of a type: bool, int, float, text or choice; None for types that no page sets."""
    if get_origin(kind) is Literal:
        return "choice"
    kinds = [each for each in get_args(kind) or (kind,) if each is not NoneType]
    if len(kinds) != 1 or kinds[0] is Path:
        return None
    return _KINDS.get(kinds[0])
