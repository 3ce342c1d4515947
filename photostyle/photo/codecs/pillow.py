"""8-bit files that Pillow decodes: JPEG, PNG, WebP, GIF, BMP and their like."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
_lock = threading.Lock()


@contextmanager
def opened(path: Path, format: str, limits: Limits) -> Iterator:
    """The Pillow image of a file, header only, its size checked by `limits` instead of Pillow's own limit."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _lock:
            kept, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                image = Image.open(path, formats=[format])
            finally:
                Image.MAX_IMAGE_PIXELS = kept
        with image:
            limits.check(*image.size)
            yield image


def decode(path: Path, format: str, limits: Limits) -> Decoded:
    """Decode the first frame."""
    with opened(path, format, limits) as image:
        notes = []
        if getattr(image, "n_frames", 1) > 1:
            notes.append(f"holds {image.n_frames} frames or pictures; only the first is used")
        image.load()
        encoding = _jpeg_encoding(image) if format == "JPEG" else {}
        orientation, metadata = _metadata(image)
        profile = image.info.get("icc_profile") or None
        plain = _plain(image)
        layout, alpha = _LAYOUTS[plain.mode]
    return Decoded(
        _raster(plain), layout, alpha, 255.0, profile, orientation, metadata, encoding, notes
    )


def _plain(image):
    """The image in one of the modes of `_LAYOUTS`, with no loss."""
    if image.mode in _LAYOUTS and "transparency" not in image.info:
        return image
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode in ("1", "L", "La") else "RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _raster(image) -> Raster:
    width, height = image.size

    def rows(top: int, bottom: int) -> np.ndarray:
        strip = np.asarray(image.crop((0, top, width, bottom)))
        return strip[..., None] if strip.ndim == 2 else strip

    return Raster(height, width, len(image.getbands()), np.dtype(np.uint8), rows)


def _metadata(image) -> tuple[int, Metadata]:
    orientation = image.getexif().get(0x0112, 1)
    exif = image.info.get("exif") or None
    if exif and exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    xmp = image.info.get("xmp") or None
    return orientation, Metadata(exif, xmp, None, image.info.get("dpi"))


def _jpeg_encoding(image) -> dict[str, object]:
    from PIL import JpegImagePlugin

    return {
        "tables": {number: list(table) for number, table in image.quantization.items()},
        "subsampling": JpegImagePlugin.get_sampling(image),
        "progressive": bool(image.info.get("progressive")),
    }


def encode(order: Order, path: Path, format: str) -> None:
    """Write `order` with Pillow."""
    image = _image(order)
    options: dict[str, object] = {"icc_profile": order.profile}
    if order.metadata.exif:
        options["exif"] = b"Exif\0\0" + order.metadata.exif
    if order.metadata.xmp:
        options["xmp"] = order.metadata.xmp
    if format == "JPEG":
        options |= _jpeg_options(order)
    elif format == "WEBP":
        options |= {"lossless": True, "exact": True} if order.encoding.get("lossless") else {"quality": 92}
    image.save(path, format, **options)


def _image(order: Order):
    from PIL import Image

    raster = order.raster
    mode = {("grey", False): "L", ("grey", True): "LA", ("rgb", False): "RGB", ("rgb", True): "RGBA"}.get(
        (order.layout, order.alpha), "CMYK"
    )
    image = Image.new(mode, (raster.width, raster.height))

    def paste(top: int, bottom: int, rows: np.ndarray) -> None:
        strip = np.ascontiguousarray(rows[..., 0] if rows.shape[2] == 1 else rows)
        image.paste(Image.frombuffer(mode, (raster.width, bottom - top), strip, "raw", mode, 0, 1), (0, top))

    raster.each(paste)
    return image


def _jpeg_options(order: Order) -> dict[str, object]:
    encoding = order.encoding
    options: dict[str, object] = {"progressive": bool(encoding.get("progressive"))}
    if order.quality is None and encoding.get("tables"):
        options["qtables"] = encoding["tables"]
    else:
        options["quality"] = order.quality or 95
    subsampling = encoding.get("subsampling", 0)
    options["subsampling"] = subsampling if subsampling in (0, 1, 2) else 0
    return options
