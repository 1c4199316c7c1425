"""Protocols as game trees with symbolic utilities: secure for all values that the constraints allow, or attacked.

Each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gametheory.protocols.answers import Attack, Deviation, ProtocolAnswer, ProtocolReport, Strategy
    from gametheory.protocols.building import protocol_tree
    from gametheory.protocols.reading import protocol_from_dict, read_protocol
    from gametheory.protocols.security import (
        collusion_resilience,
        practicality,
        verify_protocol,
        weak_immunity,
        weaker_immunity,
    )
    from gametheory.protocols.tree import ProtocolTree, branch, cases, chance, leaf

_HOMES = {
    "answers": ("Attack", "Deviation", "ProtocolAnswer", "ProtocolReport", "Strategy"),
    "building": ("protocol_tree",),
    "reading": ("protocol_from_dict", "read_protocol"),
    "security": ("collusion_resilience", "practicality", "verify_protocol", "weak_immunity", "weaker_immunity"),
    "tree": ("ProtocolTree", "branch", "cases", "chance", "leaf"),
}

__all__ = [
    "Attack",
    "Deviation",
    "ProtocolAnswer",
    "ProtocolReport",
    "ProtocolTree",
    "Strategy",
    "branch",
    "cases",
    "chance",
    "collusion_resilience",
    "leaf",
    "practicality",
    "protocol_from_dict",
    "protocol_tree",
    "read_protocol",
    "verify_protocol",
    "weak_immunity",
    "weaker_immunity",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"gametheory.protocols.{home}"), name)
    raise AttributeError(f"module 'gametheory.protocols' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
