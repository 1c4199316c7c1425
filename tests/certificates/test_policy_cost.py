"""What harm below a limit costs at least: a claim that is false is not believed, whatever the evidence says."""

from __future__ import annotations

import functools
import itertools
import json
import random
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from lies import Change, garbage, lies
from oracles.deviations import resealed
from oracles.policies import World

from gametheory.arithmetic import RationalArray
from gametheory.certificates import (
    Case,
    CaseSplit,
    PolicyCostCertificate,
    PolicyHarmCertificate,
    Threat,
    read_certificate,
)
from gametheory.certificates.policy_cost import costs_at_least
from gametheory.certificates.threats import TOGETHER
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.oversight import Policy
from gametheory.tradeoffs import Levers, policy_frontier, policy_harm

RULES = ("all", "some", "any", "transfer")
WORDS = {"blocking": RULES, "coordination": ("pure", "correlated")}


def accepted(data: Any) -> bool:
    """Whether the kernel believes the data, written to text and read back; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def world_of(data: dict[str, Any]) -> World:
    game = data["game"]
    shape = game["num_actions"]
    scale = int(game["payoffs"]["denominator"])
    payoffs = np.array([F(int(x), scale) for x in game["payoffs"]["numerators"]], dtype=object).reshape(
        len(shape), *shape
    )
    harm_scale = int(data["harm"]["denominator"])
    harm = np.array([F(int(x), harm_scale) for x in data["harm"]["numerators"]], dtype=object).reshape(shape)
    return World(payoffs.tolist(), harm.tolist(), tuple(data["target"]), data["coalitions"])


def bases(coordination: str, rates: Any, count: int) -> list[dict[str, Any]]:
    """Claims about random small games, from their frontiers."""
    rng = random.Random(f"{coordination} {rates}")
    found: list[dict[str, Any]] = []
    while len(found) < count:
        shape = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
        size = int(np.prod(shape))
        payoffs = np.array([rng.randint(-3, 4) for _ in range(size * len(shape))]).reshape(len(shape), *shape)
        harm = np.array([rng.randint(0, 3) for _ in range(size)]).reshape(shape)
        frontier = policy_frontier(
            NormalFormGame(payoffs.tolist()),
            [0] * len(shape),
            levers=Levers(rates, detection_cost=1, deposit_caps=6, deposit_cost="1/2"),
            harm=harm,
            utility=harm * 0,
            blocking=rng.choice(RULES),  # type: ignore[arg-type]
            coordination=coordination,  # type: ignore[arg-type]
            gap="1/10",
        )
        parts = [*frontier.points, *frontier.exclusions]
        found += [part.certificate.to_dict() for part in parts if part.certificate is not None][:6]  # type: ignore[union-attr]
    return found


# -- what is true ------------------------------------------------------------------------------------------------------


def bound_holds(data: dict[str, Any]) -> bool:
    """Whether the claim about costs is true for pure deviations, by brute force; of an interval of rates nine are tried."""
    low, high = (F(q) for q in data["rates"])
    return all(_holds_at(data, low + (high - low) * F(k, 8)) for k in (range(9) if low < high else (0,)))


def _holds_at(data: dict[str, Any], rate: F) -> bool:
    world = world_of(data)
    claimed = None if data["bound"] is None else F(data["bound"])
    price = F(data["deposit_cost"]) + F(data["false_alarm_rate"])
    y = rate - F(data["false_alarm_rate"])
    least: F | None = F(0)
    if data["limit"] is not None:
        limit = F(data["limit"])
        if world.harm(world.target) > limit:
            return True  # the target itself does more
        if not data["strict"]:
            above = [h for h in world.levels() if h > limit]
            limit = above[0] if above else max(limit, *world.levels(), world.harm(world.target)) + 1
        caps = [None if cap is None else y * F(cap) for cap in data["deposit_caps"]] if y > 0 else [F(0)] * world.n
        least = world.least_total(limit, caps, data["blocking"])
    if least is None:
        return True
    cost = F(data["detection_cost"]) * rate + (price * least / y if least else F(0))
    return claimed is not None and claimed <= cost


def policy_holds(data: dict[str, Any]) -> bool:
    """Whether a policy's harm is at most what is claimed, for pure deviations, by brute force."""
    world = world_of(data)
    costs = [
        (F(q) - F(f)) * F(d)
        for q, f, d in zip(data["detection_rate"], data["false_alarm_rate"], data["deposits"], strict=True)
    ]
    return world.pure_harm(costs, data["blocking"]) <= F(data["value"])


