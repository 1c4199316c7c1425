"""Lies about excesses, nucleoli and stable sets: what the kernel believes, brute force finds true."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from lies import LIES, lies, on_intact_data
from oracles import coalitional, coalitions
from oracles.deviations import Game, number, resealed

from gametheory import collusion
from gametheory.certificates import read_certificate
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games import CoalitionalGame, NormalFormGame


def accepted(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def campaign(
    bases: list[dict[str, Any]], count: int, seed: int, holds: Callable[[dict[str, Any]], bool], **options: Any
) -> None:
    """Nothing false is believed; some of what is true is, so that the kernel does not just refuse."""
    for base in bases:
        assert accepted(base)
        assert holds(base)
    believed = refused = 0
    for what, data in lies(bases, count, seed, **options):
        if accepted(data):
            believed += 1
            assert holds(data), (what, data)
        else:
            refused += 1
    assert believed >= count // 50, (believed, refused)
    assert refused >= count // 5, (believed, refused)


# -- coalitional games -------------------------------------------------------------------------------------------------


def coalitional_game(rng: random.Random) -> CoalitionalGame:
    n = rng.choice([2, 3, 3, 4])
    worths = [0, *(rng.randint(-3, 4) * k.bit_count() for k in range(1, 2**n))]
    if rng.random() < 0.7:
        return CoalitionalGame(worths)
    listed = [s for s in coalitional.nonempty(n) if len(s) in (1, n) or rng.random() < 0.5]
    return CoalitionalGame(worths, allowed=listed)


def worths_in(data: dict[str, Any]) -> tuple[coalitional.Worths, int, set[frozenset[int]]]:
    bottom = number(data["game"]["worths"]["denominator"])
    values = [number(x) / bottom for x in data["game"]["worths"]["numerators"]]
    n = len(values).bit_length() - 1
    worths = {s: values[sum(1 << i for i in s)] for s in coalitional.nonempty(n)}
    allowed = data["game"]["allowed"]
    family = {s for s in worths if allowed is None or len(s) == 1 or sum(1 << i for i in s) in allowed}
    return worths, n, family


def fractions_in(data: dict[str, Any]) -> list[Fraction]:
    return [number(x) / number(data["denominator"]) for x in data["numerators"]]


def excess_claim_holds(data: dict[str, Any]) -> bool:
    worths, n, family = worths_in(data)
    by_member = data["excess"] == "member"
    if data["upper"] is not None:
        x = fractions_in(data["allocation"])
        if sum(x) != worths[frozenset(range(n))]:
            return False
        for s in family:
            if len(s) < n:
                excess = worths[s] - sum((x[i] for i in s), Fraction(0))
                if excess > number(data["upper"]) * (len(s) if by_member else 1):
                    return False
    if data["lower"] is not None:
        least = coalitional.least_excess(worths, n, by_member=by_member, family=family)
        return float(number(data["lower"])) <= least + 1e-7
    return data["upper"] is not None


@on_intact_data
def shift_bound(data: dict[str, Any], rng: random.Random) -> bool:
    key = rng.choice([k for k in ("upper", "lower") if data[k] is not None])
    data[key] = str(Fraction(data[key]) + rng.choice([-1, 1]) * Fraction(1, rng.choice([1, 2, 10**9])))
    return True


@on_intact_data
def move_payoff(data: dict[str, Any], rng: random.Random) -> bool:
    """From one player to another: still an allocation."""
    numerators = data["allocation"]["numerators"]
    i, j = rng.sample(range(len(numerators)), 2)
    numerators[i] += 1
    numerators[j] -= 1
    return True


@LIES
def test_lies_about_excesses(count: int) -> None:
    rng = random.Random("excess")
    bases = []
    for _ in range(30):
        game = coalitional_game(rng)
        bases.append(collusion.is_core_empty(game).witness.to_dict())
        bases.append(collusion.least_core(game, excess=rng.choice(["coalition", "member"])).certificate.to_dict())  # type: ignore[union-attr]
    campaign(
        bases,
        count // 2,
        31,
        excess_claim_holds,
        words={"excess": ("coalition", "member")},
        special=[shift_bound, move_payoff],
    )


def nucleolus_claim_holds(data: dict[str, Any]) -> bool:
    worths, n, family = worths_in(data)
    x = fractions_in(data["allocation"])
    return coalitional.is_nucleolus(worths, n, x, imputations=data["imputations"], family=family)


@on_intact_data
def other_competitors(data: dict[str, Any], rng: random.Random) -> bool:
    data["imputations"] = not data["imputations"]
    return True


@on_intact_data
def drop_step(data: dict[str, Any], rng: random.Random) -> bool:
    del data["steps"][rng.randrange(len(data["steps"]))]
    return True


@LIES
def test_lies_about_nucleoli(count: int) -> None:
    rng = random.Random("nucleolus")
    bases = []
    while len(bases) < 40:
        game = coalitional_game(rng)
        try:
            found = collusion.nucleolus(game, allocations=rng.choice(["imputations", "all"]))
        except InfeasibleError:
            continue
        bases.append(found.certificate.to_dict())  # type: ignore[union-attr]
    campaign(bases, count // 4, 32, nucleolus_claim_holds, special=[move_payoff, other_competitors, drop_step])


# -- stable sets -------------------------------------------------------------------------------------------------------


def bimatrix(rng: random.Random) -> NormalFormGame:
    m, n = rng.choice([(2, 2), (2, 3), (3, 2)])
    table = np.array([rng.randint(-2, 2) for _ in range(2 * m * n)]).reshape(2, m, n)
    if rng.random() < 0.4:
        table[0, 1] = table[0, 0]
    return NormalFormGame(table)


def stable_claim_holds(data: dict[str, Any]) -> bool:
    """Corners of pieces stay, and listed equilibria outside all pieces are left, as far as floats can tell."""
    game = Game(data["nash"]["game"])
    m, n = game.sizes
    tables = [np.array([[float(game.u[i][a, b]) for b in range(n)] for a in range(m)]) for i in (0, 1)]
    strategies = [
        [np.array([float(number(p)) for p in vector]) for vector in own] for own in data["nash"]["strategies"]
    ]
    payoffs: list[set[tuple[float, float]]] = []
    for xs, ys in data["nash"]["products"]:
        corners = {
            tuple(float(strategies[0][i] @ table @ strategies[1][j]) for table in tables) for i in xs for j in ys
        }
        payoffs.append(corners)  # type: ignore[arg-type]
    every = [u for corners in payoffs for u in corners]

    def leaves(u: tuple[float, float]) -> bool:
        """Whether the two surely leave equilibria with these payoffs together."""
        if data["concept"] == "coalition-proof Nash":
            return any(v[0] > u[0] + 1e-7 and v[1] > u[1] + 1e-7 for v in every)
        points = np.stack([tables[0].reshape(-1) - u[0], tables[1].reshape(-1) - u[1]], axis=1)
        rule, play = data["blocking"], data["coordination"]
        if rule == "any":
            return bool((points > 1e-7).any())
        if rule == "transfer":
            return bool((points.sum(axis=1) > 1e-7).any())
        if play != "pure":  # the best point of a segment between two profiles, or of a coarse grid of mixtures
            shares = np.linspace(0, 1, 41)
            if play == "correlated":
                points = np.concatenate([(1 - t) * points[:, None] + t * points[None] for t in shares]).reshape(-1, 2)
            else:
                points = _product_points(tables, u)
        if rule == "all":
            return bool((points > 1e-7).all(axis=1).any())
        return bool(((points > -1e-9).all(axis=1) & (points.max(axis=1) > 1e-7)).any())

    pieces = [
        (k, [number(one[0]), number(one[1])], one[2], [number(two[0]), number(two[1])], two[2])
        for k, one, two in data["pieces"]
    ]
    for _, first, open_first, second, open_second in pieces:
        low = float(first[0]) + (1e-6 if open_first else 0), float(second[0]) + (1e-6 if open_second else 0)
        if leaves(low):
            return False
    for k, corners in enumerate(payoffs):
        for u in corners:
            held = any(
                j == k and first[0] - 1e-9 <= u[0] <= first[1] + 1e-9 and second[0] - 1e-9 <= u[1] <= second[1] + 1e-9
                for j, first, _, second, _ in pieces
            )
            if not held and _surely_stays(data, tables, every, u):
                return False
    return True


def _product_points(tables: list[np.ndarray], u: tuple[float, float]) -> np.ndarray:
    noise = np.random.default_rng(0)
    x = noise.dirichlet([0.5] * len(tables[0]), 400)
    y = noise.dirichlet([0.5] * len(tables[0][0]), 400)
    return np.stack([np.einsum("ki,ij,kj->k", x, t, y) - v for t, v in zip(tables, u, strict=True)], axis=1)


def _surely_stays(
    data: dict[str, Any], tables: list[np.ndarray], every: list[tuple[float, float]], u: tuple[float, float]
) -> bool:
    """A reason that is enough: nobody can get more than this at all, or for the other concept nothing dominates it."""
    if data["concept"] == "coalition-proof Nash":
        return not any(v[0] > u[0] - 1e-9 and v[1] > u[1] - 1e-9 and v != u for v in every)
    if data["blocking"] == "transfer":
        return bool((tables[0] + tables[1]).max() <= sum(u) + 1e-9)
    return all(table.max() <= v + 1e-9 for table, v in zip(tables, u, strict=True))


@on_intact_data
def move_end(data: dict[str, Any], rng: random.Random) -> bool:
    interval = rng.choice(data["pieces"])[rng.choice([1, 2])]
    end = rng.choice([0, 1])
    interval[end] = str(Fraction(interval[end]) + rng.choice([-1, 1]) * Fraction(1, rng.choice([1, 3, 1000])))
    return True


@on_intact_data
def drop_piece(data: dict[str, Any], rng: random.Random) -> bool:
    del data["pieces"][rng.randrange(len(data["pieces"]))]
    return True


@on_intact_data
def turn_open(data: dict[str, Any], rng: random.Random) -> bool:
    interval = rng.choice(data["pieces"])[rng.choice([1, 2])]
    interval[2] = not interval[2]
    return True


STABILITY_WORDS = {
    "concept": ("strong Nash", "coalition-proof Nash"),
    "blocking": ("all", "some", "any", "transfer"),
    "coordination": ("pure", "independent", "correlated"),
}


@LIES
def test_lies_about_stable_sets(count: int) -> None:
    rng = random.Random("stable sets")
    bases = []
    for _ in range(40):
        game = bimatrix(rng)
        if rng.random() < 0.3:
            found = collusion.coalition_proof_nash_equilibria(game, play="mixed")
        else:
            rule, play = rng.choice(STABILITY_WORDS["blocking"]), rng.choice(STABILITY_WORDS["coordination"])
            found = collusion.strong_nash_equilibria(game, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
        bases.append(found.certificate.to_dict())  # type: ignore[union-attr]
    campaign(
        bases,
        count // 2,
        33,
        stable_claim_holds,
        words=STABILITY_WORDS,
        special=[move_end, drop_piece, turn_open],
    )


def pure_claim_holds(data: dict[str, Any]) -> bool:
    game = Game(data["game"])
    u = {a: tuple(game.u[i][a] for i in range(game.n)) for a in product(*map(range, game.sizes))}
    listed = [tuple(a) for a in data["profiles"]]
    if data["concept"] == "coalition-proof Nash":
        return sorted(listed) == sorted(coalitions.coalition_proof(u, game.sizes))
    return sorted(listed) == [
        a for a in u if coalitions.resilience(u, game.sizes, a, data["blocking"], data["coordination"]) == game.n
    ]


@on_intact_data
def other_profile(data: dict[str, Any], rng: random.Random) -> bool:
    row = [rng.randrange(m) for m in data["game"]["num_actions"]]
    if row in data["profiles"]:
        data["profiles"].remove(row)
    else:
        data["profiles"].append(row)
    return True


@LIES
def test_lies_about_pure_stability(count: int) -> None:
    rng = random.Random("pure stability")
    bases = []
    for _ in range(40):
        sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
        shape = (len(sizes), *sizes)
        game = NormalFormGame(np.array([rng.randint(-2, 2) for _ in range(int(np.prod(shape)))]).reshape(shape))
        if rng.random() < 0.3:
            found = collusion.coalition_proof_nash_equilibria(game)
        else:
            rule, play = rng.choice(STABILITY_WORDS["blocking"]), rng.choice(["pure", "correlated"])
            found = collusion.strong_nash_equilibria(game, blocking=rule, coordination=play)  # type: ignore[arg-type]
        bases.append(found.certificate.to_dict())  # type: ignore[union-attr]
    words = {**STABILITY_WORDS, "coordination": ("pure", "correlated")}
    campaign(bases, count // 2, 34, pure_claim_holds, words=words, special=[other_profile], reseal=resealed)
