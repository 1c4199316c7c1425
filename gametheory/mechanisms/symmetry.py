"""Orbits of a mechanism-design programme under the declared symmetries of its environment.

A symmetry (π, ρ) takes the type profile θ to θ' with θ'_{π(i)} = θ_i, the column p(o | θ) to p(ρ(o) | θ') and t_i(θ) to
t_{π(i)}(θ'). Columns that the group takes to each other form an orbit. The programme in which each orbit has one value is
equivalent if the objective and the set of rows are invariant, which is checked for the generators (:mod:`.programme` says why).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import Sense
from gametheory.mechanisms.environment_reading import Symmetry
from gametheory.mechanisms.variables import MechanismVariables, Rows

__all__ = ["column_permutation", "merged", "orbits"]

Index = NDArray[np.int64]
Entries = frozenset[tuple[int, int]]
Row = tuple[Sense, Fraction, int, Entries]


def column_permutation(variables: MechanismVariables, symmetry: Symmetry) -> Index:
    """Where each column goes under a symmetry of the environment, shape (num_columns,)."""
    environment = variables.environment
    agents, outcomes = symmetry
    grid = np.arange(environment.num_profiles, dtype=np.int64).reshape(environment.num_types)
    place = [agents.index(i) for i in range(environment.num_agents)]
    # the profile at position θ goes to θ', whose axis π(i) holds what axis i of θ held
    goes = np.empty(environment.num_profiles, dtype=np.int64)
    goes[grid.transpose(place).reshape(-1)] = np.arange(environment.num_profiles)
    parts = [variables.outcome_columns(goes)[:, list(outcomes)].reshape(-1)]
    if variables.transfers:
        parts += [variables.payment_columns(agents[i], goes) for i in range(environment.num_agents)]
    return np.concatenate(parts)


def orbits(variables: MechanismVariables) -> Index:
    """The number of each column's orbit, orbits numbered by their first column; shape (num_columns,)."""
    label = np.arange(variables.num_columns, dtype=np.int64)
    moves = [column_permutation(variables, symmetry) for symmetry in variables.environment.symmetries]
    while True:
        before = label
        for move in moves:
            lowest = np.minimum(label, label[move])
            label = lowest.copy()
            np.minimum.at(label, move, lowest)
        if np.array_equal(before, label):
            return np.unique(label, return_inverse=True)[1].astype(np.int64)


def invariant(variables: MechanismVariables, costs: RationalArray, blocks: Sequence[Rows]) -> bool:
    """Whether objective and rows are the same after every generator of the symmetries."""
    rows = [row for block in blocks for row in _rows(block, None)]
    held = set(rows)
    for symmetry in variables.environment.symmetries:
        move = column_permutation(variables, symmetry)
        if not np.array_equal(costs.numerators[move], costs.numerators):
            return False
        if any(row not in held for block in blocks for row in _rows(block, move)):
            return False
    return True


def merged(
    variables: MechanismVariables, costs: RationalArray, blocks: Sequence[Rows]
) -> tuple[RationalArray, list[Rows], Index]:
    """Costs and rows with one column for each orbit and one row for each orbit of rows, and each orbit's first column.

    A row stands under the name of the first of its orbit. Where rows or objective are not invariant, nothing is merged.
    """
    if not variables.environment.symmetries or not invariant(variables, costs, blocks):
        return costs, list(blocks), np.arange(variables.num_columns, dtype=np.int64)
    label = orbits(variables)
    first = np.unique(label, return_index=True)[1].astype(np.int64)
    totals = np.zeros(len(first), dtype=object)
    np.add.at(totals, label, costs.numerators.astype(object))
    seen: set[Row] = set()
    kept = []
    for block in blocks:
        rows = []
        for text, row in zip(block.names, _rows(block, label), strict=True):
            if row not in seen:
                seen.add(row)
                rows.append((text, {j: Fraction(a, row[2]) for j, a in sorted(row[3])}, row[1]))
        kept.append(Rows.of(rows, block.sense))
    return RationalArray.of_integers(totals, costs.denominator), kept, first


def _rows(block: Rows, move: Index | None) -> list[Row]:
    """The rows of a block as values, after each column has gone where ``move`` takes it."""
    columns = (block.column_index if move is None else move[block.column_index]).tolist()
    numbers, start = block.coefficients.numerators.tolist(), block.row_start.tolist()
    result = []
    for r in range(len(block)):
        entries: dict[int, int] = {}
        for k in range(start[r], start[r + 1]):
            entries[columns[k]] = entries.get(columns[k], 0) + numbers[k]
        common = math.gcd(block.coefficients.denominator, *entries.values())
        nonzero = frozenset((j, a // common) for j, a in entries.items() if a)
        result.append((block.sense, block.right_hand_side[r], block.coefficients.denominator // common, nonzero))
    return result
