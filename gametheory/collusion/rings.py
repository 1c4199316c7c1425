"""Rings: coalitions that talk to a mechanism with one voice, as constraints on its design.

The members of a ring S know each other's types and report r_S together. What the ring gets at the type profile θ is

    W_S(r_S | θ)  =  Σ_o p(o | r_S, θ_−S) w_S(o, θ) − Σ_{i∈S} t_i(r_S, θ_−S),     w_S(o, θ) = Σ_{i∈S} v_i(o, θ),

or, where it can pass on among its members what they get, w_S(o, θ) = max Σ_{i∈S} v_i(o', θ) over the outcomes o' into which it
can turn o. A mechanism is proof against rings that

* **report** (the *weak* ring): no joint misreport gains. With side payments ("transfer") W_S(θ_S | θ) ≥ W_S(r_S | θ) for
  all r_S; under "any" no joint misreport raises the utility of even one member, which is more than rings without side payments
  call for ("all": no misreport raises every member's, a disjunction: :mod:`.collusion_proof`);
* also decide together about **participation** (the *strong* ring): in addition W_S(θ_S | θ) ≥ Σ_{i∈S} ū_i(θ_i), or under "any"
  u_i ≥ ū_i for each member, the ring knowing all its types when it decides.

``truth`` says what a ring that tells the truth does with what it got: ``"as allocated"`` (the default) asks that it does
nothing at all, passing on included; ``"reallocated"`` lets it pass things on afterwards, W_S with the maximum on both sides.
Rows hold on average over the types of outsiders (``incentives="Bayesian"``) or at each of them (``"ex post"``).

Individual constraints are not implied: put them in the list too. References: Y.-K. Che and J. Kim 2006, "Robustly
collusion-proof implementation", Econometrica 74; J.-J. Laffont and D. Martimort 2000, "Mechanism design with collusion and
correlation", Econometrica 68; D. Graham and R. Marshall 1987, "Collusive bidder behavior at single-object second-price and
English auctions", Journal of Political Economy 95. Limits: members know each other's types; all of them stay away or none.
Size: ∏_{i∈S} k_i² rows for each ring (times the outsiders' types ex post) of 2 (|O| + |S|) entries each (times those types
for Bayesian rings).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.rationals import expect_keys
from gametheory.collusion.reallocation import Move, ring_worth
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.memory import refuse_if_too_large
from gametheory.mechanisms.constraints import read_constraint
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.strategy_proofness import Coalitions, allowed_coalitions
from gametheory.mechanisms.variables import Constraint, MechanismVariables, Rows, exact_products

__all__ = ["Alternative", "RingProof", "read_ring_constraint"]

Array = NDArray[Any]
Controls = Literal["reports", "participation"]
Truth = Literal["as allocated", "reallocated"]
RingIncentives = Literal["Bayesian", "ex post"]
RingBlocking = Literal["transfer", "any", "all"]
Alternative = tuple[str, list[tuple[str, dict[int, Fraction], Fraction]]]
"""A name, and inequalities ``≥`` (name, row, right-hand side) of which one must hold."""


@final
@dataclass(frozen=True, slots=True, init=False)
class RingProof:
    """No ring gains by lying together, and (``controls="participation"``) none would rather stay away.

    Parameters
    ----------
    coalitions : iterable of sets of agents, or int, optional
        Which rings may form (indices or names), or of how many members at most; all of two or more by default.
    controls : "reports" or "participation"
    blocking : "transfer", "any" or "all"
        Whether members pay each other, or else whether a ring lies as soon as one member gains (conservative) or only where
        every member does (a disjunction: :func:`~gametheory.collusion.collusion_proof_mechanism` alone solves for it).
    reallocation : sequence of moves
        Outcomes that rings can turn into others, such as :func:`item_moves`; the seller enforces the outcome by default.
    truth : "as allocated" or "reallocated"
        What a ring that tells the truth does with what it got.
    incentives : "Bayesian" or "ex post"
        What a ring knows of the outsiders' types.

    Raises
    ------
    SpecificationError
        A rule that does not exist, or reallocation without side payments.

    Examples
    --------
    One item, two bidders with values 1/2 and 1: against a ring that reports, stays away and resells, 3/4 can still be earned.

    >>> from gametheory.collusion import item_moves
    >>> from gametheory.mechanisms import Environment
    >>> from gametheory.mechanisms.programme import mechanism_programme
    >>> from gametheory.optimize import solve_exact
    >>> two = Environment.single_item([["1/2", 1]] * 2, priors=[["1/2", "1/2"]] * 2)
    >>> strong = RingProof(controls="participation", reallocation=item_moves(two), truth="reallocated")
    >>> solve_exact(mechanism_programme(two, constraints=[strong])).value
    Fraction(3, 4)
    """

    coalitions: tuple[tuple[int | str, ...], ...] | int | None
    controls: Controls
    blocking: RingBlocking
    reallocation: tuple[Move, ...]
    truth: Truth
    incentives: RingIncentives

    def __init__(
        self,
        coalitions: Coalitions | None = None,
        *,
        controls: Controls,
        blocking: RingBlocking = "transfer",
        reallocation: Sequence[Move] = (),
        truth: Truth = "as allocated",
        incentives: RingIncentives = "Bayesian",
    ) -> None:
        for key, value, known in (
            ("controls", controls, ("reports", "participation")),
            ("blocking", blocking, ("transfer", "any", "all")),
            ("truth", truth, ("as allocated", "reallocated")),
            ("incentives", incentives, ("Bayesian", "ex post")),
        ):
            if value not in known:
                more = " ('some' lies between 'any' and 'all')" if key == "blocking" else ""
                raise SpecificationError(f"{key}: found {value!r}; write {' or '.join(map(repr, known))}{more}")
        moves = tuple(sorted((tuple(sorted(members)), int(a), int(b)) for members, a, b in reallocation))
        if moves and blocking != "transfer":
            raise SpecificationError("reallocation: who gets what is paid for; write blocking='transfer'")
        for name, chosen in (
            ("coalitions", _listed(coalitions)),
            ("controls", controls),
            ("blocking", blocking),
            ("reallocation", moves),
            ("truth", truth),
            ("incentives", incentives),
        ):
            object.__setattr__(self, name, chosen)

    @property
    def title(self) -> str:
        rings = "rings" if self.coalitions is None else "listed rings"
        pays = "with side payments" if self.blocking == "transfer" else f"without side payments ({self.blocking})"
        resale = ", that reallocate" if self.reallocation else ""
        return f"{rings} that control {self.controls}{resale}, {pays}"

    def rings(self, environment: Environment) -> tuple[Coalition, ...]:
        """The rings that may form."""
        family = allowed_coalitions(environment, self.coalitions)
        return tuple(s for s in family if len(s) > 1) if self.coalitions is None else family

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"coalition {1, 3} reports (high, high) at (low, low)"``, ``"coalition {1, 3} takes part at (low, low)"``."""
        if self.blocking == "all":
            raise UnsupportedError(
                "blocking='all' asks that some member does not gain, which is no linear row; use collusion_proof_mechanism, or "
                "blocking='any'"
            )
        blocks: list[Rows] = []
        for ring in self.rings(variables.environment):
            groups = [tuple(sorted(ring))] if self.blocking == "transfer" else [(i,) for i in sorted(ring)]
            for gainers in groups:
                blocks += _ring_rows(self, variables, ring, gainers)
        return blocks

    def alternatives(self, variables: MechanismVariables) -> list[Alternative]:
        """Under "all": for each joint misreport (and for staying away) a row for each member, one of which must hold."""
        result = []
        for ring in self.rings(variables.environment):
            members = sorted(ring)
            listed = [
                [row for block in _ring_rows(self, variables, ring, (i,)) for row in _row_by_row(block)]
                for i in members
            ]
            for options in zip(*listed, strict=True):
                name = options[0][0].removesuffix(f", for {variables.environment.agents[members[0]]}")
                result.append((name, list(options)))
        return result

    def to_dict(self) -> dict[str, Any]:
        listed = self.coalitions
        return {
            "kind": "ring-proof",
            "coalitions": [list(s) for s in listed] if isinstance(listed, tuple) else listed,
            "controls": self.controls,
            "blocking": self.blocking,
            "reallocation": [[list(members), a, b] for members, a, b in self.reallocation],
            "truth": self.truth,
            "incentives": self.incentives,
        }


