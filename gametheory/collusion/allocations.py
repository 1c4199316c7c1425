"""How contracts can share what a coalition is worth: the core and the least core.

In a coalitional game (N, v) (:mod:`gametheory.games.coalitional`) an allocation x shares v(N). The excess e(S, x) =
v(S) − x(S) is what the members of S give up by accepting x rather than a contract of their own.

* The **core**: no coalition that may form has a positive excess (D. Gillies 1959). It is empty iff balanced weights show
  that the coalitions, each part of the time, are worth more than v(N) (O. Bondareva 1963, L. Shapley 1967).
* The **least core**: the largest excess, over the coalitions other than N, is as small as it can be (M. Maschler, B. Peleg
  and L. Shapley 1979); counted by coalition (the least ε of a non-empty strong ε-core), or by member (of a weak one).

The nucleolus (:mod:`.nucleolus`) picks one allocation; values by contributions are in :mod:`.power`. Exact, by a linear
programme in rationals with n + 1 columns and a row for each coalition: 12 players take a quarter of a second. The certificates
(:mod:`gametheory.certificates.allocations`) need no programme.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, Verdict, exact_text
from gametheory.certificates.allocations import ExcessBy, ExcessCertificate
from gametheory.certificates.nucleolus import NucleolusCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.coalitional import CoalitionalGame, members_of
from gametheory.games.coalitions import coalition_label
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "Allocation",
    "check_everyone",
    "core_allocation",
    "excess_programme",
    "is_core_empty",
    "is_in_core",
    "least_core",
    "with_excess",
]

Array = NDArray[Any]


@final
@compared_by("concept", "game", "payoffs")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Allocation:
    """What each player gets, with the evidence for why.

    Attributes
    ----------
    concept : str
        ``"core"``, ``"least core"``, ``"nucleolus"``, ``"prenucleolus"``, ….
    game : CoalitionalGame
    payoffs : tuple of Fraction
    largest_excess : Fraction or None
        What the coalition that gives up most gives up (of its members each, where excess counts by member); ``None`` with
        a single player or where excesses play no part.
    certificate : ExcessCertificate, NucleolusCertificate or None
        ``None`` where a formula over the worths, which anyone can evaluate, is the answer.
    """

    concept: str
    game: CoalitionalGame
    payoffs: tuple[Fraction, ...]
    largest_excess: Fraction | None = None
    certificate: ExcessCertificate | NucleolusCertificate | None = None

    def verify(self) -> Literal[True]:
        """Re-check the evidence, and that it speaks of this allocation."""
        if self.certificate is not None:
            self.certificate.verify()
        return True

    def __getitem__(self, player: int | str) -> Fraction:
        return self.payoffs[self.game.players.index(player) if isinstance(player, str) else player]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "players": list(self.game.players),
            "payoffs": [exact_text(x) for x in self.payoffs],
            "largest_excess": None if self.largest_excess is None else exact_text(self.largest_excess),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each player."""
        return data_frame(zip(self.game.players, self.payoffs, strict=True), ["player", "payoff"])

    def describe(self) -> str:
        """Who gets what, in words."""
        return ", ".join(
            f"{name} gets {exact_text(x)}" for name, x in zip(self.game.players, self.payoffs, strict=True)
        )

    def __repr__(self) -> str:
        trust = "exact" if self.certificate is None else "certified"
        excess = "" if self.largest_excess is None else f"; largest excess {exact_text(self.largest_excess)}"
        return f"Allocation({self.concept}, {trust}: {', '.join(map(exact_text, self.payoffs))}{excess})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{exact_text(x)}</td></tr>"
            for name, x in zip(self.game.players, self.payoffs, strict=True)
        )
        trust = "exact" if self.certificate is None else "certified"
        return f"<table><caption>{escape(self.concept)}, {trust}</caption><tr><th>player</th><th>gets</th></tr>{rows}</table>"


