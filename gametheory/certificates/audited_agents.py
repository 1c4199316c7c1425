"""The best audit policy against agents who settle on the equilibrium that is worst for the principal: proofs of optimality.

A principal commits to levers x_j ∈ [0, 1] (audit probabilities, say) with Σ_j c_j x_j ≤ B. Payoffs of n agents and of the
principal are linear in them at every action profile a:

    u_i(a; x) = u_i(a) + Σ_j x_j e_ij(a),      v(a; x) = v(a) + Σ_j x_j d_j(a).

An *adaptive* policy has levers of its own for every profile (it sees what the agents report before it audits), so that a
deviation changes them. The agents then play a pure equilibrium, the worst for the principal if there are several:

    W(x) = min { v(a; x) : a is a pure Nash equilibrium under x }.

Under an x without pure equilibria, W(x) is the least v(a; x) over all profiles (``without="worst"``), or the x is not allowed
(``"excluded"``). The supremum of W need not be attained: to be rid of a bad equilibrium somebody must gain strictly.

**Evidence for an upper bound** is a tree. A branch at a profile a has a child in which a is an equilibrium (closed linear
conditions, and v(a; x) bounds the value) and one for every agent and action in which that deviation gains strictly. At a leaf
multipliers bound the value over the closure of the conditions, or prove that the conditions contradict each other, or all
profiles are left and the policy is not allowed. **Evidence for the policy** is the enumeration of its equilibria.

Reference: S. Das, F.-Y. Yu and Y. Zhang 2026, "Optimally auditing adversarial agents", AAAI 40 (arXiv 2604.25085), where agents
report types to a principal; here the game is any finite one. Complexity: a linear programme's rows for each leaf.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import contradiction, weak_duality_bound
from gametheory.certificates.encoding import brief, fail, indices_from_json, rationals_from_json
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "AuditedAgentsCertificate",
    "AuditedTerms",
    "Decision",
    "Leaf",
    "children",
    "gain",
    "node_programme",
    "pure_equilibria",
    "worst_value",
]

Vector = tuple[Fraction, ...]
Decision = tuple[int, int, int]
"""(profile, −1, 0): it is an equilibrium; (profile, agent, action): that agent gains strictly by that action."""

Leaf = tuple[str, tuple[Fraction, ...]]
"""("branch", (profile,)), ("value", multipliers), ("margin", multipliers), ("infeasible", multipliers) or ("excluded", ())."""

Without = Literal["worst", "excluded"]
_LEAVES = ("branch", "value", "margin", "infeasible", "excluded")
_TERMS = (
    "num_actions",
    "payoffs",
    "effects",
    "principal",
    "principal_effects",
    "costs",
    "budget",
    "adaptive",
    "without",
)
_MOST = 10**6


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedTerms:
    """The numbers of the model; profiles are flat indices in C order.

    Attributes
    ----------
    num_actions : tuple of n ints
    payoffs : n Vectors over profiles
    effects : for every lever n Vectors over profiles
        e.
    principal : Vector over profiles
    principal_effects : for every lever a Vector over profiles
        d.
    costs : Vector, one ≥ 0 for each lever
    budget : Fraction ≥ 0
    adaptive : bool
    without : "worst" or "excluded"
    """

    num_actions: tuple[int, ...]
    payoffs: tuple[Vector, ...]
    effects: tuple[tuple[Vector, ...], ...]
    principal: Vector
    principal_effects: tuple[Vector, ...]
    costs: Vector
    budget: Fraction
    adaptive: bool
    without: Without

    @property
    def num_profiles(self) -> int:
        return math.prod(self.num_actions)

    @property
    def num_levers(self) -> int:
        return len(self.costs)

    @property
    def num_columns(self) -> int:
        """Numbers that a policy consists of."""
        return self.num_levers * (self.num_profiles if self.adaptive else 1)

    def moved(self, profile: int, agent: int, action: int) -> int:
        """The profile after an agent's move."""
        stride = math.prod(self.num_actions[agent + 1 :])
        own = profile // stride % self.num_actions[agent]
        return profile + (action - own) * stride

    def moves(self, profile: int) -> Iterator[tuple[int, int]]:
        """All (agent, other action)."""
        for i, m in enumerate(self.num_actions):
            for b in range(m):
                if self.moved(profile, i, b) != profile:
                    yield i, b

    def levers(self, policy: Sequence[Fraction], profile: int) -> Sequence[Fraction]:
        """The levers at a profile."""
        if not self.adaptive:
            return policy
        return policy[profile * self.num_levers : (profile + 1) * self.num_levers]

    def payoff(self, agent: int, profile: int, policy: Sequence[Fraction]) -> Fraction:
        """u_i(a; x)."""
        parts = zip(self.levers(policy, profile), self.effects, strict=True)
        return self.payoffs[agent][profile] + sum((x * e[agent][profile] for x, e in parts if x), Fraction(0))

    def value(self, profile: int, policy: Sequence[Fraction]) -> Fraction:
        """v(a; x)."""
        parts = zip(self.levers(policy, profile), self.principal_effects, strict=True)
        return self.principal[profile] + sum((x * d[profile] for x, d in parts if x), Fraction(0))

    def flaw(self) -> str | None:
        """What is wrong with the numbers, if anything."""
        n, levers = len(self.num_actions), self.num_levers
        if n == 0 or min(self.num_actions) < 1 or self.num_profiles > _MOST:
            return "the numbers of actions are none"
        tables = [*self.payoffs, *itertools.chain(*self.effects), self.principal, *self.principal_effects]
        shaped = len(self.payoffs) == n and len(self.effects) == levers == len(self.principal_effects)
        if not shaped or any(len(own) != n for own in self.effects):
            return "there must be payoffs for every agent and lever"
        if any(len(table) != self.num_profiles for table in tables):
            return "there must be a payoff for every profile"
        if min([*self.costs, self.budget]) < 0 or self.without not in ("worst", "excluded"):
            return "a cost or the budget is negative, or the rule for no equilibrium is none"
        return None

    def to_dict(self) -> dict[str, Any]:
        """JSON data, rationals as ``"p/q"``."""
        return {
            "num_actions": list(self.num_actions),
            "payoffs": [_texts(x) for x in self.payoffs],
            "effects": [[_texts(x) for x in own] for own in self.effects],
            "principal": _texts(self.principal),
            "principal_effects": [_texts(x) for x in self.principal_effects],
            "costs": _texts(self.costs),
            "budget": rational_to_json(self.budget),
            "adaptive": self.adaptive,
            "without": self.without,
        }

    @classmethod
    def from_dict(cls, data: Any) -> AuditedTerms:
        """Read the keys that :meth:`to_dict` wrote."""
        if not isinstance(data["adaptive"], bool) or data["without"] not in ("worst", "excluded"):
            raise SpecificationError("certificate: adaptive is true or false, without is 'worst' or 'excluded'")
        return cls(
            num_actions=indices_from_json(data["num_actions"], where="certificate.num_actions"),
            payoffs=_tables(data["payoffs"], "certificate.payoffs"),
            effects=tuple(_tables(x, f"certificate.effects[{j}]") for j, x in enumerate(_listed(data, "effects"))),
            principal=rationals_from_json(data["principal"], "certificate.principal"),
            principal_effects=_tables(data["principal_effects"], "certificate.principal_effects"),
            costs=rationals_from_json(data["costs"], "certificate.costs"),
            budget=rational_from_json(data["budget"], where="certificate.budget"),
            adaptive=data["adaptive"],
            without=data["without"],
        )


