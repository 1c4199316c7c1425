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

With ``play="expected"`` rounds are in mixed strategies and the bounds hold for every run, up to rounding; with ``"sampled"``
actions are drawn, and they bound the expectation of R_i.

References: S. Hart and A. Mas-Colell (2000), *A simple adaptive procedure leading to correlated equilibrium*, Econometrica
68; N. Cesa-Bianchi and G. Lugosi (2006), *Prediction, Learning, and Games*, Theorem 2.2; J. Robinson (1951), *An iterative
method of solving a game*, Annals of Mathematics 54; L. S. Shapley (1964), *Some topics in two-person games*.
Complexity: a round costs O(Σ m_i) sampled and O(n ∏ m_i) expected; results are numerical unless stated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.correlated import correlated_regret
from gametheory.equilibria.nash import nash_regret
from gametheory.equilibria.presentation import mix_text
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import contract, product_distribution
from gametheory.games.tables import data_frame

__all__ = [
    "LearnedPlay",
    "fictitious_play",
    "multiplicative_weights",
    "regret_matching",
]

Array = NDArray[Any]
Floats = NDArray[np.float64]
Play = Literal["sampled", "expected"]
Rule = Callable[[int, Array], Floats]  # player and accumulated payoff differences to the next mixed strategy

_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LearnedPlay:
    """What a learning rule played on average, and how much each player regrets.

    Attributes
    ----------
    game : NormalFormGame
    method : str
    iterations : int
        Number of rounds T.
    distribution : array, shape ``game.num_actions``
        The time average of joint play.
    counts : array of int of the same shape, or None
        How often each action profile was played; ``None`` where rounds were in mixed strategies.
    regret_bounds : tuple of float, or None
        What theory promises for each player's average external regret, in payoff units; ``None`` without such a theorem.
    bound_holds : "always", "in expectation" or ""
        For every run (up to rounding), or for the mean over the seeds.
    """

    game: NormalFormGame
    method: str
    iterations: int
    distribution: Array
    counts: Array | None
    regret_bounds: tuple[float, ...] | None
    bound_holds: Literal["always", "in expectation", ""]

    def __post_init__(self) -> None:
        for name in ("distribution", "counts"):
            if getattr(self, name) is not None:
                array = np.array(getattr(self, name), copy=True)
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_play, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def strategies(self) -> tuple[Array, ...]:
        """Each player's average strategy: the marginals of ``distribution``."""
        axes = range(self.game.num_players)
        return tuple(self.distribution.sum(axis=tuple(j for j in axes if j != i)) for i in axes)

    @property
    def exact_distribution(self) -> Array:
        """The average in fractions, where every action was drawn; else the floats, read as the rationals that they are."""
        if self.counts is None:
            return self.distribution
        exact = np.empty(self.counts.shape, dtype=object)
        exact.reshape(-1)[:] = [Fraction(int(count), self.iterations) for count in self.counts.flat]
        return exact

    def external_regrets(self) -> tuple[float, ...]:
        """Each player's average external regret R_i ≥ 0 at ``distribution``, in payoff units, in floats."""
        return _external_regrets(self.game, self.distribution)

    def coarse_correlated_regret(self) -> Fraction:
        """The largest R_i, exact: average play is a coarse correlated equilibrium up to this gain."""
        return correlated_regret(self.game, self.exact_distribution, coarse=True)

    def correlated_regret(self) -> Fraction:
        """The largest gain from a plan that answers each own action, exact: a correlated equilibrium up to this gain."""
        return correlated_regret(self.game, self.exact_distribution)

    def nash_regret(self) -> Fraction:
        """The largest gain from deviating when everybody plays the average strategy independently, exact."""
        if self.counts is None:
            return nash_regret(self.game, self.strategies)
        exact, axes = self.exact_distribution, range(self.game.num_players)
        vectors = tuple(exact.sum(axis=tuple(j for j in axes if j != i)) for i in axes)
        return nash_regret(self.game, vectors)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, in floats."""
        return {
            "method": self.method,
            "status": "numerical",
            "iterations": self.iterations,
            "players": list(self.game.players),
            "strategies": [vector.tolist() for vector in self.strategies],
            "distribution": self.distribution.tolist(),
            "counts": None if self.counts is None else self.counts.tolist(),
            "external_regrets": list(self.external_regrets()),
            "regret_bounds": None if self.regret_bounds is None else list(self.regret_bounds),
            "bound_holds": self.bound_holds,
        }

    def to_frame(self) -> Any:
        """A pandas table of average strategies: a row for each player and action."""
        rows = [
            [player, label, float(p)]
            for player, labels, vector in zip(self.game.players, self.game.actions, self.strategies, strict=True)
            for label, p in zip(labels, vector, strict=True)
        ]
        return data_frame(rows, ["player", "action", "average"])

    def __repr__(self) -> str:
        regrets = ", ".join(f"{regret:.3g}" for regret in self.external_regrets())
        bound = ""
        if self.regret_bounds is not None:
            bound = f" (bound {', '.join(f'{b:.3g}' for b in self.regret_bounds)} {self.bound_holds})"
        return f"LearnedPlay({self.method}, {self.iterations:,} rounds, numerical: external regrets {regrets}{bound})"

    def _repr_html_(self) -> str:
        parts = [
            f"<li>{escape(player)}: {escape(mix_text(vector.tolist(), labels))}</li>"
            for player, labels, vector in zip(self.game.players, self.game.actions, self.strategies, strict=True)
        ]
        return f"<p>{escape(repr(self))}</p><ul>{''.join(parts)}</ul>"


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

    def rule(player: int, gains: Array) -> Floats:
        positive = np.maximum(gains, 0.0)
        total = positive.sum()
        return positive / total if total > 0 else np.full(len(gains), 1.0 / len(gains))

    bounds = tuple(
        span * math.sqrt((m - 1) / iterations) for span, m in zip(_spans(game), game.num_actions, strict=True)
    )
    return _repeated(game, "regret matching", iterations, generator, play, rule, bounds)


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

    def rule(player: int, gains: Array) -> Floats:
        weights = np.exp(rates[player] * (gains - gains.max()))
        return np.asarray(weights / weights.sum())

    bounds = tuple(
        span * math.sqrt(math.log(m) / (2 * iterations)) for span, m in zip(spans, game.num_actions, strict=True)
    )
    return _repeated(game, "multiplicative weights", iterations, generator, play, rule, bounds)


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
        if largest * iterations >= _MACHINE:
            numerators = numerators.astype(object)
    tables = _own_last(numerators)
    totals = [np.zeros(m, dtype=numerators.dtype) for m in game.num_actions]
    if numerators.dtype == object:
        totals = [np.array([0] * m, dtype=object) for m in game.num_actions]
    counts = np.zeros(game.num_actions, dtype=np.int64)
    profile = tuple(int(generator.integers(m)) for m in game.num_actions)
    for _ in range(iterations):
        counts[profile] += 1
        for i, table in enumerate(tables):
            totals[i] += table[profile[:i] + profile[i + 1 :]]
        choices = []
        for total in totals:
            choice = int(total.argmax())
            if ties == "random":
                best = np.flatnonzero(total == total[choice])
                choice = int(best[generator.integers(len(best))]) if len(best) > 1 else choice
            choices.append(choice)
        profile = tuple(choices)
    return LearnedPlay(
        game=game,
        method="fictitious play",
        iterations=iterations,
        distribution=counts / iterations,
        counts=counts,
        regret_bounds=None,
        bound_holds="",
    )


def _repeated(
    game: NormalFormGame,
    method: str,
    iterations: int,
    generator: np.random.Generator,
    play: Play,
    rule: Rule,
    bounds: tuple[float, ...],
) -> LearnedPlay:
    """Rounds in which every player's next strategy is the ``rule`` of its accumulated gains from each action."""
    gains = [np.zeros(m) for m in game.num_actions]
    payoffs = game.float_payoffs()
    counts = np.zeros(game.num_actions, dtype=np.int64)
    total = np.zeros(game.num_actions)
    tables = _own_last(payoffs)
    for _ in range(iterations):
        strategies = [rule(i, own) for i, own in enumerate(gains)]
        if play == "expected":
            total += product_distribution(tuple(strategies))
            for i, own in enumerate(gains):
                options = contract(payoffs[i], strategies, keep=i)
                own += options - options @ strategies[i]
            continue
        profile = tuple(_drawn(x, generator) for x in strategies)
        counts[profile] += 1
        for i, own in enumerate(gains):
            options = tables[i][profile[:i] + profile[i + 1 :]]
            own += options - options[profile[i]]
    return LearnedPlay(
        game=game,
        method=method,
        iterations=iterations,
        distribution=total / total.sum() if play == "expected" else counts / iterations,
        counts=None if play == "expected" else counts,
        regret_bounds=bounds,
        bound_holds="always" if play == "expected" else "in expectation",
    )


