"""What a one-shot secret buys, for each measure of its size: floats propose, rationals decide.

    V = max { min_b Σ_k λ_k u_b(x_k) :  λ within the budget, x_k products of mixed strategies }

Where the budget allows the correlated optimum itself the value is TMECor, and without a secret it is TME; both come with
their evidence. Else :class:`~gametheory.collusion.covert_search.MixtureSearch` proposes a mixture and a subdivision. The
mixture is rounded to rationals within the budget, simple ones where those do as well, and one member's strategies, together
with what the budget leaves free of λ, are put at their exact optimum against the others' by a linear programme. The
subdivision is evaluated in rationals (:mod:`gametheory.certificates.covert_bounds`). Nothing that is returned depends on
floats but how close the bounds are.

Complexity: the search, five small exact programmes and one pass over the tree. Closed within 10⁻² of the span in seconds
for two members with three actions each and every budget, and for four actions with few values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.covert_bounds import (
    CovertBoundsCertificate,
    CovertSplit,
    covert_guarantee,
    covert_leaf_bounds,
)
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.secret_budgets import SecretBudget, SecretNotion, power_of_two
from gametheory.collusion.covert_mixtures import Mixture
from gametheory.collusion.covert_question import CovertQuestion
from gametheory.collusion.covert_results import CovertPlay, CovertValue, Stopped
from gametheory.collusion.covert_search import MixtureBounds, bound_mixtures
from gametheory.equilibria.team_play import simple_weights
from gametheory.games.profiles import exact_contract

__all__ = ["one_shot_value"]

Strategies = tuple[tuple[Fraction, ...], ...]

_FINE = 2**40
_SIMPLE = (1, 10, 100, 1000, 10_000)
_NEGLIGIBLE = Fraction(1, 10**10)


@final
@dataclass(frozen=True, slots=True)
class _Signal:
    """A law of the signal and the strategies at each value, in rationals, with what they secure."""

    value: Fraction
    weights: tuple[Fraction, ...]
    strategies: tuple[Strategies, ...]


@final
@dataclass(frozen=True, slots=True)
class _Tree:
    """A subdivision with the evidence at its leaves, and the bound that it proves."""

    upper: Fraction
    splits: tuple[CovertSplit | None, ...]
    weights: tuple[tuple[int, ...], ...]
    prices: tuple[Fraction, ...]


def one_shot_value(question: CovertQuestion) -> CovertValue:
    """Enclose the value of a secret by ``"seed"``, ``"min_entropy"`` or ``"entropy"``.

    Parameters
    ----------
    question : CovertQuestion

    Returns
    -------
    CovertValue
    """
    budget = _budget(question)
    table = question.table
    limit = _correlated_tree(question)
    known = _known(question, budget)
    best = max(known, key=lambda signal: signal.value)
    if best.value == limit.upper:
        return _result(question, budget, best, limit, 0, "gap")
    if budget.amount == (1 if budget.notion == "seed" else 0):
        return _result(
            question, budget, known[0], _independent_tree(question), question.tme.cells, question.tme.stopped
        )
    span = question.span
    least = Fraction(int(table.numerators.min()), table.denominator)
    found = bound_mixtures(
        question.scaled,
        budget,
        _floats(best, float((best.value - least) / span)),
        gap=float(question.gap),
        max_cells=question.max_cells,
        deadline=question.deadline,
        progress=question.tell,
    )
    best = max([best, *_rounded(question, budget, found.mixture)], key=lambda signal: signal.value)
    tree = _evaluated(question, budget, found, limit.weights[0])
    stopped: Stopped = found.stopped
    if found.stopped == "gap" and tree.upper - best.value > question.gap * span:
        stopped = "precision"
    return _result(question, budget, best, tree, found.cells, stopped)


def _budget(question: CovertQuestion) -> SecretBudget:
    notion = cast(SecretNotion, question.notion)
    if notion != "seed":
        assert question.bits is not None
        return SecretBudget(notion, question.bits)
    if question.values is not None:
        return SecretBudget("seed", Fraction(question.values))
    assert question.bits is not None
    return SecretBudget("seed", Fraction(_largest_power(question.bits)))


def _largest_power(bits: Fraction) -> int:
    """⌊2^bits⌋."""
    low, high = power_of_two(bits)
    if math.floor(low) == math.floor(high):
        return math.floor(low)
    candidate = math.floor(high)
    whole = candidate.bit_length() - 1
    if candidate == 2**whole:
        return candidate if whole <= bits else candidate - 1
    # log₂ of any other whole number is irrational, so that enough digits tell it from the bits.
    digits = 50
    while True:
        with localcontext(prec=digits):
            logarithm, room = Fraction(Decimal(candidate).ln() / Decimal(2).ln()), Fraction(1, 10 ** (digits - 5))
        if abs(logarithm - bits) > room:
            return candidate if logarithm < bits else candidate - 1
        digits *= 2


def _known(question: CovertQuestion, budget: SecretBudget) -> list[_Signal]:
    """The independent optimum, and the correlated one if the budget allows it."""
    one = (Fraction(1),)
    profile = tuple(tuple(x.tolist()) for x in question.tme.exact_profile)
    known = [_Signal(question.tme.lower, one, (profile,))]
    correlated = question.tmecor
    value, support = correlated.exact_value, correlated.support
    if len(question.team) == 1:
        known.append(_Signal(value, one, ((tuple(correlated.exact_distribution.tolist()),),)))
    weights = tuple(correlated.exact_distribution[a] for a in support)
    if budget.violation(weights) is None:
        sizes = question.table.shape[1:]
        known.append(_Signal(value, weights, tuple(_pure(a, sizes) for a in support)))
    return known


def _pure(actions: Sequence[int], sizes: Sequence[int]) -> Strategies:
    return tuple(tuple(Fraction(int(a == k)) for k in range(m)) for a, m in zip(actions, sizes, strict=True))


def _correlated_tree(question: CovertQuestion) -> _Tree:
    """One cell, with the adversary's best mix against correlated play."""
    mix = question.tmecor.exact_adversary_strategy
    scale = math.lcm(*(q.denominator for q in mix))
    return _Tree(question.tmecor.exact_value, (None,), (tuple(int(q * scale) for q in mix),), (Fraction(0),))


