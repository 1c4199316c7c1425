"""The programmes of commitment against a follower of several types.

Over x ∈ Δ(A_L) and, for every type l and reply j, z_lj = x · [type l replies j], a vector over the leader's actions:

    maximise Σ_l p_l Σ_ij A_l(i, j) z_lij
    subject to  Σ_j z_lij = x_i,   Σ_i z_lij (B_l(i, j) − B_l(i, k)) ≥ 0 for all k,   z ≥ 0,   Σ_i z_lij ∈ {0, 1}.

Without the last condition this is the relaxation of the *cones*: the type mixes its replies as if it heard a recommendation;
with one type it is exact (commitment to a correlated strategy: Conitzer and Korzhyk 2011). DOBSS (Paruchuri et al. 2008) writes
instead q_lj ∈ {0, 1}, a free a_l and a constant M_l:

    0 ≤ a_l − Σ_i B_l(i, j) x_i ≤ (1 − q_lj) M_l,    Σ_i z_lij ≤ q_lj ≤ 1.

With M_l the range of type l's payoffs (or more) both have the same integral points; the relaxation of the cones is tighter. In
rationals the constant is harmless; in floats a large one lets replies pass that are not best.

References: P. Paruchuri, J. Pearce, J. Marecki, M. Tambe, F. Ordóñez and S. Kraus (2008), Playing games for security: an
efficient exact algorithm for solving Bayesian Stackelberg games, AAMAS-08; C. Casorrán, B. Fortz, M. Labbé and F. Ordóñez
(2019), A study of general and security Stackelberg game formulations, Eur. J. Oper. Res. 278 (the cones: MIP-p-G).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact
from gametheory.certificates.bayesian_commitment import FollowerTypes, Multiplier, Ties
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.memory import refuse_if_too_large

__all__ = ["NodeProgramme", "dobss_programme", "follower_types"]

Floats = NDArray[np.float64]


def follower_types(game: BayesianGame, leader: int | str) -> tuple[FollowerTypes, int, tuple[int, ...]]:
    """The payoffs of a leader of one type and a follower, the leader's index, the follower's types of positive probability.

    Raises
    ------
    UnsupportedError
        More than two players, a leader of several types, or free symbols.
    """
    exact_game, index = game.exact(), game.player_index(leader)
    if game.num_players != 2:
        raise UnsupportedError(
            f"game: found {game.num_players} players; this is about a leader and one follower. For several followers take "
            "bayesian_stackelberg_equilibrium"
        )
    other = 1 - index
    prior = [Fraction(p) for p in exact_game.type_probabilities(other)]
    kinds = tuple(k for k, p in enumerate(prior) if p > 0)
    own = [k for k, p in enumerate(exact_game.type_probabilities(index)) if p > 0]
    if len(own) > 1:
        raise UnsupportedError(
            f"leader: {game.players[index]} has {len(own)} types; this is about a leader who knows nothing more. Take "
            "bayesian_stackelberg_equilibrium"
        )
    tables = []
    for player in (index, other):
        payoffs = np.take(exact_game.numerators[player], own[0], axis=index)  # the leader's type axis is gone
        payoffs = np.take(payoffs, kinds, axis=0)
        tables.append(np.moveaxis(payoffs, 1 + index, 1).astype(object))
    return FollowerTypes(tuple(prior[k] for k in kinds), tables[0], tables[1], exact_game.denominator), index, kinds


def dobss_programme(
    types: FollowerTypes | Mapping[str, Any], *, large: Fraction | int | str | None = None
) -> LinearProgramme:
    """DOBSS, the mixed-integer programme of the module, in rationals; the row builder ``"dobss"``.

    Parameters
    ----------
    types : FollowerTypes, or what its ``to_dict()`` says
    large : rational, optional
        M, in units of payoff; by default for each type the range of its payoffs, the smallest that is always enough.

    Raises
    ------
    SpecificationError
        An M smaller than the range of a type's payoffs, which could cut off the best commitment.

    Examples
    --------
    >>> own, one = [[2, 4], [1, 3]], Fraction(1)
    >>> dobss_programme(FollowerTypes((one,), np.array([own], dtype=object), np.array([[[1, 0], [0, 2]]], dtype=object), 1))
    LinearProgramme(dobss: max over 9 columns, 2 integral, 10 rows)
    """
    given = types if isinstance(types, FollowerTypes) else FollowerTypes.from_dict(types)
    kinds, m, n = given.num_types, given.num_actions, given.num_replies
    refuse_if_too_large(kinds * n * (2 * m * n + 3 * m), 200, "the mixed-integer programme")
    least = exact(large, where="large") if large is not None else None
    d = given.denominator
    first_q, first_a = m + kinds * m * n, m + kinds * m * n + kinds * n

    def z(kind: int, i: int, j: int) -> int:
        return m + (kind * m + i) * n + j

    rows: list[Any] = [("probabilities", dict.fromkeys(range(m), 1), "==", 1)]
    objective = [Fraction(0)] * (first_a + kinds)
    for kind, p in enumerate(given.prior):
        own = given.follower[kind]
        size = Fraction(int(own.max()) - int(own.min()), d)
        if least is not None and least < size:
            raise SpecificationError(
                f"large: found {least}; type {kind}'s payoffs range over {size}: write at least that, or leave it out"
            )
        big = size if least is None else least
        where = f"type {kind}"
        rows += [(f"{where}: action {i}", {**{z(kind, i, j): 1 for j in range(n)}, i: -1}, "==", 0) for i in range(m)]
        rows.append((f"{where}: one reply", {first_q + kind * n + j: 1 for j in range(n)}, "==", 1))
        for j in range(n):
            q, a = first_q + kind * n + j, first_a + kind
            payoff = {i: Fraction(-int(own[i, j]), d) for i in range(m)}
            rows.append((f"{where}: plays {j}", {**{z(kind, i, j): 1 for i in range(m)}, q: -1}, "<=", 0))
            rows.append((f"{where}: gets no less than from {j}", {**payoff, a: 1}, ">=", 0))
            rows.append((f"{where}: plays {j} only if it is best", {**payoff, a: 1, q: big}, "<=", big))
            for i in range(m):
                objective[z(kind, i, j)] = p * Fraction(int(given.leader[kind, i, j]), d)
    names = [
        *(f"x {i}" for i in range(m)),
        *(f"type {kind}: {i}, {j}" for kind in range(kinds) for i in range(m) for j in range(n)),
        *(f"type {kind} plays {j}" for kind in range(kinds) for j in range(n)),
        *(f"type {kind}'s payoff" for kind in range(kinds)),
    ]
    arguments = {"types": given.to_dict(), "large": None if least is None else str(least)}
    return LinearProgramme.from_rows(
        "max",
        objective,
        rows,
        lower=[0] * first_a + [None] * kinds,
        upper=[1] * first_a + [None] * kinds,
        column_names=names,
        integer=frozenset(range(first_q, first_a)),
        name="dobss",
        arguments=arguments,
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class NodeProgramme:
    """The relaxation of the cones with the replies that are left, in rationals.

    Payoffs of the leader count from ``floor``, below all of them, and the mass of x is at most 1, so that an empty case has the
    value 0 with multipliers that prove it worth less than any commitment.
    """

    programme: LinearProgramme
    rows: tuple[tuple[str, int, int, int], ...]
    """For each row what it is: ("row" or "share", type, reply, other reply), or ("link", …)."""

    @classmethod
    def of(cls, types: FollowerTypes, left: Sequence[Sequence[int]], ties: Ties, floor: int) -> NodeProgramme:
        """Types with one reply left need no copy of x."""
        m = types.num_actions
        width = m
        objective: dict[int, Fraction] = {}
        rows: list[Any] = [("mass", dict.fromkeys(range(m), 1), "<=", 1)]
        about: list[tuple[str, int, int, int]] = [("link", -1, -1, -1)]
        free: list[int] = []
        for kind, replies in enumerate(left):
            copies: dict[int, list[int]] = {}
            for j in replies:
                copies[j] = list(range(m)) if len(replies) == 1 else list(range(width, width + m))
                width += 0 if len(replies) == 1 else m
            if len(replies) > 1:
                for i in range(m):
                    rows.append((f"link {kind} {i}", {**{c[i]: 1 for c in copies.values()}, i: -1}, "==", 0))
                    about.append(("link", kind, i, -1))
            for j, columns in copies.items():
                own, group = types.follower[kind], types.group(kind, j)
                for k in range(types.num_replies):
                    if k not in group:
                        row = {c: int(own[i, j]) - int(own[i, k]) for i, c in enumerate(columns)}
                        rows.append((f"type {kind} replies {j}, not {k}", row, ">=", 0))
                        about.append(("row", kind, j, k))
                worth = [{c: int(types.leader[kind][i, s]) - floor for i, c in enumerate(columns)} for s in group]
                if ties == "strong" or len(group) == 1:
                    payoff = {c: int(types.leader[kind][i, j]) - floor for i, c in enumerate(columns)}
                    for c, u in payoff.items():
                        objective[c] = objective.get(c, Fraction(0)) + types.prior[kind] * u
                    continue
                objective[width] = types.prior[kind]
                free.append(width)
                for s, row in zip(group, worth, strict=True):
                    rows.append(
                        (f"worth of {s} for type {kind} at {j}", {width: 1, **{c: -u for c, u in row.items()}}, "<=", 0)
                    )
                    about.append(("share", kind, j, s))
                width += 1
        programme = LinearProgramme.from_rows(
            "max",
            [objective.get(c, 0) for c in range(width)],
            rows,
            lower=[None if c in set(free) else 0 for c in range(width)],
        )
        return cls(programme, tuple(about))

    def multipliers(self, duals: Sequence[Fraction]) -> tuple[tuple[Multiplier, ...], tuple[Multiplier, ...]]:
        """y and μ of the certificate."""
        rows = [(kind, j, k, -y) for (what, kind, j, k), y in zip(self.rows, duals, strict=True) if what == "row" and y]
        shares = [
            (kind, j, s, y) for (what, kind, j, s), y in zip(self.rows, duals, strict=True) if what == "share" and y
        ]
        return tuple(rows), tuple(shares)
