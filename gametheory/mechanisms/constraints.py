"""What a mechanism must obey, as values that are put together in a list.

For all agents i, types a, reports b and profiles s of the others, with u_i as in :mod:`.mechanism`:

======================== =========================================================================================
DominantStrategyIC       u_i(a | (a, s')) ≥ u_i(b | (a, s')) whatever s the others report, of whatever types s'
ExPostIC                 u_i(a | (a, s)) ≥ u_i(b | (a, s)); the same for private values
BayesianIC               Σ_s μ(a, s) (u_i(a | (a, s)) − u_i(b | (a, s))) ≥ 0
InterimParticipation     Σ_s μ(a, s) (u_i(a | (a, s)) − ū_i(a)) ≥ 0
ExPostParticipation      u_i(a | (a, s)) ≥ ū_i(a)
BudgetBalance            Σ_i t_i(θ) ≥ 0 (weak), = 0 (strong); Σ_θ μ(θ) Σ_i t_i(θ) ≥ 0 (ex ante)
LimitedLiability         u_i(θ) ≥ −bound, or (``of="payment"``) t_i(θ) ≤ bound
Efficiency               p(o | θ) = 0 unless o has the largest Σ_i v_i(o, θ)
======================== =========================================================================================

Bayesian rows are weighted by the joint probability: their price is what one unit of expected loss would be worth.
Where the programme has no payments the rows are about lotteries alone, and those on budgets are absent.

References: C. d'Aspremont and L.-A. Gérard-Varet 1979, *Journal of Public Economics* 11; V. Conitzer and T. Sandholm 2002,
"Complexity of mechanism design", UAI; D. Demougin and D. Garvie 1991, "Contractual design with correlated information under
limited liability", *RAND Journal of Economics* 22.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.rationals import expect_keys
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.mechanisms.incentives import Balance
from gametheory.mechanisms.variables import Constraint, MechanismVariables, Rows, exact_products

__all__ = [
    "BayesianIC",
    "BudgetBalance",
    "DominantStrategyIC",
    "Efficiency",
    "ExPostIC",
    "ExPostParticipation",
    "InterimParticipation",
    "LimitedLiability",
    "read_constraint",
]


@final
@dataclass(frozen=True, slots=True)
class DominantStrategyIC:
    """Truth is best whatever the others report."""

    @property
    def title(self) -> str:
        return "dominant-strategy incentive compatibility"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"agent 1 reports high at low, others (low)"``; interdependent values add ``", in truth (high)"``."""
        if variables.environment.private:
            return _truth_at_every_profile(variables)
        others = [variables.seen_by(i).shape[1] for i in range(variables.environment.num_agents)]
        lies = [2 * (k - 1) * m for k, m in zip(variables.environment.num_types, others, strict=True)]
        _refuse_if_too_many(variables, sum(lies), self.title)
        return [block for i, m in enumerate(others) for shift in range(m) for block in _truth(variables, i, shift)]

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "dominant-strategy IC"}


