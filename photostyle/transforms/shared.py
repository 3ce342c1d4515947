"""One transform for a whole set: what happens to a colour depends on the colour and its region alone, in every photo alike."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from torch import Tensor

from photostyle.options import RegionAmounts
from photostyle.prepared import Prepared
from photostyle.regions import Regions
from photostyle.transforms.base import Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field.beyond import Beyond, beyond
from photostyle.transforms.field.bilateral import BilateralField
from photostyle.transforms.field.sample import ColourSample
from photostyle.transforms.field.transform import field_previewer, for_photo, outside_notes, render_field
from photostyle.transforms.file import TransformFile
from photostyle.transforms.provenance_file import restored_provenance, stored_provenance


@dataclass(frozen=True, eq=False, repr=False)
class SharedTransform(Transform):
    """A field of one node across the photo for each name of a region, and one for regions of no such name.

    It has no masks: each photo of the set brings its own regions, which take the transforms of their names. Where a photo has
    colours or regions that the sample did not hold, it is held back: see `transforms.field.beyond`.

    Args:
        table: (R + 1, depth, 1, 1, 3, 4) offsets; the last is the whole set's, for names that are not known. What a network
            found for a clip has more rows and columns.
        names: R names of regions.
        provenance: how it was found.
        sample: the colours of each name; None where they are not known, and nothing is held back.
        members: digests of the photos of the sample, which get the transforms as they were solved.
    """

    kind: ClassVar[str] = "shared"
    needs_regions: ClassVar[bool] = True

    table: Tensor
    names: tuple[str, ...]
    provenance: Provenance
    sample: ColourSample | None = None
    members: tuple[str, ...] = ()

    def field_of(self, regions: Regions) -> BilateralField:
        """The transforms of a photo's regions, by their names."""
        return BilateralField(self.table[self._rows(regions)], regions.names)

    def _rows(self, regions: Regions) -> list[int]:
        """Which row of the table each of a photo's regions takes; the last where the sample did not show its name."""
        rows = []
        for name in regions.names:
            row = len(self.names)
            if name in self.names:
                row = self.names.index(name)
            rows.append(row)
        return rows

    def unknown(self, regions: Regions) -> tuple[str, ...]:
        """The names among a photo's regions that the set's sample did not show."""
        return tuple(name for name in regions.names if name not in self.names)

    def regions_for(self, content: Prepared) -> Regions:
        return content.regions

    def notes_for(self, content: Prepared) -> tuple[str, ...]:
        elsewhere = self._beyond(content)
        takes = "takes the whole set's transform"
        if elsewhere is not None:
            takes = "takes what the sample's regions do with its colours"
        notes = []
        for name in self.unknown(content.regions):
            notes.append(f"{name}: not in the set's sample; {takes}")
        if elsewhere is not None:
            notes += outside_notes(elsewhere, content, content.regions, "the set's sample")
        return tuple(notes)

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        field = self.field_of(content.regions)
        hard = self.provenance.hard_masks
        return render_field(content, field, content.regions, hard, amounts, target, self._beyond(content))

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        field = self.field_of(content.regions)
        hard = self.provenance.hard_masks
        return field_previewer(content, field, content.regions, hard, pixels, self._beyond(content))

    def _beyond(self, content: Prepared) -> Beyond | None:
        """What is done with colours that the sample does not hold; None for a photo of the sample."""
        elsewhere = self.beyond_of(content.regions)
        if elsewhere is None or content.identity.digest in self.members:
            return None
        return for_photo(elsewhere, content, content.regions)

    def beyond_of(self, regions: Regions) -> Beyond | None:
        """What is done with colours that the sample does not hold, for a photo's regions; None where the sample is not known."""
        if self._elsewhere is None:
            return None
        return self._elsewhere.of_rows(self._rows(regions))

    @cached_property
    def _elsewhere(self) -> Beyond | None:
        """`Beyond` of each row of the table."""
        if self.sample is None:
            return None
        return beyond(BilateralField(self.table[:-1], self.names), self.sample)

    def stored(self) -> TransformFile:
        tensors = {"table": self.table.detach().float().cpu().contiguous()}
        if self.sample is not None:
            tensors["sample"] = self.sample.packed()
        facts = {"names": self.names, "provenance": stored_provenance(self.provenance), "members": self.members}
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        table = file.tensors["table"]
        names = tuple(str(name) for name in file.facts["names"])
        if table.ndim != 6 or table.shape[4:] != (3, 4) or len(table) != len(names) + 1:
            raise ValueError("its parts do not agree")
        if not bool(table.isfinite().all()):
            raise ValueError("its table is broken")
        sample = ColourSample.unpacked(file.tensors.get("sample"), len(names))
        members = tuple(str(digest) for digest in file.facts.get("members", ()))
        return cls(table, names, restored_provenance(file), sample, members)
