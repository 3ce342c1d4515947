"""Masks by hand, of any kind, to `Regions` that fit their photo."""

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import MaskError
from photostyle.regions.masks.arrays import PLANE
from photostyle.regions.masks.colour_codes import GREY, distinct_values
from photostyle.regions.masks.erased import MOST_FILLED, erased_colours, fill_or_keep, is_ours
from photostyle.regions.masks.fit import Size, check_fit
from photostyle.regions.masks.mask_like import MaskLike, open_mask
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.painted import Painted
from photostyle.regions.masks.palette import Palette, find_palette, number_palette, snap
from photostyle.regions.masks.pictures import Values
from photostyle.regions.masks.sampling import FLAT, sample
from photostyle.regions.masks.soft import SoftMasks, soft_regions
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import normalised, resample_masks
from photostyle.regions.swatches import ERASED, ERASED_COLOUR, REST, REST_COLOUR, Colour

_OFF = 0.4  # more pixels off the real colours than this, and the picture is no mask
_UNEXPLAINED = 0.03  # more pixels near no real colour than this, and a region may be lost
_SPECK = 2e-4  # a blend that happens to look like the other mask's paint has less than this share
_FEATHER = 0.03  # a black and white mask with more smooth greys than this is a soft one


def read_mask(
    source: MaskLike,
    photo_size: Size,
    *,
    size: Size | None = None,
    hard: bool = False,
    role: str = "mask",
    photo_name: str | None = None,
) -> Regions:
    """Regions from a mask of any kind.

    - A picture (a path, the bytes or the open file of one, or a Pillow picture of any mode): its colours are regions, with
      names from the JSON beside it, else of the colour ("red", "#a03020") or the class number ("label 3").
    - A folder of soft grey pictures, one a region, named after it.
    - What annotation programs write: labelme's, COCO's or Label Studio's .json, CVAT's .xml.
    - An array or a tensor: labels (H, W), colours (H, W, 3 or 4), one plane (H, W) or a stack (R, H, W), see
      `photostyle.regions.masks.arrays`.
    - A mapping from names to masks of one region each; where they overlap they share, and what none covers is "rest".
    - `Regions`.

    Args:
        source: the mask.
        photo_size: (width, height) of the photo that it belongs to.
        size: (width, height) to deliver at, when not the photo's own: a large photo is worked on at a smaller size.
        hard: give each pixel wholly to the region that has most of it.
        role: what notes and errors call a mask that has no path: "the content mask".
        photo_name: the name or path of the photo, by which it is found in a file of several.

    Returns:
        The regions; their `notes` say what was resized, left over or doubtful.

    Raises:
        MaskError: when it cannot be read, is no mask, or has another shape than the photo.

    Example:
        >>> read_mask(np.array([[0, 1], [0, 1]]), (2, 2)).names
        ('label 0', 'label 1')
        >>> read_mask({"sky": np.array([[1.0, 0.25]])}, (2, 1)).names
        ('sky', 'rest')
    """
    origin = Origin(role)
    opened = open_mask(source, origin, photo_size, photo_name)
    return _delivered(opened, None, origin, photo_size, size or photo_size, hard)


def read_mask_pair(
    content: MaskLike,
    style: MaskLike,
    content_size: Size,
    style_size: Size,
    *,
    content_at: Size | None = None,
    style_at: Size | None = None,
    hard: bool = False,
    content_name: str | None = None,
    style_name: str | None = None,
) -> tuple[Regions, Regions]:
    """The masks of two photos with one palette, so that the same paint has the same name in both.

    Args:
        content, style: masks, each of any kind that `read_mask` takes.
        content_size, style_size: (width, height) of the photos.
        content_at, style_at: (width, height) to deliver at, when not the photos' own.
        hard: give each pixel wholly to the region that has most of it.
        content_name, style_name: the names of the photos, as for `read_mask`.

    Raises:
        MaskError: as `read_mask`.
    """
    ours = Origin("content mask")
    theirs = Origin("style mask")
    first = open_mask(content, ours, content_size, content_name)
    second = open_mask(style, theirs, style_size, style_name)
    palette = None
    notes = []
    if isinstance(first, Painted) and isinstance(second, Painted):
        if _speak_alike(first, second):
            palette = _palette_of([first, second])
        else:
            notes.append("one mask holds class numbers and the other colours, so no region has the same name in both")
    made_content = _delivered(first, palette, ours, content_size, content_at or content_size, hard)
    made_style = _delivered(second, palette, theirs, style_size, style_at or style_size, hard)
    return _with_names_in_common(made_content.noted(*notes), made_style)


