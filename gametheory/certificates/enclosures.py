"""A Nash equilibrium lies within a box, and only one: the float result as a theorem.

Players outside a set M play one action; player i ∈ M mixes over the actions S_i, |S_i| ≥ 2. Let a_i be the first of
S_i. The probabilities x = (σ_i(a) : i ∈ M, a ∈ S_i) of an equilibrium with this support solve F(x) = 0, where

    F_{i,a}(x) = u_i(a, σ_{−i}) − u_i(a_i, σ_{−i})  for a ∈ S_i \\ {a_i},     F_i(x) = Σ_{a ∈ S_i} σ_i(a) − 1,

as many equations as unknowns, in units of payoff numerators (payoffs times the game's denominator). Let B = {x : |x − c|
≤ r} with c − r > 0, and Y any matrix. Payoffs are multilinear, so that over B an entry of the Jacobian J departs from
J(c) by at most ΔJ, the same sum with the absolute values of its coefficients at c + r less that at c. If, row by row,

    |Y F(c)| + (|I − Y J(c)| + |Y| ΔJ) r  <  r,

then x ↦ x − Y F(x) maps B into its interior and contracts it in the norm max_k |x_k| / r_k (mean value theorem), and Y
is regular: F has exactly one zero in B (R. Krawczyk 1969; R. E. Moore 1977; S. Banach 1922). If further
u_i(b, σ_{−i}) − u_i(a_i, σ_{−i}), bounded over B in the same manner, is ≤ 0 for all b ∉ S_i, the zero is a Nash
equilibrium. Where nobody mixes the last condition alone is checked.

All in integers. Complexity: O(n² · actions of one player · ∏_i |S_i|) products and a matrix product of size Σ |S_i|.

References
----------
R. Krawczyk (1969), *Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken*, Computing 4, 187-201.
R. E. Moore (1977), *A test for existence of solutions to nonlinear systems*, SIAM J. Numerical Analysis 14, 611-615.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact
from gametheory.certificates.encoding import (
    action_name,
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    rationals_from_json,
)
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["EnclosureCertificate", "indifference_equations"]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]
Vectors = tuple[tuple[Fraction, ...], ...]

MAX_SHOWN = 4


@final
@dataclass(frozen=True, slots=True, repr=False)
class EnclosureCertificate:
    """The claim that exactly one Nash equilibrium with a given support lies in a box.

    Attributes
    ----------
    support : tuple of tuples of int
        For each player the actions played with positive probability, in increasing order.
    center, radius : tuple of tuples of Fraction
        For each player and each action of its support: the equilibrium's probability is within ``radius`` of
        ``center``. A player with one action has the center 1 and the radius 0.
    preconditioner : tuple of tuples of Fraction
        The matrix Y; rows and columns are the pairs (player who mixes, action of its support) in order, where the
        column of the first action of a support belongs to the equation that probabilities sum to one.
    game : NormalFormGame or None
        The exact game; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game as read from a file, or where no game is carried.

    Examples
    --------
    Matching pennies, where F is linear and Y = J⁻¹:

    >>> game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    >>> half, tiny = ["1/2", "1/2"], ["1/1000", "1/1000"]
    >>> Y = [["1/2", 0, 0, "1/8"], ["1/2", 0, 0, "-1/8"], [0, "-1/8", "1/2", 0], [0, "1/8", "1/2", 0]]
    >>> EnclosureCertificate.of(game, [[0, 1], [0, 1]], [half, half], [tiny, tiny], Y).verify()
    True
    """

    support: Support
    center: Vectors
    radius: Vectors
    preconditioner: Vectors
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @classmethod
    def of(
        cls,
        game: NormalFormGame,
        support: Sequence[Sequence[int]],
        center: Sequence[Sequence[Any]],
        radius: Sequence[Sequence[Any]],
        preconditioner: Sequence[Sequence[Any]],
    ) -> EnclosureCertificate:
        """The claim about ``game`` (its exact form); numbers are whatever :func:`gametheory.arithmetic.exact` reads."""
        return cls(
            tuple(tuple(map(int, own)) for own in support),
            _vectors(center, "center"),
            _vectors(radius, "radius"),
            _vectors(preconditioner, "preconditioner"),
            game.exact(),
        )

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def width(self) -> Fraction:
        """The largest radius: how well the equilibrium's probabilities are known."""
        return max((r for own in self.radius for r in own), default=Fraction(0))

    @property
    def claim(self) -> str:
        """The claim in words."""
        parts = []
        for i, own in enumerate(self.support):
            center = self.center[i] if i < len(self.center) else ()
            names = [action_name(self.game, i, k) for k in own[:MAX_SHOWN]]
            terms = [name if c == 1 else f"{_rounded(c)} {name}" for name, c in zip(names, center, strict=False)]
            parts.append(" + ".join([*terms, *(["…"] if len(own) > MAX_SHOWN else [])]))
        width = _rounded(self.width)
        return f"within {width} of ({', '.join(parts)}) there is exactly one Nash equilibrium with that support"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Evaluate the equations, their Jacobian and its variation in integers, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If the box is not mapped into itself, a probability may be zero, an action left out may be a better reply,
            or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        self._check_shape(checked)
        scale = math.lcm(*(x.denominator for part in (self.center, self.radius) for own in part for x in own))
        center = [[int(x * scale) for x in own] for own in self.center]
        radius = [[int(x * scale) for x in own] for own in self.radius]
        for i, own in enumerate(self.support):
            for k, c, r in zip(own, center[i], radius[i], strict=True):
                if c - r <= 0:
                    fail(self.claim, f"{_named(checked, i, k)} may be played with probability zero in this box")
        upper = [[c + r for c, r in zip(*pair, strict=True)] for pair in zip(center, radius, strict=True)]
        values, jacobian, variation, outside = indifference_equations(checked, self.support, center, scale, upper)
        for i, k, bound in outside:
            if bound > 0:
                fail(self.claim, f"{_named(checked, i, k)} may be a better reply in this box")
        mixing = [i for i, own in enumerate(self.support) if len(own) > 1]
        if not mixing:
            return True
        if len(mixing) == 1:
            fail(self.claim, "one player mixes alone: the equations do not determine the probabilities")
        reach = np.array([r for i in mixing for r in radius[i]], dtype=object)
        image, unit = _image(self.preconditioner, values, jacobian, variation, reach, scale ** (len(mixing) - 2))
        for position, (mapped, r) in enumerate(zip(image.tolist(), reach.tolist(), strict=True)):
            if mapped >= r * unit:
                i, k = [(i, k) for i in mixing for k in self.support[i]][position]
                share = float(Fraction(mapped, r * unit)) if r and mapped < 10**9 * r * unit else math.inf
                fail(
                    self.claim,
                    f"the image of the box is {share:.3g} times as wide for {_named(checked, i, k)}, not narrower",
                )
        return True

    def is_alone_within(self, reach: Fraction, game: NormalFormGame) -> bool:
        """Whether |I − Y J(c)| + |Y| ΔJ contracts the box of this radius around the center: it has at most one zero of F.

        The box may be wider than the one of the claim, and leave the simplex; the claim itself is not checked.
        """
        mixing = [i for i, own in enumerate(self.support) if len(own) > 1]
        if len(mixing) < 2 or reach <= 0:
            return not mixing
        self._check_shape(game)
        scale = math.lcm(reach.denominator, *(x.denominator for own in self.center for x in own))
        center = [[int(x * scale) for x in own] for own in self.center]
        if min(min(own) for own in center) < 0:
            return False
        width = int(reach * scale)
        upper = [[c + width * (len(own) > 1) for c in own] for own in center]
        _, jacobian, variation, _ = indifference_equations(game, self.support, center, scale, upper)
        widths = np.full(len(jacobian), width, dtype=object)
        nothing = np.zeros(len(jacobian), dtype=object)
        image, unit = _image(self.preconditioner, nothing, jacobian, variation, widths, scale ** (len(mixing) - 2))
        return all(mapped < width * unit for mapped in image.tolist())

    def _check_shape(self, game: NormalFormGame) -> None:
        problem = ""
        if len(self.support) != game.num_players:
            problem = f"{game.num_players} supports are needed, one for each player"
        elif any(
            not own or list(own) != sorted(set(own)) or own[0] < 0 or own[-1] >= m
            for own, m in zip(self.support, game.num_actions, strict=True)
        ):
            problem = "a support must list actions of its player, once each, in increasing order"
        sizes = [len(own) for own in self.support]
        if [len(own) for own in self.center] != sizes or [len(own) for own in self.radius] != sizes:
            problem = problem or "center and radius must have a number for each action of the supports"
        elif any(
            self.center[i] != (Fraction(1),) or self.radius[i] != (Fraction(0),)
            for i, size in enumerate(sizes)
            if size == 1
        ):
            problem = problem or "a player with one action has the center 1 and the radius 0"
        unknowns = sum(size for size in sizes if size > 1)
        if [len(row) for row in self.preconditioner] != [unknowns] * unknowns:
            problem = problem or f"the preconditioner must have {unknowns} rows and columns"
        if problem:
            fail(self.claim, problem)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "enclosure",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "support": [list(own) for own in self.support],
            "center": _to_json(self.center),
            "radius": _to_json(self.radius),
            "preconditioner": _to_json(self.preconditioner),
        }

    @classmethod
    def from_dict(cls, data: Any) -> EnclosureCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "support", "center", "radius", "preconditioner")
        game = game_of_certificate(data, keys, "enclosure")
        for key in keys[3:]:
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list of lists")
        support = tuple(
            indices_from_json(own, where=f"certificate.support[{i}]") for i, own in enumerate(data["support"])
        )
        center, radius, matrix = (
            tuple(rationals_from_json(own, f"certificate.{key}[{i}]") for i, own in enumerate(data[key]))
            for key in keys[4:]
        )
        return cls(support, center, radius, matrix, game, data["game_digest"])

    def __repr__(self) -> str:
        return f"EnclosureCertificate({self.claim})"


