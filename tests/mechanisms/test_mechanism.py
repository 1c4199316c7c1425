"""Mechanisms and their incentives, against loops over every profile and report."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction as F

import numpy as np
import pytest
from oracles.mechanisms import chance, profiles, swapped, worth

from gametheory.errors import SpecificationError, UndecidedError
from gametheory.mechanisms import (
    Environment,
    Mechanism,
    Misreport,
    budget_deficit,
    incentive_regret,
    is_budget_balanced,
    is_incentive_compatible,
    is_individually_rational,
    participation_shortfall,
    report_payoffs,
)


def random_environment(rng: np.random.Generator, private: bool, agents: int = 2) -> Environment:
    sizes = [int(rng.integers(1, 4)) for _ in range(agents)]
    outcomes = int(rng.integers(1, 4))
    weights = rng.integers(0, 5, size=sizes)
    weights.reshape(-1)[0] += 1
    prior = (weights.astype(object) * F(1, int(weights.sum()))) if weights.sum() else None
    shapes = [(outcomes, m) if private else (outcomes, *sizes) for m in sizes]
    tables = [rng.integers(-4, 8, size=shape) for shape in shapes]
    make = Environment.private_values if private else Environment.interdependent
    return make(tables, prior=prior, outside=[rng.integers(-1, 2, size=m) for m in sizes])


def random_mechanism(rng: np.random.Generator, environment: Environment) -> Mechanism:
    weights = rng.integers(0, 4, size=(*environment.num_types, environment.num_outcomes)).astype(object)
    weights[..., 0] += 1
    lotteries = weights / weights.sum(axis=-1, keepdims=True)
    lotteries = np.vectorize(lambda a, b: F(int(a), int(b)), otypes=[object])(
        weights, np.broadcast_to(weights.sum(axis=-1, keepdims=True), weights.shape)
    )
    return Mechanism(environment, lotteries, rng.integers(-3, 4, size=(environment.num_agents, *environment.num_types)))


def payoff(mechanism: Mechanism, i: int, types: tuple[int, ...], reports: tuple[int, ...]) -> F:
    environment = mechanism.environment
    value = sum(
        mechanism.allocation[(*reports, o)] * worth(environment, i, o, types) for o in range(environment.num_outcomes)
    )
    return F(value) - mechanism.transfers[(i, *reports)]


@pytest.mark.parametrize("seed", range(40))
def test_measures_are_those_of_the_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    environment = random_environment(rng, private=seed % 2 == 0, agents=1 + seed % 3)
    mechanism = random_mechanism(rng, environment)
    places = profiles(environment)
    dominant = ex_post = bayesian = short_interim = short = F(0)
    for i, names in enumerate(environment.types):
        for a in range(len(names)):
            own = [t for t in places if t[i] == a]
            mass = sum(chance(environment, t) for t in own)
            outside = environment.outside[i][a]
            short = max([short, *(outside - payoff(mechanism, i, t, t) for t in own)])
            if mass:
                truth = sum(chance(environment, t) * payoff(mechanism, i, t, t) for t in own) / mass
                short_interim = max(short_interim, outside - truth)
                assert mechanism.interim_utilities(i)[names[a]] == truth
            for b in range(len(names)):
                gains = {t: payoff(mechanism, i, t, swapped(t, i, b)) - payoff(mechanism, i, t, t) for t in own}
                ex_post = max([ex_post, *gains.values()])
                if mass:
                    bayesian = max(bayesian, sum(chance(environment, t) * g for t, g in gains.items()) / mass)
                for t in own:
                    for r in own:
                        change = payoff(mechanism, i, t, swapped(r, i, b)) - payoff(mechanism, i, t, r)
                        dominant = max(dominant, change)
    assert incentive_regret(mechanism, incentives="dominant") == dominant
    assert incentive_regret(mechanism, incentives="ex post") == ex_post
    assert incentive_regret(mechanism, incentives="Bayesian") == bayesian <= ex_post <= dominant
    assert participation_shortfall(mechanism, stage="interim") == short_interim <= short
    assert participation_shortfall(mechanism, stage="ex post") == short
    assert environment.private is False or ex_post == dominant
    sums = [sum(mechanism.transfers[(i, *t)] for i in range(environment.num_agents)) for t in places]
    assert budget_deficit(mechanism, balance="weak") == max(0, *(-x for x in sums), 0)
    assert budget_deficit(mechanism, balance="strong") == max(abs(x) for x in sums)
    revenue = sum(chance(environment, t) * x for t, x in zip(places, sums, strict=True))
    assert mechanism.revenue == revenue
    assert budget_deficit(mechanism, balance="ex ante") == max(0, -revenue)
    total = sum(
        chance(environment, t) * (payoff(mechanism, i, t, t) + mechanism.transfers[(i, *t)])
        for t in places
        for i in range(environment.num_agents)
    )
    assert mechanism.welfare == total
    verdict = is_incentive_compatible(mechanism, incentives="dominant")
    assert bool(verdict) == (dominant == 0)
    if verdict.witness is not None:
        assert isinstance(verdict.witness, Misreport)
        i = environment.agent_index(verdict.witness.agent)
        row, column = (environment.type_index(i, x) for x in (verdict.witness.true_type, verdict.witness.report))
        if environment.private:
            others = [environment.type_index(j, x) for j, x in zip(
                [j for j in range(environment.num_agents) if j != i], verdict.witness.others, strict=True)]  # fmt: skip
            table = report_payoffs(mechanism, i)
            assert table[(row, column, *others)] - table[(row, row, *others)] == verdict.gain


def auction(*, second: bool, floats: bool = False) -> Mechanism:
    half = 0.5 if floats else "1/2"
    environment = Environment.single_item([[1, 2], [1, 2]], priors=[[half, half]] * 2)

    def rule(t: tuple[int, ...]) -> tuple[int, tuple[int, int]]:
        winner = 0 if t[0] >= t[1] else 1
        price = 1 + (t[1 - winner] if second else t[winner])
        return winner + 1, (price, 0) if winner == 0 else (0, price)

    return Mechanism.from_function(environment, rule)


def test_second_price_is_truthful_and_first_price_is_not() -> None:
    assert is_incentive_compatible(auction(second=True), incentives="dominant")
    assert is_individually_rational(auction(second=True), stage="ex post")
    assert is_budget_balanced(auction(second=True), balance="weak")
    assert not is_budget_balanced(auction(second=True), balance="strong")
    verdict = is_incentive_compatible(auction(second=False), incentives="Bayesian")
    assert (verdict.status, verdict.gain) == ("no", F(1, 2))
    assert str(verdict.witness) == "agent 1 reports 1 at 2"
    assert {k: str(q) for k, q in auction(second=True).interim_allocation(0).items()} == {"1": "1/2", "2": "1"}
    assert {k: str(q) for k, q in auction(second=True).interim_payments(1).items()} == {"1": "0", "2": "1/2"}


def test_rounding_is_within_tolerance() -> None:
    mechanism = auction(second=True, floats=True)
    assert mechanism.arithmetic == "float"
    assert isinstance(mechanism.revenue, float)
    paid = mechanism.transfers.floats().copy()
    paid[0, 1, 0] += 1e-13
    noisy = Mechanism(mechanism.environment, mechanism.allocation.floats(), paid)
    verdict = is_incentive_compatible(noisy, incentives="Bayesian")
    assert verdict.status == "within tolerance"
    with pytest.raises(UndecidedError):
        bool(verdict)
    assert is_incentive_compatible(noisy, incentives="Bayesian", tol=1e-9)


def test_lotteries_of_floats_are_mended_and_others_refused() -> None:
    environment = Environment.single_item([[1.0], [1.0]], priors=[[1.0]] * 2)
    third = Mechanism(environment, np.full((1, 1, 3), 1 / 3))
    assert third.allocation.fractions().sum() == 1
    for bad in ([[[0.5, 0.5, 0.5]]], [[[1.5, -0.5, 0.0]]], [[[1.0, 0.0]]]):
        with pytest.raises(SpecificationError, match=r"allocation"):
            Mechanism(environment, bad)
    with pytest.raises(SpecificationError, match="transfers"):
        Mechanism(environment, [[[1, 0, 0]]], [[0, 0]])
    with pytest.raises(SpecificationError, match="outcomes"):
        Mechanism.deterministic(environment, [[3]])
    with pytest.raises(SpecificationError, match="incentives"):
        incentive_regret(third, incentives="strong")
    with pytest.raises(SpecificationError, match="stage"):
        participation_shortfall(third, stage="never")
    with pytest.raises(SpecificationError, match="balance"):
        budget_deficit(third, balance="loose")


def test_forms() -> None:
    mechanism = auction(second=True)
    again = Mechanism.from_dict(json.loads(json.dumps(mechanism.to_dict())))
    assert again == mechanism
    assert hash(again) == hash(mechanism)
    assert pickle.loads(pickle.dumps(mechanism)) == mechanism  # noqa: S301  # our own bytes
    assert mechanism != auction(second=False)
    assert list(mechanism.to_frame().columns)[-2:] == ["agent 1 pays", "agent 2 pays"]
    labelled = Environment.single_item([[1]], priors=[[1]], agents=["<b>"])
    text = Mechanism.deterministic(labelled, [1])._repr_html_()
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
