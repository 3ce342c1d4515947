"""The one file format of all transforms: tensors and facts, with a version and what kind of transform it is.

A file of tensors (`tensor_file`) of the kind "transform". Its facts are "transform" (the kind of transform, such as "field"),
"provenance" and what that kind adds. Masks are kept as 8-bit codes behind zlib.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import FileError
from photostyle.tensor_file import BROKEN, Facts, FileKind

VERSION = 3  # 1 and 2 were the fields of photostyle 0.1
SUFFIX = ".safetensors"
_MOST_MASK_BYTES = 1 << 32  # a file that claims more is none of ours
_FIELD_OF_0_1 = "photostyle field"


@dataclass(frozen=True)
class TransformFile:
    """What a file holds.

    Args:
        transform: the kind of transform.
        tensors: by name.
        facts: plain data, among them "provenance".
    """

    transform: str
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_transform(path: Path | str, content: TransformFile) -> None:
    """Write a file; an older one stays whole until the new one is complete.

    Raises:
        FileError: the file cannot be written.
    """
    _FILES.write(path, content.tensors, {"transform": content.transform, **content.facts})


def read_transform(path: Path | str) -> TransformFile:
    """Read what `write_transform` wrote, or the field of a photostyle before 0.2.

    Raises:
        FileError: there is no such file, it is no transform, or it is of a newer version.
    """
    facts, tensors = _FILES.read(path)
    if int(facts["version"]) == 1:
        raise FileError(f"{path}: is a field of a photostyle before 0.1.0, which is not read any more; make it again")
    try:
        return TransformFile(str(facts["transform"]), tensors, facts)
    except BROKEN as error:
        raise broken(path, error) from error


def broken(path: Path | str, error: Exception) -> FileError:
    """The error for a file that is no transform."""
    return _FILES.broken(path, error)


def _facts_of_0_1(metadata: Mapping[str, str]) -> Facts | None:
    """The facts of a field of photostyle 0.1, put into the present form; None for a file of another kind."""
    if metadata.get("kind") != _FIELD_OF_0_1:
        return None
    facts = json.loads(metadata["facts"])
    provenance = {name: facts[name] for name in ("pairs", "style", "encoder", "size")}
    provenance |= {"method": "field", "hard_masks": facts.get("hard", False)}
    regions = {"names": facts["names"], "colours": facts["colours"], "masks": facts["masks"]}
    return {"version": metadata["version"], "transform": "field", "regions": regions, "provenance": provenance}


_FILES = FileKind("transform", VERSION, "save one from a run", _facts_of_0_1)


def packed_masks(masks: Tensor) -> Tensor:
    """(R, H, W) soft masks as 8-bit codes behind zlib, in one row of bytes."""
    codes = (masks.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    return torch.from_numpy(np.frombuffer(zlib.compress(codes.tobytes(), 6), np.uint8).copy())


def unpacked_masks(packed: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The inverse of `packed_masks`, a partition of unity again.

    Raises:
        ValueError: the bytes are no masks of that shape (R, H, W), or leave pixels in no region.
    """
    count = int(np.prod(shape, dtype=object))
    if len(shape) != 3 or not 0 < count <= _MOST_MASK_BYTES or packed.dtype != torch.uint8:
        raise ValueError("its masks are broken")
    try:
        data = zlib.decompressobj().decompress(packed.numpy().tobytes(), count)
    except zlib.error as error:
        raise ValueError(f"its masks are broken: {error}") from error
    masks = torch.from_numpy(np.frombuffer(data, np.uint8).reshape(shape).astype(np.float32))
    total = masks.sum(0, keepdim=True)
    if not bool(total.gt(0).all()):
        raise ValueError("its masks leave pixels in no region")
    return masks / total
