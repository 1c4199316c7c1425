"""Linear programmes solved in rationals, each answer with a certificate.

    maximise (or minimise)  c·x + c₀   subject to   A x  ≤, ≥ or =  b,   l ≤ x ≤ u,   all data rational

Floats propose, rationals decide. HiGHS gives a basis; its point and multipliers are solved for in integers and checked.
If that basis is not exactly optimal (near ties, payoffs with a large common part), *iterative refinement* asks HiGHS
for a correction of the residuals, magnified, until the basis is right; if that fails too, the exact simplex method
pivots from there (:mod:`.exact_simplex`). What is returned never depends on a tolerance:

* an optimum, with a primal point and row multipliers that prove each other (:class:`DualityCertificate`);
* :class:`~gametheory.errors.InfeasibleError` with a :class:`FarkasCertificate`;
* :class:`~gametheory.errors.UnboundedError` with an :class:`UnboundedCertificate`.

Complexity: the float solve, two integer systems of the size of the basic columns and one pass over the entries; numbers
have as many digits as the determinant of the basis. Comfortable up to some 500 basic columns. Among several optimal
vertices the one returned is the same on every run.

References: D. Applegate, W. Cook, S. Dash and D. Espinoza, "Exact solutions to linear programming problems", Operations
Research Letters 35 (2007); A. Gleixner, D. Steffy and K. Wolter, "Iterative refinement for linear programming", INFORMS
Journal on Computing 28 (2016), algorithm 1.
"""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import DualityCertificate, FarkasCertificate, UnboundedCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize.exact_simplex import ExactSimplex, Outcome
from gametheory.optimize.linear import Basis, LinearModel, model_of
from gametheory.optimize.scaling import ScaledProgramme, scaled_programme

__all__ = ["ExactSolution", "solve_exact"]

