"""Provenance and regions as the plain data and tensors of a file, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.prepared import Identity
from photostyle.regions import Pair, Regions
from photostyle.transforms.base import Provenance
from photostyle.transforms.file import TransformFile, packed_masks, unpacked_masks


def stored_regions(regions: Regions, provenance: Provenance) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """(tensors, facts) of a transform's regions and of its making."""
    facts = {
        "regions": {"names": regions.names, "colours": regions.colours, "masks": tuple(regions.masks.shape)},
        "provenance": stored_provenance(provenance),
    }
    tensors = {"masks": packed_masks(regions.masks)}
    if provenance.identity is not None:
        tensors["thumbnail"] = torch.from_numpy(provenance.identity.thumbnail.copy())
    return tensors, facts


def stored_provenance(provenance: Provenance) -> dict[str, Any]:
    """Provenance as plain data; of the identity only its digest."""
    identity = provenance.identity
    return {
        "method": provenance.method,
        "pairs": [asdict(pair) for pair in provenance.pairs],
        "style": provenance.style,
        "encoder": provenance.encoder,
        "size": provenance.size,
        "content": provenance.content,
        "digest": None if identity is None else identity.digest,
        "hard_masks": provenance.hard_masks,
    }


def restored_regions(file: TransformFile) -> Regions:
    """The regions of a file.

    Raises:
        ValueError, KeyError, TypeError: its parts are missing or broken.
    """
    facts = file.facts["regions"]
    shape = tuple(int(side) for side in facts["masks"])
    names = tuple(str(name) for name in facts["names"])
    if len(names) != shape[0]:
        raise ValueError("its parts do not agree")
    colours = tuple((int(red), int(green), int(blue)) for red, green, blue in facts["colours"])
    return Regions(names, unpacked_masks(file.tensors["masks"], shape), colours)


def restored_provenance(file: TransformFile) -> Provenance:
    """How the transform of a file was found.

    Raises:
        ValueError, KeyError, TypeError: its parts are missing or broken.
    """
    facts: Mapping[str, Any] = file.facts["provenance"]
    width, height = (int(side) for side in facts["size"])
    return Provenance(
        method=str(facts["method"]),
        pairs=tuple(Pair(**pair) for pair in facts["pairs"]),
        style=str(facts["style"]),
        encoder=str(facts["encoder"]),
        size=(width, height),
        content=str(facts.get("content", "")),
        identity=_restored_identity(facts.get("digest"), file.tensors.get("thumbnail")),
        hard_masks=bool(facts["hard_masks"]),
    )


def _restored_identity(digest: str | None, thumbnail: Tensor | None) -> Identity | None:
    if digest is None or thumbnail is None:
        return None
    if thumbnail.dtype != torch.uint8 or thumbnail.ndim != 3:
        raise ValueError("the thumbnail of its photo is broken")
    return Identity(str(digest), np.ascontiguousarray(thumbnail.numpy()))
