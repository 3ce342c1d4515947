"""A mask as it was painted or labelled: its colours or class numbers, its transparency, and the names that are known."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photostyle.errors import MaskError
from photostyle.photo import Picture
from photostyle.regions.masks import voc
from photostyle.regions.masks.class_lists import read_class_list
from photostyle.regions.masks.colour_codes import GREY, Codes, Floats, distinct_values, pack
from photostyle.regions.masks.fit import Size
from photostyle.regions.masks.grey_export import all_grey, colours_of_greys
from photostyle.regions.masks.names import Names, read_names
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.pictures import Values, colours_and_alpha, eight_bits, picture_from_file
from photostyle.regions.swatches import Colour

_MOST_NUMBERS = 4096  # 16-bit greys up to this, if few, are class numbers; beyond it they are shades
_FEW = 512  # different values


@dataclass(frozen=True)
class Painted:
    """A mask of colours, or of class numbers.

    Args:
        origin: where it came from, for messages.
        codes: (H, W) colour codes, r << 16 | g << 8 | b, or class numbers when `numbered`.
        alpha: (H, W) float32 weight in [0, 1], or None when all is opaque.
        names: what is known of its colours, such as from the JSON beside it.
        numbered: whether the codes are class numbers.
    """

    origin: Origin
    codes: NDArray[np.integer]
    alpha: Floats | None = None
    names: Names = field(default_factory=Names)
    numbered: bool = False

    @property
    def size(self) -> Size:
        """(width, height) in pixels."""
        return self.codes.shape[1], self.codes.shape[0]

    @property
    def opaque(self) -> NDArray[np.bool_] | None:
        """(H, W) where it is not wholly transparent, or None when all is opaque."""
        if self.alpha is None:
            return None
        return self.alpha > 0

    @property
    def is_grey(self) -> bool:
        """Whether its colours are greys, which may be class numbers."""
        return not self.numbered and all_grey(self.codes)

    def numbers(self) -> NDArray[np.integer]:
        """(H, W) class numbers, of a mask of greys too."""
        return self.codes if self.numbered else self.codes & 255


def read_painted(path: Path, origin: Origin) -> Painted:
    """Read a mask picture of any mode, with the names of its colours.

    Raises:
        MaskError: when it cannot be read, or is wholly transparent.
    """
    picture = picture_from_file(path)
    numbered = _numbered_colours(picture)
    names = read_names(path.with_suffix(".json"), numbered)
    if not names.colours:
        names = Names(read_class_list(path, numbered))
    return painted_picture(picture, origin, names)


def painted_picture(picture: Picture, origin: Origin, names: Names | None = None) -> Painted:
    """The mask that a picture's code values are.

    Raises:
        MaskError: when it is wholly transparent.
    """
    names = names or Names()
    values, alpha = colours_and_alpha(picture)
    if alpha is not None and not alpha.any():
        raise MaskError(f"{origin.subject} is wholly transparent, so it marks no region; paint the regions opaque")
    numbered = False
    if values.ndim == 3:
        codes = pack(eight_bits(values))
    elif values.dtype == np.uint8:
        codes = values.astype(np.int32) * GREY
    else:
        codes, numbered = _deep_codes(values)
    if names.colours and not numbered and all_grey(codes):
        coloured = colours_of_greys(codes, names.colours)
        if coloured is not None:
            codes = coloured
    if not names.colours and _is_of_voc(picture, codes):
        names = Names(voc.known_colours())
    return Painted(origin, codes, alpha, names, numbered)


def _is_of_voc(picture: Picture, codes: Codes) -> bool:
    """Whether a mask is painted in the colours of PASCAL VOC's classes, by its palette or as far as can be seen."""
    if picture.palette is None:
        return picture.mode.startswith("rgb") and voc.are_colours(distinct_values(codes))
    used = distinct_values(picture.codes)
    return voc.is_palette(picture.palette) and bool(((used < len(voc.CLASSES)) | (used == 255)).all())


def _deep_codes(values: Values) -> tuple[NDArray[np.int32], bool]:
    """Codes of 16-bit, 32-bit or float greys, and whether they are class numbers over 255."""
    values = np.nan_to_num(values.astype(np.float32)).clip(0)
    top = float(values.max())
    if 255 < top <= _MOST_NUMBERS and len(np.unique(values)) <= _FEW:
        return values.round().astype(np.int32), True
    if top > 65535:
        values *= 255 / top
    elif top > 255:
        values *= 255 / 65535
    elif top <= 1 and (values != values.round()).any():
        values *= 255
    return values.round().astype(np.int32) * GREY, False


def _numbered_colours(picture: Picture) -> dict[int, Colour]:
    """The colour that each number stands for: an index into the palette, or a grey level."""
    if picture.palette is None:
        return {level: (level, level, level) for level in range(256)}
    colours = picture.palette[:, :3].tolist()
    return {index: (red, green, blue) for index, (red, green, blue) in enumerate(colours)}
