"""`Regions`: the named parts of a photo with soft masks that sum to 1 at each pixel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from photostyle.errors import MaskError, OptionError

Colour = tuple[int, int, int]
TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Regions:
    """A photo's regions: a partition of unity with a name and a swatch for each part.

    Args:
        names: one name a region, all different.
        masks: (R, H, W) float32 in [0, 1]; at each pixel the R values sum to 1 (to 1e-3).
        colours: one sRGB swatch a region, 0..255.
        notes: what a reader of the run should know, such as "resized from 700 x 466"; one line each.
        features: (R, F) what a segmenter sees in each region, whatever its name, for pairing; None for masks by hand.

    Raises:
        MaskError: when the parts do not agree, or the masks are no partition.

    Example:
        >>> sky = torch.tensor([[[1.0, 0.25]]])
        >>> Regions(("sky", "sea"), torch.cat([sky, 1 - sky]), ((0, 0, 255), (0, 255, 255))).shares()
        (0.625, 0.375)
    """

    names: tuple[str, ...]
    masks: Tensor
    colours: tuple[Colour, ...]
    notes: tuple[str, ...] = ()
    features: Tensor | None = None

    def __post_init__(self):
        _check_partition(self.names, self.masks, self.colours)
        if self.features is not None and (self.features.ndim != 2 or len(self.features) != len(self.names)):
            raise MaskError(f"features must have shape ({len(self.names)}, F), got {tuple(self.features.shape)}")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.masks.shape[2], self.masks.shape[1]

    def shares(self) -> tuple[float, ...]:
        """The share of the photo's area that each region holds; they sum to 1."""
        return tuple((self.masks.sum((1, 2), dtype=torch.float64) / self.masks[0].numel()).tolist())

    def index(self, name: str) -> int:
        """The place of a name, or an OptionError that lists the known ones."""
        if name not in self.names:
            raise OptionError(f"no region is called {name!r}; the regions are {', '.join(self.names)}")
        return self.names.index(name)

    def resized(self, size: tuple[int, int]) -> "Regions":
        """The regions at another size: exact area average where it shrinks, bilinear where it grows.

        Args:
            size: (height, width) in pixels.
        """
        height, width = size
        if height < 1 or width < 1:
            raise OptionError(f"regions need a size of at least 1 x 1 pixel, got {width} x {height}")
        if (height, width) == tuple(self.masks.shape[1:]):
            return self
        return replace(self, masks=normalised(resample_masks(self.masks, (height, width))))

    def merged(self, into: Mapping[str, str]) -> "Regions":
        """The regions with some poured into others: `merged({"lake": "water"})`; a new name renames.

        The order is that of the first region of each new name; a target that exists keeps its own colour.
        """
        for name in into:
            self.index(name)
        targets = [into.get(name, name) for name in self.names]
        names = tuple(dict.fromkeys(targets))
        places = torch.tensor([names.index(target) for target in targets])
        masks = self.masks.new_zeros((len(names), *self.masks.shape[1:]))
        masks.index_add_(0, places.to(masks.device), self.masks)
        colours = tuple(self.colours[self.names.index(n) if n in self.names else targets.index(n)] for n in names)
        features = self.features
        if features is not None:
            weights = torch.zeros(len(names), len(targets))
            weights[places, torch.arange(len(targets))] = torch.tensor(self.shares()) + 1e-9
            features = (weights / weights.sum(1, keepdim=True)) @ features
        return replace(self, names=names, masks=masks, colours=colours, features=features)

    def subset(self, names: Sequence[str]) -> "Regions":
        """Only the named regions, in that order, their masks made to sum to 1; a pixel of none belongs to all alike."""
        if not names:
            raise OptionError(f"name at least one region of {', '.join(self.names)}")
        where = [self.index(name) for name in names]
        colours = tuple(self.colours[i] for i in where)
        features = None if self.features is None else self.features[where]
        return replace(self, names=tuple(names), masks=normalised(self.masks[where]), colours=colours, features=features)

    def without_empty(self, least: float = 0.0) -> "Regions":
        """The regions whose share is more than `least`; what the others held goes to those left, pixel by pixel."""
        shares = self.shares()
        kept = [name for name, share in zip(self.names, shares, strict=True) if share > least]
        if len(kept) == len(self.names):
            return self
        return self.subset(kept or [self.names[max(range(len(shares)), key=shares.__getitem__)]])

    def labels(self) -> Tensor:
        """(H, W) int64: at each pixel the index of the region that holds most of it (`argmax` would take six times as long)."""
        return self.masks.max(0).indices

    def noted(self, *notes: str) -> "Regions":
        """The same regions with more notes."""
        return replace(self, notes=self.notes + tuple(n for n in notes if n not in self.notes))

    def to(self, device: torch.device | str) -> "Regions":
        """The same regions with the masks on another device."""
        return replace(self, masks=self.masks.to(device))


