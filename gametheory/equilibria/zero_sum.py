"""What a player can secure, whatever the others do; and the value of a zero-sum game.

The **maximin value** (security level) of player i is

    v_i = max_{x ∈ Δ(A_i)} min_{a_−i} Σ_{a_i} x(a_i) u_i(a_i, a_−i),

the largest v for which some x has Σ x(a_i) u_i(a_i, a_−i) ≥ v for every profile a_−i of the others: a linear programme
in m_i + 1 columns and ∏_{j≠i} m_j rows. Its dual is the others' **reply**: a distribution y over their joint actions
(they act as one adversary and may correlate) against which no action of i gets more than v_i. With two players y is the
other player's minimax strategy, and in a zero-sum game (x, y) is a Nash equilibrium (J. von Neumann 1928). With more
players independent punishers may be able to do less than v_i promises to correlated ones: min over independent y of max
over x is at least v_i.

With pure strategies v_i = max_{a_i} min_{a_−i} u_i(a_i, a_−i), which may be less.

References: J. von Neumann (1928), Zur Theorie der Gesellschaftsspiele, Math. Ann. 100; correlated punishment: M.
Maschler, E. Solan and S. Zamir (2013), Game Theory, chapters 5 and 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.presentation import number_text
from gametheory.equilibria.rows import block, payoff_programme, refuse_large_programme, sum_to_one, with_minus_one
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import expected_payoffs
from gametheory.games.tables import data_frame

__all__ = ["Maximin", "maximin", "maximin_programme", "zero_sum_equilibrium"]

Array = NDArray[Any]
Strategies = Literal["mixed", "pure"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Maximin:
    """What a player can secure, how, and the others' play that holds the player down to it.

    Attributes
    ----------
    game : NormalFormGame
    player : int
    strategies : "mixed" or "pure"
    strategy : array, shape (m_player,)
        Secures ``value`` whatever the others do; floats for a game of floats, ``exact_strategy`` in fractions.
    reply : array, shape (actions of the others, in player order)
        Distribution over the others' joint actions: against it no action of the player gets more than ``value``
        (``"pure"``: the joint action that is worst for the player after ``strategy``). ``exact_reply`` in fractions.
    value : Fraction or float
        The security level; ``exact_value`` is the rational.
    certificate : DualityCertificate
        That ``exact_value`` is the optimum.
    """

    game: NormalFormGame
    player: int
    strategies: Strategies
    strategy: Array
    exact_strategy: Array
    reply: Array
    exact_reply: Array
    value: Fraction | float
    exact_value: Fraction
    certificate: DualityCertificate

    def __post_init__(self) -> None:
        for name in ("strategy", "exact_strategy", "reply", "exact_reply"):
            array = np.array(getattr(self, name), copy=True)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, tuple(getattr(self, field) for field in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Maximin):
            return NotImplemented
        return self.game == other.game and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.player, self.strategies, self.exact_value))

    def __float__(self) -> float:
        return float(self.exact_value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": "maximin",
            "status": "certified",
            "player": self.game.players[self.player],
            "strategies": self.strategies,
            "value": exact_text(self.exact_value),
            "strategy": [exact_text(p) for p in self.exact_strategy],
            "reply": np.vectorize(exact_text, otypes=[object])(self.exact_reply).tolist(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the actions that the strategy plays."""
        labels = self.game.actions[self.player]
        rows = [[label, p] for label, p in zip(labels, self.strategy, strict=True) if p > 0]
        return data_frame(rows, columns=["action", "probability"])

    def _described(self) -> str:
        labels = self.game.actions[self.player]
        parts = [
            label if p == 1 else f"{number_text(p)} {label}"
            for label, p in zip(labels, self.strategy, strict=True)
            if p > 0
        ]
        shown = " + ".join(parts[:6]) + (f" + … ({len(parts)} in all)" if len(parts) > 6 else "")
        return f"{self.game.players[self.player]} secures {number_text(self.value)} by {shown}"

    def __repr__(self) -> str:
        return f"Maximin({self.strategies}, certified: {self._described()})"

    def _repr_html_(self) -> str:
        return f"<p>Maximin ({self.strategies}, certified): {escape(self._described())}</p>"


def _own_table(game: NormalFormGame, player: int) -> Array:
    """Payoff numerators of a player, shape (own actions, joint actions of the others)."""
    return np.asarray(np.moveaxis(game.numerators[player], player, 0).reshape(game.num_actions[player], -1))


def maximin_programme(
    game: NormalFormGame, *, player: int | str = 0, strategies: Strategies = "mixed"
) -> LinearProgramme:
    """The linear programme of a player's security level; the row builder ``"maximin"``.

    Mixed: maximise v subject to Σ_a x(a) u_i(a, a_−i) − v ≥ 0 for every a_−i, x ≥ 0, Σ x = 1. Pure: maximise
    Σ_a x(a) g(a) with g(a) = min_{a_−i} u_i(a, a_−i), subject to x ≥ 0, Σ x = 1 (a vertex is a pure strategy).
    """
    game, i = game.exact(), game.player_index(player)
    table, actions = _own_table(game, i), game.actions[i]
    m = len(table)
    refuse_large_programme(table.size, "the maximin strategy")
    names = [f"{game.players[i]} plays {label}" for label in actions]
    arguments = {"player": i, "strategies": strategies}
    if strategies == "pure":
        objective = RationalArray.of_integers(table.min(axis=1), game.denominator)
        blocks = [sum_to_one(np.arange(m), game.denominator)]
        return payoff_programme(
            game, blocks, name="maximin", arguments=arguments, objective=objective, column_names=names
        )
    if strategies != "mixed":
        raise SpecificationError(f"strategies: found {strategies!r}; write 'mixed' or 'pure'")
    labels = [", ".join(label) for label in _others_labels(game, i)]
    blocks = [
        sum_to_one(np.arange(m), game.denominator),
        block(
            with_minus_one(table.T, game.denominator),
            np.arange(m + 1),
            [f"the others play ({label})" for label in labels],
        ),
    ]
    return payoff_programme(
        game,
        blocks,
        name="maximin",
        arguments=arguments,
        objective=RationalArray.of_integers(np.append(np.zeros(m, dtype=np.int64), 1)),
        column_names=[*names, "value"],
        free=(m,),
    )


