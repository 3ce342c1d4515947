"""What a training is told: a small yml file, whose keys, ranges and helps stand in one dataclass."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from photostyle.errors import FileError, OptionError
from photostyle.models.trained import PHOTO
from photostyle.option_fields import CheckedOptions, option
from photostyle.registry import nearest
from photostyle.text_file import read_text
from photostyle.training.autoencoder_config import ARCHITECTURE, AutoencoderConfig, autoencoder_config, autoencoder_template
from photostyle.training.course import MINUTES, factors_from
from photostyle.training.translation_config import (
    TRANSLATIONS,
    TranslationConfig,
    translation_config,
    translation_template,
)

Template = Literal["johnson", "many", "any", "add", "autoencoder", "cyclegan", "ugatit", "field"]
WEIGHTS = ("content", "style", "colour", "variation", "temporal")
# Keys of the TensorFlow project that such files come from, and what they are called here.
FORMER = {"styleimage": "styles", "style_image": "styles", "naming": "name"}
REQUIRED = ("styles", "photos")
OF_THE_NETWORK = ("width", "residuals")  # keys that a network which is added to has decided
_PICTURES_OF_STYLE = "a picture, or a list of pictures, or names with pictures"


def _names_option(help: str) -> Any:
    """An option of names with values; none where it is left out."""
    return field(default_factory=dict, metadata={"help": help, "low": None, "high": None, "usual": "", "group": "Method"})


@dataclass(frozen=True)
class TrainConfig(CheckedOptions):
    """All that a training can be told."""

    styles: Mapping[str, Path] = _names_option(
        f"The styles: {_PICTURES_OF_STYLE}. The name {PHOTO} stands for the photo as it is."
    )
    paintings: Path | None = option(
        None,
        "In place of styles, a folder of pictures: the network learns to paint in any style, from a picture that it is then "
        "given. Some hundred are enough to begin with, and the more unlike each other the better.",
        usual="none",
    )
    add_to: Path | None = option(
        None,
        "A network to add the styles to: of its weights nothing changes, only norms are trained for them, which takes minutes. "
        "What comes out has its styles and these.",
        usual="none",
    )
    photos: Path = option(Path(), "A folder of photos to paint; 200 are enough, more are better. They are not copied.")
    name: str = option("", "What the network is called.", usual="the name of the yml")
    out: Path = option(Path(), "The network's file.", usual="NAME.safetensors beside the yml")
    minutes: float | None = option(None, "How long to train, over all runs; or steps.", 0.01, 100_000, usual="50")
    steps: int | None = option(
        None, "How many steps to train, in place of minutes.", 1, 10_000_000, usual="as many as the minutes bring"
    )
    size: int = option(256, "Side in pixels of the pieces of photos that it trains on.", 32, 1024)
    style_size: int = option(512, "Long side in pixels of the style pictures; strokes come out as large as there.", 32, 4096)
    batch: int = option(2, "Photos in a step.", 1, 256)
    rate: float = option(0.002, "Learning rate of Adam at its height.", 1e-7, 1)
    width: int = option(16, "Channels of the network at full size; 32 paints finer and takes three times as long.", 4, 128)
    residuals: int = option(3, "Residual blocks of the network.", 0, 16)
    weights: Mapping[str, float] = _names_option(
        f"Weights of the terms against their usual ones: {', '.join(WEIGHTS)}. content: 2 keeps more of the photo; "
        "temporal: 1 keeps strokes still on video, and takes twice as long."
    )
    encoder: str = option(
        "compact5", "Network that measures style: compact5, compact, vgg19 or vgg16, or auto: vgg19 where it is."
    )
    device: str = option("auto", "Where to train: auto, cpu, cuda, cuda:N or mps.")
    seed: int = option(0, "Seed of all random numbers.", 0, 2**63 - 1)
    licence: str = option("", "What the network's card says of the licence of photos and pictures.", usual="not stated")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the styles."""
        return tuple(self.styles)

    @property
    def budget_seconds(self) -> float | None:
        """How long to train; None where steps are counted."""
        if self.steps is not None:
            return None
        return 60 * (self.minutes or MINUTES)


