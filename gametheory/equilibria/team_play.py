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

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, read_array
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_array_from_json, rational_array_to_json
from gametheory.certificates.team_bounds import team_table
from gametheory.equilibria.rows import block, payoff_programme, refuse_large_programme, sum_to_one, with_minus_one
from gametheory.equilibria.team_results import TeamMaxminCorrelated
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["team_maxmin_correlated", "team_maxmin_correlated_programme"]

Array = NDArray[Any]
Members = Sequence[int | str]


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

    members, rival = _sides(game, team, adversary)
    arithmetic, rationals = _read_payoff(game, payoff)
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
    members, rival = _sides(game, team, adversary)
    _, rationals = _read_payoff(game, payoff)
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


def _sides(game: NormalFormGame, team: Members, adversary: int | str) -> tuple[tuple[int, ...], int]:
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


def _read_payoff(game: NormalFormGame, payoff: Any) -> tuple[Arithmetic, RationalArray | None]:
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
