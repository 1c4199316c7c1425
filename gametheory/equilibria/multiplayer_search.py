"""All isolated Nash equilibria of a small game with three or more players, support by support.

A profile with support S is an equilibrium iff it solves the polynomial equations of S and no action outside S is
better. For each S the search divides the product of simplices of the players' mixtures over S into *cells*, products
of sub-simplices, until each of them is decided:

* a cell holds no equilibrium if some combination of the equations (and inequalities) is positive at every vertex, or
  zero at vertices only that leave an action out: tried are dominance between two actions, and the rows that Newton's
  method at the cell's centre gives, which turn the equations into one for each probability;
* a cell holds no other equilibrium than one that is known if it lies in a box around that in which Newton's method
  contracts; equilibria are found by Newton's method from the centres of cells.

All of this is searched in floats and written down as a tree, which the certificate of completeness re-checks in
integers (:mod:`gametheory.certificates.multiplayer_completeness`). Where equilibria are not isolated (a continuum, or
the equations are singular at a solution) some cells stay undecided however small they are: they are listed, and
completeness is numerical.

Complexity: ∏ (2^{m_i} − 1) supports; most fall at once. Random games with 3 × 3 actions take some thousand cells.

References: R. D. McKelvey and A. McLennan (1996), *Computation of equilibria in finite games*, Handbook of Computational
Economics 1; P. J.-J. Herings and R. Peeters (2005), *A globally convergent algorithm to compute all Nash equilibria for
n-person games*, Annals of Operations Research 137, 349-368.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.enclosures import EnclosureCertificate
from gametheory.certificates.multiplayer_completeness import (
    MultiplayerCompletenessCertificate,
    all_supports,
)
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.support_systems import (
    certified,
    enclosure_of,
    is_float_equilibrium,
    normalised_payoffs,
    solved_support,
)
from gametheory.errors import CertificateError, SolverError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["MAX_SUPPORTS", "multiplayer_equilibria"]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]
Step = tuple[Any, ...]

MAX_SUPPORTS = 200_000
"""Games with more supports are refused: 3 × 5 actions have 29,791, 4 × 5 have 923,521."""

SMALLEST_EDGE, SMALLEST_SINGULAR_EDGE = 2.0**-12, 2.0**-5
"""Cells whose edges are all shorter are left undecided; the second where a singular solution was found."""

MAX_UNDECIDED = 16
"""With more undecided cells than this a support is left as it stands: its equilibria are not isolated."""

MARGIN = 1e-13
"""What counts as positive in floats, for weights of at most one and payoffs of spans of about one."""

LARGEST_WEIGHT = 4096
METHOD = "supports, divided until decided"


def multiplayer_equilibria(
    game: NormalFormGame,
    *,
    max_equilibria: int = 100_000,
    max_branches: int = 500_000,
    time_limit: float | None = 600.0,
) -> EquilibriumSet:
    """All isolated Nash equilibria of a game with any number of players, with evidence for completeness where it exists.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats; at most :data:`MAX_SUPPORTS` supports.
    max_equilibria, max_branches, time_limit : int, int, float or None
        Stop with an error when more equilibria are found, more cells were looked at, or more seconds have passed.

    Returns
    -------
    EquilibriumSet
        Each member certified: exact where its probabilities are rational, else enclosed in a box that holds exactly
        one equilibrium of its support. ``completeness`` is ``"certified"`` if every cell was decided, and the members
        are then all there is. Otherwise the set has equilibria that are not isolated, or is too close to one that has:
        ``undecided`` lists supports with boxes in which further equilibria may lie, and of a continuum found there some
        points are members.

    Raises
    ------
    SolverError
        At a limit; ``best`` holds what was found until then.
    UnsupportedError
        Too many supports, or free symbols in the payoffs.

    Examples
    --------
    R. D. McKelvey and A. McLennan (1997), *The maximal number of regular totally mixed Nash equilibria*, Journal of
    Economic Theory 72, 411-425: two totally mixed equilibria of 2 × 2 × 2 actions are the most that there can be.

    >>> payoffs = {(0, 0, 0): (9, 8, 12), (1, 1, 0): (9, 8, 2), (1, 0, 1): (3, 4, 6), (0, 1, 1): (3, 4, 6),
    ...            (1, 0, 0): (0, 0, 0), (0, 1, 0): (0, 0, 0), (0, 0, 1): (0, 0, 0), (1, 1, 1): (0, 0, 0)}
    >>> equilibria = multiplayer_equilibria(NormalFormGame.from_profiles(payoffs))
    >>> equilibria
    EquilibriumSet(9 Nash equilibria in 9 components, certified, certified complete)
    >>> [e.describe() for e in equilibria if all(len(own) == 2 for own in e.support)]
    ['1/2 1 + 1/2 2 | 2/5 1 + 3/5 2 | 1/4 1 + 3/4 2', '2/5 1 + 3/5 2 | 1/2 1 + 1/2 2 | 1/3 1 + 2/3 2']
    """
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the equilibria depend on them; substitute values")
    count = math.prod(2**m - 1 for m in game.num_actions)
    if count > MAX_SUPPORTS:
        raise UnsupportedError(
            f"all equilibria of a game with {game.num_players} players and {count:,} supports: at most {MAX_SUPPORTS:,} "
            "supports are searched; eliminate dominated actions first (iterated_elimination), or use nash_equilibrium "
            "for one equilibrium, pure_nash_equilibria for the pure ones"
        )
    search = _Search(game, max_equilibria, max_branches, None if time_limit is None else time.monotonic() + time_limit)
    for support in all_supports(game.num_actions):
        search.add(support)
    return search.result()


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """A product of sub-simplices: the vertices of each, and every own action's payoff advantage at their combinations.

    ``tables[i]`` has the own actions of player i first, then an axis for each player, of length 1 for i itself.
    """

    vertices: tuple[Array, ...]
    tables: tuple[Array, ...]

    def halves(self, i: int, a: int, b: int) -> Iterator[_Cell]:
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
            yield _Cell((*self.vertices[:i], own, *self.vertices[i + 1 :]), tuple(tables))

    def longest_edge(self) -> tuple[float, int, int, int]:
        """Length, player and numbers of the two vertices that lie furthest apart."""
        best = (0.0, 0, 0, 0)
        for i, own in enumerate(self.vertices):
            for a, b in itertools.combinations(range(len(own)), 2):
                length = float(np.abs(own[a] - own[b]).max())
                if length > best[0]:
                    best = (length, i, a, b)
        return best


class _Search:
    """What is known so far: equilibria, their boxes, the trees of the supports searched, cells left undecided."""

    def __init__(self, game: NormalFormGame, max_equilibria: int, max_branches: int, deadline: float | None) -> None:
        self.game, self.exact_game = game, game.exact()
        self.max_equilibria, self.max_branches, self.deadline = max_equilibria, max_branches, deadline
        self.branches = 0
        self.singular = False  # whether the support at hand has a solution at which its equations are singular
        self.payoffs = normalised_payoffs(self.exact_game)
        self.members: list[Equilibrium] = []
        self.boxes: list[EnclosureCertificate] = []
        self.reach: list[Fraction] = []
        self.trees: list[tuple[Step, ...]] = []
        self.undecided: list[tuple[Support, tuple[tuple[tuple[float, float], ...], ...]]] = []

    def add(self, support: Support) -> None:
        """Search one support."""
        first, self.singular = len(self.boxes), False
        tree: list[Step] = []
        left: list[_Cell] = []
        waiting = [_Cell(tuple(np.eye(len(own)) for own in support), _tables(self.payoffs, support))]
        while waiting:
            cell = waiting.pop()
            self._count()
            step = self._decided(cell, support, first)
            if step is None:
                length, i, a, b = cell.longest_edge()
                deep = SMALLEST_SINGULAR_EDGE if self.singular else SMALLEST_EDGE
                if length > deep and len(left) <= MAX_UNDECIDED and not _all_equilibria(cell, support):
                    tree.append(("split", i, a, b))
                    waiting.extend(reversed(list(cell.halves(i, a, b))))
                else:
                    left.append(cell)
                continue
            tree.append(step)
        self.trees.append(tuple(tree))
        if left:
            self.undecided.append((support, _hull(left)))

    def _count(self) -> None:
        self.branches += 1
        if self.branches > self.max_branches:
            raise self._stopped(f"more than max_branches={self.max_branches:,} cells were looked at")
        if self.deadline is not None and self.branches % 64 == 0 and time.monotonic() > self.deadline:
            raise self._stopped("the time limit was reached")
        if len(self.members) > self.max_equilibria:
            raise self._stopped(f"more than max_equilibria={self.max_equilibria:,} equilibria were found")

    def _decided(self, cell: _Cell, support: Support, first: int) -> Step | None:
        """The step that decides the cell, if one does; equilibria found on the way are added."""
        weights = _by_dominance(cell, support)
        if weights is not None:
            return ("empty", weights)
        newton = _newton_rows(cell, support)
        if newton is not None:
            weights = _by_newton_rows(cell, support, newton)
            if weights is not None:
                return ("empty", weights)
        near = self._near(cell, support, first)
        if near is None and self._found(cell, support, first):
            near = self._near(cell, support, first)
        return None if near is None else ("root", near)

    def _near(self, cell: _Cell, support: Support, first: int) -> int | None:
        """The number of a known equilibrium with this support within whose reach the cell lies."""
        for k in range(first, len(self.boxes)):
            reach = float(self.reach[k]) * (1 - 1e-9)
            if all(
                len(own) == 1 or float(np.abs(vertices - np.array(center, dtype=float)).max()) <= reach
                for own, vertices, center in zip(support, cell.vertices, self.boxes[k].center, strict=True)
            ):
                return k
        return None

    def _found(self, cell: _Cell, support: Support, first: int) -> bool:
        """Newton's method from the centre of the cell; whether it led to an equilibrium that is new and isolated."""
        start = [vertices.mean(axis=0) for vertices in cell.vertices]
        if any(_holds(cell, self.boxes[k]) for k in range(first, len(self.boxes))):
            return False  # the known one is in the cell; another would lie in a part of it
        solution = solved_support(self.payoffs, support, start, rounds=25, longest=2.0)
        if solution is None or not is_float_equilibrium(self.payoffs, solution):
            return False
        close = [
            member
            for member in self.members
            if member.support == support
            and all(
                float(np.abs(vector[list(own)].astype(float) - part).max()) < 1e-7
                for own, vector, part in zip(support, member.exact_profile, solution.parts, strict=True)
            )
        ]
        if close:
            return False
        known = any(member.support == support for member in self.members)
        if solution.inverse is None:
            self.singular = True
        if known and self.singular:
            return False  # one point of a continuum is enough
        member = certified(self.game, self.exact_game, solution, METHOD)
        if member is None:
            return False
        box = enclosure_of(self.exact_game, member, solution)
        if box is not None and any(
            abs(c - d) <= self.reach[k]
            for k in range(first, len(self.boxes))
            for c, d in [_farthest(self.boxes[k], box)]
        ):
            return False  # the equations are so ill-conditioned that floats took it for a new one
        self.singular |= box is None
        if box is not None or not known:
            self.members.append(member)
        if box is None:
            return False
        radii = (Fraction(2) / 2**k for k in range(60))  # the first holds every profile: enough where F is linear
        reach = next((r for r in radii if box.is_alone_within(r, self.exact_game)), None)
        if reach is None:
            return False
        self.boxes.append(box)
        self.reach.append(reach)
        return True

    def result(self) -> EquilibriumSet:
        """The equilibria found, with the certificate of completeness if every cell was decided."""
        certificate = None
        if not self.undecided:
            bare = tuple(
                EnclosureCertificate(b.support, b.center, b.radius, b.preconditioner, None, b.game_digest)
                for b in self.boxes
            )
            certificate = MultiplayerCompletenessCertificate(
                bare, tuple(self.reach), tuple(self.trees), self.exact_game
            )
            try:
                certificate.verify()
            except CertificateError as error:  # floats took something for decided that is too close to call
                return self._set(None, f"Completeness could not be certified: {error.violation}.")
        return self._set(certificate)

    def _set(self, certificate: MultiplayerCompletenessCertificate | None, remark: str = "") -> EquilibriumSet:
        order = sorted(
            range(len(self.members)),
            key=lambda k: [-float(x) for v in self.members[k].exact_profile for x in v],
        )
        members = tuple(self.members[k] for k in order)
        return EquilibriumSet(
            game=self.game,
            concept="Nash",
            equilibria=members,
            components=tuple((k,) for k in range(len(members))) if certificate is not None else (),
            completeness="numerical" if certificate is None else "certified",
            certificate=certificate,
            degenerate=bool(self.undecided),
            degeneracy=remark or self._remark(),
            method=METHOD,
            undecided=tuple(self.undecided),
        )

    def _remark(self) -> str:
        if not self.undecided:
            return ""
        support = self.undecided[0][0]
        names = " | ".join(
            ", ".join(self.game.actions[i][k] for k in own[:4]) + (", …" if len(own) > 4 else "")
            for i, own in enumerate(support)
        )
        more = f" and {len(self.undecided) - 1} more" if len(self.undecided) > 1 else ""
        return (
            f"Degenerate, or nearly so: with the support {names}{more} there are equilibria that are not isolated, or cells "
            "that stay undecided (see .undecided)."
        )

    def _stopped(self, what: str) -> SolverError:
        return SolverError(
            f"{what} before all supports were searched; pass a larger limit. nash_equilibrium finds one equilibrium, "
            "pure_nash_equilibria the pure ones",
            status="limit",
            solver=METHOD,
            best=self._set(None),
        )


