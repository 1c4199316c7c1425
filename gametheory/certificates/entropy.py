"""The entropy of a correlated equilibrium, and a bound on that of every other, in rationals.

The entropy of a distribution p over action profiles is H(p) = −Σ_a p(a) ln p(a), in nats. For multipliers y ≥ 0 of the
obedience rows G (coarse: those of always playing one action) every (coarse) correlated equilibrium p has, since G p ≥ 0,

    H(p)  ≤  H(p) + yᵀG p  ≤  max_q {H(q) + yᵀG q}  =  ln Σ_a exp((yᵀG)_a)        (Gibbs; weak duality)

So Σ_a exp((yᵀG)_a − U) ≤ 1 proves that no entropy exceeds U. That H(p) ≥ L for the p at hand is proved by numbers t_a
with exp(t_a) ≥ p(a): H(p) ≥ −Σ_a p(a) t_a. Both need nothing but bounds on the exponential function, here integers over
2^−128 rounded to the safe side: exp(x) = exp(x / 2^k)^(2^k) with |x| / 2^k ≤ 1/2, Taylor's series with its remainder.

Reference: L. E. Ortiz, R. E. Schapire and S. M. Kakade (2007), *Maximum entropy correlated equilibria*, AISTATS.
Complexity: Σ_i m_i N products and N exponentials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import (
    Distribution,
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    profile_from_json,
    profile_to_json,
)
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["EntropyCertificate", "exponential_bounds", "weighted_obedience"]

Array = NDArray[Any]
Multiplier = tuple[tuple[int, ...], Fraction]
_BITS = 128
_ONE = 1 << _BITS
_TERMS = 30  # (1/2)^30 / 30! is below 2^-137


@final
@dataclass(frozen=True, slots=True, repr=False)
class EntropyCertificate:
    """A (coarse) correlated equilibrium has entropy at least ``lower``, and none has more than ``upper``, in nats.

    Attributes
    ----------
    distribution : tuple of (profile, probability)
        Profiles of positive probability.
    lower, upper : Fraction
    multipliers : tuple of (row, Fraction)
        Numbers ≥ 0, per unit of payoff, for rows (player, told, plays), coarse (player, plays); 0 for those left out.
    coarse : bool
    game : NormalFormGame or None
        Exact; without it ``verify`` needs it.
    stated_digest : str

    Examples
    --------
    In matching pennies the only correlated equilibrium is uniform, of entropy ln 4 ≈ 1.386:

    >>> game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    >>> uniform = tuple(((a, b), Fraction(1, 4)) for a in (0, 1) for b in (0, 1))
    >>> EntropyCertificate(uniform, Fraction("1.386"), Fraction("1.387"), (), False, game).verify()
    True
    """

    distribution: Distribution
    lower: Fraction
    upper: Fraction
    multipliers: tuple[Multiplier, ...]
    coarse: bool = False
    game: NormalFormGame | None = None
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        kind = "coarse correlated" if self.coarse else "correlated"
        return (
            f"a distribution over {len(self.distribution)} action profiles is a {kind} equilibrium of entropy at least "
            f"{brief(self.lower)} nats, and no {kind} equilibrium has more than {brief(self.upper)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check obedience, the entropy and the bound on every other, exactly.

        Raises
        ------
        CertificateError
            If one of them fails, or the game is another one.
        """
        claim = self.claim
        checked = game_to_check(claim, self.game, self.stated_digest, game)
        concept: Literal["correlated", "coarse correlated"] = "coarse correlated" if self.coarse else "correlated"
        DeviationCertificate(concept, self.distribution, Fraction(0), checked).verify()
        reached = sum((p * _minus_logarithm(p) for _, p in self.distribution), Fraction(0))
        if reached < self.lower:
            fail(claim, f"the entropy of the distribution is proved to be {brief(reached)} only")
        try:
            exponents, denominator = weighted_obedience(checked, self.multipliers, coarse=self.coarse)
        except SpecificationError as error:
            fail(claim, str(error))
        total = 0
        for exponent in exponents.tolist():
            total += exponential_bounds(Fraction(exponent, denominator) - self.upper)[1]
            if total > _ONE:
                fail(claim, "with these multipliers the bound on the entropy is larger than stated")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "entropy",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "coarse": self.coarse,
            "profile": profile_to_json(self.distribution),
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
            "multipliers": [[list(row), rational_to_json(y)] for row, y in self.multipliers],
        }

    @classmethod
    def from_dict(cls, data: Any) -> EntropyCertificate:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        SpecificationError
            If a key is missing, unknown or of the wrong form.
        """
        keys = ["kind", "game_digest", "game", "coarse", "profile", "lower", "upper", "multipliers"]
        game = game_of_certificate(data, keys, "entropy")
        if not isinstance(data["coarse"], bool):
            raise SpecificationError(f"certificate.coarse: found {data['coarse']!r}; write true or false")
        rows = data["multipliers"]
        if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != 2 for row in rows):
            raise SpecificationError("certificate.multipliers: write a list of [row, multiplier]")
        return cls(
            profile_from_json(data["profile"], ("correlated",)),
            rational_from_json(data["lower"], where="certificate.lower"),
            rational_from_json(data["upper"], where="certificate.upper"),
            tuple(
                (
                    indices_from_json(row, where=f"certificate.multipliers[{k}]"),
                    rational_from_json(y, where=f"certificate.multipliers[{k}]"),
                )
                for k, (row, y) in enumerate(rows)
            ),
            data["coarse"],
            game,
            data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"EntropyCertificate({self.claim})"


def weighted_obedience(game: NormalFormGame, multipliers: Sequence[Multiplier], *, coarse: bool) -> tuple[Array, int]:
    """yᵀG for every profile in C order: integers over the denominator that comes second.

    Raises
    ------
    SpecificationError
        A row that does not exist or is listed twice, or a negative multiplier.
    """
    scale = math.lcm(1, *(y.denominator for _, y in multipliers))
    tables = [np.zeros((m, m), dtype=object) for m in game.num_actions]
    if len({row for row, _ in multipliers}) < len(multipliers):
        raise SpecificationError("multipliers: a row is listed twice; add the two up")
    for row, y in multipliers:
        i = row[0] if row else game.num_players
        if len(row) != (2 if coarse else 3) or i >= game.num_players or max(row[1:]) >= game.num_actions[i]:
            raise SpecificationError(f"multipliers: there is no row {list(row)}; write existing ones")
        if y < 0:
            raise SpecificationError(f"multipliers: found {y} for row {list(row)}; write numbers ≥ 0")
        told: Any = slice(None) if coarse else row[1]
        tables[i][told, row[-1]] += y.numerator * (scale // y.denominator)
    total = np.zeros(game.num_actions, dtype=object)
    for i, table in enumerate(tables):
        payoffs = np.moveaxis(game.numerators[i], i, 0).astype(object)
        weights = table.sum(axis=1).reshape(-1, *(1,) * (game.num_players - 1))
        for b in range(game.num_actions[i]):  # table[:, b] is mostly zero where few rows bind
            told_b = np.flatnonzero(table[:, b] != 0)
            if len(told_b):
                moved = np.moveaxis(total, i, 0)
                moved[told_b] -= table[told_b, b].reshape(weights[told_b].shape) * payoffs[b]
        np.moveaxis(total, i, 0)[...] += weights * payoffs
    return total.reshape(-1), scale * game.denominator


def exponential_bounds(x: Fraction) -> tuple[int, int]:
    """Integers with low ≤ exp(x) · 2^128 ≤ high, for x ≤ 64.

    Examples
    --------
    >>> low, high = exponential_bounds(Fraction(1))
    >>> low / 2**128 <= 2.718281828459045 <= high / 2**128, high - low < 2**16
    (True, True)
    """
    if x > 64:
        raise SpecificationError(f"x: found {brief(x)}; the exponential is bounded here for x ≤ 64")
    if x <= -_BITS:
        return 0, 1  # exp(x) ≤ 2^x
    if x > 0:
        low, high = exponential_bounds(-x)
        return _ONE * _ONE // high, -(-_ONE * _ONE // low)
    halvings = max(0, math.ceil(-x).bit_length() + 1)
    # A number a little to either side of x / 2^k, both of at most 128 bits after the point, in [−1/2, 0].
    floor = (x.numerator << _BITS) // (x.denominator << halvings)
    bounds = []
    for argument, up in ((floor, False), (floor + 1, True)):
        term = total = _ONE
        for k in range(1, _TERMS):
            term = term * argument // (_ONE * k)  # off by less than 1 + 1/k ulp: 60 in all, the remainder included
            total += term
        total = total + 64 if up else total - 64
        for _ in range(halvings):
            total = -(-total * total // _ONE) if up else total * total // _ONE
        bounds.append(total)
    return bounds[0], bounds[1]


def _minus_logarithm(p: Fraction) -> Fraction:
    """A number ≤ −ln p, close to it unless p < 2^-100, where it is 0."""
    if p <= Fraction(1, 2**100):
        return Fraction(0)
    guess = Fraction(math.log(p)) * (1 - Fraction(1, 2**50)) + Fraction(1, 2**50)
    low = exponential_bounds(guess)[0]
    return max(-guess, Fraction(0)) if low * p.denominator >= p.numerator << _BITS else Fraction(0)
