"""Rings against mechanisms: programmes written by hand in SciPy, closed forms, and a search of all that a ring can do."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.auctions import posted_ring_price, ring_revenue

from gametheory.arithmetic import RationalArray
from gametheory.certificates import DualityCertificate, LinearProgramme
from gametheory.collusion.collusion_proof import collusion_proof_mechanism
from gametheory.collusion.reallocation import item_moves, ring_worth
from gametheory.collusion.ring_gains import is_ring_proof, revenue_against_ring, ring_gain
from gametheory.collusion.ring_ladder import price_of_collusion_in_mechanism
from gametheory.collusion.rings import RingProof, read_ring_constraint
from gametheory.errors import InfeasibleError, SpecificationError, UnboundedError, UnsupportedError
from gametheory.mechanisms import (
    BayesianIC,
    BudgetBalance,
    Environment,
    ExPostIC,
    InterimParticipation,
    LimitedLiability,
    Mechanism,
)
from gametheory.mechanisms.optimal import optimal_mechanism
from gametheory.mechanisms.programme import mechanism_programme
from gametheory.optimize import solve_exact

ALONE = [BayesianIC(), InterimParticipation()]
MYERSON = {2: Fraction(3, 4), 3: Fraction(2, 3), 5: Fraction(71, 125), 7: Fraction(180, 343)}
STRONG = {2: Fraction(3, 4), 3: Fraction(16, 27), 5: Fraction(64, 125), 7: Fraction(165, 343)}


def uniform(m: int, n: int = 2) -> Environment:
    return Environment.single_item([[f"{k}/{m}" for k in range(1, m + 1)]] * n, priors=[[f"1/{m}"] * m] * n)


def strong(
    environment: Environment, *, reallocation: bool = True, truth: str = "reallocated", **more: Any
) -> RingProof:
    moves = item_moves(environment) if reallocation else ()
    return RingProof(controls="participation", reallocation=moves, truth=truth, **more)


# -- published numbers and closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [2, 3, 5, 7])
@pytest.mark.parametrize("reallocation", [True, False])
def test_a_strong_ring_pays_the_best_posted_price(m: int, reallocation: bool) -> None:
    """max_k (k/m)(1 − ((k − 1)/m)²), as if one buyer had the higher of the two values; a third route in SciPy."""
    environment = uniform(m)
    design = collusion_proof_mechanism(environment, "revenue", [strong(environment, reallocation=reallocation)])
    assert design.value == STRONG[m] == posted_ring_price(m)
    values = [[k / m for k in range(1, m + 1)]] * 2
    by_hand = ring_revenue(
        values,
        np.full((m, m), 1 / m**2),
        individual=False,
        ring="strong",
        participation=True,
        reallocation=reallocation,
    )
    assert by_hand == pytest.approx(float(design.value), abs=1e-9)
    assert design.certificate.verify()
    # Nothing is lost by asking individuals to agree too, or the ring to stay idle altogether.
    for truth in ("reallocated", "as allocated"):
        both = [*ALONE, strong(environment, reallocation=reallocation, truth=truth)]
        assert collusion_proof_mechanism(environment, "revenue", both).value == STRONG[m]


@pytest.mark.parametrize("m", [2, 3, 5, 7])
def test_a_ring_that_only_reports_costs_nothing(m: int) -> None:
    """Che and Kim 2006: with independent types the optimum of Myerson can still be had, with or without reallocation."""
    environment = uniform(m)
    assert optimal_mechanism(environment, "revenue", ALONE).value == MYERSON[m]
    for moves in ((), item_moves(environment)):
        weak = RingProof(controls="reports", reallocation=moves)
        assert collusion_proof_mechanism(environment, "revenue", [*ALONE, weak]).value == MYERSON[m]
    values = [[k / m for k in range(1, m + 1)]] * 2
    for reallocation in (False, True):
        by_hand = ring_revenue(
            values,
            np.full((m, m), 1 / m**2),
            individual=True,
            ring="weak",
            participation=False,
            reallocation=reallocation,
        )
        assert by_hand == pytest.approx(float(MYERSON[m]), abs=1e-9)


def second_price(environment: Environment, reserve: int) -> Mechanism:
    """Second price with the value of type ``reserve`` as reserve; ties to the first."""
    values = environment.item_values(0).fractions()

    def rule(t: tuple[int, ...]) -> tuple[int, tuple[Any, ...]]:
        winner, high, low = t.index(max(t)), max(t), sorted(t)[-2]
        if high < reserve:
            return 0, (0,) * len(t)
        price = max(values[reserve], values[low])
        return winner + 1, tuple(price if i == winner else 0 for i in range(len(t)))

    return Mechanism.from_function(environment, rule)


@pytest.mark.parametrize("m", [2, 4, 8, 16])
def test_a_strong_ring_against_the_reserve_for_individuals(m: int) -> None:
    """The ring pays the reserve 1/2 when its better value beats it: 3/8, exactly (a ring that is indifferent stays away)."""
    environment = uniform(m)
    auction = second_price(environment, m // 2 - 1)
    found = revenue_against_ring(auction, controls="participation")
    assert found == Fraction(1, 2) * (1 - Fraction(1, 4)) == Fraction(3, 8)
    friendly = revenue_against_ring(auction, controls="participation", ties="designer")
    assert friendly == Fraction(1, 2) * (1 - Fraction(m // 2 - 1, m) ** 2)
    moves = item_moves(environment)
    assert revenue_against_ring(auction, controls="participation", reallocation=moves) == found


@pytest.mark.parametrize("m", [2, 5, 20])
def test_a_strong_ring_without_reserve_leaves_nothing_in_the_limit(m: int) -> None:
    """All report the lowest type and pay its value 1/m, which goes to 0."""
    environment = uniform(m)
    for ties in ("designer", "ring"):
        revenue = revenue_against_ring(second_price(environment, 0), controls="reports", ties=ties)
        assert revenue == Fraction(1, m)


@pytest.mark.parametrize(("s", "without"), [("1/4", "3/2"), ("13/50", "87/50"), ("3/10", "17/10"), ("9/20", "31/20")])
def test_correlation_is_worth_much_to_the_designer_until_bidders_collude(s: str, without: str) -> None:
    """Crémer and McLean 1988 against Laffont and Martimort 2000: max(1, 2(1 − s)) is continuous, the other jumps at 1/4."""
    p = Fraction(s)
    prior = [[p, Fraction(1, 2) - p], [Fraction(1, 2) - p, p]]
    environment = Environment.single_item([[1, 2]] * 2, prior=prior)
    free = optimal_mechanism(environment, "revenue", ALONE, limited_liability=None).value
    assert free == Fraction(without)
    assert free == (
        Fraction(3, 2) if p == Fraction(1, 4) else 2 - p
    )  # the whole surplus, but where types are independent
    for truth in ("reallocated", "as allocated"):
        both = [*ALONE, strong(environment, truth=truth)]
        design = collusion_proof_mechanism(environment, "revenue", both, limited_liability=None)
        assert design.value == max(Fraction(1), 2 * (1 - p))
    by_hand = ring_revenue([[1, 2]] * 2, prior, individual=True, ring="strong", participation=True, reallocation=True)
    assert by_hand == pytest.approx(float(design.value), abs=1e-9)


def test_the_ladder_names_what_each_control_costs() -> None:
    for m in (3, 5):
        environment = uniform(m)
        ladder = price_of_collusion_in_mechanism(environment, reallocation=item_moves(environment))
        assert ladder.values == (MYERSON[m], MYERSON[m], STRONG[m], STRONG[m])
        assert ladder.price == MYERSON[m] - STRONG[m]
        assert ladder.verify()
        assert [rung.control for rung in ladder.rungs] == ["nothing", "reports", "participation", "reallocation"]
    assert "certified" in repr(ladder)
    assert "<table>" in ladder._repr_html_()
    assert list(ladder.to_frame()["rings control"]) == [rung.control for rung in ladder.rungs]
    assert ladder.to_dict()["rungs"][0]["loss"] == "0"


# -- random environments -----------------------------------------------------------------------------------------------


def random_environment(rng: np.random.Generator, *, agents: int | None = None, item: bool = False) -> Environment:
    n = int(rng.integers(2, 4)) if agents is None else agents
    sizes = [2] * n if n > 2 else rng.integers(1, 4, size=2).tolist()
    if rng.random() < 0.5:
        weights = rng.integers(0, 5, size=sizes)
        weights[(0,) * n] += 1
        total = int(weights.sum())
        kind = {"prior": np.array([Fraction(int(w), total) for w in weights.flat], dtype=object).reshape(sizes)}
    else:
        rows = [rng.integers(1, 5, size=m).tolist() for m in sizes]
        kind = {"priors": [[Fraction(w, sum(row)) for w in row] for row in rows]}
    if item:
        return Environment.single_item([sorted(rng.choice(9, size=m, replace=False).tolist()) for m in sizes], **kind)
    tables = [np.vstack([np.zeros(m, dtype=int), rng.integers(-3, 6, size=(2, m))]) for m in sizes]
    return Environment.private_values(tables, **kind)


def best_ring_plan(mechanism: Mechanism, ring: tuple[int, ...], *, participation: bool, resale: bool) -> Fraction:
    """What a complete-information ring of everybody or some, with side payments, gains at most; plain loops.

    ``resale``: of a single item, among members. Truth is as allocated. Outsiders are averaged over.
    """
    environment = mechanism.environment
    n, sizes = environment.num_agents, environment.num_types
    values = [environment.values(i).fractions() for i in range(n)]
    lotteries, payments = mechanism.allocation.fractions(), mechanism.transfers.fractions()
    prior = environment.prior.fractions()
    best = Fraction(0)
    for true in itertools.product(*(range(sizes[i]) for i in ring)):
        worlds = [t for t in environment.profiles() if tuple(t[i] for i in ring) == true and prior[t] > 0]
        if not worlds:
            continue
        mass = sum(prior[t] for t in worlds)

        def got(t: tuple[int, ...], told: tuple[int, ...], passed: bool) -> Fraction:
            said = list(t)
            for i, r in zip(ring, told, strict=True):
                said[i] = r
            total = Fraction(0)
            for o in range(environment.num_outcomes):
                worth = sum(values[i][(o, *t)] for i in ring)
                if passed and o - 1 in ring:
                    worth = max(values[i][(i + 1, *t)] for i in ring)
                total += lotteries[(*said, o)] * worth
            return total - sum(payments[(i, *said)] for i in ring)

        honest = sum(prior[t] * got(t, true, False) for t in worlds) / mass
        for told in itertools.product(*(range(sizes[i]) for i in ring)):
            best = max(best, sum(prior[t] * got(t, told, resale) for t in worlds) / mass - honest)
        if participation:
            floor = sum(environment.outside[i][k] for i, k in zip(ring, true, strict=True))
            best = max(best, floor - honest)
    return best


def test_the_returned_mechanism_admits_no_ring_and_without_its_rows_one_does() -> None:
    rng = np.random.default_rng(21)
    broken = 0
    for k in range(16):
        environment = random_environment(rng, item=True)
        resale = bool(k % 2)
        rings = RingProof(controls="participation", reallocation=item_moves(environment) if resale else ())
        family = [tuple(sorted(s)) for s in rings.rings(environment)]
        design = collusion_proof_mechanism(environment, "revenue", [*ALONE, rings], limited_liability=None)
        assert all(best_ring_plan(design.decision, s, participation=True, resale=resale) == 0 for s in family)
        assert is_ring_proof(design.decision, rings)
        free = optimal_mechanism(environment, "revenue", ALONE, limited_liability=None)
        assert free.value >= design.value
        gains = [best_ring_plan(free.decision, s, participation=True, resale=resale) for s in family]
        found = ring_gain(free.decision, rings)
        assert found.gain == max(gains)
        assert is_ring_proof(free.decision, rings).status == ("no" if max(gains) else "yes")
        if free.value > design.value:  # every optimum without the rows is undone by a ring
            broken += 1
            assert max(gains) > 0
            assert any("coalition" in name for name in design.binding)
    assert broken > 5


def random_family(rng: np.random.Generator, n: int) -> list[tuple[int, ...]]:
    every = [s for k in range(1, n + 1) for s in itertools.combinations(range(n), k)]
    return [s for s in every if rng.random() < 0.5] or [every[-1]]


@pytest.mark.slow
def test_more_rings_never_help_the_designer_and_primal_is_dual() -> None:
    """Nested random families, four kinds of rings, correlated types and three agents: 200 environments."""
    rng = np.random.default_rng(22)
    assert sum(_check_nested(rng, k) for k in range(200)) > 30


def test_more_rings_never_help_the_designer() -> None:
    rng = np.random.default_rng(23)
    assert sum(_check_nested(rng, k) for k in range(24)) > 3


def _check_nested(rng: np.random.Generator, k: int) -> bool:
    environment = random_environment(rng, item=k % 2 == 0)
    objective = ("revenue", "welfare")[k % 5 == 4]
    n = environment.num_agents
    larger = random_family(rng, n)
    smaller = [s for s in larger if rng.random() < 0.5]
    blocking = ("transfer", "any")[k % 3 == 2]
    moves = item_moves(environment) if environment.item and blocking == "transfer" else ()
    incentives = ("Bayesian", "ex post")[k % 4 == 3]
    controls = ("reports", "participation")[k % 2]
    kind = {"controls": controls, "blocking": blocking, "reallocation": moves, "incentives": incentives}
    base: list[Any] = [*ALONE, LimitedLiability(10)] if objective == "revenue" else [*ALONE, BudgetBalance("ex ante")]
    designs = []
    for family in ([], smaller, larger):
        extra = [RingProof(family, **kind)] if family else []
        programme = mechanism_programme(
            environment, objective=objective, constraints=[*base, *extra], read=read_ring_constraint
        )
        solution = solve_exact(programme)
        assert solution.certificate.verify()
        assert programme.objective_at(solution.primal) == solution.value == solution.certificate.value
        designs.append(solution)
    values = [solution.value for solution in designs]
    assert values[0] >= values[1] >= values[2]
    return values[0] > values[2]


def test_a_row_matters_iff_it_has_a_price_in_every_optimal_dual() -> None:
    """Without the row the value changes, or the multipliers found then, with 0 for the row, are optimal for the whole."""
    rng = np.random.default_rng(24)
    seen = {True: 0, False: 0}
    for _ in range(16):
        environment = random_environment(rng, agents=2, item=True)
        rings = RingProof(controls="participation")
        whole = mechanism_programme(
            environment, objective="revenue", constraints=[*ALONE, rings], read=read_ring_constraint
        )
        best = solve_exact(whole)
        for name in [row for row in best.binding if row.startswith("coalition")][:3]:
            r = whole.row_names.index(name)
            kept = [k for k in range(whole.num_rows) if k != r]
            rows = [(whole.row_names[k], whole.row(k), whole.row_sense[k], whole.right_hand_side[k]) for k in kept]
            fewer = LinearProgramme.from_rows(
                "max", whole.objective.fractions(), rows, lower=whole.lower, upper=whole.upper
            )
            try:
                freed = solve_exact(fewer)
            except UnboundedError:
                seen[True] += 1
                continue
            assert freed.value >= best.value
            seen[freed.value > best.value] += 1
            if freed.value == best.value:
                prices = freed.row_duals.fractions().tolist()
                extended = RationalArray.from_fractions([*prices[:r], Fraction(0), *prices[r:]])
                assert DualityCertificate(whole, best.value, extended, best.primal).verify()
    assert min(seen.values()) > 3


# -- without side payments -----------------------------------------------------------------------------------------------


def test_rules_are_ordered() -> None:
    """No member gains ⇒ the members' sum does not ⇒ not every member does: the designer loses less and less."""
    rng = np.random.default_rng(25)
    apart = set()
    for k in range(12):
        tables = [np.vstack([np.zeros(2, dtype=int), rng.integers(-3, 6, size=(2, 2))]) for _ in range(2)]
        environment = Environment.private_values(tables, priors=[["1/3", "2/3"], ["1/2", "1/2"]])
        base = [*ALONE, LimitedLiability(9, of="payment")]
        free = optimal_mechanism(environment, "revenue", base).value
        controls = ("reports", "participation")[k % 2]
        values = [free]
        for rule in ("all", "transfer", "any"):
            rings = RingProof(controls=controls, blocking=rule)
            design = collusion_proof_mechanism(environment, "revenue", [*base, rings], payment_bound=9)
            assert ring_gain(design.decision, rings).gain == 0
            assert is_ring_proof(design.decision, rings)
            assert design.certificate.verify()
            if values[-1] > design.value:
                apart.add(rule)
            values.append(design.value)
        assert values == sorted(values, reverse=True)
    assert {"transfer", "any"} <= apart


