"""A network on a clip: strokes keep still, hidden things do not smear, and a frame comes out the same wherever one begins."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from photostyle import Options, PhotostyleError, Session
from photostyle.events import Tell
from photostyle.metrics.video import FlickerJudge
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer
from photostyle.options import Amounts
from photostyle.video.clip import FramesClip
from photostyle.video.painting import fit_painting

COUNT = 12


@pytest.fixture(scope="module")
def clip():
    """A camera that moves over a scene whose sun flickers, as seen by a noisy sensor."""
    random = np.random.default_rng(5)
    noise = random.random((64, 112, 3))
    wide = 4 * gaussian_filter(noise, (8, 8, 0)) + gaussian_filter(noise, (2, 2, 0))
    wide = 0.2 + 0.6 * (wide - wide.min()) / np.ptp(wide)
    frames = [wide[:, k : k + 96] + random.normal(0, 0.02, (64, 96, 3)) for k in range(COUNT)]
    return FramesClip([frame.clip(0, 1).astype(np.float32) for frame in frames])


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    """Of a network with random weights, which tears at every noise."""
    torch.manual_seed(0)
    network = Stylizer(StylizerShape(styles=1, width=4, residuals=1))
    path = tmp_path_factory.mktemp("network") / "wild.safetensors"
    TrainedStylizer(network, ("wild",)).save(path)
    return Options(method=str(path), device="cpu", segmenter="none")


def fitted(clip, options, **more):
    return fit_painting(clip, options=options, session=Session.of(options), tell=Tell(), **more)


def rendered(clip, painting):
    return [painting.apply(frame) for frame in clip.frames()]


def test_mixing_lessens_flicker(clip, options):
    judge = FlickerJudge(clip.pixels)
    alone = judge(rendered(clip, fitted(clip, options, steady=0.0)))
    steady = judge(rendered(clip, fitted(clip, options)))
    assert steady.short < 0.5 * alone.short and steady.long < alone.long


def test_statistics_are_the_shots(clip, options):
    """A thing that comes in changes the statistics of its own frames; shared ones leave the rest as it is."""
    frames = [frame.copy() for frame in clip.pixels[:1] * COUNT]
    for k in range(6, COUNT):
        frames[k][:20, :40] = (1, 0.1, 0)
    shared = rendered(FramesClip(frames), fitted(FramesClip(frames), options, steady=0.0))
    network = fitted(clip, options).painter.trained.network
    norms = network.mixed([1.0])
    with torch.no_grad():
        alone = [network(torch.from_numpy(frame).movedim(-1, 0)[None], norms)[0] for frame in (frames[0], frames[6])]
    rest = (slice(44, 64), slice(60, 96))
    assert np.abs(shared[6] - shared[0])[rest].max() < 1e-5
    assert (alone[1] - alone[0]).abs()[:, *rest].mean() > 1e-3


def test_a_frame_is_the_same_in_any_order(clip, options):
    in_order = rendered(clip, fitted(clip, options))
    painting = fitted(clip, options)
    for index in (9, 3, 0, 11):
        frame = list(clip.frames(index, index + 1))[0]
        assert np.array_equal(painting.apply(frame), in_order[index])
    assert np.array_equal(painting.apply(frame, Amounts(strength=0.0)), frame.pixels)
    half = painting.apply(frame, Amounts(strength=0.5))
    assert np.allclose(half, (frame.pixels + in_order[11]) / 2, atol=1e-5)
    grey = painting.apply(frame, Amounts(chroma=0.0)) - frame.pixels
    assert np.abs(grey - grey[..., :1])[(half > 0.01).all(2) & (half < 0.99).all(2)].mean() < 1e-3


def test_a_smaller_copy_of_a_frame_is_painted_with_smaller_copies(clip, options):
    painting = fitted(clip, options)
    frame = next(clip.small(48, 7, 8))
    assert painting.apply(frame).shape == (32, 48, 3)
    assert painting.apply(next(clip.frames(7, 8))).shape == (64, 96, 3)


def test_nothing_is_mixed_over_a_cut(clip, options):
    both = FramesClip([*clip.pixels[:6], *(0.9 - 0.8 * frame[:, ::-1] for frame in clip.pixels[:6])])
    painting = fitted(both, options)
    assert [(shot.start, shot.stop) for shot, _ in painting.shots] == [(0, 6), (6, 12)]
    first = list(both.frames(6, 7))[0]
    alone = fitted(both, options, steady=0.0).apply(first)
    assert np.array_equal(painting.apply(first), alone)


def test_a_smaller_size_is_enlarged(clip, options):
    small = options.changed(size=64)
    made = fitted(clip, small).apply(list(clip.frames(5, 6))[0])
    assert made.shape == (64, 96, 3) and np.isfinite(made).all()


def test_what_has_no_meaning_is_refused(clip, options):
    with pytest.raises(PhotostyleError, match="steady must be from 0 to 1, got 2"):
        fitted(clip, options, steady=2)
    with pytest.raises(PhotostyleError, match="leave protect and pairs out"):
        fitted(clip, options.changed(protect=("sky",)))
