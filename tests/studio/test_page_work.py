"""The page in a real browser: what is chosen is kept, lines pair regions, projects, methods, the command that is shown."""

import shlex

import numpy as np
import pytest

from photostyle import read_photo
from tests.studio.browsing import NEEDS_CHROMIUM, browsing, serving, wait
from tests.studio.conftest import HALVES, mask, png, sample

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def studio(folder, studio_session):
    """The address of a studio, and its application."""
    with serving(folder, studio_session) as (address, app):
        yield address, app


@pytest.fixture
def page(studio):
    with browsing(studio[0]) as page:
        put_masks(page)
        open_both(page)
        yield page


def put_masks(page) -> None:
    """A sky over a ground, and over a sea."""
    for name, record in (("day.png", mask(HALVES, "sky", "ground")), ("dusk.png", mask(HALVES, "sky", "sea"))):
        page.evaluate(
            """async ([name, record]) => {
              const { photos } = await (await fetch(`api/photos${location.search}`)).json();
              const { id } = photos.find((photo) => photo.name === name);
              const body = JSON.stringify(record);
              await fetch(`api/photos/${id}/mask${location.search}`, { method: "PUT", body });
            }""",
            [name, record],
        )


def open_both(page) -> None:
    for label in ("Photo: day.png", "Style: dusk.png"):
        page.get_by_label(label).click()
        wait(page, f"studio.layers.{'style' if 'dusk' in label else 'content'}?.labels && studio.works.paused === 0")
    wait(page, "studio.planned.length === 2")


def at(page, pane: str, x: float, y: float) -> tuple[float, float]:
    """The place in the window of a pixel of a photo."""
    left, top, scale = page.evaluate(f"(() => {{ const p = studio.panes.{pane}.placed; return [p.left, p.top, p.scale]; }})()")
    canvas = page.locator(f"#{pane} canvas").bounding_box()
    return canvas["x"] + left + x * scale, canvas["y"] + top + y * scale


def solve(page) -> None:
    page.locator("#fast").check()
    page.get_by_text("Options of field").click()
    page.locator("#option-steps").fill("3")
    page.locator("#option-steps").press("Enter")
    page.get_by_role("button", name="Solve").click()
    wait(page, "Boolean(studio.solved && studio.result.whole?.after)")


def kept(page) -> dict:
    """What the studio has kept of the pair that is open."""
    wait(page, "!Object.values(studio.layers).some((layer) => layer?.changed)")
    page.evaluate("studio.works.keep()")
    return page.evaluate(
        """async () => {
          const answer = await fetch(`api/work${location.search}&${new URLSearchParams(studio.works.pair)}`);
          return (await answer.json()).choices;
        }"""
    )


def another(studio, page):
    """The page in a browser that knows nothing of the first."""
    other = page.context.browser.new_context().new_page()
    other.goto(studio[0])
    return other


def test_a_line_pairs_two_regions(page):
    page.get_by_role("button", name="Pair", exact=True).click()
    page.mouse.move(*at(page, "content", 20, 10))  # its sky
    page.mouse.down()
    page.mouse.move(*at(page, "style", 60, 50), steps=4)  # the style's sea
    page.mouse.up()
    wait(page, "studio.planned.find((pair) => pair.content === 'sky').style === 'sea'")
    assert page.evaluate("[...studio.pairs]") == [["sky", "sea"]]
    page.mouse.move(*at(page, "style", 20, 10))  # and back, from the style's sky to the ground
    page.mouse.down()
    page.mouse.move(*at(page, "content", 60, 50), steps=4)
    page.mouse.up()
    wait(page, "studio.pairs.get('ground') === 'sky'")
    assert kept(page)["pairs"] == {"sky": "sea", "ground": "sky"}


def test_all_is_back_in_another_browser(studio, page):
    page.locator("#content-layers select").nth(1).select_option("sea")
    page.locator("#content-layers [aria-label^='Lock']").first.click()
    solve(page)
    page.locator("#amounts input[aria-label='Colour']").fill("0.5")
    choices = kept(page)
    assert choices["pairs"] == {"ground": "sea"}
    assert choices["options"] == {"fast": True, "steps": 3}
    other = another(studio, page)
    wait(other, "Boolean(globalThis.studio?.solved && studio.result.whole?.after)")
    assert other.evaluate("studio.amountsRecord().chroma") == 0.5
    assert other.evaluate("[...studio.pairs]") == [["ground", "sea"]]
    assert other.evaluate("studio.layers.content.named('sky').locked")
    assert other.locator("#option-steps").input_value() == "3"
    assert other.locator("#project select option").all_text_contents()[1:] == ["day.png + dusk.png"]
    assert kept(other) == choices


