"""What a team secures while its secret randomness is limited: bounds from both sides, in rationals.

In a *stage* the members draw k with probability λ_k and play the distribution d_k over joint actions, D = Σ_k λ_k d_k on
average; the adversary does not see k. Channels W_j send the joint action to signals. The stage secures and costs, in nats,

    v = min_b Σ_a D(a) u(b, a),     c = Σ_j [H(W_j D) − Σ_a D(a) H(W_j(· | a))] − Σ_k λ_k H(d_k).

One stage must cost at most R; in the long run stages with shares α_i of the rounds must, Σ_i α_i c_i ≤ R, and secure
Σ_i α_i v_i. What d_k may be (``plays``) and the channels say whose secret is limited:

* ``"independent"``, d_k a product, one channel W from joint actions to what the overseer sees: c is the secret that the stage
  uses up less what its own unseen noise adds (Gossner and Tomala 2007); if he sees everything, c = I(k; a);
* ``"joint"``, any d_k, a channel for each member that shows his action: c is the total correlation of D (with one d);
* ``"pure"``, one pure action each, one channel that shows everything: c = H(D), the randomness used.

Upper bound. For a mix y of the adversary, a price μ ≥ 0 and vectors π_j put
φ(a) = u_y(a) + Σ_j [μ H(W_j(· | a)) − π_j·W_j(· | a)]. If Σ_a d(a) φ(a) + μ H(d) ≤ M for every d that may be played, then

    v − μ c ≤ M     for every stage with   μ H(W_j D) ≥ π_j·W_j D   for all j.

Entropy is concave, so that the last condition holds on a simplex of signal laws if it holds at its corners. A subdivision of
the simplices of all channels' laws, each cell under one such price, bounds one stage by the largest M + μR; if μ is the same
in every cell, the long run too (weak duality).

A *cut* may prove the upper bound where an overseer sees everything: for any member i, c = I(k; a) ≥ I(a_i; a_−i) (given k the
two are independent), so that every bound for ``"joint"`` plays and the two channels a_i and a_−i holds.

M is bounded in closed form, or for products by subdivision: with m = μ, G(x) = Σ_i H(x_i) + ln Σ_z exp φ_z(x)/m, x the mixes of
all members but the last, is concave plus convex in each x_i, so that on a product of simplices with centres c_i it is at most
its value at a corner with Σ_i −x_i·ln c_i in place of the entropies.

References: O. Gossner and N. Vieille 2002, "How to play with a biased coin?", *Games and Economic Behavior* 41; O. Gossner and
T. Tomala 2007, "Secret correlation in repeated games with imperfect monitoring", *Mathematics of Operations Research* 32.
Complexity: exponential in the number of signals and, for products, of actions of all members but one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.common_information import Corner, entropy
from gametheory.certificates.elementary import logarithm_bracket
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    indices_from_json,
    list_from_json,
    player_name,
    rationals_from_json,
)
from gametheory.certificates.information import table_from_json, table_to_json
from gametheory.certificates.rationals import (
    expect_keys,
    rational_from_json,
    rational_to_json,
)
from gametheory.certificates.secrecy_prices import Price, inner, is_bound, priced_actions, subdivision
from gametheory.certificates.secrecy_stages import (
    Horizon,
    Plays,
    Stage,
    cut_channels,
    logarithm_sum,
    own_actions,
    shows_everything,
    stage_cost,
    stage_mean,
)
from gametheory.certificates.team_bounds import Split, split_from_json, team_from_json, team_table, team_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["SecrecyCertificate"]

Vector = tuple[Fraction, ...]

_PLAYS = ("independent", "joint", "pure")
_HORIZONS = ("one stage", "long run")
_KEYS = (
    *("kind", "game_digest", "game", "team", "adversary", "payoff", "plays", "channels", "horizon", "bits"),
    *("stages", "prices", "splits", "leaves", "cells", "lower", "upper", "cut"),
)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SecrecyCertificate:
    """The claim that a team with limited secrecy secures at least ``lower`` and at most ``upper``.

    Attributes
    ----------
    team : tuple of int
        The members in increasing order; all players but the adversary.
    adversary : int
    plays : "independent", "joint" or "pure"
    channels : tuple of RationalArray, each of shape (joint actions, signals)
    horizon : "one stage" or "long run"
    bits : Fraction
        R / ln 2.
    stages : tuple of Stage
        Secure ``lower`` within the budget.
    prices : tuple of Price
    splits : tuple of (channel, corner, corner) or None
        The tree in preorder: an inner node splits an edge of the simplex of a channel's signal laws, a leaf is ``None``. The
        child that replaces the first corner comes first.
    leaves : tuple of int
        For each leaf the price that holds on it.
    cells : int
        At most so many products of simplices are looked at for each score.
    lower, upper : Fraction
    cut : int or None
        The member, by position in ``team``, whose correlation with the others bounds the secrecy used from below.
    payoff : RationalArray, shape num_actions, or None
        The team's payoff at each profile of the game; ``None``: the members' common payoff in the game.
    game : NormalFormGame or None

    Examples
    --------
    A player with half a bit of randomness per round mixes evenly in every second round of matching pennies (0/1):

    >>> game = NormalFormGame.zero_sum([[1, 0], [0, 1]])
    >>> half, one = Fraction(1, 2), Fraction(1)
    >>> left, right = ((one, Fraction(0)),), ((Fraction(0), one),)
    >>> SecrecyCertificate(
    ...     team=(0,), adversary=1, plays="pure", channels=(RationalArray.from_values([[1, 0], [0, 1]]),),
    ...     horizon="long run", bits=half, stages=(Stage(half, (half, half), (left, right)), Stage(half, (one,), (left,))),
    ...     prices=(Price(Fraction(0), (half, half), ((Fraction(0),) * 2,), half),), splits=(None,), leaves=(0,), cells=0,
    ...     lower=Fraction(1, 4), upper=half, game=game).verify()
    True
    """

    team: tuple[int, ...]
    adversary: int
    plays: Plays
    channels: tuple[RationalArray, ...]
    horizon: Horizon
    bits: Fraction
    stages: tuple[Stage, ...]
    prices: tuple[Price, ...]
    splits: tuple[Split | None, ...]
    leaves: tuple[int, ...]
    cells: int
    lower: Fraction
    upper: Fraction
    cut: int | None = None
    payoff: RationalArray | None = None
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        what = {
            "independent": "a secret against an overseer of its play",
            "joint": "total correlation",
            "pure": "randomness",
        }[self.plays]
        time = "in one stage" if self.horizon == "one stage" else "per round in the long run"
        whose = "" if self.payoff is None else " of the payoff given here"
        return (
            f"with {brief(self.bits)} bits of {what} {time} the team against {player_name(self.game, self.adversary)} "
            f"secures at least {brief(self.lower)}{whose}, and at most {brief(self.upper)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check both bounds exactly; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming what breaks: a stage, the budget, a price, the subdivision or a leaf.
        """
        exact_game = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            table = team_table(exact_game, self.team, self.adversary, self.payoff)
            self._check_channels(table)
            self._check_stages(table)
            plays, channels = self._relaxed(table.shape[1:])
            for number in sorted(set(self.leaves)):
                if number >= len(self.prices):
                    fail(self.claim, f"there is no price number {number}")
                self._check_price(table, number, plays, channels)
            self._check_leaves(channels)
        except SpecificationError as error:
            fail(self.claim, str(error))
        return True

    def _relaxed(self, sizes: tuple[int, ...]) -> tuple[Plays, tuple[RationalArray, ...]]:
        """The kind of plays and the channels that the upper bound is about."""
        if self.cut is None:
            return self.plays, self.channels
        if self.plays != "independent" or not shows_everything(self.channels[0]):
            fail(self.claim, "a cut bounds the secrecy of members who are seen in full")
        if self.cut >= len(sizes):
            fail(self.claim, f"there is no member number {self.cut}")
        return "joint", cut_channels(sizes, self.cut)

    def _check_channels(self, table: RationalArray) -> None:
        size = math.prod(table.shape[1:])
        if self.plays not in _PLAYS or self.horizon not in _HORIZONS or self.bits < 0:
            fail(self.claim, "plays, horizon or bits are none that exist")
        if self.plays != "independent" and not _shows_all(self.channels, table.shape[1:], self.plays):
            fail(self.claim, "the channels are not those of this kind of secrecy")
        if self.plays == "independent" and len(self.channels) != 1:
            fail(self.claim, "an overseer sees one signal")
        for channel in self.channels:
            if len(channel.shape) != 2 or channel.shape[0] != size:
                fail(self.claim, f"a channel has the shape {channel.shape}, not a row for each of {size} joint actions")
            rows = channel.numerators.astype(object)
            if np.any(rows < 0) or np.any(rows.sum(axis=1) != channel.denominator):
                fail(self.claim, "a row of a channel is no distribution")

    def _check_stages(self, table: RationalArray) -> None:
        if not _is_law([stage.share for stage in self.stages]):
            fail(self.claim, "the shares of the stages are no distribution")
        if self.horizon == "one stage" and len(self.stages) != 1:
            fail(self.claim, "there is more than one stage")
        rows = table.fractions().reshape(table.shape[0], -1)
        secured, terms = Fraction(0), {Fraction(2): -self.bits}
        for number, stage in enumerate(self.stages):
            self._check_stage(stage, number, table.shape[1:])
            mean = stage_mean(stage, table.shape[1:])
            secured += stage.share * min((rows @ np.array(mean, dtype=object)).tolist())
            for x, weight in stage_cost(stage, self.channels, table.shape[1:]).items():
                terms[x] = terms.get(x, Fraction(0)) + stage.share * weight
        if secured < self.lower:
            fail(self.claim, f"the stages secure {brief(secured)} only")
        if logarithm_sum(terms)[1] > 0:
            fail(self.claim, "the stages are not proved to stay within the budget")

    def _check_stage(self, stage: Stage, number: int, sizes: tuple[int, ...]) -> None:
        expected = sizes if self.plays == "independent" else (math.prod(sizes),)
        if len(stage.weights) != len(stage.plays) or not _is_law(stage.weights):
            fail(self.claim, f"the secret draw of stage {number} is no distribution")
        for play in stage.plays:
            if tuple(map(len, play)) != expected or not all(map(_is_law, play)):
                fail(self.claim, f"stage {number} plays what is no distribution over actions")
            if self.plays == "pure" and max(play[0]) != 1:
                fail(self.claim, f"stage {number} mixes at a value of its draw")

    def _check_price(
        self, table: RationalArray, number: int, plays: Plays, channels: tuple[RationalArray, ...]
    ) -> None:
        price = self.prices[number]
        if price.per_nat < 0 or len(price.mix) != table.shape[0] or not _is_law(price.mix):
            fail(self.claim, f"price {number} is negative, or its mix no distribution over the adversary's actions")
        if tuple(map(len, price.signals)) != tuple(channel.shape[1] for channel in channels):
            fail(self.claim, f"price {number} has not one number for each signal")
        scores = priced_actions(table, channels, price)
        if not is_bound(scores.reshape(table.shape[1:]), price, plays, self.cells):
            fail(self.claim, f"price {number}: no play is to score more than {brief(price.score)}; not proved")
        if price.score + price.per_nat * self.bits * logarithm_bracket(Fraction(2))[1] > self.upper:
            fail(self.claim, f"price {number} proves a larger bound")

    def _check_leaves(self, channels: tuple[RationalArray, ...]) -> None:
        used = {self.prices[number].per_nat for number in self.leaves}
        if self.horizon == "long run" and len(used) > 1:
            fail(self.claim, "in the long run the price of secrecy must be the same everywhere")
        if sum(split is None for split in self.splits) != len(self.leaves):
            fail(self.claim, "the subdivision has not one price for each leaf")
        known: dict[Corner, Fraction] = {}
        cells = subdivision([channel.shape[1] for channel in channels], self.splits)
        for leaf, (number, cell) in enumerate(zip(self.leaves, cells, strict=True)):
            price = self.prices[number]
            for corners, signals in zip(cell, price.signals, strict=True):
                for corner in corners:
                    if corner not in known:
                        known[corner] = entropy(corner)[0]
                    if price.per_nat * known[corner] < inner(corner, signals):
                        fail(self.claim, f"price {number} does not hold on leaf {leaf}")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""

        def written(vector: Vector) -> list[str]:
            return [rational_to_json(x) for x in vector]

        return {
            "kind": "secrecy",
            **team_to_json(self),
            "plays": self.plays,
            "channels": [table_to_json(channel) for channel in self.channels],
            "horizon": self.horizon,
            "bits": rational_to_json(self.bits),
            "stages": [
                {
                    "share": rational_to_json(stage.share),
                    "weights": written(stage.weights),
                    "plays": [[written(vector) for vector in play] for play in stage.plays],
                }
                for stage in self.stages
            ],
            "prices": [
                {
                    "per_nat": rational_to_json(price.per_nat),
                    "mix": written(price.mix),
                    "signals": [written(vector) for vector in price.signals],
                    "score": rational_to_json(price.score),
                }
                for price in self.prices
            ],
            "splits": [None if split is None else list(split) for split in self.splits],
            "leaves": list(self.leaves),
            "cells": self.cells,
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
            "cut": self.cut,
        }

    @classmethod
    def from_dict(cls, data: Any) -> SecrecyCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "secrecy")
        where = "certificate"
        for key, allowed in (("plays", _PLAYS), ("horizon", _HORIZONS)):
            if data[key] not in allowed:
                raise SpecificationError(f"{where}.{key}: found {data[key]!r}; write one of {', '.join(allowed)}")
        cells, cut = data["cells"], data["cut"]
        if type(cells) is not int or cells < 0:
            raise SpecificationError(f"{where}.cells: found {cells!r}; write a whole number ≥ 0")
        if cut is not None and (type(cut) is not int or cut < 0):
            raise SpecificationError(f"{where}.cut: found {cut!r}; write the number of a member, or null")
        return cls(
            **team_from_json(data),
            plays=data["plays"],
            channels=tuple(
                table_from_json(part, f"{where}.channels[{k}]", 2)
                for k, part in enumerate(list_from_json(data["channels"], f"{where}.channels"))
            ),
            horizon=data["horizon"],
            bits=rational_from_json(data["bits"], where=f"{where}.bits"),
            stages=tuple(
                _stage(part, f"{where}.stages[{k}]")
                for k, part in enumerate(list_from_json(data["stages"], f"{where}.stages"))
            ),
            prices=tuple(
                _price(part, f"{where}.prices[{k}]")
                for k, part in enumerate(list_from_json(data["prices"], f"{where}.prices"))
            ),
            splits=tuple(
                None if part is None else split_from_json(part, f"{where}.splits[{k}]", "channel, corner, corner")
                for k, part in enumerate(list_from_json(data["splits"], f"{where}.splits"))
            ),
            leaves=indices_from_json(data["leaves"], where=f"{where}.leaves"),
            cells=cells,
            lower=rational_from_json(data["lower"], where=f"{where}.lower"),
            upper=rational_from_json(data["upper"], where=f"{where}.upper"),
            cut=cut,
            game=game,
        )

    def __repr__(self) -> str:
        return f"SecrecyCertificate({self.claim}: {len(self.leaves)} cells, {len(self.prices)} prices)"


