"""Colours and regions that a transform was not found on: held back, without steps, and said."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from photostyle import Amounts, load_transform
from photostyle.colour import luminance
from photostyle.errors import FileError
from photostyle.prepared import planes, prepare_whole
from photostyle.regions import Regions
from photostyle.transforms import Provenance, SharedTransform
from photostyle.transforms.field import BilateralField, rendering
from photostyle.transforms.field.beyond import beyond
from photostyle.transforms.field.rendering import render, render_into
from photostyle.transforms.field.sample import ColourSample

YELLOW_MADE_GREY = torch.tensor([[-0.2, 0.0, 0.0, 0.0], [0.0, -0.1, 0.0, 0.0], [0.9, 0.3, -1.0, -0.4]])


def yellow(seed=0, size=(60, 80)):
    """A photo of yellow petals, from dark to bright."""
    random = np.random.default_rng(seed)
    light = np.linspace(0.3, 0.95, size[1])[None, :, None] * np.ones((size[0], 1, 1))
    return (light * (1.0, 0.8, 0.1) + random.normal(0, 0.01, (*size, 3))).clip(0, 1).astype(np.float32)


def flat(colour, size=(60, 80)):
    return np.broadcast_to(np.float32(colour), (*size, 3)).copy()


def anchored(pixels, table=YELLOW_MADE_GREY, members=()):
    """A transform of one region that was found on a photo."""
    rows = table.expand(2, 4, 1, 1, 3, 4).clone()
    sample = ColourSample.of(planes(pixels), torch.ones(1, *pixels.shape[:2]))
    return SharedTransform(rows, ("all",), Provenance("test"), sample, members)


def test_the_photo_that_it_was_found_on_is_as_it_was_to_the_bit():
    own = prepare_whole(yellow())
    transform = anchored(yellow(), members=(own.identity.digest,))
    plain = replace(transform, sample=None).apply(own)
    applied = transform.apply(own)
    assert np.array_equal(applied.photo.pixels, plain.photo.pixels) and applied.notes == plain.notes


def test_a_photo_like_it_is_hardly_another():
    like = prepare_whole(yellow(seed=1))
    transform = anchored(yellow())
    plain = replace(transform, sample=None).apply(like)
    applied = transform.apply(like)
    assert np.abs(applied.photo.pixels - plain.photo.pixels).max() < 1 / 255
    assert applied.notes == plain.notes


@pytest.mark.parametrize("colour", [(0.3, 0.5, 0.9), (0.1, 0.5, 0.6), (0.9, 0.9, 0.95), (0.7, 0.1, 0.6)])
def test_colours_far_from_the_sample_are_left_alone_and_said(colour):
    other = prepare_whole(flat(colour))
    transform = anchored(yellow())
    assert np.abs(replace(transform, sample=None).apply(other).photo.pixels - other.photo.pixels).max() > 0.1
    applied = transform.apply(other)
    assert np.abs(applied.photo.pixels - other.photo.pixels).max() < 1e-6
    assert "100% of the photo has colours that the set's sample does not hold; held back there" in applied.notes


def test_the_share_is_that_of_the_photo():
    pixels = yellow()
    pixels[:15] = (0.2, 0.4, 0.9)
    applied = anchored(yellow()).apply(prepare_whole(pixels))
    assert any(note.startswith("25% of the photo has colours") for note in applied.notes)
    assert np.abs(applied.photo.pixels[:15] - pixels[:15]).max() < 1e-3
    assert np.abs(applied.photo.pixels[30:] - pixels[30:]).mean() > 0.05


@pytest.mark.parametrize("light", [-0.6, -0.3, 0.3, 0.5])
def test_light_keeps_its_order_on_the_way_out_of_the_sample(light):
    """The sample holds greys from 0.3 to 0.7, which are made darker, or brighter towards white."""
    ramp = torch.linspace(0, 1, 4001).expand(3, 1, -1)
    table = torch.zeros(3, 4)
    if light < 0:
        table[:, :3] = light / 3
    else:
        table[:, :3] = -light / 3
        table[:, 3] = light
    field = BilateralField(table.expand(1, 4, 1, 1, 3, 4), ("all",))
    middle = ramp[..., 1200:2800]
    sample = ColourSample.of(middle, torch.ones_like(middle[:1]))
    made = torch.empty_like(ramp)
    render_into(made, ramp, torch.ones(1, 1, 4001), field, beyond=beyond(field, sample).of_rows([0]))
    steps = luminance(made).diff()
    assert float((luminance(made).cummax(-1).values - luminance(made)).max()) < 2 / 255  # where the limits set in
    assert float(steps.max()) < 4 / 4000
    torch.testing.assert_close(made[..., 1300:2700], render(ramp, torch.ones(1, 1, 4001), field)[..., 1300:2700])


def test_there_are_no_steps_between_what_is_known_and_what_is_not():
    ends = torch.tensor([[0.8, 0.6, 0.1], [0.2, 0.4, 0.9]])
    way = torch.linspace(0, 1, 4001)[:, None]
    ramp = (ends[0] + way * (ends[1] - ends[0])).T[:, None].contiguous()
    transform = anchored(yellow())
    field = BilateralField(transform.table[:1], ("all",))
    made = torch.empty_like(ramp)
    render_into(made, ramp, torch.ones(1, 1, 4001), field, beyond=transform._elsewhere.of_rows([0]))
    assert float(made.diff().abs().max()) < 12 * float(ramp.diff().abs().max())
    torch.testing.assert_close(made[..., -400:], ramp[..., -400:], atol=1e-6, rtol=0)


def test_amounts_hold_for_what_is_done_beyond():
    other = prepare_whole(flat((0.75, 0.66, 0.35)))
    transform = anchored(yellow())
    full = transform.apply(other).photo.pixels - other.photo.pixels
    half = transform.apply(other, Amounts(0.5)).photo.pixels - other.photo.pixels
    light = transform.apply(other, Amounts(chroma=0.0)).photo.pixels - other.photo.pixels
    assert 0.01 < np.abs(full).max()
    assert np.allclose(half, full / 2, atol=1e-4) and np.ptp(light[0, 0]) < 1e-4


def test_a_region_that_the_sample_lacks_takes_what_the_others_do_with_its_colours():
    content = prepare_whole(yellow())
    masks = torch.zeros(2, *content.regions.masks.shape[1:])
    masks[0, :30] = 1
    masks[1, 30:] = 1
    halves = replace(content, regions=Regions(("all", "dog"), masks, ((0, 0, 0), (9, 9, 9))))
    transform = anchored(yellow())
    whole = transform.apply(content).photo.pixels
    applied = transform.apply(halves)
    assert "dog: not in the set's sample; takes what the sample's regions do with its colours" in applied.notes
    assert np.abs(applied.photo.pixels - whole).max() < 0.1
    blue = replace(prepare_whole(flat((0.2, 0.4, 0.9))), regions=halves.regions)
    assert np.array_equal(transform.apply(blue).photo.pixels, blue.photo.pixels)


def test_a_preview_is_held_back_as_the_photo_is():
    pixels = yellow()
    pixels[:15] = (0.2, 0.4, 0.9)
    transform = anchored(yellow())
    applied = transform.apply(prepare_whole(pixels)).photo.pixels
    assert np.abs(transform.preview(prepare_whole(pixels))() / 255 - applied).max() < 0.01


def test_a_file_holds_the_sample_and_one_without_holds_nothing_back(tmp_path):
    transform = anchored(yellow(), members=("abc",))
    transform.save(tmp_path / "new.safetensors")
    loaded = load_transform(tmp_path / "new.safetensors")
    assert torch.equal(loaded.sample.held, transform.sample.held) and loaded.members == ("abc",)
    assert (tmp_path / "new.safetensors").stat().st_size < 10_000
    replace(transform, sample=None).save(tmp_path / "old.safetensors")
    assert load_transform(tmp_path / "old.safetensors").sample is None


@pytest.mark.parametrize("bytes_", [b"", b"no zlib", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_broken_sample_is_one_line(tmp_path, bytes_):
    transform = anchored(yellow())
    stored = transform.stored()
    broken = replace(stored, tensors={**stored.tensors, "sample": torch.tensor(list(bytes_), dtype=torch.uint8)})
    with pytest.raises(ValueError, match="its sample of colours is broken"):
        SharedTransform.restored(broken)


def test_a_broken_sample_in_a_file_is_a_file_error(tmp_path, monkeypatch):
    monkeypatch.setattr(ColourSample, "packed", lambda self: torch.zeros(4, dtype=torch.uint8))
    anchored(yellow()).save(tmp_path / "t.safetensors")
    with pytest.raises(FileError, match="is no transform of photostyle .*sample of colours"):
        load_transform(tmp_path / "t.safetensors")


@pytest.mark.parametrize("nodes", [1, 2])
def test_the_compiled_loops_say_what_torch_says(monkeypatch, nodes):
    pytest.importorskip("numba")
    random = torch.Generator().manual_seed(2)
    pixels = (1.2 * torch.rand(40, 50, 3, generator=random) - 0.1).permute(2, 0, 1)
    masks = torch.rand(2, 40, 50, generator=random)
    masks = masks / masks.sum(0)
    field = BilateralField(0.2 * torch.randn(2, 4, 1, 1, 3, 4, generator=random), ("a", "b"))
    elsewhere = beyond(field, ColourSample.of(pixels[:, :8].clamp(0.2, 0.6), masks[:, :8])).of_rows([0, 2])
    field = BilateralField(field.table.repeat(1, 1, nodes, nodes, 1, 1), field.names)  # one across the photo has loops of its own
    made = []
    for fast in (False, True):
        monkeypatch.setattr(rendering, "compiling_pays", lambda pixels, fast=fast: fast)
        out = torch.empty_like(pixels)
        render_into(out, pixels, masks, field, beyond=elsewhere)
        made.append(out)
    torch.testing.assert_close(made[0], made[1], atol=1e-5, rtol=0)


def test_a_transform_of_one_photo_that_is_forced_on_another_is_held_back(transform_for, a_photo, prepared_halves):
    own = prepared_halves(yellow(size=(150, 210)))
    plain = transform_for("field", own)
    transform = replace(plain, sample=ColourSample.of(planes(own.photo.pixels), own.regions.masks))
    assert np.array_equal(transform.apply(own).photo.pixels, plain.apply(own).photo.pixels)
    other = prepare_whole(flat((0.2, 0.4, 0.9), (150, 210)))
    assert np.abs(plain.apply(other, force=True).photo.pixels - other.photo.pixels).max() > 0.05
    applied = transform.apply(other, force=True)
    assert np.abs(applied.photo.pixels - other.photo.pixels).max() < 1e-6
    assert "100% of the photo has colours that the photo of the transform does not hold; held back there" in applied.notes


def test_hidden_colours_are_neither_held_nor_counted():
    pixels = torch.full((3, 8, 8), 0.2)
    pixels[:, 4:] = 0.8
    visible = torch.ones(8, 8)
    visible[4:] = 0
    sample = ColourSample.of(pixels, torch.ones(1, 8, 8), visible)
    assert sample.held.nonzero().tolist() == [[0, 6, 6, 6]]
    elsewhere = beyond(BilateralField(torch.zeros(1, 2, 1, 1, 3, 4), ("all",)), sample).of_rows([0])
    assert elsewhere.share_outside(pixels, torch.ones(1, 8, 8), torch.ones(8, 8)) == pytest.approx(0.5, abs=1e-3)
    assert elsewhere.share_outside(pixels, torch.ones(1, 8, 8), visible) == 0


def test_a_region_without_pixels_changes_nothing():
    masks = torch.stack([torch.ones(6, 6), torch.zeros(6, 6)])
    field = BilateralField(torch.ones(2, 2, 1, 1, 3, 4), ("a", "b"))
    elsewhere = beyond(field, ColourSample.of(torch.full((3, 6, 6), 0.5), masks)).of_rows([1])
    assert bool((elsewhere.grid[..., 0] == 1).all()) and float(elsewhere.grid[..., 1:].abs().max()) == 0


def sample_of(colour, few=None):
    """A sample of a colour and its neighbours, with a few pixels of another."""
    pixels = planes(yellow()) * 0 + torch.tensor(colour).reshape(3, 1, 1)
    pixels = pixels + torch.linspace(-0.05, 0.05, 80)
    if few is not None:
        pixels[:, 0, :3] = torch.tensor(few)[:, None]
    return pixels


def test_a_night_under_the_few_dark_pixels_of_a_day_does_not_go_black():
    day = sample_of((0.8, 0.8, 0.8), few=(0.3, 0.3, 0.3))
    darker = torch.cat([torch.eye(3) * 0, torch.full((3, 1), -0.5)], 1)  # 0.3 goes to black
    transform = anchored(day.permute(1, 2, 0).numpy(), darker)
    applied = transform.apply(prepare_whole(flat((0.3, 0.28, 0.26))))
    assert applied.clipped.shadows == 0 and float(applied.photo.pixels.min()) > 0.08
    assert any("held back there" in note for note in applied.notes)
    plain = replace(transform, sample=None).apply(prepare_whole(flat((0.3, 0.28, 0.26))))
    assert plain.clipped.shadows == 1


def test_a_photo_of_which_far_more_goes_to_black_than_of_the_sample_is_held_back():
    pixels = sample_of((0.7, 0.7, 0.7))
    pixels[:, :6] = 0.2  # a tenth
    darker = torch.cat([torch.eye(3) * 0, torch.full((3, 1), -0.25)], 1)
    transform = anchored(pixels.permute(1, 2, 0).numpy(), darker)
    half_dark = pixels.clone()
    half_dark[:, :8] = 0.2
    dark = torch.full_like(pixels, 0.2)
    alike = transform.apply(prepare_whole(half_dark.permute(1, 2, 0).contiguous().numpy()))
    plain = replace(transform, sample=None).apply(prepare_whole(half_dark.permute(1, 2, 0).contiguous().numpy()))
    assert np.abs(alike.photo.pixels - plain.photo.pixels).mean() < 2e-3
    applied = transform.apply(prepare_whole(dark.permute(1, 2, 0).contiguous().numpy()))
    assert applied.clipped.shadows == 0 and float(applied.photo.pixels.min()) > 0.06


def test_brown_does_not_become_violet_by_three_pixels_of_brown():
    sample = sample_of((0.3, 0.5, 0.3), few=(0.4, 0.3, 0.2))
    more_blue = torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [4.0, -4.0, 0.0, 0.8]]) * 0.7
    transform = anchored(sample.permute(1, 2, 0).numpy(), more_blue)
    brown = prepare_whole(flat((0.4, 0.3, 0.2)))
    plain = replace(transform, sample=None).apply(brown).photo.pixels
    applied = transform.apply(brown).photo.pixels
    assert plain[..., 2].mean() > 0.9 and applied[..., 2].mean() < 0.55