def core_allocation(game: CoalitionalGame, *, time_limit: float | None = None) -> Allocation:
    """An allocation that no coalition improves on, the same on every run.

    Parameters
    ----------
    game : CoalitionalGame
        All players together must be able to form a coalition.
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    Allocation

    Raises
    ------
    InfeasibleError
        If the core is empty; ``certificate`` is an :class:`ExcessCertificate` with the balanced weights that prove it.
    SpecificationError
        If all players together may not form a coalition (ask about ``game.superadditive_cover()``).
    SolverError
        If the time limit was reached.

    Notes
    -----
    The programme: minimise ε ≥ 0 subject to x(N) = v(N) and x(S) + ε ≥ v(S) for every S ≠ N that may form; the core is
    empty iff the minimum is positive.

    Examples
    --------
    The owner of the only right glove gets all that a pair is worth:

    >>> gloves = CoalitionalGame.from_function(lambda s: min(len(s & {0, 1}), len(s & {2})), 3)
    >>> core_allocation(gloves)
    Allocation(core, certified: 0, 0, 1; largest excess 0)
    """
    proof = _core_evidence(game, time_limit)
    if proof.lower is not None:
        raise InfeasibleError(f"{proof.claim}; the least core says how little falls short", certificate=proof)
    return with_excess("core", game, proof)


def is_core_empty(game: CoalitionalGame, *, time_limit: float | None = None) -> Verdict:
    """Whether every allocation leaves some coalition that would rather sign a contract of its own.

    Returns
    -------
    Verdict
        The gain is by how much some coalition falls short at every allocation (0 if the core is not empty); the witness is
        an :class:`ExcessCertificate`: balanced weights, or an allocation in the core.

    Examples
    --------
    >>> majority = CoalitionalGame.from_function(lambda s: int(len(s) >= 2), 3)
    >>> answer = is_core_empty(majority)
    >>> answer.status, answer.gain, answer.witness.verify()
    ('yes', Fraction(1, 3), True)
    """
    proof = _core_evidence(game, time_limit)
    empty = proof.lower is not None
    gain = proof.lower if proof.lower is not None else Fraction(0)
    return Verdict("yes" if empty else "no", gain, proof, "is the core empty?")


def is_in_core(game: CoalitionalGame, allocation: Any) -> Verdict:
    """Whether an allocation shares v(N) and no coalition that may form improves on it; decided exactly.

    Returns
    -------
    Verdict
        The gain is the largest excess, or what is shared in excess or short of v(N) if that is larger; the witness the
        coalition that has it.

    Examples
    --------
    >>> gloves = CoalitionalGame.from_function(lambda s: min(len(s & {0, 1}), len(s & {2})), 3)
    >>> is_in_core(gloves, ["1/3", "1/3", "1/3"])
    Verdict(no, gain=1/3, witness=frozenset({0, 2}))
    """
    check_everyone(game)
    excesses = game.excesses(allocation)
    question = "is the allocation in the core?"
    numerators = excesses.numerators.astype(object)
    numerators[~game.allowed] = min(numerators)
    numerators[-1] = abs(numerators[-1])
    # Ties go to the smallest coalition, then to the first.
    best = max(np.flatnonzero(game.allowed).tolist(), key=lambda s: (numerators[s], -s.bit_count(), -s))
    gain = Fraction(int(numerators[best]), excesses.denominator)
    if gain <= 0:
        return Verdict("yes", Fraction(0), None, question)
    return Verdict("no", gain, members_of(best), question)