def _independent_tree(question: CovertQuestion) -> _Tree:
    """The subdivision that bounds independent play, as one of the first signal."""
    evidence = question.tme.certificate
    splits: tuple[CovertSplit | None, ...] = tuple(None if split is None else (0, *split) for split in evidence.splits)
    return _Tree(question.tme.upper, splits, evidence.weights, (Fraction(0),) * len(evidence.weights))


def _floats(signal: _Signal, value: float) -> Mixture:
    products = tuple(tuple(np.array(x, dtype=np.float64) for x in row) for row in signal.strategies)
    return Mixture(value, np.array(signal.weights, dtype=np.float64), products)


# -- the lower bound ---------------------------------------------------------------------------------------------------


def _rounded(question: CovertQuestion, budget: SecretBudget, mixture: Mixture) -> list[_Signal]:
    """Rational mixtures within the budget near the one found: the finest, and a simple one if that does as well."""
    member = max(range(len(question.team)), key=lambda i: (question.table.shape[1 + i], i))
    found = []
    for largest in (_FINE, *_SIMPLE):
        products = [tuple(_rounding(x, largest) for x in row) for row in mixture.products]
        weights = _within(budget, _rounding(mixture.weights, largest), coarse=largest != _FINE)
        if weights is None or any(min(x) < 0 for row in products for x in row):
            continue
        found.append(_with_best_member(question.table, budget, weights, products, member))
        if len(found) > 1 and found[-1].value >= found[0].value - question.span * _NEGLIGIBLE:
            return found[-1:]
    return found


def _rounding(p: NDArray[np.float64], largest: int) -> tuple[Fraction, ...]:
    """Rationals near p with sum 1: denominators up to ``largest``, what is left over on the largest entry."""
    if largest == _FINE:
        parts = [Fraction(int(x * _FINE), _FINE) for x in p.tolist()]
    else:
        parts = [Fraction(x).limit_denominator(largest) for x in p.tolist()]
    parts[int(np.argmax(p))] += 1 - sum(parts)
    return tuple(parts)


def _within(budget: SecretBudget, weights: tuple[Fraction, ...], *, coarse: bool) -> tuple[Fraction, ...] | None:
    """Weights within the budget: these, or, unless they are to be ``coarse``, some a little nearer to the largest."""
    if budget.notion != "entropy":
        return weights if min(weights) >= 0 else None
    if min(weights) >= 0 and budget.violation(weights) is None:
        return weights
    if coarse:
        return None
    peak = weights.index(max(weights))
    for exponent in range(40, -1, -1):
        # Whatever goes to the largest probability lowers the entropy.
        share = Fraction(1, 2**exponent)
        moved = [w * (1 - share) for w in weights]
        moved[peak] += share
        if budget.violation(moved) is None:
            return tuple(moved)
    raise AssertionError("with the whole mass on one signal there is no entropy")


