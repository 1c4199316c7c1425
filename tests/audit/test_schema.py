"""The JSON Schema and the reader say the same about structure, on valid scenarios, on mistakes and on thousands of mutants."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from typing import Any

import jsonschema
import pytest
from audit.mutations import NESTED, NETWORK, OVERSIGHT, mutants, sources

from gametheory.audit import scenario_schema
from gametheory.audit.reading import _check_values, _parsed
from gametheory.audit.schema import check_structure
from gametheory.errors import SpecificationError

VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


def plain(value: Any) -> Any:
    """Data as a JSON reader would see them: fractions are numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Fraction):
        return float(value) if abs(value) < 10**300 else 10**300 * (1 if value > 0 else -1)
    return value


def verdicts(data: Any) -> tuple[bool, bool]:
    """What the reader's check and jsonschema say."""
    try:
        check_structure(data, "x.toml")
        ours = True
    except SpecificationError:
        ours = False
    return ours, VALIDATOR.is_valid(plain(data))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


def test_every_table_and_key_is_described() -> None:
    def walk(schema: Any, place: str) -> None:
        for key, item in schema.get("properties", {}).items():
            assert "description" in item, f"{place}.{key}"
            assert "$ref" in item or "anyOf" in item or "title" in item, f"{place}.{key}"
            walk(item, f"{place}.{key}")
        for branch in schema.get("anyOf", []):
            walk(branch, place)
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                walk(schema[key], place)

    walk(scenario_schema(), "")
    for name, definition in scenario_schema()["$defs"].items():
        assert "description" in definition, name
        walk(definition, name)


