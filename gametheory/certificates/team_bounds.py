"""Two-sided bounds on what a team can secure when its members randomise independently.

A team T with payoff u plays against one adversary. With independent mixed strategies x_i the team secures

    v* = max_x min_b u_b(x),        u_b(x) = Σ_a u(b, a) ∏_{i∈T} x_i(a_i),

b the adversary's action: multilinear in x, not concave. The certificate brackets v*.

**Lower.** Strategies x; min_b u_b(x) is evaluated in integers.
**Upper.** A subdivision of the strategy sets. A cell is a product of simplices C_i ⊆ Δ(A_i), at the root the Δ(A_i)
themselves. A node splits the edge between two vertices p and r of one C_i at its midpoint: one child has the midpoint in
place of p, the other in place of r, and together they cover the cell. A leaf has weights q ≥ 0 on the adversary's
actions. u_q = Σ_b q_b u_b / Σ_b q_b is multilinear, so that on the cell it is largest at a choice of vertices, and

    min_b u_b(x)  ≤  u_q(x)  ≤  max over vertices v_i of C_i of u_q(v)        for every x in the cell.

The largest of these numbers over all leaves bounds v*. No relaxation of the products is tighter on a cell: for the best
q the number is the value of the game in which the team may correlate among the vertices.

Complexity: one pass over the tree, |payoff table| integer operations at each node, numbers longer by one bit for each
level of depth. References: B. von Stengel and D. Koller (1997), *Team-maxmin equilibria*, Games and Economic Behavior
21; R. Horst and H. Tuy, *Global Optimization* (1996), on the bisection of simplices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Protocol, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    list_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.rationals import (
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Split",
    "TeamBoundsCertificate",
    "halved",
    "largest_weighted",
    "leaf_bounds",
    "team_guarantee",
    "team_payoffs",
    "team_table",
    "tree_depth",
]

Array = NDArray[Any]
Split = tuple[int, int, int]
"""Member (by position in the team) and the two vertices between which its simplex is split."""

MAX_DEPTH = 2000
_MACHINE = 2**62
_KEYS = (
    *("kind", "game_digest", "game", "team", "adversary", "payoff", "strategies", "lower"),
    *("splits", "weights", "upper"),
)


class _AboutTeam(Protocol):
    @property
    def game(self) -> NormalFormGame | None: ...
    @property
    def game_digest(self) -> str: ...
    @property
    def team(self) -> tuple[int, ...]: ...
    @property
    def adversary(self) -> int: ...
    @property
    def payoff(self) -> RationalArray | None: ...


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class TeamBoundsCertificate:
    """The claim that a team of independent members secures at least ``lower`` and at most ``upper``.

    Attributes
    ----------
    team : tuple of int
        The members in increasing order; all players but the adversary.
    adversary : int
    strategies : tuple of tuples of Fraction
        A mixed strategy for each member, in the order of ``team``: they secure ``lower``.
    lower, upper : Fraction
    splits : tuple of (member, vertex, vertex) or None
        The tree in preorder: an inner node splits an edge of a member's simplex (the member by its position in
        ``team``), a leaf is ``None``. The child that replaces the first vertex comes first.
    weights : tuple of tuples of int
        For each leaf, in the order of ``splits``, integers ≥ 0 on the adversary's actions, not all 0.
    payoff : RationalArray, shape num_actions, or None
        The team's payoff at each profile of the game; ``None``: the members' common payoff in the game.
    game : NormalFormGame or None

    Examples
    --------
    Two members must both name the side on which the adversary is not looking; two cuts show that they get at most 1/2.

    >>> common = [[[0, 1], [0, 0]], [[0, 0], [1, 0]]]
    >>> game = NormalFormGame([common, common, [[[-x for x in row] for row in table] for table in common]])
    >>> half = (Fraction(1, 2),) * 2
    >>> TeamBoundsCertificate(
    ...     team=(0, 1), adversary=2, strategies=(half, half), lower=Fraction(1, 4), upper=Fraction(1, 2),
    ...     splits=((0, 0, 1), None, None), weights=((1, 1), (1, 1)), game=game).verify()
    True
    """

    team: tuple[int, ...]
    adversary: int
    strategies: tuple[tuple[Fraction, ...], ...]
    lower: Fraction
    upper: Fraction
    splits: tuple[Split | None, ...]
    weights: tuple[tuple[int, ...], ...]
    payoff: RationalArray | None = None
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        whose = "" if self.payoff is None else " of the payoff given here"
        return (
            f"without correlation the team against {player_name(self.game, self.adversary)} secures at least "
            f"{brief(self.lower)}{whose}, and at most {brief(self.upper)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check both bounds exactly; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming what breaks: the strategies, the tree, or a leaf.
        """
        exact_game = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            table = team_table(exact_game, self.team, self.adversary, self.payoff)
            secured = team_guarantee(table, self.strategies)
            if secured < self.lower:
                fail(self.claim, f"the strategies {self._described()} secure {brief(secured)} only")
            for number, bound in enumerate(leaf_bounds(table, self.splits, self.weights)):
                if bound > self.upper:
                    fail(self.claim, f"leaf {number} bounds the payoff by {brief(bound)} only")
        except SpecificationError as error:
            fail(self.claim, str(error))
        return True

    def _described(self) -> str:
        return describe_profile(None, self.strategies)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "team bounds",
            **team_to_json(self),
            "strategies": [[rational_to_json(p) for p in strategy] for strategy in self.strategies],
            "lower": rational_to_json(self.lower),
            "splits": [None if split is None else list(split) for split in self.splits],
            "weights": [list(row) for row in self.weights],
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> TeamBoundsCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "team bounds")
        where = "certificate"
        return cls(
            **team_from_json(data),
            strategies=tuple(
                rationals_from_json(row, f"{where}.strategies[{k}]")
                for k, row in enumerate(list_from_json(data["strategies"], f"{where}.strategies"))
            ),
            lower=rational_from_json(data["lower"], where=f"{where}.lower"),
            upper=rational_from_json(data["upper"], where=f"{where}.upper"),
            splits=tuple(
                None if row is None else split_from_json(row, f"{where}.splits[{k}]")
                for k, row in enumerate(list_from_json(data["splits"], f"{where}.splits"))
            ),
            weights=tuple(
                _weights(row, f"{where}.weights[{k}]")
                for k, row in enumerate(list_from_json(data["weights"], f"{where}.weights"))
            ),
            game=game,
        )

    def __repr__(self) -> str:
        return f"TeamBoundsCertificate({self.claim}: {len(self.weights)} cells)"


