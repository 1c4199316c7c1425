"""For which parameters a profile withstands coalitions: the exact region.

Let payoffs be expressions in real parameters θ, a a pure profile, and for a coalition S and a joint pure deviation τ_S

    g_i(θ) = u_i(τ_S, a_{−S}; θ) − u_i(a; θ),    i ∈ S.

S does not block by τ_S iff

    "all"        g_i ≤ 0 for some i ∈ S                      (Aumann 1959)
    "some"       g_i < 0 for some i ∈ S, or g_i ≤ 0 for all
    "any"        g_i ≤ 0 for all i ∈ S
    "transfer"   Σ_{i ∈ S} g_i ≤ 0,

and the region is the conjunction over all coalitions of at most ``size`` members and all their deviations: a formula in which
every part is a disjunction of comparisons. Reduced, with exact points inside and outside, by
:mod:`gametheory.symbolic.parameter_regions`. The number of conditions is Σ_S ∏_{i∈S} m_i − 1 before the reduction.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gametheory.certificates.gains import Blocking
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.joint_deviations import check_rules
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import is_pure_profile

if TYPE_CHECKING:
    from gametheory.symbolic.parameter_regions import Named, ParameterRegion

__all__ = ["resilience_region"]

MAX_CONDITIONS = 4000
TIMEOUT = 10.0


def resilience_region(
    symbolic_game: NormalFormGame,
    profile: Sequence[int | str],
    *,
    size: int | None = None,
    blocking: Blocking,
    coalitions: Coalitions | None = None,
    assumptions: Sequence[Any] = (),
    timeout: float = TIMEOUT,
) -> ParameterRegion:
    """The exact parameter region in which no coalition of at most ``size`` members blocks a pure profile.

    Parameters
    ----------
    symbolic_game : NormalFormGame
        Payoffs in real symbols made by :func:`gametheory.symbolic.reals`; exact numbers are accepted beside them.
    profile : sequence of int or str
        For each player an action, by index or label.
    size : int, optional
        Largest coalition, ≥ 1; by default that of ``coalitions``.
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks; deviations are pure.
    coalitions : as for :func:`~gametheory.collusion.resilience`, optional
        Who may deviate together; by default everybody.
    assumptions : sequence of sympy Booleans
        What is known of the parameters.
    timeout : float
        Seconds for each question to the prover.

    Returns
    -------
    ParameterRegion

    Raises
    ------
    SpecificationError
        No free symbols, hidden assumptions, a size that does not exist, or more than 4,000 conditions.
    UnsupportedError
        A mixed profile; payoffs outside real arithmetic.
    SolverError
        If the prover neither finds nor excludes a point inside or outside.

    Examples
    --------
    Who waves a colleague's change through gains b if both do and is fined f: alone nobody gains, two together do for b > f.

    >>> from gametheory.symbolic import reals
    >>> b, f = reals("b f")
    >>> game = NormalFormGame.symmetric([[0, 0], [-f, b - f]], actions=["review", "wave"])
    >>> resilience_region(game, ("review", "review"), size=1, blocking="all", assumptions=[b > 0, f > 0]).extent
    'everywhere'
    >>> resilience_region(game, ("review", "review"), size=2, blocking="all", assumptions=[b > 0, f > 0])
    ParameterRegion((review, review) withstands coalitions of at most 2 under 'all' iff -b + f >= 0 given b > 0, f > 0; proved)
    """
    from gametheory.symbolic.parameter_regions import parameter_region, symbolic_payoffs

    check_rules(blocking, "pure")
    game, domain, rational = symbolic_payoffs(symbolic_game)
    if not is_pure_profile(profile):
        raise UnsupportedError(
            "profile: regions of resilience are computed for pure profiles; give one action for each"
        )
    target = game.action_indices(profile)
    family = allowed_coalitions(game, coalitions)
    largest = max(map(len, family), default=0)
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= game.num_players):
        raise SpecificationError(f"size: found {size!r}; write an integer from 1 to {game.num_players}")
    most = largest if size is None else min(size, largest)
    family = tuple(s for s in family if len(s) <= most)
    count = sum(_deviations(game, s) for s in family)
    if count > MAX_CONDITIONS:
        raise SpecificationError(
            f"coalitions: found {count:,} joint deviations; at most {MAX_CONDITIONS:,} conditions are reduced: choose a "
            "smaller size, or list coalitions"
        )
    shown = ", ".join(game.actions[i][a] for i, a in enumerate(target))
    found = [named for s in family for named in _conditions(game, target, s, blocking, rational=rational)]
    return parameter_region(
        symbolic_game,
        f"({shown}) withstands coalitions of at most {most} under {blocking!r}",
        found,
        domain=domain,
        expressions=list(game.numerators.flat),
        assumptions=assumptions,
        timeout=timeout,
    )


def _deviations(game: NormalFormGame, coalition: Coalition) -> int:
    count = 1
    for i in coalition:
        count *= game.num_actions[i]
    return count - 1


def _conditions(
    game: NormalFormGame, target: tuple[int, ...], coalition: Coalition, blocking: Blocking, *, rational: bool
) -> Iterator[Named]:
    """For each joint deviation that the coalition does not block by it."""
    import sympy as sp

    from gametheory.symbolic.parameter_regions import canonical

    members = sorted(coalition)
    label = coalition_label(game, coalition)
    for actions in itertools.product(*(range(game.num_actions[i]) for i in members)):
        if all(target[i] == a for i, a in zip(members, actions, strict=True)):
            continue
        played = list(target)
        for i, a in zip(members, actions, strict=True):
            played[i] = a
        gains = [game.numerators[(i, *played)] - game.numerators[(i, *target)] for i in members]
        losses = [canonical(-gain, rational=rational) for gain in gains]
        to = ", ".join(game.actions[i][a] for i, a in zip(members, actions, strict=True))
        name = f"{label} deviates to ({to})"
        if blocking == "transfer":
            yield name, sp.Ge(canonical(-sum(gains), rational=rational), 0)
        elif blocking == "any":
            for i, loss in zip(members, losses, strict=True):
                yield f"{name}: {game.players[i]}", sp.Ge(loss, 0)
        elif blocking == "all":
            yield name, sp.Or(*(sp.Ge(loss, 0) for loss in losses))
        else:
            nobody = sp.And(*(sp.Ge(loss, 0) for loss in losses))
            yield name, sp.Or(nobody, *(sp.Gt(loss, 0) for loss in losses))
