"""Reply cells: the commitments after which given followers' actions are best replies.

A leader commits to x ∈ Δ(A_L). With one follower, or followers who act as one (payoff w = Σ_f u_f, joint actions), the
reply r is best on the cell X(r) = {x : Σ_i x_i (w(i, r) − w(i, s)) ≥ 0 for all s}; independent followers are in a pure
Nash equilibrium r of the game that x leaves them on X(r) = {x : Σ_i x_i (u_f(i, r) − u_f(i, r_−f, b)) ≥ 0 for all f,
b}. A cell is a polytope, possibly empty or without interior.

The best over all cells is one linear programme with a block of columns for each reply, p_r(i) = P(reply r, action i):

    maximise Σ_r Σ_i p_r(i) u_L(i, r)   subject to   p ≥ 0,  Σ p = 1,  p_r in the cone over X(r) for each r.

It decomposes: with multipliers y_r for the rows of cell r, λ bounds the optimum as soon as for all r and i
λ ≥ u_L(i, r) + Σ_k (−y_r,k) · row_k(i) holds, so that cells are solved one at a time and their multipliers put together
prove the whole.

With ``ties="weak"`` the block of r has a further column t_r ≤ Σ_i p_r(i) u_L(i, s) for every s that pays the followers
as r does whatever the leader does, and the objective is Σ t_r; only the replies listed (whose cells have an interior)
have a block. Nothing here calls a solver.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.rows import (
    RowBlock,
    block,
    payoff_programme,
    refuse_large_programme,
    sum_to_one,
    summed,
    with_minus_one,
)
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Followers", "ReplyCells", "Ties", "stackelberg_interior_programme", "stackelberg_programme"]

Array = NDArray[Any]
Ties = Literal["strong", "weak"]
Followers = Literal["independent", "correlated", "coalition"]


@final
@dataclass(frozen=True, eq=False)
class ReplyCells:
    """The cells of an exact game for one leader: its payoffs and the rows of every reply.

    Attributes
    ----------
    game : NormalFormGame
        Exact.
    leader : int
    together : bool
        Whether several followers act as one.
    """

    game: NormalFormGame
    leader: int
    together: bool

    @cached_property
    def others(self) -> tuple[int, ...]:
        """The followers."""
        return tuple(j for j in range(self.game.num_players) if j != self.leader)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each follower."""
        return tuple(self.game.num_actions[j] for j in self.others)

    @cached_property
    def replies(self) -> tuple[tuple[int, ...], ...]:
        """The followers' pure profiles, in lexicographic order."""
        return tuple(tuple(int(k) for k in r) for r in np.ndindex(*self.shape))

    @cached_property
    def leader_payoffs(self) -> Array:
        """Payoff numerators of the leader, shape (own actions, replies)."""
        return self._table(self.game.numerators[self.leader])

    @cached_property
    def coalition_payoffs(self) -> Array:
        """Payoff numerators of one follower, or summed over followers who act as one: (leader's actions, replies)."""
        return self._table(summed(self.game.numerators[list(self.others)]))

    @cached_property
    def own_payoffs(self) -> tuple[Array, ...]:
        """Payoff numerators of each follower, shape (leader's actions, replies)."""
        return tuple(self._table(self.game.numerators[j]) for j in self.others)

    def _table(self, tensor: Array) -> Array:
        return np.moveaxis(tensor, self.leader, 0).reshape(self.game.num_actions[self.leader], -1)

    def label(self, reply: int) -> str:
        """The reply by the names of its actions."""
        return ", ".join(self.game.actions[j][k] for j, k in zip(self.others, self.replies[reply], strict=True))

    def rows(self, reply: int) -> tuple[Array, list[str]]:
        """Numerators of the cell's rows, shape (deviations, leader's actions), and what each says."""
        if self.together:
            table = self.coalition_payoffs
            others = [s for s in range(len(self.replies)) if s != reply]
            who = " and ".join(self.game.players[j] for j in self.others)
            names = [f"{who} reply ({self.label(reply)}), not ({self.label(s)})" for s in others]
            return (table[:, [reply]] - table[:, others]).T, names
        rows, names = [], []
        at = "" if len(self.others) == 1 else f" at ({self.label(reply)})"
        chosen = self.replies[reply]
        for f, (j, table) in enumerate(zip(self.others, self.own_payoffs, strict=True)):
            labels = self.game.actions[j]
            for b in range(self.shape[f]):
                if b != chosen[f]:
                    deviation = int(np.ravel_multi_index((*chosen[:f], b, *chosen[f + 1 :]), self.shape))
                    rows.append(table[:, reply] - table[:, deviation])
                    names.append(f"{self.game.players[j]} replies {labels[chosen[f]]}, not {labels[b]}{at}")
        m = self.game.num_actions[self.leader]
        return np.array(rows, dtype=self.game.numerators.dtype).reshape(len(rows), m), names

    @cached_property
    def equivalents(self) -> tuple[tuple[int, ...], ...]:
        """For followers who act as one (or one alone): replies that pay them the same whatever the leader does."""
        groups: dict[tuple[int, ...], list[int]] = {}
        for r in range(len(self.replies)):
            groups.setdefault(tuple(int(x) for x in self.coalition_payoffs[:, r]), []).append(r)
        return tuple(tuple(group) for group in groups.values())

    def group(self, reply: int) -> tuple[int, ...]:
        """The replies equivalent to this one, itself included."""
        return next(group for group in self.equivalents if reply in group)


