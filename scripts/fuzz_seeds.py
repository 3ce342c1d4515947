"""Small files of every format that photostyle reads, made by code: what scripts/fuzz_codecs.py mutates."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

WIDTH, HEIGHT = 40, 28
_TIFF_COMPRESSIONS = (None, "lzw", "zlib", "packbits", "zstd", "lzma", "jpeg", "webp", "lerc", "jpegxl", "jpeg2000", "png")


def codes(channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    """A ramp with noise (H, W, C) over the whole range of a dtype; floats go from 0 to 1."""
    rng = np.random.default_rng(channels)
    ramp = np.linspace(0, 0.8, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, channels)) + rng.uniform(
        0, 0.2, (HEIGHT, WIDTH, channels)
    )
    top = 1.0
    if np.dtype(dtype).kind == "u":
        top = float(np.iinfo(dtype).max)
    return (ramp * top).astype(dtype)


def _saved(format: str, channels: int = 3, frames: int = 1, **options: Any) -> bytes:
    """A file by Pillow."""
    image = Image.fromarray(codes(channels).squeeze())
    file = io.BytesIO()
    if frames > 1:
        options |= {"save_all": True, "append_images": [image.rotate(90 * n) for n in range(1, frames)]}
    image.save(file, format, **options)
    return file.getvalue()


def _facts() -> dict[str, Any]:
    """A profile, EXIF and XMP, as Pillow's writers take them."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif.tobytes(), "icc_profile": profile, "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"}


def _jpeg() -> Iterator[bytes]:
    yield _saved("JPEG")
    yield _saved("JPEG", progressive=True, **_facts())
    yield _saved("JPEG", 1)
    yield _saved("JPEG", frames=1, subsampling=2, restart_marker_blocks=2)
    yield imagecodecs.jpeg8_encode(codes(3, np.uint16) >> 4, bitspersample=12)
    yield imagecodecs.jpeg8_encode(codes(1)[..., 0], lossless=True)
    file = io.BytesIO()
    Image.fromarray(codes()).convert("CMYK").save(file, "JPEG")
    yield file.getvalue()


def _png() -> Iterator[bytes]:
    facts = _facts()
    yield _saved("PNG", icc_profile=facts["icc_profile"], exif=facts["exif"])
    yield _saved("PNG", 4, frames=2)
    file = io.BytesIO()
    Image.fromarray(codes()).quantize(16).save(file, "PNG", transparency=3)
    yield file.getvalue()
    for channels in (1, 2, 3, 4):
        yield imagecodecs.png_encode(codes(channels, np.uint16))


def _tiff() -> Iterator[bytes]:
    for compression in _TIFF_COMPRESSIONS:
        yield _tiff_file(codes(), photometric="rgb", compression=compression)
    yield _tiff_file(codes(4, np.uint16), photometric="rgb", tile=(16, 16), compression="zlib", predictor=True)
    yield _tiff_file(codes(3, np.float32), photometric="rgb", compression="zstd", predictor=True)
    yield _tiff_file(codes(1)[..., 0] > 127, photometric="minisblack", compression="packbits")
    yield _tiff_file(codes(4), photometric="separated", bigtiff=True, byteorder=">")
    yield _tiff_file(np.moveaxis(codes(), -1, 0).copy(), photometric="rgb", planarconfig="separate", compression="lzw")
    file = io.BytesIO()
    Image.fromarray(codes()).convert("1").save(file, "TIFF", compression="group4")
    yield file.getvalue()
    yield _saved("TIFF", 4, frames=3, compression="tiff_lzw")


