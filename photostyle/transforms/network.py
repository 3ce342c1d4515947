"""A network's pass as a transform: the photo is painted when it is rendered, at its own size or at one that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, eq=False, repr=False)
class NetworkTransform(Transform):
    """A photo as a trained network paints it.

    Args:
        trained: the network.
        weights: (styles,), how its styles are mixed.
        size: long side in pixels at which it paints a larger photo, which is then enlarged, strokes and all; None for the
            photo's own.
        regions: of the photo; amounts by region go by them.
        provenance: how it was found.
    """

    kind: ClassVar[str] = "network"

    trained: TrainedStylizer
    weights: Tensor
    size: int | None
    regions: Regions
    provenance: Provenance

    def regions_for(self, content: Prepared) -> Regions:
        return self.regions

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        painted = self._as_transform(self.painted(content, target.device))
        return painted.render(content, self._spared(amounts), target)

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        painted = self.painted(content, torch.device("cpu")).movedim(0, -1).contiguous().numpy()
        small = planes(resample(painted, (pixels.shape[2], pixels.shape[1]))).clamp(0, 1)
        drawn = self._as_transform(small).previewer(content, pixels)
        return lambda amounts: drawn(self._spared(amounts))

    def painted(self, content: Prepared, device: torch.device) -> Tensor:
        """(3, h, w) in [0, 1], the photo as the network paints it, at its own size or at the one asked for."""
        photo = content.photo
        if self.size is not None:
            photo = shrunk(photo, self.size)
        network = self.trained.network.to(device)
        pixels = planes(np.ascontiguousarray(photo.pixels)).clamp(0, 1)
        return paint_whole(network, network.mixed(self.weights), pixels, device)

    def _as_transform(self, picture: Tensor) -> PictureTransform:
        """A picture (3, h, w) as a transform of its own; one that is smaller than the photo is enlarged as it is."""
        return PictureTransform(picture, self.regions, self.provenance, by_edges=self.size is None)

    def stored(self) -> TransformFile:
        tensors, facts = stored_regions(self.regions, self.provenance)
        own, about = self.trained.stored()
        tensors |= {_OWN + name: tensor for name, tensor in own.items()}
        facts |= {"network": about, "weights": self.weights.tolist(), "size": self.size}
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        own = {name.removeprefix(_OWN): tensor for name, tensor in file.tensors.items() if name.startswith(_OWN)}
        trained = TrainedStylizer.restored(own, file.facts["network"])
        weights = torch.tensor([float(weight) for weight in file.facts["weights"]])
        if len(weights) != len(trained.names) or not bool(weights.isfinite().all()):
            raise ValueError("the weights of its styles are broken")
        size = file.facts["size"]
        return cls(trained, weights, None if size is None else int(size), restored_regions(file), restored_provenance(file))

    def _spared(self, amounts: RegionAmounts) -> RegionAmounts:
        """The amounts, with none for regions that are protected."""
        protected = {pair.content for pair in self.provenance.pairs if pair.kind == "protected"}
        strength = tuple(
            0.0 if name in protected else amount for name, amount in zip(self.regions.names, amounts.strength, strict=True)
        )
        return replace(amounts, strength=strength)
