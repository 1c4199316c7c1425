"""Authorities against cartels: the table of closed forms, value iteration, brute force over programmes, lies."""

from __future__ import annotations

import dataclasses
import random
from fractions import Fraction as F
from itertools import product
from typing import Any

import pytest
from lies import LIES, lies

from gametheory.certificates import read_certificate
from gametheory.certificates.leniency import LeniencyCostCertificate
from gametheory.collusion import Cartel, cartel_discount, is_cartel_sustainable
from gametheory.errors import CertificateError, GameTheoryError, InfeasibleError, SpecificationError
from gametheory.oversight import (
    Authority,
    Investigation,
    cartel_discount_under,
    cartel_under,
    leniency_design,
    sensitivities,
    smallest_deterring_fine,
)

# n, conviction rate, fine, then thresholds: none, immunity, the others' fines; each without and with breakdown at conviction.
# None: deterred at every δ < 1.
TABLE = [
    (2, "0", "0", ("1/2", "1/2", "1/2"), ("1/2", "1/2", "1/2")),
    (2, "1/10", "1/2", ("10/19", "11/20", "7/10"), ("100/171", "11/18", "7/9")),
    (2, "1/10", "1", ("5/9", "3/5", "4/5"), ("50/81", "2/3", "8/9")),
    (2, "1/5", "1", ("5/8", "7/10", "17/20"), ("25/32", "7/8", None)),
    (3, "1/10", "1", ("20/27", "23/30", "83/90"), ("200/243", "23/27", None)),
    (3, "1/5", "1", ("5/6", "13/15", "43/45"), (None, None, None)),
    (5, "1/10", "1", ("8/9", "9/10", "49/50"), ("80/81", None, None)),
    (5, "1/5", "1", (None, None, None), (None, None, None)),
]
LENIENCIES = ("none", "immunity", "others' fines")


def threshold(cartel: Cartel, authority: Authority, **conduct: Any) -> F | None:
    found = cartel_discount_under(cartel, authority, **conduct)
    return found.discount if found.sustainable else None


def best_play(cartel: Cartel, authority: Authority, delta: float) -> bool:
    """Whether colluding beats every deviation, by value iteration on what a member may do (independent of the closed forms)."""
    n = cartel.size
    c, d, comp = float(cartel.collude[0]), float(cartel.deviate[0]), float(cartel.compete[0])
    rho, fine = float(authority.conviction_rate), float(authority.fines(n)[0])
    phi, pays = float(authority.false_conviction_rate), float(authority.reporter_pays(n)[0])
    after = comp - phi * fine  # competition for ever, per period
    value = after
    for _ in range(3000):  # worth of being in a running cartel, per period in present units
        going = (1 - rho) * value + rho * after if authority.conviction_ends_cartel else value
        value = (1 - delta) * (c - rho * fine) + delta * going
    leave = max((1 - delta) * (d - rho * fine), (1 - delta) * (d - pays)) + delta * after
    return value >= leave


@pytest.mark.parametrize(("n", "rate", "fine", "survives", "ends"), TABLE)
def test_table_of_thresholds(n: int, rate: str, fine: str, survives: tuple[Any, ...], ends: tuple[Any, ...]) -> None:
    for expected, conviction_ends in ((survives, False), (ends, True)):
        for leniency, answer in zip(LENIENCIES, expected, strict=True):
            authority = Authority(
                conviction_rate=rate, fine=fine, leniency=leniency, conviction_ends_cartel=conviction_ends
            )
            found = threshold(Cartel.bertrand(n), authority)
            assert found == (None if answer is None else F(answer)), (leniency, conviction_ends)
            if found is not None:
                assert best_play(Cartel.bertrand(n), authority, float(found) + 1e-6)
                assert not best_play(Cartel.bertrand(n), authority, float(found) - 1e-6)
            else:
                assert not best_play(Cartel.bertrand(n), authority, 0.999)


