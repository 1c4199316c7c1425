"""Combinatorial agency: whom to pay for hidden effort when only the success of a joint project is seen.

Each of n agents exerts effort at the cost c_i or not; the project succeeds with probability t(S), monotone in the set S of
those who do. The principal gains v from success and can pay for success only. The cheapest way to have S exert effort in
equilibrium gives each i ∈ S the bonus c_i / Δ_i, Δ_i = t(S) − t(S∖{i}), and others nothing; where some Δ_i is 0, S cannot be
contracted. The best set maximises t(S) v − t(S) Σ_{i∈S} c_i / Δ_i; for all v at once see :mod:`.contract_envelopes`.

References: M. Babaioff, M. Feldman and N. Nisan (2006), Combinatorial agency, EC'06; the same with E. Winter
(2012), Combinatorial agency, Journal of Economic Theory 147. Complexity: 2ⁿ sets; finding the best set of a general t takes
exponentially many looks at it. Limits: pure effort; the principal's favourite equilibrium.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import coalition_label
from gametheory.games.labels import Labels, action_index, player_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import Design

__all__ = [
    "CombinatorialAgency",
    "ContractedSet",
    "combinatorial_agency_programme",
    "optimal_contracted_set",
]

Array = NDArray[Any]
Members = tuple[int, ...]
Effort = Literal["hidden", "seen"]


@final
@compared_by("success", "costs", "players")
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class CombinatorialAgency:
    """Agents, what effort costs them, and how likely success is for every set of agents who exert it.

    Parameters
    ----------
    success : array_like, shape (2,) * n
        ``success[e_1, …, e_n]`` for efforts 0 and 1: probabilities that no effort lowers.
    costs : number > 0, or one for each agent
    players : sequence of n str, optional

    Examples
    --------
    Both of two tasks must succeed; each does with probability 3/4 with effort, else 1/4 (Babaioff, Feldman and Nisan 2006):

    >>> CombinatorialAgency([["1/16", "3/16"], ["3/16", "9/16"]], 1)
    CombinatorialAgency(2 agents, success from 1/16 to 9/16)
    """

    success: Array
    costs: tuple[Fraction, ...]
    players: tuple[str, ...]

    def __init__(self, success: Any, costs: Any, players: Labels | None = None) -> None:
        table = RationalArray.from_values(success, where="success").fractions()
        n = table.ndim
        if n < 1 or table.shape != (2,) * n:
            raise SpecificationError(f"success: found shape {table.shape}; write an axis of length 2 for each agent")
        for index, p in np.ndenumerate(table):
            if not 0 <= p <= 1:
                raise SpecificationError(f"success{list(index)}: found {p}; write probabilities from 0 to 1")
        for i in range(n):
            if (np.diff(table, axis=i) < 0).any():
                raise SpecificationError(f"success: effort of agent {i} lowers it somewhere; it must be monotone")
        listed = [costs] * n if isinstance(costs, str) or not hasattr(costs, "__len__") else list(costs)
        if len(listed) != n:
            raise SpecificationError(
                f"costs: found {len(listed)} entries; write one number, or {n}, one for each agent"
            )
        read = tuple(exact(c, where=f"costs[{i}]") for i, c in enumerate(listed))
        for i, c in enumerate(read):
            if c <= 0:
                raise SpecificationError(f"costs[{i}]: found {c}; write a number > 0")
        table.setflags(write=False)
        object.__setattr__(self, "success", table)
        object.__setattr__(self, "costs", read)
        object.__setattr__(self, "players", player_labels(players, n))

    def __reduce__(self) -> tuple[Any, ...]:
        return CombinatorialAgency, (np.array(self.success), self.costs, self.players)

    @classmethod
    def of_tasks(
        cls,
        succeeds: Callable[..., bool] | Literal["and", "or"],
        *,
        num_agents: int,
        with_effort: Any,
        without_effort: Any,
        costs: Any,
        players: Labels | None = None,
    ) -> CombinatorialAgency:
        """A project made of one task for each agent, which succeed independently.

        Parameters
        ----------
        succeeds : "and", "or", or function of n booleans
            When the project succeeds, given which tasks do; a monotone function.
        num_agents : int ≥ 1
        with_effort, without_effort : number in [0, 1], or one for each agent
            The probability that an agent's task succeeds.

        Examples
        --------
        >>> two_of_three = CombinatorialAgency.of_tasks(
        ...     lambda *done: sum(done) >= 2, num_agents=3, with_effort="3/4", without_effort="1/4", costs=1)
        >>> str(two_of_three.success[1, 1, 0])
        '21/32'
        """
        n = check_count("num_agents", num_agents)
        rule: Any = succeeds
        if succeeds in ("and", "or"):
            rule = (lambda *done: all(done)) if succeeds == "and" else (lambda *done: any(done))
        if not callable(rule):
            raise SpecificationError(f"succeeds: found {succeeds!r}; write 'and', 'or' or a function of {n} booleans")
        refuse_if_too_large(2**n, 300 * n, "the table of success")
        rates = []
        for where, given in (("without_effort", without_effort), ("with_effort", with_effort)):
            listed = [given] * n if isinstance(given, str) or not hasattr(given, "__len__") else list(given)
            if len(listed) != n:
                raise SpecificationError(f"{where}: found {len(listed)} entries; write one number, or {n}")
            rates.append([exact(p, where=f"{where}[{i}]") for i, p in enumerate(listed)])
        table = np.empty((2,) * n, dtype=object)
        for done in itertools.product((False, True), repeat=n):
            table[tuple(map(int, done))] = Fraction(bool(rule(*done)))
        for i in range(n):  # from the outcomes of tasks to the efforts behind them, one agent at a time
            failed, succeeded = np.take(table, 0, axis=i), np.take(table, 1, axis=i)
            table = np.stack([(1 - rates[e][i]) * failed + rates[e][i] * succeeded for e in (0, 1)], axis=i)
        return cls(table, costs, players)

    @property
    def num_agents(self) -> int:
        return len(self.costs)

    def chance(self, members: Sequence[int]) -> Fraction:
        """t(S): the probability of success when exactly these agents exert effort."""
        found: Fraction = self.success[tuple(int(i in set(members)) for i in range(self.num_agents))]
        return found

    def contract(self, members: Sequence[int | str]) -> ContractedSet:
        """The cheapest bonuses for which these agents exert effort.

        Raises
        ------
        SpecificationError
            The effort of one of them adds nothing to success, so that no bonus moves it.
        """
        chosen = tuple(sorted({action_index(i, self.players, "members", what="agent") for i in members}))
        found = self._contract(chosen)
        if found is None:
            raise SpecificationError(
                f"members: {coalition_label(self.players, chosen)} cannot be contracted: the effort of one of them adds "
                "nothing to success; leave it out"
            )
        return found

    def _contract(self, members: Members) -> ContractedSet | None:
        success = self.chance(members)
        bonuses = [Fraction(0)] * self.num_agents
        for i in members:
            added = success - self.chance([j for j in members if j != i])
            if not added:
                return None
            bonuses[i] = self.costs[i] / added
        names = tuple(self.players[i] for i in members)
        return ContractedSet(
            members, names, success, tuple(bonuses), sum((self.costs[i] for i in members), Fraction(0))
        )

    def contracts(self) -> tuple[ContractedSet, ...]:
        """The cheapest contract of every set that can be contracted, by size and then lexicographically."""
        n = self.num_agents
        refuse_if_too_large(2**n, 600, "the list of contracts")
        sets = (s for k in range(n + 1) for s in itertools.combinations(range(n), k))
        return tuple(found for s in sets if (found := self._contract(s)) is not None)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        table = np.vectorize(exact_text, otypes=[object])(self.success).tolist()
        return {"success": table, "costs": list(map(exact_text, self.costs)), "players": list(self.players)}

    def __repr__(self) -> str:
        low, high = self.success.reshape(-1)[0], self.success.reshape(-1)[-1]
        return f"CombinatorialAgency({self.num_agents} agents, success from {brief(low)} to {brief(high)})"


@final
@dataclass(frozen=True, slots=True)
class ContractedSet:
    """A set of agents who exert effort, and what each is paid on success.

    Attributes
    ----------
    members, names : tuples of int and of str
    success : Fraction
    bonuses : tuple of Fraction, one for each of the n agents
    cost : Fraction
        What the effort costs the members together.
    """

    members: Members
    names: tuple[str, ...]
    success: Fraction
    bonuses: tuple[Fraction, ...]
    cost: Fraction

    @property
    def payment(self) -> Fraction:
        """The expected sum of bonuses."""
        return self.success * sum(self.bonuses, Fraction(0))

    def profit(self, value: Any, *, effort: Effort = "hidden") -> Fraction:
        """What success of worth ``value`` leaves after bonuses, or after the cost of effort where effort is ``"seen"``."""
        return self.success * exact(value, where="value") - (self.payment if effort == "hidden" else self.cost)

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of the members: name and bonus on success."""
        return data_frame(
            [[name, self.bonuses[i]] for name, i in zip(self.names, self.members, strict=True)], ["agent", "bonus"]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "members": list(self.names),
            "success": exact_text(self.success),
            "bonuses": list(map(exact_text, self.bonuses)),
            "payment": exact_text(self.payment),
        }

    def __repr__(self) -> str:
        paid = [f"{name} {brief(self.bonuses[i])}" for name, i in zip(self.names, self.members, strict=True)]
        return f"ContractedSet({', '.join(paid) or 'nobody'}; success {brief(self.success)})"


