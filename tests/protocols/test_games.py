"""Protocols from the literature: verdicts, strategies, attacks and preconditions, against the definitions."""

from fractions import Fraction as F

import pytest
from oracles import protocols as oracle
from protocol_games import GAMES, closing_simplified, market_entry, pirates, splits_on_resilience

from gametheory.errors import SpecificationError, UndecidedError
from gametheory.protocols import (
    branch,
    cases,
    chance,
    collusion_resilience,
    leaf,
    practicality,
    protocol_tree,
    verify_protocol,
    weak_immunity,
    weaker_immunity,
)
from gametheory.protocols.expressions import constraint_at, value_at
from gametheory.protocols.tree import PROPERTIES


def plain(tree, values, node=0):
    """The oracle's tree at given values (no cases)."""
    small = tree.names.infinitesimals
    if tree.vector_of[node] >= 0:
        return ("leaf", tuple(value_at(tree.terms[t], values, small) for t in tree.vectors[tree.vector_of[node]]))
    children = [plain(tree, values, child) for child in tree.children(node)]
    if tree.owners[node] >= 0:
        return (int(tree.owners[node]), children)
    weights = [value_at(tree.terms[tree.weights[child]], values, small)[0] for child in tree.children(node)]
    return ("chance", list(zip(weights, children, strict=True)))


def indices(tree, node):
    found = []
    while node:
        found.append(node - int(tree.first[tree.parents[node]]))
        node = int(tree.parents[node])
    return tuple(reversed(found))


def honest(tree, history):
    return {indices(tree, node): child for node, child in tree.honest[history].items()}


@pytest.mark.parametrize("name", GAMES)
def test_verdicts_attacks_and_strategies_follow_from_the_definitions(name):
    make, expected = GAMES[name]
    tree = make()
    report = verify_protocol(tree)
    count = len(tree.honest)
    found = ["".join(a.verdict[0] for a in report[k * count : (k + 1) * count]) for k in range(4)]
    assert tuple(found) == expected
    for place, answer in enumerate(report):
        forced = honest(tree, place % count)
        if answer.verdict == "no":
            values = answer.attack.values
            given = [*tree.constraints, *tree.property_constraints[answer.kind]]
            assert all(constraint_at(c, values, tree.names.infinitesimals) for c in given)
            assert not oracle.has_property(plain(tree, values), forced, answer.kind, tree.num_players)
            for play in answer.attack.plays:
                node = tree.node_at(play.path)
                utilities = plain(tree, values, node)[1]
                assert dict(zip(tree.players, utilities, strict=True)) == play.utilities
        else:
            assert answer.strategies_complete
            for strategy in answer.strategies:
                sigma = {
                    indices(tree, node): int(choice)
                    for node, choice in enumerate(strategy.choices.tolist())
                    if choice >= 0
                }
                assert forced.items() <= sigma.items()


def test_strategies_have_the_property_where_their_conditions_hold():
    tree = splits_on_resilience()
    answer = collusion_resilience(tree)
    assert {strategy.action("a") for strategy in answer.strategies} == {"o", "d"}
    for strategy in answer.strategies:
        (condition,) = strategy.conditions  # t ≥ j or t ≥ f: the other action is the threat
        assert condition == ("t >= j" if strategy.action("a") == "o" else "t >= f")


def test_one_strategy_for_all_values_where_there_is_one():
    (strategy,) = practicality(market_entry(), 1).strategies
    assert strategy.conditions == ()
    assert list(strategy.actions()) == [((), "N", "e"), (("e",), "E", "i")]


def test_closing_needs_enough_at_stake():
    answer = practicality(closing_simplified(practical_assumption=False), 1, precondition=True)
    assert answer.verdict == "no"
    # Punishing an old state brings B a − f + alpha, letting it pass alpha − d: so a + d ≥ f, and a ≥ 0 anyway hurts A.
    assert set(answer.preconditions) == {"a + d >= f"}
    again = practicality(closing_simplified(), 1, precondition=True)
    assert (again.verdict, again.preconditions) == ("yes", ())


def test_blocking_rules_and_sizes_differ():
    tree = pirates()
    verdicts = {b: collusion_resilience(tree, 0, blocking=b).verdict for b in ("transfer", "all", "some", "any")}
    assert verdicts == {"transfer": "no", "all": "yes", "some": "yes", "any": "no"}
    assert collusion_resilience(tree, 0, max_size=1).verdict == "yes"
    assert collusion_resilience(tree, 0, max_size=3, blocking="all").verdict == "yes"