def _conditional_regret_matching(game: NormalFormGame, iterations: int, generator: np.random.Generator) -> LearnedPlay:
    tables = _own_last(game.float_payoffs())
    scales = [2 * span * max(m - 1, 1) or 1.0 for span, m in zip(_spans(game), game.num_actions, strict=True)]
    gains = [np.zeros((m, m)) for m in game.num_actions]
    counts = np.zeros(game.num_actions, dtype=np.int64)
    profile = tuple(int(generator.integers(m)) for m in game.num_actions)
    for t in range(1, iterations + 1):
        counts[profile] += 1
        choices = []
        for i, own in enumerate(profile):
            options = tables[i][profile[:i] + profile[i + 1 :]]
            gains[i][own] += options - options[own]
            chances = np.maximum(gains[i][own], 0.0) / (t * scales[i])
            chances[own] = 0.0
            chances[own] = 1.0 - chances.sum()
            choices.append(_drawn(chances, generator))
        profile = tuple(choices)
    return LearnedPlay(
        game=game,
        method="conditional regret matching",
        iterations=iterations,
        distribution=counts / iterations,
        counts=counts,
        regret_bounds=None,
        bound_holds="",
    )


def _drawn(probabilities: Floats, generator: np.random.Generator) -> int:
    """An action with these probabilities; one of probability zero is never drawn."""
    cumulated = np.cumsum(probabilities)
    place = int(np.searchsorted(cumulated, generator.random() * cumulated[-1], side="right"))
    return min(place, int(np.flatnonzero(probabilities)[-1]))


