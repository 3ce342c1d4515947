"""Texts of options, as people type them on the command line and in the cells of manifests, read as values."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypedDict, get_args, get_origin

from photostyle.errors import OptionError

REST = "*"  # in amounts by region: every region that is not named
_WORDS_OF_TRUTH = {
    "1": True, "true": True, "yes": True, "on": True,
    "0": False, "false": False, "no": False, "off": False,
}  # fmt: skip


class Writing(TypedDict, total=False):
    """How a photo is written, as `write_photo` takes it; what is left out is "keep"."""

    depth: Literal["keep", 8, 16, "float"]
    quality: int | Literal["keep"]
    metadata: Literal["keep", "strip"]


def parse_option(kind: Any, text: str, where: str) -> Any:
    """Read a text as a value of an option's type.

    Args:
        kind: the type, as annotated: int, float, bool, str, Path, a Literal, a tuple of names (`person,car`), a mapping
            of names to names (`sea=lake`), an amount (a number or a mapping to numbers: `0.8,sky=0.4`), or one of them
            or None. Any other type takes the text as it is.
        text: what was typed.
        where: what the error begins with: the option's name, and its line of a file.

    Raises:
        OptionError: the text is no value of the type.

    >>> parse_option(float | None, "0.5", "threshold"), parse_option(bool, "yes", "cache")
    (0.5, True)
    >>> parse_option(float | str | Mapping[str, float], "0.8,sky=0.4", "strength")
    {'*': 0.8, 'sky': 0.4}
    """
    kinds = _alternatives(kind)
    for each in kinds:
        if _is_mapping(each):
            if float in get_args(each):
                return parse_amount(text, where)
            return parse_pairs([text], where)
    if len(kinds) > 1:
        return text  # the option itself reads it: a feather is pixels or a share
    (kind,) = kinds
    if get_origin(kind) is Literal:
        return _choice(get_args(kind), text, where)
    if get_origin(kind) is tuple:
        return parse_names([text])
    if kind is bool:
        return _truth(text, where)
    if kind in (int, float):
        return _number(kind, text, where)
    if kind is Path:
        return Path(text)
    return text


def parse_amount(text: str, where: str) -> float | dict[str, float]:
    """Read one number for all regions, or numbers by region.

    Raises:
        OptionError: the text is neither; `where` is what the error begins with.

    >>> parse_amount("0.8, sky=0.4", "strength"), parse_amount("0.8", "strength")
    ({'*': 0.8, 'sky': 0.4}, 0.8)
    """
    amounts: dict[str, float] = {}
    for part in text.split(","):
        region, sign, number = part.rpartition("=")
        region = region.strip() if sign else REST
        try:
            if not region or region in amounts:
                raise ValueError
            amounts[region] = float(number)
        except ValueError:
            raise OptionError(f"{where} must be a number, or one by region such as 0.8,sky=0.4, got {text!r}") from None
    if set(amounts) == {REST}:
        return amounts[REST]
    return amounts


def amount_text(amount: float | str | Mapping[str, float]) -> str:
    """An amount as `parse_amount` reads it.

    >>> amount_text({"*": 0.8, "sky": 0.4}), amount_text(1.0)
    ('0.8,sky=0.4', '1')
    """
    if isinstance(amount, str):
        return amount
    if not isinstance(amount, Mapping):
        return f"{amount:g}"
    parts = []
    for region, number in amount.items():
        if region == REST:
            parts.append(f"{number:g}")
        else:
            parts.append(f"{region}={number:g}")
    return ",".join(parts)


def parse_pairs(texts: Iterable[str], where: str = "pairs") -> dict[str, str]:
    """Read pairs of names: names of content regions to names of style regions.

    Raises:
        OptionError: a text is no pair, or a name has two partners; `where` is what the error begins with.

    >>> parse_pairs(["sky=clouds", "sea = lake,hill=rock"])
    {'sky': 'clouds', 'sea': 'lake', 'hill': 'rock'}
    """
    pairs: dict[str, str] = {}
    for part in parse_names(texts):
        left, _, right = part.partition("=")
        left = left.strip()
        right = right.strip()
        if not left or not right:
            raise OptionError(f"{where} must be CONTENT=STYLE, such as sky=clouds, got {part!r}", option="pairs")
        if pairs.get(left, right) != right:
            raise OptionError(f"{where}: {left!r} has two partners, {pairs[left]!r} and {right!r}; keep one", option="pairs")
        pairs[left] = right
    return pairs


def parse_names(texts: Iterable[str] | str) -> tuple[str, ...]:
    """Read names that are separated by commas; each is taken once, in order.

    >>> parse_names(["person,car", "dog", "car"])
    ('person', 'car', 'dog')
    """
    if isinstance(texts, str):
        texts = [texts]
    names: dict[str, None] = {}
    for text in texts:
        for name in text.split(","):
            if name.strip():
                names[name.strip()] = None
    return tuple(names)


def parse_writing(depth: str = "keep", quality: str = "keep", metadata: str = "keep") -> Writing:
    """Read the options of `write_photo` from their texts, before any work.

    Raises:
        OptionError: a text is none of its choices.

    >>> parse_writing("8", "90", "strip")
    {'depth': 8, 'quality': 90, 'metadata': 'strip'}
    """
    return {
        "depth": _choice(("keep", 8, 16, "float"), depth, "depth"),
        "quality": _quality(quality),
        "metadata": _choice(("keep", "strip"), metadata, "metadata"),
    }


def _quality(text: str) -> int | Literal["keep"]:
    if text == "keep":
        return "keep"
    if not (text.isdecimal() and 1 <= int(text) <= 100):
        raise OptionError(f"quality must be keep or a whole number from 1 to 100, got {text!r}")
    return int(text)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """The members of a union without None; a type that is no union is the only one."""
    origin = get_origin(kind)
    if origin is None or origin is Literal or origin is tuple or _is_mapping(kind):
        return (kind,)
    return tuple(each for each in get_args(kind) if each is not NoneType)


def _is_mapping(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _choice(choices: tuple[Any, ...], text: str, where: str) -> Any:
    for choice in choices:
        if text == str(choice):
            return choice
    raise OptionError(f"{where} must be one of {', '.join(map(str, choices))}, got {text!r}")


def _number(kind: type, text: str, where: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        name = "a whole number" if kind is int else "a number"
        raise OptionError(f"{where} must be {name}, got {text!r}") from None


def _truth(text: str, where: str) -> bool:
    value = _WORDS_OF_TRUTH.get(text.lower())
    if value is None:
        raise OptionError(f"{where} must be yes or no, got {text!r}")
    return value
