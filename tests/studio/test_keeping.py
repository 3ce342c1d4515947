"""What is kept: masks, pairs and results outlive the studio; projects bring them elsewhere."""

import errno
import io
import json
import os
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from photostyle.studio import room
from photostyle.studio.room import ELSEWHERE, room_of
from tests.studio.conftest import HALVES, events, ids_of, mask, png, sample, solve

CHOICES = {
    "method": "field",
    "options": {"fast": True},
    "pairs": {"ground": "sea"},
    "protect": ["sky"],
    "amounts": {"strength": {"*": 0.5, "sky": 1.0}, "luma": 1, "chroma": 0.7},
    "saving": {"format": "png"},
}


def picture(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content))).astype(int)


def keep(client, ids, choices) -> None:
    answer = client.put("/api/work", json={"content": ids["day.png"], "style": ids["dusk.png"], "choices": choices})
    assert answer.status_code == 200, answer.text


def found(client, ids) -> dict:
    return client.get("/api/work", params={"content": ids["day.png"], "style": ids["dusk.png"]}).json()


def regions(client, id: str) -> dict:
    return client.get(f"/api/photos/{id}/regions").json()


@pytest.fixture
def done(client_of):
    """A studio in which all was painted, chosen and solved, and which has ended: ids, what was solved, how it looked."""
    with client_of() as client:
        ids = ids_of(client)
        solved = solve(client, ids)
        keep(client, ids, {**CHOICES, "solved": solved})
        seen = picture(client.post(f"/api/transforms/{solved['transform']}/preview", json={"side": 96}))
    return ids, solved, seen


def test_all_is_back_when_the_studio_begins_again(client_of, done):
    ids, solved, seen = done
    with client_of() as client:
        assert ids_of(client) == ids
        assert [region["name"] for region in regions(client, ids["day.png"])["regions"]] == ["sky", "ground"]
        assert (picture(client.get(f"/api/photos/{ids['day.png']}/labels")) == HALVES).all()
        assert found(client, ids)["choices"] == {**CHOICES, "solved": solved}
        assert client.get("/api/works").json()["works"][0]["style"] == {"name": "dusk.png", "id": ids["dusk.png"]}
        again = picture(client.post(f"/api/transforms/{solved['transform']}/preview", json={"side": 96}))
        assert (again == seen).all()


def test_a_photo_that_was_renamed_has_its_mask(client_of, done, folder):
    (folder / "day.png").rename(folder / "noon.png")
    with client_of() as client:
        told = regions(client, ids_of(client)["noon.png"])
        assert told["painted"]
        assert "noon.png was called day.png when its mask was painted" in told["notes"]


def test_a_photo_that_has_changed_is_said(client_of, done, folder):
    ids, _, _ = done
    (folder / "day.png").write_bytes(png(sample(3)))
    with client_of() as client:
        told = regions(client, ids["day.png"])
        assert told["painted"]
        assert "has changed since its mask was painted" in told["notes"][-1]
        work = found(client, ids)
        assert "solved" not in work["choices"]
        assert "solve again" in work["notes"][0]
        client.delete(f"/api/photos/{ids['day.png']}/mask")
        assert not regions(client, ids["day.png"])["painted"]
    (folder / "day.png").write_bytes(png(sample(0, (40, 90))))
    with client_of() as client:
        client.put(f"/api/photos/{ids['dusk.png']}/mask", json=mask(HALVES, "sky", "sea"))
        assert not regions(client, ids["day.png"])["painted"]


def test_a_photo_of_another_shape_has_no_mask(client_of, done, folder):
    ids, _, _ = done
    (folder / "day.png").write_bytes(png(sample(0, (40, 90))))
    with client_of() as client:
        told = regions(client, ids["day.png"])
        assert not told["painted"]
        assert "has changed its shape" in told["notes"][-1]


