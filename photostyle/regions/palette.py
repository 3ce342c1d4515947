"""Which colours really occur in a painted mask, and what they are called.

A mask as people save it holds more colours than they painted: anti-aliased borders hold blends of two colours, JPEG
adds noise around each. A colour is real when it fills areas: around some of its pixels nothing changes. Blends and
noise lie along borders.
"""

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from photostyle.regions.labels import COLOURS

RGB = tuple[int, int, int]

# The colours of the masks of Luan et al. 2017, which later work kept.
PAPER_COLOURS: dict[str, RGB] = {
    "blue": (0, 0, 255),
    "green": (0, 255, 0),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "grey": (128, 128, 128),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
}
_NINE = np.array(list(PAPER_COLOURS.values()), np.float32)
_GREYS = {0: "black", 127: "grey", 128: "grey", 254: "white", 255: "white"}
_SAMPLES = 1_000_000  # pixels looked at in each mask
_STEP = 4  # how far away the neighbourhood of a still pixel reaches
_FLAT = 24  # the largest step between neighbours inside an area of a noisy mask, in 8-bit levels
_STILL = 12  # the largest change across the neighbourhood of a still pixel
_RADIUS = 56.0  # how far noise carries a pixel from its colour, in RGB levels
_SNAP = 60.0  # a noisy colour within this of one of the paper's nine is that one
_CLOSE = 30.0  # the same when not all of the mask's colours are of the nine
_LEAST = 1e-3  # the least share of a region among blends or noise
_OFF = 32.0  # a pixel farther than this from its real colour is off it: at a border, or in a photo
_FAR = 90.0  # a pixel farther than this from each real colour is explained by none


@dataclass(frozen=True)
class Sample:
    """Evenly spaced pixels of one mask and how much changes around them.

    Args:
        codes: (n,) packed colours r << 16 | g << 8 | b.
        spread: (n,) the largest range of a channel over the 3x3 neighbourhood; 0 where it is exactly flat.
        reach: (n,) the same over eight pixels four away too.
    """

    codes: np.ndarray
    spread: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True)
class Palette:
    """The real colours of one or more masks.

    Args:
        names: one a colour.
        colours: the swatches, 0..255.
        seen: (K, 3) float32, the colours as they occur, to which pixels snap.
        exact: whether the masks hold nothing but these colours.
        numbers: (K,) the class numbers, ascending, when the masks hold numbers over 255 in place of colours.
    """

    names: tuple[str, ...]
    colours: tuple[RGB, ...]
    seen: np.ndarray
    exact: bool
    numbers: np.ndarray | None = None

    def subset(self, where: Sequence[int]) -> "Palette":
        """Only some of the colours."""
        names, colours = (tuple(values[i] for i in where) for values in (self.names, self.colours))
        return Palette(names, colours, self.seen[where], self.exact)


def pack(rgb: np.ndarray) -> np.ndarray:
    """(..., 3) uint8 to (...) int32 r << 16 | g << 8 | b."""
    codes = rgb[..., 0].astype(np.int32)
    for c in (1, 2):
        codes <<= 8
        codes |= rgb[..., c]
    return codes


def unpack(codes: np.ndarray) -> np.ndarray:
    """The inverse of `pack`, as float32."""
    return np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255], -1).astype(np.float32)