def shifted(text: str, step: F) -> str:
    """A number more or less; left as it is where an earlier change made it none."""
    try:
        return str(F(text) + step)
    except (ValueError, ZeroDivisionError):
        return text


def raise_bound(data: Any, rng: random.Random) -> bool:
    if data.get("bound") is None:
        return False
    data["bound"] = shifted(data["bound"], F(rng.randint(1, 5), 10))
    return True


def claim_impossible(data: Any, rng: random.Random) -> bool:
    if "bound" not in data:
        return False
    data["bound"] = None
    return True


def move_limit(data: Any, rng: random.Random) -> bool:
    if data.get("limit") is None:
        return False
    data["limit"] = shifted(data["limit"], rng.choice([F(-1), F(1), F(1, 2)]))
    return True


def flip_strict(data: Any, rng: random.Random) -> bool:
    if "strict" not in data:
        return False
    data["strict"] = not data["strict"]
    return True


def drop_case(data: Any, rng: random.Random) -> bool:
    if not data.get("splits"):
        return False
    cases = rng.choice(data["splits"])[1]
    if not cases:
        return False
    cases.pop()
    return True


def cut_tree(data: Any, rng: random.Random) -> bool:
    if not data.get("splits"):
        return False
    cases = rng.choice(data["splits"])[1]
    if not cases:
        return False
    rng.choice(cases)[1] = rng.choice([-1, 0, len(data["splits"])])
    return True


def change_weight(data: Any, rng: random.Random) -> bool:
    cases = [case for split in data.get("splits") or () for case in split[1] if case[2]]
    if not cases:
        return False
    pair = rng.choice(rng.choice(cases)[2])
    pair[1] = shifted(pair[1], F(rng.choice([-1, 1, 2]), 2))
    return True


def lower_value(data: Any, rng: random.Random) -> bool:
    part = data.get("policy") or data
    if "value" not in part:
        return False
    part["value"] = shifted(part["value"], F(-1, 2))
    return True


def careful(change: Change) -> Change:
    """A change that leaves alone what earlier changes have broken."""

    @functools.wraps(change)
    def changed(data: Any, rng: random.Random) -> bool:
        try:
            return change(data, rng)
        except (AttributeError, IndexError, KeyError, TypeError):
            return False

    return changed


SPECIAL = tuple(
    map(careful, (raise_bound, claim_impossible, move_limit, flip_strict, drop_case, cut_tree, change_weight))
)


def judged(truth: Any, origin: list[dict[str, Any]], count: int, special: Any) -> tuple[int, int]:
    """Lies that were believed although an oracle finds them false are defects; how many were believed, and refused."""
    believed = refused = 0
    for what, data in lies(origin, count, 11, words=WORDS, special=special, reseal=resealed):
        if not accepted(data):
            refused += 1
            continue
        believed += 1
        assert data["coordination"] == "correlated" or truth(data), (what, data)
    return believed, refused


def test_lies_about_costs_at_a_fixed_rate() -> None:
    origin = bases("pure", "1/2", 60)
    assert all(accepted(data) for data in origin)
    assert all(bound_holds(data) for data in origin)
    believed, refused = judged(bound_holds, origin, 1500, SPECIAL)
    assert believed > 30
    assert refused > 700


def test_lies_about_the_harm_of_a_policy() -> None:
    origin = [data["policy"] for data in bases("pure", "1/2", 60) if data["policy"] is not None]
    assert all(accepted(data) for data in origin)
    believed, refused = judged(policy_holds, origin, 1000, (lower_value,))
    assert believed > 30
    assert refused > 300


