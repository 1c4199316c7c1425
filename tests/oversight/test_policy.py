"""Policies, the game that they induce, verdicts and margins, and the kernel's check of them."""

from __future__ import annotations

import dataclasses
import json
import random
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from oracles import deterrence as oracle
from oracles.coalitions import table

from gametheory.certificates import DeterrenceCertificate, read_certificate
from gametheory.collusion import is_resilient
from gametheory.errors import CertificateError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.coalitions import coalitions
from gametheory.oversight import Policy, deterrence_certificate, deterrence_margin, induced_game, is_deterred

F = Fraction
RULES = ("all", "some", "any", "transfer")
PRISONERS = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)


def random_case(rng: random.Random) -> tuple[NormalFormGame, tuple[int, ...], Policy, Any, Any]:
    n = rng.choice([1, 2, 3, 3])
    sizes = [rng.choice([2, 2, 3]) for _ in range(n)]
    high = rng.choice([1, 3])
    game = NormalFormGame(
        np.array([rng.randint(-high, high) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    )
    policy = Policy(
        [F(rng.randint(0, 2), 2) for _ in range(n)],
        [F(rng.choice([0, 0, 1]), 2) for _ in range(n)],
        [F(rng.randint(0, 4), rng.choice([1, 2])) for _ in range(n)],
    )
    everyone = coalitions(n)
    family = tuple(s for s in everyone if rng.random() < 0.7) or everyone[:1]
    outcomes = None
    if rng.random() < 0.3:
        outcomes = np.array([rng.random() < 0.6 for _ in range(int(np.prod(sizes)))]).reshape(sizes)
    return game, tuple(rng.randrange(m) for m in sizes), policy, family, outcomes


def net_values(
    game: NormalFormGame, target: Any, policy: Policy, family: Any, outcomes: Any, rule: str
) -> list[Fraction]:
    """What each deviation nets its coalition, from the definitions."""
    u = table(game.payoffs, game.num_actions)
    costs = policy.moving_costs(game.num_players)
    values = []
    for _, movers, gains in oracle.deviations(u, game.num_actions, target, family, outcomes):
        net = {i: g - (costs[i] if i in movers else 0) for i, g in gains.items()}
        if rule == "all":
            values.append(min(net.values()))
        elif rule == "any":
            values.append(max(net[i] for i in movers))
        elif rule == "transfer":
            values.append(sum(net.values()))
        else:
            values.append(sum(net.values()) if min(net.values()) >= 0 else min(net.values()))
    return values


# -- policies ------------------------------------------------------------------------------------------------------------


def test_moving_and_complying_costs() -> None:
    policy = Policy(["1/2", "1/4"], "1/4", [8, 12])
    assert policy.moving_costs(2) == (2, 0)
    assert policy.complying_costs(2) == (2, 3)
    assert policy.deposit_of(PRISONERS) == {"Player 1": 8, "Player 2": 12}
    assert json.loads(json.dumps(policy.to_dict())) == {
        "detection_rate": ["1/2", "1/4"],
        "false_alarm_rate": "1/4",
        "deposits": ["8", "12"],
    }
    assert policy == Policy([F(1, 2), F(1, 4)], F(1, 4), (8, 12))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((2,), "detection_rate: found 2"),
        ((0.5, -0.1), "false_alarm_rate"),
        ((1, 0, [1, -2]), r"deposits\[1\]: found -2"),
        ((float("inf"),), "detection_rate"),
        ((1, 0, [float("nan")]), "deposits"),
        ((True,), "detection_rate"),
        (([1, 1], [0, 0, 0]), "detection_rate has 2, false_alarm_rate has 3"),
        (([],), "no entries"),
        (({"Ana": 1},), "a mapping"),
        ((None,), "detection_rate"),
    ],
)
def test_bad_policies_are_refused(given: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        Policy(*given)


def test_a_policy_for_another_number_of_players_is_refused() -> None:
    for ask in (
        lambda policy: induced_game(PRISONERS, policy, (0, 0)),
        lambda policy: is_deterred(PRISONERS, policy, (0, 0), blocking="any"),
    ):
        with pytest.raises(SpecificationError, match="found 3 entries"):
            ask(Policy(1, 0, [1, 2, 3]))
    with pytest.raises(SpecificationError, match=r"write a Policy"):
        is_deterred(PRISONERS, 0.5, (0, 0), blocking="any")  # type: ignore[arg-type]


# -- the induced game ----------------------------------------------------------------------------------------------------


def test_induced_payoffs_entry_by_entry() -> None:
    rng = random.Random(1)
    for _ in range(30):
        game, target, policy, _, _ = random_case(rng)
        n, induced = game.num_players, induced_game(game, policy, target)
        assert induced.arithmetic == "exact"
        for a in product(*map(range, game.num_actions)):
            for i in range(n):
                rate = policy.detection_rate[i] if a[i] != target[i] else policy.false_alarm_rate[i]
                assert induced.payoffs[(i, *a)] == game.payoffs[(i, *a)] - rate * policy.deposits[i]


def test_a_float_anywhere_makes_a_float_game() -> None:
    assert induced_game(PRISONERS, Policy(0.5, 0, 4), ("C", "C")).arithmetic == "float"
    assert induced_game(PRISONERS.to_float(), Policy("1/2", 0, 4), ("C", "C")).arithmetic == "float"
    found = induced_game(PRISONERS.to_float(), Policy(0.5, 0.25, 4), ("C", "C"))
    assert found.payoffs[0].tolist() == [[2, -1], [3, -1]]


# -- verdicts and margins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_verdict_margin_and_certificate_against_brute_force(rule: Any) -> None:
    rng = random.Random(f"verdicts {rule}")
    seen = set()
    for _ in range(120):
        game, target, policy, family, outcomes = random_case(rng)
        asked = {"blocking": rule, "coalitions": family, "outcomes": outcomes}
        values = net_values(game, target, policy, family, outcomes, rule)
        truth = all(x <= 0 for x in values)
        verdict = is_deterred(game, policy, target, **asked)
        assert bool(verdict) == truth
        assert (verdict.witness is None) == truth
        if values:
            margin = deterrence_margin(game, policy, target, **asked)
            assert margin.value == -max(values)
            assert float(margin) == float(-max(values))
        else:
            with pytest.raises(SpecificationError, match="no allowed coalition"):
                deterrence_margin(game, policy, target, **asked)
        if truth:
            certificate = deterrence_certificate(game, policy, target, **asked)
            assert read_certificate(json.dumps(certificate.to_dict())).verify(game)
        else:
            with pytest.raises(CertificateError, match="they net"):
                deterrence_certificate(game, policy, target, **asked)
        seen.add(truth)
    assert seen == {True, False}


@pytest.mark.parametrize("rule", ["all", "some", "transfer"])
@pytest.mark.parametrize("coordination", ["pure", "correlated"])
def test_deterred_iff_resilient_in_the_induced_game(rule: Any, coordination: Any) -> None:
    rng = random.Random(f"induced {rule} {coordination}")
    for _ in range(40):
        game, target, policy, family, _ = random_case(rng)
        verdict = is_deterred(game, policy, target, blocking=rule, coordination=coordination, coalitions=family)
        induced = induced_game(game, policy, target)
        n = game.num_players
        other = is_resilient(induced, target, n, blocking=rule, coordination=coordination, coalitions=family)
        assert bool(verdict) == bool(other)


def test_shared_randomness_can_defeat_a_policy_under_all() -> None:
    """Two take turns in leaking for 4, caught half the time at a deposit of 2: by lot, each nets 1/2 · 3 − 1/2 · 1."""
    game = NormalFormGame.from_bimatrix([[0, -1], [4, -9]], [[0, 4], [-1, -9]])
    policy = Policy("1/2", 0, 2)
    assert bool(is_deterred(game, policy, (0, 0), blocking="all", coalitions=[[0, 1]]))
    verdict = is_deterred(game, policy, (0, 0), blocking="all", coordination="correlated", coalitions=[[0, 1]])
    assert (verdict.status, verdict.gain) == ("no", 1)
    with pytest.raises(UnsupportedError, match="coordination='pure'"):
        is_deterred(game, policy, (0, 0), blocking="all", coordination="correlated", outcomes=[1])


def test_under_any_a_bystander_is_not_counted() -> None:
    """Player 1's move costs itself and helps player 2, who stays: no fine reaches player 2, and nobody who moves gains."""
    game = NormalFormGame.from_bimatrix([[1], [0]], [[0], [5]])
    assert bool(is_deterred(game, Policy(1), (0, 0), blocking="any"))
    assert not bool(is_deterred(game, Policy(1), (0, 0), blocking="transfer"))
    assert deterrence_margin(game, Policy(1), (0, 0), blocking="any").value == 1


def test_floats_near_the_edge_are_within_tolerance() -> None:
    """0.7 as a float is a little less than 7/10, so that ten times it does not quite cancel a gain of 7."""
    game = NormalFormGame.from_bimatrix([[0], [7]], [[0], [0]])
    singles = coalitions(2, max_size=1)
    verdict = is_deterred(game, Policy(0.7, 0, 10.0), (0, 0), blocking="all", coalitions=singles)
    assert verdict.status == "within tolerance"
    assert verdict.gain == 7 - 10 * F(0.7) > 0
    with pytest.raises(UndecidedError, match="tol="):
        bool(verdict)
    assert bool(is_deterred(game, Policy(0.7, 0, 10.0), (0, 0), blocking="all", coalitions=singles, tol=1e-9))
    assert not bool(is_deterred(game, Policy(0.7, 0, 10.0), (0, 0), blocking="all", coalitions=singles, tol=0))
    assert bool(is_deterred(game, Policy("7/10", 0, 10), (0, 0), blocking="all", coalitions=singles))


def test_a_loss_that_may_be_rounding_leaves_some_open() -> None:
    game = NormalFormGame.from_bimatrix([[0.0, 0.0], [0.0, 7.0]], [[0.0, 0.0], [0.0, 9.0]])
    barely = Policy([1.0, 1.0], 0, [np.nextafter(7.0, 8.0), 0.0])
    asked = {"blocking": "some", "coalitions": [[0, 1]]}
    assert is_deterred(game, barely, (0, 0), **asked).status == "within tolerance"
    assert is_deterred(game, barely, (0, 0), tol=0, **asked).status == "yes"
    assert is_deterred(game, Policy(1.0, 0, [8.0, 0.0]), (0, 0), **asked).status == "yes"


def test_displays_escape_names() -> None:
    game = NormalFormGame.from_bimatrix([[0], [7]], [[0], [0]], players=["<b>Ana", "Ben"])
    margin = deterrence_margin(game, Policy(1, 0, 2), (0, 0), blocking="all")
    assert "<b>" not in margin._repr_html_()
    assert "exact" in repr(margin)
    assert margin.to_dict()["margin"] == "-5"
    assert "Policy" in Policy(1)._repr_html_()


# -- lies to the kernel --------------------------------------------------------------------------------------------------


def test_the_kernel_agrees_with_brute_force_on_every_claim() -> None:
    """Change any part of a true claim: it is accepted iff what it then says is true."""
    rng = random.Random(11)
    accepted = refused = 0
    for _ in range(150):
        game, target, policy, family, _ = random_case(rng)
        n = game.num_players
        rule = rng.choice(RULES)
        certificate = DeterrenceCertificate(
            target,
            tuple(policy.detection_rate),
            tuple(policy.false_alarm_rate),
            tuple(policy.deposits),
            rule,
            family,
            None,
            game,
        )
        i = rng.randrange(n)
        lies = [
            {},
            {"deposits": tuple(d + (F(-1, 2) if j == i and d else 0) for j, d in enumerate(certificate.deposits))},
            {"deposits": tuple(d + 20 * (j == i) for j, d in enumerate(certificate.deposits))},
            {"blocking": rng.choice(RULES)},
            {"coalitions": coalitions(n)},
            {"target": tuple(rng.randrange(m) for m in game.num_actions)},
            {"outcomes": tuple(k for k in range(game.num_profiles) if rng.random() < 0.5)},
        ]
        for lie in lies:
            changed = dataclasses.replace(certificate, **lie)
            told = Policy(changed.detection_rate, changed.false_alarm_rate, changed.deposits)
            marked = None
            if changed.outcomes is not None:
                marked = np.isin(np.arange(game.num_profiles), changed.outcomes).reshape(game.num_actions)
            values = net_values(game, changed.target, told, changed.coalitions, marked, changed.blocking)
            if all(x <= 0 for x in values):
                assert changed.verify()
                accepted += 1
            else:
                with pytest.raises(CertificateError):
                    changed.verify()
                refused += 1
    assert accepted > 100
    assert refused > 100


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", [0, 7]),
        ("target", [0]),
        ("detection_rate", ["1", "3/2"]),
        ("false_alarm_rate", ["-1", "0"]),
        ("deposits", ["4"]),
        ("deposits", ["4", "-4"]),
        ("coalitions", [[0, 2]]),
        ("coalitions", [[]]),
        ("outcomes", [4]),
    ],
)
def test_numbers_that_make_no_sense_are_refused(key: str, value: Any) -> None:
    data = deterrence_certificate(PRISONERS, Policy(1, 0, 2), (0, 0), blocking="all").to_dict()
    with pytest.raises(CertificateError):
        read_certificate({**data, key: value}).verify()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", "C"),
        ("deposits", [0.5, 1]),
        ("blocking", "most"),
        ("blocking", ["all"]),
        ("coalitions", 3),
        ("coalitions", [[0, 0]]),
        ("outcomes", {}),
        ("game_digest", "0"),
        ("more", 1),
    ],
)
def test_malformed_files_are_refused(key: str, value: Any) -> None:
    data = deterrence_certificate(PRISONERS, Policy(1, 0, 2), (0, 0), blocking="all").to_dict()
    with pytest.raises(SpecificationError):
        read_certificate({**data, key: value})
    del data["deposits"]
    with pytest.raises(SpecificationError, match="deposits"):
        read_certificate(data)


def test_another_game_is_refused() -> None:
    certificate = deterrence_certificate(PRISONERS, Policy(1, 0, 2), (0, 0), blocking="all")
    with pytest.raises(CertificateError, match="digest"):
        certificate.verify(NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 2]]))


def test_payoffs_beyond_machine_integers() -> None:
    game = NormalFormGame.from_bimatrix([[0], [2**70]], [[0], [0]])
    assert bool(is_deterred(game, Policy("1/3", 0, 3 * 2**70), (0, 0), blocking="all"))
    assert is_deterred(game, Policy("1/3", 0, 3 * 2**70 - 1), (0, 0), blocking="all").gain == F(1, 3)