def read_ring_constraint(data: Any) -> Constraint:
    """Read what ``to_dict()`` of :class:`RingProof` or of a constraint of :mod:`gametheory.mechanisms.constraints` wrote."""
    if not isinstance(data, dict) or data.get("kind") != "ring-proof":
        return read_constraint(data)
    keys = ("coalitions", "controls", "blocking", "reallocation", "truth", "incentives")
    expect_keys(data, ("kind", *keys), where="constraint")
    moves = data["reallocation"]
    if not isinstance(moves, list) or any(
        not isinstance(move, list) or len(move) != 3 or not isinstance(move[0], list) for move in moves
    ):
        raise SpecificationError("constraint.reallocation: write a list of [members, outcome, outcome]")
    return RingProof(
        data["coalitions"],
        controls=data["controls"],
        blocking=data["blocking"],
        reallocation=[(tuple(members), a, b) for members, a, b in moves],
        truth=data["truth"],
        incentives=data["incentives"],
    )


def _ring_rows(
    asked: RingProof, variables: MechanismVariables, ring: Coalition, gainers: tuple[int, ...]
) -> Iterator[Rows]:
    """The rows of one ring, about what ``gainers`` (all members, or one) get together."""
    environment, members = variables.environment, sorted(ring)
    rest = [i for i in range(environment.num_agents) if i not in ring]
    sizes = environment.num_types
    own, others = tuple(sizes[i] for i in members), math.prod(sizes[i] for i in rest)
    count, outcomes = math.prod(own), environment.num_outcomes
    bayesian = asked.incentives == "Bayesian"
    entries = 2 * (outcomes + len(gainers)) * others
    refuse_if_too_large(count * count * entries, 40, "the rows of a ring")
    order = [*members, *rest]
    places = np.arange(environment.num_profiles).reshape(sizes).transpose(order).reshape(count, others)
    plain = ring_worth(environment, gainers)
    moved = ring_worth(environment, gainers, asked.reallocation) if asked.reallocation else plain
    common = math.lcm(plain.denominator, moved.denominator)
    lie_worth = _seen(moved, common, order, count, others)
    truth_worth = lie_worth if asked.truth == "reallocated" else _seen(plain, common, order, count, others)
    prior = environment.prior
    chances = prior.numerators.transpose(order).reshape(count, others)
    label = coalition_label(environment.agents, ring)
    whom = "" if asked.blocking == "transfer" else f", for {environment.agents[gainers[0]]}"
    texts = [
        f"({', '.join(environment.types[i][k] for i, k in zip(members, t, strict=True))})" for t in np.ndindex(*own)
    ]
    elsewhere = [
        f", others ({', '.join(environment.types[i][k] for i, k in zip(rest, t, strict=True))})" if rest else ""
        for t in np.ndindex(*(sizes[i] for i in rest))
    ]
    floors = (
        sum(
            (
                np.asarray(environment.outside[i].fractions()).reshape([-1 if j == i else 1 for j in range(len(sizes))])
                for i in gainers
            ),
            np.full(sizes, Fraction(0), dtype=object),
        )
        .transpose(order)
        .reshape(count, others)
    )
    cases: list[tuple[NDArray[np.int64], Array, int, str]] = []  # outsiders' profiles, weights, their scale, words
    everywhere = np.arange(others)
    for true in range(count):
        if bayesian:
            cases = [(everywhere, chances[true], prior.denominator, "")] if chances[true].any() else []
        else:
            cases = [(everywhere[s : s + 1], np.ones(1, dtype=np.int64), 1, elsewhere[s]) for s in range(others)]
        for seen, weights, scale, words in cases:
            columns = _columns(variables, places[:, seen], gainers)
            honest = _coefficients(truth_worth[true, seen], weights, common, len(gainers), variables.transfers)
            lying = _coefficients(lie_worth[true, seen], weights, common, len(gainers), variables.transfers)
            lies = [r for r in range(count) if r != true]
            if lies:
                told = np.stack([np.concatenate([columns[true], columns[r]]) for r in lies])
                numbers = np.broadcast_to(np.concatenate([honest, -lying]), told.shape)
                names = [f"coalition {label} reports {texts[r]} at {texts[true]}{words}{whom}" for r in lies]
                yield Rows.dense(names, told, numbers, scale * common, ">=")
            if asked.reallocation and asked.truth == "as allocated":
                name = [f"coalition {label} passes nothing on at {texts[true]}{words}"]
                yield Rows.dense(name, columns[true][None], (honest - lying)[None], scale * common, ">=")
            if asked.controls == "participation":
                side = sum(
                    (Fraction(int(w), scale) * floors[true, s] for w, s in zip(weights, seen, strict=True)), Fraction(0)
                )
                name = [f"coalition {label} takes part at {texts[true]}{words}{whom}"]
                sides = RationalArray.from_fractions([side])
                yield Rows.dense(name, columns[true][None], honest[None], scale * common, ">=", sides)


