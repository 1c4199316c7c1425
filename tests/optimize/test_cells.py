"""Unions of cells: jumps, dents, open ends, and a leader's commitments under a budget."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction as F

import pytest
from oracles.linear import best_vertex, plain

from gametheory.certificates import LinearProgramme
from gametheory.equilibria import stackelberg_equilibrium
from gametheory.equilibria.commitment_cells import ReplyCells
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.games import NormalFormGame
from gametheory.optimize import Cell, bi_objective_frontier, union_frontier

LEADERSHIP = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]], actions=[["T", "B"], ["L", "R"]])


def commitments(game: NormalFormGame, cost: list[int], *, strict: bool = False) -> list[Cell]:
    """A cell for each reply: commitments to which it is best, with their cost and the leader's payoff."""
    cells = ReplyCells(game, 0, False)
    m = game.num_actions[0]
    found = []
    for reply in range(len(cells.replies)):
        table, names = cells.rows(reply)
        rows = [(name, {i: int(a) for i, a in enumerate(row)}, ">=", 0) for row, name in zip(table, names, strict=True)]
        rows.append(("commitment", dict.fromkeys(range(m), 1), "==", 1))
        payoffs = [F(int(u), game.denominator) for u in cells.leader_payoffs[:, reply]]
        programme = LinearProgramme.from_rows(
            "max", [0] * m, rows, column_names=game.actions[0], name=cells.label(reply)
        )
        found.append(Cell(cells.label(reply), programme, [cost, payoffs], frozenset(names if strict else ())))
    return found


def highest(frontier, t) -> F | None:
    """The best second measure (maximised) at a first of at most t, read off points and edges."""
    heights = [p.measures[1] for p in frontier if p.measures[0] <= t]
    for edge in frontier.edges:
        (x0, y0), (x1, y1) = (frontier[k].measures for k in (edge.start, edge.end))
        if x0 <= t <= x1:
            heights.append(y0 + (y1 - y0) * (t - x0) / (x1 - x0))
    return max(heights, default=None)


def test_commitment_with_a_budget_jumps() -> None:
    """P(B) ≤ β: value 1 below β = 1/2, then 5/2: what no weighted sum and no hull shows (cf. von Stengel and Zamir 2010)."""
    frontier = union_frontier(commitments(LEADERSHIP, [0, 1]), senses=("min", "max"), measures=("P(B)", "value"))
    assert [(p.measures, p.attained, p.decision["cell"]) for p in frontier] == [
        ((0, 1), True, "L"),
        ((F(1, 2), F(5, 2)), True, "R"),
    ]
    assert frontier.edges == ()
    assert (frontier.mixing, frontier.epsilon, frontier.status) == (False, 0, "certified")
    assert frontier.verify()
    for beta in (0, F(1, 4), F(499, 1000), F(1, 2), F(3, 4), 1):
        value = max(p.measures[1] for p in frontier if p.measures[0] <= beta)
        assert value == (1 if beta < F(1, 2) else F(5, 2))
        assert frontier.is_beyond((beta, value + F(1, 1000)))
    assert frontier.hypervolume((1, 0)) == F(1, 2) + F(5, 4)
    assert frontier[1].measures[1] == stackelberg_equilibrium(LEADERSHIP).value
    weak = union_frontier(commitments(LEADERSHIP, [0, 1], strict=True), senses=("min", "max"))
    assert [(p.measures, p.attained) for p in weak] == [((0, 1), True), ((F(1, 2), F(5, 2)), False)]
    assert weak.verify()
    assert json.loads(json.dumps(weak.to_dict()))["points"][1]["attained"] is False
    assert "not attained" in weak._repr_html_()
    assert "not attained" not in frontier._repr_html_()
    pytest.importorskip("pandas")
    assert list(weak.to_frame()["attained"]) == [True, False]


def test_random_commitments_agree_with_the_best_reply_at_each_budget() -> None:
    rng = random.Random(3)
    jumps = dents = 0
    for _ in range(6):
        m, n = rng.randint(2, 3), rng.randint(2, 4)
        tables = [[[rng.randint(0, 6) for _ in range(n)] for _ in range(m)] for _ in range(2)]
        game = NormalFormGame.from_bimatrix(*tables)
        cost = [rng.randint(0, 4) for _ in range(m)]
        cells = commitments(game, cost)
        frontier = union_frontier(cells, senses=("min", "max"))
        assert frontier.verify()
        assert max(p.measures[1] for p in frontier) == stackelberg_equilibrium(game).value
        for t in [F(k, 12) for k in range(0, 49, 6)] + [p.measures[0] for p in frontier]:
            best = None
            for cell in cells:
                rows = [(name, cell.programme.row(r), cell.programme.row_sense[r], cell.programme.right_hand_side[r])
                        for r, name in enumerate(cell.programme.row_names)]  # fmt: skip
                limited = [*rows, ("budget", dict(enumerate(cost)), "<=", t)]
                found = best_vertex(plain(LinearProgramme.from_rows("max", cell.objectives[1], limited)))
                if found is not None and (best is None or found[0] > best):
                    best = found[0]
            assert highest(frontier, t) == best
            if best is not None:
                assert not frontier.is_beyond((t, best))
                assert frontier.is_beyond((t, best + F(1, 10**6)))
        jumps += any(not p.attained for p in frontier)
        dents += len(frontier.edges) >= 2
    assert jumps
    assert dents


