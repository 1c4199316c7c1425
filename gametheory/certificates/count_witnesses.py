"""Counterexamples among identical agents: how many leave which action for which, and what that brings them.

At counts c a coalition moves f_ab of the agents of action a to action b (f_aa of its members stay), which makes the counts
c'_b = c_b + Σ_a f_ab − Σ_a f_ba. With v and v' for what an action pays at c and at c', a member on (a, b) gains v'_b − v_a.
What the coalition gains follows from the blocking rule as for :class:`.WitnessCertificate`: all: the least gain; any: the
largest; transfer: Σ f_ab (v'_b − v_a); some: the same where no member loses. Two looks at the table decide.

With shared randomness (``coordination="correlated"``) the coalition draws a flow, and then who of the members from each
action takes which part in it, all equally likely. A member from action a expects E Σ_b f_ab (v'_b − v_a) / s_a, where
s_a = Σ_b f_ab is the same in every flow: who the members are is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import Any, Literal, final

import numpy as np

from gametheory.certificates.compact_games import any_game_to_json, game_of_any_certificate
from gametheory.certificates.encoding import brief, check_carried_game, fail, game_to_check, indices_from_json
from gametheory.certificates.gains import Blocking, Coordination, coalition_value
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.resilience import describe_counts, describe_flow
from gametheory.errors import SpecificationError
from gametheory.games.symmetric import Counts, SymmetricGame

__all__ = ["CountWitnessCertificate"]

Moves = tuple[tuple[int, int, int], ...]
"""(from, to, how many) for each pair of actions that members are on, in increasing order."""


@final
@dataclass(frozen=True, slots=True, repr=False)
class CountWitnessCertificate:
    """The claim that a coalition of identical agents gains at least ``gain`` by moving together.

    Build one with :meth:`of`, which computes the gain.

    Attributes
    ----------
    profile : tuple of m int
        How many agents play each action.
    plays : tuple of (moves, Fraction)
        What is drawn with which probability, each a tuple of (from, to, how many), the same action twice for members who
        stay; a single one of probability 1 without shared randomness.
    blocking : "all", "some", "any" or "transfer"
    coordination : "pure" or "correlated"
    gain : Fraction
        A lower bound on what the coalition gains, in units of payoff; it blocks if this is positive.
    game : SymmetricGame or None
        The exact game; without it ``verify`` needs it.
    stated_digest : str

    Examples
    --------
    The coordination game of Abraham et al. (2006) with a thousand players: 0 pays 1 if all play it; two 1s get 2 each.

    >>> game = SymmetricGame.from_function(
    ...     lambda a, others: 2 * (others[1] == 1) if a else int(others[1] == 0), 1000, 2, actions=["0", "1"])
    >>> witness = CountWitnessCertificate.of(game, (1000, 0), {(0, 1): 2}, blocking="all")
    >>> witness
    CountWitnessCertificate(where 1,000 play 0 a coalition (2 from 0 to 1) gains at least 1 under 'all')
    >>> witness.verify()
    True
    """

    profile: Counts
    plays: tuple[tuple[Moves, Fraction], ...]
    blocking: Blocking
    coordination: Coordination
    gain: Fraction
    game: SymmetricGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.blocking not in ("all", "some", "any", "transfer"):
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        if self.coordination not in ("pure", "correlated"):
            raise SpecificationError(f"coordination: found {self.coordination!r}; write 'pure' or 'correlated'")
        check_carried_game(self.game, self.stated_digest)

    @classmethod
    def of(
        cls,
        game: SymmetricGame,
        profile: Any,
        flow: Mapping[tuple[int, int], int] | Sequence[tuple[Mapping[tuple[int, int], int], Fraction]],
        *,
        blocking: Blocking,
    ) -> CountWitnessCertificate:
        """The witness that a coalition gains by a flow {(from, to): how many}; the gain is computed.

        ``flow`` may be a list of (flow, probability), from which the coalition draws.

        Raises
        ------
        SpecificationError
            If more leave an action than play it, or under "some" a member loses.
        """
        exact_game = game.exact()
        counts = exact_game.counts(profile)
        drawn = [(flow, Fraction(1))] if isinstance(flow, Mapping) else list(flow)
        plays = tuple(
            (tuple((a, b, int(k)) for (a, b), k in sorted(part.items()) if k), Fraction(p)) for part, p in drawn
        )
        coordination: Coordination = "pure" if isinstance(flow, Mapping) else "correlated"
        value = flow_value(exact_game, counts, plays, blocking, coordination)
        return cls(counts, plays, blocking, coordination, value, exact_game)

    @property
    def members(self) -> tuple[int, ...]:
        """Indices of the members, if agents are numbered in order of what they play and the first of each action join."""
        joined = _members(self.plays[0][0], len(self.profile)) if self.plays else []
        starts = accumulate(self.profile, initial=0)
        return tuple(start + k for start, s in zip(starts, joined, strict=False) for k in range(s))

    def rows(self) -> list[tuple[Fraction, str, str, int]]:
        """For a table: the probability of each flow, from which action to which, and how many."""
        names = self.game.actions if self.game is not None else None

        def name(a: int) -> str:
            return names[a] if names is not None and a < len(names) else f"action {a}"

        return [(p, name(a), name(b), k) for moves, p in self.plays for a, b, k in moves]

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        texts = [describe_flow(self.game, {(a, b): k for a, b, k in moves}) for moves, _ in self.plays[:4]]
        if self.coordination == "correlated":
            texts = [f"{brief(p)} of {text}" for text, (_, p) in zip(texts, self.plays, strict=False)]
        flow = "; ".join([*texts, *(["…"] if len(self.plays) > 4 else [])])
        at = describe_counts(self.game, self.profile)
        return f"where {at} a coalition ({flow}) gains at least {brief(self.gain)} under {self.blocking!r}"

    def verify(self, game: Any = None) -> Literal[True]:
        """Count again and look up what each member gets, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If the coalition does not exist, gains less than ``gain``, or the game is another one.
        """
        checked: Any = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            counts = checked.counts(self.profile)
            value = flow_value(checked, counts, self.plays, self.blocking, self.coordination)
        except SpecificationError as error:
            fail(self.claim, str(error))
        if value < self.gain:
            fail(self.claim, f"the coalition gains {brief(value)} only")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "count witness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else any_game_to_json(self.game),
            "profile": list(self.profile),
            "plays": [[[list(move) for move in moves], rational_to_json(p)] for moves, p in self.plays],
            "blocking": self.blocking,
            "coordination": self.coordination,
            "gain": rational_to_json(self.gain),
        }

    @classmethod
    def from_dict(cls, data: Any) -> CountWitnessCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "profile", "plays", "blocking", "coordination", "gain")
        game = game_of_any_certificate(data, keys, "count witness")
        if game is not None and not isinstance(game, SymmetricGame):
            raise SpecificationError("certificate.game: a witness in counts is about a game of identical agents")
        if not isinstance(data["plays"], list):
            raise SpecificationError("certificate.plays: write a list of [moves, probability]")
        plays = []
        for k, row in enumerate(data["plays"]):
            where = f"certificate.plays[{k}]"
            if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], list):
                raise SpecificationError(f"{where}: write [[[from, to, how many], …], probability]")
            moves = tuple(_move(move, f"{where}[0][{j}]") for j, move in enumerate(row[0]))
            plays.append((moves, rational_from_json(row[1], where=f"{where}[1]")))
        return cls(
            indices_from_json(data["profile"], where="certificate.profile"),
            tuple(plays),
            data["blocking"],
            data["coordination"],
            rational_from_json(data["gain"], where="certificate.gain"),
            game,
            data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"CountWitnessCertificate({self.claim})"


def flow_gains(game: SymmetricGame, counts: Counts, moves: Moves) -> list[tuple[tuple[int, int], int, Fraction]]:
    """For each pair of actions in use how many members are on it, and what each of them gains.

    Raises
    ------
    SpecificationError
        If a pair is listed twice or does not exist, or more leave an action than play it.
    """
    m = game.num_actions
    pairs = [(a, b) for a, b, _ in moves]
    if not moves or pairs != sorted(set(pairs)) or any(not (0 <= a < m and 0 <= b < m and k > 0) for a, b, k in moves):
        raise SpecificationError("moves: list each pair of actions in use once, in increasing order, with how many go")
    after = list(counts)
    for a, b, k in moves:
        after[a] -= k
        after[b] += k
    for a in range(m):
        if sum(k for x, _, k in moves if x == a) > counts[a]:
            raise SpecificationError(f"moves: more agents leave {game.actions[a]!r} than the {counts[a]} who play it")
    paid = game.numerators_at(np.array([counts, after], dtype=np.int64))
    return [((a, b), k, Fraction(int(paid[1, b]) - int(paid[0, a]), game.denominator)) for a, b, k in moves]


def flow_value(
    game: SymmetricGame,
    counts: Counts,
    plays: Sequence[tuple[Moves, Fraction]],
    blocking: Blocking,
    coordination: Coordination,
) -> Fraction:
    """What the coalition gains by its rule.

    Raises
    ------
    SpecificationError
        If the plays are none of this game, their probabilities do not sum to 1, their members differ, or under "some" a
        member loses.
    """
    if not plays or min(p for _, p in plays) < 0 or sum(p for _, p in plays) != 1:
        raise SpecificationError("plays: write flows with probabilities that sum to 1")
    found = [flow_gains(game, counts, moves) for moves, _ in plays]
    each: list[tuple[int, Fraction]]  # how many members gain how much
    if coordination == "pure":
        if len(plays) > 1:
            raise SpecificationError("plays: without shared randomness there is one flow, of probability 1")
        each = [(k, gain) for _, k, gain in found[0]]
    else:
        members = [_members(moves, game.num_actions) for moves, _ in plays]
        if any(other != members[0] for other in members):
            raise SpecificationError("plays: as many members must come from each action in every flow")
        totals = [Fraction(0)] * game.num_actions
        for part, (_, p) in zip(found, plays, strict=True):
            for (a, _), k, gain in part:
                totals[a] += p * k * gain
        each = [(s, total / s) for s, total in zip(members[0], totals, strict=True) if s]
    value = coalition_value([gain for _, gain in each], blocking)
    if value is None:
        raise SpecificationError("plays: a member loses, which 'some' does not allow; use another flow or rule")
    return sum((k * gain for k, gain in each), Fraction(0)) if blocking in ("some", "transfer") else value


def _members(moves: Moves, num_actions: int) -> list[int]:
    return [sum(k for a, _, k in moves if a == action) for action in range(num_actions)]


def _move(data: Any, where: str) -> tuple[int, int, int]:
    move = indices_from_json(data, where=where)
    if len(move) != 3:
        raise SpecificationError(f"{where}: write [from, to, how many]")
    return move[0], move[1], move[2]
