"""Arrays and tensors as code values (H, W, C): which axis is the channels', and what values a photo may have."""

from typing import Any, Protocol

import numpy as np

from photostyle.errors import PhotoError
from photostyle.photo.file_facts import Depth
from photostyle.photo.float_white import code_values
from photostyle.photo.raster import Raster, with_channel_axis

MOST_CHANNELS = 4


class SupportsArray(Protocol):
    """What NumPy takes for an array, such as a PyTorch tensor on the CPU or a JAX array."""

    def __array__(self, dtype: Any = None, /) -> np.ndarray: ...


class SupportsArrayInterface(Protocol):
    """What NumPy takes for an array by its older protocol, such as a Pillow picture."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


ArrayLike = np.ndarray | SupportsArray | SupportsArrayInterface


def checked_codes(array: np.ndarray, name: str = "a photo") -> np.ndarray:
    """(H, W) or (H, W, C) as (H, W, C), if it can be a photo; messages call it by `name`.

    Raises:
        PhotoError: another shape or dtype, an empty array, values that are not finite, or floats that go up to 255.
    """
    codes = with_channel_axis(array)
    if codes.ndim != 3 or not 1 <= codes.shape[2] <= MOST_CHANNELS or 0 in codes.shape:
        raise PhotoError(f"{name} must have shape (H, W) or (H, W, C) with C from 1 to 4, got {array.shape}; move its axes")
    if codes.dtype.kind == "f":
        _check_floats(codes, name)
    elif codes.dtype.kind != "u" or codes.dtype.itemsize > 2:
        raise PhotoError(f"{name} must be uint8, uint16 or float, got {codes.dtype}; convert it first")
    return codes


def _check_floats(codes: np.ndarray, name: str) -> None:
    if not np.isfinite(codes).all():
        raise PhotoError(f"{name} must have finite values, got NaN or infinity; replace them first")
    reason = code_values(Raster.from_array(codes), alpha=codes.shape[2] in (2, 4))
    if reason is not None:
        raise PhotoError(f"{name}'s floats {reason}")


def depth_of(dtype: np.dtype[Any]) -> Depth:
    """The depth of codes of a photo's dtype."""
    if dtype.kind == "f":
        return "float"
    if dtype.itemsize == 1:
        return 8
    return 16


def channels_last(array: np.ndarray, name: str = "a photo", *, channels_first: bool = False) -> np.ndarray:
    """A photo's array with its channels as the last axis.

    The axis of channels is the first or the last, and has a size of 1 to 4. Where both have such a size, it is the
    last, as NumPy has it, or the first with `channels_first`, as PyTorch has it. A leading axis of size 1 before three
    others is a batch of one photo.

    Args:
        array: (H, W), (H, W, C), (C, H, W), (1, H, W, C) or (1, C, H, W).
        name: what messages call the photo.
        channels_first: how to read a shape that can be read both ways.

    Raises:
        PhotoError: another shape.

    >>> channels_last(np.zeros((3, 20, 30))).shape
    (20, 30, 3)
    """
    photo = array
    if array.ndim == 4:
        if len(array) != 1:
            raise PhotoError(f"{name} must be one photo, got a batch of {len(array)} of shape {array.shape}; give one at a time")
        photo = array[0]
    if photo.ndim == 2:
        return photo
    if photo.ndim != 3 or 0 in photo.shape:
        raise _wrong_shape(array, name)
    first = photo.shape[0] <= MOST_CHANNELS
    last = photo.shape[2] <= MOST_CHANNELS
    if not first and not last:
        raise _wrong_shape(array, name)
    if first and (channels_first or not last):
        return np.moveaxis(photo, 0, -1)
    return photo


def _wrong_shape(array: np.ndarray, name: str) -> PhotoError:
    return PhotoError(
        f"{name} must have shape (H, W), (H, W, C) or (C, H, W) with C from 1 to 4, got {array.shape}; move its axes"
    )


def is_tensor(source: object) -> bool:
    """Whether something is a PyTorch tensor, asked without loading PyTorch."""
    return any(kind.__module__ == "torch" and kind.__name__ == "Tensor" for kind in type(source).__mro__)


def array_of_tensor(tensor: Any, name: str = "a photo") -> np.ndarray:
    """The values of a PyTorch tensor on any device, with or without gradients; floats as float32.

    Raises:
        PhotoError: it has no values that NumPy can hold, as sparse and meta tensors.
    """
    try:
        values = tensor.detach()
        if values.is_floating_point():
            values = values.float()
        array: np.ndarray = values.cpu().numpy()
    except Exception as error:  # PyTorch raises many kinds
        raise PhotoError(f"{name} must be a dense tensor with values, got {_summary(tensor)}; convert it first") from error
    return array


def _summary(tensor: Any) -> str:
    return f"one of {tensor.dtype} and layout {tensor.layout} on device {tensor.device}"


def array_of(source: object, name: str = "a photo") -> np.ndarray:
    """What NumPy makes of something that offers itself as an array.

    Raises:
        PhotoError: NumPy cannot have it.
    """
    try:
        return np.asarray(source)
    except Exception as error:  # whoever made it may raise anything
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        kind = type(source).__name__
        raise PhotoError(f"{name} must be an array, got {kind} that is none ({reason}); convert it first") from error
