"""Reading an environment: numbers in one arithmetic, priors that sum to one, symmetries that are permutations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, read_array
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.profiles import SUM_TOLERANCE

__all__ = [
    "Symmetry",
    "flat",
    "listed",
    "number_names",
    "product_prior",
    "read_parts",
    "read_prior",
    "read_symmetries",
    "refuse_rounding",
    "total",
]

Array = NDArray[Any]
Symmetry = tuple[tuple[int, ...], tuple[int, ...]]
"""Agent i takes the place of agent π[i] and outcome o that of outcome ρ[o]: the pair (π, ρ)."""


def listed(values: Any, where: str) -> list[Any]:
    if isinstance(values, (str, dict)) or not hasattr(values, "__len__") or len(values) == 0:
        raise SpecificationError(f"{where}: found {values!r}; write a list with an entry for each agent")
    return list(values)


def read_parts(
    parts: list[tuple[str, int, Any]],
) -> tuple[dict[str, list[RationalArray]], Literal["exact", "float"]]:
    """Every part as rationals, and whether floats were given; fractions that no float holds do not go with floats."""
    kinds, read = [], []
    for name, k, row in parts:
        kind, array = read_array(row, where=name if name == "prior" else f"{name}[{k}]")
        if kind == "symbolic":
            raise UnsupportedError(f"{name}: found free symbols; substitute numbers first")
        kinds.append(kind)
        read.append(array if isinstance(array, RationalArray) else RationalArray.from_floats(array))
    floats = "float" in kinds
    result: dict[str, list[RationalArray]] = {}
    for (name, k, _), array in zip(parts, read, strict=True):
        if floats and array.denominator & (array.denominator - 1):
            raise SpecificationError(
                f"{name}[{k}]: found exact fractions beside floats; write all numbers exactly ('1/3', 2) or all as floats"
            )
        result.setdefault(name, []).append(array)
    return result, "float" if floats else "exact"


def read_prior(array: RationalArray, where: str, arithmetic: str) -> RationalArray:
    """Probabilities that sum to one: exactly as given, or floats after division by their exact sum."""
    if not array.numerators.size or int(array.numerators.min()) < 0:
        raise SpecificationError(f"{where}: found a negative probability or none at all; write numbers ≥ 0")
    whole = total(array)
    if whole == 1:
        return array
    if arithmetic == "exact" or abs(whole - 1) > Fraction(SUM_TOLERANCE):
        raise SpecificationError(f"{where}: found probabilities that sum to {float(whole):.12g}; they must sum to 1")
    return RationalArray.of_integers(array.numerators.astype(object), int(array.numerators.astype(object).sum()))


def total(array: RationalArray) -> Fraction:
    return Fraction(int(array.numerators.astype(object).sum()), array.denominator)


def product_prior(shares: Sequence[RationalArray]) -> RationalArray:
    numerators: Array = np.array(1, dtype=object)
    for share in shares:
        numerators = np.multiply.outer(numerators, share.numerators.astype(object))
    return RationalArray.of_integers(numerators, math.prod(share.denominator for share in shares))


def refuse_rounding(prior: RationalArray) -> None:
    others = [tuple(j for j in range(len(prior.shape)) if j != i) for i in range(len(prior.shape))]
    numerators = prior.numerators.astype(object)
    marginals = [RationalArray.of_integers(numerators.sum(axis=axes), prior.denominator) for axes in others]
    product = product_prior(marginals)
    if prior != product and float(np.abs(prior.floats() - product.floats()).max()) <= SUM_TOLERANCE:
        raise SpecificationError(
            "prior: these floats are the product of their marginals up to rounding, but not exactly; for independent "
            "types pass the marginals as priors=, for correlated ones write the prior as fractions"
        )


def read_symmetries(given: Any, num_agents: int, num_outcomes: int) -> tuple[Symmetry, ...]:
    result = []
    if not isinstance(given, (list, tuple)):
        raise SpecificationError(f"symmetries: found {given!r}; write a list of pairs of permutations")
    for k, pair in enumerate(given):
        listed = isinstance(pair, (list, tuple)) and all(isinstance(part, (list, tuple)) for part in pair)
        parts = [tuple(x for x in part if type(x) is int) for part in pair] if listed else []
        if [sorted(part) for part in parts] != [list(range(num_agents)), list(range(num_outcomes))]:
            raise SpecificationError(
                f"symmetries[{k}]: found {pair!r}; write a permutation of {num_agents} agents and one of "
                f"{num_outcomes} outcomes"
            )
        result.append((parts[0], parts[1]))
    return tuple(result)


def number_names(array: Any) -> list[str]:
    numbers = [str(x) for x in (array.fractions() if isinstance(array, RationalArray) else array.tolist())]
    return numbers if len(set(numbers)) == len(numbers) else [f"type {k + 1}" for k in range(len(numbers))]


def flat(array: RationalArray) -> RationalArray:
    return RationalArray.of_integers(array.numerators.reshape(-1), array.denominator)
