"""Closed forms and machine proof: claims about games for all parameter values.

sympy and z3 are loaded when a name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gametheory.symbolic.algebra import indifference, reals
    from gametheory.symbolic.claim_reports import ClaimReport
    from gametheory.symbolic.claims import Claim, Induction, Lemma, Obligation, Twin
    from gametheory.symbolic.elimination import Derivation, derived_condition
    from gametheory.symbolic.identities import check_certificate, find_certificate
    from gametheory.symbolic.parameter_regions import ParameterRegion
    from gametheory.symbolic.provers import installed_provers, missing_provers
    from gametheory.symbolic.sampling import slack_sampler
    from gametheory.symbolic.smt import Decision, find_model, prove
    from gametheory.symbolic.statements import Exists, Forall, evaluate

_HOMES = {
    "algebra": ("indifference", "reals"),
    "claim_reports": ("ClaimReport",),
    "claims": ("Claim", "Induction", "Lemma", "Obligation", "Twin"),
    "elimination": ("Derivation", "derived_condition"),
    "identities": ("check_certificate", "find_certificate"),
    "parameter_regions": ("ParameterRegion",),
    "provers": ("installed_provers", "missing_provers"),
    "sampling": ("slack_sampler",),
    "smt": ("Decision", "find_model", "prove"),
    "statements": ("Exists", "Forall", "evaluate"),
}

__all__ = [
    "Claim",
    "ClaimReport",
    "Decision",
    "Derivation",
    "Exists",
    "Forall",
    "Induction",
    "Lemma",
    "Obligation",
    "ParameterRegion",
    "Twin",
    "check_certificate",
    "derived_condition",
    "evaluate",
    "find_certificate",
    "find_model",
    "indifference",
    "installed_provers",
    "missing_provers",
    "prove",
    "reals",
    "slack_sampler",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"gametheory.symbolic.{home}"), name)
    raise AttributeError(f"module 'gametheory.symbolic' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
