"""What the field solver minimises: style, colour, photorealism, evenness, light order, range, in one graph (DESIGN)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from matting.laplacian import matting_laplacian
from photostyle.colour import LUMA, colour_moments, directions, quantiles, srgb_to_lab, transport_targets
from photostyle.look import Look
from photostyle.losses import (
    Evenness,
    LightOrder,
    MaskedGram,
    gram_distance,
    photorealism,
)
from photostyle.methods.field import FieldOptions
from photostyle.regions import Pair
from photostyle.transforms.field.bilateral import GridSize
from photostyle.transforms.field.rolloff import Shoulder

LEAK = 0.05  # share of a colour's way out of range that the terms still see: the shoulder alone has next to no gradient
LEAST_REACH = 0.1  # even a region of one colour is pulled so much
LEAST_TRUST, STIFFNESS = 0.2, 2.3  # see `stiffness`
GRAM_FLOOR, COLOUR_FLOOR = 0.01, 0.005  # distances under these are as good as none; relative, and Lab / 100


@dataclass(frozen=True)
class FieldWeights:
    """Weights of the objective's terms, and the shape of the solve.

    `keep` is the share of the content's light order that must stay, `most` the gain from which it costs; a `coarse`
    share of the steps is taken at half the size.
    """

    gram: float = 0.2
    colour: float = 1.04
    photorealism: float = 76.0
    evenness: float = 0.55
    order: float = 1.3
    keep: float = 0.25
    smooth: float = 0.3
    tint: float = 9.0
    range: float = 10.0
    gain: float = 0.03
    most: float = 4.0
    steps: int = 72
    coarse: float = 0.64
    size: int = 448
    rate: float = 0.14
    momentum: float = 0.9
    grids: tuple[GridSize, ...] = (GridSize(4, 6, 6), GridSize(12, 16, 8))
    pixels: int = 16384
    samples: int = 8192
    slices: int = 8

    @classmethod
    def of(cls, settings: FieldOptions) -> "FieldWeights":
        """The defaults, or those of a fast solve, at the size and in the steps that the method's options ask for."""
        weights = cls()
        if settings.fast:
            weights = cls(steps=32, coarse=0.0, rate=0.2, momentum=0.8)
        return replace(weights, size=settings.working_size(), steps=settings.steps or weights.steps)


def matched_regions(pairs: Sequence[Pair]) -> Tensor:
    """(R,) 1 for regions that take from the style in full, 0 for those that are protected, ignored or follow it gently."""
    return torch.tensor([float(pair.in_full) for pair in pairs])


def stiffness(pairs: Sequence[Pair]) -> Tensor:
    """(R,) how much more than others each region must be changed alike everywhere: the more, the less its partner is trusted.

    A transform that varies from place to place gives a region all the colours of its partner, and puts them somewhere. With
    the right partner that is mostly right; with one that was only found likely it is one patch here and another there.
    """
    return torch.tensor([max(pair.trust, LEAST_TRUST) ** -STIFFNESS for pair in pairs])


def reach(content: Tensor, masks: Tensor, covariances: Tensor, most: float) -> Tensor:
    """(R,) the share, at most 1, of the style's deviation of luminance that a gain of `most` makes of each region's own.

    A flat region has the style's tones only if they are painted on from place to place, and nothing in it says where:
    rounding would. So it is pulled towards them that much less.
    """
    luma = content.new_tensor(LUMA)
    spread = lambda covariance: (luma @ covariance @ luma).clamp_min(0).sqrt()
    own = torch.stack([spread(colour_moments(content.flatten(1), mask)[1]) for mask in masks.flatten(1)])
    wanted = torch.stack([spread(covariance) for covariance in covariances])
    return (most * own / wanted.clamp_min(1e-6)).clamp(LEAST_REACH, 1)


