"""The (coarse) correlated equilibrium of maximum entropy: the one that assumes least beyond obedience.

    maximise H(p) = −Σ_a p(a) ln p(a)   subject to   p ≥ 0,  Σ_a p(a) = 1,  G p ≥ 0   (the obedience rows)

The maximum is unique and has exponential form, p(a) ∝ exp((yᵀG)_a) with y ≥ 0 on the rows that bind (Ortiz, Schapire
and Kakade 2007), on the profiles that some correlated equilibrium plays. Its dual is convex:

    minimise ln Σ_a exp((yᵀG)_a)   subject to   y ≥ 0.

**Method.** Newton's method on the dual with a logarithmic barrier for y: at the weight μ the point p(y) meets every row
with μ / y_r to spare and is off by at most μ for each row, so it is a correlated equilibrium, and rounded to rationals
it still is one. Where no p meets all rows strictly (:mod:`gametheory.equilibria.correlated_interior`), rows that are
always equalities get multipliers of either sign, profiles that never occur are left out, and p is projected on the
equalities in rationals; the proof of the equalities makes the multipliers ≥ 0 again. A point that rounding pushed out
is moved towards the interior by the smallest power of two that helps. The answer is two-sided: an exact correlated
equilibrium, a lower bound on its entropy, an upper bound on every entropy, and a certificate of both.

Complexity: a Newton step costs R² N for R rows that can be strict; some fifty steps. Seconds for 1,000 profiles, minutes
for several thousand; sets without interior need the exact programme of the interior, for a few hundred profiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.entropy import EntropyCertificate, weighted_obedience
from gametheory.equilibria.correlated import correlated_from_distribution
from gametheory.equilibria.correlated_interior import CorrelatedInterior, correlated_interior
from gametheory.equilibria.correlated_programme import ObedienceRow, all_obedience_rows, obedience_table
from gametheory.equilibria.correlated_solver import disobedience_gains
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["MaximumEntropyEquilibrium", "maximum_entropy_correlated_equilibrium"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
_STEPS = 60  # Newton steps for one barrier weight
_FAR = 1e6  # multipliers beyond this: no distribution meets all rows strictly
_ROUNDING = 60  # bits after the point


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class MaximumEntropyEquilibrium:
    """An exact (coarse) correlated equilibrium whose entropy is within ``upper − lower`` of the largest.

    Attributes
    ----------
    equilibrium : Equilibrium
    exact_lower, exact_upper : Fraction
        In nats: its entropy is at least the first, no entropy is above the second.
    certificate : EntropyCertificate
        Of all of this.
    """

    equilibrium: Equilibrium
    exact_lower: Fraction
    exact_upper: Fraction
    certificate: EntropyCertificate

    @property
    def game(self) -> NormalFormGame:
        return self.equilibrium.game

    @property
    def profile(self) -> Array:
        """The distribution, shape ``game.num_actions``: fractions for an exact game, else floats."""
        return np.asarray(self.equilibrium.profile)

    @property
    def exact_profile(self) -> Array:
        """The distribution in fractions, the one that the certificate speaks of."""
        return np.asarray(self.equilibrium.exact_profile)

    @property
    def payoffs(self) -> tuple[Any, ...]:
        return self.equilibrium.payoffs

    @property
    def lower(self) -> float:
        """Entropy in nats, from below."""
        return float(self.exact_lower)

    @property
    def upper(self) -> float:
        """Bound on every entropy, in nats."""
        return float(self.exact_upper)

    def __float__(self) -> float:
        return self.lower

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "equilibrium": self.equilibrium.to_dict(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the recommended action profiles and their probabilities."""
        return self.equilibrium.to_frame()

    def __repr__(self) -> str:
        gap = float(self.exact_upper - self.exact_lower)
        return (
            f"MaximumEntropyEquilibrium({self.equilibrium.concept}, certified: entropy {self.lower:.6g} nats, "
            f"{self.lower / math.log(2):.6g} bits, gap {gap:.1g})"
        )

    def _repr_html_(self) -> str:
        return f"{self.equilibrium._repr_html_()}<p>{escape(repr(self))}</p>"


