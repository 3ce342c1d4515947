"""Encoders: frozen networks that give feature maps at named layers.

encoder   what all have in common: layers, strides, feature maps, and masks carried to a layer
compact   the small network that ships with photostyle, of four levels
compact5  the other one that ships, of five levels
vgg       VGG-16 and VGG-19, the paper's
load      `load_encoder`: one of them by name, with its weights
"""

from photostyle.encoders.compact import Compact
from photostyle.encoders.compact5 import Compact5
from photostyle.encoders.encoder import Encoder, Step, Window
from photostyle.encoders.load import EncoderPrecision, computes_bfloat16, load_encoder, read_weights
from photostyle.encoders.vgg import Vgg16, Vgg19

__all__ = [
    "Compact",
    "Compact5",
    "Encoder",
    "EncoderPrecision",
    "Step",
    "Vgg16",
    "Vgg19",
    "Window",
    "computes_bfloat16",
    "load_encoder",
    "read_weights",
]
