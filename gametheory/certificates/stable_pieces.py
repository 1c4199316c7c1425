"""Which mixed equilibria of two players no coalition leaves: strong and coalition-proof Nash equilibria, all of them.

On a maximal Nash subset X × Y (a product of faces, all of whose pairs are equilibria) player 1's payoff depends on y alone and
player 2's on x alone, both linearly, because every x ∈ X is a best reply to every y ∈ Y. So the payoffs of X × Y are a
rectangle [a_1, b_1] × [a_2, b_2], its corner (b_1, b_2) those of an extreme equilibrium. Whether the two players leave an
equilibrium with payoffs u together depends on u and on the payoffs Q that they can reach:

* coalition-proof (B. Bernheim, B. Peleg and M. Whinston 1987; for two players the self-enforcing profiles are the Nash
  equilibria): no equilibrium pays both more, that is no corner (b_1, b_2) of another rectangle.
* strong, "all": no point of Q pays both more; "some": none pays nobody less and one more; "any": u is the best payoff in the
  table for both; "transfer": u_1 + u_2 is the largest sum in the table. Q is the set of payoffs of pure profiles, of
  pairs of independent mixtures (:mod:`.product_payoffs`), or the convex hull of the former (shared randomness).

Within a rectangle the equilibria that stay are a union of **pieces** {(x, y) ∈ X × Y: u_1 ∈ I_1, u_2 ∈ I_2} with intervals I:

* against finitely many points p (coalition-proof; pure deviations): a staircase, for each step u_1 ≥ p_1 and u_2 ≥ p'_2; under
  "some" with >, and with equality at the undominated points themselves;
* against a Q that holds the corner (mixed deviations, "all"): the edge u_1 = b_1 where u_2 ≥ sup {q_2 : q ∈ Q, q_1 > b_1}, and
  the other edge likewise; all other points pay both less than the corner. A threshold that is irrational is enclosed;
* under "some" with mixed deviations, "any" and "transfer": the corner, or nothing.

Everything in fractions; :mod:`.stable_sets` has the certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

from gametheory.certificates.gains import Blocking
from gametheory.certificates.product_payoffs import independent_improvement, independent_limit
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Deviations",
    "Interval",
    "Piece",
    "Stability",
    "improving_play",
    "payoff_rectangles",
    "stable_pieces",
]

Stability = Literal["strong Nash", "coalition-proof Nash"]
Deviations = Literal["pure", "independent", "correlated"]
Point = tuple[Fraction, Fraction]
Rectangle = tuple[Point, Point]
"""(a_1, b_1), (a_2, b_2)."""
Play = tuple[tuple[tuple[int, int], Fraction], ...]
"""Pure profiles with their probabilities."""


@final
@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Payoffs from ``low`` to ``high``; ``open`` where ``low`` itself is out.

    ``doubtful`` below ``low`` where the true end is irrational: it lies between ``doubtful`` and ``low``.
    """

    low: Fraction
    high: Fraction
    open: bool = False
    doubtful: Fraction | None = None

    def holds(self, payoff: Fraction) -> bool:
        return (self.low < payoff if self.open else self.low <= payoff) and payoff <= self.high

    def within(self, other: Interval) -> bool:
        """Whether it is part of another interval."""
        start = self.low > other.low or (self.low == other.low and (self.open or not other.open))
        return start and self.high <= other.high


Piece = tuple[int, Interval, Interval]
"""Number of the maximal Nash subset, and the payoffs of players 1 and 2 that stay in."""


