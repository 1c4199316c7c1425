"""Inspection by noisy signals: the deterring test, simultaneous play, and the normal signal between rationals."""

from __future__ import annotations

import itertools
import json
import math
import pickle
import random
from fractions import Fraction as F
from typing import Any

import pytest
from oracles.inspection import cheapest_deterring_alarms
from oracles.linear import outcome, plain
from scipy.optimize import brentq
from scipy.stats import norm

from gametheory.audit.evidence import row_builders
from gametheory.certificates import AlarmThresholdCertificate, read_certificate, verify_certificate
from gametheory.certificates.normal import normal_probability_bracket
from gametheory.errors import CertificateError, SpecificationError
from gametheory.information import neyman_pearson_test
from gametheory.oversight import (
    AlarmGame,
    alarm_equilibrium,
    deterring_test,
    gaussian_alarms,
    is_alarm_equilibrium,
)
from gametheory.oversight.inspection_alarms import deterring_test_programme

GAME = AlarmGame(falsely_accused=1, caught=9, undetected=10, false_alarm_cost=1, caught_cost=2, undetected_cost=10)


def law(rng: random.Random, size: int, *, zeros: bool = True) -> list[F]:
    weights = [rng.randint(0 if zeros else 1, 5) for _ in range(size)]
    if not sum(weights):
        weights[0] = 1
    return [F(w, sum(weights)) for w in weights]


def game(rng: random.Random) -> AlarmGame:
    e1, e2 = F(rng.randint(0, 4), 2), F(rng.randint(1, 4), 2)
    a2 = e2 + F(rng.randint(0, 4), 2)
    return AlarmGame(
        falsely_accused=e1,
        caught=e1 + F(rng.randint(1, 8), 2),
        undetected=F(rng.randint(1, 8), 2),
        false_alarm_cost=e2,
        caught_cost=a2,
        undetected_cost=a2 + F(rng.randint(1, 8), 2),
    )


def stakes(own: AlarmGame) -> tuple[F, F, F]:
    return own.falsely_accused, own.caught, own.undetected


# -- finite signals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_random_tests_are_those_of_neyman_and_pearson(count: int) -> None:
    rng = random.Random(1)
    for _ in range(count):
        own, size = game(rng), rng.randint(2, 5)
        honest, attack = law(rng, size), law(rng, size)
        design = deterring_test(own, honest, attack)
        alpha = cheapest_deterring_alarms(stakes(own), honest, attack)
        assert design.value == -own.false_alarm_cost * alpha
        assert design.certificate is not None
        assert design.certificate.verify()
        # No test with as few false alarms detects more: the programme's test is most powerful at its own size.
        power = sum((q * x for q, x in zip(attack, design.decision.values(), strict=True)), F(0))
        if alpha > 0:
            assert power == neyman_pearson_test(honest, attack, false_alarm_rate=alpha).exact_power


def test_several_violations_by_elimination_and_deterrence_rows() -> None:
    rng = random.Random(2)
    for _ in range(30):
        own, size = game(rng), rng.randint(2, 3)
        honest, attacks = law(rng, size), [law(rng, size) for _ in range(2)]
        programme = deterring_test_programme(own, honest, attacks)
        design = deterring_test(own, honest, attacks)
        assert outcome(plain(programme)) == ("optimal", design.value)
        # Another way to violate never helps the inspector; without a row that has a price the value changes.
        alone = [deterring_test(own, honest, attack).value for attack in attacks]
        assert design.value <= min(alone)
        for j, other in enumerate(reversed(alone)):
            if other != design.value:
                assert f"violation {j + 1} does not pay" in design.binding


