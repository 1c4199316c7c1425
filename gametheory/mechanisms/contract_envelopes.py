"""Which agents to contract for every value of a joint project: switch points, and the price of unaccountability.

With the bonuses of :mod:`.combinatorial_agency` a principal to whom success is worth v has

    U(v) = max_S { t(S) v − t(S) Σ_{i∈S} c_i / Δ_i },

the upper envelope of straight lines in v: its kinks are the *switch points* at which another set is contracted. With effort
seen, the envelope is that of t(S) v − c(S); the largest ratio of its welfare to that of the contracted set, over all v, is the
*price of unaccountability*.

References: M. Babaioff, M. Feldman and N. Nisan (2006), Combinatorial agency, EC'06; the same with E. Winter
(2012), Combinatorial agency, Journal of Economic Theory 147. Complexity: 2ⁿ sets for each kink.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError, UnboundedError
from gametheory.games.coalitions import coalition_label
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.mechanisms.combinatorial_agency import CombinatorialAgency, ContractedSet, Effort

__all__ = ["ContractEnvelope", "Unaccountability", "contract_envelope", "price_of_unaccountability"]


@final
@compared_by("agency", "effort", "sets", "switch_points")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ContractEnvelope:
    """Which set is contracted for which value of success, exactly.

    Attributes
    ----------
    agency : CombinatorialAgency
    effort : "hidden" or "seen"
    sets : tuple of ContractedSet
        From the smallest values on; success rises from each to the next.
    switch_points : tuple of Fraction
        At ``switch_points[k]`` the sets k and k + 1 are equally good.
    """

    agency: CombinatorialAgency
    effort: Effort
    sets: tuple[ContractedSet, ...]
    switch_points: tuple[Fraction, ...]

    def at(self, value: Any) -> ContractedSet:
        """The best set for a value of success; at a switch point the one before it."""
        worth = exact(value, where="value")
        if worth < 0:
            raise SpecificationError(f"value: found {value}; write a number ≥ 0")
        return self.sets[sum(point < worth for point in self.switch_points)]

    def to_frame(self) -> Any:
        """A pandas table: from which value on which set is best, its success and payment."""
        starts = (Fraction(0), *self.switch_points)
        rows = [[v, ", ".join(s.names), s.success, s.payment] for v, s in zip(starts, self.sets, strict=True)]
        return data_frame(rows, ["from value", "contracted", "success", "payment"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "effort": self.effort,
            "sets": [s.to_dict() for s in self.sets],
            "switch_points": list(map(exact_text, self.switch_points)),
        }

    def __repr__(self) -> str:
        parts = [coalition_label(self.agency.players, self.sets[0].members)]
        for point, found in zip(self.switch_points, self.sets[1:], strict=True):
            parts.append(f"from {brief(point)} {coalition_label(self.agency.players, found.members)}")
        shown = ", ".join(parts[:6]) + (f" and {len(parts) - 6} more" if len(parts) > 6 else "")
        return f"ContractEnvelope({self.effort} effort, exact: {shown})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@dataclass(frozen=True, slots=True)
class Unaccountability:
    """The price of unaccountability, and where it is paid; ``float()`` works.

    Attributes
    ----------
    price : Fraction
        Supremum over v of first-best welfare divided by the welfare of the contracted set.
    value : Fraction
        The v at (or just below) which it is reached.
    contracted, efficient : ContractedSet
        There.
    """

    price: Fraction
    value: Fraction
    contracted: ContractedSet
    efficient: ContractedSet

    def __float__(self) -> float:
        return float(self.price)

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of one row."""
        return data_frame([[self.price, self.value]], ["price", "value"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        sets = {"contracted": self.contracted.to_dict(), "efficient": self.efficient.to_dict()}
        return {"price": exact_text(self.price), "value": exact_text(self.value), **sets}


def contract_envelope(agency: CombinatorialAgency, *, effort: Effort = "hidden") -> ContractEnvelope:
    """Which set is best for every value of success: all switch points, exactly.

    Parameters
    ----------
    effort : "hidden" or "seen"
        Whether bonuses are paid for success, or the cost of effort is met because effort is seen (the first best).

    Examples
    --------
    When both tasks are needed, both agents are contracted at once; when one is enough, the second only when success is worth
    much more (Babaioff, Feldman and Nisan 2006):

    >>> tasks = dict(num_agents=2, with_effort="3/4", without_effort="1/4", costs=1)
    >>> [[str(v) for v in contract_envelope(CombinatorialAgency.of_tasks(f, **tasks)).switch_points] for f in ("and", "or")]
    [['6'], ['52/9', '308/3']]
    """
    if effort not in ("hidden", "seen"):
        raise SpecificationError(f"effort: found {effort!r}; write 'hidden' or 'seen'")
    sets = agency.contracts()
    current = max(sets, key=lambda s: (s.profit(0, effort=effort), s.success))
    chosen, points = [current], []
    while True:
        crossings = [
            (
                (current.profit(0, effort=effort) - s.profit(0, effort=effort)) / (s.success - current.success),
                -s.success,
                k,
            )
            for k, s in enumerate(sets)
            if s.success > current.success
        ]
        if not crossings:
            break
        point, _, k = min(crossings)  # of several that cross there, the steepest goes on
        current = sets[k]
        chosen.append(current)
        points.append(point)
    return ContractEnvelope(agency, effort, tuple(chosen), tuple(points))


def price_of_unaccountability(agency: CombinatorialAgency) -> Unaccountability:
    """How much more welfare there would be, at worst over all values of success, if effort were seen.

    Raises
    ------
    UnboundedError
        Success is impossible without effort, so that the contracted welfare is 0 where the first best is not.

    Examples
    --------
    For two tasks that are both needed it is (1/γ − 1) + 1 − γ/(1 − γ) with γ = 1/4 (Babaioff, Feldman and Nisan 2006):

    >>> both = CombinatorialAgency.of_tasks("and", num_agents=2, with_effort="3/4", without_effort="1/4", costs=1)
    >>> str(price_of_unaccountability(both).price)
    '11/3'
    """
    hidden, seen = contract_envelope(agency), contract_envelope(agency, effort="seen")
    best = Unaccountability(Fraction(1), Fraction(0), hidden.sets[0], seen.sets[0])
    # Between kinks the ratio is a monotone function of v, so that its supremum is at a kink, from the left or the right.
    for v in sorted({*hidden.switch_points, *seen.switch_points}):
        right = hidden.sets[sum(point <= v for point in hidden.switch_points)]
        efficient = seen.at(v)
        for contracted in (hidden.at(v), right):
            welfare, first_best = contracted.profit(v, effort="seen"), efficient.profit(v, effort="seen")
            if not welfare and first_best:
                raise UnboundedError(
                    f"at the value {brief(v)} the contracted welfare is 0 and the first best {brief(first_best)}: the price "
                    "has no bound; give success some probability without effort"
                )
            if welfare and first_best / welfare > best.price:
                best = Unaccountability(first_best / welfare, v, contracted, efficient)
    return best
