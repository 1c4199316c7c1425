"""No Nash equilibrium is missing from a list, for any number of players.

For each support S = S_0 × … × S_{n−1} the profiles that play within S are a product of simplices. The evidence is a
binary tree of products of sub-simplices, a *cell* at each node, given by a vertex for each action of each support:

* at ("split", i, a, b): player i's vertices number a and b are joined by an edge; its midpoint takes the place of b in
  the first branch and of a in the second;
* at ("empty", w): with integer weights w_{i,a}, at least 0 for a ∉ S_i, the function

      G(σ) = Σ_i 2^{−β_i} Σ_a w_{i,a} [u_i(a, σ_{−i}) − u_i(a_i, σ_{−i})],      a_i the first action of S_i,

  is nowhere negative where each player plays a vertex of the cell, and some action of S is played with probability 0
  by its player at all those combinations of vertices at which G is 0. As G is multilinear, it is then positive wherever
  all of S is played. At an equilibrium with support S every bracket is 0 for a ∈ S_i and ≤ 0 for a ∉ S_i: the cell
  holds none. (2^{β_i} is the least power of two above the span of player i's payoff numerators: it keeps weights
  comparable between players.);
* at ("root", k): the cell lies in the box of radius ``reach[k]`` around listed equilibrium number k, of support S, in
  which the equations of S have at most one solution (:meth:`.EnclosureCertificate.is_alone_within`).

Each listed equilibrium has an enclosure of its own, and those with the same support are apart. Hence the equilibria of
the game are those listed, one in each box, and no other.

References: supports as in R. D. McKelvey and A. McLennan (1996), *Computation of equilibria in finite games*, Handbook of
Computational Economics 1; the sign test is that of the coefficients of a multilinear (Bernstein) form. Complexity:
O(n² ∏ |S_i| max |S_i|) integer operations at a leaf; supports are ∏ (2^{m_i} − 1).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.enclosures import EnclosureCertificate
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
)
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["MultiplayerCompletenessCertificate", "all_supports", "payoff_exponents"]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]
Step = tuple[Any, ...]
Weights = tuple[tuple[int, int, int], ...]

MAX_SUPPORTS = 2**20
MAX_HALVINGS = 2048
"""Deeper cells are refused: their numbers would keep a reader busy for hours."""

_MACHINE = 2**62
_LARGEST = 2**53


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MultiplayerCompletenessCertificate:
    """The claim that the Nash equilibria of a game are those in the listed boxes, one in each.

    Attributes
    ----------
    equilibria : tuple of EnclosureCertificate
        Without a game of their own.
    reach : tuple of Fraction
        For each of them the radius within which its support has no other solution.
    trees : tuple of tuples
        For each support, in the order of :func:`all_supports`, the tree in preorder: see the head of this module.
        Weights are triples (player, action, weight).
    game : NormalFormGame or None
        The exact game; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game as read from a file, or where no game is carried.
    """

    equilibria: tuple[EnclosureCertificate, ...]
    reach: tuple[Fraction, ...]
    trees: tuple[tuple[Step, ...], ...]
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def claim(self) -> str:
        """The claim in words."""
        count = len(self.equilibria)
        if count == 1:
            return "the game has exactly one Nash equilibrium, in the listed box"
        return f"the game has exactly {count} Nash equilibria, one in each listed box"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check every box and every leaf in integers, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If a box does not hold an equilibrium, two could be the same, a cell could hold another equilibrium, a
            support is left out, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        if len(self.reach) != len(self.equilibria):
            fail(self.claim, f"{len(self.equilibria)} radii are needed, one for each equilibrium")
        for k, (box, reach) in enumerate(zip(self.equilibria, self.reach, strict=True)):
            try:
                EnclosureCertificate(box.support, box.center, box.radius, box.preconditioner, checked).verify()
            except CertificateError as error:
                fail(self.claim, f"equilibrium {k}: {error.violation}")
            if not box.is_alone_within(reach, checked):
                fail(self.claim, f"equilibrium {k}: there may be another solution within {brief(reach)}")
        for (k, one), (j, two) in itertools.combinations(enumerate(self.equilibria), 2):
            if one.support == two.support and not _apart(one, two):
                fail(self.claim, f"equilibria {k} and {j} may be the same")
        supports = all_supports(checked.num_actions)
        if len(self.trees) != _number_of_supports(checked.num_actions):
            fail(self.claim, f"{len(self.trees)} trees are given, one for each support is needed")
        exponents = payoff_exponents(checked)
        for support, tree in zip(supports, self.trees, strict=True):
            self._check_tree(checked, exponents, support, tree)
        return True

    def _check_tree(
        self, game: NormalFormGame, exponents: Sequence[int], support: Support, tree: tuple[Step, ...]
    ) -> None:
        differences = _Differences(game, exponents, support)
        waiting = [tuple((np.eye(len(own), dtype=object) * 1, 0) for own in support)]
        for step in tree:
            where = f"support {[list(own) for own in support]}"
            if not waiting:
                fail(self.claim, f"{where}: the tree goes on after its end")
            cell = waiting.pop()
            if step[0] == "split":
                waiting.extend(_halves(cell, step[1:], f"{self.claim}: {where}"))
            elif step[0] == "empty":
                problem = differences.emptiness_problem(cell, step[1])
                if problem:
                    fail(self.claim, f"{where}: {problem}")
            elif not self._is_near(cell, support, step[1]):
                fail(self.claim, f"{where}: a cell is not within reach of equilibrium {step[1]}")
        if waiting:
            fail(self.claim, f"support {[list(own) for own in support]}: the tree ends before all cells are decided")

    def _is_near(self, cell: tuple[tuple[Array, int], ...], support: Support, k: int) -> bool:
        """Whether every vertex of the cell is within reach of the centre of equilibrium k, and it has this support."""
        if not 0 <= k < len(self.equilibria) or self.equilibria[k].support != support:
            return False
        for (vertices, exponent), center, own in zip(cell, self.equilibria[k].center, support, strict=True):
            scale = 2**exponent
            for column, c in enumerate(center):
                low, high = int(vertices[:, column].min()), int(vertices[:, column].max())
                if len(own) > 1 and (
                    c * scale - low > self.reach[k] * scale or high - c * scale > self.reach[k] * scale
                ):
                    return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        boxes = []
        for box, reach in zip(self.equilibria, self.reach, strict=True):
            data = box.to_dict()
            boxes.append(
                {key: data[key] for key in ("support", "center", "radius", "preconditioner")}
                | {"reach": rational_to_json(reach)}
            )
        return {
            "kind": "multiplayer completeness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "equilibria": boxes,
            "trees": [[_step_to_json(step) for step in tree] for tree in self.trees],
        }

    @classmethod
    def from_dict(cls, data: Any) -> MultiplayerCompletenessCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "equilibria", "trees")
        game = game_of_certificate(data, keys, "multiplayer completeness")
        digest = data["game_digest"]
        for key in ("equilibria", "trees"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list")
        boxes, reaches = [], []
        for k, part in enumerate(data["equilibria"]):
            where = f"certificate.equilibria[{k}]"
            expect_keys(part, ("support", "center", "radius", "preconditioner", "reach"), where=where)
            reaches.append(rational_from_json(part["reach"], where=f"{where}.reach"))
            whole = {"kind": "enclosure", "game_digest": digest, "game": None} | part
            boxes.append(EnclosureCertificate.from_dict({key: whole[key] for key in whole if key != "reach"}))
        trees = []
        for s, tree in enumerate(data["trees"]):
            if not isinstance(tree, list):
                raise SpecificationError(f"certificate.trees[{s}]: found {type(tree).__name__}; write a list of steps")
            trees.append(tuple(_step_from_json(step, f"certificate.trees[{s}][{k}]") for k, step in enumerate(tree)))
        return cls(tuple(boxes), tuple(reaches), tuple(trees), game, digest)

    def __repr__(self) -> str:
        return f"MultiplayerCompletenessCertificate({self.claim})"


def all_supports(num_actions: Sequence[int]) -> Iterator[Support]:
    """All supports: for each player the non-empty sets of actions in the order of their bits, the last player fastest.

    Examples
    --------
    >>> list(all_supports((2, 1)))
    [((0,), (0,)), ((1,), (0,)), ((0, 1), (0,))]
    """
    choices = [[tuple(k for k in range(m) if bits >> k & 1) for bits in range(1, 2**m)] for m in num_actions if m <= 20]
    return itertools.product(*choices)


def payoff_exponents(game: NormalFormGame) -> tuple[int, ...]:
    """β_i for each player: the number of bits of the span of its payoff numerators."""
    return tuple((int(own.max()) - int(own.min())).bit_length() for own in game.numerators)


def _number_of_supports(num_actions: Sequence[int]) -> int:
    total = 1
    for m in num_actions:
        total *= 2 ** min(m, 64) - 1
    return total if total <= MAX_SUPPORTS else -1


class _Differences:
    """u_i(a, ·) − u_i(a_i, ·) over a support, in integers, and sums of them at the vertices of cells."""

    def __init__(self, game: NormalFormGame, exponents: Sequence[int], support: Support) -> None:
        self.game, self.support = game, support
        largest = max(exponents)
        self.factors = [2 ** (largest - e) for e in exponents]
        self.sizes = [2**e * f for e, f in zip(exponents, self.factors, strict=True)]
        self.tables: dict[int, Array] = {}

    def table(self, i: int) -> Array:
        """All own actions first, then an axis for each player, of length 1 for i."""
        if i not in self.tables:
            axes = [range(m) if j == i else self.support[j] for j, m in enumerate(self.game.num_actions)]
            own = np.moveaxis(self.game.numerators[i][np.ix_(*axes)], i, 0)
            self.tables[i] = np.expand_dims(own.astype(object) - own[self.support[i][0]].astype(object), 1 + i)
        return self.tables[i]

    def emptiness_problem(self, cell: tuple[tuple[Array, int], ...], weights: Weights) -> str:
        """Why the weights do not show that the cell holds no equilibrium; empty if they do."""
        by_player: dict[int, dict[int, int]] = {}
        for i, a, w in weights:
            if not 0 <= i < len(self.support) or not 0 <= a < self.game.num_actions[i]:
                return f"there is no action {a} of player {i}"
            if w < 0 and a not in self.support[i]:
                return "the weight of an action outside the support is negative"
            own = by_player.setdefault(i, {})
            own[a] = own.get(a, 0) + w
        power = sum(exponent for _, exponent in cell)
        size = sum(self.sizes[i] * abs(w) for i, _, w in weights) << power
        machine = size < _MACHINE and self.game.numerators.dtype != object
        dtype = np.int64 if machine else object
        total: Any = np.zeros([1] * len(self.support), dtype=dtype)
        for i, own in by_player.items():
            part = sum(self.table(i)[a] * (w * self.factors[i]) for a, w in own.items())
            part = np.asarray(part).astype(dtype)
            for j, (vertices, _) in enumerate(cell):
                if j != i and len(vertices) > 1:
                    part = np.moveaxis(np.tensordot(vertices.astype(dtype), part, axes=([1], [j])), 0, j)
            total = total + part * 2 ** cell[i][1]
        if bool((total > 0).all()) or (bool((total >= 0).all()) and _vanishes_at_the_edge(total == 0, cell)):
            return ""
        return "weights do not rule an equilibrium out"


def _vanishes_at_the_edge(zeros: Array, cell: tuple[tuple[Array, int], ...]) -> bool:
    """Whether an action of the support has probability 0 at every vertex that occurs where ``zeros`` holds."""
    whole = np.broadcast_to(zeros, [len(vertices) for vertices, _ in cell])
    for i, (vertices, _) in enumerate(cell):
        occurs = whole.any(axis=tuple(j for j in range(len(cell)) if j != i))
        if bool((vertices[occurs] == 0).all(axis=0).any()):
            return True
    return False


def _halves(
    cell: tuple[tuple[Array, int], ...], edge: tuple[int, int, int], where: str
) -> list[tuple[tuple[Array, int], ...]]:
    """The two cells of a split, the second first: the first is to be looked at next."""
    i, a, b = edge
    if not 0 <= i < len(cell) or not 0 <= a < len(cell[i][0]) or not 0 <= b < len(cell[i][0]) or a == b:
        fail(where, f"there is no edge {a}, {b} of player {i}")
    vertices, exponent = cell[i]
    if exponent >= MAX_HALVINGS:
        fail(where, f"a cell is halved more than {MAX_HALVINGS:,} times")
    result = []
    for gone in (a, b):
        new = vertices * 2
        new[gone] = vertices[a] + vertices[b]
        power = exponent + 1
        while power and not (new % 2).any():
            new, power = new // 2, power - 1
        result.append((*cell[:i], (new, power), *cell[i + 1 :]))
    return result


def _apart(one: EnclosureCertificate, two: EnclosureCertificate) -> bool:
    """Whether the boxes have no point in common."""
    return any(
        abs(c - d) > r + s
        for cs, ds, rs, ss in zip(one.center, two.center, one.radius, two.radius, strict=True)
        for c, d, r, s in zip(cs, ds, rs, ss, strict=True)
    )


def _step_to_json(step: Step) -> list[Any]:
    if step[0] == "empty":
        return ["empty", [list(entry) for entry in step[1]]]
    return list(step)


def _step_from_json(data: Any, where: str) -> Step:
    if isinstance(data, list) and data:
        kind, rest = data[0], data[1:]
        if kind == "split" and len(rest) == 3 and all(_is_index(x) for x in rest):
            return ("split", *rest)
        if kind == "root" and len(rest) == 1 and _is_index(rest[0]):
            return ("root", rest[0])
        if kind == "empty" and len(rest) == 1 and isinstance(rest[0], list):
            entries = rest[0]
            if all(
                isinstance(e, list) and len(e) == 3 and _is_index(e[0]) and _is_index(e[1]) for e in entries
            ) and all(type(e[2]) is int and abs(e[2]) < _LARGEST for e in entries):
                return ("empty", tuple((e[0], e[1], e[2]) for e in entries))
    raise SpecificationError(
        f"{where}: write ['split', player, vertex, vertex], ['empty', [[player, action, weight], …]] or ['root', number]"
    )


def _is_index(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31
