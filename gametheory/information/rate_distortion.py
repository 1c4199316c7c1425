"""Rate–distortion: the fewest bits that describe a source well enough.

A source symbol x of distribution r is to be reproduced as y; the distortion d(x, y) may be D on average. The rate–distortion
function is the least mutual information of a channel that does so,

    R(D) = min { I(r, W) : Σ_x r(x) Σ_y W(y | x) d(x, y) ≤ D },

convex and decreasing in D; its slope R′(D) is the price that is reported. Read as security: a log, a summary or a
paraphrase that is this faithful cannot say less of the original than R(D).

Any feasible W is an upper bound. For any price s ≥ 0 and any ℓ a lower bound is (:mod:`gametheory.certificates.information`)

    Σ_x r(x) ℓ(x) − ln max_y Σ_x r(x) exp(ℓ(x) − s d(x, y)) − s D.

References: C. E. Shannon 1959, "Coding theorems for a discrete source with a fidelity criterion"; R. E. Blahut 1972,
*IEEE Transactions on Information Theory* 18; T. Berger 1971, *Rate Distortion Theory*, section 2.5. Complexity:
:mod:`.channels_interior`, O(n m + (n + m)³) a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.elementary import Unit, per_unit
from gametheory.certificates.encoding import brief
from gametheory.certificates.information import (
    DistortionCertificate,
    distortion_lower,
    distortion_upper,
)
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.information.channels_interior import distortion_point
from gametheory.information.distributions import Channel, read_distribution
from gametheory.information.rates import CertifiedRate, certified_bounds, rounded_numbers, rounded_rows, up_to_unit

__all__ = ["rate_distortion_function"]

Floats = NDArray[np.float64]

_UNUSED = 1e-11  # inputs of less weight than this are left out of the lower bound
_STEEP = 60  # exp(−60): what an entry that must be zero still counts


def rate_distortion_function(
    source: Any, distortion: Any, budget: Any, *, unit: Unit, tol: Any = "1e-9"
) -> CertifiedRate:
    """R(D) of a source, certified from both sides, with a channel that attains the upper bound.

    Parameters
    ----------
    source : array_like, shape (n,)
    distortion : array_like, shape (n, m)
        d(x, y); for Hamming distortion 0 on the diagonal and 1 elsewhere.
    budget : number
        D, the largest average distortion.
    unit : "bits" or "nats"
        Per symbol of the source.
    tol : number
        The widest bounds that are accepted, in nats.

    Raises
    ------
    InfeasibleError
        Even the most faithful channel distorts more.
    SolverError
        The bounds are further apart than ``tol``.

    Examples
    --------
    A bit that is 1 with probability 1/5, wrong at most once in ten: h(1/5) − h(1/10).

    >>> found = rate_distortion_function(["4/5", "1/5"], [[0, 1], [1, 0]], "1/10", unit="bits")
    >>> found
    CertifiedRate(rate–distortion, certified: 0.2529325013 bits, within ...)
    """
    _, weights = read_distribution(source, where="source")
    table = read_distortion(distortion, len(weights))
    limit = exact(budget, where="budget")
    return least_information(
        table,
        loads=RationalArray.of_integers(weights.numerators.reshape(1, -1), weights.denominator),
        budgets=RationalArray.from_fractions([limit]),
        source=weights,
        unit=unit,
        name="rate–distortion",
        limits=["average distortion"],
        tol=tol,
    )


def read_distortion(distortion: Any, num_symbols: int | None = None) -> RationalArray:
    """A distortion table, shape (n, m)."""
    table = RationalArray.from_values(distortion, where="distortion")
    if len(table.shape) != 2 or min(table.shape) < 1 or (num_symbols is not None and len(table) != num_symbols):
        rows = "each symbol" if num_symbols is None else f"each of {num_symbols} symbols"
        raise SpecificationError(f"distortion: found shape {table.shape}; write a row for {rows}")
    return table


def least_information(
    table: RationalArray,
    *,
    loads: RationalArray,
    budgets: RationalArray,
    source: RationalArray | None,
    unit: Unit,
    name: str,
    limits: Sequence[str],
    tol: Any,
) -> CertifiedRate:
    """The least I(source, W), or without a source the least capacity, under limits Σ_x a(k, x) Σ_y d(x, y) W(y | x) ≤ b_k.

    All a(k, x) ≥ 0, so that the nearest reproduction of every symbol meets all limits at once or none can.
    """
    per_unit((Fraction(0), Fraction(0)), unit)  # refuses an unknown unit before work starts
    (n, m), count = table.shape, len(budgets)
    refuse_if_too_large((count + 4) * n * m + (2 * n + m + count) ** 2, 64, "the distortion programme")
    distortion, charges = table.fractions(), loads.fractions()
    nearest = distortion.min(axis=1)
    for k, needed in enumerate(charges @ nearest):
        if needed > budgets[k]:
            raise InfeasibleError(
                f"{limits[k]}: the limit is {brief(budgets[k])}, but the most faithful channel has {brief(needed)}; raise it"
            )
    # A limit without slack leaves only the nearest reproductions of the symbols that it charges.
    tight = np.asarray(charges @ nearest == budgets.fractions(), dtype=bool)
    closest = np.asarray(distortion == nearest[:, None], dtype=bool)
    allowed = closest | ~np.asarray((charges[tight] > 0).any(axis=0), dtype=bool)[:, None]
    rows = loads.floats()[~tight][:, :, None] * table.floats()[None, :, :]
    point = distortion_point(rows, budgets.floats()[~tight], None if source is None else source.floats(), allowed)
    p = source if source is not None else _worst_inputs(point.inputs)
    prices = np.zeros(count)
    prices[~tight] = np.maximum(point.prices, 0)
    evidence = DistortionCertificate(
        distortion=table,
        loads=loads,
        budgets=budgets,
        source=source,
        channel=_within_limits(rounded_rows(point.channel, allowed), table, loads, budgets, closest),
        output=rounded_rows(point.output),
        inputs=p,
        logarithms=rounded_numbers(np.where(p.floats() > 0, point.logarithms, 0)),
        prices=rounded_numbers(prices, least=1e-13),
        lower=Fraction(0),
        upper=Fraction(0),
    )
    if source is not None:
        output = source.fractions() @ evidence.channel.fractions()
        evidence = replace(evidence, output=RationalArray.from_fractions(output))
    if tight.any():
        evidence = _with_steep_prices(evidence, tight, nearest)
    upper, lower = distortion_upper(evidence), max(Fraction(0), distortion_lower(evidence))
    assert upper is not None, "the output has weight wherever a row of the channel has"
    scale = float(np.log(2)) if unit == "bits" else 1.0
    return CertifiedRate(
        name=name,
        bounds=certified_bounds(name, (lower, upper), unit, tol),
        inputs=p.floats(),
        channel=Channel(evidence.channel),
        prices={limits[k]: -float(u) / scale for k, u in enumerate(prices) if u > 1e-9},
        certificate=replace(evidence, lower=lower, upper=upper),
    )


def _worst_inputs(inputs: Floats) -> RationalArray:
    """Input weights as rationals; those next to nothing are 0, as they would only weaken the lower bound."""
    return rounded_rows(np.where(inputs < _UNUSED, 0, inputs), inputs >= _UNUSED)


def _within_limits(
    channel: RationalArray,
    table: RationalArray,
    loads: RationalArray,
    budgets: RationalArray,
    closest: NDArray[np.bool_],
) -> RationalArray:
    """The channel mixed with as little of the most faithful one as brings it within all limits."""
    found, distortion, charges = channel.fractions(), table.fractions(), loads.fractions()
    counts = closest.sum(axis=1)
    faithful = np.array([[Fraction(int(c), int(k)) for c in row] for row, k in zip(closest, counts, strict=True)])
    share = Fraction(0)
    used, least = (charges @ (w * distortion).sum(axis=1) for w in (found, faithful))
    for k, limit in enumerate(budgets.fractions()):
        if used[k] > limit:
            share = max(share, min(Fraction(1), up_to_unit((used[k] - limit) / (used[k] - least[k]))))
    return RationalArray.from_fractions((1 - share) * found + share * faithful) if share else channel


def _with_steep_prices(
    evidence: DistortionCertificate, tight: NDArray[np.bool_], nearest: NDArray[Any]
) -> DistortionCertificate:
    """Prices of the limits without slack, so high that other than the nearest reproductions count for next to nothing.

    They charge the nearest ones too, which the logarithm of the symbol gives back.
    """
    p, charges, distortion = (x.fractions() for x in (evidence.inputs, evidence.loads, evidence.distortion))
    prices = evidence.prices.fractions()
    for k in np.flatnonzero(tight):
        steps = [
            _STEEP * p[x] / (charges[k, x] * min(d - nearest[x] for d in row if d > nearest[x]))
            for x, row in enumerate(distortion)
            if charges[k, x] and p[x] and any(d > nearest[x] for d in row)
        ]
        prices[k] = max(steps, default=Fraction(0))
    given = (prices * tight) @ charges
    back = [
        ell + (s * d / w if w else 0)
        for ell, s, d, w in zip(evidence.logarithms.fractions(), given, nearest, p, strict=True)
    ]
    return replace(evidence, prices=RationalArray.from_fractions(prices), logarithms=RationalArray.from_fractions(back))
