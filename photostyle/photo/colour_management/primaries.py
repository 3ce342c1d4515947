"""Colours that files state without a profile, as ICC profiles: by primaries, white and transfer.

PNG, AVIF, HEIC and JPEG XL files may give code points (ITU-T H.273) or chromaticities and a gamma; cameras declare Adobe
RGB in EXIF; camera raw files are developed to ROMM RGB. Everything that a codec finds in its file becomes a profile
here, so that a photo's colours are always told by a profile, and can be written into any format.

A codec calls `declared_profile` with code points, or makes `Colours` and asks for `Colours.profile`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from photostyle.photo.colour_management import made_profiles
from photostyle.photo.colour_management.hdr import HLG, PQ, fallback_curve
from photostyle.photo.colour_management.srgb import XYZ_TO_SRGB
from photostyle.photo.file_facts import Layout

_D65_WHITE = (0.3127, 0.3290)
_D50_WHITE = (0.3457, 0.3585)
_C_WHITE = (0.310, 0.316)
_EQUAL_WHITE = (1 / 3, 1 / 3)
_DCI_WHITE = (0.314, 0.351)
# Chromaticities of red, green and blue, and the white, by the code point that H.273 gives them (table 2).
_PRIMARIES: dict[int, tuple[str, tuple[float, ...], tuple[float, float]]] = {
    1: ("Rec. 709", (0.640, 0.330, 0.300, 0.600, 0.150, 0.060), _D65_WHITE),
    4: ("Rec. 470 M", (0.67, 0.33, 0.21, 0.71, 0.14, 0.08), _C_WHITE),
    5: ("Rec. 470 BG", (0.64, 0.33, 0.29, 0.60, 0.15, 0.06), _D65_WHITE),
    6: ("SMPTE 170M", (0.630, 0.340, 0.310, 0.595, 0.155, 0.070), _D65_WHITE),
    7: ("SMPTE 240M", (0.630, 0.340, 0.310, 0.595, 0.155, 0.070), _D65_WHITE),
    8: ("Generic film", (0.681, 0.319, 0.243, 0.692, 0.145, 0.049), _C_WHITE),
    9: ("Rec. 2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046), _D65_WHITE),
    10: ("XYZ", (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), _EQUAL_WHITE),
    11: ("DCI-P3", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), _DCI_WHITE),
    12: ("Display P3", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), _D65_WHITE),
    22: ("EBU 3213", (0.630, 0.340, 0.295, 0.605, 0.155, 0.077), _D65_WHITE),
}
SRGB_PRIMARIES = _PRIMARIES[1][1]
_ADOBE = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060)
_ROMM = (0.734699, 0.265301, 0.159597, 0.840403, 0.036598, 0.000105)
_UNSPECIFIED = 2
# Transfers by their code points (H.273, table 3). Those of video cameras (1, 6, 7, 11, 12, 14, 15) are read as sRGB: what
# they describe is the camera's side, and photos that are tagged so were nearly always made for an sRGB display.
SRGB_TRANSFER = 13
REC_709_TRANSFER = 1
_LINEAR = 8
_LIKE_SRGB = {1, 6, 7, 11, 12, 13, 14, 15}
_GAMMAS = {4: 2.2, 5: 2.8, _LINEAR: 1.0}
_LOGARITHMIC = {9: 2.0, 10: 2.5}  # by how many decades they span
_CINEMA = 17
_TRANSFERS = _LIKE_SRGB | _GAMMAS.keys() | _LOGARITHMIC.keys() | {PQ, _CINEMA, HLG}
_HDR_NAMES = {PQ: "PQ", HLG: "HLG"}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_REC_709_CURVE = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_SAME = 0.0015  # by which chromaticities may differ that mean the same
_CURVE_POINTS = 1024


@dataclass(frozen=True)
class Colours:
    """Colours as a file states them.

    Args:
        primaries: chromaticities x, y of red, green and blue.
        white: chromaticity (x, y) of the white.
        transfer: a code point of ITU-T H.273.
        gamma: the exponent from codes to light, where that is stated instead of `transfer`.
        narrow: the values of black and white in [0, 1] where codes leave room below and above them, as video does.
        name: what to call them.
        exact: whether the transfer of video cameras is taken by its formula, as JPEG XL means it, not as sRGB.
    """

    primaries: tuple[float, ...] = SRGB_PRIMARIES
    white: tuple[float, float] = _D65_WHITE
    transfer: int = SRGB_TRANSFER
    gamma: float | None = None
    narrow: tuple[float, float] | None = None
    name: str = ""
    exact: bool = False

    @property
    def hdr(self) -> str | None:
        """ "PQ" or "HLG" where the brightness is of that kind, else None."""
        if self.gamma is not None:
            return None
        return _HDR_NAMES.get(self.transfer)

    def is_like(self, code_point: int) -> bool:
        """Whether primaries and white are those of a code point, or a rounding away."""
        _, primaries, white = _PRIMARIES[code_point]
        differences = np.subtract((*self.primaries, *self.white), (*primaries, *white))
        return bool(np.abs(differences).max() < _SAME)

    def profile(self, layout: Layout = "rgb") -> bytes | None:
        """An ICC profile for a photo of this layout, or None where its colours are sRGB.

        Raises:
            ValueError: the chromaticities are of no colours that could be mixed.
        """
        plain = self.gamma is None and self.transfer in _LIKE_SRGB and self.narrow is None and not self._by_camera
        if plain and (layout == "grey" or self.is_like(1)):
            return None
        points = None
        if self.hdr:
            points = (self._primaries_point(), self.transfer, 0, int(self.narrow is None))
        if layout == "grey":
            return made_profiles.grey_profile(self._named("Grey"), self._curve(), points)
        return made_profiles.rgb_profile(self._named("RGB"), self.white, self.primaries, self._curve(), points)

    def linear_to_srgb(self) -> np.ndarray:
        """The matrix (3, 3) from their linear RGB to that of sRGB, whites adapted."""
        adapted = made_profiles.adaptation(self.white)
        matrix: np.ndarray = XYZ_TO_SRGB @ adapted @ made_profiles.rgb_to_xyz(self.white, self.primaries)
        return matrix

    @property
    def _by_camera(self) -> bool:
        """Whether the curve is that of video cameras."""
        return self.exact and self.gamma is None and self.transfer == REC_709_TRANSFER

    def _primaries_point(self) -> int:
        """The code point of the primaries.

        Raises:
            ValueError: they have none, which a file with HDR brightness needs.
        """
        for point in _PRIMARIES:
            if self.is_like(point):
                return point
        raise ValueError("its HDR brightness has primaries without a code point")

    def _named(self, otherwise: str) -> str:
        name = self.name or otherwise
        if self.hdr:
            return f"{name} {self.hdr}"
        return name

    def _curve(self) -> bytes:
        """The tag of the tone curve."""
        black, white = self.narrow or (0.0, 1.0)
        scale = 1 / (white - black)
        if self.hdr or (self.gamma is None and self.transfer in _LOGARITHMIC):
            values = np.clip((np.linspace(0, 1, _CURVE_POINTS) - black) * scale, 0, 1)
            if self.hdr:
                return made_profiles.table_curve(fallback_curve(values, self.transfer))
            light = 10 ** (_LOGARITHMIC[self.transfer] * (values - 1))
            return made_profiles.table_curve(np.where(values > 0, light, 0))
        if self._by_camera:
            g, a, b, c, d = _REC_709_CURVE
        elif self.gamma is None and self.transfer in _LIKE_SRGB:
            g, a, b, c, d = SRGB_CURVE
        else:
            g, a, b, c, d = self._power(), self._gain(), 0.0, 0.0, 0.0
        if self.narrow is None:
            if d == 0 and a == 1:
                return made_profiles.parametric_curve([g])
            return made_profiles.parametric_curve([g, a, b, c, d])
        offset = -black * scale
        return made_profiles.parametric_curve([g, a * scale, a * offset + b, c * scale, (d - offset) / scale, 0.0, c * offset])

    def _power(self) -> float:
        if self.gamma is not None:
            return self.gamma
        return _GAMMAS.get(self.transfer, 2.6)

    def _gain(self) -> float:
        """By what codes are multiplied before the exponent: SMPTE ST 428-1's white is 48 of 52.37 cd/m2."""
        if self.gamma is None and self.transfer == _CINEMA:
            return float((52.37 / 48) ** (1 / 2.6))
        return 1.0


