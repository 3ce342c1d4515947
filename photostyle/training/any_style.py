"""What is trained for where a network is to paint in any style (Ghiasi et al. 2017): a folder of paintings, a predictor of norms.

Departures: what is read of a painting are means and deviations of the features that measure its style, in place of a network of
its own; how much of the photo is kept is an input too, so that it can be chosen when the network paints; and the photo as it is
has norms of its own, so that strength is a way between two styles.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import Encoder
from photostyle.errors import OptionError
from photostyle.events import ProgressCallback, ignore
from photostyle.look.statistics import fingerprint
from photostyle.networks import PHOTO, Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.predictor import CONTENT_RANGE, numbers_of_channels, style_numbers
from photostyle.networks.stylizer_file import StyleReading
from photostyle.training.loop import Task
from photostyle.training.named_styles import ROWS, mean_terms
from photostyle.training.page import Row
from photostyle.training.painting_config import PaintingConfig
from photostyle.training.perceptual import Goals, PerceptualLoss, Statistics, stacked
from photostyle.training.photos import TrainingPhotos, read_paintings
from photostyle.training.temporal import Steadiness

VIEWS = 4  # of each painting: the whole of it, and parts of it at other sizes, mirrored, in other colours
LEAST_PART = 0.6  # of a painting's sides, that a view shows
SMALLEST_VIEW = 0.7  # of its size
AS_PHOTO = 0.125  # of the pieces are to come out as they are
MOVED = 0.5  # of the others have another content weight than 1
USUAL = 96  # paintings, about, by which it is known what is usual
HELD_OUT = 20  # paintings, and one in eight at most
MOST_KEPT = 1 << 30  # bytes of measured views in memory
SHOWN = 5  # paintings in a row of samples


class AnyStyle(Task):
    """Photos painted in the style of any of many paintings.

    Args:
        network: to be trained, with a predictor; on the encoder's device.
        paintings: to train on.
        held: paintings that are not trained on.
        encoder: that measures.
        photos: to train on.
        weights: of the terms against the usual ones.
        seed: of the views of paintings.
    """

    names: tuple[str, ...] = (PHOTO,)

    def __init__(
        self,
        network: Stylizer,
        paintings: TrainingPhotos,
        held: TrainingPhotos,
        encoder: Encoder,
        photos: TrainingPhotos,
        weights: Mapping[str, float] | None = None,
        seed: int = 0,
    ) -> None:
        self.network = network
        self.paintings = paintings
        self.held = held
        self.photos = photos
        self.encoder = encoder
        self.seed = seed
        self.loss = PerceptualLoss(encoder, weights)
        self.steadiness = Steadiness(weights)
        self.device = network.norms.device
        self.known: dict[tuple[int, int], Statistics] = {}
        self.most_known = 1
        first = self._view(0, 0)
        self.measures = sorted(first)
        self.most_known = MOST_KEPT // sum(part.nbytes for parts in first.values() for part in parts)

    @classmethod
    def of(
        cls,
        config: PaintingConfig,
        encoder: Encoder,
        photos: TrainingPhotos,
        device: torch.device,
        tell: ProgressCallback = ignore,
    ) -> "AnyStyle":
        """As a config has them.

        Raises:
            PhotoError: there is no folder of paintings, or too few in it.
        """
        if config.paintings is None:
            raise OptionError("paintings is missing; name a folder of paintings")
        found = read_paintings(config.paintings, config.style_size, 4 * encoder.smallest, config.seed, tell)
        paintings, held = found.without(min(HELD_OUT, len(found.pictures) // 8))
        numbers = numbers_of_channels([encoder.channels[layer] for layer in encoder.style_layers])
        network = Stylizer(StylizerShape(1, config.width, config.residuals, numbers))
        network.initialise(config.seed)
        task = cls(network.to(device), paintings, held, encoder, photos, config.weights, config.seed)
        task.measure_usual()
        return task

    @torch.no_grad()
    def measure_usual(self) -> None:
        """Tell predictor and losses what is usual, from some paintings as they are."""
        apart = max(1, len(self.paintings.pictures) // USUAL)
        whole = [self._view(k, 0) for k in range(0, len(self.paintings.pictures), apart)]
        self.loss.learn_usual(whole)
        if self.network.predictor is not None:
            self.network.predictor.measure(torch.cat([self._numbers(each) for each in whole]))

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, ...]:
        """What a step is given.

        Returns:
            Pieces of photos (count, 3, h, w) uint8, whether each is painted (count,), content weights (count,), the numbers of
            paintings (count, numbers), and their statistics.
        """
        pieces = self.photos.pieces(count, random)
        painted = (torch.rand(count, generator=random) >= AS_PHOTO).float()
        octaves = (2 * torch.rand(count, generator=random) - 1) * np.log2(CONTENT_RANGE)
        octaves *= (torch.rand(count, generator=random) < MOVED).float()
        chosen = torch.randint(len(self.paintings.pictures), (count,), generator=random).tolist()
        views = torch.randint(VIEWS, (count,), generator=random).tolist()
        statistics = stacked([self._view(*which) for which in zip(chosen, views, strict=True)])
        parts = [part for name in self.measures for part in statistics[name]]
        motion = self.steadiness.draw(count, self.photos.size, random)
        return pieces, painted, 2**octaves, self._numbers(statistics), *parts, *motion

    def terms(self, given: Sequence[Tensor]) -> dict[str, Tensor]:
        """The weighted terms of what was drawn."""
        pieces, painted, content, numbers, *rest = given
        photos = pieces.float() / 255
        parts, motion = rest[: 2 * len(self.measures)], rest[2 * len(self.measures) :]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        statistics: Statistics = dict(zip(self.measures, pairs, strict=True))
        norms = torch.lerp(self.network.norms, self._predicted(self.network, numbers, content), painted[:, None])
        made = self.network(photos, norms)
        terms = self.loss(made, photos, Goals(statistics, painted, content))
        return terms | self.steadiness.terms(self.network, norms, photos, made, motion)

    def held_out(self, network: Stylizer, photos: Tensor) -> dict[str, dict[str, float]]:
        """For the card: the mean terms over photos (N, 3, h, w), in paintings that were trained on and in others."""
        known = [self._view(k, 0) for k in range(min(HELD_OUT, len(self.paintings.pictures)))]
        others = [self._measured(picture) for picture in self.held.pictures]
        measured = {"paintings trained on": known, "paintings held out": others}
        return {name: mean_terms(self._rows(network, photos, styles)) for name, styles in measured.items() if styles}

    def rows(self, network: Stylizer, photos: Tensor) -> list[Row]:
        """Rows of photos (N, 3, h, w) in the styles of paintings that are not trained on, which stand above."""
        shown = list(self.held.pictures or self.paintings.pictures)[:SHOWN]
        size = (photos.shape[2], photos.shape[3])
        above = [F.interpolate(_planes(picture)[None], size, mode="area")[0].to(photos) for picture in shown]
        rows = [("paintings", torch.cat([torch.ones_like(photos[0]), *above], 2))]
        norms = [self._predicted(network, self._numbers(self._measured(picture)), self._one()) for picture in shown]
        for photo in photos[:ROWS]:
            rows.append(("photo, painted", torch.cat([photo, *(network(photo[None], each)[0] for each in norms)], 2)))
        return rows

    def trained(self, network: Stylizer) -> TrainedStylizer:
        """The network, with how a style is read for it."""
        reading = StyleReading(self.encoder.name, fingerprint(self.encoder), self.paintings.size)
        return TrainedStylizer(network, self.names, reading=reading)

    def pictures(self, config: PaintingConfig) -> dict[str, Any]:
        """For the card: how many paintings, and those that were held out."""
        folder = config.paintings.name if config.paintings else "?"
        return {"paintings": f"{len(self.paintings.pictures)} from the folder {folder}", "held out": list(self.held.names)}

    def _rows(self, network: Stylizer, photos: Tensor, styles: list[Statistics]) -> list[dict[str, Tensor]]:
        """The terms of each style, on one photo each."""
        rows = []
        for k, statistics in enumerate(styles):
            photo = photos[k % len(photos)][None]
            made = network(photo, self._predicted(network, self._numbers(statistics), self._one()))
            terms = self.loss(made, photo, Goals(statistics, self._one()))
            del terms["same"]
            rows.append(terms)
        return rows

    def _predicted(self, network: Stylizer, numbers: Tensor, content: Tensor) -> Tensor:
        if network.predictor is None:
            raise RuntimeError("the network has no predictor")
        norms: Tensor = network.predictor(numbers, content)
        return norms.float()

    def _numbers(self, statistics: Statistics) -> Tensor:
        """(B, numbers) of statistics that the losses use: of each layer at the picture's own size, and of the colours."""
        features = []
        for layer in self.loss.layers:
            covariances, means = statistics[f"{layer}/1"]
            features.append((means[:, :, 0], covariances.diagonal(dim1=1, dim2=2)))
        covariances, means = statistics["colour"]
        return style_numbers(features, means[:, :, 0], covariances)

    def _view(self, painting: int, view: int) -> Statistics:
        """The statistics of a view of a painting, measured once, where memory allows."""
        key = (painting, view)
        if key in self.known:
            return self.known[key]
        random = np.random.default_rng([self.seed, painting, view])
        picture = self.paintings.pictures[painting]
        statistics = self._measured(_part(picture, random, 2 * self.encoder.smallest) if view else picture)
        if len(self.known) < self.most_known:
            self.known[key] = statistics
        return statistics

    def _measured(self, picture: np.ndarray) -> Statistics:
        return self.loss.measured(_planes(picture).to(self.device))

    def _one(self) -> Tensor:
        return torch.ones(1, device=self.device)


def _part(picture: np.ndarray, random: np.random.Generator, least: int) -> np.ndarray:
    """A part of a picture (h, w, 3) uint8, smaller, perhaps mirrored, its colours perhaps those of another channel."""
    height, width = (max(least, round(side * random.uniform(LEAST_PART, 1))) for side in picture.shape[:2])
    top = int(random.integers(max(1, picture.shape[0] - height + 1)))
    left = int(random.integers(max(1, picture.shape[1] - width + 1)))
    part = picture[top : top + height, left : left + width]
    if random.random() < 0.5:
        part = part[:, ::-1]
    if random.random() < 0.5:
        part = part[:, :, random.permutation(3)]
    scale = random.uniform(SMALLEST_VIEW, 1)
    size = [max(least, round(side * scale)) for side in part.shape[:2]]
    small = F.interpolate(_planes(part)[None], size, mode="bilinear", align_corners=False, antialias=True)[0]
    return (small.clamp(0, 1) * 255).round().byte().movedim(0, -1).numpy()


def _planes(picture: np.ndarray) -> Tensor:
    """(3, h, w) in [0, 1] of (h, w, 3) uint8."""
    return torch.from_numpy(np.ascontiguousarray(picture)).movedim(-1, 0).float() / 255
