"""How close a result came to the style, and how much of the photo it kept: the numbers of the benchmark and of reports.

All take pictures as arrays (H, W, 3), sRGB-encoded in [0, 1], and are computed in float64.

    structure   edges kept: ssim, gssim, gstruct
    light       light order kept and inverted; pixels newly clipped
    affinity    aff: how far the result is from a locally affine change of the photo's colours
    features    distances to the style region by region, of an encoder's features: gram, cov, mean
    colours     swd: the distance of the regions' colours from the style's
    seams       seam: what the change has of edges along region borders, where the photo has none
    place       place: how much the change depends on place where the photo does not
    judging     `score_result` and `Judge`: all of them for one result, or for many of one pair
"""

from photostyle.metrics.affinity import affine_residual
from photostyle.metrics.colours import colour_distance, colour_quantiles
from photostyle.metrics.features import FeatureMoments, feature_moments
from photostyle.metrics.judging import Judge, score_result
from photostyle.metrics.light import light_order, newly_clipped
from photostyle.metrics.place import cell_features, place_spread
from photostyle.metrics.seams import seam_energy
from photostyle.metrics.structure import gradient_similarity, gradient_structure, similarity

__all__ = [
    "FeatureMoments",
    "Judge",
    "affine_residual",
    "cell_features",
    "colour_distance",
    "colour_quantiles",
    "feature_moments",
    "gradient_similarity",
    "gradient_structure",
    "light_order",
    "newly_clipped",
    "place_spread",
    "score_result",
    "seam_energy",
    "similarity",
]
