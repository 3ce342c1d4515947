"""Masks as arrays: labels, colours, one soft plane, or a stack of them."""

import numpy as np
from numpy.typing import NDArray

from photostyle.errors import MaskError
from photostyle.photo import Picture
from photostyle.regions.masks.colour_codes import Floats, distinct_values
from photostyle.regions.masks.fit import Size
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.painted import Painted, painted_picture
from photostyle.regions.masks.pictures import Values
from photostyle.regions.masks.soft import EIGHT_BIT, FLOAT, SoftMasks, SoftPlane
from photostyle.regions.swatches import REST

PLANE = "region"  # the name of the one region of a single plane
_MOST_LABELS = 512
_SMALL_LABELS = 64  # 8-bit values below this, and perhaps 255, are labels; others may be greys with blends between them
_VOID = 255
_TOLERANCE = 1e-3  # by which floats may leave [0, 1]
_PICTURE_TYPES = (np.uint8, np.uint16)
_WANTED = (
    "must be labels (H, W) of integers, colours (H, W, 3) or (H, W, 4) of uint8, one plane (H, W) or a stack (R, H, W) of "
    "floats from 0 to 1 or of bools"
)


def array_mask(values: Values, origin: Origin, photo_size: Size) -> Painted | SoftMasks:
    """The mask that an array is.

    Labels are exact: each integer is a region, "label 3". Where an 8-bit or 16-bit array holds other values than small
    labels, it is a grey picture, and is read as its file would be: 0 and 255 are black and white, with blends between
    them. One plane of floats or bools is a "region" and the "rest"; a stack of them is "label 0", "label 1" and so on,
    and what none of them covers is the "rest". Axes of length 1 before or after the others do not count.

    Args:
        values: (H, W), (H, W, 3), (H, W, 4) or (R, H, W).
        origin: what errors call it.
        photo_size: (width, height) of the photo.

    Raises:
        MaskError: another shape or type, or values that are no mask.
    """
    if values.dtype.kind not in "buif" or values.size == 0:
        raise _refused(values, origin, "convert it first")
    values = _without_single_axes(values)
    if values.ndim not in (2, 3):
        raise _refused(values, origin, "take one mask of one photo")
    is_picture = values.dtype.type in _PICTURE_TYPES
    has_colours = values.ndim == 3 and values.shape[2] in (3, 4)
    if is_picture and has_colours:
        mode = "rgb" if values.shape[2] == 3 else "rgb+alpha"
        return painted_picture(Picture(values, mode), origin)
    if values.dtype.kind in "ui":
        if values.ndim == 3:
            raise _refused(values, origin, _advice_on_integers(values))
        if is_picture and not _are_small_labels(values):
            return painted_picture(Picture(values, "grey"), origin)
        return _label_map(values, origin)
    if has_colours and photo_size[0] > 4 and values.shape[0] > 4:
        raise _refused(values, origin, "give colours as uint8, 255 times these")
    return _soft_masks(values, origin)


def weights_of(values: Values, origin: Origin) -> tuple[Floats, float]:
    """One region's mask (H, W) as float32 in [0, 1], and how coarsely it is stored.

    Bools and integers of 0 and 1 are outside and inside; other integers are greys up to 255, or up to 65535 for uint16.

    Raises:
        MaskError: another shape or type, or values that are no weights.
    """
    if values.dtype.kind not in "buif" or values.size == 0:
        raise _refused_plane(values, origin)
    values = _without_single_axes(values)
    if values.ndim != 2:
        raise _refused_plane(values, origin)
    if values.dtype.kind == "f":
        return _checked_floats(values, origin), _rounding_of(values)
    least = int(values.min())
    most = int(values.max())
    white = 65535 if values.dtype == np.uint16 else 255
    if least < 0 or most > white:
        raise MaskError(f"{origin.subject} must hold 0 and 1, or greys from 0 to {white}, got {least} to {most}")
    if most <= 1:
        return values.astype(np.float32), 0.0
    return values.astype(np.float32) / np.float32(white), EIGHT_BIT


def _without_single_axes(values: Values) -> Values:
    """The array without axes of length 1 before or after the two that are the picture's."""
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    return values


def _are_small_labels(values: Values) -> bool:
    """Whether 8-bit or 16-bit values can only be labels: few and small ones, and perhaps 255 for what has none."""
    present = distinct_values(values)
    if set(present.tolist()) <= {0, _VOID}:
        return False
    return bool((present[present != _VOID] < _SMALL_LABELS).all())


def _label_map(values: NDArray[np.integer], origin: Origin) -> Painted:
    present = distinct_values(values)
    if len(present) > _MOST_LABELS:
        raise MaskError(f"{origin.subject} may have {_MOST_LABELS} different labels at most, got {len(present)}; merge some")
    if values.dtype.kind == "u":
        values = values.astype(np.int64)
    return Painted(origin, values, numbered=True)


def _soft_masks(values: Values, origin: Origin) -> SoftMasks:
    """A plane, or a stack of planes, of floats or bools."""
    planes = []
    weights = _checked_floats(values, origin)
    if values.ndim == 2:
        planes.append(SoftPlane(PLANE, weights, origin, rounding=0.0))
    else:
        rounding = _rounding_of(values)
        for place, plane in enumerate(weights):
            planes.append(SoftPlane(f"label {place}", plane, origin, rounding))
    return SoftMasks(
        origin,
        planes,
        rest_note=None if values.ndim == 2 else f"{origin.short}: what no mask covers belongs to {REST!r}",
        nothing=f"{origin.subject} is 0 everywhere, so it marks no region; give 1 inside the region",
    )


def _checked_floats(values: Values, origin: Origin) -> Floats:
    """Floats or bools as float32 in [0, 1]."""
    weights = np.ascontiguousarray(values, np.float32)
    if not np.isfinite(weights).all():
        raise MaskError(f"{origin.subject} must hold finite numbers, got NaN or infinity; replace them first")
    least = float(weights.min())
    most = float(weights.max())
    if least < -_TOLERANCE or most > 1 + _TOLERANCE:
        advice = "divide them first"
        if (weights == weights.round()).all():
            advice = "give labels as integers, or divide weights first"
        raise MaskError(f"{origin.subject} of floats must hold weights from 0 to 1, got {least:g} to {most:g}; {advice}")
    clipped: Floats = weights.clip(0, 1)
    return clipped


def _rounding_of(values: Values) -> float:
    if values.dtype.kind == "b":
        return 0.0
    return EIGHT_BIT if values.dtype.itemsize < 4 else FLOAT


def _advice_on_integers(values: Values) -> str:
    if values.shape[0] in (3, 4) and values.dtype.type in _PICTURE_TYPES:
        return "for colours move the channels last, as numpy.moveaxis(mask, 0, -1); for a stack of masks give bools or floats"
    return "for a stack of masks give bools or floats; for colours, uint8 with the channels last"


def _refused(values: Values, origin: Origin, advice: str) -> MaskError:
    return MaskError(f"{origin.subject} {_WANTED}; got {values.dtype} {values.shape}; {advice}")


def _refused_plane(values: Values, origin: Origin) -> MaskError:
    came = f"{values.dtype} {values.shape}"
    return MaskError(f"{origin.subject} must be one plane (H, W) of floats from 0 to 1, bools or greys, got {came}")
