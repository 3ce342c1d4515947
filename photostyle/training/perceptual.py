"""What a network minimises (Johnson et al. 2016): the terms of the method `paint`, over a batch of pictures in several styles."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import Encoder
from photostyle.losses import gram_distance, total_variation

# The weights of relative terms. Distances are measured against how much features vary, not against how large they are: most of a
# feature is its mean, and more so in one encoder than in another. So the weights serve every encoder and every size.
CONTENT = 2.0
STYLE = 1.0
COLOUR = 0.3
VARIATION = 2.0
SAME = 20.0  # of the mean difference from the photo, where the style is the photo itself
LEAST_SPREAD = 1e-3  # of the features' size: a flat photo's do not vary
FLOOR = 0.01  # a relative distance under this is as good as none
CONTENT_LAYERS = {"compact": "relu3_1"}  # most channels of its own content layer, relu4_1, are dead
HALVES = 2  # sizes at which style is measured: the picture's, and half of it, for broad strokes

Statistics = dict[str, tuple[Tensor, ...]]  # measure -> (B, C, C) or (B, C, 1) each


class PerceptualLoss:
    """content |F - P|^2 / |P - mean P|^2 + style mean_l d(S_l, T_l) + colour d(S_0, T_0) + variation, the mean over a batch.

    S and T are covariances and means of features: a Gram matrix is mostly the outer product of the mean.

    Args:
        encoder: frozen, in float32.
        styles: (3, h, w) in [0, 1] each; None for the photo itself.
        weights: of the terms against the usual ones: content, style, colour, variation.

    Raises:
        OptionError: a style is smaller than the encoder takes.
    """

    def __init__(self, encoder: Encoder, styles: Sequence[Tensor | None], weights: Mapping[str, float] | None = None) -> None:
        self.encoder = encoder
        self.weights = dict.fromkeys(("content", "style", "colour", "variation"), 1.0) | dict(weights or {})
        self.layers = tuple(encoder.style_layers)
        self.shows = CONTENT_LAYERS.get(encoder.name, encoder.content_layer)
        self.is_photo = torch.tensor([style is None for style in styles])
        pictures = [style for style in styles if style is not None]
        with torch.no_grad():
            measured = [self._statistics(picture[None])[0] for picture in pictures]
        rows = iter(measured)
        by_style = [measured[0] if style is None else next(rows) for style in styles]
        self.goals = {name: _stacked([each[name] for each in by_style]) for name in measured[0]}

    def __call__(self, made: Tensor, photos: Tensor, chosen: Tensor) -> dict[str, Tensor]:
        """The weighted terms.

        Args:
            made: (B, 3, h, w), what the network painted.
            photos: (B, 3, h, w), what it was given.
            chosen: (B,) which style each was to be painted in.
        """
        with torch.no_grad():
            goal = self.encoder(photos, (self.shows,))[self.shows].float()
        statistics, shown = self._statistics(made)
        painted = (~self.is_photo[chosen.cpu()]).to(made)
        spread = (goal - goal.mean((2, 3), keepdim=True)).pow(2).sum((1, 2, 3))
        away = (shown - goal).pow(2).sum((1, 2, 3)) / (spread + LEAST_SPREAD * goal.pow(2).sum((1, 2, 3)))
        apart = {name: _distance(own, [goal[chosen] for goal in self.goals[name]]) for name, own in statistics.items()}
        colour = apart.pop("colour")
        style = torch.stack(list(apart.values())).mean(0)
        terms = {
            "content": CONTENT * self.weights["content"] * away.mean(),
            "style": STYLE * self.weights["style"] * (painted * style).mean(),
            "colour": COLOUR * self.weights["colour"] * (painted * colour).mean(),
            "variation": VARIATION * self.weights["variation"] * total_variation(made * painted[:, None, None, None]),
        }
        if bool(self.is_photo.any()):
            terms["same"] = SAME * ((1 - painted) * (made - photos).abs().mean((1, 2, 3))).mean()
        return terms

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
                statistics[f"{layer}/{2**halvings}"] = _moments(features[layer].float())
        statistics["colour"] = _moments(pictures)
        return statistics, shown


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Covariances (B, C, C) and means (B, C, 1) of features (B, C, h, w)."""
    flat = features.flatten(2)
    means = flat.mean(2, keepdim=True)
    flat = flat - means
    return flat @ flat.mT / flat.shape[2], means


def _distance(own: Sequence[Tensor], goal: Sequence[Tensor]) -> Tensor:
    """(B,) relative distance of covariances, and of means in deviations; not squared: what is far must not drown the rest."""
    covariance, mean = own
    goal_covariance, goal_mean = goal
    variance = goal_covariance.diagonal(dim1=1, dim2=2).sum(1).clamp_min(1e-8)
    of_covariances = gram_distance(covariance, goal_covariance)
    of_means = (mean - goal_mean).pow(2).sum((1, 2)) / variance
    return ((of_covariances + FLOOR**2).sqrt() + (of_means + FLOOR**2).sqrt()) / 2


def _stacked(rows: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    return tuple(torch.cat(parts) for parts in zip(*rows, strict=True))
