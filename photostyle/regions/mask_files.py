"""Masks from files: one painted picture, or a folder of soft greys, to `Regions` that fit their photo."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from photostyle.errors import MaskError
from photostyle.regions.palette import Palette, find_palette, pack, sample, snap
from photostyle.regions.regions import Regions, normalised, resample_masks

REST = "rest"
_REST_COLOUR = (96, 96, 96)
_ASPECT = 0.015  # how far the aspect of a mask may be from its photo's
_SPECK = 2e-4  # a blend that happens to look like the other mask's paint has less than this share
_UNEXPLAINED = 0.25  # more pixels of no real colour than this, and the picture is no mask
_PICTURES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".pgm", ".pbm", ".ppm"}


@dataclass(frozen=True)
class Painted:
    """A mask picture as it was painted.

    Args:
        path: where it came from, for messages.
        codes: (H, W) int32 packed colours.
        alpha: (H, W) float32 weight, or None when all is opaque.
        known: names and colours from the JSON beside it.
    """

    path: Path
    codes: np.ndarray
    alpha: np.ndarray | None
    known: dict[str, tuple[int, int, int]]


def read_masks(path, photo_size: tuple[int, int], *, size: tuple[int, int] | None = None) -> Regions:
    """Regions from a mask picture of any kind, or a folder of soft grey pictures, one a region.

    Args:
        path: the picture or the folder.
        photo_size: (width, height) of the photo that it belongs to.
        size: (width, height) to deliver at, when not the photo's own: masks of a large photo are wanted at a working size.

    Returns:
        The regions; their `notes` say what was snapped, resized or left over.

    Raises:
        MaskError: when it cannot be read, is no mask, or has another shape than the photo.
    """
    path = Path(path)
    size = size or photo_size
    if path.is_dir():
        return _read_folder(path, photo_size, size)
    painted = _read_painted(path)
    return _regions(painted, _palette_of([painted]), photo_size, size)


def read_mask_pair(
    content_path,
    style_path,
    content_size: tuple[int, int],
    style_size: tuple[int, int],
    *,
    content_at: tuple[int, int] | None = None,
    style_at: tuple[int, int] | None = None,
) -> tuple[Regions, Regions]:
    """The masks of two photos with one palette, so that the same paint has the same name in both.

    Args:
        content_path, style_path: pictures or folders.
        content_size, style_size: (width, height) of the photos.
        content_at, style_at: (width, height) to deliver at, when not the photos' own.

    Raises:
        MaskError: as `read_masks`.
    """
    content_path, style_path = Path(content_path), Path(style_path)
    if content_path.is_dir() or style_path.is_dir():
        return read_masks(content_path, content_size, size=content_at), read_masks(style_path, style_size, size=style_at)
    content, style = _read_painted(content_path), _read_painted(style_path)
    palette = _palette_of([content, style])
    return (
        _regions(content, palette, content_size, content_at or content_size),
        _regions(style, palette, style_size, style_at or style_size),
    )


def _open(path: Path) -> Image.Image:
    """The picture upright, as a viewer shows it."""
    if not path.exists():
        raise MaskError(f"there is no mask at {path}; check the path")
    try:
        with Image.open(path) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError as error:
        raise MaskError(f"the mask {path} is too large to read: {error}") from error
    except Exception as error:
        raise MaskError(f"cannot read {path} as a mask picture ({error}); save it as PNG") from error


def _read_painted(path: Path) -> Painted:
    picture = _open(path)
    alpha = None
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        alpha = np.asarray(picture.getchannel("A"), np.float32) / 255
        alpha = None if (alpha == 1).all() else alpha
    if alpha is not None and not alpha.any():
        raise MaskError(f"the mask {path} is wholly transparent, so it marks no region")
    if picture.mode.startswith(("I", "F")):
        codes = _wide_codes(np.asarray(picture))
    elif picture.mode in ("1", "L"):
        codes = np.asarray(picture.convert("L")).astype(np.int32) * 0x010101
    else:
        codes = pack(np.asarray(picture.convert("RGB")))
    return Painted(path, codes, alpha, _known(path))


def _wide_codes(values: np.ndarray) -> np.ndarray:
    """Codes of 16-bit or float greys: small numbers as they are, floats up to 1 and wide ones spread over 8 bits."""
    values = np.nan_to_num(values.astype(np.float64))
    top = values.max()
    if top <= 1 and (values != values.round()).any():
        values = values * 255
    elif top > 255:
        values = values / 257
    return values.round().clip(0, 255).astype(np.int32) * 0x010101


def _known(path: Path) -> dict[str, tuple[int, int, int]]:
    """Names and colours of the JSON beside a mask picture, of the kind that `photostyle masks` writes."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return {}
    try:
        record = json.loads(beside.read_text("utf-8"))
        return {str(r["name"]): tuple(int(v) for v in r["colour"]) for r in record["regions"]}
    except (ValueError, TypeError, KeyError) as error:
        raise MaskError(
            f'{beside} beside the mask should hold {{"regions": [{{"name": ..., "colour": [r, g, b]}}]}} ({error!r}); mend or move it'
        ) from error


def _palette_of(pictures: list[Painted]) -> Palette:
    samples = [sample(p.codes, None if p.alpha is None else p.alpha > 0) for p in pictures]
    known = {name: colour for p in reversed(pictures) for name, colour in p.known.items()}
    return find_palette(samples, known)