def test_a_dilemma_with_false_convictions() -> None:
    dilemma = Cartel(2, 3, 0, size=2)
    for false, none, immunity in ((0, "5/14", "2/5"), ("1/20", "10/29", "12/31")):
        for leniency, answer in (("none", none), ("immunity", immunity)):
            common: dict[str, Any] = {"conviction_rate": "1/10", "fine": 2, "leniency": leniency}
            authority = Authority(**common, false_conviction_rate=false)
            assert threshold(dilemma, authority) == F(answer)
            ends = Authority(**common, false_conviction_rate=false, conviction_ends_cartel=True)
            assert threshold(dilemma, ends) == F(answer) / F(9, 10)
    assert threshold(dilemma, Authority(conviction_rate="1/10", fine=2, conviction_ends_cartel=True)) == F(25, 63)


def test_thresholds_of_spagnolo_with_breakdown() -> None:
    """π_C = 1/2, π_D = 1, π_N = 0; the cartel ends at conviction."""
    duopoly = Cartel("1/2", 1, 0, size=2)
    expected = {
        ("1/10", "1/2"): (0.5847953216, 0.6111111111, 0.7777777778),
        ("1/10", "1"): (0.6172839506, 0.6666666667, 0.8888888889),
        ("1/5", "1"): (0.78125, 0.875, None),
    }
    for (rate, fine), row in expected.items():
        for leniency, answer in zip(("none", 0, -1), row, strict=True):
            found = threshold(
                duopoly, Authority(conviction_rate=rate, fine=fine, leniency=leniency, conviction_ends_cartel=True)
            )
            assert (found is None) if answer is None else found is not None and abs(float(found) - answer) < 1e-9


def test_leniency_after_an_investigation_can_help_the_cartel() -> None:
    """Motta and Polo (2003): who reveals once investigated pays less, so that collusion becomes easier: 25/48 against 5/9."""
    duopoly, fine = Cartel.bertrand(2), F(1)
    programme = Authority(fine=fine, investigation=Investigation("1/5", "1/2", "1/5"))
    without = Authority(conviction_rate="1/10", fine=fine)
    assert threshold(duopoly, without) == F(5, 9)
    assert threshold(duopoly, programme, when_investigated="reveal") == F(25, 48)
    # Silence within the programme is harder to sustain than without it: a deviator pays 1/25 instead of 1/10, and an
    # investigated member saves 3/10 by revealing, against (1 − δ)(3/10) ≤ δ(2/5).
    found = cartel_discount_under(duopoly, programme)
    assert found.discount == F(7, 12)
    assert {t.temptation: t.lowest for t in found.thresholds} == {
        "deviate and reveal when investigated": F(7, 12),
        "reveal when investigated": F(3, 7),
    }
    # A reduced fine above pF tempts nobody: the programme is idle.
    idle = Authority(fine=fine, investigation=Investigation("1/5", "1/2", "3/5"))
    assert threshold(duopoly, idle) == F(5, 9)


def test_revealing_under_breakdown_by_value_iteration() -> None:
    rng = random.Random(3)
    for _ in range(200):
        alpha, proof, fine = F(rng.randint(1, 9), 10), F(rng.randint(1, 9), 10), F(rng.randint(1, 8), 4)
        reduced = fine * F(rng.randint(0, 4), 4)
        ends = rng.random() < 0.5
        authority = Authority(
            fine=fine, investigation=Investigation(alpha, proof, reduced), conviction_ends_cartel=ends
        )
        found = cartel_discount_under(Cartel(2, 3, 0, size=2), authority)
        for delta in (0.3, 0.55, 0.8, 0.95):
            collude = 2 - float(alpha * proof * fine)
            value = 0.0
            for _ in range(2000):
                value = (1 - delta) * collude + delta * value * (1 - float(alpha * proof) if ends else 1)
            undercut = (1 - delta) * (3 - float(alpha * min(reduced, proof * fine)))
            silent = -(1 - delta) * float(proof * fine) + delta * value * (1 - float(proof) if ends else 1)
            reveal = -(1 - delta) * float(reduced)
            if min(abs(value - undercut), abs(silent - reveal)) > 1e-6:
                holds = found.sustainable and float(found.discount) <= delta
                assert holds == (value > undercut and silent > reveal)


