"""Play that gives an equilibrium payoff: what happens period by period, and after deviations.

At a payoff in the inner set the public coin draws one of the certificate's points with that mean; its profile is played, and
the point's lottery draws the next one. After a player deviates alone, the point that is worst for it comes next. The average
payoff over all draws of the coin is the one that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import exact_vector
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.self_generation import SelfGenerationCertificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.repeated.payoff_set_result import PayoffSet, Point, convex_weights

__all__ = ["PathStep", "equilibrium_path"]


@final
@dataclass(frozen=True, slots=True)
class PathStep:
    """One period of equilibrium play.

    Attributes
    ----------
    payoff : tuple of Fractions
        Discounted average from this period on, after the coin is thrown.
    profile : tuple of int
        What is to be played.
    continuation : tuple of Fractions
        Discounted average from the next period on if nobody deviates.
    """

    payoff: Point
    profile: tuple[int, ...]
    continuation: Point


def equilibrium_path(
    payoffs: PayoffSet,
    payoff: Sequence[Any],
    periods: int,
    *,
    rng: np.random.Generator | int,
    deviations: Mapping[int, int | str] | None = None,
) -> tuple[PathStep, ...]:
    """Draw a path of subgame perfect play with a given expected payoff.

    Parameters
    ----------
    payoffs : PayoffSet
        Of a game whose actions are seen.
    payoff : sequence of n numbers
        In the inner polytope.
    periods : int ≥ 1
    rng : Generator or seed
        The public coin.
    deviations : mapping from period to player, optional
        Who deviates alone in which period (from 0); the path goes on as the equilibrium prescribes then.

    Returns
    -------
    tuple of PathStep, one for each period

    Raises
    ------
    SpecificationError
        The payoff is not in the inner polytope.
    UnsupportedError
        No equilibrium is known, or it depends on public signals.

    Examples
    --------
    Cooperation in a prisoner's dilemma, and what follows a deviation of the first player in period 1:

    >>> from gametheory.games import NormalFormGame
    >>> from gametheory.repeated import payoff_set
    >>> dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> path = equilibrium_path(payoff_set(dilemma, "1/5"), [9, 9], 4, rng=0, deviations={1: 0})
    >>> [step.profile for step in path]
    [(0, 0), (0, 0), (1, 1), (1, 1)]
    """
    check_count("periods", periods)
    certificate = payoffs.inner_certificate
    if not isinstance(certificate, SelfGenerationCertificate):
        raise UnsupportedError(
            "payoffs: no equilibrium whose actions are seen is known; look at .empty and .monitoring"
        )
    target = exact_vector(payoff, where="payoff", count=payoffs.game.num_players)
    points = [point.payoff for point in certificate.points]
    lottery = convex_weights(points, target)
    if lottery is None:
        raise SpecificationError(
            "payoff: not in the inner polytope, so that no play is known that gives it; ask payoffs.contains(payoff)"
        )
    deviating = {t: payoffs.game.player_index(i) for t, i in (deviations or {}).items()}
    coin = np.random.default_rng(rng)
    number = _drawn(lottery, coin)
    path = []
    for t in range(periods):
        point = certificate.points[number]
        path.append(PathStep(point.payoff, point.profile, certificate.continuation(number)))
        number = certificate.punishment(deviating[t]) if t in deviating else _drawn(point.lottery, coin)
    return tuple(path)


def _drawn(lottery: Sequence[tuple[int, Fraction]], coin: np.random.Generator) -> int:
    """A number with its probability, up to 2⁻⁵³."""
    left = float(coin.random())
    for number, probability in lottery:
        left -= float(probability)
        if left < 0:
            return number
    return lottery[-1][0]
