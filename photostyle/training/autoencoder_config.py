"""What the training of an autoencoder is told: a yml with `network: autoencoder`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from photostyle.option_fields import option
from photostyle.training.course import CourseConfig, config_from, template_of

ARCHITECTURE = "autoencoder"
FIRST = "A network that gives a photo back, and puts the style of one photo into another on the way."
EXAMPLES = {"network": ARCHITECTURE, "photos": "my-photos"}


@dataclass(frozen=True)
class AutoencoderConfig(CourseConfig):
    """All that the training of an autoencoder can be told. It needs no style: each photo is the style of another."""

    network: Literal["autoencoder"] = option("autoencoder", "What is trained.")
    photos: Path = option(Path(), "A folder of photos; 500 are enough, more are better. They are not copied.")
    size: int = option(96, "Side in pixels of the pieces of photos that it trains on.", 32, 1024)
    batch: int = option(2, "Pairs of photos in a step.", 1, 256)
    rate: float = option(0.002, "Learning rate of Adam at its height.", 1e-7, 1)
    bands: int = option(4, "Bands of detail that colours are split into, each half as fine as the last.", 1, 8)
    places: int = option(4, "Channels of features at each scale.", 1, 64)
    scales: int = option(4, "Scales of features, each half as fine as the last.", 1, 8)
    width: int = option(16, "Channels inside the network.", 4, 128)
    encoder: str = option("compact5", "Network that measures style: compact5, compact, vgg19 or vgg16.")
    device: Literal["cpu"] = option("cpu", "Where to train; a step sorts samples, which is not for graphics cards yet.")
    licence: str = option("", "What the network's card says of the licence of photos.", usual="not stated")


def autoencoder_config(values: Mapping[str, Any], folder: Path = Path(), name: str = "autoencoder") -> AutoencoderConfig:
    """A config from plain data; args and errors as for `config_from`."""
    return config_from(AutoencoderConfig, values, folder, name, {"photos": EXAMPLES["photos"]})


def autoencoder_template() -> str:
    """A commented yml to begin with.

    >>> autoencoder_template().splitlines()[3:5]
    ['# What is trained.', 'network: autoencoder']
    """
    return template_of(AutoencoderConfig, FIRST, EXAMPLES)
