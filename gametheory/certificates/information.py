"""Bounds on optima of mutual information, in rationals: capacities, and rates under a limit on distortion.

For distributions p and q and a channel W, with D(·‖·) the relative entropy in nats and I(p, W) = min_q Σ_x p(x) D(W_x‖q):

**Capacity** of channels W_1, …, W_K of which the worst is in use, inputs limited to C p ≤ B. Every such p, all distributions
q_k, weights λ ≥ 0 with Σ λ_k = 1 and prices u ≥ 0 bound it,

    min_k I(p, W_k)  ≤  max_p min_k I(p, W_k)  ≤  max_x {Σ_k λ_k D(W_k,x‖q_k) − (uᵀC)_x} + u·B.

**Distortion**: of the channels W with Σ_x a(k, x) Σ_y d(x, y) W(y | x) ≤ b_k for all k, the least I(r, W) for a source r, or
the least capacity. Every such W and q bound it by Σ_x r(x) D(W_x‖q), or max_x D(W_x‖q), from above. From below, for any input p
(the source, if there is one), logarithms ℓ and prices u ≥ 0, with s = uᵀa,

    Σ_x p(x) ℓ(x) − ln max_y Σ_x p(x) exp(ℓ(x) − s(x) d(x, y)/p(x)) − u·b        (inputs of p(x) = 0 add min_y s(x) d(x, y))

since min_W I(p, W) + Σ s(x) d(x, y) W(y | x) = min_q −Σ p(x) ln Σ_y q(y) exp(−s(x) d(x, y)/p(x)) and the logarithm is
concave. Logarithms and exponentials are rounded to the safe side (:mod:`.elementary`).

References: S. Arimoto 1972 and R. E. Blahut 1972, *IEEE Transactions on Information Theory* 18 (both bounds); T. Berger 1971,
*Rate Distortion Theory*, theorem 2.5.3. Complexity: a logarithm or exponential for every entry of the tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import exponential_bracket, logarithm_bracket
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CapacityCertificate", "DistortionCertificate", "relative_entropy"]

_LEAST_EXPONENT = Fraction(-1000)  # exponentials below e^-1000 are rounded up to that

Vector = Sequence[Fraction]
Pair = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True, repr=False)
class CapacityCertificate:
    """The capacity of a channel, or of the worst of several, lies between two rationals, in nats.

    Attributes
    ----------
    channels : tuple of RationalArray, each of shape (n, m_k)
    costs, budgets : RationalArray, shapes (J, n) and (J,)
        Inputs are limited to C p ≤ B; J may be 0.
    inputs : RationalArray, shape (n,)
        The distribution p that reaches ``lower``.
    weights : RationalArray, shape (K,)
    prices : RationalArray, shape (J,)
    lower, upper : Fraction

    Examples
    --------
    A bit that is erased with probability 3/10: 0.7 ln 2 ≈ 0.485203 nats.

    >>> erased = RationalArray.from_values([["7/10", 0, "3/10"], [0, "7/10", "3/10"]])
    >>> none = RationalArray.from_values(np.zeros((0, 2), dtype=int)), RationalArray.from_values(np.zeros(0, dtype=int))
    >>> half, one = RationalArray.from_values(["1/2", "1/2"]), RationalArray.from_values([1])
    >>> bounds = Fraction("0.4852"), Fraction("0.48521")
    >>> CapacityCertificate((erased,), *none, half, one, none[1], *bounds).verify()
    True
    """

    channels: tuple[RationalArray, ...]
    costs: RationalArray
    budgets: RationalArray
    inputs: RationalArray
    weights: RationalArray
    prices: RationalArray
    lower: Fraction
    upper: Fraction

    @property
    def claim(self) -> str:
        """The claim in words."""
        size = " × ".join(map(str, self.channels[0].shape)) if self.channels else "no"
        many = f"the worst of {len(self.channels)} channels" if len(self.channels) > 1 else f"a {size} channel"
        limited = f" under {len(self.budgets)} limits on its input" if len(self.budgets) else ""
        return f"the capacity of {many}{limited} is at least {brief(self.lower)} and at most {brief(self.upper)} nats"

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about no game."""
        return ""

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Evaluate both bounds anew, rounded to the safe side.

        Raises
        ------
        CertificateError
            If one of them is not reached, or the evidence is malformed.
        """
        claim = self.claim
        about_no_game(claim, game)
        n = len(self.inputs)
        shapes = [self.costs.shape == (len(self.budgets), n), self.prices.shape == self.budgets.shape]
        if not self.channels or not all(shapes) or any(len(w.shape) != 2 or len(w) != n for w in self.channels):
            fail(claim, "channels, costs, prices and inputs do not fit one another")
        for channel in self.channels:
            check_stochastic(claim, channel, "a row of a channel")
        check_stochastic(claim, self.inputs, "the input distribution")
        check_stochastic(claim, self.weights, "the weights of the channels")
        if len(self.weights) != len(self.channels):
            fail(claim, "one weight is needed for each channel")
        lower, upper = capacity_bounds(self)
        if lower < self.lower:
            fail(claim, f"the input distribution is proved to reach {brief(lower)} nats only")
        if upper is None or upper > self.upper:
            fail(claim, f"the evidence bounds the capacity by {'nothing' if upper is None else brief(upper)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "capacity",
            "channels": [table_to_json(w) for w in self.channels],
            **{name: table_to_json(getattr(self, name)) for name in _CAPACITY},
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> CapacityCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", "channels", *_CAPACITY, "lower", "upper"), where="certificate")
        expect_kind(data, "capacity")
        if not isinstance(data["channels"], list):
            raise SpecificationError("certificate.channels: write a list of tables")
        tables = {
            name: table_from_json(data[name], f"certificate.{name}", 2 if name == "costs" else 1) for name in _CAPACITY
        }
        return cls(
            channels=tuple(table_from_json(w, f"certificate.channels[{k}]", 2) for k, w in enumerate(data["channels"])),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            **tables,
        )

    def __repr__(self) -> str:
        return f"CapacityCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, repr=False)
class DistortionCertificate:
    """The least rate, or the least capacity, under limits on distortion lies between two rationals, in nats.

    Attributes
    ----------
    distortion : RationalArray, shape (n, m)
        d(x, y).
    loads, budgets : RationalArray, shapes (K, n) and (K,)
        The limits Σ_x a(k, x) Σ_y d(x, y) W(y | x) ≤ b_k.
    source : RationalArray of shape (n,), or None
        The source whose rate is to be small; ``None`` for the capacity.
    channel, output : RationalArray, shapes (n, m) and (m,)
        W and q, which reach ``upper``.
    inputs, logarithms, prices : RationalArray, shapes (n,), (n,) and (K,)
        p, ℓ and u, which prove ``lower``.
    lower, upper : Fraction

    Examples
    --------
    A fair bit to be reproduced with distortion 0 takes ln 2 ≈ 0.693147 nats:

    >>> read = RationalArray.from_values
    >>> hamming, bit, half = read([[0, 1], [1, 0]]), read([[1, 0], [0, 1]]), read(["1/2", "1/2"])
    >>> DistortionCertificate(
    ...     hamming, read([["1/2", "1/2"]]), read([0]), half, bit, half, half, read([0, 0]), read([60]),
    ...     Fraction("0.693147"), Fraction("0.693148"),
    ... ).verify()
    True
    """

    distortion: RationalArray
    loads: RationalArray
    budgets: RationalArray
    source: RationalArray | None
    channel: RationalArray
    output: RationalArray
    inputs: RationalArray
    logarithms: RationalArray
    prices: RationalArray
    lower: Fraction
    upper: Fraction

    @property
    def claim(self) -> str:
        """The claim in words."""
        what = "capacity of a channel" if self.source is None else "rate of a source"
        size = " × ".join(map(str, self.distortion.shape))
        return (
            f"the least {what} under {len(self.budgets)} limits on a {size} distortion is at least {brief(self.lower)} and "
            f"at most {brief(self.upper)} nats"
        )

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about no game."""
        return ""

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Evaluate both bounds anew, rounded to the safe side.

        Raises
        ------
        CertificateError
            If one of them is not reached, a limit is exceeded, or the evidence is malformed.
        """
        claim = self.claim
        about_no_game(claim, game)
        shape, count = self.distortion.shape, len(self.budgets)
        expected = {
            "channel": shape,
            "output": shape[1:],
            "inputs": shape[:1],
            "logarithms": shape[:1],
            "loads": (count, *shape[:1]),
            "prices": (count,),
        }
        for name, size in expected.items():
            if getattr(self, name).shape != size:
                fail(claim, f"{name} has the shape {getattr(self, name).shape}, not {size}")
        check_stochastic(claim, self.channel, "a row of the channel")
        check_stochastic(claim, self.output, "the output distribution")
        check_stochastic(claim, self.inputs, "the input distribution")
        if self.source is not None and self.source != self.inputs:
            fail(claim, "the lower bound is about another source")
        for k, used in enumerate(distortions(self)):
            if used > self.budgets[k]:
                fail(
                    claim,
                    f"the channel has distortion {brief(used)}, above the limit number {k}, {brief(self.budgets[k])}",
                )
        if any(u < 0 for u in self.prices.numerators.tolist()):
            fail(claim, "a price is negative")
        upper = distortion_upper(self)
        if upper is None or upper > self.upper:
            fail(claim, f"the channel is proved to reach {'nothing' if upper is None else brief(upper)}")
        lower = max(Fraction(0), distortion_lower(self))
        if lower < self.lower:
            fail(claim, f"the prices and logarithms prove {brief(lower)} only")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "distortion",
            "source": None if self.source is None else table_to_json(self.source),
            **{name: table_to_json(getattr(self, name)) for name in _DISTORTION},
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> DistortionCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", "source", *_DISTORTION, "lower", "upper"), where="certificate")
        expect_kind(data, "distortion")
        source = data["source"]
        tables = {
            name: table_from_json(
                data[name], f"certificate.{name}", 2 if name in ("distortion", "loads", "channel") else 1
            )
            for name in _DISTORTION
        }
        return cls(
            source=None if source is None else table_from_json(source, "certificate.source", 1),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            **tables,
        )

    def __repr__(self) -> str:
        return f"DistortionCertificate({self.claim})"


_CAPACITY = ("costs", "budgets", "inputs", "weights", "prices")
_DISTORTION = ("distortion", "loads", "budgets", "channel", "output", "inputs", "logarithms", "prices")


def relative_entropy(p: Vector, q: Vector) -> Pair | None:
    """Bounds on D(p‖q) = Σ_y p(y) ln(p(y)/q(y)) in nats; ``None`` if it is infinite.

    Examples
    --------
    >>> relative_entropy([Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]) is None
    True
    """
    low = high = Fraction(0)
    for mine, theirs in zip(p, q, strict=True):
        if mine:
            if not theirs:
                return None
            least, most = logarithm_bracket(mine / theirs)
            low, high = low + mine * least, high + mine * most
    return low, high


def capacity_bounds(evidence: CapacityCertificate) -> tuple[Fraction, Fraction | None]:
    """What the evidence proves: (lower, upper) in nats, the upper bound ``None`` where it is infinite.

    Raises
    ------
    CertificateError
        If the input distribution exceeds a budget or a price is negative.
    """
    p, prices, budgets = (x.fractions().tolist() for x in (evidence.inputs, evidence.prices, evidence.budgets))
    costs, weights = evidence.costs.fractions().tolist(), evidence.weights.fractions().tolist()
    for j, (row, budget) in enumerate(zip(costs, budgets, strict=True)):
        if _inner(row, p) > budget:
            fail(evidence.claim, f"the input distribution costs {brief(_inner(row, p))}, above the budget number {j}")
        if prices[j] < 0:
            fail(evidence.claim, f"the price of the budget number {j} is negative")
    reached = []
    bounds = [-sum((u * row[x] for u, row in zip(prices, costs, strict=True)), Fraction(0)) for x in range(len(p))]
    finite = True
    for channel, weight in zip(evidence.channels, weights, strict=True):
        rows = channel.fractions()
        output = (evidence.inputs.fractions() @ rows).tolist()
        information = Fraction(0)
        for x, row in enumerate(rows.tolist()):
            divergence = relative_entropy(row, output)
            if divergence is None:
                finite = finite and not weight
            else:
                information += p[x] * divergence[0]
                bounds[x] += weight * divergence[1]
        reached.append(information)
    return max(Fraction(0), min(reached)), max(bounds) + _inner(prices, budgets) if finite else None


def distortions(evidence: DistortionCertificate) -> list[Fraction]:
    """Σ_x a(k, x) Σ_y d(x, y) W(y | x) for every k."""
    products = evidence.channel.numerators.astype(object) * evidence.distortion.numerators.astype(object)
    unit = evidence.channel.denominator * evidence.distortion.denominator * evidence.loads.denominator
    totals = evidence.loads.numerators.astype(object) @ products.sum(axis=1)
    return [Fraction(int(x), unit) for x in totals]


def distortion_upper(evidence: DistortionCertificate) -> Fraction | None:
    """What the channel and the output reach, in nats; ``None`` where it is infinite."""
    output = evidence.output.fractions().tolist()
    found = [relative_entropy(row, output) for row in evidence.channel.fractions().tolist()]
    if evidence.source is None:
        return None if None in found else max(pair[1] for pair in found if pair is not None)
    total = Fraction(0)
    for p, pair in zip(evidence.source.fractions().tolist(), found, strict=True):
        if p and pair is None:
            return None
        total += p * pair[1] if pair is not None else 0
    return total


def distortion_lower(evidence: DistortionCertificate) -> Fraction:
    """What prices and logarithms prove, in nats; see the head of this module."""
    p, logarithms, prices = (x.fractions().tolist() for x in (evidence.inputs, evidence.logarithms, evidence.prices))
    table = evidence.distortion.fractions().tolist()
    loads = (evidence.prices.fractions() @ evidence.loads.fractions()).tolist() if prices else [Fraction(0)] * len(p)
    total: Fraction = -_inner(prices, evidence.budgets.fractions().tolist())
    exponents = {
        (x, y): logarithms[x] - loads[x] * d / weight
        for x, weight in enumerate(p)
        if weight
        for y, d in enumerate(table[x])
    }
    largest = max(exponents.values())
    sums = [Fraction(0)] * evidence.distortion.shape[1]
    for (x, y), exponent in exponents.items():
        sums[y] += p[x] * exponential_bracket(max(exponent - largest, _LEAST_EXPONENT))[1]
    total += _inner(p, logarithms) - largest
    total += sum((min(loads[x] * d for d in table[x]) for x, weight in enumerate(p) if not weight), Fraction(0))
    bound: Fraction = total - logarithm_bracket(max(sums))[1]
    return bound


def _inner(left: Vector, right: Vector) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), Fraction(0))


def check_stochastic(claim: str, table: RationalArray, what: str) -> None:
    numerators = table.numerators.astype(object)
    if not numerators.size or np.any(numerators < 0) or np.any(numerators.sum(axis=-1) != table.denominator):
        fail(claim, f"{what} is no distribution")


def about_no_game(claim: str, game: NormalFormGame | None) -> None:
    if game is not None:
        fail(claim, "the claim is about channels, and about no game")


def expect_kind(data: Any, kind: str) -> None:
    if data["kind"] != kind:
        raise SpecificationError(f"certificate.kind: found {data['kind']!r}; this reader takes {kind!r}")


def table_to_json(table: RationalArray) -> dict[str, Any]:
    flat = RationalArray.of_integers(table.numerators.reshape(-1), table.denominator)
    return {"shape": list(table.shape), "entries": rational_array_to_json(flat)}


def table_from_json(data: Any, where: str, axes: int) -> RationalArray:
    expect_keys(data, ("shape", "entries"), where=where)
    entries, shape = rational_array_from_json(data["entries"], where=f"{where}.entries"), data["shape"]
    if not isinstance(shape, list) or len(shape) != axes or any(type(k) is not int or k < 0 for k in shape):
        raise SpecificationError(f"{where}.shape: found {shape!r}; write {axes} whole numbers")
    if math.prod(shape) != len(entries):
        raise SpecificationError(f"{where}.entries: found {len(entries)}; write as many as the shape {shape} holds")
    return RationalArray.of_integers(np.asarray(entries.numerators).reshape(shape), entries.denominator)
