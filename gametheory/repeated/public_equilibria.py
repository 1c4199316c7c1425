"""Payoffs of perfect public equilibria: what is self-enforcing when everybody sees only a noisy signal.

After the action profile a everybody sees y ~ π(· | a), and a public coin is thrown before every period. The payoffs E(δ) of
equilibria in which play depends on the signals alone (perfect public equilibria, here in pure actions) are the largest bounded
fixed point of

    B(W) = co ∪_a { v : v = (1 − δ) u(a) + δ Σ_y π(y | a) w(y),  w(y) ∈ W,
                    (1 − δ)(u_i(a') − u_i(a)) ≤ δ Σ_y (π(y | a) − π(y | a')) w_i(y)  for every a' = (b, a_−i) },

enclosed by :mod:`gametheory.repeated.self_generation`. For an overseer the signal is what colluders must do with: its false
alarms destroy value on the way, its misses tempt. A bound for all discount factors at once is
:func:`~gametheory.repeated.limit_payoffs`; the best symmetric equilibrium in closed form is
:func:`~gametheory.repeated.trigger_equilibrium`. Equilibria in mixed actions can give more, and are not covered.

References: D. Abreu, D. Pearce and E. Stacchetti 1990, "Toward a theory of discounted repeated games with imperfect
monitoring", Econometrica 58; G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, chapters 7 and 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.repeated.payoff_set_result import PayoffSet
from gametheory.repeated.repeated_game import check_signals
from gametheory.repeated.self_generation import Progress, sandwich

__all__ = ["public_perfect_payoffs"]


def public_perfect_payoffs(
    game: NormalFormGame,
    monitoring: Monitoring,
    discount: Any,
    *,
    directions: Sequence[Sequence[Any]] | None = None,
    gap: Any = Fraction(1, 100),
    max_directions: int = 100,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> PayoffSet:
    """Enclose the payoffs of perfect public equilibria in pure actions with a public coin.

    Parameters
    ----------
    game : NormalFormGame
        Floats count as the rationals that they are.
    monitoring : Monitoring
        The public signal after every action profile.
    discount : number, 0 ≤ δ < 1
    directions : sequence of vectors of n numbers, optional
        Bounded from the start, beside those of the feasible payoffs and of single players.
    gap : number > 0
        Distance between the two polytopes, as a share of the largest payoff span, at which refinement may end.
    max_directions : int ≥ 1
        No direction is added beyond as many.
    time_limit : float, optional
        Seconds; then the answer depends on the machine.
    progress : callable, optional
        Called with the number of directions and of profiles that are left.

    Returns
    -------
    PayoffSet
        ``.exact``, or ``.inner``, ``.outer`` and ``.gap``; ``.monitoring`` is the exact monitoring.

    Raises
    ------
    SolverError
        A limit was reached before the gap; ``best`` is the sandwich as it stands, with its certificates.
    SpecificationError
        Signals of a game of another size, or a number out of range.

    Examples
    --------
    The noisy prisoner's dilemma of Mailath and Samuelson (2006, section 7.2) with δ = 13/20: nothing but the segment from
    defection to what the best symmetric equilibrium gives.

    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> found = public_perfect_payoffs(game, noisy, "13/20")
    >>> found.exact, [tuple(map(str, v)) for v in found.vertices]
    (True, [('0', '0'), ('7/4', '7/4')])
    """
    check_signals(game, monitoring)
    return sandwich(
        game,
        monitoring.exact(),
        discount,
        directions=directions,
        gap=gap,
        max_directions=max_directions,
        time_limit=time_limit,
        progress=progress,
    )
