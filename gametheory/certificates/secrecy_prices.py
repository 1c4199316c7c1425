"""Prices of secrecy and what they prove: scores of plays, and the cells on which a price holds; see :mod:`.secrecy`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.common_information import Cell, Corner, entropy, halves
from gametheory.certificates.elementary import exponential_bracket, logarithm_bracket
from gametheory.certificates.secrecy_stages import Plays
from gametheory.certificates.team_bounds import Split
from gametheory.errors import SpecificationError

__all__ = ["Price", "inner", "is_bound", "priced_actions", "subdivision"]

Vector = tuple[Fraction, ...]

_LEAST_EXPONENT = Fraction(-200)


@final
@dataclass(frozen=True, slots=True)
class Price:
    """A price of secrecy per nat, the adversary's mix, a vector for each channel's signals, and what no play exceeds.

    Attributes
    ----------
    per_nat : Fraction, ≥ 0
        μ.
    mix : tuple of Fraction
        y.
    signals : tuple of tuples of Fraction
        π_j.
    score : Fraction
        M.
    """

    per_nat: Fraction
    mix: Vector
    signals: tuple[Vector, ...]
    score: Fraction


def priced_actions(table: RationalArray, channels: Sequence[RationalArray], price: Price) -> Any:
    """φ(a) ≥ u_y(a) + Σ_j [μ H(W_j(· | a)) − π_j·W_j(· | a)] for every joint action, flat; equal for channels without noise."""
    total = np.array(price.mix, dtype=object) @ table.fractions().reshape(table.shape[0], -1)
    for channel, signals in zip(channels, price.signals, strict=True):
        rows = channel.fractions()
        noise = [price.per_nat * entropy(row)[1] if price.per_nat else Fraction(0) for row in rows.tolist()]
        total = total + np.array(noise, dtype=object) - rows @ np.array(signals, dtype=object)
    return total


def subdivision(sizes: Sequence[int], splits: Sequence[Split | None]) -> Iterator[tuple[Cell, ...]]:
    """The leaves of a tree over products of simplices, in preorder.

    Raises
    ------
    SpecificationError
        If this is no tree, or an edge is split that does not exist.
    """
    root: tuple[Cell, ...] = tuple(
        tuple(tuple(Fraction(int(x == k)) for x in range(m)) for k in range(m)) for m in sizes
    )
    waiting = [root]
    for number, split in enumerate(splits):
        if not waiting:
            raise SpecificationError(f"splits[{number}]: the tree is complete before this node; leave it out")
        cell = waiting.pop()
        if split is None:
            yield cell
            continue
        j, first, second = split
        if not 0 <= j < len(sizes) or not {first, second} <= set(range(sizes[j])) or first == second:
            raise SpecificationError(f"splits[{number}]: found {list(split)}; there is no such edge")
        corners = cell[j]
        middle = tuple((a + b) / 2 for a, b in zip(corners[first], corners[second], strict=True))
        for replaced in (second, first):  # the last in is the first out
            child = tuple(middle if k == replaced else corner for k, corner in enumerate(corners))
            waiting.append((*cell[:j], child, *cell[j + 1 :]))
    if waiting:
        raise SpecificationError(f"splits: {len(waiting)} nodes are missing; give both children of every split")


def is_bound(scores: Any, price: Price, plays: Plays, cells: int) -> bool:
    """Whether Σ_a d(a) φ(a) + μ H(d) ≤ M is proved for every d that may be played."""
    if plays == "pure" or not price.per_nat:
        return bool(max(scores.reshape(-1).tolist()) <= price.score)
    if plays == "joint" or scores.ndim == 1:
        limit = price.score / price.per_nat
        return _exponentials([x / price.per_nat for x in scores.reshape(-1).tolist()], limit) <= limit
    last = int(np.argmax(scores.shape))
    # Larger scores are safe, and short ones are fast.
    faced = np.moveaxis(scores, last, -1)
    rounded = np.array([*(_up(x / price.per_nat) for x in faced.reshape(-1).tolist()), None], dtype=object)[:-1]
    return _product_bound(rounded.reshape(faced.shape), price.score / price.per_nat, cells)


def _product_bound(scores: Any, limit: Fraction, cells: int) -> bool:
    sizes = scores.shape[:-1]
    root = tuple(tuple(tuple(Fraction(int(x == k)) for x in range(m)) for k in range(m)) for m in sizes)
    known: dict[tuple[Corner, ...], Fraction] = {}
    waiting, looked = [root], 0
    while waiting:
        cell = waiting.pop()
        looked += 1
        if looked > cells:
            return False
        bound = max(_crossed(cell, scores, known))
        if bound > limit:
            widths = [_width(simplex) for simplex in cell]
            i = max(range(len(cell)), key=widths.__getitem__)
            if not widths[i]:
                return False
            waiting.extend((*cell[:i], half, *cell[i + 1 :]) for half in halves(cell[i]))
    return True


def _crossed(cell: tuple[Cell, ...], scores: Any, known: dict[tuple[Corner, ...], Fraction]) -> Iterator[Fraction]:
    """The bound at each choice of one corner of every simplex."""
    crossed = []
    for simplex in cell:
        centre = [sum(column, Fraction(0)) / len(simplex) for column in zip(*simplex, strict=True)]
        logarithms = [-_up(-logarithm_bracket(c)[0]) if c else Fraction(0) for c in centre]
        crossed.append([-inner(corner, logarithms) for corner in simplex])
    for choice in itertools.product(*(range(len(simplex)) for simplex in cell)):
        corners = tuple(simplex[k] for simplex, k in zip(cell, choice, strict=True))
        if corners not in known:
            faced = scores
            for corner in corners:
                faced = np.tensordot(np.array(corner, dtype=object), faced, axes=1)
            known[corners] = _up(_exponentials(np.asarray(faced, dtype=object).tolist(), None))
        yield known[corners] + sum((row[k] for row, k in zip(crossed, choice, strict=True)), Fraction(0))


def _exponentials(exponents: Sequence[Fraction], reference: Fraction | None) -> Fraction:
    """A number ≥ ln Σ exp; relative to ``reference``, where given, it need not be closer than that."""
    largest = max(exponents) if reference is None else max(max(exponents), reference)
    total = sum((exponential_bracket(max(x - largest, _LEAST_EXPONENT))[1] for x in exponents), Fraction(0))
    return largest + logarithm_bracket(total)[1]


def _up(x: Fraction) -> Fraction:
    """The next multiple of 2^−64."""
    return Fraction(-((-x.numerator << 64) // x.denominator), 1 << 64)


def _width(simplex: Cell) -> Fraction:
    return max(
        (sum(((a - b) ** 2 for a, b in zip(p, q, strict=True)), Fraction(0)) for p in simplex for q in simplex),
        default=Fraction(0),
    )


def inner(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), Fraction(0))
