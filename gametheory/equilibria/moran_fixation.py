"""Whether mutants take over a population: the Moran process with two strategies, exactly.

k mutants of fitness f_k among N − k residents of fitness g_k (see :mod:`gametheory.equilibria.moran`) become k + 1 with
probability T⁺_k = k f_k (N − k) / (N (k f_k + (N − k) g_k)), and k − 1 with probability T⁻_k = T⁺_k γ_k, where γ_k = g_k/f_k,
so that one mutant takes over (is *fixed*) with probability

    ρ = 1 / (1 + Σ_{k=1}^{N−1} ∏_{j=1}^{k} γ_j).

A neutral mutant has ρ = 1/N: selection favours a replacement iff ρ > 1/N. Computed by an elimination that has no subtractions,
in rationals for exact data with linear fitness, else in logarithms of floats.

References: M. A. Nowak, A. Sasaki, C. Taylor and D. Fudenberg (2004), *Emergence of cooperation and evolutionary stability in
finite populations*, Nature 428; C. Taylor et al. (2004), *Evolutionary game dynamics in finite populations*, Bulletin of
Mathematical Biology 66; A. Traulsen and C. Hauert (2009), *Stochastic evolutionary game dynamics*, Reviews of Nonlinear
Dynamics and Complexity 2.
Complexity: O(N) operations, on rationals of O(N) digits where exact (0.1 s for N = 100, 3 s for N = 1,000).
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import Verdict
from gametheory.equilibria.evolutionary_stability import symmetric_payoffs
from gametheory.equilibria.moran import MoranProcess, Number, fitness_values
from gametheory.equilibria.presentation import number_text, plain_number
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import action_index
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = [
    "Fixation",
    "fixation_probability",
    "is_finite_population_stable",
    "third_share_advantage",
    "weak_selection_slope",
]

_LARGEST = math.log(sys.float_info.max)
_NEAR = 1e-9  # a float this close to neutral, as a share, is not told apart from it


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Fixation:
    """How likely, and how soon, mutants replace all residents; ``float()`` works.

    Attributes
    ----------
    process : MoranProcess
    mutant, resident, initial : int
        The two strategies, and how many mutants there are at first.
    probability : Fraction or float
        That the mutants are fixed.
    steps : Fraction or float
        Expected number of steps until one strategy is left; ``inf`` beyond the largest float.
    steps_to_fixation, steps_to_extinction : Fraction, float or None
        The same given that the mutants, or the residents, remain; ``None`` where that cannot happen.
    """

    process: MoranProcess
    mutant: int
    resident: int
    initial: int
    probability: Number
    steps: Number
    steps_to_fixation: Number | None
    steps_to_extinction: Number | None

    @property
    def status(self) -> Literal["exact", "numerical"]:
        return "exact" if self.process.arithmetic == "exact" else "numerical"

    @property
    def neutral(self) -> Fraction:
        """The probability without selection: the mutants' share at first."""
        return Fraction(self.initial, self.process.population_size)

    @property
    def selection(self) -> Literal["favours", "opposes", "neutral"]:
        """What selection does to the replacement; floats within 1e-9 of neutral, as a share, count as neutral."""
        ratio = Fraction(self.probability) / self.neutral - 1
        if self.status == "numerical" and abs(ratio) <= _NEAR:
            return "neutral"
        return "favours" if ratio > 0 else "opposes" if ratio < 0 else "neutral"

    def __float__(self) -> float:
        return float(self.probability)

    def describe(self) -> str:
        """The answer in words."""
        labels = self.process.game.actions[0]
        others = self.process.population_size - self.initial
        who = f"{self.initial} {labels[self.mutant]} among {others} {labels[self.resident]}"
        end = "" if self.selection == "neutral" else f": selection {self.selection} it"
        return f"{who} take over with probability {number_text(self.probability)}, neutral {number_text(self.neutral)}{end}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        names = ("probability", "neutral", "steps", "steps_to_fixation", "steps_to_extinction")
        labels = self.process.game.actions[0]
        return {
            "status": self.status,
            "process": self.process.to_dict(),
            "mutant": labels[self.mutant],
            "resident": labels[self.resident],
            "initial": self.initial,
            "selection": self.selection,
        } | {name: _plain(getattr(self, name)) for name in names}

    def to_frame(self) -> Any:
        """A pandas table: probability and expected steps of either end."""
        labels = self.process.game.actions[0]
        rows: list[list[Any]] = [
            [labels[self.mutant], self.probability, self.steps_to_fixation],
            [labels[self.resident], 1 - self.probability, self.steps_to_extinction],
        ]
        return data_frame(rows, ["fixed", "probability", "steps"])

    def __repr__(self) -> str:
        return f"Fixation({self.status}: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def fixation_probability(
    process: MoranProcess, mutant: int | str, *, resident: int | str, initial: int = 1
) -> Fixation:
    """The probability that ``initial`` mutants replace all residents, and the expected number of steps.

    Parameters
    ----------
    mutant, resident : int or str
        Actions of the game.
    initial : int, 1 ≤ initial < N

    Returns
    -------
    Fixation

    Raises
    ------
    SpecificationError
        Malformed options, or fitness zero such that neither strategy need ever be fixed.
    UnsupportedError
        With mutation, under which nothing is fixed for ever.

    Notes
    -----
    One elimination without subtractions: with r_0 = 1, d_k = T⁺_k + T⁻_k r_{k−1}, p_k = T⁺_k/d_k and r_k = T⁻_k r_{k−1}/d_k,
    the probability from k mutants is φ_k = p_k φ_{k+1}, φ_N = 1. Expected sums x of a cost c are x_k = p_k x_{k+1} + q_k with
    x_N = 0 and q_k = (c_k + T⁻_k q_{k−1})/d_k: c = 1 for steps, and φ for steps that end in fixation.

    Examples
    --------
    A mutant of constant relative fitness r = 2 among N = 10 (Moran 1958): (1 − 1/r)/(1 − 1/r^N).

    >>> game = NormalFormGame.symmetric([[2, 2], [1, 1]], actions=["fit", "plain"])
    >>> found = fixation_probability(MoranProcess(game, 10), "fit", resident="plain")
    >>> found
    Fixation(exact: 1 fit among 9 plain take over with probability 512/1023, neutral 1/10: selection favours it)

    A neutral mutant that is fixed needs N (N − 1) steps on average.

    >>> fixation_probability(MoranProcess(game, 10, selection=0), "fit", resident="plain").steps_to_fixation
    Fraction(90, 1)
    """
    if process.mutates:
        raise UnsupportedError(
            "with mutation nothing is fixed for ever; use stationary_distribution or small_mutation_limit, or a process "
            "without mutation"
        )
    a, b = process.strategy(mutant, "mutant"), process.strategy(resident, "resident")
    size = process.population_size
    if a == b:
        raise SpecificationError(f"mutant: found {mutant!r}, which is the resident too; name two different actions")
    if isinstance(initial, bool) or not isinstance(initial, (int, np.integer)) or not 1 <= initial < size:
        raise SpecificationError(f"initial: found {initial!r}; write a number of mutants from 1 to {size - 1}")
    numbers = _numbers(process)
    zero, one, add, multiply, divide = numbers.zero, numbers.one, numbers.add, numbers.multiply, numbers.divide
    up, down = _pair_moves(process, a, b)
    share, rest, divisor = [one] * size, [one] * size, [one] * size
    for k in range(1, size):
        back = multiply(down[k], rest[k - 1])
        divisor[k] = add(up[k], back)
        if divisor[k] == zero:
            raise SpecificationError(
                f"fitness: where {k} of {size} are mutants neither side can win, as fitness is zero; lower selection=, or add "
                "a constant to the payoffs"
            )
        share[k], rest[k] = divide(up[k], divisor[k]), divide(back, divisor[k])
    fixed = [zero] * size + [one]
    lost = [one] + [zero] * size
    for k in range(size - 1, 0, -1):
        fixed[k] = multiply(share[k], fixed[k + 1])
        lost[k] = add(multiply(share[k], lost[k + 1]), rest[k])

    def expected(cost: list[Any]) -> Any:
        kept, total = [zero] * size, zero
        for k in range(1, size):
            kept[k] = divide(add(cost[k], multiply(down[k], kept[k - 1])), divisor[k])
        for k in range(size - 1, int(initial) - 1, -1):
            total = add(multiply(share[k], total), kept[k])
        return total

    won, gone = fixed[int(initial)], lost[int(initial)]
    return Fixation(
        process=process,
        mutant=a,
        resident=b,
        initial=int(initial),
        probability=numbers.plain(won),
        steps=numbers.plain(expected([one] * size)),
        steps_to_fixation=None if won == zero else numbers.plain(divide(expected(fixed), won)),
        steps_to_extinction=None if gone == zero else numbers.plain(divide(expected(lost), gone)),
    )


