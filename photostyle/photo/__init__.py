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
from photostyle.photo.proxy import PROXY_SIZE as WORKING_SIZE
from photostyle.photo.proxy import Proxy as WorkingCopy  # SHIM

PhotoLike = object
def open_photo(source, role="photo"):
    from pathlib import Path

    import numpy as np

    from photostyle.errors import PhotoError
    if isinstance(source, str | Path):
        photo = read_photo(source)
    elif isinstance(source, Photo):
        photo = source
    elif hasattr(source, "__array__") or hasattr(source, "__array_interface__"):
        photo = Photo.from_array(np.asarray(source))
    else:
        raise PhotoError(f"the {role} must be a path, an array (H, W, 3) or a Photo, got {type(source).__name__}")
    if min(photo.size) < 16:
        name = photo.source.path or f"the {role} array"
        width, height = photo.size
        raise PhotoError(
            f"{name}: the {role} must be at least 16 pixels a side, got {width} x {height}; give a larger photo"
        )
    return photo
from pathlib import Path as _P

Photo.name = property(lambda self: _P(self.source.path).name if self.source.path else "")
WorkingCopy.full_size = property(lambda self: self.whole)
