"""No equilibrium payoff of a repeated game of two players lies outside a polygon, or there is none at all.

The hull of the stage payoffs contains the payoffs of all subgame perfect equilibria (pure actions, perfect monitoring, a public
coin). From it a list of polygons leads to the last one, each proved to contain them by a sweep from the one before
(:mod:`.payoff_sweeps`). No equilibrium exists if from some polygon on no action profile can be played: whatever continuation is
promised, the gain from deviating is more than all that the polygon, and the pure minmax value, leave to be lost.

Cost: as many sweeps as polygons; usually one or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    rationals_from_json,
)
from gametheory.certificates.payoff_sweeps import Pair, ScaledStage, box, convex_hull, sweep_violation
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.self_generating import check_discount
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PayoffSetBoundCertificate"]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class PayoffSetBoundCertificate:
    """The payoffs of all subgame perfect equilibria in pure actions with a public coin lie in a polygon.

    Attributes
    ----------
    game : NormalFormGame or None
        The exact stage game, of two players.
    discount : Fraction
        Common discount factor δ, 0 ≤ δ < 1.
    polygons : tuple of tuples of points
        In the game's own units, each the hull of its points and inside the one before; the last is the claim.
    empty : bool
        The claim is that there is no equilibrium: nothing can be played with continuations in the last polygon, or in the
        hull of the stage payoffs if there is none.
    stated_digest : str
        Digest of the stage game, where the certificate carries none.

    Examples
    --------
    In a prisoner's dilemma no cooperation survives a discount factor below 1/7:

    >>> dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> defection = ((Fraction(3), Fraction(3)),)
    >>> PayoffSetBoundCertificate(game=dilemma, discount=Fraction(1, 8), polygons=(defection,)).verify()
    True
    """

    game: NormalFormGame | None
    discount: Fraction
    polygons: tuple[tuple[Pair, ...], ...]
    empty: bool = False
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
        about = f"the repeated game with discount factor {brief(self.discount)}, pure actions and a public coin"
        if self.empty:
            return f"no subgame perfect equilibrium exists in {about}"
        last = self.polygons[-1] if self.polygons else ()
        corners = ", ".join("(" + ", ".join(map(brief, point)) + ")" for point in last[:4])
        more = f" and {len(last) - 4} more" if len(last) > 4 else ""
        return f"no payoff of a subgame perfect equilibrium lies outside the hull of {corners}{more} in {about}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Make every sweep again, from the hull of the stage payoffs.

        Raises
        ------
        CertificateError
            If a sweep is not shown, or something can be played where nothing should.
        """
        stage = game_to_check(self.claim, self.game, self.stated_digest, game)
        if stage.num_players != 2:
            fail(self.claim, f"the game has {stage.num_players} players, not 2")
        if not self.polygons and not self.empty:
            fail(self.claim, "there is no polygon")
        scaled = ScaledStage.of(stage, self.discount)
        before = convex_hull(scaled.payoffs)
        for number, polygon in enumerate(self.polygons):
            if not polygon or any(len(point) != 2 for point in polygon):
                fail(self.claim, f"polygon {number} needs points with two payoffs")
            after = convex_hull([scaled.scaled(point) for point in polygon])
            found = sweep_violation(scaled, before, after)
            if found is not None and found[0] < 0:
                fail(self.claim, f"polygon {number} is not inside the one before")
            if found is not None:
                profile = divmod(found[0], stage.num_actions[1])
                fail(self.claim, f"{describe_profile(stage, profile)} may give payoffs outside polygon {number}")
            before = after
        if self.empty:
            for k, needs in enumerate(scaled.needs):
                if not scaled.is_dead(needs, *box(before)):
                    profile = divmod(k, stage.num_actions[1])
                    fail(self.claim, f"{describe_profile(stage, profile)} may be played")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "payoff set bound",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "discount": rational_to_json(self.discount),
            "polygons": [[[rational_to_json(x) for x in point] for point in polygon] for polygon in self.polygons],
            "empty": self.empty,
        }

    @classmethod
    def from_dict(cls, data: Any) -> PayoffSetBoundCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", "game", "game_digest", "discount", "polygons", "empty")
        game = game_of_certificate(data, keys, "payoff set bound")
        polygons = data["polygons"]
        if not isinstance(data["empty"], bool) or not isinstance(polygons, list):
            raise SpecificationError("certificate: empty is true or false, polygons a list")
        return cls(
            game=game,
            discount=rational_from_json(data["discount"], where="certificate.discount"),
            polygons=tuple(_polygon(polygon, f"certificate.polygons[{k}]") for k, polygon in enumerate(polygons)),
            empty=data["empty"],
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PayoffSetBoundCertificate({self.claim})"


def _polygon(data: Any, where: str) -> tuple[Pair, ...]:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: write a list of points")
    points = []
    for k, point in enumerate(data):
        values = rationals_from_json(point, f"{where}[{k}]")
        if len(values) != 2:
            raise SpecificationError(f"{where}[{k}]: found {len(values)} numbers; write two payoffs")
        points.append((values[0], values[1]))
    return tuple(points)
