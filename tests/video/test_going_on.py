"""A clip that was stopped, or killed, goes on where it was; and the stages that work side by side."""

import os
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from itertools import count

import numpy as np
import pytest

from photostyle.clip_options import Selection
from photostyle.errors import Cancelled, PhotoError
from photostyle.events import CancelToken
from photostyle.video import story, work
from photostyle.video.pipeline import Pipeline
from photostyle.video.segments import Segment, WorkFolder, segments_of

STYLE = "no style is needed where nothing changes"


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    monkeypatch.setattr(work, "SECONDS", Fraction(10, 25))  # ten frames


def cancelled_after(frames):
    """A token, and a callback that cancels it after so many frames."""
    token = CancelToken()

    def callback(progress):
        if progress.stage == "render" and progress.step >= frames:
            token.cancel()

    return token, callback


@pytest.mark.usefixtures("steady_x264")
def test_a_clip_that_was_stopped_goes_on_and_is_the_same_as_in_one_go(make_clip, tmp_path, frames_of, packets_of):
    ticks = [number * 24 + number % 3 * 5 for number in range(45)]
    clip = make_clip("a.mp4", frames=45, ticks=ticks, sound=True)
    whole = story.relight_clip(clip, STYLE, tmp_path / "whole.mp4", strength=0)
    token, callback = cancelled_after(28)
    out = tmp_path / "out.mp4"
    out.write_bytes(b"old")
    with pytest.raises(Cancelled):
        story.relight_clip(clip, STYLE, out, strength=0, callback=callback, cancel=token)
    assert out.read_bytes() == b"old"
    result = story.relight_clip(clip, STYLE, out, strength=0)
    assert 10 <= result.kept <= 20 and result.frames == 45
    assert any(f"went on after {result.kept} frames" in note for note in result.notes)
    assert packets_of(out, "video") == packets_of(whole.output, "video")
    assert [time * 600 for time, _ in frames_of(out)] == ticks
    assert not list(tmp_path.glob(".*photostyle"))


def test_another_job_begins_anew(make_clip, tmp_path):
    clip = make_clip("a.mp4", frames=45)
    token, callback = cancelled_after(28)
    out = tmp_path / "out.mp4"
    with pytest.raises(Cancelled):
        story.relight_clip(clip, STYLE, out, strength=0, callback=callback, cancel=token)
    result = story.relight_clip(clip, STYLE, out, strength=0, selection=Selection(preview=2))
    assert result.kept == 0 and result.frames == 23


def test_a_segment_that_went_missing_is_made_again(make_clip, tmp_path, frames_of):
    clip = make_clip("a.mp4", frames=45)
    token, callback = cancelled_after(38)
    out = tmp_path / "out.mp4"
    with pytest.raises(Cancelled):
        story.relight_clip(clip, STYLE, out, strength=0, callback=callback, cancel=token)
    (tmp_path / ".out.mp4.photostyle" / "segment-000001.mkv").unlink()
    result = story.relight_clip(clip, STYLE, out, strength=0)
    assert result.frames == 45 == len(frames_of(out))


def test_a_run_that_is_killed_leaves_what_the_next_goes_on_with(make_clip, tmp_path, frames_of):
    clip = make_clip("a.mp4", frames=60)
    out = tmp_path / "out.mp4"
    slow = (
        "import sys, time; from fractions import Fraction; from photostyle.video import story, work, writing;"
        "work.SECONDS = Fraction(10, 25); add = writing.EncodedPart.add;"
        "writing.EncodedPart.add = lambda self, *frame: (time.sleep(0.02), add(self, *frame));"
        f"story.relight_clip({str(clip)!r}, {STYLE!r}, {str(out)!r}, strength=0)"
    )
    process = subprocess.Popen([sys.executable, "-c", slow])
    folder = WorkFolder(out)
    while folder.frames(Segment(1, 10, 20)) is None and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    result = story.relight_clip(clip, STYLE, out, strength=0)
    assert result.kept >= 20 and result.frames == 60 == len(frames_of(out))


def test_segments():
    assert segments_of(3, 30, 2, 5) == [Segment(0, 3, 13), Segment(1, 13, 23), Segment(2, 23, 30)]


def test_stages_work_side_by_side_and_few_frames_are_on_their_way():
    ahead = []
    made = []

    def numbers():
        for number in range(30):
            ahead.append(number - len(made))
            yield number

    done = []
    pipeline = Pipeline(numbers(), lambda number: number * 2, made.append, held=2)
    pipeline.run(done.append)
    assert made == [number * 2 for number in range(30)] and done[-1] == 30
    assert max(ahead) <= 7 and set(pipeline.seconds) == {"decode", "render", "encode"}


@pytest.mark.parametrize("stage", ["source", "work", "sink"])
def test_what_a_stage_raises_ends_all_of_them(stage):
    def fail(number):
        if number == 5:
            raise PhotoError("broken")
        return number

    def source():
        return (fail(number) if stage == "source" else number for number in count())

    pipeline = Pipeline(source(), fail if stage == "work" else abs, fail if stage == "sink" else abs)
    before = threading.active_count()
    with pytest.raises(PhotoError, match="broken"):
        pipeline.run(lambda done: None)
    assert threading.active_count() == before


def test_an_interrupt_ends_all_stages():
    def told(done):
        if done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    before = threading.active_count()
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            Pipeline(iter(range(1000)), lambda number: np.zeros(4), lambda frame: time.sleep(0.01)).run(told)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert threading.active_count() == before
