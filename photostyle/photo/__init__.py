"""Photographs in, photographs out: any size, depth, profile and format, from files, arrays, tensors and pictures.

A leaf of the house: it needs numpy, Pillow, tifffile and imagecodecs, loads them when a file needs them, and
never loads torch.
"""

from photostyle.photo.file_facts import FileFacts, Metadata
from photostyle.photo.opening import SMALLEST, PhotoLike, open_photo
from photostyle.photo.photograph import Photo
from photostyle.photo.pictures import Picture, read_mask_picture
from photostyle.photo.reading import MAX_PIXELS, read_photo
from photostyle.photo.resampling import resample
from photostyle.photo.transparency import is_seen_through
from photostyle.photo.working_copy import WORKING_SIZE, WorkingCopy, shrunk
from photostyle.photo.writing import check_writable, write_photo

__all__ = [
    "MAX_PIXELS",
    "SMALLEST",
    "WORKING_SIZE",
    "FileFacts",
    "Metadata",
    "Photo",
    "PhotoLike",
    "Picture",
    "WorkingCopy",
    "check_writable",
    "is_seen_through",
    "open_photo",
    "read_mask_picture",
    "read_photo",
    "resample",
    "shrunk",
    "write_photo",
]
