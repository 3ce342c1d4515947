"""JPEG XL, 8 to 16 bits and floats, by imagecodecs' libjxl; its header is read and written here (`jxl_header`)."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from photostyle.photo.codecs import jxl_colours, jxl_container, jxl_header
from photostyle.photo.codecs.deep_codes import bits_to_write, narrowed, widened
from photostyle.photo.codecs.jxl_bits import Bits
from photostyle.photo.codecs.jxl_header import Header
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import Colours, note_hdr
from photostyle.photo.colour_management.profiles import colour_space, hdr_colours
from photostyle.photo.colour_management.srgb import srgb_encoded, srgb_linear
from photostyle.photo.decoded import Decoded, layout_of
from photostyle.photo.dither import rounded
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Layout
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import THREADS, Raster, full_scale, with_channel_axis

_DISTANCE = 0.5
_EFFORT = 4
_BITS = 16


@dataclass(frozen=True)
class _Stated:
    """How a file told its colours, kept so that it is told so again.

    Args:
        profile: that was made of it; None for sRGB.
        layout: of its colours.
        bits: as it stood in the header.
    """

    profile: bytes | None
    layout: Layout
    bits: Bits


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the first frame, which libjxl turns upright."""
    data = file.read()
    stream = jxl_container.codestream(data)
    limits.check(*jxl_header.stored_size(stream))
    header, frames = jxl_header.read_header(stream)
    notes: list[str] = []
    if header.animated:
        notes.append("holds an animation; only the first frame is used")
    _note_extra_channels(header, notes)
    layout: Layout = "rgb"
    if header.colours.space == jxl_colours.GREY:
        layout = "grey"
    profile = _profile(header, layout, notes)
    raster = _raster(header, frames, stream, layout, profile)
    _, alpha = layout_of(raster.channels)
    encoding: dict[str, object] = {"lossless": not header.xyb and jxl_header.is_modular(frames), "bits": header.sample_bits}
    if header.colours.colours is not None:
        encoding["stated"] = _Stated(profile, layout, header.colours.bits)
    return Decoded(
        raster,
        layout,
        alpha,
        top=full_scale(raster.dtype),
        profile=profile,
        orientation=1,
        metadata=jxl_container.metadata(data, notes),
        encoding=encoding,
        notes=notes,
        premultiplied=header.alpha is not None and header.alpha.premultiplied,
        stated=header.colours.colours is not None,
    )


def _note_extra_channels(header: Header, notes: list[str]) -> None:
    """Refuse CMYK, and tell of channels that are neither colour nor transparency."""
    kinds = [channel.kind for channel in header.extra]
    if jxl_header.BLACK in kinds:
        raise Refused("its colours are CMYK, which is not read from JPEG XL; save it as TIFF")
    others = len(kinds) - (jxl_header.ALPHA in kinds)
    if others:
        notes.append(f"has {others} extra channels that are no transparency; left out")


def _profile(header: Header, layout: Layout, notes: list[str]) -> bytes | None:
    """The ICC profile of the file's colours, made of their numbers where there is none."""
    if header.profile is not None:
        return header.profile
    colours = header.colours.colours
    if colours is None:
        notes.append("its colours are of no kind that is known; read as sRGB")
        return None
    note_hdr(colours.hdr, notes)
    return colours.profile(layout)


def _raster(header: Header, frames: bytes, stream: bytes, layout: Layout, profile: bytes | None) -> Raster:
    """The codes in the file's own colours.

    libjxl turns XYB into colours that numbers tell, but knows no way into an ICC profile, and gives floats as linear
    light. Such files are decoded as linear sRGB, and converted here.
    """
    colours = header.colours.colours
    hdr = colours is not None and colours.hdr
    if not header.xyb or hdr or (header.profile is None and not header.floats):
        return _stretched(_decoded(stream, header), header)
    linear = header.with_colours(jxl_colours.by_numbers(layout, jxl_colours.LINEAR))
    linear = replace(linear, depth=jxl_header.floats32(), sample_bits=32, floats=True)
    codes = _decoded(linear.to_bytes() + frames, linear)
    return _in_own_colours(codes, header, layout, profile)


def _decoded(stream: bytes, header: Header) -> np.ndarray:
    """The codes (H, W, C) of a codestream's first frame, colours and transparency."""
    from imagecodecs import jpegxl_decode

    codes: np.ndarray = jpegxl_decode(stream, index=0, keeporientation=False, numthreads=THREADS)
    planes = header.colours.space == jxl_colours.GREY and header.extra and header.alpha is None
    if planes and codes.ndim == 3:
        codes = codes[0]
    codes = with_channel_axis(codes)
    if codes.ndim != 3 or codes.shape[2] > 4:
        raise ValueError(f"its {codes.ndim} axes or {codes.shape[-1]} channels are not a photo's")
    if codes.dtype == np.float16:
        codes = codes.astype(np.float32)
    return codes


