"""The story as a library user has it."""

import copy
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

import photostyle
from photostyle import Cancelled, CancelToken, OptionError, PhotoError, Session, transfer

QUICK = {"segmenter": "none", "size": 64, "steps": 3, "encoder": "compact", "device": "cpu"}


def photo(height=50, width=70, seed=0, tint=(1.0, 1.0, 1.0)):
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    base = 0.25 + 0.5 * (y / height)[..., None] + 0.1 * np.sin(x / 5)[..., None] + random.normal(0, 0.03, (height, width, 3))
    return (base * np.array(tint)).clip(0, 1).astype(np.float32)


DAY, DUSK = photo(), photo(60, 40, 1, (1.0, 0.6, 0.4))


def halves(path, height, width, colours=((255, 0, 0), (0, 0, 255))):
    mask = np.zeros((height, width, 3), np.uint8)
    mask[: height // 2], mask[height // 2 :] = colours
    Image.fromarray(mask).save(path)
    return path


def test_colours_move_towards_the_style():
    style = DUSK**2  # so that no linear map of colours is enough
    result = transfer(DAY, style, **(QUICK | {"steps": 40}))
    mean = lambda v: v.reshape(-1, 3).mean(0)
    assert np.abs(mean(result.photo.pixels) - mean(style)).max() < 0.2 * np.abs(mean(DAY) - mean(style)).max()
    assert result.history[-1]["total"] < result.history[0]["total"]
    assert result.encoder == "compact" and result.device == "cpu" and set(result.seconds) >= {"solve", "render"}


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (97, 23)])
def test_the_output_has_the_contents_size(size):
    result = transfer(photo(*size), DUSK, **QUICK)
    assert result.photo.pixels.shape == (*size, 3) and np.isfinite(result.photo.pixels).all()


def test_strength_zero_returns_the_very_pixels():
    assert np.array_equal(transfer(DAY, DUSK, strength=0, **QUICK).photo.pixels, DAY)


@pytest.mark.parametrize("method", ["field", "pixels", "paint"])
def test_the_same_run_gives_the_same_photo(method):
    first, second = (transfer(DAY, DUSK, method=method, seed=7, **QUICK).photo.pixels for _ in range(2))
    assert np.array_equal(first, second)


def test_the_seed_changes_what_the_pixel_solver_makes_and_not_what_the_field_solver_makes():
    field = [transfer(DAY, DUSK, seed=seed, **QUICK).photo.pixels for seed in (7, 8)]
    pixel = [transfer(DAY, DUSK, seed=seed, method="pixels", **QUICK).photo.pixels for seed in (7, 8)]
    assert np.array_equal(*field) and not np.array_equal(*pixel)


def test_a_photo_in_its_own_light_hardly_changes():
    result = transfer(DAY, DAY, **(QUICK | {"steps": 10}))
    assert np.abs(result.photo.pixels - DAY).mean() < 0.01


def test_masks_keep_regions_apart(tmp_path):
    style = DUSK.copy()
    style[:30], style[30:] = (0.1, 0.1, 0.6), (0.8, 0.3, 0.1)
    masks = {
        "content_mask": halves(tmp_path / "a.png", 50, 70),
        "style_mask": halves(tmp_path / "b.png", 60, 40),
    }
    result = transfer(DAY, style, **masks, **(QUICK | {"steps": 20}))
    top, bottom = result.photo.pixels[5:20].mean((0, 1)), result.photo.pixels[30:45].mean((0, 1))
    assert top[2] > top[0] + 0.2 and bottom[0] > bottom[2] + 0.2
    assert {(p.content, p.style) for p in result.pairs} == {("red", "red"), ("blue", "blue")}


def test_a_protected_region_keeps_its_pixels(tmp_path):
    masks = {"content_mask": halves(tmp_path / "a.png", 50, 70), "style_mask": halves(tmp_path / "b.png", 60, 40)}
    result = transfer(DAY, DUSK, **masks, **QUICK, protect=("red",), hard_masks=True)
    assert np.array_equal(result.photo.pixels[:25], DAY[:25])
    assert not np.array_equal(result.photo.pixels[25:], DAY[25:])


