"""A small copy of a photo, for all that is measured of it: regions, looks and fields need no more."""

from dataclasses import dataclass, replace

from photostyle.photo.photograph import Photo
from photostyle.photo.resampling import resample

PROXY_SIZE = 1024  # long side; a guided filter carries what is found there to the photo's own size


@dataclass(frozen=True)
class Proxy:
    """A photo of at most so many pixels a side, that stands for a larger one.

    Args:
        photo: the small copy, or the photo itself where it is not larger.
        whole: (width, height) of the photo.
    """

    photo: Photo
    whole: tuple[int, int]

    @classmethod
    def of(cls, photo: Photo, long_side: int = PROXY_SIZE) -> "Proxy":
        """The photo, shrunk to a long side if it is larger."""
        return cls(shrunk(photo, long_side), photo.size)

    @property
    def scale(self) -> float:
        """How much smaller the copy is, at most 1."""
        return max(self.photo.size) / max(self.whole)


def shrunk(photo: Photo, long_side: int) -> Photo:
    """The photo with a long side of at most so many pixels.

    >>> import numpy as np
    >>> shrunk(Photo.from_array(np.zeros((40, 80), np.uint8)), 20).size
    (20, 10)
    """
    scale = long_side / max(photo.size)
    if scale >= 1:
        return photo
    size = tuple(max(1, round(side * scale)) for side in photo.size)
    alpha = None if photo.alpha is None else resample(photo.alpha, size).clip(0, 1)
    return replace(photo, pixels=resample(photo.pixels, size), alpha=alpha, kept=None)
