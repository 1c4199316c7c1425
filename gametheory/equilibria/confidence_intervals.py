"""Confidence intervals for what a simulation counts.

Of m independent runs k succeed. The interval of C. J. Clopper and E. S. Pearson for the probability of success runs from the
p at which k successes or more have probability (1 − confidence)/2 to the p at which k or fewer have it: quantiles of the beta
distributions B(k, m − k + 1) and B(k + 1, m − k). It holds the probability with at least the confidence stated for every m.

Reference: C. J. Clopper and E. S. Pearson (1934), *The use of confidence or fiducial limits illustrated in the case of the
binomial*, Biometrika 26.
"""

from __future__ import annotations

from typing import Any

from gametheory.errors import SpecificationError

__all__ = ["check_confidence", "proportion_interval"]


def check_confidence(confidence: Any) -> None:
    """Raise ``SpecificationError`` unless it is a number between 0 and 1."""
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise SpecificationError(f"confidence: found {confidence!r}; write a number between 0 and 1, such as 0.95")


def proportion_interval(successes: int, total: int, confidence: float) -> tuple[float, float]:
    """The interval for a probability after so many successes in ``total`` runs (Clopper and Pearson 1934).

    Examples
    --------
    >>> [round(end, 4) for end in proportion_interval(10, 10, 0.95)]  # the low end is 0.025^(1/10)
    [0.6915, 1.0]
    """
    check_confidence(confidence)
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, total - successes + 1, tail))
    high = 1.0 if successes == total else float(betaincinv(successes + 1, total - successes, 1 - tail))
    return low, high
