"""Directions in which sets of payoffs are bounded: as many numbers as players, not all of them 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import exact_vector
from gametheory.errors import SpecificationError

__all__ = ["direction_vector", "listed_directions"]


def direction_vector(values: Sequence[Any], num_players: int, where: str) -> tuple[Fraction, ...]:
    """One direction, in exact numbers."""
    read = exact_vector(values, where=where, count=num_players)
    if not any(read):
        raise SpecificationError(f"{where}: found nothing but zeros; write {num_players} numbers, not all of them 0")
    return read


def listed_directions(given: Sequence[Sequence[Any]] | None, num_players: int) -> list[tuple[Fraction, ...]]:
    """The directions of a caller; none of them if ``None``."""
    if given is None:
        return []
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SpecificationError(
            f"directions: found {given!r}; write a list of vectors of {num_players} numbers, or leave it out"
        )
    return [direction_vector(d, num_players, f"directions[{k}]") for k, d in enumerate(given)]
