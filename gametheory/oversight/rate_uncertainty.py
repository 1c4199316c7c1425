"""What is known of detection rates: an ellipsoid, an interval for each player, or a list of scenarios.

An overseer seldom knows how likely it is to find out who moves. Deposits that shall deter whatever the rates in a set U must
keep every incentive constraint of :mod:`.incentives` for every q ∈ U:

    ellipsoid   q = q⁰ + L u, ‖u‖₂ ≤ 1      (errors that are correlated across players: a confidence region)
    intervals   q_i ∈ [low_i, high_i]        (the worst is low: whoever gains at q gains at lower rates)
    scenarios   q ∈ {q¹, …, q^S}

Every rate in U must be a probability, and at least the player's false-alarm rate: below it a deposit tempts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.oversight.policy import per_player

__all__ = ["RateEllipsoid", "RateIntervals", "RateScenarios", "RateUncertainty"]


@final
@dataclass(frozen=True, slots=True, init=False)
class RateEllipsoid:
    """Rates q⁰ + L u with ‖u‖₂ ≤ 1.

    Parameters
    ----------
    centre : n numbers
        q⁰.
    spread : array of shape (n, k), or n numbers
        L; n numbers are its diagonal.

    Examples
    --------
    >>> RateEllipsoid(["2/5", "3/10", "1/2"], ["1/10", "1/20", "1/5"])
    RateEllipsoid(around 2/5, 3/10, 1/2, within 1/10, 1/20, 1/5)
    """

    centre: tuple[Fraction, ...]
    spread: tuple[tuple[Fraction, ...], ...]

    def __init__(self, centre: Any, spread: Any) -> None:
        middle = _vector(centre, "centre")
        rows = check_list("spread", spread)
        if len(rows) != len(middle):
            raise SpecificationError(f"spread: found {len(rows)} rows; write one for each of {len(middle)} players")
        if all(isinstance(row, (list, tuple)) or (isinstance(row, np.ndarray) and row.ndim) for row in rows):
            read = tuple(_vector(row, f"spread[{i}]") for i, row in enumerate(rows))
        else:
            diagonal = _vector(rows, "spread")
            read = tuple(tuple(x if k == i else Fraction(0) for k in range(len(rows))) for i, x in enumerate(diagonal))
        if len({len(row) for row in read}) > 1:
            raise SpecificationError("spread: its rows have different lengths; write an array of shape (n, k)")
        for i, (q, row) in enumerate(zip(middle, read, strict=True)):
            square = sum((x * x for x in row), Fraction(0))
            if not 0 <= q <= 1 or square > q * q or square > (1 - q) ** 2:
                raise SpecificationError(
                    f"centre[{i}]: {q} with a spread of √{square} leaves [0, 1]; write rates that stay probabilities"
                )
        object.__setattr__(self, "centre", middle)
        object.__setattr__(self, "spread", read)

    @property
    def num_players(self) -> int:
        return len(self.centre)

    def is_above(self, player: int, rate: Fraction) -> bool:
        """Whether a player's detection rate is at least ``rate`` everywhere in the ellipsoid."""
        room = self.centre[player] - rate
        return room >= 0 and room * room >= sum((x * x for x in self.spread[player]), Fraction(0))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "centre": [exact_text(x) for x in self.centre],
            "spread": [[exact_text(x) for x in row] for row in self.spread],
        }

    def __repr__(self) -> str:
        widths = []
        for i, row in enumerate(self.spread):
            own = [x for k, x in enumerate(row) if k != i and x]
            widths.append(brief(row[i]) if not own and i < len(row) else f"row {i}")
        return f"RateEllipsoid(around {', '.join(map(brief, self.centre))}, within {', '.join(widths)})"


@final
@dataclass(frozen=True, slots=True, init=False)
class RateIntervals:
    """Rates between a lowest and a highest one for each player, independently.

    Examples
    --------
    >>> RateIntervals(["3/10", "1/4"], ["1/2", "1/2"]).low
    (Fraction(3, 10), Fraction(1, 4))
    """

    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]

    def __init__(self, low: Any, high: Any) -> None:
        bottom, top = _vector(low, "low"), _vector(high, "high")
        if len(bottom) != len(top):
            raise SpecificationError(f"low, high: found {len(bottom)} and {len(top)} rates; write one for each player")
        for i, (a, b) in enumerate(zip(bottom, top, strict=True)):
            if not 0 <= a <= b <= 1:
                raise SpecificationError(f"low[{i}]: found {a} to {b}; write probabilities, the lower first")
        object.__setattr__(self, "low", bottom)
        object.__setattr__(self, "high", top)

    @property
    def num_players(self) -> int:
        return len(self.low)


@final
@dataclass(frozen=True, slots=True, init=False)
class RateScenarios:
    """Finitely many vectors of rates, any of which may be true.

    Examples
    --------
    >>> RateScenarios([["1/2", "1/4"], ["1/4", "1/2"]]).num_players
    2
    """

    rates: tuple[tuple[Fraction, ...], ...]

    def __init__(self, rates: Sequence[Any]) -> None:
        read = tuple(_vector(row, f"rates[{s}]") for s, row in enumerate(check_list("rates", rates)))
        if not read or len({len(row) for row in read}) > 1:
            raise SpecificationError("rates: write one scenario or more, each with a rate for every player")
        for s, row in enumerate(read):
            per_player(list(row), len(row), f"rates[{s}]")
            for i, q in enumerate(row):
                if not 0 <= q <= 1:
                    raise SpecificationError(f"rates[{s}][{i}]: found {q}; write a probability from 0 to 1")
        object.__setattr__(self, "rates", read)

    @property
    def num_players(self) -> int:
        return len(self.rates[0])


RateUncertainty = RateEllipsoid | RateIntervals | RateScenarios


def _vector(values: Any, where: str) -> tuple[Fraction, ...]:
    if not isinstance(values, (list, tuple, np.ndarray)) or not len(values):
        raise SpecificationError(f"{where}: found {values!r}; write a list of numbers")
    return tuple(exact(x, where=f"{where}[{i}]") for i, x in enumerate(values))
