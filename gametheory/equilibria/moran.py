"""The Moran process: evolution in a finite population, by birth and death.

N individuals play a symmetric two-player game with own payoffs A. Where n_b of them play b, who plays a earns on average

    π_a = (Σ_b A_ab n_b − A_aa) / (N − 1)        (against itself too: Σ_b A_ab n_b / N)

and has fitness f_a = 1 − w + w π_a (linear) or exp(w π_a), w the intensity of selection. In each step one individual, drawn
in proportion to fitness, has an offspring, which may mutate and replaces one drawn uniformly from all N (its parent included).

Who takes over: :mod:`gametheory.equilibria.moran_fixation` for two strategies, :mod:`gametheory.equilibria.moran_chain` for
more, with mutation too; rare mutations: :mod:`gametheory.equilibria.moran_rare_mutation`; graphs and large populations:
:mod:`gametheory.equilibria.moran_simulation`. Exact data (payoffs, w, mutation) with linear fitness give exact rationals.

References: P. A. P. Moran (1958), *Random processes in genetics*, Proc. Cambridge Philosophical Society 54; C. Taylor, D.
Fudenberg, A. Sasaki and M. A. Nowak (2004), *Evolutionary game dynamics in finite populations*, Bulletin of Mathematical
Biology 66.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.evolutionary_stability import symmetric_payoffs
from gametheory.equilibria.presentation import number_text, plain_number
from gametheory.errors import SpecificationError
from gametheory.games.labels import action_index
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Fitness", "MoranProcess", "Number", "fitness_values"]

Number = Fraction | float
Fitness = Literal["linear", "exponential"]

_NEAR = 1e-9  # by so much rows of floats may miss the sum 1


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class MoranProcess:
    """Birth and death in a population of fixed size.

    Parameters
    ----------
    game : NormalFormGame
        Two players, symmetric: u_2(a, b) = u_1(b, a).
    population_size : int, ≥ 2
    selection : number ≥ 0
        The intensity w; at most 1 with linear fitness.
    fitness : "linear" or "exponential"
        1 − w + w π (not negative), or exp(w π).
    self_interaction : bool
        Whether an individual is among its own opponents.
    mutation : number in [0, 1], or (m, m) rows of probabilities
        Share of each action's offspring that mutates, to the other actions in equal parts; or who is born of whom.

    Raises
    ------
    SpecificationError
        Malformed options, a game that is not symmetric, or payoffs that make a fitness negative.

    Examples
    --------
    >>> game = NormalFormGame.symmetric([[3, 0], [5, 1]], actions=["cooperate", "defect"])
    >>> MoranProcess(game, 20, selection="1/10", mutation="1/100")
    MoranProcess(20 individuals, 2 strategies, linear fitness of intensity 1/10, mutation 1/100, exact)
    """

    game: NormalFormGame
    population_size: int
    selection: Number
    fitness: Fitness
    self_interaction: bool
    mutation: Number | tuple[tuple[Number, ...], ...]

    def __init__(
        self,
        game: NormalFormGame,
        population_size: int,
        *,
        selection: Any = 1,
        fitness: Fitness = "linear",
        self_interaction: bool = False,
        mutation: Any = 0,
    ) -> None:
        payoffs = symmetric_payoffs(game)
        check_count("population_size", population_size, least=2)
        if fitness not in ("linear", "exponential"):
            raise SpecificationError(f"fitness: found {fitness!r}; write 'linear' or 'exponential'")
        if not isinstance(self_interaction, (bool, np.bool_)):
            raise SpecificationError(f"self_interaction: found {self_interaction!r}; write True or False")
        w = _number(selection, "selection")
        if w < 0 or (fitness == "linear" and w > 1):
            allowed = "a number from 0 to 1" if fitness == "linear" else "a number ≥ 0"
            raise SpecificationError(f"selection: found {selection!r}; write {allowed}")
        least = min(min(row) for row in payoffs)
        if fitness == "linear" and 1 - Fraction(w) + Fraction(w) * least < 0:
            raise SpecificationError(
                f"payoffs: found {number_text(least)}, at which fitness 1 − w + w π is negative; lower selection=, add a "
                "constant to the payoffs, or write fitness='exponential'"
            )
        for name, value in (
            ("game", game),
            ("population_size", int(population_size)),
            ("selection", w),
            ("fitness", fitness),
            ("self_interaction", bool(self_interaction)),
            ("mutation", _mutation(mutation, len(payoffs))),
        ):
            object.__setattr__(self, name, value)

    @property
    def num_strategies(self) -> int:
        return self.game.num_actions[0]

    @property
    def arithmetic(self) -> Literal["exact", "float"]:
        """Exact if payoffs, intensity and mutation are, and fitness is linear."""
        rates = [x for row in self.mutation for x in row] if isinstance(self.mutation, tuple) else [self.mutation]
        rational = self.game.arithmetic == "exact" and self.fitness == "linear"
        return "exact" if rational and not any(isinstance(x, float) for x in (self.selection, *rates)) else "float"

    def payoffs(self, counts: Sequence[int]) -> tuple[Fraction, ...]:
        """What each strategy earns on average where ``counts`` individuals play them, exact (0 for the absent ones)."""
        table, itself = self.game.exact().payoffs[0], not self.self_interaction
        opponents = self.population_size - itself
        return tuple(
            Fraction(sum(table[a, b] * count for b, count in enumerate(counts)) - itself * table[a, a], opponents)
            if counts[a]
            else Fraction(0)
            for a in range(len(counts))
        )

    def fitness_of(self, counts: Sequence[int]) -> tuple[Number, ...]:
        """Fitness of each strategy present, 0 for the absent ones: Fractions, or floats where the process is not exact.

        Exponential fitness is given up to a common factor, so that the largest is 1.
        """
        return fitness_values(self, self.payoffs(counts), counts)

    def mutation_rows(self) -> tuple[tuple[Number, ...], ...]:
        """Who is born of whom, an (m, m) table whose rows are probabilities."""
        if isinstance(self.mutation, tuple):
            return self.mutation
        m, rate = self.num_strategies, self.mutation
        if m == 1:
            return ((Fraction(1),),)
        return tuple(tuple(1 - rate if a == b else rate / (m - 1) for b in range(m)) for a in range(m))

    @property
    def mutates(self) -> bool:
        """Whether some offspring differs from its parent."""
        return any(row[a] != 1 for a, row in enumerate(self.mutation_rows()))

    def strategy(self, action: int | str, where: str) -> int:
        """Index of an action given by index or label."""
        return action_index(action, self.game.actions[0], where, what="action")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        rates = self.mutation
        return {
            "game": self.game.digest(),
            "actions": list(self.game.actions[0]),
            "population_size": self.population_size,
            "selection": plain_number(self.selection),
            "fitness": self.fitness,
            "self_interaction": self.self_interaction,
            "mutation": [list(map(plain_number, row)) for row in rates]
            if isinstance(rates, tuple)
            else plain_number(rates),
        }

    def __repr__(self) -> str:
        how = f"{self.fitness} fitness of intensity {number_text(self.selection)}"
        itself = ", against itself too" if self.self_interaction else ""
        mutation = ""
        if self.mutates:
            mutation = f", mutation {'by table' if isinstance(self.mutation, tuple) else number_text(self.mutation)}"
        size = f"{self.population_size} individuals, {self.num_strategies} strategies"
        return f"MoranProcess({size}, {how}{itself}{mutation}, {self.arithmetic})"


def fitness_values(process: MoranProcess, earned: Sequence[Fraction], counts: Sequence[int]) -> tuple[Number, ...]:
    """Fitness of the strategies that are present, from what they earn, see :meth:`MoranProcess.fitness_of`."""
    values: list[Number]
    if process.fitness == "linear":
        w = Fraction(process.selection)
        values = [1 - w + w * x if count else Fraction(0) for x, count in zip(earned, counts, strict=True)]
        values = values if process.arithmetic == "exact" else [float(x) for x in values]
    else:
        top, rate = max(x for x, count in zip(earned, counts, strict=True) if count), float(process.selection)
        values = [math.exp(rate * float(x - top)) if count else 0.0 for x, count in zip(earned, counts, strict=True)]
    if not any(values):
        raise SpecificationError(
            f"fitness: nobody has any where {list(counts)} individuals play the strategies, so nobody reproduces; lower "
            "selection=, or add a constant to the payoffs"
        )
    return tuple(values)


def _number(value: Any, where: str) -> Number:
    if isinstance(value, (float, np.floating)):
        exact(value, where=where)  # finite
        return float(value)
    return exact(value, where=where)


def _mutation(mutation: Any, m: int) -> Number | tuple[tuple[Number, ...], ...]:
    if not isinstance(mutation, (list, tuple, np.ndarray)) or (isinstance(mutation, np.ndarray) and mutation.ndim == 0):
        rate = _number(mutation, "mutation")
        if not 0 <= rate <= 1:
            raise SpecificationError(f"mutation: found {mutation!r}; write a share from 0 to 1")
        return rate
    rows = [
        [_number(x, f"mutation[{a}][{b}]") for b, x in enumerate(row)]
        if isinstance(row, (list, tuple, np.ndarray))
        else []
        for a, row in enumerate(mutation)
    ]
    if len(rows) != m or any(len(row) != m or min(row) < 0 or abs(float(sum(row)) - 1) > _NEAR for row in rows):
        raise SpecificationError(
            f"mutation: found {mutation!r}; write a share from 0 to 1, or {m} rows of {m} probabilities"
        )
    if all(isinstance(x, Fraction) for row in rows for x in row):
        if any(sum(row) != 1 for row in rows):
            raise SpecificationError(
                "mutation: exact rows must sum to exactly 1; write '1/3' and not a rounded decimal"
            )
        return tuple(map(tuple, rows))
    return tuple(tuple(float(x) / float(sum(row)) for x in row) for row in rows)
