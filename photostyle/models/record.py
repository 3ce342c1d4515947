"""What is recorded of a network: its role, its file of weights, its licence and what it was trained on."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["encoder", "segmenter", "network", "autoencoder"]


@dataclass(frozen=True)
class SegmenterNetwork:
    """How the network of a segmenter is built, in the terms of segmentation-models-pytorch.

    Args:
        encoder: name of its encoder, such as "mit_b0".
        decoder_channels: of the decoder.
        long_side: pixels of the photo as the network sees it; the side it was trained at.
    """

    encoder: str
    decoder_channels: int
    long_side: int


@dataclass(frozen=True)
class ModelFile:
    """A network and its file of weights.

    Args:
        name: what the user calls it, such as "vgg19".
        role: encoder: a frozen network that gives feature maps; segmenter: finds the regions of a photo;
            network: paints or translates, by the method `network`; autoencoder: gives a photo back, of the method of that name.
        file: path of the weights in a folder of models.
        url: where `fetch` gets the weights, None if they only ship with the package.
        sha256: hexadecimal SHA-256 of the file, or its first 8 digits or more; None where it is not known.
        size: bytes of the file, about.
        use: one line on what it is.
        licence: of the weights.
        training: the data that it was trained on.
        commercial: whether its licence allows commercial use.
        shipped: whether the file lies in the package's assets, with a card beside it.
        preference: of the networks of a role on this machine, "auto" takes the one with the highest; 0 is never taken.
        segmenter: how the network is built, of a segmenter.
        tried: whether photostyle has been run with these very weights, not only with files of their format.
    """

    name: str
    role: Role
    file: str
    url: str | None
    sha256: str | None
    size: int
    use: str
    licence: str
    training: str
    commercial: bool = True
    shipped: bool = False
    preference: int = 0
    segmenter: SegmenterNetwork | None = None
    tried: bool = True
