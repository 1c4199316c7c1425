"""What a coalition gains by deviating together.

At a profile σ (pure or mixed) a coalition S that plays τ ∈ ∏_{j∈S} A_j, while the others keep their part of σ, brings its
member i the gain g_i(τ) = u_i(τ, σ_{−S}) − u_i(σ). What the *coalition* gains depends on its rule of blocking:

=============  ==========================================  ================================================================
``blocking``   S blocks σ when                             the coalition's gain (staying put, worth 0, is allowed)
=============  ==========================================  ================================================================
``"all"``      every member gains strictly                 max_τ min_i g_i           (Aumann 1959; k-resilience)
``"some"``     no member loses and one gains strictly      max {Σ_i g_i : g ≥ 0}     (strong Pareto, super-strong)
``"any"``      at least one member gains strictly          max_τ max_i g_i           (strong k-resilience)
``"transfer"`` the members' gains sum to more than zero    max_τ Σ_i g_i             (side payments)
=============  ==========================================  ================================================================

S blocks iff its gain is positive. With ``coordination="correlated"`` the members share randomness and choose a distribution
over joint actions: under "all" and "some" that is a linear programme (solved exactly), under "any" and "transfer" a pure
joint deviation is best. ``"independent"`` mixing is not convex and is not offered yet.

The **margin** is the same over pure deviations in which somebody moves, so that it can be negative: how far the coalition is
from gaining.

References: R. Aumann 1959, "Acceptable points in general cooperative n-person games"; I. Abraham, D. Dolev, R. Gonen and
J. Halpern 2006, "Distributed computing meets game theory", PODC. Complexity: O(n · ∏_{j∈S} m_j) for one coalition of a
pure profile, and one linear programme with |S| + 1 rows where members correlate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import exact_profile
from gametheory.certificates.gains import Blocking, StatusQuo, best_joint_deviation, coalition_value
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label, read_coalition
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = [
    "BLOCKING",
    "CoalitionGain",
    "Coordination",
    "best_gain",
    "check_rules",
    "coalition_gain",
    "coalition_margin",
]

Array = NDArray[Any]
Coordination = Literal["pure", "correlated", "independent"]
BLOCKING: tuple[Blocking, ...] = ("all", "some", "any", "transfer")
JointAction = tuple[int, ...]


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CoalitionGain:
    """What a coalition gains by its best joint deviation, exactly; it works as a number.

    Attributes
    ----------
    game : NormalFormGame
    coalition : frozenset of int
    value : Fraction
        The gain, in units of payoff, as its blocking rule measures it.
    deviation : tuple of int, mapping, or None
        The best joint deviation: an action for each member in increasing order of index, or a distribution over such
        joint actions; ``None`` where staying put is best.
    gains : tuple of Fraction
        What each member gains by it, in increasing order of index.
    blocking, coordination : str
        The rule, and whether members share randomness.
    witness : WitnessCertificate or None
        Evidence that the gain is at least ``value``.
    certificate : DeviationCertificate or None
        Evidence that it is at most ``value``; ``None`` for a margin, which the witness and a look at the table decide.
    """

    game: NormalFormGame
    coalition: Coalition
    value: Fraction
    deviation: JointAction | Mapping[JointAction, Fraction] | None
    gains: tuple[Fraction, ...]
    blocking: Blocking
    coordination: Coordination
    witness: WitnessCertificate | None
    certificate: DeviationCertificate | None

    @property
    def lower(self) -> Fraction:
        return self.value

    @property
    def upper(self) -> Fraction:
        return self.value

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the members."""
        return tuple(self.game.players[i] for i in sorted(self.coalition))

    def verify(self) -> Literal[True]:
        """Re-check both sides of the evidence."""
        if self.witness is not None:
            self.witness.verify()
        if self.certificate is not None:
            self.certificate.verify()
        return True

    def describe(self) -> str:
        """The deviation in words: ``"Ana: leak, Ben: leak"``, or ``"stay put"``."""
        if self.deviation is None:
            return "stay put"
        if isinstance(self.deviation, tuple):
            return joint_action_text(self.game, self.coalition, self.deviation)
        parts = (
            f"{exact_text(p)} of ({joint_action_text(self.game, self.coalition, a)})" for a, p in self.deviation.items()
        )
        return " + ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "coalition": list(self.members),
            "gain": exact_text(self.value),
            "deviation": self.describe(),
            "gains": {name: exact_text(x) for name, x in zip(self.members, self.gains, strict=True)},
            "blocking": self.blocking,
            "coordination": self.coordination,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what each member gains."""
        return data_frame(zip(self.members, self.gains, strict=True), ["player", "gain"])

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return self.value != 0

    def __eq__(self, other: object) -> bool:
        return self.value == (other.value if isinstance(other, CoalitionGain) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _number(other))

    def __repr__(self) -> str:
        what = "margin" if self.certificate is None else "gain"
        label = coalition_label(self.game, self.coalition)
        return f"CoalitionGain(certified: {label} has {what} {self.value} under {self.blocking!r}: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def _number(other: Any) -> Any:
    return other.value if isinstance(other, CoalitionGain) else other


def coalition_gain(
    game: NormalFormGame,
    profile: Any,
    coalition: Iterable[int | str],
    *,
    blocking: Blocking,
    coordination: Coordination = "pure",
) -> CoalitionGain:
    """The most that a coalition gains by deviating together; positive iff it blocks the profile.

    Parameters
    ----------
    profile : sequence of n entries
        For each player an action (index or label) or a probability vector.
    coalition : iterable of int or str
        Members by index or name.
    blocking : "all", "some", "any" or "transfer"
        See the head of this module.
    coordination : "pure" or "correlated"
        Whether members can draw a joint action at random together.

    Returns
    -------
    CoalitionGain
        Exact, with the best deviation as witness and a certificate that none gains more. Under "all" with shared
        randomness it solves  max t  s.t.  Σ_τ p(τ) g_i(τ) ≥ t  for every member,  Σ p = 1,  p ≥ 0;  under "some"
        max Σ_i Σ_τ p(τ) g_i(τ)  s.t.  Σ_τ p(τ) g_i(τ) ≥ 0  for every member,  Σ p ≤ 1,  p ≥ 0.

    Raises
    ------
    SpecificationError
        Unknown rule, player or action, or a profile that is none.
    UnsupportedError
        ``coordination="independent"``, or a symbolic game.

    Examples
    --------
    The coordination game of Abraham et al. (2006): all 0 pays 1 each, exactly two 1s pay those two 2.

    >>> def payoff(*a):
    ...     if sum(a) == 0:
    ...         return (1, 1, 1)
    ...     return tuple(2 * x for x in a) if sum(a) == 2 else (0, 0, 0)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2], actions=[["0", "1"]] * 3)
    >>> coalition_gain(game, (0, 0, 0), [0, 1], blocking="all")
    CoalitionGain(certified: {Player 1, Player 2} has gain 1 under 'all': Player 1: 1, Player 2: 1)
    >>> coalition_gain(game, (0, 0, 0), [0, 1, 2], blocking="all") > 0
    False
    >>> coalition_gain(game, (0, 0, 0), [0, 1, 2], blocking="all", coordination="correlated").value
    Fraction(1, 3)
    """
    check_rules(blocking, coordination)
    exact_game = game.exact()
    given = exact_profile(exact_game, profile)
    members = read_coalition(game, coalition)
    value, deviation, gains, weights = best_gain(StatusQuo(exact_game, given), members, blocking, coordination)
    certificate = DeviationCertificate.coalition(
        exact_game,
        given,
        [members],
        blocking=blocking,
        coordination="correlated" if coordination == "correlated" else "pure",
        epsilon=value,
        weights=None if weights is None else [weights],
    )
    witness = None
    if deviation is not None:
        witness = WitnessCertificate.of(exact_game, given, members, deviation, blocking=blocking)
    return CoalitionGain(
        game=game,
        coalition=members,
        value=value,
        deviation=deviation,
        gains=gains,
        blocking=blocking,
        coordination=coordination,
        witness=witness,
        certificate=certificate,
    )


def coalition_margin(
    game: NormalFormGame, profile: Any, coalition: Iterable[int | str], *, blocking: Blocking
) -> CoalitionGain:
    """The most that a coalition gains over the pure joint deviations in which somebody moves; it can be negative.

    Under "some", where every such deviation hurts a member, it is the largest minimum gain.

    Raises
    ------
    SpecificationError
        As for :func:`coalition_gain`, and if no member has another action.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> coalition_margin(game, (0, 0), [0], blocking="all").value
    Fraction(-1, 1)
    """
    check_rules(blocking, "pure")
    exact_game = game.exact()
    given = exact_profile(exact_game, profile)
    members = read_coalition(game, coalition)
    tensor, denominator = StatusQuo(exact_game, given).gains(members)
    flat = tensor.reshape(len(tensor), -1).astype(object)
    columns = np.arange(flat.shape[1])
    stay = [part for part in (given[i] for i in sorted(members)) if isinstance(part, int)]
    if len(stay) == len(members):
        columns = np.delete(columns, np.ravel_multi_index(tuple(stay), tensor.shape[1:]))
    if not len(columns):
        raise SpecificationError(f"coalition: no member of {coalition_label(game, members)} has another action to play")
    flat = flat[:, columns]
    values = {"all": flat.min(axis=0), "any": flat.max(axis=0)}.get(blocking, flat.sum(axis=0))
    if blocking == "some":
        harmless = flat.min(axis=0) >= 0
        values = np.where(harmless, values, flat.min(axis=0))
        best = int(max(np.flatnonzero(harmless), key=lambda k: (values[k], -k), default=-1))
        best = int(np.argmax(values)) if best < 0 else best
    else:
        best = int(np.argmax(values))
    joint = tuple(int(k) for k in np.unravel_index(columns[best], tensor.shape[1:]))
    gains = tuple(Fraction(int(x), denominator) for x in flat[:, best])
    # A deviation that hurts a member is no witness under "some"; what it shows is a minimum gain, the rule "all".
    shown: Blocking = "all" if blocking == "some" and min(gains) < 0 else blocking
    return CoalitionGain(
        game=game,
        coalition=members,
        value=Fraction(int(values[best]), denominator),
        deviation=joint,
        gains=gains,
        blocking=blocking,
        coordination="pure",
        witness=WitnessCertificate.of(exact_game, given, members, joint, blocking=shown),
        certificate=None,
    )


def check_rules(blocking: str, coordination: str) -> None:
    """Refuse an unknown rule, and what is not offered."""
    if blocking not in BLOCKING:
        raise SpecificationError(f"blocking: found {blocking!r}; write 'all', 'some', 'any' or 'transfer'")
    if coordination == "independent":
        raise UnsupportedError(
            "coordination='independent': the best independent mixing of a coalition is a non-convex problem that is not "
            "solved yet; 'pure' bounds what it gains from below and 'correlated' from above"
        )
    if coordination not in ("pure", "correlated"):
        raise SpecificationError(f"coordination: found {coordination!r}; write 'pure' or 'correlated'")


def best_gain(
    status_quo: StatusQuo, coalition: Coalition, blocking: Blocking, coordination: Coordination
) -> tuple[
    Fraction, JointAction | dict[JointAction, Fraction] | None, tuple[Fraction, ...], tuple[Fraction, ...] | None
]:
    """The gain, the deviation that has it, the members' gains, and the weights that certify it (or ``None``)."""
    tensor, denominator = status_quo.gains(coalition)
    weighted = coordination == "correlated" and blocking in ("all", "some")
    if weighted:
        found = plain_weights(tensor, blocking)
        if found is None:
            return correlated_gain(tensor, denominator, blocking)
        return Fraction(0), None, (Fraction(0),) * len(tensor), found
    numerator, joint = best_joint_deviation(tensor, blocking)
    if joint is None:
        return Fraction(0), None, (Fraction(0),) * len(tensor), None
    gains = tuple(Fraction(int(tensor[(k, *joint)]), denominator) for k in range(len(tensor)))
    return Fraction(numerator, denominator), joint, gains, None


