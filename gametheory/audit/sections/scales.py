"""Figures of discount factors and shares: marks on the interval from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gametheory.audit.phrasing import plain
from gametheory.audit.report import Figure

__all__ = ["scale"]

Mark = tuple[str, Fraction]


def scale(title: str, thresholds: Sequence[Mark], points: Sequence[Mark] = ()) -> tuple[Figure, ...]:
    """Thresholds, with everything above them, and single points; nothing where all thresholds are 0."""
    if not any(value > 0 for _, value in thresholds):
        return ()
    marks = [*thresholds, *points]
    said = "; ".join(f"{label}: {plain(value)}" for label, value in marks)
    data = {
        "labels": [label for label, _ in marks],
        "values": [float(value) for _, value in marks],
        "texts": [plain(value) for _, value in marks],
        "thresholds": len(thresholds),
    }
    return (Figure("scale", title, f"Marks on the interval from 0 to 1. {said}.", data),)
