"""What automata do to each other: exact payoffs and paths of play.

With the joint states' chances P and payoffs U (:mod:`gametheory.repeated.joint_play`),

    V = (1 − δ) U + δ P V        discounted averages, from every joint state that some history reaches;
    V̄ = lim_T 1/T Σ_{t<T} Pᵗ U   limits of means: in a recurrent class the stationary average, elsewhere its expectation.

V̄ is also lim_{δ→1} V. Both are solved in rationals.

References: G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, section 2.3; M. L. Puterman 1994, *Markov
Decision Processes*, section 8.2. Complexity: O(S³) operations on long integers, S the number of joint states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np

from gametheory.arithmetic import exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.encoding import brief
from gametheory.errors import UnsupportedError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.repeated.joint_play import (
    JointPlay,
    Strategies,
    continuation_values,
    expected_play,
    joint_play,
    rational_solution,
    solution,
)
from gametheory.repeated.repeated_game import RepeatedGame, read_discount

__all__ = [
    "AutomatonPayoffs",
    "OutcomePath",
    "automaton_payoffs",
    "mean_payoffs",
    "outcome_path",
    "simulated_path",
]

Vector = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AutomatonPayoffs:
    """What each player earns per period when automata meet, exactly.

    Attributes
    ----------
    payoffs : tuple of Fraction
        From the start.
    values : mapping from joint state to tuple of Fraction
        From every joint state that some history reaches.
    discount : Fraction or None
        ``None``: limits of means.
    players : tuple of str
    """

    payoffs: Vector
    values: Mapping[tuple[str, ...], Vector] = field(hash=False)
    discount: Fraction | None
    players: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "payoffs": {name: exact_text(x) for name, x in zip(self.players, self.payoffs, strict=True)},
            "discount": None if self.discount is None else exact_text(self.discount),
            "values": [
                {"state": list(state), "payoffs": [exact_text(x) for x in row]} for state, row in self.values.items()
            ],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each joint state."""
        rows = [[" | ".join(state), *row] for state, row in self.values.items()]
        return data_frame(rows, ["state", *self.players])

    def __repr__(self) -> str:
        at = "limit of means" if self.discount is None else f"δ = {brief(self.discount)}"
        paid = ", ".join(map(brief, self.payoffs))
        return f"AutomatonPayoffs(exact: ({paid}), {at}, {len(self.values)} joint states)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@dataclass(frozen=True, slots=True)
class OutcomePath:
    """A path of play that repeats itself.

    Attributes
    ----------
    prefix, cycle : tuple of pure profiles
        Played once, then again and again.
    """

    prefix: tuple[tuple[int, ...], ...]
    cycle: tuple[tuple[int, ...], ...]

    def profile(self, period: int) -> tuple[int, ...]:
        """What is played in a period, counted from 0.

        Examples
        --------
        >>> OutcomePath(((0, 1),), ((1, 1), (0, 0))).profile(4)
        (0, 0)
        """
        t = check_count("period", period, least=0) - len(self.prefix)
        return self.prefix[t] if t < 0 else self.cycle[t % len(self.cycle)]


