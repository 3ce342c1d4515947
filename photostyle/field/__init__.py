"""The field: affine colour transforms on a bilateral grid per region, its closed-form start, and its rendering."""

from photostyle.field.bilateral import BilateralField, GridSize, Slicer, luminance
from photostyle.field.rendering import render
from photostyle.field.start import monge_kantorovich

__all__ = ["BilateralField", "GridSize", "Slicer", "luminance", "monge_kantorovich", "render"]
