"""Robust correlated profiles: published games, a second formulation of every programme, and plain enumeration of plans."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.robust_profiles import (
    best_linear,
    best_pure,
    best_weights_on_a_grid,
    blocks,
    damage_rows,
    families,
    linear_rows,
    plans,
    profiles,
)

from gametheory.certificates import RobustBoundCertificate, read_certificate, verify_certificate
from gametheory.certificates.blocking_plans import violations
from gametheory.certificates.joint_plans import RobustnessNotion, profile_weights
from gametheory.collusion import RobustDesign, is_resilient, largest_robust_size, robust_correlated_equilibrium
from gametheory.collusion.robust_blocking import WeightsOracle
from gametheory.collusion.robust_cuts import CuttingPlanes
from gametheory.equilibria import correlated_equilibrium
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, coalitions

RULES = ("all", "some", "any", "transfer")
CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["dove", "hawk"]] * 2)
DILEMMA = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
STAG_HUNT = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=[["stag", "hare"]] * 2)


def attempt(game: NormalFormGame, **options: Any) -> RobustDesign | None:
    """The design, re-checked from its JSON; ``None`` if none exists, which is re-checked too."""
    refusal = None
    try:
        found = robust_correlated_equilibrium(game, **options)
    except InfeasibleError as error:
        refusal = error.certificate
    if refusal is not None:
        assert refusal.bound is None
        assert read_certificate(json.dumps(refusal.to_dict())).verify(game)
        return None
    reread = read_certificate(json.dumps(found.certificate.to_dict()))
    assert isinstance(reread, RobustBoundCertificate)
    assert verify_certificate(reread, game).status == "verified"
    assert found.lower <= found.upper
    return found


def zero_one(n: int) -> NormalFormGame:
    """All 0 pays 1 each, exactly two 1s pay those two 2 (Abraham, Dolev, Gonen and Halpern 2006)."""

    def payoff(*a: int) -> tuple[int, ...]:
        if sum(a) == 0:
            return (1,) * n
        return tuple(2 * x for x in a) if sum(a) == 2 else (0,) * n

    return NormalFormGame.from_function(payoff, [2] * n, actions=[["0", "1"]] * n)


def bargaining(n: int) -> NormalFormGame:
    """All stay: 2 each; else who leaves gets 1, who stays 0 (Abraham, Dolev, Gonen and Halpern 2006)."""
    return NormalFormGame.from_function(
        lambda *a: (2,) * n if sum(a) == 0 else a, [2] * n, actions=[["stay", "leave"]] * n
    )


# -- published games -----------------------------------------------------------------------------------------------------


def test_alone_it_is_the_best_correlated_equilibrium() -> None:
    for rule in RULES:
        found = attempt(CHICKEN, size=1, blocking=rule)
        assert found is not None
        assert found.value == correlated_equilibrium(CHICKEN).value == F(21, 2)
        assert found.attained


def test_prisoners_withstand_no_pair_and_the_proof_names_it() -> None:
    # Only (D, D) is a correlated equilibrium, as C is strictly dominated, and both gain by leaving it together.
    for rule, coordination, timing in itertools.product(RULES, ("pure", "correlated"), ("ex_ante", "interim")):
        with pytest.raises(
            InfeasibleError, match=r"coalition \{Player 1, Player 2\} plays \(.*\) when told \(D, D\)"
        ) as no:
            robust_correlated_equilibrium(DILEMMA, size=2, blocking=rule, coordination=coordination, timing=timing)
        assert no.value.certificate.verify(DILEMMA)
        if rule in ("all", "some") and coordination == "pure":
            blamed = {d.deviation.members for d in no.value.certificate.nodes[0].terms}
            assert (0, 1) in blamed
    found = largest_robust_size(DILEMMA, blocking="all")
    assert (int(found), found.certificate.bound) == (1, None)
    assert found.design is not None
    assert found.design.decision == {"D, D": 1}


def test_chicken_against_the_pair() -> None:
    payoffs = {a: tuple(int(x) for x in CHICKEN.payoffs[(slice(None), *a)]) for a in profiles((2, 2))}
    options: Any = {"faulty": 0, "blocking": "all", "objective": welfare(payoffs)}
    for timing, value in (("ex_ante", F(48, 5)), ("interim", F(21, 2))):
        pure = attempt(CHICKEN, size=2, blocking="all", timing=timing)
        assert pure is not None
        assert (pure.value, pure.attained) == (value, True)
        assert best_pure(payoffs, (2, 2), 2, timing=timing, **options) == pytest.approx(float(value), abs=1e-6)
    # Interim shared randomness changes nothing: what is told without a crash cannot be improved upon for both. Ex ante it
    # leaves 9: for weights w on the first player, the best profile that no plan betters is worth 9 or less.
    interim = attempt(CHICKEN, size=2, blocking="all", coordination="correlated", timing="interim")
    assert interim is not None
    assert interim.value == F(21, 2)
    mixed = attempt(CHICKEN, size=2, blocking="all", coordination="correlated")
    assert mixed is not None
    assert mixed.value == 9
    grid = best_weights_on_a_grid(payoffs, (2, 2), welfare(payoffs), timing="ex_ante", points=60)
    assert grid == pytest.approx(9, abs=1e-6)
    # "some" is not closed: the same supremum, approached.
    some = attempt(CHICKEN, size=2, blocking="some")
    assert some is not None
    assert (some.upper, some.attained) == (F(48, 5), False)
    assert F(48, 5) - F(1, 10**4) < some.lower < F(48, 5)
    assert "supremum" in repr(some)
    assert attempt(CHICKEN, size=2, blocking="any") is None
    assert attempt(CHICKEN, size=2, blocking="transfer") is None


def test_the_equilibria_of_chicken_with_a_crash_never_recommended_are_blocked() -> None:
    # Half (dove, dove): the pair gains 3/4 each by always playing dove; with a third each of the crash-free outcomes, 1 each.
    half = {(0, 0): F(1, 2), (0, 1): F(1, 4), (1, 0): F(1, 4)}
    third = dict.fromkeys(half, F(1, 3))
    payoffs = {a: tuple(int(x) for x in CHICKEN.payoffs[(slice(None), *a)]) for a in profiles((2, 2))}
    for mu, margin in ((half, F(3, 4)), (third, F(1))):
        always_dove = [sum(p * (6 - payoffs[a][i]) for a, p in mu.items()) for i in (0, 1)]
        assert always_dove == [margin, margin]
        assert blocks(payoffs, (2, 2), mu, (0, 1), blocking="all", coordination="pure", timing="ex_ante")


@pytest.mark.parametrize("n", [3, 4])
def test_two_ones_are_worth_two_to_pairs(n: int) -> None:
    game = zero_one(n)
    # All 0 is a correlated equilibrium that every pair blocks. Recommending two 1s pays 4 in all and helps no other pair
    # without hurting a member; together with a third player it can do better for nobody.
    best = attempt(game, size=2, blocking="all")
    assert best is not None
    assert best.value == 4
    assert int(largest_robust_size(game, blocking="all", timing="interim")) == n
    # Under "any" only all 1s may be left, where no pair can make itself the only two (of three players: it can).
    strong = attempt(game, size=2, blocking="any")
    assert (strong is None) == (n == 3)
    assert strong is None or strong.decision == {", ".join(["1"] * n): 1}


@pytest.mark.parametrize("n", [3, 4])
def test_bargaining_is_resilient_and_not_immune(n: int) -> None:
    game = bargaining(n)
    found = attempt(game, size=n, blocking="any")
    assert found is not None
    assert (found.value, found.decision) == (2 * n, {", ".join(["stay"] * n): 1})
    # Whoever leaves costs the others 2. When all leave, nobody depends on anybody: (1, 1)-robust, for 1 each.
    robust = attempt(game, size=1, faulty=1, blocking="any")
    assert robust is not None
    assert robust.value == n
    assert robust.decision == {", ".join(["leave"] * n): 1}


def test_bernheim_peleg_whinston() -> None:
    # Bernheim, Peleg and Whinston (1987): (A1, B1, C1) pays (0, 0, 10), (A2, B2, C2) pays (-1, -1, 5), A and B leave it for
    # (A2, B2) with C1, and all leave (A2, B2, C2).
    table = {
        (0, 0, 0): (0, 0, 10), (0, 1, 0): (-5, -5, 0), (1, 0, 0): (-5, -5, 0), (1, 1, 0): (1, 1, -5),
        (0, 0, 1): (-2, -2, 0), (0, 1, 1): (-5, -5, 0), (1, 0, 1): (-5, -5, 0), (1, 1, 1): (-1, -1, 5),
    }  # fmt: skip
    game = NormalFormGame.from_function(lambda *a: table[a], [2, 2, 2])
    for coordination, timing in itertools.product(("pure", "correlated"), ("ex_ante", "interim")):
        found = largest_robust_size(game, blocking="all", coordination=coordination, timing=timing)
        assert found.lower == found.upper
        pair = attempt(game, size=2, blocking="all", coordination=coordination, timing=timing)
        expected = best_pure(table, (2, 2, 2), 2, faulty=0, blocking="all", timing="interim", objective=welfare(table))
        if timing == "interim" and coordination == "pure":
            assert (pair is None) == (expected is None)
            assert pair is None or float(pair) == pytest.approx(expected, abs=1e-6)


def welfare(payoffs: dict[tuple[int, ...], tuple[int, ...]]) -> list[int]:
    return [sum(payoffs[a]) for a in sorted(payoffs)]


def test_stag_hunters_withstand_everything_but_a_faulty_one() -> None:
    for rule in RULES:
        found = largest_robust_size(STAG_HUNT, blocking=rule)
        assert (int(found), found.certificate) == (2, None)
        # Two hares are immune to each other, but whoever knows that the other hunts stag by mistake gains by joining.
        none = largest_robust_size(STAG_HUNT, blocking=rule, faulty=1)
        assert int(none) == 0
        assert none.design is None
        assert none.certificate is not None
        assert any("faulty" in name for name in none.certificate.blamed)


# -- brute force ---------------------------------------------------------------------------------------------------------


def random_payoffs(rng: random.Random, sizes: tuple[int, ...], high: int) -> dict[tuple[int, ...], tuple[int, ...]]:
    return {a: tuple(rng.randint(0, high) for _ in sizes) for a in profiles(sizes)}


def game_of(payoffs: dict[tuple[int, ...], tuple[int, ...]], sizes: tuple[int, ...]) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *a: payoffs[a], list(sizes))


def check_linear(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 3), (3, 3), (2, 2, 2)])
    payoffs = random_payoffs(rng, sizes, rng.choice([1, 2, 5, 9]))
    game, n = game_of(payoffs, sizes), len(sizes)
    faulty = rng.choice([0, 1]) if max(sizes) < 3 else 0
    size = rng.randint(1, n)
    for rule in ("any", "transfer"):
        found = attempt(game, size=size, blocking=rule, faulty=faulty)
        expected = best_linear(welfare(payoffs), linear_rows(payoffs, sizes, size, faulty, rule))
        assert (found is None) == (expected is None)
        if found is not None:
            assert float(found) == pytest.approx(expected, abs=1e-6)
            assert found.attained


def check_disjunctive(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 2), (2, 3), (2, 2, 2)])
    payoffs = random_payoffs(rng, sizes, rng.choice([1, 2, 5, 9]))
    game, n = game_of(payoffs, sizes), len(sizes)
    size, faulty, objective = rng.randint(2, n), rng.choice([0, 0, 1]), welfare(payoffs)
    for rule, timing in itertools.product(("all", "some"), ("interim", "ex_ante")):
        found = attempt(game, size=size, blocking=rule, timing=timing, faulty=faulty, faulty_play="pure")
        if timing == "interim" or sizes == (2, 2):
            margin = 1e-5 if rule == "some" else 0.0
            expected = best_pure(
                payoffs, sizes, size, faulty=faulty, blocking=rule, timing=timing, objective=objective, margin=margin
            )
            if rule == "all":
                assert (found is None) == (expected is None)
            if expected is not None:
                assert found is not None
                assert float(found.upper) == pytest.approx(expected, abs=1e-5 if rule == "all" else 1e-2)
        check_profile(payoffs, sizes, found, size, faulty, rule, "pure", timing)
        mixed = attempt_open(game, size=size, blocking=rule, timing=timing, coordination="correlated", max_nodes=60)
        check_profile(payoffs, sizes, mixed, size, 0, rule, "correlated", timing)
        if mixed is not None and faulty == 0:  # what withstands randomised plans withstands pure ones
            assert found is not None
            assert mixed.lower <= found.upper


def attempt_open(game: NormalFormGame, **options: Any) -> RobustDesign | None:
    """As :func:`attempt`; ``None`` also where the search was stopped, which happens under "some" with weights only."""
    try:
        return attempt(game, **options)
    except SolverError as error:
        best = error.best
    assert best.verify(game)
    assert options["blocking"] == "some"
    return None


def check_profile(
    payoffs: Any,
    sizes: Any,
    found: RobustDesign | None,
    size: int,
    faulty: int,
    rule: str,
    coordination: str,
    timing: str,
) -> None:
    """Three judges: enumeration of plans, the chapter's predicate, and (in :func:`attempt`) the certificate."""
    if found is None:
        return
    options: Any = {"blocking": rule, "coordination": coordination, "timing": timing}
    assert is_resilient(found.game, found.exact_profile, size, **options).status == "yes"
    mu = {a: found.exact_profile[a] for a in profiles(sizes) if found.exact_profile[a]}
    for members, bad in families(len(sizes), size, faulty):
        if timing == "ex_ante" and coordination == "pure" and len(members) == 3:
            continue  # 8^8 plans
        if timing == "ex_ante" and coordination == "pure" and sizes == (2, 3) and len(members) == 2:
            continue  # 6^6 plans
        for plan in plans(sizes, bad) if bad else [{}]:
            assert not blocks(payoffs, sizes, mu, members, **options, faulty=bad, faulty_plan=plan)
    for row in damage_rows(payoffs, sizes, faulty):
        assert sum(mu.get(a, 0) * x for a, x in zip(profiles(sizes), row, strict=True)) <= 0