class FieldObjective:
    """style + w_k colour + lambda/N sum_c V_c^T L V_c + w_e evenness + w_o order + w_s |grad field|^2 + w_r range (DESIGN).

    Two departures from the paper. Style and colour are distances, not squared ones: a region that cannot be matched
    does not outweigh those that can. All are taken of the picture as it will be seen, rolled off: where light is cut
    off at white or black, structure goes with it.
    """

    def __init__(self, content: Tensor, masks: Tensor, pairs: Sequence[Pair], look: Look, encoder, w: FieldWeights):
        self.w, self.encoder, self.masks, self.size = w, encoder, masks, content.shape[1:]
        rows = look.rows(pairs)
        self.layers = tuple(look.grams)
        self.goals = {n: g[rows].to(content) for n, g in look.grams.items()}
        self.grams = {n: MaskedGram(m[0], w.pixels) for n, m in encoder.spread(masks[None], self.layers).items()}
        belief = matched_regions(pairs) * torch.tensor([pair.trust for pair in pairs])
        goals = look.covariances[rows].to(content)
        self.area = masks.mean((1, 2)) * belief.to(masks) * reach(content, masks, goals, w.most)
        self.pixels = content.flatten(1).contiguous()
        self.shoulder = Shoulder(self.pixels, LEAK)
        self.laplacian = matting_laplacian(content, dtype=torch.float32)
        self.evenness = Evenness(content)
        self.order = LightOrder(content, keep=w.keep)
        self.colour = _ColourTransport(masks, self.area, look.quantiles[rows].to(content), w)

    def __call__(self, picture: Tensor, fresh: bool = False) -> dict[str, Tensor]:
        """The weighted terms for a picture (3, N); `fresh` ones do not depend on the pictures seen before."""
        w, height, width = self.w, *self.size
        clipped = picture.clamp(0, 1)
        shown = self.shoulder(picture).view(3, height, width)
        terms = {"style": w.gram * self._style(shown), "colour": w.colour * self.colour(shown.flatten(1), fresh)}
        terms["photorealism"] = w.photorealism * photorealism(shown, self.laplacian)
        terms["evenness"] = w.evenness * self.evenness(shown)
        terms["order"] = w.order * self.order(picture.view(3, height, width))
        terms["range"] = w.range * (picture - clipped).pow(2).mean()
        return terms

    def _style(self, shown: Tensor) -> Tensor:
        features = self.encoder(shown[None], self.layers)
        distances = (gram_distance(self.grams[n](features[n].squeeze(0).float()), self.goals[n]) for n in self.layers)
        return sum((self.area * rooted(distance, GRAM_FLOOR)).sum() for distance in distances)


def rooted(squared: Tensor, floor: float) -> Tensor:
    """The root of a squared distance, with a gradient that fades out below `floor`."""
    return (squared + floor**2).sqrt()


class _ColourTransport:
    """The colour term: samples of each region move along directions towards the style's quantiles.

    Nothing is random: samples are spread evenly over a region, and the directions take turns, each turn spread evenly.
    """

    def __init__(self, masks: Tensor, area: Tensor, goals: Tensor, w: FieldWeights):
        self.step, picked, self.parts = 0, [], []
        self.along = directions(goals.shape[1]).to(goals)
        self.turns = len(self.along) // w.slices
        for mask, share, goal in zip(masks.flatten(1), area.tolist(), goals, strict=True):
            members = mask.gt(0.5).nonzero()[:, 0]
            if len(members) >= 16 and share > 0:
                picked.append(members[_spread(len(members), max(512, round(w.samples * share))).to(members.device)])
                self.parts.append((quantiles(goal, len(picked[-1])), share))
        self.counts, self.picked = [len(p) for p in picked], torch.cat(picked) if picked else None

    def __call__(self, colours: Tensor, fresh: bool = False) -> Tensor:
        """colours (3, N)."""
        total = colours.new_zeros(())
        if self.picked is None:
            return total
        self.step = 0 if fresh else self.step
        turn = slice(self.step % self.turns, None, self.turns)
        self.step += 1
        projected = self.along[turn] @ srgb_to_lab(colours.index_select(1, self.picked))
        for part, (levels, share) in zip(projected.split(self.counts, 1), self.parts, strict=True):
            targets = transport_targets(part.detach(), levels[turn])
            total = total + share * rooted((part - targets).pow(2).mean(), COLOUR_FLOOR)
        return total


def _spread(count: int, wanted: int) -> Tensor:
    """Some of `count` indices, spread evenly, by steps of the golden ratio: no pattern of rows and columns is met."""
    if wanted >= count:
        return torch.arange(count)
    return (torch.arange(wanted, dtype=torch.float64) * (5**0.5 - 1) / 2 % 1 * count).long()
