"""A field as a transform: with the regions that it is rendered by, and how it was found."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
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
from photostyle.transforms.field.beyond import Beyond, beyond
from photostyle.transforms.field.bilateral import BilateralField
from photostyle.transforms.field.control import controlled, mixing
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.rendering import load_loops, render_into
from photostyle.transforms.field.sample import ColourSample
from photostyle.transforms.file import TransformFile
from photostyle.transforms.provenance_file import restored_provenance, restored_regions, stored_regions

OUTSIDE_SAID = 0.01  # share of a photo from which it is worth saying


@dataclass(frozen=True, eq=False, repr=False)
class FieldTransform(Transform):
    """A solved field, and all that rendering it needs.

    Args:
        field: the transforms, in the order of the regions.
        regions: of the photo that it was found for.
        provenance: how it was found.
        sample: the colours of that photo, so that another one which it is forced on is changed only where it knows the colours;
            None where they are not known.
    """

    kind: ClassVar[str] = "field"

    field: BilateralField
    regions: Regions
    provenance: Provenance
    sample: ColourSample | None = None

    def regions_for(self, content: Prepared) -> Regions:
        return self.regions

    def notes_for(self, content: Prepared) -> tuple[str, ...]:
        elsewhere = self._beyond(content)
        if elsewhere is None:
            return ()
        return outside_notes(elsewhere, content, self.regions, self.provenance.content or "the photo of the transform")

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        hard = self.provenance.hard_masks
        return render_field(content, self.field, self.regions, hard, amounts, target, self._beyond(content))

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        hard = self.provenance.hard_masks
        return field_previewer(content, self.field, self.regions, hard, pixels, self._beyond(content))

    @cached_property
    def _elsewhere(self) -> Beyond | None:
        """What it does with colours that its own photo does not hold."""
        if self.sample is None:
            return None
        return beyond(self.field, self.sample).of_rows(range(len(self.field.names)))

    def _beyond(self, content: Prepared) -> Beyond | None:
        """`_elsewhere` for another photo than its own; None for its own, whatever its size."""
        own = self.provenance.identity
        if own is None or own.matches(content.identity):
            return None
        if self._elsewhere is None:
            return None
        return for_photo(self._elsewhere, content, self.regions)

    def stored(self) -> TransformFile:
        tensors, facts = stored_regions(self.regions, self.provenance)
        tensors["table"] = self.field.table.detach().float().cpu().contiguous()
        if self.sample is not None:
            tensors["sample"] = self.sample.packed()
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        regions = restored_regions(file)
        table = file.tensors["table"]
        if table.ndim != 6 or table.shape[4:] != (3, 4) or len(table) != len(regions.names):
            raise ValueError("its parts do not agree")
        if not bool(table.isfinite().all()):
            raise ValueError("its table is broken")
        sample = ColourSample.unpacked(file.tensors.get("sample"), len(regions.names))
        return cls(BilateralField(table, regions.names), regions, restored_provenance(file), sample)


def for_photo(elsewhere: Beyond, content: Prepared, regions: Regions) -> Beyond:
    """What is done with a photo's colours, held back further where much of it would go to black or white."""
    return elsewhere.gentler(elsewhere.share_crushed(*_seen(content, regions)))


def _seen(content: Prepared, regions: Regions) -> tuple[Tensor, Tensor, Tensor]:
    """A small copy (3, h, w) of a photo, its regions' masks (R, h, w), and how much of each pixel is seen (h, w)."""
    small = planes(content.copy.photo.pixels)
    size = (small.shape[1], small.shape[2])
    return small, regions.resized(size).masks.cpu(), content.visible_at(size)


def outside_notes(elsewhere: Beyond, content: Prepared, regions: Regions, sample: str) -> tuple[str, ...]:
    """A line for the user where enough of a photo has colours that a sample does not hold.

    Args:
        elsewhere: for these regions.
        content: the photo.
        regions: its regions.
        sample: what the sample is called.
    """
    share = elsewhere.share_outside(*_seen(content, regions))
    if share < OUTSIDE_SAID:
        return ()
    return (f"{share:.0%} of the photo has colours that {sample} does not hold; held back there",)


def render_field(
    content: Prepared,
    field: BilateralField,
    regions: Regions,
    hard_masks: bool,
    amounts: RegionAmounts,
    target: RenderTarget,
    elsewhere: Beyond | None = None,
) -> tuple[np.ndarray, Clipped]:
    """(H, W, 3) and what clips: a field meets a photo at its own size.

    Args:
        content: the photo.
        field: the transforms, in the order of the regions.
        regions: with masks at any size.
        hard_masks: whether masks are interpolated only, where they else follow the photo's edges.
        amounts: in the order of the regions.
        target: where to render.
        elsewhere: what to do with colours that the field was not found for; None where it is right for all.
    """
    before = planes(content.photo.pixels)
    small = planes(content.copy.photo.pixels)
    strips = mask_strips(regions, before, target.device, _mask_guide(small, hard_masks))
    pixels = content.photo.pixels
    if not target.in_place:
        pixels = np.empty_like(pixels)
    clipped = render_into(
        planes(pixels),
        before,
        strips,
        controlled(field, amounts),
        target.device,
        Guide.of(small),
        content.visible_pixels,
        _given(elsewhere, amounts),
    )
    return pixels, clipped


def _given(elsewhere: Beyond | None, amounts: RegionAmounts) -> Beyond | None:
    """As much of what is done elsewhere as the amounts ask for."""
    if elsewhere is None or amounts.all_one:
        return elsewhere
    return elsewhere.mixed(mixing(amounts))


def _mask_guide(small: Tensor, hard_masks: bool) -> Tensor | None:
    """The picture whose edges the masks follow: none where they are used exactly as they are."""
    if hard_masks:
        return None
    return small


def field_previewer(
    content: Prepared,
    field: BilateralField,
    regions: Regions,
    hard_masks: bool,
    pixels: Tensor,
    elsewhere: Beyond | None = None,
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
        render_into(drawn, pixels, strip, controlled(on_cpu, amounts), "cpu", guide, beyond=_given(elsewhere, amounts))
        return drawn

    return draw