def optimal_contracted_set(agency: CombinatorialAgency, value: Any) -> Design:
    """The set of agents that is best to contract when success is worth ``value``.

    Parameters
    ----------
    value : number ≥ 0
        In units of cost.

    Returns
    -------
    Design
        ``.value`` the principal's expected profit, ``.decision`` the :class:`ContractedSet`, ``.profile`` the agents' names.

    Examples
    --------
    >>> both = CombinatorialAgency.of_tasks("and", num_agents=2, with_effort="3/4", without_effort="1/4", costs=1)
    >>> optimal_contracted_set(both, 8).decision
    ContractedSet(Player 1 8/3, Player 2 8/3; success 9/16)
    """
    from gametheory.optimize.exact import solve_exact

    solution = solve_exact(
        combinatorial_agency_programme(value=exact_text(exact(value, where="value")), **agency.to_dict())
    )
    best = next(s for k, s in enumerate(agency.contracts()) if solution.primal[k])
    return Design(
        value=solution.value,
        decision=best,
        profile=best.names,
        certificate=solution.certificate,
        name="combinatorial agency",
    )


def combinatorial_agency_programme(*, success: Any, costs: Any, players: Labels, value: Any) -> LinearProgramme:
    """A weight on each set that can be contracted, their profits on average; the row builder ``"combinatorial_agency"``."""
    agency = CombinatorialAgency(success, costs, players)
    worth = exact(value, where="value")
    if worth < 0:
        raise SpecificationError(f"value: found {value}; write a number ≥ 0")
    contracts = agency.contracts()
    return LinearProgramme.from_rows(
        "max",
        [s.profit(worth) for s in contracts],
        [("one set", dict.fromkeys(range(len(contracts)), 1), "==", 1)],
        column_names=[f"{k + 1}. {coalition_label(agency.players, s.members)}" for k, s in enumerate(contracts)],
        name="combinatorial_agency",
        arguments={**agency.to_dict(), "value": exact_text(worth)},
    )
