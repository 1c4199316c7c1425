"""Games and profiles in the JSON of certificates.

A game is ``{"num_actions": [m_0, …], "payoffs": {"denominator": "q", "numerators": […]}}``, the payoff tensor of shape
(n, m_0, …, m_{n−1}) in row-major order, with ``"players"`` and ``"actions"`` where they have names of their own. Labels
make messages readable; no claim depends on them. A profile is ``{"pure": [a_0, …]}``, ``{"mixed": [["p/q", …], …]}`` or
``{"correlated": [[[a_0, …], "p/q"], …]}`` with the profiles of positive probability.

:func:`game_to_check` decides which game a certificate is checked against, and that it is the one the claim is about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.protocol import FiniteGame, Game

__all__ = [
    "MAX_PLAYERS",
    "Distribution",
    "ExactProfile",
    "action_name",
    "brief",
    "check_carried_game",
    "check_digest",
    "describe_profile",
    "exact_distribution",
    "exact_profile",
    "fail",
    "game_from_json",
    "game_of_certificate",
    "game_to_check",
    "game_to_json",
    "indices_from_json",
    "is_distribution",
    "player_name",
    "profile_from_json",
    "profile_to_json",
    "rationals_from_json",
]

ExactProfile = tuple[int, ...] | tuple[tuple[Fraction, ...], ...]
"""Pure (an action index for each player) or mixed (a vector of probabilities for each player)."""

Distribution = tuple[tuple[tuple[int, ...], Fraction], ...]
"""The pure profiles of positive probability in lexicographic order, each with its probability."""

AnyForm = TypeVar("AnyForm", bound=FiniteGame)

MAX_LABEL = 200

MAX_TERMS = 8

MAX_PLAYERS = 31
"""Axes of a payoff tensor that every numpy since 1.26 can hold, less the player axis."""


def exact_profile(game: Game, profile: Any) -> ExactProfile:
    """A pure or mixed profile as a tuple of indices or of tuples of fractions.

    Actions may be given by index or label. Floats are refused: ``exact_mixed_profile(game, profile)`` says which
    rationals they are.
    """
    if isinstance(profile, str) or not hasattr(profile, "__len__") or len(profile) != game.num_players:
        raise SpecificationError(f"profile: found {profile!r}; write {game.num_players} entries, one for each player")
    if all(isinstance(part, (str, int, np.integer)) for part in profile):
        return game.action_indices(profile)
    result: list[tuple[Fraction, ...]] = []
    for i, part in enumerate(profile):
        if isinstance(part, (str, int, np.integer)):
            played = game.action_index(i, int(part) if isinstance(part, np.integer) else part)
            result.append(tuple(Fraction(int(k == played)) for k in range(game.num_actions[i])))
        else:
            result.append(tuple(_probability(p, f"profile[{i}][{k}]") for k, p in enumerate(part)))
    return tuple(result)


def exact_distribution(game: NormalFormGame, distribution: Any) -> Distribution:
    """A correlated profile by its support, from an array of shape ``num_actions`` or a mapping from pure profiles."""
    if isinstance(distribution, Mapping):
        pairs = [
            (game.action_indices(key), _probability(p, f"distribution[{key!r}]")) for key, p in distribution.items()
        ]
    else:
        array = (
            distribution.fractions()
            if isinstance(distribution, RationalArray)
            else np.asarray(distribution, dtype=object)
        )
        if array.shape != game.num_actions:
            raise SpecificationError(f"distribution: found shape {array.shape}, expected {game.num_actions}")
        pairs = [
            (tuple(map(int, np.unravel_index(k, array.shape))), _probability(p, f"distribution[{k}]"))
            for k, p in enumerate(array.flat)
            if not isinstance(p, (int, Fraction)) or p != 0
        ]
    return tuple(sorted((key, p) for key, p in pairs if p != 0))


def _probability(value: Any, where: str) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, str):
        return rational_from_json(value, where=where)
    raise SpecificationError(f"{where}: found {value!r}; certificates speak of exact numbers, write a fraction")


def game_to_json(game: NormalFormGame) -> dict[str, Any]:
    """A game's exact form as JSON data; names of players and actions only where they are unusual and printable."""
    game = game.exact()
    flat = RationalArray(game.numerators.reshape(-1), game.denominator)
    data: dict[str, Any] = {"num_actions": list(game.num_actions), "payoffs": rational_array_to_json(flat)}
    if game.players != tuple(f"Player {i + 1}" for i in range(game.num_players)) and all(map(_is_plain, game.players)):
        data["players"] = list(game.players)
    usual = tuple(tuple(str(k + 1) for k in range(m)) for m in game.num_actions)
    if game.actions != usual and all(_is_plain(label) for labels in game.actions for label in labels):
        data["actions"] = [list(labels) for labels in game.actions]
    return data


