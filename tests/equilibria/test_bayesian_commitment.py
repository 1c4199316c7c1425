"""Commitment against a follower of several types: three routes to one value, and what information and commitment are worth."""

from __future__ import annotations

import itertools
import json
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.polytopes import simplex, solve_square

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate
from gametheory.certificates.reading import verify_certificate
from gametheory.equilibria import (
    bayesian_commitment,
    bayesian_commitment_payoff,
    bayesian_commitment_shortfall,
    is_optimal_bayesian_commitment,
    nash_equilibria,
    stackelberg_equilibrium,
    value_of_commitment,
    value_of_information,
)
from gametheory.equilibria.bayesian_commitment_programmes import dobss_programme, follower_types
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games import BayesianGame, NormalFormGame
from gametheory.optimize import solve_exact_milp, solve_milp

OWN, FIRST, SECOND = [[2, 4], [1, 3]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]
CANONICAL = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]])


def two_types(prior: Any = ("1/2", "1/2")) -> BayesianGame:
    return BayesianGame.from_function(
        lambda t, a: (OWN[a[0]][a[1]], (FIRST, SECOND)[t[1]][a[0]][a[1]]),
        num_types=(1, 2),
        num_actions=(2, 2),
        prior=[list(prior)],
    )


def random_game(seed: int, shape: tuple[int, int, int] | None = None, span: int | None = None) -> BayesianGame:
    rng = np.random.default_rng(seed)
    types, m, n = shape or tuple(rng.integers(1, 4, 3).tolist())
    most = int(rng.choice([1, 2, 9])) if span is None else span
    weights = rng.integers(1, 5, types)
    payoffs = rng.integers(0, most + 1, (2, 1, types, m, n))
    return BayesianGame(payoffs.tolist(), [[Fraction(int(w), int(weights.sum())) for w in weights]])


def strong_by_vertices(game: BayesianGame) -> Fraction:
    """The best over all points where enough types are indifferent: the leader has two or three actions."""
    payoffs, prior = game.payoffs, game.prior[0]
    leader, follower = payoffs[0, 0], payoffs[1, 0]
    types, m, n = leader.shape
    lines = list(simplex(m)[1])
    for kind in range(types):
        for j, k in itertools.combinations(range(n), 2):
            difference = list(follower[kind][:, j] - follower[kind][:, k])
            if any(difference):
                lines.append((difference, 0))
    best = None
    for tight in itertools.combinations(lines, m - 1):
        x = solve_square([([1] * m, 1), *tight])
        if x is None or min(x) < 0:
            continue
        total = Fraction(0)
        for kind in range(types):
            own = [sum(p * u for p, u in zip(x, follower[kind][:, j], strict=True)) for j in range(n)]
            worth = [sum(p * u for p, u in zip(x, leader[kind][:, j], strict=True)) for j in range(n)]
            total += prior[kind] * max(w for w, u in zip(worth, own, strict=True) if u == max(own))
        best = total if best is None or total > best else best
    assert best is not None
    return best


def test_published_rows() -> None:
    """Paruchuri et al. (2008), table 1: 11/3 against the first type; 7/2 against both; 5/2 in the standard example."""
    for method in ("branching", "dobss", "multiple"):
        found = bayesian_commitment(two_types(), method=method)
        assert found.value == Fraction(7, 2)
        assert found.exact_commitment == (Fraction(1, 2), Fraction(1, 2))
        assert found.replies == {"type 1": "2", "type 2": "2"}
        assert found.attained
        assert found.verify()
        alone = bayesian_commitment(two_types((1, 0)), method=method)
        assert alone.value == Fraction(11, 3)
        assert alone.verify()
        one = BayesianGame([[[[[1, 3], [0, 2]]]], [[[[1, 0], [0, 1]]]]], [[1]])
        assert bayesian_commitment(one, method=method).value == Fraction(5, 2)
    assert strong_by_vertices(two_types()) == Fraction(7, 2)


@pytest.mark.parametrize("start", [0, pytest.param(14, marks=pytest.mark.slow)])
def test_three_routes_agree_exactly(start: int) -> None:
    """Over 220 games with ties on purpose, small integers and equal replies."""
    for seed in range(start, start + (14 if start == 0 else 210)):
        game = random_game(seed)
        values = {method: bayesian_commitment(game, method=method) for method in ("branching", "dobss", "multiple")}
        assert len({found.upper for found in values.values()}) == 1, seed
        for found in values.values():
            assert found.attained
            assert found.verify()
        weak = [bayesian_commitment(game, ties="weak", method=method) for method in ("branching", "multiple")]
        assert weak[0].upper == weak[1].upper <= values["multiple"].upper, seed
        for found in weak:
            assert found.verify()
            assert found.upper - found.lower <= Fraction(1, 1000)
        assert weak[1].attained or not weak[0].attained
        if game.num_actions[0] < 4 and seed % 4 == 0:
            assert strong_by_vertices(game) == values["dobss"].upper