def team_table(
    game: NormalFormGame, team: Sequence[int], adversary: int, payoff: RationalArray | None = None
) -> RationalArray:
    """The team's payoffs, the adversary's axis first and the members' axes in increasing order.

    Parameters
    ----------
    game : NormalFormGame
        An exact game.
    team : sequence of int
        All players but the adversary, in increasing order.
    adversary : int
    payoff : RationalArray, optional
        One number for each profile, of shape ``num_actions`` or flat; by default the members' common payoff.

    Raises
    ------
    SpecificationError
        If team and adversary are not all players, the payoff has another size, or members' payoffs differ.
    """
    n = game.num_players
    if not 0 <= adversary < n or tuple(team) != tuple(i for i in range(n) if i != adversary):
        raise SpecificationError(
            f"team, adversary: found {list(team)} and {adversary}; write one of the players 0 to {n - 1} as the "
            "adversary and all others, in increasing order, as the team"
        )
    if not team:
        raise SpecificationError("team: the game has one player only; a team needs at least one member")
    if payoff is None:
        own = game.numerators[team[0]]
        for i in team[1:]:
            if not bool(np.all(own == game.numerators[i])):
                where = tuple(int(k) for k in np.argwhere(own != game.numerators[i])[0])
                raise SpecificationError(
                    f"payoff: none is given, and {game.players[team[0]]} and {game.players[i]} are paid differently at "
                    f"{game.action_labels(where)}; pass payoff=, one number for each profile"
                )
        numerators, denominator = own, game.denominator
    else:
        if payoff.shape not in (game.num_actions, (game.num_profiles,)):
            raise SpecificationError(f"payoff: found shape {payoff.shape}, expected {game.num_actions}")
        numerators, denominator = payoff.numerators.reshape(game.num_actions), payoff.denominator
    return RationalArray.of_integers(np.moveaxis(numerators, adversary, 0), denominator)


def team_guarantee(table: RationalArray, strategies: Sequence[Sequence[Fraction]]) -> Fraction:
    """The least expected payoff over the adversary's actions, min_b u_b(x), in integers.

    Raises
    ------
    SpecificationError
        If the strategies are not one probability vector for each member.
    """
    return min(team_payoffs(table, strategies))