def _own_last(payoffs: Array) -> list[Array]:
    """Each player's payoffs with its own axis last: one row for every joint action of the others."""
    return [np.ascontiguousarray(np.moveaxis(table, i, -1)) for i, table in enumerate(payoffs)]


def _external_regrets(game: NormalFormGame, distribution: Array) -> tuple[float, ...]:
    found = []
    for i, table in enumerate(game.float_payoffs()):
        others = distribution.sum(axis=i).reshape(-1)
        options = np.moveaxis(table, i, 0).reshape(game.num_actions[i], -1) @ others
        found.append(max(0.0, float(options.max() - (table * distribution).sum())))
    return tuple(found)


def _spans(game: NormalFormGame) -> list[float]:
    return [float(game.payoff_span(i)) for i in range(game.num_players)]


def _checked(game: NormalFormGame, iterations: int, rng: Any, play: str) -> np.random.Generator:
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so play depends on them; substitute values first")
    if isinstance(iterations, bool) or not isinstance(iterations, (int, np.integer)) or iterations < 1:
        raise SpecificationError(f"iterations: found {iterations!r}; write an integer ≥ 1")
    if play not in ("sampled", "expected"):
        raise SpecificationError(f"play: found {play!r}; write 'sampled' or 'expected'")
    refuse_if_too_large((3 + game.num_players) * game.num_profiles, 8, "average joint play and the payoff tables")
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer)) or rng < 0:
        raise SpecificationError(f"rng: found {rng!r}; write a seed ≥ 0 or a numpy.random.Generator")
    return np.random.default_rng(int(rng))


def _rebuilt_play(*fields: Any) -> LearnedPlay:
    return LearnedPlay(**dict(zip(LearnedPlay.__slots__, fields, strict=True)))
