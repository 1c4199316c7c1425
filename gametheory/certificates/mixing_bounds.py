"""Evidence that no mixing of a coalition gains more than a number.

At each of R recommendations (one, if nobody is told anything) let G_i(r, τ) be what the joint action τ = (τ_1, …, τ_m)
brings member i, where each τ_j is the choice of one *factor*: of one member if members mix independently, of the whole
coalition if it shares randomness. The claim bounds the largest gain over plans that mix each factor on its own:

    all:  max min_i Σ_r G_i(r, x)            some:  max {Σ_i Σ_r G_i(r, x) : Σ_r G_i(r, x) ≥ 0 for all i},

at least 0 in both, because a coalition may stay put. Under "some" a penalty M ≥ 0 bounds it by max min_b u_b with
u_0 = Σ_i G_i and u_i = u_0 + M G_i, since G_i ≥ 0 where it counts. Then for weights q ≥ 0, Σ q_b = 1, on these functions

    the gain  ≤  max_x Σ_b q_b u_b(x),      attained where every factor is a vertex.

Three kinds of evidence, :class:`Cells`:

* one row of weights: linear programming duality where randomness is shared, and a valid bound where it is not;
* a subdivision of the factors' simplices with a row for each cell (as in :mod:`.team_bounds`), for R = 1;
* none, for a pair with two actions each: the closed form of :mod:`.two_by_two_mixing` is evaluated.

Complexity: one pass over the table for each node of the subdivision.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import indices_from_json, rationals_from_json
from gametheory.certificates.rationals import expect_keys, rational_to_json
from gametheory.certificates.team_bounds import Split, leaf_bounds
from gametheory.certificates.two_by_two_mixing import two_by_two_mixing
from gametheory.errors import SpecificationError

__all__ = ["Cells", "cells_from_json", "cells_to_json", "is_closed_form", "mixing_bound", "penalised"]

Array = NDArray[Any]
Rule = Literal["all", "some"]

MAX_PENALTY = 2**62


@final
@dataclass(frozen=True, slots=True)
class Cells:
    """Evidence for an upper bound; see the head of this module.

    Attributes
    ----------
    splits : tuple of (factor, vertex, vertex) or None
        The subdivision in preorder, ``None`` for a leaf; ``(None,)`` is the whole. Empty: the closed form.
    weights : tuple of tuples of Fraction
        For each leaf, numbers ≥ 0, not all 0: one for each member under "all"; under "some" first one for the sum.
    penalty : int
        M, under "some".
    """

    splits: tuple[Split | None, ...] = ()
    weights: tuple[tuple[Fraction, ...], ...] = ()
    penalty: int = 0

    @classmethod
    def of_duals(cls, duals: Sequence[Fraction], blocking: Rule) -> Cells:
        """One row of weights, from the multipliers of the members' rows in the programme of shared randomness."""
        if blocking == "all":
            return cls((None,), (tuple(duals),))
        total = sum(duals, Fraction(0))
        penalty = max(math.ceil(total), 1)
        return cls((None,), ((penalty - total, *duals),), penalty)


def is_closed_form(sizes: Sequence[int], members: int) -> bool:
    """Whether two members mix two factors of two actions each, so that no evidence is needed."""
    return members == 2 and tuple(sizes) == (2, 2)


def penalised(gains: Array, blocking: Rule, penalty: int) -> Array:
    """The functions whose minimum is bounded: the gains under "all"; under "some" Σ G and Σ G + M G_i."""
    if blocking == "all":
        return gains
    integers = gains.astype(object)
    total = integers.sum(axis=0)
    return np.concatenate([total[None], total[None] + penalty * integers])


def mixing_bound(gains: Array, denominator: int, blocking: Rule, cells: Cells) -> Fraction:
    """The bound on the gain that the evidence establishes, at least 0.

    Parameters
    ----------
    gains : integers, shape (members, R, actions of each factor…)
    denominator : int

    Raises
    ------
    SpecificationError
        If the evidence is malformed, or of a kind that does not fit the table.
    """
    members, count = gains.shape[:2]
    if not cells.splits:
        if cells.weights or count != 1 or not is_closed_form(gains.shape[2:], members):
            raise SpecificationError(
                "evidence: none is given; it is needed unless two members with two actions each mix independently"
            )
        return two_by_two_mixing(gains[:, 0].tolist(), denominator, blocking).upper
    if not 0 <= cells.penalty <= MAX_PENALTY or (blocking == "all" and cells.penalty):
        raise SpecificationError(
            f"penalty: found {cells.penalty}; write 0 under 'all', a whole number ≥ 0 under 'some'"
        )
    functions = penalised(gains, blocking, cells.penalty)
    rows = [_integers(row, len(functions), f"weights[{k}]") for k, row in enumerate(cells.weights)]
    if cells.splits == (None,) and len(rows) == 1:
        flat = functions.reshape(len(functions), -1).astype(object)
        sums = (np.array([*rows[0], None], dtype=object)[:-1] @ flat).reshape(count, -1)
        return max(Fraction(int(sums.max(axis=1).sum()), denominator * sum(rows[0])), Fraction(0))
    if count != 1:
        raise SpecificationError("splits: plans for several recommendations are bounded by one row of weights")
    table = RationalArray.of_integers(functions[:, 0], denominator)
    return max((Fraction(0), *leaf_bounds(table, cells.splits, rows)))


def _integers(row: Sequence[Fraction], length: int, where: str) -> tuple[int, ...]:
    if len(row) != length or min(row) < 0 or not any(row):
        raise SpecificationError(f"{where}: write {length} numbers ≥ 0, not all 0")
    scale = math.lcm(*(x.denominator for x in row))
    return tuple(x.numerator * (scale // x.denominator) for x in row)


def cells_to_json(cells: Cells | None) -> dict[str, Any] | None:
    """The evidence as JSON data; ``None`` where none is needed."""
    if cells is None:
        return None
    return {
        "splits": [None if split is None else list(split) for split in cells.splits],
        "weights": [[rational_to_json(x) for x in row] for row in cells.weights],
        "penalty": cells.penalty,
    }


def cells_from_json(data: Any, where: str) -> Cells | None:
    """Read what :func:`cells_to_json` wrote; SpecificationError for anything else."""
    if data is None:
        return None
    expect_keys(data, ("splits", "weights", "penalty"), where=where)
    for key in ("splits", "weights"):
        if not isinstance(data[key], list):
            raise SpecificationError(f"{where}.{key}: found {type(data[key]).__name__}; write a list")
    if type(data["penalty"]) is not int:
        raise SpecificationError(f"{where}.penalty: found {str(data['penalty'])[:40]!r}; write a whole number")
    splits: list[Split | None] = []
    for k, row in enumerate(data["splits"]):
        found = None if row is None else indices_from_json(row, where=f"{where}.splits[{k}]")
        if found is not None and len(found) != 3:
            raise SpecificationError(f"{where}.splits[{k}]: write [factor, vertex, vertex], or null")
        splits.append(None if found is None else (found[0], found[1], found[2]))
    return Cells(
        tuple(splits),
        tuple(rationals_from_json(row, f"{where}.weights[{k}]") for k, row in enumerate(data["weights"])),
        data["penalty"],
    )
