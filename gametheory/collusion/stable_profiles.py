"""Profiles that coalitions leave alone: strong and coalition-proof Nash equilibria.

* A **strong Nash equilibrium** is a profile that no coalition blocks (Aumann 1959), under the chosen rule of blocking.
* **Coalition-proof** Nash equilibrium (Bernheim, Peleg and Whinston 1987) asks only for deviations that are themselves
  credible: :mod:`gametheory.certificates.pure_stability` has the recursive definition. For two players the self-enforcing
  profiles are the Nash equilibria, so that one is coalition-proof iff no other pays both strictly more.

Pure profiles of any number of players, against pure (or, for strong equilibria, correlated) deviations; and all mixed
equilibria of two players (:mod:`.stable_mixed`), where a deviation may also be a pair of independent mixtures. Strong ⊆
coalition-proof ⊆ Nash holds for the rule "all", with the same kind of play on both sides: pure profiles and pure deviations, or
mixed profiles and independent (or correlated) deviations.

Complexity: strong, a pass over the payoff table for each coalition. Coalition-proof, a table of ∏ m_j truth values for each of
the 2ⁿ sets of players, two sizes at a time. Mixed: that of all Nash equilibria of two players.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import Verdict, judge
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import is_distribution
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.pure_stability import PureStabilityCertificate, coalition_proof_mask, strong_profiles
from gametheory.certificates.stable_pieces import Deviations, Stability, improving_play
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.resilience import is_resilient, resilience
from gametheory.collusion.stable_mixed import nash_payoffs, stable_mixed_equilibria
from gametheory.collusion.stable_set import StableSet
from gametheory.collusion.tested_profiles import exact_tested_profile
from gametheory.equilibria.bimatrix import Completeness
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.nash import TIME_LIMIT
from gametheory.equilibria.pure import pure_equilibrium, pure_nash_equilibria
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import coalitions
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import is_pure_profile, pure_profile

__all__ = [
    "coalition_proof_nash_equilibria",
    "is_coalition_proof",
    "is_strong_nash_equilibrium",
    "strong_nash_equilibria",
]

Play = Literal["pure", "mixed"]


def strong_nash_equilibria(
    game: NormalFormGame,
    *,
    play: Play = "pure",
    blocking: Blocking = "all",
    coordination: Deviations = "pure",
    completeness: Completeness = "auto",
    time_limit: float | None = TIME_LIMIT,
    tol: float | Fraction | None = None,
) -> StableSet:
    """All profiles that no coalition blocks, each certified, and the set certified complete.

    Parameters
    ----------
    play : "pure" or "mixed"
        Pure profiles of any number of players, or all mixed equilibria of two, also where they are a continuum.
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks.
    coordination : "pure", "correlated" or "independent"
        How deviators play: fixed actions, shared randomness, or (two players) each a mixture of its own.
    completeness, time_limit
        For mixed play, as in :func:`~gametheory.equilibria.nash.nash_equilibria`.
    tol : float, optional
        For pure play in a game of floats: gains of at most tol · span do not count (strong among the exact pure Nash
        equilibria); the set is then not certified complete.

    Returns
    -------
    StableSet
        Pure profiles in lexicographic order (against independent mixing without a certificate of completeness: ask for mixed
        play), or the pieces of the set of mixed ones with their vertices. It can be empty.

    Raises
    ------
    UnsupportedError
        Mixed play, or independent deviations, of another number of players than two; a symbolic game.
    SolverError
        For mixed play, if the equilibria are not listed within ``time_limit``; ``best`` holds those found.
    UndecidedError
        In a game of floats without ``tol``, if a gain may be rounding.

    Examples
    --------
    >>> stag_hunt = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> [e.profile for e in strong_nash_equilibria(stag_hunt)]
    [(0, 0)]

    Rock-paper-scissors is zero-sum, so that whatever helps one hurts the other:

    >>> rps = NormalFormGame.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> strong_nash_equilibria(rps, play="mixed", coordination="correlated")
    StableSet(1 mixed strong Nash equilibrium under 'all', correlated, certified complete)
    """
    _check(game, play, blocking, coordination)
    if play == "mixed":
        if tol is not None:
            raise SpecificationError("tol: mixed equilibria are decided exactly; leave it out")
        return stable_mixed_equilibria(
            game,
            concept="strong Nash",
            blocking=blocking,
            coordination=coordination,
            completeness=completeness,
            time_limit=time_limit,
        )
    if coordination == "independent":
        members, proof = _strong_against_mixtures(game, blocking), None
    elif game.arithmetic == "float":
        members, proof = _strong_floats(game, blocking, coordination, tol)
    else:
        members, proof = _strong_exact(game, blocking, coordination)
    method = f"all coalitions at each pure Nash equilibrium, {blocking}, {coordination}"
    return _pure_set(game, "strong Nash", members, proof, method, blocking, coordination)


def is_strong_nash_equilibrium(
    game: NormalFormGame,
    profile: Any,
    *,
    blocking: Blocking = "all",
    coordination: Deviations = "pure",
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether no coalition blocks a pure or mixed profile by the deviations named.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_strong_nash_equilibrium(prisoners, (1, 1)).witness
    WitnessCertificate(from (2, 2) Player 1 and Player 2 gain 2 and 2 by 1, 1: at least 2 under 'all')
    """
    given = exact_tested_profile(game.exact(), profile)
    if coordination == "independent" and game.num_players == 2 and not is_distribution(given):
        _check(game, "pure", blocking, coordination)
        alone = is_resilient(game, profile, 1, blocking=blocking, tol=tol)
        if alone.status == "no":
            return alone
        exact_game = game.exact()
        payoffs = _expected_payoffs(exact_game, given)
        found = improving_play(exact_game, (payoffs[0], payoffs[1]), blocking=blocking, coordination="independent")
        question = f"is the profile a strong Nash equilibrium under {blocking!r}, independent?"
        if found is None:
            return Verdict(alone.status, alone.gain, None, question)
        deviation = found[0][0] if len(found) == 1 else dict(found)
        witness = WitnessCertificate.of(exact_game, given, (0, 1), deviation, blocking=blocking)
        span = max(game.payoff_span(0), game.payoff_span(1))
        return judge(
            [witness.gain], [span], tol=tol, arithmetic=game.arithmetic, witness=lambda _: witness, question=question
        )
    return is_resilient(game, profile, game.num_players, blocking=blocking, coordination=coordination, tol=tol)


