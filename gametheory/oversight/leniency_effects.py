"""How a cartel's patience answers to an authority's instruments, and the smallest fine that ends collusion.

With the payoffs C, D, N and the survival s that an authority leaves (:mod:`.leniency`), the critical discount of the binding
member is δ* = (D − C)/((D − N) s), a quotient that is differentiated exactly in each instrument. At a given δ a member keeps
to the agreement iff (C − N) − (D − N)(1 − δ s) ≥ 0, which is affine in a fine common to all: the first member to leave
decides which fine deters. Signs, where C > N: δ* rises in ρ and F (φ = 0), rises as r falls below ρ, and falls in φ.

References: G. Spagnolo 2004, "Divide et impera: optimal leniency programs", CEPR 4840; J. Harrington 2008, "Optimal corporate
leniency programs", Journal of Industrial Economics 56.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.collusion.cartels import Cartel
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.oversight.leniency import Authority, cartel_discount_under, cartel_under
from gametheory.repeated.repeated_game import discount_factor

__all__ = ["DeterringFine", "Sensitivity", "sensitivities", "smallest_deterring_fine"]


@final
@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How the critical discount answers to one instrument of the authority, exactly.

    Attributes
    ----------
    parameter : str
        "conviction_rate", "fine" (all members' together), "reporter_pays" (the share) or "false_conviction_rate".
    below, above : Fraction
        Derivatives of δ* from below and from above; they differ only where a deviator is indifferent to reporting, or
        several members bind.
    """

    parameter: str
    below: Fraction
    above: Fraction

    @property
    def sign(self) -> Literal[-1, 0, 1]:
        """−1, 0 or 1.

        Raises
        ------
        SpecificationError
            If the two derivatives differ in sign.
        """
        signs = {(x > 0) - (x < 0) for x in (self.below, self.above)}
        if len(signs) > 1:
            raise SpecificationError(
                f"{self.parameter}: the derivative is {self.below} from below and {self.above} from above; read both"
            )
        return signs.pop()  # type: ignore[return-value]  # the difference of two booleans


def sensitivities(cartel: Cartel, authority: Authority) -> dict[str, Sensitivity]:
    """The derivatives of the critical discount in each instrument of the authority.

    The threshold δ* = (D − C)/((D − N) s) of the binding member is differentiated (of several that bind, the largest changes
    upwards and the least from below); a fine rises for every member alike, and the share r stays what it is meanwhile.

    Raises
    ------
    UndecidedError
        If the cartel is deterred at every discount factor.
    SpecificationError
        Where the authority has an investigation, or nobody is tempted (then δ* = 0, at a corner).

    Examples
    --------
    >>> found = sensitivities(Cartel(2, 3, 0, size=2), Authority(conviction_rate="1/10", fine=2, false_conviction_rate="1/20"))
    >>> {name: found[name].sign for name in found}
    {'conviction_rate': 1, 'fine': 1, 'reporter_pays': 0, 'false_conviction_rate': -1}
    """
    if authority.investigation is not None:
        raise SpecificationError(
            "sensitivities: the closed form is that of leniency before an investigation; leave the investigation out and "
            "compare cartel_discount_under at two programmes instead"
        )
    found = cartel_discount_under(cartel, authority)
    if found.discount == 0:
        raise SpecificationError("sensitivities: nobody is tempted, the critical discount is 0 and stays there")
    binding = [
        _member_sensitivities(cartel, authority, found.cartel, t.member)
        for t in found.thresholds
        if t.lowest == found.discount
    ]
    return {
        name: Sensitivity(name, min(each[name].below for each in binding), max(each[name].above for each in binding))
        for name in binding[0]
    }


