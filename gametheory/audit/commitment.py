"""A leader that commits: the table ``[commitment]``, from its data to a game, its followers and what they may be like.

The table says who of the players is the ``leader``, who publishes a policy and keeps to it while the others adapt; the game is
the scenario's, or one of its own (``game``). With one follower: what ``types`` of it there may be, how probable each is, and
what they are paid. With several: how they play (``followers``: each for itself, by the leader's recommendations, or as a
coalition, and then ``blocking`` and ``coalitions``). ``ties`` says what followers do who are indifferent.

Sizes are limited: 2,500 outcomes in all types together, 12 types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.audit.evaluation import Evaluation
from gametheory.audit.expressions import Expression, Vocabulary
from gametheory.audit.game_reading import kinds, numeric, read_game_table
from gametheory.audit.observation import read_law
from gametheory.audit.places import Place, for_each, number_at, player_at
from gametheory.audit.wording import quoted
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CommitmentTerms", "FollowerType", "read_commitment_table"]

MAX_OUTCOMES = 2_500

Data = Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class FollowerType:
    """What the follower may be like: ``game`` has the payoffs of leader and follower if it is."""

    name: str
    probability: Fraction
    game: NormalFormGame


@final
@dataclass(frozen=True, slots=True)
class CommitmentTerms:
    """The parts of ``[commitment]``.

    Attributes
    ----------
    game : NormalFormGame
        Exact. With types that of the first of them.
    leader : int
    ties : "strong" or "weak"
        What a demand speaks of: followers who are indifferent do what the leader likes best, or least.
    followers : "independent", "correlated" or "coalition"
        How several followers play.
    blocking : "transfer", "all", "some" or "any"
        When a coalition of followers leaves a profile.
    coalitions : tuple of tuples of int, or None
        Which coalitions of followers may form.
    types : tuple of FollowerType
        Empty where the follower is known.
    """

    game: NormalFormGame
    leader: int
    ties: Literal["strong", "weak"]
    followers: Literal["independent", "correlated", "coalition"]
    blocking: Literal["transfer", "all", "some", "any"]
    coalitions: tuple[tuple[int, ...], ...] | None
    types: tuple[FollowerType, ...]

    @property
    def others(self) -> tuple[int, ...]:
        """The followers."""
        return tuple(j for j in range(self.game.num_players) if j != self.leader)


def read_commitment_table(
    table: Data,
    game: NormalFormGame,
    let: Mapping[str, Expression],
    parameters: Mapping[str, Fraction],
    place: Place,
) -> CommitmentTerms:
    """The leader and the followers that the checked data of ``[commitment]`` describe; ``game`` is the one they play."""
    game = game.exact()
    if game.num_players < 2:
        raise place.error("found a game of one player; a leader needs a follower")
    outcomes = game.num_profiles * len(table.get("types", (1,)))
    if outcomes > MAX_OUTCOMES:
        raise place.error(
            f"found {outcomes:,} outcomes, those of all types together; at most {MAX_OUTCOMES:,} are allowed (describe fewer "
            "players, actions or types)"
        )
    leader = player_at(place / "leader", table["leader"], game.players)
    several = game.num_players > 2
    if several and "types" in table:
        raise (place / "types").error(f"there are {game.num_players - 1} followers; types are those of a single one")
    for key in ("followers", "blocking", "coalitions"):
        if key in table and not several:
            raise (place / key).error("there is one follower; leave this out")
    if several and "followers" not in table:
        raise place.error(
            "there are several followers; say how they play: followers = 'independent', 'correlated' or 'coalition'"
        )
    how = table.get("followers", "independent")
    for key in ("blocking", "coalitions"):
        if key in table and how != "coalition":
            raise (place / key).error("followers who do not collude form no coalitions; write followers = 'coalition'")
    ties = table.get("ties", "strong")
    if how == "correlated" and ties == "weak":
        raise (place / "ties").error("for followers who hear recommendations only 'strong' is answered")
    coalitions = None
    if "coalitions" in table:
        coalitions = tuple(
            _coalition(group, game, leader, place / "coalitions" / k) for k, group in enumerate(table["coalitions"])
        )
        for k, group in enumerate(coalitions):
            if group in coalitions[:k]:
                raise (place / "coalitions" / k).error("this coalition is given twice; write it once")
    types = _types(table["types"], game, let, parameters, place / "types") if "types" in table else ()
    return CommitmentTerms(
        game=types[0].game if types else game,
        leader=leader,
        ties=ties,
        followers=how,
        blocking=table.get("blocking", "transfer"),
        coalitions=coalitions,
        types=types,
    )


def _coalition(group: Any, game: NormalFormGame, leader: int, place: Place) -> tuple[int, ...]:
    members = tuple(sorted(player_at(place / j, name, game.players) for j, name in enumerate(group)))
    if leader in members:
        raise place.error(f"found the leader {quoted(game.players[leader])}; coalitions are of followers")
    return members


def _types(
    entries: Any,
    game: NormalFormGame,
    let: Mapping[str, Expression],
    parameters: Mapping[str, Fraction],
    place: Place,
) -> tuple[FollowerType, ...]:
    law = [
        number_at(place / k / "probability", entry["probability"], least=0, most=1) for k, entry in enumerate(entries)
    ]
    read_law(law, place)
    found: list[FollowerType] = []
    for k, (entry, probability) in enumerate(zip(entries, law, strict=True)):
        where, name = place / k, entry["name"]
        if not probability:
            raise (where / "probability").error("found 0; leave out types that do not occur")
        if name in (each.name for each in found):
            raise (where / "name").error(f"found {quoted(name)} again; give each type its own name")
        found.append(FollowerType(name, probability, _game_of_type(entry, game, let, parameters, where)))
    return tuple(found)


def _game_of_type(
    entry: Data,
    game: NormalFormGame,
    let: Mapping[str, Expression],
    parameters: Mapping[str, Fraction],
    place: Place,
) -> NormalFormGame:
    """The game with the payoffs of a type in place of its own, player by player."""
    if "table" in entry:
        whole = {
            "players": list(game.players),
            "actions": dict(zip(game.players, map(list, game.actions), strict=True)),
            "table": entry["table"],
        }
        return read_game_table(whole, parameters, place, None)[0].exact()
    if "payoffs" not in entry:
        return game
    vocabulary = Vocabulary(game.players, game.actions, parameters, kinds(let, own=True), me=True)
    named = for_each(place / "payoffs", entry["payoffs"], game.players, all_needed=False)
    given = {i: numeric(text, vocabulary, where) for i, (text, where) in named.items()}
    any_of_them = next(iter(given.values()))
    expressions = [given.get(i, any_of_them) for i in range(game.num_players)]
    table = Evaluation(game.players, game.actions, where=str(place)).payoffs(expressions, let).fractions()
    payoffs = np.array(game.payoffs, dtype=object)
    for i in given:
        payoffs[i] = table[i]
    return NormalFormGame(RationalArray.from_fractions(payoffs), game.players, game.actions)
