r"""The mean field of a contagion on a network over time, and when it has reached a share.

x_i is the probability that node i is infected, taken as independent of the others (N-intertwined). In continuous time

    SIS: dx_i/dt = (1 − x_i) (B x)_i − γ_i x_i,        SIR: ds_i/dt = −s_i (B x)_i,  dx_i/dt = s_i (B x)_i − γ_i x_i,

and in discrete time, with ζ_i = Π_j (1 − β_i w_ji x_j) the probability to escape,

    SIS: x_i ← 1 − ζ_i (1 − (1 − γ_i) x_i),            SIR: x_i ← (1 − γ_i) x_i + s_i (1 − ζ_i),  s_i ← s_i ζ_i.

Under SIS the mean field bounds the infection probabilities of the Markov chain from above (nodes are positively correlated).
Paths are computed by the pair of J. Dormand and P. Prince (1980), orders 5 and 4, with a tolerance on the local error of each
node; they are numerical. Where they settle is enclosed by :mod:`gametheory.networks.endemic`.

References: P. Van Mieghem, J. Omic and R. Kooij (2009), *Virus spread in networks*, IEEE/ACM Transactions on Networking 17; D.
Chakrabarti et al. (2008), *Epidemic thresholds in real networks*, ACM TISSEC 10; E. Cator and P. Van Mieghem (2014), *Nodal
infection in Markovian SIS and SIR epidemics on networks are non-negatively correlated*, Physical Review E 89, 052802.
Complexity: O(arcs) for each evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.contagion import Epidemic

__all__ = ["MeanFieldPath", "mean_field_path", "mean_field_time"]

Floats = NDArray[np.float64]
Count = Literal["infected", "ever infected"]


@final
@compared_by("epidemic", "times", "infected", "ever_infected")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MeanFieldPath:
    """The mean field over time.

    Attributes
    ----------
    epidemic : Epidemic
    times : float array, shape (num_times,)
    infected : float array, shape (num_times, n)
        Probability that each node is infected.
    ever_infected : float array, shape (num_times, n)
        Under SIR, probability that it is or has been; under SIS the same as ``infected``.
    tolerance : float
        Bound on the local error of each step; 0 in discrete time.
    """

    epidemic: Epidemic
    times: Floats
    infected: Floats
    ever_infected: Floats
    tolerance: float

    def __post_init__(self) -> None:
        for name in ("times", "infected", "ever_infected"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def prevalence(self) -> Floats:
        """Mean infected share at each time."""
        return np.asarray(self.infected.mean(axis=1))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "status": "numerical",
            "tolerance": self.tolerance,
            "times": self.times.tolist(),
            "prevalence": self.prevalence.tolist(),
            "ever_infected": self.ever_infected.mean(axis=1).tolist(),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each time."""
        rows = zip(self.times, self.prevalence, self.ever_infected.mean(axis=1), strict=True)
        return data_frame(rows, ["time", "infected", "ever infected"])

    def __repr__(self) -> str:
        return (
            f"MeanFieldPath(numerical, {len(self.times):,} times to {self.times[-1]:g}: infected share "
            f"{self.prevalence[-1]:.6g} at the end)"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def mean_field_path(
    epidemic: Epidemic,
    times: Sequence[float],
    *,
    initial: Iterable[int | str] | Floats,
    tolerance: float = 1e-9,
) -> MeanFieldPath:
    """The mean field at given times.

    Parameters
    ----------
    times : increasing numbers ≥ 0
        Whole numbers in discrete time.
    initial : nodes, or float array of shape (n,) with probabilities
        Who is infected at time 0, surely or with which probability. (An array of floats is one of probabilities, anything
        else lists nodes.)
    tolerance : float > 0
        Bound on the error that each step adds to a node's probability.

    Examples
    --------
    >>> import networkx
    >>> path = mean_field_path(Epidemic(networkx.complete_graph(5), "1/2", 1), [0, 5, 50], initial=[0])
    >>> path.prevalence.round(4).tolist()
    [0.2, 0.4959, 0.5]
    """
    moments = np.array([float(t) for t in times])
    if moments.ndim != 1 or not len(moments) or not np.isfinite(moments).all() or moments[0] < 0:
        raise SpecificationError("times: write at least one finite number ≥ 0")
    if (np.diff(moments) <= 0).any() or (epidemic.time == "discrete" and (moments != np.rint(moments)).any()):
        raise SpecificationError("times: write increasing numbers, whole ones in discrete time")
    n = epidemic.num_nodes
    refuse_if_too_large(2 * len(moments) * n, 8, "the path of the mean field")
    state = _initial_state(epidemic, initial)
    field = _Field(epidemic, tolerance)
    infected, ever = np.empty((len(moments), n)), np.empty((len(moments), n))
    now = 0.0
    for k, moment in enumerate(moments.tolist()):
        state = field.advance(state, now, moment)
        now = moment
        infected[k], ever[k] = state[:n], field.ever(state)
    return MeanFieldPath(
        epidemic=epidemic, times=moments, infected=infected, ever_infected=ever, tolerance=field.tolerance
    )


def mean_field_time(
    epidemic: Epidemic,
    share: float,
    *,
    initial: Iterable[int | str] | Floats,
    count: Count = "infected",
    max_time: float = 1e6,
    tolerance: float = 1e-9,
) -> float:
    """The first time at which the mean field has reached a share of the nodes.

    Parameters
    ----------
    share : number in (0, 1]
    initial : as in :func:`mean_field_path`
    count : "infected" or "ever infected"
        Under SIR the second also counts the recovered.
    max_time : float
        Where the search ends.

    Raises
    ------
    InfeasibleError
        If the share is not reached; the message says where the path settles.

    Examples
    --------
    On a large complete graph the network is well mixed (half of 200 agents after about 2 ln 199 = 10.59 rounds).

    >>> import networkx
    >>> whole = Epidemic(networkx.complete_graph(200), 0.5 / 199, 0)
    >>> round(mean_field_time(whole, 0.5, initial=[0]), 2)
    10.58
    """
    if not 0 < share <= 1 or isinstance(share, bool):
        raise SpecificationError(f"share: found {share!r}; write a number in (0, 1]")
    if count not in ("infected", "ever infected"):
        raise SpecificationError(f"count: found {count!r}; write 'infected' or 'ever infected'")
    state = _initial_state(epidemic, initial)
    field = _Field(epidemic, tolerance)
    n = epidemic.num_nodes

    def reached(y: Floats) -> float:
        return float((y[:n] if count == "infected" else field.ever(y)).mean()) - float(share)

    now = 0.0
    while reached(state) < 0:
        following, step = field.step(state, max_time - now)
        if now >= max_time or field.settled(state, following):
            raise InfeasibleError(
                f"the share {share:g} is not reached: the mean field is at {reached(state) + share:.6g} at time {now:g}"
                f"{' and comes no nearer; ask for less' if now < max_time else '; ask for less, or raise max_time='}"
            )
        if epidemic.time == "continuous" and reached(following) >= 0:
            return now + field.crossing(state, step, reached)
        now, state = now + step, following
    return now


# -- dynamics ----------------------------------------------------------------------------------------------------------

# Coefficients of Dormand and Prince (1980); the last row is the fifth-order step, _ERROR its difference from the fourth.
_STAGES: tuple[tuple[float, ...], ...] = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


class _Field:
    """The right-hand side and its steps; a state is x, under SIR followed by s. Remembers the last length of step."""

    __slots__ = ("continuous", "immune", "length", "matrix", "n", "rate", "recovery", "tolerance")

    def __init__(self, epidemic: Epidemic, tolerance: float) -> None:
        from scipy.sparse import csr_array

        if isinstance(tolerance, bool) or not 1e-14 <= tolerance < 1:
            raise SpecificationError(f"tolerance: found {tolerance!r}; write a number from 1e-14 to 1")
        network = epidemic.network
        self.n, self.recovery = epidemic.num_nodes, epidemic.float_recovery()
        self.continuous, self.immune = epidemic.time == "continuous", epidemic.model == "SIR"
        self.tolerance = tolerance if self.continuous else 0.0
        rates = epidemic.arc_rates()
        entries = (rates, (network.targets, network.sources))
        self.matrix = csr_array(entries, shape=(self.n, self.n))
        largest = float(np.asarray(self.matrix.sum(axis=1)).max()) + float(self.recovery.max())
        self.rate = largest
        self.length = 0.1 / largest if largest else 1.0

    def ever(self, state: Floats) -> Floats:
        return 1.0 - state[self.n :] if self.immune else state[: self.n]

    def slope(self, state: Floats) -> Floats:
        x = state[: self.n]
        force = self.matrix @ x
        if not self.immune:
            return np.asarray((1 - x) * force - self.recovery * x)
        caught = state[self.n :] * force
        return np.concatenate([caught - self.recovery * x, -caught])

    def round(self, state: Floats) -> Floats:
        """One round in discrete time."""
        x = state[: self.n]
        sure = self.matrix.copy()
        terms = sure.data * x[sure.indices]
        with np.errstate(divide="ignore"):
            sure.data = np.log1p(-terms)
            escaped = np.exp(np.asarray(sure.sum(axis=1)).reshape(-1))
        if not self.immune:
            return np.asarray(1 - escaped * (1 - (1 - self.recovery) * x))
        s = state[self.n :]
        return np.concatenate([(1 - self.recovery) * x + s * (1 - escaped), s * escaped])

    def trial(self, state: Floats, step: float) -> tuple[Floats, float]:
        """A step of the fifth-order method, and the size of its error beside the tolerance."""
        slopes = [self.slope(state)]
        following = state
        for row in _STAGES[1:]:
            following = state + step * sum(a * k for a, k in zip(row, slopes, strict=True) if a)
            slopes.append(self.slope(following))
        error = step * sum(e * k for e, k in zip(_ERROR, slopes, strict=True) if e)
        return following, float(np.abs(error).max()) / self.tolerance

    def step(self, state: Floats, longest: float) -> tuple[Floats, float]:
        """The next state and the time that passes, at most ``longest``."""
        if not self.continuous:
            return self.round(state), 1.0
        while True:
            length = min(self.length, longest)
            following, error = self.trial(state, length)
            factor = min(5.0, max(0.2, 0.9 * (error + 1e-12) ** -0.2))
            if error <= 1:
                if length == self.length or factor < 1:
                    self.length = length * factor
                return following, length
            self.length = length * factor

    def advance(self, state: Floats, start: float, end: float) -> Floats:
        now = start
        while end - now > 1e-12 * max(end, 1.0):
            state, step = self.step(state, end - now)
            now += step
        return state

    def settled(self, state: Floats, following: Floats) -> bool:
        """Whether a path that has not reached a share no longer moves towards one, to the tolerance."""
        if not self.continuous:
            return bool(np.abs(following - state).max() <= 1e-15)
        slope, x = self.slope(state), state[: self.n]
        if (slope[: self.n] <= 0).all() and (not self.immune or x.max() <= self.tolerance):
            return True  # it falls for ever: the system is monotone
        # A slope of the size of rounding is rest only where the state is no small beginning.
        return bool(np.abs(slope).max() <= 10 * self.tolerance * self.rate and x.max() > 1e4 * self.tolerance)

    def crossing(self, state: Floats, step: float, reached: Callable[[Floats], float]) -> float:
        """The part of a step after which the share is reached, by bisection on its length."""
        low, high = 0.0, step
        while high - low > 1e-14 * step:
            middle = (low + high) / 2
            if middle in (low, high):
                break
            low, high = (low, middle) if reached(self.trial(state, middle)[0]) >= 0 else (middle, high)
        return high


def _initial_state(epidemic: Epidemic, initial: Any) -> Floats:
    n = epidemic.num_nodes
    if isinstance(initial, np.ndarray) and initial.dtype.kind == "f":
        if initial.shape != (n,) or not ((initial >= 0) & (initial <= 1)).all():
            raise SpecificationError(f"initial: write {n} probabilities between 0 and 1, or a list of nodes")
        x = initial.astype(np.float64)
    else:
        x = np.zeros(n)
        x[list(epidemic.network.node_indices(initial, where="initial"))] = 1.0
    return np.concatenate([x, 1 - x]) if epidemic.model == "SIR" else x


def _rebuilt(*fields: Any) -> MeanFieldPath:
    return MeanFieldPath(**dict(zip(MeanFieldPath.__slots__, fields, strict=True)))
