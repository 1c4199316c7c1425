"""Quantity setters who watch a noisy price: Green and Porter's trigger prices, certified.

n firms without costs set quantities; the price is p = θ (1 − Q), ln θ normal with mean −σ²/2 and variance σ² (so that θ has
mean 1). Each produces q; a price below p̃ is followed by T periods of the one-shot equilibrium 1/(n + 1), then q again. A
firm that produces r while the others keep to q sets off the reversion with probability

    F(r) = Φ((ln p̃ − ln(1 − (n − 1) q − r) + σ²/2) / σ),

so that with π = q(1 − nq), N = 1/(n + 1)², and payoffs per period above N,

    v = (1 − δ)(π − N) / (1 − δ + (δ − δ^{T+1}) F(q)),     and deviating to r for one period is worth
    D(r) = (1 − δ)(r(1 − (n − 1) q − r) − N) + δ v (1 − (1 − δ^T) F(r)).

(q, p̃, T) is a perfect public equilibrium iff r = q maximises D. The output q solves D'(q) = 0, which is irrational: it is
enclosed in a rational interval across which D' changes sign, and ball arithmetic (Arb) proves for every q in it that D is
concave around q and lower than v everywhere else. The payoff is enclosed too.

Reference: E. Green and R. Porter 1984, "Noncooperative collusion under imperfect price information", Econometrica 52.
Complexity: some hundred evaluations in ball arithmetic for a proof; a search over trigger prices costs one float solve each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact, exact_text
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.repeated.repeated_game import discount_factor

__all__ = ["PriceTrigger", "best_price_trigger", "price_trigger"]

_WIDTH = Fraction(1, 10**15)
_DEPTH = 24
_NEAR = Fraction(1, 50)


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class PriceTrigger:
    """An equilibrium in trigger prices, with its payoff enclosed.

    Attributes
    ----------
    firms : int
    volatility, discount, trigger : Fraction
        σ, δ and p̃.
    periods : int or None
        T; ``None``: for ever.
    output : pair of Fractions
        Some q between them is an equilibrium output per firm; neither bound need be.
    lower, upper : Fraction
        Around the payoff per firm and period.
    """

    firms: int
    volatility: Fraction
    discount: Fraction
    trigger: Fraction
    periods: int | None
    output: tuple[Fraction, Fraction]
    lower: Fraction
    upper: Fraction

    def __float__(self) -> float:
        return float((self.lower + self.upper) / 2)

    def verify(self) -> Literal[True]:
        """Prove again, in ball arithmetic, that an output in the interval is an equilibrium with a payoff between the bounds.

        Raises
        ------
        CertificateError
            If a step of the proof fails.
        """
        lower, upper = _proved(self.firms, self.volatility, self.discount, self.trigger, self.periods, self.output)
        if not self.lower <= lower <= upper <= self.upper:
            raise CertificateError("price trigger: the payoff is not between the bounds", claim=repr(self))
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        names = ("volatility", "discount", "trigger", "lower", "upper")
        return {
            "firms": self.firms,
            "periods": self.periods,
            "output": [exact_text(x) for x in self.output],
            **{name: exact_text(getattr(self, name)) for name in names},
        }

    def to_frame(self) -> Any:
        """A pandas table of the agreement and its payoff, in floats."""
        rows: list[list[Any]] = [
            ["output", float(self.output[0])],
            ["trigger price", float(self.trigger)],
            ["periods of reversion", math.inf if self.periods is None else self.periods],
            ["payoff", float(self)],
        ]
        return data_frame(rows, ["quantity", "value"])

    def __repr__(self) -> str:
        lasts = "for ever" if self.periods is None else f"for {self.periods} periods"
        return (
            f"PriceTrigger(certified: payoff {float(self):.9g}, output {float(self.output[0]):.6g}, price war {lasts} after a "
            f"price below {float(self.trigger):.4g})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def price_trigger(*, volatility: Any, discount: Any, trigger: Any, periods: int | None, firms: int = 2) -> PriceTrigger:
    """The most collusive equilibrium output for a trigger price and a length of reversion.

    Parameters
    ----------
    volatility : number > 0
        σ of the logarithm of demand.
    discount : number, 0 < δ < 1
    trigger : number > 0
        p̃, the price below which a price war starts.
    periods : int ≥ 1, or None
        T; ``None``: for ever.
    firms : int ≥ 2

    Raises
    ------
    InfeasibleError
        If no output below that of the one-shot equilibrium is an equilibrium here.
    CertificateError
        If one was found in floats and could not be proved.
    SpecificationError
        Malformed input.

    Examples
    --------
    >>> price_trigger(volatility="1/5", discount="9/10", trigger="0.3073", periods=40)
    PriceTrigger(certified: payoff 0.11501465, output 0.302963, price war for 40 periods after a price below 0.3073)
    """
    sigma, delta, price = (
        exact(volatility, where="volatility"),
        discount_factor(discount),
        exact(trigger, where="trigger"),
    )
    if sigma <= 0 or price <= 0:
        raise SpecificationError(f"volatility, trigger: found {volatility} and {trigger}; write numbers above 0")
    if delta == 0:
        raise SpecificationError("discount: found 0; nobody who lives for today is deterred by a price war")
    if isinstance(firms, bool) or not isinstance(firms, int) or firms < 2:
        raise SpecificationError(f"firms: found {firms!r}; write a whole number, at least 2")
    if periods is not None and (isinstance(periods, bool) or not isinstance(periods, int) or periods < 1):
        raise SpecificationError(f"periods: found {periods!r}; write a number of periods, at least 1, or None for ever")
    output = _float_output(firms, float(sigma), float(delta), float(price), periods)
    if output is None:
        raise InfeasibleError(
            f"price_trigger: with a trigger of {float(price):.6g} no output below the one-shot equilibrium is an equilibrium; "
            "try another trigger, longer price wars or more patience"
        )
    interval = _sign_change(firms, sigma, delta, price, periods, exact(output, where="output"))
    lower, upper = _proved(firms, sigma, delta, price, periods, interval)
    return PriceTrigger(
        firms=firms,
        volatility=sigma,
        discount=delta,
        trigger=price,
        periods=periods,
        output=interval,
        lower=lower,
        upper=upper,
    )


def best_price_trigger(
    *,
    volatility: Any,
    discount: Any,
    triggers: Sequence[Any],
    lengths: Sequence[int | None] = (1, 2, 3, 5, 8, 13, 20, 40, None),
    firms: int = 2,
) -> PriceTrigger:
    """The equilibrium with the largest payoff among these trigger prices and lengths of reversion.

    It is a certified lower bound on what trigger prices sustain: prices between those of the list may do better.

    Raises
    ------
    InfeasibleError
        If none of them sustains more than the one-shot equilibrium.
    """
    sigma, delta = float(exact(volatility, where="volatility")), float(discount_factor(discount))
    found: list[tuple[float, Any, int | None]] = []
    for trigger in triggers:
        for periods in lengths:
            output = _float_output(firms, sigma, delta, float(exact(trigger, where="triggers")), periods)
            if output is not None:
                found.append((_payoff(firms, sigma, delta, float(trigger), periods, output), trigger, periods))
    for _, trigger, periods in sorted(found, key=lambda entry: -entry[0]):
        try:
            return price_trigger(
                volatility=volatility, discount=discount, trigger=trigger, periods=periods, firms=firms
            )
        except (CertificateError, InfeasibleError):
            continue  # the next best may have a proof
    raise InfeasibleError(
        "best_price_trigger: none of these trigger prices and lengths sustains more than the one-shot equilibrium; widen the "
        "lists, or raise the discount factor"
    )


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _chance(n: int, sigma: float, price: float, q: float, r: float) -> float:
    left = 1 - (n - 1) * q - r
    return 1.0 if left <= 0 else _phi((math.log(price) - math.log(left) + sigma**2 / 2) / sigma)


def _above(n: int, sigma: float, delta: float, price: float, periods: int | None, q: float) -> float:
    """v: the payoff per period above that of the one-shot equilibrium, in floats."""
    lost = 0.0 if periods is None else delta ** (periods + 1)
    return (
        (1 - delta)
        * (q * (1 - n * q) - 1 / (n + 1) ** 2)
        / (1 - delta + (delta - lost) * _chance(n, sigma, price, q, q))
    )


def _payoff(n: int, sigma: float, delta: float, price: float, periods: int | None, q: float) -> float:
    return 1 / (n + 1) ** 2 + _above(n, sigma, delta, price, periods, q)


def _slope(n: int, sigma: float, delta: float, price: float, periods: int | None, q: float) -> float:
    """D'(q) at the agreed output, in floats."""
    left = 1 - n * q
    z = (math.log(price) - math.log(left) + sigma**2 / 2) / sigma
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / (sigma * left)
    kept = 1.0 if periods is None else 1 - delta**periods
    return (1 - delta) * (1 - (n + 1) * q) - delta * _above(n, sigma, delta, price, periods, q) * kept * density