def game_from_json(data: Any, *, where: str = "game") -> NormalFormGame:
    """Read what :func:`game_to_json` wrote; sizes are checked before anything is allocated."""
    labels = [key for key in ("players", "actions") if isinstance(data, dict) and key in data]
    expect_keys(data, ("num_actions", "payoffs", *labels), where=where)
    num_actions = indices_from_json(data["num_actions"], where=f"{where}.num_actions")
    if not 1 <= len(num_actions) <= MAX_PLAYERS or min(num_actions) < 1:
        raise SpecificationError(
            f"{where}.num_actions: found {list(num_actions[:40])}; write 1 to {MAX_PLAYERS} positive integers"
        )
    array = rational_array_from_json(data["payoffs"], where=f"{where}.payoffs")
    expected = len(num_actions) * math.prod(num_actions)
    if len(array) != expected:
        raise SpecificationError(
            f"{where}.payoffs: found {len(array)} numbers, expected {expected} (one for each player and profile)"
        )
    tensor = RationalArray(array.numerators.reshape(len(num_actions), *num_actions), array.denominator)
    for key in labels:
        _check_labels(data[key], f"{where}.{key}", nested=key == "actions")
    return NormalFormGame(tensor, data.get("players"), data.get("actions"))


def _check_labels(data: Any, where: str, *, nested: bool) -> None:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of names")
    for k, entry in enumerate(data):
        if nested:
            _check_labels(entry, f"{where}[{k}]", nested=False)
        elif not isinstance(entry, str) or not _is_plain(entry):
            raise SpecificationError(
                f"{where}[{k}]: found {_shown(entry)}; write up to {MAX_LABEL} printable characters"
            )


def _is_plain(label: str) -> bool:
    """Whether a name can be printed without steering a terminal."""
    return len(label) <= MAX_LABEL and label.isprintable()


def indices_from_json(data: Any, *, where: str) -> tuple[int, ...]:
    """A list of non-negative integers below 2**31."""
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of indices")
    for k, x in enumerate(data):
        if type(x) is not int or not 0 <= x < 2**31:
            raise SpecificationError(f"{where}[{k}]: found {_shown(x)}; write a non-negative integer")
    return tuple(data)


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 200:
        return "a very long integer"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def is_distribution(profile: Any) -> bool:
    """Whether a profile is given by its support: pairs of an action profile and its probability."""
    return bool(profile) and all(
        isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], tuple) for part in profile
    )


def profile_to_json(profile: Any) -> dict[str, Any]:
    """A profile as JSON data, its kind named."""
    if is_distribution(profile):
        return {"correlated": [[list(a), rational_to_json(p)] for a, p in profile]}
    if all(isinstance(part, int) for part in profile):
        return {"pure": list(profile)}
    return {"mixed": [[rational_to_json(p) for p in vector] for vector in profile]}


def profile_from_json(data: Any, kinds: tuple[str, ...], *, where: str = "profile") -> Any:
    """Read what :func:`profile_to_json` wrote, of these kinds; whether it fits the game is for ``verify`` to say."""
    if not isinstance(data, dict) or len(data) != 1 or next(iter(data)) not in kinds:
        raise SpecificationError(f"{where}: found {_shown(data)}; write an object with one key, {' or '.join(kinds)}")
    kind, parts = next(iter(data.items()))
    where = f"{where}.{kind}"
    if kind == "pure":
        return indices_from_json(parts, where=where)
    if not isinstance(parts, list):
        raise SpecificationError(f"{where}: found {type(parts).__name__}; write a list")
    for k, part in enumerate(parts):
        if not isinstance(part, list) or (kind == "correlated" and len(part) != 2):
            raise SpecificationError(
                f"{where}[{k}]: found {_shown(part)}; write a list ([profile, probability] if correlated)"
            )
    if kind == "mixed":
        return tuple(
            tuple(rational_from_json(p, where=f"{where}[{i}][{k}]") for k, p in enumerate(part))
            for i, part in enumerate(parts)
        )
    return tuple(
        (indices_from_json(a, where=f"{where}[{k}][0]"), rational_from_json(p, where=f"{where}[{k}][1]"))
        for k, (a, p) in enumerate(parts)
    )


def check_digest(data: Any) -> None:
    """Refuse what is no SHA-256 digest in hexadecimal."""
    if not isinstance(data, str) or not re.fullmatch(r"[0-9a-f]{64}", data):
        raise SpecificationError(f"certificate.game_digest: found {_shown(data)}; write 64 hexadecimal digits")


