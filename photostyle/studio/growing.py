"""The picture so far, while a transform is being found: drawn small, now and then, so that the solve is hardly slower for it."""

import time
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from photostyle.events import Progress, ProgressCallback
from photostyle.photo import shrunk
from photostyle.prepared import Prepared
from photostyle.studio.api_photos import jpeg_of

SIDE = 512  # pixels, the long side
EVERY = 0.4  # seconds, at least, from one picture to the next
SHARE = 0.1  # of the time, for drawing, where that takes long,
RARELY = 3.0  # seconds, at most, from one to the next


class Growing:
    """A callback that passes progress on; in place of the transform so far, now and then, it has its picture, a JPEG.

    Args:
        content: the photo that is solved.
        callback: that progress is passed on to.
        clock: seconds.
    """

    def __init__(self, content: Prepared, callback: ProgressCallback, clock: Callable[[], float] = time.monotonic):
        self.content = replace(content, photo=shrunk(content.photo, SIDE))
        self.callback = callback
        self.clock = clock
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        """Pass a step on."""
        begin = self.clock()
        if progress.so_far is None or begin < self._next:
            self.callback(replace(progress, so_far=None))
            return
        codes = progress.so_far().preview(self.content, SIDE)()
        picture = jpeg_of(Image.fromarray(codes))
        end = self.clock()
        self._next = end + min(RARELY, max(EVERY, (end - begin) / SHARE))
        self.callback(replace(progress, so_far=lambda: picture))