def test_photos_that_were_brought_stay_while_they_belong_to_a_pair(client_of):
    with client_of(folder=None) as client:
        brought = [client.post("/api/photos?name=a.png", content=png(sample(seed))).json()["id"] for seed in range(3)]
        keep(client, {"day.png": brought[0], "dusk.png": brought[1]}, {})
    with client_of(folder=None) as client:
        assert set(ids_of(client).values()) == set(brought[:2]) & set(ids_of(client).values())
        assert client.get(f"/api/photos/{brought[0]}").json()["width"] == 96
        assert client.get(f"/api/photos/{brought[2]}").status_code == 404


def test_a_second_studio_on_the_folder_says_so(client_of, done):
    ids, _, _ = done
    with client_of() as first, client_of() as second:
        assert second.get("/api/works").json()["notes"] == [ELSEWHERE]
        assert not regions(second, ids["day.png"])["painted"]
        assert regions(first, ids["day.png"])["painted"]


def test_where_nothing_can_be_kept_it_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    room = room_of(None, tmp_path / "file")
    assert "so what is done is not kept" in room.notes[0]
    room.write("a.json", b"{}")
    assert room.read("a.json") == b"{}"
    room.close()


def test_all_can_be_begun_anew(client_of, done):
    ids, solved, _ = done
    with client_of() as client:
        client.delete("/api/works")
        assert client.get("/api/works").json()["works"] == []
        assert not regions(client, ids["day.png"])["painted"]
        assert client.post(f"/api/transforms/{solved['transform']}/preview", json={}).status_code == 404


@pytest.mark.parametrize(
    "choices",
    [
        None,
        {"segmenter": "os:system"},
        {"options": {"weights": "/etc/passwd"}},
        {"options": []},
        {"method": "none"},
        {"pairs": {"a": 1}},
        {"amounts": {"strength": 9}},
        {"amounts": {"contrast": 1}},
        {"solved": 3},
    ],
)
def test_choices_that_cannot_be_are_a_line(client, ids, choices):
    answer = client.put("/api/work", json={"content": ids["day.png"], "style": ids["dusk.png"], "choices": choices})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]


def test_what_cannot_be_read_is_left(tmp_path, folder, client_of):
    room = room_of(folder, tmp_path / "rooms")
    room.write("works.json", b'[{"content": 1}]')
    room.write("masks/00.json", b"{")
    room.close()
    with client_of() as client:
        assert client.get("/api/works").json()["works"] == []


# Projects.


@pytest.fixture
def project(client_of, done):
    """The file of a project."""
    ids, _, _ = done
    with client_of() as client:
        answer = client.get("/api/project", params={"content": ids["day.png"], "style": ids["dusk.png"]})
        assert "day-dusk.photostyle" in answer.headers["content-disposition"]
        return answer.content


def is_back(client, told, done) -> None:
    """Whether a project has brought all back."""
    _, solved, seen = done
    ids = {"day.png": told["content"], "dusk.png": told["style"]}
    assert found(client, ids)["choices"] == {**CHOICES, "solved": solved}
    assert regions(client, ids["dusk.png"])["regions"][1]["name"] == "sea"
    again = picture(client.post(f"/api/transforms/{solved['transform']}/preview", json={"side": 96}))
    assert (again == seen).all()


def test_a_project_is_opened_in_the_page(client_of, done, project, folder, tmp_path):
    (folder / "day.png").rename(folder / "noon.png")
    with client_of(room=room_of(tmp_path)) as client:
        told = client.post("/api/project?name=a.photostyle", content=project).json()
        assert told["notes"] == ["day.png is called noon.png now"]
        is_back(client, told, done)


def test_a_project_is_opened_by_the_command(client_of, done, project, folder, tmp_path):
    moved = tmp_path / "moved"
    moved.mkdir()
    path = moved / "a.photostyle"
    path.write_bytes(project)
    shutil.move(folder / "dusk.png", moved / "dusk.png")
    with client_of(folder=None, room=None, project=path) as client:
        told = client.get("/api/works").json()["opened"]
        assert len(told["notes"]) == 1
        assert f"dusk.png was moved to {moved}; it lay at {folder}" in told["notes"][0]
        is_back(client, told, done)


