"""Real symbols, and thresholds by indifference.

:func:`reals` makes symbols that denote real numbers and carry no other assumption. :func:`indifference` gives the value
of one variable at which two payoffs agree: the threshold of a claim "if and only if".
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from gametheory.errors import UnsupportedError
from gametheory.symbolic.statements import checked, checked_symbol

__all__ = ["indifference", "reals"]


def reals(names: str) -> tuple[Any, ...]:
    """Real symbols with the given names, separated by blanks.

    Raises
    ------
    SpecificationError
        If a name is not made of letters, digits and underscores.

    Examples
    --------
    >>> reals("d c p")
    (d, c, p)
    """
    return tuple(checked_symbol(sp.Symbol(name, real=True)) for name in names.split())


def indifference(left: Any, right: Any, variable: Any) -> Any:
    """The value of ``variable`` at which two payoffs are equal, their difference being linear over common denominators.

    Raises
    ------
    UnsupportedError
        If the difference does not depend on the variable, or not linearly.

    Examples
    --------
    The patience at which cooperating forever is worth one defection and punishment forever after.

    >>> d, c, p, delta = reals("d c p delta")
    >>> indifference(c / (1 - delta), d + delta * p / (1 - delta), delta)
    (c - d)/(-d + p)
    """
    checked(left), checked(right)
    numerator, _ = sp.fraction(sp.cancel(sp.together(left - right)))
    polynomial = sp.Poly(numerator, variable)
    if polynomial.degree() != 1:
        raise UnsupportedError(
            f"left − right has degree {polynomial.degree()} in {variable} after clearing denominators; a single "
            "indifference point is found for degree 1: solve it by sympy.solve and choose the root"
        )
    slope, constant = polynomial.all_coeffs()
    return sp.factor(-constant / slope)
