"""A supervisor who can be bribed: the table ``[supervision]``, from its data to types, evidence and side payments.

A principal buys from an agent with private costs. The table says what a quantity is worth (``surplus``: a number for each unit
alike, ``{linear, curvature}``, or points), how much can be bought (``capacity``), which ``types`` the agent may be of and with
which probability the supervisor holds evidence of each, what arrives of the agent's bribes (``efficiency``), whether quantities
may depend on evidence (``quantities``), and what the supervisor costs (``wage``).

Sizes are limited: 10 types, 20 points of the surplus, 20 efficiencies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, final

from gametheory.audit.places import Place, number_at, rate_at

__all__ = ["AgentType", "Supervision", "efficiencies_at", "read_supervision_table"]

Data = Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class AgentType:
    """What a unit costs the agent, how likely that is, and how often the supervisor can then prove it."""

    cost: Fraction
    probability: Fraction
    evidence: Fraction


@final
@dataclass(frozen=True, slots=True)
class Supervision:
    """A principal, an agent and a supervisor.

    Attributes
    ----------
    types : tuple of AgentType
        By rising cost.
    surplus : Fraction, (linear, curvature), or tuple of points (quantity, surplus)
    capacity : Fraction or None
    quantities : "by type" or "by evidence"
    efficiencies : tuple of Fraction
        What the supervisor receives of a unit that the agent pays him, rising.
    wage : Fraction or None
        What the supervisor costs.
    """

    types: tuple[AgentType, ...]
    surplus: Fraction | tuple[Any, ...]
    capacity: Fraction | None
    quantities: Literal["by type", "by evidence"]
    efficiencies: tuple[Fraction, ...]
    wage: Fraction | None = None

    @property
    def surplus_data(self) -> Any:
        """The surplus in the form that the library reads."""
        if isinstance(self.surplus, Fraction):
            return self.surplus
        if isinstance(self.surplus[0], Fraction):
            return {"linear": self.surplus[0], "curvature": self.surplus[1]}
        return [list(point) for point in self.surplus]


def read_supervision_table(table: Data, place: Place) -> Supervision:
    """What the checked data of ``[supervision]`` describe."""
    types: list[AgentType] = []
    for k, entry in enumerate(table["types"]):
        where = place / "types" / k
        cost = number_at(where / "cost", entry["cost"], least=0)
        if cost in (other.cost for other in types):
            raise (where / "cost").error(f"found the cost {cost} again; give each type its own cost")
        probability = rate_at(where, entry, "probability", 0)
        types.append(AgentType(cost, probability, rate_at(where, entry, "evidence", 0)))
    total = sum((each.probability for each in types), Fraction(0))
    if total != 1:
        raise (place / "types").error(
            f"found probabilities that sum to {total}; they must sum to 1 ('1/3' is exact, 0.333 is not)"
        )
    surplus = _surplus(table["surplus"], place / "surplus")
    capacity = number_at(place / "capacity", table["capacity"], least=0) if "capacity" in table else None
    if capacity == 0:
        raise (place / "capacity").error("found 0; write a number > 0")
    if isinstance(surplus, Fraction) and capacity is None:
        raise place.error("each unit is worth the same; write capacity, the largest quantity")
    if isinstance(surplus, tuple) and isinstance(surplus[-1], tuple) and capacity is not None:
        most = surplus[-1][0]
        if capacity > most:
            raise (place / "capacity").error(f"found {capacity}; the surplus is given for quantities up to {most}")
    return Supervision(
        types=tuple(sorted(types, key=lambda each: each.cost)),
        surplus=surplus,
        capacity=capacity,
        quantities=table.get("quantities", "by type"),
        efficiencies=efficiencies_at(place / "efficiency", table.get("efficiency", [0, Fraction(1, 2), 1])),
        wage=number_at(place / "wage", table["wage"], least=0) if "wage" in table else None,
    )


def efficiencies_at(place: Place, value: Any) -> tuple[Fraction, ...]:
    """One efficiency of side payments, several, or the ends of an interval and its middle; rising, each once."""
    if isinstance(value, Mapping):
        low, high = rate_at(place, value, "from", 0), rate_at(place, value, "to", 1)
        if low > high:
            raise place.error(f"found from {low} to {high}; from may not exceed to")
        return tuple(sorted({low, (low + high) / 2, high}))
    if isinstance(value, list):
        return tuple(sorted({number_at(place / k, each, least=0, most=1) for k, each in enumerate(value)}))
    return (number_at(place, value, least=0, most=1),)


def _surplus(value: Any, place: Place) -> Fraction | tuple[Any, ...]:
    if isinstance(value, Mapping):
        curvature = number_at(place / "curvature", value["curvature"], least=0)
        if curvature == 0:
            raise (place / "curvature").error("found 0; write a number > 0, or a number in place of the table")
        return number_at(place / "linear", value["linear"]), curvature
    if not isinstance(value, list):
        return number_at(place, value)
    points = tuple(
        (number_at(place / k / 0, point[0]), number_at(place / k / 1, point[1])) for k, point in enumerate(value)
    )
    if points[0][0] != 0 or any(a[0] >= b[0] for a, b in pairwise(points)):
        raise place.error("write pairs of quantity and surplus, the quantities rising from 0")
    return points
