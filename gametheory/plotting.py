"""Figures of results, drawn with matplotlib on axes that the caller owns.

No figure is shown or saved here: every function draws on ``ax`` (a new one by default) and returns it, so that figures can
be combined, styled and saved as the caller likes. matplotlib is imported when a figure is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gametheory.errors import SpecificationError
from gametheory.optimize.frontier import Frontier

__all__ = ["plot_frontier"]

_INNER, _OUTER = "#1f5fa8", "#f3e3d9"  # blue on light orange, which colour-blind readers can tell apart


def plot_frontier(frontier: Frontier, ax: Any = None, *, annotate: bool = False) -> Any:
    """Draw a frontier of two measures: what is achieved, and what is provably out of reach.

    Parameters
    ----------
    frontier : Frontier
        Of two measures. Points are joined by chords if decisions can be mixed, else by the staircase of what they dominate;
        the outer set (exclusions, cuts) is shaded.
    ax : matplotlib Axes, optional
        By default that of a new figure.
    annotate : bool
        Write the measures beside each point.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    SpecificationError
        A frontier of another number of measures, or without points.

    Examples
    --------
    >>> from gametheory.optimize import FrontierPoint
    >>> frontier = Frontier(measures=("harm", "utility"), senses=("min", "max"), mixing=False,
    ...                     points=tuple(FrontierPoint(measures=m) for m in [(0, 1), (2, 3)]))
    >>> from matplotlib.figure import Figure
    >>> ax = plot_frontier(frontier, Figure().add_subplot())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('harm (less is better)', 'utility (more is better)')
    """
    if len(frontier.measures) != 2:
        raise SpecificationError(f"frontier: {len(frontier.measures)} measures; draw a pair of them")
    if not frontier.points:
        raise SpecificationError("frontier: there are no points to draw")
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(layout="constrained")
    xs = [float(point.measures[0]) for point in frontier.points]
    ys = [float(point.measures[1]) for point in frontier.points]
    box = _box(frontier, xs, ys)
    _draw_outer(frontier, ax, box)
    if frontier.mixing:
        ax.plot(xs, ys, color=_INNER, linewidth=1.5, label="achieved", zorder=3)
    else:
        ax.plot(*_staircase(frontier, xs, ys, box), color=_INNER, linewidth=1.5, label="achieved", zorder=3)
    ax.plot(xs, ys, "o", color=_INNER, markersize=4.5, zorder=4)
    if annotate:
        for x, y in zip(xs, ys, strict=True):
            ax.annotate(f"({x:.4g}, {y:.4g})", (x, y), textcoords="offset points", xytext=(6, -11), fontsize="small")
    for set_label, name, sense in zip((ax.set_xlabel, ax.set_ylabel), frontier.measures, frontier.senses, strict=True):
        # Names are data: a $ in one starts no formula.
        set_label(f"{_literal(name)} ({'more' if sense == 'max' else 'less'} is better)")
    ax.set_xlim(box[0], box[1])
    ax.set_ylim(box[2], box[3])
    if frontier.exclusions or frontier.outer:
        ax.legend(loc="best", fontsize="small", framealpha=0.9)
    return ax


def _literal(text: str) -> str:
    return text.replace("$", r"\$")


def _box(frontier: Frontier, xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float, float]:
    """Limits of the axes: all points and finite corners, with a margin."""
    corners = [part.corner for part in frontier.exclusions]
    found = []
    for k, values in enumerate((xs, ys)):
        wanted = [*values, *(float(corner[k]) for corner in corners if corner[k] is not None)]  # type: ignore[arg-type]
        low, high = min(wanted), max(wanted)
        margin = 0.08 * (high - low) or 0.5 * max(abs(high), 1.0)
        found += [low - margin, high + margin]
    return found[0], found[1], found[2], found[3]


def _staircase(
    frontier: Frontier, xs: Sequence[float], ys: Sequence[float], box: tuple[float, ...]
) -> tuple[list[float], list[float]]:
    """The edge of what the points dominate, to the edges of the figure."""
    worst = [box[1] if frontier.senses[0] == "min" else box[0], box[2] if frontier.senses[1] == "max" else box[3]]
    order = range(len(xs)) if frontier.senses[0] == "min" else range(len(xs) - 1, -1, -1)  # from the best first measure
    line_x: list[float] = []
    line_y: list[float] = []
    level = worst[1]
    for k in order:
        line_x += [xs[k], xs[k]]
        line_y += [level, ys[k]]
        level = ys[k]
    return [*line_x, worst[0]], [*line_y, level]


def _draw_outer(frontier: Frontier, ax: Any, box: tuple[float, float, float, float]) -> None:
    """Shade what no decision achieves."""
    label: str | None = "provably out of reach"
    best = [box[k * 2] if sense == "min" else box[k * 2 + 1] for k, sense in enumerate(frontier.senses)]
    worst = [box[k * 2 + 1] if sense == "min" else box[k * 2] for k, sense in enumerate(frontier.senses)]
    style = {"facecolor": _OUTER, "linewidth": 0, "zorder": 1}  # opaque: where regions overlap the colour is the same
    for part in frontier.exclusions:
        x, y = (worst[k] if value is None else float(value) for k, value in enumerate(part.corner))
        ax.fill([best[0], x, x, best[0]], [best[1], best[1], y, y], **style, label=label)
        label = None
    for cut in frontier.outer:
        polygon = _beyond([float(x) for x in cut.normal], float(cut.bound), box)
        if polygon:
            ax.fill([x for x, _ in polygon], [y for _, y in polygon], **style, label=label)
            label = None


def _beyond(normal: Sequence[float], bound: float, box: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    """The part of the box with normal·m > bound, as a polygon."""
    corners = [(box[0], box[2]), (box[1], box[2]), (box[1], box[3]), (box[0], box[3])]
    value = [normal[0] * x + normal[1] * y - bound for x, y in corners]
    polygon: list[tuple[float, float]] = []
    for k in range(4):
        (x0, y0), (x1, y1), a, b = corners[k], corners[(k + 1) % 4], value[k], value[(k + 1) % 4]
        if a > 0:
            polygon.append((x0, y0))
        if (a > 0) != (b > 0):
            share = a / (a - b)
            polygon.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    return polygon
