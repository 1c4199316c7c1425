"""Cartels under an authority: convictions, fines, leniency, and the cheapest programme that ends collusion.

An authority convicts a cartel with probability ρ in a period in which it colludes or a member deviates, and each of n
members pays the fine F_i. A firm that reports the cartel pays the share r of its fine: r = 1 is no leniency, 0 immunity,
r < 0 a reward. A deviator reports iff r < ρ, so that with m = min(r, ρ) the payoffs per period become

    C = π_C − ρF,     D = π_D − mF,     N = π_N − φF,

φ the probability that a competing firm is convicted falsely. If conviction ends the cartel, it goes on with probability
1 − ρ only. The authority is thus a transform of a :class:`~gametheory.collusion.cartels.Cartel`, whose critical discount is

    δ* = (D − C)/(D − N) = (π_D − π_C + (ρ − m)F) / (π_D − π_N − (m − φ)F),      divided by 1 − ρ if conviction ends it.

Leniency *after* an investigation has begun (probability α per period, proof with probability p, reduced fine R for those
who then reveal) works on what members do once investigated:

* ``"silent"`` members pay pF on average. A deviator reveals if R < pF, and so may a member that is being investigated, which
  ends the cartel: two temptations.
* members who ``"reveal"`` pay R and are all convicted. For R < pF that is cheaper than silence without a programme, so that
  the programme makes collusion *easier* (the price of better prosecution).

Signs, where C > N: δ* rises in ρ and F (φ = 0), rises as r falls below ρ, and falls in φ: false convictions help colluders.

References: M. Motta and M. Polo 2003, "Leniency programs and cartel prosecution", International Journal of Industrial
Organization 21; G. Spagnolo 2004, "Divide et impera: optimal leniency programs", CEPR 4840 (rewards); J. Harrington 2008,
"Optimal corporate leniency programs", Journal of Industrial Economics 56.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact, exact_text
from gametheory.collusion.cartels import Cartel, CartelDiscount, MemberThreshold, deviation_threshold
from gametheory.errors import SpecificationError

__all__ = [
    "Authority",
    "Investigation",
    "cartel_discount_under",
    "cartel_under",
]

Leniency = Literal["none", "immunity", "others' fines"]
Conduct = Literal["silent", "reveal"]


@final
@dataclass(frozen=True, slots=True)
class Investigation:
    """Leniency for those who reveal the cartel once they are being investigated.

    Attributes
    ----------
    probability : Fraction
        α: the cartel is investigated in a period, 0 to 1.
    proof : Fraction
        p: an investigation of silent members ends in conviction, 0 to 1.
    reduced_fine : Fraction
        R: what a member pays who reveals, between 0 and the fine.
    """

    probability: Fraction
    proof: Fraction
    reduced_fine: Fraction

    def __post_init__(self) -> None:
        for name in ("probability", "proof"):
            object.__setattr__(self, name, _share(getattr(self, name), f"investigation.{name}"))
        object.__setattr__(self, "reduced_fine", _not_negative(self.reduced_fine, "investigation.reduced_fine"))


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class Authority:
    """What an authority commits to against cartels.

    Parameters
    ----------
    conviction_rate : number in [0, 1], optional
        ρ, probability per period that a colluding cartel is convicted. Left out where an investigation is given.
    fine : number ≥ 0, or one per member
        F, in units of payoff.
    leniency : "none", "immunity", "others' fines", or a number ≤ 1
        What a firm that reports pays, as a share of its fine; "others' fines" rewards it with those of all other members.
    reward : number ≥ 0
        What a reporter earns besides, whatever the fines.
    false_conviction_rate : number in [0, 1]
        φ, probability per period that a competing firm is convicted.
    conviction_ends_cartel : bool
        Whether members compete for ever after a conviction.
    investigation : Investigation, optional
        Leniency after an investigation has begun; it takes the place of ``conviction_rate`` and goes with leniency "none".

    Raises
    ------
    SpecificationError
        A number out of its range, or an investigation beside a conviction rate or a share that the reporter pays.

    Examples
    --------
    >>> Authority(conviction_rate="1/10", fine=1, leniency="immunity")
    Authority(convicts with probability 1/10, fine 1, leniency: immunity)
    """

    conviction_rate: Fraction
    fine: Fraction | tuple[Fraction, ...]
    leniency: Leniency | Fraction
    reward: Fraction
    false_conviction_rate: Fraction
    conviction_ends_cartel: bool
    investigation: Investigation | None

    def __init__(
        self,
        *,
        conviction_rate: Any = None,
        fine: Any,
        leniency: Any = "none",
        reward: Any = 0,
        false_conviction_rate: Any = 0,
        conviction_ends_cartel: bool = False,
        investigation: Investigation | None = None,
    ) -> None:
        if investigation is not None:
            if conviction_rate is not None:
                raise SpecificationError(
                    "conviction_rate: an investigation has its own probabilities of being opened and of ending in "
                    "conviction; leave this out"
                )
            if leniency != "none":
                raise SpecificationError(
                    f"leniency: found {leniency!r} beside an investigation, whose reduced_fine says what a reporter pays; "
                    "leave this out"
                )
            conviction_rate = investigation.probability * investigation.proof
        elif conviction_rate is None:
            raise SpecificationError(
                "conviction_rate: missing; write the probability that a colluding cartel is convicted"
            )
        object.__setattr__(self, "conviction_rate", _share(conviction_rate, "conviction_rate"))
        if isinstance(fine, str) or not hasattr(fine, "__len__"):
            fines: Any = _not_negative(fine, "fine")
        else:
            fines = tuple(_not_negative(x, f"fine[{i}]") for i, x in enumerate(fine))
        object.__setattr__(self, "fine", fines)
        if leniency not in ("none", "immunity", "others' fines"):
            if isinstance(leniency, str) and not any(ch.isdigit() for ch in leniency):
                raise SpecificationError(
                    f'leniency: found {leniency!r}; write "none", "immunity", "others\' fines", or the share of its fine '
                    "that a reporter pays (below 0: a reward)"
                )
            leniency = exact(leniency, where="leniency")
            if leniency > 1:
                raise SpecificationError(f"leniency: found {leniency}; a reporter pays at most its fine, a share of 1")
        object.__setattr__(self, "leniency", leniency)
        object.__setattr__(self, "reward", _not_negative(reward, "reward"))
        if self.reward and (investigation is not None or leniency == "none"):
            raise SpecificationError(
                f"reward: found {reward} without leniency for reporters; write leniency='immunity' beside it"
            )
        object.__setattr__(self, "false_conviction_rate", _share(false_conviction_rate, "false_conviction_rate"))
        if not isinstance(conviction_ends_cartel, bool):
            raise SpecificationError(f"conviction_ends_cartel: found {conviction_ends_cartel!r}; write True or False")
        object.__setattr__(self, "conviction_ends_cartel", conviction_ends_cartel)
        if investigation is not None and not isinstance(investigation, Investigation):
            raise SpecificationError(
                f"investigation: found {type(investigation).__name__}; give an Investigation(probability, proof, reduced_fine)"
            )
        object.__setattr__(self, "investigation", investigation)

    def fines(self, size: int) -> tuple[Fraction, ...]:
        """The fine of each of ``size`` members."""
        if isinstance(self.fine, Fraction):
            return (self.fine,) * size
        if len(self.fine) != size:
            raise SpecificationError(
                f"fine: found {len(self.fine)} fines, expected {size}, one per member, or one for all"
            )
        return self.fine

    def reporter_pays(self, size: int) -> tuple[Fraction, ...]:
        """What a member pays who reports the cartel; below 0 if it is rewarded."""
        fines = self.fines(size)
        if self.leniency == "others' fines":
            return tuple(x - sum(fines) - self.reward for x in fines)
        return tuple(self.pay_per_fine(size) * x - self.reward for x in fines)

    def pay_per_fine(self, size: int) -> Fraction:
        """How much more a reporter pays when all fines rise by one unit."""
        if isinstance(self.leniency, Fraction):
            return self.leniency
        return Fraction({"none": 1, "immunity": 0, "others' fines": 1 - size}[self.leniency])

    def __repr__(self) -> str:
        fine = self.fine if isinstance(self.fine, tuple) else (self.fine,)
        shown = [f"fine {', '.join(map(exact_text, fine))}"]
        if self.investigation is None:
            shown.insert(0, f"convicts with probability {exact_text(self.conviction_rate)}")
            pays = (
                self.leniency if isinstance(self.leniency, str) else f"reporter pays {exact_text(self.leniency)} of it"
            )
            shown.append(f"leniency: {pays}" + (f" and earns {exact_text(self.reward)}" if self.reward else ""))
        else:
            found = self.investigation
            shown.insert(0, f"investigates with probability {exact_text(found.probability)}")
            shown.append(f"proof {exact_text(found.proof)}, reduced fine {exact_text(found.reduced_fine)}")
        if self.false_conviction_rate:
            shown.append(f"false convictions {exact_text(self.false_conviction_rate)}")
        if self.conviction_ends_cartel:
            shown.append("conviction ends the cartel")
        return f"Authority({', '.join(shown)})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        found = self.investigation
        return {
            "conviction_rate": exact_text(self.conviction_rate),
            "fine": [exact_text(x) for x in self.fine] if isinstance(self.fine, tuple) else exact_text(self.fine),
            "leniency": self.leniency if isinstance(self.leniency, str) else exact_text(self.leniency),
            "reward": exact_text(self.reward),
            "false_conviction_rate": exact_text(self.false_conviction_rate),
            "conviction_ends_cartel": self.conviction_ends_cartel,
            "investigation": None
            if found is None
            else {
                "probability": exact_text(found.probability),
                "proof": exact_text(found.proof),
                "reduced_fine": exact_text(found.reduced_fine),
            },
        }


def cartel_under(cartel: Cartel, authority: Authority, *, when_investigated: Conduct = "silent") -> Cartel:
    """The cartel's payoffs and survival as the authority leaves them.

    Parameters
    ----------
    when_investigated : "silent" or "reveal"
        What members do once they are investigated; it matters only where the authority has an investigation.

    Examples
    --------
    >>> cartel_under(Cartel(2, 3, 0, size=2), Authority(conviction_rate="1/10", fine=2, false_conviction_rate="1/20"))
    Cartel(2 members: collude 9/5, deviate 14/5, compete -1/10)
    """
    if when_investigated not in ("silent", "reveal"):
        raise SpecificationError(f"when_investigated: found {when_investigated!r}; write 'silent' or 'reveal'")
    n = cartel.size
    fines = authority.fines(n)
    rate, false = authority.conviction_rate, authority.false_conviction_rate
    found = authority.investigation
    if found is None:
        expected = tuple(rate * x for x in fines)
        deviating = tuple(map(min, authority.reporter_pays(n), expected))
    else:
        for i, fine in enumerate(fines):
            if found.reduced_fine > fine:
                raise SpecificationError(
                    f"investigation.reduced_fine: found {found.reduced_fine}, more than the fine {fine} of "
                    f"{cartel.members[i]}; a reduced fine is at most the fine"
                )
        if when_investigated == "reveal":
            rate = found.probability  # who reveals is convicted
            expected = deviating = (found.probability * found.reduced_fine,) * n
        else:
            expected = tuple(rate * x for x in fines)
            deviating = tuple(found.probability * min(found.reduced_fine, found.proof * x) for x in fines)
    survival = cartel.survival * (1 - rate) if authority.conviction_ends_cartel else cartel.survival
    if survival == 0:
        raise SpecificationError(
            "cartel: conviction is certain and ends the cartel, so that it never outlives a period; lower the conviction rate"
        )
    return Cartel(
        [c - x for c, x in zip(cartel.collude, expected, strict=True)],
        [d - x for d, x in zip(cartel.deviate, deviating, strict=True)],
        [c - false * x for c, x in zip(cartel.compete, fines, strict=True)],
        members=cartel.members,
        survival=survival,
    )


def cartel_discount_under(
    cartel: Cartel, authority: Authority, *, when_investigated: Conduct = "silent"
) -> CartelDiscount:
    """The discount factor from which on the cartel sustains itself in spite of the authority.

    Returns
    -------
    CartelDiscount
        Its thresholds are those for deviating (and reporting where that pays) and, for silent members under an
        investigation with R < pF, those for revealing once investigated: δ ≥ g / ((1 − p) s' (C − N) + g s), where
        g = pF − R, s is the probability that the cartel outlives a period, and 1 − p stands for 1 if conviction does not
        end it.

    Examples
    --------
    Two sellers, convicted one period in ten to a fine of 1. Immunity for a reporter makes collusion harder, and a reward
    with the other's fine harder still:

    >>> duopoly = Cartel.bertrand(2)
    >>> [str(cartel_discount_under(duopoly, Authority(conviction_rate="1/10", fine=1, leniency=x)).discount)
    ...  for x in ("none", "immunity", "others' fines")]
    ['5/9', '3/5', '4/5']
    """
    net = cartel_under(cartel, authority, when_investigated=when_investigated)
    found = authority.investigation
    if found is None:
        reports = [
            pays < authority.conviction_rate * fine
            for pays, fine in zip(authority.reporter_pays(net.size), authority.fines(net.size), strict=True)
        ]
    else:
        reports = [
            when_investigated == "silent" and found.reduced_fine < found.proof * x for x in authority.fines(net.size)
        ]
    words = ["deviate and report" if reporting else "deviate" for reporting in reports]
    if found is not None:
        words = [w.replace("and report", "and reveal when investigated") for w in words]
    thresholds = [deviation_threshold(net, i, words[i]) for i in range(net.size)]
    if found is not None and when_investigated == "silent":
        for i, fine in enumerate(authority.fines(net.size)):
            saved = found.proof * fine - found.reduced_fine
            if saved > 0:
                outlives = cartel.survival * (1 - found.proof if authority.conviction_ends_cartel else 1)
                kept = outlives * (net.collude[i] - net.compete[i]) + saved * net.survival
                lowest = saved / kept if kept > saved else None
                thresholds.append(MemberThreshold(i, "reveal when investigated", lowest))
    return CartelDiscount(cartel=net, thresholds=tuple(thresholds))


def _share(value: Any, where: str) -> Fraction:
    number = exact(value, where=where)
    if not 0 <= number <= 1:
        raise SpecificationError(f"{where}: found {value}; write a probability, 0 to 1")
    return number


def _not_negative(value: Any, where: str) -> Fraction:
    number = exact(value, where=where)
    if number < 0:
        raise SpecificationError(f"{where}: found {value}; write a number, 0 or larger")
    return number
