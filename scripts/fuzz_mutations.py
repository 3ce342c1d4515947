"""Ways to damage a file: what happens to files on disks and cards, and what somebody may do on purpose."""

import struct
import zlib
from collections.abc import Callable, Sequence

import numpy as np

Mutation = Callable[[bytearray, np.random.Generator], bytearray]
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = 512  # most fields stand before this


def flipped(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A few bits turned over anywhere."""
    for place in rng.integers(0, len(data), rng.integers(1, 9)):
        data[place] ^= 1 << int(rng.integers(8))
    return data


def replaced(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A few bytes of the head become any others."""
    for place in rng.integers(0, min(len(data), _HEAD), rng.integers(1, 5)):
        data[place] = int(rng.integers(256))
    return data


def cut(data: bytearray, rng: np.random.Generator) -> bytearray:
    """The file ends early."""
    return data[: int(rng.integers(len(data)))]


def doubled(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A piece stands twice."""
    start, end = _piece(data, rng)
    return data[:end] + data[start:]


def missing(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A piece is lost."""
    start, end = _piece(data, rng)
    return data[:start] + data[end:]


def moved(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A piece is written over another place."""
    start, end = _piece(data, rng)
    place = int(rng.integers(len(data)))
    piece = data[start:end]
    data[place : place + len(piece)] = piece
    return data


def zeroed(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A piece is zeros, as of a block that never reached the disk."""
    start, end = _piece(data, rng)
    data[start:end] = bytes(end - start)
    return data


def extreme(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A field of 1, 2 or 4 bytes of the head, in either order, holds an extreme number."""
    form = str(rng.choice(["B", "<H", ">H", "<I", ">I"]))
    size = struct.calcsize(form)
    place = int(rng.integers(max(1, min(len(data), _HEAD) - size)))
    number = int(rng.choice(_EXTREMES)) & (256**size - 1)
    data[place : place + size] = struct.pack(form, number)
    return data


def _piece(data: bytearray, rng: np.random.Generator) -> tuple[int, int]:
    """Where a piece of up to a quarter of the file begins and ends."""
    start = int(rng.integers(len(data)))
    return start, start + int(rng.integers(1, max(2, len(data) // 4)))


MUTATIONS: tuple[Mutation, ...] = (flipped, replaced, cut, doubled, missing, moved, zeroed, extreme, extreme)


def mutated(seeds: Sequence[bytes], number: int, seed: int = 0) -> bytes:
    """The mutated file of a number, always the same one: a seed with one or two of `MUTATIONS`.

    Args:
        seeds: sound files.
        number: which mutated file, from 0.
        seed: another one gives other files.
    """
    rng = np.random.default_rng((seed, number))
    data = bytearray(seeds[number % len(seeds)])
    for _ in range(int(rng.integers(1, 3))):
        data = MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, rng)
        if not data:
            break
    if data.startswith(_PNG) and rng.integers(2):
        data = _with_true_checksums(data)
    return bytes(data)


def _with_true_checksums(data: bytearray) -> bytearray:
    """A PNG file whose chunks have true checksums, without which a decoder looks no further."""
    place = len(_PNG)
    while place + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        end = place + 8 + size
        if end + 4 > len(data):
            break
        struct.pack_into(">I", data, end, zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return data
