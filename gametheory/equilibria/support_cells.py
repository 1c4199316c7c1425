"""Cells: products of sub-simplices of the players' mixtures over a support, and reasons why one holds no equilibrium.

Player i's part of a cell is the convex hull of as many mixtures (*vertices*) as the support S_i has actions. For every
own action a of player i the advantage u_i(a, σ_{−i}) − u_i(a_i, σ_{−i}) over the first action a_i of S_i is multilinear,
so that its values at all combinations of vertices bound it over the cell. At an equilibrium with support S it is 0 for
a ∈ S_i and at most 0 for a ∉ S_i: a cell is empty if some combination of advantages, with weights ≥ 0 for a ∉ S_i, is
positive at all combinations of vertices, or zero only where some action of the support is not played.

Everything is in floats and decides nothing by itself: the integer weights found here are checked by
:mod:`gametheory.certificates.multiplayer_completeness`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.enclosures import EnclosureCertificate

__all__ = ["Cell", "emptiness_weights", "first_cell", "holds_center", "hull", "is_full_of_equilibria"]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]
Weights = tuple[tuple[int, int, int], ...]

MARGIN = 1e-13
"""What counts as positive in floats, for weights of at most one and payoffs of spans of about one."""

LARGEST_WEIGHT = 4096


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A product of sub-simplices: the vertices of each, and every own action's payoff advantage at their combinations.

    ``tables[i]`` has the own actions of player i first, then an axis for each player, of length 1 for i itself.
    """

    vertices: tuple[Array, ...]
    tables: tuple[Array, ...]

    def halves(self, i: int, a: int, b: int) -> Iterator[Cell]:
        """The midpoint of the edge from a to b in place of b, then in place of a."""
        for gone in (b, a):
            own = self.vertices[i].copy()
            own[gone] = (self.vertices[i][a] + self.vertices[i][b]) / 2
            tables = list(self.tables)
            for j, table in enumerate(self.tables):
                if j != i:
                    new = np.moveaxis(table.copy(), 1 + i, 0)
                    new[gone] = (new[a] + new[b]) / 2
                    tables[j] = np.moveaxis(new, 0, 1 + i)
            yield Cell((*self.vertices[:i], own, *self.vertices[i + 1 :]), tuple(tables))

    def longest_edge(self) -> tuple[float, int, int, int]:
        """Length, player and numbers of the two vertices that lie furthest apart."""
        best = (0.0, 0, 0, 0)
        for i, own in enumerate(self.vertices):
            for a, b in itertools.combinations(range(len(own)), 2):
                length = float(np.abs(own[a] - own[b]).max())
                if length > best[0]:
                    best = (length, i, a, b)
        return best


def first_cell(payoffs: Array, support: Support) -> Cell:
    """All profiles that play within the support, for payoffs of shape (n, m_0, …, m_{n−1})."""
    return Cell(tuple(np.eye(len(own)) for own in support), _tables(payoffs, support))


def _tables(payoffs: Array, support: Support) -> tuple[Array, ...]:
    result = []
    for i, own in enumerate(support):
        axes = [range(m) if j == i else support[j] for j, m in enumerate(payoffs.shape[1:])]
        table = np.moveaxis(payoffs[i][np.ix_(*axes)], i, 0)
        result.append(np.expand_dims(table - table[own[0]], 1 + i))
    return tuple(result)


def emptiness_weights(cell: Cell, support: Support) -> Weights | None:
    """Weights (player, action, weight) that show that the cell holds no equilibrium; ``None`` if none are found."""
    weights = _by_dominance(cell, support)
    if weights is None:
        newton = _newton_rows(cell, support)
        weights = None if newton is None else _by_newton_rows(cell, support, newton)
    return weights


def _by_dominance(cell: Cell, support: Support) -> Weights | None:
    """Weights 1 and −1 for an action that is better than one of the support at every vertex."""
    for i, own in enumerate(support):
        table = cell.tables[i].reshape(len(cell.tables[i]), -1)
        for a in own:
            advantage = table - table[a]
            least = advantage.min(axis=1)
            better = [int(b) for b in np.flatnonzero(least > MARGIN)]
            if not better:
                shape = cell.tables[i].shape[1:]
                even = [int(b) for b in np.flatnonzero(least == 0.0)]
                better = [b for b in even if _positive_inside(advantage[b].reshape(shape), cell)]
            if better:
                return ((i, better[0], 1), (i, a, -1))
    return None


def is_full_of_equilibria(cell: Cell, support: Support) -> bool:
    """Whether in floats every profile in the cell is an equilibrium: nobody's action matters to that player."""
    for table, own in zip(cell.tables, support, strict=True):
        if table[list(own)].any() or float(table.max()) > 0.0:
            return False
    return True