def narrow_range(bits: int) -> tuple[float, float]:
    """Black and white, in [0, 1], of whole numbers with the room of video below and above (H.273, equations 20 to 22)."""
    top = (1 << bits) - 1
    return (16 << (bits - 8)) / top, (235 << (bits - 8)) / top


def colours_of_points(primaries: int, transfer: int) -> Colours | None:
    """The colours that two code points of H.273 mean, or None where they are reserved or both are left open."""
    if (primaries not in _PRIMARIES and primaries != _UNSPECIFIED) or (transfer not in _TRANSFERS and transfer != _UNSPECIFIED):
        return None
    if primaries == transfer == _UNSPECIFIED:
        return None
    if primaries == _UNSPECIFIED:
        primaries = 1
    if transfer == _UNSPECIFIED:
        transfer = SRGB_TRANSFER
    name, chromaticities, white = _PRIMARIES[primaries]
    if transfer == _LINEAR:
        name = f"Linear {name}".replace("Rec. 709", "sRGB")
    return Colours(chromaticities, white, transfer, name=name)


def declared_profile(points: tuple[int, int] | None, notes: list[str], layout: Layout = "rgb") -> bytes | None:
    """An ICC profile for primaries and transfer by code points (ITU-T H.273), or None where they mean sRGB or nothing.

    Args:
        points: primaries and transfer, or None where a file declares none.
        notes: notes for the user, to be added to: HDR brightness is told of, and what is reserved.
        layout: of the photo, "grey" or "rgb".
    """
    if points is None:
        return None
    colours = colours_of_points(*points)
    if colours is None:
        if points != (_UNSPECIFIED, _UNSPECIFIED):
            notes.append(f"declares colours by code points {points[0]}, {points[1]} that mean nothing; read as sRGB")
        return None
    note_hdr(colours.hdr, notes)
    return colours.profile(layout)


