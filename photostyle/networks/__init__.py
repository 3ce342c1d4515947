"""Trainable networks in plain torch, one file an architecture."""

from photostyle.networks.autoencoder import Autoencoder, AutoencoderShape
from photostyle.networks.autoencoder_file import TrainedAutoencoder, load_autoencoder
from photostyle.networks.fpn import Fpn
from photostyle.networks.mix_transformer import MIX_TRANSFORMERS, MixTransformer, MixTransformerShape
from photostyle.networks.regnet import REGNETY_400MF, RegNetShape, RegNetY
from photostyle.networks.segformer import SegFormer
from photostyle.networks.state import network_from_state
from photostyle.networks.stylizer import FixedMoments, MeasuredMoments, Stylizer, StylizerShape
from photostyle.networks.stylizer_file import PHOTO, StyleReading, TrainedStylizer, load_stylizer, style_weights

__all__ = [
    "MIX_TRANSFORMERS",
    "PHOTO",
    "REGNETY_400MF",
    "Autoencoder",
    "AutoencoderShape",
    "FixedMoments",
    "Fpn",
    "MeasuredMoments",
    "MixTransformer",
    "MixTransformerShape",
    "RegNetShape",
    "RegNetY",
    "SegFormer",
    "StyleReading",
    "Stylizer",
    "StylizerShape",
    "TrainedAutoencoder",
    "TrainedStylizer",
    "load_autoencoder",
    "load_stylizer",
    "network_from_state",
    "style_weights",
]
