"""Security games by brute force, in fractions: every point at which the attackers' replies can change.

After a coverage the replies depend on the signs of affine functions of it. The planes on which these vanish, together with the
bounds of the coverages, cut them into cells; in each cell the payoff is affine, and as ties go to the defender it is upper
semicontinuous, so that its maximum lies at a vertex of the arrangement. For three targets or so. Audit games are solved at one
punishment level by bisection on how often a target can be audited and still be attacked, in floats. Imports nothing of the
package.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from oracles.polytopes import solve_square

Vector = Sequence[Fraction]
Plane = tuple[list[Fraction], Fraction]


def arrangement(planes: Sequence[Plane], size: int) -> Iterator[tuple[Fraction, ...]]:
    """Points in which ``size`` independent planes meet, some more than once."""
    distinct = []
    for row, side in planes:
        if any(row) and (row, side) not in distinct:
            distinct.append((row, side))
    for chosen in itertools.combinations(distinct, size):
        point = solve_square(list(chosen))
        if point is not None:
            yield tuple(point)


def box(size: int, resources: int) -> list[Plane]:
    """The borders of 0 ≤ c ≤ 1, Σ c ≤ m."""
    unit = [[Fraction(int(j == t)) for j in range(size)] for t in range(size)]
    return [*((row, Fraction(k)) for row in unit for k in (0, 1)), ([Fraction(1)] * size, Fraction(resources))]


def within(c: Vector, resources: int) -> bool:
    return min(c) >= 0 and max(c) <= 1 and sum(c) <= resources


def affine(covered: Fraction, uncovered: Fraction, target: int, size: int) -> Plane:
    """A payoff as (row, constant): row · c + constant."""
    row = [Fraction(0)] * size
    row[target] = Fraction(covered) - uncovered
    return row, Fraction(uncovered)


def at(line: Plane, c: Vector) -> Fraction:
    return sum((a * x for a, x in zip(line[0], c, strict=True)), line[1])


def tie(left: Plane, right: Plane) -> Plane:
    """Where two affine functions agree, as row · c = side."""
    return [a - b for a, b in zip(left[0], right[0], strict=True)], right[1] - left[1]


def strong_payoff(
    attack: Sequence[Sequence[Plane]], defence: Sequence[Sequence[Plane]], prior: Vector, c: Vector
) -> Fraction:
    """Ties for the defender; one row of lines per type."""
    total = Fraction(0)
    for weight, own, paid in zip(prior, attack, defence, strict=True):
        values = [at(line, c) for line in own]
        total += weight * max(at(line, c) for line, u in zip(paid, values, strict=True) if u == max(values))
    return total


def best_coverage(
    attack: Sequence[Sequence[Plane]],
    defence: Sequence[Sequence[Plane]],
    prior: Vector,
    borders: Sequence[Plane],
    feasible: Callable[[Vector], bool],
) -> Fraction:
    """The strong value: the best vertex of the arrangement."""
    size = len(attack[0][0][0])
    ties = [tie(a, b) for row in attack for a, b in itertools.combinations(row, 2)]
    points = {p for p in arrangement([*borders, *ties], size) if feasible(p)}
    return max(strong_payoff(attack, defence, prior, c) for c in points)


def mixtures_of(sets: Sequence[Sequence[int]], size: int) -> list[list[Fraction]]:
    """Coverage vectors of pure assignments."""
    return [[Fraction(int(t in s)) for t in range(size)] for s in sets]


def covered_sets(schedules: Sequence[Sequence[Sequence[int]]]) -> list[tuple[int, ...]]:
    """What every pure assignment covers, idle resources included, each set once."""
    found = set()
    for places in itertools.product(*([(), *map(tuple, listed)] for listed in schedules)):
        found.add(tuple(sorted({t for s in places for t in s})))
    return sorted(found)


# -- collusion ---------------------------------------------------------------------------------------------------------


def collusive_value(
    alone: Sequence[Plane],
    together: Sequence[Plane],
    pays_alone: Sequence[Plane],
    pays_together: Sequence[Plane],
    owned: Sequence[Sequence[int]],
    shares: Vector,
    c: Vector,
) -> Fraction:
    """What a coverage is worth against adversaries who may collude, ties for the defender."""
    u, big = [at(x, c) for x in alone], [at(x, c) for x in together]
    total = sum((max(big[t] for t in own) for own in owned), Fraction(0))
    best = [max(u[t] for t in own) for own in owned]
    values = []
    if all(w * total >= b for w, b in zip(shares, best, strict=True)):
        values.append(
            [max(at(pays_together[t], c) for t in own if big[t] == max(big[s] for s in own)) for own in owned]
        )
    if any(w * total <= b for w, b in zip(shares, best, strict=True)):
        values.append([max(at(pays_alone[t], c) for t in own if u[t] == max(u[s] for s in own)) for own in owned])
    return max(sum(row, Fraction(0)) for row in values)


def best_collusive(
    alone: Sequence[Plane],
    together: Sequence[Plane],
    pays_alone: Sequence[Plane],
    pays_together: Sequence[Plane],
    owned: Sequence[Sequence[int]],
    shares: Vector,
    resources: int,
) -> Fraction:
    """The best vertex of the arrangement of all ties: between targets of one owner, and between a share and an attack alone."""
    size = len(alone)
    planes = box(size, resources)
    for own in owned:
        for s, t in itertools.combinations(own, 2):
            planes += [tie(alone[s], alone[t]), tie(together[s], together[t])]
    for attacked in itertools.product(*owned):
        row = [sum((together[t][0][k] for t in attacked), Fraction(0)) for k in range(size)]
        constant = sum((together[t][1] for t in attacked), Fraction(0))
        for w, own in zip(shares, owned, strict=True):
            share = ([w * a for a in row], w * constant)
            planes += [tie(share, alone[t]) for t in own]
    lines = (alone, together, pays_alone, pays_together)
    return max(
        collusive_value(*lines, owned, shares, c) for c in set(arrangement(planes, size)) if within(c, resources)
    )


# -- audits ------------------------------------------------------------------------------------------------------------


def audit_value(
    defender_audited: Sequence[float],
    defender_unaudited: Sequence[float],
    adversary_audited: Sequence[float],
    adversary_unaudited: Sequence[float],
    resources: int,
    cost: float,
    x: float,
) -> float:
    """The best at one punishment level: for each target the most that it can be audited and still be a best reply."""
    best = float("-inf")
    rows = list(zip(defender_audited, defender_unaudited, adversary_audited, adversary_unaudited, strict=True))
    for t, (e, d, v, u) in enumerate(rows):

        def needed(p: float, t: int = t, v: float = v, u: float = u) -> float:
            """Audits that leave every other target no better; infinite if none do."""
            own, total = u + p * (v - x - u), p
            for s, (_, _, other, top) in enumerate(rows):
                if s != t and top > own:
                    share = (top - own) / (top - other + x)
                    total += share if share <= 1 else float("inf")
            return total

        if needed(0.0) > resources:
            continue
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if needed(middle) <= resources else (low, middle)
        best = max(best, d + (e - d) * low - cost * x)
    return best
