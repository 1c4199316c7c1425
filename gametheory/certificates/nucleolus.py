"""An allocation is the nucleolus: Kohlberg's criterion, as evidence.

The **nucleolus** makes the excesses, from the largest down, lexicographically least; over all allocations (the
*prenucleolus*) or over imputations, x_i ≥ v({i}). By Kohlberg (1971) x is it iff for every α the coalitions D(α) with excess
at least α (and, over imputations, some players with x_i = v({i})) have weights w > 0 with Σ_{S∋i} w_S = 1: then
whoever lowers no excess in D(α) changes none of them. Weights on part of D(α) are enough where every other member of D(α)
is a combination of that part. Steps α_1 > α_2 > … with weights prove it: no excess exceeds α_1, what exceeds α_{k+1} is a
combination of the part at step k, and every coalition one of the last part, which spans ℝⁿ.

Everything is recomputed in integers. Complexity: 2ⁿ excesses, and an elimination and n sums over all coalitions for each step.

References: E. Kohlberg 1971, "On the nucleolus of a characteristic function game", SIAM Journal on Applied Mathematics 20; D.
Schmeidler 1969, "The nucleolus of a characteristic function game", ibid. 17.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.allocations import (
    Weights,
    check_allocation,
    check_weights,
    coalitional_from_json,
    coalitional_to_json,
    expect_kind,
    player_sums,
    weights_from_json,
    weights_to_json,
)
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.rationals import rational_array_from_json, rational_array_to_json
from gametheory.errors import SpecificationError
from gametheory.games.coalitional import CoalitionalGame, subset_sums
from gametheory.games.normal_form import NormalFormGame

__all__ = ["NucleolusCertificate", "complement_basis", "spanned_by_complement"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class NucleolusCertificate:
    """An allocation is the nucleolus, or the prenucleolus, of a coalitional game, and the only one.

    Attributes
    ----------
    game : CoalitionalGame
    allocation : RationalArray, shape (n,)
    imputations : bool
        Whether only allocations with x_i ≥ v({i}) compete.
    steps : tuple of (coalition weights, player weights)
        For each step the weights w > 0 by number of the coalition, and those of players with x_i = v({i}).
    """

    game: CoalitionalGame
    allocation: RationalArray
    imputations: bool
    steps: tuple[tuple[Weights, Weights], ...]

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the coalitional game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        listed = ", ".join(brief(self.allocation[i]) for i in range(min(len(self.allocation), 8)))
        more = ", …" if len(self.allocation) > 8 else ""
        return f"the {'nucleolus' if self.imputations else 'prenucleolus'} is ({listed}{more})"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute all excesses, and check Kohlberg's criterion; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If the weights of a step are not balanced, or a coalition is left out.
        """
        own, n = self.game, self.game.num_players
        check_allocation(self.claim, own, self.allocation)
        excesses = own.excesses(self.allocation)
        if self.imputations and any(int(excesses.numerators[1 << i]) > 0 for i in range(n)):
            fail(self.claim, "a player gets less than alone, so that it is no imputation")
        waiting = own.allowed.copy()
        waiting[-1] = False  # the excess of all players is 0 at every allocation
        level: int | None = None
        outside: Array | None = None
        for coalitions, players in self.steps:
            worth, outside = self._step(excesses, coalitions, players)
            unexplained = excesses.numerators[waiting] if waiting.any() else np.zeros(0)
            if len(unexplained) and max(unexplained.tolist()) > worth:
                fail(self.claim, f"an excess above {brief(Fraction(worth, excesses.denominator))} has no weights")
            if level is not None and worth >= level:
                fail(self.claim, "the steps do not fall")
            level = worth
            waiting &= ~spanned_by_complement(outside)
        if waiting.any() or (outside is None and n > 1):
            fail(self.claim, "a coalition is in no step")
        if outside is not None and outside.shape[1]:
            fail(self.claim, "the coalitions leave the allocation undetermined")
        return True

    def _step(self, excesses: RationalArray, coalitions: Weights, players: Weights) -> tuple[int, Array]:
        """The least excess (as numerator) of a step's part, and a basis of what is orthogonal to the part."""
        n = self.game.num_players
        check_weights(self.claim, self.game, coalitions)
        if not coalitions or any(w == 0 for _, w in coalitions) or len(dict(players)) < len(players):
            fail(self.claim, "a step names at least one coalition, and weights are positive")
        if players and not self.imputations:
            fail(self.claim, "players alone have weights over imputations only")
        for i, w in players:
            if not 0 <= i < n or w <= 0 or int(excesses.numerators[1 << i]) != 0:
                fail(self.claim, f"player {i} has a weight without being held at what it has alone")
        sums = player_sums(n, (*coalitions, *((1 << i, w) for i, w in players)))
        if len(set(sums)) > 1:
            fail(self.claim, "the weights of a step are not balanced")
        rows = [*(number for number, _ in coalitions), *(1 << i for i, _ in players)]
        return min(int(excesses.numerators[number]) for number, _ in coalitions), complement_basis(rows, n)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "nucleolus",
            "game": coalitional_to_json(self.game),
            "allocation": rational_array_to_json(self.allocation),
            "imputations": self.imputations,
            "steps": [[weights_to_json(coalitions), weights_to_json(players)] for coalitions, players in self.steps],
        }

    @classmethod
    def from_dict(cls, data: Any) -> NucleolusCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_kind(data, "nucleolus", ("game", "allocation", "imputations", "steps"))
        if not isinstance(data["imputations"], bool) or not isinstance(data["steps"], list):
            raise SpecificationError("certificate: imputations is true or false, steps a list")
        steps = []
        for k, step in enumerate(data["steps"]):
            if not isinstance(step, list) or len(step) != 2:
                raise SpecificationError(f"certificate.steps[{k}]: write the weights of coalitions and of players")
            steps.append(
                (
                    weights_from_json(step[0], f"certificate.steps[{k}][0]"),
                    weights_from_json(step[1], f"certificate.steps[{k}][1]"),
                )
            )
        return cls(
            game=coalitional_from_json(data["game"], "certificate.game"),
            allocation=rational_array_from_json(data["allocation"], where="certificate.allocation"),
            imputations=data["imputations"],
            steps=tuple(steps),
        )

    def __repr__(self) -> str:
        return f"NucleolusCertificate({self.claim})"


