"""Payoff sets between certified polytopes: published and derived sets, an independent operator in the plane, random games."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from oracles.repeated_games import hull, one_step, sustained, within

from gametheory.certificates import certificate_to_json, read_certificate
from gametheory.errors import SolverError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.repeated import PayoffSet, minmax, payoff_set_sandwich

F = Fraction


def public_good(n: int = 3) -> NormalFormGame:
    """u_i = 1 − a_i + (3/5) Σ a_j."""
    return NormalFormGame.from_function(lambda *a: [1 - x + F(3, 5) * sum(a) for x in a], (2,) * n)


def table(game: NormalFormGame) -> dict[tuple[int, ...], tuple[Fraction, ...]]:
    stage = game.exact()
    return {a: tuple(map(F, stage.payoff(*a))) for a in itertools.product(*map(range, stage.num_actions))}


def enclosed(game: NormalFormGame, discount: Fraction, **limits: object) -> PayoffSet:
    """The sandwich, also where it did not close in time; checked by play that is looked up."""
    try:
        found = payoff_set_sandwich(game, discount, **limits)  # type: ignore[arg-type]
    except SolverError as error:
        found = error.best
        assert isinstance(found, PayoffSet)
        assert not found.exact
    payoffs = table(game)
    if found.inner_certificate is not None:
        points = found.inner_certificate.points
        assert sustained(payoffs, discount, [p.payoff for p in points], [(p.profile, p.lottery) for p in points])
        assert {p.payoff for p in points} >= set(found.inner)
    assert all(within(found.halfspaces, v) for v in found.inner)
    assert found.verify()
    for payoff in reverted(payoffs, discount):
        assert within(found.halfspaces, payoff), "an equilibrium by reversion lies outside"
    return found


def reverted(payoffs: dict[tuple[int, ...], tuple[Fraction, ...]], delta: Fraction) -> list[tuple[Fraction, ...]]:
    """Payoffs of profiles played for ever, sustained by reversion to pure stage equilibria; by definition."""
    n = len(next(iter(payoffs)))

    def best(a: tuple[int, ...], i: int) -> Fraction:
        return max(
            u[i] for b, u in payoffs.items() if all(x == y for j, (x, y) in enumerate(zip(a, b, strict=True)) if j != i)
        )

    nash = [u for a, u in payoffs.items() if all(best(a, i) == u[i] for i in range(n))]
    if not nash:
        return []
    worst = [min(u[i] for u in nash) for i in range(n)]
    return [u for a, u in payoffs.items() if all(u[i] >= (1 - delta) * best(a, i) + delta * worst[i] for i in range(n))]


@pytest.mark.parametrize("discount", [F(3, 10), F(8, 25)])
def test_impatient_contributors_do_not_contribute(discount: Fraction) -> None:
    found = enclosed(public_good(), discount)
    assert found.exact
    assert found.vertices == ((F(1),) * 3,)


@pytest.mark.parametrize(
    ("discount", "corners"),
    [(F(1, 3), 14), (F(7, 20), 17), (F(1, 2), 23), pytest.param(F(2, 3), None, marks=pytest.mark.slow)],
)
def test_patient_contributors(discount: Fraction, corners: int | None) -> None:
    """max v₁ = 29/15 + (2/5) δ for 1/3 ≤ δ ≤ 2/3: player 1 does not contribute, the others do, at w = (·, t, t) on the facets
    3 v_1 + 3 v_2 − v_3 ≤ 9 of the feasible set, t = 1 + (2/5)(1 − δ)/δ; then v_1 = (1 − δ) 11/5 + δ (9 − 2t)/3.
    """
    found = enclosed(public_good(), discount)
    threshold = 1 + F(2, 5) * (1 - discount) / discount
    derived = (1 - discount) * F(11, 5) + discount * (9 - 2 * threshold) / 3
    assert derived == F(29, 15) + F(2, 5) * discount
    assert found.support([1, 0, 0]) == (derived, derived)
    assert found.support([1, 1, 1]) == (F(27, 5), F(27, 5))
    assert found.worst_payoffs == ((1, 1),) * 3
    assert found.exact
    assert corners is None or len(found.vertices) == corners


def test_very_patient_contributors() -> None:
    assert payoff_set_sandwich(public_good(), "9/10").support([1, 0, 0]) == (F(11, 5), F(11, 5))


def test_no_equilibrium_in_pure_actions() -> None:
    """The game of QuantEcon's test of the same name."""
    game = NormalFormGame.from_bimatrix([[1, -1], [-2, 1]], [[-1, 2], [2, 0]])
    found = enclosed(game, F(1, 20))
    assert found.empty
    assert found.outer_certificate.claim.startswith("there is no")


