"""What joint deviations gain, in integers.

At a profile σ (pure or mixed) of an exact game, a coalition S that plays the joint deviation τ ∈ ∏_{j∈S} A_j while the
other players keep their part of σ changes its member i's expected payoff by

    g_i(τ) = u_i(τ, σ_{−S}) − u_i(σ),        i ∈ S.

:class:`StatusQuo` evaluates this tensor, shape (|S|, ∏_{j∈S} m_j), as integers over one denominator: machine integers
where a bound computed beforehand shows that nothing can overflow, Python integers otherwise.
:func:`best_joint_deviation` takes its best entry under a blocking rule, where staying put (a gain of 0) is allowed:

    all: max_τ min_i g_i      any: max_τ max_i g_i      transfer: max_τ Σ_i g_i      some: max {Σ_i g_i : g ≥ 0}.

Complexity: O(n · support of σ_{−S} · ∏_{j∈S} m_j) for one coalition.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import brief, fail
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Blocking",
    "Coordination",
    "StatusQuo",
    "best_joint_deviation",
    "check_departures",
    "check_each_player",
    "check_gain",
    "coalition_value",
]

Values = Sequence[Fraction]

Array = NDArray[Any]
Blocking = Literal["all", "some", "any", "transfer"]
Coordination = Literal["pure", "correlated"]

_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False, init=False)
class StatusQuo:
    """A pure or mixed profile of an exact game, from which deviations are measured.

    Parameters
    ----------
    game : NormalFormGame
        An exact game (``game.exact()`` of a game of floats).
    profile : sequence of n entries
        For each player an action index or a probability vector of fractions, length m_i.

    Raises
    ------
    SpecificationError
        If an action is out of range, a vector has the wrong length or an entry that is no fraction, a probability is
        negative, or probabilities do not sum to one.
    UnsupportedError
        If the game is not exact.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> numerators, denominator = StatusQuo(game, (1, 1)).gains({0, 1})
    >>> numerators.tolist(), denominator
    ([[[2, -1], [4, 0]], [[2, 4], [-1, 0]]], 1)
    """

    game: NormalFormGame
    supports: tuple[tuple[int, ...], ...]
    weights: tuple[tuple[int, ...], ...]  # integers, on the supports
    scales: tuple[int, ...]  # what each player's weights sum to
    payoffs: tuple[int, ...]  # over denominator * prod(scales)
    machine: bool

    def __init__(self, game: NormalFormGame, profile: Sequence[int | Sequence[Fraction]]) -> None:
        if game.arithmetic != "exact":
            raise UnsupportedError(f"the game is {game.arithmetic}; gains are measured in game.exact()")
        if len(profile) != game.num_players:
            raise SpecificationError(f"profile: found {len(profile)} entries, expected {game.num_players}")
        parts = [
            _weights(entry, m, f"profile[{i}]")
            for i, (entry, m) in enumerate(zip(profile, game.num_actions, strict=True))
        ]
        supports, weights = tuple(part[0] for part in parts), tuple(part[1] for part in parts)
        scales = tuple(map(sum, weights))
        numerators = game.numerators
        machine = False
        if numerators.dtype != object:
            # Expected payoffs times prod(scales) are at most this size, gains twice, sums of gains n times that.
            largest = max(int(numerators.max()), -int(numerators.min()), 1)
            machine = 2 * game.num_players * largest * math.prod(scales) < _MACHINE
        set_field = object.__setattr__
        for name, value in (
            ("game", game),
            ("supports", supports),
            ("weights", weights),
            ("scales", scales),
            ("machine", machine),
        ):
            set_field(self, name, value)
        set_field(self, "payoffs", tuple(int(x) for x in self._expected(range(game.num_players), ())))

    def _expected(self, players: Iterable[int], free: Collection[int]) -> Array:
        """Expected payoffs of ``players`` for each joint action of ``free``, times the other players' scales."""
        tensor = self.game.numerators
        if all(len(support) == 1 for j, support in enumerate(self.supports) if j not in free):
            index = tuple(slice(None) if j in free else support[0] for j, support in enumerate(self.supports))
            result = np.array([tensor[i][index] for i in players], dtype=tensor.dtype)
            return result if self.machine else result.astype(object)
        axes = [range(m) if j in free else self.supports[j] for j, m in enumerate(self.game.num_actions)]
        result = tensor[np.ix_(list(players), *axes)]
        dtype = np.int64 if self.machine else object
        result = result.astype(dtype, copy=False)
        for j in range(self.game.num_players - 1, -1, -1):
            if j not in free:
                result = np.tensordot(result, np.array(self.weights[j], dtype=dtype), axes=([1 + j], [0]))
        return np.asarray(result, dtype=dtype)

    def expected_payoffs(self) -> tuple[Fraction, ...]:
        """Expected payoff of every player at the profile."""
        denominator = self.game.denominator * math.prod(self.scales)
        return tuple(Fraction(x, denominator) for x in self.payoffs)

    def gains(self, coalition: Collection[int]) -> tuple[Array, int]:
        """Gains of the members for each of their joint actions: integers, shape (|S|, m_S…), over a denominator.

        Members, and the axes of their actions, come in increasing order of index.
        """
        return self._changes(sorted(coalition), sorted(coalition))

    def gains_amid(self, coalition: Collection[int], faulty: Collection[int]) -> tuple[Array, int]:
        """Gains of the members for each joint action of theirs and of faulty players, who play anything.

        u_i(τ_C, τ_T, σ_rest) − u_i(σ_C, τ_T, σ_rest): what C gains where T plays τ_T. Integers of shape (|C|, m_C…, m_T…)
        over a denominator, members and faulty players each in increasing order of index.
        """
        members, others = sorted(coalition), sorted(faulty)
        movers = sorted({*members, *others})
        if (
            not members
            or len(movers) < len(members) + len(others)
            or not 0 <= movers[0] <= movers[-1] < self.game.num_players
        ):
            raise SpecificationError(
                f"coalition, faulty: found {members} and {others}; write distinct players from 0 to {self.game.num_players - 1}"
            )
        after = self._expected(members, set(movers))
        before = self._expected(members, set(others))
        order = [0, *(1 + movers.index(i) for i in members), *(1 + movers.index(i) for i in others)]
        scale = math.prod(self.scales[i] for i in members)
        steady = before.reshape(len(members), *[1] * len(members), *before.shape[1:])
        denominator = self.game.denominator * math.prod(
            self.scales[j] for j in range(self.game.num_players) if j not in others
        )
        return np.transpose(after, order) * scale - steady, denominator

    def changes(self, coalition: Collection[int]) -> tuple[Array, int]:
        """As :meth:`gains`, for all n players, members or not: integers, shape (n, m_S…), over a denominator."""
        return self._changes(sorted(coalition), list(range(self.game.num_players)))

    def _changes(self, members: list[int], players: list[int]) -> tuple[Array, int]:
        if not members or len(set(members)) < len(members) or members[0] < 0 or members[-1] >= self.game.num_players:
            raise SpecificationError(
                f"coalition: found {members}; write one or more distinct players from 0 to {self.game.num_players - 1}"
            )
        table = self._expected(players, set(members))
        before = np.array([self.payoffs[i] for i in players], dtype=table.dtype).reshape(-1, *[1] * len(members))
        scale = math.prod(self.scales[i] for i in members)
        return table * scale - before, self.game.denominator * math.prod(self.scales)


