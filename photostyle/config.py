"""The options of a transfer: each with its range and its one-line doc; the command line reads both from here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from photostyle.errors import OptionError

Solver = Literal["field", "pixel"]
Precision = Literal["auto", "float32", "bfloat16"]


MOST_FEATHER = 0.25  # of the long side
_ANY_SIDE = 1e9  # pixels, where a feather is checked before the photo is known
REST = "*"  # in amounts by region: every region that is not named
Amount = float | str | Mapping[str, float]


def _option(default: Any, doc: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


@dataclass(frozen=True)
class Options:
    """What a transfer can be told. Every value is checked when the options are made.

    Raises:
        OptionError: for a value outside its range or choices.
    """

    strength: Amount = _option(
        1.0, "How much of the look to give, 0 to 1.5; 0 returns the photo itself. By region: 0.8,sky=0.4.", 0, 1.5
    )
    luma: Amount = _option(1.0, "How much of the change of light, 0 to 1.5; 0 changes colour only. Also by region.", 0, 1.5)
    chroma: Amount = _option(1.0, "How much of the change of colour, 0 to 1.5; 0 changes light only. Also by region.", 0, 1.5)
    encoder: str = _option("auto", "Network that measures style: auto, compact, vgg19 or vgg16; auto is the best one present.")
    weights: Path | None = _option(None, "A file of weights for the encoder, in place of the one kept.")
    solver: Solver = _option("field", "field fits affine transforms in seconds; pixel is the paper's own, in minutes to hours.")
    fast: bool = _option(False, "Solve in a few steps at 224 pixels: a rougher match, in about a second.")
    size: int | None = _option(
        None, "Long side in pixels to solve at (field 448, pixel 700); the output keeps the photo's size.", 64, 4096
    )
    steps: int | None = _option(
        None, "Steps of the solver, in each of its stages (field 72, 32 if fast; pixel 1000).", 1, 100_000
    )
    device: str = _option("auto", "auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU where there is one, else the CPU.")
    precision: Precision = _option(
        "auto", "Of the encoder; auto is bfloat16 for the field solver on a GPU that computes in it, else float32."
    )
    seed: int = _option(0, "Of the pixel solver's noise; the field solver has nothing random.", 0, 2**63 - 1)
    segmenter: str = _option("auto", "Finds regions where no masks are given: auto, scene, ade20k-b0..b5, none, module:function.")
    pairs: Mapping[str, str] | None = _option(None, "Content regions and the style regions that they take from.")
    ignore: tuple[str, ...] = _option((), "Regions that take no part in the statistics and keep the global look.")
    protect: tuple[str, ...] = _option((), "Regions that keep their own colours.")
    feather: str | float | None = _option(
        None, "Softness to add to the borders of regions: pixels of the photo, or a share of its long side such as 1%."
    )
    hard_masks: bool = _option(False, "Use masks given by hand exactly as they are, with no refinement of their edges.")
    cache: bool = _option(True, "Keep segmentations in the user's cache, to be used again.")

    def __post_init__(self):
        for name in AMOUNTS:
            object.__setattr__(self, name, _amount(name, getattr(self, name)))
        for name in ("ignore", "protect"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        if not isinstance(self.pairs, Mapping | None):
            raise OptionError(f"pairs must map regions to regions, such as {{'sea': 'lake'}}, got {self.pairs!r}")
        feather_pixels(self.feather, _ANY_SIDE)
        for option in fields(self):
            _check(option, getattr(self, option.name))

    @classmethod
    def of(cls, name: str) -> Field:
        """The field of an option: its default, and `metadata` with its doc, low and high."""
        return cls.__dataclass_fields__[name]


AMOUNTS = ("strength", "luma", "chroma")
_CHOICES = {"solver": Solver, "precision": Precision}


def _check(option: Field, value: Any) -> None:
    low, high = option.metadata["low"], option.metadata["high"]
    if option.name in _CHOICES:
        choices = get_args(_CHOICES[option.name])
        if value not in choices:
            raise OptionError(f"{option.name} must be one of {', '.join(choices)}, got {value!r}")
    elif isinstance(value, Mapping) and option.name in AMOUNTS:
        for region, amount in value.items():
            if not _is_number(amount) or not low <= amount <= high:
                raise OptionError(f"{option.name} of {region!r} must be a number from {low} to {high}, got {amount!r}")
    elif low is not None and (value is not None or option.default is not None):
        whole = option.name in ("size", "steps", "seed")
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise OptionError(f"{option.name} must be {kind} from {low} to {high}, got {value!r}")


def _names(option: str, value: Any) -> tuple[str, ...]:
    """Names of regions: as they are, or read from one text, "person,car"."""
    names = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value
    if not isinstance(names, Collection) or not all(isinstance(name, str) and name for name in names):
        raise OptionError(f"{option} must be names of regions, such as ('person', 'sky'), got {value!r}")
    return tuple(names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _amount(name: str, value: Any) -> Any:
    """An amount as a number, or as a mapping where it differs by region; `0.8,sky=0.4` is read as such a mapping."""
    if not isinstance(value, str):
        return dict(value) if isinstance(value, Mapping) else value
    amounts: dict[str, float] = {}
    for part in value.split(","):
        region, sign, number = part.rpartition("=")
        region = region.strip() if sign else REST
        try:
            if not region or region in amounts:
                raise ValueError
            amounts[region] = float(number)
        except ValueError:
            raise OptionError(f"{name} must be a number, or one by region such as 0.8,sky=0.4, got {value!r}") from None
    return amounts[REST] if set(amounts) == {REST} else amounts


def amounts_of(name: str, amount: Amount, regions: Sequence[str], may_lack: Collection[str] = ()) -> list[float]:
    """An amount, checked already, as one number a region.

    Args:
        name: of the option, for the error.
        amount: a number for all, or a mapping; its `REST`, 1 if not given, is for the regions that it does not name.
        regions: the names of the regions.
        may_lack: names that the mapping may have all the same.

    Raises:
        OptionError: the mapping names a region that is not there.

    >>> amounts_of("strength", {"*": 0.8, "sky": 0.4}, ("sky", "sea"))
    [0.4, 0.8]
    """
    if not isinstance(amount, Mapping):
        return [float(amount)] * len(regions)
    for region in amount:
        if region not in (REST, *regions, *may_lack):
            raise OptionError(f"{name}: no region is called {region!r}; the regions are {', '.join(regions)}")
    return [float(amount.get(region, amount.get(REST, 1.0))) for region in regions]


def feather_pixels(feather: float | str | None, long_side: int) -> float:
    """A feather in pixels: a number is pixels, "1.5%" a share of the long side, None none.

    Raises:
        OptionError: it is no such thing, or more than a quarter of the long side.

    Example:
        >>> feather_pixels("1.5%", 2000), feather_pixels("12", 2000), feather_pixels(None, 2000)
        (30.0, 12.0, 0.0)
    """
    if feather is None:
        return 0.0
    try:
        text = str(feather).strip()
        value = float(text[:-1]) / 100 * long_side if text.endswith("%") else float(text.removesuffix("px"))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise OptionError(f'feather is a number of pixels, 0 or more, or a share such as "1.5%", got {feather!r}')
    if value > MOST_FEATHER * long_side:
        raise OptionError(f"feather may be a quarter of the photo's long side at most, got {feather!r}; give less")
    return value
