"""Clips in a batch: which are taken, how they are entered in the ledger, and that a run goes on where it was."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle import Options
from photostyle.batch import Ledger, make_plan, run_batch
from photostyle.batch.budget import CLIP_BYTES, photo_bytes
from photostyle.batch.inputs import find_photos
from photostyle.batch.sets.sample import with_shared_transforms
from photostyle.batch.worker import Worker
from photostyle.cli import batch_run
from photostyle.clip_options import ClipOptions, Wish
from photostyle.errors import OptionError, PhotoError
from photostyle.video import work

QUICK = Options(size=64, steps=1, device="cpu", encoder="compact", cache=False, segmenter="none")


class InlineEngine:
    """Does each task at once, in this process, by a real worker."""

    lost_together, retries = False, 0

    def __init__(self):
        self.stages, self.outcomes = [], []
        self.worker = Worker(on_stage=lambda number, stage: self.stages.append(stage))

    def has_room(self):
        return not self.outcomes

    def submit(self, task):
        self.outcomes.append(self.worker.write(self.worker.relight(self.worker.read(task))))

    def wait(self, seconds):
        done, self.outcomes = self.outcomes, []
        return done

    def close(self):
        self.worker.close()


@pytest.fixture
def clips(make_clip, tmp_path, monkeypatch):
    """A folder of two clips and one that is broken, a style, and the current folder above them."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in ("a.mp4", "b.mkv"):
        make_clip(name, frames=4).rename(f"in/{name}")
    Path("in/bad.mp4").write_bytes(b"no video")
    Image.fromarray(np.full((40, 60, 3), (230, 140, 90), np.uint8)).save("dusk.png")
    return tmp_path


def run(plan, engine=None):
    ledger = Ledger("out/.photostyle/ledger.sqlite")
    engine = engine or InlineEngine()
    try:
        return run_batch(plan, ledger, engine), {Path(row.output).name: row for row in ledger.rows()}
    finally:
        engine.close()
        ledger.close()


def test_a_folder_of_clips_is_made_and_entered_in_the_ledger(clips, frames_of, monkeypatch):
    plan = make_plan(["in"], "out", ["dusk.png"], options=QUICK)
    assert [job.output for job in plan] == ["out/a.mp4", "out/b.mkv", "out/bad.mp4"]
    summary, rows = run(plan)
    assert (summary.done, summary.failed) == (2, 1)
    assert summary.failures[0][2].startswith("in/bad.mp4: cannot be read as a video")
    assert rows["a.mp4"].status == "done" and set(rows["a.mp4"].inputs) == {"in/a.mp4", "dusk.png"}
    for name in ("a.mp4", "b.mkv"):
        changes = [np.abs(a - b).mean() for (_, a), (_, b) in zip(frames_of(f"in/{name}"), frames_of(f"out/{name}"), strict=True)]
        assert len(changes) == 4 and min(changes) > 3
    assert sorted(path.name for path in Path("out").iterdir()) == [".photostyle", "a.mp4", "b.mkv"]
    again, _ = run(plan)
    assert (again.done_before, again.failed, again.done) == (2, 1, 0)
    Path("out/a.mp4").write_bytes(b"damaged")
    unlike = [plan[0], replace(plan[1], clip=ClipOptions(wish=Wish(crf=40.0)))]
    third, _ = run([replace(job, options=QUICK.changed(strength=0)) for job in unlike])
    assert third.done == 2


def test_a_clip_goes_on_where_a_killed_run_was(clips, monkeypatch):
    plan = make_plan(["in/a.mp4"], "out", ["dusk.png"], options=QUICK.changed(strength=0))
    monkeypatch.setattr(work, "SECONDS", 0.04)

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("photostyle.video.work.Work._join", die)
        run(plan)
    assert Path("out/.a.mp4.photostyle").is_dir() and not Path("out/a.mp4").exists()
    summary, rows = run(plan)
    assert summary.done == 1 and "went on after 4 frames that an earlier run had made" in rows["a.mp4"].notes
    assert not Path("out/.a.mp4.photostyle").exists()