def payoff_rectangles(
    game: NormalFormGame,
    strategies: Sequence[Sequence[Sequence[Fraction]]],
    products: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> list[Rectangle]:
    """The payoffs of each maximal Nash subset of an exact game, a rectangle."""
    first, second = _matrices(game)
    result = []
    for xs, ys in products:
        x, y = strategies[0][xs[0]], strategies[1][ys[0]]
        of_first = [_product(x, first, strategies[1][j]) for j in ys]
        of_second = [_product(strategies[0][i], second, y) for i in xs]
        result.append(((min(of_first), max(of_first)), (min(of_second), max(of_second))))
    return result


def stable_pieces(
    game: NormalFormGame,
    rectangles: Sequence[Rectangle],
    *,
    concept: Stability,
    blocking: Blocking = "all",
    coordination: Deviations = "pure",
) -> tuple[Piece, ...]:
    """The pieces of the maximal Nash subsets, given by their rectangles, that no coalition leaves; see the module."""
    pieces: list[Piece] = []
    points: list[Point] = []
    if concept == "coalition-proof Nash":
        points = [(first[1], second[1]) for first, second in rectangles]
    elif coordination == "pure":
        points = _table_points(game)
    for k, (one, two) in enumerate(rectangles):
        corner = (one[1], two[1])
        if concept == "coalition-proof Nash" or (coordination == "pure" and blocking == "all"):
            own = _staircase(points, one, two, open_ended=False)
        elif coordination == "pure" and blocking == "some":
            own = [*_staircase(points, one, two, open_ended=True), *_touching(points, one, two)]
        elif blocking == "all":
            own = _edges(game, one, two, coordination)
        else:
            stays = improving_play(game, corner, blocking=blocking, coordination=coordination) is None
            own = [(Interval(one[1], one[1]), Interval(two[1], two[1]))] if stays else []
        kept = [
            piece
            for n, piece in enumerate(own)
            if not any(
                piece[0].within(other[0]) and piece[1].within(other[1]) and (other != piece or m < n)
                for m, other in enumerate(own)
                if m != n
            )
        ]
        pieces += [(k, *piece) for piece in kept]
    return tuple(pieces)


def improving_play(
    game: NormalFormGame, payoffs: Point, *, blocking: Blocking, coordination: Deviations
) -> Play | None:
    """Joint play of the two players of an exact game that blocks what pays ``payoffs``, or ``None`` if none does.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> improving_play(prisoners, (Fraction(1), Fraction(1)), blocking="all", coordination="pure")
    (((0, 0), Fraction(1, 1)),)
    """
    first, second = _matrices(game)
    cells = [(i, j) for i in range(len(first)) for j in range(len(first[0]))]
    for i, j in cells:
        if _blocks((first[i][j] - payoffs[0], second[i][j] - payoffs[1]), blocking):
            return (((i, j), Fraction(1)),)
    if coordination == "pure" or blocking in ("any", "transfer"):
        return None
    if coordination == "independent":
        return independent_improvement(first, second, payoffs, strict=blocking == "all")
    # Shared randomness: no vertex of the hull improves, so if anything does, a point of an edge does.
    right = [(i, j) for i, j in cells if first[i][j] > payoffs[0]]
    above = [(i, j) for i, j in cells if second[i][j] > payoffs[1]]
    for a in right:
        for b in above:
            mixed = _crossing(
                (first[a[0]][a[1]] - payoffs[0], second[a[0]][a[1]] - payoffs[1]),
                (first[b[0]][b[1]] - payoffs[0], second[b[0]][b[1]] - payoffs[1]),
            )
            if mixed is not None:
                return tuple(sorted(((a, 1 - mixed), (b, mixed))))
    return None


# -- against finitely many points --------------------------------------------------------------------------------------


def _staircase(points: Sequence[Point], one: Point, two: Point, *, open_ended: bool) -> list[tuple[Interval, Interval]]:
    """The parts of a rectangle where each point p has u_1 ≥ p_1 or u_2 ≥ p_2 (``open_ended``: >)."""
    steps: list[Point] = []  # undominated points, first payoff falling, second rising
    for p in sorted(set(points), reverse=True):
        if not steps or p[1] > steps[-1][1]:
            steps.append(p)
    result = []
    for j in range(len(steps) + 1):
        least_first = steps[j][0] if j < len(steps) else None  # of the points that player 1's payoff must reach
        least_second = steps[j - 1][1] if j else None
        intervals = [_from(least_first, one, open_ended), _from(least_second, two, open_ended)]
        if intervals[0] is not None and intervals[1] is not None:
            result.append((intervals[0], intervals[1]))
    return result


def _from(least: Fraction | None, span: Point, open_ended: bool) -> Interval | None:
    low, high = span
    if least is None or least < low or (least == low and not open_ended):
        return Interval(low, high)
    if least > high or (least == high and open_ended):
        return None
    return Interval(least, high, open_ended)


def _touching(points: Sequence[Point], one: Point, two: Point) -> list[tuple[Interval, Interval]]:
    """Undominated points that lie in the rectangle: an equilibrium that pays just that is not improved on."""
    result = []
    for p in set(points):
        dominated = any(q != p and q[0] >= p[0] and q[1] >= p[1] for q in points)
        if not dominated and one[0] <= p[0] <= one[1] and two[0] <= p[1] <= two[1]:
            result.append((Interval(p[0], p[0]), Interval(p[1], p[1])))
    return sorted(result)


# -- against mixed play ------------------------------------------------------------------------------------------------


def _edges(game: NormalFormGame, one: Point, two: Point, coordination: Deviations) -> list[tuple[Interval, Interval]]:
    """The parts of the edges through the corner of a rectangle that nothing in Q improves on for both."""
    result = []
    for player, (own, other) in enumerate(((one, two), (two, one))):
        bits = 64
        limit = _limit(game, player, own[1], coordination, bits)
        while limit is not None and any(limit[0] < end < limit[1] for end in other):
            bits *= 2  # an irrational limit differs from the ends, which are rational
            limit = _limit(game, player, own[1], coordination, bits)
        if limit is not None and limit[0] >= other[1] and limit != (other[1], other[1]):
            continue
        edge = Interval(own[1], own[1])
        rest = Interval(*other)
        if limit is not None and limit[1] > other[0]:
            rest = Interval(limit[1], other[1], False, None if limit[0] == limit[1] else limit[0])
        result.append((edge, rest) if player == 0 else (rest, edge))
    return result


def _limit(game: NormalFormGame, player: int, level: Fraction, coordination: Deviations, bits: int) -> Point | None:
    """sup of the other player's payoff where ``player`` gets more than ``level``, enclosed."""
    first, second = _matrices(game)
    if player == 1:
        first, second = second, first
    if coordination == "independent":
        return independent_limit(first, second, level, bits=bits)
    points = [(a, b) for own, others in zip(first, second, strict=True) for a, b in zip(own, others, strict=True)]
    right = [p for p in points if p[0] > level]
    if not right:
        return None
    values = [b for _, b in right] + [b for a, b in points if a == level]
    for a, b in right:
        values += [d + (b - d) * (level - c) / (a - c) for c, d in points if c < level]
    return max(values), max(values)


def _crossing(right: Point, above: Point) -> Fraction | None:
    """A weight of ``above`` at which the mixture with ``right`` is positive in both coordinates.

    Given as differences from the payoffs to improve on: ``right`` is positive in the first, ``above`` in the second, and
    neither in both. (A mixture that improves on one coordinate alone, with the other equal, does so at an end.)
    """
    below = right[0] / (right[0] - above[0])  # the first coordinate is positive for smaller weights
    beyond = right[1] / (right[1] - above[1])  # the second for larger ones
    return (below + beyond) / 2 if beyond < below else None


def _table_points(game: NormalFormGame) -> list[Point]:
    first, second = _matrices(game)
    return [(a, b) for own, others in zip(first, second, strict=True) for a, b in zip(own, others, strict=True)]


def _blocks(gains: Point, blocking: Blocking) -> bool:
    if blocking == "all":
        return min(gains) > 0
    if blocking == "some":
        return min(gains) >= 0 and max(gains) > 0
    if blocking == "any":
        return max(gains) > 0
    return gains[0] + gains[1] > 0


def _matrices(game: NormalFormGame) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    if game.num_players != 2 or game.arithmetic != "exact":
        raise SpecificationError(
            f"game: found {game.num_players} players, {game.arithmetic}; the payoffs of equilibria are rectangles for two "
            "players with exact payoffs"
        )
    both = [[[Fraction(x, game.denominator) for x in row] for row in table] for table in game.numerators.tolist()]
    return both[0], both[1]


def _product(x: Sequence[Fraction], matrix: Sequence[Sequence[Fraction]], y: Sequence[Fraction]) -> Fraction:
    rows = [(p, row) for p, row in zip(x, matrix, strict=True) if p]
    return sum((p * q * row[j] for p, row in rows for j, q in enumerate(y) if q), Fraction(0))
