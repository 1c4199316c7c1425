"""Oversight policies by brute force, in fractions: harm by listing deviations, least costs by listing candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

Profile = tuple[int, ...]


class World:
    """A small game with a target, harms and coalitions, all in fractions."""

    def __init__(self, payoffs: Any, harm: Any, target: Profile, coalitions: Sequence[Sequence[int]] | None) -> None:
        """``payoffs[i]`` and ``harm`` are nested lists over profiles."""
        self.n = len(payoffs)
        self.shape = []
        part = harm
        while isinstance(part, (list, tuple)):
            self.shape.append(len(part))
            part = part[0]
        self.payoffs, self.table, self.target = payoffs, harm, target
        everybody = [s for k in range(1, self.n + 1) for s in combinations(range(self.n), k)]
        self.coalitions = everybody if coalitions is None else [tuple(sorted(s)) for s in coalitions]

    def payoff(self, i: int, a: Profile) -> Fraction:
        return Fraction(self.at(self.payoffs[i], a))

    def harm(self, a: Profile) -> Fraction:
        return Fraction(self.at(self.table, a))

    @staticmethod
    def at(table: Any, a: Profile) -> Any:
        for k in a:
            table = table[k]
        return table

    def joints(self, coalition: Sequence[int]) -> Iterator[Profile]:
        """The profiles that a coalition can bring about, the target among them."""
        for moves in product(*(range(self.shape[i]) for i in coalition)):
            profile = list(self.target)
            for i, k in zip(coalition, moves, strict=True):
                profile[i] = k
            yield tuple(profile)

    def nets(self, coalition: Sequence[int], a: Profile, costs: Sequence[Fraction]) -> list[Fraction]:
        return [
            self.payoff(i, a) - self.payoff(i, self.target) - (costs[i] if a[i] != self.target[i] else 0)
            for i in coalition
        ]

    def pays(self, coalition: Sequence[int], a: Profile, costs: Sequence[Fraction], rule: str) -> bool:
        """Whether a coalition blocks by bringing about ``a`` when moving costs ``costs``."""
        if a == self.target:
            return False
        nets = self.nets(coalition, a, costs)
        if rule == "all":
            return min(nets) > 0
        if rule == "some":
            return min(nets) >= 0 and max(nets) > 0
        if rule == "transfer":
            return sum(nets) > 0
        return any(net > 0 for i, net in zip(coalition, nets, strict=True) if a[i] != self.target[i])

    def pure_harm(self, costs: Sequence[Fraction], rule: str) -> Fraction:
        """The largest harm that pays when moving costs ``costs``."""
        worst = self.harm(self.target)
        for coalition in self.coalitions:
            for a in self.joints(coalition):
                if self.harm(a) > worst and self.pays(coalition, a, costs, rule):
                    worst = self.harm(a)
        return worst

    def levels(self) -> list[Fraction]:
        low = self.harm(self.target)
        return sorted({h for h in map(self.harm, product(*map(range, self.shape))) if h > low})

    def least_total(self, limit: Fraction, caps: Sequence[Fraction | None], rule: str) -> Fraction | None:
        """inf Σ x_i such that no pure deviation with harm ≥ ``limit`` pays, 0 ≤ x_i ≤ caps_i; ``None``: impossible."""
        if self.harm(self.target) >= limit:
            return None
        dangers = [
            (s, a) for s in self.coalitions for a in self.joints(s) if a != self.target and self.harm(a) >= limit
        ]
        if rule == "transfer":
            return self._least_vertex(dangers, caps)
        # Whoever is held back is held at what it gains by some deviation; under "some" perhaps by a hair more.
        hair = Fraction(1, 10**9)
        candidates: list[list[Fraction]] = []
        for i in range(self.n):
            gains = {self.nets([i], a, [Fraction(0)] * self.n)[0] for s, a in dangers if a[i] != self.target[i]}
            found = {Fraction(0)} | {g for g in gains if g > 0}
            if rule == "some":
                found |= {g + hair for g in gains if g >= 0}
            cap = caps[i]
            candidates.append(sorted(x for x in found if cap is None or x <= cap))
        best: Fraction | None = None
        for costs in product(*candidates):
            # A hair is what an infimum does without.
            total = sum((x - hair if x.denominator % hair.denominator == 0 else x for x in costs), Fraction(0))
            if (best is None or total < best) and not any(self.pays(s, a, costs, rule) for s, a in dangers):
                best = total
        return best

    def _least_vertex(self, dangers: Any, caps: Sequence[Fraction | None]) -> Fraction | None:
        """min Σ x over {Σ_{movers} x ≥ sum of gains, 0 ≤ x ≤ caps} by listing vertices."""
        rows: dict[tuple[int, ...], Fraction] = {}
        for s, a in dangers:
            needed = sum(self.nets(s, a, [Fraction(0)] * self.n), Fraction(0))
            movers = tuple(int(a[i] != self.target[i]) for i in range(self.n))
            rows[movers] = max(rows.get(movers, needed), needed)
        system = [([Fraction(c) for c in movers], needed) for movers, needed in rows.items() if needed > 0]
        for i, cap in enumerate(caps):
            unit = [Fraction(int(j == i)) for j in range(self.n)]
            system.append((unit, Fraction(0)))
            if cap is not None:
                system.append(([-c for c in unit], -cap))
        best: Fraction | None = None
        for chosen in combinations(system, self.n):
            x = solve([row for row, _ in chosen], [side for _, side in chosen])
            if x is None or any(sum(c * v for c, v in zip(row, x, strict=True)) < side for row, side in system):
                continue
            if best is None or sum(x) < best:
                best = sum(x, Fraction(0))
        return best

    def correlated_harm(self, costs: Sequence[Fraction], rule: str) -> float:
        """Supremum of expected harm over distributions that pay; in floats, by SciPy."""
        from scipy.optimize import linprog

        worst = float(self.harm(self.target))
        for s in self.coalitions:
            joints = list(self.joints(s))
            harms = [float(self.harm(a)) for a in joints]
            nets = [
                [float(x) for x in column] for column in zip(*(self.nets(s, a, costs) for a in joints), strict=True)
            ]
            if rule == "transfer":
                ways = [[[sum(column) for column in zip(*nets, strict=True)]]]
            elif rule == "any":
                ways = [
                    [[x if a[i] != self.target[i] else 0.0 for x, a in zip(row, joints, strict=True)]]
                    for i, row in zip(s, nets, strict=True)
                ]
            else:
                ways = [nets]
            for rows in ways:
                if rule == "some":
                    total = [-sum(column) for column in zip(*rows, strict=True)]
                    gain = -linprog(
                        total, [[-x for x in r] for r in rows], [0.0] * len(rows), [[1.0] * len(joints)], [1.0]
                    ).fun
                else:
                    objective = [0.0] * len(joints) + [-1.0]
                    upper = [[-x for x in r] + [1.0] for r in rows]
                    bounds = [(0, None)] * len(joints) + [(None, None)]
                    gain = -linprog(
                        objective, upper, [0.0] * len(rows), [[1.0] * len(joints) + [0.0]], [1.0], bounds
                    ).fun
                if gain > 1e-7:
                    found = linprog(
                        [-h for h in harms],
                        [[-x for x in r] for r in rows],
                        [0.0] * len(rows),
                        [[1.0] * len(joints)],
                        [1.0],
                    )
                    worst = max(worst, -found.fun)
        return worst


def solve(matrix: list[list[Fraction]], side: list[Fraction]) -> list[Fraction] | None:
    """The solution of a square system; ``None`` if it is singular."""
    n = len(matrix)
    rows = [[*row, b] for row, b in zip(matrix, side, strict=True)]
    for k in range(n):
        pivot = next((r for r in range(k, n) if rows[r][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(n):
            if r != k and rows[r][k]:
                rows[r] = [x - rows[r][k] * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[n] for row in rows]
