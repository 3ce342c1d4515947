"""The field: affine colour transforms on a bilateral grid per region, and how they are rendered.

bilateral.py   `BilateralField`: the tables of transforms, and how pixels meet them
guide.py       what the depth of the grid goes by
control.py     strength, light and colour apart
gain.py        how much a field may amplify
noise.py       how strong a photo's noise is, by region and tone
rolloff.py     highlights and shadows that bend instead of breaking
sample.py      the colours that a field was found on
beyond.py      what is done with other colours: held back, the further off the more
rendering.py   a field given to a photo of any size, strip by strip; loops.py are its compiled loops
transform.py   `FieldTransform`: a field with the regions and the making of it, as every transform is
"""

from photostyle.transforms.field.bilateral import BilateralField, GridSize, Slicer
from photostyle.transforms.field.control import controlled
from photostyle.transforms.field.gain import bounded
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.rendering import render, render_into
from photostyle.transforms.field.transform import FieldTransform

__all__ = [
    "BilateralField",
    "FieldTransform",
    "GridSize",
    "Guide",
    "Slicer",
    "bounded",
    "controlled",
    "render",
    "render_into",
]
