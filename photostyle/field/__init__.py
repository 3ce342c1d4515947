"""The field: affine colour transforms on a bilateral grid per region, and its rendering."""

from photostyle.field.bilateral import BilateralField, GridSize, Slicer
from photostyle.field.control import controlled
from photostyle.field.gain import bounded
from photostyle.field.guide import Guide
from photostyle.field.rendering import Clipped, render, render_into
from photostyle.field.storage import Facts, StoredField, load_field, save_field

__all__ = [
    "BilateralField",
    "Clipped",
    "Facts",
    "GridSize",
    "Guide",
    "Slicer",
    "StoredField",
    "bounded",
    "controlled",
    "load_field",
    "render",
    "render_into",
    "save_field",
]
