"""The variables of a mechanism-design programme, and named rows over them.

The columns are the probabilities p(o | θ) ≥ 0, type profile by type profile, and then, where money may change hands, the
payments t_i(θ), agent by agent, of any sign. Constraints of :mod:`.constraints`, and any object that has the same three
members, write named rows over them; whole blocks of rows are numpy arrays, so that programmes with a hundred thousand entries
are written down in a small part of the time that it takes to solve them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.programme import Sense, sparse_rows
from gametheory.errors import SpecificationError
from gametheory.mechanisms.environment import Environment

__all__ = ["Constraint", "MechanismVariables", "Rows", "check_constraints"]

Array = NDArray[Any]
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A block of rows of one sense over the columns of a programme.

    Attributes
    ----------
    names : sequence of str
        In words, such as ``"agent 1 reports high at low"``.
    row_start, column_index : int arrays
        As in :class:`~gametheory.certificates.programme.LinearProgramme`.
    coefficients : RationalArray, shape (num_entries,)
    sense : "<=", ">=" or "=="
    right_hand_side : RationalArray, shape (num_rows,)
    """

    names: Sequence[str]
    row_start: NDArray[np.int64]
    column_index: NDArray[np.int64]
    coefficients: RationalArray
    sense: Sense
    right_hand_side: RationalArray

    @classmethod
    def of(cls, rows: Iterable[tuple[str, Mapping[int, Fraction | int], Fraction | int]], sense: Sense) -> Rows:
        """Rows given one by one as (name, {column: coefficient}, right-hand side); for what is written by hand."""
        listed = list(rows)
        start, index, values = sparse_rows([row for _, row, _ in listed])
        sides = RationalArray.from_fractions([Fraction(side) for _, _, side in listed])
        return cls([name for name, _, _ in listed], start, index, values, sense, sides)

    @classmethod
    def dense(
        cls, names: Sequence[str], columns: Array, numerators: Array, denominator: int, sense: Sense, sides: Any = None
    ) -> Rows:
        """Rows of equal length, arrays of shape (num_rows, entries): zero coefficients are left out."""
        kept = numerators != 0
        start = np.zeros(len(names) + 1, dtype=np.int64)
        start[1:] = np.cumsum(kept.sum(axis=1))
        zero = RationalArray.of_integers(np.zeros(len(names), dtype=np.int64)) if sides is None else sides
        values = RationalArray.of_integers(numerators[kept], denominator)
        return cls(names, start, columns[kept].astype(np.int64), values, sense, zero)

    def __len__(self) -> int:
        return len(self.names)


