"""Stealthy takeover: two players who cannot see who holds a resource move periodically, with random phase.

Whoever moved last holds the resource. Player i moves at the rate a_i ≥ 0, at the cost k_i > 0 a move, and gains what share of
the time it holds the resource:

    u_i(a_i, a_j) = 1 − a_j / (2 a_i) − k_i a_i   if a_i ≥ a_j > 0,        a_i / (2 a_j) − k_i a_i   if a_i ≤ a_j,  a_j > 0.

The second is linear in a_i with the slope 1/(2 a_j) − k_i, the first concave with its peak at √(a_j / (2 k_i)). So the best
reply is that peak if a_j < 1/(2 k_i), anything up to a_j if equal, and 0 beyond. Without the other's moves (a_j = 0) the
holder is the first to move: the defender holds it for nothing, an attacker for one move, and no reply of the attacker is best
(the less often, the cheaper). Hence with k_0 ≤ k_1 both play in equilibrium

    a_0 = 1/(2 k_1),   a_1 = k_0 / (2 k_1²),   u = (1 − k_0/k_1, 0),

and there is no other with both rates positive: the slower is indifferent, so the faster moves at 1/(2 k_slower) and its reply
fixes the slower's rate, which is the smaller one iff the faster player has the lower costs.

Reference: M. van Dijk, A. Juels, A. Oprea and R. Rivest 2013, "FlipIt: the game of stealthy takeover", Journal of Cryptology
26, theorem 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import Verdict, exact, exact_text
from gametheory.certificates.elementary import Bracket, square_root_bracket
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame

__all__ = ["FlipItEquilibrium", "flipit_equilibrium", "flipit_payoffs", "flipit_regret", "is_flipit_equilibrium"]

Pair = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class FlipItEquilibrium:
    """Rates at which both players move, each best against the other.

    Attributes
    ----------
    costs, rates, payoffs : pair of Fraction
    """

    costs: Pair
    rates: Pair
    payoffs: Pair

    def __repr__(self) -> str:
        (a, b), (u, v) = (map(brief, pair) for pair in (self.rates, self.payoffs))
        return f"FlipItEquilibrium(certified: rates {a} and {b}, payoffs {u} and {v})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def _rows(self) -> list[list[Any]]:
        return [[i, self.costs[i], self.rates[i], self.payoffs[i]] for i in (0, 1)]

    def to_frame(self) -> Any:
        """A pandas table of the players."""
        return data_frame(self._rows(), ["player", "cost", "rate", "payoff"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {name: [exact_text(x) for x in getattr(self, name)] for name in ("costs", "rates", "payoffs")}


def flipit_equilibrium(costs: Any) -> FlipItEquilibrium:
    """The equilibrium of periodic play in which both players move.

    Parameters
    ----------
    costs : pair of numbers > 0
        Of a move.

    Examples
    --------
    >>> flipit_equilibrium(["0.3", "0.5"])
    FlipItEquilibrium(certified: rates 1 and 3/5, payoffs 2/5 and 0)
    """
    k = _costs(costs)
    fast = 0 if k[0] <= k[1] else 1
    slow = 1 - fast
    rates = [Fraction(0), Fraction(0)]
    rates[fast], rates[slow] = 1 / (2 * k[slow]), k[fast] / (2 * k[slow] ** 2)
    pair = rates[0], rates[1]
    return FlipItEquilibrium(costs=k, rates=pair, payoffs=flipit_payoffs(pair, k))


def flipit_payoffs(rates: Any, costs: Any) -> Pair:
    """What periodic play at these rates, both positive, pays.

    Examples
    --------
    >>> [str(u) for u in flipit_payoffs([1, "1/2"], ["0.3", "0.5"])]
    ['9/20', '0']
    """
    a, k = _rates(rates), _costs(costs)
    held = a[0] / (2 * a[1]) if a[0] <= a[1] else 1 - a[1] / (2 * a[0])
    return held - k[0] * a[0], 1 - held - k[1] * a[1]


def flipit_regret(rates: Any, costs: Any) -> tuple[Bracket, Bracket]:
    """How much each player could gain by another rate; exact where the best reply is rational.

    Examples
    --------
    >>> flipit_regret([1, "3/5"], ["0.3", "0.5"])
    (Bracket(certified: 0, exact), Bracket(certified: 0, exact))
    """
    a, k = _rates(rates), _costs(costs)
    payoffs = flipit_payoffs(a, k)
    found = []
    for i in (0, 1):
        low, high = best_payoff(a[1 - i], k[i])
        found.append(Bracket(low - payoffs[i], high - payoffs[i]))
    return found[0], found[1]


def is_flipit_equilibrium(rates: Any, costs: Any) -> Verdict:
    """Whether neither player gains by another rate; the witness is the first player who does.

    Examples
    --------
    >>> bool(is_flipit_equilibrium([1, "3/5"], ["0.3", "0.5"])), bool(is_flipit_equilibrium([1, 1], ["0.3", "0.5"]))
    (True, False)
    """
    question = "is each rate a best reply to the other"
    for i, regret in enumerate(flipit_regret(rates, costs)):
        # A bracket that is not exact holds an irrational number, which is not 0, and regrets are not negative.
        if not regret.is_exact or regret.exact_lower != 0:
            return Verdict("no", max(Fraction(regret.exact_lower), Fraction(0)), i, question)
    return Verdict("yes", Fraction(0), None, question)


def best_payoff(other: Fraction, cost: Fraction) -> Pair:
    """Bounds on what the best reply to a rate pays: 1 − √(2 k a) if a < 1/(2k), else 0."""
    if 2 * cost * other >= 1:
        return Fraction(0), Fraction(0)
    low, high = square_root_bracket(2 * cost * other)
    return 1 - high, 1 - low


def _costs(costs: Any) -> Pair:
    return _two(costs, "costs", "a cost of a move > 0")


def _rates(rates: Any) -> Pair:
    return _two(rates, "rates", "a rate > 0")


def _two(values: Any, where: str, what: str) -> Pair:
    if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != 2:
        raise SpecificationError(f"{where}: found {values!r}; write two numbers, one for each player")
    first, second = (exact(x, where=f"{where}[{i}]") for i, x in enumerate(values))
    if first <= 0 or second <= 0:
        raise SpecificationError(f"{where}: found {values!r}; write {what} for each player")
    return first, second
