"""What is trained for where networks bring pictures of one set into another, both ways: a task for the loop, and its job."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from photostyle.encoders import Encoder, load_encoder
from photostyle.models import find_network
from photostyle.networks import TrainedStylizer, load_stylizer
from photostyle.networks.translation import FieldGenerator, ResidualGenerator, TrainedTranslators, Translators
from photostyle.networks.translation.file import Generator, built
from photostyle.training.adversarial import failures
from photostyle.training.adversarial.augment import CHANGES, Change
from photostyle.training.adversarial.objective import Objective, weights_of
from photostyle.training.adversarial.rivals import Rivals, made_by
from photostyle.training.course import NO_START
from photostyle.training.early_stop import told
from photostyle.training.job import TrainingJob
from photostyle.training.loop import Task, Training, duration
from photostyle.training.page import Row
from photostyle.training.photos import TrainingPhotos, read_training_photos
from photostyle.training.pooled_colours import begin_with_colours
from photostyle.training.start import began_with, begin_between_sets, beginning
from photostyle.training.translation_config import FEW, Settled, TranslationConfig, settled

ROWS = 4  # of samples
MEASURED = 64  # pictures of each set, for the numbers of the card
FEWEST_MEASURED = 16  # pictures of a set; the distance of fewer is mostly chance
GRID = (12, 12, 8)  # rows, columns and depth of fields
BETAS = (0.5, 0.999)  # of Adam, as in both papers


class TwoSets(Task):
    """Pictures of one set brought into another, and back.

    Args:
        config: what is trained.
        a, b: the pictures to train on.
        device: that computes.
        held: pictures (N, 3, size, size) of each set that are measured on; none, and nothing is measured on the way.
        begins_anew: whether weights are those of a beginning; not where those of a checkpoint will take their place.
    """

    betas = BETAS

    def __init__(
        self,
        config: TranslationConfig,
        a: TrainingPhotos,
        b: TrainingPhotos,
        device: torch.device,
        held: Sequence[Tensor] = (),
        *,
        begins_anew: bool = True,
    ) -> None:
        self.config = config
        self.held = held
        self.patience = config.patience if min(map(len, held), default=0) >= FEWEST_MEASURED else 0
        if config.begins_with_colours:
            self.few = 0  # it begins with what is good by itself
        self.numbers = settled(config)
        self.sets = (a, b)
        begins_painting = config.start != NO_START and not config.begins_with_colours
        self.begins_with = load_stylizer(find_network(config.start)) if begins_painting else None
        shape = shape_of(config, self.numbers, self.begins_with)
        generators = (built(config.network, shape), built(config.network, shape))
        rivals = Rivals(generators, self.numbers.judges, self.numbers.size, config.seed)
        if self.begins_with is not None:
            begin_between_sets([each for each in generators if isinstance(each, ResidualGenerator)], self.begins_with)
        if begins_anew and config.begins_with_colours:
            self._begin_with_colours(rivals)
        self.network = rivals.to(device)
        fewest = min(len(each.pictures) for each in self.sets)
        self.changes = changes_of(config, fewest)
        self._wanted: list[Tensor] | None = None
        weights = weights_of(config.network, config.weights)
        self.objective = Objective(self.network, weights, self.numbers.size, self.changes, config.seed)

    def _begin_with_colours(self, rivals: Rivals) -> None:
        """Fields begin with the way from the colours of the one set to those of the other."""
        a, b = (each.pictures for each in self.sets)
        for generator, given, wanted in ((rivals.a_to_b, a, b), (rivals.b_to_a, b, a)):
            if isinstance(generator, FieldGenerator):
                begin_with_colours(generator, given, wanted)

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, ...]:
        """Pieces of both sets, (count, 3, size, size) uint8 each."""
        a, b = self.sets
        return a.pieces(count, random), b.pieces(count, random)

    def terms(self, given: Sequence[Tensor]) -> dict[str, Tensor]:
        """The weighted terms of what was drawn."""
        a, b = (pieces.float() / 255 for pieces in given)
        return self.objective(a, b)

    def settle(self) -> None:
        """Bring weights back to where they must be, after a step."""
        self.network.settle()

    def measured(self, network: Rivals) -> float:
        """The kernel distances of made pictures to the sets they should be of, both ways, on held-out pictures."""
        encoder = load_encoder("compact", device=self.held[0].device)
        wanted = self._features_of_held(encoder)
        distances = []
        for generator, given, features in ((network.a_to_b, self.held[0], wanted[1]), (network.b_to_a, self.held[1], wanted[0])):
            made = failures.pooled(made_of(generator, given[:MEASURED]), encoder)
            distances.append(failures.kernel_distance(made, features))
        return sum(distances)

    def _features_of_held(self, encoder: Encoder) -> list[Tensor]:
        if self._wanted is None:
            self._wanted = [failures.pooled(pictures[:MEASURED], encoder) for pictures in self.held]
        return self._wanted

    def rows(self, network: Rivals, held: Sequence[Tensor]) -> list[Row]:
        """For the page: pictures of each set and what is made of them, of (N, 3, h, w) each."""
        names = self.config.names
        rows = []
        for pictures, generator, caption in (
            (held[0], network.a_to_b, f"{names[0]}, as {names[1]}"),
            (held[1], network.b_to_a, f"{names[1]}, as {names[0]}"),
        ):
            made = made_by(generator, pictures[:ROWS]).pictures.clamp(0, 1)
            pairs = [torch.cat([one, other], 2) for one, other in zip(pictures, made, strict=False)]
            rows += [(caption, pair) for pair in pairs]
        return rows

    def held_out(self, network: Rivals, held: Sequence[Tensor]) -> dict[str, dict[str, float]]:
        """For the card: how near made pictures come to the other set, and what is known to go wrong, both ways."""
        encoder = load_encoder("compact", device=held[0].device)
        measured = {}
        for name, generator, given, wanted in (
            ("AtoB on held-out pictures", network.a_to_b, held[0], held[1]),
            ("BtoA on held-out pictures", network.b_to_a, held[1], held[0]),
        ):
            made = made_of(generator, given[:MEASURED])
            measured[name] = measures(given[:MEASURED], made, wanted[:MEASURED], encoder)
        return measured

    def trained(self, network: Rivals) -> TrainedTranslators:
        """The generators, without a card."""
        networks = Translators(network.a_to_b, network.b_to_a)
        names = (self.config.names[0], self.config.names[1])
        return TrainedTranslators(networks.eval().requires_grad_(False), self.config.network, names)


def made_of(generator: Generator, pictures: Tensor) -> Tensor:
    """What a generator makes of pictures (N, 3, h, w), one by one."""
    return torch.cat([made_by(generator, each[None]).pictures.clamp(0, 1) for each in pictures])


def measures(given: Tensor, made: Tensor, wanted: Tensor, encoder: Encoder) -> dict[str, float]:
    """Numbers on how well pictures were brought into another set, from (N, 3, h, w) each.

    `distance` is that of made pictures to the wanted set, `distance before` that of the given ones; the first should be less.
    """
    features = {name: failures.pooled(pictures, encoder) for name, pictures in (("g", given), ("m", made), ("w", wanted))}
    numbers = {
        "light kept": failures.light_kept(given, made),
        "changed": failures.changed(given, made),
        "holes": failures.holes(given, made),
        "checkerboard": failures.checkerboard(made),
    }
    if min(len(given), len(wanted)) >= 2:
        numbers["distance"] = failures.kernel_distance(features["m"], features["w"])
        numbers["distance before"] = failures.kernel_distance(features["g"], features["w"])
        numbers["diversity"] = failures.diversity(given, made, encoder)
    return numbers


def shape_of(config: TranslationConfig, numbers: Settled, start: TrainedStylizer | None = None) -> dict[str, int | bool]:
    """The shape of the generators, which begin with a network that paints, or with none."""
    if start is not None:
        of = start.network.shape
        return {"width": of.width, "residuals": of.residuals, "adds": False, "affine": True}
    if config.network == "field":
        rows, cols, depth = GRID
        return {
            "width": numbers.width,
            "rows": rows,
            "cols": cols,
            "depth": depth,
            "view": numbers.size,
            "levels": config.levels,
            "own": config.start == "photos",
        }
    return {"width": numbers.width, "residuals": numbers.residuals, "adds": config.adds}


def changes_of(config: TranslationConfig, fewest: int) -> tuple[Change, ...]:
    """The random changes before pictures are judged, for sets of which the smaller has so many pictures."""
    if config.augment == "all":
        return CHANGES
    if config.augment == "shift" or (config.augment == "auto" and fewest < FEW):
        return ("shift", "hole")
    return ()


@dataclass(frozen=True)
class _Course:
    """How a training goes; see `Course`."""

    rate: float
    batch: int
    steps: int | None
    budget_seconds: float | None


@dataclass
class TranslationJob(TrainingJob):
    """A training of networks between two sets of pictures, with all that it needs; as `TrainingJob`."""

    config: TranslationConfig  # type: ignore[assignment]

    def _prepare(self, device: torch.device) -> None:
        kept, held = [], []
        for name, folder in zip(self.config.names, (self.config.a, self.config.b), strict=True):
            found = read_training_photos(folder, settled(self.config).size, self.config.seed, self.tell, self.config.load_size)
            for note in found.notes:
                self._note(note)
            train, away = found.without(max(2, min(MEASURED, len(found.pictures) // 8)))
            self._note(f"{name}: {len(train.pictures)} pictures to train on, {len(away.pictures)} held out")
            kept.append(train)
            held.append((away.middles().float() / 255).to(device))
        self._sets = kept
        task = TwoSets(self.config, kept[0], kept[1], device, held, begins_anew=not self._goes_on)
        if self.config.begins_with_colours and not self._goes_on:
            self._note("begins with the way between the colours of both sets")
        if task.changes:
            self._note(f"pictures are changed at random before they are judged: {', '.join(task.changes)}")
        if task.begins_with is not None:
            self._note(beginning(task.begins_with))
        self._painting: Any = task
        self._held: Any = held

    def _course(self) -> _Course:
        numbers = settled(self.config)
        return _Course(numbers.rate, numbers.batch, self.config.steps, self.config.budget_seconds)

    def _card(self, training: Training) -> dict[str, Any]:
        config = self.config
        numbers = settled(config)
        sets = zip(config.names, self._sets, (config.a, config.b), strict=True)
        cut = f", cut from {config.load_size} px," if config.load_size else ""
        card: dict[str, Any] = {
            "name": config.name,
            "made by": "photostyle train",
            "pictures": {name: f"{len(kept.pictures)} from the folder {folder.name}" for name, kept, folder in sets},
            "licence": config.licence or "not stated; that of its pictures may hold for it too",
            "training": f"{training.step} steps of {numbers.batch} of each set at {numbers.size} px{cut} in "
            f"{duration(training.seconds)}, rate {numbers.rate:g}, seed {config.seed}, preset {config.preset}",
            "weights": asdict(weights_of(config.network, config.weights)),
        }
        if self._painting.begins_with is not None:
            card["began with"] = began_with(self._painting.begins_with)
        if config.network == "field":
            card["start"] = config.start
        if config.patience and training.best.measured:
            card["distance on held-out pictures, both ways"] = told(training.best)
        return card