def test_what_was_done_after_a_project_was_saved_is_kept(client_of, project, tmp_path):
    path = tmp_path / "a.photostyle"
    path.write_bytes(project)
    for expected in ("field", "paint"):
        with client_of(folder=None, room=room_of(path, tmp_path), project=path) as client:
            opened = client.get("/api/works").json()["opened"]
            ids = {"day.png": opened["content"], "dusk.png": opened["style"]}
            assert found(client, ids)["choices"]["method"] == expected
            keep(client, ids, {"method": "paint"})


def test_a_photo_that_is_not_here_is_said_and_its_mask_comes_with_it(client_of, project, folder, tmp_path):
    data = (folder / "dusk.png").read_bytes()
    (folder / "dusk.png").unlink()
    with client_of(room=None) as client:
        told = client.post("/api/project?name=a.photostyle", content=project).json()
        assert told["style"] is None
        assert "dusk.png is not here; it lay at" in told["notes"][0]
        id = client.post("/api/photos?name=dusk.png", content=data).json()["id"]
        assert regions(client, id)["painted"]


def test_no_path_of_a_project_from_the_page_is_opened(client_of, project, folder, tmp_path):
    archive = zipfile.ZipFile(io.BytesIO(project))
    about = json.loads(archive.read("project.json"))
    about["work"]["content"] |= {"path": str(tmp_path / "secret.png"), "digest": "0" * 64, "name": "../secret.png"}
    with client_of(room=None) as client:
        told = client.post("/api/project?name=a.photostyle", content=zipped({"project.json": json.dumps(about)})).json()
        assert told["content"] is None
        assert set(ids_of(client)) == {"day.png", "dusk.png"}


def zipped(files: dict) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_what_is_no_project_is_a_line(client, project):
    about = json.loads(zipfile.ZipFile(io.BytesIO(project)).read("project.json"))
    newer = zipped({"project.json": json.dumps(about | {"version": 3})})
    bomb = zipped({"project.json": json.dumps(about), "masks/" + 64 * "0" + ".json": b"0" * (1 << 20)})
    many = zipped({f"{number}": b"" for number in range(20)})
    for data, problem in (
        (b"no project", "no project of the studio"),
        (zipped({}), "no project of the studio"),
        (zipped({"project.json": "[]"}), "no project of the studio"),
        (zipped({"project.json": json.dumps(about | {"work": {}})}), "no project of the studio"),
        (newer, "newer than 2"),
        (many, "too much"),
        (project[:-30], "no project of the studio"),
        (bomb, "no project of the studio"),
    ):
        answer = client.post("/api/project?name=a.photostyle", content=data)
        assert answer.status_code == 422, data[:80]
        assert problem in answer.json()["error"]
        assert "a.photostyle" in answer.json()["error"]
    assert client.get("/api/works").json()["works"] == []


def test_results_that_are_kept_outlive_the_studio(client_of, folder):
    """Two results of a pair: both are there in the next studio, and in a project's file."""
    with client_of() as client:
        ids = ids_of(client)
        both = {"content": ids["day.png"], "style": ids["dusk.png"]}
        first = solve(client, ids)
        keep = {"name": "first", "solved": first, "amounts": {"strength": 0.5, "luma": 1, "chroma": {"*": 1, "sky": 0}}}
        client.put("/api/work", json={**both, "choices": {"solved": first, "kept": [keep]}}).raise_for_status()
        second = solve(client, ids, steps=3)
        choices = {"solved": second, "kept": [keep]}
        client.put("/api/work", json={**both, "choices": choices}).raise_for_status()
        before = [_drawn(client, each) for each in (first, second)]
        for _ in range(9):  # more than are kept in memory
            solve(client, ids, steps=1)
        project = client.get("/api/project", params=both).content
    with client_of() as client:
        assert client.get("/api/work", params=both).json()["choices"] == choices
        for was, each in zip(before, (first, second), strict=True):
            assert np.array_equal(_drawn(client, each), was)
        client.delete("/api/works").raise_for_status()
        assert client.post(f"/api/transforms/{first['transform']}/preview", json={}).status_code == 404
        client.post("/api/project", content=project).raise_for_status()
        assert client.get("/api/work", params=both).json()["choices"] == choices
        for was, each in zip(before, (first, second), strict=True):
            assert np.array_equal(_drawn(client, each), was)


