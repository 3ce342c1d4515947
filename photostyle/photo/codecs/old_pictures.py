"""TGA and SGI files, which Pillow decodes, with what it does not say of them."""

from dataclasses import replace

from photostyle.photo.codecs import pillow
from photostyle.photo.decoded import Decoded
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster

# Where a TGA's header (Truevision TGA 2.0) has its description, and what there counts the bits of alpha.
_TGA_DESCRIPTION = 17
_TGA_ALPHA_BITS = 0x0F
_SGI_BYTES = 3  # where an SGI's header has the bytes of a channel


def decode_tga(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode a TGA; a fourth channel that its header does not call alpha is none."""
    decoded = pillow.decode(file, "TGA", limits)
    if decoded.alpha and not file.head(18)[_TGA_DESCRIPTION] & _TGA_ALPHA_BITS:
        decoded.raster = _without_last(decoded.raster)
        decoded.alpha = False
        decoded.notes.append("has a last channel that its header does not call transparency; left out")
    return decoded


def _without_last(raster: Raster) -> Raster:
    channels = raster.channels - 1
    return replace(raster, channels=channels, rows=lambda top, bottom: raster.rows(top, bottom)[..., :channels])


def decode_sgi(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode an SGI, whose 16 bits Pillow makes 8."""
    decoded = pillow.decode(file, "SGI", limits)
    if file.head(4)[_SGI_BYTES] == 2:
        decoded.notes.append("has 16 bits a channel, of which 8 are read; convert it to TIFF to keep them")
    return decoded
