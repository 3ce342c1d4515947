"""A look in a file: statistics only, no pixels.

A safetensors file: `gram LAYER` (R, C (C + 1) / 2) upper triangles row by row, `mean LAYER` (R, C) from version 2 on, `means`,
`covariances`, `quantiles`, `heights` and perhaps `features`, all float32; the rest is JSON in its metadata. What is read back
equals what was written, to the bit, and equal looks make equal files.
"""

import json
import os
from math import isqrt
from pathlib import Path

import torch
from torch import Tensor

from photostyle.errors import FileError
from photostyle.look.statistics import Look
from photostyle.regions.summary import RegionSummary as Described
from photostyle.whole_file import write_whole

KEY = "photostyle"  # one entry of the metadata, since safetensors keeps no order of several
KIND = "look"
VERSION = 2  # 1 had no means of features
SUFFIX = ".look"
GRAM = "gram "
MEAN = "mean "
MOST = 1 << 30  # bytes; a larger file is no look of ours


def save_look(look: Look, path: Path | str) -> None:
    """Write a look; an older file stays whole until the new one is complete.

    Raises:
        FileError: the file cannot be written.
    """
    from safetensors.torch import save

    facts = {"kind": KIND, "version": VERSION, **_facts(look)}
    try:
        write_whole(Path(path), save(_tensors(look), {KEY: json.dumps(facts)}))
    except OSError as error:
        raise FileError(f"{path}: the look cannot be written ({error.strerror or error}); choose another place") from error


def load_look(path: Path | str) -> Look:
    """Read a look that `save_look` wrote.

    Raises:
        FileError: there is no such file, it is no look, or it is of a newer version.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileError(f"{path}: no such look; measure one from a photo first")
    try:
        if os.path.getsize(path) > MOST:
            raise ValueError("it is too large")
        with safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {}).get(KEY, "{}"))
            if facts.get("kind") != KIND:
                raise ValueError("it is a safetensors file of another kind")
            version = int(facts["version"])
            tensors = {}
            if version <= VERSION:
                for name in file.keys():  # noqa: SIM118 (no mapping)
                    tensors[name] = file.get_tensor(name)
                return _unpacked(facts, tensors)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        why = " ".join(str(error).split())[:160]
        raise FileError(f"{path}: is no look of photostyle ({why}); measure it from its photo again") from error
    raise FileError(f"{path}: is a look of version {version}, newer than {VERSION}; update photostyle")


def _tensors(look: Look) -> dict[str, Tensor]:
    tensors = {"means": look.means, "covariances": look.covariances, "quantiles": look.quantiles}
    tensors["heights"] = look.regions.heights
    if look.regions.features is not None:
        tensors["features"] = look.regions.features
    for layer, gram in look.grams.items():
        row, column = torch.triu_indices(*gram.shape[1:], device=gram.device)
        tensors[GRAM + layer] = gram[:, row, column]
    for layer, mean in (look.feature_means or {}).items():
        tensors[MEAN + layer] = mean
    return {name: tensor.detach().float().cpu().contiguous() for name, tensor in tensors.items()}


def _facts(look: Look) -> dict:
    regions = look.regions
    return {
        "names": regions.names,
        "colours": regions.colours,
        "shares": regions.area,
        "said of regions": regions.notes,
        "layers": list(look.grams),
        "encoder": look.encoder,
        "weights": look.weights,
        "size": look.size,
        "photo": look.photo,
        "notes": look.notes,
    }


def _unpacked(facts: dict, tensors: dict[str, Tensor]) -> Look:
    names, shares = tuple(map(str, facts["names"])), tuple(map(float, facts["shares"]))
    colours = tuple((int(r), int(g), int(b)) for r, g, b in facts["colours"])
    means, covariances, quantiles = (tensors[name] for name in ("means", "covariances", "quantiles"))
    heights, features, count = tensors["heights"], tensors.get("features"), len(names)
    grams = {str(layer): _square(tensors[GRAM + layer]) for layer in facts["layers"]}
    feature_means = None
    if int(facts["version"]) > 1:
        feature_means = {str(layer): tensors[MEAN + layer] for layer in facts["layers"]}
        for layer, mean in feature_means.items():
            if mean.shape != grams[layer].shape[:2]:
                raise ValueError("its parts do not agree")
    rows = {len(t) for t in (means, covariances, quantiles, *grams.values())}
    shapes = (means.shape[1:], covariances.shape[1:], quantiles.ndim) == ((3,), (3, 3), 3)
    agree = len(colours) == len(shares) == count == len(heights) and (features is None or len(features) == count)
    if not (agree and shapes and rows == {count + 1} and count and grams and len(set(names)) == count):
        raise ValueError("its parts do not agree")
    if not all(t.dtype == torch.float32 and t.isfinite().all() for t in tensors.values()):
        raise ValueError("its numbers are broken")
    if features is not None and features.ndim != 2 or heights.ndim != 1 or not 0 < int(facts["size"]) <= 1 << 16:
        raise ValueError("its parts do not agree")
    return Look(
        Described(names, colours, shares, heights, features, tuple(map(str, facts["said of regions"]))),
        grams,
        means,
        covariances,
        quantiles,
        encoder=str(facts["encoder"]),
        weights=str(facts["weights"]),
        size=int(facts["size"]),
        photo=str(facts["photo"]),
        notes=tuple(map(str, facts["notes"])),
        feature_means=feature_means,
    )


def _square(packed: Tensor) -> Tensor:
    """(R, C (C + 1) / 2) upper triangles -> (R, C, C) symmetric matrices."""
    side = (isqrt(8 * packed.shape[1] + 1) - 1) // 2
    if packed.ndim != 2 or side * (side + 1) // 2 != packed.shape[1]:
        raise ValueError("its Gram matrices are broken")
    row, column = torch.triu_indices(side, side)
    whole = packed.new_empty(len(packed), side, side)
    whole[:, row, column] = packed
    whole[:, column, row] = packed
    return whole
