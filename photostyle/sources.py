"""What a transfer starts from: photos opened and brought to working size, and the encoder that the options ask for."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photostyle.config import Options
from photostyle.encoders import Encoder, computes_bfloat16, load_encoder
from photostyle.photo import Photo, PhotoLike, open_photo, resample

Source = PhotoLike
ENLARGE = 2.0  # at most, of a photo smaller than the field is solved at: half a photo gets the look of the whole


def opened(source: Source, role: str) -> Photo:
    """A photo from whatever holds one; see `open_photo`."""
    return open_photo(source, role)


def file_name(photo: Photo) -> str:
    """The name of a photo's file, if it has one."""
    return Path(photo.file.path).name if photo.file.path else ""


def working(photo: Photo, long_side: int, smallest: int, device: torch.device, enlarge: float = 1.0) -> Tensor:
    """(3, h, w) at working size: the long side as asked, enlarged by so much at most, and for what the encoder needs."""
    scale = min(enlarge, long_side / max(photo.size))
    width, height = (max(round(side * scale), smallest) for side in photo.size)
    pixels = photo.pixels if (width, height) == photo.size else resample(photo.pixels, (width, height))
    return planes(pixels).clamp(0, 1).contiguous().to(device)


def planes(pixels: np.ndarray) -> Tensor:
    """(H, W, C) -> (C, H, W), the same memory."""
    return torch.from_numpy(pixels).permute(2, 0, 1)


def precision_of(options: Options, device: torch.device) -> str:
    """The encoder's precision: as asked; "auto" is bfloat16 for the field solver on a GPU that computes in it."""
    if options.precision != "auto":
        return options.precision
    fast = device.type == "cuda" and computes_bfloat16(device) and options.solver == "field"
    return "bfloat16" if fast else "float32"


def encoder_of(options: Options, device: torch.device) -> Encoder:
    """The encoder that the options ask for, loaded on a device."""
    return load_encoder(options.encoder, weights=options.weights, device=device, precision=precision_of(options, device))
