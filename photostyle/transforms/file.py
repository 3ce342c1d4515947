"""The one file format of all transforms: tensors and facts, with a version and what kind of transform it is.

A safetensors file. Its metadata has one entry, "photostyle": JSON with "kind": "transform", "version", "transform" (the kind of
transform, such as "field"), "provenance" and the facts of that kind. Masks are kept as 8-bit codes behind zlib.
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
from photostyle.whole_file import write_whole

KEY = "photostyle"  # one entry of the metadata, since safetensors keeps no order of several
KIND = "transform"
VERSION = 3  # 1 and 2 were the fields of photostyle 0.1
SUFFIX = ".safetensors"
_MOST_MASK_BYTES = 1 << 32  # a file that claims more is none of ours
BROKEN = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, OSError)  # what reading it may raise
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
    from safetensors.torch import save

    facts = {"kind": KIND, "version": VERSION, "transform": content.transform, **content.facts}
    try:
        write_whole(Path(path), save(dict(content.tensors), {KEY: json.dumps(facts)}))
    except OSError as error:
        reason = error.strerror or error
        raise FileError(f"{path}: the transform cannot be written ({reason}); choose another place") from error


def read_transform(path: Path | str) -> TransformFile:
    """Read what `write_transform` wrote, or the field of a photostyle before 0.2.

    Raises:
        FileError: there is no such file, it is no transform, or it is of a newer version.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileError(f"{path}: no such file of a transform; save one from a run first")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            facts = _facts(metadata)
            version = int(facts["version"])
            tensors = {}
            if version <= VERSION:
                for name in file.keys():  # noqa: SIM118 (no mapping)
                    tensors[name] = file.get_tensor(name)
    except (SafetensorError, *BROKEN) as error:
        raise broken(path, error) from error
    if version > VERSION:
        raise FileError(f"{path}: is a transform of version {version}, newer than {VERSION}; update photostyle")
    if version == 1:
        raise FileError(f"{path}: is a field of a photostyle before 0.1.0, which is not read any more; make it again")
    return TransformFile(str(facts["transform"]), tensors, facts)


def broken(path: Path | str, error: Exception) -> FileError:
    """The error for a file that is no transform."""
    reason = " ".join(str(error).split())[:160]
    return FileError(f"{path}: is no transform of photostyle ({reason}); save one from a run")


def _facts(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The facts in a file's metadata, those of an older field put into the present form."""
    if metadata.get("kind") == _FIELD_OF_0_1:
        facts = json.loads(metadata["facts"])
        provenance = {name: facts[name] for name in ("pairs", "style", "encoder", "size")}
        provenance |= {"method": "field", "hard_masks": facts.get("hard", False)}
        regions = {"names": facts["names"], "colours": facts["colours"], "masks": facts["masks"]}
        return {"version": metadata["version"], "transform": "field", "regions": regions, "provenance": provenance}
    facts = json.loads(metadata.get(KEY, "{}"))
    if facts.get("kind") != KIND:
        raise ValueError(f"its kind is {facts.get('kind')!r}")
    return dict(facts)


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