def weak_selection_slope(process: MoranProcess, mutant: int | str, *, resident: int | str) -> Fraction:
    """How fast selection, when weak, changes the chance of one mutant: dρ/dw at w = 0, exact, for either kind of fitness.

        dρ/dw = (1/N²) Σ_{k=1}^{N−1} (N − k) (π_mutant(k) − π_resident(k)),

    which for payoffs ((a, b), (c, d)) without self-interaction is (a (N − 2) + b (2N − 1) − c (N + 1) − d (2N − 4)) / (6N), and
    half of :func:`third_share_advantage` for large N (Nowak et al. 2004).

    Parameters
    ----------
    process : MoranProcess
        Its selection and mutation do not matter here.
    mutant, resident : int or str
        Strategies, by index or label.

    Returns
    -------
    Fraction

    Raises
    ------
    SpecificationError
        If a strategy is unknown.

    Examples
    --------
    >>> game = NormalFormGame.symmetric([[3, 0], [5, 1]])
    >>> weak_selection_slope(MoranProcess(game, 10), 0, resident=1)
    Fraction(-47, 60)
    """
    a, b = process.strategy(mutant, "mutant"), process.strategy(resident, "resident")
    size = process.population_size
    terms = enumerate(_pair_payoffs(process, a, b), start=1)
    return sum(((size - k) * (ours - theirs) for k, (ours, theirs) in terms), Fraction(0)) / size**2


