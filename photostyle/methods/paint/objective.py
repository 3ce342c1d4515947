"""What a painting minimises at one scale: what the photo shows, the style's hand, and a little smoothness."""

from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.encoders import Encoder
from photostyle.losses import MaskedGram, gram_distance, total_variation
from photostyle.methods.paint import PaintOptions
from photostyle.methods.partners import present_at_all_layers

CONTENT_LAYERS = {"compact": "relu3_1"}  # most channels of its own content layer, relu4_1, are dead
FLOOR = 0.01  # a relative distance under this is as good as none


@dataclass(frozen=True)
class PaintWeights:
    """Weights of a painting, and its course.

    Args:
        content: of the relative squared distance of features at the content layer.
        style: of the mean over layers of the relative distance of their statistics.
        colour: of the relative distance of the means and covariances of colours.
        variation: of the mean squared difference of neighbours.
        rate: of Adam, in values of 0 to 1.
        size, steps: long side in pixels of the last scale, and steps over all.
        brush: size of strokes against the picture.
        hand: "gram" or "moments".
        start: "content" or "noise".
        keep_colour: whether the photo's own colours come out.
    """

    content: float = 10.0
    style: float = 1.0
    colour: float = 0.3
    variation: float = 2.0
    rate: float = 0.02
    size: int = 512
    steps: int = 300
    brush: float = 1.0
    hand: str = "gram"
    start: str = "content"
    keep_colour: bool = False

    @classmethod
    def of(cls, settings: PaintOptions) -> "PaintWeights":
        """The weights that the method's options ask for."""
        usual = cls()
        return cls(
            content=usual.content * settings.content_weight,
            size=settings.working_size(),
            steps=settings.all_steps(),
            brush=settings.brush,
            hand=settings.hand,
            start=settings.start,
            keep_colour=settings.keep_colour,
        )


class PaintObjective:
    """content |F - P|^2 / |P|^2 + style sum_r area_r mean_l d(S_lr, T_lr) + variation (Gatys et al. 2016, eq. 7), relative.

    All distances are relative, so that one set of weights serves every encoder and every size. The statistics of a layer are
    its Gram matrix, or its mean and covariance: a Gram matrix is mostly the outer product of the mean, so that two layers of
    unlike texture can have alike ones.

    Args:
        content, style: (3, h, w) and (3, hs, ws) in [0, 1].
        content_masks, style_masks: (R, h, w) and (R, hs, ws), row by row pairs; a row without style is left out.
        encoder: in float32.
        weights: of the terms, and what the hand is.
    """

    def __init__(
        self,
        content: Tensor,
        content_masks: Tensor,
        style: Tensor,
        style_masks: Tensor,
        encoder: Encoder,
        weights: PaintWeights,
    ):
        self.weights = weights
        self.encoder = encoder
        self.layers = tuple(encoder.style_layers)
        self.shows = CONTENT_LAYERS.get(encoder.name, encoder.content_layer)
        self.wanted = tuple(dict.fromkeys((*self.layers, self.shows)))
        with torch.no_grad():
            content_spread = encoder.spread(content_masks[None], self.layers)
            style_spread = encoder.spread(style_masks[None], self.layers)
            style_features = encoder(style[None], self.layers)
            self.content = encoder(content[None], (self.shows,))[self.shows][0].float()
            self.statistics: dict[str, _Statistics] = {}
            self.goals: dict[str, list[Tensor]] = {}
            for layer in self.layers:
                own = _Statistics(content_spread[layer][0].float(), weights.hand)
                self.statistics[layer] = own
                self.goals[layer] = _Statistics(style_spread[layer][0].float(), weights.hand)(style_features[layer][0].float())
        self.colours = _Statistics(content_masks, "moments")
        self.colour_goal = _Statistics(style_masks, "moments")(style)
        self.areas = content_masks.mean((1, 2)) * present_at_all_layers(style_spread.values())

    def __call__(self, picture: Tensor) -> dict[str, Tensor]:
        """The weighted terms of a picture (3, h, w)."""
        features = self.encoder(picture[None], self.wanted)
        shown = features[self.shows][0].float()
        away = (shown - self.content).pow(2).sum() / self.content.pow(2).sum().clamp_min(1e-8)
        hand = picture.new_zeros(())
        for layer in self.layers:
            statistics = self.statistics[layer](features[layer][0].float())
            hand = hand + (self.areas * distance(statistics, self.goals[layer])).sum()
        return {
            "content": self.weights.content * away,
            "style": self.weights.style / len(self.layers) * hand,
            "colour": self.weights.colour * (self.areas * distance(self.colours(picture), self.colour_goal)).sum(),
            "variation": self.weights.variation * total_variation(picture),
        }


class _Statistics:
    """The statistics of each region at one layer: what is called the hand.

    Args:
        masks: (R, h, w), spread to the layer.
        hand: "gram" for Gram matrices, "moments" for covariances and means.
    """

    def __init__(self, masks: Tensor, hand: str):
        self.gram = MaskedGram(masks)
        self.hand = hand
        self.weights = masks.flatten(1) / masks.sum((1, 2)).clamp_min(1e-6)[:, None]

    def __call__(self, features: Tensor) -> list[Tensor]:
        """(R, C, C) matrices of features (C, h, w), and for moments their means (R, C, 1)."""
        grams: Tensor = self.gram(features)
        if self.hand == "gram":
            return [grams]
        means = (self.weights @ features.flatten(1).T)[:, :, None]
        return [grams - means @ means.mT, means]


def distance(statistics: list[Tensor], goals: list[Tensor]) -> Tensor:
    """(R,) the mean relative distance of statistics to their goals, not squared: what is far must not drown the rest."""
    total = torch.zeros_like(statistics[0][:, 0, 0])
    for own, goal in zip(statistics, goals, strict=True):
        total = total + (gram_distance(own, goal) + FLOOR**2).sqrt()
    return total / len(goals)
