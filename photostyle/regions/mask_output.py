"""Masks to files that any editor opens and `read_masks` takes back: an indexed picture, soft greys, an overlay, names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photostyle.errors import MaskError
from photostyle.regions.edges import MaskUpsampler
from photostyle.regions.mask_files import hardened
from photostyle.regions.palette import hue
from photostyle.regions.regions import Regions
from photostyle.whole_file import write_whole

OVERLAY_SIDE = 1600  # pixels, the longest side of the overlay picture
_STRIP = 1 << 22  # pixels made at a time
_TINT = 0.5


@dataclass(frozen=True)
class MaskFiles:
    """Where the masks of a photo were written.

    Args:
        picture: the indexed PNG, one colour a region.
        names: the JSON of names, colours and shares beside it.
        folder: the folder of soft grey PNGs, one a region.
        overlay: the photo tinted by region, with a legend.
    """

    picture: Path
    names: Path
    folder: Path
    overlay: Path


def mask_paths(folder: Path, stem: str) -> MaskFiles:
    """The paths that `write_masks` writes to."""
    return MaskFiles(folder / f"{stem}.png", folder / f"{stem}.json", folder / stem, folder / f"{stem}-overlay.jpg")


def write_masks(regions: Regions, pixels: np.ndarray, folder: Path, stem: str, *, overwrite: bool = False) -> MaskFiles:
    """Write a photo's regions at its own size.

    The indexed picture or the folder, edited or not, can be given back as a mask; the colours' names are in the JSON.

    Args:
        regions: at any size; a guided filter carries them to the photo's.
        pixels: the photo, (H, W, 3) float32 in [0, 1].
        folder: made if it is not there.
        stem: of the names of the files, usually the photo's.
        overwrite: whether files that are there, perhaps edited by hand, may be replaced.

    Raises:
        MaskError: when files are there, or cannot be written.
    """
    paths = mask_paths(folder, stem)
    taken = [path for path in (paths.picture, paths.names, paths.folder, paths.overlay) if path.exists()]
    if taken and not overwrite:
        raise MaskError(f"{taken[0]} is there already; give --overwrite to replace it, or another folder")
    regions = replace(regions, colours=_distinct(regions.colours))
    try:
        paths.folder.mkdir(parents=True, exist_ok=True)
        for old in paths.folder.glob("*.png"):
            old.unlink()
        labels, softs = _at_full_size(regions, pixels)
        for name, soft in zip(regions.names, softs, strict=True):
            _save(Image.fromarray(soft), paths.folder / f"{name.replace('/', '-')}.png")
        _save(_indexed(labels, regions), paths.picture)
        _save(overlay(regions, pixels), paths.overlay, quality=90)
        write_whole(paths.names, json.dumps(_record(regions, pixels), indent=2).encode())
    except OSError as error:
        raise MaskError(f"cannot write masks to {folder} ({error.strerror or error}); choose another folder with -o") from error
    return paths


def overlay(regions: Regions, pixels: np.ndarray) -> Image.Image:
    """The photo tinted by region, borders drawn, with a legend beside it; at most 1600 pixels long."""
    from photostyle.photo import resample

    height, width = pixels.shape[:2]
    scale = min(1.0, OVERLAY_SIDE / max(height, width))
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    small = resample(np.ascontiguousarray(pixels, np.float32), (width, height)).clip(0, 1)
    masks = regions.resized((height, width)).masks.numpy()
    tint = np.tensordot(masks, np.array(regions.colours, np.float32) / 255, ([0], [0]))
    shown = (1 - _TINT) * small + _TINT * tint
    labels = masks.argmax(0)
    border = np.zeros(labels.shape, bool)
    border[1:] |= labels[1:] != labels[:-1]
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    shown[border] = 1
    picture = Image.fromarray((255 * shown).round().astype(np.uint8))
    return _beside(picture, _legend(regions, height))


def _at_full_size(regions: Regions, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) uint8 labels and (R, H, W) uint8 soft masks."""
    labels = np.empty(pixels.shape[:2], np.uint8)
    softs = np.empty((len(regions.names), *pixels.shape[:2]), np.uint8)
    for top, bottom, masks in _strips(regions, pixels):
        labels[top:bottom] = masks.argmax(0)
        softs[:, top:bottom] = (255 * masks).round()
    return labels, softs


def _strips(regions: Regions, pixels: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    height, width = pixels.shape[:2]
    upsampler, rows = MaskUpsampler(regions, (height, width), pixels), max(1, _STRIP // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        tile = np.ascontiguousarray(pixels[top:bottom], np.float32)
        yield top, bottom, upsampler.tile(tile, (top, 0)).numpy()


def _indexed(labels: np.ndarray, regions: Regions) -> Image.Image:
    picture = Image.frombytes("P", labels.shape[::-1], labels.tobytes())
    picture.putpalette([value for colour in regions.colours for value in colour])
    return picture


def _record(regions: Regions, pixels: np.ndarray) -> dict:
    shares = hardened(regions)
    share = dict(zip(shares.names, shares.shares(), strict=True))
    return {
        "size": [pixels.shape[1], pixels.shape[0]],
        "regions": [
            {"name": name, "colour": list(colour), "share": round(share.get(name, 0.0), 5)}
            for name, colour in zip(regions.names, regions.colours, strict=True)
        ],
    }


def _distinct(colours: tuple) -> tuple:
    """The swatches, or other hues where two are the same."""
    return colours if len(set(colours)) == len(colours) else tuple(hue(i) for i in range(len(colours)))


def _legend(regions: Regions, height: int) -> Image.Image:
    """A strip of swatches with names and shares, largest first, as high as asked or as it needs."""
    order = sorted(zip(regions.shares(), regions.names, regions.colours, strict=True), reverse=True)
    text = max(10, min(24, height // (2 * len(order) + 2)))
    font, line = ImageFont.load_default(text), 2 * text
    lines = [f"{name}  {share:.1%}" for share, name, _ in order]
    width = int(max(font.getlength(each) for each in lines)) + 4 * text
    strip = Image.new("RGB", (width, max(height, line * len(lines) + text)), (24, 24, 24))
    draw = ImageDraw.Draw(strip)
    for i, ((_, _, colour), words) in enumerate(zip(order, lines, strict=True)):
        y = text // 2 + i * line
        draw.rectangle([text, y + text // 4, 2 * text, y + text // 4 + text], fill=colour, outline=(255, 255, 255))
        draw.text((2.6 * text, y), words, fill=(255, 255, 255), font=font)
    return strip


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), (24, 24, 24))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def _save(picture: Image.Image, path: Path, **options) -> None:
    from io import BytesIO

    data = BytesIO()
    picture.save(data, "JPEG" if path.suffix == ".jpg" else "PNG", **options)
    write_whole(path, data.getvalue())
