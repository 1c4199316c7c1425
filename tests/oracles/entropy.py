"""Entropies of correlated equilibria to sixty digits, from the definitions. Imports nothing of the package.

Works on the JSON data of a certificate; data that is no claim about a game counts as false.
"""

from __future__ import annotations

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from oracles.deviations import Game, MalformedError, distribution_of, game_of, number, replaced

DIGITS = 60


def entropy_of(probabilities: list[Fraction]) -> Decimal:
    """−Σ p ln p."""
    with localcontext() as context:
        context.prec = DIGITS
        values = [Decimal(p.numerator) / Decimal(p.denominator) for p in probabilities if p > 0]
        return -sum((p * p.ln() for p in values), Decimal(0))


def log_of_sum(exponents: list[Fraction]) -> Decimal:
    """ln Σ exp(e)."""
    with localcontext() as context:
        context.prec = DIGITS
        values = [Decimal(e.numerator) / Decimal(e.denominator) for e in exponents]
        most = max(values)
        return most + sum(((v - most).exp() for v in values), Decimal(0)).ln()


def exponents_of(game: Game, multipliers: list[Any], coarse: bool) -> list[Fraction]:
    """Σ_r y_r G_ra for every profile."""
    result = dict.fromkeys(itertools.product(*map(range, game.sizes)), Fraction(0))
    if len({tuple(row) for row, _ in multipliers}) < len(multipliers):
        raise MalformedError("twice")
    for row, text in multipliers:
        y, i = number(text), row[0]
        if y < 0 or len(row) != (2 if coarse else 3) or min(row) < 0 or max(row[1:]) >= game.sizes[i]:
            raise MalformedError("multiplier")
        for a in result:
            if coarse or a[i] == row[1]:
                result[a] += y * (game.u[i][a] - game.u[i][replaced(a, [i], [row[-1]])])
    return list(result.values())


def is_obeyed(game: Game, play: dict[Any, Fraction], coarse: bool) -> bool:
    """Whether no player gains by a map from recommendations to actions, coarse by one action."""
    for i, m in enumerate(game.sizes):
        for told, plays in itertools.product(range(m), repeat=2):
            gain = sum(
                p * (game.u[i][replaced(a, [i], [plays])] - game.u[i][a])
                for a, p in play.items()
                if coarse or a[i] == told
            )
            if gain > 0:
                return False
    return True


def margins(data: dict[str, Any]) -> tuple[Decimal, Decimal] | None:
    """By how much entropy and dual bound keep to ``lower`` and ``upper``; ``None`` where the rest is false."""
    try:
        game = game_of(data)
        play = distribution_of(data["profile"], game.sizes)
        if min(play.values()) < 0 or sum(play.values()) != 1 or not is_obeyed(game, play, data["coarse"]):
            return None
        exponents = exponents_of(game, data["multipliers"], data["coarse"])
        lower, upper = number(data["lower"]), number(data["upper"])
    except (MalformedError, KeyError, ValueError, TypeError, IndexError, ZeroDivisionError, AttributeError):
        return None
    with localcontext() as context:
        context.prec = DIGITS
        low = entropy_of(list(play.values())) - Decimal(lower.numerator) / Decimal(lower.denominator)
        high = Decimal(upper.numerator) / Decimal(upper.denominator) - log_of_sum(exponents)
    return low, high
