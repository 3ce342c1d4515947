"""A generator's pass as a transform: the photo is translated when it is rendered, at its own size or at one that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from photostyle.networks.translation import (
    DIRECTIONS,
    AttentionGenerator,
    Direction,
    FieldGenerator,
    TrainedTranslators,
    attention_of,
    translate_whole,
)
from photostyle.options import RegionAmounts
from photostyle.photo import Photo, resample, shrunk
from photostyle.prepared import Prepared, planes
from photostyle.regions import Regions
from photostyle.transforms.base import Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.file import TransformFile
from photostyle.transforms.picture import PictureTransform
from photostyle.transforms.provenance_file import restored_provenance, restored_regions, stored_regions

LOOKED_AT = 800  # pixels of the long side of a photo whose attention is shown
_OWN = "network."  # before the names of the networks' tensors in the file


@dataclass(frozen=True, eq=False, repr=False)
class TranslationTransform(Transform):
    """A photo as a generator translates it; strength blends it with the photo.

    Args:
        trained: the generators.
        direction: which of them.
        size: long side in pixels at which a larger photo is translated, which is then enlarged; None for the photo's own.
        regions: of the photo; amounts by region go by them.
        provenance: how it was found.
    """

    kind: ClassVar[str] = "translation"

    trained: TrainedTranslators
    direction: Direction
    size: int | None
    regions: Regions
    provenance: Provenance

    def regions_for(self, content: Prepared) -> Regions:
        return self.regions

    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        made = self._as_transform(self.translated(content, target.device))
        return made.render(content, self.provenance.spared(amounts, self.regions.names), target)

    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        made = self.translated(content, torch.device("cpu")).movedim(0, -1).contiguous().numpy()
        small = planes(resample(made, (pixels.shape[2], pixels.shape[1]))).clamp(0, 1)
        drawn = self._as_transform(small).previewer(content, pixels)
        return lambda amounts: drawn(self.provenance.spared(amounts, self.regions.names))

    def translated(self, content: Prepared, device: torch.device) -> Tensor:
        """(3, h, w) in [0, 1] on the CPU, at the photo's own size or at the one asked for."""
        network = self.trained.networks.towards(self.direction).to(device)
        if isinstance(network, FieldGenerator):
            raise ValueError("a generator of fields gives a field, and no picture")
        photo = content.photo if self.size is None else shrunk(content.photo, self.size)
        return translate_whole(network, planes(np.ascontiguousarray(photo.pixels)).clamp(0, 1), device)

    @property
    def has_attention(self) -> bool:
        """Whether the network looks at some parts of a photo more than at others, and can tell at which."""
        return isinstance(self.trained.networks.towards(self.direction), AttentionGenerator)

    def attention(self, photo: Photo, device: torch.device | str = "cpu") -> np.ndarray:
        """(h, w) float32 in [0, 1]: where in a photo the network looks, from least to most.

        Args:
            photo: shrunk to `LOOKED_AT` pixels, and to the size that the network works at where that is less.
            device: that computes.

        Raises:
            ValueError: the network has no attention.
        """
        network = self.trained.networks.towards(self.direction).to(device)
        if not isinstance(network, AttentionGenerator):
            raise ValueError("this network has no attention")
        small = shrunk(photo, min(LOOKED_AT, self.size or LOOKED_AT))
        heat = attention_of(network, planes(np.ascontiguousarray(small.pixels)).clamp(0, 1), device)
        return heat.numpy()

    def stored(self) -> TransformFile:
        tensors, facts = stored_regions(self.regions, self.provenance)
        own, about = self.trained.stored()
        tensors |= {_OWN + name: tensor for name, tensor in own.items()}
        facts |= {"network": about, "direction": self.direction, "size": self.size}
        return TransformFile(self.kind, tensors, facts)

    @classmethod
    def restored(cls, file: TransformFile) -> Self:
        own = {name.removeprefix(_OWN): tensor for name, tensor in file.tensors.items() if name.startswith(_OWN)}
        trained = TrainedTranslators.restored(own, file.facts["network"])
        direction, size = file.facts["direction"], file.facts["size"]
        if direction not in DIRECTIONS:
            raise ValueError("its direction is broken")
        return cls(trained, direction, None if size is None else int(size), restored_regions(file), restored_provenance(file))

    def _as_transform(self, picture: Tensor) -> PictureTransform:
        """A picture (3, h, w) as a transform of its own; one that is smaller than the photo is enlarged as it is."""
        return PictureTransform(picture, self.regions, self.provenance, by_edges=self.size is None)
