"""How patient each player must be where discount factors differ: a region, by its minimal vectors.

Player i discounts by δ_i of its own. One-shot deviations are deterred one player at a time (D. Abreu 1988, proposition 1,
holds whatever the players' discount factors are), and player i's incentives depend on δ_i alone once the paths that
follow are given:

* for fixed punishment payoffs, and for a fixed penal code, the region is a **product** D_1 × … × D_n of sets of discount
  factors;
* with optimal punishments it is a union of such products, one for each penal code, and no product in general: a patient
  player can be asked to do more to punish another. Known codes cover part of it from inside. From outside it is contained
  in the product for the pure minmax payoffs, below which nobody is held at any discount factors. (Floors of punishment at
  a common discount factor say nothing here: players who differ in patience can trade over time, which makes payoffs
  possible that no lottery over the payoff table gives; E. Lehrer and A. Pauzner 1999.)

A vector is minimal if no other one of the region, at most as large for everybody, is smaller for somebody.

References: D. Abreu 1988, Econometrica 56; E. Lehrer and A. Pauzner 1999, "Repeated games with differential time preferences",
Econometrica 67.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import Verdict
from gametheory.arithmetic.algebraic import AlgebraicNumber
from gametheory.certificates.penal_codes import discount_to_json
from gametheory.certificates.play_paths import PlayPath, PositionPayoffs
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.repeated.critical_discount import Punishment, critical_discount
from gametheory.repeated.discount_sets import DiscountSet, Number, number_text
from gametheory.repeated.minmax import Punishers
from gametheory.repeated.penal_codes import code_set, simple_code
from gametheory.repeated.punishment_floors import StageTable
from gametheory.repeated.repeated_game import RepeatedGame, discount_factor, seen_stage
from gametheory.repeated.targets import Target, read_target, target_labels

__all__ = ["DiscountRegion", "discount_region"]

Box = tuple[DiscountSet, ...]
"""A product of sets of discount factors, one for each player."""


@final
@compared_by("stage", "path", "inner", "outer", "punishment")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DiscountRegion:
    """The vectors of discount factors that sustain a target.

    Attributes
    ----------
    stage : NormalFormGame
    path : PlayPath
        The target as a path of play.
    inner : tuple of products of DiscountSets
        Vectors in one of them sustain the target.
    outer : product of DiscountSets
        Vectors outside it do not.
    punishment : str
        The punishment in words.
    codes : tuple of tuples of PlayPath
        With optimal punishments: for each product of ``inner`` the punishment paths of the players.
    """

    stage: NormalFormGame
    path: PlayPath
    inner: tuple[Box, ...]
    outer: Box
    punishment: str
    codes: tuple[tuple[PlayPath, ...], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether ``inner`` and ``outer`` are the same region."""
        return (not all(self.outer) and not self.inner) or self.outer in self.inner

    @property
    def minimal(self) -> tuple[tuple[Number, ...], ...]:
        """The minimal vectors of ``inner``; every set in it contains its least element."""
        corners = [tuple(each.infimum for each in box) for box in self.inner]
        distinct = list(dict.fromkeys(corners))
        return tuple(sorted(v for v in distinct if not any(w != v and _below(w, v) for w in distinct)))

    def contains(self, discounts: Sequence[Any]) -> Verdict:
        """Whether the players with these discount factors can sustain the target.

        ``gain`` is 0; the witness is the player whose own patience falls short, or nothing.
        """
        if len(discounts) != self.stage.num_players:
            raise SpecificationError(
                f"discounts: found {len(discounts)}; write {self.stage.num_players}, one for each player"
            )
        given = [d if isinstance(d, AlgebraicNumber) else discount_factor(d) for d in discounts]
        asked = (
            f"do the discount factors ({', '.join(map(number_text, given))}) sustain the target ({self.punishment})?"
        )
        if any(all(d in part for d, part in zip(given, box, strict=True)) for box in self.inner):
            return Verdict("yes", Fraction(0), None, asked)
        short = next((i for i, (d, part) in enumerate(zip(given, self.outer, strict=True)) if d not in part), None)
        if short is not None:
            return Verdict("no", Fraction(0), self.stage.players[short], asked)
        doubt = (
            "no penal code that was searched sustains it, and the minmax payoffs do not exclude one; the answer is open"
        )
        return Verdict("within tolerance", Fraction(0), None, asked, doubt)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "target": target_labels(self.stage, self.path),
            "punishment": self.punishment,
            "exact": self.exact,
            "minimal": [[discount_to_json(d) for d in vector] for vector in self.minimal],
            "inner": [[part.to_dict()["intervals"] for part in box] for box in self.inner],
            "outer": [part.to_dict()["intervals"] for part in self.outer],
        }

    def to_frame(self) -> Any:
        """A pandas table of the minimal vectors, a column for each player."""
        return data_frame(self.minimal, list(self.stage.players))

    def __repr__(self) -> str:
        kind = "exact" if self.exact else "certified from inside and outside"
        vectors = ", ".join("(" + ", ".join(map(number_text, v)) + ")" for v in self.minimal) or "none"
        return f"DiscountRegion({kind}: minimal {vectors}; punishment: {self.punishment})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def discount_region(
    stage: NormalFormGame | RepeatedGame,
    target: Target,
    *,
    punishment: Punishment,
    punishment_profiles: Sequence[Any] | None = None,
    strategies: Punishers = "pure",
) -> DiscountRegion:
    """The vectors (δ_1, …, δ_n) of discount factors at which a target sustains itself under the named punishment.

    Parameters
    ----------
    stage, target, punishment, punishment_profiles, strategies
        As for :func:`.critical_discount`. Under ``"optimal"`` punishments are paths without lotteries, found at several
        common discount factors; each is then judged for every vector.

    Returns
    -------
    DiscountRegion

    Examples
    --------
    The one who is tempted more must be more patient.

    >>> stage = NormalFormGame.from_bimatrix([[4, 0], [5, 1]], [[4, 7], [0, 1]])
    >>> region = discount_region(stage, (0, 0), punishment="nash")
    >>> region
    DiscountRegion(exact: minimal (1/4, 1/2); punishment: worst of all stage Nash equilibria)
    >>> region.contains(["1/4", "9/10"]).status, region.contains(["9/10", "1/4"]).status
    ('yes', 'no')
    """
    game = seen_stage(stage)
    path = read_target(game, target)
    if not (isinstance(punishment, str) and punishment == "optimal"):
        found = critical_discount(
            game, target, punishment=punishment, punishment_profiles=punishment_profiles, strategies=strategies
        )
        box = tuple(t.sustaining for t in found.thresholds)
        return DiscountRegion(
            stage=game, path=path, inner=(box,) if all(box) else (), outer=box, punishment=found.punishment
        )
    if punishment_profiles is not None:
        raise SpecificationError("punishment_profiles: these go with punishment='nash'; leave them out")
    necessary = critical_discount(game, target, punishment="minmax", strategies="pure")
    boxes = _products(game, path)
    return DiscountRegion(
        stage=game,
        path=path,
        inner=tuple(boxes),
        outer=tuple(t.sustaining for t in necessary.thresholds),
        punishment="the worst subgame-perfect equilibrium in pure actions",
        codes=tuple(boxes.values()),
    )


