"""The terms of an objective at each step, as an SVG picture: one line a term, the vertical axis logarithmic."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from photostyle.pages.markup import Markup, element, joined

WIDTH = 760
HEIGHT = 320
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 42  # margins
DECADES = 8  # shown under the largest value
POINTS = 1000  # of a line, at most
MARKS = 5  # intervals on the axis of steps
COLOURS = ("#4477cc", "#d1603d", "#3a9a5b", "#a05cc0", "#b8891a", "#2a9aa8", "#c2487f", "#808080")
DASHES = ("", "7 3", "2 3", "9 3 2 3")  # the second, third and fourth round of colours; and for those who see no colours
_ROUNDING = 1e-9  # of a logarithm

History = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Axes:
    """From steps and values to the picture.

    Args:
        steps: how many there are.
        low, high: decimal logarithms of the values at the lower and upper edge, whole numbers.
    """

    steps: int
    low: int
    high: int

    def x(self, step: int) -> float:
        """Where a step lies, pixels from the left."""
        return LEFT + (WIDTH - LEFT - RIGHT) * step / max(1, self.steps - 1)

    def y(self, value: float) -> float:
        """Where a value lies, pixels from the top."""
        height = (math.log10(value) - self.low) / (self.high - self.low)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, height)))


def terms_of(history: History) -> list[str]:
    """The names of the terms, the total last.

    >>> terms_of([{"total": 3.0, "style": 1.0}, {"total": 3.0, "order": 2.0}])
    ['style', 'order', 'total']
    """
    names: dict[str, None] = {}  # a set that keeps the order
    for record in history:
        names.update(dict.fromkeys(record))
    return sorted(names, key=lambda name: name == "total")


def plot(history: History) -> Markup:
    """The picture, or nothing where no step has a value above 0."""
    axes = _axes(history)
    if axes is None:
        return Markup("")
    picture = _grid(axes)
    for index, name in enumerate(terms_of(history)):
        picture += _line(axes, history, name, index)
    label = f"Losses over {len(history)} steps, on a logarithmic axis; the table below has the first and last values"
    return element("svg", picture, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label, class_="plot")


def swatch(name: str, index: int) -> Markup:
    """A short piece of the line of a term, for the legend."""
    line = element("line", x1=0, y1=5, x2=34, y2=5, **_stroke(name, index))
    return element("svg", line, width=34, height=10, viewBox="0 0 34 10", aria_hidden="true")


def _axes(history: History) -> Axes | None:
    """The axes for all values above 0, in whole decades; None where there are no such values."""
    values: list[float] = []
    for record in history:
        values.extend(filter(_is_shown, record.values()))
    if not values:
        return None
    largest = max(values)
    smallest = max(min(values), largest / 10**DECADES)
    low = math.floor(math.log10(smallest) + _ROUNDING)
    high = math.ceil(math.log10(largest) - _ROUNDING)
    if low == high:
        low -= 1
    return Axes(len(history), low, high)


def _is_shown(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _stroke(name: str, index: int) -> dict[str, object]:
    if name == "total":
        return {"stroke": "currentColor", "stroke_width": "2.4"}
    dash = DASHES[index // len(COLOURS) % len(DASHES)] or DASHES[index % 2]
    return {"stroke": COLOURS[index % len(COLOURS)], "stroke_width": "1.8", "stroke_dasharray": dash or "none"}


def _line(axes: Axes, history: History, name: str, index: int) -> Markup:
    """The path of one term, broken where it is 0 or missing; a single value is a dot."""
    path = ""
    pen_down = False
    for step in _drawn_steps(len(history)):
        value = history[step].get(name, math.nan)
        if not _is_shown(value):
            pen_down = False
            continue
        point = f"{axes.x(step):.1f} {axes.y(value):.1f}"
        if pen_down:
            path += f"L{point}"
        else:
            path += f"M{point}h.01"
        pen_down = True
    return element("path", element("title", name), d=path, fill="none", stroke_linecap="round", **_stroke(name, index))


def _drawn_steps(count: int) -> list[int]:
    """At most `POINTS` steps at even distances, and the last one."""
    stride = math.ceil(count / POINTS)
    steps = list(range(0, count, stride))
    if steps[-1] != count - 1:
        steps.append(count - 1)
    return steps


def _grid(axes: Axes) -> Markup:
    """Horizontal lines with their values, the numbers of steps, and the name of that axis."""
    right = WIDTH - RIGHT
    bottom = HEIGHT - BOTTOM
    parts = []
    for value in _marked_values(axes):
        y = axes.y(value)
        parts.append(element("line", x1=LEFT, y1=f"{y:.1f}", x2=right, y2=f"{y:.1f}", class_="grid"))
        parts.append(element("text", f"{value:g}", x=LEFT - 8, y=f"{y + 4:.1f}", text_anchor="end"))
    for step in _marked_steps(axes):
        parts.append(element("text", step + 1, x=f"{axes.x(step):.1f}", y=bottom + 18, text_anchor="middle"))
    parts.append(element("text", "step", x=(LEFT + right) // 2, y=HEIGHT - 4, text_anchor="middle"))
    return joined(parts)


def _marked_values(axes: Axes) -> Iterator[float]:
    """Powers of ten from low to high; twice and five times these too where there are at most two decades."""
    factors: tuple[int, ...] = (1,)
    if axes.high - axes.low <= 2:
        factors = (1, 2, 5)
    for exponent in range(axes.low, axes.high + 1):
        for factor in factors:
            value = factor * 10.0**exponent
            if math.log10(value) <= axes.high + _ROUNDING:
                yield value


def _marked_steps(axes: Axes) -> list[int]:
    steps = {round(mark * (axes.steps - 1) / MARKS) for mark in range(MARKS + 1)}
    return sorted(steps)
