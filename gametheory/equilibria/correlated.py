"""Correlated and coarse correlated equilibria: what a mediator's recommendations can sustain.

A distribution p over action profiles is a **correlated equilibrium** when no player gains by disobeying its private
recommendation: for every player i and actions a ≠ b

    Σ_{a_−i} p(a, a_−i) · (u_i(a, a_−i) − u_i(b, a_−i)) ≥ 0.

It is a **coarse** correlated equilibrium when no player gains by ignoring the recommendations altogether: for every i,
b

    Σ_a p(a) · (u_i(a) − u_i(b, a_−i)) ≥ 0.

Both sets are polytopes, contain every Nash equilibrium, and a linear objective has an optimum that is found by one
linear programme in N = m_1 ⋯ m_n columns and Σ m_i (m_i − 1) (coarse: Σ m_i) rows, solved and certified in rationals.

The **correlated regret** is the largest expected gain of any player from any plan (a map from its recommendation to an
action; for coarse: a constant), so that p is a correlated equilibrium iff it is zero.

References: R. J. Aumann (1974), Subjectivity and correlation in randomized strategies, J. Math. Econ. 1; H. Moulin and
J.-P. Vial (1978), Strategically zero-sum games, Int. J. Game Theory 7 (coarse); S. Hart and D. Schmeidler (1989),
Existence of correlated equilibria, Math. Oper. Res. 14.

Limits: the columns are the action profiles, so that the size is exponential in the number of players.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, Verdict, exact_text, judge
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.presentation import number_text
from gametheory.equilibria.rows import (
    RowBlock,
    block,
    payoff_programme,
    refuse_large_programme,
    sum_to_one,
    summed,
    with_minus_one,
)
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import correlated_profile, expected_payoffs

__all__ = [
    "CorrelatedEquilibrium",
    "correlated_equilibrium",
    "correlated_equilibrium_programme",
    "correlated_regret",
    "is_correlated_equilibrium",
]

Array = NDArray[Any]
Objective = Literal["welfare", "fairness"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CorrelatedEquilibrium:
    """A distribution of recommendations that players obey, and the proof that no other has a larger objective.

    Attributes
    ----------
    equilibrium : Equilibrium
        The distribution, its payoffs, and the certificate that nobody gains by disobedience.
    objective : str
        What was maximised, in words.
    value : Fraction or float
        The objective at the equilibrium; a float for a game of floats (:attr:`exact_value` is the rational).
    exact_value : Fraction
    shadow_prices : mapping from str to Fraction
        For each binding obedience row by name ("Player 1 told C plays D") by how much the objective would rise if the
        player put up with one unit of expected loss there.
    optimality : Certificate
        Duality certificate that ``exact_value`` is the optimum over all (coarse) correlated equilibria.
    """

    equilibrium: Equilibrium
    objective: str
    value: Fraction | float
    exact_value: Fraction
    shadow_prices: Mapping[str, Fraction]
    optimality: Certificate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CorrelatedEquilibrium):
            return NotImplemented
        return self.game == other.game and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.equilibrium, self.objective, self.exact_value))

    @property
    def game(self) -> NormalFormGame:
        return self.equilibrium.game

    @property
    def concept(self) -> str:
        return self.equilibrium.concept

    @property
    def profile(self) -> Array:
        """The distribution, shape ``game.num_actions``: fractions for an exact game, else floats."""
        return np.asarray(self.equilibrium.profile)

    @property
    def exact_profile(self) -> Array:
        """The distribution in fractions, the one that both certificates speak of."""
        return np.asarray(self.equilibrium.exact_profile)

    @property
    def payoffs(self) -> tuple[Any, ...]:
        return self.equilibrium.payoffs

    @property
    def certificate(self) -> Certificate | None:
        """Nobody gains by disobedience; that the objective is largest is certified by :attr:`optimality`."""
        return self.equilibrium.certificate

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            **self.equilibrium.to_dict(),
            "objective": self.objective,
            "value": exact_text(self.exact_value),
            "shadow_prices": {name: exact_text(price) for name, price in self.shadow_prices.items()},
            "optimality": self.optimality.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the recommended action profiles and their probabilities."""
        return self.equilibrium.to_frame()

    def __repr__(self) -> str:
        return (
            f"CorrelatedEquilibrium({self.concept}, certified: {self.objective} {number_text(self.value)}; "
            f"{self.equilibrium.describe()})"
        )

    def _repr_html_(self) -> str:
        return f"{self.equilibrium._repr_html_()}<p>{escape(self.objective)}: {escape(number_text(self.value))}, certified</p>"


