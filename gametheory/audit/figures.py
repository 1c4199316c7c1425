"""Pictures of a report as inline SVG: readable in light and dark, on a phone and on paper, without a network.

Colours come from the page's style sheet; each picture carries its title and the same content in words. What is drawn is
also in a table of the report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from gametheory.audit.report import Figure
from gametheory.audit.text_report import printable

__all__ = ["svg"]

_WIDTH = 440


def svg(figure: Figure, name: str) -> str:
    """The picture as an ``<svg>`` element; ``name`` is unique in the page."""
    body, height = {"bars": _bars, "scale": _scale, "frontier": _frontier, "curve": _curve, "region": _region}[
        figure.kind
    ](figure.data)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="{name}-title {name}-text">'
        f'<title id="{name}-title">{_words(figure.title)}</title>'
        f'<desc id="{name}-text">{_words(figure.description)}</desc>{body}</svg>'
    )


def _words(text: str) -> str:
    return escape(printable(text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(x: float, y: float, content: str, *, anchor: str = "start", style: str = "") -> str:
    classes = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{classes}>{_words(content)}</text>'


def _bars(data: Any) -> tuple[str, int]:
    labels, values, texts = data["labels"], data["values"], data["texts"]
    row, top = 40, 6
    largest = max([*map(abs, values), 1e-300])
    parts = []
    for k, (label, value, text) in enumerate(zip(labels, values, texts, strict=True)):
        y = top + k * row
        length = max(abs(value) / largest * (_WIDTH - 80), 1)
        parts.append(_text(0, y + 12, _cut(label, 58)))
        parts.append(f'<rect class="bar" x="0" y="{y + 18}" width="{length:.1f}" height="12" rx="2"/>')
        parts.append(_text(length + 6, y + 28, text, style="number"))
    return "".join(parts), top + len(labels) * row + 4


def _scale(data: Any) -> tuple[str, int]:
    """Thresholds with everything above them, and single values, on the interval from 0 to 1."""
    labels, values, texts = data["labels"], data["values"], data["texts"]
    row, left, right = 36, 8, _WIDTH - 8
    parts = []
    for k, (label, value, text) in enumerate(zip(labels, values, texts, strict=True)):
        y = 26 + k * row
        x = left + (right - left) * value
        parts.append(_text(left, y - 10, f"{_cut(label, 44)}: {text}"))
        parts.append(f'<line class="axis" x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>')
        if k < data["thresholds"]:
            parts.append(f'<line class="line" x1="{x:.1f}" y1="{y}" x2="{right}" y2="{y}"/>')
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y}" r="5"/>')
    height = 26 + len(labels) * row
    parts += [_text(left, height, "0", style="tick"), _text(right, height, "1", anchor="end", style="tick")]
    return "".join(parts), height + 6


def _frontier(data: Any) -> tuple[str, int]:
    """Achievable points with what they dominate, and the outer set where it differs; harm to the right, utility up."""
    outer = data.get("outer", ())
    return _axes(
        data["points"], outer, f"harm: {data['harm']}", data["utility"], staircase=data["staircase"], dots=True
    )


def _curve(data: Any) -> tuple[str, int]:
    """A line through points, one quantity against another; an upper bound of it, and levels to compare with."""
    return _axes(
        data["points"],
        data.get("outer", ()),
        data["across"],
        data["up"],
        staircase=False,
        dots=len(data["points"]) <= 12,
        levels=data.get("levels", ()),
    )


def _region(data: Any) -> tuple[str, int]:
    """A polygon within another (dashed), and named points."""
    inner, outer = ([*points, points[0]] for points in (data["points"], data["outer"]))
    return _axes(inner, outer, data["across"], data["up"], staircase=False, dots=False, marks=data["marks"])


def _axes(
    points: Sequence[Sequence[float]],
    outer: Sequence[Sequence[float]],
    across_name: str,
    up_name: str,
    *,
    staircase: bool,
    dots: bool,
    levels: Sequence[tuple[str, float]] = (),
    marks: Sequence[tuple[str, float, float]] = (),
) -> tuple[str, int]:
    left, right, top, bottom, height = 56, _WIDTH - 16, 16, 250, 300
    every = [*points, *outer]
    x_ticks = _ticks([p[0] for p in every])
    y_ticks = _ticks([*(p[1] for p in every), *(value for _, value in levels)])

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - x_ticks[0]) / (x_ticks[-1] - x_ticks[0])
        up = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        return left + across * (right - left), bottom - up * (bottom - top)

    parts = []
    for tick in x_ticks:
        x, _ = at(tick, y_ticks[0])
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 18, f"{tick:.4g}", anchor="middle", style="tick"))
    for tick in y_ticks:
        _, y = at(x_ticks[0], tick)
        parts.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(_text(left - 6, y + 4, f"{tick:.4g}", anchor="end", style="tick"))
    for label, value in levels:
        x, y = at(x_ticks[0], value)
        parts.append(f'<line class="outer" x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        if y > (top + bottom) / 2:  # each label at the end that a rising line leaves free
            parts.append(_text(right - 4, y - 5, label, anchor="end", style="tick"))
        else:
            parts.append(_text(x + 4, y + 14, label, style="tick"))
    for line, style in ((outer, "outer"), (points, "line")):
        if line:
            parts.append(f'<polyline class="{style}" points="{_path(line, at, staircase, x_ticks[-1])}"/>')
    for x, y in points if dots else ():
        px, py = at(x, y)
        parts.append(f'<circle class="dot" cx="{px:.1f}" cy="{py:.1f}" r="4"/>')
    for label, x, y in marks:
        px, py = at(x, y)
        parts.append(f'<circle class="dot" cx="{px:.1f}" cy="{py:.1f}" r="4"/>')
        late = px > (left + right) / 2
        parts.append(_text(px + (-8 if late else 8), py - 8, label, anchor="end" if late else "start", style="tick"))
    parts.append(_text((left + right) / 2, height - 12, _cut(across_name, 60), anchor="middle"))
    middle = (top + bottom) / 2
    parts.append(
        f'<text x="14" y="{middle:g}" text-anchor="middle" transform="rotate(-90 14 {middle:g})">'
        f"{_words(_cut(up_name, 36))}</text>"
    )
    return "".join(parts), height


def _path(points: Sequence[Sequence[float]], at: Any, staircase: bool, end: float) -> str:
    corners: list[tuple[float, float]] = []
    for x, y in points:
        if staircase and corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    if staircase:
        corners.append((end, corners[-1][1]))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*corner) for corner in corners))


def _ticks(values: Sequence[float]) -> list[float]:
    """Round numbers around the values, at least two."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - max(abs(low), 1) / 2, high + max(abs(high), 1) / 2
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [k * step for k in range(first, max(last, first + 1) + 1)]
