"""How rules are chosen: environments, mechanisms, optimal design; each part is loaded when it is first used.

======================= ==============================================================================================
``environment``         who knows what, and what can be decided: ``Environment``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Environment": "environment",
}

__all__ = [
    "Environment",
]

if TYPE_CHECKING:
    from gametheory.mechanisms.environment import Environment


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.mechanisms.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.mechanisms' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
