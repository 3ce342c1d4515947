"""Laws of strength, luma and chroma, and of the field's file."""

import pytest
import torch

from photostyle.colour import LUMA
from photostyle.errors import OptionError
from photostyle.transforms.field import BilateralField, Facts, StoredField, controlled, load_field, render, save_field

NAMES = ("sky", "sea")


def scene():
    random = torch.Generator().manual_seed(0)
    masks = torch.rand(2, 12, 9, generator=random)
    table = 0.05 * torch.randn(2, 4, 3, 2, 3, 4, generator=random)
    return 0.4 + 0.2 * torch.rand(3, 12, 9, generator=random), masks / masks.sum(0), BilateralField(table, NAMES)


def luma(pixels):
    return torch.einsum("c,chw->hw", torch.tensor(LUMA), pixels)


def test_luma_and_chroma_part_the_change():
    pixels, masks, field = scene()
    change = lambda s, l, c: render(pixels, masks, controlled(field, [s] * 2, [l] * 2, [c] * 2)) - pixels
    assert luma(change(1, 0, 1)).abs().max() < 1e-5  # colour only
    light = change(1, 1, 0)
    assert (light - light[:1]).abs().max() < 1e-5  # light only: the same for red, green and blue
    torch.testing.assert_close(change(1, 0, 1) + light, change(1, 1, 1), atol=1e-5, rtol=0)
    torch.testing.assert_close(change(0.5, 1, 1), 0.5 * change(1, 1, 1), atol=1e-5, rtol=0)
    assert controlled(field, [1] * 2, [1] * 2, [1] * 2) is field


def test_a_region_at_zero_keeps_its_very_pixels():
    pixels, masks, field = scene()
    masks = torch.stack([torch.ones(12, 9), torch.zeros(12, 9)])
    assert torch.equal(render(pixels, masks, controlled(field, [0, 1], [1, 1], [1, 1])), pixels)


def stored():
    _, masks, field = scene()
    pairs = tuple({"content": name, "style": name, "how": "same name"} for name in NAMES)
    return StoredField(field, masks, Facts(((0, 0, 255), (0, 255, 255)), pairs, "dusk.png", "compact", (90, 120)))


def test_a_field_comes_back_from_its_file(tmp_path):
    save_field(stored(), tmp_path / "f.safetensors")
    back = load_field(tmp_path / "f.safetensors")
    assert torch.equal(back.field.table, stored().field.table) and back.field.names == NAMES
    assert (back.masks - stored().masks).abs().max() < 1 / 255 and back.facts == stored().facts
    torch.testing.assert_close(back.masks.sum(0), torch.ones(12, 9))


@pytest.mark.parametrize("change", ["missing", "text", "cut", "newer", "older"])
def test_what_is_no_field_is_one_clear_line(tmp_path, change, monkeypatch):
    path = tmp_path / "f.safetensors"
    if change in ("newer", "older"):
        monkeypatch.setattr("photostyle.transforms.field.storage.VERSION", {"newer": 99, "older": 1}[change])
    if change != "missing":
        save_field(stored(), path)
    monkeypatch.undo()
    if change == "text":
        path.write_text("no field")
    if change == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(OptionError, match={"newer": "newer than", "older": "make it again"}.get(change, "field")) as told:
        load_field(path)
    assert "\n" not in str(told.value)
