"""The best commitment of a leader against a follower whose type it does not know: proofs of optimality.

A follower of type l, of probability p_l > 0, has payoffs B_l(i, j) and the leader A_l(i, j) at their actions i and j. After the
leader commits to x every type plays a best reply, the leader's favourite (strong) or the one it likes least (weak):

    V = max_x Σ_l p_l max_{j ∈ BR_l(x)} A_l(x, j),        W = sup_x Σ_l p_l min_{j ∈ BR_l(x)} A_l(x, j).

**A bound.** Let J_l be replies of type l, and y_ljk ≥ 0. If every type has a best reply in its J_l under x, the leader gets
at most

    max_i Σ_l max_{j ∈ J_l} ( p_l A_l(i, j) + Σ_k y_ljk (B_l(i, j) − B_l(i, k)) ),

since the last sum is ≥ 0 on average over x where j is a best reply. So a tree that splits the replies of one type after
another into {j} and the rest, with such multipliers at its leaves, proves a bound on V; multipliers of an empty case make its
bound as low as needed. No large constant enters.

For W let E_l(j) be the replies that pay type l as j does whatever the leader does. It is enough to look at one reply of each
class whose cells have a common interior, where all best replies are of its class (von Stengel and Zamir 2010). There the leader
gets no more than any mixture of A_l(i, s), s ∈ E_l(j), so that weights μ_ljs ≥ 0 with Σ_s μ_ljs = p_l take the place of
p_l A_l(i, j). A leaf where the cells have no common interior has multipliers y, not all 0, of types with one reply j left, with
Σ y (B_l(i, j) − B_l(i, k)) ≤ 0 for all i.

**Evidence for the commitment** is its worth, recomputed. Complexity: multipliers that are not 0, times the leader's actions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import brief, fail, indices_from_json, list_from_json, rationals_from_json
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["BayesianCommitmentCertificate", "FollowerTypes", "Leaf", "Multiplier"]

Array = NDArray[Any]
Vector = tuple[Fraction, ...]
Ties = Literal["strong", "weak"]
Multiplier = tuple[int, int, int, Fraction]
"""(type, reply, other reply, number)."""
_KINDS = ("split", "bound", "flat")


@final
@dataclass(frozen=True, eq=False)
class FollowerTypes:
    """A leader and a follower of several types, in integers.

    Attributes
    ----------
    prior : tuple of Fraction
        Positive, sums to 1.
    leader, follower : int arrays, shape (types, leader's actions, replies)
        Payoff numerators.
    denominator : int
        Of both.
    """

    prior: Vector
    leader: Array
    follower: Array
    denominator: int

    def flaw(self) -> str | None:
        """What is wrong with the numbers, if anything."""
        shape = self.leader.shape
        if len(shape) != 3 or min(shape) < 1 or self.follower.shape != shape or len(self.prior) != shape[0]:
            return "the payoff tables have other shapes than types, actions and replies"
        if min(self.prior) <= 0 or sum(self.prior) != 1 or self.denominator < 1:
            return "the prior is not positive, does not sum to 1, or the denominator is none"
        return None

    @property
    def num_types(self) -> int:
        return int(self.leader.shape[0])

    @property
    def num_actions(self) -> int:
        return int(self.leader.shape[1])

    @property
    def num_replies(self) -> int:
        return int(self.leader.shape[2])

    @cached_property
    def common(self) -> int:
        """The least common denominator of the prior."""
        return math.lcm(*(p.denominator for p in self.prior))

    @cached_property
    def classes(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For each type its replies, those together that pay it the same whatever the leader does."""
        result = []
        for table in self.follower:
            groups: dict[tuple[int, ...], list[int]] = {}
            for j in range(self.num_replies):
                groups.setdefault(tuple(table[:, j].tolist()), []).append(j)
            result.append(tuple(tuple(group) for group in groups.values()))
        return tuple(result)

    def group(self, kind: int, reply: int) -> tuple[int, ...]:
        """The replies equal to this one for the type, itself included."""
        return next(group for group in self.classes[kind] if reply in group)

    def start(self, ties: Ties) -> tuple[tuple[int, ...], ...]:
        """The replies of each type that the tree begins with: all, or under weak ties one of each class."""
        if ties == "strong":
            return (tuple(range(self.num_replies)),) * self.num_types
        return tuple(tuple(group[0] for group in groups) for groups in self.classes)

    def best_replies(self, kind: int, x: Sequence[Fraction]) -> list[int]:
        """The type's best replies to a commitment."""
        weights = _whole(x)
        payoffs = [sum(w * u for w, u in zip(weights, row, strict=True)) for row in self.follower[kind].T.tolist()]
        return [j for j, u in enumerate(payoffs) if u == max(payoffs)]

    def payoff(self, kind: int, reply: int, x: Sequence[Fraction]) -> Fraction:
        """A_l(x, j)."""
        column = self.leader[kind][:, reply].tolist()
        return sum((p * u for p, u in zip(x, column, strict=True) if p), Fraction(0)) / self.denominator

    def selected(self, x: Sequence[Fraction], ties: Ties) -> tuple[int, ...]:
        """The reply of each type, ties broken as named, then by lowest index."""
        found = []
        for kind in range(self.num_types):
            options = [(self.payoff(kind, j, x), j) for j in self.best_replies(kind, x)]
            found.append(max(options, key=lambda e: (e[0], -e[1]))[1] if ties == "strong" else min(options)[1])
        return tuple(found)

    def worth(self, x: Sequence[Fraction], ties: Ties) -> Fraction:
        """What a commitment is worth to the leader."""
        chosen = self.selected(x, ties)
        return sum((p * self.payoff(k, chosen[k], x) for k, p in enumerate(self.prior)), Fraction(0))

    def bound(
        self,
        left: Sequence[Sequence[int]],
        rows: Sequence[Multiplier],
        shares: Sequence[Multiplier],
        ties: Ties,
    ) -> Fraction:
        """The bound of the module on what the leader gets while every type has a best reply among those left.

        Raises
        ------
        ValueError
            Multipliers that are negative, or shares that are no division of a type's probability.
        """
        scale = math.lcm(self.common, *(y.denominator for *_, y in (*rows, *shares)))
        table = np.empty(self.leader.shape, dtype=object)
        for kind, p in enumerate(self.prior):
            table[kind] = self.leader[kind].astype(object) * int(p * scale)
        replaced: dict[tuple[int, int], Fraction] = {}
        for kind, j, s, share in shares:
            if ties != "weak" or share < 0 or s not in self.group(kind, j):
                raise ValueError("a share is negative, or of a reply that is no equal")
            if (kind, j) not in replaced:
                table[kind, :, j] = 0
            replaced[kind, j] = replaced.get((kind, j), Fraction(0)) + share
            table[kind, :, j] += self.leader[kind][:, s].astype(object) * int(share * scale)
        if any(total != self.prior[kind] for (kind, _), total in replaced.items()):
            raise ValueError("shares do not sum to the probability of the type")
        for kind, j, k, y in rows:
            if y < 0:
                raise ValueError("a multiplier is negative")
            table[kind, :, j] += self._slope(kind, j, k) * int(y * scale)
        totals = [
            sum(max(table[kind, i, j] for j in replies) for kind, replies in enumerate(left))
            for i in range(self.num_actions)
        ]
        return Fraction(int(max(totals)), scale * self.denominator)

    def _slope(self, kind: int, j: int, k: int) -> Array:
        own = self.follower[kind]
        return np.asarray(own[:, j].astype(object) - own[:, k].astype(object))

    def is_flat(self, left: Sequence[Sequence[int]], rows: Sequence[Multiplier]) -> bool:
        """Whether the multipliers prove that the cells of the types with one reply left have no common interior."""
        total = np.zeros(self.num_actions, dtype=object)
        scale = math.lcm(1, *(y.denominator for *_, y in rows))
        for kind, j, k, y in rows:
            if y < 0 or tuple(left[kind]) != (j,) or k in self.group(kind, j):
                return False
            total += self._slope(kind, j, k) * int(y * scale)
        return any(y > 0 for *_, y in rows) and max(total) <= 0

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        flat = {name: getattr(self, name).reshape(-1) for name in ("leader", "follower")}
        return {
            "shape": list(self.leader.shape),
            "prior": [rational_to_json(p) for p in self.prior],
            **{
                name: rational_array_to_json(RationalArray.of_integers(x, self.denominator)) for name, x in flat.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Any) -> FollowerTypes:
        """Read the keys that :meth:`to_dict` wrote."""
        shape = indices_from_json(data["shape"], where="certificate.shape")
        tables = [rational_array_from_json(data[key], where=f"certificate.{key}") for key in ("leader", "follower")]
        if len(shape) != 3 or min(shape) < 1 or any(len(t) != math.prod(shape) for t in tables):
            raise SpecificationError("certificate.shape: write types, actions and replies, with a payoff for each")
        common = math.lcm(*(t.denominator for t in tables))
        whole = [(t.numerators.astype(object) * (common // t.denominator)).reshape(shape) for t in tables]
        return cls(rationals_from_json(data["prior"], "certificate.prior"), whole[0], whole[1], common)


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """A node of the tree: a split of a type's replies into one and the rest, or a case closed by multipliers.

    Attributes
    ----------
    kind : "split", "bound" or "flat"
    place : (type, reply)
        Of a split; else empty.
    rows, shares : tuples of Multiplier
        y and μ; those that are not named are 0, or under weak ties all on the reply itself.
    """

    kind: str
    place: tuple[int, ...] = ()
    rows: tuple[Multiplier, ...] = ()
    shares: tuple[Multiplier, ...] = ()


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class BayesianCommitmentCertificate:
    """The claim that a commitment is worth ``value`` to the leader, and none more than ``bound``.

    Attributes
    ----------
    types : FollowerTypes
    ties : "strong" or "weak"
    tree : tuple of Leaf
        In preorder.
    bound : Fraction
    commitment : tuple of Fraction
    value : Fraction
    """

    types: FollowerTypes
    ties: Ties
    tree: tuple[Leaf, ...]
    bound: Fraction
    commitment: Vector
    value: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        who = f"{self.types.num_types} types of a follower" + (" who break ties against it" * (self.ties == "weak"))
        more = "" if self.bound == self.value else f" than {brief(self.bound)}"
        return f"a commitment is worth {brief(self.value)} to the leader against {who}, and none is worth more{more}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the worth of the commitment and the bound of every leaf, exactly; ``game`` plays no part.

        Raises
        ------
        CertificateError
            The commitment is worth another amount, or a leaf proves less than the bound.
        """
        types = self.types
        flaw = types.flaw()
        if flaw is not None:
            fail("the best commitment against a follower of several types", flaw)
        claim = self.claim
        if self.ties not in ("strong", "weak"):
            fail(claim, "the rule of ties is none")
        x = self.commitment
        if len(x) != types.num_actions or min(x) < 0 or sum(x) != 1:
            fail(claim, "the commitment is no distribution over the leader's actions")
        worth = types.worth(x, self.ties)
        if worth != self.value:
            fail(claim, f"the commitment is worth {brief(worth)}")
        nodes = iter(self.tree)
        waiting = [types.start(self.ties)]
        while waiting:
            left = waiting.pop()
            leaf = next(nodes, None)
            if leaf is None:
                fail(claim, "the tree ends before its branches do")
            if leaf.kind == "split":
                waiting += reversed(self._parts(left, leaf.place))
            else:
                self._check_leaf(left, leaf)
        if next(nodes, None) is not None:
            fail(claim, "the tree has parts left over")
        return True

    def _parts(self, left: tuple[tuple[int, ...], ...], place: tuple[int, ...]) -> list[tuple[tuple[int, ...], ...]]:
        if len(place) != 2 or not 0 <= place[0] < len(left) or place[1] not in left[place[0]]:
            fail(self.claim, "a split is at no reply that is left")
        kind, reply = place
        rest = tuple(j for j in left[kind] if j != reply)
        if not rest:
            fail(self.claim, "a split leaves nothing on one side")
        return [(*left[:kind], part, *left[kind + 1 :]) for part in ((reply,), rest)]

    def _check_leaf(self, left: tuple[tuple[int, ...], ...], leaf: Leaf) -> None:
        types, size = self.types, self.types.num_replies
        if any(
            not 0 <= kind < len(left) or j not in left[kind] or not 0 <= k < size
            for kind, j, k, _ in (*leaf.rows, *leaf.shares)
        ):
            fail(self.claim, "a multiplier is of no row of its case")
        if leaf.kind == "flat":
            if self.ties != "weak" or not types.is_flat(left, leaf.rows):
                fail(self.claim, "a case left out may have an interior")
            return
        try:
            proved = types.bound(left, leaf.rows, leaf.shares, self.ties)
        except ValueError as error:
            fail(self.claim, str(error))
        if proved > self.bound:
            fail(self.claim, f"a case may be worth {brief(proved)}")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""

        def written(rows: Sequence[Multiplier]) -> list[Any]:
            return [[kind, j, k, rational_to_json(y)] for kind, j, k, y in rows]

        return {
            "kind": "bayesian commitment",
            **self.types.to_dict(),
            "ties": self.ties,
            "tree": [[n.kind, list(n.place), written(n.rows), written(n.shares)] for n in self.tree],
            "bound": rational_to_json(self.bound),
            "commitment": [rational_to_json(p) for p in self.commitment],
            "value": rational_to_json(self.value),
        }

    @classmethod
    def from_dict(cls, data: Any) -> BayesianCommitmentCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        own = ("ties", "tree", "bound", "commitment", "value")
        expect_keys(data, ("kind", "shape", "prior", "leader", "follower", *own), where="certificate")
        if data["kind"] != "bayesian commitment" or data["ties"] not in ("strong", "weak"):
            raise SpecificationError("certificate: write the kind 'bayesian commitment', with ties 'strong' or 'weak'")
        return cls(
            types=FollowerTypes.from_dict(data),
            ties=data["ties"],
            tree=tuple(_leaves(data["tree"])),
            bound=rational_from_json(data["bound"], where="certificate.bound"),
            commitment=rationals_from_json(data["commitment"], "certificate.commitment"),
            value=rational_from_json(data["value"], where="certificate.value"),
        )

    def __repr__(self) -> str:
        return f"BayesianCommitmentCertificate({self.claim})"


def _whole(x: Sequence[Fraction]) -> list[int]:
    """The vector times its common denominator."""
    scale = math.lcm(*(p.denominator for p in x))
    return [int(p * scale) for p in x]


def _leaves(data: Any) -> Iterator[Leaf]:
    for n, node in enumerate(list_from_json(data, "certificate.tree")):
        where = f"certificate.tree[{n}]"
        if not isinstance(node, list) or len(node) != 4 or node[0] not in _KINDS:
            raise SpecificationError(f"{where}: write [kind, place, rows, shares]")
        parts: list[tuple[Multiplier, ...]] = []
        for rows in node[2:]:
            read = []
            for row in list_from_json(rows, where):
                if not isinstance(row, list) or len(row) != 4:
                    raise SpecificationError(f"{where}: write each multiplier as [type, reply, other reply, number]")
                kind, j, k = indices_from_json(row[:3], where=where)
                read.append((kind, j, k, rational_from_json(row[3], where=where)))
            parts.append(tuple(read))
        yield Leaf(node[0], indices_from_json(node[1], where=where), parts[0], parts[1])
