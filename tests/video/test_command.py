"""`photostyle video` as a user types it."""

import json

import numpy as np
import pytest
from PIL import Image

from photostyle.cli import video as command
from photostyle.cli import video_files
from photostyle.errors import OptionError

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact"]


@pytest.fixture
def dusk(make_photos):
    return make_photos(("dusk.jpg", (40, 60), (1, 0.6, 0.4))) / "dusk.jpg"


def test_a_clip_is_relit(make_clip, dusk, call, frames_of, packets_of, facts_of, tmp_path):
    clip = make_clip("a.mp4", sound=True)
    out = tmp_path / "out.mp4"
    code, said, err = call("video", "--content", clip, "--style", dusk, "-o", out, *QUICK)
    assert code == 0, err
    assert said.splitlines()[0].startswith("12 frames of 64 x 48 by libx264; ") and said.splitlines()[-1] == str(out)
    assert "render 12/12" in err and "frames/s, 0:00 left" in err
    assert packets_of(out, "audio") == packets_of(clip, "audio") and facts_of(out) == facts_of(clip)
    changes = [np.abs(a - b).mean() for (_, a), (_, b) in zip(frames_of(clip), frames_of(out), strict=True)]
    assert min(changes) > 3 and max(changes) - min(changes) < 1
    code, _, err = call("video", clip, dusk, "-o", out, *QUICK)
    assert code == 2 and "exists already; give another output" in err and err.endswith("(--overwrite)\n")
    code, said, err = call("video", clip, dusk, "-o", out, "--overwrite", "--strength", "0", "--preview", "4", "--json")
    record = json.loads(said)
    assert code == 0 and record["frames"] == 3 and record["encoder"] == "libx264" and record["output"] == str(out)


def test_what_would_be_done(make_clip, dusk, call, tmp_path):
    clip = make_clip("a.mp4")
    code, said, err = call("video", clip, dusk, "-o", tmp_path / "o.webm", "--from", "0.2", "--dry-run")
    assert code == 0, err
    assert "frames   7 of 12, 64 x 48" in said and "encoder  libvpx-vp9 yuv420p" in said and "nothing was written" in said
    assert not list(tmp_path.glob("*o.webm*"))


def test_several_clips(make_clip, dusk, call, frames_of, tmp_path):
    clips = [make_clip(f"{name}.mp4") for name in "ab"]
    broken = tmp_path / "c.mp4"
    broken.write_bytes(b"no video")
    template = tmp_path / "out" / "{stem}.{ext}"
    run = ["video", clips[0], broken, clips[1], "-s", dusk, "-o", template, "--strength", "0", "-q"]
    code, said, err = call(*run)
    assert code == 2 and said.split() == [str(tmp_path / "out" / f"{name}.mp4") for name in "ab"]
    assert err.splitlines()[0].startswith(f"photostyle: {broken}: cannot be read as a video")
    assert err.splitlines()[1] == "photostyle: 1 of 3 clips failed"
    assert len(frames_of(tmp_path / "out" / "a.mp4")) == 12
    code, said, err = call(*run)
    assert said == "" and f"{tmp_path / 'out' / 'a.mp4'}: there already; left as it is" in err
    code, _, err = call(*run[:4], "-s", dusk, "-o", tmp_path / "one.mp4")
    assert code == 2 and "is one file, and there are 3 clips; give a folder" in err


@pytest.mark.parametrize("given", ["folder", "pattern", "glob"])
def test_a_sequence_of_pictures(dusk, call, frames_of, tmp_path, given):
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in range(8, 12):
        Image.fromarray(np.full((48, 64, 3), number * 10, np.uint8)).save(folder / f"s{number}.png")
    name = {"folder": folder, "pattern": folder / "s%d.png", "glob": folder / "s*.png"}[given]
    out = tmp_path / "new"
    code, said, err = call("video", name, "-s", dusk, "-o", f"{out}/", "--strength", "0")
    assert code == 0 and sorted(path.name for path in out.iterdir()) == ["s10.png", "s11.png", "s8.png", "s9.png"], err
    for path in out.iterdir():
        np.testing.assert_array_equal(np.asarray(Image.open(path)), np.asarray(Image.open(folder / path.name)))
    video = tmp_path / "new.mp4"
    code, _, err = call("video", name, "-s", dusk, "-o", video, "--rate", "10", "--strength", "0")
    assert code == 0, err
    frames = frames_of(video)
    assert [time * 10 for time, _ in frames] == [0, 1, 2, 3]
    assert [round((codes[:48].mean() - 16) / 219 * 25.5) for _, codes in frames] == [8, 9, 10, 11]
    code, _, err = call("video", video, "-s", dusk, "-o", tmp_path / "again" / "f%03d.png", "--strength", "0")
    assert code == 0 and len(list((tmp_path / "again").glob("f00?.png"))) == 4, err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["a.mp4"], "STYLE is missing, as in photostyle video clip.mp4 sunset.jpg"),
        ([], "CONTENT and STYLE are missing"),
        (["no.mp4", "dusk.jpg"], "no.mp4: no such file"),
        (["dusk.jpg", "dusk.jpg"], "is one picture, and no clip"),
        (["a.mp4", "dusk.jpg", "--preview", "0"], "preview must be 1 or more"),
        (["a.mp4", "dusk.jpg", "--crf", "best"], "crf must be"),
        (["a.mp4", "dusk.jpg", "--codec-option", "slow"], "codec-option must be NAME=VALUE"),
        (["a.mp4", "dusk.jpg", "-o", "x.xyz"], "is no kind of video that is written here"),
        (["a.mp4", "dusk.jpg", "--codec", "h266"], "there is no encoder h266"),
        (["a.mp4", "dusk.jpg", "--from", "99"], "no frame lies in the part"),
        (["a.mp4", "dusk.jpg", "--rate", "-1"], "rate must be more than 0"),
        (["a.mp4", "dusk.jpg", "--method", "paint"], "paint"),
    ],
)
def test_bad_input_is_one_line(make_clip, dusk, call, monkeypatch, tmp_path, arguments, text):
    make_clip("a.mp4", frames=2)
    monkeypatch.chdir(tmp_path)
    code, out, err = call("video", *arguments)
    assert code == 2 and out == ""
    line = err.splitlines()[-1]
    assert line.startswith("photostyle: ") and text in line and "Traceback" not in err


def test_without_pyav_one_line_says_what_to_do(call, monkeypatch, tmp_path):
    monkeypatch.setattr(video_files, "find_spec", lambda name: None)
    code, _, err = call("video", "a.mp4", "b.jpg")
    assert code == 2 and err == "photostyle: videos need PyAV; run: pip install 'photostyle[video]'\n"


def test_a_clip_can_be_the_style(make_clip, call, tmp_path):
    clip, other = make_clip("a.mp4"), make_clip("b.mp4")
    code, _, err = call("video", clip, other, "-o", tmp_path / "out.mp4", *QUICK)
    assert code == 0, err


def test_names_of_clips_and_style():
    both = command._contents_and_style(["a.mp4", "b.jpg"], [], None)
    assert both == (["a.mp4"], "b.jpg") == command._contents_and_style(["b.jpg"], ["a.mp4"], None)
    assert command._contents_and_style(["a.mp4", "b.mp4"], [], None, needs_style=False) == (["a.mp4", "b.mp4"], None)
    with pytest.raises(OptionError, match="STYLE is missing"):
        command._contents_and_style(["a.mp4"], [], None)
