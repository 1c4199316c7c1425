"""Audits by suspicion scores, random checks of tasks, and periodic takeover."""

from __future__ import annotations

import itertools
import json
import pickle
import random
from fractions import Fraction as F
from typing import Any

import pytest
from oracles.inspection import best_audit_risk
from oracles.linear import best_vertex, plain

from gametheory.audit.evidence import row_builders
from gametheory.certificates import LinearProgramme, read_certificate, verify_certificate
from gametheory.errors import SpecificationError
from gametheory.optimize import solve_exact
from gametheory.oversight import (
    audit_policy,
    audit_policy_programme,
    audit_risk,
    audit_risk_path,
    audits_needed,
    escape_probability,
    flipit_equilibrium,
    flipit_payoffs,
    flipit_regret,
    is_flipit_equilibrium,
    is_optimal_audit_policy,
)

HONEST = ["0.7", "0.2", "0.1"]
ATTACKS = [["0.1", "0.3", "0.6"], ["0.3", "0.3", "0.4"]]
BUDGETS = ("0.05", "0.1", "0.2", "0.3")


def law(rng: random.Random, size: int) -> list[F]:
    weights = [rng.randint(0, 5) for _ in range(size)]
    weights[rng.randrange(size)] += 1
    return [F(w, sum(weights)) for w in weights]


@pytest.mark.parametrize(
    ("budget", "one", "both"),
    list(zip(BUDGETS, ("0.7", "0.4", "0.25", "0.1"), ("0.7", "0.42", "0.315", "0.21"), strict=True)),
)
def test_three_scores(budget: str, one: str, both: str) -> None:
    """One attack in the order of Neyman and Pearson; two attacks with harms 1 and 0.7."""
    single = audit_policy(HONEST, ATTACKS[0], budget=budget)
    assert single.value == F(one) == best_audit_risk([F(x) for x in HONEST], [F(x) for x in ATTACKS[0]], F(budget))
    double = audit_policy(HONEST, ATTACKS, budget=budget, harms=[1, "0.7"])
    assert (
        double.value
        == F(both)
        == best_vertex(plain(audit_policy_programme(HONEST, ATTACKS, budget=budget, harms=[1, "0.7"])))[0]
    )  # type: ignore[index]
    assert double.value == audit_risk(double, ATTACKS, harms=[1, "0.7"])
    assert is_optimal_audit_policy(double, HONEST, ATTACKS, budget=budget, harms=[1, "0.7"])
    assert double.certificate is not None
    text = json.dumps(double.certificate.to_dict())
    assert verify_certificate(read_certificate(text), row_builders=row_builders()).status == "verified"


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_random_programmes_primal_equals_dual(count: int) -> None:
    """In rationals: the point's risk, the bound of the multipliers by hand, and a knapsack where there is one attack."""
    rng = random.Random(1)
    for k in range(count):
        size, kinds = rng.randint(2, 5), rng.randint(1, 3)
        honest, attacks = law(rng, size), [law(rng, size) for _ in range(kinds)]
        harms = [F(rng.randint(1, 6), 2) for _ in range(kinds)]
        accuracy = [F(rng.randint(0, 4), 4) for _ in range(kinds)]
        budget = F(rng.randint(0, 8), 8)
        design = audit_policy(honest, attacks, budget=budget, harms=harms, accuracy=accuracy)
        shares = list(design.decision.values())
        assert sum((h * x for h, x in zip(honest, shares, strict=True)), F(0)) <= budget
        assert audit_risk(shares, attacks, harms=harms, accuracy=accuracy) == design.value
        # min_π Σ_j λ_j w_j (1 − a_j f_j·π) + μ (h·π − B) over the box is a lower bound on the risk, for λ summing to 1.
        mixture, price = list(design.profile.values()), -design.binding.get("audit budget", F(0))
        assert sum(mixture) == 1
        assert min(*mixture, price) >= 0
        dual = sum((m * w for m, w in zip(mixture, harms, strict=True)), F(0)) - price * budget
        for s in range(size):
            slope = price * honest[s] - sum(
                (m * w * a * f[s] for m, w, a, f in zip(mixture, harms, accuracy, attacks, strict=True)), F(0)
            )
            dual += min(slope, F(0))
        assert dual == design.value
        if kinds == 1:
            missed = best_audit_risk(honest, attacks[0], budget)
            assert design.value == harms[0] * (1 - accuracy[0] * (1 - missed))
        if k % 8 == 0 and size + kinds <= 6:
            programme = audit_policy_programme(honest, attacks, budget=budget, harms=harms, accuracy=accuracy)
            assert best_vertex(plain(programme))[0] == design.value  # type: ignore[index]


