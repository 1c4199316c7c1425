"""Which coalitions complete a recipe, by looking at every subset; nothing of the library is used."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Slots = Sequence[Sequence[frozenset[int]]]


def connected(members: frozenset[int], links: Any) -> bool:
    """Whether members can reach each other through links among themselves; ``None``: always."""
    if links is None:
        return bool(members)
    if not members:
        return False
    reached = {min(members)}
    for _ in members:
        for a, b in links:
            if a in members and b in members and (a in reached) != (b in reached):
                reached |= {a, b}
    return reached == members


def completing(count: int, recipes: Slots, links: Any) -> list[frozenset[int]]:
    """All coalitions that complete one of the recipes."""
    found = []
    for size in range(1, count + 1):
        for chosen in itertools.combinations(range(count), size):
            members = frozenset(chosen)
            if connected(members, links) and any(all(slot & members for slot in slots) for slots in recipes):
                found.append(members)
    return found


def minimal(count: int, recipes: Slots, links: Any) -> set[frozenset[int]]:
    """Those of which no proper subset is one."""
    every = completing(count, recipes, links)
    return {s for s in every if not any(other < s for other in every)}


def cheapest(count: int, recipes: Slots, links: Any, costs: Sequence[Fraction]) -> Fraction | None:
    """The least cost of a coalition that completes one."""
    every = completing(count, recipes, links)
    return min((sum((costs[i] for i in s), Fraction(0)) for s in every), default=None)
