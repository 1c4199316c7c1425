"""What malicious nodes do to those who protect themselves from each other: the price of malice.

Of the n nodes of an inoculation game b are malicious: they announce that they are inoculated, and are not. The selfish ones
choose best responses to what they perceive, given the set S of those who announce that they are inoculated:

    "oblivious"     they believe it: node i perceives the component that it has, or would join, among V∖S;
    "risk-averse"   they know b, and fear the worst: the largest component that any b of S could leave them in.

The actual social cost is that of the selfish nodes, with the malicious set M ⊆ S not inoculated. Over all pairs (S, M) in
which every selfish node responds best to what it perceives (Byzantine Nash equilibria),

    price of Byzantine anarchy(b) = largest actual cost / least social cost without malice;      (all n nodes selfish)
    price of malice(b) = price of Byzantine anarchy(b) / price of anarchy = largest actual cost / largest cost at b = 0.

It can be below 1: fear may make risk-averse nodes inoculate who should.

Reference: T. Moscibroda, S. Schmid and R. Wattenhofer (2006), *When selfish meets evil: Byzantine players in a virus
inoculation game*, PODC; extended in Internet Mathematics 6 (2009).
Complexity: every announced set is looked at, 2^n of them; "risk-averse" times (n choose b). Up to about 14 nodes.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.inoculation import component_sizes
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.inoculation import InoculationGame

__all__ = ["Awareness", "PriceOfMalice", "price_of_malice"]

Awareness = Literal["oblivious", "risk-averse"]
MAX_WORK = 20_000_000


@final
@compared_by("game", "num_malicious", "awareness", "cost", "cost_without")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PriceOfMalice:
    """How much worse the worst equilibrium becomes through malicious nodes; exact, by exhaustive search.

    Attributes
    ----------
    game : InoculationGame
    num_malicious : int
    awareness : "oblivious" or "risk-averse"
    cost : Fraction
        The largest actual cost of the selfish nodes.
    announced, malicious : tuple of int, increasing
        Where it arises: who announces to be inoculated, and who of them is malicious.
    cost_without : Fraction
        The largest social cost in a pure Nash equilibrium without malicious nodes.
    """

    game: InoculationGame
    num_malicious: int
    awareness: Awareness
    cost: Fraction
    announced: tuple[int, ...]
    malicious: tuple[int, ...]
    cost_without: Fraction

    @property
    def value(self) -> Fraction:
        """The price of malice; below 1 where the selfish nodes together, n − b now, pay less than n did."""
        return self.cost / self.cost_without

    @property
    def value_per_node(self) -> Fraction:
        """The same with costs per selfish node; below 1 where malice makes a selfish node better off on average."""
        n = self.game.num_nodes
        return self.value * n / (n - self.num_malicious)

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return (
            f"PriceOfMalice({brief(self.value)} for {self.num_malicious} malicious, {self.awareness}: "
            f"cost {brief(self.cost)} against {brief(self.cost_without)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the worst case: what each node announces, and who is malicious."""
        names, announced, malicious = self.game.network.nodes, set(self.announced), set(self.malicious)
        rows = ((name, i in announced, i in malicious) for i, name in enumerate(names))
        return data_frame(rows, ["node", "announces", "malicious"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        names = self.game.network.nodes
        return {
            "price_of_malice": exact_text(self.value),
            "num_malicious": self.num_malicious,
            "awareness": self.awareness,
            "cost": exact_text(self.cost),
            "cost_without": exact_text(self.cost_without),
            "announced": [names[i] for i in self.announced],
            "malicious": [names[i] for i in self.malicious],
        }


def price_of_malice(game: InoculationGame, num_malicious: int, *, awareness: Awareness) -> PriceOfMalice:
    """The price of malice of an inoculation game on a small network.

    Parameters
    ----------
    game : InoculationGame
        Up to about 14 nodes.
    num_malicious : int, 0 to n − 1
    awareness : "oblivious" or "risk-averse"
        Whether the selfish nodes believe what is announced, or fear the worst that so many malicious ones can do.

    Returns
    -------
    PriceOfMalice

    Raises
    ------
    InfeasibleError
        No announced set is an equilibrium.
    UnsupportedError
        The network is too large to look at every set.

    Examples
    --------
    On a star the hub inoculates, in one equilibrium, and everybody is safe. If it lies, everybody is in danger:

    >>> import networkx
    >>> game = InoculationGame(networkx.star_graph(8), 1, 2)
    >>> malice = price_of_malice(game, 1, awareness="oblivious")
    >>> malice
    PriceOfMalice(144/77 for 1 malicious, oblivious: cost 16 against 77/9)
    >>> malice.malicious
    (0,)
    """
    n, b = game.num_nodes, num_malicious
    if awareness not in ("oblivious", "risk-averse"):
        raise SpecificationError(f"awareness: found {awareness!r}; write 'oblivious' or 'risk-averse'")
    if type(b) is not int or not 0 <= b < n:
        raise SpecificationError(f"num_malicious: found {b!r}; write an integer from 0 to {n - 1}")
    work = (1 << n) * math.comb(n, b) * n
    if work > MAX_WORK:
        raise UnsupportedError(
            f"{n} nodes with {b} malicious take about {work:.1g} steps, more than {MAX_WORK:.1g}; take a smaller network "
            "or fewer malicious nodes"
        )
    cost_without = _worst(game, 0, "oblivious")
    cost = cost_without if b == 0 else _worst(game, b, awareness)
    if cost is None or cost_without is None:  # without malice there always is one
        raise InfeasibleError(
            f"with {b} {awareness} malicious nodes no announcement is an equilibrium; try another number of them"
        )
    return PriceOfMalice(
        game=game,
        num_malicious=b,
        awareness=awareness,
        cost=cost[0],
        announced=cost[1],
        malicious=cost[2],
        cost_without=cost_without[0],
    )


def _worst(
    game: InoculationGame, b: int, awareness: Awareness
) -> tuple[Fraction, tuple[int, ...], tuple[int, ...]] | None:
    """The largest actual cost over Byzantine equilibria, with who announces and who is malicious."""
    n, threshold, neighbours = game.num_nodes, game.threshold, game.neighbours()
    share = game.loss / n
    actual: dict[frozenset[int], list[int]] = {}

    def sizes(inoculated: frozenset[int]) -> list[int]:
        if inoculated not in actual:
            actual[inoculated] = component_sizes(neighbours, inoculated)[0]
        return actual[inoculated]

    worst: tuple[Fraction, tuple[int, ...], tuple[int, ...]] | None = None
    for size in range(b, n + 1):
        for announced in itertools.combinations(range(n), size):
            said = frozenset(announced)
            perceived = sizes(said)
            if awareness == "risk-averse":
                fears = [sizes(said.difference(liars)) for liars in itertools.combinations(announced, b)]
                perceived = [max(column) for column in zip(*fears, strict=True)]
            if any(perceived[i] > threshold for i in range(n) if i not in said):
                continue
            unwilling = [i for i in announced if perceived[i] < threshold]  # these must be malicious
            others = [i for i in announced if i not in unwilling]
            for more in itertools.combinations(others, b - len(unwilling)) if len(unwilling) <= b else ():
                malicious = frozenset([*unwilling, *more])
                really = sizes(said - malicious)
                exposed = sum(really[i] for i in range(n) if i not in said)
                cost = game.cost * (size - b) + share * exposed
                if worst is None or cost > worst[0]:
                    worst = cost, announced, tuple(sorted(malicious))
    return worst