def team_payoffs(table: RationalArray, strategies: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """The expected payoff u_b(x) at each action b of the adversary, in integers.

    Raises
    ------
    SpecificationError
        If the strategies are not one probability vector for each member.
    """
    sizes = table.shape[1:]
    if len(strategies) != len(sizes):
        raise SpecificationError(f"strategies: found {len(strategies)}, expected {len(sizes)}, one for each member")
    values, denominator = table.numerators.astype(object), table.denominator
    for i in reversed(range(len(sizes))):
        strategy = strategies[i]
        if len(strategy) != sizes[i] or min(strategy) < 0 or sum(strategy) != 1:
            raise SpecificationError(f"strategies[{i}]: write {sizes[i]} probabilities ≥ 0 with sum 1")
        scale = math.lcm(*(p.denominator for p in strategy))
        weights = np.array([p.numerator * (scale // p.denominator) for p in strategy] + [None], dtype=object)[:-1]
        values = np.tensordot(values, weights, axes=([1 + i], [0]))
        denominator *= scale
    return [Fraction(int(x), denominator) for x in np.asarray(values, dtype=object).flat]


def leaf_bounds(
    table: RationalArray, splits: Sequence[Split | None], weights: Sequence[Sequence[int]]
) -> Iterator[Fraction]:
    """For each leaf of the subdivision the largest payoff at vertices of its cell against the leaf's weights.

    Raises
    ------
    SpecificationError
        If the tree or the weights are malformed, or the tree is deeper than 2,000 levels.
    """
    depth = tree_depth(splits)
    shape, denominator = table.shape, table.denominator
    if sum(split is None for split in splits) != len(weights):
        raise SpecificationError(f"weights: found {len(weights)} rows; write one for each leaf of the tree")
    refuse_if_too_large((depth + 1) * table.numerators.size, 48, "the cells of the subdivision")
    largest = max(abs(int(table.numerators.max())), abs(int(table.numerators.min())), 1)
    waiting: list[tuple[Array, int]] = [(table.numerators, 0)]
    rows = iter(weights)
    for number, split in enumerate(splits):
        # The payoffs at the vertices of a cell of depth d are integers over denominator · 2^d.
        values, level = waiting.pop()
        if split is not None:
            member, first, second = split
            if not 0 <= member < len(shape) - 1 or not {first, second} <= set(range(shape[1 + member])):
                raise SpecificationError(f"splits[{number}]: found {list(split)}; no such member or vertex")
            if first == second:
                raise SpecificationError(f"splits[{number}]: found {list(split)}; an edge has two vertices")
            if largest << (level + 1) >= _MACHINE:
                values = values.astype(object)
            # The last in is the first out.
            waiting += [(child, level + 1) for child in reversed(halved(values, 1 + member, first, second))]
            continue
        row = next(rows)
        if len(row) != shape[0] or min(row) < 0 or sum(row) <= 0:
            raise SpecificationError(f"weights of leaf node {number}: write {shape[0]} integers ≥ 0, not all 0")
        yield Fraction(largest_weighted(values, row, largest << level), sum(row) * denominator << level)


def halved(values: Array, axis: int, first: int, second: int) -> tuple[Array, Array]:
    """Twice the payoffs at the vertices of both parts of a cell: the middle of an edge replaces its ends in turn."""
    middle = np.take(values, first, axis=axis) + np.take(values, second, axis=axis)
    children = values * 2, values * 2
    for child, replaced in zip(children, (first, second), strict=True):
        child[(slice(None),) * axis + (replaced,)] = middle
    return children


def largest_weighted(values: Array, weights: Sequence[int], largest: int) -> int:
    """The largest of Σ_b weights[b] · values[b], for values of at most ``largest`` in size."""
    machine = values.dtype != object and largest * sum(weights) < _MACHINE
    kind: Any = np.int64 if machine else object
    return int(
        np.max(np.tensordot(np.array([*weights, None], dtype=object)[:-1].astype(kind), values.astype(kind), axes=1))
    )


def tree_depth(splits: Sequence[Any]) -> int:
    """Depth of a binary tree in preorder; refuses what is no tree."""
    waiting, depth = [0], 0
    for number, split in enumerate(splits):
        if not waiting:
            raise SpecificationError(f"splits[{number}]: the tree is complete before this node; leave it out")
        level = waiting.pop()
        depth = max(depth, level)
        if depth > MAX_DEPTH:
            raise SpecificationError(f"splits[{number}]: the tree is deeper than {MAX_DEPTH} levels; use a flatter one")
        if split is not None:
            waiting += [level + 1, level + 1]
    if waiting:
        raise SpecificationError(f"splits: {len(waiting)} nodes are missing; give both children of every split")
    return depth


def split_from_json(data: Any, where: str, of: str = "member, vertex, vertex") -> Split:
    """How a cell was divided: three whole numbers."""
    found = indices_from_json(data, where=where)
    if len(found) != 3:
        raise SpecificationError(f"{where}: found {len(found)} numbers; write [{of}], or null")
    return found[0], found[1], found[2]


def team_to_json(certificate: _AboutTeam) -> dict[str, Any]:
    """What certificates about a team against an adversary have in common: who plays, and for what."""
    game, payoff = certificate.game, certificate.payoff
    flat = None if payoff is None else RationalArray(payoff.numerators.reshape(-1), payoff.denominator)
    return {
        "game_digest": certificate.game_digest,
        "game": None if game is None else game_to_json(game),
        "team": list(certificate.team),
        "adversary": certificate.adversary,
        "payoff": None if flat is None else rational_array_to_json(flat),
    }


def team_from_json(data: Any) -> dict[str, Any]:
    """The same as arguments of the certificate's class, but for the game."""
    adversary, payoff = data["adversary"], data["payoff"]
    if type(adversary) is not int or adversary < 0:
        raise SpecificationError(f"certificate.adversary: found {adversary!r}; write the index of a player")
    return {
        "team": indices_from_json(data["team"], where="certificate.team"),
        "adversary": adversary,
        "payoff": None if payoff is None else rational_array_from_json(payoff, where="certificate.payoff"),
        "stated_digest": data["game_digest"],
    }


def _weights(data: Any, where: str) -> tuple[int, ...]:
    for k, x in enumerate(list_from_json(data, where)):
        if type(x) is not int or not 0 <= x < 2**53:
            raise SpecificationError(f"{where}[{k}]: found {str(x)[:40]!r}; write an integer from 0 to 2^53 - 1")
    return tuple(data)