def reply_cells(game: NormalFormGame, leader: int | str, followers: Followers | None) -> ReplyCells:
    """The cells of ``game.exact()``; refuses other ways of playing than "independent" and "coalition"."""
    game, index = game.exact(), game.player_index(leader)
    if game.num_players < 2:
        raise SpecificationError("game: found one player; commitment needs a leader and at least one follower")
    if followers is None and game.num_players > 2:
        raise SpecificationError(
            f"followers: the game has {game.num_players - 1}; say how they play after the commitment: 'independent' (a "
            "pure Nash equilibrium among them), 'correlated' (the leader recommends to each) or 'coalition' (as one, "
            "with transfers)"
        )
    if followers not in (None, "independent", "coalition"):
        raise UnsupportedError(f"followers: found {followers!r}; reply cells are for 'independent' or 'coalition'")
    return ReplyCells(game, index, followers == "coalition" and game.num_players > 2)


def refuse_several_independent(cells: ReplyCells) -> None:
    """Ties against the leader are defined for one follower, or several who act as one."""
    if len(cells.others) > 1 and not cells.together:
        raise UnsupportedError(
            "ties='weak' with several independent followers: after a commitment they may have many equilibria or no "
            "pure one; use followers='coalition', or ties='strong'"
        )


def refuse_large_cells(cells: ReplyCells, blocks: int) -> None:
    """Refuse before work a programme over so many cells that it would not fit in memory."""
    rows_each = math.prod(cells.shape) if cells.together else sum(k - 1 for k in cells.shape)
    m = cells.game.num_actions[cells.leader]
    refuse_large_programme(blocks * m * (rows_each + 1), "commitment over all reply cells")