def whole(size: tuple[int, int], name: str = "all") -> Regions:
    """The whole photo as one region.

    Args:
        size: (height, width) in pixels.
        name: what to call it.
    """
    return Regions((name,), torch.ones((1, *size)), ((128, 128, 128),))


def from_labels(labels: Tensor, names: Sequence[str], colours: Sequence[Colour], notes: Sequence[str] = ()) -> Regions:
    """Hard regions from a label map.

    Args:
        labels: (H, W) integers, each the index of a name.
        names: one a region.
        colours: one swatch a region.
        notes: what to say of them.
    """
    masks = torch.stack([(labels == i).float() for i in range(len(names))])
    return Regions(tuple(names), masks, tuple(colours), tuple(notes))


def normalised(masks: Tensor) -> Tensor:
    """Masks divided by their sum at each pixel; a pixel that nothing covers belongs to all alike."""
    masks = masks.clamp_min(0)
    total = masks.sum(0)
    covered = total > 1e-6
    return torch.where(covered, masks / total.clamp_min(1e-6), torch.full_like(total, 1 / len(masks)))


def resample_masks(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """(R, H, W) to (R, height, width): area average along an axis that shrinks, then bilinear along one that grows."""
    height, width = size
    if height < masks.shape[1]:
        masks = _area_rows(masks, height)
    if width < masks.shape[2]:
        masks = _area_rows(masks.transpose(1, 2), width).transpose(1, 2)
    if tuple(masks.shape[1:]) != (height, width):
        masks = interpolate(masks[None], size=(height, width), mode="bilinear", align_corners=False)[0]
    return masks.contiguous()


def _area_rows(masks: Tensor, count: int) -> Tensor:
    """The exact area average of the rows: output row j is the mean over [j, j + 1) * H / count of the input."""
    weights = _area_weights(masks.shape[1], count).to(masks)
    return torch.stack([torch.sparse.mm(weights, mask) for mask in masks])


def _area_weights(rows: int, count: int) -> Tensor:
    """(count, rows) sparse: the share that each input row has in each output row; it lies in one or two of them."""
    row = torch.arange(rows, dtype=torch.float64)
    first = (row * count / rows + 1e-9).floor().clamp(max=count - 1)
    second = ((row + 1) * count / rows - 1e-9).floor().clamp(max=count - 1)
    into_second = ((row + 1) * count / rows - second).where(second > first, torch.zeros(()).double())
    shares = torch.cat([count / rows - into_second, into_second])
    places = torch.stack([torch.cat([first, second]), torch.cat([row, row])]).long()
    return torch.sparse_coo_tensor(places, shares, (count, rows), check_invariants=False).coalesce()


def _check_partition(names, masks, colours) -> None:
    if not names or len(set(names)) != len(names):
        raise MaskError(f"regions need different names, at least one, got {list(names)}")
    if not isinstance(masks, Tensor) or masks.ndim != 3 or masks.dtype != torch.float32:
        came = f"{tuple(masks.shape)} {masks.dtype}" if isinstance(masks, Tensor) else type(masks).__name__
        raise MaskError(f"masks must be a float32 tensor of shape (R, H, W), got {came}")
    if len(masks) != len(names) or len(colours) != len(names):
        raise MaskError(f"{len(names)} names need as many masks and colours, got {len(masks)} and {len(colours)}")
    if masks[0].numel() == 0:
        raise MaskError(f"masks need at least one pixel, got {masks.shape[2]} x {masks.shape[1]}")
    total = masks.sum(0)
    if not torch.isfinite(total).all() or masks.min() < -TOLERANCE or (total - 1).abs().max() > TOLERANCE:
        raise MaskError(
            f"masks must sum to 1 at each pixel, got sums from {total.min():.3f} to {total.max():.3f}; "
            "divide them by their sum"
        )