def test_smallest_deterring_fines() -> None:
    two, three = Cartel.bertrand(2), Cartel.bertrand(3)
    reward = Authority(conviction_rate=0, fine=0, leniency="others' fines")
    cases = [
        *((two, reward, "3/5", F(1, 4)), (two, reward, "9/10", F(4)), (two, reward, "99/100", F(49))),
        *((three, reward, "9/10", F(7, 6)), (three, reward, "99/100", F(97, 6))),
        *((two, Authority(conviction_rate="1/10", fine=0), d, x) for d, x in (("3/5", F(5, 3)), ("9/10", F(40, 9)))),
        *(
            (two, Authority(conviction_rate="1/10", fine=0, leniency="immunity"), d, x)
            for d, x in (("3/5", F(1)), ("9/10", F(4)))
        ),
    ]
    for cartel, authority, delta, expected in cases:
        found = smallest_deterring_fine(cartel, authority, delta)
        assert (found.value, found.attained) == (expected, False)
        assert found.verify()
        for fine, holds in ((expected, True), (expected + F(1, 10**6), False)):
            policy = Authority(conviction_rate=authority.conviction_rate, fine=fine, leniency=authority.leniency)
            assert bool(is_cartel_sustainable(cartel_under(cartel, policy), delta)) is holds
    with pytest.raises(CertificateError):
        dataclasses.replace(found, value=found.value + 1).verify()
    assert smallest_deterring_fine(two, reward, "1/3").attained
    with pytest.raises(InfeasibleError, match="no fine deters"):
        smallest_deterring_fine(two, Authority(conviction_rate=0, fine=0), "9/10")


def test_who_reports_at_small_fines_only() -> None:
    """A reporter who pays more than a colluder expects to, less a reward: the incentive to leave has a kink in the fine."""
    cartel = Cartel("11/4", "73/20", "4/5", size=4)
    terms: dict[str, Any] = {"conviction_rate": "1/3", "leniency": "1/2", "reward": "1/2"}
    terms |= {"false_conviction_rate": "1/20", "conviction_ends_cartel": True}
    found = smallest_deterring_fine(cartel, Authority(fine=0, **terms), "9/10")
    assert found.verify()

    def holds(fine: F) -> bool:
        return bool(is_cartel_sustainable(cartel_under(cartel, Authority(fine=fine, **terms)), "9/10"))

    assert holds(found.value)
    assert not holds(found.value + F(1, 10**6))
    assert found.value < F(34, 7)  # on the line of those who report it would be 183/31
    assert [len(found.to_frame()), found.member] == [8, 0]


def test_signs_of_the_sensitivities_by_differences() -> None:
    """Exact derivatives against finite differences; the signs of the theory where collusion still pays."""
    rng, step, seen = random.Random(11), F(1, 10**7), 0
    for _ in range(150):
        collude, extra = F(rng.randint(2, 6)), F(rng.randint(1, 6))
        cartel = Cartel(collude, collude + extra, 0, size=rng.randint(2, 4))
        instruments: dict[str, Any] = {
            "conviction_rate": F(rng.randint(1, 8), 20),
            "fine": F(rng.randint(1, 8), 4),
            "leniency": rng.choice([F(1), F(0), F(-1, 2), F(1, 10)]),
            "false_conviction_rate": F(rng.randint(0, 2), 20),
        }
        ends = rng.random() < 0.5

        def at(x: dict[str, Any], cartel: Cartel = cartel, ends: bool = ends) -> F | None:
            return threshold(cartel, Authority(**x, conviction_ends_cartel=ends))

        base = at(instruments)
        if base is None or base == 0 or instruments["leniency"] == instruments["conviction_rate"]:
            continue
        found = sensitivities(cartel, Authority(**instruments, conviction_ends_cartel=ends))
        names = {"reporter_pays": "leniency"}
        for name, exact_value in found.items():
            moved = dict(instruments)
            moved[names.get(name, name)] += step if moved[names.get(name, name)] < 1 else -step
            other = at(moved)
            if other is None:
                continue
            slope = (other - base) / (moved[names.get(name, name)] - instruments[names.get(name, name)])
            assert abs(float(slope - exact_value.above)) < 1e-4 * (1 + abs(float(slope)))
            seen += 1
        net = cartel_under(cartel, Authority(**instruments, conviction_ends_cartel=ends))
        if net.collude[0] > net.compete[0]:
            assert found["conviction_rate"].sign >= 0
            assert found["false_conviction_rate"].sign <= 0
            assert found["reporter_pays"].sign == (
                -1 if instruments["leniency"] < instruments["conviction_rate"] else 0
            )
            if instruments["false_conviction_rate"] == 0:
                assert found["fine"].sign == 1
    assert seen > 300