def test_a_region_that_the_style_lacks_never_goes_black(tmp_path):
    masks = {
        "content_mask": halves(tmp_path / "a.png", 50, 70),
        "style_mask": halves(tmp_path / "b.png", 60, 40, ((255, 0, 0), (255, 0, 0))),
    }
    result = transfer(DAY, DUSK, **masks, **QUICK)
    assert {p.content: p.kind for p in result.pairs} == {"red": "matched", "blue": "global"}
    assert any(note.startswith("blue:") for note in result.notes)
    assert result.photo.pixels[30:].mean() > 0.2


@pytest.mark.parametrize("style", [np.zeros((20, 20, 3)), np.ones((20, 20, 3)), np.full((16, 16, 3), 0.5)])
def test_flat_styles_give_finite_photos(style):
    pixels = transfer(DAY, style, **QUICK).photo.pixels
    assert np.isfinite(pixels).all() and np.abs(pixels).max() < 3


def test_a_photo_too_small_is_refused():
    with pytest.raises(PhotoError, match="the content must be at least 16 pixels a side, got 1 x 1"):
        transfer(np.zeros((1, 1, 3)), DUSK, **QUICK)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"strength": 2}, "strength must be a number from 0 to 1.5, got 2"),
        ({"size": 10}, "size must be a whole number from 64 to 4096, got 10"),
        ({"method": "magic"}, "method must be one of field, pixels, paint, network, autoencoder, got 'magic'"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"device": "gpu"}, "device must be auto, cpu, cuda, cuda:N or mps, got 'gpu'"),
    ],
)
def test_options_are_checked(change, text):
    with pytest.raises(OptionError, match=text):
        transfer(DAY, DUSK, **(QUICK | change))


def test_public_names_exist():
    for name in photostyle.__all__:
        assert getattr(photostyle, name) is not None
    with pytest.raises(AttributeError):
        _ = photostyle.nothing


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_gives_the_cpus_photo():
    cpu, gpu = (transfer(DAY, DUSK, **(QUICK | {"device": d, "precision": "float32"})).photo.pixels for d in ("cpu", "cuda"))
    assert np.abs(cpu - gpu).mean() < 0.01


@pytest.mark.parametrize("colour", [(0, 0, 0), (1, 1, 1), (0.5, 0.5, 0.5), (1, 0, 0)])
def test_a_flat_style_leaves_the_photo_a_photo_and_is_said(colour):
    result = transfer(DAY, np.broadcast_to(np.float32(colour), (40, 40, 3)).copy(), **QUICK)
    assert any("one flat colour" in note for note in result.notes)
    assert result.photo.pixels.std() > 0.4 * DAY.std()


def test_what_numpy_takes_for_an_array_is_a_photo():
    image = Image.fromarray((DAY * 255).astype(np.uint8))
    assert np.array_equal(transfer(image, DUSK, **QUICK).photo.pixels, transfer(np.asarray(image), DUSK, **QUICK).photo.pixels)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (DAY * 255, "floats must have white at 1, and seem to have it at 255"),
        (None, "the content must be a path, .* an array .H, W, 3., .* or a Photo, got NoneType"),
        (torch.from_numpy(DAY).permute(2, 0, 1).expand(2, 3, *DAY.shape[:2]), "must be one photo, got a batch of 2"),
        (DAY[..., [0, 1, 2, 0, 1]], "must have shape"),
    ],
)
def test_what_is_no_photo_is_said(content, text):
    with pytest.raises(PhotoError, match=text):
        transfer(content, DUSK, **QUICK)


def test_the_pixel_solver_relights_at_the_contents_size():
    result = transfer(DAY, DUSK, method="pixels", **(QUICK | {"steps": 15}))
    assert result.photo.pixels.shape == DAY.shape and len(result.history) == 30
    assert result.transform.kind == "picture" and result.transform.provenance.method == "pixels"
    apart = lambda a, b: np.abs(a.mean((0, 1)) - b.mean((0, 1))).max()
    assert apart(result.photo.pixels, DUSK) < apart(DAY, DUSK)


