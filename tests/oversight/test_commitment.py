"""Commitment against several followers, alone and colluding."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracles import followers as oracle

from gametheory.certificates import read_certificate
from gametheory.equilibria import stackelberg_equilibrium
from gametheory.errors import CertificateError, InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.oversight import (
    commitment_against_followers,
    commitment_guarantee,
    commitment_shortfall,
    is_optimal_commitment,
    loss_from_collusion,
    stable_replies,
)

LEADER = [[[1, 4, 2], [8, 3, 5], [0, 4, 1]], [[2, 1, 8], [8, 6, 5], [2, 5, 1]], [[4, 1, 1], [9, 4, 4], [4, 8, 4]]]
FIRST = [[[8, 2, 2], [2, 0, 0], [1, 3, 7]], [[3, 0, 4], [5, 0, 1], [9, 7, 6]], [[4, 2, 5], [7, 2, 4], [4, 6, 0]]]
SECOND = [[[6, 8, 0], [9, 6, 7], [3, 4, 7]], [[8, 5, 0], [5, 6, 2], [7, 7, 3]], [[2, 8, 6], [0, 2, 6], [6, 3, 9]]]
THREE = NormalFormGame([LEADER, FIRST, SECOND])
RULES = ("transfer", "all", "some", "any")


def random_game(seed: int, shape: Sequence[int], span: int = 3) -> NormalFormGame:
    rng = random.Random(seed)
    return NormalFormGame.from_function(lambda *_: [rng.randint(-span, span) for _ in shape], tuple(shape))


def by_oracle(game: NormalFormGame, families: Sequence[Sequence[int]], rule: str, *, worst: bool) -> Any:
    tables = game.numerators.astype(object)  # integers
    return oracle.value(tables[0], tables[1:], game.num_actions[1:], families, rule, worst=worst)


def every(count: int) -> list[tuple[int, ...]]:
    return [s for k in range(1, count + 1) for s in combinations(range(count), k)]


def test_the_value_depends_on_what_followers_can_do_together() -> None:
    """A 3×3×3 game of integers: 5 alone, 7.613519 with recommendations, 50/13 against followers with transfers.

    The last is also the strong Stackelberg value against one follower with nine actions.
    """
    alone = commitment_against_followers(THREE, followers="independent")
    told = commitment_against_followers(THREE, followers="correlated")
    together = commitment_against_followers(THREE, followers="coalition", blocking="transfer")
    assert (alone.value, together.value) == (5, Fraction(50, 13))
    assert abs(float(told) - 7.613519317638664) < 1e-12
    as_one = NormalFormGame.from_bimatrix(
        np.reshape(LEADER, (3, 9)).tolist(), (np.reshape(FIRST, (3, 9)) + np.reshape(SECOND, (3, 9))).tolist()
    )
    assert stackelberg_equilibrium(as_one).value == together.value
    for found in (alone, told, together):
        assert found.attained
        assert found.complete
        assert found.verify()
    loss = loss_from_collusion(THREE, blocking="transfer")
    assert loss.value == loss.lower == loss.upper == 5 - Fraction(50, 13)
    assert loss.verify()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("selection", ["best", "worst"])
def test_two_followers_against_enumeration_of_faces(rule: Any, selection: Any) -> None:
    families = [(0, 1)] if rule == "transfer" else every(2)
    outcomes = set()
    for seed in range(12):
        game = random_game(seed, (2, 2, 2 + seed % 2), span=2)
        expected = by_oracle(game, families, rule, worst=selection == "worst")
        try:
            found = commitment_against_followers(game, followers="coalition", blocking=rule, selection=selection)
        except InfeasibleError:
            assert expected is None
            outcomes.add("none")
            continue
        assert expected == (found.upper, found.attained)
        assert found.verify()
        assert found.upper - found.lower <= Fraction(1, 1000)
        outcomes.add("attained" if found.attained else "approached")
    assert "attained" in outcomes
    if selection == "worst" and rule != "any":
        assert "approached" in outcomes


@pytest.mark.parametrize("selection", ["best", "worst"])
def test_independent_followers_against_enumeration_of_faces(selection: Any) -> None:
    for seed in range(16):
        game = random_game(seed, (2, 2, 2, 2) if seed % 3 == 0 else (2, 3, 2), span=2)
        singles = [(f,) for f in range(game.num_players - 1)]
        expected = by_oracle(game, singles, "all", worst=selection == "worst")
        try:
            found = commitment_against_followers(game, followers="independent", selection=selection)
        except InfeasibleError:
            assert expected is None
            continue
        assert expected == (found.upper, found.attained)
        if selection == "best":
            assert found.value == stackelberg_equilibrium(game, followers="independent").value
            assert found.value <= commitment_against_followers(game, followers="correlated").value


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_three_followers_and_families_against_enumeration_of_faces(rule: Any) -> None:
    """Over all rules and both selections 200 games: random families of coalitions."""
    for seed in range(25):
        rng = random.Random(seed)
        game = random_game(seed + 1000, (2, 2, 2, 2), span=1 + seed % 3)
        families = rng.sample(every(3), rng.randint(1, 5))
        players = [tuple(f + 1 for f in s) for s in families]
        for selection in ("best", "worst"):
            expected = by_oracle(game, families, rule, worst=selection == "worst")
            try:
                found = commitment_against_followers(
                    game,
                    followers="coalition",
                    blocking=rule,
                    coalitions=players,
                    selection=selection,
                )
            except InfeasibleError:
                assert expected is None
                continue
            assert expected == (found.upper, found.attained), (seed, selection)


def test_one_follower_is_strong_and_weak_stackelberg() -> None:
    approached = 0
    for seed in range(16):
        game = random_game(seed, (3, 3), span=2)
        for selection, ties in (("best", "strong"), ("worst", "weak")):
            found = commitment_against_followers(game, followers="independent", selection=selection)
            other = stackelberg_equilibrium(game, ties=ties)
            assert (found.upper, found.attained) == (other.exact_value, other.attained)
            approached += not found.attained
    assert approached > 3


def test_transfers_among_all_are_one_follower_with_their_sum() -> None:
    for seed in range(12):
        game = random_game(seed, (3, 2, 3))
        for selection, ties in (("best", "strong"), ("worst", "weak")):
            found = commitment_against_followers(game, followers="coalition", blocking="transfer", selection=selection)
            other = stackelberg_equilibrium(game, ties=ties, followers="coalition")
            assert (found.upper, found.attained) == (other.exact_value, other.attained)


def test_order_of_the_rules() -> None:
    """What "any" leaves stable is stable under "some", that under "all", and with single followers all are Nash equilibria."""
    for seed in range(15):
        game = random_game(seed, (3, 2, 2))
        values = []
        for options in (
            {"followers": "independent"},
            *({"followers": "coalition", "blocking": rule} for rule in ("all", "some", "any")),
        ):
            try:
                values.append(commitment_against_followers(game, **options).value)
            except InfeasibleError:
                values.append(Fraction(-100))
        assert values == sorted(values, reverse=True)
        x = [Fraction(1, 3)] * 3
        left = [
            {r for r, _ in stable_replies(game, 0, x, followers="coalition", blocking=rule)}
            for rule in ("all", "some", "any")
        ]
        alone = {r for r, _ in stable_replies(game, 0, x, followers="independent")}
        assert alone >= left[0] >= left[1] >= left[2]


def test_commitments_by_chance_are_worth_no_more() -> None:
    rng = random.Random(7)
    for seed in range(6):
        game = random_game(seed, (4, 2, 3))
        options: Any = {"followers": "coalition", "blocking": "all"}
        for selection in ("best", "worst"):
            try:
                found = commitment_against_followers(game, selection=selection, **options)
            except InfeasibleError:
                continue
            for _ in range(20):
                weights = [rng.randint(0, 5) for _ in range(3)] + [1]
                x = [Fraction(w, sum(weights)) for w in weights]
                worth = [payoff for _, payoff in stable_replies(game, 0, x, **options)]
                assert not worth or (max if selection == "best" else min)(worth) <= found.upper


def test_an_emptied_coalition_family_costs_nothing_more() -> None:
    """Coalitions that cannot gain leave the value as it is; prices name whose wish to move binds."""
    names: Any = {
        "players": ["Leader", "Ann", "Bob"],
        "actions": [["trust", "check"], ["sleep", "work"], ["sleep", "work"]],
    }

    def payoffs(check: int, ann: int, bob: int) -> tuple[int, ...]:
        return 2 * (ann + bob) - check, (1 - ann) * (2 - bob - 4 * check), (1 - bob) * (2 - ann - 4 * check)

    game = NormalFormGame.from_function(payoffs, (2, 2, 2), **names)
    alone = commitment_against_followers(game, followers="independent")
    together = commitment_against_followers(game, followers="coalition", blocking="all")
    assert (alone.value, together.value) == (Fraction(15, 4), Fraction(7, 2))
    assert list(together.binding) == ["Ann and Bob keep to (work, work), not (sleep, sleep): Ann does not gain"]
    assert list(together.binding.values()) == [Fraction(1, 4)]
    assert together.reply == {"Ann": "work", "Bob": "work"}
    assert "Ann replies work" in repr(together)
    worst = commitment_against_followers(game, followers="independent", selection="worst")
    assert (worst.value, worst.attained) == (Fraction(7, 2), False)  # at 1/2 or less both asleep is an equilibrium too
    assert worst.upper - worst.lower <= Fraction(1, 1000)


def test_shadow_prices_are_derivatives() -> None:
    """A bonus δ for the blocking member's move changes the value by the price times δ."""
    delta = Fraction(1, 100)

    def game(bonus: Fraction) -> NormalFormGame:
        def payoffs(check: int, ann: int, bob: int) -> tuple[Any, ...]:
            asleep = (1 - ann) * (1 - bob)
            return (
                2 * (ann + bob) - check,
                (1 - ann) * (2 - bob - 4 * check) + bonus * asleep,
                (1 - bob) * (2 - ann - 4 * check) + bonus * asleep,
            )

        return NormalFormGame.from_function(payoffs, (2, 2, 2))

    options: Any = {"followers": "coalition", "blocking": "all"}
    found = commitment_against_followers(game(Fraction(0)), **options)
    changed = commitment_against_followers(game(delta), **options)
    assert found.value - changed.value == delta * next(iter(found.binding.values()))