def test_members_who_bind_together_differ_in_what_moves_them() -> None:
    """The largest of several equal thresholds rises as fast as the fastest of them, and falls as slowly as the slowest."""
    cartel = Cartel(["7/4", "3/2", "7/4"], ["17/4", "11/4", "5/2"], ["-1/4", "1/2", "1"])
    fines = [F(7, 4), F(0), F(3, 2)]
    terms: dict[str, Any] = {"leniency": "others' fines", "reward": "1/8", "conviction_ends_cartel": True}
    found = sensitivities(cartel, Authority(conviction_rate="1/10", fine=fines, **terms))
    step = F(1, 10**9)

    def threshold(rate: F, more: F) -> F:
        authority = Authority(conviction_rate=rate, fine=[x + more for x in fines], **terms)
        return cartel_discount_under(cartel, authority).discount

    now = threshold(F(1, 10), F(0))
    assert float((threshold(F(1, 10) + step, F(0)) - now) / step) == pytest.approx(
        float(found["conviction_rate"].above), abs=1e-6
    )
    assert float((now - threshold(F(1, 10) - step, F(0))) / step) == pytest.approx(
        float(found["conviction_rate"].below), abs=1e-6
    )
    assert float((threshold(F(1, 10), step) - now) / step) == pytest.approx(float(found["fine"].above), abs=1e-6)
    assert found["conviction_rate"].below < found["conviction_rate"].above


def test_indifference_to_reporting_is_a_kink() -> None:
    found = sensitivities(Cartel(2, 3, 0, size=2), Authority(conviction_rate="1/10", fine=1, leniency="1/10"))
    assert found["reporter_pays"].below < 0 == found["reporter_pays"].above
    assert found["conviction_rate"].below != found["conviction_rate"].above


def grid_cost(cartel: Cartel, delta: F, costs: list[F], caps: list[F], steps: int, **rules: Any) -> F | None:
    """The cheapest of a grid of programmes that deter, by trying each."""
    best: F | None = None
    for i, j, k in product(range(steps + 1), repeat=3):
        rate, fine, reward = (cap * F(x, steps) for cap, x in zip(caps, (i, j, k), strict=True))
        if reward and (not rules["leniency"] or (rules["budget"] is not None and reward > rules["budget"] + fine)):
            continue
        if rules["ends"] and rate == 1:
            continue
        authority = Authority(
            conviction_rate=rate,
            fine=fine,
            leniency="immunity" if rules["leniency"] else "none",
            reward=reward,
            false_conviction_rate=rules["false"],
            conviction_ends_cartel=rules["ends"],
        )
        if is_cartel_sustainable(cartel_under(cartel, authority), delta).status == "no":
            cost = sum((c * x for c, x in zip(costs, (rate, fine, reward), strict=True)), F(0))
            best = cost if best is None else min(best, cost)
    return best