def least_core(game: CoalitionalGame, *, excess: ExcessBy = "coalition", time_limit: float | None = None) -> Allocation:
    """An allocation at which the largest excess of a coalition other than N is as small as can be.

    Parameters
    ----------
    excess : "coalition" or "member"
        Whether e(S, x), or e(S, x)/|S|, is to be small: the strong or the weak ε-core (L. Shapley and M. Shubik 1966).
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    Allocation
        ``largest_excess`` is the least ε, positive iff the core is empty.

    Raises
    ------
    SpecificationError
        With a single player, or if all players together may not form a coalition.

    Notes
    -----
    The programme: minimise ε subject to x(N) = v(N) and x(S) + s_S ε ≥ v(S), with s_S = 1 or |S|, for every S ≠ N that
    may form. Its dual weights prove that no smaller ε exists.

    Examples
    --------
    >>> majority = CoalitionalGame.from_function(lambda s: int(len(s) >= 2), 3)
    >>> least_core(majority), least_core(majority, excess="member").largest_excess
    (Allocation(least core, certified: 1/3, 1/3, 1/3; largest excess 1/3), Fraction(1, 6))
    """
    from gametheory.optimize.exact import solve_exact

    check_everyone(game)
    if excess not in ("coalition", "member"):
        raise SpecificationError(f"excess: found {excess!r}; write 'coalition' or 'member'")
    if game.num_players == 1:
        raise SpecificationError("game: found one player, who gets it all; the least core is about two or more")
    numbers = np.flatnonzero(game.allowed[:-1])
    scales = [int(s).bit_count() if excess == "member" else 1 for s in numbers]
    solution = solve_exact(excess_programme(game, numbers, scales, least=None), time_limit=time_limit)
    weights = tuple((int(s), solution.row_duals[k + 1]) for k, s in enumerate(numbers) if solution.row_duals[k + 1])
    allocation = RationalArray.from_fractions([solution.primal[i] for i in range(game.num_players)])
    proof = ExcessCertificate(
        game=game, excess=excess, upper=solution.value, allocation=allocation, lower=solution.value, weights=weights
    )
    proof.verify()
    return Allocation(
        concept="least core",
        game=game,
        payoffs=tuple(allocation.fractions()),
        largest_excess=solution.value,
        certificate=proof,
    )


def excess_programme(
    game: CoalitionalGame,
    numbers: Array,
    scales: list[int],
    *,
    least: int | None,
    settled: dict[int, Fraction] | None = None,
    imputations: bool = False,
) -> LinearProgramme:
    """min ε: x(N) = v(N), x(S) + s_S ε ≥ v(S), x(S) given for settled S, x_i ≥ v({i}); ``least`` bounds ε."""
    n = game.num_players
    rows: list[Any] = [("all", dict.fromkeys(range(n), 1), "==", game.worths[game.everyone])]
    for s, scale in zip(numbers.tolist(), scales, strict=True):
        row = {i: 1 for i in range(n) if s >> i & 1}
        rows.append((f"coalition {s}", {**row, n: scale}, ">=", game.worths[s]))
    for s, worth in (settled or {}).items():
        rows.append((f"settled {s}", {i: 1 for i in range(n) if s >> i & 1}, "==", worth))
    if imputations:
        rows += [(f"player {i}", {i: 1}, ">=", game.worths[1 << i]) for i in range(n)]
    return LinearProgramme.from_rows("min", [0] * n + [1], rows, lower=[None] * n + [least], name="excess")


def _core_evidence(game: CoalitionalGame, time_limit: float | None) -> ExcessCertificate:
    """An allocation in the core, or weights that prove it empty."""
    from gametheory.optimize.exact import solve_exact

    check_everyone(game)
    numbers = np.flatnonzero(game.allowed[:-1])
    solution = solve_exact(excess_programme(game, numbers, [1] * len(numbers), least=0), time_limit=time_limit)
    if solution.value > 0:
        duals = solution.row_duals
        weights = tuple((int(s), duals[k + 1]) for k, s in enumerate(numbers) if duals[k + 1])
        proof = ExcessCertificate(game=game, lower=solution.value, weights=weights)
    else:
        allocation = RationalArray.from_fractions([solution.primal[i] for i in range(game.num_players)])
        proof = ExcessCertificate(game=game, upper=Fraction(0), allocation=allocation)
    proof.verify()
    return proof


def with_excess(concept: str, game: CoalitionalGame, proof: ExcessCertificate | NucleolusCertificate) -> Allocation:
    assert proof.allocation is not None
    excesses = game.excesses(proof.allocation)
    proper = excesses.numerators[:-1][game.allowed[:-1]]
    largest = Fraction(int(max(proper.tolist())), excesses.denominator) if len(proper) else None
    return Allocation(
        concept=concept,
        game=game,
        payoffs=tuple(proof.allocation.fractions()),
        largest_excess=largest,
        certificate=proof,
    )


def check_everyone(game: CoalitionalGame) -> None:
    if not game.allowed[game.everyone]:
        label = coalition_label(game.players, range(game.num_players))
        raise SpecificationError(
            f"game: {label} may not form a coalition, so that there is no worth to share; ask about "
            "game.superadditive_cover(), in which coalitions act side by side"
        )
