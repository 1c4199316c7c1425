"""Whose deviations a public signal can tell apart: rank conditions, as a diagnosis in words.

At a profile α of the stage game let R_i be the matrix with a row π(· | b, α_−i) for each action b of player i.

* **Individual full rank** for i: the rows of R_i are linearly independent, rank R_i = m_i. Then every deviation of i, mixed
  ones included, changes the signals, and incentives for i can be provided.
* **Pairwise identifiability** of i and j: rank (R_i over R_j) = rank R_i + rank R_j − 1, the least that two matrices with the
  common mixture π(· | α) can lose: whatever can be detected of i's deviations looks different from j's.
* **Pairwise full rank**: both, rank (R_i over R_j) = m_i + m_j − 1.

If every pair has pairwise full rank at some profile (and the feasible payoffs above the minmax have an interior), noise does
not hold patient players back: the folk theorem of Fudenberg, Levine and Maskin (1994). Where deviations of two players look the
same, both must be punished together, and value is destroyed for ever (:mod:`gametheory.repeated.limit_set`). An overseer who
wants to limit collusion pools signals until these conditions fail; one who wants honest partners to keep an agreement adds a
signal that separates them. Ranks are exact.

Reference: D. Fudenberg, D. Levine and E. Maskin 1994, "The folk theorem with imperfect public information", Econometrica 62,
sections 5 and 6; M. Kandori and H. Matsushima 1998, Econometrica 66. Complexity: the rank of Σ m_i × |Y| matrices.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.games.monitoring import Monitoring, signal_distribution
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.repeated.repeated_game import check_signals

__all__ = ["Confusion", "RankConditions", "rank_conditions"]

Vector = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class Confusion:
    """Deviations that leave the same trace.

    Attributes
    ----------
    first : tuple of (player, action)
        A deviation of one player.
    second : tuple of (player, action), or None
        One of another player that moves the signals in the same direction; ``None`` if ``first`` does not move them at all.
    ratio : Fraction
        ``first`` moves the signals ``ratio`` times as far as ``second``; 0 where there is no second.
    """

    first: tuple[int, int]
    second: tuple[int, int] | None
    ratio: Fraction


@final
@compared_by("game", "monitoring", "profile", "ranks", "pair_ranks")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RankConditions:
    """Ranks of the signals of deviations at a profile, and what they mean.

    Attributes
    ----------
    game, monitoring : NormalFormGame, Monitoring
        Exact.
    profile : tuple of vectors of Fractions
    ranks : tuple of int
        rank R_i of each player.
    pair_ranks : mapping from pairs (i, j), i < j, to int
        Rank of R_i over R_j.
    confusions : tuple of Confusion
        Pure deviations that cannot be detected, or not be told apart.
    """

    game: NormalFormGame
    monitoring: Monitoring
    profile: tuple[Vector, ...]
    ranks: tuple[int, ...]
    pair_ranks: Mapping[tuple[int, int], int]
    confusions: tuple[Confusion, ...]

    def individual_full_rank(self, player: int | str) -> bool:
        """Whether every deviation of the player, mixed ones included, changes the signals."""
        i = self.game.player_index(player)
        return self.ranks[i] == self.game.num_actions[i]

    def pairwise_identifiable(self, first: int | str, second: int | str) -> bool:
        """Whether detectable deviations of the two players never look the same."""
        i, j = self._pair(first, second)
        return self.pair_ranks[i, j] == self.ranks[i] + self.ranks[j] - 1

    def pairwise_full_rank(self, first: int | str, second: int | str) -> bool:
        """Whether both have individual full rank and are pairwise identifiable."""
        i, j = self._pair(first, second)
        return self.pair_ranks[i, j] == self.game.num_actions[i] + self.game.num_actions[j] - 1

    def _pair(self, first: int | str, second: int | str) -> tuple[int, int]:
        i, j = sorted((self.game.player_index(first), self.game.player_index(second)))
        return i, j

    @property
    def missing_signals(self) -> int:
        """How many signals pairwise full rank needs beside those that there are: max (m_i + m_j − 1) − |Y|, or 0."""
        largest = sorted(self.game.num_actions, reverse=True)[:2]
        return max(0, sum(largest) - len(largest) + 1 - self.monitoring.num_signals)

    @property
    def diagnosis(self) -> tuple[str, ...]:
        """The conditions in words: what fails for whom, which deviations look alike, and what signal would separate them."""
        names, lines = self.game.players, list[str]()
        for i, rank in enumerate(self.ranks):
            if rank < self.game.num_actions[i]:
                lines.append(
                    f"{names[i]}: {self.game.num_actions[i]} actions leave traces of rank {rank}, so that some deviation "
                    "cannot be detected"
                )
        for (i, j), rank in self.pair_ranks.items():
            if not self.pairwise_identifiable(i, j):
                lines.append(
                    f"{names[i]} and {names[j]}: joint rank {rank} instead of {self.ranks[i] + self.ranks[j] - 1}, so that "
                    "some deviations of the two cannot be told apart; both must be punished for them"
                )
        for confusion in self.confusions:
            who = self._deviation(confusion.first)
            if confusion.second is None:
                lines.append(f"{who} does not change the signals; add a signal that is likelier when it happens")
            else:
                other = self._deviation(confusion.second)
                far = "as" if confusion.ratio == 1 else f"{exact_text(confusion.ratio)} times as far as"
                lines.append(
                    f"{who} moves the signals {far} {other} does; add a signal that is likelier after one than after the other"
                )
        if self.missing_signals:
            lines.append(
                f"{self.monitoring.num_signals} signals are too few for pairwise full rank; "
                f"it needs {self.missing_signals} more"
            )
        return tuple(lines) or ("every deviation can be detected, and any two players' deviations can be told apart",)

    def _deviation(self, deviation: tuple[int, int]) -> str:
        i, b = deviation
        return f"{self.game.players[i]} playing {self.game.actions[i][b]}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "profile": [[exact_text(p) for p in part] for part in self.profile],
            "ranks": list(self.ranks),
            "pair_ranks": [[i, j, rank] for (i, j), rank in self.pair_ranks.items()],
            "diagnosis": list(self.diagnosis),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each pair of players."""
        names = self.game.players
        rows = [
            [names[i], names[j], rank, self.pairwise_identifiable(i, j), self.pairwise_full_rank(i, j)]
            for (i, j), rank in self.pair_ranks.items()
        ]
        return data_frame(rows, ["first", "second", "rank", "identifiable", "full rank"])

    def __repr__(self) -> str:
        n = self.game.num_players
        full = sum(self.individual_full_rank(i) for i in range(n))
        pairs = sum(self.pairwise_full_rank(i, j) for i, j in self.pair_ranks)
        return (
            f"RankConditions(exact: individual full rank for {full} of {n} players, pairwise full rank for {pairs} of "
            f"{len(self.pair_ranks)} pairs)"
        )

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.diagnosis)
        return f"<p>{escape(repr(self))}</p><ul>{lines}</ul>"


