"""Keys of a scenario file as messages name them, and the values that stand there: numbers, names, players, actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar, final

from gametheory.arithmetic import parse_rational
from gametheory.audit.expressions import RESERVED, is_name
from gametheory.audit.schema import Key, key_text
from gametheory.audit.wording import listed, quoted, suggestion
from gametheory.errors import SpecificationError

__all__ = [
    "Place",
    "action_at",
    "action_indices",
    "checked_name",
    "for_each",
    "number_at",
    "player_at",
    "profile_text",
    "rate_at",
    "short",
    "short_number",
]

T = TypeVar("T")

MAX_BITS = 256


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A key of a file: ``Place("deal.toml") / "game" / "table" / 1`` is ``deal.toml: game.table[1]``."""

    file: str
    path: tuple[Key, ...] = ()

    def __truediv__(self, key: Key) -> Place:
        return Place(self.file, (*self.path, key))

    def __str__(self) -> str:
        return f"{self.file}: {key_text(self.path)}"

    def error(self, message: str) -> SpecificationError:
        return SpecificationError(f"{self}: {message}")


def number_at(place: Place, value: Any, *, least: int | None = None, most: int | None = None) -> Fraction:
    """The exact number that a value of a file is, within bounds."""
    found = parse_rational(value, where=str(place)) if isinstance(value, str) else Fraction(value)
    if (least is not None and found < least) or (most is not None and found > most):
        allowed = f"from {least} to {most}" if most is not None else f"≥ {least}"
        raise place.error(f"found {found}; write a number {allowed}")
    return found


def rate_at(place: Place, table: Mapping[str, Any], key: str, default: int) -> Fraction:
    """A probability of a table, or its default."""
    return number_at(place / key, table[key], least=0, most=1) if key in table else Fraction(default)


def short(place: Place, value: Fraction) -> Fraction:
    """A number of at most 256 bits above and below: short enough for exact programmes of many numbers."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise place.error(f"found a number of more than {MAX_BITS} bits; write a shorter one")
    return value


def short_number(table: Mapping[str, Any], key: str, place: Place, default: int | None = None) -> Any:
    """A short number of a table, or its default."""
    if key not in table:
        return None if default is None else Fraction(default)
    return short(place / key, number_at(place / key, table[key]))


def checked_name(place: Place, key: str) -> str:
    """A name that expressions can use."""
    if is_name(key):
        return key
    word = "".join(c if c.isalnum() else "_" for c in key[:30]) or "value"
    word = word if word[0].isalpha() else f"x_{word}"
    reason = "a word of the expressions" if key in RESERVED else "not a single word of letters, digits and _"
    raise place.error(f"this name is {reason}; choose another, such as {word if is_name(word) else word + '_'}")


def player_at(place: Place, name: str, players: Sequence[str]) -> int:
    """Index of a player given by name."""
    if name not in players:
        raise place.error(f"found {quoted(name)}; the players are {listed(players)}{suggestion(name, players)}")
    return list(players).index(name)


def for_each(
    place: Place,
    table: Mapping[str, T],
    players: Sequence[str],
    *,
    among: Sequence[int] | None = None,
    all_needed: bool = True,
) -> dict[int, tuple[T, Place]]:
    """A table with a key for each player, ``*`` for those not named; ``among``: only these players may be named."""
    who = range(len(players)) if among is None else among
    found: dict[int, tuple[T, Place]] = {}
    for key, value in table.items():
        if key == "*":
            continue
        player = player_at(place, key, players)
        if player not in who:
            raise place.error(f"found {quoted(key)}, who is no agent; the agents are {listed(players[i] for i in who)}")
        found[player] = (value, place / key)
    for player in who:
        if player not in found and "*" in table:
            found[player] = (table["*"], place / "*")
        elif player not in found and all_needed:
            raise place.error(f"nothing is said for {players[player]}; add it, or '*' for all players not named")
    return {player: found[player] for player in who if player in found}


def action_indices(
    place: Place, profile: Sequence[str], players: Sequence[str], actions: Sequence[Sequence[str]]
) -> tuple[int, ...]:
    """A profile given as a list of actions in the order of players."""
    if len(profile) != len(players):
        expected = f"an action for each of the {len(players)} players ({listed(players)})"
        raise place.error(f"found a list of {len(profile)}, expected {expected}")
    where = [place / i for i in range(len(players))]
    return tuple(action_at(where[i], name, i, players, actions) for i, name in enumerate(profile))


def action_at(place: Place, name: str, player: int, players: Sequence[str], actions: Sequence[Sequence[str]]) -> int:
    """Index of a player's action given by name."""
    labels = actions[player]
    if name not in labels:
        whose = f"the actions of {players[player]} are {listed(labels)}"
        raise place.error(f"found {quoted(name)}; {whose}{suggestion(name, labels)}")
    return list(labels).index(name)


def profile_text(labels: Sequence[str]) -> str:
    """The actions of a profile in brackets."""
    return f"({listed(labels)})"
