"""The nucleolus: the allocation whose excesses, from the largest down, are lexicographically least.

Over imputations, where nobody gets less than alone, it is the **nucleolus** (D. Schmeidler 1969); over all allocations the
**prenucleolus**. It lies in the least core, and so in the core if that is not empty. At most n − 1 linear programmes find it,
each raising the rank of the coalitions that are settled (A. Kopelowitz 1967; M. Maschler, B. Peleg and L. Shapley 1979); their
multipliers, added up so that all stay positive, are the weights that Kohlberg's criterion (1971) asks for: a
:class:`~gametheory.certificates.nucleolus.NucleolusCertificate`.

Complexity: programmes with n + 1 columns and 2ⁿ rows, exact; 10 players take a tenth of a second, 12 one second.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.nucleolus import NucleolusCertificate, complement_basis, spanned_by_complement
from gametheory.collusion.allocations import Allocation, check_everyone, excess_programme, with_excess
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.coalitional import CoalitionalGame

__all__ = ["nucleolus"]


def nucleolus(
    game: CoalitionalGame,
    *,
    allocations: Literal["imputations", "all"] = "imputations",
    time_limit: float | None = None,
) -> Allocation:
    """The allocation whose excesses, from the largest down, are lexicographically least.

    Parameters
    ----------
    allocations : "imputations" or "all"
        Over which allocations: those that give nobody less than alone (the nucleolus), or all (the prenucleolus).
    time_limit : float, optional
        Seconds ≥ 0 for each programme.

    Returns
    -------
    Allocation
        Certified by Kohlberg's criterion; it is in the core if that is not empty.

    Raises
    ------
    InfeasibleError
        If there is no imputation: the players alone are worth more than together.
    SpecificationError
        If all players together may not form a coalition.

    Notes
    -----
    Programme k: minimise ε subject to x(N) = v(N), e(S, x) fixed for the coalitions settled so far, and e(S, x) ≤ ε for the
    others that are no combination of them. Those with a positive multiplier are tight in every solution, and settled at ε.

    Examples
    --------
    R. Aumann and M. Maschler (1985): the Talmud divides an estate of 200 among claims of 100, 200 and 300.

    >>> claims, estate = (100, 200, 300), 200
    >>> bankruptcy = CoalitionalGame.from_function(
    ...     lambda s: max(estate - sum(c for i, c in enumerate(claims) if i not in s), 0), 3)
    >>> nucleolus(bankruptcy)
    Allocation(nucleolus, certified: 50, 75, 75; largest excess -50)
    """
    check_everyone(game)
    if allocations not in ("imputations", "all"):
        raise SpecificationError(f"allocations: found {allocations!r}; write 'imputations' or 'all'")
    imputations = allocations == "imputations"
    alone = sum((game.worths[1 << i] for i in range(game.num_players)), Fraction(0))
    if imputations and alone > game.worths[game.everyone]:
        raise InfeasibleError(
            f"no allocation of {game.worths[game.everyone]} gives every player what it has alone, {alone} in all; "
            "pass allocations='all' for the prenucleolus"
        )
    payoffs, steps = _settled_in_turn(game, imputations, time_limit)
    proof = NucleolusCertificate(game=game, allocation=payoffs, imputations=imputations, steps=steps)
    proof.verify()
    return with_excess("nucleolus" if imputations else "prenucleolus", game, proof)


def _settled_in_turn(
    game: CoalitionalGame, imputations: bool, time_limit: float | None
) -> tuple[RationalArray, tuple[Any, ...]]:
    """The nucleolus, and for each level of excess the weights that Kohlberg's criterion asks for."""
    from gametheory.optimize.exact import solve_exact

    n = game.num_players
    free = game.allowed.copy()
    free[-1] = False
    settled: dict[int, Fraction] = {}  # what each of these coalitions gets
    balance: tuple[dict[int, Fraction], dict[int, Fraction]] = ({}, {})
    steps: list[tuple[Fraction, Any]] = []
    outside = complement_basis([game.everyone], n)
    allocation = RationalArray.from_fractions([game.worths[game.everyone]] * n)  # right for a single player
    while outside.shape[1]:
        free &= ~spanned_by_complement(outside)
        numbers = np.flatnonzero(free)
        programme = excess_programme(
            game, numbers, [1] * len(numbers), least=None, settled=settled, imputations=imputations
        )
        solution = solve_exact(programme, time_limit=time_limit)  # singletons may form, so that it is bounded
        duals = solution.row_duals
        first_settled = 1 + len(numbers)
        tight = {int(s): duals[k + 1] for k, s in enumerate(numbers) if duals[k + 1]}
        earlier = {s: duals[first_settled + k] for k, s in enumerate(settled)}
        held = {i: duals[first_settled + len(settled) + i] for i in range(n)} if imputations else {}
        balance = _rebalanced(balance, {**tight, **earlier}, {i: w for i, w in held.items() if w})
        allocation = RationalArray.from_fractions([solution.primal[i] for i in range(n)])
        level = solution.value
        if steps and steps[-1][0] == level:
            steps.pop()
        steps.append((level, tuple(tuple(sorted(part.items())) for part in balance)))
        for s in sorted(tight):
            candidate = complement_basis([game.everyone, *settled, s], n)
            if candidate.shape[1] < outside.shape[1]:
                settled[s], outside = game.worths[s] - level, candidate
    return allocation, tuple(part for _, part in steps)


def _rebalanced(
    balance: tuple[dict[int, Fraction], dict[int, Fraction]], added: dict[int, Fraction], held: dict[int, Fraction]
) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    """The multipliers of a programme plus so much of earlier weights that what was positive stays so."""
    known, players = balance
    factor = max((-w / known[s] + 1 for s, w in added.items() if s in known), default=Fraction(0))
    factor = Fraction(max(factor.__ceil__(), 1))
    coalitions = {s: factor * known.get(s, Fraction(0)) + added.get(s, Fraction(0)) for s in {*known, *added}}
    singles = {i: factor * players.get(i, Fraction(0)) + held.get(i, Fraction(0)) for i in {*players, *held}}
    return {s: w for s, w in coalitions.items() if w}, {i: w for i, w in singles.items() if w}
