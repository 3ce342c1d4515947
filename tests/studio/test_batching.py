"""A look and its settings are sent to batch: the folder's photos are relit as `photostyle batch` does it."""

import time

import numpy as np
import pytest

import photostyle
from photostyle.studio import batching
from tests.studio.conftest import HALVES, events, mask, png, sample

CHOICES = {
    "method": "field",
    "options": {"fast": True, "steps": 2},
    "pairs": {"sky": "sky", "hat": "sea"},
    "amounts": {"strength": {"*": 1.0, "hat": 0.0}, "luma": 1, "chroma": 1},
}


@pytest.fixture
def order(client, folder):
    """What the page sends: three photos, of which one is none and one has a mask by hand; dusk has one, too."""
    (folder / "broken.png").write_bytes(b"no photo")
    (folder / "noon.png").write_bytes(png(sample(2)))
    ids = {photo["name"]: photo["id"] for photo in client.get("/api/photos").json()["photos"]}
    client.put(f"/api/photos/{ids['day.png']}/mask", json=mask(HALVES, "sky", "hat")).raise_for_status()
    client.put(f"/api/photos/{ids['dusk.png']}/mask", json=mask(HALVES, "sky", "sea")).raise_for_status()
    photos = [ids[name] for name in ("day.png", "broken.png", "noon.png")]
    return {"style": ids["dusk.png"], "photos": photos, "choices": CHOICES, "folder": "relit", "format": "keep"}


def run(client, order) -> dict:
    answer = client.post("/api/batch", json=order)
    assert answer.status_code == 202, answer.text
    assert client.get("/api/batch").json()["job"] == answer.json()["job"]
    return events(client, answer.json()["job"])[-1]


@pytest.mark.slow
def test_a_folder_is_relit_and_not_twice(client, order, folder):
    told = run(client, order)
    assert told["state"] == "done", told
    result = told["result"]
    assert (result["done"], result["failed"]) == (2, 1)
    assert result["failures"][0][0] == "broken.png"
    assert any("hat" in note and "2 photos" in note for note in result["notes"])
    day = photostyle.read_photo(folder / "relit" / "day.png").pixels * 255
    assert np.abs(day[:24] - sample(0)[:24]).mean() > 5
    assert np.abs(day[-24:] - sample(0)[-24:]).mean() < 1  # hat=0
    noon = photostyle.read_photo(folder / "relit" / "noon.png").pixels * 255
    assert np.abs(noon - sample(2)).mean() > 1
    (folder / "broken.png").unlink()
    again = run(client, order | {"photos": [order["photos"][0], order["photos"][2]]})["result"]
    assert (again["done"], again["kept"]) == (0, 2)


@pytest.mark.slow
def test_it_is_cancelled(client, order, folder):
    order["choices"] = CHOICES | {"options": {"steps": 90_000}}
    job = client.post("/api/batch", json=order).json()["job"]
    deadline = time.monotonic() + 120
    while "solve" not in (told := client.get(f"/api/jobs/{job}").json()).get("stage", ""):
        assert told["state"] in ("queued", "running") and time.monotonic() < deadline, told
        time.sleep(0.05)
    client.delete(f"/api/jobs/{job}")
    assert events(client, job)[-1]["state"] == "cancelled"
    assert [path.name for path in (folder / "relit").iterdir() if path.suffix == ".png"] == []


def test_a_method_without_looks_takes_the_photo(client, order, monkeypatch):
    seen = []
    monkeypatch.setattr(batching, "run_batch", lambda jobs, *args, **more: seen.extend(jobs))
    order["choices"] = {"method": "paint"}
    assert run(client, order | {"format": "tiff", "depth": 16})["state"] == "done"
    assert [job.style.rsplit("/")[-1] for job in seen] == ["dusk.png"] * 3
    assert all(job.style_mask for job in seen)
    assert [job.output.rsplit("/")[-1] for job in seen] == ["day.tif", "broken.tif", "noon.tif"]
    assert {job.writing["depth"] for job in seen} == {16}


def test_files_of_others_are_not_replaced(client, order, folder):
    (folder / "relit").mkdir()
    (folder / "relit" / "day.png").write_bytes(b"mine")
    told = run(client, order)
    assert told["state"] == "failed"
    assert "exists already" in told["error"]
    assert (folder / "relit" / "day.png").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["", "..", "../relit", "a/b", "/tmp/relit", ".hidden", "{stem}", "day.png", "a\\b", 7])
def test_results_lie_in_the_folder(client, order, name):
    answer = client.post("/api/batch", json=order | {"folder": name})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_link_out_of_the_folder_is_no_place_for_results(client, order, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (folder / "relit").symlink_to(tmp_path / "elsewhere")
    assert client.post("/api/batch", json=order).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"photos": []},
        {"photos": ["none"]},
        {"format": "doc"},
        {"depth": 7},
        {"choices": {"options": {"weights": "/x"}}},
        {"choices": 3},
        {"choices": {"amounts": {"strength": 9}}},
    ],
)
def test_what_cannot_be_is_a_line(client, order, wrong):
    answer = client.post("/api/batch", json=order | wrong)
    assert answer.status_code in (400, 404, 422)
    assert answer.json()["error"]


def test_a_batch_needs_a_folder(client_of):
    with client_of(folder=None, room=None) as client:
        ids = [client.post("/api/photos?name=a.png", content=png(sample(seed))).json()["id"] for seed in (0, 1)]
        answer = client.post("/api/batch", json={"style": ids[0], "photos": [ids[1]], "folder": "relit"})
        assert answer.status_code == 400
        assert "folder" in answer.json()["error"]
