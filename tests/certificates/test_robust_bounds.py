"""Claims about the best robust profile: what is false is not believed, whatever the evidence says.

A bound is false if a better robust profile is known (found by the package, checked here by enumerating plans); a profile is
no evidence if its objective is another one or a coalition blocks it.
"""

from __future__ import annotations

import functools
import itertools
import json
import random
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from lies import COSTLY_LIES, garbage, lies, on_intact_data
from oracles.deviations import resealed
from oracles.robust_profiles import blocks, damage_rows, plans, profiles

from gametheory.arithmetic import RationalArray
from gametheory.certificates import RobustBoundCertificate, read_certificate
from gametheory.certificates.joint_plans import Deviation, Group, RobustnessNotion
from gametheory.certificates.robust_bounds import objective_numbers
from gametheory.certificates.robust_cases import Leaf, Split, Term
from gametheory.collusion import robust_correlated_equilibrium
from gametheory.collusion.robust_search import RobustSearch
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games import NormalFormGame

RULES = ("all", "some", "any", "transfer")
WORDS = {
    "blocking": RULES,
    "coordination": ("pure", "correlated"),
    "timing": ("ex_ante", "interim"),
    "faulty_play": ("pure", "correlated"),
    "objective": ("welfare", "fairness"),
    "sense": ("max", "min"),
    "leaf": ("empty", "bounded"),
}
CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def accepted(data: Any) -> bool:
    """Whether the kernel believes the data, written to text and read back; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


@functools.cache
def bases() -> list[dict[str, Any]]:
    """True claims about small games, of every rule, with and without a profile."""
    rng = random.Random(2)
    found = []
    games = [CHICKEN, NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])]
    games += [NormalFormGame([[[rng.randint(0, 4) for _ in "ab"] for _ in "ab"] for _ in "12"]) for _ in range(3)]
    for game, rule, coordination, timing in itertools.product(
        games, RULES, ("pure", "correlated"), ("ex_ante", "interim")
    ):
        if rule in ("any", "transfer") and (coordination, timing) != ("pure", "ex_ante"):
            continue
        objective: Any = rng.choice(["welfare", "fairness", [[0, 2], [1, 3]]])
        options: dict[str, Any] = {"coordination": coordination, "timing": timing, "objective": objective}
        try:
            best = robust_correlated_equilibrium(game, size=2, blocking=rule, max_nodes=40, **options)
            found.append(best.certificate.to_dict())
        except InfeasibleError as error:
            found.append(error.certificate.to_dict())
    three = NormalFormGame([[[[rng.randint(0, 2) for _ in "ab"] for _ in "ab"] for _ in "ab"] for _ in "123"])
    for faulty in (0, 1):
        try:
            found.append(
                robust_correlated_equilibrium(three, size=1, blocking="any", faulty=faulty).certificate.to_dict()
            )
        except InfeasibleError as error:
            found.append(error.certificate.to_dict())
    return [json.loads(json.dumps(data)) for data in found]


def world_of(data: dict[str, Any]) -> tuple[dict[tuple[int, ...], tuple[F, ...]], tuple[int, ...]]:
    shape = tuple(data["game"]["num_actions"])
    scale = int(data["game"]["payoffs"]["denominator"])
    numbers = np.array([F(int(x), scale) for x in data["game"]["payoffs"]["numerators"]], dtype=object)
    table = numbers.reshape(len(shape), -1)
    return {a: tuple(table[:, k]) for k, a in enumerate(profiles(shape))}, shape


def objective_at(data: dict[str, Any], mu: dict[tuple[int, ...], F]) -> F:
    payoffs, shape = world_of(data)
    objective = data["objective"]
    expected = [sum((p * payoffs[a][i] for a, p in mu.items()), F(0)) for i in range(len(shape))]
    if objective == "welfare":
        return sum(expected, F(0))
    if objective == "fairness":
        return min(expected)
    numbers = [F(int(x), int(objective["denominator"])) for x in objective["numerators"]]
    return sum((mu.get(a, F(0)) * x for a, x in zip(profiles(shape), numbers, strict=True)), F(0))


def is_robust(data: dict[str, Any], mu: dict[tuple[int, ...], F]) -> bool:
    """By enumeration of plans (of the faulty: pure ones)."""
    payoffs, shape = world_of(data)
    asked = data["robustness"]
    n = len(shape)
    for row in damage_rows(payoffs, shape, asked["faulty"]):
        if sum(mu.get(a, F(0)) * x for a, x in zip(profiles(shape), row, strict=True)) > 0:
            return False
    options = {key: asked[key] for key in ("blocking", "coordination", "timing")}
    for members in map(tuple, map(sorted, asked["coalitions"])):
        others = [i for i in range(n) if i not in members]
        for t in range(min(asked["faulty"], len(others)) + 1):
            for bad in itertools.combinations(others, t):
                for plan in plans(shape, bad) if bad else [{}]:
                    if blocks(payoffs, shape, mu, members, **options, faulty=bad, faulty_plan=plan):
                        return False
    return True


_WITNESSES: dict[str, F | None] = {}


def best_known(data: dict[str, Any]) -> F | None:
    """The objective of the best robust profile that is known, checked by enumeration; ``None`` if none is."""
    key = json.dumps([data[part] for part in ("game", "robustness", "objective", "sense")], sort_keys=True)
    if key not in _WITNESSES:
        certificate = read_certificate(json.dumps(data))
        assert isinstance(certificate, RobustBoundCertificate)
        game = certificate.game
        assert game is not None
        search = RobustSearch(
            game,
            certificate.robustness,
            certificate.objective,
            certificate.sense,
            gap=F(1, 1000),
            max_nodes=40,
            time_limit=None,
            progress=None,
        )
        search.run()
        _WITNESSES[key] = None
        if search.found is not None:
            places = [tuple(map(int, np.unravel_index(k, game.num_actions))) for k in range(game.num_profiles)]
            weights = zip(places, search.found.weights, strict=True)
            mu = {a: F(int(w), search.found.total) for a, w in weights if w}
            assert is_robust(data, mu)
            _WITNESSES[key] = objective_at(data, mu)
    return _WITNESSES[key]


def is_true(data: dict[str, Any]) -> bool:
    turn = 1 if data["sense"] == "max" else -1
    bound = None if data["bound"] is None else F(data["bound"])
    if data["profile"] is not None:
        mu = {tuple(a): F(p) for a, p in data["profile"]["correlated"]}
        if sum(mu.values()) != 1 or min(mu.values()) <= 0 or len(mu) < len(data["profile"]["correlated"]):
            return False
        value = objective_at(data, mu)
        if data["value"] is None or F(data["value"]) != value or not is_robust(data, mu):
            return False
        if bound is None or turn * value > turn * bound:
            return False
    elif data["value"] is not None:
        return False
    known = best_known(data)
    return known is None or (bound is not None and turn * known <= turn * bound)


@on_intact_data
def lower_bound(data: Any, rng: random.Random) -> bool:
    data["bound"] = rng.choice([None, str(F(data["bound"]) - F(1, rng.choice([1, 2, 10**9])))])
    if rng.random() < 0.5:
        data["profile"] = data["value"] = None
    return True


@on_intact_data
def other_deviation(data: Any, rng: random.Random) -> bool:
    leaf = rng.choice([node for node in data["nodes"] if "leaf" in node and node["terms"]])
    term = rng.choice(leaf["terms"])
    if rng.random() < 0.5:
        rng.choice(term["moves"])[rng.randrange(2)] = [rng.randrange(2) for _ in term["members"]]
    else:
        term["who"] = rng.choice([None, 0, 1])
    return True


@on_intact_data
def other_weights(data: Any, rng: random.Random) -> bool:
    if rng.random() < 0.3:
        data["weights"] = []
        return True
    row = rng.choice(data["weights"])[1]
    k = rng.randrange(len(row))
    row[k] = str(F(row[k]) + rng.choice([-1, 1]) * F(1, rng.choice([2, 100])))
    return True


@COSTLY_LIES
def test_no_lie_is_believed(count: int) -> None:
    origin = bases()
    assert all(accepted(data) and is_true(data) for data in origin)
    special = (lower_bound, other_deviation, other_weights)
    believed = 0
    for what, data in lies(origin, count, 4, words=WORDS, special=special, reseal=resealed):
        if accepted(data):
            believed += 1
            assert is_true(data), (what, data)
    assert believed > count // 100  # some changes leave the claim true: a larger bound, another game


def test_garbage_is_refused() -> None:
    for base in bases()[::7]:
        for data in garbage(base, 60, 3):
            accepted(data)
    with pytest.raises(SpecificationError):
        RobustBoundCertificate.from_dict({"kind": "robust bound"})


# -- what each part is for -----------------------------------------------------------------------------------------------


def claim(game: NormalFormGame, **changes: Any) -> RobustBoundCertificate:
    robust = RobustnessNotion(
        coalitions=tuple(map(frozenset, [{0}, {1}, {0, 1}])),
        faulty=0,
        blocking="all",
        coordination="pure",
        timing="ex_ante",
        faulty_play="pure",
    )
    rules = {k: changes.pop(k) for k in ("blocking", "coordination", "timing", "faulty", "coalitions") if k in changes}
    return RobustBoundCertificate(
        robustness=replace(robust, **rules), objective="welfare", sense="max", game=game, **changes
    )


def refuses(certificate: RobustBoundCertificate, match: str) -> bool:
    with pytest.raises(CertificateError, match=match):
        certificate.verify()
    return True


def test_only_what_must_be_withstood_counts() -> None:
    both = Deviation((0, 1), (((1, 1), (0, 0)),))
    alone = [Term(Deviation((i,), (((0,), (1,)),)), None, F(3)) for i in (0, 1)]
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    good = Leaf((*alone, Term(both, None, F(1))), ())
    assert claim(game, bound=None, nodes=(good,)).verify()
    assert refuses(claim(game, bound=None, nodes=(good,), coalitions=(frozenset({0}), frozenset({1}))), "not listed")
    assert refuses(claim(game, bound=None, nodes=(Leaf(good.terms[:2], ()),)), "do not contradict")
    assert refuses(claim(game, bound=None, nodes=(replace(good, is_empty=False),)), "no profile is claimed")
    two = Deviation((0, 1), (((0, 0), (0, 1)), ((1, 1), (0, 0))))
    for timing, allowed in (("ex_ante", True), ("interim", False)):
        tree = claim(game, bound=None, nodes=(Leaf((*alone, Term(two, None, F(1))), ()),), timing=timing)
        if allowed:
            assert tree.verify()
        else:
            assert refuses(tree, "one thing told")
    for bad in (
        Deviation((0, 1), (((1, 1), (1, 1)),)),
        Deviation((0, 1), (((1, 2), (0, 0)),)),
        Deviation((1, 0), (((1, 1), (0, 0)),)),
        Deviation((0, 1), (((1, 1), (0, 0)), ((1, 1), (0, 1)))),
        Deviation((0, 1), (((1, 1), (0, 0)),), (0,)),
        Deviation((0, 2), (((1, 1), (0, 0)),)),
        Deviation((), (), (0,), (((0,), (1,)),)),
    ):
        nodes = (Leaf((*alone, Term(bad, None, F(1))), ()),)
        with pytest.raises(CertificateError):
            claim(game, bound=None, nodes=nodes).verify()


def test_a_tree_must_cover_all_cases() -> None:
    group = Group((0, 1), (((1, 1), (0, 0)),), None, (), ())
    empty = Leaf((), (), False)
    tree = claim(CHICKEN, bound=F(12), nodes=(Split(group, None, (1, 2)), empty, empty))
    assert tree.verify()
    assert refuses(replace(tree, nodes=(Split(group, None, (1,)), empty)), "has 1 cases")
    assert refuses(replace(tree, nodes=(Split(group, None, (1, 1)), empty)), "two parents")
    assert refuses(replace(tree, nodes=(Split(group, None, (1, 7)), empty)), "missing")
    again = (Split(group, None, (1, 2)), Split(group, None, (3, 4)), empty, empty, empty)
    assert refuses(replace(tree, nodes=again), "split once")
    # Under "some" there is a third case: nobody's payoff changes.
    assert refuses(claim(CHICKEN, bound=F(12), nodes=tree.nodes, blocking="some"), "has 2 cases")
    weights = Group((0, 1), None, None, (), ())
    halves = (Split(weights, (0, 1), (1, 2)), empty, empty)
    assert claim(CHICKEN, bound=F(12), nodes=halves, coordination="correlated").verify()
    for edge in ((0, 0), (0, 2), None):
        bad = (Split(weights, edge, (1, 2)), empty, empty)
        assert refuses(claim(CHICKEN, bound=F(12), nodes=bad, coordination="correlated"), "edge")


def test_strict_inequalities_are_strict_only_where_a_case_says_so() -> None:
    # Nobody's payoff ever changes: every profile is robust, and no sum of zeros is a contradiction.
    flat = NormalFormGame.from_bimatrix([[0, 0], [0, 0]], [[0, 0], [0, 0]])
    deviation = Deviation((0, 1), (((0, 0), (1, 1)),))
    term = Term(deviation, None, F(1))
    assert refuses(claim(flat, bound=None, nodes=(Leaf((term,), ()),), blocking="some"), "do not contradict")
    group = Group((0, 1), deviation.moves, None, (), ())
    lost = Leaf((term,), ())
    tree = (Split(group, None, (1, 2, 3)), lost, lost, Leaf((), (), False))
    assert claim(flat, bound=F(0), nodes=tree, blocking="some").verify()
    assert refuses(claim(flat, bound=F(0), nodes=(*tree[:3], lost), blocking="some"), "do not contradict")
    named = Leaf((Term(deviation, 0, F(1)),), ())
    assert refuses(claim(flat, bound=F(0), nodes=(tree[0], named, lost, tree[3]), blocking="some"), "a member is named")
    equations = Leaf((Term(deviation, 0, F(1)), Term(deviation, 1, F(-1))), (), False)
    assert claim(flat, bound=F(0), nodes=(*tree[:3], equations), blocking="some").verify()
    negative = Leaf((replace(term, multiplier=F(-1)),), ())
    assert refuses(claim(flat, bound=F(0), nodes=(tree[0], negative, lost, tree[3]), blocking="some"), "negative")


def test_the_objective_is_that_of_the_claim() -> None:
    numbers = RationalArray.of_integers([1, 2, 3, 4], 2)
    table, denominator = objective_numbers(CHICKEN, numbers, "min")
    assert (table.tolist(), denominator) == ([[-1, -2, -3, -4]], 2)
    with pytest.raises(SpecificationError):
        objective_numbers(CHICKEN, RationalArray.of_integers([1, 2]), "max")
    fair = replace(claim(CHICKEN, bound=F(6), nodes=(Leaf((), (F(1, 2), F(1, 2)), False),)), objective="fairness")
    assert fair.verify()
    for shares in ((F(1), F(1)), (F(1),), (F(2), F(-1)), ()):
        assert refuses(replace(fair, nodes=(Leaf((), shares, False),)), "convex combination")
    assert refuses(replace(fair, bound=F(5)), "only")
