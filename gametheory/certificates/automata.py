"""Strategies of a repeated game as one machine: no deviation from it pays, or one does.

A machine (:mod:`gametheory.certificates.machines`) plays f(s) in state s and moves to τ(s, y) after the observation y, which
has the chance π(y | a). Continuation payoffs, per period, are the one solution of

    V_i(s) = (1 − δ) u_i(f(s)) + δ Σ_y π(y | f(s)) V_i(τ(s, y)),

and numbers W_i that no action of player i beats,

    W_i(s) ≥ (1 − δ) u_i(b, f_−i(s)) + δ Σ_y π(y | b, f_−i(s)) W_i(τ(s, y))     for all s and b,

bound from above what *any* strategy earns player i from s on, for the others' play depends on s alone. Hence W − V ≤ η at
every state makes the machine subgame perfect within η (public perfect, with signals), and at the initial state a Nash
equilibrium of the repeated game within η. For η = 0 at every state W = V will do: that is the one-shot deviation principle.

Everything is recomputed in rationals. References: D. Abreu 1988, "On the theory of infinitely repeated games with
discounting", Econometrica 56; G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, propositions 2.2.1, 2.4.1
and 7.1.1. Complexity: states × (sum of the numbers of actions) × profiles played × signals.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import (
    action_name,
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.machines import (
    Machine,
    Play,
    Table,
    machine_from_json,
    machine_to_json,
    monitoring_from_json,
    monitoring_to_json,
    table_from_json,
    table_to_json,
)
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.self_generating import check_discount
from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame

__all__ = ["RepeatedDeviationCertificate", "RepeatedEquilibriumCertificate"]

Vector = tuple[Fraction, ...]
Concept = Literal["subgame perfect", "Nash"]

_PLAY_KEYS = ("game_digest", "game", "discount", "monitoring", "tremble", "machine")


def _check_values(claim: str, play: Play, discount: Fraction, values: Sequence[Vector]) -> None:
    """V solves its equations, whose solution is one."""
    count, n = len(play.machine.plays), len(play.num_actions)
    if len(values) != count or any(len(row) != n for row in values):
        fail(claim, f"{n} continuation payoffs are needed for each of {count} states")
    for s in range(count):
        pay, following = play.expected(s)
        for i in range(n):
            found = (1 - discount) * pay[i] + discount * sum(p * values[t][i] for t, p in following.items())
            if values[s][i] != found:
                fail(
                    claim,
                    f"at state {s} player {i} has {brief(values[s][i])}, but {brief(found)} follows from the rest",
                )


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class RepeatedEquilibriumCertificate:
    """The claim that no strategy gains a player more than epsilon: at any state, or at the start.

    Attributes
    ----------
    concept : "subgame perfect" or "Nash"
    machine : Machine
    discount : Fraction, 0 ≤ δ < 1
    monitoring : Monitoring or None
        Public signals; ``None``: the actions are seen.
    tremble : Fraction in [0, 1)
        Error rate of each player's actions.
    values : tuple of tuple of Fraction
        V, for each state for each player.
    bounds : tuple of tuple of Fraction, or None
        W; ``None`` for W = V.
    epsilon : Fraction ≥ 0
    game : NormalFormGame or None
    stated_digest : str

    Examples
    --------
    Defection for ever in a prisoner's dilemma: a machine of one state.

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> defect = Machine((((Fraction(0), Fraction(1)),) * 2,), ((0,) * 4,), 0)
    >>> RepeatedEquilibriumCertificate(concept="subgame perfect", machine=defect, discount=Fraction(1, 2),
    ...     values=((Fraction(1),) * 2,), game=game).verify()
    True
    """

    concept: Concept
    machine: Machine
    discount: Fraction
    values: Table
    bounds: Table | None = None
    epsilon: Fraction = Fraction(0)
    monitoring: Monitoring | None = None
    tremble: Fraction = Fraction(0)
    game: NormalFormGame | None = None
    stated_digest: str = ""

    def __post_init__(self) -> None:
        if self.concept not in ("subgame perfect", "Nash"):
            raise SpecificationError(f"concept: found {self.concept!r}; write 'subgame perfect' or 'Nash'")
        check_carried_game(self.game, self.stated_digest)
        _check_play(self.discount, self.tremble)
        if self.epsilon < 0:
            raise SpecificationError(f"epsilon: found {self.epsilon}; write a number ≥ 0")

    @property
    def game_digest(self) -> str:
        """Digest of the stage game."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        where = "after any history" if self.concept == "subgame perfect" else "at the start"
        start = self.values[self.machine.initial] if self.machine.initial < len(self.values) else ()
        paid = ", ".join(map(brief, start))
        return (
            f"no player gains more than {brief(self.epsilon)} by another strategy {where} of the repeated game"
            f"{_setting(self)}, where automata with {len(self.machine.plays)} joint states earn ({paid})"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the continuation payoffs and every one-shot deviation.

        Raises
        ------
        CertificateError
            If V does not solve its equations, an action beats W, W exceeds V by more than epsilon, or the game is another one.
        """
        play = _play(self, game)
        _check_values(self.claim, play, self.discount, self.values)
        bounds, delta = self.values if self.bounds is None else self.bounds, self.discount
        if len(bounds) != len(self.values) or any(len(row) != len(play.num_actions) for row in bounds):
            fail(self.claim, "the bounds are not as many as the continuation payoffs")
        for s, i in itertools.product(range(len(bounds)), range(len(play.num_actions))):
            for action in range(play.num_actions[i]):
                pay, following = play.expected(s, i, action)
                earned = (1 - delta) * pay[i] + delta * sum(p * bounds[t][i] for t, p in following.items())
                if earned > bounds[s][i]:
                    fail(
                        self.claim,
                        f"at state {s} player {i} earns {brief(earned)} by action {action}, more than {brief(bounds[s][i])}",
                    )
        states = range(len(bounds)) if self.concept == "subgame perfect" else (self.machine.initial,)
        for s in states:
            gap = max(w - v for w, v in zip(bounds[s], self.values[s], strict=True))
            if gap > self.epsilon:
                fail(self.claim, f"at state {s} a strategy may gain {brief(gap)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "repeated equilibrium",
            **_play_to_json(self),
            "concept": self.concept,
            "values": table_to_json(self.values),
            "bounds": None if self.bounds is None else table_to_json(self.bounds),
            "epsilon": rational_to_json(self.epsilon),
        }

    @classmethod
    def from_dict(cls, data: Any) -> RepeatedEquilibriumCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        parts = _play_from_json(data, "repeated equilibrium", ("concept", "values", "bounds", "epsilon"))
        return cls(
            concept=data["concept"],
            values=table_from_json(data["values"], "certificate.values"),
            bounds=None if data["bounds"] is None else table_from_json(data["bounds"], "certificate.bounds"),
            epsilon=rational_from_json(data["epsilon"], where="certificate.epsilon"),
            **parts,
        )

    def __repr__(self) -> str:
        return f"RepeatedEquilibriumCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class RepeatedDeviationCertificate:
    """The claim that after a history a player gains by leaving the machine's play, once or for ever.

    Attributes
    ----------
    player : int
    policy : tuple of int
        What the player means to do at each state of the machine.
    once : bool
        Whether it does so in one period only, and then as the machine says.
    policy_values : tuple of Fraction
        What the policy earns the player from each state on; empty where it is followed once.
    gain : Fraction > 0
    history : tuple of int
        Observations that lead from the initial state to the one where the player deviates.
    machine, discount, monitoring, tremble, values, game, stated_digest
        See :class:`RepeatedEquilibriumCertificate`.
    """

    machine: Machine
    discount: Fraction
    values: Table
    player: int
    policy: tuple[int, ...]
    once: bool
    gain: Fraction
    policy_values: Vector = ()
    history: tuple[int, ...] = ()
    monitoring: Monitoring | None = None
    tremble: Fraction = Fraction(0)
    game: NormalFormGame | None = None
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)
        _check_play(self.discount, self.tremble)
        if not isinstance(self.once, bool):
            raise SpecificationError(f"once: found {self.once!r}; write true or false")

    @property
    def game_digest(self) -> str:
        """Digest of the stage game."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        name = player_name(self.game, self.player)
        when = f"after {len(self.history)} periods" if self.history else "at the start"
        how = "from then on" if not self.once else "once"
        if self.once:
            state = self._state()
            action = self.policy[state] if 0 <= state < len(self.policy) else 0
            how = f"by {action_name(self.game, self.player, action)} in one period"
        return f"{name} gains {brief(self.gain)} {when} by leaving its strategy {how}, in the repeated game{_setting(self)}"

    def _state(self) -> int:
        """The state that the history leads to; −1 if it leads nowhere."""
        state = self.machine.initial
        for y in self.history:
            if not 0 <= state < len(self.machine.transitions) or not 0 <= y < len(self.machine.transitions[state]):
                return -1
            state = self.machine.transitions[state][y]
        return state

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Walk the history, and recompute what the play and the deviation earn.

        Raises
        ------
        CertificateError
            If a number is another, the history cannot occur, nothing is gained, or the game is another one.
        """
        play, delta, i = _play(self, game), self.discount, self.player
        _check_values(self.claim, play, delta, self.values)
        count = len(self.values)
        if not 0 <= i < len(play.num_actions):
            fail(self.claim, f"the game has no player {i}")
        if len(self.policy) != count or not all(0 <= b < play.num_actions[i] for b in self.policy):
            fail(self.claim, f"the policy must name an action for each of {count} states")
        state = self._state()
        if state < 0 or not all(play.possible(y) for y in self.history):
            fail(self.claim, "the history cannot occur")
        after: Sequence[Fraction] = [row[i] for row in self.values] if self.once else self.policy_values
        if len(after) != count or (self.once and self.policy_values):
            fail(self.claim, "the payoffs of the policy are not one for each state, or not asked for")

        def earned(s: int) -> Fraction:
            pay, following = play.expected(s, i, self.policy[s])
            return (1 - delta) * pay[i] + delta * sum(p * after[t] for t, p in following.items())

        for s in range(0 if self.once else count):
            if earned(s) != after[s]:
                fail(self.claim, f"at state {s} the policy earns {brief(earned(s))}, not {brief(after[s])}")
        found = earned(state) - self.values[state][i]
        if found != self.gain or found <= 0:
            fail(self.claim, f"the deviation gains {brief(found)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "repeated deviation",
            **_play_to_json(self),
            "values": table_to_json(self.values),
            "player": self.player,
            "policy": list(self.policy),
            "once": self.once,
            "policy_values": [rational_to_json(x) for x in self.policy_values],
            "history": list(self.history),
            "gain": rational_to_json(self.gain),
        }

    @classmethod
    def from_dict(cls, data: Any) -> RepeatedDeviationCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("values", "player", "policy", "once", "policy_values", "history", "gain")
        parts = _play_from_json(data, "repeated deviation", keys)
        return cls(
            values=table_from_json(data["values"], "certificate.values"),
            player=indices_from_json([data["player"]], where="certificate.player")[0],
            policy=indices_from_json(data["policy"], where="certificate.policy"),
            once=data["once"],
            policy_values=rationals_from_json(data["policy_values"], "certificate.policy_values"),
            history=indices_from_json(data["history"], where="certificate.history"),
            gain=rational_from_json(data["gain"], where="certificate.gain"),
            **parts,
        )

    def __repr__(self) -> str:
        return f"RepeatedDeviationCertificate({self.claim})"


_Certificate = RepeatedEquilibriumCertificate | RepeatedDeviationCertificate


def _check_play(discount: Fraction, tremble: Fraction) -> None:
    check_discount(discount)
    if not isinstance(tremble, Fraction) or not 0 <= tremble < 1:
        raise SpecificationError(f"tremble: found {tremble!r}; write a Fraction ε with 0 ≤ ε < 1")


def _setting(certificate: _Certificate) -> str:
    seen = "" if certificate.monitoring is None else " with public signals"
    errors = f" and errors of rate {brief(certificate.tremble)}" if certificate.tremble else ""
    return f"{seen}{errors} at δ = {brief(certificate.discount)}"


def _play(certificate: _Certificate, game: NormalFormGame | None) -> Play:
    """The play to check, its shape checked first."""
    claim = certificate.claim
    checked = game_to_check(claim, certificate.game, certificate.stated_digest, game)
    monitoring = certificate.monitoring
    if monitoring is not None and (monitoring.num_actions != checked.num_actions or monitoring.arithmetic != "exact"):
        fail(claim, "the signals are not those of this game's profiles in exact numbers")
    play = Play(checked, certificate.machine, monitoring, certificate.tremble)
    try:
        play.check()
    except SpecificationError as error:
        fail(claim, str(error))
    return play


def _play_to_json(certificate: _Certificate) -> dict[str, Any]:
    seen = certificate.monitoring
    return {
        "game_digest": certificate.game_digest,
        "game": None if certificate.game is None else game_to_json(certificate.game),
        "discount": rational_to_json(certificate.discount),
        "monitoring": None if seen is None else monitoring_to_json(seen),
        "tremble": rational_to_json(certificate.tremble),
        "machine": machine_to_json(certificate.machine),
    }


def _play_from_json(data: Any, kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
    game = game_of_certificate(data, ("kind", *_PLAY_KEYS, *keys), kind)
    seen = data["monitoring"]
    return {
        "game": game,
        "stated_digest": data["game_digest"],
        "discount": rational_from_json(data["discount"], where="certificate.discount"),
        "tremble": rational_from_json(data["tremble"], where="certificate.tremble"),
        "monitoring": None if seen is None else monitoring_from_json(seen, "certificate.monitoring"),
        "machine": machine_from_json(data["machine"], "certificate.machine"),
    }
