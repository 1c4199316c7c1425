r"""A contagion on a network of any size, simulated many times.

The process is the Markov chain of :mod:`gametheory.networks.contagion`: Gillespie's in continuous time, rounds in discrete
time. Each run has its own stream of random numbers, so that results do not depend on the number of workers.

Intervals say how they are made. For probabilities: C. J. Clopper and E. S. Pearson (1934), which hold with at least the
confidence stated for any number of runs. For mean shares in [0, 1], with sample variance V over m runs: the empirical
Bernstein bound of A. Maurer and M. Pontil (2009), theorem 4,

    |mean − expectation| ≤ √(2 V ln(4/δ) / m) + 7 ln(4/δ) / (3 (m − 1))       with probability ≥ 1 − δ,

which also holds for any m, or Student's, which is narrower and asymptotic. For times: Student's.

References: D. T. Gillespie (1977), *Exact stochastic simulation of coupled chemical reactions*, Journal of Physical Chemistry
81; I. Z. Kiss, J. C. Miller and P. L. Simon (2017), *Mathematics of Epidemics on Networks*, appendix A.
Complexity: O(log n) for each event in continuous time, O(arcs of the infected) for each round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.confidence_intervals import check_confidence, proportion_interval
from gametheory.equilibria.dynamics import read_generator
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.contagion import Epidemic

__all__ = ["EpidemicSimulation", "simulate_epidemic"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Interval = tuple[float, float]
Count = Literal["infected", "ever infected"]

_PIECE = 32  # runs that a worker takes at a time
_FIELDS = 5  # numbers that the kernels record for each run


@final
@compared_by("epidemic", "extinction_times", "ever_infected", "goal_times", "peaks", "peak_times", "times", "levels")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class EpidemicSimulation:
    """What came of many runs; arrays have an entry for each run.

    Attributes
    ----------
    epidemic : Epidemic
    extinction_times : float array, shape (num_runs,)
        When nobody was infected any more; infinite for a run that was cut at ``max_time``.
    ever_infected : int array, shape (num_runs,)
        How many nodes were infected at some time.
    goal : int
        The number of nodes that was waited for.
    goal_times : float array, shape (num_runs,)
        When it was reached first; infinite if never.
    peaks, peak_times : arrays, shape (num_runs,)
        The largest number infected at once, and when it was reached first.
    times : float array, shape (num_times,)
    levels : int array, shape (num_runs, num_times)
        Numbers of infected nodes at ``times``.
    max_time : float
    """

    epidemic: Epidemic
    extinction_times: Floats
    ever_infected: Integers
    goal: int
    goal_times: Floats
    peaks: Integers
    peak_times: Floats
    times: Floats
    levels: Integers
    max_time: float

    def __post_init__(self) -> None:
        for name in ("extinction_times", "ever_infected", "goal_times", "peaks", "peak_times", "times", "levels"):
            array = np.array(getattr(self, name), copy=True)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def num_runs(self) -> int:
        return len(self.ever_infected)

    @property
    def unfinished(self) -> int:
        """Runs that were cut at ``max_time`` with somebody infected."""
        return int(np.isinf(self.extinction_times).sum())

    @property
    def attack_rate(self) -> float:
        """Mean share of the nodes that were ever infected."""
        return float(self.ever_infected.mean()) / self.epidemic.num_nodes

    @property
    def extinction_share(self) -> float:
        """Share of the runs in which it died out by ``max_time``."""
        return 1 - self.unfinished / self.num_runs

    @property
    def goal_share(self) -> float:
        """Share of the runs that reached the goal by ``max_time``."""
        return float(np.isfinite(self.goal_times).mean())

    def attack_rate_interval(
        self, confidence: float = 0.95, *, method: Literal["bernstein", "student"] = "bernstein"
    ) -> Interval:
        """An interval for the expected share of nodes ever infected by ``max_time``."""
        return _mean_interval(self.ever_infected / self.epidemic.num_nodes, confidence, method)

    def level_intervals(
        self, confidence: float = 0.95, *, method: Literal["bernstein", "student"] = "bernstein"
    ) -> tuple[Interval, ...]:
        """For each of ``times`` an interval for the expected infected share; they are not simultaneous."""
        return tuple(_mean_interval(column / self.epidemic.num_nodes, confidence, method) for column in self.levels.T)

    def extinction_interval(self, confidence: float = 0.95) -> Interval:
        """An interval for the probability to die out by ``max_time`` (Clopper and Pearson 1934)."""
        return proportion_interval(self.num_runs - self.unfinished, self.num_runs, confidence)

    def goal_interval(self, confidence: float = 0.95) -> Interval:
        """An interval for the probability to reach the goal by ``max_time`` (Clopper and Pearson 1934)."""
        return proportion_interval(int(np.isfinite(self.goal_times).sum()), self.num_runs, confidence)

    def goal_time_interval(self, confidence: float = 0.95) -> Interval:
        """An interval for the expected time to the goal given that it is reached by ``max_time`` (Student)."""
        reached = self.goal_times[np.isfinite(self.goal_times)]
        if len(reached) < 2:
            raise UnsupportedError(
                f"goal: reached in {len(reached)} of {self.num_runs:,} runs, too few for an interval; raise num_runs= or "
                "max_time="
            )
        return _student_interval(reached, confidence)

    def extinction_time_interval(self, confidence: float = 0.95) -> Interval:
        """An interval for the expected time to extinction (Student).

        Raises
        ------
        UnsupportedError
            If some runs were cut short: when they would have ended is not known.
        """
        if self.unfinished:
            raise UnsupportedError(
                f"{self.unfinished:,} of {self.num_runs:,} runs were cut at max_time; raise it, or look at extinction_interval"
            )
        return _student_interval(self.extinction_times, confidence)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: shares and intervals of confidence 95 %."""
        return {
            "status": "numerical",
            "model": self.epidemic.model,
            "time": self.epidemic.time,
            "num_nodes": self.epidemic.num_nodes,
            "num_runs": self.num_runs,
            "max_time": self.max_time if math.isfinite(self.max_time) else None,
            "attack_rate": self.attack_rate,
            "attack_rate_interval": list(self.attack_rate_interval()),
            "extinction_share": self.extinction_share,
            "extinction_interval": list(self.extinction_interval()),
            "goal": self.goal,
            "goal_share": self.goal_share,
            "goal_interval": list(self.goal_interval()),
            "times": self.times.tolist(),
            "levels": self.levels.mean(axis=0).tolist(),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each run."""
        columns = ["ever infected", "extinction time", "goal time", "peak", "peak time"]
        arrays = (self.ever_infected, self.extinction_times, self.goal_times, self.peaks, self.peak_times)
        return data_frame(zip(*arrays, strict=True), columns)

    def __repr__(self) -> str:
        low, high = self.attack_rate_interval(method="student")
        return (
            f"EpidemicSimulation(numerical, {self.num_runs:,} runs: attack rate {self.attack_rate:.4g} in [{low:.4g}, "
            f"{high:.4g}] (95 %, Student), died out in {self.num_runs - self.unfinished:,}, reached {self.goal:,} nodes in "
            f"{int(np.isfinite(self.goal_times).sum()):,})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def simulate_epidemic(
    epidemic: Epidemic,
    *,
    num_runs: int,
    rng: np.random.Generator | int,
    initial: Iterable[int | str] | None = None,
    num_initial: int | None = None,
    max_time: float | None = None,
    share: float = 0.5,
    count: Count = "infected",
    times: Sequence[float] = (),
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> EpidemicSimulation:
    """Run a contagion many times.

    Parameters
    ----------
    num_runs : int, ≥ 2
    rng : numpy.random.Generator or int
        Each run draws from a stream of its own, spawned from it.
    initial : nodes, optional
        Who is infected at time 0; either this or ``num_initial``.
    num_initial : int, optional
        So many nodes, drawn uniformly anew for each run.
    max_time : float > 0, optional
        When runs are cut. Needed under SIS, and where a node never recovers; else runs last until nobody is infected.
    share : number in (0, 1]
        The time is recorded at which this share of the nodes is reached.
    count : "infected" or "ever infected"
        Whether they must be infected at once.
    times : increasing numbers, 0 to max_time
        When the number of infected is recorded.
    workers : int, ≥ 1
        Threads; the result is the same for any number.
    progress : callable (runs done, runs in all), optional

    Raises
    ------
    SpecificationError
        Malformed options, or more numbers than memory holds.

    Examples
    --------
    >>> import networkx
    >>> epidemic = Epidemic(networkx.path_graph(2), 1, 1, model="SIR")
    >>> found = simulate_epidemic(epidemic, num_runs=2_000, rng=0, initial=[0], share=1, count="ever infected")
    >>> low, high = found.goal_interval()
    >>> low < 1 / 2 < high
    True
    """
    n = epidemic.num_nodes
    for name, value in (("num_runs", num_runs), ("workers", workers)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1 + (name == "num_runs"):
            raise SpecificationError(f"{name}: found {value!r}; write an integer ≥ {1 + (name == 'num_runs')}")
    horizon = _horizon(epidemic, max_time)
    moments = _moments(times, horizon)
    if count not in ("infected", "ever infected"):
        raise SpecificationError(f"count: found {count!r}; write 'infected' or 'ever infected'")
    if isinstance(share, bool) or not 0 < share <= 1:
        raise SpecificationError(f"share: found {share!r}; write a number in (0, 1]")
    goal = max(1, math.ceil(share * n - 1e-9))
    nodes = _initial_nodes(epidemic, initial, num_initial)
    refuse_if_too_large(int(num_runs) * (_FIELDS + len(moments)) + 6 * n * int(workers), 8, "what came of the runs")
    streams = read_generator(rng).spawn(int(num_runs))
    records, levels = np.zeros((num_runs, _FIELDS)), np.zeros((num_runs, len(moments)), dtype=np.int64)

    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.networks.epidemic_kernels import run_continuous, run_rounds

    network, rates, recovery = epidemic.network, epidemic.arc_rates(), np.ascontiguousarray(epidemic.float_recovery())
    ends = (horizon, goal, count == "ever infected", moments)
    immune = epidemic.model == "SIR"
    arcs = (np.array(network.starts), np.array(network.targets))
    kernel: Any = run_continuous if epidemic.time == "continuous" else run_rounds
    passing = _summed(epidemic, rates) if epidemic.time == "continuous" else (rates,)

    def piece(first: int) -> int:
        last = min(first + _PIECE, int(num_runs))
        for run in range(first, last):
            generator = streams[run]
            start = nodes if num_initial is None else generator.choice(n, num_initial, replace=False)
            kernel(*arcs, *passing, recovery, immune, start, *ends, levels[run], records[run], generator)
        return last - first

    done, starts = 0, range(0, int(num_runs), _PIECE)
    with announced_if_slow(kernel):
        if workers == 1:
            for first in starts:
                done += piece(first)
                if progress is not None:
                    progress(done, int(num_runs))
        else:
            with ThreadPoolExecutor(int(workers)) as pool:
                for runs in pool.map(piece, starts):
                    done += runs
                    if progress is not None:
                        progress(done, int(num_runs))
    return EpidemicSimulation(
        epidemic=epidemic,
        extinction_times=records[:, 0],
        ever_infected=records[:, 1].astype(np.int64),
        goal=goal,
        goal_times=records[:, 2],
        peaks=records[:, 3].astype(np.int64),
        peak_times=records[:, 4],
        times=moments,
        levels=levels,
        max_time=horizon,
    )


def _summed(epidemic: Epidemic, rates: Floats) -> tuple[Floats, bool]:
    """Rates added up within each node, and whether every node's arcs have one rate (then no search is needed)."""
    starts = epidemic.network.starts
    if not len(rates):
        return rates, True
    sums = np.empty(len(rates))
    filled = np.diff(starts) > 0
    first = starts[:-1][filled]
    lowest, highest = np.minimum.reduceat(rates, first), np.maximum.reduceat(rates, first)
    even = bool((lowest == highest).all())
    if even:
        sums[:] = rates * (np.arange(len(rates)) - np.repeat(first, np.diff(starts)[filled]) + 1)
        return sums, True
    for i in np.flatnonzero(filled):
        sums[starts[i] : starts[i + 1]] = np.cumsum(rates[starts[i] : starts[i + 1]])
    return sums, False


def _horizon(epidemic: Epidemic, max_time: Any) -> float:
    if max_time is None:
        if epidemic.model == "SIS" or (epidemic.float_recovery() == 0).any():
            raise SpecificationError(
                "max_time: SIS, and nodes that never recover, may last for ever; write when to stop"
            )
        return math.inf
    if isinstance(max_time, bool) or not isinstance(max_time, (int, float)) or not 0 < max_time < math.inf:
        raise SpecificationError(f"max_time: found {max_time!r}; write a finite number > 0")
    return float(max_time)


def _moments(times: Sequence[float], horizon: float) -> Floats:
    moments = np.array([float(t) for t in times], dtype=np.float64)
    if len(moments) and (not np.isfinite(moments).all() or moments[0] < 0 or (np.diff(moments) <= 0).any()):
        raise SpecificationError("times: write increasing numbers ≥ 0")
    if len(moments) and moments[-1] > horizon:
        raise SpecificationError(f"times: found {moments[-1]:g} after max_time, which is {horizon:g}; raise max_time=")
    return moments


def _initial_nodes(epidemic: Epidemic, initial: Any, num_initial: Any) -> Integers:
    if (initial is None) == (num_initial is None):
        raise SpecificationError("write either initial= (which nodes are infected at first) or num_initial= (how many)")
    n = epidemic.num_nodes
    if num_initial is not None:
        good = isinstance(num_initial, (int, np.integer)) and not isinstance(num_initial, bool)
        if not good or not 0 <= num_initial <= n:
            raise SpecificationError(f"num_initial: found {num_initial!r}; write an integer from 0 to {n}")
        return np.zeros(0, dtype=np.int64)
    return np.array(epidemic.network.node_indices(initial, where="initial"), dtype=np.int64)


# -- intervals ---------------------------------------------------------------------------------------------------------


def _mean_interval(sample: Floats, confidence: float, method: str) -> Interval:
    """For a sample in [0, 1]."""
    if method == "student":
        low, high = _student_interval(sample, confidence)
        return max(0.0, low), min(1.0, high)
    if method != "bernstein":
        raise SpecificationError(f"method: found {method!r}; write 'bernstein' or 'student'")
    check_confidence(confidence)
    m, log = len(sample), math.log(4 / (1 - confidence))
    half = math.sqrt(2 * float(sample.var(ddof=1)) * log / m) + 7 * log / (3 * (m - 1))
    mean = float(sample.mean())
    return max(0.0, mean - half), min(1.0, mean + half)


def _student_interval(sample: Floats, confidence: float) -> Interval:
    check_confidence(confidence)
    from scipy.special import stdtrit

    half = float(stdtrit(len(sample) - 1, (1 + confidence) / 2)) * float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return float(sample.mean()) - half, float(sample.mean()) + half


def _rebuilt(*fields: Any) -> EpidemicSimulation:
    return EpidemicSimulation(**dict(zip(EpidemicSimulation.__slots__, fields, strict=True)))
