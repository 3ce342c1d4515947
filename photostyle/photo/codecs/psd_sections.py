"""The sections of a Photoshop document (Adobe Photoshop file formats): its header, what it says, its flat picture packed."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from photostyle.photo.limits import Limits, Refused

BITMAP = 0
GREY = 1
INDEXED = 2
RGB = 3
CMYK = 4
DUOTONE = 8
LAB = 9
_MODES = {BITMAP: 1, GREY: 1, INDEXED: 1, RGB: 3, CMYK: 4, DUOTONE: 1, LAB: 3}
_OTHERS = {7: "multichannel"}
_DEPTHS = (1, 8, 16)
_MOST_CHANNELS = 56
_SIGNATURES = (b"8BIM", b"8B64")
# Blocks whose lengths have 8 bytes in a large document (version 2).
_LONG_KEYS = {
    b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk", b"lnk2", b"FEid", b"FXid", b"PxSD",
}  # fmt: skip
_LAYERS = (b"Lr16", b"Lr32", b"Layr")
_TRANSPARENT = (b"Mtrn", b"Mt16", b"Mt32")


@dataclass(frozen=True)
class Sections:
    """What stands in a document before its pixels, and its pixels as they are packed.

    Args:
        large: whether it is a large document (PSB), whose lengths are longer.
        channels, width, height, depth: of its flat picture; depth in bits.
        mode: how its colours are to be read.
        colours: that is how many channels are colours.
        palette: of an indexed picture.
        resources: Photoshop's image resources.
        layers: how many layers it has.
        transparent: whether the first channel after the colours is the transparency of the flat picture.
        packing: how the pixels are packed: 0 not at all, 1 by PackBits, 2 deflated, 3 deflated differences.
        pixels: packed.
    """

    large: bool
    channels: int
    width: int
    height: int
    depth: int
    mode: int
    palette: bytes
    resources: bytes
    layers: int
    transparent: bool
    packing: int
    pixels: bytes

    @property
    def colours(self) -> int:
        return _MODES[self.mode]


def sections(data: bytes, limits: Limits) -> Sections:
    """Sort out a document.

    Raises:
        ValueError: it is damaged.
        Refused: it is too large, or of a kind that is not supported.
    """
    try:
        version, channels, height, width, depth, mode = struct.unpack_from(">4xH6xHIIHH", data)
        large = version == 2
        if version not in (1, 2) or not 1 <= channels <= _MOST_CHANNELS:
            raise ValueError("its header is damaged")
        limits.check(width, height)
        _check_kind(depth, mode)
        if channels < _MODES[mode]:
            raise ValueError("it has fewer channels than colours")
        palette, place = _section(data, 26, ">I")
        resources, place = _section(data, place, ">I")
        length = ">Q" if large else ">I"
        layers, place = _section(data, place, length)
        (packing,) = struct.unpack_from(">H", data, place)
    except struct.error:
        raise ValueError("it is cut off") from None
    count, transparent = 0, False
    with suppress(ValueError, struct.error):  # the flat picture can be had without its layers
        count, transparent = _layers(layers, length)
    return Sections(
        large, channels, width, height, depth, mode, palette, resources, count,
        transparent and channels > _MODES[mode], packing, data[place + 2 :],
    )  # fmt: skip


def _check_kind(depth: int, mode: int) -> None:
    if mode in _OTHERS:
        raise Refused(f"not supported: a Photoshop document of {_OTHERS[mode]} colours; convert it to RGB")
    if depth == 32:
        raise Refused("not supported: a Photoshop document of 32 bits a channel; convert it to 16 bits, or to a TIFF")
    if mode not in _MODES or depth not in _DEPTHS or (depth == 1) != (mode == BITMAP):
        raise ValueError(f"its header has {depth} bits and mode {mode}")


def _section(data: bytes, place: int, length: str) -> tuple[bytes, int]:
    """A section that begins with its length, and where the next one begins."""
    (size,) = struct.unpack_from(length, data, place)
    start = place + struct.calcsize(length)
    if start + size > len(data):
        raise ValueError("it is cut off")
    return data[start : start + size], start + size


def _layers(section: bytes, length: str) -> tuple[int, bool]:
    """How many layers there are, and whether the flat picture is transparent, which a negative number of layers says."""
    if len(section) < struct.calcsize(length):
        return 0, False
    info, place = _section(section, 0, length)
    count = 0
    if len(info) >= 2:
        (count,) = struct.unpack_from(">h", info)
    transparent = False
    with suppress(ValueError, struct.error):  # the mask for all layers, then blocks
        _, place = _section(section, place, ">I")
        for key, body in _blocks(section, place, large=length == ">Q"):
            transparent = transparent or key in _TRANSPARENT
            if key in _LAYERS and count == 0 and len(body) >= 2:
                (count,) = struct.unpack_from(">h", body)
    return abs(count), transparent or count < 0


def _blocks(section: bytes, place: int, *, large: bool) -> Iterator[tuple[bytes, bytes]]:
    """The blocks of additional layer information, each padded to 4 bytes."""
    while place + 12 <= len(section) and section[place : place + 4] in _SIGNATURES:
        key = section[place + 4 : place + 8]
        length = ">I"
        if large and key in _LONG_KEYS:
            length = ">Q"
        body, place = _section(section, place + 8, length)
        yield key, body
        place += -place % 4
