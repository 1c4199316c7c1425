"""The best coverage against adversaries who may collude, as programmes; see :mod:`.collusive_coverage`.

For a vector of attacked targets (t_1, …, t_n), t_i ∈ T_i, there are 1 + n cases, each a linear programme in the coverage c
(notation of :mod:`.collusive_security_games`):

    they collude:   max Σ_j V_{t_j}  subject to  U_{t_j} ≥ U_s for s ∈ T_j,   w_i Σ_j U_{t_j} ≥ u_s for all i and s ∈ T_i;
    i refuses:      max Σ_j v_{t_j}  subject to  u_{t_j} ≥ u_s,  z_j ≥ U_s for s ∈ T_j,   w_i Σ_j z_j ≤ u_{t_i}.

The same with binaries: q_jt (j attacks t), r (they collude), b_i (i refuses), every large number the range of what it frees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from gametheory.certificates.programme import LinearProgramme
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.optimize.disjunction import Case, disjunctive_programme
from gametheory.oversight.assignments import Rows
from gametheory.oversight.collusive_security_games import CollusiveSecurityGame

__all__ = [
    "collusive_columns",
    "collusive_security_game_integer_programme",
    "collusive_security_game_programme",
    "lowest_payoff",
    "payoff_range",
    "reply_cases",
]

Line = tuple[Fraction, Fraction]
ONE, ZERO = Fraction(1), Fraction(0)


def lowest_payoff(game: CollusiveSecurityGame) -> Fraction:
    """Less than the defender can get."""
    return len(game.owned) * (min(*game.defender_covered, *game.defender_uncovered) - game.bonus_loss) - 1


def payoff_range(lines: Sequence[Line]) -> tuple[Fraction, Fraction]:
    """The least and the largest of payoffs that are linear in the coverage."""
    ends = [end for top, slope in lines for end in (top, top + slope)]
    return min(ends), max(ends)


def collusive_columns(game: CollusiveSecurityGame) -> dict[str, Any]:
    """Coverage, then for each adversary a bound z on what it brings into the coalition."""
    ranges = [payoff_range([game.attack(t, together=True) for t in owned]) for owned in game.owned]
    return {
        "columns": told_apart(
            [*(f"coverage of {t}" for t in game.targets), *(f"contribution of {a}" for a in game.adversaries)]
        ),
        "lower": [*([ZERO] * game.num_targets), *(low for low, _ in ranges)],
        "upper": [*([ONE] * game.num_targets), *(high for _, high in ranges)],
    }


def reply_cases(game: CollusiveSecurityGame, *, coalition: bool = True) -> list[Case]:
    """The cases of the module; without ``coalition`` those in which nobody could collude."""
    count = (1 + len(game.owned)) * math.prod(map(len, game.owned))
    refuse_if_too_large(count * game.num_targets * 12, 400, f"a linear programme for each of {count:,} replies")
    cases = []
    for attacked in product(*game.owned):
        where = " and ".join(game.targets[t] for t in attacked)
        if coalition:
            cases.append(_case(game, attacked, f"collude at {where}", together=True, more=_agreement(game, attacked)))
            for i, name in enumerate(game.adversaries):
                more = _refusal(game, attacked, i)
                cases.append(_case(game, attacked, f"{name} refuses, {where}", together=False, more=more))
        else:
            cases.append(_case(game, attacked, f"attacks on {where}", together=False, more=[]))
    return cases


def _case(game: CollusiveSecurityGame, attacked: Sequence[int], name: str, *, together: bool, more: Rows) -> Case:
    rows: Rows = [("resources", dict.fromkeys(range(game.num_targets), ONE), "<=", Fraction(game.num_resources))]
    gains, constant = {}, ZERO
    for who, owned, chosen in zip(game.adversaries, game.owned, attacked, strict=True):
        base, slope = game.defence(chosen, together=together)
        gains[chosen] = slope
        constant += base
        top, own = game.attack(chosen, together=together)
        for t in owned:
            if t != chosen:
                other, change = game.attack(t, together=together)
                row = {chosen: own, t: -change}
                rows.append((f"{who} prefers {game.targets[chosen]} to {game.targets[t]}", row, ">=", other - top))
    return Case(name, gains, constant, [*rows, *more])


def _agreement(game: CollusiveSecurityGame, attacked: Sequence[int]) -> Rows:
    """w_i Σ_j U_{t_j} ≥ u_s."""
    rows: Rows = []
    for who, owned, share in zip(game.adversaries, game.owned, game.shares, strict=True):
        for s in owned:
            alone, change = game.attack(s, together=False)
            row, side = {s: -change}, alone
            for t in attacked:
                top, slope = game.attack(t, together=True)
                row[t] = row.get(t, ZERO) + share * slope
                side -= share * top
            rows.append((f"{who} prefers its share to {game.targets[s]} alone", row, ">=", side))
    return rows


def _refusal(game: CollusiveSecurityGame, attacked: Sequence[int], who: int) -> Rows:
    """z_j ≥ U_s, w_i Σ_j z_j ≤ u_{t_i}."""
    rows: Rows = []
    first = game.num_targets
    for j, owned in enumerate(game.owned):
        for t in owned:
            top, slope = game.attack(t, together=True)
            rows.append((f"coalition could attack {game.targets[t]}", {first + j: ONE, t: -slope}, ">=", top))
    alone, change = game.attack(attacked[who], together=False)
    row = dict.fromkeys(range(first, first + len(game.owned)), game.shares[who]) | {attacked[who]: -change}
    return [
        *rows,
        (f"{game.adversaries[who]} prefers {game.targets[attacked[who]]} alone to its share", row, "<=", alone),
    ]


def collusive_security_game_programme(*, game: Any, coalition: bool = True) -> LinearProgramme:
    """The best coverage over all cases; the row builder ``"collusive_security_game"``."""
    read = game if isinstance(game, CollusiveSecurityGame) else CollusiveSecurityGame(**game)
    arguments: dict[str, Any] = {"game": read.to_dict()} | ({} if coalition else {"coalition": False})
    return disjunctive_programme(
        reply_cases(read, coalition=coalition),
        **collusive_columns(read),
        name="collusive_security_game",
        arguments=arguments,
    )


def collusive_security_game_integer_programme(*, game: Any) -> LinearProgramme:
    """The same with binaries; the row builder ``"collusive_security_game_integer"``.

    Columns: coverage c, contributions z, then α_j (what j gets alone), δ_j (what its attack pays the defender), q_jt, r, b_i.
    Every large number is the range of what it frees.
    """
    read = game if isinstance(game, CollusiveSecurityGame) else CollusiveSecurityGame(**game)
    shared = collusive_columns(read)
    names, lower, upper = list(shared["columns"]), list(shared["lower"]), list(shared["upper"])
    count, n = read.num_targets, len(read.owned)
    alpha, delta, q = count + n, count + 2 * n, count + 3 * n
    r, b = q + count, q + count + 1
    alone = [payoff_range([read.attack(t, together=False) for t in owned]) for owned in read.owned]
    worth = [payoff_range([read.defence(t, together=x) for t in owned for x in (False, True)]) for owned in read.owned]
    for word, ranges in (("alone", alone), ("attack pays", worth)):
        names += [f"{a}: {word}" for a in read.adversaries]
        lower += [low for low, _ in ranges]
        upper += [high for _, high in ranges]
    names += [f"attack on {t}" for t in read.targets] + ["collude"] + [f"{a} refuses" for a in read.adversaries]
    lower += [ZERO] * (count + 1 + n)
    upper += [ONE] * (count + 1 + n)
    rows: Rows = [("resources", dict.fromkeys(range(count), ONE), "<=", Fraction(read.num_resources))]
    rows.append(("collude or refuse", {r: ONE, **dict.fromkeys(range(b, b + n), ONE)}, "==", ONE))
    most = sum(upper[count : count + n], ZERO)
    least = sum(lower[count : count + n], ZERO)
    together = dict.fromkeys(range(count, count + n))
    for j, (who, owned) in enumerate(zip(read.adversaries, read.owned, strict=True)):
        rows.append((f"{who} attacks once", dict.fromkeys((q + t for t in owned), ONE), "==", ONE))
        share = read.shares[j]
        contributions = dict.fromkeys(together, share)
        room = share * most - alone[j][0]
        if room > 0:
            row = contributions | {alpha + j: -ONE, b + j: room}
            rows.append((f"{who} prefers to be alone if it refuses", row, "<=", room))
        spread, range_z = alone[j][1] - alone[j][0], upper[count + j] - lower[count + j]
        pay = worth[j][1] - worth[j][0]
        for t in owned:
            name = read.targets[t]
            top, slope = read.attack(t, together=False)
            high, fall = read.attack(t, together=True)
            rows.append((f"{who} could attack {name} alone", {alpha + j: ONE, t: -slope}, ">=", top))
            row = {alpha + j: ONE, t: -slope, q + t: spread, r: -spread}
            rows.append((f"{who} attacks {name} if best alone", row, "<=", top + spread))
            rows.append((f"coalition could attack {name}", {count + j: ONE, t: -fall}, ">=", high))
            row = {count + j: ONE, t: -fall, q + t: range_z, r: range_z}
            rows.append((f"coalition attacks {name} if best", row, "<=", high + 2 * range_z))
            lack = max(ZERO, alone[j][1] - share * least)
            row = contributions | {t: -slope, r: -lack}
            rows.append((f"{who} prefers its share to {name} alone if they collude", row, ">=", top - lack))
            for x in (False, True):
                base, gain = read.defence(t, together=x)
                row = {delta + j: ONE, t: -gain, q + t: pay} | ({r: pay} if x else {})
                label = f"attack on {name}" + (" in coalition" if x else "")
                rows.append((f"{label} pays", row, "<=", base + (2 if x else 1) * pay))
    objective = [ZERO] * len(names)
    objective[delta:q] = [ONE] * n
    return LinearProgramme.from_rows(
        "max",
        objective,
        [(name, {k: a for k, a in row.items() if a}, sense, side) for name, row, sense, side in rows],
        lower=lower,
        upper=upper,
        column_names=told_apart(names),
        integer=frozenset(range(q, len(names))),
        name="collusive_security_game_integer",
        arguments={"game": read.to_dict()},
    )
