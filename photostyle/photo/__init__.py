"""Photographs in, photographs out: any size, depth, profile and format.

A leaf of the house: it needs numpy, Pillow, tifffile and imagecodecs, loads them when a file needs them, and
never loads torch.
"""

from photostyle.photo.photograph import Metadata, Photo, Source
from photostyle.photo.pictures import Picture, read_mask_picture
from photostyle.photo.proxy import PROXY_SIZE, Proxy, shrunk
from photostyle.photo.reading import MAX_PIXELS, read_photo
from photostyle.photo.resampling import resample
from photostyle.photo.writing import check_writable, write_photo

__all__ = [
    "MAX_PIXELS",
    "PROXY_SIZE",
    "Metadata",
    "Photo",
    "Picture",
    "Proxy",
    "Source",
    "check_writable",
    "read_mask_picture",
    "read_photo",
    "resample",
    "shrunk",
    "write_photo",
]
