"""Payoffs that sustain themselves under noisy public monitoring: each comes with what is played and promised.

After the profile a everybody sees a public signal y ~ π(· | a), and a public coin is thrown before every period. A finite set
W of payoffs is **self-generating** if every v ∈ W has a pure profile a and continuations w(y) in the convex hull of W with

    v = (1 − δ) u(a) + δ Σ_y π(y | a) w(y)    and for every player i and action b, with a' = (b, a_−i),
    (1 − δ)(u_i(a') − u_i(a))  ≤  δ Σ_y (π(y | a) − π(y | a')) w_i(y).

Then every payoff in the hull of W is that of a perfect public equilibrium. A lottery is given for every signal that the
profile, or a deviation of one player from it, can cause.

Reference: D. Abreu, D. Pearce and E. Stacchetti 1990, "Toward a theory of discounted repeated games with imperfect
monitoring", Econometrica 58, theorem 1. Complexity: a pass over the weights and one over the deviations, in fractions.
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
from gametheory.certificates.payoff_cuts import StageAndSignals, monitoring_from_json, monitoring_to_json
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.certificates.self_generating import (
    Lottery,
    Vector,
    check_discount,
    hull_claim,
    lottery_from_json,
    lottery_mean,
    lottery_to_json,
    numbered_from_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PublicPoint", "PublicSelfGenerationCertificate"]


@final
@dataclass(frozen=True, slots=True)
class PublicPoint:
    """A payoff vector, what is played at it, and the lottery over points that follows each signal.

    Attributes
    ----------
    payoff : tuple of n Fractions
    profile : tuple of n int
    lotteries : tuple of (signal, tuple of (number of a point, probability))
    """

    payoff: Vector
    profile: tuple[int, ...]
    lotteries: tuple[tuple[int, Lottery], ...]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PublicSelfGenerationCertificate:
    """Every payoff in the hull of these points is that of a perfect public equilibrium with a public coin.

    Attributes
    ----------
    game : NormalFormGame or None
        The exact stage game.
    discount : Fraction
        0 ≤ δ < 1.
    monitoring : Monitoring
        Exact.
    points : tuple of PublicPoint
        At least one.
    stated_digest : str
        Digest of the stage game, where the certificate carries none.

    Examples
    --------
    An alarm that only defection sets off sustains cooperation like seeing it:

    >>> dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> alarm = Monitoring.alarm(dilemma, (0, 0), detection_rate=1, false_alarm_rate=0)
    >>> one = Fraction(1)
    >>> points = (PublicPoint((Fraction(9),) * 2, (0, 0), ((0, ((0, one),)), (1, ((1, one),)))),
    ...           PublicPoint((Fraction(3),) * 2, (1, 1), ((1, ((1, one),)),)))
    >>> PublicSelfGenerationCertificate(
    ...     game=dilemma, discount=Fraction(1, 7), monitoring=alarm, points=points).verify()
    True
    """

    game: NormalFormGame | None
    discount: Fraction
    monitoring: Monitoring
    points: tuple[PublicPoint, ...]
    stated_digest: str = ""

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)
        check_discount(self.discount)
        if self.monitoring.arithmetic != "exact":
            raise SpecificationError("monitoring: found floats; pass monitoring.exact()")

    @property
    def game_digest(self) -> str:
        """Digest of the stage game."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        return hull_claim([point.payoff for point in self.points], "perfect public", self.discount)

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every point from its profile and lotteries, and every one-shot deviation.

        Raises
        ------
        CertificateError
            If a point is not what is played and promised, or somebody gains by deviating once.
        """
        stage = game_to_check(self.claim, self.game, self.stated_digest, game)
        if self.monitoring.num_actions != stage.num_actions:
            fail(self.claim, "the signals are those of a game with other numbers of actions")
        model, delta, n = StageAndSignals(stage, self.monitoring, self.discount), self.discount, stage.num_players
        if not self.points or any(len(point.payoff) != n for point in self.points):
            fail(self.claim, f"a point has {n} payoffs, and there is at least one")
        payoffs = [point.payoff for point in self.points]
        numbers = {model.profile(a): a for a in range(model.num_profiles)}
        for number, point in enumerate(self.points):
            if point.profile not in numbers:
                fail(self.claim, f"the profile of point {number} is none of the game")
            a = numbers[point.profile]
            following = {y: lottery_mean(self.claim, number, lottery, payoffs) for y, lottery in point.lotteries}
            signals = model.signals(a)
            if len(following) != len(point.lotteries) or set(following) != set(signals):
                fail(self.claim, f"point {number} needs one lottery for each signal that it or a deviation can cause")
            for i in range(n):
                later = sum((p * following[y][i] for y, p in signals.items()), Fraction(0))
                if point.payoff[i] != (1 - delta) * model.payoffs[a][i] + delta * later:
                    fail(self.claim, f"point {number} is not what is played and promised there")
            for i, _, coefficients, gain in model.deviations(a):
                lost = sum((x * following[y][i] for y, x in coefficients.items()), Fraction(0))
                if (1 - delta) * gain > lost:
                    where = f"at point {number}, {player_name(stage, i)} gains by deviating from "
                    fail(self.claim, where + describe_profile(stage, point.profile))
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "public self-generation",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "discount": rational_to_json(self.discount),
            "monitoring": monitoring_to_json(self.monitoring),
            "points": [
                {
                    "payoff": [rational_to_json(x) for x in point.payoff],
                    "profile": list(point.profile),
                    "lotteries": [[y, lottery_to_json(lottery)] for y, lottery in point.lotteries],
                }
                for point in self.points
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> PublicSelfGenerationCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", "game", "game_digest", "discount", "monitoring", "points")
        game = game_of_certificate(data, keys, "public self-generation")
        return cls(
            game=game,
            discount=rational_from_json(data["discount"], where="certificate.discount"),
            monitoring=monitoring_from_json(data["monitoring"]),
            points=tuple(
                _point(point, f"certificate.points[{k}]")
                for k, point in enumerate(list_from_json(data["points"], "certificate.points"))
            ),
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PublicSelfGenerationCertificate({self.claim})"


def _point(data: Any, where: str) -> PublicPoint:
    expect_keys(data, ("payoff", "profile", "lotteries"), where=where)
    return PublicPoint(
        payoff=rationals_from_json(data["payoff"], f"{where}.payoff"),
        profile=indices_from_json(data["profile"], where=f"{where}.profile"),
        lotteries=tuple(
            (y, lottery_from_json(lottery, f"{where}.lotteries"))
            for y, lottery in numbered_from_json(data["lotteries"], f"{where}.lotteries")
        ),
    )
