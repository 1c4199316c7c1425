"""How large a coalition a profile withstands.

**Resilience** is the largest k ≤ n such that no allowed coalition of at most k players blocks the profile (see
:mod:`.joint_deviations` for the rules of blocking); 1-resilience is Nash equilibrium, n-resilience strong Nash equilibrium.

On a game of floats every gain is evaluated exactly. With ``tol`` a gain counts from tol · (the largest payoff span among
the members) on; without it, a gain above zero and within the default tolerance leaves the answer open between ``lower``
and ``upper``.

References: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory: robust
mechanisms for rational secret sharing and multiparty computation", PODC. Complexity: all joint deviations of all allowed
coalitions, Σ_{j≤k} C(n, j) m^j.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import DEFAULT_TOLERANCE, Verdict, exact
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import exact_profile
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.joint_deviations import Coordination, best_gain, check_rules
from gametheory.errors import SpecificationError, UndecidedError
from gametheory.games.coalitions import Coalition
from gametheory.games.coalitions import coalitions as all_coalitions
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["Resilience", "allowed_coalitions", "is_resilient", "resilience"]

Answer = Literal["no", "within tolerance", "yes"]


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Resilience:
    """The size of coalition that a profile withstands; ``int()`` of it works.

    Attributes
    ----------
    lower, upper : int
        Equal, unless in a game of floats a gain may be rounding (then ``int()`` raises and ``tol=`` decides).
    witness : WitnessCertificate or None
        A smallest coalition that blocks, its joint deviation and gains; ``None`` if none does.
    certificate : DeviationCertificate
        No allowed coalition of at most ``lower`` members gains (or gains more than the tolerance).
    game, blocking, coordination
        What was asked.
    """

    game: NormalFormGame
    lower: int
    upper: int
    blocking: Blocking
    coordination: Coordination
    witness: WitnessCertificate | None
    certificate: DeviationCertificate

    def verify(self) -> Literal[True]:
        """Re-check both sides of the evidence."""
        self.certificate.verify()
        if self.witness is not None:
            self.witness.verify()
        return True

    def __int__(self) -> int:
        if self.lower != self.upper:
            raise UndecidedError(
                f"resilience: between {self.lower} and {self.upper}, because a gain in this game of floats may be rounding; "
                "pass tol= (a share of the payoff span, such as 1e-9)"
            )
        return self.lower

    __index__ = __int__

    def __float__(self) -> float:
        return float(int(self))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Resilience):
            return (self.lower, self.upper) == (other.lower, other.upper)
        return self.lower == self.upper == other

    def __hash__(self) -> int:
        return hash(self.lower) if self.lower == self.upper else hash((self.lower, self.upper))

    def __lt__(self, other: Any) -> bool:
        return int(self) < int(other)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "lower": self.lower,
            "upper": self.upper,
            "blocking": self.blocking,
            "coordination": self.coordination,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the members of the smallest coalition that blocks, and their gains; empty if none does."""
        found = self.witness
        rows = [] if found is None else zip(sorted(found.members), found.gains, strict=True)
        return data_frame([[self.game.players[i], gain] for i, gain in rows], ["player", "gain"])

    def __repr__(self) -> str:
        number = str(self.lower) if self.lower == self.upper else f"{self.lower} to {self.upper}"
        why = "no allowed coalition blocks" if self.witness is None else self.witness.claim
        return f"Resilience({number}, certified under {self.blocking!r}, {self.coordination}: {why})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def resilience(
    game: NormalFormGame,
    profile: Any,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    coalitions: Iterable[Iterable[int]] | None = None,
    tol: float | Fraction | None = None,
) -> Resilience:
    """Largest k ≤ n such that no allowed coalition of at most k players blocks the profile.

    Parameters
    ----------
    profile : sequence of n entries
        For each player an action (index or label) or a probability vector.
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks; see :mod:`.joint_deviations`.
    coordination : "pure" or "correlated"
        Whether its members share randomness.
    coalitions : iterable of sets of int, optional
        The coalitions that may form (:func:`gametheory.games.coalitions`); by default all.
    tol : float, optional
        A gain of at most tol · (the largest payoff span among the members) does not count.

    Returns
    -------
    Resilience

    Examples
    --------
    Stag hunt: the pair cannot improve on hunting together, but it can on hunting hares.

    >>> game = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=[["stag", "hare"]] * 2)
    >>> int(resilience(game, ("stag", "stag"))), int(resilience(game, ("hare", "hare")))
    (2, 1)
    """
    check_rules(blocking, coordination)
    exact_game = game.exact()
    given = exact_profile(exact_game, profile)
    allowed = allowed_coalitions(game, coalitions)
    judge = _Judge.of(game, tol)
    status_quo = StatusQuo(exact_game, given)
    lower = upper = game.num_players
    withstood: list[Coalition] = []
    evidence: list[tuple[Fraction, ...]] = []
    largest = Fraction(0)
    witness = None
    for members in allowed:
        if len(members) > upper:
            break
        value, deviation, _, weights = best_gain(status_quo, members, blocking, coordination)
        answer = judge(value, members)
        if answer == "no" and blocking == "some" and judge.open:
            answer = _nearly_harmless(status_quo, members, judge)
        if answer != "no" and len(members) <= lower:
            lower = len(members) - 1
        if answer == "yes":
            upper = len(members) - 1
            witness = WitnessCertificate.of(exact_game, given, members, deviation, blocking=blocking)
            break
        if len(members) <= lower:
            withstood.append(members)
            largest = max(largest, value)
            if weights is not None:
                evidence.append(weights)
    keep = [k for k, members in enumerate(withstood) if len(members) <= lower]
    certificate = DeviationCertificate.coalition(
        exact_game,
        given,
        [withstood[k] for k in keep],
        blocking=blocking,
        coordination="correlated" if coordination == "correlated" else "pure",
        epsilon=largest,
        weights=[evidence[k] for k in keep] if evidence else None,
    )
    return Resilience(
        game=game,
        lower=lower,
        upper=upper,
        blocking=blocking,
        coordination=coordination,
        witness=witness,
        certificate=certificate,
    )


