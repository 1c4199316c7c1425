"""What a learning rule played on average, with its exact regrets; the rules stand in :mod:`gametheory.equilibria.dynamics`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.correlated import correlated_regret
from gametheory.equilibria.nash import nash_regret
from gametheory.equilibria.presentation import mix_text
from gametheory.errors import UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["LearnedPlay"]

Array = NDArray[Any]
LimitSet = Literal["coarse correlated equilibria", "correlated equilibria", "Nash equilibria", ""]


@final
@compared_by("game", "method", "iterations", "distribution", "counts", "regret_bounds", "bound_holds", "limit_set")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LearnedPlay:
    """What a learning rule played on average, and how much each player regrets.

    Attributes
    ----------
    game : NormalFormGame
    method : str
    iterations : int
        Number of rounds T.
    distribution : array, shape ``game.num_actions``
        The time average of joint play.
    counts : array of int of the same shape, or None
        How often each action profile was played; ``None`` where rounds were in mixed strategies.
    regret_bounds : tuple of float, or None
        What theory promises for each player's average external regret, in payoff units; ``None`` without such a theorem.
    bound_holds : "always", "in expectation" or ""
        For every run (up to rounding), or for the mean over the seeds.
    limit_set : str
        Where theory sends average play as T grows: ``"coarse correlated equilibria"``, ``"correlated equilibria"``,
        ``"Nash equilibria"`` (its marginals), or ``""`` where play may cycle for ever.
    """

    game: NormalFormGame
    method: str
    iterations: int
    distribution: Array
    counts: Array | None
    regret_bounds: tuple[float, ...] | None
    bound_holds: Literal["always", "in expectation", ""]
    limit_set: LimitSet

    def __post_init__(self) -> None:
        for name in ("distribution", "counts"):
            if getattr(self, name) is not None:
                array = np.array(getattr(self, name), copy=True)
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_play, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def strategies(self) -> tuple[Array, ...]:
        """Each player's average strategy: the marginals of ``distribution``."""
        axes = range(self.game.num_players)
        return tuple(self.distribution.sum(axis=tuple(j for j in axes if j != i)) for i in axes)

    @property
    def exact_distribution(self) -> Array:
        """The average in fractions, where every action was drawn; else the floats, read as the rationals that they are."""
        if self.counts is None:
            return self.distribution
        exact = np.empty(self.counts.shape, dtype=object)
        exact.reshape(-1)[:] = [Fraction(int(count), self.iterations) for count in self.counts.flat]
        return exact

    def external_regrets(self) -> tuple[float, ...]:
        """Each player's average external regret R_i ≥ 0 at ``distribution``, in payoff units, in floats."""
        return _external_regrets(self.game, self.distribution)

    def coarse_correlated_regret(self) -> Fraction:
        """The largest R_i, exact: average play is a coarse correlated equilibrium up to this gain."""
        return correlated_regret(self.game, self.exact_distribution, coarse=True)

    def correlated_regret(self) -> Fraction:
        """The largest gain from a plan that answers each own action, exact: a correlated equilibrium up to this gain."""
        return correlated_regret(self.game, self.exact_distribution)

    def limit_regret(self) -> Fraction:
        """How far average play is from ``limit_set``: the exact regret that is zero there and nowhere else.

        Raises
        ------
        UnsupportedError
            If theory names no limit set for this rule and game.
        """
        measures = {
            "coarse correlated equilibria": self.coarse_correlated_regret,
            "correlated equilibria": self.correlated_regret,
            "Nash equilibria": self.nash_regret,
        }
        if self.limit_set not in measures:
            raise UnsupportedError(
                f"{self.method}: no theorem says where average play goes in this game; measure what you care about with "
                ".coarse_correlated_regret(), .correlated_regret() or .nash_regret()"
            )
        return measures[self.limit_set]()

    def nash_regret(self) -> Fraction:
        """The largest gain from deviating when everybody plays the average strategy independently, exact."""
        if self.counts is None:
            return nash_regret(self.game, self.strategies)
        exact, axes = self.exact_distribution, range(self.game.num_players)
        vectors = tuple(exact.sum(axis=tuple(j for j in axes if j != i)) for i in axes)
        return nash_regret(self.game, vectors)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, in floats."""
        return {
            "method": self.method,
            "status": "numerical",
            "iterations": self.iterations,
            "players": list(self.game.players),
            "strategies": [vector.tolist() for vector in self.strategies],
            "distribution": self.distribution.tolist(),
            "counts": None if self.counts is None else self.counts.tolist(),
            "external_regrets": list(self.external_regrets()),
            "regret_bounds": None if self.regret_bounds is None else list(self.regret_bounds),
            "bound_holds": self.bound_holds,
            "limit_set": self.limit_set,
        }

    def to_frame(self) -> Any:
        """A pandas table of average strategies: a row for each player and action."""
        rows = [
            [player, label, float(p)]
            for player, labels, vector in zip(self.game.players, self.game.actions, self.strategies, strict=True)
            for label, p in zip(labels, vector, strict=True)
        ]
        return data_frame(rows, ["player", "action", "average"])

    def __repr__(self) -> str:
        regrets = ", ".join(f"{regret:.3g}" for regret in self.external_regrets())
        bound = ""
        if self.regret_bounds is not None:
            bound = f" (bound {', '.join(f'{b:.3g}' for b in self.regret_bounds)} {self.bound_holds})"
        return f"LearnedPlay({self.method}, {self.iterations:,} rounds, numerical: external regrets {regrets}{bound})"

    def _repr_html_(self) -> str:
        parts = [
            f"<li>{escape(player)}: {escape(mix_text(vector.tolist(), labels))}</li>"
            for player, labels, vector in zip(self.game.players, self.game.actions, self.strategies, strict=True)
        ]
        return f"<p>{escape(repr(self))}</p><ul>{''.join(parts)}</ul>"


def _external_regrets(game: NormalFormGame, distribution: Array) -> tuple[float, ...]:
    found = []
    for i, table in enumerate(game.float_payoffs()):
        others = distribution.sum(axis=i).reshape(-1)
        options = np.moveaxis(table, i, 0).reshape(game.num_actions[i], -1) @ others
        found.append(max(0.0, float(options.max() - (table * distribution).sum())))
    return tuple(found)


def _rebuilt_play(*fields: Any) -> LearnedPlay:
    return LearnedPlay(**dict(zip(LearnedPlay.__slots__, fields, strict=True)))