def test_clips_beside_photos_are_left_out_of_a_folder_and_taken_by_name(clips):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save("in/p.png")
    said = []
    assert [photo.path for photo in find_photos(["in"], tell=said.append, clips=True)] == ["in/p.png"]
    assert said == ["in: 3 clips are left out, for it holds photos; name clips by themselves, or by a glob such as '*.mp4'"]
    assert [photo.path for photo in find_photos(["in/*.mkv", "in/a.mp4"])] == ["in/b.mkv", "in/a.mp4"]
    Path("in/p.png").unlink()
    with pytest.raises(PhotoError, match="no photos there"):  # training takes no clips for photos
        find_photos(["in"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"contents": ["in/a.mp4"], "options": QUICK, "output": "out/{stem}.jpg"}, "out/a.jpg: is no kind of video"),
        ({"contents": ["in/a.mp4"], "options": Options(method="pixels")}, "a clip takes the method field or network, got pixels"),
        ({"contents": ["in/a.mp4"], "writing": {"depth": 16}}, "in/a.mp4: is a clip, and depth, quality and metadata"),
        ({"contents": ["dusk.png"], "clips": ClipOptions(wish=Wish("h264"))}, "codec is for clips, and there are photos alone"),
        ({"contents": ["dusk.png"], "styles": (), "transform": "dusk.png"}, "transform is for clips, and there are photos alone"),
        ({"contents": ["in/a.mp4", "dusk.png"], "styles": (), "transform": "dusk.png"}, "dusk.png: is a photo, and dusk.png a"),
        ({"contents": ["in/a.mp4"], "transform": "look"}, "the style is that of the transform look, got another"),
        ({"contents": ["in/a.mp4"], "clips": ClipOptions(steady=0.5)}, "in/a.mp4: steady is for clips that a network paints"),
        ({"contents": ["dusk.png"], "styles": ["in/a.mp4"]}, "dusk.png: is a photo, and its style in/a.mp4 a clip"),
        ({"contents": ["in/a.mp4"], "styles": ["in/b.mkv"], "style_mask": "dusk.png"}, "in/b.mkv: is a clip, and a style's mask"),
    ],
)
def test_what_clips_cannot_be_given_is_refused_at_once(clips, given, said):
    with pytest.raises(OptionError, match=said):
        make_plan(**{"output": "out", "styles": ["dusk.png"], **given})


def test_a_part_of_each_clip_small_by_the_look_of_one(clips, frames_of, call, monkeypatch):
    """The options that only clips have, those of all and those of a manifest's row."""
    monkeypatch.setattr(batch_run, "make_engine", lambda *arguments, **more: (InlineEngine(), None))
    quick = ["--segmenter", "none", "--size", "64", "--steps", "1", "--device", "cpu", "--encoder", "compact"]
    code, _, err = call("video", "in/a.mp4", "dusk.png", "-o", "a.mp4", "--save-transform", "look.safetensors", *quick)
    assert code == 0, err
    Path("clips.csv").write_text("content,to,preview\nin/a.mp4,,3\nin/b.mkv,0.12,\n")
    run = ["batch", "clips.csv", "-o", "out", "--transform", "look.safetensors", "--segmenter", "none", "--device", "cpu"]
    code, _, err = call(*run, "--from", "0.04", "--codec", "ffv1", "--codec-option", "g=1", "--dry-run")
    assert code == 0 and "in/a.mp4 -> out/a.mp4  in the light of look.safetensors" in _, err
    code, _, err = call(*run, "--from", "0.04", "--crf", "40")
    assert code == 0 and "2 clips: 2 done" in err, err
    assert [len(frames_of(f"out/{name}")) for name in ("a.mp4", "b.mkv")] == [1, 2]
    (_, whole), (_, made), (_, own) = frames_of("a.mp4")[1], frames_of("out/a.mp4")[0], frames_of("in/a.mp4")[1]
    assert np.abs(made - whole).mean() < 4 < np.abs(made - own).mean()
    code, _, err = call(*run, "--from", "0.04", "--crf", "40")
    assert code == 0 and "2 done before" in err, err
    code, _, err = call(*run, "--from", "0.08", "--to", "0.04")
    assert code == 2 and "the part must end after it begins" in err
    Path("no.safetensors").write_bytes(b"none")
    code, _, err = call("batch", "in/a.mp4", "-o", "new", "--transform", "no.safetensors")
    assert code == 2 and err.startswith("photostyle: no.safetensors: ") and not Path("new").exists()


def test_a_set_of_clips_has_no_shared_transform(clips):
    plan = make_plan(["in/a.mp4"], "out", ["dusk.png"])
    with pytest.raises(OptionError, match=r"in/a.mp4: is a clip, and set-mode shared is for photos"):
        with_shared_transforms(plan, "shared", Path("out"))


def test_a_long_clip_takes_no_more_memory_than_a_short_one(tmp_path):
    with open(tmp_path / "long.mp4", "wb") as file:
        file.truncate(1 << 40)
    assert photo_bytes(str(tmp_path / "long.mp4")) == CLIP_BYTES


def test_as_a_user_types_it(clips, call, monkeypatch):
    monkeypatch.setattr(batch_run, "make_engine", lambda *arguments, **more: (InlineEngine(), None))
    code, said, err = call("batch", "in", "-s", "dusk.png", "-o", "out", "--dry-run", "--json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 0 and [line.get("would") for line in lines] == ["make", "make", "fail", None], err
    Path("in/bad.mp4").unlink()
    quick = ["--strength", "0", "--segmenter", "none", "--device", "cpu", "--jobs", "1", "--codec", "ffv1", "--crf", "3"]
    code, said, err = call("batch", "in/b.mkv", "-s", "dusk.png", "-o", "out", *quick)
    assert code == 1 and "in/b.mkv: the encoder ffv1 has no crf, got 3; leave it out" in err
    assert "1 clips: 1 failed" in err
    code, said, err = call("batch", "in/b.mkv", "-s", "dusk.png", "-o", "out", *quick[:-2], "--report", "page.html")
    assert code == 0 and "1 clips: 1 done" in err, err
    assert Path("page.html").read_text("utf-8").count("<img") == 2