@final
@dataclass(frozen=True, slots=True)
class ExPostIC:
    """Truth is best at every type profile, the others reporting truly."""

    @property
    def title(self) -> str:
        return "ex-post incentive compatibility"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"agent 1 reports high at low, others (low)"``."""
        return _truth_at_every_profile(variables)

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "ex-post IC"}


@final
@dataclass(frozen=True, slots=True)
class BayesianIC:
    """Truth is best on average over the others' types."""

    @property
    def title(self) -> str:
        return "Bayesian incentive compatibility"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"agent 1 reports high at low"``."""
        environment, blocks = variables.environment, []
        _refuse_if_too_many(variables, sum(2 * (k - 1) for k in environment.num_types), self.title)
        for i in range(environment.num_agents):
            places, prior = variables.seen_by(i), variables.prior_seen_by(i)
            own = environment.types[i]
            for a in np.flatnonzero(prior.numerators.astype(bool).any(axis=1)).tolist():
                columns, numbers, scale = _expected_utility(variables, i, a)
                lies = [b for b in range(len(own)) if b != a]
                if not lies:
                    continue
                moved = np.array([columns + _shift(variables, places[b] - places[a]) for b in lies])
                whole = np.concatenate([np.broadcast_to(columns, moved.shape), moved], axis=1)
                signed = np.concatenate([numbers, -numbers])
                blocks.append(
                    Rows.dense(
                        [f"{environment.agents[i]} reports {own[b]} at {own[a]}" for b in lies],
                        whole,
                        np.broadcast_to(signed, whole.shape),
                        scale,
                        ">=",
                    )
                )
        return blocks

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "Bayesian IC"}


@final
@dataclass(frozen=True, slots=True)
class InterimParticipation:
    """No type expects less than its outside option."""

    @property
    def title(self) -> str:
        return "interim participation"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"agent 1 takes part at low"``."""
        environment, blocks = variables.environment, []
        for i in range(environment.num_agents):
            prior, outside = variables.prior_seen_by(i), environment.outside[i]
            for a in np.flatnonzero(prior.numerators.astype(bool).any(axis=1)).tolist():
                columns, numbers, scale = _expected_utility(variables, i, a)
                share = Fraction(int(prior.numerators[a].astype(object).sum()), prior.denominator)
                name = f"{environment.agents[i]} takes part at {environment.types[i][a]}"
                side = RationalArray.from_fractions([share * outside[a]])
                blocks.append(Rows.dense([name], columns[None], numbers[None], scale, ">=", side))
        return blocks

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "interim participation"}


@final
@dataclass(frozen=True, slots=True)
class ExPostParticipation:
    """No type ends below its outside option, whatever the others' types."""

    @property
    def title(self) -> str:
        return "ex-post participation"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"agent 1 takes part at (low, high)"``."""
        environment = variables.environment
        floors = [
            np.broadcast_to(outside.fractions()[:, None], variables.seen_by(i).shape).reshape(-1)
            for i, outside in enumerate(environment.outside)
        ]
        return _least_utility(variables, "{} takes part at {}", floors)

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "ex-post participation"}


@final
@dataclass(frozen=True, slots=True)
class BudgetBalance:
    """What agents pay covers what they are paid: ``kind`` "weak", "strong" or "ex ante", see the module."""

    kind: Balance = "weak"

    def __post_init__(self) -> None:
        if self.kind not in ("weak", "strong", "ex ante"):
            raise SpecificationError(f"kind: found {self.kind!r}; write 'weak', 'strong' or 'ex ante'")

    @property
    def title(self) -> str:
        return f"{self.kind} budget balance"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"budget at (low, high)"``, or ``"budget on average"``."""
        environment = variables.environment
        if not variables.transfers:
            return []
        places = np.arange(environment.num_profiles, dtype=np.int64)
        columns = np.stack([variables.payment_columns(i, places) for i in range(environment.num_agents)], axis=1)
        if self.kind == "ex ante":
            weights = np.repeat(environment.prior.numerators.reshape(-1), environment.num_agents)
            name = ["budget on average"]
            return [Rows.dense(name, columns.reshape(1, -1), weights[None], environment.prior.denominator, ">=")]
        names = [f"budget at {text}" for text in variables.profile_names()]
        return [Rows.dense(names, columns, np.ones_like(columns), 1, ">=" if self.kind == "weak" else "==")]

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "budget balance", "balance": self.kind}


