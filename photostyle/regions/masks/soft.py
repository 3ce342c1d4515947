"""Masks that come one a region, each with its own weights: from a folder, a mapping of names or a stack."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.errors import MaskError
from photostyle.regions.masks.colour_codes import Floats
from photostyle.regions.masks.fit import Size, check_fit
from photostyle.regions.masks.origin import Origin
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import normalised, resample_masks
from photostyle.regions.swatches import REST, REST_COLOUR, Colour, distinct_colour

EIGHT_BIT = 1 / 255  # how much an 8-bit picture may lack of its region
FLOAT = 1e-4  # how much floats may


@dataclass(frozen=True)
class SoftPlane:
    """The mask of one region.

    Args:
        name: the region's.
        weights: (H, W) float32 in [0, 1].
        origin: where it came from, for notes.
        rounding: how much a weight may be too small for being stored coarsely.
    """

    name: str
    weights: Floats
    origin: Origin
    rounding: float = EIGHT_BIT


@dataclass(frozen=True)
class SoftMasks:
    """The masks of some regions of a photo, which may overlap and leave parts of it out.

    Args:
        origin: where they came from.
        planes: one a region; a generator, so that large ones are not all in memory at once, is consumed once.
        rest_note: the note on what none of them covers, or None for no note.
        nothing: the error's text where none of them marks anything.
        known_colours: gives colours by name, after the planes were read.
        notes: on the masks as a whole.
    """

    origin: Origin
    planes: Iterable[SoftPlane]
    rest_note: str | None
    nothing: str
    known_colours: Callable[[], Mapping[str, Colour]] = dict
    notes: tuple[str, ...] = ()


def soft_regions(given: SoftMasks, photo_size: Size, size: Size) -> Regions:
    """The regions of masks one a region: where they overlap they share, and what none covers is a region "rest".

    Args:
        given: the masks.
        photo_size: (width, height) of the photo that they belong to.
        size: (width, height) to deliver at.

    Raises:
        MaskError: when one has another shape than the photo, or none marks anything.
    """
    names: list[str] = []
    notes = list(given.notes)
    planes: list[Tensor] = []
    rounding = 0.0
    for plane in given.planes:
        height, width = plane.weights.shape
        notes += check_fit(plane.origin, (width, height), photo_size)
        weights = resample_masks(torch.from_numpy(plane.weights)[None], size[::-1])[0]
        if not weights.any():
            notes.append(f"{plane.origin.short}: marks nothing, so there is no region {plane.name!r}")
        names.append(plane.name)
        planes.append(weights)
        rounding = max(rounding, plane.rounding)
    masks = torch.stack(planes)
    if not masks.any():
        raise MaskError(given.nothing)
    uncovered = (1 - masks.sum(0) - rounding * (len(masks) + 1)).clamp_min(0)
    if uncovered.mean() > 1e-5:
        names, masks = _with_rest(names, masks, uncovered)
        if given.rest_note is not None:
            notes.append(given.rest_note)
    colours = _colours(names, given.known_colours())
    notes = list(dict.fromkeys(notes))
    return Regions(tuple(names), normalised(masks), colours, tuple(notes)).without_empty()


def _with_rest(names: list[str], masks: Tensor, uncovered: Tensor) -> tuple[list[str], Tensor]:
    if REST not in names:
        return [*names, REST], torch.cat([masks, uncovered[None]])
    masks[names.index(REST)] += uncovered
    return names, masks


def _colours(names: list[str], known: Mapping[str, Colour]) -> tuple[Colour, ...]:
    """Swatches: the known ones, else colours that are easily told apart."""
    colours = []
    for place, name in enumerate(names):
        if name in known:
            colours.append(known[name])
        elif name == REST:
            colours.append(REST_COLOUR)
        else:
            colours.append(distinct_colour(place))
    return tuple(colours)
