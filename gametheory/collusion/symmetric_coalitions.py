"""Coalitions of identical agents, by how many of them do what.

In a :class:`.SymmetricGame` a profile is a vector of counts c, and a coalition is known by how many of its members play
each action, s_a ≤ c_a. If its members arrive where t says (Σ t = Σ s), the counts become c − s + t, and a member who left a
for b gains v'_b − v_a: what b pays then less what a paid. No list of the C(n, k) coalitions of k agents is needed, and no
payoff tensor: questions about all coalitions look at each vector of counts once (:mod:`.count_moves`), those about one
coalition at each way to place its members (:mod:`.coalition_bounds`).

With shared randomness the members from one action are alike: by drawing who of them does what, each gets the same expected
gain. So at a profile where all agents play one action a coalition blocks under "all" or "some" with shared randomness iff it
blocks under "transfer", and then each gains the k-th part of the sum.

References: R. Aumann 1959, "Acceptable points in general cooperative n-person games"; I. Abraham, D. Dolev, R. Gonen and
J. Halpern 2006, "Distributed computing meets game theory", PODC. Complexity: C(n + m − 1, m − 1) vectors for all coalitions,
C(k + m − 1, m − 1) for one of k members; with shared randomness under "all" and "some" linear programmes of m rows besides,
one for each column that is generated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact_text
from gametheory.certificates.coalition_bounds import Arrivals, CoalitionBoundCertificate
from gametheory.certificates.count_moves import Flow, least_blocking_flow, least_harmful_flow
from gametheory.certificates.count_witnesses import CountWitnessCertificate
from gametheory.certificates.gains import Blocking
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.resilience import describe_flow
from gametheory.collusion.coalition_gains import Coordination
from gametheory.errors import UnsupportedError
from gametheory.games.protocol import refuse_floats
from gametheory.games.symmetric import Counts, SymmetricGame, read_counts
from gametheory.games.tables import data_frame

__all__ = [
    "CountGain",
    "CountImmunity",
    "least_flow",
    "symmetric_coalition_gain",
    "symmetric_immunity",
]

Profile = Sequence[int] | Mapping[str, int]


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CountGain:
    """What a coalition of identical agents gains by its best joint deviation, exactly; it works as a number.

    Attributes
    ----------
    game : SymmetricGame
    coalition : tuple of int
        How many of its members play each action.
    value : Fraction
        The gain, in units of payoff, as its blocking rule measures it.
    deviation : mapping, tuple or None
        How many members go from which action to which, {(from, to): how many}; with shared randomness pairs of such a flow
        and its probability, the parts in it being drawn too; ``None`` where staying put is best.
    blocking, coordination : str
    witness : CountWitnessCertificate or None
        Evidence that the gain is at least ``value``.
    certificate : CoalitionBoundCertificate
        Evidence that it is at most ``value``.
    """

    game: SymmetricGame
    coalition: Counts
    value: Fraction
    deviation: Flow | tuple[tuple[Flow, Fraction], ...] | None
    blocking: Blocking
    coordination: Coordination
    witness: CountWitnessCertificate | None
    certificate: CoalitionBoundCertificate

    @property
    def lower(self) -> Fraction:
        return self.value

    @property
    def upper(self) -> Fraction:
        return self.value

    def verify(self) -> Literal[True]:
        """Re-check both sides of the evidence."""
        if self.witness is not None:
            self.witness.verify()
        return self.certificate.verify()

    def describe(self) -> str:
        """The deviation in words."""
        if self.deviation is None:
            return "stay put"
        if isinstance(self.deviation, tuple):
            return " + ".join(f"{exact_text(p)} of ({describe_flow(self.game, flow)})" for flow, p in self.deviation)
        return describe_flow(self.game, self.deviation)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "coalition": dict(zip(self.game.actions, self.coalition, strict=True)),
            "gain": exact_text(self.value),
            "deviation": self.describe(),
            "blocking": self.blocking,
            "coordination": self.coordination,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of who goes where: a row for each flow, pair of actions and number of members."""
        flows = self.deviation if isinstance(self.deviation, tuple) else ((self.deviation or {}, Fraction(1)),)
        names = self.game.actions
        rows = [(p, names[a], names[b], k) for flow, p in flows for (a, b), k in sorted(flow.items())]
        return data_frame(rows, ["probability", "from", "to", "members"])

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return self.value != 0

    def __eq__(self, other: object) -> bool:
        return self.value == (other.value if isinstance(other, CountGain) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < (other.value if isinstance(other, CountGain) else other))

    def __repr__(self) -> str:
        who = ", ".join(f"{s:,} of {a}" for a, s in zip(self.game.actions, self.coalition, strict=True) if s)
        gain = exact_text(self.value)
        return (
            f"CountGain(certified: {who} gain {gain} under {self.blocking!r}, {self.coordination}: {self.describe()})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CountImmunity:
    """The number of faulty agents that a profile of identical agents withstands; ``int()`` of it works.

    Attributes
    ----------
    value : int
        Largest t ≤ n − 1 such that no t agents lower another's payoff.
    play : mapping or None
        If ``value < n − 1``: how many agents go from which action to which to do so.
    victim : int or None
        The action of one whom this hurts most, ``damage`` being by how much.
    """

    game: SymmetricGame
    value: int
    play: Flow | None
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
        return self.value == (other.value if isinstance(other, CountImmunity) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return self.value < int(other)

    def describe(self) -> str:
        """The damage in words."""
        if self.play is None or self.victim is None:
            return "no set of agents short of all can lower another's payoff"
        name, damage = self.game.actions[self.victim], exact_text(self.damage)
        return f"{describe_flow(self.game, self.play)} lowers the payoff of who plays {name} by {damage}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "immunity": self.value,
            "play": None if self.play is None else describe_flow(self.game, self.play),
            "victim": None if self.victim is None else self.game.actions[self.victim],
            "damage": exact_text(self.damage),
        }

    def to_frame(self) -> Any:
        """A pandas table of who goes where to do harm; empty if nobody can."""
        names = self.game.actions
        return data_frame(
            [(names[a], names[b], k) for (a, b), k in sorted((self.play or {}).items())], ["from", "to", "agents"]
        )

    def __repr__(self) -> str:
        return f"CountImmunity({self.value}, exact: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def least_flow(
    game: SymmetricGame, counts: Counts, blocking: Blocking, coordination: Coordination, max_size: int
) -> tuple[Blocking, CountWitnessCertificate | None]:
    """A smallest coalition of at most ``max_size`` agents that blocks, and the rule for pure deviations that was decided.

    Raises
    ------
    UnsupportedError
        Independent mixing; shared randomness under "all" or "some" where two actions are played.
    """
    rule = _rule(counts, blocking, coordination)
    flow = least_blocking_flow(game, counts, rule, max_size)
    if flow is None:
        return rule, None
    given: Any = flow if rule == blocking else [(flow, Fraction(1))]
    return rule, CountWitnessCertificate.of(game, counts, given, blocking=blocking)


