"""What is hidden under transparency never changes what is seen: two photos that differ in it alone come out alike."""

import numpy as np
import pytest
import torch

from photostyle import Options, PhotoError, Session, measure, transfer
from photostyle.photo import Photo, WorkingCopy, shrunk, write_photo
from photostyle.prepared import prepare
from photostyle.regions import Regions
from photostyle.regions.automatic import segment_photo
from photostyle.transforms.lut import fit_lut

QUICK = {"segmenter": "none", "size": 64, "steps": 3, "encoder": "compact", "device": "cpu"}
HIDDEN = ("black", "white", "noise")


def scene(height=60, width=80, seed=0):
    """A photo (H, W, 3): a bright half above a dark one, with texture."""
    y = np.linspace(1, 0, height, dtype=np.float32)[:, None, None]
    base = np.where(y > 0.5, np.float32([0.55, 0.7, 0.9]), np.float32([0.3, 0.4, 0.15]))
    noise = np.random.default_rng(seed).normal(0, 0.04, (height, width, 3)).astype(np.float32)
    return np.clip(base + 0.2 * y + noise, 0, 1)


def cutout(hidden, pixels=None, soft=False):
    """A photo of which a disc is seen, with these colours under the rest."""
    pixels = scene() if pixels is None else pixels
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - height / 2, x - width / 2) / (0.35 * height)
    alpha = (distance < 1).astype(np.float32)
    if soft:
        alpha = np.clip(3 * (1.2 - distance), 0, 1).astype(np.float32)
    colours = {
        "black": np.zeros_like(pixels),
        "white": np.ones_like(pixels),
        "noise": np.random.default_rng(9).random(pixels.shape, dtype=np.float32),
    }[hidden]
    shown = np.where(alpha[..., None] > 0, pixels, colours)
    return Photo(shown, alpha)


def style():
    return scene(50, 70, seed=3) * np.float32([1.0, 0.55, 0.3])


def seen(result, photo):
    return result.photo.pixels[photo.alpha > 0]


def halves(height=60, width=80):
    """A mask with two regions, above and below."""
    labels = np.ones((height, width), np.uint8)
    labels[height // 2 :] = 2
    return labels


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("masks", [{}, {"content_mask": halves(), "style_mask": halves(50, 70)}])
def test_hidden_colours_of_the_content_change_nothing_that_is_seen(soft, masks):
    made = [seen(transfer(cutout(name, soft=soft), style(), **masks, **QUICK), cutout(name, soft=soft)) for name in HIDDEN]
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])


@pytest.mark.parametrize("masks", [{}, {"content_mask": halves(50, 70), "style_mask": halves()}])
def test_hidden_colours_of_the_style_change_nothing(masks):
    made = [transfer(style(), cutout(name), **masks, **QUICK).photo.pixels for name in HIDDEN]
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])


def test_nor_where_the_photo_is_larger_than_its_working_copy():
    large = scene(300, 1100)
    photos = [cutout(name, large, soft=True) for name in HIDDEN]
    made = [seen(transfer(photo, style(), **QUICK), photo) for photo in photos]
    for other in made[1:]:
        assert np.abs(made[0] - other).max() < 1e-4


def test_nor_by_the_pixel_solver():
    small = {**QUICK, "size": 64, "steps": 1}
    made = [seen(transfer(cutout(name), cutout(name), method="pixels", **small), cutout(name)) for name in HIDDEN[:2]]
    assert np.array_equal(made[0], made[1])


def test_what_is_seen_of_a_cutout_takes_all_of_the_styles_light():
    pixels = scene()
    pixels[:35] = 0.9  # seen, this would count most
    photo = Photo(pixels, np.repeat(np.float32([[0], [1]]), [35, 25], axis=0).repeat(80, axis=1))
    made = seen(transfer(photo, style(), **{**QUICK, "steps": 20}), photo)
    assert np.abs(made.mean(0) - style().mean((0, 1))).max() < 0.08
    uncut = transfer(pixels, style(), **{**QUICK, "steps": 20}).photo.pixels[35:]
    assert np.abs(uncut.reshape(-1, 3).mean(0) - style().mean((0, 1))).max() > 0.2


