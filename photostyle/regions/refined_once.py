"""Refined edges kept on disk: regions whose borders have been drawn to a photo's edges are not refined again.

An entry holds only the pixels that refinement has changed, exactly as they came out, so that a second run makes the very same
picture. Its name is a hash of the masks, the photo's pixels and what else decides.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache as cache_result
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import matting
from photostyle.regions.edges import refine_edges
from photostyle.regions.photo_planes import Pixels
from photostyle.regions.regions import Regions
from photostyle.regions.segment.cache import SUFFIX, cache_folder, prune
from photostyle.whole_file import write_whole

KIND = "edges"
LIMIT_BYTES = 256 << 20
_FORMAT = "1"
_SMALLEST = 1 << 15  # pixels: smaller masks are refined in less time than they are kept


def refine_edges_once(
    regions: Regions,
    pixels: Pixels,
    *,
    feather: float | str | None = None,
    coarse: bool = False,
    device: torch.device | str = "cpu",
    cache: bool = True,
) -> Regions:
    """`refine_edges`, or what it made of the same regions, photo and options before.

    Args:
        regions, pixels, feather, coarse, device: as for `refine_edges`.
        cache: whether to keep and to use what is kept.

    Raises:
        MaskError: as `refine_edges`.
    """
    if not cache or len(regions.names) == 1 or regions.masks[0].numel() < _SMALLEST:
        return refine_edges(regions, pixels, feather=feather, coarse=coarse, device=device)
    facts = [_FORMAT, _code(), feather, coarse, str(device), torch.__version__]
    entry = cache_folder(KIND) / (_entry_name(regions, pixels, facts) + SUFFIX)
    kept = _read(entry, regions)
    if kept is None:
        kept = refine_edges(regions, pixels, feather=feather, coarse=coarse, device=device)
        with suppress(OSError):  # a full or read-only disk must not stop the run
            entry.parent.mkdir(parents=True, exist_ok=True)
            _write(entry, regions.masks, kept.masks)
            prune(entry.parent, LIMIT_BYTES)
    return kept


def _entry_name(regions: Regions, pixels: Pixels, facts: Sequence[object]) -> str:
    """64 hexadecimal digits for these masks on this photo with these options."""
    digest = hashlib.sha256(json.dumps(facts).encode())
    for values in (regions.masks, getattr(regions, "visible", None), pixels):
        if values is None:
            continue
        array = np.ascontiguousarray(values.cpu().numpy() if isinstance(values, Tensor) else values)
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array.data)
    return digest.hexdigest()


@cache_result
def _code() -> str:
    """A hash of the code that refines edges: what another version has made is not used."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(matting.__file__).parent):
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read(entry: Path, regions: Regions) -> Regions | None:
    """The refined regions of an entry; None where there is none that is whole."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found = load_file(entry)
        places = found["places"].long()
        values = found["values"]
        masks = regions.masks.cpu().flatten(1).clone()
        masks[:, places] = values
        with suppress(OSError):  # of another user
            entry.touch()  # used just now
        return replace(regions, masks=masks.reshape(regions.masks.shape))
    except (SafetensorError, OSError, KeyError, IndexError, RuntimeError, ValueError):
        return None


def _write(entry: Path, before: Tensor, after: Tensor) -> None:
    from safetensors.torch import save

    before = before.cpu().flatten(1)
    after = after.flatten(1)
    places = (before != after).any(0).nonzero()[:, 0]
    data = save({"places": places.int(), "values": after[:, places].contiguous()})
    write_whole(entry, data, prefix="part-")
