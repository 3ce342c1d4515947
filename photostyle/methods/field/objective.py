"""What the field solver minimises: style, colour, correspondence, photorealism, evenness, light order and range, in one graph."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from matting.laplacian import matting_laplacian
from matting.ordered import in_order
from photostyle.colour import LUMA, colour_moments, constant, directions, evenly_spread, quantiles, srgb_to_lab, transport_targets
from photostyle.encoders import Encoder
from photostyle.look import Look
from photostyle.losses import Evenness, LightOrder, MaskedGram, gram_distance, photorealism
from photostyle.methods.field import FieldOptions
from photostyle.regions import Pair
from photostyle.transforms.field.bilateral import GridSize
from photostyle.transforms.field.guide import AreaMeans, shrunk
from photostyle.transforms.field.rolloff import Shoulder

LEAK = 0.05  # share of a colour's way out of range that the terms still see: the shoulder alone has next to no gradient
LEAST_REACH = 0.1  # even a region of one colour is pulled so much
LEAST_TRUST = 0.2  # of a partner: less counts as so much in `stiffness`
STIFFNESS = 2.3  # the power of trust in `stiffness`
GRAM_FLOOR = 0.01  # a relative distance of Gram matrices under this is as good as none
COLOUR_FLOOR = 0.005  # a distance of colours under this is as good as none; Lab / 100
FEWEST_MEMBERS = 16  # pixels of a region, from which its colours count
FEWEST_SAMPLES = 512  # of the colours of a region, where it has so many


@dataclass(frozen=True)
class FieldWeights:
    """Weights of the objective's terms, and the shape of the solve.

    `keep` is the share of the content's light order that must stay, `most` the gain from which it costs; a `coarse`
    share of the steps is taken at half the size.
    """

    gram: float = 0.43
    colour: float = 1.75
    correspondence: float = 0.3
    photorealism: float = 120.0
    evenness: float = 0.55
    order: float = 2.8
    keep: float = 0.25
    smooth: float = 0.5
    tint: float = 15.0
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
    factors = []
    for pair in pairs:
        trust = max(pair.trust, LEAST_TRUST)
        factors.append(trust**-STIFFNESS)
    return torch.tensor(factors)


def reach(content: Tensor, masks: Tensor, covariances: Tensor, most: float) -> Tensor:
    """(R,) the share, at most 1, of the style's deviation of luminance that a gain of `most` makes of each region's own.

    A flat region has the style's tones only if they are painted on from place to place, and nothing in it says where:
    rounding would. So it is pulled towards them that much less.
    """
    colours = content.flatten(1)
    shares = []
    for mask, covariance in zip(masks.flatten(1), covariances, strict=True):
        own = _luma_deviation(colour_moments(colours, mask)[1])
        wanted = _luma_deviation(covariance)
        shares.append(most * own / wanted.clamp_min(1e-6))
    return torch.stack(shares).clamp(LEAST_REACH, 1)


def _luma_deviation(covariance: Tensor) -> Tensor:
    """The standard deviation of luma of colours with a covariance (3, 3)."""
    luma = constant(LUMA, covariance)
    return (luma @ covariance @ luma).clamp_min(0).sqrt()


class FieldObjective:
    """style + w_k colour + w_c correspondence + lambda/N sum_c V_c^T L V_c + w_e evenness + w_o order + w_r range, of a picture.

    The solver adds what it asks of the field itself: that it be smooth, and not steep. Two departures from the paper.
    Style and colour are distances, not squared ones: a region that cannot be matched does not outweigh those that can. All
    terms are taken of the picture as it will be seen, rolled off: where light is cut off at white or black, structure goes
    with it.

    Args:
        content: (3, H, W) in [0, 1].
        masks: (R, H, W), a partition of unity.
        pairs: R, what each region takes from.
        look: the style statistics, measured with the encoder.
        encoder: that measures style.
        weights: of the terms.
        visible: (H, W) in [0, 1], how much of each pixel is seen and counts; None for all.
        found: (3, h, w) in Lab / 100, the colours that things should have (`found_colours`); None where it is not known.
    """

    def __init__(
        self,
        content: Tensor,
        masks: Tensor,
        pairs: Sequence[Pair],
        look: Look,
        encoder: Encoder,
        weights: FieldWeights,
        visible: Tensor | None = None,
        found: Tensor | None = None,
    ):
        if visible is None:
            visible = torch.ones_like(content[0])
        masks = masks * visible
        self.weights = weights
        self.encoder = encoder
        self.size = content.shape[1:]
        rows = look.rows(pairs)
        self.layers = tuple(look.grams)
        self.goals: dict[str, Tensor] = {}
        self.grams: dict[str, MaskedGram] = {}
        for layer, spread in encoder.spread(masks[None], self.layers).items():
            self.goals[layer] = look.grams[layer][rows].to(content)
            self.grams[layer] = MaskedGram(spread[0], weights.pixels)
        belief = matched_regions(pairs) * torch.tensor([pair.trust for pair in pairs])
        covariances = look.covariances[rows].to(content)
        self.seen_share = float(visible.mean())
        self.area = masks.mean((1, 2)) / self.seen_share * belief.to(masks) * reach(content, masks, covariances, weights.most)
        self.pixels = content.flatten(1).contiguous()
        self.shoulder = Shoulder(self.pixels, LEAK)
        self.laplacian = in_order(matting_laplacian(content, dtype=torch.float32))
        self.evenness = Evenness(content)
        self.order = LightOrder(content, keep=weights.keep)
        self.goal: ColourGoal | None = None
        if found is not None:
            self.goal = ColourGoal(found, shrunk(masks, found.shape[1:]), self.area, content)
        self.colour = _ColourTransport(masks, self.area, look.quantiles[rows].to(content), weights)

    def begin(self) -> None:
        """Forget the pictures seen before: the directions of colour take their turns anew."""
        self.colour.begin()

    def __call__(self, picture: Tensor) -> dict[str, Tensor]:
        """The weighted terms for a picture (3, N)."""
        weights = self.weights
        shown = self.shoulder(picture).view(3, *self.size)
        outside = picture - picture.clamp(0, 1)
        terms = {
            "style": weights.gram * self._style(shown),
            "colour": weights.colour * self.colour(shown.flatten(1)),
            "photorealism": weights.photorealism / self.seen_share * photorealism(shown, self.laplacian),
            "evenness": weights.evenness / self.seen_share * self.evenness(shown),
            "order": weights.order * self.order(picture.view(3, *self.size)),
            "range": weights.range / self.seen_share * outside.pow(2).mean(),
        }
        if self.goal is not None:
            terms["correspondence"] = weights.correspondence * self.goal(shown)
        return terms

    def _style(self, shown: Tensor) -> Tensor:
        features = self.encoder(shown[None], self.layers)
        total = shown.new_zeros(())
        for layer in self.layers:
            gram = self.grams[layer](features[layer].squeeze(0).float())
            distance = gram_distance(gram, self.goals[layer])
            total = total + (self.area * rooted(distance, GRAM_FLOOR)).sum()
        return total


def rooted(squared: Tensor, floor: float) -> Tensor:
    """The root of a squared distance, with a gradient that fades out below `floor`."""
    return (squared + floor**2).sqrt()


class ColourGoal:
    """How far a picture is from the colours that its things should have.

    Args:
        colours: (3, h, w) in Lab / 100, as `found_colours` gives them.
        weights: (R, h, w), how much of each cell belongs to each region.
        area: (R,) how much each region counts.
        like: (3, H, W), of the size of the pictures.
    """

    def __init__(self, colours: Tensor, weights: Tensor, area: Tensor, like: Tensor):
        self.colours = colours
        self.means = AreaMeans(like, colours.shape[1:])
        self.weights = weights.flatten(1) / weights.sum((1, 2)).clamp_min(1e-6)[:, None]
        self.area = area

    def __call__(self, picture: Tensor) -> Tensor:
        """The distance of a picture (3, H, W), sRGB-encoded: a scalar, in Lab / 100."""
        means = self.means(picture)
        apart = srgb_to_lab(means.flatten(1)) - self.colours.flatten(1)
        squares = apart.square().sum(0)
        return (self.area * rooted(self.weights @ squares, COLOUR_FLOOR)).sum()


class _ColourTransport:
    """The colour term: samples of each region move along directions towards the style's quantiles.

    Nothing is random: samples are spread evenly over a region, and the directions take turns, each turn spread evenly.

    Args:
        masks: (R, H, W).
        area: (R,) how much each region counts.
        goals: (R, D, Q) the style's quantiles.
        weights: of which the numbers of samples and of directions in a turn are used.
    """

    def __init__(self, masks: Tensor, area: Tensor, goals: Tensor, weights: FieldWeights):
        self.turns = max(1, goals.shape[1] // weights.slices)
        self.turn = torch.zeros(1, dtype=torch.int64, device=masks.device)
        self.along = _in_turns(directions(goals.shape[1]).to(goals), self.turns)
        self.parts: list[_RegionSamples] = []
        picked = []
        first = 0
        for mask, share, goal in zip(masks.flatten(1), area.tolist(), goals, strict=True):
            members = mask.gt(0.5).nonzero()[:, 0]
            if len(members) < FEWEST_MEMBERS or share <= 0:
                continue
            wanted = max(FEWEST_SAMPLES, round(weights.samples * share))
            chosen = members[evenly_spread(len(members), wanted).to(members.device)]
            picked.append(chosen)
            self.parts.append(
                _RegionSamples(slice(first, first + len(chosen)), _in_turns(quantiles(goal, len(chosen)), self.turns), share)
            )
            first += len(chosen)
        self.picked = masks.new_zeros(0, dtype=torch.int64)
        if picked:
            self.picked = torch.cat(picked)

    def begin(self) -> None:
        """Begin the turns anew."""
        self.turn.zero_()

    def __call__(self, colours: Tensor) -> Tensor:
        """The term for the colours (3, N) of a picture, along the directions whose turn it is."""
        total = colours.new_zeros(())
        if not self.parts:
            return total
        along = self.along.index_select(0, self.turn)[0]
        projected = along @ srgb_to_lab(colours.index_select(1, self.picked))
        for part in self.parts:
            samples = projected[:, part.place]
            targets = transport_targets(samples.detach(), part.levels.index_select(0, self.turn)[0])
            total = total + part.share * rooted((samples - targets).pow(2).mean(), COLOUR_FLOOR)
        self.turn.add_(1).remainder_(self.turns)
        return total


def _in_turns(rows: Tensor, turns: int) -> Tensor:
    """(turns, rows of a turn, ...) of rows (D, ...), each turn spread evenly over them; what is left over has no turn."""
    each = len(rows) // turns
    return rows[: each * turns].reshape(each, turns, *rows.shape[1:]).transpose(0, 1).contiguous()


@dataclass(frozen=True)
class _RegionSamples:
    """The samples of one region among those of all: where they lie, the levels they move to (turns, d, n), and their share."""

    place: slice
    levels: Tensor
    share: float
