"""Learning: what simple rules of play lead to, with measured regret and what theory promises.

After T rounds let μ_T be the time average of joint play. Player i's *external regret* is

    R_i = max_b Σ_a μ_T(a) (u_i(b, a_{−i}) − u_i(a)),

so μ_T is a coarse correlated equilibrium up to the largest R_i: measured, exactly, at the end of any run. With Δ_i the span of
i's payoffs and m_i actions, where R_i → 0 the limit points of μ_T are coarse correlated equilibria (the Hannan set), and in
two-player zero-sum games each average strategy secures the value but for R_1 + R_2.

* :func:`regret_matching`, external: R_i ≤ Δ_i √((m_i − 1)/T); conditional: μ_T → the correlated equilibria, almost surely.
* :func:`multiplicative_weights`: R_i ≤ Δ_i √(ln m_i / (2T)) at the rate √(8 ln m_i / T)/Δ_i, which needs T beforehand.
* :func:`fictitious_play`: marginals approach equilibrium in two-player zero-sum games (Robinson 1951), not always
  (Shapley 1964); no bound on regret.

Which set is the limit is a field of the result, ``limit_set``, and ``limit_regret()`` is the exact distance from it.

With ``play="expected"`` rounds are in mixed strategies and the bounds hold for every run, up to rounding; with ``"sampled"``
actions are drawn, and they bound the expectation of R_i.

References: S. Hart and A. Mas-Colell (2000), *A simple adaptive procedure leading to correlated equilibrium*, Econometrica
68; N. Cesa-Bianchi and G. Lugosi (2006), *Prediction, Learning, and Games*, Theorem 2.2; J. Robinson (1951), *An iterative
method of solving a game*, Annals of Mathematics 54; L. S. Shapley (1964), *Some topics in two-person games*.
Complexity: a round costs O(Σ m_i) sampled (some 25 million a second for fictitious play with 10×10 actions, 4 to 15 million
where actions are drawn) and O(n ∏ m_i) expected, in compiled code; results are numerical unless stated.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.learned_play import LearnedPlay
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "fictitious_play",
    "multiplicative_weights",
    "read_generator",
    "regret_matching",
]

Array = NDArray[Any]
Integers = NDArray[np.int64]
Play = Literal["sampled", "expected"]

_MACHINE = 2**62
_PIECE = 10**8


def regret_matching(
    game: NormalFormGame,
    *,
    iterations: int,
    rng: np.random.Generator | int,
    regret: Literal["external", "conditional"] = "external",
    play: Play = "sampled",
) -> LearnedPlay:
    """All players match regrets: the more an action would have gained, the likelier it is played next.

    Parameters
    ----------
    iterations : int, ≥ 1
    rng : numpy.random.Generator or int
        Draws the actions; with ``play="expected"`` nothing is drawn.
    regret : "external" or "conditional"
        ``"external"``: play b with probability proportional to max(0, Σ_t u_i(b, a_{−i}) − u_i(a)), any if all are 0: average
        play approaches the coarse correlated equilibria. ``"conditional"`` (the procedure of Hart and Mas-Colell 2000):
        move from the last action j to k with probability max(0, D(j, k))/(2 Δ_i (m_i − 1)), D(j, k) the average gain had k
        been played whenever j was: average play approaches the correlated equilibria; no rate is stated, and it is slow.
    play : "sampled" or "expected"
        Draw actions, or play in mixed strategies and average their products (``"external"`` only).

    Returns
    -------
    LearnedPlay

    Raises
    ------
    SpecificationError
        Malformed options, or ``"expected"`` with conditional regrets.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> learned = regret_matching(game, iterations=2_000, rng=1)
    >>> learned.coarse_correlated_regret() < 0.1
    True
    """
    generator = _checked(game, iterations, rng, play)
    if regret not in ("external", "conditional"):
        raise SpecificationError(f"regret: found {regret!r}; write 'external' or 'conditional'")
    if regret == "conditional":
        if play == "expected":
            raise SpecificationError("play: conditional regret matching answers drawn actions; write play='sampled'")
        return _conditional_regret_matching(game, iterations, generator)

    bounds = tuple(
        span * math.sqrt((m - 1) / iterations) for span, m in zip(_spans(game), game.num_actions, strict=True)
    )
    return _weighted(game, "regret matching", iterations, generator, play, [-1.0] * game.num_players, bounds)


def multiplicative_weights(
    game: NormalFormGame, *, iterations: int, rng: np.random.Generator | int, play: Play = "sampled"
) -> LearnedPlay:
    """All players weigh actions by the exponential of what they would have earned (Hedge), rate √(8 ln m_i / T)/Δ_i.

    Parameters
    ----------
    iterations : int, ≥ 1
        The number of rounds T, which sets the rate.
    rng : numpy.random.Generator or int
        Draws the actions; with ``play="expected"`` nothing is drawn.
    play : "sampled" or "expected"
        Draw actions, or play in mixed strategies and average their products.

    Returns
    -------
    LearnedPlay
        ``.regret_bounds``: Δ_i √(ln m_i / (2T)) (Cesa-Bianchi and Lugosi 2006, Theorem 2.2).

    Raises
    ------
    SpecificationError
        Malformed options.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[3, -1], [-1, 1]])
    >>> learned = multiplicative_weights(game, iterations=2_000, rng=0, play="expected")
    >>> all(found <= bound for found, bound in zip(learned.external_regrets(), learned.regret_bounds))
    True
    """
    generator = _checked(game, iterations, rng, play)
    spans = _spans(game)
    rates = [
        math.sqrt(8 * math.log(m) / iterations) / span if span else 0.0
        for span, m in zip(spans, game.num_actions, strict=True)
    ]

    bounds = tuple(
        span * math.sqrt(math.log(m) / (2 * iterations)) for span, m in zip(spans, game.num_actions, strict=True)
    )
    return _weighted(game, "multiplicative weights", iterations, generator, play, rates, bounds)


def fictitious_play(
    game: NormalFormGame,
    *,
    iterations: int,
    rng: np.random.Generator | int,
    ties: Literal["lowest", "random"] = "lowest",
) -> LearnedPlay:
    """Each player best replies to the empirical joint distribution of what the others have played so far.

    Parameters
    ----------
    iterations : int, ≥ 1
    rng : numpy.random.Generator or int
        Draws the first profile, uniformly, and breaks ties if ``ties="random"``.
    ties : "lowest" or "random"
        Which of several best replies is played. In an exact game sums are integers, so that a tie is a tie.

    Returns
    -------
    LearnedPlay
        ``.regret_bounds`` is ``None``: a player who best replies to the past can be exploited.

    Raises
    ------
    SpecificationError
        Malformed options.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    >>> fictitious_play(game, iterations=1_000, rng=0).nash_regret() < 0.1
    True
    """
    generator = _checked(game, iterations, rng, "sampled")
    if ties not in ("lowest", "random"):
        raise SpecificationError(f"ties: found {ties!r}; write 'lowest' or 'random'")
    numerators = game.numerators
    if game.arithmetic == "exact" and numerators.dtype != object:
        largest = max(abs(int(numerators.max())), abs(int(numerators.min())))
        numerators = numerators.astype(object if largest * iterations >= _MACHINE else np.int64)
    flat = _Flat.of(numerators)
    totals = np.array([0] * flat.first[-1], dtype=numerators.dtype)
    counts = np.zeros(game.num_profiles, dtype=np.int64)
    profile = np.array([generator.integers(m) for m in game.num_actions], dtype=np.int64)
    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.equilibria.learning_kernels import best_reply

    # Sums beyond machine integers are left to the interpreter, which runs the same lines.
    kernel = best_reply if numerators.dtype != object else best_reply.py_func  # type: ignore[attr-defined]
    with announced_if_slow(best_reply):
        for rounds in _pieces(iterations, len(totals)):
            kernel(*flat.parts(), totals, counts, profile, rounds, ties == "random", generator)
    counts = counts.reshape(game.num_actions)
    return LearnedPlay(
        game=game,
        method="fictitious play",
        iterations=iterations,
        distribution=counts / iterations,
        counts=counts,
        regret_bounds=None,
        bound_holds="",
        limit_set="Nash equilibria" if _is_zero_sum(game) else "",
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """Payoffs laid out for the kernels, see :mod:`gametheory.equilibria.learning_kernels`."""

    table: Array
    start: Integers
    step: Integers
    first: Integers
    stride: Integers

    @classmethod
    def of(cls, payoffs: Array) -> _Flat:
        n, sizes = len(payoffs), payoffs.shape[1:]
        step = np.zeros((n, n), dtype=np.int64)
        for i in range(n):
            width = sizes[i]
            for j in reversed([j for j in range(n) if j != i]):
                step[i, j] = width
                width *= sizes[j]
        strides = [math.prod(sizes[i + 1 :]) for i in range(n)]
        return cls(
            table=np.concatenate([np.moveaxis(table, i, -1).reshape(-1) for i, table in enumerate(payoffs)]),
            start=np.arange(n, dtype=np.int64) * math.prod(sizes),
            step=step,
            first=np.array([0, *itertools.accumulate(sizes)], dtype=np.int64),
            stride=np.array(strides, dtype=np.int64),
        )

    def parts(self) -> tuple[Array, Integers, Integers, Integers, Integers]:
        return self.table, self.start, self.step, self.first, self.stride


def _weighted(
    game: NormalFormGame,
    method: str,
    iterations: int,
    generator: np.random.Generator,
    play: Play,
    rates: list[float],
    bounds: tuple[float, ...],
) -> LearnedPlay:
    """Rounds in which every player weighs its actions by what each would have gained so far."""
    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.equilibria.learning_kernels import match_regrets, mix

    payoffs = game.float_payoffs()
    flat = _Flat.of(payoffs)
    gains = np.zeros(flat.first[-1])
    counts = np.zeros(game.num_profiles, dtype=np.int64)
    total = np.zeros((game.num_profiles // game.num_actions[-1], game.num_actions[-1]))
    rows = np.array(payoffs, order="C").reshape(game.num_players, *total.shape)
    if play == "expected":
        with announced_if_slow(mix):
            for rounds in _pieces(iterations, rows.size):
                mix(rows, flat.first, np.array(rates), gains, total, rounds)
    else:
        with announced_if_slow(match_regrets):
            for rounds in _pieces(iterations, len(gains)):
                match_regrets(*flat.parts(), np.array(rates), gains, counts, rounds, generator)
    expected = play == "expected"
    return LearnedPlay(
        game=game,
        method=method,
        iterations=iterations,
        distribution=(total / total.sum() if expected else counts / iterations).reshape(game.num_actions),
        counts=None if expected else counts.reshape(game.num_actions),
        regret_bounds=bounds,
        bound_holds="always" if expected else "in expectation",
        limit_set="coarse correlated equilibria",
    )


def _conditional_regret_matching(game: NormalFormGame, iterations: int, generator: np.random.Generator) -> LearnedPlay:
    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.equilibria.learning_kernels import answer_own_regrets

    most = max(game.num_actions)
    scales = [2 * span * max(m - 1, 1) or 1.0 for span, m in zip(_spans(game), game.num_actions, strict=True)]
    flat = _Flat.of(game.float_payoffs())
    gains = np.zeros((game.num_players, most, most))
    counts = np.zeros(game.num_profiles, dtype=np.int64)
    profile = np.array([generator.integers(m) for m in game.num_actions], dtype=np.int64)
    done = 0
    with announced_if_slow(answer_own_regrets):
        for rounds in _pieces(iterations, most * game.num_players):
            answer_own_regrets(*flat.parts(), np.array(scales), gains, counts, profile, done, rounds, generator)
            done += rounds
    counts = counts.reshape(game.num_actions)
    return LearnedPlay(
        game=game,
        method="conditional regret matching",
        iterations=iterations,
        distribution=counts / iterations,
        counts=counts,
        regret_bounds=None,
        bound_holds="",
        limit_set="correlated equilibria",
    )


def _pieces(iterations: int, width: int) -> Iterator[int]:
    """Numbers of rounds that sum to ``iterations``, some tenth of a second each: in between one can interrupt."""
    piece = max(1, _PIECE // width)
    for done in range(0, iterations, piece):
        yield min(piece, iterations - done)


def _is_zero_sum(game: NormalFormGame) -> bool:
    """Two players whose payoffs have the same sum everywhere, exactly."""
    if game.num_players != 2:
        return False
    sums = sum(game.exact().numerators.astype(object))
    return bool((sums == sums.flat[0]).all())


def _spans(game: NormalFormGame) -> list[float]:
    return [float(game.payoff_span(i)) for i in range(game.num_players)]


def _checked(game: NormalFormGame, iterations: int, rng: Any, play: str) -> np.random.Generator:
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so play depends on them; substitute values first")
    check_count("iterations", iterations)
    if play not in ("sampled", "expected"):
        raise SpecificationError(f"play: found {play!r}; write 'sampled' or 'expected'")
    refuse_if_too_large((3 + game.num_players) * game.num_profiles, 8, "average joint play and the payoff tables")
    return read_generator(rng)


def read_generator(rng: Any) -> np.random.Generator:
    """A source of random numbers, given as one or by its seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer)) or rng < 0:
        raise SpecificationError(f"rng: found {rng!r}; write a seed ≥ 0 or a numpy.random.Generator")
    return np.random.default_rng(int(rng))
