"""A look: what a solver needs to know of a style photo, so that the photo itself is not needed again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.colour import colour_moments, directions, quantiles, srgb_to_lab
from photostyle.encoders import Encoder
from photostyle.errors import OptionError
from photostyle.look.exemplars import Exemplars, cell_layer, measure_exemplars
from photostyle.losses import masked_gram
from photostyle.prepared import MOST_ENLARGED, Prepared
from photostyle.regions import Pair, Regions
from photostyle.regions.summary import RegionSummary, summarise

WHOLE = "(whole photo)"
FLAT = 0.02  # deviation of a photo's colours, of 1, below which it is one colour
SAMPLES = 16384  # colours of a region that its quantiles are taken from


@dataclass(frozen=True, eq=False, repr=False)
class Look:
    """Style statistics of each region of a style photo, and last those of the photo as a whole; S regions, R = S + 1 rows.

    Args:
        regions: the S regions without their masks: what pairing needs.
        grams: layer name -> (R, C, C) masked Gram matrices, the mean outer products of features, symmetric to the bit.
        feature_means: layer name -> (R, C) masked means of the features; None in a look of version 1, which had none.
        exemplars: R, samples of the features and colours of each; None in a look before version 3, which had none.
        means, covariances: (R, 3) and (R, 3, 3) moments of the sRGB-encoded colours.
        quantiles: (R, D, Q) quantiles of the Lab colours along `colour.directions(D)`.
        encoder: name of the encoder that made the Gram matrices.
        weights: `fingerprint` of that encoder.
        size: long side in pixels that was asked for as working size.
        photo: name of the style photo's file, if it has one.
        notes: what a user should be told of the photo, one line each.
    """

    regions: RegionSummary
    grams: dict[str, Tensor]
    means: Tensor
    covariances: Tensor
    quantiles: Tensor
    encoder: str
    weights: str
    size: int
    photo: str = ""
    notes: tuple[str, ...] = ()
    feature_means: dict[str, Tensor] | None = None
    exemplars: tuple[Exemplars, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """(R) the regions' names, and last `WHOLE`."""
        return (*self.regions.names, WHOLE)

    @property
    def flat(self) -> bool:
        """Whether the style photo is hardly more than one colour, so that there is no light in it to take."""
        return float(self.covariances[-1].diagonal().sum()) < FLAT**2

    def rows(self, pairs: Sequence[Pair]) -> list[int]:
        """The row that each content region takes from: its partner's, or the whole photo's where it has none."""
        rows = []
        for pair in pairs:
            name = WHOLE
            if pair.kind == "matched" and pair.style is not None:
                name = pair.style
            rows.append(self.names.index(name))
        return rows

    @property
    def described(self) -> str:
        """What the look is called, for people."""
        if self.photo:
            return f"a look of {self.photo}"
        return "a look"

    def __repr__(self) -> str:
        return f"Look({self.described}, regions {', '.join(self.regions.names)}, measured at {self.size} px with {self.encoder})"

    def check_encoder(self, encoder: Encoder) -> None:
        """Raise an OptionError unless this encoder, with these weights, measured the look."""
        if encoder.name != self.encoder:
            raise OptionError(
                f"the look was measured with encoder {self.encoder}, got {encoder.name}; give that encoder", option="encoder"
            )
        if fingerprint(encoder) != self.weights:
            raise OptionError(
                f"the look was measured with other weights of {self.encoder} than these; give those as weights, "
                "or measure the look again"
            )


