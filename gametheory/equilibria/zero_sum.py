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

Both are a game of a matrix, with a row for each action of the player; how it is played, exactly or up to a tolerance, is
told in :mod:`gametheory.equilibria.zero_sum_play`. Answers carry exact bounds and their certificate, also where floats
found the strategies. Complexity: exactly O(k³) and some k² digits of k log₂(payoffs) bits for supports of k actions, up to
a gap O(n³) or, coarsely, O(n²) a round; 500×500 floats take a second exactly, 1,000×1,000 less than that to ``tol=1e-9``
and a tenth to 1e-4. Limit: payoffs that differ only in the last digits of floats, such as a table of low rank with its
rounding errors, are a game of high rank; its exact answer takes 7 s for 100 actions and minutes for 200, one to 1e-9
milliseconds.

References: J. von Neumann (1928), Zur Theorie der Gesellschaftsspiele, Math. Ann. 100; correlated punishment: M.
Maschler, E. Solan and S. Zamir (2013), Game Theory, chapters 5 and 13.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.security_levels import SecurityLevelCertificate
from gametheory.equilibria.zero_sum_play import MatrixPlay, Method, matrix_play
from gametheory.equilibria.zero_sum_programme import Strategies, maximin_programme, own_table
from gametheory.equilibria.zero_sum_results import Maximin, ZeroSumEquilibrium
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Maximin", "ZeroSumEquilibrium", "maximin", "maximin_programme", "zero_sum_equilibrium"]


