"""The Moran process as mutations become rare: a chain between populations in which all play alike.

Nearly always the last mutant is fixed or gone before the next one comes, so that the population moves from strategy i to j at
a rate in proportion to μ_ij ρ_ij: mutants j come at rate μ_ij, and one takes over with probability ρ_ij. The stationary
distribution of that chain is the limit of those of the process (Fudenberg and Imhof 2006, Theorem 2).

References: D. Fudenberg and L. A. Imhof (2006), *Imitation processes with small mutations*, J. Economic Theory 131; W. K.
Grassmann, M. I. Taksar and D. P. Heyman (1985), *Regenerative analysis and steady state distributions for Markov chains*,
Operations Research 33.
Complexity: m (m − 1) probabilities of fixation, and O(m³).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.equilibria.moran import MoranProcess, Number
from gametheory.equilibria.moran_fixation import fixation_probability
from gametheory.equilibria.presentation import number_text, plain_number
from gametheory.errors import UnsupportedError
from gametheory.games.tables import data_frame

__all__ = [
    "SmallMutationLimit",
    "small_mutation_limit",
]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SmallMutationLimit:
    """How often each strategy is the only one, as mutations become rare.

    Attributes
    ----------
    process : MoranProcess
    fixation : tuple of tuples
        ``fixation[i][j]``: the probability that one mutant j replaces all residents i; 0 on the diagonal.
    shares : tuple of Fraction or float
        Limit of the share of time spent at each strategy.
    """

    process: MoranProcess
    fixation: tuple[tuple[Number, ...], ...]
    shares: tuple[Number, ...]

    @property
    def status(self) -> Literal["exact", "numerical"]:
        return "exact" if self.process.arithmetic == "exact" else "numerical"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": self.status,
            "process": self.process.to_dict(),
            "fixation": [list(map(plain_number, row)) for row in self.fixation],
            "shares": list(map(plain_number, self.shares)),
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each strategy, its share and who replaces it how likely."""
        labels = self.process.game.actions[0]
        rows = [[label, share, *row] for label, share, row in zip(labels, self.shares, self.fixation, strict=True)]
        return data_frame(rows, ["strategy", "share", *(f"replaced by {label}" for label in labels)])

    def __repr__(self) -> str:
        labels = self.process.game.actions[0]
        shown = ", ".join(f"{label} {number_text(x)}" for label, x in zip(labels[:6], self.shares, strict=False))
        more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
        return f"SmallMutationLimit({self.status}: {shown}{more})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def small_mutation_limit(process: MoranProcess) -> SmallMutationLimit:
    """The shares of time at each strategy alone, in the limit of rare mutations.

    The population moves from i to j in proportion to μ_ij ρ_ij, where μ_ij is the rate of mutants j (equal for all unless
    ``process.mutation`` is a table) and ρ_ij the probability that one of them takes over: the limit is the stationary
    distribution of that chain (Fudenberg and Imhof 2006, Theorem 2), found by elimination without subtractions.

    Parameters
    ----------
    process : MoranProcess
        Of its mutation only the proportions of a table matter.

    Returns
    -------
    SmallMutationLimit
        ``.shares`` by strategy, and the probabilities of ``.fixation`` between them.

    Raises
    ------
    UnsupportedError
        If the strategies are not all reached from one another, so that the limit depends on the start.

    Examples
    --------
    >>> from gametheory.games import NormalFormGame
    >>> game = NormalFormGame.symmetric([[30, 9], [14, 10]], actions=["tit for tat", "defect"])
    >>> limit = small_mutation_limit(MoranProcess(game, 20, selection="1/100"))
    >>> [round(float(share), 3) for share in limit.shares]
    [0.752, 0.248]
    """
    m = process.num_strategies
    still = MoranProcess(
        process.game,
        process.population_size,
        selection=process.selection,
        fitness=process.fitness,
        self_interaction=process.self_interaction,
    )
    fixation: list[list[Number]] = [
        [fixation_probability(still, j, resident=i).probability if i != j else Fraction(0) for j in range(m)]
        for i in range(m)
    ]
    rates: list[list[Number]]
    if isinstance(process.mutation, tuple):
        rates = [[mu * x for mu, x in zip(*rows, strict=True)] for rows in zip(process.mutation, fixation, strict=True)]
    else:
        rates = [row[:] for row in fixation]
    return SmallMutationLimit(process=process, fixation=tuple(map(tuple, fixation)), shares=_stationary(rates))


def _stationary(rates: list[list[Number]]) -> tuple[Number, ...]:
    """The stationary distribution of a chain with these rates, by the elimination of Grassmann, Taksar and Heyman (1985)."""
    m = len(rates)
    totals: list[Number] = [Fraction(0)] * m
    for last in range(m - 1, 0, -1):
        totals[last] = sum(rates[last][:last], Fraction(0))
        if totals[last] == 0:
            raise UnsupportedError(
                "the chain between strategies falls apart: some are never replaced by the others, so that the limit depends "
                "on the start; add a little to all payoffs or mutation rates that are zero"
            )
        for i in range(last):
            share = rates[i][last] / totals[last]
            for j in range(last):
                if i != j:
                    rates[i][j] += share * rates[last][j]
    weights: list[Number] = [Fraction(1)]
    for k in range(1, m):
        weights.append(sum((weights[i] * rates[i][k] for i in range(k)), Fraction(0)) / totals[k])
    total = sum(weights, Fraction(0))
    return tuple(x / total for x in weights)