@final
@dataclass(frozen=True, slots=True)
class MechanismVariables:
    """The columns of a programme: probabilities of outcomes and, with ``transfers``, payments.

    Examples
    --------
    >>> environment = Environment.single_item([[1, 2], [3]], priors=[["1/2", "1/2"], [1]])
    >>> variables = MechanismVariables(environment, True)
    >>> variables.num_columns, variables.allocation((1, 0), "agent 2"), variables.transfer("agent 1", (1, 0))
    (10, 5, 7)
    >>> variables.utility("agent 1", types=(0, 0), reports=(1, 0))
    {4: Fraction(1, 1), 7: Fraction(-1, 1)}
    """

    environment: Environment
    transfers: bool

    @property
    def num_columns(self) -> int:
        environment = self.environment
        paid = environment.num_agents if self.transfers else 0
        return environment.num_profiles * (environment.num_outcomes + paid)

    def place(self, profile: Sequence[int]) -> int:
        """The number of a type profile in row-major order."""
        return int(np.ravel_multi_index(tuple(profile), self.environment.num_types))

    def allocation(self, profile: Sequence[int], outcome: int | str) -> int:
        """The column of p(outcome | profile)."""
        return self.place(profile) * self.environment.num_outcomes + self.environment.outcome_index(outcome)

    def transfer(self, agent: int | str, profile: Sequence[int]) -> int:
        """The column of what an agent pays at a profile of reports.

        Raises
        ------
        SpecificationError
            If the programme has no payments.
        """
        if not self.transfers:
            raise SpecificationError("transfer: this programme has no payments; pass transfers=True")
        i, environment = self.environment.agent_index(agent), self.environment
        return environment.num_profiles * (environment.num_outcomes + i) + self.place(profile)

    def utility(
        self, agent: int | str, *, types: Sequence[int], reports: Sequence[int] | None = None
    ) -> dict[int, Fraction]:
        """The row Σ_o p(o | reports) v_i(o, types) − t_i(reports): what an agent gets when all types report so."""
        i, environment = self.environment.agent_index(agent), self.environment
        reported = types if reports is None else reports
        table = environment.valuations[i]
        own: Any = (types[i],) if environment.private else tuple(map(int, types))
        worth = table.numerators[(slice(None), *own)]
        first = self.allocation(reported, 0)
        row = {first + o: Fraction(int(v), table.denominator) for o, v in enumerate(worth.tolist()) if v}
        if self.transfers:
            row[self.transfer(i, reported)] = Fraction(-1)
        return row

    # -- in blocks ---------------------------------------------------------------------------------------------------

    def seen_by(self, agent: int) -> NDArray[np.int64]:
        """Numbers of the type profiles, shape (k_i, profiles of the others)."""
        grid = np.arange(self.environment.num_profiles, dtype=np.int64).reshape(self.environment.num_types)
        return np.moveaxis(grid, agent, 0).reshape(self.environment.num_types[agent], -1)

    def prior_seen_by(self, agent: int) -> RationalArray:
        """The prior in the order of :meth:`seen_by`."""
        prior = self.environment.prior
        numerators = np.moveaxis(prior.numerators, agent, 0).reshape(self.environment.num_types[agent], -1)
        return RationalArray(numerators, prior.denominator)

    def worth_seen_by(self, agent: int) -> RationalArray:
        """v_i, shape (k_i, profiles of the others, |O|), or (k_i, 1, |O|) for private values."""
        environment, table = self.environment, self.environment.valuations[agent]
        axes = table.numerators[..., None] if environment.private else table.numerators
        own = 1 if environment.private else agent + 1
        moved = np.moveaxis(np.moveaxis(axes, own, 0), 1, -1)
        numerators = moved.reshape(environment.num_types[agent], -1, environment.num_outcomes)
        return RationalArray(numerators, table.denominator)

    def outcome_columns(self, places: Array) -> Array:
        """Columns of p(· | θ) for numbers of type profiles; an axis of outcomes is added at the end."""
        count = self.environment.num_outcomes
        return places[..., None] * count + np.arange(count)

    def payment_columns(self, agent: int, places: Array) -> Array:
        """Columns of t_i(θ) for numbers of type profiles."""
        environment = self.environment
        return environment.num_profiles * (environment.num_outcomes + agent) + places

    def profile_names(self) -> list[str]:
        """All type profiles in words, in row-major order."""
        return [self.environment.profile_text(profile) for profile in self.environment.profiles()]

    def others_names(self, agent: int) -> list[str]:
        """``", others (low, high)"`` for the profiles of the others, in order; ``""`` for a single agent."""
        environment = self.environment
        places = self.seen_by(agent)[0]
        if environment.num_agents == 1:
            return [""]
        result = []
        for profile in np.stack(np.unravel_index(places, environment.num_types), axis=1).tolist():
            names = [environment.types[j][t] for j, t in enumerate(profile) if j != agent]
            result.append(f", others ({', '.join(names)})")
        return result


@runtime_checkable
class Constraint(Protocol):
    """What a design may ask for: a frozen value with a title, rows, and a form as JSON data.

    Chapters above add their own kinds (coalitions that lie together, say) by writing a class with these members.
    """

    @property
    def title(self) -> str:
        """The family in words: ``"Bayesian incentive compatibility"``."""
        ...

    def rows(self, variables: MechanismVariables) -> Sequence[Rows]:
        """The rows that it adds; names in words, distinct within the constraint."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """JSON data with a key ``"kind"``."""
        ...


def check_constraints(constraints: Any) -> list[Any]:
    """The constraints of a list, or their JSON forms.

    Raises
    ------
    SpecificationError
        Something else than a list, or something in it that is no constraint.
    """
    given = check_list("constraints", constraints)
    for k, found in enumerate(given):
        if isinstance(found, type) or not isinstance(found, (dict, Constraint)):
            raise SpecificationError(
                f"constraints[{k}]: found {found!r}; write constraints, such as BayesianIC() or InterimParticipation()"
            )
    return given


def exact_products(*factors: Array) -> Array:
    """The product of integer arrays, broadcast; in Python integers where machine integers might overflow."""
    size = math.prod(max(abs(int(x.max(initial=0))), abs(int(x.min(initial=0)))) for x in factors)
    large = size >= _MACHINE or any(x.dtype == object for x in factors)
    arrays = [x.astype(object) if large else x for x in factors]
    result = arrays[0]
    for x in arrays[1:]:
        result = result * x
    return np.asarray(result)
