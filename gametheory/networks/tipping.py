"""Tipping: whom to win over first, so that all others invest in security by themselves.

In a game of interdependent security (:mod:`gametheory.networks.interdependent_security`) with two equilibria, a *tipping set*
that is made to invest carries all others along: set T is one iff best responses from T reach everybody. The lightest one is a
minimum hitting set of the *blocks* (:mod:`gametheory.certificates.interdependent_security`),

    minimise Σ_{i∈T} w_i   subject to   |T ∩ B| ≥ k_B for every block B, of whose members fewer than k_B move nobody,

found by adding blocks as they are met; the cheapest subsidies are a shortest path over the sets that invest.

References: G. Heal and H. Kunreuther (2005), *IDS models of airline security*, Journal of Conflict Resolution 49, 201-217;
E. W. Dijkstra (1959), *A note on two problems in connexion with graphs*, Numerische Mathematik 1.
Complexity: exponential in the agents that do not follow by themselves; a certified bracket at a time limit.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.interdependent_security import Block, Ties, TippingCertificate, block_row, blocked
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.interdependent_security import InterdependentSecurityGame, tipping_cascade

__all__ = ["SubsidyPlan", "TippingSet", "cheapest_subsidies", "tipping_set"]


@final
@compared_by("game", "chosen", "upper", "lower")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class TippingSet:
    """Agents who carry all others along once they invest, and a bound on what others of that kind weigh.

    Attributes
    ----------
    game : InterdependentSecurityGame
    chosen : tuple of int, increasing
    order : tuple of int
        The others in the order in which they follow.
    upper, lower : Fraction
        What the set weighs, and what every tipping set weighs at least.
    certificate : TippingCertificate
    """

    game: InterdependentSecurityGame
    chosen: tuple[int, ...]
    order: tuple[int, ...]
    upper: Fraction
    lower: Fraction
    certificate: TippingCertificate

    @property
    def is_optimal(self) -> bool:
        return self.lower == self.upper

    @property
    def names(self) -> tuple[str, ...]:
        """Who must be won over."""
        return tuple(self.game.agents[i] for i in self.chosen)

    def __float__(self) -> float:
        return float(self.upper)

    def __repr__(self) -> str:
        weight = brief(self.upper) if self.is_optimal else f"between {brief(self.lower)} and {brief(self.upper)}"
        some = ", ".join(self.names[:8]) + (", …" if len(self.names) > 8 else "")
        return f"TippingSet(certified: {some or 'nobody'}, least weight {weight})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the agents in the order in which they invest."""
        rows = [(self.game.agents[i], k < len(self.chosen)) for k, i in enumerate((*self.chosen, *self.order))]
        return data_frame(rows, ["agent", "chosen"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data with the certificate."""
        return {
            "chosen": list(self.names),
            "order": [self.game.agents[i] for i in self.order],
            "upper": exact_text(self.upper),
            "lower": exact_text(self.lower),
            "certificate": self.certificate.to_dict(),
        }


def tipping_set(
    game: InterdependentSecurityGame,
    *,
    weights: Any = 1,
    ties: Literal["invest", "stay"] = "stay",
    time_limit: float | None = None,
) -> TippingSet:
    """The lightest set of agents that, made to invest, carries all others along from nobody investing.

    Parameters
    ----------
    game : InterdependentSecurityGame
    weights : number or n numbers ≥ 0
        What it takes to make an agent invest; with equal weights the smallest set is found.
    ties : "stay" or "invest"
        What an indifferent agent does: to stay is the cautious assumption.
    time_limit : float, optional
        Seconds; the bracket is what is proved then.

    Returns
    -------
    TippingSet

    Examples
    --------
    With ten agents, cost 100 and benefit 200 · 0.9^k while k others are careless, three must be won over, as
    200 · 0.9⁶ > 100 > 200 · 0.9⁷.

    >>> game = InterdependentSecurityGame.symmetric(10, direct="1/5", contagion="1/10", loss=1000, cost=100)
    >>> tipping_set(game)
    TippingSet(certified: 0, 1, 2, least weight 3)
    """
    from gametheory.optimize.covering import cheapest_cover

    if ties not in ("invest", "stay"):
        raise SpecificationError(f"ties: found {ties!r}; write 'invest' or 'stay'")
    n = game.num_agents
    if isinstance(weights, str) or not hasattr(weights, "__len__"):
        listed = [exact(weights, where="weights")] * n
    else:
        listed = [exact(w, where=f"weights[{k}]") for k, w in enumerate(weights)]
    if len(listed) != n or min(listed) < 0:
        raise SpecificationError(f"weights: write a number ≥ 0, or one for each of the {n} agents")
    cover = cheapest_cover(
        listed,
        lambda chosen: _blocks(game, chosen, ties),
        lambda chosen: _completed(game, chosen, listed, ties),
        block_row,
        name="tipping",
        time_limit=time_limit,
    )
    chosen = tuple(sorted(cover.chosen))
    order = tipping_cascade(game, chosen, ties=ties)[len(chosen) :]
    certificate = TippingCertificate(
        data=game.data,
        weights=RationalArray.from_fractions(listed),
        ties=ties,
        chosen=chosen,
        order=order,
        blocks=cover.rows,
        bound=cover.bound,
        lower=cover.lower,
        upper=cover.upper,
    )
    return TippingSet(
        game=game, chosen=chosen, order=order, upper=cover.upper, lower=cover.lower, certificate=certificate
    )


def _blocks(game: InterdependentSecurityGame, chosen: frozenset[int], ties: Ties) -> list[Block]:
    """Blocks that the chosen break: all who are stuck, and smaller ones, as small as winning over one after the other makes
    them; each with the most members that it provably needs."""
    everybody = frozenset(range(game.num_agents))
    stuck = everybody - set(tipping_cascade(game, chosen, ties=ties))
    if not stuck:
        return []
    found = [stuck | chosen, stuck]
    for order in (sorted(stuck), sorted(stuck, reverse=True)):
        block = stuck
        for agent in order:
            if agent in block:
                rest = everybody - set(tipping_cascade(game, (everybody - block) | {agent}, ties=ties))
                block = rest or block
        found.append(block)
    blocks = [_needed(game, tuple(sorted(block)), ties) for block in dict.fromkeys(found)]
    return [(agents, needed) for agents, needed in blocks if needed > len(chosen.intersection(agents))]


def _needed(game: InterdependentSecurityGame, agents: tuple[int, ...], ties: Ties) -> Block:
    """A block with the largest number of members that are needed, by bisection; 0 if it is none."""
    low, high = 0, len(agents)
    while low < high:
        middle = (low + high + 1) // 2
        if all(blocked(game.data, i, (agents, middle), ties) for i in agents):
            low = middle
        else:
            high = middle - 1
    return agents, low


def _completed(
    game: InterdependentSecurityGame, chosen: frozenset[int], weights: list[Fraction], ties: Ties
) -> frozenset[int]:
    """A tipping set: agents are added, the one that carries most along per weight first, and dropped where not needed."""
    n, added = game.num_agents, set(chosen)
    while len(reached := tipping_cascade(game, added, ties=ties)) < n:
        rest = [i for i in range(n) if i not in set(reached)]
        gain = {i: len(tipping_cascade(game, added | {i}, ties=ties)) - len(reached) for i in rest}
        added.add(max(rest, key=lambda i: (gain[i] / max(float(weights[i]), 1e-9), -i)))
    for i in sorted(added, key=lambda i: (-weights[i], i)):
        if len(tipping_cascade(game, added - {i}, ties=ties)) == n:
            added.remove(i)
    return frozenset(added)


@final
@compared_by("game", "payments", "order")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SubsidyPlan:
    """The cheapest subsidies under which all invest, one after the other; found by exhaustive search in rationals.

    Attributes
    ----------
    game : InterdependentSecurityGame
    payments : tuple of Fraction, one for each agent
        Each just makes the agent indifferent in its turn; a little more makes it gain.
    order : tuple of int
        In which agents invest.
    """

    game: InterdependentSecurityGame
    payments: tuple[Fraction, ...]
    order: tuple[int, ...]

    @property
    def total(self) -> Fraction:
        return sum(self.payments, Fraction(0))

    def __float__(self) -> float:
        return float(self.total)

    def __repr__(self) -> str:
        paid = [(name, x) for name, x in zip(self.game.agents, self.payments, strict=True) if x]
        some = ", ".join(f"{brief(x)} to {name}" for name, x in paid[:6]) + (", …" if len(paid) > 6 else "")
        return f"SubsidyPlan(exact: total {brief(self.total)}; {some or 'nothing'})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the agents in the order in which they invest, with what each is paid."""
        return data_frame(((self.game.agents[i], self.payments[i]) for i in self.order), ["agent", "payment"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "total": exact_text(self.total),
            "payments": {name: exact_text(x) for name, x in zip(self.game.agents, self.payments, strict=True)},
            "order": [self.game.agents[i] for i in self.order],
        }


def cheapest_subsidies(game: InterdependentSecurityGame, *, max_sets: int = 200_000) -> SubsidyPlan:
    """The subsidies of least total under which all agents invest, one after the other, from nobody.

    Agent i, asked when N do not invest, needs max(0, c_i − b_i(N)); those who need nothing follow at once. The order matters,
    and the cheapest is a shortest path over the sets of investors (E. W. Dijkstra 1959).

    Parameters
    ----------
    game : InterdependentSecurityGame
        Up to about 15 agents that do not follow by themselves; equal agents are many more.
    max_sets : int

    Raises
    ------
    SolverError
        More than ``max_sets`` sets of investors are at issue.

    Examples
    --------
    >>> game = InterdependentSecurityGame.symmetric(2, direct="1/5", contagion="1/10", loss=1000, cost=190)
    >>> cheapest_subsidies(game)
    SubsidyPlan(exact: total 10; 10 to 0)
    """
    data, n = game.data, game.num_agents
    everybody = frozenset(range(n))

    def closed(inside: frozenset[int]) -> frozenset[int]:
        return frozenset(tipping_cascade(game, inside, ties="invest"))

    start = closed(frozenset())
    best: dict[frozenset[int], Fraction] = {start: Fraction(0)}
    before: dict[frozenset[int], tuple[frozenset[int], int, Fraction]] = {}
    waiting: list[tuple[Fraction, int, frozenset[int]]] = [(Fraction(0), 0, start)]
    count = 0
    while waiting:
        paid, _, inside = heapq.heappop(waiting)
        if paid > best[inside]:
            continue
        if inside == everybody:
            break
        careless = everybody - inside
        for i in sorted(careless):
            need = data.costs[i] - data.benefit(i, careless)
            reached = closed(inside | {i})
            if reached not in best or paid + need < best[reached]:
                best[reached], before[reached] = paid + need, (inside, i, need)
                count += 1
                heapq.heappush(waiting, (paid + need, count, reached))
        if len(best) > max_sets:
            raise SolverError(
                f"more than {max_sets:,} sets of investors are at issue; raise max_sets, or use tipping_set",
                status="set limit",
                solver="shortest path",
            )
    payments, steps = [Fraction(0)] * n, []
    reached = everybody
    while reached != start:
        inside, i, need = before[reached]
        payments[i] = need
        steps.append((inside, i))
        reached = inside
    order = list(tipping_cascade(game, [], ties="invest"))
    for inside, i in reversed(steps):
        order += [j for j in (i, *tipping_cascade(game, inside | {i}, ties="invest")) if j not in set(order)]
        order = list(dict.fromkeys(order))
    return SubsidyPlan(game=game, payments=tuple(payments), order=tuple(order))
