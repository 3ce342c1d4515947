"""PBM, PGM, PPM, PAM and PFM of every maximum, plain and binary, are read with their depth."""

import numpy as np
import pytest

from photostyle.errors import PhotoError
from photostyle.photo import read_photo

WIDTH, HEIGHT = 11, 7
RNG = np.random.default_rng(6)


def plain(samples):
    return b"\n".join(b" ".join(str(value).encode() for value in row) for row in samples.reshape(HEIGHT, -1))


def binary(samples, maximum):
    return samples.astype(">u2" if maximum > 255 else np.uint8).tobytes()


def read(path, content):
    path.write_bytes(content)
    return read_photo(path)


@pytest.mark.parametrize("maximum", [1, 15, 100, 255, 256, 1023, 4095, 65535])
@pytest.mark.parametrize("kind", [b"P2", b"P3", b"P5", b"P6"])
def test_every_maximum(tmp_path, kind, maximum):
    channels = 3 if kind in (b"P3", b"P6") else 1
    samples = RNG.integers(0, maximum + 1, (HEIGHT, WIDTH, channels))
    body = plain(samples) if kind in (b"P2", b"P3") else binary(samples, maximum)
    photo = read(tmp_path / "a.ppm", kind + f"\n# a comment 7\n{WIDTH} {HEIGHT}\n{maximum}\n".encode() + body)
    assert photo.file.depth == (16 if maximum > 255 else 8) and photo.file.format == "netpbm"
    full = 65535 if maximum > 255 else 255
    assert (np.rint(photo.pixels * full) == np.rint(samples * (full / maximum) + 1e-9)).all()
    assert (photo.file.layout == "grey") == (channels == 1)


def test_bitmaps(tmp_path):
    bits = RNG.integers(0, 2, (HEIGHT, WIDTH))
    head = f"\n{WIDTH} {HEIGHT}\n".encode()
    for name, content in (
        ("spaced", b"P1" + head + plain(bits)),
        ("close", b"P1" + head + plain(bits).replace(b" ", b"")),
        ("binary", b"P4" + head + np.packbits(bits.astype(np.uint8), axis=1).tobytes()),
    ):
        assert (read(tmp_path / f"{name}.pbm", content).pixels[..., 0] == 1 - bits).all(), name


@pytest.mark.parametrize(
    "channels, tuple_type", [(1, "GRAYSCALE"), (2, "GRAYSCALE_ALPHA"), (3, "RGB"), (4, "RGB_ALPHA"), (4, "CMYK")]
)
def test_pam(tmp_path, channels, tuple_type):
    samples = RNG.integers(0, 65536, (HEIGHT, WIDTH, channels))
    head = f"P7\n# c\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {channels}\nMAXVAL 65535\nTUPLTYPE {tuple_type}\nENDHDR\n"
    photo = read(tmp_path / "a.pam", head.encode() + binary(samples, 65535))
    assert photo.file.depth == 16 and (photo.alpha is not None) == ("ALPHA" in tuple_type)
    if tuple_type == "CMYK":
        assert photo.file.layout == "cmyk"
    else:
        assert (np.rint(photo.pixels[..., 0] * 65535) == samples[..., 0]).all()


@pytest.mark.parametrize("order, scale", [("<", -1.0), (">", 1.0), ("<", -2.5)])
@pytest.mark.parametrize("channels", [1, 3])
def test_floats(tmp_path, channels, order, scale):
    values = RNG.random((HEIGHT, WIDTH, channels)).astype(np.float32) * 1.5
    kind = "Pf" if channels == 1 else "PF"
    head = f"{kind}\n{WIDTH} {HEIGHT}\n{scale}\n".encode()
    photo = read(tmp_path / "a.pfm", head + values[::-1].astype(f"{order}f4").tobytes())
    assert photo.file.depth == "float" and (photo.pixels == values).all()
    assert any("not applied" in note for note in photo.notes) == (scale == -2.5)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"P6\n9 9\n255\n" + b"x" * 20, "cut off"),
        (b"P3\n2 2\n255\n1 2 3", "cut off"),
        (b"P3\n2 2\n255\n" + b"1 2 x " * 4, "words"),
        (b"P1\n9 9\n1 0", "cut off"),
        (b"P6\n9", "cut off"),
        (b"P6\n9 nine\n255\n", "where a number should be"),
        (b"P5\n9 9\n70000\n", "maximum"),
        (b"P5\n9 9\n0\n", "maximum"),
        (b"P6\n0 9\n255\n", "0 x 9"),
        (b"P6\n90000 90000\n255\nxx", "limit"),
        (b"Pf\n9 9\nwhat\n", "scale"),
        (b"P7\nWIDTH 2\nENDHDR\n", "lacks a size"),
        (b"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 7\nMAXVAL 255\nENDHDR\n", "not supported: a PAM picture of 7 channels"),
    ],
)
def test_damage_is_one_line(tmp_path, content, words):
    with pytest.raises(PhotoError, match=words) as caught:
        read(tmp_path / "a.ppm", content)
    assert "\n" not in str(caught.value)


def test_code_values_and_more_pictures(tmp_path):
    values = np.full((HEIGHT, WIDTH, 3), 200, "<f4")
    with pytest.raises(PhotoError, match="white at 1"):
        read(tmp_path / "a.pfm", f"PF\n{WIDTH} {HEIGHT}\n-1\n".encode() + values.tobytes())
    one = f"P6\n{WIDTH} {HEIGHT}\n255\n".encode() + bytes(WIDTH * HEIGHT * 3)
    assert any("several pictures" in note for note in read(tmp_path / "a.ppm", one + one).notes)
