"""Coalitions amid faulty players.

A profile is **(k, t)-robust** iff it is t-immune (:mod:`.immunity`) and, for all disjoint C and T with |C| ≤ k and |T| ≤ t,
the coalition C does not block the profile in which T plays anything at all (:mod:`.joint_deviations` for the rules of
blocking). (k, 0)-robust is k-resilient, (0, t)-robust is t-immune.

What the faulty play matters: gains are linear in it, so that under "any" and "transfer" their fixed plays decide; under
"all" and "some" a mixture can leave every member a gain where no fixed play does.

Reference: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory", PODC. Complexity:
that of resilience times the joint plays of all sets of t players; one linear programme for each joint deviation of two and
more members against a set of faulty players that mixes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import Verdict
from gametheory.certificates.encoding import exact_profile
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.collusion.immunity import immunity
from gametheory.collusion.joint_deviations import Coordination, best_gain, check_rules, correlated_gain, plain_weights
from gametheory.collusion.resilience import allowed_coalitions
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition
from gametheory.games.normal_form import NormalFormGame

__all__ = ["is_robust"]


def is_robust(
    game: NormalFormGame,
    profile: Any,
    k: int,
    t: int,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    faulty_play: Literal["pure", "correlated"] = "correlated",
    coalitions: Iterable[Iterable[int]] | None = None,
) -> Verdict:
    """Whether the profile is (k, t)-robust: t-immune, and no coalition of k blocks it amid t faulty players.

    Parameters
    ----------
    k, t : int
        Sizes, 0 ≤ k ≤ n and 0 ≤ t ≤ n − 1.
    faulty_play : "correlated" or "pure"
        What the faulty players may do: draw a joint action together, or fix one. Under "any" and "transfer" the two
        agree, since gains are linear in what they play. Under "all" and "some" a mixture can leave every member a gain
        where no fixed play does. Independent mixing lies between the two: a "yes" for "correlated" and a "no" for "pure"
        hold for it too.
    coalitions : iterable of sets of int, optional
        The coalitions that may form; by default all.

    Returns
    -------
    Verdict
        A "no" names in its witness what fails: ``{"immunity": …}`` or the coalition, its deviation, and the faulty
        players' play. Gains are evaluated exactly and strictly, also on floats.

    Raises
    ------
    UnsupportedError
        Where members and faulty players both correlate under "all" or "some": the two distributions multiply.

    Examples
    --------
    >>> def payoff(*a):
    ...     return (2, 2, 2) if sum(a) == 0 else tuple(1 if x else 0 for x in a)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2])
    >>> is_robust(game, (0, 0, 0), 3, 0).status, is_robust(game, (0, 0, 0), 1, 1).status
    ('yes', 'no')
    """
    check_rules(blocking, coordination)
    n = game.num_players
    for name, size, most in (("k", k, n), ("t", t, n - 1)):
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 0 <= size <= most:
            raise SpecificationError(f"{name}: found {size!r}; write a number of players from 0 to {most}")
    if faulty_play not in ("pure", "correlated"):
        raise SpecificationError(f"faulty_play: found {faulty_play!r}; write 'pure' or 'correlated'")
    question = f"is the profile ({k}, {t})-robust under {blocking!r}, {coordination}?"
    exact_game = game.exact()
    given = exact_profile(exact_game, profile)
    if t > 0:
        damage = immunity(game, profile)
        if damage.value < t:
            return Verdict("no", damage.damage, {"immunity": damage}, question)
    allowed = [s for s in allowed_coalitions(game, coalitions) if len(s) <= k]
    mixes = faulty_play == "correlated" and blocking in ("all", "some") and t > 0
    if mixes and coordination == "correlated" and any(len(s) > 1 for s in allowed):
        raise UnsupportedError(
            "is_robust: where members and faulty players both correlate, their distributions multiply and the question is not "
            "convex; pass coordination='pure' or faulty_play='pure', which bound the answer"
        )
    for faulty, plays in _faulty_plays(exact_game, given, range(t + 1)):
        for play, status_quo in plays:
            for members in allowed:
                if members & faulty:
                    continue
                value, deviation, _, _ = best_gain(status_quo, members, blocking, coordination)
                if value > 0:
                    return Verdict("no", value, _amid(members, deviation, faulty, play, value), question)
    if mixes:
        found = _blocks_amid_mixing(exact_game, given, allowed, t, blocking)
        if found is not None:
            return Verdict("no", found["gain"], found, question)
    return Verdict("yes", Fraction(0), None, question)


def _faulty_plays(
    game: NormalFormGame, given: Any, sizes: Iterable[int]
) -> Iterator[tuple[Coalition, list[tuple[tuple[int, ...], StatusQuo]]]]:
    """Every set of faulty players of the sizes given, with each of its pure plays and the status quo that results."""
    for size in sizes:
        for faulty in combinations(range(game.num_players), size):
            plays = []
            for play in product(*(range(game.num_actions[i]) for i in faulty)):
                base = list(given)
                for i, action in zip(faulty, play, strict=True):
                    base[i] = action
                plays.append((play, StatusQuo(game, tuple(base))))
            yield frozenset(faulty), plays


def _blocks_amid_mixing(
    game: NormalFormGame, given: Any, allowed: list[Coalition], t: int, blocking: Blocking
) -> dict[str, Any] | None:
    """A coalition that blocks by a pure joint deviation amid some distribution of faulty play, or ``None``.

    For each coalition C, faulty set T and joint action τ of C it solves, over distributions p of T's joint plays,
    max min_i Σ p g_i(τ) under "all", or max Σ_i Σ p g_i(τ) s.t. Σ p g_i(τ) ≥ 0 under "some".
    """
    for faulty, plays in _faulty_plays(game, given, range(1, t + 1)):
        for members in allowed:
            if len(members) < 2 or members & faulty:  # one member's gain is linear: pure play of the faulty decided it
                continue
            tables = [base.gains(members) for _, base in plays]
            common = math.lcm(*(denominator for _, denominator in tables))
            stacked = np.stack([table.astype(object) * (common // d) for table, d in tables], axis=-1)
            flat = stacked.reshape(len(members), -1, len(plays))
            for joint in range(flat.shape[1]):
                if plain_weights(flat[:, joint], blocking) is not None:
                    continue
                value, drawn, _, _ = correlated_gain(flat[:, joint], common, blocking)
                if value > 0 and drawn is not None:
                    action = tuple(int(k) for k in np.unravel_index(joint, stacked.shape[1:-1]))
                    mixture = {plays[index[0]][0]: p for index, p in drawn.items()}
                    return _amid(members, action, faulty, mixture, value)
    return None


def _amid(members: Coalition, deviation: Any, faulty: Coalition, play: Any, gain: Fraction) -> dict[str, Any]:
    return {"coalition": members, "deviation": deviation, "faulty": faulty, "play": play, "gain": gain}
