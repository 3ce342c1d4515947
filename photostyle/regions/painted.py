"""A mask picture as it was painted: its colours, its transparency, and the names that a JSON beside it gives."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from photostyle.errors import MaskError, PhotoError
from photostyle.regions.labelme import is_labelme, read_labelme
from photostyle.regions.palette import RGB, pack

if TYPE_CHECKING:
    from photostyle.photo import Picture

_MOST_NUMBERS = 4096  # 16-bit greys up to this, if few, are class numbers; beyond it they are shades


@dataclass(frozen=True)
class Painted:
    """A mask picture.

    Args:
        path: where it came from, for messages.
        codes: (H, W) int32 packed colours r << 16 | g << 8 | b, or class numbers when `wide`.
        alpha: (H, W) float32 weight in [0, 1], or None when all is opaque.
        known: colours by the names that the JSON beside it gives.
        wide: whether the codes are class numbers over 255.
    """

    path: Path
    codes: np.ndarray
    alpha: np.ndarray | None
    known: Mapping[str, RGB]
    wide: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.codes.shape[1], self.codes.shape[0]


def read_picture(path: Path) -> "Picture":
    """A mask picture's code values, upright.

    Raises:
        MaskError: when there is no such file, or it is no picture, or a broken one.
    """
    from photostyle.photo import read_mask_picture

    if not path.exists():
        raise MaskError(f"there is no mask at {path}; check the path")
    try:
        return read_mask_picture(path)
    except PhotoError as error:
        raise MaskError(f"cannot read a mask: {error}") from error


def read_painted(path: Path) -> Painted:
    """Read a mask picture of any mode, or labelme's outlines.

    Raises:
        MaskError: when it cannot be read, or is wholly transparent.
    """
    if is_labelme(path) and path.exists():
        codes, known = read_labelme(path)
        return Painted(path, codes, None, known)
    picture = read_picture(path)
    known = read_names(path.with_suffix(".json"), _numbered_colours(picture))
    values, alpha = colours_and_alpha(picture)
    if alpha is not None and not alpha.any():
        raise MaskError(f"the mask {path} is wholly transparent, so it marks no region; paint the regions opaque")
    if values.ndim == 3:
        return Painted(path, pack(_eight_bits(values)), alpha, known)
    if values.dtype == np.uint8:
        return Painted(path, values.astype(np.int32) * 0x010101, alpha, known)
    codes, wide = _deep_codes(values)
    return Painted(path, codes, alpha, known, wide)


def colours_and_alpha(picture: "Picture") -> tuple[np.ndarray, np.ndarray | None]:
    """(H, W) or (H, W, 3) code values of the colours, and (H, W) float32 alpha in [0, 1], None when all is opaque."""
    values, alpha = picture.codes, None
    if picture.mode == "palette":
        values = picture.palette[values]
        values, alpha = values[..., :3], values[..., 3] if values.shape[2] == 4 else None
    elif picture.mode.endswith("+alpha"):
        values, alpha = (values[..., 0] if values.shape[2] == 2 else values[..., :3]), values[..., -1]
    if picture.mode.startswith("cmyk"):
        ink = 1 - values.astype(np.float32) / full_scale(values)
        values = (255 * ink[..., :3] * ink[..., 3:]).round().astype(np.uint8)
    if alpha is not None:
        alpha = alpha.astype(np.float32) / full_scale(alpha)
        alpha = None if (alpha >= 1).all() else alpha.clip(0, 1)
    return values, alpha


def full_scale(values: np.ndarray) -> float:
    """The code value of full white: by the integer type, or 1 for floats."""
    return float(np.iinfo(values.dtype).max) if np.issubdtype(values.dtype, np.integer) else 1.0


def _eight_bits(values: np.ndarray) -> np.ndarray:
    if values.dtype == np.uint8:
        return values
    return (np.nan_to_num(values) * (255 / full_scale(values))).round().clip(0, 255).astype(np.uint8)


def _deep_codes(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """Codes of 16-bit, 32-bit or float greys, and whether they are class numbers over 255."""
    values = np.nan_to_num(values.astype(np.float32)).clip(0)
    top = values.max()
    if 255 < top <= _MOST_NUMBERS and len(np.unique(values)) <= 512:
        return values.round().astype(np.int32), True
    if top <= 1 and (values != values.round()).any():
        values *= 255
    elif top > 255:
        values *= 255 / (65535 if top <= 65535 else top)
    return values.round().astype(np.int32) * 0x010101, False


def _numbered_colours(picture: "Picture") -> dict[int, RGB]:
    """The colour that each number stands for: an index into the palette, or a grey level."""
    if picture.mode != "palette":
        return {i: (i, i, i) for i in range(256)}
    return {i: tuple(colour[:3]) for i, colour in enumerate(picture.palette.tolist())}


def read_names(path: Path, numbered: Mapping[int, RGB]) -> dict[str, RGB]:
    """Colours by name from a JSON file.

    As `photostyle masks` writes it, `{"regions": [{"name": "sky", "colour": [0, 0, 255]}, ...]}`; or in short
    `{"sky": [0, 0, 255]}`, `{"sky": "#0000ff"}`, `{"sky": 1}`, `{"1": "sky"}`, `["sky", "sea"]`.

    Args:
        path: the JSON; when there is none, no names are known.
        numbered: the colour that each number stands for.

    Raises:
        MaskError: when it says something else.
    """
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_text("utf-8"))
        if isinstance(record, dict) and "shapes" in record:
            return {}  # labelme's own, of the same photo
        record = record.get("regions", record) if isinstance(record, dict) else record
        if isinstance(record, list):
            entries = [(r["name"], r["colour"]) if isinstance(r, dict) else (r, i) for i, r in enumerate(record)]
        else:
            entries = [(v, k) if isinstance(v, str) and not v.startswith("#") else (k, v) for k, v in record.items()]
        return {str(name): _colour(value, numbered) for name, value in entries}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MaskError(
            f"{path} beside the mask should name its colours, such as "
            f'{{"sky": [0, 0, 255]}} or {{"1": "sky"}} ({error!r}); mend it or move it away'
        ) from error


def _colour(value, numbered: Mapping[int, RGB]) -> RGB:
    """A colour from [r, g, b], "#rrggbb" or a number."""
    if isinstance(value, str) and value.startswith("#"):
        value = [int(value[i : i + 2], 16) for i in (1, 3, 5)]
    if isinstance(value, (int, str)):
        return numbered[int(value)]
    r, g, b = (int(v) for v in value)
    return r, g, b
