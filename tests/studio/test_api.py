"""The studio's way from photos to a saved result, as the page goes it."""

import io
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

import photostyle
from tests.studio.conftest import HALVES, events, ids_of, mask, png, sample


def picture(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


@pytest.fixture
def painted(client, ids):
    """Both photos with a sky and a ground."""
    for name, second in (("day.png", "ground"), ("dusk.png", "sea")):
        answer = client.put(f"/api/photos/{ids[name]}/mask", json=mask(HALVES, "sky", second))
        assert answer.status_code == 200, answer.text
    return ids


@pytest.fixture
def solved(client, painted):
    """What a solve told last."""
    record = {"content": painted["day.png"], "style": painted["dusk.png"], "options": {"steps": 2, "fast": True}}
    job = client.post("/api/solve", json=record)
    assert job.status_code == 202
    told = events(client, job.json()["job"])
    assert told[-1]["state"] == "done", told[-1]
    assert "solve" in {each.get("stage") for each in told}
    return told[-1]["result"]


def test_photos_are_listed_and_shown(client, ids):
    assert client.get("/api/photos").json()["folder"] == "photos"
    described = client.get(f"/api/photos/{ids['day.png']}").json()
    assert (described["width"], described["height"], described["depth"]) == (96, 64, 8)
    assert picture(client.get(f"/api/photos/{ids['day.png']}/view?side=48")).shape == (32, 48, 3)
    assert client.get(f"/api/photos/{ids['day.png']}/view?side=99999").status_code == 400


def test_thumbnails_stand_upright(client, folder):
    photo = Image.fromarray(sample(0, (960, 640)))
    exif = photo.getexif()
    exif[274] = 6  # turned by a quarter
    photo.save(folder / "turned.jpg", exif=exif)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    ids = {photo["name"]: photo["id"] for photo in client.get("/api/photos").json()["photos"]}
    small = picture(client.get(f"/api/photos/{ids['turned.jpg']}/view?side=160"))
    assert small.shape == (160, 107, 3)
    large = picture(client.get(f"/api/photos/{ids['turned.jpg']}/view?side=320"))
    assert np.abs(small.mean((0, 1)) - large.mean((0, 1))).max() < 3
    broken = client.get(f"/api/photos/{ids['broken.jpg']}/view?side=160")
    assert broken.status_code == 422
    assert "broken.jpg" in broken.json()["error"]


def test_a_photo_is_brought(client):
    answer = client.post("/api/photos?name=mine.png", content=png(sample(0)))
    assert answer.status_code == 201
    assert answer.json()["name"] == "mine.png"
    assert client.get("/api/photos").json()["photos"][0]["id"] == answer.json()["id"]


def test_what_is_no_photo_is_a_line(client):
    answer = client.post("/api/photos?name=mine.txt", content=b"no photo at all")
    assert answer.status_code == 422
    assert "mine.txt" in answer.json()["error"]
    assert "photostyle-studio-" not in answer.json()["error"]
    assert client.post("/api/photos?name=mine.png", content=b"").status_code == 400


def test_found_regions_are_told(client, ids):
    answer = client.get(f"/api/photos/{ids['day.png']}/regions").json()
    assert [region["name"] for region in answer["regions"]] == ["all"]
    assert not answer["painted"]
    assert not picture(client.get(f"/api/photos/{ids['day.png']}/labels")).any()


def test_a_painted_mask_comes_back(client, painted):
    answer = client.get(f"/api/photos/{painted['day.png']}/regions").json()
    assert answer["painted"]
    assert answer["regions"][1] == {"name": "ground", "colour": "#669933", "share": 0.5}
    assert (picture(client.get(f"/api/photos/{painted['day.png']}/labels")) == HALVES).all()
    assert picture(client.get(f"/api/photos/{painted['day.png']}/refined")).ndim == 3
    assert not client.delete(f"/api/photos/{painted['day.png']}/mask").json()["painted"]


def test_a_mask_does_not_go_over_one_that_it_does_not_know(client, ids):
    address = f"/api/photos/{ids['day.png']}"
    assert client.get(f"{address}/regions").json()["key"] == ""
    first = client.put(f"{address}/mask", json=mask(HALVES, "sky", "sea", after="")).json()["key"]
    assert client.get(f"{address}/regions").json()["key"] == first
    answer = client.put(f"{address}/mask", json=mask(1 - HALVES, "sky", "sea", after=""))  # of a tab that has not seen the first
    assert answer.status_code == 409
    assert "another tab" in answer.json()["error"]
    assert (picture(client.get(f"{address}/labels")) == HALVES).all()
    assert client.put(f"{address}/mask", json=mask(1 - HALVES, "sky", "sea", after=first)).status_code == 200


@pytest.mark.parametrize(
    "record, problem",
    [
        ({}, "1 to 64 regions"),
        (mask(HALVES, "sky"), "the label 1"),
        (mask(HALVES, "sky", "sky"), "one name"),
        (mask(HALVES, "sky", " "), "letters"),
        (mask(HALVES[:40], "sky", "sea"), "shape"),
        (mask(np.zeros((64, 96, 3), np.uint8), "sky"), "grey"),
        (mask(HALVES, "sky", "sea", feather=-1), "feather"),
        (mask(HALVES, "sky", "sea") | {"png": "!!"}, "no PNG"),
        (mask(HALVES, "sky", "sea") | {"png": 7}, "base64"),
        (mask(HALVES, "sky", "sea") | {"regions": [{"name": "a", "colour": "red"}] * 2}, "#3366cc"),
    ],
)
def test_a_mask_that_does_not_fit_is_a_line(client, ids, record, problem):
    answer = client.put(f"/api/photos/{ids['day.png']}/mask", json=record)
    assert answer.status_code == 422
    assert problem in answer.json()["error"]


def test_a_mask_file_is_brought_and_saved(client, ids, tmp_path):
    address = f"/api/photos/{ids['day.png']}"
    colours = np.array([(0, 0, 255), (0, 255, 0)], np.uint8)[HALVES]
    told = client.post(f"{address}/mask?name=day.png", content=png(colours)).json()
    assert told["painted"]
    assert [region["share"] for region in told["regions"]] == [0.5, 0.5]
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{address}/masks").content))
    assert {"day.png", "day.json", "day-overlay.jpg"} < set(archive.namelist())
    archive.extractall(tmp_path)
    regions = photostyle.read_mask(tmp_path / "day.png", (96, 64))
    assert set(regions.names) == {region["name"] for region in told["regions"]}


@pytest.mark.parametrize(
    "name, data", [("a.png", b"no picture"), ("../../a.json", b"{}"), ("a.exe", b"MZ"), ("a", b""), ("a.npy", b"x")]
)
def test_what_is_no_mask_is_a_line(client, ids, name, data):
    answer = client.post(f"/api/photos/{ids['day.png']}/mask", params={"name": name}, content=data)
    assert answer.status_code == 422
    assert "photostyle-studio-" not in answer.json()["error"]


def halves(pixels):
    """A segmenter that sees a sky over grass."""
    masks = torch.zeros((2, *pixels.shape[:2]))
    masks[0, : pixels.shape[0] // 2] = 1
    masks[1] = 1 - masks[0]
    return masks, ("sky", "grass")


def test_regions_that_were_not_painted_go_on_pairing_as_found(client_of):
    with client_of(segmenter=halves, room=None) as client:
        ids = ids_of(client)
        both = {"content": ids["day.png"], "style": ids["dusk.png"]}
        before = {pair["content"]: pair for pair in client.post("/api/pairs", json=both).json()["pairs"]}
        told = client.get(f"/api/photos/{ids['day.png']}/regions").json()
        assert told["found"] == ["sky", "grass"]
        assert [region["found"] for region in told["regions"]] == [["sky"], ["grass"]]
        labels = HALVES.copy()
        labels[50:60, 40:60] = 2
        record = mask(labels, "sky", "grass", "hat")
        for region, found in zip(record["regions"], (["sky"], ["grass"], []), strict=True):
            region["found"] = found
        client.put(f"/api/photos/{ids['day.png']}/mask", json=record).raise_for_status()
        after = {pair["content"]: pair for pair in client.post("/api/pairs", json=both).json()["pairs"]}
        for name in ("sky", "grass"):
            assert (after[name]["style"], after[name]["how"]) == (before[name]["style"], before[name]["how"])
            assert after[name]["how"].startswith("same class")
        assert after["hat"]["style"] == "grass"  # where it was painted, grass had been found
        told = client.get(f"/api/photos/{ids['day.png']}/regions").json()
        assert told["painted"] and told["found"] == ["sky", "grass"]
        assert (picture(client.get(f"/api/photos/{ids['day.png']}/labels?of=found")) == HALVES).all()
        assert (picture(client.get(f"/api/photos/{ids['day.png']}/labels")) == labels).all()


def test_methods_tell_their_controls(client):
    methods = {method["name"]: method for method in client.get("/api/methods").json()["methods"]}
    assert {"field", "pixels", "paint"} <= set(methods)
    controls = {control["name"]: control for control in methods["paint"]["controls"]}
    assert (controls["brush"]["kind"], controls["brush"]["low"], controls["brush"]["high"]) == ("float", 0.25, 4)
    assert controls["start"]["choices"] == ["content", "noise"]
    assert controls["steps"]["usual"] == "300, or 120 if fast"
    assert "weights" not in controls  # it names a file
    assert all(control["help"] for control in controls.values())


def test_another_method_is_solved_and_drawn(client, ids):
    options = {"method": "paint", "size": 64, "steps": 3}
    job = client.post("/api/solve", json={"content": ids["day.png"], "style": ids["dusk.png"], "options": options}).json()["job"]
    told = events(client, job)[-1]
    assert told["state"] == "done", told
    assert told["result"]["method"] == "paint"
    assert picture(client.post(f"/api/transforms/{told['result']['transform']}/preview", json={"side": 96})).shape == (64, 96, 3)


def test_pairs_are_planned(client, painted):
    record = {"content": painted["day.png"], "style": painted["dusk.png"], "pairs": {"ground": "sea"}, "protect": ["sky"]}
    pairs = {pair["content"]: pair for pair in client.post("/api/pairs", json=record).json()["pairs"]}
    assert pairs["ground"]["style"] == "sea"
    assert pairs["sky"]["kind"] == "protected"
    answer = client.post("/api/pairs", json=record | {"pairs": {"ground": "moon"}})
    assert answer.status_code == 422
    assert "moon" in answer.json()["error"]


def test_a_solved_transform_is_drawn_at_once(client, solved):
    assert solved["regions"] == ["sky", "ground"]
    address = f"/api/transforms/{solved['transform']}/preview"
    full = picture(client.post(address, json={"side": 96}))
    none = picture(client.post(address, json={"side": 96, "strength": 0}))
    sky = picture(client.post(address, json={"side": 96, "strength": {"*": 0, "sky": 1}}))
    assert full.shape == (64, 96, 3)
    assert np.abs(none.astype(int) - sample(0)).mean() < 3
    assert np.abs(full[:20].astype(int) - none[:20]).mean() > 5
    assert np.abs(sky[:20].astype(int) - full[:20]).mean() < 1
    assert np.abs(sky[-20:].astype(int) - none[-20:]).mean() < 1
    assert client.post(address, json={"side": 96, "strength": {"moon": 1}}).status_code == 422


def test_the_result_is_the_very_one_that_the_command_makes(client, solved, tmp_path, folder, call):
    address = f"/api/transforms/{solved['transform']}"
    transform = tmp_path / "day.safetensors"
    transform.write_bytes(client.get(f"{address}/file").content)
    amounts = {"strength": {"*": 0.5, "sky": 0.9}, "luma": 0.8, "chroma": 1.2}
    answer = client.post(f"{address}/export", json={**amounts, "format": "tiff", "depth": 16, "metadata": "strip"})
    assert "day-relit.tif" in answer.headers["content-disposition"]
    words = ["--strength", "0.5,sky=0.9", "--luma", "0.8", "--chroma", "1.2", "--depth", "16", "--metadata", "strip"]
    made = tmp_path / "made.tif"
    code, _, err = call("render", str(folder / "day.png"), str(transform), *words, "--device", "cpu", "-o", str(made))
    assert code == 0, err
    saved = photostyle.read_photo(answer.content)
    assert saved.file.depth == 16
    assert np.array_equal(saved.pixels, photostyle.read_photo(made).pixels)


@pytest.mark.parametrize("wrong", [{"format": "doc"}, {"depth": 7}, {"quality": 1000}, {"strength": 9}])
def test_an_export_that_cannot_be_is_a_line(client, solved, wrong):
    answer = client.post(f"/api/transforms/{solved['transform']}/export", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_look_is_saved(client, painted, tmp_path):
    path = tmp_path / "dusk.look"
    path.write_bytes(client.get(f"/api/photos/{painted['dusk.png']}/look").content)
    assert "sea" in photostyle.load_look(path).names


def test_a_solve_that_fails_is_a_message(client, painted):
    record = {"content": painted["day.png"], "style": painted["dusk.png"], "options": {"pairs": {"sky": "moon"}}}
    told = events(client, client.post("/api/solve", json=record).json()["job"])
    assert told[-1]["state"] == "failed"
    assert "moon" in told[-1]["error"]
    assert client.get("/api/photos").status_code == 200


def test_a_solve_is_cancelled(client, painted):
    record = {"content": painted["day.png"], "style": painted["dusk.png"], "options": {"steps": 5000}}
    first = client.post("/api/solve", json=record).json()["job"]
    second = client.post("/api/solve", json=record).json()["job"]
    for job in (first, second):
        client.delete(f"/api/jobs/{job}")
    for job in (first, second):
        assert events(client, job)[-1]["state"] == "cancelled"


def test_what_is_gone_is_a_line(client, ids):
    for answer in (
        client.get("/api/jobs/none"),
        client.post("/api/transforms/none/preview", json={}),
        client.post("/api/solve", json={"content": ids["day.png"], "style": "none"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]
    assert client.post("/api/solve", content=b"[").status_code == 400
