"""JPEG 2000, 1 to 16 bits and more, as a JP2 file or a bare codestream, by imagecodecs' OpenJPEG."""

import struct
from dataclasses import dataclass

import numpy as np

from photostyle.photo.codecs import pillow
from photostyle.photo.codecs.jp2_boxes import COLOUR, OPACITY, PREMULTIPLIED, Boxes, boxes_of
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import romm_rgb
from photostyle.photo.decoded import Decoded, note_of_others
from photostyle.photo.extra_channels import UNSPECIFIED, ExtraChannels
from photostyle.photo.file_facts import Layout
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import THREADS, Raster, full_scale, with_channel_axis

# Enumerated colour spaces (ISO/IEC 15444-1, table I.10; 15444-2, table M.25).
_CMYK = 12
_LAB = 14
_GREY = 17
_SYCC = 18
_ROMM = 21
_LAYOUTS: dict[int, Layout] = {_CMYK: "cmyk", 15: "grey", 16: "rgb", _GREY: "grey", _SYCC: "rgb", _ROMM: "rgb"}
_STATED = (16, _GREY, _SYCC)  # colours that are sRGB's
_COUNTS: dict[Layout, int] = {"grey": 1, "rgb": 3, "cmyk": 4}
_OF_PROFILE: dict[str, Layout] = {"GRAY": "grey", "RGB": "rgb", "CMYK": "cmyk"}
_MOST_COMPONENTS = 16
_MOST_BITS = 38
_SIGNED = 0x80
_LEAST_TILE = 14  # bytes of a tile: where it begins, and where its data begin


@dataclass(frozen=True)
class _Size:
    """What the codestream's marker SIZ says: width, height, tiles, and each component's bits, sign and spacing."""

    width: int
    height: int
    tiles: int
    bits: list[int]
    signed: list[bool]
    subsampled: bool


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode with the file's own depth and colours."""
    notes: list[str] = []
    boxes = boxes_of(file.read(), notes)
    size = _size(boxes.codestream)
    limits.check(size.width, size.height)
    if size.tiles * _LEAST_TILE > len(boxes.codestream):
        raise ValueError(f"it has {len(boxes.codestream)} bytes for {size.tiles} tiles")
    if boxes.enumerated == _LAB:
        raise Refused("not supported: JPEG 2000 with CIELAB colours; convert it to TIFF")
    if size.subsampled or boxes.enumerated == _SYCC:
        decoded = _by_pillow(file, limits, max(size.bits))
    else:
        decoded = _decoded(boxes, size)
    decoded.profile = boxes.profile
    if boxes.enumerated == _ROMM:
        decoded.profile = romm_rgb()
    decoded.stated = boxes.enumerated in _STATED
    decoded.orientation = 1
    decoded.metadata = boxes.metadata
    decoded.notes += note_of_others(boxes.pictures, "pictures") + notes
    return decoded


