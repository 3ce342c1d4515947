"""Photoshop documents, PSD and PSB, of 1, 8 and 16 bits: their flat picture, which Photoshop keeps beside the layers."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from photostyle.photo.codecs.lab_codes import decode_lab
from photostyle.photo.codecs.psd_sections import CMYK, INDEXED, LAB, Sections, sections
from photostyle.photo.decoded import Decoded
from photostyle.photo.extra_channels import UNSPECIFIED, ExtraChannels
from photostyle.photo.file_facts import Layout, Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.metadata import resources
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster, full_scale

_LAYOUTS: dict[int, Layout] = {1: "grey", 3: "rgb", 4: "cmyk"}
# Numbers of image resources.
_RESOLUTION = 1005
_PROFILE = 1039
_EXIF = 1058
_XMP = 1060
_PACKBITS = 1
_ROUNDING = 2 / 255
_DEFLATED = 2
_DEFLATED_DIFFERENCES = 3


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the flat picture; what Photoshop matted with white is freed of it."""
    found = sections(file.read(), limits)
    codes = np.stack(list(_channels(found)), axis=-1)
    notes: list[str] = []
    if found.layers:
        notes.append("holds Photoshop layers; the flat picture that is stored beside them is used")
    decoded = _decoded(found, codes, notes)
    named = {resource.number: resource.data for resource in resources.resources(found.resources)}
    if decoded.profile is None:  # Lab has its own
        decoded.profile = named.get(_PROFILE)
    decoded.orientation = 1
    decoded.metadata = Metadata(
        named.get(_EXIF),
        named.get(_XMP),
        named.get(resources.IPTC),
        _resolution(named.get(_RESOLUTION)),
        resources=resources.carried(found.resources),
    )
    return decoded


def _channels(found: Sections) -> Iterator[np.ndarray]:
    """The channels (H, W), one after the other as they stand in the file."""
    row = (found.width * found.depth + 7) // 8
    size = row * found.height
    for packed in _unpacked(found, size):
        if len(packed) != size:
            raise ValueError("it is cut off")
        if found.depth == 1:
            bits = np.unpackbits(np.frombuffer(packed, np.uint8).reshape(found.height, row), axis=1)
            yield (1 - bits[:, : found.width]) * np.uint8(255)
            continue
        dtype = np.dtype(f">u{found.depth // 8}")
        plane = np.frombuffer(packed, dtype).reshape(found.height, found.width).astype(dtype.newbyteorder("="))
        if found.packing == _DEFLATED_DIFFERENCES:
            plane = np.cumsum(plane, axis=1, dtype=plane.dtype)
        yield plane


def _unpacked(found: Sections, size: int) -> Iterator[bytes]:
    """The bytes of each channel."""
    if found.packing == _PACKBITS:
        yield from _runs(found, size)
        return
    pixels = found.pixels
    if found.packing in (_DEFLATED, _DEFLATED_DIFFERENCES):
        pixels = zlib.decompressobj().decompress(pixels, size * found.channels)
    elif found.packing != 0:
        raise ValueError(f"its pixels are packed in way {found.packing}, which there is none of")
    for number in range(found.channels):
        yield pixels[number * size : (number + 1) * size]


def _runs(found: Sections, size: int) -> Iterator[bytes]:
    """PackBits: how long each row of each channel is, then the rows."""
    from imagecodecs import packbits_decode

    count = found.height * found.channels
    dtype = ">u2"
    if found.large:
        dtype = ">u4"
    lengths = np.frombuffer(found.pixels, dtype, min(count, len(found.pixels) // np.dtype(dtype).itemsize))
    if len(lengths) < count:
        raise ValueError("it is cut off")
    place = count * np.dtype(dtype).itemsize
    for channel in lengths.reshape(found.channels, found.height):
        end = place + int(channel.sum())
        yield bytes(packbits_decode(found.pixels[place:end], out=size))
        place = end


def _decoded(found: Sections, codes: np.ndarray, notes: list[str]) -> Decoded:
    colours = found.colours
    if found.mode == INDEXED:
        codes = _looked_up(codes, found.palette)
        colours = 3
    top = full_scale(codes.dtype)
    kept = colours + int(found.transparent)
    extra: ExtraChannels | None = None
    if codes.shape[2] > kept:
        extra = ExtraChannels(codes[..., kept:], (UNSPECIFIED,) * (codes.shape[2] - kept))
        notes.append(extra.note)
        codes = codes[..., :kept]
    if found.mode == LAB:
        decoded = decode_lab(codes, notes, signed=False)
        decoded.extra = extra
        return decoded
    on_white = found.transparent and _lies_on_white(codes, top)
    if on_white:
        codes = _without_white(codes, top)
    if found.mode == CMYK:
        codes = _inks(codes, top, premultiplied=on_white)
    return Decoded(
        Raster.from_array(codes),
        _LAYOUTS[colours],
        found.transparent,
        top,
        notes=notes,
        premultiplied=on_white,
        extra=extra,
    )


def _looked_up(codes: np.ndarray, palette: bytes) -> np.ndarray:
    """Indices as colours, and what follows them."""
    if len(palette) < 768:
        raise ValueError("its palette is cut off")
    colours = np.frombuffer(palette, np.uint8, 768).reshape(3, 256).T
    return np.concatenate([colours[codes[..., 0]], codes[..., 1:]], axis=-1)


def _lies_on_white(codes: np.ndarray, top: float) -> bool:
    """Whether transparent colours can have been laid on white, as Photoshop does, and GIMP does not."""
    darkest = codes[..., :-1].min(axis=-1).astype(np.float32)
    return bool((darkest + codes[..., -1] >= top * (1 - _ROUNDING)).all())


def _without_white(codes: np.ndarray, top: float) -> np.ndarray:
    """Colours that lie on white, by their transparency, as colours that are multiplied by it."""
    hidden = codes.dtype.type(top) - codes[..., -1:]
    codes[..., :-1] -= np.minimum(codes[..., :-1], hidden)
    return codes


def _inks(codes: np.ndarray, top: float, *, premultiplied: bool) -> np.ndarray:
    """CMYK, which Photoshop stores as what is left of the light, as inks."""
    light = codes[..., :4]
    white: np.ndarray = np.full(light.shape[:2] + (1,), top, codes.dtype)
    if premultiplied:
        white = codes[..., 4:]
    return np.concatenate([white - np.minimum(light, white), codes[..., 4:]], axis=-1)


def _resolution(data: bytes | None) -> tuple[float, float] | None:
    """Pixels per inch, which are stored with 16 bits after the point."""
    if data is None or len(data) < 16:
        return None
    across, down = struct.unpack_from(">I4xI", data)
    x = across / 65536
    y = down / 65536
    if not (1 <= x < 1e6 and 1 <= y < 1e6):
        return None
    return x, y
