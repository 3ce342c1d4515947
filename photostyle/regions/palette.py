"""Which colours really occur in a painted mask, and what they are called.

A mask as people save it holds more colours than they painted: anti-aliased borders hold blends of two colours, JPEG adds
noise around each. A colour is real when it fills areas: pixels whose 3x3 neighbourhood is flat. Blends and noise do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The colours of the masks of Luan et al. 2017, which later work kept.
PAPER_COLOURS: dict[str, tuple[int, int, int]] = {
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
_SAMPLES = 1_000_000  # pixels looked at in each mask
_FLAT = 24  # the largest step inside a flat area of a noisy mask, in 8-bit levels
_RADIUS = 56.0  # how far noise carries a pixel from its colour, in RGB levels
_SNAP = 60.0  # a noisy colour within this of one of the paper's nine is that one
_LEAST = 1e-3  # the least share of a region among blends or noise
_FAR = 90.0  # a pixel farther than this from each real colour is explained by none


@dataclass(frozen=True)
class Sample:
    """Pixels of one mask, looked at for flatness.

    Args:
        codes: (n,) packed colours r << 16 | g << 8 | b.
        spread: (n,) the largest range of a channel in the 3x3 neighbourhood; 0 where it is exactly flat.
    """

    codes: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class Palette:
    """The real colours of one or more masks.

    Args:
        names: one a colour.
        colours: (K, 3) uint8, the swatches.
        seen: (K, 3) float, the colours as they occur, to which pixels snap.
        exact: whether the masks hold nothing but these colours.
    """

    names: tuple[str, ...]
    colours: np.ndarray
    seen: np.ndarray
    exact: bool

    def subset(self, where: np.ndarray) -> "Palette":
        """Only some of the colours."""
        return Palette(tuple(self.names[i] for i in where), self.colours[where], self.seen[where], self.exact)


def pack(rgb: np.ndarray) -> np.ndarray:
    """(..., 3) uint8 to (...) int32 r << 16 | g << 8 | b."""
    codes = rgb[..., 0].astype(np.int32)
    codes <<= 8
    codes |= rgb[..., 1]
    codes <<= 8
    codes |= rgb[..., 2]
    return codes


def unpack(codes: np.ndarray) -> np.ndarray:
    """The inverse of `pack`, as float32."""
    return np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255], -1).astype(np.float32)


def sample(codes: np.ndarray, used: np.ndarray | None = None) -> Sample:
    """Evenly spaced pixels of a mask with the flatness of their neighbourhoods.

    Args:
        codes: (H, W) packed colours.
        used: (H, W) bool, pixels that count (not the wholly transparent ones); None means all.
    """
    height, width = codes.shape
    step = max(1, int(np.sqrt(height * width / _SAMPLES)))
    rows, columns = np.arange(step // 2, height, step), np.arange(step // 2, width, step)
    near_rows = [np.clip(rows + d, 0, height - 1) for d in (-1, 0, 1)]
    near_columns = [np.clip(columns + d, 0, width - 1) for d in (-1, 0, 1)]
    centre = codes[np.ix_(rows, columns)]
    low = [centre >> shift & 255 for shift in (16, 8, 0)]
    high = list(low)
    for y in near_rows:
        for x in near_columns:
            near = codes[np.ix_(y, x)]
            for c, shift in enumerate((16, 8, 0)):
                value = near >> shift & 255
                low[c], high[c] = np.minimum(low[c], value), np.maximum(high[c], value)
    spread = np.maximum.reduce([h - l for h, l in zip(high, low, strict=True)])
    chosen = slice(None) if used is None else used[np.ix_(rows, columns)]
    return Sample(centre[chosen].ravel(), spread[chosen].ravel())


def find_palette(samples: Sequence[Sample], known: dict[str, tuple[int, int, int]] | None = None) -> Palette:
    """The colours that really occur in masks that go together.

    Args:
        samples: one of each mask.
        known: names and colours that the mask's own description gives.
    """
    codes, shares, flat, noisy = _unique(samples)
    if _is_hard(codes, shares, flat):
        kept = (flat > 0) | (shares >= _LEAST)
        seen, exact = unpack(codes[kept]), True
    else:
        modes = _modes(unpack(codes), shares, noisy, _RADIUS) if _has_noise(samples) else codes[flat >= _LEAST / 4]
        seen, exact = unpack(modes), False
        seen = seen[_not_blends(seen, _share_near(seen, unpack(codes), noisy))]
    if len(seen) == 0:
        seen = unpack(codes[np.argsort(-shares)[:1]])
    return _named(seen, exact, known or {}, _is_label_map(seen, exact))


def snap(codes: np.ndarray, palette: Palette) -> tuple[np.ndarray, float]:
    """Give each pixel the nearest real colour.

    Args:
        codes: (H, W) packed colours.
        palette: the real colours.

    Returns:
        (H, W) uint8 or uint16 places in the palette, and the share of pixels that no colour explains.
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
    present[:] = False
    present[unique[distance > _FAR]] = True
    return labels, float(present[flat].mean()) if (distance > _FAR).any() else 0.0


