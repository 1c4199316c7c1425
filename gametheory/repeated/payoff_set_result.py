"""Payoffs of subgame perfect equilibria between two certified sets, and questions about them.

The set V(δ) of payoffs of subgame perfect equilibria of a repeated game (pure actions, perfect monitoring, a public coin) is
known by a polytope inside it and one around it. What lies in the inner one is an equilibrium payoff, with the play that gives
it; what lies outside the outer one is none; between them nothing is said. The two are equal where the set is known exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import Verdict, exact_text, exact_vector
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.payoff_sweeps import convex_hull
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.public_self_generation import PublicSelfGenerationCertificate
from gametheory.certificates.self_generation import SelfGenerationCertificate
from gametheory.errors import InfeasibleError, UndecidedError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["Halfspace", "PayoffSet", "Point", "convex_weights", "weights_in_polygon"]

Point = tuple[Fraction, ...]
Halfspace = tuple[Point, Fraction]
"""A normal w and a bound β: the payoffs v with w·v ≤ β."""


@final
@compared_by("game", "discount", "monitoring", "inner", "outer", "halfspaces", "exact")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PayoffSet:
    """The payoffs of subgame perfect equilibria in pure actions with a public coin, between two certified polytopes.

    Payoffs are discounted averages in the units of the stage game, one number for each player.

    Attributes
    ----------
    game : NormalFormGame
        The stage game.
    discount : Fraction
    inner : tuple of points
        Vertices of a polytope inside the set (of two players anticlockwise); empty if no equilibrium was found.
    outer : tuple of points
        Vertices of a polytope around the set (of two players anticlockwise); empty if there is proved to be no equilibrium.
    halfspaces : tuple of (normal, bound)
        The same polytope as {v : normal·v ≤ bound for all}.
    exact : bool
        Whether the two polytopes are the same, and the set is known.
    gap : Fraction or None
        At least the Hausdorff distance (Euclidean, in units of payoff) between them; 0 if exact, ``None`` if the inner one
        is empty and the outer one is not.
    inner_certificate : SelfGenerationCertificate, PublicSelfGenerationCertificate or None
        Play and continuation at each vertex of the inner polytope; ``None`` where that is empty.
    outer_certificate : Certificate
        Why no equilibrium payoff lies outside.
    method : str
    monitoring : Monitoring or None
        Public signals, where actions are not seen: then the equilibria are the perfect public ones.
    """

    game: NormalFormGame
    discount: Fraction
    inner: tuple[Point, ...]
    outer: tuple[Point, ...]
    halfspaces: tuple[Halfspace, ...]
    exact: bool
    gap: Fraction | None
    inner_certificate: SelfGenerationCertificate | PublicSelfGenerationCertificate | None
    outer_certificate: Certificate
    method: str
    monitoring: Monitoring | None = None

    @property
    def empty(self) -> bool:
        """Whether it is proved that no subgame perfect equilibrium in pure actions exists."""
        return self.exact and not self.inner

    @property
    def vertices(self) -> tuple[Point, ...]:
        """The vertices of the set.

        Raises
        ------
        UndecidedError
            If it is not known exactly.
        """
        if not self.exact:
            raise UndecidedError(
                f"vertices: the set is known between two polytopes, {_gap_text(self.gap)}; use .inner, .outer and .gap"
            )
        return self.inner

    @property
    def dimension(self) -> int:
        """Dimension of the inner polytope: −1 if it is empty, 0 a point, 1 a segment, and so on."""
        if not self.inner:
            return -1
        return _rank([[x - y for x, y in zip(v, self.inner[0], strict=True)] for v in self.inner[1:]])

    def support(self, direction: Sequence[Any]) -> tuple[Fraction, Fraction]:
        """Lower and upper bound on the largest weighted sum of payoffs, max {direction·v : v in the set}.

        Raises
        ------
        UndecidedError
            If the set is empty, or not known to have a payoff.

        Examples
        --------
        >>> from gametheory.repeated import payoff_set
        >>> dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
        >>> payoff_set(dilemma, "3/4").support([1, 0])
        (Fraction(39, 4), Fraction(39, 4))
        """
        weights = self._vector(direction, "direction")
        if not self.inner:
            raise UndecidedError("support: no equilibrium payoff is known; look at .empty and .outer")
        low, high = (max(_dot(weights, v) for v in points) for points in (self.inner, self.outer))
        return low, high

    @property
    def worst_payoffs(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """For each player lower and upper bound on its least equilibrium payoff: the harshest credible punishment."""
        found = []
        for i in range(self.game.num_players):
            low, high = self.support([-int(j == i) for j in range(self.game.num_players)])
            found.append((-high, -low))
        return tuple(found)

    def contains(self, payoff: Sequence[Any]) -> Verdict:
        """Whether a payoff vector is that of an equilibrium: yes in the inner polytope, no outside the outer one.

        The gain of the verdict is the largest violation w·v − β of a half-space of the outer polytope, or 0; the witness
        of a yes is a lottery over inner vertices, that of a no the half-space.

        Raises
        ------
        UndecidedError
            By ``bool()`` of the verdict, if the payoff lies between the polytopes.
        """
        v = self._vector(payoff, "payoff")
        question = f"is ({', '.join(map(str, payoff))}) a payoff of a subgame perfect equilibrium?"
        if self.empty:
            return Verdict("no", Fraction(0), None, question)
        violations = [_dot(w, v) - bound for w, bound in self.halfspaces]
        worst = max(range(len(violations)), key=lambda k: violations[k])
        if violations[worst] > 0:
            return Verdict("no", violations[worst], self.halfspaces[worst], question)
        weights = convex_weights(self.inner, v)
        if weights is not None:
            return Verdict("yes", Fraction(0), weights, question)
        doubt = f"it lies between the inner and the outer set, {_gap_text(self.gap)}; ask payoff_set for a smaller gap"
        return Verdict("within tolerance", Fraction(0), None, question, doubt)

    def __contains__(self, payoff: Sequence[Any]) -> bool:
        return bool(self.contains(payoff))

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Re-check both certificates exactly.

        Raises
        ------
        CertificateError
            If one does not establish its claim, or the claim is about another game.
        """
        stage = self.game.exact() if game is None else game
        if self.inner_certificate is not None:
            self.inner_certificate.verify(stage)
        return self.outer_certificate.verify(stage)

    def _vector(self, values: Sequence[Any], name: str) -> Point:
        return exact_vector(values, where=name, count=self.game.num_players)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "discount": exact_text(self.discount),
            "inner": [[exact_text(x) for x in v] for v in self.inner],
            "outer": [[exact_text(x) for x in v] for v in self.outer],
            "exact": self.exact,
            "gap": None if self.gap is None else exact_text(self.gap),
            "method": self.method,
            "certificates": [c.to_dict() for c in (self.inner_certificate, self.outer_certificate) if c is not None],
        }

    def to_frame(self) -> Any:
        """A pandas table of the vertices of both polytopes, and what is played first at those of the inner one."""
        played = {} if self.inner_certificate is None else {p.payoff: p.profile for p in self.inner_certificate.points}
        rows = []
        for name, points in (("inner", self.inner), ("outer", self.outer)):
            for v in points:
                profile = played.get(v) if name == "inner" else None
                rows.append([name, *v, "" if profile is None else ", ".join(self.game.action_labels(profile))])
        return data_frame(rows, ["set", *self.game.players, "profile"])

    def __repr__(self) -> str:
        if self.empty:
            text = "certified: empty, no subgame perfect equilibrium in pure actions"
        elif self.exact:
            text = f"certified, exact: {len(self.inner)} vertices, dimension {self.dimension}"
        else:
            text = f"certified: {len(self.inner)} inner and {len(self.outer)} outer vertices, {_gap_text(self.gap)}"
        return f"PayoffSet(δ = {_short(self.discount)}, {text})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def convex_weights(points: Sequence[Point], target: Point) -> tuple[tuple[int, Fraction], ...] | None:
    """Weights of at most n + 1 points whose mean is the target, as (number of the point, weight); ``None`` if there are none.

    Examples
    --------
    >>> corners = [(Fraction(0), Fraction(0)), (Fraction(4), Fraction(0)), (Fraction(0), Fraction(4))]
    >>> convex_weights(corners, (Fraction(1), Fraction(2)))
    ((0, Fraction(1, 4)), (1, Fraction(1, 4)), (2, Fraction(1, 2)))
    """
    if not points:
        return None
    if len(target) == 2:
        corners = convex_hull((v[0], v[1]) for v in points)
        found = weights_in_polygon(corners, target)
        return None if found is None else tuple((points.index(corners[k]), x) for k, x in found)
    from gametheory.optimize.exact import solve_exact

    rows: list[Any] = [
        (f"payoff {i}", {k: v[i] for k, v in enumerate(points)}, "==", target[i]) for i in range(len(target))
    ]
    rows.append(("sum", dict.fromkeys(range(len(points)), 1), "==", 1))
    try:
        solution = solve_exact(LinearProgramme.from_rows("min", [0] * len(points), rows))
    except InfeasibleError:
        return None
    return tuple((k, solution.primal[k]) for k in range(len(points)) if solution.primal[k])


