"""A picture as a transform: what a method painted, at full strength, carried to the photo's own size by the photo's own edges."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from matting.guided import apply_coefficients, guided_coefficients
from photostyle.errors import OptionError
from photostyle.options import RegionAmounts
from photostyle.photo import resample
from photostyle.prepared import Prepared, planes
from photostyle.regions import Regions
from photostyle.regions.upsampling import mask_strips
from photostyle.transforms import coarse_first
from photostyle.transforms.base import Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field.control import mixing
from photostyle.transforms.field.rolloff import newly_clipped, rolled_off
from photostyle.transforms.file import TransformFile
from photostyle.transforms.provenance_file import restored_provenance, restored_regions, stored_regions

STRIP_PIXELS = 1 << 18
RADIUS = 1  # of the guided filter's windows, in pixels of the picture
EPSILON = 1e-4  # its regularisation, in squared colour


@dataclass(frozen=True, eq=False, repr=False)
class PictureTransform(Transform):
    """A picture of the photo as a method made it.

    Where the photo is larger than the picture, the local affine maps from the small photo to the picture are interpolated
    and given to the photo (fast guided filter, He and Sun 2015), so that edges are the photo's own. What those maps cannot
    say of the picture is lost.

    Args:
        picture: (3, h, w) float32, sRGB-encoded, in the photo's shape.
        regions: of the photo; amounts by region go by them.
        provenance: how it was found.
        by_edges: whether a larger photo gets the picture by its own edges; else it is a painting, enlarged as it is, whose fine
            strokes go first as its strength falls.

    Raises:
        OptionError: the picture is not (3, h, w).
    """

    kind: ClassVar[str] = "picture"

    picture: Tensor
    regions: Regions
    provenance: Provenance
    by_edges: bool = True

    def __post_init__(self) -> None:
        if self.picture.ndim != 3 or len(self.picture) != 3:
            raise OptionError(f"picture must have shape (3, h, w), got {tuple(self.picture.shape)}; give RGB planes")

    def regions_for(self, content: Prepared) -> Regions:
        return self.regions

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        before = planes(content.photo.pixels)
        pixels = content.photo.pixels
        if not target.in_place:
            pixels = np.empty_like(pixels)
        made = planes(pixels)
        height, width = before.shape[1:]
        guide = None if self.provenance.hard_masks else planes(content.copy.photo.pixels)
        masks = mask_strips(self.regions, before, torch.device("cpu"), guide)
        enlarged = self._enlarged(content, (height, width))
        maps, added = self._parts(content, amounts, (height, width))
        visible = content.visible_pixels
        whites, blacks = 0, 0
        rows = max(1, STRIP_PIXELS // width)
        for top in range(0, height, rows):
            bottom = min(top + rows, height)
            strip = before[:, top:bottom].contiguous()
            more = None if added is None else added[:, top:bottom]
            drawn = _mixed(strip, enlarged(strip, top), masks(top, bottom).cpu(), maps, more)
            white, black = newly_clipped(strip, drawn, None if visible is None else visible[top:bottom])
            whites += white
            blacks += black
            made[:, top:bottom] = drawn
        return pixels, Clipped.of_counts(whites, blacks, before, visible)

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        height, width = pixels.shape[1:]
        guide = None if self.provenance.hard_masks else planes(content.copy.photo.pixels)
        masks = mask_strips(self.regions, pixels, torch.device("cpu"), guide)(0, height)
        made = self._enlarged(content, (height, width))(pixels, 0)

        def draw(amounts: RegionAmounts) -> Tensor:
            maps, added = self._parts(content, amounts, (height, width))
            return _mixed(pixels, made, masks, maps, added)

        return draw

    def stored(self) -> TransformFile:
        tensors, facts = stored_regions(self.regions, self.provenance)
        tensors["picture"] = self.picture.detach().half().cpu().contiguous()
        facts["by_edges"] = self.by_edges
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        picture = file.tensors["picture"].float()
        if picture.ndim != 3 or len(picture) != 3 or not bool(picture.isfinite().all()):
            raise ValueError("its picture is broken")
        by_edges = bool(file.facts.get("by_edges", True))
        return cls(picture, restored_regions(file), restored_provenance(file), by_edges)

    def _parts(self, content: Prepared, amounts: RegionAmounts, size: tuple[int, int]) -> tuple[Tensor, Tensor | None]:
        """Maps (R, 3, 3) of the change, and what is added to it (3, *size): of a painting, what broad strokes have more."""
        if self.by_edges:
            return mixing(amounts), None
        picture = self.picture.cpu()
        own_size = (picture.shape[1], picture.shape[2])
        masks = self.regions.resized(own_size).masks.cpu()
        added = coarse_first.broader(picture - content.at_exactly(own_size), masks, amounts)
        if added is not None and own_size != size:
            added = F.interpolate(added[None], size, mode="bilinear", align_corners=False)[0]
        return mixing(coarse_first.finest(amounts)), added

    def _enlarged(self, content: Prepared, size: tuple[int, int]) -> Callable[[Tensor, int], Tensor]:
        """A function (strip of the photo (3, rows, W), its first row) -> the picture there; the photo has a size (H, W)."""
        picture = self.picture.cpu()
        own_size = (picture.shape[1], picture.shape[2])
        if own_size != size and not self.by_edges:
            pixels = picture.movedim(0, -1).contiguous().numpy()
            picture = planes(resample(pixels, (size[1], size[0]))).clamp(0, 1)
            own_size = size
        if own_size == size:
            return lambda strip, top: picture[:, top : top + strip.shape[1]]
        small = content.at_exactly(own_size)
        slope, constant = guided_coefficients(small[None], picture[None], RADIUS, EPSILON)

        def enlarged(strip: Tensor, top: int) -> Tensor:
            return apply_coefficients(slope, constant, strip[None], (top, 0), size)[0].clamp(0, 1)

        return enlarged


def _mixed(before: Tensor, made: Tensor, masks: Tensor, maps: Tensor, added: Tensor | None = None) -> Tensor:
    """(3, H, W): of the change from before to made as much as the maps (R, 3, 3) give in each region, and more, rolled off."""
    change = made - before
    mixed = torch.einsum("rhw,rij,jhw->ihw", masks, maps, change)
    if added is not None:
        mixed = mixed + added
    return rolled_off(before, before + mixed)
