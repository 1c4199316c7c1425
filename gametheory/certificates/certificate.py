"""What every certificate can do.

A certificate is a claim together with the evidence for it, in integers and fractions. ``verify()`` re-checks the evidence
without any solver and returns ``True``, or raises :class:`~gametheory.errors.CertificateError` that says where it breaks.
``to_dict()`` is plain JSON data with rationals as ``"p/q"``; :func:`gametheory.certificates.read_certificate` reads it
back in another process.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

from gametheory.games.normal_form import NormalFormGame

__all__ = ["Certificate"]


@runtime_checkable
class Certificate(Protocol):
    """A claim with evidence that a stranger can re-check."""

    @property
    def claim(self) -> str:
        """The claim, one sentence in words."""
        ...

    @property
    def game_digest(self) -> str:
        """:meth:`NormalFormGame.digest` of the game that the claim is about; empty where it is about no game."""
        ...

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Re-check the evidence exactly; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            If the evidence does not establish the claim, or the game is another one.
        """
        ...

    def to_dict(self) -> dict[str, Any]:
        """Self-contained JSON data: ``"kind"``, the claim's parts and the evidence."""
        ...