def rank_conditions(game: NormalFormGame, monitoring: Monitoring, profile: Any) -> RankConditions:
    """Individual full rank, pairwise identifiability and pairwise full rank at a profile, exactly.

    Parameters
    ----------
    game : NormalFormGame
        Its payoffs play no role.
    monitoring : Monitoring
        Floats count as the rationals that they are, so that a tie broken by rounding counts as broken.
    profile : pure or mixed profile

    Returns
    -------
    RankConditions
        ``.diagnosis`` says it in words.

    Examples
    --------
    A binary alarm cannot tell who deviated; both must be punished, and 1/4 each is lost for ever (Mailath and Samuelson 2006,
    section 7.2):

    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> found = rank_conditions(game, noisy, (0, 0))
    >>> found
    RankConditions(exact: individual full rank for 2 of 2 players, pairwise full rank for 0 of 1 pairs)
    >>> print(*found.diagnosis, sep="; ")  # doctest: +ELLIPSIS
    Player 1 and Player 2: joint rank 2 instead of 3, ...; 2 signals are too few for pairwise full rank; it needs 1 more
    """
    check_signals(game, monitoring)
    stage, signals = game.exact(), monitoring.exact()
    played = tuple(tuple(part) for part in exact_mixed_profile(stage, profile))
    rows = [
        [_signals(stage, signals, played, i, b) for b in range(stage.num_actions[i])] for i in range(stage.num_players)
    ]
    pairs = list(itertools.combinations(range(stage.num_players), 2))
    return RankConditions(
        game=stage,
        monitoring=signals,
        profile=played,
        ranks=tuple(_rank(part) for part in rows),
        pair_ranks={(i, j): _rank([*rows[i], *rows[j]]) for i, j in pairs},
        confusions=tuple(_confusions(rows, played)),
    )


def _signals(stage: NormalFormGame, signals: Monitoring, played: Sequence[Vector], player: int, action: int) -> Vector:
    deviation = [list(part) for part in played]
    deviation[player] = [Fraction(int(k == action)) for k in range(stage.num_actions[player])]
    return tuple(signal_distribution(stage, signals, deviation))


def _rank(rows: Sequence[Vector]) -> int:
    import flint

    table = [[flint.fmpq(x.numerator, x.denominator) for x in row] for row in rows]
    return int(flint.fmpq_mat(table).rank())


def _confusions(rows: Sequence[Sequence[Vector]], played: Sequence[Vector]) -> list[Confusion]:
    """Pure deviations that leave the signals alone, and pairs of them by two players that move them the same way."""
    found = []
    moves: list[tuple[int, int, Vector]] = []
    for i, part in enumerate(rows):
        base = tuple(
            sum((p * row[y] for p, row in zip(played[i], part, strict=True)), Fraction(0)) for y in range(len(part[0]))
        )
        for b, row in enumerate(part):
            if played[i][b] == 1:
                continue
            move = tuple(x - y for x, y in zip(row, base, strict=True))
            if any(move):
                moves.append((i, b, move))
            else:
                found.append(Confusion((i, b), None, Fraction(0)))
    for (i, b, one), (j, c, two) in itertools.combinations(moves, 2):
        if i == j:
            continue
        lead = next(y for y, x in enumerate(two) if x)
        ratio = one[lead] / two[lead]
        if ratio > 0 and all(x == ratio * y for x, y in zip(one, two, strict=True)):
            found.append(Confusion((i, b), (j, c), ratio))
    return found