def indifference_equations(
    game: NormalFormGame,
    support: Support,
    center: Sequence[Sequence[int]],
    scale: int,
    upper: Sequence[Sequence[int]] | None = None,
    *,
    points_only: bool = False,
) -> tuple[Array, Array, Array, list[tuple[int, int, int]]]:
    """The equations of a support at ``center / scale``, in integers; see the head of this module.

    Parameters
    ----------
    game : NormalFormGame
        An exact game.
    support : tuple of tuples of int
    center, upper : sequences of int for each player
        Numerators over ``scale`` of the point and of the box's upper corner c + r (``None``: the point alone).
    points_only : bool
        Leave out everything but the values.

    Returns
    -------
    (values, jacobian, variation, outside)
        F(c) times scale^(k − 1), J(c) and ΔJ times scale^(k − 2), where k ≥ 2 players mix, as object arrays of integers
        (without a meaning for k < 2); and for each action outside the supports (player, action, an upper bound of its
        advantage over the box times scale^(k − 1), or scale^k if the player does not mix).
    """
    mixing = [i for i, own in enumerate(support) if len(own) > 1]
    top = center if upper is None else upper
    start, size = {}, 0
    for i in mixing:
        start[i], size = size, size + len(support[i])
    values, outside = np.zeros(size, dtype=object), []
    jacobian, variation = np.zeros((size, size), dtype=object), np.zeros((size, size), dtype=object)
    unit = scale ** max(len(mixing) - 2, 0)
    for i, own in enumerate(support):
        others = [j for j in mixing if j != i]
        differences = _differences(game, support, i, others)
        points = [np.array(center[j], dtype=object) for j in others]
        tops = [np.array(top[j], dtype=object) for j in others]
        left_out = [b for b in range(game.num_actions[i]) if b not in own]
        if points_only:
            if i in start:
                rest = _contracted(differences[list(own[1:])], points)
                values[start[i]] = (sum(center[i]) - scale) * unit
                values[start[i] + 1 : start[i] + len(own)] = rest
            continue
        sizes = abs(differences)
        if left_out:
            at = _contracted(differences[left_out], points)
            reach = _contracted(sizes[left_out], tops) - _contracted(sizes[left_out], points)
            outside += [(i, b, int(x)) for b, x in zip(left_out, (at + reach).tolist(), strict=True)]
        if i not in start:
            continue
        rows = list(own[1:])
        block = slice(start[i] + 1, start[i] + len(own))
        values[start[i]] = (sum(center[i]) - scale) * unit
        jacobian[start[i], start[i] : start[i] + len(own)] = unit
        for position, j in enumerate(others):
            columns = slice(start[j], start[j] + len(support[j]))
            pair = _contracted(differences[rows], points, position)
            jacobian[block, columns] = pair
            variation[block, columns] = _contracted(sizes[rows], tops, position) - _contracted(
                sizes[rows], points, position
            )
            if position == 0:
                values[block] = pair.dot(points[0])
    return values, jacobian, variation, outside


