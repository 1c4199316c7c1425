"""All strong, or coalition-proof, Nash equilibria of a two-player game in mixed strategies: no piece is missing.

:mod:`.stable_pieces` says which equilibria stay: conditions on the two payoffs of each maximal Nash subset. The evidence is the
certificate of all Nash equilibria (:class:`BimatrixCompletenessCertificate`); the pieces are recomputed from it in fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

from gametheory.certificates.completeness import BimatrixCompletenessCertificate
from gametheory.certificates.encoding import fail, game_to_check, indices_from_json
from gametheory.certificates.gains import Blocking
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.certificates.stable_pieces import (
    Deviations,
    Interval,
    Piece,
    Stability,
    payoff_rectangles,
    stable_pieces,
)
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["StableSetCertificate"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StableSetCertificate:
    """All strong, or coalition-proof, Nash equilibria of a two-player game are the listed pieces.

    Attributes
    ----------
    concept : "strong Nash" or "coalition-proof Nash"
    blocking, coordination : str
        For strong equilibria: when a coalition blocks, and how its members may deviate.
    pieces : tuple of (maximal Nash subset, interval of player 1's payoffs, of player 2's)
    nash : BimatrixCompletenessCertificate
        All Nash equilibria, with the game.
    """

    concept: Stability
    blocking: Blocking
    coordination: Deviations
    pieces: tuple[Piece, ...]
    nash: BimatrixCompletenessCertificate

    @property
    def claim(self) -> str:
        """The claim in words."""
        rule = f" under {self.blocking!r}, {self.coordination}" if self.concept == "strong Nash" else ""
        if not self.pieces:
            return f"the game has no {self.concept} equilibrium{rule}, mixed ones included"
        count = f"{len(self.pieces)} pieces" if len(self.pieces) > 1 else "one piece"
        doubt = (
            ", up to equilibria within the enclosure of an irrational payoff"
            if any(interval.doubtful is not None for piece in self.pieces for interval in piece[1:])
            else ""
        )
        return f"the {self.concept} equilibria{rule}, mixed ones included, are {count} of maximal Nash subsets{doubt}"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.nash.game_digest

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the list of all Nash equilibria, and recompute the pieces from it.

        Raises
        ------
        CertificateError
            If a Nash equilibrium may be missing, or other pieces follow.
        """
        self.nash.verify(game)
        checked = game_to_check(self.claim, self.nash.game, self.nash.stated_digest, game)
        try:
            rectangles = payoff_rectangles(checked, self.nash.strategies, self.nash.products)
            found = stable_pieces(
                checked, rectangles, concept=self.concept, blocking=self.blocking, coordination=self.coordination
            )
        except SpecificationError as error:
            fail(self.claim, str(error))
        if sorted(found) != sorted(self.pieces):
            raise CertificateError(
                f"{self.claim}: {len(found)} pieces follow from the Nash equilibria, or others; compute the set again",
                claim=self.claim,
                violation="other pieces",
            )
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "stable set",
            "concept": self.concept,
            "blocking": self.blocking,
            "coordination": self.coordination,
            "pieces": [[k, _interval_to_json(one), _interval_to_json(two)] for k, one, two in self.pieces],
            "nash": self.nash.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> StableSetCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", "concept", "blocking", "coordination", "pieces", "nash"), where="certificate")
        for key, allowed in (
            ("kind", ("stable set",)),
            ("concept", ("strong Nash", "coalition-proof Nash")),
            ("blocking", ("all", "some", "any", "transfer")),
            ("coordination", ("pure", "independent", "correlated")),
        ):
            if data[key] not in allowed:
                raise SpecificationError(
                    f"certificate.{key}: found {data[key]!r}; write one of {', '.join(map(repr, allowed))}"
                )
        if not isinstance(data["pieces"], list):
            raise SpecificationError("certificate.pieces: write a list")
        pieces = []
        for n, entry in enumerate(data["pieces"]):
            where = f"certificate.pieces[{n}]"
            if not isinstance(entry, list) or len(entry) != 3:
                raise SpecificationError(f"{where}: write [subset, interval, interval]")
            number = indices_from_json([entry[0]], where=where)[0]
            pieces.append((number, _interval_from_json(entry[1], where), _interval_from_json(entry[2], where)))
        return cls(
            concept=data["concept"],
            blocking=data["blocking"],
            coordination=data["coordination"],
            pieces=tuple(pieces),
            nash=BimatrixCompletenessCertificate.from_dict(data["nash"]),
        )

    def __repr__(self) -> str:
        return f"StableSetCertificate({self.claim})"


def _interval_to_json(interval: Interval) -> list[Any]:
    doubtful = None if interval.doubtful is None else rational_to_json(interval.doubtful)
    return [rational_to_json(interval.low), rational_to_json(interval.high), interval.open, doubtful]


def _interval_from_json(data: Any, where: str) -> Interval:
    if not isinstance(data, list) or len(data) != 4 or not isinstance(data[2], bool):
        raise SpecificationError(f"{where}: write an interval as [low, high, open, doubtful]")
    low, high = (rational_from_json(x, where=where) for x in data[:2])
    return Interval(low, high, data[2], None if data[3] is None else rational_from_json(data[3], where=where))
