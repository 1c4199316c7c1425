"""No pure Nash equilibrium is missing from a list.

A profile a of a game with any number of players is a pure Nash equilibrium iff u_i(a) = max_b u_i(b, a_{−i}) for every
player i. The payoff table itself is the evidence: every profile is looked at again. Complexity: O(n · ∏ m_i).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import game_of_certificate, game_to_check, game_to_json, indices_from_json
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PureCompletenessCertificate", "pure_equilibrium_mask"]

Array = NDArray[Any]

FEW_ACTIONS = 12
"""Up to so many actions it is faster to compare tables than to reduce along an axis as short as that."""


def pure_equilibrium_mask(numerators: Array) -> NDArray[np.bool_]:
    """Which profiles are pure Nash equilibria: booleans of shape (m_0, …, m_{n−1}) from the payoffs (n, m_0, …).

    Integers or floats: comparing floats is exact.
    """
    sizes = numerators.shape[1:]
    mask = np.ones(sizes, dtype=np.bool_)
    for i, m in enumerate(sizes):
        own = numerators[i].reshape(-1, m, math.prod(sizes[i + 1 :]))
        if m <= FEW_ACTIONS:
            best = own[:, 0]
            for b in range(1, m):
                best = np.maximum(best, own[:, b])
        else:
            best = own.max(axis=1)
        stable = mask.reshape(own.shape)  # a view
        stable &= (own == best[:, None]).astype(np.bool_, copy=False)
    return mask


@final
@dataclass(frozen=True, slots=True, repr=False)
class PureCompletenessCertificate:
    """The claim that the listed profiles are all the pure Nash equilibria of a game.

    Attributes
    ----------
    profiles : tuple of tuples of int
        In lexicographic order.
    game : NormalFormGame or None
        The game, exact or of floats; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game, as read from a file.
    """

    profiles: tuple[tuple[int, ...], ...]
    game: NormalFormGame | None = None
    stated_digest: str = ""

    @classmethod
    def of(cls, game: NormalFormGame, profiles: Iterable[Sequence[int]]) -> PureCompletenessCertificate:
        """The claim about ``game``."""
        return cls(tuple(tuple(map(int, a)) for a in profiles), game)

    @property
    def claim(self) -> str:
        """The claim in words."""
        return f"the pure Nash equilibria are the {len(self.profiles)} listed"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Look at every profile of the game again.

        Raises
        ------
        CertificateError
            If a profile is listed wrongly or is missing, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self._digest_to_check(game), game, compared_only=True)
        actual = {tuple(map(int, row)) for row in np.argwhere(pure_equilibrium_mask(checked.numerators))}
        listed = set(self.profiles)
        if len(listed) < len(self.profiles):
            self._fail("a profile is listed twice")
        for profile in sorted(listed ^ actual):
            problem = (
                "is a pure Nash equilibrium and not listed" if profile in actual else "is no pure Nash equilibrium"
            )
            self._fail(f"{list(profile)} {problem}")
        return True

    def _fail(self, violation: str) -> NoReturn:
        raise CertificateError(f"{self.claim}: {violation}", claim=self.claim, violation=violation)

    def _digest_to_check(self, game: NormalFormGame | None) -> str:
        return self.game_digest if game is not None else self.stated_digest

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "pure completeness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "profiles": [list(profile) for profile in self.profiles],
        }

    @classmethod
    def from_dict(cls, data: Any) -> PureCompletenessCertificate:
        """Read what :meth:`to_dict` wrote; malformed data raise SpecificationError."""
        game = game_of_certificate(data, ("kind", "game_digest", "game", "profiles"), "pure completeness")
        if not isinstance(data["profiles"], list):
            raise SpecificationError("certificate.profiles: write a list of action profiles")
        profiles = [
            indices_from_json(row, where=f"certificate.profiles[{k}]") for k, row in enumerate(data["profiles"])
        ]
        return cls(tuple(profiles), game, data["game_digest"])

    def __repr__(self) -> str:
        return f"PureCompletenessCertificate({self.claim})"
