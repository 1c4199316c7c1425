"""The precision that explains observed play best: maximum likelihood over logit quantal response equilibria.

From counts of every player's actions, taken as independent choices, the estimate is the point of the principal branch
(:mod:`gametheory.equilibria.quantal_response`) that attains

    max_λ  Σ_i Σ_a counts_i(a) log σ_i(a; λ).

The interval of confidence 1 − α holds the λ of all points of the branch whose log-likelihood is within χ²_{1, 1−α} / 2
of that: those which a likelihood-ratio test does not reject (S. S. Wilks 1938). The estimate is refined between points
of the branch by bisection along the path.

References
----------
R. D. McKelvey and T. R. Palfrey (1995), *Quantal response equilibria for normal form games*, Games and Economic
Behavior 10, 6-38: the branch as a model to estimate. S. S. Wilks (1938), *The large-sample distribution of the
likelihood ratio for testing composite hypotheses*, Annals of Mathematical Statistics 9, 60-62.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import NormalDist
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.logit_path import PathPoint, PayoffTables
from gametheory.equilibria.quantal_response import (
    LARGEST_PRECISION,
    MAX_CHANGE,
    MAX_POINTS,
    QuantalResponse,
    as_branch,
    branch_points,
    checked_number,
    read_only,
    response_at,
    root_along,
    scaled_tables,
)
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["QuantalResponseFit", "fit_quantal_response"]

Array = NDArray[Any]

FLAT = 1e-9
"""Log-likelihoods this close are alike."""


@final
@compared_by("counts", "precision", "interval", "confidence", "log_likelihood", "boundary", "response")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuantalResponseFit:
    """The precision on the principal branch that makes observed play most likely.

    Attributes
    ----------
    counts : tuple of arrays of int
        How often each player was seen to play each action.
    precision : float
        The maximum-likelihood estimate of λ, in units of 1/payoff.
    interval : tuple of float
        The smallest and the largest λ that a likelihood-ratio test at level 1 − ``confidence`` does not reject (twice
        the loss of log-likelihood is at most the quantile of χ² with one degree of freedom); the upper end is infinite
        where the last point of the branch is not rejected.
    confidence : float
    log_likelihood, log_likelihood_uniform, log_likelihood_frequencies : float
        Of the estimate, of uniform play (λ = 0), and of the observed frequencies, which no λ can exceed. Natural
        logarithms; the constant that counts orders of observations is left out.
    boundary : "none", "zero" or "end"
        Whether the estimate is λ = 0, or the last point of the branch, where the likelihood still rises.
    response : QuantalResponse
        The equilibrium at the estimate.
    status : "numerical"
    """

    counts: tuple[Array, ...]
    precision: float
    interval: tuple[float, float]
    confidence: float
    log_likelihood: float
    log_likelihood_uniform: float
    log_likelihood_frequencies: float
    boundary: Literal["none", "zero", "end"]
    response: QuantalResponse

    @property
    def status(self) -> Literal["numerical"]:
        """Measured, not proved."""
        return "numerical"

    @property
    def num_observations(self) -> int:
        """Number of observed choices, over all players."""
        return int(sum(int(c.sum()) for c in self.counts))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; an infinite end of the interval is ``None``."""
        low, high = self.interval
        return {
            "concept": "logit quantal response, maximum likelihood",
            "status": self.status,
            "counts": [c.tolist() for c in self.counts],
            "precision": self.precision,
            "interval": [low, None if math.isinf(high) else high],
            "confidence": self.confidence,
            "log_likelihood": self.log_likelihood,
            "log_likelihood_uniform": self.log_likelihood_uniform,
            "log_likelihood_frequencies": self.log_likelihood_frequencies,
            "boundary": self.boundary,
            "response": self.response.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: for each action the observed and the fitted frequency."""
        game = self.response.game
        rows = [
            [player, label, int(c), c / max(int(counts.sum()), 1), float(p)]
            for player, labels, counts, vector in zip(
                game.players, game.actions, self.counts, self.response.profile, strict=True
            )
            for label, c, p in zip(labels, counts, vector, strict=True)
        ]
        return data_frame(rows, ["player", "action", "count", "observed", "fitted"])

    def __repr__(self) -> str:
        low, high = self.interval
        where = {"none": "", "zero": " (no better than uniform play)", "end": " (the likelihood still rises there)"}
        return (
            f"QuantalResponseFit(numerical, residual {self.response.residual:.1e}: precision {self.precision:.6g}"
            f"{where[self.boundary]}, {self.confidence:.0%} interval [{low:.6g}, {high:.6g}], log-likelihood "
            f"{self.log_likelihood:.6g} of {self.num_observations} choices)"
        )

    def _repr_html_(self) -> str:
        game = self.response.game
        rows = "".join(
            f"<tr><th>{escape(player)}</th><td>{escape(label)}</td><td>{int(c)}</td><td>{p:.4f}</td></tr>"
            for player, labels, counts, vector in zip(
                game.players, game.actions, self.counts, self.response.profile, strict=True
            )
            for label, c, p in zip(labels, counts, vector, strict=True)
        )
        return (
            f"<table><caption>{escape(repr(self))}</caption><tr><th>player</th><th>action</th><th>count</th>"
            f"<th>fitted probability</th></tr>{rows}</table>"
        )


def fit_quantal_response(
    game: NormalFormGame,
    counts: Sequence[Sequence[int]],
    *,
    confidence: float = 0.95,
    max_precision: float | None = None,
) -> QuantalResponseFit:
    """The precision on the principal branch under which observed play is most likely, with a confidence interval.

    Parameters
    ----------
    counts : n sequences of whole numbers ≥ 0
        How often each player was seen to play each of its actions; choices count as independent.
    confidence : float
        Level of the interval, in (0, 1).
    max_precision : float, optional
        Where the branch ends; by default 1000 over the largest payoff span.

    Returns
    -------
    QuantalResponseFit
        ``.precision`` with its interval, and the fitted profile.

    Raises
    ------
    SpecificationError
        If the counts do not fit the game, or there are none.
    SolverError
        If the branch could not be followed to ``max_precision``.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    Two prisoners who lose 1 by cooperating and cooperate in 20 of 100 rounds each: λ = log 4.

    >>> game = NormalFormGame.symmetric([[2, 0], [3, 1]], actions=["C", "D"])
    >>> fit = fit_quantal_response(game, [[20, 80], [20, 80]])
    >>> fit
    QuantalResponseFit(numerical, residual ...: precision 1.38629, 95% interval [1.05089, 1.74578], log-likelihood
    -100.08 of 200 choices)
    """
    observed = _counts(game, counts)
    level = checked_number(confidence, "confidence", least=0.0, most=1.0)
    if not 0.0 < level < 1.0:
        raise SpecificationError(f"confidence: found {confidence}; write a number between 0 and 1, such as 0.95")
    tables, unit = scaled_tables(game)
    limit = (
        LARGEST_PRECISION if max_precision is None else checked_number(max_precision, "max_precision", least=0.0) * unit
    )
    points, reached = branch_points(tables, limit, MAX_CHANGE, MAX_POINTS)
    if not reached:
        raise SolverError(
            f"the branch was followed to precision {points[-1].precision / unit:.6g} only; take a smaller max_precision",
            status="stopped",
            solver="logit path",
            best=as_branch(game, tables, unit, points),
        )
    weights = np.concatenate(observed).astype(float)
    values = [_likelihood(weights, point) for point in points]
    best, place, boundary = _most_likely(tables, points, values, weights)
    value = _likelihood(weights, best)
    threshold = value - NormalDist().inv_cdf((1 + level) / 2) ** 2 / 2
    low, high = _interval(tables, points, values, weights, threshold, best, place)
    return QuantalResponseFit(
        counts=observed,
        precision=best.precision / unit,
        interval=(low / unit, high / unit),
        confidence=level,
        log_likelihood=value,
        log_likelihood_uniform=values[0],
        log_likelihood_frequencies=sum(_entropy(own) for own in observed),
        boundary=boundary,
        response=response_at(game, tables, unit, best),
    )


# -- likelihood --------------------------------------------------------------------------------------------------------


def _likelihood(weights: Array, point: PathPoint) -> float:
    return float(weights @ point.logs)


def _most_likely(
    tables: PayoffTables, points: list[PathPoint], values: list[float], weights: Array
) -> tuple[PathPoint, int, Literal["none", "zero", "end"]]:
    """The most likely point of the branch, before which of ``points`` it lies, and whether it is an end."""

    def rise(point: PathPoint) -> float:
        return float(weights @ point.tangent[:-1])

    k = max(range(len(points)), key=values.__getitem__)
    if k and values[-1] >= values[k] - FLAT:  # errors have become too rare for floats to see the likelihood rise
        k = len(points) - 1
    rising = rise(points[k]) > -FLAT if k == len(points) - 1 else rise(points[k]) > 0
    if len(points) == 1 or (k == 0 and not rising):
        return points[0], 0, "zero"
    if k == len(points) - 1 and rising:
        return points[k], k, "end"
    first = k if rising else k - 1
    found = root_along(tables, points[first], points[first + 1], rise)
    return (found, first + 1, "none") if _likelihood(weights, found) >= values[k] else (points[k], k, "none")


def _interval(
    tables: PayoffTables,
    points: list[PathPoint],
    values: list[float],
    weights: Array,
    threshold: float,
    best: PathPoint,
    place: int,
) -> tuple[float, float]:
    """The smallest and the largest precision of the points that are likely enough."""
    inside = [best.precision] + [p.precision for p, value in zip(points, values, strict=True) if value >= threshold]
    # The estimate lies between two points that may both be too unlikely: it is one of the points looked at.
    line = list(zip(points, values, strict=True))
    line.insert(place, (best, _likelihood(weights, best)))
    for (first, one), (second, two) in itertools.pairwise(line):
        if (one >= threshold) != (two >= threshold):
            edge = root_along(tables, first, second, lambda p: _likelihood(weights, p) - threshold)
            inside.append(edge.precision)
    high = math.inf if values[-1] >= threshold else max(inside)
    return min(inside), high


def _entropy(counts: Array) -> float:
    """Log-likelihood of the observed frequencies themselves."""
    total = int(counts.sum())
    return float(sum(int(c) * math.log(int(c) / total) for c in counts if c))


def _counts(game: NormalFormGame, counts: Any) -> tuple[Array, ...]:
    if isinstance(counts, str) or not hasattr(counts, "__len__") or len(counts) != game.num_players:
        raise SpecificationError(f"counts: write {game.num_players} lists, one for each player")
    result = []
    for i, (own, m) in enumerate(zip(counts, game.num_actions, strict=True)):
        if isinstance(own, str) or not hasattr(own, "__len__") or len(own) != m:
            raise SpecificationError(f"counts[{i}]: found {own!r}; write {m} whole numbers, one for each action")
        for k, c in enumerate(own):
            if isinstance(c, (bool, np.bool_)) or not isinstance(c, (int, np.integer)) or not 0 <= c < 2**53:
                raise SpecificationError(f"counts[{i}][{k}]: found {c!r}; write a whole number ≥ 0")
        result.append(read_only(np.array([int(c) for c in own], dtype=np.int64)))
    if not any(int(own.sum()) for own in result):
        raise SpecificationError("counts: all are zero; give at least one observed choice")
    return tuple(result)