def coalition_proof_nash_equilibria(
    game: NormalFormGame,
    *,
    play: Play = "pure",
    completeness: Completeness = "auto",
    time_limit: float | None = TIME_LIMIT,
) -> StableSet:
    """All coalition-proof Nash equilibria; payoffs are compared exactly.

    Parameters
    ----------
    play : "pure" or "mixed"
        Pure profiles of any number of players and pure deviations, or mixed profiles and deviations of two players.
    completeness, time_limit
        For mixed play, as in :func:`~gametheory.equilibria.nash.nash_equilibria`.

    Returns
    -------
    StableSet
        It can be empty. Each member carries the certificate that it is a Nash equilibrium, the set that of being all.

    Raises
    ------
    SpecificationError
        If the tables would not fit in memory.
    UnsupportedError
        Mixed play of another number of players than two; a symbolic game.

    Examples
    --------
    Bernheim, Peleg and Whinston (1987): every player prefers the other equilibrium, but there two would leave together.

    >>> game = NormalFormGame.from_profiles({
    ...     (0, 0, 0): (0, 0, 10), (0, 1, 0): (-5, -5, 0), (1, 0, 0): (-5, -5, 0), (1, 1, 0): (1, 1, -5),
    ...     (0, 0, 1): (-2, -2, 0), (0, 1, 1): (-5, -5, 0), (1, 0, 1): (-5, -5, 0), (1, 1, 1): (-1, -1, 5)})
    >>> [e.profile for e in coalition_proof_nash_equilibria(game)]
    [(1, 1, 1)]

    Chicken: the mixed equilibrium pays 14/3 each, no pure one pays both more.

    >>> chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> len(coalition_proof_nash_equilibria(chicken, play="mixed"))
    3
    """
    _check(game, play, "all", "pure")
    if play == "mixed":
        return stable_mixed_equilibria(
            game,
            concept="coalition-proof Nash",
            coordination="independent",
            completeness=completeness,
            time_limit=time_limit,
        )
    profiles = [tuple(row) for row in np.argwhere(coalition_proof_mask(game.numerators)).tolist()]
    exact_game = game.exact()
    proof = PureStabilityCertificate(
        concept="coalition-proof Nash", blocking="all", coordination="pure", profiles=tuple(profiles), game=exact_game
    )
    members = [_member(game, profile, "coalition-proof Nash") for profile in profiles]
    method = "recursion over all subsets of players, pure deviations"
    return _pure_set(game, "coalition-proof Nash", members, proof, method, "all", "pure")


