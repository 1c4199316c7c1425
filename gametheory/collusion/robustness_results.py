"""How large coalitions a profile withstands amid how many faulty players, with the evidence: see :mod:`.robustness`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

from gametheory.certificates.gains import Blocking
from gametheory.certificates.robustness import RobustnessCertificate
from gametheory.collusion.coalition_gains import Coordination
from gametheory.collusion.immunity import Immunity
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["FaultyPlay", "Robustness"]

FaultyPlay = Literal["pure", "independent", "correlated"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Robustness:
    """How large coalitions a profile withstands amid how many faulty players.

    Attributes
    ----------
    immunity : Immunity
        The largest number of faulty players that can do nobody harm, and what one more can do.
    lower, upper : tuple of int
        For t = 0, …, immunity: bounds on the largest k such that the profile is (k, t)-robust. They differ only where
        mixing leaves a gain enclosed.
    witnesses : tuple of mapping or None
        For each t what blocks if k is larger: coalition, deviation, faulty players, their play, gain, certificate.
    certificates : tuple of RobustnessCertificate
        For each t, that the profile is (lower, t)-robust.
    """

    game: NormalFormGame
    immunity: Immunity
    lower: tuple[int, ...]
    upper: tuple[int, ...]
    witnesses: tuple[dict[str, Any] | None, ...]
    certificates: tuple[RobustnessCertificate, ...]
    blocking: Blocking
    coordination: Coordination
    faulty_play: FaultyPlay

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The maximal pairs (k, t) for which the profile is certainly (k, t)-robust."""
        found = list(enumerate(self.lower))
        return tuple((k, t) for t, k in found if t + 1 == len(found) or found[t + 1][1] < k)

    def verify(self) -> Literal[True]:
        """Re-check every certificate and witness."""
        for certificate in self.certificates:
            certificate.verify()
        for witness in self.witnesses:
            if witness is not None:
                witness["certificate"].verify()
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "pairs": [list(pair) for pair in self.pairs],
            "lower": list(self.lower),
            "upper": list(self.upper),
            "immunity": self.immunity.to_dict(),
            "blocking": self.blocking,
            "coordination": self.coordination,
            "faulty_play": self.faulty_play,
            "certificates": [certificate.to_dict() for certificate in self.certificates],
            "witnesses": [None if w is None else w["certificate"].to_dict() for w in self.witnesses],
        }

    def to_frame(self) -> Any:
        """A pandas table: for each number of faulty players the coalitions withstood."""
        return data_frame(
            [[t, low, high] for t, (low, high) in enumerate(zip(self.lower, self.upper, strict=True))],
            ["faulty", "resilience at least", "at most"],
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Robustness):
            return NotImplemented
        return (self.game, self.lower, self.upper) == (other.game, other.lower, other.upper)

    def __hash__(self) -> int:
        return hash((self.lower, self.upper))

    def __repr__(self) -> str:
        each = ", ".join(
            f"{low if low == high else f'{low} to {high}'} amid {t}"
            for t, (low, high) in enumerate(zip(self.lower, self.upper, strict=True))
        )
        return (
            f"Robustness(certified under {self.blocking!r}, {self.coordination}: resilience {each} faulty; immunity "
            f"{self.immunity.value})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"
