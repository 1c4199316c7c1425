"""The search for the boxes of :mod:`gametheory.certificates.attribution`: slices cut off, boxes halved.

From the box of all cutoffs, each attacker's range is cut from above and below as far as the others' ranges allow, in rounds,
until nothing helps; then the widest side is halved. Floats propose where to cut, fractions decide, and every cut is a step of
the certificate. With strategic complements the rounds alone converge, at the rate at which the best replies contract.
"""

from __future__ import annotations

import time
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, final

from gametheory.certificates.attribution import AttributionTerms, CutoffBox, Step, cutoff_bounds, first_box
from gametheory.errors import SolverError

__all__ = ["CutoffSearch"]

_MOST_BOXES = 2000


@final
class CutoffSearch:
    """Cuts and halves boxes until they are narrow; floats propose where to cut, fractions decide."""

    def __init__(self, terms: AttributionTerms, goal: Fraction, deadline: float | None) -> None:
        self.terms, self.goal, self.deadline = terms, goal, deadline
        self.floats = _in_floats(terms)
        self.steps: list[Step] = []
        self.boxes: list[CutoffBox] = []

    def run(self) -> None:
        waiting = [list(first_box(self.terms))]
        while waiting:
            if len(self.boxes) + len(waiting) > _MOST_BOXES:
                raise SolverError(
                    f"attribution: more than {_MOST_BOXES:,} boxes are left, as equilibria that are not isolated make; ask for "
                    "a larger width",
                    status="box limit",
                    solver="bisection",
                )
            box = waiting.pop()
            if not self._narrowed(box):
                continue
            widths = [high - low for low, high in box]
            widest = max(range(len(box)), key=widths.__getitem__)
            if widths[widest] <= self.goal:
                self.steps.append(("leave", 0, Fraction(0)))
                self.boxes.append(tuple(box))
                continue
            low, high = box[widest]
            middle = (low + high) / 2
            self.steps.append(("halve", widest, middle))
            lower, upper = [*box], [*box]
            lower[widest], upper[widest] = (low, middle), (middle, high)
            waiting += [upper, lower]

    def joined(self) -> tuple[CutoffBox, ...]:
        """The boxes; one where all of them fit into one that is as narrow as asked."""
        if len(self.boxes) > 1:
            columns = zip(*self.boxes, strict=True)
            hull = tuple((min(low for low, _ in own), max(high for _, high in own)) for own in columns)
            if max(high - low for low, high in hull) <= self.goal:
                return (hull,)
        return tuple(self.boxes)

    def _narrowed(self, box: list[tuple[Fraction, Fraction]]) -> bool:
        """Cut slices off while that helps; ``False`` if nothing is left."""
        while True:
            if self.deadline is not None and time.perf_counter() > self.deadline:
                raise SolverError(
                    "attribution: time limit; raise time_limit or the width", status="time limit", solver="bisection"
                )
            before = sum((high - low for low, high in box), Fraction(0))
            for i in range(len(box)):
                bounds = cutoff_bounds(self.terms, box, i)
                if bounds[1] < box[i][0] or bounds[0] > box[i][1]:
                    self.steps.append(("empty", i, Fraction(0)))
                    return False
                for kind in ("above", "below"):
                    self._cut(box, i, kind)
            after = sum((high - low for low, high in box), Fraction(0))
            if max(high - low for low, high in box) <= self.goal or after > before * Fraction(9, 10):
                return True

    def _cut(self, box: list[tuple[Fraction, Fraction]], i: int, kind: str) -> None:
        """The largest slice that floats find; a little less of it in fractions."""
        low, high = box[i]
        sides = [(float(a), float(b)) for a, b in box]
        # With weight t the cut is at near + t (far − near), near the end that is kept.
        near, far = (low, high) if kind == "above" else (high, low)
        start, span = float(near), float(far) - float(near)
        good, bad = 1.0, 0.0
        for _ in range(60):
            if abs(span) * (good - bad) < float(self.goal) / 256:
                break
            middle = (good + bad) / 2
            at = start + middle * span
            sides[i] = (at, float(high)) if kind == "above" else (float(low), at)
            bounds = cutoff_bounds(self.floats, sides, i)
            cuts = bounds[1] <= at if kind == "above" else bounds[0] >= at
            good, bad = (middle, bad) if cuts else (good, middle)
        margin = float(self.goal) / 64
        while abs(span) * (1 - good) > margin:
            good = min(1.0, good + margin / abs(span))
            bound = near + (far - near) * Fraction(round(good * 2**60), 2**60)
            bound = Fraction(round(bound * 2**60), 2**60)
            if not low < bound < high:
                return
            part = [*box]
            part[i] = (bound, high) if kind == "above" else (low, bound)
            bounds = cutoff_bounds(self.terms, part, i)
            if bounds[1] <= bound if kind == "above" else bounds[0] >= bound:
                self.steps.append((kind, i, bound))
                box[i] = (low, bound) if kind == "above" else (bound, high)
                return
            margin *= 8


def _in_floats(terms: AttributionTerms) -> Any:
    """The same numbers in floats, for proposals."""

    def floats(values: Any) -> Any:
        return [floats(x) for x in values] if isinstance(values, tuple) else float(values)

    names = ("attack_signals", "quiet_signals", "opportunities", "benefits", "resolve")
    return SimpleNamespace(heard=terms.heard, **{name: floats(getattr(terms, name)) for name in names})
