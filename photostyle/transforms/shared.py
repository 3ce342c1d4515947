"""One transform for a whole set: what happens to a colour depends on the colour and its region alone, in every photo alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from photostyle.options import RegionAmounts
from photostyle.prepared import Prepared
from photostyle.regions import Regions
from photostyle.transforms.base import Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field.bilateral import BilateralField
from photostyle.transforms.field.transform import field_previewer, render_field
from photostyle.transforms.file import TransformFile
from photostyle.transforms.provenance_file import restored_provenance, stored_provenance


@dataclass(frozen=True, eq=False, repr=False)
class SharedTransform(Transform):
    """A field of one node across the photo for each name of a region, and one for regions of no such name.

    It has no masks: each photo of the set brings its own regions, which take the transforms of their names.

    Args:
        table: (R + 1, depth, 1, 1, 3, 4) offsets; the last is the whole set's, for names that are not known.
        names: R names of regions.
        provenance: how it was found.
    """

    kind: ClassVar[str] = "shared"
    needs_regions: ClassVar[bool] = True

    table: Tensor
    names: tuple[str, ...]
    provenance: Provenance

    def field_of(self, regions: Regions) -> BilateralField:
        """The transforms of a photo's regions, by their names."""
        rows = []
        for name in regions.names:
            row = self.names.index(name) if name in self.names else -1
            rows.append(self.table[row])
        return BilateralField(torch.stack(rows), regions.names)

    def unknown(self, regions: Regions) -> tuple[str, ...]:
        """The names among a photo's regions that the set's sample did not show."""
        return tuple(name for name in regions.names if name not in self.names)

    def regions_for(self, content: Prepared) -> Regions:
        return content.regions

    def notes_for(self, content: Prepared) -> tuple[str, ...]:
        notes = []
        for name in self.unknown(content.regions):
            notes.append(f"{name}: not in the set's sample; takes the whole set's transform")
        return tuple(notes)

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        hard = self.provenance.hard_masks
        return render_field(content, self.field_of(content.regions), content.regions, hard, amounts, target)

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        hard = self.provenance.hard_masks
        return field_previewer(content, self.field_of(content.regions), content.regions, hard, pixels)

    def stored(self) -> TransformFile:
        table = self.table.detach().float().cpu().contiguous()
        facts = {"names": self.names, "provenance": stored_provenance(self.provenance)}
        return TransformFile(self.kind, {"table": table}, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        table = file.tensors["table"]
        names = tuple(str(name) for name in file.facts["names"])
        if table.ndim != 6 or table.shape[2:] != (1, 1, 3, 4) or len(table) != len(names) + 1:
            raise ValueError("its parts do not agree")
        if not bool(table.isfinite().all()):
            raise ValueError("its table is broken")
        return cls(table, names, restored_provenance(file))