def _rule(counts: Counts, blocking: Blocking, coordination: Coordination) -> Blocking:
    """The rule for pure joint deviations that answers the question."""
    if coordination == "pure" or blocking in ("any", "transfer"):
        return blocking
    if coordination == "independent":
        raise UnsupportedError(
            "coordination='independent': mixing of identical agents is not decided by counts; 'pure' bounds what coalitions "
            "gain from below and 'correlated' from above"
        )
    if sum(c > 0 for c in counts) > 1:
        raise UnsupportedError(
            "coordination='correlated' under 'all' and 'some' is decided for all coalitions where every agent plays the same "
            "action; ask coalition_gain for one coalition, or pass coordination='pure' and blocking='transfer', which bound it"
        )
    return "transfer"


def symmetric_coalition_gain(
    game: SymmetricGame,
    profile: Profile,
    coalition: Profile,
    *,
    blocking: Blocking,
    coordination: Coordination = "pure",
) -> CountGain:
    """The most that a coalition of identical agents gains by deviating together; positive iff it blocks.

    What :func:`~gametheory.collusion.coalition_gain` does for such games.

    Parameters
    ----------
    profile : sequence of m int, or mapping from names of actions
        How many agents play each action.
    coalition : likewise
        How many members play each action.
    coordination : "pure" or "correlated"
        With shared randomness under "all" it solves  max min_a E G_a, under "some"  max Σ_a s_a E G_a  s.t.  E G ≥ 0,  over
        distributions of arrivals t and pairings f, where G_a = Σ_b f_ab v'_b / s_a − v_a; columns are generated.

    Raises
    ------
    SpecificationError
        Counts that do not fit the game.
    UnsupportedError
        ``coordination="independent"``, or a game of floats.

    Examples
    --------
    >>> def payoff(a, others):
    ...     return 2 * (others[1] == 1) if a else int(others[1] == 0)
    >>> game = SymmetricGame.from_function(payoff, 1000, 2, actions=["0", "1"])
    >>> symmetric_coalition_gain(game, (1000, 0), (2, 0), blocking="all")
    CountGain(certified: 2 of 0 gain 1 under 'all', pure: 2 from 0 to 1)
    >>> symmetric_coalition_gain(game, (1000, 0), (3, 0), blocking="all", coordination="correlated").value
    Fraction(1, 3)
    """
    refuse_floats(game)
    if coordination == "independent":
        _rule((), blocking, coordination)
    counts, members = game.counts(profile), read_counts(coalition, game.actions, "coalition")
    ways = Arrivals.of(game, counts, members)
    weights: tuple[Fraction, ...] = ()
    deviation: Flow | tuple[tuple[Flow, Fraction], ...] | None
    if coordination == "correlated" and blocking in ("all", "some"):
        value, deviation, weights = _shared(ways, blocking)
    else:
        found = ways.values(blocking)
        row = int(found.argmax())
        value = max(Fraction(int(found[row]), ways.denominator), Fraction(0))
        deviation = None if value == 0 else _paired(ways, row, blocking)
    witness = None
    if deviation is not None:
        given: Any = deviation if isinstance(deviation, dict) else list(deviation)
        witness = CountWitnessCertificate.of(game, counts, given, blocking=blocking)
    return CountGain(
        game=game,
        coalition=members,
        value=value,
        deviation=deviation,
        blocking=blocking,
        coordination=coordination,
        witness=witness,
        certificate=CoalitionBoundCertificate(
            counts,
            members,
            blocking,
            "correlated" if coordination == "correlated" else "pure",
            value,
            weights,
            game,
        ),
    )