def test_lies_about_costs_where_the_rate_is_chosen() -> None:
    origin = bases("pure", ("1/10", "9/10"), 60)
    assert all(accepted(data) and bound_holds(data) for data in origin)
    believed, refused = judged(bound_holds, origin, 500, SPECIAL)
    assert believed > 20
    assert refused > 200


def test_lies_about_shared_randomness() -> None:
    """Here the truth is a grid's: no policy of it may cost less than a believed claim says."""
    for coordination, rates in (("correlated", "1/2"), ("correlated", (0, 1))):
        origin = [data for data in bases(coordination, rates, 24) if len(data["target"]) == 2]
        assert all(accepted(data) for data in origin)
        believed = refused = 0
        for what, data in lies(origin, 250, 3, words={"blocking": RULES}, special=SPECIAL[:4]):
            if not accepted(data):
                refused += 1
                continue
            believed += 1
            if what and data["limit"] is not None and rng_share(what, 4):
                refute(data)
        assert believed > 5
        assert refused > 100


def rng_share(text: str, part: int) -> bool:
    """A fixed share of all, so that the default tests stay short."""
    return sum(map(ord, text)) % part == 0


def refute(data: dict[str, Any]) -> None:
    """Look for a policy on a grid that contradicts the claim."""
    world, claimed = world_of(data), data["bound"]
    low, high = (F(q) for q in data["rates"])
    f, limit = F(data["false_alarm_rate"]), F(data["limit"])
    game = NormalFormGame(world.payoffs)
    for q in sorted({low, (low + high) / 2, high}):
        for deposits in itertools.product((0, 1, 2, 4, 6), repeat=world.n):
            if any(cap is not None and d > F(cap) for d, cap in zip(deposits, data["deposit_caps"], strict=True)):
                continue
            cost = F(data["detection_cost"]) * q + (F(data["deposit_cost"]) + f) * sum(deposits)
            if claimed is not None and cost >= F(claimed):
                continue
            found = policy_harm(
                game,
                Policy(q, f, list(deposits)),
                data["target"],
                harm=world.table,
                blocking=data["blocking"],
                coordination=data["coordination"],
                coalitions=set(map(frozenset, data["coalitions"])),
            )
            assert found.value >= limit if data["strict"] else found.value > limit, data


@pytest.mark.slow
def test_more_lies() -> None:
    for truth, rates, special, count in (
        (bound_holds, "1/2", SPECIAL, 8000),
        (bound_holds, ("1/10", "9/10"), SPECIAL, 3000),
        (policy_holds, "1/2", (lower_value,), 3000),
    ):
        origin = bases("pure", rates, 300)
        if truth is policy_holds:
            origin = [data["policy"] for data in origin if data["policy"] is not None]
        believed, refused = judged(truth, origin, count, special)
        assert min(believed, refused) > count // 40


def test_multipliers_must_hold_for_every_joint_action() -> None:
    """Shared randomness: each changed multiplier is refused or still proves the claim, which brute force checks."""
    game = NormalFormGame([[[0, 2], [2, -1]], [[0, -1], [1, 2]]])
    harm = [[0, 1], [2, 3]]
    changed = refused = 0
    for rule in RULES:
        found = policy_harm(game, Policy(1, 0, [1, 1]), (0, 0), harm=harm, blocking=rule, coordination="correlated")  # type: ignore[arg-type]
        assert found.certificate.verify(game)
        data = found.certificate.to_dict()
        world = world_of(data)
        for k, row in enumerate(data["multipliers"]):
            for j in range(len(row)):
                for step in ("1", "-1/2", "-1"):
                    lie = json.loads(json.dumps(data))
                    lie["multipliers"][k][j] = str(F(row[j]) + F(step))
                    changed += 1
                    refused += not accepted(lie)
        lower = dict(data, value=str(found.value - F(1, 100)))
        assert world.correlated_harm([F(1), F(1)], rule) > float(found.value) - 1e-7
        assert not accepted(lower)
    assert changed >= 24
    assert refused > changed // 2


