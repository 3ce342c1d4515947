"""The terms of the objective at each step, as an SVG picture: one line a term, the vertical axis logarithmic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from photostyle.report.markup import Markup, element, joined

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 42  # margins
DECADES = 8  # shown under the largest value
POINTS = 1000  # of a line, at most
COLOURS = ("#4477cc", "#d1603d", "#3a9a5b", "#a05cc0", "#b8891a", "#2a9aa8", "#c2487f", "#808080")
DASHES = ("", "7 3", "2 3", "9 3 2 3")  # the second, third and fourth round of colours; and for those who see no colours


@dataclass(frozen=True)
class Axes:
    """From steps and values to the picture.

    Args:
        steps: how many there are.
        low, high: decimal logarithms of the values at the lower and upper edge.
    """

    steps: int
    low: float
    high: float

    def x(self, step: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / max(1, self.steps - 1)

    def y(self, value: float) -> float:
        height = (math.log10(value) - self.low) / (self.high - self.low)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, height)))


def terms_of(history: Sequence[dict[str, float]]) -> list[str]:
    """The names of the terms, the total last.

    >>> terms_of([{"total": 3.0, "style": 1.0}, {"total": 3.0, "order": 2.0}])
    ['style', 'order', 'total']
    """
    names = dict.fromkeys(name for record in history for name in record)
    return sorted(names, key=lambda name: name == "total")


def plot(history: Sequence[dict[str, float]]) -> Markup:
    """The picture, or nothing where no step has a value above 0."""
    values = [v for record in history for v in record.values() if _is_shown(v)]
    if not values:
        return Markup("")
    high = max(values)
    low = max(min(values), high / 10**DECADES)
    axes = Axes(len(history), math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9))
    if axes.low == axes.high:
        axes = Axes(axes.steps, axes.low - 1, axes.high)
    lines = joined(_line(axes, history, name, i) for i, name in enumerate(terms_of(history)))
    label = f"Losses over {len(history)} steps, on a logarithmic axis; the table below has the first and last values"
    return element("svg", _grid(axes) + lines, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label, class_="plot")


def swatch(name: str, index: int) -> Markup:
    """A short piece of the line of a term, for the legend."""
    line = element("line", x1=0, y1=5, x2=34, y2=5, **_stroke(name, index))
    return element("svg", line, width=34, height=10, viewBox="0 0 34 10", aria_hidden="true")


def _is_shown(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _stroke(name: str, index: int) -> dict[str, str]:
    if name == "total":
        return {"stroke": "currentColor", "stroke_width": "2.4"}
    dash = DASHES[index // len(COLOURS) % len(DASHES)] or DASHES[index % 2]
    return {"stroke": COLOURS[index % len(COLOURS)], "stroke_width": "1.8", "stroke_dasharray": dash or "none"}


def _line(axes: Axes, history: Sequence[dict[str, float]], name: str, index: int) -> Markup:
    """The path of one term, broken where it is 0 or missing; a single value is a dot."""
    stride, path, pen_down = -(-len(history) // POINTS), [], False
    for step in sorted({*range(0, len(history), stride), len(history) - 1}):
        value = history[step].get(name, math.nan)
        if _is_shown(value):
            path.append(f"{'L' if pen_down else 'M'}{axes.x(step):.1f} {axes.y(value):.1f}")
            path += [] if pen_down else ["h.01"]
        pen_down = _is_shown(value)
    return element("path", element("title", name), d="".join(path), fill="none", stroke_linecap="round", **_stroke(name, index))


def _grid(axes: Axes) -> Markup:
    parts, right, bottom = [], WIDTH - RIGHT, HEIGHT - BOTTOM
    fine = (1, 2, 5) if axes.high - axes.low <= 2 else (1,)
    for value in (m * 10.0**k for k in range(int(axes.low), int(axes.high) + 1) for m in fine):
        if math.log10(value) <= axes.high + 1e-9:
            y = axes.y(value)
            parts.append(element("line", x1=LEFT, y1=f"{y:.1f}", x2=right, y2=f"{y:.1f}", class_="grid"))
            parts.append(element("text", f"{value:g}", x=LEFT - 8, y=f"{y + 4:.1f}", text_anchor="end"))
    for step in sorted({round(i * (axes.steps - 1) / 5) for i in range(6)}):
        parts.append(element("text", str(step + 1), x=f"{axes.x(step):.1f}", y=bottom + 18, text_anchor="middle"))
    parts.append(element("text", "step", x=(LEFT + right) // 2, y=HEIGHT - 4, text_anchor="middle"))
    return joined(parts)