def _drawn(client, solved) -> np.ndarray:
    return picture(client.post(f"/api/transforms/{solved['transform']}/preview", json={"side": 96}))


@pytest.mark.parametrize("kept", [{}, [1], [{"name": "a"}], [{"name": 1, "solved": {}}], [{"name": "a", "solved": {}}] * 7])
def test_results_that_are_none_are_not_kept(client, ids, kept):
    record = {"content": ids["day.png"], "style": ids["dusk.png"], "choices": {"kept": kept}}
    assert client.put("/api/work", json=record).status_code == 400
    amounts = [{"name": "a", "solved": {}, "amounts": {"strength": 9}}]
    assert client.put("/api/work", json=record | {"choices": {"kept": amounts}}).status_code == 422


def test_a_project_of_one_result_is_opened(client_of):
    """As studios before version 2 saved them."""
    with client_of() as client:
        ids = ids_of(client)
        both = {"content": ids["day.png"], "style": ids["dusk.png"]}
        solved = solve(client, ids)
        client.put("/api/work", json={**both, "choices": {"solved": solved}}).raise_for_status()
        data = client.get("/api/project", params=both).content
        older = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(older, "w") as made:
            for name in archive.namelist():
                content = archive.read(name)
                if name == "project.json":
                    about = json.loads(content)
                    content = json.dumps(about | {"version": 1, "facts": about["facts"][solved["transform"]]}).encode()
                made.writestr(name, content)
        client.delete("/api/works").raise_for_status()
        client.post("/api/project", content=older.getvalue()).raise_for_status()
        assert client.get("/api/work", params=both).json()["choices"] == {"solved": solved}


@pytest.fixture
def full_disk(monkeypatch):
    """Switches the disk between full and not."""
    whole = room.write_whole
    state = {"full": False}

    def write(path, data):
        if state["full"]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        whole(path, data)

    monkeypatch.setattr(room, "write_whole", write)
    return lambda yes: state.update(full=yes)


def test_a_full_disk_loses_nothing(client_of, done, full_disk):
    """What was kept before is still there, the page is told, and what comes later is kept as soon as there is room."""
    with client_of() as client:
        ids = done[0]
        keep(client, ids, CHOICES)
        mine = regions(client, ids["day.png"])
        full_disk(True)
        address = f"/api/photos/{ids['day.png']}/mask"
        for answer in (
            client.put(address, json=mask(1 - HALVES, "heaven", "earth")),
            client.put("/api/work", json={"content": ids["day.png"], "style": ids["dusk.png"], "choices": {}}),
            client.post("/api/photos?name=mine.png", content=png(sample(2))),
        ):
            assert answer.status_code == 507
            assert "No space left on device" in answer.json()["error"]
        assert regions(client, ids["day.png"]) == mine
        assert {photo["name"] for photo in client.get("/api/photos").json()["photos"]} == set(ids)
    with client_of() as client:
        assert regions(client, ids["day.png"]) == mine
        assert found(client, ids)["choices"] == CHOICES
        full_disk(False)
        client.put(address, json=mask(1 - HALVES, "heaven", "earth")).raise_for_status()
        assert [region["name"] for region in regions(client, ids["day.png"])["regions"]] == ["heaven", "earth"]


def test_a_result_that_the_disk_does_not_take_can_be_saved(client_of, full_disk):
    with client_of() as client:
        ids = ids_of(client)
        full_disk(True)
        with pytest.raises(AssertionError, match="No space left"):
            solve(client, ids)  # the masks are not kept, and the page is told
        full_disk(False)
        solve(client, ids)
        full_disk(True)
        record = {"content": ids["day.png"], "style": ids["dusk.png"], "options": {"steps": 2, "fast": True}}
        told = events(client, client.post("/api/solve", json=record).json()["job"])[-1]
        assert told["state"] == "done"
        assert "save it before" in told["result"]["notes"][-1]
        answer = client.post(f"/api/transforms/{told['result']['transform']}/export", json={"format": "png"})
        assert answer.status_code == 200
