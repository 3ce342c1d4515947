"""The regions of a photo come one way, whoever asks for them."""

import numpy as np
import pytest
import torch

from photostyle.errors import MaskError
from photostyle.photo import Photo, WorkingCopy
from photostyle.regions import read_mask, read_mask_pair, refine_edges, regions_of, regions_of_pair, segment_photo
from photostyle.regions.segment import Segmentation

W, H = 160, 120
SIDE = 80  # of the working copy


def inside():
    return np.mgrid[:H, :W][0] > 60


@pytest.fixture
def copy():
    """A working copy, half as large, of dark ground under a bright sky."""
    noise = np.random.default_rng(0).normal(size=(H, W, 3)) * 0.01
    pixels = np.where(inside()[..., None], (0.25, 0.3, 0.15), (0.6, 0.75, 0.95)) + noise
    return WorkingCopy.of(Photo.from_array(pixels.astype(np.float32).clip(0, 1)), SIDE)


class HalfAndHalf:
    """Sky above, grass below, several pixels off."""

    name = "half and half"
    fingerprint = None
    options: dict[str, object] = {}
    asked = 0

    def __call__(self, pixels):
        self.asked += 1
        probabilities = torch.full((2, 12, 16), 0.1)
        probabilities[0, :6] = probabilities[1, 6:] = 0.9
        return Segmentation(("sky", "grass"), probabilities)


def test_a_mask_by_hand_is_refined_at_the_size_of_the_working_copy(copy):
    mask = {"ground": np.roll(inside(), 2, axis=0)}
    regions = regions_of(copy, mask)
    assert regions.size == copy.photo.size
    expected = refine_edges(read_mask(mask, (W, H), size=copy.photo.size), copy.photo.pixels)
    assert torch.equal(regions.masks, expected.masks)


def test_a_hard_mask_is_used_as_it_is_at_the_photos_size(copy):
    regions = regions_of(copy, inside(), hard=True)
    assert regions.size == (W, H) and torch.equal(regions.masks[0], torch.from_numpy(inside()).float())


def test_without_a_mask_the_segmenter_is_asked(copy):
    found = regions_of(copy, None, HalfAndHalf())
    assert found.names == ("sky", "grass") and found.size == copy.photo.size
    assert torch.equal(found.masks, segment_photo(copy.photo.pixels, HalfAndHalf(), size=SIDE).masks)
    unrefined = regions_of(copy, None, HalfAndHalf(), refine=False)
    assert not torch.equal(unrefined.masks, found.masks)
    assert regions_of(copy, None, HalfAndHalf(), least=0.6).names in (("sky",), ("grass",))


def test_without_either_the_photo_is_one_region(copy):
    assert regions_of(copy).names == ("all",)


def test_feather_is_in_pixels_of_the_photo(copy):
    soft = lambda feather: float((regions_of(copy, inside(), feather=feather).masks.amax(0) < 0.95).float().mean())
    assert soft("5%") == soft(8) > soft(None)
    at_copy = refine_edges(read_mask(inside(), (W, H), size=copy.photo.size), copy.photo.pixels, feather=4)
    assert torch.equal(regions_of(copy, inside(), feather=8).masks, at_copy.masks)


def test_errors_and_notes_say_whose_mask_it_is(copy):
    with pytest.raises(MaskError, match="the content mask is 120 x 160 but its photo is 160 x 120"):
        regions_of(copy, inside().T, role="content mask")
    with pytest.raises(MaskError, match="the style mask is 120 x 160"):
        regions_of_pair(copy, copy, None, inside().T, HalfAndHalf())


def test_two_masks_share_a_palette_and_no_segmenter_is_asked(copy):
    colours = np.array([(156, 47, 33), (40, 120, 95)], np.uint8)[inside().astype(int)]
    segmenter = HalfAndHalf()
    content, style = regions_of_pair(copy, copy, colours, colours[::-1], segmenter)
    assert content.names == style.names and segmenter.asked == 0
    expected, _ = read_mask_pair(colours, colours[::-1], (W, H), (W, H), content_at=copy.photo.size)
    assert torch.equal(content.masks, refine_edges(expected, copy.photo.pixels).masks)


def test_where_one_mask_is_given_the_other_photo_is_segmented(copy):
    segmenter = HalfAndHalf()
    content, style = regions_of_pair(copy, copy, {"sky": ~inside()}, None, segmenter)
    assert (content.names, style.names, segmenter.asked) == (("sky", "rest"), ("sky", "grass"), 1)


def test_skin_is_taken_out_of_the_content_alone(copy):
    pixels = copy.photo.pixels.copy()
    pixels[10:40, 20:50] = np.array((224, 172, 135)) / 255
    tinted = WorkingCopy.of(Photo.from_array(pixels))
    content, style = regions_of_pair(tinted, tinted, skin=True)
    assert content.names == ("all", "skin") and style.names == ("all",)
    mask = np.zeros(pixels.shape[:2], np.int64)
    mask[:, :40] = 1
    content, style = regions_of_pair(tinted, tinted, mask, mask, skin=True)
    assert "skin" in content.names and "skin" not in style.names
