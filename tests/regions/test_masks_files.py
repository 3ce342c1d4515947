"""Masks of every kind that people make are read, at once and loudly."""

import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from photostyle.errors import MaskError
from photostyle.regions import read_mask, read_mask_pair
from photostyle.regions.masks.colour_codes import PAPER_COLOURS

W, H = 120, 90


def layout(k, height=H, width=W):
    """(height, width) labels 0..k-1 with slanted and round borders, each a tenth of the picture or more."""
    y, x = np.mgrid[:height, :width] / (height, width)[1]
    labels = np.clip(((x + 0.35 * y) * k / 1.3).astype(int), 0, k - 1)
    labels[np.hypot(x - 0.35, y - 0.4) < 0.17] = k - 1
    return labels


def painted(path, colours, labels=None, **save):
    labels = layout(len(colours)) if labels is None else labels
    Image.fromarray(np.array(colours, np.uint8)[labels]).save(path, **save)
    return labels


def agreement(regions, labels, names):
    """The share of pixels that are in the region of the expected name."""
    found = np.array(regions.names)[regions.labels().numpy()]
    return (found == np.array(names)[labels]).mean()


def test_the_papers_nine_colours_by_name(tmp_path):
    labels = painted(tmp_path / "m.png", list(PAPER_COLOURS.values()))
    regions = read_mask(tmp_path / "m.png", (W, H))
    assert set(regions.names) == set(PAPER_COLOURS)
    assert regions.colours[regions.index("grey")] == (128, 128, 128)
    assert agreement(regions, labels, list(PAPER_COLOURS)) == 1
    assert regions.notes == ()


@pytest.mark.parametrize("quality, subsampling", [(60, 2), (75, 2), (90, 2), (95, 0)])
def test_jpeg_noise_makes_no_regions(tmp_path, quality, subsampling):
    names = ["red", "green", "black", "white"]
    labels = layout(4, 240, 320)
    painted(tmp_path / "m.jpg", [PAPER_COLOURS[n] for n in names], labels, quality=quality, subsampling=subsampling)
    regions = read_mask(tmp_path / "m.jpg", (320, 240))
    assert set(regions.names) == set(names)
    assert agreement(regions, labels, names) > 0.985


