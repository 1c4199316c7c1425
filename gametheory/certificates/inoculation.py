"""Who protects himself when what spreads, spreads: equilibria and optima of the inoculation game, re-checked in integers.

Each of n nodes of an undirected graph inoculates at a cost C or takes a risk. One node, drawn uniformly, is attacked;
unless inoculated it and all that it reaches through nodes that are not inoculated lose L each. With s_i the size of the
component of i among the nodes not inoculated (of i and what it would join, if i is inoculated) and t = C n / L,

    node i pays  C  if inoculated, else  L s_i / n;      social cost  C |I| + (L / n) Σ_components s²;
    I is a Nash equilibrium  iff  s_i ≤ t for i ∉ I  and  s_i ≥ t for i ∈ I.

That no set costs less than a bound is proved by a tree of cases: in each, some nodes are known to be inoculated (I₁), some
not (U₁), and the cost is at least C |I₁| + (L / n) Σ s² over the components of U₁, plus the larger of two terms for the rest
R. With S_j the total size of the components of U₁ beside j it is ≥ Σ_{j∈R} min(C, (L / n)(2 S_j + 1)). And the square of a
sum being at least the sum of the squares, disjoint paths in R may be paid separately, k nodes in a row costing at least
min_m C m + (L / n)(sum of squares of k − m nodes in m + 1 equal parts).

Reference: J. Aspnes, K. Chang and A. Yampolskiy (2006), *Inoculation strategies for victims of viruses and the
sum-of-squares partition problem*, J. Computer and System Sciences 72.
Complexity: an equilibrium O(n + m); each case O(n + m) for m edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail, indices_from_json
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "CaseBound",
    "InoculationCostCertificate",
    "InoculationEquilibriumCertificate",
    "component_sizes",
    "neighbour_lists",
]

Edges = tuple[tuple[int, int], ...]
Neighbours = Sequence[Sequence[int]]
MAX_NODES = 10**6
_GAME = ("num_nodes", "edges", "cost", "loss")


def neighbour_lists(num_nodes: int, edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The neighbours of each node, in increasing order.

    Raises
    ------
    SpecificationError
        A node that does not exist, a loop, or an edge that is listed twice.
    """
    lists: list[list[int]] = [[] for _ in range(num_nodes)]
    for i, j in edges:
        if not 0 <= i < num_nodes or not 0 <= j < num_nodes or i == j:
            raise SpecificationError(f"edges: found [{i}, {j}]; write two different nodes below {num_nodes}")
        lists[i].append(j)
        lists[j].append(i)
    for row in lists:
        row.sort()
        if len(set(row)) < len(row):
            raise SpecificationError("edges: an edge is listed twice; list each once")
    return lists


