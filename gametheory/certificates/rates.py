"""Rates that make a cascade die out, and a proof that none do so for less.

On a network with weights a_ij ≥ 0 (i ≠ j) node i has a transmission rate β_i and a recovery rate γ_i, both within bounds.
The linear cascade dx/dt = (diag(β) a − diag(γ)) x decays at a rate of at least m ≥ 0 iff its spectral abscissa is ≤ −m, that
is α(diag(β) a − diag(κ)) ≤ 0 with κ = γ − m > 0. The cost is

    Σ_i [f_i(β_i) + g_i(γ_i)],   f_i(β) = Σ_k c_ik β^{p_k},   g_i(γ) = Σ_k d_ik γ^{q_k}  or  Σ_k d_ik (D − γ)^{q_k},

with c, d ≥ 0 and whole exponents (q_k ≥ 1, with a ceiling D > γ_i q_k ≤ −1): convex functions of ln β_i and of ln κ_i.

Lower bound. Let F_ij ≥ 0 be a circulation on the arcs (what leaves a node enters it), λ_i = Σ_j F_ij. If some v > 0 has
β_i Σ_j a_ij v_j ≤ κ_i v_i for all i, then by the concavity of the logarithm, the v_i cancelling,

    Σ_i λ_i (ln β_i − ln κ_i)  ≤  Σ_ij F_ij ln(F_ij / (a_ij λ_i))  =: B        (the entropy form of ln ρ, Friedland 1981)

So the cost of all such rates is at least  min_β Σ [f_i + λ_i ln β_i] + min_γ Σ [g_i − λ_i ln κ_i] − B, one convex problem in
one variable per node, bounded by tangents at rates that the certificate names, with logarithms between rationals.

References: V. M. Preciado, M. Zargham, C. Enyioha, A. Jadbabaie and G. J. Pappas (2014), *Optimal resource allocation for
network protection against spreading processes*, IEEE Trans. Control of Network Systems 1; S. Friedland (1981), *Convex spectral
functions*, Linear and Multilinear Algebra 9.
Complexity: a logarithm for each arc, three for each node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import logarithm_bracket
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.certificates.spectral import MetzlerMatrix, SpectralCertificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CostTerms", "RateCertificate", "RateProblem", "held_matrix"]

CostTerms = tuple[tuple[RationalArray, int], ...]
"""Pairs of coefficients, one for each node, and an exponent."""

_BITS = 100
_ARRAYS = ("transmission_lower", "transmission_upper", "recovery_lower", "recovery_upper")
_RATES = ("transmission", "recovery", "circulation", "transmission_tangent", "recovery_tangent")
_KEYS = (
    *("kind", "network", *_ARRAYS, "transmission_cost", "recovery_cost", "ceiling", "margin"),
    *(*_RATES, "held", "lower", "upper"),
)


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RateProblem:
    """What rates may be, what they cost, and how fast the cascade must decay; see the module.

    Attributes
    ----------
    network : MetzlerMatrix
        The weights a, no entry on the diagonal.
    transmission_lower, transmission_upper : RationalArray, shape (n,), > 0
    recovery_lower, recovery_upper : RationalArray, shape (n,), > margin
    transmission_cost, recovery_cost : CostTerms
    ceiling : Fraction or None
        D, larger than every recovery rate; then the recovery cost is one of D − γ.
    margin : Fraction, ≥ 0
    """

    network: MetzlerMatrix
    transmission_lower: RationalArray
    transmission_upper: RationalArray
    recovery_lower: RationalArray
    recovery_upper: RationalArray
    transmission_cost: CostTerms
    recovery_cost: CostTerms
    ceiling: Fraction | None
    margin: Fraction

    def __post_init__(self) -> None:
        n = self.network.size
        if (self.network.rows == self.network.columns).any():
            raise SpecificationError("network: found an entry on the diagonal; a node does not infect itself")
        vectors = [(name, getattr(self, name)) for name in _ARRAYS]
        vectors += [("cost", c) for c, _ in (*self.transmission_cost, *self.recovery_cost)]
        for name, vector in vectors:
            if vector.shape != (n,):
                raise SpecificationError(f"{name}: found shape {vector.shape}; write {n} numbers")
        for low, high, least in (
            (self.transmission_lower, self.transmission_upper, Fraction(0)),
            (self.recovery_lower, self.recovery_upper, self.margin),
        ):
            for i in range(n):
                if not least < low[i] <= high[i]:
                    raise SpecificationError(
                        f"bounds of node {i}: found {brief(low[i])} and {brief(high[i])}; transmission needs "
                        "0 < lower ≤ upper, recovery margin < lower ≤ upper"
                    )
        if self.margin < 0:
            raise SpecificationError(f"margin: found {brief(self.margin)}; write a number ≥ 0")
        if self.ceiling is not None and any(self.recovery_upper[i] >= self.ceiling for i in range(n)):
            raise SpecificationError(f"ceiling: found {brief(self.ceiling)}; it must exceed every recovery rate")
        for name, terms in (("transmission_cost", self.transmission_cost), ("recovery_cost", self.recovery_cost)):
            for coefficients, exponent in terms:
                if type(exponent) is not int or exponent == 0 or abs(exponent) > 64:
                    raise SpecificationError(
                        f"{name}: found exponent {exponent!r}; write a whole number, 1 to 64 in size"
                    )
                if (coefficients.numerators < 0).any():
                    raise SpecificationError(f"{name}: found a negative coefficient; write numbers ≥ 0")
                if name == "recovery_cost" and (exponent > 0) != (self.ceiling is None):
                    raise SpecificationError(
                        f"recovery_cost: found exponent {exponent}; write a positive one, or a negative one with ceiling="
                    )

    def cost_parts(
        self, transmission: Sequence[Fraction], recovery: Sequence[Fraction]
    ) -> Iterator[tuple[Fraction, Fraction, Fraction, Fraction]]:
        """For each node f_i, its derivative by ln β_i, g_i, and its derivative by ln κ_i."""
        for i, (beta, gamma) in enumerate(zip(transmission, recovery, strict=True)):
            f = df = g = dg = Fraction(0)
            for coefficients, exponent in self.transmission_cost:
                term = coefficients[i] * beta**exponent
                f, df = f + term, df + exponent * term
            for coefficients, exponent in self.recovery_cost:
                base = gamma if self.ceiling is None else self.ceiling - gamma
                term = coefficients[i] * base**exponent
                g, dg = g + term, dg + abs(exponent) * term * (gamma - self.margin) / base
            yield f, df, g, dg

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        M = self.network

        def written(terms: CostTerms) -> list[list[Any]]:
            return [[rational_array_to_json(c), p] for c, p in terms]

        return {
            "network": [M.size, M.rows.tolist(), M.columns.tolist(), rational_array_to_json(M.entries)],
            **{name: rational_array_to_json(getattr(self, name)) for name in _ARRAYS},
            "transmission_cost": written(self.transmission_cost),
            "recovery_cost": written(self.recovery_cost),
            "ceiling": None if self.ceiling is None else rational_to_json(self.ceiling),
            "margin": rational_to_json(self.margin),
        }

    @classmethod
    def from_dict(cls, data: Any) -> RateProblem:
        """Read what :meth:`to_dict` wrote."""
        network = data["network"]
        if not isinstance(network, list) or len(network) != 4 or type(network[0]) is not int or network[0] < 1:
            raise SpecificationError("certificate.network: write [size, rows, columns, entries]")
        places = [_indices(part, network[0]) for part in network[1:3]]

        def terms(name: str) -> CostTerms:
            listed = data[name]
            if not isinstance(listed, list) or any(not isinstance(t, list) or len(t) != 2 for t in listed):
                raise SpecificationError(f"certificate.{name}: write a list of [coefficients, exponent]")
            return tuple((rational_array_from_json(c, where=f"certificate.{name}"), p) for c, p in listed)

        arrays = {name: rational_array_from_json(data[name], where=f"certificate.{name}") for name in _ARRAYS}
        ceiling = data["ceiling"]
        return cls(
            network=MetzlerMatrix(
                network[0], places[0], places[1], rational_array_from_json(network[3], where="certificate.network")
            ),
            transmission_lower=arrays["transmission_lower"],
            transmission_upper=arrays["transmission_upper"],
            recovery_lower=arrays["recovery_lower"],
            recovery_upper=arrays["recovery_upper"],
            transmission_cost=terms("transmission_cost"),
            recovery_cost=terms("recovery_cost"),
            ceiling=None if ceiling is None else rational_from_json(ceiling, where="certificate.ceiling"),
            margin=rational_from_json(data["margin"], where="certificate.margin"),
        )


def held_matrix(problem: RateProblem, transmission: RationalArray, recovery: RationalArray) -> MetzlerMatrix:
    """diag(β) a − diag(γ − m): the cascade decays as fast as required iff its spectral abscissa is ≤ 0."""
    M, n = problem.network, problem.network.size
    values = [transmission[int(i)] * M.entries[k] for k, i in enumerate(M.rows)]
    values += [problem.margin - recovery[i] for i in range(n)]
    diagonal = np.arange(n)
    return MetzlerMatrix.from_entries(
        n, np.r_[M.rows, diagonal], np.r_[M.columns, diagonal], RationalArray.from_fractions(values)
    )


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RateCertificate:
    """The rates meet their bounds, hold the cascade, and cost at most ``upper``; no rates that do cost less than ``lower``.

    Attributes
    ----------
    problem : RateProblem
    transmission, recovery : RationalArray, shape (n,)
    circulation : RationalArray, shape (num_entries,), ≥ 0
        F, in the order of the network's entries.
    transmission_tangent, recovery_tangent : RationalArray, shape (n,)
        Rates within the bounds whose tangents bound the cost; the best are those that minimise f + λ ln β and g − λ ln κ.
    held : SpectralCertificate
        The spectral abscissa of diag(β) a − diag(γ − m) is ≤ 0.
    lower, upper : Fraction
    """

    problem: RateProblem
    transmission: RationalArray
    recovery: RationalArray
    circulation: RationalArray
    transmission_tangent: RationalArray
    recovery_tangent: RationalArray
    held: SpectralCertificate
    lower: Fraction
    upper: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the network itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        size = f"{self.problem.network.size:,} nodes (network {self.problem.network.digest()[:12]}…)"
        return (
            f"the rates given for {size} make a cascade decay at a rate of at least {brief(self.problem.margin)} at a cost "
            f"of at most {float(self.upper):.12g}, and none within their bounds do so for less than {float(self.lower):.12g}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute bounds, decay, cost and the bound on all other costs, in rationals; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If one of them does not hold; the message says which.
        """
        problem, claim = self.problem, self.claim
        for name in ("transmission", "recovery", "transmission_tangent", "recovery_tangent"):
            rates, kind = getattr(self, name), name.partition("_")[0]
            low, high = getattr(problem, f"{kind}_lower"), getattr(problem, f"{kind}_upper")
            if rates.shape != (problem.network.size,):
                fail(claim, f"{name} has shape {rates.shape}")
            for i in range(problem.network.size):
                if not low[i] <= rates[i] <= high[i]:
                    fail(claim, f"the {name} rate of node {i} is {brief(rates[i])}, outside its bounds")
        if self.held.matrix != held_matrix(problem, self.transmission, self.recovery) or self.held.upper > 0:
            fail(claim, "the spectral certificate is about another matrix, or does not bound it by 0")
        try:
            self.held.verify()
        except CertificateError as error:
            fail(claim, str(error))
        cost = cost_bracket(problem, self.transmission, self.recovery)[1]
        if cost > self.upper:
            fail(claim, f"the rates cost up to {float(cost):.12g}")
        bound = cost_lower_bound(
            problem, self.transmission_tangent, self.recovery_tangent, self.circulation, claim=claim
        )
        if bound < self.lower:
            fail(claim, f"the circulation proves that rates cost at least {float(bound):.12g} only")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "rates",
            **self.problem.to_dict(),
            "transmission": rational_array_to_json(self.transmission),
            "recovery": rational_array_to_json(self.recovery),
            "circulation": rational_array_to_json(self.circulation),
            "transmission_tangent": rational_array_to_json(self.transmission_tangent),
            "recovery_tangent": rational_array_to_json(self.recovery_tangent),
            "held": self.held.to_dict(),
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> RateCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "rates":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'rates'")
        arrays = {name: rational_array_from_json(data[name], where=f"certificate.{name}") for name in _RATES}
        return cls(
            problem=RateProblem.from_dict(data),
            held=SpectralCertificate.from_dict(data["held"]),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            **arrays,
        )

    def __repr__(self) -> str:
        return f"RateCertificate({self.claim})"


