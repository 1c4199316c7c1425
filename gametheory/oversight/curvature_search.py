"""The search for the cheapest curvatures: a semidefinite programme proposes, exact linear programmes and factorisations decide.

Lower bounds are optima of  min {c·w : Σ_i w_i v_i² ≥ vᵀ Q_C v for the joint deviations v found, w ≥ 0},  first those of which
the multipliers of the semidefinite programme are made. Upper bounds are rational weights at which every coalition's matrix
is positive semidefinite by exact elimination: those in floats, raised by as little as passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.curvature import JointDeviation, Matrix, coalition_matrix, is_positive_semidefinite
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SolverError
from gametheory.games.coalitions import Coalition
from gametheory.games.memory import refuse_if_too_large

__all__ = [
    "CurvatureSearch",
    "bounds_apart",
    "coalition_gain_along",
    "coalition_slack",
    "floats",
    "holds",
    "short_direction",
]

_MAX_ROUNDS = 40
_BITS = 40

Floats = NDArray[np.float64]


@final
class CurvatureSearch:
    """Joint deviations as demands of a linear programme, first those of the semidefinite programme's multipliers."""

    def __init__(
        self, matrices: tuple[Matrix, ...], family: tuple[Coalition, ...], costs: tuple[Fraction, ...], share: Fraction
    ) -> None:
        self.matrices, self.family, self.costs, self.share = matrices, family, costs, share
        self.members = [sorted(s) for s in family]
        self.blocks = [coalition_matrix(matrices, m) for m in self.members]
        self.size = max(abs(x) for block in self.blocks for row in block for x in row)

    def run(self) -> tuple[tuple[Fraction, ...], tuple[JointDeviation, ...], Fraction, Fraction]:
        """Weights that deter, the deviations that prove the lower bound, and both bounds."""
        from gametheory.optimize.exact import solve_exact

        n = len(self.matrices)
        start, demands = self._proposal()
        best: tuple[Fraction, ...] | None = self._repaired(start)
        lower = Fraction(0)
        for _ in range(_MAX_ROUNDS):
            rows: list[Any] = [
                (
                    f"demand {k}",
                    {i: x * x for i, x in zip(self.members[c], v, strict=True) if x},
                    ">=",
                    coalition_gain_along(self.blocks[c], v),
                )
                for k, (c, v) in enumerate(demands)
            ]
            programme = LinearProgramme.from_rows("min", self.costs, rows)
            solution = solve_exact(programme)
            lower = solution.value
            if best is not None and self._cost(best) - lower <= self.share * max(self._cost(best), self.size):
                prices = solution.row_duals
                found = tuple(
                    JointDeviation(self.family[c], v, prices[k]) for k, (c, v) in enumerate(demands) if prices[k]
                )
                return best, found, lower, self._cost(best)
            point = tuple(solution.primal[i] for i in range(n))
            repaired = self._repaired(np.array([float(w) for w in point]))
            if repaired is not None and (best is None or self._cost(repaired) < self._cost(best)):
                best = repaired
            new = [cut for cut in self._violated(point) if cut not in demands]
            if not new:
                break
            demands += new
        raise bounds_apart(lower, None if best is None else self._cost(best))

    def _proposal(self) -> tuple[Floats, list[tuple[int, tuple[Fraction, ...]]]]:
        """Weights in floats, and the deviations that the multipliers of the semidefinite programme are made of."""
        from gametheory.optimize.semidefinite import solve_semidefinite

        n, offsets = len(self.matrices), np.cumsum([0, *map(len, self.members)])
        total = int(offsets[-1])
        refuse_if_too_large(total * total, 400, "the semidefinite programme of all coalitions")
        unit = float(self.size) or 1.0
        constant = np.zeros((total, total))
        variable: list[int] = []
        place: list[int] = []
        for members, block, begin in zip(self.members, self.blocks, offsets.tolist(), strict=False):
            constant[begin : begin + len(members), begin : begin + len(members)] = -floats(block) / unit
            variable += members
            place += range(begin, begin + len(members))
        index = np.array(place, dtype=np.int64)
        # Σ_i |Q_ij| over everybody bounds what any player needs: diagonal dominance.
        most = (
            float(np.abs(np.array([floats(block).__abs__().sum(axis=1).max() for block in self.blocks])).max()) / unit
        )
        found = solve_semidefinite(
            np.array([float(c) for c in self.costs]),
            constant,
            (np.array(variable, dtype=np.int64), index, index, np.ones(total)),
            np.zeros(n),
            np.full(n, most + 1),
        )
        demands: list[tuple[int, tuple[Fraction, ...]]] = []
        for c, (members, begin) in enumerate(zip(self.members, offsets.tolist(), strict=False)):
            sizes, vectors = np.linalg.eigh(
                found.multiplier[begin : begin + len(members), begin : begin + len(members)]
            )
            demands += [
                (c, short_direction(vectors[:, k])) for k in np.flatnonzero(sizes > 1e-7 * max(sizes.max(), 1e-7))
            ]
        return np.maximum(found.point, 0) * unit, demands

    def _repaired(self, weights: Floats) -> tuple[Fraction, ...] | None:
        """Rational weights a little above those given that deter, exactly checked."""
        base = [Fraction(float(w)) for w in weights.tolist()]
        for power in range(14, -2, -1):
            step = self.size / 10**power if power >= 0 else self.size * 10 ** (-power)
            raised = tuple(max(w, Fraction(0)) + step for w in base)
            if all(holds(self.matrices, s, raised) for s in self.family):
                return raised
        return None

    def _violated(self, point: Sequence[Fraction]) -> list[tuple[int, tuple[Fraction, ...]]]:
        found = []
        for c, members in enumerate(self.members):
            slack = coalition_slack(self.matrices, members, point)
            values, vectors = np.linalg.eigh(floats(slack))
            found += [(c, short_direction(vectors[:, k])) for k in np.flatnonzero(values < 0)]
        return found

    def _cost(self, weights: Sequence[Fraction]) -> Fraction:
        return sum((c * w for c, w in zip(self.costs, weights, strict=True)), Fraction(0))


