"""Penal codes with public lotteries: a stick for each player, then a lottery over profiles that last.

Given a discount factor δ and a payoff P_i at which each player shall be punished, a profile b can be played for ever iff
(1 − δ) g_i(b) ≤ δ (u_i(b) − P_i) for all i. Player i is then held to

    min_a min_λ (1 − δ) u_i(a) + δ Σ_b λ_b u_i(b)   s.t.   (1 − δ) g_j(a) ≤ δ (Σ_b λ_b u_j(b) − P_j)  for all j,   λ a lottery,

a linear programme for each stick a, solved exactly. Start with the lowest P that set iteration allows
(:mod:`.punishment_floors`); where a player cannot be held to it, raise it to what can be, and repeat. Sticks found earlier may
follow too, which makes punishments longer. The search is for codes of this form: finding none proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic.algebraic import evaluate
from gametheory.certificates.penal_codes import PenalCodeCertificate, Stick
from gametheory.certificates.play_paths import PlayPath, value_polynomials
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError
from gametheory.optimize.exact import solve_exact
from gametheory.repeated.punishment_floors import Floors, StageTable

__all__ = ["lottery_code"]

Payoffs = tuple[Fraction, ...]
_MAX_STICKS = 12
_MAX_ROUNDS = 8


def lottery_code(
    stage: StageTable, target: PlayPath, floors: Floors, *, check: Callable[[], None]
) -> PenalCodeCertificate | None:
    """A code that sustains the target at the discount factor of the floors; ``None`` if none of this form was found."""
    delta, n = floors.discount, len(stage.spans)
    table = stage.table
    values = [value_polynomials(table, target, i) for i in range(n)]
    turns = [[evaluate(v, delta) / evaluate(d, delta) for v in own] for own, d in values]
    lasting = [
        (a, table.payoffs(((stage.profile(a), Fraction(1)),)), table.gains(((stage.profile(a), Fraction(1)),)))
        for a in floors.left
    ]
    punished = list(floors.floors)
    for _ in range(_MAX_ROUNDS):
        check()
        if not all(
            (1 - delta) * gain <= delta * (turns[i][target.next_position(t)] - punished[i])
            for i in range(n)
            for t, lottery in enumerate(target.positions)
            if (gain := table.gains(lottery)[i]) > 0
        ):
            return None
        stays = [
            (a, u)
            for a, u, g in lasting
            if all((1 - delta) * gi <= delta * (ui - p) for gi, ui, p in zip(g, u, punished, strict=True) if gi > 0)
        ]
        found = _sticks(stage, floors, tuple(own[0] for own in turns), stays, punished, check)
        if found is None:
            return None
        worst, make = found
        if all(w <= p for w, p in zip(worst, punished, strict=True)):
            return make(target)
        punished = [max(w, p) for w, p in zip(worst, punished, strict=True)]
    return None


def _sticks(
    stage: StageTable,
    floors: Floors,
    start: Payoffs,
    stays: Sequence[tuple[int, Payoffs]],
    punished: Sequence[Fraction],
    check: Callable[[], None],
) -> tuple[list[Fraction], Callable[[PlayPath], PenalCodeCertificate]] | None:
    """What each player can be held to by what follows, and the code that does it."""
    delta, n = floors.discount, len(stage.spans)
    ends: list[Payoffs] = [start, *(u for _, u in stays)]
    profiles = [stage.profile(a) for a, _ in stays]
    sticks: list[Stick] = []
    place: list[int | None] = [None] * n
    worst: list[Fraction | None] = [None] * n
    for _ in range(2):  # the second time, sticks of the others may follow
        for i in range(n):
            for k, w in enumerate(ends):
                if worst[i] is None or w[i] < worst[i]:  # type: ignore[operator]
                    worst[i], place[i] = w[i], k
            order = sorted(floors.left, key=lambda a: (floors.least[a, i], a))
            for a in order[:_MAX_STICKS]:
                held = worst[i]
                assert held is not None
                if held <= punished[i] or floors.least[a, i] >= float((held - stage.least[i]) / stage.spans[i]) - 1e-12:
                    break
                check()
                stick = _stick(stage, a, i, ends, punished, delta)
                if stick is None:
                    continue
                lottery, payoffs = stick
                if payoffs[i] < held:
                    worst[i], place[i] = payoffs[i], len(ends)
                    ends.append(payoffs)
                    sticks.append(Stick(stage.profile(a), lottery))
    reached = [w for w in worst if w is not None]
    if len(reached) < n:
        return None

    def make(target: PlayPath) -> PenalCodeCertificate:
        return _compact(stage, delta, target, profiles, sticks, [k for k in place if k is not None])

    return reached, make


def _stick(
    stage: StageTable, a: int, player: int, ends: Sequence[Payoffs], punished: Sequence[Fraction], delta: Fraction
) -> tuple[tuple[tuple[int, Fraction], ...], Payoffs] | None:
    """The lottery over what follows that is worst for a player after a profile, and what both are worth."""
    part = ((stage.profile(a), Fraction(1)),)
    now, gains = stage.table.payoffs(part), stage.table.gains(part)
    rows: list[Any] = [("lottery", dict.fromkeys(range(len(ends)), Fraction(1)), "==", Fraction(1))]
    for j, gain in enumerate(gains):
        if gain > 0:
            needed = (1 - delta) / delta * gain + punished[j]
            if max(w[j] for w in ends) < needed:
                return None
            rows.append((f"player {j}", {k: w[j] for k, w in enumerate(ends)}, ">=", needed))
    try:
        solution = solve_exact(LinearProgramme.from_rows("min", [w[player] for w in ends], rows))
    except InfeasibleError:
        return None
    drawn = tuple((k, solution.primal[k]) for k in range(len(ends)) if solution.primal[k] != 0)
    after = [sum((p * ends[k][j] for k, p in drawn), Fraction(0)) for j in range(len(punished))]
    return drawn, tuple((1 - delta) * u + delta * w for u, w in zip(now, after, strict=True))


def _compact(
    stage: StageTable,
    delta: Fraction,
    target: PlayPath,
    profiles: Sequence[tuple[int, ...]],
    sticks: Sequence[Stick],
    places: Sequence[int],
) -> PenalCodeCertificate:
    """The code with only those profiles and sticks that something leads to."""
    first = 1 + len(profiles)
    needed: set[int] = set()
    waiting = list(places)
    while waiting:
        k = waiting.pop()
        if k not in needed:
            needed.add(k)
            waiting += [e for e, _ in sticks[k - first].lottery] if k >= first else []
    order = [0, *sorted(k for k in needed if k > 0)]
    renamed = {k: new for new, k in enumerate(order)}
    return PenalCodeCertificate(
        game=stage.game,
        discount=delta,
        paths=(target, *(PlayPath.of([], [profiles[k - 1]]) for k in order[1:] if k < first)),
        sticks=tuple(
            Stick(sticks[k - first].profile, tuple((renamed[e], p) for e, p in sticks[k - first].lottery))
            for k in order
            if k >= first
        ),
        punishments=tuple(renamed[k] for k in places),
    )