def best_joint_deviation(gains: Array, blocking: Blocking) -> tuple[int, tuple[int, ...] | None]:
    """The largest gain of a coalition under a blocking rule, and the joint action that has it.

    Parameters
    ----------
    gains : array of integers, shape (|S|, m_S…)
        As from :meth:`StatusQuo.gains`.
    blocking : "all", "some", "any" or "transfer"
        What the gain of a coalition is; see the head of this module.

    Returns
    -------
    (numerator, joint action)
        The numerator is at least 0; the joint action (one index for each member in increasing order) is ``None`` where
        staying put is best.
    """
    flat = gains.reshape(len(gains), -1)
    if blocking == "all":
        values = flat.min(axis=0)
    elif blocking == "any":
        values = flat.max(axis=0)
    elif blocking == "transfer":
        values = flat.sum(axis=0)
    elif blocking == "some":
        harmless = flat.min(axis=0) >= 0
        values = np.where(harmless, flat.sum(axis=0), 0)
    else:
        raise SpecificationError(f"blocking: found {blocking!r}; write 'all', 'some', 'any' or 'transfer'")
    best = int(np.argmax(values))
    value = int(values[best])
    if value <= 0:
        return 0, None
    return value, tuple(int(k) for k in np.unravel_index(best, gains.shape[1:]))


