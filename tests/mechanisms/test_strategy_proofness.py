"""Joint misreports against a profile-by-profile oracle, and what is known of second prices, Clarke taxes and serial rules."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from oracles.auctions import best_misreport

from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.mechanisms import Environment
from gametheory.mechanisms.groves import pivotal_mechanism
from gametheory.mechanisms.incentives import incentive_regret, is_incentive_compatible
from gametheory.mechanisms.joint_misreports import misreport_gains
from gametheory.mechanisms.mechanism import Mechanism
from gametheory.mechanisms.strategy_proofness import (
    best_coalition_misreport,
    group_strategy_proofness,
    is_group_strategy_proof,
)

RULES = ("all", "some", "any", "transfer")


def random_mechanism(rng: np.random.Generator, private: bool) -> Mechanism:
    n = int(rng.integers(1, 4))
    sizes = tuple(rng.integers(1, 4 if n < 3 else 3, size=n).tolist())
    outcomes = int(rng.integers(2, 4))
    prior = np.full(sizes, Fraction(1, int(np.prod(sizes))), dtype=object)
    make = Environment.private_values if private else Environment.interdependent
    shapes = [(outcomes, sizes[i]) if private else (outcomes, *sizes) for i in range(n)]
    environment = make([rng.integers(-4, 5, size=shape) for shape in shapes], prior=prior)
    weights = rng.integers(0, 3, size=(*sizes, outcomes)) + np.eye(outcomes, dtype=int)[0]
    lotteries = np.array([Fraction(int(w), 1) for w in weights.flat], dtype=object).reshape(weights.shape)
    lotteries = lotteries / lotteries.sum(axis=-1, keepdims=True)
    payments = [[Fraction(int(x), 2) for x in row] for row in rng.integers(-4, 5, size=(n, int(np.prod(sizes))))]
    return Mechanism(environment, lotteries, np.array(payments, dtype=object).reshape(n, *sizes))


def utility_of(mechanism: Mechanism):
    environment = mechanism.environment
    values = [environment.values(i).fractions() for i in range(environment.num_agents)]
    lotteries, payments = mechanism.allocation.fractions(), mechanism.transfers.fractions()

    def utility(i: int, told: tuple[int, ...], true: tuple[int, ...]) -> Fraction:
        worth = sum((lotteries[told][o] * values[i][(o, *true)] for o in range(environment.num_outcomes)), Fraction(0))
        return worth - payments[(i, *told)]

    return utility


@pytest.mark.parametrize("private", [True, False])
def test_the_best_joint_misreport_is_that_of_the_oracle(private: bool) -> None:
    rng = np.random.default_rng(7)
    for k in range(40):
        mechanism, blocking = random_mechanism(rng, private), RULES[k % 4]
        environment = mechanism.environment
        utility = utility_of(mechanism)
        n = environment.num_agents
        sets = [[i for i in range(n) if mask >> i & 1] for mask in range(1, 2**n)]
        best = {tuple(s): best_misreport(utility, environment.num_types, s, blocking) for s in sets}
        found = best_coalition_misreport(mechanism, blocking=blocking)
        assert found.gain == max(best.values())
        assert found.verify(mechanism)
        for members, gain in best.items():
            verdict = is_group_strategy_proof(mechanism, blocking=blocking, coalitions=[members])
            assert (verdict.gain, verdict.status) == (gain, "no" if gain else "yes")
        least = min((len(s) for s, gain in best.items() if gain), default=n + 1)
        assert int(group_strategy_proofness(mechanism, blocking=blocking)) == least - 1


def test_one_agent_alone_is_the_usual_question() -> None:
    rng = np.random.default_rng(8)
    for _ in range(40):
        mechanism = random_mechanism(rng, True)
        alone = is_incentive_compatible(mechanism, incentives="dominant")
        for blocking in RULES:
            assert is_group_strategy_proof(mechanism, blocking=blocking, coalitions=1).status == alone.status
            found = best_coalition_misreport(mechanism, blocking=blocking, coalitions=1)
            assert found.gain == incentive_regret(mechanism, incentives="dominant")


def test_rules_are_nested() -> None:
    """A coalition all of whose members gain is one in which none loses, and so on: gains and verdicts are ordered."""
    rng = np.random.default_rng(9)
    for _ in range(30):
        mechanism = random_mechanism(rng, True)
        proof = {rule: is_group_strategy_proof(mechanism, blocking=rule).status == "yes" for rule in RULES}
        assert proof["any"] <= proof["transfer"] <= proof["some"] <= proof["all"]


def losers() -> Mechanism:
    """v_1(AB) = 2, v_2(A), v_3(B) ∈ {1/2, 2}: four outcomes of a combinatorial auction."""
    values = [["1/2", 2]] * 2
    outcomes = ["AB to 1", "A to 2", "B to 3", "A to 2, B to 3"]
    table = [[[2], [0], [0], [0]]]
    table += [[[0, 0], v, [0, 0], v] for v in values[:1]] + [[[0, 0], [0, 0], v, v] for v in values[1:]]
    environment = Environment.private_values(
        table,
        priors=[[1], ["1/2", "1/2"], ["1/2", "1/2"]],
        types=[["2"], ["low", "high"], ["low", "high"]],
        outcomes=outcomes,
    )
    return pivotal_mechanism(environment)


def test_losers_of_the_vickrey_auction_gain_exactly_one_together() -> None:
    """Both report 2, win and pay nothing: 1/2 each. No agent gains alone, and no other pair so much."""
    auction = losers()
    assert is_group_strategy_proof(auction, blocking="all", coalitions=1)
    low = tuple(auction.environment.types[i].index("low") for i in (1, 2))
    gains = misreport_gains(auction, (0, *low), {1: 1, 2: 1})
    assert gains == (Fraction(1, 2),) * 2  # together 1: both win and pay 0
    told = auction.transfers[:, 0, 1, 1].fractions().tolist()
    assert told == [0, 0, 0]
    found = best_coalition_misreport(auction, blocking="all", coalitions=[{1, 2}])
    assert str(found) == "coalition {agent 2, agent 3} reports (high, high) at (low, low), others (2)"
    assert (found.gains, found.gain) == (gains, Fraction(1, 2))
    measured = group_strategy_proofness(auction, blocking="all")
    assert (int(measured), measured.witness.coalition) == (1, ("agent 2", "agent 3"))


def test_bidders_in_a_second_price_auction_gain_with_side_payments_only() -> None:
    environment = Environment.single_item([[1, 2, 3]] * 2, priors=[["1/3"] * 3] * 2)
    auction = pivotal_mechanism(environment)
    assert is_group_strategy_proof(auction, blocking="all")
    found = best_coalition_misreport(auction, blocking="transfer")
    assert found.gain == 2  # the loser of (3, 3) steps down to 1
    assert is_group_strategy_proof(auction, blocking="some").status == "no"


def test_a_dictator_and_a_posted_price_withstand_everybody() -> None:
    """Without transfers a dictatorship, with them a posted price to one agent: no rule but that of one member's gain blocks."""
    chosen = Environment.private_values([[[2, 0], [0, 2]], [[0, 1], [1, 0]]], priors=[["1/2", "1/2"]] * 2)
    dictator = Mechanism.deterministic(chosen, [[0, 0], [1, 1]])
    assert is_group_strategy_proof(dictator, blocking="some")
    assert is_group_strategy_proof(dictator, blocking="any").status == "no"
    item = Environment.single_item([[1, 3]], priors=[["1/2", "1/2"]])
    posted = Mechanism.deterministic(item, [0, 1], [[0, 2]])
    assert int(group_strategy_proofness(posted, blocking="transfer")) == 1


