"""Trainable networks in plain torch, one file an architecture."""

from photostyle.networks.fpn import Fpn
from photostyle.networks.mix_transformer import MIX_TRANSFORMERS, MixTransformer, MixTransformerShape
from photostyle.networks.regnet import REGNETY_400MF, RegNetShape, RegNetY
from photostyle.networks.segformer import SegFormer
from photostyle.networks.state import network_from_state

__all__ = [
    "MIX_TRANSFORMERS",
    "REGNETY_400MF",
    "Fpn",
    "MixTransformer",
    "MixTransformerShape",
    "RegNetShape",
    "RegNetY",
    "SegFormer",
    "network_from_state",
]
