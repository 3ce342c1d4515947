"""A long clip by several workers: solved once, the same to the packet as in one go, and gone on with where a worker dies."""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle import Options, Session
from photostyle.batch import Ledger, make_plan, run_batch
from photostyle.batch.local_engine import LocalEngine
from photostyle.batch.messages import Outcome
from photostyle.batch.splitting import SplittingEngine, can_be_split
from photostyle.batch.worker import Worker
from photostyle.errors import FileError, PhotoError
from photostyle.video import story, work
from photostyle.video.steps import SharedClip
from photostyle.video.wanted import Wanted

QUICK = Options(size=64, steps=1, device="cpu", encoder="compact", cache=False, segmenter="none")
STILL = QUICK.changed(strength=0)  # nothing is solved


class InlineEngine:
    """Workers in this process that take the tasks in turn, the last one given first; some of them die."""

    lost_together = False

    def __init__(self, workers=3, retries=1, dies=lambda task: False):
        self.workers = [Worker() for _ in range(workers)]
        self.retries, self.dies = retries, dies
        self.tasks, self.done, self.held = [], [], []  # tasks, steps that were done, and how many tasks there were at each

    def has_room(self):
        return len(self.tasks) < 6

    def submit(self, task):
        self.tasks.append(task)

    def wait(self, seconds):
        self.held.append(len(self.tasks))
        task = self.tasks.pop()
        self.done.append((task.step, task.segments))
        if self.dies(task):
            return [Outcome(task.number, "died", "its worker was lost")]
        worker = self.workers[len(self.done) % len(self.workers)]
        return [worker.write(worker.relight(worker.read(task)))]

    def close(self):
        for worker in self.workers:
            worker.close()