def _others_labels(game: NormalFormGame, player: int) -> list[tuple[str, ...]]:
    others = [j for j in range(game.num_players) if j != player]
    shape = [game.num_actions[j] for j in others]
    return [tuple(game.actions[j][k] for j, k in zip(others, a, strict=True)) for a in np.ndindex(*shape)]


def maximin(
    game: NormalFormGame,
    *,
    player: int | str = 0,
    strategies: Strategies = "mixed",
    opponents: Literal["correlated"] = "correlated",
) -> Maximin:
    """Find the largest payoff that a player can secure, a strategy that does, and the others' best play against it.

    Parameters
    ----------
    player : int or str
    strategies : "mixed" or "pure"
        What the player may commit to.
    opponents : "correlated"
        The others are one adversary who chooses joint actions, and so may correlate. The value does not depend on it (a
        worst case is always a pure profile); the reply does.

    Returns
    -------
    Maximin
        ``.value``, ``.strategy``, ``.reply``, ``.certificate``.

    Raises
    ------
    SpecificationError
        Another way of playing, an unknown player, or a programme too large for the memory at hand.
    UnsupportedError
        If the payoffs have free symbols.

    Notes
    -----
    The programme is written out in :func:`maximin_programme`; names: security level, maxmin value, safety level.

    Examples
    --------
    Rock-paper-scissors is worth nothing to either, played evenly:

    >>> rps = NormalFormGame.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], actions=[["R", "P", "S"]] * 2)
    >>> maximin(rps)
    Maximin(mixed, certified: Player 1 secures 0 by 1/3 R + 1/3 P + 1/3 S)
    >>> maximin(rps, strategies="pure").value
    Fraction(-1, 1)
    """
    if opponents != "correlated":
        raise SpecificationError(f"opponents: found {opponents!r}; write 'correlated', the others act as one adversary")
    i = game.player_index(player)
    programme = maximin_programme(game, player=i, strategies=strategies)
    m = game.num_actions[i]
    shape = tuple(k for j, k in enumerate(game.num_actions) if j != i)
    strategy, reply = np.full(m, Fraction(0), dtype=object), np.full(shape, Fraction(0), dtype=object)
    if strategies == "pure":
        guarantees = programme.objective.numerators
        action = int(np.argmax(guarantees))
        value = programme.objective[action]
        strategy[action] = Fraction(1)
        worst = int(np.argmin(_own_table(game.exact(), i)[action]))
        reply.reshape(-1)[worst] = Fraction(1)
        certificate = DualityCertificate(
            programme, value, RationalArray.from_fractions([value]), RationalArray.from_fractions(strategy)
        )
    else:
        from gametheory.optimize.exact import solve_exact

        solution = solve_exact(programme)
        value, certificate = solution.value, solution.certificate
        strategy[:] = [solution.primal[a] for a in range(m)]
        reply.reshape(-1)[:] = [-solution.row_duals[1 + k] for k in range(reply.size)]
    floats = game.arithmetic == "float"
    return Maximin(
        game=game,
        player=i,
        strategies=strategies,
        strategy=strategy.astype(np.float64) if floats else strategy,
        exact_strategy=strategy,
        reply=reply.astype(np.float64) if floats else reply,
        exact_reply=reply,
        value=float(value) if floats else value,
        exact_value=value,
        certificate=certificate,
    )


def zero_sum_equilibrium(game: NormalFormGame) -> Equilibrium:
    """A Nash equilibrium of a two-player constant-sum game, by one linear programme.

    Each player's strategy is maximin and the other's reply (von Neumann 1928). Certified as a Nash equilibrium.

    Raises
    ------
    UnsupportedError
        If there are not two players or payoffs do not sum to one constant: use ``nash_equilibrium``.

    Examples
    --------
    >>> zero_sum_equilibrium(NormalFormGame.zero_sum([[3, -1], [-2, 1]], actions=[["T", "B"], ["L", "R"]]))
    Equilibrium(Nash, certified: 3/7 T + 4/7 B | 2/7 L + 5/7 R; payoffs 1/7, -1/7)
    """
    exact_game = game.exact()
    totals = exact_game.numerators.astype(object).sum(axis=0)
    if game.num_players != 2 or not bool(np.all(totals == totals.flat[0])):
        raise UnsupportedError(
            "the game is not a two-player game whose payoffs sum to one constant; use nash_equilibrium(game), or "
            "maximin(game) for what a player can secure"
        )
    secured = maximin(exact_game, player=0)
    profile = (secured.exact_strategy, secured.exact_reply)
    payoffs = expected_payoffs(exact_game, profile)
    floats = game.arithmetic == "float"
    return Equilibrium(
        concept="Nash",
        game=game,
        profile=tuple(v.astype(np.float64) for v in profile) if floats else profile,
        exact_profile=profile,
        payoffs=tuple(map(float, payoffs)) if floats else tuple(payoffs),
        certificate=DeviationCertificate.nash(exact_game, profile),
        method="linear programme",
    )


def _rebuilt(*fields: Any) -> Maximin:
    return Maximin(**dict(zip(Maximin.__slots__, fields, strict=True)))
