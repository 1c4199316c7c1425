"""How patient players must be for an outcome to withstand coalitions.

A target is played for ever (a pure profile, or a cycle of them). At position t of it an allowed coalition S may once play
another joint action τ together; from then on its punishment is played, worth P_i to player i per period, whatever τ was.
A member's gain is

    G_i(δ) = (1 − δ) (u_i(τ, a_−S) − u_i(a)) − δ (V_i(next position) − P_i),

and S blocks at δ as in :mod:`.joint_deviations`, with G in the place of a one-shot gain: under ``"all"`` iff every member
gains strictly in discounted terms, and so on. The others may also let a coalition's deviations pass, so that they cost it
nothing and gain (1 − δ) times the one-shot gain. The target is sustained at δ iff for every allowed S and every position
one of the available answers leaves no τ with which S blocks. Each condition is a polynomial inequality in δ; members who
share randomness (``coordination="correlated"``) solve a linear programme in which δ/(1 − δ) is a variable. The set of δ
that sustain the target is therefore found exactly, as a union of intervals: a coalition that only some members' patience
holds together may block at intermediate δ alone.

What is shown: nobody joins a *one-shot* joint deviation that is followed by the named punishment. This is weaker than a strong
perfect equilibrium (A. Rubinstein 1980), in which no coalition gains by any deviation after any history: that asks the
punishments too to withstand coalitions, and often nothing passes. A stage equilibrium that no allowed coalition blocks
(:func:`.is_strong_nash_equilibrium`) is such a punishment. The set is exact for the punishments given; it is an outer bound of
what any punishment can do under ``"minmax"``.

References: A. Rubinstein 1980, "Strong perfect equilibrium in supergames", International Journal of Game Theory 9; R.
Aumann 1959, "Acceptable points in general cooperative n-person games". Complexity: joint actions × answers for each
coalition; of joint actions only those count that no other one betters for all members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import Verdict, exact_text, exact_vector
from gametheory.arithmetic.algebraic import Polynomial, between, evaluate, product, total
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.penal_codes import discount_to_json
from gametheory.certificates.play_paths import PlayPath, PositionPayoffs, value_polynomials
from gametheory.certificates.programme import LinearProgramme
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.joint_deviations import check_rules
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import InfeasibleError, SpecificationError, UnboundedError, UndecidedError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label, read_coalition
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import expected_payoffs
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.exact import solve_exact
from gametheory.repeated.discount_sets import DiscountSet, Interval, Number, number_text, where
from gametheory.repeated.minmax import minmax
from gametheory.repeated.repeated_game import RepeatedGame, read_discount, seen_stage
from gametheory.repeated.reversion import given_equilibria, needed
from gametheory.repeated.targets import Target, read_target, target_labels

__all__ = [
    "CoalitionDeviation",
    "CoalitionDiscount",
    "CoalitionThreshold",
    "coalition_critical_discount",
    "is_coalition_sustainable",
]

Payoffs = tuple[Fraction, ...]
CoalitionPunishment = Literal["nash", "minmax"] | Sequence[Any] | Mapping[Any, Sequence[Any]]
_ALL = DiscountSet.between(Fraction(0), Fraction(1))
_NONE = DiscountSet(())


@final
@dataclass(frozen=True, slots=True)
class CoalitionDeviation:
    """A joint deviation that gains at a discount factor.

    Attributes
    ----------
    coalition : frozenset of int
    position : int
        Where along the cycle.
    joint_action : tuple of int
        One action for each member, in increasing order (where members share randomness: the one they are likeliest to draw).
    discount : Fraction
    gains : tuple of Fraction
        Discounted gain of each member at that discount factor, over whatever they draw.
    punishment : tuple of Fraction
        Payoffs of the punishment that follows, one for each player.
    """

    coalition: Coalition
    position: int
    joint_action: tuple[int, ...]
    discount: Fraction
    gains: Payoffs
    punishment: Payoffs


@final
@dataclass(frozen=True, slots=True)
class CoalitionThreshold:
    """What holds one coalition to the target.

    Attributes
    ----------
    coalition : frozenset of int
    sustaining : DiscountSet
        The discount factors at which it does not block.
    witness : CoalitionDeviation or None
        How it blocks at one of the others (just below the last interval of ``sustaining``); ``None`` if it never does.
    """

    coalition: Coalition
    sustaining: DiscountSet
    witness: CoalitionDeviation | None

    @property
    def discount(self) -> Number | None:
        """From where on it blocks at no discount factor; ``None`` if there is no such place."""
        return self.sustaining.lasting


@final
@compared_by("stage", "path", "thresholds", "blocking", "coordination", "punishment")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CoalitionDiscount:
    """The discount factors at which a target withstands joint deviations; ``float()`` works.

    Attributes
    ----------
    stage : NormalFormGame
    path : PlayPath
        The target as a path of play.
    sustaining : DiscountSet
        The discount factors at which no allowed coalition blocks.
    thresholds : tuple of CoalitionThreshold, one for each allowed coalition
    blocking : "all", "some", "any" or "transfer"
    coordination : "pure" or "correlated"
    bound : "for these punishments" or "necessary"
    punishment : str
    """

    stage: NormalFormGame
    path: PlayPath
    sustaining: DiscountSet
    thresholds: tuple[CoalitionThreshold, ...]
    blocking: Blocking
    coordination: Literal["pure", "correlated"]
    bound: Literal["for these punishments", "necessary"]
    punishment: str

    @property
    def sustainable(self) -> bool:
        """Whether some discount factor below 1 sustains the target."""
        return bool(self.sustaining)

    @property
    def discount(self) -> Number:
        """The least δ from which on all discount factors sustain the target.

        Raises
        ------
        UndecidedError
            If discount factors arbitrarily close to 1 do not.
        """
        last = self.sustaining.lasting
        if last is None:
            raise UndecidedError(
                f"critical discount: {coalition_label(self.stage, self.binding_coalition)} blocks at discount factors "
                "arbitrarily close to 1; look at .sustaining, or name a harsher punishment"
            )
        return last

    @property
    def binding_coalition(self) -> Coalition:
        """The coalition that blocks at the largest discount factors (the first one)."""
        if not self.thresholds:
            raise UndecidedError("binding_coalition: no coalition may form, so that none binds")
        if any(t.discount is None for t in self.thresholds):
            return next(t.coalition for t in self.thresholds if t.discount is None)
        return max(self.thresholds, key=lambda t: t.discount or Fraction(0)).coalition

    @property
    def witness(self) -> CoalitionDeviation | None:
        """How the binding coalition blocks at a discount factor that does not sustain the target."""
        if not self.thresholds:
            return None
        return next(t.witness for t in self.thresholds if t.coalition == self.binding_coalition)

    def __float__(self) -> float:
        return float(self.discount)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        last = self.sustaining.lasting
        return {
            "target": target_labels(self.stage, self.path),
            "discount": None if last is None else discount_to_json(last),
            "sustaining": self.sustaining.to_dict()["intervals"],
            "blocking": self.blocking,
            "coordination": self.coordination,
            "bound": self.bound,
            "punishment": self.punishment,
            "coalitions": [
                {
                    "coalition": [self.stage.players[i] for i in sorted(t.coalition)],
                    "sustaining": t.sustaining.to_dict()["intervals"],
                    "witness": None if t.witness is None else self._deviation(t.witness),
                }
                for t in self.thresholds
            ],
        }

    def _deviation(self, found: CoalitionDeviation) -> dict[str, Any]:
        members = sorted(found.coalition)
        return {
            "position": found.position,
            "joint_action": [self.stage.actions[i][k] for i, k in zip(members, found.joint_action, strict=True)],
            "discount": exact_text(found.discount),
            "gains": [exact_text(g) for g in found.gains],
            "punishment": [exact_text(p) for p in found.punishment],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each coalition."""
        rows = [[coalition_label(self.stage, t.coalition), str(t.sustaining), t.discount] for t in self.thresholds]
        return data_frame(rows, ["coalition", "withstands it at", "discount"])

    def __repr__(self) -> str:
        who = coalition_label(self.stage, self.binding_coalition) if self.thresholds else "none, no coalition may form"
        return (
            f"CoalitionDiscount(exact, {self.bound}: {self.path.describe(self.stage)} withstands coalitions under "
            f"{self.blocking!r} at δ in {self.sustaining}; binding: {who}; punishment: {self.punishment})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def coalition_critical_discount(
    stage: NormalFormGame | RepeatedGame,
    target: Target,
    *,
    coalitions: Coalitions | None = None,
    blocking: Blocking,
    coordination: Literal["pure", "correlated"] = "pure",
    punishment: CoalitionPunishment,
    punishment_profiles: Sequence[Any] | None = None,
) -> CoalitionDiscount:
    """The discount factors at which a target withstands one-shot joint deviations of the allowed coalitions.

    Parameters
    ----------
    stage : NormalFormGame or RepeatedGame
    target : pure profile (indices or labels) or Cycle
    coalitions : list of sets of players, largest size, graph, or None
        Which coalitions may form; by default all.
    blocking : "all", "some", "any" or "transfer"
        When a coalition deviates, by its members' discounted gains.
    coordination : "pure" or "correlated"
        Whether members fix a joint action or draw one together.
    punishment : "nash", "minmax", n payoffs, or a mapping from coalitions to n payoffs
        ``"nash"``: after a coalition deviates a stage equilibrium is played for ever, for each coalition and position the one
        that deters it. ``"minmax"``: every member is held to its own pure minmax payoff, which no equilibrium in pure actions
        undercuts: the answer is necessary.
    punishment_profiles : sequence of mixed profiles, optional
        For ``"nash"``: the exact stage equilibria to choose from; by default all pure ones.

    Returns
    -------
    CoalitionDiscount

    Raises
    ------
    SpecificationError
        A coalition without punishment in the mapping, a profile that is no equilibrium, or a malformed argument.
    UnsupportedError
        A lottery as target, shared randomness along a cycle under "all" or "some", independent mixing, or no equilibrium.

    Examples
    --------
    The coordination game of Abraham et al. (2006): all 0 pays 1 each, exactly two 1s pay those two 2. Nobody leaves all 0
    alone; a pair that does is punished by the equilibrium in which one of the two is left out.

    >>> def payoff(*a):
    ...     return (1, 1, 1) if sum(a) == 0 else tuple(2 * x for x in a) if sum(a) == 2 else (0, 0, 0)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2], actions=[["0", "1"]] * 3)
    >>> found = coalition_critical_discount(game, (0, 0, 0), blocking="all", punishment="nash")
    >>> found.discount, sorted(found.binding_coalition), found.witness.joint_action
    (Fraction(1, 2), [0, 1], (1, 1))
    >>> coalition_critical_discount(game, (0, 0, 0), coalitions=1, blocking="all", punishment="nash").discount
    Fraction(0, 1)
    """
    game = seen_stage(stage)
    check_rules(blocking, coordination)
    path = read_target(game, target)
    if any(len(lottery) > 1 for lottery in path.cycle):
        raise UnsupportedError(
            "target: coalitions are answered for pure profiles and a Cycle of them; give one of those"
        )
    question = _Question(game, path, blocking, coordination)
    allowed = allowed_coalitions(game, coalitions)
    answers, bound, words = _answers(game, question.table, allowed, punishment, punishment_profiles)
    thresholds = tuple(question.threshold(members, answers[members]) for members in allowed)
    first, *rest = [t.sustaining for t in thresholds] or [_ALL]
    return CoalitionDiscount(
        stage=game,
        path=path,
        sustaining=first.intersection(*rest) if rest else first,
        thresholds=thresholds,
        blocking=blocking,
        coordination=coordination,
        bound=bound,
        punishment=words,
    )


