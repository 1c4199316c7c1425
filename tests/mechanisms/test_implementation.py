"""k-implementation: the formula for a profile, sets against enumeration, and what is not attained."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction as F

import pytest
from oracles.contracts import implementation_cost_of_profile, implementation_cost_of_set

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.equilibria import pure_nash_equilibria
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.mechanisms import (
    Promises,
    implementation_cost,
    is_implemented,
    k_implementation,
    undominated_actions,
)

PRISONERS = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)


def random_game(rng: random.Random, sizes: tuple[int, ...], most: int = 19) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(0, most) for _ in sizes], sizes)


def as_data(game: NormalFormGame) -> dict:
    return {a: game.payoff(*a) for a in itertools.product(*map(range, game.num_actions))}


def formula(game: NormalFormGame, z: tuple[int, ...]) -> F:
    return sum(
        max(game.payoff(*z[:i], a, *z[i + 1 :])[i] for a in range(m)) - game.payoff(*z)[i]
        for i, m in enumerate(game.num_actions)
    )


def test_cooperation_in_the_prisoners_dilemma() -> None:
    design = k_implementation(PRISONERS, ("C", "C"))
    assert (design.value, design.attained, design.profile) == (4, True, (("C", "C"),))
    assert is_implemented(PRISONERS, design.decision, ("C", "C"))
    assert implementation_cost(PRISONERS, design.decision) == 4


def test_the_formula_the_programme_and_all_promises_agree() -> None:
    rng = random.Random(1)
    for _ in range(20):
        game = random_game(rng, (2, 3, 2))
        z = tuple(rng.randrange(m) for m in game.num_actions)
        design = k_implementation(game, z)
        assert design.value == formula(game, z)
        assert design.attained
        assert design.value == pytest.approx(implementation_cost_of_profile(as_data(game), game.num_actions, z))
        assert is_implemented(game, design.decision, z)
        assert implementation_cost(game, design.decision) == design.value
        assert design.certificate.verify(game)


def test_equilibria_are_free() -> None:
    """k(z) = 0 iff z is a Nash equilibrium (Monderer and Tennenholtz 2004)."""
    rng = random.Random(2)
    for _ in range(50):
        game = random_game(rng, (2, 3), most=5)
        equilibria = {e.profile for e in pure_nash_equilibria(game)}
        for z in itertools.product(range(2), range(3)):
            assert (k_implementation(game, z).value == 0) == (z in equilibria)


@pytest.mark.parametrize("sizes", [(2, 2), (2, 3), (2, 2, 2)])
def test_sets_against_enumeration(sizes: tuple[int, ...]) -> None:
    rng = random.Random(3)
    profiles = list(itertools.product(*map(range, sizes)))
    for _ in range(8):
        game = random_game(rng, sizes, most=9)
        targets = sorted(rng.sample(profiles, rng.randint(2, 4)))
        design = k_implementation(game, targets)
        assert design.value == implementation_cost_of_set(as_data(game), sizes, targets)
        assert design.value <= min(formula(game, z) for z in targets)
        assert is_implemented(game, design.decision, targets)
        cost = implementation_cost(game, design.decision)
        assert cost <= design.value + F(0 if design.attained else F(1, 1000))
        assert design.certificate.verify(game)


def test_more_wanted_profiles_never_cost_more() -> None:
    rng = random.Random(4)
    for _ in range(10):
        game = random_game(rng, (2, 3), most=9)
        order = rng.sample(list(itertools.product(range(2), range(3))), 6)
        costs = [k_implementation(game, order[:k]).value for k in (1, 2, 4, 6)]
        assert costs == sorted(costs, reverse=True)
        assert costs[-1] == 0  # everything is wanted


def test_a_least_cost_that_is_not_attained() -> None:
    """One player, two equally good actions: any payment makes one better, none makes it so."""
    indifferent = NormalFormGame([[1, 1]], ["Ann"], [["left", "right"]])
    design = k_implementation(indifferent, ["left"], epsilon="1/10")
    assert (design.value, design.attained) == (0, False)
    assert implementation_cost(indifferent, design.decision) == F(1, 10)
    assert is_implemented(indifferent, design.decision, ["left"])
    better = NormalFormGame([[2, 1]])
    assert k_implementation(better, [0]).attained


def test_rows_are_rebuilt_from_the_game() -> None:
    for target in (("C", "C"), [("C", "C"), ("C", "D")]):
        data = json.loads(json.dumps(k_implementation(PRISONERS, target).certificate.to_dict()))
        assert verify_certificate(read_certificate(data), PRISONERS, row_builders=row_builders()).status == "verified"
        data["programme"]["arguments"]["targets"] = [[1, 1]]
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(data), PRISONERS, row_builders=row_builders())


def test_mixed_targets_are_refused_with_a_reason() -> None:
    with pytest.raises(UnsupportedError, match="mixture"):
        k_implementation(PRISONERS, [["1/2", "1/2"], [0.5, 0.5]][1:])
    with pytest.raises(UnsupportedError, match="support"):
        k_implementation(PRISONERS, [[F(1, 2), F(1, 2)], [F(1, 2), F(1, 2)]])


def test_malformed_questions() -> None:
    with pytest.raises(SpecificationError, match="target"):
        k_implementation(PRISONERS, [])
    with pytest.raises(SpecificationError, match="epsilon"):
        k_implementation(PRISONERS, ("C", "C"), epsilon=0)
    with pytest.raises(SpecificationError, match="negative"):
        implementation_cost(PRISONERS, [[[-1, 0], [0, 0]], [[0, 0], [0, 0]]])
    with pytest.raises(SpecificationError, match="shape"):
        undominated_actions(PRISONERS, [[1, 2]])


def test_promises_are_shown_without_harm() -> None:
    nasty = Promises([[1, 0]], ("<b>",), (("<script>", "b"),))
    assert "<b>" not in nasty._repr_html_()
    assert "<script>" not in nasty._repr_html_()
    assert nasty.to_dict() == {"<b>": {"<script>": "1"}}
    assert repr(nasty) == "Promises(<b> 1 at (<script>))"
