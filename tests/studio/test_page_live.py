"""The result in a real browser: drawn by the graphics card as by the studio; parts at full size; strokes on a large photo."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import interpolate

from photostyle.amounts import Amounts
from photostyle.regions import Regions
from photostyle.studio.drawing import MARKS
from photostyle.studio.kept_transforms import Found
from photostyle.studio.limits import StudioLimits
from photostyle.transforms import FieldTransform, PictureTransform, Provenance
from photostyle.transforms.field.bilateral import BilateralField
from tests.studio.browsing import NEEDS_CHROMIUM, browsing, codes, serving, wait

pytestmark = NEEDS_CHROMIUM

NAMES = ("sky", "sea", "sand", "rock", "tree", "toString")
AMOUNTS = (
    {"strength": 1, "luma": 1, "chroma": 1},
    {"strength": 1.5, "luma": 1.2, "chroma": 0.3},
    {"strength": {"*": 0.5, "sea": 1.5, "toString": 0}, "luma": 0.4, "chroma": 1.5},
    {"strength": 0, "luma": 1, "chroma": 1},
)


def photo(width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8: smooth colours with texture, some of it at white and at black."""
    x = np.linspace(0, 6, width, dtype=np.float32)[None, :, None]
    y = np.linspace(0, 4, height, dtype=np.float32)[:, None, None]
    waves = 0.5 + 0.35 * np.sin(x + np.array([0, 1, 2])) * np.cos(1.3 * y) + 0.2 * np.sin(40 * x) * np.sin(30 * y)
    return (255 * waves).clip(0, 255).astype(np.uint8)