def test_a_decision_attains_each_point_and_lies_in_its_cell() -> None:
    rng = random.Random(23)
    tables = [[[rng.randint(0, 9) for _ in range(4)] for _ in range(3)] for _ in range(2)]
    cells = {c.name: c for c in commitments(NormalFormGame.from_bimatrix(*tables), [3, 1, 0])}
    frontier = union_frontier(list(cells.values()), senses=("min", "max"), decision=lambda cell, x: (cell.name, x))
    assert len(frontier) >= 3
    for point in frontier:
        name, x = point.decision
        assert cells[name].programme.infeasibility(x) is None
        for c, value in zip(cells[name].objectives, point.measures, strict=True):
            assert sum(a * v for a, v in zip(c, x.fractions(), strict=True)) == value


def wedge(name: str, corner: tuple[F, F], slope: F, *, width: F = F(2), strict: bool = False) -> Cell:
    """{(x, y): x ≥ a, x ≤ a + width, y ≥ b − slope (x − a)}: one falling edge from ``corner``."""
    a, b = corner
    rows = [
        ("left", {0: 1}, ">=", a),
        ("right", {0: 1}, "<=", a + width),
        ("line", {0: slope, 1: 1}, ">=", b + slope * a),
    ]
    programme = LinearProgramme.from_rows("min", [0, 0], rows, lower=[None, None], name=name)
    return Cell(name, programme, [[1, 0], [0, 1]], frozenset({"line"}) if strict else frozenset())


def test_crossing_cells_make_a_dent() -> None:
    """3 − t from 0 to 2 and 4 − 2 t from 0 to 2 cross at t = 1: first the one, then the other."""
    frontier = union_frontier([wedge("flat", (F(0), F(3)), F(1)), wedge("steep", (F(0), F(4)), F(2))])
    assert [p.measures for p in frontier] == [(0, 3), (1, 2), (2, 0)]
    assert [(e.start, e.end) for e in frontier.edges] == [(0, 1), (1, 2)]
    assert frontier.exchange_rates() == (-1, -2), "not convex"
    assert frontier.hypervolume((2, 3)) == F(1, 2) + 2
    assert frontier.hypervolume((2, 3), mixing=True) == 3
    assert frontier.verify()
    assert not frontier.is_beyond((F(1, 2), F(5, 2)))
    assert frontier.is_beyond((F(1, 2), F(9, 4))), "on the chord of the ends, which mixtures alone would reach"


def test_open_cells_are_approached_not_attained() -> None:
    open_cell, closed = wedge("open", (F(0), F(3)), F(1), strict=True), wedge("closed", (F(1), F(5, 2)), F(1))
    frontier = union_frontier([open_cell, closed])
    assert [(p.measures, p.attained) for p in frontier] == [
        *(((0, 3), False), ((2, 1), False)),
        *(((F(5, 2), 1), False), ((3, F(1, 2)), True)),
    ]
    assert [(e.attained) for e in frontier.edges] == [False, True]
    same = union_frontier([open_cell, wedge("closed", (F(0), F(3)), F(1))])
    assert [(p.measures, p.attained) for p in same] == [((0, 3), True), ((2, 1), True)]
    assert same.edges[0].attained
    assert same[0].decision["cell"] == "closed"


def test_strict_rows_that_no_decision_meets_empty_a_cell() -> None:
    rows = [("one", {0: 1}, ">=", 1), ("two", {0: 1}, "<=", 1), ("three", {1: 1}, ">=", 2)]
    programme = LinearProgramme.from_rows("min", [0, 0], rows)
    point = Cell("closed", programme, [[1, 0], [0, 1]])
    nothing = replace(point, name="open", strict=frozenset({"one"}))
    frontier = union_frontier([nothing, wedge("other", (F(3), F(3)), F(1), width=F(3))])
    assert frontier[0].measures == (3, 3)
    assert frontier.is_beyond((1, 2))
    assert frontier.verify()
    assert union_frontier([point])[0].measures == (1, 2)
    with pytest.raises(InfeasibleError, match="every cell") as caught:
        union_frontier([nothing])
    assert caught.value.certificate.verify()


def test_one_cell_is_the_frontier_of_its_programme() -> None:
    from optimize_examples import COSTS, covering

    alone = union_frontier([Cell("all", covering(), COSTS)])
    convex = bi_objective_frontier(covering(), COSTS)
    assert [p.measures for p in alone] == [p.measures for p in convex]
    assert len(alone.edges) == len(convex) - 1
    reference = (50, 100)
    assert alone.hypervolume(reference) == convex.hypervolume(reference)
    assert [p.decision["columns"] for p in alone] == [p.decision for p in convex]


def test_refusals_and_progress() -> None:
    cell = wedge("a", (F(0), F(3)), F(1))
    with pytest.raises(SpecificationError, match="cells"):
        union_frontier([])
    with pytest.raises(SpecificationError, match="strict"):
        union_frontier([replace(cell, strict=frozenset({"nothing"}))])
    with pytest.raises(SpecificationError, match="objectives"):
        union_frontier([replace(cell, objectives=[[1, 0]])])
    with pytest.raises(SolverError, match="time limit"):
        union_frontier([cell], time_limit=0)
    free = LinearProgramme.from_rows("min", [0, 0], [], lower=[None, None])
    with pytest.raises(UnboundedError):
        union_frontier([Cell("free", free, [[1, 0], [0, 1]])])
    told: list[tuple[int, int]] = []
    union_frontier([cell, cell], progress=lambda *n: told.append(n))
    assert told == [(0, 2), (1, 2), (2, 2)]
