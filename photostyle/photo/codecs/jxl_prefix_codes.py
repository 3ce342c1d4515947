"""Prefix codes of JPEG XL (ISO 18181-1, annex C.2), which are those of Brotli (RFC 7932, section 3)."""

from photostyle.photo.codecs.jxl_bits import BitReader

_LONGEST = 15
_SPACE = 1 << _LONGEST
_LENGTH_ORDER = (1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15)
# The code that the lengths of the lengths' code stand in: by the next four bits, how many are used and what they mean.
_LENGTHS_OF_LENGTHS = ((2, 0), (2, 4), (2, 3), (3, 2), (2, 0), (2, 4), (2, 3), (4, 1)) + (
    (2, 0), (2, 4), (2, 3), (3, 2), (2, 0), (2, 4), (2, 3), (4, 5),
)  # fmt: skip
_REPEAT_LAST = 16
_USUAL_LENGTH = 8
# Lengths of the codes of 2, 3 and 4 symbols that are listed.
_LISTED = {1: (0,), 2: (1, 1), 3: (1, 2, 2), 4: (2, 2, 2, 2), 5: (1, 2, 3, 3)}


class PrefixCode:
    """A code whose symbols take as many bits as their lengths say; of one symbol, none."""

    def __init__(self, lengths: dict[int, int]) -> None:
        self._longest = max(lengths.values(), default=0)
        if len(lengths) == 1:
            self._longest = 0
        # What each of the next bits mean: a symbol and its length.
        self._meanings: list[tuple[int, int] | None] = [None] * (1 << self._longest)
        code = 0
        last = 0
        for length, symbol in sorted((length, symbol) for symbol, length in lengths.items()):
            if self._longest == 0:
                self._meanings[0] = (symbol, 0)
                break
            code <<= length - last
            last = length
            self._fill(symbol, length, code)
            code += 1

    def _fill(self, symbol: int, length: int, code: int) -> None:
        """Put a symbol wherever its code comes first, its highest bit before the others."""
        start = int(f"{code:0{length}b}"[::-1], 2)
        for place in range(start, len(self._meanings), 1 << length):
            self._meanings[place] = (symbol, length)

    def read(self, reader: BitReader) -> int:
        """The next symbol."""
        meaning = self._meanings[reader.peek(self._longest)]
        if meaning is None:
            raise ValueError("its profile holds a code without a meaning")
        symbol, length = meaning
        reader.skip(length)
        return symbol


def read_prefix_code(reader: BitReader, alphabet: int) -> PrefixCode:
    """Read the code of an alphabet of that many symbols."""
    if alphabet <= 1:
        return PrefixCode({0: 0})
    kind = reader.read(2)
    if kind == 1:
        return _listed(reader, alphabet)
    return PrefixCode(_by_lengths(reader, alphabet, kind))


def _listed(reader: BitReader, alphabet: int) -> PrefixCode:
    """A code of one to four symbols, by their names."""
    count = reader.read(2) + 1
    bits = (alphabet - 1).bit_length()
    symbols = [reader.read(bits) for _ in range(count)]
    if len(set(symbols)) < count or max(symbols) >= alphabet:
        raise ValueError("its profile's code is damaged")
    kind = count
    if count == 4:
        kind += reader.read(1)
    # Symbols of one length come in order.
    lengths = dict(zip(symbols, _LISTED[kind], strict=True))
    return PrefixCode(lengths)


def _by_lengths(reader: BitReader, alphabet: int, skipped: int) -> dict[int, int]:
    """Lengths by symbol, themselves in a prefix code."""
    code = PrefixCode(_lengths_of_lengths(reader, skipped))
    lengths: dict[int, int] = {}
    symbol = 0
    space = _SPACE
    last = _USUAL_LENGTH
    repeated = -1  # the length that is being repeated, and how often so far
    repeats = 0
    while symbol < alphabet and space > 0:
        length = code.read(reader)
        if length < _REPEAT_LAST:
            repeats = 0
            if length:
                lengths[symbol] = length
                last = length
                space -= _SPACE >> length
            symbol += 1
            continue
        bits = length - 14
        value = 0
        if length == _REPEAT_LAST:
            value = last
        if value != repeated:
            repeats = 0
            repeated = value
        before = repeats
        if repeats > 0:
            repeats = (repeats - 2) << bits
        repeats += reader.read(bits) + 3
        if value:
            for place in range(symbol, symbol + repeats - before):
                lengths[place] = value
            space -= (repeats - before) * (_SPACE >> value)
        symbol += repeats - before
    if space != 0 or symbol > alphabet:
        raise ValueError("its profile's code is damaged")
    return lengths


def _lengths_of_lengths(reader: BitReader, skipped: int) -> dict[int, int]:
    lengths: dict[int, int] = {}
    space = 32
    for name in _LENGTH_ORDER[skipped:]:
        if space <= 0:
            break
        bits, length = _LENGTHS_OF_LENGTHS[reader.peek(4)]
        reader.skip(bits)
        if length:
            lengths[name] = length
            space -= 32 >> length
    if space != 0 and len(lengths) != 1:
        raise ValueError("its profile's code is damaged")
    return lengths
