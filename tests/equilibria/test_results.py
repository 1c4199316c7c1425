"""Results as values: pickled and copied they are equal, and every form in which they are shown is harmless."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

from gametheory import equilibria
from gametheory.certificates import LinearProgramme
from gametheory.games import NormalFormGame
from gametheory.optimize import Design, solve_exact

LABELS: dict[str, Any] = {
    "players": ["<b>Ann</b>", "\\input{x}"],
    "actions": [["<script>", "m", "b"], ["<img>", "r"]],
}
EXACT = NormalFormGame.from_bimatrix([[3, 0], [1, 1], [0, 3]], [[1, 0], [0, 0], [0, 2]], **LABELS)
FLOAT = NormalFormGame.from_bimatrix([[3.0, 0], [1, 1], [0, 3]], [[1, 0], [0, 0], [0, 2]], **LABELS)
MAKERS: dict[str, Any] = {
    "all": equilibria.nash_equilibria,
    "one": equilibria.nash_equilibrium,
    "pure": equilibria.pure_nash_equilibria,
    "maximin": equilibria.maximin,
    "correlated": equilibria.correlated_equilibrium,
    "correlated range": lambda game: equilibria.correlated_payoff_range(game, 0),
    "correlated polytope": equilibria.correlated_polytope,
    "correlated interior": equilibria.correlated_interior,
    "maximum entropy": equilibria.maximum_entropy_correlated_equilibrium,
    "strong": equilibria.stackelberg_equilibrium,
    "weak": lambda game: equilibria.stackelberg_equilibrium(game, ties="weak"),
    "recommended": lambda game: equilibria.stackelberg_equilibrium(game, followers="correlated"),
    "dominated": lambda game: equilibria.dominated_actions(game)[0],
    "elimination": equilibria.iterated_elimination,
}


@pytest.mark.parametrize("game", [EXACT, FLOAT], ids=["exact", "float"])
@pytest.mark.parametrize("maker", MAKERS)
def test_results_are_values(maker: str, game: NormalFormGame) -> None:
    result = MAKERS[maker](game)
    for again in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result), MAKERS[maker](game)):  # noqa: S301
        assert again == result
        assert hash(again) == hash(result)
    other = NormalFormGame.from_bimatrix([[4, 0], [1, 1], [0, 4]], [[1, 0], [0, 0], [0, 2]], **LABELS)
    assert MAKERS[maker](other) != result
    assert result != "another thing"


@pytest.mark.parametrize("maker", MAKERS)
def test_results_are_shown_without_harm(maker: str) -> None:
    result = MAKERS[maker](EXACT)
    shown = result._repr_html_()
    assert shown
    assert not [part for part in ("<script>", "<b>Ann", "<img>") if part in shown]
    assert "certified" in repr(result)
    assert "\n" not in repr(result)
    json.dumps(result.to_dict(), allow_nan=False)
    pytest.importorskip("pandas")
    assert len(result.to_frame()) >= 1


def test_solutions_and_designs_are_pickled() -> None:
    wyndor = LinearProgramme.from_rows(
        "max", [3, 5], [("<b>", {0: 1}, "<=", 4), ("two", {1: 2}, "<=", 12), ("three", {0: 3, 1: 2}, "<=", 18)]
    )
    solution = solve_exact(wyndor)
    again = pickle.loads(pickle.dumps(solution))  # noqa: S301
    assert again.to_dict() == solution.to_dict()
    assert again.certificate.verify()
    with pytest.raises(TypeError):
        again.binding["two"] = 7
    assert (again.basis, again.pivots, again.reduced_costs[0]) == (solution.basis, solution.pivots, 0)
    design = Design.of(solution)
    copied = copy.deepcopy(design)
    assert copied.to_dict() == design.to_dict()
    with pytest.raises(TypeError):
        copied.binding["two"] = 7
    pytest.importorskip("pandas")
    frame = solution.to_frame()
    assert [str(x) for x in frame["value"]] == ["2", "6"]
    assert np.array_equal(frame["reduced_cost"], [0, 0])
