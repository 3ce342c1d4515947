"""One transform for several photos: what happens to a colour depends on the colour and its region alone."""

from collections.abc import Iterable
from dataclasses import replace

import torch

from photostyle.errors import OptionError
from photostyle.events import ProgressCallback, ignore
from photostyle.look import Look
from photostyle.methods.field import FieldOptions
from photostyle.methods.field.mosaic import Mosaic, mosaic
from photostyle.methods.field.objective import FieldWeights
from photostyle.methods.field.solver import solve_field
from photostyle.options import Options
from photostyle.prepared import Prepared, planes
from photostyle.regions import pair_regions
from photostyle.regions.labels import optional_names
from photostyle.session import Session
from photostyle.transforms import Provenance, SharedTransform
from photostyle.transforms.field.bilateral import BilateralField, GridSize
from photostyle.transforms.field.gain import bounded
from photostyle.transforms.field.sample import ColourSample

SMALLEST_TILE = 64  # pixels of the long side of a tile of the mosaic


def fit_shared(
    photos: Iterable[Prepared],
    count: int,
    look: Look,
    options: Options,
    session: Session,
    *,
    style: str = "",
    callback: ProgressCallback = ignore,
) -> SharedTransform:
    """Fit one transform a region to several photos, laid side by side; the last is that of all, for regions they do not show.

    Args:
        photos: read once, one after another.
        count: how many they are: several are solved on smaller tiles.
        look: of the style.
        options: of the method field.
        session: the device and the networks.
        style: what the style is called.
        callback: told of each step of the solver.

    Raises:
        OptionError: the method is another, the look was measured with another encoder, or an amount names no region.
        PhotostyleError: as `photos` does.
    """
    settings = options.settings
    if not isinstance(settings, FieldOptions):
        raise OptionError(f"a set needs the method field, got {options.method}")
    encoder = session.encoder(settings.encoder, settings.weights)
    look.check_encoder(encoder)
    weights = replace(FieldWeights.of(settings), grids=(GridSize(2, 2, 6), GridSize(2, 2, 8)))
    side = weights.size
    if count > 1:
        side = max(SMALLEST_TILE, weights.size // 2)
    tiles: Mosaic = mosaic(photos, side)
    options.amounts.by_region(tiles.regions.names, optional_names(tiles.regions.names))  # a misspelt name is said here
    pairs = pair_regions(tiles.regions, look.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
    pixels = planes(tiles.pixels).contiguous().to(session.device)
    regions = tiles.regions.to(session.device)
    solved = solve_field(pixels, regions.masks, pairs, look, encoder, weights, callback, visible=regions.visible).field
    mean = solved.table.mean((2, 3), keepdim=True).cpu()  # over the mosaic, which has no place in a photo
    table = bounded(BilateralField(mean, solved.names))[0].table
    shares = torch.tensor(regions.shares()).reshape(-1, 1, 1, 1, 1, 1)
    of_all = (table * shares).sum(0, keepdim=True)
    provenance = Provenance(method=options.method, pairs=pairs, style=style, encoder=encoder.name, hard_masks=options.hard_masks)
    colours = ColourSample.of(planes(tiles.pixels), regions.masks, regions.visible)
    return SharedTransform(torch.cat([table, of_all]), solved.names, provenance, colours, tiles.members)
