"""A small copy of a photo, for all that is measured of it: regions, looks and transforms need no more."""

from dataclasses import dataclass, replace

import numpy as np

from photostyle.photo.photograph import Photo
from photostyle.photo.resampling import resample, resample_seen
from photostyle.photo.transparency import is_seen_through, with_hidden_filled

WORKING_SIZE = 1024  # long side; a guided filter carries what is found there to the photo's own size


@dataclass(frozen=True)
class WorkingCopy:
    """A copy of a photo of at most so many pixels a side, on which the work is done.

    Args:
        photo: the small copy, or the photo itself where it is not larger. What is hidden under transparency has the colours
            of its surroundings, so that it cannot be told what was there.
        full_size: (width, height) of the photo.
    """

    photo: Photo
    full_size: tuple[int, int]

    @classmethod
    def of(cls, photo: Photo, long_side: int = WORKING_SIZE) -> "WorkingCopy":
        """The photo, shrunk to a long side if it is larger."""
        return cls(with_hidden_filled(shrunk(photo, long_side)), photo.size)

    @property
    def scale(self) -> float:
        """How much smaller the copy is, at most 1."""
        return max(self.photo.size) / max(self.full_size)


def shrunk(photo: Photo, long_side: int) -> Photo:
    """The photo with a long side of at most so many pixels; transparent pixels count by their alpha.

    >>> import numpy as np
    >>> shrunk(Photo.from_array(np.zeros((40, 80), np.uint8)), 20).size
    (20, 10)
    """
    width, height = photo.size
    scale = long_side / max(width, height)
    if scale >= 1:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if photo.alpha is not None and is_seen_through(photo):
        pixels, alpha = resample_seen(photo.pixels, photo.alpha, size)
        return replace(photo, pixels=pixels, alpha=alpha, exact_codes=None, extra=None)
    opaque = None
    if photo.alpha is not None:
        opaque = np.ones(size[::-1], np.float32)
    return replace(photo, pixels=resample(photo.pixels, size), alpha=opaque, exact_codes=None, extra=None)
