"""Security games: published numbers, every route against every other and against brute force, theorems, lies."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from oracles.polytopes import maximum, simplex
from oracles.security_games import affine, at, best_coverage, box, covered_sets, mixtures_of, strong_payoff, within
from seeds import seeds

from gametheory.arithmetic import RationalArray
from gametheory.audit.evidence import row_builders
from gametheory.certificates import CoverageCertificate, read_certificate, verify_certificate
from gametheory.equilibria import stackelberg_equilibrium
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.optimize import solve_exact
from gametheory.oversight import (
    SecurityGame,
    coverage_payoff,
    coverage_regret,
    implementing_strategy,
    is_optimal_coverage,
    optimal_coverage,
    security_game_in_normal_form,
)
from gametheory.oversight.coverage_design import _weak
from gametheory.oversight.coverage_programmes import security_game_programme

FIVE = SecurityGame([1, 2, 1, 0, 1], [-5, -6, -2, -1, -1], [-1, -2, -1, -3, -1], [5, 4, 3, 2, 1], num_resources=2)
METHODS = ("water_filling", "linear_programmes", "integer_programme")


def random_game(
    rng: random.Random, *, targets: int, resources: int | None = None, types: int = 1, free: bool = False
) -> Any:
    """Payoffs from a few integers, so that ties abound; ``free``: covering may help the attacker or hurt the defender."""

    def table(low: int, high: int) -> list[list[int]]:
        return [[rng.randint(low, high) for _ in range(targets)] for _ in range(types)]

    ranges = [(-3, 3)] * 4 if free else [(0, 3), (-4, 0), (-4, 0), (1, 4)]
    prior = None if types == 1 else [Fraction(1, types)] * types
    return SecurityGame(*(table(*r) for r in ranges), num_resources=resources or rng.randint(1, 2), prior=prior)


def lines(game: SecurityGame) -> tuple[Any, Any]:
    size = game.num_targets

    def rows(covered: Any, uncovered: Any) -> Any:
        return [
            [affine(c, u, t, size) for t, (c, u) in enumerate(zip(a, b, strict=True))]
            for a, b in zip(covered, uncovered, strict=True)
        ]

    attack = rows(game.attacker_covered, game.attacker_uncovered)
    return attack, rows(game.defender_covered, game.defender_uncovered)


def check(game: SecurityGame, design: Any) -> None:
    """What a strong design says holds: value, replies, a mixture that carries it out, a certificate to be verified anywhere."""
    found = design.decision
    attack, defence = lines(game)
    assert strong_payoff(attack, defence, game.prior, found.probabilities) == design.value
    for k, chosen in enumerate(found.attacked):
        payoffs = [at(line, found.probabilities) for line in attack[k]]
        assert payoffs[chosen] == max(payoffs) == found.attacker_payoffs[k]
        assert found.best_replies[k] == tuple(t for t, u in enumerate(payoffs) if u == max(payoffs))
    mixture = implementing_strategy(game, found.probabilities)
    assert sum(p for p, _ in mixture) == 1
    for t, name in enumerate(game.targets):
        covered = sum((p for p, a in mixture if any(name in s for s in a.values())), Fraction(0))
        assert covered == found.probabilities[t]
    written = json.loads(json.dumps(design.certificate.to_dict()))
    assert verify_certificate(read_certificate(written), row_builders=row_builders()).status == "verified"


def test_five_targets() -> None:
    """Three routes, and the game against ten pure schedules, agree with the closed form worked out by hand."""
    expected = [Fraction(x) for x in ("158/231", "239/462", "81/154", "17/77", "4/77")]
    for method in METHODS:
        design = optimal_coverage(FIVE, method=method)  # type: ignore[arg-type]
        assert (design.value, design.decision.attacker_payoffs) == (Fraction(-65, 154), (Fraction(69, 77),))
        assert list(design.decision.probabilities) == expected
        assert design.profile == {"attacker": "target 3"}
        check(FIVE, design)
    ten = SecurityGame.from_dict(
        {**FIVE.to_dict(), "schedules": [list(combinations(range(5), 2))], "resources": ["pair"]}
        | {"num_resources": None}
    )
    assert ten.form == "overlapping"
    design = optimal_coverage(ten)
    assert design.value == Fraction(-65, 154)
    check(ten, design)
    assert stackelberg_equilibrium(security_game_in_normal_form(FIVE)).exact_value == Fraction(-65, 154)


def test_the_price_is_a_derivative() -> None:
    """A hundred copies of every target with 201 resources are worth as much as 2.01 resources for one copy."""
    design = optimal_coverage(FIVE)
    assert dict(design.binding) == dict(optimal_coverage(FIVE, method="linear_programmes").binding)
    tables = (FIVE.defender_covered, FIVE.defender_uncovered, FIVE.attacker_covered, FIVE.attacker_uncovered)
    for extra in (1, -1):
        copies = SecurityGame(*(table[0] * 100 for table in tables), num_resources=200 + extra)
        moved = optimal_coverage(copies).value - design.value
        assert moved == extra * design.decision.resource_price / 100


@pytest.mark.parametrize("seed", seeds(24, slow=220))
def test_all_routes_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng, targets=rng.randint(1, 3), free=seed % 2 == 1)
    attack, defence = lines(game)
    m, size = game.num_resources, game.num_targets
    truth = best_coverage(attack, defence, game.prior, box(size, m), lambda c: within(c, m))
    for method in METHODS[1 if seed % 2 else 0 :]:
        design = optimal_coverage(game, method=method)  # type: ignore[arg-type]
        assert design.value == truth
        check(game, design)
    assert optimal_coverage(game).value == truth


@pytest.mark.parametrize("seed", seeds(10, slow=60))
def test_several_types(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng, targets=rng.randint(2, 3), types=2, free=bool(seed % 2))
    attack, defence = lines(game)
    m = game.num_resources
    truth = best_coverage(attack, defence, game.prior, box(game.num_targets, m), lambda c: within(c, m))
    for method in METHODS[1:]:
        design = optimal_coverage(game, method=method)  # type: ignore[arg-type]
        assert design.value == truth
        check(game, design)
    with pytest.raises(UnsupportedError, match="2 types"):
        optimal_coverage(game, method="water_filling")
    with pytest.raises(UnsupportedError, match="one type"):
        optimal_coverage(game, ties="weak")


@pytest.mark.parametrize("seed", seeds(15, slow=80))
def test_schedules(seed: int) -> None:
    """Against linear programmes over the simplex of the pure assignments' coverages, vertex by vertex."""
    rng = random.Random(seed)
    base = random_game(rng, targets=3, resources=1, free=bool(seed % 2))
    sets = [[0], [1], [2]] if seed % 3 == 0 else [[0], [1, 2], [0, 1], [0, 1, 2], [2]]
    schedules = [rng.sample(sets, rng.randint(1, 2)) for _ in range(rng.randint(1, 2))]
    data = {k: v for k, v in base.to_dict().items() if k != "num_resources"}
    game = SecurityGame(**data, schedules=schedules)
    coverages = mixtures_of(covered_sets(schedules), 3)
    attack, defence = lines(game)
    truth = []
    equations, inequalities = simplex(len(coverages))
    for t in range(3):
        rows = [[at(attack[0][t], c) - at(attack[0][s], c) for c in coverages] for s in range(3) if s != t]
        gains = [at(defence[0][t], c) for c in coverages]
        truth.append(maximum(gains, equations, [*inequalities, *((row, 0) for row in rows)]))
    for method in METHODS[1:]:
        design = optimal_coverage(game, method=method)  # type: ignore[arg-type]
        assert design.value == max(x for x in truth if x is not None)
        check(game, design)


