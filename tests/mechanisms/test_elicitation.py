"""Scoring rules, peer prediction and determinant payments: published numbers, theorems, brute force over signals."""

from __future__ import annotations

import itertools
import json
import pickle
import random
from fractions import Fraction as F

import numpy as np
import pytest
from oracles.elicitation import peer_cost, scoring_cost
from oracles.linear import plain
from oracles.multipliers import smallest_multiplier, value_without

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.collusion import is_resilient
from gametheory.equilibria import pure_nash_equilibria
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.mechanisms import (
    Payments,
    PeerSetting,
    determinant_payment,
    expected_determinant_payment,
    is_dominantly_truthful,
    is_proper,
    is_truthful,
    minimal_peer_prediction,
    minimal_scoring_rule,
    peer_prediction_programme,
    reporting_equilibria,
    reporting_game,
    reporting_margin,
    truth_margin,
)

GUARDED = {"margin": 1, "participation": 1, "coalition_margin": "1/100"}


def raters(n: int) -> PeerSetting:
    """Quality good with 3/5; good is seen as good with .85, bad as good with .3."""
    return PeerSetting(["0.6", "0.4"], [["0.15", "0.85"], ["0.7", "0.3"]], n, ["bad", "good"])


def random_setting(rng: random.Random, n: int, width: int) -> PeerSetting:
    def row(size: int) -> list[F]:
        weights = [rng.randint(1, 9) for _ in range(size)]
        return [F(w, sum(weights)) for w in weights]

    types = rng.randint(2, 3)
    return PeerSetting(row(types), [row(width) for _ in range(types)], n)


# -- peer prediction: the known example --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "nash", "full"),
    [
        (2, 2.030649, None),
        (3, 1.519029, 3.086327),
        (4, 1.414802, 1.752807),
        (5, 1.386428, 1.489171),
        (10, 1.373694, 1.374409),
    ],
)
def test_the_premium_against_all_lying_alike(n: int, nash: float, full: float | None) -> None:
    """The payments of Jurca and Faltings' programmes; for n ≤ 5 once more over all profiles of signals."""
    alone = minimal_peer_prediction(raters(n), margin=1, participation=1)
    assert float(alone.value) == pytest.approx(nash, abs=5e-7)
    assert is_truthful(raters(n), alone.decision, margin=1)
    data = ((0.6, 0.4), ((0.15, 0.85), (0.7, 0.3)), n)
    if n <= 5:
        assert peer_cost(*data, margin=1, participation=1) == pytest.approx(float(alone.value))
    if full is None:
        with pytest.raises(InfeasibleError, match="always bad") as error:
            minimal_peer_prediction(raters(n), coalitions=[range(n)], **GUARDED)
        assert error.value.certificate.verify()
        return
    guarded = minimal_peer_prediction(raters(n), coalitions=[range(n)], **GUARDED)
    assert float(guarded.value) == pytest.approx(full, abs=5e-7)
    assert guarded.certificate.verify()
    equilibria = reporting_equilibria(raters(n), guarded.decision)
    assert equilibria[0].kind == "truth"
    assert all(e.payment <= equilibria[0].payment - F(1, 100) for e in equilibria[1:])


def test_two_raters_solved_by_hand() -> None:
    """Truth binds after both signals: a 2×2 system in τ(1,1) and τ(0,0)."""
    joint = np.zeros((2, 2), dtype=object)
    for p, row in ((F(3, 5), (F(3, 20), F(17, 20))), (F(2, 5), (F(7, 10), F(3, 10)))):
        for s, t in itertools.product((0, 1), repeat=2):
            joint[s, t] += p * row[s] * row[t]
    given = joint / joint.sum(axis=1, keepdims=True)
    # P(0|0) τ00 − P(1|0) τ11 = 1 and P(1|1) τ11 − P(0|1) τ00 = 1
    a, b, c, d = given[0, 0], given[0, 1], given[1, 0], given[1, 1]
    bad, good = (d + b) / (a * d - b * c), (a + c) / (a * d - b * c)
    design = minimal_peer_prediction(raters(2), margin=1, participation=1)
    assert design.decision.table.tolist() == [[bad, 0], [0, good]]
    assert (float(good), float(bad)) == (pytest.approx(2.635950, abs=5e-7), pytest.approx(3.785537, abs=5e-7))
    assert design.value == joint[0, 0] * bad + joint[1, 1] * good


