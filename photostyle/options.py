"""The options of a transfer: those common to all methods here, each method's own in a dataclass beside the method.

Every option has its range and its one-line help; the command line and the columns of manifests are made from both.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from types import NoneType
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from photostyle.errors import OptionError
from photostyle.option_text import REST, parse_amount, parse_names
from photostyle.registry import find_method, method_names, nearest

Precision = Literal["auto", "float32", "bfloat16"]
Amount = float | str | Mapping[str, float]
MOST_FEATHER = 0.25  # of the long side
DEFAULT_METHOD = "field"
_ANY_SIDE = 10**9  # pixels, where a feather is checked before the photo is known


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


@dataclass(frozen=True)
class MethodOptions(CheckedOptions):
    """The base of each method's own options."""

    def working_size(self) -> int | None:
        """The long side in pixels at which the method works; None where it does not matter."""
        return None


@dataclass(frozen=True)
class EncoderOptions(MethodOptions):
    """What methods that measure style with an encoder have in common."""

    encoder: str = option("auto", "Network that measures style: auto, compact, vgg19 or vgg16; auto is the best one present.")
    weights: Path | None = option(None, "A file of weights for the encoder, in place of the one kept.")
    size: int | None = option(None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096)

    def working_size(self) -> int | None:
        return self.size


@dataclass(frozen=True)
class Amounts:
    """How much of a transform to give: a number for all regions, or numbers by region.

    Args:
        strength: of the whole change, 0 to 1.5; 0 gives the photo itself, 1 the change as it was found.
        luma, chroma: of the change of light and of colour, 0 to 1.5.
            Each is a number, a text such as "0.8,sky=0.4", or a mapping of region names to numbers in which `REST` ("*")
            stands for the regions that are not named.

    Raises:
        OptionError: an amount is no number in its range.

    Example:
        >>> Amounts("0.8,sky=0.4").by_region(("sky", "sea")).strength
        (0.4, 0.8)
    """

    strength: Amount = 1.0
    luma: Amount = 1.0
    chroma: Amount = 1.0

    def __post_init__(self) -> None:
        for name in AMOUNTS:
            object.__setattr__(self, name, _checked_amount(name, getattr(self, name)))

    @property
    def change_nothing(self) -> bool:
        """Whether the photo comes back as it is."""
        return self.strength == 0 or (self.luma == 0 and self.chroma == 0)

    def by_region(self, regions: Sequence[str], may_lack: Collection[str] = ()) -> "RegionAmounts":
        """One number a region.

        Args:
            regions: the names of the regions.
            may_lack: names that the amounts may mention although no region has them.

        Raises:
            OptionError: an amount names a region that is not there.
        """
        numbers = {}
        for name in AMOUNTS:
            numbers[name] = _numbers(name, getattr(self, name), regions, may_lack)
        return RegionAmounts(**numbers)

    def of_regions(self, regions: Sequence[str]) -> "Amounts":
        """The amounts without what they say of regions that are not there: in a set, a photo need not show them all."""
        changes = {}
        for name in AMOUNTS:
            amount = getattr(self, name)
            if isinstance(amount, Mapping):
                changes[name] = {region: value for region, value in amount.items() if region in (REST, *regions)}
        return replace(self, **changes)

    def protecting(self, regions: Collection[str]) -> "Amounts":
        """The amounts with no change at all for some regions."""
        if not regions:
            return self
        strength: dict[str, Any] = {REST: self.strength}
        if isinstance(self.strength, Mapping):
            strength = dict(self.strength)
        for region in regions:
            strength[region] = 0.0
        return replace(self, strength=strength)


@dataclass(frozen=True)
class RegionAmounts:
    """`Amounts` as one number for each region, in the order of the regions."""

    strength: tuple[float, ...]
    luma: tuple[float, ...]
    chroma: tuple[float, ...]

    @property
    def all_one(self) -> bool:
        """Whether the transform is given exactly as it was found."""
        return all(amount == 1 for amount in (*self.strength, *self.luma, *self.chroma))


AMOUNTS = ("strength", "luma", "chroma")
_MOST_AMOUNT = 1.5
_AMOUNT_HELP = {
    "strength": "How much of the look to give, 0 to 1.5; 0 returns the photo itself. By region: 0.8,sky=0.4.",
    "luma": "How much of the change of light, 0 to 1.5; 0 changes colour only. Also by region.",
    "chroma": "How much of the change of colour, 0 to 1.5; 0 changes light only. Also by region.",
}


def _amount_option(name: str) -> Any:
    return option(1.0, _AMOUNT_HELP[name], 0, _MOST_AMOUNT, group="Amounts")