def plain_weights(tensor: Array, blocking: Blocking) -> tuple[Fraction, ...] | None:
    """Weights that show a gain of zero where they are plain to see, so that most coalitions need no programme."""
    flat = tensor.reshape(len(tensor), -1)
    if blocking == "some":
        return (Fraction(0),) * len(flat) if int(flat.sum(axis=0).max()) <= 0 else None
    for k, row in enumerate(flat):
        if int(row.max()) <= 0:  # this member never gains
            return tuple(Fraction(int(j == k)) for j in range(len(flat)))
    if int(flat.sum(axis=0).max()) <= 0:  # nor do the members together
        return (Fraction(1, len(flat)),) * len(flat)
    return None


def correlated_gain(
    tensor: Array, denominator: int, blocking: Blocking
) -> tuple[Fraction, dict[JointAction, Fraction] | None, tuple[Fraction, ...], tuple[Fraction, ...]]:
    """The best distribution over joint actions from the members' gains: value, distribution, gains and dual weights."""
    from gametheory.optimize.exact import solve_exact

    size = len(tensor)
    solution = solve_exact(_correlated_programme(tensor, denominator, blocking))
    weights = tuple(abs(solution.row_duals[k]) for k in range(size))
    drawn = [(k, solution.primal[k]) for k in range(tensor[0].size) if solution.primal[k] > 0]
    if solution.value <= 0:
        return Fraction(0), None, (Fraction(0),) * size, weights
    flat = tensor.reshape(size, -1)
    gains = tuple(Fraction(sum((p * int(row[k]) for k, p in drawn), Fraction(0)), denominator) for row in flat)
    total = sum((p for _, p in drawn), Fraction(0))
    assert total == 1, "a distribution whose value is positive and could be scaled up was not optimal"
    distribution = {tuple(int(j) for j in np.unravel_index(k, tensor.shape[1:])): p for k, p in drawn}
    value = coalition_value(gains, blocking)
    assert value == solution.value, "the optimal distribution does not attain the optimum"
    return value, distribution, gains, weights