def _shows_all(channels: Sequence[RationalArray], sizes: tuple[int, ...], plays: Plays) -> bool:
    """Whether the channels show each member's action (``"joint"``), or everything (``"pure"``)."""
    if plays == "pure":
        expected = [np.eye(math.prod(sizes), dtype=np.int64)]
    else:
        expected = [own_actions(sizes, i) for i in range(len(sizes))]
    return len(channels) == len(expected) and all(
        channel == RationalArray.of_integers(table) for channel, table in zip(channels, expected, strict=True)
    )


def _is_law(vector: Sequence[Fraction]) -> bool:
    return bool(vector) and min(vector) >= 0 and sum(vector) == 1


def _vectors(data: Any, where: str) -> tuple[Vector, ...]:
    return tuple(rationals_from_json(row, f"{where}[{k}]") for k, row in enumerate(list_from_json(data, where)))


def _stage(data: Any, where: str) -> Stage:
    expect_keys(data, ("share", "weights", "plays"), where=where)
    return Stage(
        rational_from_json(data["share"], where=f"{where}.share"),
        rationals_from_json(data["weights"], f"{where}.weights"),
        tuple(
            _vectors(part, f"{where}.plays[{k}]")
            for k, part in enumerate(list_from_json(data["plays"], f"{where}.plays"))
        ),
    )


def _price(data: Any, where: str) -> Price:
    expect_keys(data, ("per_nat", "mix", "signals", "score"), where=where)
    return Price(
        rational_from_json(data["per_nat"], where=f"{where}.per_nat"),
        rationals_from_json(data["mix"], f"{where}.mix"),
        _vectors(data["signals"], f"{where}.signals"),
        rational_from_json(data["score"], where=f"{where}.score"),
    )
