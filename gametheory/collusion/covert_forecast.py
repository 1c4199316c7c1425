"""Talking through actions alone: what a forecaster and a partner earn together.

One agent knows nature's draws in advance, the other acts on past play only, and no channel is left open to them but what they
do (a partner behind a firewall, say). In the long run they can follow Q ∈ Δ(I × J × K), states i, forecaster's actions j,
partner's actions k, iff Q_I = μ₀ and H_Q(j | i, k) ≥ I_Q(i; k): the forecaster must vary his own action enough to tell the
partner what he is to know of i. So the value is a convex programme,

    max ⟨g, Q⟩    subject to    Q_I = μ₀,    H(Q_K) − H(Q) + H(μ₀) ≤ 0,

solved in floats (exponential cone), and certified from both sides in rationals (:mod:`gametheory.certificates.forecast`).

Reference: O. Gossner, P. Hernández and A. Neyman 2006, "Optimal use of communication resources", *Econometrica* 74, theorem 1.
Complexity: |I||J||K| exponential cones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.common_information import entropy
from gametheory.certificates.elementary import Bracket, per_unit
from gametheory.certificates.forecast import ForecastCertificate, forecast_bound, is_within_forecast
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["ForecasterValue", "forecaster_value"]

Floats = NDArray[np.float64]
_FINE = 2**40
_STEPS = (Fraction(0), *(Fraction(1, 10**k) for k in range(12, 0, -1)), Fraction(1))


@final
@compared_by("payoff", "prior", "lower", "upper", "play")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ForecasterValue:
    """What a forecaster and a partner earn per round through their actions alone, between certified bounds.

    ``float()`` gives ``lower``, what ``play`` earns.

    Attributes
    ----------
    payoff : RationalArray, shape (states, forecaster's actions, partner's actions)
    prior : RationalArray, shape (states,)
    play : RationalArray, shape of ``payoff``
        The long-run frequencies Q that earn ``lower``.
    lower, upper : Fraction
    silent : Fraction
        What they earn if the partner learns nothing: max_k Σ_i μ₀(i) max_j g.
    informed : Fraction
        What they would earn if the partner knew nature's draws too.
    information : Bracket
        I_Q(i; k): what the partner gets to know, in bits per round.
    price_per_bit : float
        Slope of the bound in what the partner may learn beyond the forecaster's actions, numerical.
    certificate : ForecastCertificate
    """

    payoff: RationalArray
    prior: RationalArray
    play: RationalArray
    lower: Fraction
    upper: Fraction
    silent: Fraction
    informed: Fraction
    information: Bracket
    price_per_bit: float
    certificate: ForecastCertificate

    def __float__(self) -> float:
        return float(self.lower)

    def _described(self) -> str:
        return (
            f"certified: between {float(self.lower):.10g} and {float(self.upper):.10g} per round; {float(self.silent):.6g} "
            f"silently, {float(self.informed):.6g} with both informed; {float(self.information):.6g} bits told"
        )

    def __repr__(self) -> str:
        return f"ForecasterValue({self._described()})"

    def _repr_html_(self) -> str:
        return f"<p>Forecaster and partner, {escape(self._described())}</p>"

    def to_frame(self) -> Any:
        """A pandas table of the play: state, actions, frequency.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        q = self.play.floats()
        rows = [[*map(int, index), float(q[tuple(index)])] for index in np.argwhere(q > 0)]
        return data_frame(rows, ["state", "forecaster", "partner", "frequency"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "concept": "forecaster and partner",
            "status": "certified",
            **{name: exact_text(getattr(self, name)) for name in ("lower", "upper", "silent", "informed")},
            "information": self.information.to_dict(),
            "price_per_bit": self.price_per_bit,
            "certificate": self.certificate.to_dict(),
        }


def forecaster_value(payoff: Any, prior: Any) -> ForecasterValue:
    """Enclose what a forecaster and a partner earn per round who talk through their actions alone.

    Parameters
    ----------
    payoff : array_like, shape (states, forecaster's actions, partner's actions)
        g(i, j, k), what both earn.
    prior : array_like, shape (states,)
        The law of nature's independent draws.

    Returns
    -------
    ForecasterValue
        Bounds that are usually 1e-7 of the payoff span apart.

    Raises
    ------
    SpecificationError
        If the payoff has not three axes or the prior is no law of its first.
    SolverError
        If the convex programme is not solved.

    Examples
    --------
    Nature tosses a fair coin, and both must match it. Silently they do every second time, 0.81 with the best use of actions
    (Gossner, Hernández and Neyman 2006, section 2):

    >>> match = [[[int(i == j == k) for k in range(2)] for j in range(2)] for i in range(2)]
    >>> found = forecaster_value(match, ["1/2", "1/2"])
    >>> round(float(found.lower), 6), found.upper - found.lower < 1e-6, found.silent
    (0.81071, True, Fraction(1, 2))
    """
    table = payoff if isinstance(payoff, RationalArray) else RationalArray.from_values(payoff, where="payoff")
    if len(table.shape) != 3 or min(table.shape) < 1:
        raise SpecificationError(
            f"payoff: found shape {table.shape}; write g(state, forecaster's action, partner's action)"
        )
    from gametheory.information.distributions import read_distribution
    from gametheory.optimize.forecast_programme import solve_forecast

    _, law = read_distribution(prior, where="prior")
    if law.shape != table.shape[:1]:
        raise SpecificationError(f"prior: found {law.shape[0]} probabilities for {table.shape[0]} states")
    refuse_if_too_large(math.prod(table.shape), 2000, "the convex programme")
    least, largest = int(table.numerators.min()), int(table.numerators.max())
    unit = Fraction(max(largest - least, 1), table.denominator)
    scaled = RationalArray.of_integers(table.numerators.astype(object) - least, max(largest - least, 1)).floats()
    proposal, price, shifts = solve_forecast(scaled, law.floats())
    play = max(_plays(table, law, proposal), key=lambda q: _earned(table, q))
    lower = _earned(table, play)
    bounds = []
    for sign in (1, -1):  # whatever the sign of a solver's multipliers: the better bound is one
        exact_shifts = RationalArray.from_fractions([sign * unit * Fraction(round(x * _FINE), _FINE) for x in shifts])
        exact_price = unit * Fraction(math.ceil(max(price, 0.0) * _FINE), _FINE)
        bounds.append((forecast_bound(table, law, exact_price, exact_shifts), exact_price, exact_shifts))
    informed = [max(row) for row in table.fractions().reshape(table.shape[0], -1).tolist()]
    everything = RationalArray.from_fractions([-x for x in informed])
    bounds.append((forecast_bound(table, law, Fraction(0), everything), Fraction(0), everything))
    upper, exact_price, exact_shifts = min(bounds, key=lambda entry: entry[0])
    certificate = ForecastCertificate(table, law, play, exact_price, exact_shifts, lower, upper)
    certificate.verify()
    mu = law.fractions()
    g = table.fractions()
    return ForecasterValue(
        payoff=table,
        prior=law,
        play=play,
        lower=lower,
        upper=upper,
        silent=max(Fraction((mu * g[:, :, k].max(axis=1)).sum()) for k in range(table.shape[2])),
        informed=sum((p * x for p, x in zip(mu.tolist(), informed, strict=True)), Fraction(0)),
        information=_information(play),
        price_per_bit=float(exact_price) * math.log(2),
        certificate=certificate,
    )


def _information(play: RationalArray) -> Bracket:
    q = play.fractions()
    states, partner, both = q.sum(axis=(1, 2)), q.sum(axis=(0, 1)), q.sum(axis=1).reshape(-1)
    parts = [entropy(law.tolist()) for law in (states, partner, both)]
    low = parts[0][0] + parts[1][0] - parts[2][1]
    return per_unit((max(Fraction(0), low), max(Fraction(0), parts[0][1] + parts[1][1] - parts[2][0])), "bits")


def _earned(table: RationalArray, play: RationalArray) -> Fraction:
    return Fraction((table.fractions() * play.fractions()).sum())


def _plays(table: RationalArray, prior: RationalArray, proposal: Floats) -> Iterator[RationalArray]:
    """Rational plays that can be followed: the proposal, moved as little as need be, and the best without a word."""
    g, mu = table.fractions(), prior.fractions()
    states, own, partner = table.shape
    silent = np.full(table.shape, Fraction(0), dtype=object)
    k = max(range(partner), key=lambda k: Fraction((mu * g[:, :, k].max(axis=1)).sum()))
    for i in range(states):
        silent[i, int(np.argmax([float(x) for x in g[i, :, k]])), k] = mu[i]
    yield RationalArray.from_fractions(silent)
    # The forecaster says as much as can be said, and the partner does not listen: the constraint is slack.
    noisy = np.full(table.shape, Fraction(0), dtype=object)
    conditional = np.full(table.shape, Fraction(0), dtype=object)
    for i in range(states):
        noisy[i, :, k] = mu[i] / own
        total = float(proposal[i].sum())
        shares = (proposal[i] / total if total > 0 else np.full((own, partner), 1 / (own * partner))).reshape(-1)
        parts = [Fraction(math.floor(x * _FINE), _FINE) for x in shares.tolist()]
        parts[int(np.argmax(shares))] += 1 - sum(parts)
        conditional[i] = mu[i] * np.array(parts, dtype=object).reshape(own, partner)
    for step in _STEPS:
        moved = RationalArray.from_fractions((1 - step) * conditional + step * noisy)
        if is_within_forecast(prior, moved):
            yield moved
            return
