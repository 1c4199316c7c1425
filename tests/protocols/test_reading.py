"""CheckMate's JSON format: read unchanged, its conditional forms, and hostile files."""

import json

import pytest
from protocol_games import market_entry

from gametheory.cli import main
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.protocols import practicality, protocol_from_dict, read_protocol, verify_protocol
from gametheory.protocols.formulas import Formulas
from gametheory.protocols.reading import MAX_DEPTH


def ending(**utilities):
    return {"utility": [{"player": player, "value": value} for player, value in utilities.items()]}


def market(**changes):
    no = {"weak_immunity": [], "weaker_immunity": [], "collusion_resilience": [], "practicality": []}
    war = {"action": "s", "child": ending(N="-a", E="-a")}
    peace = {"action": "i", "child": ending(N="p", E="p")}
    return {
        "players": ["N", "E"],
        "actions": ["o", "e", "i", "s"],
        "infinitesimals": [],
        "constants": ["a", "p"],
        "initial_constraints": ["a > 0", "p > 0"],
        "property_constraints": no,
        "honest_histories": [["o"], ["e", "i"], ["e", "s"]],
        "tree": {
            "player": "N",
            "children": [
                {"action": "o", "child": ending(N=0, E="p * p")},
                {"action": "e", "child": {"player": "E", "children": [peace, war]}},
            ],
        },
    } | changes


def written(tmp_path, data):
    path = tmp_path / "protocol.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def test_a_file_is_the_tree_that_it_describes(tmp_path):
    tree = read_protocol(written(tmp_path, market()))
    assert verify_protocol(tree) == verify_protocol(market_entry())
    assert tree.history_texts == ("o", "e, i", "e, s")
    assert protocol_from_dict(market()) == tree


def test_decimal_numbers_are_exact(tmp_path):
    data = market(initial_constraints=["a > 0.1", "p = 0.3"])
    data["tree"]["children"][0]["child"] = ending(N=0.3, E=0)
    tree = read_protocol(written(tmp_path, json.dumps(data)))
    assert practicality(tree, 0).verdict == "yes"  # staying out brings exactly what peace does


def conditional_by_actions():
    guarded = [
        {"condition": "p > 2*a", "actions": [{"action": "i", "child": ending(N="p", E="p")}]},
        {
            "condition": "p <= 2*a",
            "actions": [
                {"action": "s", "child": ending(N="-a", E="-a")},
                {"action": "w", "child": ending(N="-1", E=0)},
            ],
        },
    ]
    data = market()
    data["tree"]["children"][1]["child"] = {"player": "E", "children": guarded}
    leaf = {"children": []}
    data["honest_histories"] = [
        {"action": "", "children": [{"action": "o", **leaf}]},
        {"action": "", "children": [{"action": "e", "children": [{"action": "i", **leaf}, {"action": "w", **leaf}]}]},
    ]
    return data


def conditional_by_nodes():
    guarded = [
        {"condition": "p > 2*a", "child": {"player": "E", "actions": [{"action": "i", "child": ending(N="p", E="p")}]}},
        {
            "condition": "p <= 2*a",
            "child": {
                "player": "E",
                "actions": [
                    {"action": "s", "child": ending(N="-a", E="-a")},
                    {"action": "w", "child": ending(N="-1", E=0)},
                ],
            },
        },
    ]
    data = market()
    data["tree"]["children"][1]["child"] = {"conditions": guarded}
    paths = [{"condition": "p > 2*a", "path": ["i"]}, {"condition": "p <= 2*a", "path": ["w"]}]
    data["honest_histories"] = [["o"], ["e", paths]]
    return data


@pytest.mark.parametrize("make", [conditional_by_actions, conditional_by_nodes])
def test_both_forms_of_conditional_actions(make, tmp_path):
    tree = read_protocol(written(tmp_path, make()))
    # Entering is practical where peace is what follows; staying out where it is not.
    assert practicality(tree, 0, precondition=True).preconditions == ("2*a >= p",)
    assert practicality(tree, 1, precondition=True).preconditions == ("p > 2*a",)


def test_chance_in_a_file(tmp_path):
    data = market(constants=["a", "p", "q"], initial_constraints=["a > 0", "p > 0", "q >= 0", "q <= 1"])
    data["tree"]["children"][1]["child"] = {
        "chance": [
            {"outcome": "i", "probability": "q", "child": ending(N="p", E="p")},
            {"outcome": "s", "probability": "1 - q", "child": ending(N="-a", E="-a")},
        ]
    }
    data["honest_histories"] = [["e"]]
    tree = read_protocol(written(tmp_path, data))
    assert practicality(tree, precondition=True).preconditions == ("a*q + p*q >= a",)


def deep(levels):
    node = ending(N=0, E=0)
    for _ in range(levels):
        node = {"player": "N", "children": [{"action": "x", "child": node}]}
    return market(tree=node, honest_histories=[["x"] * levels])