def _image(
    preconditioner: Vectors, values: Array, jacobian: Array, variation: Array, reach: Array, power: int
) -> tuple[Array, int]:
    """|Y F(c)| + (|I − Y J(c)| + |Y| ΔJ) r and the unit in which it is to be compared with r, in integers."""
    divisor = math.lcm(*(y.denominator for row in preconditioner for y in row))
    matrix = np.array([[int(y * divisor) for y in row] for row in preconditioner], dtype=object)
    # Everything times divisor · scale^(number who mix − 1), of which the rows of values carry the power already.
    unit = divisor * power
    rest = -matrix.dot(jacobian)
    rest[np.diag_indices(len(rest))] += unit
    return abs(matrix.dot(values)) + (abs(rest) + abs(matrix).dot(variation)).dot(reach), unit


def _differences(game: NormalFormGame, support: Support, i: int, others: list[int]) -> Array:
    """u_i(b, ·) − u_i(a_i, ·) for every own action b and every combination of the supports of ``others``."""
    axes = [list(range(m)) if j == i else list(support[j]) for j, m in enumerate(game.num_actions)]
    tensor = np.moveaxis(game.numerators[i][np.ix_(*axes)].astype(object), i, 0)
    tensor = tensor.reshape(game.num_actions[i], *(len(support[j]) for j in others))
    return np.asarray(tensor - tensor[support[i][0]])


def _contracted(tensor: Array, vectors: list[Array], keep: int | None = None) -> Array:
    """Contract the axes after the first with ``vectors``, all but the vector number ``keep``."""
    result = tensor
    for axis in range(len(vectors) - 1, -1, -1):
        if axis != keep:
            result = np.tensordot(result, vectors[axis], axes=([axis + 1], [0]))
    return np.asarray(result, dtype=object)


def _named(game: NormalFormGame, i: int, k: int) -> str:
    return f"{game.players[i]}'s action {game.actions[i][k]!r}"


def _rounded(value: Fraction) -> str:
    """A few digits, for a message."""
    try:
        return f"{float(value):.6g}"
    except OverflowError:
        return brief(value)


def _vectors(data: Sequence[Sequence[Any]], where: str) -> Vectors:
    return tuple(tuple(exact(x, where=f"{where}[{i}][{k}]") for k, x in enumerate(own)) for i, own in enumerate(data))


def _to_json(vectors: Vectors) -> list[list[str]]:
    return [[rational_to_json(x) for x in own] for own in vectors]
