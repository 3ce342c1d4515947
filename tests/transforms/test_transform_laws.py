"""Laws of every kind of transform: amounts, the photo it is for, previews, copies."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from photostyle import Amounts, OptionError, PhotoError, open_photo
from photostyle.photo import resample
from photostyle.prepared import prepare_whole
from photostyle.transforms import PictureTransform, Provenance, RenderTarget, Transform


@pytest.mark.parametrize("nothing", [{"strength": 0}, {"luma": 0, "chroma": 0}, {"strength": "left=0,right=0"}])
def test_no_amount_gives_the_very_pixels(transform, content, nothing):
    applied = transform.apply(content, Amounts(**nothing))
    assert np.array_equal(applied.photo.pixels, content.photo.pixels)
    assert applied.clipped.highlights == applied.clipped.shadows == 0


def test_amounts_by_region_leave_the_others_alone(transform, content):
    before = content.photo.pixels
    after = transform.apply(content, Amounts({"left": 0.0})).photo.pixels
    assert np.abs(after - before)[:, :90].max() < 0.01 < np.abs(after - before)[:, 120:].max()
    with pytest.raises(OptionError, match="strength: no region is called 'sky'; the regions are left, right"):
        transform.apply(content, Amounts({"sky": 0.5}))


def test_in_place_is_the_same_and_takes_the_photos_memory(transform, a_photo, prepared_halves):
    content = prepared_halves(a_photo().copy())
    apart = transform.apply(content).photo.pixels
    pixels = content.photo.pixels
    made = transform.apply(content, target=RenderTarget(in_place=True)).photo.pixels
    assert np.array_equal(made, apart) and np.shares_memory(made, pixels)


def test_the_same_photo_at_another_size_is_accepted(transform, content, prepared_halves):
    for size in ((420, 300), (105, 75), (97, 69)):
        width, height = size
        applied = transform.apply(prepared_halves(resample(content.photo.pixels, size)))
        assert applied.photo.size == size and not any("shape" in note for note in applied.notes)
        small = resample(transform.apply(content).photo.pixels, size)
        assert np.abs(applied.photo.pixels - small).mean() < 0.02, (height, width)


def test_another_photo_is_refused_unless_forced(transform_of_one_photo, a_photo):
    other = a_photo(seed=5)
    with pytest.raises(PhotoError, match="the transform was found for another photo and has its masks, .* or force it") as told:
        transform_of_one_photo.apply(other)
    assert told.value.option == "force" and "\n" not in str(told.value)
    with pytest.raises(PhotoError):
        transform_of_one_photo.preview(other)
    forced = transform_of_one_photo.apply(other, force=True)
    assert forced.photo.size == (210, 150) and "the masks are those of another photo" in " ".join(forced.notes)
    assert transform_of_one_photo.preview(other, force=True)().shape == (150, 210, 3)


def test_another_shape_is_said(transform_of_one_photo, a_photo):
    cut = a_photo()[:100]
    assert "found for a photo of 210 x 150; this one has another shape" in " ".join(
        transform_of_one_photo.apply(cut, force=True).notes
    )


def test_a_shared_transform_goes_by_the_names_of_each_photos_own_regions(content, a_photo, transform_for):
    shared = transform_for("shared", content)
    assert shared.needs_regions and not any("sample" in note for note in shared.apply(content).notes)
    whole = prepare_whole(a_photo(seed=9))
    applied = shared.apply(whole)
    assert applied.notes[0] == "all: not in the set's sample; takes the whole set's transform"
    assert not np.array_equal(applied.photo.pixels, whole.photo.pixels)


@pytest.mark.parametrize("long_side", [900, 101, 64, 37])
@pytest.mark.parametrize("amounts", [{}, {"strength": 0.6}, {"strength": {"left": 0.0}, "luma": 0.5}, {"strength": 0}])
def test_a_preview_is_the_small_photo_changed(transform, content, long_side, amounts):
    preview = transform.preview(content, long_side)
    shown = preview(Amounts(**amounts))
    width, height = 210, 150
    if long_side < width:
        width, height = long_side, round(150 * long_side / 210)
    assert shown.dtype == np.uint8 and shown.shape == (height, width, 3) and shown.flags["C_CONTIGUOUS"]
    small = open_photo(resample(content.photo.pixels, (width, height)))
    applied = transform.apply(replace(content, photo=small), Amounts(**amounts)).photo.pixels
    assert np.abs(shown / 255 - applied.clip(0, 1)).max() <= 1 / 255
    assert np.array_equal(preview(Amounts(**amounts)), shown)


def test_a_preview_at_the_photos_own_size_is_what_is_applied(transform, content):
    shown = transform.preview(content, 900)(Amounts(0.8))
    applied = transform.apply(content, Amounts(0.8)).photo.pixels.clip(0, 1)
    assert np.abs(shown / 255 - applied).max() <= 1 / 255


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda transform: pickle.loads(pickle.dumps(transform))])
def test_a_transform_travels_whole(transform, content, copied):
    again: Transform = copied(transform)
    assert np.array_equal(again.apply(content).photo.pixels, transform.apply(content).photo.pixels)
    assert repr(again) == repr(transform) and "\n" not in repr(transform) and "found by test" in repr(transform)


def test_a_transform_does_not_hold_the_photo(transform, a_photo, prepared_halves):
    large = prepared_halves(a_photo(900, 1200))
    assert len(pickle.dumps(transform)) < large.photo.pixels.nbytes / 10


def test_a_picture_is_carried_to_full_size_by_the_photos_own_edges(a_photo, prepared_halves):
    full = a_photo(301, 419)
    content = prepared_halves(full)
    picture = 0.6 * content.at_working_size(160) + 0.2
    made = PictureTransform(picture, content.regions, Provenance.of(content, "test")).apply(content).photo.pixels
    apart = np.abs(made - (0.6 * full + 0.2))
    assert apart.max() < 0.05 and apart.mean() < 0.006  # but for some grain, which the maps cannot say
    with pytest.raises(OptionError, match=r"picture must have shape \(3, h, w\), got \(2, 5, 5\); give RGB planes"):
        PictureTransform(torch.zeros(2, 5, 5), content.regions, Provenance())
