"""Heterogeneous teams: whose abilities together complete a harmful recipe, though nobody's do alone.

Each agent has *affordances* (a capability, an access, a missing safeguard). A *recipe* needs several of them; a need may have
alternatives (any of), and several recipes may do the same harm, so that every monotone condition can be written. A coalition
completes a recipe if its members' affordances meet every need; where trust is a graph, its members must be connected in it.

:func:`smallest_coalition` finds the least number (or cost) of members, an exact covering programme in which safe sets of agents
are found along the way; :func:`minimal_coalitions` lists all coalitions of which every member is needed, provably all;
:func:`harm_by_size` says what coalitions of each size can do. Which affordances to take away is a question for the defence.

References: E. Jones, A. Dragan and J. Steinhardt, "Adversaries can misuse combinations of safe models", arXiv:2406.14595
(2024); Q. Guo et al., "Coalitional security games", AAMAS (2016); C. Berge, *Hypergraphs* (1989). Complexity: the
smallest coalition is a hitting set problem (NP-hard; hundreds of agents in practice); the list can be exponentially long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.capabilities import (
    MAX_TRANSVERSALS,
    CapabilityProblem,
    MinimalCoalitionsCertificate,
    SmallestCoalitionCertificate,
    minimal_transversals,
)
from gametheory.collusion.capability_model import CapabilityModel, agent_index
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = [
    "MinimalCoalitions",
    "SmallestCoalition",
    "completed_recipes",
    "harm_by_size",
    "minimal_coalitions",
    "smallest_coalition",
]

_ONE = Fraction(1)


@final
@compared_by("model", "members", "exact_lower", "exact_upper")
@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SmallestCoalition:
    """The least size (or cost) of a coalition that completes a recipe, and one that has it.

    Attributes
    ----------
    model : CapabilityModel
    members : frozenset of int, or None
        ``None``: no coalition completes one.
    exact_lower, exact_upper : Fraction or None
        ``members`` cost the second; no coalition costs less than the first.
    recipes : tuple of str
        The recipes that the coalition completes.
    certificate : SmallestCoalitionCertificate
    """

    model: CapabilityModel
    members: Coalition | None
    exact_lower: Fraction | None
    exact_upper: Fraction | None
    recipes: tuple[str, ...]
    certificate: SmallestCoalitionCertificate

    @property
    def names(self) -> tuple[str, ...]:
        """Of the members."""
        return () if self.members is None else tuple(self.model.agents[i] for i in sorted(self.members))

    @property
    def lower(self) -> float:
        return float("inf") if self.exact_lower is None else float(self.exact_lower)

    @property
    def upper(self) -> float:
        return float("inf") if self.exact_upper is None else float(self.exact_upper)

    def __float__(self) -> float:
        return self.upper

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        bounds = [None if x is None else exact_text(x) for x in (self.exact_lower, self.exact_upper)]
        return {
            "members": None if self.members is None else list(self.names),
            "lower": bounds[0],
            "upper": bounds[1],
            "recipes": list(self.recipes),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the members and what each brings."""
        rows = [
            [self.model.agents[i], ", ".join(sorted(self.model.affordances[i]))] for i in sorted(self.members or ())
        ]
        return data_frame(rows, ["agent", "affordances"])

    def __repr__(self) -> str:
        if self.members is None:
            return "SmallestCoalition(certified: no coalition completes a recipe)"
        who = coalition_label(self.model.agents, self.members)
        bound = "" if self.exact_lower == self.exact_upper else f", at least {float(self.exact_lower or 0):g}"
        return (
            f"SmallestCoalition(certified: {who}, {float(self.exact_upper or 0):g}{bound}; {', '.join(self.recipes)})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@final
@compared_by("model", "coalitions")
@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class MinimalCoalitions(Sequence[Coalition]):
    """All coalitions that complete a recipe and need all of their members, by size and then lexicographically."""

    model: CapabilityModel
    coalitions: tuple[Coalition, ...]
    certificate: MinimalCoalitionsCertificate

    def __len__(self) -> int:
        return len(self.coalitions)

    def __getitem__(self, index: Any) -> Any:
        return self.coalitions[index]

    def __iter__(self) -> Iterator[Coalition]:
        return iter(self.coalitions)

    def up_to(self, size: int) -> tuple[Coalition, ...]:
        """Those of at most so many members."""
        return tuple(s for s in self.coalitions if len(s) <= size)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        named = [[self.model.agents[i] for i in sorted(s)] for s in self.coalitions]
        return {"coalitions": named, "certificate": self.certificate.to_dict()}

    def to_frame(self) -> Any:
        """A pandas table: members, size, recipes completed."""
        rows = [
            [coalition_label(self.model.agents, s), len(s), ", ".join(completed_recipes(self.model, s))]
            for s in self.coalitions
        ]
        return data_frame(rows, ["coalition", "size", "recipes"])

    def __repr__(self) -> str:
        shown = ", ".join(coalition_label(self.model.agents, s) for s in self.coalitions[:4])
        more = f", … ({len(self)} in all)" if len(self) > 4 else ""
        return f"MinimalCoalitions(certified complete: {shown or 'none'}{more})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(coalition_label(self.model.agents, s))}</td></tr>" for s in self.coalitions[:50]
        )
        return f"<table><caption>{escape(self.certificate.claim)} (certified)</caption>{rows}</table>"


