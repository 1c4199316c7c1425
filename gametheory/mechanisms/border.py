"""Which interim rules of a single-item environment some mechanism implements (Border's theorem).

An *interim rule* gives the probability Q_i(θ_i) with which each type expects to win the item. It is *implementable* if
x_i(θ) ≥ 0 with Σ_i x_i(θ) ≤ 1 exist whose averages are Q_i(θ_i) = E[x_i(θ) | θ_i], which holds if and only if

    Σ_{(i, k) ∈ S} μ_i(k) Q_i(k)  ≤  μ{θ : (i, θ_i) ∈ S for some i}          for every set S of types

(maximal flow = minimal cut): the item cannot go to types of S more often than one is there. The right-hand side is
1 − ∏_i (1 − μ_i(S_i)) for independent types, and then few sets matter. In a largest set of largest excess, k belongs to S_i
iff Q_i(k) ≥ ∏_{j≠i} (1 − μ_j(S_j)); so with R = ∏_i (1 − μ_i(S_i)) the set is {(i, k) : Q_i(k) μ_i{Q_i ≤ Q_i(k)} ≥ R}, one of
at most Σ k_i + 1 sets that sorting finds (Cai, Daskalakis and Weinberg 2012, theorem 3, for items and agents that differ).
For correlated types the cut is found by one exact linear programme, and so is a mechanism that implements the rule.

References: K. Border 1991, "Implementation of reduced form auctions", *Econometrica* 59; K. Border 2007, "Reduced form
auctions revisited", *Economic Theory* 31; Y.-K. Che, J. Kim and K. Mierendorff 2013, "Generalized reduced-form auctions: a
network-flow approach", *Econometrica* 81; Y. Cai, C. Daskalakis and S. M. Weinberg 2012, "An algorithmic characterization of
multi-dimensional mechanisms", STOC.
Complexity: a sort for independent types; else, and to construct a mechanism, a programme of n |Θ| columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, Verdict, judge, read_array
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.mechanism import Mechanism

__all__ = ["TypeSet", "border_excess", "border_side", "interim_implementation", "is_implementable", "violated_sets"]

Array = NDArray[Any]
TypeSet = tuple[tuple[int, int], ...]
"""Types as (agent, type) indices, sorted."""


def border_excess(environment: Environment, interim: Any) -> Fraction:
    """The largest excess of Border's inequalities over all sets of types; 0 for an implementable rule.

    Parameters
    ----------
    environment : Environment
        Of a single item.
    interim : sequence of n array_like, shapes (k_i,)
        Q_i(θ_i) ≥ 0; entries of types of probability zero do not matter.

    Examples
    --------
    Two alike agents cannot both win with probability 3/4 whenever they are strong, which each is half of the time:

    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> border_excess(environment, [[0, "3/4"], [0, "3/4"]])
    Fraction(0, 1)
    >>> border_excess(environment, [[0, "4/5"], [0, "4/5"]])
    Fraction(1, 20)
    """
    return max(Fraction(0), _worst(environment, _read(environment, interim))[0])


def is_implementable(environment: Environment, interim: Any, *, tol: float | Fraction | None = None) -> Verdict:
    """Whether some mechanism has these interim winning probabilities.

    The witness of a "no" is a set of types, named as (agent, type), that would win more often than one of them is there;
    the gain is by how much. ``tol`` is the largest admissible excess, a probability.

    Examples
    --------
    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> is_implementable(environment, [[0, "4/5"], [0, "4/5"]])
    Verdict(no, gain=1/20, witness=(('agent 1', '2'), ('agent 2', '2')))
    """
    kinds = [read_array(row, where=f"interim[{i}]")[0] for i, row in enumerate(check_list("interim", interim))]
    excess, types = _worst(environment, _read(environment, interim))
    names = tuple((environment.agents[i], environment.types[i][k]) for i, k in types)
    return judge(
        [excess],
        [Fraction(1)],
        tol=tol,
        arithmetic="float" if "float" in (*kinds, environment.arithmetic) else "exact",
        witness=lambda _: names,
        question="implementability of the interim rule",
    )


def interim_implementation(environment: Environment, interim: Any, payments: Any = None) -> Mechanism:
    """A mechanism whose interim winning probabilities are these.

    Parameters
    ----------
    environment, interim
        As for :func:`border_excess`.
    payments : sequence of n array_like, shapes (k_i,), optional
        What each type pays, whatever the others' types; 0 by default.

    Raises
    ------
    InfeasibleError
        The rule is not implementable; the message names the types that would win too often.

    Examples
    --------
    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> mechanism = interim_implementation(environment, [["1/4", "3/4"]] * 2, payments=[["1/4", "5/4"]] * 2)
    >>> {name: str(q) for name, q in mechanism.interim_allocation("agent 2").items()}
    {'1': '1/4', '2': '3/4'}
    """
    rule = _read(environment, interim)
    wanted, paid = rule, None if payments is None else _columns(environment, payments, "payments")
    programme, solution = _flow(environment, wanted)
    excess, types = _cut(environment, wanted, programme, solution)
    if excess > 0:
        names = ", ".join(f"{environment.types[i][k]} of {environment.agents[i]}" for i, k in types)
        raise InfeasibleError(
            f"interim: no mechanism implements this rule: the types {names} would win more often, by a probability of "
            f"{excess}, than one of them is there; lower their winning probabilities",
            certificate=solution.certificate,
        )
    n, shape = environment.num_agents, environment.num_types
    shares = RationalArray.of_integers(solution.primal.numerators.reshape(n, *shape), solution.primal.denominator)
    numerators = np.moveaxis(shares.numerators, 0, -1).astype(object)
    rest = shares.denominator - numerators.sum(axis=-1, keepdims=True)
    lotteries = RationalArray.of_integers(np.concatenate([rest, numerators], axis=-1), shares.denominator)
    if paid is None:
        return Mechanism(environment, lotteries)
    table = np.empty((n, *shape), dtype=object)
    for i, row in enumerate(paid):
        axes = [1] * n
        axes[i] = shape[i]
        table[i] = np.broadcast_to(row.fractions().reshape(axes), shape)
    return Mechanism(environment, lotteries, RationalArray.from_fractions(table))


def border_side(environment: Environment, types: TypeSet) -> Fraction:
    """μ{θ : (i, θ_i) ∈ S for some i}, the most often that the item can go to types of S."""
    absent = np.ones(environment.num_types, dtype=bool)
    for i, k in types:
        index: list[Any] = [slice(None)] * environment.num_agents
        index[i] = k
        absent[tuple(index)] = False
    missing = int(environment.prior.numerators[absent].astype(object).sum())
    return 1 - Fraction(missing, environment.prior.denominator)


def violated_sets(
    environment: Environment, rule: Sequence[RationalArray], *, limit: int
) -> list[tuple[Fraction, TypeSet]]:
    """Sets of types whose inequality fails, the worst first, at most ``limit``; for independent types by sorting."""
    if not environment.independent:
        raise UnsupportedError("violated_sets: sorting finds the sets for independent types only; use border_excess")
    found = [(excess, types) for excess, types in _level_sets(environment, rule) if excess > 0]
    found.sort(key=lambda pair: (-pair[0], len(pair[1])))
    return [(excess, tuple(sorted(types))) for excess, types in found[:limit]]


def _worst(environment: Environment, rule: Sequence[RationalArray]) -> tuple[Fraction, TypeSet]:
    """The largest excess of a set of types, and the set."""
    if environment.independent:
        excess, types = max(_level_sets(environment, rule), key=lambda pair: pair[0])
        return excess, tuple(sorted(types))
    programme, solution = _flow(environment, rule)
    return _cut(environment, rule, programme, solution)


def _level_sets(
    environment: Environment, rule: Sequence[RationalArray]
) -> list[tuple[Fraction, list[tuple[int, int]]]]:
    """Excess of the sets {(i, k) : Q_i(k) μ_i{Q_i ≤ Q_i(k)} ≥ R} for all R, the empty one first."""
    shares = [environment.type_probabilities(i).fractions() for i in range(environment.num_agents)]
    ranked = []
    for i, row in enumerate(rule):
        chances = row.fractions()
        order = sorted(range(len(chances)), key=lambda k: chances[k])
        below, start = Fraction(0), 0
        while start < len(order):
            stop = start
            while stop < len(order) and chances[order[stop]] == chances[order[start]]:
                below += shares[i][order[stop]]
                stop += 1
            ranked += [(chances[k] * below, i, k) for k in order[start:stop] if shares[i][k]]
            start = stop
    ranked.sort(key=lambda entry: -entry[0])
    absent = [Fraction(1)] * environment.num_agents
    won, types = Fraction(0), list[tuple[int, int]]()
    result = [(Fraction(0), list[tuple[int, int]]())]
    for place, (score, i, k) in enumerate(ranked):
        absent[i] -= shares[i][k]
        won += shares[i][k] * rule[i][k]
        types.append((i, k))
        if place + 1 == len(ranked) or ranked[place + 1][0] != score:
            nobody = Fraction(1)
            for share in absent:
                nobody *= share
            result.append((won - 1 + nobody, list(types)))
    return result


def _flow(environment: Environment, rule: Sequence[RationalArray]) -> tuple[LinearProgramme, Any]:
    """The most of the rule that can be implemented: max E Σ x_i with no type winning more often than the rule says."""
    from gametheory.mechanisms.programme import assembled
    from gametheory.mechanisms.variables import Rows
    from gametheory.optimize.exact import solve_exact

    n, count = environment.num_agents, environment.num_profiles
    refuse_if_too_large(n * count, 400, "the programme of all type profiles")
    grid = np.arange(count, dtype=np.int64).reshape(environment.num_types)
    prior, blocks = environment.prior, []
    for i in range(n):
        places = np.moveaxis(grid, i, 0).reshape(environment.num_types[i], -1)
        weights = np.moveaxis(prior.numerators, i, 0).reshape(environment.num_types[i], -1)
        marginal, chances = environment.type_probabilities(i).fractions(), rule[i].fractions()
        names = [f"{environment.agents[i]} wins at {name}" for name in environment.types[i]]
        sides = RationalArray.from_fractions(marginal * chances)
        blocks.append(Rows.dense(names, i * count + places, weights, prior.denominator, "<=", sides))
    columns = np.arange(count)[:, None] + count * np.arange(n)
    one = RationalArray.of_integers(np.ones(count, dtype=np.int64))
    texts = [environment.profile_text(profile) for profile in environment.profiles()]
    blocks.append(Rows.dense([f"one item at {text}" for text in texts], columns, np.ones_like(columns), 1, "<=", one))
    programme = assembled(
        RationalArray.of_integers(np.tile(prior.numerators.reshape(-1), n), prior.denominator),
        blocks,
        lower=[Fraction(0)] * (n * count),
        column_names=[f"{agent} wins at {text}" for agent in environment.agents for text in texts],
        name="",
        arguments={},
    )
    return programme, solve_exact(programme)


def _cut(
    environment: Environment, rule: Sequence[RationalArray], programme: LinearProgramme, solution: Any
) -> tuple[Fraction, TypeSet]:
    """The excess of the whole rule over what can be implemented, and the types on the near side of the minimal cut.

    The matrix is that of a flow, so that the multipliers of a basic solution are 0 or 1: types of multiplier 0 are the set.
    """
    total = Fraction(0)
    for i, row in enumerate(rule):
        for share, chance in zip(environment.type_probabilities(i).fractions(), row.fractions(), strict=True):
            total += share * chance
    types, place = [], 0
    for i, m in enumerate(environment.num_types):
        marginal = environment.type_probabilities(i).numerators
        types += [(i, k) for k in range(m) if marginal[k] and not solution.row_duals.numerators[place + k]]
        place += m
    return total - solution.value, tuple(types)


def _read(environment: Environment, interim: Any) -> list[RationalArray]:
    rows = _columns(environment, interim, "interim")
    for i, row in enumerate(rows):
        for k, x in enumerate(row.numerators.tolist()):
            if x < 0:
                raise SpecificationError(f"interim[{i}][{k}]: found {row[k]}; probabilities are not negative")
    return rows


def _columns(environment: Environment, given: Any, where: str) -> list[RationalArray]:
    if not environment.item:
        raise UnsupportedError(f"{where}: interim rules are for environments of a single item; use optimal_mechanism")
    if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != environment.num_agents:
        raise SpecificationError(f"{where}: write {environment.num_agents} rows, one for each agent")
    rows = [RationalArray.from_values(row, where=f"{where}[{i}]") for i, row in enumerate(given)]
    for i, row in enumerate(rows):
        if row.shape != (environment.num_types[i],):
            raise SpecificationError(f"{where}[{i}]: found shape {row.shape}; write {environment.num_types[i]} numbers")
    return rows
