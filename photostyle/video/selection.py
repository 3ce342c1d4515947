"""Which frames of a clip are written, and at which size."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from photostyle.errors import OptionError

PREVIEW_SIDE = 640  # pixels
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Selection:
    """Which frames are written.

    Args:
        begin, until: seconds of the clip, the first and the one before which it ends; None for all.
        preview: write one frame in so many, and small; None for all frames at their own size.
    """

    begin: Fraction | None = None
    until: Fraction | None = None
    preview: int | None = None

    def __post_init__(self) -> None:
        if self.preview is not None and self.preview < 1:
            raise OptionError(f"preview must be 1 or more, one frame in so many, got {self.preview}", option="preview")
        if self.begin is not None and self.until is not None and self.begin >= self.until:
            raise OptionError(f"the part must end after it begins, got from {float(self.begin):g} to {float(self.until):g} s")

    @property
    def every(self) -> int:
        """One frame in how many is written."""
        return self.preview or 1

    def frames_of(self, times: Sequence[Fraction], end: Fraction) -> tuple[int, int]:
        """The numbers of the first frame and of the one after the last.

        Args:
            times: of the clip's frames.
            end: when the last one ends.

        Raises:
            OptionError: there are none.
        """
        start = 0 if self.begin is None else bisect_left(times, self.begin)
        stop = len(times) if self.until is None else bisect_left(times, self.until)
        if start >= stop:
            raise OptionError(f"no frame lies in the part that is asked for; the clip is {float(end):.2f} s long", option="from")
        return start, stop

    def size_of(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) at which a clip is written: its own, or in a preview a small and even one."""
        if self.preview is None:
            return size
        from photostyle.regions.resampling import size_within  # loads torch, which a plan can do without

        width, height = size_within(size, PREVIEW_SIDE)
        if (width, height) == size:
            return size
        return max(2, width - width % 2), max(2, height - height % 2)


def parse_time(text: str, option: str) -> Fraction:
    """Seconds of a time as people write it.

    >>> parse_time("12.5", "from"), parse_time("1:02:03", "from")
    (Fraction(25, 2), Fraction(3723, 1))

    Raises:
        OptionError: it is none.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise OptionError(f"{option} must be seconds or a time such as 1:02.5, got {text!r}", option=option)
    hours, minutes, seconds = match.groups()
    return (int(hours or 0) * 60 + int(minutes or 0)) * 60 + Fraction(seconds)