def is_coalition_proof(game: NormalFormGame, profile: Any, *, tol: float | Fraction | None = None) -> Verdict:
    """Whether a profile is a coalition-proof Nash equilibrium: a pure one among pure profiles, or a mixed one of two players.

    Parameters
    ----------
    profile : pure or mixed profile
        A pure one is asked about pure deviations (write probabilities to ask about mixed ones).
    tol : float, optional
        For mixed profiles: gains of at most tol · span do not count. Pure ones are decided exactly, also on floats.

    Returns
    -------
    Verdict
        "no" has as witness a player who gains alone, with that gain; for a mixed profile, if there is none, an equilibrium that
        pays both more, with the smaller of the two gains.

    Raises
    ------
    UnsupportedError
        For a mixed profile of three or more players.

    Examples
    --------
    >>> stag_hunt = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> answer = is_coalition_proof(stag_hunt, [["3/4", "1/4"], ["3/4", "1/4"]])
    >>> answer.status, answer.gain, answer.witness
    ('no', Fraction(1, 1), Equilibrium(Nash, certified: 1 | 1; payoffs 4, 4))
    """
    question = "is the profile coalition-proof?"
    if is_pure_profile(profile):
        _check(game, "pure", "all", "pure")
        index = pure_profile(game, profile)
        alone = is_resilient(game, index, 1, tol=0)
        stable = bool(coalition_proof_mask(game.numerators)[index])
        return Verdict("yes" if stable else "no", alone.gain, alone.witness, question)
    if game.num_players != 2:
        raise UnsupportedError(
            f"is_coalition_proof: found a mixed profile of {game.num_players} players; mixed profiles are decided for two "
            "players, others by one action for each player"
        )
    exact_game = game.exact()
    given = exact_tested_profile(exact_game, profile)
    if is_distribution(given):
        raise UnsupportedError(
            "is_coalition_proof: found a correlated profile; the concept is about independent play, write a vector of "
            "probabilities for each player"
        )
    alone = is_resilient(game, profile, 1, tol=tol)
    if alone.status == "no":
        return Verdict("no", alone.gain, alone.witness, question)
    now = _expected_payoffs(exact_game, given)
    better = [(min(one[1] - now[0], two[1] - now[1]), k, best) for k, (one, two, best) in enumerate(nash_payoffs(game))]
    gain, _, best = max(better, key=lambda entry: (entry[0], -entry[1]))
    if gain <= 0:
        return Verdict(alone.status, alone.gain, alone.witness, question)
    span = max(game.payoff_span(0), game.payoff_span(1))
    return judge([gain], [span], tol=tol, arithmetic=game.arithmetic, witness=lambda _: best, question=question)


def _expected_payoffs(game: NormalFormGame, profile: Any) -> tuple[Fraction, ...]:
    return StatusQuo(game, profile).expected_payoffs()


# -- pure strong equilibria --------------------------------------------------------------------------------------------


