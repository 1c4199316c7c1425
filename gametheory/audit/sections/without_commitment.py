"""What a leader gets where it does not commit: its payoffs in the best and in the worst Nash equilibrium, with bounds."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from gametheory.audit.evidence import Evidence, evidence
from gametheory.audit.phrasing import number, plain
from gametheory.audit.report import Finding, Trust
from gametheory.equilibria import optimal_nash_equilibrium
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["EquilibriumRange", "without_commitment"]

SECONDS = 4.0
MAX_SIZE = 2_000
"""Payoffs of the game whose equilibria are searched."""


class EquilibriumRange(NamedTuple):
    """No Nash equilibrium pays the leader less than ``low`` or more than ``high``."""

    low: Fraction
    high: Fraction
    trust: Trust
    evidence: tuple[Evidence, ...]

    @property
    def text(self) -> str:
        """The range in words: ``"2"``, ``"1 to 3"``."""
        return number(self.low) if self.low == self.high else f"{number(self.low)} to {number(self.high)}"

    @property
    def cell(self) -> str:
        """The same for a table."""
        return plain(self.low) if self.low == self.high else f"{plain(self.low)} to {plain(self.high)}"

    def finding(self, leader: str, value: Fraction) -> Finding:
        """What commitment that is worth ``value`` adds."""
        least, most = value - self.high, value - self.low
        if least == most:
            gain = f"to commit is worth {number(least)}" if least else "to commit is worth nothing"
            if least < 0:
                gain = f"to commit costs {number(-least)}"
            return Finding(
                f"Without commitment {leader} gets {self.text} in every Nash equilibrium: {gain}.", self.trust
            )
        return Finding(
            f"Without commitment {leader} gets {self.text} in Nash equilibria: to commit adds {number(most)} to the worst of "
            f"them and {number(least)} to the best.",
            self.trust,
        )


def without_commitment(game: NormalFormGame | None, leader: int) -> EquilibriumRange | str:
    """The range of the leader's payoffs in Nash equilibria, mixed ones included, or why it is not known."""
    if game is None or game.numerators.size > MAX_SIZE:
        return (
            "What the leader gets without commitment is not said: the game is too large to search all its equilibria."
        )
    found = []
    try:
        for sense in ("min", "max"):
            found.append(optimal_nash_equilibrium(game, objective=leader, sense=sense, time_limit=SECONDS))
    except SolverError:
        return "What the leader gets without commitment is not said: no Nash equilibrium was found in time."
    trust: Trust = "numerical" if any(each.status == "numerical" for each in found) else "certified"
    proofs = [certificate for each in found for certificate in each.certificates]
    unique = [c for k, c in enumerate(proofs) if all(c.claim != other.claim for other in proofs[:k])]
    named = tuple(evidence(f"commitment-nash-{k + 1}", "commitment", c, game) for k, c in enumerate(unique))
    return EquilibriumRange(found[0].exact_lower, found[1].exact_upper, trust, named)
