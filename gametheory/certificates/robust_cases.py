"""The tree of cases behind a bound on robust correlated profiles: see :mod:`.robust_bounds`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from gametheory.certificates.joint_plans import Deviation, Group, RobustnessNotion
from gametheory.errors import SpecificationError

__all__ = ["Cell", "Leaf", "Split", "Term", "child_cells", "unit_cell"]

Cell = tuple[tuple[Fraction, ...], ...]
"""Vertices of the weights that a case leaves to a group; none: nobody's payoff changes (under "some")."""


@final
@dataclass(frozen=True, slots=True)
class Term:
    """A deviation with its multiplier; ``who`` names the member that gains under "any", a victim, or an equation's player."""

    deviation: Deviation
    who: int | None
    multiplier: Fraction


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """A closed case. ``shares`` weigh the parts of the objective; none and ``is_empty``: the terms contradict each other."""

    terms: tuple[Term, ...]
    shares: tuple[Fraction, ...]
    is_empty: bool = True


@final
@dataclass(frozen=True, slots=True)
class Split:
    """Cases for a group: by member, or (``edge`` names two vertices of its cell) two halves of its cell."""

    group: Group
    edge: tuple[int, int] | None
    children: tuple[int, ...]


def unit_cell(size: int) -> Cell:
    """All weights: the unit vectors span them."""
    return tuple(tuple(Fraction(int(i == k)) for i in range(size)) for k in range(size))


def child_cells(robustness: RobustnessNotion, split: Split, cell: Cell | None) -> tuple[Cell, ...]:
    """The cells of the cases of a split, in order; together they cover what the group's cell leaves open.

    Raises
    ------
    SpecificationError
        A group of one deviation that was split before, or an edge that the cell has not.
    """
    whole = unit_cell(len(split.group.members))
    if split.group.is_single:
        if cell is not None or split.edge is not None:
            raise SpecificationError(f"a single deviation of {split.group.members} is split once, by member")
        by_member: tuple[Cell, ...] = tuple((vertex,) for vertex in whole)
        return (*by_member, ()) if robustness.blocking == "some" else by_member
    vertices = whole if cell is None else cell
    if split.edge is None or split.edge[0] == split.edge[1] or any(not 0 <= k < len(vertices) for k in split.edge):
        raise SpecificationError(f"a cell of {len(vertices)} vertices has no edge {split.edge}")
    first, second = (vertices[k] for k in split.edge)
    middle = tuple((x + y) / 2 for x, y in zip(first, second, strict=True))
    return tuple((*vertices[:k], middle, *vertices[k + 1 :]) for k in split.edge)