def _paired(ways: Arrivals, row: int, blocking: Blocking) -> Flow:
    """A pairing by which the coalition gains what it can with these arrivals."""
    if blocking != "any":
        return ways.flow(row)
    # The member who had least goes to the best place: weights of 1 and 0 say who that is.
    worst = min((a for a, s in enumerate(ways.coalition) if s), key=lambda a: (int(ways.before[a]), a))
    return ways.weighted_flow(row, tuple(int(a == worst) for a in range(len(ways.coalition))))


def _shared(
    ways: Arrivals, blocking: Blocking
) -> tuple[Fraction, tuple[tuple[Flow, Fraction], ...] | None, tuple[Fraction, ...]]:
    """The best distribution of arrivals and pairings, and the members' weights that show that it is."""
    from gametheory.optimize.exact import solve_exact

    present = [a for a, s in enumerate(ways.coalition) if s]
    totals = ways.values("transfer")
    flows = [ways.flow(int(totals.argmax())), {(a, a): ways.coalition[a] for a in present}]
    stay = int(np.flatnonzero((ways.arrive == np.array(ways.coalition)).all(axis=1))[0])
    columns = [_group_gains(ways, int(totals.argmax()), flows[0]), _group_gains(ways, stay, flows[1])]
    while True:
        solution = solve_exact(_programme(columns, [ways.coalition[a] for a in present], blocking))
        duals = [abs(solution.row_duals[k]) for k in range(len(present))]
        weights = [Fraction(0) if blocking == "all" else Fraction(1)] * len(ways.coalition)
        for a, dual in zip(present, duals, strict=True):
            weights[a] = dual / ways.coalition[a] if blocking == "all" else 1 + dual
        scale = int(np.lcm.reduce([w.denominator for w in weights], dtype=object))
        whole = tuple(int(w * scale) for w in weights)
        found = ways.weighted(whole)
        row = int(found.argmax())
        if Fraction(int(found[row]), ways.denominator * scale) <= solution.value:
            break
        flows.append(ways.weighted_flow(row, whole))
        columns.append(_group_gains(ways, row, flows[-1]))
    value = max(Fraction(solution.value), Fraction(0))
    if value == 0:
        return value, None, tuple(weights)
    drawn = tuple((flows[c], solution.primal[c]) for c in range(len(columns)) if solution.primal[c] > 0)
    missing = 1 - sum((p for _, p in drawn), Fraction(0))
    if missing:
        drawn = (*drawn, (flows[1], missing))
    return value, drawn, tuple(weights)


