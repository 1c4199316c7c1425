"""The Moran process with any number of strategies as a Markov chain: who is fixed, and where it dwells with mutation.

States are the counts n = (n_1, …, n_m), Σ n_a = N. With fitness f (see :mod:`gametheory.equilibria.moran`) and Q(c, a) the
share of the offspring of c that plays a, a newcomer plays a with probability β_a = Σ_c n_c f_c Q(c, a) / Σ_c n_c f_c, so that

    n → n + e_a − e_b   with probability   β_a n_b / N.

Without mutation the monomorphic states are absorbing: with T the moves among the others, the probabilities of fixation X and
the expected steps t solve (I − T) X = R and (I − T) t = 1. With mutation between all strategies there is one stationary
distribution π, πP = π. Exact data give exact answers, up to :data:`MAX_EXACT_STATES` states (two strategies: any number);
floats are solved by sparse elimination and state their residual.

References: see :mod:`gametheory.equilibria.moran_fixation`; J. G. Kemeny and J. L. Snell (1960), *Finite Markov Chains*,
chapter 3.
Complexity: C(N + m − 1, m − 1) states with at most m (m − 1) moves each.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.moran import MoranProcess
from gametheory.equilibria.moran_fixation import fixation_probability
from gametheory.equilibria.presentation import number_text, plain_number
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame

__all__ = [
    "MAX_EXACT_STATES",
    "Absorption",
    "StationaryPopulation",
    "absorption",
    "read_counts",
    "stationary_distribution",
]

Number = Fraction | float
State = tuple[int, ...]
Moves = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]  # from, to, and how likely

MAX_EXACT_STATES = 400
"""States up to which a chain of three or more strategies is solved in rationals: 3 strategies to N = 26, 4 to N = 11."""

MAX_STATES = 100_000
"""States up to which it is solved in floats: 3 strategies to N = 445, 4 to N = 82."""

_SUMS = 1e-6  # by so much the probabilities of fixation may miss the sum 1


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Absorption:
    """Which strategy is left in the end, and after how many steps.

    Attributes
    ----------
    process : MoranProcess
    initial : tuple of int
        How many individuals play each strategy at first.
    probabilities : tuple of Fraction or float
        Probability of fixation of each strategy.
    steps : Fraction or float
        Expected number of steps.
    residual : float
        Largest error of an equation, or of a sum of probabilities, in floats; 0 where exact.
    """

    process: MoranProcess
    initial: State
    probabilities: tuple[Number, ...]
    steps: Number
    residual: float

    @property
    def status(self) -> Literal["exact", "numerical"]:
        return "exact" if self.process.arithmetic == "exact" else "numerical"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": self.status,
            "process": self.process.to_dict(),
            "initial": list(self.initial),
            "probabilities": list(map(plain_number, self.probabilities)),
            "steps": plain_number(self.steps),
            "residual": self.residual,
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each strategy."""
        labels = self.process.game.actions[0]
        rows = zip(labels, self.initial, self.probabilities, strict=True)
        return data_frame(rows, ["strategy", "initial", "fixed with probability"])

    def __repr__(self) -> str:
        parts = zip(self.process.game.actions[0], self.probabilities, strict=True)
        shown = ", ".join(f"{label} {number_text(p)}" for label, p in parts if p)
        return f"Absorption({self.status}: fixed are {shown}; {number_text(self.steps)} steps)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class StationaryPopulation:
    """How often the population is in each state in the long run.

    Attributes
    ----------
    process : MoranProcess
    states : tuple of tuples of int
        Counts of the strategies, in lexicographic order.
    probabilities : tuple of Fraction or float
    residual : float
        Largest |(πP − π)| of a state in floats; 0 where exact.
    """

    process: MoranProcess
    states: tuple[State, ...]
    probabilities: tuple[Number, ...]
    residual: float

    @property
    def status(self) -> Literal["exact", "numerical"]:
        return "exact" if self.process.arithmetic == "exact" else "numerical"

    @property
    def abundances(self) -> tuple[Number, ...]:
        """Mean share of each strategy."""
        size = self.process.population_size
        return tuple(
            sum((p * n[a] for p, n in zip(self.probabilities, self.states, strict=True)), Fraction(0)) / size
            for a in range(self.process.num_strategies)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": self.status,
            "process": self.process.to_dict(),
            "states": [list(state) for state in self.states],
            "probabilities": list(map(plain_number, self.probabilities)),
            "abundances": list(map(plain_number, self.abundances)),
            "residual": self.residual,
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each state."""
        rows = [[*state, p] for state, p in zip(self.states, self.probabilities, strict=True)]
        return data_frame(rows, [*self.process.game.actions[0], "probability"])

    def __repr__(self) -> str:
        labels = self.process.game.actions[0]
        shown = ", ".join(f"{label} {number_text(x)}" for label, x in zip(labels[:6], self.abundances, strict=False))
        more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
        return f"StationaryPopulation({self.status}, {len(self.states):,} states: mean shares {shown}{more})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def absorption(process: MoranProcess, initial: Sequence[int]) -> Absorption:
    """The probability that each strategy is the one left, and the expected steps until then.

    Parameters
    ----------
    initial : m integers ≥ 0 that sum to N
        How many individuals play each strategy at first.

    Returns
    -------
    Absorption
        ``.probabilities`` by strategy and expected ``.steps``: exact where the process is.

    Raises
    ------
    SpecificationError
        Malformed counts.
    UnsupportedError
        With mutation, or with too many states.

    Examples
    --------
    Without selection each strategy is fixed with its share of the start.

    >>> from gametheory.games import NormalFormGame
    >>> game = NormalFormGame.symmetric([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], actions=["rock", "paper", "scissors"])
    >>> absorption(MoranProcess(game, 6, selection=0), [3, 2, 1]).probabilities
    (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))

    With it, scissors, beaten by the common rock, hardly ever win.

    >>> found = absorption(MoranProcess(game, 6, selection="1/2"), [4, 1, 1])
    >>> [round(float(p), 3) for p in found.probabilities], round(float(found.steps), 2)
    ([0.471, 0.454, 0.075], 15.64)
    """
    if process.mutates:
        raise UnsupportedError("with mutation no strategy is left for ever; use stationary_distribution(process)")
    start = read_counts(process, initial)
    present = [a for a, count in enumerate(start) if count]
    m = process.num_strategies
    if len(present) < 3:
        chances: list[Number] = [Fraction(0)] * m
        steps: Number = Fraction(0)
        chances[present[-1]] = Fraction(1)
        if len(present) == 2:
            a, b = present
            found = fixation_probability(process, a, resident=b, initial=start[a])
            chances[a], chances[b], steps = found.probability, 1 - found.probability, found.steps
        return Absorption(process=process, initial=start, probabilities=tuple(chances), steps=steps, residual=0.0)
    states = _states(process, present)
    origin, target, chance = _moves(process, states)
    lasting = states.max(axis=1) == process.population_size
    number = np.cumsum(~lasting) - 1  # of each state among those that can be left
    leaves = lasting[target]
    right = np.full(((~lasting).sum(), m + 1), chance.dtype.type(0) if chance.dtype != object else Fraction(0))
    right[:, m] = 1
    np.add.at(right, (number[origin[leaves]], states[target[leaves]].argmax(axis=1)), chance[leaves])
    moves = number[origin[~leaves]], number[target[~leaves]], chance[~leaves]
    row = number[(states == start).all(axis=1).argmax()]
    if process.arithmetic == "exact":
        solved: Any = _exact_solution(moves, right)[row]
        residual = 0.0
    else:
        table, residual = _float_solution(moves, right)
        solved = table[row].tolist()
    return Absorption(
        process=process, initial=start, probabilities=tuple(solved[:m]), steps=solved[m], residual=residual
    )


def stationary_distribution(process: MoranProcess) -> StationaryPopulation:
    """The share of time that the population with mutation spends in each state.

    Parameters
    ----------
    process : MoranProcess
        With mutation, by which every strategy is reached from every other.

    Returns
    -------
    StationaryPopulation
        ``.states`` and ``.probabilities``: exact where the process is.

    Raises
    ------
    UnsupportedError
        Without mutation between all strategies (then it depends on the start: see :func:`absorption`), or with too many
        states.

    Examples
    --------
    Cooperators and defectors in a population of 4, one offspring in ten mutates.

    >>> from gametheory.games import NormalFormGame
    >>> game = NormalFormGame.symmetric([[3, 0], [5, 1]], actions=["cooperate", "defect"])
    >>> found = stationary_distribution(MoranProcess(game, 4, mutation="1/10"))
    >>> found
    StationaryPopulation(exact, 5 states: mean shares cooperate 1355/9478, defect 8123/9478)
    >>> sum(found.probabilities)
    Fraction(1, 1)
    """
    rows = process.mutation_rows()
    m, size = process.num_strategies, process.population_size
    _refuse_separate(rows)
    if m == 1:
        return StationaryPopulation(process=process, states=((size,),), probabilities=(Fraction(1),), residual=0.0)
    states = _states(process, list(range(m)))
    moves = _moves(process, states)
    weights: Any
    residual = 0.0
    if m == 2:
        weights = _birth_and_death(len(states), moves)
    elif process.arithmetic == "exact":
        weights = _exact_stationary(len(states), moves)
    else:
        weights, residual = _float_stationary(len(states), moves)
    return StationaryPopulation(
        process=process,
        states=tuple(map(tuple, states.tolist())),
        probabilities=tuple(weights),
        residual=residual,
    )


def read_counts(process: MoranProcess, counts: Sequence[int]) -> State:
    m, size = process.num_strategies, process.population_size
    good = len(counts) == m and all(isinstance(x, (int, np.integer)) and not isinstance(x, bool) for x in counts)
    if not good or min(counts) < 0 or sum(counts) != size:
        raise SpecificationError(f"initial: found {counts!r}; write {m} whole numbers ≥ 0 that sum to {size}")
    return tuple(int(x) for x in counts)


def _states(process: MoranProcess, present: list[int]) -> NDArray[np.int64]:
    """All counts of the strategies ``present``, a row for each state, in lexicographic order."""
    size, kinds = process.population_size, len(present)
    number = math.comb(size + kinds - 1, kinds - 1)
    limit = MAX_EXACT_STATES if process.arithmetic == "exact" and kinds > 2 else MAX_STATES
    if number > limit:
        advice = "; floats (a payoff written as 1.0) go further" if limit == MAX_EXACT_STATES else ""
        raise UnsupportedError(
            f"{size} individuals of {kinds} strategies have {number:,} states, and up to {limit:,} are solved{advice}: use a "
            "smaller population, or simulate_moran"
        )
    bars = list(itertools.combinations(range(size + kinds - 1), kinds - 1))
    edges = np.array([(-1, *places, size + kinds - 1) for places in bars])
    states = np.zeros((number, process.num_strategies), dtype=np.int64)
    states[:, present] = np.diff(edges, axis=1) - 1
    return states


def _moves(process: MoranProcess, states: NDArray[np.int64]) -> Moves:
    """All moves between states, to another one each, with their probabilities (Fractions in an exact process)."""
    m, size = process.num_strategies, process.population_size
    if process.arithmetic == "exact":
        fitness = np.array([process.fitness_of(state) for state in states.tolist()], dtype=object)
        share = np.array([Fraction(1, size)], dtype=object)
        rows = np.array(process.mutation_rows(), dtype=object)
    else:
        fitness = _float_fitness(process, states)
        share = np.array([1.0 / size])
        rows = np.array(process.mutation_rows(), dtype=np.float64)
    parents = states * fitness
    total = parents.sum(axis=1, keepdims=True)
    born = (parents @ rows if process.mutates else parents) / total
    keys = states @ (size + 1) ** np.arange(m - 1, -1, -1)  # increasing, as the states are
    origin, target, chance = [], [], []
    for a, b in itertools.permutations(range(m), 2):
        moving = np.flatnonzero((born[:, a] != 0) & (states[:, b] > 0))
        step = (size + 1) ** (m - 1 - a) - (size + 1) ** (m - 1 - b)
        origin.append(moving)
        target.append(np.searchsorted(keys, keys[moving] + step))
        chance.append(born[moving, a] * states[moving, b] * share)
    return np.concatenate(origin), np.concatenate(target), np.concatenate(chance)


def _float_fitness(process: MoranProcess, states: NDArray[np.int64]) -> NDArray[np.float64]:
    """:meth:`MoranProcess.fitness_of` at many states."""
    A, itself = process.game.float_payoffs()[0], not process.self_interaction
    earned = (states @ A.T - itself * np.diag(A)) / (process.population_size - itself)
    w = float(process.selection)
    if process.fitness == "linear":
        values = np.where(states > 0, np.maximum(1 - w + w * earned, 0.0), 0.0)
    else:
        top = np.where(states > 0, earned, -np.inf).max(axis=1, keepdims=True)
        values = np.where(states > 0, np.exp(w * np.minimum(earned - top, 0.0)), 0.0)
    for state in states[~values.any(axis=1)][:1].tolist():
        process.fitness_of(state)  # says that nobody reproduces there
    return np.asarray(values)


def _refuse_separate(rows: tuple[tuple[Number, ...], ...]) -> None:
    """Strategies must be reached from one another by mutation, or the long run depends on the start."""
    m = len(rows)
    reach = np.array([[x > 0 or a == b for b, x in enumerate(row)] for a, row in enumerate(rows)])
    for _ in range(m):
        reach = reach @ reach
    if not reach.all():
        raise UnsupportedError(
            "mutation does not lead from every strategy to every other, so that the long run may depend on the start; pass "
            "mutation= a rate > 0, or use absorption or small_mutation_limit"
        )


def _birth_and_death(count: int, moves: Moves) -> list[Number]:
    """Two strategies: π_k T⁺_k = π_{k+1} T⁻_{k+1} (detailed balance)."""
    up: dict[int, Any] = {}
    down: dict[int, Any] = {}
    for k, to, chance in zip(*(column.tolist() for column in moves), strict=True):
        (up if to == k + 1 else down)[k] = chance
    if moves[2].dtype == object:
        weights: list[Number] = [Fraction(1)]
        for k in range(count - 1):
            weights.append(weights[-1] * up[k] / down[k + 1])
        total = sum(weights, Fraction(0))
        return [x / total for x in weights]
    logs = np.cumsum([0.0, *(math.log(up[k]) - math.log(down[k + 1]) for k in range(count - 1))])
    shares = np.exp(logs - logs.max())
    return list((shares / shares.sum()).tolist())


def _rational_matrix(count: int, moves: Moves, leaving: Sequence[Fraction], *, turned: bool) -> Any:
    """I − T for the moves T and the chances to be absorbed, or its transpose."""
    from flint import fmpq, fmpq_mat

    matrix = fmpq_mat(count, count)
    for k, x in enumerate(leaving):
        matrix[k, k] = fmpq(x.numerator, x.denominator)
    for k, to, chance in zip(*(column.tolist() for column in moves), strict=True):
        x = fmpq(chance.numerator, chance.denominator)
        matrix[k, k] += x
        matrix[(to, k) if turned else (k, to)] -= x
    return matrix


def _exact_solution(moves: Moves, right: NDArray[Any]) -> list[list[Fraction]]:
    """X with (I − T) X = R in fractions; absorbed is what all columns of R but the last sum to."""
    from flint import fmpq, fmpq_mat

    matrix = _rational_matrix(len(right), moves, [sum(row[:-1], Fraction(0)) for row in right], turned=False)
    side = fmpq_mat([[fmpq(x.numerator, x.denominator) for x in row] for row in right.tolist()])
    try:
        solved = matrix.solve(side)
    except ZeroDivisionError:
        raise _mixed_for_ever() from None
    return [[Fraction(int(x.p), int(x.q)) for x in row] for row in solved.tolist()]


def _exact_stationary(count: int, moves: Moves) -> list[Fraction]:
    """π (I − P) = 0 and Σ π = 1: one equation of the first kind follows from the others and gives way to the last."""
    from flint import fmpq, fmpq_mat

    matrix = _rational_matrix(count, moves, [], turned=True)
    for k in range(count):
        matrix[count - 1, k] = 1
    solved = matrix.solve(fmpq_mat([[fmpq(int(k == count - 1))] for k in range(count)]))
    return [Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(count)]


def _sparse(count: int, moves: Moves, leaving: NDArray[np.float64]) -> Any:
    """I − T for the moves T and the chances to be absorbed."""
    from scipy import sparse

    origin, to, chance = moves
    out = sparse.csr_array((chance, (origin, to)), shape=(count, count))
    return sparse.diags_array(np.asarray(out.sum(axis=1)).reshape(-1) + leaving) - out


def _float_solution(moves: Moves, right: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    from scipy.sparse.linalg import splu

    matrix = _sparse(len(right), moves, right[:, :-1].sum(axis=1)).tocsc()
    try:
        solved = np.asarray(splu(matrix).solve(right))
    except RuntimeError:  # SuperLU's word for singular
        raise _mixed_for_ever() from None
    doubt = float(np.abs(solved[:, :-1].sum(axis=1) - 1).max())  # all the probabilities of a state sum to 1
    if not doubt <= _SUMS:
        raise SolverError(
            f"absorption: the population stays mixed for so long that floats cannot tell how it ends (probabilities sum to 1 "
            f"but for {doubt:.1g}); lower selection=, take a smaller population, or write the data exactly",
            status="numerical trouble",
            solver="SuperLU",
            best=solved,
        )
    return solved, max(doubt, float(np.abs(matrix @ solved - right).max()))


def _float_stationary(count: int, moves: Moves) -> tuple[list[float], float]:
    """One state weighs 1 and its equation is left out: the last one, then the heaviest, for which rounding matters least."""
    from scipy.sparse.linalg import splu

    turned = _sparse(count, moves, np.zeros(count)).T.tocsc()
    heaviest = count - 1
    for _ in range(2):
        others = np.delete(np.arange(count), heaviest)
        solved = splu(turned[others][:, others].tocsc()).solve(-turned[others][:, [heaviest]].toarray().reshape(-1))
        weights = np.insert(np.maximum(solved, 0.0), heaviest, 1.0)
        heaviest = int(weights.argmax())
    shares = weights / weights.sum()
    return shares.tolist(), float(np.abs(turned @ shares).max())


def _mixed_for_ever() -> UnsupportedError:
    return UnsupportedError(
        "fitness is zero so that the population can stay mixed for ever; lower selection=, or add a constant to the payoffs"
    )
