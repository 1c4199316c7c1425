"""What can go wrong, named by meaning.

Every error that this package raises on purpose is a :class:`GameTheoryError`; its message names the place, what was
found, what is allowed, and ends with what to do next. Errors that carry evidence keep it as attributes.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CertificateError",
    "GameTheoryError",
    "GameTheoryWarning",
    "InfeasibleError",
    "SolverError",
    "SpecificationError",
    "UnboundedError",
    "UndecidedError",
    "UnsupportedError",
]


class GameTheoryError(Exception):
    """Base of every error raised by this package."""


class SpecificationError(GameTheoryError, ValueError):
    """The input is malformed: the message says which entry, what was found and what is allowed."""


class UnsupportedError(GameTheoryError, NotImplementedError):
    """The question is right but this algorithm does not answer it; the message names one that does, if any."""


class InfeasibleError(GameTheoryError):
    """No object with the demanded properties exists; ``certificate`` proves it (a Farkas certificate for LPs)."""

    def __init__(self, message: str, *, certificate: Any = None) -> None:
        super().__init__(message)
        self.certificate = certificate


class UnboundedError(GameTheoryError):
    """The objective has no bound; ``ray`` is a direction along which it improves for ever."""

    def __init__(self, message: str, *, ray: Any = None) -> None:
        super().__init__(message)
        self.ray = ray


class SolverError(GameTheoryError, RuntimeError):
    """A solver failed or stopped early: ``status`` and ``solver`` say how, ``best`` is the best found so far."""

    def __init__(self, message: str, *, status: str = "", solver: str = "", best: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.solver = solver
        self.best = best


class CertificateError(GameTheoryError):
    """The evidence does not establish the claim; ``violation`` says where it breaks."""

    def __init__(self, message: str, *, claim: str = "", violation: str = "") -> None:
        super().__init__(message)
        self.claim = claim
        self.violation = violation


class UndecidedError(GameTheoryError):
    """A yes or no was asked of a verdict that is within tolerance: pass ``tol=`` to say what counts as a gain."""


class GameTheoryWarning(UserWarning):
    """Base of every warning issued by this package."""
