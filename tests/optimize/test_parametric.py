"""Parametric paths against published slopes, direct solves and the frontier's vertices."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction as F

import pytest
from optimize_examples import COSTS, covering
from oracles.linear import best_vertex, outcome, plain

from gametheory.certificates import LinearProgramme
from gametheory.errors import CertificateError, InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize import bi_objective_frontier, epsilon_constraint_path, right_hand_side_path


def priced() -> LinearProgramme:
    programme = covering()
    return replace(programme, objective=type(programme.objective).of_integers(COSTS[0]))


def moved(programme: LinearProgramme, direction: dict[str, int], t: F) -> LinearProgramme:
    sides = [
        b + t * direction.get(n, 0)
        for b, n in zip(programme.right_hand_side.fractions(), programme.row_names, strict=True)
    ]
    return replace(programme, right_hand_side=type(programme.objective).from_fractions(sides))


def test_value_and_slopes_of_a_covering_programme() -> None:
    """min c·x subject to A x ≥ b + t·1: slopes 19/34, 1 and 4/3 with kinks at −15 and 2; at t = −20 the value 211/34."""
    path = right_hand_side_path(priced(), dict.fromkeys(priced().row_names, 1), interval=(-20, 20))
    assert [path.value(t) for t in (-20, -15, 0, 2, 5, 20)] == [F(211, 34), 9, 24, 26, 30, 50]
    assert path.slopes(-15) == (F(19, 34), 1)
    assert path.slopes(0) == (1, 1)
    assert path.slopes(2) == (1, F(4, 3))
    assert path.slopes(5) == (F(4, 3), F(4, 3))
    assert path.slopes(-20) == (None, F(19, 34))
    assert path.slopes(20) == (F(4, 3), None)
    assert path.breakpoints == (-20, -15, 2, 20)
    assert path.verify()
    for piece in path.pieces:
        assert sum(piece.prices.values()) == piece.slope


def test_random_paths_agree_with_vertices_at_every_kink_and_between() -> None:
    rng = random.Random(11)
    sizes = []
    for _ in range(40):
        columns = rng.randint(2, 3)
        rows = [
            (
                f"r{r}",
                {j: rng.randint(-1, 4) for j in range(columns)},
                rng.choice([">=", "<=", "=="]),
                rng.randint(0, 5),
            )
            for r in range(rng.randint(1, 3))
        ]
        cost = [rng.randint(-3, 3) for _ in range(columns)]
        programme = LinearProgramme.from_rows(rng.choice(["min", "max"]), cost, rows, upper=[3] * columns)
        direction = {name: rng.choice([-2, -1, 1, 2]) for name, *_ in rows}
        try:
            path = right_hand_side_path(programme, direction)
        except InfeasibleError:
            assert all(outcome(plain(moved(programme, direction, F(t, 4))))[0] == "infeasible" for t in range(-20, 21))
            continue
        except UnboundedError:
            continue
        assert path.verify()
        slopes = [piece.slope for piece in path.pieces]
        assert sorted(set(slopes), reverse=programme.sense == "max") == slopes, "convex, and each slope once"
        ends = path.breakpoints
        for t in (
            *ends,
            *((a + b) / 2 for a, b in itertools.pairwise(ends)),
            *((3 * a + b) / 4 for a, b in itertools.pairwise(ends)),
        ):
            there = moved(programme, direction, t)
            best = best_vertex(plain(there))
            assert best is not None
            assert path.value(t) == best[0]
            assert there.infeasibility(path.point(t)) is None
            assert there.objective_at(path.point(t)) == best[0]
        for t in (ends[0] - F(1, 1000), ends[-1] + F(1, 1000)):
            assert outcome(plain(moved(programme, direction, t)))[0] == "infeasible"
        sizes.append(len(path))
    assert max(sizes) >= 3
    assert len(sizes) >= 15


def test_the_epsilon_constraint_path_is_the_frontier() -> None:
    frontier = bi_objective_frontier(covering(), COSTS)
    path = epsilon_constraint_path(covering(), COSTS, measures=("cost", "risk"))
    vertices = sorted((p.measures[1], p.measures[0]) for p in frontier)
    assert [(t, path.value(t)) for t in path.breakpoints] == vertices
    assert [1 / piece.slope for piece in path.pieces] == list(frontier.exchange_rates())[::-1]
    assert [piece.prices["risk at most t"] for piece in path.pieces] == [piece.slope for piece in path.pieces]
    turned = epsilon_constraint_path(covering(), [COSTS[0], [-c for c in COSTS[1]]], senses=("min", "max"))
    assert [-t for t in turned.breakpoints][::-1] == list(path.breakpoints)
    assert turned.verify()


def test_changed_pieces_are_refused() -> None:
    path = right_hand_side_path(priced(), {"row 0": 1}, interval=(0, 30))
    piece = path.pieces[-1]
    with pytest.raises(SpecificationError, match="line"):
        replace(path, pieces=(replace(piece, slope=piece.slope + 1),)).verify()
    with pytest.raises(SpecificationError, match="line"):
        replace(path, pieces=(replace(piece, end_value=piece.end_value + 1),)).verify()
    with pytest.raises(SpecificationError, match="meet"):
        replace(path, pieces=(path.pieces[0], path.pieces[0], *path.pieces[1:])).verify()
    lie = replace(piece.certificates[0], value=piece.certificates[0].value + 1)
    with pytest.raises(CertificateError):
        replace(path, pieces=(replace(piece, certificates=(lie, piece.certificates[1])),)).verify()


def test_refusals_and_displays() -> None:
    with pytest.raises(SpecificationError, match="direction"):
        right_hand_side_path(priced(), {"no such row": 1})
    with pytest.raises(SpecificationError, match="interval"):
        right_hand_side_path(priced(), {"row 0": 1}, interval=(1, 0))
    with pytest.raises(UnboundedError, match="interval"):
        right_hand_side_path(priced(), {"row 0": 1})
    with pytest.raises(InfeasibleError):
        right_hand_side_path(priced(), {"row 0": 1}, interval=(0, 10**6))
    with pytest.raises(SolverError, match="time limit"):
        right_hand_side_path(priced(), {"row 0": 1}, interval=(0, 10), time_limit=0)
    with pytest.raises(SpecificationError, match="integer"):
        right_hand_side_path(replace(priced(), integer=frozenset({0})), {"row 0": 1}, interval=(0, 1))
    path = right_hand_side_path(priced(), {"row 0": 1}, interval=(0, 10), parameter="<b>")
    assert "certified" in repr(path)
    assert "<b>" not in path._repr_html_()
    assert path == right_hand_side_path(priced(), {"row 0": 1}, interval=(0, 10), parameter="<b>")
    assert path.to_dict()["pieces"][0]["start"] == 0 or path.to_dict()["pieces"][0]["start"] == "0"
    with pytest.raises(SpecificationError, match="parameter"):
        path.value(11)
    one = right_hand_side_path(priced(), {"row 0": 1}, interval=(3, 3))
    assert (len(one), one.value(3), one.breakpoints) == (1, path.value(3), (3,))


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    path = epsilon_constraint_path(covering(), COSTS, progress=lambda *n: told.append(n))
    assert told[0] == (0, 1)
    assert max(n for n, _ in told) >= len(path) - 1
    told.clear()
    frontier = bi_objective_frontier(covering(), COSTS, progress=lambda *n: told.append(n))
    assert max(n for n, _ in told) >= len(frontier) - 2
