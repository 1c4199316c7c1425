"""Environments: who knows what, and what can be decided.

An environment has n agents, a finite set of *types* Θ_i for each, a common prior μ on Θ = Θ_1 × … × Θ_n, a finite set O of
*outcomes*, and valuations v_i(o, θ). Utility is quasi-linear: an agent that pays t_i has v_i(o, θ) − t_i, and an agent of
type θ_i that stays out has its outside option ū_i(θ_i). Values are *private* if v_i depends on θ_i alone, else
*interdependent*. Types are *independent* if μ = ∏ μ_i, else *correlated*.

The prior and valuations are rational numbers: floats count as the rationals that they are, and a prior of floats is divided
by its exact sum. ``arithmetic`` says what was given, and with it whether results are shown as fractions or floats. A joint
prior of floats that rounding alone keeps from being a product is refused: designs exploit the slightest correlation
(Crémer and McLean 1988), so that it must be said whether there is any.

References: P. Milgrom 2004, *Putting Auction Theory to Work*; R. Myerson 1991, *Game Theory*, chapter 6; J. Crémer and
R. McLean 1988, "Full extraction of the surplus in Bayesian and dominant strategy auctions", *Econometrica* 56.

Size: n · |O| · |Θ| numbers for interdependent values, |O| · Σ |Θ_i| for private ones, and |Θ| for the prior.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, read_array
from gametheory.arithmetic.limits import check_count
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.rationals import expect_keys, rational_array_from_json, rational_array_to_json
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import Labels, action_index, distinct_labels, player_labels, read_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.values import compared_by
from gametheory.mechanisms.environment_reading import (
    Symmetry,
    flat,
    listed,
    number_names,
    product_prior,
    read_parts,
    read_prior,
    read_symmetries,
    refuse_rounding,
    total,
)

__all__ = ["Environment"]

Array = NDArray[Any]
_FIELDS = (
    "agents",
    "types",
    "outcomes",
    "prior",
    "valuations",
    "outside",
    "private",
    "item",
    "symmetries",
    "arithmetic",
)


@final
@compared_by(*_FIELDS)
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Environment:
    """A finite environment; made by :meth:`private_values`, :meth:`interdependent`, :meth:`single_item` or a function.

    Attributes
    ----------
    agents, outcomes : tuple of str
    types : tuple of tuple of str
        The names of each agent's types.
    prior : RationalArray, shape (k_1, …, k_n)
        Probability of each type profile; sums to 1 exactly.
    valuations : tuple of RationalArray
        For each agent v_i, shape (|O|, k_i) if values are private, else (|O|, k_1, …, k_n); units of money.
    outside : tuple of RationalArray, shapes (k_i,)
        Utility of each type that stays out.
    private : bool
    item : bool
        One indivisible item: outcome 0 keeps it, outcome i + 1 gives it to agent i, and nobody else cares who has it.
    symmetries : tuple of (agent permutation, outcome permutation)
        Declared and checked, never inferred; the group that they generate leaves the environment as it is.
    arithmetic : "exact" or "float"
        What was given.

    Examples
    --------
    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2, identical=True)
    >>> environment
    Environment(single item, 2 agents, types 2×2, 3 outcomes, independent, exact)
    >>> environment.outcomes
    ('nobody', 'agent 1', 'agent 2')
    """

    agents: tuple[str, ...]
    types: tuple[tuple[str, ...], ...]
    outcomes: tuple[str, ...]
    prior: RationalArray
    valuations: tuple[RationalArray, ...]
    outside: tuple[RationalArray, ...]
    private: bool
    item: bool = False
    symmetries: tuple[Symmetry, ...] = ()
    arithmetic: Literal["exact", "float"] = "exact"

    def __post_init__(self) -> None:
        sizes, count = self.num_types, len(self.outcomes)
        if not (len(self.valuations) == len(self.outside) == len(sizes) == len(self.agents) >= 1) or not count:
            raise SpecificationError(
                f"environment: found {len(self.agents)} agents, {len(self.valuations)} valuations, {len(self.outside)} "
                f"outside options and {count} outcomes; write one valuation for each agent and at least one outcome"
            )
        for i, (table, own) in enumerate(zip(self.valuations, self.outside, strict=True)):
            wanted = (count, sizes[i]) if self.private else (count, *sizes)
            if table.shape != wanted:
                raise SpecificationError(
                    f"valuations[{i}]: found shape {table.shape}; write {wanted}, outcomes by "
                    f"{'own type' if self.private else 'type profile'}"
                )
            if own.shape != (sizes[i],):
                raise SpecificationError(f"outside[{i}]: found shape {own.shape}; write {sizes[i]} numbers, one a type")
        if self.prior.shape != sizes or int(self.prior.numerators.min()) < 0 or total(self.prior) != 1:
            raise SpecificationError(f"prior: write probabilities of shape {sizes} that sum to 1")
        for k, symmetry in enumerate(self.symmetries):
            self._check_symmetry(symmetry, f"symmetries[{k}]")

    # -- constructors ----------------------------------------------------------------------------------------------

    @classmethod
    def private_values(
        cls,
        valuations: Sequence[Any],
        *,
        prior: Any = None,
        priors: Sequence[Any] | None = None,
        agents: Labels | None = None,
        types: Sequence[Labels] | None = None,
        outcomes: Labels | None = None,
        outside: Sequence[Any] | None = None,
        symmetries: Sequence[Any] = (),
    ) -> Environment:
        """Agents whose values depend on their own type alone.

        Parameters
        ----------
        valuations : sequence of n array_like, shapes (|O|, k_i)
            v_i(o, θ_i) in money.
        prior : array_like, shape (k_1, …, k_n)
            The joint distribution of types, or
        priors : sequence of n array_like, shapes (k_i,)
            the distribution of each agent's type where they are independent; give one of the two.
        agents, types, outcomes : labels, optional
        outside : sequence of n array_like, shapes (k_i,), optional
            Utility of each type that stays out; 0 by default.
        symmetries : sequence of (agent permutation, outcome permutation), optional

        Raises
        ------
        SpecificationError
            Wrong shapes, NaN, probabilities that do not sum to one, exact fractions beside floats, a symmetry that the
            environment does not have.

        Examples
        --------
        >>> Environment.private_values([[[0, 0], [1, 3]]], priors=[["1/2", "1/2"]], outcomes=["no", "yes"])
        Environment(private values, 1 agent, types 2, 2 outcomes, independent, exact)
        """
        return _built(cls, valuations, True, False, prior, priors, agents, types, outcomes, outside, symmetries)

    @classmethod
    def interdependent(
        cls,
        valuations: Sequence[Any],
        *,
        prior: Any = None,
        priors: Sequence[Any] | None = None,
        agents: Labels | None = None,
        types: Sequence[Labels] | None = None,
        outcomes: Labels | None = None,
        outside: Sequence[Any] | None = None,
        symmetries: Sequence[Any] = (),
    ) -> Environment:
        """Agents whose values may depend on all types: v_i(o, θ), shapes (|O|, k_1, …, k_n); else as private values."""
        return _built(cls, valuations, False, False, prior, priors, agents, types, outcomes, outside, symmetries)

    @classmethod
    def single_item(
        cls,
        values: Sequence[Any],
        *,
        prior: Any = None,
        priors: Sequence[Any] | None = None,
        identical: bool = False,
        agents: Labels | None = None,
        types: Sequence[Labels] | None = None,
        outside: Sequence[Any] | None = None,
    ) -> Environment:
        """One indivisible item, and ``values[i][k]``, what it is worth to type k of agent i.

        Parameters
        ----------
        values : sequence of n array_like, shapes (k_i,)
        identical : bool
            Declares that agents are alike: values, prior, outside options; checked. Programmes become smaller.

        The types are named after their values by default; the rest is as for :meth:`private_values`. Outcome 0 is that
        nobody gets the item.
        """
        parts = [read_array(row, where=f"values[{i}]")[1] for i, row in enumerate(listed(values, "values"))]
        n = len(parts)
        for i, part in enumerate(parts):
            if len(part.shape) != 1 or not part.shape[0]:
                raise SpecificationError(
                    f"values[{i}]: found shape {tuple(part.shape)}; write one number for each type"
                )
        tables = []
        for i, part in enumerate(parts):
            numbers = part.fractions() if isinstance(part, RationalArray) else part
            table = np.full((n + 1, len(numbers)), 0.0 if numbers.dtype != object else 0, dtype=numbers.dtype)
            table[i + 1] = numbers
            tables.append(table)
        names = tuple(f"agent {i + 1}" for i in range(n)) if agents is None else player_labels(agents, n)
        if types is None:
            types = [number_names(part) for part in parts]
        swaps = []
        for i in range(n - 1 if identical else 0):
            order = list(range(n))
            order[i], order[i + 1] = i + 1, i
            swaps.append((order, [0, *(j + 1 for j in order)]))
        outcomes = ["nobody", *names] if "nobody" not in names else ["the item stays", *names]
        return _built(cls, tables, True, True, prior, priors, names, types, outcomes, outside, swaps)

    @classmethod
    def from_function(
        cls,
        value: Callable[[int, tuple[int, ...]], Sequence[Any]],
        num_types: Sequence[int],
        outcomes: Labels,
        *,
        prior: Any = None,
        priors: Sequence[Any] | None = None,
        agents: Labels | None = None,
        types: Sequence[Labels] | None = None,
        outside: Sequence[Any] | None = None,
        symmetries: Sequence[Any] = (),
    ) -> Environment:
        """Interdependent values from ``value(outcome, type profile)``, indices, which returns the n agents' values."""
        sizes = tuple(check_count(f"num_types[{i}]", k) for i, k in enumerate(check_list("num_types", num_types)))
        names = distinct_labels(check_list("outcomes", outcomes), "outcomes")
        n = len(sizes)
        refuse_if_too_large(n * len(names) * math.prod(sizes), 64, "the valuations")
        rows = [list(value(o, t)) for o in range(len(names)) for t in itertools.product(*map(range, sizes))]
        for row in rows:
            if len(row) != n:
                raise SpecificationError(f"value: found {len(row)} numbers where there are {n} agents; return one each")
        _, table = read_array(rows, where="value")
        numbers = table.fractions() if isinstance(table, RationalArray) else table
        tables = [numbers[:, i].reshape(len(names), *sizes) for i in range(n)]
        return cls.interdependent(
            tables,
            prior=prior,
            priors=priors,
            agents=agents,
            types=types,
            outcomes=names,
            outside=outside,
            symmetries=symmetries,
        )

    # -- views -----------------------------------------------------------------------------------------------------

    @property
    def num_agents(self) -> int:
        return len(self.agents)

    @property
    def num_types(self) -> tuple[int, ...]:
        """Number of types of each agent."""
        return tuple(len(names) for names in self.types)

    @property
    def num_outcomes(self) -> int:
        return len(self.outcomes)

    @property
    def num_profiles(self) -> int:
        """Number of type profiles, ∏ k_i."""
        return math.prod(self.num_types)

    def profiles(self) -> Iterator[tuple[int, ...]]:
        """Type profiles as tuples of indices, the last agent's type varying fastest."""
        return itertools.product(*map(range, self.num_types))

    def profile_text(self, profile: Sequence[int]) -> str:
        """A type profile in words: ``"(low, high)"``."""
        return f"({', '.join(names[k] for names, k in zip(self.types, profile, strict=True))})"

    def values(self, agent: int | str) -> RationalArray:
        """v_i with an axis for every agent's type, shape (|O|, k_1, …, k_n); a view for private values."""
        i = self.agent_index(agent)
        table = self.valuations[i]
        if not self.private:
            return table
        shape = [1] * self.num_agents
        shape[i] = self.num_types[i]
        numerators = table.numerators.reshape(self.num_outcomes, *shape)
        return RationalArray(np.broadcast_to(numerators, (self.num_outcomes, *self.num_types)), table.denominator)

    def item_values(self, agent: int | str) -> RationalArray:
        """What the item is worth to each type of an agent, shape (k_i,).

        Raises
        ------
        UnsupportedError
            If the environment is not one of a single item.
        """
        if not self.item:
            raise UnsupportedError("item_values: outcomes here are not who gets a single item; use values()")
        i = self.agent_index(agent)
        own: RationalArray = self.valuations[i][i + 1]
        return own

    def type_probabilities(self, agent: int | str) -> RationalArray:
        """The marginal distribution of an agent's type, shape (k_i,)."""
        i = self.agent_index(agent)
        others = tuple(j for j in range(self.num_agents) if j != i)
        return RationalArray.of_integers(self.prior.numerators.astype(object).sum(axis=others), self.prior.denominator)

    def belief(self, agent: int | str, type: int | str) -> Array:  # noqa: A002  # the field's word
        """What a type believes of the others' types, μ(θ_{−i} | θ_i): fractions, the others' axes in order.

        Raises
        ------
        SpecificationError
            If the type has probability zero.
        """
        i = self.agent_index(agent)
        k = self.type_index(i, type)
        joint = np.take(self.prior.numerators, k, axis=i)
        weights = np.asarray(joint, dtype=object)
        total = int(weights.sum())
        if not total:
            raise SpecificationError(
                f"type: {self.agents[i]}'s type {self.types[i][k]!r} has probability 0 and so no belief; ask for a "
                "type of positive probability"
            )
        result = np.empty(weights.shape, dtype=object)
        result.reshape(-1)[:] = [Fraction(int(x), total) for x in weights.flat]
        return result

    @property
    def independent(self) -> bool:
        """Whether the prior is exactly the product of its marginals."""
        return self.prior == product_prior([self.type_probabilities(i) for i in range(self.num_agents)])

    def exact(self) -> Environment:
        """The same environment, its results to be shown as fractions."""
        return self if self.arithmetic == "exact" else replace(self, arithmetic="exact")

    def agent_index(self, agent: int | str) -> int:
        """Index of an agent given by index or name."""
        return action_index(agent, self.agents, "agent", what="agent")

    def type_index(self, agent: int | str, type: int | str) -> int:  # noqa: A002  # the field's word
        """Index of an agent's type given by index or name."""
        i = self.agent_index(agent)
        return action_index(type, self.types[i], f"type of {self.agents[i]}", what="type")

    def outcome_index(self, outcome: int | str) -> int:
        """Index of an outcome given by index or name."""
        return action_index(outcome, self.outcomes, "outcome", what="outcome")

    def shown(self, value: Fraction) -> Fraction | float:
        """A number as the environment shows it: a fraction, or a float where floats were given."""
        return float(value) if self.arithmetic == "float" else value

    # -- files -----------------------------------------------------------------------------------------------------

    def digest(self) -> str:
        """SHA-256 of everything but ``arithmetic``."""
        data = {key: value for key, value in self.to_dict().items() if key != "arithmetic"}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; arrays are flat, in row-major order."""
        return {
            "agents": list(self.agents),
            "types": [list(names) for names in self.types],
            "outcomes": list(self.outcomes),
            "prior": rational_array_to_json(flat(self.prior)),
            "valuations": [rational_array_to_json(flat(table)) for table in self.valuations],
            "outside": [rational_array_to_json(row) for row in self.outside],
            "private": self.private,
            "item": self.item,
            "symmetries": [[list(part) for part in symmetry] for symmetry in self.symmetries],
            "arithmetic": self.arithmetic,
        }

    @classmethod
    def from_dict(cls, data: Any) -> Environment:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _FIELDS, where="environment")
        names = [distinct_labels(data["agents"], "agents"), distinct_labels(data["outcomes"], "outcomes")]
        if not isinstance(data["types"], list) or len(data["types"]) != len(names[0]):
            raise SpecificationError(f"environment.types: write {len(names[0])} lists of names")
        types = tuple(distinct_labels(row, f"types[{i}]") for i, row in enumerate(data["types"]))
        sizes = tuple(map(len, types))
        for key in ("private", "item"):
            if not isinstance(data[key], bool):
                raise SpecificationError(f"environment.{key}: found {data[key]!r}; write true or false")
        if data["arithmetic"] not in ("exact", "float"):
            raise SpecificationError(f"environment.arithmetic: found {data['arithmetic']!r}; write 'exact' or 'float'")

        def table(entry: Any, shape: tuple[int, ...], where: str) -> RationalArray:
            numbers = rational_array_from_json(entry, where=where)
            if len(numbers) != math.prod(shape):
                raise SpecificationError(f"{where}: found {len(numbers)} numbers; write {math.prod(shape)}")
            return RationalArray.of_integers(numbers.numerators.reshape(shape), numbers.denominator)

        count = len(names[1])
        environment = cls(
            agents=names[0],
            types=types,
            outcomes=names[1],
            prior=table(data["prior"], sizes, "environment.prior"),
            valuations=tuple(
                table(entry, (count, sizes[i]) if data["private"] else (count, *sizes), f"environment.valuations[{i}]")
                for i, entry in enumerate(listed(data["valuations"], "environment.valuations"))
            ),
            outside=tuple(
                rational_array_from_json(entry, where=f"environment.outside[{i}]")
                for i, entry in enumerate(listed(data["outside"], "environment.outside"))
            ),
            private=data["private"],
            item=False,
            symmetries=read_symmetries(data["symmetries"], len(names[0]), count),
            arithmetic=data["arithmetic"],
        )
        if data["item"]:
            _check_item(environment)
            return replace(environment, item=True)
        return environment

    def __repr__(self) -> str:
        kind = "single item" if self.item else "private values" if self.private else "interdependent values"
        agents = f"{self.num_agents} agent{'' if self.num_agents == 1 else 's'}"
        types = "×".join(map(str, self.num_types))
        prior = "independent" if self.independent else "correlated"
        return f"Environment({kind}, {agents}, types {types}, {self.num_outcomes} outcomes, {prior}, {self.arithmetic})"

    def _check_symmetry(self, symmetry: Symmetry, where: str) -> None:
        agents, outcomes = symmetry
        place = [agents.index(i) for i in range(self.num_agents)]  # which agent comes to stand at i
        order = [outcomes.index(o) for o in range(self.num_outcomes)]
        same = all(self.num_types[agents[i]] == k for i, k in enumerate(self.num_types))
        same = same and np.array_equal(self.prior.numerators.transpose(place), self.prior.numerators)
        for i in range(self.num_agents if same else 0):
            theirs, mine = self.valuations[agents[i]], self.valuations[i]
            moved = mine.numerators[order]
            if not self.private:
                moved = moved.transpose(0, *(1 + j for j in place))
            same = same and theirs.denominator == mine.denominator and np.array_equal(moved, theirs.numerators)
            same = same and self.outside[agents[i]] == self.outside[i]
        if not same:
            raise SpecificationError(
                f"{where}: the environment is not the same after agents go to {list(agents)} and outcomes to "
                f"{list(outcomes)}; declare only symmetries that prior, valuations and outside options have"
            )


def _built(
    cls: type[Environment],
    valuations: Sequence[Any],
    private: bool,
    item: bool,
    prior: Any,
    priors: Sequence[Any] | None,
    agents: Labels | None,
    types: Sequence[Labels] | None,
    outcomes: Labels | None,
    outside: Sequence[Any] | None,
    symmetries: Sequence[Any],
) -> Environment:
    """Read every part, in one arithmetic."""
    given = listed(valuations, "valuations")
    n, parts = len(given), [("valuations", k, row) for k, row in enumerate(given)]
    if (prior is None) == (priors is None):
        raise SpecificationError(
            "prior: give one of prior=, the joint distribution of types, and priors=, one distribution for each agent "
            "(independent types)"
        )
    if priors is not None:
        parts += [("priors", k, row) for k, row in enumerate(listed(priors, "priors"))]
    else:
        parts += [("prior", 0, prior)]
    if outside is not None:
        parts += [("outside", k, row) for k, row in enumerate(listed(outside, "outside"))]
    read, arithmetic = read_parts(parts)
    tables = tuple(read["valuations"])
    if priors is not None:
        if len(read["priors"]) != n:
            raise SpecificationError(f"priors: found {len(read['priors'])}; write {n}, one for each agent")
        shares = [read_prior(row, f"priors[{i}]", arithmetic) for i, row in enumerate(read["priors"])]
        refuse_if_too_large(math.prod(map(len, shares)), 64, "the prior")
        joint = product_prior(shares)
    else:
        joint = read_prior(read["prior"][0], "prior", arithmetic)
        if len(joint.shape) != n:
            raise SpecificationError(f"prior: found shape {joint.shape}; write an axis for each of the {n} agents")
        if arithmetic == "float":
            refuse_rounding(joint)
    sizes = joint.shape
    for i, table in enumerate(tables):
        if len(table.shape) < 2 or not table.shape[0]:
            raise SpecificationError(f"valuations[{i}]: found shape {table.shape}; write outcomes by types")
    count = tables[0].shape[0]
    default_types = [[f"type {k + 1}" for k in range(m)] for m in sizes]
    default_outcomes = [f"outcome {o + 1}" for o in range(count)]
    names = distinct_labels(default_outcomes if outcomes is None else check_list("outcomes", outcomes), "outcomes")
    if len(names) != count:
        raise SpecificationError(
            f"outcomes: found {len(names)} names where valuations[0] has {count} rows; write {count}"
        )
    return cls(
        agents=tuple(f"agent {i + 1}" for i in range(n)) if agents is None else player_labels(agents, n),
        types=read_labels(default_types if types is None else types, sizes, "types"),
        outcomes=names,
        prior=joint,
        valuations=tables,
        outside=tuple(read.get("outside") or [RationalArray.of_integers(np.zeros(m, dtype=np.int64)) for m in sizes]),
        private=private,
        item=item,
        symmetries=read_symmetries(symmetries, n, count),
        arithmetic=arithmetic,
    )


def _check_item(environment: Environment) -> None:
    """Refuse to call an environment one of a single item if somebody cares who else has it."""
    good = environment.private and environment.num_outcomes == environment.num_agents + 1
    for i, table in enumerate(environment.valuations if good else ()):
        good = good and not np.delete(table.numerators, i + 1, axis=0).astype(bool).any()
    if not good:
        raise SpecificationError("environment.item: the valuations are not those of a single item; write false")
