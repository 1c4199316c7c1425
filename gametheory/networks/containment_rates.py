"""The cheapest transmission and recovery rates under which a cascade dies out.

    minimise    Σ_i [f_i(β_i) + g_i(γ_i)]
    subject to  α(diag(β) A − diag(γ)) ≤ −m,   lower ≤ β, γ ≤ upper

A is the adjacency matrix, α the spectral abscissa, m ≥ 0 the rate at which the linear cascade is to decay. By Perron and
Frobenius the constraint says that some v > 0 has

    β_i Σ_j A_ij v_j / (κ_i v_i) ≤ 1 for all i,     κ_i = γ_i − m > 0:        rows of posynomials, a geometric programme,

convex in ln β, ln κ, ln v. With fixed recovery rates γ = δ and m = 0 it reads ρ(diag(β) A) ≤ δ. Solved in floats; then the
rates are moved to the safe side and the decay is certified in rationals, and a circulation on the arcs, made of the left and
right Perron vectors, proves in rationals that no rates are cheaper than a lower bound, usually 1e-8 below
(:mod:`gametheory.certificates.rates`).

Reference: V. M. Preciado, M. Zargham, C. Enyioha, A. Jadbabaie and G. J. Pappas (2014), *Optimal resource allocation for
network protection against spreading processes*, IEEE Transactions on Control of Network Systems 1, 99-108.
Complexity: an interior-point step costs about as much as a sparse factorisation of the network; 200 nodes take a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.rates import (
    CostTerms,
    RateCertificate,
    RateProblem,
    cost_bracket,
    cost_lower_bound,
    held_matrix,
)
from gametheory.certificates.spectral import MetzlerMatrix
from gametheory.errors import InfeasibleError, SolverError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.network import Network, read_network
from gametheory.networks.spectral import compare_spectral_abscissa, metzler_matrix, spectral_abscissa

__all__ = ["ContainmentRates", "cheapest_rates"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Terms = Sequence[tuple[Any, int]]

_ROUNDING = (1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7)  # how far rates are moved to the safe side, until they provably are
_FLOW_BITS = 60


@final
@compared_by("network", "transmission", "recovery", "upper", "lower")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ContainmentRates:
    """Rates that provably contain a cascade, and how much cheaper others could be at most.

    Attributes
    ----------
    network : Network
    transmission, recovery : RationalArray, shape (n,)
        β and γ.
    upper : Fraction
        What they cost at most (the cost, rounded up in its 30th digit).
    lower : Fraction
        No rates within the bounds that contain the cascade cost less.
    shadow_price : float
        By how much the least cost rises per unit of margin, numerically; where recovery is fixed at δ, minus this is its
        derivative by δ.
    certificate : RateCertificate
    """

    network: Network
    transmission: RationalArray
    recovery: RationalArray
    upper: Fraction
    lower: Fraction
    shadow_price: float
    certificate: RateCertificate

    @property
    def gap(self) -> float:
        """The distance between the bounds, relative to the upper one."""
        return float((self.upper - self.lower) / abs(self.upper)) if self.upper else float(self.upper - self.lower)

    @property
    def status(self) -> Literal["certified"]:
        return "certified"

    def __float__(self) -> float:
        return float(self.upper)

    def at_bounds(self, *, within: float = 1e-6) -> tuple[str, ...]:
        """Rates that attain a bound up to a relative distance, such as ``"transmission of hub at its upper bound"``; those
        that are fixed are left out."""
        problem, found = self.certificate.problem, []
        for name, rates in (("transmission", self.transmission), ("recovery", self.recovery)):
            low, high = (getattr(problem, f"{name}_{end}").floats() for end in ("lower", "upper"))
            for end, limits in (("lower", low), ("upper", high)):
                near = (np.abs(rates.floats() - limits) <= within * limits) & (low < high)
                found += [f"{name} of {self.network.nodes[i]} at its {end} bound" for i in np.flatnonzero(near)]
        return tuple(found)

    def __repr__(self) -> str:
        return (
            f"ContainmentRates(certified: cost {float(self.upper):.10g}, at most {self.gap:.1g} above the least, "
            f"{self.network.num_nodes:,} nodes)"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each node."""
        rows = zip(self.network.nodes, self.transmission.floats(), self.recovery.floats(), strict=True)
        return data_frame(rows, ["node", "transmission", "recovery"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": self.status,
            "nodes": list(self.network.nodes),
            "transmission": [exact_text(x) for x in self.transmission.fractions().tolist()],
            "recovery": [exact_text(x) for x in self.recovery.fractions().tolist()],
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "shadow_price": self.shadow_price,
            "certificate": self.certificate.to_dict(),
        }


def cheapest_rates(
    network: Any,
    *,
    transmission_bounds: tuple[Any, Any],
    recovery_bounds: tuple[Any, Any],
    transmission_cost: Terms = ((1, -1),),
    recovery_cost: Terms = (),
    ceiling: Any = None,
    margin: Any = 0,
) -> ContainmentRates:
    """The cheapest rates within bounds under which a cascade decays, with a certified bracket of their cost.

    Parameters
    ----------
    network : Network, or what :func:`~gametheory.networks.network.read_network` reads
    transmission_bounds, recovery_bounds : (lower, upper)
        Each a number or n numbers; 0 < lower ≤ upper, for recovery margin < lower. Equal bounds fix a rate.
    transmission_cost : sequence of (coefficient, exponent)
        f_i(β) = Σ coefficient_i β^exponent: coefficients ≥ 0, a number or one for each node; exponents whole, not 0. By default
        1/β.
    recovery_cost : sequence of (coefficient, exponent)
        g_i(γ) in the same way, exponents ≥ 1; with ``ceiling`` it is a cost of D − γ, exponents ≤ −1. By default nothing.
    ceiling : number, optional
        D, above all recovery rates: their cost may grow beyond all bounds towards it.
    margin : number ≥ 0
        The rate at which the cascade is to decay.

    Returns
    -------
    ContainmentRates

    Raises
    ------
    InfeasibleError
        Even the least transmission and the largest recovery do not contain the cascade; ``certificate`` proves it.
    SolverError
        They contain it with no room to spare, or the solver failed.
    SpecificationError
        Bounds, costs or margin as above are not given.

    Examples
    --------
    On a star with four leaves and ρ(diag(β) A) ≤ 1/2 the least Σ 1/β_i is 16, with β = 1/8 at the hub and 1/2 at the leaves:

    >>> import networkx
    >>> rates = cheapest_rates(
    ...     networkx.star_graph(4), transmission_bounds=("1/20", "9/10"), recovery_bounds=("1/2", "1/2"))
    >>> round(float(rates), 6), rates.transmission.floats().round(4).tolist(), rates.gap < 1e-6
    (16.0, [0.125, 0.5, 0.5, 0.5, 0.5], True)
    """
    read = read_network(network)
    n = read.num_nodes
    problem = RateProblem(
        network=metzler_matrix(read),
        transmission_lower=_vector(transmission_bounds[0], n, "transmission_bounds[0]"),
        transmission_upper=_vector(transmission_bounds[1], n, "transmission_bounds[1]"),
        recovery_lower=_vector(recovery_bounds[0], n, "recovery_bounds[0]"),
        recovery_upper=_vector(recovery_bounds[1], n, "recovery_bounds[1]"),
        transmission_cost=_terms(transmission_cost, n, "transmission_cost"),
        recovery_cost=_terms(recovery_cost, n, "recovery_cost"),
        ceiling=None if ceiling is None else exact(ceiling, where="ceiling"),
        margin=exact(margin, where="margin"),
    )
    if not any((c.numerators > 0).any() for c, _ in (*problem.transmission_cost, *problem.recovery_cost)):
        raise SpecificationError(
            "costs: all are 0, so that all rates that contain the cascade are as good; give a cost"
        )
    _refuse_infeasible(problem)
    block = np.empty(n, dtype=np.int64)
    for k, nodes in enumerate(read.components()):
        block[list(nodes)] = k
    inside = np.flatnonzero(block[problem.network.rows] == block[problem.network.columns])
    return _certified(read, problem, inside, block, _solved(problem, block, inside))


def _vector(value: Any, n: int, where: str) -> RationalArray:
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return RationalArray.from_fractions([exact(value, where=where)] * n)
    array = RationalArray.from_values(value, where=where)
    if array.shape != (n,):
        raise SpecificationError(f"{where}: found shape {array.shape}; write a number, or {n} of them")
    return array


def _terms(terms: Terms, n: int, where: str) -> CostTerms:
    for k, term in enumerate(terms):
        if isinstance(term, str) or not hasattr(term, "__len__") or len(term) != 2:
            raise SpecificationError(f"{where}[{k}]: found {term!r}; write (coefficient, exponent)")
    return tuple((_vector(c, n, f"{where}[{k}]"), p) for k, (c, p) in enumerate(terms))


def _refuse_infeasible(problem: RateProblem) -> None:
    """The least transmission and the largest recovery contain a cascade if any rates do."""
    best = compare_spectral_abscissa(held_matrix(problem, problem.transmission_lower, problem.recovery_upper), 0)
    if best.relation == "above":
        raise InfeasibleError(
            "with the least transmission and the largest recovery rates the cascade still decays too slowly, or grows: by "
            f"{float(best.bounds.lower):.6g} too much; widen the bounds, or lower the margin",
            certificate=best.bounds.certificate,
        )
    if best.relation != "below":
        raise SolverError(
            "only the least transmission and the largest recovery rates contain the cascade, with no room to spare "
            "(to the precision of the bounds); widen the bounds, or lower the margin",
            status="no interior",
            solver="spectral bounds",
            best=best,
        )


def _solved(problem: RateProblem, block: Integers, inside: Integers) -> tuple[Floats, Floats, Floats]:
    """β, κ and the multiplier of each row in floats, from the geometric programme in z = (ln β, ln κ, ln v, ln(D − γ))."""
    from gametheory.optimize.geometric import solve_geometric

    M, n, margin = problem.network, problem.network.size, float(problem.margin)
    lower, upper = np.full(4 * n, -np.inf), np.full(4 * n, np.inf)
    lower[:n], upper[:n] = np.log(problem.transmission_lower.floats()), np.log(problem.transmission_upper.floats())
    lower[n : 2 * n] = np.log(problem.recovery_lower.floats() - margin)
    upper[n : 2 * n] = np.log(problem.recovery_upper.floats() - margin)
    if (lower[: 2 * n] == upper[: 2 * n]).all():
        return np.exp(lower[:n]), np.exp(lower[n : 2 * n]), np.zeros(n)
    own, rows, columns = np.arange(n), M.rows[inside], M.columns[inside]
    beta, kappa, vector, room = own, n + own, 2 * n + own, 3 * n + own
    # One node of each block has v = 1, and so have those that no row speaks of; without a ceiling D − γ plays no part.
    unused = np.bincount(np.r_[rows, columns], minlength=n) == 0
    unused[np.unique(block, return_index=True)[1]] = True
    lower[vector[unused]] = upper[vector[unused]] = 0
    costs = [([(beta, p)], c.floats(), own * 0) for c, p in problem.transmission_cost]
    limits = [
        (
            [(beta[rows], 1), (kappa[rows], -1), (vector[columns], 1), (vector[rows], -1)],
            M.entries.floats()[inside],
            rows,
        )
    ]
    if problem.ceiling is None:
        lower[room] = upper[room] = 0
        for c, q in problem.recovery_cost:  # γ^q = (κ + m)^q, term by term
            costs += [([(kappa, k)], c.floats() * math.comb(q, k) * margin ** (q - k), own * 0) for k in range(q + 1)]
    else:
        costs += [([(room, q)], c.floats(), own * 0) for c, q in problem.recovery_cost]
        width = np.full(n, 1 / float(problem.ceiling - problem.margin))
        # D − γ and κ = γ − m share D − m between them: two terms of one row.
        limits += [([(room, 1)], width, n + own), ([(kappa, 1)], width, n + own)]
    solution = solve_geometric(_posynomials(costs, 4 * n), _posynomials(limits, 4 * n), lower, upper)
    multipliers = np.zeros(n)
    found = solution.multipliers[:n]
    multipliers[: len(found)] = found
    return np.exp(solution.point[:n]), np.exp(solution.point[n : 2 * n]), multipliers


def _posynomials(groups: list[Any], num_variables: int) -> Any:
    """Groups of terms, each of (variables, exponent) pairs, coefficients and rows; terms with coefficient 0 are left out."""
    from scipy.sparse import csr_array

    from gametheory.optimize.geometric import Posynomials

    places, variables, powers, coefficients, rows = [], [], [], [], []
    start = 0
    for factors, values, row in groups:
        kept = np.flatnonzero(values > 0)
        for variable, exponent in factors if len(kept) else ():
            places.append(start + np.arange(len(kept)))
            variables.append(variable[kept])
            powers.append(np.full(len(kept), float(exponent)))
        coefficients.append(values[kept])
        rows.append(row[kept])
        start += len(kept)
    shape = (start, num_variables)
    if not start:
        return Posynomials(csr_array(shape), np.zeros(0), np.zeros(0, dtype=np.int64))
    matrix = csr_array((np.concatenate(powers), (np.concatenate(places), np.concatenate(variables))), shape=shape)
    return Posynomials(matrix, np.log(np.concatenate(coefficients)), np.concatenate(rows))


def _certified(
    network: Network, problem: RateProblem, inside: Integers, block: Integers, solved: tuple[Floats, Floats, Floats]
) -> ContainmentRates:
    """Rates on the safe side of the solved ones, with both bounds of the cost."""
    betas, kappas, multipliers = solved
    left, right = _perron(_exact(problem, betas, kappas)[2])
    # What an interior point leaves unused is used: each block that nearly grows is scaled until it just does not.
    M = problem.network
    incoming = np.bincount(
        M.rows, M.entries.floats() * right[M.columns] * (block[M.rows] == block[M.columns]), len(block)
    )
    growth = np.bincount(block, left * betas * incoming) / np.bincount(block, left * kappas * right)
    betas = betas / np.where(np.abs(growth - 1) < 1e-4, growth, 1)[block]
    for shift in _ROUNDING:
        transmission, recovery, matrix = _exact(problem, betas * (1 - shift), kappas * (1 + shift))
        held = spectral_abscissa(matrix)
        if held.upper <= 0:
            break
    else:
        raise SolverError(
            f"the rates found miss the required decay by {float(held.upper):.2g}, more than rounding; rescale the rates, or "
            "widen their bounds",
            status="not contained",
            solver="geometric programme",
            best=held,
        )
    circulation = _circulation(problem, transmission, recovery, inside, block, matrix, multipliers)
    leaving = np.bincount(M.rows, circulation.floats(), len(block)).astype(np.float64)
    tangents = _tangents(problem, leaving)
    upper = cost_bracket(problem, transmission, recovery)[1]
    lower = cost_lower_bound(problem, *tangents, circulation)
    certificate = RateCertificate(
        problem=problem,
        transmission=transmission,
        recovery=recovery,
        circulation=circulation,
        transmission_tangent=tangents[0],
        recovery_tangent=tangents[1],
        held=held.certificate,
        lower=lower,
        upper=upper,
    )
    return ContainmentRates(
        network=network,
        transmission=transmission,
        recovery=recovery,
        upper=upper,
        lower=lower,
        shadow_price=float((leaving / kappas).sum()),
        certificate=certificate,
    )


def _exact(problem: RateProblem, betas: Floats, kappas: Floats) -> tuple[RationalArray, RationalArray, MetzlerMatrix]:
    """The rates as rationals within their bounds, and the matrix that must not grow."""
    transmission = _clipped(betas, Fraction(0), problem.transmission_lower, problem.transmission_upper)
    recovery = _clipped(kappas, problem.margin, problem.recovery_lower, problem.recovery_upper)
    return transmission, recovery, held_matrix(problem, transmission, recovery)


def _perron(matrix: MetzlerMatrix) -> tuple[Floats, Floats]:
    """Left and right Perron vectors of the blocks, each up to a factor for each block."""
    turned = MetzlerMatrix.from_entries(matrix.size, matrix.columns, matrix.rows, matrix.entries)
    left, right = (spectral_abscissa(part).certificate.upper_vector.floats() for part in (turned, matrix))
    return left, right


def _tangents(problem: RateProblem, leaving: Floats) -> tuple[RationalArray, RationalArray]:
    """The rates that minimise f + λ ln β and g − λ ln κ: where the slope along the logarithm vanishes, by bisection."""
    margin = float(problem.margin)

    def minimiser(low: Floats, high: Floats, slope: Any) -> Floats:
        low, high = np.log(low), np.log(high)
        for _ in range(60):
            middle = (low + high) / 2
            rising = slope(np.exp(middle)) > 0
            low, high = np.where(rising, low, middle), np.where(rising, middle, high)
        return np.exp((low + high) / 2)

    def along_beta(beta: Floats) -> Floats:
        return leaving + sum((p * c.floats() * beta**p for c, p in problem.transmission_cost), np.zeros(len(beta)))

    def along_kappa(kappa: Floats) -> Floats:
        base = kappa + margin if problem.ceiling is None else float(problem.ceiling) - margin - kappa
        parts = (abs(q) * c.floats() * base ** float(q - 1) * kappa for c, q in problem.recovery_cost)
        return sum(parts, np.zeros(len(kappa))) - leaving

    betas = minimiser(problem.transmission_lower.floats(), problem.transmission_upper.floats(), along_beta)
    bounds = (problem.recovery_lower.floats() - margin, problem.recovery_upper.floats() - margin)
    return _exact(problem, betas, minimiser(*bounds, along_kappa))[:2]


def _clipped(rates: Floats, offset: Fraction, lower: RationalArray, upper: RationalArray) -> RationalArray:
    """The rates, offset by a rational, as rationals within their bounds."""
    return RationalArray.from_fractions(
        [min(max(Fraction(x) + offset, lower[i]), upper[i]) for i, x in enumerate(rates.tolist())]
    )


def _circulation(
    problem: RateProblem,
    transmission: RationalArray,
    recovery: RationalArray,
    inside: Integers,
    block: Integers,
    matrix: MetzlerMatrix,
    multipliers: Floats,
) -> RationalArray:
    """F_ij = θ u_i β_i a_ij v_j with the left and right Perron vectors u and v of each block, made exact.

    The multiplier θ of a block follows from stationarity, β f' + λ = 0 and κ g' = λ, at rates between their bounds; where
    all are at a bound, the solver's is taken. Any θ ≥ 0 gives a bound.
    """
    M, n = problem.network, problem.network.size
    betas, kappas = transmission.floats(), recovery.floats() - float(problem.margin)
    left, right = _perron(matrix)
    share = right * left * kappas
    total = np.bincount(block, weights=share)
    share, left = share / total[block], left / total[block]
    stationary, weight = np.zeros(n), np.zeros(n)
    for rates, low, high, sign, part in (
        (betas, problem.transmission_lower, problem.transmission_upper, -1, 1),
        (recovery.floats(), problem.recovery_lower, problem.recovery_upper, 1, 3),
    ):
        free = (rates > low.floats() * (1 + 1e-7)) & (rates < high.floats() * (1 - 1e-7))
        parts = problem.cost_parts(transmission.fractions().tolist(), recovery.fractions().tolist())
        slopes = np.array([float(x[part]) for x in parts])
        stationary += np.where(free, sign * slopes, 0)
        weight += np.where(free, share, 0)
    weights = np.bincount(block, weights=weight)
    by_rates = np.bincount(block, weights=stationary) / np.where(weights > 0, weights, 1)
    theta = np.maximum(np.where(weights > 0, by_rates, np.bincount(block, weights=multipliers)), 0)
    rows, columns = M.rows[inside], M.columns[inside]
    flow = theta[block[rows]] * left[rows] * betas[rows] * M.entries.floats()[inside] * right[columns]
    numerators = np.zeros(len(M.rows), dtype=object)
    size = float(flow.max()) if len(flow) else 0.0
    if size <= 0:
        return RationalArray.of_integers(numerators)
    scale = _FLOW_BITS - math.frexp(size)[1]
    whole = [int(math.ldexp(x, scale)) for x in flow.tolist()]
    numerators[inside] = _balanced(whole, rows.tolist(), columns.tolist(), n)
    return RationalArray.from_fractions([Fraction(int(x)) / Fraction(2) ** scale for x in numerators])


def _balanced(flow: list[int], rows: list[int], columns: list[int], n: int) -> list[int]:
    """A circulation next to integers on the arcs of strongly connected blocks: what is missing is sent along trees.

    Every node that receives more than it sends passes the rest on towards a root of its block; every node that sends more
    is supplied from there. Nothing is ever taken away, so that all numbers stay ≥ 0.
    """
    flow = list(flow)
    surplus = [0] * n
    for i, j, x in zip(rows, columns, flow, strict=True):
        surplus[i] -= x
        surplus[j] += x
    for tails, heads, sign in ((rows, columns, -1), (columns, rows, 1)):  # supplied from the root, then sent to it
        out: list[list[int]] = [[] for _ in range(n)]
        for k, i in enumerate(tails):
            out[i].append(k)
        arc, order, seen = [-1] * n, [], [False] * n
        for root in range(n):
            if seen[root]:
                continue
            seen[root] = True
            order.append(root)
            place = len(order) - 1
            while place < len(order):
                for k in out[order[place]]:
                    if not seen[heads[k]]:
                        seen[heads[k]] = True
                        arc[heads[k]] = k
                        order.append(heads[k])
                place += 1
        need = [max(sign * x, 0) for x in surplus]
        for i in reversed(order):
            if arc[i] >= 0 and need[i]:
                flow[arc[i]] += need[i]
                need[tails[arc[i]]] += need[i]
    return flow