@pytest.mark.slow
def test_larger_games_by_branching_and_by_cells() -> None:
    for seed in range(4):
        game = random_game(seed, (3, 6, 6), 99)
        branching = bayesian_commitment(game)
        assert branching.upper == bayesian_commitment(game, method="multiple").upper
        assert branching.verify()
    many = bayesian_commitment(random_game(9, (8, 6, 6), 99))
    assert many.complete
    assert many.attained
    assert many.verify()


def test_duplicate_replies_under_weak_ties() -> None:
    """A type with two equal replies takes the one that the leader likes least, wherever it is best."""
    game = BayesianGame(
        [[[[[5, 1, 0], [0, 4, 0]], [[1, 1, 1], [1, 1, 1]]]], [[[[1, 1, 0], [0, 0, 1]], [[0, 0, 0], [0, 0, 0]]]]],
        [["1/2", "1/2"]],
    )
    weak = bayesian_commitment(game, ties="weak")
    assert weak.upper == bayesian_commitment(game, ties="weak", method="multiple").upper
    assert weak.verify()
    assert weak.upper < bayesian_commitment(game).upper


def test_payoff_shortfall_predicate() -> None:
    game = two_types()
    assert bayesian_commitment_payoff(game, 0, ["1/2", "1/2"]) == Fraction(7, 2)
    assert bayesian_commitment_payoff(game, 0, ["1/2", "1/2"], ties="weak") == Fraction(5, 2)
    assert bayesian_commitment_shortfall(game, 0, 0) == Fraction(3, 2)
    assert is_optimal_bayesian_commitment(game, 0, ["1/2", "1/2"])
    assert not is_optimal_bayesian_commitment(game, 0, ["2/3", "1/3"])


def test_floats_leader_second_and_types_of_probability_zero() -> None:
    game = random_game(3, (3, 3, 2), 9)
    value = bayesian_commitment(game).upper
    floats = BayesianGame(game.payoffs.astype(float) / 8, [[0.25, 0.5, 0.25]])
    found = bayesian_commitment(floats)
    assert isinstance(found.value, float)
    assert found.verify()
    turned = BayesianGame(np.moveaxis(game.payoffs, (1, 2, 3, 4), (2, 1, 4, 3))[::-1].tolist(), game.prior.T.tolist())
    assert bayesian_commitment(turned, 1).upper == value
    padded = BayesianGame(
        np.concatenate([game.payoffs, game.payoffs[:, :, :1]], axis=2).tolist(), [[*game.prior[0], 0]]
    )
    assert bayesian_commitment(padded).upper == value


def test_bounds_when_the_search_is_cut_short() -> None:
    game = random_game(0, (5, 5, 5), 99)
    whole = bayesian_commitment(game)
    cut = bayesian_commitment(game, max_nodes=3)
    assert not cut.complete
    assert cut.lower <= whole.upper <= cut.upper
    assert cut.lower < cut.upper
    assert cut.verify()
    assert "between" in repr(cut)
    assert value_of_information(game).lower >= 0


def test_a_small_constant_would_cut_off_the_optimum() -> None:
    """M must be at least the range of payoffs: below, DOBSS is refused; far above, it is the same programme in rationals."""
    types, _, _ = follower_types(two_types(), 0)
    with pytest.raises(SpecificationError, match="range"):
        dobss_programme(types, large=1)
    assert solve_exact_milp(dobss_programme(types, large=10**9)).value == Fraction(7, 2)


def test_floats_with_a_huge_constant_are_never_believed() -> None:
    """With M = 1e9 floats let a type "reply" by what is not best; the worth of that x is recomputed."""
    wrong = 0
    for seed in range(12):
        game = random_game(seed, (3, 3, 3), 9)
        types, _, _ = follower_types(game, 0)
        found = solve_milp(dobss_programme(types, large=10**9))
        x = [Fraction(max(p, 0.0)) for p in found.primal[:3].tolist()]
        worth = bayesian_commitment_payoff(game, 0, [p / sum(x) for p in x])
        exact = bayesian_commitment(game).upper
        assert worth <= exact
        wrong += found.value > float(exact) + 1e-6 or float(worth) < float(exact) - 1e-6
    assert wrong > 0


