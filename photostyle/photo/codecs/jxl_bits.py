"""Numbers in a JPEG XL codestream, from the lowest bit of each byte on (ISO 18181-1, annex B)."""

from typing import NamedTuple


class Coded(NamedTuple):
    """One of the four ways that a number may be coded in: `bits` bits, to which `offset` is added."""

    offset: int
    bits: int = 0


Choices = tuple[Coded, Coded, Coded, Coded]
_ENUM: Choices = (Coded(0), Coded(1), Coded(2, 4), Coded(18, 6))


class BitReader:
    """Reads numbers; past the end there is a ValueError."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self._data = data
        self._end = 8 * len(data)
        self.place = place

    def read(self, count: int) -> int:
        """A number of up to 56 bits."""
        number = self.peek(count)
        self.skip(count)
        return number

    def peek(self, count: int) -> int:
        """The number that comes, zeros past the end, without moving on."""
        first = self.place >> 3
        number = int.from_bytes(self._data[first : first + 8], "little") >> (self.place & 7)
        return number & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        """Move on."""
        self.place += count
        if self.place > self._end:
            raise ValueError("its header is cut off")

    def flag(self) -> bool:
        """One bit."""
        return self.read(1) == 1

    def number(self, choices: Choices) -> int:
        """A number of up to 32 bits, coded in the way that two bits choose ("U32")."""
        chosen = choices[self.read(2)]
        return chosen.offset + self.read(chosen.bits)

    def enum(self) -> int:
        """A number from a list ("Enum")."""
        return self.number(_ENUM)

    def long(self) -> int:
        """A number of up to 64 bits ("U64")."""
        selector = self.read(2)
        if selector == 0:
            return 0
        if selector == 1:
            return 1 + self.read(4)
        if selector == 2:
            return 17 + self.read(8)
        number = self.read(12)
        shift = 12
        while self.flag():
            if shift == 60:
                return number | self.read(4) << 60
            number |= self.read(8) << shift
            shift += 8
        return number

    def bits(self, start: int) -> "Bits":
        """All bits from a place up to this one."""
        first = start >> 3
        whole = int.from_bytes(self._data[first : (self.place + 7) >> 3], "little") >> (start & 7)
        count = self.place - start
        return Bits(whole & ((1 << count) - 1), count)

    def to_byte(self) -> int:
        """The place of the next whole byte, in bytes."""
        return (self.place + 7) >> 3


class Bits(NamedTuple):
    """A piece of a codestream: its bits as a number, and how many there are."""

    number: int
    length: int

    def __add__(self, other: object) -> "Bits":
        if not isinstance(other, Bits):
            return NotImplemented
        return Bits(self.number | other.number << self.length, self.length + other.length)

    def to_bytes(self) -> bytes:
        """Whole bytes, the last one filled up with zeros."""
        return self.number.to_bytes((self.length + 7) // 8, "little")


NOTHING = Bits(0, 0)


def coded(number: int, choices: Choices) -> Bits:
    """A number of up to 32 bits, coded in the first way that holds it ("U32")."""
    for selector, (offset, bits) in enumerate(choices):
        if 0 <= number - offset < 1 << bits:
            return Bits(selector, 2) + Bits(number - offset, bits)
    raise ValueError(f"{number} has no code among {choices}")


def coded_enum(number: int) -> Bits:
    """A number from a list ("Enum")."""
    return coded(number, _ENUM)


def coded_long(number: int) -> Bits:
    """A number of up to 64 bits ("U64")."""
    if number == 0:
        return Bits(0, 2)
    if number <= 16:
        return Bits(1, 2) + Bits(number - 1, 4)
    if number <= 272:
        return Bits(2, 2) + Bits(number - 17, 8)
    bits = Bits(3, 2) + Bits(number & 0xFFF, 12)
    number >>= 12
    while number:
        bits += Bits(1, 1) + Bits(number & 0xFF, 8)
        number >>= 8
    return bits + Bits(0, 1)
