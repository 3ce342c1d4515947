"""`photostyle compare` as a user types it."""

import numpy as np
import pytest
from PIL import Image

from photostyle import session
from photostyle.encoders import load_encoder
from photostyle.look import save_look
from photostyle.options import Options
from photostyle.story import measure

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact", "--cell", "100"]


@pytest.fixture
def photos(tmp_path, monkeypatch, make_photos):
    monkeypatch.chdir(tmp_path)
    tints = (1, 1, 1), (0.5, 1, 1), (1, 0.6, 0.4)
    make_photos(*zip(("day.png", "sea.png", "dusk.png"), ((40, 60), (60, 40), (50, 30)), tints, strict=True))
    (tmp_path / "broken.png").write_text("no photo")
    return tmp_path


def test_contents_by_styles(photos, call, monkeypatch):
    loads = []
    monkeypatch.setattr(session, "load_encoder", lambda *a, **k: loads.append(a) or load_encoder(*a, **k))
    session.Session.shared(Options(device="cpu")).release()
    asked = ["--contents", "day.png", "sea.png", "--styles", "dusk.png", "sea.png", "-o", "sheet.jpg"]
    code, out, err = call("compare", *asked, *QUICK)
    assert code == 0 and out == "sheet.jpg\n", err
    assert "day.png in the light of dusk.png" in err
    width, height = Image.open("sheet.jpg").size
    assert len(loads) == 1 and 160 < width < 400 and 160 < height < 400


def test_what_fails_is_named_and_the_rest_is_made(photos, call):
    asked = ["--contents", "day.png", "broken.png", "--styles", "dusk.png", "-o", "sheet.png", "--quiet"]
    code, out, err = call("compare", *asked, *QUICK)
    assert code == 1 and err.count("\n") == 1 and "broken.png" in err and out == "sheet.png\n"
    sheet = np.asarray(Image.open("sheet.png").convert("RGB")).astype(int)
    assert (np.abs(sheet - (176, 32, 32)).max(2) < 8).sum() > 100  # the frame and the words of the faults


def test_large_photos_are_relit_small(photos, call, make_photos):
    make_photos(("large.png", (700, 1100), (1, 1, 1)))
    asked = ["--contents", "large.png", "--styles", "large.png", "dusk.png", "-o", "sheet.png", "--quiet"]
    code, _, err = call("compare", *asked, *QUICK)
    assert code == 0 and err == ""


def test_a_look_stands_for_its_photo(photos, call):
    save_look(measure("dusk.png", segmenter="none", size=64, device="cpu", encoder="compact"), "dusk.look")
    asked = ["--contents", "day.png", "--styles", "dusk.look", "-o", "sheet.png", "--quiet"]
    code, _, err = call("compare", *asked, *QUICK)
    assert code == 0 and err == ""


def test_a_method_that_takes_no_looks_gets_the_style_photo(photos, call):
    code, out, err = call("compare", "--contents", "day.png", "--styles", "dusk.png", "-o", "a.png", "--method", "pixels", *QUICK)
    assert code == 0 and out == "a.png\n", err


def test_before_and_after(photos, call):
    asked = ["--before", "day.png", "sea.png", "--after", "dusk.png", "sea.png", "-o", "sheet.webp"]
    code, out, err = call("compare", *asked)
    assert code == 0 and err == "" and out == "sheet.webp\n"
    assert Image.open("sheet.webp").format == "WEBP"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--contents", "day.png"], "give --contents and --styles"),
        (["--contents", "day.png", "--styles", "sea.png", "--before", "day.png"], "give --contents and --styles"),
        (["--before", "day.png", "sea.png", "--after", "dusk.png"], "as many photos, got 2 and 1"),
        (["--before", "day.png", "--after", "day.png", "--cell", "5"], "from 64 to 2048"),
        (["--before", *["day.png"] * 30, "--after", *["day.png"] * 30, "--cell", "2048"], "give fewer photos"),
        (["--before", "broken.png", "--after", "broken.png"], "no sheet was written"),
        (["--before", "none.png", "--after", "day.png"], "none.png"),
        (["--before", "day.png", "--after", "dusk.png", "-o", "day.png"], "is also an input"),
        (["--before", "day.png", "--after", "dusk.png", "-o", "sheet.xyz"], "sheet.xyz"),
    ],
)
def test_bad_requests(photos, call, arguments, text):
    output = [] if "-o" in arguments else ["-o", "sheet.jpg"]
    code, _, err = call("compare", *arguments, *output)
    assert code == 2 and text in err and err.count("\n") == 1
    assert not (photos / "sheet.jpg").exists()