def test_costs_at_least_compares_squares_exactly() -> None:
    rng = random.Random(4)
    for _ in range(2000):
        c, alpha = F(rng.randint(0, 5), rng.randint(1, 3)), F(rng.randint(0, 5), rng.randint(1, 3))
        low = F(rng.randint(0, 6), 4)
        high = low + F(rng.randint(0 if low else 1, 6), 4)
        inside = [low + (high - low) * F(k, 40) for k in range(41)]
        smallest = min(c * y + alpha / y for y in inside if y)
        assert not costs_at_least(smallest + F(1, 1000), c, alpha, low, high)
        # By the inequality of the means, and at the ends, where the function is monotone.
        floor = max(F(0), 2 * F(int(((alpha * c) ** 0.5) * 10**6), 10**6) - F(1, 10**5))
        assert costs_at_least(floor, c, alpha, low, high)
        if low and alpha <= c * low * low:
            assert costs_at_least(c * low + alpha / low, c, alpha, low, high)
        if alpha >= c * high * high:
            assert costs_at_least(c * high + alpha / high, c, alpha, low, high)
    # 2√2 from both sides, by continued fractions.
    assert costs_at_least(2 * F(1393, 985), F(1), F(2), F(0), F(9)) is (F(1393, 985) ** 2 < 2)
    assert costs_at_least(2 * F(3363, 2378), F(1), F(2), F(0), F(9)) is (F(3363, 2378) ** 2 < 2)


def test_evidence_that_proves_something_else_is_named() -> None:
    game = NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    half, zero, one = F(1, 2), F(0), F(1)
    alone = tuple(Threat(frozenset({i}), (((1,), one),)) for i in (0, 1))
    honest: dict[str, Any] = {
        "target": (0, 0),
        "harm": policy_harm(game, Policy(0), (0, 0), harm=[[0, 1], [1, 2]], blocking="all").certificate.harm,
        "rates": (half, half),
        "detection_cost": zero,
        "false_alarm_rate": zero,
        "deposit_caps": (None, None),
        "deposit_cost": one,
        "blocking": "transfer",
        "coordination": "pure",
        "coalitions": (frozenset({0}), frozenset({1})),
        "limit": one,
        "strict": True,
        "bound": F(8),
        "threats": alone,
        "game": game.exact(),
    }
    assert PolicyCostCertificate(**honest).verify()
    for change, message in (
        ({"bound": F(81, 10)}, "do not demand so much"),
        ({"bound": None}, "has no cap"),
        ({"bound": None, "deposit_caps": (F(9), F(9))}, "the largest deposits meet"),
        ({"limit": F(2)}, "below the limit"),
        ({"strict": False}, "which is allowed"),
        ({"threats": alone[:1]}, "do not demand so much"),
        ({"coalitions": (frozenset({0}),)}, "is not listed"),
        ({"threats": (Threat(frozenset({0}), (((1,), F(3)),)), alone[1])}, "has no cap"),
        ({"blocking": "all"}, "no tree of cases"),
        ({"threats": (Threat(frozenset({0}), (((1,), one),), 0), alone[1])}, "a member is named"),
        ({"threats": (Threat(frozenset({0}), (((0,), F(1, 2)), ((1,), F(1, 2)))), alone[1])}, "one joint action"),
        ({"rates": (half, F(2))}, "rates"),
        ({"target": (0, 5)}, "no action profile"),
    ):
        with pytest.raises(CertificateError, match=message):
            PolicyCostCertificate(**{**honest, **change}).verify()
    other = NormalFormGame([[[3, 0], [4, 1]], [[3, 5], [0, 1]]])
    with pytest.raises(CertificateError, match="not about this one"):
        PolicyCostCertificate(**honest).verify(other)


