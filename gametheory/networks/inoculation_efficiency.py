"""The least social cost of an inoculation game, with a proof; prices of anarchy and of stability.

    min_I  C |I| + (L / n) Σ_{components of V∖I} s²          (the sum-of-squares partition problem: NP-hard)
    price of anarchy = largest social cost of a pure Nash equilibrium / minimum;  price of stability: least cost instead

Branch and bound over who is inoculated, best bound first, in integers; the bounds are those of
:mod:`gametheory.certificates.inoculation`, which re-checks the tree. Stopped early, the answer is a bracket, as certain.

Reference: J. Aspnes, K. Chang and A. Yampolskiy (2006), *Inoculation strategies for victims of viruses and the
sum-of-squares partition problem*, J. Computer and System Sciences 72: the price of anarchy is at most n, and n / 2 on a star.
Complexity: exponential; exact for sparse networks of some 30 nodes, a bracket beyond.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.inoculation import CaseBound, InoculationCostCertificate, component_sizes
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.inoculation import InoculationEquilibrium, InoculationGame, equilibrium_sets

__all__ = ["InoculationOptimum", "InoculationPrices", "inoculation_optimum", "inoculation_prices"]


@final
@compared_by("game", "inoculated", "upper", "lower")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class InoculationOptimum:
    """The cheapest set of nodes to inoculate, or the best found with a bound on how much cheaper another could be.

    Attributes
    ----------
    game : InoculationGame
    inoculated : tuple of int, increasing
    upper : Fraction
        The social cost of that set.
    lower : Fraction
        No set costs less; equal to ``upper`` where it is optimal.
    certificate : InoculationCostCertificate
    """

    game: InoculationGame
    inoculated: tuple[int, ...]
    upper: Fraction
    lower: Fraction
    certificate: InoculationCostCertificate

    @property
    def is_optimal(self) -> bool:
        return self.lower == self.upper

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes to inoculate."""
        return tuple(self.game.network.nodes[i] for i in self.inoculated)

    def __float__(self) -> float:
        return float(self.upper)

    def __repr__(self) -> str:
        cost = brief(self.upper) if self.is_optimal else f"between {brief(self.lower)} and {brief(self.upper)}"
        some = ", ".join(self.nodes[:8]) + (", …" if len(self.nodes) > 8 else "")
        return f"InoculationOptimum(certified: least social cost {cost}, inoculating {some or 'nobody'})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the nodes to inoculate."""
        return data_frame(([name] for name in self.nodes), ["node"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data with the certificate."""
        return {
            "inoculated": list(self.nodes),
            "upper": exact_text(self.upper),
            "lower": exact_text(self.lower),
            "certificate": self.certificate.to_dict(),
        }


def inoculation_optimum(
    game: InoculationGame, *, time_limit: float | None = None, max_cases: int = 200_000
) -> InoculationOptimum:
    """The least social cost over all sets of inoculated nodes, or a bracket of it.

    Parameters
    ----------
    game : InoculationGame
    time_limit : float, optional
        Seconds; the bracket is what is known then.
    max_cases : int
        Largest tree.

    Returns
    -------
    InoculationOptimum
        Certified either way.

    Examples
    --------
    >>> import networkx
    >>> inoculation_optimum(InoculationGame(networkx.grid_2d_graph(3, 3), 1, 2))
    InoculationOptimum(certified: least social cost 46/9, inoculating (0, 1), (1, 0), (1, 2), (2, 1))
    """
    if max_cases < 1 or (time_limit is not None and not time_limit >= 0):
        raise SpecificationError(f"found max_cases={max_cases}, time_limit={time_limit}; write numbers ≥ 1 and ≥ 0")
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    neighbours = game.neighbours()
    bound = CaseBound(neighbours, game.cost, game.loss)
    best_set, best = _improved(bound, frozenset(), frozenset())
    nothing: frozenset[int] = frozenset()
    tree: list[tuple[int, int, int]] = [(-1, -1, -1)]  # node that the case is split on, and the two cases
    waiting = [(bound(nothing, nothing), 0, nothing, nothing)]
    closed: list[int] = []
    while waiting and waiting[0][0] < best:
        if len(tree) + 2 > max_cases or (deadline is not None and time.perf_counter() > deadline):
            break
        low, place, inside, outside = heapq.heappop(waiting)
        rest = [j for j in range(game.num_nodes) if j not in inside and j not in outside]
        if not rest:
            closed.append(low)  # its bound is its cost
            found, cost = _improved(bound, inside, outside)
            if cost < best:
                best_set, best = found, cost
            continue
        split = max(rest, key=lambda j: (sum(k not in inside for k in neighbours[j]), -j))
        cases = (inside | {split}, outside), (inside, outside | {split})
        tree[place] = split, len(tree), len(tree) + 1
        for k, case in enumerate(cases):
            tree.append((-1, -1, -1))
            heapq.heappush(waiting, (bound(*case), tree[place][1 + k], *case))
        if len(tree) % 16 == 1:
            found, cost = _improved(bound, inside, outside)
            if cost < best:
                best_set, best = found, cost
    lower = min([best, *closed, *(low for low, *_ in waiting[:1])])
    certificate = InoculationCostCertificate(
        num_nodes=game.num_nodes,
        edges=game.edges(),
        cost=game.cost,
        loss=game.loss,
        inoculated=tuple(sorted(best_set)),
        upper=Fraction(best, bound.denominator),
        lower=Fraction(lower, bound.denominator),
        cases=_depth_first(tree),
    )
    return InoculationOptimum(
        game=game,
        inoculated=certificate.inoculated,
        upper=certificate.upper,
        lower=certificate.lower,
        certificate=certificate,
    )


def _improved(bound: CaseBound, inside: frozenset[int], outside: frozenset[int]) -> tuple[frozenset[int], int]:
    """A set of the case that no single change within it makes cheaper, and its cost times the denominator."""
    n = len(bound.neighbours)
    free = [j for j in range(n) if j not in inside and j not in outside]

    def cost(chosen: frozenset[int]) -> int:
        return bound.cost * len(chosen) + bound.share * component_sizes(bound.neighbours, chosen)[1]

    chosen = inside | frozenset(free)
    value = cost(chosen)
    for _ in range(4):  # rounds; each flips what lowers the cost
        before = value
        for j in free:
            other = chosen ^ {j}
            if (found := cost(other)) < value:
                chosen, value = other, found
        if value == before:
            break
    return chosen, value


def _depth_first(tree: list[tuple[int, int, int]]) -> tuple[int, ...]:
    listed, waiting = [], [0]
    while waiting:
        split, first, second = tree[waiting.pop()]
        listed.append(split)
        if split >= 0:
            waiting += [second, first]
    return tuple(listed)


@final
@compared_by("optimum", "best", "worst", "num_equilibria")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class InoculationPrices:
    """What is lost because every node decides for itself, over the pure Nash equilibria.

    Attributes
    ----------
    optimum : InoculationOptimum
    best, worst : InoculationEquilibrium
        Of least and of largest social cost among all, which exhaustive search found.
    num_equilibria : int
    """

    optimum: InoculationOptimum
    best: InoculationEquilibrium
    worst: InoculationEquilibrium
    num_equilibria: int

    @property
    def anarchy(self) -> Fraction:
        """Price of anarchy: the largest social cost in equilibrium over the least of all."""
        return self.worst.social_cost / self.optimum.upper

    @property
    def stability(self) -> Fraction:
        """Price of stability: the least social cost in equilibrium over the least of all."""
        return self.best.social_cost / self.optimum.upper

    def __repr__(self) -> str:
        return (
            f"InoculationPrices(certified optimum {brief(self.optimum.upper)}, {self.num_equilibria:,} equilibria: "
            f"price of anarchy {brief(self.anarchy)}, of stability {brief(self.stability)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of optimum, best and worst equilibrium."""
        rows = [("optimum", self.optimum.upper, ", ".join(self.optimum.nodes))]
        rows += [(k, e.social_cost, ", ".join(e.nodes)) for k, e in (("best", self.best), ("worst", self.worst))]
        return data_frame(rows, ["what", "social_cost", "inoculated"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "price_of_anarchy": exact_text(self.anarchy),
            "price_of_stability": exact_text(self.stability),
            "num_equilibria": self.num_equilibria,
            "optimum": self.optimum.to_dict(),
            "best": self.best.to_dict(),
            "worst": self.worst.to_dict(),
        }


def inoculation_prices(game: InoculationGame) -> InoculationPrices:
    """Prices of anarchy and of stability over all pure Nash equilibria, exact.

    Parameters
    ----------
    game : InoculationGame
        Up to about 20 to 25 nodes: equilibria and optimum are found by exhaustive search.

    Raises
    ------
    SolverError
        The search for the optimum grew too large; ``best`` is the bracket.

    Examples
    --------
    >>> import networkx
    >>> inoculation_prices(InoculationGame(networkx.star_graph(8), 1, "9/8"))
    InoculationPrices(certified optimum 2, 37 equilibria: price of anarchy 9/2, of stability 1)
    """
    neighbours = game.neighbours()
    extremes: dict[Literal["best", "worst"], tuple[Fraction, tuple[int, ...]]] = {}
    count = 0
    for protected in equilibrium_sets(game):
        count += 1
        _, squares = component_sizes(neighbours, frozenset(protected))
        entry = game.cost * len(protected) + game.loss * squares / game.num_nodes, protected
        extremes["best"] = min(entry, extremes.get("best", entry))
        extremes["worst"] = max(entry, extremes.get("worst", entry))
    optimum = inoculation_optimum(game)
    if not optimum.is_optimal:
        raise SolverError(
            f"the least social cost is only known to lie between {brief(optimum.lower)} and {brief(optimum.upper)}; "
            "call inoculation_optimum with a larger max_cases and divide its bounds",
            status="case limit",
            solver="branch and bound",
            best=optimum,
        )
    return InoculationPrices(
        optimum=optimum,
        best=game.proved_equilibrium(extremes["best"][1]),
        worst=game.proved_equilibrium(extremes["worst"][1]),
        num_equilibria=count,
    )
