"""Capabilities against all subsets: smallest and minimal coalitions, with and without a trust graph; lies; scale."""

from __future__ import annotations

import json
import random
from fractions import Fraction as F
from typing import Any

import pytest
from lies import LIES, lies
from oracles.capabilities import cheapest, completing, minimal

from gametheory.certificates import read_certificate
from gametheory.certificates.capabilities import minimal_transversals
from gametheory.collusion import (
    CapabilityModel,
    completed_recipes,
    harm_by_size,
    minimal_coalitions,
    smallest_coalition,
)
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError

TEAM = CapabilityModel.of(
    {
        "frontier": ["plan", "review"],
        "weak": ["unfiltered code"],
        "browser": ["network", "review"],
        "shell": ["run", "network"],
        "clerk": ["credentials"],
    },
    {"malware": ["plan", "unfiltered code", "run"], "theft": ["credentials", ["network", "run"], "review"]},
    harm={"malware": 5, "theft": "7/2"},
)


def some_model(seed: int, *, graph: bool) -> CapabilityModel:
    rng = random.Random(seed)
    count = rng.randint(1, 7)
    kinds = "uvwxyz"
    held = {f"a{i}": [k for k in kinds if rng.random() < 0.35] for i in range(count)}
    recipes = {
        f"r{j}": [rng.sample(kinds, rng.choice([1, 1, 2])) for _ in range(rng.randint(1, 4))]
        for j in range(rng.randint(1, 3))
    }
    links = None
    if graph:
        links = [(f"a{i}", f"a{j}") for i in range(count) for j in range(i) if rng.random() < 0.45]
    return CapabilityModel.of(held, recipes, links=links)


def slots(model: CapabilityModel) -> list[list[frozenset[int]]]:
    return [
        [frozenset(i for i, held in enumerate(model.affordances) if held & need) for need in recipe.needs]
        for recipe in model.recipes
    ]


@pytest.mark.parametrize("graph", [False, True])
def test_against_all_subsets(graph: bool) -> None:
    impossible = 0
    for seed in range(60):
        model = some_model(seed, graph=graph)
        count, recipes = len(model.agents), slots(model)
        found = minimal_coalitions(model)
        assert set(found) == minimal(count, recipes, model.links)
        assert found.certificate.verify()
        rng = random.Random(seed)
        costs = [F(rng.randint(1, 5), rng.randint(1, 3)) for _ in range(count)]
        for given, weights in ((None, [F(1)] * count), (dict(zip(model.agents, costs, strict=True)), costs)):
            smallest = smallest_coalition(model, costs=given)
            least = cheapest(count, recipes, model.links, weights)
            assert smallest.exact_upper == smallest.exact_lower == least
            assert smallest.certificate.verify()
            if least is None:
                impossible += 1
                assert smallest.members is None
                assert "no" in smallest.certificate.claim
            else:
                assert smallest.members in completing(count, recipes, model.links)
                assert smallest.recipes
    assert impossible


def test_a_team_by_hand() -> None:
    """Malware needs the frontier model, the weak one and the shell; theft the clerk, a reviewer and a way out."""
    assert smallest_coalition(TEAM).names == ("browser", "clerk")
    assert smallest_coalition(TEAM, recipe="malware").names == ("frontier", "weak", "shell")
    assert [sorted(TEAM.agents[i] for i in s) for s in minimal_coalitions(TEAM)] == [
        ["browser", "clerk"],
        ["frontier", "shell", "weak"],
        ["clerk", "frontier", "shell"],
    ]
    assert minimal_coalitions(TEAM).up_to(2) == (frozenset({2, 4}),)
    assert harm_by_size(TEAM) == (0, 0, F(7, 2), 5)
    assert completed_recipes(TEAM, ["browser", "clerk", "weak"]) == ("theft",)
    assert completed_recipes(TEAM, TEAM.agents) == ("malware", "theft")
    assert completed_recipes(TEAM, ["frontier"]) == ()
    dear = smallest_coalition(TEAM, costs={"browser": 5, "weak": "3/2"})
    assert (set(dear.names), dear.exact_upper) == ({"frontier", "shell", "clerk"}, 3)


def test_trust_makes_coalitions_larger() -> None:
    held = {"a": ["x"], "b": [], "c": ["y"], "d": ["y"], "e": []}
    path = [("a", "b"), ("b", "c"), ("a", "e"), ("e", "d")]
    free = CapabilityModel.of(held, {"r": ["x", "y"]})
    bound = CapabilityModel.of(held, {"r": ["x", "y"]}, links=path)
    assert float(smallest_coalition(free)) == 2
    assert float(smallest_coalition(bound)) == 3
    assert [sorted(s) for s in minimal_coalitions(bound)] == [[0, 1, 2], [0, 3, 4]]
    alone = CapabilityModel.of(held, {"r": ["x", "y"]}, links=[])
    assert smallest_coalition(alone).members is None
    assert len(minimal_coalitions(alone)) == 0
    assert harm_by_size(alone) == (0,)


def test_adding_affordances_or_links_never_makes_coalitions_larger() -> None:
    for seed in range(40):
        model = some_model(seed, graph=True)
        before = smallest_coalition(model)
        held = {a: [*model.affordances[i], "u"] for i, a in enumerate(model.agents)}
        more = CapabilityModel(
            agents=model.agents,
            affordances=tuple(frozenset(held[a]) for a in model.agents),
            recipes=model.recipes,
            links=model.links,
        )
        free = CapabilityModel(agents=model.agents, affordances=model.affordances, recipes=model.recipes)
        for after in (smallest_coalition(more), smallest_coalition(free)):
            assert after.upper <= before.upper


