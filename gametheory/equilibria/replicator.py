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
Complexity: six evaluations of all payoffs, O(n ∏ m_i), for each step, in compiled code.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.evolutionary_stability import equalising, symmetric_payoffs
from gametheory.equilibria.presentation import mix_text
from gametheory.errors import SolverError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import mixed_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["ReplicatorPath", "replicator_dynamics"]

Floats = NDArray[np.float64]

_MAX_STEPS = 1_000_000


@final
@compared_by("game", "populations", "times", "shares", "local_error", "speed", "mutation")
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
    speed : float
        The largest |ẋ_a| at the last time; small where the path is near a rest point.
    mutation : bool
        Whether offspring mutated.
    """

    game: NormalFormGame
    populations: Literal["one", "one for each player"]
    times: Floats
    shares: tuple[Floats, ...]
    local_error: float
    speed: float
    mutation: bool

    def __post_init__(self) -> None:
        for array in (self.times, *self.shares):
            array.setflags(write=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_path, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def final(self) -> tuple[Floats, ...]:
        """The shares at the last time."""
        return tuple(share[-1] for share in self.shares)

    def rest_point(self, *, tol: float = 1e-3) -> tuple[Fraction, ...]:
        """The exact rest point of the replicator equation that the path has come near.

        It is the strategy, of the actions that are left (shares above ``tol``), against which all of them earn the same.

        Parameters
        ----------
        tol : float, > 0
            Largest distance of a share from that point, and share that counts as gone.

        Raises
        ------
        UndecidedError
            If there is no such point that near: the path is still on its way, cycles, or ends on a continuum of rest points.
        UnsupportedError
            Other than one population, two players and no mutation: rest points are then roots of polynomials.

        Examples
        --------
        >>> game = NormalFormGame.symmetric([[-1, 2], [0, 1]], actions=["hawk", "dove"])
        >>> path = replicator_dynamics(game, initial=[0.1, 0.9], duration=60, populations="one")
        >>> path.rest_point()
        (Fraction(1, 2), Fraction(1, 2))
        """
        _positive("tol", tol)
        if self.populations != "one" or self.mutation or self.game.num_players != 2:
            raise UnsupportedError(
                "rest points are found exactly for one population in a two-player game without mutation; look at .speed "
                "and .final"
            )
        left = self.final[0] > tol
        point = equalising(symmetric_payoffs(self.game), tuple(int(k) for k in np.flatnonzero(left)))
        if point is None or max(abs(float(x) - y) for x, y in zip(point, self.final[0], strict=True)) > tol:
            raise UndecidedError(
                f"no isolated rest point lies within {tol:g} of where the path ends, at speed {self.speed:.2g}; follow it "
                "for longer, or look at .shares for a cycle"
            )
        return tuple(point)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "method": "replicator dynamics",
            "status": "numerical",
            "populations": self.populations,
            "times": self.times.tolist(),
            "shares": [share.tolist() for share in self.shares],
            "local_error": self.local_error,
            "speed": self.speed,
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
        end = f"at time {self.times[-1]:g}, speed {self.speed:.1g}, local errors {self.local_error:.1g}"
        return f"ReplicatorPath(numerical: {shown} {end})"

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
        One population that plays a symmetric game, of two or more players, against itself, or each player drawn from its
        own population.
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
    check_count("num_points", num_points, least=2)
    if populations not in ("one", "one for each player"):
        raise SpecificationError(f"populations: found {populations!r}; write 'one' or 'one for each player'")
    payoffs = np.array(game.float_payoffs(), order="C")  # writable, so that one compiled version serves all
    one = populations == "one"
    if one:
        _require_symmetry(game)
        vectors = mixed_profile(game, [initial] * game.num_players)[:1]
    else:
        vectors = mixed_profile(game, initial)
    start = np.concatenate([np.asarray(vector, dtype=np.float64) for vector in vectors])
    births = _mutation_kernels(mutation, [len(x) for x in vectors], payoffs)
    times = np.linspace(0.0, float(duration), int(num_points))
    path, speed = np.empty((len(times), len(start))), np.empty(len(start))
    path[0] = start
    first = np.array([0, *itertools.accumulate(game.num_actions)], dtype=np.int64)
    table = payoffs.reshape(game.num_players, -1, game.num_actions[-1])

    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.equilibria.learning_kernels import evolve

    with announced_if_slow(evolve):
        reached, error = evolve(table, first, one, births, _TABLEAU, times, float(tol), _MAX_STEPS, path, speed)
    if reached < times[-1]:
        raise SolverError(
            f"replicator dynamics: {_MAX_STEPS:,} steps reached time {reached:g} of {times[-1]:g}; pass a larger tol= or a "
            "shorter duration=, or divide the payoffs by a constant, which stretches time",
            status="limit",
            solver="Dormand–Prince",
            best=path[int(np.searchsorted(times, reached, side="right"))],
        )
    cuts = first[1 : len(vectors)]
    return ReplicatorPath(
        game=game,
        populations=populations,
        times=times,
        shares=tuple(np.ascontiguousarray(part) for part in np.split(path, cuts, axis=1)),
        local_error=error,
        speed=float(np.abs(speed).max()),
        mutation=mutation is not None,
    )


def _require_symmetry(game: NormalFormGame) -> None:
    """One population plays a game in which it does not matter who is which player."""
    u, n = game.numerators, game.num_players
    symmetric = n > 1 and len(set(game.num_actions)) == 1
    for k in range(n - 1 if symmetric else 0):  # neighbours that trade places
        order = [*range(k), k + 1, k, *range(k + 2, n)]
        symmetric = symmetric and all(np.array_equal(u[i], u[order[i]].swapaxes(k, k + 1)) for i in range(n))
    if not symmetric:
        raise SpecificationError(
            "game: one population plays a symmetric game of two or more players, with two u_2(a, b) = u_1(b, a); pass "
            "populations='one for each player'"
        )


def _positive(name: str, value: Any) -> None:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise SpecificationError(f"{name}: found {value!r}; write a finite number > 0")


def _mutation_kernels(mutation: Any, sizes: list[int], payoffs: Floats) -> Floats:
    """For each population the matrix Q(c, a) of who is born from whom; empty without mutation."""
    most = max(sizes)
    if mutation is None:
        return np.empty((0, most, most))
    if float(payoffs.min()) < 0:
        raise SpecificationError(
            f"payoffs: found {payoffs.min():g}; with mutation payoffs are numbers of offspring, which are not negative: add "
            "a constant, which sets how fast mutation is beside selection"
        )
    kernels = np.zeros((len(sizes), most, most))
    array = np.asarray(mutation, dtype=np.float64) if not isinstance(mutation, (bool, str)) else np.empty((0, 0, 0))
    if array.ndim == 0:
        rate = float(array)
        if not 0 <= rate <= 1:
            raise SpecificationError(f"mutation: found {mutation!r}; write a share from 0 to 1")
        for kernel, m in zip(kernels, sizes, strict=True):
            kernel[:m, :m] = rate / (m - 1) if m > 1 else 0.0
            np.fill_diagonal(kernel[:m, :m], 1 - rate if m > 1 else 1.0)
        return kernels
    rows_sum = array.shape == (most, most) and np.allclose(array.sum(axis=1), 1, rtol=0, atol=1e-9)
    if len(sizes) != 1 or not rows_sum or not np.isfinite(array).all() or array.min() < 0:
        raise SpecificationError(
            f"mutation: found {mutation!r}; write a share from 0 to 1 or, for one population, an array of shape "
            f"({most}, {most}) whose rows are probabilities"
        )
    kernels[0] = array / array.sum(axis=1, keepdims=True)
    return kernels


# The pair of Dormand and Prince (1980): a row for each stage after the first, and the difference of the two orders.
_TABLEAU = np.array(
    [
        [1 / 5, 0, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0],
        [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
    ]
)


def _rebuilt_path(*fields: Any) -> ReplicatorPath:
    return ReplicatorPath(**dict(zip(ReplicatorPath.__slots__, fields, strict=True)))
