"""Methods: ways to find a transform.

method.py   `Method` and `Fitted`: what all methods have in common
field/      a small field of affine colour transforms, in seconds (the default)
pixels/     the paper's own solver: every pixel is an unknown (the reference)
paint/      the photo painted anew in a picture's hand, by optimisation
network.py  a trained network paints it

A method is loaded by `photostyle.registry.find_method`. Nothing here loads torch before a method is asked to fit.
"""

from photostyle.methods.method import Fitted, Method
from photostyle.registry import find_method, method_names, register

__all__ = ["Fitted", "Method", "find_method", "method_names", "register"]
