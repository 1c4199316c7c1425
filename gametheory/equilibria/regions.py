"""For which parameters a profile is an equilibrium: the exact region, as a list of inequalities.

Let the payoffs of a game be expressions in real parameters θ. A profile σ is

    Nash               iff  u_i(σ; θ) − u_i(b, σ_{−i}; θ) ≥ 0                  for every player i and action b,
    dominant (σ pure)  iff  u_i(σ_i, a_{−i}; θ) − u_i(b, a_{−i}; θ) ≥ 0        for every i, b and every a_{−i},

and ``"strict Nash"``, ``"strictly dominant"`` (σ pure) with > 0 for b ≠ σ_i. Each condition is one inequality in θ; a mixed σ
makes the actions that it plays equally good: equations. The region, reduced and with exact points inside and outside,
is made by :mod:`gametheory.symbolic.parameter_regions`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gametheory.equilibria.presentation import mix_text
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import deviation_payoffs, exact_mixed_profile, is_pure_profile

if TYPE_CHECKING:
    from gametheory.symbolic.parameter_regions import Named, ParameterRegion

__all__ = ["RegionConcept", "equilibrium_region", "played_text"]

RegionConcept = Literal["nash", "strict nash", "dominant", "strictly dominant"]

CONCEPTS = ("nash", "strict nash", "dominant", "strictly dominant")
TIMEOUT = 10.0


def equilibrium_region(
    symbolic_game: NormalFormGame,
    profile: Any,
    *,
    concept: RegionConcept = "nash",
    assumptions: Sequence[Any] = (),
    timeout: float = TIMEOUT,
) -> ParameterRegion:
    """The exact parameter region in which a profile is Nash or dominant.

    Parameters
    ----------
    symbolic_game : NormalFormGame
        Payoffs in real symbols made by :func:`gametheory.symbolic.reals`; exact numbers are accepted beside them.
    profile : sequence
        For each player an action (index or label) or a vector of rational probabilities.
    concept : "nash", "strict nash", "dominant" or "strictly dominant"
        Whether no deviation gains given what the others play, or whatever they play; strict: whether every one loses.
        (``"dominant"`` allows ties: each action is a best reply to everything.)
    assumptions : sequence of sympy Booleans
        What is known of the parameters, such as ``delta > 0``.
    timeout : float
        Seconds for each question to the prover. Whether a condition is redundant may stay undecided: it is then kept.

    Returns
    -------
    ParameterRegion

    Raises
    ------
    SpecificationError
        No free symbols, floats in the profile, or symbols with hidden assumptions.
    UnsupportedError
        A mixed profile with a concept other than ``"nash"``; payoffs outside real arithmetic.
    SolverError
        If the prover does not find a point inside or outside, nor excludes one, within ``timeout``.

    Examples
    --------
    Prisoner's dilemma with temptation T, reward R, punishment P, sucker's payoff S, and a fine f for defecting.

    >>> from gametheory.symbolic import reals
    >>> T, R, P, S, f = reals("T R P S f")
    >>> game = NormalFormGame.symmetric([[R, S], [T - f, P - f]], actions=["C", "D"])
    >>> region = equilibrium_region(game, ("C", "C"), assumptions=[T > R, R > P, P > S])
    >>> region
    ParameterRegion((C, C) is nash iff R - T + f >= 0 given T > R, R > P, P > S; proved)
    >>> region.holds({"T": 5, "R": 3, "P": 1, "S": 0, "f": 2}), region.holds({"T": 5, "R": 3, "P": 1, "S": 0, "f": 1})
    (True, False)

    It takes more for cooperation to be dominant where defecting on a defector gains more.

    >>> equilibrium_region(game, ("C", "C"), concept="dominant", assumptions=[P - S > T - R]).conditions
    (-P + S + f >= 0,)
    """
    from gametheory.symbolic.parameter_regions import parameter_region, symbolic_payoffs

    if concept not in CONCEPTS:
        raise SpecificationError(f"concept: found {concept!r}; write one of {', '.join(map(repr, CONCEPTS))}")
    game, domain, rational = symbolic_payoffs(symbolic_game)
    played = _played_profile(game, profile, concept)
    return parameter_region(
        symbolic_game,
        f"{played_text(game, played)} is {concept}",
        list(_comparisons(game, played, concept, rational=rational)),
        domain=domain,
        expressions=list(game.numerators.flat),
        assumptions=assumptions,
        timeout=timeout,
    )


def played_text(game: NormalFormGame, profile: tuple[Any, ...]) -> str:
    """A pure or mixed profile in labels: ``(C, D)``."""
    parts = [
        labels[part] if isinstance(part, int) else mix_text(part, labels)
        for part, labels in zip(profile, game.actions, strict=True)
    ]
    return "(" + ", ".join(parts) + ")"


def _played_profile(game: NormalFormGame, profile: Any, concept: RegionConcept) -> tuple[Any, ...]:
    if is_pure_profile(profile):
        return game.action_indices(profile)
    vectors = exact_mixed_profile(game, profile)
    given = [part for part in profile if not isinstance(part, (str, int, np.integer))]
    if any(isinstance(x, (float, np.floating)) for part in given for x in np.asarray(part, dtype=object).flat):
        raise SpecificationError("profile: found floats; write the probabilities exactly, such as '1/3'")
    if concept != "nash":
        raise UnsupportedError(f"concept={concept!r}: decided for pure profiles; a mixed one can be 'nash' only")
    return vectors


def _comparisons(
    game: NormalFormGame, profile: tuple[Any, ...], concept: RegionConcept, *, rational: bool
) -> Iterator[Named]:
    """What it takes that no deviation gains, one relation for each."""
    import sympy as sp

    from gametheory.symbolic.parameter_regions import canonical

    relation = sp.Gt if concept in ("strict nash", "strictly dominant") else sp.Ge
    for i, player in enumerate(game.players):
        labels = game.actions[i]
        if concept in ("dominant", "strictly dominant"):
            own = profile[i]
            others = [range(m) for j, m in enumerate(game.num_actions) if j != i]
            for rest in itertools.product(*others):
                index: Any = (i, *rest[:i], slice(None), *rest[i:])
                column = game.numerators[index]
                shown = ", ".join(game.actions[j][a] for j, a in zip(_others(game, i), rest, strict=True))
                for b, label in enumerate(labels):
                    if b != own:
                        difference = canonical(column[own] - column[b], rational=rational)
                        yield f"{player} deviates to {label} against ({shown})", relation(difference, 0)
            continue
        options = deviation_payoffs(game, profile, i)
        part = profile[i]
        support = [part] if isinstance(part, int) else [int(k) for k in np.flatnonzero(part != 0)]
        first = support[0]
        for b, label in enumerate(labels):
            if b == first:
                continue
            difference = canonical(options[first] - options[b], rational=rational)
            holds = sp.Eq(difference, 0) if b in support else relation(difference, 0)
            yield f"{player} deviates to {label}" if b not in support else f"{player} mixes in {label}", holds


def _others(game: NormalFormGame, player: int) -> list[int]:
    return [j for j in range(game.num_players) if j != player]
