"""A training from its config to a network's file with its card."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from photostyle.devices import choose_device
from photostyle.encoders import Encoder, load_encoder
from photostyle.errors import FileError, PhotoError
from photostyle.events import ProgressCallback, ignore
from photostyle.networks import PHOTO, Stylizer, StylizerShape, TrainedStylizer
from photostyle.photo import resample
from photostyle.photo.reading import read_photo
from photostyle.prepared import planes
from photostyle.threads import prepare_torch
from photostyle.training.checkpoint import checkpoint_path, restore, write_checkpoint
from photostyle.training.config import TrainConfig
from photostyle.training.loop import Loop, Training, averaged, duration, initialise
from photostyle.training.page import sample_rows, write_page
from photostyle.training.perceptual import PerceptualLoss
from photostyle.training.photos import TrainingPhotos, read_training_photos

HELD_OUT = 8  # photos, of which the page shows some; fewer where there are few
PAGE_EVERY = 60.0  # seconds


@dataclass(frozen=True)
class Trained:
    """What a training made.

    Args:
        network: with its card.
        path: of its file.
        page: of the samples and losses.
        notes: what the user was told.
    """

    network: TrainedStylizer
    path: Path
    page: Path
    notes: tuple[str, ...]


@dataclass
class TrainingJob:
    """A training with all that it needs, loaded.

    Args:
        config: what is to be trained.
        afresh: whether a checkpoint that is there is left aside.
        tell: told of each photo that is read, and of each step.
        say: told, in a line, what the user should know.
    """

    config: TrainConfig
    afresh: bool = False
    tell: ProgressCallback = ignore
    say: Callable[[str], None] = lambda line: None
    notes: list[str] = field(default_factory=list)

    def run(self) -> Trained:
        """Train, and write the network's file.

        Raises:
            PhotostyleError: photos, pictures, a checkpoint or a place to write to are not what they should be.
        """
        prepare_torch()
        config = self.config
        device = choose_device(config.device)
        encoder = load_encoder(config.encoder, device=device)
        styles = [_style(name, path, config, encoder, device) for name, path in config.styles.items()]
        photos, held = self._photos()
        training = self._begun(device)
        loss = PerceptualLoss(encoder, styles, config.weights)
        loop = Loop(training, loss, photos, config, keep=self._keep, tell=self.tell, say=self._note)
        self._held = (held.middles().float() / 255).to(device)
        self._page_at = 0.0
        self._keep(training)  # where nothing can be written is known before the work
        loop.run()
        network = averaged(training)
        measured = held_out_terms(network, loss, self._held)
        trained = TrainedStylizer(network.cpu(), config.names, self._card(training, encoder, photos, measured))
        trained.save(config.out)
        self._page_at = 0.0
        self._write_page(training, running=False)
        return Trained(trained, config.out, self.page, tuple(self.notes))

    @property
    def page(self) -> Path:
        """Where losses and samples are shown."""
        return self.config.out.with_suffix(".html")

    def _photos(self) -> tuple[TrainingPhotos, TrainingPhotos]:
        """The photos to train on, and those held out."""
        found = read_training_photos(self.config.photos, self.config.size, self.config.seed, self.tell)
        for note in found.notes:
            self._note(note)
        count = min(HELD_OUT, len(found.pictures) // 4)
        kept, held = found.without(count)
        self._note(f"{len(kept.pictures)} photos to train on, {count} held out")
        return kept, held

    def _begun(self, device: torch.device) -> Training:
        """A training at its beginning, or where its checkpoint stands."""
        config = self.config
        network = Stylizer(StylizerShape(len(config.styles), config.width, config.residuals))
        initialise(network, config.seed)
        training = Training.begun(network.to(device), config.seed)
        path = checkpoint_path(config)
        if path.exists() and not self.afresh:
            restore(path, training, config)
            self._note(f"goes on from {path}: {training.step:,} steps, {duration(training.seconds)} done")
        return training

    def _keep(self, training: Training) -> None:
        """Write the checkpoint, and now and then the page."""
        path = checkpoint_path(self.config)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"{path.parent}: cannot be made ({error.strerror or error}); choose another out") from error
        write_checkpoint(path, training, self.config)
        if time.monotonic() - self._page_at > PAGE_EVERY or not self._page_at:
            self._write_page(training, running=True)
            self._page_at = time.monotonic()

    def _write_page(self, training: Training, running: bool) -> None:
        rows = sample_rows(averaged(training), self.config.names, self._held)
        write_page(self.page, self.config.name, training, rows, self.notes, running)

    def _note(self, line: str) -> None:
        self.notes.append(line)
        self.say(line)

    def _card(self, training: Training, encoder: Encoder, photos: TrainingPhotos, measured: dict[str, float]) -> dict[str, Any]:
        config = self.config
        return {
            "name": config.name,
            "made by": "photostyle train",
            "pictures": {name: path.name for name, path in config.styles.items() if name != PHOTO},
            "photos": f"{len(photos.pictures)} from the folder {config.photos.name}",
            "licence": config.licence or "not stated; that of its pictures and photos may hold for it too",
            "training": f"{training.step} steps of {config.batch} at {config.size} px in {duration(training.seconds)}, "
            f"rate {config.rate:g}, seed {config.seed}, style pictures at {config.style_size} px",
            "weights": dict(config.weights),
            "encoder": encoder.name,
            "held-out photos": {name: round(value, 4) for name, value in measured.items()},
        }


def held_out_terms(network: Stylizer, loss: PerceptualLoss, photos: Tensor) -> dict[str, float]:
    """The mean terms over photos (N, 3, h, w) and all styles, as the network paints them."""
    sums: dict[str, float] = {}
    count = 0
    with torch.no_grad():
        for style in range(network.shape.styles):
            for photo in photos:
                chosen = torch.tensor([style], device=photo.device)
                made = network(photo[None], network.norms[chosen])
                for name, term in loss(made, photo[None], chosen).items():
                    sums[name] = sums.get(name, 0.0) + float(term)
                count += 1
    return {name: value / max(1, count) for name, value in sums.items()}


def _style(name: str, path: Path, config: TrainConfig, encoder: Encoder, device: torch.device) -> Tensor | None:
    """(3, h, w) in [0, 1], a style picture at the size that it is measured at, never enlarged; None for the photo itself."""
    if name == PHOTO:
        return None
    if not path.exists():
        raise PhotoError(f"{path}: no such file; check the path of the style {name}", option="styles")
    photo = read_photo(path)
    scale = min(1.0, config.style_size / max(photo.size))
    width, height = (max(2 * encoder.smallest, round(side * scale)) for side in photo.size)
    return planes(resample(photo.pixels, (width, height))).clamp(0, 1).contiguous().to(device)
