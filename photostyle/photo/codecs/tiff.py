"""TIFF and BigTIFF of 8, 16 and 32 bits, whole or half floats, tiled, compressed."""

from pathlib import Path

import numpy as np

from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.raster import Raster


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the first page."""
    from tifffile import TiffFile

    with TiffFile(path) as file:
        page = file.pages[0]
        limits.check(page.imagewidth, page.imagelength)
        notes = [f"holds {len(file.pages)} pages; only the first is used"] if len(file.pages) > 1 else []
        codes = page.asarray()
        tags = page.tags
        value = lambda tag, default=None: tags[tag].value if tag in tags else default
        profile, orientation = value(34675), value(274, 1)
        metadata = Metadata(None, value(700))
        encoding = {"compression": int(page.compression), "predictor": int(page.predictor)}
        planar = page.planarconfig == 2 and page.samplesperpixel > 1
    if planar:
        codes = np.moveaxis(codes, 0, -1)
    codes = codes[..., None] if codes.ndim == 2 else codes
    channels = codes.shape[2]
    top = {"u1": 255.0, "u2": 65535.0}.get(codes.dtype.str[1:], 1.0)
    layout = "grey" if channels <= 2 else "cmyk" if page.photometric == 5 else "rgb"
    alpha = channels in (2, 5) or (channels == 4 and layout == "rgb")
    return Decoded(
        Raster.from_array(codes), layout, alpha, top, profile, orientation, metadata, encoding, notes
    )


def encode(order: Order, path: Path) -> None:
    """Write strips with tifffile."""
    from tifffile import TiffWriter

    raster = order.raster
    photometric = {"grey": "minisblack", "rgb": "rgb", "cmyk": "separated"}[order.layout]
    extratags = [(700, 1, len(order.metadata.xmp), order.metadata.xmp, True)] if order.metadata.xmp else []
    step = max(1, (1 << 18) // raster.width)
    codes = raster.whole()
    with TiffWriter(path, bigtiff=codes.nbytes > 3_900_000_000) as file:
        file.write(
            codes if codes.shape[2] > 1 else codes[..., 0],
            photometric=photometric,
            planarconfig="contig" if codes.shape[2] > 1 else None,
            extrasamples=["unassalpha"] if order.alpha else None,
            compression="zlib",
            compressionargs={"level": 4},
            predictor=True,
            rowsperstrip=step,
            iccprofile=order.profile,
            extratags=extratags,
            metadata=None,
            software="photostyle",
        )
