"""Photos at URLs whose store fails now and then, and what a worker keeps of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle.batch import remote
from photostyle.batch.messages import Task
from photostyle.batch.outputs import publish
from photostyle.batch.plan import Job
from photostyle.batch.worker import Worker
from photostyle.errors import PhotoError

fsspec = pytest.importorskip("fsspec", reason="needs photostyle[cloud]")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The memory:// store with three photos, a mask and a style; stores are asked again at once."""
    monkeypatch.setattr(remote, "PAUSES", (0.0, 0.0))
    system = fsspec.filesystem("memory")
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c", "mask", "style"):
        Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).save(tmp_path / "made.png")
        system.put_file(str(tmp_path / "made.png"), f"/{name}.png")
    yield system
    system.store.clear()


@pytest.fixture
def worker(tmp_path):
    made = Worker(fetch_folder=tmp_path)
    yield made
    made.close()
    assert not list(tmp_path.glob("photostyle-*"))


def task(number: int, output: Path | str, content: str = "a", **more) -> Task:
    return Task(number, Job(f"memory://{content}.png", "memory://style.png", str(output), **more), str(output))


def failing(real, times: int, ending: str = ""):
    """A method of a store that fails so many times for paths that end so."""
    left = [times]

    def method(path, *others, **more):
        if str(path).endswith(ending) and left[0]:
            left[0] -= 1
            raise OSError("503 Slow Down")
        return real(path, *others, **more)

    return method


def test_a_store_that_fails_is_asked_again(store, worker, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "get_file", failing(store.get_file, 2, "style.png"))
    assert worker.read(task(1, tmp_path / "1.png")).error is None


def test_one_photo_fails_with_its_style_and_the_next_does_not(store, worker, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "get_file", failing(store.get_file, 3, "style.png"))
    states = [worker.read(task(n, tmp_path / f"{n}.png")) for n in range(2)]
    assert "memory://style.png: cannot be reached (503 Slow Down)" in states[0].error and states[1].error is None
    monkeypatch.setattr(store, "info", failing(store.info, 1))
    assert remote.fingerprint("memory://a.png")[0] > 0
    monkeypatch.setattr(store, "ls", failing(store.ls, 3))
    with pytest.raises(PhotoError, match="memory://: cannot be reached"):
        remote.existing(["memory:///a.png"])


def test_nothing_of_a_task_is_left(store, worker, monkeypatch):
    monkeypatch.setattr(store, "put_file", failing(store.put_file, 99))
    failed = worker.read(task(1, "memory://out/1.png", content_mask="memory://mask.png"))
    assert failed.error is None and len(failed.files) == 3
    assert "cannot be reached" in worker.write(failed).error
    kept = [path for path in worker.files.folder.rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["style.png"]


def test_one_content_in_several_styles_at_once(store, worker, tmp_path):
    """A task that ends takes its own copy of the content along, not that of the next."""
    states = [worker.read(task(n, tmp_path / f"{n}.png")) for n in range(3)]
    assert len({state.files["memory://a.png"] for state in states}) == 3
    worker.write(states[0])
    assert Path(states[1].files["memory://a.png"]).exists()


def test_a_result_that_is_taken_away_at_once_is_made(tmp_path, monkeypatch):
    (tmp_path / "part").write_bytes(b"whole")
    monkeypatch.setattr("photostyle.batch.outputs.os.replace", lambda part, output: Path(part).unlink())
    assert publish(str(tmp_path / "part"), str(tmp_path / "a.png")) is None


def test_what_systems_leave_in_stores_is_no_photo(store):
    from photostyle.batch.inputs import find_photos

    system = remote._file_system("memory")
    for name in ("shoot/a.png", "shoot/@eaDir/a.png/SYNOFILE_THUMB_M.jpg", "shoot/sub/.hidden/b.png"):
        system.pipe(f"/{name}", b"x")
    told = []
    assert [photo.path for photo in find_photos(["memory://shoot"], tell=told.append)] == ["memory:///shoot/a.png"]
    assert told == ["memory://shoot: left out: 1 file of @eaDir, 1 file of .hidden"]
