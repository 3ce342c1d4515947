"""What a transfer starts from: photos opened and brought to working size, and the encoder that the options ask for."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photostyle.config import Options
from photostyle.encoders import Encoder, computes_bfloat16, load_encoder
from photostyle.errors import PhotoError
from photostyle.photo import Photo, read_photo, resample

Source = Photo | np.ndarray | str | Path
SMALLEST = 16  # pixels a side; below this there is no light to speak of
ENLARGE = 2.0  # at most, of a photo smaller than the field is solved at: half a photo gets the look of the whole


def opened(source: Source, role: str) -> Photo:
    """A photo from a file, an array (or what NumPy takes for one) or a photo.

    Raises:
        PhotoError: it cannot be read, or is too small; `role` says which photo it is.
    """
    if isinstance(source, str | Path):
        photo = read_photo(source)
    elif isinstance(source, Photo):
        photo = source
    elif hasattr(source, "__array__") or hasattr(source, "__array_interface__"):
        photo = Photo.from_array(np.asarray(source))
    else:
        raise PhotoError(f"the {role} must be a path, an array (H, W, 3) or a Photo, got {type(source).__name__}")
    if min(photo.size) < SMALLEST:
        name = photo.source.path or f"the {role} array"
        width, height = photo.size
        raise PhotoError(
            f"{name}: the {role} must be at least {SMALLEST} pixels a side, got {width} x {height}; give a larger photo"
        )
    return photo


def file_name(photo: Photo) -> str:
    """The name of a photo's file, if it has one."""
    return Path(photo.source.path).name if photo.source.path else ""


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