def test_the_command_that_is_shown_makes_the_picture_that_is_saved(page, tmp_path, folder, monkeypatch, call):
    solve(page)
    page.locator("#amounts input[aria-label='sky']").fill("0.4")
    page.locator("#save select").first.select_option("tiff")
    page.locator("#save select").nth(1).select_option("16")
    for button in ("Save result", "Save transform"):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        download.value.save_as(folder / f"saved-{download.value.suggested_filename}")
    (folder / "saved-day.safetensors").rename(folder / "day.safetensors")
    words = shlex.split(page.locator("#save code").text_content())
    assert words[:2] == ["photostyle", "render"]
    monkeypatch.chdir(folder)
    code, _, err = call(*words[1:], "--device", "cpu")
    assert code == 0, err
    made = read_photo(folder / "day-relit.tif")
    assert made.file.depth == 16
    assert np.array_equal(made.pixels, read_photo(folder / "saved-day-relit.tif").pixels)


def test_a_project_is_saved_and_opened(page, tmp_path):
    page.locator("#content-layers select").nth(1).select_option("sea")
    wait(page, "studio.pairs.size === 1")
    page.get_by_text("Project", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save project").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "day-dusk.photostyle"
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_text("Project", exact=True).click()
    page.get_by_role("button", name="Start anew").click()
    wait(page, "globalThis.studio && studio.layers.content === null && document.querySelector('#project details')")
    page.get_by_text("Project", exact=True).click()
    page.get_by_role("button", name="Open project").click()
    page.locator("#file").set_input_files(path)
    wait(page, "studio.pairs.get('ground') === 'sea' && studio.works.paused === 0")
    wait(page, "`${studio.layers.style.regions.map(({ name }) => name)}` === 'sky,sea'")


def test_methods_have_their_own_controls(page):
    page.locator("#method select").select_option("paint")
    page.get_by_text("Options of paint").click()
    page.locator("#option-brush").fill("2")
    page.locator("#option-brush").press("Enter")
    page.locator("#option-start").select_option("noise")
    page.locator("#option-keep_colour").check()
    assert kept(page)["options"] == {"brush": 2, "start": "noise", "keep_colour": True}
    page.locator("#option-brush").fill("9")  # out of its range: the browser says so
    page.locator("#option-brush").press("Enter")
    assert kept(page)["options"]["brush"] == 2
    page.locator("#method select").select_option("field")
    assert kept(page)["options"] == {}


def test_painting_leaves_the_other_regions_found(page):
    page.get_by_role("button", name="Find again").first.click()
    wait(page, "studio.layers.content.regions.length === 1")
    page.locator("#content-layers button", has_text="New region").click()
    page.get_by_role("button", name="Brush").click()
    page.mouse.click(*at(page, "content", 48, 32))
    wait(page, "!studio.layers.content.changed")
    assert page.evaluate("studio.layers.content.regions.map(({ found }) => found)") == [["all"], []]
    page.reload()
    wait(page, "Boolean(studio.layers.style?.labels)")
    share = page.evaluate("studio.layers.content.shares()(1)")
    assert 0 < share < 0.5
    page.get_by_role("button", name="Eraser").click()  # it gives back what was found, after a reload, too
    page.mouse.click(*at(page, "content", 48, 32))
    assert page.evaluate("studio.layers.content.shares()(1)") < share / 10


def test_pressure_of_a_pen_sets_the_width(page):
    page.get_by_role("button", name="Brush").click()
    page.locator("#content-layers .row input[type=text]").nth(1).click()
    shares = []
    for pressure, x in ((0.1, 20), (1.0, 70)):
        before = page.evaluate("studio.layers.content.shares()(1)")
        left, top = at(page, "content", x, 12)
        page.evaluate(
            """([x, y, pressure]) => {
              const facts = { clientX: x, clientY: y, pressure, pointerType: "pen", pointerId: 1, button: 0, bubbles: true };
              const canvas = document.querySelector("#content canvas");
              canvas.setPointerCapture = () => {};
              for (const kind of ["pointerdown", "pointerup"]) canvas.dispatchEvent(new PointerEvent(kind, facts));
            }""",
            [left, top, pressure],
        )
        shares.append(page.evaluate("studio.layers.content.shares()(1)") - before)
    assert shares[1] > 4 * shares[0] > 0


def test_two_tabs_share_masks(page):
    browser = page.context.browser.new_context()
    one, other = browser.new_page(), browser.new_page()
    for tab in (one, other):
        tab.goto(page.url)
        wait(tab, "Boolean(globalThis.studio?.layers.style?.labels) && studio.works.paused === 0")
    rename(other, "heaven")
    wait(one, "studio.layers.content.regions[0].name === 'heaven'")  # at once, for nothing was painted here
    assert kept(one)["method"] == "field"


def test_tabs_that_know_nothing_of_each_other_lose_nothing(studio, page):
    """Both paint the same photo: who sends later is asked."""
    other = another(studio, page)
    wait(other, "Boolean(globalThis.studio?.layers.style?.labels) && studio.works.paused === 0")
    rename(other, "heaven")
    wait(other, "!studio.layers.content.changed")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    rename(page, "clouds")
    wait(page, "studio.layers.content.regions[0].name === 'heaven'")
    assert "day.png" in asked[0] and "another tab" in asked[0]


def rename(page, name: str) -> None:
    """Another name for the first region of the photo."""
    field = page.locator("#content-layers .row input[type=text]").first
    field.fill(name)
    field.press("Enter")


def give(page, kind: str, selector: str, data: bytes, name: str) -> None:
    """Drop or paste a file."""
    page.evaluate(
        """([kind, selector, bytes, name]) => {
          const files = new DataTransfer();
          files.items.add(new File([Uint8Array.from(bytes)], name, { type: "image/png" }));
          const facts = { bubbles: true, cancelable: true };
          const event = kind === "paste" ? new ClipboardEvent(kind, { ...facts, clipboardData: files })
            : new DragEvent(kind, { ...facts, dataTransfer: files });
          document.querySelector(selector).dispatchEvent(event);
        }""",
        [kind, selector, list(data), name],
    )


def test_photos_are_dropped_and_pasted(page):
    give(page, "drop", "#style .stage", png(sample(2, (40, 30))), "mine.png")
    wait(page, "studio.layers.style?.photo.name === 'mine.png' && studio.works.paused === 0")
    assert "mine.png, 40 × 30, 8 bit; shown in sRGB" in page.locator("#style h2").text_content()
    give(page, "paste", "body", png(sample(1, (50, 30))), "image.png")
    wait(page, "studio.layers.style?.photo.name === 'image.png' && studio.works.paused === 0")
    give(page, "drop", "#content .stage", b"no photo", "broken.png")
    wait(page, "!document.querySelector('#message').hidden")
    assert "broken.png" in page.locator("#message").text_content()
    page.evaluate("studio.works.keep()")
    page.evaluate("studio.openBoth(studio.layers.content.photo.id, studio.layers.style.photo.id)")
    recent = page.locator("#project select")
    assert recent.locator("option").all_text_contents()[1:3] == ["day.png + image.png", "day.png + mine.png"]
    recent.select_option("1")
    wait(page, "studio.layers.style?.photo.name === 'mine.png' && studio.works.paused === 0")


def test_what_was_painted_is_sent_when_the_studio_is_back(page):
    """The studio does not answer for a while; what is painted meanwhile goes to it as soon as it does."""
    page.evaluate("() => { globalThis.asked = fetch; globalThis.fetch = () => Promise.reject(new TypeError('gone')); }")
    page.get_by_role("button", name="Fill").click()
    page.locator("#content-layers .row input[type=text]").nth(1).click()
    page.mouse.click(*at(page, "content", 20, 10))
    wait(page, "document.querySelector('#message').textContent.includes('does not answer')")
    assert page.evaluate("studio.layers.content.changed")
    page.evaluate("() => { globalThis.fetch = asked; }")
    wait(page, "!studio.layers.content.changed && document.querySelector('#message').hidden")