def test_forms_of_coverage() -> None:
    zero = [[0] * 4] * 4

    def form(*schedules: Any) -> str:
        return SecurityGame(*zero, schedules=list(schedules)).form

    assert form([[0, 1], [2]], [[2], [3]]) == "disjoint"
    assert form([[0, 1]], [[1, 2]]) == "overlapping"
    assert SecurityGame(*zero, num_resources=2).form == "interchangeable"


def test_marginals_that_cannot_be_carried_out_are_refused() -> None:
    """Korzhyk, Conitzer and Parr 2010: schedules {1, 2}, {2, 3}, {1, 3} and one resource; each target half of the time needs
    3/2 targets on average at two per schedule: 3/4 of the time busy is enough for the marginals, and indeed it can be done; two
    thirds for each would need the resource all the time, more cannot."""
    game = SecurityGame(*[[0] * 3] * 4, schedules=[[[0, 1], [1, 2], [0, 2]]])
    assert sum(p for p, a in implementing_strategy(game, ["2/3"] * 3) if a) == 1
    with pytest.raises(InfeasibleError) as caught:
        implementing_strategy(game, ["7/10"] * 3)
    certificate = read_certificate(json.loads(json.dumps(caught.value.certificate.to_dict())))
    assert verify_certificate(certificate, row_builders=row_builders()).status == "verified"
    with pytest.raises(InfeasibleError):
        coverage_regret(game, ["7/10"] * 3)
    assert is_optimal_coverage(game, ["7/10"] * 3).witness == "cannot be carried out"
    apart = SecurityGame(*[[0] * 3] * 4, schedules=[[[0], [1]], [[0], [1]]])
    assert len(implementing_strategy(apart, [1, 1, 0])) == 1
    with pytest.raises(InfeasibleError):
        implementing_strategy(apart, [1, 1, "1/10"])


