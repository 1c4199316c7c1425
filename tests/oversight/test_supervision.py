"""Supervision with side contracts: published numbers, closed forms, an enumeration of menus, and theorems about k."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from fractions import Fraction as F

import pytest

from gametheory.arithmetic import RationalArray
from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.optimize import solve_exact
from gametheory.oversight.supervision import (
    SupervisedAgency,
    Surplus,
    contract_without_supervisor,
    supervision_contract,
)
from gametheory.oversight.supervision_programme import supervision_programme
from gametheory.oversight.supervision_value import supervision_path

TIROLE = SupervisedAgency.of(costs=[2, 5], prior=["1/2", "1/2"], evidence=["3/5", 0], surplus=10, capacity=1)
CURVED = SupervisedAgency.of(
    costs=["1/5", "2/5"], prior=["1/2", "1/2"], evidence=["3/5", 0], surplus=Surplus.quadratic(1, 1)
)
INTERMEDIATE = {"costs": [1, 2, 3], "prior": ["1/3"] * 3, "evidence": [0, 1, 0]}


def random_agency(rng: random.Random, kind: str) -> SupervisedAgency:
    n = rng.randint(1, 4)
    costs = sorted(rng.sample(range(9), n))
    weights = [rng.randint(0, 4) for _ in range(n)]
    weights[rng.randrange(n)] += 1
    evidence = [F(rng.choice([0, 0, 1, 2, 3, 4]), 4) for _ in range(n)]
    capacity = rng.choice([None, 1, F(3, 2)]) if kind == "quadratic" else 1
    if kind == "proportional":
        surplus = Surplus.proportional(rng.randint(0, 12))
    elif kind == "points":
        surplus, capacity = Surplus.at([(F(q, 3), rng.randint(-3, 12) * (q > 0)) for q in range(4)]), None
    else:
        surplus = Surplus.quadratic(rng.randint(0, 12), rng.choice([1, 3, F(5, 2)]))
    prior = [F(w, sum(weights)) for w in weights]
    return SupervisedAgency.of(costs=costs, prior=prior, evidence=evidence, surplus=surplus, capacity=capacity)


def value_of_menu(agency: SupervisedAgency, k: F, quantities: str, menu: tuple[F, ...], grid: list[F]) -> F:
    """The principal's value of falling quantities, rents and rewards as small as types and supervisor allow."""
    total, rent = F(0), F(0)
    for i in reversed(range(len(menu))):
        if i + 1 < len(menu):
            rent += (agency.costs[i + 1] - agency.costs[i]) * menu[i + 1]
        p, z, cost = agency.prior[i], agency.evidence[i], agency.costs[i]
        plain = agency.surplus.value(menu[i]) - cost * menu[i]
        shown = max(agency.surplus.value(q) - cost * q for q in grid) if quantities == "by evidence" else plain
        total += p * (1 - z) * (plain - rent) + p * z * (shown - k * rent)
    return total


def enumerated(agency: SupervisedAgency, k: F, quantities: str) -> F:
    """The best over all falling menus from the corners of the surplus: enough where it is piecewise linear."""
    corners = [F(0), agency.capacity]
    corners += [(d - b) / (a - c) for (a, b), (c, d) in itertools.pairwise(agency.surplus.lines)]
    menus = itertools.product(sorted(corners), repeat=len(agency.costs))
    falling = [m for m in menus if all(a >= b for a, b in itertools.pairwise(m))]
    return max(value_of_menu(agency, k, quantities, m, corners) for m in falling)


def test_tirole_one_unit() -> None:
    assert [supervision_contract(TIROLE, efficiency=k).value for k in (0, "1/2", 1)] == [F("5.9"), F("5.45"), 5]
    assert contract_without_supervisor(TIROLE).value == 5
    path = supervision_path(TIROLE)
    assert [piece.coefficients for piece in path.pieces] == [(F("5.9"), F("-0.9"), 0)]
    assert path.worth(1) == 0
    assert path.verify()


def test_tirole_divisible_quantity() -> None:
    """The first-order condition of the costly type's quantity: 1 − q − θ_H = (ν/(1 − ν)) (1 − ζ + kζ) Δθ."""
    path = supervision_path(CURVED)
    for k, q, value in ((F(0), ".52", ".2276"), (F(1, 2), ".46", ".2129"), (F(1), ".40", ".2000")):
        design = supervision_contract(CURVED, efficiency=k)
        assert design.decision.quantities[1] == F(q) == 1 - F("0.4") - (F("0.4") + k * F("0.6")) * F("0.2")
        assert design.value == F(value) == path.value(k)
        assert design.attained
    assert contract_without_supervisor(CURVED).value == F(1, 5)
    assert path.pieces[0].coefficients[2] == F(9, 2500)
    assert path.verify()


def test_reward_is_named_and_priced() -> None:
    design = supervision_contract(TIROLE, efficiency="1/2")
    assert design.decision.rewards == (F(3, 2), 0)
    assert design.binding["supervisor shows evidence of cost 2"] == F(-3, 10)
    assert design.binding["cost 2 does not claim cost 5"] == F(-7, 20)


def test_a_captured_supervisor_is_worth_something_where_quantities_follow_the_evidence() -> None:
    agency = SupervisedAgency.of(**INTERMEDIATE, surplus=Surplus.quadratic(6, 1))
    assert supervision_path(agency).worth(1) == 0
    path = supervision_path(agency, quantities="by evidence")
    assert path.worth(1) > 0
    assert path.verify()


