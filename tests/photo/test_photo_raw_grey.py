"""A raw file of a monochrome camera is a grey photo."""

import struct

import numpy as np
import pytest
import tifffile

from photostyle.photo import read_photo, write_photo

LINEAR_RAW = 34892


def test_it_is_developed_to_grey(tmp_path):
    pytest.importorskip("rawpy")
    tags = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), True),
        (50707, 1, 4, bytes([1, 1, 0, 0]), True),
        (50708, 2, 0, "Acme Mono", True),
        (50714, 4, 1, 0, True),
        (50717, 4, 1, 65535, True),
        (271, 2, 0, "Acme", True),
    ]
    light = np.linspace(0.05, 0.9, 160 * 240).reshape(160, 240)
    codes = (light * 65535).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.dng", codes, photometric="minisblack", extratags=tags, metadata=None)
    data = (tmp_path / "a.dng").read_bytes()
    kind = struct.pack("<HHIH", 262, 3, 1, 1)
    assert data.count(kind) == 1
    (tmp_path / "a.dng").write_bytes(data.replace(kind, struct.pack("<HHIH", 262, 3, 1, LINEAR_RAW)))
    photo = read_photo(tmp_path / "a.dng")
    assert photo.size == (240, 160) and photo.file.layout == "grey" and photo.file.depth == 16 and photo.profile
    assert any("monochrome" in note for note in photo.notes) and b"Acme" in photo.metadata.exif
    assert (np.diff(photo.pixels[:, 120, 0]) >= 0).all()
    assert photo.pixels[80, 120, 0] > 0.6  # half of the light is more than half of the code
    for suffix in (".tif", ".jpg", ".png"):
        write_photo(photo, tmp_path / f"b{suffix}")
        back = read_photo(tmp_path / f"b{suffix}")
        assert back.file.layout == "grey" and np.abs(back.pixels - photo.pixels).mean() < 0.01
