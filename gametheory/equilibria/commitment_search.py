"""The best commitment over reply cells, one exact linear programme for each cell.

A bound V on the leader's value is raised cell by cell: over the cone p of the cell of reply r with Σ p ≤ 1 maximise

    Σ_i p_i (u_L(i, r) − V)        (ties for the leader),
    t − V Σ_i p_i,  t ≤ Σ_i p_i u_L(i, s) for all s equal to r        (ties against it).

The optimum is 0 if the cell, perhaps empty, holds nothing better than V, and its multipliers then show so for V and for
every larger bound; otherwise V rises by the optimum, and the multipliers show that this cell holds no more. Put
together they certify the value of :func:`~gametheory.equilibria.commitment_cells.stackelberg_programme`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.commitment_cells import ReplyCells
from gametheory.equilibria.commitment_floats import DistantCells
from gametheory.equilibria.rows import block, payoff_programme, with_minus_one

__all__ = ["CellSearch", "attaining_commitment", "best_replies", "commitment_towards", "leader_payoff", "vector"]

Array = NDArray[Any]


@final
@dataclass(slots=True)
class CellSearch:
    """The best commitment over cells, found one cell at a time, with the multipliers of every cell."""

    value: Fraction
    commitment: Array | None
    reply: int
    position: int
    multipliers: list[Fraction]

    @classmethod
    def over(cls, cells: ReplyCells, listed: Sequence[int], *, weak: bool) -> CellSearch:
        """The best over the cells of the ``listed`` replies, starting from a bound below every payoff of the leader.

        Cells that floats show to hold nothing near the best get their multipliers from there, once the value is known.
        """
        lowest = RationalArray(cells.leader_payoffs, cells.game.denominator).fractions().min() - 1
        search = cls(lowest, None, -1, -1, [])
        distant = DistantCells(cells, listed, {}) if weak else DistantCells.among(cells, listed)
        found: dict[int, list[Fraction]] = {}
        for position in range(len(listed)):
            if position not in distant.multipliers:
                found[position] = search.solved(cells, listed, position, weak=weak)
        for position in distant.multipliers:
            proof = distant.proof(position, search.value)
            found[position] = search.solved(cells, listed, position, weak=weak) if proof is None else proof
        search.multipliers += [y for position in range(len(listed)) for y in found[position]]
        return search

    def solved(self, cells: ReplyCells, listed: Sequence[int], position: int, *, weak: bool) -> list[Fraction]:
        """Solve one cell exactly, keep its best commitment if it is better than all before, and give its multipliers."""
        from gametheory.optimize.exact import solve_exact

        solution = solve_exact(_cell_programme(cells, listed[position], self.value, weak=weak))
        if solution.value > 0:
            mass = [solution.primal[i] for i in range(cells.game.num_actions[cells.leader])]
            self.commitment = vector(mass) / sum(mass, Fraction(0))
            self.value, self.reply, self.position = self.value + solution.value, listed[position], position
        return [solution.row_duals[k] for k in range(1, len(solution.row_duals))]

    def certificate(self, programme: LinearProgramme, width: int) -> DualityCertificate:
        """The bound over all cells: their multipliers, and the value for "probabilities sum to one"."""
        assert self.commitment is not None
        primal = [Fraction(0)] * programme.num_columns
        start = self.position * width
        primal[start : start + len(self.commitment)] = list(self.commitment)
        if width > len(self.commitment):
            primal[start + len(self.commitment)] = self.value
        multipliers = RationalArray.from_fractions([self.value, *self.multipliers])
        return DualityCertificate(programme, self.value, multipliers, RationalArray.from_fractions(primal))


def _cell_programme(cells: ReplyCells, reply: int, bound: Fraction, *, weak: bool) -> LinearProgramme:
    game, m = cells.game, cells.game.num_actions[cells.leader]
    table, names = cells.rows(reply)
    mass = np.full((1, m), game.denominator, dtype=object)
    blocks = [
        block(mass, np.arange(m), ["total probability"], sense="<=", right=game.denominator),
        block(table, np.arange(m), names),
    ]
    labels = list(game.actions[cells.leader])
    if weak:
        group = list(cells.group(reply))
        rows = with_minus_one(cells.leader_payoffs[:, group].T, game.denominator)
        blocks.append(block(rows, np.arange(m + 1), [f"worst payoff at ({cells.label(s)})" for s in group]))
        objective = [-bound] * m + [Fraction(1)]
    else:
        objective = [Fraction(int(u), game.denominator) - bound for u in cells.leader_payoffs[:, reply]]
    return payoff_programme(
        game,
        blocks,
        name="reply cell",
        arguments={},
        objective=RationalArray.from_fractions(objective),
        column_names=[*labels, "worst payoff"] if weak else labels,
        free=(m,) if weak else (),
        digest="",
    )


def attaining_commitment(cells: ReplyCells, reply: int, value: Fraction) -> Array | None:
    """A commitment in this cell after which every best reply gives the leader at least ``value``, if there is one.

    Let F be the cone over the part of the cell where the replies known to tie give at least ``value``. Over p ∈ F
    maximise min(1, Σ p) + Σ_s min(1, margin over s): F is a cone, so that each term is 1 at the optimum unless it is 0
    on all of F. If Σ p is, nothing attains ``value`` here. A reply with margin 0 ties everywhere on F, and so must give
    at least ``value`` too: F shrinks, at most once for each reply. If all margins are 1, p / Σ p is what was sought.
    """
    from gametheory.optimize.exact import solve_exact

    game, m = cells.game, cells.game.num_actions[cells.leader]
    leader = RationalArray(cells.leader_payoffs, game.denominator).fractions()
    payoffs = RationalArray(cells.coalition_payoffs, game.denominator).fractions()
    tied = set(cells.group(reply))
    while True:
        free = [s for s in range(len(cells.replies)) if s not in tied]
        mass = {**dict.fromkeys(range(m), Fraction(1)), m: Fraction(-1)}
        rows: list[tuple[str, dict[int, Fraction], Any, Any]] = [("mass", mass, ">=", 0)]
        for s in range(len(cells.replies)):
            margin = {i: payoffs[i, reply] - payoffs[i, s] for i in range(m)}
            if s in tied:
                rows.append((f"leader's payoff at {s}", {i: leader[i, s] - value for i in range(m)}, ">=", 0))
            else:
                margin[m + 1 + free.index(s)] = Fraction(-1)
            rows.append((f"margin over {s}", margin, ">=", 0))
        count = 1 + len(free)
        programme = LinearProgramme.from_rows("max", [0] * m + [1] * count, rows, upper=[None] * m + [1] * count)
        primal = solve_exact(programme).primal
        if primal[m] == 0:
            return None
        ties = {s for k, s in enumerate(free) if primal[m + 1 + k] == 0}
        if not ties:
            found = vector([primal[i] for i in range(m)])
            return np.asarray(found / sum(found, Fraction(0)))
        tied |= ties


def commitment_towards(
    cells: ReplyCells, best: Array, inside: Array, reply: int, value: Fraction, epsilon: Fraction
) -> Array:
    """A commitment inside the cell, close enough to the maximiser ``best`` to be worth ``value - epsilon``."""
    worst = min(leader_payoff(cells, inside, s) for s in cells.group(reply))
    share = min(Fraction(1), epsilon / (value - worst)) if worst < value else Fraction(1)
    return np.asarray(best + share * (inside - best))


def leader_payoff(cells: ReplyCells, x: Array, reply: int) -> Fraction:
    return (
        sum((p * int(u) for p, u in zip(x, cells.leader_payoffs[:, reply], strict=True)), Fraction(0))
        / cells.game.denominator
    )


def best_replies(cells: ReplyCells, x: Array) -> list[int]:
    """The replies whose cell holds x: best replies, or pure equilibria among independent followers."""
    result = []
    for r in range(len(cells.replies)):
        table, _ = cells.rows(r)
        if all(sum((p * int(u) for p, u in zip(x, row, strict=True)), Fraction(0)) >= 0 for row in table):
            result.append(r)
    return result


def vector(values: Sequence[Fraction]) -> Array:
    """An object array of fractions."""
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result
