"""The one door to numerical optimisation; each part is loaded when it is first used.

==============================  ==================================================================================
``linear``                      linear and mixed-integer programmes in floats: ``solve_linear``, ``solve_milp``,
                                ``LinearModel``
``exact``                       the same in rationals with certificates: ``solve_exact``
==============================  ==================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Basis": "linear",
    "ExactSolution": "exact",
    "LinearModel": "linear",
    "LinearSolution": "linear",
    "MixedIntegerSolution": "linear",
    "solve_exact": "exact",
    "solve_linear": "linear",
    "solve_milp": "linear",
}

__all__ = [
    "Basis",
    "ExactSolution",
    "LinearModel",
    "LinearSolution",
    "MixedIntegerSolution",
    "solve_exact",
    "solve_linear",
    "solve_milp",
]

if TYPE_CHECKING:
    from gametheory.optimize.exact import ExactSolution, solve_exact
    from gametheory.optimize.linear import (
        Basis,
        LinearModel,
        LinearSolution,
        MixedIntegerSolution,
        solve_linear,
        solve_milp,
    )


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.optimize.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.optimize' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
