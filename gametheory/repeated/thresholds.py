"""What holds one player to a path of play: the temptation, the punishment, and the discount factors that suffice.

Along the path player i stays iff at every position with a one-shot gain g_i > 0

    (1 − δ) g_i ≤ δ (V_i(next position) − P_i),

P_i the payoff per period of what follows a deviation. For a stationary path that is δ ≥ g_i / (g_i + u_i − P_i); along a cycle
it is an inequality between polynomials in δ, and the δ that satisfy all of them are found exactly (:mod:`.discount_sets`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from gametheory.arithmetic.algebraic import polynomial
from gametheory.certificates.play_paths import PlayPath, PositionPayoffs, deterrence_polynomial, value_polynomials
from gametheory.certificates.punishment_floors import PunishmentFloorCertificate
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.repeated.discount_sets import DiscountSet, Number, where
from gametheory.repeated.minmax import Minmax

__all__ = ["PlayerThreshold", "Punisher", "player_threshold"]

Punisher = Equilibrium | Minmax | PunishmentFloorCertificate
"""Where the payoff of a punishment comes from."""


@final
@dataclass(frozen=True, slots=True)
class PlayerThreshold:
    """What holds one player to the target.

    Attributes
    ----------
    player : int
    gain : Fraction
        Best one-shot gain from deviating; along a cycle, at the position that binds.
    deviation : int or None
        The action that has it; ``None`` if nothing gains.
    loss : Fraction
        Payoff per period at the target (along a cycle its plain average) less that of the punishment.
    punishment : Fraction
        Payoff per period of the punishment.
    discount : Fraction, AlgebraicNumber or None
        Smallest discount factor at which the player stays; ``None`` if there is none below 1.
    evidence : Equilibrium, Minmax, certificate or None
        Where the punishment's payoff comes from.
    position : int
        The position of the cycle that binds.
    sustaining : DiscountSet
        All discount factors at which the player stays.
    """

    player: int
    gain: Fraction
    deviation: int | None
    loss: Fraction
    punishment: Fraction
    discount: Number | None
    evidence: Punisher | None
    position: int
    sustaining: DiscountSet


def player_threshold(
    table: PositionPayoffs, path: PlayPath, player: int, punishment: Fraction, evidence: Punisher | None
) -> PlayerThreshold:
    """What holds a player to a path without prefix, given what a punishment pays."""
    gains = [table.gains(lottery)[player] for lottery in path.cycle]
    average = sum((table.payoffs(lottery)[player] for lottery in path.cycle), Fraction(0)) / len(path.cycle)
    loss = average - punishment
    sets = [DiscountSet.between(Fraction(0), Fraction(1)) for _ in gains]
    if len(gains) == 1:
        if gains[0] > 0:
            start = gains[0] / (gains[0] + loss) if loss > 0 else Fraction(1)
            sets = [DiscountSet.between(start, Fraction(1))]
    else:
        values, divisor = value_polynomials(table, path, player)
        for t, gain in enumerate(gains):
            if gain > 0:
                follows = values[path.next_position(t)]
                sets[t] = where(
                    [deterrence_polynomial(gain, follows, divisor, polynomial([punishment]), polynomial([1]))]
                )
    sustaining = sets[0].intersection(*sets[1:]) if len(sets) > 1 else sets[0]
    discount = sustaining.infimum if sustaining else None
    tempting = [t for t, gain in enumerate(gains) if gain > 0] or [0]

    def patience(t: int) -> tuple[bool, Number, int]:
        return (not sets[t], sets[t].infimum if sets[t] else Fraction(1), -t)

    position = max(tempting, key=patience)
    return PlayerThreshold(
        player=player,
        gain=gains[position],
        deviation=_deviation(table, path, player, position) if gains[position] > 0 else None,
        loss=loss,
        punishment=punishment,
        discount=discount,
        evidence=evidence,
        position=position,
        sustaining=sustaining,
    )


def _deviation(table: PositionPayoffs, path: PlayPath, player: int, position: int) -> int:
    """The action with the largest one-shot gain, at the profile of the lottery where it is."""
    best = (Fraction(-1), 0)
    for a, _ in path.cycle[position]:
        own = table.game.numerators[player][tuple(slice(None) if j == player else k for j, k in enumerate(a))]
        found = int(own.argmax())
        gain = Fraction(int(own[found]) - int(own[a[player]]), table.game.denominator)
        if gain > best[0]:
            best = (gain, found)
    return best[1]
