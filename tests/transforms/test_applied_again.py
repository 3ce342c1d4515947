"""Control of a transfer, and the same photo again from its saved field."""

import numpy as np
import pytest
from PIL import Image

from photostyle import OptionError, Options, transfer
from photostyle.photo import resample
from photostyle.story import relight
from photostyle.transforms.field import load_field, save_field

QUICK = {"segmenter": "none", "size": 64, "steps": 3, "encoder": "compact", "device": "cpu"}
random = np.random.default_rng(0)
DAY = (0.3 + 0.4 * np.mgrid[0:50, 0:70][0][..., None] / 50 + random.normal(0, 0.03, (50, 70, 3))).clip(0, 1).astype(np.float32)
DUSK = (DAY[:40, :60] * np.array([1, 0.6, 0.4])).astype(np.float32)


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("masks"), {}
    for role, photo in (("content_mask", DAY), ("style_mask", DUSK)):
        mask = np.zeros(photo.shape, np.uint8)
        mask[: len(mask) // 2], mask[len(mask) // 2 :] = (255, 0, 0), (0, 0, 255)
        Image.fromarray(mask).save(folder / f"{role}.png")
        found[role] = folder / f"{role}.png"
    return found


@pytest.fixture(scope="module")
def solved(masks):
    return transfer(DAY, DUSK, **masks, **QUICK)


def test_a_saved_field_renders_the_same_photo(solved, tmp_path):
    save_field(solved.stored(), tmp_path / "f.safetensors")
    stored = load_field(tmp_path / "f.safetensors")
    assert np.abs(relight(DAY, stored, device="cpu")[0].pixels - solved.photo.pixels).max() < 1 / 255
    larger, notes = relight(resample(DAY, (140, 100)), stored, device="cpu")
    assert larger.size == (140, 100) and not notes
    assert "another shape" in " ".join(relight(resample(DAY, (70, 100)), stored, device="cpu")[1])


def test_render_gives_what_a_run_with_the_same_control_gives(solved, masks):
    control = {"strength": "0.8,red=0.4", "luma": 0.5, "chroma": {"blue": 1.5}}
    ran = transfer(DAY, DUSK, **masks, **QUICK, **control).photo.pixels
    rendered = relight(DAY, solved.stored(), device="cpu", **control)[0].pixels
    np.testing.assert_allclose(rendered, ran, atol=1e-5)


@pytest.mark.parametrize("nothing", [{"strength": 0}, {"luma": 0, "chroma": 0}, {"strength": "red=0,blue=0"}])
def test_nothing_asked_gives_the_very_pixels(solved, nothing):
    assert np.array_equal(relight(DAY, solved.stored(), device="cpu", **nothing)[0].pixels, DAY)


def test_the_pixel_solver_is_controlled_alike(masks):
    quick = QUICK | {"solver": "pixel", "steps": 3}
    pixels = transfer(DAY, DUSK, **masks, **quick, strength="red=0", hard_masks=True).photo.pixels
    assert np.abs(pixels[:25] - DAY[:25]).max() < 1e-6 < np.abs(pixels[25:] - DAY[25:]).max()
    with pytest.raises(OptionError, match="no field to save"):
        transfer(DAY, DUSK, **quick).stored()


def test_amounts_are_checked(solved):
    assert Options(strength="0.8").strength == 0.8
    assert Options(strength="0.8,sky=0.4").strength == {"*": 0.8, "sky": 0.4}
    for bad in ("much", "sky=", "=1", "0.5,0.6", "sky=2", True, {"sky": "x"}):
        with pytest.raises(OptionError, match="strength"):
            Options(strength=bad)
    with pytest.raises(OptionError, match="no region is called 'sky'; the regions are blue, red"):
        relight(DAY, solved.stored(), device="cpu", strength="sky=0.5")
