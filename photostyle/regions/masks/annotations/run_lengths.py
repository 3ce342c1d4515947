"""Bitmaps as lengths of runs: COCO's, plain and packed, CVAT's, and Label Studio's."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MOST_PIXELS = 1 << 28  # of a bitmap; a file may claim any size


def alternating(counts: Sequence[int], pixels: int) -> NDArray[np.bool_]:
    """(pixels,) bools from the lengths of runs, outside first.

    Raises:
        ValueError: the runs are of another length, or of more pixels than a photo has.
    """
    if pixels > _MOST_PIXELS:
        raise ValueError(f"its runs are said to fill {pixels} pixels")
    lengths = np.asarray(counts, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or int(lengths.sum()) != pixels:
        raise ValueError(f"its runs do not fill {pixels} pixels")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths)


def unpacked_counts(text: str) -> list[int]:
    """The lengths of runs that COCO packs into text.

    Each number is five bits a character, the lowest first, with a sixth bit where more follow; the highest of the last five
    is its sign. From the fourth number on it is the difference to the number before the last (cocodataset/cocoapi, maskApi).

    Raises:
        ValueError: it is no such text.

    >>> unpacked_counts("021")
    [0, 2, 1]
    """
    counts: list[int] = []
    number = 0
    bits = 0
    for character in text:
        five = ord(character) - 48
        if not 0 <= five < 64:
            raise ValueError("its packed counts hold a character that is none")
        number |= (five & 31) << bits
        bits += 5
        if five & 32:
            continue
        if five & 16:
            number -= 1 << bits
        if len(counts) > 2:
            number += counts[-2]
        counts.append(number)
        number = 0
        bits = 0
    return counts


def label_studio_alpha(packed: Sequence[int], width: int, height: int) -> NDArray[np.bool_]:
    """(height, width) where a brush of Label Studio has painted: half opaque or more.

    Its runs are packed by thi.ng/rle-pack: how many values there are (32 bits), bits a value less one (5), four sizes less one
    (4 each); then runs of a flag (1: one value, repeated; 0: so many values), which size its length has (2), its length less
    one, and the value or values. The values are R, G, B, A of each pixel.

    Raises:
        ValueError: it is cut short, or is of another size.
    """
    stream = _Bits(bytes(packed))
    count = stream.number(32)
    word = stream.number(5) + 1
    sizes = [stream.number(4) + 1 for _ in range(4)]
    if count != 4 * width * height or word != 8:
        raise ValueError(f"its runs do not fill {width} x {height} pixels")
    values = np.zeros(count, np.uint8)
    place = 0
    while place < count:
        repeated = stream.number(1)
        end = min(count, place + stream.number(sizes[stream.number(2)]) + 1)
        if repeated:
            values[place:end] = stream.number(word)
        else:
            values[place:end] = stream.octets(end - place)
        place = end
    inside: NDArray[np.bool_] = values.reshape(height, width, 4)[..., 3] >= 128
    return inside


class _Bits:
    """Numbers of any count of bits, the highest bit first."""

    def __init__(self, data: bytes):
        self.bits = np.unpackbits(np.frombuffer(data, np.uint8))
        self.place = 0

    def number(self, count: int) -> int:
        """The next number of so many bits."""
        number = 0
        for bit in self._next(count).tolist():
            number = number << 1 | bit
        return number

    def octets(self, count: int) -> NDArray[np.uint8]:
        """The next numbers of eight bits."""
        return np.packbits(self._next(8 * count))

    def _next(self, count: int) -> NDArray[np.uint8]:
        start = self.place
        self.place += count
        if self.place > len(self.bits):
            raise ValueError("its runs are cut short")
        return self.bits[start : self.place]