def is_resilient(
    game: NormalFormGame,
    profile: Any,
    size: int,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    coalitions: Iterable[Iterable[int]] | None = None,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether no allowed coalition of at most ``size`` players blocks the profile.

    Returns
    -------
    Verdict
        "no" comes with a smallest coalition that blocks as witness (a :class:`WitnessCertificate`) and its gain; otherwise the
        gain is the largest of any coalition asked about (0 where only a loss may be rounding).

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_resilient(game, (1, 1), 2).status
    'no'
    """
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 0 <= size <= game.num_players:
        raise SpecificationError(f"size: found {size!r}; write a number of players from 0 to {game.num_players}")
    allowed = [s for s in allowed_coalitions(game, coalitions) if len(s) <= size]
    found = resilience(game, profile, blocking=blocking, coordination=coordination, coalitions=allowed, tol=tol)
    question = f"is the profile {size}-resilient under {blocking!r}, {coordination}?"
    if found.witness is not None:
        return Verdict("no", found.witness.gain, found.witness, question)
    if found.lower < game.num_players:
        status_quo = StatusQuo(game.exact(), exact_profile(game.exact(), profile))
        largest = max(best_gain(status_quo, members, blocking, coordination)[0] for members in allowed)
        return Verdict("within tolerance", largest, None, question)
    return Verdict("yes", found.certificate.epsilon, None, question)


def allowed_coalitions(game: NormalFormGame, coalitions: Iterable[Iterable[int]] | None) -> tuple[Coalition, ...]:
    """The coalitions given, ordered and checked; all of them by default."""
    return all_coalitions(game.num_players, members=coalitions)


@final
@dataclass(frozen=True, slots=True)
class _Judge:
    """Whether a gain counts."""

    spans: tuple[Fraction, ...]
    tol: Fraction | None
    open: bool  # a game of floats, asked without a tolerance

    @classmethod
    def of(cls, game: NormalFormGame, tol: float | Fraction | None) -> _Judge:
        limit = None if tol is None else exact(tol, where="tol")
        if limit is not None and limit < 0:
            raise SpecificationError(f"tol: found {tol}; write a number ≥ 0, a share of the payoff span")
        spans = tuple(game.payoff_span(i) for i in range(game.num_players))
        return cls(spans, limit, tol is None and game.arithmetic == "float")

    def __call__(self, gain: Fraction, members: Coalition) -> Answer:
        if gain <= 0:
            return "no"
        if self.tol is not None:
            return "yes" if gain > self.tol * self.span(members) else "no"
        if self.open and gain <= DEFAULT_TOLERANCE * self.span(members):
            return "within tolerance"
        return "yes"

    def span(self, members: Coalition) -> Fraction:
        return max(self.spans[i] for i in members)


def _nearly_harmless(status_quo: StatusQuo, members: Coalition, judge: _Judge) -> Answer:
    """Under "some" a loss within tolerance may be rounding, too: would the coalition gain if it were none?"""
    tensor, denominator = status_quo.gains(members)
    flat = tensor.reshape(len(tensor), -1)
    slack = DEFAULT_TOLERANCE * judge.span(members) * denominator
    sums = flat.sum(axis=0)[flat.min(axis=0) >= -math.floor(slack)]
    return "within tolerance" if len(sums) and int(sums.max()) > slack else "no"
