"""The pixel solver: every pixel is an unknown, as in Luan et al. 2017. Kept as the reference for the field solver.

Two stages of L-BFGS, from noise without the Laplacian and then with it, and the released code's two filters.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from matting.laplacian import matting_laplacian
from photostyle.encoders import Encoder
from photostyle.errors import MaskError, OptionError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.losses import MaskedGram, content_distance, gram_distance, masked_gram, photorealism, total_variation
from photostyle.methods.pixels.local_affine import refine_posterization, smooth_local_affine
from photostyle.prepared import Prepared
from photostyle.regions import Pair

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # where the noise of stage 1 is centred: the zero of the paper's network
CODES = 256.0  # the released code's inputs run from 0 to 256
FEATURE_SCALE = CODES * 0.226  # of its features to torchvision's, whose inputs are divided by about 0.226
RELATIVE_UNIT = 30.0  # paper's units, per pixel, of a feature distance as large as its goal
EXPLODED = 10.0  # times its first value, at which an objective has diverged
RESTARTS = 4


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


@dataclass(frozen=True)
class PixelSolution:
    """What the pixel solver made.

    Args:
        picture: (3, h, w) in [0, 1], after the filters.
        history: the objective's terms and their total after each step, of stage 1 and then of stage 2.
        iterations: steps taken in both stages together.
        converged: False if a stage diverged, again and again from ever shorter steps, and had to stop.
        solved: (3, h, w) in [0, 1], before the filters.
    """

    picture: Tensor
    history: list[dict[str, float]]
    iterations: int
    converged: bool
    solved: Tensor


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
        encoder: an `Encoder`; in float32, since without a line search L-BFGS needs true gradients.
        w: the weights.
    """

    def __init__(self, content: Tensor, content_masks: Tensor, style: Tensor, style_masks: Tensor, encoder, w: PixelWeights):
        self.w, self.encoder, self.pixels = w, encoder, content[0].numel()
        self.layers = tuple(encoder.style_layers)
        self.wanted = tuple(dict.fromkeys((*self.layers, encoder.content_layer)))
        with torch.no_grad():
            ours, theirs = encoder.spread(content_masks[None], self.layers), encoder.spread(style_masks[None], self.layers)
            features = encoder(style[None], self.layers)
            self.goals = {n: masked_gram(features[n][0].float(), theirs[n][0].float()) for n in self.layers}
            self.content = encoder(content[None], (encoder.content_layer,))[encoder.content_layer][0].float()
        self.grams = {n: MaskedGram(ours[n][0].float()) for n in self.layers}
        self.matched = torch.stack([theirs[n][0].flatten(1).amax(1) > 1e-3 for n in self.layers]).all(0)
        self.areas = content_masks.mean((1, 2)) * self.matched
        self.style_factors = {n: w.style * self.areas * self._style_unit(n) for n in self.layers}
        self.content_factor = w.content * self._content_unit()

    @property
    def absolute(self) -> bool:
        """Whether features are the paper's, but for their scale."""
        return self.encoder.name.startswith("vgg")

    def _style_unit(self, layer: str) -> Tensor | float:
        """What a relative Gram distance of 1 counts: (R,) or one number for all."""
        if self.absolute:
            goal = self.goals[layer]
            return FEATURE_SCALE**4 / goal.shape[1] ** 4 * goal.pow(2).sum((1, 2))
        return RELATIVE_UNIT * self.pixels / len(self.layers)

    def _content_unit(self) -> float:
        """What a squared difference of content features of 1 counts."""
        if self.absolute:
            return FEATURE_SCALE**2
        return RELATIVE_UNIT * self.pixels / max(float(self.content.pow(2).mean()), 1e-8)

    def __call__(self, picture: Tensor, laplacian: Tensor | None = None) -> dict[str, Tensor]:
        """The weighted terms for a picture (3, h, w); no photorealism without a Laplacian."""
        features = {n: f[0].float() for n, f in self.encoder(picture[None], self.wanted).items()}
        distances = {n: gram_distance(self.grams[n](features[n]), self.goals[n]) for n in self.layers}
        terms = {
            "style": sum((self.style_factors[n] * distances[n]).sum() for n in self.layers),
            "content": self.content_factor * content_distance(features[self.encoder.content_layer], self.content),
            "variation": self.w.variation * CODES**2 / 2 * picture.numel() * total_variation(picture),
        }
        if laplacian is not None:
            terms["photorealism"] = self.w.photorealism * self.pixels * photorealism(picture, laplacian)
        return terms


@dataclass(frozen=True)
class _Descent:
    """How a stage ended: the picture of the lowest total, the terms after each step, and whether it stayed finite."""

    picture: Tensor
    history: list[dict[str, float]]
    converged: bool


class _Lbfgs:
    """torch.optim.LBFGS over a picture, a step at a time, as torch's Lua ancestor of the released code took them.

    The unknown z is a step from the start in such a unit that the very first step, which L-BFGS takes of length
    |z|_1 = 1, moves a value by 1 / 256 on average. In the released code's unit it moves all values by 1 / 256
    together, which float32 rounds away.
    """

    def __init__(self, start: Tensor, rate: float, history: int):
        self.start, self.unit = start, start.numel() / CODES
        self.z = torch.zeros_like(start, requires_grad=True)
        self.optimiser = torch.optim.LBFGS(
            [self.z], lr=rate, max_iter=1, tolerance_grad=0, tolerance_change=-1, history_size=history
        )

    def picture(self) -> Tensor:
        return self.start + self.unit * self.z

    def step(self, evaluate: Callable[[Tensor], Tensor]) -> None:
        def closure() -> Tensor:
            self.optimiser.zero_grad()
            total = evaluate(self.picture())
            total.backward()
            return total

        self.optimiser.step(closure)


