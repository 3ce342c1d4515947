"""What the training of a network that paints is told: styles or paintings, photos, and the weights of the loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from photostyle.errors import OptionError
from photostyle.models.trained import PHOTO
from photostyle.option_fields import option
from photostyle.training.course import (
    AUTO_START,
    NO_START,
    CourseConfig,
    config_from,
    factors_from,
    path_from,
    shown,
    start_from,
    template_of,
)

PaintingTemplate = Literal["johnson", "many", "any", "add"]
PAINTING_TEMPLATES: tuple[PaintingTemplate, ...] = get_args(PaintingTemplate)
WEIGHTS = {"content": 1.0, "style": 1.0, "colour": 1.0, "variation": 1.0, "shift": 1.0, "temporal": 0.0}
# Keys of the TensorFlow project that such files come from, and what they are called here.
FORMER = {"styleimage": "styles", "style_image": "styles", "naming": "name"}
OF_THE_NETWORK = ("width", "residuals", "start")  # keys that a network which is added to has decided
USUAL_START = "painters"  # of auto
EXAMPLES = {"styles": "painting.jpg", "photos": "my-photos"}
_PICTURES_OF_STYLE = "a picture, or a list of pictures, or names with pictures"


def _names_option(help: str, usual: str = "") -> Any:
    """An option of names with values; none where it is left out."""
    return field(default_factory=dict, metadata={"help": help, "low": None, "high": None, "usual": usual, "group": "Method"})


@dataclass(frozen=True)
class PaintingConfig(CourseConfig):
    """All that the training of a network that paints can be told."""

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
    size: int = option(128, "Side in pixels of the pieces of photos that it trains on; 256 takes four times as long.", 32, 1024)
    style_size: int = option(512, "Long side in pixels of the style pictures; strokes come out as large as there.", 32, 4096)
    batch: int = option(2, "Photos in a step.", 1, 256)
    rate: float = option(0.002, "Learning rate of Adam at its height.", 1e-7, 1)
    width: int = option(16, "Channels of the network at full size; 32 paints finer and takes three times as long.", 4, 128)
    residuals: int = option(3, "Residual blocks of the network.", 0, 16)
    weights: Mapping[str, float] = _names_option(
        f"Weights of the terms against their usual ones: {', '.join(WEIGHTS)}. content: 2 keeps more of the photo; "
        "temporal: 1 keeps strokes still on video, and takes twice as long; shift: 0 saves a third of the time, and "
        "leaves a weave on plain areas.",
        usual=shown(WEIGHTS),
    )
    encoder: str = option(
        "compact5", "Network that measures style: compact5, compact, vgg19 or vgg16, or auto: vgg19 where it is."
    )
    start: str = option(
        AUTO_START,
        f"The network whose weights it begins with, by its file or name; auto: {USUAL_START}, which ships, where width and "
        f"residuals are as there; {NO_START}: random weights, which take some three times as long, for work that is paid: "
        f"{USUAL_START} is not for commercial use.",
    )
    licence: str = option("", "What the network's card says of the licence of photos and pictures.", usual="not stated")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the styles."""
        return tuple(self.styles)


# Of each template: what it is for, the lines to be edited, and the keys that are of no use there.
TEMPLATES: Mapping[PaintingTemplate, tuple[str, Mapping[str, str], tuple[str, ...]]] = {
    "johnson": ("A network of one style (Johnson et al. 2016).", EXAMPLES, ("paintings", "add_to")),
    "many": (
        "One network of many styles, which can be mixed (Dumoulin et al. 2017).",
        EXAMPLES | {"styles": f"{{monet: monet.jpg, ink: ink.png, {PHOTO}: {PHOTO}}}"},
        ("paintings", "add_to"),
    ),
    "any": (
        "A network for any style, which is then given as a picture (Ghiasi et al. 2017).",
        {"paintings": "my-paintings", "photos": "my-photos"},
        ("styles", "add_to"),
    ),
    "add": (
        "More styles for a network that is trained already (Dumoulin et al. 2017).",
        EXAMPLES | {"add_to": "painters.safetensors"},
        ("paintings", *OF_THE_NETWORK),
    ),
}


def painting_config(values: Mapping[str, Any], folder: Path = Path(), name: str = "network") -> PaintingConfig:
    """A config from plain data; args and errors as for `config_from`.

    >>> painting_config({"styles": ["a/wave.jpg", "ink.png"], "photos": "p"}).names
    ('wave', 'ink')
    """
    given = _by_present_names(values)
    _check_together(given)
    if "styles" in given:
        given["styles"] = _styles(given["styles"], folder)
    if isinstance(given.get("start"), str):
        given["start"] = start_from(given["start"], folder)
    given["weights"] = factors_from(given.get("weights", {}), WEIGHTS, ("shift", "temporal"))
    needed = {key: example for key, example in EXAMPLES.items() if key == "photos" or "paintings" not in given}
    config = config_from(PaintingConfig, given, folder, name, needed)
    if config.add_to == config.out:
        raise OptionError(f"add_to and out are both {config.out.name}; give out another name, so that the training can go on")
    return config


def painting_template(kind: PaintingTemplate) -> str:
    """A commented yml to begin with.

    >>> print(painting_template("johnson").splitlines()[0])
    # A network of one style (Johnson et al. 2016). Train it with: photostyle train my.yml
    """
    return template_of(PaintingConfig, *TEMPLATES[kind])


def _by_present_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are given, under the keys of today."""
    given: dict[str, Any] = {}
    for key, value in values.items():
        name = FORMER.get(str(key), str(key))
        if name in given:
            raise OptionError(f"{name} is given twice, as {key} too; keep one")
        if value is not None:
            given[name] = value
    return given


def _check_together(given: Mapping[str, Any]) -> None:
    """Raise an OptionError where keys exclude each other."""
    for one, other in (("styles", "paintings"), ("add_to", "paintings")):
        if one in given and other in given:
            raise OptionError(f"{one} and {other} are both given; keep one of them")
    for key in OF_THE_NETWORK:
        if "add_to" in given and key in given:
            raise OptionError(f"{key} is that of the network in add_to; leave it out")


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
        styles[text] = path_from(f"style {text}", picture, folder)
    if set(styles) == {PHOTO}:
        raise OptionError(f"styles must have a picture beside {PHOTO}, the photo as it is; add one")
    return styles
