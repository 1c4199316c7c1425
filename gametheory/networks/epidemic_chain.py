"""A contagion on a small network as the Markov chain that it is: 2ⁿ states under SIS, 3ⁿ under SIR.

The state says of each node whether it is susceptible, infected or (SIR) immune; moves are those of
:mod:`gametheory.networks.contagion`, one node at a time in continuous time, all at once in discrete time. With Q the moves
among states with infection, what is asked solves linear equations: (−Q) t = 1 for the expected time to extinction, (−Q) p = r
for the probability that so many are infected at once, where r moves there. Under SIR no state recurs, so that probabilities
are passed on from state to state. Before extinction an SIS contagion settles in its quasi-stationary distribution, the left
Perron vector of Q, and dies out at the rate −α(Q), which is certified.

Exact rates give exact answers, under SIS to :data:`MAX_EXACT_STATES` states; floats are solved by sparse elimination and
state their residual. The memory that the states take is predicted.

References: J. G. Kemeny and J. L. Snell (1960), *Finite Markov Chains*, chapter 3; P. Van Mieghem, J. Omic and R. Kooij
(2009), section III; J. N. Darroch and E. Seneta (1967), *On quasi-stationary distributions in absorbing continuous-time finite
Markov chains*, Journal of Applied Probability 4.
Complexity: n 2ⁿ moves under SIS (continuous time), n 3ⁿ under SIR; elimination up to 4ⁿ numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.spectral import MetzlerMatrix
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.networks.contagion import Epidemic
from gametheory.networks.epidemic_chain_results import ChainNumber, FinalSize, Number, QuasiStationary
from gametheory.networks.epidemic_states import MAX_EXACT_STATES, Moves, sir_moves, sir_rounds, sis_moves
from gametheory.networks.spectral import spectral_abscissa

__all__ = [
    "MAX_EXACT_STATES",
    "ChainNumber",
    "FinalSize",
    "QuasiStationary",
    "extinction_time",
    "final_size",
    "infection_probabilities",
    "quasi_stationary_distribution",
    "reach_probability",
]

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def extinction_time(epidemic: Epidemic, initial: Iterable[int | str]) -> ChainNumber:
    """The expected time (rounds in discrete time) until nobody is infected.

    Parameters
    ----------
    initial : nodes
        Who is infected at time 0.

    Raises
    ------
    InfeasibleError
        If infection may last for ever: a node that never recovers can be infected.
    UnsupportedError
        Under SIS with exact rates, more than 8 nodes (floats go further).

    Examples
    --------
    Two nodes that infect each other at the rate of recovery: from one, 3/2.

    >>> import networkx
    >>> extinction_time(Epidemic(networkx.path_graph(2), 1, 1), [0])
    ChainNumber(exact: expected time to extinction 3/2)
    """
    if epidemic.model == "SIR":
        return ChainNumber(
            epidemic=epidemic,
            quantity="expected time to extinction",
            value=final_size(epidemic, initial).duration,
            residual=0.0,
        )
    start = _start(epidemic, initial)
    quantity = "expected time to extinction"
    if start == 0:
        return ChainNumber(epidemic=epidemic, quantity=quantity, value=Fraction(0), residual=0.0)
    moves = sis_moves(epidemic)
    reachable = _reachable(2**epidemic.num_nodes, moves, start)
    _refuse_for_ever(epidemic, moves, reachable)
    solved, residual = _solve(epidemic, moves, reachable, np.zeros(0, dtype=np.int64))
    return ChainNumber(epidemic=epidemic, quantity=quantity, value=solved[start], residual=residual)


def reach_probability(epidemic: Epidemic, initial: Iterable[int | str], size: int) -> ChainNumber:
    """The probability that it reaches ``size`` nodes: at once under SIS, in all under SIR.

    Parameters
    ----------
    initial : nodes
    size : int, 0 to n

    Examples
    --------
    >>> import networkx
    >>> reach_probability(Epidemic(networkx.path_graph(3), 1, 1), [0], 3)
    ChainNumber(exact: probability to reach 3 nodes 3/11)
    """
    n = epidemic.num_nodes
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 0 <= size <= n:
        raise SpecificationError(f"size: found {size!r}; write an integer from 0 to {n}")
    quantity = f"probability to reach {size} nodes"
    if epidemic.model == "SIR":
        return ChainNumber(
            epidemic=epidemic, quantity=quantity, value=final_size(epidemic, initial).at_least(int(size)), residual=0.0
        )
    start = _start(epidemic, initial)
    if start.bit_count() >= size or start == 0:
        return ChainNumber(
            epidemic=epidemic, quantity=quantity, value=Fraction(int(start.bit_count() >= size)), residual=0.0
        )
    moves = sis_moves(epidemic)
    goal = np.flatnonzero(_sizes(n) >= size)
    kept = ~np.isin(moves[0], goal)
    moves = moves[0][kept], moves[1][kept], moves[2][kept]
    reachable = _reachable(2**n, moves, start)
    _refuse_for_ever(epidemic, moves, reachable, ends=goal)
    solved, residual = _solve(epidemic, moves, reachable, goal)
    return ChainNumber(epidemic=epidemic, quantity=quantity, value=solved[start], residual=residual)


def final_size(epidemic: Epidemic, initial: Iterable[int | str]) -> FinalSize:
    """The distribution of the number of nodes that an SIR epidemic reaches, and its expected duration.

    Parameters
    ----------
    initial : nodes
        Who is infected at time 0; the others are susceptible.

    Raises
    ------
    InfeasibleError
        If a node that never recovers can be infected.

    Examples
    --------
    From the hub of a star of two leaves, equal rates: each leaf is reached with probability 1/2 given the hub's time, both
    with 1/3.

    >>> import networkx
    >>> final_size(Epidemic(networkx.star_graph(2), 1, 1, model="SIR"), [0]).probabilities
    (Fraction(0, 1), Fraction(1, 3), Fraction(1, 3), Fraction(1, 3))
    """
    if epidemic.model != "SIR":
        raise UnsupportedError("an SIS contagion has no final size; use reach_probability or extinction_time")
    n = epidemic.num_nodes
    place = [3**k for k in range(n)]
    start = sum(place[k] for k in epidemic.network.node_indices(initial, where="initial"))
    exactly = epidemic.arithmetic == "exact"
    refuse_if_too_large(3**n * (3 if epidemic.time == "continuous" else 2**n), 100 if exactly else 24, "the SIR chain")
    digits = (np.arange(3**n)[:, None] // np.array(place)) % 3
    level, infected = digits.sum(axis=1), (digits == 1).sum(axis=1)
    zero, one = (Fraction(0), Fraction(1)) if exactly else (0.0, 1.0)
    chance = np.full(3**n, zero, dtype=object if exactly else np.float64)
    chance[start] = one
    duration: Number = zero
    step = sir_moves if epidemic.time == "continuous" else sir_rounds
    for height in range(level[start], 2 * n + 1):
        states = np.flatnonzero((level == height) & (infected > 0) & (chance != 0))
        if not len(states):
            continue
        local, target, rate = step(epidemic, states, digits[states])
        leaving = np.full(len(states), zero, dtype=chance.dtype)
        np.add.at(leaving, local, rate)
        if (leaving == 0).any():
            raise _for_ever()
        duration += (chance[states] / leaving).sum()
        np.add.at(chance, target, chance[states][local] * rate / leaving[local])
    ended = infected == 0
    reached = digits[ended] == 2
    sizes = reached.sum(axis=1)
    last = chance[ended]
    return FinalSize(
        epidemic=epidemic,
        probabilities=tuple(_number(last[sizes == k].sum(), exactly) for k in range(n + 1)),
        node_probabilities=tuple(_number(last[reached[:, i]].sum(), exactly) for i in range(n)),
        duration=_number(duration, exactly),
    )


def infection_probabilities(epidemic: Epidemic, initial: Iterable[int | str], times: Sequence[float]) -> Floats:
    """The probability that each node is infected at given times under SIS, shape (num_times, n); numerical.

    Parameters
    ----------
    initial : nodes
    times : increasing numbers ≥ 0, whole ones in discrete time

    Examples
    --------
    >>> import networkx
    >>> infection_probabilities(Epidemic(networkx.path_graph(2), 1, 1), [0], [0, 1]).round(4).tolist()
    [[1.0, 0.0], [0.4002, 0.2649]]
    """
    from scipy.sparse import csr_array, diags_array
    from scipy.sparse.linalg import expm_multiply

    if epidemic.model != "SIS":
        raise UnsupportedError(
            "probabilities over time are those of SIS here; for SIR use final_size or simulate_epidemic"
        )
    n = epidemic.num_nodes
    moments = [float(t) for t in times]
    if not moments or moments[0] < 0 or any(b <= a for a, b in itertools.pairwise(moments)):
        raise SpecificationError("times: write increasing numbers ≥ 0")
    if epidemic.time == "discrete" and any(t != int(t) for t in moments):
        raise SpecificationError("times: in discrete time write whole numbers")
    count = 2**n
    origin, target, rate = sis_moves(epidemic)
    Q = csr_array((rate.astype(np.float64), (target, origin)), shape=(count, count))
    Q = (Q - diags_array(np.asarray(Q.sum(axis=0)).reshape(-1))).tocsr()  # a column for each state that is left
    state = np.zeros(count)
    state[_start(epidemic, initial)] = 1.0
    bits = ((np.arange(count)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    result, now = np.empty((len(moments), n)), 0.0
    for k, moment in enumerate(moments):
        if epidemic.time == "continuous":
            state = expm_multiply(Q * (moment - now), state, traceA=float((moment - now) * Q.trace()))
        else:
            for _ in range(int(moment - now)):
                state = state + Q @ state
        now = moment
        result[k] = state @ bits
    return result


def quasi_stationary_distribution(epidemic: Epidemic) -> QuasiStationary:
    """Where an SIS contagion dwells while it lasts, and its certified rate of extinction.

    Raises
    ------
    UnsupportedError
        For SIR, or where the network is not strongly connected by arcs of positive rates, or a node never recovers (then the
        long run depends on the start).

    Examples
    --------
    Two nodes, all rates 1: from one infected to both at rate 1, back at rate 2, to none at rate 1, so that the rate is 2 − √2.

    >>> import networkx
    >>> quasi_stationary_distribution(Epidemic(networkx.path_graph(2), 1, 1))
    QuasiStationary(certified: dies out at rate 0.5857864376, bounds ... apart; 1.41421 of 2 nodes infected, numerical)
    """
    if epidemic.model != "SIS":
        raise UnsupportedError("an SIR epidemic does not dwell anywhere; use final_size")
    n = epidemic.num_nodes
    positive = epidemic.arc_rates() > 0
    network = epidemic.network
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import splu

    pattern = csr_array((positive[positive], (network.sources[positive], network.targets[positive])), shape=(n, n))
    parts = connected_components(pattern, directed=True, connection="strong")[0]
    if parts > 1 or (epidemic.float_recovery() == 0).any():
        raise UnsupportedError(
            "the network is not strongly connected by arcs of positive rates, or a node never recovers; take a strongly "
            "connected component, or use extinction_time"
        )
    count = 2**n - 1
    origin, target, rate = sis_moves(epidemic)
    entries = rate if rate.dtype == object else RationalArray.from_floats(rate).fractions()
    leaving = np.full(count + 1, Fraction(0), dtype=object)
    np.add.at(leaving, origin, entries)
    inside = (origin > 0) & (target > 0)
    rows = np.concatenate([origin[inside], np.arange(1, count + 1)]) - 1
    columns = np.concatenate([target[inside], np.arange(1, count + 1)]) - 1
    values = RationalArray.from_fractions(np.concatenate([entries[inside], -leaving[1:]]))
    found = spectral_abscissa(MetzlerMatrix.from_entries(count, rows, columns, values))
    Q = csr_array((values.floats(), (columns, rows)), shape=(count, count)).tocsc()
    factors, dwelling = splu(-Q), np.full(count, 1.0 / count)
    for _ in range(1000):
        following = factors.solve(dwelling)
        following = np.abs(following) / np.abs(following).sum()
        change = float(np.abs(following - dwelling).max())
        dwelling = following
        if change < 1e-15:
            break
    bits = (np.arange(1, count + 1)[:, None] >> np.arange(n)) & 1
    sizes: Floats = np.zeros(n + 1)
    np.add.at(sizes, bits.sum(axis=1), dwelling)
    return QuasiStationary(
        epidemic=epidemic,
        lower=-found.upper,
        upper=-found.lower,
        node_probabilities=dwelling @ bits,
        size_probabilities=sizes,
        certificate=found.certificate,
    )


# -- equations ---------------------------------------------------------------------------------------------------------


def _start(epidemic: Epidemic, initial: Iterable[int | str]) -> int:
    return sum(1 << k for k in set(epidemic.network.node_indices(initial, where="initial")))


def _sizes(n: int) -> Integers:
    return np.asarray(((np.arange(2**n)[:, None] >> np.arange(n)) & 1).sum(axis=1))


def _reachable(count: int, moves: Moves, start: int) -> NDArray[np.bool_]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    pattern = csr_array((np.ones(len(moves[0])), (moves[0], moves[1])), shape=(count, count))
    found = np.zeros(count, dtype=bool)
    found[breadth_first_order(pattern, start, return_predecessors=False)] = True
    return found


def _refuse_for_ever(
    epidemic: Epidemic, moves: Moves, reachable: NDArray[np.bool_], ends: Integers | None = None
) -> None:
    """From every reachable state the end must be in reach."""
    count = len(reachable)
    goals = np.union1d([0], ends if ends is not None else [])
    turned = np.concatenate([moves[1], np.full(len(goals), count)]), np.concatenate([moves[0], goals])
    backwards = (turned[0], turned[1], np.ones(len(turned[0])))
    if not _reachable(count + 1, backwards, count)[:count][reachable].all():
        raise _for_ever()


def _for_ever() -> InfeasibleError:
    return InfeasibleError(
        "infection may last for ever, because a node that never recovers can be infected; write a positive recovery rate"
    )


def _solve(
    epidemic: Epidemic, moves: Moves, reachable: NDArray[np.bool_], goal: Integers
) -> tuple[dict[int, Number], float]:
    """Expected times to the state without infection, or with a goal the probabilities to get there, by state."""
    reachable = reachable.copy()
    reachable[0] = False
    reachable[goal] = False
    states = np.flatnonzero(reachable)
    number = np.full(len(reachable), -1)
    number[states] = np.arange(len(states))
    kept = reachable[moves[0]]
    origin, target, rate = number[moves[0][kept]], moves[1][kept], moves[2][kept]
    exactly = rate.dtype == object
    leaving = np.full(len(states), Fraction(0) if exactly else 0.0, dtype=rate.dtype)
    np.add.at(leaving, origin, rate)
    right = np.full(len(states), Fraction(0) if exactly else 0.0, dtype=rate.dtype)
    if len(goal):
        hits = np.isin(target, goal)
        np.add.at(right, origin[hits], rate[hits])
    else:
        right[:] = 1
    inside = number[target] >= 0
    if exactly:
        solved = _exact_solution(len(states), origin[inside], number[target[inside]], rate[inside], leaving, right)
        return dict(zip(states.tolist(), solved, strict=True)), 0.0
    values, residual = _float_solution(
        len(states), origin[inside], number[target[inside]], rate[inside], leaving, right
    )
    return dict(zip(states.tolist(), values.tolist(), strict=True)), residual


def _exact_solution(count: int, rows: Any, columns: Any, rate: Array, leaving: Array, right: Array) -> list[Number]:
    from flint import fmpz_mat

    scale = math.lcm(*(x.denominator for x in rate), *(x.denominator for x in leaving), *(x.denominator for x in right))
    matrix = fmpz_mat(count, count)
    for k, x in enumerate(leaving):
        matrix[k, k] = int(x * scale)
    for k, to, x in zip(rows.tolist(), columns.tolist(), rate, strict=True):
        matrix[k, to] = matrix[k, to] - int(x * scale)
    solved = matrix.solve(fmpz_mat([[int(x * scale)] for x in right]))
    return [Fraction(int(x.p), int(x.q)) for x in solved.entries()]


def _float_solution(
    count: int, rows: Any, columns: Any, rate: Array, leaving: Array, right: Array
) -> tuple[Floats, float]:
    from scipy.sparse import csr_array, diags_array
    from scipy.sparse.linalg import splu

    matrix = (diags_array(leaving) - csr_array((rate, (rows, columns)), shape=(count, count))).tocsc()
    solved = splu(matrix).solve(right)
    solved = solved + splu(matrix).solve(right - matrix @ solved)
    residual = float(np.abs(matrix @ solved - right).max())
    if not np.isfinite(solved).all() or solved.min() < -1e-6 * np.abs(solved).max() or residual > 1e-3:
        raise SolverError(
            f"the contagion lasts for so long that floats cannot tell (residual {residual:.1g}); lower transmission, or write "
            "the rates exactly for up to 8 nodes",
            status="numerical trouble",
            solver="SuperLU",
            best=solved,
        )
    return np.asarray(solved), residual


def _number(value: Any, exactly: bool) -> Number:
    return Fraction(value) if exactly else float(value)
