"""A decoder that runs in a process of its own: what it makes and raises comes back; its end is one line."""

import importlib
import sys

import numpy as np
import pytest

from photostyle.errors import PhotoError
from photostyle.photo import read_photo
from photostyle.photo.codecs import apart
from photostyle.photo.codecs.apart import decoded_apart
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.photo_file import PhotoFile

DECODERS = """
import os
import numpy as np
from photostyle.photo.decoded import Decoded
from photostyle.photo.limits import Refused
from photostyle.photo.raster import Raster

def sound(file, limits):

    codes = np.frombuffer(file.read(), np.uint8).reshape(2, 3, 1)
    return Decoded(Raster.from_array(codes), "grey", notes=[f"{limits.file_bytes} bytes"])

def refuses(file, limits):
    raise Refused("no such thing")

class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a)

def odd(file, limits):
    raise Odd("odd", 2)

def dies(file, limits):
    os.abort()

def endless(file, limits):
    while True:
        pass
"""


@pytest.fixture
def decoders(tmp_path, monkeypatch):
    (tmp_path / "decoders_apart.py").write_text(DECODERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("decoders_apart")
    del sys.modules["decoders_apart"]


FILE = PhotoFile.of(b"abcdef")
LIMITS = Limits(100, 6)


def test_what_is_made_and_raised_comes_back(decoders, capfd):
    decoded = decoded_apart(decoders.sound, FILE, LIMITS)
    assert decoded.raster.whole().tobytes() == b"abcdef" and decoded.layout == "grey" and decoded.notes == ["6 bytes"]
    with pytest.raises(Refused, match="no such thing"):
        decoded_apart(decoders.refuses, FILE, LIMITS)
    with pytest.raises(ValueError, match="Odd: odd"):
        decoded_apart(decoders.odd, FILE, LIMITS)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["dies", "endless"])
def test_its_end_is_one_line(decoders, monkeypatch, name):
    monkeypatch.setattr(apart, "_FEWEST_SECONDS", 1)
    with pytest.raises(ValueError, match="found no end in 1 seconds, or broke down"):
        decoded_apart(getattr(decoders, name), FILE, LIMITS)


def test_a_raw_file_whose_decoder_dies_is_refused(decoders, monkeypatch, tmp_path, write_negative):
    pytest.importorskip("rawpy")
    from photostyle.photo.codecs import raw

    write_negative(tmp_path / "a.dng")
    assert np.ptp(read_photo(tmp_path / "a.dng").pixels) > 0
    monkeypatch.setattr(raw, "develop", decoders.dies)
    with pytest.raises(PhotoError, match="broke down"):
        read_photo(tmp_path / "a.dng")
