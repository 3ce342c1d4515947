"""What tells pictures of a set from a generator's: patch by patch (Isola et al. 2017), with attention (Kim et al. 2020), or by
their light alone.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from photostyle.networks.stylizer import own_moments
from photostyle.networks.translation.attention import Attention
from photostyle.networks.translation.layers import instance_norm

SLOPE = 0.2  # of leaky rectifiers
WIDEST = 8  # times the width
LIGHT_SIZE = 32  # pixels a side that light is judged at; no grain, dust or sharpness is left in them


class Verdict(NamedTuple):
    """What a discriminator says.

    Args:
        patches: (B, 1, h, w), 1 for real and 0 for made, where it was trained so (least squares; Mao et al. 2017).
        logits: (B, 2) of its auxiliary classifier; None where it has none.
    """

    patches: Tensor
    logits: Tensor | None = None


class PatchDiscriminator(nn.Module):
    """Convolutions of 4 x 4, each patch judged alone: 70 pixels a side with three halvings.

    Args:
        width: channels of the first layer (64 in the paper).
        halvings: layers of stride 2.
        normed: whether inner layers have instance norms, as published. These take away the mean and the contrast of the whole
            picture, and with them most of what is to be seen of its light.
    """

    def __init__(self, width: int = 64, halvings: int = 3, *, normed: bool = True) -> None:
        super().__init__()
        self.normed = normed
        channels = [min(2**k, WIDEST) * width for k in range(halvings + 1)]
        self.first = nn.Conv2d(3, channels[0], 4, 2, 1)
        inner = [nn.Conv2d(channels[k - 1], channels[k], 4, 2, 1) for k in range(1, halvings)]
        inner.append(nn.Conv2d(channels[halvings - 1], channels[halvings], 4, 1, 1))
        self.inner = nn.ModuleList(inner)
        self.last = nn.Conv2d(channels[halvings], 1, 4, 1, 1)

    def forward(self, picture: Tensor) -> Verdict:
        """Judge pictures (B, 3, H, W) in [0, 1]; of 24 pixels a side at least, with three halvings."""
        x = F.leaky_relu(self.first(2 * picture - 1), SLOPE)
        for convolution in self.inner:
            x = convolution(x)
            x = F.leaky_relu(instance_norm(x, own_moments) if self.normed else x, SLOPE)
        return Verdict(self.last(x))


class LightDiscriminator(nn.Module):
    """Judges light and colour, of a small copy and without norms: what a field can change, and nothing else.

    A judge that sees grain, dust or sharpness tells a field's pictures by these for ever, and teaches it nothing.

    Args:
        width: channels of the first layer.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.patches = PatchDiscriminator(width, 2, normed=False)

    def forward(self, picture: Tensor) -> Verdict:
        """Judge pictures (B, 3, H, W) in [0, 1]; of `LIGHT_SIZE` pixels a side at least."""
        verdict: Verdict = self.patches(F.adaptive_avg_pool2d(picture, LIGHT_SIZE))
        return verdict


class AttentionDiscriminator(nn.Module):
    """A discriminator with an auxiliary classifier; weights are held to a gain of one (Miyato et al. 2018).

    Args:
        width: channels of the first layer (64 in the paper).
        layers: 5 in the paper for a local one, 7 for a global one.
    """

    def __init__(self, width: int = 64, layers: int = 5) -> None:
        super().__init__()
        channels = [min(2**k, WIDEST) * width for k in range(layers - 1)]
        halving = [spectral_norm(nn.Conv2d(3, channels[0], 4, 2))]
        halving += [spectral_norm(nn.Conv2d(channels[k - 1], channels[k], 4, 2)) for k in range(1, layers - 2)]
        self.halving = nn.ModuleList(halving)
        self.inner = spectral_norm(nn.Conv2d(channels[-2], channels[-1], 4))
        self.attention = Attention(channels[-1], SLOPE)
        spectral_norm(self.attention.of_means)
        spectral_norm(self.attention.of_largest)
        self.last = spectral_norm(nn.Conv2d(channels[-1], 1, 4, bias=False))

    def forward(self, picture: Tensor) -> Verdict:
        """Judge pictures (B, 3, H, W) in [0, 1]; of 64 pixels a side at least, with five layers."""
        x = 2 * picture - 1
        for convolution in (*self.halving, self.inner):
            x = F.leaky_relu(convolution(_framed(x)), SLOPE)
        attended = self.attention(x)
        return Verdict(self.last(_framed(attended.features)), attended.logits)


def _framed(x: Tensor) -> Tensor:
    """A map with one pixel of its own mirror around it."""
    return F.pad(x, (1, 1, 1, 1), mode="reflect")