def _member_sensitivities(cartel: Cartel, authority: Authority, net: Cartel, i: int) -> dict[str, Sensitivity]:
    """The derivatives of one member's threshold, which is above 0."""
    fine, pays = authority.fines(net.size)[i], authority.reporter_pays(net.size)[i]
    rate = authority.conviction_rate
    taken, tempted = net.deviate[i] - net.compete[i], net.deviate[i] - net.collude[i]
    survival = net.survival

    def change(d_collude: Fraction, d_deviate: Fraction, d_compete: Fraction, d_survival: Fraction) -> Fraction:
        """The quotient's derivative from those of C, D, N and s."""
        down = taken * survival
        d_down = (d_deviate - d_compete) * survival + taken * d_survival
        return ((d_deviate - d_collude) * down - tempted * d_down) / down**2

    zero, ends = Fraction(0), -cartel.survival if authority.conviction_ends_cartel else Fraction(0)

    def both(parameter: str, reporting: Fraction, silent: Fraction, first: str) -> Sensitivity:
        """Which side of r = ρ comes from below: "reporting" or "silent" deviators."""
        if pays < rate * fine or fine == 0:  # without a fine, who reports or not pays the same share of nothing
            return Sensitivity(parameter, reporting, reporting)
        if pays > rate * fine:
            return Sensitivity(parameter, silent, silent)
        return Sensitivity(parameter, *((reporting, silent) if first == "reporting" else (silent, reporting)))

    by_rate = (change(-fine, zero, zero, ends), change(-fine, -fine, zero, ends))
    paid, false = authority.pay_per_fine(net.size), authority.false_conviction_rate
    if pays == rate * fine:
        moved = (max(paid, rate) if fine else min(paid, rate), min(paid, rate))
    else:
        moved = (paid, paid) if pays < rate * fine else (rate, rate)
    by_share = (change(zero, -fine, zero, zero), zero)
    by_false = change(zero, zero, -fine, zero)
    return {
        "conviction_rate": both("conviction_rate", by_rate[0], by_rate[1], "silent"),
        "fine": Sensitivity("fine", *(change(-rate, -x, -false, zero) for x in moved)),
        "reporter_pays": both("reporter_pays", by_share[0], by_share[1], "reporting"),
        "false_conviction_rate": Sensitivity("false_conviction_rate", by_false, by_false),
    }


