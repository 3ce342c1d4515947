"""What an autoencoder minimises: how far a transfer is from the style, with the photo's structure kept."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.guided import guided_filter
from photostyle.colour import luminance
from photostyle.encoders import Encoder
from photostyle.losses import gram_distance
from photostyle.methods.autoencoder.solver import CodeTransfer, Goal
from photostyle.networks import Autoencoder

STYLE = 1.0
CODE = 0.3
EDGES = 2.0
AFFINE = 50.0
RANGE = 5.0
NAMES = ("style", "code", "edges", "affine", "range")
LAYERS = 4  # of the encoder, from the finest
FLOOR = 0.01  # a relative distance under this is as good as none
WINDOW = 4  # radius in pixels in which edges are compared
LEAST_GRADIENT = 0.0075  # in luma a pixel: weaker gradients are noise
NEAR = 1  # radius in pixels of the windows in which a picture should be affine in the photo's colours
NEAR_FLOOR = 1e-5  # regularisation, in squared colour


class CodeLoss:
    """style mean_l |G_l - S_l| / |S_l| + code + edges + affine + range, the mean over pairs of photos.

    - style: Gram matrices of an encoder's layers, of the transfer and of the style, relative and not squared.
    - code: how far the code of the transfer is from the code that it was decoded from: what is put in must stay in.
    - edges: one less the correlation of gradients, in small windows, of the transfer and the photo.
    - affine: how far it is from local affine maps of the photo's colours, as the matting Laplacian has it (Levin et al. 2008).
    - range: what lies beyond black and white.

    Args:
        encoder: frozen, in float32.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.layers = encoder.style_layers[:LAYERS]

    def __call__(self, network: Autoencoder, photos: Tensor, styles: Tensor) -> dict[str, Tensor]:
        """The weighted terms of photos (B, 3, h, w) in the styles (B, 3, h, w), all in [0, 1]."""
        pairs = [self.of_pair(network, *pair) for pair in zip(photos, styles, strict=True)]
        return {name: torch.stack([pair[name] for pair in pairs]).mean() for name in NAMES}

    def of_pair(self, network: Autoencoder, photo: Tensor, style: Tensor) -> Mapping[str, Tensor]:
        """The weighted terms of one photo (3, h, w) in one style."""
        transfer = whole_transfer(network, photo, style)
        with torch.no_grad():
            recoloured = transfer.recoloured(photo)
        made, code = transfer.textured_with_code(recoloured)
        return {
            "style": STYLE * self._style(made, style),
            "code": CODE * _apart(network.encode(made[None])[0], code),
            "edges": EDGES * (1 - structure(photo, made)),
            "affine": AFFINE * (made - guided_filter(photo[None], made[None], NEAR, NEAR_FLOOR)[0]).pow(2).mean(),
            "range": RANGE * (made - made.clamp(0, 1)).abs().mean(),
        }

    def _style(self, made: Tensor, style: Tensor) -> Tensor:
        with torch.no_grad():
            goals = self.encoder(style[None], self.layers)
        found = self.encoder(made[None], self.layers)
        apart = [gram_distance(_gram(found[layer]), _gram(goals[layer]))[0] for layer in self.layers]
        return (torch.stack(apart) + FLOOR**2).sqrt().mean()


def whole_transfer(network: Autoencoder, photo: Tensor, style: Tensor) -> CodeTransfer:
    """A transfer between photos (3, h, w) without regions."""
    ours, theirs = torch.ones_like(photo[:1]), torch.ones_like(style[:1])
    return CodeTransfer(network, photo, ours, ours[0], [Goal(style, theirs, theirs[0], [(1.0, 0.0)])])


def structure(photo: Tensor, made: Tensor) -> Tensor:
    """The mean correlation of the strengths of gradients of two pictures (3, h, w), in small windows: 1 where edges are kept."""
    a, b = (_gradients(luminance(each)) for each in (photo, made))
    return ((_mean(a * b) - _mean(a) * _mean(b) + LEAST_GRADIENT**2) / (_spread(a) * _spread(b) + LEAST_GRADIENT**2)).mean()


def _gradients(light: Tensor) -> Tensor:
    """(1, 1, h - 1, w - 1), how strong the gradient of luma (h, w) is."""
    down = light[1:, :-1] - light[:-1, :-1]
    across = light[:-1, 1:] - light[:-1, :-1]
    return (down.square() + across.square() + 1e-8).sqrt()[None, None]


def _mean(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2 * WINDOW + 1, 1, WINDOW, count_include_pad=False)


def _spread(x: Tensor) -> Tensor:
    return (_mean(x * x) - _mean(x).square()).clamp_min(1e-10).sqrt()


def _apart(code: Tensor, wanted: Tensor) -> Tensor:
    """Mean over channels (N, h, w) of their mean difference, in deviations."""
    spread = wanted.detach().flatten(1).std(1) + 1e-3
    return ((code - wanted).abs().flatten(1).mean(1) / spread).mean()


def _gram(features: Tensor) -> Tensor:
    """(B, C, C) of features (B, C, h, w)."""
    flat = features.flatten(2)
    return flat @ flat.mT / flat.shape[2]
