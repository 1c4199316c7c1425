"""No coalition up to a size blocks a pure profile, without a list of the coalitions.

The claim is that at a profile of an exact game no coalition of at most k players has a pure joint deviation by which it
blocks (:mod:`.gains` for the rules; under "any" and "transfer" shared randomness helps no coalition, so that the claim
covers it). The game may be

* in normal form, the profile pure: one pass over the profiles with at most k movers (:mod:`.movers`);
* by action counts, the profile a vector of counts: one pass over the other vectors (:mod:`.count_moves`);
* on a network, the profile pure or mixed: one pass over the connected sets of at most k players (:mod:`.local_moves`).

The evidence is the game itself: ``verify`` looks at all of them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.compact_games import AnyGame, any_game_to_json, game_of_any_certificate
from gametheory.certificates.count_moves import least_blocking_flow
from gametheory.certificates.encoding import (
    ExactProfile,
    check_carried_game,
    describe_profile,
    fail,
    game_to_check,
    profile_from_json,
    profile_to_json,
)
from gametheory.certificates.gains import Blocking
from gametheory.certificates.local_moves import least_blocking_set
from gametheory.certificates.movers import least_blocking_coalition
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.symmetric import SymmetricGame

__all__ = ["ResilienceCertificate", "describe_counts"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class ResilienceCertificate:
    """The claim that no coalition of at most ``size`` players blocks a profile by a pure joint deviation.

    Attributes
    ----------
    profile : tuple
        Action indices; for identical agents their counts; on a network also vectors of fractions.
    size : int
        The largest size of coalition looked at, ≥ 0.
    blocking : "all", "some", "any" or "transfer"
    game : NormalFormGame, SymmetricGame, PolymatrixGame or None
        The exact game; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game as read from a file, or where no game is carried.

    Examples
    --------
    >>> game = SymmetricGame.from_function(lambda a, others: 1 if a else 2 * (others[1] == 0), 1000, 2)
    >>> certificate = ResilienceCertificate((1000, 0), 1000, "transfer", game)
    >>> certificate
    ResilienceCertificate(where 1,000 play 1, no coalition of at most 1,000 of 1,000 players blocks under 'transfer' ...)
    >>> certificate.verify()
    True
    """

    profile: ExactProfile
    size: int
    blocking: Blocking
    game: AnyGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.blocking not in ("all", "some", "any", "transfer"):
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 0:
            raise SpecificationError(f"size: found {self.size!r}; write a whole number ≥ 0")
        check_carried_game(self.game, self.stated_digest)

    @property
    def epsilon(self) -> Fraction:
        """What a coalition can gain at most, by its rule of blocking: nothing."""
        return Fraction(0)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        if isinstance(self.game, SymmetricGame):
            at = f"where {describe_counts(self.game, self.profile)}"
        else:
            at = f"at {describe_profile(self.game, self.profile)}"
        among = "" if self.game is None else f" of {self.game.num_players:,}"
        return (
            f"{at}, no coalition of at most {self.size:,}{among} players blocks under {self.blocking!r} by a pure joint "
            "deviation"
        )

    def verify(self, game: Any = None) -> Literal[True]:
        """Look at every deviation of every such coalition again, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If a coalition blocks (the message names it), the profile is none of this game, or the game is another one.
        """
        checked: Any = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            found = self._counterexample(checked)
        except SpecificationError as error:
            fail(self.claim, str(error))
        if found:
            fail(self.claim, found)
        return True

    def _counterexample(self, game: AnyGame) -> str:
        most = min(self.size, game.num_players)
        if isinstance(game, SymmetricGame):
            flow = least_blocking_flow(game, game.counts(self.profile), self.blocking, most)  # type: ignore[arg-type]
            return "" if flow is None else "a coalition does: " + describe_flow(game, flow)
        if isinstance(game, NormalFormGame):
            found = least_blocking_coalition(game, game.action_indices(self.profile), self.blocking, most)  # type: ignore[arg-type]
        else:
            pair = least_blocking_set(game, self.profile, self.blocking, most)
            found = None if pair is None else pair[0]
        if found is None:
            return ""
        parts = zip(found.members, found.actions, strict=True)
        return "a coalition does: " + ", ".join(f"{game.players[i]}: {game.actions[i][k]}" for i, k in parts)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "resilience",
            "game_digest": self.game_digest,
            "game": None if self.game is None else any_game_to_json(self.game),
            "profile": profile_to_json(self.profile),
            "size": self.size,
            "blocking": self.blocking,
        }

    @classmethod
    def from_dict(cls, data: Any) -> ResilienceCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "profile", "size", "blocking")
        game = game_of_any_certificate(data, keys, "resilience")
        profile = profile_from_json(data["profile"], ("pure", "mixed"))
        return cls(profile, data["size"], data["blocking"], game, data["game_digest"])

    def __repr__(self) -> str:
        return f"ResilienceCertificate({self.claim})"


def describe_counts(game: SymmetricGame | None, counts: Any) -> str:
    """Counts in words: ``"998 play stay, 2 play leave"``."""
    names = game.actions if game is not None and len(game.actions) == len(counts) else None
    parts = [f"{c:,} play {names[a] if names else f'action {a}'}" for a, c in enumerate(counts) if c]
    text = ", ".join(parts) or "nobody plays"
    return text if len(text) <= 200 else text[:199] + "…"


def describe_flow(game: SymmetricGame | None, flow: Any) -> str:
    """A joint deviation of identical agents in words: ``"2 from stay to leave, 1 stays at leave"``."""

    def name(a: int) -> str:
        return game.actions[a] if game is not None and a < game.num_actions else f"action {a}"

    parts = [
        f"{k:,} from {name(a)} to {name(b)}" if a != b else f"{k:,} stay{'s' if k == 1 else ''} at {name(a)}"
        for (a, b), k in sorted(dict(flow).items())
    ]
    text = ", ".join(parts)
    return text if len(text) <= 200 else text[:199] + "…"
