"""`photostyle lut` as a user types it."""

import json

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("colour")
QUICK = ["--segmenter", "none", "--solve-size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact", "--size", "9"]


@pytest.fixture
def photos(tmp_path, monkeypatch, make_photos):
    monkeypatch.chdir(tmp_path)
    make_photos(("day.png", (40, 60), (1, 1, 1)), ("dusk.png", (50, 30), (1, 0.6, 0.4)))
    mask = np.zeros((40, 60, 3), np.uint8)
    mask[20:] = (0, 0, 255)
    Image.fromarray(mask).save("mask.png")
    return tmp_path


def test_a_lut_of_photos_and_again_of_their_field(photos, call):
    run = [
        "run",
        "-c",
        "day.png",
        "-s",
        "dusk.png",
        "-o",
        "new.png",
        "--save-field",
        "f.safetensors",
        "--content-mask",
        "mask.png",
    ]
    code, _, err = call(*run, *QUICK[:2], "--size", "64", *QUICK[4:-2])
    assert code == 0, err
    lut = ["lut", "-c", "day.png", "-o", "look.cube", "--overwrite"]
    code, out, err = call(*lut, "-s", "dusk.png", "--content-mask", "mask.png", "--json", *QUICK)
    assert code == 0, err
    solved = json.loads(out)
    assert solved["size"] == 9 and "sRGB" in solved["colour_space"] and [each["region"] for each in solved["luts"]] == [None]
    code, out, err = call(*lut, "--field", "f.safetensors", "--per-region", "--hald", "--size", "9", "--device", "cpu")
    assert code == 0 and f"of {solved['luts'][0]['error']['mean']:.2f} on average" in err, err
    assert err.count("delta E 2000") == 4
    assert len(out.splitlines()) == 6 and {"look.cube", "look-hald.png"} <= set(out.splitlines())
    assert all((photos / name).is_file() for name in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-s", "dusk.png", "--size", "99"], "from 2 to 65"),
        (["-s", "dusk.png", "-o", "look.png"], "ends in .cube"),
        (["-s", "dusk.png", "-o", "day.png/look.cube"], "is a file and no folder"),
        ([], "either a style"),
        (["-s", "dusk.png", "--field", "f"], "either a style"),
        (["--field", "none"], "none: no such file"),
        (["--transform", "day.png"], "is no transform of photostyle"),
        (["-s", "dusk.png", "--solve-size", "9"], "size must be a whole number from 64 to 4096, got 9 (--solve-size)"),
    ],
)
def test_bad_requests(photos, call, arguments, text):
    code, _, err = call("lut", "-c", "day.png", *(["-o", "look.cube"] if "-o" not in arguments else []), *arguments)
    assert code == 2 and text in err and err.count("\n") == 1


def test_colours_outside_srgb_are_said():
    from photostyle.cli.lut_tables import outside_srgb
    from photostyle.photo import Photo

    assert outside_srgb(Photo.from_array(np.ones((9, 9, 3)))) == ()
    assert "100.0% of the photo" in outside_srgb(Photo.from_array(np.full((9, 9, 3), 1.1)))[0]
