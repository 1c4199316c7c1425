"""Automated design: published numbers, the same programme by other routes, and what theory says about all of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.mechanisms import best_deterministic, best_randomised, least_multiplier

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnboundedError, UnsupportedError
from gametheory.mechanisms import (
    BayesianIC,
    BudgetBalance,
    DominantStrategyIC,
    Efficiency,
    Environment,
    ExPostIC,
    ExPostParticipation,
    InterimParticipation,
    LimitedLiability,
    MechanismVariables,
    Objective,
    Rows,
    incentive_regret,
    is_budget_balanced,
    is_incentive_compatible,
    is_individually_rational,
    mechanism_programme,
    optimal_mechanism,
    optimal_reduced_form,
)
from gametheory.optimize import Design, solve_exact

AUCTION = [BayesianIC(), InterimParticipation()]

# Two agents, three types, four outcomes; an instance whose three values are found by enumeration below.
UTILITIES = [[[5, 8, 5, 0], [1, 8, 3, 8], [1, 9, 1, 6]], [[4, 1, 3, 4], [2, 4, 1, 6], [9, 3, 4, 6]]]


def choice() -> Environment:
    return Environment.private_values([np.array(u).T for u in UTILITIES], priors=[["1/3"] * 3] * 2)


def auction(m: int, *, identical: bool, bidders: int = 2) -> Environment:
    values = [F(k, m) for k in range(1, m + 1)]
    return Environment.single_item([values] * bidders, priors=[[F(1, m)] * m] * bidders, identical=identical)


def checked(design: Design) -> Design:
    """The certificate survives its trip through JSON, and its rows are those of its arguments."""
    text = json.dumps(design.certificate.to_dict())
    assert verify_certificate(read_certificate(text), row_builders=row_builders()).status == "verified"
    return design


# -- published numbers ---------------------------------------------------------------------------------------------------


def test_randomising_helps_a_benevolent_designer_without_payments() -> None:
    """Conitzer and Sandholm 2002 show that it can; here deterministic < randomised < first best."""
    environment, truth = choice(), [DominantStrategyIC()]
    fixed = checked(optimal_mechanism(environment, "welfare", truth, transfers=False, randomised=False))
    mixed = checked(optimal_mechanism(environment, "welfare", truth, transfers=False))
    best = checked(optimal_mechanism(environment, "welfare", [], transfers=False))
    assert [fixed.value, mixed.value, best.value] == [F(107, 9), F(6971, 576), F(110, 9)]
    assert not fixed.decision.randomised
    assert mixed.decision.randomised
    for design in (fixed, mixed):
        assert is_incentive_compatible(design.decision, incentives="dominant")
        assert design.decision.welfare == design.value
    sums = np.array(UTILITIES[0])[:, None] + np.array(UTILITIES[1])[None]
    assert best.value == F(int(sums.max(axis=2).sum()), 9)


def test_the_deterministic_value_by_enumeration() -> None:
    """All 4⁹ choices at once: agent i never gains by another report, whatever the other reports."""
    u, v = np.array(UTILITIES[0]), np.array(UTILITIES[1])
    rules = np.array(np.unravel_index(np.arange(4**9), (4,) * 9)).reshape(3, 3, -1)
    good = np.ones(4**9, dtype=bool)
    for a, b in itertools.permutations(range(3), 2):
        for s in range(3):
            good &= u[a][rules[a, s]] >= u[a][rules[b, s]]
            good &= v[a][rules[s, a]] >= v[a][rules[s, b]]
    welfare = sum(u[a][rules[a, s]] + v[s][rules[a, s]] for a in range(3) for s in range(3))
    assert F(int(welfare[good].max()), 9) == F(107, 9)


@pytest.mark.parametrize("form", ["ex post", "interim"])
@pytest.mark.parametrize("identical", [True, False])
@pytest.mark.parametrize(("m", "value"), [(2, F(3, 4)), (3, F(2, 3)), (5, F(71, 125)), (10, F(49, 100))])
def test_optimal_auctions(m: int, value: F, identical: bool, form: Any) -> None:
    """Myerson 1981: revenue is the expected positive part of the best virtual value, (2k − m)/m for value k/m."""
    virtual = [F(2 * k - m, m) for k in range(1, m + 1)]
    assert sum(max(a, b, F(0)) for a in virtual for b in virtual) / m**2 == value
    design = checked(optimal_mechanism(auction(m, identical=identical), "revenue", AUCTION, form=form))
    assert design.value == value == design.decision.revenue
    assert is_incentive_compatible(design.decision, incentives="Bayesian")
    assert is_individually_rational(design.decision, stage="interim")
    assert all("reports" in name or "takes part" in name or "Border" in name for name in design.binding)


@pytest.mark.slow
def test_four_hundred_values_near_the_continuum() -> None:
    """(5/12 + …): exactly 133933/320000 = 0.418540625, from 800 columns instead of 800,000."""
    m = 400
    design = optimal_reduced_form(auction(m, identical=True), "revenue", AUCTION)
    virtual = np.maximum(2 * np.arange(1, m + 1) - m, 0)
    assert design.value == F(int(np.maximum.outer(virtual, virtual).sum()), m**3) == F(133933, 320000)


def test_three_bidders_who_differ() -> None:
    environment = Environment.single_item([[1, 4], [2, 3, 7], [5]], priors=[["1/2", "1/2"], ["1/4", "1/2", "1/4"], [1]])
    for objective in ("revenue", "welfare"):
        full = optimal_mechanism(environment, objective, AUCTION, form="ex post")
        reduced = checked(optimal_mechanism(environment, objective, AUCTION, form="interim"))
        assert full.value == reduced.value
    assert optimal_mechanism(environment, "welfare", AUCTION).value == F(1, 4) * 7 + F(3, 4) * 5


# -- correlated types ----------------------------------------------------------------------------------------------------


def pair(s: F, *, identical: bool = True) -> Environment:
    rest = F(1, 2) - s
    return Environment.single_item([[1, 2]] * 2, prior=[[s, rest], [rest, s]], identical=identical)


@pytest.mark.parametrize(("s", "value"), [("1/4", "3/2"), ("13/50", "87/50"), ("3/10", "17/10"), ("9/20", "31/20")])
def test_unlimited_side_bets_extract_the_whole_surplus(s: str, value: str) -> None:
    """Crémer and McLean 1988: 2 − s for any s ≠ 1/4, a jump from the 3/2 of independent types."""
    design = checked(optimal_mechanism(pair(F(s)), "revenue", AUCTION, limited_liability=None))
    assert design.value == F(value)
    if s != "1/4":
        assert design.value == 2 - F(s)
        assert "artefact" in design.name


def test_limited_liability_by_default_takes_the_jump_away() -> None:
    for s in ("1/4", "251/1000", "13/50", "3/10", "9/20"):
        design = checked(optimal_mechanism(pair(F(s)), "revenue", AUCTION))
        status, value = best_randomised(
            pair(F(s)), revenue=True, bayesian=True, participation="interim", liability=None if s == "1/4" else 0.0
        )
        assert (status, value) == ("optimal", pytest.approx(1.5))
        assert design.value == F(3, 2)
        assert ("because types are correlated" in design.name) == (s != "1/4")
        if s != "1/4":
            assert is_individually_rational(design.decision, stage="ex post")
    own = optimal_mechanism(pair(F(3, 10)), "revenue", [*AUCTION, LimitedLiability(1)])
    assert "because" not in own.name
    assert own.value == optimal_mechanism(pair(F(3, 10)), "revenue", AUCTION, limited_liability=1).value
    bounds = ["0", "1/10", "1/5", "1"]
    grown = [optimal_mechanism(pair(F(3, 10)), "revenue", AUCTION, limited_liability=b).value for b in bounds]
    assert F(3, 2) == grown[0] < grown[1] < grown[2] < grown[3] == F(17, 10)


# -- what cannot be ------------------------------------------------------------------------------------------------------


def trade(costs: Sequence[Any], values: Sequence[Any]) -> Environment:
    return Environment.private_values(
        [[[0] * len(costs), [-c for c in costs]], [[0] * len(values), list(values)]],
        priors=[[F(1, len(costs))] * len(costs), [F(1, len(values))] * len(values)],
        agents=["seller", "buyer"],
        types=[[f"cost {c}" for c in costs], [f"value {v}" for v in values]],
        outcomes=["no trade", "trade"],
    )


def trade_surplus(costs: Sequence[int], values: Sequence[int]) -> F:
    """The most that efficient trade leaves the broker: virtual values minus virtual costs where trade is efficient.

    Strict gains only, or none at all where indifferent: both are efficient.
    """
    m, n, total = len(costs), len(values), F(0)
    for j, c in enumerate(costs):
        for k, v in enumerate(values):
            seller = c + j * (c - costs[j - 1]) if j else F(c)
            buyer = v - (n - 1 - k) * (values[k + 1] - v) if k + 1 < n else F(v)
            if v > c or (v == c and buyer > seller):
                total += F(buyer) - seller
    return total / (m * n)


@pytest.mark.parametrize(
    ("costs", "values"), [([0, 9], [1, 10]), ([0, 3], [1, 4]), ([0, 2], [1, 3]), ([0, 5, 9], [2, 7, 10])]
)
def test_bilateral_trade(costs: list[int], values: list[int]) -> None:
    """Myerson and Satterthwaite 1983: efficient trade that pays for itself exists iff the broker's surplus is ≥ 0."""
    surplus = trade_surplus(costs, values)
    wanted = [*AUCTION, Efficiency(), BudgetBalance("ex ante")]
    assert optimal_mechanism(trade(costs, values), "revenue", wanted[:3]).value == surplus
    if surplus < 0:
        with pytest.raises(InfeasibleError, match="cannot live together") as caught:
            optimal_mechanism(trade(costs, values), "welfare", wanted)
        for part in ("Bayesian incentive compatibility (", "interim participation (", "efficiency (", "ex ante budget"):
            assert part in str(caught.value)
        assert caught.value.certificate.verify()
        assert verify_certificate(caught.value.certificate, row_builders=row_builders()).status == "verified"
    else:
        design = checked(optimal_mechanism(trade(costs, values), "welfare", wanted))
        assert is_budget_balanced(design.decision, balance="ex ante")
        assert incentive_regret(design.decision, incentives="Bayesian") == 0


