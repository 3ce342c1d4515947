"""The ICC profile in a JPEG XL codestream: compressed by commands and predictions (ISO 18181-1, annex E.4)."""

import struct

from photostyle.photo.codecs.jxl_bits import BitReader, Bits, coded_long
from photostyle.photo.codecs.jxl_entropy import EntropyReader

_CONTEXTS = 41
_MOST = 1 << 20  # bytes of a profile
_HEAD = 128
_TAGS = "cprt wtpt bkpt rXYZ gXYZ bXYZ kXYZ rTRC gTRC bTRC kTRC chad desc chrm dmnd dmdd lumi"
_TAG_NAMES = [name.encode() for name in _TAGS.split()]
_TYPES = [b"XYZ ", b"desc", b"text", b"mluc", b"para", b"curv", b"sf32", b"gbd "]
_OF_20_BYTES = {b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"wtpt", b"bkpt", b"lumi"}
# Commands of the table of tags, which may say where a tag begins and how long it is.
_END_OF_TAGS = 0
_UNKNOWN_TAG = 1
_THREE_CURVES = 2
_THREE_COLORANTS = 3
_FIRST_KNOWN_TAG = 4
_SAYS_START = 64
_SAYS_SIZE = 128
# Commands of what follows.
_INSERT = 1
_INTERLEAVE = {2: 2, 3: 4}
_PREDICT = 4
_XYZ = 10
_FIRST_TYPE = 16
_SAYS_STRIDE = 16


def read_icc(reader: BitReader) -> bytes:
    """Read a profile; the reader then stands behind it.

    Raises:
        ValueError: it is damaged, or far too long.
    """
    size = reader.long()
    if size > _MOST:
        raise ValueError(f"its colour profile has {size} bytes, more than any")
    numbers = EntropyReader(reader, _CONTEXTS)
    packed = bytearray()
    last = 0
    before = 0
    for place in range(size):
        context = 0
        if place > _HEAD:
            context = 1 + _kind(last) + 8 * _rough_kind(before)
        before = last
        last = numbers.read(context) & 0xFF
        packed.append(last)
    numbers.check_end()
    return _Unpacker(bytes(packed)).profile()


def _kind(byte: int) -> int:
    """What a byte is like: letter, digit, 0, 1, small, large, 255, anything else."""
    if chr(byte).isascii() and chr(byte).isalpha():
        return 0
    if chr(byte) in "0123456789.,":
        return 1
    if byte < 2:
        return 2 + byte
    if byte < 16:
        return 4
    if byte == 255:
        return 6
    if byte > 240:
        return 5
    return 7


def _rough_kind(byte: int) -> int:
    """What a byte is like: letter, digit, small, large, anything else."""
    kind = _kind(byte)
    if kind < 2:
        return kind
    if byte < 16:
        return 2
    if byte > 240:
        return 3
    return 4