def _stretched(codes: np.ndarray, header: Header) -> Raster:
    """Whole numbers of any count of bits as 8 or 16 bits."""
    raster = Raster.from_array(codes)
    if codes.dtype == np.uint16:
        return widened(raster, header.sample_bits)
    if codes.dtype == np.uint8 and header.sample_bits < 8:
        full = (1 << header.sample_bits) - 1
        return Raster.from_array(((codes.astype(np.uint16) * 255 + full // 2) // full).astype(np.uint8))
    return raster


def _in_own_colours(linear: np.ndarray, header: Header, layout: Layout, profile: bytes | None) -> Raster:
    """Linear sRGB (H, W, C) as codes of the file's colours and depth, made when they are asked for."""
    space, _ = colour_space(profile, layout)
    height, width, channels = linear.shape
    dtype: np.dtype[Any] = np.dtype(np.float32)
    if not header.floats:
        dtype = np.dtype(np.uint8)
        if header.sample_bits > 8:
            dtype = np.dtype(np.uint16)
    colours = space.channels

    def rows(top: int, bottom: int) -> np.ndarray:
        strip = linear[top:bottom]
        pixels = srgb_encoded(strip[..., :colours])
        values = np.empty(strip.shape, np.float32)
        values[..., :colours] = space.encode(np.broadcast_to(pixels, (*strip.shape[:2], 3)))
        values[..., colours:] = strip[..., colours:]
        if dtype.kind == "f":
            return values
        return rounded(values, int(full_scale(dtype)))

    return Raster(height, width, channels, dtype, rows)


def encode(job: EncodeJob, path: Path) -> None:
    """Write as the source was, lossless or visually lossless, or by quality; in the photo's own colours."""
    colours, profile, hdr = _colours_to_write(job)
    lossless = job.quality == 100 or (job.quality is None and bool(job.encoding.get("lossless")))
    if lossless or hdr:  # HDR brightness is nothing that a lossy encoder could be told of
        made = _lossless(job)
        header, frames = jxl_header.read_header(jxl_container.codestream(made))
    else:
        made = _lossy(job)
        header, frames = jxl_header.read_header(jxl_container.codestream(made))
        if header.floats and job.raster.dtype.kind == "u":
            header = replace(header, depth=jxl_header.whole_bits(_bits(job)))
    header = header.with_colours(colours, profile)
    if job.premultiplied:
        header = replace(header, extra=tuple(replace(channel, premultiplied=True) for channel in header.extra))
    head = header.to_bytes()
    with open(path, "wb") as file:
        file.write(jxl_container.file_head(made, job.metadata, len(head) + len(frames)))
        file.write(head)
        file.write(frames)


def _colours_to_write(job: EncodeJob) -> tuple[Bits, bytes | None, bool]:
    """The colour encoding, the profile that goes with it, and whether it has HDR brightness."""
    colours = None
    if job.profile is not None:
        colours = _hdr_of(job.profile)
    stated = job.encoding.get("stated")
    if isinstance(stated, _Stated) and (stated.profile, stated.layout) == (job.profile, job.layout):
        return stated.bits, None, colours is not None
    if job.profile is None:
        return jxl_colours.by_numbers(job.layout), None, False
    if colours is not None:
        bits = jxl_colours.of_hdr(colours, job.layout)
        if bits is not None:
            return bits, None, True
    return jxl_colours.by_profile(job.layout), job.profile, colours is not None


def _hdr_of(profile: bytes) -> Colours | None:
    """The colours of a profile that has HDR brightness, or None."""
    try:
        return hdr_colours(icc.parse(profile))
    except ValueError:
        return None


def _bits(job: EncodeJob) -> int:
    return bits_to_write(job.raster, job.encoding.get("bits"), _BITS)


def _lossless(job: EncodeJob) -> bytes:
    """A codestream of the very codes."""
    from imagecodecs import jpegxl_encode

    bits: int | None = None
    codes = job.raster.whole()
    if job.raster.dtype == np.uint16:
        bits = _bits(job)
        codes = narrowed(job.raster, bits)
    if job.raster.channels == 1:
        codes = codes[..., 0]
    return bytes(jpegxl_encode(codes, lossless=True, bitspersample=bits, effort=_EFFORT, usecontainer=False, numthreads=THREADS))


def _lossy(job: EncodeJob) -> bytes:
    """A codestream in XYB: of 8-bit sRGB as it is, of all else by way of linear sRGB in floats."""
    from imagecodecs import jpegxl_encode

    codes = job.raster.whole()
    if job.profile is not None or job.raster.dtype != np.uint8:
        codes = _linear(job)
    if job.raster.channels == 1:
        codes = codes[..., 0]
    distance = _distance(job.quality)
    return bytes(jpegxl_encode(codes, lossless=False, distance=distance, effort=_EFFORT, usecontainer=False, numthreads=THREADS))


def _linear(job: EncodeJob) -> np.ndarray:
    """The codes as linear sRGB (H, W, C), which may leave [0, 1], with transparency."""
    space, _ = colour_space(job.profile, job.layout)
    raster = job.raster
    colours = space.channels
    linear = np.empty((raster.height, raster.width, raster.channels), np.float32)
    scale = np.float32(full_scale(raster.dtype))

    def convert(top: int, bottom: int, codes: np.ndarray) -> None:
        values = codes.astype(np.float32) / scale
        linear[top:bottom, :, :colours] = srgb_linear(space.decode(values[..., :colours]))[..., :colours]
        linear[top:bottom, :, colours:] = values[..., colours:]

    raster.each(convert)
    return linear


def _distance(quality: int | None) -> float:
    """libjxl's own mapping of a JPEG-like quality to a distance (cjxl); without a quality, visually lossless."""
    if quality is None:
        return _DISTANCE
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 15.0
