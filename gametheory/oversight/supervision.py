"""What a supervisor is worth who can be bribed, and how that falls with the efficiency of bribes.

The model and its programmes are those of :mod:`.supervision_programme`: a principal buys q units from an agent with private
costs; a supervisor may hold hard evidence of them, and the agent may pay him for hiding it. Of each unit paid he receives k.

* :func:`supervision_contract`: the best collusion-proof contract at k, exactly, with the price of every constraint;
* :func:`contract_without_supervisor`: the benchmark, a programme of its own;
* :func:`~gametheory.oversight.supervision_path`: the principal's value for every k from 0 to 1, with all its breakpoints.

The value falls with k, and at k = 1 it is that of the benchmark if quantities depend on the type alone: a fully captured
supervisor is worth exactly nothing. Where quantities may depend on his evidence he can still be worth something, since proved
types need not be distorted.

Complexity: one linear programme of n² rows for n types. A quadratic surplus is solved in closed form first (pooling adjacent
violators in rationals) and then proved by the linear programme with its tangents there.

References: J. Tirole 1986, Journal of Law, Economics, and Organization 2; J.-J. Laffont and J. Tirole 1993, *A Theory of
Incentives in Procurement and Regulation*, chapter 11. Limits: evidence cannot be forged, and is about the type alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.programme import LinearProgramme
from gametheory.games.tables import data_frame
from gametheory.optimize.design import Design
from gametheory.oversight.pooling import best_menu
from gametheory.oversight.supervision_programme import (
    Quantities,
    SupervisedAgency,
    Surplus,
    screening_programme,
    side_efficiency,
    supervision_programme,
)

__all__ = [
    "SupervisedAgency",
    "SupervisionContract",
    "Surplus",
    "contract_without_supervisor",
    "schedule",
    "supervision_contract",
]

_ZERO, _ONE = Fraction(0), Fraction(1)
Schedule = tuple[list[Fraction], list[Fraction], Fraction | None]


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SupervisionContract:
    """What each type produces and earns, in the order of the costs.

    Attributes
    ----------
    types : tuple of str
    quantities, rents : tuple of Fraction
        Without evidence.
    rewards : tuple of Fraction
        Of the supervisor, for evidence of each type; 0 for types of which he never has any.
    proved_quantities : tuple of Fraction
        With evidence.
    """

    types: tuple[str, ...]
    quantities: tuple[Fraction, ...]
    rents: tuple[Fraction, ...]
    rewards: tuple[Fraction, ...]
    proved_quantities: tuple[Fraction, ...]

    def _table(self) -> list[tuple[Any, ...]]:
        return list(zip(self.types, self.quantities, self.rents, self.rewards, self.proved_quantities, strict=True))

    def __repr__(self) -> str:
        shown = (
            f"{name}: {exact_text(q)} units, rent {exact_text(u)}, reward {exact_text(s)}"
            for name, q, u, s, _ in self._table()
        )
        return f"SupervisionContract({'; '.join(shown)})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr>{''.join(f'<td>{x}</td>' for x in row)}</tr>" for row in self._table())
        head = "<tr><th>type</th><th>quantity</th><th>rent</th><th>reward</th><th>proved quantity</th></tr>"
        return f"<table><caption>Contract with a supervisor</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each type."""
        return data_frame(self._table(), ["type", "quantity", "rent", "reward", "proved_quantity"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        numbers = ("quantities", "rents", "rewards", "proved_quantities")
        return {"types": list(self.types), **{name: [exact_text(x) for x in getattr(self, name)] for name in numbers}}


def supervision_contract(agency: SupervisedAgency, *, efficiency: Any, quantities: Quantities = "by type") -> Design:
    """The best contract with an agent and a supervisor in which the supervisor hides no evidence.

    Parameters
    ----------
    agency : SupervisedAgency
    efficiency : number in [0, 1]
        k: what the supervisor receives of each unit that the agent pays him; 0: they cannot deal.
    quantities : "by type" or "by evidence"
        Whether the quantity depends on the agent's type alone, or also on whether it has been proved.

    Returns
    -------
    Design
        ``.value``: the principal's; ``.decision``: a :class:`SupervisionContract`; ``.binding``: who must be kept from claiming
        or hiding what, with shadow prices; ``.certificate``: of :func:`supervision_programme`.

    Raises
    ------
    SpecificationError
        Malformed input.

    Examples
    --------
    Tirole 1986, with two costs and one unit of worth 10; the first of the costs is proved in three cases of five:

    >>> agency = SupervisedAgency.of(costs=[2, 5], prior=["1/2", "1/2"], evidence=["3/5", 0], surplus=10, capacity=1)
    >>> [str(supervision_contract(agency, efficiency=k).value) for k in (0, "1/2", 1)]
    ['59/10', '109/20', '5']
    >>> design = supervision_contract(agency, efficiency="1/2")
    >>> [str(x) for x in design.decision.rewards]
    ['3/2', '0']
    """
    k = side_efficiency(efficiency)
    closed = schedule(agency, k, quantities) if agency.surplus.curvature else None
    programme = supervision_programme(agency=agency, efficiency=k, quantities=quantities, tangents=_tangents(closed))
    return _solved(agency, programme, closed, k, "supervision contract")


def contract_without_supervisor(agency: SupervisedAgency) -> Design:
    """The best menu for the agent when nobody can prove anything, by a programme that knows no supervisor.

    Examples
    --------
    >>> agency = SupervisedAgency.of(costs=[2, 5], prior=["1/2", "1/2"], evidence=["3/5", 0], surplus=10, capacity=1)
    >>> contract_without_supervisor(agency).value
    Fraction(5, 1)
    """
    # Rents cost as much as under a supervisor whose silence can be bought without loss; the programme proves the schedule.
    closed = schedule(agency, _ONE, "by type") if agency.surplus.curvature else None
    programme = screening_programme(agency=agency, tangents=_tangents(closed))
    return _solved(agency, programme, closed, _ONE, "contract without a supervisor")


def _solved(
    agency: SupervisedAgency, programme: LinearProgramme, closed: Schedule | None, k: Fraction, name: str
) -> Design:
    """Solve the programme; for a quadratic surplus the closed form is the point, and the tangents' multipliers prove it."""
    from gametheory.optimize.exact import solve_exact

    solution = solve_exact(programme)
    if closed is not None:
        # The tangents alone are flat around the optimum, so that their own point need not be the quadratic one.
        point = _point(agency, programme, closed, k)
        certificate = replace(solution.certificate, primal=point)
        certificate.verify()
        solution = replace(solution, primal=point, certificate=certificate)
    at = {column: solution.primal[j] for j, column in enumerate(programme.column_names)}
    quantities = tuple(at[f"quantity of {t}"] for t in agency.names)
    decision = SupervisionContract(
        types=agency.names,
        quantities=quantities,
        rents=tuple(at[f"rent of {t}"] for t in agency.names),
        rewards=tuple(at.get(f"reward for evidence of {t}", _ZERO) for t in agency.names),
        proved_quantities=tuple(
            at.get(f"proved quantity of {t}", q) for t, q in zip(agency.names, quantities, strict=True)
        ),
    )
    return Design.of(solution, decision=decision, name=name)


def _point(agency: SupervisedAgency, programme: LinearProgramme, closed: Schedule, k: Fraction) -> RationalArray:
    """The columns of a schedule, with the least rents that keep types from claiming higher costs."""
    values: dict[str, Fraction] = {}
    rent = _ZERO
    for i in reversed(range(len(agency.costs))):
        name, quantity, proved = agency.names[i], closed[0][i], closed[1][i]
        if i + 1 < len(agency.costs):
            rent += (agency.costs[i + 1] - agency.costs[i]) * closed[0][i + 1]
        values |= {f"quantity of {name}": quantity, f"proved quantity of {name}": proved, f"rent of {name}": rent}
        values |= {f"surplus of {name}": agency.surplus.value(quantity), f"reward for evidence of {name}": k * rent}
        values[f"proved surplus of {name}"] = agency.surplus.value(proved)
    return RationalArray.from_fractions([values[name] for name in programme.column_names])


def _tangents(closed: Schedule | None) -> tuple[Fraction, ...]:
    return () if closed is None else tuple(sorted({*closed[0], *closed[1]}))


def _rent_weights(agency: SupervisedAgency, k: Fraction) -> list[Fraction]:
    """What a unit of rent of each type costs: p_i (1 − ζ_i + k ζ_i)."""
    return [p * (1 - z + k * z) for p, z in zip(agency.prior, agency.evidence, strict=True)]


def schedule(agency: SupervisedAgency, k: Fraction, quantities: Quantities) -> Schedule:
    """The best quantities for a quadratic surplus at k, without and with evidence, and how far they are linear in k."""
    by_type = quantities == "by type"
    weights = [p if by_type else p * (1 - z) for p, z in zip(agency.prior, agency.evidence, strict=True)]
    rents, slopes = _rent_weights(agency, k), [p * z for p, z in zip(agency.prior, agency.evidence, strict=True)]
    losses = []
    for j, cost in enumerate(agency.costs):
        gap = cost - agency.costs[j - 1] if j else _ZERO
        losses.append((weights[j] * cost + gap * sum(rents[:j], _ZERO), gap * sum(slopes[:j], _ZERO)))
    linear, curvature, capacity = agency.surplus.linear, agency.surplus.curvature, agency.capacity
    menu = best_menu(weights, losses, linear=linear, curvature=curvature, capacity=capacity)
    chosen = list(menu.quantities)
    if by_type:
        return chosen, chosen, menu.step
    best = [max(_ZERO, (linear - cost) / curvature) for cost in agency.costs]
    proved = [q if capacity is None else min(q, capacity) for q in best]
    return chosen, [q if z else c for q, z, c in zip(proved, agency.evidence, chosen, strict=True)], menu.step
