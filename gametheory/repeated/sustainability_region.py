"""For which parameters, patience among them, a target sustains itself in the repeated game: the exact region.

Let stage payoffs be expressions in parameters θ, the target a cycle of pure profiles a^0, …, a^{T−1}, and v_i the payoff of the
punishment of player i: of a stage profile played for ever after, or given. With δ_i itself a parameter, the continuation at
position t is worth

    V_i^t = (1 − δ_i) Σ_{s<T} δ_i^s u_i(a^{t+s}) / (1 − δ_i^T),

and nobody gains by a one-shot deviation iff for every i, t and action b

    V_i^t ≥ (1 − δ_i) u_i(b, a^t_{−i}) + δ_i v_i.

Where the punishment is a stage profile it must be a stage equilibrium itself, which gives further conditions. The region is
reduced, with exact points inside and outside, by :mod:`gametheory.symbolic.parameter_regions`. For games with numbers see
:func:`.critical_discount` and :func:`.discount_region`. Reference: J. Friedman (1971), *A non-cooperative equilibrium for
supergames*, Review of Economic Studies 38.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gametheory.equilibria.regions import played_text
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import is_pure_profile
from gametheory.repeated.targets import Cycle

if TYPE_CHECKING:
    from gametheory.symbolic.parameter_regions import Named, ParameterRegion

__all__ = ["sustainability_region"]

TIMEOUT = 10.0


def sustainability_region(
    symbolic_game: NormalFormGame,
    target: Sequence[int | str] | Cycle,
    *,
    discount: Any,
    punishment: Any,
    assumptions: Sequence[Any] = (),
    timeout: float = TIMEOUT,
) -> ParameterRegion:
    """The exact parameter region in which a target sustains itself under reversion to a punishment.

    Parameters
    ----------
    symbolic_game : NormalFormGame
        The stage game; payoffs in symbols or exact numbers (at least one symbol in payoffs or ``discount``).
    target : pure profile or Cycle of pure profiles
    discount : expression, or sequence of n expressions
        The common discount factor or each player's. That it lies in [0, 1) is among the assumptions of the answer.
    punishment : pure profile, sequence of n pure profiles, or mapping {"payoffs": n expressions}
        Stage equilibria to revert to (one for all, or one for each player); or what punishment is worth to each, as given.
    assumptions : sequence of sympy Booleans
    timeout : float
        Seconds for each question to the prover.

    Returns
    -------
    ParameterRegion

    Raises
    ------
    SpecificationError
        Malformed input; no symbols at all.
    UnsupportedError
        Mixed profiles; payoffs outside real arithmetic.
    SolverError
        If the prover neither finds nor excludes a point inside or outside.

    Examples
    --------
    Grim trigger in the prisoner's dilemma: δ ≥ (T − R)/(T − P).

    >>> from gametheory.symbolic import reals
    >>> T, R, P, S, delta = reals("T R P S delta")
    >>> game = NormalFormGame.symmetric([[R, S], [T, P]], actions=["C", "D"])
    >>> region = sustainability_region(
    ...     game, ("C", "C"), discount=delta, punishment=("D", "D"), assumptions=[T > R, R > P, P > S])
    >>> region.conditions
    (-P*delta + R + T*delta - T >= 0,)
    >>> region.holds({"T": 10, "R": 9, "P": 3, "S": 0, "delta": "1/7"})
    True
    """
    import sympy as sp

    from gametheory.symbolic.parameter_regions import definedness, parameter_region, symbolic_payoffs, sympy_expression
    from gametheory.symbolic.statements import checked

    n = symbolic_game.num_players
    factors = list(discount) if isinstance(discount, (list, tuple)) else [discount] * n
    if len(factors) != n:
        raise SpecificationError(
            f"discount: found {len(factors)} expressions; write one, or one for each of {n} players"
        )
    factors = [checked(sympy_expression(factor)) for factor in factors]
    if symbolic_game.arithmetic == "symbolic":
        game, domain, rational = symbolic_payoffs(symbolic_game)
    elif any(factor.free_symbols for factor in factors):
        game, domain, rational = symbolic_game.exact(), [], True
    else:
        raise SpecificationError("symbolic_game: found no parameters; critical_discount answers for games with numbers")
    cycle = _profiles(game, target)
    worth, punishing = _punishment(game, punishment)
    also, plain = definedness([*factors, *worth])
    domain, rational = [*domain, *also], rational and plain
    patience = [part for factor in dict.fromkeys(factors) for part in (factor >= 0, factor < 1)]
    patience = [part for part in patience if part is not sp.true]
    found = [*punishing, *_one_shot(game, cycle, factors, worth, rational=rational)]
    shown = " then ".join(played_text(game, profile) for profile in cycle)
    return parameter_region(
        symbolic_game,
        f"{shown} sustains itself",
        found,
        domain=domain,
        expressions=[*map(sympy_expression, game.numerators.flat), *factors],
        assumptions=[*patience, *assumptions],
        timeout=timeout,
    )


def _profiles(game: NormalFormGame, target: Any) -> list[tuple[int, ...]]:
    profiles = target.profiles if isinstance(target, Cycle) else (target,)
    if not all(is_pure_profile(profile) for profile in profiles):
        raise UnsupportedError(
            "target: regions are computed for pure profiles and cycles of them; give one action for each"
        )
    return [game.action_indices(profile) for profile in profiles]


def _punishment(game: NormalFormGame, punishment: Any) -> tuple[list[Any], list[Named]]:
    """What punishment is worth to each player, and the conditions that it is a stage equilibrium."""
    import sympy as sp

    from gametheory.symbolic.parameter_regions import canonical, sympy_expression
    from gametheory.symbolic.statements import checked

    n = game.num_players
    if isinstance(punishment, dict):
        if set(punishment) != {"payoffs"} or len(punishment["payoffs"]) != n:
            raise SpecificationError(f"punishment: found {punishment!r}; write {{'payoffs': [{n} expressions]}}")
        return [checked(sympy_expression(value)) for value in punishment["payoffs"]], []
    each = [punishment] * n if is_pure_profile(punishment) else list(punishment)
    if len(each) != n or not all(is_pure_profile(profile) for profile in each):
        raise SpecificationError(
            f"punishment: found {punishment!r}; write a pure profile, one for each of {n} players, or {{'payoffs': [...]}}"
        )
    profiles = [game.action_indices(profile) for profile in each]
    conditions: list[Named] = []
    for profile in dict.fromkeys(profiles):
        for i, player in enumerate(game.players):
            for b, label in enumerate(game.actions[i]):
                if b != profile[i]:
                    left = game.numerators[(i, *profile)] - game.numerators[(i, *_moved(profile, i, b))]
                    difference = canonical(sympy_expression(left), rational=False)
                    name = f"{player} leaves the punishment {played_text(game, profile)} for {label}"
                    conditions.append((name, sp.Ge(difference, 0)))
    return [sympy_expression(_payoff(game, i, profile)) for i, profile in enumerate(profiles)], conditions


def _one_shot(
    game: NormalFormGame, cycle: list[tuple[int, ...]], factors: list[Any], worth: list[Any], *, rational: bool
) -> Iterator[Named]:
    import sympy as sp

    from gametheory.symbolic.parameter_regions import canonical, sympy_expression

    length = len(cycle)
    for i, player in enumerate(game.players):
        delta = factors[i]
        stream = [sympy_expression(_payoff(game, i, profile)) for profile in cycle]
        weights = sum(delta**s for s in range(length))  # (1 − δ^T)/(1 − δ) > 0, multiplied out
        for t, profile in enumerate(cycle):
            value = sum(delta**s * stream[(t + s) % length] for s in range(length))
            for b, label in enumerate(game.actions[i]):
                if b == profile[i]:
                    continue
                deviation = sympy_expression(_payoff(game, i, _moved(profile, i, b)))
                difference = value - weights * ((1 - delta) * deviation + delta * worth[i])
                at = f" at position {t}" if length > 1 else ""
                yield f"{player} deviates to {label}{at}", sp.Ge(canonical(sp.expand(difference), rational=rational), 0)


def _payoff(game: NormalFormGame, player: int, profile: tuple[int, ...]) -> Any:
    return game.payoff(*profile)[player] if game.arithmetic != "symbolic" else game.numerators[(player, *profile)]


def _moved(profile: tuple[int, ...], player: int, action: int) -> tuple[int, ...]:
    return (*profile[:player], action, *profile[player + 1 :])
