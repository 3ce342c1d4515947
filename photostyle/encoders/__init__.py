"""Encoders: frozen networks that give feature maps at named layers."""

from photostyle.encoders.compact import Compact
from photostyle.encoders.encoder import Encoder, Step, Window
from photostyle.encoders.load import EncoderName, Precision, computes_bfloat16, load_encoder, read_weights
from photostyle.encoders.vgg import Vgg16, Vgg19

__all__ = [
    "Compact",
    "Encoder",
    "EncoderName",
    "Precision",
    "Step",
    "Vgg16",
    "Vgg19",
    "Window",
    "computes_bfloat16",
    "load_encoder",
    "read_weights",
]
