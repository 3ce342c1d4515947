"""The tables of a report: which region took from which, losses, timings, what was kept, options and versions."""

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from photostyle import __version__
from photostyle.colour import luminance_of_pixels
from photostyle.options import Options
from photostyle.metrics import gradient_structure, light_order, newly_clipped, similarity
from photostyle.story import Result
from photostyle.regions import Regions
from photostyle.report.markup import Markup, element, table
from photostyle.report.plot import swatch, terms_of

ROWS = 512  # of a photo, counted at a time
LIBRARIES = ("torch", "numpy", "scipy", "pillow", "tifffile", "imagecodecs")


def pairs_table(result: Result) -> Markup:
    """One row a region of the content: its colour, share, what it took from and how that came about."""
    ours, theirs = _colours(result.content_regions), _colours(result.style_regions)
    rows = [
        (
            _named(p.content, ours),
            _share(p.content_share),
            _named(p.style, theirs) if p.style else "nothing of its own",
            _share(p.style_share) if p.style else "",
            p.how,
        )
        for p in sorted(result.pairs, key=lambda p: -p.content_share)
    ]
    headings = ("Region", "of the photo", "takes from", "of the style", "how this came about")
    return table(headings, rows, "Regions and what they take from", numbers=(1, 3))


def losses_table(history: Sequence[Mapping[str, float]]) -> Markup:
    """The legend of the plot, with the first and last value of each term."""
    rows = [
        (swatch(name, i), name, _value(history[0].get(name, math.nan)), _value(history[-1].get(name, math.nan)))
        for i, name in enumerate(terms_of(history))
    ]
    return table(("Line", "Term", "first", "last"), rows, "Terms of the objective", numbers=(2, 3))


def timings_table(seconds: Mapping[str, float], total: float) -> Markup:
    """Each stage of the work, the rest (loading libraries, writing files) and the whole."""
    rest = max(0.0, total - sum(seconds.values()))
    stages = {**seconds, "starting, writing and the rest": rest, "total": total}
    longest = max(total, 1e-9)
    rows = [(name, f"{spent:.2f}", _bar(spent / longest) if name != "total" else "") for name, spent in stages.items()]
    return table(("Stage", "seconds", "share"), rows, "Timings", numbers=(1,))


def clipped_share(content: np.ndarray, result: np.ndarray) -> float:
    """`newly_clipped` of a whole photo, some rows at a time so that a large one needs no more memory."""
    counts = [
        newly_clipped(content[top : top + ROWS], result[top : top + ROWS]) * len(content[top : top + ROWS])
        for top in range(0, len(content), ROWS)
    ]
    return sum(counts) / len(content)


def kept_table(clipped: float, content: np.ndarray, result: np.ndarray) -> Markup:
    """What was kept of the photo; all but the clipping is measured on the pictures (h, w, 3) given."""
    ours = luminance_of_pixels(content)
    theirs = luminance_of_pixels(result)
    order, inverted = light_order(ours, theirs)
    rows = [
        ("newly clipped", f"{clipped:.3%}", "pixels at black or white that were not before, at full size; 0 is best"),
        ("structure (SSIM)", f"{similarity(ours, theirs):.3f}", "1 is the photo's own"),
        ("edges", f"{gradient_structure(ours, theirs):.3f}", "1 is the photo's own"),
        ("order of light", f"{order:.3f}", "1 where all that was brighter still is"),
        ("light inverted", f"{inverted:.2%}", "0 is best"),
    ]
    return table(("Measure", "value", "meaning"), rows, "What was kept of the photo", numbers=(1,))


def options_table(options: Options, result: Result) -> Markup:
    """Every option of the run and its doc."""
    rows = [(f.name.replace("_", " "), _option(getattr(options, f.name)), f.metadata["doc"]) for f in fields(options)]
    rows += [("encoder used", result.encoder, ""), ("device used", result.device, "")]
    return table(("Option", "value", "meaning"), rows, "Options")


def versions_table() -> Markup:
    """Of photostyle, Python, the system and the libraries that make the result."""
    rows = [("photostyle", __version__), ("python", platform.python_version()), ("system", platform.platform(terse=True))]
    return table(("Part", "version"), [*rows, *((name, _version(name)) for name in LIBRARIES)], "Versions")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _colours(regions: Regions) -> dict[str, tuple[int, int, int]]:
    return dict(zip(regions.names, regions.colours, strict=True))


def _named(name: str, colours: Mapping[str, tuple[int, int, int]]) -> Markup:
    """A swatch, where the region has a colour, and its name."""
    if name not in colours:
        return element("bdi", name)
    red, green, blue = colours[name]
    patch = element("span", class_="swatch", style=f"background:rgb({red},{green},{blue})", aria_hidden="true")
    return patch + element("bdi", name)


def _share(share: float) -> str:
    return f"{share:.1%}"


def _value(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "-"


def _bar(share: float) -> Markup:
    return element("span", class_="bar", style=f"width:{8 * share:.2f}rem", aria_hidden="true")


def _option(value: Any) -> str:
    """As a user would write it.

    >>> _option({"*": 0.8, "sky": 0.4}), _option(()), _option(True)
    ('0.8, sky=0.4', '-', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(str(v) if k == "*" else f"{k}={v}" for k, v in value.items()) or "-"
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)
