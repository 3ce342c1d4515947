"""Which picture formats there are, how their files begin, and what each can hold."""

from dataclasses import dataclass
from pathlib import Path

from photostyle.errors import OptionError, PhotoError
from photostyle.photo.file_facts import Depth, Layout


@dataclass(frozen=True)
class Format:
    """A file format that photos are written in.

    Args:
        name: for people.
        suffixes: its file extensions, the usual one first.
        depths: bit depths it holds, from 8, 16 and "float".
        alpha: whether it holds transparency.
        layouts: colour layouts it holds, from "grey", "rgb" and "cmyk".
        longest: pixels along its longest side.
        premultiplied: whether a photo that came so is written with its colours multiplied by alpha.
        extra: whether it holds channels that are neither colour nor transparency.
    """

    name: str
    suffixes: tuple[str, ...]
    depths: tuple[Depth, ...]
    alpha: bool
    layouts: tuple[Layout, ...]
    longest: int = (1 << 31) - 1
    premultiplied: bool = False
    extra: bool = False


WRITABLE = {
    "jpeg": Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), (8,), False, ("grey", "rgb", "cmyk"), 65500),
    "png": Format("PNG", (".png",), (8, 16), True, ("grey", "rgb")),
    "tiff": Format("TIFF", (".tif", ".tiff"), (8, 16, "float"), True, ("grey", "rgb", "cmyk"), premultiplied=True, extra=True),
    "webp": Format("WebP", (".webp",), (8,), True, ("rgb",), 16383),
    "avif": Format("AVIF", (".avif",), (8, 16), True, ("grey", "rgb"), 65535),
    "heic": Format("HEIC", (".heic", ".heif", ".hif"), (8, 16), True, ("grey", "rgb"), 16384),
    "jxl": Format("JPEG XL", (".jxl",), (8, 16, "float"), True, ("grey", "rgb"), 1 << 30, premultiplied=True),
}

CAMERA_RAW_SUFFIXES = frozenset(
    ".3fr .ari .arw .bay .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .k25 .kdc .mef .mos .mrw .nef .nrw .orf "
    ".pef .ptx .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f".split()
)

_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"IIRO", "raw"),
    (b"IIRS", "raw"),
    (b"IIU\0", "raw"),
    (b"MMOR", "raw"),
    (b"FUJIFILMCCD-RAW", "raw"),
    (b"FOVb", "raw"),
    (b"\0MRM", "raw"),
    (b"II\x1a\0\0\0HEAPCCDR", "raw"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"8BPS", "psd"),
    (b"qoif", "qoi"),
    (b"DDS ", "dds"),
    (b"\x01\xda\x00", "sgi"),
    (b"\x01\xda\x01", "sgi"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)
_BRANDS = {b"avif": "avif", b"avis": "avif", b"crx ": "raw"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "heic"
)
# Extensions of the formats that are only read, beside those of camera raw files.
READ_ONLY_SUFFIXES = frozenset(
    ".gif .bmp .psd .psb .qoi .jp2 .j2k .j2c .jpf .jpx .ppm .pgm .pbm .pnm .pam .pfm .tga .sgi .pcx .dds".split()
)
_TGA_SUFFIXES = {".tga", ".icb", ".vda", ".vst"}
_TGA_KINDS = {1, 2, 3, 9, 10, 11}
_TGA_FOOTER = b"TRUEVISION-XFILE.\0"
_PCX_VERSIONS = {0, 2, 3, 4, 5}
_NETPBM = {b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF"}
_PAM = b"P7\n"


def sniff(head: bytes, suffix: str = "", tail: bytes = b"") -> str | None:
    """The format that a file's first 64 bytes tell, or None.

    The extension is asked only of what is built like a TIFF, as most camera raw files are, and of TGA, which begins
    like nothing in particular; newer ones have a footer in their last bytes.
    """
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            if name == "tiff" and (suffix.lower() in CAMERA_RAW_SUFFIXES or head[8:10] == b"CR"):
                return "raw"
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _format_of_brands(head)
    if (head[:2] in _NETPBM and head[2:3].isspace()) or head.startswith(_PAM):
        return "netpbm"
    if head[:1] == b"\n" and len(head) > 3 and head[1] in _PCX_VERSIONS and head[2] <= 1 and head[3] in (1, 2, 4, 8):
        return "pcx"
    if tail.endswith(_TGA_FOOTER) or (suffix.lower() in _TGA_SUFFIXES and len(head) >= 18 and head[2] in _TGA_KINDS):
        return "tga"
    return None


def _format_of_brands(head: bytes) -> str | None:
    """The format of the first brand that is known in an ISO base media file, or None."""
    for place in (8, *range(16, len(head) - 3, 4)):
        brand = head[place : place + 4]
        if brand in _BRANDS:
            return _BRANDS[brand]
    return None


def format_named(name: str) -> str:
    """The key in `WRITABLE` of a format that is called by its name or its extension.

    Raises:
        OptionError: no such format is written.

    >>> format_named("JPG")
    'jpeg'
    """
    wanted = name.lower().removeprefix(".")
    for key, format in WRITABLE.items():
        if wanted == key or f".{wanted}" in format.suffixes:
            return key
    raise OptionError(f"format must be one of {', '.join(WRITABLE)}, got {name!r}")


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
    if suffix:
        raise PhotoError(f"{path}: the extension '{path.suffix}' names no format that can be written; use one of {known}")
    raise PhotoError(f"{path}: has no extension; use one of {known}")
