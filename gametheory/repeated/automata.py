"""Strategies as finite automata (Moore machines).

An automaton is (W, w⁰, f, τ): states W, a first state w⁰, in each state w a mixed action f(w) of its player, or of every
player if it describes a whole strategy profile, and after each observation y the next state τ(w, y). Observations are the
action profiles of the stage game (perfect monitoring), one's own action included, or public signals. Probabilities are
exact; transitions are certain, so that everybody can tell the states of all automata from what all have seen.

The file decides nothing: see :mod:`gametheory.repeated.automaton_play` for payoffs and paths,
:mod:`gametheory.repeated.automaton_equilibria` for equilibria, :mod:`gametheory.repeated.automaton_catalogue` for the
strategies of the literature.

References: A. Rubinstein 1986, "Finite automata play the repeated prisoner's dilemma", Journal of Economic Theory 39; G.
Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, section 2.3.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.rationals import expect_keys, rational_from_json
from gametheory.errors import SpecificationError
from gametheory.games.labels import action_index, distinct_labels
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile
from gametheory.games.tables import data_frame

__all__ = ["Automaton", "Transition"]

Vector = tuple[Fraction, ...]
Transition = Callable[[str, Any], str] | Mapping[str, Mapping[Any, str]]
"""τ(state, observation): the observation is a tuple of action indices, or the name of a signal."""

_KEYS = ("actions", "player", "states", "initial", "outputs", "transitions", "signals", "name")
_SHOWN = 24


@final
@dataclass(frozen=True, slots=True, repr=False)
class Automaton:
    """A strategy of a player, or of all players, with finitely many states; :meth:`of` reads it in words.

    Attributes
    ----------
    actions : tuple of tuples of str
        The stage game's actions, of every player.
    player : int or None
        Whose strategy it is; ``None``: that of all players.
    states : tuple of str
    initial : int
        Index of the first state.
    outputs : tuple, for each state for each player described a tuple of Fractions
        Probabilities of the player's actions.
    transitions : tuple, for each state a tuple of int
        Index of the next state after each observation: profiles in row-major order, or signals.
    signals : tuple of str, or None
        Public signals; ``None``: action profiles are observed.
    name : str
        What it is called; two automata that differ in nothing else are equal.
    """

    actions: tuple[tuple[str, ...], ...]
    player: int | None
    states: tuple[str, ...]
    initial: int
    outputs: tuple[tuple[Vector, ...], ...]
    transitions: tuple[tuple[int, ...], ...]
    signals: tuple[str, ...] | None = None
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        sizes = tuple(map(len, self.actions))
        if not sizes or min(sizes) < 1:
            raise SpecificationError("actions: write the names of the actions of every player, one or more each")
        if self.player is not None and not 0 <= self.player < len(sizes):
            raise SpecificationError(f"player: found {self.player}; write an index from 0 to {len(sizes) - 1}, or None")
        distinct_labels(self.states, "states")
        count = len(self.states)
        if not 0 <= self.initial < count:
            raise SpecificationError(f"initial: found {self.initial}; indices of states run from 0 to {count - 1}")
        for name, found in (("outputs", self.outputs), ("transitions", self.transitions)):
            if len(found) != count:
                raise SpecificationError(f"{name}: found {len(found)} entries; write one for each of {count} states")
        wanted = sizes if self.player is None else (sizes[self.player],)
        seen = math.prod(sizes) if self.signals is None else len(self.signals)
        for state, output, moves in zip(self.states, self.outputs, self.transitions, strict=True):
            if tuple(map(len, output)) != wanted:
                raise SpecificationError(
                    f"outputs[{state!r}]: found {tuple(map(len, output))} probabilities, expected {wanted}"
                )
            if any(not isinstance(p, Fraction) or p < 0 for v in output for p in v) or any(sum(v) != 1 for v in output):
                raise SpecificationError(f"outputs[{state!r}]: write Fractions ≥ 0 that sum to 1, or use Automaton.of")
            if len(moves) != seen or not all(isinstance(t, int) and 0 <= t < count for t in moves):
                raise SpecificationError(
                    f"transitions[{state!r}]: write the index of a state for each of {seen} observations"
                )

    @classmethod
    def of(
        cls,
        game: NormalFormGame,
        player: int | str | None,
        outputs: Mapping[str, Any],
        transition: Transition,
        *,
        initial: str | None = None,
        monitoring: Monitoring | None = None,
        name: str = "",
    ) -> Automaton:
        """An automaton for a stage game, read in words.

        Parameters
        ----------
        game : NormalFormGame
        player : player, or None
            Whose strategy it is; ``None`` for that of all players.
        outputs : mapping from the name of each state
            To an action (index or label) or probabilities; for all players, to a profile of these.
        transition : callable, or mapping
            ``transition(state, observation)`` is the next state; or ``transition[state][observation]``. Observations are
            tuples of action indices (in a mapping: of labels too), with ``monitoring`` names of signals.
        initial : str, optional
            By default the first state.
        monitoring : Monitoring, optional
            The public signals observed; by default the actions are.

        Examples
        --------
        >>> from gametheory.games.catalogue import prisoners_dilemma
        >>> grim = Automaton.of(
        ...     prisoners_dilemma(), 0, {"friendly": "cooperate", "hostile": "defect"},
        ...     lambda state, profile: "friendly" if state == "friendly" and profile == (0, 0) else "hostile", name="grim")
        >>> grim
        Automaton(grim: player 0, 2 states: friendly plays cooperate, hostile plays defect)
        """
        owner = None if player is None else game.player_index(player)
        states = distinct_labels(tuple(outputs), "outputs")
        if not states:
            raise SpecificationError("outputs: found no state; write one or more, each with what is played there")
        signals = None if monitoring is None else monitoring.signals
        if monitoring is not None and monitoring.num_actions != game.num_actions:
            raise SpecificationError(
                f"monitoring: found {monitoring.num_actions} actions, the game has {game.num_actions}; pass the signals of "
                "this game's profiles"
            )
        observations = tuple(itertools.product(*map(range, game.num_actions))) if signals is None else signals
        moves = []
        for state in states:
            row = [_next_state(game, transition, state, y, signals) for y in observations]
            moves.append(tuple(action_index(t, states, f"transition[{state!r}]", what="state") for t in row))
        return cls(
            actions=game.actions,
            player=owner,
            states=states,
            initial=0 if initial is None else action_index(initial, states, "initial", what="state"),
            outputs=tuple(_output(game, owner, played, state) for state, played in outputs.items()),
            transitions=tuple(moves),
            signals=signals,
            name=name,
        )

    @property
    def num_states(self) -> int:
        return len(self.states)

    @property
    def observations(self) -> tuple[str, ...]:
        """Names of the observations, in the order of ``transitions``."""
        if self.signals is not None:
            return self.signals
        return tuple(", ".join(labels) for labels in itertools.product(*self.actions))

    @property
    def is_pure(self) -> bool:
        """Whether every state plays its actions with certainty."""
        return all(max(v) == 1 for output in self.outputs for v in output)

    def plays(self, state: int | str) -> str:
        """What is played in a state, in words.

        Examples
        --------
        >>> from gametheory.games.catalogue import prisoners_dilemma
        >>> from gametheory.repeated import tit_for_tat
        >>> tit_for_tat(prisoners_dilemma(), 0).plays(0)
        'cooperate'
        """
        output = self.outputs[action_index(state, self.states, "state", what="state")]
        who = range(len(self.actions)) if self.player is None else (self.player,)
        parts = []
        for i, vector in zip(who, output, strict=True):
            terms = [(p, self.actions[i][k]) for k, p in enumerate(vector) if p]
            parts.append(" + ".join(label if p == 1 else f"{exact_text(p)} {label}" for p, label in terms))
        return ", ".join(parts)

    def to_networkx(self) -> Any:
        """A ``networkx.MultiDiGraph``: states with what they ``play``, an arrow for each observation.

        Examples
        --------
        >>> from gametheory.games.catalogue import prisoners_dilemma
        >>> from gametheory.repeated import grim_trigger
        >>> graph = grim_trigger(prisoners_dilemma(), 0).to_networkx()
        >>> sorted(graph.nodes), graph.number_of_edges("cooperation", "punishment")
        (['cooperation', 'punishment'], 3)
        """
        import networkx

        graph = networkx.MultiDiGraph(name=self.name)
        for k, state in enumerate(self.states):
            graph.add_node(state, plays=self.plays(k), initial=k == self.initial)
        for state, moves in zip(self.states, self.transitions, strict=True):
            for seen, target in zip(self.observations, moves, strict=True):
                graph.add_edge(state, self.states[target], observation=seen)
        return graph

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; :meth:`from_dict` reads it back."""
        return {
            "actions": [list(labels) for labels in self.actions],
            "player": self.player,
            "states": list(self.states),
            "initial": self.initial,
            "outputs": [[[exact_text(p) for p in v] for v in output] for output in self.outputs],
            "transitions": [list(moves) for moves in self.transitions],
            "signals": None if self.signals is None else list(self.signals),
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Any) -> Automaton:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        expect_keys(data, _KEYS, where="automaton")
        for key in (
            "actions",
            "states",
            "outputs",
            "transitions",
            *(["signals"] if data["signals"] is not None else []),
        ):
            if not isinstance(data[key], list):
                raise SpecificationError(f"automaton.{key}: found {type(data[key]).__name__}; write a list")
        for key in ("player", "initial"):
            if type(data[key]) is not int and not (key == "player" and data[key] is None):
                raise SpecificationError(f"automaton.{key}: found {data[key]!r}; write an index")
        if not isinstance(data["name"], str):
            raise SpecificationError(f"automaton.name: found {data['name']!r}; write text")
        try:
            outputs = tuple(
                tuple(
                    tuple(rational_from_json(p, where=f"automaton.outputs[{s}]") for p in vector) for vector in output
                )
                for s, output in enumerate(data["outputs"])
            )
            moves = tuple(tuple(row) for row in data["transitions"])
        except TypeError:
            raise SpecificationError("automaton: outputs and transitions are lists of lists; write them so") from None
        if any(type(t) is not int for row in moves for t in row):
            raise SpecificationError("automaton.transitions: write indices of states")
        return cls(
            actions=tuple(distinct_labels(a, f"automaton.actions[{i}]") for i, a in enumerate(data["actions"])),
            player=data["player"],
            states=distinct_labels(data["states"], "automaton.states"),
            initial=data["initial"],
            outputs=outputs,
            transitions=moves,
            signals=None if data["signals"] is None else distinct_labels(data["signals"], "automaton.signals"),
            name=data["name"],
        )

    def to_frame(self) -> Any:
        """A pandas table with a row for each state: what it plays, and where each observation leads."""
        rows = [
            [state, self.plays(k), *(self.states[t] for t in moves)]
            for k, (state, moves) in enumerate(zip(self.states, self.transitions, strict=True))
        ]
        return data_frame(rows, ["state", "plays", *self.observations])

    def __repr__(self) -> str:
        who = "all players" if self.player is None else f"player {self.player}"
        title = f"{self.name}: " if self.name else ""
        count = f"{self.num_states} states" if self.num_states > 1 else "1 state"
        if self.num_states > 4:
            return f"Automaton({title}{who}, {count})"
        told = ", ".join(f"{state} plays {self.plays(k)}" for k, state in enumerate(self.states))
        return f"Automaton({title}{who}, {count}: {told})"

    def _repr_html_(self) -> str:
        rows = []
        for k, (state, moves) in enumerate(zip(self.states[:_SHOWN], self.transitions, strict=False)):
            leads: dict[int, list[str]] = {}
            for seen, target in zip(self.observations, moves, strict=True):
                leads.setdefault(target, []).append(seen)
            cells = "; ".join(
                f"{self.states[t]} after "
                + ("anything" if len(leads) == 1 else " | ".join(f"({y})" for y in seen[:_SHOWN]))
                for t, seen in leads.items()
            )
            mark = "→ " if k == self.initial else ""
            cut = (mark + state, self.plays(k), cells)
            rows.append("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in cut) + "</tr>")
        if self.num_states > _SHOWN:
            rows.append(f"<tr><td colspan='3'>… {self.num_states - _SHOWN} more states</td></tr>")
        head = "<tr><th>state</th><th>plays</th><th>next</th></tr>"
        title = f"<caption>{escape(self.name)}</caption>" if self.name else ""
        return f"<table>{title}{head}{''.join(rows)}</table>"


def _output(game: NormalFormGame, player: int | None, played: Any, state: str) -> tuple[Vector, ...]:
    """What a state plays as exact probabilities."""
    try:
        if player is None:
            return tuple(tuple(v.tolist()) for v in exact_mixed_profile(game, played))
        filled: list[Any] = [0] * game.num_players
        filled[player] = played
        return (tuple(exact_mixed_profile(game, filled)[player].tolist()),)
    except SpecificationError as error:
        raise SpecificationError(f"outputs[{state!r}]: {error}") from None


def _next_state(game: NormalFormGame, rule: Transition, state: str, y: Any, signals: tuple[str, ...] | None) -> str:
    if callable(rule):
        return rule(state, y)
    moves = rule.get(state, {})
    keys = [y] if signals is not None else [y, game.action_labels(y)]
    for key in keys:
        if key in moves:
            return moves[key]
    raise SpecificationError(f"transition[{state!r}]: nothing is said about the observation {keys[-1]!r}; add it")
