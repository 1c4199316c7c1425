"""Hypervolumes with known areas, designs, displays."""

from __future__ import annotations

import itertools
import json
import math
import random
from fractions import Fraction

import pytest
from oracles.upper_images import facets

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.optimize import Cut, Design, Edge, Frontier, FrontierPoint, nondominated
from gametheory.optimize.design import plain_data


def frontier_of(points, *, senses=("min", "min"), mixing=True) -> Frontier:
    return Frontier(
        measures=("cost", "risk"),
        senses=senses,
        points=tuple(FrontierPoint(measures=tuple(p)) for p in points),
        mixing=mixing,
    )


def arc(count: int) -> list[tuple[float, float]]:
    """Points of the circle of radius 1 around (1, 1) between (0, 1) and (1, 0)."""
    angles = [math.pi / 2 * k / (count - 1) for k in range(count)]
    return [(1 - math.cos(a), 1 - math.sin(a)) for a in angles]


@pytest.mark.parametrize("count", [2, 9, 65])
def test_disk_hull_is_an_inscribed_polygon(count) -> None:
    """N − 1 triangles with apex (1, 1): area (N − 1)/2 · sin(π / (2 (N − 1))), below π/4."""
    expected = (count - 1) / 2 * math.sin(math.pi / 2 / (count - 1))
    assert frontier_of(arc(count)).hypervolume((1, 1)) == pytest.approx(expected, rel=1e-12)


def test_disk_staircase_stays_below_the_hull() -> None:
    """65 points: the staircase misses about half of a rectangle's area at each step (0.779 against 0.7853)."""
    points = arc(65)
    rectangles = sum((b[0] - a[0]) * (1 - a[1]) for a, b in itertools.pairwise(points))
    frontier = frontier_of(points, mixing=False)
    assert frontier.hypervolume((1, 1)) == pytest.approx(rectangles, rel=1e-12)
    assert 0.772 < frontier.hypervolume((1, 1)) < 0.78
    assert frontier.hypervolume((1, 1), mixing=True) == pytest.approx(0.7853, abs=1e-4)


def test_published_fronts_with_known_areas() -> None:
    """f₂ = 1 − √f₁ and f₂ = 1 − f₁² on [0, 1] (Zitzler, Deb and Thiele 2000): 263/300 and 163/300 within (1.1, 1.1)."""
    steps = 4000
    convex = [((k / steps) ** 2, 1 - k / steps) for k in range(steps + 1)]
    concave = [(k / steps, 1 - (k / steps) ** 2) for k in range(steps + 1)]
    reference = (1.1, 1.1)
    assert frontier_of(convex).hypervolume(reference) == pytest.approx(263 / 300, abs=1e-6)
    assert frontier_of(convex, mixing=False).hypervolume(reference) == pytest.approx(263 / 300, abs=1e-3)
    assert frontier_of(concave, mixing=False).hypervolume(reference) == pytest.approx(163 / 300, abs=1e-3)
    assert frontier_of(concave).hypervolume(reference) == pytest.approx(1.1**2 - 0.5, rel=1e-12)


def test_hypervolume_is_exact_for_exact_points() -> None:
    points = [(0, 3), (1, 1), (3, 0)]
    assert frontier_of(points).hypervolume((3, 3)) == Fraction(6)
    assert frontier_of(points, mixing=False).hypervolume((3, 3)) == 4
    assert frontier_of(points).hypervolume((2, 2)) == Fraction(3, 2)  # a triangle of 1/4, a trapezium of 5/4
    assert frontier_of(points, mixing=False).hypervolume((2, 2)) == 1
    assert frontier_of(points).hypervolume((0, 0)) == 0
    assert frontier_of([]).hypervolume((1, 1)) == 0
    assert frontier_of([*points, (2, 2), (1, 1)]).hypervolume((3, 3), mixing=False) == 4


def test_clipped_hull_area_against_a_fine_sum() -> None:
    points = [(0, 5), (1, 2), (3, 1), (6, 0)]
    for right, top in [(2, 3), (4, Fraction(3, 2)), (5, 4), (8, 8), (Fraction(1, 2), 4)]:
        steps = 4000
        width = Fraction(right) / steps
        total = 0.0
        for k in range(steps):
            x = (k + Fraction(1, 2)) * width
            height = points[-1][1]
            for (x0, y0), (x1, y1) in itertools.pairwise(points):
                if x0 <= x <= x1:
                    height = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
            total += float(max(0, top - height) * width)
        assert float(frontier_of(points).hypervolume((right, top))) == pytest.approx(total, rel=1e-3)


