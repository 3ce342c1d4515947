"""8-bit files that Pillow decodes: WebP, AVIF, GIF, BMP and their like; and the way into Pillow for others."""

import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.raster import Raster

_LAYOUTS = {
    "L": ("grey", False),
    "LA": ("grey", True),
    "RGB": ("rgb", False),
    "RGBA": ("rgb", True),
    "CMYK": ("cmyk", False),
}
_MODES = {layout: mode for mode, layout in _LAYOUTS.items()}
_lock = threading.Lock()


@contextmanager
def opened(path: Path | BinaryIO, format: str, limits: Limits) -> Iterator:
    """The Pillow image of a file, header only, its size checked by `limits` instead of Pillow's own limit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _without_limit(path, [format]) as image:
            limits.check(*image.size)
            yield image


def header_size(path: Path) -> tuple[int, int]:
    """(width, height) as the file's header has it, however large. Pillow raises whatever it likes on what it does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _without_limit(path) as image:
            return image.size


def _without_limit(path: Path | BinaryIO, formats: Sequence[str] | None = None):
    from PIL import Image

    with _lock:
        kept, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(path, formats=formats)
        finally:
            Image.MAX_IMAGE_PIXELS = kept


def decode(path: Path, format: str, limits: Limits) -> Decoded:
    """Decode the first frame or page."""
    with opened(path, format, limits) as image:
        return described(image)


def described(image) -> Decoded:
    """An open image, decoded, with what its file says of it."""
    frames = getattr(image, "n_frames", 1)
    notes = [f"holds {frames} frames or pictures; only the first is used"] if frames > 1 else []
    image.load()
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep(image, notes)
    plain = _plain(image)
    layout, alpha = _LAYOUTS[plain.mode]
    exif = image.info.get("exif") or b""
    metadata = Metadata(exif.removeprefix(b"Exif\0\0") or None, _bytes(image.info.get("xmp")), None, _resolution(image))
    profile = image.info.get("icc_profile") or None
    return Decoded(_raster(plain), layout, alpha, 255.0, profile, None, metadata, {}, notes)


def _deep(image, notes: list[str]) -> Decoded:
    """A grey image of more than 8 bits: 16-bit PGM and JPEG 2000."""
    codes = np.asarray(image)
    if codes.dtype.kind == "f":
        return Decoded(Raster.from_array(codes.astype(np.float32)), "grey", top=1.0, notes=notes)
    codes = np.clip(codes, 0, 65535).astype(np.uint16)
    return Decoded(Raster.from_array(codes), "grey", top=65535.0, notes=notes)


def _plain(image):
    """The image in one of the modes of `_LAYOUTS`, with no loss."""
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode in ("1", "L", "La") else "RGBA")
    return image if image.mode in _LAYOUTS else image.convert("L" if image.mode == "1" else "RGB")


def _raster(image) -> Raster:
    width, height = image.size

    def rows(top: int, bottom: int) -> np.ndarray:
        strip = np.asarray(image.crop((0, top, width, bottom)))
        return strip[..., None] if strip.ndim == 2 else strip

    return Raster(height, width, len(image.getbands()), np.dtype(np.uint8), rows)


def _bytes(value: object) -> bytes | None:
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else None


def _resolution(image) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 1 <= x < 1e6 and 1 <= y < 1e6 else None


def palette_picture(image) -> tuple[np.ndarray, np.ndarray]:
    """The indices (H, W) of a palette image, and its colours (N, 3) or, with transparency, (N, 4), uint8."""
    image.load()
    mode = "RGBA" if "transparency" in image.info else "RGB"
    if mode == "RGBA":
        image.apply_transparency()
    codes, palette = np.asarray(image), np.array(image.getpalette(mode), np.uint8).reshape(-1, len(mode))
    black = np.array([[0, 0, 0, 255][: len(mode)]], np.uint8)  # what codes beyond the palette are to Pillow
    return codes, np.concatenate([palette, black.repeat(max(0, int(codes.max()) + 1 - len(palette)), 0)])


def pillow_image(order: Order):
    """The order's rows as a Pillow image, pasted strip by strip."""
    from PIL import Image

    raster, mode = order.raster, _MODES[order.layout, order.alpha]
    image = Image.new(mode, (raster.width, raster.height))

    def paste(top: int, bottom: int, rows: np.ndarray) -> None:
        strip = np.ascontiguousarray(rows[..., 0] if rows.shape[2] == 1 else rows)
        image.paste(Image.frombuffer(mode, (raster.width, bottom - top), strip, "raw", mode, 0, 1), (0, top))

    raster.each(paste)
    return image


def blocks(order: Order) -> dict[str, object]:
    """Profile, EXIF and XMP, as Pillow's writers take them."""
    found = {"icc_profile": order.profile, "xmp": order.metadata.xmp}
    if order.metadata.exif:
        found["exif"] = b"Exif\0\0" + order.metadata.exif
    return {name: block for name, block in found.items() if block}


def saved(order: Order, path: Path, format: str, options: dict[str, object]) -> None:
    """Write the order with Pillow, and keep its warnings, which are of metadata, from the user's screen."""
    image = pillow_image(order)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.save(path, format, **options)


def encode_webp(order: Order, path: Path) -> None:
    """Write WebP: lossless where the source was, colours under full transparency kept."""
    lossless = bool(order.encoding.get("lossless")) and order.quality is None
    options = {"lossless": True, "quality": 60} if lossless else {"quality": order.quality or 92}
    saved(order, path, "WEBP", {"exact": True} | options | blocks(order))


def decode_webp(path: Path, limits: Limits) -> Decoded:
    """Decode WebP, and see whether it is lossless."""
    with open(path, "rb") as file:
        lossless = b"VP8L" in file.read(4096)[:64]
    decoded = decode(path, "WEBP", limits)
    decoded.encoding["lossless"] = lossless
    return decoded