def _row_by_row(block: Rows) -> Iterator[tuple[str, dict[int, Fraction], Fraction]]:
    for r, name in enumerate(block.names):
        row: dict[int, Fraction] = {}
        for k in range(int(block.row_start[r]), int(block.row_start[r + 1])):
            column = int(block.column_index[k])
            row[column] = row.get(column, Fraction(0)) + block.coefficients[k]
        yield name, row, block.right_hand_side[r]


def _seen(worth: RationalArray, common: int, order: list[int], count: int, others: int) -> Array:
    """Worth by the ring's types, the outsiders' and outcomes, over a common denominator."""
    numerators = worth.numerators.transpose([*order, len(order)]).reshape(count, others, -1)
    return exact_products(numerators, np.array(common // worth.denominator))


def _columns(variables: MechanismVariables, places: Array, gainers: tuple[int, ...]) -> Array:
    """For each joint report: columns of outcomes, then of the gainers' payments, shape (reports, entries)."""
    parts = [variables.outcome_columns(places).reshape(len(places), -1)]
    if variables.transfers:
        parts += [variables.payment_columns(i, places) for i in gainers]
    return np.concatenate(parts, axis=1)


def _coefficients(worth: Array, weights: Array, common: int, payers: int, transfers: bool) -> Array:
    """Numerators that go with :func:`_columns`: weight times worth, and minus the weight for each payment."""
    parts = [exact_products(weights[:, None], worth).reshape(-1)]
    if transfers:
        parts += [exact_products(-weights, np.array(common))] * payers
    return np.concatenate(parts)


def _listed(coalitions: Any) -> tuple[tuple[int | str, ...], ...] | int | None:
    if coalitions is None or (isinstance(coalitions, (int, np.integer)) and not isinstance(coalitions, bool)):
        return None if coalitions is None else int(coalitions)
    if isinstance(coalitions, str) or not isinstance(coalitions, Iterable):
        raise SpecificationError(f"coalitions: found {coalitions!r}; write a list of sets of agents, or a largest size")
    result = []
    for k, members in enumerate(coalitions):
        if isinstance(members, str) or not isinstance(members, Iterable):
            raise SpecificationError(f"coalitions[{k}]: found {members!r}; write the members, by index or name")
        result.append(tuple(sorted(members, key=lambda i: (isinstance(i, str), i))))
    return tuple(result)