def test_truth_is_not_the_only_equilibrium() -> None:
    design = minimal_peer_prediction(raters(2), margin=1, participation=1)
    found = reporting_equilibria(raters(2), design.decision)
    assert [e.kind for e in found] == ["uninformative", "uninformative", "truth"]
    game = reporting_game(raters(2), design.decision)
    assert {tuple(game.actions[0][k] for k in e.profile) for e in pure_nash_equilibria(game)} >= {
        (e.description,) * 2 for e in found
    }


def test_rival_equilibria_can_be_made_worse_or_excluded() -> None:
    plain_ = minimal_peer_prediction(raters(4), margin=1, participation=1)
    worse = minimal_peer_prediction(raters(4), other_equilibria="dominated", **GUARDED)
    alone = minimal_peer_prediction(raters(4), other_equilibria="excluded", payment_cap=100, **GUARDED)
    full = minimal_peer_prediction(raters(4), coalitions=[range(4)], **GUARDED)
    assert plain_.value <= worse.value <= full.value  # what loses by every shared lie has no tempting equilibrium
    first, *rest = reporting_equilibria(raters(4), worse.decision)
    assert first.kind == "truth"
    assert all(e.payment <= first.payment - F(1, 100) for e in rest)
    assert [e.kind for e in reporting_equilibria(raters(4), alone.decision)] == ["truth"]
    assert alone.value >= plain_.value
    for design in (worse, alone):
        assert design.certificate.verify()
    with pytest.raises(UnsupportedError, match="cap"):
        minimal_peer_prediction(raters(4), other_equilibria="excluded", **GUARDED)
    with pytest.raises(InfeasibleError, match="at most 2"):
        minimal_peer_prediction(raters(4), other_equilibria="excluded", payment_cap=2, **GUARDED)


# -- peer prediction: theorems -----------------------------------------------------------------------------------------


def test_all_agents_who_lie_each_in_its_own_way_cannot_be_held_back() -> None:
    """The reports that pay most in sum, made always, pay at least what truth pays on average."""
    rng = random.Random(1)
    for n in (2, 3):
        for lies in ("independent", "pooled"):
            with pytest.raises(InfeasibleError):
                minimal_peer_prediction(random_setting(rng, n, 2), coalitions=n, lies=lies, **GUARDED)
    free = minimal_peer_prediction(raters(3), margin=0, coalitions=3, lies="independent")
    assert free.value == 0  # without margins to pay nothing does


def test_pooled_lies_cost_more_than_independent_than_shared() -> None:
    values = [
        minimal_peer_prediction(raters(4), coalitions=2, lies=lies, **GUARDED).value
        for lies in ("symmetric", "independent", "pooled")
    ]
    assert values == sorted(values)
    assert values[-1] > values[0]


def test_more_coalitions_never_help() -> None:
    rng = random.Random(2)
    for _ in range(12):
        setting = random_setting(rng, 4, 2)
        previous = F(0)
        for size in (None, 2, 3, 4):
            try:
                value = minimal_peer_prediction(setting, coalitions=size, **GUARDED).value
            except InfeasibleError:
                break
            assert value >= previous
            previous = value


def test_random_settings_against_all_profiles_of_signals() -> None:
    rng = random.Random(3)
    solved = 0
    for _ in range(40):
        n, width = rng.choice([(2, 2), (3, 2), (2, 3), (3, 3)])
        setting = random_setting(rng, n, width)
        size = rng.choice([0, 0, 2, n])
        kind = rng.choice(["symmetric", "independent"]) if width == 2 else "symmetric"
        prior = [float(p) for p in setting.prior]
        rows = [[float(x) for x in row] for row in setting.likelihoods]
        oracle = peer_cost(
            prior, rows, n, margin=0.5, participation=1, coalition_size=size, kind=kind, coalition_margin=0.01
        )
        try:
            design = minimal_peer_prediction(
                setting, margin="1/2", participation=1, coalitions=size or None, lies=kind, coalition_margin="1/100"
            )
        except InfeasibleError:
            assert oracle is None
            continue
        solved += 1
        assert oracle == pytest.approx(float(design.value), rel=1e-6)
        assert design.certificate.verify()
        assert reporting_margin(setting, design.decision) >= F(1, 2)
    assert solved >= 20