def component_sizes(neighbours: Neighbours, inoculated: frozenset[int]) -> tuple[list[int], int]:
    """s_i for every node, and Σ s² over the components of the nodes that are not inoculated."""
    n = len(neighbours)
    label = [-1] * n
    sizes: list[int] = []
    for start in range(n):
        if label[start] >= 0 or start in inoculated:
            continue
        label[start] = len(sizes)
        waiting, count = [start], 0
        while waiting:
            node = waiting.pop()
            count += 1
            for other in neighbours[node]:
                if label[other] < 0 and other not in inoculated:
                    label[other] = label[start]
                    waiting.append(other)
        sizes.append(count)
    joined = [
        sizes[label[i]]
        if label[i] >= 0
        else 1 + sum(sizes[c] for c in {label[j] for j in neighbours[i] if label[j] >= 0})
        for i in range(n)
    ]
    return joined, sum(s * s for s in sizes)


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class InoculationEquilibriumCertificate:
    """A set of inoculated nodes is a pure Nash equilibrium of the inoculation game, and costs so much in all.

    Attributes
    ----------
    num_nodes : int
    edges : tuple of (int, int)
    cost, loss : Fraction, > 0
    inoculated : tuple of int, increasing
    social_cost : Fraction

    Examples
    --------
    On a star of eight leaves with C = 1 and L = 9/8 it is none that nobody inoculates, for all nine are one component:

    >>> InoculationEquilibriumCertificate(
    ...     num_nodes=9, edges=tuple((0, k) for k in range(1, 9)), cost=Fraction(1), loss=Fraction(9, 8),
    ...     inoculated=(), social_cost=Fraction(81, 8)).verify()
    Traceback (most recent call last):
    gametheory.errors.CertificateError: on 9 nodes and 8 edges, inoculation at 1 against a loss of 9/8, to inoculate 0
        nodes is a Nash equilibrium of social cost 81/8: node 0 would inoculate: it pays 9/8 and not 1
    """

    num_nodes: int
    edges: Edges
    cost: Fraction
    loss: Fraction
    inoculated: tuple[int, ...]
    social_cost: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        return (
            f"{_game_text(self)}, to inoculate {len(self.inoculated)} nodes is a Nash equilibrium of social cost "
            f"{brief(self.social_cost)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the components; ``game`` plays no part.

        Raises
        ------
        CertificateError
            A node would do otherwise, or the social cost is another.
        """
        neighbours = _checked(self)
        inoculated = frozenset(self.inoculated)
        sizes, squares = component_sizes(neighbours, inoculated)
        for i, size in enumerate(sizes):
            risk = self.loss * size / self.num_nodes
            if (risk < self.cost) if i in inoculated else (risk > self.cost):
                verb, pays, other = (
                    ("not inoculate", self.cost, risk) if i in inoculated else ("inoculate", risk, self.cost)
                )
                fail(self.claim, f"node {i} would {verb}: it pays {brief(pays)} and not {brief(other)}")
        total = self.cost * len(inoculated) + self.loss * squares / self.num_nodes
        if total != self.social_cost:
            fail(self.claim, f"the social cost is {brief(total)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "inoculation equilibrium",
            **_game_to_json(self),
            "inoculated": list(self.inoculated),
            "social_cost": rational_to_json(self.social_cost),
        }

    @classmethod
    def from_dict(cls, data: Any) -> InoculationEquilibriumCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_GAME, "inoculated", "social_cost"), where="certificate")
        return cls(
            **_game_from_json(data),
            inoculated=indices_from_json(data["inoculated"], where="certificate.inoculated"),
            social_cost=rational_from_json(data["social_cost"], where="certificate.social_cost"),
        )

    def __repr__(self) -> str:
        return f"InoculationEquilibriumCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class InoculationCostCertificate:
    """To inoculate these nodes has the social cost ``upper``, and no set of nodes costs less than ``lower``.

    Attributes
    ----------
    num_nodes, edges, cost, loss
        The game, as in :class:`InoculationEquilibriumCertificate`.
    inoculated : tuple of int, increasing
    upper, lower : Fraction
    cases : tuple of int
        The tree in depth-first order: a node to split on, followed by the case in which it is inoculated and that in which
        it is not; −1 ends a case.
    """

    num_nodes: int
    edges: Edges
    cost: Fraction
    loss: Fraction
    inoculated: tuple[int, ...]
    upper: Fraction
    lower: Fraction
    cases: tuple[int, ...]

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        if self.lower == self.upper:
            return f"{_game_text(self)}, the least social cost is {brief(self.upper)}"
        return f"{_game_text(self)}, the least social cost lies between {brief(self.lower)} and {brief(self.upper)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the cost, and the bound of every case; ``game`` plays no part.

        Raises
        ------
        CertificateError
            The cost is another, the tree is none, or a case is not bounded as claimed.
        """
        neighbours = _checked(self)
        _, squares = component_sizes(neighbours, frozenset(self.inoculated))
        total = self.cost * len(self.inoculated) + self.loss * squares / self.num_nodes
        if total != self.upper:
            fail(self.claim, f"the stated set costs {brief(total)}")
        bound = CaseBound(neighbours, self.cost, self.loss)
        waiting: list[tuple[frozenset[int], frozenset[int]]] = [(frozenset(), frozenset())]
        for node in self.cases:
            if not waiting:
                fail(self.claim, "the tree of cases has ended before its list")
            inside, outside = waiting.pop()
            if node == -1:
                if bound.exact(inside, outside) < self.lower:
                    fail(self.claim, f"a case of {len(inside) + len(outside)} decided nodes is not bounded as claimed")
            elif not 0 <= node < self.num_nodes or node in inside or node in outside:
                fail(self.claim, f"a case is split on {node}, which is decided or no node")
            else:
                waiting += [(inside, outside | {node}), (inside | {node}, outside)]
        if waiting:
            fail(self.claim, f"{len(waiting)} cases are not closed")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "inoculation cost",
            **_game_to_json(self),
            "inoculated": list(self.inoculated),
            "upper": rational_to_json(self.upper),
            "lower": rational_to_json(self.lower),
            "cases": list(self.cases),
        }

    @classmethod
    def from_dict(cls, data: Any) -> InoculationCostCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_GAME, "inoculated", "upper", "lower", "cases"), where="certificate")
        cases = data["cases"]
        if not isinstance(cases, list) or any(type(k) is not int for k in cases):
            raise SpecificationError("certificate.cases: write a list of nodes, and -1 where a case ends")
        return cls(
            **_game_from_json(data),
            inoculated=indices_from_json(data["inoculated"], where="certificate.inoculated"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            cases=tuple(cases),
        )

    def __repr__(self) -> str:
        return f"InoculationCostCertificate({self.claim})"


@final
class CaseBound:
    """The bound of the module on the social cost of a case, in integers over ``denominator``."""

    def __init__(self, neighbours: Neighbours, cost: Fraction, loss: Fraction) -> None:
        share = loss / len(neighbours)
        self.neighbours = neighbours
        self.denominator = cost.denominator * share.denominator
        self.cost, self.share = int(cost * self.denominator), int(share * self.denominator)
        self._rows: dict[int, int] = {}

    def _row(self, k: int) -> int:
        """The least cost of k nodes in a row, m of them inoculated."""
        if k in self._rows:
            return self._rows[k]
        best = self.share * k * k
        for m in range(1, k + 1):
            if self.cost * m >= best:
                break
            size, longer = divmod(k - m, m + 1)
            best = min(best, self.cost * m + self.share * (longer * (size + 1) ** 2 + (m + 1 - longer) * size**2))
        self._rows[k] = best
        return best

    def exact(self, inside: frozenset[int], outside: frozenset[int]) -> Fraction:
        """The bound for the case that ``inside`` is inoculated and ``outside`` is not."""
        return Fraction(self(inside, outside), self.denominator)

    def __call__(self, inside: frozenset[int], outside: frozenset[int]) -> int:
        """The same times the denominator."""
        label, sizes = self._components(outside)
        known = self.cost * len(inside) + self.share * sum(s * s for s in sizes)
        rest = [j for j in range(len(self.neighbours)) if j not in inside and j not in outside]
        beside = 0
        for j in rest:
            joined = {label[k] for k in self.neighbours[j] if k in label}
            beside += min(self.cost, self.share * (2 * sum(sizes[c] for c in joined) + 1))
        return known + max(beside, self._in_rows(rest))

    def _components(self, nodes: frozenset[int]) -> tuple[dict[int, int], list[int]]:
        label: dict[int, int] = {}
        sizes: list[int] = []
        for start in sorted(nodes):
            if start in label:
                continue
            label[start] = len(sizes)
            waiting, count = [start], 0
            while waiting:
                node = waiting.pop()
                count += 1
                for other in self.neighbours[node]:
                    if other in nodes and other not in label:
                        label[other] = label[start]
                        waiting.append(other)
            sizes.append(count)
        return label, sizes

    def _in_rows(self, rest: list[int]) -> int:
        """The cost of disjoint paths in ``rest``, each begun and continued where fewest neighbours are left."""
        unused = set(rest)
        left = {j: sum(k in unused for k in self.neighbours[j]) for j in rest}
        total = 0
        for start in sorted(rest, key=left.__getitem__):
            if start not in left:
                continue
            length = 1
            self._leave(left, start)
            for node in (start, start):  # onwards from the start, then from the start the other way
                while following := [k for k in self.neighbours[node] if k in left]:
                    node = min(following, key=left.__getitem__)
                    self._leave(left, node)
                    length += 1
            total += self._row(length)
        return total

    def _leave(self, left: dict[int, int], node: int) -> None:
        del left[node]
        for k in self.neighbours[node]:
            if k in left:
                left[k] -= 1


def _checked(certificate: Any) -> list[list[int]]:
    """The neighbours, after a look at the game and the set that a certificate states."""
    claim, n, inoculated = certificate.claim, certificate.num_nodes, certificate.inoculated
    if certificate.cost <= 0 or certificate.loss <= 0:
        fail(claim, "cost and loss must be positive")
    if list(inoculated) != sorted(set(inoculated)) or (inoculated and not 0 <= inoculated[0] <= inoculated[-1] < n):
        fail(claim, "the inoculated nodes must be listed once each, in increasing order")
    try:
        return neighbour_lists(n, certificate.edges)
    except SpecificationError as error:
        fail(claim, str(error))


def _game_text(certificate: Any) -> str:
    size = f"on {certificate.num_nodes:,} nodes and {len(certificate.edges):,} edges"
    return f"{size}, inoculation at {brief(certificate.cost)} against a loss of {brief(certificate.loss)}"


def _game_to_json(certificate: Any) -> dict[str, Any]:
    return {
        "num_nodes": certificate.num_nodes,
        "edges": [list(edge) for edge in certificate.edges],
        "cost": rational_to_json(certificate.cost),
        "loss": rational_to_json(certificate.loss),
    }


def _game_from_json(data: Any) -> dict[str, Any]:
    if type(data["num_nodes"]) is not int or not 1 <= data["num_nodes"] <= MAX_NODES:
        raise SpecificationError(f"certificate.num_nodes: write an integer from 1 to {MAX_NODES:,}")
    if not isinstance(data["edges"], list):
        raise SpecificationError("certificate.edges: write a list of pairs of nodes")
    edges = [indices_from_json(edge, where=f"certificate.edges[{k}]") for k, edge in enumerate(data["edges"])]
    if any(len(edge) != 2 for edge in edges):
        raise SpecificationError("certificate.edges: found an entry that is no pair; write two nodes")
    return {
        "num_nodes": data["num_nodes"],
        "edges": tuple((edge[0], edge[1]) for edge in edges),
        "cost": rational_from_json(data["cost"], where="certificate.cost"),
        "loss": rational_from_json(data["loss"], where="certificate.loss"),
    }
