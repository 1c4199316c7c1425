"""Looking for the identity that shows a system of polynomial inequalities to have no solution.

    find λ ≥ 0:   Σ_Π λ_Π Π(x) + Σ_j e_j(x) r_j(x) ≡ 0,   Σ {λ_Π : Π strict} = 1

over all products Π of at most d constraints and all multipliers r_j of bounded degree: a linear programme with a row for each
monomial (Handelman, Krivine). Its support is found by HiGHS and solved again in rationals. Where products do not suffice,
sums of squares are added,

    Σ_Π Π(x) · m(x)ᵀ Q_Π m(x)   with Q_Π ⪰ 0,

m the monomials of bounded degree: a semidefinite programme over the *affine space of exact identities*, parametrised in
rationals; a float solution with all eigenvalues positive is rounded inside that space, so that the identity stays exact,
and decomposed by LDLᵀ into rational squares.

An identity of some degree exists whenever there is no solution (Stengle 1974), but d is bounded here: "none found" says
nothing. The number of products is at most 6,000. References: as :mod:`gametheory.certificates.refutations`; H. Peyrl and
P. Parrilo (2008), *Computing sum of squares decompositions with rational coefficients*, Theoretical Computer Science 409.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any, final

import flint
import numpy as np

from gametheory.certificates.polynomials import Polynomial, total_degree
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.refutations import PolynomialSystem, Refutation, Summand
from gametheory.errors import InfeasibleError, SolverError
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.linear_model import LinearModel
from gametheory.symbolic.square_search import monomials, refutation_by_squares

__all__ = ["find_refutation"]

MAX_PRODUCTS = 6000
MAX_FACTORS = 5


def find_refutation(
    system: PolynomialSystem, num_variables: int, *, max_factors: int = MAX_FACTORS
) -> Refutation | None:
    """An identity that shows the system to have no real solution; ``None`` if none is found up to the bounds.

    Parameters
    ----------
    system : PolynomialSystem
    num_variables : int
    max_factors : int
        Largest number of constraints in a product.

    Examples
    --------
    >>> one = Fraction(1)
    >>> x, y = {(1, 0): one}, {(0, 1): one}
    >>> system = PolynomialSystem(((x, ">"), (y, ">"), ({(1, 1): -one}, ">=")))  # x > 0, y > 0, −xy ≥ 0
    >>> find_refutation(system, 2)
    Refutation(summands=(Summand(weight=Fraction(1, 1), factors=(2,), square=None), ...
    """
    problem = _Problem(system, num_variables)
    for factors in range(1, max_factors + 1):
        if comb(len(problem.signed) + factors, factors) > MAX_PRODUCTS:
            break
        found = _by_products(problem, factors)
        if found is not None:
            return found
        if factors == 2:
            found = refutation_by_squares(system, num_variables)
            if found is not None:
                return found
    return None


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A column: a product of constraints (by place), or an equality times a monomial."""

    factors: tuple[int, ...]
    strict: bool
    polynomial: Any
    equality: int | None = None
    monomial: tuple[int, ...] = ()


class _Problem:
    """The constraints as python-flint's polynomials, and their products."""

    def __init__(self, system: PolynomialSystem, num_variables: int) -> None:
        self.num_variables = max(1, num_variables)
        names = [f"x{i}" for i in range(self.num_variables)]
        self.ring = flint.fmpq_mpoly_ctx.get(names, flint.Ordering.degrevlex)
        self.constraints = [(self.polynomial(p), relation) for p, relation in system.constraints]
        self.signed = [k for k, (_, relation) in enumerate(self.constraints) if relation != "=="]
        self.equalities = [k for k, (_, relation) in enumerate(self.constraints) if relation == "=="]
        self.degrees = [total_degree(p) for p, _ in system.constraints]

    def polynomial(self, plain: Polynomial) -> Any:
        width = self.num_variables
        return self.ring.from_dict(
            {
                (*powers, *[0] * (width - len(powers))): flint.fmpq(c.numerator, c.denominator)
                for powers, c in plain.items()
            }
        )

    def products(self, factors: int) -> Iterator[_Candidate]:
        one = self.ring.constant(1)
        known: dict[tuple[int, ...], Any] = {(): one}
        yield _Candidate((), True, one)
        for size in range(1, factors + 1):
            for places in itertools.combinations_with_replacement(self.signed, size):
                known[places] = known[places[:-1]] * self.constraints[places[-1]][0]
                strict = all(self.constraints[k][1] == ">" for k in places)
                yield _Candidate(places, strict, known[places])

    def multiples(self, degree: int) -> Iterator[_Candidate]:
        """Equalities times all monomials, up to a total degree."""
        for place in self.equalities:
            spare = max(0, degree - self.degrees[place])
            if comb(self.num_variables + spare, spare) > MAX_PRODUCTS:
                spare = 1
            for powers in monomials(self.num_variables, spare):
                multiplied = self.constraints[place][0] * self.ring.from_dict({powers: flint.fmpq(1)})
                yield _Candidate((), False, multiplied, place, powers)


def _by_products(problem: _Problem, factors: int) -> Refutation | None:
    columns = list(problem.products(factors))
    degree = max((int(sum(map(int, powers))) for c in columns for powers in c.polynomial.monoms()), default=0)
    columns += problem.multiples(degree)
    rows: dict[tuple[int, ...], dict[int, Any]] = {}
    for j, column in enumerate(columns):
        for powers, c in zip(column.polynomial.monoms(), column.polynomial.coeffs(), strict=True):
            rows.setdefault(tuple(map(int, powers)), {})[j] = c
    support = _support(columns, list(rows.values()))
    if support is None:
        return None
    return _exact_on(support, columns, rows)


def _support(columns: Sequence[_Candidate], rows: Sequence[dict[int, Any]]) -> list[int] | None:
    """Places of the columns that a float solution uses; ``None`` if HiGHS finds none."""
    start, index, values = [0], [], []
    for row in rows:
        largest = max(abs(float(c.p) / float(c.q)) for c in row.values())
        for j, c in row.items():
            index.append(j)
            values.append(float(c.p) / float(c.q) / largest)
        start.append(len(index))
    strict = [j for j, column in enumerate(columns) if column.strict]
    index += strict
    values += [1.0] * len(strict)
    start.append(len(index))
    right = np.zeros(len(rows) + 1)
    right[-1] = 1.0
    free = np.array([column.equality is not None for column in columns])
    cost = np.array([0.0 if column.equality is not None else 1.0 + len(column.factors) for column in columns])
    try:
        model = LinearModel("min", cost, start, index, values, right, right, np.where(free, -np.inf, 0.0))
    except SolverError:  # coefficients outside the range of floats: this degree is not for it
        return None
    if model.run(time_limit=10) != "optimal":
        return None
    return [j for j, x in enumerate(model.primal()) if abs(x) > 1e-9]


def _exact_on(
    support: Sequence[int], columns: Sequence[_Candidate], rows: dict[Any, dict[int, Any]]
) -> Refutation | None:
    place = {j: k for k, j in enumerate(support)}
    equations: list[Any] = []
    for powers, row in rows.items():
        entries = {place[j]: Fraction(int(c.p), int(c.q)) for j, c in row.items() if j in place}
        if entries:
            equations.append((str(powers), entries, "==", 0))
    strict = {k: 1 for j, k in place.items() if columns[j].strict}
    equations.append(("strict", strict, "==", 1))
    programme = LinearProgramme.from_rows(
        "min",
        [0] * len(support),
        equations,
        lower=[None if columns[j].equality is not None else 0 for j in support],
    )
    try:
        solution = solve_exact(programme, time_limit=20)
    except (InfeasibleError, SolverError):  # the floats' support is no exact one: not found, and nothing is claimed
        return None
    summands = []
    multipliers: dict[int, dict[tuple[int, ...], Fraction]] = {}
    for k, j in enumerate(support):
        weight = Fraction(int(solution.primal.numerators[k]), solution.primal.denominator)
        column = columns[j]
        if not weight:
            continue
        if column.equality is None:
            summands.append(Summand(weight, column.factors))
        else:
            multipliers.setdefault(column.equality, {})[column.monomial] = weight
    return Refutation(tuple(summands), tuple(multipliers.items()))
