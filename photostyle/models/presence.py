"""How a model stands on this machine: there and whole, there and damaged, or not there; and what to do about it."""

from dataclasses import dataclass
from pathlib import Path

from photostyle.models.files import locate
from photostyle.models.known import model_file
from photostyle.models.record import ModelFile
from photostyle.models.verifying import fault_of

_QUICKLY_HASHED = 50_000_000  # bytes; of larger files the size is compared, until `verify` is asked for


@dataclass(frozen=True)
class Standing:
    """What is known of a model's file without loading it.

    Args:
        model: the record.
        path: of the file; None where there is none.
        fault: what is wrong with it, for a line that begins with its path; None where nothing is known to be.
        advice: what to do where it is not usable; "" where it is.
    """

    model: ModelFile
    path: Path | None
    fault: str | None
    advice: str

    @property
    def is_usable(self) -> bool:
        """Whether it is there, and nothing is known to be wrong with it."""
        return self.path is not None and self.fault is None


def standing(name: str) -> Standing:
    """How the model of a name stands.

    Raises:
        ModelError: if photostyle knows no model of that name.
    """
    model = model_file(name)
    path = locate(name)
    if path is None:
        return Standing(model, None, None, _how_to_get(model))
    fault = _quick_fault(path, model)
    if fault is None:
        return Standing(model, path, None, "")
    if model.shipped:
        return Standing(model, path, fault, "install photostyle again")
    return Standing(model, path, fault, f"delete it and run: photostyle models pull {model.name}")


def _how_to_get(model: ModelFile) -> str:
    if model.url is None:
        return "install photostyle again"
    return f"photostyle models pull {model.name}"


def _quick_fault(path: Path, model: ModelFile) -> str | None:
    if model.sha256 is None or model.size <= _QUICKLY_HASHED:
        return fault_of(path, model)
    size = path.stat().st_size
    if size != model.size:
        return f"should have {model.size} bytes, has {size}"
    return None
