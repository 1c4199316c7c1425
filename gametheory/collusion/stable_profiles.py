"""Pure profiles that coalitions leave alone: strong and coalition-proof Nash equilibria.

* A **strong Nash equilibrium** is a profile that no coalition blocks (Aumann 1959), under the chosen rule of blocking.
* **Coalition-proof** Nash equilibrium (Bernheim, Peleg and Whinston 1987) asks only for deviations that are themselves
  credible. For one player it is a best action. For a set N of n > 1 players, a profile is *self-enforcing* if for every
  proper subset S its part a_S is coalition-proof in the game that remains when the others are fixed at a_{−S}; it is
  coalition-proof if it is self-enforcing and no other self-enforcing profile is strictly better for all of N.

Pure deviations throughout. Strong ⊆ coalition-proof ⊆ Nash holds for the rule "all".

Complexity: strong, all joint deviations at every pure Nash equilibrium. Coalition-proof, a table of ∏ m_j truth values
for each of the 2ⁿ sets of players, two sizes at a time; a profile that is coalition-proof for S is so for all its subsets,
so that self-enforcement looks only one size down.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Verdict
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.gains import Blocking
from gametheory.collusion.resilience import is_resilient, resilience
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import is_pure_profile, pure_profile

__all__ = [
    "coalition_proof_nash_equilibria",
    "is_coalition_proof",
    "is_strong_nash_equilibrium",
    "strong_nash_equilibria",
]

Mask = NDArray[np.bool_]


def strong_nash_equilibria(
    game: NormalFormGame,
    *,
    blocking: Blocking = "all",
    coordination: Literal["pure", "correlated"] = "pure",
    tol: float | Fraction | None = None,
) -> EquilibriumSet:
    """All pure profiles that no coalition blocks, each certified.

    Parameters
    ----------
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks.
    coordination : "pure" or "correlated"
        Whether deviators share randomness.
    tol : float, optional
        For a game of floats: gains of at most tol · span do not count (strong among the exact pure Nash equilibria).

    Returns
    -------
    EquilibriumSet
        In lexicographic order; empty if there is none.

    Examples
    --------
    >>> stag_hunt = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> [e.profile for e in strong_nash_equilibria(stag_hunt)]
    [(0, 0)]
    """
    members = []
    for candidate in pure_nash_equilibria(game):
        found = resilience(game, candidate.profile, blocking=blocking, coordination=coordination, tol=tol)
        if int(found) == game.num_players:
            members.append(_member(game, candidate, "strong Nash", found.certificate))
    return _set(
        game, "strong Nash", members, f"all coalitions at each pure Nash equilibrium, {blocking}, {coordination}"
    )


def is_strong_nash_equilibrium(
    game: NormalFormGame,
    profile: Any,
    *,
    blocking: Blocking = "all",
    coordination: Literal["pure", "correlated"] = "pure",
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether no coalition blocks a pure or mixed profile by the deviations named.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_strong_nash_equilibrium(prisoners, (1, 1)).witness
    WitnessCertificate(from (2, 2) Player 1 and Player 2 gain 2 and 2 by 1, 1: at least 2 under 'all')
    """
    return is_resilient(game, profile, game.num_players, blocking=blocking, coordination=coordination, tol=tol)


def coalition_proof_nash_equilibria(game: NormalFormGame) -> EquilibriumSet:
    """All pure coalition-proof Nash equilibria, by the recursive definition; payoffs are compared exactly.

    Returns
    -------
    EquilibriumSet
        In lexicographic order; it can be empty. Each member carries the certificate that it is a Nash equilibrium; that
        it is coalition-proof follows from the recursion over all subsets, which anyone can repeat.

    Raises
    ------
    SpecificationError
        If the tables would not fit in memory.

    Examples
    --------
    Bernheim, Peleg and Whinston (1987): every player prefers the other equilibrium, but there two would leave together.

    >>> game = NormalFormGame.from_profiles({
    ...     (0, 0, 0): (0, 0, 10), (0, 1, 0): (-5, -5, 0), (1, 0, 0): (-5, -5, 0), (1, 1, 0): (1, 1, -5),
    ...     (0, 0, 1): (-2, -2, 0), (0, 1, 1): (-5, -5, 0), (1, 0, 1): (-5, -5, 0), (1, 1, 1): (-1, -1, 5)})
    >>> [e.profile for e in coalition_proof_nash_equilibria(game)]
    [(1, 1, 1)]
    """
    stable = _coalition_proof_mask(game)
    members = [
        _member(game, candidate, "coalition-proof Nash", candidate.certificate)
        for candidate in pure_nash_equilibria(game)
        if stable[candidate.profile]
    ]
    return _set(game, "coalition-proof Nash", members, "recursion over all subsets of players, pure deviations")