@pytest.mark.parametrize("kind", ["proportional", "points"])
@pytest.mark.parametrize("quantities", ["by type", "by evidence"])
def test_against_enumeration(kind: str, quantities: str) -> None:
    rng = random.Random(1)
    for _ in range(60):
        agency, k = random_agency(rng, kind), F(rng.randint(0, 4), 4)
        design = supervision_contract(agency, efficiency=k, quantities=quantities)
        assert design.value == enumerated(agency, k, quantities)


@pytest.mark.parametrize("quantities", ["by type", "by evidence"])
def test_quadratic_surplus_is_certified_and_beats_other_menus(quantities: str) -> None:
    rng = random.Random(2)
    for _ in range(100):
        agency, k = random_agency(rng, "quadratic"), F(rng.randint(0, 4), 4)
        design = supervision_contract(agency, efficiency=k, quantities=quantities)
        chosen = design.decision
        most = agency.capacity or agency.surplus.linear / agency.surplus.curvature
        grid = [most * F(j, 6) for j in range(7)]
        attained = value_of_menu(agency, k, quantities, chosen.quantities, [*chosen.proved_quantities, *grid])
        assert attained == design.value  # the tangents lose nothing
        for _ in range(10):
            menu = tuple(sorted((rng.choice(grid) for _ in agency.costs), reverse=True))
            assert value_of_menu(agency, k, quantities, menu, grid) <= design.value


@pytest.mark.parametrize("count", [8, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["proportional", "points", "quadratic"])
def test_paths(kind: str, count: int) -> None:
    """Falling and convex; the formulas are the programmes' values; worth nothing at k = 1 by type, never less by evidence."""
    rng = random.Random(3 + count)
    for _ in range(count):
        agency = random_agency(rng, kind)
        path, proved = supervision_path(agency), supervision_path(agency, quantities="by evidence")
        assert path.verify()
        assert proved.verify()
        assert path.worth(1) == 0 <= proved.worth(1)
        ks = sorted(F(rng.randint(0, 60), 60) for _ in range(3))
        for found, quantities in ((path, "by type"), (proved, "by evidence")):
            values = [found.value(k) for k in ks]
            assert values == [supervision_contract(agency, efficiency=k, quantities=quantities).value for k in ks]
            assert values[0] >= values[1] >= values[2]
            if ks[0] < ks[2]:
                share = (ks[1] - ks[0]) / (ks[2] - ks[0])
                assert values[1] <= (1 - share) * values[0] + share * values[2]
        assert all(proved.value(k) >= path.value(k) for k in ks)


def test_rows_with_a_price_matter() -> None:
    """Primal equals dual exactly; without a row that is priced in every optimal dual, the value is another."""
    rng, counted = random.Random(4), 0
    for _ in range(200):
        agency = random_agency(rng, "points")
        programme = supervision_programme(agency=agency, efficiency=F(rng.randint(1, 4), 4))
        solution = solve_exact(programme)
        assert solution.certificate.verify()
        for name in solution.binding:
            if name.startswith("supervisor") and counted < 60:
                r = programme.row_names.index(name)
                step = F(1, 10**6)
                sides = programme.right_hand_side.fractions()
                sides[r] -= step  # a relaxed row; its price is one-sided where the dual is not unique
                moved = solve_exact(replace(programme, right_hand_side=RationalArray.from_fractions(sides))).value
                sides[r] -= 10**6
                dropped = solve_exact(replace(programme, right_hand_side=RationalArray.from_fractions(sides))).value
                assert (moved > solution.value) <= (dropped > solution.value)
                assert dropped >= moved >= solution.value  # side contracts never help the principal
                counted += moved > solution.value
    assert counted >= 30


def test_certificates_are_rebuilt_and_lies_noticed() -> None:
    for design in (supervision_contract(CURVED, efficiency="1/2"), contract_without_supervisor(TIROLE)):
        data = json.loads(json.dumps(design.certificate.to_dict()))
        assert verify_certificate(read_certificate(data), row_builders=row_builders()).status == "verified"
        data["programme"]["arguments"]["agency"]["evidence"] = ["1/5", "1/5"]
        data["programme"]["arguments"]["agency"]["costs"] = ["1/5", "3/5"]
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(data), row_builders=row_builders())
    path = supervision_path(TIROLE)
    piece = replace(path.pieces[0], coefficients=(F(59, 10), F(-4, 5), F(0)))
    with pytest.raises(SpecificationError, match="differs"):
        replace(path, pieces=(piece,)).verify()


def test_malformed() -> None:
    good = {"costs": [1, 2], "prior": ["1/2", "1/2"], "evidence": [0, 0], "surplus": 3, "capacity": 1}
    for change, match in (
        ({"costs": [2, 1]}, "costs"),
        ({"prior": ["1/2", "1/3"]}, "sum to"),
        ({"evidence": [2, 0]}, "evidence"),
        ({"capacity": None}, "capacity"),
        ({"surplus": [(1, 2), (2, 3)]}, "points"),
        ({"surplus": [(0, 0), (1, 3)], "capacity": 2}, "at most 1"),
        ({"costs": [float("nan"), 2]}, "costs"),
        ({"costs": [True, 2]}, "costs"),
    ):
        with pytest.raises(SpecificationError, match=match):
            SupervisedAgency.of(**{**good, **change})
    with pytest.raises(SpecificationError, match="efficiency"):
        supervision_contract(TIROLE, efficiency=2)
    with pytest.raises(SpecificationError, match="by type"):
        supervision_contract(TIROLE, efficiency=1, quantities="by chance")
