"""The verdicts at rational utility points, against all joint strategies enumerated from the definitions."""

import random
from fractions import Fraction as F

import pytest
from oracles import protocols as oracle

from gametheory.protocols import branch, cases, chance, leaf, protocol_tree, verify_protocol
from gametheory.protocols.expressions import Names, constraint_at, parse_constraint, parse_term, value_at
from gametheory.protocols.inquiry import Inquiry
from gametheory.protocols.judging import AtValues
from gametheory.protocols.tree import PROPERTIES

CONSTANTS, SMALL = ("a", "b", "q"), ("e",)
TERMS = (
    "0",
    "a",
    "-a",
    "b",
    "a - b",
    "b - a",
    "e",
    "-e",
    "a + e",
    "1",
    "-1",
    "a*b",
    "b - e",
    "2*e",
    "b/2",
    "a*e",
    "a - 1",
)
NAMES = Names(CONSTANTS, SMALL)


def random_tree(rng, players, *, depth, with_chance, with_cases):
    """A node of the package, and the same as a function from values to the oracle's tree and its paths' meaning."""
    kind = rng.random()
    if depth == 0 or kind < 0.15:
        texts = [rng.choice(TERMS) for _ in players]
        parsed = [parse_term(t, NAMES) for t in texts]
        return (
            leaf(dict(zip(players, texts, strict=True))),
            lambda v: ("leaf", tuple(value_at(t, v, SMALL) for t in parsed)),
        )
    parts = [
        random_tree(rng, players, depth=depth - 1, with_chance=with_chance, with_cases=with_cases) for _ in range(2)
    ]
    nodes, plain = [p[0] for p in parts], [p[1] for p in parts]
    if with_chance and kind < 0.4:
        node = chance({"x": ("q", nodes[0]), "y": ("1 - q", nodes[1])})
        return node, lambda v: ("chance", [(v["q"], plain[0](v)), (1 - v["q"], plain[1](v))])
    if with_cases and kind < 0.4:
        return cases({"a > b": nodes[0], "a <= b": nodes[1]}), lambda v: plain[0 if v["a"] > v["b"] else 1](v)
    player = rng.randrange(len(players))
    return branch(players[player], {"l": nodes[0], "r": nodes[1]}), lambda v: (player, [p(v) for p in plain])


def honest_play(rng, node):
    """A random honest history of a node, with a mapping wherever it forks."""
    from gametheory.protocols.tree import Branch, Cases, Chance

    if isinstance(node, Branch):
        action, child = rng.choice(node.actions)
        return [action, *honest_play(rng, child)]
    if isinstance(node, Chance):
        return [{label: honest_play(rng, child) for label, _, child in node.outcomes}]
    if isinstance(node, Cases):
        return [{label: honest_play(rng, child) for label, child in node.cases}]
    return []


def honest_paths(node, history, values, path=()):
    """The honest choices as the oracle names them, at given values."""
    from gametheory.protocols.tree import Branch, Cases, Chance

    if isinstance(node, Branch):
        labels = [label for label, _ in node.actions]
        k = labels.index(history[0])
        return {path: k, **honest_paths(node.actions[k][1], history[1:], values, (*path, k))}
    found = {}
    if isinstance(node, Chance):
        for k, (label, _, child) in enumerate(node.outcomes):
            found |= honest_paths(child, history[0][label], values, (*path, k))
    if isinstance(node, Cases):
        for label, child in node.cases:
            if constraint_at(parse_constraint(label, NAMES), values, SMALL):
                found |= honest_paths(child, history[0][label], values, path)
    return found


def random_values(rng):
    return {
        "a": F(rng.randint(-3, 3), rng.choice([1, 2])),
        "b": F(rng.randint(-3, 3), rng.choice([1, 2])),
        "q": F(rng.randint(0, 4), 4),
        "e": F(rng.randint(-2, 2)),
    }


def compare(seed, *, num_trees, players, depth, with_chance=False, with_cases=False, points=4):
    rng = random.Random(seed)
    cases_seen = positive = 0
    while num_trees:
        node, plain = random_tree(rng, players, depth=depth, with_chance=with_chance, with_cases=with_cases)
        history = honest_play(rng, node)
        values = [random_values(rng) for _ in range(points)]
        free = sum(len(oracle.branches(plain(v))) for v in values) / points
        if not 2 <= free <= 6:
            continue
        num_trees -= 1
        tree = protocol_tree(
            node,
            players=players,
            constants=CONSTANTS,
            infinitesimals=SMALL,
            constraints=["q >= 0", "q <= 1"],
            honest=[history],
        )
        questions = [(kind, None, "transfer") for kind in PROPERTIES]
        size = rng.randint(1, len(players))
        questions += [("collusion resilience", size, blocking) for blocking in ("transfer", "all", "some", "any")]
        for kind, max_size, blocking in questions:
            asked = Inquiry(tree, kind, 0, max_size, blocking, 20.0, None)
            formula = asked.formula(asked.folds(asked.question.forced(0)))
            for v in values:
                expected = oracle.has_property(
                    plain(v), honest_paths(node, history, v), kind, len(players), max_size=max_size, blocking=blocking
                )
                point = tuple(v[name] for name in (*CONSTANTS, *SMALL))
                assert asked.formulas.at(point)[formula] == expected, (seed, kind, max_size, blocking, v)
                plainly = AtValues(tree, v)
                assert plainly.holds(kind, dict(tree.honest[0]), max_size=asked.max_size, blocking=blocking) == expected
                cases_seen += 1
                positive += expected
    return cases_seen, positive


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (1, {"players": ("A", "B"), "depth": 3, "num_trees": 8}),
        (2, {"players": ("A", "B", "C"), "depth": 3, "num_trees": 8}),
        (3, {"players": ("A", "B"), "depth": 3, "num_trees": 6, "with_chance": True}),
        (4, {"players": ("A", "B", "C"), "depth": 3, "num_trees": 6, "with_cases": True}),
        (5, {"players": ("A",), "depth": 2, "num_trees": 4}),
    ],
)
def test_formula_and_judge_agree_with_all_joint_strategies(seed, options):
    seen, positive = compare(seed, **options)
    assert seen >= 32 * options["num_trees"]
    assert 0 < positive < seen


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 16))
def test_more_formulas_agree_with_all_joint_strategies(seed):
    total = 0
    for options in (
        {"players": ("A", "B"), "depth": 3, "num_trees": 10},
        {"players": ("A", "B", "C"), "depth": 3, "num_trees": 10},
        {"players": ("A", "B", "C"), "depth": 3, "num_trees": 5, "with_chance": True},
        {"players": ("A", "B"), "depth": 3, "num_trees": 5, "with_chance": True, "with_cases": True},
    ):
        total += compare(seed, **options)[0]
    assert total == 30 * 8 * 4