def test_without_a_row_that_has_a_price_the_value_changes() -> None:
    rng = random.Random(2)
    changed = 0
    for _ in range(60):
        honest, attacks = law(rng, 3), [law(rng, 3) for _ in range(2)]
        programme = audit_policy_programme(honest, attacks, budget=F(rng.randint(1, 5), 8))
        base = solve_exact(programme)
        for r, name in enumerate(programme.row_names):
            rows = [
                (programme.row_names[k], programme.row(k), programme.row_sense[k], programme.right_hand_side[k])
                for k in range(programme.num_rows)
                if k != r
            ]
            relaxed = LinearProgramme.from_rows(
                "min", programme.objective.fractions().tolist(), rows, lower=programme.lower, upper=programme.upper
            )
            value = solve_exact(relaxed).value
            assert value <= base.value
            assert value == base.value or name in base.binding
            changed += value != base.value
    assert changed


def test_path_over_budgets() -> None:
    rng = random.Random(3)
    for _ in range(15):
        honest, attacks = law(rng, 4), [law(rng, 4) for _ in range(2)]
        path = audit_risk_path(honest, attacks, harms=[1, "3/2"])
        assert path.verify()
        for b in (F(k, 7) for k in range(8)):
            assert path.value(b) == audit_policy(honest, attacks, budget=b, harms=[1, "3/2"]).value
        slopes = [piece.slope for piece in path.pieces]
        assert slopes == sorted(slopes)  # convex: further audits are worth less
        assert all(s <= 0 for s in slopes)  # and never hurt


def test_predicate_and_measure_see_what_is_given_away() -> None:
    flat = ["1/5"] * 3
    verdict = is_optimal_audit_policy(flat, HONEST, ATTACKS[0], budget="0.2")
    assert verdict.gain == F(4, 5) - F(1, 4)
    assert verdict.witness.value == F(1, 4)
    assert not is_optimal_audit_policy([1, 1, 1], HONEST, ATTACKS[0], budget="0.2")


def test_escape_probabilities_by_counting_and_their_inverse() -> None:
    assert escape_probability(100, 5, 1) == F(19, 20)
    assert round(float(escape_probability(100, 5, 3)), 10) == 0.8559987631
    for n in range(1, 7):
        for k, m in itertools.product(range(n + 1), repeat=2):
            attacked = set(range(m))
            audits = list(itertools.combinations(range(n), k))
            free = sum(not attacked & set(chosen) for chosen in audits)
            assert escape_probability(n, k, m) == F(free, len(audits))
            if m:
                needed = audits_needed(n, m, escape="1/3")
                assert escape_probability(n, needed, m) <= F(1, 3)
                assert needed == 0 or escape_probability(n, needed - 1, m) > F(1, 3)