@pytest.mark.parametrize("seed", range(12))
def test_linear_rules_against_a_second_formulation(seed: int) -> None:
    check_linear(seed)


@pytest.mark.parametrize("seed", range(4))
def test_all_and_some_against_enumeration(seed: int) -> None:
    check_disjunctive(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 250))
def test_linear_rules_on_many_games(seed: int) -> None:
    check_linear(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_all_and_some_on_many_games(seed: int) -> None:
    check_disjunctive(seed)


@pytest.mark.parametrize("seed", [3, 11])
def test_no_weights_on_a_grid_are_better(seed: int) -> None:
    rng = random.Random(seed)
    payoffs = random_payoffs(rng, (2, 3), 9)
    found = attempt(game_of(payoffs, (2, 3)), size=2, blocking="all", coordination="correlated")
    best = best_weights_on_a_grid(payoffs, (2, 3), welfare(payoffs), timing="ex_ante", points=40)
    assert best is None or (found is not None and best <= float(found.upper) + 1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_the_verifier_and_the_predicate_agree_on_any_profile(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
    payoffs = random_payoffs(rng, sizes, 3)
    game, n = game_of(payoffs, sizes), len(sizes)
    places = rng.sample(profiles(sizes), rng.randint(1, 3))
    shares = [rng.randint(1, 4) for _ in places]
    mu = tuple(sorted((a, F(x, sum(shares))) for a, x in zip(places, shares, strict=True)))
    distribution = np.full(sizes, F(0), dtype=object)
    for a, p in mu:
        distribution[a] = p
    family = coalitions(n)
    for rule, coordination, timing in itertools.product(RULES, ("pure", "correlated"), ("ex_ante", "interim")):
        rules: Any = {"blocking": rule, "coordination": coordination, "timing": timing}
        question = RobustnessNotion(coalitions=family, faulty=0, faulty_play="pure", **rules)
        oracle = WeightsOracle(game, rule)
        blocked = any(True for _ in violations(game, profile_weights(game, mu)[0], question, oracle.answer))
        assert blocked == (is_resilient(game, distribution, n, **rules).status == "no")


# -- theorems ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 3])
def test_values_nest(seed: int) -> None:
    rng = random.Random(seed)
    payoffs = random_payoffs(rng, (2, 2, 2), 4)
    game = game_of(payoffs, (2, 2, 2))

    def value(**options: Any) -> Any:
        found = attempt(game, **options)
        return None if found is None else found.upper

    def at_most(small: Any, large: Any) -> bool:
        return small is None or (large is not None and small <= large)

    by_rule = {rule: [value(size=k, blocking=rule, timing="interim") for k in (1, 2, 3)] for rule in RULES}
    for values in by_rule.values():
        assert at_most(values[1], values[0])
        assert at_most(values[2], values[1])
    for k in range(3):
        assert at_most(by_rule["any"][k], by_rule["transfer"][k])
        assert at_most(by_rule["transfer"][k], by_rule["some"][k])
        assert at_most(by_rule["some"][k], by_rule["all"][k])
    assert at_most(value(size=2, blocking="any", faulty=1), by_rule["any"][1])
    # Fewer coalitions, less to withstand; a path of three players has two pairs.
    assert at_most(by_rule["all"][1], value(size=2, blocking="all", timing="interim", connected=[(0, 1), (1, 2)]))
    assert value(size=3, blocking="all", timing="interim", coalitions=[]) == by_rule["all"][0]


def test_relabelling_and_units_change_nothing() -> None:
    rng = random.Random(5)
    payoffs = random_payoffs(rng, (2, 2, 2), 6)
    game = game_of(payoffs, (2, 2, 2))
    swapped = game_of({(c, a, b): (z, x, y) for (a, b, c), (x, y, z) in payoffs.items()}, (2, 2, 2))
    scaled = game_of({a: (2 * x + 1, 3 * y, z - 4) for a, (x, y, z) in payoffs.items()}, (2, 2, 2))
    objective = np.arange(8).reshape(2, 2, 2) % 5
    for rule in RULES:
        base, other = (
            attempt(g, size=2, blocking=rule, timing="interim", objective=o)
            for g, o in ((game, objective), (swapped, objective.transpose(2, 0, 1)))
        )
        assert (base is None) == (other is None)
        assert base is None or other is None or base.upper == other.upper
        if rule != "transfer":
            units = attempt(scaled, size=2, blocking=rule, timing="interim", objective=objective)
            assert (base is None) == (units is None)
            assert base is None or units is None or base.upper == units.upper


def test_shadow_prices_say_what_a_unit_of_gain_is_worth() -> None:
    found = attempt(CHICKEN, size=1, blocking="any")
    assert found is not None
    base = found.binding["Player 1 plays hawk when told dove, for Player 1"] if len(found.binding) < 2 else None
    assert set(found.binding) == {f"Player {i} plays hawk when told dove" for i in (1, 2)} or base is not None
    # By duality: relax both rows by e, and the programme of the oracle gains the sum of the prices times e.
    payoffs = {a: tuple(int(x) for x in CHICKEN.payoffs[(slice(None), *a)]) for a in profiles((2, 2))}
    rows = linear_rows(payoffs, (2, 2), 1, 0, "any")
    e = 1e-3
    relaxed = best_linear(welfare(payoffs), [[x - e for x in row] for row in rows])
    assert relaxed is not None
    assert relaxed - 10.5 == pytest.approx(e * float(sum(found.binding.values())), rel=1e-6)


# -- objectives, floats, limits ------------------------------------------------------------------------------------------


def test_objectives() -> None:
    fair = attempt(CHICKEN, size=1, blocking="any", objective="fairness")
    assert fair is not None
    assert fair.value == F(21, 4)
    assert min(fair.payoffs) == F(21, 4)
    mine = attempt(CHICKEN, size=1, blocking="any", objective="Player 1")
    assert mine is not None
    assert mine.value == 7
    least = attempt(CHICKEN, size=1, blocking="any", objective=0, sense="min")
    assert least is not None
    assert least.value == 2
    crash = attempt(CHICKEN, size=1, blocking="any", objective=[[0, 0], [0, 1]])
    assert crash is not None
    table = {a: tuple(int(x) for x in CHICKEN.payoffs[(slice(None), *a)]) for a in profiles((2, 2))}
    assert float(crash) == pytest.approx(best_linear([0, 0, 0, 1], linear_rows(table, (2, 2), 1, 0, "any")))
    pair = attempt(CHICKEN, size=2, blocking="all", objective="fairness", coordination="correlated")
    assert pair is not None
    assert pair.lower <= min(pair.payoffs)


def test_a_float_game_is_a_rational_one() -> None:
    game = NormalFormGame.from_bimatrix([[6.1, 2.0], [7.3, 0.0]], [[6.1, 7.3], [2.0, 0.0]])
    found = attempt(game, size=2, blocking="all")
    assert found is not None
    assert isinstance(found.value, float)
    assert found.profile.dtype == np.float64
    assert sum(found.exact_profile.flat) == 1
    assert found.value == float(found.lower)


def test_a_stopped_search_brackets() -> None:
    # The best profile against transfers comes first, and the root bounds the rest.
    game = NormalFormGame.from_function(
        lambda *a: [(2, 2, 9), (6, 0, 3), (0, 6, 3), (1, 1, 0)][2 * a[0] + a[1]], [2, 2, 1]
    )
    whole = robust_correlated_equilibrium(game, size=2, blocking="all")
    for nodes in (1, 3):
        try:
            found = robust_correlated_equilibrium(game, size=2, blocking="all", max_nodes=nodes)
        except SolverError as error:
            bound = error.best.bound
        else:
            bound = found.upper
            assert found.lower <= whole.lower
        assert bound >= whole.upper
    with pytest.raises(SolverError) as stopped:
        robust_correlated_equilibrium(CHICKEN, size=2, blocking="all", time_limit=0)
    assert stopped.value.status == "time limit"
    assert stopped.value.best.verify(CHICKEN)
    assert stopped.value.best.bound == 12


@pytest.mark.parametrize(("blocking", "coordination"), [("some", "pure"), ("all", "correlated")])
def test_whenever_it_is_stopped_the_bound_holds(
    blocking: Any, coordination: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    supremum = F(48, 5) if coordination == "pure" else F(9)
    relaxed, left = CuttingPlanes.relaxed, [0]

    def interrupted(self: CuttingPlanes, *given: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise SolverError("the time is up", status="time limit")
        return relaxed(self, *given)

    monkeypatch.setattr(CuttingPlanes, "relaxed", interrupted)
    for calls in range(0, 24, 2):
        left[0] = calls
        try:
            found = robust_correlated_equilibrium(CHICKEN, size=2, blocking=blocking, coordination=coordination)
        except SolverError as error:
            certificate = error.best
        else:
            certificate = found.certificate
            assert found.lower <= supremum
        assert certificate.verify(CHICKEN)
        assert certificate.bound >= supremum


def test_faulty_players_who_mix_matter_under_all() -> None:
    # Players 0 and 1 who both move get (3, -1) or (-1, 3), as player 2 pleases: only a mixture makes it worth it for both.
    # Who moves alone loses 5 and helps the other, so that nothing else tempts or hurts anybody at (0, 0).
    def payoff(a: int, b: int, c: int) -> tuple[int, int, int]:
        if (a, b) == (1, 1):
            return (3, -1, 0) if c == 0 else (-1, 3, 0)
        return (-5 * a + 4 * b, -5 * b + 4 * a, 0)

    game = NormalFormGame.from_function(payoff, [2, 2, 2])
    stay = np.zeros((2, 2, 2), dtype=int)
    stay[0, 0] = 1
    for timing in ("ex_ante", "interim"):
        options: Any = {"size": 2, "faulty": 1, "blocking": "all", "objective": stay, "timing": timing}
        fixed = attempt(game, faulty_play="pure", **options)
        assert fixed is not None
        assert fixed.value == 1
        mixing = attempt(game, faulty_play="correlated", **options)
        assert mixing is None or mixing.upper < 1


def test_what_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="independent"):
        robust_correlated_equilibrium(CHICKEN, size=2, blocking="all", coordination="independent")
    assert attempt(STAG_HUNT, size=2, blocking="any", coordination="independent") is not None
    with pytest.raises(UnsupportedError, match="multiply"):
        robust_correlated_equilibrium(zero_one(3), size=2, faulty=1, blocking="all", coordination="correlated")
    bad: list[dict[str, Any]] = [
        {"size": 0}, {"size": 3}, {"size": True}, {"faulty": 2}, {"blocking": "none"}, {"timing": "later"}, {"gap": 0},
        {"gap": float("nan")}, {"objective": "fun"}, {"objective": [1, 2, 3]}, {"sense": "best"}, {"max_nodes": 0},
        {"time_limit": -1}, {"objective": "fairness", "sense": "min"}, {"coalitions": [[0, 7]]},
    ]  # fmt: skip
    for change in bad:
        options: dict[str, Any] = {"size": 2, "blocking": "all", **change}
        with pytest.raises(SpecificationError):
            robust_correlated_equilibrium(CHICKEN, **options)


def test_results_are_values() -> None:
    one, two = (robust_correlated_equilibrium(STAG_HUNT, size=2, blocking="any") for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert "certified" in repr(one)
    data = json.loads(json.dumps(one.to_dict()))
    assert (data["value"], data["upper"], data["decision"]) == ("8", "8", {"stag, stag": "1"})
    assert list(one.to_frame()["profile"]) == ["stag, stag"]
    named = NormalFormGame.from_bimatrix([[1]], [[1]], players=("<b>", "&"), actions=[["<i>"], ["x"]])
    assert "<b>" not in robust_correlated_equilibrium(named, size=2, blocking="any", objective="<b>")._repr_html_()
    size = largest_robust_size(STAG_HUNT, blocking="any")
    assert json.dumps(size.to_dict())
    assert "certified" in repr(size)