def _float_output(n: int, sigma: float, delta: float, price: float, periods: int | None) -> float | None:
    """The root of D' with the largest payoff below the one-shot output at which D is largest, in floats."""
    low, high = 1 / (2 * n), 1 / (n + 1)
    grid = [low + (high - low) * k / 400 for k in range(400)]
    roots = []
    slopes = [_slope(n, sigma, delta, price, periods, q) for q in grid]
    for a, b, left, right in zip(grid, grid[1:], slopes, slopes[1:], strict=False):
        if left * right < 0:
            for _ in range(60):
                middle = (a + b) / 2
                value = _slope(n, sigma, delta, price, periods, middle)
                a, b = (middle, b) if value * left > 0 else (a, middle)
            roots.append((a + b) / 2)
    best = None
    for q in roots:
        v = _above(n, sigma, delta, price, periods, q)
        kept = 1.0 if periods is None else 1 - delta**periods
        if v <= 0:
            continue
        top = 1 - (n - 1) * q
        deviations = (
            (1 - delta) * (r * (top - r) - 1 / (n + 1) ** 2) + delta * v * (1 - kept * _chance(n, sigma, price, q, r))
            for r in (top * k / 400 for k in range(400))
        )
        if max(deviations) <= v + 1e-12 and (best is None or v > best[0]):
            best = v, q
    return None if best is None else best[1]


