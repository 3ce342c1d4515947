"""Photos as people hold them: files, bytes, arrays, tensors and pictures, opened by one function."""

import os
from typing import Any

from photostyle.errors import PhotoError
from photostyle.photo.arrays import SupportsArray, SupportsArrayInterface, array_of, array_of_tensor, channels_last, is_tensor
from photostyle.photo.photo_file import FileLike
from photostyle.photo.photograph import Photo
from photostyle.photo.pil_pictures import is_pil, photo_of_pil
from photostyle.photo.reading import read_named

PhotoLike = Photo | FileLike | SupportsArray | SupportsArrayInterface
SMALLEST = 16  # pixels a side; below this there is no light to speak of


def open_photo(source: PhotoLike, role: str = "photo") -> Photo:
    """A photo from whatever holds one.

    Args:
        source: one of

            - a `Photo`, which is given back;
            - a path, or the content of a file as bytes, or a binary file object, which is read from where it is;
            - a Pillow picture of any mode, with its profile and metadata, turned upright by its EXIF;
            - a NumPy array or what NumPy takes for one, uint8, uint16 or float with white at 1, and sRGB: (H, W),
              (H, W, C) or (C, H, W) with C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, or any of these with a
              leading axis of size 1;
            - a PyTorch tensor of these shapes, on any device, with or without gradients.

            Where both the first and the last axis could be the channels', it is the last of an array and the first of
            a tensor.
        role: which photo it is, for messages.

    Raises:
        PhotoError: it cannot be read, is no photo, or is smaller than 16 pixels a side.
        DependencyError: a package that its format needs is not installed.
    """
    photo = _opened(source, role)
    width, height = photo.size
    if min(width, height) < SMALLEST:
        place = ""
        if photo.file.path is not None:
            place = f"{photo.file.path}: "
        raise PhotoError(
            f"{place}the {role} must be at least {SMALLEST} pixels a side, got {width} x {height}; give a larger photo"
        )
    return photo


def _opened(source: Any, role: str) -> Photo:
    name = f"the {role}"
    if isinstance(source, Photo):
        return source
    if isinstance(source, str | os.PathLike | bytes | bytearray) or _is_file_content(source):
        return read_named(source, name)
    if is_pil(source):
        return photo_of_pil(source, role)
    if is_tensor(source):
        codes = channels_last(array_of_tensor(source, name), name, channels_first=True)
        return Photo.from_array(codes, name=name)
    if hasattr(source, "__array__") or hasattr(source, "__array_interface__") or isinstance(source, memoryview):
        codes = channels_last(array_of(source, name), name)
        return Photo.from_array(codes, name=name)
    if hasattr(source, "read"):
        return read_named(source, name)
    raise PhotoError(
        f"{name} must be a path, bytes, a file object, an array (H, W, 3), a Pillow picture, a PyTorch tensor or a "
        f"Photo, got {type(source).__name__}; open it first"
    )


def _is_file_content(source: object) -> bool:
    """Whether a memoryview is of plain bytes; one with more axes is an array."""
    return isinstance(source, memoryview) and source.ndim == 1 and source.itemsize == 1
