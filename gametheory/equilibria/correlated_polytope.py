"""Every extreme (coarse) correlated equilibrium of a small game.

The set of correlated equilibria is the polytope P = {p ≥ 0, Σ p = 1, G p ≥ 0}; its vertices are the extreme rays of
the cone {p ≥ 0, G p ≥ 0}, scaled to sum to one. The **double description method** starts from the unit vectors, the
rays of {p ≥ 0}, and adds one row at a time: rays on its positive side stay, and every adjacent pair of rays on
different sides gives a new one on the hyperplane. Two rays are adjacent when no third one is tight at all the
inequalities at which both are. All in integers, so that degenerate games need no care; the row that makes the fewest
pairs is added next.

A polytope of dimension d with f facets has at most C(f − ⌈d/2⌉, ⌊d/2⌋) + C(f − ⌊d/2⌋ − 1, ⌈d/2⌉ − 1) vertices (upper
bound theorem, P. McMullen 1970), which bounds every step too: here d ≤ N − 1 and f ≤ N plus the number of rows. Small
means up to 3×3, 2×5 or 2×2×2; a 4×4 game can have more than 100,000 vertices.

References: T. S. Motzkin, H. Raiffa, G. L. Thompson and R. M. Thrall (1953), *The double description method*; R. Nau, S.
Gomez Canovas and P. Hansen (2004), *On the geometry of Nash equilibria and correlated equilibria*, Int. J. Game Theory
32; A. Calvó-Armengol (2006), *The set of correlated equilibria of 2 × 2 games*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.correlated import correlated_from_distribution
from gametheory.equilibria.correlated_interior import integer_rank
from gametheory.equilibria.correlated_programme import all_obedience_rows, obedience_table
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.errors import UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["CorrelatedPolytope", "correlated_polytope", "most_vertices"]

Array = NDArray[Any]
Ray = tuple[tuple[int, ...], int]
"""Integers without common divisor, and the set of inequalities at which they are tight, as bits."""


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class CorrelatedPolytope:
    """The set of all (coarse) correlated equilibria as the convex hull of its vertices.

    Attributes
    ----------
    game : NormalFormGame
    concept : "correlated" or "coarse correlated"
    vertices : tuple of Equilibrium
        In lexicographic order of their probabilities, the largest first; each with a certificate that nobody gains by
        disobedience. That none is missing rests on the method, run in integers.
    dimension : int
        From 0 (one equilibrium) to N − 1 for N profiles.
    """

    game: NormalFormGame
    concept: str
    vertices: tuple[Equilibrium, ...]
    dimension: int

    def __len__(self) -> int:
        return len(self.vertices)

    @property
    def payoffs(self) -> tuple[tuple[Any, ...], ...]:
        """The payoffs at the vertices: their convex hull is the set of correlated equilibrium payoffs."""
        return tuple(vertex.payoffs for vertex in self.vertices)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "dimension": self.dimension,
            "vertices": [vertex.to_dict() for vertex in self.vertices],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each vertex: its probabilities and payoffs."""
        profiles = ["(" + ", ".join(self.game.action_labels(a)) + ")" for a in np.ndindex(*self.game.num_actions)]
        rows = [[*np.asarray(v.profile).reshape(-1).tolist(), *v.payoffs] for v in self.vertices]
        return data_frame(rows, [*profiles, *self.game.players])

    def __repr__(self) -> str:
        plural = "vertex" if len(self.vertices) == 1 else "vertices"
        return (
            f"CorrelatedPolytope({self.concept}: dimension {self.dimension} of {self.game.num_profiles - 1}, "
            f"{len(self.vertices)} {plural}, each certified)"
        )

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(vertex.describe())}</li>" for vertex in self.vertices[:50])
        return f"<p>{escape(repr(self))}</p><ol>{items}</ol>"


