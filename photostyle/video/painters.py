"""The networks that paint the frames of a clip, each with what the frames of a shot share: means, deviations and codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from photostyle.networks import TrainedStylizer
from photostyle.networks.stylizer import MeasuredMoments
from photostyle.networks.tiling import measured_together, paint_whole
from photostyle.networks.translation import (
    DIRECTIONS,
    AttentionGenerator,
    Direction,
    FieldGenerator,
    TrainedTranslators,
    measured_over,
    translate_whole,
)
from photostyle.networks.translation.attention import MeasuredCode
from photostyle.networks.translation.file import ARCHITECTURE as TRANSLATOR
from photostyle.networks.translation.generator import ResidualGenerator

Facts = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class ShotStatistics:
    """What the frames of a shot share, so that all are painted alike.

    Args:
        moments: mean and variance of each norm in turn.
        code: of a network with attention: what its gains and offsets are made of.
    """

    moments: MeasuredMoments
    code: MeasuredCode | None = None


class Painter(Protocol):
    """A network that makes pictures of frames, on the device that it was put on."""

    @property
    def adds(self) -> bool:
        """Whether it adds to a frame what differs, and keeps the frame's own details, rather than paints it anew."""

    def measured(self, photos: Sequence[Tensor]) -> ShotStatistics:
        """The statistics of pictures (3, h, w) of one size together."""

    def painted(self, photo: Tensor, shared: ShotStatistics) -> Tensor:
        """A picture (3, h, w) in [0, 1] on the CPU as the network makes it, with statistics that were measured before."""

    def stored(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and facts, as they stand in a file; see `restored_painter`."""


@dataclass(frozen=True, eq=False)
class StylePainter:
    """A network with styles.

    Args:
        trained: the network.
        norms: (1, N), of the style.
    """

    trained: TrainedStylizer
    norms: Tensor

    @property
    def adds(self) -> bool:
        return False

    def measured(self, photos: Sequence[Tensor]) -> ShotStatistics:
        return ShotStatistics(measured_together(self.trained.network, self.norms, photos, self.norms.device))

    def painted(self, photo: Tensor, shared: ShotStatistics) -> Tensor:
        return paint_whole(self.trained.network, self.norms, photo, self.norms.device, measured=shared.moments)

    def stored(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors, facts = _stored(self.trained)
        return {**tensors, "norms": self.norms.cpu().contiguous()}, facts


@dataclass(frozen=True, eq=False)
class TranslationPainter:
    """A generator of pictures between two sets.

    Args:
        trained: a generator each way.
        direction: which of them.
    """

    trained: TrainedTranslators
    direction: Direction

    @property
    def network(self) -> ResidualGenerator | AttentionGenerator:
        """The generator that is used."""
        network = self.trained.networks.towards(self.direction)
        if isinstance(network, FieldGenerator):
            raise ValueError("a generator of fields gives a field, and no picture")
        return network

    @property
    def adds(self) -> bool:
        return self.network.shape.adds

    def measured(self, photos: Sequence[Tensor]) -> ShotStatistics:
        return ShotStatistics(*measured_over(self.network, photos, self._device))

    def painted(self, photo: Tensor, shared: ShotStatistics) -> Tensor:
        return translate_whole(self.network, photo, self._device, moments=shared.moments, code=shared.code)

    def stored(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors, facts = _stored(self.trained)
        return tensors, {**facts, "direction": self.direction}

    @property
    def _device(self) -> torch.device:
        return next(self.network.parameters()).device


_OWN = "network."  # before the names of the network's tensors


def _stored(trained: TrainedStylizer | TrainedTranslators) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts of a network among those of a file."""
    tensors, about = trained.stored()
    return {_OWN + name: tensor for name, tensor in tensors.items()}, {"network": about}


def restored_painter(tensors: Mapping[str, Tensor], facts: Facts, device: torch.device) -> Painter:
    """The inverse of `Painter.stored`.

    Raises:
        ValueError, KeyError, TypeError, ModelError: its parts are missing or broken.
    """
    own = {name.removeprefix(_OWN): tensor for name, tensor in tensors.items() if name.startswith(_OWN)}
    about = facts["network"]
    if about["architecture"] == TRANSLATOR:
        translators = TrainedTranslators.restored(own, about)
        if facts["direction"] not in DIRECTIONS:
            raise ValueError("its direction is broken")
        translators.networks.to(device)
        return TranslationPainter(translators, facts["direction"])
    trained = TrainedStylizer.restored(own, about)
    trained.network.to(device)
    norms = tensors["norms"].float().to(device)
    if norms.shape != (1, trained.network.norms.shape[1]):
        raise ValueError("its norms are broken")
    return StylePainter(trained, norms)
