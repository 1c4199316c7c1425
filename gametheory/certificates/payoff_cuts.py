"""Linear bounds on the equilibrium payoffs of a repeated game, with multipliers.

Let E be a compact set of payoffs of plays that nobody gains by leaving: for every extreme point v of co E there is a pure
profile a and continuations w(y) ∈ co E, one for each public signal y ~ π(· | a), with

    v = (1 − δ) u(a) + δ Σ_y π(y | a) w(y)    and for every player i and action b, with a' = (b, a_−i),
    δ Σ_y (π(y | a) − π(y | a')) w_i(y)  ≥  (1 − δ)(u_i(a') − u_i(a)).

If actions are seen, there is one continuation w after a, and the worst payoff p_i = min {v_i : v ∈ E} after a deviation:
δ (w_i − p_i) ≥ (1 − δ)(u_i(a') − u_i(a)). Write M_j = sup {λ_j·v : v ∈ E}. Multipliers z ≥ 0 of the bounds λ_k·w(y) ≤ M_k and
q ≥ 0 of the incentives whose sum is the identity δ π(y | a) λ_j = Σ_k z_ky λ_k − Σ q (…) for every y give, for the profile a,

    λ_j·v  ≤  (1 − δ) λ_j·u(a) − Σ q · (right-hand sides) + Σ_k Z_jk M_k ,    Z ≥ 0,    p_i = −M of the bound on −v_i.

A **round** proves bounds c_j together: if the right-hand side at M = c is at most c_j for every profile that is left, and some
weights w > 0 satisfy Σ_k Z_jk w_k < w_j over the bounds of the same round, then M_j ≤ c_j for all j (take the j with the
largest (M_j − c_j)/w_j). A bound that uses only earlier rounds needs no weights. Multipliers whose sum is the zero vector and
whose bound is negative show that a profile is played at no extreme point: later rounds leave it out. Where a reason is left
out, it is z = δ π(y | a) on the bound itself: λ_j·u(a) ≤ c_j.

References: D. Abreu, D. Pearce and E. Stacchetti 1990, Econometrica 58; K. Judd, Ş. Yeltekin and J. Conklin 2003, "Computing
supergame equilibria", Econometrica 71. Complexity: a pass over the multipliers, in fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    list_from_json,
    rationals_from_json,
)
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.certificates.self_generating import check_discount
from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Cut",
    "PayoffCutsCertificate",
    "Reason",
    "Round",
    "StageAndSignals",
    "monitoring_from_json",
    "monitoring_to_json",
]

Vector = tuple[Fraction, ...]
_KEYS = ("kind", "game", "game_digest", "discount", "monitoring", "rounds")


@final
@dataclass(frozen=True, slots=True)
class Cut:
    """A bound ``normal``·v ≤ ``bound``; the weight compares it with the others of its round."""

    normal: Vector
    bound: Fraction
    weight: Fraction = Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class Reason:
    """Multipliers: of bounds (number of the cut, signal, z), and of incentives (player, action, q)."""

    cuts: tuple[tuple[int, int, Fraction], ...] = ()
    incentives: tuple[tuple[int, int, Fraction], ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Round:
    """Bounds proved together, then profiles left out by all bounds so far.

    Attributes
    ----------
    cuts : tuple of Cut
        Numbered through all rounds, from 0.
    reasons : tuple of mappings from the number of a profile (in row-major order) to Reason, one for each cut
    excluded : mapping from the number of a profile to Reason
    """

    cuts: tuple[Cut, ...]
    reasons: tuple[Mapping[int, Reason], ...]
    excluded: Mapping[int, Reason] = field(default_factory=dict)


@final
class StageAndSignals:
    """Payoffs, deviations and signals of a stage game, in fractions: what a step of dynamic programming is made of.

    ``signals(a)`` are those that the continuation after the profile number a may depend on, with π(y | a) (a single one
    if actions are seen); ``deviations(a)`` the rows (player, action, coefficient of w_i(y) by signal, gain), which read
    Σ_y coefficient · w_i(y) ≥ (1 − δ) gain, plus δ p_i if actions are seen.
    """

    def __init__(self, stage: NormalFormGame, monitoring: Monitoring | None, discount: Fraction) -> None:
        self.stage, self.monitoring, self.discount = stage, monitoring, discount
        self.perfect = monitoring is None
        self.num_players = stage.num_players
        self.num_profiles = stage.num_profiles
        flat = stage.numerators.reshape(stage.num_players, -1)
        self.payoffs: list[Vector] = [
            tuple(Fraction(int(x), stage.denominator) for x in flat[:, a]) for a in range(flat.shape[1])
        ]
        self._rows: dict[int, list[tuple[int, int, dict[int, Fraction], Fraction]]] = {}
        self._signals: dict[int, dict[int, Fraction]] = {}
        self._table = None if monitoring is None else monitoring.numerators.reshape(-1, monitoring.num_signals)

    def profile(self, number: int) -> tuple[int, ...]:
        """The actions of a profile."""
        return tuple(map(int, np.unravel_index(number, self.stage.num_actions)))

    def signals(self, number: int) -> dict[int, Fraction]:
        """π(y | a) for every signal y that the profile, or a deviation of one player from it, can cause."""
        if self._table is None:
            return {0: Fraction(1)}
        if number not in self._signals:
            self.deviations(number)
        return self._signals[number]

    def deviations(self, number: int) -> list[tuple[int, int, dict[int, Fraction], Fraction]]:
        """The incentives of all players at a profile."""
        if number not in self._rows:
            profile, own = self.profile(number), self.payoffs[number]
            rows = []
            seen = set() if self._table is None else {int(y) for y in np.flatnonzero(self._table[number])}
            for i, m in enumerate(self.stage.num_actions):
                for b in range(m):
                    if b == profile[i]:
                        continue
                    other = int(np.ravel_multi_index((*profile[:i], b, *profile[i + 1 :]), self.stage.num_actions))
                    gain = self.payoffs[other][i] - own[i]
                    if self._table is None or self.monitoring is None:
                        rows.append((i, b, {0: self.discount}, gain))
                        continue
                    moved = self._table[number].astype(object) - self._table[other].astype(object)
                    scale = self.discount / self.monitoring.denominator
                    rows.append((i, b, {y: int(d) * scale for y, d in enumerate(moved) if d}, gain))
                    seen |= {int(y) for y in np.flatnonzero(self._table[other])}
            self._rows[number] = rows
            if self._table is not None and self.monitoring is not None:
                base = self.monitoring.denominator
                self._signals[number] = {y: Fraction(int(self._table[number, y]), base) for y in sorted(seen)}
        return self._rows[number]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PayoffCutsCertificate:
    """Every equilibrium payoff of a repeated game (pure actions, a public coin) satisfies the listed linear bounds.

    Attributes
    ----------
    game : NormalFormGame or None
        The exact stage game.
    discount : Fraction
        0 ≤ δ < 1.
    monitoring : Monitoring or None
        Exact public signals; ``None`` if actions are seen.
    rounds : tuple of Round
    stated_digest : str
        Digest of the stage game, where the certificate carries none.

    Examples
    --------
    With defection as only stage equilibrium and δ = 0, no payoff of a prisoner's dilemma is above 3:

    >>> dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> one, low = Fraction(1), (Fraction(-1), Fraction(0))
    >>> drop = {a: Reason((), ((i, 1, one),)) for a, i in ((0, 0), (1, 0), (2, 1))}
    >>> high = Cut((one, Fraction(0)), Fraction(3))
    >>> rounds = (Round((), (), drop), Round((high,), ({},)))
    >>> signals = Monitoring([[[1], [1]], [[1], [1]]])
    >>> PayoffCutsCertificate(game=dilemma, discount=Fraction(0), monitoring=signals, rounds=rounds).verify()
    True
    """

    game: NormalFormGame | None
    discount: Fraction
    monitoring: Monitoring | None
    rounds: tuple[Round, ...]
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)
        check_discount(self.discount)
        if self.monitoring is not None and self.monitoring.arithmetic != "exact":
            raise SpecificationError("monitoring: found floats; pass monitoring.exact()")

    @property
    def game_digest(self) -> str:
        """Digest of the stage game."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def halfspaces(self) -> tuple[tuple[Vector, Fraction], ...]:
        """The bounds (normal, β), each normal once with its least bound."""
        best: dict[Vector, Fraction] = {}
        for cut in (cut for found in self.rounds for cut in found.cuts):
            best[cut.normal] = min(best.get(cut.normal, cut.bound), cut.bound)
        return tuple(best.items())

    @property
    def excluded(self) -> frozenset[int]:
        """Numbers of the profiles that are played at no extreme point."""
        return frozenset(a for found in self.rounds for a in found.excluded)

    @property
    def claim(self) -> str:
        """The claim in words."""
        seen = "perfect public equilibrium" if self.monitoring is not None else "subgame perfect equilibrium"
        where = f"of the repeated game with discount factor {brief(self.discount)} in pure actions and a public coin"
        bounds = self.halfspaces
        shown = " and ".join(f"({', '.join(map(brief, normal))})·v ≤ {brief(bound)}" for normal, bound in bounds[:3])
        more = f" and {len(bounds) - 3} more bounds" if len(bounds) > 3 else ""
        if self._nothing_left():
            return f"there is no {seen} {where}"
        return f"every payoff v of a {seen} {where} satisfies {shown}{more}"

    def _nothing_left(self) -> bool:
        return self.game is not None and len(self.excluded) == self.game.num_profiles

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Add up all multipliers exactly, round by round.

        Raises
        ------
        CertificateError
            If a bound does not follow, or a profile may be played after all.
        """
        stage = game_to_check(self.claim, self.game, self.stated_digest, game)
        if self.monitoring is not None and self.monitoring.num_actions != stage.num_actions:
            fail(self.claim, "the signals are those of a game with other numbers of actions")
        model = StageAndSignals(stage, self.monitoring, self.discount)
        left = set(range(model.num_profiles))
        cuts: list[Cut] = []
        worst: dict[int, int] = {}
        for number, found in enumerate(self.rounds):
            first = len(cuts)
            if len(found.reasons) != len(found.cuts):
                fail(
                    self.claim, f"round {number} has {len(found.reasons)} sets of reasons for {len(found.cuts)} bounds"
                )
            for cut in found.cuts:
                if len(cut.normal) != model.num_players or cut.weight <= 0:
                    fail(
                        self.claim, f"bound {len(cuts)} has another number of players, or a weight that is not positive"
                    )
                player = _lowered(cut.normal)
                if player is not None:
                    worst[player] = len(cuts)
                cuts.append(cut)
            check = _Sums(self.claim, model, cuts, worst, first)
            for offset, reasons in enumerate(found.reasons):
                check.bound(first + offset, reasons, left)
            for a, reason in found.excluded.items():
                if a not in left:
                    fail(self.claim, f"round {number} leaves out the profile {a}, which is none or left out already")
                check.exclusion(a, reason)
            left -= set(found.excluded)
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "payoff cuts",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "discount": rational_to_json(self.discount),
            "monitoring": None if self.monitoring is None else monitoring_to_json(self.monitoring),
            "rounds": [
                {
                    "cuts": [
                        [[rational_to_json(x) for x in c.normal], rational_to_json(c.bound), rational_to_json(c.weight)]
                        for c in found.cuts
                    ],
                    "reasons": [_reasons_to_json(reasons) for reasons in found.reasons],
                    "excluded": _reasons_to_json(found.excluded),
                }
                for found in self.rounds
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> PayoffCutsCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "payoff cuts")
        rounds = []
        for k, entry in enumerate(list_from_json(data["rounds"], "certificate.rounds")):
            where = f"certificate.rounds[{k}]"
            expect_keys(entry, ("cuts", "reasons", "excluded"), where=where)
            cuts = []
            for cut in list_from_json(entry["cuts"], f"{where}.cuts"):
                if not isinstance(cut, list) or len(cut) != 3:
                    raise SpecificationError(f"{where}.cuts: write [normal, bound, weight]")
                cuts.append(
                    Cut(
                        rationals_from_json(cut[0], f"{where}.cuts"),
                        rational_from_json(cut[1], where=f"{where}.cuts"),
                        rational_from_json(cut[2], where=f"{where}.cuts"),
                    )
                )
            reasons = tuple(_reasons_from_json(r, where) for r in list_from_json(entry["reasons"], f"{where}.reasons"))
            rounds.append(Round(tuple(cuts), reasons, _reasons_from_json(entry["excluded"], where)))
        return cls(
            game=game,
            discount=rational_from_json(data["discount"], where="certificate.discount"),
            monitoring=None if data["monitoring"] is None else monitoring_from_json(data["monitoring"]),
            rounds=tuple(rounds),
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PayoffCutsCertificate({self.claim})"


@final
class _Sums:
    """The sums of one round of a certificate; ``cuts`` from ``first`` on are those of the round."""

    def __init__(
        self, claim: str, model: StageAndSignals, cuts: Sequence[Cut], worst: Mapping[int, int], first: int
    ) -> None:
        self.claim, self.model, self.cuts, self.worst, self.first = claim, model, cuts, dict(worst), first

    def bound(self, j: int, reasons: Mapping[int, Reason], left: set[int]) -> None:
        cut, delta = self.cuts[j], self.model.discount
        for a in left:
            payoff = sum((x * y for x, y in zip(cut.normal, self.model.payoffs[a], strict=True)), Fraction(0))
            reason = reasons.get(a)
            if reason is None:  # δ π(y | a) on the bound itself
                if payoff > cut.bound:
                    fail(self.claim, f"bound {j} does not hold for {self._name(a)}, and no multipliers are given")
                continue
            total, weight = self._sum(a, reason, [delta * x for x in cut.normal])
            if (1 - delta) * payoff + total > cut.bound:
                fail(self.claim, f"the multipliers of bound {j} at {self._name(a)} prove less")
            if weight >= cut.weight:
                fail(
                    self.claim,
                    f"bound {j} rests on itself and others of its round at {self._name(a)} with too large weights",
                )

    def exclusion(self, a: int, reason: Reason) -> None:
        total, _ = self._sum(a, reason, [Fraction(0)] * self.model.num_players)
        if total >= 0:
            fail(self.claim, f"the multipliers do not show that {self._name(a)} cannot be played")

    def _sum(self, a: int, reason: Reason, target: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
        """The bound that the multipliers give, and the weight of those on this round; the identity is checked."""
        model, delta = self.model, self.model.discount
        signals = model.signals(a)
        rest = {y: [p * x for x in target] for y, p in signals.items()}
        total, weight = Fraction(0), Fraction(0)
        for k, y, z in reason.cuts:
            if not 0 <= k < len(self.cuts) or y not in signals or z < 0:
                fail(self.claim, f"a multiplier at {self._name(a)} is negative, or of a bound or signal that is none")
            for i, x in enumerate(self.cuts[k].normal):
                rest[y][i] -= z * x
            total += z * self.cuts[k].bound
            if k >= self.first:
                weight += z * self.cuts[k].weight
        rows = {(i, b): (coefficients, gain) for i, b, coefficients, gain in model.deviations(a)}
        for i, b, q in reason.incentives:
            if (i, b) not in rows or q < 0:
                fail(self.claim, f"a multiplier at {self._name(a)} is negative, or of a deviation that is none")
            coefficients, gain = rows[i, b]
            for y, x in coefficients.items():
                rest[y][i] += q * x
            total -= q * (1 - delta) * gain
            if model.perfect:
                k = self.worst.get(i, -1)
                if k < 0:
                    fail(self.claim, f"no bound says how low the payoff of player {i} can be")
                total += q * delta * self.cuts[k].bound
                if k >= self.first:
                    weight += q * delta * self.cuts[k].weight
        if any(x for row in rest.values() for x in row):
            fail(self.claim, f"the multipliers at {self._name(a)} do not add up")
        return total, weight

    def _name(self, a: int) -> str:
        return describe_profile(self.model.stage, self.model.profile(a))


def _lowered(normal: Vector) -> int | None:
    """The player i whose payoff a cut with the normal −e_i bounds from below."""
    used = [i for i, x in enumerate(normal) if x]
    return used[0] if len(used) == 1 and normal[used[0]] == -1 else None


def monitoring_to_json(monitoring: Monitoring) -> dict[str, Any]:
    """Exact public signals as JSON data; their names carry no claim and are left out."""
    flat = RationalArray.of_integers(monitoring.numerators.reshape(-1), monitoring.denominator)
    return {"num_actions": list(monitoring.num_actions), "probabilities": rational_array_to_json(flat)}


def monitoring_from_json(data: Any, *, where: str = "monitoring") -> Monitoring:
    """Read what :func:`monitoring_to_json` wrote."""
    expect_keys(data, ("num_actions", "probabilities"), where=where)
    sizes = indices_from_json(data["num_actions"], where=f"{where}.num_actions")
    flat = rational_array_from_json(data["probabilities"], where=f"{where}.probabilities")
    count = 1
    for m in sizes:
        count *= m
    if not sizes or count < 1 or len(flat) < count or len(flat) % count:
        raise SpecificationError(
            f"{where}: found {len(flat)} probabilities for profiles of shape {sizes}; write a row each"
        )
    shaped = flat.numerators.reshape(*sizes, len(flat) // count)
    return Monitoring(RationalArray.of_integers(shaped, flat.denominator))


def _reasons_to_json(reasons: Mapping[int, Reason]) -> list[Any]:
    return [
        [
            a,
            [[k, y, rational_to_json(z)] for k, y, z in reason.cuts],
            [[i, b, rational_to_json(q)] for i, b, q in reason.incentives],
        ]
        for a, reason in sorted(reasons.items())
    ]


def _reasons_from_json(data: Any, where: str) -> dict[int, Reason]:
    reasons = {}
    for entry in list_from_json(data, where):
        if not isinstance(entry, list) or len(entry) != 3 or type(entry[0]) is not int or entry[0] in reasons:
            raise SpecificationError(f"{where}: write reasons as [profile, bounds, incentives], each profile once")
        reasons[entry[0]] = Reason(_multipliers(entry[1], where), _multipliers(entry[2], where))
    return reasons


def _multipliers(data: Any, where: str) -> tuple[tuple[int, int, Fraction], ...]:
    found = []
    for entry in list_from_json(data, where):
        if not isinstance(entry, list) or len(entry) != 3 or type(entry[0]) is not int or type(entry[1]) is not int:
            raise SpecificationError(f"{where}: write a multiplier as [number, number, rational]")
        found.append((entry[0], entry[1], rational_from_json(entry[2], where=where)))
    return tuple(found)