def test_guarantee_is_below_every_equilibrium() -> None:
    for seed in range(10):
        game = random_game(seed, (2, 2, 3))
        found = commitment_against_followers(game, followers="correlated")
        x = found.exact_commitment
        least = commitment_guarantee(game, 0, x)
        assert least.certificate is not None
        assert least.certificate.verify()
        assert sum(least.profile.values()) == 1
        assert all(payoff >= least.value for _, payoff in stable_replies(game, 0, x, followers="independent"))
        assert least.value <= found.value


def test_predicate_and_measure() -> None:
    options: Any = {"followers": "coalition", "blocking": "transfer"}
    found = commitment_against_followers(THREE, **options)
    assert is_optimal_commitment(THREE, 0, found.exact_commitment, **options)
    assert commitment_shortfall(THREE, 0, found.exact_commitment, **options) == 0
    assert commitment_shortfall(THREE, 0, 0, **options) > 0
    assert not is_optimal_commitment(THREE, 0, "1", **options)


def test_bounds_when_the_search_is_cut_short() -> None:
    game = random_game(1, (3, 2, 2, 2))
    options: Any = {"followers": "coalition", "blocking": "some", "selection": "worst"}
    whole = commitment_against_followers(game, **options)
    with pytest.raises(SolverError, match="none is worth more"):
        commitment_against_followers(game, max_nodes=1, **options)
    cut = commitment_against_followers(game, max_nodes=60, **options)
    assert not cut.complete
    assert cut.verify()
    assert cut.lower <= whole.upper < cut.upper
    assert "between" in repr(cut)


