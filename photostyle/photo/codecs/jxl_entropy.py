"""Numbers that are entropy-coded in a JPEG XL codestream: ANS or prefix codes, with LZ77 (ISO 18181-1, annex C).

Of a codestream only the ICC profile is read here; libjxl decodes the rest.
"""

from dataclasses import dataclass
from typing import Protocol

from photostyle.photo.codecs.jxl_bits import BitReader, Coded
from photostyle.photo.codecs.jxl_prefix_codes import PrefixCode, read_prefix_code

_TABLE_BITS = 12
_TABLE = 1 << _TABLE_BITS
_FINAL_STATE = 0x130000
_LZ77_FROM = (Coded(224), Coded(512), Coded(4096), Coded(8, 15))
_LZ77_SHORTEST = (Coded(3), Coded(4), Coded(5, 2), Coded(9, 8))
_WINDOW = 1 << 20
_RUN = 13  # among the logarithms of counts: the last one again
# The code of the logarithms of counts: by bits, how many there are and what they mean.
_LOGARITHMS = {
    3: {0: 10, 2: 7, 4: 6, 5: 8, 6: 9},
    4: {3: 3, 7: 5, 9: 4, 11: 1, 15: 2},
    5: {17: 0},
    6: {33: 11},
    7: {1: 12, 65: _RUN},
}


class _SymbolCode(Protocol):
    def read(self, reader: BitReader) -> int: ...


@dataclass(frozen=True)
class _UintCode:
    """How a symbol and more bits make a number ("HybridUintConfig")."""

    split: int
    high: int
    low: int

    def number(self, symbol: int, reader: BitReader) -> int:
        if symbol < 1 << self.split:
            return symbol
        kept = self.high + self.low
        bits = self.split - kept + ((symbol - (1 << self.split)) >> kept)
        if bits > 32:
            raise ValueError("its profile holds a number that is too large")
        low = symbol & ((1 << self.low) - 1)
        high = (symbol >> self.low) & ((1 << self.high) - 1) | 1 << self.high
        return (high << bits | reader.read(bits)) << self.low | low


def _read_uint_code(reader: BitReader, alphabet_bits: int) -> _UintCode:
    split = reader.read(alphabet_bits.bit_length())
    if split == alphabet_bits:
        return _UintCode(split, 0, 0)
    if split > alphabet_bits:
        raise ValueError("its profile's code is damaged")
    high = reader.read(split.bit_length())
    low = reader.read(max(0, split - high).bit_length())
    if high + low > split:
        raise ValueError("its profile's code is damaged")
    return _UintCode(split, high, low)


class _AnsState:
    """The state that all distributions of a stream share; begun when the first symbol is read."""

    value = 0
    begun = False


class _Distribution:
    """Symbols by an asymmetric numeral system: a table of 4096 places in which each has as many as its count says."""

    def __init__(self, counts: list[int], alphabet_bits: int, state: _AnsState) -> None:
        self._state = state
        self._counts = counts + [0] * ((1 << alphabet_bits) - len(counts))
        self._shift = _TABLE_BITS - alphabet_bits
        self._cutoffs, self._others, self._offsets = _alias_table(self._counts, 1 << self._shift)

    def read(self, reader: BitReader) -> int:
        state = self._state
        if not state.begun:
            state.value = reader.read(32)
            state.begun = True
        place = state.value & (_TABLE - 1)
        symbol = place >> self._shift
        offset = place & ((1 << self._shift) - 1)
        if offset >= self._cutoffs[symbol]:
            offset += self._offsets[symbol]
            symbol = self._others[symbol]
        state.value = self._counts[symbol] * (state.value >> _TABLE_BITS) + offset
        if state.value < 1 << 16:
            state.value = state.value << 16 | reader.read(16)
        return symbol