def gain(terms: AuditedTerms, profile: int, agent: int, action: int, policy: Sequence[Fraction]) -> Fraction:
    """What an agent gains by another action."""
    other = terms.moved(profile, agent, action)
    return terms.payoff(agent, other, policy) - terms.payoff(agent, profile, policy)


def pure_equilibria(terms: AuditedTerms, policy: Sequence[Fraction]) -> list[int]:
    """The profiles at which nobody gains."""
    return [a for a in range(terms.num_profiles) if all(gain(terms, a, i, b, policy) <= 0 for i, b in terms.moves(a))]


def worst_value(terms: AuditedTerms, policy: Sequence[Fraction]) -> Fraction | None:
    """W(x); ``None`` if the policy is not allowed because no pure equilibrium is left."""
    found = pure_equilibria(terms, policy)
    if not found and terms.without == "excluded":
        return None
    return min(terms.value(a, policy) for a in (found or range(terms.num_profiles)))


def children(terms: AuditedTerms, profile: int) -> list[Decision]:
    """The cases of a branch: the profile is an equilibrium, or one deviation gains."""
    return [(profile, -1, 0), *((profile, i, b) for i, b in terms.moves(profile))]


def all_left(terms: AuditedTerms, decisions: Sequence[Decision]) -> bool:
    """Whether somebody leaves every profile, so that there is no equilibrium."""
    return len({a for a, i, _ in decisions if i >= 0}) == terms.num_profiles


