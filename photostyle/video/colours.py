"""What a video says of its colours, by code points of ITU-T H.273, and what they mean in sRGB."""

from dataclasses import dataclass
from functools import cache

from photostyle.errors import PhotoError
from photostyle.photo.colour_management.hdr import HLG, PQ, Hdr
from photostyle.photo.colour_management.primaries import colours_of_points
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.colour_management.spaces import ColourSpace, Srgb

UNSPECIFIED = 2
REC_709 = 1
RGB = 0
LIMITED, FULL = 1, 2  # libav's numbers of ranges
# Weights of red and blue in luma (H.273, table 4).
_LUMA = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
_REC_601 = 6
_HD_WIDTH, _HD_HEIGHT = 1280, 577  # from which a video that does not say is taken for HD, as players do
HDR_NAMES = {PQ: "PQ", HLG: "HLG"}
_NAMES = {8: "YCgCo", 10: "BT.2020 constant luminance", 14: "ICtCp"}


@dataclass(frozen=True)
class ColourTags:
    """What a video says of its colours.

    Args:
        primaries, transfer, matrix: code points of H.273; 2 where nothing is said.
        range: 1 with room below black and above white, 2 without; 0 where nothing is said.
    """

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    range: int = 0

    def luma(self, size: tuple[int, int]) -> tuple[float, float]:
        """The weights of red and of blue in the luma of a frame of a size (width, height).

        >>> ColourTags().luma((1920, 1080)), ColourTags().luma((720, 576))
        ((0.2126, 0.0722), (0.299, 0.114))

        Raises:
            PhotoError: they are of no kind that is known.
        """
        matrix = self.matrix
        if matrix in (UNSPECIFIED, RGB):
            matrix = REC_709 if size[0] >= _HD_WIDTH or size[1] >= _HD_HEIGHT else _REC_601
        if matrix not in _LUMA:
            name = _NAMES.get(matrix, f"of matrix {matrix}")
            raise PhotoError(f"its colours are {name}, which is not known here; convert the video to BT.709 or BT.2020 first")
        return _LUMA[matrix]

    @property
    def space(self) -> ColourSpace:
        """Between the video's red, green and blue in [0, 1] and sRGB-encoded pixels; HDR by way of a tone-mapped copy."""
        return _space(self.primaries, self.transfer)


@cache
def _space(primaries: int, transfer: int) -> ColourSpace:
    colours = colours_of_points(primaries, transfer)
    if colours is None:
        return Srgb()
    if colours.hdr:
        return Hdr(colours.transfer, colours.linear_to_srgb())
    space, _ = colour_space(colours.profile(), "rgb")
    return space
