"""Rows of constraints, against the utilities of the variables, one entry at a time."""

from __future__ import annotations

import json
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.mechanisms import chance, lies, profiles, swapped

from gametheory.errors import SpecificationError
from gametheory.mechanisms import (
    BayesianIC,
    BudgetBalance,
    DominantStrategyIC,
    Efficiency,
    Environment,
    ExPostIC,
    ExPostParticipation,
    InterimParticipation,
    LimitedLiability,
    MechanismVariables,
    Rows,
    mechanism_programme,
    read_constraint,
)

ALL = [
    DominantStrategyIC(),
    ExPostIC(),
    BayesianIC(),
    InterimParticipation(),
    ExPostParticipation(),
    BudgetBalance("weak"),
    BudgetBalance("strong"),
    BudgetBalance("ex ante"),
    LimitedLiability("1/2"),
    LimitedLiability(2, of="payment"),
    Efficiency(),
]


def environment(seed: int, private: bool) -> Environment:
    rng = np.random.default_rng(seed)
    sizes = (2, 3) if seed % 2 else (2, 1, 2)
    weights = rng.integers(0, 4, size=sizes).astype(object)
    weights.reshape(-1)[0] += 1
    prior = weights * F(1, int(weights.sum()))
    shapes = [(3, m) if private else (3, *sizes) for m in sizes]
    make = Environment.private_values if private else Environment.interdependent
    types = [["low", "middle", "high"][:m] for m in sizes]
    tables = [rng.integers(-3, 4, size=shape) for shape in shapes]
    return make(tables, prior=prior, types=types, outside=[rng.integers(-2, 3, size=m) for m in sizes])


def written(constraint: Any, variables: MechanismVariables) -> dict[str, tuple[dict[int, F], str, F]]:
    found = {}
    for block in constraint.rows(variables):
        for r, name in enumerate(block.names):
            entries = range(int(block.row_start[r]), int(block.row_start[r + 1]))
            row: dict[int, F] = {}
            for k in entries:
                row[int(block.column_index[k])] = row.get(int(block.column_index[k]), F(0)) + block.coefficients[k]
            assert name not in found
            found[name] = ({j: a for j, a in row.items() if a}, block.sense, block.right_hand_side[r])
    return found


def total(*parts: tuple[Any, dict[int, F]]) -> dict[int, F]:
    row: dict[int, F] = {}
    for weight, part in parts:
        for j, a in part.items():
            row[j] = row.get(j, F(0)) + weight * a
    return {j: a for j, a in row.items() if a}


