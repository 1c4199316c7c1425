"""Linear programmes solved in rationals, each answer with a certificate.

    maximise (or minimise)  c·x + c₀   subject to   A x  ≤, ≥ or =  b,   l ≤ x ≤ u,   all data rational

Floats propose, rationals decide. HiGHS gives a basis; its point and multipliers are solved for in integers and checked.
Parts common to a row and an equation are taken out first (:mod:`.common_parts`). If the basis is not exactly optimal
(near ties, ill-conditioned rows), the exact simplex method pivots from there (:mod:`.exact_simplex`), and where that
would take long *iterative refinement* first asks HiGHS for corrections (:mod:`.refinement`). What is returned never
depends on a tolerance:

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

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.duality import DualityCertificate, FarkasCertificate, UnboundedCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.common_parts import without_common_parts
from gametheory.optimize.exact_simplex import ExactSimplex, Outcome
from gametheory.optimize.linear import model_of
from gametheory.optimize.linear_model import Basis
from gametheory.optimize.refinement import Refinement
from gametheory.optimize.scaling import scaled_programme

__all__ = ["ExactSolution", "solve_exact"]

_FEW = 30  # exact pivots that are tried before HiGHS is asked again


@final
@compared_by("value", "primal", "row_duals", "reduced_costs", "binding")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExactSolution:
    """An exactly optimal basic solution.

    Attributes
    ----------
    value : Fraction
        The objective, its constant included.
    primal : RationalArray, shape (num_columns,)
        ``primal[j]`` is a Fraction.
    row_duals : RationalArray, shape (num_rows,)
        Derivatives of the value by right-hand sides (in a degenerate optimum, a number between the two one-sided
        derivatives).
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
    binding: Mapping[str, Fraction]
    certificate: DualityCertificate
    basis: Basis
    pivots: int

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (
            *(self.value, self.primal, self.row_duals),
            *(dict(self.binding), self.certificate, self.basis, self.pivots),
        )

    @property
    def reduced_costs(self) -> RationalArray:
        """Derivatives of the value by the bounds at which columns rest, shape (num_columns,); computed when asked."""
        programme = self.certificate.programme
        return _difference(programme.objective, programme.combined_rows(self.row_duals))

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

    def to_frame(self) -> Any:
        """A pandas table of the columns: value and reduced cost."""
        names = self.certificate.programme.column_names
        costs = self.reduced_costs
        rows = [[name, self.primal[j], costs[j]] for j, name in enumerate(names)]
        return data_frame(rows, ["column", "value", "reduced_cost"])

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
    check_seconds("time_limit", time_limit)
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
    binding = {
        programme.row_names[r]: Fraction(y, outcome.row_duals.denominator)
        for r, y in enumerate(outcome.row_duals.numerators.tolist())
        if y
    }
    return ExactSolution(
        value=value,
        primal=outcome.primal,
        row_duals=outcome.row_duals,
        binding=MappingProxyType(binding),
        certificate=proof,
        basis=outcome.basis,
        pivots=outcome.pivots,
    )


def _rebuilt(*fields: Any) -> ExactSolution:
    value, primal, row_duals, binding, *rest = fields
    return ExactSolution(value, primal, row_duals, MappingProxyType(binding), *rest)


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
        easier = without_common_parts(programme)  # same bases, but numbers that floats can tell apart
        scaled = scaled_programme(easier)
        try:
            model = model_of(easier, scaled)
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
            for proposal in Refinement(easier, scaled, model).bases(deadline):
                basis = proposal
                if basis in tried:
                    continue
                tried.add(basis)
                found = simplex.solve(basis, deadline=deadline, max_pivots=_FEW)
                if found is not None:
                    return found
    found = simplex.solve(simplex.reached or basis, deadline=deadline)
    assert found is not None, "without a limit on pivots the simplex method ends in an outcome"
    return found


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.perf_counter())


def _difference(left: RationalArray, right: RationalArray) -> RationalArray:
    a, b = left.numerators.astype(object) * right.denominator, right.numerators.astype(object) * left.denominator
    return RationalArray.of_integers(a - b, left.denominator * right.denominator)
