"""Joint deviations by brute force in plain fractions, written from the definitions; imports no solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations, product
from typing import Any

Payoffs = Any  # payoffs[i][a] with a a tuple of indices, as a dict
Profile = tuple[int, ...]


def table(payoffs: Any, num_actions: Sequence[int]) -> dict[Profile, tuple[Fraction, ...]]:
    """Payoff vectors by profile from an array with the player axis first."""
    profiles = product(*map(range, num_actions))
    return {a: tuple(Fraction(payoffs[(i, *a)]) for i in range(len(num_actions))) for a in profiles}


def nonempty_sets(players: Sequence[int], at_most: int) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(players, k) for k in range(1, at_most + 1))


def replaced(profile: Profile, members: Sequence[int], joint: Sequence[int]) -> Profile:
    changed = list(profile)
    for i, k in zip(members, joint, strict=True):
        changed[i] = k
    return tuple(changed)


def gains(
    u: Any, num_actions: Sequence[int], profile: Profile, members: Sequence[int]
) -> dict[Profile, tuple[Fraction, ...]]:
    """Members' gains for each of their joint actions."""
    return {
        joint: tuple(u[replaced(profile, members, joint)][i] - u[profile][i] for i in members)
        for joint in product(*(range(num_actions[i]) for i in members))
    }


def blocks(gain: Sequence[Fraction], rule: str) -> bool:
    if rule == "all":
        return all(g > 0 for g in gain)
    if rule == "some":
        return all(g >= 0 for g in gain) and any(g > 0 for g in gain)
    if rule == "any":
        return any(g > 0 for g in gain)
    return sum(gain) > 0


def pure_gain(table_of_gains: dict[Profile, tuple[Fraction, ...]], rule: str) -> Fraction:
    values = [Fraction(0)]
    for gain in table_of_gains.values():
        if rule == "all":
            values.append(min(gain))
        elif rule == "any":
            values.append(max(gain))
        elif rule == "transfer" or all(g >= 0 for g in gain):
            values.append(sum(gain))
    return max(values)


def _solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """The solution of a square system, or ``None`` if it is singular."""
    size = len(matrix)
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for k in range(size):
        pivot = next((r for r in range(k, size) if rows[r][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(size):
            if r != k and rows[r][k] != 0:
                rows[r] = [x - rows[r][k] * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def correlated_gain(table_of_gains: dict[Profile, tuple[Fraction, ...]], rule: str) -> Fraction:
    """Best expected gain over distributions of joint actions, by enumerating supports.

    The optimum of  max min_i E g_i  and of  max {Σ E g_i : E g ≥ 0}  lies at a distribution on at most |S| + 1 joint
    actions at which as many members' constraints bind as the support has points less one.
    """
    if rule in ("any", "transfer"):
        return pure_gain(table_of_gains, rule)
    distinct = set(table_of_gains.values())
    vectors = sorted(  # a joint action that is no better for anybody than another is never needed
        v for v in distinct if not any(w != v and all(x >= y for x, y in zip(w, v, strict=True)) for w in distinct)
    )
    size = len(vectors[0])
    best = Fraction(0)
    for width in range(1, size + 1):
        for support in combinations(vectors, width):
            for binding in combinations(range(size), width if rule == "all" else width - 1):
                found = _vertex(support, binding, rule)
                if found is None:
                    continue
                expected = [
                    sum((p * v[i] for p, v in zip(found, support, strict=True)), Fraction(0)) for i in range(size)
                ]
                if rule == "all":
                    best = max(best, min(expected))
                elif min(expected) >= 0:
                    best = max(best, sum(expected))
    return best


def _vertex(support: Sequence[tuple[Fraction, ...]], binding: Sequence[int], rule: str) -> list[Fraction] | None:
    width = len(support)
    if rule == "all":  # unknowns: probabilities and t;  E g_i = t for binding i,  Σ p = 1
        matrix = [[*(v[i] for v in support), Fraction(-1)] for i in binding]
        matrix.append([Fraction(1)] * width + [Fraction(0)])
        solution = _solved(matrix, [Fraction(0)] * width + [Fraction(1)])
    else:  # E g_i = 0 for binding i,  Σ p = 1
        matrix = [[v[i] for v in support] for i in binding]
        matrix.append([Fraction(1)] * width)
        solution = _solved(matrix, [Fraction(0)] * (width - 1) + [Fraction(1)])
    if solution is None or any(p < 0 for p in solution[:width]):
        return None
    return solution[:width]


def resilience(
    u: Any,
    num_actions: Sequence[int],
    profile: Profile,
    rule: str,
    coordination: str,
    allowed: Sequence[frozenset[int]] | None = None,
) -> int:
    n = len(num_actions)
    for members in nonempty_sets(range(n), n):
        if allowed is not None and frozenset(members) not in allowed:
            continue
        options = gains(u, num_actions, profile, members)
        if coordination == "pure":
            broken = any(blocks(gain, rule) for gain in options.values())
        else:
            broken = correlated_gain(options, rule) > 0
        if broken:
            return len(members) - 1
    return n


def immunity(u: Any, num_actions: Sequence[int], profile: Profile) -> int:
    n = len(num_actions)
    for size in range(1, n):
        for faulty in combinations(range(n), size):
            for joint in product(*(range(num_actions[i]) for i in faulty)):
                after = u[replaced(profile, faulty, joint)]
                if any(after[i] < u[profile][i] for i in range(n) if i not in faulty):
                    return size - 1
    return n - 1


def is_robust_pure(u: Any, num_actions: Sequence[int], profile: Profile, k: int, t: int, rule: str) -> bool:
    """(k, t)-robust where members and faulty players fix their actions."""
    n = len(num_actions)
    if immunity(u, num_actions, profile) < t:
        return False
    for faulty in chain([()], nonempty_sets(range(n), t)):
        for play in product(*(range(num_actions[i]) for i in faulty)):
            base = replaced(profile, faulty, play)
            for members in nonempty_sets([i for i in range(n) if i not in faulty], k):
                if any(blocks(gain, rule) for gain in gains(u, num_actions, base, members).values()):
                    return False
    return True


def nash(u: Any, num_actions: Sequence[int]) -> list[Profile]:
    return [
        a
        for a in product(*map(range, num_actions))
        if all(u[replaced(a, (i,), (b,))][i] <= u[a][i] for i in range(len(num_actions)) for b in range(num_actions[i]))
    ]


def coalition_proof(u: Any, num_actions: Sequence[int]) -> list[Profile]:
    """The recursive definition, word for word."""

    def proof(players: tuple[int, ...], a: Profile) -> list[tuple[int, ...]]:
        """Coalition-proof joint actions of ``players`` in the game where the others play their part of ``a``."""
        joints = list(product(*(range(num_actions[i]) for i in players)))
        if len(players) == 1:
            values = [u[replaced(a, players, j)][players[0]] for j in joints]
            return [j for j, v in zip(joints, values, strict=True) if v == max(values)]
        enforcing = []
        for joint in joints:
            base = replaced(a, players, joint)
            if all(
                tuple(base[i] for i in part) in proof(part, base) for part in nonempty_sets(players, len(players) - 1)
            ):
                enforcing.append(joint)
        payoff = {j: [u[replaced(a, players, j)][i] for i in players] for j in enforcing}
        return [
            j
            for j in enforcing
            if not any(all(x > y for x, y in zip(payoff[other], payoff[j], strict=True)) for other in enforcing)
        ]

    n = len(num_actions)
    return proof(tuple(range(n)), (0,) * n)
