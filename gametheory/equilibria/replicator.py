"""The replicator equation, with or without mutation: evolution as the growth of what does better than the average.

Let x_a be the share of action a and f_a(x) its payoff against the population (or, with one population for each player,
against the others). With Q(c, a) the share of the offspring of c that plays a,

    ẋ_a = Σ_c x_c f_c(x) Q(c, a) − x_a Σ_c x_c f_c(x);      without mutation  ẋ_a = x_a (f_a(x) − Σ_c x_c f_c(x)).

Evolutionarily stable strategies attract; in zero-sum games with an interior equilibrium p, ∏ x_a^{p_a} is constant along
paths (over all populations). Results are numerical: an explicit integration with estimated, not proved, errors; stiff
equations (payoffs of very different sizes over long times) take many steps.

References: P. D. Taylor and L. B. Jonker (1978), *Evolutionary stable strategies and game dynamics*, Mathematical
Biosciences 40; K. P. Hadeler (1981), *Stable polymorphisms in a selection model with mutation*, SIAM J. Applied Mathematics
41; J. Hofbauer and K. Sigmund (1998), *Evolutionary Games and Population Dynamics*; J. R. Dormand and P. J. Prince (1980),
*A family of embedded Runge–Kutta formulae*, J. Computational and Applied Mathematics 6.
Complexity: seven evaluations of all payoffs, O(n ∏ m_i), for each step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.presentation import mix_text
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import contract, mixed_profile
from gametheory.games.tables import data_frame

__all__ = ["ReplicatorPath", "replicator_dynamics"]

Floats = NDArray[np.float64]

_MAX_STEPS = 1_000_000


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ReplicatorPath:
    """A solution of the replicator equation, numerical.

    Attributes
    ----------
    game : NormalFormGame
    populations : "one" or "one for each player"
    times : array, shape (k,)
    shares : tuple of arrays, shape (k, m_i)
        For each population the shares of its actions at these times.
    local_error : float
        Sum of the estimated errors of the steps taken: an estimate, no bound.
    """

    game: NormalFormGame
    populations: Literal["one", "one for each player"]
    times: Floats
    shares: tuple[Floats, ...]
    local_error: float

    def __post_init__(self) -> None:
        for array in (self.times, *self.shares):
            array.setflags(write=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_path, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def final(self) -> tuple[Floats, ...]:
        """The shares at the last time."""
        return tuple(share[-1] for share in self.shares)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "method": "replicator dynamics",
            "status": "numerical",
            "populations": self.populations,
            "times": self.times.tolist(),
            "shares": [share.tolist() for share in self.shares],
            "local_error": self.local_error,
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each time, a column for each action of each population."""
        names = ["population"] if self.populations == "one" else list(self.game.players)
        columns = [
            f"{name}: {label}"
            for name, labels in zip(names, self.game.actions, strict=self.populations != "one")
            for label in labels
        ]
        return data_frame(
            [[time, *row] for time, row in zip(self.times.tolist(), np.hstack(self.shares).tolist(), strict=True)],
            ["time", *columns],
        )

    def __repr__(self) -> str:
        actions = self.game.actions[: len(self.shares)]
        shown = " | ".join(mix_text(x.tolist(), labels) for x, labels in zip(self.final, actions, strict=True))
        return f"ReplicatorPath(numerical: {shown} at time {self.times[-1]:g}, local errors {self.local_error:.1g})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def replicator_dynamics(
    game: NormalFormGame,
    *,
    initial: Any,
    duration: float,
    populations: Literal["one", "one for each player"],
    mutation: Any = None,
    num_points: int = 101,
    tol: float = 1e-9,
) -> ReplicatorPath:
    """Follow the replicator equation ẋ_a = Σ_c x_c f_c(x) Q(c, a) − x_a Σ_c x_c f_c(x), f the payoffs against the others.

    Parameters
    ----------
    initial : vector of m shares, or a mixed profile
        Where it starts: one vector for one population, else one for each player. What is absent stays absent without
        mutation.
    duration : float, > 0
        In units of time of the equation (1/payoff).
    populations : "one" or "one for each player"
        One population that plays a symmetric two-player game against itself, or each player drawn from its own population.
    mutation : float, (m, m) array, or None
        Share of each action's offspring that mutates to the other actions in equal parts, or rows Q(c, ·) of probabilities
        for one population. Payoffs are then numbers of offspring: not negative, and adding a constant matters.
    num_points : int, ≥ 2
        How many evenly spaced times to report.
    tol : float, > 0
        Largest estimated error of a step.

    Returns
    -------
    ReplicatorPath

    Raises
    ------
    SpecificationError
        Malformed options; a game that is not symmetric, for one population; negative payoffs with mutation.
    SolverError
        If a million steps do not reach ``duration``.

    Notes
    -----
    Integrated by the pair of J. R. Dormand and P. J. Prince (1980) of orders 5 and 4 with steps chosen by ``tol``.

    Examples
    --------
    Hawk and dove with prize 2 and injury 4: half the population becomes hawks.

    >>> game = NormalFormGame.symmetric([[-1, 2], [0, 1]], actions=["hawk", "dove"])
    >>> path = replicator_dynamics(game, initial=[0.1, 0.9], duration=60, populations="one")
    >>> path.final[0].round(6).tolist()
    [0.5, 0.5]
    """
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the path depends on them; substitute values first")
    _positive("duration", duration)
    _positive("tol", tol)
    if isinstance(num_points, bool) or not isinstance(num_points, (int, np.integer)) or num_points < 2:
        raise SpecificationError(f"num_points: found {num_points!r}; write an integer ≥ 2")
    if populations not in ("one", "one for each player"):
        raise SpecificationError(f"populations: found {populations!r}; write 'one' or 'one for each player'")
    payoffs = game.float_payoffs()
    if populations == "one":
        if game.num_players != 2 or not np.array_equal(game.numerators[0], game.numerators[1].T):
            raise SpecificationError(
                "game: one population plays a symmetric two-player game, u_2(a, b) = u_1(b, a); pass "
                "populations='one for each player'"
            )
        start = [np.asarray(mixed_profile(game, (initial, initial))[0], dtype=np.float64)]
    else:
        start = [np.asarray(vector, dtype=np.float64) for vector in mixed_profile(game, initial)]
    kernels = _mutation_kernels(mutation, [len(x) for x in start], payoffs)
    cuts = np.cumsum([len(x) for x in start])[:-1]

    def slope(joint: Floats) -> Floats:
        parts = np.split(joint, cuts)
        slopes = []
        for i, x in enumerate(parts):
            fitness = payoffs[0] @ x if populations == "one" else contract(payoffs[i], parts, keep=i)
            born = x * fitness
            mean = born.sum()
            slopes.append((born if kernels is None else born @ kernels[i]) - x * mean)
        return np.concatenate(slopes)

    def normalised(joint: Floats) -> Floats:
        return np.concatenate([x / x.sum() for x in np.split(joint, cuts)])

    times = np.linspace(0.0, float(duration), int(num_points))
    path, error = _integrated(slope, normalised, np.concatenate(start), times, tol)
    shares = tuple(np.ascontiguousarray(part) for part in np.split(path, cuts, axis=1))
    return ReplicatorPath(game=game, populations=populations, times=times, shares=shares, local_error=error)


