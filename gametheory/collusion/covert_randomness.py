"""What a player secures who can draw few random bits: limited randomness of one's own.

A player of a zero-sum game draws at most h bits per round in private; his opponent sees past play. In one shot he secures

    U(h) = max { min_b Σ_a x(a) u(b, a) :  H(x) ≤ h },

a maximum over a set that is not convex (its complement is). Over many rounds he can save bits for rounds in which he needs
them, and secures the concave envelope of U (Neyman and Okada 2000; Gossner and Vieille 2002): in matching pennies U(h) is the
small x of entropy h, and the envelope h/2.

Both are bounded from both sides with evidence, as limited secrecy of a team of one who plays pure actions given his draws
(:mod:`gametheory.certificates.secrecy`).

References: A. Neyman and D. Okada (2000), *Repeated games with bounded entropy*, Games and Economic Behavior 30; O. Gossner and
N. Vieille (2002), *How to play with a biased coin?*, ibid. 41; M. Budinich and L. Fortnow (2011), *Repeated matching pennies
with limited randomness*, EC. Complexity: exponential in the player's number of actions at worst; up to four take seconds.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final, get_args

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.secrecy import SecrecyCertificate
from gametheory.certificates.secrecy_stages import stage_mean
from gametheory.certificates.team_bounds import team_table
from gametheory.collusion.secrecy_rounding import SecrecyQuestion
from gametheory.collusion.secrecy_values import secrecy_value
from gametheory.equilibria.presentation import mix_text
from gametheory.equilibria.team_play import team_maxmin_correlated
from gametheory.errors import GameTheoryWarning, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["RandomnessValue", "bounded_randomness_value"]

Horizon = Literal["one_shot", "long_run"]

_SMALLEST_GAP = Fraction(1, 10**7)
_MOST_BITS = 64


@final
@compared_by("game", "player", "bits", "horizon", "lower", "upper", "mixes")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RandomnessValue:
    """What a player secures with limited randomness: a bracket, how, and the evidence.

    ``float()`` gives ``lower``.

    Attributes
    ----------
    game : NormalFormGame
    player : int
    bits : Fraction
    horizon : "one_shot" or "long_run"
    lower, upper : Fraction
    gap : Fraction
        (upper − lower) / payoff span.
    mixes : tuple of (Fraction, tuple of Fraction)
        Shares of the rounds and the mix in each, which secure ``lower`` within the budget; a single one in one shot.
    pure, mixed : Fraction
        What the player secures without randomness, and with as much as he wants.
    stopped : "gap", "cells" or "time"
    cells : int
    marginal_price : tuple of two Fractions, or None
        In the long run: what a further bit is worth lies between them.
    certificate : SecrecyCertificate
    """

    game: NormalFormGame
    player: int
    bits: Fraction
    horizon: Horizon
    lower: Fraction
    upper: Fraction
    gap: Fraction
    mixes: tuple[tuple[Fraction, tuple[Fraction, ...]], ...]
    pure: Fraction
    mixed: Fraction
    stopped: Literal["gap", "cells", "time"]
    cells: int
    marginal_price: tuple[Fraction, Fraction] | None
    certificate: SecrecyCertificate

    def __float__(self) -> float:
        return float(self.lower)

    def _described(self) -> str:
        bounds = f"{_short(self.lower)} to {_short(self.upper)}"
        stopped = {"gap": "", "cells": "; stopped by the limit on cells", "time": "; stopped by the limit on time"}
        time_of = "in one shot" if self.horizon == "one_shot" else "per round in the long run"
        labels = self.game.actions[self.player]
        plays = " | ".join(f"{_short(share)}: {mix_text(list(map(_plain, mix)), labels)}" for share, mix in self.mixes)
        return (
            f"certified: {self.game.players[self.player]} secures {bounds} with {_short(self.bits)} bits {time_of}, "
            f"{_short(self.pure)} with none, {_short(self.mixed)} with all he wants{stopped[self.stopped]}; by {plays}"
        )

    def __repr__(self) -> str:
        return f"RandomnessValue({self._described()})"

    def _repr_html_(self) -> str:
        return f"<p>Limited randomness, {escape(self._described())}</p>"

    def to_frame(self) -> Any:
        """A pandas table of shares and mixes.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        labels = self.game.actions[self.player]
        rows = [[float(share), *map(float, mix)] for share, mix in self.mixes]
        return data_frame(rows, ["share of rounds", *labels])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        price = self.marginal_price
        return {
            "concept": "limited randomness",
            "status": "certified",
            "player": self.game.players[self.player],
            "horizon": self.horizon,
            **{name: exact_text(getattr(self, name)) for name in ("bits", "lower", "upper", "gap", "pure", "mixed")},
            "mixes": [[exact_text(share), [exact_text(p) for p in mix]] for share, mix in self.mixes],
            "stopped": self.stopped,
            "cells": self.cells,
            "marginal_price": None if price is None else [exact_text(x) for x in price],
            "certificate": self.certificate.to_dict(),
        }


