"""Protocols from files: the JSON format of the program CheckMate, unchanged.

An object with the keys ``players``, ``actions``, ``infinitesimals``, ``constants`` (lists of names), ``initial_constraints``
(a list of texts), ``property_constraints`` (an object with a list for each property), ``honest_histories`` and ``tree``. A node
is ``{"player": …, "children": [{"action": …, "child": node}, …]}`` or ``{"utility": [{"player": …, "value": …}, …]}``, where
a value is a number or a text.

Actions that depend on conditions come in the two forms in which they are published:

* ``"children": [{"condition": text, "actions": [{"action": …, "child": …}, …]}, …]``: the player's actions where each
  condition holds; an honest history is then a tree ``{"action": "", "children": [{"action": …, "children": […]}, …]}``, which
  names the honest action in every case;
* ``{"conditions": [{"condition": text, "child": node}, …]}`` and ``"actions"`` in place of ``"children"``; a history
  is a list whose entries are actions or lists of ``{"condition": text, "path": […]}``.

One form of our own beside these: ``{"chance": [{"outcome": …, "probability": number or text, "child": node}, …]}``.

A file is hostile until read: at most 1 GB, 2,000,000 nodes, 240 moves deep; keys that are twice or unknown, NaN, infinities,
numbers of more than 4,000 digits are refused; texts are read by :mod:`gametheory.protocols.expressions`. Decimal numbers are
exact: 0.1 is 1/10. Nodes become compact while the text is parsed, equal leaves one object. Actions that are not listed under
``actions`` are accepted, as the format's own program does. Subtrees in files of their own are not supported.

Reference: the input format of CheckMate (Rain et al., LPAR 2024), as documented with that program.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn, final

from gametheory.arithmetic import parse_rational
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.protocols.building import protocol_tree
from gametheory.protocols.tree import Branch, Cases, Chance, Leaf, Node, Property, ProtocolTree

__all__ = ["protocol_from_dict", "read_protocol"]

MAX_BYTES = 2**30
MAX_DEPTH = 240
"""Moves: each takes four calls of Python's JSON reader, of 1,000 that the interpreter allows by default."""

_KEYS = (
    "players", "actions", "infinitesimals", "constants",
    "initial_constraints", "property_constraints", "honest_histories", "tree",
)  # fmt: skip
_PROPERTY_KEYS: dict[str, Property] = {
    "weak_immunity": "weak immunity",
    "weaker_immunity": "weaker immunity",
    "collusion_resilience": "collusion resilience",
    "practicality": "practicality",
}


