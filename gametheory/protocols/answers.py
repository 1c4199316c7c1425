"""What a verified protocol says: a verdict for each property and honest history, with a strategy, an attack, a condition.

*Proved* means for all values that satisfy the constraints (a real-arithmetic prover excluded the others); an *attack* consists
of values and plays that were re-checked in fractions from the definitions, without formulas or prover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.errors import UndecidedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.protocols.tree import Property, ProtocolTree

__all__ = ["Attack", "Deviation", "Pair", "ProtocolAnswer", "ProtocolReport", "Strategy", "pair_text"]

Pair = tuple[Fraction, Fraction]
MAX_LISTED = 200


def pair_text(pair: Pair) -> str:
    """A (real, infinitesimal) pair as a reader writes it.

    Examples
    --------
    >>> pair_text((Fraction(1, 2), Fraction(-1))), pair_text((Fraction(3), Fraction(0)))
    ('1/2 - 1 infinitesimal', '3')
    """
    real, small = pair
    if not small:
        return exact_text(real)
    return f"{exact_text(real)} {'-' if small < 0 else '+'} {exact_text(abs(small))} infinitesimal"


@final
@compared_by("coalition", "path", "utilities", "expected")
@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """A play that a coalition brings about.

    Attributes
    ----------
    coalition : tuple of str
    path : tuple of str
        Actions from the root to the end, or to the chance node from which on it varies.
    utilities : mapping from player to (real, infinitesimal)
        At the end, or expected.
    expected : bool
        Whether they are expectations.
    """

    coalition: tuple[str, ...]
    path: tuple[str, ...]
    utilities: Mapping[str, Pair]
    expected: bool = False

    def __str__(self) -> str:
        end = ", …" if self.expected else ""
        paid = ", ".join(f"{player}: {pair_text(pair)}" for player, pair in self.utilities.items())
        return f"{{{', '.join(self.coalition)}}} by {', '.join(self.path) or 'what follows chance'}{end}, with utilities {paid}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "coalition": list(self.coalition),
            "path": list(self.path),
            "utilities": {player: [exact_text(x) for x in pair] for player, pair in self.utilities.items()},
            "expected": self.expected,
        }


@final
@compared_by("kind", "values", "honest_utilities", "harmed", "plays", "replies")
@dataclass(frozen=True, slots=True, eq=False)
class Attack:
    """Values of the constants at which a property fails, and how.

    Attributes
    ----------
    kind : Property
    values : mapping from name to Fraction
        They satisfy all constraints.
    honest_utilities : mapping from player to (real, infinitesimal)
    harmed : str
        Immunity: who loses although it follows the protocol. Practicality: who does better by not following it. Else "".
    plays : tuple of Deviation
        Immunity: one play that ends in a loss. Resilience: plays such that every joint strategy with the honest history is
        open to one of them, a single one where the honest players cannot answer. Practicality: how the
        protocol would be left, and the play after it that is worst for who leaves it, among equilibria.
    replies : mapping from paths to action
        Immunity: what the others do where they move in a play that ends in a loss, whatever the harmed player does.
    """

    kind: Property
    values: Mapping[str, Fraction]
    honest_utilities: Mapping[str, Pair]
    harmed: str
    plays: tuple[Deviation, ...]
    replies: Mapping[tuple[str, ...], str]

    def __str__(self) -> str:
        values = (
            ", ".join(f"{name} = {exact_text(value)}" for name, value in self.values.items()) or "whatever the values"
        )
        more = f" (or {len(self.plays) - 1} more, as the others answer)" if len(self.plays) > 1 else ""
        who = {"weak immunity": " loses", "weaker immunity": " loses", "practicality": " does better"}.get(
            self.kind, ""
        )
        return f"at {values}: {self.harmed + who + ': ' if self.harmed else ''}{self.plays[0]}{more}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "values": {name: exact_text(value) for name, value in self.values.items()},
            "honest_utilities": {p: [exact_text(x) for x in pair] for p, pair in self.honest_utilities.items()},
            "harmed": self.harmed,
            "plays": [play.to_dict() for play in self.plays],
            "replies": [{"path": list(path), "action": action} for path, action in self.replies.items()],
        }


@final
@compared_by("tree", "choices", "conditions")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Strategy:
    """A joint strategy that has the property wherever its conditions hold.

    Attributes
    ----------
    tree : ProtocolTree
    choices : int array, one entry per node
        The index of the chosen child, −1 where nobody chooses.
    conditions : tuple of str
        All of them must hold, beside the constraints; none: it has the property for all values.
    """

    tree: ProtocolTree
    choices: NDArray[np.int32]
    conditions: tuple[str, ...]

    def action(self, *path: str) -> str:
        """The action at the branch that a path leads to.

        Raises
        ------
        SpecificationError
            If the tree has no such path.
        """
        return self._action(self.tree.node_at(path))

    def _action(self, node: int) -> str:
        choice = int(self.choices[node])
        return "" if choice < 0 else self.tree.label_texts[self.tree.labels[self.tree.first[node] + choice]]

    def actions(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """Path, player and action for each branch, the first moves first."""
        for node in np.flatnonzero(self.tree.owners >= 0).tolist():
            yield self.tree.path(node), self.tree.players[self.tree.owners[node]], self._action(node)

    def __repr__(self) -> str:
        count = int((self.choices >= 0).sum())
        where = f" if {' and '.join(self.conditions)}" if self.conditions else " for all values"
        return f"Strategy({count:,} choices,{where})"

    def to_dict(self) -> dict[str, Any]:
        listed = [{"path": list(path), "player": player, "action": action} for path, player, action in self.actions()]
        return {"conditions": list(self.conditions), "choices": listed}


@final
@compared_by("kind", "history", "verdict", "max_size", "blocking", "attack", "precondition")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ProtocolAnswer:
    """Whether an honest history has a property for all values that satisfy the constraints.

    Attributes
    ----------
    tree : ProtocolTree
    kind : Property
    history : str
    max_size, blocking
        Of collusion resilience; 0 and "" otherwise.
    verdict : "yes", "no" or "undecided"
    strategies : tuple of Strategy
        If yes: each has the property where its conditions hold, and some condition always holds, unless
        ``strategies_complete`` is false.
    strategies_complete : bool
    attack : Attack or None
        If no.
    precondition : tuple of tuples of str, or None
        If it was asked for: the weakest condition that is missing, exact: constraints all of which must hold, each as its
        comparisons, one of which must. Empty: nothing is missing; an empty constraint: no values have the property.
    reason : str
        Why it is undecided.
    num_comparisons : int
        Comparisons of utilities that the constraints leave open.
    """

    tree: ProtocolTree
    kind: Property
    history: str
    max_size: int = 0
    blocking: str = ""
    verdict: Literal["yes", "no", "undecided"]
    strategies: tuple[Strategy, ...] = ()
    strategies_complete: bool = True
    attack: Attack | None = None
    precondition: tuple[tuple[str, ...], ...] | None = None
    reason: str = ""
    num_comparisons: int = 0

    def __bool__(self) -> bool:
        if self.verdict == "undecided":
            raise UndecidedError(f"{self.kind} of {self.history}: {self.reason}")
        return self.verdict == "yes"

    @property
    def preconditions(self) -> tuple[str, ...] | None:
        """The weakest precondition as constraints that can be added to the tree's; ``None`` if it was not asked for.

        Where no values have the property, the constraint ``0 > 1``.
        """
        return None if self.precondition is None else tuple(" | ".join(c) or "0 > 1" for c in self.precondition)

    def __repr__(self) -> str:
        said = {"yes": "proved", "no": "refuted", "undecided": "undecided"}[self.verdict]
        group = f" against {self.max_size} at most, {self.blocking!r}" if self.blocking else ""
        more = f", {self.attack}" if self.attack is not None else f", {self.reason}" if self.reason else ""
        return f"ProtocolAnswer({said}: {self.kind}{group} of {self.history}{more})"

    def _repr_html_(self) -> str:
        return f"<p><code>{escape(repr(self))}</code></p>"

    def to_dict(self) -> dict[str, Any]:
        small = self.tree.num_nodes <= 10_000
        return {
            "property": self.kind,
            "history": self.history,
            "max_size": self.max_size,
            "blocking": self.blocking,
            "verdict": self.verdict,
            "strategies": [strategy.to_dict() for strategy in self.strategies] if small else [],
            "strategies_complete": self.strategies_complete and (small or not self.strategies),
            "attack": None if self.attack is None else self.attack.to_dict(),
            "precondition": None if self.precondition is None else [list(clause) for clause in self.precondition],
            "reason": self.reason,
            "num_comparisons": self.num_comparisons,
        }

    def to_frame(self) -> Any:
        """A pandas table of one row."""
        return ProtocolReport((self,)).to_frame()


@final
@compared_by("answers")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ProtocolReport(Sequence[ProtocolAnswer]):
    """The answers for all properties and histories that were asked about, in that order."""

    answers: tuple[ProtocolAnswer, ...]

    def __getitem__(self, index: Any) -> Any:
        return self.answers[index]

    def __len__(self) -> int:
        return len(self.answers)

    def __repr__(self) -> str:
        counts = {v: sum(a.verdict == v for a in self.answers) for v in ("yes", "no", "undecided")}
        return f"ProtocolReport({counts['yes']} proved, {counts['no']} refuted, {counts['undecided']} undecided)"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {answer!r}" for answer in self.answers)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(a.kind)}</td><td>{escape(a.history)}</td><td>{a.verdict}</td>"
            f"<td>{escape(str(a.attack or a.reason))}</td></tr>"
            for a in self.answers
        )
        return (
            "<table><thead><tr><th>property</th><th>honest history</th><th>verdict</th><th>attack</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "protocol-report", "answers": [answer.to_dict() for answer in self.answers]}

    def to_frame(self) -> Any:
        """A pandas table: property, history, verdict, attack, precondition, one row per answer."""
        rows = [
            (a.kind, a.history, a.verdict, "" if a.attack is None else str(a.attack), a.preconditions)
            for a in self.answers
        ]
        return data_frame(rows, ["property", "history", "verdict", "attack", "precondition"])
