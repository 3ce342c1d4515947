"""The colour encoding in a JPEG XL header: by numbers, or by an ICC profile that follows (ISO 18181-1, annex E)."""

from dataclasses import dataclass

from photostyle.photo.codecs.jxl_bits import BitReader, Bits, Coded, coded_enum
from photostyle.photo.colour_management.primaries import SRGB_PRIMARIES, Colours
from photostyle.photo.file_facts import Layout

RGB = 0
GREY = 1
XYB = 2
_COORDINATE = (Coded(0, 19), Coded(1 << 19, 19), Coded(1 << 20, 20), Coded(1 << 21, 21))
_UNIT = 1_000_000
_GAMMA_UNIT = 10_000_000
# Names of whites and primaries.
_D65 = 1
_CUSTOM = 2
_WHITES = {_D65: (0.3127, 0.3290), 10: (1 / 3, 1 / 3), 11: (0.314, 0.351)}
_SRGB = 1
_BT2100 = 9
_P3 = 11
_PRIMARIES = {
    _SRGB: SRGB_PRIMARIES,
    _BT2100: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    _P3: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_NAMES = {_BT2100: "Rec. 2020", _P3: "Display P3"}
# Transfers, which have the numbers of ITU-T H.273.
_UNKNOWN_TRANSFER = 2
LINEAR = 8
SRGB_TRANSFER = 13
_CINEMA_TRANSFER = 17
_CINEMA_GAMMA = 2.6  # which JPEG XL takes alone, without the gain that H.273 has
_RELATIVE = 1


@dataclass(frozen=True)
class ColourEncoding:
    """How a file's colours are told.

    Args:
        bits: as it stands in the header.
        space: 0 RGB, 1 grey, 2 XYB.
        icc: whether an ICC profile follows the header.
        colours: what the numbers mean; None where there is a profile, or nothing that is known.
    """

    bits: Bits
    space: int
    icc: bool
    colours: Colours | None


def read_colours(reader: BitReader) -> ColourEncoding:
    """Read the bundle "ColourEncoding"."""
    start = reader.place
    space = RGB
    icc = False
    colours: Colours | None = Colours(name="sRGB")
    if not reader.flag():
        icc = reader.flag()
        space = reader.enum()
        if icc:
            colours = None
        else:
            colours = _stated(reader, space)
    return ColourEncoding(reader.bits(start), space, icc, colours)


def _stated(reader: BitReader, space: int) -> Colours | None:
    """White, primaries and transfer; None where they mean nothing that is known here."""
    white = _WHITES[_D65]
    primaries = SRGB_PRIMARIES
    name = ""
    if space != XYB:
        white_name = reader.enum()
        white = _WHITES.get(white_name, white)
        if white_name == _CUSTOM:
            white = _chromaticity(reader)
    if space not in (GREY, XYB):
        primaries_name = reader.enum()
        primaries = _PRIMARIES.get(primaries_name, primaries)
        name = _NAMES.get(primaries_name, "")
        if primaries_name == _CUSTOM:
            primaries = _chromaticity(reader) + _chromaticity(reader) + _chromaticity(reader)
    gamma: float | None = None
    transfer = SRGB_TRANSFER
    if space != XYB:
        if reader.flag():
            gamma = _GAMMA_UNIT / max(1, reader.read(24))
        else:
            transfer = reader.enum()
    reader.enum()  # the rendering intent, which changes nothing here
    if space not in (RGB, GREY):
        return None
    if transfer == _UNKNOWN_TRANSFER:
        transfer = SRGB_TRANSFER
    if transfer == _CINEMA_TRANSFER:
        gamma = _CINEMA_GAMMA
    return Colours(primaries, white, transfer, gamma, name=name, exact=True)


def _chromaticity(reader: BitReader) -> tuple[float, float]:
    """x and y of a colour."""
    x = _signed(reader.number(_COORDINATE)) / _UNIT
    y = _signed(reader.number(_COORDINATE)) / _UNIT
    return x, y


def _signed(number: int) -> int:
    """A number whose lowest bit is its sign ("UnpackSigned")."""
    if number & 1:
        return -(number + 1) // 2
    return number // 2


def by_numbers(layout: Layout, transfer: int = SRGB_TRANSFER, primaries: int = _SRGB) -> Bits:
    """The bundle for D65 white: sRGB, or other primaries and transfers by their numbers here."""
    bits = Bits(0, 1) + Bits(0, 1)
    if layout == "grey":
        bits += coded_enum(GREY) + coded_enum(_D65)
    else:
        bits += coded_enum(RGB) + coded_enum(_D65) + coded_enum(primaries)
    return bits + Bits(0, 1) + coded_enum(transfer) + coded_enum(_RELATIVE)


def by_profile(layout: Layout) -> Bits:
    """The bundle that says that an ICC profile follows."""
    space = RGB
    if layout == "grey":
        space = GREY
    return Bits(0, 1) + Bits(1, 1) + coded_enum(space)


def of_hdr(colours: Colours, layout: Layout) -> Bits | None:
    """The bundle for PQ or HLG brightness; None where the primaries have no number here."""
    for primaries, code_point in ((_SRGB, 1), (_BT2100, 9), (_P3, 12)):
        if colours.is_like(code_point):
            return by_numbers(layout, colours.transfer, primaries)
    return None
