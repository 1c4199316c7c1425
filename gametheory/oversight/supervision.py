"""What a supervisor is worth who can be bribed, and how that falls with the efficiency of bribes.

The model and its programmes are those of :mod:`.supervision_programme`: a principal buys q units from an agent with private
costs; a supervisor may hold hard evidence of them, and the agent may pay him for hiding it. Of each unit paid he receives k.

* :func:`supervision_contract`: the best collusion-proof contract at k, exactly, with the price of every constraint;
* :func:`contract_without_supervisor`: the benchmark, a programme of its own;
* :func:`supervision_path`: the principal's value for every k from 0 to 1 with all its breakpoints. It falls, is convex in k
  (k enters the objective alone once s_i = k U_i), and at k = 1 it is that of the benchmark if quantities depend on the type
  alone: a fully captured supervisor is worth exactly nothing. Where quantities may depend on his evidence he can still be
  worth something, since proved types need not be distorted.

Complexity: one linear programme of n² rows for n types. A quadratic surplus is solved in closed form first (pooling adjacent
violators in rationals) and then proved by the linear programme with its tangents there.

References: J. Tirole 1986, Journal of Law, Economics, and Organization 2; J.-J. Laffont and J. Tirole 1993, *A Theory of
Incentives in Procurement and Regulation*, chapter 11. Limits: evidence cannot be forged, and is about the type alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from itertools import pairwise
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
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
    "SupervisionPath",
    "SupervisionPiece",
    "Surplus",
    "contract_without_supervisor",
    "supervision_contract",
    "supervision_path",
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
    closed = _schedule(agency, k, quantities) if agency.surplus.curvature else None
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
    closed = _schedule(agency, _ONE, "by type") if agency.surplus.curvature else None
    programme = screening_programme(agency=agency, tangents=_tangents(closed))
    return _solved(agency, programme, closed, _ONE, "contract without a supervisor")


@final
@compared_by("start", "end", "coefficients")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SupervisionPiece:
    """The value between two breakpoints: c_0 + c_1 k + c_2 k² (c_2 = 0 unless the surplus is quadratic).

    ``certificates`` prove it at both ends and in the middle.
    """

    start: Fraction
    end: Fraction
    coefficients: tuple[Fraction, Fraction, Fraction]
    certificates: tuple[DualityCertificate, DualityCertificate, DualityCertificate]


@final
@compared_by("agency", "quantities", "pieces")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SupervisionPath:
    """The principal's value for every efficiency k of side contracts, from 0 to 1.

    Attributes
    ----------
    agency : SupervisedAgency
    quantities : "by type" or "by evidence"
    pieces : tuple of SupervisionPiece
    without_supervisor : Design
    """

    agency: SupervisedAgency
    quantities: Quantities
    pieces: tuple[SupervisionPiece, ...]
    without_supervisor: Design

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where the formula changes, with both ends."""
        return (self.pieces[0].start, *(piece.end for piece in self.pieces))

    def value(self, efficiency: Any) -> Fraction:
        """The principal's value at k."""
        k = side_efficiency(efficiency)
        c = next(piece for piece in self.pieces if k <= piece.end).coefficients
        return c[0] + c[1] * k + c[2] * k * k

    def worth(self, efficiency: Any) -> Fraction:
        """What the supervisor adds at k to the value without him."""
        return self.value(efficiency) - exact(self.without_supervisor.value)

    def verify(self) -> Literal[True]:
        """Check the certificates at the ends and in the middle of every piece against its formula.

        The value is convex in k, so that this proves a linear piece for all k on it. That a quadratic piece holds between the
        three points is the closed form of :mod:`.pooling`.

        Raises
        ------
        CertificateError
            From the first certificate that fails.
        SpecificationError
            If a formula says something else, or is about another agency.
        """
        for piece in self.pieces:
            for k, proof in zip(_three(piece.start, piece.end), piece.certificates, strict=True):
                proof.verify()
                tangents = proof.programme.arguments.get("tangents", ())
                proof.verify_against(
                    supervision_programme(
                        agency=self.agency, efficiency=k, quantities=self.quantities, tangents=tangents
                    )
                )
                if proof.value != self.value(k):
                    raise SpecificationError(f"at k = {k} the formula differs from what is proved; solve again")
        return True

    def __repr__(self) -> str:
        first, last, size = self.pieces[0].start, self.pieces[-1].end, len(self.pieces)
        evidence = "exact" if self.agency.surplus.curvature else "certified"
        return (
            f"SupervisionPath({evidence}: value {brief(self.value(first))} to {brief(self.value(last))} in {size} "
            f"piece{'s' * (size > 1)}, without a supervisor {brief(exact(self.without_supervisor.value))})"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{piece.start}</td><td>{piece.end}</td>{''.join(f'<td>{c}</td>' for c in piece.coefficients)}</tr>"
            for piece in self.pieces[:200]
        )
        head = "<tr><th>from</th><th>to</th><th>constant</th><th>k</th><th>k²</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each piece."""
        rows = [[piece.start, piece.end, *piece.coefficients] for piece in self.pieces]
        return data_frame(rows, ["start", "end", "constant", "linear", "quadratic"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "agency": self.agency.to_dict(),
            "quantities": self.quantities,
            "pieces": [
                {
                    "start": exact_text(piece.start),
                    "end": exact_text(piece.end),
                    "coefficients": [exact_text(c) for c in piece.coefficients],
                    "certificates": [proof.to_dict() for proof in piece.certificates],
                }
                for piece in self.pieces
            ],
            "without_supervisor": self.without_supervisor.to_dict(),
        }


def supervision_path(agency: SupervisedAgency, *, quantities: Quantities = "by type") -> SupervisionPath:
    """The principal's value as a function of the efficiency of side contracts, exactly, with all breakpoints.

    Parameters
    ----------
    agency : SupervisedAgency
    quantities : "by type" or "by evidence"

    Returns
    -------
    SupervisionPath

    Examples
    --------
    A quadratic surplus: the less efficient bribes are, the less the principal lets the costly type suffer for them.

    >>> agency = SupervisedAgency.of(costs=["1/5", "2/5"], prior=["1/2", "1/2"], evidence=["3/5", 0],
    ...                              surplus=Surplus.quadratic(1, 1))
    >>> path = supervision_path(agency)
    >>> [str(path.worth(k)) for k in (0, "1/2", 1)], path.verify()
    (['69/2500', '129/10000', '0'], True)
    """

    def at(k: Fraction) -> Design:
        return supervision_contract(agency, efficiency=k, quantities=quantities)

    breaks = _quadratic_breaks(agency, quantities) if agency.surplus.curvature else _linear_breaks(agency, at)
    found: list[SupervisionPiece] = []
    for start, end in pairwise(breaks):
        designs = [at(k) for k in _three(start, end)]
        values = [exact(design.value) for design in designs]
        coefficients = _through(start, end, values)
        if found and found[-1].coefficients == coefficients:
            start = found.pop().start
            designs = [at(k) for k in _three(start, end)]
        one, two, three = (design.certificate for design in designs)
        assert isinstance(one, DualityCertificate)
        assert isinstance(two, DualityCertificate)
        assert isinstance(three, DualityCertificate)
        found.append(SupervisionPiece(start=start, end=end, coefficients=coefficients, certificates=(one, two, three)))
    return SupervisionPath(
        agency=agency,
        quantities=quantities,
        pieces=tuple(found),
        without_supervisor=contract_without_supervisor(agency),
    )


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


def _schedule(agency: SupervisedAgency, k: Fraction, quantities: Quantities) -> Schedule:
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


def _quadratic_breaks(agency: SupervisedAgency, quantities: Quantities) -> list[Fraction]:
    breaks = [_ZERO]
    while breaks[-1] < 1:
        step = _schedule(agency, breaks[-1], quantities)[2]
        breaks.append(_ONE if step is None else min(_ONE, breaks[-1] + step))
    return breaks


def _linear_breaks(agency: SupervisedAgency, at: Callable[[Fraction], Design]) -> list[Fraction]:
    """Where the lines that optimal contracts give, value less k times the rents that are at stake, meet on the value."""

    def line(k: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        design = at(k)
        stakes = zip(agency.prior, agency.evidence, design.decision.rents, strict=True)
        return k, exact(design.value), -sum((p * z * u for p, z, u in stakes), _ZERO)

    breaks, waiting = [_ZERO], [(line(_ZERO), line(_ONE))]
    while waiting:
        a, b = waiting.pop()
        (k, value, slope), (end, final_value, final_slope) = a, b
        if value + slope * (end - k) == final_value or final_value + final_slope * (k - end) == value:
            breaks.append(end)
            continue
        meeting = (final_value - value + slope * k - final_slope * end) / (slope - final_slope)
        middle = line(meeting)
        if middle[1] == value + slope * (meeting - k):
            breaks += [meeting, end]
        else:
            waiting += [(middle, b), (a, middle)]
    return breaks


def _three(start: Fraction, end: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    return start, (start + end) / 2, end


def _through(start: Fraction, end: Fraction, values: list[Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """Coefficients of the parabola through the values at start, middle and end."""
    half = (end - start) / 2
    second = (values[0] - 2 * values[1] + values[2]) / (2 * half * half)
    first = (values[2] - values[0]) / (2 * half) - second * (start + end)
    return values[0] - first * start - second * start * start, first, second
