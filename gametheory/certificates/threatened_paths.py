"""A path of play is an equilibrium outcome because deviations lead to points that sustain themselves.

Let W be a finite set of payoffs that is self-generating at δ (:mod:`.self_generation`), so that each of its points is that of a
subgame-perfect equilibrium, and P_i the least that player i has in W. A path (:mod:`.play_paths`) is the outcome of such an
equilibrium if at every position, for every player i with a one-shot gain g_i > 0 there,

    (1 − δ) g_i ≤ δ (V_i(next position) − P_i):

after i deviates the equilibrium with payoff P_i begins (D. Abreu 1988, proposition 1). This is a penal code whose
punishments may refer to each other in circles. Complexity: that of the self-generating set, and one value for each position.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic.algebraic import evaluate
from gametheory.certificates.encoding import brief, fail, player_name
from gametheory.certificates.play_paths import PlayPath, PositionPayoffs, value_polynomials
from gametheory.certificates.rationals import expect_keys
from gametheory.certificates.self_generation import SelfGenerationCertificate
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["ThreatenedPathCertificate"]

_MAX_LENGTH = 120


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class ThreatenedPathCertificate:
    """The claim that a path is a subgame-perfect equilibrium outcome, by threats of self-generating payoffs.

    Attributes
    ----------
    target : PlayPath
    threats : SelfGenerationCertificate
        At the discount factor of the claim, about its game.

    Examples
    --------
    >>> from gametheory.certificates.self_generation import SustainedPoint
    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> defect = SustainedPoint((Fraction(3), Fraction(3)), (1, 1), ((0, Fraction(1)),))
    >>> threats = SelfGenerationCertificate(game=stage, discount=Fraction(1, 7), points=(defect,))
    >>> ThreatenedPathCertificate(target=PlayPath.of([], [(0, 0)]), threats=threats).verify()
    True
    """

    target: PlayPath
    threats: SelfGenerationCertificate

    @property
    def game(self) -> NormalFormGame | None:
        """The stage game that the threats carry."""
        return self.threats.game

    @property
    def discount(self) -> Fraction:
        """The discount factor of the claim."""
        return self.threats.discount

    @property
    def game_digest(self) -> str:
        """Digest of the stage game."""
        return self.threats.game_digest

    @property
    def claim(self) -> str:
        """The claim in words."""
        return (
            f"{self.target.describe(self.game)}: the outcome of a subgame-perfect equilibrium at the discount factor "
            f"{brief(self.discount)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Re-check the threats, and every one-shot deviation from the path.

        Raises
        ------
        CertificateError
            If the threats do not sustain themselves, or a deviation pays.
        """
        self.threats.verify(game)
        stage = game.exact() if game is not None else self.threats.game
        if stage is None:
            fail(self.claim, "the certificate carries no game; pass it as verify(game)")
        flaw = self.target.flaw(stage)
        if flaw or len(self.target.positions) > _MAX_LENGTH:
            fail(self.claim, flaw or f"the path has more than {_MAX_LENGTH} positions")
        table, delta = PositionPayoffs(stage), self.discount
        for i in range(stage.num_players):
            threat = min(point.payoff[i] for point in self.threats.points)
            values, divisor = value_polynomials(table, self.target, i)
            by = evaluate(divisor, delta)
            for t, lottery in enumerate(self.target.positions):
                gain = table.gains(lottery)[i]
                follows = evaluate(values[self.target.next_position(t)], delta) / by
                if gain > 0 and (1 - delta) * gain > delta * (follows - threat):
                    fail(self.claim, f"position {t}: it pays {player_name(stage, i)} to deviate")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {"kind": "threatened path", "target": self.target.to_json(), "threats": self.threats.to_dict()}

    @classmethod
    def from_dict(cls, data: Any) -> ThreatenedPathCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", "target", "threats"), where="certificate")
        if data["kind"] != "threatened path":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'threatened path'")
        return cls(
            target=PlayPath.from_json(data["target"], where="certificate.target"),
            threats=SelfGenerationCertificate.from_dict(data["threats"]),
        )

    def __repr__(self) -> str:
        return f"ThreatenedPathCertificate({self.claim})"
