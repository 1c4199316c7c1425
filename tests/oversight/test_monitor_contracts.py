"""Contracts with monitors: Rahman's secret tests, captured monitors, and programmes written out deviation by deviation."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.games.monitoring import Monitoring
from gametheory.oversight.collusion_threshold import collusion_threshold
from gametheory.oversight.monitor_contracts import monitor_contract, monitor_contract_programme
from gametheory.oversight.virtual_enforcement import is_virtually_enforceable, undetected_deviation

SEES = Monitoring([[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 0, 0]]], ["nothing", "work", "shirking"])
PAIR = {"coalitions": [["monitor", "worker"]], "receivers": ["monitor"]}


def secret_tests(work: Any = 1, monitoring: Any = F(1, 10)) -> NormalFormGame:
    return NormalFormGame.from_bimatrix(
        [[-monitoring, -monitoring], [0, 0]],
        [[-work, 0], [-work, 0]],
        players=["monitor", "worker"],
        actions=[["monitor", "rest"], ["work", "shirk"]],
    )


def terms(cap: Any, **more: Any) -> dict[str, Any]:
    return {"reports": [3, 1], "target": {"worker": "work"}, "caps": cap, **more}


def explicit(
    payoffs: np.ndarray,
    chances: np.ndarray,
    reports: tuple[int, int],
    player: int,
    action: int,
    cap: float,
    joint: bool,
) -> float:
    """The least probability of a test of a 2×2 game with private signals, every pure deviation a row; in floats."""
    profiles, signals = list(itertools.product(range(2), repeat=2)), list(itertools.product(*map(range, reports)))
    size = len(profiles) * (1 + 2 * len(signals))

    def chance(a: tuple[int, ...]) -> int:
        return profiles.index(a)

    def paid(i: int, a: tuple[int, ...], s: tuple[int, ...]) -> int:
        return 4 + (i * 4 + profiles.index(a)) * len(signals) + signals.index(s)

    rows = []
    for i, a, s in itertools.product(range(2), profiles, signals):
        row = np.zeros(size)
        row[paid(i, a, s)], row[chance(a)] = 1, -cap
        rows.append(row)
    groups = [(0,), (1,), *([(0, 1)] if joint else [])]
    for group in groups:
        own = list(itertools.product(*(range(2) for _ in group)))
        seen = list(itertools.product(*(range(reports[i]) for i in group)))
        for told, plays in itertools.product(own, own):
            for lies in itertools.product(seen, repeat=len(seen)):
                row = np.zeros(size)  # gain of the deviation ≤ 0
                for a in profiles:
                    if tuple(a[i] for i in group) != told:
                        continue
                    b = list(a)
                    for i, x in zip(group, plays, strict=True):
                        b[i] = x
                    for i in group:
                        row[chance(a)] += payoffs[(i, *b)] - payoffs[(i, *a)]
                        for s in signals:
                            row[paid(i, a, s)] -= chances[(*a, signals.index(s))]
                            said = list(s)
                            for j, x in zip(group, lies[seen.index(tuple(s[j] for j in group))], strict=True):
                                said[j] = x
                            row[paid(i, a, tuple(said))] += chances[(*b, signals.index(s))]
                rows.append(row)
    cost = np.zeros(size)
    for a in profiles:
        cost[chance(a)] = a[player] != action
    sums = np.zeros((1, size))
    sums[0, :4] = 1
    found = linprog(cost, A_ub=np.array(rows), b_ub=np.zeros(len(rows)), A_eq=sums, b_eq=[1], method="highs")
    return float(found.fun) if found.status == 0 else 1.0


def random_problem(rng: random.Random) -> tuple[NormalFormGame, Monitoring, dict[str, Any]]:
    reports = rng.choice([(2, 1), (1, 2), (2, 2)])
    count = reports[0] * reports[1]
    tables = []
    for _ in range(4):
        weights = [rng.choice([0, 0, 1, 2, 3]) for _ in range(count)]
        weights[rng.randrange(count)] += 1
        tables.append([F(w, sum(weights)) for w in weights])
    payoffs = [[[-rng.randint(0, 4) for _ in range(2)] for _ in range(2)] for _ in range(2)]
    game = NormalFormGame.from_bimatrix(*payoffs)
    monitoring = Monitoring([tables[:2], tables[2:]])
    return (
        game,
        monitoring,
        {"reports": reports, "target": {rng.randrange(2): rng.randrange(2)}, "caps": rng.randint(1, 9)},
    )


@pytest.mark.parametrize("cap", [2, 10, 100])
def test_secret_tests(cap: int) -> None:
    """Rahman's contract: b = cW cM / (B (B − cM) + cW cM) tests, and monitored work a = cW (1 − b)/B; tests fall as 1/B²."""
    work, watch = F(1), F(1, 10)
    design = monitor_contract(secret_tests(), SEES, **terms(cap))
    tests = work * watch / (cap * (cap - watch) + work * watch)
    assert design.value == tests
    assert float(tests) == pytest.approx({2: 0.02564102564, 10: 0.001009081736, 100: 1.000990981e-5}[cap], rel=1e-9)
    assert design.decision.probability("monitor", "work") == work * (1 - tests) / cap
    assert design.decision.payment("monitor", ("monitor", "shirk"), "shirking") == cap
    assert design.attained