def test_every_member_must_gain_or_the_ring_does_not_lie() -> None:
    """Welfare without payments: a mechanism proof under "all", beaten by all others of a grid that are proof too."""
    environment = Environment.private_values(
        [[[0, 2], [1, 0]], [[1, 0], [0, 3]]], priors=[["1/2", "1/2"], ["1/2", "1/2"]]
    )
    rings = RingProof(controls="reports", blocking="all")
    design = collusion_proof_mechanism(environment, "welfare", [ExPostIC(), rings], transfers=False)
    best = Fraction(-1)
    for outcomes in itertools.product(range(2), repeat=4):
        mechanism = Mechanism.deterministic(environment, np.array(outcomes).reshape(2, 2))
        ok = _truthful(mechanism) and ring_gain(mechanism, rings).gain == 0
        if ok:
            best = max(best, mechanism.exact_welfare())
    assert design.value >= best > 0
    assert ring_gain(design.decision, rings).gain == 0
    single = collusion_proof_mechanism(environment, "welfare", [ExPostIC(), rings], transfers=False, randomised=False)
    assert single.value == best


def _truthful(mechanism: Mechanism) -> bool:
    environment = mechanism.environment
    values, lotteries = [environment.values(i).fractions() for i in range(2)], mechanism.allocation.fractions()
    for t in environment.profiles():
        for i in range(2):
            for r in range(environment.num_types[i]):
                said = (r, t[1]) if i == 0 else (t[0], r)
                worth = [sum(lotteries[(*p, o)] * values[i][(o, *t)] for o in range(2)) for p in (said, t)]
                if worth[0] > worth[1]:
                    return False
    return True


