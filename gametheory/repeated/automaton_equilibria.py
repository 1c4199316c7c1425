"""Are automata an equilibrium of the repeated game? Exactly, with evidence.

At a joint state s, with continuation payoffs V, action b of player i instead of the automaton's gains

    (1 − δ) [u_i(b, f_−i(s)) − u_i(f(s))] + δ Σ_t [P_i,b(t | s) − P(t | s)] V_i(t).

By the **one-shot deviation principle** the automata are subgame perfect iff no gain is positive at any joint state that some
history reaches, also histories that the automata themselves avoid; with public signals, iff they are a public perfect
equilibrium. They are a **Nash equilibrium** of the repeated game iff at the start nobody earns more by any strategy. What a
player can earn at most is the value of a Markov decision process on the joint states, W = max_b (1 − δ) u_i + δ P_i,b W, which
policy iteration solves in rationals; no strategy, however long its memory, does better.

References: D. Abreu 1988, Econometrica 56; D. Blackwell 1965, "Discounted dynamic programming", Annals of Mathematical
Statistics 36; G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, propositions 2.2.1, 2.4.1 and 7.1.1; M. L.
Puterman 1994, *Markov Decision Processes*, theorem 6.4.2. Complexity: see :mod:`gametheory.repeated.automaton_play`; policy
iteration solves one system per round, in practice a few rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import Verdict, exact_text, judge
from gametheory.certificates.automata import RepeatedDeviationCertificate, RepeatedEquilibriumCertificate
from gametheory.certificates.encoding import brief
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games.labels import told_apart
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.repeated.automata import Automaton
from gametheory.repeated.automaton_catalogue import always
from gametheory.repeated.automaton_play import (
    JointPlay,
    Strategies,
    continuation_values,
    joint_play,
    read_discount,
    solution,
)
from gametheory.repeated.repeated_game import RepeatedGame

__all__ = [
    "AutomatonEquilibrium",
    "BestResponse",
    "OneShotDeviation",
    "automaton_best_response",
    "automaton_equilibrium",
    "is_nash_of_repeated_game",
    "is_public_perfect",
    "is_subgame_perfect",
    "one_shot_deviations",
]

Vector = tuple[Fraction, ...]
Move = tuple[Fraction, dict[int, Fraction]]
Concept = Literal["subgame perfect", "Nash"]


@final
@dataclass(frozen=True, slots=True)
class OneShotDeviation:
    """A gain from another action in one period, after which everybody plays on as the automata say.

    Attributes
    ----------
    player : int
    action : int
    state : tuple of str
        The joint state: the states of the automata.
    gain : Fraction > 0
        Per period, in discounted averages from that state on.
    history : tuple of str
        Observations, along a shortest history, that lead to the state.
    certificate : RepeatedDeviationCertificate
    """

    player: int
    action: int
    state: tuple[str, ...]
    gain: Fraction
    history: tuple[str, ...]
    certificate: RepeatedDeviationCertificate = field(compare=False, repr=False)


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class BestResponse:
    """The best that a player can do against automata, by any strategy, exactly.

    Attributes
    ----------
    player : int
    payoff : Fraction
        Discounted average.
    automaton : Automaton
        A pure strategy that earns it: what to do at each joint state of the others' automata.
    gain : Fraction or None
        Over the player's own automaton, where one was given.
    values : tuple of Fraction
        W, from each state of the automaton.
    joint : JointPlay
        The others' automata as one machine (the player's own action there means nothing).
    discount : Fraction
    certificate : RepeatedDeviationCertificate or None
        Of the gain, where there is one.
    """

    player: int
    payoff: Fraction
    automaton: Automaton
    gain: Fraction | None
    values: Vector
    joint: JointPlay = field(compare=False)
    discount: Fraction
    certificate: RepeatedDeviationCertificate | None = field(default=None, compare=False)

    def verify(self) -> Literal[True]:
        """Recompute that no action does better than W at any state, and that the automaton's own earns it.

        Raises
        ------
        CertificateError
            If one does, or the automaton earns less.
        """
        claim = f"player {self.player} earns {brief(self.payoff)} at most"
        for s, moves in enumerate(_moves(self.joint, self.player)):
            earned = [_worth(move, self.discount, self.values) for move in moves]
            if max(earned) != self.values[s] or earned[self.automaton.outputs[s][0].index(1)] != self.values[s]:
                raise CertificateError(f"{claim}: at state {s} the best action earns {brief(max(earned))}", claim=claim)
        if self.values[0] != self.payoff:
            raise CertificateError(f"{claim}: {brief(self.values[0])} is what it earns", claim=claim)
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "player": self.player,
            "discount": exact_text(self.discount),
            "payoff": exact_text(self.payoff),
            "gain": None if self.gain is None else exact_text(self.gain),
            "automaton": self.automaton.to_dict(),
            "values": [exact_text(x) for x in self.values],
            "certificates": [] if self.certificate is None else [self.certificate.to_dict()],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each state: what to do there, and what that earns."""
        automaton = self.automaton
        rows = [[state, automaton.plays(k), self.values[k]] for k, state in enumerate(automaton.states)]
        return data_frame(rows, ["state", "action", "payoff"])

    def __repr__(self) -> str:
        more = "" if self.gain is None else f", a gain of {brief(self.gain)}"
        return (
            f"BestResponse(exact: player {self.player} earns {brief(self.payoff)} at most{more}, by an automaton of "
            f"{self.automaton.num_states} states)"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AutomatonEquilibrium:
    """Automata that are an equilibrium of the repeated game, with the certificate.

    Attributes
    ----------
    concept : "subgame perfect" or "Nash"
    payoffs : tuple of Fraction
        Discounted averages.
    discount : Fraction
    certificate : RepeatedEquilibriumCertificate
    states : tuple of tuple of str
        The joint states, as the certificate numbers them.
    players : tuple of str
    """

    concept: Concept
    payoffs: Vector
    discount: Fraction
    certificate: RepeatedEquilibriumCertificate = field(compare=False)
    states: tuple[tuple[str, ...], ...]
    players: tuple[str, ...]

    def verify(self) -> Literal[True]:
        """Re-check the certificate."""
        return self.certificate.verify()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "discount": exact_text(self.discount),
            "payoffs": {name: exact_text(x) for name, x in zip(self.players, self.payoffs, strict=True)},
            "states": [list(state) for state in self.states],
            "certificates": [self.certificate.to_dict()],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each joint state: the continuation payoffs there."""
        rows = [[" | ".join(s), *v] for s, v in zip(self.states, self.certificate.values, strict=True)]
        return data_frame(rows, ["state", *self.players])

    def __repr__(self) -> str:
        paid = ", ".join(map(brief, self.payoffs))
        return (
            f"AutomatonEquilibrium(certified: {self.concept} at δ = {brief(self.discount)}, payoffs ({paid}), "
            f"{len(self.states)} joint states)"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def one_shot_deviations(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any = None,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> tuple[OneShotDeviation, ...]:
    """Every profitable one-shot deviation at every joint state that some history reaches.

    Parameters
    ----------
    game : NormalFormGame or RepeatedGame
    strategies : Automaton of all players, or one Automaton for each player
    discount : number, 0 ≤ δ < 1
        May be left out for a :class:`RepeatedGame`.
    monitoring : Monitoring, optional
        Public signals that the automata observe; by default a repeated game's own, or the actions.
    tremble : number in [0, 1)
        Error rate of each player's actions, of deviations too.

    Returns
    -------
    tuple of OneShotDeviation
        By joint state, player and action; empty iff the automata are subgame perfect.

    Examples
    --------
    Tit for tat retaliates against a single slip, and is retaliated against for it; a patient player rather forgives:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import tit_for_tat
    >>> game = prisoners_dilemma()
    >>> found = one_shot_deviations(game, [tit_for_tat(game, i) for i in (0, 1)], "9/10")
    >>> found[0]
    OneShotDeviation(player=0, action=0, state=('hostile', 'friendly'), gain=Fraction(7, 19),
        history=('(cooperate, defect)',))
    """
    delta = read_discount(game, discount)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    return _profitable(joint, delta, continuation_values(joint, delta))


def is_subgame_perfect(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any = None,
    *,
    tremble: Any = 0,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether automata that observe actions are a subgame perfect equilibrium of the repeated game.

    Parameters
    ----------
    tol : number ≥ 0, optional
        Admissible one-shot gain as a share of the player's payoff span; see :class:`~gametheory.arithmetic.Verdict`.

    Returns
    -------
    Verdict
        The witness is the :class:`OneShotDeviation` that gains most. For a certificate of "yes" see
        :func:`automaton_equilibrium`.

    Examples
    --------
    Grim trigger in the prisoner's dilemma with payoffs 9, 1, 10, 3 holds from δ = 1/7 on:

    >>> from gametheory.games import NormalFormGame
    >>> from gametheory.repeated import grim_trigger
    >>> game = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> both = [grim_trigger(game, 0), grim_trigger(game, 1)]
    >>> [is_subgame_perfect(game, both, delta).status for delta in ("1/7", "1/8")]
    ['yes', 'no']
    """
    if isinstance(game, RepeatedGame) and game.monitoring is not None:
        raise SpecificationError("is_subgame_perfect: the game has public signals; ask is_public_perfect")
    return _perfect(game, strategies, discount, None, tremble, tol, "subgame perfect")


def is_public_perfect(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any = None,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether automata that observe public signals are a public perfect equilibrium.

    Parameters
    ----------
    monitoring : Monitoring
        May be left out for a :class:`RepeatedGame` that has one.

    Returns
    -------
    Verdict
        See :func:`is_subgame_perfect`.

    Examples
    --------
    One bad signal and defection for ever (Mailath and Samuelson 2006, section 7.2): an equilibrium from δ = 1/(3p − 2q) =
    10/17 on.

    >>> from gametheory.games import Monitoring, NormalFormGame
    >>> from gametheory.repeated import Automaton
    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> grim = Automaton.of(game, None, {"work": (0, 0), "shirk": (1, 1)},
    ...                     lambda state, y: "work" if (state, y) == ("work", "quiet") else "shirk", monitoring=noisy)
    >>> [is_public_perfect(game, grim, delta, monitoring=noisy).status for delta in ("10/17", "7/12")]
    ['yes', 'no']
    """
    if monitoring is None and not (isinstance(game, RepeatedGame) and game.monitoring is not None):
        raise SpecificationError("monitoring: missing; pass the public signals, or ask is_subgame_perfect")
    return _perfect(game, strategies, discount, monitoring, tremble, tol, "public perfect")


def is_nash_of_repeated_game(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any = None,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether automata are a Nash equilibrium of the repeated game: at the start no strategy at all earns anybody more.

    Returns
    -------
    Verdict
        The witness is the :class:`BestResponse` of the player who gains most.

    Examples
    --------
    Tit for tat against itself, payoffs 3, 0, 5, 1: an equilibrium from δ = 2/3 on, though never a perfect one.

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import tit_for_tat
    >>> game = prisoners_dilemma()
    >>> both = [tit_for_tat(game, 0), tit_for_tat(game, 1)]
    >>> [is_nash_of_repeated_game(game, both, delta).status for delta in ("2/3", "3/5")]
    ['yes', 'no']
    >>> is_nash_of_repeated_game(game, both, "3/5").witness
    BestResponse(exact: player 0 earns 25/8 at most, a gain of 1/8, by an automaton of 2 states)
    """
    delta = read_discount(game, discount)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    values = continuation_values(joint, delta)
    responses = [_best_response(joint, strategies, i, delta, values) for i in range(joint.stage.num_players)]
    gains = [response.payoff - v for response, v in zip(responses, values[0], strict=True)]
    return judge(
        gains,
        [joint.stage.payoff_span(i) for i in range(joint.stage.num_players)],
        tol=tol,
        arithmetic=joint.arithmetic,
        witness=lambda k: responses[k],
        question=f"are the automata a Nash equilibrium of the repeated game at δ = {delta}?",
    )


def automaton_best_response(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    player: int | str,
    discount: Any = None,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> BestResponse:
    """The best that a player can do, by any strategy, against the automata of the others.

    Parameters
    ----------
    strategies : Automaton of all players, or one Automaton for each player
        The player's own says what the best response gains over it.
    player : index or name
    discount, monitoring, tremble
        See :func:`one_shot_deviations`.

    Returns
    -------
    BestResponse
        Solved exactly: W = max_b (1 − δ) u_i + δ P_i,b W at every joint state of the others' automata. Ties go to the
        lowest action.

    Examples
    --------
    Against tit for two tats, patient players defect every other time (Axelrod 1984, section 2):

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import tit_for_two_tats
    >>> game = prisoners_dilemma()
    >>> found = automaton_best_response(game, [tit_for_two_tats(game, i) for i in (0, 1)], 0, "9/10")
    >>> found
    BestResponse(exact: player 0 earns 77/19 at most, a gain of 20/19, by an automaton of 3 states)
    >>> [found.automaton.plays(state) for state in found.automaton.states]
    ['defect', 'cooperate', 'cooperate']
    """
    delta = read_discount(game, discount)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    i = joint.stage.player_index(player)
    return _best_response(joint, strategies, i, delta, continuation_values(joint, delta))


def automaton_equilibrium(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any = None,
    *,
    concept: Concept = "subgame perfect",
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> AutomatonEquilibrium:
    """The equilibrium that automata form, with a certificate that a stranger can re-check in rationals.

    Parameters
    ----------
    concept : "subgame perfect" or "Nash"
        With ``monitoring`` the first means public perfect.
    discount, monitoring, tremble
        See :func:`one_shot_deviations`.

    Raises
    ------
    InfeasibleError
        If they are none; ``certificate`` is that of the deviation that gains most.

    Examples
    --------
    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> from gametheory.repeated import trigger
    >>> game = prisoners_dilemma()
    >>> found = automaton_equilibrium(game, trigger(game, (0, 0), (1, 1)), "1/2")
    >>> found, found.verify()
    (AutomatonEquilibrium(certified: subgame perfect at δ = 1/2, payoffs (3, 3), 2 joint states), True)
    """
    delta = read_discount(game, discount)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    values = continuation_values(joint, delta)
    bounds: tuple[Vector, ...] | None = None
    worst: OneShotDeviation | BestResponse | None
    if concept == "subgame perfect":
        worst = max(_profitable(joint, delta, values), key=lambda d: d.gain, default=None)
    elif concept == "Nash":
        responses = [_best_response(joint, strategies, i, delta, values) for i in range(joint.stage.num_players)]
        worst = max((r for r in responses if r.gain), key=lambda r: r.gain or 0, default=None)
        places = [_places(joint, response) for response in responses]
        columns = [[r.values[k] for k in place] for r, place in zip(responses, places, strict=True)]
        bounds = tuple(zip(*columns, strict=True))
    else:
        raise SpecificationError(f"concept: found {concept!r}; write 'subgame perfect' or 'Nash'")
    if worst is not None:
        name = joint.stage.players[worst.player]
        raise InfeasibleError(
            f"automaton_equilibrium: {name} gains {brief(worst.gain or Fraction(0))} by deviating, the automata are not "
            f"{concept} at δ = {brief(delta)}; see critical_discount_of for the discount factors at which they are",
            certificate=worst.certificate,
        )
    certificate = RepeatedEquilibriumCertificate(
        concept=concept,
        machine=joint.machine,
        discount=delta,
        values=tuple(values),
        bounds=bounds,
        monitoring=joint.monitoring,
        tremble=joint.tremble,
        game=joint.stage.exact(),
    )
    return AutomatonEquilibrium(
        concept=concept,
        payoffs=values[0],
        discount=delta,
        certificate=certificate,
        states=joint.states,
        players=joint.stage.players,
    )


def _perfect(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    discount: Any,
    monitoring: Monitoring | None,
    tremble: Any,
    tol: float | Fraction | None,
    concept: str,
) -> Verdict:
    delta = read_discount(game, discount)
    joint = joint_play(game, strategies, monitoring=monitoring, tremble=tremble)
    found = _profitable(joint, delta, continuation_values(joint, delta))
    return judge(
        [deviation.gain for deviation in found],
        [joint.stage.payoff_span(deviation.player) for deviation in found],
        tol=tol,
        arithmetic=joint.arithmetic,
        witness=lambda k: found[k],
        question=f"are the automata {concept} at δ = {delta}?",
    )


def _moves(joint: JointPlay, player: int) -> list[list[Move]]:
    """For each joint state and action of a player: the payoff of the period and the chances of the next joint state."""
    found = []
    for s in range(len(joint.states)):
        row = []
        for action in range(joint.stage.num_actions[player]):
            pay, following = joint.play.expected(s, player, action)
            row.append((pay[player], following))
        found.append(row)
    return found


def _worth(move: Move, discount: Fraction, after: Sequence[Fraction]) -> Fraction:
    pay, following = move
    return (1 - discount) * pay + discount * sum((p * after[t] for t, p in following.items()), Fraction(0))


def _profitable(joint: JointPlay, discount: Fraction, values: Sequence[Vector]) -> tuple[OneShotDeviation, ...]:
    found = []
    game = joint.stage.exact()
    columns = list(zip(*values, strict=True))
    moves = [_moves(joint, i) for i in range(game.num_players)]
    for s, state in enumerate(joint.states):
        for i in range(game.num_players):
            for action, move in enumerate(moves[i][s]):
                gain = _worth(move, discount, columns[i]) - columns[i][s]
                if gain <= 0:
                    continue
                history = joint.history(s)
                certificate = RepeatedDeviationCertificate(
                    machine=joint.machine,
                    discount=discount,
                    values=tuple(values),
                    player=i,
                    policy=tuple(action if t == s else 0 for t in range(len(joint.states))),
                    once=True,
                    gain=gain,
                    history=history,
                    monitoring=joint.monitoring,
                    tremble=joint.tremble,
                    game=game,
                )
                words = tuple(map(joint.observation, history))
                found.append(OneShotDeviation(i, action, state, gain, words, certificate))
    return tuple(found)


def _best_response(
    joint: JointPlay, strategies: Strategies, player: int, discount: Fraction, values: Sequence[Vector]
) -> BestResponse:
    """Policy iteration on the others' joint states, then the gain over the player's own automaton."""
    others = joint
    if not isinstance(strategies, Automaton):
        blank = always(joint.stage, player, 0, monitoring=joint.monitoring)
        replaced = [blank if i == player else a for i, a in enumerate(strategies)]
        others = joint_play(joint.stage, replaced, monitoring=joint.monitoring, tremble=joint.tremble)
    moves = _moves(others, player)
    earned, policy = _policy_iteration(moves, discount)
    kept = [[name for i, name in enumerate(state) if len(state) == 1 or i != player] for state in others.states]
    automaton = Automaton(
        actions=joint.stage.actions,
        player=player,
        states=tuple(told_apart([" | ".join(names) for names in kept])),
        initial=0,
        outputs=tuple(
            (tuple(Fraction(int(k == b)) for k in range(len(row))),) for b, row in zip(policy, moves, strict=True)
        ),
        transitions=others.machine.transitions,
        signals=None if joint.monitoring is None else joint.monitoring.signals,
        name="best response",
    )
    found = BestResponse(
        player=player,
        payoff=earned[0],
        automaton=automaton,
        gain=earned[0] - values[0][player],
        values=tuple(earned),
        joint=others,
        discount=discount,
    )
    if not found.gain:
        return found
    place = _places(joint, found)
    certificate = RepeatedDeviationCertificate(
        machine=joint.machine,
        discount=discount,
        values=tuple(values),
        player=player,
        policy=tuple(policy[k] for k in place),
        once=False,
        policy_values=tuple(earned[k] for k in place),
        gain=found.gain,
        monitoring=joint.monitoring,
        tremble=joint.tremble,
        game=joint.stage.exact(),
    )
    return replace(found, certificate=certificate)


def _places(joint: JointPlay, response: BestResponse) -> list[int]:
    """For each joint state the state of the others that it holds."""
    i, number = response.player, {state: k for k, state in enumerate(response.joint.states)}
    if len(joint.states[0]) == 1:
        return list(range(len(joint.states)))
    blank = response.joint.states[0][i]
    return [number[(*state[:i], blank, *state[i + 1 :])] for state in joint.states]


def _policy_iteration(moves: Sequence[Sequence[Move]], discount: Fraction) -> tuple[list[Fraction], list[int]]:
    """The value and a best policy of a Markov decision process; an action is changed only for a strictly better one."""
    policy = [max(range(len(row)), key=lambda b: row[b][0]) for row in moves]
    while True:
        chosen = [row[b] for row, b in zip(moves, policy, strict=True)]
        solved = solution(
            [following for _, following in chosen], discount, [[(1 - discount) * pay] for pay, _ in chosen]
        )
        values = [row[0] for row in solved]
        better = False
        for s, row in enumerate(moves):
            worths = [_worth(move, discount, values) for move in row]
            best = max(worths)
            if best > values[s]:
                policy[s], better = worths.index(best), True
        if not better:
            return values, [
                next(b for b, move in enumerate(row) if _worth(move, discount, values) == values[s])
                for s, row in enumerate(moves)
            ]