def test_certificates_are_rebuilt_from_their_arguments() -> None:
    design = deterring_test(GAME, ["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"])
    data = json.loads(json.dumps(design.certificate.to_dict()))  # type: ignore[union-attr]
    assert verify_certificate(read_certificate(data), row_builders=row_builders()).status == "verified"
    data["programme"]["arguments"]["game"]["caught"] = "8"
    with pytest.raises(CertificateError):
        verify_certificate(read_certificate(data), row_builders=row_builders())


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_random_equilibria_are_best_replies_and_commitment_is_worth_something(count: int) -> None:
    rng = random.Random(3)
    wide = 0
    for _ in range(count):
        own, size = game(rng), rng.randint(2, 5)
        honest, attack = law(rng, size), law(rng, size)
        found = alarm_equilibrium(own, honest, attack)
        low, high = found.violation_probabilities
        assert 0 <= low <= high < 1
        wide += low < high
        for r in {low, high, (low + high) / 2}:
            assert is_alarm_equilibrium(own, honest, attack, list(found.alarm_probabilities), r), (own, honest, attack)
        worst, best = found.inspector_payoffs
        assert worst <= best <= found.commitment_payoff
        assert found.values_of_commitment == (found.commitment_payoff - best, found.commitment_payoff - worst)
        assert best < found.commitment_payoff or low == 0
        for beyond in (high + F(1, 100), low - F(1, 100)):
            if 0 <= beyond <= 1:
                assert not is_alarm_equilibrium(own, honest, attack, list(found.alarm_probabilities), beyond)
    assert wide < count


def test_equilibrium_by_payoffs_of_every_deterministic_test() -> None:
    """The inspector's payoff by the four cells of the table, against all tests, and the inspectee's against both acts."""
    honest, attack = [F(7, 10), F(2, 10), F(1, 10)], [F(1, 10), F(3, 10), F(6, 10)]
    found = alarm_equilibrium(GAME, honest, attack)
    (r, _), alarms = found.violation_probabilities, found.alarm_probabilities
    assert r == F(1, 49)

    def inspector(phi: Any) -> F:
        alpha, power = (sum((p * x for p, x in zip(own, phi, strict=True)), F(0)) for own in (honest, attack))
        return -(1 - r) * 1 * alpha - r * (2 * power + 10 * (1 - power))

    own = inspector(alarms)
    assert own == found.inspector_payoffs[0]
    assert own == max(inspector([mask >> s & 1 for s in range(3)]) for mask in range(8))
    power = 1 - found.miss_rate
    assert -1 * found.false_alarm_rate == -9 * power + 10 * (1 - power) == found.inspectee_payoff


def test_violation_probabilities_fill_an_interval_where_the_test_does_not_randomise() -> None:
    own = AlarmGame(falsely_accused=0, caught=1, undetected=1, false_alarm_cost=1, caught_cost=1, undetected_cost=2)
    found = alarm_equilibrium(own, ["3/4", "1/4"], ["1/2", "1/2"])
    assert found.alarm_probabilities == (0, 1)
    assert found.violation_probabilities == (F(1, 3), F(3, 5))  # likelihood ratios 2 and 2/3
    assert found.inspector_payoffs == (F(-1), F(-2, 3))


def test_a_signal_that_tells_all_deters_for_nothing() -> None:
    found = alarm_equilibrium(GAME, [1, 0], [0, 1])
    assert found.false_alarm_rate == 0
    assert found.violation_probabilities == (0, 0)
    assert found.values_of_commitment == (0, 0)


# -- the normal signal -------------------------------------------------------------------------------------------------


def test_published_instance() -> None:
    """μ = 2 with these stakes; R. Avenhaus, B. von Stengel and S. Zamir 2002, section 5, has the model."""
    found = gaussian_alarms(GAME, shift=2)
    expected = {  # by bisection in ball arithmetic of 200 bits
        "threshold": 1.930447602259363,
        "false_alarm_rate": 0.026775700806905267,
        "commitment_payoff": -0.026775700806905267,
        "simultaneous_payoff": -0.13646051396650304,
        "violation_probability": 0.019070896717246436,
        "value_of_commitment": 0.13646051396650304 - 0.026775700806905267,
    }
    for name, value in expected.items():
        bracket = getattr(found, name)
        assert bracket.lower - 1e-15 <= value <= bracket.upper + 1e-15, name
        assert bracket.width < 1e-13
    assert read_certificate(json.dumps(found.certificate.to_dict())).verify()


