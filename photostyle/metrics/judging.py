"""All metrics of a result at once."""

import numpy as np
import torch

from photostyle.colour import luminance_of_pixels
from photostyle.errors import MaskError, PhotoError
from photostyle.metrics.affinity import affine_residual, laplacian_of
from photostyle.metrics.colours import colour_distance, colour_quantiles
from photostyle.metrics.features import FeatureEncoder, feature_moments
from photostyle.metrics.light import light_order, newly_clipped
from photostyle.metrics.place import cell_features, place_spread
from photostyle.metrics.seams import seam_energy
from photostyle.metrics.structure import gradient_similarity, gradient_structure, similarity

LEAST_SHARE = 1e-3  # a region counts when it has this share of both photos
Masks = np.ndarray | torch.Tensor | None


class Judge:
    """Judges results of one content, style and masks; what does not depend on the result is computed once.

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].
        style: (H, W, 3), sRGB-encoded in [0, 1], of any size.
        content_masks: (R, H, W) in [0, 1] at the content's size; None for the photo as a whole.
        style_masks: (R, H, W) in [0, 1] at the style's size; row k of the content takes from row k of the style.
            Regions with under 0.1 % of either photo do not count.
        encoder: any of `photostyle.encoders`, or what has `style_layers`, a call, `spread` and a layer relu3_1 like theirs.

    Raises:
        PhotoError: a picture is not (H, W, 3) floats.
        MaskError: masks do not fit their photo or each other, or no region is in both photos.
    """

    def __init__(
        self,
        content: np.ndarray,
        style: np.ndarray,
        content_masks: Masks,
        style_masks: Masks,
        encoder: FeatureEncoder,
    ) -> None:
        _check_picture("content", content)
        _check_picture("style", style)
        self.content = content
        self.encoder = encoder
        self.all_masks = _planes(content_masks, content, "content")
        style_planes = _planes(style_masks, style, "style")
        shares = _shares(self.all_masks, style_planes)
        self.used = shares > 0
        self.cover = float(shares[self.used].sum())
        self.weights = shares[self.used] / shares[self.used].sum()
        self.masks = _with_whole(self.all_masks[self.used])
        self.light = luminance_of_pixels(content)
        self.laplacian = laplacian_of(content)
        self.features = cell_features(content, encoder)
        goal_masks = _with_whole(style_planes[self.used])
        self.goal = feature_moments(style, goal_masks, encoder)
        self.goal_quantiles = colour_quantiles(style, goal_masks)

    def score(self, result: np.ndarray) -> dict[str, float]:
        """Every metric of a result (H, W, 3) of the content's size, by name; see `score_result`.

        Raises:
            PhotoError: the result has another shape, or does not hold floats.
        """
        if result.shape != self.content.shape:
            raise PhotoError(f"result must have the content's shape {self.content.shape}, got {result.shape}; resample it")
        _check_picture("result", result)
        found = self._kept(result)
        found.update(self._style(result))
        found["regions"] = float(self.used.sum())
        found["cover"] = self.cover
        return found

    def _kept(self, result: np.ndarray) -> dict[str, float]:
        """What the result kept of the photo."""
        light = luminance_of_pixels(result)
        order, inverted = light_order(self.light, light)
        return {
            "ssim": similarity(self.light, light),
            "gssim": gradient_similarity(self.light, light),
            "gstruct": gradient_structure(self.light, light),
            "order": order,
            "inverted": inverted,
            "aff": affine_residual(self.laplacian, result),
            "clipped": newly_clipped(self.content, result),
            "seam": seam_energy(self.content, result, self.all_masks),
            "place": place_spread(self.content, result, self.all_masks, self.features),
        }

    def _style(self, result: np.ndarray) -> dict[str, float]:
        """The distances of the result from the style; the last region of each is the whole photo."""
        distances = feature_moments(result, self.masks, self.encoder).distances(self.goal)
        found = {}
        for name, of_regions in distances.items():
            found[name] = float((of_regions[:, :-1] @ self.weights).mean())
        colours = []
        for quantiles, goal in zip(colour_quantiles(result, self.masks), self.goal_quantiles, strict=True):
            colours.append(colour_distance(quantiles, goal))
        found["swd"] = float(np.dot(self.weights, colours[:-1]))
        found["gram_glob"] = float(distances["gram"][:, -1].mean())
        found["swd_glob"] = colours[-1]
        return found


def score_result(
    content: np.ndarray,
    result: np.ndarray,
    style: np.ndarray,
    content_masks: Masks,
    style_masks: Masks,
    encoder: FeatureEncoder,
) -> dict[str, float]:
    """Every metric of one result; for many results of one pair, make a `Judge` once.

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].
        result: (H, W, 3), of the content's size.
        style: (H, W, 3), of any size.
        content_masks: see `Judge`.
        style_masks: see `Judge`.
        encoder: see `Judge`.

    Returns:
        Kept of the photo: ssim, gssim, gstruct, order (1 is all), inverted, aff, clipped, seam (0 is best). Change that
        depends on place where the photo does not: place (Lab units, 0 is best). Distance to the style, region by region
        weighted by area: gram, cov, mean (relative), swd (Lab units), and of the photos as wholes gram_glob, swd_glob
        (0 is the style). And regions, how many counted, and cover, their share.

    Raises:
        PhotoError: see `Judge`; or the result has another shape than the content.
        MaskError: see `Judge`.
    """
    return Judge(content, style, content_masks, style_masks, encoder).score(result)


def _check_picture(role: str, pixels: np.ndarray) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.kind != "f":
        came = f"{pixels.dtype} {pixels.shape}"
        raise PhotoError(f"{role} must be floats (H, W, 3) in [0, 1], got {came}; divide 8-bit values by 255")


def _planes(masks: Masks, photo: np.ndarray, role: str) -> np.ndarray:
    """(R, H, W) float32 on the photo's grid; of the whole photo for None."""
    height, width = photo.shape[:2]
    if masks is None:
        return np.ones((1, height, width), np.float32)
    if isinstance(masks, torch.Tensor):
        masks = masks.detach().cpu().numpy()
    planes = np.asarray(masks, np.float32)
    if planes.ndim != 3 or planes.shape[1:] != (height, width):
        raise MaskError(f"{role} masks must have shape (R, {height}, {width}), got {planes.shape}; resize them to the photo")
    return planes


def _shares(content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """(R,) the share of the content that each region has, 0 where it has too little of either photo to count."""
    if len(content) != len(style):
        came = f"{len(content)} for the content and {len(style)} for the style"
        raise MaskError(f"masks must pair row by row, got {came}; give as many of each")
    shares = content.mean((1, 2), dtype=np.float64)
    least = np.minimum(shares, style.mean((1, 2), dtype=np.float64))
    used = np.where(least >= LEAST_SHARE, shares, 0)
    if not used.any():
        raise MaskError("no region has 0.1 % of both photos; give masks that pair")
    return used


def _with_whole(masks: np.ndarray) -> np.ndarray:
    """The masks and, last, one of the whole photo."""
    return np.concatenate([masks, np.ones_like(masks[:1])])
