"""What one coalition gains at most, in games without a payoff tensor.

The claim is that at a profile σ a coalition gains at most ε ≥ 0 by its rule of blocking (:mod:`.gains`).

*Identical agents.* The coalition has s_a of the c_a agents of each action a. It chooses how many of its k = Σ s_a members
arrive where, t ∈ ℕ^m with Σ t_b = k; then action b pays v'_b at the counts c − s + t, and members who have v_a are paired with
places that pay v'_b. Under "any" and "transfer" the pairing does not matter; under "all" and "some" the one in order of v and
v' is best for the member who gains least. With shared randomness weights ω_a ≥ 0 for a member of each action are the evidence:

    max_t max_f Σ_ab f_ab ω_a (v'_b − v_a) ≤ ε,        all: Σ_a s_a ω_a = 1;        some: ω_a ≥ 1,

where the inner maximum pairs the largest weights with the best places. All C(k + m − 1, m − 1) arrivals are looked at.

*Networks.* The members' joint actions are looked at by the connected components of the coalition (:mod:`.local_moves`): its
gain is the least of theirs under "all", the largest under "any", their sum under "some" and "transfer". Under "transfer" the
members of a component are eliminated one after the other, under "any" they help one member each on its own edge, so that
large components are no obstacle. With shared randomness under "all" and "some" the evidence are weights of the members as in
:class:`.DeviationCertificate`, and all joint actions of the coalition are looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.compact_games import any_game_to_json, game_of_any_certificate
from gametheory.certificates.count_moves import Flow, matched
from gametheory.certificates.encoding import (
    ExactProfile,
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_to_check,
    indices_from_json,
    player_name,
    profile_from_json,
    profile_to_json,
    rationals_from_json,
)
from gametheory.certificates.gains import Blocking, Coordination
from gametheory.certificates.local_moves import LocalGains, best_for_set
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.resilience import describe_counts
from gametheory.errors import SpecificationError
from gametheory.games.counts import count_vectors
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.symmetric import Counts, SymmetricGame

__all__ = ["Arrivals", "CoalitionBoundCertificate"]

Array = NDArray[Any]

_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """All ways in which a coalition of identical agents can place its members.

    Attributes
    ----------
    before : array of integers, shape (m,)
        What each action pays at the counts at hand, over ``denominator``.
    arrive : array of int, shape (R, m)
        How many members arrive where, in lexicographic order.
    after : array of integers, shape (R, m)
        What each action then pays.
    """

    coalition: Counts
    before: Array
    arrive: NDArray[np.int64]
    after: Array
    denominator: int

    @classmethod
    def of(cls, game: SymmetricGame, counts: Counts, coalition: Counts) -> Arrivals:
        """The arrivals of a coalition of an exact game; SpecificationError if its members are not there."""
        if (
            len(coalition) != len(counts)
            or not sum(coalition)
            or any(s > c for s, c in zip(coalition, counts, strict=True))
        ):
            raise SpecificationError(
                f"coalition: found {coalition}; write how many of the {counts} agents of each action are members, at least one"
            )
        here, own = np.array(counts, dtype=np.int64), np.array(coalition, dtype=np.int64)
        arrive = count_vectors(int(own.sum()), len(counts))
        numerators = game.numerators
        size = max(int(numerators.max()), -int(numerators.min()), 1)
        machine = numerators.dtype != object and 2 * game.num_players * size < _MACHINE
        dtype: Any = np.int64 if machine else object
        before = game.numerators_at(here[None])[0].astype(dtype)
        return cls(coalition, before, arrive, game.numerators_at(here - own + arrive).astype(dtype), game.denominator)

    def values(self, blocking: Blocking) -> Array:
        """What the coalition gains by each way, over ``denominator``; 0 where under "some" a member loses."""
        own = np.array(self.coalition)
        if blocking == "any":
            least = min(int(v) for v, s in zip(self.before, self.coalition, strict=True) if s)
            lowest = self.after.min()
            return np.asarray(np.where(self.arrive > 0, self.after, lowest).max(axis=1) - least)
        totals = (self.arrive * self.after).sum(axis=1) - (own * self.before).sum()
        if blocking == "transfer":
            return np.asarray(totals)
        worst = self._least_gains()
        return worst if blocking == "all" else np.where(worst >= 0, totals, 0)

    def _least_gains(self) -> Array:
        """The least gain of a member where members and places are paired in order."""
        order = np.argsort(self.after, axis=1, kind="stable")
        ends = np.cumsum(np.take_along_axis(self.arrive, order, axis=1), axis=1)
        paid = np.take_along_axis(self.after, order, axis=1)
        worst: Array | None = None
        start = 0
        for a in sorted((a for a, s in enumerate(self.coalition) if s), key=lambda a: (int(self.before[a]), a)):
            stop = start + self.coalition[a]
            # The worst place of those that members start, …, stop − 1 take is the first one that ends after start.
            first = (ends <= start).sum(axis=1)
            gain = np.take_along_axis(paid, first[:, None], axis=1)[:, 0] - self.before[a]
            worst = gain if worst is None else np.minimum(worst, gain)
            start = stop
        assert worst is not None, "a coalition has members"
        return worst

    def weighted(self, weights: tuple[int, ...]) -> Array:
        """max_f Σ f_ab ω_a (v'_b − v_a) of each way for whole weights ω, over ``denominator``."""
        after, before = self.after, self.before
        size = max(int(np.abs(after).max()), int(np.abs(before).max()), 1)
        if after.dtype != object and 2 * size * max(max(weights), 1) * sum(self.coalition) >= _MACHINE:
            after, before = after.astype(object), before.astype(object)
        order = np.argsort(-after, axis=1, kind="stable")
        ends = np.cumsum(np.take_along_axis(self.arrive, order, axis=1), axis=1)
        starts = ends - np.take_along_axis(self.arrive, order, axis=1)
        paid = np.take_along_axis(after, order, axis=1)
        total = np.zeros(len(after), dtype=after.dtype)
        start = 0
        for a in self.by_weight(weights):
            stop = start + self.coalition[a]
            overlap = np.maximum(np.minimum(ends, stop) - np.maximum(starts, start), 0)
            total = total + weights[a] * ((overlap * paid).sum(axis=1) - self.coalition[a] * before[a])
            start = stop
        return np.asarray(total)

    def by_weight(self, weights: tuple[Any, ...]) -> list[int]:
        """The members' actions, the heaviest first."""
        return sorted((a for a, s in enumerate(self.coalition) if s), key=lambda a: (-weights[a], a))

    def flow(self, row: int) -> Flow:
        """Who goes where in one way, paired in order."""
        return matched(np.array(self.coalition), self.arrive[row], self.before, self.after[row])

    def weighted_flow(self, row: int, weights: tuple[Any, ...]) -> Flow:
        """Who goes where in one way, the heaviest members to the best places."""
        ranks = np.zeros(len(self.coalition), dtype=np.int64)
        for rank, a in enumerate(self.by_weight(weights)):
            ranks[a] = -rank
        return matched(np.array(self.coalition), self.arrive[row], ranks, self.after[row])


@final
@dataclass(frozen=True, slots=True, repr=False)
class CoalitionBoundCertificate:
    """The claim that a coalition gains at most ``epsilon`` at a profile of a game by counts or on a network.

    Attributes
    ----------
    profile : tuple
        Counts of identical agents; on a network action indices or vectors of fractions.
    coalition : tuple of int
        How many members play each action; on a network the members' indices, in increasing order.
    blocking : "all", "some", "any" or "transfer"
    coordination : "pure" or "correlated"
    epsilon : Fraction
        ≥ 0, in units of payoff.
    weights : tuple of Fraction
        Evidence for "correlated" under "all" and "some": a number for each action, or each member on a network; else empty.
    game : SymmetricGame, PolymatrixGame or None
    stated_digest : str

    Examples
    --------
    Three of a thousand players of the coordination game of Abraham et al. (2006) gain 1/3 each by a shared coin:

    >>> game = SymmetricGame.from_function(lambda a, others: 2 * (others[1] == 1) if a else int(others[1] == 0), 1000, 2)
    >>> third = Fraction(1, 3)
    >>> CoalitionBoundCertificate((1000, 0), (3, 0), "all", "correlated", third, (third, Fraction(0)), game).verify()
    True
    """

    profile: ExactProfile
    coalition: tuple[int, ...]
    blocking: Blocking
    coordination: Coordination
    epsilon: Fraction
    weights: tuple[Fraction, ...] = ()
    game: SymmetricGame | PolymatrixGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name, value, words in (
            ("blocking", self.blocking, ("all", "some", "any", "transfer")),
            ("coordination", self.coordination, ("pure", "correlated")),
        ):
            if value not in words:
                raise SpecificationError(f"{name}: found {value!r}; write one of {', '.join(map(repr, words))}")
        if self.epsilon < 0:
            raise SpecificationError(f"epsilon: found {self.epsilon}; staying put gains 0, so write a number ≥ 0")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        how = "by shared randomness" if self.coordination == "correlated" else "by pure joint deviations"
        if isinstance(self.game, SymmetricGame):
            at = f"where {describe_counts(self.game, self.profile)}"
            who = f"a coalition of those of whom {describe_counts(self.game, self.coalition)}"
        else:
            at = f"at {describe_profile(self.game, self.profile)}"
            names = [player_name(self.game, i) for i in self.coalition[:8]]
            who = f"the coalition of {', '.join(names)}{' …' if len(self.coalition) > 8 else ''}"
        return f"{at}, {who} gains at most {brief(self.epsilon)} under {self.blocking!r} {how}"

    def verify(self, game: Any = None) -> Literal[True]:
        """Look at everything that the coalition can do again, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If it gains more than ``epsilon``, the weights do not show that it does not, or the game is another one.
        """
        checked: Any = game_to_check(self.claim, self.game, self.stated_digest, game)
        weighted = self.coordination == "correlated" and self.blocking in ("all", "some")
        if bool(self.weights) != weighted:
            fail(self.claim, "weights are needed under correlated 'all' and 'some', and none otherwise")
        try:
            if isinstance(checked, SymmetricGame):
                value = self._symmetric_value(checked)
            elif isinstance(checked, PolymatrixGame):
                value = self._local_value(checked)
            else:
                raise SpecificationError("this claim is about a game by action counts or on a network")
        except SpecificationError as error:
            fail(self.claim, str(error))
        if value > self.epsilon:
            fail(self.claim, f"it gains {brief(value)}" if not weighted else f"the weights show {brief(value)} only")
        return True

    def _symmetric_value(self, game: SymmetricGame) -> Fraction:
        ways = Arrivals.of(game, game.counts(self.profile), self.coalition)  # type: ignore[arg-type]
        if not self.weights:
            return Fraction(int(ways.values(self.blocking).max()), ways.denominator)
        whole, scale = self._whole_weights(self.coalition)
        return Fraction(int(ways.weighted(whole).max()), ways.denominator * scale)

    def _local_value(self, game: PolymatrixGame) -> Fraction:
        local = LocalGains(game, self.profile)
        local.check_members(self.coalition)
        if not self.weights:
            return Fraction(best_for_set(local, self.coalition, self.blocking)[0], local.denominator)
        whole, scale = self._whole_weights((1,) * len(self.coalition))
        gains = local.table(self.coalition).astype(object)
        total = sum(w * part for w, part in zip(whole, gains, strict=True))
        return Fraction(int(np.asarray(total).max()), local.denominator * scale)

    def _whole_weights(self, members: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        """The weights of a member of each kind as integers over a scale, checked."""
        if len(self.weights) != len(members) or min(self.weights) < 0:
            raise SpecificationError(f"weights: write {len(members)} numbers ≥ 0")
        if self.blocking == "all" and sum(s * w for s, w in zip(members, self.weights, strict=True)) != 1:
            raise SpecificationError("weights: those of all members must sum to 1")
        if self.blocking == "some" and any(s and w < 1 for s, w in zip(members, self.weights, strict=True)):
            raise SpecificationError("weights: under 'some' each is at least 1")
        scale = math.lcm(*(w.denominator for w in self.weights))
        return tuple(int(w * scale) for w in self.weights), scale

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "coalition bound",
            "game_digest": self.game_digest,
            "game": None if self.game is None else any_game_to_json(self.game),
            "profile": profile_to_json(self.profile),
            "coalition": list(self.coalition),
            "blocking": self.blocking,
            "coordination": self.coordination,
            "epsilon": rational_to_json(self.epsilon),
            "weights": [rational_to_json(w) for w in self.weights],
        }

    @classmethod
    def from_dict(cls, data: Any) -> CoalitionBoundCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "profile", "coalition", "blocking", "coordination", "epsilon", "weights")
        game = game_of_any_certificate(data, keys, "coalition bound")
        if isinstance(game, NormalFormGame):
            raise SpecificationError("certificate.game: this claim is about a game by action counts or on a network")
        return cls(
            profile_from_json(data["profile"], ("pure", "mixed")),
            indices_from_json(data["coalition"], where="certificate.coalition"),
            data["blocking"],
            data["coordination"],
            rational_from_json(data["epsilon"], where="certificate.epsilon"),
            rationals_from_json(data["weights"], "certificate.weights"),
            game,
            data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"CoalitionBoundCertificate({self.claim})"
