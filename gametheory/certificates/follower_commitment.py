"""The best commitment of a leader against followers who may act together: proofs of optimality.

After the leader commits to x ∈ Δ(A_L) the followers' payoffs are linear in x. A profile r of the followers is *stable* under x
if no coalition S of a given family blocks it; with g_i(x; s) = u_i(x, s) − u_i(x, r), S blocks by moving to a profile s that
differs from r only in actions of its members when

    "transfer"   Σ_{i∈S} g_i > 0,            "all"    g_i > 0 for all i ∈ S,
    "any"        g_i > 0 for some i ∈ S,     "some"   g_i ≥ 0 for all i ∈ S and g_i > 0 for one.

With single followers as the family, stable profiles are the pure Nash equilibria. The leader's worth of x is the best or the
worst u_L(x, r) over stable r; an x without any is not allowed. Its supremum over x need not be attained: under ``"worst"`` a
profile disappears only when somebody gains strictly.

**Evidence for an upper bound** is a tree for every profile r that the followers may be at. A *condition* is a list of
alternatives, each a list of linear rows, of which one must hold: that S does not block r by s; under ``"worst"`` also, for any
other profile, that it is blocked, or worth no less than the bound to the leader. Conditions with one alternative always count;
a branch has a child for each alternative of one other condition. At a leaf multipliers bound the leader's payoff over the
closure of the rows, or prove that they contradict each other, or that a strict one holds nowhere. **Evidence for the
commitment** is the enumeration of the profiles that are stable under it.

Complexity: a linear programme's rows for each leaf; profiles of the followers, coalitions and their joint moves are enumerated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import contradiction, weak_duality_bound
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    list_from_json,
    rationals_from_json,
)
from gametheory.certificates.followers import Blocking, Followers, Row, Selection
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["FollowerCommitmentCertificate", "Leaf"]

Vector = tuple[Fraction, ...]
Leaf = tuple[str, tuple[Fraction, ...]]
"""("branch", (condition,)), ("value", multipliers), ("margin", multipliers) or ("infeasible", multipliers)."""

_LEAVES = ("branch", "value", "margin", "infeasible")


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class FollowerCommitmentCertificate:
    """The claim that a commitment is worth ``value`` to the leader, and none more than ``bound``.

    Attributes
    ----------
    leader : int
    coalitions : tuple of tuples of int
        Of followers, those that may block.
    blocking : "transfer", "all", "some" or "any"
    selection : "best" or "worst"
    tree : tuple of Leaf
        In preorder, the tree of one reply after the other.
    bound : Fraction or None
        ``None``: no commitment leaves a stable profile.
    commitment : tuple of Fraction or None
    reply : tuple of int or None
        The followers' actions.
    value : Fraction or None
    game : NormalFormGame or None
    stated_digest : str
    """

    leader: int
    coalitions: tuple[tuple[int, ...], ...]
    blocking: Blocking
    selection: Selection
    tree: tuple[Leaf, ...]
    bound: Fraction | None
    commitment: Vector | None
    reply: tuple[int, ...] | None
    value: Fraction | None
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
        if max(map(len, self.coalitions), default=1) == 1:
            kind = "pure equilibrium of the followers"
        else:
            rule = {"transfer": "with transfers", "all": "all gain", "some": "none loses", "any": "any gains"}
            kind = f"profile that no coalition of followers blocks ({rule.get(self.blocking, '')})"
        if self.bound is None or self.value is None:
            return f"no commitment leaves a {kind}"
        earns = f"a commitment is worth {brief(self.value)} at the {self.selection} {kind}"
        return f"{earns}, and none is worth more" + ("" if self.bound == self.value else f" than {brief(self.bound)}")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Enumerate the stable profiles under the commitment and go through the tree, exactly.

        Raises
        ------
        CertificateError
            The commitment is worth another amount, or a leaf proves less than the bound.
        """
        about = game_to_check("the best commitment against followers", self.game, self.stated_digest, game)
        who = Followers(about, self.leader, self.coalitions, self.blocking, self.selection)
        flaw = who.flaw()
        if flaw is not None:
            fail("the best commitment against followers", flaw)
        who.refuse_if_too_large()
        claim = self.claim
        stated = [part is None for part in (self.bound, self.commitment, self.reply, self.value)]
        if any(stated) != all(stated):
            fail(claim, "bound, commitment, reply and value must be stated together")
        if self.commitment is not None:
            self._check_commitment(who, self.commitment)
        left = iter(self.tree)
        for reply in range(who.num_replies):
            always, choices = who.conditions(reply)
            waiting: list[tuple[tuple[Row, ...], frozenset[int]]] = [(always, frozenset())]
            while waiting:
                rows, decided = waiting.pop()
                kind, numbers = next(left, ("", ()))
                if kind == "branch":
                    k = int(numbers[0]) if len(numbers) == 1 and numbers[0].denominator == 1 else -1
                    if not 0 <= k < len(choices) or k in decided:
                        fail(claim, "a branch is at no condition, or at one that was decided before")
                    waiting += [((*rows, *option), decided | {k}) for option in reversed(choices[k])]
                else:
                    self._check_leaf(who, rows, kind, numbers)
        if next(left, None) is not None:
            fail(claim, "the tree has parts left over")
        return True

    def _check_commitment(self, who: Followers, x: Vector) -> None:
        if len(x) != who.num_columns or min(x) < 0 or sum(x) != 1:
            fail(self.claim, "the commitment is no distribution over the leader's actions")
        found = who.worth(x)
        if found is None or found[0] != self.value:
            fail(self.claim, f"the commitment is worth {'nothing' if found is None else brief(found[0])}")
        if all(who.actions(r) != self.reply or who.payoff(who.leader, r, x) != self.value for r in who.stable(x)):
            fail(self.claim, "the reply is not the stable profile that is selected")

    def _check_leaf(self, who: Followers, rows: tuple[Row, ...], kind: str, numbers: Vector) -> None:
        claim = self.claim
        if kind not in ("value", "margin", "infeasible"):
            fail(claim, "the tree ends before its branches do")
        programme = who.programme(rows, "margin" if kind == "margin" else "value")
        multipliers = RationalArray.from_fractions(list(numbers))
        if kind == "infeasible":
            contradiction(programme, multipliers, claim=claim)
            return
        proved = weak_duality_bound(programme, multipliers, claim=claim)
        if kind == "value":
            most = proved / who.game.denominator
            if self.bound is None or most > self.bound:
                fail(claim, f"a leaf may be worth {brief(most)}")
        elif proved > 0 or not any(row.strict for row in rows):
            fail(claim, "the conditions of a leaf may be met")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "follower commitment",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "leader": self.leader,
            "coalitions": [list(s) for s in self.coalitions],
            "blocking": self.blocking,
            "selection": self.selection,
            "tree": [[kind, [rational_to_json(y) for y in numbers]] for kind, numbers in self.tree],
            "bound": None if self.bound is None else rational_to_json(self.bound),
            "commitment": None if self.commitment is None else [rational_to_json(p) for p in self.commitment],
            "reply": None if self.reply is None else list(self.reply),
            "value": None if self.value is None else rational_to_json(self.value),
        }

    @classmethod
    def from_dict(cls, data: Any) -> FollowerCommitmentCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", "game", "game_digest", "leader", "coalitions", "blocking", "selection", "tree")
        game = game_of_certificate(data, (*keys, "bound", "commitment", "reply", "value"), "follower commitment")
        tree = []
        for k, leaf in enumerate(list_from_json(data["tree"], "certificate.tree")):
            if not isinstance(leaf, list) or len(leaf) != 2 or leaf[0] not in _LEAVES:
                raise SpecificationError(f"certificate.tree[{k}]: write [kind, numbers]")
            tree.append((leaf[0], rationals_from_json(leaf[1], f"certificate.tree[{k}]")))
        for key, words in (("blocking", ("transfer", "all", "some", "any")), ("selection", ("best", "worst"))):
            if data[key] not in words:
                raise SpecificationError(f"certificate.{key}: found {data[key]!r}; write one of {', '.join(words)}")
        bound, value = (
            None if data[key] is None else rational_from_json(data[key], where=f"certificate.{key}")
            for key in ("bound", "value")
        )
        commitment, reply = data["commitment"], data["reply"]
        return cls(
            leader=indices_from_json([data["leader"]], where="certificate.leader")[0],
            coalitions=tuple(
                indices_from_json(s, where=f"certificate.coalitions[{k}]")
                for k, s in enumerate(list_from_json(data["coalitions"], "certificate.coalitions"))
            ),
            blocking=data["blocking"],
            selection=data["selection"],
            tree=tuple(tree),
            bound=bound,
            commitment=None if commitment is None else rationals_from_json(commitment, "certificate.commitment"),
            reply=None if reply is None else indices_from_json(reply, where="certificate.reply"),
            value=value,
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"FollowerCommitmentCertificate({self.claim})"
