"""The best coverage as programmes: one case for each reply of the attackers, or one mixed-integer programme.

For a vector a = (a_1, …, a_K) of targets that the K types attack,

    max_c Σ_k π_k V_k(a_k, c)   subject to   U_k(a_k, c) ≥ U_k(t, c) for all k and t,   c can be carried out,

and the best over all a is one linear programme (:mod:`gametheory.optimize.disjunction`): multiple linear programmes. Written
with a binary q_kt that says whether type k attacks t, it is a mixed-integer programme (ERASER; DOBSS for several types):

    max Σ_k π_k δ_k   subject to   Σ_t q_kt = 1,   0 ≤ α_k − U_k(t, c) ≤ M_kt (1 − q_kt),   δ_k − V_k(t, c) ≤ N_kt (1 − q_kt),

with M_kt and N_kt the largest that the left sides can be: the ranges of the payoffs, so that nothing is cut off.

Reference: P. Paruchuri, J. Pearce, J. Marecki, M. Tambe, F. Ordóñez and S. Kraus 2008, "Playing games for security: an
efficient exact algorithm for solving Bayesian Stackelberg games", AAMAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from gametheory.certificates.programme import LinearProgramme
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.optimize.disjunction import Case, disjunctive_programme
from gametheory.oversight.assignments import Rows, mixing_rows
from gametheory.oversight.security_games import SecurityGame

__all__ = ["attack_cases", "coverage_columns", "security_game_integer_programme", "security_game_programme"]

ONE = Fraction(1)


def coverage_columns(game: SecurityGame) -> dict[str, Any]:
    """Columns that all cases share, with their bounds: the coverage, then what carries it out."""
    names, _ = mixing_rows(game, game.num_targets)
    count = game.num_targets
    return {
        "columns": told_apart([*(f"coverage of {t}" for t in game.targets), *names]),
        "lower": [Fraction(0)] * (count + len(names)),
        "upper": [*([ONE if game.schedules is None else None] * count), *([None] * len(names))],
    }


def attack_cases(game: SecurityGame) -> list[Case]:
    """A case for every vector of attacked targets, in lexicographic order."""
    _, mixing = mixing_rows(game, game.num_targets)
    count = game.num_targets**game.num_types
    entries = sum(len(row) for _, row, _, _ in mixing) + 3 * game.num_targets * (game.num_types + 1)
    refuse_if_too_large(count * entries, 800, f"a linear programme for each of {count:,} replies of the attackers")
    return [
        Case(
            name=" and ".join(
                f"{kind} attacks {game.targets[t]}" for kind, t in zip(game.types, attacked, strict=True)
            ),
            objective=_gains(game, attacked),
            constant=sum(
                (p * row[t] for p, row, t in zip(game.prior, game.defender_uncovered, attacked, strict=True)),
                Fraction(0),
            ),
            rows=[*mixing, *_replies(game, attacked)],
        )
        for attacked in product(range(game.num_targets), repeat=game.num_types)
    ]


def _gains(game: SecurityGame, attacked: Sequence[int]) -> dict[int, Fraction]:
    """Coefficients of the coverage in the defender's expected payoff."""
    gains: dict[int, Fraction] = {}
    for k, t in enumerate(attacked):
        gain = game.defender_covered[k][t] - game.defender_uncovered[k][t]
        gains[t] = gains.get(t, Fraction(0)) + game.prior[k] * gain
    return gains


def _replies(game: SecurityGame, attacked: Sequence[int]) -> Rows:
    rows: Rows = []
    for k, (kind, chosen) in enumerate(zip(game.types, attacked, strict=True)):
        covered, uncovered = game.attacker_covered[k], game.attacker_uncovered[k]
        for t, name in enumerate(game.targets):
            if t != chosen:
                row = {chosen: covered[chosen] - uncovered[chosen], t: uncovered[t] - covered[t]}
                side = uncovered[t] - uncovered[chosen]
                rows.append((f"{kind} prefers {game.targets[chosen]} to {name}", row, ">=", side))
    return rows


def security_game_programme(*, game: Any) -> LinearProgramme:
    """The best coverage over all replies of the attackers; the row builder ``"security_game"``.

    Examples
    --------
    >>> game = SecurityGame([1, 2], [-5, -6], [-1, -2], [5, 4], num_resources=1)
    >>> security_game_programme(game=game)
    LinearProgramme(security_game: max over 6 columns, 9 rows)
    """
    read = game if isinstance(game, SecurityGame) else SecurityGame.from_dict(game)
    return disjunctive_programme(
        attack_cases(read), **coverage_columns(read), name="security_game", arguments={"game": read.to_dict()}
    )


def security_game_integer_programme(*, game: Any) -> LinearProgramme:
    """The same as a mixed-integer programme; the row builder ``"security_game_integer"``.

    Columns: coverage, what carries it out, then for every type α, δ and the binaries q.
    """
    read = game if isinstance(game, SecurityGame) else SecurityGame.from_dict(game)
    shared = coverage_columns(read)
    _, rows = mixing_rows(read, read.num_targets)
    names, lower, upper = list(shared["columns"]), list(shared["lower"]), list(shared["upper"])
    objective = [Fraction(0)] * len(names)
    integer: list[int] = []
    for k, kind in enumerate(read.types):
        attack = [*zip(read.attacker_covered[k], read.attacker_uncovered[k], strict=True)]
        defence = [*zip(read.defender_covered[k], read.defender_uncovered[k], strict=True)]
        level, value, first = len(names), len(names) + 1, len(names) + 2
        for pairs in (attack, defence):
            lower.append(min(map(min, pairs)))
            upper.append(max(map(max, pairs)))
        count = read.num_targets
        names += [f"payoff of {kind}", f"defender's payoff against {kind}"]
        names += [f"{kind} attacks {t}" for t in read.targets]
        objective += [Fraction(0), read.prior[k], *([Fraction(0)] * count)]
        lower += [Fraction(0)] * count
        upper += [ONE] * count
        integer += range(first, first + count)
        rows.append((f"{kind} attacks once", dict.fromkeys(range(first, first + count), ONE), "==", ONE))
        for t, target in enumerate(read.targets):
            (v, u), (e, d) = attack[t], defence[t]
            slack, room = upper[level] - min(u, v), upper[value] - min(d, e)
            rows.append((f"{kind} can attack {target}", {level: ONE, t: u - v}, ">=", u))
            rows.append((f"{kind} attacks {target} if best", {level: ONE, t: u - v, first + t: slack}, "<=", u + slack))
            rows.append((f"attack of {kind} on {target}", {value: ONE, t: d - e, first + t: room}, "<=", d + room))
    return LinearProgramme.from_rows(
        "max",
        objective,
        [(name, {j: a for j, a in row.items() if a}, sense, side) for name, row, sense, side in rows],
        lower=lower,
        upper=upper,
        column_names=told_apart(names),
        integer=frozenset(integer),
        name="security_game_integer",
        arguments={"game": read.to_dict()},
    )
