"""Correlated and coarse correlated equilibria: what a mediator's recommendations can sustain.

A distribution p over action profiles is a **correlated equilibrium** when no player gains by disobeying its private
recommendation: for every player i and actions a ≠ b

    Σ_{a_−i} p(a, a_−i) · (u_i(a, a_−i) − u_i(b, a_−i)) ≥ 0.

It is a **coarse** correlated equilibrium when no player gains by ignoring the recommendations altogether: for every i,
b

    Σ_a p(a) · (u_i(a) − u_i(b, a_−i)) ≥ 0.

Both sets are polytopes, contain every Nash equilibrium, and a linear objective has an optimum that is found by one
linear programme in N = m_1 ⋯ m_n columns and Σ m_i (m_i − 1) (coarse: Σ m_i) rows, solved by cutting planes
(:mod:`.correlated_solver`) or by orbits (:mod:`.correlated_symmetric`) and certified in rationals.

The **correlated regret** is the largest expected gain of any player from any plan (a map from its recommendation to an
action; for coarse: a constant), so that p is a correlated equilibrium iff it is zero.

References: R. J. Aumann (1974), Subjectivity and correlation in randomized strategies, J. Math. Econ. 1; H. Moulin and
J.-P. Vial (1978), Strategically zero-sum games, Int. J. Game Theory 7 (coarse); S. Hart and D. Schmeidler (1989),
Existence of correlated equilibria, Math. Oper. Res. 14.

Limits: the columns are the action profiles, so that the size is exponential in the number of players. Where many rows
bind (a player's smallest payoff), exact numbers are long: seconds for three players with 20 actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, Verdict, exact_text, judge
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.equilibria.correlated_programme import Objective, correlated_equilibrium_programme
from gametheory.equilibria.correlated_solver import disobedience_gains, optimal_distribution
from gametheory.equilibria.correlated_symmetric import spread_over_profiles, symmetric_correlated_equilibrium_programme
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.presentation import number_text
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import correlated_profile
from gametheory.optimize.exact import ExactSolution, solve_exact

__all__ = [
    "CorrelatedEquilibrium",
    "correlated_equilibrium",
    "correlated_equilibrium_programme",
    "correlated_regret",
    "is_correlated_equilibrium",
]

Array = NDArray[Any]


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
        Duality certificate that ``exact_value`` is the optimum over all (coarse) correlated equilibria; of a programme
        with as many of the rows as bind, where it is large (``rows`` among its arguments), or over orbits.
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


def correlated_equilibrium(
    game: NormalFormGame,
    *,
    objective: Objective | int | str | Sequence[Any] | Array | RationalArray = "welfare",
    coarse: bool = False,
    symmetric: bool = False,
) -> CorrelatedEquilibrium:
    """Find a (coarse) correlated equilibrium with the largest objective, certified.

    Parameters
    ----------
    objective : "welfare", "fairness", a player, n weights on players, or an array of shape ``game.num_actions``
        What to maximise: the sum of payoffs; the smallest expected payoff; the payoff of a player (index or name); the
        weighted sum of payoffs; or the expectation of a number for each action profile.
    coarse : bool
        ``True``: players may only ignore the mediator altogether, before they hear their recommendation.
    symmetric : bool
        ``True``: a distribution that does not change when players swap actions, found over orbits of profiles: fast for
        many players. Game and objective must be symmetric; then the optimum is that of all correlated equilibria (proof
        in :mod:`gametheory.equilibria.correlated_symmetric`).

    Returns
    -------
    CorrelatedEquilibrium
        ``.profile``, ``.value``, ``.shadow_prices``, and two certificates: ``.certificate`` (nobody gains by
        disobedience) and ``.optimality``.

    Raises
    ------
    SpecificationError
        An objective of another shape, ``symmetric`` where game or objective are not, a programme too large for the memory
        at hand, or an optimum too large for floats.
    UnsupportedError
        If the payoffs have free symbols.

    Notes
    -----
    The programme is written out in :mod:`gametheory.equilibria.correlated_programme`. It is feasible for every finite
    game (Hart and Schmeidler 1989) and bounded. Where the programme is large, ``optimality`` speaks of a relaxation, the
    rows named among its arguments: what bounds the relaxation bounds the whole.

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
    words, objective = _read_objective(game, objective)
    if symmetric:
        programme = symmetric_correlated_equilibrium_programme(game, objective=objective, coarse=coarse)
        solution = solve_exact(programme)
        distribution = spread_over_profiles(game, solution.primal)
    else:
        solution = optimal_distribution(game.exact(), objective=objective, coarse=coarse)
        distribution = solution.primal
    return _certified_optimum(game, solution, distribution, words=words, coarse=coarse)


