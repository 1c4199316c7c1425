"""Control of untrusted work in a scenario: the table ``[control]``, from its data to score laws, actions and budgets.

The table says what a monitor's score tells (``honest``: the law of the score of honest work; ``attacks``: that of each attack
type, and its harm), and what the overseer may do at each score (``actions``; by default accept the work or have it audited).
Then, as far as they apply: the limits (``audit_budget``, and ``most_harm`` or ``least_usefulness``); a monitor that sides with
attackers (``collusion``); a hard budget of audits for several steps (``horizon``); and, alone or beside all this, one monitor
or several (``monitors``); these two are read by :mod:`gametheory.audit.control_monitors`. What it means is the matter of
:mod:`gametheory.oversight.control`.

Sizes are limited: 50 scores, 20 attack types, 10 actions, numbers of 256 bits; programmes to some 4,000 entries (some 40,000
with everything that a colluding monitor may say), horizons to some 60,000 probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.audit.control_monitors import Monitors, SidingMonitor, read_collusion_table, read_monitors_table
from gametheory.audit.observation import short_law
from gametheory.audit.places import Place, number_at, rate_at, short, short_number
from gametheory.audit.wording import listed, quoted, suggestion

__all__ = [
    "Attack",
    "Control",
    "Handling",
    "Horizon",
    "read_control_table",
]

MAX_ENTRIES = 4_000
MAX_CASES = 40_000
MAX_PLANS = 60_000

Data = Mapping[str, Any]
Row = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class Attack:
    """A type of attack: the law of the score that it gets, and the harm that it does if it gets through."""

    name: str
    law: Row
    harm: Fraction


@final
@dataclass(frozen=True, slots=True)
class Handling:
    """What may be done with a piece of work; see :class:`gametheory.oversight.ControlAction`."""

    name: str
    usefulness: Fraction
    detection_rate: Fraction | Row
    audits: Fraction


@final
@dataclass(frozen=True, slots=True)
class Horizon:
    """A hard budget of audits for a number of steps, one of which may be the attack.

    Attributes
    ----------
    steps, audits : int
    counter : "observed" or "hidden"
        Whether the attacker sees how many audits are left; demands are judged by this one.
    attacks : tuple of Attack
    actions : tuple of Handling
    """

    steps: int
    audits: int
    counter: Literal["observed", "hidden"]
    attacks: tuple[Attack, ...]
    actions: tuple[Handling, ...]


@final
@dataclass(frozen=True, slots=True)
class Control:
    """The overseer's problem, and the questions about it.

    Attributes
    ----------
    scores : tuple of str
        Empty where only ``monitors`` are asked about.
    honest : tuple of Fraction
    attacks : tuple of Attack
    actions : tuple of Handling
    audit_budget : Fraction or None
        Expected audits per piece of honest work, at most.
    most_harm, least_usefulness : Fraction or None
        The limit within which the best policy is asked for; at most one of them.
    collusion : SidingMonitor or None
    horizon : Horizon or None
    monitors : Monitors or None
    """

    scores: tuple[str, ...] = ()
    honest: Row = ()
    attacks: tuple[Attack, ...] = ()
    actions: tuple[Handling, ...] = ()
    audit_budget: Fraction | None = None
    most_harm: Fraction | None = None
    least_usefulness: Fraction | None = None
    collusion: SidingMonitor | None = None
    horizon: Horizon | None = None
    monitors: Monitors | None = None


def read_control_table(table: Data, place: Place) -> Control:
    """The overseer's problem that the checked data of ``[control]`` describe."""
    monitors = read_monitors_table(table["monitors"], place / "monitors") if "monitors" in table else None
    if "honest" not in table:
        return Control(monitors=monitors)
    honest = short_law(table["honest"], place / "honest")
    scores = tuple(table.get("scores", (f"score {k + 1}" for k in range(len(honest)))))
    if len(scores) != len(honest):
        raise (place / "scores").error(f"found {len(scores)} names for {len(honest)} probabilities in honest")
    attacks = _attacks(table["attacks"], len(honest), place / "attacks")
    actions = _actions(table, len(attacks), place)
    collusion = None
    if "collusion" in table:
        if not ("most_harm" in table or "least_usefulness" in table):
            raise (place / "collusion").error(
                "what it costs is told at a limit; write control.most_harm or control.least_usefulness"
            )
        collusion = read_collusion_table(table["collusion"], len(honest), place / "collusion")
    cases = 1 if collusion is None else collusion.num_cases(len(honest))
    for count, most in ((1, MAX_ENTRIES), (cases, MAX_CASES)):
        entries = len(honest) * len(actions) * len(attacks) * count
        if entries > most:
            raise place.error(
                f"{len(honest)} scores, {len(actions)} actions and {len(attacks) * count} cases of attacks make a linear "
                f"programme with {entries:,} entries; at most {most:,} are allowed (merge scores that are alike)"
            )
    horizon = None
    if "horizon" in table:
        horizon = _horizon(table["horizon"], attacks, actions, place / "horizon")
        _check_plans(horizon, len(honest), cases, place / "horizon")
    return Control(
        scores=scores,
        honest=honest,
        attacks=attacks,
        actions=actions,
        audit_budget=short_number(table, "audit_budget", place),
        most_harm=short_number(table, "most_harm", place),
        least_usefulness=short_number(table, "least_usefulness", place),
        collusion=collusion,
        horizon=horizon,
        monitors=monitors,
    )


