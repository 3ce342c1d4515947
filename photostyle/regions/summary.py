"""What is known of a photo's regions without their masks: enough to pair them with those of another photo."""

from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.regions.regions import Regions
from photostyle.regions.swatches import Colour


@dataclass(frozen=True, eq=False)
class RegionSummary:
    """Regions without pixels, as a look keeps them; they pair exactly as the regions that they were made from.

    Args:
        names, colours, notes, features, embedding: as of `Regions`.
        area: (R) share of the photo.
        heights: (R,) as `heights` tells.
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    area: tuple[float, ...]
    heights: Tensor
    features: Tensor | None = None
    notes: tuple[str, ...] = ()
    embedding: Tensor | None = None

    def shares(self) -> tuple[float, ...]:
        """The share of the photo's area that each region holds."""
        return self.area

    def index(self, name: str) -> int:
        """The place of a name."""
        return self.names.index(name)


def summarise(regions: Regions | RegionSummary) -> RegionSummary:
    """The regions without their masks."""
    if isinstance(regions, RegionSummary):
        return regions
    features = None if regions.features is None else regions.features.cpu()
    embedding = None if regions.embedding is None else regions.embedding.cpu()
    return RegionSummary(regions.names, regions.colours, regions.shares(), heights(regions), features, regions.notes, embedding)


def heights(regions: Regions | RegionSummary) -> Tensor:
    """(R,) where the middle of each region lies: 0 at the top of the photo, 1 at the bottom; 0.5 for an empty one."""
    if isinstance(regions, RegionSummary):
        return regions.heights
    rows = regions.weights().sum(2, dtype=torch.float64).cpu()
    y = (torch.arange(rows.shape[1], dtype=torch.float64) + 0.5) / rows.shape[1]
    total = rows.sum(1)
    middle = (rows * y).sum(1) / total.clamp_min(1e-12)
    return torch.where(total > 0, middle, torch.full_like(total, 0.5)).float()
