r"""A cascade in a well-mixed population: the share of infected agents over time, in closed form.

Each agent meets others at random; c is the infected share. With a transmission rate β, a recovery rate γ ≥ 0 and a contact
factor κ > 0,

    dc/dt = κ β c (1 − c) − γ c = r c (1 − c / K),    r = κβ − γ,   K = r / (κβ),

so that c dies out from every start iff κβ ≤ γ and γ > 0, and else tends to the plateau K from every c(0) > 0. From c(0) to c
it takes

    t = ln[ c (K − c(0)) / (c(0) (K − c)) ] / r       (r = 0: (1/c − 1/c(0)) / (κβ)).

κ = 1 is the SIS model; κ = 1/2 that of jailbreaks that spread among agents who chat in random pairs, one asking and one
answering (Gu et al. 2024). Started with one of N, c(0) = 1/N, the time is [ln(N − 1/K) + ln(c K / (K − c))] / r; for large N
the paper writes ln N for the first logarithm, which `formula="large population"` gives.

References: X. Gu, X. Zheng, T. Pang, C. Du, Q. Liu, Y. Wang, J. Jiang and M. Lin (2024), *Agent Smith: a single image can
jailbreak one million multimodal LLM agents exponentially fast*, ICML, arXiv:2402.08567, equations 2–5; W. O. Kermack and A.
G. McKendrick (1927).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import Verdict, exact, exact_text, judge
from gametheory.certificates.encoding import brief
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.tables import data_frame

__all__ = ["WellMixedContagion", "well_mixed_share", "well_mixed_time"]

Formula = Literal["equation", "large population"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class WellMixedContagion:
    """A contagion in a well-mixed population; see the module.

    Attributes
    ----------
    transmission : Fraction
        β ≥ 0, per unit of time. Floats are taken as the rationals that they are.
    recovery : Fraction
        γ ≥ 0, per unit of time.
    contact_factor : Fraction
        κ > 0: 1 for SIS, 1/2 for chats in pairs of which one side is exposed.

    Examples
    --------
    >>> contagion = WellMixedContagion("0.6", "0.1", contact_factor="1/2")
    >>> contagion.plateau, contagion.growth_rate
    (Fraction(2, 3), Fraction(1, 5))
    >>> bool(contagion.is_extinct())
    False
    """

    transmission: Fraction
    recovery: Fraction
    contact_factor: Fraction = Fraction(1)
    from_floats: bool = False

    def __init__(self, transmission: Any, recovery: Any, *, contact_factor: Any = 1) -> None:
        given = {"transmission": transmission, "recovery": recovery, "contact_factor": contact_factor}
        for name, value in given.items():
            number = exact(value, where=name)
            if number < 0 or (name == "contact_factor" and number == 0):
                raise SpecificationError(f"{name}: found {value}; write a number {'>' if 'contact' in name else '≥'} 0")
            object.__setattr__(self, name, number)
        object.__setattr__(self, "from_floats", any(isinstance(value, float) for value in given.values()))

    @property
    def contact_rate(self) -> Fraction:
        """κβ: how many agents one infected exposes per unit of time, at first."""
        return self.contact_factor * self.transmission

    @property
    def growth_rate(self) -> Fraction:
        """r = κβ − γ: the exponential growth of a small infected share."""
        return self.contact_rate - self.recovery

    @property
    def plateau(self) -> Fraction:
        """The share in the long run from any start but 0: 1 − γ/(κβ), or 0. Where nothing ever changes it is the start's."""
        if self.contact_rate == self.recovery == 0:
            raise SpecificationError("plateau: both rates are 0, so that every share stays as it is; write a rate > 0")
        return max(Fraction(0), self.growth_rate / self.contact_rate) if self.contact_rate else Fraction(0)

    @property
    def extinction_threshold(self) -> Fraction:
        """The largest transmission rate at which it dies out: γ/κ (if γ > 0)."""
        return self.recovery / self.contact_factor

    def is_extinct(self, *, tol: float | Fraction | None = None) -> Verdict:
        """Whether the infected share tends to 0 from every start; the verdict's gain is the growth rate.

        ``tol`` allows a growth of tol times the larger rate.
        """
        question = "does the contagion die out in a well-mixed population"
        if self.recovery == 0:
            return Verdict("no", self.growth_rate, None, question)
        span = max(self.contact_rate, self.recovery)
        kind: Literal["float", "exact"] = "float" if self.from_floats else "exact"
        return judge([self.growth_rate], [span], tol=tol, arithmetic=kind, question=question)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        names = ("transmission", "recovery", "contact_factor", "growth_rate", "extinction_threshold")
        return {name: exact_text(getattr(self, name)) for name in names}

    def to_frame(self) -> Any:
        """A pandas table with one row."""
        row = [self.transmission, self.recovery, self.contact_factor, self.growth_rate]
        return data_frame([row], ["transmission", "recovery", "contact_factor", "growth_rate"])

    def __repr__(self) -> str:
        return (
            f"WellMixedContagion(exact: transmission {brief(self.transmission)}, recovery {brief(self.recovery)}, contact "
            f"factor {brief(self.contact_factor)}, growth rate {brief(self.growth_rate)})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def well_mixed_time(
    contagion: WellMixedContagion,
    share: Any,
    *,
    population: int | None = None,
    initial: Any = None,
    formula: Formula = "equation",
) -> float:
    """The time at which the infected share is ``share``.

    Parameters
    ----------
    share : number in (0, 1)
    population : int ≥ 2, optional
        Start with one infected of so many; either this or ``initial``.
    initial : number in (0, 1], optional
        Infected share at time 0.
    formula : "equation" or "large population"
        The solution of the equation itself, or with ln N for ln(N − 1/K) as printed in Gu et al. (2024); the latter with
        ``population`` only.

    Raises
    ------
    InfeasibleError
        If the share is never reached; the message names the plateau.

    Examples
    --------
    A million agents, no recovery (Gu et al. 2024): half after 27.63 rounds, and nine more for 99 %.

    >>> contagion = WellMixedContagion(1, 0, contact_factor="1/2")
    >>> [round(well_mixed_time(contagion, c, population=10**6), 4) for c in ("0.5", "0.99")]
    [27.631, 36.8213]
    """
    c, start = _share(share, "share"), _start(population, initial)
    if c == start:
        return 0.0
    a, r = contagion.contact_rate, contagion.growth_rate
    K = r / a if a else None
    limit = contagion.plateau if (a or contagion.recovery) else start
    reached = start < c < limit or limit < c < start
    if formula not in ("equation", "large population") or (formula == "large population" and population is None):
        raise SpecificationError(
            f"formula: found {formula!r}; write 'equation', or 'large population' together with population="
        )
    if not reached:
        raise InfeasibleError(
            f"the share {brief(c)} is never reached from {brief(start)}: the share tends to {brief(limit)}; ask for one "
            "between them, or raise transmission"
        )
    if r == 0:
        return float((1 / c - 1 / start) / a)
    if K is None:
        return float(_log(start / c) / -r)
    if formula == "large population" and population is not None:
        return (math.log(population) + _log(c * K / (K - c))) / float(r)
    return _log(c * (K - start) / (start * (K - c))) / float(r)


