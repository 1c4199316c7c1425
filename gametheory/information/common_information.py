"""What two variables have in common: Gács–Körner, mutual and Wyner's common information.

For variables X and Y of joint distribution P, with K the common part (what both can compute from their own),

    K(P) = H(common part)   ≤   I(X; Y)   ≤   C(P) = min { I(X, Y; W) : X and Y independent given W }.

The *common part* is the connected component of (x, y) in the graph that joins x and y where P(x, y) > 0; its entropy is all
that two agents can agree on, exactly, without talking. Wyner's common information is the rate of shared secret randomness
that two agents need to act jointly like P: what a collusive correlation costs in covert bits.

C is a non-convex optimum, here between two bounds. It is the value of a linear programme over all product
distributions,

    H(P) − max { Σ_j a_j (H(u_j) + H(v_j)) : Σ_j a_j u_j v_jᵀ = P, a ≥ 0 },

solved by generating columns: prices φ of the entries of P, then products that score H(u) + H(v) − uᵀφ v best, found by
alternating maximisation from several starts. Any feasible a is an upper bound (exact rational weights). The prices are a lower
bound once no product scores more than M, which is proved by subdivision (:mod:`gametheory.certificates.common_information`);
where the subdivision is too slow (more than three symbols on both sides), mutual information may be the better lower bound,
and the bounds say so by their width.

References: A. D. Wyner 1975, "The common information of two dependent random variables", *IEEE Transactions on Information
Theory* 21; P. Gács and J. Körner 1973, "Common information is far less than mutual information", *Problems of Control and
Information Theory* 2; O. Gossner, P. Hernández and A. Neyman 2006, "Optimal use of communication resources", *Econometrica* 74.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.common_information import (
    CommonInformationCertificate,
    entropy,
    halves,
)
from gametheory.certificates.elementary import Bracket, Unit, per_unit
from gametheory.certificates.information import relative_entropy
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import read_distribution
from gametheory.information.rates import read_tolerance

__all__ = ["WynerCommonInformation", "common_part", "gacs_korner_information", "wyner_common_information"]

Floats = NDArray[np.float64]
_GRID = 2**30
_FORBIDDEN = 400.0  # price of an entry that P excludes: weight there costs more than entropy pays
_LARGEST_PRICE = 100.0
_ROUNDS = 80
_MANY = 64  # rectangles that are searched


@final
@compared_by("bounds", "weights", "left", "right")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class WynerCommonInformation:
    """Wyner's common information between certified bounds; ``float()`` gives the upper one.

    Attributes
    ----------
    bounds : Bracket
    mutual_information : Bracket
        For comparison: never more.
    weights, left, right : RationalArray, shapes (K,), (K, n) and (K, m)
        The common variable W that attains the upper bound: Σ_w a_w u_w v_wᵀ = P exactly.
    certificate : CommonInformationCertificate
        Of both bounds, in nats; of the transposed distribution if n > m.
    """

    bounds: Bracket
    mutual_information: Bracket
    weights: RationalArray
    left: RationalArray
    right: RationalArray
    certificate: CommonInformationCertificate

    @property
    def lower(self) -> float:
        """The largest float that is surely not above the common information."""
        return self.bounds.lower

    @property
    def upper(self) -> float:
        """The least float that is surely not below the common information."""
        return self.bounds.upper

    def __float__(self) -> float:
        return self.upper

    def _described(self) -> str:
        return (
            f"certified: between {self.lower:.9g} and {self.upper:.9g} {self.bounds.unit}, {len(self.weights)} values; mutual "
            f"information {float(self.mutual_information):.9g}"
        )

    def __repr__(self) -> str:
        return f"WynerCommonInformation({self._described()})"

    def _repr_html_(self) -> str:
        return f"<p>Wyner's common information, {escape(self._described())}</p>"

    def to_frame(self) -> Any:
        """A pandas table: for each value of W its probability and what each side plays given it.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        rows = zip(*(x.floats().tolist() for x in (self.weights, self.left, self.right)), strict=True)
        return data_frame(rows, ["probability", "left", "right"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "bounds": self.bounds.to_dict(),
            "mutual_information": self.mutual_information.to_dict(),
            "certificate": self.certificate.to_dict(),
        }


def common_part(joint: Any) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """The connected components of the support: pairs (values of X, values of Y), in the order of their first x.

    Values of probability 0 are in none.

    Examples
    --------
    >>> common_part([["1/4", "1/4", 0], [0, 0, "1/2"]])
    (((0,), (0, 1)), ((1,), (2,)))
    """
    support = _read(joint).numerators != 0
    unseen, parts = [x for x in range(len(support)) if support[x].any()], []
    while unseen:
        rows, columns = {unseen[0]}, set[int]()
        while True:
            more = {int(y) for x in rows for y in np.flatnonzero(support[x])}
            wider = {int(x) for y in more for x in np.flatnonzero(support[:, y])}
            if more == columns and wider == rows:
                break
            rows, columns = wider, more
        parts.append((tuple(sorted(rows)), tuple(sorted(columns))))
        unseen = [x for x in unseen if x not in rows]
    return tuple(parts)


def gacs_korner_information(joint: Any, *, unit: Unit) -> Bracket:
    """Entropy of the common part: what both sides know in common, exactly.

    Parameters
    ----------
    joint : array_like, shape (n, m)
        P(x, y).
    unit : "bits" or "nats"

    Examples
    --------
    >>> float(gacs_korner_information([["1/4", "1/4", 0], [0, 0, "1/2"]], unit="bits"))
    1.0
    >>> float(gacs_korner_information([["9/20", "1/20"], ["1/20", "9/20"]], unit="bits"))
    0.0
    """
    table = _read(joint).fractions()
    masses = [sum((table[x, y] for x in rows for y in columns), Fraction(0)) for rows, columns in common_part(joint)]
    return per_unit(entropy(masses), unit)


def wyner_common_information(
    joint: Any, *, unit: Unit, tol: Any = "1e-6", max_cells: int = 20_000
) -> WynerCommonInformation:
    """Wyner's common information between certified bounds, with the common variable that attains the upper one.

    Parameters
    ----------
    joint : array_like, shape (n, m)
        P(x, y).
    unit : "bits" or "nats"
    tol : number
        How far apart, in nats, the search tries to bring the bounds.
    max_cells : int
        At most so many simplices are looked at for the lower bound; the bounds returned hold whatever stopped the search.

    Examples
    --------
    Two fair bits that differ with probability 1/10 (Wyner 1975, doubly symmetric binary source): with a = (1 − √(1 − 2/10))/2,
    1 + h(1/10) − 2 h(a) = 0.872761 bits, far above the mutual information 1 − h(1/10).

    >>> found = wyner_common_information([["9/20", "1/20"], ["1/20", "9/20"]], unit="bits")
    >>> round(found.upper, 5), found.upper - found.lower < 1e-5, round(float(found.mutual_information), 5)
    (0.87276, True, 0.531)
    """
    table, width = _read(joint), float(read_tolerance(tol))
    if isinstance(max_cells, bool) or not isinstance(max_cells, int) or max_cells < 1:
        raise SpecificationError(f"max_cells: found {max_cells!r}; write a whole number ≥ 1")
    refuse_if_too_large(max_cells, 1000 * max(table.shape), "the subdivision")
    information = per_unit(_mutual(table), unit)
    flipped = table.shape[0] > table.shape[1]
    rows = RationalArray.of_integers(table.numerators.T, table.denominator) if flipped else table
    certificate = _certified(rows, width, max_cells)
    sides = (certificate.right, certificate.left) if flipped else (certificate.left, certificate.right)
    return WynerCommonInformation(
        bounds=per_unit((certificate.lower, certificate.upper), unit),
        mutual_information=information,
        weights=certificate.weights,
        left=sides[0],
        right=sides[1],
        certificate=certificate,
    )


def _read(joint: Any) -> RationalArray:
    array = joint if isinstance(joint, RationalArray) else RationalArray.from_values(joint, where="joint")
    if len(array.shape) != 2 or min(array.shape) < 1:
        raise SpecificationError(f"joint: found shape {array.shape}; write P(x, y), a row for each x")
    flat: Any = RationalArray.of_integers(array.numerators.reshape(-1), array.denominator)
    if not isinstance(joint, RationalArray):  # floats stay floats: their sum may be off by a rounding
        flat = joint.reshape(-1) if isinstance(joint, np.ndarray) else [entry for row in joint for entry in row]
    _, read = read_distribution(flat, where="joint")
    return RationalArray.of_integers(read.numerators.reshape(array.shape), read.denominator)


def _mutual(table: RationalArray) -> tuple[Fraction, Fraction]:
    p = table.fractions()
    product = np.outer(p.sum(axis=1), p.sum(axis=0)).reshape(-1).tolist()
    found = relative_entropy(p.reshape(-1).tolist(), product)
    assert found is not None, "the product of the marginals has weight wherever the joint has"
    return max(Fraction(0), found[0]), max(Fraction(0), found[1])


def _certified(table: RationalArray, width: float, max_cells: int) -> CommonInformationCertificate:
    products, prices = _columns(table.floats(), width)
    weights, left, right = _decomposition(table, products)
    whole = entropy(table.fractions().reshape(-1).tolist())
    upper = whole[1] - sum(
        (a * (entropy(u)[0] + entropy(v)[0]) for a, u, v in zip(weights, left, right, strict=True)), Fraction(0)
    )
    rounded = np.rint(prices * _GRID).astype(np.int64)
    score, cells = _largest_score(rounded / _GRID, width / 2, max_cells)
    proved = Fraction(math.ceil(score * 2**50) + 2**10, 2**50)  # to be reached again in rationals, rounded up
    paid = RationalArray.of_integers(rounded, _GRID)
    lower = (
        whole[0]
        - proved
        - sum(
            (p * f for p, f in zip(table.fractions().reshape(-1), paid.fractions().reshape(-1), strict=True)),
            Fraction(0),
        )
    )
    mutual = _mutual(table)[0]
    certificate = CommonInformationCertificate(
        joint=table,
        weights=RationalArray.from_fractions(weights),
        left=RationalArray.from_fractions(left),
        right=RationalArray.from_fractions(right),
        prices=paid,
        score=proved,
        cells=cells if lower > mutual else 0,
        lower=max(lower, mutual),
        upper=upper,
    )
    certificate.verify()
    return certificate


def _columns(p: Floats, width: float) -> tuple[list[tuple[Floats, Floats]], Floats]:
    """Product distributions and prices between which no other product scores more, as far as the search finds.

    Each product is a row uᵀφ v ≥ H(u) + H(v) of: minimise ⟨φ, P⟩.
    """
    from gametheory.optimize.linear_model import LinearModel

    n, m = p.shape
    allowed = p > 0
    points = [(np.eye(n)[x], np.eye(m)[y]) for x, y in zip(*np.nonzero(allowed), strict=True)]
    low = np.where(allowed, -_LARGEST_PRICE, _FORBIDDEN).reshape(-1)
    high = np.where(allowed, _LARGEST_PRICE, _FORBIDDEN).reshape(-1)
    table, scores = _rows(points)
    starts = np.arange(len(points) + 1) * n * m
    everywhere = np.tile(np.arange(n * m), len(points))
    model = LinearModel(
        "min", p.reshape(-1), starts, everywhere, table.reshape(-1), scores, np.full(len(points), np.inf), low, high
    )
    rectangles = _rectangles(allowed)
    rng = np.random.default_rng(0)  # of starts of a search, so that the same question has the same answer
    corners = [np.eye(n)[x] for x in range(n)]
    seeds = np.array(
        [*corners, *((1 - t) * a + t * b for a in corners for b in corners for t in (0.02, 0.1, 0.25, 0.5))]
    )
    prices = model.solve().primal.reshape(n, m)
    for _ in range(_ROUNDS):
        trials = np.concatenate([seeds, np.array([u for u, _ in points]), rng.dirichlet(np.ones(n), 16)])
        found = [item for rectangle in rectangles for item in _best_products(trials, prices, *rectangle)]
        better = [(u, v) for u, v, gain in found if gain > width / 20]
        if not better:
            break
        table, scores = _rows(better)
        count = len(better)
        model.add_rows(
            np.arange(count + 1) * n * m,
            np.tile(np.arange(n * m), count),
            table.reshape(-1),
            scores,
            np.full(count, np.inf),
        )
        points += better
        prices = model.solve().primal.reshape(n, m)
    weights = np.abs(model.solve().row_duals)
    kept = [c for c, a in zip(points, weights, strict=True) if a > 1e-12]
    return kept, prices


def _rows(products: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    table = np.array([np.outer(u, v).reshape(-1) for u, v in products])
    # HiGHS refuses what lies between 0 and 1e-12 in size; a product with so little weight there is as good without.
    return np.where(table < 1e-11, 0, table), np.array([_entropy(u) + _entropy(v) for u, v in products])


def _entropy(p: Floats) -> float:
    positive = p[p > 0]
    return float(-(positive * np.log(positive)).sum())


def _rectangles(allowed: NDArray[np.bool_]) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """The largest products of a set of rows and a set of columns inside the support, or some of them where there are many.

    A product distribution lives in one of them.
    """
    found = {tuple(column) for column in allowed.T.tolist() if any(column)}
    for rows in sorted(found):
        if len(found) >= _MANY:
            break
        found |= {tuple(a and b for a, b in zip(rows, other, strict=True)) for other in found}
    pairs = [(np.array(rows), allowed[np.array(rows)].all(axis=0)) for rows in sorted(found) if any(rows)]
    return [(rows, columns) for rows, columns in pairs if columns.any()]


def _best_products(trials: Floats, prices: Floats, rows: Any, columns: Any) -> list[tuple[Floats, Floats, float]]:
    """Local maxima of H(u) + H(v) − uᵀφ v in a rectangle by alternating maximisation, without near-duplicates."""
    part = prices[np.ix_(rows, columns)]
    u = np.unique(np.round(trials[:, rows] + 1e-3, 6), axis=0)
    u /= u.sum(axis=1, keepdims=True)
    for _ in range(200):
        v = _softmax(-u @ part)
        u = _softmax(-v @ part.T)
    result: dict[tuple[float, ...], tuple[Floats, Floats, float]] = {}
    left, right = np.zeros((len(u), len(rows))), np.zeros((len(u), len(columns)))
    for wide, narrow, mask in ((left, u, rows), (right, _softmax(-u @ part), columns)):
        wide[:, mask] = np.where(narrow < 1e-9, 0, narrow)
        wide /= wide.sum(axis=1, keepdims=True)
    for a, b in zip(left, right, strict=True):
        gain = _entropy(a) + _entropy(b) - float(a @ prices @ b)
        result.setdefault(tuple(np.round([*a, *b], 6)), (a, b, gain))
    return sorted(result.values(), key=lambda item: -item[2])[:24]


def _softmax(scores: Floats) -> Floats:
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _decomposition(
    table: RationalArray, products: list[tuple[Floats, Floats]]
) -> tuple[list[Fraction], list[list[Fraction]], list[list[Fraction]]]:
    """Exact weights of products (rounded) and of single points that add up to P and keep most entropy."""
    from gametheory.optimize.exact import solve_exact

    n, m = table.shape
    p = table.fractions()
    columns = [(_rounded(u), _rounded(v)) for u, v in products if max(u) < 1 and max(v) < 1]
    # One side given the other, exactly: of W = X or W = Y, and of one value where that will do. Single points make every P.
    sums = p.sum(axis=1), p.sum(axis=0)
    if (p == np.outer(*sums)).all():
        columns.append((sums[0].tolist(), sums[1].tolist()))
    units = [[[Fraction(int(k == x)) for k in range(size)] for x in range(size)] for size in (n, m)]
    columns += [(units[0][x], (p[x] / sums[0][x]).tolist()) for x in range(n) if sums[0][x]]
    columns += [((p[:, y] / sums[1][y]).tolist(), units[1][y]) for y in range(m) if sums[1][y]]
    columns += [(units[0][x], units[1][y]) for x in range(n) for y in range(m) if p[x, y]]
    columns += [(_rounded(u), _rounded(v)) for u, v in products if (max(u) < 1) != (max(v) < 1)]
    scores = [Fraction(round(sum(_score(part) for part in pair) * _GRID), _GRID) for pair in columns]
    rows: list[Any] = [
        (f"entry {x}, {y}", {j: u[x] * v[y] for j, (u, v) in enumerate(columns) if u[x] and v[y]}, "==", p[x, y])
        for x in range(n)
        for y in range(m)
        if p[x, y]
    ]
    found = solve_exact(LinearProgramme.from_rows("max", scores, rows, name="common_information")).primal
    used = [j for j in range(len(columns)) if found[j]]
    return [found[j] for j in used], [columns[j][0] for j in used], [columns[j][1] for j in used]


def _rounded(p: Floats) -> list[Fraction]:
    numerators = np.rint(p * _GRID).astype(np.int64)
    numerators[int(numerators.argmax())] += _GRID - int(numerators.sum())
    return [Fraction(int(x), _GRID) for x in numerators]


def _score(p: list[Fraction]) -> float:
    return -sum(float(x) * math.log(x) for x in p if x)


def _largest_score(prices: Floats, slack: float, max_cells: int) -> tuple[float, int]:
    """A bound on H(u) + H(v) − uᵀφ v for all u and v, and how many simplices show it; the largest bound is halved next."""
    n = len(prices)
    unit = tuple(tuple(Fraction(int(x == k)) for x in range(n)) for k in range(n))
    best, order, looked = -math.inf, 0, 1

    def value(corner: Any) -> float:
        scores = -np.asarray(corner, dtype=float) @ prices
        return float(scores.max() + np.log(np.exp(scores - scores.max()).sum()))

    def bound(cell: Any) -> float:
        nonlocal best
        corners = np.array(cell, dtype=float)
        centre = corners.mean(axis=0)
        at = [value(c) for c in corners]
        best = max(best, *(a + _entropy(c) for a, c in zip(at, corners, strict=True)))
        return max(a - float(c @ np.log(centre)) for a, c in zip(at, corners, strict=True))

    heap: list[Any] = [(-bound(unit), 0, unit)]
    while n > 1 and -heap[0][0] > best + slack and looked + 2 <= max_cells:
        _, _, cell = heapq.heappop(heap)
        for half in halves(cell):
            order, looked = order + 1, looked + 1
            heapq.heappush(heap, (-bound(half), order, half))
    return -heap[0][0], looked
