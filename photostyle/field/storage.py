"""A solved field in a file: all that rendering needs, so that it can be done again without solving.

A safetensors file: `table` (R, D, rows, cols, 3, 4) float32, and `masks`, the regions' soft masks (R, H, W) at their kept
size as 8-bit codes behind zlib; the rest is JSON in its metadata.
"""

import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import OptionError
from photostyle.field.bilateral import BilateralField
from photostyle.whole_file import write_whole

KIND, VERSION = "photostyle field", 2
MOST_MASK = 1 << 32  # bytes; a file that claims more is no field of ours


@dataclass(frozen=True)
class Facts:
    """What a stored field says of its making.

    Args:
        colours: one swatch a region, 0..255.
        pairs: the fields of each `Pair`, in the order of the regions.
        style, encoder: names of the style's file and of the encoder.
        size: (width, height) of the photo that it was solved for.
        hard: whether the masks are used exactly as they are.
    """

    colours: tuple[tuple[int, int, int], ...]
    pairs: tuple[dict, ...]
    style: str
    encoder: str
    size: tuple[int, int]
    hard: bool = False


@dataclass(frozen=True)
class StoredField:
    """A field, the masks (R, H, W) that it is rendered with, and the facts of its making."""

    field: BilateralField
    masks: Tensor
    facts: Facts


def save_field(stored: StoredField, path: Path | str) -> None:
    """Write a field; an older file stays whole until the new one is complete.

    Raises:
        OptionError: the file cannot be written.
    """
    from safetensors.torch import save

    codes = (stored.masks.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    packed = np.frombuffer(zlib.compress(codes.tobytes(), 6), np.uint8).copy()
    facts = {"names": stored.field.names, "masks": codes.shape, **asdict(stored.facts)}
    tensors = {"table": stored.field.table.detach().float().cpu().contiguous(), "masks": torch.from_numpy(packed)}
    try:
        write_whole(Path(path), save(tensors, {"kind": KIND, "version": str(VERSION), "facts": json.dumps(facts)}))
    except OSError as error:
        raise OptionError(f"{path}: the field cannot be written ({error.strerror or error}); choose another place") from error


def load_field(path: Path | str) -> StoredField:
    """Read a field that `save_field` wrote.

    Raises:
        OptionError: there is no such file, it is no field, or it is of a newer version.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise OptionError(f"{path}: no such field file; photostyle run --save-field makes one")
    try:
        with safe_open(path, "pt") as file:
            said = file.metadata() or {}
            if said.get("kind") != KIND:
                raise ValueError(f"its kind is {said.get('kind')!r}")
            if int(said["version"]) > VERSION:
                raise OptionError(f"{path}: is a field of version {said['version']}, newer than {VERSION}; update photostyle")
            if int(said["version"]) < VERSION:  # the first was sliced by plain luminance
                raise OptionError(f"{path}: is a field of an older photostyle; make it again with photostyle run --save-field")
            return _unpacked(json.loads(said["facts"]), file.get_tensor("table"), file.get_tensor("masks"))
    except (SafetensorError, ValueError, KeyError, TypeError, OSError, zlib.error) as error:
        raise OptionError(f"{path}: is no field of photostyle ({error}); make it with photostyle run --save-field") from error


def _unpacked(facts: dict, table: Tensor, packed: Tensor) -> StoredField:
    names, shape = tuple(facts.pop("names")), tuple(int(side) for side in facts.pop("masks"))
    if table.ndim != 6 or table.shape[4:] != (3, 4) or not len(names) == len(table) == shape[0] == len(facts["pairs"]):
        raise ValueError("its parts do not agree")
    count = int(np.prod(shape, dtype=object))
    if len(shape) != 3 or not 0 < count <= MOST_MASK or packed.dtype != torch.uint8 or not table.isfinite().all():
        raise ValueError("its masks or its table are broken")
    codes = np.frombuffer(zlib.decompressobj().decompress(packed.numpy().tobytes(), count), np.uint8)
    masks = torch.from_numpy(codes.reshape(shape).astype(np.float32))
    total = masks.sum(0, keepdim=True)
    if not total.gt(0).all():
        raise ValueError("its masks leave pixels in no region")
    facts |= {"colours": tuple(map(tuple, facts["colours"])), "pairs": tuple(facts["pairs"]), "size": tuple(facts["size"])}
    return StoredField(BilateralField(table, names), masks / total, Facts(**facts))
