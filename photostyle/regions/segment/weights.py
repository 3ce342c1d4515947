"""Weights of segmenters: read safetensors safely, and a fingerprint of a file for caches."""

import hashlib
from functools import lru_cache
from pathlib import Path

from torch import Tensor

from photostyle.errors import ModelError


def read_weights(path: Path, *, advice: str) -> dict[str, Tensor]:
    """The tensors of a safetensors file.

    Args:
        path: the file.
        advice: what to do when it is missing or broken; ends the error's text.

    Raises:
        ModelError: when it is missing or no safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise ModelError(f"no weights at {path}; {advice}")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is no readable safetensors file ({error}); {advice}") from error


def file_fingerprint(path: Path) -> str:
    """The first 16 hex digits of a file's SHA-256; hashed again only when its size or time changed."""
    facts = path.stat()
    return _fingerprint(str(path), facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=16)
def _fingerprint(path: str, size: int, time: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