@final
@dataclass(frozen=True, slots=True, init=False)
class LimitedLiability:
    """No agent that tells the truth ends below −``bound``, or (``of="payment"``) pays more than ``bound``.

    Where an outcome is drawn by lot, utility is its average: payments can be tied to the draw so that it holds for sure.
    """

    bound: Fraction
    of: Literal["utility", "payment"]

    def __init__(self, bound: Any = 0, *, of: Literal["utility", "payment"] = "utility") -> None:
        if of not in ("utility", "payment"):
            raise SpecificationError(f"of: found {of!r}; write 'utility' or 'payment'")
        object.__setattr__(self, "bound", exact(bound, where="bound"))
        object.__setattr__(self, "of", of)

    @property
    def title(self) -> str:
        what = "losses" if self.of == "utility" else "payments"
        return f"limited liability ({what} of at most {exact_text(self.bound)})"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"limited liability of agent 1 at (low, high)"``."""
        environment, count = variables.environment, variables.environment.num_profiles
        text = "limited liability of {} at {}"
        if self.of == "utility":
            floor = np.full(count, -self.bound, dtype=object)
            return _least_utility(variables, text, [floor] * environment.num_agents)
        if not variables.transfers:
            return []
        places, names = np.arange(count, dtype=np.int64), variables.profile_names()
        side = RationalArray.from_fractions([self.bound] * count)
        return [
            Rows.dense(
                [text.format(agent, name) for name in names],
                variables.payment_columns(i, places)[:, None],
                np.ones((count, 1), dtype=np.int64),
                1,
                "<=",
                side,
            )
            for i, agent in enumerate(environment.agents)
        ]

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "limited liability", "bound": exact_text(self.bound), "of": self.of}


@final
@dataclass(frozen=True, slots=True)
class Efficiency:
    """What is chosen has the largest sum of valuations at every type profile; ties are the design's to break."""

    @property
    def title(self) -> str:
        return "efficiency"

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """``"efficiency at (low, high)"``: outcomes of less than the largest sum have probability 0."""
        environment = variables.environment
        tables = [environment.values(i) for i in range(environment.num_agents)]
        common = math.lcm(*(table.denominator for table in tables))
        total = sum(table.numerators.astype(object) * (common // table.denominator) for table in tables)
        sums = np.asarray(total).reshape(environment.num_outcomes, -1).T
        wasteful = (sums != sums.max(axis=1, keepdims=True)).astype(np.int64)
        places = np.flatnonzero(wasteful.any(axis=1))
        names = variables.profile_names()
        columns = variables.outcome_columns(places)
        return [Rows.dense([f"efficiency at {names[k]}" for k in places.tolist()], columns, wasteful[places], 1, "==")]

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "efficiency"}


_PLAIN: dict[str, type[Any]] = {
    "dominant-strategy IC": DominantStrategyIC,
    "ex-post IC": ExPostIC,
    "Bayesian IC": BayesianIC,
    "interim participation": InterimParticipation,
    "ex-post participation": ExPostParticipation,
    "efficiency": Efficiency,
}


def read_constraint(data: Any) -> Constraint:
    """Read what ``to_dict()`` of a constraint of this module wrote; SpecificationError for anything else."""
    kind = data.get("kind") if isinstance(data, dict) else None
    constraint: Constraint
    if kind == "budget balance":
        expect_keys(data, ("kind", "balance"), where="constraint")
        constraint = BudgetBalance(data["balance"])
    elif kind == "limited liability":
        expect_keys(data, ("kind", "bound", "of"), where="constraint")
        constraint = LimitedLiability(data["bound"], of=data["of"])
    elif isinstance(kind, str) and kind in _PLAIN:
        expect_keys(data, ("kind",), where="constraint")
        constraint = _PLAIN[kind]()
    else:
        known = ", ".join([*_PLAIN, "budget balance", "limited liability"])
        raise SpecificationError(f"constraint: found {data!r}; its kind is one of {known}")
    return constraint


def _shift(variables: MechanismVariables, steps: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """By how much the columns of :func:`_expected_utility` move when the profiles move by ``steps``."""
    moved = np.repeat(steps * variables.environment.num_outcomes, variables.environment.num_outcomes)
    return np.concatenate([moved, steps]) if variables.transfers else moved


def _expected_utility(
    variables: MechanismVariables, i: int, a: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int]:
    """Columns, integer coefficients and denominator of Σ_s μ(a, s) u_i(a | (a, s)): outcomes first, then payments."""
    places, prior, worth = variables.seen_by(i)[a], variables.prior_seen_by(i), variables.worth_seen_by(i)
    weights = prior.numerators[a]
    columns = [variables.outcome_columns(places).reshape(-1)]
    numbers = [exact_products(weights[:, None], worth.numerators[a]).reshape(-1)]
    if variables.transfers:
        columns.append(variables.payment_columns(i, places))
        numbers.append(exact_products(-weights, np.array(worth.denominator)))
    return np.concatenate(columns), np.concatenate(numbers), prior.denominator * worth.denominator


def _refuse_if_too_many(variables: MechanismVariables, times: int, title: str) -> None:
    """Predict the memory of rows that hold the outcomes and payments of every type profile so many times."""
    environment = variables.environment
    refuse_if_too_large(environment.num_profiles * (environment.num_outcomes + 1) * times, 40, f"the rows of {title}")


def _truth_at_every_profile(variables: MechanismVariables) -> list[Rows]:
    _refuse_if_too_many(variables, sum(2 * (k - 1) for k in variables.environment.num_types), "incentive compatibility")
    return [block for i in range(variables.environment.num_agents) for block in _truth(variables, i, None)]


def _truth(variables: MechanismVariables, i: int, truth: int | None) -> list[Rows]:
    """One block for each true type: the lies of agent i at every profile of the others' reports.

    ``truth`` is the number of the others' true types; ``None`` where they are what the others report.
    """
    environment, blocks = variables.environment, []
    places, worth = variables.seen_by(i), variables.worth_seen_by(i)
    own, others = environment.types[i], variables.others_names(i)
    told = "" if truth is None or not others[truth] else f", in truth {others[truth].removeprefix(', others ')}"
    for a in range(len(own)):
        lies = [b for b in range(len(own)) if b != a]
        if not lies:
            continue
        table = worth.numerators[a] if truth is None else worth.numerators[a][truth][None]
        values = np.broadcast_to(table, (places.shape[1], environment.num_outcomes))
        numbers = [values, -values]
        if variables.transfers:
            paid = np.full((places.shape[1], 1), worth.denominator, dtype=values.dtype)
            numbers = [values, -paid, -values, paid]
        entries = np.concatenate(numbers, axis=1)
        wholes = []
        for b in lies:
            columns = []
            for k in (a, b):
                columns.append(variables.outcome_columns(places[k]))
                if variables.transfers:
                    columns.append(variables.payment_columns(i, places[k])[:, None])
            wholes.append(np.concatenate(columns, axis=1))
        names = [f"{environment.agents[i]} reports {own[b]} at {own[a]}{text}{told}" for b in lies for text in others]
        numerators = np.tile(entries, (len(lies), 1))
        blocks.append(Rows.dense(names, np.concatenate(wholes), numerators, worth.denominator, ">="))
    return blocks


def _least_utility(variables: MechanismVariables, text: str, floors: Sequence[Any]) -> list[Rows]:
    """u_i(θ) ≥ floor for every agent and type profile, the floors in the order of ``seen_by``."""
    environment, names = variables.environment, variables.profile_names()
    blocks = []
    for i, agent in enumerate(environment.agents):
        places, worth = variables.seen_by(i), variables.worth_seen_by(i)
        values = np.broadcast_to(worth.numerators, (*places.shape, environment.num_outcomes))
        columns = [variables.outcome_columns(places).reshape(places.size, -1)]
        numbers = [values.reshape(places.size, -1)]
        if variables.transfers:
            columns.append(variables.payment_columns(i, places.reshape(-1))[:, None])
            numbers.append(np.full((places.size, 1), -worth.denominator, dtype=values.dtype))
        blocks.append(
            Rows.dense(
                [text.format(agent, names[k]) for k in places.reshape(-1).tolist()],
                np.concatenate(columns, axis=1),
                np.concatenate(numbers, axis=1),
                worth.denominator,
                ">=",
                RationalArray.from_fractions(floors[i]),
            )
        )
    return blocks