def cost_bracket(
    problem: RateProblem, transmission: RationalArray, recovery: RationalArray
) -> tuple[Fraction, Fraction]:
    """The cost of these rates between two short rationals."""
    low = high = 0
    for f, _, g, _ in problem.cost_parts(_list(transmission), _list(recovery)):
        low, high = low + _down(f) + _down(g), high + _up(f) + _up(g)
    return Fraction(low, 1 << _BITS), Fraction(high, 1 << _BITS)


def cost_lower_bound(
    problem: RateProblem,
    transmission: RationalArray,
    recovery: RationalArray,
    circulation: RationalArray,
    *,
    claim: str = "",
) -> Fraction:
    """What all rates that hold the cascade cost at least, by a circulation and the tangents at these rates.

    Raises
    ------
    CertificateError
        The numbers on the arcs are no circulation.
    """
    M, n = problem.network, problem.network.size
    flow = circulation.numerators
    if flow.shape != M.rows.shape or (flow < 0).any():
        fail(claim, "the circulation needs a number ≥ 0 for each arc")
    leaving = np.zeros(n, dtype=object)
    entering = np.zeros(n, dtype=object)
    np.add.at(leaving, M.rows, flow.astype(object))
    np.add.at(entering, M.columns, flow.astype(object))
    unequal = np.flatnonzero(leaving != entering)
    if len(unequal):
        fail(claim, f"what leaves node {int(unequal[0])} does not enter it: this is no circulation")
    betas, gammas = _list(transmission), _list(recovery)
    kappas = [gamma - problem.margin for gamma in gammas]
    total = 0
    for k, (i, F) in enumerate(zip(M.rows.tolist(), flow.tolist(), strict=True)):
        if F:
            ratio = betas[i] * M.entries[k] * Fraction(int(leaving[i]), int(F)) / kappas[i]
            total += _down(Fraction(int(F), circulation.denominator) * logarithm_bracket(ratio)[0])
    for i, (f, df, g, dg) in enumerate(problem.cost_parts(betas, gammas)):
        weight = Fraction(int(leaving[i]), circulation.denominator)
        total += _down(f) + _down(g)
        total += _least_along(
            df + weight, problem.transmission_lower[i] / betas[i], problem.transmission_upper[i] / betas[i]
        )
        low, high = (bound[i] - problem.margin for bound in (problem.recovery_lower, problem.recovery_upper))
        total += _least_along(dg - weight, low / kappas[i], high / kappas[i])
    return Fraction(total, 1 << _BITS)


def _least_along(slope: Fraction, low: Fraction, high: Fraction) -> int:
    """Not above the least of slope · ln r over low ≤ r ≤ high, times 2^100."""
    return _down(slope * logarithm_bracket(low if slope > 0 else high)[0 if slope > 0 else 1]) if slope else 0


def _list(array: RationalArray) -> list[Fraction]:
    return [Fraction(int(x), array.denominator) for x in array.numerators.tolist()]


def _down(x: Fraction) -> int:
    return (x.numerator << _BITS) // x.denominator


def _up(x: Fraction) -> int:
    return -((-x.numerator << _BITS) // x.denominator)


def _indices(data: Any, size: int) -> Any:
    if not isinstance(data, list) or any(type(x) is not int or not 0 <= x < size for x in data):
        raise SpecificationError(f"certificate.network: write indices from 0 to {size - 1}")
    return np.array(data, dtype=np.int64)
