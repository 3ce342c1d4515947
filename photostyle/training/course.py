"""What a training is told, whatever is trained: how long, where, and what the file is called; and how a yml becomes a config."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args

from photostyle.errors import OptionError
from photostyle.models.trained import SUFFIX
from photostyle.option_fields import CheckedOptions, option
from photostyle.registry import nearest

AUTO_START, NO_START = "auto", "none"  # what a training may begin with beside a network

MINUTES = 50.0  # where neither minutes nor steps are given

Config = TypeVar("Config", bound="CourseConfig")


@dataclass(frozen=True)
class CourseConfig(CheckedOptions):
    """The keys that all trainings have."""

    name: str = option("", "What the network is called.", usual="the name of the yml")
    out: Path = option(Path(), "The network's file.", usual="NAME.safetensors beside the yml")
    minutes: float | None = option(None, "How long to train, over all runs; or steps.", 0.01, 100_000, usual="50")
    steps: int | None = option(
        None, "How many steps to train, in place of minutes.", 1, 10_000_000, usual="as many as the minutes bring"
    )
    device: str = option("auto", "Where to train: auto, cpu, cuda, cuda:N or mps.")
    seed: int = option(0, "Seed of all random numbers.", 0, 2**63 - 1)
    licence: str = option("", "What the network's card says of the licence of its pictures.", usual="not stated")

    @property
    def budget_seconds(self) -> float | None:
        """How long to train; None where steps are counted."""
        if self.steps is not None:
            return None
        return 60 * (self.minutes or MINUTES)


def config_from(kind: type[Config], values: Mapping[str, Any], folder: Path, name: str, needed: Mapping[str, str]) -> Config:
    """A config from plain data; paths in it are relative to a folder.

    Args:
        kind: the config's class.
        values: key -> value; None for what is left open.
        folder: that relative paths start from.
        name: of the network, where there is none.
        needed: keys that must be given, each with an example of its value.

    Raises:
        OptionError: a key is unknown or missing, or a value is not what it should be; one line.
    """
    known = kind.fields_by_name()
    for key in values:
        if key not in known:
            meant = nearest(key, tuple(known)) or f"; the keys are {', '.join(known)}"
            raise OptionError(f"there is no key {key!r}{meant}")
    given = {str(key): value for key, value in values.items() if value is not None}
    for key, example in needed.items():
        if key not in given:
            raise OptionError(f"{key} is missing; add the line {key}: {example}")
    given["name"] = str(given.get("name", name))
    given.setdefault("out", f"{given['name']}.safetensors")
    for key, value in given.items():
        kinds = _kinds(known[key])
        if Path in kinds:
            given[key] = path_from(key, value, folder)
        elif isinstance(value, int) and not isinstance(value, bool) and float in kinds:
            given[key] = float(value)
    if given["out"].suffix.lower() != ".safetensors":
        raise OptionError(f"out must end in .safetensors, got {given['out'].name!r}")
    if "minutes" in given and "steps" in given:
        raise OptionError("minutes and steps are both given; keep one of them")
    return kind(**given)


def path_from(key: str, value: Any, folder: Path) -> Path:
    """A path from what a yml says, which may be relative to a folder.

    Raises:
        OptionError: it is no text.
    """
    if not isinstance(value, str | Path) or not str(value):
        raise OptionError(f"{key} must be a path, got {value!r}")
    return folder / Path(value).expanduser()


def start_from(value: Any, folder: Path) -> str:
    """What a yml says that a training begins with: a file of a network, which may be relative to a folder, or a name."""
    return str(path_from("start", value, folder)) if str(value).endswith(SUFFIX) else str(value)


def template_of(kind: type[CourseConfig], first: str, examples: Mapping[str, str], left_out: Sequence[str] = ()) -> str:
    """A commented yml to begin with: what must be edited stands open, all else behind a #.

    Args:
        kind: the config's class.
        first: what it trains, a sentence.
        examples: key -> value, of the lines that stand open.
        left_out: keys that are of no use there.
    """
    lines = [f"# {first} Train it with: photostyle train my.yml"]
    lines.append("# Paths are relative to this file. What stands behind a # is as it is where the line is left out.")
    of_all = {each.name for each in fields(CourseConfig)}
    own_first = sorted(fields(kind), key=lambda each: each.name in of_all)
    for each in own_first:
        if each.name in left_out:
            continue
        text, low, high = (each.metadata[part] for part in ("help", "low", "high"))
        if low is not None and high is not None and high <= 10**9:
            text = f"{text.removesuffix('.')} ({low} to {high})."
        line = f"{each.name}: {examples[each.name]}" if each.name in examples else f"# {each.name}: {_usual(each)}"
        lines += ["", f"# {text}", line]
    return "\n".join(lines) + "\n"


def factors_from(value: Any, usual: Mapping[str, float], apart: Sequence[str]) -> dict[str, float]:
    """Weights of terms against their usual ones, from what a yml says.

    Args:
        value: names with numbers.
        usual: of all terms, what they are where they are left out.
        apart: terms that are computed apart, and not named where they weigh nothing.

    Raises:
        OptionError: a name is unknown, or a number is none from 0 up.
    """
    names = tuple(usual)
    if not isinstance(value, Mapping):
        raise OptionError(f"weights must be names with numbers, such as {{{names[0]}: 2}}, got {value!r}")
    factors = dict(usual)
    for name, number in value.items():
        if name not in names:
            raise OptionError(f"there is no weight {name!r}{nearest(name, names) or '; they are ' + ', '.join(names)}")
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1e6:
            raise OptionError(f"the weight {name} must be a number from 0 up, got {number!r}")
        factors[name] = float(number)
    return {name: factor for name, factor in factors.items() if factor or name not in apart}


def shown(factors: Mapping[str, float]) -> str:
    """Factors as a yml has them.

    >>> shown({"content": 1.0, "shift": 0.5})
    '{content: 1, shift: 0.5}'
    """
    return "{" + ", ".join(f"{name}: {factor:g}" for name, factor in factors.items()) + "}"


def _kinds(each: Any) -> tuple[Any, ...]:
    """The types that a field may have."""
    return get_args(each.type) if isinstance(each.type, UnionType) else (each.type,)


def _usual(each: Any) -> str:
    default = each.default
    if default is MISSING or default is None or default == "" or default == Path():
        return str(each.metadata["usual"])
    return str(default)
