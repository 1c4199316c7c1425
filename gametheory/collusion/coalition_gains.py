"""What a coalition gains, as a number between two certified bounds.

The bounds are equal for every question but independent mixing under "all" and "some", whose optimum can be irrational or
out of reach, and pure plans too many to look at. Comparisons with other numbers are decided by the bounds where they can
be, and refused where they cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.coalition_bounds import CoalitionBoundCertificate
from gametheory.certificates.coalition_plans import CoalitionPlanCertificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.gains import Blocking
from gametheory.certificates.plan_witnesses import PlanWitnessCertificate
from gametheory.certificates.recommendations import Timing
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.errors import UndecidedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.protocol import Game
from gametheory.games.tables import data_frame

__all__ = ["CoalitionGain", "Coordination", "GainWitness", "joint_action_text"]

Coordination = Literal["pure", "correlated", "independent"]
JointAction = tuple[int, ...]
GainWitness = WitnessCertificate | PlanWitnessCertificate


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CoalitionGain:
    """What a coalition gains by its best joint deviation; it works as a number.

    Attributes
    ----------
    game : NormalFormGame
    coalition : frozenset of int
    lower, upper : Fraction
        Bounds on the gain, in units of payoff, as its blocking rule measures it. ``value`` is the gain where they are
        equal.
    deviation : tuple of int, tuple of tuples of Fraction, mapping, or None
        The deviation that gains ``lower``: an action for each member in increasing order of index; a mixture for each
        member; or a distribution over joint actions. At a correlated profile a mapping from what the members are told to
        any of these; told anything else, they obey. ``None`` where staying put is best.
    gains : tuple of Fraction
        What each member gains by it, in increasing order of index.
    blocking, coordination : str
        The rule, and how members randomise.
    timing : "ex_ante", "interim" or None
        When members judge; ``None`` unless the profile is correlated.
    witness : WitnessCertificate, PlanWitnessCertificate or None
        Evidence that the gain is at least ``lower``.
    certificate : DeviationCertificate, CoalitionPlanCertificate, CoalitionBoundCertificate or None
        Evidence that it is at most ``upper``; ``None`` for a margin, which the witness and a look at the table decide.
    proof : str
        Empty, unless ``upper`` is 0 by the decision procedure for real arithmetic while the certificate shows only that
        the gain is at most its ``epsilon``.
    """

    game: NormalFormGame | PolymatrixGame
    coalition: Coalition
    lower: Fraction
    upper: Fraction
    deviation: Any
    gains: tuple[Fraction, ...]
    blocking: Blocking
    coordination: Coordination
    witness: GainWitness | None
    certificate: DeviationCertificate | CoalitionPlanCertificate | CoalitionBoundCertificate | None
    timing: Timing | None = None
    proof: str = ""

    @property
    def value(self) -> Fraction:
        """The gain; UndecidedError where it is only enclosed."""
        if self.lower != self.upper:
            raise UndecidedError(
                f"{self._question()}: between {brief(self.lower)} and {brief(self.upper)}; read .lower and .upper, or raise "
                "max_cells or time_limit for closer bounds"
            )
        return self.lower

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the members."""
        return tuple(self.game.players[i] for i in sorted(self.coalition))

    def verify(self) -> Literal[True]:
        """Re-check both sides of the evidence."""
        if self.witness is not None:
            self.witness.verify()
        if self.certificate is not None:
            self.certificate.verify()
        return True

    def describe(self) -> str:
        """The deviation in words: ``"Ana: leak, Ben: leak"``, or ``"stay put"``."""
        if self.deviation is None:
            return "stay put"
        if self.timing is None:
            return self._played(self.deviation)
        return "; ".join(
            f"told ({joint_action_text(self.game, self.coalition, told)}) play {self._played(play)}"
            for told, play in self.deviation.items()
        )

    def _played(self, play: Any) -> str:
        if isinstance(play, Mapping):
            parts = (f"{exact_text(p)} of ({joint_action_text(self.game, self.coalition, a)})" for a, p in play.items())
            return " + ".join(parts)
        if all(isinstance(k, int) for k in play):
            return joint_action_text(self.game, self.coalition, play)
        return ", ".join(
            f"{self.game.players[i]}: "
            + " + ".join(f"{brief(p)} {self.game.actions[i][k]}" for k, p in enumerate(vector) if p)
            for i, vector in zip(sorted(self.coalition), play, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        data: dict[str, Any] = {
            "coalition": list(self.members),
            "gain": exact_text(self.lower),
            "deviation": self.describe(),
            "gains": {name: exact_text(x) for name, x in zip(self.members, self.gains, strict=True)},
            "blocking": self.blocking,
            "coordination": self.coordination,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }
        if self.lower != self.upper:
            data["gain"] = {"lower": exact_text(self.lower), "upper": exact_text(self.upper)}
        if self.timing is not None:
            data["timing"] = self.timing
        if self.proof:
            data["proof"] = self.proof
        return data

    def to_frame(self) -> Any:
        """A pandas table of what each member gains."""
        return data_frame(zip(self.members, self.gains, strict=True), ["player", "gain"])

    def __float__(self) -> float:
        if float(self.lower) == float(self.upper):
            return float(self.lower)
        return float(self.value)  # raises: the bounds are apart

    def __bool__(self) -> bool:
        if self.lower == self.upper:
            return self.lower != 0
        return self > 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CoalitionGain):
            return (self.lower, self.upper) == (other.lower, other.upper)
        return self.lower == self.upper == other

    def __hash__(self) -> int:
        return hash(self.lower) if self.lower == self.upper else hash((self.lower, self.upper))

    def __lt__(self, other: Any) -> bool:
        low, high = _bounds(other)
        return self._decided(other, yes=self.upper < low, no=self.lower >= high)

    def __le__(self, other: Any) -> bool:
        low, high = _bounds(other)
        return self._decided(other, yes=self.upper <= low, no=self.lower > high)

    def __gt__(self, other: Any) -> bool:
        low, high = _bounds(other)
        return self._decided(other, yes=self.lower > high, no=self.upper <= low)

    def __ge__(self, other: Any) -> bool:
        low, high = _bounds(other)
        return self._decided(other, yes=self.lower >= high, no=self.upper < low)

    def _decided(self, other: Any, *, yes: Any, no: Any) -> bool:
        if bool(yes) == bool(no):
            raise UndecidedError(
                f"{self._question()}: between {brief(self.lower)} and {brief(self.upper)}, which does not decide the "
                f"comparison with {other!r}; raise max_cells or time_limit for closer bounds"
            )
        return bool(yes)

    def _question(self) -> str:
        return f"the gain of {coalition_label(self.game, self.coalition)} under {self.blocking!r}"

    def __repr__(self) -> str:
        what = "margin" if self.certificate is None else "gain"
        label = coalition_label(self.game, self.coalition)
        number = f"{what} {brief(self.lower)}"
        if self.lower != self.upper:
            number = f"{what} {brief(self.lower)} to {brief(self.upper)}"
        when = "" if self.timing is None else f", {self.timing.replace('_', ' ')}"
        by = f" ({self.proof})" if self.proof else ""
        return f"CoalitionGain(certified: {label} has {number} under {self.blocking!r}{when}{by}: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def joint_action_text(game: Game, coalition: Coalition, joint: JointAction) -> str:
    """A joint action in words: ``"Ana: leak, Ben: leak"``."""
    return ", ".join(f"{game.players[i]}: {game.actions[i][k]}" for i, k in zip(sorted(coalition), joint, strict=True))


def _bounds(other: Any) -> tuple[Any, Any]:
    return (other.lower, other.upper) if isinstance(other, CoalitionGain) else (other, other)
