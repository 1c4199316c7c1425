"""What a covert channel is worth, as values with their evidence; found by :mod:`.secret_channels`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.elementary import Bracket
from gametheory.certificates.encoding import brief
from gametheory.collusion.covert_question import Notion
from gametheory.equilibria.presentation import mix_text
from gametheory.equilibria.team_results import TeamMaxmin, TeamMaxminCorrelated
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["CovertCurve", "CovertPlay", "CovertValue"]

Array = NDArray[Any]
Strategies = tuple[tuple[Fraction, ...], ...]
Stopped = Literal["gap", "cells", "time", "precision"]

MEANINGS: dict[Notion, str] = {
    "seed": "one secret draw among so many values",
    "min_entropy": "one secret draw of so much min-entropy",
    "entropy": "one secret draw of so much Shannon entropy",
    "rate": "secret bits per round, in the long run",
    "mutual_information": "total correlation of actions, in one shot",
    "mutual_information_rate": "total correlation of actions per round, in the long run",
}


@final
@dataclass(frozen=True, slots=True)
class CovertPlay:
    """A secret signal and what each member plays at each of its values, in some share of the rounds.

    Attributes
    ----------
    share : Fraction
        Of rounds; 1 in one shot.
    weights : tuple of Fraction
        The probability of each value of the signal.
    strategies : tuple of tuples of tuples of Fraction
        ``strategies[k][i]`` is the mixed strategy of the i-th member at value k; members in increasing order.
    """

    share: Fraction
    weights: tuple[Fraction, ...]
    strategies: tuple[Strategies, ...]

    def __post_init__(self) -> None:
        if len(self.weights) != len(self.strategies) or not self.weights:
            raise SpecificationError(
                f"strategies: found {len(self.strategies)} for {len(self.weights)} values; write one for each"
            )

    def distribution(self) -> Array:
        """The law of joint actions, an array of fractions of shape (actions of the members)."""
        total: Any = 0
        for weight, strategies in zip(self.weights, self.strategies, strict=True):
            joint = np.array(weight, dtype=object)
            for strategy in strategies:
                joint = np.multiply.outer(joint, np.array([*strategy, None], dtype=object)[:-1])
            total = total + joint
        return np.asarray(total, dtype=object)


@final
@compared_by("game", "team", "adversary", "notion", "bits", "values", "observes", "lower", "upper", "plays")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CovertValue:
    """What a team secures with a secret of a given size: a bracket, the play that attains its lower end, the evidence.

    ``float()`` gives ``lower``, what the play secures.

    Attributes
    ----------
    game : NormalFormGame
    team : tuple of int
        The members in increasing order.
    adversary : int
    notion : Notion
        What the bits measure.
    bits : Fraction or None
        The budget; ``None`` if ``values`` was given instead.
    values : int or None
        For ``"seed"``: how many values the secret takes.
    observes : object
        What the overseer sees of past play, where that matters.
    lower, upper : Fraction
        The largest payoff that the team can secure within the budget lies between them.
    gap : Fraction
        (upper − lower) / payoff span, 0 if all payoffs are equal.
    plays : tuple of CovertPlay
        Secure ``lower`` within the budget whatever the adversary does; one in one shot, several where the team spends its
        secret bits unevenly over rounds.
    tme : TeamMaxmin
        Without a secret.
    tmecor : TeamMaxminCorrelated
        With an unlimited one.
    stopped : "gap", "cells", "time" or "precision"
        What ended the search: the gap asked for is reached, a limit came first, or floats close it no further.
    cells : int
        Cells that were bounded.
    marginal_price : tuple of two Fractions, or None
        Where the value is concave in bits: what another bit is worth lies between them. Elsewhere ``None``; see
        ``CovertCurve.prices``.
    certificate : Certificate
        Of both bounds.
    """

    game: NormalFormGame
    team: tuple[int, ...]
    adversary: int
    notion: Notion
    bits: Fraction | None
    values: int | None
    observes: Any
    lower: Fraction
    upper: Fraction
    gap: Fraction
    plays: tuple[CovertPlay, ...]
    tme: TeamMaxmin
    tmecor: TeamMaxminCorrelated
    stopped: Stopped
    cells: int
    marginal_price: tuple[Fraction, Fraction] | None
    certificate: Certificate

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise SpecificationError(
                f"lower, upper: found {brief(self.lower)} > {brief(self.upper)}; write the lower bound first"
            )

    def __float__(self) -> float:
        return float(self.lower)

    @property
    def price_per_bit(self) -> Bracket:
        """What a bit is worth on average up to this budget: (value − TME) / bits, between two rationals.

        Raises
        ------
        SpecificationError
            Without a budget in bits above 0 there is no bit to be priced.
        """
        budget = self.bits
        if budget is None and self.values is not None and self.values.bit_count() == 1:
            budget = Fraction(self.values.bit_length() - 1)
        if not budget:
            raise SpecificationError(
                f"price_per_bit: the budget is {self.budget}; ask with bits= above 0 (or compare values yourself)"
            )
        low, high = (self.lower - self.tme.upper) / budget, (self.upper - self.tme.lower) / budget
        return Bracket(max(low, Fraction(0)), high, "payoff per bit")

    @property
    def weights(self) -> tuple[Fraction, ...]:
        """Probabilities of the secret's values, of the only play in one shot."""
        return self._only_play().weights

    @property
    def strategies(self) -> tuple[Strategies, ...]:
        """``strategies[k][i]``: the mix of the i-th member at the secret's value k, of the only play in one shot."""
        return self._only_play().strategies

    def _only_play(self) -> CovertPlay:
        if len(self.plays) > 1:
            raise SpecificationError(f"plays: the team shares its time between {len(self.plays)}; read .plays")
        return self.plays[0]

    @property
    def budget(self) -> str:
        """The size of the secret in words."""
        if self.values is not None:
            return f"{self.values} value{'s' if self.values > 1 else ''}"
        assert self.bits is not None
        return f"{_short(self.bits)} bit{'s' if self.bits != 1 else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": "covert value",
            "status": "certified",
            "notion": self.notion,
            "bits": None if self.bits is None else exact_text(self.bits),
            "values": self.values,
            "observes": self.observes if isinstance(self.observes, (str, int)) else str(self.observes),
            "team": [self.game.players[i] for i in self.team],
            "adversary": self.game.players[self.adversary],
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "gap": exact_text(self.gap),
            "stopped": self.stopped,
            "cells": self.cells,
            "without_secret": [exact_text(self.tme.lower), exact_text(self.tme.upper)],
            "unlimited_secret": exact_text(self.tmecor.exact_value),
            "marginal_price": None if self.marginal_price is None else [exact_text(x) for x in self.marginal_price],
            "plays": [
                {
                    "share": exact_text(play.share),
                    "weights": [exact_text(p) for p in play.weights],
                    "strategies": [[[exact_text(p) for p in x] for x in row] for row in play.strategies],
                }
                for play in self.plays
            ],
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what each member plays at each value of the secret.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        rows = [
            [number, float(play.share), k, float(weight), self.game.players[i], self.game.actions[i][a], float(p)]
            for number, play in enumerate(self.plays)
            for k, (weight, row) in enumerate(zip(play.weights, play.strategies, strict=True))
            for i, strategy in zip(self.team, row, strict=True)
            for a, p in enumerate(strategy)
            if p > 0
        ]
        columns = ["play", "share", "signal", "probability of signal", "player", "action", "probability"]
        return data_frame(rows, columns)

    def _bracket(self) -> str:
        if self.lower == self.upper:
            return f"secures exactly {_short(self.lower)}"
        limits = {"cells": "the limit on cells", "time": "the limit on time", "precision": "the precision of floats"}
        stopped = "" if self.stopped == "gap" else f"; stopped by {limits[self.stopped]}"
        return (
            f"secures between {_short(self.lower)} and {_short(self.upper)}, gap {float(self.gap):.2g} of the span"
            f"{stopped}"
        )

    def _context(self) -> str:
        low, high = self.tme.lower, self.tme.upper
        without = _short(low) if low == high else f"{_short(low)} to {_short(high)}"
        return f"{without} without a secret, {_short(self.tmecor.exact_value)} with an unlimited one"

    def __repr__(self) -> str:
        return f"CovertValue({self.notion}, {self.budget}, certified: {self._bracket()}; {self._context()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{_short(play.share)}</td><td>{_short(weight)}</td>"
            + "".join(f"<td>{escape(_mix(x, self.game.actions[i]))}</td>" for i, x in zip(self.team, row, strict=True))
            + "</tr>"
            for play in self.plays
            for weight, row in zip(play.weights, play.strategies, strict=True)
        )
        members = "".join(f"<th>{escape(self.game.players[i])}</th>" for i in self.team)
        caption = escape(
            f"With {self.budget} ({MEANINGS[self.notion]}) the team, certified, {self._bracket()}; {self._context()}"
        )
        return (
            f"<table><caption>{caption}</caption>"
            f"<tr><th>share of rounds</th><th>probability of the signal</th>{members}</tr>{rows}</table>"
        )


