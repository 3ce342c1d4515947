"""The one order of precedence in what a file says of its colours: a profile, what it states otherwise, then EXIF."""

from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.fitting import fitted
from photostyle.photo.colour_management.hdr import HLG, PQ
from photostyle.photo.colour_management.primaries import adobe_rgb, note_hdr
from photostyle.photo.colour_management.profiles import assumed
from photostyle.photo.decoded import Decoded
from photostyle.photo.metadata.exif_colours import stated_space

_HDR = {PQ: "PQ", HLG: "HLG"}


def settle_colours(decoded: Decoded, file_name: str = "") -> None:
    """Give a decoded file the profile that its colours are read by, and note what was assumed.

    Args:
        decoded: as a codec gave it; its profile is that of the file, or one made of what the file states.
        file_name: of the photo, without folders.
    """
    if decoded.profile is not None:
        decoded.profile = fitted(decoded.profile, decoded.layout, decoded.notes)
        _note_hdr(decoded)
        return
    if decoded.stated or decoded.layout == "cmyk":
        return
    space = stated_space(decoded.metadata.exif, file_name)
    if space == "adobe":
        decoded.profile = adobe_rgb(decoded.layout)
        decoded.notes.append("no colour profile, but says that it is Adobe RGB; read as that")


def note_assumed(decoded: Decoded) -> list[str]:
    """A note of what colours were taken for that nothing was said of; none where something was."""
    if decoded.profile is not None or decoded.stated:
        return []
    return [f"no colour profile; read as {assumed(decoded.layout)}"]


def _note_hdr(decoded: Decoded) -> None:
    """Tell of HDR brightness that a profile states; codecs tell of what they found themselves."""
    points = icc.code_points(decoded.profile)
    if points is not None and not any("(HDR)" in note for note in decoded.notes):
        note_hdr(_HDR.get(points[1]), decoded.notes)