def boxes(points, reference) -> Fraction:
    """Volume of a union of boxes by inclusion and exclusion."""
    total = Fraction(0)
    for count in range(1, len(points) + 1):
        for chosen in itertools.combinations(points, count):
            corner = [max(column) for column in zip(*chosen, strict=True)]
            total += (-1) ** (count + 1) * math.prod(
                max(Fraction(0), r - x) for x, r in zip(corner, reference, strict=True)
            )
    return total


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_staircase_volume_is_that_of_a_union_of_boxes(size) -> None:
    rng = random.Random(size)
    for _ in range(8):
        points = [tuple(Fraction(rng.randint(0, 6), rng.randint(1, 3)) for _ in range(size)) for _ in range(7)]
        reference = tuple(Fraction(rng.randint(2, 6)) for _ in range(size))
        assert frontier_in(points).hypervolume(reference, mixing=False) == boxes(points, reference)


def frontier_in(points) -> Frontier:
    size = len(points[0])
    return Frontier(
        measures=tuple("abcd"[:size]),
        senses=("min",) * size,
        points=tuple(FrontierPoint(measures=p) for p in points),
        mixing=True,
    )


@pytest.mark.parametrize("size", [2, 3, 4])
def test_hull_volume_of_a_simplex_and_of_shifted_corners(size) -> None:
    """Unit vectors below (t, …, t): a box less a simplex, t^p − 1/p!; scaling the axes scales the volume."""
    units = [tuple(Fraction(int(j == k)) for j in range(size)) for k in range(size)]
    for t in (1, 2, Fraction(7, 3)):
        assert frontier_in(units).hypervolume((t,) * size) == t**size - Fraction(1, math.factorial(size))
    scales = [Fraction(k + 2, 3) for k in range(size)]
    stretched = [tuple(x * s + 5 for x, s in zip(u, scales, strict=True)) for u in units]
    corner = tuple(2 * s + 5 for s in scales)
    expected = (2**size - Fraction(1, math.factorial(size))) * math.prod(scales)
    assert frontier_in(stretched).hypervolume(corner) == expected
    assert frontier_in([*stretched, corner]).hypervolume(corner) == expected


def test_hull_volume_against_points_of_a_grid() -> None:
    """A mixture of the points is at least y iff no facet found by trying all subsets separates y."""
    rng = random.Random(2)
    for size, steps in ((2, 40), (3, 14)):
        for _ in range(3):
            points = {tuple(Fraction(rng.randint(0, 8)) for _ in range(size)) for _ in range(6)}
            cuts = [([float(x) for x in w], float(beta)) for w, beta in facets(points)]
            middles = [8 * (k + 0.5) / steps for k in range(steps)]
            inside = sum(
                all(sum(a * b for a, b in zip(w, y, strict=True)) >= beta for w, beta in cuts)
                for y in itertools.product(middles, repeat=size)
            )
            volume = float(frontier_in(sorted(points)).hypervolume((8,) * size))
            assert volume == pytest.approx(inside * (8 / steps) ** size, abs=0.03 * 8**size)


def test_hull_holds_the_staircase_and_floats_agree_with_rationals() -> None:
    rng = random.Random(4)
    points = [tuple(Fraction(rng.randint(0, 64), 64) for _ in range(3)) for _ in range(20)]
    reference = (Fraction(1),) * 3
    hull = frontier_in(points).hypervolume(reference)
    stairs = frontier_in(points).hypervolume(reference, mixing=False)
    assert 0 < stairs < hull < 1
    floats = frontier_in([tuple(map(float, p)) for p in points])
    assert floats.hypervolume(reference) == float(hull)
    assert type(floats.hypervolume(reference)) is float


def test_edges_and_jumps_count_without_mixing() -> None:
    """A falling chord from (0, 4) to (2, 2), a jump to (2, 1), a step to (3, 0)."""
    frontier = Frontier(
        measures=("cost", "risk"),
        senses=("min", "min"),
        points=tuple(FrontierPoint(measures=m, attained=m != (2, 2)) for m in [(0, 4), (2, 1), (2, 2), (3, 0)]),
        edges=(Edge(0, 2),),
        mixing=False,
    )
    assert frontier.hypervolume((4, 4)) == 2 + 3 + 4
    assert frontier.hypervolume((1, 4)) == Fraction(1, 2)
    assert frontier.hypervolume((4, 3)) == Fraction(1, 2) + 2 + 3
    assert frontier.exchange_rates() == (-1,)
    assert frontier.to_dict()["edges"] == [{"start": 0, "end": 2, "attained": True}]
    turned = Frontier(
        measures=("a", "b"),
        senses=("max", "max"),
        points=tuple(FrontierPoint(measures=m) for m in [(-3, 0), (-2, -2), (-2, -1), (0, -4)]),
        edges=(Edge(1, 3),),
        mixing=False,
    )
    assert turned.hypervolume((-4, -4)) == 9


