"""Names of players, actions, types and signals, and how a person refers to them.

A label is a string; the labels of one list differ from each other. Wherever a person names an action, a player, a
type or a signal, both the label and the index from 0 are accepted; a string is always a label, an integer always an
index, so that there is nothing to guess when labels are digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gametheory.errors import SpecificationError

__all__ = [
    "Labels",
    "action_counts",
    "action_index",
    "checked_label",
    "distinct_labels",
    "player_labels",
    "read_labels",
    "told_apart",
]

Labels = Sequence[str]


def action_index(action: Any, labels: Sequence[str], where: str, *, what: str = "action") -> int:
    """Index of an action (or a player, or a type: ``what``) given by index or label among ``labels``."""
    if isinstance(action, str):
        if action in labels:
            return labels.index(action)
        raise SpecificationError(f"{where}: found {action!r}; the {what}s are {_listed(labels)}")
    if isinstance(action, (bool, np.bool_)) or not isinstance(action, (int, np.integer)):
        raise SpecificationError(f"{where}: found {action!r}; write an index or a name")
    if not 0 <= action < len(labels):
        raise SpecificationError(f"{where}: found {action}; indices run from 0 to {len(labels) - 1}")
    return int(action)


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(map(repr, labels[:12]))
    return shown if len(labels) <= 12 else f"{shown}, … ({len(labels)} in all)"


def action_counts(num_actions: Any) -> tuple[int, ...]:
    """Numbers of actions as a tuple of positive integers."""
    sizes = tuple(num_actions) if hasattr(num_actions, "__len__") and not isinstance(num_actions, str) else ()
    if not sizes or any(isinstance(m, bool) or not isinstance(m, (int, np.integer)) or m < 1 for m in sizes):
        raise SpecificationError(f"num_actions: found {num_actions!r}; write a positive whole number for each player")
    return tuple(int(m) for m in sizes)


def checked_label(label: Any, where: str) -> str:
    """A label, refused unless it is a string."""
    if not isinstance(label, str):
        raise SpecificationError(f"{where}: found {label!r} of type {type(label).__name__}; write a string")
    return label


def player_labels(players: Labels | None, count: int) -> tuple[str, ...]:
    """Names of ``count`` players, by default "Player 1", …."""
    if players is None:
        return tuple(f"Player {i + 1}" for i in range(count))
    if isinstance(players, str) or not hasattr(players, "__len__") or len(players) != count:
        raise SpecificationError(f"players: found {players!r}; write {count} names, one for each player")
    return distinct_labels(players, "players")


def read_labels(labels: Sequence[Labels] | None, counts: Sequence[int], where: str) -> tuple[tuple[str, ...], ...]:
    """Names of every player's actions (or types), by default "1", "2", …."""
    if labels is None:
        return tuple(tuple(str(k + 1) for k in range(m)) for m in counts)
    if isinstance(labels, str) or not hasattr(labels, "__len__") or len(labels) != len(counts):
        raise SpecificationError(f"{where}: found {labels!r}; write {len(counts)} lists of names, one for each player")
    result = []
    for i, (names, m) in enumerate(zip(labels, counts, strict=True)):
        if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != m:
            raise SpecificationError(f"{where}[{i}]: found {names!r}; write {m} names, as many as the payoffs have")
        result.append(distinct_labels(names, f"{where}[{i}]"))
    return tuple(result)


def distinct_labels(labels: Labels, where: str) -> tuple[str, ...]:
    """Labels as a tuple of different strings."""
    names = tuple(checked_label(label, f"{where}[{k}]") for k, label in enumerate(labels))
    seen: set[str] = set()
    for k, name in enumerate(names):
        if name in seen:
            raise SpecificationError(f"{where}[{k}]: found {name!r} twice; names must differ")
        seen.add(name)
    return names


def told_apart(names: list[str]) -> list[str]:
    """Made names, numbered if two coincide because the labels that they are made of hold the separators."""
    return names if len(set(names)) == len(names) else [f"{k + 1}. {name}" for k, name in enumerate(names)]
