"""Oversight policies: who is watched, how accurately, and what is at stake.

Every player i places a deposit d_i ≥ 0. An overseer watches whether i keeps to the target action: whoever moves away
from it is found out with probability q_i (detection rate), whoever complies is accused with probability f_i (false-alarm
rate), and whoever is found out or accused forfeits the deposit. So moving costs player i

    (q_i − f_i) · d_i

more than complying, and complying costs f_i · d_i. Only the product of rate and deposit counts: a fine that is paid when
found out, a bond, or slashed stake are the same thing here.

References: G. Becker 1968, "Crime and punishment: an economic approach", Journal of Political Economy 76.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact, exact_text
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["Policy", "per_player"]

PerPlayer = Fraction | tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True, repr=False, init=False)
class Policy:
    """What an overseer commits to.

    Parameters
    ----------
    detection_rate : number in [0, 1], or one per player
        Probability that a player who moves away from the target is found out.
    false_alarm_rate : number in [0, 1], or one per player
        Probability that a player who complies is accused.
    deposits : number ≥ 0, or one per player
        What is forfeited, in units of payoff.

    Attributes
    ----------
    detection_rate, false_alarm_rate, deposits : Fraction, or tuple of n Fractions
        As given; a float is the rational that it is.
    arithmetic : "exact" or "float"
        "float" if any number was given as a float.

    Raises
    ------
    SpecificationError
        A rate outside [0, 1], a negative deposit, NaN or infinity, or lists of different lengths.

    Examples
    --------
    >>> policy = Policy(detection_rate="2/5", deposits=[10, 0, 20])
    >>> policy
    Policy(detection_rate=2/5, false_alarm_rate=0, deposits=(10, 0, 20))
    >>> [str(cost) for cost in policy.moving_costs(3)]
    ['4', '0', '8']
    """

    detection_rate: PerPlayer
    false_alarm_rate: PerPlayer
    deposits: PerPlayer
    arithmetic: Literal["exact", "float"]

    def __init__(self, detection_rate: Any, false_alarm_rate: Any = 0, deposits: Any = 0) -> None:
        given = {"detection_rate": detection_rate, "false_alarm_rate": false_alarm_rate, "deposits": deposits}
        lengths = {}
        for name, values in given.items():
            read = _read(values, name)
            for where, x in _entries(read, name):
                if x < 0 or (name != "deposits" and x > 1):
                    allowed = "a number ≥ 0" if name == "deposits" else "a probability from 0 to 1"
                    raise SpecificationError(f"{where}: found {x}; write {allowed}")
            object.__setattr__(self, name, read)
            if isinstance(read, tuple):
                lengths[name] = len(read)
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise SpecificationError(f"policy: {found} entries; write one number for all players, or one for each")
        object.__setattr__(self, "arithmetic", "float" if any(map(_has_float, given.values())) else "exact")

    def moving_costs(self, num_players: int) -> tuple[Fraction, ...]:
        """What moving costs each player more than complying: (q_i − f_i) · d_i, shape (n,); negative if f_i > q_i."""
        return tuple(
            (q - f) * d
            for q, f, d in zip(
                per_player(self.detection_rate, num_players, "detection_rate"),
                per_player(self.false_alarm_rate, num_players, "false_alarm_rate"),
                per_player(self.deposits, num_players, "deposits"),
                strict=True,
            )
        )

    def complying_costs(self, num_players: int) -> tuple[Fraction, ...]:
        """What each player who complies expects to forfeit by false alarms: f_i · d_i, shape (n,)."""
        rates = per_player(self.false_alarm_rate, num_players, "false_alarm_rate")
        deposits = per_player(self.deposits, num_players, "deposits")
        return tuple(f * d for f, d in zip(rates, deposits, strict=True))

    def deposit_of(self, game: NormalFormGame) -> dict[str, Fraction]:
        """Deposits by the players' names."""
        return dict(zip(game.players, per_player(self.deposits, game.num_players, "deposits"), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {name: _json(getattr(self, name)) for name in ("detection_rate", "false_alarm_rate", "deposits")}

    def to_frame(self) -> Any:
        """A pandas table: one row for all players, or one for each."""
        names = ("detection_rate", "false_alarm_rate", "deposits")
        lengths = [len(own) for own in (getattr(self, name) for name in names) if isinstance(own, tuple)]
        count = lengths[0] if lengths else 1
        columns = [per_player(getattr(self, name), count, name) for name in names]
        who = range(count) if lengths else ["all"]
        return data_frame(zip(who, *columns, strict=True), ["player", *names])

    def __repr__(self) -> str:
        parts = (f"{name}={_shown(getattr(self, name))}" for name in ("detection_rate", "false_alarm_rate", "deposits"))
        return f"Policy({', '.join(parts)})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def per_player(values: Any, num_players: int, where: str) -> tuple[Fraction, ...]:
    """One exact number for each player, from one for all of them or one for each.

    Raises
    ------
    SpecificationError
        If there are neither one nor ``num_players`` numbers, or one is no number.
    """
    read = _read(values, where)
    if isinstance(read, Fraction):
        return (read,) * num_players
    if len(read) != num_players:
        raise SpecificationError(
            f"{where}: found {len(read)} entries; write one number, or {num_players}, one per player"
        )
    return read


def _read(values: Any, where: str) -> PerPlayer:
    if isinstance(values, Mapping):
        raise SpecificationError(f"{where}: found a mapping; write one number, or a list with one for each player")
    if not isinstance(values, str) and (
        isinstance(values, Sequence) or (isinstance(values, np.ndarray) and values.ndim)
    ):
        if not len(values):
            raise SpecificationError(f"{where}: found no entries; write one number, or one for each player")
        return tuple(exact(x, where=f"{where}[{i}]") for i, x in enumerate(values))
    return exact(values, where=where)


def _entries(values: PerPlayer, where: str) -> list[tuple[str, Fraction]]:
    if isinstance(values, Fraction):
        return [(where, values)]
    return [(f"{where}[{i}]", x) for i, x in enumerate(values)]


def _has_float(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.dtype.kind == "f" or any(map(_has_float, values.tolist() if values.ndim else []))
    if isinstance(values, (list, tuple)):
        return any(map(_has_float, values))
    return isinstance(values, (float, np.floating))


def _json(values: PerPlayer) -> Any:
    return exact_text(values) if isinstance(values, Fraction) else [exact_text(x) for x in values]


def _shown(values: PerPlayer) -> str:
    return exact_text(values) if isinstance(values, Fraction) else f"({', '.join(map(exact_text, values))})"