def insured(honest_path=("ask", {"rain": (), "sun": ()})):
    """A pays a premium c; with probability q it rains, and the insurer B pays d."""
    paid = chance({"rain": ("q", leaf({"A": "d - c", "B": "c - d"})), "sun": ("1 - q", leaf({"A": "-c", "B": "c"}))})
    return protocol_tree(
        branch("A", {"ask": paid, "leave": leaf({"A": 0, "B": 0})}),
        players=["A", "B"],
        constants=["q", "c", "d"],
        constraints=["q > 0", "q < 1", "c > 0", "d > 0"],
        honest=[honest_path],
    )


def test_utilities_are_expected_where_chance_moves():
    for tree in (insured(), insured(("ask",))):
        assert practicality(tree, precondition=True).preconditions == ("q*d >= c",)
        immune = weak_immunity(tree, precondition=True)
        assert set(immune.preconditions) == {"q*d >= c", "c >= q*d"}
        assert immune.attack.plays[0].expected
        resilient = collusion_resilience(tree, precondition=True)
        assert resilient.preconditions == ("q*d >= c",)


def test_coalitions_plan_over_chance_together():
    """Deviations after different draws are planned together, and judged by their expectation."""
    inner = {
        "x": ("1/2", branch("B", {"h": leaf({"A": 2, "B": 2, "C": 0}), "d": leaf({"A": 0, "B": "s", "C": 0})})),
        "y": ("1/2", branch("B", {"h": leaf({"A": 0, "B": 0, "C": 0}), "d": leaf({"A": 0, "B": "t", "C": 0})})),
    }
    tree = protocol_tree(
        chance(inner),
        players=["A", "B", "C"],
        constants=["s", "t"],
        honest=[[{"x": ["h"], "y": ["h"]}]],
    )
    alone = collusion_resilience(tree, max_size=1, precondition=True)
    assert alone.preconditions == (
        "2 >= s",
        "t <= 0",
    )  # B sees what chance has drawn, and may deviate after either draw
    both = collusion_resilience(tree, max_size=2, precondition=True)
    for values in ({"s": F(2), "t": F(0)}, {"s": F(1), "t": F(-3)}, {"s": F(3), "t": F(-9)}):
        from gametheory.protocols.expressions import parse_constraint

        holds = all(constraint_at(parse_constraint(c, tree.names), values, ()) for c in both.preconditions)
        assert holds == oracle.has_property(plain(tree, values), honest(tree, 0), "collusion resilience", 3, max_size=2)


def test_actions_that_depend_on_the_values():
    tree = protocol_tree(
        branch("N", {"o": leaf({"N": 0}), "e": cases({"p > a": leaf({"N": "p - a"}), "p <= a": leaf({"N": "-1"})})}),
        players=["N"],
        constants=["a", "p"],
        honest=[["o"], ["e"]],
    )
    assert practicality(tree, 0, precondition=True).preconditions == ("a >= p",)
    assert practicality(tree, 1, precondition=True).preconditions == ("p > a",)
    assert weak_immunity(tree, 1, precondition=True).preconditions == ("p > a",)


def test_division_is_exact_and_denominators_must_not_vanish():
    def shared(constraints):
        return protocol_tree(
            branch("A", {"x": leaf({"A": "a/n"}), "y": leaf({"A": "a/(2*n) + a/(2*n)"}), "z": leaf({"A": "0"})}),
            players=["A"],
            constants=["a", "n"],
            constraints=constraints,
            honest=[["x"], ["y"]],
        )

    assert [practicality(shared(["a > 0", "n >= 1"]), k).verdict for k in (0, 1)] == ["yes", "yes"]
    assert practicality(shared(["a > 0", "n != 0"])).attack.values["n"] < 0
    with pytest.raises(SpecificationError, match="denominator n is 0"):
        practicality(shared(["a > 0", "n >= 0"]))


