"""Strategy-proofness against coalitions: who gains by lying to a mechanism together.

With true types θ, a coalition S that reports r_S while the others report truly changes its member i's utility by

    g_i(r_S | θ)  =  u_i(r_S, θ_−S; θ) − u_i(θ; θ),      u_i(r; θ) = Σ_o p(o | r) v_i(o, θ) − t_i(r).

S *gains* at θ under the blocking rule

    "all": min_i g_i > 0      "some": g ≥ 0 and Σ g_i > 0      "any": max_i g_i > 0      "transfer": Σ_i g_i > 0,

and a mechanism is **group strategy-proof** for a family of coalitions if none of them gains at any θ: the members know each
other's types and whatever the others report ("all" is weak, "some" strong group strategy-proofness; under "transfer" members
pay each other). For coalitions of one all rules ask for strategy-proofness, and with private values a coalition that gains
whatever the others report is found, since the others' reports can be their types. Where values are interdependent the
question is the ex-post one.

Everything is looked at, in integers: types of probability zero too. References: J. Green and J.-J. Laffont 1979, "On coalition
incentive compatibility", Review of Economic Studies 46; H. Moulin 1999, "Incremental cost sharing: characterization by
coalition strategy-proofness", Social Choice and Welfare 16. Complexity: for each coalition |S| · ∏_{i∈S} k_i² · ∏_{i∉S} k_i
utilities; the number of them is predicted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Verdict, judge
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.gains import Blocking, best_joint_deviation, coalition_value
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.coalitions import Coalition
from gametheory.games.coalitions import coalitions as coalitions_of
from gametheory.games.memory import refuse_if_too_large
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.joint_misreports import GroupStrategyProofness, JointMisreport, misreport_gains
from gametheory.mechanisms.mechanism import Mechanism

__all__ = [
    "Coalitions",
    "allowed_coalitions",
    "best_coalition_misreport",
    "group_strategy_proofness",
    "is_group_strategy_proof",
]

Array = NDArray[Any]
Coalitions = Iterable[Iterable[int | str]] | int
"""Which coalitions may form: a list of sets of agents (indices or names), or a largest size."""

Progress = Callable[[int, int], None]
_MACHINE = 2**62


def is_group_strategy_proof(
    mechanism: Mechanism,
    *,
    blocking: Blocking,
    coalitions: Coalitions | None = None,
    tol: float | Fraction | None = None,
    time_limit: float | None = None,
) -> Verdict:
    """Whether no allowed coalition gains by reporting other types than its own; exhaustive.

    Parameters
    ----------
    mechanism : Mechanism
    blocking : "all", "some", "any" or "transfer"
        When a coalition gains, see the module.
    coalitions : iterable of sets of agents, or int, optional
        Which may form, or of how many members at most; all by default.
    tol : number, optional
        The largest admissible gain, as a share of the largest span of a member's utility.
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    Verdict
        The witness of a "no" is the :class:`JointMisreport` that gains most.

    Raises
    ------
    SpecificationError
        A rule or agent that does not exist, or too many utilities for memory.
    SolverError
        The time limit was reached.

    Examples
    --------
    One bidder wants two items together, two want one each; the two losers win both for nothing by overstating together (the
    second-price logic of Vickrey, Clarke and Groves withstands no coalitions):

    >>> from gametheory.mechanisms import Environment
    >>> from gametheory.mechanisms.groves import pivotal_mechanism
    >>> environment = Environment.private_values(
    ...     [[[0], [2], [0]], [[0, 0], [0, 0], ["1/2", 2]], [[0, 0], [0, 0], ["1/2", 2]]],
    ...     priors=[[1], ["1/2", "1/2"], ["1/2", "1/2"]],
    ...     types=[["2"], ["1/2", "2"], ["1/2", "2"]], outcomes=["nobody", "AB to 1", "A to 2, B to 3"])
    >>> auction = pivotal_mechanism(environment)
    >>> is_group_strategy_proof(auction, blocking="all", coalitions=1).status
    'yes'
    >>> print(is_group_strategy_proof(auction, blocking="all").witness)
    coalition {agent 2, agent 3} reports (2, 2) at (1/2, 1/2), others (2)
    """
    family = allowed_coalitions(mechanism.environment, coalitions)
    found = _Search(mechanism, blocking, time_limit)
    best = [found.best(members) for members in family]
    spans = [found.span(members) for members in family]
    return judge(
        [gain for gain, _ in best],
        spans,
        tol=tol,
        arithmetic=mechanism.arithmetic,
        witness=lambda k: found.misreport(family[k], best[k][1]),
        question=f"group strategy-proofness ({blocking})",
    )


def best_coalition_misreport(
    mechanism: Mechanism,
    *,
    blocking: Blocking,
    coalitions: Coalitions | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> JointMisreport:
    """The joint misreport that gains an allowed coalition most, over all true types and all reports.

    Parameters
    ----------
    mechanism, blocking, coalitions, time_limit
        As in :func:`is_group_strategy_proof`.
    progress : callable, optional
        Called after each coalition as ``progress(coalitions done, coalitions in all)``.

    Returns
    -------
    JointMisreport
        With an empty coalition and gain 0 if none gains. Of equal gains that of the smallest and first coalition.

    Raises
    ------
    SpecificationError, SolverError
        As :func:`is_group_strategy_proof`.
    """
    family = allowed_coalitions(mechanism.environment, coalitions)
    search = _Search(mechanism, blocking, time_limit)
    best: tuple[Fraction, Coalition, Any] = (Fraction(0), frozenset(), None)
    for k, members in enumerate(family):
        gain, place = search.best(members)
        if gain > best[0]:
            best = (gain, members, place)
        if progress is not None:
            progress(k + 1, len(family))
    return search.misreport(best[1], best[2])


def group_strategy_proofness(
    mechanism: Mechanism,
    *,
    blocking: Blocking,
    coalitions: Coalitions | None = None,
    time_limit: float | None = None,
) -> GroupStrategyProofness:
    """The largest size such that no allowed coalition of at most so many agents gains by lying, with a witness.

    Parameters
    ----------
    mechanism, blocking, coalitions, time_limit
        As in :func:`is_group_strategy_proof`.

    Raises
    ------
    SpecificationError, SolverError
        As :func:`is_group_strategy_proof`.
    """
    n = mechanism.environment.num_agents
    family = allowed_coalitions(mechanism.environment, coalitions)
    search = _Search(mechanism, blocking, time_limit)
    for size in range(1, n + 1):
        best: tuple[Fraction, Coalition, Any] = (Fraction(0), frozenset(), None)
        for members in (s for s in family if len(s) == size):
            gain, place = search.best(members)
            if gain > best[0]:
                best = (gain, members, place)
        if best[0] > 0:
            witness = search.misreport(best[1], best[2])
            return GroupStrategyProofness(value=size - 1, num_agents=n, blocking=blocking, witness=witness)
    return GroupStrategyProofness(value=n, num_agents=n, blocking=blocking, witness=JointMisreport(blocking=blocking))


def allowed_coalitions(environment: Environment, coalitions: Coalitions | None) -> tuple[Coalition, ...]:
    """The coalitions of agents that may form, ordered and checked: listed, by size, or all of them.

    Raises
    ------
    SpecificationError
        An agent or size that does not exist, an empty or repeated coalition.
    """
    n = environment.num_agents
    if coalitions is None:
        return coalitions_of(n)
    if isinstance(coalitions, (int, np.integer)) and not isinstance(coalitions, bool):
        return coalitions_of(n, max_size=int(coalitions))
    if isinstance(coalitions, str) or not isinstance(coalitions, Iterable):
        raise SpecificationError(f"coalitions: found {coalitions!r}; write a list of sets of agents, or a largest size")
    listed = []
    for k, members in enumerate(coalitions):
        if isinstance(members, str) or not isinstance(members, Iterable):
            raise SpecificationError(f"coalitions[{k}]: found {members!r}; write the members, by index or name")
        listed.append([environment.agent_index(i) for i in members])
    return coalitions_of(n, members=listed)


@final
class _Search:
    """The utilities of a mechanism in integers over one denominator, and the best joint report of each coalition."""

    def __init__(self, mechanism: Mechanism, blocking: Blocking, time_limit: float | None) -> None:
        if blocking not in ("all", "some", "any", "transfer"):
            raise SpecificationError(f"blocking: found {blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        check_seconds("time_limit", time_limit)
        self.mechanism, self.environment, self.blocking = mechanism, mechanism.environment, blocking
        self.deadline = math.inf if time_limit is None else time.perf_counter() + time_limit
        n = self.environment.num_agents
        values = [self.environment.values(i) for i in range(n)]
        lotteries, paid = mechanism.allocation, mechanism.transfers
        common = math.lcm(paid.denominator, *(lotteries.denominator * v.denominator for v in values))
        self.denominator = common
        self.lotteries = lotteries.numerators.astype(object)
        self.worth = [  # axes: types, outcomes; scaled so that lottery times worth is over the common denominator
            np.moveaxis(v.numerators, 0, -1).astype(object) * (common // (lotteries.denominator * v.denominator))
            for v in values
        ]
        self.paid = paid.numerators.astype(object) * (common // paid.denominator)
        largest = int(np.abs(self.paid).max()) + max(int(np.abs(w).max()) for w in self.worth) * lotteries.denominator
        if 4 * n * largest < _MACHINE:
            self.lotteries, self.paid = self.lotteries.astype(np.int64), self.paid.astype(np.int64)
            self.worth = [w.astype(np.int64) for w in self.worth]

    def best(self, coalition: Coalition) -> tuple[Fraction, tuple[tuple[int, ...], ...] | None]:
        """The largest gain of a coalition, and the members' true types, their reports and the others' types."""
        members = sorted(coalition)
        n, sizes = self.environment.num_agents, self.environment.num_types
        rest = [i for i in range(n) if i not in coalition]
        own, others = tuple(sizes[i] for i in members), tuple(sizes[i] for i in rest)
        reports, elsewhere = math.prod(own), math.prod(others)
        refuse_if_too_large((len(members) + 1) * reports * elsewhere, 64, "the gains of a coalition's reports")
        order = [*members, *rest]
        lotteries = self.lotteries.transpose([*order, n]).reshape(reports, elsewhere, -1)
        worth = [self.worth[i].transpose([*order, n]).reshape(reports, elsewhere, -1) for i in members]
        paid = [self.paid[i].transpose(order).reshape(reports, elsewhere) for i in members]
        best = 0
        place: tuple[tuple[int, ...], ...] | None = None
        for true in range(reports):
            if time.perf_counter() > self.deadline:
                raise SolverError(
                    "the time limit was reached before all misreports were looked at; raise it or allow fewer coalitions",
                    status="time limit",
                    solver="enumeration",
                )
            utilities = np.stack(
                [(lotteries * w[true]).sum(axis=-1) - t for w, t in zip(worth, paid, strict=True)]
            )  # axes: member, reports, others' types
            gain, found = best_joint_deviation(utilities - utilities[:, true : true + 1], self.blocking)
            if found is not None and gain > best:
                told, there = found
                best = gain
                place = (
                    tuple(int(k) for k in np.unravel_index(true, own)),
                    tuple(int(k) for k in np.unravel_index(told, own)),
                    tuple(int(k) for k in np.unravel_index(there, others)) if others else (),
                )
        return Fraction(best, self.denominator), place

    def span(self, coalition: Coalition) -> Fraction:
        """The largest span of a member's utility, as far as values and payments allow."""
        spans = []
        for i in coalition:
            worth, paid = self.worth[i], self.paid[i]
            valued = (int(worth.max()) - int(worth.min())) * self.mechanism.allocation.denominator
            spans.append(Fraction(valued + int(paid.max()) - int(paid.min()), self.denominator))
        return max(spans)

    def misreport(self, coalition: Coalition, place: Any) -> JointMisreport:
        if place is None:
            return JointMisreport(blocking=self.blocking)
        members = sorted(coalition)
        rest = [i for i in range(self.environment.num_agents) if i not in coalition]
        true, told, others = place
        types = [0] * self.environment.num_agents
        for agents, chosen in ((members, true), (rest, others)):
            for i, k in zip(agents, chosen, strict=True):
                types[i] = k
        gains = misreport_gains(self.mechanism, types, dict(zip(members, told, strict=True)))
        names = self.environment.types
        return JointMisreport(
            blocking=self.blocking,
            coalition=tuple(self.environment.agents[i] for i in members),
            true_types=tuple(names[i][k] for i, k in zip(members, true, strict=True)),
            reports=tuple(names[i][k] for i, k in zip(members, told, strict=True)),
            others=tuple(names[i][k] for i, k in zip(rest, others, strict=True)),
            gains=gains,
            gain=coalition_value(gains, self.blocking) or Fraction(0),
        )