def obedience_rows(game: NormalFormGame, players: Sequence[int], *, coarse: bool) -> list[RowBlock]:
    """The rows that bind ``players`` to their recommendations, in columns that are the profiles in C order."""
    index = np.arange(game.num_profiles, dtype=np.int64).reshape(game.num_actions)
    blocks = []
    for i in players:
        m, name, actions = game.num_actions[i], game.players[i], game.actions[i]
        payoffs = np.moveaxis(game.numerators[i], i, 0).reshape(m, -1)
        columns = np.moveaxis(index, i, 0).reshape(m, -1)
        difference = payoffs[:, None, :] - payoffs[None, :, :]  # told a, plays b, the others' profile
        if coarse:
            table = difference.swapaxes(0, 1).reshape(m, -1)
            blocks.append(block(table, columns.reshape(1, -1), [f"{name} always plays {b}" for b in actions]))
            continue
        told, plays = np.nonzero(~np.eye(m, dtype=bool))
        names = [f"{name} told {actions[a]} plays {actions[b]}" for a, b in zip(told, plays, strict=True)]
        blocks.append(block(difference[told, plays], columns[told], names))
    return blocks


def correlated_equilibrium_programme(
    game: NormalFormGame,
    *,
    objective: Objective | Sequence[Any] | Array | RationalArray = "welfare",
    coarse: bool = False,
    obedient: Sequence[int | str] | None = None,
) -> LinearProgramme:
    """The linear programme over distributions of recommendations; the row builder ``"correlated_equilibrium"``.

    Maximise Σ_a p(a) c(a) subject to p ≥ 0, Σ p = 1 and the obedience rows "Player 1 told C plays D" (coarse: "Player 1
    always plays D"). For ``"fairness"`` maximise a further column t subject to t ≤ Σ_a p(a) u_i(a) for every player.

    Parameters
    ----------
    objective : "welfare", "fairness", n weights on players, or an array of shape ``game.num_actions``
        As in :func:`correlated_equilibrium`.
    coarse : bool
        Whether players commit to follow or to ignore their recommendations before they hear them.
    obedient : sequence of players, optional
        Who must be willing to obey; by default everybody. A leader who commits is not among them.

    Raises
    ------
    SpecificationError
        An objective of another shape, or a programme too large for the memory at hand.
    """
    game = game.exact()
    players = range(game.num_players) if obedient is None else sorted({game.player_index(i) for i in obedient})
    refuse_large_programme(
        game.num_profiles * (1 + sum(1 if coarse else game.num_actions[i] for i in players)), "correlated equilibrium"
    )
    size = game.num_profiles
    columns = np.arange(size, dtype=np.int64)
    names = ["(" + ", ".join(game.action_labels(a)) + ")" for a in np.ndindex(*game.num_actions)]
    blocks = [sum_to_one(columns, game.denominator), *obedience_rows(game, players, coarse=coarse)]
    arguments: dict[str, Any] = {"objective": objective, "coarse": bool(coarse)}
    free: tuple[int, ...] = ()
    if isinstance(objective, str) and objective == "fairness":
        table = with_minus_one(game.numerators.reshape(game.num_players, -1), game.denominator)
        blocks.append(block(table, np.arange(size + 1), [f"{name} gets the smallest payoff" for name in game.players]))
        coefficients = RationalArray.of_integers(np.append(np.zeros(size, dtype=np.int64), 1))
        names.append("smallest payoff")
        free = (size,)
    else:
        coefficients, arguments["objective"] = _linear_objective(game, objective)
    if obedient is not None:
        arguments["obedient"] = list(players)
    return payoff_programme(
        game,
        blocks,
        name="correlated_equilibrium",
        arguments=arguments,
        objective=coefficients,
        column_names=names,
        free=free,
    )