def test_infinitesimals_only_break_ties():
    tree = protocol_tree(
        branch("A", {"h": leaf({"A": "-e"}), "d": leaf({"A": "-1000000*e"}), "w": leaf({"A": "-x"})}),
        players=["A"],
        constants=["x"],
        infinitesimals=["e"],
        constraints=["e > 0", "x > 0"],
        honest=[["h"]],
    )
    assert practicality(tree).verdict == "yes"  # x is real: larger than every infinitesimal
    assert (weak_immunity(tree).verdict, weaker_immunity(tree).verdict) == ("no", "yes")


def test_a_question_beyond_the_prover_is_undecided_and_not_proved():
    parts = " * ".join(f"({n}*{n} + 1)" for n in "xyz")
    tree = protocol_tree(
        branch("A", {"h": leaf({"A": f"{parts} - x*y*z*(x + y + z)*5/2"})}),
        players=["A"],
        constants=list("xyz"),
        honest=[["h"]],
    )
    answer = weak_immunity(tree, timeout=0.001)
    assert answer.verdict == "undecided"
    assert "timeout=" in answer.reason
    with pytest.raises(UndecidedError, match="timeout"):
        bool(answer)


def test_only_irrational_values_are_not_called_an_attack():
    tree = protocol_tree(
        branch("A", {"h": leaf({"A": "-x"})}),
        players=["A"],
        constants=["x"],
        constraints=["x*x = 2", "x > 0"],
        honest=[["h"]],
    )
    with pytest.raises(Exception, match="irrational"):
        weak_immunity(tree)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"constraints": ["a > 0", "a < 0"]}, "contradict each other"),
        ({"constraints": ["a > b"]}, "found the name 'b'"),
        ({"constraints": "a > 0"}, "list of constraints"),
        ({"honest": [["x", "y"]]}, "after the protocol's end"),
        ({"honest": [["z"]]}, "exactly one of x, y"),
        ({"honest": [[]]}, "ends at tree"),
        ({"honest": []}, "no history"),
        ({"players": ["A", "A"]}, "distinct names"),
        ({"players": ["B"]}, "found the player 'A'"),
        ({"players": ["A", "B"]}, "give each of A, B"),
        ({"constants": ["a", "a"]}, "declared twice"),
        ({"constants": ["1"]}, "no number"),
        ({"property_constraints": {"fairness": []}}, "the properties are"),
        ({"root": branch("A", {})}, "no children"),
        ({"root": branch("A", {"x": leaf({"A": 0.5})})}, "fraction"),
        ({"root": branch("A", {"x": leaf({"A": True})})}, "found True"),
        (
            {"root": chance({"x": ("a", leaf({"A": 0})), "y": ("a", leaf({"A": 0}))}), "honest": [[]]},
            "not all ≥ 0 with sum 1",
        ),
        (
            {"root": cases({"a > 1": leaf({"A": 0}), "a < 1": leaf({"A": 0})}), "honest": [[]]},
            "exactly one of its conditions",
        ),
    ],
)
def test_wrong_input_is_refused_with_its_place(change, message):
    given = {
        "root": branch("A", {"x": leaf({"A": "a"}), "y": leaf({"A": 0})}),
        "players": ["A"],
        "constants": ["a"],
        "constraints": ["a > 0"],
        "honest": [["x"]],
    } | change
    with pytest.raises(SpecificationError, match=message):
        practicality(protocol_tree(given.pop("root"), **given))


@pytest.mark.parametrize("wrong", [True, 1.0])
def test_what_equals_a_utility_already_read_is_refused_all_the_same(wrong):
    root = branch("A", {"x": leaf({"A": 1}), "y": leaf({"A": wrong})})
    with pytest.raises(SpecificationError, match="tree/y: utility of A"):
        protocol_tree(root, players=["A"], honest=[["x"]])


def test_answers_are_values_that_show_themselves():
    tree = market_entry()
    report = verify_protocol(tree, preconditions=True)
    assert report == verify_protocol(tree, preconditions=True)
    assert len({hash(a) for a in report}) == len(report) == 12
    data = report.to_dict()
    assert [a["verdict"] for a in data["answers"]].count("yes") == 5
    assert "refuted" in repr(report[1])
    assert "<table>" in report._repr_html_()
    frame = report.to_frame()
    assert list(frame["property"].unique()) == list(PROPERTIES)
    evil = protocol_tree(leaf({"<b>": 0}), players=["<b>"], honest=[[]])
    assert "<b>" not in verify_protocol(evil)._repr_html_().replace("<tbody>", "")