def test_designs_against_a_grid_of_programmes() -> None:
    rng, seen = random.Random(7), 0
    for _ in range(40):
        cartel = Cartel([2, rng.randint(1, 3)], [3, 5], [0, rng.randint(0, 1)])
        delta = F(rng.randint(5, 19), 20)
        names = ("conviction_rate", "fine", "reward")
        costs = [F(rng.randint(0, 4)), F(rng.randint(0, 4), 4), F(rng.randint(0, 4), 4)]
        leniency = rng.random() < 0.7
        caps = [F(rng.randint(1, 9), 10), F(rng.randint(0, 8)), F(rng.randint(0, 8) if leniency else 0)]
        budget = rng.choice([None, F(0), F(1)])
        rules: dict[str, Any] = {"leniency": leniency, "ends": rng.random() < 0.5, "false": F(rng.randint(0, 1), 20)}
        brute = grid_cost(cartel, delta, costs, caps, 6, **rules, budget=budget)
        try:
            design = leniency_design(
                cartel,
                delta,
                costs=dict(zip(names, costs, strict=True)),
                caps=dict(zip(names, caps, strict=True)),
                leniency=leniency,
                reward_budget=budget,
                false_conviction_rate=rules["false"],
                conviction_ends_cartel=rules["ends"],
                gap="1/100",
            )
        except InfeasibleError as error:
            proof = error.certificate
            assert brute is None
            assert proof is not None
            assert proof.verify()
            continue
        seen += 1
        certificate = design.certificate
        assert isinstance(certificate, LeniencyCostCertificate)
        assert certificate.verify()
        assert certificate.bound is not None
        assert F(99, 100) * F(design.value) <= certificate.bound <= design.value
        if brute is not None:
            assert certificate.bound <= brute
        # The programme leaves a member indifferent, or deters: a hair more incentive to leave and the cartel is gone.
        net = cartel_under(cartel, design.decision)
        slack = [
            c - n - (d - n) * (1 - delta * net.survival)
            for c, d, n in zip(net.collude, net.deviate, net.compete, strict=True)
        ]
        assert min(slack) <= 0
    assert seen > 15


def test_a_margin_is_attained() -> None:
    common: dict[str, Any] = {
        "costs": {"conviction_rate": 1},
        "caps": {"conviction_rate": 1, "fine": 2},
        "leniency": False,
    }
    infimum = leniency_design(Cartel.bertrand(2), "3/4", **common)
    harsher = leniency_design(Cartel.bertrand(2), "3/4", **common, margin="1/100")
    assert infimum.value == F(1, 6)
    assert not infimum.attained
    assert harsher.attained
    assert harsher.value == F(1, 6) + F(1, 150)
    assert is_cartel_sustainable(cartel_under(Cartel.bertrand(2), harsher.decision), "3/4").status == "no"
    assert harsher.binding["Firm 1 leaves"] == pytest.approx(2 / 3, rel=1e-4)
    assert harsher.binding["largest fine"] < 0


def test_shadow_prices_are_what_a_cap_is_worth() -> None:
    def cost(fine: F, reward: F = F(1)) -> float:
        design = leniency_design(
            Cartel.bertrand(2),
            "9/10",
            costs={"conviction_rate": 1, "reward": "1/100"},
            caps={"conviction_rate": 1, "fine": fine, "reward": reward},
            gap="1/100000",
        )
        return float(design.value)

    design = leniency_design(
        Cartel.bertrand(2),
        "9/10",
        costs={"conviction_rate": 1, "reward": "1/100"},
        caps={"conviction_rate": 1, "fine": 2, "reward": 1},
        gap="1/100000",
    )
    assert design.binding["largest fine"] == pytest.approx((cost(F(201, 100)) - cost(F(2))) * 100, rel=0.02)
    assert design.binding["largest reward"] == pytest.approx((cost(F(2), F(101, 100)) - cost(F(2))) * 100, rel=0.02)


def test_a_programme_at_every_cap_has_a_finite_price() -> None:
    """At δ = 3/4 a conviction rate of 1/3 and a fine of 1 deter just so; a unit less of incentive saves cost / gain."""
    design = leniency_design(
        Cartel.bertrand(2),
        "3/4",
        costs={"conviction_rate": 1, "fine": 1},
        caps={"conviction_rate": "1/3", "fine": 1},
        leniency=False,
        gap="1/10000",
    )
    assert float(design.value) == pytest.approx(4 / 3, rel=1e-4)
    # f falls by δF = 3/4 per unit of the rate and by δρ = 1/4 per unit of the fine, which is the dearer one.
    assert dict(design.binding) == {"Firm 1 leaves": pytest.approx(4.0)}


