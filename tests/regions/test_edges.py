"""Refined borders follow the photo, stay where it has no edge, and leave all else alone."""

import numpy as np
import pytest
import torch

from photostyle.errors import MaskError, OptionError
from photostyle.options import feather_pixels
from photostyle.regions import MaskUpsampler, Regions, edges, refine_edges, whole

H, W = 96, 128


def hill(shift=0.0, height=H, width=W):
    """(H, W) bool: below a wavy line, `shift` pixels too low."""
    y, x = np.mgrid[:height, :width]
    return y > height * (0.5 + 0.12 * np.sin(x * 9 / width)) + shift


def photo(inside, seed=0, noise=0.01):
    """(H, W, 3) dark ground under a bright sky."""
    noise = np.random.default_rng(seed).normal(size=(*inside.shape, 3)) * noise
    colours = np.where(inside[..., None], (0.25, 0.3, 0.15), (0.6, 0.75, 0.95)) + noise
    return colours.astype(np.float32).clip(0, 1)


def two(inside):
    mask = torch.from_numpy(np.asarray(inside, np.float32))
    return Regions(("ground", "sky"), torch.stack([mask, 1 - mask]), ((90, 60, 30), (0, 0, 255)))


def error(regions, inside):
    return float((regions.masks[0] - torch.from_numpy(np.asarray(inside, np.float32))).abs().mean())


def test_a_border_a_little_off_finds_the_photos_edge():
    true = hill()
    for shift in (-1.5, 2.0):
        assert error(refine_edges(two(hill(shift)), photo(true)), true) < 0.1 * error(two(hill(shift)), true)


def test_a_coarse_mask_may_be_farther_off():
    true = hill()
    for shift in (-2, 2):
        assert error(refine_edges(two(hill(shift)), photo(true), coarse=True), true) < 0.25 * error(two(hill(shift)), true)


def test_found_masks_follow_the_photo_at_a_size_above_that_at_which_they_are_judged():
    """A branch two pixels thin, of which the masks know the surroundings only."""
    true = hill(height=768, width=1024)
    true[120:320, 500:502] = True
    rough = hill(6, 768, 1024)
    rough[120:320, 492:508] = True
    found = refine_edges(two(rough), photo(true), coarse=True)
    assert error(found, true) < 0.25 * error(two(rough), true)
    assert found.masks[0, 160:200, 500:502].mean() > 0.6
    assert found.masks[0, 160:200, 492:498].mean() < 0.15


def test_a_found_border_that_the_photo_does_not_show_is_no_ragged_line():
    inside = np.mgrid[:H, :W][0] >= 40
    found = refine_edges(two(inside), photo(np.zeros((H, W), bool), noise=0.02), coarse=True).masks[0]
    assert found[:36].max() < 0.02 and found[44:].min() > 0.98
    assert abs(float(found.mean()) - inside.mean()) < 0.01