@pytest.mark.parametrize("transfers", [True, False])
@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_rows_say_what_the_definitions_say(seed: int, private: bool, transfers: bool) -> None:
    place = environment(seed, private)
    variables, everywhere = MechanismVariables(place, transfers), profiles(place)
    rows = {constraint: written(constraint, variables) for constraint in ALL}
    expected: dict[Any, dict[str, Any]] = {constraint: {} for constraint in ALL}
    for i, agent in enumerate(place.agents):
        names = place.types[i]

        def others(t: tuple[int, ...], i: int = i) -> str:
            listed = ", ".join(place.types[j][k] for j, k in enumerate(t) if j != i)
            return f", others ({listed})"

        for a, b in lies(place, i):
            own = [t for t in everywhere if t[i] == a]
            lie = f"{agent} reports {names[b]} at {names[a]}"
            average = [
                (sign * chance(place, t), variables.utility(i, types=t, reports=r))
                for t in own
                for sign, r in ((1, t), (-1, swapped(t, i, b)))
            ]
            if any(chance(place, t) for t in own):
                expected[ALL[2]][lie] = (total(*average), ">=", 0)
            for t in own:
                for true in [t] if private else own:
                    row = total(
                        (1, variables.utility(i, types=true, reports=t)),
                        (-1, variables.utility(i, types=true, reports=swapped(t, i, b))),
                    )
                    truth = "" if private else f", in truth {others(true).removeprefix(', others ')}"
                    expected[ALL[0]][f"{lie}{others(t)}{truth}"] = (row, ">=", 0)
                    if true == t:
                        expected[ALL[1]][f"{lie}{others(t)}"] = (row, ">=", 0)
        for a, name in enumerate(names):
            own = [t for t in everywhere if t[i] == a]
            mass = sum((chance(place, t) for t in own), F(0))
            if mass:
                row = total(*((chance(place, t), variables.utility(i, types=t)) for t in own))
                expected[ALL[3]][f"{agent} takes part at {name}"] = (row, ">=", mass * place.outside[i][a])
        for t in everywhere:
            row, at = total((1, variables.utility(i, types=t))), place.profile_text(t)
            expected[ALL[4]][f"{agent} takes part at {at}"] = (row, ">=", place.outside[i][t[i]])
            expected[ALL[8]][f"limited liability of {agent} at {at}"] = (row, ">=", F(-1, 2))
            if transfers:
                payment = {variables.transfer(i, t): F(1)}
                expected[ALL[9]][f"limited liability of {agent} at {at}"] = (payment, "<=", 2)
    for t in everywhere if transfers else []:
        row = {variables.transfer(i, t): F(1) for i in range(place.num_agents)}
        expected[ALL[5]][f"budget at {place.profile_text(t)}"] = (row, ">=", 0)
        expected[ALL[6]][f"budget at {place.profile_text(t)}"] = (row, "==", 0)
    if transfers:
        average = [
            (chance(place, t), {variables.transfer(i, t): F(1)}) for i in range(place.num_agents) for t in everywhere
        ]
        expected[ALL[7]]["budget on average"] = (total(*average), ">=", 0)
    for t in everywhere:
        sums = [sum(place.values(i)[(o, *t)] for i in range(place.num_agents)) for o in range(3)]
        row = {variables.allocation(t, o): F(1) for o in range(3) if sums[o] < max(sums)}
        if row:
            expected[ALL[10]][f"efficiency at {place.profile_text(t)}"] = (row, "==", 0)
    for constraint in ALL:
        assert rows[constraint] == expected[constraint], constraint.title


def test_constraints_are_values_with_a_written_form() -> None:
    for constraint in ALL:
        assert read_constraint(json.loads(json.dumps(constraint.to_dict()))) == constraint
        assert constraint.title
    assert len(set(ALL)) == len(ALL)
    for bad in (
        {"kind": "kindness"},
        [],
        {"kind": "budget balance", "balance": "loose"},
        {"kind": "Bayesian IC", "x": 1},
    ):
        with pytest.raises(SpecificationError):
            read_constraint(bad)
    with pytest.raises(SpecificationError, match="of"):
        LimitedLiability(0, of="hope")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="bound"):
        LimitedLiability(float("nan"))


def test_names_shared_by_two_families_get_their_titles() -> None:
    place = environment(1, True)
    programme = mechanism_programme(place, constraints=[ExPostIC(), DominantStrategyIC(), BayesianIC()])
    assert len(set(programme.row_names)) == programme.num_rows
    assert any(name.startswith("dominant-strategy incentive compatibility: agent 1") for name in programme.row_names)
    with pytest.raises(SpecificationError, match="given twice"):
        mechanism_programme(place, constraints=[BayesianIC(), ExPostIC(), BayesianIC()])


def test_rows_by_hand_and_in_blocks_are_the_same() -> None:
    one = Rows.of([("first", {0: 1, 2: F(1, 2)}, 3), ("second", {1: -1}, 0)], "<=")
    columns, numbers = np.array([[0, 2], [1, 0]]), np.array([[2, 1], [-2, 0]])
    two = Rows.dense(["first", "second"], columns, numbers, 2, "<=", one.right_hand_side)
    assert one.row_start.tolist() == two.row_start.tolist()
    assert one.column_index.tolist() == two.column_index.tolist()
    assert one.coefficients == two.coefficients