def _products(game: NormalFormGame, path: PlayPath) -> dict[Box, tuple[PlayPath, ...]]:
    """For each penal code that was found the discount factors of each player at which it deters."""
    stage, n = StageTable(game), game.num_players
    table: PositionPayoffs = stage.table
    codes: list[tuple[PlayPath, ...]] = []
    equilibria = [PlayPath.of([], [tuple(map(int, e.profile))]) for e in pure_nash_equilibria(stage.game)]
    if equilibria:
        codes.append(tuple(min(equilibria, key=lambda q: table.payoffs(q.cycle[0])[i]) for i in range(n)))
    if not any(g for lottery in path.cycle for g in table.gains(lottery)):
        codes.append((path,) * n)
    for low in (0.0, 0.25, 0.5, 0.75, 0.9):
        found = simple_code(stage, path, low, 1.0)
        if found is not None:
            codes.append(found.punishments)
    boxes: dict[Box, tuple[PlayPath, ...]] = {}
    for code in dict.fromkeys(codes):
        box = tuple(code_set(table, path, code, player=i) for i in range(n))
        if all(box):
            boxes.setdefault(box, code)
    return boxes


def _below(left: Sequence[Number], right: Sequence[Number]) -> bool:
    return all(x <= y for x, y in zip(left, right, strict=True))