_ROUNDS = 8
_FEW = 30  # exact pivots that are tried before HiGHS is asked again
_GROWTH = 30  # each round may magnify by at most 2^30: about what a solve in floats gains
_HUGE = 1e18  # a magnified bound this far away is none


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExactSolution:
    """An exactly optimal basic solution.

    Attributes
    ----------
    value : Fraction
        The objective, its constant included.
    primal : RationalArray, shape (num_columns,)
        ``primal[j]`` is a Fraction.
    row_duals, reduced_costs : RationalArray, shapes (num_rows,) and (num_columns,)
        Derivatives of the value by right-hand sides and by the bounds at which columns rest (in a degenerate optimum,
        a number between the two one-sided derivatives).
    binding : mapping from row name to Fraction
        The rows with a shadow price other than 0, and that price.
    certificate : DualityCertificate
    basis : Basis
        A warm start for a programme of the same shape.
    pivots : int
        Exact pivots that were needed after HiGHS; usually 0.
    """

    value: Fraction
    primal: RationalArray
    row_duals: RationalArray
    reduced_costs: RationalArray
    binding: Mapping[str, Fraction]
    certificate: DualityCertificate
    basis: Basis
    pivots: int

    def __repr__(self) -> str:
        return f"ExactSolution(certified: value={brief(self.value)}, {len(self.binding)} rows with a price)"

    def _repr_html_(self) -> str:
        prices = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{brief(price)}</td></tr>" for name, price in self.binding.items()
        )
        return (
            f"<p>{html.escape(self.certificate.claim)} (certified)</p>"
            f"<table><tr><th>row</th><th>shadow price</th></tr>{prices}</table>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; the certificate holds the programme, the point and the multipliers."""
        return {
            "value": rational_to_json(self.value),
            "binding": {name: rational_to_json(price) for name, price in self.binding.items()},
            "certificate": self.certificate.to_dict(),
        }


def solve_exact(
    programme: LinearProgramme, *, time_limit: float | None = None, warm_start: Basis | None = None
) -> ExactSolution:
    """Solve a linear programme exactly, with a certificate.

    Parameters
    ----------
    programme : LinearProgramme
    time_limit : float, optional
        Seconds ≥ 0 for everything.
    warm_start : Basis, optional
        The basis of a solution of a programme with as many rows and columns.

    Returns
    -------
    ExactSolution

    Raises
    ------
    InfeasibleError
        ``certificate`` is a verified :class:`FarkasCertificate`.
    UnboundedError
        ``ray`` is a verified :class:`UnboundedCertificate` (a point and a ray).
    SolverError
        The time limit was reached.
    SpecificationError
        The programme has integer columns.

    Examples
    --------
    >>> wyndor = LinearProgramme.from_rows(
    ...     "max", [3, 5], [("plant 1", {0: 1}, "<=", 4), ("plant 2", {1: 2}, "<=", 12),
    ...                     ("plant 3", {0: 3, 1: 2}, "<=", 18)])
    >>> solution = solve_exact(wyndor)
    >>> solution
    ExactSolution(certified: value=36, 2 rows with a price)
    >>> {name: str(price) for name, price in solution.binding.items()}
    {'plant 2': '3/2', 'plant 3': '1'}
    >>> solution.certificate.verify()
    True
    """
    if programme.integer:
        raise SpecificationError(
            f"{programme!r}: solve_exact takes no integer columns; use solve_exact_milp, or drop them to relax"
        )
    if time_limit is not None and not time_limit >= 0:
        raise SpecificationError(f"time_limit: found {time_limit}; write seconds ≥ 0, or None")
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    for low, high in zip(programme.lower, programme.upper, strict=True):
        if low is not None and high is not None and low > high:
            nothing = RationalArray.of_integers(np.zeros(programme.num_rows, dtype=np.int64))
            _raise_infeasible(FarkasCertificate(programme, nothing))
    outcome = _outcome(programme, deadline, warm_start)
    if outcome.status == "infeasible":
        _raise_infeasible(FarkasCertificate(programme, outcome.row_duals))
    if outcome.status == "unbounded":
        assert outcome.ray is not None
        certificate = UnboundedCertificate(programme, outcome.primal, outcome.ray)
        certificate.verify()
        raise UnboundedError(f"{certificate.claim}; add the rows or bounds that it lacks", ray=certificate)
    value = programme.objective_at(outcome.primal)
    proof = DualityCertificate(programme, value, outcome.row_duals, outcome.primal)
    proof.verify()
    combined = programme.combined_rows(outcome.row_duals)
    binding = {
        programme.row_names[r]: Fraction(y, outcome.row_duals.denominator)
        for r, y in enumerate(outcome.row_duals.numerators.tolist())
        if y
    }
    return ExactSolution(
        value=value,
        primal=outcome.primal,
        row_duals=outcome.row_duals,
        reduced_costs=_difference(programme.objective, combined),
        binding=MappingProxyType(binding),
        certificate=proof,
        basis=outcome.basis,
        pivots=outcome.pivots,
    )


def _raise_infeasible(certificate: FarkasCertificate) -> None:
    certificate.verify()
    raise InfeasibleError(
        f"{certificate.claim}; the multipliers in .certificate name the rows that contradict each other",
        certificate=certificate,
    )


def _outcome(programme: LinearProgramme, deadline: float | None, warm_start: Basis | None) -> Outcome:
    simplex = ExactSimplex(programme)
    basis = warm_start
    if programme.num_rows and programme.num_columns:
        scaled = scaled_programme(programme)
        try:
            model = model_of(programme, scaled)
            if warm_start is not None:
                model.set_basis(warm_start)
            status = model.run(time_limit=_remaining(deadline))
        except SolverError:
            status = "refused"  # coefficients beyond the range of floats: the rational method needs no proposal
        if status == "time limit":
            raise SolverError("HiGHS stopped: time limit; raise time_limit", status=status, solver="HiGHS")
        basis = (model.basis() if status != "refused" else None) or warm_start
        found = simplex.solve(basis, deadline=deadline, max_pivots=_FEW)
        if found is not None:
            return found
        if status == "optimal":
            tried = {basis}
            for proposal in _Refinement(programme, scaled, model).bases(deadline):
                basis = proposal
                if basis in tried:
                    continue
                tried.add(basis)
                found = simplex.solve(basis, deadline=deadline, max_pivots=0)
                if found is not None:
                    return found
    found = simplex.solve(basis, deadline=deadline)
    assert found is not None, "without a limit on pivots the simplex method ends in an outcome"
    return found


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.perf_counter())


