"""How the chapter's results write numbers and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.encoding import brief

__all__ = ["mix_text", "number_text", "plain_number", "plain_profile", "sum_text"]


def number_text(value: Fraction | float) -> str:
    """A rational exactly where that is short, a float to six digits."""
    return brief(value) if isinstance(value, Fraction) else f"{float(value):.6g}"


def sum_text(terms: Sequence[tuple[Any, str]]) -> str:
    """A mixture of named parts: ``"1/3 Rock + 2/3 Paper"``; a part that is certain stands alone."""
    shown = [label if p == 1 else f"{number_text(p)} {label}" for p, label in terms[:6]]
    if len(terms) > 6:
        shown.append(f"… ({len(terms)} in all)")
    return " + ".join(shown)


def mix_text(probabilities: Iterable[Any], labels: Sequence[str]) -> str:
    """A mixed strategy in labels: ``"1/3 Rock + 2/3 Paper"``."""
    return sum_text([(p, label) for p, label in zip(probabilities, labels, strict=True) if p != 0])


def plain_number(value: Any) -> Any:
    """A number as JSON data: a float as it is, a rational as ``"p/q"``."""
    if isinstance(value, (float, np.floating)):
        return float(value)
    return exact_text(exact(value)) if isinstance(value, (int, Fraction, np.integer)) else str(value)


def plain_profile(profile: Any) -> Any:
    """A pure, mixed or correlated profile as JSON data."""
    if isinstance(profile, np.ndarray):
        return [plain_profile(x) for x in profile] if profile.ndim > 1 else [plain_number(x) for x in profile]
    return [plain_profile(x) if isinstance(x, np.ndarray) else int(x) for x in profile]