def brief(value: Fraction) -> str:
    """A rational for a message: exact where that is short, else its leading digits."""
    text = rational_to_json(value)
    if len(text) <= 40:
        return text
    try:
        return f"about {float(value):.6g}"
    except OverflowError:
        return f"about {'-' if value < 0 else ''}2^{abs(int(value)).bit_length() - 1}"


def game_to_check(
    claim: str,
    embedded: AnyForm | None,
    digest: str,
    given: AnyForm | None,
    *,
    compared_only: bool = False,
) -> AnyForm:
    """The exact game that a certificate is checked against: ``given``, else the one it carries.

    ``digest`` is what the certificate says its game's digest is; ``""`` if it was made here and says nothing. Where
    payoffs are ``compared_only``, which is exact for floats, a game of floats stays one.

    Raises
    ------
    CertificateError
        If there is no game, or the games and the digest do not agree.
    """
    games = [
        game if compared_only and game.arithmetic == "float" else game.exact()
        for game in (given, embedded)
        if game is not None
    ]
    if not games:
        raise CertificateError(
            f"{claim}: the certificate carries no game; pass it as verify(game)", claim=claim, violation="no game"
        )
    digests = {digest} if digest else set()
    if digest or (len(games) == 2 and games[0] is not games[1]):
        digests |= {game.digest() for game in games}
    if len(digests) > 1:
        raise CertificateError(
            f"{claim}: the claim is about the game with digest {digest or games[-1].digest()}, not about this one",
            claim=claim,
            violation="another game",
        )
    return games[0]


def check_carried_game(game: FiniteGame | None, digest: str, *, floats: bool = False) -> None:
    """Refuse a certificate without a game or digest, or with a game that is not exact (nor, if allowed, of floats)."""
    if game is not None and game.arithmetic not in (("exact", "float") if floats else ("exact",)):
        raise SpecificationError(f"game: found a game of {game.arithmetic} numbers; pass game.exact()")
    if game is None and not digest:
        raise SpecificationError("game: none is given; a claim is about a game, or about the digest of one")


def game_of_certificate(data: Any, keys: Sequence[str], kind: str) -> NormalFormGame | None:
    """The game carried by a certificate of a kind, after a look at its keys and digest."""
    expect_keys(data, keys, where="certificate")
    if data["kind"] != kind:
        raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write {kind!r}")
    check_digest(data["game_digest"])
    return None if data["game"] is None else game_from_json(data["game"])


def list_from_json(data: Any, where: str) -> list[Any]:
    """A JSON list; :class:`~gametheory.errors.SpecificationError` for anything else."""
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list")
    return data


def rationals_from_json(data: Any, where: str) -> tuple[Fraction, ...]:
    """A list of rationals."""
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of rationals")
    return tuple(rational_from_json(x, where=f"{where}[{k}]") for k, x in enumerate(data))


def player_name(game: Game | None, i: int) -> str:
    """Name of a player, as far as known."""
    return game.players[i] if game is not None and i < game.num_players else f"player {i}"


def action_name(game: Game | None, i: int, k: int) -> str:
    """Name of an action, as far as known."""
    known = game is not None and i < game.num_players and k < game.num_actions[i]
    return game.actions[i][k] if game is not None and known else f"action {k}"


def describe_profile(game: Game | None, profile: Any) -> str:
    """A profile for a claim in words: ``(C, D)``, ``(1/2 C + 1/2 D, C)``, ``1/3 (C, D) + 2/3 (D, C)``; cut if long."""

    def pure(actions: Sequence[int]) -> str:
        return "(" + ", ".join(action_name(game, i, k) for i, k in enumerate(actions)) + ")"

    def mixture(i: int, vector: Sequence[Fraction]) -> str:
        support = [k for k, p in enumerate(vector) if p]
        terms = [
            action_name(game, i, k) if vector[k] == 1 else f"{brief(vector[k])} {action_name(game, i, k)}"
            for k in support[:MAX_TERMS]
        ]
        return " + ".join([*terms, *more(len(support))])

    def more(count: int) -> list[str]:
        return [f"{count - MAX_TERMS} more"] if count > MAX_TERMS else []

    if is_distribution(profile):
        terms = [f"{brief(p)} {pure(a)}" for a, p in profile[:MAX_TERMS]]
        text = " + ".join([*terms, *more(len(profile))])
    elif all(isinstance(part, int) for part in profile):
        text = pure(profile)
    else:
        text = "(" + ", ".join(mixture(i, vector) for i, vector in enumerate(profile)) + ")"
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def fail(claim: str, violation: str) -> NoReturn:
    """Raise the CertificateError that the evidence does not establish the claim."""
    raise CertificateError(f"{claim}: {violation}", claim=claim, violation=violation) from None