def _speak_alike(first: Painted, second: Painted) -> bool:
    """Whether both hold colours, or both hold class numbers, be it as greys."""
    if first.numbered == second.numbered:
        return True
    return (first.numbered or first.is_grey) and (second.numbered or second.is_grey)


def _palette_of(masks: list[Painted]) -> Palette:
    """One palette for masks that go together; the first one's names win."""
    if any(mask.numbered for mask in masks):
        numbers = [distinct_values(mask.numbers()) for mask in masks]
        return number_palette(np.unique(np.concatenate(numbers)))
    known: dict[str, Colour] = {}
    samples = []
    for mask in masks:
        known = {**mask.names.colours, **known}
        samples.append(sample(mask.codes.astype(np.int32, copy=False), mask.opaque))
    return find_palette(samples, known)


def _with_names_in_common(content: Regions, style: Regions) -> tuple[Regions, Regions]:
    """The regions; where one mask is a plane, a "region" and the "rest", white and black of the other are called so too."""
    content_is_plane = set(content.names) == {PLANE, REST}
    style_is_plane = set(style.names) == {PLANE, REST}
    into = {"white": PLANE, "black": REST}
    if content_is_plane and set(style.names) == set(into):
        return content, style.merged(into)
    if style_is_plane and set(content.names) == set(into):
        return content.merged(into), style
    return content, style


def _delivered(
    opened: Painted | SoftMasks | Regions, palette: Palette | None, origin: Origin, photo_size: Size, size: Size, hard: bool
) -> Regions:
    """The regions of a mask at (width, height) `size`; a painted one has its own palette where it shares none."""
    if isinstance(opened, Regions):
        notes = check_fit(origin, opened.size, photo_size)
        regions = opened.to("cpu").resized((size[1], size[0])).noted(*notes)
    elif isinstance(opened, SoftMasks):
        regions = soft_regions(opened, photo_size, size)
    else:
        regions = _PaintedReader(opened, palette or _palette_of([opened]), photo_size, size).regions()
    return regions.hardened() if hard else regions


