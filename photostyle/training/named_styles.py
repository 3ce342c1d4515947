"""What is trained for where styles have names: one in a network (Johnson et al. 2016), many, or more for a trained network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from photostyle.encoders import Encoder
from photostyle.errors import OptionError, PhotoError
from photostyle.networks import PHOTO, Stylizer, StylizerShape, TrainedStylizer, load_stylizer
from photostyle.photo import resample
from photostyle.photo.reading import read_photo
from photostyle.prepared import planes
from photostyle.training.loop import Task
from photostyle.training.page import Row
from photostyle.training.painting_config import PaintingConfig
from photostyle.training.perceptual import Goals, PerceptualLoss, stacked
from photostyle.training.photos import TrainingPhotos
from photostyle.training.start import take_over
from photostyle.training.temporal import Steadiness

ROWS = 4  # of samples
MOST_STYLES = 12  # in a row


class NamedStyles(Task):
    """Photos painted in styles that have names.

    Args:
        network: to be trained, its norms those of the styles; on the encoder's device.
        styles: name -> (3, h, w) in [0, 1], on that device; None for the photo itself.
        encoder: that measures.
        photos: to train on.
        weights: of the terms against the usual ones.
    """

    def __init__(
        self,
        network: Stylizer,
        styles: Mapping[str, Tensor | None],
        encoder: Encoder,
        photos: TrainingPhotos,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self.network = network
        self.names = tuple(styles)
        self.photos = photos
        self.loss = PerceptualLoss(encoder, weights)
        self.steadiness = Steadiness(weights)
        measured = {name: self.loss.measured(style) for name, style in styles.items() if style is not None}
        any_other = next(iter(measured.values()))  # what the photo itself is measured against does not count
        self.goals = stacked([measured.get(name, any_other) for name in self.names])
        self.painted = torch.tensor([float(name in measured) for name in self.names], device=network.norms.device)
        self.numbers = torch.arange(len(self.names), device=network.norms.device)

    @classmethod
    def of(cls, config: PaintingConfig, encoder: Encoder, photos: TrainingPhotos, device: torch.device) -> "NamedStyles":
        """As a config has them: for a network of their own, or for one that they are added to.

        Raises:
            PhotostyleError: a picture, or the network to add to, is not what it should be.
        """
        if config.add_to is not None:
            return AddedStyles(load_stylizer(config.add_to), config, encoder, photos, device)
        network = Stylizer(StylizerShape(len(config.styles), config.width, config.residuals))
        network.initialise(config.seed)
        return cls(network.to(device), style_pictures(config, encoder, device), encoder, photos, config.weights)

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, ...]:
        """Pieces of photos (count, 3, h, w) uint8, which style each is to be painted in (count,), and how it is to be moved."""
        pieces = self.photos.pieces(count, random), torch.randint(len(self.names), (count,), generator=random)
        return (*pieces, *self.steadiness.draw(count, self.photos.size, random))

    def terms(self, given: Sequence[Tensor]) -> dict[str, Tensor]:
        """The weighted terms of what was drawn."""
        pieces, chosen, *motion = given
        photos = pieces.float() / 255
        norms = self.network.mixed((chosen[:, None] == self.numbers).float())
        made = self.network(photos, norms)
        return self._scored(made, photos, chosen) | self.steadiness.terms(self.network, norms, photos, made, motion)

    def held_out(self, network: Stylizer, photos: Tensor) -> dict[str, dict[str, float]]:
        """For the card: the mean terms over photos (N, 3, h, w) and all styles, as the network paints them."""
        rows = []
        for style in self.numbers:
            for photo in photos:
                made = network(photo[None], network.norms[style][None])
                rows.append(self._scored(made, photo[None], style[None]))
        return {"held-out photos": mean_terms(rows)}

    def rows(self, network: Stylizer, photos: Tensor) -> list[Row]:
        """Rows of a photo and its pictures in each style, of photos (N, 3, h, w)."""
        shown = range(min(len(self.names), MOST_STYLES))
        caption = ", ".join(["photo", *(self.names[k] for k in shown)])
        rows = []
        for photo in photos[:ROWS]:
            painted = [network(photo[None], network.norms[k : k + 1])[0] for k in shown]
            rows.append((caption, torch.cat([photo, *painted], 2)))
        return rows

    def trained(self, network: Stylizer) -> TrainedStylizer:
        """The network with the names of its styles."""
        return TrainedStylizer(network, self.names)

    def pictures(self, config: PaintingConfig) -> dict[str, Any]:
        """For the card: the pictures by the names of their styles."""
        return {"pictures": {name: path.name for name, path in config.styles.items() if name != PHOTO}}

    def _scored(self, made: Tensor, photos: Tensor, chosen: Tensor) -> dict[str, Tensor]:
        statistics = {name: tuple(part[chosen] for part in parts) for name, parts in self.goals.items()}
        terms = self.loss(made, photos, Goals(statistics, self.painted[chosen]))
        if PHOTO not in self.names:
            del terms["same"]
        return terms


class AddedStyles(NamedStyles):
    """Styles for a network that is trained already: its weights stay, and norms alone are trained.

    Args:
        base: the network; nothing of it changes.
        config, encoder, photos, device: as for `NamedStyles.of`.

    Raises:
        OptionError: the network is one for any style, or has a style of such a name.
    """

    def __init__(
        self, base: TrainedStylizer, config: PaintingConfig, encoder: Encoder, photos: TrainingPhotos, device: torch.device
    ) -> None:
        if base.network.predictor is not None:
            raise OptionError(f"{config.add_to} paints in any style already; give it the picture when you paint")
        there = [name for name in config.names if name in base.names]
        if there:
            raise OptionError(f"{config.add_to} has a style called {there[0]} already; give the new one another name")
        shape = base.network.shape
        network = Stylizer(StylizerShape(len(config.styles), shape.width, shape.residuals))
        take_over(network, base, config.names)
        for name, weight in network.named_parameters():
            weight.requires_grad_(name == "norms")
        super().__init__(network.to(device), style_pictures(config, encoder, device), encoder, photos, config.weights)
        self.base = base

    def trained(self, network: Stylizer) -> TrainedStylizer:
        """The network that there was, with these styles too."""
        shape = self.base.network.shape
        whole = Stylizer(StylizerShape(shape.styles + len(self.names), shape.width, shape.residuals))
        weights = dict(self.base.network.state_dict())
        weights["norms"] = torch.cat([weights["norms"].cpu(), network.norms.detach().cpu()])
        whole.load_state_dict(weights)
        return TrainedStylizer(whole.eval().requires_grad_(False), (*self.base.names, *self.names))

    def pictures(self, config: PaintingConfig) -> dict[str, Any]:
        """For the card: what was added, and what the card of the network says that it was added to."""
        return {**super().pictures(config), "added to": dict(self.base.card)}


def style_pictures(config: PaintingConfig, encoder: Encoder, device: torch.device) -> dict[str, Tensor | None]:
    """Name -> (3, h, w) in [0, 1], each at the size that it is measured at, never enlarged; None for the photo itself."""
    return {name: _picture(name, path, config.style_size, encoder.smallest, device) for name, path in config.styles.items()}


def _picture(name: str, path: Path, size: int, smallest: int, device: torch.device) -> Tensor | None:
    if name == PHOTO:
        return None
    if not path.exists():
        raise PhotoError(f"{path}: no such file; check the path of the style {name}")
    photo = read_photo(path)
    scale = min(1.0, size / max(photo.size))
    width, height = (max(2 * smallest, round(side * scale)) for side in photo.size)
    return planes(resample(photo.pixels, (width, height))).clamp(0, 1).contiguous().to(device)


def mean_terms(rows: Sequence[Mapping[str, Tensor]]) -> dict[str, float]:
    """The means of terms, as plain numbers."""
    return {name: float(torch.stack([row[name] for row in rows]).mean()) for name in rows[0]} if rows else {}