def test_whole_answers_where_constraints_name_one_point():
    """Through the prover: constraints pin the values, so that proved and refuted are what brute force says there."""
    rng = random.Random(6)
    players = ("A", "B", "C")
    verdicts = set()
    for _ in range(12):
        node, plain = random_tree(rng, players, depth=2, with_chance=False, with_cases=True)
        history = honest_play(rng, node)
        v = random_values(rng)
        tree = protocol_tree(
            node,
            players=players,
            constants=CONSTANTS,
            infinitesimals=SMALL,
            constraints=[
                *(f"{name} = {v[name]}" for name in CONSTANTS),
                "e > 0" if v["e"] > 0 else "e < 0" if v["e"] < 0 else "e = 0",  # one infinitesimal has no scale
            ],
            honest=[history],
        )
        for answer in verify_protocol(tree, preconditions=True):
            expected = oracle.has_property(plain(v), honest_paths(node, history, v), answer.kind, len(players))
            assert (answer.verdict == "yes") == expected
            assert answer.precondition == (() if expected else ((),))
            verdicts.add((answer.kind, answer.verdict))
            if not expected:
                assert {name: answer.attack.values[name] for name in CONSTANTS} == {name: v[name] for name in CONSTANTS}
    assert len(verdicts) >= 6


@pytest.mark.parametrize("seed", [21, 22])
def test_weakest_precondition_is_the_property_at_every_point(seed):
    rng = random.Random(seed)
    players = ("A", "B")
    both = set()
    for _ in range(6):
        node, plain = random_tree(rng, players, depth=2, with_chance=False, with_cases=False)
        history = honest_play(rng, node)
        tree = protocol_tree(
            node,
            players=players,
            constants=CONSTANTS,
            infinitesimals=SMALL,
            constraints=["a > 0", "e > 0"],
            honest=[history],
        )
        for answer in verify_protocol(tree, preconditions=True):
            conditions = [parse_constraint(text, NAMES) for text in answer.preconditions]
            for _ in range(12):
                v = {**random_values(rng), "a": F(rng.randint(1, 6), 2), "e": F(1, rng.randint(1, 3))}
                expected = oracle.has_property(plain(v), honest_paths(node, history, v), answer.kind, len(players))
                assert all(constraint_at(c, v, SMALL) for c in conditions) == expected, (
                    answer,
                    answer.preconditions,
                    v,
                )
                both.add(expected)
    assert both == {True, False}


def test_strategies_have_their_property_wherever_their_conditions_hold():
    """Not only where they were found: at random points that satisfy the conditions, by definition."""
    rng = random.Random(31)
    players = ("A", "B")
    checked = conditional = 0
    for _ in range(25):
        node, plain = random_tree(rng, players, depth=2, with_chance=False, with_cases=False)
        tree = protocol_tree(
            node,
            players=players,
            constants=CONSTANTS,
            infinitesimals=SMALL,
            constraints=["a > 0", "b > 0", "e > 0"],
            honest=[honest_play(rng, node)],
        )
        for answer in verify_protocol(tree):
            for strategy in answer.strategies:
                conditions = [parse_constraint(text, NAMES) for text in strategy.conditions]
                conditional += bool(conditions)
                for _ in range(6):
                    v = {"a": F(rng.randint(1, 6), 2), "b": F(rng.randint(1, 6), 2), "q": F(0), "e": F(1)}
                    if not all(constraint_at(c, v, SMALL) for c in conditions):
                        continue
                    sigma = {}
                    for place, choice in enumerate(strategy.choices.tolist()):
                        if choice >= 0:
                            path = tree.path(place)
                            sigma[tuple("lr".index(label) for label in path)] = choice
                    assert oracle.has_property(plain(v), sigma, answer.kind, len(players)), (
                        answer,
                        strategy.conditions,
                        v,
                    )
                    checked += 1
    assert checked > 100
    assert conditional > 0
