"""How close a result came to the style, and how much of the photo it kept: the numbers of the benchmark and of reports.

All take pictures as arrays (H, W, 3), sRGB-encoded in [0, 1], and are computed in float64.

    structure   edges kept: ssim, gssim, gstruct
    light       light order kept and inverted; pixels newly clipped
    affinity    aff: how far the result is from a locally affine change of the photo's colours
    style       distances to the style region by region: gram, cov, mean (of an encoder's features), swd (of colours)
    seams       seam: what the change has of edges along region borders, where the photo has none
    judging     `measure` and `Judge`: all of them for one result, or for many of one pair
"""

from photostyle.metrics.affinity import affine_residual
from photostyle.metrics.judging import Judge, measure
from photostyle.metrics.light import light_order, newly_clipped
from photostyle.metrics.seams import seam_energy
from photostyle.metrics.structure import gradient_similarity, gradient_structure, similarity
from photostyle.metrics.style import Moments, colour_quantiles, feature_moments, sliced_wasserstein

__all__ = [
    "Judge",
    "Moments",
    "affine_residual",
    "colour_quantiles",
    "feature_moments",
    "gradient_similarity",
    "gradient_structure",
    "light_order",
    "measure",
    "newly_clipped",
    "seam_energy",
    "similarity",
    "sliced_wasserstein",
]