def complement_basis(rows: list[int], num_players: int) -> Array:
    """Integer vectors, as columns, that span what is orthogonal to the coalitions of these numbers; shape (n, k).

    Examples
    --------
    >>> complement_basis([0b011], 3).T.tolist()
    [[-1, 1, 0], [0, 0, 1]]
    """
    echelon: list[tuple[int, list[Fraction]]] = []
    for number in rows:
        row = [Fraction(number >> i & 1) for i in range(num_players)]
        for p, known in echelon:
            if row[p]:
                row = [a - row[p] * b for a, b in zip(row, known, strict=True)]
        pivot = next((i for i, a in enumerate(row) if a), None)
        if pivot is None:
            continue
        row = [a / row[pivot] for a in row]
        echelon = [(p, [a - known[pivot] * b for a, b in zip(known, row, strict=True)]) for p, known in echelon]
        echelon.append((pivot, row))
    pivots = {p for p, _ in echelon}
    columns = []
    for free in (i for i in range(num_players) if i not in pivots):
        vector = [Fraction(0)] * num_players
        vector[free] = Fraction(1)
        for p, known in echelon:
            vector[p] = -known[free]
        columns.append(RationalArray.from_fractions(vector).numerators.tolist())
    basis = np.empty((num_players, len(columns)), dtype=object)
    for k, column in enumerate(columns):
        basis[:, k] = column
    return basis


def spanned_by_complement(outside: Array) -> NDArray[np.bool_]:
    """Which coalitions, by number, are combinations of those that the columns of ``outside`` are orthogonal to."""
    inside = np.ones(2 ** len(outside), dtype=np.bool_)
    for k in range(outside.shape[1]):
        inside &= (subset_sums(outside[:, k]) == 0).astype(np.bool_)
    return inside