def _linear_objective(game: NormalFormGame, objective: Any) -> tuple[RationalArray, Any]:
    """Coefficient of each profile, and the objective as JSON data."""
    if isinstance(objective, str):
        if objective != "welfare":
            raise SpecificationError(
                f"objective: found {objective!r}; write 'welfare', 'fairness', {game.num_players} weights on players, "
                f"or an array of shape {game.num_actions}"
            )
        return RationalArray.of_integers(summed(game.numerators).reshape(-1), game.denominator), objective
    array = RationalArray.from_values(objective, where="objective")
    if array.shape == game.num_actions and (game.num_players > 1 or array.shape != (1,)):
        as_data = np.vectorize(exact_text, otypes=[object])(array.fractions()).tolist()
        return RationalArray.of_integers(array.numerators.reshape(-1), array.denominator), as_data
    if array.shape == (game.num_players,):
        terms = np.stack([game.numerators[i].astype(object) * int(w) for i, w in enumerate(array.numerators)])
        weighted = RationalArray.of_integers(terms.sum(axis=0).reshape(-1), game.denominator * array.denominator)
        return weighted, [exact_text(w) for w in array.fractions()]
    raise SpecificationError(
        f"objective: found shape {array.shape}; write {game.num_players} weights on players or an array of shape "
        f"{game.num_actions}, one number for each profile"
    )


def correlated_equilibrium(
    game: NormalFormGame,
    *,
    objective: Objective | Sequence[Any] | Array | RationalArray = "welfare",
    coarse: bool = False,
) -> CorrelatedEquilibrium:
    """Find a (coarse) correlated equilibrium with the largest objective, certified.

    Parameters
    ----------
    objective : "welfare", "fairness", n weights on players, or an array of shape ``game.num_actions``
        What to maximise: the sum of payoffs; the smallest expected payoff; the weighted sum of payoffs; or the
        expectation of a number for each action profile.
    coarse : bool
        ``True``: players may only ignore the mediator altogether, before they hear their recommendation.

    Returns
    -------
    CorrelatedEquilibrium
        ``.profile``, ``.value``, ``.shadow_prices``, and two certificates: ``.certificate`` (nobody gains by
        disobedience) and ``.optimality``.

    Raises
    ------
    SpecificationError
        An objective of another shape, a programme too large for the memory at hand, or an optimum too large for floats.
    UnsupportedError
        If the payoffs have free symbols.

    Notes
    -----
    The programme is written out in :func:`correlated_equilibrium_programme`. It is feasible for every finite game (Hart
    and Schmeidler 1989) and bounded.

    Examples
    --------
    Chicken (Aumann 1974): the mediator never recommends the crash.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["dove", "hawk"]] * 2)
    >>> best = correlated_equilibrium(game)
    >>> print(best.value, [str(p) for p in best.profile.flat])
    21/2 ['1/2', '1/4', '1/4', '0']
    >>> best.certificate.verify() and best.optimality.verify()
    True
    """
    from gametheory.optimize.exact import solve_exact

    programme = correlated_equilibrium_programme(game, objective=objective, coarse=coarse)
    solution = solve_exact(programme)
    distribution = _column(solution.primal, game.num_profiles).reshape(game.num_actions)
    names = programme.row_names[
        1 : len(programme.row_names) - (game.num_players if programme.arguments["objective"] == "fairness" else 0)
    ]
    words = objective if isinstance(objective, str) else "weighted objective"
    return CorrelatedEquilibrium(
        equilibrium=correlated_from_distribution(game, distribution, coarse=coarse, method="exact linear programme"),
        objective="smallest payoff" if words == "fairness" else words,
        value=_as_float(solution.value) if game.arithmetic == "float" else solution.value,
        exact_value=solution.value,
        shadow_prices={name: -solution.binding[name] for name in names if name in solution.binding},
        optimality=solution.certificate,
    )


def _as_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise SpecificationError(
            f"objective: the optimum, about 1e{len(str(abs(value.numerator // value.denominator))) - 1}, is too large for a "
            "float; scale the payoffs or the objective, or solve game.exact()"
        ) from None


def correlated_from_distribution(
    game: NormalFormGame, distribution: Array, *, coarse: bool, method: str
) -> Equilibrium:
    """The :class:`Equilibrium` at an exact distribution, with the certificate that nobody gains by disobedience."""
    payoffs = expected_payoffs(game.exact(), distribution)
    floats = game.arithmetic == "float"
    return Equilibrium(
        concept="coarse correlated" if coarse else "correlated",
        game=game,
        profile=distribution.astype(np.float64) if floats else distribution,
        exact_profile=distribution,
        payoffs=tuple(float(x) for x in payoffs) if floats else tuple(payoffs),
        certificate=DeviationCertificate.correlated(game, distribution, coarse=coarse),
        method=method,
    )