def well_mixed_share(
    contagion: WellMixedContagion, time: float, *, population: int | None = None, initial: Any = None
) -> float:
    """The infected share at a time ≥ 0, started from ``initial`` or from one of ``population``.

    Examples
    --------
    >>> contagion = WellMixedContagion(1, 0, contact_factor="1/2")
    >>> round(well_mixed_share(contagion, 27.631, population=10**6), 4)
    0.5
    """
    start = _start(population, initial)
    moment = exact(time, where="time")
    if moment < 0:
        raise SpecificationError(f"time: found {time}; write a number ≥ 0")
    a, r, t = float(contagion.contact_rate), float(contagion.growth_rate), float(moment)
    # 1/c solves a linear equation: 1/c(t) = e^{−rt} / c(0) + a (1 − e^{−rt}) / r.
    fading = a * t if r == 0 else a * -math.expm1(-r * t) / r if -r * t < 700 else math.inf
    whole = math.exp(-r * t) / float(start) if -r * t < 700 else math.inf
    return 1.0 / (whole + fading)


def _share(value: Any, where: str) -> Fraction:
    number = exact(value, where=where)
    if not 0 < number < 1:
        raise SpecificationError(f"{where}: found {value}; write a share between 0 and 1")
    return number


def _start(population: Any, initial: Any) -> Fraction:
    if (population is None) == (initial is None):
        raise SpecificationError("write either population= (one is infected at first) or initial= (a share), not both")
    if population is not None:
        if isinstance(population, bool) or not isinstance(population, int) or population < 2:
            raise SpecificationError(f"population: found {population!r}; write an integer ≥ 2")
        return Fraction(1, population)
    number = exact(initial, where="initial")
    if not 0 < number <= 1:
        raise SpecificationError(f"initial: found {initial}; write a share in (0, 1]")
    return number


def _log(value: Fraction) -> float:
    """The natural logarithm of a positive rational, of any size."""
    return (
        math.log(value.numerator) - math.log(value.denominator)
        if abs(value - 1) > Fraction(1, 2)
        else math.log1p(float(value - 1))
    )
