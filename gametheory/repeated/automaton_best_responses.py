"""The best that a player can do against automata, and whether automata are a Nash equilibrium: exactly.

What player i can earn against automata, by any strategy, is the value of a Markov decision process on the joint states of the
others' automata,

    W(s) = max_b (1 − δ) u_i(b, f_−i(s)) + δ Σ_t P_i,b(t | s) W(t),

which policy iteration solves in rationals; no strategy, however long its memory, does better (Blackwell 1965). Automata are a
Nash equilibrium of the repeated game iff at the start nobody earns more than by the own automaton.

References: D. Blackwell 1965, "Discounted dynamic programming", Annals of Mathematical Statistics 36; M. L. Puterman 1994,
*Markov Decision Processes*, theorem 6.4.2. Complexity: a linear system of S equations per round, in practice a few rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import Verdict, exact_text, judge
from gametheory.certificates.automata import RepeatedDeviationCertificate
from gametheory.certificates.encoding import brief
from gametheory.errors import CertificateError
from gametheory.games.labels import told_apart
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.repeated.automata import Automaton
from gametheory.repeated.automaton_catalogue import always
from gametheory.repeated.joint_play import (
    JointPlay,
    Strategies,
    continuation_values,
    joint_play,
    solution,
)
from gametheory.repeated.repeated_game import RepeatedGame, read_discount

__all__ = [
    "BestResponse",
    "automaton_best_response",
    "best_response_to",
    "is_nash_of_repeated_game",
    "places",
    "player_moves",
    "worth",
]

Vector = tuple[Fraction, ...]
Move = tuple[Fraction, dict[int, Fraction]]


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
        for s, moves in enumerate(player_moves(self.joint, self.player)):
            earned = [worth(move, self.discount, self.values) for move in moves]
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
    return best_response_to(joint, strategies, i, delta, continuation_values(joint, delta))


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
    responses = [best_response_to(joint, strategies, i, delta, values) for i in range(joint.stage.num_players)]
    gains = [response.payoff - v for response, v in zip(responses, values[0], strict=True)]
    return judge(
        gains,
        [joint.stage.payoff_span(i) for i in range(joint.stage.num_players)],
        tol=tol,
        arithmetic=joint.arithmetic,
        witness=lambda k: responses[k],
        question=f"are the automata a Nash equilibrium of the repeated game at δ = {delta}?",
    )


def best_response_to(
    joint: JointPlay, strategies: Strategies, player: int, discount: Fraction, values: Sequence[Vector]
) -> BestResponse:
    """The best response; policy iteration on the others' joint states, then the gain over the player's own automaton."""
    others = joint
    if not isinstance(strategies, Automaton):
        blank = always(joint.stage, player, 0, monitoring=joint.monitoring)
        replaced = [blank if i == player else a for i, a in enumerate(strategies)]
        others = joint_play(joint.stage, replaced, monitoring=joint.monitoring, tremble=joint.tremble)
    moves = player_moves(others, player)
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
    place = places(joint, found)
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


def player_moves(joint: JointPlay, player: int) -> list[list[Move]]:
    """For each joint state and action of a player: the payoff of the period and the chances of the next joint state."""
    found = []
    for s in range(len(joint.states)):
        row = []
        for action in range(joint.stage.num_actions[player]):
            pay, following = joint.play.expected(s, player, action)
            row.append((pay[player], following))
        found.append(row)
    return found


def worth(move: Move, discount: Fraction, after: Sequence[Fraction]) -> Fraction:
    pay, following = move
    return (1 - discount) * pay + discount * sum((p * after[t] for t, p in following.items()), Fraction(0))


def places(joint: JointPlay, response: BestResponse) -> list[int]:
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
            worths = [worth(move, discount, values) for move in row]
            best = max(worths)
            if best > values[s]:
                policy[s], better = worths.index(best), True
        if not better:
            return values, [
                next(b for b, move in enumerate(row) if worth(move, discount, values) == values[s])
                for s, row in enumerate(moves)
            ]