def test_the_impossible_case_is_among_them() -> None:
    assert trade_surplus([0, 9], [1, 10]) == F(-3, 2)


def test_nothing_limits_what_prisoners_pay() -> None:
    for form in ("ex post", "interim"):
        with pytest.raises(UnboundedError, match="add"):
            optimal_mechanism(auction(2, identical=False), "revenue", [BayesianIC()], form=form)


def test_infeasible_reduced_forms_and_rules_name_their_rows() -> None:
    greedy = Environment.single_item([[1, 2]], priors=[["1/2", "1/2"]], outside=[[3, 3]])
    wanted = [*AUCTION, BudgetBalance("ex ante")]
    for form in ("ex post", "interim"):
        with pytest.raises(InfeasibleError, match=r"cannot live together.*takes part"):
            optimal_mechanism(greedy, "revenue", wanted, form=form)
    veto = Environment.private_values([[[0, 0], [1, -1]]], priors=[["1/2", "1/2"]], outside=[["1/2", "1/4"]])
    with pytest.raises(InfeasibleError, match="no deterministic mechanism"):
        optimal_mechanism(
            veto, "welfare", [DominantStrategyIC(), ExPostParticipation()], transfers=False, randomised=False
        )


@pytest.mark.parametrize(("call", "message"), [
    (lambda: optimal_mechanism(auction(2, identical=True), "profit", AUCTION), "objective"),
    (lambda: optimal_mechanism(auction(2, identical=True), "revenue", AUCTION, transfers=False), "counts payments"),
    (lambda: optimal_mechanism(auction(2, identical=True), "revenue", AUCTION, form="short"), "form"),
    (lambda: optimal_mechanism(choice(), "welfare", [BayesianIC()], form="interim"), "single item"),
    (lambda: optimal_mechanism(auction(2, identical=True), "revenue", AUCTION, limited_liability="always"), "limited_liab"),
    (lambda: optimal_mechanism(auction(2, identical=True), "revenue", AUCTION, time_limit=-1), "time_limit"),
    (lambda: optimal_mechanism(choice(), Objective([1, 2, 3]), []), "objective.outcomes"),
    (lambda: optimal_mechanism(choice(), Objective([1, 2, 3, float("inf")]), []), "outcomes"),
    (lambda: optimal_mechanism(choice(), Objective(payments=[1, 2, 3]), []), "objective.payments"),
])  # fmt: skip
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        call()
    with pytest.raises(UnsupportedError):
        mechanism_programme(auction(2, identical=True), randomised=False, symmetric=True)