def is_coalition_sustainable(
    stage: NormalFormGame | RepeatedGame,
    target: Target,
    *,
    discount: Any = None,
    coalitions: Coalitions | None = None,
    blocking: Blocking,
    coordination: Literal["pure", "correlated"] = "pure",
    punishment: CoalitionPunishment,
    punishment_profiles: Sequence[Any] | None = None,
) -> Verdict:
    """Whether a target withstands one-shot joint deviations at a discount factor; the witness is a coalition that blocks.

    Parameters
    ----------
    discount : number, 0 ≤ δ < 1
        May be left out for a :class:`RepeatedGame`; the others as for :func:`coalition_critical_discount`.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[4, 0], [6, 2]], [[4, 6], [0, 2]])
    >>> [is_coalition_sustainable(game, (0, 0), discount=d, blocking="all", punishment="nash").status
    ...  for d in ("1/2", "49/100")]
    ['yes', 'no']
    """
    delta = read_discount(stage, discount)
    found = coalition_critical_discount(
        stage,
        target,
        coalitions=coalitions,
        blocking=blocking,
        coordination=coordination,
        punishment=punishment,
        punishment_profiles=punishment_profiles,
    )
    asked = f"does the target withstand the allowed coalitions at δ = {number_text(delta)} ({found.punishment})?"
    blocked = next((t for t in found.thresholds if delta not in t.sustaining), None)
    if blocked is None:
        return Verdict("yes", Fraction(0), None, asked)
    gain = Fraction(0)
    if blocked.witness is not None and blocked.witness.discount == delta:
        gain = max(blocked.witness.gains)
    return Verdict("no", gain, blocked.coalition, asked)


