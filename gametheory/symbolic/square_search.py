"""Identities with sums of squares: a semidefinite programme inside the space of exact identities.

For a system with constraints p_i and one strict product Π_s the unknowns of

    Π_s(x) + Σ_Π Π(x) · m_Π(x)ᵀ Q_Π m_Π(x) + Σ_j e_j(x) r_j(x) ≡ 0,    Q_Π ⪰ 0,

are the entries of the Q_Π (m_Π all monomials up to a degree, Π the products of at most two constraints) and the coefficients
of the r_j. They solve a linear system, whose solutions u₀ + N w are found in rationals. Then max { t : Q_Π(w) ⪰ t I } in
floats; where t > 0 any w nearby is as good, and a rational one is taken. Where t = 0 the optimal Q are singular: their
kernels, rounded to rational vectors with small denominators, are divided out (facial reduction), and the programme is
solved again on the face. The result is checked by an exact LDLᵀ, whose rows are the squares.

Limits: 45 monomials in all blocks together and 900 unknowns; nothing is claimed where nothing is found. References: P.
Parrilo (2003), *Semidefinite programming relaxations for semialgebraic problems*, Mathematical Programming 96; H. Peyrl and
P. Parrilo (2008), *Computing sum of squares decompositions with rational coefficients*, Theoretical Computer Science 409.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import flint
import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.polynomials import Polynomial, added, multiplied, total_degree
from gametheory.certificates.refutations import PolynomialSystem, Refutation, Summand
from gametheory.errors import InfeasibleError, SolverError, UnboundedError
from gametheory.optimize.semidefinite import solve_semidefinite

__all__ = ["monomials", "refutation_by_squares"]

MAX_ORDER = 45
MAX_UNKNOWNS = 900
_ZERO = 1e-6

Vector = list[Fraction]
Powers = tuple[int, ...]


def refutation_by_squares(system: PolynomialSystem, num_variables: int) -> Refutation | None:
    """An identity with squares that shows the system to have no solution; ``None`` if none is found.

    Examples
    --------
    x² − 2xy + y² ≥ 0, for otherwise −(x − y)² > 0:

    >>> one = Fraction(1)
    >>> negative = {(2, 0): -one, (1, 1): 2 * one, (0, 2): -one}
    >>> refutation_by_squares(PolynomialSystem(((negative, ">"),)), 2).family
    'sum of squares'
    """
    width = max(1, num_variables)
    if any(len(powers) != width for p, _ in system.constraints for powers in p):
        return None
    for strict, degree, sizes in _attempts(system):
        problem = _Identities(system, width, strict, degree, sizes)
        if problem.order <= MAX_ORDER and problem.num_unknowns <= MAX_UNKNOWNS:
            found = problem.solved()
            if found is not None:
                return found
    return None


def _attempts(system: PolynomialSystem) -> Iterator[tuple[tuple[int, ...], int, tuple[int, ...]]]:
    """The strict product, the degree, and how many factors may stand before a square; the last constraint (often the
    negated conclusion) first, small shapes first."""
    largest = max((total_degree(p) for p, _ in system.constraints), default=0)
    even = largest + largest % 2
    strict = [k for k, (_, relation) in enumerate(system.constraints) if relation == ">"]
    for k in reversed(strict):
        for sizes in ((0,), (1,)):
            yield (k,), largest, sizes
    for degree in (even, even + 2):
        for k in reversed(strict):
            yield (k,), degree, (0, 1, 2)
        yield (), degree, (0, 1, 2)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """A product of constraints, times a quadratic form in ``forms`` (polynomials: monomials, or mixtures of them)."""

    factors: tuple[int, ...]
    product: Polynomial
    forms: tuple[Polynomial, ...]


class _Identities:
    """All identities of one shape, as solutions of a linear system."""

    def __init__(
        self, system: PolynomialSystem, width: int, strict: tuple[int, ...], degree: int, sizes: tuple[int, ...]
    ) -> None:
        self.system, self.strict = system, strict
        self.one = {(0,) * width: Fraction(1)}
        self.goal = self._product(strict)
        self.blocks = []
        signed = [k for k, (_, relation) in enumerate(system.constraints) if relation != "=="]
        for size in sizes:
            for factors in itertools.combinations(signed, size):
                product = self._product(factors)
                spare = degree - total_degree(product)
                if spare < 0 or (size == 2 and spare > 2 and len(signed) > 4):
                    continue
                found = monomials(width, spare // 2)
                if len(sizes) == 1:
                    found = self._near_the_goal(found, product)
                forms = tuple({powers: Fraction(1)} for powers in found)
                self.blocks.append(_Block(factors, product, forms))
        self.multiples = [
            (k, {powers: Fraction(1)})
            for k, (p, relation) in enumerate(system.constraints)
            if relation == "=="
            for powers in monomials(width, max(0, degree - total_degree(p)))
        ]

    @property
    def order(self) -> int:
        return sum(len(block.forms) for block in self.blocks)

    @property
    def num_unknowns(self) -> int:
        return sum(len(b.forms) * (len(b.forms) + 1) // 2 for b in self.blocks) + len(self.multiples)

    def _product(self, factors: Sequence[int]) -> Polynomial:
        product: Polynomial = self.one
        for k in factors:
            product = multiplied(product, self.system.constraints[k][0])
        return product

    def _near_the_goal(self, found: list[Powers], product: Polynomial) -> list[Powers]:
        """Monomials whose squares times the product may lie within the degrees of the goal."""
        least = min(map(sum, self.goal)) if self.goal else 0
        lowest = min(map(sum, product)) if product else 0
        most = [max((powers[i] for powers in self.goal), default=0) for i in range(len(next(iter(self.one))))]
        return [
            m for m in found if 2 * sum(m) + lowest >= least and all(2 * a <= b for a, b in zip(m, most, strict=True))
        ]

    def solved(self) -> Refutation | None:
        for _ in range(4):
            space = self._space()
            if space is None:
                return None
            origin, directions = space
            point, reached = self._interior(origin, directions)
            if point is None:
                return None
            for largest in (10, 10**3, 10**6, 10**9, 10**12):
                found = self._checked(origin, directions, [Fraction(x).limit_denominator(largest) for x in point])
                if found is not None:
                    return found
            if reached > _ZERO or not self._reduced(_combined(origin, directions, point)):
                return None
        return None

    # -- the linear system -----------------------------------------------------------------------------------------

    def _columns(self) -> list[Polynomial]:
        columns: list[Polynomial] = []
        for block in self.blocks:
            for i, j in _upper(len(block.forms)):
                square = multiplied(block.product, multiplied(block.forms[i], block.forms[j]))
                columns.append(square if i == j else added(square, square))
        for k, monomial in self.multiples:
            columns.append(multiplied(self.system.constraints[k][0], monomial))
        return columns

    def _space(self) -> tuple[Vector, list[Vector]] | None:
        """A rational solution of "goal + Σ columns · u = 0" and a basis of the directions; ``None`` if there is none."""
        columns = self._columns()
        rows = sorted(set(self.goal).union(*columns)) if columns else sorted(self.goal)
        n = len(columns)
        entries = [[flint.fmpq()] * (n + 1) for _ in rows]
        place = {powers: r for r, powers in enumerate(rows)}
        for j, column in enumerate(columns):
            for powers, c in column.items():
                entries[place[powers]][j] = flint.fmpq(c.numerator, c.denominator)
        for powers, c in self.goal.items():
            entries[place[powers]][n] = flint.fmpq(-c.numerator, c.denominator)
        if not entries:
            return [Fraction(0)] * n, []
        reduced, rank = flint.fmpq_mat(entries).rref()
        pivots = []
        for r in range(rank):
            pivots.append(next(j for j in range(n + 1) if reduced[r, j] != 0))
        if pivots and pivots[-1] == n:
            return None
        origin = [Fraction(0)] * n
        for r, j in enumerate(pivots):
            origin[j] = _fraction(reduced[r, n])
        directions = []
        for j in sorted(set(range(n)) - set(pivots)):
            direction = [Fraction(0)] * n
            direction[j] = Fraction(1)
            for r, pivot in enumerate(pivots):
                direction[pivot] = -_fraction(reduced[r, j])
            directions.append(direction)
        return origin, directions

    # -- floats ----------------------------------------------------------------------------------------------------

    def _interior(self, origin: Vector, directions: list[Vector]) -> tuple[list[float] | None, float]:
        """Coordinates of a point whose smallest eigenvalue is as large as can be, and that eigenvalue."""
        n, count = self.order, len(directions) + 1
        constant = np.zeros((n, n))
        variable: list[int] = []
        row: list[int] = []
        column: list[int] = []
        value: list[float] = []

        def place(k: int, r: int, c: int, x: float) -> None:
            for one, other in {(r, c), (c, r)}:
                variable.append(k)
                row.append(one)
                column.append(other)
                value.append(x)

        for r, c, u in self._entries():
            constant[r, c] = constant[c, r] = float(origin[u])
            for k, direction in enumerate(directions):
                if direction[u]:
                    place(k, r, c, float(direction[u]))
        for r in range(n):
            place(count - 1, r, r, -1.0)
        cost = np.zeros(count)
        cost[-1] = -1.0
        bound = np.full(count, 1e4)
        bound[-1] = 1.0
        entries = (np.array(variable), np.array(row), np.array(column), np.array(value))
        try:
            found = solve_semidefinite(cost, constant, entries, -bound, bound)
        except (InfeasibleError, UnboundedError, SolverError):  # no float solution: nothing to round, nothing claimed
            return None, 0.0
        if found.point[-1] < -_ZERO:
            return None, 0.0
        return found.point[:-1].tolist(), float(found.point[-1])

    def _entries(self) -> Iterator[tuple[int, int, int]]:
        """(row, column, unknown) of the upper triangles along the diagonal."""
        first = unknown = 0
        for block in self.blocks:
            for i, j in _upper(len(block.forms)):
                yield first + i, first + j, unknown
                unknown += 1
            first += len(block.forms)

    def _grams(self, solution: Sequence[Any], zero: Any) -> list[list[list[Any]]]:
        grams = []
        unknown = 0
        for block in self.blocks:
            size = len(block.forms)
            gram = [[zero] * size for _ in range(size)]
            for i, j in _upper(size):
                gram[i][j] = gram[j][i] = solution[unknown]
                unknown += 1
            grams.append(gram)
        return grams

    def _reduced(self, solution: Sequence[float]) -> bool:
        """Divide out the kernels of the quadratic forms; whether there was one."""
        found = []
        changed = False
        for block, gram in zip(self.blocks, self._grams(solution, 0.0), strict=True):
            if not gram:
                continue
            weights, vectors = np.linalg.eigh(np.array(gram, dtype=float))
            small = weights < 1e-4 * max(1.0, float(weights[-1]))
            if not small.any():
                found.append(block)
                continue
            changed = True
            kernel = _rational_rows(vectors[:, small].T)
            forms = _annihilated_by(kernel, block.forms)
            if forms:
                found.append(_Block(block.factors, block.product, forms))
        self.blocks = found
        return changed

    # -- out -------------------------------------------------------------------------------------------------------

    def _checked(self, origin: Vector, directions: list[Vector], coordinates: Vector) -> Refutation | None:
        solution = _combined(origin, directions, coordinates)
        summands = [Summand(Fraction(1), self.strict)]
        for block, gram in zip(self.blocks, self._grams(solution, Fraction(0)), strict=True):
            squares = _squares(gram)
            if squares is None:
                return None
            for weight, row in squares:
                root: Polynomial = {}
                for c, form in zip(row, block.forms, strict=True):
                    root = added(root, {powers: c * a for powers, a in form.items()} if c else {})
                summands.append(Summand(weight, block.factors, root))
        multipliers: dict[int, Polynomial] = {}
        for (k, monomial), c in zip(self.multiples, solution[len(solution) - len(self.multiples) :], strict=True):
            if c:
                multipliers[k] = added(multipliers.get(k, {}), dict.fromkeys(monomial, c))
        return Refutation(tuple(summands), tuple(multipliers.items()))


def _squares(gram: list[list[Fraction]]) -> list[tuple[Fraction, Vector]] | None:
    """Weights d > 0 and rows l with Q = Σ d lᵀl; ``None`` if Q is not positive semidefinite."""
    rest = [list(row) for row in gram]
    size = len(rest)
    found = []
    for k in range(size):
        pivot = rest[k][k]
        if pivot < 0 or (pivot == 0 and any(rest[k][k:])):
            return None
        if pivot:
            row = [Fraction(0)] * k + [x / pivot for x in rest[k][k:]]
            found.append((pivot, row))
            for i in range(k, size):
                for j in range(k, size):
                    rest[i][j] -= pivot * row[i] * row[j]
    return found


def _combined(origin: Sequence[Any], directions: Sequence[Sequence[Any]], coordinates: Sequence[Any]) -> list[Any]:
    total = list(origin)
    for x, direction in zip(coordinates, directions, strict=True):
        if x:
            total = [a + x * b if b else a for a, b in zip(total, direction, strict=True)]
    return total


def _rational_rows(rows: NDArray[np.float64]) -> list[Vector]:
    """The space that the rows span, by a reduced basis with small denominators."""
    reduced = rows.copy()
    r = 0
    for j in range(reduced.shape[1]):
        if r == len(reduced):
            break
        best = r + int(np.argmax(np.abs(reduced[r:, j])))
        if abs(reduced[best, j]) < 1e-2:
            continue
        reduced[[r, best]] = reduced[[best, r]]
        reduced[r] /= reduced[r, j]
        for i in range(len(reduced)):
            if i != r:
                reduced[i] -= reduced[i, j] * reduced[r]
        r += 1
    return [[Fraction(float(x)).limit_denominator(60) for x in row] for row in reduced[:r]]


def _annihilated_by(kernel: list[Vector], forms: tuple[Polynomial, ...]) -> tuple[Polynomial, ...]:
    """A basis of the mixtures of ``forms`` whose coefficient vectors are orthogonal to the kernel."""
    size = len(forms)
    matrix = flint.fmpq_mat([[flint.fmpq(x.numerator, x.denominator) for x in row] for row in kernel])
    reduced, rank = matrix.rref()
    pivots = [next(j for j in range(size) if reduced[r, j] != 0) for r in range(rank)]
    found = []
    for j in sorted(set(range(size)) - set(pivots)):
        mixture: Polynomial = forms[j]
        for r, pivot in enumerate(pivots):
            c = -_fraction(reduced[r, j])
            if c:
                mixture = added(mixture, {powers: c * a for powers, a in forms[pivot].items()})
        found.append(mixture)
    return tuple(found)


def monomials(num_variables: int, degree: int) -> list[Powers]:
    """Exponents of all monomials of total degree at most ``degree``, lowest first."""
    found = []
    for total in range(degree + 1):
        for places in itertools.combinations_with_replacement(range(num_variables), total):
            found.append(tuple(places.count(i) for i in range(num_variables)))
    return found


def _upper(size: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(size) for j in range(i, size))


def _fraction(x: Any) -> Fraction:
    return Fraction(int(x.p), int(x.q))