class _PaintedReader:
    """Makes the regions of a mask of colours or class numbers.

    Args:
        painted: the mask.
        palette: its real colours, perhaps with those of the mask that goes with it.
        photo_size: (width, height) of the photo.
        size: (width, height) to deliver at.
    """

    def __init__(self, painted: Painted, palette: Palette, photo_size: Size, size: Size):
        self.painted = painted
        self.palette = palette
        self.size = size
        self.notes = check_fit(painted.origin, painted.size, photo_size)

    def regions(self) -> Regions:
        """The regions, with their notes."""
        if self.palette.numbers is not None:
            labels: Values = np.searchsorted(self.palette.numbers, self.painted.numbers())
            return self._partition(labels, self.palette)
        soft = self._soft_greys()
        if soft is not None:
            return soft
        return self._partition(*self._snapped())

    def _partition(self, labels: Values, palette: Palette) -> Regions:
        """The regions of a map (H, W) of places in the palette."""
        alpha = self.painted.alpha
        labels, is_kept, is_settled = self._without_erased(labels, palette)
        if is_settled:
            alpha = None
        names = []
        colours = []
        planes = []
        for place in np.flatnonzero(np.bincount(labels.ravel(), minlength=len(palette.names))):
            plane: Values = labels == place
            if alpha is not None:
                plane = plane * alpha
            is_erased = is_kept and place == len(palette.names)
            names.append(ERASED if is_erased else palette.names[place])
            colours.append(ERASED_COLOUR if is_erased else palette.colours[place])
            planes.append(self._resampled(plane))
        if alpha is not None:
            names.append(REST)
            colours.append(REST_COLOUR)
            planes.append(self._resampled(1 - alpha))
            self.notes.append(f"{self.painted.origin.short}: what is transparent belongs to {REST!r}")
        masks = torch.stack(planes)
        if alpha is not None or self.size != self.painted.size:
            masks = normalised(masks)
        return Regions(tuple(names), masks, tuple(colours), tuple(self.notes)).without_empty()

    def _without_erased(self, labels: Values, palette: Palette) -> tuple[Values, bool, bool]:
        """The map without what is erased in it.

        Returns:
            (H, W) places; whether one more than the palette has stands for what is erased and left alone; and whether what is
            transparent has been seen to: else it is a weight, and belongs to the rest.
        """
        erased, shown = erased_colours(self.painted, labels, palette.names)
        alpha = self.painted.alpha
        if alpha is not None:
            erased |= alpha < 0.5
            shown.append("transparent")
        if not erased.any():
            return labels, False, False
        several = len(distinct_values(labels[~erased])) > 1 if not erased.all() else False
        is_named = is_ours(self.painted.names, palette.names)
        if alpha is not None and not is_named:
            partly = ((alpha > 0.02) & (alpha < 0.98)).mean()
            if not several or erased.mean() > MOST_FILLED or partly > 0.05:
                return labels, False, False
        if alpha is not None and erased.all() and alpha.max() < 0.5:
            return labels, False, False  # a layer of little opacity
        if erased.all():
            raise MaskError(f"{self.painted.origin.subject} is all erased; paint the regions in the colours of its JSON")
        labels, is_kept, notes = fill_or_keep(
            labels, erased, self.painted.origin, several=several, what=" and ".join(sorted(shown))
        )
        if is_kept:
            labels = np.where(erased, len(palette.names), labels)
        self.notes += notes
        return labels, is_kept, True

    def _snapped(self) -> tuple[Values, Palette]:
        """(H, W) places in the palette, and the part of the palette that this mask has."""
        codes = self.painted.codes.astype(np.int32, copy=False)
        palette = self.palette
        opaque = self.painted.opaque
        labels, off, unexplained = snap(codes, palette, opaque)
        share = np.bincount(labels.ravel(), minlength=len(palette.names)) / labels.size
        if not palette.exact and (share[share > 0] < _SPECK).any():
            palette = palette.subset(np.flatnonzero(share >= _SPECK).tolist())
            labels, off, unexplained = snap(codes, palette, opaque)
        if off > _OFF:
            count = len(palette.names)
            raise MaskError(
                f"{self.painted.origin.title} has no flat colours: {off:.0%} of its pixels are of none of the {count} that fill "
                "areas, so it is no mask; paint each region in one flat colour"
            )
        if unexplained > _UNEXPLAINED:
            name = self.painted.origin.short
            self.notes.append(f"{name}: {unexplained:.0%} of the pixels are near no region's colour; is one lost?")
        return labels, palette

    def _soft_greys(self) -> Regions | None:
        """Black and white with broad smooth greys between, as a feathered brush leaves them: the grey is the weight."""
        if self.palette.exact or self.painted.alpha is not None or set(self.palette.names) != {"black", "white"}:
            return None
        looked_at = sample(self.painted.codes.astype(np.int32, copy=False))
        grey = looked_at.codes & 255
        if (looked_at.codes != grey * GREY).any():
            return None
        between = (grey > 24) & (grey < 231)
        smooth = between & (looked_at.spread <= 2 * FLAT)
        if smooth.mean() < _FEATHER or smooth.sum() < 0.6 * between.sum():
            return None
        white = self._resampled((self.painted.codes & 255).astype(np.float32) / np.float32(255))
        name = self.painted.origin.short
        self.notes.append(f"{name}: the smooth greys between black and white are read as soft weights")
        masks = torch.stack([white, 1 - white])
        return Regions(("white", "black"), masks, ((255, 255, 255), (0, 0, 0)), tuple(self.notes))

    def _resampled(self, plane: Values) -> Tensor:
        """One (H, W) mask as float32 at the size to deliver at."""
        mask = torch.from_numpy(np.ascontiguousarray(plane, np.float32))
        width, height = self.size
        return resample_masks(mask[None], (height, width))[0]
