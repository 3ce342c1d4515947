"""An autoencoder that is its own inverse: a photo as a code of bands and features, and back without loss.

The colours are split into bands of detail, from fine to broad, whose sum they are, where Yoo et al. 2019 (WCT2) have wavelets: a
Laplacian pyramid (Burt & Adelson 1983) with all bands at full size, smoothed by guided filters (He et al. 2013), so that an edge
stays in the broadest band and a band that is made stronger throws no halo. Before, an additive coupling (Dinh et al. 2015) adds
to the colours what a small network makes of features of the surroundings; the decoder subtracts the same. The features ride
along as further channels, as in a reversible residual network whose input is widened with zeros (Wen et al. 2023, CAP-VSTNet).
So a code that nothing was done to gives the photo back, whatever the weights are, at any size.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from matting.guided import apply_coefficients, guided_coefficients
from photostyle.colour import luminance
from photostyle.errors import OptionError

COLOURS = 3
EDGE = 1e-2  # squared luma: what varies more is an edge, which stays whole
NO_EDGE = 10.0  # where nothing is one
STRONG = 1.5  # times usual weights: features are to vary about as much as colours do, so that the transport heeds them


@dataclass(frozen=True)
class AutoencoderShape:
    """What distinguishes one autoencoder from another.

    Args:
        bands: how often the colours are halved in size: there is one band of detail for each, and the broad rest.
        places: channels of features of the surroundings at each scale.
        scales: of these features; each has half the size of the last, the first the photo's own.
        width: channels inside.
    """

    bands: int = 4
    places: int = 4
    scales: int = 4
    width: int = 12

    @property
    def features(self) -> int:
        """Channels of features in the code."""
        return self.places * self.scales

    @property
    def channels(self) -> int:
        """Of the code: the bands from fine to broad, three channels each, and the features."""
        return COLOURS * (self.bands + 1) + self.features


class Autoencoder(nn.Module):
    """A photo as a code, and back.

    Args:
        shape: how many channels of each kind.

    Example:
        >>> network = Autoencoder()
        >>> photo = torch.rand(1, 3, 13, 7)
        >>> code = network.encode(photo)
        >>> code.shape, bool((network.decode(code) - photo).abs().max() < 1e-5)
        (torch.Size([1, 31, 13, 7]), True)
    """

    def __init__(self, shape: AutoencoderShape = AutoencoderShape()) -> None:
        super().__init__()
        self.shape = shape
        self.places = nn.ModuleList(_Surroundings(shape) for _ in range(shape.scales))
        self.answer = nn.Sequential(
            nn.Conv2d(shape.features, 2 * shape.width, 1), nn.SiLU(), nn.Conv2d(2 * shape.width, COLOURS, 1)
        )

    def encode(self, photo: Tensor, edge: float = EDGE) -> Tensor:
        """The code of a photo.

        Args:
            photo: (B, 3, H, W), sRGB-encoded, nominally in [0, 1].
            edge: how much luma varies at an edge, squared; `NO_EDGE` for bands that know of none.

        Returns:
            (B, channels, H, W).

        Raises:
            OptionError: the photo has no such shape.
        """
        if photo.ndim != 4 or photo.shape[1] != COLOURS:
            raise OptionError(f"photo must have shape (B, 3, H, W), got {tuple(photo.shape)}; give RGB with a batch axis")
        features = self._features(photo)
        return torch.cat([*bands_of(photo + self.answer(features), self.shape.bands, edge), features], 1)

    def decode(self, code: Tensor) -> Tensor:
        """The photo (B, 3, H, W) of a code, not clamped: the inverse of `encode`."""
        of_bands = COLOURS * (self.shape.bands + 1)
        colours = code[:, :of_bands].reshape(len(code), -1, COLOURS, *code.shape[2:]).sum(1)
        answer: Tensor = self.answer(code[:, of_bands:])
        return colours - answer

    def initialise(self, seed: int) -> None:
        """Weights to begin with, which transfer sensibly already: random features, and no answer to them."""
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for part in self.modules():
                if isinstance(part, nn.Conv2d):
                    deviation = part.weight[0].numel() ** -0.5
                    part.weight.copy_(deviation * torch.randn(part.weight.shape, generator=random))
                    if part.bias is not None:
                        part.bias.zero_()
            for places in self.places:
                places.mix.weight.mul_(STRONG)  # type: ignore[operator, union-attr]
            self.answer[-1].weight.zero_()  # type: ignore[operator]

    def _features(self, photo: Tensor) -> Tensor:
        """(B, places * scales, H, W)."""
        size = photo.shape[2:]
        found = []
        small = photo
        for scale, places in enumerate(self.places):
            if scale:
                small = _halved(small)
            seen = places(small)
            if scale:
                seen = F.interpolate(seen, size, mode="bilinear", align_corners=False)
            found.append(seen)
        return torch.cat(found, 1)


class _Surroundings(nn.Module):
    """Two convolutions of 3 x 3, and one that mixes their channels."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        self.first = nn.Conv2d(COLOURS, shape.width, 3)
        self.second = nn.Conv2d(shape.width, shape.width, 3)
        self.mix = nn.Conv2d(shape.width, shape.places, 1)

    def forward(self, x: Tensor) -> Tensor:
        for convolution in (self.first, self.second):
            x = F.silu(convolution(F.pad(x, (1, 1, 1, 1), mode="replicate")))
        y: Tensor = self.mix(x)
        return y


def bands_of(colours: Tensor, halvings: int, edge: float = EDGE) -> list[Tensor]:
    """Bands (B, 3, H, W) of colours (B, 3, H, W), from the finest detail to the broad rest; their sum is the colours.

    >>> [tuple(band.shape) for band in bands_of(torch.rand(1, 3, 5, 3), 2)]
    [(1, 3, 5, 3), (1, 3, 5, 3), (1, 3, 5, 3)]
    """
    bands = []
    broad = small = colours
    for _ in range(halvings):
        small = _halved(small)
        slope, constant = guided_coefficients(luminance(small)[:, None], small, 1, edge)
        broader = apply_coefficients(slope, constant, luminance(broad)[:, None])
        bands.append(broad - broader)
        broad = broader
    return [*bands, broad]


def _halved(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