def _positive(name: str, value: Any) -> None:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise SpecificationError(f"{name}: found {value!r}; write a finite number > 0")


def _mutation_kernels(mutation: Any, sizes: list[int], payoffs: Floats) -> list[Floats] | None:
    """For each population the matrix Q(c, a) of who is born from whom."""
    if mutation is None:
        return None
    if float(payoffs.min()) < 0:
        raise SpecificationError(
            f"payoffs: found {payoffs.min():g}; with mutation payoffs are numbers of offspring, which are not negative: add "
            "a constant, which sets how fast mutation is beside selection"
        )
    array = np.asarray(mutation, dtype=np.float64) if not isinstance(mutation, (bool, str)) else np.empty((0, 0, 0))
    if array.ndim == 0:
        rate = float(array)
        if not 0 <= rate <= 1:
            raise SpecificationError(f"mutation: found {mutation!r}; write a share from 0 to 1")
        return [
            np.full((m, m), rate / (m - 1)) + np.eye(m) * (1 - rate - rate / (m - 1)) if m > 1 else np.eye(1)
            for m in sizes
        ]
    rows_sum = array.shape == (sizes[0], sizes[0]) and np.allclose(array.sum(axis=1), 1, rtol=0, atol=1e-9)
    if len(sizes) != 1 or not rows_sum or not np.isfinite(array).all() or array.min() < 0:
        raise SpecificationError(
            f"mutation: found {mutation!r}; write a share from 0 to 1 or, for one population, an array of shape "
            f"({sizes[0]}, {sizes[0]}) whose rows are probabilities"
        )
    return [array / array.sum(axis=1, keepdims=True)]


# The pair of Dormand and Prince (1980): stages, and the difference of the two orders.
_STAGES = tuple(
    np.array(row)
    for row in (
        [1 / 5],
        [3 / 40, 9 / 40],
        [44 / 45, -56 / 15, 32 / 9],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    )
)
_DIFFERENCE = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])


def _integrated(
    slope: Callable[[Floats], Floats],
    normalised: Callable[[Floats], Floats],
    start: Floats,
    times: Floats,
    tol: float,
) -> tuple[Floats, float]:
    """The path at ``times``, and the sum of estimated local errors."""
    state, now, error_sum = start, float(times[0]), 0.0
    path = [state]
    stages = np.empty((len(_STAGES) + 1, len(state)))
    step = float(times[1] - times[0])
    taken = 0
    for end in times[1:].tolist():
        while now < end:
            taken += 1
            if taken > _MAX_STEPS:
                raise SolverError(
                    f"replicator dynamics: {_MAX_STEPS:,} steps reached time {now:g} of {times[-1]:g}; pass a larger tol= or "
                    "a shorter duration=, or divide the payoffs by a constant, which stretches time",
                    status="limit",
                    solver="Dormand–Prince",
                    best=state,
                )
            last = now + step >= end
            width = end - now if last else step
            stages[0] = slope(state)
            for k, row in enumerate(_STAGES, start=1):
                moved = state + width * (row @ stages[:k])
                stages[k] = slope(moved)
            error = width * float(np.abs(_DIFFERENCE @ stages).max())
            growth = min(5.0, max(0.2, 0.9 * (tol / error) ** 0.2)) if error > 0 else 5.0
            if error <= tol and float(moved.min()) >= 0.0:
                state, now = normalised(moved), end if last else now + width
                error_sum += error
                step = max(step, width * growth) if last else width * growth
            else:
                step = width * min(0.5, growth)
        path.append(state)
    return np.stack(path), error_sum


def _rebuilt_path(*fields: Any) -> ReplicatorPath:
    return ReplicatorPath(**dict(zip(ReplicatorPath.__slots__, fields, strict=True)))
