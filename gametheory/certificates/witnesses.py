"""Counterexamples: a deviation that gains.

A witness against the stability of a profile σ (pure or mixed) is a coalition S with a joint deviation, a pure τ or a
distribution μ over joint actions, and its members' gains

    g_i = E_{τ∼μ} u_i(τ, σ_{−S}) − u_i(σ),        i ∈ S.

What the coalition gains follows from the blocking rule: all: min g_i; any: max g_i; transfer: Σ g_i; some: Σ g_i where
no g_i is negative. A witness decides alone: the gains are recomputed in fractions, at the profiles that occur. The game may
be one on a network (:class:`.PolymatrixGame`), whose payoffs are looked up locally.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import exact
from gametheory.certificates.compact_games import any_game_to_json, game_of_any_certificate
from gametheory.certificates.encoding import (
    Distribution,
    ExactProfile,
    action_name,
    brief,
    check_carried_game,
    describe_profile,
    exact_profile,
    fail,
    game_to_check,
    indices_from_json,
    is_distribution,
    player_name,
    profile_from_json,
    profile_to_json,
    rationals_from_json,
)
from gametheory.certificates.gains import Blocking, StatusQuo, check_gain, coalition_value
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.symmetric import SymmetricGame

__all__ = ["WitnessCertificate"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class WitnessCertificate:
    """The claim that a joint deviation brings the members of a coalition exactly ``gains``, and so at least ``gain``.

    Build one with :meth:`of`, which computes the gains.

    Attributes
    ----------
    profile : tuple
        The profile that is left, pure (indices) or mixed (tuples of fractions).
    members : tuple of int
        The coalition, in increasing order of index.
    deviation : tuple
        Pure: an action index for each member. Correlated: pairs (joint action, probability).
    gains : tuple of Fraction
        What each member gains, in units of payoff.
    blocking : "all", "some", "any" or "transfer"
        The rule that says what the coalition gains.
    gain : Fraction
        A lower bound on what the coalition gains; it blocks the profile if this is positive.
    game : NormalFormGame, PolymatrixGame or None
        The exact game; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game as read from a file, or where no game is carried.

    Examples
    --------
    Two prisoners who both defect gain by cooperating together:

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"], ["C", "D"]])
    >>> witness = WitnessCertificate.of(game, ("D", "D"), {0, 1}, ("C", "C"), blocking="all")
    >>> witness
    WitnessCertificate(from (D, D) Player 1 and Player 2 gain 2 and 2 by C, C: at least 2 under 'all')
    >>> witness.verify()
    True
    """

    profile: ExactProfile
    members: tuple[int, ...]
    deviation: tuple[int, ...] | Distribution
    gains: tuple[Fraction, ...]
    blocking: Blocking
    gain: Fraction
    game: NormalFormGame | PolymatrixGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.blocking not in ("all", "some", "any", "transfer"):
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        check_carried_game(self.game, self.stated_digest)

    @classmethod
    def of(
        cls,
        game: NormalFormGame | PolymatrixGame,
        profile: Any,
        coalition: Collection[int],
        deviation: Any,
        *,
        blocking: Blocking = "all",
        gain: Fraction | int | None = None,
    ) -> WitnessCertificate:
        """The witness that ``coalition`` gains by ``deviation`` from ``profile``; the gains are computed.

        Parameters
        ----------
        deviation : sequence or mapping
            Actions (indices or labels) of the members in increasing order of index, or a mapping from such joint
            actions to fractions.
        gain : Fraction, optional
            The lower bound that is claimed; by default all that the coalition gains.

        Raises
        ------
        SpecificationError
            If profile, coalition or deviation do not fit the game, or under "some" a member loses.
        """
        game = game.exact()
        members = tuple(sorted(map(int, coalition)))
        status_quo = exact_profile(game, profile)
        if not members or not 0 <= members[0] <= members[-1] < game.num_players:
            raise SpecificationError(f"coalition: found {members}; write players from 0 to {game.num_players - 1}")
        weighted = isinstance(deviation, Mapping)
        joint = [(_joint(game, members, a), exact(p)) for a, p in (deviation.items() if weighted else [(deviation, 1)])]
        gains = _member_gains(game, status_quo, members, joint)
        value = coalition_value(gains, blocking)
        if value is None:
            raise SpecificationError(
                "deviation: a member loses, which 'some' does not allow; use another deviation or rule"
            )
        claimed = value if gain is None else exact(gain, where="gain")
        return cls(
            status_quo, members, tuple(sorted(joint)) if weighted else joint[0][0], gains, blocking, claimed, game
        )

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        names = " and ".join(player_name(self.game, i) for i in self.members)
        gains = " and ".join(map(brief, self.gains))
        verb = "gains" if len(self.members) == 1 else "gain"
        if is_distribution(self.deviation):
            how = f"drawing one of {len(self.deviation)} joint actions"
        else:
            how = ", ".join(action_name(self.game, i, k) for i, k in zip(self.members, self.deviation, strict=False))  # type: ignore[arg-type]
        at = describe_profile(self.game, self.profile)
        return f"from {at} {names} {verb} {gains} by {how}: at least {brief(self.gain)} under {self.blocking!r}"

    def verify(self, game: Any = None) -> Literal[True]:
        """Recompute the members' gains in fractions, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If a member's gain is another, the coalition gains less than ``gain``, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            if not self.members or list(self.members) != sorted(set(self.members)):
                raise SpecificationError("the members of the coalition must be listed once each, in increasing order")
            joint: Any = self.deviation if is_distribution(self.deviation) else ((self.deviation, Fraction(1)),)
            gains = _member_gains(checked, self.profile, self.members, joint)
        except SpecificationError as error:
            fail(self.claim, str(error))
        if len(self.gains) != len(gains):
            fail(self.claim, f"{len(gains)} gains are needed, one for each member")
        for i, claimed, found in zip(self.members, self.gains, gains, strict=True):
            if claimed != found:
                fail(self.claim, f"{checked.players[i]} gains {brief(found)}, not {brief(claimed)}")
        check_gain(self.claim, gains, self.blocking, self.gain)
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "witness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else any_game_to_json(self.game),
            "profile": profile_to_json(self.profile),
            "coalition": list(self.members),
            "deviation": profile_to_json(self.deviation),
            "gains": [rational_to_json(x) for x in self.gains],
            "blocking": self.blocking,
            "gain": rational_to_json(self.gain),
        }

    @classmethod
    def from_dict(cls, data: Any) -> WitnessCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        keys = ("kind", "game_digest", "game", "profile", "coalition", "deviation", "gains", "blocking", "gain")
        game = game_of_any_certificate(data, keys, "witness")
        if isinstance(game, SymmetricGame):
            raise SpecificationError("certificate.game: among identical agents a witness is of kind 'count witness'")
        return cls(
            profile_from_json(data["profile"], ("pure", "mixed")),
            indices_from_json(data["coalition"], where="certificate.coalition"),
            profile_from_json(data["deviation"], ("pure", "correlated"), where="deviation"),
            rationals_from_json(data["gains"], "certificate.gains"),
            data["blocking"],
            rational_from_json(data["gain"], where="certificate.gain"),
            game,
            data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"WitnessCertificate({self.claim})"


def _member_gains(
    game: NormalFormGame | PolymatrixGame,
    profile: ExactProfile,
    members: tuple[int, ...],
    joint: Sequence[tuple[tuple[int, ...], Fraction]],
) -> tuple[Fraction, ...]:
    """E g_i of each member; only the profiles that occur are evaluated."""
    if members[-1] >= game.num_players:
        raise SpecificationError(f"the game has no player {members[-1]}")
    before = _payoffs(game, profile)
    if not joint or min(p for _, p in joint) < 0 or sum(p for _, p in joint) != 1 or len(dict(joint)) < len(joint):
        raise SpecificationError(
            "the deviation must be joint actions named once each, with probabilities that sum to 1"
        )
    totals = [Fraction(0)] * len(members)
    for actions, probability in joint:
        if len(actions) != len(members):
            raise SpecificationError(f"the deviation must name an action for each of the {len(members)} members")
        changed: list[Any] = list(profile)
        for i, k in zip(members, actions, strict=True):
            changed[i] = k
        after = _payoffs(game, changed)
        totals = [total + probability * (after[i] - before[i]) for total, i in zip(totals, members, strict=True)]
    return tuple(totals)


def _payoffs(game: NormalFormGame | PolymatrixGame, profile: Any) -> Sequence[Fraction]:
    if isinstance(game, PolymatrixGame):
        return list(game.expected_payoffs(profile))
    return StatusQuo(game, profile).expected_payoffs()


def _joint(game: NormalFormGame | PolymatrixGame, members: tuple[int, ...], actions: Any) -> tuple[int, ...]:
    if isinstance(actions, str) or len(actions) != len(members):
        raise SpecificationError(f"deviation: found {actions!r}; write {len(members)} actions, one for each member")
    return tuple(game.action_index(i, k) for i, k in zip(members, actions, strict=True))