def _group_gains(ways: Arrivals, row: int, flow: Flow) -> list[Fraction]:
    """What a member from each action gains on average."""
    gains = {a: 0 for a, s in enumerate(ways.coalition) if s}
    for (a, b), k in flow.items():
        gains[a] += k * (int(ways.after[row, b]) - int(ways.before[a]))
    return [Fraction(total, ways.denominator * ways.coalition[a]) for a, total in gains.items()]


def _programme(columns: list[list[Fraction]], members: list[int], blocking: Blocking) -> LinearProgramme:
    count = len(columns)
    rows: list[Any] = []
    for k, s in enumerate(members):
        if blocking == "all":
            row = {c: gains[k] for c, gains in enumerate(columns) if gains[k]} | {count: Fraction(-1)}
        else:
            row = {c: s * gains[k] for c, gains in enumerate(columns) if gains[k]}
        rows.append((f"members {k} gain", row, ">=", 0))
    ones = dict.fromkeys(range(count), Fraction(1))
    rows.append(("probabilities", ones, "==" if blocking == "all" else "<=", 1))
    if blocking == "all":
        return LinearProgramme.from_rows(
            "max", [0] * count + [1], rows, lower=[0] * count + [None], name="symmetric_gain"
        )
    sums = [sum((s * g for s, g in zip(members, gains, strict=True)), Fraction(0)) for gains in columns]
    return LinearProgramme.from_rows("max", sums, rows, name="symmetric_gain")


def symmetric_immunity(game: SymmetricGame, profile: Profile) -> CountImmunity:
    """Largest t ≤ n − 1 such that no t identical agents, whatever they play, lower the payoff of another.

    What :func:`~gametheory.collusion.immunity` does for such games.

    Examples
    --------
    Halpern's bargaining game with a thousand agents: a single leaver leaves the others with nothing.

    >>> game = SymmetricGame.from_function(
    ...     lambda a, others: 1 if a else 2 * (others[1] == 0), 1000, 2, actions=["stay", "leave"])
    >>> symmetric_immunity(game, (1000, 0))
    CountImmunity(0, exact: 1 from stay to leave lowers the payoff of who plays stay by 2)
    """
    exact_game = game.exact()
    counts = game.counts(profile)
    found = least_harmful_flow(exact_game, counts, game.num_players - 1)
    if found is None:
        return CountImmunity(game=game, value=game.num_players - 1, play=None, victim=None, damage=Fraction(0))
    flow, victim = found
    after = np.array(counts)
    for (a, b), k in flow.items():
        after[a] -= k
        after[b] += k
    paid = exact_game.numerators_at(np.array([counts, after]))
    damage = Fraction(int(paid[0, victim]) - int(paid[1, victim]), exact_game.denominator)
    return CountImmunity(game=game, value=sum(flow.values()) - 1, play=flow, victim=victim, damage=damage)