@pytest.mark.parametrize("colours", [[(0, 0, 0), (255, 255, 255)], [(160, 48, 32), (30, 120, 90), (230, 200, 40)]])
def test_antialiased_borders_make_no_regions(tmp_path, colours):
    labels = layout(len(colours), 4 * H, 4 * W)
    large = Image.fromarray(np.array(colours, np.uint8)[labels])
    large.resize((2 * W, 2 * H), Image.BOX).save(tmp_path / "box.png")
    large.filter(ImageFilter.GaussianBlur(2)).save(tmp_path / "blurred.png")
    large.resize((2 * W, 2 * H), Image.BOX).resize((4 * W, 4 * H), Image.NEAREST).save(tmp_path / "enlarged.png")
    for name in ("box", "blurred", "enlarged"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            size = picture.size
        regions = read_mask(tmp_path / f"{name}.png", size, hard=True)
        assert len(regions.names) == len(colours)
        assert set(regions.colours) == set(colours)


def test_other_colours_are_named_by_their_hex(tmp_path):
    painted(tmp_path / "m.png", [(160, 48, 32), (0, 0, 255)])
    assert set(read_mask(tmp_path / "m.png", (W, H)).names) == {"#a03020", "blue"}


@pytest.mark.parametrize(
    "values, names",
    [
        ([0, 1, 2], ["label 0", "label 1", "label 2"]),
        ([0, 1, 255], ["label 0", "label 1", "label 255"]),
        ([0, 85, 170, 255], ["label 0", "label 85", "label 170", "label 255"]),
        ([0, 128, 255], ["black", "grey", "white"]),
        ([0, 255], ["black", "white"]),
    ],
)
def test_grey_labels(tmp_path, values, names):
    labels = layout(len(values))
    Image.fromarray(np.array(values, np.uint8)[labels]).save(tmp_path / "m.png")
    regions = read_mask(tmp_path / "m.png", (W, H))
    assert agreement(regions, labels, names) == 1
    assert len(set(regions.colours)) == len(values)


@pytest.mark.parametrize(
    "values, names", [([0, 300, 1000], ["label 0", "label 300", "label 1000"]), ([0, 65535], ["black", "white"])]
)
def test_sixteen_bit_labels(tmp_path, values, names):
    labels = layout(len(values))
    Image.fromarray(np.array(values, np.uint16)[labels]).save(tmp_path / "m.png")
    assert agreement(read_mask(tmp_path / "m.png", (W, H)), labels, names) == 1


def test_one_bit(tmp_path):
    labels = layout(2)
    Image.fromarray(labels.astype(bool)).save(tmp_path / "m.png")
    assert agreement(read_mask(tmp_path / "m.png", (W, H)), labels, ["black", "white"]) == 1


def indexed(path, palette, labels):
    picture = Image.fromarray(labels.astype(np.uint8), "P")
    picture.putpalette([v for colour in palette for v in colour])
    picture.save(path)


@pytest.mark.parametrize(
    "names",
    [
        {"regions": [{"name": "sky", "colour": [110, 180, 255]}, {"name": "sea", "colour": [20, 60, 190]}]},
        {"sky": "#6eb4ff", "sea": [20, 60, 190]},
        {"0": "sky", "1": "sea"},
        {"sky": 0, "sea": 1},
        ["sky", "sea"],
    ],
)
def test_an_indexed_picture_with_names_beside_it(tmp_path, names):
    labels = layout(3)
    indexed(tmp_path / "m.png", [(110, 180, 255), (20, 60, 190), (255, 0, 0)], labels)
    (tmp_path / "m.json").write_text(json.dumps(names))
    assert agreement(read_mask(tmp_path / "m.png", (W, H)), labels, ["sky", "sea", "red"]) == 1


def test_names_that_cannot_be_understood_are_refused(tmp_path):
    painted(tmp_path / "m.png", [(0, 0, 0), (255, 0, 0)])
    (tmp_path / "m.json").write_text('{"sky": [1, 2]}')
    with pytest.raises(MaskError, match="m.json beside the mask should name its colours"):
        read_mask(tmp_path / "m.png", (W, H))


def test_alpha_is_weight(tmp_path):
    rgba = np.zeros((H, W, 4), np.uint8)
    rgba[..., 0], rgba[: H // 2, :, 3], rgba[H // 2 :, :, 3] = 255, 255, 51
    Image.fromarray(rgba).save(tmp_path / "m.png")
    regions = read_mask(tmp_path / "m.png", (W, H))
    assert regions.names == ("red", "rest")
    assert regions.shares() == pytest.approx((0.6, 0.4))
    rgba[..., 3] = 255
    Image.fromarray(rgba).save(tmp_path / "m.png")
    assert read_mask(tmp_path / "m.png", (W, H)).names == ("red",)
    rgba[..., 3] = 0
    Image.fromarray(rgba).save(tmp_path / "m.png")
    with pytest.raises(MaskError, match="wholly transparent"):
        read_mask(tmp_path / "m.png", (W, H))


@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 255, 255), (90, 120, 10)])
def test_what_lies_hidden_under_transparency_does_not_count(tmp_path, hidden):
    """Most of a layer is transparent where one thing alone is painted on it; editors keep any colour there."""
    rgba = np.zeros((H, W, 4), np.uint8)
    rgba[..., :3] = hidden
    rgba[: H // 5] = (255, 0, 0, 255)
    Image.fromarray(rgba).save(tmp_path / "m.png")
    regions = read_mask(tmp_path / "m.png", (W, H))
    assert regions.names == ("red", "rest") and regions.shares() == pytest.approx((0.2, 0.8))


def test_a_folder_of_soft_greys(tmp_path):
    ramp = np.linspace(0, 1, W, dtype=np.float32)[None].repeat(H, 0)
    Image.fromarray((255 * ramp).round().astype(np.uint8)).save(tmp_path / "sky.png")
    Image.fromarray((65535 * (1 - ramp) / 2).astype(np.uint16)).save(tmp_path / "sea.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    regions = read_mask(tmp_path, (W, H))
    assert regions.names == ("sea", "sky", "rest")
    assert torch.allclose(regions.masks[1], torch.from_numpy(ramp), atol=0.02)
    assert regions.shares() == pytest.approx((0.25, 0.5, 0.25), abs=0.01)
    assert "no picture covers" in regions.notes[0]


def test_folders_that_are_no_masks(tmp_path):
    with pytest.raises(MaskError, match="holds no pictures"):
        read_mask(tmp_path, (W, H))
    painted(tmp_path / "sky.png", [(255, 0, 0), (0, 0, 255)])
    with pytest.raises(MaskError, match="is in colour"):
        read_mask(tmp_path, (W, H))
    Image.new("L", (W, H)).save(tmp_path / "sky.png")
    with pytest.raises(MaskError, match="all black"):
        read_mask(tmp_path, (W, H))


def test_a_feathered_black_and_white_mask_stays_soft(tmp_path):
    picture = Image.fromarray((layout(2, 360, 480) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(14))
    picture.save(tmp_path / "m.png")
    regions = read_mask(tmp_path / "m.png", (480, 360))
    assert set(regions.names) == {"black", "white"}
    soft = regions.masks[regions.index("white")].numpy()
    assert np.abs(soft - np.asarray(picture) / 255).max() < 1e-6


def test_both_masks_of_a_pair_get_the_same_names(tmp_path):
    colours = [(156, 47, 33), (40, 120, 95)]
    labels = layout(2, 240, 320)
    painted(tmp_path / "c.jpg", colours, labels, quality=70)
    shifted = (np.array(colours) + (3, -2, 2)).tolist()
    painted(tmp_path / "s.jpg", shifted, 1 - labels, quality=95)
    content, style = read_mask_pair(tmp_path / "c.jpg", tmp_path / "s.jpg", (320, 240), (320, 240))
    assert set(content.names) == set(style.names)
    assert len(content.names) == 2
    assert content.colours[0] == style.colours[style.names.index(content.names[0])]


def test_a_mask_of_another_size(tmp_path):
    painted(tmp_path / "m.png", [(0, 0, 0), (255, 0, 0)])
    regions = read_mask(tmp_path / "m.png", (2 * W, 2 * H))
    assert regions.size == (2 * W, 2 * H)
    assert regions.notes == (f"m.png: resized from {W} x {H} to the photo's {2 * W} x {2 * H}",)
    assert read_mask(tmp_path / "m.png", (W + 1, H - 1)).size == (W + 1, H - 1)
    with pytest.raises(MaskError, match="is 120 x 90 but its photo is 90 x 120, another shape"):
        read_mask(tmp_path / "m.png", (H, W))
    small = read_mask(tmp_path / "m.png", (W, H), size=(W // 3, H // 3))
    assert small.size == (W // 3, H // 3)
    assert 0 < (small.masks.amax(0) < 1).float().mean() < 0.5


def test_exif_orientation_is_applied(tmp_path):
    labels = layout(2)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise for viewing
    painted(tmp_path / "m.jpg", [(0, 0, 0), (255, 255, 255)], labels, exif=exif, quality=95)
    regions = read_mask(tmp_path / "m.jpg", (H, W))
    assert agreement(regions, np.rot90(labels, -1), ["black", "white"]) > 0.98


def test_what_is_no_mask_is_refused(tmp_path):
    with pytest.raises(MaskError, match="there is no mask at"):
        read_mask(tmp_path / "m.png", (W, H))
    (tmp_path / "m.png").write_text("no picture")
    with pytest.raises(MaskError, match="cannot read a mask"):
        read_mask(tmp_path / "m.png", (W, H))
    noise = np.random.default_rng(0).integers(0, 256, (H, W, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    with pytest.raises(MaskError, match="has no flat colours: .* paint each region in one flat colour"):
        read_mask(tmp_path / "photo.png", (W, H))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 40), (5, 5)])
def test_tiny_masks(tmp_path, size):
    values = np.arange(size[0] * size[1]).reshape(size[::-1]) % 2 * 255
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "m.png")
    assert read_mask(tmp_path / "m.png", size).masks.sum() == size[0] * size[1]


def outlines(*shapes):
    shapes = [{"label": name, "shape_type": kind, "points": points} for name, kind, points in shapes]
    return json.dumps({"imageWidth": W, "imageHeight": H, "shapes": shapes})


def test_outlines_of_labelme(tmp_path):
    sky = ("sky", "rectangle", [[0, 0], [W, H / 2 - 1]])
    (tmp_path / "c.json").write_text(outlines(sky, ("my dog", "polygon", [[20, 60], [60, 60], [60, 85], [20, 85]])))
    (tmp_path / "s.json").write_text(outlines(("my dog", "circle", [[60, 45], [60, 65]])))
    content, style = read_mask_pair(tmp_path / "c.json", tmp_path / "s.json", (W, H), (W, H))
    assert set(content.names) == {"sky", "my dog", "rest"}
    assert set(style.names) == {"my dog", "rest"}
    assert content.shares()[content.index("sky")] == pytest.approx(0.5, abs=0.01)
    assert style.shares()[style.index("my dog")] == pytest.approx(np.pi * 400 / (W * H), rel=0.05)
    (tmp_path / "c.json").write_text(outlines(("sky", "point", [[3, 3]])))
    with pytest.raises(MaskError, match="outlines nothing"):
        read_mask(tmp_path / "c.json", (W, H))
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(MaskError, match="is no labelme file"):
        read_mask(tmp_path / "c.json", (W, H))


def test_codes_beyond_a_palette_are_black(tmp_path):
    """As Pillow writes them, whose `putpalette` may give fewer colours than the picture has codes."""
    labels = layout(3)
    picture = Image.fromarray(np.array([0, 3, 7], np.uint8)[labels], "P")
    picture.putpalette([255, 0, 0, 0, 255, 0, 255, 255, 0, 0, 0, 255, 9, 9, 9])  # five colours
    picture.save(tmp_path / "m.png")
    regions = read_mask(tmp_path / "m.png", (W, H))
    assert agreement(regions, labels, ["red", "blue", "black"]) == 1
