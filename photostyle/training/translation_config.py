"""What the training of networks between two sets of pictures is told: a yml with `network: cyclegan`, `ugatit` or `field`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from photostyle.errors import OptionError
from photostyle.option_fields import option
from photostyle.training.course import (
    AUTO_START,
    NO_START,
    CourseConfig,
    config_from,
    factors_from,
    shown,
    start_from,
    template_of,
)

Translation = Literal["cyclegan", "ugatit", "field"]
Preset = Literal["light", "zhu2017", "kim2020"]
Augment = Literal["auto", "none", "shift", "all"]
TRANSLATIONS: tuple[Translation, ...] = get_args(Translation)
WEIGHTS = {"adversarial": 1.0, "cycle": 1.0, "identity": 1.0, "attention": 1.0, "shift": 0.0}
OF_COLOURS = ("colours", "photos")  # what a field can begin with
FEW = 500  # pictures in a set; fewer are learnt by heart, unless they are changed at random before they are judged

# Of each preset: width and residuals of generators, width of discriminators, size, photos of each set in a step, rate.
_PRESETS: Mapping[Preset, Mapping[str, Any]] = {
    "light": {"width": 16, "residuals": 4, "judges": 24, "size": 128, "batch": 1, "rate": 4e-4},
    "zhu2017": {"width": 64, "residuals": 9, "judges": 64, "size": 256, "batch": 1, "rate": 2e-4},
    "kim2020": {"width": 64, "residuals": 8, "judges": 64, "size": 256, "batch": 1, "rate": 1e-4},
}
_OF_FIELDS = {"width": 12, "residuals": 0, "judges": 24, "size": 48, "batch": 4, "rate": 1e-3}
_FIRST: Mapping[Translation, str] = {
    "cyclegan": "Networks that bring pictures of one set into another, both ways (Zhu et al. 2017).",
    "ugatit": "Networks that bring pictures of one set into another, both ways, with attention (Kim et al. 2020).",
    "field": "Networks that bring the light of one set of photos into another, both ways, and draw nothing.",
}


def _preset_option(help: str, low: float, high: float, name: str) -> Any:
    kinds = ", ".join(f"{preset} {values[name]}" for preset, values in _PRESETS.items())
    usual = f"by preset: {kinds}; field {_OF_FIELDS[name]}"
    return option(None, help, low, high, usual=usual)


@dataclass(frozen=True)
class TranslationConfig(CourseConfig):
    """All that the training of networks between two sets of pictures can be told."""

    network: Translation = option("cyclegan", "What is trained: cyclegan, ugatit or field.")
    a: Path = option(Path(), "A folder of pictures, the first set; 200 are enough to begin with.")
    b: Path = option(Path(), "The other set. Its pictures need not show the same things.")
    names: tuple[str, ...] = option((), "What the sets are called, such as [day, dusk].", usual="the names of the folders")
    preset: Preset = option(
        "light", "How large and how long: light, for an hour on a processor, or as published: zhu2017, kim2020."
    )
    size: int | None = _preset_option("Side in pixels of the pieces of pictures that it trains on.", 32, 1024, "size")
    load_size: int | None = option(
        None,
        "Short side in pixels that pictures are brought to before pieces are cut out of them. At twice the size or more it "
        "learns the hand of small parts, from more pieces of few pictures, and less of the whole. Not of a field, which sees "
        "whole photos.",
        32,
        4096,
        usual="1.25 times the size",
    )
    batch: int | None = _preset_option("Pictures of each set in a step.", 1, 256, "batch")
    rate: float | None = _preset_option("Learning rate of Adam at its height.", 1e-7, 1, "rate")
    width: int | None = _preset_option("Channels of the generators at full size.", 4, 128, "width")
    residuals: int | None = _preset_option("Residual blocks of the generators.", 0, 16, "residuals")
    judges: int | None = _preset_option("Channels of the discriminators' first layer.", 4, 128, "judges")
    adds: bool = option(
        True, "Whether what a generator draws is added to the photo, which keeps what is shown and takes fewer steps."
    )
    levels: bool = option(
        False,
        "Of a field: whether it begins with each channel stretched from black to white, and learns what is still to do; for sets "
        "of which one has faded.",
    )
    start: str = option(
        AUTO_START,
        "What it begins with. A field, measured on both sets: colours, the way from all colours of the one to those of the other "
        "(auto); photos, each photo's own means and contrasts moved first, where those of a set differ much in what is to be "
        "changed, as faded prints do; or none, no change. cyclegan: a network that paints in styles of its own, such as painters "
        "or a file, whose width and depth it takes, where b is paintings; or none, random weights (auto).",
    )
    augment: Augment = option(
        "auto",
        "Random changes of pictures before they are judged: none, shift (and holes), or all (light too). auto: shift where a "
        f"set has fewer than {FEW} pictures.",
    )
    patience: int = option(
        0,
        "Of 20 measures on held-out pictures over the whole time, how many may be no better than one before them, until the "
        "training stops and its best state is taken; 6 is usual. 0 measures none, and goes on to the end.",
        0,
        20,
    )
    weights: Mapping[str, float] = field(
        default_factory=dict,
        metadata={
            "help": f"Weights of the terms against their usual ones: {', '.join(WEIGHTS)}. identity: 0 lets it change more; "
            "shift: 1 is against a weave on plain areas, and takes a quarter more time.",
            "low": None,
            "high": None,
            "usual": shown(WEIGHTS),
            "group": "Method",
        },
    )

    @property
    def begins_with_colours(self) -> bool:
        """Whether it is a field that begins with what is measured on both sets."""
        return self.network == "field" and self.start != NO_START


@dataclass(frozen=True)
class Settled:
    """The numbers of a config, those of its preset where none are given.

    Args:
        width, residuals: of generators.
        judges: width of discriminators.
        size, batch, rate: of the training.
    """

    width: int
    residuals: int
    judges: int
    size: int
    batch: int
    rate: float


def settled(config: TranslationConfig) -> Settled:
    """What a config comes to, its preset counted in."""
    usual = _OF_FIELDS if config.network == "field" and config.preset == "light" else _PRESETS[config.preset]
    numbers: dict[str, Any] = {}
    for name, value in usual.items():
        given = getattr(config, name)
        numbers[name] = value if given is None else given
    return Settled(**numbers)


def translation_config(values: Mapping[str, Any], folder: Path = Path(), name: str = "translation") -> TranslationConfig:
    """A config from plain data; args and errors as for `config_from`.

    >>> translation_config({"network": "field", "a": "day", "b": "dusk"}).names
    ('day', 'dusk')
    """
    given = dict(values)
    if isinstance(given.get("names"), str):
        given["names"] = [part.strip() for part in given["names"].split(",")]
    if given.get("names") is not None:
        given["names"] = tuple(str(part) for part in given["names"])
        if len(given["names"]) != 2 or len(set(given["names"])) != 2:
            raise OptionError(f"names must be two, such as [day, dusk], got {list(given['names'])}")
    if isinstance(given.get("start"), str):
        given["start"] = start_from(given["start"], folder)
    given["weights"] = factors_from(given.get("weights") or {}, WEIGHTS, ("shift",))
    config = config_from(TranslationConfig, given, folder, name, {"a": "photos-of-day", "b": "photos-of-dusk"})
    if config.a == config.b:
        raise OptionError(f"a and b are both {config.a}; give two sets of pictures")
    if not config.names:
        config = replace(config, names=(config.a.name, config.b.name) if config.a.name != config.b.name else ("A", "B"))
    if settled(config).size % 4:
        raise OptionError(f"size must be a multiple of 4, got {config.size}")
    config = replace(config, start=_start_of(config))
    if config.load_size is not None and config.network == "field":
        raise OptionError("load_size is not for a field, which sees whole photos; leave it out")
    if config.load_size is not None and config.load_size < settled(config).size:
        raise OptionError(f"load_size must be {settled(config).size} at least, the size of the pieces, got {config.load_size}")
    if config.levels and config.start == "photos":
        raise OptionError("levels and start: photos both come first; leave one out")
    if config.network == "ugatit" and settled(config).size < 64:
        raise OptionError(f"size must be 64 at least for ugatit, whose discriminators halve it four times, got {config.size}")
    return config


def _start_of(config: TranslationConfig) -> str:
    """What a training begins with, named out.

    Raises:
        OptionError: its kind of network cannot begin so.
    """
    start = config.start
    if start == AUTO_START:
        return OF_COLOURS[0] if config.network == "field" else NO_START
    if config.network == "field" and start not in (*OF_COLOURS, NO_START):
        raise OptionError(f"a field begins with {', '.join(OF_COLOURS)} or {NO_START}, and start is {start}; name one of these")
    if config.network != "field" and start in OF_COLOURS:
        raise OptionError(f"start: {start} is for a field, and this is {config.network}; leave it out")
    if start != NO_START and config.network == "ugatit":
        raise OptionError(f"start: {start} is for cyclegan, and this is ugatit; leave it out")
    for name in ("width", "residuals"):
        if config.network == "cyclegan" and start != NO_START and getattr(config, name) is not None:
            raise OptionError(
                f"{name} is that of the network that is begun with, {start}; leave it out, or say start: {NO_START}"
            )
    return start


def translation_template(kind: Translation) -> str:
    """A commented yml to begin with.

    >>> translation_template("field").splitlines()[3:5]
    ['# What is trained: cyclegan, ugatit or field.', 'network: field']
    """
    return template_of(TranslationConfig, _FIRST[kind], {"network": kind, "a": "photos-of-day", "b": "photos-of-dusk"})