@final
class _Question:
    """The target, the rules, and what each coalition can do about them."""

    def __init__(self, game: NormalFormGame, path: PlayPath, blocking: Blocking, coordination: str) -> None:
        self.game, self.path, self.blocking = game.exact(), path, blocking
        # Under "any" and "transfer" a pure joint deviation is as good as any lottery over them.
        self.lottery = coordination == "correlated" and blocking in ("all", "some")
        if self.lottery and len(path.cycle) > 1:
            raise UnsupportedError(
                "coordination='correlated': along a cycle, lotteries over joint deviations are answered under 'any' and "
                "'transfer'; ask for coordination='pure', or for a stationary target"
            )
        self.table = PositionPayoffs(self.game)
        values = [value_polynomials(self.table, path, i) for i in range(game.num_players)]
        self.values, self.divisor = [v for v, _ in values], values[0][1]

    def threshold(self, members: Coalition, answers: Sequence[Payoffs]) -> CoalitionThreshold:
        """At which discount factors a coalition does not block, for the best answer at each position."""
        sets = []
        for t in range(len(self.path.cycle)):
            _, gains = self._deviations(members, t)
            harmless = self._sustaining(members, t, gains, None)
            sets.append(harmless if harmless else _union([self._sustaining(members, t, gains, p) for p in answers]))
        sustaining = sets[0].intersection(*sets[1:]) if len(sets) > 1 else sets[0]
        return CoalitionThreshold(members, sustaining, self._witness(members, sustaining, sets, answers))

    def _deviations(self, members: Coalition, t: int) -> tuple[list[tuple[int, ...]], list[Payoffs]]:
        """The joint deviations that no other one betters for all members, and their one-shot gains."""
        profile = self.path.cycle[t][0][0]
        tensor, denominator = StatusQuo(self.game, profile).gains(members)
        flat = tensor.reshape(len(tensor), -1)
        stay = int(np.ravel_multi_index([profile[i] for i in sorted(members)], tensor.shape[1:]))
        found: dict[tuple[int, ...], int] = {}
        for k, column in enumerate(map(tuple, flat.T.tolist())):
            if k != stay and column not in found:
                found[column] = k
        best = [g for g in found if not any(h != g and all(x <= y for x, y in zip(g, h, strict=True)) for h in found)]
        joint = [tuple(int(x) for x in np.unravel_index(found[g], tensor.shape[1:])) for g in best]
        return joint, [tuple(Fraction(int(x), denominator) for x in g) for g in best]

    def _losses(self, members: Coalition, t: int, punishment: Payoffs | None) -> list[Polynomial]:
        """D (V_i(next) − P_i) for each member; nothing where the deviation passes."""
        if punishment is None:
            return [()] * len(members)
        follows = self.path.next_position(t)
        return [
            total(self.values[i][follows], tuple(-punishment[i] * c for c in self.divisor)) for i in sorted(members)
        ]

    def _sustaining(
        self, members: Coalition, t: int, gains: Sequence[Payoffs], punishment: Payoffs | None
    ) -> DiscountSet:
        losses = self._losses(members, t, punishment)
        if self.lottery:
            return _blocked_by_lottery(self.blocking, gains, [x[0] if x else Fraction(0) for x in losses]).complement()
        blocked = _NONE
        for gain in gains:
            discounted = [
                total(product((g, -g), self.divisor), (Fraction(0), *(-c for c in loss)))
                for g, loss in zip(gain, losses, strict=True)
            ]
            if self.blocking == "transfer":
                discounted = [total(*discounted)]
            blocked = blocked.union(where(discounted, self._blocks))
        return blocked.complement()

    def _blocks(self, signs: Sequence[int]) -> bool:
        if self.blocking == "all":
            return min(signs) > 0
        if self.blocking == "some":
            return min(signs) >= 0 and max(signs) > 0
        return max(signs) > 0

    def _witness(
        self, members: Coalition, sustaining: DiscountSet, sets: Sequence[DiscountSet], answers: Sequence[Payoffs]
    ) -> CoalitionDeviation | None:
        blocked = sustaining.complement()
        if not blocked:
            return None
        last = blocked.intervals[-1]
        delta = between(last.lower, last.upper) if last.lower != last.upper else last.lower
        if not isinstance(delta, Fraction):
            return None  # blocked at one irrational discount factor alone
        t = next(k for k, part in enumerate(sets) if delta not in part)
        joint, gains = self._deviations(members, t)
        punishment = answers[0]
        losses = [evaluate(x, delta) / evaluate(self.divisor, delta) for x in self._losses(members, t, punishment)]
        net = [tuple((1 - delta) * g - delta * x for g, x in zip(gain, losses, strict=True)) for gain in gains]
        if self.lottery:
            likely, mean = _best_lottery(net, self.blocking)
            return CoalitionDeviation(members, t, joint[likely], delta, mean, punishment)

        def score(each: Payoffs) -> Fraction:
            return (
                min(each) if self.blocking == "all" else max(each) if self.blocking == "any" else sum(each, Fraction(0))
            )

        allowed = [k for k, g in enumerate(net) if self.blocking != "some" or min(g) >= 0]
        best = max(allowed, key=lambda k: (score(net[k]), -k))
        return CoalitionDeviation(members, t, joint[best], delta, net[best], punishment)


