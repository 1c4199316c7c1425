"""General Lotto: forces that are known by their mean alone, against forces that are too.

Two sides draw independent whole numbers X, Y ≥ 0 with means a and b; the row side gets P(X > Y) − P(X < Y). It is Colonel
Blotto with many fields, seen from one of them. A strategy x with values up to M guarantees the row side

    max μ − λ b   subject to   Σ_i x_i sign(i − y) ≥ μ − λ y   for y = 0, …, M + 1,   λ ≥ 0,

for beyond M + 1 the left side stays −1 while the right one falls. Both sides' programmes together bracket the value; for
integers a ≥ b it is (a − b)/a.

Reference: S. Hart, "Discrete Colonel Blotto and General Lotto games", Int. J. Game Theory 36 (2008). Complexity: two linear
programmes with some M rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["LottoGame", "general_lotto", "general_lotto_programme"]

_ZERO = Fraction(0)
Row = tuple[str, dict[int, Any], Sense, Any]


@final
@compared_by("row_mean", "column_mean", "exact_lower", "exact_upper", "row_strategy", "column_strategy")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LottoGame:
    """The value of a discrete General Lotto game between two rationals (equal, where strategies with few values are optimal).

    Attributes
    ----------
    row_mean, column_mean : Fraction
    exact_lower, exact_upper : Fraction
        The strategies found guarantee the first to the row side, and hold it down to the second.
    row_strategy, column_strategy : tuple of Fraction
        Probabilities of 0, 1, 2, … troops.
    certificates : (DualityCertificate, DualityCertificate)
        What each side guarantees with values up to ``len(strategy) − 1``; for the column side with the sign turned.
    """

    row_mean: Fraction
    column_mean: Fraction
    exact_lower: Fraction
    exact_upper: Fraction
    row_strategy: tuple[Fraction, ...]
    column_strategy: tuple[Fraction, ...]
    certificates: tuple[DualityCertificate, DualityCertificate]

    @property
    def lower(self) -> float:
        return float(self.exact_lower)

    @property
    def upper(self) -> float:
        return float(self.exact_upper)

    def __float__(self) -> float:
        return self.lower

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "row_mean": exact_text(self.row_mean),
            "column_mean": exact_text(self.column_mean),
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "row_strategy": [exact_text(x) for x in self.row_strategy],
            "column_strategy": [exact_text(x) for x in self.column_strategy],
            "certificates": [certificate.to_dict() for certificate in self.certificates],
        }

    def to_frame(self) -> Any:
        """A pandas table of both strategies: troops and probabilities."""
        rows = zip(range(len(self.row_strategy)), self.row_strategy, self.column_strategy, strict=True)
        return data_frame(rows, ["troops", "row", "column"])

    def __repr__(self) -> str:
        if self.exact_lower == self.exact_upper:
            worth = exact_text(self.exact_lower)
        else:
            worth = f"between {self.lower:.6g} and {self.upper:.6g}"
        means = f"{exact_text(self.row_mean)} against {exact_text(self.column_mean)}"
        return f"LottoGame(certified: mean {means} is worth {worth})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def general_lotto(row_mean: Any, column_mean: Any, *, largest: int | None = None) -> LottoGame:
    """Solve a discrete General Lotto game: P(X > Y) − P(X < Y) for independent whole numbers with given means.

    Parameters
    ----------
    row_mean, column_mean : number > 0
    largest : int ≥ the means, optional
        The largest value that strategies may take; by default 2⌈max mean⌉ + 1, which is as good as any for whole means.

    Returns
    -------
    LottoGame

    Examples
    --------
    Hart (2008): for integers a ≥ b the value is (a − b)/a.

    >>> general_lotto(3, 2)
    LottoGame(certified: mean 3 against 2 is worth 1/3)
    """
    from gametheory.optimize.exact import solve_exact

    a, b = exact(row_mean, where="row_mean"), exact(column_mean, where="column_mean")
    if min(a, b) <= 0:
        raise SpecificationError(f"row_mean, column_mean: found {row_mean} and {column_mean}; write numbers > 0")
    most = (
        2 * math.ceil(max(a, b)) + 1 if largest is None else check_count("largest", largest, least=math.ceil(max(a, b)))
    )
    sides = [
        solve_exact(general_lotto_programme(own_mean=own, other_mean=other, largest=most))
        for own, other in ((a, b), (b, a))
    ]
    strategies = [tuple(side.primal[i] for i in range(most + 1)) for side in sides]
    return LottoGame(
        row_mean=a,
        column_mean=b,
        exact_lower=sides[0].value,
        exact_upper=-sides[1].value,
        row_strategy=strategies[0],
        column_strategy=strategies[1],
        certificates=(sides[0].certificate, sides[1].certificate),
    )


def general_lotto_programme(*, own_mean: Any, other_mean: Any, largest: Any) -> LinearProgramme:
    """What a side guarantees in a General Lotto game; the row builder ``"general_lotto"``.

    Maximise μ − λ b over x ≥ 0, Σ x = 1, Σ i x_i = a, λ ≥ 0 and μ subject to Σ_i x_i sign(i − y) ≥ μ − λ y for y = 0, …, M + 1.
    """
    a, b = exact(own_mean, where="own_mean"), exact(other_mean, where="other_mean")
    most = check_count("largest", largest)
    refuse_if_too_large((most + 2) ** 2, 200, f"the linear programme of General Lotto up to {most} troops")
    mu, lam = most + 1, most + 2
    rows: list[Row] = [
        ("probabilities sum to one", dict.fromkeys(range(most + 1), 1), "==", 1),
        ("mean", {i: i for i in range(1, most + 1)}, "==", a),
    ]
    for y in range(most + 2):
        row: dict[int, Any] = {i: (i > y) - (i < y) for i in range(most + 1) if i != y}
        rows.append((f"against {y}", row | {mu: -1, lam: y}, ">=", 0))
    return LinearProgramme.from_rows(
        "max",
        [0] * (most + 1) + [1, -b],
        rows,
        lower=[0] * (most + 1) + [None, 0],
        column_names=[*(f"{i} troops" for i in range(most + 1)), "level", "slope"],
        name="general_lotto",
        arguments={"own_mean": exact_text(a), "other_mean": exact_text(b), "largest": most},
    )
