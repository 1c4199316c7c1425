"""How rules are chosen: environments, mechanisms, optimal design; each part is loaded when it is first used.

======================= ==============================================================================================
``environment``         who knows what, and what can be decided: ``Environment``
``mechanism``           lotteries and payments for every profile of reports: ``Mechanism``
``incentives``          who gains by lying or staying out: ``is_incentive_compatible``, ``incentive_regret``, …
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Environment": "environment",
    "Mechanism": "mechanism",
    "Misreport": "incentives",
    "budget_deficit": "incentives",
    "incentive_regret": "incentives",
    "is_budget_balanced": "incentives",
    "is_incentive_compatible": "incentives",
    "is_individually_rational": "incentives",
    "participation_shortfall": "incentives",
    "report_payoffs": "mechanism",
}

__all__ = [
    "Environment",
    "Mechanism",
    "Misreport",
    "budget_deficit",
    "incentive_regret",
    "is_budget_balanced",
    "is_incentive_compatible",
    "is_individually_rational",
    "participation_shortfall",
    "report_payoffs",
]

if TYPE_CHECKING:
    from gametheory.mechanisms.environment import Environment
    from gametheory.mechanisms.incentives import (
        Misreport,
        budget_deficit,
        incentive_regret,
        is_budget_balanced,
        is_incentive_compatible,
        is_individually_rational,
        participation_shortfall,
    )
    from gametheory.mechanisms.mechanism import Mechanism, report_payoffs


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.mechanisms.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.mechanisms' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