@pytest.mark.parametrize("seed", range(30))
def test_matchings_carry_out_every_coverage_of_disjoint_schedules(seed: int) -> None:
    """A random mixture of assignments has a coverage; some mixture is found again."""
    rng = random.Random(seed)
    schedules = [rng.sample([[0], [1, 2], [3], [4, 5]], rng.randint(1, 4)) for _ in range(rng.randint(1, 3))]
    game = SecurityGame(*[[0] * 6] * 4, schedules=schedules)
    weights = [rng.randint(1, 5) for _ in range(3)]
    coverage = [Fraction(0)] * 6
    for w in weights:
        for t in {t for listed in schedules for t in (rng.choice([(), *map(tuple, listed)]))}:
            coverage[t] += Fraction(w, sum(weights))
    assert game.form == "disjoint"
    mixture = implementing_strategy(game, coverage)
    assert sum(p for p, _ in mixture) == 1
    for t, name in enumerate(game.targets):
        assert sum((p for p, a in mixture if any(name in s for s in a.values())), Fraction(0)) == coverage[t]
    for _, assignment in mixture:
        for resource, covered in assignment.items():
            own = schedules[game.resources.index(resource)]
            assert {game.targets.index(t) for t in covered} in map(set, own)


@pytest.mark.parametrize("seed", range(24))
def test_ties_against_the_defender(seed: int) -> None:
    """Water filling and the commitment solver on the normal form agree, also on whether the supremum is attained."""
    rng = random.Random(seed)
    game = random_game(rng, targets=rng.randint(2, 4))
    epsilon = Fraction(1, 50)
    weak, other = optimal_coverage(game, ties="weak", epsilon=epsilon), _weak(game, epsilon)
    assert (weak.value, weak.attained) == (other.value, other.attained)
    assert weak.value <= optimal_coverage(game).value
    for design in (weak, other):
        shortfall = weak.value - coverage_payoff(game, design.decision.probabilities, ties="weak")
        assert 0 <= shortfall <= (0 if design.attained else epsilon)
    rng_points = [[Fraction(rng.randint(0, 6), 6) for _ in range(game.num_targets)] for _ in range(20)]
    for c in rng_points:
        if sum(c) <= game.num_resources:
            assert coverage_payoff(game, c, ties="weak") <= weak.value


def test_a_target_at_the_level_counts_only_with_favourable_ties() -> None:
    """One resource for u = (2, 2, 1) holds the attacker to 1, where the third target is a best reply, not covered at all."""
    game = SecurityGame([0, 0, 0], [-9, -9, -1], [0, 0, 0], [2, 2, 1], num_resources=1)
    strong = optimal_coverage(game)
    assert (strong.value, strong.profile, strong.decision.probabilities[2]) == (-1, {"attacker": "target 3"}, 0)
    weak = optimal_coverage(game, ties="weak")
    assert (weak.value, weak.attained) == (Fraction(-9, 2), True)
    assert optimal_coverage(game, method="linear_programmes").value == -1


@pytest.mark.parametrize("seed", range(8))
def test_more_resources_never_hurt(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng, targets=4, resources=1, free=seed % 3 == 0)
    values = []
    for m in range(1, 5):
        more = SecurityGame(**{**game.to_dict(), "num_resources": m})
        values.append(optimal_coverage(more).value)
    assert values == sorted(values)
    wider = {k: v for k, v in game.to_dict().items() if k != "num_resources"}
    listed: list[list[int]] = []
    found = []
    for extra in ([0], [1, 2], [3], [0, 3]):  # nested families of schedules
        listed.append(extra)
        found.append(optimal_coverage(SecurityGame(**wider, schedules=[list(listed)])).value)
    assert found == sorted(found)


def test_a_row_priced_in_every_dual_matters() -> None:
    """Primal equals dual exactly; the value moves with a row iff no optimal dual has its price at 0, and then it is needed."""
    rng, counted = random.Random(4), 0
    for _ in range(60):
        game = random_game(rng, targets=3)
        whole = security_game_programme(game=game)
        design = optimal_coverage(game, method="linear_programmes")
        assert solve_exact(whole).value == design.value
        winning = f"attacker attacks {game.targets[design.decision.attacked[0]]}"
        for name in design.binding:
            r = whole.row_names.index(f"{winning}: {name}")
            looser = 1 if whole.row_sense[r] == "<=" else -1
            values = []
            for step in (Fraction(1, 10**6), Fraction(10**6)):
                sides = whole.right_hand_side.fractions()
                sides[r] += looser * step
                values.append(solve_exact(replace(whole, right_hand_side=RationalArray.from_fractions(sides))).value)
            moved, dropped = values
            assert dropped >= moved >= design.value
            assert (moved > design.value) == (dropped > design.value)
            counted += moved > design.value
    assert counted >= 30


