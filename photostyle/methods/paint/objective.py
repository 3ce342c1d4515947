"""What a painting minimises at one scale: what the photo shows, the styles' hand, their colours, and a little smoothness."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import Encoder
from photostyle.errors import OptionError
from photostyle.losses import total_variation
from photostyle.methods.paint import Normalise, PaintOptions
from photostyle.methods.paint.hands import CLASSIC_UNIT, Moments, Styled, hand_named
from photostyle.methods.paint.tiles import Box, boxes
from photostyle.methods.partners import present_at_all_layers

# The weights of the relative terms, which options multiply. All distances are relative there, so that one set of weights serves
# every encoder and every size.
CONTENT = 1.5
STYLE = 1.0
COLOUR = 0.3
COLOUR_BESIDE_NEAREST = 1.2  # matched features are centred and know no share of a colour in the whole: with less, colours drift
VARIATION = 2.0

CONTENT_LAYERS = {"compact": "relu3_1"}  # most channels of its own content layer, relu4_1, are dead
PIXELS = "pixels"
FRAME = 16  # pixels of mirror round a picture, the coarsest stride: an encoder's own padding shows as specks along the edge


@dataclass(frozen=True)
class StyleAtScale:
    """A style picture at the size of one scale.

    Args:
        picture: (3, h, w) in [0, 1].
        masks: (R, h, w), what each region of the content takes from.
        shares: (R,), of this style in each region; those of all styles sum to 1.
    """

    picture: Tensor
    masks: Tensor
    shares: Tensor


class PaintObjective:
    """content |F - P|^2 + style sum_r area_r sum_l w_l d_l + colour + variation (Gatys et al. 2016, eq. 7).

    Args:
        content: (3, h, w) in [0, 1].
        content_masks: (R, h, w).
        styles: at least one; a region that has no part of any is left out.
        encoder: in float32.
        settings: weights, layers, and what the hand is.
    """

    def __init__(
        self, content: Tensor, content_masks: Tensor, styles: Sequence[StyleAtScale], encoder: Encoder, settings: PaintOptions
    ):
        self.settings = settings
        self.encoder = encoder
        self.size = (content.shape[1], content.shape[2])
        self.layers = layer_weights(settings.style_layers or encoder.style_layers, encoder)
        self.shows = layer_weights(settings.content_layers or content_layers(encoder), encoder)
        self.content_masks = content_masks
        self.random = Random(0)
        with torch.no_grad():
            spread = encoder.spread(content_masks[None], tuple(self.layers))
            self.masks = {layer: _share_of_all(spread[layer][0].float()) for layer in self.layers}
            self.pixel_masks = {PIXELS: _share_of_all(content_masks)}
            styled = [self._styled(style) for style in styles]
            self.hand = hand_named(settings.hand, styled, settings.normalise)
            self.colours = Moments([Styled({PIXELS: s.picture}, {PIXELS: s.masks}, s.shares) for s in styles])
            self.content = self._whole_features(content, tuple(self.shows))
            self.content_unit = {layer: self.content[layer].pow(2).sum().clamp_min(1e-8) for layer in self.shows}
            self.areas = content_masks.mean((1, 2)) * torch.stack([style.shares for style in styles]).sum(0)
            for each in styled:
                self.areas = self.areas * torch.maximum(
                    present_at_all_layers(m[None] for m in each.masks.values()), each.shares <= 0
                )

    def __call__(self, picture: Tensor, content_factor: float = 1.0) -> tuple[dict[str, float], Tensor]:
        """The weighted terms of a picture (3, h, w), and the gradient of their sum; a large picture is worked on by tiles.

        The statistics of the hand are those of the whole picture: the tiles' sums are added up first, and what the distances
        say of them goes back through each tile.
        """
        picture = picture.detach()
        parts = boxes(*self.size, self.random)
        with torch.enable_grad():
            unknown = picture.clone().requires_grad_()
            terms = self._pixel_terms(unknown)
            if len(parts) == 1:
                terms |= self._feature_terms(self._sums(unknown, parts[0]), content_factor)
                (gradient,) = torch.autograd.grad(_total(terms), unknown)
            else:
                (gradient,) = torch.autograd.grad(_total(terms), unknown)
                terms |= self._add_by_tiles(picture, parts, content_factor, gradient)
        return _numbers(terms), gradient

    @property
    def colour_goal(self) -> Tensor:
        """(R, 4, 4) the second moments of the styles' colours, with a 1 beside them."""
        return self.colours.goals[PIXELS]

    def _styled(self, style: StyleAtScale) -> Styled:
        """The features of a style, and its masks at the layers."""
        layers = tuple(self.layers)
        spread = self.encoder.spread(style.masks[None], layers)
        features = self._whole_features(style.picture, layers)
        return Styled(features, {layer: spread[layer][0].float() for layer in layers}, style.shares)

    def _whole_features(self, picture: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """Layer -> (C, h, w) of a whole picture, by tiles where it is large."""
        height, width = picture.shape[1:]
        parts = boxes(height, width, Random(0))
        found = {}
        for box in parts:
            features = self._features(_seen(picture, box), box, layers)
            if len(parts) == 1:
                return features
            for layer, own in features.items():
                stride = self.encoder.strides[layer]
                if layer not in found:
                    found[layer] = own.new_empty((len(own), height // stride, width // stride))
                box.own(found[layer], stride).copy_(own)
        return found

    def _features(self, seen: Tensor, box: Box, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """Layer -> (C, h, w) of a box, from what is seen of a picture there."""
        features = self.encoder(_framed(seen), layers)
        found = {}
        for layer in layers:
            stride = self.encoder.strides[layer]
            inside = features[layer][0, :, FRAME // stride :, FRAME // stride :]
            found[layer] = box.counted(inside.float(), stride)
        return found

    def _sums(self, seen: Tensor, box: Box) -> dict[str, Tensor]:
        """What is measured of a box of a picture: the sums of the hand, and under "content LAYER" squared distances."""
        features = self._features(seen, box, tuple(dict.fromkeys((*self.layers, *self.shows))))
        strides = self.encoder.strides
        masks = {layer: box.own(self.masks[layer], strides[layer]) for layer in self.layers}
        sums = self.hand.sums({layer: features[layer] for layer in self.layers}, masks)
        for layer in self.shows:
            sums[f"content {layer}"] = (features[layer] - box.own(self.content[layer], strides[layer])).pow(2).sum()
        return sums

    def _add_by_tiles(self, picture: Tensor, parts: Sequence[Box], factor: float, gradient: Tensor) -> dict[str, Tensor]:
        """The terms of features of a large picture; their gradient is added to another."""
        whole: dict[str, Tensor] = {}
        with torch.no_grad():
            for box in parts:
                for name, value in self._sums(_seen(picture, box), box).items():
                    whole[name] = whole[name] + value if name in whole else value
        leaves = {name: value.requires_grad_() for name, value in whole.items()}
        terms = self._feature_terms(leaves, factor)
        slopes = torch.autograd.grad(_total(terms), list(leaves.values()))
        for box in parts:
            tile = _seen(picture, box).clone().requires_grad_()
            sums = self._sums(tile, box)
            along = torch.stack([(slope * sums[name]).sum() for name, slope in zip(leaves, slopes, strict=True)]).sum()
            _seen(gradient, box).add_(torch.autograd.grad(along, tile)[0])
        return terms

    def _pixel_terms(self, picture: Tensor) -> dict[str, Tensor]:
        terms = {}
        settings = self.settings
        if settings.colour_weight:
            apart = self.colours.distances(self.colours.sums({PIXELS: picture}, self.pixel_masks))[PIXELS]
            usual = COLOUR_BESIDE_NEAREST if settings.hand == "nn" else COLOUR
            terms["colour"] = usual * settings.colour_weight * (self.areas * apart).sum()
        terms["variation"] = settings.variation_weight * _variation(picture, settings.normalise)
        return terms

    def _feature_terms(self, sums: dict[str, Tensor], factor: float) -> dict[str, Tensor]:
        """Content, and the hand by layer, from what is measured of the whole picture."""
        settings = self.settings
        relative = settings.normalise == "relative"
        content = torch.stack(
            [weight * self._away(layer, sums[f"content {layer}"]) for layer, weight in self.shows.items()]
        ).sum()
        terms = {"content": (CONTENT if relative else 1.0) * settings.content_weight * factor * content}
        own = {name: value for name, value in sums.items() if not name.startswith("content ")}
        usual = STYLE if relative else 1.0
        for layer, apart in self.hand.distances(own).items():
            weight = self.layers.get(layer, 1.0)
            terms[f"style {layer}"] = usual * settings.style_weight * weight * (self.areas * apart).sum()
        return terms

    def _away(self, layer: str, squares: Tensor) -> Tensor:
        """How far the features of a layer are from the photo's, from the sum of squares."""
        normalise = self.settings.normalise
        if normalise == "relative":
            return squares / self.content_unit[layer]
        if normalise == "gatys":
            return squares / 2 * CLASSIC_UNIT**2
        return squares / self.content[layer].numel() * CLASSIC_UNIT**2


def _variation(picture: Tensor, normalise: Normalise) -> Tensor:
    """The variation of a picture (3, h, w): that of `total_variation`, or as the classics have it.

    fast-neural-style takes half the sum of squared differences of pixels from 0 to 255; TensorFlow's `total_variation` the sum
    of absolute differences, in 0 to 1.
    """
    if normalise == "relative":
        return VARIATION * total_variation(picture)
    steps = (picture.diff(dim=-1), picture.diff(dim=-2))
    if normalise == "johnson":
        return torch.stack([step.pow(2).sum() for step in steps]).sum() / 2 * 255**2
    return torch.stack([step.abs().sum() for step in steps]).sum()


def content_layers(encoder: Encoder) -> tuple[str, ...]:
    """The layers that say what a photo shows, where none are named."""
    return (CONTENT_LAYERS.get(encoder.name, encoder.content_layer),)


def layer_weights(texts: Sequence[str], encoder: Encoder) -> dict[str, float]:
    """Layers and their weights, which sum to 1, from names such as "relu1_1", or "relu1_1=4".

    Raises:
        OptionError: the encoder has no such layer, or a weight is no number above 0.
    """
    weights = {}
    for text in texts:
        name, sign, number = text.partition("=")
        try:
            weight = float(number) if sign else 1.0
        except ValueError:
            weight = 0.0
        if not 0 < weight < float("inf"):
            raise OptionError(f"a layer's weight must be a number above 0, as in {name}=2, got {text!r}")
        if name not in encoder.layers:
            raise OptionError(f"{encoder.name} has no layer {name!r}; it has {', '.join(encoder.layers)}")
        weights[name] = weight
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _share_of_all(masks: Tensor) -> Tensor:
    """(R, h, w) masks whose weights sum to 1 in each region; zeros where it is empty."""
    return masks / masks.sum((1, 2), keepdim=True).clamp_min(1e-6)


def _seen(picture: Tensor, box: Box) -> Tensor:
    """What is seen of a picture (3, h, w) from a box: a view of it."""
    rows, columns = box.seen
    return picture[:, rows, columns]


def _total(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(terms.values())).sum()


def _numbers(terms: dict[str, Tensor]) -> dict[str, float]:
    """The terms as numbers; the hand as a whole beside its layers, and the total."""
    numbers = {name: float(term.detach()) for name, term in terms.items()}
    total = sum(numbers.values())
    style = sum(value for name, value in numbers.items() if name.startswith("style "))
    return {**numbers, "style": style, "total": total}


def _framed(picture: Tensor) -> Tensor:
    """A picture (3, h, w) as a batch of one, with `FRAME` pixels of mirror round it."""
    mode = "reflect" if min(picture.shape[1:]) > FRAME else "replicate"
    return F.pad(picture[None], (FRAME, FRAME, FRAME, FRAME), mode=mode)