def test_lies_about_a_misreport_are_refused() -> None:
    auction = losers()
    found = best_coalition_misreport(auction, blocking="transfer", coalitions=[{1, 2}])
    for lie in (
        replace(found, gain=Fraction(2)),
        replace(found, gains=(Fraction(1, 2), Fraction(1))),
        replace(found, reports=("high", "low")),
        replace(found, true_types=("high", "low")),
    ):
        with pytest.raises(CertificateError):
            lie.verify(auction)


def test_floats_within_tolerance_are_undecided() -> None:
    environment = Environment.single_item([[1.0, 2.0]], priors=[[0.5, 0.5]])
    nearly = Mechanism.deterministic(environment, [1, 1], [[1.0, 1.0 + 1e-12]])
    assert is_group_strategy_proof(nearly, blocking="all").status == "within tolerance"
    assert is_group_strategy_proof(nearly, blocking="all", tol=1e-9)
    assert is_group_strategy_proof(nearly, blocking="all", tol=0).status == "no"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"blocking": "both"}, "blocking"),
        ({"coalitions": "12"}, "coalitions"),
        ({"coalitions": [0, 1]}, r"coalitions\[0\]"),
        ({"coalitions": [["nobody"]]}, "agent"),
        ({"coalitions": [[0, 0]]}, "each once"),
        ({"coalitions": 5}, "max_size"),
        ({"time_limit": -1}, "time_limit"),
    ],
)
def test_malformed_questions_are_refused(change: dict, place: str) -> None:
    with pytest.raises(SpecificationError, match=place):
        best_coalition_misreport(losers(), **({"blocking": "all"} | change))


def test_the_time_limit_is_kept() -> None:
    with pytest.raises(SolverError, match="time limit"):
        best_coalition_misreport(losers(), blocking="all", time_limit=0)
