"""The linear programmes of supervision: a principal, an agent with private costs, and a supervisor who may sell silence.

Types θ_1 < … < θ_n of the agent (cost per unit) have probabilities p_i; with probability ζ_i the supervisor of an agent of
type i holds hard evidence of it, which he can hide but not forge. Surplus S(q) is concave, 0 ≤ q ≤ q̄. *Without* evidence the
agent picks an entry (q_j, U_j + θ_j q_j) of a menu, so that U_i ≥ U_j + (θ_j − θ_i) q_j and U_i ≥ 0. *With* evidence his rent
is 0, which is best: a unit of rent left to him would spare at most k ≤ 1 units of the supervisor's reward s_i. Hiding the
evidence is worth U_i to him; he pays that for silence, the supervisor receives k U_i (k is the *efficiency* of side
contracts), and all side contracts are deterred at no loss (collusion-proofness principle):

    maximise   Σ_i p_i (y_i − θ_i q_i) − Σ_i p_i ((1 − ζ_i) U_i + ζ_i s_i)
    subject to s_i ≥ k U_i,   U_i ≥ U_j + (θ_j − θ_i) q_j,   y_i ≤ σ_m q_i + τ_m for every piece m of the surplus.

With two types, evidence of the low cost alone and U_1 = (θ_2 − θ_1) q_2 the first row is s ≥ k (θ_2 − θ_1) q_2. Where the
principal may let the quantity depend on what the supervisor shows (``quantities="by evidence"``), q_i with evidence is another
column. A quadratic surplus enters by its tangents at chosen quantities, each of which bounds it from above: the bound of such a
programme is a bound for the quadratic one, and is attained if the optimal quantities are among them.

References: J. Tirole 1986, "Hierarchies and bureaucracies: on the role of collusion in organizations", Journal of Law,
Economics, and Organization 2; J.-J. Laffont and J. Tirole 1991, "The politics of government decision-making: a theory of
regulatory capture", Quarterly Journal of Economics 106; the same 1993, *A Theory of Incentives in Procurement and Regulation*,
chapter 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large

__all__ = ["Quantities", "SupervisedAgency", "Surplus", "screening_programme", "supervision_programme"]

Quantities = Literal["by type", "by evidence"]
Rows = list[tuple[str, dict[int, Any], Sense, Any]]
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class Surplus:
    """What the principal gains from a quantity, a concave function: pieces, or quadratic.

    Attributes
    ----------
    lines : tuple of (Fraction, Fraction)
        Slope and intercept of each piece, S(q) = min of all; empty if quadratic.
    linear, curvature : Fraction
        S(q) = linear · q − curvature · q²/2 if quadratic; both 0 otherwise.
    largest : Fraction or None
        The largest quantity for which it is known.
    """

    lines: tuple[tuple[Fraction, Fraction], ...] = ()
    linear: Fraction = _ZERO
    curvature: Fraction = _ZERO
    largest: Fraction | None = None

    @classmethod
    def proportional(cls, worth: Any) -> Surplus:
        """Each unit is worth the same: S(q) = worth · q."""
        return cls(lines=((exact(worth, where="worth"), _ZERO),))

    @classmethod
    def quadratic(cls, linear: Any, curvature: Any) -> Surplus:
        """S(q) = linear · q − curvature · q²/2, curvature > 0."""
        bend = exact(curvature, where="curvature")
        if bend <= 0:
            raise SpecificationError(f"curvature: found {curvature}; write a number > 0, or take Surplus.proportional")
        return cls(linear=exact(linear, where="linear"), curvature=bend)

    @classmethod
    def at(cls, points: Sequence[tuple[Any, Any]]) -> Surplus:
        """Quantities from a finite grid, drawn by lot where that is better: the concave envelope of the points.

        Parameters
        ----------
        points : pairs (quantity, surplus), from quantity 0 up

        Examples
        --------
        >>> Surplus.at([(0, 0), (1, 1), (2, 5), (3, 6)]).lines
        ((Fraction(5, 2), Fraction(0, 1)), (Fraction(1, 1), Fraction(3, 1)))
        """
        listed = [check_list(f"points[{k}]", pair) for k, pair in enumerate(check_list("points", points))]
        read = [tuple(exact(x, where=f"points[{k}]") for x in pair) for k, pair in enumerate(listed)]
        if (
            len(read) < 2
            or any(len(pair) != 2 for pair in read)
            or read[0][0] != 0
            or any(a[0] >= b[0] for a, b in pairwise(read))
        ):
            raise SpecificationError("points: write two or more pairs (quantity, surplus), quantities rising from 0")
        hull: list[tuple[Fraction, Fraction]] = []
        for q, s in read:
            while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (q - hull[-1][0]) <= (s - hull[-1][1]) * (
                hull[-1][0] - hull[-2][0]
            ):
                hull.pop()
            hull.append((q, s))
        slopes = [((d - b) / (c - a), a, b) for (a, b), (c, d) in pairwise(hull)]
        return cls(lines=tuple((slope, b - slope * a) for slope, a, b in slopes), largest=read[-1][0])

    @classmethod
    def of(cls, surplus: Any) -> Surplus:
        """A surplus, what :meth:`to_data` wrote, a number (proportional) or a list of points."""
        if isinstance(surplus, cls):
            return surplus
        if isinstance(surplus, dict):
            if set(surplus) == {"linear", "curvature"}:
                return cls.quadratic(surplus["linear"], surplus["curvature"])
            raise SpecificationError("surplus: write {'linear': …, 'curvature': …}, a number, or a list of points")
        return (
            cls.at(surplus)
            if isinstance(surplus, Sequence) and not isinstance(surplus, str)
            else cls.proportional(surplus)
        )

    def value(self, quantity: Fraction) -> Fraction:
        """S(q)."""
        if self.curvature:
            return self.linear * quantity - self.curvature * quantity**2 / 2
        return min(slope * quantity + level for slope, level in self.lines)

    def pieces(self, tangents: Sequence[Fraction]) -> list[tuple[Fraction, Fraction]]:
        """Slopes and intercepts of lines above S: its pieces, or the tangents at these quantities."""
        if not self.curvature:
            return list(self.lines)
        return [(self.linear - self.curvature * q, self.curvature * q**2 / 2) for q in tangents]

    def to_data(self) -> Any:
        """JSON data that :meth:`of` reads."""
        if self.curvature:
            return {"linear": exact_text(self.linear), "curvature": exact_text(self.curvature)}
        if self.largest is None:
            return exact_text(self.lines[0][0])
        ends = [(b[1] - a[1]) / (a[0] - b[0]) for a, b in pairwise(self.lines)]
        return [[exact_text(q), exact_text(self.value(q))] for q in (_ZERO, *ends, self.largest)]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedAgency:
    """A principal's problem: what the agent may cost, what he produces, and what a supervisor can prove.

    Attributes
    ----------
    costs : tuple of Fraction, rising
        Of a unit, by type of the agent.
    prior : tuple of Fraction
        Probability of each type.
    evidence : tuple of Fraction
        Probability that the supervisor holds hard evidence, given each type.
    surplus : Surplus
    capacity : Fraction or None
        The largest quantity.
    """

    costs: tuple[Fraction, ...]
    prior: tuple[Fraction, ...]
    evidence: tuple[Fraction, ...]
    surplus: Surplus
    capacity: Fraction | None

    @classmethod
    def of(
        cls, *, costs: Sequence[Any], prior: Sequence[Any], evidence: Sequence[Any], surplus: Any, capacity: Any = None
    ) -> SupervisedAgency:
        """Read an agency.

        Parameters
        ----------
        costs : sequence of numbers ≥ 0, strictly rising
        prior, evidence : sequences of probabilities, as long; ``prior`` sums to 1
        surplus : Surplus, a number (the worth of a unit), or a list of points (quantity, surplus)
        capacity : number > 0, optional
            The largest quantity; needed where each unit is worth the same.

        Raises
        ------
        SpecificationError
            Lengths, orders or probabilities that are not so.

        Examples
        --------
        >>> SupervisedAgency.of(costs=[2, 5], prior=["1/2", "1/2"], evidence=["3/5", 0], surplus=10, capacity=1)
        SupervisedAgency(2 types, costs 2 to 5)
        """
        types = tuple(exact(c, where=f"costs[{i}]") for i, c in enumerate(check_list("costs", costs)))
        weights = tuple(exact(p, where=f"prior[{i}]") for i, p in enumerate(check_list("prior", prior)))
        proofs = tuple(exact(z, where=f"evidence[{i}]") for i, z in enumerate(check_list("evidence", evidence)))
        if not types or types[0] < 0 or any(a >= b for a, b in pairwise(types)):
            raise SpecificationError("costs: write one or more numbers ≥ 0, each larger than the one before")
        for name, listed in (("prior", weights), ("evidence", proofs)):
            if len(listed) != len(types) or any(not 0 <= p <= 1 for p in listed):
                raise SpecificationError(f"{name}: write {len(types)} probabilities, one for each of the costs")
        if sum(weights) != 1:
            raise SpecificationError(f"prior: found probabilities that sum to {sum(weights)}; they must sum to 1")
        read = Surplus.of(surplus)
        most = read.largest if capacity is None else exact(capacity, where="capacity")
        if most is None and not read.curvature:
            raise SpecificationError("capacity: each unit is worth the same; write the largest quantity, a number > 0")
        if most is not None and (most <= 0 or (read.largest is not None and most > read.largest)):
            allowed = "a number > 0" if read.largest is None else f"a number > 0, at most {read.largest}"
            raise SpecificationError(f"capacity: found {most}; write {allowed}")
        return cls(costs=types, prior=weights, evidence=proofs, surplus=read, capacity=most)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the types."""
        return tuple(f"cost {exact_text(c)}" for c in self.costs)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: the arguments of :meth:`of`."""
        listed = {name: [exact_text(x) for x in getattr(self, name)] for name in ("costs", "prior", "evidence")}
        most = None if self.capacity is None else exact_text(self.capacity)
        return {**listed, "surplus": self.surplus.to_data(), "capacity": most}

    def __repr__(self) -> str:
        ends = f"{exact_text(self.costs[0])} to {exact_text(self.costs[-1])}"
        return f"SupervisedAgency({len(self.costs)} type{'s' * (len(self.costs) > 1)}, costs {ends})"


def supervision_programme(
    *, agency: Any, efficiency: Any, quantities: Quantities = "by type", tangents: Sequence[Any] = ()
) -> LinearProgramme:
    """The programme of the module; the row builder ``"supervision"``.

    Parameters
    ----------
    agency : SupervisedAgency or mapping of its data
    efficiency : number in [0, 1]
        What the supervisor receives of a unit that the agent pays him.
    quantities : "by type" or "by evidence"
        Whether the quantity depends on the agent's type alone, or also on whether the supervisor has proved it.
    tangents : sequence of numbers
        For a quadratic surplus: the quantities at which it is replaced by its tangents.
    """
    model, k = _model(agency), side_efficiency(efficiency)
    if quantities not in ("by type", "by evidence"):
        raise SpecificationError(f"quantities: found {quantities!r}; write 'by type' or 'by evidence'")
    count, proved = len(model.costs), quantities == "by evidence"
    lines = _lines(model, tangents)
    refuse_if_too_large(count * (3 * count + 4 * len(lines)), 300, "the programme of supervision")
    rows, columns = _menu(model, lines)
    q, u, y = (dict(enumerate(range(part * count, (part + 1) * count))) for part in range(3))
    objective: dict[int, Fraction] = {}
    for i, name in enumerate(model.names):
        weight, shown = model.prior[i], model.prior[i] * model.evidence[i]
        silent = weight - shown if proved else weight
        objective |= {y[i]: silent, q[i]: -silent * model.costs[i], u[i]: -(weight - shown)}
        if shown:
            reward = len(columns)
            columns.append((f"reward for evidence of {name}", _ZERO, None))
            objective[reward] = -shown
            rows.append((f"supervisor shows evidence of {name}", {reward: 1, u[i]: -k}, ">=", 0))
            if proved:
                columns += [
                    (f"proved quantity of {name}", _ZERO, model.capacity),
                    (f"proved surplus of {name}", None, None),
                ]
                objective |= {reward + 1: -shown * model.costs[i], reward + 2: shown}
                rows += [
                    (f"proved surplus of {name}, piece {m + 1}", {reward + 2: 1, reward + 1: -slope}, "<=", level)
                    for m, (slope, level) in enumerate(lines)
                ]
    arguments = {"agency": model.to_dict(), "efficiency": exact_text(k), "quantities": quantities}
    return _maximise("supervision", objective, rows, columns, arguments, tangents)


def screening_programme(*, agency: Any, tangents: Sequence[Any] = ()) -> LinearProgramme:
    """The principal's programme without a supervisor; the row builder ``"screening"``.

    Maximise Σ_i p_i (y_i − θ_i q_i − U_i) over menus from which each type picks its own entry: Baron and Myerson (1982),
    "Regulating a monopolist with unknown costs", Econometrica 50, for finitely many costs.
    """
    model = _model(agency)
    lines = _lines(model, tangents)
    rows, columns = _menu(model, lines)
    count = len(model.costs)
    objective: dict[int, Fraction] = {}
    for i, weight in enumerate(model.prior):
        objective |= {i: -weight * model.costs[i], count + i: -weight, 2 * count + i: weight}
    return _maximise("screening", objective, rows, columns, {"agency": model.to_dict()}, tangents)


def side_efficiency(value: Any) -> Fraction:
    """A number in [0, 1]."""
    read = exact(value, where="efficiency")
    if not 0 <= read <= 1:
        raise SpecificationError(f"efficiency: found {value}; write a number from 0 (no side contracts) to 1 (no loss)")
    return read


def _model(agency: Any) -> SupervisedAgency:
    return agency if isinstance(agency, SupervisedAgency) else SupervisedAgency.of(**agency)


def _lines(model: SupervisedAgency, tangents: Sequence[Any]) -> list[tuple[Fraction, Fraction]]:
    if bool(tangents) != bool(model.surplus.curvature):
        raise SpecificationError(
            "tangents: a quadratic surplus needs quantities at which to replace it, others take none"
        )
    return model.surplus.pieces([exact(t, where="tangents") for t in tangents])


def _menu(
    model: SupervisedAgency, lines: list[tuple[Fraction, Fraction]]
) -> tuple[Rows, list[tuple[str, Fraction | None, Fraction | None]]]:
    """Rows and columns (quantities, rents, surpluses) of the menu that the agent picks from."""
    names, count = model.names, len(model.costs)
    columns: list[tuple[str, Fraction | None, Fraction | None]] = [
        *((f"quantity of {name}", _ZERO, model.capacity) for name in names),
        *((f"rent of {name}", _ZERO, None) for name in names),
        *((f"surplus of {name}", None, None) for name in names),
    ]
    rows: Rows = []
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i != j:
                entries = {count + i: 1, count + j: -1, j: model.costs[i] - model.costs[j]}
                rows.append((f"{one} does not claim {other}", entries, ">=", 0))
        for m, (slope, level) in enumerate(lines):
            rows.append((f"surplus of {one}, piece {m + 1}", {2 * count + i: 1, i: -slope}, "<=", level))
    return rows, columns


def _maximise(
    name: str,
    objective: dict[int, Fraction],
    rows: Rows,
    columns: list[tuple[str, Fraction | None, Fraction | None]],
    arguments: dict[str, Any],
    tangents: Sequence[Any],
) -> LinearProgramme:
    if tangents:
        arguments["tangents"] = [exact_text(exact(t)) for t in tangents]
    return LinearProgramme.from_rows(
        "max",
        [objective.get(j, _ZERO) for j in range(len(columns))],
        rows,
        lower=[column[1] for column in columns],
        upper=[column[2] for column in columns],
        column_names=[column[0] for column in columns],
        name=name,
        arguments=arguments,
    )
