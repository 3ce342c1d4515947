"""Colour arithmetic that everything else builds on: one luminance, colour spaces, moments and transport.

Knows nothing else of photostyle. Colours are sRGB-encoded in [0, 1] unless a function says otherwise. Functions take torch
tensors with the channels first; those whose names end in `_of_pixels` or begin with `pixels_of_` take numpy arrays (H, W, 3).

    luminance   luma (Rec. 601), the only measure of how bright a colour is
    lab         CIE L*a*b* and back
    oklab       OKLab and back
    srgb        the transfer curve of sRGB, and how it goes on outside [0, 1]
    moments     weighted mean and covariance of colours
    samples     some of many, spread evenly
    constants   small tables of numbers, once on each device
    transport   the linear map between two Gaussians; sliced Wasserstein distance between two sets of colours
"""

from photostyle.colour.constants import constant
from photostyle.colour.lab import lab_of_pixels, lab_to_srgb, pixels_of_lab, srgb_to_lab
from photostyle.colour.luminance import LUMA, luminance, luminance_of_pixels
from photostyle.colour.moments import colour_moments
from photostyle.colour.oklab import oklab_of_pixels, oklab_to_srgb, pixels_of_oklab, srgb_to_oklab
from photostyle.colour.samples import evenly_spread
from photostyle.colour.transport import (
    QUANTILES,
    directions,
    monge_kantorovich,
    quantiles,
    sliced_transfer,
    sliced_wasserstein,
    transport_targets,
)

__all__ = [
    "LUMA",
    "QUANTILES",
    "colour_moments",
    "constant",
    "directions",
    "evenly_spread",
    "lab_of_pixels",
    "lab_to_srgb",
    "luminance",
    "luminance_of_pixels",
    "monge_kantorovich",
    "oklab_of_pixels",
    "oklab_to_srgb",
    "pixels_of_lab",
    "pixels_of_oklab",
    "quantiles",
    "sliced_transfer",
    "sliced_wasserstein",
    "srgb_to_lab",
    "srgb_to_oklab",
    "transport_targets",
]
