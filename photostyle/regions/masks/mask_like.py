"""What may be given as a mask, and how each kind is opened."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, bfloat16

from photostyle.errors import MaskError
from photostyle.regions.masks.annotations.reading import annotation_masks, is_annotation
from photostyle.regions.masks.arrays import array_mask, weights_of
from photostyle.regions.masks.fit import Size
from photostyle.regions.masks.folder import folder_masks, single_part, soft_weights
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.painted import Painted, painted_picture, read_painted
from photostyle.regions.masks.pictures import Values, picture_from_bytes, picture_from_file, picture_from_pillow
from photostyle.regions.masks.soft import EIGHT_BIT, SoftMasks, SoftPlane
from photostyle.regions.regions import Regions
from photostyle.regions.swatches import REST

PlaneLike: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | NDArray[Any] | Image.Image | Tensor
MaskLike: TypeAlias = PlaneLike | Regions | Mapping[str, PlaneLike]

_KINDS = (
    "a path, an array, a Pillow picture, a tensor, Regions, a mapping of names to masks, or the bytes or the open file of "
    "a picture"
)


def open_mask(source: MaskLike, origin: Origin, photo_size: Size, photo_name: str | None = None) -> Painted | SoftMasks | Regions:
    """A mask of any kind, not yet brought to a size.

    Args:
        source: the mask.
        origin: what notes and errors call it, where it has no path.
        photo_size: (width, height) of the photo that it belongs to.
        photo_name: its name or path, by which it is found in a file of several.

    Raises:
        MaskError: when it cannot be read, or is of no kind that is known.
    """
    if isinstance(source, Regions):
        return source
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        of_path = Origin(origin.role, path)
        if path.is_dir():
            return folder_masks(path, of_path)
        if is_annotation(path) and path.exists():
            return annotation_masks(path, of_path, photo_name, photo_size)
        return single_part(path, of_path) or read_painted(path, of_path)
    if isinstance(source, Mapping):
        return _named_masks(source, origin)
    data = _data_of(source)
    if data is not None:
        return painted_picture(picture_from_bytes(data, origin), origin)
    if isinstance(source, Image.Image):
        return painted_picture(picture_from_pillow(source, origin), origin)
    values = _array_of(source)
    if values is not None:
        return array_mask(values, origin, photo_size)
    raise MaskError(f"{origin.subject} must be {_KINDS}; got {type(source).__name__}")


def _named_masks(masks: Mapping[str, PlaneLike], origin: Origin) -> SoftMasks:
    """The masks of a mapping from names of regions."""
    if not masks:
        raise MaskError(f"{origin.subject} must name at least one region, got an empty mapping")
    for name in masks:
        if not isinstance(name, str) or not name.strip():
            raise MaskError(f"{origin.subject} must have names of regions as its keys, got {name!r}")
    return SoftMasks(
        origin,
        _named_planes(masks, origin),
        rest_note=f"{origin.short}: what no mask covers belongs to {REST!r}",
        nothing=f"{origin.subject} is 0 everywhere, so it marks no region; give 1 inside each region",
    )


def _named_planes(masks: Mapping[str, PlaneLike], origin: Origin) -> Iterator[SoftPlane]:
    for name, source in masks.items():
        of_region = origin.part(name)
        if isinstance(source, (str, os.PathLike)):
            of_region = Origin(of_region.role, Path(source))
        weights, rounding = _open_plane(source, of_region)
        yield SoftPlane(name, weights, of_region, rounding)


def _open_plane(source: PlaneLike, origin: Origin) -> tuple[NDArray[np.float32], float]:
    """One region's mask (H, W) as float32 in [0, 1], and how coarsely it is stored."""
    data = _data_of(source)
    if origin.path is not None:
        picture = picture_from_file(origin.path)
    elif data is not None:
        picture = picture_from_bytes(data, origin)
    elif isinstance(source, Image.Image):
        picture = picture_from_pillow(source, origin)
    else:
        values = _array_of(source)
        if values is None:
            raise MaskError(
                f"{origin.subject} must be a path, an array, a Pillow picture or a tensor; got {type(source).__name__}"
            )
        return weights_of(values, origin)
    if picture.mode == "grey" and picture.codes.max() <= 1:
        return weights_of(picture.codes, origin)  # 0 and 1 are outside and inside, not two kinds of black
    return soft_weights(picture, origin, "a mapping of names to masks"), EIGHT_BIT


def _data_of(source: object) -> bytes | None:
    """The bytes of a picture: as they are, or from an open file."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    read = getattr(source, "read", None)
    if not callable(read):
        return None
    data = read()
    return data if isinstance(data, bytes) else None


def _array_of(source: object) -> Values | None:
    """What NumPy takes for an array, or None; a tensor may be on any device and have a gradient."""
    if isinstance(source, Tensor):
        tensor = source.detach().cpu()
        if tensor.dtype == bfloat16:
            tensor = tensor.half()
        return tensor.numpy()
    if isinstance(source, (np.ndarray, np.generic)) or hasattr(source, "__array__") or hasattr(source, "__array_interface__"):
        return np.asarray(source)
    return None
