"""The best correlated profile that no coalition breaks: a bound on what any such profile attains, and one that does.

A profile μ is *robust* if it withstands the deviations that a :class:`~.joint_plans.RobustnessNotion` lists. The claim is
that the objective of every robust profile is at most ``bound`` (for ``sense="min"`` at least; ``None``: there is no robust
profile), and, if one is given, that ``profile`` is robust with the objective ``value``.

**The bound.** Under "any" and "transfer", and for single players, a deviation r is an inequality Σ_a μ(a) c_r(a) ≤ 0. Under
"all" and "some" robustness says that a group of deviations has *weights* w on the members with Σ_i w_i g_i ≤ 0: a unit
vector (some member does not gain) for a single pure plan, any point of the simplex where somebody randomises. A tree of
cases subdivides these choices: the group of an inner node goes from its cell, the hull of vertices v, to smaller ones,
and in a case

    Σ_a μ(a) c_r(a) ≤ 0   with   c_r(a) = min_v Σ_i v_i [u_i(after r) − u_i(before)]

holds for every deviation r of the group. A leaf adds such inequalities up with multipliers y ≥ 0: since Σ μ = 1,

    Σ_a μ(a) c(a) ≤ max_a {c(a) − Σ_r y_r c_r(a)},

and min_a Σ_r y_r c_r(a) > 0 shows that the case is empty (Farkas). For the smallest payoff, c is a convex combination of the
players' payoffs. Under "some" the cases of a pure plan are "member i loses", a strict inequality, so that sums ≥ 0 are a
contradiction where it has a multiplier > 0, and "nobody's payoff changes", equations.

**The profile.** All its deviations are evaluated (:mod:`.blocking_plans`), with ``weights`` as evidence where needed.

Everything is recomputed in integers. Complexity: the number of leaves times their terms times the number of profiles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.blocking_plans import Violation, violations, weighted_excess
from gametheory.certificates.encoding import (
    Distribution,
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    profile_from_json,
    profile_to_json,
)
from gametheory.certificates.joint_plans import (
    Deviation,
    Group,
    Joint,
    RobustnessNotion,
    deviation_changes,
    deviation_text,
    group_of,
    profile_weights,
)
from gametheory.certificates.rationals import (
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.certificates.robust_cases import Cell, Leaf, Split, Term, child_cells, unit_cell
from gametheory.certificates.robust_encoding import (
    evidence_from_json,
    group_to_json,
    node_from_json,
    node_to_json,
    robustness_from_json,
    robustness_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["RobustBoundCertificate", "objective_numbers", "term_coefficients"]

Array = NDArray[Any]
Cells = Mapping[Group, Cell]
Objective = Literal["welfare", "fairness"] | RationalArray

_KEYS = (
    "kind",
    "game_digest",
    "game",
    "robustness",
    "objective",
    "sense",
    "bound",
    "nodes",
    "profile",
    "value",
    "weights",
)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RobustBoundCertificate:
    """The claim that no robust correlated profile is better than ``bound``, and that ``profile`` is robust.

    Attributes
    ----------
    robustness : RobustnessNotion
        The deviations that are withstood.
    objective : "welfare", "fairness", or RationalArray of shape (num_profiles,)
        The sum of payoffs, the smallest expected payoff, or a number for each action profile in C order.
    sense : "max" or "min"
    bound : Fraction or None
        ``None``: no profile is robust.
    nodes : tuple of Split or Leaf
        The tree of cases; node 0 is the root.
    profile : tuple of (action profile, probability), empty for none
    value : Fraction or None
        The objective at ``profile``.
    weights : tuple of (Group, weights)
        Why groups do not block ``profile``, where neither a single member nor equal weights say it.
    game : NormalFormGame or None

    Examples
    --------
    In the prisoner's dilemma both gain by leaving (D, D), and everything else tempts a single player.

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> robust = RobustnessNotion(coalitions=tuple(map(frozenset, [{0}, {1}, {0, 1}])), faulty=0, blocking="all",
    ...                     coordination="pure", timing="ex_ante", faulty_play="correlated")
    >>> alone = [Term(Deviation((i,), (((0,), (1,)),)), None, Fraction(3)) for i in (0, 1)]
    >>> together = Term(Deviation((0, 1), (((1, 1), (0, 0)),)), None, Fraction(1))
    >>> certificate = RobustBoundCertificate(robustness=robust, objective="welfare", sense="max", bound=None,
    ...                                      nodes=(Leaf((*alone, together), ()),), game=game)
    >>> certificate.claim
    "no correlated profile withstands 3 coalitions of up to 2 players under 'all', pure plans ex ante"
    >>> certificate.verify()
    True
    """

    robustness: RobustnessNotion
    objective: Objective
    sense: Literal["max", "min"]
    bound: Fraction | None
    nodes: tuple[Split | Leaf, ...]
    profile: Distribution = ()
    value: Fraction | None = None
    weights: tuple[tuple[Group, tuple[Fraction, ...]], ...] = ()
    game: NormalFormGame | None = None
    stated_digest: str = field(default="")

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)
        if self.sense not in ("max", "min"):
            raise SpecificationError(f"sense: found {self.sense!r}; write 'max' or 'min'")
        if isinstance(self.objective, str) and self.objective not in ("welfare", "fairness"):
            raise SpecificationError(f"objective: found {self.objective!r}; write 'welfare', 'fairness' or numbers")
        if self.sense == "min" and self.objective == "fairness":
            raise SpecificationError("sense: the smallest payoff can be maximised only; write 'max'")

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        if self.bound is None:
            return f"no correlated profile withstands {self.robustness.in_words}"
        named = {"welfare": "welfare", "fairness": "smallest payoff"}
        what = named[self.objective] if isinstance(self.objective, str) else "the objective"
        relation = "most" if self.sense == "max" else "least"
        shown = ""
        if self.value is not None:
            shown = f"; {describe_profile(self.game, self.profile)} does, with {brief(self.value)}"
        return (
            f"where a correlated profile withstands {self.robustness.in_words}, {what} is at {relation} "
            f"{brief(self.bound)}{shown}"
        )

    @property
    def blamed(self) -> tuple[str, ...]:
        """Deviations in the closed cases, in words: those of large coalitions first, then by multiplier."""
        largest: dict[str, tuple[int, Fraction]] = {}
        for node in self.nodes:
            for term in node.terms if isinstance(node, Leaf) else ():
                name = deviation_text(self.game, term.deviation, term.who)
                found = (len(term.deviation.members), abs(term.multiplier))
                largest[name] = max(largest.get(name, found), found)
        return tuple(sorted(largest, key=lambda name: largest[name], reverse=True))

    # -- checking --------------------------------------------------------------------------------------------------

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every case and every deviation from the profile; with ``game`` also that the claim is about it.

        Raises
        ------
        CertificateError
            Naming the case where the bound breaks, or the deviation that the profile does not withstand.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            for coalition in self.robustness.coalitions:
                if not coalition or not all(0 <= i < checked.num_players for i in coalition):
                    self._fail(f"there is no coalition {sorted(coalition)}")
            numbers = objective_numbers(checked, self.objective, self.sense)
            for place, cells, leaf in self._cases():
                self._check_leaf(checked, numbers, place, cells, leaf)
            if (self.value is None) != (not self.profile):
                self._fail("a value needs a profile that attains it, and a profile a value")
            if self.profile:
                self._check_profile(checked, numbers)
        except SpecificationError as error:
            self._fail(str(error))
        return True

    def _cases(self) -> Iterator[tuple[int, Cells, Leaf]]:
        waiting: list[tuple[int, dict[Group, Cell]]] = [(0, {})]
        seen: set[int] = set()
        while waiting:
            place, cells = waiting.pop()
            if not 0 <= place < len(self.nodes) or place in seen:
                self._fail(f"node {place} is missing or has two parents")
            seen.add(place)
            node = self.nodes[place]
            if isinstance(node, Leaf):
                yield place, cells, node
                continue
            children = child_cells(self.robustness, node, cells.get(node.group))
            if len(children) != len(node.children):
                self._fail(f"node {place} has {len(node.children)} cases where there are {len(children)}")
            for child, cell in zip(node.children, children, strict=True):
                waiting.append((child, {**cells, node.group: cell}))

    def _check_leaf(
        self, game: NormalFormGame, numbers: tuple[Array, int], place: int, cells: Cells, leaf: Leaf
    ) -> None:
        total = np.zeros(game.num_profiles, dtype=object)
        scale = math.lcm(1, *(term.multiplier.denominator for term in leaf.terms))
        lines = []
        strict = False
        for k, term in enumerate(leaf.terms):
            found, unit, kind = term_coefficients(game, self.robustness, cells, term)
            if term.multiplier < 0 and kind != "equation":
                self._fail(f"node {place}, term {k}: the multiplier {brief(term.multiplier)} is negative")
            strict |= kind == "strict" and term.multiplier > 0
            lines.append((int(term.multiplier * scale), found, unit))
        common = math.lcm(1, *(unit for _, _, unit in lines))
        for multiplier, found, unit in lines:
            total += (multiplier * (common // unit)) * found.astype(object)
        if leaf.is_empty:
            least = min(total)
            if least < 0 or (least == 0 and not strict):
                self._fail(f"node {place}: the deviations added up do not contradict each other")
            return
        if self.bound is None:
            self._fail(f"node {place} bounds an objective, but no profile is claimed to exist")
        table, denominator = numbers
        shares = leaf.shares if self.objective == "fairness" else (Fraction(1),)
        if len(shares) != len(table) or min(shares) < 0 or sum(shares) != 1:
            self._fail(f"node {place}: the shares of the payoffs are no convex combination")
        unit = math.lcm(*(s.denominator for s in shares))
        mixed = sum((int(s * unit) * row.astype(object) for s, row in zip(shares, table, strict=True) if s), 0)
        # Everything over denominator * unit * scale * common * game.denominator.
        worth = mixed * (scale * common * game.denominator) - total * (denominator * unit)
        reached = Fraction(int(max(worth)), denominator * unit * scale * common * game.denominator)
        if reached > (self.bound if self.sense == "max" else -self.bound):
            self._fail(
                f"node {place} bounds the objective by {brief(reached if self.sense == 'max' else -reached)} only"
            )

    def _check_profile(self, game: NormalFormGame, numbers: tuple[Array, int]) -> None:
        weights, total = profile_weights(game, self.profile)
        table, denominator = numbers
        support = np.flatnonzero(weights != 0)
        sums = [sum(int(row[k]) * int(weights[k]) for k in support) for row in table]
        value = Fraction(min(sums), denominator * total)
        if self.value != (value if self.sense == "max" else -value):
            self._fail(f"the objective of the profile is {brief(value if self.sense == 'max' else -value)}")
        found = next(violations(game, weights, self.robustness, self._answer), None)
        if found is not None:
            self._fail(f"{deviation_text(game, found.deviation, found.who)}: the profile is not shown to withstand it")

    def _answer(self, group: Group, gains: Array) -> Violation | None:
        given = next((w for key, w in self.weights if key == group), None)
        tried: list[Joint] = [(1,) * len(gains)]
        if self.robustness.blocking == "all":
            tried += [tuple(int(i == k) for i in range(len(gains))) for k in range(len(gains))]
        if given is not None:
            unit = math.lcm(*(w.denominator for w in given))
            tried = [tuple(int(w * unit) for w in given)]
        for weights in tried:
            least = 1 if self.robustness.blocking == "some" else 0
            if len(weights) != len(gains) or min(weights) < least or not any(weights):
                self._fail(f"the weights {given} of {group.members} are no weights under {self.robustness.blocking!r}")
            if weighted_excess(gains, weights) <= 0:
                return None
        moves = group.moves if group.moves is not None else ()
        return Violation(Deviation(group.members, moves, group.faulty, group.faulty_moves or ()), None, 0, group)

    def _fail(self, violation: str) -> NoReturn:
        fail(self.claim, violation)

    # -- files -----------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "robust bound",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "robustness": robustness_to_json(self.robustness),
            "objective": self.objective if isinstance(self.objective, str) else rational_array_to_json(self.objective),
            "sense": self.sense,
            "bound": None if self.bound is None else rational_to_json(self.bound),
            "nodes": [node_to_json(node) for node in self.nodes],
            "profile": profile_to_json(self.profile) if self.profile else None,
            "value": None if self.value is None else rational_to_json(self.value),
            "weights": [[group_to_json(group), [rational_to_json(w) for w in row]] for group, row in self.weights],
        }

    @classmethod
    def from_dict(cls, data: Any) -> RobustBoundCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "robust bound")
        for key in ("nodes", "weights"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list")
        objective, bound, value = data["objective"], data["bound"], data["value"]
        if not isinstance(objective, str):
            objective = rational_array_from_json(objective, where="certificate.objective")
        profile = data["profile"]
        return cls(
            robustness=robustness_from_json(data["robustness"], "certificate.robustness"),
            objective=objective,
            sense=data["sense"],
            bound=None if bound is None else rational_from_json(bound, where="certificate.bound"),
            nodes=tuple(node_from_json(node, f"certificate.nodes[{k}]") for k, node in enumerate(data["nodes"])),
            profile=() if profile is None else profile_from_json(profile, ("correlated",), where="certificate.profile"),
            value=None if value is None else rational_from_json(value, where="certificate.value"),
            weights=tuple(
                evidence_from_json(entry, f"certificate.weights[{k}]") for k, entry in enumerate(data["weights"])
            ),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"RobustBoundCertificate({self.claim}; {len(self.nodes)} nodes)"


def objective_numbers(game: NormalFormGame, objective: Objective, sense: str) -> tuple[Array, int]:
    """The objective as rows of integers over a denominator, turned so that it is maximised; several: the smallest counts."""
    if isinstance(objective, str):
        table = game.numerators.reshape(game.num_players, -1)
        if objective == "welfare":
            table = table.astype(object).sum(axis=0)[None]
        denominator = game.denominator
    else:
        if objective.shape != (game.num_profiles,):
            raise SpecificationError(
                f"objective: found shape {objective.shape}; write {game.num_profiles} numbers, one for each action profile"
            )
        table, denominator = objective.numerators[None], objective.denominator
    return (table if sense == "max" else -table.astype(object)), denominator


def term_coefficients(
    game: NormalFormGame, robustness: RobustnessNotion, cells: Cells, term: Term
) -> tuple[Array, int, Literal["weak", "strict", "equation"]]:
    """What a term of a leaf says: Σ_a μ(a) c(a) ≤ 0 (strict: <, equation: =), as integers over unit * game.denominator.

    Raises
    ------
    SpecificationError
        If the deviation is none that a robust profile must withstand.
    """
    deviation, who = term.deviation, term.who
    members, faulty = deviation.members, deviation.faulty
    if len(faulty) > robustness.faulty:
        raise SpecificationError(f"there may be at most {robustness.faulty} faulty players, found {faulty}")
    if not members:
        if who is None or who in faulty or not 0 <= who < game.num_players or not deviation.faulty_moves:
            raise SpecificationError(f"{deviation_text(game, deviation)}: this names no victim")
        return deviation_changes(game, deviation, (who,))[0], 1, "weak"
    if frozenset(members) not in robustness.coalitions or not deviation.moves:
        raise SpecificationError(f"{deviation_text(game, deviation)}: this coalition or its move is not listed")
    group = group_of(robustness, deviation)
    each = who is not None
    if each and who not in members:
        raise SpecificationError(f"{deviation_text(game, deviation)}: player {who} is no member")
    if group is None:
        if each != (robustness.blocking == "any"):
            raise SpecificationError(
                f"{deviation_text(game, deviation)}: a gainer is named under 'any', and only there"
            )
        return _summed(deviation_changes(game, deviation, members if who is None else (who,))), 1, "weak"
    if robustness.timing == "interim" and len(deviation.moves) != 1:
        raise SpecificationError(f"{deviation_text(game, deviation)}: interim, a plan moves at one thing told")
    cell = cells.get(group, unit_cell(len(members)))
    if each and cell:
        raise SpecificationError(
            f"{deviation_text(game, deviation)}: a member is named only where nobody's payoff changes"
        )
    cell = cell or unit_cell(len(members))  # where nobody's payoff changes, nobody gains
    changes = deviation_changes(game, deviation, members if who is None else (who,))
    if who is not None:
        return changes[0], 1, "equation"
    unit = math.lcm(*(x.denominator for x in itertools.chain(*cell)))
    corners = [[int(x * unit) for x in vertex] for vertex in cell]
    wide = changes.dtype == object or unit * len(members) * max(int(np.abs(changes).max()), 1) >= 2**62
    corner_table = np.array(corners, dtype=object if wide else np.int64)
    least = (corner_table @ (changes.astype(object) if wide else changes)).min(axis=0)
    strict = robustness.blocking == "some" and group.is_single and len(cell) == 1
    return least, unit, "strict" if strict else "weak"


def _summed(changes: Array) -> Array:
    return changes[0] if len(changes) == 1 else np.asarray(changes.astype(object).sum(axis=0))