def _size(stream: bytes) -> _Size:
    """The marker SIZ, which begins every codestream (annex A.5.1)."""
    try:
        right, bottom, left, top, tile_width, tile_height, tile_left, tile_top = struct.unpack_from(">8I", stream, 8)
        (count,) = struct.unpack_from(">H", stream, 40)
        if not 1 <= count <= _MOST_COMPONENTS:
            raise ValueError(f"it has {count} components, which no photo has")
        components = [struct.unpack_from(">BBB", stream, 42 + 3 * number) for number in range(count)]
    except struct.error:
        raise ValueError("its header is cut off") from None
    bits = [depth % _SIGNED + 1 for depth, _, _ in components]
    if max(bits) > _MOST_BITS:
        raise ValueError(f"it claims {max(bits)} bits a channel")
    signed = [depth >= _SIGNED for depth, _, _ in components]
    subsampled = any((across, down) != (1, 1) for _, across, down in components)
    if not tile_width or not tile_height:
        raise ValueError("its tiles have no size")
    across = -(-(right - tile_left) // tile_width)
    down = -(-(bottom - tile_top) // tile_height)
    return _Size(right - left, bottom - top, across * down, bits, signed, subsampled)


def _by_pillow(file: PhotoFile, limits: Limits, bits: int) -> Decoded:
    """Luma and chroma, perhaps of fewer pixels, which Pillow brings together, in 8 bits."""
    if bits > 8:
        raise Refused(
            f"not supported: JPEG 2000 with luma and chroma, or channels of several sizes, of {bits} bits; convert it to TIFF"
        )
    return pillow.decode(file, "JPEG2000", limits)


def _decoded(boxes: Boxes, size: _Size) -> Decoded:
    from imagecodecs import jpeg2k_decode

    codes = with_channel_axis(jpeg2k_decode(boxes.codestream, numthreads=THREADS))
    if codes.shape != (size.height, size.width, len(size.bits)):
        raise ValueError("its header contradicts its pixels")
    bits = max(size.bits)
    planes: list[np.ndarray] = []
    for number in range(codes.shape[2]):
        plane = codes[..., number]
        if size.signed[number]:
            plane = plane.astype(np.int64) + (1 << (size.bits[number] - 1))
        planes.append(plane)
    own_bits = list(size.bits)
    if boxes.palette is not None:
        planes = _looked_up(planes, boxes, boxes.palette)
        bits = boxes.palette_bits
        own_bits = [bits] * len(planes)
    dtype: np.dtype[np.generic] = np.dtype(np.uint8)
    if bits > 8:
        dtype = np.dtype(np.uint16)
    scaled = [_scaled(plane, one, dtype) for plane, one in zip(planes, own_bits, strict=True)]
    decoded = _arranged(scaled, boxes)
    if bits > 16:
        decoded.notes.append(f"has {bits} bits a channel; kept as 16")
    return decoded


def _looked_up(planes: list[np.ndarray], boxes: Boxes, palette: np.ndarray) -> list[np.ndarray]:
    """Channels that a palette makes of components."""
    mapping = boxes.mapping or [(0, column) for column in range(palette.shape[1])]
    channels = []
    for component, column in mapping:
        if component >= len(planes) or (column is not None and column >= palette.shape[1]):
            raise ValueError("its palette contradicts its pixels")
        if column is None:
            channels.append(planes[component])
        else:
            channels.append(palette[np.clip(planes[component], 0, len(palette) - 1), column])
    return channels


def _scaled(plane: np.ndarray, bits: int, dtype: np.dtype[np.generic]) -> np.ndarray:
    """A channel of so many bits in the codes of a dtype."""
    most = (1 << bits) - 1
    full = int(full_scale(dtype))
    codes: np.ndarray = np.clip(plane, 0, most)
    if most != full:
        codes = (codes.astype(np.int64) * full + most // 2) // most
    return codes.astype(dtype, copy=False)


def _arranged(channels: list[np.ndarray], boxes: Boxes) -> Decoded:
    """The channels as colours, then alpha; those that are neither are carried."""
    layout = _layout(len(channels), boxes)
    count = _COUNTS[layout]
    if len(channels) < count:
        raise ValueError("it has fewer channels than colours")
    colours = list(range(count))
    alpha: int | None = None
    premultiplied = False
    if not boxes.kinds and len(channels) == count + 1:
        alpha = count
    for channel, (kind, of) in boxes.kinds.items():
        if channel >= len(channels):
            continue
        if kind == COLOUR and 1 <= of <= count:
            colours[of - 1] = channel
        elif kind in (OPACITY, PREMULTIPLIED) and alpha is None:
            alpha = channel
            premultiplied = kind == PREMULTIPLIED
    kept = list(colours)
    if alpha is not None:
        kept.append(alpha)
    others = [channel for channel in range(len(channels)) if channel not in kept]
    codes = np.stack([channels[channel] for channel in kept], axis=-1)
    decoded = Decoded(Raster.from_array(codes), layout, alpha is not None, full_scale(codes.dtype))
    decoded.premultiplied = premultiplied
    if others:
        extra = np.stack([channels[channel] for channel in others], axis=-1)
        decoded.extra = ExtraChannels(extra, (UNSPECIFIED,) * len(others))
        decoded.notes.append(decoded.extra.note)
    return decoded


def _layout(channels: int, boxes: Boxes) -> Layout:
    """The layout that the file states, or that its number of channels suggests."""
    if boxes.enumerated in _LAYOUTS:
        return _LAYOUTS[boxes.enumerated]
    if boxes.profile is not None:
        try:
            return _OF_PROFILE[icc.parse(boxes.profile).space]
        except (ValueError, KeyError):  # which is noted when its colours are read
            pass
    if channels <= 2:
        return "grey"
    return "rgb"
