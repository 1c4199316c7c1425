"""What a monitor trades: the curve of its detection rate over its false alarm rate, exactly.

Raising an alarm above a threshold of a score, for every threshold, gives points (false alarm rate, detection rate);
randomising between two neighbours, the segments between them. This *receiver operating characteristic* has rational
vertices. The likelihood ratio is the best score (Neyman and Pearson): its curve is concave, the boundary of everything
that any test attains. For another score, randomising between thresholds attains the concave hull.

    area = P(score under attack > score when honest) + ½ P(equal),      max (detection − false alarms) = total variation

For a normal score of unit variance shifted by d, the power at the rate α is Φ(Φ⁻¹(α) + d) and the area Φ(d/√2).

References: D. M. Green and J. A. Swets, *Signal Detection Theory and Psychophysics* (1966), chapters 2 and 3; T. Fawcett,
"An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from statistics import NormalDist
from typing import Any, final

from gametheory.arithmetic import RationalArray, exact, exact_text, read_array
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.information.distributions import Kind, read_distribution, read_probability

__all__ = ["RocCurve", "gaussian_area", "gaussian_power", "roc_curve"]

Point = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True, repr=False)
class RocCurve:
    """A receiver operating characteristic: piecewise linear, vertices exact.

    Attributes
    ----------
    vertices : tuple of (false alarm rate, detection rate)
        Fractions, from (0, 0) to (1, 1), rising.
    arithmetic : "exact" or "float"
        Of the laws that it comes from.
    """

    vertices: tuple[Point, ...]
    arithmetic: Kind = "exact"

    @property
    def exact_area(self) -> Fraction:
        """The area under the curve."""
        pairs = zip(self.vertices, self.vertices[1:], strict=False)
        return sum(((b[0] - a[0]) * (a[1] + b[1]) for a, b in pairs), Fraction(0)) / 2

    @property
    def area(self) -> Any:
        """The area: a Fraction for exact laws, else a float."""
        return self.exact_area if self.arithmetic == "exact" else float(self.exact_area)

    @property
    def exact_advantage(self) -> Fraction:
        """The largest difference of detection and false alarm rate (Youden's index)."""
        return max(y - x for x, y in self.vertices)

    def exact_power(self, false_alarm_rate: Any) -> Fraction:
        """The detection rate at a false alarm rate, randomising between neighbouring thresholds."""
        rate = read_probability(false_alarm_rate, where="false_alarm_rate")
        for (x, y), (u, v) in zip(self.vertices[::-1][1:], self.vertices[::-1], strict=False):
            if x <= rate <= u:
                return v if rate == u else y + (v - y) * (rate - x) / (u - x)
        raise AssertionError("the curve runs from 0 to 1")

    def power(self, false_alarm_rate: Any) -> Any:
        """The detection rate at a false alarm rate: a Fraction for exact laws, else a float."""
        value = self.exact_power(false_alarm_rate)
        return value if self.arithmetic == "exact" else float(value)

    def concave_hull(self) -> RocCurve:
        """What randomising between any two thresholds attains.

        Examples
        --------
        >>> third = Fraction(1, 3)
        >>> curve = RocCurve(((Fraction(0), Fraction(0)), (third, Fraction(0)), (2 * third, 1 - third / 3), (1, 1)))
        >>> len(curve.concave_hull().vertices)
        3
        """
        hull: list[Point] = []
        for point in self.vertices:
            while len(hull) > 1 and _turn(hull[-2], hull[-1], point) >= 0:
                hull.pop()
            hull.append(point)
        return RocCurve(tuple(hull), self.arithmetic)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        points = [[exact_text(x), exact_text(y)] for x, y in self.vertices]
        return {"vertices": points, "area": exact_text(self.exact_area), "arithmetic": self.arithmetic}

    def to_frame(self) -> Any:
        """A pandas table of the vertices."""
        return data_frame([[float(x), float(y)] for x, y in self.vertices], ["false_alarm_rate", "detection_rate"])

    def __repr__(self) -> str:
        return f"RocCurve(certified: {len(self.vertices)} vertices, area {brief(self.exact_area)})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def roc_curve(honest: Any, attack: Any, *, scores: Any = None) -> RocCurve:
    """The receiver operating characteristic of a score, or of the likelihood ratio: the best that any test does.

    Parameters
    ----------
    honest, attack : array_like, shape (number of signals,)
        Laws of the signal.
    scores : array_like, shape (number of signals,), optional
        The higher, the more suspicious; equal scores are not told apart. By default the likelihood ratio.

    Returns
    -------
    RocCurve

    Examples
    --------
    >>> honest, attack = ["0.4", "0.3", "0.15", "0.1", "0.05"], ["0.05", "0.1", "0.15", "0.3", "0.4"]
    >>> curve = roc_curve(honest, attack)
    >>> str(curve.power("0.1")), str(curve.area)
    ('11/20', '673/800')
    >>> str(roc_curve(honest, attack, scores=[0, 0, 0, 1, 0]).area)
    '3/5'
    """
    kind_p, honest_law = read_distribution(honest, where="honest")
    kind_q, attack_law = read_distribution(attack, where="attack", size=len(honest_law))
    pairs = list(zip(honest_law.fractions().tolist(), attack_law.fractions().tolist(), strict=True))
    if scores is None:
        keys: list[Any] = [y / x if x else math.inf if y else Fraction(0) for x, y in pairs]
    else:
        kind, array = read_array(scores, where="scores")
        if kind == "symbolic" or array.shape != (len(pairs),):
            raise SpecificationError(f"scores: found no vector of {len(pairs)} numbers; write one for every signal")
        keys = RationalArray.from_values(array).fractions().tolist()
    vertices = [(Fraction(0), Fraction(0))]
    last: Any = None
    for key, (x, y) in sorted(zip(keys, pairs, strict=True), key=lambda item: item[0], reverse=True):
        if not x and not y:
            continue
        point = (vertices[-1][0] + x, vertices[-1][1] + y)
        if last is not None and key == last:
            vertices[-1] = point
        else:
            vertices.append(point)
        last = key
    return RocCurve(tuple(vertices), "exact" if kind_p == kind_q == "exact" else "float")


def gaussian_power(false_alarm_rate: Any, *, shift: float) -> float:
    """Power of the best test of a normal signal of unit variance whose mean an attack shifts: Φ(Φ⁻¹(α) + shift).

    Examples
    --------
    >>> round(gaussian_power(0.05, shift=1.2 * 3**0.5), 6)
    0.667713
    """
    rate = float(read_probability(false_alarm_rate, where="false_alarm_rate"))
    moved = float(exact(shift, where="shift"))
    return rate if rate in (0.0, 1.0) else NormalDist().cdf(NormalDist().inv_cdf(rate) + moved)


def gaussian_area(shift: float) -> float:
    """Area under the curve of a normal signal of unit variance whose mean an attack shifts: Φ(shift/√2).

    Examples
    --------
    >>> round(gaussian_area(1.5), 6)
    0.855578
    """
    return NormalDist().cdf(float(exact(shift, where="shift")) / math.sqrt(2))


def _turn(a: Point, b: Point, c: Point) -> Fraction:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