def _alias_table(counts: list[int], size: int) -> tuple[list[int], list[int], list[int]]:
    """For each bucket of `size` places: from which place on another symbol has them, which, and its offset less the place."""
    others = list(range(len(counts)))
    offsets = [0] * len(counts)
    if _TABLE in counts:
        symbol = counts.index(_TABLE)
        return [0] * len(counts), [symbol] * len(counts), [size * bucket for bucket in range(len(counts))]
    cutoffs = list(counts)
    over = [symbol for symbol, count in enumerate(counts) if count > size]
    under = [symbol for symbol, count in enumerate(counts) if count < size]
    while over:
        giver = over.pop()
        taker = under.pop()
        cutoffs[giver] -= size - cutoffs[taker]
        others[taker] = giver
        offsets[taker] = cutoffs[giver]
        if cutoffs[giver] < size:
            under.append(giver)
        elif cutoffs[giver] > size:
            over.append(giver)
    for bucket, cutoff in enumerate(cutoffs):
        if cutoff == size:
            cutoffs[bucket] = 0
            others[bucket] = bucket
            offsets[bucket] = 0
        else:
            offsets[bucket] -= cutoff
    return cutoffs, others, offsets


def _read_counts(reader: BitReader, most: int) -> list[int]:
    """How many of the 4096 places each symbol has."""
    if reader.flag():
        return _few_counts(reader, most)
    if reader.flag():
        count = _short(reader, 3) + 1
        if count > most:
            raise ValueError("its profile's code is damaged")
        share, left = divmod(_TABLE, count)
        return [share + (symbol < left) for symbol in range(count)]
    return _many_counts(reader, most)


def _few_counts(reader: BitReader, most: int) -> list[int]:
    two = reader.flag()
    symbols = [_short(reader, 3) for _ in range(1 + two)]
    if max(symbols) >= most or len(set(symbols)) < len(symbols):
        raise ValueError("its profile's code is damaged")
    counts = [0] * (max(symbols) + 1)
    counts[symbols[0]] = _TABLE
    if two:
        counts[symbols[0]] = reader.read(_TABLE_BITS)
        counts[symbols[1]] = _TABLE - counts[symbols[0]]
    return counts


def _many_counts(reader: BitReader, most: int) -> list[int]:
    """Counts by their logarithms, with as many more bits as a precision gives; the largest is what is left."""
    bits = 0
    while bits < 3 and reader.flag():
        bits += 1
    precision = (reader.read(bits) | 1 << bits) - 1
    length = _short(reader, 3) + 3
    if precision > _TABLE_BITS + 1 or length > most:
        raise ValueError("its profile's code is damaged")
    logarithms, runs = _read_logarithms(reader, length)
    largest = max(logarithms)
    left_out = logarithms.index(largest)
    if largest <= 0:
        raise ValueError("its profile's code is damaged")
    counts = [0] * length
    symbol = 0
    while symbol < length:
        if symbol in runs:
            last = 0
            if symbol > 0:
                last = counts[symbol - 1]
            for place in range(symbol, min(length, symbol + runs[symbol])):
                counts[place] = last
            symbol += runs[symbol]
            continue
        logarithm = logarithms[symbol]
        if symbol != left_out and logarithm > 0:
            more = max(0, min(logarithm - 1, precision - ((_TABLE_BITS - logarithm + 1) >> 1)))
            counts[symbol] = (1 << (logarithm - 1)) + (reader.read(more) << (logarithm - 1 - more))
        symbol += 1
    counts[left_out] = _TABLE - sum(counts)
    if counts[left_out] <= 0:
        raise ValueError("its profile's code is damaged")
    return counts


def _read_logarithms(reader: BitReader, length: int) -> tuple[list[int], dict[int, int]]:
    """Logarithms by symbol, -1 in a run; and the lengths of runs by their first symbol."""
    logarithms: list[int] = []
    runs: dict[int, int] = {}
    while len(logarithms) < length:
        logarithm = _read_logarithm(reader)
        if logarithm < _RUN:
            logarithms.append(logarithm)
            continue
        runs[len(logarithms)] = _short(reader, 3) + 4
        logarithms += [-1] * runs[len(logarithms)]
    if len(logarithms) > length:
        raise ValueError("its profile's code is damaged")
    return logarithms, runs