def read_config(path: Path) -> TrainConfig | AutoencoderConfig | TranslationConfig:
    """Read a yml; paths in it are relative to its folder. One with `network: autoencoder` trains an autoencoder.

    Raises:
        FileError: it cannot be read, or is no yml.
        OptionError: a key is unknown or missing, or a value is not what it should be; one line.
    """
    import yaml

    try:
        values = yaml.safe_load(read_text(path))
    except FileNotFoundError:
        raise FileError(
            f"{path}: no such file; photostyle train writes one to begin with where it is given init; see its help"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'it is no text'}); give a yml") from error
    except yaml.YAMLError as error:
        raise FileError(f"{path}: is no yml ({' '.join(str(error).split())[:120]}); mend it") from error
    if not isinstance(values, dict):
        raise FileError(
            f"{path}: must have keys, such as photos: my-photos; photostyle train writes an example where it is given init"
        )
    try:
        if values.get("network") == ARCHITECTURE:
            return autoencoder_config(values, path.parent, path.stem)
        if values.get("network") in TRANSLATIONS:
            return translation_config(values, path.parent, path.stem)
        return config_of(values, path.parent, path.stem)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from None


def config_of(values: Mapping[str, Any], folder: Path = Path(), name: str = "network") -> TrainConfig:
    """A config from plain data.

    Args:
        values: key -> value; None for what is left open.
        folder: that relative paths start from.
        name: of the network, where there is none.

    Raises:
        OptionError: as for `read_config`.
    """
    given = _by_present_names(values)
    for key in REQUIRED:
        if key not in given and not (key == "styles" and "paintings" in given):
            raise OptionError(f"{key} is missing; add the line {_example(key)}")
    _check_together(given)
    if "styles" in given:
        given["styles"] = _styles(given["styles"], folder)
    for key in ("paintings", "add_to"):
        if key in given:
            given[key] = _path(key, given[key], folder)
    given["photos"] = _path("photos", given["photos"], folder)
    given["weights"] = _weights(given.get("weights", {}))
    given["name"] = str(given.get("name", name))
    given["out"] = _path("out", given.get("out", f"{given['name']}.safetensors"), folder)
    if given["out"].suffix.lower() != ".safetensors":
        raise OptionError(f"out must end in .safetensors, got {given['out'].name!r}")
    if "add_to" in given and given["add_to"] == given["out"]:
        raise OptionError(f"add_to and out are both {given['out'].name}; give out another name, so that the training can go on")
    for key in ("minutes", "rate"):
        if isinstance(given.get(key), int) and not isinstance(given[key], bool):
            given[key] = float(given[key])
    return TrainConfig(**given)


def template(kind: Template) -> str:
    """A commented yml to begin with.

    >>> print(template("johnson").splitlines()[0])
    # A network of one style (Johnson et al. 2016). Train it with: photostyle train my.yml
    """
    if kind not in get_args(Template):
        raise OptionError(f"init must be one of {', '.join(get_args(Template))}, got {kind!r}{nearest(kind, get_args(Template))}")
    if kind == ARCHITECTURE:
        return autoencoder_template()
    if kind in TRANSLATIONS:
        return translation_template(kind)
    first, examples, left_out = _TEMPLATES[kind]
    lines = [f"# {first} Train it with: photostyle train my.yml"]
    lines.append("# Paths are relative to this file. What stands behind a # is as it is where the line is left out.")
    for each in fields(TrainConfig):
        if each.name in left_out:
            continue
        text = each.metadata["help"]
        low, high = each.metadata["low"], each.metadata["high"]
        if low is not None and high is not None and high <= 10**9:
            text = f"{text.removesuffix('.')} ({low} to {high})."
        lines += ["", f"# {text}"]
        if each.name in examples:
            lines.append(f"{each.name}: {examples[each.name]}")
        else:
            lines.append(f"# {each.name}: {_shown_default(each)}")
    return "\n".join(lines) + "\n"


