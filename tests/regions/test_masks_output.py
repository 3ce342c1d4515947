"""What `photostyle masks` writes, `read_mask` takes back, edited or not."""

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle.errors import MaskError
from photostyle.regions import Regions, read_mask, write_masks
from photostyle.regions.labels import COLOURS
from photostyle.regions.masks.overlay import overlay

W, H = 96, 64


@pytest.fixture
def regions():
    masks = torch.rand((3, H, W), generator=torch.Generator().manual_seed(0)).mul(0.2)
    masks[0, :25] += 1
    masks[1, 25:, :50] += 1
    masks[2, 25:, 50:] += 1
    return Regions(("sky", "water", "left/right"), masks / masks.sum(0), ((110, 180, 255), (20, 60, 190), (230, 200, 140)))


@pytest.fixture
def pixels():
    return np.random.default_rng(0).random((H, W, 3), np.float32)


def test_the_indexed_picture_and_the_folder_are_read_back(tmp_path, regions, pixels):
    written = write_masks(regions, pixels, tmp_path, "day")
    again = read_mask(written.picture, (W, H))
    assert set(again.names) == set(regions.names)
    assert (again.labels() == torch.tensor([again.names.index(n) for n in regions.names])[regions.labels()]).all()
    assert set(again.colours) == set(regions.colours)
    soft = read_mask(written.folder, (W, H))
    assert set(soft.names) == {"sky", "water", "left-right"}
    assert torch.allclose(soft.masks[soft.index("sky")], regions.masks[0], atol=0.005)
    assert soft.colours[soft.index("sky")] == (110, 180, 255)
    assert soft.notes == ()


@pytest.mark.parametrize("name", ["renamed.png", "renamed.jpg"])
def test_classes_keep_their_names_without_the_json(tmp_path, pixels, name):
    """The picture saved elsewhere, or in another format, is known by the swatches of its classes."""
    bands = torch.zeros(3, H, W)
    bands[0, :20], bands[1, 20:40], bands[2, 40:] = 1, 1, 1
    classes = ("sky", "water", "grass")
    written = write_masks(Regions(classes, bands, tuple(COLOURS[c] for c in classes)), pixels, tmp_path, "day")
    Image.open(written.picture).convert("RGB").save(tmp_path / name, quality=90)
    assert set(read_mask(tmp_path / name, (W, H)).names) == set(classes)


def test_an_editor_may_add_a_colour(tmp_path, regions, pixels):
    written = write_masks(regions, pixels, tmp_path, "day")
    with Image.open(written.picture) as picture:
        edited = np.array(picture.convert("RGB"))
    edited[30:50, 10:40] = (255, 0, 0)
    Image.fromarray(edited).save(written.picture)
    assert set(read_mask(written.picture, (W, H)).names) == {*regions.names, "red"}


def test_a_larger_photo_gets_masks_of_its_own_size(tmp_path, regions):
    large = np.full((3 * H, 3 * W, 3), 0.5, np.float32)
    written = write_masks(regions, large, tmp_path, "day")
    with Image.open(written.picture) as picture, Image.open(written.folder / "sky.png") as soft:
        assert (picture.size, picture.mode, soft.size, soft.mode) == ((3 * W, 3 * H), "P", (3 * W, 3 * H), "L")


def test_edited_masks_are_not_written_over(tmp_path, regions, pixels):
    write_masks(regions, pixels, tmp_path, "day")
    with pytest.raises(MaskError, match="day.png is there already; ask for overwrite"):
        write_masks(regions, pixels, tmp_path, "day")
    write_masks(regions.merged({"sky": "water"}), pixels, tmp_path, "day", overwrite=True)
    assert {path.name for path in (tmp_path / "day").iterdir()} == {"water.png", "left-right.png"}


def test_the_overlay_shows_white_where_the_photo_is_hidden(regions):
    visible = torch.zeros(H, W)
    visible[:, 40:] = 1
    shown = []
    for hidden in (0.0, 1.0):
        pixels = np.full((H, W, 3), 0.5, np.float32)
        pixels[:, :40] = hidden
        shown.append(np.asarray(overlay(regions.seen(visible), pixels)))
    assert (shown[0] == shown[1]).all() and (shown[0][:H, :40] == 255).all() and (shown[0][5:20, 45:W] < 255).any()
