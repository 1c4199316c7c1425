"""Lies about plans: nothing is accepted that brute force finds false, and both answers occur.

Claims about pure and shared plans are decided by brute force. For independent mixing a grid of mixtures refutes, and shared
randomness confirms: what lies between is not judged.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import LIES, lies
from oracles import coalitions as joint
from oracles import plans
from oracles.deviations import Game, distribution_of, game_of, number, resealed

from gametheory import collusion
from gametheory.certificates import read_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

RULES = ("all", "some", "any", "transfer")
WORDS = {
    "blocking": RULES,
    "coordination": ("pure", "independent", "correlated"),
    "faulty_play": ("pure", "independent", "correlated"),
    "timing": ("ex_ante", "interim"),
}


def accepted(data: dict[str, Any]) -> bool:
    try:
        return bool(read_certificate(data).verify())
    except (SpecificationError, CertificateError):
        return False


def random_game(rng: random.Random, sizes: tuple[int, ...]) -> NormalFormGame:
    count = len(sizes)
    profiles = list(itertools.product(*map(range, sizes)))
    return NormalFormGame.from_profiles({a: [rng.randint(-2, 3) for _ in range(count)] for a in profiles})


def random_profile(rng: random.Random, sizes: tuple[int, ...], kind: str) -> Any:
    if kind == "pure":
        return tuple(rng.randrange(m) for m in sizes)
    if kind == "mixed":
        return tuple((Fraction(1, 3), Fraction(2, 3)) if m == 2 else (Fraction(1, 3),) * 3 for m in sizes)
    chosen = rng.sample(list(itertools.product(*map(range, sizes))), 2)
    return {chosen[0]: Fraction(1, 4), chosen[1]: Fraction(3, 4)}


def gains_at_most(
    game: Game, play: dict, members: tuple[int, ...], data: dict[str, Any], how: str
) -> tuple[bool, bool]:
    """(certainly true, certainly false) that the coalition gains at most epsilon from ``play``."""
    epsilon = number(data["epsilon"])
    u = {a: tuple(game.u[i][a] for i in range(game.n)) for a in game.u[0]}
    rule, timing = data["blocking"], data["timing"] or "ex_ante"
    if data["timing"] is None:  # pure and mixed profiles tell nothing
        table = {
            tau: tuple(
                sum((p * (u[joint.replaced(a, members, tau)][i] - u[a][i]) for a, p in play.items()), Fraction(0))
                for i in members
            )
            for tau in itertools.product(*(range(game.sizes[i]) for i in members))
        }
        low, high = joint.pure_gain(table, rule), joint.correlated_gain(table, rule)
        if how == "independent" and rule in ("all", "some"):
            low = max(low, plans.best_on_grid(table, [game.sizes[i] for i in members], rule, 4))
    else:
        low = plans.gain(u, game.sizes, play, members, rule, "pure", timing)
        high = plans.gain(u, game.sizes, play, members, rule, "correlated", timing)
    if how == "pure":
        high = low
    elif how == "correlated":
        low = high
    return high <= epsilon, low > epsilon


def plan_claim(data: dict[str, Any]) -> tuple[bool, bool]:
    game = game_of(data)
    play = distribution_of(data["profile"], game.sizes)
    found = [
        gains_at_most(game, play, tuple(sorted(members)), data, data["coordination"]) for members in data["coalitions"]
    ]
    return all(yes for yes, _ in found), any(no for _, no in found)


def campaign(bases: list[dict[str, Any]], count: int, seed: int, claim: Any) -> None:
    for base in bases:
        assert accepted(base), base
    believed = refused = 0
    for what, data in lies(bases, count, seed, words=WORDS, reseal=resealed):
        if accepted(data):
            believed += 1
            assert not claim(data)[1], (what, data)
        else:
            refused += 1
    assert believed > count // 50, (believed, refused)
    assert refused > count // 5, (believed, refused)


@LIES
def test_lies_about_plans(count: int) -> None:
    rng = random.Random("plans")
    bases = []
    for kind, rule, how, timing in itertools.product(
        ("pure", "mixed", "correlated"), RULES, ("pure", "independent", "correlated"), ("ex_ante", "interim")
    ):
        if (kind != "correlated" and (how != "independent" or timing == "interim")) or rng.random() < 0.4:
            continue
        sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
        game = random_game(rng, sizes)
        found = collusion.coalition_gain(
            game,
            random_profile(rng, sizes, kind),
            [0, 1],
            blocking=rule,  # type: ignore[arg-type]
            coordination=how,  # type: ignore[arg-type]
            timing=timing,  # type: ignore[arg-type]
            max_cells=20,
        )
        assert found.certificate is not None
        bases.append(found.certificate.to_dict())
    assert all(data["kind"] == "coalition plan" for data in bases)
    campaign(bases, count // 2, 31, plan_claim)


def witness_claim(data: dict[str, Any]) -> tuple[bool, bool]:
    """Recomputes the gains of the plan that the data names."""
    game = game_of(data)
    play = distribution_of(data["profile"], game.sizes)
    members = data["coalition"]
    own = tuple(game.sizes[i] for i in members)
    mass = Fraction(1)
    if data["timing"] == "interim":
        told = tuple(data["plan"][0][0])
        mass = sum((p for a, p in play.items() if tuple(a[i] for i in members) == told), Fraction(0))
    gains = [Fraction(0)] * len(members)
    for told, part in data["plan"]:
        for tau, q in distribution_of(part, own).items():
            for a, p in play.items():
                if not told or tuple(a[i] for i in members) == tuple(told):
                    after = joint.replaced(a, members, tau)
                    gains = [g + q * p * (game.u[i][after] - game.u[i][a]) for g, i in zip(gains, members, strict=True)]
    gains = [g / mass for g in gains]
    value = {"all": min, "any": max, "transfer": sum, "some": sum}[data["blocking"]](gains)
    harmless = data["blocking"] != "some" or min(gains) >= 0
    holds = harmless and gains == [number(x) for x in data["gains"]] and value >= number(data["gain"])
    return holds, not holds


@LIES
def test_lies_about_plans_that_gain(count: int) -> None:
    rng = random.Random("witnesses")
    bases: list[dict[str, Any]] = []
    while len(bases) < 30:
        sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
        kind = rng.choice(["pure", "correlated", "correlated"])
        found = collusion.coalition_gain(
            random_game(rng, sizes),
            random_profile(rng, sizes, kind),
            [0, 1],
            blocking=rng.choice(RULES),  # type: ignore[arg-type]
            coordination="independent" if kind == "pure" else rng.choice(["pure", "correlated"]),  # type: ignore[arg-type]
            timing=rng.choice(["ex_ante", "interim"]),  # type: ignore[arg-type]
            max_cells=20,
        )
        if found.witness is not None and found.witness.to_dict()["kind"] == "plan witness":
            bases.append(found.witness.to_dict())
    campaign(bases, count // 2, 32, witness_claim)


def robustness_claim(data: dict[str, Any]) -> tuple[bool, bool]:
    """For pure play on both sides decided by brute force; mixing only refuted by pure play."""
    game = game_of(data)
    (a,) = distribution_of(data["profile"], game.sizes)
    u = {b: tuple(game.u[i][b] for i in range(game.n)) for b in game.u[0]}
    t, epsilon = data["faulty"], number(data["epsilon"])
    false = joint.immunity(u, game.sizes, a) < t
    true = not false
    for size in range(t + 1):
        for faulty in itertools.combinations(range(game.n), size):
            for play in itertools.product(*(range(game.sizes[i]) for i in faulty)):
                base = joint.replaced(a, faulty, play)
                for members in data["coalitions"]:
                    if set(members).isdisjoint(faulty):
                        gains = joint.gains(u, game.sizes, base, sorted(members))
                        solve = joint.correlated_gain if data["coordination"] == "correlated" else joint.pure_gain
                        false |= solve(gains, data["blocking"]) > epsilon
    return true, false


@LIES
def test_lies_about_robustness(count: int) -> None:
    rng = random.Random("robustness")
    bases = []
    for rule, how, play in itertools.product(RULES, WORDS["coordination"], WORDS["faulty_play"]):
        table = {}
        for a in itertools.product(range(2), repeat=3):
            table[a] = [rng.randint(-3, 1) if a[i] else 0 for i in range(3)]
        found = collusion.robustness(
            NormalFormGame.from_profiles(table),
            (0, 0, 0),
            blocking=rule,  # type: ignore[arg-type]
            coordination=how,  # type: ignore[arg-type]
            faulty_play=play,  # type: ignore[arg-type]
            max_cells=20,
            max_faulty=1,
        )
        bases.append(found.certificates[-1].to_dict())
    campaign(bases, count // 2, 33, robustness_claim)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"splits": [], "weights": [], "penalty": 0}, "one row of weights"),
        ({"splits": [None], "weights": [["1", "0", "0"]], "penalty": 0}, "numbers"),
        ({"splits": [None], "weights": [["0", "0"]], "penalty": 0}, "not all 0"),
        ({"splits": [None], "weights": [["1/2", "1/2"]], "penalty": 3}, "penalty"),
        (None, "where members mix"),
    ],
)
def test_evidence_that_is_none_is_named(change: Any, message: str) -> None:
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    advice = {(0, 0): "1/2", (0, 1): "1/4", (1, 0): "1/4"}
    found = collusion.coalition_gain(game, advice, [0, 1], blocking="all", coordination="correlated")
    assert found.certificate is not None
    data = found.certificate.to_dict()
    data["evidence"] = [change]
    with pytest.raises(CertificateError, match=message):
        read_certificate(data).verify()
