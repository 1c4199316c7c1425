"""The cheapest cover when its rows are found along the way.

    minimise Σ_j w_j x_j  over x ∈ {0, 1}^n  subject to  Σ_j a_j x_j ≥ b  for all rows (a, b) of a family

The family is far too large to list, but for every x that breaks some of its rows such rows can be found: hitting sets, of
all sets of links that are dangerous together, or of all groups of agents that keep each other from moving. The programme of
the rows found so far is solved, its solution asked for rows that it breaks, and so on (implicit hitting sets). Every solution
is a lower bound, and one that breaks no row is optimal. The last bound is proved in rationals; where that takes too long,
the bound of the linear relaxation is.

References: E. Moreno-Centeno and R. M. Karp (2013), *The implicit hitting set approach to solve combinatorial optimization
problems*, Operations Research 61.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.certificates.branching import BranchingCertificate, rounded_bound
from gametheory.certificates.covering import CoveringRow, covering_programme
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SolverError
from gametheory.games.values import compared_by
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.exact_milp import solve_exact_milp
from gametheory.optimize.linear import solve_milp

__all__ = ["Cover", "cheapest_cover"]

Chosen = frozenset[int]


@final
@compared_by("chosen", "upper", "lower")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cover:
    """The best cover found, and a proved bound on all others.

    Attributes
    ----------
    chosen : frozenset of int
    upper, lower : Fraction
        What it costs, and what every cover costs at least.
    rows : tuple
        The evidence of the rows found, in the order of the programme.
    bound : BranchingCertificate or DualityCertificate
        Proves ``lower`` for the programme of these rows; that of the linear relaxation, rounded up to what costs can be.
    """

    chosen: Chosen
    upper: Fraction
    lower: Fraction
    rows: tuple[Any, ...]
    bound: BranchingCertificate | DualityCertificate


def cheapest_cover(
    weights: Sequence[Fraction],
    broken: Callable[[Chosen], Sequence[Any]],
    completed: Callable[[Chosen], Chosen],
    row: Callable[[Any], CoveringRow],
    *,
    name: str,
    time_limit: float | None = None,
    max_rounds: int = 2_000,
) -> Cover:
    """The cheapest x that breaks no row of an implicit family, or the best found with a proved bound.

    Parameters
    ----------
    weights : sequence of Fraction, ≥ 0
    broken : function
        From the chosen indices to the evidence of rows that they break; empty if they break none.
    completed : function
        From chosen indices to a superset that breaks no row.
    row : function
        From evidence to the row that it proves.
    name : str
        Of the programme that the bound is about.
    time_limit : float, optional
        Seconds.
    max_rounds : int

    Returns
    -------
    Cover

    Examples
    --------
    The cheapest set that meets {0, 1}, {1, 2} and {0, 2}, each told only when it is missed:

    >>> sets, weights = [{0, 1}, {1, 2}, {0, 2}], [Fraction(2), Fraction(3), Fraction(4)]
    >>> cover = cheapest_cover(
    ...     weights,
    ...     lambda chosen: [s for s in sets if not s & chosen][:1],
    ...     lambda chosen: frozenset(range(3)),
    ...     lambda missed: ({j: Fraction(1) for j in missed}, Fraction(1)), name="sets")
    >>> sorted(cover.chosen), cover.upper, cover.lower
    ([0, 1], Fraction(5, 1), Fraction(5, 1))
    """
    deadline = None if time_limit is None else time.perf_counter() + time_limit

    def remaining() -> float | None:
        return None if deadline is None else max(0.0, deadline - time.perf_counter())

    def cost(chosen: Chosen) -> Fraction:
        return sum((weights[j] for j in chosen), Fraction(0))

    def programme(*, whole: bool) -> LinearProgramme:
        return covering_programme(weights, rows, whole=whole, name=name)

    evidence: list[Any] = []
    rows: list[CoveringRow] = []
    best = completed(frozenset())
    chosen: Chosen = frozenset()
    proof: BranchingCertificate | None = None
    for _ in range(max_rounds):
        found = broken(chosen)
        if found:
            evidence += found
            rows += map(row, found)
            candidate = completed(chosen)
        else:
            candidate = chosen
        if cost(candidate) < cost(best):
            best = candidate
        if not found:
            # Optimal up to the rounding of floats; an exact solution that breaks another row goes round again.
            try:
                exact = solve_exact_milp(programme(whole=True), time_limit=remaining())
            except SolverError:
                break
            proof = exact.certificate
            chosen = frozenset(j for j in range(len(weights)) if exact.primal[j])
            if exact.value == cost(best) or not broken(chosen):
                best = best if exact.value == cost(best) else chosen
                break
            proof = None
            continue
        if deadline is not None and time.perf_counter() > deadline:
            break
        try:
            solution = solve_milp(programme(whole=True), time_limit=remaining())
        except SolverError:
            break
        chosen = frozenset(j for j in range(len(weights)) if solution.primal[j] > 0.5)
    if proof is not None and proof.value is not None:
        return Cover(chosen=best, upper=cost(best), lower=proof.value, rows=tuple(evidence), bound=proof)
    relaxation = solve_exact(programme(whole=False))
    lower = rounded_bound(programme(whole=True), relaxation.value)
    return Cover(chosen=best, upper=cost(best), lower=lower, rows=tuple(evidence), bound=relaxation.certificate)
