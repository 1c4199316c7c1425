"""The best test of honest behaviour against attacks: Neyman and Pearson, for one attack or several.

A monitor sees one signal s from a finite set and raises an alarm with probability φ(s) ∈ [0, 1]. Honest behaviour has
the law p₀ (or one of several laws), an attack the law q_j. The most powerful test at the false alarm rate α solves

    maximise t   subject to   Σ_s q_j(s) φ(s) ≥ t  for every attack j,   Σ_s p_i(s) φ(s) ≤ α  for every honest law i,

a linear programme, solved in rationals with a certificate. Its value is the *minimax power*: the attacker, who knows the
test, chooses the attack. The multipliers of the attacks are the *least favourable mixture*: the test is most powerful
against that mixture, and no test has more power against it. With one law on either side the optimum alarms where the
likelihood ratio q/p₀ exceeds the price of a false alarm, and randomises where it equals it.

References: J. Neyman and E. S. Pearson, "On the problem of the most efficient tests of statistical hypotheses", Phil.
Trans. Royal Soc. A 231 (1933); E. L. Lehmann and J. P. Romano, *Testing Statistical Hypotheses* (3rd ed. 2005), sections
3.2 and 8.1. Size: a column for every signal, a row for every law.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, Verdict, exact_text, judge, read_array
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import Channel, Kind, read_distribution, read_laws, read_probability

__all__ = [
    "NeymanPearsonTest",
    "alarm_rate",
    "is_most_powerful",
    "neyman_pearson_programme",
    "neyman_pearson_test",
    "power_shortfall",
]

Array = NDArray[Any]
Rationals = list[Fraction]


@final
@compared_by("arithmetic", "honest", "attacks", "exact_false_alarm_rate", "exact_alarm_probabilities")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class NeymanPearsonTest:
    """A most powerful test, and why none has more power.

    Attributes
    ----------
    honest, attacks : Channel
        A row for every law, a column for every signal.
    exact_false_alarm_rate : Fraction
        The rate allowed.
    exact_alarm_probabilities : RationalArray, shape (number of signals,)
        φ: the probability of an alarm at each signal.
    exact_power : Fraction
        The least detection rate over the attacks; no test within the false alarm rate has more.
    least_favourable_attack : tuple of Fraction
        A mixture of the attacks against which no test has more power.
    price_of_false_alarms : Fraction
        What one more unit of false alarm rate adds to the power (between the one-sided derivatives where they differ).
    certificate : DualityCertificate
    """

    honest: Channel
    attacks: Channel
    exact_false_alarm_rate: Fraction
    exact_alarm_probabilities: RationalArray
    exact_power: Fraction
    least_favourable_attack: tuple[Fraction, ...]
    price_of_false_alarms: Fraction
    certificate: DualityCertificate

    @property
    def arithmetic(self) -> Kind:
        return "exact" if self.honest.arithmetic == self.attacks.arithmetic == "exact" else "float"

    @property
    def power(self) -> Any:
        """The power: a Fraction for exact laws, else a float."""
        return self.exact_power if self.arithmetic == "exact" else float(self.exact_power)

    @property
    def alarm_probabilities(self) -> Array:
        """φ: fractions for exact laws, else floats."""
        found = self.exact_alarm_probabilities
        return found.fractions() if self.arithmetic == "exact" else found.floats()

    @property
    def detection_rates(self) -> tuple[Fraction, ...]:
        """The probability of an alarm under each attack."""
        return _rates(self.attacks, self.exact_alarm_probabilities)

    @property
    def false_alarm_rates(self) -> tuple[Fraction, ...]:
        """The probability of an alarm under each honest law; none exceeds the rate allowed."""
        return _rates(self.honest, self.exact_alarm_probabilities)

    def __float__(self) -> float:
        return float(self.exact_power)

    def verify(self) -> Literal[True]:
        """Check the certificate, and that its programme is that of these laws.

        Raises
        ------
        CertificateError
            If the power is not the optimum.
        """
        self.certificate.verify()
        return self.certificate.verify_against(
            neyman_pearson_programme(self.honest, self.attacks, false_alarm_rate=self.exact_false_alarm_rate)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "power": exact_text(self.exact_power),
            "false_alarm_rate": exact_text(self.exact_false_alarm_rate),
            "alarm_probabilities": [exact_text(x) for x in self.exact_alarm_probabilities.fractions().tolist()],
            "detection_rates": [exact_text(x) for x in self.detection_rates],
            "least_favourable_attack": [exact_text(x) for x in self.least_favourable_attack],
            "price_of_false_alarms": exact_text(self.price_of_false_alarms),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the signals and the probability of an alarm at each."""
        rows = zip(self.attacks.outputs, self.alarm_probabilities.tolist(), strict=True)
        return data_frame(rows, ["signal", "alarm_probability"])

    def __repr__(self) -> str:
        rate = brief(self.exact_false_alarm_rate)
        return f"NeymanPearsonTest(certified: power {brief(self.exact_power)} at false alarm rate {rate})"

    def _repr_html_(self) -> str:
        cells = zip(self.attacks.outputs, self.exact_alarm_probabilities.fractions().tolist(), strict=True)
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(brief(x))}</td></tr>" for name, x in cells)
        return f"<p>{escape(repr(self))}</p><table><tr><th>signal</th><th>alarm probability</th></tr>{rows}</table>"


