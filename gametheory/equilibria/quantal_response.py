"""Logit quantal response equilibria: players who err, the less so the more it costs.

For a precision λ ≥ 0, in units of 1/payoff, a mixed profile σ is a logit quantal response equilibrium if

    σ_i(a) = exp(λ u_i(a, σ_{−i})) / Σ_c exp(λ u_i(c, σ_{−i}))      for every player i and action a

(R. D. McKelvey and T. R. Palfrey 1995). At λ = 0 play is uniform. The *principal branch* is the path of solutions that
starts there; in almost all games it leads to one Nash equilibrium as λ → ∞. It may turn back, so that a precision can
have several points on it; the first one is returned. No player's regret exceeds log(m_i) / λ.

Here are the branch and its point at one precision; :mod:`gametheory.equilibria.quantal_response_fit` finds the precision
that explains observed play best. Results are *numerical*: each states the largest difference of log σ from the log of
the response to σ, as floats give it.

References
----------
R. D. McKelvey and T. R. Palfrey (1995), *Quantal response equilibria for normal form games*, Games and Economic
Behavior 10, 6-38. T. L. Turocy (2005), *A dynamic homotopy interpretation of the logistic quantal response equilibrium
correspondence*, Games and Economic Behavior 51, 243-263. J. K. Goeree, C. A. Holt and T. R. Palfrey (2016), *Quantal
Response Equilibrium: A Stochastic Theory of Games*.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.logit_path import (
    PathPoint,
    PayoffTables,
    corrected,
    follow,
    logit_residual,
    payoff_slopes,
    payoff_tables,
    step_along,
)
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "QuantalResponse",
    "QuantalResponseBranch",
    "as_branch",
    "branch_points",
    "checked_number",
    "quantal_response_branch",
    "quantal_response_equilibrium",
    "read_only",
    "response_at",
    "root_along",
    "scaled_tables",
]

Array = NDArray[Any]

MAX_CHANGE = 0.05
ACCURACY = 1e-11
MAX_POINTS = 20_000
LARGEST_PRECISION = 1000.0
"""Default of ``max_precision``, times the largest payoff span: an error that costs 1 % of it then has odds of e^-10."""


@final
@compared_by("game", "precision", "profile", "payoffs", "residual")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuantalResponse:
    """A logit quantal response equilibrium in floats.

    Attributes
    ----------
    game : NormalFormGame
    precision : float
        λ, in units of 1/payoff.
    profile : tuple of arrays
        A probability vector for each player.
    payoffs : tuple of float
        Expected payoffs.
    residual : float
        Largest |log σ_i(a) − log of the response to σ| over all actions, in floats.
    status : "numerical"
    """

    game: NormalFormGame
    precision: float
    profile: tuple[Array, ...]
    payoffs: tuple[float, ...]
    residual: float

    @property
    def status(self) -> Literal["numerical"]:
        """Measured, not proved."""
        return "numerical"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "concept": "logit quantal response",
            "status": self.status,
            "precision": self.precision,
            "players": list(self.game.players),
            "actions": [list(labels) for labels in self.game.actions],
            "profile": [vector.tolist() for vector in self.profile],
            "payoffs": list(self.payoffs),
            "residual": self.residual,
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each action."""
        rows = [
            [player, label, float(p)]
            for player, labels, vector in zip(self.game.players, self.game.actions, self.profile, strict=True)
            for label, p in zip(labels, vector, strict=True)
        ]
        return data_frame(rows, ["player", "action", "probability"])

    def describe(self) -> str:
        """What is played, in labels."""
        return " | ".join(mixture_text(v, labels) for v, labels in zip(self.profile, self.game.actions, strict=True))

    def __repr__(self) -> str:
        return (
            f"QuantalResponse(numerical, residual {self.residual:.1e}: precision {self.precision:.6g}, "
            f"{self.describe()})"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(player)}</th><td>{escape(mixture_text(vector, labels))}</td><td>{payoff:.6g}</td></tr>"
            for player, labels, vector, payoff in zip(
                self.game.players, self.game.actions, self.profile, self.payoffs, strict=True
            )
        )
        caption = f"Logit quantal response, precision {self.precision:.6g}, numerical (residual {self.residual:.1e})"
        return f"<table><caption>{caption}</caption><tr><th>player</th><th>plays</th><th>payoff</th></tr>{rows}</table>"