def test_lies_about_the_environment_are_noticed() -> None:
    design = optimal_mechanism(auction(2, identical=True), "revenue", AUCTION, form="ex post")
    data = json.loads(json.dumps(design.certificate.to_dict()))
    data["programme"]["arguments"]["environment"]["prior"] = ["1/2", "1/4", "1/8", "1/8"]
    with pytest.raises((CertificateError, SpecificationError)):
        verify_certificate(read_certificate(data), row_builders=row_builders())
    shorter = json.loads(json.dumps(design.certificate.to_dict()))
    shorter["programme"]["arguments"]["constraints"].pop()
    with pytest.raises(CertificateError):
        verify_certificate(read_certificate(shorter), row_builders=row_builders())


# -- random environments -------------------------------------------------------------------------------------------------


def random_environment(seed: int) -> Environment:
    rng = np.random.default_rng(seed)
    sizes = [int(rng.integers(1, 4)) for _ in range(int(rng.integers(1, 3)))]
    outcomes = int(rng.integers(2, 4))
    if seed % 3 == 0:
        shares = [rng.integers(1, 5, size=m) for m in sizes]
        given: dict[str, Any] = {"priors": [[F(int(x), int(s.sum())) for x in s] for s in shares]}
    else:
        weights = rng.integers(0 if seed % 3 == 1 else 1, 4, size=sizes).astype(object)
        weights.reshape(-1)[0] += 1
        given = {"prior": weights * F(1, int(weights.sum()))}
    private = seed % 4 != 0
    tables = [rng.integers(-3, 6, size=(outcomes, m) if private else (outcomes, *sizes)) for m in sizes]
    make = Environment.private_values if private else Environment.interdependent
    return make(tables, **given)


