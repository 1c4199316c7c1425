"""What coalitions gain from a correlated profile, in integers.

A mediator draws an action profile a from a distribution μ and tells every player privately her part. The members of a
coalition S pool what they are told, a_S, and follow a **plan**: for each recommendation a_S a joint action, or a
distribution η(·|a_S) over joint actions. The others obey. Seen from before the draw, member i gains

    Σ_{a_S} Σ_τ η(τ|a_S) G_i(a_S, τ),      G_i(a_S, τ) = Σ_{a_{−S}} μ(a) [u_i(τ, a_{−S}) − u_i(a)].

* ``"ex_ante"``: members agree on the plan before they are told anything, and judge it by this sum (Moreno and Wooders
  1996; Ray 1996; Milgrom and Roberts 1996).
* ``"interim"``: they meet after they are told a_S, tell each other, and judge a joint action, or a distribution over
  joint actions, by conditional expectations given **all of** a_S, that is by G_i(a_S, τ) / μ(a_S). The coalition blocks
  if it does so at *some* a_S of positive probability. Einy and Peleg (1995) introduced deviations after recommendations;
  here information is fully shared and neither hidden nor inferred from a member's consent (for that see Bloch and Dutta
  2009).

Whoever blocks at the interim can agree on it beforehand, so that every profile that is stable ex ante is stable at the
interim; under "any" and "transfer" the two agree, under "all" and "some" they differ: members can be compensated at one
recommendation for what they lose at another. For one player both are Aumann's correlated equilibrium.

:func:`plan_tables` gives G in integers for any profile. A pure or mixed profile tells nothing: it has one recommendation,
the empty one. Complexity: |support of μ| · |S| · ∏_{j∈S} m_j.

References: D. Moreno and J. Wooders 1996, *Games and Economic Behavior* 17; I. Ray 1996, *Games and Economic Behavior* 17;
P. Milgrom and J. Roberts 1996, *Games and Economic Behavior* 17; E. Einy and B. Peleg 1995, "Coalition-proof communication
equilibria", in *Social Choice, Welfare, and Ethics*; F. Bloch and B. Dutta 2009, *Games and Economic Behavior* 66.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import Distribution, is_distribution
from gametheory.certificates.gains import Blocking, StatusQuo, best_joint_deviation
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "PlanTable",
    "RecommendedPlay",
    "Timing",
    "distribution_support",
    "largest_entry",
    "plan_tables",
    "status_quo_of",
    "undominated",
]

Array = NDArray[Any]
Timing = Literal["ex_ante", "interim"]
JointAction = tuple[int, ...]

MAX_FRONT = 4096
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False, init=False)
class RecommendedPlay:
    """A correlated profile of an exact game, from which joint deviations are measured.

    Parameters
    ----------
    game : NormalFormGame
        An exact game.
    distribution : tuple of (profile, probability)
        The profiles of positive probability with fractions that sum to one.

    Raises
    ------
    SpecificationError
        If the distribution is none of this game.
    UnsupportedError
        If the game is not exact.

    Examples
    --------
    Chicken at the equilibrium ½ (swerve, swerve), ¼ (swerve, dare), ¼ (dare, swerve): 21/4 each.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> play = RecommendedPlay(game, (((0, 0), Fraction(1, 2)), ((0, 1), Fraction(1, 4)), ((1, 0), Fraction(1, 4))))
    >>> play.expected_payoffs()
    (Fraction(21, 4), Fraction(21, 4))
    """

    game: NormalFormGame
    support: NDArray[np.int64]  # (K, n)
    weights: Array  # (K,), integers
    total: int
    machine: bool

    def __init__(self, game: NormalFormGame, distribution: Distribution) -> None:
        if game.arithmetic != "exact":
            raise UnsupportedError(f"the game is {game.arithmetic}; gains are measured in game.exact()")
        support, weights, total = distribution_support(game, distribution)
        drawn = weights != 0  # nobody is ever told what has probability 0
        support, weights = support[drawn], weights[drawn]
        machine = False
        if game.numerators.dtype != object:
            machine = 2 * game.num_players * largest_entry(game.numerators) * total < _MACHINE
        for name, value in (
            ("game", game),
            ("support", support),
            ("weights", weights.astype(np.int64) if machine else weights),
            ("total", total),
            ("machine", machine),
        ):
            object.__setattr__(self, name, value)

    def expected_payoffs(self) -> tuple[Fraction, ...]:
        """Expected payoff of every player under obedience."""
        denominator = self.game.denominator * self.total
        return tuple(
            Fraction(int((self.game.numerators[i][tuple(self.support.T)] * self.weights).sum()), denominator)
            for i in range(self.game.num_players)
        )

    def changes(
        self, coalition: Collection[int], values: Any, denominator: int
    ) -> tuple[tuple[JointAction, ...], list[int], Array, int]:
        """How expectations change with the joint action at each recommendation.

        Parameters
        ----------
        coalition : players who deviate
        values : list of integer arrays, shape num_actions each
            What changes, over ``denominator``: payoffs of some players, or a harm.

        Returns
        -------
        recommendations, masses, table, denominator
            The R recommendations of positive probability in lexicographic order; their probabilities over ``total``;
            integers of shape (len(values), R, m_S…), over the denominator.
        """
        members = _members(self.game, coalition)
        told, inverse = np.unique(self.support[:, members], axis=0, return_inverse=True)
        inverse = np.asarray(inverse).reshape(-1)
        sizes = tuple(self.game.num_actions[i] for i in members)
        refuse_if_too_large(
            len(values) * (len(told) + len(self.support)) * math.prod(sizes), 16, "the gains at every recommendation"
        )
        rest = [j for j in range(self.game.num_players) if j not in members]
        dtype: Any = np.int64 if self.machine else object
        table = np.zeros((len(values), len(told), *sizes), dtype=dtype)
        spread = (slice(None),) + (None,) * len(sizes)
        for k, tensor in enumerate(values):
            ordered = np.transpose(tensor, [*rest, *members])
            after = ordered[tuple(self.support[:, j] for j in rest)]
            if not rest:
                after = np.broadcast_to(ordered, (len(self.support), *sizes))
            before = tensor[tuple(self.support.T)]
            change = (after.astype(dtype) - before.astype(dtype)[spread]) * self.weights[spread]
            np.add.at(table[k], inverse, change)
        masses = [0] * len(told)
        for r, w in zip(inverse.tolist(), self.weights.tolist(), strict=True):
            masses[r] += int(w)
        return tuple(map(tuple, told.tolist())), masses, table, denominator * self.total


@final
@dataclass(frozen=True, slots=True, eq=False)
class PlanTable:
    """What a coalition's joint actions bring its members at each recommendation.

    Attributes
    ----------
    gains : integers, shape (|S|, R, m_S…)
        Over ``denominator``. A plan's gain is the sum over the R recommendations.
    denominator : int
    told : tuple of R joint actions
        What members are told, in increasing order of index; ``((),)`` at a pure or mixed profile.
    stay : tuple of R joint actions or None
        What they play if they do not deviate; ``None`` at a mixed profile at which a member of theirs mixes.
    """

    gains: Array
    denominator: int
    told: tuple[JointAction, ...]
    stay: tuple[JointAction, ...] | None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of actions of each member."""
        return tuple(self.gains.shape[2:])

    @property
    def flat(self) -> Array:
        """The gains as an array of shape (|S|, R, number of joint actions)."""
        return self.gains.reshape(*self.gains.shape[:2], -1)

    def best_pure_plan(self, blocking: Blocking) -> tuple[int, tuple[JointAction, ...] | None]:
        """The largest gain of a pure plan (numerator, at least 0), and the plan; ``None`` where staying put is best.

        Under "any" and "transfer" each recommendation has its own best joint action. Under "all" and "some" the
        recommendations are joined one by one, and only sums that no other dominates are kept.

        Raises
        ------
        UnsupportedError
            If more than 4096 sums have to be kept.
        """
        size, count = self.gains.shape[:2]
        if count == 1:
            value, joint = best_joint_deviation(self.gains[:, 0], blocking)
            return value, None if joint is None else (joint,)
        flat = self.flat
        if blocking in ("any", "transfer") or size == 1:
            rows = flat.sum(axis=0)[None] if blocking == "transfer" else flat
            totals = [sum(int(x) for x in row.max(axis=1)) for row in rows]
            best = max(range(len(rows)), key=lambda k: totals[k])
            choice = rows[best].argmax(axis=1).tolist() if totals[best] > 0 else None
            return max(totals[best], 0), None if choice is None else self._plan(choice)
        found = _best_sum(flat, blocking)
        return (0, None) if found is None else (found[0], self._plan(found[1]))

    def _plan(self, choice: list[int]) -> tuple[JointAction, ...]:
        return tuple(tuple(int(j) for j in np.unravel_index(k, self.sizes)) for k in choice)