def test_prisoners_dilemma_by_patience() -> None:
    """Known sets of the dilemma (9,9), (1,10), (10,1), (3,3); grim trigger needs δ ≥ 1/7."""
    game = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    sets = {
        F(1, 10): {(3, 3)},
        F(1, 7): {(3, 3), (9, 9)},
        F(6, 25): {(3, 3), (9, 9)},
        F(1, 4): {(3, 3), (9, 9), (F(39, 4), 3), (3, F(39, 4))},
        F(9, 10): {(3, 3), (9, 9), (F(39, 4), 3), (3, F(39, 4))},
    }
    for discount, corners in sets.items():
        found = enclosed(game, discount)
        assert found.exact, discount
        assert set(found.vertices) == corners, discount


def test_irrational_corners_are_enclosed() -> None:
    """At δ = .249 the largest payoff is 9 + ((1 − δ) + √((1 − δ)² − 24(2 − 8δ)))/2 = 9.680460…: between the two sets."""
    game = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    found = enclosed(game, F(249, 1000), gap="1/30", max_directions=12)
    low, high = found.support([1, 0])

    def below(x: Fraction) -> bool:  # (2(x − 9) − (1 − δ))² ≤ (1 − δ)² − 24(2 − 8δ), on the rising side
        delta = F(249, 1000)
        return 2 * (x - 9) <= 1 - delta or (2 * (x - 9) - (1 - delta)) ** 2 <= (1 - delta) ** 2 - 24 * (2 - 8 * delta)

    assert below(low)
    assert not below(high)
    assert high - low < F(1, 5)


def check_two_players(rng: random.Random) -> bool:
    """Against the operator B in the plane, by clipping: exact sets are fixed points, inner ones within steps."""
    shape, size = rng.choice(((2, 2), (2, 3), (3, 3), (1, 3))), rng.choice((1, 2, 5, 9))
    game = NormalFormGame.from_function(lambda *_: [rng.randint(-size, size) for _ in shape], shape)
    discount = F(rng.randint(0, 19), 20)
    found = enclosed(game, discount, gap="1/20", max_directions=12)
    payoffs, polygon = table(game), hull(list(table(game).values()))
    for _ in range(6):
        polygon = one_step(payoffs, discount, polygon) if polygon else []
    assert all(hull([*polygon, v]) == polygon for v in found.inner), "a payoff that steps from outside leave out"
    if found.exact and found.inner:
        assert one_step(payoffs, discount, list(found.vertices)) == hull(list(found.vertices))
    return found.exact


def test_two_player_games_against_clipped_polygons() -> None:
    rng = random.Random(3)
    assert sum(check_two_players(rng) for _ in range(12)) >= 10


def check_three_players(rng: random.Random, directions: int) -> bool:
    size = rng.choice((0, 1, 2, 5, 9))
    shape = rng.choice(((2, 2, 2), (2, 2, 2), (2, 1, 2), (3, 2, 2)))
    game = NormalFormGame.from_function(lambda *_: [rng.randint(-size, size) for _ in shape], shape)
    found = enclosed(game, F(rng.randint(0, 19), 20), gap="1/100", max_directions=directions)
    for i in range(3):  # no equilibrium in pure actions is below the pure minmax
        low = minmax(game, i, strategies="pure").value
        assert all(v[i] >= low for v in (*found.inner, *found.outer))
    return found.exact


