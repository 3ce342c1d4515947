"""`photostyle masks` as a user types it."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import label

W, H = 96, 64


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels = np.zeros((H, W), int)
    labels[30:] = 1
    Image.fromarray(np.array([(200, 220, 255), (40, 90, 30)], np.uint8)[labels]).save("day.png")
    Image.fromarray(np.array([(0, 0, 255), (0, 255, 0)], np.uint8)[labels]).save("mask.png")
    return tmp_path


def test_masks_are_made_and_checked(files, call):
    code, out, err = call("masks", "day.png", "--mask", "mask.png", "--device", "cpu", "--json")
    assert code == 0, err
    made = json.loads(out)
    assert {region["name"] for region in made["regions"]} == {"blue", "green"}
    code, out, _ = call("masks", "check", made["folder"], "day.png", "--json")
    shares = {region["name"]: region["share"] for region in json.loads(out)["regions"]}
    assert code == 0 and shares == pytest.approx({"blue": 30 / 64, "green": 34 / 64}, abs=0.01)
    code, out, _ = call("masks", "check", made["picture"], "day.png")
    assert code == 0 and "blue" in out and "46.9%" in out and "96 x 64" in out


def test_with_no_segmenter_the_photo_is_one_region(files, call):
    code, out, err = call("masks", "make", "day.png", "--segmenter", "none", "--device", "cpu")
    assert code == 0 and "all" in out, err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["day.png", "-o", ".", "--overwrite"], "day.png: is also an input, and inputs are never replaced"),
        (["day.png", "./day.png"], "would both be written as day"),
        (["day.png", "--least", "0.7"], "least must be a share from 0 to 0.5"),
        (["day.png", "mask.png", "--mask", "mask.png"], "--mask starts from one mask for one photo, got 2 photos"),
        (["day.png", "--segmenter", "oil"], "no segmenter is called 'oil'"),
        (["check", "mask.png", "none.png"], "none.png"),
    ],
)
def test_what_cannot_be_done_is_one_line(files, call, arguments, text):
    before = sorted(files.iterdir())
    code, out, err = call("masks", *arguments)
    assert code == 2 and out == "" and text in err and err.count("\n") == 1
    assert sorted(files.iterdir()) == before


def test_masks_that_are_there_stay_unless_that_is_asked_for(files, call):
    made = ("masks", "day.png", "--segmenter", "none", "--device", "cpu", "--json")
    assert call(*made)[0] == 0
    code, _, err = call(*made)
    assert code == 2 and err.count("\n") == 1 and err.endswith("(--overwrite)\n")
    assert call(*made, "--overwrite")[0] == 0


def test_least_holds_for_a_mask_by_hand_too_where_it_is_asked_for(files, call):
    labels = np.zeros((H, W), int)
    labels[30:] = 1
    labels[40:44, 10:20] = 2
    Image.fromarray(np.array([(0, 0, 255), (0, 255, 0), (255, 0, 0)], np.uint8)[labels]).save("three.png")
    made = ("masks", "day.png", "--mask", "three.png", "--hard-masks", "--device", "cpu", "--json", "--overwrite")
    for more, names in (
        ((), {"blue", "green", "red"}),
        (("--least", "0.02"), {"blue", "green"}),
        (("--least", "0.5"), {"green"}),
    ):
        code, out, err = call(*made, *more)
        assert code == 0, err
        assert {region["name"] for region in json.loads(out)["regions"]} == names


def test_hidden_colours_change_no_mask_and_no_overlay(files, call):
    """The photo is larger than its working copy, so that masks are carried to its edges."""
    rng = np.random.default_rng(1)
    alpha = np.zeros((40, 1200), np.uint8)
    alpha[:, 300:900] = 255
    photo = rng.integers(60, 200, (40, 1200, 3), dtype=np.uint8)
    labels = np.zeros((40, 1200), int)
    labels[:, 500:] = 1
    Image.fromarray(np.array([(0, 0, 255), (0, 255, 0)], np.uint8)[labels]).save("mask.png")
    made = []
    for name, hidden in (("black", 0), ("white", 255)):
        colours = np.where(alpha[..., None] > 0, photo, np.uint8(hidden))
        Image.fromarray(np.dstack([colours, alpha])).save("cut.png")
        code, _, err = call("masks", "cut.png", "--mask", "mask.png", "--device", "cpu", "--no-cache", "-o", name)
        assert code == 0, err
        pictures = [files / name / "cut" / "blue.png", files / name / "cut.png", files / name / "cut-overlay.jpg"]
        made.append([np.asarray(Image.open(picture)) for picture in pictures])
    for ours, other in zip(*made, strict=True):
        assert (ours == other).all()


HALVES = """
import numpy as np

def halves(photo):
    labels = np.zeros(photo.shape[:2], int)
    labels[photo.shape[0] // 2 :] = 3
    return labels
"""


def test_found_masks_have_no_specks(files, call, monkeypatch):
    (files / "halving.py").write_text(HALVES)
    monkeypatch.syspath_prepend(files)
    leaves = np.random.default_rng(0).random((300, 400, 1)) > 0.5
    Image.fromarray(np.where(leaves, (30, 60, 20), (210, 225, 255)).astype(np.uint8)).save("leaves.png")
    code, out, err = call("masks", "leaves.png", "--segmenter", "halving:halves", "--device", "cpu", "--json")
    assert code == 0, err
    labels = np.asarray(Image.open(json.loads(out)["picture"]))
    for place in np.unique(labels):
        patches, _ = label(labels == place)
        assert np.bincount(patches.ravel())[1:].min() >= 0.001 * labels.size