def test_hundreds_of_agents() -> None:
    """Two hundred agents, ten needs: the cover is proved, against a plain hitting-set solver where it is small."""
    rng = random.Random(4)
    kinds = [f"k{j}" for j in range(10)]
    held = {f"a{i}": rng.sample(kinds, 2) for i in range(200)}
    model = CapabilityModel.of(held, {"r": kinds})
    found = smallest_coalition(model)
    assert found.exact_lower == found.exact_upper == 5  # five disjoint pairs exist, and two affordances each make ten
    assert found.certificate.verify()
    line = CapabilityModel.of(
        dict(list(held.items())[:100]), {"r": kinds[:4]}, links=[(f"a{i}", f"a{i + 1}") for i in range(99)]
    )
    stretch = smallest_coalition(line)
    shortest = min(
        j - i + 1
        for i in range(100)
        for j in range(i, min(i + 30, 100))
        if set(kinds[:4]) <= {k for a in range(i, j + 1) for k in held[f"a{a}"]}
    )
    assert stretch.exact_lower == stretch.exact_upper == shortest


def test_refusals() -> None:
    held = {"a": ["x"]}
    for wrong, said in (
        (lambda: CapabilityModel.of({}, {"r": ["x"]}), "at least one agent"),
        (lambda: CapabilityModel.of({"a": "x"}, {"r": ["x"]}), "list of affordances"),
        (lambda: CapabilityModel.of(held, {"r": []}), "needs"),
        (lambda: CapabilityModel.of(held, {"r": [[]]}), "needs"),
        (lambda: CapabilityModel.of(held, {"r": ["x"]}, harm={"r": -1}), "≥ 0"),
        (lambda: CapabilityModel.of(held, {"r": ["x"]}, harm={"q": 1}), "recipes are r"),
        (lambda: CapabilityModel.of(held, {"r": ["x"]}, links=[("a", "b")]), "agents are a"),
        (lambda: smallest_coalition(TEAM, recipe="fraud"), "recipes are"),
        (lambda: smallest_coalition(TEAM, costs={"clerk": 0}), "not positive"),
        (lambda: completed_recipes(TEAM, ["nobody"]), "agents are"),
    ):
        with pytest.raises(SpecificationError, match=said):
            wrong()
    with pytest.raises(UnsupportedError, match="smallest_coalition"):
        minimal_coalitions(TEAM, max_coalitions=1)
    many = CapabilityModel.of(
        {f"a{i}": ["x"] if i == 0 else [] for i in range(12)},
        {"r": ["x", "y"]},
        links=[("a0", f"a{i}") for i in range(1, 12)],
    )
    with pytest.raises(UnsupportedError, match="raise max_coalitions"):
        minimal_coalitions(many, max_coalitions=100)


def test_transversals() -> None:
    """Berge: transversals of transversals are the minimal sets again."""
    rng = random.Random(0)
    for _ in range(50):
        family = {frozenset(rng.sample(range(7), rng.randint(1, 4))) for _ in range(rng.randint(1, 6))}
        least = {s for s in family if not any(t < s for t in family)}
        assert set(minimal_transversals(minimal_transversals(family, most=1000), most=1000)) == least
    assert minimal_transversals([], most=1) == [frozenset()]
    assert minimal_transversals([frozenset()], most=1) == []


def test_results_speak() -> None:
    smallest, listed = smallest_coalition(TEAM), minimal_coalitions(TEAM)
    for value in (smallest, listed):
        json.dumps(value.to_dict(), allow_nan=False)
        assert "certified" in repr(value)
        assert value._repr_html_()
        assert len(value.to_frame())
    assert float(smallest) == smallest.lower == 2
    assert listed[0] == smallest.members
    assert smallest == smallest_coalition(TEAM)
    assert listed == minimal_coalitions(TEAM)
    assert len({smallest, smallest_coalition(TEAM), smallest_coalition(TEAM, recipe="malware")}) == 2
    hostile = CapabilityModel.of({"<b>": ["x"]}, {"<i>": ["x"]})
    assert "<b>" not in minimal_coalitions(hostile)._repr_html_()
    assert "<b>" not in smallest_coalition(hostile)._repr_html_()


# -- lies -----------------------------------------------------------------------------------------------------------------


def problem_of(data: dict[str, Any]) -> tuple[int, list[list[frozenset[int]]], Any]:
    return data["num_agents"], [[frozenset(s) for s in r] for r in data["recipes"]], data["links"]


def is_true(data: dict[str, Any]) -> bool:
    if data["kind"] == "minimal coalitions":
        listed = [frozenset(s) for s in data["coalitions"]]
        return len(set(listed)) == len(listed) and set(listed) == minimal(*problem_of(data))
    costs = [F(c) for c in data["costs"]]
    least = cheapest(*problem_of(data), costs)
    if data["coalition"] is None:
        return least is None
    members = frozenset(data["coalition"])
    attained = sum((costs[i] for i in members), F(0))
    return (
        least is not None
        and F(data["lower"]) <= least
        and attained == F(data["upper"])
        and (members in completing(*problem_of(data)))
    )


@LIES
@pytest.mark.parametrize("kind", ["smallest", "minimal"])
def test_lies(kind: str, count: int) -> None:
    bases = []
    for seed in range(12):
        model = some_model(seed, graph=seed % 2 == 0)
        solve = smallest_coalition if kind == "smallest" else minimal_coalitions
        bases.append(json.loads(json.dumps(solve(model).certificate.to_dict())))
    believed = 0
    for what, data in lies(bases, count, 8):
        try:
            accepted: bool = read_certificate(json.dumps(data)).verify()
        except (SpecificationError, CertificateError):
            accepted = False
        if accepted:
            believed += 1
            assert is_true(data), what
    assert believed
