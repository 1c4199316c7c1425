"""What every proof needs: its claims with their stored certificates, and one test id for each obligation.

    @proves(GRIM)
    def prove_grim_trigger_threshold(obligation):
        '''Theorem: … Assumptions: … Reference: … Not shown: …'''
        obligation.check()

:func:`all_claims` finds the claims of every ``prove_*.py``; ``python proofs/write_index.py`` writes their certificates, the
index and README's section.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gametheory.symbolic import Claim

HERE = Path(__file__).parent
CERTIFICATES = HERE / "certificates"


def stored(claim: Claim) -> Claim:
    """The claim, with the folder of its certificates."""
    return dataclasses.replace(claim, certificates=CERTIFICATES)


def proves(*claims: Claim) -> Any:
    """Parametrise a test by the obligations of the claims, named after claim and obligation."""
    found = [obligation for claim in claims for obligation in stored(claim).obligations()]
    names = [f"{obligation.claim}: {obligation}" for obligation in found]
    return pytest.mark.parametrize("obligation", found, ids=names)


def all_claims() -> dict[str, list[Claim]]:
    """All claims by chapter, in the order in which the files define them.

    Raises
    ------
    ValueError
        If two claims have the same id.
    """
    found: dict[str, list[Claim]] = {}
    seen: dict[str, Claim] = {}
    for path in sorted(HERE.glob("*/prove_*.py")):
        for claim in _claims_in(vars(_module(path)).values()):
            known = seen.setdefault(claim.id, claim)
            if known is claim:
                found.setdefault(path.parent.name, [])
                if claim not in found[path.parent.name]:
                    found[path.parent.name].append(claim)
            else:
                raise ValueError(f"{path.name}: the id {claim.id} is taken by another claim; ids are unique")
    return found


def _module(path: Path) -> Any:
    name = f"proof_{path.parent.name}_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def _claims_in(values: Any) -> Iterator[Claim]:
    for value in values:
        if isinstance(value, Claim):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _claims_in(value)
        elif isinstance(value, dict):
            yield from _claims_in(value.values())