@final
class _Refinement:
    """Corrections of a float solution by the same programme with magnified exact residuals."""

    def __init__(self, programme: LinearProgramme, scaled: ScaledProgramme, model: LinearModel) -> None:
        self.programme, self.scaled, self.model = programme, scaled, model
        self.turn = 1 if programme.sense == "max" else -1
        self.point_unit = (scaled.column_exponent - scaled.side_exponent).tolist()
        self.dual_unit = (scaled.row_exponent - scaled.objective_exponent).tolist()
        solution = model.solution()
        self.point = self._rational(solution.primal, self.point_unit)
        self.duals = self._rational(solution.row_duals, self.dual_unit)

    def bases(self, deadline: float | None) -> Any:
        """The basis after each round, while the solver keeps up."""
        point_zoom = dual_zoom = 0
        last: Basis | None = None
        for _ in range(_ROUNDS):
            lower, upper, row_lower, row_upper, cost = self._residuals()
            point_violation = _violation(lower, upper, row_lower, row_upper)
            dual_violation = self._dual_violation(cost, lower, upper)
            violated = point_violation > 0 or dual_violation > 0
            point_zoom, dual_zoom = _zoom(point_zoom, point_violation), _zoom(dual_zoom, dual_violation)
            self.model.change_cost(_floats(cost, dual_zoom))
            self.model.change_column_bounds(_bounds(lower, point_zoom, -np.inf), _bounds(upper, point_zoom, np.inf))
            self.model.change_row_bounds(
                _bounds(row_lower, point_zoom, -np.inf), _bounds(row_upper, point_zoom, np.inf)
            )
            if self.model.run(time_limit=_remaining(deadline)) != "optimal":
                return
            solution = self.model.solution()
            if solution.basis == last and not violated:
                return  # no residual is left to learn from: floats cannot tell this basis from the optimal one
            last = solution.basis
            self.point = _sum(self.point, self._rational(solution.primal, [e - point_zoom for e in self.point_unit]))
            self.duals = _sum(self.duals, self._rational(solution.row_duals, [e - dual_zoom for e in self.dual_unit]))
            yield solution.basis

    def _residuals(self) -> tuple[Any, Any, Any, Any, list[Fraction]]:
        """What is left of the bounds, the right-hand sides and the costs, in scaled units."""
        programme, scaled = self.programme, self.scaled
        activities = programme.row_activities(self.point)
        covered = programme.combined_rows(self.duals)
        lower: list[Fraction | None] = []
        upper: list[Fraction | None] = []
        cost: list[Fraction] = []
        for j in range(programme.num_columns):
            unit, value = _power(-self.point_unit[j]), self.point[j]
            low, high = programme.lower[j], programme.upper[j]
            lower.append(None if low is None else (low - value) * unit)
            upper.append(None if high is None else (high - value) * unit)
            exponent = int(scaled.column_exponent[j]) + scaled.objective_exponent
            cost.append((programme.objective[j] - covered[j]) * _power(exponent))
        row_lower: list[Fraction | None] = []
        row_upper: list[Fraction | None] = []
        for r in range(programme.num_rows):
            exponent = int(scaled.row_exponent[r]) + scaled.side_exponent
            left = (programme.right_hand_side[r] - activities[r]) * _power(exponent)
            row_lower.append(None if programme.row_sense[r] == "<=" else left)
            row_upper.append(None if programme.row_sense[r] == ">=" else left)
        return lower, upper, row_lower, row_upper, cost

    def _dual_violation(self, cost: list[Fraction], lower: Any, upper: Any) -> Fraction:
        """The largest reduced cost whose improving side is not (nearly) at its bound."""
        worst = Fraction(0)
        near = Fraction(1, 10**6)
        for c, low, high in zip(cost, lower, upper, strict=True):
            gain = c * self.turn
            blocked = high is not None and abs(high) < near if gain > 0 else low is not None and abs(low) < near
            if not blocked:
                worst = max(worst, abs(gain))
        return worst

    def _rational(self, values: NDArray[np.float64], exponents: list[int]) -> RationalArray:
        return RationalArray.from_fractions(
            [Fraction(v) * _power(e) for v, e in zip(values.tolist(), exponents, strict=True)]
        )


def _power(exponent: int) -> Fraction:
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def _violation(lower: Any, upper: Any, row_lower: Any, row_upper: Any) -> Fraction:
    worst = Fraction(0)
    for bound in (*lower, *row_lower):
        if bound is not None and bound > worst:
            worst = bound
    for bound in (*upper, *row_upper):
        if bound is not None and -bound > worst:
            worst = -bound
    return worst


def _zoom(last: int, violation: Fraction) -> int:
    """The next power of two by which residuals are magnified."""
    if violation == 0:
        return last
    wanted = violation.denominator.bit_length() - violation.numerator.bit_length()
    return max(0, min(last + _GROWTH, wanted))


def _floats(values: list[Fraction], exponent: int) -> NDArray[np.float64]:
    return np.array([float(v * _power(exponent)) for v in values])


def _bounds(values: list[Fraction | None], exponent: int, infinite: float) -> NDArray[np.float64]:
    unit = _power(exponent)
    result = np.full(len(values), infinite)
    for k, value in enumerate(values):
        if value is not None and abs(value) * unit < _HUGE:
            result[k] = float(value * unit)
    return result


def _sum(left: RationalArray, right: RationalArray) -> RationalArray:
    a, b = left.numerators.astype(object) * right.denominator, right.numerators.astype(object) * left.denominator
    return RationalArray.of_integers(a + b, left.denominator * right.denominator)


def _difference(left: RationalArray, right: RationalArray) -> RationalArray:
    a, b = left.numerators.astype(object) * right.denominator, right.numerators.astype(object) * left.denominator
    return RationalArray.of_integers(a - b, left.denominator * right.denominator)
