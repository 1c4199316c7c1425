"""What a team secures against an adversary, as values with their evidence; found by :mod:`.team_play`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief
from gametheory.certificates.team_bounds import TeamBoundsCertificate
from gametheory.equilibria.presentation import mix_text, number_text, plain_profile, sum_text
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["TeamMaxmin", "TeamMaxminCorrelated"]

Array = NDArray[Any]


@final
@compared_by("game", "team", "adversary", "exact_profile", "lower", "upper", "exact_adversary_strategy")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class TeamMaxmin:
    """What a team secures when its members randomise independently: a bracket, the strategies, and the evidence.

    ``float()`` gives ``lower``, what the strategies secure.

    Attributes
    ----------
    game : NormalFormGame
    team : tuple of int
        The members in increasing order.
    adversary : int
    profile : tuple of arrays, one of shape (m_i,) for each member in the order of ``team``
        Secures ``lower`` whatever the adversary does; floats for data in floats, ``exact_profile`` in fractions.
    lower, upper : Fraction
        The largest payoff that independent members can secure lies between them; both are established by
        ``certificate``.
    gap : Fraction
        (upper − lower) / payoff span, 0 if all payoffs are equal.
    stopped : "gap", "cells" or "time"
        What ended the search: the gap asked for is reached, or a limit came first.
    cells : int
        Cells of the subdivision that were bounded.
    adversary_strategy : array, shape (m_adversary,)
        The adversary's mix against which a single member of ``profile`` can gain least by deviating alone;
        ``exact_adversary_strategy`` in fractions.
    largest_gain : Fraction
        That gain over ``lower``. With 0 the profile and the mix are a Nash equilibrium of the zero-sum game between
        team and adversary, as every team-maxmin profile has one.
    certificate : TeamBoundsCertificate
        Of both bounds.
    """

    game: NormalFormGame
    team: tuple[int, ...]
    adversary: int
    profile: tuple[Array, ...]
    exact_profile: tuple[Array, ...]
    lower: Fraction
    upper: Fraction
    gap: Fraction
    stopped: Literal["gap", "cells", "time"]
    cells: int
    adversary_strategy: Array
    exact_adversary_strategy: Array
    largest_gain: Fraction
    certificate: TeamBoundsCertificate

    def __post_init__(self) -> None:
        for name in ("profile", "exact_profile"):
            object.__setattr__(self, name, tuple(_read_only(x) for x in getattr(self, name)))
        for name in ("adversary_strategy", "exact_adversary_strategy"):
            object.__setattr__(self, name, _read_only(getattr(self, name)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (TeamMaxmin, tuple(getattr(self, name) for name in self.__slots__))

    def __float__(self) -> float:
        return float(self.lower)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": "team-maxmin, independent play",
            "status": "certified",
            "team": [self.game.players[i] for i in self.team],
            "adversary": self.game.players[self.adversary],
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "gap": exact_text(self.gap),
            "stopped": self.stopped,
            "cells": self.cells,
            "profile": [plain_profile(x) for x in self.exact_profile],
            "adversary_strategy": plain_profile(self.exact_adversary_strategy),
            "largest_gain": exact_text(self.largest_gain),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what each member plays, and the adversary's mix.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        players = (*self.team, self.adversary)
        rows = [
            [self.game.players[i], self.game.actions[i][k], p]
            for i, strategy in zip(players, (*self.profile, self.adversary_strategy), strict=True)
            for k, p in enumerate(strategy)
            if p > 0
        ]
        return data_frame(rows, ["player", "action", "probability"])

    def _bracket(self) -> str:
        if self.lower == self.upper:
            return f"secures exactly {brief(self.lower)}"
        stopped = {
            "gap": "",
            "cells": "; stopped by the limit on cells",
            "time": "; stopped by the limit on time",
        }[self.stopped]
        bounds = f"{_short(self.lower)} and {_short(self.upper)}"
        return f"secures between {bounds}, gap {float(self.gap):.2g} of the span{stopped}"

    def _plays(self) -> list[str]:
        return [_mix(strategy, self.game.actions[i]) for i, strategy in zip(self.team, self.profile, strict=True)]

    def __repr__(self) -> str:
        return f"TeamMaxmin(independent, certified: {self._bracket()}; by {' | '.join(self._plays())})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(self.game.players[i])}</th><td>{escape(text)}</td></tr>"
            for i, text in zip(self.team, self._plays(), strict=True)
        )
        caption = escape(f"Team-maxmin, independent play, certified: {self._bracket()}")
        return f"<table><caption>{caption}</caption><tr><th>member</th><th>plays</th></tr>{rows}</table>"


@final
@compared_by("game", "team", "adversary", "exact_distribution", "exact_adversary_strategy", "exact_value")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class TeamMaxminCorrelated:
    """What a team secures when its members share a secret random draw, how, and the adversary's best mix against it.

    ``float()`` gives the value.

    Attributes
    ----------
    game : NormalFormGame
    team : tuple of int
        The members in increasing order.
    adversary : int
    distribution : array, shape (actions of the members, in the order of ``team``)
        Secures ``value`` whatever the adversary does; floats for data in floats, ``exact_distribution`` in fractions.
    adversary_strategy : array, shape (m_adversary,)
        Against it no joint action of the team gets more than ``value``; ``exact_adversary_strategy`` in fractions.
    value : Fraction or float
        ``exact_value`` is the rational.
    certificate : DualityCertificate
        That ``exact_value`` is the optimum.
    """

    game: NormalFormGame
    team: tuple[int, ...]
    adversary: int
    distribution: Array
    exact_distribution: Array
    adversary_strategy: Array
    exact_adversary_strategy: Array
    value: Fraction | float
    exact_value: Fraction
    certificate: DualityCertificate

    def __post_init__(self) -> None:
        for name in ("distribution", "exact_distribution", "adversary_strategy", "exact_adversary_strategy"):
            object.__setattr__(self, name, _read_only(getattr(self, name)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (TeamMaxminCorrelated, tuple(getattr(self, name) for name in self.__slots__))

    def __float__(self) -> float:
        return float(self.exact_value)

    @property
    def support(self) -> tuple[tuple[int, ...], ...]:
        """The joint actions that are drawn, by index in the order of ``team``."""
        return tuple(tuple(int(k) for k in index) for index in np.argwhere(self.exact_distribution != 0))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": "team-maxmin, correlated play",
            "status": "certified",
            "team": [self.game.players[i] for i in self.team],
            "adversary": self.game.players[self.adversary],
            "value": exact_text(self.exact_value),
            "distribution": plain_profile(self.exact_distribution),
            "adversary_strategy": plain_profile(self.exact_adversary_strategy),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the joint actions that are drawn.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        rows = [[*self._labels(index), self.distribution[index]] for index in self.support]
        return data_frame(rows, [*(self.game.players[i] for i in self.team), "probability"])

    def _labels(self, index: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(self.game.actions[i][k] for i, k in zip(self.team, index, strict=True))

    def _described(self) -> str:
        draws = [(self.distribution[index], "(" + ", ".join(self._labels(index)) + ")") for index in self.support]
        mix = _mix(self.adversary_strategy, self.game.actions[self.adversary])
        return f"secures {number_text(self.value)} by {sum_text(draws)}; against it {mix}"

    def __repr__(self) -> str:
        return f"TeamMaxminCorrelated(certified: {self._described()})"

    def _repr_html_(self) -> str:
        return f"<p>Team-maxmin, correlated play, certified: {escape(self._described())}</p>"


def _short(value: Fraction) -> str:
    """Exact where that is short; the rationals of a search are long."""
    text = exact_text(value)
    return text if len(text) <= 12 else f"{float(value):.10g}"


def _mix(probabilities: Array, labels: Sequence[str]) -> str:
    shown = [p if not isinstance(p, Fraction) or len(exact_text(p)) <= 12 else float(p) for p in probabilities]
    return mix_text(shown, labels)


def _read_only(values: Any) -> Array:
    array = np.array(values, copy=True)
    array.setflags(write=False)
    return array


def _rebuilt(kind: Any, fields: tuple[Any, ...]) -> Any:
    return kind(**dict(zip(kind.__slots__, fields, strict=True)))
