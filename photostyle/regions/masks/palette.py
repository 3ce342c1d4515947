"""Which colours really occur in painted masks, and what they are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.labels import COLOURS
from photostyle.regions.masks.colour_codes import CODES, PAPER_COLOURS, Codes, Floats, distances_to_paper, unpack
from photostyle.regions.masks.colour_statistics import CLOSE, SNAP, ColourStatistics
from photostyle.regions.masks.sampling import Sample
from photostyle.regions.swatches import Colour, distinct_colour

_PAPER_GREYS = {0: "black", 127: "grey", 128: "grey", 254: "white", 255: "white"}
_EXACT = 12.0  # how far an exact colour may be from one that has a name
_OFF = 32.0  # a pixel farther than this from its real colour is off it: at a border, or in a photo
_FAR = 90.0  # a pixel farther than this from each real colour is explained by none
_THIN = 1e-3  # a colour that has a name and this share is a region, be it nowhere broad
_BATCH = 65536  # colours whose distances are taken at a time


@dataclass(frozen=True)
class Palette:
    """The real colours of one or more masks.

    Args:
        names: one a colour.
        colours: the swatches, 0..255.
        seen: (K, 3) float32, the colours as they occur, to which pixels snap.
        exact: whether the masks hold nothing but these colours.
        numbers: (K,) the class numbers, ascending, when the masks hold class numbers in place of colours.
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    seen: Floats
    exact: bool
    numbers: NDArray[np.integer] | None = None

    def subset(self, places: Sequence[int]) -> "Palette":
        """Only some of the colours."""
        names = tuple(self.names[place] for place in places)
        colours = tuple(self.colours[place] for place in places)
        return Palette(names, colours, self.seen[list(places)], self.exact)


def find_palette(samples: Sequence[Sample], known: Mapping[str, Colour] | None = None) -> Palette:
    """The colours that really occur in masks that go together.

    Args:
        samples: one of each mask.
        known: names and colours that a description of the masks gives.
    """
    statistics = ColourStatistics.of(samples)
    exact = statistics.is_hard
    if exact:
        seen = statistics.exact_colours()
        wide = statistics.without_border_blends(seen)
        # Class numbers may be thin and lie between others; scaled-up blends outnumber the paint.
        if not (are_numbers(seen) and 2 * len(wide) > len(seen)):
            seen = wide
    elif statistics.noisy:
        seen = statistics.without_border_blends(statistics.noisy_colours())
    else:
        seen = statistics.without_border_blends(statistics.area_colours())
    if known and not statistics.noisy:
        seen = _with_known(seen, samples, known)
    numbers = exact and are_numbers(seen)
    if len(seen) == 0:
        seen = statistics.commonest()
    return _Namer(seen, exact, numbers, known or {}).palette()


def _with_known(seen: Floats, samples: Sequence[Sample], known: Mapping[str, Colour]) -> Floats:
    """The colours that are seen, and those that have exactly a name: a thin region is no border."""
    codes = np.concatenate([sample.codes for sample in samples])
    present = {tuple(colour) for colour in seen.astype(int).tolist()}
    more = []
    for colour in set(known.values()) - present:
        red, green, blue = colour
        if (codes == (red << 16 | green << 8 | blue)).mean() >= _THIN:
            more.append(colour)
    if not more:
        return seen
    return np.concatenate([seen, np.array(sorted(more), np.float32)])


def number_palette(numbers: NDArray[np.integer]) -> Palette:
    """The palette of a map of class numbers, ascending."""
    names = tuple(f"label {number}" for number in numbers)
    colours = tuple(distinct_colour(int(number)) for number in numbers)
    return Palette(names, colours, np.zeros((len(names), 3), np.float32), True, numbers)


def are_numbers(seen: Floats) -> bool:
    """Whether colours (K, 3) are greys but not the paper's: class numbers such as 0, 1, 2 and perhaps 255, not paint."""
    greys = seen[:, 0]
    if (seen != greys[:, None]).any():
        return False
    names = [_PAPER_GREYS.get(int(grey)) for grey in greys]
    return None in names or len(set(names)) < len(names)


