"""The pixel solver: every pixel is an unknown, as in Luan et al. 2017. Kept as the reference for the field solver.

Two stages of L-BFGS, from noise without the Laplacian and then with it, and the released code's two filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from matting.laplacian import matting_laplacian
from photostyle.encoders import Encoder
from photostyle.errors import MaskError, OptionError
from photostyle.events import ProgressCallback, ignore, showing
from photostyle.methods.partners import partner_masks
from photostyle.methods.pixels.descent import descend
from photostyle.methods.pixels.local_affine import refine_posterization, smooth_local_affine
from photostyle.methods.pixels.objective import CODES, PixelObjective, PixelWeights
from photostyle.prepared import Prepared
from photostyle.regions import Pair

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # where the noise of stage 1 is centred: the zero of the paper's network
NOISE = 1e-4 / CODES  # its standard deviation


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


def solve_pixels(
    content: Tensor,
    content_masks: Tensor,
    style: Tensor,
    style_masks: Tensor,
    encoder: Encoder,
    weights: PixelWeights = PixelWeights(),  # noqa: B008 (frozen)
    seed: int = 0,
    callback: ProgressCallback = ignore,
    visible: Tensor | None = None,
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
        visible: (h, w) in [0, 1], how much of each pixel of the content is seen and counts for style; None for all.

    Raises:
        OptionError: if content or style is not (3, h, w).
        MaskError: if masks do not fit their photo, or are not as many for both.
    """
    _check(content, content_masks, style, style_masks)
    counted = content_masks
    if visible is not None:
        counted = content_masks * visible
    objective = PixelObjective(content, counted, style, style_masks, encoder, weights)
    without_partner = content_masks[~objective.matched].sum(0).clamp(0, 1)

    def kept(picture: Tensor) -> Tensor:
        """The picture, with the content's own colours in what has no partner."""
        return torch.lerp(picture, content, without_partner)

    tell = showing(callback, lambda picture: kept(picture).clamp(0, 1))
    noise = torch.randn(content.shape, generator=torch.Generator().manual_seed(seed)).to(content)
    start = content.new_tensor(IMAGENET_MEAN)[:, None, None] + noise * NOISE
    first = descend(lambda picture: objective(kept(picture)), start, weights, "stage 1", tell)
    laplacian = matting_laplacian(content, dtype=torch.float32)
    start = kept(first.picture).clamp(0, 1)
    second = descend(lambda picture: objective(kept(picture), laplacian), start, weights, "stage 2", tell)
    solved = kept(second.picture).clamp(0, 1)
    picture = smooth_local_affine(solved, content, weights.smooth_radius, weights.smooth_edge)
    if weights.refine:
        picture = refine_posterization(picture, content)
    history = first.history + second.history
    return PixelSolution(
        picture=kept(picture.clamp(0, 1)),
        history=history,
        iterations=len(history),
        converged=first.converged and second.converged,
        solved=solved,
    )


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
    visible = content.visible_at((small.shape[1], small.shape[2])).to(device)
    partners = partner_masks(style, pairs, (goal.shape[1], goal.shape[2])).to(device)
    return solve_pixels(small, masks, goal, partners, encoder, weights, seed, tell, visible)


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
