"""Interdependent security: who invests, when the others' neglect is one's own risk.

Agent i pays c_i to invest in security. Without, a direct attack costs it L_i with probability p_i; and an agent j that does
not invest passes an attack on to i with probability q_ji, whatever i does (losses happen once). If N do not invest, investing
saves agent i

    b_i(N) − c_i,        b_i(N) = p_i L_i Π_{j∈N, j≠i} (1 − q_ji),

the more, the more others invest: a supermodular game. It has a least and a greatest pure equilibrium, reached by best responses
from nobody and from everybody. For equal agents everybody investing is an equilibrium iff c ≤ p L, nobody iff
c ≥ p L (1 − q)^{n−1}; in between both are (whom to win over then: :mod:`gametheory.networks.tipping`). Everything is decided
in rationals: a float is the rational that it is.

References: H. Kunreuther and G. Heal (2003), *Interdependent security*, Journal of Risk and Uncertainty 26, 231-249; G. Heal
and H. Kunreuther (2005), *IDS models of airline security*, Journal of Conflict Resolution 49, 201-217; P. Milgrom and
J. Roberts (1990), *Rationalizability, learning, and equilibrium in games with strategic complementarities*, Econometrica 58.
Complexity: extreme equilibria O(n³); all equilibria exponential.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np

from gametheory.arithmetic import RationalArray, Verdict, exact, exact_text
from gametheory.certificates.interdependent_security import SecurityData, SecurityEquilibriumCertificate, Ties
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import action_index, distinct_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "InterdependentSecurityGame",
    "SecurityEquilibrium",
    "extreme_security_equilibria",
    "is_security_equilibrium",
    "security_equilibria",
    "security_regret",
    "tipping_cascade",
]

Agent = int | str


@final
@compared_by("agents", "arrays")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InterdependentSecurityGame:
    """Agents that invest in security, or bear a risk that others add to; build one with :meth:`of` or :meth:`symmetric`.

    Attributes
    ----------
    agents : tuple of str
    data : SecurityData
        Probabilities, losses and costs.

    Examples
    --------
    Kunreuther and Heal's example: p = 0.2, q = 0.1, L = 1000. Nobody invests if the cost is above 180 for two agents:

    >>> game = InterdependentSecurityGame.symmetric(2, direct="1/5", contagion="1/10", loss=1000, cost=185)
    >>> game.benefit(0, careless=[1]), game.benefit(0, careless=[])
    (Fraction(180, 1), Fraction(200, 1))
    """

    agents: tuple[str, ...]
    data: SecurityData

    def __post_init__(self) -> None:
        object.__setattr__(self, "agents", distinct_labels(self.agents, "agents"))
        if len(self.agents) != self.data.num_agents:
            raise SpecificationError(f"agents: found {len(self.agents)} names; write {self.data.num_agents}")

    @classmethod
    def of(
        cls, *, direct: Any, contagion: Any, losses: Any, costs: Any, agents: Sequence[str] | None = None
    ) -> InterdependentSecurityGame:
        """A game from its numbers.

        Parameters
        ----------
        direct : n numbers from 0 to 1
            p_i.
        contagion : n × n numbers from 0 to 1, zero diagonal
            ``contagion[j][i]`` is q_ji, the probability that j, not investing, passes an attack on to i.
        losses, costs : n numbers ≥ 0
        agents : names, optional
            By default "0", "1", ….
        """
        arrays = {
            name: RationalArray.from_values(value, where=name)
            for name, value in (("direct", direct), ("contagion", contagion), ("losses", losses), ("costs", costs))
        }
        n = len(arrays["direct"].numerators.reshape(-1))
        for name, array in arrays.items():
            shape = (n, n) if name == "contagion" else (n,)
            if array.shape != shape:
                raise SpecificationError(f"{name}: found shape {array.shape}; write {shape}")
        flat = RationalArray.of_integers(arrays["contagion"].numerators.reshape(-1), arrays["contagion"].denominator)
        names = tuple(map(str, range(n))) if agents is None else tuple(agents)
        return cls(names, SecurityData(**{**arrays, "contagion": flat}))

    @classmethod
    def symmetric(
        cls, num_agents: int, *, direct: Any, contagion: Any, loss: Any, cost: Any
    ) -> InterdependentSecurityGame:
        """A game of equal agents."""
        if type(num_agents) is not int or num_agents < 1:
            raise SpecificationError(f"num_agents: found {num_agents!r}; write an integer ≥ 1")
        q = exact(contagion, where="contagion")
        matrix = [[Fraction(0) if i == j else q for i in range(num_agents)] for j in range(num_agents)]
        rows = ([exact(x, where=name)] * num_agents for name, x in (("direct", direct), ("loss", loss), ("cost", cost)))
        p, losses, costs = rows
        return cls.of(direct=p, contagion=matrix, losses=losses, costs=costs)

    @property
    def num_agents(self) -> int:
        return len(self.agents)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """The numbers, for comparison."""
        data = self.data
        return tuple((a.numerators, a.denominator) for a in (data.direct, data.contagion, data.losses, data.costs))

    def indices(self, agents: Iterable[Agent], *, where: str = "agents") -> frozenset[int]:
        """Agents given by name or index, as indices."""
        listed = [agents] if isinstance(agents, str) else list(agents)
        return frozenset(action_index(a, self.agents, f"{where}[{k}]", what="agent") for k, a in enumerate(listed))

    def benefit(self, agent: Agent, *, careless: Iterable[Agent]) -> Fraction:
        """b_i: what investing saves an agent, its cost aside, if these others do not invest."""
        (i,) = self.indices([agent])
        return self.data.benefit(i, sorted(self.indices(careless, where="careless")))

    def expected_costs(self, investors: Iterable[Agent]) -> tuple[Fraction, ...]:
        """What each agent pays in expectation, security and losses, if exactly these invest."""
        inside = self.indices(investors, where="investors")
        careless = [j for j in range(self.num_agents) if j not in inside]
        costs = []
        for i in range(self.num_agents):
            safe, loss = self.data.safety(i, careless), self.data.losses[i]
            own = self.data.costs[i] if i in inside else Fraction(0)
            costs.append(own + loss * (1 - safe * (1 if i in inside else 1 - self.data.direct[i])))
        return tuple(costs)

    def normal_form(self) -> NormalFormGame:
        """The same as a game of n players with the actions "invest" and "risk"; payoffs are minus expected costs, exact.

        Raises
        ------
        SpecificationError
            The table of n 2^n payoffs would take too much memory.
        """
        n = self.num_agents
        refuse_if_too_large(n << n, 64, "the payoff table")
        table = np.empty((n, *(2,) * n), dtype=object)
        for index in np.ndindex(*(2,) * n):
            for i, cost in enumerate(self.expected_costs(k for k, action in enumerate(index) if action == 0)):
                table[(i, *index)] = -cost
        return NormalFormGame(table, self.agents, [("invest", "risk")] * n, title="interdependent security")

    def equilibrium(self, investors: Iterable[Agent]) -> SecurityEquilibrium:
        """That exactly these invest, as an equilibrium with its certificate.

        Raises
        ------
        CertificateError
            It is none; the message says who would decide otherwise.
        """
        inside = tuple(sorted(self.indices(investors, where="investors")))
        certificate = SecurityEquilibriumCertificate(data=self.data, investors=inside)
        certificate.verify()
        return SecurityEquilibrium(self, inside, certificate)

    def __repr__(self) -> str:
        return f"InterdependentSecurityGame({self.num_agents} agents)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each agent."""
        data = self.data
        rows = zip(*(a.fractions().tolist() for a in (data.direct, data.losses, data.costs)), strict=True)
        return data_frame(
            ((name, *row) for name, row in zip(self.agents, rows, strict=True)), ["agent", "direct", "loss", "cost"]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {"agents": list(self.agents), **self.data.to_dict()}


@final
@compared_by("game", "investors")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SecurityEquilibrium:
    """A pure Nash equilibrium of an interdependent security game.

    Attributes
    ----------
    game : InterdependentSecurityGame
    investors : tuple of int, increasing
    certificate : SecurityEquilibriumCertificate
    """

    game: InterdependentSecurityGame
    investors: tuple[int, ...]
    certificate: SecurityEquilibriumCertificate

    @property
    def names(self) -> tuple[str, ...]:
        """Who invests."""
        return tuple(self.game.agents[i] for i in self.investors)

    @property
    def social_cost(self) -> Fraction:
        """The sum of all expected costs."""
        return sum(self.game.expected_costs(self.investors), Fraction(0))

    def __repr__(self) -> str:
        n = self.game.num_agents
        who = "all" if len(self.investors) == n else ", ".join(self.names[:8]) + (", …" if len(self.names) > 8 else "")
        return f"SecurityEquilibrium(certified: {len(self.investors)} of {n} invest ({who or 'nobody'}))"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each agent: whether it invests, and what it pays in expectation."""
        costs, inside = self.game.expected_costs(self.investors), set(self.investors)
        return data_frame(
            ((name, i in inside, costs[i]) for i, name in enumerate(self.game.agents)), ["agent", "invests", "cost"]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data with the certificate."""
        return {
            "investors": list(self.names),
            "social_cost": exact_text(self.social_cost),
            "certificate": self.certificate.to_dict(),
        }


def is_security_equilibrium(game: InterdependentSecurityGame, investors: Iterable[Agent]) -> Verdict:
    """Whether nobody would rather decide otherwise when exactly these agents invest; decided in rationals.

    Returns
    -------
    Verdict
        ``gain`` is the largest saving of an agent by deciding otherwise, ``witness`` that agent with "invest" or "risk".

    Examples
    --------
    >>> game = InterdependentSecurityGame.symmetric(2, direct="1/5", contagion="1/10", loss=1000, cost=185)
    >>> is_security_equilibrium(game, []), is_security_equilibrium(game, [0])
    (Verdict(yes, gain=-5), Verdict(no, gain=15, witness=('1', 'invest')))
    """
    inside = game.indices(investors, where="investors")
    gains = _gains(game, inside)
    worst = max(range(game.num_agents), key=gains.__getitem__)
    question = "is it a Nash equilibrium that exactly these agents invest"
    if gains[worst] <= 0:
        return Verdict("yes", gains[worst], None, question)
    return Verdict("no", gains[worst], (game.agents[worst], "risk" if worst in inside else "invest"), question)


def security_regret(game: InterdependentSecurityGame, investors: Iterable[Agent]) -> Fraction:
    """The most that an agent would save by deciding otherwise, ≥ 0; 0 exactly at the pure Nash equilibria."""
    return max(Fraction(0), *_gains(game, game.indices(investors, where="investors")))


def _gains(game: InterdependentSecurityGame, inside: frozenset[int]) -> list[Fraction]:
    careless = [j for j in range(game.num_agents) if j not in inside]
    saved = [game.data.benefit(i, careless) - game.data.costs[i] for i in range(game.num_agents)]
    return [-x if i in inside else x for i, x in enumerate(saved)]


def extreme_security_equilibria(
    game: InterdependentSecurityGame,
) -> tuple[SecurityEquilibrium, SecurityEquilibrium]:
    """The equilibria with the fewest and with the most investors; every other lies between them, agent by agent.

    Best responses from nobody investing lead to the first (indifferent agents stay out), from everybody to the second
    (indifferent agents stay in); Milgrom and Roberts (1990), theorem 5.

    Examples
    --------
    For ten agents and a cost between 200 · 0.9⁹ ≈ 77.5 and 200 both extremes are stable:

    >>> game = InterdependentSecurityGame.symmetric(10, direct="1/5", contagion="1/10", loss=1000, cost=100)
    >>> [len(e.investors) for e in extreme_security_equilibria(game)]
    [0, 10]
    """
    n = game.num_agents
    least = set(tipping_cascade(game, [], ties="stay"))
    most = set(range(n))
    while True:
        careless = [j for j in range(n) if j not in most]
        leaving = {i for i in most if not game.data.would_invest(i, careless, "invest")}
        if not leaving:
            return game.equilibrium(least), game.equilibrium(most)
        most -= leaving


def security_equilibria(
    game: InterdependentSecurityGame, *, max_equilibria: int = 100_000
) -> tuple[SecurityEquilibrium, ...]:
    """All pure Nash equilibria, fewest investors first, by search between the least and the greatest.

    Parameters
    ----------
    game : InterdependentSecurityGame
        Up to about 20 agents that are not decided by the extremes.
    max_equilibria : int

    Raises
    ------
    UnsupportedError
        There are more than ``max_equilibria``.

    Examples
    --------
    >>> game = InterdependentSecurityGame.symmetric(2, direct="1/5", contagion="1/10", loss=1000, cost=190)
    >>> security_equilibria(game)
    (SecurityEquilibrium(certified: 0 of 2 invest (nobody)), SecurityEquilibrium(certified: 2 of 2 invest (all)))
    """
    found: list[frozenset[int]] = []
    for inside in _equilibrium_sets(game):
        if len(found) == max_equilibria:
            raise UnsupportedError(
                f"there are more than {max_equilibria:,} pure equilibria; raise max_equilibria, or use "
                "extreme_security_equilibria"
            )
        found.append(inside)
    return tuple(game.equilibrium(inside) for inside in sorted(found, key=lambda s: (len(s), sorted(s))))


def _equilibrium_sets(game: InterdependentSecurityGame) -> Iterator[frozenset[int]]:
    data, everybody = game.data, frozenset(range(game.num_agents))
    least, most = (frozenset(e.investors) for e in extreme_security_equilibria(game))
    open_agents = sorted(most - least)
    waiting = [(0, least, everybody - most)]  # decided so far, who invests, who does not
    while waiting:
        depth, inside, outside = waiting.pop()
        undecided = frozenset(open_agents[depth:])
        # With all undecided investing nobody gains more by it, with none of them nobody less.
        if any(data.benefit(i, outside) < data.costs[i] for i in inside):
            continue
        if any(data.benefit(i, outside | undecided) > data.costs[i] for i in outside):
            continue
        if depth == len(open_agents):
            yield inside
            continue
        agent = open_agents[depth]
        waiting += [(depth + 1, inside | {agent}, outside), (depth + 1, inside, outside | {agent})]


def tipping_cascade(
    game: InterdependentSecurityGame, forced: Iterable[Agent], *, ties: Ties = "stay"
) -> tuple[int, ...]:
    """Who invests in the end, in order, when some are made to and others follow while they gain.

    Parameters
    ----------
    forced : agents by name or index
    ties : "stay" or "invest"
        What an indifferent agent does.

    Returns
    -------
    tuple of int
        The forced ones first, then those who follow, in rounds and by index within a round. The set does not depend on the
        order: it is the least set that contains the forced ones and that nobody gains by joining.
    """
    order = sorted(game.indices(forced, where="forced"))
    careless = [j for j in range(game.num_agents) if j not in set(order)]
    while True:
        joining = [i for i in careless if game.data.would_invest(i, careless, ties)]
        if not joining:
            return tuple(order)
        order += joining
        careless = [j for j in careless if j not in set(joining)]