# -- forms, names, errors ------------------------------------------------------------------------------------------------


def test_rows_are_named_in_words_and_rebuilt_from_json() -> None:
    environment = Environment.single_item(
        [[1, 2]] * 3, priors=[["1/2", "1/2"]] * 3, agents=["Ann", "Bob", "Cem"], types=[["low", "high"]] * 3
    )
    rings = RingProof(
        [["Ann", "Cem"]], controls="participation", reallocation=item_moves(environment), incentives="ex post"
    )
    design = collusion_proof_mechanism(environment, "revenue", [*ALONE, rings])
    names = design.certificate.programme.row_names
    assert "coalition {Ann, Cem} reports (high, high) at (low, low), others (low)" in names
    assert "coalition {Ann, Cem} takes part at (low, low), others (high)" in names
    assert "coalition {Ann, Cem} passes nothing on at (low, high), others (low)" in names
    assert not any("Ann, Bob" in name for name in names)
    assert read_ring_constraint(rings.to_dict()) == rings
    from gametheory.audit.evidence import row_builders
    from gametheory.certificates import verify_certificate

    assert verify_certificate(design.certificate, row_builders=row_builders()).status == "verified"
    for rule in ("any", "all"):
        without = RingProof([[0, 2]], controls="reports", blocking=rule)
        again = collusion_proof_mechanism(
            environment, "revenue", [*ALONE, without], payment_bound=2 if rule == "all" else None
        )
        assert verify_certificate(again.certificate, row_builders=row_builders()).status == "verified"