def coalition_slack(matrices: tuple[Matrix, ...], members: Sequence[int], weights: Sequence[Fraction]) -> Matrix:
    block = coalition_matrix(matrices, members)
    return tuple(
        tuple((weights[i] if a == b else Fraction(0)) - x for b, x in enumerate(block[a]))
        for a, i in enumerate(members)
    )


def holds(matrices: tuple[Matrix, ...], coalition: Coalition, weights: Sequence[Fraction]) -> bool:
    return is_positive_semidefinite(coalition_slack(matrices, sorted(coalition), weights))


def coalition_gain_along(matrix: Matrix, direction: Sequence[Fraction]) -> Fraction:
    return sum(
        (x * a * y for row, x in zip(matrix, direction, strict=True) for a, y in zip(row, direction, strict=True)),
        Fraction(0),
    )


def short_direction(vector: Floats) -> tuple[Fraction, ...]:
    """A rational direction near a float one, its largest entry 1: small fractions where they are as near as floats are."""
    scaled = (vector / vector[int(np.abs(vector).argmax())]).tolist()
    found = []
    for x in scaled:
        near = Fraction(x).limit_denominator(1000)
        found.append(near if abs(float(near) - x) < 1e-13 else Fraction(round(x * 2**_BITS), 2**_BITS))
    return tuple(found)


def floats(matrix: Sequence[Sequence[Fraction]]) -> Floats:
    return np.array([[float(x) for x in row] for row in matrix])


def bounds_apart(lower: Fraction, upper: Fraction | None) -> SolverError:
    return SolverError(
        "curvature: the bounds are further apart than the gap allowed; raise gap=, or rescale the actions",
        status="gap",
        solver="semidefinite programme",
        best=(lower, upper),
    )
