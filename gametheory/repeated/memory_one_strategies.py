"""Strategies with a memory of one period, two players with two actions; zero-determinant strategies.

:func:`zero_determinant` strategies enforce a linear relation between payoffs. For payoff vectors S_X and S_Y over the profiles
(CC, CD, DC, DD) and numbers α, β, γ, the memory-one strategy p and first move p₀ with

    δ p + (1 − δ) p₀ 1 − (1, 1, 0, 0) = α S_X + β S_Y + γ 1     enforce     α s_X + β s_Y + γ = 0

whatever the opponent does, for discounted averages s_X, s_Y; with δ = 1 for limits of means, and any p₀.

References: W. Press and F. Dyson 2012, "Iterated prisoner's dilemma contains strategies that dominate any evolutionary
opponent", PNAS 109; C. Hilbe, A. Traulsen and K. Sigmund 2015, "Partners or rivals? Strategies for the iterated prisoner's
dilemma", Games and Economic Behavior 92.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import exact
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.repeated.automata import Automaton
from gametheory.repeated.automaton_catalogue import Cooperation, cooperation_chance, probability
from gametheory.repeated.repeated_game import discount_factor

__all__ = ["extortion", "memory_one", "zero_determinant"]

Action = int | str
Profile = tuple[int, ...]


def memory_one(
    game: NormalFormGame,
    player: Action,
    probabilities: Sequence[Any],
    *,
    first: Any = 1,
    cooperate: Action = 0,
    defect: Action = 1,
    name: str = "memory-one",
) -> Automaton:
    """Cooperation with a probability that depends on the last period; two players with two actions.

    Parameters
    ----------
    probabilities : four numbers in [0, 1]
        (p_CC, p_CD, p_DC, p_DD): probability of cooperation after each profile, one's own action written first.
    first : number in [0, 1]
        Probability of cooperation in the first period.

    Names: reactive if p_CC = p_DC and p_CD = p_DD (Nowak and Sigmund 1990); memory-one (Nowak and Sigmund 1993).

    Examples
    --------
    Tit for tat as a memory-one strategy:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> memory_one(prisoners_dilemma(), 0, (1, 0, 1, 0)).num_states
    5
    """
    if game.num_actions != (2, 2):
        raise UnsupportedError("memory_one: two players with two actions only; write other games with Automaton.of")
    given = tuple(probability(p, f"probabilities[{k}]") for k, p in enumerate(probabilities))
    if len(given) != 4:
        raise SpecificationError(f"probabilities: found {len(given)}; write p_CC, p_CD, p_DC and p_DD")
    cooperated = Cooperation(game, player, cooperate)
    own = cooperated.player
    states = ("after CC", "after CD", "after DC", "after DD")

    def following(_: str, seen: Profile) -> str:
        return states[2 * (not cooperated.by(own, seen)) + (not cooperated.by(1 - own, seen))]

    chances = dict(zip(("first", *states), (probability(first, "first"), *given), strict=True))
    outputs = {state: cooperation_chance(game, player, cooperate, defect, p) for state, p in chances.items()}
    return Automaton.of(game, player, outputs, following, name=name)


def zero_determinant(
    game: NormalFormGame,
    player: Action,
    *,
    own: Any,
    other: Any,
    constant: Any,
    discount: Any = None,
    first: Any = 1,
    cooperate: Action = 0,
    defect: Action = 1,
) -> Automaton:
    """The memory-one strategy that enforces own · s_X + other · s_Y + constant = 0 against everybody; two by two actions.

    Parameters
    ----------
    own, other, constant : numbers
        α, β and γ; their common scale matters, for the probabilities must lie in [0, 1].
    discount : number, 0 < δ < 1, optional
        For discounted averages, with the first move ``first``; by default for limits of means.

    Raises
    ------
    InfeasibleError
        If these numbers ask for probabilities outside [0, 1].

    Names: ZD (Press and Dyson 2012); with own = 0 an equaliser (Boerlijst, Nowak and Sigmund 1997); discounted: Hilbe,
    Traulsen and Sigmund 2015, proposition 1.

    Examples
    --------
    An equaliser that pins the opponent's average to 2, in the dilemma with payoffs 3, 0, 5, 1:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> pinned = zero_determinant(prisoners_dilemma(), 0, own=0, other="-1/3", constant="2/3")
    >>> pinned.plays("after CC"), pinned.plays("after DD")
    ('2/3 cooperate + 1/3 defect', '1/3 cooperate + 2/3 defect')
    """
    alpha, beta, gamma = exact(own, where="own"), exact(other, where="other"), exact(constant, where="constant")
    delta = Fraction(1) if discount is None else discount_factor(discount)
    if delta == 0:
        raise SpecificationError(
            "discount: found 0; without a future nothing can be enforced, write a number in (0, 1)"
        )
    start = probability(first, "first")
    wanted = [
        (alpha * mine + beta * theirs + gamma + repeated - (1 - delta) * start) / delta
        for (mine, theirs), repeated in zip(
            _dilemma_payoffs(game, player, cooperate, defect), (1, 1, 0, 0), strict=True
        )
    ]
    if min(wanted) < 0 or max(wanted) > 1:
        raise InfeasibleError(
            f"zero_determinant: the relation asks for probabilities {', '.join(map(str, wanted))} after CC, CD, DC, DD; scale "
            "own, other and constant down together, or choose another relation"
        )
    return memory_one(
        game, player, wanted, first=start, cooperate=cooperate, defect=defect, name="zero-determinant strategy"
    )


def extortion(
    game: NormalFormGame,
    player: Action,
    factor: Any,
    *,
    baseline: Any = None,
    share: Any = "1/2",
    cooperate: Action = 0,
    defect: Action = 1,
) -> Automaton:
    """The zero-determinant strategy that enforces s_X − K = χ (s_Y − K) for limits of means.

    Parameters
    ----------
    factor : number ≥ 1
        χ, the extortion factor.
    baseline : number, optional
        K; by default the payoff P of mutual defection (extortion). With that of mutual cooperation: generous.
    share : number in (0, 1]
        Of the largest feasible scale φ of the strategy.

    Raises
    ------
    InfeasibleError
        If no memory-one strategy enforces the relation.

    Names: extortionate (Press and Dyson 2012); generous zero-determinant, ZDGTFT (Stewart and Plotkin 2013).

    Examples
    --------
    Press and Dyson's example, χ = 3 and φ = 1/26 in the dilemma with payoffs 3, 0, 5, 1:

    >>> from gametheory.games.catalogue import prisoners_dilemma
    >>> extort = extortion(prisoners_dilemma(), 0, 3)
    >>> [extort.plays(f"after {seen}").split()[0] for seen in ("CC", "CD", "DC")]
    ['11/13', '1/2', '7/26']
    """
    chi, part = exact(factor, where="factor"), exact(share, where="share")
    if chi < 1 or not 0 < part <= 1:
        raise SpecificationError(f"factor, share: found {chi} and {part}; write a factor ≥ 1 and a share in (0, 1]")
    payoffs = _dilemma_payoffs(game, player, cooperate, defect)
    base = payoffs[3][0] if baseline is None else exact(baseline, where="baseline")
    tilts = [(mine - base) - chi * (theirs - base) for mine, theirs in payoffs]
    # φ · tilt must lie in [−1, 0] after CC and CD, in [0, 1] after DC and DD
    if any(t > 0 for t in tilts[:2]) or any(t < 0 for t in tilts[2:]) or not any(tilts):
        raise InfeasibleError(
            f"extortion: no memory-one strategy enforces a factor of {chi} over the baseline {base}; take a baseline between "
            "the payoffs of mutual defection and mutual cooperation, or a larger factor"
        )
    phi = part / max(abs(t) for t in tilts)
    return zero_determinant(
        game,
        player,
        own=phi,
        other=-phi * chi,
        constant=phi * (chi - 1) * base,
        cooperate=cooperate,
        defect=defect,
    )


def _dilemma_payoffs(
    game: NormalFormGame, player: Action, cooperate: Action, defect: Action
) -> list[tuple[Fraction, Fraction]]:
    """(own payoff, the other's) after CC, CD, DC, DD, one's own action first."""
    if game.num_actions != (2, 2):
        raise UnsupportedError("zero-determinant strategies: two players with two actions only")
    i, stage = game.player_index(player), game.exact()
    found = []
    for mine in (cooperate, defect):
        for theirs in (cooperate, defect):
            profile = [0, 0]
            profile[i], profile[1 - i] = game.action_index(i, mine), game.action_index(1 - i, theirs)
            payoffs = stage.payoff(*profile)
            found.append((payoffs[i], payoffs[1 - i]))
    return found
