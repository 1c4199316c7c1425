"""Evidence about how the worth of a coalitional game can be shared: excesses and balanced weights.

An allocation x shares v(N), Σ x_i = v(N). The excess of a coalition S ≠ N that may form is e(S, x) = v(S) − x(S), by member
it is e(S, x)/|S|. With s_S = 1, or |S| where excess counts by member:

* an allocation **bounds from above** the least largest excess ε*: every e(S, x) ≤ ε s_S;
* weights λ_S ≥ 0 with Σ λ_S s_S = 1 and Σ_{S∋i} λ_S = t for every player i **bound it from below**:
  Σ_S λ_S e(S, x) = Σ_S λ_S v(S) − t v(N) for every allocation x, so that ε* ≥ Σ λ_S v(S) − t v(N).

The core is empty iff ε* > 0; then λ/t are balanced weights with Σ (λ_S/t) v(S) > v(N) (O. Bondareva 1963; L. Shapley 1967).

Everything is recomputed in integers. Complexity: 2ⁿ excesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import brief, fail, indices_from_json
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.coalitional import CoalitionalGame, members_of
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "ExcessBy",
    "ExcessCertificate",
    "Weights",
    "check_allocation",
    "check_weights",
    "coalitional_from_json",
    "coalitional_to_json",
    "expect_kind",
    "player_sums",
    "weights_from_json",
    "weights_to_json",
]

Weights = tuple[tuple[int, Fraction], ...]
ExcessBy = Literal["coalition", "member"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ExcessCertificate:
    """Bounds on the least largest excess of a coalitional game.

    Attributes
    ----------
    game : CoalitionalGame
    excess : "coalition" or "member"
        Whether e(S, x) counts as it is or divided by the number of members.
    upper : Fraction or None
        No coalition's excess at ``allocation`` is larger.
    allocation : RationalArray, shape (n,), or None
    lower : Fraction or None
        At every allocation some excess is at least this large.
    weights : tuple of (number of the coalition, weight)
        λ, the evidence for ``lower``.

    Examples
    --------
    Three of whom any two share 1 (J. von Neumann and O. Morgenstern): the core is empty.

    >>> majority = CoalitionalGame.from_function(lambda s: int(len(s) >= 2), 3)
    >>> third = Fraction(1, 3)
    >>> proof = ExcessCertificate(game=majority, lower=third, weights=((3, third), (5, third), (6, third)))
    >>> proof.claim
    'however the 3 players share 1, some coalition falls short by at least 1/3, so that the core is empty'
    >>> proof.verify(), proof.balanced_weights()[0]
    (True, (frozenset({0, 1}), Fraction(1, 2)))
    """

    game: CoalitionalGame
    excess: ExcessBy = "coalition"
    upper: Fraction | None = None
    allocation: RationalArray | None = None
    lower: Fraction | None = None
    weights: Weights = ()

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the coalitional game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        game = self.game
        each = " a member" if self.excess == "member" else ""
        shared = f"the {game.num_players} players share {brief(game.worths[game.everyone])}"
        if self.upper is not None and self.upper == self.lower:
            return (
                f"the least by which the worst-off coalition must fall short when {shared} is {brief(self.upper)}{each}"
            )
        parts = []
        if self.lower is not None:
            empty = ", so that the core is empty" if self.lower > 0 else ""
            parts.append(f"however {shared}, some coalition falls short by at least {brief(self.lower)}{each}{empty}")
        if self.upper is not None and self.allocation is not None:
            listed = ", ".join(brief(self.allocation[i]) for i in range(min(len(self.allocation), 8)))
            more = ", …" if len(self.allocation) > 8 else ""
            core = ": it is in the core" if self.upper <= 0 and self.lower is None else ""
            parts.append(f"at ({listed}{more}) none falls short by more than {brief(self.upper)}{each}{core}")
        return "; ".join(parts) or "nothing is claimed"

    def balanced_weights(self) -> tuple[tuple[frozenset[int], Fraction], ...]:
        """Coalitions with weights that sum to 1 over those of each player, and Σ w_S v(S) > v(N) if the core is empty."""
        total = sum((w for number, w in self.weights if number & 1), Fraction(0))
        return tuple((members_of(number), w / total) for number, w in self.weights)

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the excesses and sums; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If an excess is larger than claimed, or the weights prove less.
        """
        own = self.game
        if (self.upper is None) != (self.allocation is None) or (self.upper is None and self.lower is None):
            fail(self.claim, "an upper bound needs an allocation, and one bound at least is to be claimed")
        if not own.allowed[own.everyone]:
            fail(self.claim, "all players together may not form a coalition, so that nothing is shared")
        if self.allocation is not None and self.upper is not None:
            check_allocation(self.claim, own, self.allocation)
            excesses = own.excesses(self.allocation)
            scale = excesses.denominator * self.upper.numerator
            for number in np.flatnonzero(own.allowed[:-1]).tolist():
                limit = scale * (number.bit_count() if self.excess == "member" else 1)
                if int(excesses.numerators[number]) * self.upper.denominator > limit:
                    fail(self.claim, f"the excess of {sorted(members_of(number))} is {brief(excesses[number])}")
        if self.lower is not None:
            proved = self._lower_bound()
            if proved < self.lower:
                fail(self.claim, f"the weights prove {brief(proved)} only")
        return True

    def _lower_bound(self) -> Fraction:
        own = self.game
        check_weights(self.claim, own, self.weights)
        scale = sum((w * (s.bit_count() if self.excess == "member" else 1) for s, w in self.weights), Fraction(0))
        if scale != 1:
            fail(self.claim, f"the weights sum to {brief(scale)}, not to 1")
        shares = player_sums(own.num_players, self.weights)
        if len(set(shares)) > 1:
            fail(self.claim, "the weights of the coalitions of one player sum to more than those of another")
        worths = sum((w * own.worths[s] for s, w in self.weights), Fraction(0))
        proved: Fraction = worths - shares[0] * own.worths[own.everyone]
        return proved

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "excess",
            "game": coalitional_to_json(self.game),
            "excess": self.excess,
            "upper": None if self.upper is None else rational_to_json(self.upper),
            "allocation": None if self.allocation is None else rational_array_to_json(self.allocation),
            "lower": None if self.lower is None else rational_to_json(self.lower),
            "weights": weights_to_json(self.weights),
        }

    @classmethod
    def from_dict(cls, data: Any) -> ExcessCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_kind(data, "excess", ("game", "excess", "upper", "allocation", "lower", "weights"))
        if data["excess"] not in ("coalition", "member"):
            raise SpecificationError(f"certificate.excess: found {data['excess']!r}; write 'coalition' or 'member'")
        upper, lower, allocation = data["upper"], data["lower"], data["allocation"]
        return cls(
            game=coalitional_from_json(data["game"], "certificate.game"),
            excess=data["excess"],
            upper=None if upper is None else rational_from_json(upper, where="certificate.upper"),
            allocation=None
            if allocation is None
            else rational_array_from_json(allocation, where="certificate.allocation"),
            lower=None if lower is None else rational_from_json(lower, where="certificate.lower"),
            weights=weights_from_json(data["weights"], "certificate.weights"),
        )

    def __repr__(self) -> str:
        return f"ExcessCertificate({self.claim})"