def _regions(painted: Painted, palette: Palette, photo_size: tuple[int, int], size: tuple[int, int]) -> Regions:
    height, width = painted.codes.shape
    notes = _fit(painted.path, (width, height), photo_size)
    labels, unexplained = snap(painted.codes, palette)
    present = np.bincount(labels.ravel(), minlength=len(palette.names)) / labels.size
    if not palette.exact and (present[present > 0] < _SPECK).any():
        palette = palette.subset(np.flatnonzero(present >= _SPECK))
        labels, unexplained = snap(painted.codes, palette)
    if unexplained > _UNEXPLAINED:
        raise MaskError(
            f"{painted.path} is no mask: {unexplained:.0%} of its pixels are near none of the {len(palette.names)} colours that fill areas; "
            "paint each region in one flat colour"
        )
    names, colours, planes = [], [], []
    for k, (name, colour) in enumerate(zip(palette.names, palette.colours.tolist(), strict=True)):
        plane = labels == k
        if not plane.any():
            continue
        plane = plane.astype(np.float32) if painted.alpha is None else plane * painted.alpha
        planes.append(_delivered(plane, size))
        names.append(name)
        colours.append(tuple(colour))
    if painted.alpha is not None:
        planes.append(_delivered(1 - painted.alpha, size))
        names.append(REST)
        colours.append(_REST_COLOUR)
        notes.append(f"{painted.path.name}: transparent pixels belong to {REST!r}")
    return Regions(tuple(names), normalised(torch.stack(planes)), tuple(colours), tuple(notes)).without_empty()


def _delivered(plane: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """One (H, W) mask at (width, height), as (height, width)."""
    return resample_masks(torch.from_numpy(np.ascontiguousarray(plane, np.float32))[None], size[::-1])[0]


def _fit(path: Path, mask_size: tuple[int, int], photo_size: tuple[int, int]) -> list[str]:
    """Notes on a mask of another size, or a MaskError when its shape differs."""
    if mask_size == tuple(photo_size):
        return []
    (w, h), (width, height) = mask_size, photo_size
    close = abs(w - width) <= 2 and abs(h - height) <= 2
    scaled = abs(w * height / (h * width) - 1) <= _ASPECT or abs(w * height / h - width) <= 2 or abs(h * width / w - height) <= 2
    if not (close or scaled):
        raise MaskError(
            f"the mask {path} is {w} x {h} but its photo is {width} x {height}, another shape; make the mask from the photo as it is, uncropped"
        )
    return [f"{path.name}: resized from {w} x {h} to the photo's {width} x {height}"]


def _read_folder(folder: Path, photo_size: tuple[int, int], size: tuple[int, int]) -> Regions:
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in _PICTURES and f.is_file() and not f.name.startswith("."))
    if not files:
        raise MaskError(f"the folder {folder} holds no mask pictures; put one grey PNG a region into it, named after the region")
    names = [f.stem for f in files]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise MaskError(f"the folder {folder} holds {twice!r} more than once; keep one picture a region")
    notes, planes = [], []
    for file in files:
        plane = _soft_plane(file)
        notes += _fit(file, plane.shape[::-1], photo_size)
        planes.append(_delivered(plane, size))
    masks = torch.stack(planes)
    rest = 1 - masks.sum(0) - 0.004 * (len(masks) + 1)
    if (rest > 0).float().mean() > 1e-4 and REST not in names:
        masks, names = torch.cat([masks, rest.clamp_min(0)[None]]), [*names, REST]
        notes.append(f"{folder.name}: pixels that no picture covers belong to {REST!r}")
    elif not masks.any():
        raise MaskError(f"the masks in {folder} are all black, so they mark no region")
    return Regions(tuple(names), normalised(masks), _folder_colours(folder, names), tuple(notes)).without_empty()


def _soft_plane(file: Path) -> np.ndarray:
    """(H, W) float32 weight in [0, 1] of a soft grey picture: white is inside; transparency takes away."""
    picture = _open(file)
    if picture.mode.startswith(("I", "F")):
        values = np.asarray(picture).astype(np.float32)
        top = values.max()
        return np.clip(values / (1 if top <= 1 and picture.mode == "F" else 255 if top <= 255 else 65535), 0, 1)
    rgba = np.asarray(picture.convert("RGBA"))
    colour = rgba[..., :3].astype(np.int16)
    if (np.abs(colour - colour[..., :1]) > 24).mean() > 0.02:
        raise MaskError(f"{file} is in colour; a folder of masks holds one soft grey picture a region (give a colour mask by its own path)")
    grey, alpha = colour[..., 0] / np.float32(255), rgba[..., 3] / np.float32(255)
    if alpha.min() < 1 and (grey.max() == 0 or (alpha > 0).any() and grey[alpha > 0].max() == 0):
        return alpha
    return grey * alpha


def _folder_colours(folder: Path, names: list[str]) -> tuple[tuple[int, int, int], ...]:
    """Swatches: of the JSON beside the folder, or evenly spaced hues."""
    import colorsys

    known = _known(folder.with_name(folder.name + ".png"))
    hue = lambda i: tuple(round(255 * v) for v in colorsys.hsv_to_rgb(i * 0.381966 % 1, 0.65, 0.9))
    return tuple(known.get(name, _REST_COLOUR if name == REST else hue(i)) for i, name in enumerate(names))