def maximin(
    game: NormalFormGame,
    *,
    player: int | str = 0,
    strategies: Strategies = "mixed",
    opponents: Literal["correlated"] = "correlated",
    method: Method = "auto",
    tol: float | Fraction | None = None,
    max_rounds: int | None = None,
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
    method, tol, max_rounds
        For mixed strategies, as in :func:`zero_sum_equilibrium`; by default the answer is exact.

    Returns
    -------
    Maximin
        ``.value``, ``.strategy``, ``.reply``, ``.upper``, ``.certificate``.

    Raises
    ------
    SpecificationError
        Another way of playing, an unknown player, options that contradict each other, or a programme too large for the
        memory at hand.
    SolverError
        The method asked for does not reach ``tol``; ``best`` is its :class:`Maximin`.
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
    if strategies == "mixed":
        try:
            play = matrix_play(_payoff_table(game, i), method=method, tol=tol, max_rounds=max_rounds)
        except SolverError as error:
            if isinstance(error.best, MatrixPlay):
                error.best = _secured(game, i, error.best)
            raise
        return _secured(game, i, play)
    if (method, tol, max_rounds) != ("auto", None, None):
        raise SpecificationError("method, tol, max_rounds: are for mixed strategies; pure ones are compared exactly")
    programme = maximin_programme(game, player=i, strategies=strategies)
    guarantees = programme.objective.numerators
    action = int(np.argmax(guarantees))
    value = programme.objective[action]
    strategy = RationalArray.of_integers(np.eye(1, len(guarantees), action, dtype=np.int64)[0])
    table = own_table(game.exact(), i)
    reply = RationalArray.of_integers(np.eye(1, table.shape[1], int(np.argmin(table[action])), dtype=np.int64)[0])
    certificate = DualityCertificate(programme, value, RationalArray.from_fractions([value]), strategy)
    return _maximin(game, i, strategies, strategy, reply, value, value, certificate)


def _payoff_table(game: NormalFormGame, player: int) -> RationalArray:
    """A player's payoffs as rationals, shape (own actions, joint actions of the others)."""
    if game.arithmetic == "float":
        return RationalArray.from_floats(own_table(game, player))
    return RationalArray(own_table(game.exact(), player), game.denominator)


def _secured(game: NormalFormGame, player: int, play: MatrixPlay) -> Maximin:
    certificate: Certificate
    if play.lower == play.upper:
        programme = maximin_programme(game, player=player)
        x, y = play.row, play.column
        # The primal point is (x, v); the multipliers are v for Σ x = 1 and −y for the others' joint actions.
        point = RationalArray.from_fractions([*x.fractions(), play.lower])
        multipliers = RationalArray.from_fractions([play.lower, *(-p for p in y.fractions())])
        certificate = DualityCertificate(programme, play.lower, multipliers, point)
    else:
        certificate = SecurityLevelCertificate(
            concept="security level",
            player=player,
            strategy=tuple(play.row.fractions()),
            reply=tuple(play.column.fractions()),
            lower=play.lower,
            upper=play.upper,
            game=game.exact(),
        )
    return _maximin(game, player, "mixed", play.row, play.column, play.lower, play.upper, certificate)


def _maximin(
    game: NormalFormGame,
    player: int,
    strategies: Strategies,
    strategy: RationalArray,
    reply: RationalArray,
    lower: Fraction,
    upper: Fraction,
    certificate: Certificate,
) -> Maximin:
    shape = tuple(k for j, k in enumerate(game.num_actions) if j != player)
    floats = game.arithmetic == "float"
    own, others = strategy.fractions(), reply.fractions().reshape(shape)
    return Maximin(
        game=game,
        player=player,
        strategies=strategies,
        strategy=own.astype(np.float64) if floats else own,
        exact_strategy=own,
        reply=others.astype(np.float64) if floats else others,
        exact_reply=others,
        value=float(lower) if floats else lower,
        exact_value=lower,
        upper=upper,
        certificate=certificate,
    )


def zero_sum_equilibrium(
    game: NormalFormGame,
    *,
    method: Method = "auto",
    tol: float | Fraction | None = None,
    max_rounds: int | None = None,
) -> ZeroSumEquilibrium:
    """Find an equilibrium of a two-player constant-sum game and the game's value, exactly or up to a certified gap.

    Parameters
    ----------
    method : "auto", "exact", "interior point" or "regret matching"
        ``"auto"``: exact without a tolerance. With one, small games (a player with at most 64 actions) are solved
        exactly all the same; else regret matching where ``tol`` ≥ 1e-5, then the interior-point method, then an exact
        solution, whichever is the first to reach ``tol``. A vertex of the optimal strategies comes from ``"exact"``, and
        from ``"interior point"`` wherever optimal strategies are unique.
    tol : float or Fraction, optional
        Largest gap allowed, a share of the payoff span; ``None`` or 0 for an exact answer.
    max_rounds : int, optional
        Rounds of regret matching, 20,000 by default.

    Returns
    -------
    ZeroSumEquilibrium
        ``.profile``, ``.value``, ``.lower``, ``.upper``, ``.gap``, ``.certificate``. For floats with a gap the profile
        is a pair of floats that sum to 1 exactly, and is what the bounds are about.

    Raises
    ------
    UnsupportedError
        If there are not two players or payoffs do not sum to one constant: use ``nash_equilibrium``.
    SpecificationError
        Options that contradict each other, or a game too large for the memory at hand.
    SolverError
        The method asked for does not reach ``tol``; ``best`` is its :class:`ZeroSumEquilibrium`.

    Notes
    -----
    Each strategy is maximin and the reply to the other's (von Neumann 1928); the programme is in
    :func:`maximin_programme`. An exact answer takes numbers of about 26 k bits for floats with supports of k actions: 1 s
    and 13,000 bits for 500×500, and about ten times as long for twice the size.

    Examples
    --------
    >>> zero_sum_equilibrium(NormalFormGame.zero_sum([[3, -1], [-2, 1]], actions=[["T", "B"], ["L", "R"]]))
    ZeroSumEquilibrium(certified: value 1/7; 3/7 T + 4/7 B | 2/7 L + 5/7 R)

    A hundred actions, played within a millionth of the span of payoffs (a game that changes sign when the players change
    places has the value 0):

    >>> wins = np.random.default_rng(1).integers(-9, 10, (100, 100))
    >>> found = zero_sum_equilibrium(NormalFormGame.zero_sum(wins - wins.T), tol=1e-6)
    >>> found.lower <= 0 <= found.upper, found.gap <= Fraction(36, 10**6), found.certificate.verify()
    (True, True, True)
    """
    constant = _constant_sum(game)
    try:
        play = matrix_play(_payoff_table(game, 0), method=method, tol=tol, max_rounds=max_rounds)
    except SolverError as error:
        if isinstance(error.best, MatrixPlay):
            error.best = _equilibrium(game, error.best, constant)
        raise
    return _equilibrium(game, play, constant)


def _constant_sum(game: NormalFormGame) -> Fraction:
    """What the payoffs of two players sum to, at every profile."""
    if game.num_players == 2:
        first, second = game.numerators
        if game.arithmetic == "float" and np.array_equal(first, -second):
            return Fraction(0)
        exact_game = game.exact()
        first, second = exact_game.numerators  # below 2^62 in size, if machine integers: sums are machine integers too
        totals = first + second
        if bool(np.all(totals == totals.flat[0])):
            return Fraction(int(totals.flat[0]), exact_game.denominator)
    raise UnsupportedError(
        "the game is not a two-player game whose payoffs sum to one constant; use nash_equilibrium(game), or "
        "maximin(game) for what a player can secure"
    )


def _equilibrium(game: NormalFormGame, play: MatrixPlay, constant: Fraction) -> ZeroSumEquilibrium:
    exact_profile = play.row.fractions(), play.column.fractions()
    floats = game.arithmetic == "float"
    payoffs = play.payoff, constant - play.payoff
    return ZeroSumEquilibrium(
        game=game,
        profile=(exact_profile[0].astype(np.float64), exact_profile[1].astype(np.float64)) if floats else exact_profile,
        exact_profile=exact_profile,
        payoffs=(float(payoffs[0]), float(payoffs[1])) if floats else payoffs,
        lower=play.lower,
        upper=play.upper,
        method=play.method,
    )