def _union(sets: Sequence[DiscountSet]) -> DiscountSet:
    return sets[0].union(*sets[1:]) if len(sets) > 1 else sets[0]


def _best_lottery(net: Sequence[Payoffs], blocking: Blocking) -> tuple[int, Payoffs]:
    """The lottery over joint deviations that blocks most, by its likeliest outcome and mean gains."""
    count, size = len(net), len(net[0])
    rows: list[Any] = [("lottery", dict.fromkeys(range(count), 1), "==", 1)]
    if blocking == "all":
        rows += [(f"member {j}", {**{k: g[j] for k, g in enumerate(net)}, count: -1}, ">=", 0) for j in range(size)]
        programme = LinearProgramme.from_rows("max", [0] * count + [1], rows, lower=[0] * count + [None])
    else:
        rows += [(f"member {j}", {k: g[j] for k, g in enumerate(net)}, ">=", 0) for j in range(size)]
        programme = LinearProgramme.from_rows("max", [sum(g) for g in net], rows)
    drawn = solve_exact(programme).primal
    likely = max(range(count), key=lambda k: (drawn[k], -k))
    return likely, tuple(sum((drawn[k] * g[j] for k, g in enumerate(net)), Fraction(0)) for j in range(size))


def _blocked_by_lottery(blocking: Blocking, gains: Sequence[Payoffs], losses: Sequence[Fraction]) -> DiscountSet:
    """Where a lottery p over joint deviations blocks a stationary target.

    With t = δ/(1 − δ), member i gains (1 − δ)(Σ p g_i − t L_i). The t at which some p leaves no member with a loss form an
    interval, and the best least gain (the best sum) is concave in t: it is positive inside the interval, or nowhere.
    """
    ends = [_end_of_patience(gains, losses, sense) for sense in ("min", "max")]
    if ends[0] is None:
        return _NONE
    low, high = ends[0], ends[1]
    middle = low + 1 if high is None else (low + high) / 2

    def gain(t: Fraction) -> Fraction:
        net = [tuple(g - t * x for g, x in zip(each, losses, strict=True)) for each in gains]
        try:
            _, mean = _best_lottery(net, blocking)
        except InfeasibleError:
            return Fraction(-1)
        return min(mean) if blocking == "all" else sum(mean, Fraction(0))

    def discount(t: Fraction | None) -> Fraction:
        return Fraction(1) if t is None else t / (1 + t)

    at_low, at_high = gain(low) > 0, high is not None and gain(high) > 0
    if low == high:
        return DiscountSet((Interval(discount(low), discount(low), True, True),)) if at_low else _NONE
    parts = []
    if gain(middle) > 0:
        parts.append(Interval(discount(low), discount(high), at_low, at_high))
    else:
        ends_that_block = [t for t, blocks in ((low, at_low), (high, at_high)) if blocks]
        parts = [Interval(discount(t), discount(t), True, True) for t in ends_that_block]
    return DiscountSet(tuple(parts))


