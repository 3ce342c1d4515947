"""A network's pass as a transform: the photo is painted when it is rendered, at its own size or at one that is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from photostyle.networks.stylizer_file import TrainedStylizer
from photostyle.networks.tiling import paint_whole
from photostyle.options import RegionAmounts
from photostyle.photo import resample, shrunk
from photostyle.prepared import Prepared, planes
from photostyle.regions import Regions
from photostyle.transforms.base import Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.file import TransformFile
from photostyle.transforms.picture import PictureTransform
from photostyle.transforms.provenance_file import restored_provenance, restored_regions, stored_regions

_OWN = "network."  # before the names of the network's tensors in the file
FADING = 0.25  # strength under which a painting in any style fades to the photo; above it strength is a way between two styles
PREVIEWED = 0.05  # steps of strength that a preview is painted anew for


@dataclass(frozen=True, eq=False, repr=False)
class NetworkTransform(Transform):
    """A photo as a trained network paints it.

    In a network's own style strength blends the painting with the photo. In any style it goes from the norms of the photo as it
    is to those of the style, so that half the strength is a milder painting and no double exposure.

    Args:
        trained: the network.
        norms: (R, N) of each region of the photo, or (1, N) of all.
        size: long side in pixels at which it paints a larger photo, which is then enlarged, strokes and all; None for the
            photo's own.
        regions: of the photo; amounts by region go by them.
        provenance: how it was found.
    """

    kind: ClassVar[str] = "network"

    trained: TrainedStylizer
    norms: Tensor
    size: int | None
    regions: Regions
    provenance: Provenance

    def regions_for(self, content: Prepared) -> Regions:
        return self.regions

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        spared = self.provenance.spared(amounts, self.regions.names)
        painted = self._as_transform(self.painted(content, target.device, spared.strength))
        return painted.render(content, self._left(spared), target)

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        @lru_cache(maxsize=4)
        def drawn(strength: tuple[float, ...] | None) -> Callable[[RegionAmounts], Tensor]:
            painted = self.painted(content, torch.device("cpu"), strength).movedim(0, -1).contiguous().numpy()
            small = planes(resample(painted, (pixels.shape[2], pixels.shape[1]))).clamp(0, 1)
            return self._as_transform(small).previewer(content, pixels)

        def draw(amounts: RegionAmounts) -> Tensor:
            spared = self.provenance.spared(amounts, self.regions.names)
            strength = None
            if self._by_norms:
                strength = tuple(round(min(1.0, each) / PREVIEWED) * PREVIEWED for each in spared.strength)
            return drawn(strength)(self._left(spared))

        return draw

    def painted(self, content: Prepared, device: torch.device, strength: Sequence[float] | None = None) -> Tensor:
        """(3, h, w) in [0, 1], the photo as the network paints it, at its own size or at the one asked for.

        Args:
            content: the photo.
            device: that computes.
            strength: of each region; None for 1. It matters in any style alone.
        """
        photo = content.photo
        if self.size is not None:
            photo = shrunk(photo, self.size)
        network = self.trained.network.to(device)
        pixels = planes(np.ascontiguousarray(photo.pixels)).clamp(0, 1)
        rows, place = torch.unique(self._rows(strength), dim=0, return_inverse=True)
        pictures = [paint_whole(network, row[None].to(device), pixels, device) for row in rows]
        if len(pictures) == 1:
            return pictures[0]
        masks = self.regions.resized((pixels.shape[1], pixels.shape[2])).masks.cpu()
        return torch.stack([mask * pictures[k] for mask, k in zip(masks, place.tolist(), strict=True)]).sum(0)

    @property
    def _by_norms(self) -> bool:
        """Whether strength is a way between two styles."""
        return self.trained.reading is not None

    def _rows(self, strength: Sequence[float] | None) -> Tensor:
        """The norms of each region in its strength, on the CPU; a region that is given none goes with one that is given most."""
        norms = self.norms.cpu()
        if strength is None or not self._by_norms:
            return norms
        given = torch.tensor([min(1.0, each) for each in strength])
        rows = torch.lerp(self.trained.network.norms[:1].cpu(), norms.expand(len(given), -1), given[:, None]).clone()
        rows[given == 0] = rows[given.argmax()].clone()
        return rows

    def _left(self, amounts: RegionAmounts) -> RegionAmounts:
        """What is left to be given of a painting, after its norms were mixed."""
        if not self._by_norms:
            return amounts
        return replace(amounts, strength=tuple(min(1.0, each / FADING) if each < 1 else each for each in amounts.strength))

    def _as_transform(self, picture: Tensor) -> PictureTransform:
        """A picture (3, h, w) as a transform of its own; one that is smaller than the photo is enlarged as it is."""
        return PictureTransform(picture, self.regions, self.provenance, by_edges=self.size is None)

    def stored(self) -> TransformFile:
        tensors, facts = stored_regions(self.regions, self.provenance)
        own, about = self.trained.stored()
        tensors |= {_OWN + name: tensor for name, tensor in own.items()}
        facts |= {"network": about, "size": self.size}
        tensors["norms"] = self.norms.cpu().contiguous()
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        own = {name.removeprefix(_OWN): tensor for name, tensor in file.tensors.items() if name.startswith(_OWN)}
        trained = TrainedStylizer.restored(own, file.facts["network"])
        if "weights" in file.facts:  # of an older file: how the styles are mixed
            norms = trained.network.mixed([float(weight) for weight in file.facts["weights"]])
        else:
            norms = file.tensors["norms"].float()
        regions = restored_regions(file)
        if norms.shape not in ((1, trained.network.norms.shape[1]), (len(regions.names), trained.network.norms.shape[1])):
            raise ValueError("the norms of its regions are broken")
        if not bool(norms.isfinite().all()):
            raise ValueError("the norms of its regions are no numbers")
        size = file.facts["size"]
        return cls(trained, norms, None if size is None else int(size), regions, restored_provenance(file))
