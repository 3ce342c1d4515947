"""ComfyUI's IMAGE and MASK tensors become photos and masks, and come back."""

import numpy as np
import pytest
import torch

from photostyle.comfy.values import image_of, photos_of, planes_of
from photostyle.errors import MaskError, PhotoError

RGBA = torch.rand(2, 20, 30, 4, generator=torch.Generator().manual_seed(1))


def test_a_batch_comes_back_to_the_bit_with_its_alpha():
    photos = photos_of(RGBA, "content")
    assert [photo.size for photo in photos] == [(30, 20)] * 2
    assert torch.equal(image_of(photos, RGBA), RGBA)


def test_a_grey_picture_becomes_rgb():
    grey = RGBA[..., :1]
    assert torch.equal(image_of(photos_of(grey, "content")), grey.expand(-1, -1, -1, 3))


def test_values_outside_of_the_range_are_kept_where_they_came_in():
    wide = RGBA[..., :3] * 1.5 - 0.2
    assert torch.equal(image_of(photos_of(wide, "content"), wide), wide)
    changed = [photo.with_pixels(photo.pixels + 9) for photo in photos_of(RGBA, "content")]
    assert image_of(changed, RGBA)[..., :3].max() == 1


def test_tensors_of_inference_mode_and_of_half_precision_are_read():
    with torch.inference_mode():
        made = RGBA.half() * 1
    (photo, _) = photos_of(made, "content")
    assert photo.pixels.dtype == np.float32 and np.abs(photo.pixels - RGBA[0, ..., :3].numpy()).max() < 1e-3


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (torch.zeros(20, 30, 3), r"the style must be an IMAGE of shape \(B, H, W, C\), got \(20, 30, 3\)"),
        (torch.zeros(1, 20, 30, 5), r"the style must have shape .*got \(20, 30, 5\)"),
        (torch.full((2, 20, 30, 3), torch.nan), "picture 1 of the style must have finite values"),
        (torch.zeros(1, 8, 30, 3), "the style must be at least 16 pixels a side, got 30 x 8"),
        ({"samples": 1}, "must be an IMAGE of shape .*, got dict"),
    ],
)
def test_what_is_no_picture_is_said_in_one_line(image, text):
    with pytest.raises(PhotoError, match=text) as error:
        photos_of(image, "style")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("shape", [(20, 30), (1, 20, 30), (1, 1, 20, 30), (1, 20, 30, 1)])
def test_one_mask_serves_all_pictures(shape):
    plane = torch.rand(20, 30)
    masks, notes = planes_of(plane.reshape(shape), 3, "content", (30, 20))
    assert len(masks) == 3 and notes == [] and all(np.array_equal(mask, plane) for mask in masks)


def test_masks_go_with_their_pictures():
    planes = torch.rand(2, 20, 30)
    masks, _ = planes_of(planes, 2, "content", (30, 20))
    assert np.array_equal(masks[1], planes[1])
    with pytest.raises(MaskError, match="there must be 1 or 3 masks of the content for 3 pictures, got 2"):
        planes_of(planes, 3, "content", (30, 20))


def test_the_empty_mask_of_a_picture_without_transparency_is_no_mask():
    masks, notes = planes_of(torch.zeros(1, 64, 64), 1, "style", (30, 20))
    assert masks == [None] and "the style mask is the empty one of 64 x 64" in notes[0]
    masks, notes = planes_of(torch.zeros(1, 64, 64), 1, "style", (64, 64))  # a mask of this picture's size that marks nothing
    assert masks[0] is not None and notes == []


def test_what_is_no_mask_is_said():
    with pytest.raises(MaskError, match=r"must be a MASK of shape \(B, H, W\) or \(H, W\), got \(2, 5, 20, 30\)"):
        planes_of(torch.zeros(2, 5, 20, 30), 2, "content", (30, 20))
