"""The Moran process simulated: large populations, and populations on graphs.

In a well-mixed population the law is that of :mod:`gametheory.equilibria.moran`. On a graph individuals stand at nodes, earn
from their neighbours (the mean, or the sum), and

* ``"birth-death"``: one is drawn in proportion to fitness, its offspring replaces a neighbour drawn uniformly;
* ``"death-birth"``: one is drawn uniformly and dies, its neighbours compete for the place in proportion to fitness.

(In a well-mixed population an offspring may replace its parent, on a complete graph it may not: without mutation that changes
the number of steps, and not who is fixed.) Intervals for probabilities are those of C. J. Clopper and E. S. Pearson (1934),
which hold with at least the confidence stated; those for means are normal approximations.

References: E. Lieberman, C. Hauert and M. A. Nowak (2005), *Evolutionary dynamics on graphs*, Nature 433; H. Ohtsuki, C.
Hauert, E. Lieberman and M. A. Nowak (2006), *A simple rule for the evolution of cooperation on graphs and social networks*,
Nature 441; C. J. Clopper and E. S. Pearson (1934), *The use of confidence or fiducial limits*, Biometrika 26.
Complexity: O(m²) for each change in a well-mixed population (steps without change cost nothing), O(N) for each step on a graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.confidence_intervals import check_confidence, proportion_interval
from gametheory.equilibria.dynamics import read_generator
from gametheory.equilibria.moran import MoranProcess
from gametheory.equilibria.moran_chain import read_counts
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["MoranSimulation", "simulate_moran"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Update = Literal["birth-death", "death-birth"]

_PIECE = 64  # runs between which one can interrupt


@final
@compared_by("process", "initial", "ends", "steps", "shares", "setting")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MoranSimulation:
    """What came of many runs of a Moran process.

    Attributes
    ----------
    process : MoranProcess
    initial : tuple of int
        How many individuals played each strategy at first.
    ends : int array, shape (num_runs,)
        The strategy left at the end of each run, −1 where several were.
    steps : int array, shape (num_runs,)
        How many steps each run took.
    shares : float array, shape (num_runs, m)
        Mean share of each strategy over the steps of each run, those up to ``burn_in`` left out.
    setting : str
        Well-mixed, or the graph and the rule, in words.
    """

    process: MoranProcess
    initial: tuple[int, ...]
    ends: Integers
    steps: Integers
    shares: Floats
    setting: str

    def __post_init__(self) -> None:
        for name in ("ends", "steps", "shares"):
            array = np.array(getattr(self, name), copy=True)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def num_runs(self) -> int:
        return len(self.ends)

    @property
    def fixed(self) -> tuple[int, ...]:
        """In how many runs each strategy was the one left."""
        return tuple(int((self.ends == a).sum()) for a in range(self.process.num_strategies))

    @property
    def unfinished(self) -> int:
        """How many runs ended with several strategies."""
        return int((self.ends < 0).sum())

    def fixation_intervals(self, confidence: float = 0.95) -> tuple[tuple[float, float], ...]:
        """For each strategy an interval for its probability of fixation (Clopper and Pearson 1934).

        Each holds its probability with at least this confidence; they are not simultaneous.

        Raises
        ------
        UnsupportedError
            If some runs were cut short: who would have been fixed in them is not known.
        """
        check_confidence(confidence)
        if self.unfinished:
            raise UnsupportedError(
                f"{self.unfinished:,} of {self.num_runs:,} runs ended before one strategy was left; raise max_steps= (with "
                "mutation look at abundance_intervals instead)"
            )
        return tuple(proportion_interval(count, self.num_runs, confidence) for count in self.fixed)

    def abundance_intervals(self, confidence: float = 0.95) -> tuple[tuple[float, float], ...]:
        """For each strategy an interval for the expected mean share, by the normal approximation over runs."""
        check_confidence(confidence)
        return tuple(_normal_interval(column, confidence) for column in self.shares.T)

    def steps_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """An interval for the expected number of steps, by the normal approximation over runs."""
        check_confidence(confidence)
        return _normal_interval(self.steps.astype(np.float64), confidence)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: numbers of runs, means and intervals of confidence 95 %."""
        return {
            "status": "numerical",
            "process": self.process.to_dict(),
            "setting": self.setting,
            "initial": list(self.initial),
            "num_runs": self.num_runs,
            "fixed": list(self.fixed),
            "unfinished": self.unfinished,
            "fixation_intervals": None if self.unfinished else [list(pair) for pair in self.fixation_intervals()],
            "abundances": self.shares.mean(axis=0).tolist(),
            "abundance_intervals": [list(pair) for pair in self.abundance_intervals()],
            "steps": float(self.steps.mean()),
            "steps_interval": list(self.steps_interval()),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each strategy."""
        rows = zip(self.process.game.actions[0], self.initial, self.fixed, self.shares.mean(axis=0), strict=True)
        return data_frame(rows, ["strategy", "initial", "fixed", "mean share"])

    def __repr__(self) -> str:
        labels = self.process.game.actions[0]
        if self.process.mutates:
            parts = zip(labels, self.shares.mean(axis=0), strict=True)
            shown = "mean shares " + ", ".join(f"{label} {x:.4g}" for label, x in parts)
        else:
            shown = "fixed are " + ", ".join(
                f"{label} in {k:,}" for label, k in zip(labels, self.fixed, strict=True) if k
            )
            shown += f", none in {self.unfinished:,}" if self.unfinished else ""
        return f"MoranSimulation(numerical, {self.num_runs:,} runs, {self.setting}: {shown})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def simulate_moran(
    process: MoranProcess,
    initial: Sequence[int],
    *,
    num_runs: int,
    rng: np.random.Generator | int,
    max_steps: int = 10_000_000,
    burn_in: int = 0,
    graph: Any = None,
    update: Update = "birth-death",
    payoffs: Literal["mean", "sum"] = "mean",
) -> MoranSimulation:
    """Run a Moran process many times, until one strategy is left or for ``max_steps`` steps.

    Parameters
    ----------
    initial : m integers ≥ 0 that sum to N
        How many individuals play each strategy at first; on a graph their places are drawn anew for each run.
    num_runs : int, ≥ 2
    rng : numpy.random.Generator or int
    max_steps : int, ≥ 1
        The end of each run; with mutation all runs last so long.
    burn_in : int, 0 ≤ burn_in < max_steps
        Steps that do not count in ``shares``.
    graph : networkx.Graph, optional
        Undirected, connected, no loops and no weights, N nodes: who meets, and replaces, whom. By default everybody.
    update : "birth-death" or "death-birth"
        Who is drawn first; the latter on graphs only.
    payoffs : "mean" or "sum"
        What an individual on a graph makes of what it earns from each neighbour.

    Returns
    -------
    MoranSimulation

    Raises
    ------
    SpecificationError
        Malformed options; on a graph with sums, payoffs that make a fitness negative.

    Examples
    --------
    On a cycle a mutant of fitness 2 does as in a well-mixed population (the isothermal theorem of Lieberman, Hauert and
    Nowak 2005): 512/1023 for N = 10.

    >>> import networkx
    >>> from gametheory.games import NormalFormGame
    >>> process = MoranProcess(NormalFormGame.symmetric([[2, 2], [1, 1]], actions=["fit", "plain"]), 10)
    >>> found = simulate_moran(process, [1, 9], num_runs=2_000, rng=0, graph=networkx.cycle_graph(10))
    >>> low, high = found.fixation_intervals()[0]
    >>> low < 512 / 1023 < high
    True
    """
    counts = np.array(read_counts(process, initial), dtype=np.int64)
    for name, value, least in (("num_runs", num_runs, 2), ("max_steps", max_steps, 1), ("burn_in", burn_in, 0)):
        check_count(name, value, least=least)
    if burn_in >= max_steps:
        raise SpecificationError(
            f"burn_in: found {burn_in}, while runs end after {max_steps} steps; write a smaller number"
        )
    if update not in ("birth-death", "death-birth"):
        raise SpecificationError(f"update: found {update!r}; write 'birth-death' or 'death-birth'")
    if payoffs not in ("mean", "sum"):
        raise SpecificationError(f"payoffs: found {payoffs!r}; write 'mean' or 'sum'")
    if graph is None and (update, payoffs) != ("birth-death", "mean"):
        raise SpecificationError("update and payoffs say what happens on a graph; pass graph=, or leave them out")
    generator = read_generator(rng)
    A = np.array(process.game.float_payoffs()[0], order="C")
    m = process.num_strategies
    refuse_if_too_large((2 + m) * int(num_runs), 8, "what came of the runs")
    lengths, ends, shares = (
        np.zeros(num_runs, dtype=np.int64),
        np.zeros(num_runs, dtype=np.int64),
        np.zeros((num_runs, m)),
    )
    births = np.array(process.mutation_rows(), dtype=np.float64)
    model = (A, float(process.selection), process.fitness == "exponential", process.self_interaction, births)
    limits = (process.mutates, counts, int(max_steps), int(burn_in))
    setting = "well-mixed"
    place: tuple[Any, ...] = ()
    if graph is not None:
        start, neighbours = _adjacency(graph, process.population_size)
        if payoffs == "sum":
            _refuse_negative(process, np.diff(start))
        place = (start, neighbours, payoffs == "sum", update == "death-birth")
        edges = len(neighbours) // 2
        setting = f"{update} on a graph of {edges:,} edges, {payoffs} of payoffs"

    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.equilibria.moran_kernels import run_on_graph, run_well_mixed

    kernel: Any = run_well_mixed if graph is None else run_on_graph
    with announced_if_slow(kernel):
        for first in range(0, num_runs, _PIECE):
            runs = min(_PIECE, num_runs - first)
            if not kernel(*model, *limits, first, runs, lengths, ends, shares, *place, generator):
                raise SpecificationError(
                    "fitness: a population was reached in which nobody has any, so that nobody reproduces; lower selection=, "
                    "or add a constant to the payoffs"
                )
    counted = np.maximum(lengths - burn_in, 1)[:, None]
    shares /= counted * process.population_size
    unseen = lengths <= burn_in  # the run ended before: what was left, stays
    for run in np.flatnonzero(unseen):
        shares[run] = np.eye(m)[ends[run]] if ends[run] >= 0 else counts / process.population_size
    return MoranSimulation(
        process=process,
        initial=tuple(counts.tolist()),
        ends=ends,
        steps=lengths,
        shares=shares,
        setting=setting,
    )


def _adjacency(graph: Any, size: int) -> tuple[Integers, Integers]:
    """Neighbours of each node, one list after the other, and where each list starts."""
    import networkx

    if not isinstance(graph, networkx.Graph) or graph.is_directed() or graph.is_multigraph():
        raise SpecificationError(f"graph: found {type(graph).__name__}; pass an undirected networkx.Graph")
    if graph.number_of_nodes() != size:
        raise SpecificationError(
            f"graph: found {graph.number_of_nodes()} nodes for {size} individuals; pass one for each"
        )
    if networkx.number_of_selfloops(graph) or not networkx.is_connected(graph):
        raise SpecificationError("graph: found loops or several components; pass a connected graph without loops")
    if any(weight != 1 for *_, weight in graph.edges(data="weight", default=1)):
        raise SpecificationError("graph: found edges with weights, which are not read; pass a graph without them")
    number = {node: k for k, node in enumerate(graph)}
    lists = [[number[other] for other in graph.adj[node]] for node in graph]
    start = np.cumsum([0, *map(len, lists)])
    return start.astype(np.int64), np.array([k for own in lists for k in own], dtype=np.int64)


def _refuse_negative(process: MoranProcess, degrees: Integers) -> None:
    if process.fitness != "linear":
        return
    least, w = float(process.game.float_payoffs()[0].min()), float(process.selection)
    most = int(degrees.max()) + process.self_interaction
    if 1 - w + w * least * most < 0:
        raise SpecificationError(
            f"payoffs: {most} times {least:g} makes fitness 1 − w + w π negative; lower selection=, write payoffs='mean', or "
            "fitness='exponential'"
        )


def _normal_interval(sample: Floats, confidence: float) -> tuple[float, float]:
    from scipy.special import ndtri

    half = float(ndtri((1 + confidence) / 2)) * float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return float(sample.mean()) - half, float(sample.mean()) + half


def _rebuilt(*fields: Any) -> MoranSimulation:
    return MoranSimulation(**dict(zip(MoranSimulation.__slots__, fields, strict=True)))
