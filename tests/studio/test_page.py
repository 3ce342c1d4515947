"""The page in a real browser: paint, pair, solve, slide, save, reload. Needs playwright and a chromium of the system."""

import time

import numpy as np
import pytest

from photostyle import read_photo
from tests.studio.browsing import NEEDS_CHROMIUM, browsing, codes, serving, wait
from tests.studio.conftest import png, sample

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def page(folder, studio_session):
    """The page of a studio with two photos."""
    with serving(folder, studio_session) as (address, _), browsing(address) as page:
        yield page


def open_both(page) -> None:
    page.get_by_label("Photo: day.png").click()
    page.wait_for_selector("#content-layers .row")
    page.get_by_label("Style: dusk.png").click()
    page.wait_for_selector("#style-layers .row")


def paint_upper_half(page, pane: str) -> None:
    """A new region over the upper half of a photo, by the polygon tool."""
    page.locator(f"#{pane}-layers button", has_text="New region").click()
    page.get_by_role("button", name="Polygon").click()
    box = page.evaluate(f"(() => {{ const p = studio.panes.{pane}.placed; return [p.left, p.top, p.scale]; }})()")
    left, top, scale = box
    canvas = page.locator(f"#{pane} canvas").bounding_box()
    for x, y in ((-1, -1), (97, -1), (97, 32), (-1, 32)):
        inside = min(max(left + x * scale, 1), canvas["width"] - 1), min(max(top + y * scale, 1), canvas["height"] - 1)
        page.mouse.click(canvas["x"] + inside[0], canvas["y"] + inside[1])
    page.keyboard.press("Enter")


def test_paint_pair_solve_slide_save(page):
    open_both(page)
    for pane in ("content", "style"):
        paint_upper_half(page, pane)
        share = page.evaluate(f"studio.layers.{pane}.shares()(1)")
        assert 0.45 < share < 0.55
    page.locator("#content-layers select", has_text="automatic").nth(1).select_option("region")
    page.locator("#fast").check()
    page.get_by_role("button", name="Solve").click()
    wait(page, "Boolean(studio.result.whole?.after)")
    assert page.evaluate("studio.solved.pairs.find((pair) => pair.content === 'region').style") == "region"

    full = after(page)
    page.locator("#amounts input[aria-label='Strength']").fill("0")
    wait(page, "!studio.result.asking && studio.amountsRecord().strength === 0")
    time.sleep(0.5)
    wait(page, "!studio.result.asking")
    none = after(page)
    assert np.abs(none - sample(0).mean((0, 1))).max() < 3
    assert np.abs(full - none).max() > 3

    page.locator("#amounts input[aria-label='Strength']").fill("1")
    page.locator("#save select").first.select_option("png")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save result").click()
    saved = read_photo(download.value.path())
    assert download.value.suggested_filename == "day-relit.png"
    assert np.abs(saved.pixels.mean((0, 1)) * 255 - full).max() < 2


def after(page) -> np.ndarray:
    """The mean colour (3,) of the picture that the page shows as the result."""
    return codes(page, "studio.result.after")[..., :3].mean((0, 1))


def test_strokes_are_undone_and_masks_survive_a_reload(page):
    open_both(page)
    page.locator("#content-layers button", has_text="New region").click()
    page.get_by_role("button", name="Brush").click()
    box = page.locator("#content canvas").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, y, steps=6)  # out of the pane
    page.mouse.up()
    share = page.evaluate("studio.layers.content.shares()(1)")
    assert share > 0.02
    page.keyboard.press("Control+z")
    assert page.evaluate("studio.layers.content.shares()(1)") == 0
    page.keyboard.press("Control+Shift+z")
    assert page.evaluate("studio.layers.content.shares()(1)") == share
    wait(page, "!studio.layers.content.changed")
    page.reload()
    wait(page, "Boolean(studio.layers.style?.labels)")
    assert page.evaluate("studio.layers.content.shares()(1)") == share


def test_a_locked_region_is_left_alone_and_the_eraser_gives_back(page):
    open_both(page)
    page.locator("#content-layers button", has_text="New region").click()
    page.get_by_role("button", name="Fill").click()
    page.locator("#content-layers [aria-label^='Lock']").first.click()
    page.locator("#content canvas").click()
    assert page.evaluate("studio.layers.content.shares()(1)") == 0
    page.locator("#content-layers [aria-label^='Lock']").first.click()
    page.locator("#content canvas").click()
    assert page.evaluate("studio.layers.content.shares()(1)") == 1
    page.get_by_role("button", name="Eraser").click()
    page.locator("#content canvas").click()
    assert 0 < page.evaluate("studio.layers.content.shares()(0)") < 0.5


def test_a_photo_is_chosen_from_a_file(page, tmp_path):
    path = tmp_path / "mine.png"
    path.write_bytes(png(sample(1, (64, 64))))
    page.locator("#open-style").click()
    page.locator("#file").set_input_files(path)
    page.wait_for_selector("#style-layers .row")
    assert "mine.png, 64 × 64" in page.locator("#style h2").text_content()


def test_a_failure_is_a_line(page, tmp_path):
    path = tmp_path / "mine.jpg"
    path.write_bytes(b"no photo")
    page.locator("#open-style").click()
    page.locator("#file").set_input_files(path)
    page.wait_for_selector("#message:not([hidden])")
    assert "mine.jpg" in page.locator("#message").text_content()