def read_protocol(source: str | os.PathLike[str]) -> ProtocolTree:
    """Read a protocol from a file in CheckMate's JSON format.

    Raises
    ------
    SpecificationError
        The file cannot be read or is malformed; the message names the place.
    UnsupportedError
        The file holds the result of a subtree in place of the subtree.
    """
    path = Path(source)
    try:
        if not path.is_file():
            raise SpecificationError(f"{path.name}: there is no such file; give the path of a protocol in JSON")
        if path.stat().st_size > MAX_BYTES:
            raise SpecificationError(
                f"{path.name}: is longer than {MAX_BYTES // 10**6:,} MB; ask about its subtrees one by one"
            )
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecificationError(f"{path.name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        if isinstance(error, SpecificationError):
            raise
        raise SpecificationError(
            f"{path.name}: {getattr(error, 'strerror', None) or error}; give a readable file"
        ) from None
    del raw
    reader = _Reader()
    try:
        data = json.loads(
            text,
            object_pairs_hook=reader.object,
            parse_constant=_no_constant,
            parse_float=lambda digits: parse_rational(digits, where=path.name),
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise SpecificationError(
            f"{path.name}: line {error.lineno}, column {error.colno}: {error.msg}; correct the JSON"
        ) from None
    except RecursionError:
        raise _too_deep() from None
    del text
    return _protocol(data)


def protocol_from_dict(data: Mapping[str, Any]) -> ProtocolTree:
    """A protocol from parsed JSON data in CheckMate's format; numbers may be integers, fractions or texts.

    Examples
    --------
    >>> tree = protocol_from_dict({
    ...     "players": ["A"], "actions": ["x", "y"], "infinitesimals": [], "constants": ["a"],
    ...     "initial_constraints": ["a > 0"],
    ...     "property_constraints": {
    ...         "weak_immunity": [], "weaker_immunity": [], "collusion_resilience": [], "practicality": []},
    ...     "honest_histories": [["x"]],
    ...     "tree": {"player": "A", "children": [
    ...         {"action": "x", "child": {"utility": [{"player": "A", "value": "2 * a"}]}},
    ...         {"action": "y", "child": {"utility": [{"player": "A", "value": 0}]}}]},
    ... })
    >>> tree
    ProtocolTree(1 players, 3 nodes, 1 constants, 0 infinitesimals, honest: x)
    """
    reader = _Reader()

    def converted(value: Any, depth: int) -> Any:
        if depth > 4 * MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, Mapping):
            return reader.object([(key, converted(entry, depth + 1)) for key, entry in value.items()])
        if isinstance(value, (list, tuple)):
            return [converted(entry, depth + 1) for entry in value]
        return Fraction(value) if isinstance(value, Decimal) and value.is_finite() else value

    try:
        return _protocol(converted(data, 0))
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> SpecificationError:
    return SpecificationError(
        f"tree: is nested too deep to be read; at most {MAX_DEPTH} moves are: build deeper trees by protocol_tree(…)"
    )


def _no_constant(text: str) -> NoReturn:
    raise SpecificationError(f"file: found {text}; only finite numbers are allowed")


def _integer(digits: str) -> int:
    if len(digits) > 4_000:
        raise SpecificationError(f"file: found an integer of {len(digits):,} digits; at most 4,000 are read")
    return int(digits)


@final
class _Action:
    """``{"action": …, "child": node}``, and what stands in its place in the other forms."""

    __slots__ = ("child", "label")

    def __init__(self, label: Any, child: Any) -> None:
        self.label, self.child = label, child


@final
class _Guarded:
    """``{"condition": …, "actions" | "child" | "path": …}``."""

    __slots__ = ("condition", "content", "kind")

    def __init__(self, condition: Any, kind: str, content: Any) -> None:
        self.condition, self.kind, self.content = condition, kind, content


@final
class _Reader:
    """Turns each JSON object into what it stands for, as soon as it is complete."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[tuple[Any, Any], ...], Leaf] = {}
        self._pairs: dict[tuple[Any, Any], tuple[Any, Any]] = {}

    def object(self, pairs: list[tuple[str, Any]]) -> Any:
        entry = dict(pairs)
        if len(entry) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise SpecificationError(f"file: an object has the key {str(twice)[:40]!r} twice; keep one of them")
        names = frozenset(entry)
        if names == {"player", "value"}:
            value = entry["value"]
            if isinstance(value, (list, dict)) or isinstance(entry["player"], (list, dict)):
                raise SpecificationError(
                    f"utility: found {str(entry)[:80]}; write a player's name and a number or a text"
                )
            if isinstance(value, bool) or value is None or isinstance(value, float):
                raise SpecificationError(
                    f"utility of {str(entry['player'])[:40]}: found {value}; write a number or a text"
                )
            pair = (entry["player"], value)
            return self._pairs.setdefault(pair, pair)
        if names == {"action", "child"}:
            return _Action(entry["action"], _node(entry["child"]))
        if names == {"utility"}:
            return self._leaf(entry["utility"])
        if names in ({"player", "children"}, {"player", "actions"}) and isinstance(entry["player"], str):
            return _branch(entry["player"], entry.get("children", entry.get("actions")))
        if names == {"conditions"}:
            return Cases(
                tuple((g.condition, _node(g.content)) for g in _listed(entry["conditions"], _Guarded, "conditions"))
            )
        if names == {"chance"}:
            return Chance(tuple(_listed(entry["chance"], tuple, "chance")))
        if names == {"outcome", "probability", "child"}:
            return entry["outcome"], entry["probability"], _node(entry["child"])
        for kind in ("actions", "child", "path"):
            if names == {"condition", kind}:
                return _Guarded(entry["condition"], kind, entry[kind])
        if "subtree" in names:
            raise UnsupportedError("tree: found a subtree of another file; put the whole tree into one file")
        return entry

    def _leaf(self, utilities: Any) -> Leaf:
        key = tuple(_listed(utilities, tuple, "utility"))
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = Leaf(key)
        return found


def _listed(entries: Any, kind: type, what: str) -> list[Any]:
    if not isinstance(entries, list) or not all(isinstance(entry, kind) for entry in entries):
        raise SpecificationError(
            f"tree: found {str(entries)[:80]} under {what!r}; write a list of its entries, with all their keys"
        )
    return entries


def _node(found: Any) -> Node:
    if not isinstance(found, (Leaf, Branch, Chance, Cases)):
        shown = ", ".join(map(str, found)) if isinstance(found, dict) else str(found)
        raise SpecificationError(
            f"tree: found a node with {shown[:80] or 'nothing'}; a node has the keys player and children, or utility alone"
        )
    return found


def _branch(player: str, entries: Any) -> Node:
    if isinstance(entries, list) and entries and all(isinstance(entry, _Guarded) for entry in entries):
        cases = [(g.condition, _branch(player, g.content)) for g in entries]
        return cases[0][1] if len(cases) == 1 and cases[0][0] == "true" else Cases(tuple(cases))
    return Branch(player, tuple((a.label, a.child) for a in _listed(entries, _Action, "children")))


# -- the whole file ------------------------------------------------------------------------------------------------------


def _protocol(data: Any) -> ProtocolTree:
    if not isinstance(data, dict):
        raise SpecificationError(f"file: found {type(data).__name__}; write an object with the keys {', '.join(_KEYS)}")
    missing = [key for key in _KEYS if key not in data]
    if missing:
        raise SpecificationError(f"file: {missing[0]!r} is missing; an object needs the keys {', '.join(_KEYS)}")
    strange = [key for key in data if key not in _KEYS and key != "honest_utilities"]
    if strange:
        raise SpecificationError(f"file: found the key {strange[0][:40]!r}; the keys are {', '.join(_KEYS)}")
    if data.get("honest_utilities"):
        raise UnsupportedError(
            "honest_utilities: given utilities of honest play belong to subtrees in files of their own; put the whole tree "
            "into one file, with honest_histories"
        )
    names = {
        key: _texts(data[key], key)
        for key in ("players", "actions", "infinitesimals", "constants", "initial_constraints")
    }
    given = data["property_constraints"]
    if not isinstance(given, dict) or any(key not in _PROPERTY_KEYS for key in given):
        raise SpecificationError(
            f"property_constraints: found {str(given)[:80]}; write an object with the keys {', '.join(_PROPERTY_KEYS)}"
        )
    histories = data["honest_histories"]
    if not isinstance(histories, list):
        raise SpecificationError(f"honest_histories: found {str(histories)[:60]}; write a list of histories")
    root = _node(data["tree"])
    _check_depth(root)
    return protocol_tree(
        root,
        players=names["players"],
        constants=names["constants"],
        infinitesimals=names["infinitesimals"],
        constraints=names["initial_constraints"],
        property_constraints={
            _PROPERTY_KEYS[key]: _texts(value, f"property_constraints.{key}") for key, value in given.items()
        },
        honest=[_history(history, f"honest_histories[{k}]") for k, history in enumerate(histories)],
    )


def _texts(values: Any, where: str) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise SpecificationError(f"{where}: found {str(values)[:60]}; write a list of texts")
    return values


def _check_depth(root: Node) -> None:
    level: list[Node] = [root]
    for _ in range(MAX_DEPTH + 1):
        following: list[Node] = []
        for node in level:
            if isinstance(node, Branch):
                following += [child for _, child in node.actions]
            elif isinstance(node, Cases):
                following += [child for _, child in node.cases]
            elif isinstance(node, Chance):
                following += [child for _, _, child in node.outcomes]
        if not following:
            return
        level = following
    raise _too_deep()


def _history(history: Any, where: str) -> Sequence[Any]:
    """A history as :func:`protocol_tree` takes it."""
    if isinstance(history, dict):
        if set(history) != {"action", "children"} or history["action"]:
            raise SpecificationError(f'{where}: found {str(history)[:60]}; write {{"action": "", "children": […]}}')
        return _alternatives(history["children"], where)
    if not isinstance(history, list):
        raise SpecificationError(f"{where}: found {str(history)[:60]}; write a list of actions")
    found: list[Any] = []
    for place, item in enumerate(history):
        if isinstance(item, str):
            found.append(item)
            continue
        if (
            place < len(history) - 1
            or not isinstance(item, list)
            or not all(isinstance(part, _Guarded) and part.kind == "path" for part in item)
        ):
            raise SpecificationError(
                f"{where}[{place}]: found {str(item)[:60]}; write actions, and conditional paths last"
            )
        found.append({part.condition: _history(part.content, f"{where}[{place}]") for part in item})
    return found


def _alternatives(entries: Any, where: str) -> Sequence[Any]:
    if not isinstance(entries, list) or not all(
        isinstance(e, dict) and set(e) == {"action", "children"} for e in entries
    ):
        raise SpecificationError(
            f'{where}: found {str(entries)[:60]}; write a list of {{"action": …, "children": […]}}'
        )
    if not entries:
        return ()
    labels = [entry["action"] for entry in entries]
    if len(set(labels)) < len(labels) or not all(isinstance(label, str) for label in labels):
        raise SpecificationError(f"{where}: found the actions {str(labels)[:60]}; name each once")
    return ({entry["action"]: _alternatives(entry["children"], where) for entry in entries},)