@final
@compared_by("points")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CovertCurve:
    """What a team secures as its secret grows: certified bounds at each budget, nondecreasing.

    Attributes
    ----------
    notion : Notion
    points : tuple of CovertValue
        In order of budget, each with its own evidence. A larger budget allows what a smaller one does, so that ``lower``
        and ``upper`` of the curve at a budget are the best bounds that points before and after it, too, establish.
    """

    notion: Notion
    points: tuple[CovertValue, ...]

    @property
    def bits(self) -> tuple[Fraction, ...]:
        """The budgets."""
        return tuple(point.bits for point in self.points if point.bits is not None)

    @property
    def lower(self) -> tuple[Fraction, ...]:
        """Certified lower bounds, nondecreasing."""
        return tuple(itertools.accumulate((point.lower for point in self.points), max))

    @property
    def upper(self) -> tuple[Fraction, ...]:
        """Certified upper bounds, nondecreasing."""
        return tuple(itertools.accumulate((point.upper for point in reversed(self.points)), min))[::-1]

    @property
    def prices(self) -> tuple[Bracket, ...]:
        """What a bit is worth between each budget and the next: the slope of the curve there, between two rationals."""
        found = []
        bits, lower, upper = self.bits, self.lower, self.upper
        for k in range(len(bits) - 1):
            step = bits[k + 1] - bits[k]
            least, most = (lower[k + 1] - upper[k]) / step, (upper[k + 1] - lower[k]) / step
            found.append(Bracket(max(least, Fraction(0)), most, "payoff per bit"))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": "covert value curve",
            "status": "certified",
            "notion": self.notion,
            "points": [point.to_dict() for point in self.points],
            "prices": [price.to_dict() for price in self.prices],
        }

    def to_frame(self) -> Any:
        """A pandas table: bits, lower and upper bound, and the price per bit up to the next budget (NaN at the last).

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        prices: list[tuple[float, float]] = [(price.lower, price.upper) for price in self.prices]
        prices.append((float("nan"), float("nan")))
        rows = [
            [float(bits), float(low), float(high), *price]
            for bits, low, high, price in zip(self.bits, self.lower, self.upper, prices, strict=True)
        ]
        return data_frame(rows, ["bits", "lower", "upper", "price per bit, lower", "price per bit, upper"])

    def _summary(self) -> str:
        first, last = self.points[0], self.points[-1]
        worst = max(point.gap for point in self.points)
        return (
            f"certified: from {float(first.lower):.6g} at {first.budget} to {float(last.lower):.6g} at {last.budget}, "
            f"{len(self.points)} budgets, gap at most {float(worst):.2g} of the span"
        )

    def __repr__(self) -> str:
        return f"CovertCurve({self.notion}, {self._summary()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{_short(bits)}</td><td>{_short(low)}</td><td>{_short(high)}</td></tr>"
            for bits, low, high in zip(self.bits, self.lower, self.upper, strict=True)
        )
        caption = escape(f"{MEANINGS[self.notion]}, {self._summary()}")
        return (
            f"<table><caption>{caption}</caption><tr><th>bits</th><th>at least</th><th>at most</th></tr>{rows}</table>"
        )


def _short(value: Fraction) -> str:
    """Exact where that is short; the rationals of a search are long."""
    text = exact_text(value)
    return text if len(text) <= 12 else f"{float(value):.10g}"


def _mix(probabilities: Sequence[Fraction], labels: Sequence[str]) -> str:
    return mix_text([p if len(exact_text(p)) <= 12 else float(p) for p in probabilities], labels)
