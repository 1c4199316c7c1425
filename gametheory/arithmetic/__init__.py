"""Float, rational and symbolic scalars, and what a tolerance means.

The scalar type of the data decides the arithmetic:

* ``"exact"``: integers, :class:`fractions.Fraction`, :class:`decimal.Decimal` and strings such as ``"1/3"`` or ``"0.1"``
  (which means 1/10). Stored as integer numerators over one denominator, in machine integers while they fit.
* ``"float"``: a float anywhere. A float is a rational number, :func:`exact` gives it without loss, so that results on
  float data too can be certified. A fraction or a string beside a float is refused: which one is exact?
* ``"symbolic"``: an expression with free symbols anywhere (sympy's, recognised without importing sympy).

**Tolerance** means one thing: the largest admissible gain from deviation divided by that player's payoff span.
"""

from gametheory.arithmetic.rational_array import RationalArray
from gametheory.arithmetic.reading import Arithmetic, read_array
from gametheory.arithmetic.scalars import (
    MAX_DIGITS,
    MAX_HEXADECIMAL,
    exact,
    exact_text,
    exact_vector,
    integer_text,
    parse_rational,
)
from gametheory.arithmetic.verdicts import DEFAULT_TOLERANCE, Verdict, judge

__all__ = [
    "DEFAULT_TOLERANCE",
    "MAX_DIGITS",
    "MAX_HEXADECIMAL",
    "Arithmetic",
    "RationalArray",
    "Verdict",
    "exact",
    "exact_text",
    "exact_vector",
    "integer_text",
    "judge",
    "parse_rational",
    "read_array",
]
