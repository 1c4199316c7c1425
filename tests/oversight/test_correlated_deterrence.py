"""Brackets on deposits against coalitions that share randomness: a closed form, other bounds, linear programmes in floats."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from oracles import deterrence as oracle
from oracles.coalitions import table
from scipy.optimize import linprog

from gametheory.audit.evidence import row_builders
from gametheory.certificates import certificate_to_json, read_certificate, verify_certificate
from gametheory.collusion import resilience
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.games.coalitions import coalitions
from gametheory.oversight import (
    cheapest_deterrence,
    correlated_deterrence,
    correlated_deterrence_programme,
    induced_game,
)

F = Fraction


def turns() -> NormalFormGame:
    """Either may take 4 while the other loses 1."""
    return NormalFormGame.from_bimatrix([[0, -1], [4, -9]], [[0, 4], [-1, -9]], actions=[["keep", "take"]] * 2)


@pytest.mark.parametrize("rule", ["all", "some"])
def test_taking_turns_by_closed_form(rule: Any) -> None:
    """With x_1 and x_2 the costs of moving, a draw p pays both iff 5 − 1/p > x_1 and 5 − 1/(1 − p) > x_2.

    Nobody does for any p iff 1/(5 − x_1) + 1/(5 − x_2) ≥ 1; of these x = (15/4, 0) and (0, 15/4) are cheapest, since
    y ↦ 5 − 1/y is concave. Pure deviations please both never, so that without randomness nothing is needed.
    """
    game = turns()
    assert cheapest_deterrence(game, (0, 0), detection_rate=1, blocking=rule, coalitions=[[0, 1]]).value == 0
    grid = [F(k, 20) for k in range(76)]
    cheapest = min(x + y for x, y in product(grid, grid) if 1 / (5 - x) + 1 / (5 - y) >= 1)
    assert cheapest == F(15, 4)
    found = correlated_deterrence(game, (0, 0), detection_rate="1/2", blocking=rule, coalitions=[[0, 1]], gap="1/10000")
    assert found.lower <= F(15, 2) <= found.upper
    assert found.gap <= found.lower / 10**4
    assert not found.attained
    assert "a draw of" in next(iter(found.binding))


def instance(rng: random.Random, players: int = 2) -> dict[str, Any]:
    n = players
    sizes = [rng.choice([2, 2, 3]) if n < 3 else 2 for _ in range(n)]
    tensor = np.array([rng.randint(-4, 4) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    everyone = coalitions(n)
    return {
        "game": NormalFormGame(tensor),
        "table": table(tensor, sizes),
        "target": (0,) * n,
        "coalitions": everyone if rng.random() < 0.7 else everyone[-1:],
        "detection_rate": [F(rng.randint(1, 4), 4) for _ in range(n)],
        "deposit_caps": [rng.choice([None, None, None, F(rng.randint(0, 12))]) for _ in range(n)],
        "deposit_costs": [F(rng.choice([1, 1, 2])) for _ in range(n)],
    }


def pays(found: dict[str, Any], rule: str, deposits: Any) -> float:
    """The largest ν such that some draw brings every member at least ν ("some": all together ν, none losing)."""
    best = -1.0
    game = found["game"]
    for members in found["coalitions"]:
        order = sorted(members)
        columns = []
        for _, movers, gains in oracle.deviations(found["table"], game.num_actions, found["target"], [members]):
            paid = {i: float(found["detection_rate"][i] * deposits[i]) * (i in movers) for i in order}
            columns.append([float(gains[i]) - paid[i] for i in order])
        if not columns:
            continue
        net = np.array(columns).T
        count = net.shape[1]
        if rule == "all":
            bounds = [(0, None)] * count + [(None, None)]
            solution = linprog(
                np.append(np.zeros(count), -1),
                A_ub=np.hstack([-net, np.ones((len(order), 1))]),
                b_ub=np.zeros(len(order)),
                A_eq=np.append(np.ones(count), 0)[None, :],
                b_eq=[1],
                bounds=bounds,
            )
        else:
            solution = linprog(
                -net.sum(axis=0), A_ub=-net, b_ub=np.zeros(len(order)), A_eq=np.ones((1, count)), b_eq=[1]
            )
        if solution.status == 0:
            best = max(best, -solution.fun)
    return best


def check(rng: random.Random, rule: Any, players: int = 2, **options: Any) -> str:
    found = instance(rng, players)
    game, target = found["game"], found["target"]
    arguments = {key: value for key, value in found.items() if key not in ("game", "table", "target")}
    try:
        design = correlated_deterrence(game, target, blocking=rule, **arguments, **options)
    except InfeasibleError as error:
        certificate, design = error.certificate, None
    if design is None:
        assert verify_certificate(certificate, game, row_builders=row_builders()).status == "verified"
        caps = [F(10**4) if cap is None else cap for cap in found["deposit_caps"]]
        assert pays(found, rule, caps) > 1e-9
        return "infeasible"
    for certificate in (design.certificate, design.sufficiency):
        read = read_certificate(certificate_to_json(certificate))
        assert verify_certificate(read, game, row_builders=row_builders()).status == "verified"
    deposits = design.decision.deposits
    deposits = deposits if isinstance(deposits, tuple) else (deposits,) * players
    assert pays(found, rule, deposits) < 1e-7
    assert design.lower <= design.upper
    overseen = induced_game(game, design.decision, target)
    assert (
        resilience(overseen, target, blocking=rule, coordination="correlated", coalitions=found["coalitions"]).witness
        is None
    )
    pure = cheapest_deterrence(game, target, blocking=rule, **arguments)
    assert pure.value <= design.lower
    # Whatever costs less than the lower bound leaves a draw that pays: a grid below it.
    top = [design.lower / w for w in found["deposit_costs"]]
    for shares in product([F(k, 6) for k in range(7)], repeat=players):
        trial = [s * t for s, t in zip(shares, top, strict=True)]
        if any(cap is not None and d > cap for d, cap in zip(trial, found["deposit_caps"], strict=True)):
            continue
        if sum(w * d for w, d in zip(found["deposit_costs"], trial, strict=True)) < design.lower * F(99, 100):
            assert pays(found, rule, trial) > -1e-9
    return "exact" if design.attained else "bracket"


@pytest.mark.parametrize("rule", ["all", "some"])
def test_brackets_of_small_games(rule: str) -> None:
    rng = random.Random(f"draws {rule}")
    kinds = {check(rng, rule, gap="1/20", max_rounds=8) for _ in range(6)}
    assert {"exact", "bracket"} <= kinds


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["all", "some"])
def test_brackets_of_more_games(rule: str) -> None:
    rng = random.Random(f"more draws {rule}")
    kinds = [check(rng, rule, gap="1/10", max_rounds=4) for _ in range(100)]
    kinds += [check(rng, rule, players=3, gap="1/4", max_rounds=3) for _ in range(3)]
    assert {"exact", "bracket", "infeasible"} <= set(kinds)


def test_more_coalitions_never_lower_the_bounds() -> None:
    rng = random.Random(3)
    for _ in range(3):
        found = {**instance(rng), "deposit_caps": None}
        arguments = {key: value for key, value in found.items() if key not in ("game", "table", "target", "coalitions")}
        every = correlated_deterrence(found["game"], (0, 0), blocking="all", gap="1/100", **arguments)
        alone = correlated_deterrence(
            found["game"], (0, 0), blocking="all", gap="1/100", coalitions=[[0], [1]], **arguments
        )
        assert alone.attained
        assert alone.value <= every.upper


def test_draws_that_are_no_draws_are_refused() -> None:
    game, options = turns(), {"detection_rate": 1, "blocking": "all"}
    half = {"coalition": [0, 1], "plays": [[[1, 0], "1/2"], [[0, 1], "1/2"]], "member": None}
    programme = correlated_deterrence_programme(game, (0, 0), threats=[half], **options)
    assert any("a draw of 1/2" in name for name in programme.row_names)
    for change, message in (
        ({"plays": [[[1, 0], "1/2"]]}, "distribution"),
        ({"plays": [[[0, 0], "1"]]}, "distribution"),
        ({"plays": [[[1, 1], "1"]]}, "does not pay"),
        ({"coalition": [0]}, "distribution"),
    ):
        with pytest.raises(SpecificationError, match=message):
            correlated_deterrence_programme(game, (0, 0), threats=[{**half, **change}], **options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"blocking": "transfer"}, "cheapest_deterrence"),
        ({"gap": 0}, "gap"),
        ({"max_rounds": 0}, "max_rounds"),
        ({"detection_rate": 2}, "detection_rate"),
    ],
)
def test_bad_input_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        correlated_deterrence(turns(), (0, 0), **{"detection_rate": 1, "blocking": "all", **changes})


def test_lies_about_weights_and_deposits() -> None:
    """Changed claims are believed only where the linear programmes in floats agree."""
    rng = random.Random(5)
    believed = refused = 0
    for _ in range(9):
        found = {**instance(rng), "deposit_caps": None}
        rule: Any = rng.choice(["all", "some"])
        arguments = {key: value for key, value in found.items() if key not in ("game", "table", "target")}
        design = correlated_deterrence(found["game"], (0, 0), blocking=rule, gap="1/10", max_rounds=4, **arguments)
        data = design.sufficiency.to_dict()
        data["deposits"] = [str(F(d) * rng.choice([F(3, 4), F(1), F(5, 4)])) for d in data["deposits"]]
        if rng.random() < 0.3:
            data["weights"][-1] = data["weights"][-1][::-1]
        try:
            accepted = read_certificate(json.dumps(data)).verify()
        except CertificateError:
            accepted = False
        if accepted:
            assert pays(found, rule, [F(d) for d in data["deposits"]]) < 1e-7
        believed, refused = believed + accepted, refused + (not accepted)
    assert min(believed, refused) > 1