def claim_about(game: NormalFormGame, **parts: Any) -> PolicyCostCertificate:
    """A claim at rate 1, deposits at cost 1, harm below 1, everybody's harm 1 but at the target; ``parts`` change it."""
    n = game.num_players
    harm = [0] + [1] * (game.num_profiles - 1)
    family = [frozenset(s) for k in range(1, n + 1) for s in itertools.combinations(range(n), k)]
    given: dict[str, Any] = {
        "target": (0,) * n,
        "harm": RationalArray.of_integers(harm),
        "rates": (F(1), F(1)),
        "detection_cost": F(0),
        "false_alarm_rate": F(0),
        "deposit_caps": (None,) * n,
        "deposit_cost": F(1),
        "coordination": "pure",
        "coalitions": tuple(family),
        "limit": F(1),
        "strict": True,
        "game": game.exact(),
    }
    return PolicyCostCertificate(**{**given, **parts})


def refuses(claim: PolicyCostCertificate) -> bool:
    try:
        return not claim.verify()
    except CertificateError:
        return True


BOTH = Threat(frozenset({0, 1}), (((1, 1), F(1)),))
FIRST = Threat(frozenset({0}), (((1,), F(1)),))


def test_caps_that_are_just_met_leave_a_policy() -> None:
    """Two who gain 2 together: caps of 2 are enough to hold one back under "all", and both together under "some"."""
    together = NormalFormGame([[[0, -1], [-1, 2]], [[0, -1], [-1, 2]]])
    split = (CaseSplit(0, (Case(0), Case(1))),)
    with_tie = (CaseSplit(0, (Case(0), Case(1), Case(TOGETHER))),)
    common: dict[str, Any] = {"threats": (BOTH,), "deposit_caps": (F(2), F(2))}
    assert claim_about(together, blocking="all", bound=F(2), splits=split, **common).verify()
    assert refuses(claim_about(together, blocking="all", bound=None, splits=split, **common))
    assert claim_about(together, blocking="some", bound=F(4), splits=with_tie, **common).verify()
    assert refuses(claim_about(together, blocking="some", bound=F(5), splits=with_tie, **common))
    assert refuses(claim_about(together, blocking="some", bound=None, splits=with_tie, **common))
    assert refuses(claim_about(together, blocking="some", bound=F(4), splits=split, **common))
    less = {**common, "deposit_caps": (F(199, 100), F(199, 100))}
    assert claim_about(together, blocking="all", bound=None, splits=split, **less).verify()
    alone = NormalFormGame([[0, 2]])
    one: dict[str, Any] = {"threats": (FIRST,), "blocking": "transfer", "bound": None}
    assert refuses(claim_about(alone, deposit_caps=(F(2),), **one))
    assert claim_about(alone, deposit_caps=(F(199, 100),), **one).verify()


def test_a_later_case_may_not_forget_what_an_earlier_did_not_deal_with() -> None:
    """Together 0 gains 10 and 1 gains 1; alone 0 gains 3: the least is 1 + 3, in the case that 1 is held back."""
    game = NormalFormGame([[[0, -1], [3, 10]], [[0, -1], [-1, 1]]])
    tree = (CaseSplit(0, (Case(0), Case(1, 1))), CaseSplit(1, (Case(0),)))
    parts: dict[str, Any] = {"blocking": "all", "threats": (BOTH, FIRST), "splits": tree}
    assert claim_about(game, bound=F(4), **parts).verify()
    assert refuses(claim_about(game, bound=F(41, 10), **parts))
    # The same without a second split: what 0 gains alone weighs 3 in the case that 1 is held back, and no more than 3.
    for weight, holds in ((F(3), True), (F(2), False), (F(31, 10), False)):
        tree = (CaseSplit(0, (Case(0), Case(1, -1, ((1, weight),)))),)
        claim = claim_about(game, bound=F(4), **{**parts, "splits": tree})
        assert claim.verify() if holds else refuses(claim)
    # The other way round what is demanded of 0 in the later case was dealt with in the earlier.
    tree = (CaseSplit(1, (Case(0, 1),)), CaseSplit(0, (Case(1), Case(0))))
    assert claim_about(game, bound=F(4), **{**parts, "splits": tree}).verify()
    for loop in (
        (CaseSplit(0, (Case(0, 0), Case(1, 0))),),
        (CaseSplit(0, (Case(0, 1), Case(1, 1))), CaseSplit(1, (Case(0),))),
    ):
        with pytest.raises(CertificateError, match="or one twice"):
            claim_about(game, bound=F(4), **{**parts, "splits": loop}).verify()