def outcome(environment: Environment, objective: str, constraints: Any, **options: Any) -> tuple[str, F | None]:
    try:
        design = optimal_mechanism(environment, objective, constraints, **options)
    except InfeasibleError as problem:
        problem.certificate.verify()
        return "infeasible", None
    except UnboundedError as problem:
        problem.ray.verify()
        return "unbounded", None
    assert design.certificate.verify()
    assert design.certificate.multipliers is not None  # primal = dual, exactly
    assert design.certificate.primal is not None
    earned = design.decision.revenue if objective == "revenue" else design.decision.welfare
    assert earned == design.value
    return "optimal", design.value


@pytest.mark.parametrize("seed", range(120))
def test_random_programmes(seed: int) -> None:
    """200 and more with the two objectives: primal = dual, the same as SciPy's value, truth implies less."""
    environment = random_environment(seed)
    revenue = seed % 2 == 0
    objective = "revenue" if revenue else "welfare"
    stage = "ex post" if seed % 5 == 0 else "interim"
    part = ExPostParticipation() if stage == "ex post" else InterimParticipation()
    values = {}
    for bayesian, truth in ((True, BayesianIC()), (False, ExPostIC())):
        found = outcome(environment, objective, [truth, part], limited_liability=None)
        status, value = best_randomised(environment, revenue=revenue, bayesian=bayesian, participation=stage)
        assert found[0] == status
        assert found[1] is None or float(found[1]) == pytest.approx(value, abs=1e-7)
        values[bayesian] = found[1]
    dominant = outcome(environment, objective, [DominantStrategyIC(), part], limited_liability=None)[1]
    if None not in (values[True], values[False], dominant):
        assert dominant <= values[False] <= values[True]
        assert dominant == values[False] or not environment.private
        limited = outcome(environment, objective, [BayesianIC(), part], limited_liability=0)[1]
        assert limited is None or limited <= values[True]