class _Bytes:
    """Bytes that are read one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def __bool__(self) -> bool:
        return self._place < len(self._data)

    def take(self, count: int) -> bytes:
        if count > len(self._data) - self._place:
            raise ValueError("its colour profile is cut off")
        self._place += count
        return self._data[self._place - count : self._place]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """A number of any length, seven bits a byte."""
        number = 0
        for shift in range(0, 63, 7):
            byte = self.byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise ValueError("its colour profile is damaged")

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._place)


class _Unpacker:
    """Carries out the commands that make a profile."""

    def __init__(self, packed: bytes) -> None:
        source = _Bytes(packed)
        self._size = source.number()
        if self._size > _MOST:
            raise ValueError("its colour profile is damaged")
        self._commands = _Bytes(source.take(source.number()))
        self._data = _Bytes(source.rest())
        self._made = bytearray()

    def profile(self) -> bytes:
        """The whole profile."""
        while len(self._made) < min(_HEAD, self._size):
            predicted = _predicted_head(self._size, bytes(self._made))
            self._made.append((predicted + self._data.byte()) & 0xFF)
        if self._commands:
            self._tags()
        while self._commands:
            self._piece()
            self._check_size()
        if len(self._made) != self._size:
            raise ValueError("its colour profile is damaged")
        return bytes(self._made)

    def _check_size(self) -> None:
        if len(self._made) > self._size:
            raise ValueError("its colour profile is damaged")

    def _tags(self) -> None:
        """The table of tags."""
        count = self._commands.number()
        if count == 0:
            return
        count -= 1
        self._made += struct.pack(">I", count & 0xFFFFFFFF)
        start = _HEAD + 12 * count
        size = 0
        while self._commands:
            command = self._commands.byte()
            kind = command & 63
            if kind == _END_OF_TAGS:
                return
            names = self._tag_names(kind)
            start += size
            if names[0] in _OF_20_BYTES:
                size = 20
            if command & _SAYS_START:
                start = self._commands.number()
            if command & _SAYS_SIZE:
                size = self._commands.number()
            for number, name in enumerate(names):
                place = start
                if kind == _THREE_COLORANTS:
                    place += number * size
                self._made += name + struct.pack(">II", place & 0xFFFFFFFF, size & 0xFFFFFFFF)
            self._check_size()

    def _tag_names(self, kind: int) -> list[bytes]:
        if kind == _UNKNOWN_TAG:
            return [self._data.take(4)]
        if kind == _THREE_CURVES:
            return [b"rTRC", b"gTRC", b"bTRC"]
        if kind == _THREE_COLORANTS:
            return [b"rXYZ", b"gXYZ", b"bXYZ"]
        if kind - _FIRST_KNOWN_TAG >= len(_TAG_NAMES):
            raise ValueError("its colour profile is damaged")
        return [_TAG_NAMES[kind - _FIRST_KNOWN_TAG]]

    def _piece(self) -> None:
        """What one command adds."""
        command = self._commands.byte()
        if command == _INSERT:
            self._made += self._data.take(self._commands.number())
        elif command in _INTERLEAVE:
            self._made += _interleaved(self._data.take(self._commands.number()), _INTERLEAVE[command])
        elif command == _PREDICT:
            self._predicted()
        elif command == _XYZ:
            self._made += b"XYZ \0\0\0\0" + self._data.take(12)
        elif 0 <= command - _FIRST_TYPE < len(_TYPES):
            self._made += _TYPES[command - _FIRST_TYPE] + bytes(4)
        else:
            raise ValueError("its colour profile is damaged")

    def _predicted(self) -> None:
        """Numbers of 1, 2 or 4 bytes, as differences from what those before them let expect."""
        flags = self._commands.byte()
        width = (flags & 3) + 1
        order = flags >> 2 & 3
        stride = width
        if flags & _SAYS_STRIDE:
            stride = self._commands.number()
        count = self._commands.number()
        if width == 3 or order == 3 or stride < width or 4 * stride >= len(self._made):
            raise ValueError("its colour profile is damaged")
        differences = _interleaved(self._data.take(count), width)
        start = len(self._made)
        for place, difference in enumerate(differences):
            within = place % width
            first = start + place - within
            known = [self._number_at(first - back * stride, width) for back in (1, 2, 3)]
            expected = (known[0], 2 * known[0] - known[1], 3 * known[0] - 3 * known[1] + known[2])[order]
            self._made.append(((expected >> 8 * (width - 1 - within)) + difference) & 0xFF)

    def _number_at(self, place: int, width: int) -> int:
        return int.from_bytes(self._made[place : place + width], "big")


def _interleaved(data: bytes, width: int) -> bytes:
    """Bytes that stand sorted by their place in numbers of `width` bytes, put together again."""
    rows = -(-len(data) // width)
    made = bytearray()
    for row in range(rows):
        made += data[row::rows]
    return bytes(made)


def _predicted_head(size: int, made: bytes) -> int:
    """What the next byte of a profile's head is most likely."""
    place = len(made)
    head = bytearray(_HEAD)
    head[0:4] = struct.pack(">I", size)
    head[8] = 4
    head[12:24] = b"mntrRGB XYZ "
    head[36:40] = b"acsp"
    head[68:80] = struct.pack(">3I", 63190, 65536, 54061)
    if place >= 8:
        head[80:84] = made[4:8]
    if place > 40:
        makers = {b"A": b"APPL", b"M": b"MSFT", b"SG": b"SGI ", b"SU": b"SUNW"}
        for beginning, maker in makers.items():
            if made[40:].startswith(beginning[: place - 40]) and place - 40 >= len(beginning):
                head[40:44] = maker
    return head[place]


def icc_bits(profile: bytes) -> Bits:
    """A profile as it stands in a codestream: as it is, each byte by a prefix code of eight bits."""
    head = bytearray()
    for place, byte in enumerate(profile[:_HEAD]):
        head.append((byte - _predicted_head(len(profile), profile[:place])) & 0xFF)
    commands = b""
    if len(profile) > _HEAD:
        commands = b"\0" + bytes([_INSERT]) + _packed_number(len(profile) - _HEAD)
    packed = _packed_number(len(profile)) + _packed_number(len(commands)) + commands + head + profile[_HEAD:]
    reversed_bytes = bytes(int(f"{byte:08b}"[::-1], 2) for byte in packed)
    body = Bits(int.from_bytes(reversed_bytes, "little"), 8 * len(packed))
    return coded_long(len(packed)) + _plain_code() + body


def _plain_code() -> Bits:
    """The code in which all bytes have eight bits, for all contexts alike."""
    bits = Bits(0, 1)  # no LZ77
    bits += Bits(1, 1) + Bits(0, 2)  # contexts: all have code 0
    bits += Bits(1, 1)  # prefix codes
    bits += Bits(8, 4) + Bits(0, 4) + Bits(0, 4)  # numbers below 256 are symbols
    bits += Bits(1, 1) + Bits(7, 4) + Bits(127, 7)  # 256 symbols
    bits += Bits(0, 2)  # lengths of the code of lengths: of "8" alone, which stands tenth
    bits += Bits(0, 2 * 10) + Bits(1, 2) + Bits(0, 2 * 7)
    return bits


def _packed_number(number: int) -> bytes:
    packed = bytearray()
    while number > 127:
        packed.append(number & 127 | 128)
        number >>= 7
    packed.append(number)
    return bytes(packed)
