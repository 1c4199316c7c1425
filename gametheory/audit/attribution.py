"""Deterrence when it is not sure who attacked: the table ``[attribution]``, from its data to laws of signals.

The table names the ``attackers`` and says what is noticed of them, either by three rates for attackers who are alike (an attack
is attributed rightly: ``detection``; to another: ``misattribution``; each attacker is accused without an attack:
``false_alarm``) or by the laws of ``signals`` themselves (``attack_signals``, a row for each attacker, and ``quiet_signals``
without attack). Then, as far as they apply: ``opportunities`` and ``benefits`` of the attackers, the victim's ``resolve``, what
an attack costs it (``attack_cost``), and a ``change`` of the signals under consideration. What it means is the matter of
:mod:`gametheory.oversight.attribution`.

Sizes are limited: 12 attackers, 20 signals, distributions of 20 corners, numbers of 256 bits.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.audit.observation import short_law
from gametheory.audit.places import Place, for_each, number_at, rate_at, short, short_number
from gametheory.audit.wording import listed, quoted, suggestion

__all__ = ["Attribution", "SignalLaws", "read_attribution_table"]

_RATES = ("detection", "misattribution", "false_alarm")
_LAWS = ("attack_signals", "quiet_signals")

Data = Mapping[str, Any]
Row = tuple[Fraction, ...]
Corners = tuple[tuple[Fraction, Fraction], ...]
_UNIFORM: Corners = ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))


@final
@dataclass(frozen=True, slots=True)
class SignalLaws:
    """The law of the signal if each of the attackers attacks, and if nobody does."""

    attack: tuple[Row, ...]
    quiet: Row


@final
@dataclass(frozen=True, slots=True)
class Attribution:
    """Attackers, what can be noticed of them, and a victim that may retaliate.

    Attributes
    ----------
    attackers, signals : tuple of str
    laws : SignalLaws
    silent : tuple of int
        Signals after which there is never retaliation.
    opportunities : tuple of Fraction
    benefits : tuple of tuples of corners (value, probability of at most that)
    resolve : tuple of corners
    attack_cost : Fraction or None
        What an attack costs the victim: then announced retaliation is compared.
    change : SignalLaws or None
        Other laws that are under consideration.
    """

    attackers: tuple[str, ...]
    signals: tuple[str, ...]
    laws: SignalLaws
    silent: tuple[int, ...]
    opportunities: Row
    benefits: tuple[Corners, ...]
    resolve: Corners
    attack_cost: Fraction | None
    change: SignalLaws | None


def read_attribution_table(table: Data, place: Place) -> Attribution:
    """The attackers and signals that the checked data of ``[attribution]`` describe."""
    named = table["attackers"]
    attackers = tuple(named) if isinstance(named, list) else tuple(f"attacker {i + 1}" for i in range(int(named)))
    alike = "detection" in table
    laws = _alike(table, len(attackers), place) if alike else _listed(table, len(attackers), place)
    if alike:
        signals: tuple[str, ...] = ("nothing noticed", *(f"{name} accused" for name in attackers))
    else:
        signals = tuple(table.get("signals", (f"signal {s + 1}" for s in range(len(laws.quiet)))))
    if len(signals) != len(laws.quiet):
        raise (place / "signals").error(f"found {len(signals)} names for {len(laws.quiet)} probabilities")
    change = None
    if "change" in table:
        allowed, others = (_RATES, _LAWS) if alike else (_LAWS, _RATES)
        for key in others:
            if key in table["change"]:
                raise (place / "change" / key).error(f"the table has other keys; write some of {listed(allowed)}")
        changed = {**{key: table[key] for key in allowed}, **table["change"]}
        read = _alike if alike else _listed
        change = read(changed, len(attackers), place / "change")
        if len(change.quiet) != len(signals):
            raise (place / "change").error(f"found {len(change.quiet)} probabilities; there are {len(signals)} signals")
    return Attribution(
        attackers=attackers,
        signals=signals,
        laws=laws,
        silent=_silent(table.get("silent", [signals[0]]), signals, place / "silent"),
        opportunities=_opportunities(table, attackers, place / "opportunities"),
        benefits=_benefits(table, attackers, place / "benefits"),
        resolve=_corners(table["resolve"], place / "resolve") if "resolve" in table else _UNIFORM,
        attack_cost=short_number(table, "attack_cost", place),
        change=change,
    )


def _alike(table: Data, count: int, place: Place) -> SignalLaws:
    """A signal for nothing noticed and one for each attacker."""
    right, wrong, false = (short(place / key, rate_at(place, table, key, 0)) for key in _RATES)
    if count == 1 and wrong:
        raise (place / "misattribution").error(f"found {wrong}; with one attacker there is no other to accuse: write 0")
    if right + wrong > 1:
        raise (place / "misattribution").error(f"found {wrong}; with detection = {right} it is at most {1 - right}")
    if count * false > 1:
        raise (place / "false_alarm").error(f"found {false} for each of {count} attackers; write at most 1/{count}")
    other = wrong / (count - 1) if count > 1 else Fraction(0)
    attack = tuple((1 - right - wrong, *(right if j == i else other for j in range(count))) for i in range(count))
    return SignalLaws(attack, (1 - count * false, *(false for _ in range(count))))


def _listed(table: Data, count: int, place: Place) -> SignalLaws:
    quiet = short_law(table["quiet_signals"], place / "quiet_signals")
    rows: Sequence[Any] = table["attack_signals"]
    where = place / "attack_signals"
    if len(rows) != count:
        raise where.error(f"found {len(rows)} lists; write one for each of {count} attackers")
    attack = tuple(short_law(row, where / i) for i, row in enumerate(rows))
    for i, law in enumerate(attack):
        if len(law) != len(quiet):
            raise (where / i).error(f"found {len(law)} probabilities; quiet_signals has {len(quiet)}")
    return SignalLaws(attack, quiet)


def _silent(names: Sequence[str], signals: tuple[str, ...], place: Place) -> tuple[int, ...]:
    for k, name in enumerate(names):
        if name not in signals:
            known = f"the signals are {listed(signals)}{suggestion(name, signals)}"
            raise (place / k).error(f"found {quoted(name)}; {known}")
    return tuple(s for s, name in enumerate(signals) if name in names)


def _opportunities(table: Data, attackers: tuple[str, ...], place: Place) -> Row:
    count = len(attackers)
    if "opportunities" not in table:
        return (Fraction(1, count),) * count
    given = table["opportunities"]
    if isinstance(given, Mapping):
        each = for_each(place, given, attackers)
        chances = tuple(short(at, number_at(at, value, least=0, most=1)) for value, at in each.values())
    else:
        chances = (short(place, number_at(place, given, least=0, most=1)),) * count
    if sum(chances) > 1:
        raise place.error(
            f"found opportunities that sum to {float(sum(chances)):.6g}; at most one attacker has it: at most 1"
        )
    return chances


def _benefits(table: Data, attackers: tuple[str, ...], place: Place) -> tuple[Corners, ...]:
    given = table.get("benefits")
    if isinstance(given, Mapping):
        return tuple(_corners(value, at) for value, at in for_each(place, given, attackers).values())
    return (_UNIFORM if given is None else _corners(given, place),) * len(attackers)


def _corners(values: Sequence[Any], place: Place) -> Corners:
    corners = []
    for k, pair in enumerate(values):
        if len(pair) != 2:
            raise (place / k).error(f"found a list of {len(pair)}; write a value and the probability of at most that")
        value, most = (short(place / k / j, number_at(place / k / j, x)) for j, x in enumerate(pair))
        corners.append((value, most))
    rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in itertools.pairwise(corners))
    if not rising or corners[0][1] != 0 or corners[-1][1] != 1:
        raise place.error("values must rise, and probabilities from 0 at the first to 1 at the last without falling")
    return tuple(corners)