def test_captured_monitors_defeat_secret_tests() -> None:
    """With shared recommendations a pair shirks and reports work: no contract, and the proof names the row."""
    for efficiency in (0, "1/2", 1):
        with pytest.raises(InfeasibleError, match="monitor and worker told") as caught:
            monitor_contract(secret_tests(), SEES, **terms(2), **PAIR, efficiency=efficiency)
        proof = caught.value.certificate
        assert proof.verify()
        used = {n for n, y in zip(proof.programme.row_names, proof.multipliers.numerators, strict=True) if y}
        assert any(name.startswith("monitor and worker told (monitor, work) play (rest, ") for name in used)
    with pytest.raises(InfeasibleError):
        collusion_threshold(secret_tests(), SEES, **terms(2), **PAIR, max_tests="9/10")


def test_members_apart_turn_everything_around_unless_half_the_rounds_are_tests() -> None:
    for efficiency, tests in ((0, F(1, 39)), ("1/100", F(1, 2)), (1, F(1, 2))):
        design = monitor_contract(secret_tests(), SEES, **terms(2), **PAIR, knowledge="separate", efficiency=efficiency)
        assert design.value == tests
    found = collusion_threshold(secret_tests(), SEES, **terms(2), **PAIR, knowledge="separate", max_tests="1/10")
    assert found.exact_lower == 0
    assert found.exact_upper <= F(1, 1000)
    assert found.verify(secret_tests())
    half = collusion_threshold(secret_tests(), SEES, **terms(2), **PAIR, knowledge="separate", max_tests="1/2")
    assert (half.exact_lower, half.exact_upper, half.refutations) == (1, 1, ())


@pytest.mark.slow
def test_threshold_encloses_what_programmes_say() -> None:
    names = [f"{seen}, {trace}" for seen in SEES.signals for trace in ("no trace", "trace")]
    table = [[[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, "4/5", "1/5"]], [[1, 0, 0, 0, 0, 0], ["4/5", "1/5", 0, 0, 0, 0]]]
    traced = Monitoring(table, names)
    for cap in (2, 3):
        given = terms([1, cap], max_tests="1/10", knowledge="separate", **PAIR)
        found = collusion_threshold(secret_tests(), traced, **given)
        assert found.verify(secret_tests())
        assert 0 <= found.exact_upper - found.exact_lower <= F(1, 1000)
        assert monitor_contract(secret_tests(), traced, **given, efficiency=found.exact_lower).value <= F(1, 10)
        for k in (found.exact_upper + F(1, 10**6), (1 + found.exact_upper) / 2):
            if found.exact_upper < k <= 1:
                with pytest.raises(InfeasibleError):
                    monitor_contract(secret_tests(), traced, **given, efficiency=k)


@pytest.mark.parametrize(("count", "seed"), [(20, 5), pytest.param(200, 6, marks=pytest.mark.slow)])
def test_against_programmes_of_all_deviations(count: int, seed: int) -> None:
    """All misreports listed, with HiGHS in floats; and that coalitions never help the principal."""
    rng, between = random.Random(seed), 0
    for _ in range(count):
        game, monitoring, given = random_problem(rng)
        ((player, action),) = given["target"].items()
        values = []
        for joint in (False, True):
            value = explicit(
                game.float_payoffs(),
                monitoring.float_probabilities(),
                given["reports"],
                player,
                action,
                given["caps"],
                joint,
            )
            try:
                groups = [[0, 1]] if joint else []
                design = monitor_contract(game, monitoring, **given, coalitions=groups)
                assert design.certificate.verify()
                found = design.value
            except InfeasibleError as error:
                error.certificate.verify()
                found = F(1)
            assert float(found) == pytest.approx(value, abs=1e-7)
            values.append(found)
        assert values[0] <= values[1]
        between += 0 < values[0] < 1
    assert between >= count // 20