def test_floats_and_labels() -> None:
    game = NormalFormGame(np.array([LEADER, FIRST, SECOND], dtype=float) / 8)
    found = commitment_against_followers(game, followers="coalition", blocking="transfer")
    assert isinstance(found.value, float)
    assert found.upper == Fraction(50, 13) / 8
    moved = NormalFormGame(np.moveaxis(np.array([LEADER, FIRST, SECOND]), 1, 3)[[1, 2, 0]].tolist())
    assert commitment_against_followers(moved, 2, followers="coalition", blocking="transfer").value == Fraction(50, 13)


def test_results_as_values() -> None:
    found = commitment_against_followers(THREE, followers="coalition", blocking="transfer")
    again = pickle.loads(pickle.dumps(found))  # noqa: S301  # our own
    assert found == again
    assert hash(found) == hash(again)
    assert json.loads(json.dumps(found.to_dict()))["upper"] == "50/13"
    assert "certified" in repr(found)
    assert "<table>" in found._repr_html_()
    assert len(found.to_frame()) == 3
    read = read_certificate(json.loads(json.dumps(found.certificate.to_dict())))
    assert read.verify(THREE)
    assert read.claim == found.certificate.claim


def test_lies_are_refused() -> None:
    data = commitment_against_followers(
        random_game(5, (2, 2, 2)), followers="coalition", blocking="all"
    ).certificate.to_dict()
    changes: list[tuple[str, Any]] = [
        ("value", "1000"),
        ("bound", "-1000"),
        ("commitment", ["1", "1"]),
        ("commitment", ["1/3", "2/3"]),
        ("tree", data["tree"][:-1]),
        ("tree", [*data["tree"], data["tree"][0]]),
        ("tree", [["infeasible", numbers] for _, numbers in data["tree"]]),
        ("tree", [["branch", ["7"]], *data["tree"]]),
        ("selection", "worst"),
        ("coalitions", [[0]]),
        ("coalitions", [[1], [1]]),
        ("leader", 1),
        ("reply", [1, 1] if data["reply"] != [1, 1] else [0, 0]),
    ]
    assert read_certificate(data).verify()
    for key, wrong in changes:
        with pytest.raises((CertificateError, SpecificationError)):
            read_certificate({**data, key: wrong}).verify()