def weights_in_polygon(points: Sequence[Point], target: Point) -> tuple[tuple[int, Fraction], ...] | None:
    """The same for the vertices of a polygon in order: a fan of triangles from the first one."""
    one = Fraction(1)
    for k, v in enumerate(points):
        if v == target:
            return ((k, one),)
    a = points[0]
    p = (target[0] - a[0], target[1] - a[1])
    previous: tuple[Fraction, Fraction] | None = None
    for k in range(1, len(points)):
        b = (points[k][0] - a[0], points[k][1] - a[1])
        if p[0] * b[1] == p[1] * b[0]:
            share = (p[0] * b[0] + p[1] * b[1]) / (b[0] ** 2 + b[1] ** 2)
            if 0 < share < 1:
                return ((0, 1 - share), (k, share))
        elif previous is not None:
            area = previous[0] * b[1] - previous[1] * b[0]
            if area:
                s, t = (p[0] * b[1] - p[1] * b[0]) / area, (previous[0] * p[1] - previous[1] * p[0]) / area
                if s >= 0 and t >= 0 and s + t <= 1:
                    weights = ((0, 1 - s - t), (k - 1, s), (k, t))
                    return tuple((j, x) for j, x in weights if x)
        previous = b
    return None


def _dot(w: Sequence[Fraction], v: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(w, v, strict=True)), Fraction(0))


def _rank(rows: list[list[Fraction]]) -> int:
    rank, width = 0, len(rows[0]) if rows else 0
    for column in range(width):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for r in range(rank + 1, len(rows)):
            share = rows[r][column] / rows[rank][column]
            rows[r] = [x - share * y for x, y in zip(rows[r], rows[rank], strict=True)]
        rank += 1
    return rank


def _gap_text(gap: Fraction | None) -> str:
    return "no inner payoff known" if gap is None else f"at most {float(gap):.3g} apart"


def _short(value: Fraction) -> str:
    text = exact_text(value)
    return text if len(text) <= 12 else f"{float(value):.6g}"
