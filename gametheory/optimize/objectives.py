"""Several linear objectives over one programme, read once and turned to minimisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError

__all__ = ["Objectives", "Sense", "inner", "read_senses", "row_prices", "weighted_programme"]

Sense = Literal["max", "min"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Objectives:
    """Linear objectives f_k(x) = c_k·x with what they are called; *turned*, all are to be minimised."""

    costs: tuple[RationalArray, ...]
    senses: tuple[Sense, ...]
    measures: tuple[str, ...]

    @classmethod
    def read(
        cls,
        programme: LinearProgramme,
        objectives: Sequence[Sequence[Any]],
        senses: Sequence[Sense] | None,
        measures: Sequence[str] | None,
    ) -> Objectives:
        """Two or more objectives with a number for each column; minimised and numbered by default."""
        if len(objectives) < 2 or any(len(c) != programme.num_columns for c in objectives):
            raise SpecificationError(
                f"objectives: write two or more sequences of {programme.num_columns} numbers, one per column"
            )
        costs = tuple(RationalArray.from_fractions([exact(x, where="objectives") for x in c]) for c in objectives)
        return cls(costs, *read_senses(len(costs), senses, measures))

    def at(self, point: RationalArray) -> tuple[Fraction, ...]:
        """All objectives at a point."""
        values = [(j, x) for j, x in enumerate(point.numerators.tolist()) if x]
        sums = [sum(numerators[j] * x for j, x in values) for numerators in (c.numerators.tolist() for c in self.costs)]
        return tuple(
            Fraction(total, cost.denominator * point.denominator) for total, cost in zip(sums, self.costs, strict=True)
        )

    def turned(self, values: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Values of the objectives, those of maximised ones with the other sign; its own inverse."""
        return tuple(x if sense == "min" else -x for x, sense in zip(values, self.senses, strict=True))

    def row(self, index: int) -> dict[int, Fraction]:
        """Coefficients of one objective, turned."""
        sign = 1 if self.senses[index] == "min" else -1
        return {j: sign * c for j, c in enumerate(self.costs[index].fractions()) if c}

    def weighted(self, programme: LinearProgramme, weights: Sequence[Fraction | int]) -> LinearProgramme:
        """The programme that minimises a weighted sum of the turned objectives."""
        return weighted_programme(programme, self.costs, self.senses, weights)


def read_senses(
    count: int, senses: Sequence[Sense] | None, measures: Sequence[str] | None
) -> tuple[tuple[Sense, ...], tuple[str, ...]]:
    """Senses and names of ``count`` measures; by default all are minimised and numbered."""
    read: tuple[Sense, ...] = tuple(senses if senses is not None else ["min"] * count)
    if len(read) != count or any(sense not in ("max", "min") for sense in read):
        raise SpecificationError(f"senses: found {senses!r}; write 'max' or 'min' for each of {count} objectives")
    names = tuple(f"objective {k + 1}" for k in range(count)) if measures is None else tuple(measures)
    if len(names) != count:
        raise SpecificationError(f"measures: found {len(names)} names; write one for each of {count} objectives")
    return read, names


def weighted_programme(
    programme: LinearProgramme,
    objectives: Sequence[RationalArray],
    senses: Sequence[Sense],
    weights: Sequence[Fraction | int],
) -> LinearProgramme:
    """min Σ_k w_k (± c_k)·x over the rows of ``programme``, where a maximised objective counts negatively."""
    signed = [Fraction(w) if sense == "min" else -Fraction(w) for w, sense in zip(weights, senses, strict=True)]
    factors = [w / c.denominator for w, c in zip(signed, objectives, strict=True)]
    scale = math.lcm(*(factor.denominator for factor in factors))
    columns = zip(*(c.numerators.tolist() for c in objectives), strict=True)
    whole = [int(factor * scale) for factor in factors]
    total = np.array([sum(a * c for a, c in zip(whole, column, strict=True)) for column in columns], dtype=object)
    return replace(
        programme,
        sense="min",
        objective=RationalArray.of_integers(total, scale),
        constant=Fraction(0),
        name=f"{programme.name or 'programme'}, weighted sum",
        arguments={**programme.arguments, "weights": [rational_to_json(w) for w in signed]},
    )


def row_prices(proof: DualityCertificate) -> dict[str, Fraction]:
    """The rows with a multiplier other than 0, and that multiplier."""
    names = proof.programme.row_names
    return {names[r]: proof.multipliers[r] for r, y in enumerate(proof.multipliers.numerators.tolist()) if y}


def inner(left: Sequence[Any], right: Sequence[Any]) -> Any:
    """Σ_k left_k · right_k, in the arithmetic of the numbers."""
    return sum((x * y for x, y in zip(left, right, strict=True)), 0)