def bounded_randomness_value(
    game: NormalFormGame,
    *,
    player: int | str,
    bits: Any,
    horizon: Horizon,
    payoff: Any = None,
    gap: float | Fraction = 1e-3,
    max_cells: int = 20_000,
    time_limit: float | None = None,
    progress: Callable[[int, float, float], None] | None = None,
) -> RandomnessValue:
    """Enclose what a player secures against the other one with limited randomness of his own.

    Parameters
    ----------
    game : NormalFormGame
        Of two players; the other one's payoff plays no role.
    player : int or str
    bits : number, 0 to 64
        Entropy per round.
    horizon : "one_shot" or "long_run"
        Whether the budget binds in the one round there is, or on average over many.
    payoff : array_like, shape num_actions, optional
        What the player maximises and the other one minimises; by default the player's payoff.
    gap : float or Fraction, 1e-7 to 1
        The search ends once upper − lower is at most this share of the payoff span.
    max_cells : int ≥ 1
    time_limit : float, optional
        Seconds; then the answer depends on the machine.
    progress : callable, optional
        Called as ``progress(cells, lower, upper)`` now and then.

    Returns
    -------
    RandomnessValue

    Raises
    ------
    SpecificationError
        The game has not two players, or an argument is out of range.

    Warns
    -----
    GameTheoryWarning
        If a limit ends the search before the gap is reached. The bounds hold all the same.

    Examples
    --------
    Matching pennies for 0 and 1: a biased coin of half a bit secures its small side in one shot, h/2 in the long run.

    >>> game = NormalFormGame.zero_sum([[1, 0], [0, 1]])
    >>> once = bounded_randomness_value(game, player=0, bits="1/2", horizon="one_shot")
    >>> round(float(once.lower), 6), once.gap <= 1e-3
    (0.110028, True)
    >>> bounded_randomness_value(game, player=0, bits="1/2", horizon="long_run").lower
    Fraction(1, 4)
    """
    if game.num_players != 2:
        raise SpecificationError(
            f"game: found {game.num_players} players; two are needed (for a team, see covert_value)"
        )
    if horizon not in get_args(Horizon):
        raise SpecificationError(f"horizon: found {horizon!r}; write 'one_shot' or 'long_run'")
    own = game.player_index(player)
    budget, wanted = exact(bits, where="bits"), exact(gap, where="gap")
    if not 0 <= budget <= _MOST_BITS:
        raise SpecificationError(f"bits: found {bits}; write a number of bits from 0 to {_MOST_BITS}")
    if not _SMALLEST_GAP <= wanted <= 1:
        raise SpecificationError(f"gap: found {gap}; write a share of the payoff span from 1e-7 to 1")
    check_count("max_cells", max_cells)
    check_seconds("time_limit", time_limit)
    deadline = math.inf if time_limit is None else time.perf_counter() + time_limit
    unlimited = team_maxmin_correlated(game, team=[own], adversary=1 - own, payoff=payoff)
    rationals = None if payoff is None else RationalArray.from_values(payoff, where="payoff")
    table = team_table(game.exact(), (own,), 1 - own, rationals)
    rows = table.fractions()
    base, span = Fraction(rows.min()), Fraction(rows.max() - rows.min())
    count = table.shape[1]

    def tell(cells: int, low: float, high: float) -> None:
        if progress is not None:
            progress(cells, float(base) + low * float(span), float(base) + high * float(span))

    found = secrecy_value(
        SecrecyQuestion(
            game=game.exact(),
            team=(own,),
            adversary=1 - own,
            payoff=rationals,
            table=table,
            plays="pure",
            channels=(RationalArray.from_fractions([[int(a == b) for b in range(count)] for a in range(count)]),),
            horizon="one stage" if horizon == "one_shot" else "long run",
            bits=budget,
            tmecor=unlimited,
            starts=((tuple(unlimited.exact_distribution.tolist()),),),
            gap=wanted,
            max_cells=max_cells,
            deadline=deadline,
            tell=tell,
        )
    )
    reached = (found.upper - found.lower) / span if span else Fraction(0)
    if found.stopped != "gap":
        limit = f"max_cells={max_cells}" if found.stopped == "cells" else f"time_limit={time_limit}"
        warnings.warn(
            f"bounded_randomness_value stopped at {limit} with a gap of {float(reached):.2g} of the payoff span; the bounds "
            "hold, raise the limit for closer ones",
            GameTheoryWarning,
            stacklevel=2,
        )
    return RandomnessValue(
        game=game,
        player=own,
        bits=budget,
        horizon=horizon,
        lower=found.lower,
        upper=found.upper,
        gap=reached,
        mixes=tuple((stage.share, tuple(stage_mean(stage, (count,)))) for stage in found.stages),
        pure=Fraction(rows.min(axis=0).max()),
        mixed=unlimited.exact_value,
        stopped=found.stopped,
        cells=found.cells,
        marginal_price=found.marginal_price,
        certificate=found.certificate,
    )


def _short(value: Fraction) -> str:
    """Exact where that is short; the rationals of a search are long."""
    return str(number if isinstance(number := _plain(value), Fraction) else f"{number:.10g}")


def _plain(p: Fraction) -> Fraction | float:
    return p if len(exact_text(p)) <= 12 else float(p)
