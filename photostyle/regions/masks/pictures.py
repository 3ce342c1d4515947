"""Mask pictures of every mode, from files, from bytes and from Pillow: their code values, as they are."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from photostyle.errors import MaskError, PhotoError
from photostyle.photo import Picture, read_mask_picture
from photostyle.photo.codecs.pillow import palette_picture
from photostyle.regions.masks.colour_codes import Floats
from photostyle.regions.masks.origin import Origin

Values = NDArray[Any]

# What Pillow's modes are read as, and the mode of `Picture` that this is.
_AS_MODE = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_PICTURE_MODES = {"L": "grey", "LA": "grey+alpha", "RGB": "rgb", "RGBA": "rgb+alpha", "CMYK": "cmyk"}
_DEEP_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")


def picture_from_file(path: Path) -> Picture:
    """A mask picture's code values, upright.

    Raises:
        MaskError: when there is no such file, or it is no picture, or a broken one.
    """
    if not path.exists():
        raise MaskError(f"there is no mask at {path}; check the path")
    if path.suffix.lower() == ".npy":
        return _picture_from_numpy(path)
    try:
        return read_mask_picture(path)
    except PhotoError as error:
        raise MaskError(f"cannot read a mask: {error}") from error


def _picture_from_numpy(path: Path) -> Picture:
    """The greys of an array that NumPy has saved, as Label Studio exports its brush; bools are black and white.

    Raises:
        MaskError: it is no plane of bools, greys or small whole numbers.
    """
    try:
        values = np.array(np.load(path, mmap_mode="r", allow_pickle=False))  # maps no more than there is
    except (OSError, ValueError, OverflowError, EOFError) as error:
        raise MaskError(f"cannot read the mask {path}: it is no array of NumPy; save it by numpy.save") from error
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "buif":
        raise MaskError(f"the mask {path} must be one plane (H, W) of bools or numbers, got {values.dtype} {values.shape}")
    if values.dtype.kind == "b":
        return Picture(np.where(values, 255, 0).astype(np.uint8), "grey")
    if values.dtype not in (np.uint8, np.uint16):
        values = _deep_values(values, Origin("mask", path))
    return Picture(values, "grey")


def picture_from_bytes(data: bytes, origin: Origin) -> Picture:
    """The code values of a mask picture that is in memory as its file would be.

    Raises:
        MaskError: it is no picture, or a broken one.
    """
    with tempfile.TemporaryDirectory(prefix="photostyle-") as folder:
        path = Path(folder) / "mask"
        path.write_bytes(data)
        try:
            return read_mask_picture(path)
        except PhotoError as error:
            reason = str(error).removeprefix(f"{path}: ")
            raise MaskError(f"cannot read {origin.subject}: {reason}") from error


def picture_from_pillow(image: Image.Image, origin: Origin) -> Picture:
    """The code values of a Pillow picture, as the file that it came from would give them: palettes kept, turned upright.

    Raises:
        MaskError: a mode that has no colours, or values that are not finite.
    """
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode == "P":
            codes, palette = palette_picture(image.copy())
            return Picture(codes, "palette", palette)
        if image.mode in _DEEP_MODES:
            values = np.asarray(image)
        else:
            mode = _readable_mode(image)
            return Picture(np.asarray(image.convert(mode)), _PICTURE_MODES[mode])
    except (OSError, ValueError) as error:
        reason = f"a Pillow picture of mode {image.mode} ({error})"
        raise MaskError(f"cannot read {origin.subject}: {reason}; convert it to RGB") from error
    return Picture(_deep_values(values, origin), "grey")


def _readable_mode(image: Image.Image) -> str:
    """The mode of `_PICTURE_MODES` to convert a picture to."""
    mode = _AS_MODE.get(image.mode, image.mode)
    if mode in ("L", "RGB") and "transparency" in image.info:
        return "LA" if mode == "L" else "RGBA"
    return mode if mode in _PICTURE_MODES else "RGB"


def _deep_values(values: Values, origin: Origin) -> Values:
    """(H, W) greys of more than 8 bits, or floats, checked."""
    if np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise MaskError(f"{origin.subject} must hold finite numbers, got NaN or infinity; replace them first")
        return values
    if values.min() < 0 or values.max() > 65535:
        came = f"{values.min()} to {values.max()}"
        raise MaskError(f"{origin.subject} must hold greys from 0 to 65535, got {came}; give class numbers as an array")
    return values.astype(np.uint16)


def colours_and_alpha(picture: Picture) -> tuple[Values, Floats | None]:
    """(H, W) or (H, W, 3) code values of the colours, and (H, W) float32 alpha in [0, 1], None when all is opaque."""
    values = picture.codes
    alpha = None
    if picture.palette is not None:
        values = picture.palette[values]
        if values.shape[2] == 4:
            alpha = values[..., 3]
        values = values[..., :3]
    elif picture.mode.endswith("+alpha"):
        alpha = values[..., -1]
        values = values[..., 0] if values.shape[2] == 2 else values[..., :-1]
    if picture.mode.startswith("cmyk"):
        values = _cmyk_as_rgb(values)
    if alpha is not None:
        alpha = alpha.astype(np.float32) / full_scale(alpha)
        alpha = None if (alpha >= 1).all() else alpha.clip(0, 1)
    return values, alpha


def _cmyk_as_rgb(values: Values) -> NDArray[np.uint8]:
    """(H, W, 4) inks to (H, W, 3) levels, with no colour management: a mask's colours are only told apart."""
    bare = 1 - values.astype(np.float32) / full_scale(values)
    rgb: NDArray[np.uint8] = (255 * bare[..., :3] * bare[..., 3:]).round().astype(np.uint8)
    return rgb


def full_scale(values: Values) -> float:
    """The code value of full white: by the integer type, or 1 for floats."""
    if np.issubdtype(values.dtype, np.integer):
        return float(np.iinfo(values.dtype).max)
    return 1.0


def eight_bits(values: Values) -> NDArray[np.uint8]:
    """Code values of any depth as 8-bit levels."""
    if values.dtype == np.uint8:
        return values
    levels = np.nan_to_num(values) * (255 / full_scale(values))
    eight: NDArray[np.uint8] = levels.round().clip(0, 255).astype(np.uint8)
    return eight
