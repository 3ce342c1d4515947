"""The page in a real browser: results that are kept and compared, trained networks without a style, skin, the batch's command."""

import shlex

import numpy as np
import pytest

from photostyle import read_photo
from tests.studio.browsing import NEEDS_CHROMIUM, browsing, codes, serving, wait
from tests.studio.conftest import png, sample
from tests.studio.test_networks import save_network
from tests.studio.test_page_work import kept, open_both, put_masks, solve

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def page(folder, studio_session, tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    save_network(folder / "dots.safetensors")
    with serving(folder, studio_session) as (address, _), browsing(address) as page:
        yield page


@pytest.fixture
def pair(page):
    put_masks(page)
    open_both(page)
    return page


def slide(page, name: str, value: float) -> None:
    page.locator(f"#amounts input[aria-label='{name}']").fill(str(value))
    wait(page, "!studio.result.asking && !studio.result.again")


def press(page, name: str) -> None:
    page.locator("#viewing").get_by_role("button", name=name, exact=True).click()


def view(page, place: int) -> np.ndarray:
    """What is drawn of one of the views, all of the photo: (h, w, 3)."""
    wait(page, "studio.result.renderings.every(({ whole }) => whole) && !studio.result.asking && !studio.result.waiting")
    part = page.evaluate(
        f"""(() => {{
          const {{ grid: {{ columns }}, box, placed, size }} = studio.result;
          const left = ({place} % columns) * box.width + placed.left;
          const top = Math.floor({place} / columns) * box.height + placed.top;
          return [left, top, size.width * placed.scale, size.height * placed.scale];
        }})()"""
    )
    left, top, width, height = (round(each) for each in part)
    shown = codes(page, "createImageBitmap(studio.result.canvas)")[..., :3].astype(int)
    return shown[
        top + height // 5 : top + height - height // 20, left + width // 20 : left + width - width // 20
    ]  # but for its name


def test_results_are_kept_and_compared(pair):
    page = pair
    solve(page)
    assert page.locator("#viewing button", has_text="All").count() == 0
    page.get_by_role("button", name="Keep this result").click()
    slide(page, "Strength", 0)  # the present result is the photo itself from now on
    press(page, "All")
    assert page.evaluate("studio.result.views.map(({ name }) => name)") == ["Photo", "field 1", "Result"]
    photo, first, now = (view(page, place) for place in range(3))
    assert np.abs(first - photo).mean() > 5
    assert np.abs(now - photo).mean() < 1
    press(page, "Side by side")
    page.locator("#viewing select").select_option("0")
    before, after = view(page, 0), view(page, 1)
    assert np.abs(before.mean((0, 1)) - first.mean((0, 1))).max() < 2
    assert np.abs(after.mean((0, 1)) - photo.mean((0, 1))).max() < 2
    page.locator("#kept input").fill("full")
    page.locator("#kept input").press("Enter")
    assert [each["name"] for each in kept(page)["kept"]] == ["full"]


def test_kept_results_are_back_and_can_be_gone_on_with(pair):
    page = pair
    solve(page)
    slide(page, "Colour", 0.5)
    page.get_by_role("button", name="Keep this result").click()
    slide(page, "Colour", 1)
    kept(page)
    page.reload()
    wait(page, "Boolean(globalThis.studio?.solved && studio.result.whole?.after) && studio.works.paused === 0")
    assert page.evaluate("studio.amountsRecord().chroma") == 1
    page.get_by_role("button", name="Use: field 1").click()
    wait(page, "studio.amountsRecord().chroma === 0.5")
    page.get_by_role("button", name="Remove: field 1").click()
    assert "kept" not in kept(page)
    assert page.evaluate("studio.result.renderings.length") == 1


def test_a_network_needs_no_style(page):
    page.get_by_label("Photo: day.png").click()
    wait(page, "studio.layers.content?.labels && studio.works.paused === 0")
    assert page.locator("#solve").is_disabled()
    page.locator("#method select").select_option("network:dots.safetensors")
    assert "no picture is needed here" in page.locator("#style .empty").text_content()
    page.get_by_text("Options of Network dots").click()
    page.locator("#options input[aria-label='ink']").fill("0.5")
    page.get_by_role("button", name="Solve").click()
    wait(page, "Boolean(studio.solved && studio.result.whole?.after)")
    assert page.get_by_role("button", name="Save look of the style").count() == 0
    choices = kept(page)
    assert choices["method"] == "network:dots.safetensors"
    assert choices["options"] == {"style_name": ["monet:1", "ink:0.5"]}
    page.reload()
    wait(page, "Boolean(globalThis.studio?.solved && studio.result.whole?.after) && studio.works.paused === 0")
    assert page.evaluate("studio.layers.style") is None
    assert page.locator("#options input[aria-label='ink']").input_value() == "0.5"


def test_skin_is_protected_in_one_click(page, folder):
    pixels = sample(0)
    pixels[20:44, 30:60] = (224, 172, 140)
    (folder / "day.png").write_bytes(png(pixels))
    open_both_found(page)
    page.get_by_role("button", name="Protect skin").click()
    wait(page, "studio.layers.content.named('skin') && studio.planned.some(({ content }) => content === 'skin')")
    assert page.evaluate("studio.planned.find(({ content }) => content === 'skin').kind") == "protected"
    assert 0.05 < page.evaluate("studio.layers.content.shares()(studio.layers.content.named('skin').id)") < 0.25
    assert "wood or sand" in page.locator("#notes").text_content()
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("studio.layers.content.named('skin') === undefined && studio.protect.size === 0")


def open_both_found(page) -> None:
    for label in ("Photo: day.png", "Style: dusk.png"):
        page.get_by_label(label).click()
        wait(page, f"studio.layers.{'style' if 'dusk' in label else 'content'}?.labels && studio.works.paused === 0")


def test_the_batch_command_makes_what_the_batch_makes(page, folder, monkeypatch, call):
    (folder / "it's noon.png").write_bytes(png(sample(2)))
    page.reload()
    open_both_found(page)
    solve(page)
    slide(page, "Light", 0.5)
    page.locator("#save select").first.select_option("png")
    page.get_by_text("The whole folder: photos").click()
    page.get_by_role("button", name="Relight 2 photos").click()
    wait(page, "document.querySelector('#batch [role=status]').textContent.includes('2 done')")
    made = {path.name: read_photo(path).pixels for path in (folder / "relit").glob("*.png")}
    assert set(made) == {"day.png", "it's noon.png"}
    page.locator("#batch input[type=text]").fill("again")
    page.locator("#batch input[type=text]").press("Enter")
    words = shlex.split(page.locator("#batch code").text_content())
    assert words[:2] == ["photostyle", "batch"]
    monkeypatch.chdir(folder)
    code, _, err = call(*words[1:], "--device", "cpu")
    assert code == 0, err
    for name, pixels in made.items():
        assert np.array_equal(read_photo(folder / "again" / name).pixels, pixels)


def test_what_happens_to_painted_masks_in_a_batch_is_said(pair):
    page = pair
    page.get_by_text("The whole folder: photos").click()
    wait(page, "Boolean(document.querySelector('#batch code'))")
    told = page.locator("#batch").text_content()
    assert "day.png has a mask by hand, which is used" in told
    assert "--content-mask" in told
    page.locator("#batch label", has_text="day.png").locator("input").uncheck()
    assert "day.png has a mask" not in page.locator("#batch").text_content()
    assert "--style-mask" in page.locator("#batch").text_content()  # the style has one, too