def third_share_advantage(game: NormalFormGame, mutant: int | str, *, resident: int | str) -> Fraction:
    """What mutants earn more than residents where they are a third: (a + 2b − c − 2d)/3, exact.

    The one-third law (Nowak et al. 2004): in large populations and for weak selection, selection favours the replacement
    of residents by mutants iff this is positive. Payoffs of mutants are a against themselves and b against residents,
    those of residents c and d.

    Parameters
    ----------
    game : NormalFormGame
        Symmetric, with two players.
    mutant, resident : int or str
        Strategies, by index or label.

    Returns
    -------
    Fraction
        In units of payoff.

    Raises
    ------
    SpecificationError
        If the game is not symmetric, or a strategy is unknown.
    UnsupportedError
        If it has not two players, or free symbols in the payoffs.

    Examples
    --------
    The stag is risky: with half of the population it is as good as the hare, with a third it is not.

    >>> game = NormalFormGame.symmetric([[4, 0], [2, 2]], actions=["stag", "hare"])
    >>> third_share_advantage(game, "stag", resident="hare")
    Fraction(-2, 3)
    """
    table = symmetric_payoffs(game)
    a = action_index(mutant, game.actions[0], "mutant", what="action")
    b = action_index(resident, game.actions[0], "resident", what="action")
    return (table[a][a] + 2 * table[a][b] - table[b][a] - 2 * table[b][b]) / 3