def completed_recipes(model: CapabilityModel, coalition: Iterable[int | str]) -> tuple[str, ...]:
    """The recipes that members of a coalition complete together, if they trust each other.

    Parameters
    ----------
    coalition : iterable of int or str
        Agents by index or name.

    Returns
    -------
    tuple of str
        Names of recipes, in the order of the model.

    Raises
    ------
    SpecificationError
        An agent that does not exist.

    Examples
    --------
    >>> model = CapabilityModel.of({"a": ["x"], "b": ["y"], "c": ["x", "y"]}, {"r": ["x", "y"]})
    >>> completed_recipes(model, ["a"]), completed_recipes(model, ["a", "b"])
    ((), ('r',))
    """
    places = {agent: i for i, agent in enumerate(model.agents)}
    members = frozenset(agent_index(i, places) for i in coalition)
    return tuple(r.name for r in model.recipes if model.problem([r]).is_dangerous(members))


def smallest_coalition(
    model: CapabilityModel,
    *,
    recipe: str | None = None,
    costs: Mapping[str, Any] | None = None,
    time_limit: float | None = None,
) -> SmallestCoalition:
    """The smallest coalition that completes a recipe, with a proof that none is smaller.

    Parameters
    ----------
    recipe : str, optional
        By default any of them.
    costs : mapping from agent to number > 0, optional
        What each agent costs whoever assembles the coalition; by default 1.
    time_limit : float, optional
        Seconds; then ``exact_lower`` may be less than ``exact_upper``.

    Returns
    -------
    SmallestCoalition

    Raises
    ------
    SpecificationError
        Names that do not exist, costs that are not positive.

    Examples
    --------
    Nobody can do it alone; three hold the affordances, and two of them suffice:

    >>> model = CapabilityModel.of(
    ...     {"frontier": ["plan", "translate"], "weak": ["unfiltered code"], "tool": ["translate", "run"]},
    ...     {"malware": ["plan", "unfiltered code"], "fraud": ["plan", "run", "unfiltered code"]})
    >>> smallest_coalition(model)
    SmallestCoalition(certified: {frontier, weak}, 2; malware)
    >>> smallest_coalition(model, recipe="fraud").certificate.claim
    'the least size of the coalition of 3 agents that completes the recipe is 3'
    """
    from gametheory.optimize.covering import cheapest_cover

    check_seconds("time_limit", time_limit)
    chosen = model.recipes if recipe is None else (model.recipe(recipe),)
    problem, count = model.problem(chosen), len(model.agents)
    places = {agent: i for i, agent in enumerate(model.agents)}
    weights = [_ONE] * count
    for agent, cost in (costs or {}).items():
        weights[agent_index(agent, places)] = exact(cost, where=f"costs[{agent!r}]")
    if min(weights) <= 0:
        raise SpecificationError("costs: found a cost that is not positive; write numbers > 0")
    everybody = frozenset(range(count))
    if not problem.is_dangerous(everybody):
        none = SmallestCoalitionCertificate(
            problem=problem, costs=tuple(weights), coalition=None, safe=(), bound=None, lower=None, upper=None
        )
        none.verify()
        return SmallestCoalition(
            model=model, members=None, exact_lower=None, exact_upper=None, recipes=(), certificate=none
        )
    dear = sorted(range(count), key=lambda i: (-weights[i], -i))

    def completed(members: Coalition) -> Coalition:
        """A minimal dangerous set, with as many of the members as the order of removal leaves."""
        kept = set(everybody)
        for i in [*(i for i in dear if i not in members), *(i for i in dear if i in members)]:
            if problem.is_dangerous(kept - {i}):
                kept.remove(i)
        return frozenset(kept)

    def broken(members: Coalition) -> list[Coalition]:
        """Two maximal safe sets around one that is safe."""
        if problem.is_dangerous(members):
            return []
        return list(dict.fromkeys(_grown(problem, members, order) for order in (dear, dear[::-1])))

    cover = cheapest_cover(weights, broken, completed, problem.row, name="capabilities", time_limit=time_limit)
    best = completed(cover.chosen) if problem.is_dangerous(cover.chosen) else cover.chosen
    certificate = SmallestCoalitionCertificate(
        problem=problem,
        costs=tuple(weights),
        coalition=tuple(sorted(best)),
        safe=cover.rows,
        bound=cover.bound,
        lower=cover.lower,
        upper=sum((weights[i] for i in best), Fraction(0)),
    )
    certificate.verify()
    return SmallestCoalition(
        model=model,
        members=best,
        exact_lower=certificate.lower,
        exact_upper=certificate.upper,
        recipes=tuple(r.name for r in chosen if model.problem([r]).is_dangerous(best)),
        certificate=certificate,
    )