def test_information_is_worth_something_or_nothing() -> None:
    found = value_of_information(two_types())
    assert (found.value, found.informed_value) == (Fraction(1, 12), (Fraction(11, 3) + Fraction(7, 2)) / 2)
    assert found.verify()
    for seed in range(12):
        game = random_game(seed)
        for ties in ("strong", "weak"):
            gain = value_of_information(game, ties=ties)
            assert gain.lower == gain.upper >= 0
    same = BayesianGame([[[OWN, OWN]], [[FIRST, FIRST]]], [["1/3", "2/3"]])
    assert value_of_information(same).value == 0


def test_commitment_against_equilibria() -> None:
    """The set of leadership payoffs lies no lower than that of Nash payoffs (von Stengel and Zamir 2010)."""
    found = value_of_commitment(CANONICAL)
    assert (found.over_best, found.over_worst) == (Fraction(3, 2), Fraction(3, 2))
    assert found.verify()
    assert found.status == "certified"
    dobss = value_of_commitment(NormalFormGame.from_bimatrix(OWN, FIRST))
    assert dobss.best.value == 2
    assert dobss.over_best == Fraction(5, 3)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        game = NormalFormGame.from_bimatrix(*rng.integers(0, 4, (2, 3, 3)).tolist())
        strong, weak = value_of_commitment(game), value_of_commitment(game, ties="weak")
        assert strong.over_best >= 0
        assert weak.over_worst >= 0
        payoffs = [member.payoffs[0] for member in nash_equilibria(game)]
        assert strong.best.value == max(payoffs)
        assert strong.worst.value == min(payoffs)
        assert strong.over_best_bounds == (strong.over_best,) * 2
        assert strong.over_worst_bounds == (strong.over_worst,) * 2
        assert strong.commitment.value == stackelberg_equilibrium(game).value
    zero_sum = value_of_commitment(NormalFormGame.zero_sum([[1, -1], [-1, 1]]))
    assert zero_sum.over_best == zero_sum.over_worst == 0


def test_results_as_values() -> None:
    found, worth, known = (
        bayesian_commitment(two_types()),
        value_of_commitment(CANONICAL),
        value_of_information(two_types()),
    )
    for result in (found, worth, known):
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301  # our own bytes
        assert hash(result) == hash(pickle.loads(pickle.dumps(result)))  # noqa: S301  # our own bytes
        assert json.loads(json.dumps(result.to_dict()))["status"] == "certified"
        assert "certified" in repr(result)
        assert "<table>" in result._repr_html_()
        assert len(result.to_frame()) >= 2


def test_certificates_are_read_back_and_lies_refused() -> None:
    game = random_game(7, (3, 3, 3), 9)
    dobss = bayesian_commitment(game, method="dobss").certificate
    status = verify_certificate(
        read_certificate(json.loads(json.dumps(dobss.to_dict()))), None, row_builders=row_builders()
    )
    assert status.status == "verified"
    for ties in ("strong", "weak"):
        data = bayesian_commitment(game, ties=ties).certificate.to_dict()
        assert read_certificate(json.loads(json.dumps(data))).verify()
        changes: list[tuple[str, Any]] = [
            ("value", "1000"),
            ("bound", "-1000"),
            ("commitment", ["1", "1", "-1"]),
            ("commitment", ["1/7", "2/7", "4/7"]),
            ("tree", data["tree"][:-1]),
            ("tree", [*data["tree"], data["tree"][0]]),
            ("tree", [["split", [0, 0], [], []], *data["tree"]]),
            ("tree", [["flat", [], [], []]]),
            ("tree", [["bound", [], [], []]]),
            ("tree", [["bound", [], [[0, 0, 1, "-5"]], []]]),
            ("tree", [["bound", [], [[9, 0, 1, "5"]], []]]),
            ("tree", [["bound", [], [], [[0, 0, 1, "1/2"]]]]),
            ("prior", ["1/3", "1/3", "1/2"]),
            ("shape", [3, 3, 2]),
            ("ties", "none"),
        ]
        for key, wrong in changes:
            with pytest.raises((CertificateError, SpecificationError)):
                read_certificate({**data, key: wrong}).verify()


def test_bad_input() -> None:
    game = two_types()
    for options in (
        {"ties": "mean"},
        {"method": "guess"},
        {"epsilon": 0},
        {"time_limit": -1},
        {"max_nodes": 0},
    ):
        with pytest.raises(SpecificationError):
            bayesian_commitment(game, **options)
    with pytest.raises(UnsupportedError):
        bayesian_commitment(game, ties="weak", method="dobss")
    with pytest.raises(UnsupportedError, match="types"):
        bayesian_commitment(game, 1)
    with pytest.raises(SpecificationError):
        bayesian_commitment_payoff(game, 0, ["1/2", "1/3"])
    with pytest.raises(SpecificationError):
        bayesian_commitment_payoff(game, 0, 0, ties="none")
