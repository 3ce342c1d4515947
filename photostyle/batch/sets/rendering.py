"""A photo through the transform of its set."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from photostyle.batch.sets.field_file import read_field
from photostyle.options import AMOUNTS, REST, Options
from photostyle.photo import Photo, Proxy


def render_shared(photo: Photo, mask: str | None, field: str, options: Options) -> tuple[Photo, tuple[str, ...]]:
    """A photo through the field of its set, by the names of its own regions.

    Args:
        photo: at its own size.
        mask: its mask; None to find its regions.
        field: the file of the set's transform.
        options: of which amounts, protected regions, segmenter and device are used.

    Returns:
        The photo, and notes: which of its regions the set's sample did not show.
    """
    from photostyle.devices import choose_device
    from photostyle.regions.finding import find_content_regions
    from photostyle.story import Place, gives_nothing, rendered
    from photostyle.transforms.field import BilateralField

    device = choose_device(options.device)
    names, table = read_field(field)
    small = Proxy.of(photo)
    regions = find_content_regions(small, mask, options, device)
    rows = []
    notes = []
    for name in regions.names:
        row = table[-1]  # the whole set's
        if name in names:
            row = table[names.index(name)]
        else:
            notes.append(f"{name}: not in the set's sample; takes the whole set's transform")
        if name in options.protect:
            row = torch.zeros_like(row)  # no change
        rows.append(row)
    options = _of_regions(options, regions.names)
    relit = photo
    if not gives_nothing(options):
        place = Place(device, options.hard_masks)
        pixels, _ = rendered(photo, small, regions, BilateralField(torch.stack(rows), regions.names), options, place)
        relit = photo.with_pixels(pixels)
    return relit, (*photo.notes, *regions.notes, *notes)


def _of_regions(options: Options, regions: tuple[str, ...]) -> Options:
    """The options for a photo, which need not show every region that the set's amounts name."""
    changes: dict[str, Any] = {}
    for name in AMOUNTS:
        amount = getattr(options, name)
        if isinstance(amount, Mapping):
            changes[name] = {region: value for region, value in amount.items() if region in (REST, *regions)}
    return replace(options, **changes)
