"""Figures: what is drawn is what the frontier says."""

from __future__ import annotations

import dataclasses
from fractions import Fraction as F

import matplotlib as mpl
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure

from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame
from gametheory.networks import Network
from gametheory.optimize import Cut, Edge, Exclusion, Frontier, FrontierPoint
from gametheory.plotting import plot_frontier, plot_network
from gametheory.tradeoffs import Levers, policy_frontier


def drawn_line(frontier: Frontier) -> list[tuple[float, float]]:
    ax = plot_frontier(frontier, Figure().add_subplot())
    return [(float(x), float(y)) for x, y in zip(*ax.lines[0].get_data(), strict=True)]


def points(*measures: tuple[int, int]) -> tuple[FrontierPoint, ...]:
    return tuple(FrontierPoint(measures=m) for m in measures)


def test_a_staircase_goes_along_what_the_points_dominate() -> None:
    frontier = Frontier(
        measures=("harm", "utility"), senses=("min", "max"), mixing=False, points=points((0, 1), (2, 3), (5, 4))
    )
    line = drawn_line(frontier)
    assert line[1:-1] == [(0, 1), (2, 1), (2, 3), (5, 3), (5, 4)]
    assert line[0][0] == 0
    assert line[0][1] < 1, "down to the worst utility"
    assert line[-1][0] > 5, "and right to the worst harm"
    assert line[-1][1] == 4
    for senses, corner in ((("min", "min"), (0, 4)), (("max", "max"), (2, 1))):
        measures = points((0, 4), (2, 1))
        line = drawn_line(Frontier(measures=("a", "b"), senses=senses, mixing=False, points=measures))  # type: ignore[arg-type]
        assert corner in line
        # Between the two points the worse of each measure: (2, 4) if less is better, (0, 1) if more is.
        assert ((2, 4) if senses == ("min", "min") else (0, 1)) in line


def test_with_mixing_points_are_joined() -> None:
    frontier = Frontier(measures=("a", "b"), senses=("min", "min"), mixing=True, points=points((0, 4), (1, 1), (4, 0)))
    assert drawn_line(frontier) == [(0, 4), (1, 1), (4, 0)]


def test_the_shaded_regions_are_those_that_are_out_of_reach() -> None:
    frontier = Frontier(
        measures=("harm", "utility"),
        senses=("min", "max"),
        mixing=False,
        points=points((1, 0), (3, 2)),
        exclusions=(Exclusion(corner=(1, None)), Exclusion(corner=(3, F(1, 2))), Exclusion(corner=(None, 2))),
        outer=(Cut(normal=(0, 1), bound=F(9, 4)),),
    )
    ax = plot_frontier(frontier, Figure().add_subplot())
    regions = [patch.get_path() for patch in ax.patches]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    wrong = 0
    for i in range(40):
        for j in range(40):
            x, y = left + (right - left) * (i + 0.5) / 40, bottom + (top - bottom) * (j + 0.5) / 40
            wrong += frontier.is_beyond((x, y)) != any(region.contains_point((x, y)) for region in regions)
    assert wrong == 0
    assert len(ax.get_legend().get_texts()) == 2


def test_a_computed_frontier_is_drawn_with_its_names_and_never_shown() -> None:
    game = NormalFormGame([[0, 3]])
    frontier = policy_frontier(
        game, [0], levers=Levers("1/2"), harm=[0, 1], utility=[0, 0], blocking="all", measures=("loss in $", "use")
    )
    ax = plot_frontier(frontier, annotate=True)
    assert ax.get_xlabel() == r"loss in \$ (less is better)"
    assert ax.get_ylabel() == "use (more is better)"
    assert [text.get_text() for text in ax.texts] == ["(0, -6)", "(1, 0)"]
    ax.figure.canvas.draw()
    import matplotlib.pyplot as plt

    plt.close(ax.figure)


