"""The search behind stealth: a linear programme over laws within a divergence of a baseline, by column generation.

    maximise c·(q, v)   subject to   A (q, v) ≤, ≥, = b,   v free (or absent),   q a law with D(q, p) ≤ δ

Within the ball the programme's value is the maximum over mixtures Σ w_k q_k of laws q_k that each keep the budget (balls are
convex): a small linear programme, solved exactly, whose optimum is achievable and so a lower bound. Its multipliers y turn
the rows into one reward c − yᵀA, the law of largest expected reward within the ball
(:func:`gametheory.information.largest_expectation`) is the next q_k, and what no law exceeds there bounds the whole
programme from above. Multipliers are also tried half-way to the best ones so far, which steadies the search. Both bounds are
rational throughout; no float decides anything.

References: G. B. Dantzig and P. Wolfe, "Decomposition principle for linear programs", Operations Research 8 (1960); W.
Ben-Ameur and J. Neto, "Acceleration of cutting-plane and column generation algorithms", Networks 49 (2007).
Complexity: a round takes a pass over the outcomes and a linear programme with the rows of A; some ten rounds for a few
rows, some tens for the obedience rows of a small game.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.divergence_balls import BallDivergence, DivergenceBudget
from gametheory.certificates.elementary import Unit
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.certificates.stealth import StealthCertificate
from gametheory.errors import InfeasibleError, SolverError, UnboundedError
from gametheory.information.divergence_balls import largest_expectation

__all__ = ["BallOptimum", "Progress", "optimum_in_ball"]

Progress = Callable[[int, float, float], None]
"""Called with the number of rounds and both bounds."""
Rationals = list[Fraction]

_ZERO, _ONE = Fraction(0), Fraction(1)
_GRID = 2**64
_SHRINKS = (_ZERO, *(Fraction(1, 2**k) for k in range(50, 18, -2)))
_ALONE = 12  # rounds before an interior-point method is asked for multipliers


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BallOptimum:
    """What was found, its evidence, the price of the budget, and what ended the search."""

    certificate: StealthCertificate
    shadow_price: float
    stopped: Literal["gap", "rounds", "time"]


@final
class _Bounds:
    """The best point and the best multipliers so far."""

    def __init__(self) -> None:
        self.lower: Fraction | None = None
        self.point: Rationals = []
        self.upper: Fraction | None = None
        self.multipliers: Rationals = []
        self.price = self.level = _ZERO
        self.slope = 0.0


def optimum_in_ball(
    programme: LinearProgramme,
    baseline: RationalArray,
    *,
    divergence: BallDivergence,
    unit: Unit | None,
    budget: Fraction,
    gap: Fraction,
    max_rounds: int,
    time_limit: float | None,
    progress: Progress | None,
) -> BallOptimum:
    """The programme's optimum over laws within the budget, to a gap in its own units.

    The first columns of the programme are the outcomes; at most one more follows, which is free.

    Raises
    ------
    InfeasibleError
        No law within the budget meets the rows; ``certificate`` proves it.
    SolverError
        Limits ended the search before any law was found that meets the rows.
    """
    limit = DivergenceBudget.of(divergence, budget, unit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    p: Rationals = baseline.fractions().tolist()
    search = _Search(programme, p, limit, unit, deadline, max_rounds)
    columns = [p] if search.has_point(p) else _feasible(search, baseline)
    best, stopped = search.run(columns, gap, progress)
    assert best.lower is not None, "the columns hold a feasible mixture"
    assert best.upper is not None, "the first round bounds it"
    certificate = StealthCertificate(
        programme=programme,
        baseline=baseline,
        divergence=divergence,
        unit=unit,
        budget=budget,
        point=RationalArray.from_fractions(best.point),
        multipliers=RationalArray.from_fractions(best.multipliers),
        price=best.price,
        level=best.level,
        lower=best.lower,
        upper=max(best.lower, best.upper),
    )
    certificate.verify()
    return BallOptimum(certificate=certificate, shadow_price=best.slope, stopped=stopped)


@final
class _Search:
    def __init__(
        self,
        programme: LinearProgramme,
        p: Rationals,
        budget: DivergenceBudget,
        unit: Unit | None,
        deadline: float | None,
        rounds: int,
    ) -> None:
        self.programme, self.p, self.budget, self.unit = programme, p, budget, unit
        self.deadline, self.max_rounds = deadline, rounds
        self.size = len(p)
        self.costs = programme.objective.fractions().tolist()
        self.sides = programme.right_hand_side.fractions().tolist()
        self.free: dict[int, Fraction] = {}  # the row's coefficient of the free column
        if programme.num_columns > self.size:
            self.free = {r: a for r in range(programme.num_rows) if (a := programme.row(r).get(self.size, _ZERO))}

    def has_point(self, law: Rationals) -> bool:
        """Whether the law meets the rows in which the free column has no part."""
        activities = self.activities(law)
        return all(
            r in self.free or _holds(x, sense, side)
            for r, (x, sense, side) in enumerate(zip(activities, self.programme.row_sense, self.sides, strict=True))
        )

    def activities(self, law: Rationals) -> Rationals:
        rest = [_ZERO] * (self.programme.num_columns - self.size)
        found: Rationals = (
            self.programme.row_activities(RationalArray.from_fractions([*law, *rest])).fractions().tolist()
        )
        return found

    def run(
        self, columns: list[Rationals], gap: Fraction, progress: Progress | None, *, decide_sign: bool = False
    ) -> tuple[_Bounds, Literal["gap", "rounds", "time"]]:
        """Until the bounds meet (``decide_sign``: or agree in sign), or a limit is reached."""
        best, columns = _Bounds(), list(columns)
        rows = [self.activities(law) for law in columns]
        for count in range(self.max_rounds):
            outer = self.master(columns, rows, best)
            if count:
                # Half-way to the best multipliers so far: those of the small programme alone jump about.
                halves = [(a + b) / 2 for a, b in zip(best.multipliers, outer, strict=True)]
                tried = [self.repaired(halves), outer]
            else:
                tried = [outer]
            laws: list[Rationals] = []
            if count == _ALONE:
                laws, proposed = self.proposed()
                tried += proposed
            for law in [*laws, *(self.price(multipliers, best) for multipliers in tried)]:
                if law not in columns:
                    columns.append(law)
                    rows.append(self.activities(law))
            assert best.lower is not None
            assert best.upper is not None
            if progress is not None:
                progress(count + 1, float(best.lower), float(best.upper))
            # What the first laws asked for gain is known in the second round only; a small budget gains little.
            closed = best.upper - best.lower <= (gap if count else 0)
            if closed or (decide_sign and (best.lower >= 0 or best.upper < 0)):
                return best, "gap"
            if self.deadline is not None and time.perf_counter() > self.deadline:
                return best, "time"
        return best, "rounds"

    def master(self, columns: list[Rationals], rows: list[Rationals], best: _Bounds) -> Rationals:
        """The best mixture of the columns and, short, its multipliers."""
        from gametheory.optimize.exact import solve_exact

        count, programme = len(columns), self.programme
        listed: list[tuple[str, Mapping[int, Fraction], Sense, Fraction]] = []
        for r, sense in enumerate(programme.row_sense):
            row = {k: x[r] for k, x in enumerate(rows) if x[r]}
            if r in self.free:
                row[count] = self.free[r]
            listed.append((f"row {r}", row, sense, self.sides[r]))
        listed.append(("weights", dict.fromkeys(range(count), _ONE), "==", _ONE))
        costs = [_inner(self.costs, law) for law in columns]
        lower: list[Fraction | None] = [_ZERO] * count
        if programme.num_columns > self.size:
            costs.append(self.costs[self.size])
            lower.append(None)
        solution = solve_exact(LinearProgramme.from_rows("max", costs, listed, lower=lower))
        if best.lower is None or solution.value + programme.constant > best.lower:
            best.lower = solution.value + programme.constant
            weights = solution.primal.fractions().tolist()
            law = [
                sum((w * x[k] for w, x in zip(weights, columns, strict=False) if w), _ZERO) for k in range(self.size)
            ]
            best.point = [*law, *weights[count:]]
        return self.repaired(solution.row_duals.fractions().tolist()[:-1])

    def proposed(self) -> tuple[list[Rationals], list[Rationals]]:
        """A law and multipliers of the conic programme, if a solver finds them: proposals like any other."""
        from gametheory.optimize.ball_programmes import solve_in_ball

        budget = self.budget
        try:
            law, multipliers = solve_in_ball(
                self.programme, self.p, divergence=budget.divergence, budget=budget.given, unit=self.unit
            )
        except (InfeasibleError, SolverError, UnboundedError):
            return [], []  # nothing rests on the proposal: the bounds are proved round by round
        near = [Fraction(max(x, 0.0)) if w else _ZERO for x, w in zip(law.tolist(), self.p, strict=True)]
        total = sum(near, _ZERO)
        short = _short([x / total for x in near], self.p, budget)
        return [short] if budget.keeps(short, self.p) else [], [
            self.repaired([Fraction(y) for y in multipliers.tolist()])
        ]

    def repaired(self, multipliers: Rationals) -> Rationals:
        """On a grid, so that numbers stay short, and still without reduced cost of the free column."""
        if self.budget.divergence == "total variation":
            return multipliers  # the search ends exactly, at those of a vertex
        rounded = [Fraction(round(y * _GRID), _GRID) for y in multipliers]
        if self.programme.num_columns > self.size:
            missing = self.costs[self.size] - sum((rounded[r] * a for r, a in self.free.items()), _ZERO)
            largest = max(self.free, key=lambda r: abs(rounded[r]))
            rounded[largest] += missing / self.free[largest]
        return rounded

    def price(self, multipliers: Rationals, best: _Bounds) -> Rationals:
        """The law that the multipliers ask for; they prove an upper bound."""
        combined = self.programme.combined_rows(RationalArray.from_fractions(multipliers)).fractions().tolist()
        reward = [c - a for c, a in zip(self.costs[: self.size], combined, strict=False)]
        budget = self.budget
        found = largest_expectation(
            RationalArray.from_fractions(reward),
            RationalArray.from_fractions(self.p),
            divergence=budget.divergence,
            budget=budget.given,
            unit=self.unit,
        )
        upper = found.exact_upper + _inner(multipliers, self.sides) + self.programme.constant
        if best.upper is None or upper < best.upper:
            best.upper, best.multipliers = upper, multipliers
            best.price, best.level, best.slope = found.price, found.level, found.shadow_price
        return _short(found.exact_distribution.fractions().tolist(), self.p, budget)


def _feasible(whole: _Search, baseline: RationalArray) -> list[Rationals]:
    """Laws within the budget with a mixture that meets the rows without the free column: maximise their least slack."""
    programme, p, budget, unit, size = whole.programme, whole.p, whole.budget, whole.unit, whole.size
    kept = [r for r in range(programme.num_rows) if size not in programme.row(r) and programme.row_sense[r] == ">="]
    listed: list[tuple[str, Mapping[int, Fraction], Sense, Fraction]] = [
        (f"row {r}", programme.row(r) | {size: -_ONE}, ">=", whole.sides[r]) for r in kept
    ]
    slack = LinearProgramme.from_rows("max", [0] * size + [1], listed, lower=[0] * size + [None])
    search = _Search(slack, p, budget, unit, whole.deadline, whole.max_rounds)
    best, _ = search.run([p], Fraction(-1), None, decide_sign=True)
    assert best.lower is not None
    assert best.upper is not None
    if best.lower >= 0:
        return [p, best.point[:size]]
    if best.upper >= 0:
        raise SolverError(
            f"no law within the budget was found that meets the rows: the least slack lies between "
            f"{float(best.lower):.3g} and {float(best.upper):.3g}; raise max_rounds or time_limit, or change the budget",
            status="limit",
            solver="column generation",
            best=None,
        )
    multipliers = [_ZERO] * programme.num_rows
    for r, y in zip(kept, best.multipliers, strict=True):
        multipliers[r] = y
    certificate = StealthCertificate(
        programme=programme,
        baseline=baseline,
        divergence=budget.divergence,
        unit=unit,
        budget=budget.given,
        point=None,
        multipliers=RationalArray.from_fractions(multipliers),
        price=best.price,
        level=best.level,
        lower=None,
        upper=None,
    )
    certificate.verify()
    raise InfeasibleError(f"{certificate.claim}; raise the budget, or ask obedience of fewer", certificate=certificate)


def _holds(value: Fraction, sense: Sense, side: Fraction) -> bool:
    return value <= side if sense == "<=" else value >= side if sense == ">=" else value == side


def _short(law: Rationals, p: Rationals, budget: DivergenceBudget) -> Rationals:
    """A law next to one within the budget, within it too and with short numbers where that is possible."""
    if budget.divergence == "total variation":
        return law  # its vertices are short, and end the search exactly
    peak = law.index(max(law))
    for shrink in _SHRINKS:
        mixed = [x + shrink * (y - x) for x, y in zip(law, p, strict=True)]
        rounded = [Fraction(int(x * _GRID), _GRID) for x in mixed]
        rounded[peak] += 1 - sum(rounded, _ZERO)
        if budget.keeps(rounded, p):
            return rounded
    return law


def _inner(a: Rationals, b: Rationals) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=False)), _ZERO)
