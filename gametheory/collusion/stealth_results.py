"""What stealth achieves: :class:`StealthValue`, a number between two rationals with its law and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.divergence_balls import BallDivergence
from gametheory.certificates.elementary import Unit
from gametheory.certificates.stealth import StealthCertificate
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["StealthValue"]


@final
@compared_by(
    "concept", "exact_lower", "exact_upper", "exact_distribution", "divergence", "unit", "exact_budget", "rounds"
)
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StealthValue:
    """What is achieved per round within a budget of detectability, between two rationals.

    Attributes
    ----------
    concept : "team value" or "harm"
    exact_lower, exact_upper : Fraction
        ``exact_distribution`` achieves the first; nothing within the budget achieves more than the second.
    exact_honest_value : Fraction
        What honest play achieves.
    exact_distribution : RationalArray, shape of the joint actions
        Of the team's members in player order, or of all players.
    exact_honest : RationalArray, the same shape
    exact_adversary_strategy : RationalArray or None
        The adversary's mix against which nothing stealthy achieves more than ``exact_upper``.
    shadow_price : float
        What one more unit of the budget adds, to first order; infinite at a budget of 0.
    divergence, unit, exact_budget : str, str or None, Fraction
        The budget of all rounds together.
    rounds : int
    stopped : "gap", "rounds" or "time"
        What ended the search.
    certificate : StealthCertificate
    arithmetic : "exact" or "float"
    """

    concept: Literal["team value", "harm"]
    exact_lower: Fraction
    exact_upper: Fraction
    exact_honest_value: Fraction
    exact_distribution: RationalArray
    exact_honest: RationalArray
    exact_adversary_strategy: RationalArray | None
    shadow_price: float
    divergence: BallDivergence
    unit: Unit | None
    exact_budget: Fraction
    rounds: int
    stopped: Literal["gap", "rounds", "time"]
    certificate: StealthCertificate
    arithmetic: Literal["exact", "float"]

    @property
    def lower(self) -> float:
        return float(self.exact_lower)

    @property
    def upper(self) -> float:
        return float(self.exact_upper)

    @property
    def gain(self) -> float:
        """What stealth adds to honest play, per round."""
        return float(self.exact_lower - self.exact_honest_value)

    @property
    def total_gain(self) -> float:
        """What it adds over all rounds."""
        return float(self.rounds * (self.exact_lower - self.exact_honest_value))

    @property
    def distribution(self) -> NDArray[Any]:
        """The law found: fractions for exact data, else floats."""
        found = self.exact_distribution
        return found.fractions() if self.arithmetic == "exact" else found.floats()

    def __float__(self) -> float:
        return self.lower

    def verify(self) -> Literal[True]:
        """Re-check both bounds in rationals; :class:`~gametheory.errors.CertificateError` if one does not hold."""
        return self.certificate.verify()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "concept": self.concept,
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "honest_value": exact_text(self.exact_honest_value),
            "divergence": self.divergence,
            "unit": self.unit,
            "budget": exact_text(self.exact_budget),
            "rounds": self.rounds,
            "shadow_price": "infinite" if self.shadow_price == float("inf") else self.shadow_price,
            "stopped": self.stopped,
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the joint actions: their probability when honest, and under stealth."""
        names = self.certificate.programme.column_names
        columns = (self.exact_honest.floats().reshape(-1), self.exact_distribution.floats().reshape(-1))
        return data_frame(zip(names, *(x.tolist() for x in columns), strict=False), ["play", "honest", "stealthy"])

    def __repr__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        over = f" over {self.rounds} rounds" if self.rounds > 1 else ""
        closed = "" if self.stopped == "gap" else ", search ended early"
        found = exact_text(self.exact_lower) if self.exact_lower == self.exact_upper else f"{self.lower:.10g}"
        within = "" if self.exact_lower == self.exact_upper else f" (gap {self.upper - self.lower:.1g}{closed})"
        return (
            f"StealthValue(certified: {self.concept} {found}{within}, honest {float(self.exact_honest_value):.6g}, "
            f"{self.divergence} ≤ {float(self.exact_budget):g}{unit}{over}, shadow price {self.shadow_price:.6g})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"