def automaton_payoffs(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any = None,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> AutomatonPayoffs:
    """Discounted average payoffs when automata meet, from the start and from every joint state.

    Parameters
    ----------
    game : NormalFormGame or RepeatedGame
    strategies : Automaton of all players, or one Automaton for each player
    discount : number, 0 ≤ δ < 1
        May be left out for a :class:`RepeatedGame`.
    monitoring, tremble
        See :func:`joint_play`.

    Returns
    -------
    AutomatonPayoffs

    Examples
    --------
    Tit for tat (payoffs 3, 0, 5, 1; Axelrod 1984) loses the first period to constant defection:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import always_defect, tit_for_tat
    >>> game = prisoners_dilemma()
    >>> automaton_payoffs(game, [tit_for_tat(game, 0), always_defect(game, 1)], "9/10")
    AutomatonPayoffs(exact: (9/10, 7/5), δ = 9/10, 2 joint states)
    """
    delta = read_discount(game, discount)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    return _payoffs(joint, continuation_values(joint, delta), delta)


def mean_payoffs(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> AutomatonPayoffs:
    """Limits of the means of the expected payoffs when automata meet, from the start and from every joint state.

    Examples
    --------
    Tit for tat against itself cooperates; with the slightest errors it wanders through all four profiles evenly (Molander
    1985), with payoffs 3, 0, 5, 1 at an average of 9/4:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import tit_for_tat
    >>> game = prisoners_dilemma()
    >>> both = [tit_for_tat(game, 0), tit_for_tat(game, 1)]
    >>> mean_payoffs(game, both), mean_payoffs(game, both, tremble="1/100").payoffs[0]
    (AutomatonPayoffs(exact: (3, 3), limit of means, 4 joint states), Fraction(9, 4))
    """
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    pay, chain = expected_play(joint)
    count, n = len(pay), len(pay[0])
    values: list[Vector | None] = [None] * count
    for members in _recurrent(chain):
        place = {s: k for k, s in enumerate(members)}
        # π = πP: an equation for each state but one, and Σ π = 1 in its place
        rows = [[Fraction(int(k == j)) for j in range(len(members))] for k in range(len(members))]
        for s in members:
            for t, p in chain[s].items():
                rows[place[t]][place[s]] -= p
        rows[-1] = [Fraction(1)] * len(members)
        weights = rational_solution(rows, [[Fraction(int(k == len(members) - 1))] for k in range(len(members))])
        average = tuple(
            sum((w[0] * pay[s][i] for w, s in zip(weights, members, strict=True)), Fraction(0)) for i in range(n)
        )
        for s in members:
            values[s] = average
    passing = [s for s in range(count) if values[s] is None]
    if passing:
        place = {s: k for k, s in enumerate(passing)}
        inner = [{place[t]: p for t, p in chain[s].items() if t in place} for s in passing]
        right = [
            [
                sum((p * (values[t] or ())[i] for t, p in chain[s].items() if t not in place), Fraction(0))
                for i in range(n)
            ]
            for s in passing
        ]
        for s, row in zip(passing, solution(inner, Fraction(1), right), strict=True):
            values[s] = row
    return _payoffs(joint, [row for row in values if row is not None], None)


def outcome_path(game: NormalFormGame | RepeatedGame, strategies: Strategies) -> OutcomePath:
    """The path of play of automata without chance.

    Raises
    ------
    UnsupportedError
        If an automaton mixes, or signals are noisy: see :func:`simulated_path`.

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import suspicious_tit_for_tat, tit_for_tat
    >>> game = prisoners_dilemma()
    >>> outcome_path(game, [tit_for_tat(game, 0), suspicious_tit_for_tat(game, 1)])
    OutcomePath(prefix=(), cycle=((0, 1), (1, 0)))
    """
    joint = joint_play(game, strategies)
    order: dict[int, tuple[int, ...]] = {}
    state = 0
    while state not in order:
        table = joint.machine.plays[state]
        following = joint.play.expected(state)[1]
        if any(max(v) < 1 for v in table) or len(following) > 1:
            raise UnsupportedError("outcome_path: the play is random; draw it with simulated_path(..., rng=)")
        order[state] = tuple(v.index(1) for v in table)
        state = next(iter(following))
    profiles = tuple(order.values())
    start = list(order).index(state)
    return OutcomePath(profiles[:start], profiles[start:])


def simulated_path(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    *,
    periods: int,
    rng: np.random.Generator | int,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> tuple[tuple[int, ...], ...]:
    """The action profiles of some periods, drawn at random.

    Parameters
    ----------
    periods : int ≥ 1
    rng : numpy Generator, or seed
    monitoring, tremble
        See :func:`joint_play`.

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import grim_trigger
    >>> game = prisoners_dilemma()
    >>> drawn = simulated_path(game, [grim_trigger(game, i) for i in (0, 1)], periods=200, rng=1, tremble="1/10")
    >>> len(drawn), sum(profile == (1, 1) for profile in drawn) > 100
    (200, True)
    """
    length = check_count("periods", periods)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    draw = np.random.default_rng(rng)
    count = joint.stage.num_players
    weights = [
        [np.array([float(p) for p in joint.play.meant(s, i)]) for i in range(count)] for s in range(len(joint.states))
    ]
    rows = None
    if joint.monitoring is not None:
        rows = joint.monitoring.float_probabilities().reshape(-1, joint.monitoring.num_signals)
    state, found = 0, []
    for _ in range(length):
        profile = tuple(int(draw.choice(len(v), p=v / v.sum())) for v in weights[state])
        found.append(profile)
        y = int(np.ravel_multi_index(profile, joint.stage.num_actions))
        if rows is not None:
            y = int(draw.choice(rows.shape[1], p=rows[y] / rows[y].sum()))
        state = joint.machine.transitions[state][y]
    return tuple(found)


def _payoffs(joint: JointPlay, values: Sequence[Vector], discount: Fraction | None) -> AutomatonPayoffs:
    return AutomatonPayoffs(
        payoffs=values[0],
        values=dict(zip(joint.states, values, strict=True)),
        discount=discount,
        players=joint.stage.players,
    )


def _recurrent(chain: Sequence[Mapping[int, Fraction]]) -> list[list[int]]:
    """The closed classes of a Markov chain."""
    import networkx

    graph = networkx.DiGraph((s, t) for s, following in enumerate(chain) for t in following)
    classes = [sorted(members) for members in networkx.strongly_connected_components(graph)]
    return [c for c in classes if all(t in set(c) for s in c for t in chain[s])]