@torch.no_grad()
def measure_look(
    photo: Tensor,
    regions: Regions,
    encoder: Encoder,
    size: int | None = None,
    *,
    name: str = "",
    notes: tuple[str, ...] = (),
    layers: Sequence[str] | None = None,
) -> Look:
    """Measure a style photo region by region: statistics of its features, and of its colours.

    Args:
        photo: (3, H, W) at working size, in [0, 1].
        regions: of the photo, at any size.
        encoder: with which the Gram matrices are made.
        size: the working size that was asked for; None for the photo's own long side.
        name, notes: of the photo, for people.
        layers: of the encoder; None for its style layers.
    """
    fitting = regions.resized((photo.shape[1], photo.shape[2]))
    weights = fitting.weights().to(photo)
    masks = torch.cat([weights, _whole(fitting, photo)])
    measured = tuple(layers or encoder.style_layers)
    features = encoder(photo[None], (*measured, cell_layer(encoder)))
    grams, feature_means = _feature_statistics(features, encoder.spread(masks[None], measured), measured)
    means, covariances, levels = _colour_statistics(photo.flatten(1), masks.flatten(1))
    return Look(
        regions=summarise(regions),
        grams=grams,
        means=means,
        covariances=covariances,
        quantiles=levels,
        encoder=encoder.name,
        weights=fingerprint(encoder),
        size=size or max(photo.shape[1:]),
        photo=name,
        notes=notes,
        feature_means=feature_means,
        exemplars=measure_exemplars(photo, masks, features[cell_layer(encoder)][0].float()),
    )


def _whole(regions: Regions, photo: Tensor) -> Tensor:
    """(1, H, W), how much each pixel counts in the photo as a whole."""
    if regions.visible is None:
        return torch.ones_like(photo[:1])
    return regions.visible[None].to(photo)


def _feature_statistics(
    features: dict[str, Tensor], spread: dict[str, Tensor], layers: tuple[str, ...]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Of each layer the Gram matrices (R, C, C) and the means (R, C) of its features (1, C, h, w), by masks (1, R, h, w)."""
    grams = {}
    means = {}
    for layer in layers:
        maps = features[layer][0].float()
        weights = spread[layer][0].float()
        grams[layer] = symmetric(masked_gram(maps, weights))
        means[layer] = masked_mean(maps, weights)
    return grams, means


def _colour_statistics(colours: Tensor, masks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Means (R, 3), covariances (R, 3, 3) and quantiles (R, D, Q) of colours (3, N) in each of the masks (R, N)."""
    along = directions().to(colours)
    means = []
    covariances = []
    levels = []
    for mask in masks:
        mean, covariance = colour_moments(colours, mask)
        means.append(mean)
        covariances.append(covariance)
        levels.append(quantiles(along @ srgb_to_lab(_members(colours, mask, masks[-1]))))
    return torch.stack(means), torch.stack(covariances), torch.stack(levels)


def look_of(style: Prepared, encoder: Encoder, size: int) -> Look:
    """The look of a prepared photo, measured at a working size.

    Args:
        style: the photo and its regions.
        encoder: with which it is measured.
        size: long side in pixels.
    """
    device = next(encoder.parameters()).device
    small = style.at_working_size(size, smallest=encoder.smallest, most_enlarged=MOST_ENLARGED).to(device)
    return measure_look(small, style.regions.to(device), encoder, size, name=style.photo.file.name, notes=style.photo.notes)


def masked_mean(features: Tensor, masks: Tensor) -> Tensor:
    """(C, h, w) features, (R, h, w) masks -> (R, C), the mean of the features in each region; 0 in an empty one."""
    weights = masks.flatten(1)
    return weights @ features.flatten(1).T / weights.sum(1, keepdim=True).clamp_min(1e-6)


def symmetric(matrices: Tensor) -> Tensor:
    """(..., C, C) whose lower triangles mirror the upper ones, so that half of each is all of it."""
    return matrices.triu() + matrices.triu(1).mT


def fingerprint(encoder: Encoder) -> str:
    """A hash of an encoder's weights, the same at whatever precision they are held."""
    digest = hashlib.sha256()
    for tensor in encoder.state_dict().values():
        digest.update(tensor.detach().to(torch.bfloat16).contiguous().view(torch.int16).cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def _members(colours: Tensor, mask: Tensor, whole: Tensor) -> Tensor:
    """Colours (3, n) that belong to a region by more than half; of the whole photo where none does."""
    inside = mask.gt(0.5).nonzero()[:, 0]
    if not len(inside):
        inside = whole.gt(0.5 * whole.max()).nonzero()[:, 0]
    if len(inside) == colours.shape[1]:
        return colours
    return colours[:, inside[:: max(1, len(inside) // SAMPLES)]]
