"""Which actions are rationalisable, and which are not.

A player who is rational and believes that the others are, who believe the same of each other, and so on, plays an action
that survives when actions that are no best reply to any belief about the surviving actions of the others are removed
round by round (B. D. Bernheim 1984; D. G. Pearce 1984). A belief of player i is a distribution over the others' profiles
(*correlated*), a product of a distribution for each of them (*independent*), or a single profile (*pure*).

**Kept.** Sets K_j of actions with a belief on ∏_{j≠i} K_j for each action of K_i, to which it is a best reply among all
actions of player i, hold rationalisable actions only (they are best-reply closed).
**Removed.** Action a of player i is no best reply to a belief about the sets R_j that remain if some mixture x of his
actions has Σ_b x(b) u_i(b, a_−i) > u_i(a, a_−i) for all a_−i in them. No correlated belief is then left (Pearce's lemma
3), hence no other. For independent beliefs a subdivision into products of simplices is enough, with a mixture for each
leaf that is better at the vertices of its cell (:mod:`gametheory.certificates.team_bounds` writes trees and leaves). For
pure beliefs the payoff table is looked at again.

What is neither kept nor removed is open; with correlated and pure beliefs nothing may be. Complexity: one pass over the
player's payoffs for each action, for each node of its tree. References: B. D. Bernheim (1984), *Rationalizable strategic
behavior*, and D. G. Pearce (1984), *Rationalizable strategic behavior and the problem of perfection*, Econometrica 52.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.encoding import (
    action_name,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    list_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.certificates.team_bounds import Split, leaf_bounds, team_guarantee
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Belief", "RationalisabilityCertificate", "Removal", "advantages"]

Array = NDArray[Any]
Beliefs = Literal["correlated", "independent", "pure"]
Sets = tuple[tuple[int, ...], ...]

_BELIEFS = ("correlated", "independent", "pure")
_KEYS = ("kind", "game_digest", "game", "beliefs", "rounds", "kept", "witnesses")


@final
@dataclass(frozen=True, slots=True)
class Removal:
    """An action that is no best reply to any belief about what remains in its round.

    Attributes
    ----------
    player, action : int
    splits : tuple of (position of another player, vertex, vertex) or None
        Subdivision of the others' mixtures in preorder, ``None`` for a leaf; vertices are positions in what remains.
    mixtures : tuple of tuples of Fraction
        For each leaf a mixture of the player's actions that is better than the action. Both are empty for pure beliefs.
    """

    player: int
    action: int
    splits: tuple[Split | None, ...] = ()
    mixtures: tuple[tuple[Fraction, ...], ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Belief:
    """A belief to which an action is a best reply.

    Attributes
    ----------
    player, action : int
    support : tuple of (profile of the others, Fraction)
        A pure or correlated belief; the others' actions are in the order of the players.
    vectors : tuple of tuples of Fraction
        An independent belief: a distribution over all actions of each other player.
    """

    player: int
    action: int
    support: tuple[tuple[tuple[int, ...], Fraction], ...] = ()
    vectors: tuple[tuple[Fraction, ...], ...] = ()


@final
@dataclass(frozen=True, slots=True, repr=False)
class RationalisabilityCertificate:
    """The claim that the actions ``kept`` are rationalisable and those in ``rounds`` are not.

    Attributes
    ----------
    beliefs : "correlated", "independent" or "pure"
    rounds : tuple of tuples of Removal
        The actions removed in each round, at once.
    kept : tuple of tuples of int
        Actions of each player that are rationalisable: all that remain, unless beliefs are independent.
    witnesses : tuple of Belief
        One for each action kept.
    game : NormalFormGame or None
        The exact game, or of floats for pure beliefs; without it ``verify`` needs it.
    stated_digest : str

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> better, one = ((Fraction(0), Fraction(1)),), Fraction(1)
    >>> claim = RationalisabilityCertificate(
    ...     "correlated", (tuple(Removal(i, 0, (None,), better) for i in (0, 1)),), ((1,), (1,)),
    ...     tuple(Belief(i, 1, (((1,), one),)) for i in (0, 1)), game)
    >>> claim
    RationalisabilityCertificate(with correlated beliefs the rationalisable actions are {2} × {2})
    >>> claim.verify()
    True
    """

    beliefs: Beliefs
    rounds: tuple[tuple[Removal, ...], ...]
    kept: Sets
    witnesses: tuple[Belief, ...]
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.beliefs not in _BELIEFS:
            raise SpecificationError(f"beliefs: found {self.beliefs!r}; write one of {', '.join(map(repr, _BELIEFS))}")
        check_carried_game(self.game, self.stated_digest, floats=self.beliefs == "pure")

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        sets = " × ".join(
            "{" + ", ".join(action_name(self.game, i, a) for a in own) + "}" for i, own in enumerate(self.kept)
        )
        count = sum(map(len, self.rounds))
        if self.beliefs == "independent":
            removed = "another is not" if count == 1 else f"{count} others are not"
            return f"with independent beliefs the actions {sets} are rationalisable and {removed}"
        return f"with {self.beliefs} beliefs the rationalisable actions are {sets}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check every removal in its round, and that every action kept is a best reply to its belief.

        Raises
        ------
        CertificateError
            Naming the action whose evidence fails, or if the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game, compared_only=self.beliefs == "pure")
        try:
            remaining = self._remaining(checked)
            self._check_kept(checked, remaining)
            for belief in self.witnesses:
                self._check_belief(checked, belief)
        except SpecificationError as error:
            fail(self.claim, str(error))
        return True

    def _remaining(self, game: NormalFormGame) -> Sets:
        """What remains after the rounds, each of whose removals is checked."""
        remaining: Sets = tuple(tuple(range(m)) for m in game.num_actions)
        for number, removals in enumerate(self.rounds):
            gone = {(removal.player, removal.action) for removal in removals}
            for removal in removals:
                i, a = removal.player, removal.action
                if not 0 <= i < len(remaining) or a not in remaining[i]:
                    raise SpecificationError(f"rounds[{number}]: there is no action {a} of a player {i} to remove")
                if not self._is_no_best_reply(game, removal, remaining):
                    name = f"{action_name(game, i, a)} of {player_name(game, i)}"
                    raise SpecificationError(f"rounds[{number}]: no evidence that {name} is no best reply")
            remaining = tuple(tuple(a for a in own if (i, a) not in gone) for i, own in enumerate(remaining))
            if not all(remaining):
                raise SpecificationError(f"rounds[{number}]: a player is left without actions")
        return remaining

    def _is_no_best_reply(self, game: NormalFormGame, removal: Removal, remaining: Sets) -> bool:
        if self.beliefs == "pure":
            return not bool(_best_replies(game, removal.player, remaining)[removal.action].any())
        if self.beliefs == "correlated" and removal.splits != (None,):
            raise SpecificationError("correlated beliefs are no products: one mixture for all of them is needed")
        table = advantages(game, removal.player, removal.action, remaining)
        weights = []
        for mixture in removal.mixtures:
            scale = math.lcm(*(x.denominator for x in mixture))
            weights.append([x.numerator * (scale // x.denominator) for x in mixture])
        return max(leaf_bounds(table, removal.splits, weights)) < 0

    def _check_kept(self, game: NormalFormGame, remaining: Sets) -> None:
        if len(self.kept) != game.num_players or any(
            len(set(own)) < len(own) or not set(own) <= set(left)
            for own, left in zip(self.kept, remaining, strict=True)
        ):
            raise SpecificationError("kept: write for each player actions that were not removed, each once")
        if self.beliefs != "independent" and any(
            len(own) < len(left) for own, left in zip(self.kept, remaining, strict=True)
        ):
            raise SpecificationError("kept: an action was neither removed nor kept")
        wanted = sorted((i, a) for i, own in enumerate(self.kept) for a in own)
        if sorted((belief.player, belief.action) for belief in self.witnesses) != wanted:
            raise SpecificationError("witnesses: give one belief for each action kept, and none for others")

    def _check_belief(self, game: NormalFormGame, belief: Belief) -> None:
        i, others = belief.player, [j for j in range(game.num_players) if j != belief.player]
        name = f"{action_name(game, i, belief.action)} of {player_name(game, i)}"
        everything: Sets = tuple(tuple(range(m)) for m in game.num_actions)
        if self.beliefs == "independent":
            if belief.support:
                raise SpecificationError(f"the belief for {name} must be a vector for each other player")
            allowed = len(belief.vectors) == len(others) and all(
                not p or k in self.kept[j]
                for j, vector in zip(others, belief.vectors, strict=True)
                for k, p in enumerate(vector)
            )
            worst = team_guarantee(advantages(game, i, belief.action, everything), belief.vectors)
        else:
            if belief.vectors or (self.beliefs == "pure" and len(belief.support) != 1):
                raise SpecificationError(f"the belief for {name} must be about profiles (one, if beliefs are pure)")
            allowed = all(
                len(profile) == len(others) and all(k in self.kept[j] for j, k in zip(others, profile, strict=True))
                for profile, _ in belief.support
            )
            if min((p for _, p in belief.support), default=-1) < 0 or sum(p for _, p in belief.support) != 1:
                raise SpecificationError(f"the belief for {name} is no distribution")
            worst = _least_advantage(game, belief) if allowed else Fraction(0)
        if not allowed:
            raise SpecificationError(f"the belief for {name} is about actions that are not kept")
        if worst < 0:
            raise SpecificationError(f"{name} is no best reply to its belief")

    # -- JSON ------------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "rationalisability",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "beliefs": self.beliefs,
            "rounds": [
                [
                    {
                        "player": removal.player,
                        "action": removal.action,
                        "splits": [None if split is None else list(split) for split in removal.splits],
                        "mixtures": [[rational_to_json(x) for x in row] for row in removal.mixtures],
                    }
                    for removal in removals
                ]
                for removals in self.rounds
            ],
            "kept": [list(own) for own in self.kept],
            "witnesses": [
                {
                    "player": belief.player,
                    "action": belief.action,
                    "support": [[list(profile), rational_to_json(p)] for profile, p in belief.support],
                    "vectors": [[rational_to_json(p) for p in vector] for vector in belief.vectors],
                }
                for belief in self.witnesses
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> RationalisabilityCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        game = game_of_certificate(data, _KEYS, "rationalisability")
        return cls(
            beliefs=data["beliefs"],
            rounds=tuple(
                tuple(
                    _removal(row, f"certificate.rounds[{k}][{t}]")
                    for t, row in enumerate(list_from_json(rows, f"certificate.rounds[{k}]"))
                )
                for k, rows in enumerate(list_from_json(data["rounds"], "certificate.rounds"))
            ),
            kept=tuple(
                indices_from_json(own, where=f"certificate.kept[{i}]")
                for i, own in enumerate(list_from_json(data["kept"], "certificate.kept"))
            ),
            witnesses=tuple(
                _belief(row, f"certificate.witnesses[{k}]")
                for k, row in enumerate(list_from_json(data["witnesses"], "certificate.witnesses"))
            ),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"RationalisabilityCertificate({self.claim})"


def advantages(game: NormalFormGame, player: int, action: int, remaining: Sequence[Sequence[int]]) -> RationalArray:
    """u_i(a, a_−i) − u_i(b, a_−i) for all actions b of the player and all profiles of what remains of the others.

    Shape (m_i, number of actions that remain of each other player).
    """
    if not 0 <= player < game.num_players or not 0 <= action < game.num_actions[player]:
        raise SpecificationError(f"the game has no action {action} of a player {player}")
    own = _own_payoffs(game, player, remaining)
    return RationalArray.of_integers(own[[action]] - own, game.denominator)


def _own_payoffs(game: NormalFormGame, player: int, remaining: Sequence[Sequence[int]]) -> Array:
    axes = [range(m) if j == player else remaining[j] for j, m in enumerate(game.num_actions)]
    return np.moveaxis(game.numerators[player][np.ix_(*axes)], player, 0)


def _best_replies(game: NormalFormGame, player: int, remaining: Sequence[Sequence[int]]) -> Array:
    """Which actions of the player are best replies to each profile of what remains of the others."""
    own = _own_payoffs(game, player, remaining)
    return np.asarray(own == own.max(axis=0)).astype(np.bool_)


def _least_advantage(game: NormalFormGame, belief: Belief) -> Fraction:
    """The least of the action's expected advantages over the player's actions; of a pure belief its sign only counts."""
    i, least = belief.player, Fraction(0)
    lines = []
    for profile, p in belief.support:
        index: list[Any] = list(profile)
        index.insert(i, slice(None))
        lines.append((game.numerators[i][tuple(index)], p))
    if not 0 <= belief.action < game.num_actions[i]:
        raise SpecificationError(f"the game has no action {belief.action} of a player {i}")
    for b in range(game.num_actions[i]):
        gain = sum((p * (exact(line[belief.action]) - exact(line[b])) for line, p in lines), Fraction(0))
        least = min(least, gain)
    return least


def _removal(data: Any, where: str) -> Removal:
    expect_keys(data, ("player", "action", "splits", "mixtures"), where=where)
    player, action = indices_from_json([data["player"], data["action"]], where=f"{where}.player, action")
    splits: list[Split | None] = []
    for k, row in enumerate(list_from_json(data["splits"], f"{where}.splits")):
        split = None if row is None else indices_from_json(row, where=f"{where}.splits[{k}]")
        if split is not None and len(split) != 3:
            raise SpecificationError(f"{where}.splits[{k}]: write [other player, vertex, vertex], or null")
        splits.append(None if split is None else (split[0], split[1], split[2]))
    mixtures = list_from_json(data["mixtures"], f"{where}.mixtures")
    rows = tuple(rationals_from_json(row, f"{where}.mixtures[{k}]") for k, row in enumerate(mixtures))
    return Removal(player, action, tuple(splits), rows)


def _belief(data: Any, where: str) -> Belief:
    expect_keys(data, ("player", "action", "support", "vectors"), where=where)
    player, action = indices_from_json([data["player"], data["action"]], where=f"{where}.player, action")
    support = []
    for k, pair in enumerate(list_from_json(data["support"], f"{where}.support")):
        if not isinstance(pair, list) or len(pair) != 2:
            raise SpecificationError(f"{where}.support[{k}]: write [profile of the others, probability]")
        profile = indices_from_json(pair[0], where=f"{where}.support[{k}][0]")
        support.append((profile, rational_from_json(pair[1], where=f"{where}.support[{k}][1]")))
    vectors = list_from_json(data["vectors"], f"{where}.vectors")
    rows = tuple(rationals_from_json(row, f"{where}.vectors[{k}]") for k, row in enumerate(vectors))
    return Belief(player, action, tuple(support), rows)
