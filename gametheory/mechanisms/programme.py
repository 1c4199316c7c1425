"""Automated mechanism design as a linear programme (Conitzer and Sandholm 2002).

    maximise    Σ_θ μ(θ) (Σ_o p(o | θ) d(o, θ) + Σ_i w_i t_i(θ))
    subject to  Σ_o p(o | θ) = 1 for every θ,   p ≥ 0,   the rows of the constraints

over lotteries p(· | θ) and, with transfers, payments t_i(θ) of any sign; d is the designer's utility of an outcome and w_i
what one unit of money from agent i is worth to it. Deterministic mechanisms have p(o | θ) ∈ {0, 1}: a mixed-integer
programme, which is NP-hard already for one agent (theorem 4 there).

**Symmetry.** A symmetry of the environment acts on the columns. If it leaves the objective and the set of rows as they are,
the average of an optimal mechanism over the group is optimal too (the feasible set is convex), so that the columns of an
orbit can be given one common value: one column and one row stand for each orbit. The invariance is checked, row by row; where
it fails (a constraint that treats agents differently) the whole programme is kept. A price then belongs to the whole orbit.

References: V. Conitzer and T. Sandholm 2002, "Complexity of mechanism design", UAI; K. Gatermann and P. Parrilo 2004,
"Symmetry groups, semidefinite programs, and sums of squares", *Journal of Pure and Applied Algebra* 192, for orbits.
Size: |Θ| (|O| + n) columns; Bayesian rows Σ k_i (k_i − 1) of up to 2 |Θ| / k_i · (|O| + 1) entries each, dominant-strategy
rows |Θ| Σ (k_i − 1) of 2 (|O| + 1).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, read_array
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.certificates.rationals import expect_keys, rational_array_from_json, rational_array_to_json
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.values import compared_by
from gametheory.mechanisms.constraints import read_constraint
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.environment_reading import flat
from gametheory.mechanisms.symmetry import merged
from gametheory.mechanisms.variables import Constraint, MechanismVariables, Rows, check_constraints, exact_products

__all__ = ["Objective", "assembled", "mechanism_programme", "mechanism_variables"]

Array = NDArray[Any]
NAME = "mechanism"


@final
@compared_by("outcomes", "payments", "name")
@dataclass(frozen=True, slots=True, eq=False, init=False)
class Objective:
    """What the designer maximises: utility of outcomes, and a weight on each agent's payments.

    Parameters
    ----------
    outcomes : array_like, shape (|O|,) or (|O|, k_1, …, k_n), optional
        d(o, θ), in money; 0 by default.
    payments : number or array_like, shape (n,), optional
        w_i; 0 by default. Revenue is ``Objective(payments=1)``.
    name : str
        In words, for displays.

    Examples
    --------
    >>> Objective([0, 3], payments=1, name="profit")
    Objective(profit)
    """

    outcomes: RationalArray | None
    payments: RationalArray
    name: str

    def __init__(self, outcomes: Any = None, *, payments: Any = 0, name: str = "the designer's utility") -> None:
        object.__setattr__(self, "outcomes", None if outcomes is None else _numbers(outcomes, "outcomes"))
        object.__setattr__(self, "payments", _numbers(payments, "payments"))
        object.__setattr__(self, "name", name)

    def __repr__(self) -> str:
        return f"Objective({self.name})"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        outcomes = self.outcomes
        return {
            "outcomes": None
            if outcomes is None
            else {"shape": list(outcomes.shape), "numbers": rational_array_to_json(flat(outcomes))},
            "payments": {"shape": list(self.payments.shape), "numbers": rational_array_to_json(flat(self.payments))},
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Any) -> Objective:
        """Read what :meth:`to_dict` wrote."""
        expect_keys(data, ("outcomes", "payments", "name"), where="objective")
        tables: list[RationalArray | None] = []
        for key in ("outcomes", "payments"):
            if data[key] is None:
                tables.append(None)
                continue
            expect_keys(data[key], ("shape", "numbers"), where=f"objective.{key}")
            numbers = rational_array_from_json(data[key]["numbers"], where=f"objective.{key}")
            shape = data[key]["shape"]
            if not isinstance(shape, list) or any(type(m) is not int or m < 1 for m in shape):
                raise SpecificationError(f"objective.{key}.shape: found {shape!r}; write a list of whole numbers ≥ 1")
            if math.prod(shape) != len(numbers):
                raise SpecificationError(f"objective.{key}: found {len(numbers)} numbers for the shape {shape}")
            tables.append(RationalArray.of_integers(numbers.numerators.reshape(shape), numbers.denominator))
        return cls(tables[0], payments=0 if tables[1] is None else tables[1], name=str(data["name"]))

    def costs(self, variables: MechanismVariables) -> RationalArray:
        """The coefficient of every column."""
        environment, prior = variables.environment, variables.environment.prior
        weights, count = prior.numerators.reshape(-1), environment.num_outcomes
        numbers, scales = [], []
        if self.outcomes is None:
            numbers.append(np.zeros(environment.num_profiles * count, dtype=np.int64))
            scales.append(1)
        else:
            table = self.outcomes.numerators
            if table.shape == (count,):
                table = np.broadcast_to(table[:, None], (count, environment.num_profiles))
            elif table.shape != (count, *environment.num_types):
                raise SpecificationError(
                    f"objective.outcomes: found shape {table.shape}; write ({count},), a number for each outcome, or "
                    f"{(count, *environment.num_types)}"
                )
            numbers.append(exact_products(weights[:, None], table.reshape(count, -1).T).reshape(-1))
            scales.append(prior.denominator * self.outcomes.denominator)
        shares = self.payments.numerators
        if shares.shape not in ((), (environment.num_agents,)):
            raise SpecificationError(
                f"objective.payments: found shape {shares.shape}; write one number or one an agent"
            )
        if variables.transfers:
            paid = np.broadcast_to(shares, (environment.num_agents,))
            numbers.append(exact_products(paid[:, None], weights[None]).reshape(-1))
            scales.append(prior.denominator * self.payments.denominator)
        elif shares.any():
            raise SpecificationError(
                f"objective: {self.name} counts payments, but there are none; pass transfers=True or another objective"
            )
        return _joined([RationalArray.of_integers(x, scale) for x, scale in zip(numbers, scales, strict=True)])


def read_objective(objective: Any, environment: Environment) -> Objective:
    """``"revenue"``, ``"welfare"``, an :class:`Objective` or its JSON form."""
    if isinstance(objective, Objective):
        return objective
    if isinstance(objective, dict):
        return Objective.from_dict(objective)
    if objective == "revenue":
        return Objective(payments=1, name="revenue")
    if objective == "welfare":
        tables = [environment.values(i) for i in range(environment.num_agents)]
        total = sum(table.numerators.astype(object) * Fraction(1, table.denominator) for table in tables)
        return Objective(RationalArray.from_fractions(total), name="welfare")
    raise SpecificationError(f"objective: found {objective!r}; write 'revenue', 'welfare' or an Objective")


def mechanism_variables(environment: Environment, *, transfers: bool) -> MechanismVariables:
    """The columns of the programme, after a look at the memory that they need."""
    variables = MechanismVariables(environment, transfers)
    refuse_if_too_large(variables.num_columns, 400, "the mechanism's programme")
    return variables


def mechanism_programme(
    environment: Any,
    *,
    objective: Any = "revenue",
    constraints: Sequence[Any] = (),
    transfers: bool = True,
    randomised: bool = True,
    symmetric: bool = False,
    name: str = NAME,
    read: Callable[[Any], Constraint] = read_constraint,
) -> LinearProgramme:
    """Write the programme of the module down; a pure function, so that a stranger can rebuild it.

    Parameters
    ----------
    environment : Environment
        Or the JSON form of one; objective and constraints too may be given in theirs.
    objective : "revenue", "welfare" or Objective
    constraints : sequence of constraints
        Of :mod:`.constraints`, or any object with the members of :class:`~.variables.Constraint`.
    transfers : bool
        Whether there are payments at all.
    randomised : bool
        Whether lotteries are allowed; else the probabilities are integer columns.
    symmetric : bool
        Whether to merge orbits of the environment's symmetries (randomised mechanisms only).
    name : str
        The row builder that a certificate names; of use to chapters with constraints of their own kinds.
    read : callable
        How to read the JSON form of a constraint.

    Examples
    --------
    >>> from gametheory.mechanisms import BayesianIC, InterimParticipation
    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> mechanism_programme(environment, constraints=[BayesianIC(), InterimParticipation()])
    LinearProgramme(mechanism: max over 20 columns, 12 rows)
    """
    if isinstance(environment, dict):
        environment = Environment.from_dict(environment)
    asked = [read(item) if isinstance(item, dict) else item for item in check_constraints(constraints)]
    goal = read_objective(objective, environment)
    for key, flag in (("transfers", transfers), ("randomised", randomised), ("symmetric", symmetric)):
        if not isinstance(flag, bool):
            raise SpecificationError(f"{key}: found {flag!r}; write True or False")
    variables = mechanism_variables(environment, transfers=transfers)
    blocks = [_lotteries(variables), *(block for _, part in named_rows(asked, variables) for block in part)]
    arguments: dict[str, Any] = {
        "environment": environment.to_dict(),
        "objective": objective if isinstance(objective, str) else goal.to_dict(),
        "constraints": [constraint.to_dict() for constraint in asked],
        "transfers": transfers,
        "randomised": randomised,
        "symmetric": symmetric,
    }
    costs, first = goal.costs(variables), np.arange(variables.num_columns)
    if symmetric:
        if not randomised:
            raise UnsupportedError("symmetric: averages of mechanisms are lotteries; pass randomised=True")
        costs, blocks, first = merged(variables, costs, blocks)
    probabilities = (first < environment.num_profiles * environment.num_outcomes).tolist()
    texts = column_names(variables)
    return assembled(
        costs,
        blocks,
        lower=[Fraction(0) if chance else None for chance in probabilities],
        upper=None if randomised else [Fraction(1) if chance else None for chance in probabilities],
        column_names=[texts[j] for j in first.tolist()],
        integer=frozenset() if randomised else frozenset(np.flatnonzero(probabilities).tolist()),
        name=name,
        arguments=arguments,
    )


def named_rows(
    constraints: Sequence[Constraint], variables: MechanismVariables
) -> list[tuple[Constraint, Sequence[Rows]]]:
    """The blocks of every constraint; names that two constraints share get the title of theirs in front."""
    blocks = [(constraint, list(constraint.rows(variables))) for constraint in constraints]
    seen: set[str] = set()
    titles: set[str] = set()
    result: list[tuple[Constraint, Sequence[Rows]]] = []
    for constraint, part in blocks:
        names = [name for block in part for name in block.names]
        if len(set(names)) != len(names):
            raise SpecificationError(
                f"constraints: {constraint.title} has two rows of one name; names of types must not hold the separators "
                "', others (' and ' at '"
            )
        if not seen.isdisjoint(names):
            if constraint.title in titles:
                raise SpecificationError(f"constraints: {constraint.title} is given twice; give each constraint once")
            part = [_prefixed(block, constraint.title) for block in part]
        titles.add(constraint.title)
        seen.update(names)
        result.append((constraint, part))
    return result


def assembled(
    costs: RationalArray,
    blocks: Sequence[Rows],
    *,
    lower: Sequence[Fraction | None],
    column_names: Sequence[str],
    name: str,
    arguments: Mapping[str, Any],
    upper: Sequence[Fraction | None] | None = None,
    integer: frozenset[int] = frozenset(),
    sense: Literal["max", "min"] = "max",
) -> LinearProgramme:
    """A programme from blocks of rows, one below the other."""
    start, senses, names = [np.zeros(1, dtype=np.int64)], list[Sense](), list[str]()
    blocks = [block for block in blocks if len(block)]
    for block in blocks:
        start.append(block.row_start[1:] + start[-1][-1])
        senses += [block.sense] * len(block)
        names += block.names
    return LinearProgramme(
        sense=sense,
        objective=costs,
        row_start=np.concatenate(start),
        column_index=np.concatenate([block.column_index for block in blocks]),
        coefficients=_joined([block.coefficients for block in blocks]),
        row_sense=tuple(senses),
        right_hand_side=_joined([block.right_hand_side for block in blocks]),
        lower=tuple(lower),
        upper=(None,) * len(costs) if upper is None else tuple(upper),
        row_names=tuple(names),
        column_names=tuple(column_names),
        integer=integer,
        name=name,
        arguments=json.loads(json.dumps(dict(arguments))),
    )


def column_names(variables: MechanismVariables) -> list[str]:
    """``"nobody at (low, high)"`` for probabilities and ``"agent 1 pays at (low, high)"`` for payments."""
    profiles, environment = variables.profile_names(), variables.environment
    names = [f"{outcome} at {text}" for text in profiles for outcome in environment.outcomes]
    if variables.transfers:
        names += [f"{agent} pays at {text}" for agent in environment.agents for text in profiles]
    return names


def _lotteries(variables: MechanismVariables) -> Rows:
    places = np.arange(variables.environment.num_profiles, dtype=np.int64)
    columns = variables.outcome_columns(places)
    one = RationalArray.of_integers(np.ones(len(places), dtype=np.int64))
    names = [f"one outcome at {text}" for text in variables.profile_names()]
    return Rows.dense(names, columns, np.ones_like(columns), 1, "==", one)


def _prefixed(block: Rows, title: str) -> Rows:
    names = [f"{title}: {name}" for name in block.names]
    return Rows(names, block.row_start, block.column_index, block.coefficients, block.sense, block.right_hand_side)


def _joined(parts: Sequence[RationalArray]) -> RationalArray:
    """Arrays of one axis, one after the other, over their common denominator."""
    common = math.lcm(1, *(part.denominator for part in parts))
    scaled = [exact_products(part.numerators, np.array(common // part.denominator)) for part in parts]
    return RationalArray.of_integers(np.concatenate(scaled) if scaled else np.zeros(0, dtype=np.int64), common)


def _numbers(values: Any, where: str) -> RationalArray:
    if isinstance(values, RationalArray):
        return values
    kind, array = read_array(values, where=where)
    if kind == "symbolic":
        raise UnsupportedError(f"{where}: found free symbols; substitute numbers first")
    return array if isinstance(array, RationalArray) else RationalArray.from_floats(array)