def is_coalition_proof(game: NormalFormGame, profile: Any) -> Verdict:
    """Whether a pure profile is a coalition-proof Nash equilibrium; decided exactly, also on floats.

    Returns
    -------
    Verdict
        "yes" or "no"; the gain is the largest that a player has alone, and a player who has one is the witness.

    Raises
    ------
    UnsupportedError
        For a mixed profile.
    """
    if not is_pure_profile(profile):
        raise UnsupportedError(
            "is_coalition_proof: the recursion is over pure profiles; give one action for each player"
        )
    index = pure_profile(game, profile)
    alone = is_resilient(game, index, 1, tol=0)
    stable = bool(_coalition_proof_mask(game)[index])
    return Verdict("yes" if stable else "no", alone.gain, alone.witness, "is the profile coalition-proof?")


def _coalition_proof_mask(game: NormalFormGame) -> Mask:
    if game.arithmetic == "symbolic":
        raise UnsupportedError(
            "the payoffs have free symbols; substitute numbers before asking what is coalition-proof"
        )
    n, shape = game.num_players, game.num_actions
    tables = max(math.comb(n, k) + math.comb(n, k + 1) for k in range(n))
    refuse_if_too_large(tables * math.prod(shape), 1, "the tables of coalition-proof profiles")
    tensor = game.numerators
    level: dict[tuple[int, ...], Mask] = {(i,): tensor[i] == tensor[i].max(axis=i, keepdims=True) for i in range(n)}
    for size in range(2, n + 1):
        following: dict[tuple[int, ...], Mask] = {}
        for members in combinations(range(n), size):
            enforcing = np.logical_and.reduce([level[s] for s in combinations(members, size - 1)])
            following[members] = _undominated(tensor, members, enforcing)
        level = following
    return level[tuple(range(n))]


def _undominated(tensor: Any, members: tuple[int, ...], enforcing: Mask) -> Mask:
    """Self-enforcing profiles that no other one, with the same play of the others, beats for every member."""
    result = enforcing.copy()
    profiles = np.argwhere(enforcing)
    fixed = [j for j in range(enforcing.ndim) if j not in members]
    groups: dict[tuple[int, ...], list[int]] = {}
    for k, key in enumerate(map(tuple, profiles[:, fixed].tolist())):
        groups.setdefault(key, []).append(k)
    for rows in groups.values():
        if len(rows) < 2:
            continue
        points = profiles[rows]
        payoffs = np.stack([tensor[i][tuple(points.T)] for i in members])
        for k in range(len(rows)):
            if bool((payoffs > payoffs[:, k : k + 1]).all(axis=0).any()):
                result[tuple(points[k])] = False
    return result


def _member(game: NormalFormGame, candidate: Equilibrium, concept: str, certificate: Any) -> Equilibrium:
    assert isinstance(certificate, DeviationCertificate)
    return Equilibrium(
        concept=concept,
        game=game,
        profile=candidate.profile,
        exact_profile=candidate.exact_profile,
        payoffs=candidate.payoffs,
        certificate=certificate,
        method=candidate.method,
    )


def _set(game: NormalFormGame, concept: str, members: list[Equilibrium], method: str) -> EquilibriumSet:
    return EquilibriumSet(
        game=game,
        concept=concept,
        equilibria=tuple(members),
        components=(),
        completeness="numerical",
        method=method,
    )