def _read_objective(game: NormalFormGame, objective: Any) -> tuple[str, Any]:
    """What to call the objective, and the objective with a player written as weights."""
    if isinstance(objective, str) and objective in ("welfare", "fairness"):
        return {"fairness": "smallest payoff"}.get(objective, objective), objective
    is_index = isinstance(objective, (int, np.integer)) and not isinstance(objective, bool)
    if is_index or (isinstance(objective, str) and objective in game.players):
        player = game.player_index(objective)
        return f"payoff of {game.players[player]}", [int(i == player) for i in range(game.num_players)]
    return "weighted objective", objective


def _certified_optimum(
    game: NormalFormGame, solution: ExactSolution, distribution: RationalArray, *, words: str, coarse: bool
) -> CorrelatedEquilibrium:
    """The result at an exact optimum: ``distribution`` has the probabilities of the profiles in C order."""
    names = solution.certificate.programme.row_names[1:]
    if solution.certificate.programme.num_columns == game.num_profiles + 1:  # that of the smallest payoff
        names = names[: -game.num_players]
    return CorrelatedEquilibrium(
        equilibrium=correlated_from_distribution(game, distribution, coarse=coarse, method="exact linear programme"),
        objective=words,
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
    game: NormalFormGame, distribution: RationalArray, *, coarse: bool, method: str
) -> Equilibrium:
    """The :class:`Equilibrium` at an exact distribution, with the certificate that nobody gains by disobedience.

    ``distribution`` has a probability for each profile in C order (entries beyond these do not matter).
    """
    exact_game, weights = game.exact(), distribution.numerators[: game.num_profiles]
    support = np.flatnonzero(weights != 0)
    mass = weights[support].tolist()
    flat = exact_game.numerators.reshape(game.num_players, -1)[:, support]
    payoffs = [
        Fraction(sum(u * w for u, w in zip(row, mass, strict=True)), exact_game.denominator * distribution.denominator)
        for row in flat.tolist()
    ]
    profile = np.full(game.num_profiles, Fraction(0), dtype=object)
    profile[support] = [Fraction(w, distribution.denominator) for w in mass]
    profile = profile.reshape(game.num_actions)
    floats = game.arithmetic == "float"
    listed = {tuple(int(k) for k in np.unravel_index(s, game.num_actions)): profile.flat[s] for s in support.tolist()}
    return Equilibrium(
        concept="coarse correlated" if coarse else "correlated",
        game=game,
        profile=profile.astype(np.float64) if floats else profile,
        exact_profile=profile,
        payoffs=tuple(float(x) for x in payoffs) if floats else tuple(payoffs),
        certificate=DeviationCertificate.correlated(exact_game, listed, coarse=coarse),
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
    weights = RationalArray.from_fractions(distribution.reshape(-1))
    result = []
    for i, gains in enumerate(disobedience_gains(game, weights)):
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
    coarse : bool
        Whether one disobeys by one action, chosen before the recommendation is known.

    Returns
    -------
    Fraction
        0 iff it is a (coarse) correlated equilibrium.

    Raises
    ------
    SpecificationError
        If the distribution has another shape, a negative entry, or another sum than 1.
    UnsupportedError
        If the payoffs have free symbols.

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

    Raises
    ------
    SpecificationError
        If the distribution has another shape, a negative entry, or another sum than 1, or ``tol`` is negative.
    UnsupportedError
        If the payoffs have free symbols.

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
