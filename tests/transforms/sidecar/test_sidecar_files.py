"""What the files say is what was fitted, as a reader of XMP and of the editors' formats finds it."""

import struct
import zlib
from hashlib import md5
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from photostyle.errors import FileError, OptionError
from photostyle.transforms.lut import Lut, identity
from photostyle.transforms.sidecar import Sliders, write_darktable, write_preset, write_profile
from photostyle.transforms.sidecar.adobe_table import decoded_table, encoded_table
from photostyle.transforms.sidecar.sliders import HUES, KNOTS

CRS = "{http://ns.adobe.com/camera-raw-settings/1.0/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DARKTABLE = "{http://darktable.sf.net/}"


def described(path: Path) -> ElementTree.Element:
    found = ElementTree.parse(path).getroot().find(f"{RDF}RDF/{RDF}Description")
    assert found is not None
    return found


def test_a_preset_holds_the_sliders(tmp_path):
    curves = tuple(tuple(float(min(255, k + step)) for k in KNOTS) for step in (0, 3, 9))
    sliders = Sliders({}, -12, 4, tuple(range(8)), tuple(range(-4, 4)), (0,) * 8, curves)
    path = tmp_path / "a.xmp"
    write_preset(sliders, path, 'dusk & "dawn" <1>')
    preset = described(path)
    setting = {name.removeprefix(CRS): value for name, value in preset.attrib.items()}
    assert (setting["PresetType"], setting["Saturation"], setting["Vibrance"]) == ("Normal", "-12", "+4")
    assert [int(setting[f"HueAdjustment{hue}"]) for hue in HUES] == list(range(8))
    assert [int(setting[f"SaturationAdjustment{hue}"]) for hue in HUES] == list(range(-4, 4))
    assert not any(name.endswith("2012") and name != "ToneCurveName2012" for name in setting)  # basic sliders stay as they are
    for name, curve in zip(("Red", "Green", "Blue"), curves, strict=True):
        listed = preset.find(f"{CRS}ToneCurvePV2012{name}/{RDF}Seq")
        points = [tuple(map(float, item.text.split(", "))) for item in listed]
        assert points == list(zip(map(float, KNOTS), curve, strict=True))
    assert preset.find(f"{CRS}Name//{RDF}li").text == 'dusk & "dawn" <1>'


def test_a_preset_of_basic_sliders_has_no_curves(tmp_path):
    path = tmp_path / "a.xmp"
    write_preset(Sliders({"Exposure": 0.35, "Temperature": -20}), path, "x")
    text = path.read_text(encoding="utf-8")
    assert 'crs:Exposure2012="+0.35"' in text and 'crs:IncrementalTemperature="-20"' in text and "ToneCurve" not in text


def test_a_profile_holds_its_table(tmp_path):
    lut = Lut(np.random.default_rng(0).random((5, 5, 5, 3)))
    path = tmp_path / "a.xmp"
    write_profile(lut, path, "x")
    profile = described(path)
    name = profile.get(f"{CRS}RGBTable")
    held = decoded_table(profile.get(f"{CRS}Table_{name}"))
    assert profile.get(f"{CRS}PresetType") == "Look" and np.abs(held.table - lut.table).max() < 1e-5


def test_a_table_that_changes_nothing_has_no_differences():
    """The block is known by heart: four numbers, zeros for all colours, three numbers, and amounts from 0 to 2."""
    block = struct.pack("<4I", 1, 1, 3, 3) + bytes(3 * 3 * 3 * 6) + struct.pack("<3I2d", 0, 1, 0, 0, 2)
    name, text = encoded_table(Lut(identity(3)))
    assert name == md5(block).hexdigest().upper()
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?`'|()[]{}@%$#"
    first = sum(digits.index(digit) * 85**place for place, digit in enumerate(text[:5]))
    assert first == len(block) and len(text) == -(-(4 + len(zlib.compress(block, 9))) * 5 // 4)


def test_red_is_the_slowest_axis_of_a_table():
    red = identity(3).copy()
    red[2, 0, 0] = 0  # what pure red becomes
    assert decoded_table(encoded_table(Lut(red))[1])(np.array([1.0, 0, 0])).max() < 1e-5


def test_a_table_with_too_many_points_is_refused():
    with pytest.raises(OptionError, match="at most 32 points"):
        encoded_table(Lut(identity(33)))


def test_a_sidecar_of_darktable_names_its_table(tmp_path):
    path = tmp_path / "day.jpg.xmp"
    write_darktable("tables/dusk.cube", "day.jpg", path)
    (step,) = described(path).find(f"{DARKTABLE}history/{RDF}Seq")
    parameters = bytes.fromhex(step.get(f"{DARKTABLE}params"))
    assert (step.get(f"{DARKTABLE}operation"), step.get(f"{DARKTABLE}modversion")) == ("lut3d", "3")
    assert len(parameters) == 512 + 3 * 4 + 2048 * 2 * 3 + 128 and parameters[:512].rstrip(b"\0") == b"tables/dusk.cube"
    assert not any(parameters[512:])


def test_bad_places_and_names_are_one_line(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_preset(Sliders(), tmp_path / "none" / "a.xmp", "x")
    with pytest.raises(OptionError, match="at most 511 bytes"):
        write_darktable("x" * 600, "day.jpg", tmp_path / "a.xmp")
