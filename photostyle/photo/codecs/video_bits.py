"""Numbers in the headers of HEVC and AV1 streams, from the highest bit of each byte on."""


class BitReader:
    """Reads numbers; past the end there is a ValueError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def read(self, count: int) -> int:
        """A number of `count` bits."""
        start = self.place
        self.place += count
        if self.place > 8 * len(self._data):
            raise ValueError("its header is cut off")
        end = (self.place + 7) // 8
        number = int.from_bytes(self._data[start // 8 : end], "big") >> (8 * end - self.place)
        return number & ((1 << count) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.read(1) == 1

    def exponential(self) -> int:
        """A number in Exp-Golomb code (ITU-T H.265, 9.2); one with a sign has as many bits."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise ValueError("its header is damaged")
        return (1 << zeros) - 1 + self.read(zeros)
