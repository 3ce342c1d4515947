"""What a file's header may claim before its pixels are decoded."""

from dataclasses import dataclass

from photostyle.machine import available_bytes

# Pixels above which a claim is looked at closely.
_LARGE = 1 << 26


class Refused(ValueError):
    """A file that may well be sound, but is not read; the message says all, what to do included."""


@dataclass(frozen=True)
class Limits:
    """What a header may claim before its pixels are decoded.

    Args:
        max_pixels: the most pixels a picture may have.
        file_bytes: the size of the file.
        densest: the most pixels that a byte of a large file may stand for.
        pixel_bytes: memory that reading takes for a pixel.
    """

    max_pixels: int
    file_bytes: int
    densest: int = 500
    pixel_bytes: int = 18

    def check(self, width: int, height: int) -> None:
        """Raise a ValueError for a size that is empty, too large, or impossible in so small a file."""
        pixels = width * height
        if width < 1 or height < 1:
            raise ValueError(f"it has {width} x {height} pixels, a photo at least 1 x 1")
        if pixels > self.max_pixels:
            raise Refused(
                f"{width} x {height} pixels are more than the limit of {self.max_pixels / 1e6:.0f} Mpixel; "
                "shrink it, or raise max_pixels"
            )
        if pixels > _LARGE:
            self._check_large(width, height)

    def _check_large(self, width: int, height: int) -> None:
        pixels = width * height
        if pixels > self.densest * self.file_bytes:
            raise Refused(
                f"{self.file_bytes} bytes claim to hold {width} x {height} pixels, which no photo does; get an undamaged file"
            )
        available = available_bytes()
        if available is not None and pixels * self.pixel_bytes > available:
            raise Refused(
                f"reading {width} x {height} pixels takes {pixels * self.pixel_bytes / 1e9:.1f} GB of memory, "
                f"and {available / 1e9:.1f} GB are free; shrink it, or close other programs"
            )