def plan_tables(
    status_quo: StatusQuo | RecommendedPlay, coalition: Collection[int], timing: Timing = "ex_ante"
) -> tuple[PlanTable, ...]:
    """The gains of a coalition: one table ex ante, or one for each recommendation at the interim."""
    if isinstance(status_quo, StatusQuo):
        table, denominator = status_quo.gains(coalition)
        supports = [status_quo.supports[i] for i in sorted(coalition)]
        stay = (tuple(s[0] for s in supports),) if all(len(s) == 1 for s in supports) else None
        return (PlanTable(table[:, None], denominator, ((),), stay),)
    game = status_quo.game
    members = _members(game, coalition)
    values = [game.numerators[i] for i in members]
    told, masses, gains, denominator = status_quo.changes(members, values, game.denominator)
    if timing == "ex_ante":
        return (PlanTable(gains, denominator, told, told),)
    return tuple(
        PlanTable(gains[:, r : r + 1], game.denominator * masses[r], (told[r],), (told[r],)) for r in range(len(told))
    )


def _members(game: NormalFormGame, coalition: Collection[int]) -> list[int]:
    members = sorted(coalition)
    if not members or len(set(members)) < len(members) or not 0 <= members[0] <= members[-1] < game.num_players:
        raise SpecificationError(
            f"coalition: found {members}; write one or more distinct players from 0 to {game.num_players - 1}"
        )
    return members