def test_moves_compose_within_the_ring() -> None:
    environment = Environment.private_values(
        [[[0], [1], [5]], [[0], [0], [2]]], priors=[[1], [1]], outcomes=["none", "some", "all"]
    )
    steps = [((0,), 0, 1), ((0, 1), 1, 2)]
    assert ring_worth(environment, {0, 1}, steps).fractions()[0, 0].tolist() == [7, 7, 7]
    assert ring_worth(environment, {0}, steps).fractions()[0, 0].tolist() == [1, 1, 5]


def test_rings_that_cannot_be_held_are_refused_with_proof() -> None:
    """A designer who must run a surplus at every profile cannot keep a ring that is better off outside."""
    environment = Environment.private_values(
        [[[-1], [-1]], [[-1], [-1]]], priors=[[1], [1]], outcomes=["left", "right"]
    )
    rings = RingProof(controls="participation")
    with pytest.raises(InfeasibleError, match="rings that control participation") as caught:
        collusion_proof_mechanism(environment, "revenue", [BudgetBalance("weak"), rings])
    assert caught.value.certificate.verify()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"controls": "everything"}, "controls"),
        ({"blocking": "some"}, "blocking"),
        ({"truth": "never"}, "truth"),
        ({"incentives": "dominant"}, "incentives"),
        ({"coalitions": "Ann"}, "coalitions"),
        ({"coalitions": [1]}, r"coalitions\[0\]"),
        ({"blocking": "any", "reallocation": [((0, 1), 1, 2)]}, "reallocation"),
    ],
)
def test_malformed_rings_are_refused(change: dict, place: str) -> None:
    with pytest.raises(SpecificationError, match=place):
        RingProof(**({"controls": "reports"} | change))