def check_allocation(claim: str, game: CoalitionalGame, allocation: RationalArray) -> None:
    """Refuse what does not share the worth of all players."""
    if allocation.shape != (game.num_players,):
        fail(claim, f"the allocation has shape {allocation.shape}")
    total = sum((allocation[i] for i in range(game.num_players)), Fraction(0))
    if not game.allowed[game.everyone] or total != game.worths[game.everyone]:
        fail(claim, f"the allocation shares {brief(total)}, not the worth of all players")


def check_weights(claim: str, game: CoalitionalGame, weights: Weights) -> None:
    """Refuse weights below 0, and weights of coalitions that may not form, of all players or named twice."""
    if len(dict(weights)) < len(weights):
        fail(claim, "a coalition is named twice")
    for number, weight in weights:
        if not 0 < number < game.everyone or not game.allowed[number]:
            fail(claim, f"coalition {number} is none that may form, or all players")
        if weight < 0:
            fail(claim, f"the weight of {sorted(members_of(number))} is negative")


def player_sums(num_players: int, weights: Weights) -> list[Fraction]:
    """For each player the sum of the weights of the coalitions that hold it."""
    return [sum((w for number, w in weights if number >> i & 1), Fraction(0)) for i in range(num_players)]


# -- JSON ----------------------------------------------------------------------------------------------------------


def coalitional_to_json(game: CoalitionalGame) -> dict[str, Any]:
    """A coalitional game as JSON data; no claim depends on the players' names."""
    allowed = None if game.is_unrestricted else np.flatnonzero(game.allowed).tolist()
    return {"worths": rational_array_to_json(game.worths), "allowed": allowed}


def coalitional_from_json(data: Any, where: str) -> CoalitionalGame:
    """Read what :func:`coalitional_to_json` wrote."""
    expect_keys(data, ("worths", "allowed"), where=where)
    worths = rational_array_from_json(data["worths"], where=f"{where}.worths")
    allowed = data["allowed"]
    if allowed is None:
        return CoalitionalGame(worths)
    numbers = indices_from_json(allowed, where=f"{where}.allowed")
    if any(not 0 < number < len(worths) for number in numbers):
        raise SpecificationError(f"{where}.allowed: write numbers of coalitions from 1 to {len(worths) - 1}")
    return CoalitionalGame(worths, allowed=[members_of(number) for number in numbers])


def expect_kind(data: Any, kind: str, keys: tuple[str, ...]) -> None:
    """Refuse other keys, and a certificate of another kind."""
    expect_keys(data, ("kind", *keys), where="certificate")
    if data["kind"] != kind:
        raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write {kind!r}")


def weights_to_json(weights: Weights) -> list[list[Any]]:
    """Pairs of a coalition's number and its weight."""
    return [[number, rational_to_json(w)] for number, w in weights]


def weights_from_json(data: Any, where: str) -> Weights:
    """Read what :func:`weights_to_json` wrote."""
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: write a list of pairs [number, weight]")
    result = []
    for k, entry in enumerate(data):
        if not isinstance(entry, list) or len(entry) != 2:
            raise SpecificationError(f"{where}[{k}]: write a pair [number, weight]")
        number = indices_from_json([entry[0]], where=f"{where}[{k}][0]")[0]
        result.append((number, rational_from_json(entry[1], where=f"{where}[{k}][1]")))
    return tuple(result)