@pytest.mark.slow
def test_two_hundred_random_settings() -> None:
    rng = random.Random(4)
    solved = 0
    for _ in range(200):
        setting = random_setting(rng, rng.randint(2, 5), rng.randint(2, 3))
        try:
            design = minimal_peer_prediction(setting, coalitions=rng.choice([None, setting.num_agents]), **GUARDED)
        except InfeasibleError:
            continue
        solved += design.certificate.verify() and bool(is_truthful(setting, design.decision, margin=1))
    assert solved > 100


def test_the_reporting_game_says_the_same() -> None:
    """Truth as an equilibrium, and against pairs, asked of the game of strategies."""
    rng = random.Random(5)
    for _ in range(6):
        setting = random_setting(rng, 3, 2)
        try:
            design = minimal_peer_prediction(
                setting, margin=1, coalitions=2, lies="independent", blocking="any", coalition_margin="1/100"
            )
        except InfeasibleError:
            continue
        game = reporting_game(setting, design.decision)
        truth = ["truth"] * 3
        assert is_resilient(game, truth, 2, blocking="any")
        assert game.payoff(*truth)[0] == design.value


def test_who_reports_matters_only_where_agents_differ() -> None:
    """For agents who do not differ payments by counts are as cheap as payments by peer: averages of these are those."""
    rng = random.Random(6)
    for _ in range(5):
        setting = random_setting(rng, 3, 2)
        values = {minimal_peer_prediction(setting, margin=1, evidence=kind).value for kind in ("counts", "reports")}
        assert len(values) == 1
    expert = PeerSetting(["1/2", "1/2"], [[["9/10", "1/10"], ["1/10", "9/10"]], [["3/5", "2/5"], ["2/5", "3/5"]],
                                          [["3/5", "2/5"], ["2/5", "3/5"]]])  # fmt: skip
    design = minimal_peer_prediction(expert, margin=1, evidence="reports")
    assert is_truthful(expert, design.decision, evidence="reports", margin=1)
    assert len(design.decision) == 3
    with pytest.raises(UnsupportedError, match="reports"):
        minimal_peer_prediction(expert, margin=1)
    # The expert's own evidence is poor, that of the others is good: they are cheaper to move.
    game = reporting_game(expert, design.decision, evidence="reports")
    assert sum(game.payoff(*["truth"] * 3)) == design.value


def test_somebody_must_lose_is_weaker_than_everybody() -> None:
    values = {
        rule: minimal_peer_prediction(raters(3), coalitions=2, lies="independent", blocking=rule, **GUARDED).value
        for rule in ("all", "any", "transfer")
    }
    assert values["all"] <= min(values["any"], values["transfer"])


def test_looking_must_pay() -> None:
    idle = minimal_peer_prediction(raters(3), margin=0)
    busy = minimal_peer_prediction(raters(3), margin=0, information_cost=1)
    assert idle.value == 0
    assert busy.value > 1
    game = reporting_game(raters(3), busy.decision)
    blind = max(game.payoff(action, "truth", "truth")[0] for action in ("always bad", "always good"))
    assert game.payoff("truth", "truth", "truth")[0] - 1 == blind


def test_rows_that_are_always_priced_matter() -> None:
    rng = random.Random(7)
    priced = 0
    for _ in range(6):
        programme = peer_prediction_programme(setting=random_setting(rng, 3, 2), coalitions=[range(3)], **GUARDED)
        problem = plain(programme)
        value = value_without(problem)
        if value is None:
            continue
        for row in range(len(problem[2])):
            least, reduced = smallest_multiplier(problem, row, value), value_without(problem, row)
            if least > 1e-5:
                assert reduced < value - 1e-8
                priced += 1
            elif least < 1e-7:
                assert reduced == pytest.approx(value, rel=1e-5)
    assert priced > 3


# -- scoring rules -----------------------------------------------------------------------------------------------------


def random_joint(rng: random.Random, signals: int, outcomes: int) -> list[list[F]]:
    weights = [[rng.randint(0, 6) for _ in range(outcomes)] for _ in range(signals)]
    weights[0][0] += 1
    total = sum(map(sum, weights))
    return [[F(w, total) for w in row] for row in weights]


