"""Who joins whom: the coalition structures whose contracts form, and whether they last.

A coalition structure is a partition P = {S_1, S_2, …} of the players into coalitions that may form; each shares its own
worth, x(S_k) = v(S_k). It is worth V(P) = Σ v(S_k). It is **stable** with the allocation x if no coalition that may form gets
more by a contract of its own, x(S) ≥ v(S) (the core of a game with coalition structure, R. Aumann and J. Drèze 1974).
Since x(N) = V(P) and x(S) ≥ v(S) for the blocks of any other partition,

* only structures of the largest worth v̂(N) = max_P V(P) can be stable, and
* if one of them is, with some x, then all are, with the same x: stable structures exist iff the core of the superadditive
  cover v̂ is not empty, and its core is the set of stable allocations.

Otherwise balanced weights prove that every structure is left by some coalition: contracts form and break in turn.
Complexity: 3ⁿ for the best partition (15 players: some seconds), a programme with 2ⁿ rows for stability.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact_text
from gametheory.certificates.allocations import ExcessCertificate
from gametheory.collusion.allocations import is_core_empty
from gametheory.errors import CertificateError
from gametheory.games.coalitional import CoalitionalGame, members_of
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["CoalitionStructure", "coalition_structure"]


@final
@compared_by("game", "coalitions", "allocation", "shortfall")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CoalitionStructure:
    """The partition of the players that is worth most, and whether an allocation keeps it together.

    Attributes
    ----------
    game : CoalitionalGame
    coalitions : tuple of frozenset of int
        The blocks, by their first member.
    value : Fraction
        What they are worth in all; no partition is worth more.
    allocation : tuple of Fraction or None
        What each player gets in a stable structure; ``None`` if none is stable.
    shortfall : Fraction
        By how much at least some coalition falls short of what it is worth, however ``value`` is shared; 0 if stable.
    certificate : ExcessCertificate
        About the superadditive cover: the allocation is in its core, or balanced weights show that it is empty.
    """

    game: CoalitionalGame
    coalitions: tuple[Coalition, ...]
    value: Fraction
    allocation: tuple[Fraction, ...] | None
    shortfall: Fraction
    certificate: ExcessCertificate

    @property
    def is_stable(self) -> bool:
        return self.allocation is not None

    def verify(self) -> Literal[True]:
        """Re-check the evidence, and by all partitions once more that none is worth more.

        Raises
        ------
        CertificateError
        """
        self.certificate.verify()
        cover = self.game.superadditive_cover()
        total = sum((self.game.worth(s) for s in self.coalitions), Fraction(0))
        members = sorted(i for s in self.coalitions for i in s)
        blocks_keep_theirs = self.allocation is None or all(
            sum((self.allocation[i] for i in s), Fraction(0)) == self.game.worth(s) for s in self.coalitions
        )
        right = members == list(range(self.game.num_players)) and blocks_keep_theirs
        if not right or self.certificate.game != cover or not total == self.value == cover.worths[cover.everyone]:
            raise CertificateError(
                f"{self!r}: the blocks are worth {total}, all partitions at most {cover.worths[cover.everyone]}, or the "
                "evidence is about another game; compute the structure again",
                claim=repr(self),
                violation="value or partition",
            )
        return True

    def describe(self) -> str:
        """Who joins whom, and why it lasts or not, in words.

        Examples
        --------
        >>> odd = CoalitionalGame.from_table({(0,): 0, (1,): 0, (2,): 1, (0, 1): 4, (1, 2): 4}, 3, ["Ana", "Ben", "Cy"])
        >>> print(coalition_structure(odd).describe())
        {Ana, Ben} sign a contract worth 4: Ana gets 0, Ben gets 4. Cy stays alone with 1. No coalition gains by leaving.
        """
        sentences = []
        for block in self.coalitions:
            worth = exact_text(self.game.worth(block))
            if len(block) == 1:
                sentences.append(f"{self.game.players[min(block)]} stays alone with {worth}.")
                continue
            label = coalition_label(self.game.players, block)
            shares = ""
            if self.allocation is not None:
                parts = [f"{self.game.players[i]} gets {exact_text(self.allocation[i])}" for i in sorted(block)]
                shares = ": " + ", ".join(parts)
            sentences.append(f"{label} sign a contract worth {worth}{shares}.")
        if self.is_stable:
            sentences.append("No coalition gains by leaving.")
        else:
            tempted = [coalition_label(self.game.players, s) for s, _ in self.certificate.balanced_weights()[:4]]
            sentences.append(
                f"No structure lasts: however the gains are shared, one of {', '.join(tempted)} or another coalition "
                f"falls short by at least {exact_text(self.shortfall)} and leaves."
            )
        return " ".join(sentences)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "players": list(self.game.players),
            "coalitions": [sorted(s) for s in self.coalitions],
            "value": exact_text(self.value),
            "stable": self.is_stable,
            "allocation": None if self.allocation is None else [exact_text(x) for x in self.allocation],
            "shortfall": exact_text(self.shortfall),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each coalition, with its worth."""
        rows = [[coalition_label(self.game.players, s), self.game.worth(s)] for s in self.coalitions]
        return data_frame(rows, ["coalition", "worth"])

    def __repr__(self) -> str:
        blocks = ", ".join(coalition_label(self.game.players, s) for s in self.coalitions)
        lasting = "stable" if self.is_stable else f"no structure is stable, short by {exact_text(self.shortfall)}"
        return f"CoalitionStructure({blocks}; worth {exact_text(self.value)}, {lasting}, certified)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.describe())}</p>"


def coalition_structure(game: CoalitionalGame, *, time_limit: float | None = None) -> CoalitionStructure:
    """The coalition structure that is worth most, and an allocation that keeps it together if there is one.

    Parameters
    ----------
    game : CoalitionalGame
    time_limit : float, optional
        Seconds ≥ 0 for the question of stability.

    Returns
    -------
    CoalitionStructure
        Among structures of equal worth one in which the first player's block, then the next one's, has the least number.

    Examples
    --------
    Three firms of which any two gain 1 by a cartel: a pair forms, and the third tempts one of them away.

    >>> cartel = CoalitionalGame.from_function(lambda s: int(len(s) == 2), 3)
    >>> coalition_structure(cartel)
    CoalitionStructure({Player 1}, {Player 2, Player 3}; worth 1, no structure is stable, short by 1/3, certified)
    """
    worths, block = game.best_partitions()
    remaining, blocks = game.everyone, []
    while remaining:
        blocks.append(members_of(int(block[remaining])))
        remaining ^= int(block[remaining])
    cover = CoalitionalGame(worths, game.players)  # the superadditive cover
    answer = is_core_empty(cover, time_limit=time_limit)
    proof: ExcessCertificate = answer.witness
    allocation = None if proof.allocation is None else tuple(np.asarray(proof.allocation.fractions()).tolist())
    return CoalitionStructure(
        game=game,
        coalitions=tuple(blocks),
        value=cover.worths[cover.everyone],
        allocation=allocation,
        shortfall=answer.gain,
        certificate=proof,
    )