def test_found_masks_stay_a_partition_and_far_pixels_stay_soft():
    ramp = torch.linspace(0.6, 1, W).expand(H, W).clone()
    ramp[H // 2 :] = 0.1
    soft = Regions(("a", "b"), torch.stack([ramp, 1 - ramp]), ((0, 0, 0), (1, 1, 1)))
    found = refine_edges(soft, photo(~hill()), coarse=True).masks
    assert torch.allclose(found.sum(0), torch.ones(H, W), atol=1e-5)
    assert torch.equal(found[:, :40], soft.masks[:, :40])


def test_thin_branches_are_found():
    true = hill()
    true[20:60, 30:32] = true[24:60, 60] = True
    found = refine_edges(two(hill() | (np.abs(np.arange(W) - 31) < 3) & (np.arange(H) > 18)[:, None]), photo(true)).masks[0]
    assert found[22:40, 30:32].min() > 0.9
    assert found[22:40, 27:29].max() < 0.1


def test_where_the_photo_has_no_edge_the_border_stays():
    inside = np.mgrid[:H, :W][0] >= 40
    flat = photo(np.zeros((H, W), bool), noise=0.02)
    found = refine_edges(two(inside), flat).masks[0]
    assert found[:36].max() < 0.02
    assert found[44:].min() > 0.98
    assert abs(float(found.mean()) - inside.mean()) < 0.005


def test_many_regions_stay_a_partition_and_far_pixels_stay_the_same():
    y, x = np.mgrid[:H, :W]
    labels = (x > 40).astype(int) + (x > 85) * (y > 50)
    masks = torch.stack([torch.from_numpy(labels == r).float() for r in range(3)])
    regions = Regions(("a", "b", "c"), masks, ((0, 0, 0), (1, 1, 1), (2, 2, 2)))
    found = refine_edges(regions, np.random.default_rng(0).random((H, W, 3)).astype(np.float32), feather=1.0)
    assert torch.allclose(found.masks.sum(0), torch.ones(H, W), atol=1e-5)
    assert torch.equal(found.masks[:, :, :30], masks[:, :, :30])


def test_soft_masks_are_left_as_they_are():
    ramp = torch.linspace(0, 1, W).expand(H, W)
    soft = Regions(("a", "b"), torch.stack([ramp, 1 - ramp]), ((0, 0, 0), (1, 1, 1)))
    assert torch.allclose(refine_edges(soft, photo(hill())).masks, soft.masks)


def test_one_region_and_tiny_photos():
    assert torch.equal(refine_edges(whole((5, 7)), np.zeros((5, 7, 3), np.float32)).masks, whole((5, 7)).masks)
    tiny = two(np.array([[True, False]]))
    assert torch.equal(refine_edges(tiny, np.zeros((1, 2, 3), np.float32)).masks, tiny.masks)


def test_feather_softens_by_pixels_of_the_photo():
    inside = np.mgrid[:H, :W][0] >= 48
    soft = lambda feather: float((refine_edges(two(inside), photo(inside), feather=feather).masks.amax(0) < 0.95).float().mean())
    assert soft(None) < 0.02
    assert 3 / H < soft(6) < 14 / H
    assert soft("10%") > soft(6)
    assert feather_pixels("2px", 100) == 2
    for much in ("26%", 26):
        with pytest.raises(OptionError, match="feather may be a quarter of the photo's long side at most"):
            feather_pixels(much, 100)
    for wrong in ("a lot", -1, "-2%"):
        with pytest.raises(OptionError, match="feather is a number of pixels"):
            feather_pixels(wrong, 100)


def test_another_shape_is_refused():
    with pytest.raises(MaskError, match="regions of 128 x 96 need a photo of that shape, got 96 x 128"):
        refine_edges(two(hill()), np.zeros((W, H, 3), np.float32))


@pytest.mark.parametrize("guided", [True, False])
def test_tiles_make_up_the_whole(guided):
    small, large = hill(), hill(height=4 * H, width=4 * W)
    full = torch.from_numpy(photo(large))
    upsampler = MaskUpsampler(two(small), (4 * H, 4 * W), full if guided else None)
    whole_masks = upsampler.tile(full)
    assert torch.allclose(whole_masks.sum(0), torch.ones(4 * H, 4 * W), atol=1e-5)
    tile = upsampler.tile(full[101:190, 37:300], (101, 37))
    assert torch.allclose(tile, whole_masks[:, 101:190, 37:300], atol=1e-5)
    if guided:
        plain = MaskUpsampler(two(small), (4 * H, 4 * W)).tile(full)
        wrong = lambda masks: float((masks[0] - torch.from_numpy(large).float()).abs().mean())
        assert wrong(whole_masks) < 0.6 * wrong(plain)


def test_masks_at_the_photos_size_are_given_as_they_are():
    regions = two(hill())
    tile = MaskUpsampler(regions, (H, W), photo(hill())).tile(photo(hill())[10:20, 5:50], (10, 5))
    assert torch.equal(tile, regions.masks[:, 10:20, 5:50])


def stripes(count, height=40, width=240):
    """Upright stripes as masks, and a photo in which every second one is bright, its edges moved and blurred a little."""
    owner = torch.arange(width) * count // width
    masks = torch.stack([(owner == number).float() for number in range(count)])[:, None].expand(-1, height, -1).contiguous()
    bright = (torch.arange(width).sub(1).clamp_min(0) * count // width % 2).float()
    blurred = torch.nn.functional.avg_pool1d(bright[None, None], 5, 1, 2)[0, 0]
    grain = torch.rand(3, height, width, generator=torch.Generator().manual_seed(0))
    return masks, 0.2 + 0.6 * blurred + 0.02 * grain


def test_many_regions_are_solved_for_as_few_and_get_the_mattes_that_they_would_have_alone(monkeypatch):
    solved = []
    usual = edges.fill_unknown

    def counted(image, values, *more):
        solved.append(len(values))
        return usual(image, values, *more)

    monkeypatch.setattr(edges, "fill_unknown", counted)
    masks, image = stripes(12)
    together = edges._painted(image, masks)
    monkeypatch.setattr(edges, "_FEW", 12)
    apart = edges._painted(image, masks)
    assert solved[0] < solved[1] == 12
    assert (together - apart).abs().max() < 0.05
    assert (together - apart).abs().mean() < 1e-3
    torch.testing.assert_close(together.sum(0), torch.ones(40, 240))
    assert ((apart > 0.05) & (apart < 0.95)).any()


def test_regions_that_meet_have_different_colours():
    near = torch.tensor([[1.0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]])
    assert edges._map_colours(near).tolist() == [0, 1, 0, 0]
    assert edges._map_colours(torch.ones(3, 2)).tolist() == [0, 1, 2]
