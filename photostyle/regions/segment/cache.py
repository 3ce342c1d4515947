"""Segmentations kept on disk: a photo seen before is not segmented again.

An entry is one safetensors file whose name is a hash of the photo's pixels, the segmenter's weights and its options. It
appears whole or not at all (written beside, then renamed), so any number of processes may share the folder; a broken
entry is written anew. The folder is bounded: the entries used longest ago go first.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photostyle.regions.segment.protocol import Segmentation, Segmenter
from photostyle.whole_file import write_whole

LIMIT_BYTES = 512 << 20
_ABANDONED = 3600.0  # seconds after which a half-written file is taken to be left by a killed process
_FORMAT = "1"
SUFFIX = ".safetensors"


def cache_folder(kind: str = "segmentations") -> Path:
    """`$PHOTOSTYLE_CACHE`, else `$PHOTOSTYLE_HOME/cache`, else the user's cache folder; in it that of a kind of entries."""
    if folder := os.environ.get("PHOTOSTYLE_CACHE"):
        return Path(folder).expanduser() / kind
    if home := os.environ.get("PHOTOSTYLE_HOME"):
        return Path(home).expanduser() / "cache" / kind
    from platformdirs import user_cache_path

    return user_cache_path("photostyle") / kind


class CachedSegmenter:
    """A segmenter that remembers.

    A folder that cannot be written costs time only: the segmentation is made and not kept.

    Args:
        segmenter: asked when the cache does not know; one with `fingerprint` None is asked always.
        folder: where the entries lie; None for `cache_folder()`.
        limit: bytes that the folder may hold.
    """

    def __init__(self, segmenter: Segmenter, folder: Path | None = None, limit: int = LIMIT_BYTES) -> None:
        self.segmenter = segmenter
        self.folder = folder or cache_folder()
        self.limit = limit
        self.name = segmenter.name
        self.fingerprint = segmenter.fingerprint

    @property
    def options(self) -> dict[str, object]:
        return self.segmenter.options

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; none where the segmenter tells them only with its answer."""
        classes: tuple[str, ...] = getattr(self.segmenter, "classes", ())
        return classes

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        if self.fingerprint is None:
            return self.segmenter(pixels)
        entry = self.folder / (entry_name(self.segmenter, pixels) + SUFFIX)
        known = _read(entry)
        if known is None:
            known = self.segmenter(pixels)
            self._keep(entry, known)
        return known

    def probabilities(self, pixels: np.ndarray) -> Tensor:
        """(K, h, w) float32 that sum to 1 over K."""
        return self(pixels).probabilities

    def _keep(self, entry: Path, segmentation: Segmentation) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(entry, segmentation)
            prune(self.folder, self.limit)
        except OSError:  # a full or read-only disk must not stop the run
            pass


def entry_name(segmenter: Segmenter, pixels: np.ndarray) -> str:
    """64 hexadecimal digits for this photo under this segmenter."""
    facts = [_FORMAT, segmenter.name, segmenter.fingerprint, segmenter.options, list(pixels.shape), str(pixels.dtype)]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def clear_cache(folder: Path | None = None) -> int:
    """Remove all entries; returns how many there were."""
    entries = list((folder or cache_folder()).glob(f"*{SUFFIX}"))
    for entry in entries:
        entry.unlink(missing_ok=True)
    return len(entries)


def _read(entry: Path) -> Segmentation | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(entry, framework="pt") as file:
            classes = tuple(json.loads(file.metadata()["classes"]))
            probabilities = file.get_tensor("probabilities").float()
            embedding = file.get_tensor("embedding").float() if "embedding" in file.keys() else None  # noqa: SIM118 (no dict)
        with suppress(OSError):  # of another user
            os.utime(entry)  # used just now
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None
    fits = probabilities.ndim == 3 and len(probabilities) == len(classes)
    if not fits or not torch.isfinite(probabilities).all():
        return None
    if embedding is not None and (embedding.ndim != 3 or not torch.isfinite(embedding).all()):
        return None
    return Segmentation(classes, probabilities, embedding)


def _write(entry: Path, segmentation: Segmentation) -> None:
    from safetensors.torch import save

    tensors = {"probabilities": _smallest(segmentation.probabilities)}
    if segmentation.embedding is not None:
        tensors["embedding"] = _smallest(segmentation.embedding)
    data = save(tensors, metadata={"classes": json.dumps(segmentation.classes)})
    write_whole(entry, data, prefix="part-")


def _smallest(tensor: Tensor) -> Tensor:
    """The tensor in half precision if that keeps it exactly."""
    half = tensor.half()
    if torch.equal(half.float(), tensor):
        return half.contiguous()
    return tensor.contiguous()


def prune(folder: Path, limit: int) -> None:
    """Remove what killed writers have left, then the entries used longest ago until the rest fits the limit."""
    for part in folder.glob("part-*"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED:
                part.unlink()
    entries = []
    total = 0
    for entry in folder.glob(f"*{SUFFIX}"):
        try:
            facts = entry.stat()
        except FileNotFoundError:  # another process was faster
            continue
        entries.append((facts.st_mtime_ns, facts.st_size, entry))
        total += facts.st_size
    for _, size, entry in sorted(entries):
        if total <= limit:
            break
        entry.unlink(missing_ok=True)
        total -= size


def file_fingerprint(path: Path) -> str:
    """The first 16 hex digits of a file's SHA-256; hashed again only when its size or time changed."""
    facts = path.stat()
    return _fingerprint(str(path), facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=16)
def _fingerprint(path: str, size: int, time: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
