"""Bounds on what a forecaster and a partner earn who talk through their actions alone, in rationals.

Nature draws i from μ₀ anew each round. A forecaster knows all of its draws in advance, his partner only past play. They act, j
and k, and earn g(i, j, k). In the long run they can follow Q ∈ Δ(I × J × K) iff Q_I = μ₀ and what the forecaster's actions say
is enough for what the partner must know, H_Q(j | i, k) ≥ I_Q(i; k), that is (Gossner, Hernández and Neyman 2006, theorem 1)

    H(Q) ≥ H(μ₀) + H(Q_K).

A rational Q that does so proves ``lower``. For every price μ ≥ 0 per nat and shifts π of nature's states,

    ⟨g, Q⟩  ≤  max_k μ ln Σ_{i,j} exp((g(i, j, k) + π_i)/μ) − Σ_i π_i μ₀(i) − μ H(μ₀)        (Gibbs; weak duality)

with max (g + π) in place of the first term for μ = 0, proves ``upper``.

Reference: O. Gossner, P. Hernández and A. Neyman 2006, "Optimal use of communication resources", *Econometrica* 74.
Complexity: an exponential for each entry of g.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.common_information import entropy
from gametheory.certificates.elementary import exponential_bracket, logarithm_bracket
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.information import (
    about_no_game,
    check_stochastic,
    expect_kind,
    table_from_json,
    table_to_json,
)
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.certificates.secrecy_stages import logarithm_sum
from gametheory.games.normal_form import NormalFormGame

__all__ = ["ForecastCertificate", "forecast_bound", "is_within_forecast"]

_LEAST_EXPONENT = Fraction(-200)
_TABLES = {"payoff": 3, "prior": 1, "play": 3, "shifts": 1}


@final
@dataclass(frozen=True, slots=True, repr=False)
class ForecastCertificate:
    """A forecaster and his partner earn at least ``lower`` per round and at most ``upper``.

    Attributes
    ----------
    payoff : RationalArray, shape (states, forecaster's actions, partner's actions)
    prior : RationalArray, shape (states,)
    play : RationalArray, shape of ``payoff``
        Q, which earns ``lower``.
    per_nat : Fraction, ≥ 0
    shifts : RationalArray, shape (states,)
    lower, upper : Fraction

    Examples
    --------
    Whoever plays the only actions there are earns what they pay:

    >>> read = RationalArray.from_values
    >>> ForecastCertificate(
    ...     read([[[3]]]), read([1]), read([[[1]]]), Fraction(0), read([0]), Fraction(3), Fraction(3)).verify()
    True
    """

    payoff: RationalArray
    prior: RationalArray
    play: RationalArray
    per_nat: Fraction
    shifts: RationalArray
    lower: Fraction
    upper: Fraction

    @property
    def claim(self) -> str:
        """The claim in words."""
        size = " × ".join(map(str, self.payoff.shape))
        return (
            f"a forecaster and his partner who talk by their actions alone in a {size} problem earn at least "
            f"{brief(self.lower)} and at most {brief(self.upper)} per round"
        )

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about no game."""
        return ""

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check both bounds, rounded to the safe side.

        Raises
        ------
        CertificateError
            If one of them is not reached, the play cannot be followed, or the evidence is malformed.
        """
        claim = self.claim
        about_no_game(claim, game)
        shape = self.payoff.shape
        if len(shape) != 3 or self.play.shape != shape or {self.prior.shape, self.shifts.shape} != {shape[:1]}:
            fail(claim, "payoff, prior, play and shifts do not fit each other")
        check_stochastic(claim, self.prior, "the prior")
        check_stochastic(
            claim, RationalArray.of_integers(self.play.numerators.reshape(-1), self.play.denominator), "the play"
        )
        if self.per_nat < 0:
            fail(claim, "the price is negative")
        if np.any(self.play.fractions().sum(axis=(1, 2)) != self.prior.fractions()):
            fail(claim, "the play gives nature another law")
        if not is_within_forecast(self.prior, self.play):
            fail(claim, "the forecaster's actions are not proved to say enough for the play")
        earned = Fraction((self.play.fractions() * self.payoff.fractions()).sum())
        if earned < self.lower:
            fail(claim, f"the play earns {brief(earned)} only")
        bound = forecast_bound(self.payoff, self.prior, self.per_nat, self.shifts)
        if bound > self.upper:
            fail(claim, f"price and shifts prove {brief(bound)} only")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "forecast",
            **{name: table_to_json(getattr(self, name)) for name in _TABLES},
            **{name: rational_to_json(getattr(self, name)) for name in ("per_nat", "lower", "upper")},
        }

    @classmethod
    def from_dict(cls, data: Any) -> ForecastCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_TABLES, "per_nat", "lower", "upper"), where="certificate")
        expect_kind(data, "forecast")
        tables = {name: table_from_json(data[name], f"certificate.{name}", axes) for name, axes in _TABLES.items()}
        return cls(
            per_nat=rational_from_json(data["per_nat"], where="certificate.per_nat"),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            **tables,
        )

    def __repr__(self) -> str:
        return f"ForecastCertificate({self.claim})"


def is_within_forecast(prior: RationalArray, play: RationalArray) -> bool:
    """Whether H(Q) ≥ H(μ₀) + H(Q_K) is proved."""
    terms: dict[Fraction, Fraction] = {}
    q = play.fractions()
    laws = ((q.reshape(-1), 1), (prior.fractions(), -1), (q.sum(axis=(0, 1)), -1))
    for law, sign in laws:
        for p in law.tolist():
            if p:
                terms[Fraction(p)] = terms.get(Fraction(p), Fraction(0)) + sign * p
    return logarithm_sum(terms)[1] <= 0


def forecast_bound(payoff: RationalArray, prior: RationalArray, per_nat: Fraction, shifts: RationalArray) -> Fraction:
    """The upper bound of the module's docstring, rounded up; ``per_nat`` ≥ 0."""
    pi, mu = shifts.fractions(), prior.fractions()
    shifted = payoff.fractions() + pi[:, None, None]
    paid = Fraction((pi * mu).sum())
    if not per_nat:
        return Fraction(max(shifted.reshape(-1).tolist())) - paid
    best = []
    for k in range(payoff.shape[2]):
        exponents = [Fraction(x) / per_nat for x in shifted[:, :, k].reshape(-1).tolist()]
        top = max(exponents)
        total = sum((exponential_bracket(max(x - top, _LEAST_EXPONENT))[1] for x in exponents), Fraction(0))
        best.append(top + logarithm_bracket(total)[1])
    return per_nat * (max(best) - entropy(mu.tolist())[0]) - paid