def neyman_pearson_test(honest: Any, attacks: Any, *, false_alarm_rate: Any) -> NeymanPearsonTest:
    """The most powerful test at a false alarm rate: against the attack given, or the worst of several.

    Parameters
    ----------
    honest, attacks : array_like, shape (number of signals,) or (number of laws, number of signals); Channel or Monitoring
        The law of the signal when all is well and under each attack. With several honest laws the false alarm rate
        holds for each.
    false_alarm_rate : number in [0, 1]

    Returns
    -------
    NeymanPearsonTest

    Raises
    ------
    SpecificationError
        Laws that are no distributions or of different numbers of signals, a rate outside [0, 1].

    Examples
    --------
    >>> honest, attack = ["0.4", "0.3", "0.15", "0.1", "0.05"], ["0.05", "0.1", "0.15", "0.3", "0.4"]
    >>> test = neyman_pearson_test(honest, attack, false_alarm_rate="0.1")
    >>> test
    NeymanPearsonTest(certified: power 11/20 at false alarm rate 1/10)
    >>> [str(x) for x in test.alarm_probabilities], test.verify()
    (['0', '0', '0', '1/2', '1'], True)

    Two attacks: the attacker may look like either of the last two signals.

    >>> test = neyman_pearson_test(
    ...     ["0.8", "0.1", "0.1"], [["0.2", "0.8", 0], ["0.2", 0, "0.8"]], false_alarm_rate="0.1"
    ... )
    >>> str(test.power), [str(x) for x in test.least_favourable_attack]
    ('2/5', ['1/2', '1/2'])
    """
    from gametheory.optimize.exact import solve_exact

    innocent, hostile = read_laws(honest, where="honest"), read_laws(attacks, where="attacks")
    rate = read_probability(false_alarm_rate, where="false_alarm_rate")
    programme = neyman_pearson_programme(innocent, hostile, false_alarm_rate=rate)
    solution = solve_exact(programme)
    alarms, duals = solution.primal[: hostile.num_outputs], solution.row_duals.fractions().tolist()
    return NeymanPearsonTest(
        honest=innocent,
        attacks=hostile,
        exact_false_alarm_rate=rate,
        exact_alarm_probabilities=alarms,
        exact_power=solution.value,
        least_favourable_attack=tuple(duals[innocent.num_inputs :]),
        price_of_false_alarms=sum(duals[: innocent.num_inputs], Fraction(0)),
        certificate=solution.certificate,
    )


def neyman_pearson_programme(honest: Any, attacks: Any, *, false_alarm_rate: Any) -> LinearProgramme:
    """The programme of :func:`neyman_pearson_test`: columns φ and the power t, a row for every law.

    Examples
    --------
    >>> neyman_pearson_programme([1, 0], [0, 1], false_alarm_rate="1/10")
    LinearProgramme(neyman_pearson: max over 3 columns, 2 rows)
    """
    innocent, hostile = read_laws(honest, where="honest"), read_laws(attacks, where="attacks")
    rate = read_probability(false_alarm_rate, where="false_alarm_rate")
    count = hostile.num_outputs
    if innocent.num_outputs != count:
        raise SpecificationError(f"honest: found {innocent.num_outputs} signals; write {count}, as the attacks have")
    rows: list[Any] = []
    for i, law in enumerate(innocent.rows.fractions().tolist()):
        rows.append((f"false alarms {i + 1}", {s: x for s, x in enumerate(law) if x}, "<=", rate))
    for j, law in enumerate(hostile.rows.fractions().tolist()):
        rows.append((f"attack {j + 1}", {count: 1, **{s: -x for s, x in enumerate(law) if x}}, "<=", 0))
    return LinearProgramme.from_rows(
        "max",
        [0] * count + [1],
        rows,
        lower=[0] * count + [None],
        upper=[1] * count + [None],
        column_names=[*(f"alarm {s + 1}" for s in range(count)), "power"],
        name="neyman_pearson",
        arguments={
            "honest": _as_text(innocent),
            "attacks": _as_text(hostile),
            "false_alarm_rate": exact_text(rate),
        },
    )


