"""ComfyUI's IMAGE and MASK tensors as photos and masks, and back.

An IMAGE is (B, H, W, C) float32, sRGB-encoded in [0, 1], C = 3, or 4 with alpha; a MASK is (B, H, W) or (H, W) in [0, 1].
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import MaskError, PhotoError
from photostyle.photo import Photo, open_photo
from photostyle.photo.arrays import array_of_tensor

_EMPTY_MASK = (64, 64)  # what ComfyUI's node for loading gives for a picture without transparency: all 0


def photos_of(image: Tensor, role: str) -> list[Photo]:
    """The pictures of an IMAGE.

    Args:
        image: (B, H, W, C) with C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, on any device.
        role: which it is, for messages.

    Raises:
        PhotoError: another shape, or values that are no picture's.
    """
    if not isinstance(image, Tensor) or image.ndim != 4 or 0 in image.shape:
        came = tuple(image.shape) if isinstance(image, Tensor) else type(image).__name__
        raise PhotoError(f"the {role} must be an IMAGE of shape (B, H, W, C), got {came}")
    pictures = array_of_tensor(image, f"the {role}")
    names = [f"the {role}"] if len(pictures) == 1 else [f"picture {number + 1} of the {role}" for number in range(len(pictures))]
    return [open_photo(Photo.from_array(picture, name=name), role) for picture, name in zip(pictures, names, strict=True)]


def image_of(photos: Sequence[Photo], before: Tensor | None = None) -> Tensor:
    """An IMAGE of photos of one size: (B, H, W, 3), or (B, H, W, 4) where one has alpha.

    Args:
        photos: at least one.
        before: the IMAGE that they were made from, where there is one: the result lies on its device, and keeps to its range
            where that is wider than [0, 1].
    """
    pixels = np.stack([photo.pixels for photo in photos])
    low, high = 0.0, 1.0
    if before is not None:
        low, high = min(low, float(before.min())), max(high, float(before.max()))
    made = pixels.clip(low, high)
    if any(photo.alpha is not None for photo in photos):
        alphas = [np.ones(photo.pixels.shape[:2], np.float32) if photo.alpha is None else photo.alpha for photo in photos]
        made = np.concatenate([made, np.stack(alphas)[..., None]], axis=3)
    tensor = torch.from_numpy(np.ascontiguousarray(made, np.float32))
    return tensor if before is None else tensor.to(before.device)


def planes_of(mask: Tensor | None, count: int, role: str, size: tuple[int, int]) -> tuple[list[np.ndarray | None], list[str]]:
    """A mask for each of some pictures.

    Args:
        mask: a MASK, one for all pictures or one each; None for none.
        count: of the pictures.
        role: whose mask it is, for messages.
        size: (width, height) of the pictures.

    Returns:
        (H, W) float32 each, or None; and what the user should be told.

    Raises:
        MaskError: another shape, or another number.
    """
    if mask is None:
        return [None] * count, []
    if not isinstance(mask, Tensor) or mask.ndim not in (2, 3, 4) or 0 in mask.shape:
        came = tuple(mask.shape) if isinstance(mask, Tensor) else type(mask).__name__
        raise MaskError(f"the {role} mask must be a MASK of shape (B, H, W) or (H, W), got {came}")
    planes = array_of_tensor(mask, f"the {role} mask").astype(np.float32, copy=False)
    if planes.ndim == 4 and 1 not in (planes.shape[1], planes.shape[3]):
        raise MaskError(
            f"the {role} mask must be a MASK of shape (B, H, W) or (H, W), got {planes.shape}; take one channel of it"
        )
    if planes.ndim == 4:
        planes = planes[:, 0] if planes.shape[1] == 1 else planes[..., 0]
    if planes.ndim == 2:
        planes = planes[None]
    if planes.shape[1:] == _EMPTY_MASK and size != _EMPTY_MASK and not planes.any():
        note = f"the {role} mask is the empty one of 64 x 64 that a picture without transparency is loaded with; it is not used"
        return [None] * count, [note]
    return [planes[place] for place in one_or_each(len(planes), count, f"masks of the {role}", MaskError)], []


def one_or_each(there: int, count: int, what: str, error: type[MaskError] | type[PhotoError] = PhotoError) -> list[int]:
    """Which of some things each of some pictures gets: the only one, or its own.

    Raises:
        PhotoError, or the error given: there is another number.

    >>> one_or_each(1, 3, "styles"), one_or_each(2, 2, "styles")
    ([0, 0, 0], [0, 1])
    """
    if there == 1:
        return [0] * count
    if there != count:
        raise error(f"there must be 1 or {count} {what} for {count} pictures, got {there}")
    return list(range(count))