class _Balls:
    """The functions of the module in ball arithmetic, at a ball of agreed outputs."""

    def __init__(self, n: int, sigma: Fraction, delta: Fraction, price: Fraction, periods: int | None, q: Any) -> None:
        from flint import arb

        self.one_shot = _ball(Fraction(1, (n + 1) ** 2))
        self.n, self.q, self.sigma, self.delta = n, q, _ball(sigma), _ball(delta)
        self.price = _ball(price).log()
        self.kept = arb(1) if periods is None else 1 - self.delta**periods
        self.v = (
            (1 - self.delta)
            * (q * (1 - n * q) - self.one_shot)
            / (1 - self.delta + self.delta * self.kept * self.chance(q))
        )

    def _standard(self, r: Any) -> tuple[Any, Any]:
        left = 1 - (self.n - 1) * self.q - r
        return left, (self.price - left.log() + self.sigma**2 / 2) / self.sigma

    def chance(self, r: Any) -> Any:
        from flint import arb

        _, z = self._standard(r)
        return (-z / arb(2).sqrt()).erfc() / 2

    def density(self, r: Any) -> tuple[Any, Any]:
        """F' and F'' at r."""
        from flint import arb

        left, z = self._standard(r)
        first = (-z * z / 2).exp() / (2 * arb.pi()).sqrt() / (self.sigma * left)
        return first, first * (1 - z / self.sigma) / left

    def deviation(self, r: Any) -> Any:
        """D(r) − v."""
        now = (1 - self.delta) * (r * (1 - (self.n - 1) * self.q - r) - self.one_shot)
        return now + self.delta * self.v * (1 - self.kept * self.chance(r)) - self.v

    def slope(self, r: Any) -> Any:
        """D'(r)."""
        now = (1 - self.delta) * (1 - (self.n - 1) * self.q - 2 * r)
        return now - self.delta * self.v * self.kept * self.density(r)[0]

    def curvature(self, r: Any) -> Any:
        """D''(r)."""
        return -2 * (1 - self.delta) - self.delta * self.v * self.kept * self.density(r)[1]


