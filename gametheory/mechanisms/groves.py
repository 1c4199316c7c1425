"""Groves mechanisms: efficient decisions in dominant strategies, and what they leave in the budget.

Values are private and deciding o costs the designer c(o). An efficient rule takes o*(θ) ∈ argmax_o Σ_i v_i(o, θ_i) − c(o), the
first of equals. A **Groves mechanism** pays every agent what the others get and charges what the agent cannot influence,

    t_i(θ)  =  h_i(θ_−i)  −  ( Σ_{j≠i} v_j(o*(θ), θ_j) − c(o*(θ)) ),

so that truth is a dominant strategy. The **pivotal** (Clarke) mechanism takes h_i(θ_−i) = max_o Σ_{j≠i} v_j(o, θ_j) − c(o): an
agent pays what its presence costs the others. Without costs, and where nobody's value is ever negative, nobody is worse off
than outside.

Dominant strategies and a balanced budget exclude each other (Green and Laffont 1979); Bayesian incentive compatibility and an
exactly balanced budget do not. The **expected-externality** mechanism (d'Aspremont and Gérard-Varet 1979) pays agent i
the expected externality ξ_i(θ_i) = E Σ_{j≠i} w_j(o*(θ_i, θ_−i), θ_j), w_j = v_j − c/n, out of the others' pockets:

    t_i(θ)  =  c(o*(θ)) / n  −  ξ_i(θ_i)  +  Σ_{j≠i} ξ_j(θ_j) / (n − 1),       Σ_i t_i(θ) = c(o*(θ))  at every θ.

It needs independent types, and agents may be worse off than outside. References: T. Groves 1973, "Incentives in teams",
Econometrica 41; E. Clarke 1971, "Multipart pricing of public goods", Public Choice 11; J. Green and J.-J. Laffont 1979,
*Incentives in Public Decision-Making*; C. d'Aspremont and L.-A. Gérard-Varet 1979, "Incentives and incomplete information",
Journal of Public Economics 11. Complexity: one pass over all type profiles and outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.reading import check_list
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.mechanism import Mechanism

__all__ = [
    "Budget",
    "efficient_outcomes",
    "expected_externality_mechanism",
    "groves_mechanism",
    "mechanism_budget",
    "pivotal_mechanism",
]

Array = NDArray[Any]


def efficient_outcomes(environment: Environment, *, costs: Sequence[Any] | None = None) -> Array:
    """The outcome of highest total value less cost at each type profile, the first of equals: indices, shape (k_1, …, k_n).

    Parameters
    ----------
    environment : Environment
        Values may be interdependent.
    costs : sequence of |O| numbers, optional
        What deciding each outcome costs the designer, in money; 0 by default.

    Examples
    --------
    A bridge for two that costs 3:

    >>> bridge = Environment.private_values([[[0, 0], [1, 2]]] * 2, priors=[["1/2", "1/2"]] * 2, outcomes=["no", "bridge"])
    >>> efficient_outcomes(bridge, costs=[0, 3]).tolist()
    [[0, 0], [0, 1]]
    """
    return np.asarray(np.argmax(_totals(environment, costs)[0], axis=0), dtype=np.int64)


def groves_mechanism(
    environment: Environment, charges: Sequence[Any] | None = None, *, costs: Sequence[Any] | None = None
) -> Mechanism:
    """The Groves mechanism with charges h_i(θ_−i); truth is a dominant strategy whatever they are.

    Parameters
    ----------
    environment : Environment
        Private values.
    charges : sequence of n array_like, shapes (k_1, …, k_n without k_i), optional
        In money; 0 by default (every agent is paid what the others get).
    costs : sequence of |O| numbers, optional
        As in :func:`efficient_outcomes`.

    Returns
    -------
    Mechanism

    Raises
    ------
    UnsupportedError
        Interdependent values.
    SpecificationError
        Charges of another shape, or numbers that are none.
    """
    if not environment.private:
        raise UnsupportedError(f"{environment!r}: Groves mechanisms need private values; use optimal_mechanism")
    n, sizes = environment.num_agents, environment.num_types
    if charges is None:
        fees = [np.full(_without(sizes, i), Fraction(0), dtype=object) for i in range(n)]
    else:
        if len(charges) != n:
            raise SpecificationError(f"charges: found {len(charges)} entries; write {n}, one for each agent")
        fees = [_charge(charges[i], _without(sizes, i), f"charges[{i}]") for i in range(n)]
    totals, denominator = _totals(environment, costs)
    chosen = np.argmax(totals, axis=0)
    best = np.take_along_axis(totals, chosen[None], axis=0)[0]
    transfers = []
    for i in range(n):
        own = environment.values(i)
        worth = np.take_along_axis(own.numerators.astype(object), chosen[None], axis=0)[0]
        others = best - worth * (denominator // own.denominator)
        transfers.append(np.expand_dims(fees[i], i) - _fractions(others, denominator))
    return Mechanism.deterministic(environment, chosen, RationalArray.from_fractions(np.stack(transfers)))


def pivotal_mechanism(environment: Environment, *, costs: Sequence[Any] | None = None) -> Mechanism:
    """The pivotal (Clarke) mechanism: every agent pays what its presence costs the others and the designer.

    Names: Vickrey–Clarke–Groves (VCG) mechanism, Clarke tax.

    Parameters
    ----------
    environment, costs
        As in :func:`groves_mechanism`.

    Returns
    -------
    Mechanism

    Raises
    ------
    UnsupportedError
        Interdependent values.

    Examples
    --------
    With one item it is the second-price auction:

    >>> item = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> pivotal_mechanism(item)
    Mechanism(2 agents, types 2×2, 3 outcomes, deterministic: revenue 5/4, welfare 7/4)

    A bridge that costs 3, worth 1 or 2 to each of two agents, is built when both say 2, who pay 1 each:

    >>> bridge = Environment.private_values([[[0, 0], [1, 2]]] * 2, priors=[["1/2", "1/2"]] * 2, outcomes=["no", "bridge"])
    >>> mechanism_budget(pivotal_mechanism(bridge, costs=[0, 3]), costs=[0, 3])
    Budget(certified: expected -1/4; from -1 at (type 2, type 2) to 0)
    """
    totals, denominator = _totals(environment, costs)
    charges = []
    for i in range(environment.num_agents):
        own = environment.values(i)
        others = totals - own.numerators.astype(object) * (denominator // own.denominator)
        # Private values: the others' total does not depend on the agent's own type.
        charges.append(_fractions(np.take(others.max(axis=0), 0, axis=i), denominator))
    return groves_mechanism(environment, charges, costs=costs)


def expected_externality_mechanism(environment: Environment, *, costs: Sequence[Any] | None = None) -> Mechanism:
    """The expected-externality mechanism: efficient, Bayesian incentive compatible, its budget exactly balanced.

    Names: AGV, d'Aspremont–Gérard-Varet–Arrow mechanism.

    Parameters
    ----------
    environment : Environment
        Private values, independent types, two or more agents.
    costs : sequence of |O| numbers, optional
        Shared equally; the payments cover them at every profile.

    Returns
    -------
    Mechanism

    Raises
    ------
    UnsupportedError
        Interdependent values, correlated types, or one agent.

    Examples
    --------
    >>> item = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> mechanism = expected_externality_mechanism(item)
    >>> mechanism_budget(mechanism)
    Budget(certified: expected 0; from 0 at (1, 1) to 0)
    >>> from gametheory.mechanisms.incentives import is_incentive_compatible
    >>> [is_incentive_compatible(mechanism, incentives=x).status for x in ("Bayesian", "dominant")]
    ['yes', 'no']
    """
    n = environment.num_agents
    if not environment.private or not environment.independent or n < 2:
        raise UnsupportedError(
            f"{environment!r}: the expected-externality mechanism needs two or more agents with private values and independent "
            "types; use optimal_mechanism"
        )
    totals, denominator = _totals(environment, costs)
    chosen = np.argmax(totals, axis=0)
    best = _fractions(np.take_along_axis(totals, chosen[None], axis=0)[0], denominator)
    share = _costs(environment, costs)[chosen] / n
    externalities = []
    for i in range(n):
        own = environment.values(i).fractions()
        others = best - np.take_along_axis(own, chosen[None], axis=0)[0] + share  # i bears its part of the cost itself
        marginals = [environment.type_probabilities(j).fractions() for j in range(n) if j != i]
        averaged = np.moveaxis(others, i, 0)
        for weights in reversed(marginals):
            averaged = (averaged * weights).sum(axis=-1)
        shape = [1] * n
        shape[i] = -1
        externalities.append(averaged.reshape(shape))
    everybody = sum(externalities[1:], externalities[0])
    transfers = [share - own + (everybody - own) / (n - 1) for own in externalities]
    return Mechanism.deterministic(environment, chosen, RationalArray.from_fractions(np.stack(transfers)))


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Budget:
    """What a mechanism leaves the designer after costs; negative is a deficit.

    Attributes
    ----------
    expected, least, most : Fraction
        On average by the prior, and over all type profiles.
    worst : tuple of str
        The types at which least is left.
    """

    expected: Fraction
    least: Fraction
    most: Fraction
    worst: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether nothing is left or missing at any profile."""
        return self.least == self.most == 0

    def __float__(self) -> float:
        return float(self.expected)

    def __repr__(self) -> str:
        return (
            f"Budget(certified: expected {exact_text(self.expected)}; from {exact_text(self.least)} at "
            f"({', '.join(self.worst)}) to {exact_text(self.most)})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def to_frame(self) -> Any:
        """A pandas table: expected, least and most."""
        return data_frame([[self.expected, self.least, self.most]], ["expected", "least", "most"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "measure": "budget",
            "status": "certified",
            "expected": exact_text(self.expected),
            "least": exact_text(self.least),
            "most": exact_text(self.most),
            "worst": list(self.worst),
        }


def mechanism_budget(mechanism: Mechanism, *, costs: Sequence[Any] | None = None) -> Budget:
    """The payments less the cost of what is decided: on average, and at the profiles where it is least and most.

    Parameters
    ----------
    mechanism : Mechanism
    costs : sequence of |O| numbers, optional
        What each outcome costs the designer; 0 by default.
    """
    environment = mechanism.environment
    paid = mechanism.transfers.fractions().sum(axis=0)
    left = paid - (mechanism.allocation.fractions() * _costs(environment, costs)).sum(axis=-1)
    flat = left.reshape(-1).tolist()
    place = np.unravel_index(flat.index(min(flat)), environment.num_types)
    return Budget(
        expected=Fraction((environment.prior.fractions() * left).sum()),
        least=min(flat),
        most=max(flat),
        worst=tuple(names[k] for names, k in zip(environment.types, place, strict=True)),
    )


def _totals(environment: Environment, costs: Sequence[Any] | None) -> tuple[Array, int]:
    """Σ_i v_i(o, θ) − c(o): integers of shape (|O|, k_1, …, k_n) over a denominator."""
    spent = RationalArray.from_fractions(_costs(environment, costs))
    tables = [environment.values(i) for i in range(environment.num_agents)]
    denominator = math.lcm(spent.denominator, *(table.denominator for table in tables))
    place = (-1, *[1] * environment.num_agents)
    total = -spent.numerators.astype(object).reshape(place) * (denominator // spent.denominator)
    for table in tables:
        total = total + table.numerators.astype(object) * (denominator // table.denominator)
    return np.asarray(total, dtype=object), denominator


def _costs(environment: Environment, costs: Sequence[Any] | None) -> Array:
    count = environment.num_outcomes
    result = np.full(count, Fraction(0), dtype=object)
    if costs is not None:
        given = check_list("costs", costs)
        if len(given) != count:
            raise SpecificationError(f"costs: found {costs!r}; write {count} numbers, one for each outcome")
        result[:] = [exact(c, where=f"costs[{o}]") for o, c in enumerate(given)]
    return result


def _charge(values: Any, shape: tuple[int, ...], where: str) -> Array:
    given = np.array(values, dtype=object)
    if given.shape != shape:
        raise SpecificationError(f"{where}: found shape {given.shape}; write {shape}, the other agents' types")
    result = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        result[index] = exact(given[index], where=f"{where}{list(index)}")
    return result


def _without(sizes: tuple[int, ...], i: int) -> tuple[int, ...]:
    return sizes[:i] + sizes[i + 1 :]


def _fractions(numerators: Array, denominator: int) -> Array:
    return np.asarray(RationalArray.of_integers(numerators, denominator).fractions(), dtype=object)
