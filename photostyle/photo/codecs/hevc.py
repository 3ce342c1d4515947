"""Whether a picture in HEVC is coded without loss, from the configuration of its decoder (ISO 14496-15, 8.3.3)."""

from collections.abc import Iterator

from photostyle.photo.codecs.video_bits import BitReader

_ARRAYS = 22  # where the lists of parameter sets begin
_PICTURE_PARAMETERS = 34
_NAL_HEADER = 2
_PREVENTED = (b"\0\0\3", b"\0\0")  # a byte that only keeps start codes out


def is_lossless(configuration: bytes) -> bool:
    """Whether all picture parameters allow to pass by transform and quantisation, which lossless encoders alone use.

    Args:
        configuration: the body of an "hvcC" property.
    """
    sets = list(_picture_parameters(configuration))
    try:
        return bool(sets) and all(_bypasses(each) for each in sets)
    except ValueError:
        return False


def _picture_parameters(configuration: bytes) -> Iterator[bytes]:
    """The picture parameter sets, without their headers."""
    place = _ARRAYS + 1
    for _ in range(int.from_bytes(configuration[_ARRAYS:place], "big")):
        kind = int.from_bytes(configuration[place : place + 1], "big") & 0x3F
        count = int.from_bytes(configuration[place + 1 : place + 3], "big")
        place += 3
        for _ in range(count):
            if place >= len(configuration):
                return
            size = int.from_bytes(configuration[place : place + 2], "big")
            place += 2
            if kind == _PICTURE_PARAMETERS:
                yield configuration[place + _NAL_HEADER : place + size].replace(*_PREVENTED)
            place += size


def _bypasses(parameters: bytes) -> bool:
    """The flag "transquant_bypass_enabled_flag" (ITU-T H.265, 7.3.2.3.1)."""
    bits = BitReader(parameters)
    bits.exponential()  # numbers of the set, and of that of the sequence
    bits.exponential()
    bits.read(7)  # dependent slices, output flag, extra bits of slices (3), hidden signs, cabac_init
    bits.exponential()  # active references
    bits.exponential()
    bits.exponential()  # quantiser
    bits.read(2)  # constrained intra prediction, skipped transforms
    if bits.flag():  # quantisers that change
        bits.exponential()
    bits.exponential()  # quantisers of chroma
    bits.exponential()
    bits.read(3)  # of slices, weighted prediction
    return bits.flag()
