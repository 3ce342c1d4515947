"""A look in a file: statistics and samples only, no picture can be made of it.

A file of tensors (`tensor_file`), all float32: `gram LAYER` (R, C (C + 1) / 2) upper triangles row by row, `mean LAYER` (R, C)
from version 2 on, `means`, `covariances`, `quantiles`, `heights` and perhaps `features` and `embedding`; from version 3 on, of
all rows one after the other, `exemplar features` (N, C), `exemplar tones` (N,) and `exemplar colours` (N, 3). The rest are its
facts. What is read back equals what was written, to the bit, and equal looks make equal files.
"""

from math import isqrt
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from photostyle.look.exemplars import Exemplars
from photostyle.look.statistics import Look
from photostyle.regions.summary import RegionSummary
from photostyle.tensor_file import BROKEN, REMEDIES, FileKind

VERSION = 3  # 1 had no means of features, 2 no exemplars
SUFFIX = ".look"
GRAM = "gram "
MEAN = "mean "
EXEMPLAR = "exemplar "
MOST_SIZE = 1 << 16  # pixels, of a working size
_DISAGREE = "its parts do not agree"
_FILES = FileKind("look", VERSION, REMEDIES["look"], most_bytes=1 << 30)


def save_look(look: Look, path: Path | str) -> None:
    """Write a look; an older file stays whole until the new one is complete.

    Raises:
        FileError: the file cannot be written.
    """
    _FILES.write(path, _tensors(look), _facts(look))


def load_look(path: Path | str) -> Look:
    """Read a look that `save_look` wrote.

    Raises:
        FileError: there is no such file, it is no look, or it is of a newer version.
    """
    facts, tensors = _FILES.read(path)
    try:
        return _unpacked(facts, tensors)
    except BROKEN as error:
        raise _FILES.broken(path, error) from error


def _tensors(look: Look) -> dict[str, Tensor]:
    tensors = {"means": look.means, "covariances": look.covariances, "quantiles": look.quantiles}
    tensors["heights"] = look.regions.heights
    if look.regions.features is not None:
        tensors["features"] = look.regions.features
    if look.regions.embedding is not None:
        tensors["embedding"] = look.regions.embedding
    for layer, gram in look.grams.items():
        row, column = torch.triu_indices(*gram.shape[1:], device=gram.device)
        tensors[GRAM + layer] = gram[:, row, column]
    for layer, mean in (look.feature_means or {}).items():
        tensors[MEAN + layer] = mean
    for part in ("features", "tones", "colours"):
        if look.exemplars is not None:
            tensors[EXEMPLAR + part] = torch.cat([getattr(exemplars, part) for exemplars in look.exemplars])
    return {name: tensor.detach().float().cpu().contiguous() for name, tensor in tensors.items()}


def _facts(look: Look) -> dict[str, Any]:
    regions = look.regions
    return {
        "names": regions.names,
        "colours": regions.colours,
        "shares": regions.area,
        "said of regions": regions.notes,
        "layers": list(look.grams),
        "exemplars": [len(exemplars.tones) for exemplars in look.exemplars or ()],
        "encoder": look.encoder,
        "weights": look.weights,
        "size": look.size,
        "photo": look.photo,
        "notes": look.notes,
    }


def _unpacked(facts: dict[str, Any], tensors: dict[str, Tensor]) -> Look:
    """The look of a file's facts and tensors.

    Raises:
        ValueError, KeyError, TypeError: its parts are missing or broken.
    """
    for tensor in tensors.values():
        if tensor.dtype != torch.float32 or not bool(tensor.isfinite().all()):
            raise ValueError("its numbers are broken")
    layers = [str(layer) for layer in facts["layers"]]
    grams = {layer: _square(tensors[GRAM + layer]) for layer in layers}
    feature_means = None
    if int(facts["version"]) > 1:
        feature_means = {layer: tensors[MEAN + layer] for layer in layers}
    look = Look(
        regions=_regions(facts, tensors),
        grams=grams,
        means=tensors["means"],
        covariances=tensors["covariances"],
        quantiles=tensors["quantiles"],
        encoder=str(facts["encoder"]),
        weights=str(facts["weights"]),
        size=int(facts["size"]),
        photo=str(facts["photo"]),
        notes=_texts(facts["notes"]),
        feature_means=feature_means,
        exemplars=_exemplars(facts, tensors),
    )
    _check(look)
    return look


def _exemplars(facts: dict[str, Any], tensors: dict[str, Tensor]) -> tuple[Exemplars, ...] | None:
    """The exemplars of each row, which lie in the file one after the other; None in a look that has none."""
    counts = [int(count) for count in facts.get("exemplars", ())]
    if not counts:
        return None
    features, tones, colours = (tensors[EXEMPLAR + part] for part in ("features", "tones", "colours"))
    shapes_agree = features.ndim == 2 and tones.shape == (len(features),) and colours.shape == (len(features), 3)
    if not shapes_agree or min(counts) < 1 or sum(counts) != len(features):
        raise ValueError(_DISAGREE)
    parts = zip(*(torch.split(part, counts) for part in (features, tones, colours)), strict=True)
    return tuple(Exemplars(*part) for part in parts)


def _regions(facts: dict[str, Any], tensors: dict[str, Tensor]) -> RegionSummary:
    names = _texts(facts["names"])
    colours = tuple((int(red), int(green), int(blue)) for red, green, blue in facts["colours"])
    shares = tuple(float(share) for share in facts["shares"])
    heights = tensors["heights"]
    features, embedding = tensors.get("features"), tensors.get("embedding")
    counts = {len(names), len(colours), len(shares), len(heights)}
    counts.update(len(rows) for rows in (features, embedding) if rows is not None)
    if len(counts) > 1 or not names or len(set(names)) < len(names):
        raise ValueError(_DISAGREE)
    if heights.ndim != 1 or any(rows is not None and rows.ndim != 2 for rows in (features, embedding)):
        raise ValueError(_DISAGREE)
    return RegionSummary(names, colours, shares, heights, features, _texts(facts["said of regions"]), embedding)


def _check(look: Look) -> None:
    """Raise a ValueError unless the parts of a look have one number of rows, and shapes that agree."""
    rows = len(look.names)
    shapes_agree = (
        look.means.shape == (rows, 3)
        and look.covariances.shape == (rows, 3, 3)
        and look.quantiles.ndim == 3
        and len(look.quantiles) == rows
    )
    if not shapes_agree or not look.grams or not 0 < look.size <= MOST_SIZE:
        raise ValueError(_DISAGREE)
    if look.exemplars is not None and len(look.exemplars) != rows:
        raise ValueError(_DISAGREE)
    for layer, gram in look.grams.items():
        if len(gram) != rows:
            raise ValueError(_DISAGREE)
        if look.feature_means is not None and look.feature_means[layer].shape != gram.shape[:2]:
            raise ValueError(_DISAGREE)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


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