def test_looks_weigh_by_what_is_seen():
    looks = [measure(cutout(name), options=Options(**QUICK)) for name in HIDDEN]
    for look in looks[1:]:
        assert torch.equal(look.means, looks[0].means) and torch.equal(look.quantiles, looks[0].quantiles)
    inside = scene()[cutout("black").alpha > 0]
    assert np.allclose(looks[0].means[-1].numpy(), inside.mean(0), atol=0.02)


def test_luts_are_fitted_to_what_is_seen():
    tables = []
    for name in HIDDEN:
        photo = cutout(name)
        after = photo.with_pixels(photo.pixels[..., ::-1] * np.float32(0.5))
        tables.append(fit_lut(photo, after, size=5)[0].table)
    assert np.allclose(tables[0], tables[1], atol=1e-6) and np.allclose(tables[0], tables[2], atol=1e-6)


def test_a_set_is_solved_on_what_is_seen(tmp_path):
    from photostyle.methods.field.mosaic import mosaic

    options = Options(**QUICK)
    tiles = []
    for name in ("black", "white"):
        write_photo(cutout(name), tmp_path / f"{name}.png")
        tiles.append(mosaic([prepare(tmp_path / f"{name}.png", session=Session.of(options), options=options)], 64))
    one, other = tiles
    assert np.array_equal(one.pixels, other.pixels)
    assert torch.equal(one.regions.visible, other.regions.visible) and 0.1 < float(one.regions.visible.mean()) < 0.5


def test_a_region_may_be_wholly_transparent():
    photo = cutout("noise")
    mask = np.where(photo.alpha > 0, 1, 2).astype(np.uint8)
    result = transfer(photo, style(), content_mask=mask, **QUICK)
    assert result.content_regions.shares() == pytest.approx((1.0, 0.0), abs=0.04)  # the edge follows the photo
    assert np.isfinite(result.photo.pixels).all()
    as_style = transfer(style(), photo, style_mask=mask, content_mask=np.ones((50, 70), np.uint8), **QUICK)
    assert np.isfinite(as_style.photo.pixels).all()


def test_a_wholly_transparent_photo_is_refused():
    blank = Photo(scene(), np.zeros((60, 80), np.float32))
    with pytest.raises(PhotoError, match="the content: wholly transparent"):
        transfer(blank, style(), **QUICK)
    with pytest.raises(PhotoError, match="the style: wholly transparent"):
        transfer(style(), blank, **QUICK)


def test_the_working_copy_continues_what_is_seen():
    copies = [WorkingCopy.of(cutout(name)).photo.pixels for name in HIDDEN]
    assert np.array_equal(copies[0], copies[1]) and np.array_equal(copies[0], copies[2])
    photo = cutout("black")
    assert np.array_equal(copies[0][photo.alpha > 0], photo.pixels[photo.alpha > 0])
    assert np.abs(copies[0] - scene()).mean() < 0.15


def test_a_photo_is_shrunk_by_what_is_seen_of_it():
    small = [shrunk(cutout(name), 20) for name in HIDDEN]
    for other in small[1:]:
        assert np.allclose(other.pixels, small[0].pixels, atol=1e-6)


def test_shares_and_clipping_count_what_is_seen():
    masks = torch.zeros(2, 4, 4)
    masks[0, :, :2] = 1
    masks[1, :, 2:] = 1
    visible = torch.ones(4, 4)
    visible[:, 1:] = 0.25
    regions = Regions(("left", "right"), masks, ((0, 0, 0), (9, 9, 9))).seen(visible)
    assert regions.shares() == pytest.approx((5 / 7, 2 / 7))
    assert regions.resized((2, 2)).visible.shape == (2, 2)
    prepared = prepare(cutout("white"), session=Session("cpu"), options=Options(**QUICK))
    assert int(prepared.visible_pixels.sum()) == int((cutout("white").alpha > 0).sum())


def test_a_class_that_only_hidden_pixels_show_is_no_region():
    pixels = scene()

    class Halves:
        classes = ("sky", "grass")
        probabilities = torch.zeros(2, 60, 80)

    Halves.probabilities[0, :30] = 1
    Halves.probabilities[1, 30:] = 1
    visible = torch.zeros(60, 80)
    visible[35:, :] = 1
    regions = segment_photo(pixels, lambda _: Halves, visible=visible)
    assert regions.names == ("grass",)
