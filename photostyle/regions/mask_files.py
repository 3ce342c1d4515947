"""Masks from files: one painted picture, or a folder of soft greys, to `Regions` that fit their photo."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from photostyle.errors import MaskError
from photostyle.regions.labelme import REST, REST_COLOUR
from photostyle.regions.mask_folder import read_folder
from photostyle.regions.painted import Painted, read_painted
from photostyle.regions.palette import Palette, find_palette, number_palette, sample, snap
from photostyle.regions.regions import Regions, normalised, resample_masks

_ASPECT = 0.015  # how far the aspect of a mask may be from its photo's
_OFF = 0.4  # more pixels off the real colours than this, and the picture is no mask
_SPECK = 2e-4  # a blend that happens to look like the other mask's paint has less than this share
_FEATHER = 0.03  # a black and white mask with more smooth greys than this is a soft one

Size = tuple[int, int]


def read_masks(path: str | Path, photo_size: Size, *, size: Size | None = None, hard: bool = False) -> Regions:
    """Regions from a mask picture of any kind, a folder of soft grey pictures, one a region, or outlines of labelme.

    Colours name the regions ("red", "#a03020"), or the JSON beside the picture does, or class numbers ("label 3").

    Args:
        path: the picture, the folder, or labelme's JSON.
        photo_size: (width, height) of the photo that it belongs to.
        size: (width, height) to deliver at, when not the photo's own: a large photo is worked on at a smaller size.
        hard: give each pixel wholly to the region that has most of it.

    Returns:
        The regions; their `notes` say what was resized, left over or doubtful.

    Raises:
        MaskError: when it cannot be read, is no mask, or has another shape than the photo.
    """
    path = Path(path)
    if path.is_dir():
        folder = read_folder(path, size or photo_size, lambda file, came: _fit(file, came, photo_size))
        return hardened(folder) if hard else folder
    painted = read_painted(path)
    regions = _regions(painted, _palette_of([painted]), photo_size, size or photo_size)
    return hardened(regions) if hard else regions


def read_mask_pair(
    content_path: str | Path,
    style_path: str | Path,
    content_size: Size,
    style_size: Size,
    *,
    content_at: Size | None = None,
    style_at: Size | None = None,
    hard: bool = False,
) -> tuple[Regions, Regions]:
    """The masks of two photos with one palette, so that the same paint has the same name in both.

    Args:
        content_path, style_path: pictures or folders.
        content_size, style_size: (width, height) of the photos.
        content_at, style_at: (width, height) to deliver at, when not the photos' own.
        hard: give each pixel wholly to the region that has most of it.

    Raises:
        MaskError: as `read_masks`.
    """
    paths = Path(content_path), Path(style_path)
    sizes, at = (content_size, style_size), (content_at or content_size, style_at or style_size)
    if paths[0].is_dir() or paths[1].is_dir():
        return tuple(read_masks(p, s, size=a, hard=hard) for p, s, a in zip(paths, sizes, at, strict=True))
    pictures = [read_painted(path) for path in paths]
    palette = _palette_of(pictures)
    both = [_regions(p, palette, s, a) for p, s, a in zip(pictures, sizes, at, strict=True)]
    return tuple(hardened(regions) if hard else regions for regions in both)


def hardened(regions: Regions) -> Regions:
    """The regions with each pixel wholly in the one that has most of it."""
    labels = regions.labels()
    masks = torch.stack([(labels == i).float() for i in range(len(regions.names))])
    return replace(regions, masks=masks).without_empty()


def _palette_of(pictures: Sequence[Painted]) -> Palette:
    """One palette for masks that go together; the first picture's names win."""
    known = {name: colour for p in reversed(pictures) for name, colour in p.known.items()}
    if any(p.wide for p in pictures):
        return number_palette(np.unique(np.concatenate([np.unique(_numbers(p)) for p in pictures])))
    return find_palette([sample(p.codes, None if p.alpha is None else p.alpha > 0) for p in pictures], known)


def _numbers(painted: Painted) -> np.ndarray:
    """(H, W) class numbers of a mask whose partner has numbers over 255."""
    return painted.codes if painted.wide else painted.codes & 255