def test_three_player_games() -> None:
    rng = random.Random(5)
    assert sum(check_three_players(rng, 16) for _ in range(4)) >= 1


@pytest.mark.slow
def test_a_thousand_games() -> None:
    """Sandwiches of 1,000 random games hold: 750 of two players, 250 of three; degenerate ones are among them."""
    rng = random.Random(11)
    assert sum(check_two_players(rng) for _ in range(750)) >= 700
    assert sum(check_three_players(rng, 16) for _ in range(250)) >= 120


def test_units_do_not_matter() -> None:
    game = public_good().exact()
    plain = payoff_set_sandwich(game, "7/20").vertices
    moved = NormalFormGame.from_function(
        lambda *a: [10**9 + game.payoff(*a)[0], F(game.payoff(*a)[1]) / 10**6, 10**6 * game.payoff(*a)[2] - 5],
        (2, 2, 2),
    )
    found = payoff_set_sandwich(moved, "7/20")
    assert set(found.vertices) == {(10**9 + x, y / 10**6, 10**6 * z - 5) for x, y, z in plain}
    assert found.verify()


def test_floats_are_the_rationals_that_they_are() -> None:
    game = NormalFormGame.from_bimatrix([[0.9, 0.1], [1.0, 0.3]], [[0.9, 1.0], [0.1, 0.3]])
    found = payoff_set_sandwich(game, 0.75)
    assert found.exact
    assert set(found.vertices) >= {(F(0.3), F(0.3)), (F(0.9), F(0.9))}


def test_degenerate_games() -> None:
    nothing = NormalFormGame.from_function(lambda *a: [0, 0, 0], (2, 2, 2))
    assert payoff_set_sandwich(nothing, "1/2").vertices == ((0, 0, 0),)
    alone = NormalFormGame.from_function(lambda *a: [a[0], 3, 3 * a[0]], (3, 1, 1))
    assert payoff_set_sandwich(alone, "4/5").vertices == ((2, 3, 6),)
    bystander = NormalFormGame.from_function(lambda a, b, c: [1 - a, 1 - b, 7], (2, 2, 1))
    assert payoff_set_sandwich(bystander, 0).vertices == ((1, 1, 7),)
    common = NormalFormGame.from_function(lambda *a: [int(len(set(a)) == 1)] * 3, (2, 2, 2))
    # the least common payoff p is at least (1 − δ) + δ p, for in every profile somebody can make the three agree
    assert payoff_set_sandwich(common, "1/2").vertices == ((1, 1, 1),)


def test_a_limit_raises_with_the_sandwich() -> None:
    with pytest.raises(SolverError, match="max_directions=13") as caught:
        payoff_set_sandwich(public_good(), "1/2", gap="1/1000000", max_directions=13)
    best = caught.value.best
    assert not best.exact
    assert best.verify()
    assert best.gap > 0
    low, high = best.support([1, 0, 0])
    assert low <= F(32, 15) <= high
    with pytest.raises(SpecificationError, match="gap"):
        payoff_set_sandwich(public_good(), "1/2", gap=0)
    with pytest.raises(SpecificationError, match="directions"):
        payoff_set_sandwich(public_good(), "1/2", directions=[(1, 0)])


@pytest.mark.parametrize("seconds", [0, 0.02, 0.1, 0.3])
def test_a_time_limit_may_fall_anywhere(seconds: float) -> None:
    """What is proved by then is a valid sandwich; how wide it is depends on the machine."""
    rng = random.Random(0)
    for shape in ((2, 2, 2), (2, 3), (2, 2, 2, 2)):
        game = NormalFormGame.from_function(lambda *a: [rng.randint(-9, 9) for _ in a], shape)
        enclosed(game, F(9, 10), time_limit=seconds)


def test_certificates_are_read_back() -> None:
    found = payoff_set_sandwich(public_good(), "1/2")
    for certificate in (found.inner_certificate, found.outer_certificate):
        assert certificate is not None
        assert read_certificate(certificate_to_json(certificate)).verify(public_good())
