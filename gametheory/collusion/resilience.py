"""How large a coalition, and how many faulty players, a profile withstands.

* **Resilience** is the largest k ≤ n such that no allowed coalition of at most k players blocks the profile (see
  :mod:`.joint_deviations` for the rules of blocking); 1-resilience is Nash equilibrium, n-resilience strong Nash
  equilibrium.
* **Immunity** is the largest t ≤ n − 1 such that no t players, whatever they play, lower the payoff of another.
* A profile is **(k, t)-robust** iff it is t-immune and, for all disjoint C and T with |C| ≤ k and |T| ≤ t, C does not block
  the profile in which T plays anything at all.

On a game of floats every gain is evaluated exactly. With ``tol`` a gain counts from tol · (the largest payoff span among
those concerned) on; without it, a gain above zero and within the default tolerance leaves the answer open between
``lower`` and ``upper``.

References: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory: robust
mechanisms for rational secret sharing and multiparty computation", PODC, definitions 2–4. Complexity: all joint
deviations of all allowed coalitions, Σ_{j≤k} C(n, j) m^j.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import combinations, product
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import DEFAULT_TOLERANCE, Verdict, exact, exact_text
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import exact_profile
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.joint_deviations import Coordination, best_gain, check_rules, correlated_gain, plain_weights
from gametheory.errors import SpecificationError, UndecidedError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.coalitions import coalitions as all_coalitions
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Immunity", "Resilience", "immunity", "is_resilient", "is_robust", "resilience"]

Answer = Literal["no", "within tolerance", "yes"]


@final
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

    def __le__(self, other: Any) -> bool:
        return int(self) <= int(other)

    def __gt__(self, other: Any) -> bool:
        return int(self) > int(other)

    def __ge__(self, other: Any) -> bool:
        return int(self) >= int(other)

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

    def __repr__(self) -> str:
        number = str(self.lower) if self.lower == self.upper else f"{self.lower} to {self.upper}"
        why = "no allowed coalition blocks" if self.witness is None else self.witness.claim
        return f"Resilience({number}, certified under {self.blocking!r}, {self.coordination}: {why})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Immunity:
    """The number of faulty players that a profile withstands; ``int()`` of it works.

    Attributes
    ----------
    value : int
        Largest t ≤ n − 1 such that no t players lower another's payoff.
    faulty, play, victim, damage
        If ``value < n − 1``: the players who can, what they play (an action for each, in increasing order of index),
        whom it hurts and by how much.
    """

    game: NormalFormGame
    value: int
    faulty: Coalition | None
    play: tuple[int, ...] | None
    victim: int | None
    damage: Fraction

    @property
    def lower(self) -> int:
        return self.value

    @property
    def upper(self) -> int:
        return self.value

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __float__(self) -> float:
        return float(self.value)

    def __eq__(self, other: object) -> bool:
        return self.value == (other.value if isinstance(other, Immunity) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return self.value < int(other)

    def __le__(self, other: Any) -> bool:
        return self.value <= int(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > int(other)

    def __ge__(self, other: Any) -> bool:
        return self.value >= int(other)

    def describe(self) -> str:
        """The damage in words."""
        if self.faulty is None or self.play is None or self.victim is None:
            return "no set of players short of all can lower another's payoff"
        actions = ", ".join(self.game.actions[i][k] for i, k in zip(sorted(self.faulty), self.play, strict=True))
        label = coalition_label(self.game, self.faulty)
        return (
            f"{label} playing {actions} lowers {self.game.players[self.victim]}'s payoff by {exact_text(self.damage)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "immunity": self.value,
            "faulty": None if self.faulty is None else [self.game.players[i] for i in sorted(self.faulty)],
            "play": None if self.play is None else list(self.play),
            "victim": None if self.victim is None else self.game.players[self.victim],
            "damage": exact_text(self.damage),
        }

    def __repr__(self) -> str:
        return f"Immunity({self.value}, exact: {self.describe()})"

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
    allowed = _allowed(game, coalitions)
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
        The gain of the best coalition looked at, and as witness a :class:`WitnessCertificate`.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_resilient(game, (1, 1), 2).status
    'no'
    """
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 0 <= size <= game.num_players:
        raise SpecificationError(f"size: found {size!r}; write a number of players from 0 to {game.num_players}")
    allowed = [s for s in _allowed(game, coalitions) if len(s) <= size]
    found = resilience(game, profile, blocking=blocking, coordination=coordination, coalitions=allowed, tol=tol)
    question = f"is the profile {size}-resilient under {blocking!r}, {coordination}?"
    if found.witness is not None:
        return Verdict("no", found.witness.gain, found.witness, question)
    if found.lower < game.num_players:
        limit = max(game.payoff_span(i) for i in range(game.num_players)) * DEFAULT_TOLERANCE
        return Verdict("within tolerance", limit, None, question)
    return Verdict("yes", found.certificate.epsilon, None, question)


def immunity(game: NormalFormGame, profile: Any) -> Immunity:
    """Largest t ≤ n − 1 such that no t players, whatever they play, lower the expected payoff of another.

    (t = n is left out: there is nobody else to hurt.) Exact, also on floats.

    Examples
    --------
    Halpern's bargaining game: all stay and get 2 each; a leaver gets 1, and who then stays gets nothing.

    >>> def payoff(*a):
    ...     return (2, 2, 2) if sum(a) == 0 else tuple(1 if x else 0 for x in a)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2], actions=[["stay", "leave"]] * 3)
    >>> immunity(game, ("stay", "stay", "stay"))
    Immunity(0, exact: {Player 1} playing leave lowers Player 2's payoff by 2)
    """
    exact_game = game.exact()
    status_quo = StatusQuo(exact_game, exact_profile(exact_game, profile))
    for size in range(1, game.num_players):
        worst = _worst_damage(exact_game, status_quo, size)
        if worst is not None:
            faulty, play, victim, damage = worst
            return Immunity(game=game, value=size - 1, faulty=faulty, play=play, victim=victim, damage=damage)
    return Immunity(game=game, value=game.num_players - 1, faulty=None, play=None, victim=None, damage=Fraction(0))


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
    allowed = [s for s in _allowed(game, coalitions) if len(s) <= k]
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


def _allowed(game: NormalFormGame, coalitions: Iterable[Iterable[int]] | None) -> tuple[Coalition, ...]:
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


def _worst_damage(
    game: NormalFormGame, status_quo: StatusQuo, size: int
) -> tuple[Coalition, tuple[int, ...], int, Fraction] | None:
    """The most that ``size`` players can lower another's payoff, with the lowest indices among the worst."""
    worst: tuple[Coalition, tuple[int, ...], int, Fraction] | None = None
    for faulty in combinations(range(game.num_players), size):
        tensor, denominator = status_quo.changes(faulty)
        for victim in range(game.num_players):
            if victim in faulty:
                continue
            change = Fraction(int(tensor[victim].min()), denominator)
            if change < 0 and (worst is None or -change > worst[3]):
                play = np.unravel_index(int(tensor[victim].argmin()), tensor.shape[1:])
                worst = (frozenset(faulty), tuple(int(k) for k in play), victim, -change)
    return worst


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