@pytest.mark.parametrize("seed", range(25))
def test_deterministic_rules_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [(2, 2), (3, 1), (2,), (1, 3)][seed % 4]
    outcomes = 2 + seed % 2
    shares = [rng.integers(1, 4, size=m) for m in sizes]
    environment = Environment.private_values(
        [rng.integers(0, 5, size=(outcomes, m)) for m in sizes],
        priors=[[F(int(x), int(s.sum())) for x in s] for s in shares],
    )
    for bayesian, truth in ((True, BayesianIC()), (False, DominantStrategyIC())):
        design = optimal_mechanism(environment, "welfare", [truth], transfers=False, randomised=False)
        assert design.value == best_deterministic(environment, bayesian=bayesian)
        assert design.certificate.verify()
        relaxed = optimal_mechanism(environment, "welfare", [truth], transfers=False)
        assert design.value <= relaxed.value


def without(programme: Any, row: int) -> Any:
    from gametheory.certificates import LinearProgramme

    rows = [
        (programme.row_names[r], programme.row(r), programme.row_sense[r], programme.right_hand_side[r])
        for r in range(programme.num_rows)
        if r != row
    ]
    costs = programme.objective.fractions().tolist()
    return LinearProgramme.from_rows("max", costs, rows, lower=programme.lower, upper=programme.upper)


@pytest.mark.parametrize("seed", range(12))
def test_a_row_matters_iff_every_optimal_dual_prices_it(seed: int) -> None:
    environment = random_environment(3 * seed)
    programme = mechanism_programme(environment, objective="revenue", constraints=AUCTION)
    solution = solve_exact(programme)
    matters = set()
    for row, name in enumerate(programme.row_names):
        if name not in solution.binding or name.startswith("one outcome"):
            continue
        least = least_multiplier(programme, row, solution.value)
        try:
            changed = solve_exact(without(programme, row)).value != solution.value
        except UnboundedError:
            changed = True
        assert changed == (least > 1e-7), name
        matters.add(changed)
    assert matters


# -- symmetry ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_orbits_change_nothing_but_the_size(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, outcomes, bidders = 2 + seed % 2, 3, 2 + (seed % 5 == 0)
    swaps = [[*range(i), i + 1, i, *range(i + 2, bidders)] for i in range(bidders - 1)]
    if seed % 2:
        weights = rng.integers(1, 4, size=(m,) * bidders).astype(object)
        weights = sum(weights.transpose(order) for order in itertools.permutations(range(bidders)))
        values = sorted(rng.choice(9, size=m, replace=False).tolist())
        given: dict[str, Any] = {"prior": weights * F(1, int(weights.sum()))}
        same = Environment.single_item([values] * bidders, identical=True, **given)
        other = Environment.single_item([values] * bidders, **given)
    else:
        table = rng.integers(-2, 5, size=(outcomes, m))
        shares = rng.integers(1, 4, size=m)
        given = {"priors": [[F(int(x), int(shares.sum())) for x in shares]] * bidders}
        declared = [(swap, list(range(outcomes))) for swap in swaps]
        same = Environment.private_values([table] * bidders, symmetries=declared, **given)
        other = Environment.private_values([table] * bidders, **given)
    for constraints in ([BayesianIC(), InterimParticipation()], [DominantStrategyIC(), ExPostParticipation()]):
        options: dict[str, Any] = {"form": "ex post"}
        small = checked(optimal_mechanism(same, "revenue", constraints, **options))
        large = optimal_mechanism(other, "revenue", constraints, **options)
        assert small.value == large.value == small.decision.revenue
        assert small.certificate.programme.num_columns < large.certificate.programme.num_columns
        concept = "Bayesian" if constraints[0] == BayesianIC() else "dominant"
        assert is_incentive_compatible(small.decision, incentives=concept)


