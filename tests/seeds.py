"""Seeds of random cases: the first few by default, the rest among the slow tests."""

from __future__ import annotations

from typing import Any

import pytest


def seeds(default: int, *, slow: int) -> list[Any]:
    """0, 1, …, of which those from ``default`` up to ``slow`` run among the slow tests only."""
    return [*range(default), *(pytest.param(k, marks=pytest.mark.slow) for k in range(default, slow))]