def exact_distribution(game: NormalFormGame, distribution: Any) -> tuple[Array, Arithmetic]:
    """A correlated profile in fractions, and what it was; floats become the rationals they are, over their sum."""
    given = correlated_profile(game, distribution)
    if given.dtype == object:
        if any(not isinstance(x, Fraction) for x in given.flat):
            raise UnsupportedError("distribution: found free symbols; substitute numbers first")
        return given, game.arithmetic
    fractions = RationalArray.from_floats(given).fractions()
    return fractions / fractions.sum(), "float"


def _plan_gains(game: NormalFormGame, distribution: Array, *, coarse: bool) -> list[tuple[Fraction, dict[str, str]]]:
    """For each player the gain of its best plan, and the plan where it differs from obedience (labels)."""
    game = game.exact()
    weights = RationalArray.from_fractions(distribution)
    result = []
    for i, m in enumerate(game.num_actions):
        payoffs = np.moveaxis(game.numerators[i], i, 0).reshape(m, -1).astype(object)
        mass = np.moveaxis(weights.numerators, i, 0).reshape(m, -1).astype(object)
        told = mass @ payoffs.T  # told[a, b] = Σ p(a, ·) u(b, ·)
        gains = told - np.diag(told)[:, None]
        labels = game.actions[i]
        if coarse:
            sums = gains.sum(axis=0)
            best = int(np.argmax(sums))
            total, plan = max(int(sums[best]), 0), dict.fromkeys(labels, labels[best])
        else:
            moves = [int(np.argmax(row)) for row in gains]
            total = sum(int(gains[a, b]) for a, b in enumerate(moves))
            plan = {labels[a]: labels[b] for a, b in enumerate(moves) if gains[a, b] > 0}
        result.append((Fraction(total, game.denominator * weights.denominator), plan))
    return result


def correlated_regret(game: NormalFormGame, distribution: Any, *, coarse: bool = False) -> Fraction:
    """The largest expected gain of any player from disobeying ``distribution``, exact, ≥ 0, in payoff units.

    max_i Σ_{a_i} max_b Σ_{a_−i} p(a) (u_i(b, a_−i) − u_i(a)); coarse: max_i max_b Σ_a p(a) (u_i(b, a_−i) − u_i(a)), or
    0.

    Parameters
    ----------
    distribution : array_like, shape ``game.num_actions``
        Floats count as the rationals that they are, divided by their sum.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> correlated_regret(game, [["1/3", "1/3"], ["1/3", 0]]), correlated_regret(game, [[1, 0], [0, 0]])
    (Fraction(0, 1), Fraction(1, 1))
    """
    fractions, _ = exact_distribution(game, distribution)
    return max(gain for gain, _ in _plan_gains(game, fractions, coarse=coarse))


def is_correlated_equilibrium(
    game: NormalFormGame, distribution: Any, *, coarse: bool = False, tol: float | Fraction | None = None
) -> Verdict:
    """Decide whether nobody gains by disobeying ``distribution``.

    Parameters
    ----------
    distribution : array_like, shape ``game.num_actions``
    tol : float or Fraction, optional
        Largest gain allowed as a share of the player's payoff span; without it no gain at all, where a gain below 1e-9
        of the span on floats is "within tolerance".

    Returns
    -------
    Verdict
        ``.witness`` is ``(player, plan)``: the plan maps recommendations to what is played instead.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["dove", "hawk"]] * 2)
    >>> is_correlated_equilibrium(game, [["1/3", "1/3"], ["1/3", 0]])
    Verdict(yes, gain=0)
    >>> is_correlated_equilibrium(game, [[1, 0], [0, 0]])
    Verdict(no, gain=1, witness=('Player 1', {'dove': 'hawk'}))
    """
    fractions, arithmetic = exact_distribution(game, distribution)
    found = _plan_gains(game, fractions, coarse=coarse)
    return judge(
        [gain for gain, _ in found],
        [game.payoff_span(i) for i in range(game.num_players)],
        tol=tol,
        arithmetic=arithmetic,
        witness=lambda i: (game.players[i], found[i][1]),
        question="coarse correlated equilibrium" if coarse else "correlated equilibrium",
    )


def _column(values: Sequence[Fraction] | RationalArray, count: int) -> Array:
    """The first ``count`` entries as an object array of fractions."""
    column = np.empty(count, dtype=object)
    column[:] = [values[j] for j in range(count)]
    return column
