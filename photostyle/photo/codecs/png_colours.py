"""What a PNG file's chunks say of its colours (W3C PNG, third edition, 11.3.2), and the chunks that say it again.

The order of precedence is cICP, iCCP, sRGB, then gAMA with cHRM. What is damaged or absurd is left out with a note, and
the next in that order decides.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from photostyle.photo.codecs.png_text import inflated
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.fitting import fitted
from photostyle.photo.colour_management.primaries import Colours, colours_of_points, narrow_range, note_hdr
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Layout

# mDCV and cLLI had other letters in drafts of the standard.
COLOUR_CHUNKS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI", b"mDCv", b"cLLi"})
_UNSPECIFIED = (2, 2)
_PRIMARIES_OF_NOTE = (1, 12)  # sRGB and Display P3
# sRGB's curve has no exponent; this is what the standard has its writers say (11.3.2.5), and Display P3 has the same curve.
_SRGB_GAMMA = 0.45455
_GAMMA_SLACK = 0.005
_GAMMAS = (0.1, 10.0)


@dataclass(frozen=True)
class StatedColours:
    """What a file says of its colours.

    Args:
        profile: as an ICC profile, or None for sRGB.
        stated: whether it says anything.
        layout, bits: what the profile was made for.
        chunks: kind and body of those chunks that are sound, in their order, so that they can be written again.
    """

    profile: bytes | None = None
    stated: bool = False
    layout: Layout = "rgb"
    bits: int = 8
    chunks: list[tuple[bytes, bytes]] = field(default_factory=list, repr=False)


def stated_colours(chunks: list[tuple[bytes, bytes]], layout: Layout, bits: int, notes: list[str]) -> StatedColours:
    """What chunks say of a photo's colours.

    Args:
        chunks: kind and body of the file's chunks; those that are not of colours are passed over.
        layout: of the photo, "grey" or "rgb".
        bits: per channel, 8 or 16.
        notes: notes for the user, to be added to.
    """
    found: dict[bytes, bytes] = {}
    for kind, body in chunks:
        if kind in COLOUR_CHUNKS:
            found.setdefault(kind, body)
    profile: bytes | None = None
    stated = False
    if b"cICP" in found:
        stated, profile = _of_code_points(found, layout, bits, notes)
    if not stated and b"iCCP" in found:
        stated, profile = _of_profile(found, layout, bits, notes)
    if not stated and b"sRGB" in found:
        stated = len(found[b"sRGB"]) == 1 and found[b"sRGB"][0] <= 3
        if not stated:
            _leave_out(found, b"sRGB", "is damaged", notes)
    if not stated:
        stated, profile = _of_gamma(found, layout, notes)
    return StatedColours(profile, stated, layout, bits, list(found.items()))


def _leave_out(found: dict[bytes, bytes], kind: bytes, why: str, notes: list[str]) -> None:
    del found[kind]
    notes.append(f"its {kind.decode('latin-1')} chunk {why}; left out")


def _of_code_points(found: dict[bytes, bytes], layout: Layout, bits: int, notes: list[str]) -> tuple[bool, bytes | None]:
    """Whether cICP says what the colours are, and their profile."""
    body = found[b"cICP"]
    if len(body) != 4 or body[2] != 0 or body[3] > 1:
        _leave_out(found, b"cICP", "is damaged or not of RGB", notes)
        return False, None
    if tuple(body[:2]) == _UNSPECIFIED:
        return False, None
    colours = colours_of_points(body[0], body[1])
    if colours is None:
        _leave_out(found, b"cICP", f"has code points that mean nothing ({body[0]}, {body[1]})", notes)
        return False, None
    if body[3] == 0:
        colours = Colours(colours.primaries, colours.white, colours.transfer, narrow=narrow_range(bits), name=colours.name)
    note_hdr(colours.hdr, notes)
    return True, colours.profile(layout)


def _of_profile(found: dict[bytes, bytes], layout: Layout, bits: int, notes: list[str]) -> tuple[bool, bytes | None]:
    """Whether iCCP says what the colours are, and its profile; one that cannot be used counts only where nothing else is."""
    profile = inflated(found[b"iCCP"].partition(b"\0")[2][1:])
    others = found.keys() & {b"sRGB", b"gAMA", b"cHRM"}
    if profile is None:
        read_as = "its colours are read as sRGB"
        if others:
            read_as = "its other colour chunks are used"
        del found[b"iCCP"]
        notes.append(f"its colour profile cannot be unpacked; {read_as}")
        return False, None
    profile = fitted(profile, layout, notes)
    if others:
        _, note = colour_space(profile, layout, fine=bits != 8)
        if note is not None:
            del found[b"iCCP"]
            notes.append(f"{note.partition('; its colours')[0]}; its other colour chunks are used")
            return False, None
    return True, profile


def _of_gamma(found: dict[bytes, bytes], layout: Layout, notes: list[str]) -> tuple[bool, bytes | None]:
    """Whether gAMA and cHRM say what the colours are, and a profile of them."""
    gamma = _gamma(found, notes)
    colours = _chromaticities(found, notes)
    if gamma is None and colours is None:
        return False, None
    colours = colours or Colours(name="sRGB")
    if gamma is None or (abs(gamma - _SRGB_GAMMA) < _GAMMA_SLACK and any(map(colours.is_like, _PRIMARIES_OF_NOTE))):
        return True, colours.profile(layout)
    stated = Colours(colours.primaries, colours.white, gamma=1 / gamma, name=f"{colours.name}, gamma {1 / gamma:.3g}")
    return True, stated.profile(layout)


def _gamma(found: dict[bytes, bytes], notes: list[str]) -> float | None:
    """The exponent from light to codes."""
    body = found.get(b"gAMA")
    if body is None:
        return None
    gamma = 0.0
    if len(body) == 4:
        gamma = int.from_bytes(body, "big") / 100000
    if _GAMMAS[0] <= gamma <= _GAMMAS[1]:
        return gamma
    _leave_out(found, b"gAMA", f"has a gamma of {gamma:g}, which is no photo's", notes)
    return None


def _chromaticities(found: dict[bytes, bytes], notes: list[str]) -> Colours | None:
    """The primaries and the white of cHRM, with sRGB's curve."""
    body = found.get(b"cHRM")
    if body is None:
        return None
    if len(body) == 32:
        numbers = [number / 100000 for number in struct.unpack(">8i", body)]
        colours = Colours(tuple(numbers[2:]), (numbers[0], numbers[1]), name="RGB of stated primaries")
        for code_point, name in zip(_PRIMARIES_OF_NOTE, ("sRGB", "Display P3"), strict=True):
            if colours.is_like(code_point):
                return Colours(colours.primaries, colours.white, name=name)
        try:
            colours.profile()
            return colours
        except (ValueError, struct.error):  # the latter where a number is too large for a profile
            pass
    _leave_out(found, b"cHRM", "has primaries or a white that are no colours", notes)
    return None


def chunks_to_write(job: EncodeJob) -> list[tuple[bytes, bytes]]:
    """The chunks that say what a photo's colours are: its own where they still hold, else iCCP, with cICP for HDR."""
    own = job.encoding.get("colours")
    bits = 8 * job.raster.dtype.itemsize
    if isinstance(own, StatedColours) and (own.profile, own.layout, own.bits) == (job.profile, job.layout, bits):
        return own.chunks
    written = []
    points = icc.code_points(job.profile)
    if points is not None:
        written.append((b"cICP", bytes([points[0], points[1], 0, 1])))
    if job.profile:
        written.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(job.profile)))
    return written


def lost_elsewhere(encoding: Mapping[str, object]) -> list[str]:
    """The names of colour chunks that tell of the mastering display, which only PNG is given."""
    own = encoding.get("colours")
    if not isinstance(own, StatedColours):
        return []
    return [kind.decode() for kind, _ in own.chunks if kind.upper() in (b"MDCV", b"CLLI")]