def coalition_value(gains: Sequence[Fraction], blocking: Blocking) -> Fraction | None:
    """What a coalition gains when its members gain ``gains``; ``None`` under "some" if a member loses.

    Examples
    --------
    >>> [coalition_value((Fraction(3), Fraction(-1)), rule) for rule in ("all", "some", "any", "transfer")]
    [Fraction(-1, 1), None, Fraction(3, 1), Fraction(2, 1)]
    """
    if blocking == "all":
        return min(gains)
    if blocking == "any":
        return max(gains)
    if blocking == "some" and min(gains) < 0:
        return None
    return sum(gains, Fraction(0))


def check_gain(claim: str, gains: Sequence[Fraction], blocking: Blocking, gain: Fraction) -> None:
    """Whether a coalition whose members gain ``gains`` gains at least ``gain``.

    Raises
    ------
    CertificateError
        If it gains less, or under "some" a member loses.
    """
    value = coalition_value(gains, blocking)
    if value is None:
        fail(claim, "a member loses, which 'some' does not allow")
    if value < gain:
        fail(claim, f"the coalition gains {brief(value)} only")


def check_departures(
    claim: str, game: NormalFormGame, target: Sequence[int], coalitions: Iterable[Collection[int]]
) -> None:
    """Raise a CertificateError unless the target is a profile of the game and the coalitions are of its players."""
    n = game.num_players
    if len(target) != n or not all(0 <= k < m for k, m in zip(target, game.num_actions, strict=True)):
        fail(claim, f"the target {list(target)} is no action profile of this game")
    if any(not s or not all(0 <= i < n for i in s) for s in coalitions):
        fail(claim, f"coalitions: one is empty or has a member outside 0 … {n - 1}")


def check_each_player(
    claim: str, num_players: int, *, rates: Mapping[str, Values], amounts: Mapping[str, Values]
) -> None:
    """Raise a CertificateError unless each player has a rate from 0 to 1, and an amount ≥ 0, of each of these names."""
    for named, highest, allowed in ((rates, 1, "from 0 to 1"), (amounts, None, "≥ 0")):
        for name, values in named.items():
            if len(values) != num_players or any(x < 0 or (highest is not None and x > highest) for x in values):
                fail(claim, f"{name}: {num_players} numbers {allowed} are needed")


def _weights(entry: int | Sequence[Fraction], size: int, where: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Support and integer weights of one player's part of a profile."""
    if isinstance(entry, (int, np.integer)) and not isinstance(entry, bool):
        if not 0 <= entry < size:
            raise SpecificationError(f"{where}: found action {entry}; indices run from 0 to {size - 1}")
        return (int(entry),), (1,)
    if isinstance(entry, (bool, str)) or not hasattr(entry, "__len__") or len(entry) != size:
        raise SpecificationError(f"{where}: found {entry!r}; write an action index or {size} probabilities")
    for k, p in enumerate(entry):
        if type(p) not in (Fraction, int):
            raise SpecificationError(f"{where}[{k}]: found {p!r}; exact probabilities are fractions")
    denominator = math.lcm(*(p.denominator for p in entry))
    numerators = [p.numerator * (denominator // p.denominator) for p in entry]
    if min(numerators) < 0:
        raise SpecificationError(f"{where}: found a negative probability; probabilities are not negative")
    if sum(numerators) != denominator:
        raise SpecificationError(f"{where}: found probabilities that do not sum to 1; divide them by their sum")
    support = tuple(k for k, x in enumerate(numerators) if x)
    return support, tuple(numerators[k] for k in support)