def alarm_rate(test: Any, law: Any) -> Any:
    """The probability of an alarm under a law of the signal.

    Parameters
    ----------
    test : NeymanPearsonTest or array_like, shape (number of signals,)
        Alarm probabilities in [0, 1].
    law : array_like, shape (number of signals,)

    Returns
    -------
    Fraction or float
        A Fraction if both are exact.

    Examples
    --------
    >>> str(alarm_rate([0, "1/2", 1], ["1/2", "1/4", "1/4"]))
    '3/8'
    """
    kind, alarms = _alarms(test)
    law_kind, weights = read_distribution(law, where="law", size=len(alarms))
    value = _inner(weights.fractions().tolist(), alarms)
    return value if kind == law_kind == "exact" else float(value)


def power_shortfall(test: Any, honest: Any, attacks: Any, *, false_alarm_rate: Any) -> Fraction:
    """How much power a test gives away: that of the most powerful test less its own against the worst attack.

    Negative only for a test that exceeds the false alarm rate.

    Examples
    --------
    >>> str(power_shortfall([0, 0, 1], ["0.8", "0.1", "0.1"], ["0.2", "0.6", "0.2"], false_alarm_rate="0.1"))
    '2/5'
    """
    _, alarms = _alarms(test)
    best = neyman_pearson_test(honest, attacks, false_alarm_rate=false_alarm_rate)
    return best.exact_power - min(_rates(best.attacks, _checked(alarms, best)))


def is_most_powerful(
    test: Any, honest: Any, attacks: Any, *, false_alarm_rate: Any, tol: float | Fraction | None = None
) -> Verdict:
    """Whether a test keeps the false alarm rate and no other test within it has more (minimax) power.

    Parameters
    ----------
    test : NeymanPearsonTest or array_like, shape (number of signals,)
        Alarm probabilities in [0, 1].
    tol : number, optional
        What may be missing, in probability; see :class:`~gametheory.arithmetic.Verdict`.

    Returns
    -------
    Verdict
        ``gain`` is the larger of the excess of the false alarm rate and the power given away, ``witness`` the most
        powerful test.

    Examples
    --------
    >>> bool(is_most_powerful([0, 1, 0], ["0.8", "0.1", "0.1"], ["0.2", "0.6", "0.2"], false_alarm_rate="0.1"))
    True
    """
    kind, alarms = _alarms(test)
    best = neyman_pearson_test(honest, attacks, false_alarm_rate=false_alarm_rate)
    excess = max(_rates(best.honest, _checked(alarms, best))) - best.exact_false_alarm_rate
    shortfall = best.exact_power - min(_rates(best.attacks, _checked(alarms, best)))
    return judge(
        [excess, shortfall],
        [Fraction(1), Fraction(1)],
        tol=tol,
        arithmetic="exact" if kind == best.arithmetic == "exact" else "float",
        witness=lambda _: best,
        question="is the test most powerful at its false alarm rate",
    )


def _as_text(laws: Channel) -> list[list[str]]:
    return [[exact_text(x) for x in law] for law in laws.rows.fractions().tolist()]


def _alarms(test: Any) -> tuple[Kind, Rationals]:
    if isinstance(test, NeymanPearsonTest):
        return test.arithmetic, test.exact_alarm_probabilities.fractions().tolist()
    kind, array = read_array(test, where="test")
    if kind == "symbolic" or len(array.shape) != 1:
        raise SpecificationError("test: found no vector of numbers; write an alarm probability for every signal")
    alarms = RationalArray.from_values(array).fractions().tolist()
    for s, x in enumerate(alarms):
        if not 0 <= x <= 1:
            raise SpecificationError(f"test[{s}]: found {x}; write a probability between 0 and 1")
    return ("exact" if kind == "exact" else "float"), alarms


def _checked(alarms: Rationals, best: NeymanPearsonTest) -> RationalArray:
    if len(alarms) != best.attacks.num_outputs:
        raise SpecificationError(f"test: found {len(alarms)} signals; write {best.attacks.num_outputs}")
    return RationalArray.from_fractions(alarms)


def _rates(laws: Channel, alarms: RationalArray) -> tuple[Fraction, ...]:
    return tuple((laws.rows.fractions() @ alarms.fractions()).tolist())


def _inner(weights: Rationals, values: Rationals) -> Fraction:
    return sum((w * x for w, x in zip(weights, values, strict=True)), Fraction(0))
