"""Where a network looks, in a real browser: a button for networks with attention alone lays its map over the photo."""

import numpy as np
import pytest

from photostyle.networks.translation import TrainedTranslators, Translators
from photostyle.networks.translation.file import built
from photostyle.networks.translation.generator import initialise
from photostyle.transforms import Provenance, TranslationTransform
from tests.studio.browsing import NEEDS_CHROMIUM, browsing, codes, serving, wait

pytestmark = NEEDS_CHROMIUM


def translated(app, kind: str) -> dict:
    """What a solve by a network of random weights would tell; the desk keeps it."""
    shape = {"width": 4, "residuals": 2, "adds": True}
    networks = Translators(built(kind, shape), built(kind, shape))
    for number, part in enumerate(networks.children()):
        initialise(part, number)
    desk = app.state.desk
    item = next(item for item in desk.shelf.items() if item.name == "day.png")
    prepared = desk.prepared(item)
    trained = TrainedTranslators(networks.eval(), kind, ("photo", "painting"), {"name": kind})
    transform = TranslationTransform(trained, "AtoB", None, prepared.regions, Provenance.of(prepared, "network"))
    kept = desk.keep(transform, item, prepared, ())
    names = list(prepared.regions.names)
    told = {"transform": kept.id, "content": item.id, "style": item.id, "regions": names, "pairs": [], "notes": []}
    return told | {"attention": transform.has_attention}


@pytest.mark.parametrize("webgl", ["", "&webgl=0"])
def test_a_button_lays_attention_over_the_photo(folder, studio_session, webgl):
    with serving(folder, studio_session) as (address, app), browsing(address + webgl) as page:
        page.get_by_label("Photo: day.png").click()
        wait(page, "Boolean(studio.layers.content?.labels)")
        page.evaluate("told => studio.showResult(told)", translated(app, "ugatit"))
        wait(page, "Boolean(studio.result.whole?.after)")
        button = page.get_by_role("button", name="Attention")
        assert button.get_attribute("aria-pressed") == "false" and "where the network looks" in button.get_attribute("title")
        button.click()
        wait(page, "Boolean(studio.result.whole.pictures.afterMarks)")
        marks = codes(page, "studio.result.whole.pictures.afterMarks")
        assert marks[..., 3].max() > 150 and marks[..., 3].min() == 0
        assert np.ptp(marks[..., 3].astype(int).mean(0)) > 5  # a map, no even veil
        assert page.get_by_role("button", name="Attention").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="Attention").click()
        wait(page, "!studio.result.kinds.attention")
        page.get_by_role("button", name="Attention").click()
        page.evaluate("told => studio.showResult(told)", translated(app, "cyclegan"))
        wait(page, "studio.solved?.attention === false")
        wait(page, "!document.querySelector('[aria-label=\"How the result is shown\"]').textContent.includes('Attention')")
        assert not page.evaluate("studio.result.kinds.attention")
