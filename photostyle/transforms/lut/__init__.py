"""The best global LUT of a relit photo: a 3D table of colours that other programs can give to other photos.

A transfer depends on the place and the region as well as on the colour, a LUT on the colour alone: it is a least
squares fit, and `Error` says how much is lost.

    table           `Lut` and what its points are
    fitting         `fit_lut`, `blended_error`
    least_squares   the system that is solved for the table
    files           .cube and Hald CLUT
"""

from photostyle.transforms.colour_pairs import Error
from photostyle.transforms.lut.files import write_cube, write_hald
from photostyle.transforms.lut.fitting import blended_error, fit_lut
from photostyle.transforms.lut.table import Lut, identity

__all__ = [
    "Error",
    "Lut",
    "blended_error",
    "fit_lut",
    "identity",
    "write_cube",
    "write_hald",
]
