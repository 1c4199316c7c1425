"""What a covert channel buys: the payoff a team secures with a secret of b bits, certified from both sides.

A team with payoff u acts at the same time as one adversary. With a secret signal k of law λ that all members and nobody
else see, the members play the mixture D = Σ_k λ_k ∏_i x_{k,i} of product distributions, and secure min_b E_D u(b, ·).
Without a secret that is TME, with an unlimited one TMECor (:mod:`gametheory.equilibria.team_play`). In between

    V(budget) = max { min_b Σ_k λ_k u_b(x_k) :  cost of (λ, x) ≤ budget },

and the answer depends on what is counted, by large factors, so that the ``notion`` is named:

``"seed"``                    the number K of values of one draw; b bits are ⌊2^b⌋ values
``"min_entropy"``             −log₂ max_k λ_k ≤ b, one draw: one value of probability ≥ 2^−b, the rest as fine as one likes
``"entropy"``                 H(λ) = −Σ_k λ_k log₂ λ_k ≤ b, one draw
``"rate"``                    I(k; a) ≤ b per round, on average over many rounds, the overseer seeing past play
``"mutual_information"``      total correlation of the joint action ≤ b in one shot, whatever device makes it (for two
                              members: I(a₁; a₂))
``"mutual_information_rate"`` its concave envelope: the same on average over many rounds

For the same b: TME ≤ seed ≤ entropy ≤ min-entropy ≤ TMECor in one shot, seed and entropy ≤ mutual information for two
members, and each one-shot notion ≤ its own envelope. A one-shot notion and a long-run one are in no order: with 1 for
matching and −10 for mismatching, one-shot mutual information of half a bit is worth less than half a bit per round.

All are non-convex problems (TME is NP-hard). Every answer is a bracket: strategies that secure ``lower`` within the
budget, and a subdivision that proves ``upper``, both re-checked in rationals by ``certificate.verify()``. Over all of them
stands the cheap bound of :func:`covert_value_bound`.

References: O. Gossner and N. Vieille (2002), *How to play with a biased coin?*, Games and Economic Behavior 41; A. Neyman
and D. Okada (2000), *Repeated games with bounded entropy*, Games and Economic Behavior 30; M. Valizadeh and A. Gohari
(2018), *Playing games with bounded entropy*; B. von Stengel and D. Koller (1997), *Team-maxmin equilibria*, Games and
Economic Behavior 21.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, get_args

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.team_bounds import team_table
from gametheory.collusion.covert_question import CovertQuestion, Notion, Progress
from gametheory.collusion.covert_results import CovertCurve, CovertValue
from gametheory.equilibria.team_play import read_team_payoff, team_maxmin, team_maxmin_correlated, team_sides
from gametheory.errors import GameTheoryWarning, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["covert_value", "covert_value_bound", "covert_value_curve"]

_SMALLEST_GAP = Fraction(1, 10**7)
_MOST_BITS = 64
_LEAST_BITS = Fraction(1, 10**24)  # the evidence rounds to a grid of about that size
_LONG_RUN = ("rate", "mutual_information_rate")


def covert_value(
    game: NormalFormGame,
    *,
    team: Sequence[int | str],
    adversary: int | str,
    bits: Any = None,
    notion: Notion,
    values: int | None = None,
    payoff: Any = None,
    observes: Any = "all",
    gap: float | Fraction = 1e-3,
    max_cells: int = 20_000,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> CovertValue:
    """Enclose what a team secures against an adversary with a secret of a given size.

    Parameters
    ----------
    team : sequence of int or str
        The members, in any order: all players but the adversary.
    adversary : int or str
    bits : number, 0 to 64
        The budget; a float is the rational that it is, "1/3" is exact.
    notion : "seed", "min_entropy", "entropy", "rate", "mutual_information" or "mutual_information_rate"
        What the bits count; see the module.
    values : int ≥ 1, optional
        For ``"seed"`` in place of ``bits``: how many values the secret takes. b bits are ⌊2^b⌋ values; the float
        ``math.log2(3)`` lies below log₂ 3 and would buy only 2, so say ``values=3``.
    payoff : array_like, shape num_actions, optional
        The number that the team maximises and the adversary minimises at each profile of the game, all players' axes in
        player order; by default the members' common payoff. The adversary's payoff in the game plays no role.
    observes : optional
        For the long-run notions: what the overseer sees of past play; see :mod:`.covert_observation`. One-shot notions
        know ``"all"`` alone.
    gap : float or Fraction, 1e-7 to 1
        The search ends once upper − lower is at most this share of the payoff span.
    max_cells : int ≥ 1
        Or once this many cells are bounded (a few milliseconds each).
    time_limit : float, optional
        Or after these seconds; then the answer depends on the machine.
    progress : callable, optional
        Called as ``progress(cells, lower, upper)`` now and then, with the bounds in floats.

    Returns
    -------
    CovertValue
        ``.lower``, ``.upper``, ``.plays``, ``.price_per_bit``, ``.tme``, ``.tmecor``, ``.certificate``; ``.stopped``
        says what ended the search.

    Raises
    ------
    SpecificationError
        Both or neither of ``bits`` and ``values`` are given, members' payoffs differ and none is given, team and
        adversary are not all players, or an argument is out of range.
    UnsupportedError
        If payoffs have free symbols.

    Warns
    -----
    GameTheoryWarning
        If a limit ends the search before the gap is reached. The bounds hold all the same.

    Examples
    --------
    Two agents win if both name the number that the adversary names too. With half a bit of min-entropy they secure
    √2 times the quarter that they secure with none:

    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> found = covert_value(game, team=[0, 1], adversary=2, bits="1/2", notion="min_entropy")
    >>> found.lower <= Fraction("0.3535534") <= found.upper, found.gap <= 1e-3, found.certificate.verify()
    (True, True, True)
    """
    _check_notion(notion, observes)
    budget, count = _check_budget(bits, values, notion)
    check_seconds("time_limit", time_limit)
    deadline = math.inf if time_limit is None else time.perf_counter() + time_limit
    question = _question(game, team, adversary, notion, payoff, observes, gap, max_cells, deadline, progress)
    found = _answer(replace(question, bits=budget, values=count))
    if found.stopped != "gap":
        limit = f"max_cells={max_cells}" if found.stopped == "cells" else f"time_limit={time_limit}"
        _warn(f"covert_value stopped at {limit}", found.gap)
    return found


def covert_value_curve(
    game: NormalFormGame,
    *,
    team: Sequence[int | str],
    adversary: int | str,
    bits: Iterable[Any],
    notion: Notion,
    payoff: Any = None,
    observes: Any = "all",
    gap: float | Fraction = 1e-3,
    max_cells: int = 20_000,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> CovertCurve:
    """What a team secures as its secret grows: certified bounds at each of several budgets.

    Parameters
    ----------
    bits : iterable of numbers, 0 to 64
        The budgets, at least one, in any order; equal ones count once.
    gap, max_cells : as in :func:`covert_value`, for each budget
    time_limit : float, optional
        Seconds ≥ 0 for all budgets together; each gets an even share of what is left.

    The other parameters are those of :func:`covert_value`.

    Returns
    -------
    CovertCurve
        ``.points``, ``.bits``, ``.lower``, ``.upper`` (both nondecreasing), ``.prices`` between budgets.

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`covert_value`; or there is no budget.

    Warns
    -----
    GameTheoryWarning
        If a limit ends a search before the gap is reached. The bounds hold all the same.

    Examples
    --------
    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> curve = covert_value_curve(game, team=[0, 1], adversary=2, bits=[0, 1], notion="seed")
    >>> curve.lower, curve.prices
    ((Fraction(1, 4), Fraction(1, 2)), (Bracket(certified: 1/4 payoff per bit, exact),))
    """
    _check_notion(notion, observes)
    budgets = sorted({_check_budget(b, None, notion, where=f"bits[{k}]")[0] for k, b in enumerate(bits)})
    if not budgets:
        raise SpecificationError("bits: found no budget; write at least one, such as [0, 0.5, 1]")
    check_seconds("time_limit", time_limit)
    deadline = math.inf if time_limit is None else time.perf_counter() + time_limit
    # The search for TME is the first of len(budgets) + 1 equal shares.
    question = _question(
        *(game, team, adversary, notion, payoff, observes, gap, max_cells),
        _share(deadline, len(budgets) + 1),
        progress,
    )
    points = []
    for k, budget in enumerate(budgets):
        points.append(_answer(replace(question, bits=budget, deadline=_share(deadline, len(budgets) - k))))
    short = [point.gap for point in points if point.stopped != "gap"]
    if short:
        _warn(f"covert_value_curve stopped {len(short)} of {len(points)} searches at a limit", max(short))
    return CovertCurve(notion, tuple(points))


def covert_value_bound(
    game: NormalFormGame,
    *,
    team: Sequence[int | str],
    adversary: int | str,
    bits: Any,
    payoff: Any = None,
    gap: float | Fraction = 1e-3,
    max_cells: int = 20_000,
    time_limit: float | None = None,
) -> Fraction:
    """A bound on what a secret of some bits is worth by any notion, without a search for it.

    TME + span · √(bits · ln 2 / 2), at most TMECor, with TME at its certified upper bound. Of every law of joint actions
    within the budget, some product of mixed strategies is at most that far away (Pinsker's inequality).

    Parameters
    ----------
    bits : number, 0 to 64
    gap, max_cells, time_limit : as in :func:`covert_value`, for TME

    Returns
    -------
    Fraction

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`covert_value`.

    Examples
    --------
    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> round(float(covert_value_bound(game, team=[0, 1], adversary=2, bits="1/100")), 6)
    0.308871
    """
    budget, _ = _check_budget(bits, None, "entropy")
    check_seconds("time_limit", time_limit)
    deadline = math.inf if time_limit is None else time.perf_counter() + 3 * time_limit
    question = _question(game, team, adversary, "entropy", payoff, "all", gap, max_cells, deadline, None)
    return question.pinsker_bound(budget)


def _share(deadline: float, parts: int) -> float:
    """The moment at which an even share of the time that is left is over."""
    now = time.perf_counter()
    return deadline if deadline == math.inf else now + max(deadline - now, 0.0) / parts


def _warn(what: str, gap: Fraction) -> None:
    warnings.warn(
        f"{what} with a gap of {float(gap):.2g} of the payoff span; the bounds hold, raise the limit for closer ones",
        GameTheoryWarning,
        stacklevel=3,
    )


def _answer(question: CovertQuestion) -> CovertValue:
    """The value by the notion that the question names."""
    if question.notion == "rate":
        from gametheory.collusion.covert_rate import rate_value

        return rate_value(question)
    if question.notion in ("mutual_information", "mutual_information_rate"):
        from gametheory.collusion.covert_information import mutual_information_value

        return mutual_information_value(question)
    from gametheory.collusion.covert_one_shot import one_shot_value

    return one_shot_value(question)


def _check_notion(notion: Any, observes: Any) -> None:
    if not isinstance(notion, str) or notion not in get_args(Notion):
        allowed = ", ".join(repr(name) for name in get_args(Notion))
        raise SpecificationError(f"notion: found {notion!r}; write one of {allowed}")
    if notion not in _LONG_RUN and not (isinstance(observes, str) and observes == "all"):
        raise SpecificationError(
            f"observes: found {observes!r} with the one-shot notion {notion!r}, where there is no past play to be seen; "
            "leave it out, or ask for notion='rate'"
        )


def _check_budget(bits: Any, values: Any, notion: str, *, where: str = "bits") -> tuple[Any, int | None]:
    """The bits as a rational (or ``None``), and the number of values of a seed."""
    if values is not None:
        if notion != "seed" or bits is not None:
            what = "bits= too" if bits is not None else f"notion={notion!r}"
            raise SpecificationError(f"values: found {values!r} with {what}; write bits=, or notion='seed' and values=")
        return None, check_count("values", values)
    if bits is None:
        raise SpecificationError(f"{where}: none is given; write a number of bits from 0 to {_MOST_BITS}")
    budget = exact(bits, where=where)
    if not 0 <= budget <= _MOST_BITS:
        raise SpecificationError(f"{where}: found {bits}; write a number of bits from 0 to {_MOST_BITS}")
    if 0 < budget < _LEAST_BITS:
        raise SpecificationError(
            f"{where}: found {float(budget):.3g}; less than {float(_LEAST_BITS):g} bits is not told from 0; write 0, or more"
        )
    return budget, None


def _question(
    game: NormalFormGame,
    team: Sequence[int | str],
    adversary: int | str,
    notion: Notion,
    payoff: Any,
    observes: Any,
    gap: float | Fraction,
    max_cells: int,
    deadline: float,
    progress: Progress | None,
) -> CovertQuestion:
    """Read everything but the budget, and find both ends of the ladder."""
    wanted = exact(gap, where="gap")
    if not _SMALLEST_GAP <= wanted <= 1:
        raise SpecificationError(f"gap: found {gap}; write a share of the payoff span from 1e-7 to 1")
    check_count("max_cells", max_cells)
    members, rival = team_sides(game, team, adversary)
    arithmetic, rationals = read_team_payoff(game, payoff)
    table = team_table(game.exact(), members, rival, rationals)
    left = None if deadline == math.inf else max(0.0, deadline - time.perf_counter()) / 3
    with warnings.catch_warnings():  # a bracket of TME that stays open says so itself
        warnings.simplefilter("ignore", GameTheoryWarning)
        tme = team_maxmin(
            game, team=members, adversary=rival, payoff=payoff, gap=wanted, max_cells=max_cells, time_limit=left
        )
    return CovertQuestion(
        game=game,
        exact_game=game.exact(),
        team=members,
        adversary=rival,
        payoff=rationals,
        table=table,
        floats=arithmetic == "float",
        notion=notion,
        bits=None,
        values=None,
        observes=observes,
        gap=wanted,
        max_cells=max_cells,
        deadline=deadline,
        progress=progress,
        tme=tme,
        tmecor=team_maxmin_correlated(game, team=members, adversary=rival, payoff=payoff),
    )