def note_hdr(hdr: str | None, notes: list[str]) -> None:
    """Tell that a photo has HDR brightness, and what becomes of it."""
    if hdr:
        notes.append(f"has {hdr} (HDR) brightness; what is seen and changed is its tone-mapped copy")


def srgb() -> bytes:
    """A profile of sRGB (IEC 61966-2-1)."""
    return matrix_profile("sRGB", _D65_WHITE, SRGB_PRIMARIES, None)


def adobe_rgb(layout: Layout = "rgb") -> bytes:
    """A profile of Adobe RGB (1998), or of its grey."""
    name = "Adobe RGB (1998) compatible"
    gamma = 2 + 51 / 256
    if layout == "grey":
        return made_profiles.grey_profile(name, made_profiles.parametric_curve([gamma]))
    return matrix_profile(name, _D65_WHITE, _ADOBE, gamma)


def romm_rgb() -> bytes:
    """A profile of ROMM RGB (ISO 22028-2), also called ProPhoto, with gamma 1.8 throughout."""
    return matrix_profile("ROMM RGB (ProPhoto) compatible", _D50_WHITE, _ROMM, 1.8)


@cache
def matrix_profile(name: str, white: tuple[float, float], primaries: tuple[float, ...], gamma: float | None) -> bytes:
    """An ICC profile (version 4.3, display) of these chromaticities, with a gamma or, for None, sRGB's curve."""
    curve = made_profiles.parametric_curve(SRGB_CURVE)
    if gamma:
        curve = made_profiles.parametric_curve([gamma])
    return made_profiles.rgb_profile(name, white, primaries, curve)
