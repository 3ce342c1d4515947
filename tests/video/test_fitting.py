"""What is found for a clip: one look a shot, more where light changes, the same from whichever frame it is begun."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from photostyle import Options, PhotostyleError, Session
from photostyle.errors import FileError, MaskError
from photostyle.events import Tell
from photostyle.metrics.video import FlickerJudge
from photostyle.options import Amounts
from photostyle.transforms import load_transform
from photostyle.video import fitting
from photostyle.video.clip import Frame, FramesClip
from photostyle.video.fitting import fit_clip
from photostyle.video.hand_masks import masks_by_hand
from photostyle.video.key_frames import ShotKeys, keys_of
from photostyle.video.reuse import look_of_clip, reuse_clip
from photostyle.video.shots import Shot
from photostyle.video.tracking import KeyMasks, RegionTrack
from photostyle.video.transform import load_clip_light

OPTIONS = Options(segmenter="none", size=64, steps=6, device="cpu", encoder="compact")
HEIGHT, WIDTH = 54, 96
DUSK = np.linspace((0.1, 0.05, 0.2), (1, 0.6, 0.3), 70)[:, None] * np.ones((70, 90, 3))


def pan(seed, count, step=1):
    """A camera that moves over a scene."""
    random = np.random.default_rng(seed)
    noise = random.random((HEIGHT, WIDTH + step * count, 3))
    wide = 4 * gaussian_filter(noise, (8, 8, 0)) + gaussian_filter(noise, (1.5, 1.5, 0))
    wide = 0.15 + 0.7 * (wide - wide.min()) / np.ptp(wide)
    return [np.ascontiguousarray(wide[:, step * k : step * k + WIDTH], np.float32) for k in range(count)]


def fitted(clip, style=DUSK, options=OPTIONS, **more):
    return fit_clip(clip, style, options=options, session=Session.of(options), tell=Tell(), **more)


def rendered(clip, found, amounts=Amounts()):  # noqa: B008 (frozen)
    return [found.apply(frame, amounts) for frame in clip.frames()]


@pytest.fixture(scope="module")
def cut():
    """Two shots."""
    return FramesClip(pan(1, 14) + [0.4 * frame for frame in pan(2, 12)])


@pytest.fixture(scope="module")
def found(cut):
    return fitted(cut)


@pytest.fixture(scope="module")
def masked(tmp_path_factory):
    """A clip, and masks of its left and right half for its first and its last frame."""
    folder = tmp_path_factory.mktemp("masks")
    halves = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    halves[:, : WIDTH // 2] = (255, 0, 0)
    for name in ("frame_0000.png", "19.png"):
        Image.fromarray(halves).save(folder / name)
    return FramesClip(pan(5, 1) * 20), folder


def test_each_shot_has_its_own_look_and_moves_towards_the_style(cut, found):
    assert [(look.shot.start, look.shot.stop, len(look.looks)) for look in found.shots] == [(0, 14, 1), (14, 26, 1)]
    assert found.notes == ("2 shots, cut at frames 14; each has a transform of its own",)
    made = rendered(cut, found)
    for frames in (slice(0, 14), slice(14, 26)):
        before, after = np.mean(cut.pixels[frames], (0, 1, 2)), np.mean(made[frames], (0, 1, 2))
        goal = DUSK.mean((0, 1))
        assert np.abs(after - goal).sum() < 0.7 * np.abs(before - goal).sum()


def test_a_look_does_not_flicker(cut, found):
    made = rendered(cut, found)[:14]
    judge = FlickerJudge(cut.pixels[:14])
    flicker = judge(made)
    assert flicker.relative_short < 1.1 and flicker.relative_long < 1.25
    assert judge([frame * (1 + 0.05 * (k % 2)) for k, frame in enumerate(made)]).relative_short > 1.5  # so it may be more


def test_a_frame_comes_out_the_same_in_any_order_and_amounts_are_honoured(cut, found):
    frame = list(cut.frames())[20]
    once = found.apply(frame)
    rendered(cut, found)
    assert np.array_equal(found.apply(frame), once)
    assert np.array_equal(found.apply(frame, Amounts(strength=0.0)), frame.pixels)
    half = found.apply(frame, Amounts(strength=0.5))
    assert np.abs(half - frame.pixels).mean() < np.abs(once - frame.pixels).mean()
    assert not np.shares_memory(found.apply(frame, Amounts(strength=0.0)), frame.pixels)


def test_it_is_saved_and_loaded(cut, found, tmp_path):
    found.save(tmp_path / "clip.safetensors")
    again = load_clip_light(tmp_path / "clip.safetensors")
    for one, other in zip(rendered(cut, found), rendered(cut, again), strict=True):
        assert np.array_equal(one, other)
    assert (again.names, again.notes, again.made_for) == (found.names, found.notes, found.made_for)
    with pytest.raises(FileError, match="unknown kind 'clip'"):
        load_transform(tmp_path / "clip.safetensors")
    found.shots[0].looks[0].save(tmp_path / "photo.safetensors")
    with pytest.raises(FileError, match="holds the transform of a photo, and one of a clip is needed"):
        load_clip_light(tmp_path / "photo.safetensors")


def test_what_is_kept_is_not_found_again(cut, tmp_path, monkeypatch):
    first = fitted(cut, keep=tmp_path)
    monkeypatch.setattr(fitting, "fit_shared", None)
    again = fitted(cut, keep=tmp_path)
    assert again.made_for == first.made_for and np.array_equal(rendered(cut, again)[3], rendered(cut, first)[3])
    with pytest.raises(TypeError):
        fitted(cut, style=DUSK[::-1, :, ::-1], keep=tmp_path)  # another style is found anew


def test_light_that_changes_gets_transforms_that_go_over_into_each_other():
    frames = []
    for k, frame in enumerate(pan(3, 25)):
        frames.append(frame * np.linspace(1, (0.35, 0.25, 0.4), 25)[k].astype(np.float32))
    clip = FramesClip(frames)
    found = fitted(clip)
    (look,) = found.shots
    assert len(look.looks) >= 2 and look.at[0] < look.way[-1] / 4 and look.at[-1] > look.way[-1] * 3 / 4
    assert "their light changes by" in found.notes[0]
    made = np.mean(rendered(clip, found), (1, 2))
    assert np.abs(made - made.mean(0)).mean() < 0.5 * np.abs(np.mean(frames, (1, 2)) - np.mean(frames, (0, 1, 2))).mean()
    assert np.abs(np.diff(made, axis=0)).max() < 0.25 * np.ptp(np.mean(frames, (1, 2)), 0).max()  # no step anywhere
    steady = fitted(FramesClip(pan(3, 25)))
    assert len(steady.shots[0].looks) == 1


def test_a_transform_lies_where_the_light_of_its_key_frames_does():
    fall = np.zeros((7, 3))
    fall[:, 0] = 0, -5, -10, -15, -20, -30, -40
    keys = [KeyMasks(number, np.zeros((4, 4), np.uint8), torch.ones(1, 4, 4)) for number in range(7)]
    track = RegionTrack.of(("whole",), ((0, 0, 0),), keys)
    windows = ShotKeys(Shot(0, 7), track, fall).windows()
    assert [places for _, places in windows] == [[0], [1, 2], [3, 4], [4], [5], [6]]
    assert [at for at, _ in windows] == [0, 7.5, 17.5, 20, 30, 40]  # and not at its first, or at the nearest
    waits = np.zeros((7, 3))
    waits[5:, 0] = 10, 20
    first, *_ = ShotKeys(Shot(0, 7), track, waits).windows()
    assert first == (0.0, [0, 1, 2, 3, 4])  # all of the time in which light stays
    assert ShotKeys(Shot(0, 7), track, np.zeros((7, 3))).windows() == [(0.0, [*range(7)])]


def test_where_things_race_key_frames_are_closer():
    shot = Shot(0, 13)
    session = Session.of(OPTIONS)
    assert keys_of(FramesClip(pan(4, 13)), shot, OPTIONS, session).track.indices == (0, 12)
    race = keys_of(FramesClip(pan(4, 13, step=40)), shot, OPTIONS, session).track.indices
    assert (race[0], race[-1]) == (0, 12) and np.diff(race).max() <= 3


def test_a_frame_takes_of_transforms_by_how_far_light_has_gone(found):
    (one, *_) = found.shots
    other = replace(one.looks[0], table=one.looks[0].table + 1)
    keys = len(one.track.indices)
    waits = replace(one, at=(0.0, 8.0), looks=(one.looks[0], other), way=(0.0,) * (keys - 1) + (8.0,))
    before, last = one.track.indices[-2:]
    for index, share in ((before, 0.0), (last, 1.0), ((before + last) / 2, 0.5)):
        moved = waits.field_at(index)[0].table - one.field_at(index)[0].table
        assert torch.allclose(moved, torch.tensor(share), atol=1e-6)


def test_masks_by_hand_name_regions_and_are_tracked(masked):
    clip, folder = masked
    masks = masks_by_hand(folder, clip)
    assert sorted(masks) == [0, 19]
    found = fitted(clip, masks=masks)
    assert found.names == ("red", "black") or set(found.names) == {"red", "black"}
    frame = list(clip.frames())[9]
    only_left = found.apply(frame, Amounts(strength={"black": 0.0}))
    changed = np.abs(only_left - frame.pixels).mean(2)
    assert changed[:, : WIDTH // 2 - 6].mean() > 20 * changed[:, WIDTH // 2 + 6 :].mean()
    with pytest.raises(PhotostyleError, match="no region is called 'blue'"):
        fitted(clip, masks=masks, options=OPTIONS.changed(strength={"blue": 0.5}))
    with pytest.raises(PhotostyleError, match="protect: no region is called 'blue'"):
        fitted(clip, masks=masks, options=OPTIONS.changed(protect=("blue",)))
    kept = fitted(clip, masks=masks, options=OPTIONS.changed(protect=("black",))).apply(frame)
    assert np.abs(kept - frame.pixels)[:, WIDTH // 2 + 6 :].mean() < 1e-3


@pytest.mark.parametrize(
    "name, message",
    [("mask.png", "says no frame"), ("1.5.png", "says no frame"), ("99.png", "the clip has 20 frames"), (None, "holds no masks")],
)
def test_masks_whose_frame_is_not_known(masked, tmp_path, name, message):
    if name:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(MaskError, match=message):
        masks_by_hand(tmp_path, masked[0])


def test_masks_are_named_by_time_too(masked, tmp_path):
    (tmp_path / "at-0.25s.png").write_bytes(b"")
    assert list(masks_by_hand(tmp_path, masked[0])) == [6]
    (tmp_path / "6.png").write_bytes(b"")
    with pytest.raises(MaskError, match="frame 6 has a mask already"):
        masks_by_hand(tmp_path, masked[0])


def test_a_look_of_one_clip_serves_another(cut, found):
    other = FramesClip([0.4 * frame for frame in pan(2, 20)][6:])
    session = Session.of(OPTIONS)
    again = reuse_clip(found, other, options=OPTIONS, session=session, tell=Tell())
    assert [(look.shot.start, look.shot.stop) for look in again.shots] == [(0, 14)]
    assert again.shots[0].looks[0] is found.shots[1].looks[0]  # the shot that is like it
    look = look_of_clip(FramesClip([DUSK.astype(np.float32)] * 6), options=OPTIONS, session=session)
    frame = Frame(cut.pixels[3], 0, 3)
    by_clip, by_photo = fitted(cut, look, stop=14).apply(frame), found.apply(frame)
    assert np.abs(by_clip - by_photo).mean() < 0.4 * np.abs(frame.pixels - by_photo).mean()


def test_a_part_of_a_clip(cut):
    found = fitted(cut, start=16, stop=24)
    assert [(look.shot.start, look.shot.stop) for look in found.shots] == [(16, 24)]
    assert found.apply(Frame(cut.pixels[2], 0, 2)).shape == (HEIGHT, WIDTH, 3)  # before it, the first look is taken


def test_colours_that_no_key_frame_holds_are_held_back(cut, found):
    odd = cut.pixels[3].copy()
    odd[10:20, 10:20] = (0, 1, 0)
    made = found.apply(Frame(odd, 0, 3))
    assert np.abs(made - odd)[12:18, 12:18].max() < 0.05
    free = replace(found.shots[0], looks=(replace(found.shots[0].looks[0], sample=None),))
    assert isinstance(free.field_at(3)[0].table, torch.Tensor) and free.field_at(3)[1] is None


def test_other_methods_are_refused(cut):
    with pytest.raises(PhotostyleError, match="a clip takes the method field or a trained network, got pixels"):
        fitted(cut, options=Options(method="pixels", segmenter="none"))