def true_infimum(data: dict[str, Any]) -> F | None:
    """The cheapest programme by the closed form on a fine grid of fines (an upper bound on the infimum)."""
    n = len(data["collude"])
    pay = [[F(x) for x in data[name]] for name in ("collude", "deviate", "compete")]
    s, d, phi, eta = (F(data[k]) for k in ("survival", "discount", "false_conviction_rate", "margin"))
    costs, caps = [F(x) for x in data["costs"]], [F(x) for x in data["caps"]]
    best: F | None = None
    for j, i in product(range(13), repeat=2):
        fine, rate = caps[1] * F(j, 12), caps[0] * F(i, 12)
        z = 1 - d * s * ((1 - rate) if data["conviction_ends_cartel"] else 1)
        cap = F(0)
        if data["leniency"]:
            cap = caps[2] if data["reward_budget"] is None else min(caps[2], (n - 1) * fine + F(data["reward_budget"]))
        for c, dv, nn in zip(*pay, strict=True):
            pays = F(0) if data["leniency"] else rate * fine
            keep = (c - rate * fine) - (nn - phi * fine)
            need = (keep + eta) / z - (dv - pays - (nn - phi * fine))
            reward = max(F(0), need)
            if reward <= cap:
                cost = costs[0] * rate + costs[1] * fine + costs[2] * reward
                best = cost if best is None else min(best, cost)
    return best


@LIES
def test_lies_about_the_cost_of_leniency(count: int) -> None:
    cartel = Cartel.bertrand(2)
    bases = []
    for rules in ({"reward_budget": "1/10"}, {"conviction_ends_cartel": True}, {"leniency": False}):
        caps = {"conviction_rate": 1, "fine": 2} | ({} if rules.get("leniency") is False else {"reward": "1/2"})
        design = leniency_design(
            cartel,
            "3/4",
            costs={"conviction_rate": 1, "fine": "1/10", "reward": "1/10"},
            caps=caps,
            gap="1/20",
            **rules,  # type: ignore[arg-type]
        )
        assert design.certificate is not None
        bases.append(design.certificate.to_dict())
        assert read_certificate(bases[-1]).to_dict() == bases[-1]
    believed = 0
    for what, data in lies(bases, count, 5):
        try:
            read_certificate(data).verify()
        except GameTheoryError:
            continue
        believed += 1
        truth = true_infimum(data)
        if truth is not None:
            assert data["bound"] is not None, what
            assert F(data["bound"]) <= truth, what
    assert believed > 0


def test_evidence_that_nothing_deters() -> None:
    with pytest.raises(InfeasibleError) as info:
        leniency_design(
            Cartel.bertrand(2), "9/10", costs={}, caps={"conviction_rate": "1/10", "fine": 1}, leniency=True
        )
    certificate = info.value.certificate
    assert isinstance(certificate, LeniencyCostCertificate)
    assert certificate.bound is None
    assert certificate.verify()
    assert cartel_discount(Cartel.bertrand(2)).discount == F(1, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Authority(fine=1), "conviction_rate: missing"),
        (lambda: Authority(conviction_rate=2, fine=1), "probability"),
        (lambda: Authority(conviction_rate=0, fine=-1), "0 or larger"),
        (lambda: Authority(conviction_rate=0, fine=1, leniency="mercy"), "leniency"),
        (lambda: Authority(conviction_rate=0, fine=1, leniency=2), "at most its fine"),
        (lambda: Authority(conviction_rate=0, fine=1, reward=1), "without leniency"),
        (lambda: Authority(conviction_rate=0, fine=1, investigation=Investigation(0, 0, 0)), "leave this out"),
        (lambda: cartel_under(Cartel.bertrand(2), Authority(conviction_rate=0, fine=[1])), "expected 2"),
        (
            lambda: cartel_under(Cartel.bertrand(2), Authority(fine=1, investigation=Investigation(1, 1, 2))),
            "at most the fine",
        ),
        (
            lambda: cartel_under(Cartel.bertrand(2), Authority(conviction_rate=1, fine=1, conviction_ends_cartel=True)),
            "never outlives",
        ),
        (lambda: leniency_design(Cartel.bertrand(2), "1/2", costs={"fee": 1}, caps={}), "instruments are"),
        (
            lambda: leniency_design(Cartel.bertrand(2), "1/2", costs={}, caps={"fine": 1}),
            "'conviction_rate' is missing",
        ),
        (
            lambda: leniency_design(Cartel.bertrand(2), 1, costs={}, caps={"conviction_rate": 1, "fine": 1}),
            "discount",
        ),
    ],
)
def test_refusals(call: object, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        call()  # type: ignore[operator]