def _tables(payoffs: Array, support: Support) -> tuple[Array, ...]:
    result = []
    for i, own in enumerate(support):
        axes = [range(m) if j == i else support[j] for j, m in enumerate(payoffs.shape[1:])]
        table = np.moveaxis(payoffs[i][np.ix_(*axes)], i, 0)
        result.append(np.expand_dims(table - table[own[0]], 1 + i))
    return tuple(result)


# -- reasons why a cell is empty ---------------------------------------------------------------------------------------


def _by_dominance(cell: _Cell, support: Support) -> tuple[tuple[int, int, int], ...] | None:
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


def _all_equilibria(cell: _Cell, support: Support) -> bool:
    """Whether in floats every profile in the cell is an equilibrium: nobody's action matters to that player."""
    for table, own in zip(cell.tables, support, strict=True):
        if table[list(own)].any() or float(table.max()) > 0.0:
            return False
    return True


def _positive_inside(values: Array, cell: _Cell) -> bool:
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


def _newton_rows(cell: _Cell, support: Support) -> _NewtonRows | None:
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


def _by_newton_rows(cell: _Cell, support: Support, newton: _NewtonRows) -> tuple[tuple[int, int, int], ...] | None:
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
    cell: _Cell,
    support: Support,
    newton: _NewtonRows,
    rows: Array,
    outside: tuple[int, list[int]] | None,
    sizes: Sequence[int],
) -> tuple[tuple[int, int, int], ...] | None:
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


def _farthest(one: EnclosureCertificate, two: EnclosureCertificate) -> tuple[Fraction, Fraction]:
    """The coordinates of two centres that differ most."""
    pairs = [(c, d) for cs, ds in zip(one.center, two.center, strict=True) for c, d in zip(cs, ds, strict=True)]
    return max(pairs, key=lambda pair: abs(pair[0] - pair[1]))


def _holds(cell: _Cell, box: EnclosureCertificate) -> bool:
    """Whether the centre of a box lies in the cell, in floats."""
    for vertices, center in zip(cell.vertices, box.center, strict=True):
        coordinates = np.linalg.lstsq(vertices.T, np.array(center, dtype=float), rcond=None)[0]
        if float(coordinates.min()) < -1e-9:
            return False
    return True


def _hull(cells: Sequence[_Cell]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The least box around cells: for each player and action of the support the least and the largest probability."""
    result = []
    for i in range(len(cells[0].vertices)):
        stacked = np.concatenate([cell.vertices[i] for cell in cells])
        low, high = stacked.min(axis=0).tolist(), stacked.max(axis=0).tolist()
        result.append(tuple(zip(low, high, strict=True)))
    return tuple(result)
