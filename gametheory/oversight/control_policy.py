"""What the overseer does at each score, and what that is worth: usefulness, safety, audits.

See :mod:`.control` for the formulas. *Scaled usefulness* puts the action of least usefulness at 0 and that of most at 1
(trusted work only, untrusted work unchecked).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text, read_array
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import read_distribution
from gametheory.oversight.control import ControlGame

__all__ = ["ControlPolicy"]


@final
@compared_by("game", "exact_probabilities")
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class ControlPolicy:
    """The probabilities of the actions at each score.

    Parameters
    ----------
    game : ControlGame
    probabilities : array_like, shape (number of scores, number of actions)

    Attributes
    ----------
    exact_probabilities : RationalArray

    Raises
    ------
    SpecificationError
        A table of another shape, rows that are no distributions.

    Examples
    --------
    Audit what looks worst, accept the rest:

    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=accept_audit_defer())
    >>> policy = ControlPolicy(game, [[1, 0], [1, 0], [0, 1]])
    >>> policy
    ControlPolicy(usefulness 1, harm 2/5, 1/10 audits)
    """

    game: ControlGame
    exact_probabilities: RationalArray

    def __init__(self, game: ControlGame, probabilities: Any) -> None:
        kind, array = read_array(probabilities, where="probabilities")
        shape = (game.num_scores, len(game.actions))
        if kind == "symbolic" or tuple(array.shape) != shape:
            raise SpecificationError(
                f"probabilities: found shape {tuple(array.shape)}; write a row for each of {shape[0]} scores, with a "
                f"number for each of {shape[1]} actions"
            )
        rows = [read_distribution(array[s], where=f"probabilities[{s}]")[1].fractions() for s in range(shape[0])]
        object.__setattr__(self, "game", game)
        object.__setattr__(self, "exact_probabilities", RationalArray.from_fractions(rows))

    @property
    def probabilities(self) -> NDArray[Any]:
        """The table: fractions for an exact game, else floats."""
        table = self.exact_probabilities
        return table.fractions() if self.game.arithmetic == "exact" else table.floats()

    @property
    def usefulness(self) -> Fraction:
        """Expected usefulness of a piece of honest work."""
        return self._honest([action.usefulness for action in self.game.actions])

    @property
    def scaled_usefulness(self) -> Fraction:
        """Usefulness on the scale from the least useful action, 0, to the most useful one, 1."""
        worths = [action.usefulness for action in self.game.actions]
        low, high = min(worths), max(worths)
        return Fraction(1) if low == high else (self.usefulness - low) / (high - low)

    @property
    def audits(self) -> Fraction:
        """Expected audits per piece of honest work."""
        return self._honest([action.audits for action in self.game.actions])

    @property
    def harms(self) -> tuple[Fraction, ...]:
        """Expected harm of an attack of each type."""
        laws = self.game.attacks.fractions().tolist()
        table = self.exact_probabilities.fractions().tolist()
        return tuple(
            sum((f * _product(row, missed) for f, row in zip(law, table, strict=True)), Fraction(0))
            for law, missed in zip(laws, self.game.missed_harms(), strict=True)
        )

    @property
    def harm(self) -> Fraction:
        """Expected harm of the worst attack."""
        return max(self.harms)

    @property
    def safety(self) -> Fraction:
        """The share of the largest harm that the worst attack does not do; with equal harms the probability of stopping it."""
        return 1 - self.harm / max(self.game.harms)

    @property
    def worst_attack(self) -> str:
        """The attack type of the most harm; of equal ones the first."""
        return self.game.attack_types[self.harms.index(self.harm)]

    def on(self, game: ControlGame) -> ControlPolicy:
        """The same table in another game, for instance one whose monitor colludes."""
        return ControlPolicy(game, self.exact_probabilities)

    def _honest(self, values: list[Fraction]) -> Fraction:
        rows = zip(self.game.honest.fractions().tolist(), self.exact_probabilities.fractions().tolist(), strict=True)
        return sum((h * _product(row, values) for h, row in rows), Fraction(0))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        table = self.exact_probabilities.fractions().tolist()
        return {
            "scores": list(self.game.scores),
            "actions": [action.name for action in self.game.actions],
            "probabilities": [[exact_text(x) for x in row] for row in table],
            "usefulness": exact_text(self.usefulness),
            "safety": exact_text(self.safety),
            "harms": dict(zip(self.game.attack_types, map(exact_text, self.harms), strict=True)),
            "audits": exact_text(self.audits),
        }

    def to_frame(self) -> Any:
        """A pandas table: a row for each score, a column for each action."""
        rows = zip(self.game.scores, self.probabilities.tolist(), strict=True)
        return data_frame([(s, *row) for s, row in rows], ["score", *(action.name for action in self.game.actions)])

    def __repr__(self) -> str:
        worth, harm, audits = map(brief, (self.usefulness, self.harm, self.audits))
        return f"ControlPolicy(usefulness {worth}, harm {harm}, {audits} audits)"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(action.name)}</th>" for action in self.game.actions)
        table = self.exact_probabilities.fractions().tolist()
        rows = "".join(
            f"<tr><td>{escape(name)}</td>{''.join(f'<td>{brief(x)}</td>' for x in row)}</tr>"
            for name, row in zip(self.game.scores, table, strict=True)
        )
        return f"<table><caption>{escape(repr(self))}</caption><tr><th>score</th>{head}</tr>{rows}</table>"


def _product(row: Any, values: Any) -> Fraction:
    return sum((p * x for p, x in zip(row, values, strict=True)), Fraction(0))
