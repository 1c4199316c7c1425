"""Paths of play and what they are worth, as polynomials in the discount factor.

A path is played position by position, first a prefix and then a cycle for ever. A position is a lottery over pure profiles
whose outcome everybody sees before playing (a public coin; usually one profile with probability 1). Player i's discounted
average from position t on is V_i(t) = N_i(t) / D with D = 1 + δ + … + δ^{L−1}, L the length of the cycle, and

    N_i(t) = (1 − δ^L) Σ_{k < m} δ^k u_i(position t + k) + δ^m Σ_{l < L} δ^l u_i(l-th position of the cycle from there),

m the number of positions of the prefix from t on. At a position the best one-shot gain of i is g_i = max over the
profiles a of the lottery of max_b u_i(b, a_−i) − u_i(a). Where g_i > 0 it deters i that

    (1 − δ) g_i ≤ δ (V_i(next position) − P_i),

P_i what follows when i deviates: an inequality between polynomials in δ after multiplying by the D's, which are positive.
Deviations that gain nothing at once are ignored by the others, and need no deterring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic.algebraic import Polynomial, polynomial, product, total
from gametheory.certificates.encoding import Distribution, describe_profile, profile_from_json, profile_to_json
from gametheory.certificates.rationals import expect_keys
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PlayPath", "PositionPayoffs", "deterrence_polynomial", "value_polynomials"]


@final
@dataclass(frozen=True, slots=True)
class PlayPath:
    """A prefix of positions, then a cycle of them for ever.

    Attributes
    ----------
    prefix, cycle : tuple of distributions over pure profiles
        Each position is a tuple of (profile, probability); the cycle has at least one.
    """

    prefix: tuple[Distribution, ...]
    cycle: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        if not self.cycle:
            raise SpecificationError("path: the cycle is empty; write at least one profile that is played for ever")

    @classmethod
    def of(cls, prefix: Sequence[tuple[int, ...]], cycle: Sequence[tuple[int, ...]]) -> PlayPath:
        """A path of pure profiles."""
        return cls(*(tuple(((tuple(a), Fraction(1)),) for a in part) for part in (prefix, cycle)))

    @property
    def positions(self) -> tuple[Distribution, ...]:
        """The prefix and one round of the cycle."""
        return self.prefix + self.cycle

    def next_position(self, t: int) -> int:
        """The index of the position after the one of this index."""
        return t + 1 if t + 1 < len(self.prefix) + len(self.cycle) else len(self.prefix)

    def describe(self, game: NormalFormGame | None) -> str:
        """The path in words."""

        def position(lottery: Distribution) -> str:
            return describe_profile(game, lottery[0][0] if len(lottery) == 1 else lottery)

        parts = [position(p) for p in self.prefix]
        turns = ", ".join(position(p) for p in self.cycle)
        parts.append(f"{turns} for ever" if len(self.cycle) == 1 else f"in turn {turns}, and again")
        return ", then ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """JSON data: a pure position is ``{"pure": …}``, a lottery ``{"correlated": …}``."""
        return {
            name: [profile_to_json(p[0][0] if len(p) == 1 else p) for p in part]
            for name, part in (("prefix", self.prefix), ("cycle", self.cycle))
        }

    @classmethod
    def from_json(cls, data: Any, *, where: str) -> PlayPath:
        """Read what :meth:`to_json` wrote."""
        expect_keys(data, ("prefix", "cycle"), where=where)
        parts = []
        for name in ("prefix", "cycle"):
            if not isinstance(data[name], list):
                raise SpecificationError(f"{where}.{name}: write a list of profiles")
            found = []
            for k, entry in enumerate(data[name]):
                read = profile_from_json(entry, ("pure", "correlated"), where=f"{where}.{name}[{k}]")
                found.append(((read, Fraction(1)),) if "pure" in entry else read)
            parts.append(tuple(found))
        return cls(*parts)

    def flaw(self, game: NormalFormGame) -> str:
        """Why this is no path of the game; ``""`` if it is one."""
        for t, lottery in enumerate(self.positions):
            if not lottery or sum(p for _, p in lottery) != 1 or any(p <= 0 for _, p in lottery):
                return f"position {t} is no lottery: its probabilities are not positive with sum 1"
            for a, _ in lottery:
                if len(a) != game.num_players or any(not 0 <= k < m for k, m in zip(a, game.num_actions, strict=True)):
                    return f"position {t} has the profile {a}, which the game has not"
        return ""


@final
class PositionPayoffs:
    """Expected payoffs and best one-shot gains at lotteries over the pure profiles of an exact game, remembered."""

    def __init__(self, game: NormalFormGame) -> None:
        self.game = game
        self._known: dict[Distribution, tuple[tuple[Fraction, ...], tuple[Fraction, ...]]] = {}

    def payoffs(self, lottery: Distribution) -> tuple[Fraction, ...]:
        """One for each player."""
        return self._of(lottery)[0]

    def gains(self, lottery: Distribution) -> tuple[Fraction, ...]:
        """The most that each player gains at once, whatever profile of the lottery is called."""
        return self._of(lottery)[1]

    def _of(self, lottery: Distribution) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        if lottery not in self._known:
            game, players = self.game, range(self.game.num_players)
            values, gains = [Fraction(0)] * len(players), [Fraction(0)] * len(players)
            for a, p in lottery:
                for i in players:
                    own = game.numerators[i][tuple(slice(None) if j == i else k for j, k in enumerate(a))]
                    values[i] += p * Fraction(int(own[a[i]]), game.denominator)
                    gains[i] = max(gains[i], Fraction(int(own.max()) - int(own[a[i]]), game.denominator))
            self._known[lottery] = tuple(values), tuple(gains)
        return self._known[lottery]


def value_polynomials(table: PositionPayoffs, path: PlayPath, player: int) -> tuple[tuple[Polynomial, ...], Polynomial]:
    """N_i(t) for every position t, and D; V_i(t) = N_i(t) / D."""
    length = len(path.cycle)
    pay = [table.payoffs(p)[player] for p in path.positions]
    start = len(path.prefix)
    values: list[Polynomial] = [()] * len(pay)
    for t in range(start, len(pay)):
        turn = t - start
        values[t] = polynomial(pay[start + (turn + k) % length] for k in range(length))
    for t in reversed(range(start)):
        now = polynomial([pay[t], *([0] * (length - 1)), -pay[t]])  # u (1 − δ^L)
        values[t] = total(now, (Fraction(0), *values[t + 1]))
    return tuple(values), polynomial([1] * length)


def deterrence_polynomial(
    gain: Fraction, value: Polynomial, divisor: Polynomial, punishment: Polynomial, punishment_divisor: Polynomial
) -> Polynomial:
    """δ (V − P) − (1 − δ) g times the divisors of V and P: not negative iff a gain of g is deterred."""
    kept = product(value, punishment_divisor)
    lost = tuple(-c for c in product(punishment, divisor))
    tempted = tuple(gain * c for c in product(divisor, punishment_divisor))
    return total((Fraction(0), *kept), (Fraction(0), *lost), tuple(-c for c in tempted), (Fraction(0), *tempted))
