"""Agents with different abilities, and the harmful recipes that need several of them: the model of :mod:`.capabilities`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import exact
from gametheory.certificates.capabilities import CapabilityProblem
from gametheory.errors import SpecificationError

__all__ = ["CapabilityModel", "Recipe", "agent_index"]

_ONE = Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """A harmful thing: its needs, each a set of affordances any of which will do, and the harm that it does."""

    name: str
    needs: tuple[frozenset[str], ...]
    harm: Fraction = _ONE


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityModel:
    """Agents with their affordances, recipes, and who trusts whom.

    Attributes
    ----------
    agents : tuple of str
    affordances : tuple of frozensets of str
        Of each agent.
    recipes : tuple of Recipe
    links : tuple of (int, int) or None
        Who trusts whom; ``None``: everybody.
    """

    agents: tuple[str, ...]
    affordances: tuple[frozenset[str], ...]
    recipes: tuple[Recipe, ...]
    links: tuple[tuple[int, int], ...] | None = None

    @classmethod
    def of(
        cls,
        affordances: Mapping[str, Iterable[str]],
        recipes: Mapping[str, Iterable[str | Iterable[str]]],
        *,
        harm: Mapping[str, Any] | None = None,
        links: Iterable[tuple[str, str]] | None = None,
    ) -> CapabilityModel:
        """Read a model by names.

        Parameters
        ----------
        affordances : mapping from agent to affordances
        recipes : mapping from recipe to needs
            A need is an affordance, or a list of them any of which will do.
        harm : mapping from recipe to number ≥ 0, optional
            By default 1.
        links : iterable of pairs of agents, optional
            Who trusts whom, both ways.

        Raises
        ------
        SpecificationError
            No agents or recipes, a recipe without needs, names that do not exist, negative harm.

        Examples
        --------
        >>> CapabilityModel.of(
        ...     {"coder": ["write code"], "mailer": ["send mail"]}, {"phish": ["write code", ["send mail", "post"]]})
        CapabilityModel(2 agents, 1 recipe)
        """
        agents = tuple(affordances)
        if not agents or not recipes:
            raise SpecificationError("affordances, recipes: found none; write at least one agent and one recipe")
        for agent, held in affordances.items():
            if not isinstance(agent, str):
                raise SpecificationError(f"affordances: found the agent {agent!r}; write its name as text")
            if isinstance(held, str) or not isinstance(held, Iterable):
                raise SpecificationError(f"affordances[{agent!r}]: found {held!r}; write a list of affordances")
        read = []
        for name, needs in recipes.items():
            listed = (
                []
                if isinstance(needs, str)
                or not isinstance(needs, Iterable)
                or not all(isinstance(n, Iterable) for n in needs)
                else [frozenset([n]) if isinstance(n, str) else frozenset(n) for n in needs]
            )
            if not listed or not all(listed):
                raise SpecificationError(f"recipes[{name!r}]: write a list of needs, none of them empty")
            size = exact((harm or {}).get(name, 1), where=f"harm[{name!r}]")
            if size < 0:
                raise SpecificationError(f"harm[{name!r}]: found {size}; write a number ≥ 0")
            read.append(Recipe(name, tuple(listed), size))
        for name in harm or {}:
            if name not in recipes:
                raise SpecificationError(f"harm: found {name!r}; the recipes are {', '.join(recipes)}")
        pairs = None
        if links is not None:
            places = {agent: i for i, agent in enumerate(agents)}
            listed_pairs = list(links)
            for pair in listed_pairs:
                if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
                    raise SpecificationError(f"links: found {pair!r}; write pairs of agents")
            pairs = tuple((agent_index(a, places), agent_index(b, places)) for a, b in listed_pairs)
        return cls(
            agents=agents,
            affordances=tuple(frozenset(affordances[a]) for a in agents),
            recipes=tuple(read),
            links=pairs,
        )

    def problem(self, recipes: Sequence[Recipe] | None = None) -> CapabilityProblem:
        """Who can fill which need, as certificates state it."""
        return CapabilityProblem(
            num_agents=len(self.agents),
            recipes=tuple(
                tuple(frozenset(i for i, held in enumerate(self.affordances) if held & need) for need in recipe.needs)
                for recipe in (self.recipes if recipes is None else recipes)
            ),
            links=self.links,
        )

    def recipe(self, name: str) -> Recipe:
        """The recipe of this name."""
        for recipe in self.recipes:
            if recipe.name == name:
                return recipe
        raise SpecificationError(f"recipe: found {name!r}; the recipes are {', '.join(r.name for r in self.recipes)}")

    def __repr__(self) -> str:
        graph = "" if self.links is None else f", {len(self.links)} links"
        recipes = "1 recipe" if len(self.recipes) == 1 else f"{len(self.recipes)} recipes"
        return f"CapabilityModel({len(self.agents)} agents, {recipes}{graph})"


def agent_index(agent: int | str, places: Mapping[str, int]) -> int:
    """The index of an agent given by name or index; ``places`` has the index of each name."""
    if isinstance(agent, int) and not isinstance(agent, bool) and 0 <= agent < len(places):
        return agent
    if not isinstance(agent, str) or agent not in places:
        shown = ", ".join(list(places)[:12])
        raise SpecificationError(f"agent: found {agent!r}; the agents are {shown}")
    return places[agent]