def test_thousands_of_targets() -> None:
    rng = random.Random(0)
    count = 3_000
    game = SecurityGame(
        *([rng.randint(a, b) for _ in range(count)] for a, b in ((0, 9), (-99, 0), (-9, 0), (1, 99))), num_resources=40
    )
    design = optimal_coverage(game)
    coverage = design.decision.probabilities
    assert sum(coverage) <= 40
    assert coverage_payoff(game, coverage) == design.value
    assert design.certificate.verify()


def test_too_many_digits_are_refused_before_work() -> None:
    rng = random.Random(0)
    count = 3_000
    with pytest.raises(SpecificationError, match="round the payoffs"):
        optimal_coverage(
            SecurityGame(
                [0] * count, [-1] * count, [0] * count, [rng.random() + 0.1 for _ in range(count)], num_resources=3
            )
        )


def test_lies_about_the_level() -> None:
    certificate = optimal_coverage(FIVE).certificate
    assert isinstance(certificate, CoverageCertificate)
    for change in (
        {"level": certificate.level + Fraction(1, 10**9)},
        {"level": certificate.level - Fraction(1, 10**9)},
        {"value": certificate.value + Fraction(1, 10**9)},
        {"num_resources": 3},
        {"num_resources": 0},
        {"ties": "neither"},
        {"attacker_covered": certificate.attacker_uncovered},
        {"defender_covered": certificate.defender_covered[:4]},
    ):
        with pytest.raises(CertificateError):
            replace(certificate, **change).verify()
    assert replace(certificate, ties="weak").verify()  # no target is exactly at the level
    data = certificate.to_dict()
    assert read_certificate(json.loads(json.dumps(data))) == certificate
    for key, value in (("ties", "best"), ("num_resources", True), ("level", 1), ("attacker_covered", "5")):
        with pytest.raises(SpecificationError):
            read_certificate({**data, key: value})


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"num_resources": None}, "either num_resources"),
        ({"num_resources": 0}, "num_resources"),
        ({"schedules": [[[0]]]}, "either num_resources"),
        ({"attacker_covered": [1]}, "attacker_covered"),
        ({"attacker_covered": [1, float("nan")]}, "finite"),
        ({"attacker_covered": [1, True]}, "truth value"),
        ({"attacker_covered": [[1, 2], 3]}, "beside rows"),
        ({"prior": ["1/2"]}, "prior"),
        ({"targets": ["a", "a"]}, "twice"),
        ({"num_resources": None, "schedules": [[["c"]]]}, "'c'"),
        ({"num_resources": None, "schedules": [[[]]]}, "found no target"),
        ({"num_resources": None, "schedules": [[0, 1]]}, "set of targets"),
        ({"num_resources": None, "schedules": [[]]}, r"schedules\[0\]"),
    ],
)
def test_malformed_games(change: dict[str, Any], match: str) -> None:
    fine: dict[str, Any] = {
        "defender_covered": [0, 0],
        "defender_uncovered": [-1, -1],
        "attacker_covered": [0, 0],
        "attacker_uncovered": [1, 1],
        "num_resources": 1,
    }
    assert SecurityGame(**fine).num_targets == 2
    with pytest.raises(SpecificationError, match=match):
        SecurityGame(**{**fine, **change})


def test_malformed_questions() -> None:
    for options in ({"ties": "best"}, {"method": "simplex"}, {"epsilon": 0}):
        with pytest.raises(SpecificationError):
            optimal_coverage(FIVE, **options)  # type: ignore[arg-type]
    for coverage in ([0] * 4, [2, 0, 0, 0, 0], {"target 9": 1}):
        with pytest.raises(SpecificationError):
            coverage_payoff(FIVE, coverage)
    many = SecurityGame([0] * 40, [-1] * 40, [0] * 40, [1] * 40, schedules=[[[t, t + 1] for t in range(39)]] * 4)
    with pytest.raises(SpecificationError, match="pure assignments"):
        optimal_coverage(many)


def test_verdicts_and_regrets() -> None:
    best = optimal_coverage(FIVE).decision.probabilities
    assert coverage_regret(FIVE, best) == 0
    assert is_optimal_coverage(FIVE, best)
    worse = [Fraction(2, 5)] * 5
    assert coverage_regret(FIVE, worse) == optimal_coverage(FIVE).value - coverage_payoff(FIVE, worse) > 0
    verdict = is_optimal_coverage(FIVE, worse)
    assert (verdict.status, verdict.witness.probabilities) == ("no", best)
    assert is_optimal_coverage(FIVE, worse, tol=1)
    floats = [0.0, *map(float, best[1:])]
    assert not is_optimal_coverage(FIVE, floats)
    assert coverage_payoff(FIVE, {"target 1": 1, "target 2": 1}) == -2
