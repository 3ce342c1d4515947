"""What a page may choose for a solve: the method, its own options, and pairs; and the controls that it shows for them."""

from collections.abc import Mapping, Sequence
from dataclasses import Field
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from photostyle.errors import OptionError
from photostyle.options import DEFAULT_METHOD, Options, option_fields, option_types
from photostyle.registry import find_method, method_names
from photostyle.studio.networks import METHOD, PREFIX, Network

_COMMON = ("method", "seed", "pairs", "ignore", "protect")  # of those that all methods have; none names a file or a module
_OTHERWISE = ("method", "pairs", "ignore", "protect")  # chosen elsewhere on the page than among the method's controls
_STYLES = "style_name"  # of a network: which of its styles, or how they are mixed
_NOT_FOR = {  # options of networks that are of no use to some
    "styles": ("content_weight", "polish", "direction"),
    "any": ("style_name", "direction"),
    "sets": ("style_name", "content_weight", "polish"),
}
_KINDS = {bool: "bool", int: "int", float: "float", str: "text"}


def allowed_options(method: str) -> tuple[str, ...]:
    """The options that a page may set: those of the method that name no file, and a few that all have."""
    types = option_types(method)
    own = [name for name in find_method(method).own_options.fields_by_name() if name == _STYLES or _kind_of(types[name])]
    return (*_COMMON, *(name for name in own if name != METHOD))


def options_of(values: Mapping[str, Any]) -> Options:
    """Options that a page asks for. A network is called by its name in them until `networks.with_file` looks it up.

    Raises:
        OptionError: one is unknown, is not the page's to set, or has a wrong value.
    """
    asked = {name: _as_option(name, value) for name, value in values.items()}
    method = asked.get("method", DEFAULT_METHOD)
    network: dict[str, Any] = {}
    if isinstance(method, str) and method.startswith(PREFIX):
        network = {METHOD: method.removeprefix(PREFIX)}
        method = asked["method"] = METHOD
    allowed = allowed_options(method)
    for name in asked:
        if name not in allowed:
            raise OptionError(f"the studio takes the options {', '.join(allowed)}, got {name!r}")
    return Options(**asked, **network)


def _as_option(name: str, value: Any) -> Any:
    if name in ("ignore", "protect", _STYLES) and isinstance(value, list):
        return tuple(value)
    if name == "pairs" and isinstance(value, Mapping) and not all(isinstance(each, str) for each in value.values()):
        raise OptionError(f"pairs must map regions to regions, such as {{'sea': 'lake'}}, got {value!r}")
    return value


def methods_for_page(networks: Sequence[Network] = ()) -> list[dict[str, Any]]:
    """Each method with its name, one line on it, and the controls of its options; each network is a method of its own.

    Args:
        networks: that there are.
    """
    methods = []
    for name in method_names():
        if name != METHOD:
            method = find_method(name)
            methods.append(_method(name, method.summary, method.finds_regions, _controls(name)))
    for network in networks:
        controls = [each for each in _controls(METHOD, network.styles) if each["name"] not in _NOT_FOR[network.kind]]
        methods.append(_method(PREFIX + network.name, _summary(network), False, controls, needs_style=network.kind == "any"))
    return methods


def _summary(network: Network) -> str:
    """One line on a network."""
    what = {
        "styles": f"a trained network of {', '.join(network.styles)}",
        "any": "a trained network for any style",
        "sets": f"networks learnt from two sets of pictures, {' and '.join(network.styles)}",
    }
    return f"{what[network.kind]}; licence: {network.licence}"


def _method(
    name: str, summary: str, finds_regions: bool, controls: list[dict[str, Any]], needs_style: bool = True
) -> dict[str, Any]:
    return {"name": name, "summary": summary, "needs_style": needs_style, "finds_regions": finds_regions, "controls": controls}


def _controls(method: str, styles: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The controls of a method's options, those of the solver before those that all methods have."""
    types = option_types(method)
    fields = option_fields(method)
    names = [name for name in allowed_options(method) if name not in _OTHERWISE]
    controls = [_control(fields[name], types[name]) for name in sorted(names, key=lambda name: name in _COMMON)]
    for control in controls:
        if control["name"] == _STYLES:
            control |= {"kind": "styles", "choices": list(styles), "default": []}
    return controls


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
