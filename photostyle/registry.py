"""Which methods there are, by name. A method is loaded when it is asked for, so that naming one costs nothing.

photostyle's own lie in `photostyle/methods`, one module or folder each. Others are found in two ways: an installed package
names them in the entry point group "photostyle.methods"; the environment variable PHOTOSTYLE_METHODS names modules, separated
by commas, that register theirs when they are imported.
"""

import importlib
import os
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeVar

from photostyle.errors import OptionError

if TYPE_CHECKING:
    from photostyle.methods.method import Method

VARIABLE = "PHOTOSTYLE_METHODS"
GROUP = "photostyle.methods"
_OWN = {
    "field": "photostyle.methods.field",
    "pixels": "photostyle.methods.pixels",
    "paint": "photostyle.methods.paint",
    "autoencoder": "photostyle.methods.autoencoder",
    "network": "photostyle.methods.network",
}
_registered: dict[str, "type[Method]"] = {}

M = TypeVar("M", bound="type[Method]")


def register(method: M) -> M:
    """Make a method known by its `name`; used as a decorator of its class."""
    _registered[method.name] = method
    return method


def method_names() -> tuple[str, ...]:
    """The names of all methods, photostyle's own first."""
    _load_others()
    return tuple(dict.fromkeys((*_OWN, *_registered)))


def find_method(name: str) -> "type[Method]":
    """The method of a name.

    Raises:
        OptionError: there is none of that name; it lists those that there are.
    """
    if name in _OWN:
        importlib.import_module(_OWN[name])
    elif name not in _registered:
        _load_others()
    if name not in _registered:
        raise OptionError(f"method must be one of {', '.join(method_names())}, got {name!r}{nearest(name, method_names())}")
    return _registered[name]


def nearest(name: object, known: tuple[str, ...]) -> str:
    """What to say of a name that is not known: "; did you mean steps?", or nothing where none is like it.

    >>> nearest("step", ("size", "steps"))
    '; did you mean steps?'
    """
    close = get_close_matches(str(name), known, 1, 0.6)
    if not close:
        return ""
    return f"; did you mean {close[0]}?"


@cache
def _load_others() -> None:
    """Import what other packages and the environment variable name."""
    for entry in entry_points(group=GROUP):
        entry.load()
    for module in os.environ.get(VARIABLE, "").split(","):
        if module.strip():
            _import_named(module.strip())


def _import_named(module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise OptionError(f"{VARIABLE} names the module {module!r}, which cannot be imported ({error})") from error
