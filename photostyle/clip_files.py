"""Which files are clips, by the ending of their names; asked without loading what reads them."""

from pathlib import PurePosixPath

# ending of a file -> libav's name of the container
CONTAINERS = {".mkv": "matroska", ".webm": "webm", ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".avi": "avi", ".ts": "mpegts"}
CONTAINERS |= {".mts": "mpegts", ".m2ts": "mpegts", ".gif": "gif", ".mxf": "mxf", ".nut": "nut", ".flv": "flv", ".3gp": "3gp"}
CONTAINERS |= {".ogv": "ogg", ".ogg": "ogg", ".mpg": "mpeg", ".wmv": "asf", ".qt": "mov"}
CLIP_SUFFIXES = frozenset(CONTAINERS) - {".gif"}  # a GIF is a picture as often as a clip


def is_clip(name: str) -> bool:
    """Whether a file or URL is a clip, as its name says.

    >>> is_clip("party/dance.MP4"), is_clip("party.gif"), is_clip("mp4")
    (True, False, False)
    """
    return PurePosixPath(name.replace("\\", "/")).suffix.lower() in CLIP_SUFFIXES