@final
@compared_by("game", "precisions", "profiles", "residual")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuantalResponseBranch:
    """Points of the principal branch, from uniform play on, in the order in which they are passed.

    Attributes
    ----------
    game : NormalFormGame
    precisions : array, shape (K,)
        λ at each point, in units of 1/payoff; not monotone where the branch turns back.
    profiles : tuple of arrays of shape (K, m_i)
    residual : float
        The largest over all points, see :class:`QuantalResponse`.
    turns : int
        How often the branch turns in λ.
    status : "numerical"
    """

    game: NormalFormGame
    precisions: Array
    profiles: tuple[Array, ...]
    residual: float

    @property
    def status(self) -> Literal["numerical"]:
        """Measured, not proved."""
        return "numerical"

    @property
    def turns(self) -> int:
        """How often λ turns from rising to falling or back."""
        signs = np.sign(np.diff(self.precisions))
        return int((signs[1:] != signs[:-1]).sum())

    def __len__(self) -> int:
        return len(self.precisions)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "concept": "logit quantal response, principal branch",
            "status": self.status,
            "players": list(self.game.players),
            "actions": [list(labels) for labels in self.game.actions],
            "precisions": self.precisions.tolist(),
            "profiles": [table.tolist() for table in self.profiles],
            "residual": self.residual,
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each point and a column for λ and for each action."""
        names = [f"{p}: {a}" for p, labels in zip(self.game.players, self.game.actions, strict=True) for a in labels]
        rows = [[float(x), *map(float, row)] for x, row in zip(self.precisions, np.hstack(self.profiles), strict=True)]
        return data_frame(rows, ["precision", *names])

    def __repr__(self) -> str:
        turns = f", {self.turns} turns" if self.turns else ""
        return (
            f"QuantalResponseBranch(numerical, residual {self.residual:.1e}: {len(self)} points up to precision "
            f"{float(self.precisions.max()):.6g}{turns})"
        )

    def _repr_html_(self) -> str:
        heads = "".join(
            f"<th>{escape(p)}: {escape(a)}</th>"
            for p, labels in zip(self.game.players, self.game.actions, strict=True)
            for a in labels
        )
        chosen = np.unique(np.linspace(0, len(self) - 1, min(len(self), 12)).astype(int))
        table = np.hstack(self.profiles)
        rows = "".join(
            f"<tr><th>{self.precisions[k]:.6g}</th>{''.join(f'<td>{x:.4f}</td>' for x in table[k])}</tr>"
            for k in chosen
        )
        return f"<table><caption>{escape(repr(self))}</caption><tr><th>precision</th>{heads}</tr>{rows}</table>"


def quantal_response_equilibrium(game: NormalFormGame, precision: float) -> QuantalResponse:
    """The logit quantal response equilibrium of a precision: the first on the principal branch.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players, exact or of floats.
    precision : float
        λ ≥ 0, in units of 1/payoff; 0 is uniform play.

    Returns
    -------
    QuantalResponse
        Numerical, with its residual.

    Raises
    ------
    SpecificationError
        If the precision is negative, infinite or no number.
    SolverError
        If the branch could not be followed so far; ``best`` is the last point reached.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    A prisoner who always loses 1 by cooperating does so with probability 1 / (1 + e^λ):

    >>> game = NormalFormGame.symmetric([[2, 0], [3, 1]], actions=["C", "D"])
    >>> quantal_response_equilibrium(game, math.log(4))
    QuantalResponse(numerical, residual ...: precision 1.38629, 0.2 C + 0.8 D | 0.2 C + 0.8 D)

    Names: quantal response equilibrium, logit equilibrium, Boltzmann-rational equilibrium.
    """
    target = checked_number(precision, "precision", least=0.0)
    tables, unit = scaled_tables(game)
    scaled = target * unit
    last = None
    for last, following in itertools.pairwise(follow(tables, max_change=MAX_CHANGE, accuracy=ACCURACY)):
        if following.precision >= scaled or scaled == 0.0:
            point = root_along(tables, last, following, lambda p: p.precision - scaled) if scaled else last
            exact_y = corrected(tables, point.logs, scaled)
            if exact_y is not None and float(np.abs(np.exp(exact_y) - np.exp(point.logs)).max()) < 1e-6:
                return response_at(game, tables, unit, PathPoint(scaled, exact_y, point.tangent), precision=target)
            break
    raise SolverError(
        f"precision: the branch was followed to {last.precision / unit if last else 0.0:.6g} only, not to {target:.6g}; "
        "take a smaller precision, or look at quantal_response_branch",
        status="stopped",
        solver="logit path",
        best=response_at(game, tables, unit, last) if last else None,
    )


def quantal_response_branch(
    game: NormalFormGame,
    *,
    max_precision: float | None = None,
    max_change: float = MAX_CHANGE,
    max_points: int = MAX_POINTS,
) -> QuantalResponseBranch:
    """The principal branch from uniform play to a precision.

    Parameters
    ----------
    max_precision : float, optional
        The branch ends at its first point with this λ; by default 1000 over the largest payoff span.
    max_change : float
        About the largest change of a probability from one point to the next, in (0, 0.25].
    max_points : int
        Refuse to follow it further.

    Returns
    -------
    QuantalResponseBranch
        Numerical, with the largest residual of its points.

    Raises
    ------
    SolverError
        If the branch could not be followed so far; ``best`` is the part found.
    SpecificationError
        If an option is out of its range.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> branch = quantal_response_branch(game, max_precision=100)
    >>> branch
    QuantalResponseBranch(numerical, residual ...: ... points up to precision 100)
    >>> [round(float(x), 3) for x in branch.profiles[1][-1]]
    [0.1, 0.9]
    """
    change = checked_number(max_change, "max_change", least=1e-6, most=0.25)
    tables, unit = scaled_tables(game)
    limit = (
        LARGEST_PRECISION if max_precision is None else checked_number(max_precision, "max_precision", least=0.0) * unit
    )
    points, reached = branch_points(tables, limit, change, max_points)
    found = as_branch(game, tables, unit, points)
    if not reached:
        raise SolverError(
            f"the branch was followed to precision {points[-1].precision / unit:.6g} only ({len(points)} points); take a "
            "smaller max_precision or a larger max_points",
            status="stopped",
            solver="logit path",
            best=found,
        )
    return found


# -- the branch --------------------------------------------------------------------------------------------------------


def scaled_tables(game: NormalFormGame) -> tuple[PayoffTables, float]:
    """Tables of payoffs over the largest span, and that span: λ times it is the precision for the tables."""
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols; substitute values")
    exact_game = game.exact()
    spans = [exact_game.payoff_span(i) for i in range(game.num_players)]
    unit = float(max(spans)) or 1.0
    divisor = Fraction(unit) * exact_game.denominator
    scaled = np.empty(exact_game.numerators.shape)
    for own, target in zip(exact_game.numerators, scaled, strict=True):
        shifted = own - own.min()
        if shifted.dtype == object:
            target.reshape(-1)[:] = [float(int(x) / divisor) for x in shifted.flat]
        else:
            target[:] = shifted / float(divisor)
    return payoff_tables(scaled), unit


def branch_points(tables: PayoffTables, limit: float, change: float, max_points: int) -> tuple[list[PathPoint], bool]:
    """Points up to the first with precision ``limit``, and whether that was reached."""
    points: list[PathPoint] = []
    for point in follow(tables, max_change=change, accuracy=ACCURACY, max_steps=max_points):
        if points and point.precision >= limit:
            points.append(root_along(tables, points[-1], point, lambda p: p.precision - limit))
            return points, True
        points.append(point)
        if limit == 0.0:
            return points, True
        if len(points) >= max_points:
            break
    return points, False


def root_along(
    tables: PayoffTables, first: PathPoint, second: PathPoint, function: Callable[[PathPoint], float]
) -> PathPoint:
    """A point between two neighbours on the path where a function changes its sign, by bisection with secants."""
    whole = float(first.tangent @ np.append(second.logs - first.logs, second.precision - first.precision))
    low, high = 0.0, whole
    below, above = function(first), function(second)
    best = second if abs(above) <= abs(below) else first
    if below == 0.0:
        return first
    if above == 0.0 or (below > 0) == (above > 0):
        return best
    for k in range(80):
        at = low - below * (high - low) / (above - below) if k % 3 < 2 else (low + high) / 2
        if not low < at < high:
            at = (low + high) / 2
        moved = step_along(tables, first, at, accuracy=ACCURACY)
        if moved is None:
            return best
        best = moved[0]
        value = function(best)
        if value == 0.0:
            return best
        if (value > 0) == (above > 0):
            high, above = at, value
        else:
            low, below = at, value
        if high - low <= 1e-15 * max(whole, 1e-300) or abs(at) <= 1e-300:
            break
    return best


def response_at(
    game: NormalFormGame, tables: PayoffTables, unit: float, point: PathPoint, *, precision: float | None = None
) -> QuantalResponse:
    p = np.exp(point.logs)
    vectors = tuple(read_only(p[a:b] / p[a:b].sum()) for a, b in itertools.pairwise(tables.starts))
    u, _ = payoff_slopes(tables, np.concatenate(vectors))
    lowest = [float(Fraction(int(own.min()), game.exact().denominator)) for own in game.exact().numerators]
    payoffs = tuple(
        low + unit * float(u[a:b] @ vector)
        for low, vector, (a, b) in zip(lowest, vectors, itertools.pairwise(tables.starts), strict=True)
    )
    residual = logit_residual(tables, point.logs, point.precision)
    return QuantalResponse(game, point.precision / unit if precision is None else precision, vectors, payoffs, residual)


def as_branch(
    game: NormalFormGame, tables: PayoffTables, unit: float, points: Sequence[PathPoint]
) -> QuantalResponseBranch:
    table = np.exp(np.array([point.logs for point in points]))
    profiles = []
    for a, b in itertools.pairwise(tables.starts):
        own = table[:, a:b]
        profiles.append(read_only(own / own.sum(axis=1, keepdims=True)))
    residual = max(logit_residual(tables, point.logs, point.precision) for point in points)
    precisions = read_only(np.array([point.precision / unit for point in points]))
    return QuantalResponseBranch(game, precisions, tuple(profiles), residual)


def read_only(array: Array) -> Array:
    array.setflags(write=False)
    return array


def checked_number(value: Any, name: str, *, least: float, most: float = math.inf) -> float:
    number = value if isinstance(value, (int, float, Fraction, np.integer, np.floating)) else math.nan
    if isinstance(value, (bool, np.bool_)) or not math.isfinite(number) or not least <= number <= most:
        upper = "" if math.isinf(most) else f" and at most {most:g}"
        raise SpecificationError(f"{name}: found {value!r}; write a finite number of at least {least:g}{upper}")
    return float(number)


def mixture_text(vector: Array, labels: Sequence[str]) -> str:
    terms = [f"{p:.6g} {label}" for p, label in zip(vector, labels, strict=True)]
    return " + ".join([*terms[:6], *([f"… ({len(terms)} in all)"] if len(terms) > 6 else [])])
