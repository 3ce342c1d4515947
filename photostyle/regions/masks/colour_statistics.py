"""How often each colour of a painted mask occurs, and how often inside an area: what tells paint from blends and noise.

A mask as people save it holds more colours than they painted: anti-aliased borders hold blends of two colours, JPEG
adds noise around each. A colour is real when it fills areas: around some of its pixels nothing changes. Blends and
noise lie along borders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.masks.colour_codes import Codes, Floats, distances_to_paper, pack, unpack
from photostyle.regions.masks.sampling import Sample

SNAP = 60.0  # a noisy colour within this of one of the paper's nine is that one
CLOSE = 30.0  # the same when not all of the mask's colours are of the nine
_LEAST = 1e-3  # the least share of a region among blends or noise
_RADIUS = 56.0  # how far noise carries a pixel from its colour, in RGB levels
_MOST_BINS = 4096  # of colours, commonest first, that are looked at for paint

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class ColourStatistics:
    """Every colour of some masks, with its largest share in any one of them.

    Args:
        codes: (n,) the colours, ascending.
        share: (n,) of all pixels of a mask that have the colour.
        flat: (n,) that have it and are exactly flat.
        nearly_flat: (n,) that have it and are nearly flat.
        still: (n,) that have it and are still.
        noisy: whether noise, such as JPEG's, lies over the paint.
    """

    codes: Codes
    share: Shares
    flat: Shares
    nearly_flat: Shares
    still: Shares
    noisy: bool

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "ColourStatistics":
        """Count the colours of one sample a mask."""
        codes = np.unique(np.concatenate([each.codes for each in samples]))
        largest = np.zeros((4, len(codes)))
        noise = 0.0
        edge = 0.0
        for each in samples:
            count = max(1, len(each.codes))
            place = np.searchsorted(codes, each.codes)
            everything = np.ones(len(each.codes), bool)
            for row, chosen in enumerate((everything, each.exactly_flat, each.nearly_flat, each.still)):
                shares = np.bincount(place[chosen], minlength=len(codes)) / count
                largest[row] = np.maximum(largest[row], shares)
            noise += (each.nearly_flat & ~each.exactly_flat).sum() / count
            edge += (~each.nearly_flat).sum() / count
        # JPEG leaves many nearly flat pixels beside the border ones, anti-aliasing few.
        share, flat, nearly_flat, still = largest
        return cls(codes, share, flat, nearly_flat, still, noisy=bool(noise > 0.25 * edge))

    @property
    def is_hard(self) -> bool:
        """Whether there are painted colours only: nearly each fills an area somewhere."""
        if len(self.codes) <= 2:
            return True
        loose = self.flat == 0
        if len(self.codes) > 512 or loose.sum() > max(1, (~loose).sum() // 4):
            return False
        return bool(self.share[loose].sum() < 0.02)

    def commonest(self) -> Floats:
        """(1, 3) the colour that most pixels have."""
        return unpack(self.codes[self.share.argmax()][None])

    def exact_colours(self) -> Floats:
        """(K, 3) the colours that are exactly flat somewhere, or all where none is."""
        flat = self.flat > 0
        if not flat.any():
            return unpack(self.codes)
        return unpack(self.codes[flat])

    def area_colours(self) -> Floats:
        """(K, 3) the colours that fill areas exactly, between borders of blends."""
        return unpack(self.codes[(self.flat >= _LEAST / 4) & (self.share >= _LEAST)])

    def noisy_colours(self) -> Floats:
        """(K, 3) the paint under noise: the commonest colour of each cloud that noise has made of one colour."""
        colours = unpack(self.codes)
        bins = np.unique((colours // 8).astype(int) @ (1024, 32, 1), return_inverse=True)[1]
        bin_share = np.bincount(bins, weights=self.nearly_flat)
        near_paper = distances_to_paper(colours).min(1) <= CLOSE
        papers_own = bool(self.nearly_flat[near_paper].sum() > 0.9 * self.nearly_flat.sum())
        unclaimed = np.ones(len(colours), bool)
        found = []
        for each in np.argsort(-bin_share)[:_MOST_BINS]:
            members = np.flatnonzero((bins == each) & unclaimed)
            if bin_share[each] < _LEAST / 8 or len(members) == 0:
                continue
            peak = colours[members[self.nearly_flat[members].argmax()]]
            distance = np.linalg.norm(colours - peak, axis=1)
            if self._is_paint(peak, distance, papers_own):
                found.append(peak)
            unclaimed &= distance > _RADIUS
        return unpack(pack(np.array(found, np.uint8).reshape(-1, 3)))

    def _is_paint(self, peak: Floats, distance: Floats, papers_own: bool) -> bool:
        """Whether a common colour was painted, and is no blend that happens to be common.

        Args:
            peak: (3,) the colour.
            distance: (n,) of every colour from it.
            papers_own: whether the mask is painted in the paper's colours.
        """
        core = distance <= _RADIUS / 3
        cloud = distance <= _RADIUS
        core_share = self.nearly_flat[core].sum()
        if core_share < _LEAST:
            return False
        concentration = 0.7
        if distances_to_paper(peak[None]).min() <= SNAP:
            concentration = 0.4
        if core_share >= concentration * self.nearly_flat[cloud].sum():
            return True
        still = self.still[core].sum()
        fills_area = still >= max(0.7 * self.still[cloud].sum(), _LEAST / 2)
        return bool(fills_area and not papers_own)

    def without_border_blends(self, colours: Floats) -> Floats:
        """The colours (K, 3) less those that are blends of two commoner ones and nowhere wider than a border."""
        if len(colours) == 0:
            return colours
        distance = np.linalg.norm(unpack(self.codes)[:, None] - colours[None], axis=2)
        nearest = distance.argmin(1)
        share = np.bincount(nearest, weights=self.share, minlength=len(colours))
        still = np.bincount(nearest, weights=self.still, minlength=len(colours))
        kept = np.ones(len(colours), bool)
        for place in np.argsort(share):
            if share[place] > 0.02:
                break
            commoner = colours[kept & (share > 2 * share[place])]
            narrow = still[place] < 0.02 * share[place]
            if share[place] < 2 * _LEAST:
                narrow |= still[place] < 0.1 * share[place]
            kept[place] = not (narrow and _is_blend(colours[place], commoner))
        return colours[kept]


def _is_blend(colour: Floats, others: Floats) -> bool:
    """Whether a colour is within 16 levels of the inner part of a segment between two others."""
    start = others[:, None]
    span = others[None].astype(np.float64) - start
    length = np.maximum((span**2).sum(-1), 1)
    along = ((colour - start) * span).sum(-1) / length
    off = np.linalg.norm(start + along[..., None] * span - colour, axis=-1)
    return bool(((along > 0.08) & (along < 0.92) & (off < 16)).any())
