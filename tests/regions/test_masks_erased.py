"""Masks of ours as people change them: erased in part, saved as greys; and the palettes of data sets."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle.errors import MaskError
from photostyle.regions import Regions, merge_small, read_mask, read_mask_pair, write_masks
from photostyle.regions.labels import COLOURS
from photostyle.regions.masks import voc

W, H = 120, 90
SIZE = (W, H)
NAMES = ("sky", "water", "grass", "road_pavement")


def rows_of(names=NAMES):
    """(H, W) places of names in rows."""
    return np.arange(H)[:, None].repeat(W, 1) * len(names) // H


@pytest.fixture
def ours(tmp_path):
    """A mask picture that `write_masks` wrote, and its JSON beside it."""
    labels = torch.from_numpy(rows_of())
    masks = torch.stack([(labels == place).float() for place in range(len(NAMES))])
    regions = Regions(NAMES, masks, tuple(COLOURS[name] for name in NAMES))
    return write_masks(regions, np.full((H, W, 3), 0.5, np.float32), tmp_path, "m", overwrite=True).picture


def names_of(regions):
    return np.array(regions.names)[regions.labels().numpy()]


def erase(path, rows, how):
    """Erase some rows of a mask, as editors do."""
    picture = Image.open(path).convert("RGBA")
    pixels = np.array(picture)
    pixels[rows] = {"transparent": (90, 0, 200, 0), "black": (0, 0, 0, 255), "white": (255, 255, 255, 255)}[how]
    made = Image.fromarray(pixels)
    if how != "transparent":
        made = made.convert("RGB")
    made.save(path)


@pytest.mark.parametrize("how", ["transparent", "black", "white"])
@pytest.mark.parametrize("with_json", [True, False])
def test_a_small_erased_part_is_filled_from_around(ours, how, with_json):
    erase(ours, np.s_[30:38, 20:60], how)
    if not with_json:
        ours.with_suffix(".json").unlink()
    regions = read_mask(ours, SIZE)
    assert set(regions.names) == set(NAMES)
    assert np.array_equal(names_of(regions), np.array(NAMES)[rows_of()])
    assert regions.notes == (f"m.png: 3.0% is erased ({how}); filled from the regions around it",)


@pytest.mark.parametrize("how", ["transparent", "black"])
def test_a_large_erased_part_is_left_alone(ours, how):
    erase(ours, np.s_[:45], how)
    regions = read_mask(ours, SIZE)
    assert set(regions.names) == {"grass", "road_pavement", "erased"}
    assert (names_of(regions)[:45] == "erased").all()
    assert regions.notes == (f"m.png: 50.0% is erased ({how}); left alone, as the region 'erased': it keeps its light",)
    content, style = read_mask_pair(ours, ours, SIZE, SIZE)
    assert content.names == style.names == regions.names


def test_a_mask_erased_wholly_is_refused(ours):
    erase(ours, np.s_[:], "black")
    with pytest.raises(MaskError, match="is all erased"):
        read_mask(ours, SIZE)


def test_black_is_a_region_where_it_is_painted_as_one(tmp_path):
    colours = np.array([(0, 0, 0), (255, 0, 0), (255, 255, 255)], np.uint8)
    Image.fromarray(colours[rows_of("abc")]).save(tmp_path / "m.png")
    assert set(read_mask(tmp_path / "m.png", SIZE).names) == {"black", "red", "white"}
    (tmp_path / "m.json").write_text('{"boat": [255, 0, 0]}')  # of a person's own, who named one of three
    assert set(read_mask(tmp_path / "m.png", SIZE).names) == {"black", "boat", "white"}


def grey_of(colour, formula):
    red, green, blue = colour
    if formula == "709":
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    if formula == "lightness":
        return (max(colour) + min(colour)) / 2
    if formula == "mean":
        return sum(colour) / 3
    return 0.299 * red + 0.587 * green + 0.114 * blue


@pytest.mark.parametrize("formula", ["601", "709", "lightness", "mean", "place", "place from 1", "spread", "steps", "curve"])
@pytest.mark.parametrize("mode", ["L", "RGB", "JPEG"])
def test_a_grey_export_keeps_its_names(ours, formula, mode):
    by_place = {"place": range(4), "place from 1": range(1, 5), "spread": (0, 85, 170, 255), "steps": (20, 60, 100, 140)}
    greys = by_place.get(formula)
    if greys is None:
        greys = [grey_of(COLOURS[name], formula) for name in NAMES]
    if formula == "curve":
        greys = [255 * (grey / 255) ** 0.6 for grey in greys]
    if mode == "JPEG" and formula.startswith("place"):
        pytest.skip("greys a level apart do not outlast JPEG")
    picture = Image.fromarray(np.array(greys).round().astype(np.uint8)[rows_of()])
    if mode == "JPEG":
        picture.save(ours.with_suffix(".jpg"), quality=85)
        ours = ours.with_suffix(".jpg")
    else:
        picture.convert(mode).save(ours)
    regions = read_mask(ours, SIZE)
    assert set(regions.names) == set(NAMES)
    assert (names_of(regions) == np.array(NAMES)[rows_of()]).mean() > 0.97
    assert regions.colours[regions.index("sky")] == COLOURS["sky"]


@pytest.mark.parametrize(
    "greys",
    [(173, 181), (147, 156), (120, 150), (0, 255), (0, 1)],
    ids=["CIE L*", "dot gain", "the green channel", "spread", "place"],
)
def test_a_grey_export_of_two_names_of_one_brightness(tmp_path, greys):
    names = ("person", "animal")  # by Rec. 601 the animal is darker, by a level
    record = [{"name": name, "colour": COLOURS[name]} for name in names]
    (tmp_path / "m.json").write_text(json.dumps({"regions": record}))
    upper = np.arange(H)[:, None] < 30
    Image.fromarray(np.where(upper, *greys).astype(np.uint8).repeat(W, 1)).save(tmp_path / "m.png")
    regions = read_mask(tmp_path / "m.png", SIZE)
    assert set(regions.names) == set(names) and regions.notes == ()
    assert (names_of(regions)[:30] == names[0]).all()


def test_a_grey_export_pairs_with_the_coloured_mask(ours, tmp_path):
    Image.open(ours).convert("L").save(tmp_path / "grey.png")
    (tmp_path / "grey.json").write_bytes(ours.with_suffix(".json").read_bytes())
    content, style = read_mask_pair(ours, tmp_path / "grey.png", SIZE, SIZE)
    assert set(content.names) == set(style.names) == set(NAMES)


def test_the_palette_of_voc_names_its_classes(tmp_path):
    labels = np.zeros((H, W), np.uint8)
    labels[30:60, 30:90] = 15
    labels[30:60, 28:30] = 255
    labels[70:, :50] = 12
    picture = Image.fromarray(labels, "P")
    picture.putpalette([level for index in range(256) for level in voc.colour_of(index)])
    picture.save(tmp_path / "m.png")
    picture.convert("RGB").save(tmp_path / "rgb.png")
    for name in ("m.png", "rgb.png"):
        regions = read_mask(tmp_path / name, SIZE)
        assert set(regions.names) == {"background", "person", "dog"}
        assert regions.notes == (f"{name}: 0.6% is erased (void); filled from the regions around it",)
    (tmp_path / "class_names.txt").write_text("_background_\n" + "\n".join(f"class {number}" for number in range(1, 21)))
    assert set(read_mask(tmp_path / "m.png", SIZE).names) >= {"rest", "class 15", "class 12"}


@pytest.mark.parametrize(
    "name, text",
    [
        ("labelmap.txt", "# label:color_rgb:parts:actions\nsky:0,0,128::\nsea:0,128,0::\n"),
        ("_classes.csv", "Pixel Value, Class\n1, sky\n2, sea\n"),
    ],
)
def test_lists_of_classes_name_colours(tmp_path, name, text):
    (tmp_path / "masks").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    labels = rows_of("ab")
    if name == "labelmap.txt":
        Image.fromarray(np.array([(0, 0, 128), (0, 128, 0)], np.uint8)[labels]).save(tmp_path / "masks/m.png")
    else:
        Image.fromarray((labels + 1).astype(np.uint8)).save(tmp_path / "masks/m.png")
    regions = read_mask(tmp_path / "masks/m.png", SIZE)
    assert set(regions.names) == {"sky", "sea"} and regions.notes == ()


def test_numbers_without_a_name_are_void_where_others_have_one(tmp_path):
    labels = np.array([0, 1], np.uint8)[rows_of("ab")]
    labels[40:50, 60:70] = 255
    Image.fromarray(labels).save(tmp_path / "m.png")
    (tmp_path / "m.json").write_text(json.dumps({"0": "sky", "1": "sea"}))
    regions = read_mask(tmp_path / "m.png", SIZE)
    assert set(regions.names) == {"sky", "sea"} and "0.9% is erased (label 255); filled" in regions.notes[0]
    assert np.array_equal(names_of(regions), np.array(["sky", "sea"])[rows_of("ab")])


def test_a_thin_region_of_ours_is_no_border(ours):
    pixels = np.array(Image.open(ours).convert("RGB"))
    between = [(a + b) // 2 for a, b in zip(COLOURS["sky"], COLOURS["water"], strict=True)]
    record = json.loads(ours.with_suffix(".json").read_text())
    record["regions"].append({"name": "horizon", "colour": between})
    ours.with_suffix(".json").write_text(json.dumps(record))
    pixels[22:24] = between
    Image.fromarray(pixels).save(ours)
    assert set(read_mask(ours, SIZE).names) == {*NAMES, "horizon"}


def test_small_regions_join_a_neighbour():
    masks = torch.zeros(3, 100, 10)
    masks[0, :60] = 1
    masks[1, 60:64] = 1
    masks[2, 64:] = 1
    regions = Regions(("sky", "grass", "vegetation"), masks, ((0, 0, 0),) * 3)
    assert merge_small(regions, 0.05).names == ("sky", "vegetation")
    assert merge_small(regions, 0.04).names == regions.names
    assert len(merge_small(regions, 0.5).names) == 1 or min(merge_small(regions, 0.5).shares()) >= 0.5
    soft = torch.tensor([0.5, 0.3, 0.2])[:, None, None].expand(3, 10, 10)
    assert merge_small(Regions(("sky", "grass", "water"), soft, ((0, 0, 0),) * 3), 0.1).names == ("sky",)


def test_a_layer_of_little_opacity_is_not_erased(ours):
    layer = Image.open(ours).convert("RGBA")
    layer.putalpha(77)
    layer.save(ours)
    regions = read_mask(ours, SIZE)
    assert set(regions.names) == {*NAMES, "rest"} and regions.shares()[-1] == pytest.approx(1 - 77 / 255, abs=1e-3)


def test_what_has_no_number_is_said_to_be_white(ours):
    numbers = rows_of()
    numbers[40:50] = 255
    Image.fromarray(numbers.astype(np.uint8)).save(ours)
    assert read_mask(ours, SIZE).notes == ("m.png: 11.1% is erased (white); filled from the regions around it",)
