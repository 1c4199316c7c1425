"""Which coalitions of agents can complete a recipe: the smallest one, or all minimal ones, each with its proof.

A recipe has *slots*, each a set of agents who can fill it; a coalition completes it if every slot has a member. Where agents
must trust each other along links, members must be connected by links among themselves. Say that a set X of agents is
*dangerous* if it holds a coalition that completes one of the recipes. Supersets of dangerous sets are dangerous, so that

* every dangerous set has a member outside of every safe set S, Σ_{j∉S} x_j ≥ 1: a bound on the covering programme of such rows
  bounds the cost of every dangerous set (:class:`SmallestCoalitionCertificate`);
* coalitions C_1, …, C_m are all minimal ones iff each is dangerous, none without one of its members is, and every maximal set
  that contains no C_k is safe. These are the complements of the minimal sets that meet all C_k, which the check lists itself
  (:class:`MinimalCoalitionsCertificate`).

References: E. Moreno-Centeno and R. M. Karp, "The implicit hitting set approach", Operations Research 61 (2013); C. Berge,
*Hypergraphs* (1989), chapter 2 (transversals). Complexity: linear in the sets given, or in the number of transversals.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.branching import BranchingCertificate, rounded_bound
from gametheory.certificates.covering import CoveringRow, covering_programme
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief, fail, indices_from_json
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "MAX_TRANSVERSALS",
    "CapabilityProblem",
    "MinimalCoalitionsCertificate",
    "SmallestCoalitionCertificate",
    "minimal_transversals",
]

Agents = frozenset[int]
_PROBLEM = ("num_agents", "recipes", "links")
MAX_TRANSVERSALS = 10_000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityProblem:
    """Who can fill which slot of which recipe, and who trusts whom.

    Attributes
    ----------
    num_agents : int
    recipes : tuple of tuples of frozensets of int
        For each recipe its slots, for each slot the agents who can fill it.
    links : tuple of (int, int) or None
        ``None``: everybody trusts everybody.
    """

    num_agents: int
    recipes: tuple[tuple[Agents, ...], ...]
    links: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        named = [i for slots in self.recipes for slot in slots for i in slot]
        named += [i for pair in self.links or () for i in pair]
        if any(not 0 <= i < self.num_agents for i in named):
            raise SpecificationError(f"recipes and links: write agents from 0 to {self.num_agents - 1}")
        if not self.recipes or any(not slots for slots in self.recipes):
            raise SpecificationError("recipes: write at least one recipe, with at least one slot each")

    def components(self, agents: Iterable[int]) -> list[Agents]:
        """The agents by who is connected with whom through links among them."""
        left = set(agents)
        if self.links is None:
            return [frozenset(left)] if left else []
        neighbours, found = _neighbours(self.num_agents, self.links), []
        while left:
            waiting = [left.pop()]
            part = set(waiting)
            while waiting:
                reached = neighbours[waiting.pop()] & left
                left -= reached
                part |= reached
                waiting += reached
            found.append(frozenset(part))
        return found

    def is_dangerous(self, agents: Iterable[int]) -> bool:
        """Whether a coalition among these agents completes a recipe."""
        return any(all(slot & part for slot in slots) for part in self.components(agents) for slots in self.recipes)

    def programme(self, costs: Sequence[Fraction], safe: Sequence[Agents], *, whole: bool = True) -> LinearProgramme:
        """The covering programme whose rows say that a member is outside of each safe set."""
        return covering_programme(costs, [self.row(s) for s in safe], whole=whole, name="capabilities")

    def row(self, safe: Agents) -> CoveringRow:
        """Σ_{j∉S} x_j ≥ 1."""
        return {j: Fraction(1) for j in range(self.num_agents) if j not in safe}, Fraction(1)

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {
            "num_agents": self.num_agents,
            "recipes": [[sorted(slot) for slot in slots] for slots in self.recipes],
            "links": None if self.links is None else [list(pair) for pair in self.links],
        }

    @classmethod
    def from_dict(cls, data: Any) -> CapabilityProblem:
        """Read the keys that :meth:`to_dict` writes; :class:`~gametheory.errors.SpecificationError` for anything else."""
        count, recipes, links = data["num_agents"], data["recipes"], data["links"]
        if type(count) is not int or not 1 <= count <= 10**5:
            raise SpecificationError("certificate.num_agents: write an integer from 1 to 100,000")
        if not isinstance(recipes, list) or any(not isinstance(slots, list) for slots in recipes):
            raise SpecificationError("certificate.recipes: write a list of lists of slots")
        pairs = None
        if links is not None:
            if not isinstance(links, list):
                raise SpecificationError("certificate.links: write a list of pairs, or null")
            read = [indices_from_json(pair, where=f"certificate.links[{k}]") for k, pair in enumerate(links)]
            if any(len(pair) != 2 for pair in read):
                raise SpecificationError("certificate.links: found an entry that is no pair; write two agents")
            pairs = tuple((pair[0], pair[1]) for pair in read)
        return cls(
            num_agents=count,
            recipes=tuple(
                tuple(frozenset(indices_from_json(slot, where=f"certificate.recipes[{k}]")) for slot in slots)
                for k, slots in enumerate(recipes)
            ),
            links=pairs,
        )


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SmallestCoalitionCertificate:
    """A coalition completes a recipe at a cost of ``upper``, and none does at a cost below ``lower``; or none does at all.

    Attributes
    ----------
    problem : CapabilityProblem
    costs : tuple of Fraction, > 0
        Of each agent; 1 for the number of members.
    coalition : tuple of int or None
        ``None`` with both bounds: no coalition completes a recipe.
    safe : tuple of frozensets of int
        Sets of agents that are not dangerous.
    bound : BranchingCertificate, DualityCertificate or None
        Of the programme with their rows, or of its relaxation: rounded up to what whole coalitions can cost.
    lower, upper : Fraction or None
    """

    problem: CapabilityProblem
    costs: tuple[Fraction, ...]
    coalition: tuple[int, ...] | None
    safe: tuple[Agents, ...]
    bound: BranchingCertificate | DualityCertificate | None
    lower: Fraction | None
    upper: Fraction | None

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the agents itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        problem = self.problem
        recipes = "the recipe" if len(problem.recipes) == 1 else f"one of {len(problem.recipes)} recipes"
        trusted = " connected" if problem.links is not None else ""
        if self.lower is None or self.upper is None:
            return f"no{trusted} coalition of {problem.num_agents} agents completes {recipes}"
        what = f"the{trusted} coalition of {problem.num_agents} agents that completes {recipes}"
        unit = "size" if set(self.costs) == {Fraction(1)} else "cost"
        if self.lower == self.upper:
            return f"the least {unit} of {what} is {brief(self.upper)}"
        return f"the least {unit} of {what} lies between {brief(self.lower)} and {brief(self.upper)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the coalition, that the safe sets are safe, and the bound; ``game`` plays no part.

        Raises
        ------
        CertificateError
            Naming what does not hold.
        """
        problem, claim, everybody = self.problem, self.claim, frozenset(range(self.problem.num_agents))
        if len(self.costs) != problem.num_agents or min(self.costs) <= 0:
            fail(claim, f"write a cost > 0 for each of {problem.num_agents} agents")
        if {self.coalition is None, self.lower is None, self.upper is None} not in ({True}, {False}):
            fail(claim, "a coalition comes with both bounds")
        if self.coalition is None or self.lower is None or self.upper is None:
            if problem.is_dangerous(everybody):
                fail(claim, "all agents together hold a coalition that completes a recipe")
            return True
        members = frozenset(self.coalition)
        if not members <= everybody or len(members) < len(self.coalition) or len(problem.components(members)) != 1:
            fail(claim, "the coalition is no set of agents who trust each other")
        if not problem.is_dangerous(members):
            fail(claim, "the coalition completes no recipe")
        if sum((self.costs[i] for i in members), Fraction(0)) != self.upper:
            fail(claim, "the coalition has another cost")
        for s in self.safe:
            if not s <= everybody or problem.is_dangerous(s):
                fail(claim, f"the set {sorted(s)[:20]} is not safe")
        relaxed = isinstance(self.bound, DualityCertificate)
        if self.bound is None:
            fail(claim, "there is no bound on the cost")
        try:
            self.bound.verify()
            self.bound.verify_against(problem.programme(self.costs, self.safe, whole=not relaxed))
        except (CertificateError, SpecificationError) as error:
            fail(claim, str(error))
        whole = problem.programme(self.costs, self.safe)
        if self.bound.value is None or rounded_bound(whole, self.bound.value) < self.lower:
            fail(claim, "the programme of the safe sets proves less than the lower bound")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "smallest coalition",
            **self.problem.to_dict(),
            "costs": [rational_to_json(c) for c in self.costs],
            "coalition": None if self.coalition is None else list(self.coalition),
            "safe": [sorted(s) for s in self.safe],
            "bound": None if self.bound is None else self.bound.to_dict(),
            "lower": None if self.lower is None else rational_to_json(self.lower),
            "upper": None if self.upper is None else rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> SmallestCoalitionCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", *_PROBLEM, "costs", "coalition", "safe", "bound", "lower", "upper")
        expect_keys(data, keys, where="certificate")
        if data["kind"] != "smallest coalition":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'smallest coalition'")
        bound, coalition = data["bound"], data["coalition"]
        kinds: dict[Any, Any] = {"branching": BranchingCertificate, "duality": DualityCertificate}
        if bound is not None and (not isinstance(bound, dict) or bound.get("kind") not in kinds):
            raise SpecificationError(
                "certificate.bound: write a certificate of the kind 'branching' or 'duality', or null"
            )
        if not isinstance(data["costs"], list) or not isinstance(data["safe"], list):
            raise SpecificationError("certificate: costs and safe are lists")

        def optional(key: str) -> Fraction | None:
            return None if data[key] is None else rational_from_json(data[key], where=f"certificate.{key}")

        return cls(
            problem=CapabilityProblem.from_dict(data),
            costs=tuple(rational_from_json(c, where=f"certificate.costs[{k}]") for k, c in enumerate(data["costs"])),
            coalition=None if coalition is None else indices_from_json(coalition, where="certificate.coalition"),
            safe=tuple(
                frozenset(indices_from_json(s, where=f"certificate.safe[{k}]")) for k, s in enumerate(data["safe"])
            ),
            bound=None if bound is None else kinds[bound["kind"]].from_dict(bound),
            lower=optional("lower"),
            upper=optional("upper"),
        )

    def __repr__(self) -> str:
        return f"SmallestCoalitionCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MinimalCoalitionsCertificate:
    """These coalitions complete a recipe, each needs all of its members, and every coalition that completes one holds one.

    Attributes
    ----------
    problem : CapabilityProblem
    coalitions : tuple of frozensets of int
    """

    problem: CapabilityProblem
    coalitions: tuple[Agents, ...]

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the agents itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        recipes = len(self.problem.recipes)
        what = "the recipe" if recipes == 1 else f"one of {recipes} recipes"
        trusted = "connected " if self.problem.links is not None else ""
        count = f"exactly {len(self.coalitions)} minimal {trusted}coalitions"
        return f"of {self.problem.num_agents} agents, {count} complete {what}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check each coalition, and by listing transversals that none is missing; ``game`` plays no part.

        Raises
        ------
        CertificateError
            Naming the coalition that is none, is not minimal, or is missing.
        """
        problem, claim, everybody = self.problem, self.claim, frozenset(range(self.problem.num_agents))
        if len(set(self.coalitions)) < len(self.coalitions):
            fail(claim, "a coalition is listed twice")
        for members in self.coalitions:
            shown = sorted(members)[:20]
            if not members <= everybody or len(problem.components(members)) != 1 or not problem.is_dangerous(members):
                fail(claim, f"{shown} are no coalition that completes a recipe")
            if any(problem.is_dangerous(members - {i}) for i in members):
                fail(claim, f"{shown} are not minimal")
        try:
            missed = minimal_transversals(self.coalitions, most=MAX_TRANSVERSALS)
        except SpecificationError as error:
            fail(claim, str(error))
        for met in missed:
            if problem.is_dangerous(everybody - met):
                fail(claim, f"a coalition without any of {sorted(met)[:20]} is missing")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        listed = [sorted(s) for s in self.coalitions]
        return {"kind": "minimal coalitions", **self.problem.to_dict(), "coalitions": listed}

    @classmethod
    def from_dict(cls, data: Any) -> MinimalCoalitionsCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_PROBLEM, "coalitions"), where="certificate")
        if data["kind"] != "minimal coalitions" or not isinstance(data["coalitions"], list):
            raise SpecificationError(
                f"certificate.kind: found {data['kind']!r}; write 'minimal coalitions' with a list of coalitions"
            )
        return cls(
            problem=CapabilityProblem.from_dict(data),
            coalitions=tuple(
                frozenset(indices_from_json(s, where=f"certificate.coalitions[{k}]"))
                for k, s in enumerate(data["coalitions"])
            ),
        )

    def __repr__(self) -> str:
        return f"MinimalCoalitionsCertificate({self.claim})"


@functools.lru_cache(maxsize=64)
def _neighbours(num_agents: int, links: tuple[tuple[int, int], ...]) -> tuple[Agents, ...]:
    found: list[set[int]] = [set() for _ in range(num_agents)]
    for a, b in links:
        found[a].add(b)
        found[b].add(a)
    return tuple(map(frozenset, found))


def minimal_transversals(sets: Iterable[Agents], *, most: int) -> list[Agents]:
    """The minimal sets that meet all of the given ones, by Berge's method; in order of size, then members.

    Raises
    ------
    SpecificationError
        If there are more than ``most`` on the way.

    Examples
    --------
    >>> [sorted(t) for t in minimal_transversals([frozenset({0, 1}), frozenset({1, 2})], most=10)]
    [[1], [0, 2]]
    """
    masks = sorted((sum(1 << i for i in given) for given in sets), key=lambda mask: (mask.bit_count(), mask))
    found = [0]
    for given in masks:
        met = [t for t in found if t & given]
        members = [1 << i for i in range(given.bit_length()) if given >> i & 1]
        grown = []
        for t in found:
            if not t & given:
                # t with a member of the set is minimal unless it holds one that met the set before.
                grown += [c for c in (t | i for i in members) if not any(m & c == m for m in met)]
                if len(met) + len(grown) > most:
                    raise SpecificationError(
                        f"found more than {most:,} sets that meet all others; take fewer agents or recipes"
                    )
        found = met + grown
    listed = (frozenset(i for i in range(t.bit_length()) if t >> i & 1) for t in found)
    return sorted(listed, key=lambda t: (len(t), sorted(t)))
