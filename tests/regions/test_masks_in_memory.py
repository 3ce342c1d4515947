"""Masks as people hold them: arrays, Pillow pictures, tensors, mappings of names, `Regions`, bytes and open files."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle.errors import MaskError
from photostyle.regions import Regions, read_mask, read_mask_pair, whole

W, H = 120, 90


def layout(count, height=H, width=W):
    """(height, width) labels 0..count-1, slanted bands."""
    y, x = np.mgrid[:height, :width] / (height, width)[1]
    return np.clip(((x + 0.35 * y) * count / 1.3).astype(int), 0, count - 1)


def same(one, other):
    """Whether two readings are the same to the bit, but for their notes."""
    return one.names == other.names and one.colours == other.colours and torch.equal(one.masks, other.masks)


def shares(regions):
    return dict(zip(regions.names, regions.shares(), strict=True))


# Labels


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_integers_are_labels(kind):
    labels = layout(3)
    regions = read_mask(labels.astype(kind), (W, H))
    assert regions.names == ("label 0", "label 1", "label 2")
    assert np.array_equal(regions.labels().numpy(), labels)
    assert regions.notes == ()


def test_labels_are_exact_however_thin_or_large_or_negative():
    labels = np.zeros((H, W), np.int64)
    labels[:, 50], labels[3, 3], labels[:, 80:] = 70_000, -1, 7
    regions = read_mask(labels, (W, H))
    assert regions.names == ("label -1", "label 0", "label 7", "label 70000")
    assert regions.masks[0].sum() == 1
    small = np.zeros((H, W), np.uint8)
    small[:, 50], small[3, 3] = 2, 255
    assert read_mask(small, (W, H)).names == ("label 0", "label 2", "label 255")


def test_grey_arrays_are_read_as_their_files():
    assert set(read_mask((layout(2) * 255).astype(np.uint8), (W, H)).names) == {"black", "white"}
    assert set(read_mask(np.array([0, 128, 255], np.uint8)[layout(3)], (W, H)).names) == {"black", "grey", "white"}
    blended = np.asarray(Image.fromarray((layout(2, 360, 480) * 255).astype(np.uint8)).resize((W, H), Image.BOX))
    assert len(np.unique(blended)) > 2
    assert set(read_mask(blended, (W, H)).names) == {"black", "white"}
    assert set(read_mask(np.array([0, 300, 1000], np.uint16)[layout(3)], (W, H)).names) == {"label 0", "label 300", "label 1000"}


def test_too_many_labels_are_refused():
    with pytest.raises(MaskError, match="the mask may have 512 different labels at most, got 10800; merge some"):
        read_mask(np.arange(H * W).reshape(H, W), (W, H))


# Colours, planes, stacks


def test_arrays_of_colours_are_read_as_their_pictures(tmp_path):
    colours = np.array([(255, 0, 0), (160, 48, 32), (0, 0, 255)], np.uint8)[layout(3)]
    Image.fromarray(colours).save(tmp_path / "m.png")
    from_file = read_mask(tmp_path / "m.png", (W, H))
    assert same(read_mask(colours, (W, H)), from_file)
    assert same(read_mask(colours.astype(np.uint16) * 257, (W, H)), from_file)
    alpha = np.dstack([colours, np.full((H, W), 255, np.uint8)])
    assert same(read_mask(alpha, (W, H)), from_file)
    alpha[:9, :, 3] = 0
    erased = read_mask(alpha, (W, H))
    assert "rest" not in erased.names and "10.0% is erased (transparent); filled from" in erased.notes[0]


def test_one_plane_is_a_region_and_the_rest():
    ramp = np.linspace(0, 1, W, dtype=np.float32)[None].repeat(H, 0)
    for plane in (ramp, ramp.astype(np.float64), ramp[None], ramp[..., None], ramp[None, None]):
        regions = read_mask(plane, (W, H))
        assert regions.names == ("region", "rest")
        assert torch.allclose(regions.masks[0], torch.from_numpy(ramp), atol=1e-6)
        assert regions.notes == ()
    hard = read_mask(ramp > 0.5, (W, H))
    assert hard.names == ("region", "rest") and torch.equal(hard.masks[0], torch.from_numpy(ramp > 0.5).float())
    assert read_mask(np.ones((H, W)), (W, H)).names == ("region",)
    assert read_mask(ramp, (W, H), hard=True).shares() == pytest.approx((0.5, 0.5))


def test_a_stack_is_a_region_each_and_the_rest():
    masks = np.eye(3, dtype=np.float32)[layout(3)].transpose(2, 0, 1)
    regions = read_mask(masks, (W, H))
    assert regions.names == ("label 0", "label 1", "label 2") and np.array_equal(regions.masks.numpy(), masks)
    assert read_mask(masks > 0, (W, H)).names == regions.names
    part = read_mask(masks[:2] * np.float32(0.5), (W, H))
    assert part.names == ("label 0", "label 1", "rest")
    assert part.notes == ("the mask: what no mask covers belongs to 'rest'",)
    assert part.shares()[0] == pytest.approx(regions.shares()[0] / 2, rel=1e-3)
    doubled = read_mask(np.concatenate([masks, masks]), (W, H))
    assert doubled.shares()[0] == pytest.approx(regions.shares()[0] / 2)
    halves = masks.astype(np.float16) * np.float16(0.999)
    assert read_mask(halves, (W, H)).names == regions.names


# Pillow and torch


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pillow_pictures_are_read_as_their_files(tmp_path, mode):
    labels = layout(2)
    if mode == "I;16":
        picture = Image.fromarray((labels * 65535).astype(np.uint16))
    else:
        picture = Image.fromarray((labels * 255).astype(np.uint8)).convert(mode)
    path = tmp_path / f"m.{'tif' if mode == 'CMYK' else 'png'}"
    picture.save(path)
    regions = read_mask(picture, (W, H))
    assert set(regions.names) == {"black", "white"}
    assert same(regions, read_mask(path, (W, H)))
    with Image.open(path) as again:
        assert same(read_mask(again, (W, H)), regions)


def test_the_palette_of_a_pillow_picture_is_kept(tmp_path):
    picture = Image.fromarray(layout(3).astype(np.uint8), "P")
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    picture.info["transparency"] = 1
    regions = read_mask(picture, (W, H))
    picture.save(tmp_path / "m.png", transparency=1)
    assert set(regions.names) == {"red", "blue", "rest"}
    assert same(regions, read_mask(tmp_path / "m.png", (W, H)))


def test_other_modes_and_orientations(tmp_path):
    red = Image.fromarray(np.array([(255, 0, 0), (0, 0, 255)], np.uint8)[layout(2)])
    assert set(read_mask(red.convert("HSV"), (W, H)).names) == {"red", "blue"}
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise for viewing
    red.save(tmp_path / "m.png", exif=exif)
    with Image.open(tmp_path / "m.png") as turned:
        assert same(read_mask(turned, (H, W)), read_mask(tmp_path / "m.png", (H, W)))
    deep = Image.fromarray((layout(2) * 65535).astype(np.int32))
    assert deep.mode == "I" and set(read_mask(deep, (W, H)).names) == {"black", "white"}
    with pytest.raises(MaskError, match="greys from 0 to 65535, got 0 to 70000; give class numbers as an array"):
        read_mask(Image.fromarray((layout(2) * 70000).astype(np.int32)), (W, H))
    with pytest.raises(MaskError, match="finite numbers, got NaN"):
        read_mask(Image.fromarray(np.full((H, W), np.nan, np.float32)), (W, H))


@pytest.mark.parametrize("kind", [torch.uint8, torch.int64, torch.bool, torch.float32, torch.float16, torch.bfloat16])
def test_tensors_are_read_as_arrays(kind):
    labels = torch.from_numpy(layout(2))
    regions = read_mask(labels.to(kind), (W, H))
    weights = kind.is_floating_point or kind == torch.bool
    inside = regions.masks[regions.index("region" if weights else "label 1")]
    assert torch.equal(inside, labels.float())


def test_tensors_may_have_gradients_and_live_elsewhere():
    logits = torch.rand(3, H, W, requires_grad=True)
    regions = read_mask(logits.softmax(0), (W, H))
    assert len(regions.names) == 3 and not regions.masks.requires_grad
    assert torch.allclose(regions.masks, logits.softmax(0).detach(), atol=1e-6)
    assert read_mask(torch.rand(1, 1, H, W, requires_grad=True), (W, H)).names == ("region", "rest")


# Names


def test_a_mapping_of_names_to_masks(tmp_path):
    ramp = np.linspace(0, 1, W, dtype=np.float32)[None].repeat(H, 0)
    Image.fromarray((layout(2) * 255).astype(np.uint8)).save(tmp_path / "hill.png")
    kinds = {
        "array": ramp * 0.5,
        "bool": layout(2) == 1,
        "flags": layout(2),
        "greys": (layout(2) * 200).astype(np.uint8),
        "tensor": torch.from_numpy(ramp).requires_grad_(),
        "pillow": Image.fromarray((layout(2) * 255).astype(np.uint8)),
        "ones": Image.fromarray(layout(2).astype(np.uint8)),
        "path": tmp_path / "hill.png",
        "text": str(tmp_path / "hill.png"),
        "bytes": (tmp_path / "hill.png").read_bytes(),
    }
    for name, mask in kinds.items():
        regions = read_mask({name: mask}, (W, H))
        assert regions.names == (name, "rest"), name
        expected = {"array": 0.25, "tensor": 0.5, "greys": layout(2).mean() * 200 / 255}.get(name, layout(2).mean())
        assert regions.shares()[0] == pytest.approx(expected, abs=0.003), name
    everything = read_mask(kinds, (W, H))
    assert set(everything.names) == {*kinds, "rest"}


def test_masks_of_a_mapping_share_where_they_overlap():
    left, all_of_it = np.zeros((H, W), bool), np.ones((H, W), bool)
    left[:, : W // 2] = True
    assert shares(read_mask({"left": left, "all": all_of_it}, (W, H))) == pytest.approx({"left": 0.25, "all": 0.75})
    assert shares(read_mask({"left": left, "rest": left}, (W, H))) == pytest.approx({"left": 0.25, "rest": 0.75})


def test_a_mask_that_marks_nothing_is_said():
    regions = read_mask({"sky": layout(2) == 1, "moon": np.zeros((H, W))}, (W, H), role="content mask")
    assert regions.names == ("sky", "rest")
    assert "the content mask of 'moon': marks nothing, so there is no region 'moon'" in regions.notes
    with pytest.raises(MaskError, match="the mask is 0 everywhere, so it marks no region"):
        read_mask({"moon": np.zeros((H, W))}, (W, H))
    with pytest.raises(MaskError, match="the mask is 0 everywhere, so it marks no region"):
        read_mask(np.zeros((H, W)), (W, H))


# Regions, bytes, open files


def test_regions_are_taken_as_they_are_and_brought_to_size():
    given = read_mask(layout(3), (W, H)).noted("by me")
    assert same(read_mask(given, (W, H)), given)
    half = read_mask(given, (W, H), size=(W // 2, H // 2))
    assert half.size == (W // 2, H // 2) and half.names == given.names
    large = read_mask(given, (2 * W, 2 * H), role="style mask")
    assert large.notes == ("by me", f"the style mask: resized from {W} x {H} to the photo's {2 * W} x {2 * H}")
    soft = Regions(("a", "b"), torch.full((2, H, W), 0.5), ((0, 0, 0), (9, 9, 9)))
    assert read_mask(soft, (W, H), hard=True).names == ("a",)
    with pytest.raises(MaskError, match="the mask is 120 x 90 but its photo is 90 x 120, another shape"):
        read_mask(given, (H, W))


def test_bytes_and_open_files(tmp_path):
    Image.fromarray(np.array([(255, 0, 0), (0, 0, 255)], np.uint8)[layout(2)]).save(tmp_path / "m.png")
    from_file = read_mask(tmp_path / "m.png", (W, H))
    data = (tmp_path / "m.png").read_bytes()
    for source in (data, bytearray(data), io.BytesIO(data)):
        assert same(read_mask(source, (W, H)), from_file)
    with open(tmp_path / "m.png", "rb") as file:
        assert same(read_mask(file, (W, H)), from_file)
    with pytest.raises(MaskError, match="cannot read the content mask: damaged PNG"):
        read_mask(data[:200], (W, H), role="content mask")
    with pytest.raises(MaskError, match="cannot read the mask: not a photo that can be read"):
        read_mask(b"no picture at all", (W, H))


# Two masks


def test_pairs_of_any_kinds_share_their_names(tmp_path):
    labels = layout(2)
    colours = np.array([(156, 47, 33), (40, 120, 95)], np.uint8)
    Image.fromarray(colours[labels]).save(tmp_path / "m.jpg", quality=90)
    content, style = read_mask_pair(colours[1 - labels], tmp_path / "m.jpg", (W, H), (W, H))
    assert set(content.names) == set(style.names)
    content, style = read_mask_pair(Image.fromarray(colours[labels]), colours[1 - labels], (W, H), (W, H))
    assert set(content.names) == set(style.names)
    greys = Image.fromarray(np.array([1, 2], np.uint8)[labels])
    content, style = read_mask_pair(labels + 1, greys, (W, H), (W, H))
    assert content.names == style.names == ("label 1", "label 2")
    content, style = read_mask_pair({"sky": labels == 1}, {"sky": labels == 0}, (W, H), (W, H))
    assert content.names == style.names == ("sky", "rest")
    black_and_white = (labels * 255).astype(np.uint8)
    content, style = read_mask_pair(labels == 1, black_and_white, (W, H), (W, H))
    assert set(content.names) == set(style.names) == {"region", "rest"}
    assert torch.equal(content.masks[content.index("region")], style.masks[style.index("region")])
    content, style = read_mask_pair(whole((H, W)), black_and_white, (W, H), (W, H))
    assert (content.names, set(style.names)) == (("all",), {"black", "white"})


def test_class_numbers_beside_colours_are_said():
    colours = np.array([(156, 47, 33), (40, 120, 95)], np.uint8)[layout(2)]
    content, style = read_mask_pair(layout(2), colours, (W, H), (W, H))
    assert content.names == ("label 0", "label 1") and set(style.names) == {"#9c2f21", "#28785f"}
    assert content.notes == ("one mask holds class numbers and the other colours, so no region has the same name in both",)


def test_errors_say_which_mask():
    with pytest.raises(MaskError, match="the style mask is 90 x 120 but its photo is 120 x 90"):
        read_mask_pair(layout(2), layout(2).T, (W, H), (W, H))


# What is no mask


@pytest.mark.parametrize(
    "source, text",
    [
        (np.zeros((3, H, W), np.uint8), r"got uint8 \(3, 90, 120\); for colours move the channels last, as numpy.moveaxis"),
        (np.zeros((5, H, W), np.int64), r"got int64 \(5, 90, 120\); for a stack of masks give bools or floats"),
        (np.zeros((H, W, 3), np.float32), r"got float32 \(90, 120, 3\); give colours as uint8"),
        (np.zeros((2, 3, H, W), np.float32), r"got float32 \(2, 3, 90, 120\); take one mask of one photo"),
        (np.zeros((0, W)), r"got float64 \(0, 120\)"),
        (np.full((H, W), "sky"), r"must be labels \(H, W\) of integers, .*; got <U3"),
        (np.full((H, W), np.nan), "the mask must hold finite numbers, got NaN or infinity; replace them first"),
        (np.full((H, W), np.inf), "the mask must hold finite numbers"),
        (np.full((H, W), 3.0), "weights from 0 to 1, got 3 to 3; give labels as integers"),
        (np.full((2, H, W), -0.5), "weights from 0 to 1, got -0.5 to -0.5; divide them first"),
        ({}, "the mask must name at least one region, got an empty mapping"),
        ({3: np.ones((H, W))}, "must have names of regions as its keys, got 3"),
        ({"sky": np.ones((2, H, W))}, r"the mask of 'sky' must be one plane \(H, W\)"),
        ({"sky": np.full((H, W), 300)}, "the mask of 'sky' must hold 0 and 1, or greys from 0 to 255, got 300 to 300"),
        ({"sky": np.full((H, W), np.nan)}, "the mask of 'sky' must hold finite numbers"),
        ({"sky": Image.new("RGB", (W, H), (255, 0, 0))}, "the mask of 'sky' is in colour"),
        ({"sky": 3}, "the mask of 'sky' must be a path, an array, a Pillow picture or a tensor; got int"),
        ({"sky": "nowhere.png"}, "there is no mask at nowhere.png"),
        ({"sky": np.ones((W, H))}, "the mask of 'sky' is 90 x 120 but its photo is 120 x 90"),
        (3, "the mask must be a path, an array, .*; got int"),
        ([[0, 1]], "the mask must be a path, an array, .*; got list"),
        (None, "the mask must be a path, an array, .*; got NoneType"),
        (io.StringIO("text"), "the mask must be a path, an array, .*; got StringIO"),
    ],
)
def test_what_is_no_mask_is_refused(source, text):
    with pytest.raises(MaskError, match=text) as caught:
        read_mask(source, (W, H))
    assert "\n" not in str(caught.value)
