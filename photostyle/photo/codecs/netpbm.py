"""Netpbm's pictures: PBM, PGM, PPM and PAM of any maximum, plain and binary, and PFM with its floats (netpbm.sourceforge.net)."""

import re
from collections.abc import Callable

import numpy as np

from photostyle.photo.decoded import Decoded, layout_of
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster, full_scale

_CHANNELS = {b"P1": 1, b"P2": 1, b"P3": 3, b"P4": 1, b"P5": 1, b"P6": 3, b"Pf": 1, b"PF": 3}
_BITMAPS = (b"P1", b"P4")
_FLOATS = (b"Pf", b"PF")
_PAM = b"P7"
_TOKEN = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*([^\s#]+)")
_MOST = 65535
_BEGINNINGS = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7")


class _Header:
    """What stands before the pixels: numbers between spaces and comments."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 2

    def word(self) -> bytes:
        found = _TOKEN.match(self.data, self.place)
        if found is None:
            raise ValueError("its header is cut off")
        self.place = found.end()
        return found[1]

    def number(self) -> int:
        word = self.word()
        if not word.isdigit() or len(word) > 10:
            raise ValueError(f"its header has {word[:20]!r} where a number should be")
        return int(word)


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the first picture of the file; samples up to 255 become 8 bits, deeper ones 16."""
    data = file.read()
    kind = data[:2]
    header = _Header(data)
    if kind == _PAM:
        return _pam(header, limits)
    channels = _CHANNELS[kind]
    width = header.number()
    height = header.number()
    limits.check(width, height)
    if kind in _FLOATS:
        return _floats(header, (height, width, channels))
    maximum = 1
    if kind not in _BITMAPS:
        maximum = _checked(header.number())
    read: dict[bytes, Callable[[_Header, tuple[int, int, int], int], np.ndarray]] = {
        b"P1": _plain_bits,
        b"P2": _plain,
        b"P3": _plain,
        b"P4": _bits,
    }
    samples = read.get(kind, _binary)(header, (height, width, channels), maximum)
    decoded = _decoded(samples, maximum)
    _note_more(decoded, header)
    return decoded


def _pam(header: _Header, limits: Limits) -> Decoded:
    """PAM: a header of named lines, then binary samples; the tuple type names what they are."""
    fields: dict[bytes, bytes] = {}
    while True:
        word = header.word()
        if word == b"ENDHDR":
            break
        fields[word] = header.word()
    try:
        width, height, channels, maximum = (int(fields[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
    except (KeyError, ValueError):
        raise ValueError("its header lacks a size") from None
    limits.check(width, height)
    if not 1 <= channels <= 4:
        raise Refused(f"not supported: a PAM picture of {channels} channels; convert it to TIFF")
    decoded = _decoded(_binary(header, (height, width, channels), _checked(maximum)), maximum)
    if fields.get(b"TUPLTYPE") == b"CMYK" and channels == 4:
        decoded.layout = "cmyk"
        decoded.alpha = False
    _note_more(decoded, header)
    return decoded


def _checked(maximum: int) -> int:
    if not 1 <= maximum <= _MOST:
        raise ValueError(f"its maximum is {maximum}, which is not from 1 to {_MOST}")
    return maximum


def _taken(header: _Header, size: int) -> bytes:
    """So many bytes after the one space that ends the header."""
    start = header.place + 1
    pixels = header.data[start : start + size]
    if len(pixels) < size:
        raise ValueError("it is cut off")
    header.place = start + size
    return pixels


def _binary(header: _Header, shape: tuple[int, int, int], maximum: int) -> np.ndarray:
    dtype: np.dtype[np.generic] = np.dtype(np.uint8)
    if maximum > 255:
        dtype = np.dtype(">u2")
    return np.frombuffer(_taken(header, int(np.prod(shape)) * dtype.itemsize), dtype).reshape(shape)


def _bits(header: _Header, shape: tuple[int, int, int], _: int) -> np.ndarray:
    height, width, _ = shape
    row = (width + 7) // 8
    packed = np.frombuffer(_taken(header, row * height), np.uint8).reshape(height, row)
    return 1 - np.unpackbits(packed, axis=1)[:, :width, None]


def _plain(header: _Header, shape: tuple[int, int, int], _: int) -> np.ndarray:
    count = int(np.prod(shape))
    text = re.sub(rb"#[^\r\n]*", b"", header.data[header.place :])
    words = text.split(None, count)[:count]
    if len(words) < count:
        raise ValueError("it is cut off")
    try:
        samples = np.array(words).astype(np.int64)
    except ValueError:
        raise ValueError("it has words among its numbers") from None
    header.place = len(header.data)
    return samples.reshape(shape)


def _plain_bits(header: _Header, shape: tuple[int, int, int], _: int) -> np.ndarray:
    count = int(np.prod(shape))
    text = re.sub(rb"#[^\r\n]*|\s", b"", header.data[header.place :])
    samples = np.frombuffer(text, np.uint8, min(count, len(text)))
    if len(samples) < count:
        raise ValueError("it is cut off")
    header.place = len(header.data)
    white: np.ndarray = (samples == ord("0")).astype(np.uint8)
    return white.reshape(shape)


def _floats(header: _Header, shape: tuple[int, int, int]) -> Decoded:
    """PFM: rows from the lowest, their byte order told by the sign of a scale."""
    try:
        scale = float(header.word())
    except ValueError:
        raise ValueError("its scale is no number") from None
    dtype = "<f4" if scale < 0 else ">f4"
    values = np.frombuffer(_taken(header, int(np.prod(shape)) * 4), dtype).reshape(shape)[::-1].astype(np.float32)
    layout, _ = layout_of(shape[2])
    decoded = Decoded(Raster.from_array(values), layout, top=1.0)
    if abs(scale) != 1:
        decoded.notes.append(f"has a scale of {abs(scale):g}, which is not applied")
    return decoded


def _decoded(samples: np.ndarray, maximum: int) -> Decoded:
    """Samples up to a maximum as codes of 8 or 16 bits."""
    dtype: np.dtype[np.generic] = np.dtype(np.uint8)
    if maximum > 255:
        dtype = np.dtype(np.uint16)
    full = int(full_scale(dtype))
    if maximum == full:
        codes = np.clip(samples, 0, full).astype(dtype)
    else:
        wide = np.clip(samples, 0, maximum).astype(np.uint32)
        codes = ((wide * full + maximum // 2) // maximum).astype(dtype)
    layout, alpha = layout_of(codes.shape[2])
    return Decoded(Raster.from_array(codes), layout, alpha, full_scale(dtype))


def _note_more(decoded: Decoded, header: _Header) -> None:
    if header.data[header.place :].lstrip()[:2] in _BEGINNINGS:
        decoded.notes.append("holds several pictures; only the first is used")
