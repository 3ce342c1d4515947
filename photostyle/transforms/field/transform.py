"""A field as a transform: with the regions that it is rendered by, and how it was found."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from photostyle.options import RegionAmounts
from photostyle.prepared import Prepared, planes
from photostyle.regions import Regions
from photostyle.regions.upsampling import mask_strips
from photostyle.transforms.base import Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field.bilateral import BilateralField
from photostyle.transforms.field.control import controlled
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.rendering import load_loops, render_into
from photostyle.transforms.file import TransformFile
from photostyle.transforms.provenance_file import restored_provenance, restored_regions, stored_regions


@dataclass(frozen=True, eq=False, repr=False)
class FieldTransform(Transform):
    """A solved field, and all that rendering it needs.

    Args:
        field: the transforms, in the order of the regions.
        regions: of the photo that it was found for.
        provenance: how it was found.
    """

    kind: ClassVar[str] = "field"

    field: BilateralField
    regions: Regions
    provenance: Provenance

    def regions_for(self, content: Prepared) -> Regions:
        return self.regions

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        return render_field(content, self.field, self.regions, self.provenance.hard_masks, amounts, target)

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        return field_previewer(content, self.field, self.regions, self.provenance.hard_masks, pixels)

    def stored(self) -> TransformFile:
        tensors, facts = stored_regions(self.regions, self.provenance)
        tensors["table"] = self.field.table.detach().float().cpu().contiguous()
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        regions = restored_regions(file)
        table = file.tensors["table"]
        if table.ndim != 6 or table.shape[4:] != (3, 4) or len(table) != len(regions.names):
            raise ValueError("its parts do not agree")
        if not bool(table.isfinite().all()):
            raise ValueError("its table is broken")
        return cls(BilateralField(table, regions.names), regions, restored_provenance(file))


def render_field(
    content: Prepared, field: BilateralField, regions: Regions, hard_masks: bool, amounts: RegionAmounts, target: RenderTarget
) -> tuple[np.ndarray, Clipped]:
    """(H, W, 3) and what clips: a field meets a photo at its own size.

    Args:
        content: the photo.
        field: the transforms, in the order of the regions.
        regions: with masks at any size.
        hard_masks: whether masks are interpolated only, where they else follow the photo's edges.
        amounts: in the order of the regions.
        target: where to render.
    """
    before = planes(content.photo.pixels)
    small = planes(content.copy.photo.pixels)
    strips = mask_strips(regions, before, target.device, _mask_guide(small, hard_masks))
    pixels = content.photo.pixels
    if not target.in_place:
        pixels = np.empty_like(pixels)
    amount_field = controlled(field, amounts)
    visible = content.visible_pixels
    clipped = render_into(planes(pixels), before, strips, amount_field, target.device, Guide.of(small), visible)
    return pixels, clipped


def _mask_guide(small: Tensor, hard_masks: bool) -> Tensor | None:
    """The picture whose edges the masks follow: none where they are used exactly as they are."""
    if hard_masks:
        return None
    return small


def field_previewer(
    content: Prepared, field: BilateralField, regions: Regions, hard_masks: bool, pixels: Tensor
) -> Callable[[RegionAmounts], Tensor]:
    """A function that draws small pixels (3, h, w) of the photo through a field; masks and guide are made once."""
    small = planes(content.copy.photo.pixels)
    masks = mask_strips(regions, pixels, torch.device("cpu"), _mask_guide(small, hard_masks))(0, pixels.shape[1])

    @cache
    def strip(top: int, bottom: int) -> Tensor:
        """The masks of a strip, in memory as the loops read them; strips are the same at each call."""
        return masks[:, top:bottom].contiguous()

    guide = Guide.of(small)
    on_cpu = field.to("cpu")
    load_loops()

    def draw(amounts: RegionAmounts) -> Tensor:
        drawn = torch.empty_like(pixels)
        render_into(drawn, pixels, strip, controlled(on_cpu, amounts), "cpu", guide)
        return drawn

    return draw
