"""How much memory a photo takes, told from its header, and how much may be taken at once."""

import os
import re
from pathlib import Path

from photostyle.batch import remote
from photostyle.errors import OptionError
from photostyle.machine import available_bytes

PIXEL_BYTES = 40  # of a photo while it is decoded, rendered and written: 33 measured with a JPEG of 24 Mpixel, and room
WORKER_BYTES = 900 << 20  # of a worker with its networks and a solve at the working size: 890 MB measured
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parse_memory(text: str) -> int:
    """Bytes of a text such as 8GB, 800M; "auto" is nine tenths of what is free now.

    >>> parse_memory("8GB") == 8 << 30
    True
    """
    if text == "auto":
        free = available_bytes()
        return int(free * 0.9) if free else 4 << 30
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*", text.lower())
    if not match or float(match[1]) <= 0:
        raise OptionError(f"memory must be auto or a size such as 8GB, got {text!r}")
    return int(float(match[1]) * _UNITS[match[2]])


def photo_bytes(name: str) -> int:
    """Memory that making a photo is thought to take; 0 for what is no photo, which fails at once."""
    if remote.is_url(name):
        return 24_000_000 * PIXEL_BYTES  # a large one: its header is not worth a journey
    size = _header_size(name)
    return size[0] * size[1] * PIXEL_BYTES if size else _file_bytes(name) * 8


def _header_size(name: str) -> tuple[int, int] | None:
    from photostyle.photo.codecs import pillow

    try:
        return pillow.header_size(Path(name))
    except Exception:  # Pillow raises anything on what it does not know; the reader will say what is wrong
        return None


def _file_bytes(name: str) -> int:
    try:
        return os.path.getsize(name)
    except OSError:
        return 0


def workers_for(memory: int, wanted: int) -> int:
    """At most so many workers that each has room for itself and a photo of 24 megapixels; at least one."""
    return max(1, min(wanted, memory // (WORKER_BYTES + 24_000_000 * PIXEL_BYTES)))
