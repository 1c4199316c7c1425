"""The swarm of a scenario: the table ``[swarm]``, from its data to laws, thresholds and troops.

The table says how many agents there are and whether they are watched one by one or together (``agents``, ``oversight``), and
then one or more of: what each may do without being noticed (``stealth``: the acts of an honest agent, the harm of each, a
budget of detectability); how a number of harmful acts is split below thresholds (``splitting``); and how an attack on several
fields meets a defence that is split too (``contest``).

Sizes are limited: 1,000,000 agents, 200 kinds of acts; contests to some 60,000 entries of a linear programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.audit.observation import read_law
from gametheory.audit.places import Place, number_at, rate_at

__all__ = ["ActStealth", "Contest", "Splitting", "Swarm", "read_swarm_table"]

MAX_ENTRIES = 60_000
MAX_COUNTS = 20_000

Data = Mapping[str, Any]
Row = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class ActStealth:
    """Acts of which each is observed, and the divergence from honest behaviour that a test tolerates.

    Attributes
    ----------
    acts : tuple of str
    honest : tuple of Fraction
        The probability of each act.
    harm : tuple of Fraction
        What each act does.
    divergence : str
        As in :func:`gametheory.information.largest_expectation`.
    unit : "bits", "nats" or None
    budget : Fraction
        Of one test, in one round.
    false_alarm_rate, miss_rate : Fraction or None
        How long does it take to notice, at these error rates?
    """

    acts: tuple[str, ...]
    honest: Row
    harm: Row
    divergence: Any
    unit: Any
    budget: Fraction
    false_alarm_rate: Fraction | None = None
    miss_rate: Fraction | None = None


@final
@dataclass(frozen=True, slots=True)
class Splitting:
    """Harmful acts that leave traces, among harmless ones; see :class:`gametheory.collusion.Thresholds`."""

    volume: int
    trace_rate: Fraction
    harmless_acts: int
    harmless_rate: Fraction
    local_threshold: int
    pooled_threshold: int | None
    evasion: Fraction


@final
@dataclass(frozen=True, slots=True)
class Contest:
    """Attackers and defenders on fields of given weights; see :func:`gametheory.collusion.colonel_blotto`."""

    attackers: int
    defenders: int
    weights: Row
    ties: Literal["split", "row", "column"]


@final
@dataclass(frozen=True, slots=True)
class Swarm:
    """Many agents, how they are watched, and the questions about them."""

    agents: int
    oversight: Literal["local", "pooled"]
    stealth: ActStealth | None = None
    splitting: Splitting | None = None
    contest: Contest | None = None


def read_swarm_table(table: Data, place: Place) -> Swarm:
    """The swarm that the checked data of ``[swarm]`` describe."""
    return Swarm(
        agents=int(table.get("agents", 1)),
        oversight=table.get("oversight", "local"),
        stealth=_stealth(table["stealth"], place / "stealth") if "stealth" in table else None,
        splitting=_splitting(table["splitting"], int(table.get("agents", 1)), place / "splitting")
        if "splitting" in table
        else None,
        contest=_contest(table["contest"], place / "contest") if "contest" in table else None,
    )


def _stealth(table: Data, place: Place) -> ActStealth:
    honest = read_law(table["honest"], place / "honest")
    acts = tuple(table.get("acts", (f"act {k + 1}" for k in range(len(honest)))))
    for key, found in (("acts", acts), ("harm", table["harm"])):
        if len(found) != len(honest):
            raise (place / key).error(f"found {len(found)} entries for {len(honest)} probabilities in honest")
    divergence = table.get("divergence", "kullback-leibler")
    additive = divergence in ("kullback-leibler", "bhattacharyya")
    if "unit" in table and not additive:
        raise (place / "unit").error(f"found {table['unit']!r}, but {divergence} has no unit; leave it out")
    rates = [_between(table, key, place) for key in ("false_alarm_rate", "miss_rate")]
    if sum((rate for rate in rates if rate is not None), Fraction(0)) >= 1:
        raise (place / "miss_rate").error("the two error rates sum to 1 or more; write smaller ones")
    return ActStealth(
        acts=acts,
        honest=honest,
        harm=tuple(_moderate(place / "harm" / k, value, 30) for k, value in enumerate(table["harm"])),
        divergence=divergence,
        unit=table.get("unit", "nats") if additive else None,
        budget=_moderate(place / "budget", number_at(place / "budget", table["budget"], least=0, most=1000), 12),
        false_alarm_rate=rates[0],
        miss_rate=rates[1],
    )


def _moderate(place: Place, value: Any, digits: int) -> Fraction:
    """A number whose size is neither beyond 10^digits nor, unless 0, below 10^−digits."""
    found = number_at(place, value)
    if found and not Fraction(1, 10**digits) <= abs(found) <= 10**digits:
        raise place.error(
            f"found a number beyond the range from 1e-{digits} to 1e{digits}; write 0, or use other units"
        )
    return found


def _between(table: Data, key: str, place: Place) -> Fraction | None:
    if key not in table:
        return None
    found = number_at(place / key, table[key])
    if not 0 < found < 1:
        raise (place / key).error(f"found {found}; write a number greater than 0 and less than 1")
    return _moderate(place / key, found, 20)


def _splitting(table: Data, agents: int, place: Place) -> Splitting:
    harmless = int(table.get("harmless_acts", 0))
    if agents * harmless > MAX_COUNTS:
        raise (place / "harmless_acts").error(
            f"found {harmless:,} of each of {agents:,} agents; at most {MAX_COUNTS:,} harmless acts in all are allowed"
        )
    evasion = rate_at(place, table, "evasion", 0) if "evasion" in table else Fraction(1, 2)
    if not evasion:
        raise (place / "evasion").error("found 0; write a probability greater than 0")
    return Splitting(
        volume=int(table["volume"]),
        trace_rate=rate_at(place, table, "trace_rate", 1),
        harmless_acts=harmless,
        harmless_rate=rate_at(place, table, "harmless_rate", 0),
        local_threshold=int(table["local_threshold"]),
        pooled_threshold=int(table["pooled_threshold"]) if "pooled_threshold" in table else None,
        evasion=evasion,
    )


def _contest(table: Data, place: Place) -> Contest:
    weights = _field_weights(table, place)
    a, b = int(table["attackers"]), int(table["defenders"])
    entries = len(weights) * (a + 1) * (a + 2) // 2 * (b + 3) + 3 * len(weights) * (b + 1) * (b + 2) // 2
    if entries > MAX_ENTRIES:
        raise place.error(
            f"{a} attackers against {b} defenders on {len(weights)} fields make a linear programme with about {entries:,} "
            f"entries; at most {MAX_ENTRIES:,} are allowed (take fewer troops, each for more)"
        )
    ties: Mapping[str, Any] = {"split": "split", "attackers": "row", "defenders": "column"}
    return Contest(attackers=a, defenders=b, weights=weights, ties=ties[table.get("ties", "split")])


def _field_weights(table: Data, place: Place) -> Row:
    if "fields" in table:
        return (Fraction(1, int(table["fields"])),) * int(table["fields"])
    listed: Sequence[Any] = table["weights"]
    weights = tuple(number_at(place / "weights" / k, value) for k, value in enumerate(listed))
    for k, weight in enumerate(weights):
        if weight <= 0:
            raise (place / "weights" / k).error(f"found {weight}; write a weight greater than 0")
        _moderate(place / "weights" / k, weight, 20)
    total = sum(weights, Fraction(0))
    return tuple(weight / total for weight in weights)
