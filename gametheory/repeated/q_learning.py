"""Q-learning agents who play a stage game again and again, and what they settle on.

Player i keeps a value Q_i(s, a) for each action a in each state s, the action profiles of the last ``memory`` periods. In
period t it plays a random action with probability e^{−βt} and otherwise the one with the largest value, then moves

    Q_i(s, a)  ←  (1 − α) Q_i(s, a) + α (u_i(profile) + δ max_b Q_i(s′, b)).

At first Q_i(s, a) = E[u_i(a, ·)]/(1 − δ), the others uniform. A run has *settled* once nobody's greedy action has changed in
any state for ``stable_for`` periods; greedy play then ends in a cycle of profiles, whose average payoff π̄ gives the **profit
gain**

    Δ = (π̄ − π^N) / (π^M − π^N),

0 at the competitive payoff π^N and 1 at the cartel's π^M. This is a learned outcome, not an equilibrium: it is reported with
its standard error over independent runs, and ``impulse_response`` shows what greedy play does after a forced deviation.

A run is the same for any number of threads. Complexity: some 10⁷ periods a second and core for two players with 15 actions; a
run of the baseline takes one to two million.

References: E. Calvano, G. Calzolari, V. Denicolò and S. Pastorello 2020, "Artificial intelligence, algorithmic pricing, and
collusion", American Economic Review 110; C. Watkins and P. Dayan 1992, "Q-learning", Machine Learning 8.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.labels import action_index
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["ProfitGain", "QLearning", "q_learning"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PIECE = 2_000_000
"""Periods between two looks at the interrupt and the progress."""


@final
@dataclass(frozen=True, slots=True)
class ProfitGain:
    """The profit gain Δ over runs.

    Attributes
    ----------
    mean, standard_error : float
        Over the runs that settled; the error is NaN for a single run.
    runs : tuple of float
        Each run's.
    """

    mean: float
    standard_error: float
    runs: tuple[float, ...]

    def __float__(self) -> float:
        return self.mean

    def __repr__(self) -> str:
        return f"ProfitGain(measured: {self.mean:.4f} ± {self.standard_error:.4f}, {len(self.runs)} runs)"


@final
@compared_by("game", "discount", "memory", "settled", "periods", "greedy", "states")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class QLearning:
    """What independent runs of Q-learning settled on.

    Attributes
    ----------
    game : NormalFormGame
    discount : float
    memory : int
    settled : bool array, shape (runs,)
    periods : int array, shape (runs,)
        Played until settled, or in all.
    greedy : int array, shape (runs, n, number of states)
        The action that each player holds best in each state (flat index of the last profiles, the latest last).
    states : int array, shape (runs,)
        Where play stood.
    """

    game: NormalFormGame
    discount: float
    memory: int
    settled: NDArray[np.bool_]
    periods: Integers
    greedy: Integers
    states: Integers

    def __post_init__(self) -> None:
        for name in ("settled", "periods", "greedy", "states"):
            array = np.array(getattr(self, name))
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def num_runs(self) -> int:
        """How many runs there were."""
        return len(self.settled)

    def cycle(self, run: int) -> Integers:
        """The profiles that greedy play repeats, shape (length, n), from where the run ended."""
        profiles, repeats = self._walk(run, int(self.states[run]), None)
        return profiles[repeats:]

    @property
    def payoffs(self) -> Floats:
        """Average payoffs on each run's cycle, shape (runs, n)."""
        table = _flat(self.game)
        rows = [table[:, _profile_numbers(self.game, self.cycle(run))].mean(axis=1) for run in range(self.num_runs)]
        return np.array(rows)

    def profit_gain(self, *, competition: Any, collusion: Any) -> ProfitGain:
        """Δ, averaged over players and over the runs that settled.

        Parameters
        ----------
        competition, collusion : number, or one per player
            π^N and π^M; a grid can have several equilibria, so that the choice is yours.

        Raises
        ------
        SolverError
            If no run settled.
        SpecificationError
            If collusion pays a player no more than competition.
        """
        low, high = (
            np.broadcast_to(np.asarray(x, dtype=np.float64), self.game.num_players) for x in (competition, collusion)
        )
        if not (np.isfinite(low).all() and np.isfinite(high).all() and (high > low).all()):
            raise SpecificationError(
                f"collusion: found {collusion!r} against competition {competition!r}; collusion must pay everybody more"
            )
        if not self.settled.any():
            raise SolverError("profit_gain: no run settled; allow more periods", status="unsettled", best=self)
        gains = ((self.payoffs[self.settled] - low) / (high - low)).mean(axis=1)
        error = float(gains.std(ddof=1) / math.sqrt(len(gains))) if len(gains) > 1 else math.nan
        return ProfitGain(float(gains.mean()), error, tuple(gains.tolist()))

    def impulse_response(
        self, player: int | str, *, action: int | str | None = None, before: int = 2, after: int = 15
    ) -> Integers:
        """Greedy play around a deviation that is forced on one player for one period.

        Parameters
        ----------
        player : int or str
        action : int or str, optional
            What it is made to play; by default its best reply to what the others do then.
        before, after : int ≥ 0
            Periods shown of the cycle before, and after the deviation.

        Returns
        -------
        int array, shape (runs, before + 1 + after, n)
            Actions; row ``before`` is the period of the deviation.
        """
        who = self.game.player_index(player)
        lead, follow = check_count("before", before, least=0), check_count("after", after, least=0)
        forced = None if action is None else action_index(action, self.game.actions[who], "action")
        table = self.game.float_payoffs()
        paths = []
        for run in range(self.num_runs):
            cycle, state = self.cycle(run), int(self.states[run])
            path = [cycle[k % len(cycle)] for k in range(lead + 1)]
            for profile in path[:-1]:
                state = self._next(state, profile)
            struck = np.array(path[-1])
            others = tuple(slice(None) if i == who else int(a) for i, a in enumerate(struck))
            struck[who] = int(np.argmax(table[who][others])) if forced is None else forced
            state = self._next(state, struck)
            rest, _ = self._walk(run, state, follow)
            paths.append(np.vstack([*path[:-1], struck, rest]))
        return np.array(paths)

    def _next(self, state: int, profile: Integers) -> int:
        size = math.prod(self.game.num_actions)
        return (state * size + int(np.ravel_multi_index(tuple(profile), self.game.num_actions))) % int(
            self.greedy.shape[2]
        )

    def _walk(self, run: int, state: int, periods: int | None) -> tuple[Integers, int]:
        """Greedy play from a state: so many periods, or until a state returns (then also where the cycle begins)."""
        seen: dict[int, int] = {}
        path: list[Integers] = []
        while periods is None or len(path) < periods:
            if periods is None and state in seen:
                return np.array(path), seen[state]
            seen.setdefault(state, len(path))
            profile = self.greedy[run, :, state]
            path.append(profile)
            state = self._next(state, profile)
        return np.array(path).reshape(-1, self.game.num_players), 0

    def to_frame(self) -> Any:
        """A pandas table with a row for each run."""
        payoffs = self.payoffs
        rows = [
            [run, bool(self.settled[run]), int(self.periods[run]), len(self.cycle(run)), *payoffs[run].tolist()]
            for run in range(self.num_runs)
        ]
        return data_frame(rows, ["run", "settled", "periods", "cycle", *self.game.players])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: what each run ended in."""
        return {
            "discount": self.discount,
            "memory": self.memory,
            "settled": self.settled.tolist(),
            "periods": self.periods.tolist(),
            "cycles": [self.cycle(run).tolist() for run in range(self.num_runs)],
            "payoffs": self.payoffs.tolist(),
        }

    def __repr__(self) -> str:
        mean = ", ".join(f"{x:.6g}" for x in self.payoffs.mean(axis=0))
        return f"QLearning(measured: {int(self.settled.sum())} of {self.num_runs} runs settled; mean payoffs ({mean}))"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def q_learning(
    game: NormalFormGame,
    *,
    discount: float,
    runs: int,
    rng: np.random.Generator | int,
    learning_rate: float = 0.15,
    exploration_decay: float = 4e-6,
    memory: int = 1,
    stable_for: int = 100_000,
    max_periods: int = 20_000_000,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> QLearning:
    """Let independent Q-learning agents play a stage game until what they hold best no longer changes.

    Parameters
    ----------
    game : NormalFormGame
        The stage game, any number of players; numbers are taken as floats.
    discount : float, 0 ≤ δ < 1
    runs : int ≥ 1
        Independent runs.
    rng : numpy Generator or int
        The seed; runs get streams of their own.
    learning_rate : float in (0, 1]
        α.
    exploration_decay : float > 0
        β: the probability of a random action in period t is e^{−βt}.
    memory : int ≥ 0
        How many periods' profiles make up the state.
    stable_for : int ≥ 1
        Periods without a change after which a run has settled.
    max_periods : int ≥ 1
        A run ends here whether it has settled or not; ``.settled`` says which.
    threads : int ≥ 1, optional
        By default one per core. The result does not depend on it.
    progress : callable, optional
        Called as ``progress(runs done, runs)``.

    Returns
    -------
    QLearning

    Raises
    ------
    SpecificationError
        A number out of range, or tables that do not fit in memory.
    UnsupportedError
        A symbolic game.

    Examples
    --------
    In the prisoner's dilemma with a bit of memory, agents who explore briefly:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> found = q_learning(
    ...     prisoners_dilemma(), discount=0.9, runs=4, rng=1, exploration_decay=1e-3, stable_for=2000, max_periods=100_000)
    >>> bool(found.settled.all()), found.greedy.shape
    (True, (4, 2, 4))
    """
    if game.arithmetic == "symbolic":
        raise UnsupportedError("q_learning: payoffs have free symbols; put numbers in their place")
    delta = _number(discount, "discount", 0, 1, upper_open=True)
    alpha = _number(learning_rate, "learning_rate", 0, 1, lower_open=True)
    beta = _number(exploration_decay, "exploration_decay", 0, math.inf, lower_open=True)
    count, remembered = check_count("runs", runs), check_count("memory", memory, least=0)
    settle, most = check_count("stable_for", stable_for), check_count("max_periods", max_periods)
    workers = (os.cpu_count() or 1) if threads is None else check_count("threads", threads)
    size = math.prod(game.num_actions)
    states = size**remembered
    refuse_if_too_large(
        states * (8 * sum(game.num_actions) * min(workers, count) + 8 * game.num_players * count), 1, "the Q-values"
    )
    seeds = np.random.default_rng(rng).integers(0, 2**63, size=(count, 4), dtype=np.int64).astype(np.uint64)
    payoffs = _flat(game)
    first_values = _first_values(game, payoffs, delta, states)
    done = 0

    def one(seed: NDArray[np.uint64]) -> tuple[bool, int, Integers, int]:
        return _run(game, payoffs, first_values, states, seed, (alpha, delta, math.exp(-beta)), settle, most)

    results = []
    with ThreadPoolExecutor(max_workers=min(workers, count)) as pool:
        for result in pool.map(one, seeds):
            results.append(result)
            done += 1
            if progress is not None:
                progress(done, count)
    settled, periods, greedy, places = zip(*results, strict=True)
    return QLearning(
        game=game,
        discount=delta,
        memory=remembered,
        settled=np.array(settled),
        periods=np.array(periods),
        greedy=np.array(greedy),
        states=np.array(places),
    )


def _run(
    game: NormalFormGame,
    payoffs: Floats,
    first_values: tuple[Floats, Integers, Integers],
    states: int,
    seed: NDArray[np.uint64],
    rates: tuple[float, float, float],
    settle: int,
    most: int,
) -> tuple[bool, int, Integers, int]:
    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.repeated.q_learning_kernels import learn

    counts = np.array(game.num_actions, dtype=np.int64)
    size = int(counts.prod())
    strides = np.array([int(np.prod(counts[i + 1 :])) for i in range(len(counts))], dtype=np.int64)
    values, first, best = first_values
    own, greedy = values.copy(), best.copy()
    clock, place, words = np.array([1.0]), np.zeros(3, dtype=np.int64), seed.copy()
    place[0] = int(seed[0]) % states
    alpha, delta, decay = rates
    shift = 0 if states == size else size  # the last profile alone is the state
    settled = False
    while not settled and place[1] < most:
        with announced_if_slow(learn):
            settled = learn(
                *(payoffs, counts, strides, first, own, greedy, clock, place, words),
                *(shift, alpha, delta, decay, settle, min(_PIECE, most - int(place[1]))),
            )
    return bool(settled), int(place[1]), greedy, int(place[0])


def _first_values(
    game: NormalFormGame, payoffs: Floats, delta: float, states: int
) -> tuple[Floats, Integers, Integers]:
    """Q at the start, where each player's block begins, and the greedy actions."""
    shaped = payoffs.reshape(game.num_players, *game.num_actions)
    parts, best = [], []
    for i, row in enumerate(shaped):
        mean = row.mean(axis=tuple(j for j in range(game.num_players) if j != i)) / (1 - delta)
        parts.append(np.tile(mean, states))
        best.append(np.full(states, int(np.argmax(mean)), dtype=np.int64))
    first = np.cumsum([0, *(len(part) for part in parts[:-1])]).astype(np.int64)
    return np.concatenate(parts), first, np.array(best)


def _flat(game: NormalFormGame) -> Floats:
    return np.ascontiguousarray(game.float_payoffs().reshape(game.num_players, -1))


def _profile_numbers(game: NormalFormGame, profiles: Integers) -> Integers:
    return np.array(np.ravel_multi_index(tuple(profiles.T), game.num_actions))


def _number(
    value: Any, where: str, least: float, most: float, *, lower_open: bool = False, upper_open: bool = False
) -> float:
    number = float(value) if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) else math.nan
    inside = (least < number if lower_open else least <= number) and (number < most if upper_open else number <= most)
    if not inside or math.isinf(number):
        raise SpecificationError(f"{where}: found {value!r}; write a number from {least} to {most}")
    return number
