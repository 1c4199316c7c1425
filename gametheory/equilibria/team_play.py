"""A team against one adversary, with and without a shared secret.

Players T with one payoff u play against an adversary who lowers it. If the members randomise *independently* the team
secures, and if they share a secret random draw (*correlated* play) it secures

    TME = max_{x_i ∈ Δ(A_i), i∈T}  min_b  Σ_a u(b, a) ∏_i x_i(a_i),
    TMECor = max_{D ∈ Δ(∏_i A_i)}  min_b  Σ_a u(b, a) D(a),

b an action of the adversary. TMECor is one linear programme in ∏ m_i + 1 columns, solved exactly; its dual is the
adversary's optimal mix. TME ≤ TMECor is NP-hard and can be irrational: it is enclosed between certified bounds by
subdividing the strategy sets (:mod:`gametheory.optimize.global_bounds`, evidence in
:mod:`gametheory.certificates.team_bounds`). What the secret is worth can be a factor of m^{n−2} (n players with m
actions each). A team of one member is the special case in which both are the maximin value.

The adversary is one player; several who coordinate are one whose actions are their joint actions. Neither number is an
equilibrium of a game in which the adversary's payoff is anything but −u.

References: B. von Stengel and D. Koller (1997), *Team-maxmin equilibria*, Games and Economic Behavior 21; N. Basilico,
A. Celli, G. De Nittis and N. Gatti (2017), *Team-maxmin equilibrium: efficiency bounds and algorithms*, AAAI.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, exact, read_array
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_array_from_json, rational_array_to_json
from gametheory.certificates.team_bounds import Split, TeamBoundsCertificate, leaf_bounds, team_guarantee, team_table
from gametheory.equilibria.rows import block, payoff_programme, refuse_large_programme, sum_to_one, with_minus_one
from gametheory.equilibria.team_results import TeamMaxmin, TeamMaxminCorrelated
from gametheory.errors import GameTheoryWarning, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_contract

if TYPE_CHECKING:
    from gametheory.optimize.global_bounds import Progress

__all__ = ["team_maxmin", "team_maxmin_correlated", "team_maxmin_correlated_programme"]

Array = NDArray[Any]
Members = Sequence[int | str]
Strategies = tuple[tuple[Fraction, ...], ...]

_SMALLEST_GAP = Fraction(1, 10**7)
_FINE = 2**40
_SIMPLE = (1, 10, 100, 1000, 10_000)
_NEGLIGIBLE = Fraction(1, 10**12)
_LARGEST_TOTAL = 10**6


def team_maxmin(
    game: NormalFormGame,
    *,
    team: Members,
    adversary: int | str,
    payoff: Any = None,
    gap: float | Fraction = 1e-4,
    max_cells: int = 100_000,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> TeamMaxmin:
    """Enclose what a team secures against an adversary when its members randomise independently.

    Parameters
    ----------
    team : sequence of int or str
        The members, in any order: all players but the adversary.
    adversary : int or str
    payoff : array_like, shape num_actions, optional
        The number that the team maximises and the adversary minimises at each profile of the game, all players' axes in
        player order; by default the members' common payoff. The adversary's payoff in the game plays no role.
    gap : float or Fraction, 1e-7 to 1
        The search ends once upper − lower is at most this share of the payoff span.
    max_cells : int ≥ 1
        Or once the strategy sets are divided into this many cells (one takes about half a millisecond).
    time_limit : float, optional
        Or after these seconds; then the answer depends on the machine.
    progress : callable, optional
        Called as ``progress(cells, lower, upper)`` now and then, with the bounds in floats.

    Returns
    -------
    TeamMaxmin
        ``.lower``, ``.upper``, ``.profile``, ``.certificate``; ``.stopped`` says what ended the search.

    Raises
    ------
    SpecificationError
        Members' payoffs differ and none is given, team and adversary are not all players, the payoff has another
        shape, a limit is out of range, or the cells would not fit the memory at hand.
    UnsupportedError
        If payoffs have free symbols.

    Warns
    -----
    GameTheoryWarning
        If a limit ends the search before the gap is reached. The bounds hold all the same.

    Notes
    -----
    max t subject to Σ_a u(b, a) ∏_i x_i(a_i) ≥ t for every b, x_i ∈ Δ(A_i): multilinear, NP-hard for two members or
    more. Three players with three actions, or four, take seconds; the number of cells is exponential in the total
    number of actions at worst. Floats propose the profile and the subdivision; both bounds are then evaluated in
    integers, ``upper`` as the largest bound on any cell. Names: team-maxmin equilibrium (TME).

    Examples
    --------
    Two agents win if both name the number that the adversary names too. Independently they can only toss coins:

    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> found = team_maxmin(game, team=[0, 1], adversary=2)
    >>> found.lower, found.gap <= 1e-4, found.certificate.verify()
    (Fraction(1, 4), True, True)
    """
    from gametheory.optimize.global_bounds import bound_multilinear_maximin

    members, rival = team_sides(game, team, adversary)
    arithmetic, rationals = read_team_payoff(game, payoff)
    wanted = exact(gap, where="gap")
    if not _SMALLEST_GAP <= wanted <= 1:
        raise SpecificationError(f"gap: found {gap}; write a share of the payoff span from 1e-7 to 1")
    exact_game = game.exact()
    table = team_table(exact_game, members, rival, rationals)
    least, span = int(table.numerators.min()), int(table.numerators.max()) - int(table.numerators.min())
    scaled = RationalArray.of_integers(table.numerators.astype(object) - least, max(span, 1)).floats()
    unit = Fraction(span, table.denominator)

    def tell(cells: int, low: float, high: float) -> None:
        if progress is not None:
            base, size = least / table.denominator, float(unit)
            progress(cells, base + low * size, base + high * size)

    search = bound_multilinear_maximin(
        scaled, gap=float(wanted), max_cells=max_cells, time_limit=time_limit, progress=progress and tell
    )
    lower, strategies = _rational_strategies(table, search.point, unit * _NEGLIGIBLE)
    upper, weights = _leaf_weights(table, search.splits, search.weights)
    reached = (upper - lower) / unit if span else Fraction(0)
    assert search.stopped != "gap" or reached <= wanted, "the margin covers the rounding of strategies and weights"
    if search.stopped != "gap":
        limit = f"max_cells={max_cells}" if search.stopped == "cells" else f"time_limit={time_limit}"
        warnings.warn(
            f"team_maxmin stopped at {limit} with a gap of {float(reached):.2g} of the payoff span; the bounds hold, "
            "raise the limit for closer ones",
            GameTheoryWarning,
            stacklevel=2,
        )
    mix, most = _adversary_mix(table, strategies)
    vectors = tuple(_vector(strategy) for strategy in strategies)
    floats = arithmetic == "float"
    return TeamMaxmin(
        game=game,
        team=members,
        adversary=rival,
        profile=tuple(v.astype(np.float64) for v in vectors) if floats else vectors,
        exact_profile=vectors,
        lower=lower,
        upper=upper,
        gap=reached,
        stopped=search.stopped,
        cells=search.cells,
        adversary_strategy=mix.astype(np.float64) if floats else mix,
        exact_adversary_strategy=mix,
        largest_gain=most - lower,
        certificate=TeamBoundsCertificate(
            team=members,
            adversary=rival,
            strategies=strategies,
            lower=lower,
            upper=upper,
            splits=search.splits,
            weights=weights,
            payoff=rationals,
            game=exact_game,
        ),
    )


def team_maxmin_correlated(
    game: NormalFormGame, *, team: Members, adversary: int | str, payoff: Any = None
) -> TeamMaxminCorrelated:
    """Find what a team secures against an adversary who does not see its shared random draw.

    Parameters
    ----------
    team : sequence of int or str
        The members, in any order: all players but the adversary.
    adversary : int or str
    payoff : array_like, shape num_actions, optional
        The number that the team maximises and the adversary minimises at each profile of the game, all players' axes in
        player order; by default the members' common payoff. The adversary's payoff in the game plays no role.

    Returns
    -------
    TeamMaxminCorrelated
        ``.value``, ``.distribution``, ``.adversary_strategy``, ``.certificate``.

    Raises
    ------
    SpecificationError
        Members' payoffs differ and none is given, team and adversary are not all players, the payoff has another
        shape, or the programme is too large for the memory at hand.
    UnsupportedError
        If payoffs have free symbols.

    Notes
    -----
    The programme is written out in :func:`team_maxmin_correlated_programme`. Names: TMECor, correlated team-maxmin
    equilibrium, team-maxmin equilibrium with a correlation device.

    Examples
    --------
    Two agents win if both name the number that the adversary names too. A shared coin doubles what they secure:

    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> team_maxmin_correlated(game, team=[0, 1], adversary=2)
    TeamMaxminCorrelated(certified: secures 1/2 by 1/2 (1, 1) + 1/2 (2, 2); against it 1/2 1 + 1/2 2)
    """
    from gametheory.optimize.exact import solve_exact

    members, rival = team_sides(game, team, adversary)
    arithmetic, rationals = read_team_payoff(game, payoff)
    programme = team_maxmin_correlated_programme(game, team=members, adversary=rival, payoff=rationals)
    solution = solve_exact(programme)
    shape = tuple(game.num_actions[i] for i in members)
    distribution, mix = np.empty(shape, dtype=object), np.empty(game.num_actions[rival], dtype=object)
    distribution.reshape(-1)[:] = [solution.primal[k] for k in range(distribution.size)]
    mix[:] = [-solution.row_duals[1 + b] for b in range(len(mix))]
    floats = arithmetic == "float"
    return TeamMaxminCorrelated(
        game=game,
        team=members,
        adversary=rival,
        distribution=distribution.astype(np.float64) if floats else distribution,
        exact_distribution=distribution,
        adversary_strategy=mix.astype(np.float64) if floats else mix,
        exact_adversary_strategy=mix,
        value=float(solution.value) if floats else solution.value,
        exact_value=solution.value,
        certificate=solution.certificate,
    )


def team_maxmin_correlated_programme(
    game: NormalFormGame, *, team: Members, adversary: int | str, payoff: Any = None
) -> LinearProgramme:
    """The linear programme of correlated team play; the row builder ``"team_maxmin_correlated"``.

    Maximise v subject to Σ_a D(a) u(b, a) − v ≥ 0 for every action b of the adversary, D ≥ 0, Σ_a D(a) = 1, with a
    column for each joint action a of the members, in lexicographic order. ``payoff`` as in
    :func:`team_maxmin_correlated`, or as written in a certificate.
    """
    members, rival = team_sides(game, team, adversary)
    _, rationals = read_team_payoff(game, payoff)
    exact_game = game.exact()
    table = team_table(exact_game, members, rival, rationals)
    rows = table.numerators.reshape(table.shape[0], -1)
    columns = rows.shape[1]
    refuse_large_programme(rows.size, "correlated team play")
    labels = [
        ", ".join(exact_game.actions[i][k] for i, k in zip(members, index, strict=True))
        for index in np.ndindex(*table.shape[1:])
    ]
    written = None
    if rationals is not None:
        written = rational_array_to_json(RationalArray(rationals.numerators.reshape(-1), rationals.denominator))
    denominator = table.denominator
    return payoff_programme(
        exact_game,
        [
            sum_to_one(np.arange(columns), denominator),
            block(
                with_minus_one(rows, denominator),
                np.arange(columns + 1),
                [f"{exact_game.players[rival]} plays {label}" for label in exact_game.actions[rival]],
            ),
        ],
        name="team_maxmin_correlated",
        arguments={"team": list(members), "adversary": rival, "payoff": written},
        objective=RationalArray.of_integers(np.append(np.zeros(columns, dtype=np.int64), 1)),
        column_names=[*(f"the team plays ({label})" for label in labels), "value"],
        free=(columns,),
        denominator=denominator,
    )


def team_sides(game: NormalFormGame, team: Members, adversary: int | str) -> tuple[tuple[int, ...], int]:
    """Members in increasing order and the adversary, as indices; every player on one side."""
    rival = game.player_index(adversary)
    if isinstance(team, (str, int, np.integer)):
        raise SpecificationError(f"team: found {team!r}; write a list of players, such as [0, 1]")
    members = sorted(game.player_index(i) for i in team)
    for i in members:
        if i == rival or members.count(i) > 1:
            why = "is the adversary" if i == rival else "is named twice"
            raise SpecificationError(f"team: {game.players[i]} {why}; name each other player once")
    missing = [game.players[i] for i in range(game.num_players) if i != rival and i not in members]
    if missing or not members:
        raise SpecificationError(
            f"team: {', '.join(missing) or 'nobody'} is on neither side; name all players but the adversary, or fix "
            "the others' play and pass the game among the rest"
        )
    return tuple(members), rival


def read_team_payoff(game: NormalFormGame, payoff: Any) -> tuple[Arithmetic, RationalArray | None]:
    """The arithmetic of the data, and the payoff that was passed as rationals of shape ``num_actions``."""
    if payoff is None:
        game.exact()  # refuses a symbolic game
        return game.arithmetic, None
    if isinstance(payoff, Mapping):
        payoff = rational_array_from_json(payoff, where="payoff")
        if payoff.shape == (game.num_profiles,):
            payoff = RationalArray.of_integers(payoff.numerators.reshape(game.num_actions), payoff.denominator)
    arithmetic, array = read_array(payoff, where="payoff")
    if arithmetic == "symbolic":
        raise UnsupportedError("payoff: found free symbols; substitute numbers first")
    rationals = array if isinstance(array, RationalArray) else RationalArray.from_floats(array)
    if rationals.shape != game.num_actions:
        raise SpecificationError(
            f"payoff: found shape {rationals.shape}, expected {game.num_actions}; write one number for each profile, "
            "all players' axes in player order"
        )
    return arithmetic, rationals


def _rational_strategies(
    table: RationalArray, point: Sequence[Array], tolerance: Fraction
) -> tuple[Fraction, Strategies]:
    """Rational strategies near a point of floats, and what they secure; with small denominators if those do as well."""
    *simple, (best, finest) = [(team_guarantee(table, rounded), rounded) for rounded in _roundings(point)]
    return next(((value, rounded) for value, rounded in simple if value >= best - tolerance), (best, finest))


def _roundings(point: Sequence[Array]) -> Iterator[Strategies]:
    """Probability vectors near ``point``, with denominators from small to 2^40; the last always exists."""
    for largest in (*_SIMPLE, _FINE):
        rounded = []
        for strategy in point:
            if largest == _FINE:
                parts = [Fraction(int(p * _FINE), _FINE) for p in strategy.tolist()]
            else:
                parts = [Fraction(p).limit_denominator(largest) for p in strategy.tolist()]
            peak = int(np.argmax(strategy))
            parts[peak] += 1 - sum(parts)
            rounded.append(tuple(parts))
        if all(min(parts) >= 0 for parts in rounded):
            yield tuple(rounded)


def _leaf_weights(
    table: RationalArray, splits: Sequence[Split | None], weights: Sequence[tuple[int, ...]]
) -> tuple[Fraction, tuple[tuple[int, ...], ...]]:
    """The least bound that the subdivision proves, with small weights on the leaves where these are no worse.

    Where the best weights are rationals like 1/5, this turns a bound a hair above the optimum into the optimum.
    """
    simple = [simple_weights(row) for row in weights]
    pairs = list(zip(leaf_bounds(table, splits, weights), leaf_bounds(table, splits, simple), strict=True))
    chosen = tuple(
        small if bound <= fine else row for row, small, (fine, bound) in zip(weights, simple, pairs, strict=True)
    )
    return max(min(pair) for pair in pairs), chosen


def simple_weights(row: tuple[int, ...]) -> tuple[int, ...]:
    """The same weights with a small total, up to rounding; themselves if there are none with a total up to 10^6."""
    total = sum(row)
    shares = [Fraction(w, total).limit_denominator(1000) for w in row]
    scale = math.lcm(*(share.denominator for share in shares))
    return tuple(int(share * scale) for share in shares) if scale <= _LARGEST_TOTAL and any(shares) else row


def _adversary_mix(table: RationalArray, strategies: Strategies) -> tuple[Array, Fraction]:
    """min_q max_{i, a_i} Σ_b q_b u_b(a_i, x_−i), by an exact linear programme: the mix q and that payoff.

    At a team-maxmin profile the optimum is the team's payoff, so that q completes a Nash equilibrium (von Stengel and
    Koller 1997): q is a multiplier of the first-order conditions of the team's problem.
    """
    from gametheory.optimize.exact import solve_exact

    count = table.shape[0]
    rows: list[tuple[str, dict[int, Any], Any, Any]] = [("sum", dict.fromkeys(range(count), 1), "==", 1)]
    vectors = [_vector(strategy) for strategy in strategies]
    for i in range(len(strategies)):
        slopes = exact_contract(table, vectors, i)
        for k in range(slopes.shape[1]):
            row = {b: slopes[b, k] for b in range(count)} | {count: Fraction(-1)}
            rows.append((f"member {i} plays {k}", row, "<=", 0))
    lower: list[Any] = [0] * count + [None]
    solution = solve_exact(LinearProgramme.from_rows("min", [0] * count + [1], rows, lower=lower))
    return _vector([solution.primal[b] for b in range(count)]), solution.value


def _vector(values: Sequence[Fraction]) -> Array:
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result
