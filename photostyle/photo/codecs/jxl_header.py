"""The header of a JPEG XL codestream, read and changed (ISO 18181-1, annex D).

imagecodecs neither tells nor takes what a file says of its colours and of its alpha, and decodes to the depth that is
said. All of that stands in the header, in front of frames that begin at a whole byte; so the header is read here, and
files are given another one.
"""

from dataclasses import dataclass, replace

from photostyle.photo.codecs.jxl_bits import NOTHING, BitReader, Bits, Coded, coded, coded_enum, coded_long
from photostyle.photo.codecs.jxl_colours import ColourEncoding, read_colours
from photostyle.photo.codecs.jxl_icc import icc_bits, read_icc

CODESTREAM = b"\xff\x0a"
ALPHA = 0
BLACK = 4
_SPOT_COLOUR = 2
_COLOUR_FILTER = 5
# Width by height, by the number that a header gives them; 0 has a width of its own.
_RATIOS = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_LENGTH = (Coded(1, 9), Coded(1, 13), Coded(1, 18), Coded(1, 30))
_PREVIEW_SMALL = (Coded(16), Coded(32), Coded(1, 5), Coded(33, 9))
_PREVIEW = (Coded(1, 6), Coded(65, 8), Coded(321, 10), Coded(1345, 12))
_TICKS = (Coded(100), Coded(1000), Coded(1, 10), Coded(1, 30))
_TICK_DIVISOR = (Coded(1), Coded(1001), Coded(1, 8), Coded(1, 10))
_LOOPS = (Coded(0), Coded(0, 3), Coded(0, 16), Coded(0, 32))
_WHOLE_BITS = (Coded(8), Coded(10), Coded(12), Coded(1, 6))
_FLOAT_BITS = (Coded(32), Coded(16), Coded(24), Coded(1, 6))
_EXTRA_COUNT = (Coded(0), Coded(1), Coded(2, 4), Coded(1, 12))
_SHIFT = (Coded(0), Coded(3), Coded(4), Coded(1, 3))
_NAME_LENGTH = (Coded(0), Coded(0, 4), Coded(16, 5), Coded(48, 10))
_FILTER_NUMBER = (Coded(1), Coded(0, 2), Coded(3, 4), Coded(19, 8))
_MOST_EXTRA = 256
_WEIGHTS = (15, 55, 210)  # custom upsampling weights for factors 2, 4 and 8


@dataclass(frozen=True)
class ExtraChannel:
    """A channel beside the colours.

    Args:
        kind: 0 is alpha, 4 the black of CMYK.
        depth: the bundle "BitDepth".
        rest: what follows it, up to the name.
        premultiplied: of alpha, whether colours are multiplied by it.
        end: what follows, of kinds that have more.
    """

    kind: int
    depth: Bits
    rest: Bits
    premultiplied: bool = False
    end: Bits = NOTHING

    def bits(self) -> Bits:
        """The bundle "ExtraChannelInfo"."""
        bits = Bits(0, 1) + coded_enum(self.kind) + self.depth + self.rest
        if self.kind == ALPHA:
            bits += Bits(int(self.premultiplied), 1)
        return bits + self.end


@dataclass(frozen=True)
class Header:
    """A codestream's header.

    Args:
        width, height: as stored, in pixels.
        before: from the file's start up to the depth.
        animated: whether frames follow each other in time.
        depth: the bundle "BitDepth".
        sample_bits: bits of a sample.
        floats: whether samples are floats.
        small_numbers: whether 16-bit buffers are enough.
        extra: the channels beside the colours.
        xyb: whether colours are stored in XYB, as lossy files have them.
        colours: the colour encoding.
        after: from the colour encoding up to the profile.
        profile: the ICC profile, or None.
    """

    width: int
    height: int
    before: Bits
    animated: bool
    depth: Bits
    sample_bits: int
    floats: bool
    small_numbers: bool
    extra: tuple[ExtraChannel, ...]
    xyb: bool
    colours: ColourEncoding
    after: Bits
    profile: bytes | None = None

    @property
    def alpha(self) -> ExtraChannel | None:
        """The first channel of transparency."""
        for channel in self.extra:
            if channel.kind == ALPHA:
                return channel
        return None

    def with_colours(self, bits: Bits, profile: bytes | None = None) -> "Header":
        """The header with another colour encoding, and the profile that goes with it."""
        return replace(self, colours=replace(self.colours, bits=bits), profile=profile)

    def to_bytes(self) -> bytes:
        """Whole bytes, which frames may follow."""
        bits = self.before + self.depth + Bits(int(self.small_numbers), 1) + coded(len(self.extra), _EXTRA_COUNT)
        for channel in self.extra:
            bits += channel.bits()
        bits += Bits(int(self.xyb), 1) + self.colours.bits + self.after
        if self.profile is not None:
            bits += icc_bits(self.profile)
        return bits.to_bytes()


def whole_bits(count: int) -> Bits:
    """The bundle "BitDepth" of whole numbers."""
    return Bits(0, 1) + coded(count, _WHOLE_BITS)


def floats32() -> Bits:
    """The bundle "BitDepth" of float32."""
    return Bits(1, 1) + coded(32, _FLOAT_BITS) + Bits(7, 4)