def _tiff_file(array: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def _webp() -> Iterator[bytes]:
    yield _saved("WEBP")
    yield _saved("WEBP", 4, lossless=True, **_facts())
    yield _saved("WEBP", 4, quality=60, **_facts())
    yield _saved("WEBP", frames=3, lossless=True)


def _avif() -> Iterator[bytes]:
    yield _saved("AVIF")
    yield _saved("AVIF", 4, **_facts())
    yield _saved("AVIF", frames=3)
    yield imagecodecs.avif_encode(codes(3, np.uint16) >> 6, bitspersample=10)
    yield imagecodecs.avif_encode(codes(1, np.uint16)[..., 0] >> 4, bitspersample=12)
    yield imagecodecs.avif_encode(codes(4))


def _heic() -> Iterator[bytes]:
    import pillow_heif

    for mode, array in (("RGB", codes()), ("RGBA", codes(4)), ("L", codes(1)), ("RGB;16", codes(3, np.uint16))):
        file = io.BytesIO()
        made = pillow_heif.from_bytes(mode, (WIDTH, HEIGHT), array.tobytes())
        facts = _facts()
        made.save(file, quality=60, exif=facts["exif"], xmp=facts["xmp"])
        yield file.getvalue()


def _jxl() -> Iterator[bytes]:
    for channels in (1, 3, 4):
        yield imagecodecs.jpegxl_encode(codes(channels).squeeze(), lossless=True)
    yield imagecodecs.jpegxl_encode(codes(3, np.uint16), lossless=True)
    yield imagecodecs.jpegxl_encode(codes(3, np.float32), lossless=True)
    yield imagecodecs.jpegxl_encode(codes(), distance=1.0, usecontainer=True)
    yield imagecodecs.jpegxl_encode_jpeg(_saved("JPEG"), usecontainer=True)
    yield imagecodecs.jpegxl_encode(np.stack([codes(), codes()[::-1]]), lossless=True)
    yield from _written("jxl")


def _written(name: str) -> Iterator[bytes]:
    """What photostyle itself writes: a photo with a profile, EXIF and XMP, with and without loss."""
    from photostyle.photo import read_photo, write_photo

    photo = read_photo(_saved("PNG", 4, icc_profile=_adobe()))
    for quality in ("keep", 100):
        file = io.BytesIO()
        write_photo(photo, file, format=name, quality=quality, history="fuzzed")
        yield file.getvalue()


def _adobe() -> bytes:
    from photostyle.photo.colour_management.primaries import adobe_rgb

    return adobe_rgb()


def _psd() -> Iterator[bytes]:
    """Photoshop files, which nothing here writes: header, no resources, no layers, plain or packed planes."""
    head = b"8BPS\0\1" + bytes(6) + (3).to_bytes(2) + HEIGHT.to_bytes(4) + WIDTH.to_bytes(4) + b"\0\x08\0\x03" + bytes(12)
    planes = np.moveaxis(codes(), -1, 0)
    yield head + b"\0\0" + planes.tobytes()
    rows = [imagecodecs.packbits_encode(row.tobytes()) for row in planes.reshape(-1, WIDTH)]
    sizes = b"".join(len(row).to_bytes(2) for row in rows)
    yield head + b"\0\1" + sizes + b"".join(rows)


def _netpbm() -> Iterator[bytes]:
    yield _saved("PPM")
    yield _saved("PPM", 1)
    yield f"P6\n{WIDTH} {HEIGHT}\n65535\n".encode() + codes(3, np.uint16).astype(">u2").tobytes()
    yield f"PF\n{WIDTH} {HEIGHT}\n-1.0\n".encode() + codes(3, np.float32).tobytes()
    yield f"P3\n{WIDTH} {HEIGHT}\n255\n".encode() + " ".join(str(code) for code in codes().ravel()).encode()


def _raw() -> Iterator[bytes]:
    """Digital negatives: a camera's mosaic, plain and as lossless JPEG."""
    matrix = [part for value in (70, -20, -5, -40, 120, 20, -10, 20, 60) for part in (value, 100)]
    tags = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), True),
        (50708, 2, 0, "Test", True),
        (33421, 3, 2, (2, 2), True),
        (33422, 1, 4, bytes([0, 1, 1, 2]), True),
        (50721, 10, 9, matrix, True),
        (50728, 5, 3, [5000, 10000, 10000, 10000, 6000, 10000], True),
        (50778, 3, 1, 21, True),
        (271, 2, 0, "Maker", True),
    ]
    mosaic = codes(1, np.uint16)[..., 0]
    yield _tiff_file(mosaic, photometric=32803, extratags=tags, metadata=None)
    file = io.BytesIO()
    packed = iter([imagecodecs.ljpeg_encode(mosaic, bitspersample=16)])
    layout: dict[str, Any] = {"shape": mosaic.shape, "dtype": mosaic.dtype, "rowsperstrip": HEIGHT, "compression": 7}
    tifffile.imwrite(file, packed, photometric=32803, extratags=tags, metadata=None, **layout)
    yield file.getvalue()


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "tiff": _tiff,
    "webp": _webp,
    "avif": _avif,
    "heic": _heic,
    "jxl": _jxl,
    "gif": lambda: iter([_saved("GIF"), _saved("GIF", frames=3)]),
    "bmp": lambda: iter([_saved("BMP"), _saved("BMP", 1), _saved("BMP", 4)]),
    "psd": _psd,
    "qoi": lambda: iter([imagecodecs.qoi_encode(codes()), imagecodecs.qoi_encode(codes(4))]),
    "jpeg2000": lambda: iter([_saved("JPEG2000"), _saved("JPEG2000", 4, irreversible=True), _saved("JPEG2000", no_jp2=True)]),
    "netpbm": _netpbm,
    "raw": _raw,
}
