"""What coalitions cost, or bring, everybody: equilibria among coalitions against equilibria without.

The players are partitioned into coalitions, each of which acts as one player and maximises the sum of its members' payoffs: the
*game between coalitions*. The **price of collusion** (A. Hayrapetyan, É. Tardos and T. Wexler 2006, "The effect of collusion in
congestion games", STOC) is the worst equilibrium of that game against the worst Nash equilibrium of the game itself: for costs,
worst cost with / without coalitions; for welfare, worst welfare without / with. Above 1 collusion harms society; it may be
below 1, as where the coalition is everybody.

What single profitable deviations do to welfare is told by :mod:`.deviation_welfare`. Complexity: that of
listing the equilibria.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.encoding import exact_profile
from gametheory.certificates.gains import StatusQuo
from gametheory.equilibria.bimatrix import Completeness
from gametheory.equilibria.efficiency import compared_equilibria
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.coalitions import coalitions as coalitions_of
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["PriceOfCollusion", "game_between_coalitions", "price_of_collusion"]

Objective = Literal["welfare", "cost"]


@final
@compared_by("game", "structure", "objective", "exact_value")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PriceOfCollusion:
    """Worst equilibrium among coalitions against worst Nash equilibrium without; ``float()`` works.

    Attributes
    ----------
    game : NormalFormGame
    structure : tuple of frozenset of int
        The coalitions, which partition the players.
    objective : "welfare" or "cost"
    exact_value : Fraction
        For welfare without / with, for cost with / without: above 1 collusion harms.
    alone, together : Fraction
        Welfare (or cost) of the worst Nash equilibrium, and of the worst equilibrium among coalitions.
    equilibrium, collusive : Equilibrium
        Those equilibria; the second is one of :func:`game_between_coalitions`.
    equilibria, collusive_equilibria : EquilibriumSet
        What was compared.
    """

    game: NormalFormGame
    structure: tuple[Coalition, ...]
    objective: Objective
    exact_value: Fraction
    alone: Fraction
    together: Fraction
    equilibrium: Equilibrium
    collusive: Equilibrium
    equilibria: EquilibriumSet
    collusive_equilibria: EquilibriumSet

    @property
    def value(self) -> Fraction | float:
        """The price: a fraction for an exact game, else a float."""
        return float(self.exact_value) if self.game.arithmetic == "float" else self.exact_value

    @property
    def status(self) -> Literal["certified", "numerical"]:
        """``"numerical"`` where it is not certified that a list of equilibria is complete."""
        sets = (self.equilibria, self.collusive_equilibria)
        return "certified" if all(s.completeness == "certified" for s in sets) else "numerical"

    def verify(self) -> Literal[True]:
        """Check the certificates of both lists again, and the price against them.

        Raises
        ------
        CertificateError
        """
        for found in (self.equilibria, self.collusive_equilibria):
            if found.certificate is not None:
                found.certificate.verify()
        expected = _worst(self.equilibria, self.objective)[0], _worst(self.collusive_equilibria, self.objective)[0]
        same_game = self.collusive_equilibria.game == game_between_coalitions(self.game, self.structure)
        if (
            not same_game
            or expected != (self.alone, self.together)
            or self.exact_value != _price(self.objective, *expected)
        ):
            raise CertificateError(
                f"{self!r}: the listed equilibria give {expected[0]} without and {expected[1]} with coalitions; compute the "
                "price again",
                claim=repr(self),
                violation="price",
            )
        return True

    def __float__(self) -> float:
        return float(self.exact_value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "measure": "price of collusion",
            "status": self.status,
            "objective": self.objective,
            "coalitions": [sorted(s) for s in self.structure],
            "value": exact_text(self.exact_value),
            "without_coalitions": exact_text(self.alone),
            "with_coalitions": exact_text(self.together),
            "equilibrium": self.equilibrium.to_dict(),
            "collusive": self.collusive.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: the worst equilibrium without and with coalitions."""
        rows = [
            ["without coalitions", self.equilibrium.describe(), self.alone],
            ["with coalitions", self.collusive.describe(), self.together],
        ]
        return data_frame(rows, ["play", "equilibrium", self.objective])

    def __repr__(self) -> str:
        blocks = ", ".join(coalition_label(self.game, s) for s in self.structure)
        return (
            f"PriceOfCollusion({self.status}: {exact_text(self.exact_value)}; {self.objective} {exact_text(self.alone)} in the "
            f"worst equilibrium, {exact_text(self.together)} among {blocks})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p><p>{escape(self.collusive.describe())}</p>"


def price_of_collusion(
    game: NormalFormGame,
    structure: Iterable[Iterable[int]],
    *,
    objective: Objective = "welfare",
    equilibria: Literal["pure", "all"] = "pure",
    completeness: Completeness = "auto",
) -> PriceOfCollusion:
    """How much worse the worst equilibrium is when coalitions act as one, exactly.

    Parameters
    ----------
    structure : iterable of iterables of int
        The coalitions; players not named act alone.
    objective : "welfare" or "cost"
        Whether payoffs are benefits, or minus costs.
    equilibria : "pure" or "all"
        Which equilibria count, with and without coalitions.
    completeness : "auto", "certified" or "numerical"
        As in :func:`~gametheory.equilibria.nash.nash_equilibria`.

    Returns
    -------
    PriceOfCollusion

    Raises
    ------
    SpecificationError
        If coalitions overlap, or the welfare (cost) below the line is not positive: the ratio says nothing.
    InfeasibleError
        If there is no pure equilibrium to compare.
    UnsupportedError
        As for :func:`~gametheory.equilibria.efficiency.price_of_anarchy`.

    Examples
    --------
    Two firms that agree to share a market gain 2, what their customer loses is 6:

    >>> market = NormalFormGame.from_function(
    ...     lambda a, b, c: (2, 2, 0) if (a, b) == (0, 0) else (1 - a, 1 - b, 6) if a == b else (3 * a, 3 * b, 3), [2, 2, 1])
    >>> price_of_collusion(market, [{0, 1}])
    PriceOfCollusion(certified: 3/2; welfare 6 in the worst equilibrium, 4 among {Player 1, Player 2}, {Player 3})
    """
    blocks = _partition(game, structure)
    if objective not in ("welfare", "cost"):
        raise SpecificationError(f"objective: found {objective!r}; write 'welfare' or 'cost'")
    merged = game_between_coalitions(game, blocks)
    lists = [compared_equilibria(g, equilibria, completeness) for g in (game, merged)]
    (alone, worst), (together, collusive) = (_worst(found, objective) for found in lists)
    return PriceOfCollusion(
        game=game,
        structure=blocks,
        objective=objective,
        exact_value=_price(objective, alone, together),
        alone=alone,
        together=together,
        equilibrium=worst,
        collusive=collusive,
        equilibria=lists[0],
        collusive_equilibria=lists[1],
    )


def game_between_coalitions(game: NormalFormGame, structure: Iterable[Iterable[int]]) -> NormalFormGame:
    """The game in which each coalition is one player, who chooses joint actions and gets the sum of its members' payoffs.

    Parameters
    ----------
    structure : iterable of iterables of int
        Disjoint coalitions; players not named act alone. They come in the order of their first members.

    Returns
    -------
    NormalFormGame
        With a player for each coalition, whose actions are joint actions.

    Raises
    ------
    SpecificationError
        Coalitions that overlap, or a table too large for memory.
    UnsupportedError
        A symbolic game.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> game_between_coalitions(prisoners, [{0, 1}]).payoffs.tolist()
    [[Fraction(6, 1), Fraction(5, 1), Fraction(5, 1), Fraction(2, 1)]]
    """
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols; substitute numbers before coalitions are formed")
    blocks = _partition(game, structure)
    exact_game = game.exact()
    order = [i for block in blocks for i in sorted(block)]
    sizes = [math.prod(game.num_actions[i] for i in block) for block in blocks]
    refuse_if_too_large(len(blocks) * game.num_profiles, 16, "the game between coalitions")
    tables = []
    for block in blocks:
        total = exact_game.numerators[sorted(block)].astype(object).sum(axis=0)
        tables.append(np.transpose(total, order).reshape(sizes))
    names = [game.players[min(block)] if len(block) == 1 else coalition_label(game, block) for block in blocks]
    actions = [
        [", ".join(labels) for labels in product(*(game.actions[i] for i in sorted(block)))]
        if len(block) > 1
        else list(game.actions[min(block)])
        for block in blocks
    ]
    return NormalFormGame(RationalArray.of_integers(np.stack(tables), exact_game.denominator), names, actions)


def _partition(game: NormalFormGame, structure: Iterable[Iterable[int]]) -> tuple[Coalition, ...]:
    blocks = list(coalitions_of(game.num_players, members=structure))
    named = [i for block in blocks for i in block]
    if len(set(named)) < len(named):
        raise SpecificationError("structure: a player is in two coalitions; write each player at most once")
    blocks += [frozenset([i]) for i in range(game.num_players) if i not in named]
    return tuple(sorted(blocks, key=min))


def _worst(found: EquilibriumSet, objective: Objective) -> tuple[Fraction, Equilibrium]:
    """Welfare (or cost) of the worst equilibrium listed, and the first that has it."""
    sign = 1 if objective == "welfare" else -1
    exact_game = found.game.exact()
    welfares = []
    for member in found:
        profile = exact_profile(exact_game, member.exact_profile)
        welfares.append(sum(StatusQuo(exact_game, profile).expected_payoffs(), Fraction(0)))
    k = min(range(len(welfares)), key=welfares.__getitem__)
    return sign * welfares[k], found[k]


def _price(objective: Objective, alone: Fraction, together: Fraction) -> Fraction:
    above, below = (alone, together) if objective == "welfare" else (together, alone)
    if below <= 0:
        raise SpecificationError(
            f"objective: the {objective} of a worst equilibrium is {below}, so that a ratio says nothing; choose payoffs in "
            "which zero means something, or compare the equilibria of game_between_coalitions"
        )
    return above / below
