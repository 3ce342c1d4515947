"""The metrics against cases whose value is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from photostyle.colour import luminance_of_pixels
from photostyle.encoders import load_encoder
from photostyle.errors import MaskError, PhotoError
from photostyle.metrics import (
    Judge,
    affine_residual,
    gradient_structure,
    light_order,
    newly_clipped,
    score_result,
    seam_energy,
    similarity,
)
from photostyle.metrics.affinity import laplacian_of
from photostyle.metrics.structure import gradient_magnitude

HEIGHT, WIDTH = 48, 64


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("compact")


@pytest.fixture(scope="module")
def photo():
    """A smooth coloured scene with detail, within [0.2, 0.8]."""
    noise = np.random.default_rng(1).random((HEIGHT, WIDTH, 3))
    smooth = gaussian_filter(noise, (3, 3, 0)) + 0.1 * gaussian_filter(noise, (0.7, 0.7, 0))
    return 0.2 + 0.6 * (smooth - smooth.min()) / np.ptp(smooth)


@pytest.fixture(scope="module")
def halves():
    masks = np.zeros((2, HEIGHT, WIDTH), np.float32)
    masks[0, :, : WIDTH // 2] = masks[1, :, WIDTH // 2 :] = 1
    return masks


def blurred(photo):
    return gaussian_filter(photo, (2, 2, 0))


def shuffled(photo):
    return np.random.default_rng(2).permutation(photo.reshape(-1, 3)).reshape(photo.shape)


def test_an_identical_photo_is_perfect(photo, halves, encoder):
    found = score_result(photo, photo, photo, halves, halves, encoder)
    best = {"ssim": 1, "gssim": 1, "gstruct": 1, "order": 1, "cover": 1, "regions": 2}
    assert found.keys() == {*best, *"inverted aff clipped seam place gram cov mean swd gram_glob swd_glob".split()}
    for name, value in found.items():
        assert value == pytest.approx(best.get(name, 0), abs=2e-3), name


def test_a_step_has_unit_gradient():
    step = np.zeros((8, 8))
    step[:, 4:] = 1
    assert gradient_magnitude(step).max() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("gain", [0.3, 1.2])
def test_a_gain_keeps_structure_order_and_affinity(photo, gain):
    light, changed = luminance_of_pixels(photo), luminance_of_pixels(gain * photo)
    assert gradient_structure(light, changed) == pytest.approx(1, abs=0.02)
    assert light_order(light, changed) == (pytest.approx(1, abs=2e-3), 0)
    assert affine_residual(laplacian_of(photo), gain * photo) < 1e-6
    assert similarity(light, changed) < 0.999


def test_the_negative_keeps_edges_but_inverts_the_light(photo):
    light = luminance_of_pixels(photo)
    order, inverted = light_order(light, 1 - light)
    assert gradient_structure(light, 1 - light) == pytest.approx(1, abs=1e-6)
    assert order == pytest.approx(-1, abs=2e-3) and inverted == pytest.approx(1)
    assert affine_residual(laplacian_of(photo), 1 - photo) < 1e-6


def test_a_photo_made_flat_has_no_order_and_nothing_inverted(photo):
    assert light_order(luminance_of_pixels(photo), np.full((HEIGHT, WIDTH), 0.5)) == (0, 0)
    assert light_order(np.full((HEIGHT, WIDTH), 0.5), luminance_of_pixels(photo)) == (1, 0)


def test_blur_loses_structure_and_affinity(photo):
    light, soft = luminance_of_pixels(photo), luminance_of_pixels(blurred(photo))
    assert gradient_structure(light, soft) < 0.8
    assert affine_residual(laplacian_of(photo), blurred(photo)) > 1e-4


def test_shuffled_pixels_keep_colours_and_nothing_else(photo, encoder):
    found = score_result(photo, shuffled(photo), photo, None, None, encoder)
    assert found["swd"] == found["swd_glob"] == pytest.approx(0, abs=1e-6)
    assert abs(found["gstruct"]) < 0.2 and abs(found["order"]) < 0.2
    assert found["gram"] > 0.02


def test_colour_moved_along_lightness_is_so_far_away(encoder):
    """A grey of L* 40 against one of L* 60: the mean over directions of (20 cos)^2 is 400 / 3."""
    from skimage.color import lab2rgb

    dark, light = (np.broadcast_to(lab2rgb([[[level, 0.0, 0.0]]]), (32, 32, 3)) for level in (40.0, 60.0))
    assert score_result(dark, dark, light, None, None, encoder)["swd"] == pytest.approx(20 / 3**0.5, rel=0.05)


def test_regions_are_compared_with_their_partners(photo, halves, encoder):
    """The style is the photo mirrored: paired with the other half, each region is already there."""
    style = photo[:, ::-1].copy()
    paired = Judge(photo, style, halves, halves[::-1].copy(), encoder).score(photo)
    crossed = Judge(photo, style, halves, halves, encoder).score(photo)
    assert paired["swd"] == pytest.approx(0, abs=1e-9) and crossed["swd"] > 0.5
    assert paired["swd_glob"] == crossed["swd_glob"] == pytest.approx(0, abs=1e-9)


def test_soft_masks_of_a_half_count_like_hard_ones(photo, halves, encoder):
    style = blurred(photo) ** 1.3
    hard = score_result(photo, photo, style, None, None, encoder)
    soft = score_result(photo, photo, style, np.full_like(halves, 0.5), np.full_like(halves, 0.5), encoder)
    assert soft["swd"] == pytest.approx(hard["swd"], rel=1e-3)
    assert soft["gram"] == pytest.approx(hard["gram"], rel=1e-3)


def test_a_region_missing_in_the_style_does_not_count(photo, halves, encoder):
    found = score_result(photo, photo, photo, halves, np.stack([np.ones_like(halves[0]), 0 * halves[0]]), encoder)
    assert (found["regions"], found["cover"]) == (1, 0.5)


def test_a_hard_change_of_one_half_is_a_seam(photo, halves):
    flat = np.full_like(photo, 0.5)
    cut = flat - (40 / 255) * halves[1][..., None] / 3**0.5
    assert seam_energy(flat, cut, halves) == pytest.approx(20 / 3**0.5, rel=0.01)
    assert seam_energy(flat, blurred(cut), halves) < 0.7 * seam_energy(flat, cut, halves)
    assert seam_energy(flat, 0.7 * flat, halves) == pytest.approx(0, abs=1e-9)


def test_a_change_at_an_edge_of_the_photo_is_no_seam(halves):
    edge = np.full((HEIGHT, WIDTH, 3), 0.3)
    edge[:, WIDTH // 2 :] = 0.7
    assert seam_energy(edge, edge - 0.15 * halves[1][..., None], halves) < 2
    assert seam_energy(edge, edge * 0.5, np.ones((1, HEIGHT, WIDTH))) == 0


def test_only_what_is_new_at_the_ends_counts_as_clipped():
    content = np.full((4, 4, 3), 0.5)
    content[0] = 1
    result = content.copy()
    result[1, :, 0], result[2, :2] = 1, 0
    assert newly_clipped(content, result) == 6 / 16


def test_shapes_that_do_not_fit_are_refused(photo, halves, encoder):
    with pytest.raises(PhotoError, match="floats \\(H, W, 3\\)"):
        score_result((photo * 255).astype(np.uint8), photo, photo, None, None, encoder)
    with pytest.raises(PhotoError, match="content's shape"):
        score_result(photo, photo[1:], photo, None, None, encoder)
    with pytest.raises(MaskError, match="shape \\(R, 48, 64\\)"):
        score_result(photo, photo, photo, halves[:, 1:], halves, encoder)
    with pytest.raises(MaskError, match="pair row by row"):
        score_result(photo, photo, photo, halves, halves[:1], encoder)
    with pytest.raises(MaskError, match="no region"):
        score_result(photo, photo, photo, halves, 0 * halves, encoder)
