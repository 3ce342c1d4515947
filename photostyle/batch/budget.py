"""How much memory a photo takes, told from its header; how much may be taken at once, and by how many workers."""

import os
import re
from pathlib import Path

from photostyle.batch import remote
from photostyle.clip_files import is_clip
from photostyle.errors import OptionError
from photostyle.machine import available_bytes

PIXEL_BYTES = 40  # of a photo while it is decoded, rendered and written: 33 measured with a JPEG of 24 Mpixel, and room
WORKER_BYTES = 900 << 20  # of a worker with its networks and a solve at the working size: 890 MB measured
CLIP_BYTES = 900 << 20  # of a clip's frames on their way, at 1080p
LARGE_PHOTO = 24_000_000  # pixels
_IF_UNKNOWN = 4 << 30  # bytes that are taken for free where the system does not tell
_FREE_SHARE = 0.9
_FILE_FACTOR = 8  # bytes of memory a byte of a file whose size in pixels is not known
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parse_memory(text: str) -> int:
    """Bytes of a text such as 8GB, 800M; "auto" is nine tenths of what is free now.

    Raises:
        OptionError: it is no such text.

    >>> parse_memory("8GB") == 8 << 30
    True
    """
    if text == "auto":
        free = available_bytes()
        if not free:
            return _IF_UNKNOWN
        return int(free * _FREE_SHARE)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*", text.lower())
    if not match or float(match[1]) <= 0:
        raise OptionError(f"memory must be auto or a size such as 8GB, got {text!r}")
    return int(float(match[1]) * _UNITS[match[2]])


def photo_bytes(name: str) -> int:
    """Memory that making a photo or clip is expected to take; 0 for what is neither, which fails at once."""
    if is_clip(name):
        return CLIP_BYTES  # however long it is: few of its frames are in memory
    if remote.is_url(name):
        return LARGE_PHOTO * PIXEL_BYTES  # a guess: its header would have to be fetched
    size = _header_size(name)
    if size is None:
        return _file_bytes(name) * _FILE_FACTOR
    width, height = size
    return width * height * PIXEL_BYTES


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
    """At most so many workers that each has room for itself and a large photo; at least one."""
    room = memory // (WORKER_BYTES + LARGE_PHOTO * PIXEL_BYTES)
    return max(1, min(wanted, room))