def _ball(low: Fraction, high: Fraction | None = None) -> Any:
    """The smallest ball around a rational, or around an interval."""
    from flint import arb, fmpq

    left = arb(fmpq(low.numerator, low.denominator))
    return left if high is None else left.union(arb(fmpq(high.numerator, high.denominator)))


def _sign_change(
    n: int, sigma: Fraction, delta: Fraction, price: Fraction, periods: int | None, q: Fraction
) -> tuple[Fraction, Fraction]:
    """A short rational interval around q across which D'(q) changes sign."""
    for width in (_WIDTH * 10**k for k in range(6)):
        ends = []
        for x in (q - width, q + width):
            balls = _Balls(n, sigma, delta, price, periods, _ball(x))
            ends.append(balls.slope(_ball(x)))
        if (ends[0] > 0 and ends[1] < 0) or (ends[0] < 0 and ends[1] > 0):
            return q - width, q + width
    raise CertificateError("price trigger: no sign change of the marginal gain was found around the output")


def _proved(
    n: int,
    sigma: Fraction,
    delta: Fraction,
    price: Fraction,
    periods: int | None,
    output: tuple[Fraction, Fraction],
) -> tuple[Fraction, Fraction]:
    """The proof; returns bounds on the payoff."""
    claim = "some output in the interval is an equilibrium with these trigger prices"

    def fails(why: str) -> CertificateError:
        return CertificateError(f"price trigger: {why}", claim=claim, violation=why)

    slopes = []
    for x in output:
        slopes.append(_Balls(n, sigma, delta, price, periods, _ball(x)).slope(_ball(x)))
    if not ((slopes[0] > 0 and slopes[1] < 0) or (slopes[0] < 0 and slopes[1] > 0)):
        raise fails("the marginal gain does not change sign across the interval")
    balls = _Balls(n, sigma, delta, price, periods, _ball(*output))
    if not balls.v > 0:
        raise fails("the agreement pays no more than the one-shot equilibrium")
    near, top = _NEAR, 1 - (n - 1) * output[1]
    while not _holds(lambda r: balls.curvature(r) < 0, output[0] - near, output[1] + near, 8):
        near /= 2
        if near < Fraction(1, 10**4):
            raise fails("deviations are not concave around the output")
    # Beyond `edge` a deviator's profit is negative or F is near 1; r = top sells at a price of 0, for certain a price war.
    edge = top - Fraction(1, 10**6)
    below = _holds(lambda r: balls.deviation(r) < 0, Fraction(0), output[0] - near, _DEPTH)
    above = _holds(lambda r: balls.deviation(r) < 0, output[1] + near, edge, _DEPTH)
    if not below or not above:
        raise fails("a deviation far from the output was not shown to lose")
    # On [edge, ∞) the period's profit is at most (top − edge) · 1 and the continuation at most its value at `edge`, F rising.
    last = (
        (1 - balls.delta) * (_ball(Fraction(2, 10**6)) - balls.one_shot)
        + balls.delta * balls.v * (1 - balls.kept * balls.chance(_ball(edge)))
        - balls.v
    )
    if not last < 0:
        raise fails("very large outputs were not shown to lose")
    payoff = balls.v + balls.one_shot
    return _rational(payoff.lower()), _rational(payoff.upper())


def _holds(test: Any, low: Fraction, high: Fraction, depth: int) -> bool:
    """Whether the test holds on every ball of a subdivision of [low, high]."""
    if test(_ball(low, high)):
        return True
    if depth == 0:
        return False
    middle = (low + high) / 2
    return _holds(test, low, middle, depth - 1) and _holds(test, middle, high, depth - 1)


def _rational(x: Any) -> Fraction:
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
