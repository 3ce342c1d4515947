"""Looks: the style statistics of a photo, region by region; measured once, kept in a file, given to many photos.

statistics.py   `Look`, and how one is measured
exemplars.py    samples of its features, each with its colour
storage.py      a look in a file
"""

from photostyle.look.statistics import WHOLE, Look, look_of, measure_look
from photostyle.look.storage import SUFFIX, load_look, save_look

__all__ = ["SUFFIX", "WHOLE", "Look", "load_look", "look_of", "measure_look", "save_look"]