@dataclass(frozen=True, init=False)
class Options(CheckedOptions):
    """All that a transfer can be told: the method, its own options as `settings`, and what is common to all methods.

    Options of the method are given by their own names, as if they were fields: `Options(strength=0.8, steps=40)`.

    Raises:
        OptionError: for an unknown option (with the nearest name), or a value outside its range or choices.

    Example:
        >>> Options(method="pixels", steps=200).settings.steps
        200
    """

    method: str = option(
        DEFAULT_METHOD, "How the transform is found: field, in seconds; pixels is the paper's, in minutes to hours."
    )
    strength: Amount = _amount_option("strength")
    luma: Amount = _amount_option("luma")
    chroma: Amount = _amount_option("chroma")
    segmenter: Any = option(
        "auto",
        "Finds regions where no masks are given: auto, scene, ade20k-b0..b5, none, module:function.",
        group="Regions",
    )
    pairs: Mapping[str, str] | None = option(None, "Content regions and the style regions they take from.", group="Regions")
    ignore: tuple[str, ...] = option((), "Regions left out of the statistics; they follow the whole photo.", group="Regions")
    protect: tuple[str, ...] = option((), "Regions that keep their own colours.", group="Regions")
    feather: str | float | None = option(
        None,
        "Softness to add to the borders of regions: pixels of the photo, or a share of its long side such as 1%.",
        group="Regions",
    )
    hard_masks: bool = option(False, "Use masks given by hand exactly as they are; do not refine their edges.", group="Regions")
    device: str = option(
        "auto", "auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU if there is one, else the CPU.", group="Engine"
    )
    precision: Precision = option(
        "auto", "Number format of the encoder; auto is bfloat16 where the GPU computes in it, else float32.", group="Engine"
    )
    seed: int = option(0, "Seed of what is random in a method; nothing is in the method field.", 0, 2**63 - 1, group="Engine")
    cache: bool = option(True, "Keep segmentations in the user's cache, to be used again.", group="Engine")
    settings: MethodOptions = field(default_factory=MethodOptions, metadata={"group": "Method"})

    def __init__(self, method: str | None = None, settings: MethodOptions | None = None, **values: Any):
        method = _method_named(method, values) or DEFAULT_METHOD
        own = find_method(method).own_options
        if settings is None or type(settings) is not own:
            settings = own()
        common = type(self).fields_by_name()
        unknown = [name for name in values if name not in common and name not in own.fields_by_name()]
        if unknown:
            raise OptionError(_unknown_option(unknown[0], method, option_names(method)))
        changes = {name: value for name, value in values.items() if name not in common}
        if changes:
            settings = replace(settings, **changes)
        for name, each in common.items():
            object.__setattr__(self, name, values.get(name, each.default))
        object.__setattr__(self, "method", method)
        object.__setattr__(self, "settings", settings)
        self.__post_init__()

    def __post_init__(self) -> None:
        for name, amount in vars(self.amounts).items():
            object.__setattr__(self, name, amount)
        object.__setattr__(self, "ignore", _region_names("ignore", self.ignore))
        object.__setattr__(self, "protect", _region_names("protect", self.protect))
        if not isinstance(self.pairs, Mapping | None):
            raise OptionError(f"pairs must map regions to regions, such as {{'sea': 'lake'}}, got {self.pairs!r}")
        feather_pixels(self.feather, _ANY_SIDE)
        super().__post_init__()

    @property
    def amounts(self) -> Amounts:
        """Strength, luma and chroma."""
        return Amounts(self.strength, self.luma, self.chroma)

    def changed(self, **values: Any) -> Self:
        """These options with others in place of some; options of the method by their own names.

        Raises:
            OptionError: as for `Options`.
        """
        if not values:
            return self
        current = {}
        for name in type(self).fields_by_name():
            if name not in ("method", "settings"):
                current[name] = getattr(self, name)
        values = current | values
        method = _method_named(values.pop("method", None), values) or self.method
        settings = values.pop("settings", self.settings)
        return type(self)(method, settings, **values)

    def as_dict(self) -> dict[str, Any]:
        """Every option by its name, those of the method among them."""
        values = {}
        for name in type(self).fields_by_name():
            if name != "settings":
                values[name] = getattr(self, name)
        for name in self.settings.fields_by_name():
            values[name] = getattr(self.settings, name)
        return values


def option_names(method: str) -> tuple[str, ...]:
    """The names of all options that a method takes, the common ones first."""
    common = [name for name in Options.fields_by_name() if name != "settings"]
    return (*common, *find_method(method).own_options.fields_by_name())


def option_fields(method: str) -> dict[str, Field[Any]]:
    """The fields of all options that a method takes, by name."""
    common = Options.fields_by_name()
    del common["settings"]
    return common | find_method(method).own_options.fields_by_name()


