"""What a photo's file was like and what it said: both have to come back when the photo is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from photostyle.photo.metadata.directories import Value

Depth = Literal[8, 16, "float"]
Layout = Literal["grey", "rgb", "cmyk"]


@dataclass(frozen=True, repr=False)
class Metadata:
    """What a file says about its photo, as the blocks of bytes that the standards define.

    Args:
        exif: a TIFF structure, as in EXIF 2.32, without a leading "Exif".
        xmp: an XMP packet (ISO 16684-1).
        iptc: IPTC-IIM records.
        resolution: pixels per inch along x and y.
        text: pairs of a keyword and a text, as PNG has them: "Copyright", "Author", "Comment".
        resources: Photoshop image resources ("8BIM", one after the other, as in a JPEG's APP13 or TIFF's tag 34377)
            that are carried, such as clipping paths; `metadata.resources` sorts them out, and IPTC is not among them.
        modified: when the file says that the picture was last changed, "2024:05:06 07:08:09".
        tags: TIFF tags that are carried as they are, by number.
        chunks: kind and body of PNG chunks that are carried as they are.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    resolution: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()
    resources: bytes | None = None
    modified: str | None = None
    tags: tuple[tuple[int, Value], ...] = ()
    chunks: tuple[tuple[bytes, bytes], ...] = ()

    def __repr__(self) -> str:
        """One line, with the size of each block instead of its bytes."""
        parts = []
        for name in ("exif", "xmp", "iptc", "resources"):
            block = getattr(self, name)
            if block is not None:
                parts.append(f"{name} {len(block)} bytes")
        if self.resolution is not None:
            parts.append(f"{self.resolution[0]:g} x {self.resolution[1]:g} dpi")
        if self.text:
            parts.append(f"{len(self.text)} texts")
        if self.tags:
            parts.append(f"{len(self.tags)} TIFF tags")
        if self.chunks:
            parts.append(f"{len(self.chunks)} PNG chunks")
        return f"Metadata({', '.join(parts)})"


@dataclass(frozen=True)
class FileFacts:
    """How a photo was stored, so that it can be stored so again.

    Args:
        path: the file it came from, or the name of what it came from, for messages.
        format: a key of `formats.WRITABLE`, or the name of a format that is only read.
        depth: of its channels.
        layout: of its colours.
        encoding: what its codec has to know: quantisation tables, subsampling, compression.
        premultiplied: whether its colours were multiplied by alpha.
    """

    path: str | None = None
    format: str | None = None
    depth: Depth = 8
    layout: Layout = "rgb"
    encoding: Mapping[str, object] = field(default_factory=dict)
    premultiplied: bool = False

    @property
    def name(self) -> str:
        """The file's name without its folders; empty where there was no file."""
        if self.path is None:
            return ""
        return Path(self.path).name