def test_outside_all_cells_is_beyond() -> None:
    empty = (Cut(normal=(0, 0), bound=-1),)
    cells = ((Cut(normal=(-1, 0), bound=0), Cut(normal=(0, -1), bound=-2)), (Cut(normal=(-1, -1), bound=-3),), empty)
    frontier = Frontier(measures=("a", "b"), senses=("min", "min"), points=(), cells=cells, mixing=False)
    assert frontier.is_beyond((1, 1))
    assert not frontier.is_beyond((0, 2))
    assert not frontier.is_beyond((2, 1))
    assert "3 cells" in repr(frontier)
    nothing = Frontier(measures=("a", "b"), senses=("min", "min"), points=(), cells=(empty,), mixing=False)
    assert nothing.is_beyond((10**9, 10**9))


def test_nondominated_points_by_definition() -> None:
    rng = random.Random(6)
    for size in (2, 3):
        senses = ("min", "max", "min")[:size]
        points = [tuple(rng.randint(0, 5) for _ in range(size)) for _ in range(40)]
        turned = [tuple(x if s == "min" else -x for x, s in zip(p, senses, strict=True)) for p in points]
        expected = [
            k
            for k, p in enumerate(turned)
            if not any(q != p and all(x <= y for x, y in zip(q, p, strict=True)) for q in turned)
            and turned.index(p) == k
        ]
        assert nondominated(points, senses) == expected


def test_maximised_measures_are_turned() -> None:
    points = [(0, 3), (1, 1), (3, 0)]
    turned = frontier_of([(-x, -y) for x, y in points], senses=("max", "max"))
    assert turned.hypervolume((-3, -3)) == 6


def test_exchange_rates_stay_exact() -> None:
    assert frontier_of([(0, 3), (1, 1), (4, 0)]).exchange_rates() == (-2, Fraction(-1, 3))


def test_malformed_frontiers_are_refused() -> None:
    with pytest.raises(SpecificationError, match="measures"):
        frontier_of([(0, 3, 1)])
    with pytest.raises(SpecificationError, match="senses"):
        frontier_of([(0, 3)], senses=("min", "least"))
    with pytest.raises(SpecificationError, match="reference"):
        frontier_of([(0, 3)]).hypervolume((1,))
    three = Frontier(measures=("a", "b", "c"), senses=("min",) * 3, points=(), mixing=False)
    with pytest.raises(UnsupportedError, match="two"):
        three.exchange_rates()
    with pytest.raises(SpecificationError, match="edges"):
        Frontier(
            measures=("a",), senses=("min",), points=(FrontierPoint(measures=(0,)),), edges=(Edge(0, 1),), mixing=False
        )
    with pytest.raises(SpecificationError, match="sorted"):
        Frontier(
            measures=("a", "b"),
            senses=("min",) * 2,
            points=(FrontierPoint(measures=(1, 0)), FrontierPoint(measures=(0, 1))),
            edges=(Edge(0, 1),),
            mixing=False,
        )
    with pytest.raises(SpecificationError, match="numerical"):
        frontier_of([(0, 3)]).verify()


def test_frontier_displays() -> None:
    frontier = Frontier(
        measures=("<b>cost</b>", "risk"),
        senses=("min", "max"),
        points=(FrontierPoint(measures=(Fraction(1, 3), 2), decision={"x": Fraction(1, 2)}),),
        outer=(Cut(normal=(-1, 1), bound=2),),
        epsilon=Fraction(1, 10),
        mixing=False,
    )
    assert repr(frontier) == (
        "Frontier(numerical, epsilon=1/10: min <b>cost</b>, max risk; 1 points, 1 cuts, no mixing)"
    )
    assert "<b>" not in frontier._repr_html_()
    data = json.loads(json.dumps(frontier.to_dict()))
    assert data["points"][0]["measures"] == ["1/3", 2]
    assert data["points"][0]["decision"] == {"x": "1/2"}
    pytest.importorskip("pandas")
    assert list(frontier.to_frame()["risk"]) == [2]


def test_design_displays() -> None:
    design = Design(
        value=0.5,
        decision={"audit": 0.25},
        attained=False,
        binding={"a": 1.0, "<script>": -3.0},
        name="audits",
    )
    assert repr(design) == "Design(audits, numerical: value=0.5, approached, binding: <script> at -3, a at 1)"
    assert "<script>" not in design._repr_html_()
    assert float(design) == 0.5
    assert json.loads(json.dumps(design.to_dict()))["binding"] == {"<script>": -3.0, "a": 1.0}
    pytest.importorskip("pandas")
    assert list(design.to_frame()["shadow_price"]) == [-3.0, 1.0]


def test_plain_data_refuses_what_has_no_form() -> None:
    assert plain_data({"s": frozenset({2, 1}), "n": None}) == {"s": [1, 2], "n": None}
    with pytest.raises(SpecificationError, match="to_dict"):
        plain_data(object())
