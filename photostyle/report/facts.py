"""The tables of a report: which region took from which, the losses, timings, and what was kept of the photo."""

import math
from collections.abc import Mapping

import numpy as np

from photostyle.colour import luminance_of_pixels
from photostyle.metrics import gradient_structure, light_order, newly_clipped, similarity
from photostyle.pages import Markup, element, swatch, table, terms_of
from photostyle.pages.plotting import History
from photostyle.photo import Photo
from photostyle.regions import Regions, RegionSummary
from photostyle.story import Result

ROWS = 512  # of a photo, counted at a time
BAR = 8  # rem, the longest bar of the timings

Colours = Mapping[str, tuple[int, int, int]]


def pairs_table(result: Result) -> Markup:
    """One row for each region of the content: its colour, share, what it took from and how that pair was found."""
    content_colours = _colours(result.content_regions)
    style_colours = _colours(result.style_regions)
    rows = []
    for pair in sorted(result.pairs, key=lambda pair: -pair.content_share):
        partner: object = "nothing of its own"
        partner_share = ""
        if pair.style is not None:
            partner = _named(pair.style, style_colours)
            partner_share = f"{pair.style_share:.1%}"
        rows.append((_named(pair.content, content_colours), f"{pair.content_share:.1%}", partner, partner_share, pair.how))
    headings = ("Region", "of the photo", "takes from", "of the style", "how they were paired")
    return table(headings, rows, "Regions and what they take from", numbers=(1, 3))


def losses_table(history: History) -> Markup:
    """The legend of the plot, with the first and last value of each term."""
    first = history[0]
    last = history[-1]
    rows = []
    for index, name in enumerate(terms_of(history)):
        rows.append((swatch(name, index), name, _value(first.get(name)), _value(last.get(name))))
    return table(("Line", "Term", "first", "last"), rows, "Terms of the objective", numbers=(2, 3))


def timings_table(seconds: Mapping[str, float], total: float) -> Markup:
    """Each stage of the work, the rest (loading libraries, writing files) and the whole.

    Args:
        seconds: of each stage.
        total: of the whole run.
    """
    stages = dict(seconds)
    stages["starting, writing and the rest"] = max(0.0, total - sum(seconds.values()))
    rows: list[tuple[object, ...]] = []
    for name, spent in stages.items():
        rows.append((name, f"{spent:.2f}", _bar(spent / max(total, 1e-9))))
    rows.append(("total", f"{total:.2f}", ""))
    return table(("Stage", "seconds", "share"), rows, "Timings", numbers=(1,))


def clipped_share(content: Photo, result: Photo) -> float:
    """`newly_clipped` of a whole photo, some rows at a time so that a large one needs no more memory.

    Args:
        content, result: photos of one size.

    Returns:
        The share of the pixels that are seen which are black or white in the result and were not in the content, 0 to 1.
    """
    count = 0.0
    pixels = 0
    for top in range(0, len(content.pixels), ROWS):
        rows = slice(top, top + ROWS)
        before = content.pixels[rows].reshape(1, -1, 3)
        after = result.pixels[rows].reshape(1, -1, 3)
        if content.alpha is not None:
            seen = content.alpha[rows].ravel() > 0
            before = before[:, seen]
            after = after[:, seen]
        if before.size:
            count += newly_clipped(before, after) * before.shape[1]
        pixels += before.shape[1]
    return count / max(1, pixels)


def kept_table(clipped: float, content: np.ndarray, result: np.ndarray) -> Markup:
    """What was kept of the photo.

    Args:
        clipped: `clipped_share`, at the photo's own size.
        content, result: (h, w, 3), sRGB-encoded in [0, 1]; the other measures are taken on these.
    """
    before = luminance_of_pixels(content)
    after = luminance_of_pixels(result)
    order, inverted = light_order(before, after)
    rows = [
        ("newly clipped", f"{clipped:.3%}", "pixels at black or white that were not before, at full size; 0 is best"),
        ("structure (SSIM)", f"{similarity(before, after):.3f}", "1 is the photo's own"),
        ("edges", f"{gradient_structure(before, after):.3f}", "1 is the photo's own"),
        ("order of light", f"{order:.3f}", "1 where all that was brighter still is"),
        ("light inverted", f"{inverted:.2%}", "0 is best"),
    ]
    return table(("Measure", "value", "meaning"), rows, "What was kept of the photo", numbers=(1,))


def _colours(regions: Regions | RegionSummary) -> Colours:
    return dict(zip(regions.names, regions.colours, strict=True))


def _named(name: str, colours: Colours) -> Markup:
    """A swatch, where the region has a colour, and its name."""
    label = element("bdi", name)
    if name not in colours:
        return label
    red, green, blue = colours[name]
    return element("span", class_="swatch", style=f"background:rgb({red},{green},{blue})", aria_hidden="true") + label


def _value(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:.4g}"


def _bar(share: float) -> Markup:
    return element("span", class_="bar", style=f"width:{BAR * share:.2f}rem", aria_hidden="true")
