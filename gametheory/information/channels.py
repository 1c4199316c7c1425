"""Shannon capacity of channels, between certified bounds.

The capacity of a channel W is the most that its output can say of its input, C = max_p I(p, W); no code carries more bits per
use. For *every* input distribution p, with q = pW its output,

    I(p, W) = Σ_x p(x) D(W_x‖q)  ≤  C  ≤  max_x D(W_x‖q),

so that any p is evidence, and the bounds meet at the best one (Blahut 1972, Arimoto 1972, whose iteration is the slow way to
it). Inputs may have costs that must not exceed budgets on average; the upper bound then charges their prices. Of several
channels, one of which is in use and nobody knows which, the *compound* capacity is max_p min_k I(p, W_k).

For capacity in guesses instead of bits, see :func:`gametheory.information.min_capacity`, which is never smaller.

References: C. E. Shannon 1948; R. E. Blahut 1972, "Computation of channel capacity and rate-distortion functions", and
S. Arimoto 1972, *IEEE Transactions on Information Theory* 18; D. Blackwell, L. Breiman and A. J. Thomasian 1959, "The capacity
of a class of channels". Complexity: :mod:`.channels_interior` proposes p in O(n³ + n² m) a step; a logarithm in rationals
for every entry of the channels certifies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import Unit, per_unit
from gametheory.certificates.information import CapacityCertificate, capacity_bounds
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.information.channels_interior import capacity_point
from gametheory.information.distributions import Channel, read_channel
from gametheory.information.rates import (
    CertifiedRate,
    certified_bounds,
    rounded_numbers,
    rounded_rows,
    up_to_unit,
)

__all__ = ["channel_capacity", "compound_capacity"]


def channel_capacity(
    channel: Any, *, unit: Unit, costs: Any = None, budgets: Any = None, tol: Any = "1e-9"
) -> CertifiedRate:
    """The capacity of a channel, certified from both sides.

    Parameters
    ----------
    channel : Channel, Monitoring or array_like, shape (n, m)
    unit : "bits" or "nats"
        Per use of the channel.
    costs : array_like, shape (n,) or (J, n), optional
        What each input costs.
    budgets : number or array_like, shape (J,), optional
        The largest average cost.
    tol : number
        The widest bounds that are accepted, in nats.

    Returns
    -------
    CertifiedRate
        ``prices`` say how much capacity a unit of budget brings.

    Raises
    ------
    InfeasibleError
        No input distribution meets the budgets; ``certificate`` is a Farkas certificate.
    SolverError
        The bounds are further apart than ``tol``, or a budget equal to the least cost excludes inputs that alone reach some
        output; ``best`` is the bracket, or the lower bound.

    Examples
    --------
    A bit flipped with probability 0.11, and the Z channel of Cover and Thomas, exercise 7.8: log₂(5/4).

    >>> channel_capacity([["89/100", "11/100"], ["11/100", "89/100"]], unit="bits")
    CertifiedRate(capacity, certified: 0.5000840418 bits, within ...)
    >>> z = channel_capacity([[1, 0], ["1/2", "1/2"]], unit="bits")
    >>> round(float(z), 8), z.inputs.round(6).tolist()
    (0.32192809, [0.6, 0.4])
    """
    return _capacity([read_channel(channel)], unit, costs, budgets, tol, "capacity")


def compound_capacity(
    channels: Sequence[Any], *, unit: Unit, costs: Any = None, budgets: Any = None, tol: Any = "1e-9"
) -> CertifiedRate:
    """The rate that one code achieves whichever of several channels is in use, certified from both sides.

    max_p min_k I(p, W_k) = min_λ max_p Σ_k λ_k I(p, W_k): the receiver may learn k, the sender does not.

    Parameters
    ----------
    channels : sequence of channels, each of shape (n, m_k)
        With the same inputs.
    unit, costs, budgets, tol
        As for :func:`channel_capacity`.

    Returns
    -------
    CertifiedRate
        ``weights`` say which channels decide.

    Examples
    --------
    The Z channel and its mirror image: the uniform input, I = h(3/4) − 1/2.

    >>> both = compound_capacity([[[1, 0], ["1/2", "1/2"]], [["1/2", "1/2"], [0, 1]]], unit="bits")
    >>> round(float(both), 8), both.weights.round(6).tolist()
    (0.31127812, [0.5, 0.5])
    """
    if not isinstance(channels, (list, tuple)) or not channels:
        raise SpecificationError("channels: write a list of channels, at least one")
    first = read_channel(channels[0], where="channels[0]")
    rest = [
        read_channel(w, where=f"channels[{k}]", num_inputs=first.num_inputs)
        for k, w in enumerate(channels[1:], start=1)
    ]
    return _capacity([first, *rest], unit, costs, budgets, tol, "compound capacity")


def _capacity(channels: list[Channel], unit: Unit, costs: Any, budgets: Any, tol: Any, name: str) -> CertifiedRate:
    per_unit((Fraction(0), Fraction(0)), unit)  # refuses an unknown unit before work starts
    n = channels[0].num_inputs
    table, limits = _limits(costs, budgets, n)
    refuse_if_too_large((n + len(limits)) ** 2 + n * sum(w.num_outputs for w in channels), 64, "the capacity programme")
    inside = _cheap_inputs(table, limits) if len(limits) else None
    p, weights, prices = capacity_point([w.rows.floats() for w in channels], table.floats(), limits.floats())
    evidence = CapacityCertificate(
        channels=tuple(w.rows for w in channels),
        costs=table,
        budgets=limits,
        inputs=_within_budgets(rounded_rows(p), table, limits, inside),
        weights=rounded_rows(weights),
        prices=rounded_numbers(np.maximum(prices, 0), least=1e-12),
        lower=Fraction(0),
        upper=Fraction(0),
    )
    lower, upper = capacity_bounds(evidence)
    if upper is None:
        raise SolverError(
            f"{name}: the budgets exclude inputs that alone reach some output, so that no bound from above is found; leave "
            "these inputs out, or raise the budgets",
            status="gap",
            solver="interior point",
            best=per_unit((lower, lower), unit).lower,
        )
    bounds = certified_bounds(name, (lower, upper), unit, tol)
    scale = float(np.log(2)) if unit == "bits" else 1.0
    return CertifiedRate(
        name=name,
        bounds=bounds,
        inputs=evidence.inputs.floats(),
        prices={f"budget {j}": float(u) / scale for j, u in enumerate(evidence.prices.fractions()) if u},
        weights=evidence.weights.floats() if len(channels) > 1 else np.zeros(0),
        certificate=replace(evidence, lower=lower, upper=upper),
    )


def _limits(costs: Any, budgets: Any, n: int) -> tuple[RationalArray, RationalArray]:
    if (costs is None) != (budgets is None):
        raise SpecificationError("costs and budgets: found one without the other; write both, or neither")
    if costs is None:
        empty = np.zeros((0, n), dtype=np.int64)
        return RationalArray.of_integers(empty), RationalArray.of_integers(empty[:, 0] if n else empty)
    table = RationalArray.from_values(costs, where="costs")
    if len(table.shape) == 1:
        table = RationalArray.of_integers(table.numerators.reshape(1, -1), table.denominator)
        budgets = [budgets] if np.ndim(budgets) == 0 else budgets
    limits = RationalArray.from_values(budgets, where="budgets")
    if len(table.shape) != 2 or table.shape[1] != n or limits.shape != table.shape[:1] or not len(limits):
        raise SpecificationError(
            f"costs: found shape {table.shape} with budgets of shape {limits.shape}; write a row of {n} costs for each budget"
        )
    return table, limits


def _cheap_inputs(table: RationalArray, limits: RationalArray) -> list[Fraction]:
    """An input distribution well within all budgets: the largest common slack (below 0 none exists)."""
    from gametheory.optimize.exact import solve_exact

    n = table.shape[1]
    one: Any = ("probabilities sum to one", dict.fromkeys(range(n), 1), "==", 1)
    rows: list[Any] = [(f"budget {j}", {x: table[j, x] for x in range(n)}, "<=", limits[j]) for j in range(len(limits))]
    solve_exact(LinearProgramme.from_rows("min", [0] * n, [one, *rows], name="input_within_budgets"))
    slack = [(name, {**row, n: Fraction(1)}, sense, right) for name, row, sense, right in rows]
    roomy = LinearProgramme.from_rows("max", [0] * n + [1], [one, *slack], name="slack_of_budgets")
    return [solve_exact(roomy).primal[x] for x in range(n)]


def _within_budgets(
    inputs: RationalArray, table: RationalArray, limits: RationalArray, inside: list[Fraction] | None
) -> RationalArray:
    """The inputs mixed with as little of ``inside`` as brings them within all budgets."""
    if inside is None:
        return inputs
    p, cheap = inputs.fractions(), np.array(inside, dtype=object)
    share = Fraction(0)
    for row, limit in zip(table.fractions(), limits.fractions(), strict=True):
        cost, least = row @ p, row @ cheap
        if cost > limit:
            share = max(share, min(Fraction(1), up_to_unit((cost - limit) / (cost - least))))
    return RationalArray.from_fractions((1 - share) * p + share * cheap)