def _unique(samples: Sequence[Sample]):
    """Each colour with its largest share in a mask: of all pixels, of exactly flat ones, of nearly flat ones."""
    codes = np.unique(np.concatenate([s.codes for s in samples]))
    parts = []
    for s in samples:
        where = np.searchsorted(codes, s.codes)
        count = lambda chosen, where=where, s=s: np.bincount(where[chosen], minlength=len(codes)) / max(1, len(s.codes))
        parts.append([count(slice(None)), count(s.spread == 0), count(s.spread <= _FLAT)])
    return codes, *np.max(parts, axis=0)


def _is_hard(codes: np.ndarray, shares: np.ndarray, flat: np.ndarray) -> bool:
    """Whether the masks hold painted colours only: nearly each colour fills an area somewhere."""
    loose = flat == 0
    return bool(len(codes) <= 512 and loose.sum() <= max(1, (~loose).sum() // 4) and shares[loose].sum() < 0.02) or len(codes) <= 2


def _has_noise(samples: Sequence[Sample]) -> bool:
    """Whether nearly flat pixels are many beside the border pixels, as JPEG leaves them; anti-aliasing makes few."""
    near = sum(np.count_nonzero((s.spread > 0) & (s.spread <= _FLAT)) / max(1, len(s.spread)) for s in samples)
    edge = sum(np.count_nonzero(s.spread > _FLAT) / max(1, len(s.spread)) for s in samples)
    return near > 0.25 * edge


def _share_near(seen: np.ndarray, colours: np.ndarray, weights: np.ndarray) -> np.ndarray:
    apart = np.linalg.norm(colours[:, None] - seen[None], axis=2)
    return np.bincount(apart.argmin(1), weights=weights, minlength=len(seen))


def _modes(colours: np.ndarray, shares: np.ndarray, noisy: np.ndarray, radius: float) -> np.ndarray:
    """Local modes of the flat pixels' colours: each the commonest colour of its ball, standing out of its shell."""
    bins = np.unique((colours // 8).astype(int) @ (1024, 32, 1), return_inverse=True)[1]
    mass = np.bincount(bins, weights=noisy)
    modes, free = [], np.ones(len(colours), bool)
    nine = np.array(list(PAPER_COLOURS.values()), np.float32)
    for b in np.argsort(-mass)[:4096]:
        if mass[b] < _LEAST / 8:
            break
        members = np.flatnonzero((bins == b) & free)
        if len(members) == 0:
            continue
        peak = colours[members[noisy[members].argmax()]]
        apart = np.linalg.norm(colours - peak, axis=1)
        ball, shell = noisy[apart <= radius / 3].sum(), noisy[apart <= radius].sum()
        painted = np.linalg.norm(nine - peak, axis=1).min() <= _SNAP
        if ball >= _LEAST and ball >= (0.4 if painted else 0.7) * shell:
            modes.append(peak)
        free &= apart > radius
    return pack(np.array(modes, np.uint8).reshape(-1, 3))


def _not_blends(seen: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Which colours are not thin blends of two commoner ones (within 16 levels of the segment between them)."""
    kept = np.ones(len(seen), bool)
    for c in np.argsort(shares):
        if shares[c] > 0.01:
            break
        larger = np.flatnonzero(kept & (shares > 2 * shares[c]))
        a, b = seen[larger][:, None], seen[larger][None, :]
        span = (b - a).astype(np.float64)
        t = ((seen[c] - a) * span).sum(-1) / np.maximum((span**2).sum(-1), 1)
        off = np.linalg.norm(a + t[..., None] * span - seen[c], axis=-1)
        if ((t > 0.1) & (t < 0.9) & (off < 16)).any() and shares[c] < _LEAST * 2:
            kept[c] = False
    return kept


def _is_label_map(seen: np.ndarray, exact: bool) -> bool:
    """Whether the colours are small consecutive greys, such as 0, 1, 2 and perhaps 255: class numbers, not paint."""
    if not exact or (seen != seen[:, :1]).any():
        return False
    values = np.sort(seen[:, 0])
    inner = values[values < 255]
    return len(inner) > 0 and (len(values) > 1 or inner.max() > 0) and inner.max() < 256 and bool(
        (np.diff(inner) <= 1).any() or (0 < inner.min() and inner.max() < 32)
    )


def _named(seen: np.ndarray, exact: bool, known: dict, label_map: bool) -> Palette:
    """Names: those known, then class numbers or the paper's nine, then #rrggbb."""
    names, colours = [], seen.round().astype(np.uint8)
    reach = 12.0 if exact else _SNAP
    nine, nine_names = np.array(list(PAPER_COLOURS.values()), np.float32), list(PAPER_COLOURS)
    own = np.array(list(known.values()), np.float32).reshape(-1, 3)
    taken: dict[str, int] = {}
    for k in np.arange(len(seen)):
        name = None
        if len(own) and np.linalg.norm(own - seen[k], axis=1).min() <= reach:
            name = list(known)[int(np.linalg.norm(own - seen[k], axis=1).argmin())]
        elif label_map:
            name = f"label {int(seen[k, 0])}"
        elif np.linalg.norm(nine - seen[k], axis=1).min() <= reach:
            name = nine_names[int(np.linalg.norm(nine - seen[k], axis=1).argmin())]
        if name is None or name in taken:
            name = "#{:02x}{:02x}{:02x}".format(*colours[k])
        elif name in known or not label_map:
            colours[k] = known.get(name, PAPER_COLOURS.get(name))
        taken[name] = k
        names.append(name)
    return Palette(tuple(names), colours, seen, exact)
