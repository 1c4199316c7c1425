"""Hiding: traces spread over places that are unequally suspicious, against a searcher who looks into one of them.

The hiding side uses k of n places, the searching side looks into one and gets d_i > 0 if place i is used. Only the
probabilities p_i of use matter, 0 ≤ p_i ≤ 1 with Σ p_i = k; the value of the game is v = min max_i d_i p_i, which solves

    Σ_i min(1, v/d_i) = k      (for k = n it is the largest d_i).

Places with d_i ≤ v are always used and never searched, the others in inverse proportion to their weights by both sides.

Reference for the question (which parts of a cover should carry a hidden message, if the detector thinks too): P. Schöttle
and R. Böhme, "A game-theoretic approach to content-adaptive steganography", Information Hiding (2012). Complexity: sorting.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact_text, read_array
from gametheory.arithmetic.limits import check_count
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["HidingGame", "hiding_game"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@compared_by("weights", "hidden", "exact_value", "used", "searched")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class HidingGame:
    """Where to hide and where to look, exactly.

    Attributes
    ----------
    weights : tuple of Fraction
        What finding something in each place is worth.
    hidden : int
        How many places are used.
    exact_value : Fraction
        What the searching side gets on average.
    used : tuple of Fraction
        The probability with which each place is used; the places of one draw are ``sets``.
    searched : tuple of Fraction
        The probability with which each place is looked into.
    sets : tuple of (places, probability)
        A mixture of sets of places with these probabilities.
    """

    weights: tuple[Fraction, ...]
    hidden: int
    exact_value: Fraction
    used: tuple[Fraction, ...]
    searched: tuple[Fraction, ...]
    sets: tuple[tuple[tuple[int, ...], Fraction], ...]

    def __float__(self) -> float:
        return float(self.exact_value)

    def verify(self) -> Literal[True]:
        """Check that each side's strategy guarantees the value, in rationals.

        Raises
        ------
        CertificateError
            If one does not.
        """
        claim = f"hiding in {self.hidden} of {len(self.weights)} places is worth {exact_text(self.exact_value)} to the searcher"
        marginals = [sum((p for s, p in self.sets if i in s), _ZERO) for i in range(len(self.weights))]
        cheapest = sorted(y * d for y, d in zip(self.searched, self.weights, strict=True))[: self.hidden]
        violation = ""
        if any(len(set(s)) != self.hidden or p < 0 for s, p in self.sets) or tuple(marginals) != self.used:
            violation = "the sets do not make these probabilities"
        elif sum(p for _, p in self.sets) != 1 or sum(self.searched) != 1 or min(self.searched) < 0:
            violation = "a strategy is no distribution"
        elif max(p * d for p, d in zip(self.used, self.weights, strict=True)) > self.exact_value:
            violation = "a place is worth more than the value to the searcher"
        elif sum(cheapest, _ZERO) < self.exact_value:
            violation = "the searcher gets less than the value"
        if violation:
            raise CertificateError(f"{claim}: not established; {violation}", claim=claim, violation=violation)
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "weights": [exact_text(w) for w in self.weights],
            "hidden": self.hidden,
            "value": exact_text(self.exact_value),
            "used": [exact_text(x) for x in self.used],
            "searched": [exact_text(x) for x in self.searched],
            "sets": [[list(s), exact_text(p)] for s, p in self.sets],
        }

    def to_frame(self) -> Any:
        """A pandas table of the places: weight, used, searched."""
        rows = zip(range(len(self.weights)), self.weights, self.used, self.searched, strict=True)
        return data_frame(rows, ["place", "weight", "used", "searched"])

    def __repr__(self) -> str:
        return (
            f"HidingGame(certified: hiding in {self.hidden} of {len(self.weights)} places is worth "
            f"{exact_text(self.exact_value)} to the searcher)"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def hiding_game(weights: Any, *, hidden: int) -> HidingGame:
    """Hide in k of n places from a searcher who looks into one and gets its weight if it is used: a zero-sum game, exactly.

    Parameters
    ----------
    weights : array_like, shape (n,), > 0
    hidden : int, 1 to n

    Returns
    -------
    HidingGame

    Notes
    -----
    The value v solves Σ_i min(1, v/d_i) = k (for k = n it is the largest weight). The simpler v = k/Σ(1/d_i) holds only
    where no place would be used with more than certainty, that is where it is at most min d_i.

    Examples
    --------
    One place is so unsuspicious that it is always used:

    >>> found = hiding_game([1, 10, 10], hidden=2)
    >>> found, [str(x) for x in found.used], found.verify()
    (HidingGame(certified: hiding in 2 of 3 places is worth 5 to the searcher), ['1', '1/2', '1/2'], True)
    """
    _, array = read_array(weights, where="weights")
    values = (array if isinstance(array, RationalArray) else RationalArray.from_floats(array)).fractions()
    if values.ndim != 1 or not len(values) or min(values) <= 0:
        raise SpecificationError("weights: write a number > 0 for each place")
    d, k = values.tolist(), check_count("hidden", hidden)
    if k > len(d):
        raise SpecificationError(f"hidden: found {hidden}; there are {len(d)} places")
    order = sorted(range(len(d)), key=lambda i: d[i])
    full = 0  # the cheapest places, always used
    while full < k and (k - full) > d[order[full]] * sum((1 / d[i] for i in order[full:]), _ZERO):
        full += 1
    rest = order[full:]
    spread = sum((1 / d[i] for i in rest), _ZERO)
    value = max(d) if k == len(d) else (k - full) / spread
    used = [_ONE] * len(d)
    searched = [_ZERO] * len(d)
    if k == len(d):
        searched[order[-1]] = _ONE
    else:
        for i in rest:
            used[i], searched[i] = value / d[i], 1 / d[i] / spread
    return HidingGame(
        weights=tuple(d),
        hidden=k,
        exact_value=value,
        used=tuple(used),
        searched=tuple(searched),
        sets=_systematic(used),
    )


def _systematic(marginals: Sequence[Fraction]) -> tuple[tuple[tuple[int, ...], Fraction], ...]:
    """Sets of fixed size with these marginals, which sum to that size: one draw u ∈ [0, 1), places i whose stretch of the
    line from 0 to the size holds one of u, u + 1, u + 2, …."""
    ends = [_ZERO]
    for p in marginals:
        ends.append(ends[-1] + p)
    cuts = sorted({end - math.floor(end) for end in ends} | {_ZERO, _ONE})
    found = []
    for low, high in itertools.pairwise(cuts):
        middle = (low + high) / 2
        chosen = tuple(
            i for i in range(len(marginals)) if math.ceil(ends[i] - middle) < math.ceil(ends[i + 1] - middle)
        )
        found.append((chosen, high - low))
    return tuple(found)