def minimal_coalitions(
    model: CapabilityModel, *, recipe: str | None = None, max_coalitions: int = 20_000
) -> MinimalCoalitions:
    """Every coalition that completes a recipe and would not without any one of its members, provably all of them.

    Parameters
    ----------
    recipe : str, optional
        By default any of them.
    max_coalitions : int ≥ 1
        Sets that are kept at a time.

    Returns
    -------
    MinimalCoalitions

    Raises
    ------
    UnsupportedError
        There are more sets on the way, or in the proof that the list is complete: ask for :func:`smallest_coalition`, or for
        one recipe.

    Examples
    --------
    >>> model = CapabilityModel.of(
    ...     {"a": ["x"], "b": ["y"], "c": ["x", "y"], "d": ["y"]}, {"r": ["x", "y"]},
    ...     links=[("a", "b"), ("b", "d"), ("a", "c")])
    >>> minimal_coalitions(model)
    MinimalCoalitions(certified complete: {c}, {a, b})
    """
    most = check_count("max_coalitions", max_coalitions)
    chosen = model.recipes if recipe is None else (model.recipe(recipe),)
    problem = model.problem(chosen)
    if model.links is None:
        try:
            parts = [minimal_transversals(slots, most=most) for slots in problem.recipes if all(slots)]
        except SpecificationError as error:
            raise UnsupportedError(
                f"minimal coalitions: {error}; or ask for smallest_coalition, or one recipe"
            ) from None
        found = _minimal({s for part in parts for s in part})
    else:
        found = _connected(problem, most)
    certificate = MinimalCoalitionsCertificate(problem=problem, coalitions=tuple(found))
    try:
        minimal_transversals(found, most=MAX_TRANSVERSALS)
    except SpecificationError as error:
        raise UnsupportedError(
            f"minimal coalitions: {len(found)} were found, but for a proof that none is missing, {error}"
        ) from None
    certificate.verify()
    return MinimalCoalitions(model=model, coalitions=tuple(found), certificate=certificate)


def harm_by_size(model: CapabilityModel, *, time_limit: float | None = None) -> tuple[Fraction, ...]:
    """The largest harm of a recipe that coalitions of at most k members complete, for k = 0, 1, …, as long as it grows.

    Parameters
    ----------
    model : CapabilityModel
    time_limit : float, optional
        Seconds for each recipe.

    Returns
    -------
    tuple of Fraction
        The last is the first that is as large as it gets.

    Raises
    ------
    UnsupportedError
        The time limit left the size of a smallest coalition open.

    Examples
    --------
    >>> model = CapabilityModel.of(
    ...     {"a": ["x"], "b": ["y"], "c": ["z"]}, {"small": ["x"], "large": ["x", "y", "z"]}, harm={"large": 9})
    >>> [str(x) for x in harm_by_size(model)]
    ['0', '1', '1', '9']
    """
    sizes: dict[int, Fraction] = {0: Fraction(0)}
    for recipe in model.recipes:
        found = smallest_coalition(model, recipe=recipe.name, time_limit=time_limit)
        if found.members is not None:
            if found.exact_lower != found.exact_upper:
                raise UnsupportedError(f"harm by size: the time limit left the size of {recipe.name!r} open; raise it")
            size = len(found.members)
            sizes[size] = max(sizes.get(size, Fraction(0)), recipe.harm)
    harms = [Fraction(0)]
    for k in range(1, max(sizes) + 1):
        harms.append(max(harms[-1], sizes.get(k, Fraction(0))))
    return tuple(harms[: harms.index(harms[-1]) + 1])


def _grown(problem: CapabilityProblem, safe: Coalition, order: Sequence[int]) -> Coalition:
    grown = set(safe)
    for i in order:
        if i not in grown and not problem.is_dangerous(grown | {i}):
            grown.add(i)
    return frozenset(grown)


def _minimal(sets: set[Coalition]) -> list[Coalition]:
    kept: list[Coalition] = []
    for s in sorted(sets, key=lambda s: (len(s), sorted(s))):
        if not any(other <= s for other in kept):
            kept.append(s)
    return kept


def _connected(problem: CapabilityProblem, most: int) -> list[Coalition]:
    """Connected sets, grown member by member as long as they are safe.

    Every minimal connected coalition is reached: it has a member without whom it stays connected, and is safe without.
    """
    neighbours: list[set[int]] = [set() for _ in range(problem.num_agents)]
    for a, b in problem.links or ():
        neighbours[a].add(b)
        neighbours[b].add(a)
    found: list[Coalition] = []
    level = {frozenset([i]) for i in range(problem.num_agents)}
    while level:
        dangerous = sorted((s for s in level if problem.is_dangerous(s)), key=sorted)
        found += [s for s in dangerous if not any(other < s for other in found)]
        safe = level.difference(dangerous)
        level = {s | {i} for s in safe for i in set().union(*(neighbours[j] for j in s)) - s}
        level = {s for s in level if not any(other <= s for other in found)}
        if len(level) + len(found) > most:
            raise UnsupportedError(
                f"minimal coalitions: more than {most:,} connected sets to look at; raise max_coalitions, ask for one recipe, "
                "or for smallest_coalition"
            )
    return found
