"""Photographs in, photographs out: any size, depth, profile and format, from files, arrays, tensors and pictures.

A leaf of the house: it needs numpy, Pillow, tifffile and imagecodecs, loads them when a file needs them, and
never loads torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photostyle.photo.file_facts import FileFacts as FileFacts
    from photostyle.photo.file_facts import Metadata as Metadata
    from photostyle.photo.opening import SMALLEST as SMALLEST
    from photostyle.photo.opening import PhotoLike as PhotoLike
    from photostyle.photo.opening import open_photo as open_photo
    from photostyle.photo.photograph import Photo as Photo
    from photostyle.photo.pictures import Picture as Picture
    from photostyle.photo.pictures import read_mask_picture as read_mask_picture
    from photostyle.photo.reading import MAX_PIXELS as MAX_PIXELS
    from photostyle.photo.reading import read_photo as read_photo
    from photostyle.photo.resampling import resample as resample
    from photostyle.photo.transparency import is_seen_through as is_seen_through
    from photostyle.photo.working_copy import WORKING_SIZE as WORKING_SIZE
    from photostyle.photo.working_copy import WorkingCopy as WorkingCopy
    from photostyle.photo.working_copy import shrunk as shrunk
    from photostyle.photo.writing import check_writable as check_writable
    from photostyle.photo.writing import write_photo as write_photo

# Public names and the module of each; loaded on first use, so that a list of formats can be read without any codec.
_LAZY = {
    "MAX_PIXELS": "reading",
    "SMALLEST": "opening",
    "WORKING_SIZE": "working_copy",
    "FileFacts": "file_facts",
    "Metadata": "file_facts",
    "Photo": "photograph",
    "PhotoLike": "opening",
    "Picture": "pictures",
    "WorkingCopy": "working_copy",
    "check_writable": "writing",
    "is_seen_through": "transparency",
    "open_photo": "opening",
    "read_mask_picture": "pictures",
    "read_photo": "reading",
    "resample": "resampling",
    "shrunk": "working_copy",
    "write_photo": "writing",
}

__all__ = [*_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'photostyle.photo' has no attribute {name!r}")
    return getattr(import_module(f"photostyle.photo.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
