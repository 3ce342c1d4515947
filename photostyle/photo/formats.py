"""Which picture formats there are, how their files begin, and what each can hold."""

from dataclasses import dataclass
from pathlib import Path

from photostyle.errors import PhotoError


@dataclass(frozen=True)
class Format:
    """A file format that photos are written in.

    Args:
        name: for people.
        suffixes: its file extensions, the usual one first.
        depths: bit depths it holds, from 8, 16 and "float".
        alpha: whether it holds transparency.
        layouts: colour layouts it holds, from "grey", "rgb" and "cmyk".
    """

    name: str
    suffixes: tuple[str, ...]
    depths: tuple[int | str, ...]
    alpha: bool
    layouts: tuple[str, ...]


WRITABLE = {
    "jpeg": Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), (8,), False, ("grey", "rgb", "cmyk")),
    "png": Format("PNG", (".png",), (8, 16), True, ("grey", "rgb")),
    "tiff": Format("TIFF", (".tif", ".tiff"), (8, 16, "float"), True, ("grey", "rgb", "cmyk")),
    "webp": Format("WebP", (".webp",), (8,), True, ("rgb",)),
}

CAMERA_RAW_SUFFIXES = frozenset(
    ".3fr .ari .arw .bay .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .k25 .kdc .mef .mos .mrw .nef .nrw .orf "
    ".pef .ptx .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f".split()
)

_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)


def sniff(head: bytes) -> str | None:
    """The format that a file's first bytes tell, or None; its extension is not asked."""
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return None


def format_for_writing(path: Path) -> str:
    """The format that a path's extension asks for.

    Raises:
        PhotoError: no format is written under that extension.
    """
    suffix = path.suffix.lower()
    for name, format in WRITABLE.items():
        if suffix in format.suffixes:
            return name
    known = ", ".join(format.suffixes[0] for format in WRITABLE.values())
    if suffix in CAMERA_RAW_SUFFIXES:
        raise PhotoError(f"{path}: camera raw files cannot be written; use one of {known}")
    came = f"the extension '{path.suffix}' names no format that can be written" if suffix else "has no extension"
    raise PhotoError(f"{path}: {came}; use one of {known}")
