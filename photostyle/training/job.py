"""A training from its config to a network's file with its card."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from photostyle.devices import choose_device
from photostyle.encoders import Encoder, load_encoder
from photostyle.errors import FileError
from photostyle.events import ProgressCallback, ignore
from photostyle.networks import Stylizer, TrainedStylizer
from photostyle.threads import prepare_torch
from photostyle.training.any_style import AnyStyle
from photostyle.training.checkpoint import checkpoint_path, restore, write_checkpoint
from photostyle.training.loop import Course, Loop, Task, Training, averaged, duration
from photostyle.training.named_styles import NamedStyles
from photostyle.training.page import Row, write_page
from photostyle.training.painting_config import PaintingConfig
from photostyle.training.photos import TrainingPhotos, read_training_photos
from photostyle.training.start import began_with, beginning, start_of, take_over

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


class Painting(Task, Protocol):
    """A task whose network paints."""

    network: Stylizer
    names: tuple[str, ...]

    def held_out(self, network: Stylizer, photos: Tensor) -> dict[str, dict[str, float]]:
        """For the card: the mean terms on photos (N, 3, h, w) that are not trained on."""

    def rows(self, network: Stylizer, photos: Tensor) -> list[Row]:
        """For the page: such photos, painted."""

    def trained(self, network: Stylizer) -> TrainedStylizer:
        """The network with the names of its styles."""

    def pictures(self, config: PaintingConfig) -> dict[str, Any]:
        """For the card: the pictures whose styles are trained."""


@dataclass
class TrainingJob:
    """A training with all that it needs, loaded.

    Args:
        config: what is to be trained.
        afresh: whether a checkpoint that is there is left aside.
        tell: told of each photo that is read, and of each step.
        say: told, in a line, what the user should know.
    """

    zoom: ClassVar[int] = 1  # how much larger photos are kept in memory than pieces of them would need

    config: PaintingConfig
    afresh: bool = False
    tell: ProgressCallback = ignore
    say: Callable[[str], None] = lambda line: None
    notes: list[str] = field(default_factory=list)
    _begins_with: TrainedStylizer | None = None

    def run(self) -> Trained:
        """Train, and write the network's file.

        Raises:
            PhotostyleError: photos, pictures, a checkpoint or a place to write to are not what they should be.
        """
        prepare_torch()
        self._prepare(choose_device(self.config.device))
        task = self._painting
        training = self._begun(task)
        loop = Loop(training, task, self._course(), keep=self._keep, tell=self.tell, say=self._note)
        self._page_at = 0.0
        self._keep(training)  # where nothing can be written is known before the work
        loop.run()
        network = averaged(task.network, training.result(task.patience))
        with torch.no_grad():
            measured = task.held_out(network, self._held)
        trained = task.trained(network.cpu())
        rounded = {name: {term: round(value, 4) for term, value in terms.items()} for name, terms in measured.items()}
        trained = replace(trained, card=self._card(training) | rounded)
        trained.save(self.config.out)
        self._write_page(training, running=False)
        return Trained(trained, self.config.out, self.page, tuple(self.notes))

    def _prepare(self, device: torch.device) -> None:
        """Read what is trained on, and make what is trained."""
        self._encoder = load_encoder(self.config.encoder, device=device)
        self._kept, held = self._photos()
        self._painting = self._task(self._encoder, self._kept, device)
        self._held = (held.middles().float() / 255).to(device)

    def _course(self) -> Course:
        """How the training goes."""
        return self.config

    @property
    def page(self) -> Path:
        """Where losses and samples are shown."""
        return self.config.out.with_suffix(".html")

    def _photos(self) -> tuple[TrainingPhotos, TrainingPhotos]:
        """The photos to train on, and those held out."""
        found = read_training_photos(self.config.photos, self.zoom * self.config.size, self.config.seed, self.tell)
        for note in found.notes:
            self._note(note)
        count = min(HELD_OUT, len(found.pictures) // 4)
        kept, held = (replace(each, size=self.config.size) for each in found.without(count))
        self._note(f"{len(kept.pictures)} photos to train on, {count} held out")
        return kept, held

    def _task(self, encoder: Encoder, photos: TrainingPhotos, device: torch.device) -> Painting:
        """What is trained for."""
        if self.config.paintings is None:
            named = NamedStyles.of(self.config, encoder, photos, device)
            self._start(named)
            return named
        self._note(f"the paintings of {self.config.paintings} are read and measured; this takes a while")
        task = AnyStyle.of(self.config, encoder, photos, device, self.tell)
        for note in task.paintings.notes:
            self._note(note)
        self._note(f"{len(task.paintings.pictures)} paintings to train on, {len(task.held.pictures)} held out")
        self._start(task)
        return task

    def _start(self, task: Painting) -> None:
        """Give the network the weights that its training begins with, where these are not random; a checkpoint has its own."""
        if self.config.add_to is not None:
            return
        self._begins_with = start_of(self.config)
        if self._goes_on:
            return
        if self._begins_with is None:
            self._note("begins with random weights")
            return
        take_over(task.network, self._begins_with, task.names)
        self._note(beginning(self._begins_with))

    @property
    def _goes_on(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return checkpoint_path(self.config).exists() and not self.afresh

    def _begun(self, task: Painting) -> Training:
        """A training at its beginning, or where its checkpoint stands."""
        training = Training.begun(task.network, self.config.seed, task.betas)
        path = checkpoint_path(self.config)
        if self._goes_on:
            restore(path, training, self.config)
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
        with torch.no_grad():
            rows = self._painting.rows(averaged(self._painting.network, training.average), self._held)
        write_page(self.page, self.config.name, training, rows, self.notes, running)

    def _note(self, line: str) -> None:
        self.notes.append(line)
        self.say(line)

    def _card(self, training: Training) -> dict[str, Any]:
        """What is said of the training, beside what was measured."""
        config = self.config
        card: dict[str, Any] = {"name": config.name, "made by": "photostyle train"}
        card |= self._painting.pictures(config)
        if self._begins_with is not None:
            card["began with"] = began_with(self._begins_with)
        card |= {
            "photos": f"{len(self._kept.pictures)} from the folder {config.photos.name}",
            "licence": config.licence or "not stated; that of its pictures and photos may hold for it too",
            "training": f"{training.step} steps of {config.batch} at {config.size} px in {duration(training.seconds)}, "
            f"rate {config.rate:g}, seed {config.seed}, style pictures at {config.style_size} px",
            "weights": dict(config.weights),
            "encoder": self._encoder.name,
        }
        return card