def sample(codes: np.ndarray, used: np.ndarray | None = None) -> Sample:
    """Look at evenly spaced pixels of a mask.

    Args:
        codes: (H, W) packed colours.
        used: (H, W) bool, the pixels that count; None means all.
    """
    height, width = codes.shape
    step = max(1, int(np.sqrt(height * width / _SAMPLES)))
    rows, columns = np.arange(step // 2, height, step), np.arange(step // 2, width, step)
    centre = codes[np.ix_(rows, columns)]
    planes = [(codes >> shift).astype(np.uint8) for shift in (16, 8, 0)]
    spreads = [np.maximum.reduce([_range(plane, rows, columns, reach) for plane in planes]) for reach in ((1,), (1, _STEP))]
    chosen = slice(None) if used is None else used[np.ix_(rows, columns)]
    return Sample(centre[chosen].ravel(), *(spread[chosen].ravel().astype(np.int32) for spread in spreads))


def _range(plane: np.ndarray, rows: np.ndarray, columns: np.ndarray, reach: Sequence[int]) -> np.ndarray:
    """At rows and columns, the greatest value less the least of the pixels there and `reach` from there, aslant too."""
    return _nearby(plane, rows, columns, reach, np.maximum) - _nearby(plane, rows, columns, reach, np.minimum)


def _nearby(plane: np.ndarray, rows: np.ndarray, columns: np.ndarray, reach: Sequence[int], pick: np.ufunc) -> np.ndarray:
    height, width = plane.shape
    squares = []
    for far in reach:
        lines = pick.reduce([plane[(rows + d).clip(0, height - 1)] for d in (-far, 0, far)])
        squares.append(pick.reduce([lines.take((columns + d).clip(0, width - 1), 1) for d in (-far, 0, far)]))
    return pick.reduce(squares)


def find_palette(samples: Sequence[Sample], known: Mapping[str, RGB] | None = None) -> Palette:
    """The colours that really occur in masks that go together.

    Args:
        samples: one of each mask.
        known: names and colours that a description of the masks gives.
    """
    found = _Found.of(samples)
    if found.hard():
        seen, exact = unpack(found.codes[found.flat > 0 if (found.flat > 0).any() else slice(None)]), True
        broad = found.without_ribbons(seen)
        # Class numbers may be thin and lie between others; scaled-up blends outnumber the paint.
        seen = seen if _are_numbers(seen) and 2 * len(broad) > len(seen) else broad
        numbers = _are_numbers(seen)
    else:
        seen, exact, numbers = unpack(found.modes() if found.noise else found.areas()), False, False
        seen = found.without_ribbons(seen)
    if len(seen) == 0:
        seen = unpack(found.codes[found.share.argmax()][None])
    return _named(seen, exact, known or {}, numbers)


def number_palette(numbers: np.ndarray) -> Palette:
    """The palette of a map of class numbers, ascending."""
    names = tuple(f"label {number}" for number in numbers)
    return Palette(names, tuple(hue(int(n)) for n in numbers), np.zeros((len(names), 3), np.float32), True, numbers)


def hue(i: int) -> RGB:
    """The i-th of a row of swatches that stay apart: hues a golden angle from each other."""
    return tuple(round(255 * v) for v in colorsys.hsv_to_rgb(i * 0.381966 % 1, 0.7 - 0.2 * (i // 5 % 2), 0.92))


def snap(codes: np.ndarray, palette: Palette) -> tuple[np.ndarray, float, float]:
    """Give each pixel the nearest real colour.

    Args:
        codes: (H, W) packed colours.
        palette: the real colours.

    Returns:
        (H, W) uint8 or uint16 places in the palette; the share of pixels that are off their colour; and the share that no
        colour explains.
    """
    kind = np.uint8 if len(palette.names) <= 256 else np.uint16
    flat = codes.ravel()
    present = np.zeros(1 << 24, bool)
    present[flat] = True
    unique = np.flatnonzero(present)
    nearest, distance = np.empty(len(unique), kind), np.empty(len(unique), np.float32)
    for i in range(0, len(unique), 65536):
        apart = np.linalg.norm(unpack(unique[i : i + 65536])[:, None] - palette.seen[None], axis=2)
        nearest[i : i + 65536], distance[i : i + 65536] = apart.argmin(1), apart.min(1)
    table = np.zeros(1 << 24, kind)
    table[unique] = nearest
    labels = table[flat].reshape(codes.shape)
    shares = []
    for limit in (_OFF, _FAR):
        present[unique] = distance > limit
        shares.append(float(present[flat].mean()) if (distance > limit).any() else 0.0)
    return labels, *shares


@dataclass(frozen=True)
class _Found:
    """Every colour of the samples and its largest share in one: of all, of flat, nearly flat and still pixels."""

    codes: np.ndarray
    share: np.ndarray
    flat: np.ndarray
    near: np.ndarray
    still: np.ndarray
    noise: bool

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "_Found":
        codes = np.unique(np.concatenate([s.codes for s in samples]))
        shares, near, edge = [], 0.0, 0.0
        for s in samples:
            where, count = np.searchsorted(codes, s.codes), max(1, len(s.codes))
            chosen = (slice(None), s.spread == 0, s.spread <= _FLAT, (s.spread <= _FLAT) & (s.reach <= _STILL))
            shares.append([np.bincount(where[c], minlength=len(codes)) / count for c in chosen])
            near += ((s.spread > 0) & (s.spread <= _FLAT)).sum() / count
            edge += (s.spread > _FLAT).sum() / count
        # JPEG leaves many nearly flat pixels beside the border ones, anti-aliasing few.
        return cls(codes, *np.max(shares, axis=0), noise=bool(near > 0.25 * edge))

    def hard(self) -> bool:
        """Whether there are painted colours only: nearly each fills an area somewhere."""
        loose = self.flat == 0
        few = len(self.codes) <= 512 and loose.sum() <= max(1, (~loose).sum() // 4)
        return len(self.codes) <= 2 or bool(few and self.share[loose].sum() < 0.02)

    def areas(self) -> np.ndarray:
        """The colours that fill areas exactly, between borders of blends."""
        return self.codes[(self.flat >= _LEAST / 4) & (self.share >= _LEAST)]

    def modes(self) -> np.ndarray:
        """Local modes under noise: the commonest colour of each ball that holds most of the still pixels around it."""
        colours, modes = unpack(self.codes), []
        bins = np.unique((colours // 8).astype(int) @ (1024, 32, 1), return_inverse=True)[1]
        mass, free = np.bincount(bins, weights=self.near), np.ones(len(colours), bool)
        from_nine = np.linalg.norm(colours[:, None] - _NINE, axis=2).min(1)
        paper = self.near[from_nine <= _CLOSE].sum() > 0.9 * self.near.sum()
        for b in np.argsort(-mass)[:4096]:
            members = np.flatnonzero((bins == b) & free)
            if mass[b] < _LEAST / 8 or len(members) == 0:
                continue
            peak = colours[members[self.near[members].argmax()]]
            apart = np.linalg.norm(colours - peak, axis=1)
            ball, around = apart <= _RADIUS / 3, apart <= _RADIUS
            paint = np.linalg.norm(_NINE - peak, axis=1).min() <= _SNAP
            near, still = self.near[ball].sum(), self.still[ball].sum()
            stands_out = near >= (0.4 if paint else 0.7) * self.near[around].sum()
            stays = not paper and still >= max(0.7 * self.still[around].sum(), _LEAST / 2)
            if near >= _LEAST and (stands_out or stays):
                modes.append(peak)
            free &= ~around
        return pack(np.array(modes, np.uint8).reshape(-1, 3))

    def without_ribbons(self, seen: np.ndarray) -> np.ndarray:
        """The colours less those that are blends of two commoner ones and nowhere wider than a border."""
        apart = np.linalg.norm(unpack(self.codes)[:, None] - seen[None], axis=2) if len(seen) else np.empty((0, 0))
        own = apart.argmin(1) if len(seen) else np.empty(0, int)
        share, still = (np.bincount(own, weights=w, minlength=len(seen)) for w in (self.share, self.still))
        kept = np.ones(len(seen), bool)
        for c in np.argsort(share):
            if share[c] > 0.02:
                break
            larger = np.flatnonzero(kept & (share > 2 * share[c]))
            narrow = still[c] < 0.02 * share[c] or (share[c] < 2 * _LEAST and still[c] < 0.1 * share[c])
            kept[c] = not (narrow and _is_between(seen[c], seen[larger]))
        return seen[kept]


def _is_between(colour: np.ndarray, others: np.ndarray) -> bool:
    """Whether a colour is within 16 levels of the inner part of a segment between two others."""
    a, span = others[:, None], others[None].astype(np.float64) - others[:, None]
    t = ((colour - a) * span).sum(-1) / np.maximum((span**2).sum(-1), 1)
    off = np.linalg.norm(a + t[..., None] * span - colour, axis=-1)
    return bool(((t > 0.08) & (t < 0.92) & (off < 16)).any())


def _are_numbers(seen: np.ndarray) -> bool:
    """Whether the colours are greys but not the paper's: class numbers such as 0, 1, 2 and perhaps 255, not paint."""
    greys = seen[:, 0]
    if (seen != greys[:, None]).any():
        return False
    return any(int(v) not in _GREYS for v in greys) or len({_GREYS[int(v)] for v in greys}) < len(greys)


def _named(seen: np.ndarray, exact: bool, known: Mapping[str, RGB], numbers: bool) -> Palette:
    """Names: those known, then class numbers, the paper's nine, or classes where two have their swatches; then #rrggbb."""
    far = np.linalg.norm(seen[:, None] - _NINE, axis=2).min(1).max()
    reach = 12.0 if exact else _SNAP if far <= _SNAP else _CLOSE
    made: dict[str, RGB] = {}
    table = {**COLOURS, **PAPER_COLOURS}
    if sum(_nearest(colour, table, reach)[0] in COLOURS for colour in seen) < 2:  # what `photostyle masks` paints has more
        table = PAPER_COLOURS
    for colour in seen:
        own = tuple(int(v) for v in colour.round())
        name, swatch = _nearest(colour, known, 0.5 if numbers else reach)
        if name is None and numbers:
            name, swatch = f"label {own[0]}", hue(own[0])
        elif name is None:
            name, swatch = _nearest(colour, table, reach)
        if name is None or name in made:
            name, swatch = "#{:02x}{:02x}{:02x}".format(*own), own
        made[name] = swatch
    return Palette(tuple(made), tuple(made.values()), seen, exact)


def _nearest(colour: np.ndarray, table: Mapping[str, RGB], reach: float) -> tuple[str | None, RGB | None]:
    if not table:
        return None, None
    apart = np.linalg.norm(np.array(list(table.values()), np.float32) - colour, axis=1)
    return list(table.items())[apart.argmin()] if apart.min() <= reach else (None, None)