# Of each template: what it is for, the lines to be edited, and the keys that are of no use there.
_TEMPLATES: Mapping[str, tuple[str, Mapping[str, str], tuple[str, ...]]] = {
    "johnson": (
        "A network of one style (Johnson et al. 2016).",
        {"styles": "painting.jpg", "photos": "my-photos"},
        ("paintings", "add_to"),
    ),
    "many": (
        "One network of many styles, which can be mixed (Dumoulin et al. 2017).",
        {"styles": f"{{monet: monet.jpg, ink: ink.png, {PHOTO}: {PHOTO}}}", "photos": "my-photos"},
        ("paintings", "add_to"),
    ),
    "any": (
        "A network for any style, which is then given as a picture (Ghiasi et al. 2017).",
        {"paintings": "my-paintings", "photos": "my-photos"},
        ("styles", "add_to"),
    ),
    "add": (
        "More styles for a network that is trained already (Dumoulin et al. 2017).",
        {"styles": "painting.jpg", "add_to": "painters.safetensors", "photos": "my-photos"},
        ("paintings", *OF_THE_NETWORK),
    ),
}


def _check_together(given: Mapping[str, Any]) -> None:
    """Raise an OptionError where keys exclude each other."""
    for one, other in (("minutes", "steps"), ("styles", "paintings"), ("add_to", "paintings")):
        if one in given and other in given:
            raise OptionError(f"{one} and {other} are both given; keep one of them")
    for key in OF_THE_NETWORK:
        if "add_to" in given and key in given:
            raise OptionError(f"{key} is that of the network in add_to; leave it out")


def _shown_default(each: Any) -> str:
    default = each.default
    if each.name == "weights":
        return "{content: 1, style: 1, colour: 1, variation: 1, temporal: 0}"
    if default is MISSING or default is None or default == "" or default == Path():
        return str(each.metadata["usual"])
    return str(default)


def _by_present_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are given, under the keys of today."""
    known = tuple(TrainConfig.fields_by_name())
    given: dict[str, Any] = {}
    for key, value in values.items():
        name = FORMER.get(str(key), str(key))
        if name not in known:
            meant = nearest(key, (*known, *FORMER)) or f"; the keys are {', '.join(known)}"
            raise OptionError(f"there is no key {key!r}{meant}")
        if name in given:
            raise OptionError(f"{name} is given twice, as {key} too; keep one")
        if value is not None:
            given[name] = value
    return given


def _styles(value: Any, folder: Path) -> dict[str, Path]:
    """Name -> picture, from a picture, a list, or names with pictures."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        value = {Path(str(each)).stem: each for each in value}
    if not isinstance(value, dict) or not value:
        raise OptionError(f"styles must be {_PICTURES_OF_STYLE}, got {value!r}")
    styles: dict[str, Path] = {}
    for name, picture in value.items():
        text = str(name)
        if text == PHOTO or str(picture) == PHOTO:
            styles[PHOTO] = Path(PHOTO)
            continue
        if ":" in text or "," in text:
            raise OptionError(f"the name of a style must have no comma and no colon, got {text!r}")
        styles[text] = _path(f"style {text}", picture, folder)
    if set(styles) == {PHOTO}:
        raise OptionError(f"styles must have a picture beside {PHOTO}, the photo as it is; add one")
    return styles


def _weights(value: Any) -> dict[str, float]:
    weights = factors_from(value, WEIGHTS)
    if not value.get("temporal"):  # which is none where it is left out
        del weights["temporal"]
    return weights


def _path(key: str, value: Any, folder: Path) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise OptionError(f"{key} must be a path, got {value!r}")
    return folder / Path(value).expanduser()


def _example(key: str) -> str:
    if key == "styles":
        return "styles: painting.jpg"
    return "photos: my-photos"
