"""Curves on logarithmic axes, as SVG written by hand: small files whose text can be compared."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 26, 44, 48  # the names of the curves stand above them
COLOURS = ("#1f5fa8", "#c05621")


@dataclass(frozen=True)
class Curve:
    """Measured points, and what was fitted to them.

    Args:
        name: shown where there are several.
        points: each with `n` and the measure.
        measure: which of a point's values is drawn.
        fit: as `benchmark_growth.fit` gives it; None for no curve.
    """

    name: str
    points: Sequence[Mapping[str, float]]
    measure: str
    fit: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        """The name, and the exponent that was fitted."""
        if self.fit is None:
            return self.name
        if self.fit["exponent"] is None:
            return f"{self.name}: constant"
        return f"{self.name}: {self.fit['fixed']:.3g} + {self._factor():.3g} n^{self.fit['exponent']:.2f}"

    def fitted(self, n: float) -> float:
        """The value of the fitted curve."""
        fit = self.fit or {}
        return fit["fixed"] + fit["growing_at_the_largest"] * (n / self.points[-1]["n"]) ** (fit["exponent"] or 0)

    def _factor(self) -> float:
        fit = self.fit or {}
        return fit["growing_at_the_largest"] / self.points[-1]["n"] ** fit["exponent"]


class _Axis:
    """A logarithmic axis over whole decades, from pixel `first` to pixel `last`."""

    def __init__(self, values: Sequence[float], first: float, last: float):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values)) - 1e-9), self.low + 1)
        self.first, self.last = first, last

    def __call__(self, value: float) -> float:
        return self.first + (math.log10(value) - self.low) / (self.high - self.low) * (self.last - self.first)

    @property
    def decades(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def log_plot(x_label: str, y_label: str, curves: Sequence[Curve]) -> str:
    """A plot of curves, with a dotted line that is linear in n through the last point of the first one."""
    n = [point["n"] for curve in curves for point in curve.points]
    values = [point[curve.measure] for curve in curves for point in curve.points]
    x, y = _Axis(n, LEFT, WIDTH - RIGHT), _Axis(values, HEIGHT - BOTTOM, TOP)
    parts = [*_grid(x, y), *_labels(x_label, y_label), _linear(x, y, curves[0])]
    for place, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
        parts += _drawn(x, y, curve, colour)
        parts.append(_text(LEFT, 16 + 16 * place, curve.label, "start", colour))
    style = "font-family:sans-serif;font-size:12px;background:white"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" style="{style}">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>"]) + "\n"


def _grid(x: _Axis, y: _Axis) -> list[str]:
    lines = []
    for value in x.decades:
        lines.append(_line([(x(value), y.first), (x(value), y.last)], "#dddddd"))
        lines.append(_text(x(value), y.first + 16, f"{value:g}", "middle"))
    for value in y.decades:
        lines.append(_line([(x.first, y(value)), (x.last, y(value))], "#dddddd"))
        lines.append(_text(x.first - 6, y(value) + 4, f"{value:g}", "end"))
    return lines


def _labels(x_label: str, y_label: str) -> list[str]:
    middle = (TOP + HEIGHT - BOTTOM) / 2
    upright = f'<text x="14" y="{middle:g}" text-anchor="middle" transform="rotate(-90 14 {middle:g})">{escape(y_label)}</text>'
    return [_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, "middle"), upright]


def _linear(x: _Axis, y: _Axis, curve: Curve) -> str:
    """What grows as n, through the last point, as far as the plot reaches down."""
    end = curve.points[-1]
    least_n = max(10.0**x.low, end["n"] * 10.0**y.low / end[curve.measure])
    start = (x(least_n), y(end[curve.measure] * least_n / end["n"]))
    return _line([start, (x(end["n"]), y(end[curve.measure]))], "#888888", ' stroke-dasharray="2 4"')


def _drawn(x: _Axis, y: _Axis, curve: Curve, colour: str) -> list[str]:
    dots = [
        f'<circle cx="{x(point["n"]):.1f}" cy="{y(point[curve.measure]):.1f}" r="3.5" fill="{colour}"/>' for point in curve.points
    ]
    if curve.fit is None:
        return dots
    low, high = curve.points[0]["n"], curve.points[-1]["n"]
    steps = [low * (high / low) ** (k / 40) for k in range(41)]
    places = [(x(n), y(max(curve.fitted(n), 10.0**y.low))) for n in steps]
    return [_line(places, colour), *dots]


def _line(places: Sequence[tuple[float, float]], colour: str, more: str = "") -> str:
    text = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
    return f'<polyline points="{text}" fill="none" stroke="{colour}"{more}/>'


def _text(across: float, down: float, text: str, anchor: str, colour: str = "#333333") -> str:
    return f'<text x="{across:.1f}" y="{down:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
