"""What the training of an autoencoder is told: a yml with `network: autoencoder`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from photostyle.errors import OptionError
from photostyle.option_fields import CheckedOptions, option
from photostyle.registry import nearest

ARCHITECTURE = "autoencoder"
MINUTES = 50.0  # where neither minutes nor steps are given
HEAD = (
    "# A network that gives a photo back, and puts the style of one photo into another on the way. Train it with: "
    "photostyle train my.yml",
    "# Paths are relative to this file. What stands behind a # is as it is where the line is left out.",
)
EXAMPLES = {"network": ARCHITECTURE, "photos": "my-photos"}


@dataclass(frozen=True)
class AutoencoderConfig(CheckedOptions):
    """All that the training of an autoencoder can be told. It needs no style: each photo is the style of another."""

    network: Literal["autoencoder"] = option("autoencoder", "What is trained.")
    photos: Path = option(Path(), "A folder of photos; 500 are enough, more are better. They are not copied.")
    name: str = option("", "What the network is called.", usual="the name of the yml")
    out: Path = option(Path(), "The network's file.", usual="NAME.safetensors beside the yml")
    minutes: float | None = option(None, "How long to train, over all runs; or steps.", 0.01, 100_000, usual="50")
    steps: int | None = option(
        None, "How many steps to train, in place of minutes.", 1, 10_000_000, usual="as many as the minutes bring"
    )
    size: int = option(192, "Side in pixels of the pieces of photos that it trains on.", 32, 1024)
    batch: int = option(2, "Pairs of photos in a step.", 1, 256)
    rate: float = option(0.002, "Learning rate of Adam at its height.", 1e-7, 1)
    bands: int = option(4, "Bands of detail that colours are split into, each half as fine as the last.", 1, 8)
    places: int = option(4, "Channels of features at each scale.", 1, 64)
    scales: int = option(4, "Scales of features, each half as fine as the last.", 1, 8)
    width: int = option(16, "Channels inside the network.", 4, 128)
    encoder: str = option("compact5", "Network that measures style: compact5, compact, vgg19 or vgg16.")
    device: Literal["cpu"] = option("cpu", "Where to train; a step sorts samples, which is not for graphics cards yet.")
    seed: int = option(0, "Seed of all random numbers.", 0, 2**63 - 1)
    licence: str = option("", "What the network's card says of the licence of photos.", usual="not stated")

    @property
    def budget_seconds(self) -> float | None:
        """How long to train; None where steps are counted."""
        if self.steps is not None:
            return None
        return 60 * (self.minutes or MINUTES)


def autoencoder_config(values: Mapping[str, Any], folder: Path = Path(), name: str = "autoencoder") -> AutoencoderConfig:
    """A config from plain data.

    Args:
        values: key -> value; None for what is left open.
        folder: that relative paths start from.
        name: of the network, where there is none.

    Raises:
        OptionError: a key is unknown or missing, or a value is not what it should be; one line.
    """
    known = tuple(AutoencoderConfig.fields_by_name())
    for key in values:
        if key not in known:
            meant = nearest(key, known) or f"; the keys are {', '.join(known)}"
            raise OptionError(f"there is no key {key!r}{meant}")
    given = {str(key): value for key, value in values.items() if value is not None}
    if "photos" not in given:
        raise OptionError("photos is missing; add the line photos: my-photos")
    given["name"] = str(given.get("name", name))
    for key, value in (("photos", given["photos"]), ("out", given.get("out", f"{given['name']}.safetensors"))):
        if not isinstance(value, str | Path) or not str(value):
            raise OptionError(f"{key} must be a path, got {value!r}")
        given[key] = folder / Path(value).expanduser()
    if given["out"].suffix.lower() != ".safetensors":
        raise OptionError(f"out must end in .safetensors, got {given['out'].name!r}")
    if "minutes" in given and "steps" in given:
        raise OptionError("minutes and steps are both given; keep one of them")
    for key in ("minutes", "rate"):
        if isinstance(given.get(key), int) and not isinstance(given[key], bool):
            given[key] = float(given[key])
    return AutoencoderConfig(**given)


def autoencoder_template() -> str:
    """A commented yml to begin with.

    >>> autoencoder_template().splitlines()[3:5]
    ['# What is trained.', 'network: autoencoder']
    """
    lines = list(HEAD)
    for each in fields(AutoencoderConfig):
        text, low, high = (each.metadata[name] for name in ("help", "low", "high"))
        if low is not None and high <= 10**9:
            text = f"{text.removesuffix('.')} ({low} to {high})."
        usual = each.metadata["usual"] or each.default
        line = f"{each.name}: {EXAMPLES[each.name]}" if each.name in EXAMPLES else f"# {each.name}: {usual}"
        lines += ["", f"# {text}", line]
    return "\n".join(lines) + "\n"