def test_scoring_rules_against_a_second_programme() -> None:
    rng = random.Random(8)
    solved = 0
    for _ in range(200):
        joint = random_joint(rng, rng.randint(1, 3), rng.randint(1, 3))
        margin, cost = rng.choice([F(0), F(1), F(1, 3)]), rng.choice([F(0), F(1), F(2)])
        oracle = scoring_cost(joint, margin=float(margin), cost=float(cost))
        try:
            design = minimal_scoring_rule(joint, margin=margin, information_cost=cost)
        except InfeasibleError:
            assert oracle is None
            continue
        solved += 1
        assert oracle == pytest.approx(float(design.value), abs=1e-7)
        assert design.certificate.verify()
        assert is_proper(joint, design.decision, margin=margin)
    assert solved > 60


def test_no_quadratic_rule_is_cheaper() -> None:
    """Brier's rule, scaled until lies lose the margin and lifted to be nonnegative, is one of the rules that are beaten."""
    rng = random.Random(9)
    for _ in range(20):
        joint = random_joint(rng, 3, 3)
        totals = [sum(row) for row in joint]
        if not all(totals):
            continue
        beliefs = [[p / t for p in row] for row, t in zip(joint, totals, strict=True)]
        brier = [[2 * b[w] - sum(x * x for x in b) for w in range(3)] for b in beliefs]
        loss = truth_margin(joint, brier)
        if loss <= 0:
            continue
        low = min(map(min, brier))
        scaled = [[(x - low) / loss for x in row] for row in brier]
        assert truth_margin(joint, scaled) == 1
        cost = sum(p * x for rows in zip(joint, scaled, strict=True) for p, x in zip(*rows, strict=True))
        assert minimal_scoring_rule(joint, margin=1).value <= cost


def test_signals_that_say_the_same_cannot_be_told_apart() -> None:
    with pytest.raises(InfeasibleError, match="truth") as error:
        minimal_scoring_rule([["1/4", "1/4"], ["1/4", "1/4"]], margin=1)
    assert error.value.certificate.verify()


# -- determinants ------------------------------------------------------------------------------------------------------


def by_enumeration(joint, tasks: int, left, right) -> F:
    """Expected payment over all answers to all tasks."""
    choices = len(joint)
    told = [[sum(joint[x][y] * left[x][a] * right[y][b] for x in range(choices) for y in range(choices))
             for b in range(choices)] for a in range(choices)]  # fmt: skip
    total = F(0)
    for answers in itertools.product(itertools.product(range(choices), repeat=2), repeat=tasks):
        chance = F(1)
        for a, b in answers:
            chance *= told[a][b]
        mine, theirs = zip(*answers, strict=True)
        total += chance * determinant_payment(mine, theirs, num_choices=choices)
    return total


def random_strategy(rng: random.Random, choices: int) -> list[list[F]]:
    rows = [[rng.randint(0, 3) for _ in range(choices - 1)] + [rng.randint(1, 3)] for _ in range(choices)]
    return [[F(x, sum(row)) for x in row] for row in rows]


def test_expected_payments_by_enumeration() -> None:
    rng = random.Random(10)
    for tasks in (4, 5):
        for _ in range(3):
            joint = random_joint(rng, 2, 2)
            left, right = random_strategy(rng, 2), random_strategy(rng, 2)
            found = expected_determinant_payment(joint, tasks, strategy=left, peer_strategy=right)
            assert found == by_enumeration(joint, tasks, left, right)


def test_truth_is_dominant() -> None:
    rng = random.Random(11)
    for _ in range(200):
        choices = rng.choice([2, 3])
        joint = random_joint(rng, choices, choices)
        mine, peer = random_strategy(rng, choices), random_strategy(rng, choices)
        truth = expected_determinant_payment(joint, 2 * choices, peer_strategy=peer)
        lie = expected_determinant_payment(joint, 2 * choices, strategy=mine, peer_strategy=peer)
        assert lie <= truth
        relabelling = [[F(int(b == (a + 1) % choices)) for b in range(choices)] for a in range(choices)]
        assert expected_determinant_payment(joint, 2 * choices, strategy=relabelling, peer_strategy=peer) == truth
        verdict = is_dominantly_truthful(joint, 2 * choices)
        if not verdict:
            x = verdict.witness
            assert any(x)
            assert all(sum(x[i] * joint[i][j] for i in range(choices)) == 0 for j in range(choices))
            assert truth == 0
        elif truth and mine != relabelling:
            informative = expected_determinant_payment(joint, 2 * choices, strategy=mine)
            permutation = all(sorted(row) == [0] * (choices - 1) + [1] for row in mine) and informative
            assert lie < truth or permutation


