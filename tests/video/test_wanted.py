"""What a clip is to look like, from a file to a file: a transform that is saved and used again, masks by hand, another clip."""

import numpy as np
import pytest
from PIL import Image

from photostyle import Options, PhotostyleError
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer
from photostyle.video.reading import VideoFile
from photostyle.video.story import relight_clip
from photostyle.video.wanted import Wanted

OPTIONS = Options(segmenter="none", size=64, steps=3, device="cpu", encoder="compact")


@pytest.fixture
def dusk(tmp_path):
    path = tmp_path / "dusk.png"
    codes = np.linspace((20, 10, 50), (250, 150, 70), 60)[:, None] * np.ones((60, 80, 1))
    Image.fromarray(codes.astype(np.uint8)).save(path)
    return path


def made(frames_of, path):
    return [codes for _, codes in frames_of(path)]


def test_what_was_found_is_saved_and_used_for_the_clip_and_for_another(make_clip, frames_of, dusk, tmp_path):
    clip, other = make_clip("a.mp4", frames=5), make_clip("b.mp4", frames=3)
    kept = tmp_path / "a.safetensors"
    relight_clip(clip, Wanted(dusk, save=kept), tmp_path / "one.mp4", options=OPTIONS)
    relight_clip(clip, Wanted(found=kept), tmp_path / "again.mp4", options=OPTIONS)
    first, again = (made(frames_of, tmp_path / name) for name in ("one.mp4", "again.mp4"))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    relight_clip(other, Wanted(found=kept), tmp_path / "other.mp4", options=OPTIONS)
    changed = made(frames_of, tmp_path / "other.mp4")
    assert len(changed) == 3 and np.abs(changed[0] - made(frames_of, other)[0]).mean() > 5
    assert np.abs(changed[0] - first[0]).mean() < 2  # of one scene


def test_a_clip_is_the_style(make_clip, frames_of, dusk, tmp_path):
    clip = make_clip("a.mp4", frames=3)
    relight_clip(clip, dusk, tmp_path / "dusk.mp4", options=OPTIONS)
    style = VideoFile(tmp_path / "dusk.mp4")
    relight_clip(clip, Wanted(style), tmp_path / "out.mp4", options=OPTIONS)
    before, goal, after = (made(frames_of, path)[1] for path in (clip, tmp_path / "dusk.mp4", tmp_path / "out.mp4"))
    assert np.abs(after - goal).mean() < 0.7 * np.abs(before - goal).mean()


def test_masks_by_hand_protect(make_clip, frames_of, dusk, tmp_path):
    clip = make_clip("a.mp4", frames=4)
    masks = tmp_path / "masks"
    masks.mkdir()
    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:, :32] = (255, 0, 0)
    Image.fromarray(halves).save(masks / "0.png")
    relight_clip(clip, Wanted(dusk, masks=masks), tmp_path / "out.mp4", options=OPTIONS.changed(protect=("red",)))
    before, after = made(frames_of, clip)[2][:48], made(frames_of, tmp_path / "out.mp4")[2][:48]
    changed = np.abs(after - before)
    assert changed[:, 40:].mean() > 5 * changed[:, :24].mean()


def test_what_a_network_paints_with_is_saved_and_used_again(make_clip, frames_of, tmp_path):
    clip, other = make_clip("a.mkv", frames=4, codec="ffv1"), make_clip("b.mkv", frames=3, codec="ffv1")
    TrainedStylizer(Stylizer(StylizerShape(width=4, residuals=1)), ("wild",)).save(tmp_path / "wild.safetensors")
    network = Options(method=str(tmp_path / "wild.safetensors"), device="cpu", segmenter="none")
    kept = tmp_path / "kept.safetensors"
    relight_clip(clip, Wanted(steady=0.5, save=kept), tmp_path / "out.mkv", options=network)
    field = Options(device="cpu", segmenter="none")  # the network is in the file
    relight_clip(clip, Wanted(found=kept), tmp_path / "again.mkv", options=field)
    assert np.array_equal(made(frames_of, tmp_path / "again.mkv"), made(frames_of, tmp_path / "out.mkv"))
    relight_clip(other, Wanted(found=kept), tmp_path / "other.mkv", options=field)
    assert np.array_equal(made(frames_of, tmp_path / "other.mkv")[:3], made(frames_of, tmp_path / "out.mkv")[:3])
    relight_clip(clip, Wanted(found=kept, steady=0.0), tmp_path / "boils.mkv", options=field)
    assert not np.array_equal(made(frames_of, tmp_path / "boils.mkv")[3], made(frames_of, tmp_path / "out.mkv")[3])
    with pytest.raises(PhotostyleError, match="a network paints whole frames; leave the masks out"):
        masks = tmp_path / "masks"
        masks.mkdir()
        Image.fromarray(np.zeros((48, 64), np.uint8)).save(masks / "0.png")
        relight_clip(clip, Wanted(found=kept, masks=masks), tmp_path / "no.mkv", options=field)


def test_a_broken_painting_is_refused(make_clip, tmp_path):
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    clip = make_clip("a.mp4", frames=2)
    TrainedStylizer(Stylizer(StylizerShape(width=4, residuals=1)), ("wild",)).save(tmp_path / "wild.safetensors")
    network = Options(method=str(tmp_path / "wild.safetensors"), device="cpu", segmenter="none")
    kept = tmp_path / "kept.safetensors"
    relight_clip(clip, Wanted(save=kept), tmp_path / "out.mp4", options=network)
    with safe_open(kept, "pt") as file:
        facts = file.metadata()
    tensors = load_file(kept)
    del tensors["0.1.mean"]
    save_file(tensors, kept, facts)
    with pytest.raises(PhotostyleError, match="kept.safetensors"):
        relight_clip(clip, Wanted(found=kept), tmp_path / "no.mp4", options=Options(device="cpu"))


def test_a_network_paints(make_clip, frames_of, tmp_path):
    clip = make_clip("a.mp4", frames=4)
    TrainedStylizer(Stylizer(StylizerShape(width=4, residuals=1)), ("wild",)).save(tmp_path / "wild.safetensors")
    network = Options(method=str(tmp_path / "wild.safetensors"), device="cpu", segmenter="none")
    relight_clip(clip, Wanted(steady=0.5), tmp_path / "out.mp4", options=network)
    assert np.abs(made(frames_of, tmp_path / "out.mp4")[1] - made(frames_of, clip)[1]).mean() > 5
    for wanted, message in [
        (Wanted(tmp_path / "dusk.png"), "and a style is given too; leave one out"),
        (Wanted(masks=tmp_path), "a network paints whole frames; leave the masks out"),
        (Wanted(found=tmp_path / "x.safetensors"), "a saved transform and a network are both given"),
    ]:
        with pytest.raises(PhotostyleError, match=message):
            relight_clip(clip, wanted, tmp_path / "no.mp4", options=network)
    assert not (tmp_path / "no.mp4").exists()
