"""All equilibria of a two-player constant-sum game: every optimal strategy of one player with every one of the other.

If payoffs sum to one constant, (x, y) is an equilibrium iff x is optimal for player 1 and y for player 2 (J. von Neumann
1928): equilibria are interchangeable. So one of them, (x°, y°), describes all. x is optimal iff it forms an equilibrium with
y°, that is

    x_i = 0 for every row i that is no best reply to y°,      every column that y° plays is a best reply to x,

a face of player 1's best-response polytope, and likewise for player 2. No search over labels is needed: a linear programme
gives (x°, y°), the vertices of the two faces are the extreme optimal strategies, and their pairs the extreme equilibria, a
single maximal Nash subset. The evidence that none is missing is the pair with that of the two faces
(:mod:`gametheory.certificates.completeness`).

Complexity: a linear programme in rationals, and simplex pivots for each face of the optimal strategies, of which there can
be exponentially many, as there can be vertices.
"""

from __future__ import annotations

from typing import Any

from gametheory.arithmetic import RationalArray
from gametheory.equilibria.label_search import Face, Faces, Found, Limits, label_search, whole_polytopes
from gametheory.equilibria.zero_sum import zero_sum_equilibrium
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["optimal_faces", "optimal_products"]

Weights = tuple[int, ...]


def optimal_products(exact_game: NormalFormGame, limits: Limits) -> Found:
    """The extreme optimal strategies of both players, with the evidence that they are all.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    faces, pair = _described(exact_game)
    found = label_search(faces, limits, walk=lambda root, _limits, _steps: iter([root]))
    i, j = (own[x] for own, x in zip(found.strategies, pair, strict=True))
    found.steps.append(("interchangeable", i, j))
    return found


def optimal_faces(exact_game: NormalFormGame) -> Faces:
    """The optimal strategies of both players, as faces of their best-response polytopes."""
    return _described(exact_game)[0]


def _described(exact_game: NormalFormGame) -> tuple[Faces, tuple[Weights, Weights]]:
    """The two faces, described by a pair of their vertices, and that pair."""
    solution = zero_sum_equilibrium(exact_game)
    first, second = (RationalArray.from_fractions(v).numerators.tolist() for v in solution.exact_profile)
    root = whole_polytopes(*exact_game.numerators.tolist())
    x_face, y_face = _faces_at(
        exact_game, root, (tuple(first), tuple(second))
    )  # by optimal strategies, vertices or not
    pair = x_face.dictionary.point(x_face.own), y_face.dictionary.point(y_face.own)
    return _faces_at(exact_game, root, pair), pair


def _faces_at(exact_game: NormalFormGame, root: Faces, pair: tuple[Weights, Weights]) -> Faces:
    """What forms an equilibrium with the other strategy of the pair: it has the labels that this one has not."""
    A, B = exact_game.numerators
    faces = []
    for face, other, replies in ((root[0], pair[1], _payoffs(A, pair[1])), (root[1], pair[0], _payoffs(B.T, pair[0]))):
        best = max(replies)
        labels = [face.own[i] for i, u in enumerate(replies) if u < best]
        labels += [face.other[j] for j, weight in enumerate(other) if weight]
        for label in labels:
            part = face.facet(label)
            if not isinstance(part, Face):
                raise SolverError(
                    "the optimal strategies of a constant-sum game form no face; this is a fault in the solver, please "
                    "report the game",
                    status="wrong",
                    solver="linear programme of a constant-sum game",
                )
            face = part
        faces.append(face)
    return faces[0], faces[1]


def _payoffs(table: Any, weights: Weights) -> list[int]:
    """What each row earns against a mixture of columns, times the sum of the weights."""
    played = [j for j, w in enumerate(weights) if w]
    return [sum(weights[j] * row[j] for j in played) for row in table.tolist()]
