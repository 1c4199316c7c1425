"""What rings gain from a mechanism: lying together, staying away, passing on what they got.

At the type profile θ a ring S that reports r_S gets W_S(r_S | θ) as in :mod:`.rings`, or its members u_i(r_S | θ); it gains

    "transfer": W_S(r_S | θ) − W_S(θ_S | θ)     "any": max_i, "all": min_i  of  u_i(r_S | θ) − u_i(θ_S | θ),

the same with its outside options where it stays away, on average over outsiders' types or at each. :func:`ring_gain` takes the
largest over all rings, types and plans, in fractions, :func:`is_ring_proof` asks whether it is positive, and
:func:`revenue_against_ring` lets the ring of certain members do what is best for it.

References: D. Graham and R. Marshall 1987, "Collusive bidder behavior at single-object second-price and English auctions",
Journal of Political Economy 95; P. McAfee and J. McMillan 1992, "Bidding rings", American Economic Review 82. Complexity: for
each ring ∏_{i∈S} k_i² plans, each over the outsiders' types.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import Verdict, exact_text, judge
from gametheory.collusion.reallocation import Move, ring_worth
from gametheory.collusion.rings import RingProof
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition
from gametheory.games.tables import data_frame
from gametheory.mechanisms.mechanism import Mechanism

__all__ = ["RingGain", "is_ring_proof", "revenue_against_ring", "ring_gain"]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class RingGain:
    """The best that a ring can do with a mechanism, and what that gains it; ``float()`` works.

    Attributes
    ----------
    coalition : tuple of str
        Empty if no ring gains.
    true_types : tuple of str
        Of the members.
    plan : str
        ``"reports (low, high)"``, ``"stays away"`` or ``"passes on"``; empty if no ring gains.
    others : tuple of str
        Types of outsiders, for rings that act ex post.
    gainer : str
        The member that gains most, under "any"; else empty.
    gain : Fraction
        In money, on average over outsiders' types for Bayesian rings; 0 if none gains.
    """

    coalition: tuple[str, ...] = ()
    true_types: tuple[str, ...] = ()
    plan: str = ""
    others: tuple[str, ...] = ()
    gainer: str = ""
    gain: Fraction = Fraction(0)

    def __float__(self) -> float:
        return float(self.gain)

    def __str__(self) -> str:
        if not self.coalition:
            return "no ring gains"
        others = f", others ({', '.join(self.others)})" if self.others else ""
        whom = f", for {self.gainer}" if self.gainer else ""
        return f"coalition {{{', '.join(self.coalition)}}} {self.plan} at ({', '.join(self.true_types)}){others}{whom}"

    def __repr__(self) -> str:
        return f"RingGain(certified: {exact_text(self.gain)}; {self})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table of one row."""
        return data_frame([[str(self), self.gain]], ["what the ring does", "gain"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "measure": "ring gain",
            "status": "certified",
            "coalition": list(self.coalition),
            "true_types": list(self.true_types),
            "plan": self.plan,
            "others": list(self.others),
            "gainer": self.gainer,
            "gain": exact_text(self.gain),
        }


def ring_gain(mechanism: Mechanism, rings: RingProof) -> RingGain:
    """The largest gain of any ring from lying, staying away or passing things on; 0 where the mechanism is proof.

    Parameters
    ----------
    mechanism : Mechanism
    rings : RingProof
        Which rings, and what they control; under every rule, "all" too.

    Returns
    -------
    RingGain
        Of equal gains that of the smallest and first ring.

    Examples
    --------
    A ring of both bidders in a second-price auction without reserve: of two with value 2 both report 1.

    >>> from gametheory.mechanisms import Environment
    >>> from gametheory.mechanisms.groves import pivotal_mechanism
    >>> two = Environment.single_item([[1, 2]] * 2, priors=[["1/2", "1/2"]] * 2)
    >>> ring_gain(pivotal_mechanism(two), RingProof(controls="reports"))
    RingGain(certified: 1; coalition {agent 1, agent 2} reports (1, 1) at (2, 2))
    """
    best = RingGain()
    for ring in rings.rings(mechanism.environment):
        found = _best_plan(mechanism, rings, ring)
        if found.gain > best.gain:
            best = found
    return best


def is_ring_proof(mechanism: Mechanism, rings: RingProof, *, tol: float | Fraction | None = None) -> Verdict:
    """Whether no ring gains anything; the witness of a "no" is a :class:`RingGain`.

    Parameters
    ----------
    mechanism, rings
        As in :func:`ring_gain`.
    tol : number, optional
        The largest admissible gain, as a share of the span of what the mechanism is worth to all agents together.
    """
    found = [_best_plan(mechanism, rings, ring) for ring in rings.rings(mechanism.environment)]
    agents = range(mechanism.environment.num_agents)
    totals = np.sum([mechanism.utilities(i).fractions() for i in agents], axis=0).reshape(-1).tolist()
    span = Fraction(max(totals) - min(totals))
    return judge(
        [each.gain for each in found],
        [span] * len(found),
        tol=tol,
        arithmetic=mechanism.arithmetic,
        witness=found.__getitem__,
        question=f"proof against {rings.title}",
    )


def _best_plan(mechanism: Mechanism, asked: RingProof, ring: Coalition) -> RingGain:
    environment, members = mechanism.environment, sorted(ring)
    rest = [i for i in range(environment.num_agents) if i not in ring]
    sizes = environment.num_types
    groups = [members] if asked.blocking == "transfer" else [[i] for i in members]
    plain = [ring_worth(environment, group).fractions() for group in groups]
    moved = [ring_worth(environment, group, asked.reallocation).fractions() for group in groups]
    lotteries, payments = mechanism.allocation.fractions(), mechanism.transfers.fractions()
    prior = environment.prior.fractions()
    best = RingGain()

    def profile(own: Sequence[int], others: Sequence[int]) -> tuple[int, ...]:
        place = dict(zip(members, own, strict=True)) | dict(zip(rest, others, strict=True))
        return tuple(place[i] for i in range(len(sizes)))

    def worth(group: int, told: tuple[int, ...], true: tuple[int, ...], passed: bool) -> Fraction:
        table = (moved if passed else plain)[group][true]
        return Fraction(lotteries[told] @ table - sum((payments[(i, *told)] for i in groups[group]), Fraction(0)))

    def gained(gains: list[Fraction]) -> tuple[Fraction, str]:
        if asked.blocking == "any":
            most = max(gains)
            return most, environment.agents[groups[gains.index(most)][0]]
        return (min(gains) if asked.blocking == "all" else gains[0]), ""

    own_types = list(product(*(range(sizes[i]) for i in members)))
    others_types = list(product(*(range(sizes[i]) for i in rest)))
    for true in own_types:
        if asked.incentives == "ex post":
            beliefs = [({s: Fraction(1)}, s) for s in others_types]
        else:
            chances = {s: prior[profile(true, s)] for s in others_types}
            total = sum(chances.values(), Fraction(0))
            beliefs = [({s: p / total for s, p in chances.items() if p}, ())] if total else []
        for belief, seen in beliefs:
            after = asked.truth == "reallocated"
            honest = [
                sum((p * worth(g, profile(true, s), profile(true, s), after) for s, p in belief.items()), Fraction(0))
                for g in range(len(groups))
            ]
            plans: list[tuple[str, list[Fraction]]] = []
            for told in own_types:
                if told == true and (after or not asked.reallocation):
                    continue
                lying = [
                    sum(
                        (p * worth(g, profile(told, s), profile(true, s), True) for s, p in belief.items()), Fraction(0)
                    )
                    for g in range(len(groups))
                ]
                names = ", ".join(environment.types[i][k] for i, k in zip(members, told, strict=True))
                plans.append((f"reports ({names})" if told != true else "passes on", lying))
            if asked.controls == "participation":
                floors = [
                    sum((environment.outside[i][true[members.index(i)]] for i in group), Fraction(0))
                    for group in groups
                ]
                plans.append(("stays away", floors))
            for plan, got in plans:
                gain, gainer = gained([x - y for x, y in zip(got, honest, strict=True)])
                if gain > best.gain:
                    best = RingGain(
                        coalition=tuple(environment.agents[i] for i in members),
                        true_types=tuple(environment.types[i][k] for i, k in zip(members, true, strict=True)),
                        plan=plan,
                        others=tuple(environment.types[i][k] for i, k in zip(rest, seen, strict=False)),
                        gainer=gainer,
                        gain=gain,
                    )
    return best


def revenue_against_ring(
    mechanism: Mechanism,
    members: Iterable[int | str] | None = None,
    *,
    controls: Literal["reports", "participation"],
    reallocation: Sequence[Move] = (),
    ties: Literal["designer", "ring"] = "ring",
) -> Fraction | float:
    """Expected payments when the members of one ring report together whatever is best for them together.

    The ring knows its members' types, its members pay each other, and it takes the outsiders' types as the prior has them;
    outsiders tell the truth. Where it stays away nothing is decided and nobody pays.

    Parameters
    ----------
    mechanism : Mechanism
    members : iterable of agents, optional
        Everybody by default.
    controls : "reports" or "participation"
    reallocation : sequence of moves
        As in :class:`~gametheory.collusion.RingProof`.
    ties : "ring" or "designer"
        Among plans that are equally good for the ring the designer's worst or best.

    Examples
    --------
    Values 1/4, …, 1: against everybody in one ring a second-price auction with the best reserve for two alone, 1/2, earns 3/8;
    with the lowest value as its reserve still less:

    >>> from gametheory.mechanisms import Environment, Mechanism
    >>> values = ["1/4", "1/2", "3/4", 1]
    >>> four = Environment.single_item([values] * 2, priors=[["1/4"] * 4] * 2)
    >>> def second_price(reserve):
    ...     def rule(t):
    ...         high, low = max(t), min(t)
    ...         if high < reserve:
    ...             return 0, (0, 0)
    ...         price = max(four.item_values(0)[reserve], four.item_values(0)[low])
    ...         return (1, (price, 0)) if t[0] == high else (2, (0, price))
    ...     return Mechanism.from_function(four, rule)
    >>> [str(revenue_against_ring(second_price(k), controls="participation")) for k in (1, 0)]
    ['3/8', '15/64']
    """
    environment = mechanism.environment
    ring = sorted({environment.agent_index(i) for i in (range(environment.num_agents) if members is None else members)})
    if ties not in ("designer", "ring") or controls not in ("reports", "participation"):
        raise SpecificationError(
            f"controls, ties: found {controls!r} and {ties!r}; write 'reports' or 'participation', 'designer' or 'ring'"
        )
    if not ring:
        raise SpecificationError("members: found none; write at least one agent")
    rest = [i for i in range(environment.num_agents) if i not in ring]
    sizes = environment.num_types
    order = [*ring, *rest]
    count = math.prod(sizes[i] for i in ring)
    outcomes, prior = environment.num_outcomes, environment.prior
    table = ring_worth(environment, ring, reallocation)
    lots, paid = mechanism.allocation, mechanism.transfers
    common = math.lcm(lots.denominator * table.denominator, paid.denominator)
    # Integers over ``common``: what a report decides, times what that is worth to the ring, less what its members pay.
    decided = lots.numerators.transpose([*order, len(order)]).reshape(count, -1, outcomes).astype(object)
    worth = table.numerators.transpose([*order, len(order)]).reshape(count, -1, outcomes).astype(object)
    worth *= common // (lots.denominator * table.denominator)
    payments = paid.numerators.transpose([0, *(1 + i for i in order)]).reshape(environment.num_agents, count, -1)
    payments = payments.astype(object) * (common // paid.denominator)
    own, everybody = payments[ring].sum(axis=0), payments.sum(axis=0)
    chances = prior.numerators.transpose(order).reshape(count, -1).astype(object)
    floors = [
        sum((environment.outside[i][k] for i, k in zip(ring, true, strict=True)), Fraction(0))
        for true in np.ndindex(*(sizes[i] for i in ring))
    ]
    total = Fraction(0)
    for true in range(count):
        weights = chances[true]
        gains = ((weights[:, None] * worth[true])[None] * decided).sum(axis=(1, 2)) - own @ weights
        plans = list(zip(gains.tolist(), (everybody @ weights).tolist(), strict=True))
        if controls == "participation":
            plans.append((int(weights.sum()) * floors[true] * common, 0))
        most = max(gain for gain, _ in plans)
        revenues = [revenue for gain, revenue in plans if gain == most]
        total += Fraction(min(revenues) if ties == "ring" else max(revenues), prior.denominator * common)
    return float(total) if mechanism.arithmetic == "float" else total