@pytest.mark.parametrize("method", ["field", "pixels"])
def test_a_result_is_one_line_travels_whole_and_holds_its_photo_once(method):
    day = photo(300, 400)
    result = transfer(Image.fromarray((day * 255).astype(np.uint8)), DUSK, method=method, **QUICK)
    assert "\n" not in repr(result) and f"by {method} on cpu" in repr(result)
    for again in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert np.array_equal(again.photo.pixels, result.photo.pixels)
        assert repr(again) == repr(result) and again.pairs == result.pairs and again.notes == result.notes
    beside = len(pickle.dumps(result)) - len(pickle.dumps(result.photo))
    assert beside < 0.9 * result.photo.pixels.nbytes  # a mask at the size of the working copy, and no second photo


def test_cancelling_stops_the_work_in_the_middle():
    token, seen = CancelToken(), []

    def callback(progress):
        seen.append(progress)
        if progress.stage == "solve" and progress.step == 2:
            token.cancel()

    with pytest.raises(Cancelled, match="cancelled in the stage 'solve', at step 3 of 9"):
        transfer(DAY, DUSK, callback=callback, cancel=token, **(QUICK | {"steps": 9}))
    assert (seen[-1].stage, seen[-1].step) == ("solve", 2)


def test_what_the_callback_raises_stops_the_work_and_comes_through():
    class Enough(Exception):
        pass

    def callback(progress):
        if progress.stage == "solve":
            raise Enough

    with pytest.raises(Enough):
        transfer(DAY, DUSK, callback=callback, **QUICK)


@pytest.mark.parametrize(
    ("method", "stages"),
    [
        ("field", ["read", "regions", "load", "look", "solve", "render"]),
        ("pixels", ["read", "regions", "load", "solve", "stage 1", "stage 2", "render"]),
        ("paint", ["read", "regions", "load", "solve", "render"]),
    ],
)
def test_steps_never_fall_within_a_stage_and_stages_come_in_order(method, stages):
    seen = []
    transfer(DAY, DUSK, method=method, callback=seen.append, **QUICK)
    assert list(dict.fromkeys(progress.stage for progress in seen)) == stages
    for stage in stages:
        steps = [(progress.step, progress.total) for progress in seen if progress.stage == stage]
        assert steps == sorted(steps) and steps[-1][0] == steps[-1][1], stage


def test_what_is_of_the_wrong_kind_is_said_in_one_line(tmp_path):
    day = np.full((40, 60, 3), 0.5, np.float32)
    session = Session("cpu", cache=False)
    quick = {"segmenter": "none", "size": 64, "steps": 1, "encoder": "compact"}
    result = transfer(day, day, session=session, **quick)
    result.transform.save(tmp_path / "t.safetensors")
    assert photostyle.relight(day, str(tmp_path / "t.safetensors")).photo.size == (60, 40)
    wrong = {
        "transform must be one that was found": lambda: photostyle.relight(day, 3),
        "options must be an Options, got dict": lambda: transfer(day, day, options={"fast": True}),
        "session must be a Session, got str": lambda: transfer(day, day, session="cpu"),
        "the session has precision auto": lambda: transfer(day, day, session=session, precision="float32", **quick),
        "device must be auto, cpu": lambda: transfer(day, day, session=session, device="tpu", **quick),
        "callback must be a function": lambda: transfer(day, day, session=session, callback=3, **quick),
        "cancel must be a CancelToken": lambda: transfer(day, day, session=session, cancel=3, **quick),
        "amounts must be an Amounts, got 0.5": lambda: result.transform.preview(day)(0.5),
        "long_side must be a whole number of pixels": lambda: result.transform.preview(day, 0),
        "photo must be a Photo, got ndarray": lambda: photostyle.write_photo(day, tmp_path / "x.png"),
    }
    for words, call in wrong.items():
        with pytest.raises(photostyle.PhotostyleError, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)
    prepared = photostyle.prepare_pair(day, day, session=session, options=photostyle.Options(**quick))
    with pytest.raises(photostyle.OptionError, match="prepared photos have their regions already, got segmenter"):
        transfer(*prepared, session=session, **quick)