def maximum_entropy_correlated_equilibrium(
    game: NormalFormGame, *, coarse: bool = False, gap: float = 1e-8
) -> MaximumEntropyEquilibrium:
    """The (coarse) correlated equilibrium of maximum entropy, to a certified gap.

    Parameters
    ----------
    coarse : bool
        Whether players commit to follow or to ignore their recommendations before they hear them.
    gap : float
        Largest difference of the two bounds, in nats; from 1e-11.

    Returns
    -------
    MaximumEntropyEquilibrium

    Raises
    ------
    SpecificationError
        A gap out of range, or a game too large for the memory at hand.
    SolverError
        The gap was not reached; ``best`` is the result with its gap.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    Chicken: the distribution is spread as far as obedience allows, over all four profiles.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> found = maximum_entropy_correlated_equilibrium(game)
    >>> round(found.lower, 6), [round(float(x), 4) for x in found.profile.flat], found.certificate.verify()
    (1.353706, [0.2583, 0.2967, 0.2967, 0.1483], True)
    """
    if isinstance(gap, bool) or not isinstance(gap, (int, float)) or not 1e-11 <= gap < math.inf:
        raise SpecificationError(f"gap: found {gap!r}; write a number of nats ≥ 1e-11")
    whole = game.exact()
    rows = all_obedience_rows(whole, range(whole.num_players), coarse=coarse)
    refuse_if_too_large((len(rows) + 4) * (whole.num_profiles + len(rows)), 16, "the dense rows of correlated play")
    table = _dense_rows(whole, rows, coarse)
    direct = _central_path(_unit_rows(table), np.zeros((0, whole.num_profiles)), gap)
    found = None if direct is None else _direct(whole, rows, coarse, table, direct)
    if found is None:
        interior = correlated_interior(whole, coarse=coarse)
        found = _within_equalities(whole, rows, coarse, table, interior, gap)
    distribution, multipliers = found
    equilibrium = correlated_from_distribution(
        game, distribution, coarse=coarse, method="Newton's method on the dual, in rationals"
    )
    listed = equilibrium.certificate.profile  # type: ignore[union-attr]  # a deviation certificate
    lower, upper = _bounds(whole, listed, multipliers, coarse)
    certificate = EntropyCertificate(listed, lower, upper, multipliers, coarse, whole)
    certificate.verify()
    result = MaximumEntropyEquilibrium(
        equilibrium=equilibrium, exact_lower=lower, exact_upper=upper, certificate=certificate
    )
    if upper - lower > gap:
        raise SolverError(
            f"the bounds {float(lower):.12g} and {float(upper):.12g} differ by more than the gap {gap}; take "
            f"gap={2 * float(upper - lower):.1g}, the result so far is in .best",
            status="gap not reached",
            solver="Newton's method",
            best=result,
        )
    return result


Found = tuple[RationalArray, tuple[tuple[ObedienceRow, Fraction], ...]]


def _dense_rows(game: NormalFormGame, rows: Sequence[ObedienceRow], coarse: bool) -> Array:
    """All obedience rows in payoff numerators, shape (rows, profiles)."""
    table = np.zeros((len(rows), game.num_profiles), dtype=game.numerators.dtype)
    for i in range(game.num_players):
        own = [k for k, row in enumerate(rows) if row[0] == i]
        if own:
            values, columns = obedience_table(game, [rows[k] for k in own], coarse=coarse)
            table[np.array(own)[:, None], np.broadcast_to(columns, values.shape)] = values
    return table


def _row_sizes(table: Array) -> list[int]:
    return [max(int(row.max()), -int(row.min())) or 1 for row in table]


def _unit_rows(table: Array) -> Floats:
    """Each row over its largest absolute value."""
    result = np.empty(table.shape)
    for r, (row, size) in enumerate(zip(table, _row_sizes(table), strict=True)):
        result[r] = [int(x) / size for x in row.tolist()]
    return result


