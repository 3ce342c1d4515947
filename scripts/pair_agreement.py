"""How far automatic regions and pairs send a photo's parts where people's masks would send them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.cluster.vq import kmeans2
from skimage.color import rgb2lab

from photostyle.regions.automatic import segment_photo
from photostyle.regions.pairing import pair_regions
from photostyle.regions.regions import Regions

# The nine colours that the benchmark's masks are painted in.
PAINTS = np.array(
    [
        *[(0, 0, 255), (0, 255, 0), (0, 0, 0), (255, 255, 255), (255, 0, 0)],
        *[(255, 255, 0), (128, 128, 128), (0, 255, 255), (255, 0, 255)],
    ]
)
LEAST = 1e-3  # a painted region counts when it has this share of both photos
SPECK = 0.01
WHOLE = -1  # in place of a style label: the whole style photo, in full

Assign = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, dict[int, int | None]]]


@dataclass(frozen=True)
class BenchmarkPair:
    """Two photos (H, W, 3) float32 and where people painted their regions: (H, W) indices into `PAINTS`."""

    name: str
    content: np.ndarray
    style: np.ndarray
    content_paint: np.ndarray
    style_paint: np.ndarray


@dataclass(frozen=True)
class Agreement:
    """Shares of the content's area, of what people's masks give a partner.

    Args:
        majority: goes to a style region most of which lies in the painted region that it should go to.
        overlap: the mean share of that style region that lies there.
    """

    majority: float
    overlap: float


def read_pairs(folder: Path) -> list[BenchmarkPair]:
    """The pairs of a folder laid out as `../shared/benchmark/pairs`."""
    return [_read_pair(pair) for pair in sorted(folder.iterdir(), key=lambda path: int(path.name))]


def agreement(pair: BenchmarkPair, assign: Assign) -> Agreement:
    """How far `assign` agrees with the painted masks.

    Args:
        pair: the photos and masks.
        assign: takes the photos; gives label maps of both and, for each content label, the style label that it takes
            from, WHOLE for the whole style photo, or None for the same but gently, which counts as missed.
    """
    content, style, partner = assign(pair.content, pair.style)
    painted = [paint for paint in range(len(PAINTS)) if _share(pair, paint) >= LEAST]
    area = majority = overlap = 0.0
    for label, other in partner.items():
        taken = pair.style_paint if other in (None, WHOLE) else pair.style_paint[style == other]
        shares = np.bincount(taken.ravel(), minlength=len(PAINTS)) / max(taken.size, 1)
        for paint in painted:
            pixels = np.count_nonzero((content == label) & (pair.content_paint == paint))
            area += pixels
            majority += pixels * (other is not None and shares.argmax() == paint)
            overlap += pixels * shares[paint]
    return Agreement(majority / area, overlap / area)


def by_segmenter(segmenter) -> Assign:
    """Regions and pairs as photostyle makes them when no mask is given, before edges are refined."""

    def assign(content: np.ndarray, style: np.ndarray):
        ours, theirs = found_regions(segmenter, content), found_regions(segmenter, style)
        partner = {}
        for pair in pair_regions(ours, theirs):
            unpaired = WHOLE if pair.kind == "whole" else None
            partner[ours.index(pair.content)] = unpaired if pair.style is None else theirs.index(pair.style)
        return ours.labels().numpy(), theirs.labels().numpy(), partner

    return assign


def found_regions(segmenter, pixels: np.ndarray) -> Regions:
    """The regions of a photo at its own size."""
    height, width = pixels.shape[:2]
    return segment_photo(pixels, segmenter, size=max(height, width), refine=False).resized((height, width))


def by_nothing(content: np.ndarray, style: np.ndarray):
    """No segmentation: the whole content takes from the whole style."""
    return np.zeros(content.shape[:2], int), np.zeros(style.shape[:2], int), {0: WHOLE}


def by_clusters(count: int) -> Assign:
    """k-means of colour (Lab) and position over both photos; a cluster the style lacks takes the nearest it has."""

    def assign(content: np.ndarray, style: np.ndarray):
        ours, theirs = _colour_and_position(content), _colour_and_position(style)
        sample = np.concatenate([part.reshape(-1, 5)[::37] for part in (ours, theirs)])
        centres, _ = kmeans2(sample, count, minit="++", seed=0, iter=30)
        ours, theirs = _nearest(ours, centres), _nearest(theirs, centres)
        present = [label for label in range(count) if (theirs == label).mean() >= SPECK]
        partner = {
            int(label): min(present, key=lambda other: ((centres[label] - centres[other]) ** 2).sum())
            for label in np.unique(ours)
        }
        return ours, theirs, partner

    return assign


def _colour_and_position(photo: np.ndarray) -> np.ndarray:
    height, width, _ = photo.shape
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.concatenate([rgb2lab(photo) / 100, rows[..., None], columns[..., None]], axis=2)


def _nearest(features: np.ndarray, centres: np.ndarray) -> np.ndarray:
    distance = [((features - centre) ** 2).sum(2) for centre in centres]
    return np.argmin(distance, axis=0)


def _share(pair: BenchmarkPair, paint: int) -> float:
    return min((pair.content_paint == paint).mean(), (pair.style_paint == paint).mean())


def _read_pair(folder: Path) -> BenchmarkPair:
    photos, paints = [], []
    for which in ("content", "style"):
        photo = Image.open(folder / f"{which}.png").convert("RGB")
        mask = Image.open(folder / f"{which}_mask.png").convert("RGB").resize(photo.size, Image.Resampling.NEAREST)
        photos.append(np.asarray(photo, dtype=np.float32) / 255)
        away = [((np.asarray(mask, dtype=int) - paint) ** 2).sum(2) for paint in PAINTS]
        paints.append(np.argmin(away, axis=0))
    return BenchmarkPair(folder.name, *photos, *paints)