@pytest.fixture
def clip(make_clip, tmp_path, monkeypatch):
    """A clip of five segments, a style, and the current folder above them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(work, "SECONDS", Fraction(10, 25))  # ten frames
    Image.fromarray(np.full((40, 60, 3), (230, 140, 90), np.uint8)).save("dusk.png")
    return make_clip("a.mp4", frames=45, sound=True)


def run(engine, options=QUICK, **more):
    plan = make_plan(["a.mp4"], "out", ["dusk.png"], options=options)
    ledger = Ledger("out/.photostyle/ledger.sqlite")
    splitting = SplittingEngine(engine, **more)
    stages = []
    try:
        summary = run_batch(plan, ledger, splitting, callback=lambda event: stages.append(getattr(event, "stage", event)))
        return summary, ledger.rows(), stages
    finally:
        splitting.close()
        ledger.close()


@pytest.mark.usefixtures("steady_x264")
def test_several_workers_make_what_one_makes(clip, packets_of, monkeypatch):
    fits = Counter()
    fit = Wanted.fit
    monkeypatch.setattr(Wanted, "fit", lambda self, *arguments: (fits.update(["solve"]), fit(self, *arguments))[1])
    story.relight_clip(clip, "dusk.png", "whole.mp4", options=QUICK)
    engine = InlineEngine()
    summary, (row,), stages = run(engine)
    assert (summary.done, fits["solve"]) == (1, 2)
    assert engine.done[0] == ("prepare", ()) and engine.done[-1] == ("join", ())
    assert sorted(engine.done[1:-1]) == [("render", (number,)) for number in range(5)]
    assert "segments 3/5" in stages
    for kind in ("video", "audio"):
        assert packets_of("out/a.mp4", kind) == packets_of("whole.mp4", kind)
    assert set(row.inputs) == {"a.mp4", "dusk.png"} and row.status == "done" and row.stages["solve"] > 0
    assert sorted(path.name for path in Path("out").iterdir()) == [".photostyle", "a.mp4"]


def test_where_a_worker_dies_the_rest_is_done_and_no_more(clip, frames_of):
    deaths = iter([True])
    engine = InlineEngine(dies=lambda task: task.segments == (2,) and next(deaths, False))
    summary, (row,), _ = run(engine, options=STILL)
    assert summary.done == 1 and len(frames_of("out/a.mp4")) == 45
    assert sorted(engine.done[1:6]) == [("render", (number,)) for number in range(5)]
    assert engine.done[6:] == [("prepare", ())]  # one segment was left, which is no work for two
    assert "went on after 35 frames that an earlier run had made" in row.notes
    engine = InlineEngine(dies=lambda task: task.step == "render", retries=0)
    Path("out/a.mp4").unlink()
    summary, _, _ = run(engine, options=STILL)
    assert summary.failed == 1 and "its worker was lost" in summary.failures[0][2]


def test_what_was_lost_with_others_is_tried_by_one_worker_at_a_time(clip):
    deaths = iter([True])
    engine = InlineEngine(dies=lambda task: task.step == "render" and next(deaths, False))
    engine.lost_together = True
    summary, _, _ = run(engine, at_once=2, options=STILL)
    assert summary.done == 1
    again = [step for step, _ in engine.done].index("prepare", 1)
    assert max(engine.held[:again]) == 2 and max(engine.held[again:]) == 1 and len(engine.held[again:]) == 6


def test_no_more_at_once_than_there_is_room_for(clip):
    engine = InlineEngine()
    summary, _, _ = run(engine, at_once=3, options=STILL)
    assert summary.done == 1 and max(engine.held) == 3


def test_what_fails_is_one_line(clip):
    Path("a.mp4").write_bytes(b"no video")
    engine = InlineEngine()
    summary, _, _ = run(engine)
    assert summary.failures[0][2].startswith("a.mp4: cannot be read as a video") and engine.done == [("prepare", ())]


def test_a_short_clip_is_one_task_and_photos_pass(clip, make_clip):
    make_clip("a.mp4", frames=8)
    engine = InlineEngine()
    assert run(engine, options=STILL)[0].done == 1 and engine.done == [("prepare", ())]
    photo = make_plan(["dusk.png"], "photos", ["dusk.png"], options=STILL)
    engine = InlineEngine()
    ledger = Ledger("photos/ledger.sqlite")
    assert run_batch(photo, ledger, SplittingEngine(engine)).done == 1 and engine.done == [(None, ())]
    ledger.close()
    assert not can_be_split(photo[0])


def test_steps_that_come_at_a_wrong_time_are_refused(clip):
    def opened(style="dusk.png"):
        return SharedClip.of(clip, Wanted(Path(style)), Path("out.mp4"), options=STILL, session=Session.of(STILL))

    with pytest.raises(FileError, match="what was begun of it is not there any more; run again"):
        opened().render([0])
    assert opened().prepare().segments == (0, 1, 2, 3, 4)
    opened().render([1])
    with pytest.raises(PhotoError, match="a.mp4: 4 segments are not there any more; run again"):
        opened().join()
    Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save("night.png")
    with pytest.raises(FileError, match="what was begun of it is not there"):
        opened("night.png").render([0])
    assert opened().prepare().segments == (0, 2, 3, 4)
    assert opened("night.png").prepare().segments == (0, 1, 2, 3, 4)


@pytest.fixture
def long_clip(make_clip, tmp_path, monkeypatch):
    """A clip of three segments of the usual five seconds, a style, and the current folder above them."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((40, 60, 3), (230, 140, 90), np.uint8)).save("dusk.png")
    return make_clip("a.mp4", frames=260)


def check_made_by(engine, clip, frames_of):
    summary, _, stages = run(engine)
    assert summary.done == 1, summary.failures
    assert "segments 3/3" in stages
    story.relight_clip(clip, "dusk.png", "whole.mp4", options=QUICK)
    made, whole = frames_of("out/a.mp4"), frames_of("whole.mp4")
    assert [time for time, _ in made] == [time for time, _ in whole]
    assert max(np.abs(one - other).max() for (_, one), (_, other) in zip(made, whole, strict=True)) <= 2  # see `steady_x264`


@pytest.mark.slow
def test_processes_of_this_machine(long_clip, frames_of):
    check_made_by(LocalEngine(2, 1), long_clip, frames_of)


@pytest.mark.slow
def test_a_ray_cluster(long_clip, frames_of, monkeypatch):
    pytest.importorskip("ray", reason="needs photostyle[ray]")
    from photostyle.batch.ray_engine import RayEngine

    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    check_made_by(RayEngine(cpus=0.5), long_clip, frames_of)
