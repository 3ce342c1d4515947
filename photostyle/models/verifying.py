"""Whether a file of weights is whole and the one that was published."""

import hashlib
import os
from pathlib import Path

from photostyle.errors import ModelError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.models.files import find
from photostyle.models.known import model_file
from photostyle.models.record import ModelFile

BLOCK = 1 << 20  # bytes read at a time


def verify(name: str, path: str | os.PathLike[str] | None = None, progress: ProgressCallback = ignore) -> Path:
    """Check the file of a model and return where it lies.

    The file must have the SHA-256 that is recorded; where none is, it must be a whole safetensors file.

    Args:
        name: of the model.
        path: a file in place of the one kept.
        progress: called with bytes done and in all, stage "verify".

    Raises:
        ModelError: if the file is missing, or is another one.
    """
    model = model_file(name)
    found = find(name, path)
    fault = fault_of(found, model, progress)
    if fault is None:
        return found
    if model.shipped:
        raise ModelError(f"{found} {fault}; install photostyle again")
    raise ModelError(f"{found} {fault}; delete it and run: photostyle models pull {name}")


def fault_of(path: Path, model: ModelFile, progress: ProgressCallback = ignore) -> str | None:
    """What is wrong with a file as the weights of a model, for a message that begins with its name; None if nothing is."""
    if model.sha256 is None:
        return None if is_safetensors(path) else "should be a safetensors file, got another"
    actual = digest(path, progress)
    if actual.startswith(model.sha256):
        return None
    return f"should have SHA-256 {model.sha256[:16]}..., got {actual[:16]}..."


def digest(path: Path, progress: ProgressCallback = ignore) -> str:
    """SHA-256 of a file, in hexadecimal."""
    total = path.stat().st_size
    done = 0
    sha = hashlib.sha256()
    with open(path, "rb") as handle:
        while block := handle.read(BLOCK):
            sha.update(block)
            done += len(block)
            progress(Progress("verify", done, total))
    return sha.hexdigest()


def is_safetensors(path: Path) -> bool:
    """Whether a file is a whole safetensors file with a tensor in it."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return bool(list(file.keys()))
    except (SafetensorError, OSError):
        return False