def snap(
    codes: Codes, palette: Palette, used: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.unsignedinteger], float, float]:
    """Give each pixel the nearest real colour.

    Args:
        codes: (H, W) colour codes.
        palette: the real colours.
        used: (H, W), the pixels that the shares are of; None means all.

    Returns:
        (H, W) uint8 or uint16 places in the palette; the share of pixels that are off their colour; and the share that no
        colour explains.
    """
    flat = codes.ravel()
    occurs = np.zeros(CODES, bool)
    occurs[flat] = True
    unique = np.flatnonzero(occurs)
    nearest = np.empty(len(unique), np.uint8 if len(palette.names) <= 256 else np.uint16)
    distance = np.empty(len(unique), np.float32)
    for start in range(0, len(unique), _BATCH):
        batch = slice(start, start + _BATCH)
        distances = np.linalg.norm(unpack(unique[batch])[:, None] - palette.seen[None], axis=2)
        nearest[batch] = distances.argmin(1)
        distance[batch] = distances.min(1)
    place_of_code = np.zeros(CODES, nearest.dtype)
    place_of_code[unique] = nearest
    places = place_of_code[flat].reshape(codes.shape)
    counted = flat if used is None else codes[used]

    def share_farther_than(limit: float) -> float:
        far = distance > limit
        if not far.any():
            return 0.0
        occurs[unique] = far
        return float(occurs[counted].mean())

    return places, share_farther_than(_OFF), share_farther_than(_FAR)


@dataclass
class _Namer:
    """Gives colours their names.

    Names are those known, then class numbers, the paper's nine, or classes where two have their swatches; then #rrggbb.

    Args:
        seen: (K, 3) the colours.
        exact: whether they are as they were painted, with no noise.
        numbers: whether they are class numbers.
        known: names and colours that a description of the masks gives.
    """

    seen: Floats
    exact: bool
    numbers: bool
    known: Mapping[str, Colour]

    def palette(self) -> Palette:
        """The palette of these colours; no name is given twice."""
        reach = self._reach()
        table = self._table(reach)
        made: dict[str, Colour] = {}
        for colour in self.seen:
            found = self._named(colour, reach, table)
            if found is None or found[0] in made:
                found = _by_hex(colour)
            made[found[0]] = found[1]
        return Palette(tuple(made), tuple(made.values()), self.seen, self.exact)

    def _reach(self) -> float:
        """How far a colour may be from one that has a name and still be that one, in RGB levels."""
        if self.exact:
            return _EXACT
        farthest = distances_to_paper(self.seen).min(1).max()
        return SNAP if farthest <= SNAP else CLOSE

    def _table(self, reach: float) -> Mapping[str, Colour]:
        """The colours that have names: the paper's, and those of the classes where two of them occur.

        What `photostyle masks` paints has two or more.
        """
        both = {**COLOURS, **PAPER_COLOURS}
        classes = 0
        for colour in self.seen:
            found = _nearest(colour, both, reach)
            if found is not None and found[0] in COLOURS:
                classes += 1
        return both if classes >= 2 else PAPER_COLOURS

    def _named(self, colour: Floats, reach: float, table: Mapping[str, Colour]) -> tuple[str, Colour] | None:
        """The name and the swatch of a colour, or None where it has no name of its own."""
        if not self.numbers:
            return _nearest(colour, self.known, reach) or _nearest(colour, table, reach)
        known = _nearest(colour, self.known, 0.5)
        if known is not None:
            return known
        number = int(colour[0].round())
        return f"label {number}", distinct_colour(number)


def _by_hex(colour: Floats) -> tuple[str, Colour]:
    red, green, blue = (int(level) for level in colour.round())
    return f"#{red:02x}{green:02x}{blue:02x}", (red, green, blue)


def _nearest(colour: Floats, table: Mapping[str, Colour], reach: float) -> tuple[str, Colour] | None:
    """The name and the swatch nearest to a colour, or None where none is within reach."""
    if not table:
        return None
    distance = np.linalg.norm(np.array(list(table.values()), np.float32) - colour, axis=1)
    if distance.min() > reach:
        return None
    return list(table.items())[int(distance.argmin())]