def test_weights_of_threats_may_not_be_charged_twice() -> None:
    """Three of whom any two gain 2 together: two must be held back, and three overlapping weights of 1 prove 3 only."""
    game = NormalFormGame.from_function(lambda *a: [2 * x if sum(a) == 2 else -x for x in a], [2] * 3)
    pairs = tuple(Threat(frozenset(s), (((1, 1), F(1)),)) for s in ((0, 1), (0, 2), (1, 2)))
    # Root: the pair {0, 1}. If 0 is held back, {1, 2} is left and weighs 2; if 1 is, {0, 2} does.
    tree = (CaseSplit(0, (Case(0, -1, ((2, F(2)),)), Case(1, -1, ((1, F(2)),)))),)
    parts: dict[str, Any] = {"blocking": "all", "threats": pairs}
    assert claim_about(game, bound=F(4), splits=tree, **parts).verify()
    assert refuses(claim_about(game, bound=F(41, 10), splits=tree, **parts))
    for weights in (((2, F(3)),), ((2, F(2)), (2, F(1, 10))), ((2, F(1)), (0, F(1))), ((2, F(-1)),), ((3, F(1)),), ()):
        lie = (CaseSplit(0, (Case(0, -1, weights), Case(1, -1, ((1, F(2)),)))),)
        assert refuses(claim_about(game, bound=F(4), splits=lie, **parts)), weights
    # Caps below what is needed of both leave nobody to be held back, which a weight of 0 says.
    capped: dict[str, Any] = {**parts, "deposit_caps": (F(2), F(1), F(1))}
    empty = (CaseSplit(0, (Case(0, -1, ((2, F(0)),)), Case(1))),)
    assert claim_about(game, bound=None, splits=empty, **capped).verify()
    assert refuses(claim_about(game, bound=None, splits=(CaseSplit(0, (Case(0), Case(1))),), **capped))
    assert refuses(claim_about(game, bound=None, splits=empty, **{**capped, "deposit_caps": (F(2), F(1), F(2))}))


def test_multipliers_below_or_at_zero_prove_nothing() -> None:
    game = NormalFormGame([[0, 2]])
    found = policy_harm(game, Policy(1), [0], harm=[0, 3], blocking="transfer", coordination="correlated")
    assert found.value == 3
    for row in ((F(-1), F(1)), (F(0), F(0)), (F(1), F(-3, 2)), (F(1),), (F(1), F(0), F(0))):
        lie = replace(found.certificate, value=F(0), multipliers=(row,))
        with pytest.raises(CertificateError):
            lie.verify()
    safe = policy_harm(game, Policy(1, 0, 2), [0], harm=[0, 3], blocking="some", coordination="correlated")
    assert safe.value == 0
    assert replace(safe.certificate, multipliers=((F(0), F(1)),)).verify()
    for row in ((F(0), F(0)), ()):
        with pytest.raises(CertificateError):
            replace(safe.certificate, multipliers=(row,)).verify()
    for rows in ((), ((F(0), F(1)),) * 2):
        with pytest.raises(CertificateError):
            replace(safe.certificate, multipliers=rows).verify()


def test_garbage_is_refused_by_reading() -> None:
    origin = bases("pure", (0, 1), 6)
    for base in origin + [data["policy"] for data in origin if data["policy"]]:
        for data in garbage(base, 40, 5):
            accepted(data)
    with pytest.raises(SpecificationError):
        PolicyHarmCertificate.from_dict({"kind": "policy harm"})
    with pytest.raises(SpecificationError):
        PolicyCostCertificate.from_dict({"kind": "policy cost"})
