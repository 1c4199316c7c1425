"""Dominated actions, and what is left when they are eliminated round by round.

Action a of player i is **strictly dominated** if a mixture x of i's actions has, against every profile a_−i of the
others,

    Σ_b x(b) u_i(b, a_−i) > u_i(a, a_−i),

and **weakly dominated** if it is never less and somewhere more. Strictly: maximise s subject to Σ_b x(b) u_i(b, a_−i) −
s ≥ u_i(a, a_−i) for all a_−i; dominated iff the optimum is positive. Weakly: with s ≥ 0 the advantage at each a_−i,
maximise their sum. By linear programming duality an action is not strictly dominated iff it is a best reply to some,
possibly correlated, belief about the others (Pearce 1984, lemma 3).

An action that is a best reply to a pure profile is never strictly dominated, and one that is the only best reply never
weakly; a pure action that dominates is found by comparing tables. Only what is left needs a linear programme, in m_i
columns and ∏_{j≠i} m_j rows.

The result of eliminating strictly dominated actions does not depend on the order; of weakly dominated ones it does:
here all of them go at once in each round.

References: D. G. Pearce (1984), Rationalizable strategic behavior and the problem of perfection, Econometrica 52; I.
Gilboa, E. Kalai and E. Zemel (1990), On the order of eliminating dominated strategies, Oper. Res. Lett. 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.dominance import DominanceCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.rows import (
    block,
    payoff_programme,
    refuse_large_programme,
    sum_to_one,
    summed,
    with_minus_one,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = [
    "DominatedAction",
    "Elimination",
    "dominance_programme",
    "dominated_actions",
    "iterated_elimination",
]

Array = NDArray[Any]
By = Literal["mixed", "pure"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DominatedAction:
    """An action that is never worth playing, and the mixture that is better.

    Attributes
    ----------
    player, action : int
        Indices in the game asked about.
    player_name, action_name : str
    mixture : tuple of Fraction, length m_player
        Dominates the action; one entry is 1 for domination by a pure action.
    margin : Fraction
        By how much it is better at least; 0 for weak dominance.
    certificate : DominanceCertificate
    """

    player: int
    action: int
    player_name: str
    action_name: str
    mixture: tuple[Fraction, ...]
    margin: Fraction
    certificate: DominanceCertificate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DominatedAction):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.player, self.action, self.mixture))

    @property
    def strict(self) -> bool:
        """Whether the mixture is better against every profile of the others."""
        return self.margin > 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "player": self.player_name,
            "action": self.action_name,
            "mixture": [str(x) for x in self.mixture],
            "margin": str(self.margin),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the mixture that is better: a row for each action in it."""
        names = self.certificate.game.actions[self.player] if self.certificate.game is not None else None
        rows = [[names[k] if names else k, weight] for k, weight in enumerate(self.mixture) if weight]
        return data_frame(rows, columns=["action", "probability"])

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.certificate.claim)} (certified)</p>"

    def __repr__(self) -> str:
        how = "strictly" if self.strict else "weakly"
        return f"DominatedAction({self.action_name} of {self.player_name}, {how}, certified)"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Elimination:
    """The rounds of an iterated elimination and the game that is left.

    Attributes
    ----------
    game : NormalFormGame
        The game asked about.
    rounds : tuple of tuples of DominatedAction
        What was eliminated in each round, by indices and with mixtures over actions of ``game``.
    remaining : tuple of tuples of int
        The actions of each player that are left.
    reduced : NormalFormGame
        The game restricted to them.
    """

    game: NormalFormGame
    rounds: tuple[tuple[DominatedAction, ...], ...]
    remaining: tuple[tuple[int, ...], ...]
    reduced: NormalFormGame

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Elimination):
            return NotImplemented
        return self.game == other.game and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.remaining, self.reduced))

    @property
    def solvable(self) -> bool:
        """Whether one profile is left."""
        return all(len(actions) == 1 for actions in self.remaining)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "rounds": [[item.to_dict() for item in items] for items in self.rounds],
            "remaining": [list(labels) for labels in self.reduced.actions],
        }

    def to_frame(self) -> Any:
        """A pandas table of what was eliminated when."""
        rows = [
            [number + 1, item.player_name, item.action_name, item.margin]
            for number, items in enumerate(self.rounds)
            for item in items
        ]
        return data_frame(rows, columns=["round", "player", "action", "margin"])

    def __repr__(self) -> str:
        left = " × ".join("{" + ", ".join(labels) + "}" for labels in self.reduced.actions)
        rounds = f"{len(self.rounds)} round{'' if len(self.rounds) == 1 else 's'}"
        return f"Elimination({rounds}, certified; left: {left})"

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li>{escape(', '.join(f'{item.action_name} of {item.player_name}' for item in items))}</li>"
            for items in self.rounds
        )
        return f"<ol>{items}</ol>{self.reduced._repr_html_()}"