def _descend(
    terms_of: Callable[[Tensor], dict[str, Tensor]], start: Tensor, w: PixelWeights, stage: str, tell: ProgressCallback
) -> _Descent:
    """Minimise from a start: if the total is no number or explodes, again from the best picture with half the rate."""
    best, lowest = start, math.inf
    rate, history = w.rate, []
    solver = _Lbfgs(start, rate, w.history)

    def evaluate(picture: Tensor) -> Tensor:
        nonlocal best, lowest
        terms = terms_of(picture)
        total = sum(terms.values())
        history.append({name: float(term.detach()) for name, term in terms.items()} | {"total": float(total.detach())})
        if history[-1]["total"] < lowest:
            best, lowest = picture.detach().clone(), history[-1]["total"]
        return total

    for step in range(w.steps):
        solver.step(evaluate)
        if not history[-1]["total"] <= EXPLODED * history[0]["total"]:
            rate /= 2
            if rate < w.rate / 2**RESTARTS:
                return _Descent(best, history, False)
            solver = _Lbfgs(best, rate, w.history)
        if step:
            tell(Progress(stage, step, w.steps, history[-1]))
    with torch.no_grad():
        evaluate(solver.picture())
    tell(Progress(stage, w.steps, w.steps, history[-1]))
    return _Descent(best, history[1:], True)


def solve_pixels(
    content: Tensor,
    content_masks: Tensor,
    style: Tensor,
    style_masks: Tensor,
    encoder,
    weights: PixelWeights = PixelWeights(),  # noqa: B008 (frozen)
    seed: int = 0,
    callback: ProgressCallback = ignore,
) -> PixelSolution:
    """Give content the style, pixel by pixel, region by region (Luan et al. 2017).

    Departures from the released code: masks that do not dim at the photo's border (`Encoder.spread`); the exact
    derivative at soft masks; the picture of the lowest objective is kept, not the last; what has no partner, a row
    whose style mask is empty, keeps the content's own colours, where the code drives it towards features of zero.

    Args:
        content: (3, h, w) at working size, in [0, 1]; the paper's is 700 px.
        content_masks: (R, h, w) in [0, 1].
        style: (3, hs, ws), in [0, 1].
        style_masks: (R, hs, ws); row r is what row r of the content's masks takes from.
        encoder: an `Encoder` in float32; the paper's is vgg19.
        weights: of the objective, and the steps.
        seed: of the noise that stage 1 begins with.
        callback: told of each step of "stage 1" and "stage 2", with the terms of the objective.

    Raises:
        OptionError: if content or style is not (3, h, w).
        MaskError: if masks do not fit their photo, or are not as many for both.
    """
    _check(content, content_masks, style, style_masks)
    objective = PixelObjective(content, content_masks, style, style_masks, encoder, weights)
    orphans = content_masks[~objective.matched].sum(0).clamp(0, 1)
    kept = lambda picture: torch.lerp(picture, content, orphans)
    noise = torch.randn(content.shape, generator=torch.Generator().manual_seed(seed)).to(content)
    start = content.new_tensor(IMAGENET_MEAN)[:, None, None] + noise * (1e-4 / CODES)
    first = _descend(lambda v: objective(kept(v)), start, weights, "stage 1", callback)
    laplacian = matting_laplacian(content, dtype=torch.float32)
    start = kept(first.picture).clamp(0, 1)
    second = _descend(lambda v: objective(kept(v), laplacian), start, weights, "stage 2", callback)
    solved = kept(second.picture).clamp(0, 1)
    picture = smooth_local_affine(solved, content, weights.smooth_radius, weights.smooth_edge)
    if weights.refine:
        picture = refine_posterization(picture, content)
    history = first.history + second.history
    return PixelSolution(kept(picture.clamp(0, 1)), history, len(history), first.converged and second.converged, solved)


def solve_prepared(
    content: Prepared,
    style: Prepared,
    pairs: Sequence[Pair],
    encoder: Encoder,
    weights: PixelWeights,
    *,
    size: int,
    seed: int,
    device: torch.device,
    tell: ProgressCallback = ignore,
) -> PixelSolution:
    """`solve_pixels` for prepared photos, both with a long side of at most `size` pixels."""
    small = content.at_working_size(size, smallest=encoder.smallest).to(device)
    goal = style.at_working_size(size, smallest=encoder.smallest).to(device)
    masks = content.masks_at((small.shape[1], small.shape[2])).to(device)
    style_masks = style.masks_at((goal.shape[1], goal.shape[2])).to(device)
    partners = []
    for pair in pairs:
        if pair.style:
            partners.append(style_masks[style.regions.index(pair.style)])
        elif pair.kind == "whole":
            partners.append(torch.ones_like(style_masks[0]))
        else:
            partners.append(torch.zeros_like(style_masks[0]))
    return solve_pixels(small, masks, goal, torch.stack(partners), encoder, weights, seed, tell)


def _check(content: Tensor, content_masks: Tensor, style: Tensor, style_masks: Tensor) -> None:
    for role, photo, masks in (("content", content, content_masks), ("style", style, style_masks)):
        if photo.ndim != 3 or len(photo) != 3:
            raise OptionError(f"{role} must have shape (3, h, w), got {tuple(photo.shape)}; give RGB without a batch axis")
        if masks.ndim != 3 or masks.shape[1:] != photo.shape[1:]:
            expected = f"(R, {photo.shape[1]}, {photo.shape[2]})"
            raise MaskError(f"{role} masks must have shape {expected}, got {tuple(masks.shape)}; resize them to the photo")
    if len(content_masks) != len(style_masks):
        counts = f"{len(content_masks)} and {len(style_masks)}"
        raise MaskError(f"content and style must have as many masks, got {counts}; give a row, empty or not, for each")
