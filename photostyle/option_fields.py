"""What dataclasses of options are made of: fields with a range and one line of help, and values that are checked."""

from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from photostyle.errors import OptionError


def option(
    default: Any,
    help: str,
    low: float | None = None,
    high: float | None = None,
    *,
    usual: str = "",
    group: str = "Method",
) -> Any:
    """A field of a dataclass of options.

    Args:
        default: its value where none is given.
        help: one line for the command line and the documentation.
        low, high: the range of a number, both included.
        usual: what is used in place of None, for people.
        group: the heading that it stands under in help texts.
    """
    return field(default=default, metadata={"help": help, "low": low, "high": high, "usual": usual, "group": group})


@dataclass(frozen=True)
class CheckedOptions:
    """Options whose values are checked against their types and ranges when they are made."""

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self))
        for each in fields(self):
            _check(each, kinds[each.name], getattr(self, each.name))

    @classmethod
    def fields_by_name(cls) -> dict[str, Field[Any]]:
        """Each option's field: its default, and `metadata` with its help, low, high and group."""
        return {each.name: each for each in fields(cls)}


_PLAIN_KINDS: dict[Any, tuple[type, ...]] = {bool: (bool,), str: (str,), Path: (str, Path)}
_PLAIN_NAMES: dict[Any, str] = {bool: "True or False", str: "a text", Path: "a path"}


def _check(each: Field[Any], kind: Any, value: Any) -> None:
    """Raise an OptionError unless the value is of its option's type, and in its range."""
    kinds: tuple[Any, ...] = (kind,)
    if NoneType in get_args(kind):
        if value is None:
            return
        kinds = tuple(one for one in get_args(kind) if one is not NoneType)
    if get_origin(kinds[0]) is Literal:
        choices = get_args(kinds[0])
        if value not in choices:
            raise OptionError(f"{each.name} must be one of {', '.join(map(str, choices))}, got {value!r}", option=each.name)
        return
    if len(kinds) == 1 and kinds[0] in _PLAIN_KINDS and not isinstance(value, _PLAIN_KINDS[kinds[0]]):
        raise OptionError(f"{each.name} must be {_PLAIN_NAMES[kinds[0]]}, got {value!r}", option=each.name)
    low = each.metadata.get("low")
    high = each.metadata.get("high")
    if int in kinds:
        if isinstance(value, bool) or not isinstance(value, int) or not _within(value, low, high):
            raise OptionError(f"{each.name} must be a whole number{_range(low, high)}, got {value!r}", option=each.name)
    elif float in kinds and str not in kinds and (not is_number(value) or not _within(value, low, high)):
        raise OptionError(f"{each.name} must be a number{_range(low, high)}, got {value!r}", option=each.name)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f" from {low} up"
    return f" from {low} to {high}"


def is_number(value: Any) -> bool:
    """Whether a value is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