def correlated_polytope(game: NormalFormGame, *, coarse: bool = False, max_vertices: int = 5_000) -> CorrelatedPolytope:
    """All vertices of the set of (coarse) correlated equilibria of a small game, exactly, and its dimension.

    Parameters
    ----------
    coarse : bool
        Whether players commit to follow or to ignore their recommendations before they hear them.
    max_vertices : int
        Most vertices that an intermediate polytope may have; the time grows with the cube of their number.

    Returns
    -------
    CorrelatedPolytope

    Raises
    ------
    UnsupportedError
        More vertices than ``max_vertices`` on the way, or payoffs with free symbols.
    SpecificationError
        ``max_vertices`` below 1.

    Examples
    --------
    Chicken has five extreme correlated equilibria: three Nash equilibria, and two that Aumann (1974) found.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> polytope = correlated_polytope(game)
    >>> polytope
    CorrelatedPolytope(correlated: dimension 3 of 3, 5 vertices, each certified)
    >>> sorted(str(sum(payoffs)) for payoffs in polytope.payoffs)
    ['21/2', '28/3', '36/5', '9', '9']
    """
    check_count("max_vertices", max_vertices)
    exact_game = game.exact()
    size = game.num_profiles
    if size > max_vertices:  # the unit vectors are there from the beginning
        raise _too_many(exact_game, coarse, max_vertices)
    rows: list[dict[int, int]] = []
    for i in range(game.num_players):
        own = all_obedience_rows(exact_game, [i], coarse=coarse)
        if own:
            table, columns = obedience_table(exact_game, own, coarse=coarse)
            where = np.broadcast_to(columns, table.shape)
            rows += [
                {int(j): int(x) for j, x in zip(where[k], table[k], strict=True) if x != 0} for k in range(len(own))
            ]
    rays = _extreme_rays(size, [row for row in rows if row], max_vertices)
    if rays is None:
        raise _too_many(exact_game, coarse, max_vertices)
    vertices = sorted((RationalArray.of_integers(np.array(ray, dtype=object), sum(ray)) for ray in rays), key=_order)
    return CorrelatedPolytope(
        game=game,
        concept="coarse correlated" if coarse else "correlated",
        vertices=tuple(
            correlated_from_distribution(game, vertex, coarse=coarse, method="double description")
            for vertex in vertices
        ),
        dimension=integer_rank([list(ray) for ray in rays]) - 1,
    )


def most_vertices(game: NormalFormGame, *, coarse: bool = False) -> int:
    """The upper bound theorem's limit on the vertices of the set of (coarse) correlated equilibria.

    Examples
    --------
    >>> most_vertices(NormalFormGame.zero_sum([[1, -1], [-1, 1]])), most_vertices(NormalFormGame([[[0] * 4] * 4] * 2))
    (12, 6731712)
    """
    dimension = game.num_profiles - 1
    facets = game.num_profiles + len(all_obedience_rows(game, range(game.num_players), coarse=coarse))
    high, low = -(-dimension // 2), dimension // 2
    return math.comb(facets - high, low) + (math.comb(facets - low - 1, high - 1) if dimension else 0)


def _too_many(game: NormalFormGame, coarse: bool, max_vertices: int) -> UnsupportedError:
    return UnsupportedError(
        f"the polytope of this game has {game.num_profiles} columns and needs more than {max_vertices:,} vertices on the "
        f"way (at most {most_vertices(game, coarse=coarse):,}); raise max_vertices, or ask correlated_equilibrium for "
        "optima, correlated_payoff_range for payoffs, correlated_interior for the dimension"
    )


def _order(vertex: RationalArray) -> list[Any]:
    return [-x for x in vertex.fractions()]


def _extreme_rays(size: int, rows: Sequence[dict[int, int]], limit: int) -> list[tuple[int, ...]] | None:
    """The extreme rays of {x ≥ 0, every row ≥ 0}; ``None`` where there are more than ``limit`` on the way."""
    everything = (1 << size) - 1
    rays: list[Ray] = [(tuple(int(j == k) for j in range(size)), everything & ~(1 << k)) for k in range(size)]
    waiting = dict(enumerate(rows))
    values = {r: [row.get(k, 0) for k in range(size)] for r, row in waiting.items()}
    while waiting:
        chosen = min(waiting, key=lambda r: (sum(v > 0 for v in values[r]) * sum(v < 0 for v in values[r]), r))
        del waiting[chosen]
        here, bit = values.pop(chosen), 1 << (size + chosen)
        above = [k for k, v in enumerate(here) if v > 0]
        below = [k for k, v in enumerate(here) if v < 0]
        kept = [k for k, v in enumerate(here) if v >= 0]
        tight = [zeros for _, zeros in rays]
        new: list[Ray] = []
        for k in above:
            for other in below:
                common = tight[k] & tight[other]
                if common.bit_count() < size - 2 or _shared_by_a_third(tight, common, k, other):
                    continue
                a, b = here[k], -here[other]
                mixed = [b * x + a * y for x, y in zip(rays[k][0], rays[other][0], strict=True)]
                divisor = math.gcd(*mixed)
                new.append((tuple(x // divisor for x in mixed), common | bit))
        fresh = len(kept)
        rays = [(rays[k][0], rays[k][1] | (bit if here[k] == 0 else 0)) for k in kept] + new
        if len(rays) > limit:
            return None
        for r, row in waiting.items():
            old = values[r]
            values[r] = [old[k] for k in kept] + [sum(c * ray[j] for j, c in row.items()) for ray, _ in rays[fresh:]]
    return [ray for ray, _ in rays]


def _shared_by_a_third(tight: Sequence[int], common: int, one: int, other: int) -> bool:
    """Whether a third ray is tight at all inequalities of ``common``, so that the two span no edge."""
    return any(zeros & common == common and k != one and k != other for k, zeros in enumerate(tight))