def soft_masks(size: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
    """(R, h, w) masks that cross over widely, so that all of them meet in some pixels."""
    nodes = torch.rand(1, len(NAMES), 5, 6, generator=generator) * 6
    return interpolate(nodes, size, mode="bicubic", align_corners=False)[0].softmax(0)


def found(app, name: str, picture: bool = False) -> tuple[dict, object]:
    """What a solve would tell of a photo of the folder, with a transform that does much, and what the desk keeps of it."""
    desk = app.state.desk
    item = next(item for item in desk.shelf.items() if item.name == name)
    prepared = desk.prepared(item)
    generator = torch.Generator().manual_seed(1)
    width, height = prepared.copy.photo.size
    regions = Regions(NAMES, soft_masks((height, width), generator), tuple((40 * k, 90, 90) for k in range(len(NAMES))))
    provenance = Provenance.of(prepared, "field")
    wide = prepared.photo.with_pixels(1.2 * prepared.photo.pixels - 0.1)  # colours outside of sRGB, in views
    prepared = replace(prepared, photo=wide)
    transform = FieldTransform(
        BilateralField(0.25 * torch.randn(len(NAMES), 8, 5, 6, 3, 4, generator=generator), NAMES), regions, provenance
    )
    if picture:
        transform = PictureTransform(torch.rand(3, height, width, generator=generator), regions, provenance)
    kept = desk.keep(transform, item, prepared, ())
    return {"transform": kept.id, "content": item.id, "style": item.id, "regions": list(NAMES), "pairs": [], "notes": []}, kept


def show(page, name: str, told: dict) -> None:
    """Open a photo and show a result of it."""
    page.get_by_label(f"Photo: {name}").click()
    wait(page, "Boolean(studio.layers.content?.labels)")
    page.evaluate("told => studio.showResult(told)", told)
    wait(page, "Boolean(studio.result.whole?.after)")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(photo(301, 200)).save(folder / "waves.png")
    return folder


def assert_alike(shown: np.ndarray, drawn: np.ndarray) -> None:
    """The browser's picture and the studio's differ by one code at most, but for a few pixels at a jump of a mask."""
    assert (shown[..., 3] == 255).all()
    apart = np.abs(shown[..., :3].astype(int) - drawn).max(-1)
    assert (apart > 1).mean() < 0.001, f"{(apart > 1).mean():.4%} of the pixels differ, by up to {apart.max()}"
    assert apart.mean() < 0.5


def test_the_card_draws_what_the_studio_draws(folder, studio_session):
    with serving(folder, studio_session) as (address, app), browsing(f"{address}&webgl=1") as page:
        told, kept = found(app, "waves.png")
        show(page, "waves.png", told)
        if not page.evaluate("Boolean(studio.result.live)"):
            pytest.skip("this chromium has no WebGL2")
        side = page.evaluate("studio.result.side")
        content = app.state.desk.at_full_size(kept)
        box = (40, 30, 120, 90)
        for amounts in AMOUNTS:
            shown = codes(page, f"studio.result.whole.tile.draw({amounts})")
            drawn = kept.drawn(Amounts(**amounts), side)
            assert_alike(shown, drawn.codes)
            part = codes(page, f"studio.result.current.load({{box: {list(box)}}}).then(({{shot}}) => shot.tile.draw({amounts}))")
            applied = kept.transform.apply(content, Amounts(**amounts)).photo.to_uint8()
            assert_alike(part, applied[30:120, 40:160])
            marks = codes(page, f"studio.result.whole.tile.marks({amounts}, {{clipping: true, gamut: true}})")
            apart = (marks != drawn.marks(True, True)).any(-1).mean()
            assert (marks == (*MARKS["outside"], 255)).all(-1).any()
            assert apart < 0.01  # colours that are rounded to the last code, or to the one before
            assert {tuple(colour) for colour in np.unique(marks.reshape(-1, 4), axis=0)} <= {
                (0, 0, 0, 0), *((*colour, 255) for colour in MARKS.values())
            }  # fmt: skip
        changed = codes(page, "studio.result.whole.after")
        page.locator("#amounts input[aria-label='Strength']").fill("0.3")
        wait(page, "!studio.result.asking && !studio.result.again")
        page.evaluate("studio.result.update()")
        weak = codes(page, "studio.result.whole.after")
        assert_alike(weak, kept.drawn(Amounts(0.3), side).codes)
        assert (changed != weak).mean() > 0.3
        page.evaluate("studio.result.live.gl.getExtension('WEBGL_lose_context').loseContext()")
        wait(page, "studio.result.whole?.tile.constructor.name === 'ServedTile'")  # a card that goes away


def test_without_webgl_the_studio_draws(folder, studio_session):
    with serving(folder, studio_session) as (address, app), browsing(f"{address}&webgl=0") as page:
        told, kept = found(app, "waves.png")
        show(page, "waves.png", told)
        assert page.evaluate("studio.result.live") is None
        shown = codes(page, "studio.result.whole.after")
        drawn = kept.drawn(Amounts(), page.evaluate("studio.result.side")).codes
        assert np.abs(shown[..., :3].astype(int) - drawn).mean() < 3  # a JPEG
        page.get_by_label("leave as it is: sea").click()
        assert page.evaluate("studio.amountsRecord().strength") == {"*": 1, "sea": 0}
        for kind in ("Clipping", "Outside sRGB"):
            page.get_by_role("button", name=kind).click()
        wait(page, "Boolean(studio.result.whole.pictures.afterMarks)")
        assert codes(page, "studio.result.whole.pictures.afterMarks").any()
        page.get_by_role("button", name="Side by side").click()
        half, whole = page.evaluate(
            "[studio.result.box, {width: studio.result.canvas.clientWidth, height: studio.result.canvas.clientHeight}]"
        )
        assert 2 * half["width"] * half["height"] == whole["width"] * whole["height"]
        assert "at white" in page.locator("#histogram .after figcaption").text_content()


def test_a_large_picture_is_drawn_small_while_a_slider_moves(folder, studio_session):
    """Without a graphics card: small and soon, then as large as it is shown."""
    with serving(folder, studio_session) as (address, app), browsing(f"{address}&webgl=0") as page:
        page.set_viewport_size({"width": 2600, "height": 1700})
        told, _ = found(app, "waves.png")
        show(page, "waves.png", told)
        side = page.evaluate("studio.result.side")
        assert side > 960
        asked = []
        page.on("request", lambda request: asked.append(request.post_data_json) if "/preview" in request.url else None)
        page.locator("#amounts input[aria-label='Strength']").fill("0.3")
        wait(page, "studio.result.whole.drawn.includes('0.3') && !studio.result.whole.isRough && !studio.result.asking")
        assert [each["strength"] for each in asked] == [0.3, 0.3]
        assert [each["side"] for each in asked] == [asked[0]["side"], side]
        assert asked[0]["side"] <= 960


def test_on_a_slow_machine_a_slider_moves_a_smaller_picture(folder, studio_session, monkeypatch):
    """Each picture takes as long as its pixels: after two late ones a smaller side is asked for, and it stays with that."""
    drawn = Found.drawn

    def slow(self, amounts: Amounts, long_side: int):
        time.sleep(0.2 * (long_side / 960) ** 2)
        return drawn(self, amounts, long_side)

    monkeypatch.setattr(Found, "drawn", slow)
    with serving(folder, studio_session) as (address, app), browsing(f"{address}&webgl=0") as page:
        page.set_viewport_size({"width": 2600, "height": 1700})
        told, _ = found(app, "waves.png")
        show(page, "waves.png", told)
        asked = []
        page.on("request", lambda request: asked.append(request.post_data_json["side"]) if "/preview" in request.url else None)
        for step in range(12):
            strength = f"{0.3 + step / 100:.2f}"
            page.locator("#amounts input[aria-label='Strength']").fill(strength)
            wait(page, f"studio.result.whole.drawn.includes('{float(strength)}') && !studio.result.asking")
        sides = [side for side in asked if side <= 960]
        assert sides[-1] <= 480
        assert sides == sorted(sides, reverse=True)


def test_a_picture_is_drawn_by_the_studio_where_there_is_webgl_too(folder, studio_session):
    with serving(folder, studio_session) as (address, app), browsing(f"{address}&webgl=1") as page:
        told, kept = found(app, "waves.png", picture=True)
        show(page, "waves.png", told)
        assert page.evaluate("studio.result.whole.tile.constructor.name") == "ServedTile"


LARGE = (6000, 4000)
BRUSH = """(async () => {
  const { layers: { content: layer }, panes: { content: pane } } = studio;
  const edit = layer.begin();
  const costs = [];
  for (let step = 0; step < 40; step++) {
    const begin = performance.now();
    const at = 100 + 10 * step;
    layer.labels.stroke({ x: at, y: 300, r: 30 }, { x: at + 10, y: 305, r: 30 }, layer.active, layer.may, edit);
    pane.painting = (pane.painting ?? 0) + 1;
    pane.draw();
    costs.push(performance.now() - begin);
    await new Promise(requestAnimationFrame);
  }
  layer.finish(edit);
  return costs.sort((a, b) => a - b);
})()"""


def test_strokes_and_full_size_on_a_photo_of_24_megapixels(folder, studio_session, record_property):
    large = Image.fromarray(photo(600, 400)).resize(LARGE, Image.Resampling.BICUBIC)
    large.save(folder / "large.png", compress_level=1)
    with serving(folder, studio_session, StudioLimits()) as (address, _), browsing(f"{address}&webgl=0") as page:
        page.get_by_label("Photo: large.png").click()
        wait(page, "Boolean(studio.layers.content?.labels)")
        page.locator("#content-layers button", has_text="New region").click()
        costs = page.evaluate(BRUSH)
        record_property("brush_frame_ms", costs[len(costs) // 2])  # read, not asserted: the machine may be busy
        assert page.evaluate("studio.layers.content.shares()(1)") > 0.02
        page.evaluate("studio.tint = 0")
        page.keyboard.press("1")
        page.evaluate("studio.view.drag(-321, 123, studio.panes.content.size, studio.panes.content.box)")
        wait(page, "Boolean(studio.panes.content.part)")
        page.evaluate("studio.panes.content.draw()")
        left, top, scale = page.evaluate("(({left, top, scale}) => [left, top, scale])(studio.panes.content.placed)")
        assert scale == pytest.approx(1)
        shown = codes(page, "createImageBitmap(studio.panes.content.canvas)")
        height, width = shown.shape[:2]
        there = np.asarray(large.crop((-round(left), -round(top), width - round(left), height - round(top))))
        assert np.abs(shown[..., :3].astype(int) - there).mean() < 2  # a JPEG, pixel on pixel
