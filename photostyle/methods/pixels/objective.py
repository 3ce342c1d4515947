"""What the pixel solver minimises: content, style, variation and photorealism (Luan et al. 2017, eq. 4)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.encoders import Encoder
from photostyle.losses import MaskedGram, content_distance, gram_distance, masked_gram, photorealism, total_variation
from photostyle.methods.partners import present_at_all_layers

CODES = 256.0  # the released code's inputs run from 0 to 256
FEATURE_SCALE = CODES * 0.226  # of its features to torchvision's, whose inputs are divided by about 0.226
RELATIVE_UNIT = 30.0  # paper's units, per pixel, of a feature distance as large as its goal


@dataclass(frozen=True)
class PixelWeights:
    """Weights of the objective's terms in the released code's units (see `PixelObjective`), and the shape of the solve.

    Args:
        content, style, variation, photorealism: the paper's (5, 100 for each layer, 1e-3, 1e4).
        steps: of each of the two stages.
        history: pairs of vectors that L-BFGS keeps; memory is 2 `history` pictures.
        rate: step length of L-BFGS, which has no line search.
        smooth_radius, smooth_edge: of the local affine filter at the end.
        refine: whether to add the content's fine detail back, as the paper's gallery does.
    """

    content: float = 5.0
    style: float = 100.0
    variation: float = 1e-3
    photorealism: float = 1e4
    steps: int = 1000
    history: int = 100
    rate: float = 1.0
    smooth_radius: int = 15
    smooth_edge: float = 0.01
    refine: bool = True


class PixelObjective:
    """sum_l alpha_l content + Gamma sum_l beta_l style + lambda sum_c V_c^T L V_c + variation (Luan 2017, eq. 4).

    In the units of the released code, whose network takes X = 256 x for our x in [0, 1], less a mean:

    - photorealism: its gradient `2 lambda L x / 256` in X is `2 lambda L x` in x, so the term is
      `lambda sum_c x_c^T L x_c`, a sum over pixels;
    - variation: `w / 2 sum |dX|^2 = w 256^2 / 2 sum |dx|^2`;
    - VGG with torchvision's weights takes (x - mean) / std. A ReLU network is homogeneous but for its biases, so the
      paper's features are about s = 256 std = 57.9 times ours, the content term `5 s^2 mean (F - P)^2`, and the style
      term, whose Gram matrices are divided by C and whose squares by C^2, `100 s^4 / C^4 area_r |G - G_s|^2`.
      torchvision's VGG was trained anew, with another spread of its layers: these are the paper's conventions, not its
      numbers;
    - another network's features have no such scale. Theirs are relative distances, `|F - P|^2 / |P|^2` and the mean
      over layers of `|G - G_s|^2 / |G_s|^2`, a distance of 1 counting `RELATIVE_UNIT` a pixel: so chosen that the
      Laplacian leaves about as much energy as in the paper's results.

    Args:
        content, style: (3, h, w) and (3, hs, ws) in [0, 1].
        content_masks, style_masks: (R, h, w) and (R, hs, ws), row by row pairs.
        encoder: in float32, since without a line search L-BFGS needs true gradients.
        weights: of the terms.
    """

    def __init__(
        self,
        content: Tensor,
        content_masks: Tensor,
        style: Tensor,
        style_masks: Tensor,
        encoder: Encoder,
        weights: PixelWeights,
    ):
        self.weights = weights
        self.encoder = encoder
        self.pixels = content[0].numel()
        self.layers = tuple(encoder.style_layers)
        self.wanted = tuple(dict.fromkeys((*self.layers, encoder.content_layer)))
        with torch.no_grad():
            content_spread = encoder.spread(content_masks[None], self.layers)
            style_spread = encoder.spread(style_masks[None], self.layers)
            style_features = encoder(style[None], self.layers)
            content_features = encoder(content[None], (encoder.content_layer,))
        self.content: Tensor = content_features[encoder.content_layer][0].float()
        self.goals: dict[str, Tensor] = {}
        self.grams: dict[str, MaskedGram] = {}
        for layer in self.layers:
            with torch.no_grad():
                self.goals[layer] = masked_gram(style_features[layer][0].float(), style_spread[layer][0].float())
            self.grams[layer] = MaskedGram(content_spread[layer][0].float())
        self.matched = present_at_all_layers(style_spread.values())
        areas = content_masks.mean((1, 2)) * self.matched
        self.style_factors = {layer: weights.style * areas * self._style_unit(layer) for layer in self.layers}
        self.content_factor = weights.content * self._content_unit()

    @property
    def absolute(self) -> bool:
        """Whether features are the paper's, but for their scale."""
        return str(self.encoder.name).startswith("vgg")

    def _style_unit(self, layer: str) -> Tensor | float:
        """How much a relative Gram distance of 1 counts: (R,) or one number for all."""
        if self.absolute:
            goal = self.goals[layer]
            return FEATURE_SCALE**4 / goal.shape[1] ** 4 * goal.pow(2).sum((1, 2))
        return RELATIVE_UNIT * self.pixels / len(self.layers)

    def _content_unit(self) -> float:
        """How much a squared difference of content features of 1 counts."""
        if self.absolute:
            return FEATURE_SCALE**2
        return RELATIVE_UNIT * self.pixels / max(float(self.content.pow(2).mean()), 1e-8)

    def __call__(self, picture: Tensor, laplacian: Tensor | None = None) -> dict[str, Tensor]:
        """The weighted terms for a picture (3, h, w); no photorealism without a Laplacian."""
        features: dict[str, Tensor] = {}
        for layer, maps in self.encoder(picture[None], self.wanted).items():
            features[layer] = maps[0].float()
        style = picture.new_zeros(())
        for layer in self.layers:
            distance = gram_distance(self.grams[layer](features[layer]), self.goals[layer])
            style = style + (self.style_factors[layer] * distance).sum()
        terms = {
            "style": style,
            "content": self.content_factor * content_distance(features[self.encoder.content_layer], self.content),
            "variation": self.weights.variation * CODES**2 / 2 * picture.numel() * total_variation(picture),
        }
        if laplacian is not None:
            terms["photorealism"] = self.weights.photorealism * self.pixels * photorealism(picture, laplacian)
        return terms