def status_quo_of(game: NormalFormGame, profile: Any) -> StatusQuo | RecommendedPlay:
    """The profile, pure, mixed or correlated, as something that deviations are measured from."""
    return RecommendedPlay(game, profile) if is_distribution(profile) else StatusQuo(game, profile)


def largest_entry(integers: Array) -> int:
    """Largest absolute value, at least 1: factors too must fit where all entries are zero."""
    return max(int(integers.max()), -int(integers.min()), 1)


def distribution_support(game: NormalFormGame, pairs: Any) -> tuple[NDArray[np.int64], Array, int]:
    """Support (K, n), integer weights (K,) and their sum; refused unless it is a distribution of this game."""
    for a, p in pairs:
        if len(a) != game.num_players or not all(0 <= k < m for k, m in zip(a, game.num_actions, strict=True)):
            raise SpecificationError(f"profile: {list(a)} is no action profile of this game")
        if p < 0:
            raise SpecificationError(f"profile: the probability of {list(a)} is negative")
    if len({a for a, _ in pairs}) < len(pairs):
        raise SpecificationError("profile: an action profile is listed twice")
    total = math.lcm(*(p.denominator for _, p in pairs))
    weights = [p.numerator * (total // p.denominator) for _, p in pairs]
    if sum(weights) != total:
        raise SpecificationError("profile: the probabilities do not sum to 1")
    return np.array([a for a, _ in pairs], dtype=np.int64), np.array(weights, dtype=object), total


def _best_sum(flat: Array, blocking: Blocking) -> tuple[int, list[int]] | None:
    """Under "all" and "some": the best sum of one column for each recommendation, if it is positive."""
    size, count, _ = flat.shape
    options = []
    for r in range(count):
        keep = undominated(flat[:, r].T)
        options.append((keep, flat[:, r, keep].T))
    # The most that each member, and all together, can still get from the recommendations that are left.
    most = np.stack([points.max(axis=0) for _, points in options])
    together = np.array([points.sum(axis=1).max() for _, points in options])
    rest = np.vstack([most[::-1].cumsum(axis=0)[::-1], np.zeros((1, size), dtype=most.dtype)])
    sums = np.append(together[::-1].cumsum()[::-1], 0)
    front = np.zeros((1, size), dtype=flat.dtype)
    chosen = np.zeros((1, 0), dtype=np.int64)
    for r, (columns, points) in enumerate(options):
        reached = (front[:, None] + points[None]).reshape(-1, size)
        plans = np.hstack([np.repeat(chosen, len(columns), axis=0), np.tile(columns, len(front))[:, None]])
        limit = reached + rest[r + 1]
        promising = (limit > 0).all(axis=1) if blocking == "all" else (limit >= 0).all(axis=1)
        if blocking == "some":
            promising &= reached.sum(axis=1) + sums[r + 1] > 0
        front, chosen = reached[promising], plans[promising]
        if len(front) > 16 * MAX_FRONT:
            raise _too_many()
        keep = undominated(front)
        front, chosen = front[keep], chosen[keep]
        if len(front) > MAX_FRONT:
            raise _too_many()
        if not len(front):
            return None
    values = front.min(axis=1) if blocking == "all" else front.sum(axis=1)
    best = int(np.argmax(values))
    return int(values[best]), chosen[best].tolist()


def _too_many() -> UnsupportedError:
    return UnsupportedError(
        f"pure plans: more than {MAX_FRONT} of their gains are undominated; ask with coordination='correlated', which bounds "
        "what pure plans gain, or list smaller coalitions"
    )


def undominated(points: Array) -> NDArray[np.intp]:
    """Indices of the rows that no other row weakly dominates; of equal rows the first."""
    sums = [int(x) for x in points.sum(axis=1)]
    kept: list[int] = []
    front = np.empty((min(len(points), 4 * MAX_FRONT), points.shape[1]), dtype=points.dtype)
    for k in sorted(range(len(points)), key=lambda row: -sums[row]):  # nothing dominates what has a larger sum
        if bool((front[: len(kept)] >= points[k]).all(axis=1).any()):
            continue
        if len(kept) == len(front):
            raise _too_many()
        front[len(kept)] = points[k]
        kept.append(k)
    return np.array(sorted(kept), dtype=np.intp)
