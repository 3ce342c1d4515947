"""The options of a transfer: each with its range and its one-line doc; the command line reads both from here."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from photostyle.errors import OptionError

Solver = Literal["field", "pixel"]
Precision = Literal["auto", "float32", "bfloat16"]


def _option(default: Any, doc: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


@dataclass(frozen=True)
class Options:
    """What a transfer can be told. Every value is checked when the options are made.

    Raises:
        OptionError: for a value outside its range or choices.
    """

    strength: float = _option(1.0, "How much of the look to give; 0 returns the photo itself, 1 the solved look.", 0, 1.5)
    encoder: str = _option("auto", "Network that measures style: auto, compact, vgg19 or vgg16; auto is the best one present.")
    weights: Path | None = _option(None, "A file of weights for the encoder, in place of the one kept.")
    solver: Solver = _option("field", "field fits affine transforms in seconds; pixel is the paper's own, in minutes to hours.")
    size: int | None = _option(
        None, "Long side in pixels to solve at (field 320, pixel 700); the output keeps the photo's size.", 64, 4096
    )
    steps: int | None = _option(None, "Steps of the solver, in each of its stages (field 90, pixel 1000).", 1, 100_000)
    device: str = _option("auto", "auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU where there is one, else the CPU.")
    precision: Precision = _option("auto", "Of the encoder; auto is bfloat16 for the field solver on a GPU that computes in it, else float32.")
    seed: int = _option(0, "Of the random colour directions and of the pixel solver's noise.", 0, 2**63 - 1)
    segmenter: str = _option("auto", "Finds regions where no masks are given: auto, scene, ade20k-b0..b5, none, module:function.")
    pairs: Mapping[str, str] | None = _option(None, "Content regions and the style regions that they take from.")
    ignore: tuple[str, ...] = _option((), "Regions that take no part in the statistics and keep the global look.")
    protect: tuple[str, ...] = _option((), "Regions that keep their own colours.")
    feather: float | None = _option(
        None, "Softness of region borders, in pixels of the photo, beside the photo's own edges.", 0, 1000
    )
    hard_masks: bool = _option(False, "Use masks given by hand exactly as they are, with no refinement of their edges.")
    cache: bool = _option(True, "Keep segmentations in the user's cache, to be used again.")

    def __post_init__(self):
        for option in fields(self):
            _check(option, getattr(self, option.name))

    @classmethod
    def of(cls, name: str) -> Field:
        """The field of an option: its default, and `metadata` with its doc, low and high."""
        return cls.__dataclass_fields__[name]


_CHOICES = {"solver": Solver, "precision": Precision}


def _check(option: Field, value: Any) -> None:
    low, high = option.metadata["low"], option.metadata["high"]
    if option.name in _CHOICES:
        choices = get_args(_CHOICES[option.name])
        if value not in choices:
            raise OptionError(f"{option.name} must be one of {', '.join(choices)}, got {value!r}")
    elif low is not None and value is not None:
        whole = option.name in ("size", "steps", "seed")
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise OptionError(f"{option.name} must be {kind} from {low} to {high}, got {value!r}")