def test_payments() -> None:
    """With more tests than needed payments fall: work is worth its cost, and the monitor's rent vanishes as tests rise."""
    bills = [
        monitor_contract(secret_tests(), SEES, **terms(10), goal="payments", max_tests=most).value
        for most in (F(1, 991), F(1, 100), F(1, 10))
    ]
    assert bills[0] > bills[1] > bills[2] > F(9, 10)
    with pytest.raises(InfeasibleError) as caught:
        monitor_contract(secret_tests(), SEES, **terms(10), goal="payments", max_tests=F(1, 992))
    assert caught.value.certificate.verify()


def test_virtual_enforcement() -> None:
    game = secret_tests()
    assert is_virtually_enforceable(game, SEES, ("rest", "work"), reports=[3, 1])
    deaf = SEES.garbled([["nothing", "work", "shirking"]])
    verdict = is_virtually_enforceable(game, deaf, ("rest", "work"), reports=[1, 1])
    assert (verdict.status, verdict.gain) == ("no", 1)
    assert verdict.witness.player == "worker"
    assert verdict.witness.certificate.verify()
    # A monitor who confuses the two in half of all cases still detects; one who sees noise does not.
    for quality, status in ((F(3, 4), "yes"), (F(1, 2), "no")):
        watched = [[0, quality, 1 - quality], [0, 1 - quality, quality]]
        noisy = Monitoring([watched, [[1, 0, 0], [1, 0, 0]]], SEES.signals)
        assert is_virtually_enforceable(game, noisy, ("rest", "work"), reports=[3, 1]).status == status


@pytest.mark.parametrize("count", [15, pytest.param(200, marks=pytest.mark.slow)])
def test_virtually_enforceable_iff_large_payments_do(count: int) -> None:
    """Tests at a vanishing rate with large enough payments: the same answer, by the other programme."""
    rng, seen = random.Random(7), set()
    for _ in range(count):
        game, monitoring, given = random_problem(rng)
        target = (rng.randrange(2), rng.randrange(2))
        verdict = is_virtually_enforceable(game, monitoring, target, reports=given["reports"])
        try:
            wanted = {"target": dict(enumerate(target)), "reports": given["reports"], "caps": 10**9}
            tests = monitor_contract(game, monitoring, **wanted).value
        except InfeasibleError:
            tests = F(1)
        assert (verdict.status == "yes") == (tests < F(1, 10**4))
        seen.add(verdict.status)
    assert seen == {"yes", "no"}


def test_certificates_are_rebuilt_and_lies_noticed() -> None:
    game = secret_tests()
    design = monitor_contract(game, SEES, **terms(2))
    witness = undetected_deviation(game, SEES, ("monitor", "work"), "worker", reports=[3, 1])
    for certificate in (design.certificate, witness.certificate):
        data = json.loads(json.dumps(certificate.to_dict()))
        assert verify_certificate(read_certificate(data), game, row_builders=row_builders()).status == "verified"
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(data), secret_tests(2), row_builders=row_builders())
    data = json.loads(json.dumps(design.certificate.to_dict()))
    data["programme"]["arguments"]["caps"] = ["3", "3"]
    with pytest.raises(CertificateError):
        verify_certificate(read_certificate(data), game, row_builders=row_builders())


def test_malformed() -> None:
    game = secret_tests()
    for change, match in (
        ({"reports": [2, 1]}, "no product"),
        ({"reports": [3]}, "reports"),
        ({"caps": 0}, "caps"),
        ({"caps": float("nan")}, "caps"),
        ({"target": {}}, "target"),
        ({"target": {"worker": "sleep"}}, "target"),
        ({"goal": "payments"}, "max_tests"),
        ({"max_tests": 2}, "probability"),
        ({"efficiency": -1}, "efficiency"),
        ({"knowledge": "none", "coalitions": [[0, 1]]}, "shared"),
    ):
        with pytest.raises(SpecificationError, match=match):
            monitor_contract_programme(game, monitoring=SEES, **{**terms(2), **change})
