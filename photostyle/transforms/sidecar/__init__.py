"""A change of colours as the settings of photo editors: XMP for Lightroom and Camera Raw, and for darktable.

sliders       `Sliders`, and our model of what an editor does with them
fitting       `fit_sliders`: the sliders that come closest to a change
camera_raw    sliders as a preset, a table of colours as a profile
adobe_table   how a profile holds its table
darktable     a sidecar that gives a photo a table of colours
"""

from photostyle.transforms.sidecar.camera_raw import write_preset, write_profile
from photostyle.transforms.sidecar.darktable import write_darktable
from photostyle.transforms.sidecar.fitting import fit_sliders
from photostyle.transforms.sidecar.sliders import Sliders, Tone

__all__ = [
    "Sliders",
    "Tone",
    "fit_sliders",
    "write_darktable",
    "write_preset",
    "write_profile",
]
