"""Games without a payoff tensor in the JSON of certificates.

Identical agents are ``{"symmetric": {"num_players": n, "num_actions": m, "payoffs": …}}`` with the table by rows; a game
on a network is ``{"polymatrix": {"num_actions": […], "edges": [[i, j], …], "payoffs": …}}`` with, for each edge i < j, what
i gets (by rows of i's actions), then what j gets (by rows of j's), and last every player's own vector. Payoffs are
``{"denominator": "q", "numerators": […]}``; names of actions and players are added where they are unusual and printable. A
game in normal form is as in :mod:`.encoding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import (
    MAX_LABEL,
    check_digest,
    game_from_json,
    game_to_json,
    indices_from_json,
)
from gametheory.certificates.rationals import expect_keys, rational_array_from_json, rational_array_to_json
from gametheory.errors import SpecificationError
from gametheory.games.counts import num_count_vectors
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.symmetric import SymmetricGame

__all__ = ["AnyGame", "any_game_from_json", "any_game_to_json", "game_of_any_certificate"]

AnyGame = NormalFormGame | SymmetricGame | PolymatrixGame
"""A game with a finite number of players and actions, in one of the three forms that certificates of coalitions carry."""

_MAX = 2**31


def any_game_to_json(game: AnyGame) -> dict[str, Any]:
    """A game's exact form as JSON data."""
    if isinstance(game, NormalFormGame):
        return game_to_json(game)
    if isinstance(game, SymmetricGame):
        table = game.exact()
        data: dict[str, Any] = {
            "num_players": game.num_players,
            "num_actions": game.num_actions,
            "payoffs": rational_array_to_json(RationalArray(table.numerators.reshape(-1), table.denominator)),
        }
        if game.actions != _numbers(game.num_actions) and _plain(game.actions):
            data["actions"] = list(game.actions)
        return {"symmetric": data}
    exact_game = game.exact()
    sizes = game.num_actions
    data = {
        "num_actions": list(sizes),
        "edges": exact_game.pairs.tolist(),
        "payoffs": rational_array_to_json(RationalArray(exact_game.flat_numerators(), exact_game.denominator)),
    }
    if game.players != tuple(f"Player {i + 1}" for i in range(game.num_players)) and _plain(game.players):
        data["players"] = list(game.players)
    if game.actions != tuple(map(_numbers, sizes)) and all(map(_plain, game.actions)):
        data["actions"] = [list(labels) for labels in game.actions]
    return {"polymatrix": data}


def any_game_from_json(data: Any, *, where: str = "game") -> AnyGame:
    """Read what :func:`any_game_to_json` wrote; sizes are checked before anything is allocated."""
    if isinstance(data, dict) and set(data) == {"symmetric"}:
        return _symmetric(data["symmetric"], f"{where}.symmetric")
    if isinstance(data, dict) and set(data) == {"polymatrix"}:
        return _polymatrix(data["polymatrix"], f"{where}.polymatrix")
    return game_from_json(data, where=where)


def game_of_any_certificate(data: Any, keys: Sequence[str], kind: str) -> AnyGame | None:
    """The game carried by a certificate of a kind, after a look at its keys and digest."""
    expect_keys(data, keys, where="certificate")
    if data["kind"] != kind:
        raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write {kind!r}")
    check_digest(data["game_digest"])
    return None if data["game"] is None else any_game_from_json(data["game"])


def _symmetric(data: Any, where: str) -> SymmetricGame:
    names = ["actions"] if isinstance(data, dict) and "actions" in data else []
    expect_keys(data, ("num_players", "num_actions", "payoffs", *names), where=where)
    for key in ("num_players", "num_actions"):
        if type(data[key]) is not int or not 1 <= data[key] < _MAX:
            raise SpecificationError(f"{where}.{key}: write a whole number ≥ 1")
    array = rational_array_from_json(data["payoffs"], where=f"{where}.payoffs")
    n, m = data["num_players"], data["num_actions"]
    # The binomial coefficient is at least this many, and quick to compute once both are known to be small.
    if max(m, n if m > 1 else 1) > max(len(array), 1) or len(array) != m * num_count_vectors(n - 1, m):
        raise SpecificationError(f"{where}.payoffs: found {len(array)} numbers, too many or too few for {n} agents")
    labels = _labels(data["actions"], f"{where}.actions") if names else None
    return SymmetricGame(RationalArray(array.numerators.reshape(m, -1), array.denominator), n, labels)


def _polymatrix(data: Any, where: str) -> PolymatrixGame:
    names = [key for key in ("players", "actions") if isinstance(data, dict) and key in data]
    expect_keys(data, ("num_actions", "edges", "payoffs", *names), where=where)
    sizes = indices_from_json(data["num_actions"], where=f"{where}.num_actions")
    if not sizes or min(sizes) < 1:
        raise SpecificationError(f"{where}.num_actions: write a whole number ≥ 1 for each player")
    if not isinstance(data["edges"], list):
        raise SpecificationError(f"{where}.edges: write a list of pairs")
    array = rational_array_from_json(data["payoffs"], where=f"{where}.payoffs")
    pairs = [indices_from_json(pair, where=f"{where}.edges[{e}]") for e, pair in enumerate(data["edges"])]
    expected = sum(sizes)
    for e, pair in enumerate(pairs):
        if len(pair) != 2 or not pair[0] < pair[1] < len(sizes):
            raise SpecificationError(f"{where}.edges[{e}]: write two players' indices, the lower one first")
        expected += 2 * sizes[pair[0]] * sizes[pair[1]]
    if len(array) != expected or len(set(pairs)) < len(pairs):
        raise SpecificationError(f"{where}: found {len(array)} payoffs for different edges, expected {expected}")
    at = 0

    def taken(*shape: int) -> RationalArray:
        nonlocal at
        count = int(np.prod(shape, dtype=object))
        part = RationalArray.of_integers(array.numerators[at : at + count].reshape(shape), array.denominator)
        at += count
        return part

    edges = {}
    for i, j in pairs:
        first = taken(sizes[i], sizes[j])
        second = taken(sizes[j], sizes[i])
        edges[i, j] = (first, RationalArray.of_integers(second.numerators.T, second.denominator))
    own = {i: taken(m) for i, m in enumerate(sizes)}
    players = _labels(data["players"], f"{where}.players") if "players" in names else None
    actions = None
    if "actions" in names:
        if not isinstance(data["actions"], list):
            raise SpecificationError(f"{where}.actions: write a list of lists of names")
        actions = [_labels(row, f"{where}.actions[{i}]") for i, row in enumerate(data["actions"])]
    return PolymatrixGame(edges, sizes, players, actions, own=own)


def _labels(data: Any, where: str) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(x, str) for x in data) or not _plain(data):
        raise SpecificationError(f"{where}: write a list of names of up to {MAX_LABEL} printable characters")
    return data


def _plain(labels: Sequence[str]) -> bool:
    """Whether names can be printed without steering a terminal."""
    return all(len(label) <= MAX_LABEL and label.isprintable() for label in labels)


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(k + 1) for k in range(count))
