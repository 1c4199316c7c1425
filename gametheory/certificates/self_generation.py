"""Payoffs that sustain themselves in a repeated game: each comes with what is played and promised.

Payoffs v ∈ ℝⁿ are discounted averages with a common factor δ, actions are seen, and a public coin is thrown before every
period. A finite set W of payoffs is **self-generating** if every v ∈ W has a pure profile a and a continuation payoff w in the
convex hull of W with

    v = (1 − δ) u(a) + δ w    and, for every player i,    (1 − δ) (max_b u_i(b, a_−i) − u_i(a)) ≤ δ (w_i − min_{w'∈W} w'_i).

Then every payoff in the hull of W is that of a subgame perfect equilibrium: at v play a, draw the next point of W with
mean w, and after player i alone deviates go to the point that is worst for i. No one-shot deviation pays, and that is
enough (one-shot-deviation principle). Checking costs a pass over the weights and n best deviations per point.

References: D. Abreu, D. Pearce and E. Stacchetti 1990, "Toward a theory of discounted repeated games with imperfect
monitoring", Econometrica 58, theorem 1; M. Cronshaw and D. Luenberger 1994, "Strongly symmetric subgame perfect
equilibria in infinitely repeated games with perfect monitoring and discounting", Games and Economic Behavior 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import (
    check_carried_game,
    describe_profile,
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
from gametheory.certificates.self_generating import (
    Lottery,
    Vector,
    check_discount,
    hull_claim,
    lottery_from_json,
    lottery_mean,
    lottery_to_json,
)
from gametheory.games.normal_form import NormalFormGame

__all__ = ["SelfGenerationCertificate", "SustainedPoint"]


@final
@dataclass(frozen=True, slots=True)
class SustainedPoint:
    """A payoff vector, what is played at it, and the lottery over points that follows if nobody deviates.

    Attributes
    ----------
    payoff : tuple of n Fractions
        Discounted average.
    profile : tuple of n int
        Actions of the first period.
    lottery : tuple of (int, Fraction)
        Numbers of points of the certificate and their probabilities; their mean is the continuation payoff.
    """

    payoff: Vector
    profile: tuple[int, ...]
    lottery: Lottery


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SelfGenerationCertificate:
    """Every payoff in the hull of these points is that of a subgame perfect equilibrium with a public coin.

    Attributes
    ----------
    game : NormalFormGame or None
        The exact stage game.
    discount : Fraction
        Common discount factor δ, 0 ≤ δ < 1.
    points : tuple of SustainedPoint
        At least one.
    stated_digest : str
        Digest of the stage game, where the certificate carries none.

    Examples
    --------
    Cooperation in a prisoner's dilemma, at the smallest discount factor that sustains it by reversion to defection:

    >>> dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> stay = [SustainedPoint((Fraction(9),) * 2, (0, 0), ((0, Fraction(1)),)),
    ...         SustainedPoint((Fraction(3),) * 2, (1, 1), ((1, Fraction(1)),))]
    >>> SelfGenerationCertificate(game=dilemma, discount=Fraction(1, 7), points=tuple(stay)).verify()
    True
    """

    game: NormalFormGame | None
    discount: Fraction
    points: tuple[SustainedPoint, ...]
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)
        check_discount(self.discount)

    @property
    def game_digest(self) -> str:
        """Digest of the stage game."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        return hull_claim([point.payoff for point in self.points], "subgame perfect", self.discount)

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every point from its profile and lottery, and every best one-shot deviation.

        Raises
        ------
        CertificateError
            If a point is not what is played and promised, or somebody gains by deviating once.
        """
        stage = game_to_check(self.claim, self.game, self.stated_digest, game)
        n, delta = stage.num_players, self.discount
        if not self.points or any(len(point.payoff) != n for point in self.points):
            fail(self.claim, f"a point has {n} payoffs, and there is at least one")
        payoffs = [point.payoff for point in self.points]
        worst = [min(payoff[i] for payoff in payoffs) for i in range(n)]
        for number, point in enumerate(self.points):
            self._check_actions(stage, number, point)
            following = lottery_mean(self.claim, number, point.lottery, payoffs)
            for i in range(n):
                stay = stage.numerators[(i, *point.profile)]
                own = stage.numerators[(i, *(slice(None) if j == i else k for j, k in enumerate(point.profile)))]
                now = Fraction(int(stay), stage.denominator)
                if point.payoff[i] != (1 - delta) * now + delta * following[i]:
                    fail(self.claim, f"point {number} is not what is played and promised there")
                gain = (1 - delta) * Fraction(int(own.max()) - int(stay), stage.denominator)
                if gain > delta * (following[i] - worst[i]):
                    fail(
                        self.claim,
                        f"at point {number}, {player_name(stage, i)} gains by deviating from "
                        f"{describe_profile(stage, point.profile)}",
                    )
        return True

    def _check_actions(self, stage: NormalFormGame, number: int, point: SustainedPoint) -> None:
        allowed = zip(point.profile, stage.num_actions, strict=False)
        if len(point.profile) != stage.num_players or not all(0 <= k < m for k, m in allowed):
            fail(self.claim, f"the profile of point {number} is none of the game")

    def continuation(self, number: int) -> Vector:
        """The continuation payoff at a point, if nobody deviates there."""
        return tuple(
            lottery_mean(self.claim, number, self.points[number].lottery, [point.payoff for point in self.points])
        )

    def punishment(self, player: int) -> int:
        """The number of the point that follows a deviation of this player alone: the worst for it, the first one."""
        return min(range(len(self.points)), key=lambda k: self.points[k].payoff[player])

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "self-generation",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "discount": rational_to_json(self.discount),
            "points": [
                {
                    "payoff": [rational_to_json(x) for x in point.payoff],
                    "profile": list(point.profile),
                    "lottery": lottery_to_json(point.lottery),
                }
                for point in self.points
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> SelfGenerationCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, ("kind", "game", "game_digest", "discount", "points"), "self-generation")
        return cls(
            game=game,
            discount=rational_from_json(data["discount"], where="certificate.discount"),
            points=tuple(
                _point_from_json(point, f"certificate.points[{k}]")
                for k, point in enumerate(list_from_json(data["points"], "certificate.points"))
            ),
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"SelfGenerationCertificate({self.claim})"


def _point_from_json(data: Any, where: str) -> SustainedPoint:
    expect_keys(data, ("payoff", "profile", "lottery"), where=where)
    return SustainedPoint(
        payoff=rationals_from_json(data["payoff"], f"{where}.payoff"),
        profile=indices_from_json(data["profile"], where=f"{where}.profile"),
        lottery=lottery_from_json(data["lottery"], f"{where}.lottery"),
    )