def test_only_known_keywords_are_used() -> None:
    """The reader knows a part of JSON Schema; a keyword that it does not know would be ignored in silence."""
    known = {
        "$schema",
        "title",
        "description",
        "type",
        "required",
        "additionalProperties",
        "properties",
        "$defs",
        "$ref",
    }
    known |= {"anyOf", "oneOf", "not", "const", "enum", "items", "minItems", "maxItems", "uniqueItems", "minProperties"}
    known |= {"maxProperties", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"}
    known |= {"exclusiveMaximum", "dependentRequired"}

    def walk(schema: Any) -> None:
        if isinstance(schema, dict):
            assert schema.keys() <= known, schema.keys() - known
            for key in ("additionalProperties", "items", "not"):
                walk(schema.get(key))
            for key in ("properties", "$defs"):
                for item in schema.get(key, {}).values():
                    walk(item)
            for key in ("anyOf", "oneOf"):
                for item in schema.get(key, []):
                    walk(item)

    walk(scenario_schema())


@pytest.mark.parametrize(("name", "format_", "text"), sources())
def test_valid_scenarios_pass_both(name: str, format_: str, text: str) -> None:
    data = _parsed(text, format_, name)
    assert verdicts(data) == (True, True)


MISTAKES = [
    (("schema_version",), 2),
    (("schema_version",), True),
    (("schema_version",), "1"),
    (("title",), 3),
    (("title",), "two\nlines"),
    (("title",), ""),
    (("parameters",), []),
    (("parameters", "loot"), "three"),
    (("parameters", "loot"), True),
    (("parameters", "loot"), "1//2"),
    (("game",), None),
    (("game",), {}),
    (("game", "players"), "Ann"),
    (("game", "players"), []),
    (("game", "players"), ["Ann", "Ann", "Olga"]),
    (("game", "players"), ["Ann", 2, "Olga"]),
    (("game", "players"), [f"p{k}" for k in range(31)]),
    (("game", "actions"), "comply"),
    (("game", "actions"), {}),
    (("game", "actions", "Olga"), ["audit", "audit"]),
    (("game", "payoffs"), [1]),
    (("game", "payoffs"), True),
    (("game", "payoffs"), "x" * 2001),
    (("game", "table"), [[1]]),
    (("game", "file"), "game.nfg"),
    (("game", "arguments"), {"n": 3}),
    (("game", "gmae"), 1),
    (("roles", "overseer"), ["Olga"]),
    (("target",), {}),
    (("target",), None),
    (("target", "profile"), []),
    (("target", "profile"), 0),
    (("coalitions", "max_size"), 2),
    (("coalitions", "connected"), [["Ann", "Bob"]]),
    (("coalitions", "list"), [[]]),
    (("coalitions", "blocking"), "most"),
    (("coalitions", "coordination"), ["pure"]),
    (("repetition", "discount"), 1),
    (("repetition", "discount"), 0),
    (("repetition", "punishment"), "grim"),
    (("repetition", "signals"), {"a": 1, "b": 0}),
    (("repetition", "alarm", "detection_rate"), 1.5),
    (("repetition", "alarm"), {}),
    (("levers", "detection_rate"), -0.1),
    (("levers", "detection_rate", "from"), 2),
    (("levers",), {"budget": 1}),
    (("levers", "deposit", "cap"), -1),
    (("levers", "deposit", "cap", "Ann"), "much"),
    (("levers", "budget"), -1),
    (("measures", "utility"), {"a": 1, "b": 2}),
    (("measures", "utility"), {}),
    (("measures", "harm", "alone"), {"otherwise": 0}),
    (("measures", "harm", "alone", "table"), [{"profile": ["comply"]}]),
    (("require", "nash"), False),
    (("require", "nash"), 1),
    (("require", "resilience"), 0),
    (("require", "resilience"), 1.5),
    (("require", "resilience"), "2"),
    (("require", "coalition_gain"), -1),
    (("require", "safety"), True),
]


NEW_TABLES = [
    (("network",), {}),
    (("network", "gruops"), {}),
    (("network", "groups"), {"a": 0}),
    (("network", "groups"), {}),
    (("network", "links"), [["planner"]]),
    (("network", "links"), [["planner", "coder", 1, 2]]),
    (("network", "population"), 10),
    (("network", "graph"), {"kind": "wheel", "size": 5}),
    (("network", "transmission"), -1),
    (("network", "transmission"), {}),
    (("network", "transmission", "coder"), "much"),
    (("network", "directed"), True),
    (("network", "contact_factor"), 1),
    (("network", "shares"), [0]),
    (("network", "shares"), []),
    (("network", "initial_share"), 0.5),
    (("network", "containment"), {}),
    (("network", "containment", "transmission"), {"from": 1}),
    (("network", "containment", "recovery", "to"), -2),
    (("network", "cuts"), {"links": [["planner", "coder"]]}),
    (("network", "inoculation"), {"cost": 1}),
    (("information",), {}),
    (("information", "prior"), 0.5),
    (("information", "prior"), [1]),
    (("information", "observers"), []),
    (("information", "observers"), [{"kind": "symmetric"}]),
    (("information", "observers"), [{"kind": "telepathic", "error": 0.1}]),
    (("information", "observers"), [{"kind": "symmetric", "error": 0.1, "rows": [[1], [1], [1]]}]),
    (("information", "observers"), [{"error": 0.1, "rows": [[1], [1], [1]]}]),
    (("information", "gain"), [1, 2]),
    (("information", "coalition_size"), 0),
    (("information", "privacy"), {"epsilon": 1}),
    (("information", "privacy", "recipients"), 1000),
    (("information", "privacy", "epsilon"), -1),
    (("information", "detection", "honest"), [1]),
    (("information", "detection", "attack"), []),
    (("information", "detection", "prevalence"), 2),
    (("require", "extinct"), False),
    (("require", "leaking_coalition"), 0),
    (("require", "precision"), 2),
    (("target",), {"profile": "quiet"}),
    (("levers",), {"detection_rate": 1}),
]


@pytest.mark.parametrize(("path", "value"), NEW_TABLES)
def test_structural_mistakes_without_a_game_fail_both(path: tuple[str, ...], value: Any) -> None:
    data = tomllib.loads(NETWORK, parse_float=Fraction)
    level = data
    for key in path[:-1]:
        if not isinstance(level.get(key), dict):
            level[key] = {}
        level = level[key]
    level[path[-1]] = value
    assert verdicts(data) == (False, False)
    with pytest.raises(SpecificationError) as caught:
        check_structure(data, "x.toml")
    assert str(path[0]) in str(caught.value)


def test_one_part_is_needed() -> None:
    data: dict[str, Any] = {"schema_version": 1, "title": "Nothing"}
    assert verdicts(data) == (False, False)
    with pytest.raises(
        SpecificationError, match=r"found none of game, network, information, swarm, capabilities.*; write at least"
    ):
        check_structure(data, "x.toml")
    tables = tomllib.loads(NETWORK, parse_float=Fraction)
    for key in ("network", "information"):
        assert verdicts({**data, key: tables[key]}) == (True, True)
    game = tomllib.loads(OVERSIGHT, parse_float=Fraction)
    del game["target"]
    assert verdicts(game) == (False, False)


@pytest.mark.parametrize(("path", "value"), MISTAKES)
def test_structural_mistakes_fail_both(path: tuple[str, ...], value: Any) -> None:
    data = tomllib.loads(OVERSIGHT, parse_float=Fraction)
    data["coalitions"].setdefault("list", [["Ann"]])
    level = data
    for key in path[:-1]:
        if not isinstance(level[key], dict):
            level[key] = {}
        level = level[key]
    level[path[-1]] = value
    assert verdicts(data) == (False, False)
    with pytest.raises(SpecificationError) as caught:
        check_structure(data, "x.toml")
    assert str(path[0]) in str(caught.value)


def agreement(seed: int, count: int) -> dict[tuple[bool, bool], int]:
    found: dict[tuple[bool, bool], int] = {}
    for _, mutant in zip(range(count), mutants(seed), strict=False):
        try:
            data = _parsed(mutant.content.decode("utf-8"), mutant.format, "x")  # type: ignore[arg-type]
            _check_values(data, (), "x")
        except (SpecificationError, UnicodeDecodeError):
            continue
        result = verdicts(data)
        found[result] = found.get(result, 0) + 1
    return found


def test_mutants_are_judged_alike() -> None:
    found = agreement(7, 700)
    assert found.keys() == {(True, True), (False, False)}
    assert min(found.values()) > 100


@pytest.mark.slow
def test_many_mutants_are_judged_alike() -> None:
    found = agreement(8, 10_000)
    assert found.keys() == {(True, True), (False, False)}


def test_the_schema_returned_is_a_copy() -> None:
    scenario_schema()["properties"].clear()
    assert scenario_schema()["properties"]
    json.dumps(scenario_schema())
    assert NESTED["schema_version"] == 1