def node_programme(
    terms: AuditedTerms, decisions: Sequence[Decision], kind: Literal["value", "margin"]
) -> LinearProgramme:
    """The programme of a node: the largest value over the closure of its conditions, or the largest strict gain."""
    last = terms.num_columns
    margin = kind == "margin"
    rows: list[Any] = []
    for k in range(terms.num_profiles if terms.adaptive else 1):
        row = {k * terms.num_levers + j: c for j, c in enumerate(terms.costs) if c}
        rows.append((f"audit budget at profile {k}" if terms.adaptive else "audit budget", row, "<=", terms.budget))
    bounding: list[int] = list(range(terms.num_profiles)) if all_left(terms, decisions) else []
    for a, agent, action in decisions:
        if agent < 0:
            bounding.append(a)
            for i, b in terms.moves(a):
                row, constant = _gain_row(terms, a, i, b)
                rows.append((f"agent {i} stays at profile {a}, not action {b}", row, "<=", -constant))
        else:
            row, constant = _gain_row(terms, a, agent, action)
            rows.append(
                (
                    f"agent {agent} leaves profile {a} for action {action}",
                    {**row, last: -1} if margin else row,
                    ">=",
                    -constant,
                )
            )
    if not margin:
        for a in bounding:
            row = {_column(terms, j, a): -d[a] for j, d in enumerate(terms.principal_effects) if d[a]}
            rows.append((f"value at profile {a}", {**row, last: 1}, "<=", terms.principal[a]))
    most = max(
        v + sum((max(d[a], Fraction(0)) for d in terms.principal_effects), Fraction(0))
        for a, v in enumerate(terms.principal)
    )
    return LinearProgramme.from_rows(
        "max",
        [0] * last + [1],
        rows,
        lower=[0] * last + [None],
        upper=[1] * last + [Fraction(1) if margin else most],
        name=f"audited_agents, {kind}",
    )


def _column(terms: AuditedTerms, lever: int, profile: int) -> int:
    return lever + (profile * terms.num_levers if terms.adaptive else 0)