def _central_path(rows: Floats, equations: Floats, gap: float) -> tuple[Floats, Floats, list[Floats]] | None:
    """Multipliers of rows (> 0) and equations, and points p(y) along the path, the last one first.

    ``None`` where the multipliers run away.
    """
    matrix, strict = np.concatenate([rows, equations]), len(rows)
    y = np.concatenate([np.ones(strict), np.zeros(len(equations))])
    points: list[Floats] = []
    weight, last = 1.0, gap / (8.0 * max(strict, 1))
    while True:
        for _ in range(_STEPS):
            p = _softmax(y @ matrix)
            slack = matrix @ p
            gradient = slack.copy()
            gradient[:strict] -= weight / y[:strict]
            hessian = (matrix * p) @ matrix.T - np.outer(slack, slack)
            hessian[np.arange(strict), np.arange(strict)] += weight / y[:strict] ** 2
            hessian[np.diag_indices(len(y))] += 1e-14 * (1.0 + hessian.diagonal())
            try:
                step = -np.linalg.solve(hessian, gradient)
            except np.linalg.LinAlgError:
                return None
            decrease = float(-gradient @ step)
            if not math.isfinite(decrease) or decrease <= 1e-6 * weight:
                break
            shrinking = step[:strict] < 0
            with np.errstate(over="ignore"):  # a step of almost nothing is limited by nothing
                limit = float(np.min(-y[:strict][shrinking] / step[:strict][shrinking], initial=np.inf))
            length, here = min(1.0, 0.9 * limit), _dual(y, matrix, strict, weight)
            while _dual(y + length * step, matrix, strict, weight) > here - 0.1 * length * decrease and length > 1e-10:
                length /= 2
            if length <= 1e-10:
                break
            y = y + length * step
            if float(np.abs(y).max(initial=0.0)) > _FAR:
                return None
        points.append(_softmax(y @ matrix))
        if weight <= last:
            return y[:strict], y[strict:], points[::-1]
        weight = max(weight / 5, last)


def _softmax(exponents: Floats) -> Floats:
    values = np.exp(exponents - exponents.max())
    return np.asarray(values / values.sum())


def _dual(y: Floats, matrix: Floats, strict: int, weight: float) -> float:
    exponents = y @ matrix
    most = float(exponents.max())
    return most + math.log(float(np.exp(exponents - most).sum())) - weight * float(np.log(y[:strict]).sum())


def _rounded(p: Floats) -> RationalArray:
    """Floats as rationals of 60 bits after the point that sum to one."""
    numerators = np.empty(len(p), dtype=object)
    numerators[:] = [max(round(math.ldexp(float(x), _ROUNDING)), 0) for x in p]
    return RationalArray.of_integers(numerators, int(numerators.sum()))


def _obeyed(game: NormalFormGame, distribution: RationalArray, coarse: bool) -> bool:
    gains = disobedience_gains(game, distribution)
    return all(bool(np.all((table.sum(axis=0) if coarse else table) <= 0)) for table in gains)


def _mixtures(point: RationalArray, inner: RationalArray) -> Iterator[RationalArray]:
    """The point, then ever more of an inner one."""
    yield point
    a, b = point.numerators.astype(object) * inner.denominator, inner.numerators.astype(object) * point.denominator
    common = point.denominator * inner.denominator
    for k in range(48, -1, -4):
        mixed = a * (2**k - 1) + b
        if min(mixed) >= 0:
            yield RationalArray.of_integers(mixed, common * 2**k)


def _first_obeyed(
    game: NormalFormGame, point: RationalArray, inner: RationalArray, coarse: bool
) -> RationalArray | None:
    for mixed in _mixtures(point, inner):
        if min(mixed.numerators) >= 0 and _obeyed(game, mixed, coarse):
            return mixed
    return None


def _direct(
    game: NormalFormGame,
    rows: Sequence[ObedienceRow],
    coarse: bool,
    table: Array,
    path: tuple[Floats, Floats, list[Floats]],
) -> Found | None:
    """The end of the path in rationals, if it or a mixture with an earlier point is a correlated equilibrium."""
    y, _, points = path
    inner = next((q for q in map(_rounded, points[3:]) if _obeyed(game, q, coarse)), None)
    point = _rounded(points[0])
    if inner is None:
        return (point, _multipliers(game, rows, table, y)) if _obeyed(game, point, coarse) else None
    mixed = _first_obeyed(game, point, inner, coarse)
    return None if mixed is None else (mixed, _multipliers(game, rows, table, y))


def _multipliers(
    game: NormalFormGame, rows: Sequence[ObedienceRow], table: Array, y: Sequence[float] | Floats
) -> tuple[tuple[ObedienceRow, Fraction], ...]:
    """Multipliers of unit rows as rationals per unit of payoff."""
    values = [_short(float(v)) * game.denominator / size for v, size in zip(y, _row_sizes(table), strict=True)]
    return tuple((row, v) for row, v in zip(rows, values, strict=True) if v > 0)


def _short(value: float) -> Fraction:
    """The value to 50 bits after the point."""
    return Fraction(round(math.ldexp(value, 50)), 2**50)


