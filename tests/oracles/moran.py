"""The Moran process individual by individual: all m^N populations, every birth and death, in fractions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

__all__ = ["fixation", "stationary", "transitions"]

Population = tuple[int, ...]


def transitions(
    A: list[list[Any]],
    size: int,
    *,
    w: Any = Fraction(1),
    exponential: bool = False,
    itself: bool = False,
    rate: Any = Fraction(0),
    neighbours: list[list[int]] | None = None,
    sums: bool = False,
    death_first: bool = False,
) -> dict[Population, dict[Population, Any]]:
    """P(population → population); without ``neighbours`` the dead is any of all N, the parent included."""
    m, result = len(A), {}
    for population in itertools.product(range(m), repeat=size):
        fitness = []
        for i in range(size):
            met = [j for j in range(size) if j != i] if neighbours is None else list(neighbours[i])
            met += [i] if itself else []
            total = sum(A[population[i]][population[j]] for j in met)
            pay = total if sums else Fraction(total) / len(met)
            fitness.append(math.exp(w * pay) if exponential else 1 - w + w * pay)
        row: dict[Population, Any] = {}
        for parent, dead in itertools.product(range(size), repeat=2):
            if neighbours is None:
                chance = fitness[parent] / sum(fitness) / size
            elif dead not in neighbours[parent]:
                continue
            elif death_first:
                chance = fitness[parent] / sum(fitness[k] for k in neighbours[dead]) / size
            else:
                chance = fitness[parent] / sum(fitness) / len(neighbours[parent])
            for kind in range(m):
                own = kind == population[parent]
                share = 1 - rate if own else rate / (m - 1)
                if share:
                    following = (*population[:dead], kind, *population[dead + 1 :])
                    row[following] = row.get(following, 0) + chance * share
        result[population] = row
    return result


def solved(matrix: list[list[Any]], right: list[list[Any]]) -> list[list[Any]]:
    """Gauss and Jordan, with the largest pivot."""
    rows = [[*left, *side] for left, side in zip(matrix, right, strict=True)]
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda r: abs(rows[r][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        lead = rows[column][column]
        rows[column] = [x / lead for x in rows[column]]
        for r, row in enumerate(rows):
            if r != column and row[column]:
                factor = row[column]
                rows[r] = [x - factor * y for x, y in zip(row, rows[column], strict=True)]
    return [row[len(matrix) :] for row in rows]


def fixation(chain: dict[Population, dict[Population, Any]], m: int) -> dict[Population, list[Any]]:
    """From each mixed population the probability that each strategy is left, and last the expected number of steps."""
    mixed = [population for population in chain if len(set(population)) > 1]
    place = {population: k for k, population in enumerate(mixed)}
    matrix, right = [], []
    for population in mixed:
        row, side = [Fraction(0)] * len(mixed), [Fraction(0)] * m + [Fraction(1)]
        row[place[population]] += 1
        for following, chance in chain[population].items():
            if following in place:
                row[place[following]] -= chance
            else:
                side[following[0]] += chance
        matrix.append(row)
        right.append(side)
    return dict(zip(mixed, solved(matrix, right), strict=True))


def stationary(chain: dict[Population, dict[Population, Any]]) -> dict[Population, Any]:
    populations = list(chain)
    place = {population: k for k, population in enumerate(populations)}
    count = len(populations)
    matrix = [[Fraction(0)] * count for _ in range(count)]
    for population, row in chain.items():
        matrix[place[population]][place[population]] -= 1
        for following, chance in row.items():
            matrix[place[following]][place[population]] += chance
    matrix[-1] = [Fraction(1)] * count
    return dict(
        zip(
            populations,
            (row[0] for row in solved(matrix, [[Fraction(int(k == count - 1))] for k in range(count)])),
            strict=True,
        )
    )