def dominance_programme(
    game: NormalFormGame, *, player: int | str, action: int | str, strict: bool = True
) -> LinearProgramme:
    """The linear programme that decides dominance by mixtures; the row builder ``"dominance"``.

    Strict: maximise s subject to Σ_b x(b) u_i(b, a_−i) − s ≥ u_i(a, a_−i) for every a_−i, x ≥ 0, Σ x = 1. Weak:
    maximise Σ_{a_−i} (Σ_b x(b) u_i(b, a_−i) − u_i(a, a_−i)) subject to every term being ≥ 0. Dominated iff the optimum
    is positive.
    """
    game, i = game.exact(), game.player_index(player)
    a, m = game.action_index(i, action), game.num_actions[i]
    table = np.moveaxis(game.numerators[i], i, 0).reshape(m, -1)
    refuse_large_programme(table.size, "dominance")
    # Differences to the action's own payoff: Σ x = 1 takes it to the left-hand side.
    gains = table - table[[a]]
    others = [range(k) for j, k in enumerate(game.num_actions) if j != i]
    labels = [
        ", ".join(game.actions[j][k] for j, k in zip([j for j in range(game.num_players) if j != i], b, strict=True))
        for b in np.ndindex(*(len(r) for r in others))
    ]
    names = [f"against ({label})" for label in labels]
    columns = [f"play {label}" for label in game.actions[i]]
    total = sum_to_one(np.arange(m), game.denominator)
    arguments = {"player": i, "action": a, "strict": bool(strict)}
    if not strict:
        objective = RationalArray.of_integers(summed(gains.T), game.denominator)
        blocks = [total, block(gains.T, np.arange(m), names)]
        return payoff_programme(
            game, blocks, name="dominance", arguments=arguments, objective=objective, column_names=columns
        )
    return payoff_programme(
        game,
        [total, block(with_minus_one(gains.T, game.denominator), np.arange(m + 1), names)],
        name="dominance",
        arguments=arguments,
        objective=RationalArray.of_integers(np.append(np.zeros(m, dtype=np.int64), 1)),
        column_names=[*columns, "margin"],
        free=(m,),
    )


def dominated_actions(game: NormalFormGame, *, by: By = "mixed", strict: bool = True) -> tuple[DominatedAction, ...]:
    """All dominated actions of all players, each with the mixture that dominates it, certified.

    Parameters
    ----------
    by : "mixed" or "pure"
        Whether mixtures may dominate, or single actions only.
    strict : bool
        ``False``: weak dominance, which strict dominance implies.

    Returns
    -------
    tuple of DominatedAction
        In order of player and action; empty if there is none.

    Raises
    ------
    SpecificationError
        If ``by`` is neither of the two words.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    A mixture of T and B dominates M, no pure action does:

    >>> game = NormalFormGame.from_bimatrix(
    ...     [[3, 0], [1, 1], [0, 3]], [[0, 0], [0, 0], [0, 0]], actions=[["T", "M", "B"], ["L", "R"]])
    >>> dominated_actions(game), dominated_actions(game, by="pure")
    ((DominatedAction(M of Player 1, strictly, certified),), ())
    >>> dominated_actions(game)[0].certificate.verify()
    True
    """
    everything = tuple(tuple(range(m)) for m in game.num_actions)
    return _round(game, game.exact(), everything, by, strict)


