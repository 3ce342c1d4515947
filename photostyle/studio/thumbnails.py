"""Thumbnails for the strip: of a JPEG decoded small, so that a folder of large photos is shown soon."""

import threading
from collections import OrderedDict

from PIL import Image

from photostyle.photo import Photo, open_photo, shrunk
from photostyle.studio.latest import kept
from photostyle.studio.limits import StudioLimits
from photostyle.studio.shelf import Item, Shelf

SIDE = 160  # pixels, the longest side
_DRAFT = 2 * SIDE  # decoded no smaller than this
_KEPT = 2000


class Thumbnails:
    """Makes thumbnails, and keeps the latest.

    Args:
        shelf: the photos.
        limits: how many pixels a photo may have.
    """

    def __init__(self, shelf: Shelf, limits: StudioLimits):
        self.shelf = shelf
        self.limits = limits
        self._kept: OrderedDict[tuple[str, tuple[int, ...]], Photo] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, item: Item) -> Photo:
        """A small copy of a photo.

        Raises:
            PhotoError: it cannot be read.
        """
        key = (item.id, item.state)
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        small = shrunk(self._draft(item) or self.shelf.photo(item), SIDE)
        with self._lock:
            self._kept[key] = small
            return kept(self._kept, key, _KEPT)

    def _draft(self, item: Item) -> Photo | None:
        """A JPEG decoded at an eighth or a quarter of its size, as far as that is large enough; None for other files."""
        try:
            with Image.open(item.path, formats=["JPEG"]) as picture:
                width, height = picture.size
                if picture.mode != "RGB" or width * height > self.limits.photo_pixels:
                    return None
                picture.draft("RGB", (_DRAFT, _DRAFT))
                return open_photo(picture)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None  # the reader of photos says what is wrong with it
