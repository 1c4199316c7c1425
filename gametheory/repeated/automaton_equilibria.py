"""Are automata a subgame perfect equilibrium of the repeated game? Exactly, with evidence.

At a joint state s, with continuation payoffs V, action b of player i instead of the automaton's gains

    (1 − δ) [u_i(b, f_−i(s)) − u_i(f(s))] + δ Σ_t [P_i,b(t | s) − P(t | s)] V_i(t).

By the **one-shot deviation principle** the automata are subgame perfect iff no gain is positive at any joint state that some
history reaches, also histories that the automata themselves avoid; with public signals, iff they are a public perfect
equilibrium.

References: D. Abreu 1988, "On the theory of infinitely repeated games with discounting", Econometrica 56; G. Mailath and L.
Samuelson 2006, *Repeated Games and Reputations*, propositions 2.2.1, 2.4.1 and 7.1.1. Complexity: see
:mod:`gametheory.repeated.joint_play`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import Verdict, exact_text, judge
from gametheory.certificates.automata import RepeatedDeviationCertificate, RepeatedEquilibriumCertificate
from gametheory.certificates.encoding import brief
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.repeated.automaton_best_responses import BestResponse, best_response_to, places, player_moves, worth
from gametheory.repeated.joint_play import JointPlay, Strategies, continuation_values, joint_play
from gametheory.repeated.repeated_game import RepeatedGame, read_discount

__all__ = [
    "AutomatonEquilibrium",
    "OneShotDeviation",
    "automaton_equilibrium",
    "is_public_perfect",
    "is_subgame_perfect",
    "one_shot_deviations",
]

Vector = tuple[Fraction, ...]
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
        responses = [best_response_to(joint, strategies, i, delta, values) for i in range(joint.stage.num_players)]
        worst = max((r for r in responses if r.gain), key=lambda r: r.gain or 0, default=None)
        lifted = [places(joint, response) for response in responses]
        columns = [[r.values[k] for k in place] for r, place in zip(responses, lifted, strict=True)]
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


def _profitable(joint: JointPlay, discount: Fraction, values: Sequence[Vector]) -> tuple[OneShotDeviation, ...]:
    found = []
    game = joint.stage.exact()
    columns = list(zip(*values, strict=True))
    moves = [player_moves(joint, i) for i in range(game.num_players)]
    for s, state in enumerate(joint.states):
        for i in range(game.num_players):
            for action, move in enumerate(moves[i][s]):
                gain = worth(move, discount, columns[i]) - columns[i][s]
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
