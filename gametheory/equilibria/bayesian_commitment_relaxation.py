"""The relaxation of the cones in floats, whose rounded multipliers are exact bounds.

One model in HiGHS holds all types and replies (:mod:`gametheory.equilibria.bayesian_commitment_programmes`); the columns of
replies that are out are closed, and each run starts from the basis of the node above. Payoffs of the leader are brought to the
range from 1 to 2, those of each type to a range of 1, so that sizes do no harm; multipliers are rounded to multiples of a power
of two.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.bayesian_commitment import FollowerTypes, Multiplier, Ties
from gametheory.games.memory import refuse_if_too_large

if TYPE_CHECKING:
    from gametheory.optimize.linear_model import Basis

__all__ = ["Relaxation", "Relaxed"]

Floats = NDArray[np.float64]
Left = tuple[tuple[int, ...], ...]
_BITS = 40


@dataclass(eq=False, slots=True)
class Relaxed:
    """x, its copies by type, reply and action, multipliers, and the basis to start the next node from."""

    x: Floats
    copies: Floats
    rows: tuple[Multiplier, ...]
    shares: tuple[Multiplier, ...]
    basis: Basis


@final
class Relaxation:
    """The relaxation of the cones in floats: one model, whose columns are opened and closed."""

    def __init__(self, types: FollowerTypes, ties: Ties, floor: int, span: int) -> None:
        from gametheory.optimize.linear_model import LinearModel

        kinds, m, n = types.leader.shape
        refuse_if_too_large(kinds * n * n * m, 40, "the linear programme of all types and replies")
        self.types, self.shape, self.floor, self.span = types, (kinds, m, n), floor, span
        self.weak = ties == "weak"
        ratio = np.frompyfunc(lambda u: (u - floor) / span, 1, 1)
        self.leader = ratio(types.leader).astype(np.float64)  # from 1 to 2
        spans = [max(int(own.max()) - int(own.min()), 1) for own in types.follower]
        self.follower = np.array(
            [[[int(u) / s for u in row] for row in own] for own, s in zip(types.follower, spans, strict=True)]
        )
        self.exponents = [_BITS + max(0, s.bit_length() - span.bit_length()) for s in spans]
        self.units = [Fraction(span << e, s) for e, s in zip(self.exponents, spans, strict=True)]
        shared = [
            (kind, group)
            for kind, groups in enumerate(types.classes)
            for group in groups
            if ties == "weak" and len(group) > 1
        ]
        columns = m + kinds * m * n + len(shared)
        cost = np.zeros(columns)
        for kind, p in enumerate(types.prior):
            cost[m + kind * m * n : m + (kind + 1) * m * n] = float(p) * self.leader[kind].T.reshape(-1)
        entries: list[tuple[NDArray[np.int64], Floats]] = [(np.arange(m), np.ones(m))]
        lower, upper = [-np.inf], [1.0]
        for kind in range(kinds):
            for i in range(m):
                entries.append((np.append(self._z(kind, range(n), i), i), np.append(np.ones(n), -1.0)))
                lower.append(0.0)
                upper.append(0.0)
        self.about: list[tuple[int, int, int]] = []
        for kind in range(kinds):
            for j in range(n):
                for k in range(n):
                    if k not in types.group(kind, j):
                        row = self.follower[kind][:, j] - self.follower[kind][:, k]
                        entries.append((self._z(kind, j, range(m)), row))
                        self.about.append((kind, j, k))
                        lower.append(0.0)
                        upper.append(np.inf)
        self.shared: list[tuple[int, int, int]] = []
        for place, (kind, group) in enumerate(shared):
            j, column = group[0], m + kinds * m * n + place
            cost[self._z(kind, j, range(m))] = 0.0
            cost[column] = float(types.prior[kind])
            for s in group:
                row = np.append(-self.leader[kind][:, s], 1.0)
                entries.append((np.append(self._z(kind, j, range(m)), column), row))
                self.shared.append((kind, j, s))
                lower.append(-np.inf)
                upper.append(0.0)
        kept = [row != 0 for _, row in entries]
        start = np.concatenate([[0], np.cumsum([k.sum() for k in kept])])
        index = np.concatenate([c[k] for (c, _), k in zip(entries, kept, strict=True)])
        values = np.concatenate([row[k] for (_, row), k in zip(entries, kept, strict=True)])
        self.lower = np.where(np.arange(columns) < m + kinds * m * n, 0.0, -np.inf)
        self.upper = np.full(columns, np.inf)
        self.model = LinearModel("max", cost, start, index, values, lower, upper, self.lower, self.upper)

    def _z(self, kind: int, j: Any, i: Any) -> NDArray[np.int64]:
        _, m, n = self.shape
        return np.asarray(m + (kind * n + np.asarray(j)) * m + np.asarray(i), dtype=np.int64)

    def _run(self, left: Left, deadline: float | None) -> bool:
        kinds, m, n = self.shape
        upper = self.upper.copy()
        closed = np.ones((kinds, n), dtype=bool)
        for kind, replies in enumerate(left):
            closed[kind, list(replies)] = False
        upper[m : m + kinds * m * n] = np.where(np.repeat(closed.reshape(-1), m), 0.0, np.inf)
        self.model.change_column_bounds(self.lower, upper)
        remaining = None if deadline is None else max(0.0, deadline - time.perf_counter())
        return self.model.run(time_limit=remaining) == "optimal"

    def level(self, value: Fraction) -> float:
        """A payoff of the leader in the units of the model."""
        return float((value * self.types.denominator - self.floor) / self.span)

    def promise(self, replies: tuple[int, ...]) -> float:
        """What the best commitment for these replies is worth in floats, at most."""
        from gametheory.optimize.linear_model import LinearModel

        _, m, n = self.shape
        cost = np.zeros(m)
        rows = [np.ones(m)]
        for kind, j in enumerate(replies):
            own, group = self.follower[kind], list(self.types.group(kind, j)) if self.weak else [j]
            cost += float(self.types.prior[kind]) * self.leader[kind][:, group].max(axis=1)
            rows += [own[:, j] - own[:, k] for k in range(n) if k != j]
        table = np.array(rows)
        start, index = np.arange(len(table) + 1) * m, np.tile(np.arange(m), len(table))
        lower, upper = np.zeros(len(table)), np.full(len(table), np.inf)
        lower[0], upper[0] = -np.inf, 1.0
        model = LinearModel("max", cost, start, index, table.reshape(-1), lower, upper)
        return model.value() if model.run() == "optimal" else np.inf

    def solve(self, left: Left, basis: Basis | None, deadline: float | None) -> Relaxed | None:
        """The relaxation with rounded multipliers; ``None`` if the solver did not finish."""
        if basis is not None:
            self.model.set_basis(basis)
        if not self._run(left, deadline):
            return None
        kinds, m, n = self.shape
        solution = self.model.solution()
        copies = solution.primal[m : m + kinds * m * n].reshape(kinds, n, m)
        duals = solution.row_duals[1 + kinds * m :]
        if not np.isfinite(duals).all():
            return None
        rows, shares = [], []
        for (kind, j, k), y in zip(self.about, duals[: len(self.about)].tolist(), strict=True):
            if y < 0 and j in left[kind]:
                whole = round(Fraction(-y) * self.units[kind])
                if whole:
                    rows.append((kind, j, k, Fraction(whole, 1 << self.exponents[kind])))
        found: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for (kind, j, s), y in zip(self.shared, duals[len(self.about) :].tolist(), strict=True):
            if j in left[kind]:
                found.setdefault((kind, j), []).append((s, max(y, 0.0)))
        for (kind, j), parts in found.items():
            p = self.types.prior[kind]
            total = sum(y for _, y in parts)
            if total <= 0:
                continue
            halves = [Fraction(int(y / total * 2**_BITS), 2**_BITS) * p for _, y in parts]
            largest = max(range(len(parts)), key=lambda e: halves[e])
            halves[largest] += p - sum(halves)
            shares += [(kind, j, s, h) for (s, _), h in zip(parts, halves, strict=True) if h]
        return Relaxed(solution.primal[:m], copies, tuple(rows), tuple(shares), solution.basis)

    def suggestion(self, relaxed: Relaxed) -> tuple[tuple[int, ...], list[float]]:
        """Every type's best reply at x among all, the leader's favourite in ties, and by how much the relaxation flatters."""
        chosen, gaps = [], []
        for kind, p in enumerate(self.types.prior):
            own, worth = relaxed.x @ self.follower[kind], relaxed.x @ self.leader[kind]
            best = np.flatnonzero(own >= own.max() - 1e-9)
            reply = int(best[np.argmax(worth[best])])
            gaps.append(float(p) * float((relaxed.copies[kind].T * self.leader[kind]).sum() - worth[reply]))
            chosen.append(self.types.group(kind, reply)[0] if self.weak else reply)
        return tuple(chosen), gaps
