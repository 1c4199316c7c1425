"""Water filling: the best coverage by interchangeable resources against one attacker, by sorting the targets.

The attacker is held to the least level L* that the resources allow, each target that is worth more uncovered covered with
(u_t − L*) / (u_t − v_t); the target that the defender likes best among those attacked gives the value
(:mod:`gametheory.certificates.security_coverage` has the proof). Shadow prices are those of the programme "maximise what the
defender gets if target t is attacked, subject to: the attacker prefers t to every other target".

Under ties against the defender the supremum is approached by covering the target a little less.

Reference: Kiekintveld et al. 2009 (AAMAS), ORIGAMI. Complexity: T log T comparisons and T sums of integers with as many digits
as the common multiple of what covering takes from the attacks.
"""

from __future__ import annotations

import math
from fractions import Fraction

from gametheory.certificates.security_coverage import CoverageCertificate, attacked_value, least_level
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.optimize.design import Design
from gametheory.oversight.coverage import Ties, coverage_payoff, covering
from gametheory.oversight.security_games import SecurityGame

__all__ = ["obstacle_to_water_filling", "water_filling"]

_MOST_BITS = 2**16


def obstacle_to_water_filling(game: SecurityGame) -> str:
    """Why the closed form does not apply, in words; empty if it does."""
    if game.num_types > 1:
        return f"there are {game.num_types} types of attackers"
    if game.schedules is not None:
        return "resources have schedules"
    for t, target in enumerate(game.targets):
        if game.attacker_covered[0][t] >= game.attacker_uncovered[0][t]:
            return f"covering {target!r} does not hurt the attacker"
        if game.defender_covered[0][t] < game.defender_uncovered[0][t]:
            return f"covering {target!r} hurts the defender"
    return ""


def water_filling(game: SecurityGame, ties: Ties, epsilon: Fraction) -> Design:
    """The best coverage with its prices and certificate; the game has no obstacle."""
    covered, uncovered = game.attacker_covered[0], game.attacker_uncovered[0]
    _refuse_many_digits(game)
    level = least_level(uncovered, covered, game.num_resources)
    coverage = [max(Fraction(0), u - level) / (u - v) for u, v in zip(uncovered, covered, strict=True)]
    candidates = [t for t, u in enumerate(uncovered) if u > level or (u == level and ties == "strong")]
    payoffs = [
        attacked_value(e, d, c)
        for e, d, c in zip(game.defender_covered[0], game.defender_uncovered[0], coverage, strict=True)
    ]
    chosen = max(candidates, key=lambda t: payoffs[t])
    value = payoffs[chosen]
    price, binding = _prices(game, level, coverage, chosen)
    certificate = CoverageCertificate(
        defender_covered=game.defender_covered[0],
        defender_uncovered=game.defender_uncovered[0],
        attacker_covered=covered,
        attacker_uncovered=uncovered,
        num_resources=game.num_resources,
        ties=ties,
        level=level,
        value=value,
    )
    certificate.verify()
    attained = True
    if ties == "weak":
        attained = _separate(game, coverage, chosen, epsilon)
    return covering(
        game, coverage, (chosen,), value, certificate=certificate, price=price, binding=binding, attained=attained
    )


def _separate(game: SecurityGame, coverage: list[Fraction], chosen: int, epsilon: Fraction) -> bool:
    """Change the coverage so that ties against the defender do no more harm than ε; whether they do none."""
    covered, uncovered = game.defender_covered[0][chosen], game.defender_uncovered[0][chosen]
    gain, value = covered - uncovered, attacked_value(covered, uncovered, coverage[chosen])
    if coverage_payoff(game, coverage, ties="weak") >= value:
        return True
    left = game.num_resources - sum(coverage)
    if left > 0:  # what holds the level is a target covered for certain: cover the others more, so that they drop out
        others = [t for t, c in enumerate(coverage) if t != chosen and c < 1]
        for t in others:
            coverage[t] += min(1 - coverage[t], Fraction(left, len(others)))
        if coverage_payoff(game, coverage, ties="weak") >= value:
            return True
    less = min(coverage[chosen], epsilon / gain) if gain else coverage[chosen]
    coverage[chosen] -= less
    return gain == 0


def _refuse_many_digits(game: SecurityGame) -> None:
    common = 1
    for v, u in zip(game.attacker_covered[0], game.attacker_uncovered[0], strict=True):
        common = math.lcm(common, (u - v).numerator)
        if common.bit_length() > _MOST_BITS:
            raise SpecificationError(
                f"attacker's payoffs: every exact probability would have more than {_MOST_BITS:,} bits (a common multiple of "
                "what covering takes from each attack); round the payoffs, such as to three decimals given as text"
            )
    refuse_if_too_large(game.num_targets * common.bit_length() // 4, 1, "the exact coverage")


def _prices(
    game: SecurityGame, level: Fraction, coverage: list[Fraction], chosen: int
) -> tuple[Fraction, dict[str, Fraction]]:
    """Shadow prices of the programme "the attacker prefers the chosen target"; see :mod:`.coverage_programmes`."""
    covered, uncovered = game.attacker_covered[0], game.attacker_uncovered[0]
    gain = game.defender_covered[0][chosen] - game.defender_uncovered[0][chosen]
    reach = uncovered[chosen] - covered[chosen]
    kind, name = game.types[0], game.targets[chosen]
    if not gain:
        return Fraction(0), {}
    if level == max(covered) and sum(coverage) <= game.num_resources:
        full = next(t for t, v in enumerate(covered) if v == level)
        tight = {} if covered[chosen] == level else {f"{kind} prefers {name} to {game.targets[full]}": -gain / reach}
        return Fraction(0), tight
    weights: dict[Fraction, int] = {}
    held = [t for t, u in enumerate(uncovered) if u >= level]
    for t in held:
        width = uncovered[t] - covered[t]
        weights[width] = weights.get(width, 0) + 1
    common = math.lcm(*(width.numerator for width in weights))
    spread = Fraction(sum(n * width.denominator * (common // width.numerator) for width, n in weights.items()), common)
    price = gain / (reach * spread)
    binding = {"resources": price} | {
        f"{kind} prefers {name} to {game.targets[t]}": -price / (uncovered[t] - covered[t]) for t in held if t != chosen
    }
    return price, binding