def option_types(method: str) -> dict[str, Any]:
    """The types of all options that a method takes, by name."""
    types = get_type_hints(Options) | get_type_hints(find_method(method).own_options)
    return {name: types[name] for name in option_names(method)}


_FORMER_METHODS = {"pixel": "pixels"}  # its name before 0.2


def _method_named(method: str | None, values: dict[str, Any]) -> str | None:
    """The method that is asked for, if any; `solver`, as it was called before 0.2, is taken out of the values."""
    name = values.pop("solver", None)
    if name is None:
        name = method
    if name is None:
        return None
    if not isinstance(name, str):
        raise OptionError(f"method must be one of {', '.join(method_names())}, got {name!r}")
    return _FORMER_METHODS.get(name, name)


def _unknown_option(name: str, method: str, known: tuple[str, ...]) -> str:
    meant = nearest(name, known)
    return f"there is no option {name!r} for the method {method}{meant or '; its options are ' + ', '.join(known)}"


_PLAIN_KINDS: dict[Any, tuple[type, ...]] = {bool: (bool,), str: (str,), Path: (str, Path)}
_PLAIN_NAMES: dict[Any, str] = {bool: "True or False", str: "a text", Path: "a path"}


def _check(each: Field[Any], kind: Any, value: Any) -> None:
    """Raise an OptionError unless the value is of its option's type, and in its range."""
    kinds: tuple[Any, ...] = (kind,)
    if NoneType in get_args(kind):
        kinds = get_args(kind)
    if value is None and NoneType in kinds:
        return
    if get_origin(kinds[0]) is Literal:
        choices = get_args(kinds[0])
        if value not in choices:
            raise OptionError(f"{each.name} must be one of {', '.join(map(str, choices))}, got {value!r}")
        return
    if kinds[0] in _PLAIN_KINDS and not isinstance(value, _PLAIN_KINDS[kinds[0]]):
        raise OptionError(f"{each.name} must be {_PLAIN_NAMES[kinds[0]]}, got {value!r}")
    low = each.metadata.get("low")
    high = each.metadata.get("high")
    if int in kinds:
        if isinstance(value, bool) or not isinstance(value, int) or not _within(value, low, high):
            raise OptionError(f"{each.name} must be a whole number{_range(low, high)}, got {value!r}")
    elif float in kinds and str not in kinds and (not _is_number(value) or not _within(value, low, high)):
        raise OptionError(f"{each.name} must be a number{_range(low, high)}, got {value!r}")


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f" from {low} up"
    return f" from {low} to {high}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _region_names(name: str, value: Any) -> tuple[str, ...]:
    """Names of regions: as they are, or read from one text, "person,car"."""
    if isinstance(value, str):
        value = parse_names(value)
    if not isinstance(value, Collection) or not all(isinstance(region, str) and region for region in value):
        raise OptionError(f"{name} must be names of regions, such as ('person', 'sky'), got {value!r}")
    return tuple(value)


def _checked_amount(name: str, value: Any) -> float | dict[str, float]:
    """An amount as a number, or as a mapping where it differs by region."""
    if isinstance(value, str):
        value = parse_amount(value, name)
    if isinstance(value, Mapping):
        for region, amount in value.items():
            if not _is_number(amount) or not 0 <= amount <= _MOST_AMOUNT:
                raise OptionError(f"{name} of {region!r} must be a number from 0 to {_MOST_AMOUNT}, got {amount!r}")
        return dict(value)
    if not _is_number(value) or not 0 <= value <= _MOST_AMOUNT:
        raise OptionError(f"{name} must be a number from 0 to {_MOST_AMOUNT}, got {value!r}")
    return float(value)


def _numbers(name: str, amount: Any, regions: Sequence[str], may_lack: Collection[str]) -> tuple[float, ...]:
    """An amount, checked already, as one number for each region."""
    if not isinstance(amount, Mapping):
        return (float(amount),) * len(regions)
    for region in amount:
        if region not in (REST, *regions, *may_lack):
            raise OptionError(f"{name}: no region is called {region!r}; the regions are {', '.join(regions)}")
    rest = amount.get(REST, 1.0)
    return tuple(float(amount.get(region, rest)) for region in regions)


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
    text = str(feather).strip()
    try:
        if text.endswith("%"):
            value = float(text[:-1]) / 100 * long_side
        else:
            value = float(text.removesuffix("px"))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise OptionError(f'feather is a number of pixels, 0 or more, or a share such as "1.5%", got {feather!r}')
    if value > MOST_FEATHER * long_side:
        raise OptionError(f"feather may be a quarter of the photo's long side at most, got {feather!r}; give less")
    return value