def test_no_law_of_audits_does_better_than_a_random_set() -> None:
    """The largest escape probability over sets of m tasks, by a linear programme over all sets of k audits."""
    for n, k, m in ((4, 2, 1), (4, 2, 2), (5, 2, 2), (5, 3, 2)):
        audits, targets = (list(itertools.combinations(range(n), size)) for size in (k, m))
        rows: list[Any] = [
            (
                f"target {t}",
                {len(audits): 1, **{a: -1 for a, own in enumerate(audits) if not set(own) & set(target)}},
                ">=",
                0,
            )
            for t, target in enumerate(targets)
        ]
        rows.append(("law", dict.fromkeys(range(len(audits)), 1), "==", 1))
        best = solve_exact(LinearProgramme.from_rows("min", [0] * len(audits) + [1], rows)).value
        assert best == escape_probability(n, k, m)


# -- periodic takeover -------------------------------------------------------------------------------------------------


def test_published_takeover() -> None:
    """M. van Dijk et al. 2013, theorem 1: k = (.3, .5) gives rates (1, .6) and payoffs (.4, 0)."""
    found = flipit_equilibrium(["0.3", "0.5"])
    assert found.rates == (1, F(3, 5))
    assert found.payoffs == (F(2, 5), 0)
    assert flipit_equilibrium(["0.5", "0.3"]).rates == (F(3, 5), 1)
    assert flipit_equilibrium([1, 1]).rates == (F(1, 2), F(1, 2))


def test_takeover_equilibria_resist_every_rate() -> None:
    """By the payoff as defined: the share of a renewal period that each holds, integrated over the phase."""
    rng = random.Random(4)

    def held(a: F, b: F) -> F:
        # With period P = 1/a of the faster mover and a random phase of the slower's last move, each slower move takes the
        # resource for a time uniform on [0, P], once per slower period.
        return 1 - b / (2 * a) if a >= b else a / (2 * b)

    for _ in range(60):
        costs = [F(rng.randint(1, 12), 4) for _ in range(2)]
        found = flipit_equilibrium(costs)
        a, b = found.rates
        assert found.payoffs == (held(a, b) - costs[0] * a, held(b, a) - costs[1] * b)
        assert all(r.is_exact and r.exact_lower == 0 for r in flipit_regret(found.rates, costs))
        assert is_flipit_equilibrium(found.rates, costs)
        for x in (F(k, 16) for k in range(1, 80)):
            assert held(x, b) - costs[0] * x <= found.payoffs[0]
            assert held(x, a) - costs[1] * x <= found.payoffs[1]
        other = (a * F(5, 4), b)
        assert not is_flipit_equilibrium(other, costs)
        low = [
            flipit_payoffs(other, costs)[i] + float(r.exact_upper) for i, r in enumerate(flipit_regret(other, costs))
        ]
        assert held(a, b) - costs[0] * a <= low[0] + 1e-12


def test_results_are_shown_and_kept() -> None:
    found = flipit_equilibrium(["0.3", "0.5"])
    json.dumps(found.to_dict(), allow_nan=False)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes
    assert "FlipIt" in found._repr_html_()
    pytest.importorskip("pandas")
    assert found.to_frame()["rate"].tolist() == [1, F(3, 5)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: audit_policy(HONEST, ATTACKS, budget="1.1"), "budget"),
        (lambda: audit_policy(HONEST, ATTACKS, budget="0.1", harms=[1]), "harms"),
        (lambda: audit_policy(HONEST, ATTACKS, budget="0.1", harms=0), "harms"),
        (lambda: audit_policy(HONEST, ATTACKS, budget="0.1", accuracy=[1, 2]), "accuracy"),
        (lambda: audit_policy(["0.7", "0.3"], ATTACKS, budget="0.1"), "honest"),
        (lambda: audit_risk([0, 0], ATTACKS), "policy"),
        (lambda: audit_risk([0, 0, 2], ATTACKS), "policy"),
        (lambda: escape_probability(5, 6, 1), "num_audited"),
        (lambda: audits_needed(5, 0, escape="1/2"), "num_attacked"),
        (lambda: flipit_equilibrium([1, 0]), "costs"),
        (lambda: flipit_payoffs([1], [1, 1]), "rates"),
    ],
)
def test_malformed_questions_are_refused(call: Any, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        call()
