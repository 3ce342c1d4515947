"""The options of a transfer: those common to all methods here, each method's own in a dataclass beside the method.

Every option has its range and its one-line help; the command line and the columns of manifests are made from both.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import Field, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self, get_type_hints

from photostyle.amounts import AMOUNTS, MOST_AMOUNT, Amount, Amounts, RegionAmounts
from photostyle.errors import OptionError
from photostyle.option_fields import CheckedOptions, option
from photostyle.option_text import parse_names
from photostyle.registry import find_method, method_names, nearest
from photostyle.tensor_file import header_facts

__all__ = [
    "AMOUNTS",
    "Amounts",
    "CheckedOptions",
    "EncoderOptions",
    "MethodOptions",
    "Options",
    "Precision",
    "RegionAmounts",
    "feather_pixels",
    "option",
    "option_fields",
    "option_names",
    "option_types",
]

Precision = Literal["auto", "float32", "bfloat16"]
MOST_FEATHER = 0.25  # of the long side
DEFAULT_METHOD = "field"
_ANY_SIDE = 10**9  # pixels, where a feather is checked before the photo is known


@dataclass(frozen=True)
class MethodOptions(CheckedOptions):
    """The base of each method's own options."""

    def working_size(self) -> int | None:
        """The long side in pixels at which the method works; None where it does not matter."""
        return None

    def style_file(self) -> str | None:
        """The file that the method works by in place of a style picture; None where it needs such a picture."""
        return None

    def more_photos(self) -> tuple[str, ...]:
        """Files of further photos that the method reads, beside content and style."""
        return ()

    def more_files(self) -> tuple[str, ...]:
        """Other files that the result depends on, such as that of a network."""
        return ()

    def with_photos_at(self, place: Callable[[str], str]) -> Self:
        """The same options, each of `more_photos` at another place, such as the copy of what is at a URL.

        Args:
            place: gives a file for each of `more_photos`.
        """
        return self


@dataclass(frozen=True)
class EncoderOptions(MethodOptions):
    """What methods that measure style with an encoder have in common."""

    encoder: str = option(
        "auto", "Network that measures style: auto (vgg19 where it was pulled, else compact), compact, compact5, vgg19 or vgg16."
    )
    weights: Path | None = option(None, "A file of weights for the encoder, in place of the one that photostyle keeps.")
    size: int | None = option(None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096)

    def working_size(self) -> int | None:
        return self.size


_AMOUNT_HELP = {
    "strength": "How much of the look to give, 0 to 1.5; 0 returns the photo itself. By region: 0.8,sky=0.4.",
    "luma": "How much of the change of light, 0 to 1.5; 0 changes colour only. Also by region.",
    "chroma": "How much of the change of colour, 0 to 1.5; 0 changes light only. Also by region.",
}


def _amount_option(name: str) -> Any:
    return option(1.0, _AMOUNT_HELP[name], 0, MOST_AMOUNT, group="Amounts")


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
        "Finds regions where no masks are given: auto, scene, ade20k-b0..b5, none, a network's folder, module:function.",
        group="Regions",
    )
    pairs: Mapping[str, str] | None = option(
        None, "Which region of the style a region of the content takes from, such as sky=clouds.", group="Regions"
    )
    ignore: tuple[str, ...] = option((), "Regions left out of the statistics; they follow the whole photo.", group="Regions")
    protect: tuple[str, ...] = option((), "Regions that keep their own colours.", group="Regions")
    feather: str | float | None = option(
        None,
        "Softness to add to the borders of regions: pixels of the photo, or a share of its long side such as 1%.",
        group="Regions",
    )
    hard_masks: bool = option(False, "Use masks given by hand exactly as they are; do not refine their edges.", group="Regions")
    device: str = option(
        "auto",
        "Where to compute: auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU if there is one, else the CPU.",
        group="Engine",
    )
    precision: Precision = option(
        "auto", "Number format of the encoder; auto is bfloat16 where the GPU computes in it, else float32.", group="Engine"
    )
    seed: int = option(0, "Seed of the random numbers of a method; the method field uses none.", 0, 2**63 - 1, group="Engine")
    cache: bool = option(True, "Keep segmentations and refined masks in the user's cache, to be used again.", group="Engine")
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
NETWORK_SUFFIX = ".safetensors"  # a method of such a name is a trained network's file


def _method_named(method: str | None, values: dict[str, Any]) -> str | None:
    """The method that is asked for, if any.

    `solver`, as it was called before 0.2, is taken out of the values; the file of a network is put into them.
    """
    name = values.pop("solver", None)
    if name is None:
        name = method
    if name is None:
        return None
    if not isinstance(name, str):
        raise OptionError(f"method must be one of {', '.join(method_names())}, got {name!r}")
    if name.lower().endswith(NETWORK_SUFFIX):
        values.setdefault("network", name)
        return _method_of_network(name)
    return _FORMER_METHODS.get(name, name)


def _method_of_network(file: str) -> str:
    """The method that a network's file is for; what is no network is refused where it is loaded."""
    facts = header_facts(Path(file).expanduser()) or {}
    return "autoencoder" if facts.get("architecture") == "autoencoder" else "network"


def _unknown_option(name: str, method: str, known: tuple[str, ...]) -> str:
    meant = nearest(name, known)
    return f"there is no option {name!r} for the method {method}{meant or '; its options are ' + ', '.join(known)}"


def _region_names(name: str, value: Any) -> tuple[str, ...]:
    """Names of regions: as they are, or read from one text, "person,car"."""
    if isinstance(value, str):
        value = parse_names(value)
    if not isinstance(value, Collection) or not all(isinstance(region, str) and region for region in value):
        raise OptionError(f"{name} must be names of regions, such as ('person', 'sky'), got {value!r}")
    return tuple(value)


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
