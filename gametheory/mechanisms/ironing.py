"""Virtual values on finitely many types: what selling to a type adds to revenue.

A bidder's value is v_1 < … < v_T with probabilities f_k > 0 and F_k = f_1 + … + f_k. With R_k = v_k (1 − F_{k−1}), the revenue
of the price v_k, and R_{T+1} = 0, the **virtual value** is

    φ_k  =  v_k − (v_{k+1} − v_k)(1 − F_k) / f_k  =  (R_k − R_{k+1}) / f_k.

Where φ falls somewhere, a rule that sold by it would not be incentive compatible; **ironing** replaces R, as a function of
the quantity 1 − F_{k−1} sold, by its least concave majorant, and φ by that one's slopes, which rise with the value. The
revenue of the best auction of any kind is the expected ironed virtual surplus (Myerson 1981).

References: R. Myerson 1981, "Optimal auction design", Mathematics of Operations Research 6, section 6; E. Elkind 2007,
"Designing and learning optimal finite support auctions", SODA. Complexity: linear in the number of types.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from gametheory.arithmetic import exact
from gametheory.arithmetic.reading import check_flag
from gametheory.errors import SpecificationError
from gametheory.games.profiles import read_distribution

__all__ = ["read_values", "reserve_price", "virtual_values"]

Vector = tuple[Fraction, ...]


def virtual_values(values: Sequence[Any], probabilities: Sequence[Any], *, ironed: bool = True) -> Vector:
    """The virtual value of each type, exactly.

    Parameters
    ----------
    values : sequence of T rising numbers
    probabilities : sequence of T numbers > 0 that sum to 1
    ironed : bool
        Whether falling parts are ironed, so that the answer rises (weakly) with the value.

    Returns
    -------
    tuple of T Fractions

    Raises
    ------
    SpecificationError
        Values that do not rise, or probabilities that are not positive or do not sum to 1.

    Examples
    --------
    Uniform on {1/m, …, 1} gives (2k − m)/m:

    >>> [str(x) for x in virtual_values(["1/3", "2/3", 1], ["1/3"] * 3)]
    ['-1/3', '1/3', '1']

    A type in the middle that is rare is pooled with the one below:

    >>> [str(x) for x in virtual_values([2, 3, 10], ["2/5", "1/10", "1/2"], ironed=False)]
    ['1/2', '-32', '10']
    >>> [str(x) for x in virtual_values([2, 3, 10], ["2/5", "1/10", "1/2"])]
    ['-6', '-6', '10']
    """
    check_flag("ironed", ironed)
    worth, weights = read_values(values, probabilities, where="")
    demand, revenue = [Fraction(0)], [Fraction(0)]  # of the prices from the highest down
    for value, weight in zip(reversed(worth), reversed(weights), strict=True):
        demand.append(demand[-1] + weight)
        revenue.append(value * demand[-1])
    corners = [0]
    for k in range(1, len(demand)):
        while (
            ironed
            and len(corners) > 1
            and (revenue[corners[-1]] - revenue[corners[-2]]) * (demand[k] - demand[corners[-1]])
            <= (revenue[k] - revenue[corners[-1]]) * (demand[corners[-1]] - demand[corners[-2]])
        ):
            corners.pop()
        corners.append(k)
    slopes = []
    for a, b in pairwise(corners):
        slopes += [(revenue[b] - revenue[a]) / (demand[b] - demand[a])] * (b - a)
    return tuple(reversed(slopes))


def reserve_price(values: Sequence[Any], probabilities: Sequence[Any], *, seller_value: Any = 0) -> Fraction:
    """The least value whose ironed virtual value is no less than what the item is worth to the seller.

    It maximises the expected gain from selling to this bidder alone at a posted price (the lowest such price).

    Parameters
    ----------
    values, probabilities
        As in :func:`virtual_values`.
    seller_value : number

    Returns
    -------
    Fraction
        One of ``values``.

    Raises
    ------
    SpecificationError
        The item is worth more to the seller than to any type: there is nothing to sell.

    Examples
    --------
    >>> [str(reserve_price([f"{k}/{m}" for k in range(1, m + 1)], [f"1/{m}"] * m)) for m in (2, 3, 5, 10)]
    ['1/2', '2/3', '3/5', '1/2']
    """
    worth, _ = read_values(values, probabilities, where="")
    least = exact(seller_value, where="seller_value")
    for value, virtual in zip(worth, virtual_values(values, probabilities), strict=True):
        if virtual >= least:
            return value
    raise SpecificationError(
        f"seller_value: found {least}, more than the highest value {worth[-1]}; no price sells at a gain, do not sell"
    )


def read_values(values: Any, probabilities: Any, *, where: str) -> tuple[Vector, Vector]:
    """Rising values and positive probabilities of one bidder's types, as fractions."""
    if isinstance(values, str) or not hasattr(values, "__len__") or len(values) == 0:
        raise SpecificationError(f"values{where}: found {values!r}; write one or more rising numbers")
    worth = tuple(exact(x, where=f"values{where}[{k}]") for k, x in enumerate(values))
    for k in range(1, len(worth)):
        if worth[k] <= worth[k - 1]:
            raise SpecificationError(
                f"values{where}[{k}]: found {worth[k]} after {worth[k - 1]}; write rising values, each once"
            )
    read = read_distribution(probabilities, (len(worth),), f"probabilities{where}", "probability of each value")
    given = [exact(p, where=f"probabilities{where}") for p in read]
    total = sum(given, Fraction(0))
    weights = tuple(p / total for p in given)
    if min(weights) <= 0:
        raise SpecificationError(
            f"probabilities{where}[{weights.index(min(weights))}]: found 0; leave out values that do not occur"
        )
    return worth, weights
