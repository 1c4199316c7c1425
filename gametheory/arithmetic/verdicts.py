"""The answer to a yes/no question about stability, and what a tolerance means in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic.reading import Arithmetic
from gametheory.arithmetic.scalars import exact, exact_text
from gametheory.errors import SpecificationError, UndecidedError

__all__ = ["DEFAULT_TOLERANCE", "Verdict", "judge"]

DEFAULT_TOLERANCE = Fraction(1, 10**9)
"""Below this share of a player's payoff span, a gain in a game of floats is not told from rounding."""


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a yes/no question about stability, with the gain that decides it.

    Attributes
    ----------
    status : "yes", "no" or "within tolerance"
        ``bool()`` of the last raises :class:`~gametheory.errors.UndecidedError`: in a game of floats a gain that small
        may be rounding.
    gain : Fraction
        The largest gain of any deviation that was asked about, in payoff units, evaluated exactly.
    witness : object
        The deviation that gains most, or ``None`` when none gains.
    question : str
        What was asked, in words.
    doubt : str
        Why a verdict "within tolerance" is neither, and what to do; by default in words about deviations that gain.
    """

    status: Literal["yes", "no", "within tolerance"]
    gain: Fraction
    witness: Any = None
    question: str = ""
    doubt: str = ""

    def __bool__(self) -> bool:
        if self.status == "within tolerance":
            asked = self.question or "the verdict"
            raise UndecidedError(
                f"{asked}: {self.doubt}"
                if self.doubt
                else f"{asked}: a deviation gains {float(self.gain):.3g}, which in a game of floats "
                "may be rounding; pass tol= (a share of the payoff span, such as 1e-9), or use game.exact() with an "
                "exact profile"
            )
        return self.status == "yes"

    def __repr__(self) -> str:
        witness = "" if self.witness is None else f", witness={self.witness!r}"
        gain = exact_text(self.gain)
        if 40 < len(gain) < 400:  # bounds of irrational numbers have many digits, all of which the attribute holds
            gain = f"about {float(self.gain):.6g}"
        return f"Verdict({self.status}, gain={gain}{witness})"


def judge(
    gains: Sequence[Fraction],
    spans: Sequence[Fraction],
    *,
    tol: float | Fraction | None,
    arithmetic: Arithmetic,
    witness: Callable[[int], Any] | None = None,
    question: str = "",
) -> Verdict:
    """Decide whether no deviation gains, from exact gains and the payoff span of whoever gains.

    ``tol=None`` asks for no gain at all; in a game of floats a gain within :data:`DEFAULT_TOLERANCE` of the span is then
    "within tolerance". With ``tol`` the question is gain ≤ tol · span. ``witness(k)`` names the deviation with gain ``k``.
    """
    limit = None if tol is None else exact(tol, where="tol")
    if limit is not None and limit < 0:
        raise SpecificationError(f"tol: found {tol}; write a number ≥ 0, a share of the payoff span")
    shares = [gain / span if span else gain for gain, span in zip(gains, spans, strict=True)]
    worst = max(range(len(shares)), key=lambda k: shares[k]) if shares else None
    if worst is None:
        return Verdict("yes", Fraction(0), None, question)
    gain, share = gains[worst], shares[worst]
    found = witness(worst) if witness is not None and gain > 0 else None
    status: Literal["yes", "no", "within tolerance"]
    if limit is not None:
        status = "yes" if share <= limit else "no"
    elif gain <= 0:
        status = "yes"
    else:
        status = "within tolerance" if arithmetic == "float" and share <= DEFAULT_TOLERANCE else "no"
    return Verdict(status, gain, found, question)