def test_a_goal_that_treats_agents_differently_keeps_the_whole_programme() -> None:
    environment = auction(2, identical=True)
    goal = Objective(payments=[1, 0], name="what the first pays")
    design = optimal_mechanism(environment, goal, AUCTION)
    assert design.certificate.programme.num_columns == MechanismVariables(environment, True).num_columns
    assert design.value == optimal_mechanism(auction(2, identical=False), goal, AUCTION).value == F(1, 2)


# -- constraints from elsewhere ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ring:
    """All agents share what they know and have, report as one and may stay away: a stranger's constraint."""

    title: str = "ring"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        environment, rows = variables.environment, []
        n = environment.num_agents

        def utility(types: tuple[int, ...], reports: tuple[int, ...]) -> dict[int, F]:
            most = max(environment.item_values(i)[types[i]] for i in range(n))
            row = {variables.allocation(reports, i + 1): most for i in range(n)}
            return row | {variables.transfer(i, reports): F(-1) for i in range(n)}

        for types in environment.profiles():
            rows.append((f"the ring takes part at {environment.profile_text(types)}", utility(types, types), 0))
            for reports in environment.profiles():
                if reports != types:
                    row = utility(types, types)
                    for j, a in utility(types, reports).items():
                        row[j] = row.get(j, F(0)) - a
                    name = f"the ring reports {environment.profile_text(reports)} at {environment.profile_text(types)}"
                    rows.append((name, row, 0))
        return [Rows.of(rows, ">=")]

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "ring"}


@pytest.mark.parametrize("identical", [True, False])
@pytest.mark.parametrize(("m", "value"), [(2, F(3, 4)), (3, F(16, 27)), (5, F(64, 125))])
def test_a_ring_leaves_a_posted_price(m: int, value: F, identical: bool) -> None:
    """One price for the pair: max_k (k/m) (1 − ((k − 1)/m)²); with the rows of each bidder it is no more."""
    assert value == max(F(k, m) * (1 - F(k - 1, m) ** 2) for k in range(1, m + 1))
    environment = auction(m, identical=identical)
    design = optimal_mechanism(environment, "revenue", [Ring()], name="ring")
    assert design.value == value
    assert any("ring" in name for name in design.binding)
    both = optimal_mechanism(environment, "revenue", [*AUCTION, Ring()], name="ring")
    assert both.value <= min(value, optimal_mechanism(environment, "revenue", AUCTION).value)


# -- forms ---------------------------------------------------------------------------------------------------------------


def test_a_design_shows_what_binds_and_in_words() -> None:
    environment = Environment.single_item([[1.0, 2.0]] * 2, priors=[[0.5, 0.5]] * 2, types=[["low", "high"]] * 2)
    design = optimal_mechanism(environment, "revenue", AUCTION, form="ex post")
    assert design.value == 1.5
    assert isinstance(design.value, float)
    assert "agent 1 reports low at high" in design.binding
    assert "agent 1 takes part at low" in design.binding
    assert not any("one outcome" in name for name in design.binding)
    assert design.profile == "every agent reports its type"
    assert json.loads(json.dumps(design.to_dict(), allow_nan=False))["status"] == "certified"
    assert design.decision.arithmetic == "float"


def test_reduced_forms_have_every_form() -> None:
    design = optimal_reduced_form(auction(3, identical=True), "revenue", AUCTION)
    rule = design.decision
    assert "wins with" in rule._repr_html_()
    assert rule.to_frame().shape == (6, 4)
    assert json.loads(json.dumps(rule.to_dict()))["allocation"]
    assert rule == optimal_reduced_form(auction(3, identical=True), "revenue", AUCTION).decision
    with pytest.raises(UnsupportedError, match="correlated"):
        optimal_reduced_form(pair(F(3, 10)), "revenue", AUCTION)
