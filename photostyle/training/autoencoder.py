"""What is trained for where a network gives a photo back, and puts the style of another into it on the way.

A step is given pairs of photos, each of which is the style of the other: no paintings are needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from photostyle.encoders import Encoder
from photostyle.networks import Autoencoder, AutoencoderShape, TrainedAutoencoder
from photostyle.training.autoencoder_config import AutoencoderConfig
from photostyle.training.autoencoder_loss import CodeLoss, whole_transfer
from photostyle.training.job import TrainingJob
from photostyle.training.loop import Task, Training, duration
from photostyle.training.page import Row
from photostyle.training.photos import TrainingPhotos

CAPTION = "photo, style, the photo in that style"
ROWS = 4  # of samples
ZOOM = 2  # times the side of pieces that photos have at least, so that pieces show detail as large photos have it
EXACT = 1e-12  # mean squared error under which a round trip is as good as exact


class CodeTransfers(Task):
    """Photos in the style of other photos.

    Args:
        network: to be trained; on the encoder's device.
        encoder: that measures.
        photos: to train on.
    """

    def __init__(self, network: Autoencoder, encoder: Encoder, photos: TrainingPhotos) -> None:
        self.network = network
        self.photos = photos
        self.loss = CodeLoss(encoder)

    @classmethod
    def of(cls, config: AutoencoderConfig, encoder: Encoder, photos: TrainingPhotos, device: torch.device) -> "CodeTransfers":
        """As a config has them."""
        network = Autoencoder(AutoencoderShape(config.bands, config.places, config.scales, config.width))
        network.initialise(config.seed)
        return cls(network.to(device), encoder, photos)

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, ...]:
        """Pieces of photos and of their styles, (count, 3, h, w) uint8 each."""
        return self.photos.pieces(count, random), self.photos.pieces(count, random)

    def terms(self, given: Sequence[Tensor]) -> dict[str, Tensor]:
        """The weighted terms of what was drawn."""
        photos, styles = (each.float() / 255 for each in given)
        return self.loss(self.network, photos, styles)

    def held_out(self, network: Autoencoder, photos: Tensor) -> dict[str, dict[str, float]]:
        """For the card: the mean terms over photos (N, 3, h, w), each in the style of the next; and the round trip."""
        terms = self.loss(network, photos, photos.roll(-1, 0))
        numbers = {name: float(term) for name, term in terms.items()}
        return {"held-out photos": numbers | {"round trip in decibels": round_trip(network, photos)}}

    def rows(self, network: Autoencoder, photos: Tensor) -> list[Row]:
        """For the page: photos (N, 3, h, w), each with the next as its style, and what the network makes of them."""
        rows = []
        for photo, style in list(zip(photos, photos.roll(-1, 0), strict=True))[:ROWS]:
            rows.append((CAPTION, torch.cat([photo, style, whole_transfer(network, photo, style).run()], 2)))
        return rows

    def trained(self, network: Autoencoder) -> TrainedAutoencoder:
        """The network, without a card."""
        return TrainedAutoencoder(network)

    def pictures(self, config: AutoencoderConfig) -> dict[str, Any]:
        """For the card: there are none."""
        return {}


@dataclass
class AutoencoderJob(TrainingJob):
    """A training of an autoencoder with all that it needs; as `TrainingJob`."""

    zoom: ClassVar[int] = ZOOM

    config: AutoencoderConfig  # type: ignore[assignment]

    def _task(self, encoder: Encoder, photos: TrainingPhotos, device: torch.device) -> Any:
        return CodeTransfers.of(self.config, encoder, photos, device)

    def _card(self, training: Training) -> dict[str, Any]:
        config = self.config
        card: dict[str, Any] = {
            "name": config.name,
            "made by": "photostyle train",
            "photos": f"{len(self._kept.pictures)} from the folder {config.photos.name}, each also the style of others",
            "licence": config.licence or "not stated; that of its photos may hold for it too",
            "training": f"{training.step} steps of {config.batch} pairs at {config.size} px in {duration(training.seconds)}, "
            f"rate {config.rate:g}, seed {config.seed}",
            "encoder": self._encoder.name,
        }
        return card


@torch.no_grad()
def round_trip(network: Autoencoder, photos: Tensor) -> float:
    """Peak signal-to-noise ratio, in decibels, of photos (N, 3, h, w) that were encoded and decoded."""
    errors = [(network.decode(network.encode(photo[None])) - photo).pow(2).mean() for photo in photos]
    return float(-10 * torch.stack(errors).mean().clamp_min(EXACT).log10())