def _positive_inside(values: Array, cell: Cell) -> bool:
    """Whether no value is negative, and some action is not played at all vertices that occur where a value is zero.

    Then the multilinear function with these values at the vertices is positive where every action is played.
    """
    zeros = values == 0.0
    if not bool((zeros | (values > MARGIN)).all()):
        return False
    whole = np.broadcast_to(zeros, [len(own) for own in cell.vertices])
    for i, own in enumerate(cell.vertices):
        occurs = whole.any(axis=tuple(j for j in range(len(cell.vertices)) if j != i))
        if bool((own[occurs] == 0.0).all(axis=0).any()):
            return True
    return False


@final
@dataclass(frozen=True, slots=True, eq=False)
class _NewtonRows:
    """At the centre of a cell, in barycentric coordinates: the inverse Jacobian and the gradient of every advantage."""

    inverse: Array
    gradients: tuple[Array, ...]
    blocks: tuple[tuple[int, slice], ...]  # players who mix, with the columns of their differences


def _newton_rows(cell: Cell, support: Support) -> _NewtonRows | None:
    n = len(support)
    mixing = [i for i, own in enumerate(support) if len(own) > 1]
    if len(mixing) < 2:
        return None
    start, total = {}, 0
    for i in mixing:
        start[i], total = total, total + len(support[i])
    jacobian = np.zeros((total, total))
    gradients = []
    for i in range(n):
        table = cell.tables[i]
        gradient = np.zeros((len(table), total))
        for j in mixing:
            if j != i:
                axes = tuple(1 + k for k in range(n) if k != j)
                gradient[:, start[j] : start[j] + len(support[j])] = table.mean(axis=axes)
        gradients.append(gradient)
    for i in mixing:
        end = start[i] + len(support[i])
        jacobian[start[i], start[i] : end] = 1.0
        jacobian[start[i] + 1 : end] = gradients[i][list(support[i][1:])]
    try:
        inverse = np.linalg.inv(jacobian)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(inverse).all() or float(np.abs(inverse).max()) > 1e9:
        return None
    blocks = tuple((i, slice(start[i] + 1, start[i] + len(support[i]))) for i in mixing)
    return _NewtonRows(inverse, tuple(gradients), blocks)


def _by_newton_rows(cell: Cell, support: Support, newton: _NewtonRows) -> Weights | None:
    """Weights that make a function nearly linear in one probability, or constant, of one sign in the cell."""
    sizes = [len(own) for own in support]
    rows = np.concatenate([newton.inverse, -newton.inverse])
    found = _positive_row(cell, support, newton, rows, None, sizes)
    if found is not None:
        return found
    for i, own in enumerate(support):
        outside = [b for b in range(len(cell.tables[i])) if b not in own]
        if outside:
            rows = -newton.gradients[i][outside] @ newton.inverse
            found = _positive_row(cell, support, newton, rows, (i, outside), sizes)
            if found is not None:
                return found
    return None


def _positive_row(
    cell: Cell,
    support: Support,
    newton: _NewtonRows,
    rows: Array,
    outside: tuple[int, list[int]] | None,
    sizes: Sequence[int],
) -> Weights | None:
    """The first row of weights (each with its own action of ``outside``) positive at all vertices, as integers."""
    largest = np.maximum(np.abs(rows).max(axis=1), 1.0 if outside else 1e-300)
    whole = np.rint(rows * (LARGEST_WEIGHT / largest)[:, None])
    extra = np.rint(LARGEST_WEIGHT / largest) if outside else None
    total = np.zeros((len(rows), *[1] * len(sizes)))
    for i, columns in newton.blocks:
        total = total + np.tensordot(whole[:, columns], cell.tables[i][list(support[i][1:])], axes=1)
    if outside is not None and extra is not None:
        total = total + extra.reshape(-1, *[1] * len(sizes)) * cell.tables[outside[0]][outside[1]]
    least = total.reshape(len(rows), -1).min(axis=1)
    row = int(np.argmax(least))
    if least[row] <= MARGIN * LARGEST_WEIGHT:
        touching = [int(k) for k in np.flatnonzero(least == 0.0) if _positive_inside(total[k], cell)]
        if not touching:
            return None
        row = touching[0]
    weights = [
        (i, a, int(w))
        for i, columns in newton.blocks
        for a, w in zip(support[i][1:], whole[row, columns].tolist(), strict=True)
        if w
    ]
    if outside is not None and extra is not None:
        weights.append((outside[0], outside[1][row], int(extra[row])))
    return tuple(weights)


def holds_center(cell: Cell, box: EnclosureCertificate) -> bool:
    """Whether the centre of a box lies in the cell, in floats."""
    for vertices, center in zip(cell.vertices, box.center, strict=True):
        coordinates = np.linalg.lstsq(vertices.T, np.array(center, dtype=float), rcond=None)[0]
        if float(coordinates.min()) < -1e-9:
            return False
    return True


def hull(cells: Sequence[Cell]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The least box around cells: for each player and action of the support the least and the largest probability."""
    result = []
    for i in range(len(cells[0].vertices)):
        stacked = np.concatenate([cell.vertices[i] for cell in cells])
        low, high = stacked.min(axis=0).tolist(), stacked.max(axis=0).tolist()
        result.append(tuple(zip(low, high, strict=True)))
    return tuple(result)