def test_edges_are_drawn_and_points_that_are_not_attained_are_hollow() -> None:
    measures = [(0, 4), (2, 1), (2, 2), (3, 0)]
    frontier = Frontier(
        measures=("a", "b"),
        senses=("min", "min"),
        mixing=False,
        points=tuple(FrontierPoint(measures=m, attained=m != (2, 2)) for m in measures),
        edges=(Edge(0, 2), Edge(1, 3, attained=False)),
    )
    ax = plot_frontier(frontier, Figure().add_subplot())
    drawn = [[tuple(map(float, place)) for place in zip(*line.get_data(), strict=True)] for line in ax.lines]
    assert drawn == [[(0, 4), (2, 2)], [(2, 1), (3, 0)], [(0, 4), (2, 1), (3, 0)], [(2, 2)]]
    assert [line.get_linestyle() for line in ax.lines[:2]] == ["-", ":"]
    assert ax.lines[3].get_markerfacecolor() == "white"


@pytest.mark.parametrize("mixing", [True, False])
def test_three_measures_are_drawn_with_the_facets_between_their_points(mixing) -> None:
    corners = [(0, 0, 6), (0, 3, 0), (F(3, 2), 0, F(3, 2)), (6, 0, 0)]
    frontier = Frontier(
        measures=("a", "b", "$c"),
        senses=("min",) * 3,
        mixing=mixing,
        points=tuple(FrontierPoint(measures=m) for m in corners),
    )
    ax = plot_frontier(frontier, Figure().add_subplot(projection="3d"), annotate=True)
    assert [tuple(map(float, m)) for m in corners] == list(
        zip(*(map(float, x) for x in ax.lines[0].get_data_3d()), strict=True)
    )
    assert ax.get_zlabel() == r"\$c (less is better)"
    assert len(ax.texts) == 4
    faces = [] if not mixing else ax.collections[0]._faces
    shown = {frozenset(tuple(map(float, corner)) for corner in face) for face in faces}
    expected = {frozenset([(0, 0, 6), (0, 3, 0), (1.5, 0, 1.5)]), frozenset([(0, 3, 0), (1.5, 0, 1.5), (6, 0, 0)])}
    assert shown == (expected if mixing else set())
    ax.figure.canvas.draw()


def test_what_cannot_be_drawn_is_refused() -> None:
    empty = Frontier(measures=("a", "b"), senses=("min", "min"), mixing=False, points=())
    four = Frontier(measures=tuple("abcd"), senses=("min",) * 4, mixing=False, points=())
    for frontier in (empty, four):
        with pytest.raises(SpecificationError, match="frontier: "):
            plot_frontier(frontier)
    solid = Frontier(
        measures=tuple("abc"), senses=("min",) * 3, mixing=False, points=(FrontierPoint(measures=(0, 0, 0)),)
    )
    with pytest.raises(SpecificationError, match="3d"):
        plot_frontier(solid, Figure().add_subplot())
    single = Frontier(measures=("a", "b"), senses=("min", "min"), mixing=False, points=points((0, 0)))
    assert drawn_line(single)[1] == (0, 0)


TEAM = Network.from_edges([("planner", "coder", 2), ("coder", "$tester"), ("planner", "$tester")])
PLACES = {"planner": (0, 0), "coder": (1, 0), "$tester": (0, 2)}


def test_a_network_is_drawn_where_it_is_told_with_its_weights_colours_and_cuts() -> None:
    ax = plot_network(
        TEAM,
        Figure().add_subplot(),
        positions=PLACES,
        values=[F(1, 2), 0, 1],
        marked=["coder"],
        cut=[("$tester", "coder")],
    )
    lines = {tuple(zip(*line.get_data(), strict=True)): line for line in ax.lines}
    heavy, dashed, plain = (lines[ends] for ends in (((0, 0), (1, 0)), ((1, 0), (0, 2)), ((0, 0), (0, 2))))
    assert heavy.get_linewidth() > plain.get_linewidth() == dashed.get_linewidth()
    assert dashed.get_color() != plain.get_color() == heavy.get_color()
    assert dashed.get_linestyle() != plain.get_linestyle()
    circles, squares = ax.collections
    assert circles.get_offsets().tolist() == [[0, 0], [0, 2]]
    assert circles.get_array().tolist() == [0.5, 1]
    assert squares.get_offsets().tolist() == [[1, 0]]
    assert circles.get_clim() == squares.get_clim() == (0, 1)
    assert [text.get_text() for text in ax.texts] == ["planner", "coder", r"\$tester"]
    assert len(ax.figure.axes) == 1, "no colour bar without a label"