def test_what_is_missing_is_asked_for() -> None:
    environment = uniform(2)
    with pytest.raises(SpecificationError, match="RingProof"):
        collusion_proof_mechanism(environment, "revenue", ALONE)
    every = RingProof(controls="reports", blocking="all")
    with pytest.raises(SpecificationError, match="payment_bound"):
        collusion_proof_mechanism(environment, "revenue", [*ALONE, every])
    with pytest.raises(UnsupportedError, match="collusion_proof_mechanism"):
        optimal_mechanism(environment, "revenue", [*ALONE, every])
    with pytest.raises(SpecificationError, match=r"reallocation\[0\]"):
        collusion_proof_mechanism(
            environment, "revenue", [*ALONE, RingProof(controls="reports", reallocation=[((0, 1), 1, 9)])]
        )
    common = Environment.interdependent([np.ones((2, 2, 2), dtype=int)] * 2, priors=[["1/2", "1/2"]] * 2)
    with pytest.raises(UnsupportedError, match="interdependent"):
        ring_worth(common, {0, 1}, [((0, 1), 0, 1)])
    with pytest.raises(UnsupportedError, match="item"):
        item_moves(common)
    with pytest.raises(SpecificationError, match="members"):
        revenue_against_ring(second_price(environment, 0), [], controls="reports")
