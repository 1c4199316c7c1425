"""What the search for robust correlated profiles returns: a design with its bracket, and the largest size withstood."""

from __future__ import annotations

import html
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.robust_bounds import RobustBoundCertificate
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import expected_payoffs
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import Design, number_text, plain_data

__all__ = ["LargestRobustSize", "RobustDesign"]

Array = NDArray[Any]


@final
@compared_by("design", "lower", "upper", "size", "faulty")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RobustDesign:
    """A robust correlated profile, how good it is, and how much better any other could be.

    Attributes
    ----------
    game : NormalFormGame
    design : Design
        The decision (probability of each action profile, by labels), its value, and the constraints that bind; its
        certificate covers both sides.
    exact_profile : array of Fraction, shape ``game.num_actions``
        What the certificate speaks of.
    lower, upper : Fraction
        The objective at the profile, and the bound on all robust profiles (for ``sense="min"`` the other way round). Where
        they differ the search was stopped within ``gap`` or at a limit, or the optimum is a supremum.
    size, faulty : int
        Largest coalition and largest number of faulty players.
    remark : str
        Why lower and upper differ; empty where they do not.
    """

    game: NormalFormGame
    design: Design
    exact_profile: Array
    lower: Fraction
    upper: Fraction
    size: int
    faulty: int
    remark: str = ""

    @property
    def value(self) -> Fraction | float:
        """The objective at the profile; a float for a game of floats."""
        return self.design.value

    @property
    def profile(self) -> Array:
        """The distribution, shape ``game.num_actions``: fractions for an exact game, else floats."""
        return np.asarray(self.design.profile)

    @property
    def decision(self) -> Any:
        """Probability of each action profile that is recommended, by labels."""
        return self.design.decision

    @property
    def payoffs(self) -> tuple[Fraction, ...]:
        """Expected payoffs at the profile, exactly."""
        return tuple(expected_payoffs(self.game.exact(), self.exact_profile))

    @property
    def attained(self) -> bool:
        """Whether the profile is optimal, not only close."""
        return self.design.attained

    @property
    def binding(self) -> Any:
        """Deviations with a shadow price: by how much the bound rises for each unit of gain that is put up with."""
        return self.design.binding

    @property
    def certificate(self) -> RobustBoundCertificate:
        """Evidence for the bound and for the profile."""
        found = self.design.certificate
        assert isinstance(found, RobustBoundCertificate)
        return found

    def __float__(self) -> float:
        return float(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            **self.design.to_dict(),
            "lower": plain_data(self.lower),
            "upper": plain_data(self.upper),
            "size": self.size,
            "faulty": self.faulty,
            "payoffs": plain_data(self.payoffs),
            "remark": self.remark,
        }

    def to_frame(self) -> Any:
        """A pandas table of the recommended action profiles and their probabilities."""
        return data_frame(self.design.decision.items(), ["profile", "probability"])

    def __repr__(self) -> str:
        number = number_text(self.value)
        if self.lower != self.upper:
            number = f"{number}, between {number_text(self.lower)} and {number_text(self.upper)}: {self.remark}"
        faulty = f" amid {self.faulty} faulty" if self.faulty else ""
        return f"RobustDesign({self.design.name}, coalitions of up to {self.size}{faulty}, certified: {number})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>{self.design._repr_html_()}"


@final
@compared_by("lower", "upper", "design")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LargestRobustSize:
    """The largest size of coalition that some correlated profile withstands; ``int()`` of it works.

    Attributes
    ----------
    lower, upper : int
        Equal, unless a search was stopped.
    design : RobustDesign or None
        The best profile for ``lower``; ``None`` if not even single players (amid the faulty) can be withstood.
    certificate : RobustBoundCertificate or None
        No profile withstands coalitions of ``upper + 1``; ``None`` if that is more than all players.
    """

    lower: int
    upper: int
    design: RobustDesign | None
    certificate: RobustBoundCertificate | None

    def __int__(self) -> int:
        if self.lower != self.upper:
            raise SolverError(
                f"largest_robust_size: between {self.lower} and {self.upper}; raise max_nodes or time_limit",
                status="open",
                solver="branch and bound",
                best=self.design,
            )
        return self.lower

    __index__ = __int__

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "lower": self.lower,
            "upper": self.upper,
            "design": None if self.design is None else self.design.to_dict(),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the design's action profiles and their probabilities; empty without one."""
        return data_frame([], ["profile", "probability"]) if self.design is None else self.design.to_frame()

    def __repr__(self) -> str:
        number = str(self.lower) if self.lower == self.upper else f"{self.lower} to {self.upper}"
        why = "there are no more players" if self.certificate is None else self.certificate.claim
        return f"LargestRobustSize({number}, certified: {why})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"
