"""Networks between two sets of pictures on a clip: nothing flickers, sizes stay, files bring them along."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from photostyle import Options, PhotostyleError, Session, transfer
from photostyle.events import Tell
from photostyle.networks.translation import TrainedTranslators, Translators
from photostyle.networks.translation.file import built
from photostyle.networks.translation.generator import initialise
from photostyle.networks.translation.whole import measured_over, translate_whole
from photostyle.video.clip import FramesClip
from photostyle.video.fitting import fit_clip
from photostyle.video.painting import ClipPainting
from photostyle.video.transform import ClipLight
from photostyle.video.wanted import Wanted, save_clip_transform

SHAPES = {
    "field": {"width": 4, "rows": 2, "cols": 3, "depth": 2, "view": 48},
    "cyclegan": {"width": 4, "residuals": 1, "adds": True},
    "ugatit": {"width": 4, "residuals": 1, "adds": True},
}
COUNT = 14


def untrained(kind, adds=True):
    """Networks with random weights, of which each direction does something of its own."""
    shape = SHAPES[kind] | ({} if kind == "field" else {"adds": adds})
    networks = Translators(built(kind, shape), built(kind, shape))
    for number, part in enumerate(networks.children()):
        initialise(part, number)
        with torch.no_grad():
            part.paint.weight.mul_(3)
            part.paint.bias.fill_(0.1 if number else -0.1)
    return TrainedTranslators(networks, kind, ("day", "dusk"), {"name": "dusk"})


@pytest.fixture(params=SHAPES)
def options(request, tmp_path):
    path = tmp_path / f"{request.param}.safetensors"
    untrained(request.param).save(path)
    return Options(method=str(path), device="cpu")


@pytest.fixture(scope="module")
def clip():
    """A camera that moves over a scene, as seen by a noisy sensor; odd sizes."""
    random = np.random.default_rng(5)
    wide = 4 * gaussian_filter(random.random((61, 112, 3)), (6, 6, 0))
    wide = 0.2 + 0.6 * (wide - wide.min()) / np.ptp(wide)
    frames = [wide[:, k : k + 93] + random.normal(0, 0.01, (61, 93, 3)) for k in range(COUNT)]
    return FramesClip([frame.clip(0, 1).astype(np.float32) for frame in frames])


def fitted(clip, options, **more):
    return fit_clip(clip, None, options=options, session=Session.of(options), tell=Tell(), **more)


def test_a_clip_is_translated_as_its_frames_are_and_in_any_order(clip, options):
    found = fitted(clip, options)
    apart = fitted(clip, options, steady=0.0).apply(next(clip.frames(5, 6)))
    there = [found.apply(frame) for frame in clip.frames()]
    back = fitted(clip, options.changed(direction="BtoA")).apply(next(clip.frames(5, 6)))
    alone = transfer(clip.pixels[5], options=options).photo.pixels
    assert there[5].shape == (61, 93, 3)
    assert np.abs(apart - alone).mean() < 0.15 * np.abs(alone - clip.pixels[5]).mean()
    assert there[5].mean() < clip.pixels[5].mean() - 0.02 < clip.pixels[5].mean() + 0.02 < back.mean()
    again = fitted(clip, options)
    for index in (9, 2):
        np.testing.assert_array_equal(again.apply(next(clip.frames(index, index + 1))), there[index])


def test_what_comes_in_changes_nothing_elsewhere(options):
    """Frame by frame it would: norms, codes and views are those of the whole frame."""
    frames = [np.full((61, 93, 3), 0.5, np.float32) + np.float32(0.2) * np.eye(61, 93, dtype=np.float32)[..., None]] * COUNT
    frames = [frame.copy() for frame in frames]
    for frame in frames[5:8]:
        frame[:30, :40] = (1, 0.1, 0)
    found = fitted(FramesClip(frames), options.changed(segmenter="none"))
    made = [found.apply(frame) for frame in FramesClip(frames).frames()]
    alone = [transfer(frames[k], options=options).photo.pixels for k in (4, 5)]
    rest = (slice(50, 61), slice(70, 93))
    assert np.abs(made[5] - made[4])[rest].max() < 0.2 * np.abs(alone[1] - alone[0])[rest].max()


def test_what_was_found_is_kept_in_a_file(clip, options, tmp_path):
    found = fitted(clip, options)
    path = tmp_path / "look.safetensors"
    save_clip_transform(found, path)
    frame = next(clip.frames(6, 7))
    wanted = Wanted(found=path)
    plain = Options(device="cpu", segmenter="none")
    again = wanted.fit(clip, plain, Session.of(plain), Tell(), 0, None, tmp_path)
    assert type(again) is type(found)
    assert np.abs(again.apply(frame) - found.apply(frame)).max() < 2e-3
    other = FramesClip([pixels[:, :80] for pixels in clip.pixels[:6]])
    if isinstance(found, ClipLight):
        with pytest.raises(PhotostyleError, match="what a network found for another clip; give the network itself"):
            wanted.fit(other, plain, Session.of(plain), Tell(), 0, None, tmp_path)
    else:
        taken = wanted.fit(other, plain, Session.of(plain), Tell(), 0, None, tmp_path)
        assert taken.apply(next(other.frames())).shape == (61, 80, 3)


def test_networks_that_add_keep_the_details_of_a_frame(clip, tmp_path):
    """Earlier frames are mixed in what is added, so that what a network that changes nothing makes is the frame itself."""
    trained = untrained("cyclegan")
    for part in trained.networks.children():
        torch.nn.init.zeros_(part.paint.weight)
        torch.nn.init.constant_(part.paint.bias, 0.05)
    trained.save(tmp_path / "still.safetensors")
    found = fitted(clip, Options(method=str(tmp_path / "still.safetensors"), device="cpu", size=64))
    assert isinstance(found, ClipPainting) and found.steady == 1
    frame = next(clip.frames(9, 10))
    np.testing.assert_allclose(found.apply(frame), (frame.pixels + np.tanh(0.05)).clip(0, 1), atol=2e-3)


@pytest.mark.parametrize("kind", ["cyclegan", "ugatit"])
def test_tiles_have_the_statistics_of_the_shot(kind):
    network = untrained(kind).networks.a_to_b
    photos = list(torch.rand(3, 3, 40, 56, generator=torch.Generator().manual_seed(0)))
    moments, code = measured_over(network, photos)
    whole = translate_whole(network, photos[1], moments=moments, code=code)
    tiled = translate_whole(network, photos[1], moments=moments, code=code, whole=0, tile=16)
    torch.testing.assert_close(tiled, whole, atol=1e-4, rtol=0)
    single = translate_whole(network, photos[1])
    own = translate_whole(network, photos[1], **dict(zip(("moments", "code"), measured_over(network, photos[1:2]), strict=True)))
    torch.testing.assert_close(own, single, atol=1e-5, rtol=0)
    assert (whole - single).abs().max() > 1e-4


def test_steady_is_refused_where_nothing_is_painted(clip, tmp_path):
    untrained("field").save(tmp_path / "field.safetensors")
    options = Options(method=str(tmp_path / "field.safetensors"), device="cpu")
    with pytest.raises(PhotostyleError, match="steady is for clips that a network paints"):
        Wanted(steady=0.5).fit(clip, options, Session.of(options), Tell(), 0, None, tmp_path)
