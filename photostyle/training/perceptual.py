"""What a network minimises (Johnson et al. 2016): the terms of the method `paint`, over a batch of pictures in several styles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import Encoder
from photostyle.losses import gram_distance, total_variation

# The weights of relative terms. Distances are measured against how much features vary, not against how large they are: most of a
# feature is its mean, and more so in one encoder than in another. So the weights serve every encoder and every size.
CONTENT = 0.5
STYLE = 1.0
COLOUR = 0.3
VARIATION = 2.0
SAME = 20.0  # of the mean difference from the photo, where the style is the photo itself
LEAST_SPREAD = 1e-3  # of the features' size: a flat photo's do not vary
LEAST_VARIANCE = 0.2  # of the usual
FLOOR = 0.01  # a relative distance under this is as good as none
# In place of an encoder's own content layer: most channels of compact's relu4_1 are dead, and with that of compact5 a network
# draws lines along edges and across skies.
CONTENT_LAYERS = {"compact": "relu3_1", "compact5": "relu3_1"}
HALVES = 2  # sizes at which style is measured: the picture's, and half of it, for broad strokes

Statistics = dict[str, tuple[Tensor, ...]]  # measure -> (B, C, C) or (B, C, 1) each


@dataclass(frozen=True)
class Goals:
    """What each of B photos is to become.

    Args:
        statistics: of the styles, as `PerceptualLoss.measured` gives them.
        painted: (B,), 1 where the photo is to be painted, 0 where it is to come out as it is.
        content: (B,), what the weight of content is multiplied by; None for 1.
    """

    statistics: Statistics
    painted: Tensor
    content: Tensor | None = None


class PerceptualLoss:
    """content |F - P|^2 / |P - mean P|^2 + style mean_l d(S_l, T_l) + colour d(S_0, T_0) + variation, the mean over a batch.

    S and T are covariances and means of features: a Gram matrix is mostly the outer product of the mean.

    Args:
        encoder: frozen, in float32.
        weights: of the terms against the usual ones: content, style, colour, variation.
    """

    def __init__(self, encoder: Encoder, weights: Mapping[str, float] | None = None) -> None:
        self.encoder = encoder
        self.weights = dict.fromkeys(("content", "style", "colour", "variation"), 1.0) | dict(weights or {})
        self.layers = tuple(encoder.style_layers)
        self.shows = CONTENT_LAYERS.get(encoder.name, encoder.content_layer)
        self.least: dict[str, float] = {}

    def learn_usual(self, styles: Sequence[Statistics]) -> None:
        """Take the variances of some styles as the usual ones: what varies far less is measured against a part of these.

        Without it a picture that is nearly flat, whose features hardly vary, would count for more than all others.
        """
        for name in styles[0]:
            variances = torch.stack([_variance(each[name][0])[0] for each in styles])
            self.least[name] = LEAST_VARIANCE * float(variances.median())

    @torch.no_grad()
    def measured(self, style: Tensor) -> Statistics:
        """The statistics of a style picture (3, h, w) in [0, 1].

        Raises:
            OptionError: it is smaller than the encoder takes.
        """
        return self._statistics(style[None])[0]

    def __call__(self, made: Tensor, photos: Tensor, goals: Goals) -> dict[str, Tensor]:
        """The weighted terms.

        Args:
            made: (B, 3, h, w), what the network painted.
            photos: (B, 3, h, w), what it was given.
            goals: of each.
        """
        made = made.float()
        with torch.no_grad():
            goal = self.encoder(photos, (self.shows,))[self.shows].float()
        statistics, shown = self._statistics(made)
        painted = goals.painted
        spread = (goal - goal.mean((2, 3), keepdim=True)).pow(2).sum((1, 2, 3))
        away = (shown - goal).pow(2).sum((1, 2, 3)) / (spread + LEAST_SPREAD * goal.pow(2).sum((1, 2, 3)))
        if goals.content is not None:
            away = away * torch.where(painted > 0, goals.content, 1.0)
        apart = {name: _distance(own, goals.statistics[name], self.least.get(name, 0.0)) for name, own in statistics.items()}
        colour = apart.pop("colour")
        style = torch.stack(list(apart.values())).mean(0)
        return {
            "content": CONTENT * self.weights["content"] * away.mean(),
            "style": STYLE * self.weights["style"] * (painted * style).mean(),
            "colour": COLOUR * self.weights["colour"] * (painted * colour).mean(),
            "variation": VARIATION * self.weights["variation"] * total_variation(made * painted[:, None, None, None]),
            "same": SAME * ((1 - painted) * (made - photos).abs().mean((1, 2, 3))).mean(),
        }

    def _statistics(self, pictures: Tensor) -> tuple[Statistics, Tensor]:
        """Moments at each layer and size, and of colour; and the features that say what is shown."""
        wanted = tuple(dict.fromkeys((*self.layers, self.shows)))
        statistics: Statistics = {}
        shown = pictures
        at_size = pictures
        for halvings in range(HALVES):
            if halvings:
                at_size = F.avg_pool2d(at_size, 2)
                if min(at_size.shape[2:]) < self.encoder.smallest:
                    break
            features = self.encoder(at_size, self.layers if halvings else wanted)
            if not halvings:
                shown = features[self.shows].float()
            for layer in self.layers:
                statistics[f"{layer}/{2**halvings}"] = _moments(features[layer])
        statistics["colour"] = _moments(pictures)
        return statistics, shown


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Covariances (B, C, C) and means (B, C, 1) of features (B, C, h, w), in 32 bits whatever the features were computed in."""
    with torch.autocast(features.device.type, enabled=False):
        flat = features.float().flatten(2)
        means = flat.mean(2, keepdim=True)
        flat = flat - means
        return flat @ flat.mT / flat.shape[2], means


def _variance(covariance: Tensor) -> Tensor:
    """(B,) total variance, of covariances (B, C, C)."""
    return covariance.diagonal(dim1=1, dim2=2).sum(1)


def _distance(own: Sequence[Tensor], goal: Sequence[Tensor], least: float) -> Tensor:
    """(B,) relative distance of covariances, and of means in deviations; not squared: what is far must not drown the rest.

    Both are relative to the goal's own, its total variance taken as `least` at least.
    """
    covariance, mean = own
    goal_covariance, goal_mean = goal
    own_variance = _variance(goal_covariance).clamp_min(1e-8)
    variance = own_variance.clamp_min(least)
    of_covariances = gram_distance(covariance, goal_covariance) * (own_variance / variance).pow(2)
    of_means = (mean - goal_mean).pow(2).sum((1, 2)) / variance
    return ((of_covariances + FLOOR**2).sqrt() + (of_means + FLOOR**2).sqrt()) / 2


def stacked(statistics: Sequence[Statistics]) -> Statistics:
    """Statistics of one style each, (1, ...), as those of a batch."""
    return {
        name: tuple(torch.cat(parts) for parts in zip(*(each[name] for each in statistics), strict=True))
        for name in statistics[0]
    }
