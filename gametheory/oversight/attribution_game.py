"""Attackers who may be mistaken for each other, and a victim that may retaliate: the game of :mod:`.attribution`.

At most one of n attackers has the opportunity to attack, attacker i with probability γ_i. It attacks if that is worth enough to
it (its benefit has the distribution F_i). The victim sees a signal with the law π_i after an attack by i, π_0 without, and
may retaliate against whom it likes: that harms the one who suffers it by 1, and is worth y to the victim if that one is
guilty, y − 1 if not, with y drawn from G. :mod:`gametheory.certificates.attribution` derives the equilibrium.

Reference: S. Baliga, E. Bueno de Mesquita and A. Wolitzky 2020, "Deterrence with imperfect attribution", American Political
Science Review 114.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.attribution import AttributionTerms, Knots
from gametheory.errors import SpecificationError
from gametheory.games.labels import Labels, action_index, distinct_labels
from gametheory.games.values import compared_by
from gametheory.information.distributions import read_distribution, read_laws

__all__ = ["AttributionGame"]

_UNIFORM: Knots = ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))


@final
@compared_by("terms", "attackers", "signals")
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class AttributionGame:
    """Attackers, what can be noticed of them, and a victim that may retaliate.

    Parameters
    ----------
    attack_signals : array_like, shape (number of attackers, number of signals)
        Law of the signal if attacker i attacks.
    quiet_signals : array_like, shape (number of signals,)
        Law of the signal if nobody does: false alarms.
    silent : sequence of signals (index or name)
        Signals after which there is never retaliation: nothing was noticed. By default the first.
    opportunities : numbers ≥ 0 that sum to at most 1, optional
        Probability that attacker i has the opportunity; by default 1/n each.
    benefits : one distribution, or one for each attacker, optional
        Of what an attack is worth, in units of the harm of retaliation: corners (value, probability of at most that) of a
        continuous piecewise linear function, from probability 0 to 1. By default uniform on [0, 1].
    resolve : distribution, optional
        Of what retaliation against the guilty is worth to the victim, where against the innocent it costs 1 more; by default
        uniform on [0, 1]: the victim retaliates with the probability that it suspects the attacker.
    attackers, signals : names, optional

    Attributes
    ----------
    terms : AttributionTerms
        The numbers, as fractions.

    Raises
    ------
    SpecificationError
        Laws that are none, opportunities that exceed 1, distributions that jump or fall.

    Examples
    --------
    >>> AttributionGame([["0.2", "0.7", "0.1"], ["0.2", "0.1", "0.7"]], ["0.9", "0.05", "0.05"])
    AttributionGame(2 attackers, 3 signals of which 1 silent)
    """

    terms: AttributionTerms
    attackers: tuple[str, ...]
    signals: tuple[str, ...]

    def __init__(
        self,
        attack_signals: Any,
        quiet_signals: Any,
        *,
        silent: Sequence[int | str] = (0,),
        opportunities: Any = None,
        benefits: Any = None,
        resolve: Any = None,
        attackers: Labels | None = None,
        signals: Labels | None = None,
    ) -> None:
        laws = read_laws(attack_signals, where="attack_signals")
        n, count = laws.num_inputs, laws.num_outputs
        _, quiet = read_distribution(quiet_signals, where="quiet_signals", size=count)
        names = _names(attackers, n, "attacker"), _names(signals, count, "signal")
        given = [Fraction(1, n)] * n if opportunities is None else opportunities
        if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != n:
            raise SpecificationError(f"opportunities: found {given!r}; write {n} probabilities, one for each attacker")
        chances = tuple(exact(x, where=f"opportunities[{i}]") for i, x in enumerate(given))
        if min(chances) < 0 or sum(chances) > 1:
            raise SpecificationError(f"opportunities: found {given!r}; write numbers ≥ 0 that sum to at most 1")
        own = (
            [_UNIFORM] * n
            if benefits is None
            else [_knots(x, f"benefits[{i}]") for i, x in enumerate(_each(benefits, n))]
        )
        terms = AttributionTerms(
            attack_signals=tuple(tuple(law) for law in laws.rows.fractions().tolist()),
            quiet_signals=tuple(quiet.fractions().tolist()),
            silent=tuple(
                sorted({action_index(s, names[1], "silent", what="signal") for s in check_list("silent", silent)})
            ),
            opportunities=chances,
            benefits=tuple(own),
            resolve=_UNIFORM if resolve is None else _knots(resolve, "resolve"),
        )
        for name, value in (("terms", terms), ("attackers", names[0]), ("signals", names[1])):
            object.__setattr__(self, name, value)

    @classmethod
    def symmetric(
        cls, num_attackers: int, *, detection: Any, misattribution: Any, false_alarm: Any, opportunity: Any = None
    ) -> AttributionGame:
        """Attackers who are alike, with one signal for each and one for nothing noticed.

        Parameters
        ----------
        num_attackers : int ≥ 1
        detection : number in [0, 1]
            α: probability that an attack is attributed to the attacker.
        misattribution : number in [0, 1]
            μ: probability that it is attributed to another, each as likely.
        false_alarm : number ≥ 0
            φ: probability, for each attacker, that it is accused when nobody attacks.
        opportunity : number, optional
            By default 1/n for each.

        Examples
        --------
        >>> AttributionGame.symmetric(3, detection="0.7", misattribution="0.1", false_alarm="0.05").terms.quiet_signals
        (Fraction(17, 20), Fraction(1, 20), Fraction(1, 20), Fraction(1, 20))
        """
        n = check_count("num_attackers", num_attackers)
        alpha, mu, phi = (
            exact(x, where=name)
            for name, x in (("detection", detection), ("misattribution", misattribution), ("false_alarm", false_alarm))
        )
        if n == 1 and mu:
            raise SpecificationError("misattribution: found one attacker, so that there is no other to accuse; write 0")
        if min(alpha, mu, phi) < 0 or alpha + mu > 1 or n * phi > 1:
            raise SpecificationError(
                f"symmetric: found detection {detection}, misattribution {misattribution} and {n} false alarms of "
                f"{false_alarm}; write numbers ≥ 0 with detection + misattribution ≤ 1 and n · false_alarm ≤ 1"
            )
        other = mu / (n - 1) if n > 1 else Fraction(0)
        return cls(
            [[1 - alpha - mu, *(alpha if i == j else other for j in range(n))] for i in range(n)],
            [1 - n * phi, *[phi] * n],
            opportunities=None if opportunity is None else [opportunity] * n,
            signals=["nothing noticed", *(f"attacker {i + 1} accused" for i in range(n))],
        )

    @property
    def are_complements(self) -> bool:
        """Whether no attack makes an accusing signal less likely than no attack does; then the equilibrium is unique."""
        terms = self.terms
        return all(law[s] >= terms.quiet_signals[s] for law in terms.attack_signals for s in terms.heard)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {"attackers": list(self.attackers), "signals": list(self.signals), **self.terms.to_dict()}

    def __repr__(self) -> str:
        silent = len(self.terms.silent)
        return f"AttributionGame({len(self.attackers)} attackers, {len(self.signals)} signals of which {silent} silent)"


def _names(labels: Labels | None, count: int, what: str) -> tuple[str, ...]:
    names = [f"{what} {k + 1}" for k in range(count)] if labels is None else labels
    if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != count:
        raise SpecificationError(f"{what}s: found {names!r}; write {count} names")
    return distinct_labels(names, f"{what}s")


def _each(values: Any, count: int) -> list[Any]:
    """One distribution for each of ``count``, from one for all or a list of them."""
    if not isinstance(values, (list, tuple)) or not values:
        raise SpecificationError(f"benefits: found {values!r}; write corners (value, probability), or a list of such")
    if not all(isinstance(x, (list, tuple)) and len(x) for x in values):
        raise SpecificationError(f"benefits: found {values!r}; write corners (value, probability), or a list of such")
    single = len(values[0]) == 2 and not isinstance(values[0][0], (list, tuple))
    listed = [values] * count if single else list(values)
    if len(listed) != count:
        raise SpecificationError(f"benefits: found {len(listed)} distributions; write one, or {count}")
    return listed


def _knots(values: Any, where: str) -> Knots:
    if not isinstance(values, (list, tuple)) or len(values) < 2:
        raise SpecificationError(
            f"{where}: found {values!r}; write two or more corners (value, probability of at most that)"
        )
    knots = []
    for k, pair in enumerate(values):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise SpecificationError(
                f"{where}[{k}]: found {pair!r}; write a corner (value, probability of at most that)"
            )
        knots.append((exact(pair[0], where=f"{where}[{k}][0]"), exact(pair[1], where=f"{where}[{k}][1]")))
    rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in itertools.pairwise(knots))
    if not rising or knots[0][1] != 0 or knots[-1][1] != 1:
        raise SpecificationError(f"{where}: values must rise, and probabilities from 0 to 1 without falling")
    return tuple(knots)
