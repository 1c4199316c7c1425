"""An allocation problem of a scenario: the table ``[mechanism]``, from its data to bidders, what is decided, and rings.

The table says who bids (``bidders``, each with a value for every type, and how likely its types are: a ``prior`` of its own, or
one ``joint_prior`` where types are correlated), what is decided (a single item, several ``units``, or ``outcomes`` with values
for each), what the designer wants (``objective``) and must obey (``incentives``, ``participation``, ``budget`` …), which
bidders may collude and what they control (``ring``), and an ``auction`` that is in place.

Sizes are limited: 12 bidders, 30 types each, 2,000 type profiles, 30 outcomes, 20 bids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.audit.evaluation import rational_table
from gametheory.audit.observation import short_law
from gametheory.audit.places import Place, number_at, short
from gametheory.audit.rings import AuctionTerms, RingTerms, check_known, read_auction, read_ring
from gametheory.audit.wording import listed, quoted

__all__ = ["Bidder", "MechanismTerms", "read_mechanism_table"]

MAX_BIDDERS = 12
MAX_PROFILES = 2_000
MAX_OUTCOMES = 30

Data = Mapping[str, Any]
Row = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class Bidder:
    """A bidder: names of its types, what each outcome is worth to each type (one row for a single item), outside options.

    ``prior`` is ``None`` where the mechanism has a joint prior.
    """

    name: str
    types: tuple[str, ...]
    values: tuple[Row, ...]
    prior: Row | None
    outside: Row


@final
@dataclass(frozen=True, slots=True)
class MechanismTerms:
    """The parts of ``[mechanism]``.

    Attributes
    ----------
    bidders : tuple of Bidder
    outcomes : tuple of str
        Empty for items and units.
    units : int
    joint_prior : tuple of Fraction or None
        Probabilities of all type profiles, the last bidder's type varying fastest.
    objective : "revenue", "welfare", or what each outcome is worth to the designer, with the weight of payments
    incentives, participation, budget : str
        ``participation`` and ``budget`` are ``"none"`` where nothing is asked.
    liability : Fraction, "none" or "if correlated"
    efficient, payments, deterministic : bool
    ring : RingTerms or None
    auction : AuctionTerms or None
    """

    bidders: tuple[Bidder, ...]
    outcomes: tuple[str, ...]
    units: int
    joint_prior: Row | None
    objective: str | tuple[Row, Fraction]
    incentives: str
    participation: str
    budget: str
    liability: Fraction | str
    efficient: bool
    payments: bool
    deterministic: bool
    ring: RingTerms | None
    auction: AuctionTerms | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(bidder.name for bidder in self.bidders)

    @property
    def num_types(self) -> tuple[int, ...]:
        return tuple(len(bidder.types) for bidder in self.bidders)

    @property
    def num_outcomes(self) -> int:
        """Outcomes of the mechanism: those listed, or who gets the units."""
        return len(self.outcomes) or sum(math.comb(len(self.bidders), k) for k in range(self.units + 1))


def read_mechanism_table(table: Data, place: Place) -> MechanismTerms:
    """The allocation problem that the checked data of ``[mechanism]`` describe."""
    outcomes = tuple(table.get("outcomes", ()))
    bidders = _bidders(table, outcomes, place)
    units = int(table.get("units", 1))
    if units > len(bidders):
        raise (place / "units").error(f"found {units}; there are {len(bidders)} bidders, each of whom wants one unit")
    numbers = [x for bidder in bidders for row in (*bidder.values, bidder.outside) for x in row]
    rational_table(numbers, (len(numbers),), str(place / "bidders"))  # refused if they have no common denominator
    names, values = [bidder.name for bidder in bidders], [x for bidder in bidders for x in bidder.values[0]]
    found = MechanismTerms(
        bidders=bidders,
        outcomes=outcomes,
        units=units,
        joint_prior=_joint_prior(table, bidders, place),
        objective=_objective(table, outcomes, place),
        incentives=table.get("incentives", "Bayesian"),
        participation=table.get("participation", "interim"),
        budget=table.get("budget", "none"),
        liability=_liability(table, place),
        efficient=table.get("efficient", False),
        payments=table.get("payments", True),
        deterministic=table.get("deterministic", False),
        ring=read_ring(table["ring"], names, outcomes, place / "ring") if "ring" in table else None,
        auction=read_auction(table["auction"], values, outcomes, place / "auction") if "auction" in table else None,
    )
    if found.num_outcomes > MAX_OUTCOMES:
        raise (place / "units").error(
            f"{units} units go to {len(bidders)} bidders in {found.num_outcomes:,} ways; at most {MAX_OUTCOMES} are allowed"
        )
    if not found.payments:
        _check_no_payments(table, found, place)
    elif found.ring is not None and found.ring.blocking == "all" and found.ring.payment_bound is None:
        raise (place / "ring").error(
            "rings that lie only where every member gains need a bound on payments; add payment_bound"
        )
    return found


def _bidders(table: Data, outcomes: Sequence[str], place: Place) -> tuple[Bidder, ...]:
    bidders: list[Bidder] = []
    joint = "joint_prior" in table
    for k, entry in enumerate(table["bidders"]):
        where = place / "bidders" / k
        count, name = int(entry.get("count", 1)), entry.get("name", f"bidder {k + 1}")
        values = _values(entry, outcomes, where)
        size = len(values[0])
        types = tuple(entry.get("types", _type_names(values)))
        if len(types) != size:
            raise (where / "types").error(f"found {len(types)} names for {size} values; write one name for each type")
        if joint == ("prior" in entry):
            what = "a prior beside mechanism.joint_prior" if joint else "no prior"
            raise where.error(
                f"found {what}; write a prior for every bidder, or mechanism.joint_prior for all together"
            )
        prior = None if joint else short_law(entry["prior"], where / "prior")
        if prior is not None and len(prior) != size:
            raise (where / "prior").error(f"found {len(prior)} probabilities for {size} types; write one for each")
        bidders += [
            Bidder(name if count == 1 else f"{name} {j + 1}", types, values, prior, _outside(entry, size, where))
            for j in range(count)
        ]
    names = [bidder.name for bidder in bidders]
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise (place / "bidders").error(f"two bidders are called {quoted(twice)}; give each its own name")
    if len(bidders) > MAX_BIDDERS:
        raise (place / "bidders").error(f"found {len(bidders)} bidders; at most {MAX_BIDDERS} are allowed")
    profiles = math.prod(len(bidder.types) for bidder in bidders)
    if profiles > MAX_PROFILES:
        raise (place / "bidders").error(
            f"their types form {profiles:,} profiles; at most {MAX_PROFILES:,} are allowed (describe fewer types)"
        )
    return tuple(bidders)


def _values(entry: Data, outcomes: Sequence[str], place: Place) -> tuple[Row, ...]:
    """A row for the item, or one for each outcome; outcomes that are not named are worth 0."""
    given, where = entry["values"], place / "values"
    if isinstance(given, list):
        if outcomes:
            raise where.error(f"found a list; write a table with a list of values for outcomes ({listed(outcomes)})")
        return (tuple(_number(where / k, value) for k, value in enumerate(given)),)
    if not outcomes:
        raise where.error("found a table, but there are no outcomes; write a list of values, or add mechanism.outcomes")
    rows: dict[str, Row] = {}
    for name, row in given.items():
        check_known(name, outcomes, where / name, "outcomes")
        rows[name] = tuple(_number(where / name / k, value) for k, value in enumerate(row))
        if len(row) != len(next(iter(rows.values()))):
            raise (where / name).error(
                f"found {len(row)} numbers; write one for each type, as many as in the first list"
            )
    nothing = (Fraction(0),) * len(next(iter(rows.values())))
    return tuple(rows.get(name, nothing) for name in outcomes)


def _type_names(values: tuple[Row, ...]) -> Sequence[str]:
    names = [str(x) for x in values[0]]
    short = len(values) == 1 and len(set(names)) == len(names) and max(map(len, names)) <= 20
    return names if short else [f"type {k + 1}" for k in range(len(names))]


def _outside(entry: Data, size: int, place: Place) -> Row:
    given, where = entry.get("outside", 0), place / "outside"
    if not isinstance(given, list):
        return (_number(where, given),) * size
    if len(given) != size:
        raise where.error(f"found {len(given)} numbers; write one for each of {size} types")
    return tuple(_number(where / k, value) for k, value in enumerate(given))


def _joint_prior(table: Data, bidders: Sequence[Bidder], place: Place) -> Row | None:
    """Nested lists, a level for each bidder, as one row."""
    if "joint_prior" not in table:
        return None
    where, level = place / "joint_prior", [(place / "joint_prior", table["joint_prior"])]
    for bidder in bidders:
        below = []
        for at, value in level:
            if not isinstance(value, list) or len(value) != len(bidder.types):
                found = f"a list of {len(value)}" if isinstance(value, list) else "a number"
                raise at.error(
                    f"found {found}; write a list with an entry for each of the {len(bidder.types)} types of {bidder.name}"
                )
            below += [(at / k, item) for k, item in enumerate(value)]
        level = below
    numbers = []
    for at, value in level:
        if isinstance(value, list):
            raise at.error(f"found a list; there are {len(bidders)} bidders, write a number here")
        numbers.append(_number(at, value, least=0, most=1))
    return short_law(numbers, where)


def _objective(table: Data, outcomes: Sequence[str], place: Place) -> str | tuple[Row, Fraction]:
    given = table.get("objective", "welfare" if table.get("payments") is False else "revenue")
    if isinstance(given, str):
        return given
    where, worth = place / "objective", given.get("outcomes", {})
    if not outcomes:
        raise where.error("found a table, but there are no outcomes; write 'revenue' or 'welfare'")
    for name in worth:
        check_known(name, outcomes, where / "outcomes" / name, "outcomes")
    row = tuple(_number(where / "outcomes" / name, worth[name]) if name in worth else Fraction(0) for name in outcomes)
    return row, _number(where / "payments", given.get("payments", 0))


def _liability(table: Data, place: Place) -> Fraction | str:
    given = table.get("limited_liability", "if correlated")
    if given in ("none", "if correlated"):
        return str(given)
    return _number(place / "limited_liability", given, least=0)


def _check_no_payments(table: Data, found: MechanismTerms, place: Place) -> None:
    for key in ("budget", "limited_liability", "auction"):
        if key in table:
            raise (place / key).error("there are no payments (payments = false); leave this out")
    weight = found.objective[1] if isinstance(found.objective, tuple) else found.objective == "revenue"
    if weight:
        raise (place / "objective").error("it counts payments, but there are none (payments = false); write 'welfare'")
    if found.ring is not None and found.ring.blocking == "transfer":
        raise (place / "ring").error("there are no payments (payments = false); write blocking = 'all' or 'any'")


def _number(place: Place, value: Any, *, least: int | None = None, most: int | None = None) -> Fraction:
    return short(place, number_at(place, value, least=least, most=most))