def test_a_directed_network_has_arrows_and_equal_values_have_a_colour() -> None:
    ring = Network.from_edges([(0, 1), (1, 2), (2, 0)], directed=True)
    ax = plot_network(ring, values=[3, 3, 3], value_label="share", labels=False)
    assert len(ax.texts) == 3, "an arrow each"
    assert not ax.lines
    assert ax.collections[0].get_clim() == (3, 4)
    assert ax.figure.axes[1].get_ylabel() == "share"
    ax.figure.canvas.draw()
    import matplotlib.pyplot as plt

    plt.close(ax.figure)


def test_what_the_network_does_not_have_is_refused() -> None:
    for options, message in (
        ({"values": [1, 2]}, "values: found 2"),
        ({"values": [1, 2, float("nan")]}, "finite"),
        ({"marked": ["nobody"]}, "marked"),
        ({"cut": [("planner", "nobody")]}, "cut"),
        ({"positions": {"planner": (0, 0), "coder": (1, 1)}}, "tester"),
    ):
        with pytest.raises(SpecificationError, match=message):
            plot_network(TEAM, Figure().add_subplot(), **options)  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="no edge between"):
        plot_network(Network.from_edges([(0, 1), (1, 2)]), Figure().add_subplot(), cut=[(0, 2)])


def test_payoff_sets_are_polygons_segments_and_points() -> None:
    from gametheory.plotting import plot_payoff_set
    from gametheory.repeated.payoff_sets import payoff_set

    dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]], players=["A $1", "B"])

    def drawn(discount: str) -> set[tuple[float, float]]:
        ax = plot_payoff_set(payoff_set(dilemma, discount), Figure().add_subplot(), feasible=False)
        assert ax.get_xlabel() == r"payoff of A \$1"
        if ax.patches:
            return {(float(x), float(y)) for x, y in ax.patches[-1].get_xy()}
        return {(float(x), float(y)) for x, y in zip(*ax.lines[-1].get_data(), strict=True)}

    assert drawn("1/8") == {(3, 3)}
    assert drawn("1/5") == {(3, 3), (9, 9)}
    assert drawn("3/4") == {(3, 3), (9.75, 3), (9, 9), (3, 9.75)}
    whole = plot_payoff_set(payoff_set(dilemma, "3/4"), Figure().add_subplot())
    dashed = {(float(x), float(y)) for x, y in zip(*whole.lines[0].get_data(), strict=True)}
    assert dashed == {(3, 3), (10, 1), (9, 9), (1, 10)}
    near = payoff_set(dilemma, "249/1000")
    loose = dataclasses.replace(near, gap=F(1), outer=((F(2), F(2)), (F(10), F(2)), (F(9), F(9)), (F(2), F(10))))
    for found, labels in ((near, ["equilibria pay"]), (loose, ["not decided", "equilibria pay"])):
        ax = plot_payoff_set(found, Figure().add_subplot(), feasible=False)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == labels
    pennies = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    with pytest.raises(SpecificationError, match="the set is empty"):
        plot_payoff_set(payoff_set(pennies, "1/2"))


def test_regions_are_drawn_where_they_hold() -> None:
    from matplotlib.figure import Figure

    from gametheory.equilibria import equilibrium_region
    from gametheory.plotting import plot_region
    from gametheory.symbolic import reals

    b, f, q = reals("b f q")
    game = NormalFormGame.symmetric([[1, 0], [1 + b - q * f, 0]], actions=["C", "D"])
    region = equilibrium_region(game, (0, 0), assumptions=[b > 0])
    ax = plot_region(region, b, "f", fixed={"q": "1/2"}, ax=Figure().add_subplot(), points=51)
    assert "q = 0.5" in ax.get_title()
    for fixed, x in (({}, "b"), ({"q": 1, "b": 1}, "b"), ({"z": 1}, "b")):
        with pytest.raises(SpecificationError):
            plot_region(region, x, "f", fixed=fixed, ax=Figure().add_subplot())