@final
@compared_by("value", "member", "discount")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DeterringFine:
    """The infimum of the fines that deter a cartel; ``float()`` works.

    Attributes
    ----------
    value : Fraction
        Every larger fine deters. At this fine itself the cartel just sustains itself, unless it is 0 and needless.
    attained : bool
        Whether the value itself deters: only where no fine is needed.
    member : int
        Who then leaves the cartel.
    discount : Fraction
        Of the members.
    cartel, authority
        What was asked.
    """

    cartel: Cartel
    authority: Authority
    value: Fraction
    attained: bool
    member: int
    discount: Fraction

    def __float__(self) -> float:
        return float(self.value)

    def verify(self) -> Literal[True]:
        """Re-check that the cartel holds at the value (unless attained) and at no larger fine.

        A member's incentive is the least of two that are affine in the fine, so that the value and their slopes decide.

        Raises
        ------
        CertificateError
            If the value is wrong.
        """
        slack = _incentives(self.cartel, self.authority, self.discount)
        own = [(level, slope) for member, _, level, slope in slack if member == self.member]
        if self.attained:
            right = self.value == 0 and any(level < 0 for level, _ in own)
        else:
            holds = all(level >= 0 and level + slope * self.value >= 0 for *_, level, slope in slack)
            right = holds and any(slope < 0 and level + slope * self.value == 0 for level, slope in own)
        if not right:
            raise CertificateError(
                f"deterring fine: {self.value} is not the infimum", claim="the smallest deterring fine"
            )
        return True

    def __repr__(self) -> str:
        how = "deters without a fine" if self.attained else f"every fine above {exact_text(self.value)} deters"
        who = self.cartel.members[self.member]
        return f"DeterringFine(exact: at δ = {exact_text(self.discount)} {how}; {who} leaves first)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "value": exact_text(self.value),
            "attained": self.attained,
            "member": self.cartel.members[self.member],
            "discount": exact_text(self.discount),
            "authority": self.authority.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what each member loses by leaving in either way, at no fine and per unit of it."""
        rows = [
            [self.cartel.members[i], how, level, slope]
            for i, how, level, slope in _incentives(self.cartel, self.authority, self.discount)
        ]
        return data_frame(rows, ["member", "by", "incentive without a fine", "per unit of fine"])


def smallest_deterring_fine(cartel: Cartel, authority: Authority, discount: Any) -> DeterringFine:
    """The infimum of the common fines at which the cartel no longer sustains itself at a discount factor.

    Parameters
    ----------
    authority : Authority
        Its fine is not used.

    Returns
    -------
    DeterringFine
        A member keeps to the agreement iff C − N ≥ (D − N)(1 − δ s), both when it deviates in silence and when it reports.
        Either is affine in the fine, so that the first to fail decides.

    Raises
    ------
    InfeasibleError
        If no fine deters.
    SpecificationError
        Where the authority has an investigation, whose reduced fine is fixed.

    Examples
    --------
    With a reward paid out of the others' fines, no inspection at all is needed (Spagnolo 2004):

    >>> authority = Authority(conviction_rate=0, fine=0, leniency="others' fines")
    >>> smallest_deterring_fine(Cartel.bertrand(2), authority, "9/10").value
    Fraction(4, 1)
    """
    delta = discount_factor(discount)
    if authority.investigation is not None:
        raise SpecificationError(
            "smallest_deterring_fine: an investigation has a reduced fine of its own; give a conviction_rate and leniency"
        )
    slack = _incentives(cartel, authority, delta)
    needless = [member for member, _, level, _ in slack if level < 0]
    if needless:
        member, value = needless[0], Fraction(0)
    else:
        reach = [(-level / slope, member) for member, _, level, slope in slack if slope < 0]
        if not reach:
            raise InfeasibleError(
                f"smallest_deterring_fine: no fine deters at δ = {exact_text(delta)}, because convictions are no likelier for "
                "colluders than for others, or reporting does not pay; raise the conviction rate or reward reporters"
            )
        value, member = min(reach)
    return DeterringFine(
        cartel=cartel, authority=authority, value=value, attained=bool(needless), member=member, discount=delta
    )


def _incentives(cartel: Cartel, authority: Authority, delta: Fraction) -> list[tuple[int, str, Fraction, Fraction]]:
    """(C − N) − (D − N)(1 − δ s) as level + slope · fine, a fine common to all, by member and way of leaving.

    A deviator pays the less of ρF in silence and what a reporter pays, so that the least of the two counts. (Where a reporter
    pays a share r > ρ of its fine less a reward, it reports at small fines only.)
    """

    def at(fine: int) -> list[tuple[Fraction, Fraction]]:
        silent = Authority(
            conviction_rate=authority.conviction_rate,
            fine=fine,
            false_conviction_rate=authority.false_conviction_rate,
            conviction_ends_cartel=authority.conviction_ends_cartel,
        )
        reporting = Authority(
            conviction_rate=authority.conviction_rate, fine=fine, leniency=authority.leniency, reward=authority.reward
        )
        net = cartel_under(cartel, silent)
        found = []
        for c, d, n, pays in zip(
            net.collude, net.deviate, net.compete, reporting.reporter_pays(cartel.size), strict=True
        ):
            left = 1 - delta * net.survival
            incentive = c - n - (d - n) * left
            found.append((incentive, incentive - (authority.conviction_rate * fine - pays) * left))
        return found

    return [
        (member, how, level[k], one[k] - level[k])
        for member, (level, one) in enumerate(zip(at(0), at(1), strict=True))
        for k, how in enumerate(("deviating", "deviating and reporting"))
    ]
