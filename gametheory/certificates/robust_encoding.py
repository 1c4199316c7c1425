"""Deviations, groups and trees of cases in the JSON of certificates: see :mod:`.robust_bounds`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gametheory.certificates.encoding import indices_from_json, rationals_from_json
from gametheory.certificates.joint_plans import Deviation, Group, Move, RobustnessNotion
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.certificates.robust_cases import Leaf, Split, Term
from gametheory.errors import SpecificationError

__all__ = [
    "evidence_from_json",
    "group_to_json",
    "node_from_json",
    "node_to_json",
    "robustness_from_json",
    "robustness_to_json",
]

_RULES = ("blocking", "coordination", "timing", "faulty_play")
_GROUP = ("members", "moves", "told", "faulty", "faulty_moves")


def robustness_to_json(robustness: RobustnessNotion) -> dict[str, Any]:
    """Which deviations are withstood, as JSON data."""
    return {
        "coalitions": [sorted(members) for members in robustness.coalitions],
        "faulty": robustness.faulty,
        **{name: getattr(robustness, name) for name in _RULES},
    }


def robustness_from_json(data: Any, where: str) -> RobustnessNotion:
    """Read what :func:`robustness_to_json` wrote."""
    expect_keys(data, ("coalitions", "faulty", *_RULES), where=where)
    if not isinstance(data["coalitions"], list) or type(data["faulty"]) is not int or data["faulty"] < 0:
        raise SpecificationError(f"{where}: write a list of coalitions and a number of faulty players ≥ 0")
    found = [indices_from_json(entry, where=f"{where}.coalitions[{k}]") for k, entry in enumerate(data["coalitions"])]
    if any(len(set(members)) < len(members) for members in found):
        raise SpecificationError(f"{where}.coalitions: a member is named twice; write each once")
    return RobustnessNotion(
        coalitions=tuple(map(frozenset, found)), faulty=data["faulty"], **{name: data[name] for name in _RULES}
    )


def group_to_json(group: Group) -> dict[str, Any]:
    """A group of deviations as JSON data."""
    return {
        "members": list(group.members),
        "moves": None if group.moves is None else _moves_to_json(group.moves),
        "told": None if group.told is None else list(group.told),
        "faulty": list(group.faulty),
        "faulty_moves": None if group.faulty_moves is None else _moves_to_json(group.faulty_moves),
    }


def node_to_json(node: Split | Leaf) -> dict[str, Any]:
    """A node of the tree of cases as JSON data."""
    if isinstance(node, Split):
        edge = None if node.edge is None else list(node.edge)
        return {"group": group_to_json(node.group), "edge": edge, "children": list(node.children)}
    return {
        "leaf": "empty" if node.is_empty else "bounded",
        "terms": [_term_to_json(term) for term in node.terms],
        "shares": [rational_to_json(s) for s in node.shares],
    }


def node_from_json(data: Any, where: str) -> Split | Leaf:
    """Read what :func:`node_to_json` wrote."""
    if isinstance(data, dict) and "leaf" in data:
        expect_keys(data, ("leaf", "terms", "shares"), where=where)
        if data["leaf"] not in ("empty", "bounded") or not isinstance(data["terms"], list):
            raise SpecificationError(f"{where}: write a leaf that is 'empty' or 'bounded' with a list of terms")
        terms = tuple(_term(term, f"{where}.terms[{k}]") for k, term in enumerate(data["terms"]))
        return Leaf(terms, rationals_from_json(data["shares"], f"{where}.shares"), data["leaf"] == "empty")
    expect_keys(data, ("group", "edge", "children"), where=where)
    edge = None
    if data["edge"] is not None:
        found = indices_from_json(data["edge"], where=f"{where}.edge")
        if len(found) != 2:
            raise SpecificationError(f"{where}.edge: found {len(found)} entries; write two vertices")
        edge = (found[0], found[1])
    children = indices_from_json(data["children"], where=f"{where}.children")
    return Split(_group(data["group"], f"{where}.group"), edge, children)


def evidence_from_json(data: Any, where: str) -> tuple[Group, tuple[Fraction, ...]]:
    """A group and its weights."""
    if not isinstance(data, list) or len(data) != 2:
        raise SpecificationError(f"{where}: write a group and its weights")
    return _group(data[0], f"{where}[0]"), rationals_from_json(data[1], f"{where}[1]")


def _moves_to_json(moves: tuple[Move, ...]) -> list[list[list[int]]]:
    return [[list(told), list(plays)] for told, plays in moves]


def _moves(data: Any, where: str) -> tuple[Move, ...]:
    if not isinstance(data, list) or any(not isinstance(pair, list) or len(pair) != 2 for pair in data):
        raise SpecificationError(f"{where}: write a list of pairs, what is told and what is played")
    return tuple(
        (indices_from_json(told, where=f"{where}[{k}][0]"), indices_from_json(plays, where=f"{where}[{k}][1]"))
        for k, (told, plays) in enumerate(data)
    )


def _group(data: Any, where: str) -> Group:
    expect_keys(data, _GROUP, where=where)
    moves, told, faulty_moves = data["moves"], data["told"], data["faulty_moves"]
    return Group(
        members=indices_from_json(data["members"], where=f"{where}.members"),
        moves=None if moves is None else _moves(moves, f"{where}.moves"),
        told=None if told is None else indices_from_json(told, where=f"{where}.told"),
        faulty=indices_from_json(data["faulty"], where=f"{where}.faulty"),
        faulty_moves=None if faulty_moves is None else _moves(faulty_moves, f"{where}.faulty_moves"),
    )


def _term_to_json(term: Term) -> dict[str, Any]:
    deviation = term.deviation
    return {
        "members": list(deviation.members),
        "moves": _moves_to_json(deviation.moves),
        "faulty": list(deviation.faulty),
        "faulty_moves": _moves_to_json(deviation.faulty_moves),
        "who": term.who,
        "multiplier": rational_to_json(term.multiplier),
    }


def _term(data: Any, where: str) -> Term:
    expect_keys(data, ("members", "moves", "faulty", "faulty_moves", "who", "multiplier"), where=where)
    if data["who"] is not None and (type(data["who"]) is not int or data["who"] < 0):
        raise SpecificationError(f"{where}.who: found {data['who']!r}; write a player's index, or null")
    deviation = Deviation(
        indices_from_json(data["members"], where=f"{where}.members"),
        _moves(data["moves"], f"{where}.moves"),
        indices_from_json(data["faulty"], where=f"{where}.faulty"),
        _moves(data["faulty_moves"], f"{where}.faulty_moves"),
    )
    return Term(deviation, data["who"], rational_from_json(data["multiplier"], where=f"{where}.multiplier"))
