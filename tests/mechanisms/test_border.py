"""Border's theorem: sorting, flows and all sets of types one by one agree; what is implementable is implemented."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
from oracles.mechanisms import border_by_enumeration
from scipy.optimize import linprog

from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.mechanisms import (
    Environment,
    border_excess,
    interim_implementation,
    is_implementable,
)

TWO = Environment.single_item([[1, 2]] * 2, priors=[["1/2", "1/2"]] * 2, types=[["L", "H"]] * 2)


def test_grid_of_symmetric_rules_with_two_types() -> None:
    """1,681 rules; for two alike agents Border's three inequalities are Q_L, Q_H ≤ 3/4 and Q_L + Q_H ≤ 1."""
    feasible = 0
    for low in range(41):
        for high in range(41):
            rule = [F(low, 40), F(high, 40)]
            answer = bool(is_implementable(TWO, [rule, rule]))
            assert answer == (max(rule) <= F(3, 4) and sum(rule) <= 1)
            feasible += answer
    assert feasible == 751


@pytest.mark.slow
def test_grid_against_a_programme_of_ex_post_rules() -> None:
    profiles = [(a, b) for a in range(2) for b in range(2)]
    rows = np.zeros((4, 8))
    for place, (a, b) in enumerate(profiles):
        rows[a, place] = rows[2 + b, 4 + place] = 0.5
    room = np.hstack([np.eye(4), np.eye(4)])
    for low in range(41):
        for high in range(41):
            found = linprog(np.zeros(8), A_ub=room, b_ub=np.ones(4), A_eq=rows, b_eq=np.array([low, high] * 2) / 40)
            assert (found.status == 0) == bool(is_implementable(TWO, [[F(low, 40), F(high, 40)]] * 2))


def random_case(seed: int, correlated: bool) -> tuple[Environment, list[list[F]]]:
    rng = np.random.default_rng(seed)
    sizes = [int(rng.integers(1, 4)) for _ in range(int(rng.integers(1, 4)))]
    values = [list(range(1, m + 1)) for m in sizes]
    if correlated:
        weights = rng.integers(0, 4, size=sizes).astype(object)
        weights.reshape(-1)[0] += 1
        environment = Environment.single_item(values, prior=weights * F(1, int(weights.sum())))
    else:
        shares = [rng.integers(0, 4, size=m) for m in sizes]
        for share in shares:
            share[0] += 1
        environment = Environment.single_item(values, priors=[[F(int(x), int(s.sum())) for x in s] for s in shares])
    scale = int(rng.integers(4, 13))
    return environment, [[F(int(rng.integers(0, 5)), scale) for _ in range(m)] for m in sizes]


@pytest.mark.parametrize("correlated", [False, True])
def test_excess_is_the_largest_over_all_sets(correlated: bool) -> None:
    outcomes = set()
    for seed in range(120):
        environment, rule = random_case(seed, correlated)
        excess = border_by_enumeration(environment, rule)
        assert border_excess(environment, rule) == excess
        verdict = is_implementable(environment, rule)
        assert bool(verdict) == (excess == 0)
        outcomes.add(bool(verdict))
        if excess:
            chosen = [(environment.agent_index(a), environment.type_index(a, t)) for a, t in verdict.witness]
            won = sum(environment.type_probabilities(i)[k] * rule[i][k] for i, k in chosen)
            there = sum(environment.prior[t] for t in environment.profiles() if any(t[i] == k for i, k in chosen))
            assert won - there == excess
            with pytest.raises(InfeasibleError, match="would win more often"):
                interim_implementation(environment, rule)
        else:
            mechanism = interim_implementation(environment, rule)
            for i in range(environment.num_agents):
                for name, chance in mechanism.interim_allocation(i).items():
                    assert chance == rule[i][environment.type_index(i, name)]
    assert outcomes == {True, False}


def test_payments_are_paid_whatever_the_others_say() -> None:
    mechanism = interim_implementation(TWO, [["1/4", "3/4"]] * 2, [["1/8", 1], [0, "1/2"]])
    assert {k: str(t) for k, t in mechanism.interim_payments(0).items()} == {"L": "1/8", "H": "1"}
    assert mechanism.transfers[0, 1, 0] == mechanism.transfers[0, 1, 1] == 1


def test_what_is_refused() -> None:
    with pytest.raises(SpecificationError, match="not negative"):
        border_excess(TWO, [[0, "-1/2"], [0, 0]])
    with pytest.raises(SpecificationError, match="2 rows"):
        border_excess(TWO, [[0, 0]])
    with pytest.raises(SpecificationError, match="write 2 numbers"):
        border_excess(TWO, [[0], [0]])
    other = Environment.private_values([[[1, 2]]], priors=[["1/2", "1/2"]])
    with pytest.raises(UnsupportedError, match="single item"):
        border_excess(other, [[0, 0]])


def test_floats_within_rounding_are_left_open() -> None:
    verdict = is_implementable(TWO, [[0.25, 0.75 + 1e-13]] * 2)
    assert verdict.status == "within tolerance"
    assert is_implementable(TWO, [[0.25, 0.75 + 1e-13]] * 2, tol=1e-9)
