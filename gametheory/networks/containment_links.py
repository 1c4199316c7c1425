"""Which links to cut, or how far to weaken them, so that a cascade dies out; what is lost with a link is the counterweight.

    minimise  Σ_e u_e x_e   subject to   ρ(A(x)) ≤ τ,    x_e ∈ {0, 1} (cut) or x_e ∈ [0, 1] (weaken)

A(x) is the adjacency matrix of what is kept of a network's links e (edges, or the arcs of a directed network), u_e ≥ 0 the loss
when e is cut, ρ the spectral radius; with transmission rate β and recovery rate γ a cascade dies out if ρ < γ/β.

*Cutting* is NP-hard. ρ never grows when a link goes, so that x is feasible iff it meets every set of links that exceeds τ on
its own: an implicit hitting set (:mod:`gametheory.optimize.covering`), with rows by minimal dangerous sets and, in undirected
networks, by vectors w: w·A(x) w ≤ τ w·w. *Weakening* undirected links is a semidefinite programme, τ I − A(x) ⪰ 0. Both come
with a :class:`~gametheory.certificates.link_removal.LinkRemovalCertificate`: what is kept provably holds τ, and nothing is
lost that could be kept, up to the gap shown.

References: P. Van Mieghem et al. (2011), *Decreasing the spectral radius of a graph by link removals*, Physical Review E 84;
V. M. Preciado et al. (2014), *Optimal resource allocation for network protection against spreading processes*, IEEE
Transactions on Control of Network Systems 1.
Complexity: cutting exponential, exact for some 20 links, a certified bracket beyond; weakening some hundred nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.link_removal import LinkProblem, LinkRemovalCertificate, RemovalRow
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.network import Network, read_network
from gametheory.networks.spectral import SpectralComparison, compare_spectral_abscissa, spectral_abscissa
from gametheory.optimize.frontier import Exclusion, Frontier, FrontierPoint

__all__ = ["LinkRemoval", "cheapest_link_cuts", "cheapest_link_weakening", "link_cut_frontier"]

Floats = NDArray[np.float64]
Losses = Mapping[tuple[Any, Any], Any] | Sequence[Any] | Any

_SLACK = 1e-9  # floats propose, rationals decide
_LARGEST = 10**300


@final
@compared_by("network", "threshold", "removed", "upper", "lower")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LinkRemoval:
    """What to remove of a network's links, how much is lost, and how much must be.

    Attributes
    ----------
    network : Network
    threshold : Fraction
    removed : RationalArray, shape (num_edges,)
        The share removed of each link, in the order of ``network.edges()``.
    upper : Fraction
        The loss.
    lower : Fraction
        Nothing that holds the threshold loses less.
    shadow_price : Fraction or None
        By how much the bound on the loss falls per unit of threshold; ``None`` where links are cut as a whole.
    certificate : LinkRemovalCertificate
    """

    network: Network
    threshold: Fraction
    removed: RationalArray
    upper: Fraction
    lower: Fraction
    shadow_price: Fraction | None
    certificate: LinkRemovalCertificate

    @property
    def is_optimal(self) -> bool:
        return self.lower == self.upper

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The links of which something is removed, by the names of their nodes."""
        names = self.network.nodes
        ends = self.network.edges()
        return tuple((names[ends[k][0]], names[ends[k][1]]) for k in np.flatnonzero(self.removed.numerators != 0))

    @property
    def radius(self) -> tuple[Fraction, Fraction]:
        """Bounds on the spectral radius of what is kept."""
        held = self.certificate.held
        return held.lower, held.upper

    def kept(self) -> Network:
        """The network without what is removed."""
        shares = self.removed.fractions().tolist()
        links = [
            (i, j, exact(w) * (1 - x)) for (i, j, w), x in zip(self.network.edges(), shares, strict=True) if x != 1
        ]
        named = [(self.network.nodes[i], self.network.nodes[j], w) for i, j, w in links]
        return Network.from_edges(named, nodes=self.network.nodes, directed=self.network.directed)

    def __float__(self) -> float:
        return float(self.upper)

    def __repr__(self) -> str:
        loss = brief(self.upper)
        if not self.is_optimal:
            loss = f"between {float(self.lower):.8g} and {float(self.upper):.8g}"
            if self.upper - self.lower < self.upper / 10**6:
                loss = f"{float(self.upper):.8g}, at most {float(self.upper - self.lower):.1g} less"
        verb = "cut" if self.certificate.problem.whole else "weakened"
        return (
            f"LinkRemoval(certified: least loss {loss}, {len(self.links)} of {self.network.num_edges} links {verb}, "
            f"radius ≤ {brief(self.threshold)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each link."""
        shares, names = self.removed.fractions().tolist(), self.network.nodes
        rows = ((names[i], names[j], w, x) for (i, j, w), x in zip(self.network.edges(), shares, strict=True))
        return data_frame(rows, ["source", "target", "weight", "removed"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": "certified",
            "threshold": exact_text(self.threshold),
            "removed": [exact_text(x) for x in self.removed.fractions().tolist()],
            "links": [list(link) for link in self.links],
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "certificate": self.certificate.to_dict(),
        }


def cheapest_link_cuts(
    network: Any,
    threshold: Any,
    *,
    losses: Losses = 1,
    time_limit: float | None = None,
    max_rounds: int = 2_000,
) -> LinkRemoval:
    """The links to cut so that the spectral radius is at most ``threshold``, at the least loss.

    Parameters
    ----------
    network : Network, or what :func:`~gametheory.networks.network.read_network` reads
        Up to 250 nodes.
    threshold : number ≥ 0
        τ.
    losses : number, sequence or mapping
        The loss when a link is cut, ≥ 0: one for all, one for each in the order of ``network.edges()``, or by pairs of nodes.
    time_limit : float, optional
        Seconds for the search; the bracket is what is proved then.
    max_rounds : int
        Programmes that are solved at most; the bracket is then the same on every run.

    Returns
    -------
    LinkRemoval
        ``lower`` equals ``upper`` where the optimum is proved.

    Raises
    ------
    UnsupportedError
        The network has more than 250 nodes.

    Examples
    --------
    To bring the complete graph of four nodes from radius 3 to 1 all but a perfect matching must go:

    >>> import networkx
    >>> cuts = cheapest_link_cuts(networkx.complete_graph(4), 1)
    >>> cuts
    LinkRemoval(certified: least loss 4, 4 of 6 links cut, radius ≤ 1)
    """
    from gametheory.optimize.covering import cheapest_cover

    read, problem = _read(network, threshold, losses, whole=True)
    weights = problem.losses.fractions().tolist()
    cover = cheapest_cover(
        weights,
        lambda cut: list(_broken_rows(problem, cut)),
        lambda cut: _completed(problem, cut),
        problem.row,
        name="removal",
        time_limit=time_limit,
        max_rounds=max_rounds,
    )
    removed = _shares(problem, cover.chosen)
    certificate = LinkRemovalCertificate(
        problem=problem,
        removed=removed,
        held=_comparison(problem, cover.chosen).bounds.certificate,
        rows=cover.rows,
        bound=cover.bound,
        lower=cover.lower,
        upper=cover.upper,
    )
    return LinkRemoval(
        network=read,
        threshold=problem.threshold,
        removed=removed,
        upper=certificate.upper,
        lower=certificate.lower,
        shadow_price=None,
        certificate=certificate,
    )


def cheapest_link_weakening(network: Any, threshold: Any, *, losses: Losses = 1) -> LinkRemoval:
    """How far to weaken the links of an undirected network so that its spectral radius is at most ``threshold``.

    The loss is proportional to the share of a link that is removed. Solved as a semidefinite programme in floats; the kept
    network is scaled until it provably holds the threshold, and the multiplier, rounded to rational vectors, proves the lower
    bound.

    Parameters
    ----------
    network, threshold, losses
        As for :func:`cheapest_link_cuts`; undirected, threshold > 0.

    Returns
    -------
    LinkRemoval
        With the two bounds usually 1e-7 apart.

    Examples
    --------
    The complete graph of four nodes, from radius 3 to 2: a third of each of the six links, or as good a share elsewhere.

    >>> import networkx
    >>> weaker = cheapest_link_weakening(networkx.complete_graph(4), 2)
    >>> round(float(weaker), 5), float(weaker.upper - weaker.lower) < 1e-5
    (2.0, True)
    """
    from gametheory.optimize.semidefinite import solve_semidefinite

    read, problem = _read(network, threshold, losses, whole=False)
    if problem.directed or problem.threshold == 0:
        raise UnsupportedError(
            "weakening needs an undirected network and a threshold > 0: its matrix must be symmetric; use cheapest_link_cuts"
        )
    n, count = problem.num_nodes, len(problem.links)
    if (
        compare_spectral_abscissa(problem.kept_matrix(_shares(problem, frozenset())), problem.threshold).relation
        != "above"
    ):
        return _weakened(read, problem, np.zeros(count), [])
    weights, losses_each = problem.weights.floats(), problem.losses.floats()
    i, j = np.array(problem.links, dtype=np.int64).T
    own, tau = np.arange(count), float(problem.threshold)
    unit = max(float(losses_each.max()), 1e-300)
    whole = np.zeros((n, n))
    whole[i, j] = whole[j, i] = weights / tau
    solution = solve_semidefinite(
        losses_each / unit,
        np.eye(n) - whole,
        (np.r_[own, own], np.r_[i, j], np.r_[j, i], np.r_[weights, weights] / tau),
        np.zeros(count),
        np.ones(count),
    )
    sizes, vectors = np.linalg.eigh(solution.multiplier)
    kept = np.flatnonzero(sizes > 1e-12 * max(sizes.max(), 1e-300))
    rows = []
    for k in kept:
        vector = vectors[:, k] * np.sqrt(sizes[k] / sizes.max())
        numerators = np.rint(vector * 2**30).astype(np.int64)
        if numerators.any():
            rows.append(RemovalRow(RationalArray.of_integers(numerators, 2**30)))
    return _weakened(read, problem, np.clip(solution.point, 0, 1), rows)


def _weakened(network: Network, problem: LinkProblem, shares: Floats, rows: list[RemovalRow]) -> LinkRemoval:
    from gametheory.optimize.exact import solve_exact

    left = 1 - np.where(shares < 1e-9, 0, shares)
    factor = Fraction(1)
    for _ in range(4):
        removed = RationalArray.from_fractions([1 - factor * Fraction(x) for x in left.tolist()])
        held = spectral_abscissa(problem.kept_matrix(removed))
        if held.upper <= problem.threshold:
            break
        scale = float(problem.threshold / held.upper) * (1 - 1e-13)
        factor *= Fraction(scale)
    else:
        raise SolverError(
            f"the weakened network has radius {float(held.upper):.12g}, above the threshold by more than rounding; rescale",
            status="not held",
            solver="semidefinite programme",
            best=removed,
        )
    solution = solve_exact(problem.programme(rows))
    prices = solution.row_duals
    squares = [sum(Fraction(int(x), r.vector.denominator) ** 2 for x in r.vector.numerators) for r in rows]
    upper = problem.loss(removed)
    certificate = LinkRemovalCertificate(
        problem=problem,
        removed=removed,
        held=held.certificate,
        rows=tuple(rows),
        bound=solution.certificate,
        lower=solution.value,
        upper=upper,
    )
    return LinkRemoval(
        network=network,
        threshold=problem.threshold,
        removed=removed,
        upper=upper,
        lower=solution.value,
        shadow_price=sum((prices[k] * square for k, square in enumerate(squares)), Fraction(0)),
        certificate=certificate,
    )


def link_cut_frontier(
    network: Any, *, losses: Losses = 1, resolution: Any = "1/1000000000", time_limit: float | None = None
) -> Frontier:
    """All that can be had of a low spectral radius and a low loss by cutting links.

    From the whole network downwards: the cheapest cuts that bring the radius below that of the point before, by more than the
    resolution. Between two points nothing is had; the staircase of what cannot be had is part of the frontier.

    Parameters
    ----------
    network, losses, time_limit
        As for :func:`cheapest_link_cuts`; the limit holds for each point.
    resolution : number > 0
        Points whose radius is closer to that of another are left out.

    Returns
    -------
    Frontier
        Of ("loss", "spectral radius"), both minimised. The radius of a point is the certified upper bound.

    Raises
    ------
    SolverError
        A point could not be proved optimal in time; ``best`` is its bracket.

    Examples
    --------
    >>> import networkx
    >>> [(str(p.measures[0]), round(float(p.measures[1]), 4)) for p in link_cut_frontier(networkx.complete_graph(3))]
    [('0', 2.0), ('1', 1.4142), ('2', 1.0), ('3', 0.0)]
    """
    step = exact(resolution, where="resolution")
    if step <= 0:
        raise SpecificationError(f"resolution: found {step}; write a number > 0")
    read = read_network(network)
    points, exclusions = [], []
    limit = spectral_abscissa(read).upper
    while True:
        best = cheapest_link_cuts(read, limit, losses=losses, time_limit=time_limit)
        if not best.is_optimal:
            raise SolverError(
                f"the least loss at radius {float(limit):.6g} is only known within its bracket; raise time_limit",
                status="time limit",
                solver="implicit hitting sets",
                best=best,
            )
        low, high = best.radius
        points.append(FrontierPoint(measures=(best.upper, high), decision=best.links, certificate=best.certificate))
        exclusions.append(Exclusion(corner=(best.upper, limit), certificate=best.certificate))
        if low <= step:
            break
        limit = low - step
    kept = [p for k, p in enumerate(points) if k + 1 == len(points) or points[k + 1].measures[0] > p.measures[0]]
    return Frontier(
        measures=("loss", "spectral radius"),
        senses=("min", "min"),
        points=tuple(kept),
        exclusions=tuple(exclusions),
        epsilon=step,
        mixing=False,
    )


# -- reading -----------------------------------------------------------------------------------------------------------


def _read(network: Any, threshold: Any, losses: Losses, *, whole: bool) -> tuple[Network, LinkProblem]:
    read, limit = read_network(network), exact(threshold, where="threshold")
    if limit < 0:
        raise SpecificationError(f"threshold: found {brief(limit)}; write a number ≥ 0")
    if read.num_nodes > 250:
        raise UnsupportedError(
            f"{read.num_nodes:,} nodes: links are cut in networks of up to 250; use cheapest_rates, or cut a subnetwork"
        )
    if limit > _LARGEST:
        raise SpecificationError(f"threshold: found {brief(limit)}; rescale the weights, or leave the network as it is")
    edges = read.edges()
    problem = LinkProblem(
        num_nodes=read.num_nodes,
        directed=read.directed,
        links=tuple((i, j) for i, j, _ in edges),
        weights=RationalArray.from_fractions([exact(w) for *_, w in edges]),
        losses=RationalArray.from_fractions(_loss_list(read, edges, losses)),
        threshold=limit,
        whole=whole,
    )
    return read, problem


def _loss_list(network: Network, edges: list[Any], losses: Losses) -> list[Fraction]:
    if isinstance(losses, Mapping):
        found: dict[tuple[int, int], Fraction] = {}
        for pair, value in losses.items():
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise SpecificationError(f"losses: found the key {pair!r}; write pairs of nodes, such as (0, 1)")
            u, v = pair
            i, j = network.node_indices([u, v], where=f"losses[{u!r}, {v!r}]")
            found[(i, j) if network.directed or i < j else (j, i)] = exact(value, where=f"losses[{u!r}, {v!r}]")
        links = [(i, j) for i, j, _ in edges]
        for link in [*set(found) ^ set(links)]:
            names = tuple(network.nodes[i] for i in link)
            raise SpecificationError(f"losses: {names} is missing, or no link; give a loss for each link")
        listed = [found[link] for link in links]
    elif isinstance(losses, str) or not hasattr(losses, "__len__"):
        listed = [exact(losses, where="losses")] * len(edges)
    else:
        listed = [exact(x, where=f"losses[{k}]") for k, x in enumerate(losses)]
        if len(listed) != len(edges):
            raise SpecificationError(f"losses: found {len(listed)}; write one for each of the {len(edges)} links")
    if any(x < 0 for x in listed):
        raise SpecificationError("losses: found a negative one; what is lost with a link is ≥ 0")
    return listed


# -- cutting -----------------------------------------------------------------------------------------------------------


def _shares(problem: LinkProblem, cut: frozenset[int]) -> RationalArray:
    return RationalArray.of_integers(np.array([int(k in cut) for k in range(len(problem.links))], dtype=np.int64))


def _comparison(problem: LinkProblem, cut: frozenset[int]) -> SpectralComparison:
    return compare_spectral_abscissa(problem.kept_matrix(_shares(problem, cut)), problem.threshold)


def _matrix(problem: LinkProblem, kept: Sequence[int]) -> Floats:
    A, weights = np.zeros((problem.num_nodes, problem.num_nodes)), problem.weights.floats()
    for k in kept:
        i, j = problem.links[k]
        A[i, j] = weights[k]
        if not problem.directed:
            A[j, i] = weights[k]
    return A


def _radius(problem: LinkProblem, kept: Sequence[int]) -> float:
    A = _matrix(problem, kept)
    return float(np.abs(np.linalg.eigvals(A) if problem.directed else np.linalg.eigvalsh(A)).max(initial=0))


def _broken_rows(problem: LinkProblem, cut: frozenset[int]) -> Iterator[RemovalRow]:
    """Evidence of rows that the cut breaks: nothing if it holds the threshold."""
    found = _comparison(problem, cut)
    if found.relation in ("below", "equal"):
        return
    vector = found.bounds.certificate.lower_vector
    support = set(np.flatnonzero(vector.numerators != 0).tolist())
    kept = [k for k, link in enumerate(problem.links) if k not in cut and support.issuperset(link)]
    if not problem.directed:
        size = vector.floats() / float(vector.floats().max())
        yield RemovalRow(RationalArray.of_integers(np.rint(size * 4096).astype(np.int64), 4096))
    losses = problem.losses.floats()
    orders: tuple[Callable[[int], Any], ...] = (lambda k: (losses[k], k), lambda k: (-losses[k], -k))
    for order in orders:
        dangerous = _minimal(problem, sorted(kept, key=order))
        proof = _comparison(problem, frozenset(range(len(problem.links))) - frozenset(dangerous))
        if proof.relation == "above":
            yield RemovalRow(proof.bounds.certificate.lower_vector, tuple(sorted(dangerous)))
        else:
            yield RemovalRow(vector, tuple(kept))


def _minimal(problem: LinkProblem, kept: list[int]) -> list[int]:
    """Links that exceed the threshold together, but not without any one of them; dropped in the order given."""
    limit = float(problem.threshold)
    limit += _SLACK * max(limit, 1)
    for k in list(kept):
        without = [other for other in kept if other != k]
        if _radius(problem, without) > limit:
            kept = without
    return kept


def _completed(problem: LinkProblem, cut: frozenset[int]) -> frozenset[int]:
    """A superset of a cut, less what is not needed, that holds the threshold: first the links that carry most per loss."""
    limit, losses = float(problem.threshold), problem.losses.floats()
    limit += _SLACK * max(limit, 1)
    weights = problem.weights.floats()
    gone = set(cut)
    while True:
        kept = [k for k in range(len(problem.links)) if k not in gone]
        if not kept or (_radius(problem, kept) <= limit and _comparison(problem, frozenset(gone)).relation != "above"):
            break
        A = _matrix(problem, kept)
        right, left = _dominant(A), _dominant(A.T)
        carried = [
            weights[k] * (left[i] * right[j] + (0 if problem.directed else left[j] * right[i]))
            for k in kept
            for i, j in [problem.links[k]]
        ]
        values = [c / max(losses[k], 1e-12) for c, k in zip(carried, kept, strict=True)]
        gone.add(kept[int(np.argmax(values))])
    for k in sorted(gone, key=lambda k: -losses[k]):
        without = frozenset(gone - {k})
        held = _radius(problem, [other for other in range(len(problem.links)) if other not in without]) <= limit
        if held and _comparison(problem, without).relation in ("below", "equal"):
            gone.remove(k)
    return frozenset(gone)


def _dominant(A: Floats) -> Floats:
    values, vectors = np.linalg.eig(A)
    found: Floats = np.abs(vectors[:, int(np.argmax(values.real))].real) + 1e-9
    return found
