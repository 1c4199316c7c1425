"""What automata do to each other: joint states, paths of play and exact payoffs.

The states of all automata together are a joint state s. Under the strategies the joint state is a Markov chain P (of zeros and
ones if nothing is random), with expected stage payoffs U(s), and

    V = (1 − δ) U + δ P V        discounted averages, from every joint state that some history reaches;
    V̄ = lim_T 1/T Σ_{t<T} Pᵗ U   limits of means: in a recurrent class the stationary average, elsewhere its expectation.

V̄ is also lim_{δ→1} V. Both are solved in rationals (python-flint). Errors of implementation (``tremble``): each player's action
is, independently, with probability ε replaced by one of its other actions, drawn uniformly.

References: G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, section 2.3; M. L. Puterman 1994, *Markov
Decision Processes*, section 8.2. Complexity: O(S³) operations on long integers, S the number of joint states reached.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np

from gametheory.arithmetic import Arithmetic, exact, exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.automata import Machine, Play
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.repeated.automata import Automaton
from gametheory.repeated.repeated_game import RepeatedGame, discount_factor

__all__ = [
    "AutomatonPayoffs",
    "JointPlay",
    "OutcomePath",
    "automaton_payoffs",
    "joint_play",
    "mean_payoffs",
    "outcome_path",
    "read_discount",
    "simulated_path",
    "solution",
]

Vector = tuple[Fraction, ...]
Chances = Mapping[int, Fraction]
Strategies = Automaton | Sequence[Automaton]
"""The automaton of a strategy profile, or one automaton for each player."""


@final
@dataclass(frozen=True, slots=True)
class JointPlay:
    """The automata as one machine on the joint states that some history reaches, the initial one first.

    Attributes
    ----------
    stage : NormalFormGame
        As given.
    monitoring : Monitoring or None
        Exact.
    tremble : Fraction
    machine : Machine
    states : tuple of tuple of str
        For each joint state the states of the automata.
    reached : tuple of (int, int)
        For each joint state but the first the one before it and the observation between, along a shortest history.
    play : Play
    """

    stage: NormalFormGame
    monitoring: Monitoring | None
    tremble: Fraction
    machine: Machine
    states: tuple[tuple[str, ...], ...]
    reached: tuple[tuple[int, int], ...]
    play: Play = field(compare=False)

    @property
    def arithmetic(self) -> Arithmetic:
        """ "float" if payoffs are: gains may then be rounding."""
        return self.stage.arithmetic

    def history(self, state: int) -> tuple[int, ...]:
        """Observations that lead to a joint state."""
        found = []
        while state:
            state, seen = self.reached[state - 1]
            found.append(seen)
        return tuple(reversed(found))

    def observation(self, y: int) -> str:
        """An observation in words."""
        if self.monitoring is not None:
            return self.monitoring.signals[y]
        profile = [int(k) for k in np.unravel_index(y, self.stage.num_actions)]
        return "(" + ", ".join(self.stage.action_labels(profile)) + ")"


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


def joint_play(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> JointPlay:
    """The automata as one machine, on the joint states that some history reaches.

    Parameters
    ----------
    game : NormalFormGame or RepeatedGame
    strategies : Automaton of all players, or one Automaton for each player
    monitoring : Monitoring, optional
        What the automata observe; by default a repeated game's own, or the actions.
    tremble : number in [0, 1)
        Error rate ε of each player's actions.

    Raises
    ------
    SpecificationError
        If an automaton is of another game, player or signal.
    """
    stage, seen = _stage(game, monitoring)
    error = exact(tremble, where="tremble")
    if not 0 <= error < 1:
        raise SpecificationError(f"tremble: found {tremble}; write an error rate ε with 0 ≤ ε < 1")
    automata = _checked(stage, strategies, seen)
    possible = list(range(stage.num_profiles))
    if seen is not None:
        rows = seen.numerators.reshape(-1, seen.num_signals)
        possible = [y for y in range(seen.num_signals) if rows[:, y].any()]
    width = stage.num_profiles if seen is None else seen.num_signals
    number = {tuple(a.initial for a in automata): 0}
    joint, reached, transitions = list(number), [], []
    for s, state in enumerate(joint):  # grows while it is walked through
        moves = [0] * width  # where observations that cannot occur lead does not matter
        for y in possible:
            target = tuple(a.transitions[k][y] for a, k in zip(automata, state, strict=True))
            if target not in number:
                number[target] = len(joint)
                joint.append(target)
                reached.append((s, y))
                refuse_if_too_large(len(joint) * (len(joint) + width), 48, "exact equations of the joint states")
            moves[y] = number[target]
        transitions.append(tuple(moves))
    plays = tuple(
        tuple(vector for a, k in zip(automata, state, strict=True) for vector in a.outputs[k]) for state in joint
    )
    names = tuple(tuple(a.states[k] for a, k in zip(automata, state, strict=True)) for state in joint)
    machine = Machine(plays, tuple(transitions), 0)
    return JointPlay(stage, seen, error, machine, names, tuple(reached), Play(stage, machine, seen, error))


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
        weights = _flint_solve(rows, [[Fraction(int(k == len(members) - 1))] for k in range(len(members))])
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


def expected_play(joint: JointPlay) -> tuple[list[list[Fraction]], list[dict[int, Fraction]]]:
    """U and P: the payoffs of a period and the chances of the next joint state, from each."""
    found = [joint.play.expected(s) for s in range(len(joint.states))]
    return [pay for pay, _ in found], [following for _, following in found]


def continuation_values(joint: JointPlay, discount: Fraction) -> list[Vector]:
    """V at every joint state."""
    pay, chain = expected_play(joint)
    return solution(chain, discount, [[(1 - discount) * x for x in row] for row in pay])


def solution(chain: Sequence[Chances], factor: Fraction, right: Sequence[Sequence[Fraction]]) -> list[Vector]:
    """X with X = R + factor · P X, where that has one solution."""
    rows = [[Fraction(int(s == t)) for t in range(len(chain))] for s in range(len(chain))]
    for s, following in enumerate(chain):
        for t, p in following.items():
            rows[s][t] -= factor * p
    return _flint_solve(rows, right)


def read_discount(game: NormalFormGame | RepeatedGame, discount: Any) -> Fraction:
    """The discount factor given, or that of the repeated game."""
    if discount is None and isinstance(game, RepeatedGame):
        return game.discount
    if discount is None:
        raise SpecificationError("discount: missing; pass a number δ with 0 ≤ δ < 1, or a RepeatedGame, which has one")
    return discount_factor(discount)


def _payoffs(joint: JointPlay, values: Sequence[Vector], discount: Fraction | None) -> AutomatonPayoffs:
    return AutomatonPayoffs(
        payoffs=values[0],
        values=dict(zip(joint.states, values, strict=True)),
        discount=discount,
        players=joint.stage.players,
    )


def _stage(game: Any, monitoring: Monitoring | None) -> tuple[NormalFormGame, Monitoring | None]:
    if isinstance(game, RepeatedGame):
        monitoring = game.monitoring if monitoring is None else monitoring
        game = game.stage
    if not isinstance(game, NormalFormGame):
        raise SpecificationError(f"game: found {type(game).__name__}; give a NormalFormGame or a RepeatedGame")
    if monitoring is None:
        return game, None
    if monitoring.num_actions != game.num_actions:
        raise SpecificationError(
            f"monitoring: found {monitoring.num_actions} actions, the game has {game.num_actions}; pass the signals of this "
            "game's profiles"
        )
    return game, monitoring.exact()


def _checked(stage: NormalFormGame, strategies: Any, monitoring: Monitoring | None) -> tuple[Automaton, ...]:
    """The automata, each for its player (or one for all)."""
    given = (strategies,) if isinstance(strategies, Automaton) else tuple(strategies)
    wanted: list[int | None] = [None] if isinstance(strategies, Automaton) else list(range(stage.num_players))
    if len(given) != len(wanted):
        raise SpecificationError(
            f"strategies: found {len(given)}; write {stage.num_players} automata, one for each player, or one for all"
        )
    signals = None if monitoring is None else monitoring.signals
    for k, (automaton, player) in enumerate(zip(given, wanted, strict=True)):
        where = f"strategies[{k}]"
        if not isinstance(automaton, Automaton):
            raise SpecificationError(f"{where}: found {type(automaton).__name__}; give an Automaton")
        if automaton.player != player:
            whose = "all players" if automaton.player is None else f"player {automaton.player}"
            need = "all players: pass one automaton for each player in a list" if player is None else f"player {player}"
            raise SpecificationError(f"{where}: found a strategy of {whose}; expected one of {need}")
        if automaton.actions != stage.actions:
            raise SpecificationError(
                f"{where}: found the actions {automaton.actions}; the game has {stage.actions}. Make it for this game"
            )
        if automaton.signals != signals:
            seen = "action profiles" if automaton.signals is None else f"the signals {', '.join(automaton.signals)}"
            what = "action profiles are" if signals is None else f"the signals {', '.join(signals)} are"
            raise SpecificationError(
                f"{where}: it observes {seen}, but {what} seen; pass the monitoring it was made for"
            )
    return given


def _recurrent(chain: Sequence[Chances]) -> list[list[int]]:
    """The closed classes of a Markov chain."""
    import networkx

    graph = networkx.DiGraph((s, t) for s, following in enumerate(chain) for t in following)
    classes = [sorted(members) for members in networkx.strongly_connected_components(graph)]
    return [c for c in classes if all(t in set(c) for s in c for t in chain[s])]


def _flint_solve(rows: Sequence[Sequence[Fraction]], right: Sequence[Sequence[Fraction]]) -> list[Vector]:
    """The solution of a regular system in rationals; each equation is written in integers first."""
    from flint import fmpz_mat

    whole, sides = [], []
    for row, side in zip(rows, right, strict=True):
        scale = math.lcm(*(x.denominator for x in itertools.chain(row, side)))
        whole.append([int(x * scale) for x in row])
        sides.append([int(x * scale) for x in side])
    solved = fmpz_mat(whole).solve(fmpz_mat(sides))
    return [tuple(Fraction(int(x.p), int(x.q)) for x in row) for row in solved.tolist()]
