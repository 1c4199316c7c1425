"""The programmes of k-implementation, written out.

For one profile z the columns are V_i(z), what is paid there, and the rows V_i(z) ≥ u_i(a_i, z_−i) − u_i(z) for every other
action.

For a set Z of profiles, let R = ∏ R_i ⊆ Z be what stays possible; each a_i ∉ R_i must be dominated by some r ∈ R_i, where only
R_−i counts. With binaries y_{i,a} (a stays) and z_{i,a,r} (r dominates a) this is the mixed-integer programme

    minimise t  subject to  Σ_i V_i(x) ≤ t for all x;   Σ_a y_{i,a} ≥ 1;   Σ_i y_{i,x_i} ≤ n − 1 for x ∉ Z;
        Σ_r z_{i,a,r} ≥ 1 − y_{i,a};   z_{i,a,r} ≤ y_{i,r};
        V_i(r, x_−i) ≥ (u_i(a, x_−i) − u_i(r, x_−i)) (z_{i,a,r} + Σ_{j≠i} y_{j,x_j} − n + 1)   where that gain is positive,

needing no large constants because V ≥ 0.

References: D. Monderer and M. Tennenholtz (2004), k-implementation, Journal of Artificial Intelligence Research 21, theorem 1;
R. Eidenbenz, Y. Oswald, S. Schmid and R. Wattenhofer (2007), Manipulation in games, ISAAC.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Columns", "implementation_programme", "payoff_table", "set_programme"]

Array = NDArray[Any]
Profile = tuple[int, ...]


def implementation_programme(game: NormalFormGame, *, targets: Sequence[Sequence[int]]) -> LinearProgramme:
    """The programme of the module; the row builder ``"k_implementation"``.

    For one target a linear programme in V_i(z); for several the mixed-integer one.
    """
    game = game.exact()
    wanted = tuple(game.action_indices(x) for x in targets)
    return _single_programme(game, wanted[0]) if len(wanted) == 1 else set_programme(game, wanted)


def _single_programme(game: NormalFormGame, target: Profile) -> LinearProgramme:
    table, rows = payoff_table(game), []
    for i, own in enumerate(target):
        others = ", ".join("·" if j == i else game.actions[j][a] for j, a in enumerate(target))
        for a in range(game.num_actions[i]):
            if a != own:
                temptation = table[(i, *target[:i], a, *target[i + 1 :])] - table[(i, *target)]
                name = f"{game.players[i]} prefers {game.actions[i][own]} to {game.actions[i][a]} at ({others})"
                rows.append((name, {i: 1}, ">=", temptation))
    names = told_apart([row[0] for row in rows])
    return LinearProgramme.from_rows(
        "min",
        [1] * game.num_players,
        [(name, *row[1:]) for name, row in zip(names, rows, strict=True)],  # type: ignore[misc]  # ">=" above
        column_names=[f"payment to {name}" for name in game.players],
        name="k_implementation",
        arguments={"targets": [list(target)]},
        game_digest=game.digest(),
    )


def set_programme(game: NormalFormGame, targets: Sequence[Profile], within: Fraction | None = None) -> LinearProgramme:
    """The programme for a set; with ``within``, by how much domination can be strict at that cost."""
    n, sizes, table = game.num_players, game.num_actions, payoff_table(game)
    profiles = list(itertools.product(*map(range, sizes)))
    place = {x: k for k, x in enumerate(profiles)}
    columns = Columns(sizes)
    refuse_if_too_large(sum(m * m for m in sizes) * len(profiles), 600, "the programme of k-implementation")
    rows: list[Any] = []
    wanted = set(targets)
    for x in profiles:
        at = f"({', '.join(game.action_labels(x))})"
        paid = {columns.payment(i, place[x]): Fraction(1) for i in range(n)}
        rows.append((f"payments at {at}", paid | {0: Fraction(-1)}, "<=", 0))
        if x not in wanted:
            rows.append((f"{at} does not remain", {columns.stays(i, a): 1 for i, a in enumerate(x)}, "<=", n - 1))
    total = sum(max((abs(u) for u in table[i].reshape(-1).tolist()), default=Fraction(0)) for i in range(n))
    large = 1 + 2 * total * len(profiles)
    for i, (name, labels) in enumerate(zip(game.players, game.actions, strict=True)):
        rows.append((f"{name} keeps an action", {columns.stays(i, a): 1 for a in range(sizes[i])}, ">=", 1))
        for a in range(sizes[i]):
            dominators = [r for r in range(sizes[i]) if r != a]
            ways = {columns.dominates(i, a, r): 1 for r in dominators} | {columns.stays(i, a): 1}
            rows.append((f"{name}: {labels[a]} stays or is dominated", ways, ">=", 1))
            for r in dominators:
                chosen = columns.dominates(i, a, r)
                pair = f"{name}: {labels[r]} dominates {labels[a]}"
                rows.append((f"{pair} only if it stays", {chosen: 1, columns.stays(i, r): -1}, "<=", 0))
                strict: dict[int, Any] = {chosen: -large}
                slack, remaining = (
                    Fraction(0),
                    [columns.stays(j, b) for j in range(n) if j != i for b in range(sizes[j])],
                )
                for x in profiles:
                    if x[i] != r:
                        continue
                    gain = table[(i, *x[:i], a, *x[i + 1 :])] - table[(i, *x)]
                    slack += gain
                    strict[columns.payment(i, place[x])] = Fraction(1)
                    if gain > 0:
                        stay = {columns.stays(j, b): -gain for j, b in enumerate(x) if j != i}
                        row = {columns.payment(i, place[x]): Fraction(1), chosen: -gain, **stay}
                        rows.append((f"{pair} at ({', '.join(game.action_labels(x))})", row, ">=", -gain * (n - 1)))
                if within is not None:
                    strict |= dict.fromkeys(remaining, -large)
                    strict[columns.count] = -1
                    rows.append((f"{pair} somewhere", strict, ">=", slack - large * (1 + len(remaining))))
    if within is not None:
        rows.append(("cost", {0: 1}, "<=", within))
    extra = int(within is not None)
    return LinearProgramme.from_rows(
        "min" if within is None else "max",
        [int(within is None), *([0] * (columns.count - 1)), *([1] * extra)],
        [(f"{k + 1}. {row[0]}", *row[1:]) for k, row in enumerate(rows)],
        upper=[None] * columns.first_binary + [1] * (columns.count - columns.first_binary + extra),
        column_names=[f"x{j}" for j in range(columns.count + extra)],
        integer=frozenset(range(columns.first_binary, columns.count)),
        name="k_implementation",
        arguments={"targets": [list(x) for x in targets]},
        game_digest=game.digest(),
    )


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what: the cost, payments by player and profile, who stays, who dominates whom."""

    sizes: tuple[int, ...]

    @property
    def first_binary(self) -> int:
        return 1 + len(self.sizes) * math.prod(self.sizes)

    @property
    def count(self) -> int:
        return self.first_binary + sum(self.sizes) + sum(m * m for m in self.sizes)

    def payment(self, player: int, profile: int) -> int:
        return 1 + player * math.prod(self.sizes) + profile

    def stays(self, player: int, action: int) -> int:
        return self.first_binary + sum(self.sizes[:player]) + action

    def dominates(self, player: int, worse: int, better: int) -> int:
        start = self.first_binary + sum(self.sizes) + sum(m * m for m in self.sizes[:player])
        return start + worse * self.sizes[player] + better


def payoff_table(game: NormalFormGame) -> Array:
    """The payoffs of an exact game as fractions."""
    return RationalArray(game.numerators, game.denominator).fractions()