def test_too_few_tasks() -> None:
    with pytest.raises(SpecificationError, match="at least 4"):
        determinant_payment([0, 1, 0], [0, 1, 1], num_choices=2)
    with pytest.raises(SpecificationError, match="num_tasks"):
        is_dominantly_truthful([["1/2", 0], [0, "1/2"]], 3)
    with pytest.raises(SpecificationError, match="reports"):
        determinant_payment([0, 1, 0, 2], [0, 1, 1, 0], num_choices=2)


# -- evidence and input ------------------------------------------------------------------------------------------------


def test_rows_are_rebuilt_from_the_arguments() -> None:
    designs = [
        minimal_peer_prediction(raters(3), coalitions=[range(3)], **GUARDED),
        minimal_peer_prediction(raters(3), coalitions=2, lies="pooled", payment_cap=500, **GUARDED),
        minimal_peer_prediction(raters(3), other_equilibria="dominated", **GUARDED),
        minimal_scoring_rule([["3/8", "1/8"], ["1/8", "3/8"]], information_cost=1, payment_cap=9),
    ]
    for design in designs:
        data = json.loads(json.dumps(design.certificate.to_dict()))
        assert verify_certificate(read_certificate(data), row_builders=row_builders()).status == "verified"
        data["programme"]["arguments"]["participation"] = "17"
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(data), row_builders=row_builders())


def test_values_and_displays() -> None:
    one = minimal_peer_prediction(raters(3), margin=1).decision
    assert one == minimal_peer_prediction(raters(3), margin=1).decision
    for value in (one, raters(3)):
        copied = pickle.loads(pickle.dumps(value))  # noqa: S301  # our own bytes
        assert copied == value
        assert hash(copied) == hash(value)
    nasty = Payments([[1]], ("<b>",), ("<script>",))
    assert "<b>" not in nasty._repr_html_()
    assert "<script>" not in nasty._repr_html_()
    assert nasty.payment("<b>", 0) == 1


def test_floats_are_the_rationals_that_they_are() -> None:
    setting = PeerSetting([0.6, 0.4], [[0.15, 0.85], [0.7, 0.3]], 2)
    design = minimal_peer_prediction(setting, margin=1, participation=1)
    assert float(design.value) == pytest.approx(2.030649, abs=5e-7)
    assert sum(setting.prior) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margin": -1}, "margin"),
        ({"evidence": "votes"}, "evidence"),
        ({"lies": "white"}, "lies"),
        ({"blocking": "some"}, "blocking"),
        ({"coalitions": 7}, "coalitions"),
        ({"coalitions": [[0, 9]]}, "members"),
        ({"other_equilibria": "dominated", "coalition_margin": 0}, "coalition_margin"),
        ({"participation": float("inf")}, "participation"),
    ],
)
def test_malformed_questions(change: dict, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        minimal_peer_prediction(raters(3), **({"margin": 1} | change))


@pytest.mark.parametrize(
    ("prior", "likelihoods", "agents", "message"),
    [
        (["1/2", "1/3"], [[1, 0], [0, 1]], 2, "sum"),
        (["1/2", "1/2"], [[1, 1], [0, 1]], 2, "sum"),
        (["1/2", "1/2"], [[1, 0], [0, 1]], 1, "num_agents"),
        (["1/2", "1/2"], [[1, 0], [0, 1]], None, "num_agents"),
        (["1/2", "1/2"], [1, 0], 2, "shape"),
        ([float("nan"), 1.0], [[1, 0], [0, 1]], 2, "finite"),
    ],
)
def test_malformed_settings(prior, likelihoods, agents, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        PeerSetting(prior, likelihoods, agents)
