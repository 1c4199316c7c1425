"""The cascade of a scenario: the table ``[network]``, from its data to a network, rates and levers.

The table says who can infect whom (``edges``; a named ``graph``; ``groups`` of like agents and their ``links``; or a
``population`` that meets at random), how readily (``transmission``, ``recovery``), and what can be done: rates to choose
from (``containment``), links to cut (``cuts``), agents who decide for themselves about their protection (``inoculation``).

Sizes are limited before anything is made: 2,000 nodes, 20,000 edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.audit.places import Place, number_at
from gametheory.audit.wording import described, listed, quoted, suggestion
from gametheory.networks.network import Network

__all__ = ["Cascade", "Inoculation", "RateLevers", "read_network_table"]

MAX_NODES = 2_000
MAX_EDGES = 20_000

Data = Mapping[str, Any]
Edge = tuple[str, str, Fraction]


@final
@dataclass(frozen=True, slots=True)
class RateLevers:
    """Rates that the designer may choose for each node; holding β costs ``transmission_cost`` / β, γ ``recovery_cost`` · γ.

    Attributes
    ----------
    transmission : (Fraction, Fraction)
        The smallest, > 0, and the largest.
    recovery : (Fraction, Fraction) or None
        ``None``: they stay as they are.
    transmission_cost, recovery_cost : Fraction
    margin : Fraction
        The rate at which the cascade is to die out.
    """

    transmission: tuple[Fraction, Fraction]
    transmission_cost: Fraction
    recovery: tuple[Fraction, Fraction] | None
    recovery_cost: Fraction
    margin: Fraction


@final
@dataclass(frozen=True, slots=True)
class Inoculation:
    """What protection costs an agent, and what infection does; both > 0."""

    cost: Fraction
    loss: Fraction


@final
@dataclass(frozen=True, slots=True)
class Cascade:
    """Something that spreads among agents.

    Attributes
    ----------
    network : Network or None
        ``None``: a population that meets at random.
    text : str
        The network in words.
    population : int
        Number of agents.
    contact_factor : Fraction
        Of a population: how many others an infected agent exposes per unit of time at transmission 1.
    transmission, recovery : tuple of Fraction
        For each node (one number for a population); empty where the scenario gives none.
    initial_share : Fraction or None
    initial_nodes : tuple of int
        Who is infected at first; neither: one agent, whoever it is.
    shares : tuple of Fraction
        How long until they are infected?
    levers : RateLevers or None
    cut_losses : tuple of Fraction
        What is lost with each link of the network, in its order, if it is cut; empty where none may be.
    inoculation : Inoculation or None
    """

    network: Network | None
    text: str
    population: int
    contact_factor: Fraction = Fraction(1)
    transmission: tuple[Fraction, ...] = ()
    recovery: tuple[Fraction, ...] = ()
    initial_share: Fraction | None = None
    initial_nodes: tuple[int, ...] = ()
    shares: tuple[Fraction, ...] = ()
    levers: RateLevers | None = None
    cut_losses: tuple[Fraction, ...] = ()
    inoculation: Inoculation | None = None


def read_network_table(table: Data, place: Place) -> Cascade:
    """The cascade that the checked data of ``[network]`` describe."""
    if not table.keys() & {"transmission", "inoculation"}:
        raise place.error("found neither transmission nor inoculation; add what is to be asked about this network")
    members: dict[str, Sequence[int]] = {}
    if "population" in table:
        network, count = None, int(table["population"])
        text = f"{count:,} agents who meet at random"
    else:
        network, text, members = _network(table, place)
        count = network.num_nodes
    nodes = () if network is None else network.nodes
    rates = [_rates(table[key], nodes, members, place / key) for key in ("transmission", "recovery") if key in table]
    transmission, recovery = rates if rates else ((), ())
    return Cascade(
        network=network,
        text=text,
        population=count,
        contact_factor=_positive(table, "contact_factor", place, 1),
        transmission=transmission,
        recovery=recovery,
        initial_share=_initial_share(table, place),
        initial_nodes=tuple(
            _named(place / "initial_nodes" / k, name, nodes, "nodes")
            for k, name in enumerate(table.get("initial_nodes", ()))
        ),
        shares=tuple(_share(place / "shares" / k, value) for k, value in enumerate(table.get("shares", ()))),
        levers=_levers(table["containment"], recovery, place / "containment") if "containment" in table else None,
        cut_losses=_cuts(table, network, members, transmission, recovery, place / "cuts") if "cuts" in table else (),
        inoculation=_inoculation(table, place),
    )


# -- who is linked to whom -------------------------------------------------------------------------------------------------


def _network(table: Data, place: Place) -> tuple[Network, str, dict[str, Sequence[int]]]:
    """The network, in words, and the nodes of each group."""
    if "graph" in table:
        nodes, edges, text = _named_graph(table["graph"], place / "graph")
        return _assembled(nodes, edges, False, place / "graph"), text, {}
    if "groups" in table:
        return _groups(table, place)
    where, directed = place / "edges", table.get("directed", False)
    edges = [_edge(entry, where / k, "nodes") for k, entry in enumerate(table["edges"])]
    if "nodes" in table:
        nodes = table["nodes"]
        for k, edge in enumerate(edges):
            for name in edge[:2]:
                _named(where / k, name, nodes, "nodes")
    else:
        nodes = list(dict.fromkeys(name for a, b, _ in edges for name in (a, b)))
    network = _assembled(nodes, edges, directed, where)
    return network, f"{network.num_nodes} agents with {network.num_edges} {'arcs' if directed else 'links'}", {}


def _assembled(nodes: Sequence[str], edges: Sequence[Edge], directed: bool, place: Place) -> Network:
    if len(nodes) > MAX_NODES:
        raise place.error(f"found {len(nodes):,} nodes; at most {MAX_NODES:,} are allowed")
    seen: set[tuple[str, str]] = set()
    for a, b, _ in edges:
        if a == b:
            raise place.error(f"found an edge from {quoted(a)} to itself; leave it out")
        pair = (a, b) if directed or a < b else (b, a)
        if pair in seen:
            raise place.error(
                f"found two edges between {quoted(a)} and {quoted(b)}; write one, with the sum of weights"
            )
        seen.add(pair)
    return Network.from_edges(edges, nodes=nodes, directed=directed)


def _edge(entry: Sequence[Any], place: Place, what: str) -> Edge:
    for k, value in enumerate(entry[:2]):
        if not isinstance(value, str):
            raise (place / k).error(f"found {described(value)}; write the name of one of the {what}")
    weight = Fraction(1)
    if len(entry) == 3:
        weight = number_at(place / 2, entry[2])
        if weight <= 0:
            raise (place / 2).error(f"found {weight}; write a weight greater than 0")
    return entry[0], entry[1], weight


def _named_graph(table: Data, place: Place) -> tuple[list[str], list[Edge], str]:
    kind, one = table["kind"], Fraction(1)
    if kind == "grid":
        if table.keys() != {"kind", "rows", "columns"}:
            raise place.error(
                "a grid has rows and columns, and nothing else; write {kind = 'grid', rows = 3, columns = 4}"
            )
        rows, columns = int(table["rows"]), int(table["columns"])
        _refuse_nodes(rows * columns, place)
        name = {(r, c): f"agent {r + 1}.{c + 1}" for r in range(rows) for c in range(columns)}
        steps = [((r, c), (r + x, c + y)) for r, c in name for x, y in ((0, 1), (1, 0))]
        edges = [(name[a], name[b], one) for a, b in steps if b in name]
        return list(name.values()), edges, f"a grid of {rows}×{columns} agents"
    if table.keys() != {"kind", "size"}:
        raise place.error(f"a {kind} has a size, and nothing else; write {{kind = '{kind}', size = 9}}")
    size = int(table["size"])
    if kind == "cycle" and size < 3:
        raise (place / "size").error(f"found {size}; a cycle has at least 3 nodes")
    nodes = [f"agent {k + 1}" for k in range(size)]
    if kind == "star":
        nodes = ["hub", *(f"leaf {k}" for k in range(1, size))]
        pairs = [(0, k) for k in range(1, size)]
    elif kind == "complete":
        if size * (size - 1) // 2 > MAX_EDGES:
            raise (place / "size").error(
                f"found {size}, with {size * (size - 1) // 2:,} edges; at most {MAX_EDGES:,} are allowed (a population of "
                "agents who meet at random is nearly the same)"
            )
        pairs = list(itertools.combinations(range(size), 2))
    else:
        pairs = [(k, k + 1) for k in range(size - 1)] + ([(0, size - 1)] if kind == "cycle" else [])
    words = {"star": "a star of", "cycle": "a cycle of", "path": "a path of", "complete": "a complete network of"}[kind]
    return nodes, [(nodes[a], nodes[b], one) for a, b in pairs], f"{words} {size} agents"


def _groups(table: Data, place: Place) -> tuple[Network, str, dict[str, Sequence[int]]]:
    sizes = {name: int(size) for name, size in table["groups"].items()}
    if "*" in sizes:
        raise (place / "groups").error("found '*', which stands for all groups not named; choose another name")
    _refuse_nodes(sum(sizes.values()), place / "groups")
    members: dict[str, Sequence[int]] = {}
    nodes: list[str] = []
    for name, size in sizes.items():
        members[name] = range(len(nodes), len(nodes) + size)
        nodes += [name] if size == 1 else [f"{name} {k + 1}" for k in range(size)]
    if len(set(nodes)) < len(nodes):
        raise (place / "groups").error(
            "two agents would have the same name, a group's name and a number; rename a group"
        )
    edges: list[Edge] = []
    linked: set[frozenset[str]] = set()
    for k, entry in enumerate(table["links"]):
        where = place / "links" / k
        a, b, weight = _edge(entry, where, "groups")
        for name in (a, b):
            _named(where, name, list(sizes), "groups")
        if frozenset((a, b)) in linked:
            raise where.error(f"the groups {quoted(a)} and {quoted(b)} are linked twice; link them once")
        linked.add(frozenset((a, b)))
        count = len(members[a]) * (len(members[a]) - 1) // 2 if a == b else len(members[a]) * len(members[b])
        if len(edges) + count > MAX_EDGES:
            raise where.error(
                f"with this link there are {len(edges) + count:,} edges; at most {MAX_EDGES:,} are allowed"
            )
        pairs = itertools.combinations(members[a], 2) if a == b else itertools.product(members[a], members[b])
        edges += [(nodes[i], nodes[j], weight) for i, j in pairs]
    network = _assembled(nodes, edges, False, place / "links")
    return network, f"{len(nodes)} agents in {len(sizes)} groups with {network.num_edges:,} links", members


def _refuse_nodes(count: int, place: Place) -> None:
    if not 2 <= count <= MAX_NODES:
        raise place.error(f"found {count:,} nodes; write 2 to {MAX_NODES:,}")


def _named(place: Place, name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        raise place.error(f"found {quoted(name)}; the {what} are {listed(names)}{suggestion(name, names)}")
    return list(names).index(name)


# -- rates and levers ------------------------------------------------------------------------------------------------------


def _rates(
    value: Any, nodes: Sequence[str], members: Mapping[str, Sequence[int]], place: Place
) -> tuple[Fraction, ...]:
    if not isinstance(value, dict):
        return (number_at(place, value, least=0),) * max(len(nodes), 1)
    if not nodes:
        raise place.error("found a table, but a population has one rate for all; write a number")
    found: dict[int, Fraction] = {}
    index = {name: k for k, name in enumerate(nodes)}
    groups = [key for key in value if key in members]
    for key in [*groups, *(key for key in value if key not in members and key != "*")]:  # a node's own rate comes last
        rate = number_at(place / key, value[key], least=0)
        if key not in members and key not in index:
            raise place.error(f"found {quoted(key)}; {_who(nodes, members)}{suggestion(key, [*members, *nodes])}")
        for k in members[key] if key in members else [index[key]]:
            found[k] = rate
    missing = next((k for k in range(len(nodes)) if k not in found), None)
    if missing is not None and "*" not in value:
        raise place.error(f"nothing is said for {quoted(nodes[missing])}; add it, or '*' for all that are not named")
    rest = number_at(place / "*", value["*"], least=0) if "*" in value else Fraction(0)
    return tuple(found.get(k, rest) for k in range(len(nodes)))


def _who(nodes: Sequence[str], members: Mapping[str, Sequence[int]]) -> str:
    return f"the groups are {listed(members)}" if members else f"the nodes are {listed(nodes)}"


def _positive(table: Data, key: str, place: Place, default: int) -> Fraction:
    found = number_at(place / key, table[key]) if key in table else Fraction(default)
    if found <= 0:
        raise (place / key).error(f"found {found}; write a number greater than 0")
    return found


def _share(place: Place, value: Any) -> Fraction:
    found = number_at(place, value)
    if not 0 < found < 1:
        raise place.error(f"found {found}; write a share greater than 0 and less than 1")
    return found


def _initial_share(table: Data, place: Place) -> Fraction | None:
    if "initial_share" not in table:
        return None
    found = number_at(place / "initial_share", table["initial_share"], least=0, most=1)
    if not found:
        raise (place / "initial_share").error("found 0; write a share greater than 0")
    return found


def _levers(table: Data, recovery: Sequence[Fraction], place: Place) -> RateLevers:
    margin = number_at(place / "margin", table.get("margin", 0), least=0)

    def span(key: str, above: Fraction) -> tuple[Fraction, Fraction]:
        where, entry = place / key, table[key]
        low, high = number_at(where / "from", entry["from"]), number_at(where / "to", entry["to"])
        if low <= above:
            raise (where / "from").error(f"found {low}; write a rate greater than {above}")
        if low > high:
            raise where.error(f"found from {low} to {high}; from may not exceed to")
        return low, high

    def cost(key: str) -> Fraction:
        return number_at(place / key / "cost", table.get(key, {}).get("cost", 1), least=0)

    if "recovery" not in table and min(recovery) <= margin:
        raise place.error(
            f"a node recovers at the rate {min(recovery)}, which is no more than the margin {margin}; give recovery rates to "
            "choose from"
        )
    costs = {key: cost(key) for key in ("transmission", "recovery")}
    if not costs["transmission"] and not (costs["recovery"] and "recovery" in table):
        raise place.error("whatever is chosen costs nothing; give a cost greater than 0")
    return RateLevers(
        transmission=span("transmission", Fraction(0)),
        transmission_cost=costs["transmission"],
        recovery=span("recovery", margin) if "recovery" in table else None,
        recovery_cost=costs["recovery"],
        margin=margin,
    )


def _cuts(
    table: Data,
    network: Network | None,
    members: Mapping[str, Sequence[int]],
    transmission: Sequence[Fraction],
    recovery: Sequence[Fraction],
    place: Place,
) -> tuple[Fraction, ...]:
    assert network is not None, "the schema refuses cuts in a population"
    if len(set(transmission)) > 1 or len(set(recovery)) > 1:
        raise place.error(
            "links can be cut where all nodes have the same rates; write one transmission and one recovery"
        )
    entry = table["cuts"]
    usual = number_at(place / "loss", entry.get("loss", 1), least=0)
    index = {name: [k] for k, name in enumerate(network.nodes)} | {name: list(part) for name, part in members.items()}
    ends = [(i, j) for i, j, _ in network.edges()]
    losses = dict.fromkeys(ends, usual)
    for k, given in enumerate(entry.get("links", ())):
        where = place / "links" / k
        a, b, loss = _edge(given, where, "nodes")
        for name in (a, b):
            _named(where, name, list(index), "nodes")
        pairs = {(i, j) for i in index[a] for j in index[b]}
        pairs |= set() if network.directed else {(j, i) for i, j in pairs}
        meant = [link for link in ends if link in pairs]
        if not meant:
            raise where.error(f"found {quoted(a)} and {quoted(b)}, but there is no link between them")
        losses |= dict.fromkeys(meant, loss)
    return tuple(losses[link] for link in ends)


def _inoculation(table: Data, place: Place) -> Inoculation | None:
    if "inoculation" not in table:
        return None
    where = place / "inoculation"
    if table.get("directed", False):
        raise where.error("found a directed network; inoculation needs links that lead both ways")
    entry = table["inoculation"]
    return Inoculation(_positive(entry, "cost", where, 1), _positive(entry, "loss", where, 1))
