"""Collusive security games: the published idea with its numbers, brute force over arrangements, two routes, theorems."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest
from oracles.security_games import affine, best_collusive, collusive_value
from seeds import seeds

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.oversight import (
    CollusiveSecurityGame,
    SecurityGame,
    collusion_cost,
    collusive_coverage_regret,
    collusive_play,
    is_optimal_collusive_coverage,
    optimal_collusive_coverage,
    optimal_coverage,
)

METHODS = ("linear_programmes", "integer_programme")


def twins(bonus: Any, **options: Any) -> CollusiveSecurityGame:
    return CollusiveSecurityGame.zero_sum([3, 2, 3, 2], owned=[[0, 1], [2, 3]], num_resources=1, bonus=bonus, **options)


def random_game(rng: random.Random, *, sizes: tuple[int, ...]) -> CollusiveSecurityGame:
    owned, count = [], 0
    for size in sizes:
        owned.append(list(range(count, count + size)))
        count += size
    tables = [[rng.randint(a, b) for _ in range(count)] for a, b in ((0, 3), (-4, 0), (-3, 1), (0, 5))]
    weights = [rng.randint(1, 3) for _ in sizes]
    return CollusiveSecurityGame(
        *tables,
        owned=owned,
        num_resources=rng.randint(1, 2),
        bonus=rng.choice([0, "1/2", 1, 3]),
        bonus_loss=rng.choice([None, 0, 2]),
        shares=rng.choice([None, [Fraction(w, sum(weights)) for w in weights]]),
    )


def lines(game: CollusiveSecurityGame) -> list[Any]:
    """Written out anew: an attack in coalition gains ε more, and costs ε' more, if it is not covered."""
    size, e, loss = game.num_targets, game.bonus, game.bonus_loss
    rows = [(game.attacker_covered, game.attacker_uncovered, 0), (game.attacker_covered, game.attacker_uncovered, e)]
    rows += [
        (game.defender_covered, game.defender_uncovered, 0),
        (game.defender_covered, game.defender_uncovered, -loss),
    ]
    return [[affine(c, u + more, t, size) for t, (c, u) in enumerate(zip(a, b, strict=True))] for a, b, more in rows]


def check(game: CollusiveSecurityGame, design: Any) -> None:
    play = design.decision
    assert collusive_value(*lines(game), game.owned, game.shares, play.probabilities) == design.value == play.value
    assert all(t in own for t, own in zip(play.attacked, game.owned, strict=True))
    written = json.loads(json.dumps(design.certificate.to_dict()))
    assert verify_certificate(read_certificate(written), row_builders=row_builders()).status == "verified"


def test_divide_to_defend() -> None:
    """At ε = 2 all coverage goes to one adversary, so that the other one refuses; up to 1 collusion costs nothing."""
    for bonus, value in ((0, "-12/5"), ("1/2", "-12/5"), (1, "-12/5"), (2, "-3")):
        for method in METHODS:
            design = optimal_collusive_coverage(twins(bonus), method=method)  # type: ignore[arg-type]
            assert design.value == Fraction(value)
            check(twins(bonus), design)
    design = optimal_collusive_coverage(twins(2))
    half = Fraction(1, 2)
    assert design.decision.probabilities in ((0, 0, half, half), (half, half, 0, 0))
    assert (len(design.decision.refusing), design.decision.colludes) == (1, False)
    for mirror in ([0, 0, half, half], [half, half, 0, 0]):
        assert is_optimal_collusive_coverage(twins(2), mirror)
    cost = collusion_cost(twins(2))
    assert (cost.value, float(cost), cost.without.value) == (Fraction(3, 5), 0.6, Fraction(-12, 5))
    assert collusion_cost(twins(0)).value == 0


def test_guarding_both_alike_does_not_divide_them() -> None:
    """With the coverage that is best without collusion both collude at ε = 2, each on its lesser target."""
    alike = ["3/10", "1/5", "3/10", "1/5"]
    play = collusive_play(twins(2), alike)
    assert (play.colludes, play.refusing) == (True, ())
    assert play.value == -2 * (Fraction(4, 5) * (2 + 2) - Fraction(1, 5) * 2) == -Fraction(28, 5)
    assert collusive_coverage_regret(twins(2), alike) == Fraction(28, 5) - 3


@pytest.mark.parametrize("seed", seeds(10, slow=210))
def test_both_routes_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng, sizes=rng.choice([(1, 1), (1, 2), (2, 1), (1, 1, 1)]))
    truth = best_collusive(*lines(game), game.owned, game.shares, game.num_resources)
    for method in METHODS:
        design = optimal_collusive_coverage(game, method=method)  # type: ignore[arg-type]
        assert design.value == truth
        check(game, design)


