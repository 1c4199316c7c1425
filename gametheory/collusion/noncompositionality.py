"""Agents that are safe one by one need not be safe together: the gap between the two.

From a target profile σ let H(𝓕) be the largest expected harm over σ itself and all deviations of a coalition S ∈ 𝓕 that are
profitable for S under a rule of blocking. The **gap** is

    H(𝓕 ∪ singletons) − H(singletons)  ≥  0,

what joint deviations add to the harm that an analysis agent by agent can see. It is never negative, because the singletons
are in both families, and zero for agents whose safety composes.

**Shared randomness.** A profitable distribution η of joint actions satisfies strict inequalities (all: E_η g_i > 0 for every
member), and the largest harm may be a supremum. Claim: *if S has a profitable η⁰, the supremum is the optimum of the linear
programme with weak inequalities.* Let η satisfy the weak ones. Every (1 − δ) η + δ η⁰ with 0 < δ ≤ 1 is profitable: under
"all" and "transfer" the sums are at least δ times those of η⁰, hence positive; under "some" no member loses and one gains
that much; under "any" the programme is solved for each member with a gain, and that member's is positive. Its harm tends to
that of η as δ → 0. Conversely each profitable η satisfies the weak inequalities. ∎ (Without an η⁰ S does nothing, although
the weak inequalities may have solutions: harm that costs the members nothing is no profitable deviation.) ``attained`` says
whether some profitable distribution has that harm.

**Independent mixing** lies between: a pure deviation is a mixture, and a mixture a distribution, and for singletons mixing is
shared randomness, so that H(𝓕 ∪ singletons) is bracketed between the larger of "pure" and the singletons' value, and
"correlated".

The gap of two teams in Schulman and Vazirani (2019) is the same phenomenon for values instead of profiles: what a team of k
loses, at most 1 − 2^{1−k} with binary actions, when its members cannot coordinate. Complexity: that of
:func:`.deviation_welfare`, with harm as the welfare, twice.

Reference: L. Schulman and U. Vazirani 2019, "The duality gap for two-team zero-sum games", *Games and Economic Behavior* 115.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.gains import Blocking
from gametheory.collusion.coalition_gains import Coordination
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.deviation_welfare import DeviationWelfare, deviation_welfare
from gametheory.collusion.joint_deviations import read_rules
from gametheory.collusion.tested_profiles import exact_independent_profile
from gametheory.collusion.welfare_programme import Play
from gametheory.errors import SpecificationError, UndecidedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["NoncompositionalityGap", "noncompositionality_gap"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class NoncompositionalityGap:
    """The harm that joint deviations add to that of single ones; it works as a number.

    Attributes
    ----------
    lower, upper : Fraction
        The gap; equal, unless members mix independently. ``value`` is the gap where they are.
    together : DeviationWelfare
        Harm as welfare, over the family and the singletons: ``together.best`` has the value, who deviates, how, their
        gains, and whether it is attained. Under independent mixing an upper bound, by shared randomness.
    alone : DeviationWelfare
        The same over the singletons.
    reached : DeviationWelfare
        What gives ``lower``: ``together``, unless members mix independently (then pure deviations).
    """

    game: NormalFormGame
    blocking: Blocking
    coordination: Coordination
    together: DeviationWelfare
    alone: DeviationWelfare
    reached: DeviationWelfare

    @property
    def harm_alone(self) -> Fraction:
        """The largest harm over the target and the profitable deviations of single players."""
        return self.alone.best.value

    @property
    def lower(self) -> Fraction:
        return max(self.reached.best.value - self.harm_alone, Fraction(0))

    @property
    def upper(self) -> Fraction:
        return self.together.best.value - self.harm_alone

    @property
    def value(self) -> Fraction:
        """The gap; UndecidedError where it is only enclosed."""
        if self.lower != self.upper:
            raise UndecidedError(
                f"the gap: between {brief(self.lower)} and {brief(self.upper)} under independent mixing; read .lower and .upper"
            )
        return self.lower

    @property
    def attained(self) -> bool:
        """Whether profitable deviations have both harms; where not, ones arbitrarily close to it are profitable."""
        return self.reached.best.attained and self.alone.best.attained

    @property
    def coalition(self) -> Coalition | None:
        """Who does the most harm together; ``None`` where nobody does more than the target."""
        return self.reached.best.coalition

    def verify(self) -> Literal[True]:
        """Re-check the certificates of all parts, and look at pure deviations again."""
        for part in {id(part): part for part in (self.together, self.alone, self.reached)}.values():
            part.verify()
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "gap": {"lower": exact_text(self.lower), "upper": exact_text(self.upper)},
            "attained": self.attained,
            "blocking": self.blocking,
            "coordination": self.coordination,
            "together": self.together.to_dict(),
            "alone": self.alone.to_dict(),
            "reached": None if self.reached is self.together else self.reached.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: the largest harm alone and together, and who does it."""
        rows = []
        for name, part in (("alone", self.alone.best), ("together", self.reached.best)):
            who = "nobody" if part.coalition is None else coalition_label(self.game, part.coalition)
            rows.append([name, part.value, who, part.attained])
        return data_frame(rows, ["case", "harm", "coalition", "attained"])

    def __float__(self) -> float:
        return float(self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NoncompositionalityGap):
            return (self.lower, self.upper) == (other.lower, other.upper)
        return self.lower == self.upper == other

    def __hash__(self) -> int:
        return hash(self.lower) if self.lower == self.upper else hash((self.lower, self.upper))

    def __repr__(self) -> str:
        number = brief(self.lower)
        if self.lower != self.upper:
            number += f" to {brief(self.upper)}"
        who = "no coalition adds harm"
        if self.upper > 0 and self.coalition is not None:
            limit = "" if self.attained else ", as a limit"
            who = f"{coalition_label(self.game, self.coalition)} do {brief(self.reached.best.value)}{limit}"
        return (
            f"NoncompositionalityGap(certified: {number} under {self.blocking!r}, {self.coordination}: {who}; alone "
            f"{brief(self.harm_alone)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def noncompositionality_gap(
    game: NormalFormGame,
    target: Any,
    *,
    harm: Any,
    coalitions: Coalitions | None = None,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
) -> NoncompositionalityGap:
    """The largest harm over profitable deviations of coalitions, minus the largest over those of single players.

    Parameters
    ----------
    target : sequence of n entries
        The profile meant to be played: for each player an action (index or label) or a probability vector.
    harm : array of shape num_actions, or n weights
        The harm done at each pure profile, in any unit; n weights w: the harm Σ_i w_i u_i (−1 for a player whose loss it is).
    coalitions : iterable of sets of players, int, or graph, optional
        The coalitions that may form, as for :func:`.resilience`; singletons are added. By default all.
    blocking : "all", "some", "any" or "transfer"
        When a deviation is profitable.
    coordination : "pure", "independent" or "correlated"

    Returns
    -------
    NoncompositionalityGap

    Raises
    ------
    UnsupportedError
        For a correlated target, or a symbolic game.
    SpecificationError
        If harm has another form.

    Examples
    --------
    Two agents gain only if both cheat, which does harm 5; one who cheats alone loses.

    >>> game = NormalFormGame.from_bimatrix([[1, 1], [0, 3]], [[1, 0], [1, 3]], actions=[["comply", "cheat"]] * 2)
    >>> noncompositionality_gap(game, ("comply", "comply"), harm=[[0, 1], [1, 5]])
    NoncompositionalityGap(certified: 5 under 'all', pure: {Player 1, Player 2} do 5; alone 0)
    """
    read_rules(blocking, coordination)
    if isinstance(harm, str):
        raise SpecificationError(f"harm: found {harm!r}; write a number for each profile, or a weight for each player")
    given = exact_independent_profile(game.exact(), target, where="target")
    alone = [frozenset([i]) for i in range(game.num_players)]
    family = [*alone, *(s for s in allowed_coalitions(game, coalitions) if len(s) > 1)]

    def worst(listed: list[Coalition], play: Play) -> DeviationWelfare:
        return deviation_welfare(game, given, welfare=harm, coalitions=listed, blocking=blocking, coordination=play)

    play: Play = "pure" if coordination == "pure" else "correlated"  # one player who mixes draws from a distribution
    together, single = worst(family, play), worst(alone, play)
    reached = worst(family, "pure") if coordination == "independent" else together
    if reached.best.value < single.best.value or together.best.value == reached.best.value:
        reached = together if together.best.value == reached.best.value else single
    return NoncompositionalityGap(
        game=game, blocking=blocking, coordination=coordination, together=together, alone=single, reached=reached
    )