def iterated_elimination(game: NormalFormGame, *, by: By = "mixed", strict: bool = True) -> Elimination:
    """Eliminate dominated actions of all players at once, round by round, until none is left.

    Parameters
    ----------
    by, strict
        As in :func:`dominated_actions`. With ``strict=False`` the result depends on the order of elimination; this is
        the one for simultaneous rounds.

    Returns
    -------
    Elimination
        ``.rounds`` with certificates, ``.remaining`` actions and the ``.reduced`` game.

    Raises
    ------
    SpecificationError
        If ``by`` is neither of the two words.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> dilemma = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> iterated_elimination(dilemma)
    Elimination(1 round, certified; left: {D} × {D})
    """
    exact_game = game.exact()
    remaining = tuple(tuple(range(m)) for m in game.num_actions)
    rounds = []
    while found := _round(game, exact_game, remaining, by, strict):
        rounds.append(found)
        gone = {(item.player, item.action) for item in found}
        remaining = tuple(tuple(a for a in own if (i, a) not in gone) for i, own in enumerate(remaining))
    return Elimination(game=game, rounds=tuple(rounds), remaining=remaining, reduced=_restricted(game, remaining))


def _restricted(game: NormalFormGame, remaining: Sequence[Sequence[int]]) -> NormalFormGame:
    part = game.numerators[np.ix_(range(game.num_players), *remaining)]
    tensor: Any = RationalArray.of_integers(part, game.denominator) if game.arithmetic == "exact" else part
    actions = [[game.actions[i][a] for a in own] for i, own in enumerate(remaining)]
    return NormalFormGame(tensor, game.players, actions, title=game.title)


def _round(
    game: NormalFormGame, exact_game: NormalFormGame, remaining: tuple[tuple[int, ...], ...], by: By, strict: bool
) -> tuple[DominatedAction, ...]:
    """The dominated actions among those that remain, in indices of the whole game."""
    if by not in ("mixed", "pure"):
        raise SpecificationError(f"by: found {by!r}; write 'mixed' or 'pure'")
    part = _restricted(exact_game, remaining)
    whole = part.num_actions == exact_game.num_actions
    found = []
    for i, own in enumerate(remaining):
        table = np.moveaxis(part.numerators[i], i, 0).reshape(len(own), -1)
        for position, action in enumerate(own):
            mixture = _dominating(part, table, i, position, by, strict)
            if mixture is None:
                continue
            full = [Fraction(0)] * game.num_actions[i]
            for k, weight in zip(own, mixture, strict=True):
                full[k] = weight
            certificate = DominanceCertificate.of(exact_game, i, action, full, remaining=() if whole else remaining)
            found.append(
                DominatedAction(
                    player=i,
                    action=action,
                    player_name=game.players[i],
                    action_name=game.actions[i][action],
                    mixture=tuple(full),
                    margin=certificate.margin,
                    certificate=certificate,
                )
            )
    return tuple(found)


def _dominating(
    game: NormalFormGame, table: Array, player: int, action: int, by: By, strict: bool
) -> list[Fraction] | None:
    """A mixture that dominates the action, or ``None``; ``table`` has the player's payoffs (own actions, others')."""
    gains = table - table[[action]]
    pure = (gains > 0).all(axis=1) if strict else (gains >= 0).all(axis=1) & (gains > 0).any(axis=1)
    if pure.any():
        best = int(np.argmax(pure))
        return [Fraction(int(k == best)) for k in range(len(table))]
    if by == "pure" or len(table) < 3:
        return None
    others = np.delete(gains, action, axis=0)
    # A best reply to a pure profile (strict), or the only one (weak), cannot be dominated.
    if (others <= 0).all(axis=0).any() if strict else (others < 0).all(axis=0).any():
        return None
    from gametheory.optimize.exact import solve_exact

    solution = solve_exact(dominance_programme(game, player=player, action=action, strict=strict))
    return [solution.primal[k] for k in range(len(table))] if solution.value > 0 else None
