"""A look: what a solver needs to know of a style photo, so that the photo itself is not needed again."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.field.start import colour_moments
from photostyle.losses import directions, lab, masked_gram, quantiles
from photostyle.regions import Pair, Regions

WHOLE = "(whole photo)"
SAMPLES = 16384  # colours of a region that its quantiles are taken from


@dataclass(frozen=True)
class Look:
    """Style statistics of each region of a style photo, and last those of the photo as a whole.

    Args:
        names: (R) region names; the last is `WHOLE`.
        shares: (R) share of the photo.
        grams: layer name -> (R, C, C) masked Gram matrices.
        means, covariances: (R, 3) and (R, 3, 3) moments of the sRGB-encoded colours.
        quantiles: (R, D, Q) quantiles of the Lab colours along `losses.directions(D)`.
        encoder: name of the encoder that made the Gram matrices.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    grams: dict[str, Tensor]
    means: Tensor
    covariances: Tensor
    quantiles: Tensor
    encoder: str

    def rows(self, pairs: Sequence[Pair]) -> list[int]:
        """The row that each content region takes from: its partner's, or the whole photo's where it has none."""
        return [self.names.index(pair.style if pair.kind == "matched" else WHOLE) for pair in pairs]


@torch.no_grad()
def measure_look(photo: Tensor, regions: Regions, encoder, layers: Sequence[str] | None = None) -> Look:
    """Measure a style photo, (3, H, W) in [0, 1], region by region (DESIGN: style statistics and colour moments)."""
    layers = tuple(layers or encoder.style_layers)
    regions = regions.resized(tuple(photo.shape[1:]))
    masks = torch.cat([regions.masks.to(photo), torch.ones_like(photo[:1])])
    features, spread = encoder(photo[None], layers), encoder.spread(masks[None], layers)
    colours, flat = photo.flatten(1), masks.flatten(1)
    moments = [colour_moments(colours, m) for m in flat]
    along = directions().to(photo)
    return Look(
        names=(*regions.names, WHOLE),
        shares=(*regions.shares(), 1.0),
        grams={n: masked_gram(features[n][0].float(), spread[n][0].float()) for n in layers},
        means=torch.stack([m for m, _ in moments]),
        covariances=torch.stack([c for _, c in moments]),
        quantiles=torch.stack([quantiles(along @ lab(_members(colours, m))) for m in flat]),
        encoder=encoder.name,
    )


def _members(colours: Tensor, mask: Tensor) -> Tensor:
    """Colours that belong to a region by more than half; of the whole photo where none does."""
    inside = mask.gt(0.5).nonzero()[:, 0]
    if not len(inside):
        return colours
    return colours[:, inside[:: max(1, len(inside) // SAMPLES)]]
