"""Whether a picture in AV1 is coded without loss, from the headers of its stream (AV1 bitstream specification, 5.5 and 5.9).

Only what stands before the quantiser of a first frame is read, which is a key frame that is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from photostyle.photo.codecs.video_bits import BitReader

_SEQUENCE = 1
_FRAME_HEADER = 3
_FRAME = 6
_CHOSEN_BY_FRAME = 2
_KEY_FRAME = 0
_SRGB = (1, 13, 0)
_FULL_CHROMA_PROFILE = 1
_HIGH_PROFILE = 2
# Tiles of at most this width and area, and as many (3, "Symbols").
_TILE_WIDTH = 4096
_TILE_AREA = 4096 * 2304
_MOST_TILES = 64
_UNKNOWN = "its stream has what photos do not have"


@dataclass
class _Sequence:
    """What the header of a stream says that is needed for that of a frame."""

    reduced: bool = True
    size_bits: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    large_blocks: bool = False
    screen_content: int = _CHOSEN_BY_FRAME
    whole_motion: int = _CHOSEN_BY_FRAME
    order_bits: int = 0
    superres: bool = False
    monochrome: bool = False
    separate_chroma: bool = False


def is_lossless(stream: bytes) -> bool:
    """Whether the first frame of a stream has a quantiser of 0, which changes nothing; False where that cannot be told."""
    sequence: _Sequence | None = None
    try:
        for kind, body in _units(stream):
            if kind == _SEQUENCE:
                sequence = _sequence(BitReader(body))
            elif kind in (_FRAME_HEADER, _FRAME) and sequence is not None:
                return _quantiser_is_zero(BitReader(body), sequence)
    except (ValueError, IndexError):
        pass
    return False


def _units(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of the units that a stream is made of (5.3)."""
    place = 0
    while place < len(stream):
        head = stream[place]
        place += 1 + (head >> 2 & 1)  # an extension follows
        size = len(stream) - place
        if head & 2:
            size = 0
            for shift in range(0, 56, 7):
                byte = stream[place]
                place += 1
                size |= (byte & 0x7F) << shift
                if byte < 0x80:
                    break
        yield head >> 3 & 15, stream[place : place + size]
        place += size


def _sequence(bits: BitReader) -> _Sequence:
    """The header of a stream (5.5.1)."""
    profile = bits.read(3)
    bits.read(1)  # a still picture
    found = _Sequence(reduced=bits.flag())
    if found.reduced:
        bits.read(5)  # level
    else:
        _skip_operating_points(bits)
    found.size_bits = (bits.read(4) + 1, bits.read(4) + 1)
    found.size = (bits.read(found.size_bits[0]) + 1, bits.read(found.size_bits[1]) + 1)
    if not found.reduced and bits.flag():  # numbers of frames
        raise ValueError(_UNKNOWN)
    found.large_blocks = bits.flag()
    bits.read(2)  # filters
    if not found.reduced:
        _read_tools(bits, found)
    found.superres = bits.flag()
    bits.read(2)  # filters
    _read_colours(bits, found, profile)
    return found


def _skip_operating_points(bits: BitReader) -> None:
    if bits.flag():  # timing
        raise ValueError(_UNKNOWN)
    delay = bits.flag()
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:  # level, then tier
            bits.read(1)
        if delay and bits.flag():
            bits.read(4)


def _read_tools(bits: BitReader, found: _Sequence) -> None:
    """The tools for frames that follow others."""
    bits.read(4)
    ordered = bits.flag()
    if ordered:
        bits.read(2)
    if not bits.flag():
        found.screen_content = bits.read(1)
    if found.screen_content > 0 and not bits.flag():
        found.whole_motion = bits.read(1)
    if ordered:
        found.order_bits = bits.read(3) + 1


def _read_colours(bits: BitReader, found: _Sequence, profile: int) -> None:
    """The colours (5.5.2), as far as they tell how many quantisers there are."""
    high = bits.flag()
    twelve = profile == _HIGH_PROFILE and high and bits.flag()
    found.monochrome = profile != _FULL_CHROMA_PROFILE and bits.flag()
    colours = (2, 2, 2)
    if bits.flag():
        colours = (bits.read(8), bits.read(8), bits.read(8))
    if found.monochrome:
        return
    if colours != _SRGB:
        bits.read(1)  # full range
        halved = profile == 0
        if twelve:
            halved = bits.flag() and bits.flag()
        if halved:
            bits.read(2)  # where chroma lies
    found.separate_chroma = bits.flag()


def _quantiser_is_zero(bits: BitReader, sequence: _Sequence) -> bool:
    """Whether a first frame's quantisers are 0 (5.9.2)."""
    if not sequence.reduced:
        if bits.flag() or bits.read(2) != _KEY_FRAME or not bits.flag():
            raise ValueError(_UNKNOWN)
    steady = bits.flag()  # statistics are not updated
    screen_content = sequence.screen_content
    if screen_content == _CHOSEN_BY_FRAME:
        screen_content = bits.read(1)
    if screen_content and sequence.whole_motion == _CHOSEN_BY_FRAME:
        bits.read(1)
    width, height = sequence.size
    if not sequence.reduced:
        other_size = bits.flag()
        bits.read(sequence.order_bits)
        if other_size:
            width = bits.read(sequence.size_bits[0]) + 1
            height = bits.read(sequence.size_bits[1]) + 1
    if sequence.superres and bits.flag():  # which no lossless frame uses
        return False
    if bits.flag():  # another size on screen
        bits.read(32)
    if screen_content:
        bits.read(1)  # blocks copied within the frame
    if not sequence.reduced and not steady:
        bits.read(1)
    _skip_tiles(bits, width, height, sequence.large_blocks)
    return _quantisers(bits, sequence) == 0


def _skip_tiles(bits: BitReader, width: int, height: int, large_blocks: bool) -> None:
    """How the frame is divided into tiles (5.9.15)."""
    shift = 7 if large_blocks else 6
    columns = (width + (1 << shift) - 1) >> shift
    rows = (height + (1 << shift) - 1) >> shift
    if not bits.flag():  # tiles of many sizes
        raise ValueError(_UNKNOWN)
    column_bits = _log2(_TILE_WIDTH >> shift, columns)
    fewest = max(column_bits, _log2(_TILE_AREA >> 2 * shift, rows * columns))
    column_bits = _increased(bits, column_bits, _log2(1, min(columns, _MOST_TILES)))
    row_bits = _increased(bits, max(fewest - column_bits, 0), _log2(1, min(rows, _MOST_TILES)))
    if column_bits + row_bits > 0:
        bits.read(column_bits + row_bits + 2)


def _log2(unit: int, target: int) -> int:
    """By how many doublings a unit reaches a target."""
    count = 0
    while unit << count < target:
        count += 1
    return count


def _increased(bits: BitReader, number: int, most: int) -> int:
    """A number that is counted up bit by bit."""
    while number < most and bits.flag():
        number += 1
    return number


def _quantisers(bits: BitReader, sequence: _Sequence) -> int:
    """The base quantiser, or'ed with all that is added for some coefficients (5.9.12)."""
    found = bits.read(8) | _added(bits)
    if sequence.monochrome:
        return found
    planes = 1
    if sequence.separate_chroma and bits.flag():
        planes = 2
    for _ in range(2 * planes):
        found |= _added(bits)
    return found


def _added(bits: BitReader) -> int:
    if bits.flag():
        return bits.read(7)
    return 0