def _within_equalities(
    game: NormalFormGame,
    rows: Sequence[ObedienceRow],
    coarse: bool,
    table: Array,
    interior: CorrelatedInterior,
    gap: float,
) -> Found:
    """The same on the profiles that occur, with the rows that always bind as equations."""
    inner = RationalArray.from_fractions(np.asarray(interior.equilibrium.exact_profile).reshape(-1))
    occurs = np.flatnonzero(np.array([x != 0 for x in inner.numerators.tolist()], dtype=bool))
    proof = interior.multipliers.fractions()
    bound = np.array([x != 0 for x in proof], dtype=bool)
    own = table[:, occurs]
    equations = _independent(own, np.flatnonzero(bound).tolist())
    open_rows = [r for r in np.flatnonzero(~bound).tolist() if any(own[r].tolist())]
    if len(occurs) > 1:
        path = _central_path(_unit_rows(own[open_rows]), _unit_rows(own[equations]), gap)
        if path is None:
            raise SolverError(
                "Newton's method: the multipliers run away, the rows are too ill-conditioned for floats; scale the payoffs",
                status="diverged",
                solver="Newton's method",
            )
        y, free, points = path
        point = _projected(own[equations], _rounded(points[0]))
    else:
        y, free, point = np.zeros(len(open_rows)), np.zeros(len(equations)), RationalArray.of_integers([1])
    whole = np.zeros(game.num_profiles, dtype=object)
    whole[occurs] = point.numerators
    mixed = _first_obeyed(game, RationalArray.of_integers(whole, point.denominator), inner, coarse)
    values = [Fraction(0)] * len(rows)
    sizes = _row_sizes(own)
    for r, v in zip([*open_rows, *equations], [*y, *free], strict=True):
        values[r] = _short(float(v)) * game.denominator / sizes[r]
    # The proof, added often enough, makes multipliers of equations ≥ 0 and profiles that never occur negligible: on
    # these it is ≤ −1, on the others 0.
    unit = np.array([v * (Fraction(1) / game.denominator) for v in values], dtype=object)
    exponents = [float(e) for e in unit @ table.astype(object)]
    most = max(exponents[a] for a in occurs)
    absent = [e for a, e in enumerate(exponents) if a not in set(occurs.tolist())]
    times = max((math.ceil(e - most + math.log(8 * game.num_profiles / gap)) for e in absent), default=0)
    times = max([times, 0, *(math.ceil(-v / proof[r]) for r, v in enumerate(values) if v < 0)])
    values = [v + times * x for v, x in zip(values, proof, strict=True)]
    # The interior itself always obeys, so that there is a mixture.
    assert mixed is not None
    return mixed, tuple((row, v) for row, v in zip(rows, values, strict=True) if v > 0)


def _independent(table: Array, chosen: list[int]) -> list[int]:
    """As many of the chosen rows as are linearly independent."""
    from flint import fmpz_mat

    if not chosen:
        return []
    columns = fmpz_mat([[int(x) for x in table[r]] for r in chosen]).transpose()
    echelon, _, rank = columns.rref()
    found, k = [], 0
    for row in range(rank):
        while int(echelon[row, k]) == 0:
            k += 1
        found.append(chosen[k])
    return found


def _projected(equations: Array, point: RationalArray) -> RationalArray:
    """The nearest point at which all (independent) equations are exactly zero, scaled to sum to one."""
    if not len(equations):
        return point
    from flint import fmpz_mat

    matrix = fmpz_mat([[int(x) for x in row] for row in equations])
    p = fmpz_mat(len(point), 1, [int(x) for x in point.numerators])
    numerators, denominator = (matrix * matrix.transpose()).solve(matrix * p).numer_denom()
    moved = p * int(denominator) - matrix.transpose() * numerators
    values = np.empty(len(point), dtype=object)
    values[:] = [int(x) for x in moved.entries()]
    return RationalArray.of_integers(values, int(values.sum()))


def _bounds(
    game: NormalFormGame, listed: Any, multipliers: Sequence[tuple[ObedienceRow, Fraction]], coarse: bool
) -> tuple[Fraction, Fraction]:
    """Rationals a little outside the entropy and the dual bound, as floats give them."""
    slack = Fraction(1, 10**12)
    entropy = -math.fsum(float(p) * math.log(p) for _, p in listed if p > 2.0**-100)
    exponents, denominator = weighted_obedience(game, multipliers, coarse=coarse)
    numbers = exponents.tolist()
    most = max(numbers)
    total = math.fsum(math.exp(max(float(Fraction(e - most, denominator)), -700.0)) for e in numbers)
    upper = Fraction(most, denominator) + Fraction(math.log(total))
    short = 2**60
    return Fraction(math.floor((Fraction(entropy) - slack) * short), short), Fraction(
        math.ceil((upper + slack) * short), short
    )