def _strong_exact(
    game: NormalFormGame, blocking: Blocking, coordination: Deviations
) -> tuple[list[Equilibrium], PureStabilityCertificate]:
    """Arrays of all coalitions; then, where members may share randomness, programmes at what is left."""
    profiles = strong_profiles(game.numerators, blocking)
    shared = coordination == "correlated" and blocking in ("all", "some")
    kept: list[Equilibrium] = []
    withstood: list[DeviationCertificate] = []
    broken: list[WitnessCertificate] = []
    listed: list[tuple[int, ...]] = []
    every = coalitions(game.num_players)
    for profile in profiles:
        if shared:
            found: Any = resilience(game, profile, blocking=blocking, coordination="correlated")
            if found.witness is not None:
                broken.append(found.witness)
                continue
            certificate = found.certificate
            withstood.append(certificate)
        else:
            certificate = DeviationCertificate.coalition(
                game, profile, every, blocking=blocking, coordination="pure" if coordination == "pure" else "correlated"
            )
        kept.append(_member(game, profile, "strong Nash", certificate))
        listed.append(profile)
    proof = PureStabilityCertificate(
        concept="strong Nash",
        blocking=blocking,
        coordination="correlated" if coordination == "correlated" else "pure",
        profiles=tuple(listed),
        withstood=tuple(withstood),
        broken=tuple(broken),
        game=game,
    )
    return kept, proof


def _strong_floats(
    game: NormalFormGame, blocking: Blocking, coordination: Deviations, tol: float | Fraction | None
) -> tuple[list[Equilibrium], PureStabilityCertificate | None]:
    """Each pure Nash equilibrium by itself, so that a gain that may be rounding is noticed."""
    members = []
    for candidate in pure_nash_equilibria(game):
        found = resilience(game, candidate.profile, blocking=blocking, coordination=coordination, tol=tol)
        if int(found) == game.num_players:
            members.append(_member(game, candidate.profile, "strong Nash", found.certificate))
    return members, None if tol is not None else _strong_exact(game.exact(), blocking, coordination)[1]


def _strong_against_mixtures(game: NormalFormGame, blocking: Blocking) -> list[Equilibrium]:
    """Pure equilibria of two players who may deviate to independent mixtures."""
    return [
        _member(game, candidate.profile, "strong Nash")
        for candidate in pure_nash_equilibria(game)
        if is_strong_nash_equilibrium(game, candidate.profile, blocking=blocking, coordination="independent")
    ]


def _member(game: NormalFormGame, profile: Any, concept: str, certificate: Any = None) -> Equilibrium:
    """A pure profile as an equilibrium; without other evidence, that nobody gains alone."""
    plain = pure_equilibrium(game, tuple(profile))
    return Equilibrium(
        concept=concept,
        game=game,
        profile=plain.profile,
        exact_profile=plain.exact_profile,
        payoffs=plain.payoffs,
        certificate=plain.certificate if certificate is None else certificate,
        method=plain.method,
    )


def _pure_set(
    game: NormalFormGame,
    concept: Stability,
    members: Sequence[Equilibrium],
    proof: PureStabilityCertificate | None,
    method: str,
    blocking: Blocking,
    coordination: str,
) -> StableSet:
    return StableSet(
        game=game,
        concept=concept,
        play="pure",
        blocking=blocking,
        coordination=coordination,
        equilibria=tuple(members),
        pieces=(),
        completeness="numerical" if proof is None else "certified",
        certificate=proof,
        method=method,
    )


def _check(game: NormalFormGame, play: str, blocking: str, coordination: str) -> None:
    for name, value, allowed in (
        ("play", play, ("pure", "mixed")),
        ("blocking", blocking, ("all", "some", "any", "transfer")),
        ("coordination", coordination, ("pure", "independent", "correlated")),
    ):
        if value not in allowed:
            raise SpecificationError(f"{name}: found {value!r}; write one of {', '.join(map(repr, allowed))}")
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols; substitute numbers before asking what is stable")
    if coordination == "independent" and game.num_players != 2:
        raise UnsupportedError(
            f"coordination='independent': found {game.num_players} players; all equilibria that withstand independent mixing "
            "are listed for two, and is_strong_nash_equilibrium asks about one profile"
        )
