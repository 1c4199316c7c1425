"""An action that is never worth playing.

Action a of player i is dominated by a mixture x ∈ Δ(A_i) if its advantage

    Σ_b x_b u_i(b, a_{−i}) − u_i(a, a_{−i})

is at least a margin > 0 at every profile a_{−i} of the others (strictly), or never negative and positive somewhere
(weakly). A certificate decides alone: the advantage is recomputed in integers at every profile of the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact
from gametheory.certificates.encoding import (
    action_name,
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["DominanceCertificate"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class DominanceCertificate:
    """The claim that an action does worse than a mixture of the player's actions, whatever the others do.

    Attributes
    ----------
    player, action : int
        Whose action is dominated.
    mixture : tuple of Fraction, length m_player
        The mixture that dominates it.
    margin : Fraction
        Positive: the mixture is better by at least this much, everywhere (strict dominance). Zero: it is never worse
        and somewhere better (weak dominance).
    remaining : tuple of tuples of int
        For each player the actions considered of them, after earlier rounds of elimination (the player's own entry
        says nothing); empty for all.
    game : NormalFormGame or None
    stated_digest : str

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"], ["C", "D"]])
    >>> dominance = DominanceCertificate.of(game, 0, "C", [0, 1])
    >>> dominance
    DominanceCertificate(C of Player 1 is strictly dominated, by at least 1)
    >>> dominance.verify()
    True
    """

    player: int
    action: int
    mixture: tuple[Fraction, ...]
    margin: Fraction
    remaining: tuple[tuple[int, ...], ...] = ()
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.margin < 0:
            raise SpecificationError(f"margin: found {self.margin}; write a number > 0, or 0 for weak dominance")
        check_carried_game(self.game, self.stated_digest)

    @classmethod
    def of(
        cls,
        game: NormalFormGame,
        player: int | str,
        action: int | str,
        mixture: Sequence[Any],
        *,
        remaining: Sequence[Sequence[int]] = (),
    ) -> DominanceCertificate:
        """The strongest claim that ``mixture`` (exact numbers, one for each of the player's actions) supports.

        Raises
        ------
        CertificateError
            If the mixture does not dominate the action.
        """
        game = game.exact()
        i = game.player_index(player)
        weights = tuple(exact(x, where=f"mixture[{k}]") for k, x in enumerate(mixture))
        rest = tuple(tuple(map(int, actions)) for actions in remaining)
        draft = cls(i, game.action_index(i, action), weights, Fraction(0), rest, game)
        try:
            least, _ = draft._advantages(game)
        except SpecificationError as error:
            fail(draft.claim, str(error))
        result = cls(i, draft.action, weights, max(least, Fraction(0)), rest, game)
        result.verify()
        return result

    @property
    def strict(self) -> bool:
        """Whether the action is strictly dominated."""
        return self.margin > 0

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        how = f"strictly dominated, by at least {brief(self.margin)}" if self.strict else "weakly dominated"
        among = " while the others keep to the actions that remain" if self.remaining else ""
        action = action_name(self.game, self.player, self.action)
        return f"{action} of {player_name(self.game, self.player)} is {how}{among}"

    def _advantages(self, game: NormalFormGame) -> tuple[Fraction, Fraction]:
        """Least and largest advantage of the mixture over the action."""
        i, num_actions = self.player, game.num_actions
        if not 0 <= i < game.num_players or not 0 <= self.action < num_actions[i]:
            raise SpecificationError(f"the game has no action {self.action} of a player {i}")
        if len(self.mixture) != num_actions[i] or min(self.mixture) < 0 or sum(self.mixture) != 1:
            raise SpecificationError(f"the mixture must be {num_actions[i]} probabilities that sum to 1")
        rest = self.remaining or tuple(tuple(range(m)) for m in num_actions)
        if len(rest) != game.num_players or any(
            not actions or len(set(actions)) != len(actions) or not 0 <= min(actions) <= max(actions) < m
            for actions, m in zip(rest, num_actions, strict=True)
        ):
            raise SpecificationError("the actions that remain must be one or more for each player, each named once")
        scale = math.lcm(*(x.denominator for x in self.mixture))
        weights = [x.numerator * (scale // x.denominator) for x in self.mixture]
        weights[self.action] -= scale
        support = [k for k, w in enumerate(weights) if w]
        table = game.numerators[i][np.ix_(*(support if j == i else rest[j] for j in range(game.num_players)))]
        if not support:
            return Fraction(0), Fraction(0)
        # Python integers throughout: the weights' sizes have no bound known beforehand.
        total = sum(w * table.take(k, axis=i).astype(object) for k, w in enumerate(weights[k] for k in support))
        values = np.asarray(total, dtype=object).reshape(-1)
        denominator = scale * game.denominator
        return Fraction(int(values.min()), denominator), Fraction(int(values.max()), denominator)

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the mixture's advantage over the action at every profile of the others.

        Raises
        ------
        CertificateError
            If it is below the margin somewhere, the mixture is no distribution, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            least, largest = self._advantages(checked)
        except SpecificationError as error:
            fail(self.claim, str(error))
        if least < self.margin:
            fail(self.claim, f"at some profile of the others the mixture's advantage is {brief(least)} only")
        if largest <= 0:
            fail(self.claim, "the mixture is nowhere better")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "dominance",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "player": self.player,
            "action": self.action,
            "mixture": [rational_to_json(x) for x in self.mixture],
            "margin": rational_to_json(self.margin),
            "remaining": [list(actions) for actions in self.remaining],
        }

    @classmethod
    def from_dict(cls, data: Any) -> DominanceCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "player", "action", "mixture", "margin", "remaining")
        game = game_of_certificate(data, keys, "dominance")
        player, action = indices_from_json([data["player"], data["action"]], where="certificate.player, action")
        if not isinstance(data["remaining"], list):
            raise SpecificationError("certificate.remaining: write a list of lists of indices")
        return cls(
            player,
            action,
            rationals_from_json(data["mixture"], "certificate.mixture"),
            rational_from_json(data["margin"], where="certificate.margin"),
            tuple(indices_from_json(x, where=f"certificate.remaining[{k}]") for k, x in enumerate(data["remaining"])),
            game,
            data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"DominanceCertificate({self.claim})"