def test_random_thresholds_by_root_finding() -> None:
    rng = random.Random(4)
    for _ in range(12):
        own, shift = game(rng), F(rng.randint(1, 30), 8)
        e1, b1, d1 = map(float, stakes(own))

        def legal(t: float, shift: F = shift, e1: float = e1, b1: float = b1, d1: float = d1) -> float:
            return (b1 + d1) * norm.sf(t - float(shift)) - e1 * norm.sf(t) - d1

        root = brentq(legal, -40, 40, xtol=1e-13)
        found = gaussian_alarms(own, shift=shift)
        assert found.threshold.lower - 1e-8 <= root <= found.threshold.upper + 1e-8
        alpha, beta = norm.sf(root), norm.cdf(root - float(shift))
        assert float(found.false_alarm_rate) == pytest.approx(alpha, abs=1e-8)
        c2, a2, e2 = float(own.undetected_cost), float(own.caught_cost), float(own.false_alarm_cost)
        ratio = math.exp(float(shift) * root - float(shift) ** 2 / 2)
        r = e2 / (e2 + (c2 - a2) * ratio)
        assert float(found.violation_probability) == pytest.approx(r, rel=1e-6)
        payoff = -(1 - r) * e2 * alpha - r * (a2 * (1 - beta) + c2 * beta)
        assert float(found.simultaneous_payoff) == pytest.approx(payoff, abs=1e-7)
        assert found.value_of_commitment.lower >= 0


def test_cells_of_the_normal_signal_deter_with_more_false_alarms() -> None:
    edges = [F(k, 20) for k in range(-100, 141)]

    def cells(mean: F) -> list[float]:
        below = [norm.cdf(float(x - mean)) for x in edges]
        return [below[0], *(b - a for a, b in itertools.pairwise(below)), 1 - below[-1]]

    coarse = -float(deterring_test(GAME, cells(F(0)), cells(F(2))).value)
    fine = float(gaussian_alarms(GAME, shift=2).false_alarm_rate)
    assert fine < coarse < fine + 2e-4


def test_normal_probabilities() -> None:
    for k in range(-90, 91):
        low, high = normal_probability_bracket(F(k, 7))
        assert high - low < F(1, 2**90)
        assert float(low) == pytest.approx(norm.cdf(k / 7), rel=1e-11, abs=1e-27)
    assert normal_probability_bracket(F(-100))[0] == 0
    with pytest.raises(SpecificationError, match="400"):
        normal_probability_bracket(F(401))


def test_results_are_shown_and_kept() -> None:
    finite, normal = alarm_equilibrium(GAME, ["0.7", "0.3"], ["0.1", "0.9"]), gaussian_alarms(GAME, shift=1, bits=20)
    for result in (finite, normal):
        json.dumps(result.to_dict(), allow_nan=False)
        assert "<table>" in result._repr_html_()
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301  # our own bytes
        pytest.importorskip("pandas")
        assert len(result.to_frame()) >= 2


@pytest.mark.parametrize(
    "change", [{"caught": 1}, {"undetected": 0}, {"false_alarm_cost": 0}, {"undetected_cost": 2}, {"caught": "x"}]
)
def test_stakes_out_of_order_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SpecificationError, match="write"):
        AlarmGame(**{**GAME.to_dict(), **change})


def test_malformed_questions_are_refused() -> None:
    with pytest.raises(SpecificationError, match="honest"):
        deterring_test(GAME, ["1/2", "1/2"], [1, 0, 0])
    with pytest.raises(SpecificationError, match="shift"):
        gaussian_alarms(GAME, shift=0)
    with pytest.raises(SpecificationError, match="bits"):
        gaussian_alarms(GAME, shift=1, bits=200)
    with pytest.raises(SpecificationError, match="alarm_probabilities"):
        is_alarm_equilibrium(GAME, [1, 0], [0, 1], [0, 2], 0)
    with pytest.raises(CertificateError, match="may deter"):
        AlarmThresholdCertificate(game=GAME, shift=F(2), low=F("1.9"), high=F("1.92")).verify()