def _correlated_programme(tensor: Array, denominator: int, blocking: Blocking) -> LinearProgramme:
    """max of the coalition's expected gain over distributions of its joint actions (see :func:`coalition_gain`)."""
    size = len(tensor)
    flat = tensor.reshape(size, -1)
    joint = flat.shape[1]
    rows: list[Any] = []
    for k in range(size):
        row = {c: Fraction(int(x), denominator) for c, x in enumerate(flat[k]) if x}
        if blocking == "all":
            row[joint] = Fraction(-1)
        rows.append((f"member {k} gains", row, ">=", 0))
    ones = dict.fromkeys(range(joint), Fraction(1))
    rows.append(("probabilities", ones, "==" if blocking == "all" else "<=", 1))
    if blocking == "all":
        return LinearProgramme.from_rows(
            "max", [0] * joint + [1], rows, lower=[0] * joint + [None], name="coalition_gain", arguments={"rule": "all"}
        )
    sums = [Fraction(int(x), denominator) for x in flat.sum(axis=0)]
    return LinearProgramme.from_rows("max", sums, rows, name="coalition_gain", arguments={"rule": "some"})


def joint_action_text(game: NormalFormGame, coalition: Coalition, joint: JointAction) -> str:
    """A joint action in words: ``"Ana: leak, Ben: leak"``."""
    return ", ".join(f"{game.players[i]}: {game.actions[i][k]}" for i, k in zip(sorted(coalition), joint, strict=True))