def _with_best_member(
    table: RationalArray,
    budget: SecretBudget,
    weights: tuple[Fraction, ...],
    products: Sequence[Strategies],
    member: int,
) -> _Signal:
    """The exact optimum over one member's strategies, and over what the budget leaves free of the signal's law.

    Maximise t subject to Σ_k Σ_a z_{k,a} u_b(a, x_{k,−member}) + Σ_a d_a u_b(a) ≥ t for each b, Σ_a z_{k,a} = λ_k
    (entropy, min-entropy) or Σ z = 1 (seed), Σ_a d_a = 1 − λ_1 (min-entropy; else there is no d); z, d ≥ 0.
    """
    from gametheory.optimize.exact import solve_exact

    count, sizes = table.shape[0], table.shape[1:]
    blocks = [exact_contract(table, [_vector(x) for x in row], member) for row in products]
    masses: list[Fraction | None] = [*weights]
    if budget.notion == "seed":
        masses = [None] * len(blocks)
    elif budget.notion == "min_entropy":
        masses = [power_of_two(-budget.amount)[1]]
        blocks.append(table.fractions().reshape(count, -1))
        masses.append(1 - cast(Fraction, masses[0]))
    width = sum(block.shape[1] for block in blocks)
    payoffs = np.hstack(blocks)
    rows: list[tuple[str, dict[int, Any], Any, Any]] = [
        (f"adversary {b}", {**{j: payoffs[b, j] for j in range(width) if payoffs[b, j]}, width: -1}, ">=", 0)
        for b in range(count)
    ]
    start = 0
    for k, block in enumerate(blocks):
        if masses[k] is not None:
            rows.append((f"signal {k}", dict.fromkeys(range(start, start + block.shape[1]), 1), "==", masses[k]))
        start += block.shape[1]
    rows.append(("sum", dict.fromkeys(range(width), 1), "==", 1))
    solution = solve_exact(LinearProgramme.from_rows("max", [0] * width + [1], rows, lower=[0] * width + [None]))
    found_weights: list[Fraction] = []
    strategies: list[Strategies] = []
    start = 0
    for k, block in enumerate(blocks):
        part = [solution.primal[j] for j in range(start, start + block.shape[1])]
        start += block.shape[1]
        if k == len(products):
            for index, mass in zip(np.ndindex(*sizes), part, strict=True):
                if mass:
                    found_weights.append(mass)
                    strategies.append(_pure(index, sizes))
        elif mass := sum(part):
            found_weights.append(mass)
            mix = tuple(p / mass for p in part)
            strategies.append((*products[k][:member], mix, *products[k][member + 1 :]))
    return _Signal(solution.value, tuple(found_weights), tuple(strategies))


def _vector(values: Sequence[Fraction]) -> NDArray[Any]:
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


# -- the upper bound ---------------------------------------------------------------------------------------------------


def _evaluated(question: CovertQuestion, budget: SecretBudget, found: MixtureBounds, mix: tuple[int, ...]) -> _Tree:
    """The least bound that the subdivision proves, where each leaf takes the best of several weights.

    Those of the search; small ones next to them, which turn a bound a hair above the optimum into the optimum; and the
    adversary's best mix against correlated play, with which no leaf exceeds TMECor.
    """
    prices = [price * question.span for price in found.prices]
    choices: list[tuple[Sequence[tuple[int, ...]], Sequence[Fraction]]] = [
        (found.weights, prices),
        ([simple_weights(row) for row in found.weights], [price.limit_denominator(1000) for price in prices]),
        ([mix] * len(prices), [Fraction(0)] * len(prices)),
    ]
    least = Fraction(int(question.table.numerators.min()), question.table.denominator)
    bounds = [  # a leaf that holds no law of the signal allows nothing above the least payoff
        [
            least if bound is None else bound
            for bound in covert_leaf_bounds(question.table, budget, found.splits, *choice)
        ]
        for choice in choices
    ]
    chosen = [row.index(min(row)) for row in zip(*bounds, strict=True)]
    return _Tree(
        max(map(min, zip(*bounds, strict=True))),
        found.splits,
        tuple(choices[c][0][k] for k, c in enumerate(chosen)),
        tuple(choices[c][1][k] for k, c in enumerate(chosen)),
    )


def _result(
    question: CovertQuestion, budget: SecretBudget, best: _Signal, tree: _Tree, cells: int, stopped: Stopped
) -> CovertValue:
    assert covert_guarantee(question.table, best.weights, best.strategies) >= best.value, (
        "the mixture secures its value"
    )
    span = question.span
    return CovertValue(
        game=question.game,
        team=question.team,
        adversary=question.adversary,
        notion=question.notion,
        bits=question.bits,
        values=question.values,
        observes=question.observes,
        lower=best.value,
        upper=tree.upper,
        gap=(tree.upper - best.value) / span if span else Fraction(0),
        plays=(CovertPlay(Fraction(1), best.weights, best.strategies),),
        tme=question.tme,
        tmecor=question.tmecor,
        stopped=stopped,
        cells=cells,
        marginal_price=None,
        certificate=CovertBoundsCertificate(
            team=question.team,
            adversary=question.adversary,
            budget=budget,
            signal=best.weights,
            strategies=best.strategies,
            lower=best.value,
            upper=tree.upper,
            splits=tree.splits,
            weights=tree.weights,
            prices=tree.prices,
            payoff=question.payoff,
            game=question.exact_game,
        ),
    )
