"""A watch does what is there and what appears, once it is written to the end, and ends cleanly."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from photostyle.batch.watch import STILL, Arrivals
from photostyle.cli import batch_watch


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"half")
    os.utime(path, (1000, 1000))
    return str(path)


def test_a_file_that_grows_is_left_until_it_is_still(photo):
    arrivals = Arrivals()
    assert not arrivals.look([photo], 1000)  # its date is now
    Path(photo).write_bytes(b"more of it")
    os.utime(photo, (1001, 1001))
    assert not arrivals.look([photo], 1000 + STILL)  # it grew between two looks
    assert not arrivals.look([photo], 1000 + STILL + 1)
    assert arrivals.look([photo], 1000 + 2 * STILL) == {photo}


def test_a_file_that_keeps_an_old_date_while_it_grows_is_left_too(photo):
    arrivals = Arrivals()
    arrivals.look([], 2000)
    os.truncate(photo, 3)
    os.utime(photo, (1000, 1000))
    first = arrivals.look([photo], 2002)
    Path(photo).write_bytes(b"copied with its date")
    os.utime(photo, (1000, 1000))
    assert not first and not arrivals.look([photo], 2004)
    assert arrivals.look([photo], 2004 + STILL) == {photo}


def test_what_was_there_before_is_ready_at_once_and_handed_out_once(photo):
    arrivals = Arrivals()
    assert arrivals.look([photo], 2000) == {photo}
    arrivals.hand_out([photo])
    assert not arrivals.look([photo], 2004)
    Path(photo).write_bytes(b"edited")
    os.utime(photo, (2005, 2005))
    assert not arrivals.look([photo], 2006) and arrivals.look([photo], 2006 + STILL) == {photo}


def test_empty_files_and_files_that_go_are_no_photos(photo):
    os.truncate(photo, 0)
    arrivals = Arrivals()
    assert not arrivals.look([photo, photo + ".gone"], 9e9) and not arrivals.look([], 9e9)
    assert not arrivals.seen


@pytest.fixture
def watched(photos, monkeypatch, copying, call):
    """Runs `photostyle batch in --watch` with an engine that copies; each look but the first is preceded by a step."""
    for path in Path("in").iterdir():
        path.unlink()
    engines = []
    delay = 0.15

    def engine(*arguments, **more):
        engines.append(copying(delay))
        return engines[-1], None

    monkeypatch.setattr(batch_watch, "make_engine", engine)
    monkeypatch.setattr(batch_watch, "check_needs", lambda *arguments: None)

    def run(*steps, more=()):
        left = iter(steps)
        clock = [time.time()]

        def sleep(seconds):
            assert batch_watch.LOOK <= seconds < batch_watch.LOOK + 1  # not busily, and not for long after long work
            clock[0] += seconds
            step = next(left, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        monkeypatch.setattr(batch_watch, "time", SimpleNamespace(sleep=sleep, time=lambda: clock[0], monotonic=time.monotonic))
        result = call("batch", "in", "-s", "dusk.jpg", "-o", "out", "--watch", *more)
        assert len(engines) <= 1
        return result

    return run


def add(name: str, data: bytes = b"photo " * 100):
    return lambda: Path("in", name).write_bytes(data)


def nothing() -> None:
    """A look later."""


def test_photos_that_appear_are_made_with_one_engine_and_one_ledger(watched):
    add("first.jpg")()
    code, _, err = watched(nothing, nothing, add("second.jpg"), nothing, nothing, nothing)
    assert code == 0 and "watching in; Ctrl-C ends" in err, err
    assert "2 photos: 2 done" in err and sorted(p.name for p in Path("out").glob("*.jpg")) == ["first.jpg", "second.jpg"]


def test_a_folder_may_be_empty_and_a_photo_that_cannot_be_made_is_no_end(watched):
    code, _, err = watched(add("a.jpg", b"bad"), nothing, nothing, add("b.jpg"), nothing, nothing)
    assert code == 1 and "2 photos: 1 done, 1 failed" in err, err
    assert Path("out/b.jpg").exists()


def test_names_that_collide_are_said_and_the_watch_goes_on(watched):
    code, _, err = watched(
        add("a.jpg"),
        nothing,
        nothing,
        add("A.jpg"),
        nothing,
        nothing,
        lambda: Path("in/A.jpg").unlink(),
        add("c.jpg"),
        nothing,
        nothing,
    )
    assert err.count("one file where case does not count") == 1 and Path("out/c.jpg").exists(), err
    assert code == 0


def test_what_is_done_already_is_kept(watched):
    add("a.jpg")()
    assert watched(nothing, nothing)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["in/00.jpg", "-s", "dusk.jpg"], "is no folder and no glob"),
        (["in", "-s", "none.jpg"], "none.jpg: no such file"),
        (["in", "-s", "dusk.jpg", "--set-mode", "shared"], "each photo by itself"),
        (["in", "-s", "dusk.jpg", "--dry-run"], "each photo by itself"),
    ],
)
def test_what_cannot_be_watched_is_refused(photos, call, arguments, text):
    code, _, err = call("batch", *arguments, "-o", "out", "--watch")
    assert code == 2 and text in err and err.count("\n") == 1 and not Path("out").exists(), err
