"""The table of regions and their partners: plain data for whoever prints it."""

from collections.abc import Iterable
from dataclasses import dataclass

from photostyle.regions.likeness import AnyRegions
from photostyle.regions.pairing import Pair
from photostyle.regions.regions import Regions
from photostyle.regions.swatches import Colour

_NOT_MATCHED = {"whole": "whole style", "global": "whole style", "protected": "own colours", "ignored": "-"}


@dataclass(frozen=True)
class PairRow:
    """A line of the table.

    Args:
        swatch: the region's colour.
        name: the region's, of the content, or of the style where nobody takes from it.
        content_share, style_share: shares of the photos' areas, 0..1.
        pair: what it takes from.
        how: how this came about.
    """

    swatch: Colour
    name: str
    content_share: float
    style_share: float
    pair: str
    how: str


def pair_table(content: Regions, style: AnyRegions, pairs: Iterable[Pair]) -> tuple[PairRow, ...]:
    """The table of regions: the content's, largest first, then the style's that nobody takes from.

    Args:
        content, style: the regions.
        pairs: as `pair_regions` made them.
    """
    pairs = tuple(pairs)
    swatches = dict(zip(content.names, content.colours, strict=True))
    rows = []
    for pair in sorted(pairs, key=lambda pair: -pair.content_share):
        takes_from = _NOT_MATCHED.get(pair.kind) or str(pair.style)
        swatch = swatches[pair.content]
        rows.append(PairRow(swatch, pair.content, pair.content_share, pair.style_share, takes_from, pair.how))
    taken = {pair.style for pair in pairs}
    unused = []
    for name, colour, share in zip(style.names, style.colours, style.shares(), strict=True):
        if name not in taken:
            unused.append(PairRow(colour, name, 0.0, share, "-", "unused: the content takes from other regions"))
    unused.sort(key=lambda row: -row.style_share)
    return tuple(rows + unused)
