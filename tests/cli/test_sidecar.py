"""`photostyle sidecar` as a user types it."""

import json

import pytest

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact"]


@pytest.fixture
def photos(tmp_path, monkeypatch, make_photos):
    monkeypatch.chdir(tmp_path)
    return make_photos(("day.png", (40, 60), (1, 1, 1)), ("dusk.png", (50, 30), (1, 0.6, 0.4)))


def test_a_preset_a_profile_and_a_sidecar(photos, call):
    code, _, err = call("run", "day.png", "dusk.png", "-o", "new.png", "--save-transform", "t.safetensors", *QUICK)
    assert code == 0, err
    made = ["sidecar", "day.png", "--transform", "t.safetensors", "--device", "cpu"]
    code, out, err = call(*made)
    assert code == 0 and out == "day-relit.xmp\n" and "delta E 2000" in err and "own model of the sliders" in err, err
    code, out, err = call(*made, "--editor", "lightroom-profile", "-o", "look.xmp", "--json")
    record = json.loads(out)
    assert record["files"] == ["look.xmp"] and record["error"]["median"] <= record["error"]["percentile_95"]
    pytest.importorskip("colour")
    code, out, err = call(*made, "--editor", "darktable")
    assert code == 0 and out.split() == ["day.png.xmp", "day-relit.cube"] and f"root folder to {photos.resolve()}" in err
    code, _, err = call(*made, "--editor", "darktable")
    assert code == 2 and "day.png.xmp" in err and "exists already" in err  # edits in darktable are not lost


def test_a_preset_of_a_style_in_basic_sliders(photos, call):
    code, out, err = call("sidecar", "day.png", "dusk.png", "--tone", "basic", "-o", "basic.xmp", *QUICK)
    assert code == 0, err
    assert "crs:Exposure2012" in (photos / "basic.xmp").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "either a style"),
        (["dusk.png", "--editor", "gimp"], "editor must be"),
        (["dusk.png", "--editor", "darktable", "--tone", "basic"], "is for lightroom's sliders"),
        (["dusk.png", "-o", "look.cube"], "ends in .xmp"),
        (["dusk.png", "--tone", "lab"], "tone must be"),
    ],
)
def test_bad_requests(photos, call, arguments, text):
    code, _, err = call("sidecar", "day.png", *arguments)
    assert code == 2 and text in err and err.count("\n") == 1, err