def test_depth_has_a_limit(tmp_path):
    assert read_protocol(written(tmp_path, deep(200))).num_nodes == 201
    text = json.dumps(market(tree=0))
    for levels in (MAX_DEPTH + 1, 20_000):
        nested = '{"player": "N", "children": [{"action": "x", "child": ' * levels + '{"utility": []}' + "}]}" * levels
        with pytest.raises(SpecificationError, match="at most 240 moves"):
            read_protocol(written(tmp_path, text.replace('"tree": 0', f'"tree": {nested}')))


def replaced(old, new):
    return json.dumps(market()).replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1"),
        ("[1]", "found list"),
        ("{}", "'players' is missing"),
        (replaced('"players":', '"players": [], "players":'), "'players' twice"),
        (replaced('{"player": "N", "value": 0}', '{"player": "N", "value": 0, "value": 1}'), "'value' twice"),
        (replaced('"value": 0', '"value": NaN'), "found NaN"),
        (replaced('"value": 0', '"value": Infinity'), "found Infinity"),
        (replaced('"value": 0', '"value": true'), "found True"),
        (replaced('"value": 0', '"value": null'), "found None"),
        (replaced('"value": 0', '"value": [1]'), "name and a number"),
        (replaced('"value": 0', '"value": ' + "9" * 5000), "5,000 digits"),
        (replaced('"value": 0', '"value": 1e99999'), "found '1e99999'"),
        (replaced('"p * p"', '"__import__(1)"'), "found the name '__import__'"),
        (replaced('"p * p"', '"p ** p"'), "write a product"),
        (replaced('"p * p"', '"' + "(" * 100 + "p" + ")" * 100 + '"'), "nesting deeper"),
        (replaced('"p * p"', '"p' + "+p" * 3000 + '"'), "6,001 characters"),
        (replaced('"p * p"', '"(a+p)' + "*(a+p)" * 30 + '"'), "multiplied out"),
        (replaced('"a > 0"', '"a > 0 > p"'), "two terms at a time"),
        (replaced('"a > 0"', '"a"'), "expected a comparison"),
        (replaced('"a > 0"', '"a / 0 > 1"'), "division by zero"),
        (replaced('"a > 0"', "1"), "list of texts"),
        (replaced('"weak_immunity": []', '"strong_immunity": []'), "write an object with the keys"),
        (replaced('"honest_histories": [["o"]', '"honest_histories": [["o", 1]'), "conditional paths last"),
        (replaced('"honest_histories": [["o"]', '"honest_histories": ["o"'), "write a list of actions"),
        (replaced('"action": "s"', '"action": "i"'), "leads to two children"),
        (replaced('"action": "s"', '"name": "s"'), "under 'children'"),
        (replaced('"actions":', '"moves": [], "actions":'), "found the key 'moves'"),
        (replaced('{"player": "E", "children"', '{"player": "E", "kids"'), "a node has the keys"),
    ],
)
def test_hostile_files_are_refused(text, message, tmp_path):
    with pytest.raises((SpecificationError, UnsupportedError), match=message):
        verify_protocol(read_protocol(written(tmp_path, text)))


def test_files_that_are_no_files(tmp_path):
    with pytest.raises(SpecificationError, match="no such file"):
        read_protocol(tmp_path / "missing.json")
    with pytest.raises(SpecificationError, match="no such file"):
        read_protocol(tmp_path)
    path = tmp_path / "latin.json"
    path.write_bytes(b'{"players": "\xe9"}')
    with pytest.raises(SpecificationError, match="not UTF-8"):
        read_protocol(path)


def test_parts_of_trees_in_other_files_are_not_supported(tmp_path):
    with pytest.raises(UnsupportedError, match="whole tree"):
        read_protocol(written(tmp_path, market(tree={"subtree": []})))
    with pytest.raises(UnsupportedError, match="whole tree"):
        read_protocol(written(tmp_path, market(honest_utilities=[1])))


def test_command_line(tmp_path, capsys):
    path = str(written(tmp_path, market()))
    assert main(["verify-protocol", path]) == 0
    said = capsys.readouterr().out
    assert said.count("\nyes") == 5
    assert "N loses: {E} by e, s" in said
    assert main(["verify-protocol", path, "--strict"]) == 1
    assert main(["verify-protocol", path, "--property", "practicality", "--preconditions", "--strategies"]) == 0
    said = capsys.readouterr().out
    assert "E plays i" in said
    assert "no values have the property" in said
    assert main(["verify-protocol", path, "--json", "--property", "weak-immunity"]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [a["verdict"] for a in answers] == ["yes", "no", "no"]
    assert main(["verify-protocol", str(tmp_path / "missing.json")]) == 2
    assert main(["verify-protocol", path, "--max-size", "9"]) == 2


def test_undecided_is_an_exit_code_of_its_own(tmp_path, capsys, monkeypatch):
    def slow(*_, **__):
        raise SolverError("undecided (timeout); raise timeout=", status="unknown", solver="z3")

    monkeypatch.setattr(Formulas, "find_failing", slow)
    assert main(["verify-protocol", str(written(tmp_path, market())), "--property", "practicality"]) == 3
    assert "undecided" in capsys.readouterr().out