def is_finite_population_stable(process: MoranProcess, resident: int | str) -> Verdict:
    """Whether a strategy is evolutionarily stable in a population of N (ESS_N of Nowak et al. 2004).

    Selection must oppose every single mutant twice: it earns less than the residents, and it takes over with a
    probability below 1/N.

    Parameters
    ----------
    process : MoranProcess
        Without mutation.
    resident : int or str
        A strategy, by index or label.

    Returns
    -------
    Verdict
        If no, ``.witness`` is the label of a mutant, and ``.gain`` what it earns more than residents, if not negative, else
        ρ − 1/N. Where the process is not exact, a probability within 1e-9 of 1/N (as a share) is "within tolerance".

    Raises
    ------
    SpecificationError
        If the strategy is unknown.
    UnsupportedError
        With mutation, where probabilities of fixation are asked for: nothing is fixed for ever then.

    Examples
    --------
    Tit for tat and always defect over ten rounds (Nowak et al. 2004): under weak selection three defectors keep a reciprocator
    out; from four on one takes over more often than a neutral mutant, so that defection is not stable.

    >>> game = NormalFormGame.symmetric([[30, 9], [14, 10]], actions=["tit for tat", "defect"])
    >>> [bool(is_finite_population_stable(MoranProcess(game, size, selection="1/1000"), "defect")) for size in (3, 4)]
    [True, False]
    """
    own = process.strategy(resident, "resident")
    labels, neutral = process.game.actions[0], Fraction(1, process.population_size)
    question = f"is {labels[own]} evolutionarily stable in a population of {process.population_size}?"
    doubtful: Verdict | None = None
    for other in range(process.num_strategies):
        if other == own:
            continue
        ours, theirs = next(_pair_payoffs(process, other, own))
        gain = ours - theirs
        if gain >= 0 or process.selection == 0:
            return Verdict("no", max(gain, Fraction(0)), labels[other], question)
        excess = Fraction(fixation_probability(process, other, resident=own).probability) - neutral
        if process.arithmetic == "float" and abs(excess) <= _NEAR * neutral:
            doubtful = Verdict("within tolerance", excess, labels[other], question)
        elif excess >= 0:
            return Verdict("no", excess, labels[other], question)
    return doubtful or Verdict("yes", Fraction(0), None, question)


def _pair_payoffs(process: MoranProcess, mutant: int, resident: int) -> Iterator[tuple[Fraction, Fraction]]:
    """What mutants and residents earn where 1, …, N − 1 are mutants."""
    table, size, itself = symmetric_payoffs(process.game), process.population_size, not process.self_interaction
    (a, b), (c, d) = ([table[i][j] for j in (mutant, resident)] for i in (mutant, resident))
    for k in range(1, size):
        others = size - k
        yield (a * (k - itself) + b * others) / (size - itself), (c * k + d * (others - itself)) / (size - itself)


def _pair_moves(process: MoranProcess, mutant: int, resident: int) -> tuple[list[Any], list[Any]]:
    """The probabilities that k mutants become k + 1, and k − 1, for k = 0, …, N − 1 (the first ones are not used)."""
    size, numbers = process.population_size, _numbers(process)
    up, down = [numbers.one], [numbers.one]
    for k, earned in enumerate(_pair_payoffs(process, mutant, resident), start=1):
        if process.arithmetic == "exact":
            f, g = fitness_values(process, earned, (k, size - k))
            total = size * (k * f + (size - k) * g)
            up.append(_rational((size - k) * k * f / total))
            down.append(_rational(k * (size - k) * g / total))
        else:
            if process.fitness == "linear":
                f, g = (math.log(x) if x else -math.inf for x in fitness_values(process, earned, (k, size - k)))
            else:
                f, g = (float(process.selection) * float(x - max(earned)) for x in earned)
            both = math.log(k * (size - k) / size) - _log_sum(math.log(k) + f, math.log(size - k) + g)
            up.append(both + f)
            down.append(both + g)
    return up, down


@final
@dataclass(frozen=True, slots=True)
class _Numbers:
    """In which numbers the elimination computes: it needs no subtraction."""

    zero: Any
    one: Any
    add: Callable[[Any, Any], Any]
    multiply: Callable[[Any, Any], Any]
    divide: Callable[[Any, Any], Any]
    plain: Callable[[Any], Number]


def _numbers(process: MoranProcess) -> _Numbers:
    if process.arithmetic == "float":  # by their logarithms: probabilities far below the least float matter
        return _Numbers(-math.inf, 0.0, _log_sum, operator.add, operator.sub, _exponential)
    from flint import fmpq  # its fractions are much faster than Python's where they are long

    plain = lambda x: Fraction(int(x.p), int(x.q))  # noqa: E731  # one line in a table of five
    return _Numbers(fmpq(0), fmpq(1), operator.add, operator.mul, operator.truediv, plain)


def _rational(value: Number) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)  # type: ignore[union-attr]


def _log_sum(x: float, y: float) -> float:
    """log(e^x + e^y)."""
    low, high = (x, y) if x < y else (y, x)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _exponential(x: float) -> float:
    return math.exp(x) if x < _LARGEST else math.inf


def _plain(value: Number | None) -> Any:
    """As JSON data, which has no infinity."""
    return None if value is None or value == math.inf else plain_number(value)
