"""The inoculation game: who protects himself, when an attack spreads through those who do not.

Each node of an undirected graph inoculates at a cost C, or takes the risk: one of the n nodes, drawn uniformly, is attacked,
and with it falls all that it reaches through nodes that are not inoculated, at a loss L each. Weights of edges play no part.
With s_i the size of the component of i among the nodes that are not inoculated,

    cost of i  =  C if inoculated, else  L s_i / n;      social cost  =  C |I| + (L / n) Σ_components s².

With the threshold t = C n / L, a set I is a pure Nash equilibrium iff no component is larger than t and no inoculated node
would find itself in one smaller than t. Improving moves end: each lowers (total size of the components larger than t, number
inoculated) lexicographically, a generalised ordinal potential, and no node moves more than twice.

This file: the game, its pure equilibria (all of them, or one in linear time), checker, dynamics. All in rationals: a float
is the rational that it is. Optimum and prices are in :mod:`.inoculation_efficiency`, malicious players in
:mod:`.inoculation_malice`; mixed equilibria through :meth:`InoculationGame.normal_form`.

Reference: J. Aspnes, K. Chang and A. Yampolskiy (2006), *Inoculation strategies for victims of viruses and the
sum-of-squares partition problem*, J. Computer and System Sciences 72, sections 3 and 4.
Complexity: checking and one equilibrium O(n + m) for m edges; all equilibria exponential in n (about 20 to 30 nodes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final, overload

import numpy as np

from gametheory.arithmetic import Verdict, exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.inoculation import InoculationEquilibriumCertificate, component_sizes, neighbour_lists
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.network import Network, Node, read_network

__all__ = [
    "InoculationEquilibria",
    "InoculationEquilibrium",
    "InoculationGame",
    "InoculationPath",
    "inoculation_dynamics",
    "inoculation_equilibria",
    "inoculation_regret",
    "is_inoculation_equilibrium",
]


@final
@compared_by("network", "cost", "loss")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InoculationGame:
    """Nodes that inoculate at a cost, or bear their share of a loss.

    Parameters
    ----------
    network : Network
        Undirected, or what :func:`~gametheory.networks.network.read_network` reads (a networkx graph, a symmetric matrix).
    cost : number > 0
        C, of inoculating, in units of payoff.
    loss : number > 0
        L, of being infected.

    Raises
    ------
    SpecificationError
        A directed network, a cost or loss that is not positive.

    Examples
    --------
    >>> import networkx
    >>> game = InoculationGame(networkx.star_graph(8), 1, "9/8")
    >>> game
    InoculationGame(9 nodes, 8 edges: cost 1, loss 9/8, threshold 8)
    >>> game.social_cost([0])
    Fraction(2, 1)
    """

    network: Network
    cost: Fraction
    loss: Fraction

    def __post_init__(self) -> None:
        network = read_network(self.network)
        if network.directed:
            raise SpecificationError(
                "network: found a directed one; the inoculation game is played on an undirected one"
            )
        object.__setattr__(self, "network", network)
        for name in ("cost", "loss"):
            value = exact(getattr(self, name), where=name)
            if value <= 0:
                raise SpecificationError(f"{name}: found {value}; write a number > 0")
            object.__setattr__(self, name, value)

    @property
    def num_nodes(self) -> int:
        return self.network.num_nodes

    @property
    def threshold(self) -> Fraction:
        """t = C n / L: the size of a component in which it makes no difference to be inoculated."""
        return self.cost * self.num_nodes / self.loss

    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs of neighbours, the lesser first."""
        return tuple((i, j) for i, j, _ in self.network.edges())

    def neighbours(self) -> list[list[int]]:
        """The neighbours of each node."""
        return neighbour_lists(self.num_nodes, self.edges())

    def nodes(self, inoculated: Iterable[Node]) -> frozenset[int]:
        """Nodes given by name or index, as indices."""
        return frozenset(self.network.node_indices(inoculated, where="inoculated"))

    def costs(self, inoculated: Iterable[Node]) -> tuple[Fraction, ...]:
        """What each node pays when these are inoculated."""
        protected = self.nodes(inoculated)
        sizes, _ = component_sizes(self.neighbours(), protected)
        share = self.loss / self.num_nodes
        return tuple(self.cost if i in protected else share * s for i, s in enumerate(sizes))

    def social_cost(self, inoculated: Iterable[Node]) -> Fraction:
        """The sum of all costs when these nodes are inoculated."""
        protected = self.nodes(inoculated)
        _, squares = component_sizes(self.neighbours(), protected)
        return self.cost * len(protected) + self.loss * squares / self.num_nodes

    def normal_form(self) -> NormalFormGame:
        """The same as a game of n players with the actions "inoculate" and "risk"; payoffs are minus costs, exact.

        Raises
        ------
        SpecificationError
            The table of n 2^n payoffs would take too much memory.

        Examples
        --------
        >>> from gametheory.equilibria import nash_equilibria
        >>> game = InoculationGame([[0, 1], [1, 0]], 1, "3/2").normal_form()
        >>> sorted([tuple(map(str, p)) for p in e.exact_profile] for e in nash_equilibria(game))
        [[('0', '1'), ('1', '0')], [('1', '0'), ('0', '1')], [('2/3', '1/3'), ('2/3', '1/3')]]
        """
        n, neighbours = self.num_nodes, self.neighbours()
        refuse_if_too_large(n << n, 64, "the payoff table")
        share, table = self.loss / n, np.empty((n, *(2,) * n), dtype=object)
        for index in np.ndindex(*(2,) * n):
            protected = frozenset(i for i, action in enumerate(index) if action == 0)
            sizes, _ = component_sizes(neighbours, protected)
            for i, s in enumerate(sizes):
                table[(i, *index)] = -self.cost if i in protected else -share * s
        return NormalFormGame(table, self.network.nodes, [("inoculate", "risk")] * n, title="inoculation")

    def equilibrium(self, inoculated: Iterable[Node]) -> InoculationEquilibrium:
        """These nodes as an equilibrium with its certificate.

        Raises
        ------
        CertificateError
            It is none; the message says who would do otherwise.
        """
        return self.proved_equilibrium(self.nodes(inoculated))

    def proved_equilibrium(self, indices: Iterable[int]) -> InoculationEquilibrium:
        """The same for nodes given by their indices alone, whatever the names of other nodes are."""
        protected = tuple(sorted(indices))
        _, squares = component_sizes(self.neighbours(), frozenset(protected))
        social_cost = self.cost * len(protected) + self.loss * squares / self.num_nodes
        certificate = InoculationEquilibriumCertificate(
            num_nodes=self.num_nodes,
            edges=self.edges(),
            cost=self.cost,
            loss=self.loss,
            inoculated=protected,
            social_cost=social_cost,
        )
        certificate.verify()
        return InoculationEquilibrium(self, protected, social_cost, certificate)

    def __repr__(self) -> str:
        size = f"{self.num_nodes:,} nodes, {self.network.num_edges:,} edges"
        return (
            f"InoculationGame({size}: cost {brief(self.cost)}, loss {brief(self.loss)}, "
            f"threshold {brief(self.threshold)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the edges."""
        return self.network.to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {"network": self.network.to_dict(), "cost": exact_text(self.cost), "loss": exact_text(self.loss)}


@final
@compared_by("game", "inoculated")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InoculationEquilibrium:
    """A pure Nash equilibrium of an inoculation game.

    Attributes
    ----------
    game : InoculationGame
    inoculated : tuple of int, increasing
    social_cost : Fraction
    certificate : InoculationEquilibriumCertificate
    """

    game: InoculationGame
    inoculated: tuple[int, ...]
    social_cost: Fraction
    certificate: InoculationEquilibriumCertificate

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes that are inoculated."""
        return tuple(self.game.network.nodes[i] for i in self.inoculated)

    def __repr__(self) -> str:
        some = ", ".join(self.nodes[:8]) + (", …" if len(self.nodes) > 8 else "")
        return (
            f"InoculationEquilibrium(certified: {len(self.nodes)} of {self.game.num_nodes} inoculated ({some}), "
            f"social cost {brief(self.social_cost)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each node: whether it is inoculated, and what it pays."""
        costs = self.game.costs(self.nodes)
        protected = frozenset(self.inoculated)
        rows = ((name, i in protected, costs[i]) for i, name in enumerate(self.game.network.nodes))
        return data_frame(rows, ["node", "inoculated", "cost"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data with the certificate."""
        return {
            "inoculated": list(self.nodes),
            "social_cost": exact_text(self.social_cost),
            "certificate": self.certificate.to_dict(),
        }


@final
@compared_by("game", "members")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InoculationEquilibria(Sequence[InoculationEquilibrium]):
    """All pure Nash equilibria of an inoculation game, the cheapest first; exhaustive search in integers found them."""

    game: InoculationGame
    members: tuple[InoculationEquilibrium, ...]

    @overload
    def __getitem__(self, index: int) -> InoculationEquilibrium: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[InoculationEquilibrium, ...]: ...
    def __getitem__(self, index: int | slice) -> InoculationEquilibrium | tuple[InoculationEquilibrium, ...]:
        return self.members[index]

    def __len__(self) -> int:
        return len(self.members)

    @property
    def best(self) -> InoculationEquilibrium:
        """One of least social cost."""
        return self.members[0]

    @property
    def worst(self) -> InoculationEquilibrium:
        """One of largest social cost."""
        return self.members[-1]

    def __repr__(self) -> str:
        low, high = brief(self.best.social_cost), brief(self.worst.social_cost)
        return f"InoculationEquilibria({len(self)}, each certified, none missing: social cost from {low} to {high})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(', '.join(e.nodes) or 'nobody')}</td><td>{brief(e.social_cost)}</td></tr>"
            for e in self.members[:200]
        )
        head = "<tr><th>inoculated</th><th>social cost</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each equilibrium."""
        return data_frame(((", ".join(e.nodes), e.social_cost) for e in self), ["inoculated", "social_cost"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"game": self.game.to_dict(), "equilibria": [e.to_dict() for e in self]}


def is_inoculation_equilibrium(game: InoculationGame, inoculated: Iterable[Node]) -> Verdict:
    """Whether nobody would rather decide otherwise when exactly these nodes are inoculated; decided in rationals.

    Returns
    -------
    Verdict
        ``gain`` is the largest saving of a node by deciding otherwise (≤ 0 if none), ``witness`` the node that has it, by
        name, with "inoculate" or "risk".

    Examples
    --------
    >>> import networkx
    >>> game = InoculationGame(networkx.star_graph(8), 1, 2)
    >>> is_inoculation_equilibrium(game, [])
    Verdict(no, gain=1, witness=('0', 'inoculate'))
    """
    protected = game.nodes(inoculated)
    gains = _gains(game, protected)
    worst = max(range(game.num_nodes), key=gains.__getitem__)
    question = "is it a Nash equilibrium to inoculate these nodes"
    if gains[worst] <= 0:
        return Verdict("yes", gains[worst], None, question)
    witness = game.network.nodes[worst], "risk" if worst in protected else "inoculate"
    return Verdict("no", gains[worst], witness, question)


def inoculation_regret(game: InoculationGame, inoculated: Iterable[Node]) -> Fraction:
    """The most that a node would save by deciding otherwise, ≥ 0; 0 exactly at the pure Nash equilibria."""
    return max(Fraction(0), *_gains(game, game.nodes(inoculated)))


def _gains(game: InoculationGame, protected: frozenset[int]) -> list[Fraction]:
    sizes, _ = component_sizes(game.neighbours(), protected)
    share = game.loss / game.num_nodes
    by_size = {s: share * s - game.cost for s in set(sizes)}
    return [-by_size[s] if i in protected else by_size[s] for i, s in enumerate(sizes)]


def inoculation_equilibria(game: InoculationGame, *, max_equilibria: int = 100_000) -> InoculationEquilibria:
    """All pure Nash equilibria, by exhaustive search with pruning.

    A branch is left when a component of those who take the risk is larger than the threshold, or an inoculated node would
    find itself in one below the threshold even if all who are undecided took the risk.

    Parameters
    ----------
    game : InoculationGame
        Up to about 20 to 25 nodes.
    max_equilibria : int

    Returns
    -------
    InoculationEquilibria
        Sorted by social cost. There is at least one.

    Raises
    ------
    UnsupportedError
        There are more than ``max_equilibria``.

    Examples
    --------
    On a cycle of eight nodes with C = 1 and L = 2 components have at most 4 nodes:

    >>> import networkx
    >>> inoculation_equilibria(InoculationGame(networkx.cycle_graph(8), 1, 2))
    InoculationEquilibria(20, each certified, none missing: social cost from 21/4 to 7)
    """
    found: list[InoculationEquilibrium] = []
    for protected in equilibrium_sets(game):
        if len(found) == max_equilibria:
            raise UnsupportedError(
                f"there are more than {max_equilibria:,} pure equilibria; raise max_equilibria, or use "
                "inoculation_prices, which keeps the best and the worst only"
            )
        found.append(game.proved_equilibrium(protected))
    return InoculationEquilibria(game, tuple(sorted(found, key=lambda e: (e.social_cost, e.inoculated))))


def equilibrium_sets(game: InoculationGame) -> Iterator[tuple[int, ...]]:
    """The inoculated nodes of each pure Nash equilibrium, in no particular order."""
    n, threshold = game.num_nodes, game.threshold
    most, least = threshold.numerator // threshold.denominator, -(-threshold.numerator // threshold.denominator)
    masks = [sum(1 << j for j in row) for row in game.neighbours()]
    order = sorted(range(n), key=lambda i: -masks[i].bit_count())
    waiting = [(0, 0, 0)]  # decided so far, those who are inoculated, those who are not
    while waiting:
        depth, inside, outside = waiting.pop()
        if depth == n:
            if all(_reached(masks, i, outside).bit_count() >= least for i in _bits(inside)):
                yield tuple(_bits(inside))
            continue
        node = order[depth]
        if _reached(masks, node, outside).bit_count() <= most:
            waiting.append((depth + 1, inside, outside | 1 << node))
        inside |= 1 << node
        possible = ~inside
        near = [node, *_bits(masks[node] & inside)]
        if all(_reached(masks, i, possible & (1 << n) - 1).bit_count() >= least for i in near):
            waiting.append((depth + 1, inside, outside))


def _reached(masks: list[int], start: int, allowed: int) -> int:
    """The nodes that ``start`` reaches through ``allowed`` ones, itself included."""
    found = frontier = 1 << start
    while frontier:
        low = frontier & -frontier
        frontier ^= low
        new = masks[low.bit_length() - 1] & allowed & ~found
        found |= new
        frontier |= new
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@final
@compared_by("game", "moves", "equilibrium")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InoculationPath:
    """Improving moves, one node at a time, and the equilibrium where they end.

    Attributes
    ----------
    game : InoculationGame
    moves : tuple of (int, "inoculate" or "risk")
        Each lowered the cost of the node that moved; at most 2 n.
    equilibrium : InoculationEquilibrium
    """

    game: InoculationGame
    moves: tuple[tuple[int, Literal["inoculate", "risk"]], ...]
    equilibrium: InoculationEquilibrium

    def __repr__(self) -> str:
        return f"InoculationPath({len(self.moves):,} moves to {self.equilibrium!r})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the moves."""
        return data_frame(((self.game.network.nodes[i], action) for i, action in self.moves), ["node", "action"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        names = self.game.network.nodes
        return {"moves": [[names[i], action] for i, action in self.moves], "equilibrium": self.equilibrium.to_dict()}


def inoculation_dynamics(
    game: InoculationGame,
    start: Iterable[Node] | Literal["all", "nobody"] = "all",
    *,
    order: Sequence[Node] | None = None,
) -> InoculationPath:
    """Let nodes improve one after the other until nobody can: a pure Nash equilibrium, on networks of any size.

    First those in components larger than the threshold inoculate, in the order given, while they gain; then those
    inoculated take the risk, in that order, where the component that they would join is smaller than the threshold. The
    second round cannot undo the first, so that one pass each is enough.

    Parameters
    ----------
    start : nodes, "all" or "nobody"
        Who is inoculated at first.
    order : all nodes by name or index, optional
        Who is asked first; by default in the order of the network. Another order may lead to another equilibrium.

    Returns
    -------
    InoculationPath

    Raises
    ------
    SpecificationError
        ``order`` does not list every node once.

    Notes
    -----
    The second round takes O(n + m) time, the first O(n + m) for each node that inoculates. Reference: Aspnes, Chang and
    Yampolskiy (2006), theorem 4.

    Examples
    --------
    >>> import networkx
    >>> game = InoculationGame(networkx.star_graph(8), 1, "9/8")
    >>> inoculation_dynamics(game, "nobody", order=range(9)).equilibrium
    InoculationEquilibrium(certified: 1 of 9 inoculated (0), social cost 2)
    """
    n, threshold, neighbours = game.num_nodes, game.threshold, game.neighbours()
    asked = tuple(range(n)) if order is None else game.network.node_indices(order, where="order")
    if len(asked) != n or len(set(asked)) != n:
        raise SpecificationError(f"order: found {len(asked)} nodes; list each of the {n} once")
    if isinstance(start, str) and start in ("all", "nobody"):
        inside = set(range(n)) if start == "all" else set()
    else:
        inside = set(game.nodes(start))
    moves: list[tuple[int, Literal["inoculate", "risk"]]] = []
    sizes, _ = component_sizes(neighbours, frozenset(inside))
    for node in asked:
        if node not in inside and sizes[node] > threshold and _grown(neighbours, node, inside, threshold):
            inside.add(node)
            moves.append((node, "inoculate"))
    parent, weight = _merged(neighbours, inside)
    for node in asked:
        if node not in inside:
            continue
        roots = {_root(parent, j) for j in neighbours[node] if j not in inside}
        if 1 + sum(weight[r] for r in roots) < threshold:
            inside.remove(node)
            moves.append((node, "risk"))
            for r in roots:
                parent[r] = node
            weight[node] = 1 + sum(weight[r] for r in roots)
    return InoculationPath(game, tuple(moves), game.proved_equilibrium(inside))


def _grown(neighbours: list[list[int]], start: int, inside: set[int], threshold: Fraction) -> bool:
    """Whether the component of ``start`` is larger than the threshold; looks no further than that."""
    found, waiting = {start}, [start]
    while waiting and len(found) <= threshold:
        for other in neighbours[waiting.pop()]:
            if other not in found and other not in inside:
                found.add(other)
                waiting.append(other)
    return len(found) > threshold


def _merged(neighbours: list[list[int]], inside: set[int]) -> tuple[list[int], list[int]]:
    """The components of those who take the risk as a forest: parents, and sizes at the roots."""
    n = len(neighbours)
    parent, weight = list(range(n)), [1] * n
    for i in range(n):
        for j in neighbours[i] if i not in inside else ():
            if j < i and j not in inside:
                a, b = _root(parent, i), _root(parent, j)
                if a != b:
                    if weight[a] < weight[b]:
                        a, b = b, a
                    parent[b] = a
                    weight[a] += weight[b]
    return parent, weight


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
