"""The nodes of regions: masks get names, a picture's regions are found and shown, one of them becomes a MASK."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.comfy import host
from photostyle.comfy.definitions import IMAGE, MASK, NAMED_MASKS, REGIONS, Input, Node, Output
from photostyle.comfy.option_inputs import option_inputs, options_of
from photostyle.comfy.values import one_or_each, photos_of, planes_of
from photostyle.errors import MaskError, OptionError
from photostyle.options import Options
from photostyle.photo import Photo
from photostyle.prepared import Prepared, prepare, working_copy
from photostyle.regions import MaskUpsampler, Regions, with_skin
from photostyle.regions.labels import SKIN
from photostyle.regions.masks.overlay import overlay
from photostyle.regions.of_photo import visible_of
from photostyle.session import Session

OF_REGIONS = ("segmenter", "feather", "hard_masks", "device")
_DECIDED = ("segmenter", "feather", "hard_masks")  # options that have no say where regions are connected
_MOST_ASPECT = 0.02  # by which the shapes of a picture and of its regions may differ, of their aspect


@dataclass(frozen=True)
class FoundRegions:
    """The regions of some pictures, as nodes hand them on.

    Args:
        of_each: one for all pictures, or one each.
        hard: whether masks are used exactly as they are.
    """

    of_each: tuple[Regions, ...]
    hard: bool = False


def prepared_pictures(
    image: Tensor,
    role: str,
    options: Options,
    session: Session,
    mask: Tensor | None = None,
    regions: FoundRegions | None = None,
) -> tuple[list[Prepared], list[str]]:
    """The pictures of an IMAGE with their regions: those that are connected, else from the mask, else as the segmenter sees them.

    Args:
        image: an IMAGE.
        role: "content" or "style".
        options: as for `prepare`.
        session: the device and the networks.
        mask: a MASK: "region" is what it marks, "rest" the others.
        regions: from the node that finds them, one for all or one each.

    Returns:
        The pictures, and what the user should be told of the masks.

    Raises:
        PhotostyleError: as `prepare`; or both mask and regions are connected.
    """
    photos = photos_of(image, role)
    if regions is None:
        masks, notes = planes_of(mask, len(photos), role, photos[0].size)
        prepared = []
        for photo, plane in zip(photos, masks, strict=True):
            host.stop_if_interrupted()
            prepared.append(prepare(photo, plane, session=session, options=options, role=role))
        return prepared, notes
    if mask is not None:
        raise MaskError(f"the {role} has a mask and regions, and each says all; connect one of them")
    return _with_regions(photos, regions, role, options), []


def check_nothing_to_find(options: Options) -> None:
    """Raise an OptionError where an option says how regions are found, and all are connected."""
    for name in _DECIDED:
        if getattr(options, name) != Options.fields_by_name()[name].default:
            raise OptionError(f"regions are connected, so {name} says nothing here; set it where they are found", option=name)


def _with_regions(photos: Sequence[Photo], found: FoundRegions, role: str, options: Options) -> list[Prepared]:
    """Photos with the regions that were found for them, or for photos of their shape."""
    places = one_or_each(len(found.of_each), len(photos), f"regions of the {role}", MaskError)
    return [_with(photo, found.of_each[place], found.hard, role, options) for photo, place in zip(photos, places, strict=True)]


def _with(photo: Photo, regions: Regions, hard: bool, role: str, options: Options) -> Prepared:
    width, height = photo.size
    wide, high = regions.size
    if abs(wide * height / (high * width) - 1) > _MOST_ASPECT:
        raise MaskError(f"the {role} is {width} x {height}, and its regions are of a picture of {wide} x {high}; find them anew")
    copy = working_copy(photo, options)
    size = photo.size if hard else copy.photo.size
    fitting = regions.resized((size[1], size[0])).seen(visible_of(copy))
    if role == "content" and SKIN in options.protect and SKIN not in fitting.names:
        fitting = with_skin(fitting, copy.photo.pixels)
    return Prepared(photo, copy, fitting)


def _name_mask(mask: Tensor, name: str, masks: Mapping[str, Tensor] | None) -> tuple[dict[str, Tensor]]:
    name = name.strip()
    if not name:
        raise MaskError("a mask needs a name, such as sky, got none", option="name")
    if name in (masks or {}):
        raise MaskError(f"there is a mask called {name!r} already; give this one another name", option="name")
    return ({**(masks or {}), name: mask},)


def _find_regions(image: Tensor, masks: Mapping[str, Tensor] | None, **values: Any) -> tuple[FoundRegions, Tensor, str]:
    options = options_of("field", values)
    session = Session.shared(options).begin()
    photos = photos_of(image, "picture")
    of_each: list[dict[str, np.ndarray]] = [{} for _ in photos]
    notes: list[str] = []
    for name, mask in (masks or {}).items():
        planes, said = planes_of(mask, len(photos), name, photos[0].size)
        notes += said
        for of_photo, plane in zip(of_each, planes, strict=True):
            if plane is not None:
                of_photo[name] = plane
    bar = host.Bar(len(photos))
    found = []
    for number, (photo, named) in enumerate(zip(photos, of_each, strict=True)):
        prepared = prepare(photo, named or None, session=session, options=options)
        found.append(prepared.regions)
        notes += prepared.regions.notes
        bar.done(number + 1)
    lines = [*dict.fromkeys(f"{name} {share:.1%}" for regions in found for name, share in _shares(regions))]
    return FoundRegions(tuple(found), options.hard_masks), _tinted(found, photos), "\n".join([*lines, *dict.fromkeys(notes)])


def _shares(regions: Regions) -> list[tuple[str, float]]:
    """Names and shares, the largest first."""
    return sorted(zip(regions.names, regions.shares(), strict=True), key=lambda each: -each[1])


def _tinted(found: list[Regions], photos: list[Photo]) -> Tensor:
    """An IMAGE of the pictures tinted by region; on a batch, each is as wide as the widest legend needs."""
    pictures = [
        np.asarray(overlay(regions, photo.pixels), np.float32) / 255 for regions, photo in zip(found, photos, strict=True)
    ]
    height = max(picture.shape[0] for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    whole = np.zeros((len(pictures), height, width, 3), np.float32)
    for place, picture in enumerate(pictures):
        whole[place, : picture.shape[0], : picture.shape[1]] = picture
    return torch.from_numpy(whole)


def _region_mask(image: Tensor, regions: FoundRegions, name: str) -> tuple[Tensor, Tensor]:
    photos = photos_of(image, "picture")
    masks = []
    for prepared in _with_regions(photos, regions, "picture", Options()):
        host.stop_if_interrupted()
        pixels = np.ascontiguousarray(prepared.photo.pixels)
        upsampler = MaskUpsampler(prepared.regions, pixels.shape[:2], None if regions.hard else pixels)
        masks.append(upsampler.tile(pixels)[prepared.regions.index(name.strip())].cpu())
    made = torch.stack(masks).clamp(0, 1).float()
    return made, 1 - made


NAME_MASK = Node(
    "PhotostyleNameMask",
    "Name a mask",
    "Gives a MASK a name, so that it becomes a region. Chain several for several regions; what none covers is called rest.",
    (
        Input("mask", MASK, "1 inside of the region; soft borders are kept.", optional=False),
        Input("masks", NAMED_MASKS, "Masks that were named before; this one is added."),
        Input("name", "STRING", "The region's name. The same name in content and style pairs the two.", "sky"),
    ),
    (Output("masks", NAMED_MASKS),),
    _name_mask,
)

FIND_REGIONS = Node(
    "PhotostyleFindRegions",
    "Find regions",
    "Finds the regions of a picture, by a segmenter or from named masks, whose borders are drawn to the picture's edges.",
    (
        Input("image", IMAGE, "The picture, or a batch of them.", optional=False),
        Input("masks", NAMED_MASKS, "Masks by hand, in place of the segmenter."),
        *option_inputs("field", only=OF_REGIONS),
    ),
    (
        Output("regions", REGIONS, "For the content or the style of a node that solves."),
        Output("overlay", IMAGE, "The picture tinted by region, with names and shares."),
        Output("text", "STRING", "Names and shares, and what is to be said of the masks."),
    ),
    _find_regions,
)

REGION_MASK = Node(
    "PhotostyleRegionMask",
    "Mask of a region",
    "One region as a MASK of the picture's size, its borders drawn to the picture's edges.",
    (
        Input("image", IMAGE, "The picture that the regions were found in.", optional=False),
        Input("regions", REGIONS, "From the node that finds them.", optional=False),
        Input("name", "STRING", "The region's name, as the overlay shows it.", "sky"),
    ),
    (Output("mask", MASK), Output("inverted", MASK, "All that is not of the region.")),
    _region_mask,
)
