"""The best menu for a quadratic surplus in closed form: adjacent types that violate the order are pooled.

    maximise   Σ_j w_j (a q_j − b q_j²/2) − L_j q_j   subject to   q̄ ≥ q_1 ≥ … ≥ q_n ≥ 0,       w, L ≥ 0, b > 0

Without the order the best q_j is (a − L_j/w_j)/b. Blocks of neighbours in the wrong order are merged and take the block's own
best quantity; bounds are applied last. With L_j linear in a parameter k the quantities are linear in k between breakpoints,
which are found exactly: all numbers are carried as pairs (value, derivative), compared lexicographically.

References: R. E. Barlow et al., *Statistical Inference under Order Restrictions* (1972), section 1.2 (pool adjacent
violators); R. Myerson 1981, "Optimal auction design", section 6 (ironing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

__all__ = ["Menu", "best_menu"]

Pair = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True)
class Menu:
    """Quantities that fall from type to type, their derivatives to the right, and how far both hold."""

    quantities: tuple[Fraction, ...]
    slopes: tuple[Fraction, ...]
    step: Fraction | None


def best_menu(
    weights: Sequence[Fraction],
    losses: Sequence[Pair],
    *,
    linear: Fraction,
    curvature: Fraction,
    capacity: Fraction | None,
) -> Menu:
    """The best quantities where type j has the weight w_j and loses L_j + L'_j ε per unit.

    Returns
    -------
    Menu
        ``step``: the largest ε up to which the quantities are linear; ``None``: for ever.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> menu = best_menu([half, half], [(Fraction(1, 10), Fraction(0)), (Fraction(6, 25), Fraction(3, 50))],
    ...                  linear=Fraction(1), curvature=Fraction(1), capacity=None)
    >>> [str(q) for q in menu.quantities], [str(q) for q in menu.slopes]
    (['4/5', '13/25'], ['0', '-3/25'])
    """

    def first_order(block: Sequence[int]) -> tuple[Fraction, Pair]:
        """Weight of a block, and what a further unit for all of it gains at quantity 0."""
        weight = sum((weights[j] for j in block), Fraction(0))
        value = linear * weight - sum((losses[j][0] for j in block), Fraction(0))
        return weight, (value, -sum((losses[j][1] for j in block), Fraction(0)))

    def best(block: Sequence[int]) -> Pair | None:
        """``None`` is −∞: a block without weight is only a loss to those before it."""
        weight, (value, slope) = first_order(block)
        return (value / (curvature * weight), slope / (curvature * weight)) if weight else None

    blocks: list[list[int]] = []
    for j in range(len(weights)):
        blocks.append([j])
        while len(blocks) > 1 and _less(best(blocks[-2]), best(blocks[-1])):
            last = blocks.pop()
            blocks[-1] += last
    limits: list[Pair] = []  # pairs that are ≤ 0 now, and must stay so
    quantities: list[Fraction] = []
    slopes: list[Fraction] = []
    before: Pair | None = None
    for block in blocks:
        own = best(block)
        if before is not None and own is not None:
            limits.append((own[0] - before[0], own[1] - before[1]))
        before = own
        top = None if capacity is None else (capacity, Fraction(0))
        if own is None or own <= (Fraction(0), Fraction(0)):
            chosen: Pair = (Fraction(0), Fraction(0))
            if own is not None:
                limits.append(own)
        elif top is not None and own >= top:
            chosen = top
            limits.append((top[0] - own[0], -own[1]))
        else:
            chosen = own
            limits.append((-own[0], -own[1]))
            if top is not None:
                limits.append((own[0] - top[0], own[1]))
        if own is not None:
            for size in range(1, len(block)):  # to give the first of a block more than the rest must not pay
                weight, (value, slope) = first_order(block[:size])
                limits.append((value - curvature * weight * own[0], slope - curvature * weight * own[1]))
        quantities += [chosen[0]] * len(block)
        slopes += [chosen[1]] * len(block)
    steps = [-value / slope for value, slope in limits if slope > 0]
    return Menu(tuple(quantities), tuple(slopes), min(steps, default=None))


def _less(one: Pair | None, other: Pair | None) -> bool:
    if other is None:
        return False
    return one is None or one < other
