"""The page for everybody: by keyboard alone, for screen readers, with fingers, on small and large screens."""

import pytest

from tests.studio.browsing import NEEDS_CHROMIUM, browsing, serving, wait
from tests.studio.test_page_work import at, open_both, put_masks

pytestmark = NEEDS_CHROMIUM
WITH_NAMES = {"button", "checkbox", "combobox", "slider", "spinbutton", "textbox", "link", "ColorWell", "application", "image"}
FOCUSABLE = """[...document.querySelectorAll("a[href], button, input, select, summary, canvas[tabindex='0']")]
  .filter((each) => !each.disabled && each.checkVisibility())"""


@pytest.fixture
def page(folder, studio_session):
    with serving(folder, studio_session) as (address, _), browsing(address) as page:
        yield page


@pytest.fixture
def open_page(page):
    put_masks(page)
    open_both(page)
    return page


def solve(page) -> None:
    page.evaluate("studio.methods.set('steps', 2), studio.methods.set('fast', true)")
    page.get_by_role("button", name="Solve").click()
    wait(page, "Boolean(studio.solved && studio.result.whole?.after)")


def tab_to(page, label: str, most: int = 150) -> None:
    """Press Tab until an element of a name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        active = "document.activeElement"
        if page.evaluate(f"({active}.getAttribute('aria-label') ?? {active}.textContent).startsWith({label!r})"):
            return
    raise AssertionError(f"the key Tab does not reach {label}")


def test_all_that_can_be_used_has_a_name(open_page):
    solve(open_page)
    open_page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    session = open_page.context.new_cdp_session(open_page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in nodes if not node["ignored"] and node["role"]["value"] in WITH_NAMES]
    assert len(used) > 60
    assert [node["role"]["value"] for node in used if not node.get("name", {}).get("value")] == []
    names = [node["name"]["value"] for node in used if node["role"]["value"] in ("textbox", "ColorWell", "slider")]
    assert {"Name of sky", "Colour of sky", "Strength", "Before and after: where they meet"} <= set(names)


def test_tab_reaches_all(open_page):
    solve(open_page)
    name = "(each) => each.id || `${each.tagName} ${each.getAttribute('aria-label') ?? each.textContent}`"
    wanted = set(open_page.evaluate(f"{FOCUSABLE}.map({name})"))
    assert len(wanted) > 60
    open_page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(len(wanted) + 20):
        open_page.keyboard.press("Tab")
        reached.add(open_page.evaluate(f"({name})(document.activeElement)"))
    assert wanted - reached == set()


def test_by_keyboard_alone(page):
    put_masks(page)
    for label in ("Photo: day.png", "Style: dusk.png"):
        tab_to(page, label)
        page.keyboard.press("Enter")
        wait(page, f"studio.layers.{'style' if 'dusk' in label else 'content'}?.labels && studio.works.paused === 0")
    wait(page, "studio.planned.length === 2")
    page.evaluate("document.activeElement.blur()")

    tab_to(page, "New region")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "New region"  # the focus stays where it was
    page.keyboard.press("b")
    page.evaluate("document.querySelector('#tools button').focus()")
    tab_to(page, "Photo: arrows")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    share = page.evaluate("studio.layers.content.shares()(2)")
    assert share > 0.005
    page.keyboard.press("Control+z")
    assert page.evaluate("studio.layers.content.shares()(2)") == 0
    page.keyboard.press("Control+Shift+z")

    page.keyboard.press("p")  # a polygon: three corners, and Enter again where the last one is
    for arrow in ("Shift+ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press("Enter")
        page.keyboard.press(arrow)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate("studio.layers.content.shares()(2)") > share

    page.keyboard.press("r")  # a pair
    page.keyboard.press("Enter")
    tab_to(page, "Style: arrows")
    page.keyboard.press("ArrowDown")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    assert page.locator("#stage").text_content() == "sea"  # what is under the cross is said
    page.keyboard.press("Enter")
    wait(page, "studio.pairs.size === 1")
    assert page.evaluate("[...studio.pairs.values()]") == ["sea"]


def touch(session, kind: str, *points: tuple[float, float]) -> None:
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def test_fingers_paint_and_pinch(page):
    put_masks(page)
    tablet = page.context.browser.new_context(has_touch=True, viewport={"width": 1024, "height": 768}).new_page()
    tablet.goto(page.url)
    tablet.wait_for_selector("#strip figure")
    open_both(tablet)
    for size in tablet.evaluate(f"{FOCUSABLE}.filter((each) => each.matches('button, select')).map((each) => each.offsetHeight)"):
        assert size >= 40  # as high as a finger
    session = tablet.context.new_cdp_session(tablet)
    tablet.get_by_role("button", name="Brush").click()
    (x, y), (x2, y2) = at(tablet, "content", 30, 45), at(tablet, "content", 60, 45)
    touch(session, "touchStart", (x, y))
    touch(session, "touchMove", (x2, y2))
    touch(session, "touchEnd")
    share = tablet.evaluate("studio.layers.content.shares()(0)")
    assert share > 0.51
    touch(session, "touchStart", (x, y - 90))
    touch(session, "touchStart", (x, y - 90), (x2, y2))
    touch(session, "touchMove", (x - 40, y - 100), (x2 + 60, y2 + 20))
    touch(session, "touchEnd")
    assert tablet.evaluate("studio.view.zoom") > 1.2
    assert tablet.evaluate("studio.layers.content.shares()(0)") == share


@pytest.mark.parametrize("width, height", [(1280, 720), (1920, 1080), (3840, 2160), (1024, 768), (800, 1100)])
def test_it_fits_the_screen(open_page, width, height):
    open_page.set_viewport_size({"width": width, "height": height})
    solve(open_page) if width == 1280 else None
    assert open_page.evaluate("document.documentElement.scrollWidth") <= width
    over = f"{FOCUSABLE}.filter((each) => !each.closest('#strip') && each.getBoundingClientRect().right > innerWidth + 1).length"
    assert open_page.evaluate(over) == 0
    assert open_page.evaluate("Math.min(...['content', 'style'].map((role) => studio.panes[role].box.height))") > 100