# -- laws and actions --------------------------------------------------------------------------------------------------------


def _attacks(table: Sequence[Data], scores: int, place: Place) -> tuple[Attack, ...]:
    attacks = []
    for k, entry in enumerate(table):
        law = short_law(entry["law"], place / k / "law")
        if len(law) != scores:
            raise (place / k / "law").error(f"found {len(law)} probabilities; write {scores}, one for each score")
        attacks.append(Attack(entry.get("name", f"attack {k + 1}"), law, short_number(entry, "harm", place / k, 1)))
        if attacks[-1].name in [attack.name for attack in attacks[:-1]]:
            raise (place / k / "name").error(f"found {quoted(attacks[-1].name)} again; write each name once")
    if not any(attack.harm for attack in attacks):
        raise place.error("no attack does any harm; write a harm > 0 for one of them")
    return tuple(attacks)


def _actions(table: Data, types: int, place: Place) -> tuple[Handling, ...]:
    if "actions" not in table:
        free, whole = Fraction(0), Fraction(1)
        return Handling("accept", whole, free, free), Handling("audit", whole, whole, whole)
    actions = []
    for k, entry in enumerate(table["actions"]):
        where = place / "actions" / k
        rates: Any = entry.get("detection_rate", 0)
        if isinstance(rates, list):
            if len(rates) != types:
                raise (where / "detection_rate").error(
                    f"found {len(rates)} rates; write one, or {types}, one for each attack"
                )
            places = [where / "detection_rate" / k for k in range(types)]
            rates = tuple(short(at, number_at(at, x, least=0, most=1)) for at, x in zip(places, rates, strict=True))
        else:
            rates = short(where / "detection_rate", rate_at(where, entry, "detection_rate", 0))
        audits = short_number(entry, "audits", where, 0)
        actions.append(Handling(entry["name"], short_number(entry, "usefulness", where, 1), rates, audits))
        if actions[-1].name in [action.name for action in actions[:-1]]:
            raise (where / "name").error(f"found {quoted(entry['name'])} again; write each name once")
    return tuple(actions)


# -- several steps ---------------------------------------------------------------------------------------------------------


def _horizon(table: Data, attacks: tuple[Attack, ...], actions: tuple[Handling, ...], place: Place) -> Horizon:
    names = [attack.name for attack in attacks]
    kept = attacks
    if "attacks" in table:
        for k, name in enumerate(table["attacks"]):
            if name not in names:
                known = f"the attacks are {listed(names)}{suggestion(name, names)}"
                raise (place / "attacks" / k).error(f"found {quoted(name)}; {known}")
        kept = tuple(attack for attack in attacks if attack.name in table["attacks"])
        if not any(attack.harm for attack in kept):
            raise (place / "attacks").error("none of them does any harm; name one that does")
    if "actions" in table:
        actions = _actions(table, len(kept), place)
    elif len(kept) < len(attacks):
        places = [names.index(attack.name) for attack in kept]
        actions = tuple(_for_attacks(action, places) for action in actions)
    taken = [action.audits for action in actions]
    if any(x.denominator != 1 or x > 1000 for x in taken) or min(taken) > 0:
        where = place / "actions" if "actions" in table else place
        raise where.error(
            "a hard budget counts whole audits; let every action take 0, 1, … of them (control.horizon.actions), one of them 0"
        )
    return Horizon(int(table["steps"]), int(table["audits"]), table.get("counter", "observed"), kept, actions)


def _for_attacks(action: Handling, places: list[int]) -> Handling:
    rates = action.detection_rate
    kept = rates if isinstance(rates, Fraction) else tuple(rates[k] for k in places)
    return Handling(action.name, action.usefulness, kept, action.audits)


def _check_plans(horizon: Horizon, scores: int, cases: int, place: Place) -> None:
    budgets = (horizon.audits + 1) * (horizon.audits + 2) // 2
    size = horizon.steps * budgets * scores * len(horizon.actions) * max(1, len(horizon.attacks) * cases // 4)
    if size > MAX_PLANS:
        raise place.error(
            f"{horizon.steps} steps with up to {horizon.audits} audits, {scores} scores and {len(horizon.actions)} actions "
            f"make plans of {size:,} probabilities; at most {MAX_PLANS:,} are allowed (take longer steps, or fewer audits)"
        )