@pytest.mark.parametrize("seed", seeds(2, slow=30))
def test_larger_games_by_both_routes(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng, sizes=rng.choice([(2, 3), (2, 2), (2, 1, 2)]))
    one, other = (optimal_collusive_coverage(game, method=m) for m in METHODS)  # type: ignore[arg-type]
    assert one.value == other.value
    check(game, other)
    for _ in range(40):
        weights = [rng.random() ** 2 for _ in range(game.num_targets)]
        c = [min(Fraction(1), Fraction(int(60 * game.num_resources * w / sum(weights)), 60)) for w in weights]
        assert collusive_play(game, c).value <= one.value


@pytest.mark.parametrize("seed", range(4))
def test_more_resources_and_lighter_losses_never_hurt(seed: int) -> None:
    game = random_game(random.Random(seed), sizes=(2, 2))
    data = game.to_dict()
    assert CollusiveSecurityGame(**data) == game
    base = optimal_collusive_coverage(game).value
    more = CollusiveSecurityGame(**{**data, "num_resources": game.num_resources + 1})
    lighter = CollusiveSecurityGame(**{**data, "bonus_loss": 0})
    assert optimal_collusive_coverage(more).value >= base
    assert optimal_collusive_coverage(lighter).value >= base
    cost = collusion_cost(game)
    assert cost.value == cost.without.value - base
    if game.bonus == 0 and len(set(game.shares)) == 1:
        # Equal shares of what each gets alone: the weaker side gains, the stronger refuses, or both are indifferent.
        assert cost.value <= 0


@pytest.mark.parametrize("seed", range(6))
def test_without_collusion_each_adversary_is_a_type(seed: int) -> None:
    """If nobody could collude the game is a security game against two attackers, both present: half of each type, twice."""
    game = random_game(random.Random(seed), sizes=(2, 2))
    far = -100
    attack = [[game.attacker_uncovered[t] if t in own else far for t in range(4)] for own in game.owned]
    caught = [[game.attacker_covered[t] if t in own else far for t in range(4)] for own in game.owned]
    types = SecurityGame(
        [game.defender_covered] * 2, [game.defender_uncovered] * 2, caught, attack, num_resources=game.num_resources,
        prior=["1/2", "1/2"],
    )  # fmt: skip
    assert collusion_cost(game).without.value == 2 * Fraction(optimal_coverage(types).value)


def test_shares_matter() -> None:
    """An adversary with a small share refuses sooner: the defender does no worse, here better than with equal shares."""
    equal = optimal_collusive_coverage(twins(2))
    skewed = optimal_collusive_coverage(twins(2, shares=["1/5", "4/5"]))
    assert equal.value < skewed.value == Fraction(-12, 5)


def test_certificates_are_about_their_game() -> None:
    data = json.loads(json.dumps(optimal_collusive_coverage(twins(2)).certificate.to_dict()))
    data["programme"]["arguments"]["game"]["bonus"] = "1"
    with pytest.raises(CertificateError):
        verify_certificate(read_certificate(data), row_builders=row_builders())
    without = json.loads(json.dumps(collusion_cost(twins(2)).without.certificate.to_dict()))
    assert verify_certificate(read_certificate(without), row_builders=row_builders()).status == "verified"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"owned": [[0, 1]]}, "two or more"),
        ({"owned": [[0, 1], [1, 2, 3]]}, "one owner"),
        ({"owned": [[0, 1, 2, 3], []]}, "one owner"),
        ({"owned": [[0, 1], [2, "z"]]}, "'z'"),
        ({"bonus": -1}, "bonus"),
        ({"bonus_loss": -1}, "bonus_loss"),
        ({"shares": ["1/2", "1/3"]}, "shares"),
        ({"num_resources": 0}, "num_resources"),
        ({"adversaries": ["A", "A"]}, "twice"),
    ],
)
def test_malformed_games(change: dict[str, Any], match: str) -> None:
    fine: dict[str, Any] = {"owned": [[0, 1], [2, 3]], "num_resources": 1, "bonus": 1}
    with pytest.raises(SpecificationError, match=match):
        CollusiveSecurityGame.zero_sum([3, 2, 3, 2], **{**fine, **change})


def test_malformed_questions() -> None:
    with pytest.raises(SpecificationError, match="method"):
        optimal_collusive_coverage(twins(1), method="guess")  # type: ignore[arg-type]
    for coverage in ([1, 1, 0, 0], [1], {"target 9": 1}, [-1, 0, 0, 0]):
        with pytest.raises(SpecificationError):
            collusive_play(twins(1), coverage)
    assert collusive_play(twins(1), {"target 1": 1}).probabilities == (1, 0, 0, 0)
