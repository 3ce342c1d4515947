"""The pages of a TIFF: which one is the photo, which its transparency mask, and what only damages look like."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from photostyle.photo.decoded import Decoded, note_of_others
from photostyle.photo.raster import full_scale

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

_MOST_PAGES = 64
_UNPACKED = 1


def photo_and_mask(tiff: "TiffFile", notes: list[str]) -> tuple["TiffPage", "TiffPage | None"]:
    """The first page that is no preview and no mask, and the mask of its size, where there is one.

    A mask (TIFF 6.0, section 8: NewSubfileType 4) tells what is seen of the photo; GDAL writes such.

    Args:
        tiff: an open file.
        notes: notes for the user, to be added to.

    Raises:
        ValueError: it holds no page.
    """
    pages = _pages(tiff)
    pictures = [page for page in pages if not page.is_mask] or pages
    full = [page for page in pictures if not page.is_reduced] or pictures
    notes += note_of_others(len(full), "pages")
    photo = full[0]
    for page in pages:
        if page.is_mask and page is not photo and not page.is_reduced and page.samplesperpixel == 1:
            if (page.imagelength, page.imagewidth) == (photo.imagelength, photo.imagewidth):
                return photo, page
    return photo, None


def _pages(tiff: "TiffFile") -> list["TiffPage"]:
    """The pages, up to 64; a damaged chain ends where it breaks."""
    try:
        pages: list[Any] = [tiff.pages[0]]
    except IndexError:
        raise ValueError("it holds no picture") from None
    for number in range(1, _MOST_PAGES):
        try:
            pages.append(tiff.pages[number])
        except Exception:  # tifffile raises many kinds for what follows the last page
            break
    return pages


def add_mask(decoded: Decoded, mask: "TiffPage") -> None:
    """Give a decoded photo its mask as transparency: 0 is hidden."""
    raster = decoded.raster
    seen = mask.asarray() > 0
    if seen.all():
        return
    opaque = full_scale(raster.dtype)

    def rows(top: int, bottom: int) -> np.ndarray:
        colours = raster.rows(top, bottom)
        alpha = (seen[top:bottom, :, None] * opaque).astype(raster.dtype)
        return np.concatenate([colours, alpha], axis=-1)

    decoded.raster = replace(raster, channels=raster.channels + 1, rows=rows)
    decoded.alpha = True
    decoded.notes.append("has a transparency mask as a page of its own; read as transparency, and comes back as an alpha channel")


def mend_byte_counts(page: "TiffPage", file_bytes: int) -> None:
    """Where pixels are not packed, say how long each strip is, whatever the page says: some programs say nonsense.

    Args:
        page: whose `databytecounts` are mended.
        file_bytes: of the whole file.
    """
    if int(page.compression) != _UNPACKED or page.is_tiled or page.bitspersample % 8 != 0:
        return
    row = page.imagewidth * page.bitspersample // 8
    planes = page.samplesperpixel
    if page.planarconfig != 2:
        row *= page.samplesperpixel
        planes = 1
    rows = min(page.rowsperstrip or page.imagelength, page.imagelength)
    strips = -(-page.imagelength // rows)
    offsets = page.dataoffsets
    sizes = page.databytecounts
    if not len(offsets) == len(sizes) == strips * planes:
        return
    needed = []
    for number, offset in enumerate(offsets):
        height = min(rows, page.imagelength - number % strips * rows)
        needed.append(height * row)
        if offset <= 0 or offset + needed[-1] > file_bytes:
            return
    if any(size == 0 or offset + size > file_bytes for offset, size in zip(offsets, sizes, strict=True)):
        page.databytecounts = tuple(needed)