def _read_logarithm(reader: BitReader) -> int:
    coming = reader.peek(7)
    for bits, meanings in _LOGARITHMS.items():
        meaning = meanings.get(coming & ((1 << bits) - 1))
        if meaning is not None:
            reader.skip(bits)
            return meaning
    raise ValueError("its profile's code is damaged")


def _short(reader: BitReader, bits: int) -> int:
    """A number that is mostly small ("VarLenUint8" with 3 bits, "VarLenUint16" with 4)."""
    if not reader.flag():
        return 0
    count = reader.read(bits)
    return reader.read(count) + (1 << count)


class EntropyReader:
    """Reads numbers of a stream of several contexts.

    Args:
        reader: where the stream's codes begin.
        contexts: how many there are.

    Raises:
        ValueError: the codes are damaged.
    """

    def __init__(self, reader: BitReader, contexts: int, *, nested: bool = False) -> None:
        self._reader = reader
        self._from: int | None = None
        if reader.flag():
            self._from = reader.number(_LZ77_FROM)
            self._shortest = reader.number(_LZ77_SHORTEST)
            self._lengths = _read_uint_code(reader, 8)
            contexts += 1
        if nested and self._from is not None:
            raise ValueError("its profile's code is damaged")
        self._clusters = [0]
        if contexts > 1:
            self._clusters = _read_clusters(reader, contexts)
        self._state = _AnsState()
        self._prefix = reader.flag()
        alphabet_bits = 15
        if not self._prefix:
            alphabet_bits = 5 + reader.read(2)
        count = max(self._clusters) + 1
        self._numbers = [_read_uint_code(reader, alphabet_bits) for _ in range(count)]
        self._symbols = self._read_codes(count, alphabet_bits)
        self._done: list[int] = []
        self._copies = 0
        self._copy_from = 0

    def _read_codes(self, count: int, alphabet_bits: int) -> list[_SymbolCode]:
        reader = self._reader
        if not self._prefix:
            most = 1 << alphabet_bits
            return [_Distribution(_read_counts(reader, most), alphabet_bits, self._state) for _ in range(count)]
        sizes = [_short(reader, 4) + 1 for _ in range(count)]
        codes: list[PrefixCode] = [read_prefix_code(reader, size) for size in sizes]
        return list(codes)

    def read(self, context: int) -> int:
        """The next number."""
        if self._copies == 0:
            cluster = self._clusters[context]
            symbol = self._symbols[cluster].read(self._reader)
            if self._from is None or symbol < self._from:
                number = self._numbers[cluster].number(symbol, self._reader)
                self._done.append(number)
                return number
            self._begin_copy(symbol - self._from)
        number = 0
        if self._done:
            number = self._done[self._copy_from]
        self._copy_from += 1
        self._copies -= 1
        self._done.append(number)
        return number

    def _begin_copy(self, symbol: int) -> None:
        """Read how many numbers are copied, and from how far back."""
        self._copies = self._lengths.number(symbol, self._reader) + self._shortest
        cluster = self._clusters[-1]
        distance = self._numbers[cluster].number(self._symbols[cluster].read(self._reader), self._reader) + 1
        self._copy_from = len(self._done) - min(distance, len(self._done), _WINDOW)

    def check_end(self) -> None:
        """Raise a ValueError where a damaged stream ends in a state that it was not begun with."""
        if not self._prefix and self._state.begun and self._state.value != _FINAL_STATE:
            raise ValueError("its profile is damaged")


def _read_clusters(reader: BitReader, contexts: int) -> list[int]:
    """Which code each context has."""
    if reader.flag():
        bits = reader.read(2)
        return [reader.read(bits) for _ in range(contexts)]
    move_to_front = reader.flag()
    numbers = EntropyReader(reader, 1, nested=contexts <= 2)
    clusters = [numbers.read(0) for _ in range(contexts)]
    numbers.check_end()
    if max(clusters) > 255:
        raise ValueError("its profile's code is damaged")
    if move_to_front:
        order = list(range(256))
        for place, index in enumerate(clusters):
            clusters[place] = order.pop(index)
            order.insert(0, clusters[place])
    return clusters