def test_bad_input() -> None:
    for options in (
        {"followers": "gang"},
        {"followers": "coalition"},
        {"followers": "coalition", "blocking": "most"},
        {"followers": "independent", "blocking": "all"},
        {"followers": "independent", "selection": "mean"},
        {"followers": "coalition", "blocking": "all", "coalitions": [[0, 1]]},
        {"followers": "coalition", "blocking": "all", "coalitions": []},
        {"followers": "coalition", "blocking": "all", "epsilon": 0},
        {"followers": "coalition", "blocking": "all", "time_limit": -1},
        {"followers": "coalition", "blocking": "all", "max_nodes": 0},
    ):
        with pytest.raises(SpecificationError):
            commitment_against_followers(THREE, **options)
    with pytest.raises(UnsupportedError):
        commitment_against_followers(THREE, followers="correlated", selection="worst")
    with pytest.raises(SpecificationError):
        commitment_shortfall(THREE, 0, ["1/2", "1/2", "1/2"], followers="independent")
    pennies = NormalFormGame.from_function(lambda _, a, b: (0, 1 if a == b else -1, -1 if a == b else 1), (1, 2, 2))
    with pytest.raises(InfeasibleError) as caught:
        commitment_against_followers(pennies, followers="independent")
    assert caught.value.certificate.verify(pennies)
    with pytest.raises(InfeasibleError):
        commitment_shortfall(pennies, 0, 0, followers="independent")