def read_header(stream: bytes) -> tuple[Header, bytes]:
    """The header of a codestream, and the frames that follow it.

    Raises:
        ValueError: it is cut off or damaged.
    """
    if not stream.startswith(CODESTREAM):
        raise ValueError("it has no codestream")
    reader = BitReader(stream, 16)
    width, height = _size(reader)
    header = _image(reader, width, height)
    if header.colours.icc:
        header = replace(header, profile=read_icc(reader))
    return header, stream[reader.to_byte() :]


def stored_size(stream: bytes) -> tuple[int, int]:
    """Width and height of a codestream's picture, as stored.

    Raises:
        ValueError: it is cut off, or none.
    """
    if not stream.startswith(CODESTREAM):
        raise ValueError("it has no codestream")
    return _size(BitReader(stream, 16))


def is_modular(frames: bytes) -> bool:
    """Whether the first frame is stored by the means of lossless files, rather than as DCT ("FrameHeader")."""
    reader = BitReader(frames)
    if reader.flag():
        return False
    reader.skip(2)
    return reader.flag()


def _size(reader: BitReader) -> tuple[int, int]:
    """The bundle "SizeHeader"."""
    small = reader.flag()
    height = _length(reader, small)
    ratio = reader.read(3)
    if ratio == 0:
        return _length(reader, small), height
    across, down = _RATIOS[ratio]
    return height * across // down, height


def _length(reader: BitReader, small: bool) -> int:
    if small:
        return (reader.read(5) + 1) * 8
    return reader.number(_LENGTH)


def _image(reader: BitReader, width: int, height: int) -> Header:
    """The bundles "ImageMetadata" and "CustomTransformData"; left out defaults are written out."""
    size = reader.bits(0)
    if reader.flag():
        after = coded_long(0) + _transforms(reader, xyb=True)
        before = size + Bits(0, 2)
        colours = read_colours(BitReader(b"\1"))
        return Header(width, height, before, False, whole_bits(8), 8, False, True, (), True, colours, after)
    more = reader.flag()
    animated = more and _extra_fields(reader)
    before = reader.bits(0)
    depth, sample_bits, floats = _depth(reader)
    small_numbers = reader.flag()
    count = reader.number(_EXTRA_COUNT)
    if count > _MOST_EXTRA:
        raise ValueError(f"it has {count} extra channels, photos at most a few")
    extra = tuple(_extra_channel(reader) for _ in range(count))
    xyb = reader.flag()
    colours = read_colours(reader)
    start = reader.place
    if more and not reader.flag():  # the bundle "ToneMapping"
        reader.skip(16 + 16 + 1 + 16)
    _skip_extensions(reader)
    after = reader.bits(start) + _transforms(reader, xyb=xyb)
    return Header(width, height, before, animated, depth, sample_bits, floats, small_numbers, extra, xyb, colours, after)


def _extra_fields(reader: BitReader) -> bool:
    """Skip orientation, intrinsic size, preview and animation; whether there is an animation."""
    reader.skip(3)
    if reader.flag():
        _size(reader)
    if reader.flag():
        _skip_preview(reader)
    animated = reader.flag()
    if animated:
        reader.number(_TICKS)
        reader.number(_TICK_DIVISOR)
        reader.number(_LOOPS)
        reader.flag()
    return animated


def _skip_preview(reader: BitReader) -> None:
    lengths = _PREVIEW
    if reader.flag():
        lengths = _PREVIEW_SMALL
    reader.number(lengths)
    if reader.read(3) == 0:
        reader.number(lengths)


def _depth(reader: BitReader) -> tuple[Bits, int, bool]:
    """The bundle "BitDepth", its bits of a sample, and whether that is a float."""
    start = reader.place
    floats = reader.flag()
    if floats:
        count = reader.number(_FLOAT_BITS)
        reader.skip(4)
    else:
        count = reader.number(_WHOLE_BITS)
    return reader.bits(start), count, floats


def _extra_channel(reader: BitReader) -> ExtraChannel:
    """The bundle "ExtraChannelInfo"."""
    if reader.flag():
        return ExtraChannel(ALPHA, whole_bits(8), Bits(0, 4))
    kind = reader.enum()
    depth, _, _ = _depth(reader)
    start = reader.place
    reader.number(_SHIFT)
    reader.skip(8 * reader.number(_NAME_LENGTH))
    rest = reader.bits(start)
    if kind == ALPHA:
        return ExtraChannel(kind, depth, rest, reader.flag())
    start = reader.place
    if kind == _SPOT_COLOUR:
        reader.skip(4 * 16)
    if kind == _COLOUR_FILTER:
        reader.number(_FILTER_NUMBER)
    return ExtraChannel(kind, depth, rest, end=reader.bits(start))


def _skip_extensions(reader: BitReader) -> None:
    length = 0
    for _ in range(reader.long().bit_count()):
        length += reader.long()
    reader.skip(length)


def _transforms(reader: BitReader, *, xyb: bool) -> Bits:
    """The bundle "CustomTransformData"."""
    start = reader.place
    if not reader.flag():
        if xyb and not reader.flag():  # the bundle "OpsinInverseMatrix"
            reader.skip(16 * (9 + 3 + 4))
        chosen = reader.read(3)
        for number, count in enumerate(_WEIGHTS):
            if chosen >> number & 1:
                reader.skip(16 * count)
    return reader.bits(start)
