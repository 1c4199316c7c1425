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

import math
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.enclosures import EnclosureCertificate
from gametheory.certificates.multiplayer_completeness import (
    MultiplayerCompletenessCertificate,
    all_supports,
)
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.support_cells import (
    Cell,
    emptiness_weights,
    first_cell,
    holds_center,
    hull,
    is_full_of_equilibria,
)
from gametheory.equilibria.support_systems import (
    certified,
    enclosure_of,
    is_float_equilibrium,
    normalised_payoffs,
    solved_support,
)
from gametheory.errors import CertificateError, SolverError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["MAX_SUPPORTS", "iterate_multiplayer_equilibria", "multiplayer_equilibria"]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]
Step = tuple[Any, ...]

MAX_SUPPORTS = 200_000
"""Games with more supports are refused: 3 × 5 actions have 29,791, 4 × 5 have 923,521."""

SMALLEST_EDGE, SMALLEST_SINGULAR_EDGE = 2.0**-12, 2.0**-5
"""Cells whose edges are all shorter are left undecided; the second where a singular solution was found."""

MAX_UNDECIDED = 16
"""With more undecided cells than this a support is left as it stands: its equilibria are not isolated."""

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
    search = _search(game, max_equilibria, max_branches, time_limit)
    for support in all_supports(game.num_actions):
        search.add(support)
    return search.result()


def iterate_multiplayer_equilibria(
    game: NormalFormGame, *, max_branches: int | None = None, time_limit: float | None = None
) -> Iterator[Equilibrium]:
    """The members of :func:`multiplayer_equilibria` as they are found, support by support.

    Raises
    ------
    SolverError
        At a limit; and at the end, if cells were left undecided, so that there may be more equilibria.
    UnsupportedError
        As there.
    """
    search = _search(game, sys.maxsize, sys.maxsize if max_branches is None else max_branches, time_limit)
    given = 0
    for support in all_supports(game.num_actions):
        search.add(support)
        yield from search.members[given:]
        given = len(search.members)
    if search.undecided:
        raise SolverError(
            f"all supports were searched and {given:,} equilibria given, but there may be more: in {len(search.undecided)} "
            "supports cells stay undecided, as equilibria there are not isolated or nearly so; the undecided attribute of "
            "nash_equilibria(game) lists them",
            status="undecided",
            solver=METHOD,
        )


def _search(game: NormalFormGame, max_equilibria: int, max_branches: int, time_limit: float | None) -> _Search:
    check_count("max_equilibria", max_equilibria, least=0)
    check_count("max_branches", max_branches, least=0)
    check_seconds("time_limit", time_limit)
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the equilibria depend on them; substitute values")
    count = math.prod(2**m - 1 for m in game.num_actions)
    if count > MAX_SUPPORTS:
        raise UnsupportedError(
            f"all equilibria of a game with {game.num_players} players and {count:,} supports: at most {MAX_SUPPORTS:,} "
            "supports are searched; eliminate dominated actions first (iterated_elimination), or use nash_equilibrium "
            "for one equilibrium, pure_nash_equilibria for the pure ones"
        )
    return _Search(game, max_equilibria, max_branches, None if time_limit is None else time.monotonic() + time_limit)


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
        left: list[Cell] = []
        waiting = [first_cell(self.payoffs, support)]
        while waiting:
            cell = waiting.pop()
            self._count()
            step = self._decided(cell, support, first)
            if step is None:
                length, i, a, b = cell.longest_edge()
                deep = SMALLEST_SINGULAR_EDGE if self.singular else SMALLEST_EDGE
                if length > deep and len(left) <= MAX_UNDECIDED and not is_full_of_equilibria(cell, support):
                    tree.append(("split", i, a, b))
                    waiting.extend(reversed(list(cell.halves(i, a, b))))
                else:
                    left.append(cell)
                continue
            tree.append(step)
        self.trees.append(tuple(tree))
        if left:
            self.undecided.append((support, hull(left)))

    def _count(self) -> None:
        self.branches += 1
        if self.branches > self.max_branches:
            raise self._stopped(f"more than max_branches={self.max_branches:,} cells were looked at")
        if self.deadline is not None and self.branches % 64 == 0 and time.monotonic() > self.deadline:
            raise self._stopped("the time limit was reached")
        if len(self.members) > self.max_equilibria:
            raise self._stopped(f"more than max_equilibria={self.max_equilibria:,} equilibria were found")

    def _decided(self, cell: Cell, support: Support, first: int) -> Step | None:
        """The step that decides the cell, if one does; equilibria found on the way are added."""
        weights = emptiness_weights(cell, support)
        if weights is not None:
            return ("empty", weights)
        near = self._near(cell, support, first)
        if near is None and self._found(cell, support, first):
            near = self._near(cell, support, first)
        return None if near is None else ("root", near)

    def _near(self, cell: Cell, support: Support, first: int) -> int | None:
        """The number of a known equilibrium with this support within whose reach the cell lies."""
        for k in range(first, len(self.boxes)):
            reach = float(self.reach[k]) * (1 - 1e-9)
            if all(
                len(own) == 1 or float(np.abs(vertices - np.array(center, dtype=float)).max()) <= reach
                for own, vertices, center in zip(support, cell.vertices, self.boxes[k].center, strict=True)
            ):
                return k
        return None

    def _found(self, cell: Cell, support: Support, first: int) -> bool:
        """Newton's method from the centre of the cell; whether it led to an equilibrium that is new and isolated."""
        start = [vertices.mean(axis=0) for vertices in cell.vertices]
        if any(holds_center(cell, self.boxes[k]) for k in range(first, len(self.boxes))):
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


def _farthest(one: EnclosureCertificate, two: EnclosureCertificate) -> tuple[Fraction, Fraction]:
    """The coordinates of two centres that differ most."""
    pairs = [(c, d) for cs, ds in zip(one.center, two.center, strict=True) for c, d in zip(cs, ds, strict=True)]
    return max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
