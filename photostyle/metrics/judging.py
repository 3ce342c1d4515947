"""All metrics of a result at once."""

import numpy as np
import torch

from photostyle.colour import luminance_of_pixels
from photostyle.errors import MaskError, PhotoError
from photostyle.metrics.affinity import affine_residual, laplacian_of
from photostyle.metrics.light import light_order, newly_clipped
from photostyle.metrics.seams import seam_energy
from photostyle.metrics.structure import gradient_similarity, gradient_structure, similarity
from photostyle.metrics.style import Judging, colour_quantiles, feature_moments, sliced_wasserstein

LEAST = 1e-3  # a region counts when it has this share of both photos
Masks = np.ndarray | torch.Tensor | None


class Judge:
    """Judges results of one content, style and masks; what does not depend on the result is computed once.

    Args:
        content, style: (H, W, 3), sRGB-encoded in [0, 1].
        content_masks, style_masks: (R, H, W) in [0, 1], each at its photo's size; row k of the one takes from row k of
            the other. None for the photos as wholes. Regions with under 0.1 % of either photo do not count.
        encoder: any of `photostyle.encoders`, or what has `style_layers`, a call and `spread` like theirs.

    Raises:
        PhotoError, MaskError: when shapes do not agree, or no region is in both photos.
    """

    def __init__(self, content: np.ndarray, style: np.ndarray, content_masks: Masks, style_masks: Masks, encoder: Judging):
        self.content, self.encoder = _checked("content", content), encoder
        ours, theirs = _planes(content_masks, content, "content"), _planes(style_masks, style, "style")
        if len(ours) != len(theirs):
            raise MaskError(f"masks must pair row by row, got {len(ours)} for the content and {len(theirs)} for the style")
        shares = ours.mean((1, 2), dtype=np.float64)
        self.used = np.minimum(shares, theirs.mean((1, 2), dtype=np.float64)) >= LEAST
        if not self.used.any():
            raise MaskError("no region has 0.1 % of both photos; give masks that pair")
        self.weights, self.cover = shares[self.used] / shares[self.used].sum(), float(shares[self.used].sum())
        self.all_masks = ours
        self.masks, style_rows = _with_whole(ours[self.used]), _with_whole(theirs[self.used])
        self.light, self.laplacian = luminance_of_pixels(self.content), laplacian_of(self.content)
        self.goal = feature_moments(_checked("style", style), style_rows, encoder)
        self.goal_quantiles = colour_quantiles(style, style_rows)

    def measure(self, result: np.ndarray) -> dict[str, float]:
        """Every metric of a result (H, W, 3) of the content's size; see `measure`."""
        if result.shape != self.content.shape:
            raise PhotoError(f"result must have the content's shape {self.content.shape}, got {result.shape}; resample it")
        light = luminance_of_pixels(_checked("result", result))
        order, inverted = light_order(self.light, light)
        found = {
            "ssim": similarity(self.light, light),
            "gssim": gradient_similarity(self.light, light),
            "gstruct": gradient_structure(self.light, light),
            "order": order,
            "inverted": inverted,
            "aff": affine_residual(self.laplacian, result),
            "clipped": newly_clipped(self.content, result),
            "seam": seam_energy(self.content, result, self.all_masks),
        }
        return {**found, **self._style(result), "regions": float(self.used.sum()), "cover": self.cover}

    def _style(self, result: np.ndarray) -> dict[str, float]:
        distances = feature_moments(result, self.masks, self.encoder).distances(self.goal)
        found = {name: float((d[:, :-1] @ self.weights).mean()) for name, d in distances.items()}
        quantiles = colour_quantiles(result, self.masks)
        swd = [sliced_wasserstein(q, goal) for q, goal in zip(quantiles, self.goal_quantiles, strict=True)]
        found["swd"] = float(np.dot(self.weights, swd[:-1]))
        return {**found, "gram_glob": float(distances["gram"][:, -1].mean()), "swd_glob": swd[-1]}


def measure(
    content: np.ndarray, result: np.ndarray, style: np.ndarray, content_masks: Masks, style_masks: Masks, encoder: Judging
) -> dict[str, float]:
    """Every metric of one result; for many results of one pair, make a `Judge` once.

    Args:
        content, result, style: (H, W, 3), sRGB-encoded in [0, 1]; the result in the content's size.
        content_masks, style_masks, encoder: see `Judge`.

    Returns:
        Kept of the photo: ssim, gssim, gstruct, order (1 is all), inverted, aff, clipped, seam (0 is best). Distance to
        the style, region by region weighted by area: gram, cov, mean (relative), swd (Lab units), and of the photos
        as wholes gram_glob, swd_glob (0 is the style). And regions, how many counted, and cover, their share.

    Raises:
        PhotoError, MaskError: see `Judge`.
    """
    return Judge(content, style, content_masks, style_masks, encoder).measure(result)


def _checked(role: str, pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.kind != "f":
        came = f"{pixels.dtype} {pixels.shape}"
        raise PhotoError(f"{role} must be floats (H, W, 3) in [0, 1], got {came}; divide 8-bit values by 255")
    return pixels


def _planes(masks: Masks, photo: np.ndarray, role: str) -> np.ndarray:
    """(R, H, W) float32 on the photo's grid; of the whole photo for None."""
    if masks is None:
        return np.ones((1, *photo.shape[:2]), np.float32)
    planes = np.asarray(masks.cpu() if isinstance(masks, torch.Tensor) else masks, np.float32)
    if planes.ndim != 3 or planes.shape[1:] != photo.shape[:2]:
        height, width = photo.shape[:2]
        raise MaskError(f"{role} masks must have shape (R, {height}, {width}), got {planes.shape}; resize them to the photo")
    return planes


def _with_whole(masks: np.ndarray) -> np.ndarray:
    """The masks and, last, one of the whole photo."""
    return np.concatenate([masks, np.ones_like(masks[:1])])