def _end_of_patience(
    gains: Sequence[Payoffs], losses: Sequence[Fraction], sense: Literal["min", "max"]
) -> Fraction | None:
    """The least or the largest t ≥ 0 at which some lottery leaves no member with a loss; ``None`` if there is none."""
    count = len(gains)
    if not count:
        return None
    rows: list[Any] = [("lottery", dict.fromkeys(range(count), 1), "==", 1)]
    rows += [
        (f"member {j}", {**{k: g[j] for k, g in enumerate(gains)}, count: -x}, ">=", 0) for j, x in enumerate(losses)
    ]
    try:
        return solve_exact(LinearProgramme.from_rows(sense, [0] * count + [1], rows)).value
    except (InfeasibleError, UnboundedError):
        return None


def _answers(
    game: NormalFormGame,
    table: PositionPayoffs,
    allowed: Sequence[Coalition],
    punishment: CoalitionPunishment,
    profiles: Sequence[Any] | None,
) -> tuple[dict[Coalition, list[Payoffs]], Literal["for these punishments", "necessary"], str]:
    """The payoffs that may follow a deviation of each coalition, what the answer then means, and the words for it."""
    exact_game = table.game
    if profiles is not None and punishment != "nash":
        raise SpecificationError("punishment_profiles: these go with punishment='nash'; leave them out")
    if isinstance(punishment, str):
        if punishment == "minmax":
            worst = tuple(minmax(exact_game, i, strategies="pure").lower for i in range(game.num_players))
            return {s: [worst] for s in allowed}, "necessary", "each member's pure minmax"
        if punishment != "nash":
            raise SpecificationError(
                f"punishment: found {punishment!r}; write 'nash', 'minmax', {game.num_players} payoffs, or a mapping from "
                "coalitions to payoffs"
            )
        found = _equilibria(exact_game, profiles)
        words = "stage equilibria given" if profiles is not None else "pure stage Nash equilibria"
        return dict.fromkeys(allowed, found), "for these punishments", f"the {words}, the one that deters"
    if isinstance(punishment, Mapping):
        listed = {
            read_coalition(game, key): [_payoffs(game, value, f"punishment[{key!r}]")]
            for key, value in punishment.items()
        }
        missing = [s for s in allowed if s not in listed]
        if missing:
            raise SpecificationError(
                f"punishment: {coalition_label(game, missing[0])} may form but has no punishment; add it to the mapping"
            )
        return listed, "for these punishments", "the payoffs given for each coalition"
    given = _payoffs(game, punishment, "punishment")
    return (
        {s: [given] for s in allowed},
        "for these punishments",
        "the payoffs given",
    )


def _payoffs(game: NormalFormGame, values: Sequence[Any], where_found: str) -> Payoffs:
    return exact_vector(values, where=where_found, count=game.num_players)


def _equilibria(game: NormalFormGame, profiles: Sequence[Any] | None) -> list[Payoffs]:
    found = list(pure_nash_equilibria(game)) if profiles is None else given_equilibria(game, profiles)
    payoffs = [tuple(Fraction(x) for x in expected_payoffs(game, e.exact_profile)) for e in needed(found)]
    return list(dict.fromkeys(payoffs))