def _gain_row(terms: AuditedTerms, profile: int, agent: int, action: int) -> tuple[dict[int, Fraction], Fraction]:
    other = terms.moved(profile, agent, action)
    row: dict[int, Fraction] = {}
    for j, effects in enumerate(terms.effects):
        for a, sign in ((other, 1), (profile, -1)):
            column = _column(terms, j, a)
            row[column] = row.get(column, Fraction(0)) + sign * effects[agent][a]
    constant = terms.payoffs[agent][other] - terms.payoffs[agent][profile]
    return {column: x for column, x in row.items() if x}, constant


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AuditedAgentsCertificate:
    """The claim that no policy is worth more than ``bound`` in its worst pure equilibrium, and that one is worth ``value``.

    Attributes
    ----------
    terms : AuditedTerms
    tree : tuple of Leaf
        In preorder.
    bound : Fraction or None
        ``None``: no policy leaves a pure equilibrium.
    policy : tuple of Fraction or None
        The levers, for an adaptive policy profile by profile.
    value : Fraction or None
        W(policy).
    """

    terms: AuditedTerms
    tree: tuple[Leaf, ...]
    bound: Fraction | None
    policy: Vector | None
    value: Fraction | None

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        who = f"{len(self.terms.num_actions)} agents who settle on the worst pure equilibrium"
        if self.bound is None or self.value is None:
            return (
                f"no audit policy within the budget leaves a pure equilibrium of {len(self.terms.num_actions)} agents"
            )
        if self.bound == self.value:
            return f"an audit policy earns the principal {brief(self.value)} against {who}, and none earns more"
        return (
            f"an audit policy earns the principal {brief(self.value)} against {who}, and none earns more than "
            f"{brief(self.bound)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Enumerate the policy's equilibria and go through the tree; ``game`` plays no part.

        Raises
        ------
        CertificateError
            The policy breaks the budget or earns another value, or a leaf proves less than the bound.
        """
        terms, claim = self.terms, "the best audit policy"
        flaw = terms.flaw()
        if flaw is not None:
            fail(claim, flaw)
        if (self.bound is None) != (self.policy is None) or (self.bound is None) != (self.value is None):
            fail(claim, "bound, policy and value must be stated together")
        claim = self.claim
        if self.policy is not None:
            self._check_policy(self.policy)
        left = iter(self.tree)
        waiting: list[tuple[Decision, ...]] = [()]
        while waiting:
            decisions = waiting.pop()
            kind, numbers = next(left, ("", ()))
            if kind == "branch":
                profile = _whole(numbers)
                if profile is None or profile >= terms.num_profiles or any(a == profile for a, _, _ in decisions):
                    fail(claim, "a branch is at no profile, or at one that was decided before")
                waiting += [(*decisions, child) for child in reversed(children(terms, profile))]
            else:
                self._check_leaf(decisions, kind, numbers)
        if next(left, None) is not None:
            fail(claim, "the tree has parts left over")
        return True

    def _check_policy(self, policy: Vector) -> None:
        terms = self.terms
        if len(policy) != terms.num_columns or min(policy, default=0) < 0 or max(policy, default=0) > 1:
            fail(self.claim, "the policy has other levers")
        for a in range(terms.num_profiles if terms.adaptive else 1):
            spent = sum((c * x for c, x in zip(terms.costs, terms.levers(policy, a), strict=True)), Fraction(0))
            if spent > terms.budget:
                fail(self.claim, f"the policy costs {brief(spent)}")
        found = worst_value(terms, policy)
        if found is None or found != self.value:
            fail(self.claim, f"the policy earns {'nothing, it is not allowed' if found is None else brief(found)}")

    def _check_leaf(self, decisions: tuple[Decision, ...], kind: str, numbers: Vector) -> None:
        terms, claim = self.terms, self.claim
        if kind == "excluded":
            if terms.without != "excluded" or not all_left(terms, decisions):
                fail(claim, "a leaf is left out although it may hold an equilibrium")
            return
        multipliers = RationalArray.from_fractions(list(numbers))
        if kind == "value":
            proved = weak_duality_bound(node_programme(terms, decisions, "value"), multipliers, claim=claim)
            if self.bound is None or proved > self.bound:
                fail(claim, f"a leaf may be worth {brief(proved)}")
        elif kind == "margin":
            proved = weak_duality_bound(node_programme(terms, decisions, "margin"), multipliers, claim=claim)
            if proved > 0 or not any(i >= 0 for _, i, _ in decisions):
                fail(claim, "the conditions of a leaf may be met")
        elif kind == "infeasible":
            contradiction(node_programme(terms, decisions, "margin"), multipliers, claim=claim)
        else:
            fail(claim, "the tree ends before its branches do")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "audited agents",
            **self.terms.to_dict(),
            "tree": [[kind, _texts(numbers)] for kind, numbers in self.tree],
            "bound": None if self.bound is None else rational_to_json(self.bound),
            "policy": None if self.policy is None else _texts(self.policy),
            "value": None if self.value is None else rational_to_json(self.value),
        }

    @classmethod
    def from_dict(cls, data: Any) -> AuditedAgentsCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_TERMS, "tree", "bound", "policy", "value"), where="certificate")
        if data["kind"] != "audited agents":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'audited agents'")
        tree = []
        for k, leaf in enumerate(_listed(data, "tree")):
            if not isinstance(leaf, list) or len(leaf) != 2 or leaf[0] not in _LEAVES:
                raise SpecificationError(f"certificate.tree[{k}]: write [kind, numbers]")
            tree.append((leaf[0], rationals_from_json(leaf[1], f"certificate.tree[{k}]")))
        bound, value = (
            None if data[key] is None else rational_from_json(data[key], where=f"certificate.{key}")
            for key in ("bound", "value")
        )
        policy = None if data["policy"] is None else rationals_from_json(data["policy"], "certificate.policy")
        return cls(terms=AuditedTerms.from_dict(data), tree=tuple(tree), bound=bound, policy=policy, value=value)

    def __repr__(self) -> str:
        return f"AuditedAgentsCertificate({self.claim})"


def _whole(numbers: Vector) -> int | None:
    """The index that a branch names."""
    return int(numbers[0]) if len(numbers) == 1 and numbers[0].denominator == 1 and numbers[0] >= 0 else None


def _texts(values: Sequence[Fraction]) -> list[str]:
    return [rational_to_json(x) for x in values]


def _listed(data: Any, key: str) -> list[Any]:
    if not isinstance(data[key], list):
        raise SpecificationError(f"certificate.{key}: write a list")
    found: list[Any] = data[key]
    return found


def _tables(data: Any, where: str) -> tuple[Vector, ...]:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: write a list of lists of rationals")
    return tuple(rationals_from_json(x, f"{where}[{k}]") for k, x in enumerate(data))
