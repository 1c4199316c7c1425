"""Conflict: zero-sum games, contests, and a team against an adversary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError
from gametheory.games.catalogue.parameters import count, decreasing, numbers, positive
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["colonel_blotto", "diagonal_matching", "rock_paper_scissors", "shapley_game"]


def rock_paper_scissors(*, win: Any = 1, tie: Any = 0, loss: Any = -1) -> NormalFormGame:
    """Rock, paper, scissors: paper beats rock, scissors beat paper, rock beats scissors.

    The even mixture of both is an equilibrium, with the default numbers (a zero-sum game of value 0) the only one.

    Parameters
    ----------
    win, tie, loss : number, in strictly decreasing order

    References
    ----------
    J. von Neumann and O. Morgenstern 1944, *Theory of Games and Economic Behavior*, section 18.3.

    Examples
    --------
    >>> rock_paper_scissors().payoff("rock", "paper")
    (Fraction(-1, 1), Fraction(1, 1))
    """
    w, t, x = numbers(win=win, tie=tie, loss=loss)
    decreasing("rock, paper, scissors", win=w, tie=t, loss=x)
    table = [[t, x, w], [w, t, x], [x, w, t]]
    return NormalFormGame.symmetric(table, actions=("rock", "paper", "scissors"), title="Rock, paper, scissors")


def shapley_game() -> NormalFormGame:
    """Shapley's game, in which fictitious play cycles for ever: the first player wants to match, the second to be next.

    The only Nash equilibrium mixes evenly and pays 1/3 to each; a correlated equilibrium pays 1/2.

    References
    ----------
    L. Shapley 1964, "Some topics in two-person games", in *Advances in Game Theory*, Annals of Mathematics Studies 52.

    Examples
    --------
    >>> shapley_game().payoff(0, 1)
    (Fraction(0, 1), Fraction(1, 1))
    """
    own = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    other = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    return NormalFormGame.from_bimatrix(own, other, title="Shapley's game")


def colonel_blotto(*, troops: int = 3, enemy_troops: int = 2, num_fields: int = 3) -> NormalFormGame:
    """Colonel Blotto: both sides place all their troops on the fields; the larger force wins a field.

    The first player receives the number of fields won minus lost, divided by the number of fields; zero-sum.

    Parameters
    ----------
    troops, enemy_troops : int, ≥ 0
    num_fields : int, ≥ 1

    References
    ----------
    É. Borel 1921, "La théorie du jeu et les équations intégrales à noyau symétrique"; O. Gross and R. Wagner 1950, *A
    continuous Colonel Blotto game*; the discrete game: S. Hart 2008, "Discrete Colonel Blotto and General Lotto games".

    Examples
    --------
    The value of 3 troops against 2 on 3 fields is 1/3.

    >>> colonel_blotto()
    NormalFormGame('Colonel Blotto', 2 players, 10×6, exact)
    >>> str(colonel_blotto().payoff("1-1-1", "2-0-0")[0])
    '1/3'
    """
    own, other = count("troops", troops, least=0), count("enemy_troops", enemy_troops, least=0)
    fields = count("num_fields", num_fields, least=1)
    sizes = [comb(size + fields - 1, fields - 1) for size in (own, other)]
    refuse_if_too_large(sizes[0] * sizes[1] * (fields + 2), 8, "the placements of Colonel Blotto")
    placements = [np.array(list(_placements(size, fields)), dtype=np.int64) for size in (own, other)]
    signs = np.sign(placements[0][:, None, :] - placements[1][None, :, :]).sum(axis=-1)
    actions = [["-".join(map(str, row)) for row in side.tolist()] for side in placements]
    value = RationalArray.of_integers(signs, fields)
    return NormalFormGame.zero_sum(value, ("Blotto", "Enemy"), actions, title="Colonel Blotto")


def diagonal_matching(*, team_size: int = 2, weights: Sequence[Any] = (1, 1)) -> NormalFormGame:
    """A team that must hit where the adversary is: weights[k] if all, the adversary too, choose k, else 0.

    Every member of the team receives u and the adversary (the last player) −u. With m = team_size members who draw
    independently the team can secure (Σ_k w_k^{−1/m})^{−m}; with a secret shared coin (Σ_k 1/w_k)^{−1}. With equal
    weights the ratio is the number of actions to the power m − 1, the largest possible.

    Parameters
    ----------
    team_size : int, ≥ 1
    weights : sequence of number, > 0
        One for each action.

    References
    ----------
    B. von Stengel and D. Koller 1997, "Team-maxmin equilibria", *Games and Economic Behavior* 21; N. Basilico, A.
    Celli, G. De Nittis and N. Gatti 2017, "Team-maxmin equilibrium: efficiency bounds and algorithms".

    Examples
    --------
    >>> diagonal_matching(weights=(1, 2)).payoff(1, 1, 1)
    (Fraction(2, 1), Fraction(2, 1), Fraction(-2, 1))
    """
    m = count("team_size", team_size, least=1)
    worth = numbers(**{f"weights[{k}]": w for k, w in enumerate(weights)})
    if not worth:
        raise SpecificationError("weights: found none; write a positive number for each action")
    positive("diagonal matching", **{f"weights[{k}]": w for k, w in enumerate(worth)})

    def payoff(*chosen: int) -> list[Any]:
        u = worth[chosen[0]] if len(set(chosen)) == 1 else 0
        return [u] * m + [-u]

    players = [f"Member {k + 1}" for k in range(m)] + ["Adversary"]
    return NormalFormGame.from_function(payoff, [len(worth)] * (m + 1), players, title="Diagonal matching")


def _placements(troops: int, fields: int) -> Iterator[tuple[int, ...]]:
    """All ways to place the troops, the most on the first field first."""
    if fields == 1:
        yield (troops,)
        return
    for first in range(troops, -1, -1):
        for rest in _placements(troops - first, fields - 1):
            yield (first, *rest)
