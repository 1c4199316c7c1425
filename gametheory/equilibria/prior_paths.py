"""Paths of equilibria from a prior in floats, with restarts: candidates for the supports of an equilibrium.

Let both players expect the prior (p, q) with weight 1 − τ, and let τ grow from 0, where they play best replies to the
prior, until it is 1 and they are in equilibrium: τ may fall on the way, but almost every prior's path ends (A. H. van den
Elzen and A. J. J. Talman 1991, *A procedure for finding Nash equilibria in bi-matrix games*, ZOR 35, 27-43; it is the
linear tracing procedure of J. C. Harsanyi and R. Selten 1988, and C. E. Lemke's algorithm, as B. von Stengel, A. van den
Elzen and D. Talman 2002 write it, Econometrica 70, 693-715). Lemke-Howson
paths are those of certain pure priors, which lie far from everything; in games of opposed interests they grow beyond all
bounds, where paths from a prior inside have some thousand pivots at 100×100 and some ten thousand at 200×200.

At τ nobody gains more than (1 − τ) times the span of the payoffs, so that a path that is left too early still has a good
approximation on it:

* the first priors are logit equilibria, found by damped iteration at a precision that doubles (small regret, all actions
  played), those of least regret first;
* each later one is the nearest profile met so far, mixed with three tenths of random play.

Rounds r = 0, 1, … follow two paths each, for 160 · 2^r pivots for each action at most.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import announced_if_slow
from gametheory.equilibria.lemke_howson_floats import (
    PERTURBATIONS,
    WORK_AT_ONCE,
    Floats,
    Supports,
    ends,
    perturb,
    polytope,
)
from gametheory.equilibria.lemke_howson_kernels import CAPPED, ENDED, LOST, follow_from_prior

__all__ = ["PathEnd", "prior_supports", "regret_of", "smoothed_equilibria"]

Profile = tuple[Floats, Floats]

PIVOTS = 160
"""For each action, in the first round."""

PATHS = 2
MAX_LOST = 20
NOISE = 0.3
PRECISIONS = 1, 2, 4, 8, 16  # of logit replies, over the standard deviation of the payoffs
DAMPING, ITERATIONS, SETTLED = 0.1, 300, 1e-3
SLACK = 1.5  # how much worse than the nearest profile so far one may be to be gone on from


class PathEnd(NamedTuple):
    """Supports where the path ended, if it did, and the nearest profile on it with its regret, payoffs being in [1, 2]."""

    supports: Supports | None
    profile: Profile
    regret: float
    lost: bool
    """Whether rounding led the path astray, or degeneracy: a system of equations on it has no unique solution."""


def prior_supports(tables: tuple[Floats, Floats], deadline: float, *, seed: int = 0) -> Iterator[PathEnd | None]:
    """Ends of paths from priors, for the tables of ``unit_payoffs``; ``None`` at the end of every round.

    It ends when ``time.monotonic()`` has reached the deadline, or when MAX_LOST paths in a row were lost. Another ``seed``
    gives other priors from the first on, and perturbations of other sizes.
    """
    rng = np.random.default_rng(seed)
    first, second = map(polytope, tables)
    sizes = len(tables[0]), len(tables[1])
    at_once = WORK_AT_ONCE // tables[0].size + 1
    first_priors = smoothed_equilibria(tables, deadline)
    center = first_priors[0]
    least = regret_of(tables, center)
    sizes_of_perturbations = PERTURBATIONS
    if seed:
        first_priors = []
        sizes_of_perturbations = (10.0 ** rng.uniform(-9, -4), 10.0 ** rng.uniform(-14, -9))
    lost = 0
    for turn in count():
        for _ in range(PATHS):
            perturb(first, second, sizes_of_perturbations[turn % 2], seed)
            prior = first_priors.pop(0) if first_priors else (_mixed(center[0], rng), _mixed(center[1], rng))
            end = _followed(tables, (first, second), prior, PIVOTS * sum(sizes) << turn, at_once, deadline)
            if end is None:
                return
            yield end
            lost = lost + 1 if end.lost else 0
            if lost == MAX_LOST:
                return
            if end.regret < SLACK * least:
                center, least = end.profile, end.regret
        yield None


def _followed(
    tables: tuple[Floats, Floats],
    polytopes: tuple[Any, Any],
    prior: Profile,
    pivots: int,
    at_once: int,
    deadline: float,
) -> PathEnd | None:
    """The end of one path, or where it was left after so many pivots; ``None`` at the deadline."""
    first, second = polytopes
    solutions = [(p @ N, np.empty(min(N.shape)), np.empty(N.shape[1])) for p, N in zip(prior, tables, strict=True)]
    nearest = np.zeros(len(tables[0])), np.zeros(len(tables[1]))
    path = np.zeros(4)
    with announced_if_slow(follow_from_prior):
        outcome = CAPPED
        while outcome == CAPPED and path[3] < pivots:
            if time.monotonic() >= deadline:
                return None
            outcome = follow_from_prior(
                *(first, second, solutions[0], solutions[1], path, nearest[0], nearest[1], min(at_once, pivots))
            )
    profile = _distribution(nearest[0] + (1 - path[2]) * prior[0]), _distribution(nearest[1] + (1 - path[2]) * prior[1])
    supports = ends(first, second) if outcome == ENDED else None
    return PathEnd(supports, profile, regret_of(tables, profile), outcome == LOST)


def smoothed_equilibria(tables: tuple[Floats, Floats], deadline: float = math.inf) -> list[Profile]:
    """Nearly logit equilibria, one for each precision, and the uniform profile; those with the least regret first."""
    x, y = _uniform(len(tables[0])), _uniform(len(tables[1]))
    to_second, to_first = tables
    units = [1.0 / (float(N.std()) or 1.0) for N in (to_first, to_second)]
    found = [(x, y)]
    for precision in PRECISIONS:
        for _ in range(ITERATIONS):
            change_x = _logit(y @ to_first, precision * units[0]) - x
            change_y = _logit(x @ to_second, precision * units[1]) - y
            x, y = x + DAMPING * change_x, y + DAMPING * change_y
            if np.abs(change_x).sum() + np.abs(change_y).sum() < SETTLED or time.monotonic() >= deadline:
                break
        found.append((x, y))
    return sorted(found, key=lambda profile: regret_of(tables, profile))


def regret_of(tables: tuple[Floats, Floats], profile: Profile) -> float:
    """The larger regret of the two players."""
    (x, y), (to_second, to_first) = profile, tables
    first, second = y @ to_first, x @ to_second
    return float(max(first.max() - x @ first, second.max() - y @ second))


def _mixed(center: Floats, rng: np.random.Generator) -> Floats:
    """With random play."""
    return np.asarray((1 - NOISE) * center + NOISE * rng.dirichlet(np.ones(len(center))))


def _logit(payoffs: Floats, precision: float) -> Floats:
    weights = np.exp(precision * (payoffs - payoffs.max()))
    return np.asarray(weights / weights.sum())


def _uniform(size: int) -> NDArray[np.float64]:
    return np.full(size, 1.0 / size)


def _distribution(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())