def _regions(painted: Painted, palette: Palette, photo_size: Size, size: Size) -> Regions:
    """The regions of one picture at (width, height) `size`."""
    notes = _fit(painted.path, painted.size, photo_size)
    if palette.numbers is not None:
        labels = np.searchsorted(palette.numbers, _numbers(painted))
    else:
        soft = _soft_greys(painted, palette, size, notes)
        if soft is not None:
            return soft
        labels, palette = _labels(painted, palette, notes)
    names, colours, planes = [], [], []
    for k in np.flatnonzero(np.bincount(labels.ravel(), minlength=len(palette.names))):
        plane = labels == k
        planes.append(_delivered(plane if painted.alpha is None else plane * painted.alpha, size))
        names.append(palette.names[k])
        colours.append(palette.colours[k])
    if painted.alpha is not None:
        planes.append(_delivered(1 - painted.alpha, size))
        names.append(REST)
        colours.append(REST_COLOUR)
        notes.append(f"{painted.path.name}: what is transparent belongs to {REST!r}")
    masks = torch.stack(planes)
    if painted.alpha is not None or size != painted.size:
        masks = normalised(masks)
    return Regions(tuple(names), masks, tuple(colours), tuple(notes)).without_empty()


def _labels(painted: Painted, palette: Palette, notes: list[str]) -> tuple[np.ndarray, Palette]:
    """(H, W) places in the palette, and the part of the palette that this picture has."""
    labels, off, unexplained = snap(painted.codes, palette)
    present = np.bincount(labels.ravel(), minlength=len(palette.names)) / labels.size
    if not palette.exact and (present[present > 0] < _SPECK).any():
        palette = palette.subset(np.flatnonzero(present >= _SPECK))
        labels, off, unexplained = snap(painted.codes, palette)
    if off > _OFF:
        raise MaskError(
            f"{painted.path} is no mask: {off:.0%} of its pixels have none of the {len(palette.names)} colours that fill "
            "areas; paint each region in one flat colour"
        )
    if unexplained > 0.03:
        notes.append(f"{painted.path.name}: {unexplained:.0%} of the pixels are near no region's colour; is one lost?")
    return labels, palette


def _soft_greys(painted: Painted, palette: Palette, size: Size, notes: list[str]) -> Regions | None:
    """Black and white with broad smooth greys between, as a feathered brush leaves them: the grey is the weight."""
    if palette.exact or set(palette.names) != {"black", "white"} or painted.alpha is not None:
        return None
    looked = sample(painted.codes)
    grey = looked.codes & 255
    if (looked.codes != grey * 0x010101).any():
        return None
    between = (grey > 24) & (grey < 231)
    smooth = between & (looked.spread <= 48)
    if smooth.mean() < _FEATHER or smooth.sum() < 0.6 * between.sum():
        return None
    white = _delivered((painted.codes & 255).astype(np.float32) / 255, size)
    notes.append(f"{painted.path.name}: the smooth greys between black and white are read as soft weights")
    return Regions(("white", "black"), torch.stack([white, 1 - white]), ((255, 255, 255), (0, 0, 0)), tuple(notes))


def _delivered(plane: np.ndarray, size: Size) -> torch.Tensor:
    """One (H, W) mask as float32 at (width, height) `size`."""
    return resample_masks(torch.from_numpy(np.ascontiguousarray(plane, np.float32))[None], size[::-1])[0]


def _fit(path: Path, came: Size, photo_size: Size) -> list[str]:
    """Notes on a mask of another (width, height), or a MaskError when its shape differs."""
    if tuple(came) == tuple(photo_size):
        return []
    (w, h), (width, height) = came, photo_size
    near = max(abs(w - width), abs(h - height)) <= 2
    scaled_to = abs(w * height / h - width), abs(h * width / w - height)
    alike = abs(w * height / (h * width) - 1) <= _ASPECT or min(scaled_to) <= 2
    if not (near or alike):
        raise MaskError(
            f"the mask {path} is {w} x {h} but its photo is {width} x {height}, another shape; "
            "make the mask on the photo as it is, not cropped or turned"
        )
    return [f"{path.name}: resized from {w} x {h} to the photo's {width} x {height}"]
