"""`Regions`: the named parts of a photo with soft masks that sum to 1 at each pixel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from photostyle.errors import MaskError, OptionError
from photostyle.regions.resampling import normalised, resample_masks
from photostyle.regions.swatches import Colour

TOLERANCE = 1e-3
_GREY: Colour = (128, 128, 128)


@dataclass(frozen=True, eq=False)
class Regions:
    """A photo's regions: a partition of unity with a name and a swatch for each part.

    Args:
        names: one name a region, all different.
        masks: (R, H, W) float32 in [0, 1]; at each pixel the R values sum to 1 (to 1e-3).
        colours: one sRGB swatch a region, 0..255.
        notes: what a reader of the run should know, such as "resized from 700 x 466"; one line each.
        features: (R, F) what a segmenter sees in each region, whatever its name, for pairing; None for masks by hand.
        embedding: (R, E) the same told more finely than by classes, of length 1, or 0 where nothing is known, to judge pairs by;
            None for masks by hand, and for segmenters without one.
        visible: (H, W) float32 in [0, 1], how much of each pixel is seen; None where the photo is opaque. Only what is seen
            counts in shares and statistics; masks cover hidden pixels too.
        named: names of regions that a person made or named, among others that were found: they pair by name first.

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
    visible: Tensor | None = None
    embedding: Tensor | None = None
    named: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _check_parts(self.names, self.masks, self.colours)
        _check_partition(self.masks)
        if self.visible is not None and self.visible.shape != self.masks.shape[1:]:
            raise MaskError(f"visible must have the masks' shape {tuple(self.masks.shape[1:])}, got {tuple(self.visible.shape)}")
        for name, rows in (("features", self.features), ("embedding", self.embedding)):
            if rows is not None and (rows.ndim != 2 or len(rows) != len(self.names)):
                raise MaskError(f"{name} must have shape ({len(self.names)}, F), got {tuple(rows.shape)}")

    def __repr__(self) -> str:
        width, height = self.size
        return f"Regions({', '.join(self.names)}; {width} x {height})"

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.masks.shape[2], self.masks.shape[1]

    def shares(self) -> tuple[float, ...]:
        """The share of the photo's area that each region holds, of what is seen of it; they sum to 1."""
        total = float(self.masks[0].numel())
        if self.visible is not None:
            total = max(float(self.visible.sum(dtype=torch.float64)), 1e-9)
        return tuple((self.weights().sum((1, 2), dtype=torch.float64) / total).tolist())

    def weights(self) -> Tensor:
        """(R, H, W) how much each pixel counts in each region: its mask, as far as the pixel is seen."""
        if self.visible is None:
            return self.masks
        return self.masks * self.visible

    def seen(self, visible: Tensor | None) -> "Regions":
        """The same regions of a photo of which so much is seen: (h, w) at any size in [0, 1], or None for all of it."""
        if visible is None:
            return self
        height, width = self.masks.shape[1:]
        fitting = resample_masks(visible[None], (height, width))[0].clamp(0, 1).to(self.masks)
        return replace(self, visible=fitting)

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
        masks = normalised(resample_masks(self.masks, (height, width)))
        return replace(self, masks=masks, visible=None).seen(self.visible)

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
        colours = []
        for name in names:
            first = self.names.index(name) if name in self.names else targets.index(name)
            colours.append(self.colours[first])
        features = self._merged_rows(self.features, places, len(names))
        embedding = self._merged_rows(self.embedding, places, len(names))
        if embedding is not None:
            embedding = normalize(embedding, dim=1)
        return replace(self, names=names, masks=masks, colours=tuple(colours), features=features, embedding=embedding)

    def _merged_rows(self, rows: Tensor | None, places: Tensor, count: int) -> Tensor | None:
        """(count, F) rows (R, F), averaged by area, of regions that go to these places (R,)."""
        if rows is None:
            return None
        weights = torch.zeros(count, len(places))
        weights[places, torch.arange(len(places))] = torch.tensor(self.shares()) + 1e-9
        return (weights / weights.sum(1, keepdim=True)) @ rows

    def subset(self, names: Sequence[str]) -> "Regions":
        """Only the named regions, in that order, their masks made to sum to 1; a pixel of none belongs to all alike."""
        if not names:
            raise OptionError(f"name at least one region of {', '.join(self.names)}")
        places = [self.index(name) for name in names]
        masks = normalised(self.masks[places])
        colours = tuple(self.colours[place] for place in places)
        features = None if self.features is None else self.features[places]
        embedding = None if self.embedding is None else self.embedding[places]
        return replace(self, names=tuple(names), masks=masks, colours=colours, features=features, embedding=embedding)

    def without_empty(self, least: float = 0.0) -> "Regions":
        """The regions whose share is more than `least`; what the others held goes to those left, pixel by pixel.

        Where none has so much, the largest is left.
        """
        shares = self.shares()
        kept = [name for name, share in zip(self.names, shares, strict=True) if share > least]
        if len(kept) == len(self.names):
            return self
        if not kept:
            kept = [self.names[shares.index(max(shares))]]
        return self.subset(kept)

    def hardened(self) -> "Regions":
        """The regions with each pixel wholly in the one that has most of it."""
        labels = self.labels()
        masks = torch.stack([(labels == place).float() for place in range(len(self.names))])
        return replace(self, masks=masks).without_empty()

    def labels(self) -> Tensor:
        """(H, W) int64: at each pixel the index of the region that holds most of it."""
        return self.masks.max(0).indices  # `argmax` would take six times as long

    def noted(self, *notes: str) -> "Regions":
        """The same regions with more notes."""
        new = tuple(note for note in notes if note not in self.notes)
        return replace(self, notes=self.notes + new)

    def to(self, device: torch.device | str) -> "Regions":
        """The same regions with the masks on another device."""
        visible = self.visible
        if visible is not None:
            visible = visible.to(device)
        return replace(self, masks=self.masks.to(device), visible=visible)


def whole(size: tuple[int, int], name: str = "all") -> Regions:
    """The whole photo as one region.

    Args:
        size: (height, width) in pixels.
        name: what to call it.
    """
    return Regions((name,), torch.ones((1, *size)), (_GREY,))


def _check_parts(names: tuple[str, ...], masks: Tensor, colours: tuple[Colour, ...]) -> None:
    """A MaskError where there are not as many names, masks and colours, each of its kind."""
    if not names or len(set(names)) != len(names):
        raise MaskError(f"regions need different names, at least one, got {list(names)}")
    if not isinstance(masks, Tensor):
        raise MaskError(f"masks must be a float32 tensor of shape (R, H, W), got {type(masks).__name__}")
    if masks.ndim != 3 or masks.dtype != torch.float32:
        raise MaskError(f"masks must be a float32 tensor of shape (R, H, W), got {tuple(masks.shape)} {masks.dtype}")
    if len(masks) != len(names) or len(colours) != len(names):
        raise MaskError(f"{len(names)} names need as many masks and colours, got {len(masks)} and {len(colours)}")


def _check_partition(masks: Tensor) -> None:
    """A MaskError where the masks do not sum to 1."""
    if masks[0].numel() == 0:
        raise MaskError(f"masks need at least one pixel, got {masks.shape[2]} x {masks.shape[1]}")
    total = masks.sum(0)
    off = (total - 1).abs().max()
    if not torch.isfinite(total).all() or masks.min() < -TOLERANCE or off > TOLERANCE:
        raise MaskError(
            f"masks must sum to 1 at each pixel, got sums from {total.min():.3f} to {total.max():.3f}; divide them by their sum"
        )