def stackelberg_programme(
    game: NormalFormGame,
    *,
    leader: int | str = 0,
    followers: Followers | None = None,
    ties: Ties = "strong",
    replies: Sequence[int] | None = None,
) -> LinearProgramme:
    """The best commitment over all reply cells as one linear programme; the row builder ``"stackelberg"``.

    Written out at the head of this module. ``replies`` are the indices of the replies that have a block (by default
    all).
    """
    cells = reply_cells(game, leader, followers)
    if ties not in ("strong", "weak"):
        raise SpecificationError(f"ties: found {ties!r}; write 'strong' (for the leader) or 'weak' (against it)")
    if ties == "weak":
        refuse_several_independent(cells)
    count = range(len(cells.replies))
    listed = list(count) if replies is None else [int(r) for r in replies]
    if any(r not in count for r in listed) or sorted(set(listed)) != listed:
        raise SpecificationError(f"replies: found {listed}; write rising indices from 0 to {len(count) - 1}")
    game, m, labels = cells.game, cells.game.num_actions[cells.leader], cells.game.actions[cells.leader]
    refuse_large_cells(cells, len(listed))
    width = m if ties == "strong" else m + 1
    blocks: list[RowBlock] = []
    names: list[str] = []
    objective: list[Array] = []
    mass: list[Array] = []
    for position, reply in enumerate(listed):
        columns = position * width + np.arange(m)
        mass.append(columns)
        table, row_names = cells.rows(reply)
        blocks.append(block(table, columns, row_names))
        names += [f"{label}, reply ({cells.label(reply)})" for label in labels]
        if ties == "weak":
            group = list(cells.group(reply))
            blocks.append(
                block(
                    with_minus_one(cells.leader_payoffs[:, group].T, game.denominator),
                    position * width + np.arange(m + 1),
                    [f"after reply ({cells.label(reply)}) or its equal ({cells.label(s)})" for s in group],
                )
            )
            names.append(f"leader's worst payoff, reply ({cells.label(reply)})")
            objective.append(np.array([0] * m + [game.denominator], dtype=object))
        else:
            objective.append(cells.leader_payoffs[:, reply])
    arguments: dict[str, Any] = {"leader": cells.leader, "followers": followers, "ties": ties}
    if replies is not None:
        arguments["replies"] = listed
    return payoff_programme(
        game,
        [sum_to_one(np.concatenate(mass), game.denominator), *blocks],
        name="stackelberg",
        arguments=arguments,
        objective=RationalArray.of_integers(np.concatenate(objective), game.denominator),
        column_names=names,
        free=[k * width + m for k in range(len(listed))] if ties == "weak" else (),
    )


def stackelberg_interior_programme(
    game: NormalFormGame, *, leader: int | str = 0, followers: Followers | None = None, reply: int
) -> LinearProgramme:
    """How far inside its cell a commitment can lie; the row builder ``"stackelberg_interior"``.

    Maximise s ≤ 1 subject to Σ_i x_i (w(i, r) − w(i, q)) ≥ s for every reply q that does not pay the followers the same
    as r for all of the leader's actions, x ≥ 0, Σ x = 1. The cell of r has an interior iff the optimum is positive.
    """
    cells = reply_cells(game, leader, followers)
    if not 0 <= reply < len(cells.replies):
        raise SpecificationError(f"reply: found {reply}; indices run from 0 to {len(cells.replies) - 1}")
    refuse_several_independent(cells)
    game, m = cells.game, cells.game.num_actions[cells.leader]
    group = cells.group(reply)
    others = [s for s in range(len(cells.replies)) if s not in group]
    table = (cells.coalition_payoffs[:, [reply]] - cells.coalition_payoffs[:, others]).T
    cap = np.array([[game.denominator]], dtype=object)
    return payoff_programme(
        game,
        [
            sum_to_one(np.arange(m), game.denominator),
            block(
                with_minus_one(table, game.denominator),
                np.arange(m + 1),
                [f"strictly ({cells.label(reply)}), not ({cells.label(s)})" for s in others],
            ),
            block(cap, np.array([m]), ["margin at most one"], sense="<=", right=game.denominator),
        ],
        name="stackelberg_interior",
        arguments={"leader": cells.leader, "followers": followers, "reply": int(reply)},
        objective=RationalArray.of_integers(np.append(np.zeros(m, dtype=np.int64), 1)),
        column_names=[*(f"commit to {label}" for label in game.actions[cells.leader]), "margin"],
        free=(m,),
    )
