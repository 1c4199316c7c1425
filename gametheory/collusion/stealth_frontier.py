"""How much is achieved at every budget of detectability: the frontier of stealth and value.

The value V(δ) of a stealth programme (:mod:`.stealth`) is concave in its budget δ: laws mix, and divergences are convex. So
chords between solved budgets are achieved, and the multipliers found at one budget bound all others by a line,
V(δ) ≤ a + b δ, with the shadow price b. Both sides are rational; budgets are added where chords and lines are furthest apart,
and near 0, where V rises like √δ, at quarters of the least. What is returned is within ``epsilon`` everywhere.

References: R. Burkard, H. Hamacher and G. Rote, "Sandwich approximation of univariate convex functions with an application to
separable convex programming", Naval Research Logistics 38 (1991). Complexity: O(ε^(−1/2)) programmes and log(1/ε) near 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.errors import SolverError, SpecificationError

if TYPE_CHECKING:
    from gametheory.collusion.stealth_results import StealthValue
    from gametheory.optimize.frontier import Frontier

__all__ = ["stealth_frontier"]


def stealth_frontier(
    value_at: Callable[[Fraction], StealthValue],
    *,
    largest_budget: Any,
    epsilon: Any,
    max_calls: int = 200,
    progress: Callable[[int, float], None] | None = None,
) -> Frontier:
    """Budgets of detectability against what they buy, within a guaranteed distance.

    Parameters
    ----------
    value_at : function
        From a budget to a :class:`StealthValue`, such as ``lambda budget: stealthy_harm(..., budget=budget)``; one round, under
        Kullback–Leibler, chi-squared or total variation.
    largest_budget : number > 0
        In the unit of the budgets.
    epsilon : number > 0
        In the unit of values: no budget up to the largest buys more than what is returned by more than this.
    max_calls : int ≥ 2
        Of ``value_at``.
    progress : callable, optional
        Called as ``progress(calls, epsilon_reached)``.

    Returns
    -------
    Frontier
        Measures ``budget`` (minimised) and ``value`` (maximised), with mixing; the prices of a point are its shadow price,
        its decision the :class:`StealthValue`.

    Raises
    ------
    SolverError
        ``max_calls`` was reached; ``best`` is the frontier so far.
    SpecificationError, UnsupportedError
        Values over several rounds; the Bhattacharyya and Hellinger divergences.

    Examples
    --------
    >>> from gametheory.collusion import stealthy_harm
    >>> from gametheory.games import NormalFormGame
    >>> game = NormalFormGame.from_function(lambda a: [0], (3,))
    >>> frontier = stealth_frontier(
    ...     lambda budget: stealthy_harm(
    ...         game, [0, 1, 10], honest=["9/10", "9/100", "1/100"], divergence="total variation", budget=budget),
    ...     largest_budget=1, epsilon="1/1000")
    >>> float(frontier.epsilon), [str(x) for x in frontier.points[-1].measures]
    (0.0, ['99/100', '10'])
    """
    most, tolerance = exact(largest_budget, where="largest_budget"), exact(epsilon, where="epsilon")
    if most <= 0 or tolerance <= 0:
        raise SpecificationError(f"largest_budget, epsilon: found {largest_budget} and {epsilon}; write numbers > 0")
    calls = check_count("max_calls", max_calls, least=2)
    reached = Fraction(0)  # until both ends are solved
    solved: dict[Fraction, StealthValue] = {}
    lines: dict[Fraction, tuple[Fraction, Fraction]] = {}
    waiting = [Fraction(0), most]
    while True:
        for budget in waiting:
            if len(solved) >= calls:
                raise SolverError(
                    f"the frontier is within {float(reached):.3g} after {calls} budgets; raise max_calls or epsilon, the "
                    "frontier so far is in .best",
                    status="limit",
                    solver="sandwich",
                    best=_frontier(solved, lines, reached),
                )
            found = value_at(budget)
            if found.rounds != 1:
                raise SpecificationError(f"value_at: found a value over {found.rounds} rounds; write one round")
            solved[budget] = found
            if budget:
                lines[budget] = found.certificate.line()
        reached, worst = _furthest(solved, lines)
        if progress is not None:
            progress(len(solved), float(reached))
        if reached <= tolerance:
            return _frontier(solved, lines, reached)
        waiting = [worst]


def _furthest(
    solved: dict[Fraction, StealthValue], lines: dict[Fraction, tuple[Fraction, Fraction]]
) -> tuple[Fraction, Fraction]:
    """The largest distance in value between lines and chords, and a budget there that is not solved yet."""
    budgets = sorted(solved)
    reached, worst = Fraction(-1), Fraction(0)
    for left, right in itertools.pairwise(budgets):
        (a, b), low, high = lines[right], solved[left].exact_lower, solved[right].exact_lower
        here = left
        if left:
            c, d = lines[left]
            here = right if b == d else min(max((a - c) / (d - b), left), right)
            bounds = {x: min(a + b * x, c + d * x) for x in (left, here, right)}
        else:
            bounds = {left: a, right: a + b * right}
        for x, bound in bounds.items():
            chord = low + (high - low) * (x - left) / (right - left)
            if bound - chord > reached:
                reached = bound - chord
                worst = right / 4 if not left else x if left < x < right else (left + right) / 2
    return max(reached, Fraction(0)), worst


def _frontier(
    solved: dict[Fraction, StealthValue], lines: dict[Fraction, tuple[Fraction, Fraction]], reached: Fraction
) -> Frontier:
    from gametheory.optimize.frontier import Cut, Frontier, FrontierPoint

    unit = next(iter(solved.values())).unit
    points = [
        FrontierPoint(
            measures=(budget, found.exact_lower),
            decision=found,
            prices={"budget": found.shadow_price},
            certificate=found.certificate,
        )
        for budget, found in sorted(solved.items())
    ]
    kept = [
        point
        for k, point in enumerate(points)
        if k == 0 or point.measures[1] > max(other.measures[1] for other in points[:k])
    ]
    return Frontier(
        measures=(f"budget ({unit})" if unit else "budget", "value"),
        senses=("min", "max"),
        points=tuple(kept),
        outer=tuple(
            Cut(normal=(-slope, Fraction(1)), bound=start, certificate=solved[budget].certificate)
            for budget, (start, slope) in sorted(lines.items())
        ),
        epsilon=reached,
        mixing=True,
    )
