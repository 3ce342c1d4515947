"""Slow cross-fades are found and bridged; cameras that move, light that changes, wipes and fades to black are none."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from photostyle import Options, PhotostyleError, Session
from photostyle.events import Tell
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer
from photostyle.video.clip import FramesClip
from photostyle.video.dissolves import BLOCK, WINDOWS, Dissolve, DissolveFinder
from photostyle.video.fitting import fit_clip
from photostyle.video.painting import fit_painting
from photostyle.video.shots import shots_of_clip

HEIGHT, WIDTH = 54, 96


def scene(seed):
    """Coloured blobs, large and small, twice as wide as a frame."""
    noise = np.random.default_rng(seed).random((2, HEIGHT, 2 * WIDTH, 3))
    blobs = 8 * gaussian_filter(noise[0], (8, 8, 0)) + gaussian_filter(noise[1], (2, 2, 0))
    return (0.1 + 0.8 * (blobs - blobs.min()) / np.ptp(blobs)).astype(np.float32)


def still(seed, count):
    return [scene(seed)[:, :WIDTH]] * count


def found(frames, start=0):
    finder = DissolveFinder(start)
    for frame in frames:
        finder.add(frame)
    return finder.dissolves()


def dissolved(one, other, length):
    """Frames of one shot that dissolve into those of another over so many."""
    shares = np.arange(1, length + 1, dtype=np.float32) / (length + 1)
    last, first = one[-length:], other[:length]
    between = [(1 - share) * before + share * after for share, before, after in zip(shares, last, first, strict=True)]
    return [*one[:-length], *between, *other[length:]]


def camera(seed, count, speed=0.2):
    """A camera that moves over a scene by so many pixels a frame, under a light that flickers a little."""
    random = np.random.default_rng(seed)
    frames = (scene(seed)[:, round(speed * k) :][:, :WIDTH] for k in range(count))
    return [frame + random.normal(0, 0.01, (1, 1, 3)).astype(np.float32) for frame in frames]


@pytest.mark.parametrize(("length", "speed"), [(6, 0.2), (12, 0.2), (24, 0.2), (48, 0.1)])
def test_a_dissolve_between_moving_shots_is_found(length, speed):
    frames = dissolved(camera(1, 80, speed), camera(2, 80, speed), length)
    (dissolve,) = found(frames, start=1000)
    assert abs(dissolve.start - 1000 - (80 - length)) <= max(1, length // 8) and abs(dissolve.stop - 1080) <= max(1, length // 8)


def test_it_is_found_where_blocks_meet():
    count = BLOCK + WINDOWS[-1] // 2
    assert found(dissolved(still(1, count), still(2, 300), 20)) == [Dissolve(count - 20, count)]


@pytest.mark.parametrize(
    "frames",
    [
        camera(3, 60, speed=1),
        still(1, 30) + still(2, 30),
        [scene(4)[:, :WIDTH] * (1 - t) + t * scene(4)[:, :WIDTH] * np.float32((0.35, 0.2, 0.3)) for t in np.linspace(0, 1, 40)],
        [scene(5)[:, :WIDTH] * np.float32(1 - t) for t in np.linspace(0, 1, 30)]
        + [np.zeros((HEIGHT, WIDTH, 3), np.float32)] * 20,
        [gaussian_filter(scene(6)[:, :WIDTH], (s, s, 0)) for s in np.linspace(0, 6, 40)],
    ],
    ids=["camera", "cut", "dusk", "fade to black", "focus"],
)
def test_what_is_no_dissolve(frames):
    assert found(frames) == []


def test_a_wipe_is_no_dissolve():
    one, other = still(7, 1)[0], still(8, 1)[0]
    frames = [one] * 20
    for k in range(24):
        frame = one.copy()
        frame[:, : 4 * (k + 1)] = other[:, : 4 * (k + 1)]
        frames.append(frame)
    assert found(frames + [other] * 20) == []


@pytest.fixture(scope="module")
def clip():
    return FramesClip(dissolved(still(1, 24), still(2, 24), 8))


def test_shots_are_parted_by_a_gap(clip):
    shots = shots_of_clip(clip, 0, len(clip.times), Tell())
    assert [(shot.start, shot.stop) for shot in shots] == [(0, 16), (24, 40)]


def test_the_transforms_of_both_shots_are_mixed(clip):
    options = Options(segmenter="none", size=64, steps=2, device="cpu", encoder="compact")
    dusk = np.linspace((20, 10, 50), (250, 150, 70), 60)[:, None] / 255 * np.ones((60, 80, 1))
    common = {"options": options, "session": Session.of(options), "tell": Tell()}
    light = fit_clip(clip, dusk.astype(np.float32), **common)
    assert any("dissolves at frames 16 to 23" in note for note in light.notes)
    changes = np.array([np.mean(light.apply(frame) - frame.pixels, (0, 1)) for frame in clip.frames(12, 28)])
    steps = np.abs(np.diff(changes, axis=0)).max(1)
    whole = np.abs(changes[-1] - changes[0]).max()
    assert whole > 0.01 and steps.max() < 0.3 * whole and np.allclose(steps[[0, -1]], 0, atol=1e-6)
    with pytest.raises(PhotostyleError, match="frame 18 dissolves from one shot into the next; paint frame 15 or 24"):
        fit_clip(clip, dusk.astype(np.float32), **common, masks={18: np.zeros((HEIGHT, WIDTH))})


def test_a_network_goes_from_one_shots_statistics_to_the_others(clip, tmp_path):
    TrainedStylizer(Stylizer(StylizerShape(width=4, residuals=1)), ("wild",)).save(tmp_path / "wild.safetensors")
    options = Options(method=str(tmp_path / "wild.safetensors"), device="cpu", segmenter="none")
    painting = fit_painting(clip, options=options, session=Session.of(options), tell=Tell(), steady=0.0)
    first, second = (painting._steadied(next(clip.frames(19, 20)), number) for number in (0, 1))
    mixed = painting.apply(next(clip.frames(19, 20)))
    goal = (first + (second - first) * 4 / 9).movedim(0, -1).numpy()
    assert np.allclose(mixed, goal.clip(0, 1), atol=1e-5) and (first - second).abs().mean() > 1e-3
