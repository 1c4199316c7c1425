"""A network: who can pass it on to whom, and how readily.

A network is a finite set of nodes and arcs (i, j) with weights w_ij > 0: what i has may spread to j, at a rate (or a
probability) proportional to w_ij. In an undirected network w_ij = w_ji, and the two arcs are one edge. Its adjacency
matrix A has A[i, j] = w_ij, 0 where there is no arc. An edge of weight 0 carries nothing and is left out; loops, parallel
edges, negative weights and NaN are refused.

Inside are arrays, the arcs sorted by source and then by target (compressed sparse rows). Weights are exact where they are
given exactly (integers, fractions, "1/3", none at all), else floats. Nodes have names; wherever a person refers to a node,
its name (text) or its index from 0 is accepted.

References: M. E. J. Newman (2018), *Networks*, 2nd edition, chapter 6.
Complexity: O(n + m log m) for n nodes and m arcs; ten million arcs take about half a gigabyte.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text, read_array
from gametheory.errors import SpecificationError
from gametheory.games.labels import distinct_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["Network", "read_network"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Node = int | str


@final
@compared_by("nodes", "starts", "targets", "weights", "directed")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Network:
    """Nodes and weighted arcs; build one with :meth:`from_networkx`, :meth:`from_edges` or :meth:`from_adjacency`.

    Attributes
    ----------
    nodes : tuple of str
        Names, all different.
    starts : int array, shape (n + 1,)
        The arcs of node i are those numbered ``starts[i]`` to ``starts[i + 1] − 1``.
    targets : int array, shape (num_arcs,)
        Where each arc leads.
    weights : RationalArray or float array, shape (num_arcs,), > 0
    directed : bool
        Whether an arc may lack its opposite, or have one of another weight.

    Examples
    --------
    >>> network = Network.from_edges([("planner", "coder"), ("coder", "tester", "1/2")])
    >>> network
    Network(undirected, 3 nodes, 2 edges, exact weights)
    >>> network.adjacency()
    array([[0. , 1. , 0. ],
           [1. , 0. , 0.5],
           [0. , 0.5, 0. ]])
    """

    nodes: tuple[str, ...]
    starts: Integers
    targets: Integers
    weights: RationalArray | Floats
    directed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", distinct_labels(self.nodes, "nodes"))
        for name in ("starts", "targets"):
            object.__setattr__(self, name, _read_only(np.array(getattr(self, name), dtype=np.int64)))
        if not isinstance(self.weights, RationalArray):
            object.__setattr__(self, "weights", _read_only(np.array(self.weights, dtype=np.float64)))
        _check_arrays(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.nodes, self.starts, self.targets, self.weights, self.directed)

    # -- constructors --------------------------------------------------------------------------------------------------

    @classmethod
    def from_edges(
        cls,
        edges: Iterable[Sequence[Any]],
        *,
        nodes: Sequence[str] | int | None = None,
        directed: bool = False,
    ) -> Network:
        """A network from a list of edges.

        Parameters
        ----------
        edges : iterable of (node, node) or (node, node, weight)
            Weight 1 where none is given. In a directed network an edge leads from its first node to its second.
        nodes : sequence of str or int, optional
            Names of the nodes in order, or how many there are. By default those that the edges name, in order of
            appearance; edges between integers mean 0, …, largest.
        directed : bool

        Raises
        ------
        SpecificationError
            A loop, an edge given twice, an unknown node, a weight that is negative or no number.
        """
        listed = [tuple(edge) if not isinstance(edge, str) else (edge,) for edge in edges]
        for k, edge in enumerate(listed):
            if len(edge) not in (2, 3):
                raise SpecificationError(f"edges[{k}]: found {edge!r}; write (node, node) or (node, node, weight)")
        names = _names(listed, nodes)
        place = {name: k for k, name in enumerate(names)}
        ends = np.array(
            [[_node_index(end, names, place, f"edges[{k}]") for end in edge[:2]] for k, edge in enumerate(listed)],
            dtype=np.int64,
        ).reshape(-1, 2)
        weights = [edge[2] if len(edge) == 3 else 1 for edge in listed]
        return _assembled(names, ends, weights, directed=directed)

    @classmethod
    def from_adjacency(cls, adjacency: Any, *, nodes: Sequence[str] | None = None, directed: bool = False) -> Network:
        """A network from its adjacency matrix.

        Parameters
        ----------
        adjacency : array_like or scipy sparse array, shape (n, n), entries ≥ 0, zero diagonal
            ``adjacency[i, j]`` is the weight of the arc from i to j.
        nodes : sequence of str, optional
            Names, by default "0", "1", ….
        directed : bool
            Unless true, the matrix must be symmetric.

        Raises
        ------
        SpecificationError
            No square matrix, a loop, a negative entry or NaN, or an asymmetric matrix without ``directed=True``.

        Examples
        --------
        >>> Network.from_adjacency([[0, 1], [0, 0]])
        Traceback (most recent call last):
        gametheory.errors.SpecificationError: adjacency[0, 1] is 1 and adjacency[1, 0] is 0; pass directed=True, or make
            the matrix symmetric
        """
        if hasattr(adjacency, "tocoo"):
            entries = adjacency.tocoo()
            entries.sum_duplicates()
            shape, rows, columns = entries.shape, np.asarray(entries.row), np.asarray(entries.col)
            weights: Any = np.asarray(entries.data)
        else:
            kind, array = read_array(adjacency, where="adjacency")
            if kind == "symbolic":
                raise SpecificationError("adjacency: found an expression with free symbols; substitute numbers first")
            numbers = array.numerators if isinstance(array, RationalArray) else array
            shape = numbers.shape
            if len(shape) == 2:
                rows, columns = np.nonzero(numbers)
                weights = array[rows, columns]
        if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
            raise SpecificationError(
                f"adjacency: found shape {tuple(shape)}; write a square matrix, one row for each node; links listed "
                "in pairs are read by Network.from_edges"
            )
        names = tuple(map(str, range(shape[0]))) if nodes is None else tuple(nodes)
        if len(names) != shape[0]:
            raise SpecificationError(f"nodes: found {len(names)} names for {shape[0]} rows; write one for each")
        arcs = np.stack([rows, columns], axis=1).astype(np.int64)
        if directed:
            return _assembled(names, arcs, weights, directed=True)
        whole = _assembled(names, arcs, weights, directed=True)
        _refuse_asymmetric(whole)
        return cls(whole.nodes, whole.starts, whole.targets, whole.weights, False)

    @classmethod
    def from_networkx(cls, graph: Any, *, weight: str | None = "weight") -> Network:
        """A network from a networkx ``Graph`` or ``DiGraph``.

        Parameters
        ----------
        graph : networkx.Graph or networkx.DiGraph
            Nodes 0, …, n − 1 keep their numbers whatever their order; others are numbered in the graph's order, and their
            names are their texts.
        weight : str, optional
            The attribute that holds the weight of an edge, 1 where an edge has none; ``None`` ignores attributes.

        Raises
        ------
        SpecificationError
            A multigraph, a loop, a weight that is negative or no number, or two nodes with the same text.

        Examples
        --------
        >>> import networkx
        >>> Network.from_networkx(networkx.star_graph(9))
        Network(undirected, 10 nodes, 9 edges, exact weights)
        """
        if not all(hasattr(graph, name) for name in ("is_directed", "is_multigraph", "nodes", "edges")):
            raise SpecificationError(f"graph: found {type(graph).__name__}; pass a networkx.Graph or DiGraph")
        if graph.is_multigraph():
            raise SpecificationError(
                "graph: found a multigraph; add the weights of parallel edges and pass a networkx.Graph or DiGraph"
            )
        found = list(graph.nodes)
        numbered = all(type(node) is int for node in found) and set(found) == set(range(len(found)))
        ordered = sorted(found) if numbered else found
        index = {node: k for k, node in enumerate(ordered)}
        triples = [(index[u], index[v], w) for u, v, w in graph.edges(data=weight or "weight", default=1)]
        ends = np.array([(u, v) for u, v, _ in triples], dtype=np.int64).reshape(-1, 2)
        weights: Any = [w for *_, w in triples]
        if weight is None or all(type(w) is int and w == 1 for w in weights):
            weights = np.ones(len(triples), dtype=np.int64)
        return _assembled(tuple(map(str, ordered)), ends, weights, directed=graph.is_directed())

    # -- what is in it -------------------------------------------------------------------------------------------------

    @property
    def num_nodes(self) -> int:
        return len(self.nodes)

    @property
    def num_arcs(self) -> int:
        """Arcs; an undirected edge is two."""
        return len(self.targets)

    @property
    def num_edges(self) -> int:
        return self.num_arcs if self.directed else self.num_arcs // 2

    @property
    def arithmetic(self) -> Literal["exact", "float"]:
        return "exact" if isinstance(self.weights, RationalArray) else "float"

    @property
    def sources(self) -> Integers:
        """Where each arc begins, shape (num_arcs,)."""
        return np.repeat(np.arange(self.num_nodes, dtype=np.int64), np.diff(self.starts))

    def float_weights(self) -> Floats:
        """Weights of the arcs as floats, shape (num_arcs,)."""
        return self.weights.floats() if isinstance(self.weights, RationalArray) else self.weights

    def exact_weights(self) -> RationalArray:
        """Weights of the arcs as rationals, which floats are too, shape (num_arcs,)."""
        return self.weights if isinstance(self.weights, RationalArray) else RationalArray.from_floats(self.weights)

    def exact(self) -> Network:
        """The same network with each float taken as the rational that it is."""
        return Network(self.nodes, self.starts, self.targets, self.exact_weights(), self.directed)

    def node_index(self, node: Node) -> int:
        """Index of a node given by name or index."""
        return self.node_indices([node])[0]

    def node_indices(self, nodes: Iterable[Node], *, where: str = "nodes") -> tuple[int, ...]:
        """Indices of nodes given by name or index; an integer that is the name of another node is refused."""
        place = {name: k for k, name in enumerate(self.nodes)}
        listed = [nodes] if isinstance(nodes, str) else list(nodes)
        return tuple(_node_index(node, self.nodes, place, f"{where}[{k}]") for k, node in enumerate(listed))

    def adjacency(self) -> Floats:
        """The adjacency matrix as floats, shape (n, n)."""
        refuse_if_too_large(self.num_nodes**2, 8, "the adjacency matrix")
        matrix = np.zeros((self.num_nodes, self.num_nodes))
        matrix[self.sources, self.targets] = self.float_weights()
        return matrix

    def sparse_adjacency(self) -> Any:
        """The adjacency matrix as a scipy ``csr_array`` of floats, shape (n, n)."""
        from scipy.sparse import csr_array

        return csr_array((self.float_weights(), self.targets, self.starts), shape=(self.num_nodes, self.num_nodes))

    def components(self) -> tuple[tuple[int, ...], ...]:
        """The strongly connected components, each sorted, by their least node (of an undirected network: components)."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        shape = (self.num_nodes, self.num_nodes)
        pattern = csr_array((np.ones(self.num_arcs), self.targets, self.starts), shape=shape)
        _, label = connected_components(pattern, directed=True, connection="strong")
        groups: dict[int, list[int]] = {}
        for node, group in enumerate(label.tolist()):
            groups.setdefault(group, []).append(node)
        return tuple(map(tuple, groups.values()))

    def subnetwork(self, nodes: Iterable[Node]) -> Network:
        """The network of these nodes, in this network's order, and the arcs between them."""
        kept = np.unique(np.array(self.node_indices(nodes), dtype=np.int64))
        if not len(kept):
            raise SpecificationError("nodes: found none; a network has at least one")
        number = np.full(self.num_nodes, -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        sources, targets = number[self.sources], number[self.targets]
        inside = (sources >= 0) & (targets >= 0)
        starts = np.searchsorted(sources[inside], np.arange(len(kept) + 1))
        names = tuple(self.nodes[k] for k in kept)
        return Network(names, starts, targets[inside], self.weights[inside], self.directed)

    # -- other forms ---------------------------------------------------------------------------------------------------

    def edges(self) -> list[tuple[int, int, Fraction | float]]:
        """Edges with their weights, an undirected one once, with its lesser node first."""
        values = self.weights.fractions() if isinstance(self.weights, RationalArray) else self.weights
        arcs = zip(self.sources.tolist(), self.targets.tolist(), values.tolist(), strict=True)
        return [arc for arc in arcs if self.directed or arc[0] < arc[1]]

    def to_networkx(self) -> Any:
        """A networkx ``Graph`` or ``DiGraph`` whose nodes are the names and whose edges have the attribute ``weight``."""
        import networkx

        graph = networkx.DiGraph() if self.directed else networkx.Graph()
        graph.add_nodes_from(self.nodes)
        graph.add_weighted_edges_from((self.nodes[i], self.nodes[j], w) for i, j, w in self.edges())
        return graph

    def to_frame(self) -> Any:
        """A pandas table with a row for each edge."""
        rows = ((self.nodes[i], self.nodes[j], w) for i, j, w in self.edges())
        return data_frame(rows, ["source", "target", "weight"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``; :meth:`from_edges` reads ``edges``, ``nodes`` and ``directed`` back."""
        edges = [[i, j, exact_text(w) if isinstance(w, Fraction) else w] for i, j, w in self.edges()]
        return {"nodes": list(self.nodes), "directed": self.directed, "edges": edges}

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        return f"Network({kind}, {self.num_nodes:,} nodes, {self.num_edges:,} edges, {self.arithmetic} weights)"

    def _repr_html_(self) -> str:
        shown = [(escape(self.nodes[i]), escape(self.nodes[j]), w) for i, j, w in self.edges()[:10]]
        arrow = "→" if self.directed else "–"
        lines = "".join(f"<tr><td>{u} {arrow} {v}</td><td>{w}</td></tr>" for u, v, w in shown)
        more = f"<p>… and {self.num_edges - 10:,} more</p>" if self.num_edges > 10 else ""
        return f"<p>{escape(repr(self))}</p><table>{lines}</table>{more}"


def read_network(network: Any) -> Network:
    """A :class:`Network`, or the one that a networkx graph or an adjacency matrix is (an asymmetric one is directed).

    Examples
    --------
    >>> read_network([[0, 1], [0, 0]])
    Network(directed, 2 nodes, 1 edges, exact weights)
    """
    if isinstance(network, Network):
        return network
    if hasattr(network, "is_multigraph"):
        return Network.from_networkx(network)
    found = Network.from_adjacency(network, directed=True)
    if _asymmetric_arc(found) is None:
        return Network(found.nodes, found.starts, found.targets, found.weights, False)
    return found


# -- reading -----------------------------------------------------------------------------------------------------------


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _names(edges: list[tuple[Any, ...]], nodes: Sequence[str] | int | None) -> tuple[str, ...]:
    if isinstance(nodes, str):
        raise SpecificationError(f"nodes: found {nodes!r}; write a list of names, or how many nodes there are")
    if nodes is not None and not isinstance(nodes, (int, np.integer)):
        return distinct_labels(nodes, "nodes")
    if nodes is not None:
        if isinstance(nodes, bool) or nodes < 1:
            raise SpecificationError(f"nodes: found {nodes!r}; write a list of names, or a number ≥ 1")
        return tuple(map(str, range(int(nodes))))
    ends = [end for edge in edges for end in edge[:2]]
    if not ends:
        raise SpecificationError("edges: found none; write nodes= to say which nodes there are")
    if all(isinstance(end, (int, np.integer)) and not isinstance(end, bool) for end in ends):
        return tuple(map(str, range(int(max(ends)) + 1)))
    if all(isinstance(end, str) for end in ends):
        return tuple(dict.fromkeys(ends))
    raise SpecificationError(
        "edges: found nodes that are neither all names nor all indices; write one kind, or pass nodes="
    )


def _node_index(node: Any, names: Sequence[str], place: dict[str, int], where: str) -> int:
    if isinstance(node, str):
        if node in place:
            return place[node]
        shown = ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")
        raise SpecificationError(f"{where}: found the unknown node {node!r}; the nodes are {shown}")
    if isinstance(node, (bool, np.bool_)) or not isinstance(node, (int, np.integer)):
        raise SpecificationError(f"{where}: found {node!r}; write the name of a node, or its index")
    named = place.get(str(node))
    if named is not None and named != node:
        raise SpecificationError(
            f"{where}: found {node}, which is the name of the node with index {named}; write the name as text, '{node}'"
        )
    if not 0 <= node < len(names):
        raise SpecificationError(f"{where}: found {node}; indices of nodes run from 0 to {len(names) - 1}")
    return int(node)


def _assembled(names: Sequence[str], ends: Integers, weights: Any, *, directed: bool) -> Network:
    """Arcs sorted, opposite ones added where undirected, those of weight 0 left out."""
    if not isinstance(directed, (bool, np.bool_)):
        raise SpecificationError(f"directed: found {directed!r}; write True or False")
    loops = np.flatnonzero(ends[:, 0] == ends[:, 1])
    if len(loops):
        node = names[ends[loops[0], 0]]
        raise SpecificationError(
            f"edges: found a loop at {node!r}; a node does not pass anything to itself, leave it out (a list of pairs is "
            "read by Network.from_edges)"
        )
    kind, values = (
        ("exact", RationalArray.of_integers(np.zeros(0, dtype=np.int64)))
        if len(ends) == 0
        else read_array(weights, where="weights")
    )
    if kind == "symbolic":
        raise SpecificationError("weights: found an expression with free symbols; substitute numbers first")
    numbers = values.numerators if isinstance(values, RationalArray) else values
    if numbers.shape != (len(ends),):
        raise SpecificationError(f"weights: found shape {numbers.shape}; write one number for each edge")
    negative = np.flatnonzero(numbers < 0)
    if len(negative):
        k = int(negative[0])
        u, v = (names[i] for i in ends[k])
        raise SpecificationError(f"weights: the edge from {u!r} to {v!r} has weight {values[k]}; weights are ≥ 0")
    if not directed:
        ends = np.concatenate([ends, ends[:, ::-1]])
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ends = ends[order]
    twice = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1))
    if len(twice):
        u, v = (names[i] for i in ends[twice[0]])
        raise SpecificationError(f"edges: found the edge from {u!r} to {v!r} twice; add the weights, and give it once")
    taken = order % max(len(numbers), 1)
    positive = (numbers != 0)[taken] if len(numbers) else np.zeros(0, dtype=bool)
    ends, taken = ends[positive], taken[positive]
    starts = np.searchsorted(ends[:, 0], np.arange(len(names) + 1))
    return Network(tuple(names), starts, ends[:, 1], values[taken], bool(directed))


def _check_arrays(network: Network) -> None:
    """The invariants of the arrays, also where somebody calls the constructor."""
    n, starts, targets = len(network.nodes), network.starts, network.targets
    weights = network.weights.numerators if isinstance(network.weights, RationalArray) else network.weights
    if n == 0:
        raise SpecificationError("nodes: found none; a network has at least one")
    if starts.shape != (n + 1,) or starts[0] != 0 or starts[-1] != len(targets) or (np.diff(starts) < 0).any():
        raise SpecificationError(f"starts: write {n + 1} numbers that grow from 0 to the number of arcs")
    if targets.ndim != 1 or weights.shape != targets.shape:
        raise SpecificationError(
            f"weights: found shape {weights.shape} for {targets.shape} targets; write one for each arc"
        )
    if len(targets) and not (targets.min() >= 0 and targets.max() < n):
        raise SpecificationError(f"targets: found a node that does not exist; indices run from 0 to {n - 1}")
    if (targets == network.sources).any():
        raise SpecificationError("targets: found a loop; leave it out")
    rows = network.sources
    if ((rows[1:] == rows[:-1]) & (targets[1:] <= targets[:-1])).any():
        raise SpecificationError("targets: the arcs of each node must be sorted and differ; use Network.from_edges")
    if not (weights > 0).all() or (weights.dtype == np.float64 and not np.isfinite(weights).all()):
        raise SpecificationError("weights: found one that is not a number > 0; use Network.from_edges")
    if not network.directed:
        _refuse_asymmetric(network)


def _asymmetric_arc(network: Network) -> int | None:
    """The first arc whose opposite is missing or weighs otherwise."""
    sources, targets = network.sources, network.targets
    order = np.lexsort((sources, targets))  # arc order[k] turned round is the k-th arc, if the network is symmetric
    weights = network.weights.numerators if isinstance(network.weights, RationalArray) else network.weights
    wrong = (targets[order] != sources) | (sources[order] != targets) | (weights[order] != weights)
    return int(np.flatnonzero(wrong)[0]) if wrong.any() else None


def _refuse_asymmetric(network: Network) -> None:
    if _asymmetric_arc(network) is None:
        return
    weight = {
        (i, j): w for i, j, w in Network(network.nodes, network.starts, network.targets, network.weights, True).edges()
    }
    i, j = next((i, j) for (i, j), w in weight.items() if weight.get((j, i), 0) != w)
    raise SpecificationError(
        f"adjacency[{i}, {j}] is {weight[i, j]} and adjacency[{j}, {i}] is {weight.get((j, i), 0)}; pass directed=True, "
        "or make the matrix symmetric"
    )
