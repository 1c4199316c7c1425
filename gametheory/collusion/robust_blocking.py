"""Whether weights exist with which a coalition does not block, and the deviations that speak against a cell of weights.

For the table h_i[a, b] of a group's gains, told a and playing b, the coalition's best randomised plan brings its weighted
members max Σ_a max_b Σ_i w_i h_i[a, b]. Under "all" it does not block iff the minimum over w ≥ 0, Σ w = 1 is at most 0
(minimax), under "some" iff some w > 0 has no more than 0 (Stiemke): a linear programme in w and the |A| maxima.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.blocking_plans import Violation, weighted_excess
from gametheory.certificates.joint_plans import Deviation, Group, Joint
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.robust_cases import Cell
from gametheory.errors import InfeasibleError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import solve_exact

__all__ = ["WeightsOracle"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class WeightsOracle:
    """Answers the groups of one profile after another; remembers weights that worked, and why the others block.

    Attributes
    ----------
    weights : mapping from Group to weights
        With which the group does not block the last profile.
    blocked : mapping from Group to (gains, weights)
        Gains of the groups that block it, and the weights at which they gain least.
    """

    game: NormalFormGame
    blocking: str
    weights: dict[Group, tuple[Fraction, ...]] = field(default_factory=dict)
    blocked: dict[Group, tuple[Array, tuple[Fraction, ...]]] = field(default_factory=dict)

    def answer(self, group: Group, gains: Array) -> Violation | None:
        """See :data:`gametheory.certificates.blocking_plans.Answer`."""
        gains = gains.astype(object)
        for tried in self._plain(group, len(gains)):
            unit = math.lcm(*(w.denominator for w in tried))
            if weighted_excess(gains, [int(w * unit) for w in tried]) <= 0:
                self.weights[group] = tried
                return None
        least, found = _least_gain(gains, self.blocking)
        if least <= 0:
            self.weights[group] = found
            return None
        self.weights.pop(group, None)
        self.blocked[group] = (gains, found)
        moves = group.moves if group.moves is not None else ()
        # The members' least gain counts as the size: a number in the integers of the table.
        return Violation(Deviation(group.members, moves, group.faulty, group.faulty_moves or ()), None, least, group)  # type: ignore[arg-type]

    def _plain(self, group: Group, size: int) -> Iterator[tuple[Fraction, ...]]:
        if group in self.weights:
            yield self.weights[group]
        yield (Fraction(1, size),) * size
        if self.blocking == "all":
            for k in range(size):
                yield tuple(Fraction(int(i == k)) for i in range(size))

    def deviations(self, group: Group, cell: Cell) -> set[Deviation]:
        """The best deviations of a blocking group at the vertices of its cell and at the weights where it gains least."""
        gains, best = self.blocked[group]
        found: set[Deviation] = set()
        for weights in {*cell, best}:
            unit = math.lcm(*(w.denominator for w in weights))
            table = sum(int(w * unit) * row for w, row in zip(weights, gains, strict=True) if w)
            plays = table.argmax(axis=1)
            if group.faulty_moves is None:
                moves = tuple(
                    (self._joint(group.faulty, a), self._joint(group.faulty, b)) for a, b in enumerate(plays) if a != b
                )
                found.add(Deviation(group.members, group.moves or (), group.faulty, moves))
                continue
            for a, b in enumerate(plays):
                told = group.told if group.told is not None else self._joint(group.members, a)
                played = self._joint(group.members, b)
                if table[a, b] > 0 and told != played:
                    found.add(Deviation(group.members, ((told, played),), group.faulty, group.faulty_moves))
        return found

    def _joint(self, players: Joint, number: Any) -> Joint:
        return tuple(int(k) for k in np.unravel_index(int(number), [self.game.num_actions[i] for i in players]))


def _least_gain(gains: Array, blocking: str) -> tuple[Fraction, tuple[Fraction, ...]]:
    """min over weights of the best weighted gain, and the weights; under "some" 1 where no positive weights will do."""
    heard = np.flatnonzero((gains != 0).any(axis=(0, 2)))
    size, told = len(gains), len(heard)
    rows: list[Any] = []
    for step, a in enumerate(heard):
        for b, column in enumerate(gains[:, a].T):
            entries = {i: -int(x) for i, x in enumerate(column) if x}
            rows.append((f"{step}, {b}", {**entries, size + step: 1}, ">=", 0))
    rows.append(("weights", dict.fromkeys(range(size), 1), "==", 1))
    free = [None] * told
    if blocking == "all":
        programme = LinearProgramme.from_rows("min", [0] * size + [1] * told, rows, lower=[0] * size + free)
        solution = solve_exact(programme)
        return solution.value, tuple(solution.primal[i] for i in range(size))
    rows.append(("no gain", dict.fromkeys(range(size, size + told), 1), "<=", 0))
    rows += [(f"weight {i}", {i: 1, size + told: -1}, ">=", 0) for i in range(size)]
    programme = LinearProgramme.from_rows("max", [0] * (size + told) + [1], rows, lower=[0] * size + free + [0])
    even = (Fraction(1, size),) * size
    try:
        solution = solve_exact(programme)
    except InfeasibleError:
        return Fraction(1), even
    found = tuple(solution.primal[i] for i in range(size))
    return (Fraction(0), found) if solution.value > 0 else (Fraction(1), found)
