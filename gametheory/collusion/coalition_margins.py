"""How far a coalition is from gaining: the best of the deviations in which somebody moves.

The **margin** of a coalition is its gain (:mod:`.joint_deviations`) over pure deviations other than staying put, so that it
can be negative. At a correlated profile these are the pure plans that disobey at some recommendation of positive
probability; sums over recommendations that another plan dominates are dropped.

Complexity: as the gain of pure plans (:mod:`gametheory.certificates.recommendations`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import is_distribution
from gametheory.certificates.gains import Blocking
from gametheory.certificates.recommendations import PlanTable, Timing, plan_tables, status_quo_of, undominated
from gametheory.collusion.coalition_gains import CoalitionGain
from gametheory.collusion.joint_deviations import deviation_of_plan, read_rules, witness_of_plan
from gametheory.collusion.tested_profiles import exact_tested_profile
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import coalition_label, read_coalition
from gametheory.games.normal_form import NormalFormGame

__all__ = ["coalition_margin"]

Array = NDArray[Any]
JointAction = tuple[int, ...]


def coalition_margin(
    game: NormalFormGame,
    profile: Any,
    coalition: Iterable[int | str],
    *,
    blocking: Blocking,
    timing: Timing = "ex_ante",
) -> CoalitionGain:
    """The most that a coalition gains over the pure joint deviations in which somebody moves; it can be negative.

    Under "some", where every such deviation hurts a member, it is the largest minimum gain. At a correlated profile a
    deviation is a pure plan that disobeys at some recommendation of positive probability.

    Parameters
    ----------
    game, profile, coalition, blocking, timing
        As for :func:`.coalition_gain`.

    Returns
    -------
    CoalitionGain
        With the best move as deviation; ``lower`` and ``upper`` agree.

    Raises
    ------
    SpecificationError
        As for :func:`coalition_gain`, and if no member has another action.
    UnsupportedError
        If there are too many pure plans.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> coalition_margin(game, (0, 0), [0], blocking="all").value
    Fraction(-1, 1)
    """
    read_rules(blocking, "pure", timing)
    exact_game = game.exact()
    given = exact_tested_profile(exact_game, profile)
    members = read_coalition(game, coalition)
    tables = plan_tables(status_quo_of(exact_game, given), members, timing)
    if math.prod(tables[0].sizes) == 1:
        raise SpecificationError(f"coalition: no member of {coalition_label(game, members)} has another action to play")
    harmless, value, table, plan = max((_best_move(t, blocking) for t in tables), key=lambda found: found[:2])
    moves = {t: joint for t, joint in plan.items() if table.stay is None or joint != table.stay[table.told.index(t)]}
    # A deviation that hurts a member is no witness under "some"; what it shows is a minimum gain, the rule "all".
    shown: Blocking = blocking if harmless else "all"
    witness = witness_of_plan(exact_game, given, members, moves, timing, shown)
    return CoalitionGain(
        game=game,
        coalition=members,
        lower=value,
        upper=value,
        deviation=deviation_of_plan(moves),
        gains=witness.gains,
        blocking=blocking,
        coordination="pure",
        timing=timing if is_distribution(given) else None,
        witness=witness,
        certificate=None,
    )


def _best_move(
    table: PlanTable, blocking: Blocking
) -> tuple[bool, Fraction, PlanTable, dict[JointAction, JointAction]]:
    """Whether nobody need lose (always, but under "some"), the margin, and a pure plan that has it."""
    flat = table.flat.astype(object)
    members, count, width = flat.shape
    stay = [None] * count if table.stay is None else [int(np.ravel_multi_index(a, table.sizes)) for a in table.stay]
    still: Array = np.zeros((1, members), dtype=object)
    moved: Array = np.zeros((0, members), dtype=object)
    paths: list[list[int]] = []
    if blocking == "transfer":
        flat = flat.sum(axis=0)[None]
        still, moved = still[:, :1], moved[:, :1]
    best: tuple[bool, int, list[int]] | None = None
    for rows in flat[:, None] if blocking == "any" else [flat]:
        moved, paths = moved[:0, : len(rows)], []
        for r in range(count):
            elsewhere = [k for k in range(width) if k != stay[r]]
            after = np.concatenate(
                [
                    (moved[:, None] + rows[:, r].T[None]).reshape(-1, len(rows)),
                    still[:, : len(rows)] + rows[:, r, elsewhere].T,
                ]
            )
            obeyed = [s if s is not None else 0 for s in stay[:r]]
            reached = [[*path, k] for path in paths for k in range(width)] + [[*obeyed, k] for k in elsewhere]
            keep = undominated(after)
            moved, paths = after[keep], [reached[k] for k in keep]
        least = moved.min(axis=1)
        values, harmless = (least, True) if blocking in ("all", "any") else (moved.sum(axis=1), True)
        if blocking == "some":
            safe = [k for k in range(len(moved)) if least[k] >= 0]
            values, harmless = (values, True) if safe else (least, False)
            best_row = max(safe or range(len(moved)), key=lambda k: (values[k], -k))
        else:
            best_row = int(np.argmax(values))
        # After a pure plan's last move nothing else is needed: the rest is obedience, which is among the options.
        if best is None or (harmless, values[best_row]) > best[:2]:
            best = harmless, int(values[best_row]), paths[best_row]
    assert best is not None, "somebody has another action"
    plan = {
        told: tuple(int(j) for j in np.unravel_index(k, table.sizes))
        for told, k in zip(table.told, best[2], strict=True)
    }
    return best[0], Fraction(best[1], table.denominator), table, plan
