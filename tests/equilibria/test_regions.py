"""Parameter regions against equilibrium checks at exact points, and against published thresholds."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
import sympy as sp

from gametheory.equilibria import is_nash_equilibrium
from gametheory.equilibria.regions import equilibrium_region
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.symbolic import reals

F = Fraction
x, y = reals("x y")


def is_dominant(game: NormalFormGame, profile: tuple[int, ...], *, strict: bool) -> bool:
    for i, own in enumerate(profile):
        for a in itertools.product(*map(range, game.num_actions)):
            gain = game.payoff(*a)[i] - game.payoff(*a[:i], own, *a[i + 1 :])[i]
            if gain > 0 or (strict and gain == 0 and a[i] != own):
                return False
    return True


def is_strict_nash(game: NormalFormGame, profile: tuple[int, ...]) -> bool:
    return all(
        game.payoff(*profile)[i] > game.payoff(*profile[:i], b, *profile[i + 1 :])[i]
        for i, m in enumerate(game.num_actions)
        for b in range(m)
        if b != profile[i]
    )


def answer(game: NormalFormGame, profile: tuple[int, ...], concept: str) -> bool:
    if concept == "nash":
        return bool(is_nash_equilibrium(game, profile))
    return (
        is_strict_nash(game, profile)
        if concept == "strict nash"
        else is_dominant(game, profile, strict="strictly" in concept)
    )


@pytest.mark.parametrize("concept", ["nash", "strict nash", "dominant", "strictly dominant"])
@pytest.mark.parametrize("seed", range(4))
def test_regions_agree_with_the_game_at_every_point(seed: int, concept) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
    terms = [x, y, x * y, x - y, 2 * x - 1, sp.Integer(1), sp.Integer(0), sp.Rational(1, 2), x**2]
    game = NormalFormGame.from_function(lambda *a: [rng.choice(terms) for _ in sizes], sizes)
    profile = tuple(rng.randrange(m) for m in sizes)
    region = equilibrium_region(game, profile, concept=concept)
    values = [F(-2), F(-1), F(-1, 2), F(0), F(1, 2), F(1), F(3, 2)]
    inside = 0
    for a, b in itertools.product(values, repeat=2):
        point = {name: value for name, value in (("x", a), ("y", b)) if name in map(str, region.parameters)}
        expected = answer(region.game_at(point), profile, concept)
        assert region.holds(point) == expected
        inside += expected
    assert region.extent != "empty" or inside == 0
    assert region.extent != "everywhere" or inside == len(values) ** 2
    for point, expected in ((region.interior, True), (region.member, True), (region.outside, False)):
        if point is not None and all(value.is_Rational for value in point.values()):
            assert answer(region.game_at(point), profile, concept) == expected
            assert region.holds(point) == expected


def test_prisoners_dilemma_with_a_fine() -> None:
    """Cooperation is Nash iff the fine is at least T − R, dominant iff also at least P − S."""
    T, R, P, S, f = reals("T R P S f")
    game = NormalFormGame.symmetric([[R, S], [T - f, P - f]], actions=["C", "D"])
    order = [T > R, R > P, P > S]
    nash = equilibrium_region(game, ("C", "C"), assumptions=order)
    assert nash.conditions == (sp.Ge(R - T + f, 0),)
    assert nash.names == ("Player 1 deviates to D",)  # player 2's condition is the same one
    dominant = equilibrium_region(game, ("C", "C"), concept="dominant", assumptions=order)
    assert set(dominant.conditions) == {sp.Ge(R - T + f, 0), sp.Ge(S - P + f, 0)}
    strictly = equilibrium_region(game, ("D", "D"), concept="strictly dominant", assumptions=[*order, sp.Eq(f, 0)])
    assert (strictly.extent, strictly.conditions, strictly.outside) == ("everywhere", (), None)
    assert nash.extent == "proper"
    assert nash.latex() == sp.latex(R - T + f >= 0)


def test_patience_in_a_repeated_game_has_a_denominator() -> None:
    """Grim trigger or defect once: c/(1−δ) ≥ d + δp/(1−δ) iff δ ≥ (d−c)/(d−p); at δ = 1 nothing is defined."""
    d, c, p, delta = reals("d c p delta")
    game = NormalFormGame([[c / (1 - delta), d + delta * p / (1 - delta)]])
    region = equilibrium_region(game, (0,), assumptions=[d > c, c > p, delta >= 0, delta < 1])
    for numbers in ((5, 3, 1, F(1, 2)), (5, 3, 1, F(49, 100)), (10, 9, 3, F(1, 7)), (10, 9, 3, F(1, 8))):
        threshold = F(numbers[0] - numbers[1]) / (numbers[0] - numbers[2])
        assert region.holds(dict(zip(("d", "c", "p", "delta"), numbers, strict=True))) == (numbers[3] >= threshold)
    free = equilibrium_region(game, (0,))
    assert any(isinstance(condition, sp.Ne) for condition in free.conditions)
    assert not free.holds({"d": 5, "c": 3, "p": 1, "delta": 1})
    with pytest.raises(SpecificationError, match="denominator"):
        free.game_at({"d": 5, "c": 3, "p": 1, "delta": 1})


def test_a_mixed_profile_holds_on_a_thin_set() -> None:
    """Hawk and dove: hawk with probability V/C, so that half of each is an equilibrium iff C = 2V."""
    V, C = reals("V C")
    game = NormalFormGame.symmetric([[(V - C) / 2, V], [0, V / 2]])
    half = [["1/2", "1/2"]] * 2
    region = equilibrium_region(game, half, assumptions=[V > 0])
    assert (region.extent, region.interior) == ("thin", None)
    assert [
        sp.simplify(c.lhs - (C - 2 * V)) == 0 or sp.simplify(c.lhs + (C - 2 * V)) == 0 for c in region.conditions
    ] == [True]
    assert region.holds({"V": 1, "C": 2})
    assert not region.holds({"V": 1, "C": F(2001, 1000)})
    assert bool(is_nash_equilibrium(region.game_at(region.member), half))


def test_empty_and_redundant() -> None:
    pennies = NormalFormGame.zero_sum([[x, -x], [-x, x]])
    assert equilibrium_region(pennies, (0, 0), assumptions=[x > 0]).extent == "empty"
    everywhere = equilibrium_region(pennies, (0, 0))
    assert (everywhere.extent, everywhere.holds({"x": 0}), everywhere.holds({"x": 1})) == ("thin", True, False)
    # 3x against x and 2x: x ≥ 0 says both.
    region = equilibrium_region(NormalFormGame([[3 * x + y**2, x, 2 * x]]), (0,), assumptions=[x > 0])
    assert (region.conditions, region.num_redundant, region.extent) == ((), 2, "everywhere")
    ordered = equilibrium_region(NormalFormGame([[0, x, x - y**2 - 1]]), (0,))
    assert (ordered.conditions, ordered.num_redundant) == ((sp.Ge(-x, 0),), 1)
    constant = equilibrium_region(NormalFormGame([[0, 1, x]]), (0,))
    assert (constant.extent, constant.conditions) == ("empty", (sp.false,))


def test_cases_in_payoffs() -> None:
    game = NormalFormGame([[sp.Max(x, 1 - x), sp.Rational(3, 4)]])
    region = equilibrium_region(game, (0,))
    for value in (F(-1), F(1, 4), F(1, 2), F(3, 4), F(2)):
        assert region.holds({"x": value}) == (max(value, 1 - value) >= F(3, 4))


def test_refusals() -> None:
    game = NormalFormGame([[x, y]])
    with pytest.raises(SpecificationError, match="concept"):
        equilibrium_region(game, (0,), concept="correlated")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="without parameters"):
        equilibrium_region(NormalFormGame([[1, 2]]), (0,))
    with pytest.raises(SpecificationError, match="floats"):
        equilibrium_region(game, ([0.5, 0.5],))
    with pytest.raises(UnsupportedError, match="pure profiles"):
        equilibrium_region(game, (["1/2", "1/2"],), concept="dominant")
    with pytest.raises(SpecificationError, match="hidden assumptions"):
        equilibrium_region(NormalFormGame([[sp.Symbol("z", positive=True), 0]]), (0,))
    with pytest.raises(SpecificationError, match="write a list"):
        equilibrium_region(game, (0,), assumptions=x > 0)
    region = equilibrium_region(game, (0,))
    with pytest.raises(SpecificationError, match="'y' is missing"):
        region.holds({"x": 1})
    with pytest.raises(SpecificationError, match="'z' is unknown"):
        region.holds({"x": 1, "y": 2, "z": 3})


def test_what_a_region_shows() -> None:
    region = equilibrium_region(NormalFormGame([[x, y]], actions=[["stay", "leave"]]), ("stay",))
    data = region.to_dict()
    assert data["conditions"] == {"Player 1 deviates to leave": str(x - y >= 0)}
    assert data["status"] == "proved"
    assert "stay" in repr(region)
    assert len(region.to_frame()) == 1
    assert "&gt;=" in region._repr_html_()
    assert region.statement == (x - y >= 0)


def test_denominators_that_cancel_from_the_gains_still_leave_the_game_undefined() -> None:
    shared = NormalFormGame([[[sp.Max(x, 0) + 1 / y, 1], [1 / y, 0]], [[1, 0], [0, 0]]])
    region = equilibrium_region(shared, (0, 0))
    assert region.conditions == (sp.Ne(y, 0),)
    assert "iff Ne(y, 0)" in repr(region)
    assert region.holds({x: 1, y: 2})
    assert not region.holds({x: 1, y: 0})
    guarded = sp.Piecewise((1 / y, y > 0), (0, True))
    region = equilibrium_region(NormalFormGame([[[x + guarded, 1], [guarded, 0]], [[1, 0], [0, 0]]]), (0, 0))
    assert region.holds({x: 1, y: 0})
    assert region.holds({x: 0, y: 1})
    assert not region.holds({x: -1, y: 0})


def test_a_point_where_a_payoff_jumps_is_not_interior() -> None:
    jump = sp.Piecewise((1, sp.Eq(x, 0)), (-1, True))
    region = equilibrium_region(NormalFormGame([[[jump, 1], [0, 0]], [[1, 0], [0, 0]]]), (0, 0))
    assert (region.extent, region.interior, dict(region.member)) == ("thin", None, {x: 0})
    step = sp.Piecewise((-1, x < 0), (1, True))
    region = equilibrium_region(NormalFormGame([[[step, 1], [0, 0]], [[1, 0], [0, 0]]]), (0, 0))
    assert region.extent == "proper"
    assert region.interior[x] > 0
    assert region.holds({x: 0})
