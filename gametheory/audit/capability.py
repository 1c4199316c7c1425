"""The abilities of a scenario's agents: the table ``[capabilities]``, from its data to a capability model.

The table says what each agent can do (``agents``), which harmful recipes need which abilities (``recipes``, each with
``needs``, where a list stands for any of its entries, and its ``harm``), and who trusts whom (``links``).

Sizes are limited: 40 agents, 20 recipes with 12 needs each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.audit.places import Place, number_at
from gametheory.audit.wording import listed, quoted, suggestion

__all__ = ["Capabilities", "HarmfulRecipe", "read_capabilities_table"]

Data = Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class HarmfulRecipe:
    """A recipe: its needs, each any of some affordances, and the harm that it does."""

    name: str
    needs: tuple[tuple[str, ...], ...]
    harm: Fraction


@final
@dataclass(frozen=True, slots=True)
class Capabilities:
    """Agents with what each can do, recipes, and who trusts whom.

    Attributes
    ----------
    agents : tuple of str
    affordances : tuple of tuples of str
    recipes : tuple of HarmfulRecipe
    links : tuple of (str, str) or None
        ``None``: everybody trusts everybody.
    """

    agents: tuple[str, ...]
    affordances: tuple[tuple[str, ...], ...]
    recipes: tuple[HarmfulRecipe, ...]
    links: tuple[tuple[str, str], ...] | None = None


def read_capabilities_table(table: Data, place: Place) -> Capabilities:
    """The abilities that the checked data of ``[capabilities]`` describe."""
    agents = tuple(table["agents"])
    affordances = tuple(tuple(held) for held in table["agents"].values())
    known = list(dict.fromkeys(ability for held in affordances for ability in held))
    recipes: list[HarmfulRecipe] = []
    for k, entry in enumerate(table["recipes"]):
        where = place / "recipes" / k
        if entry["name"] in (recipe.name for recipe in recipes):
            raise (where / "name").error(f"found {quoted(entry['name'])} again; give each recipe its own name")
        needs = tuple((need,) if isinstance(need, str) else tuple(need) for need in entry["needs"])
        for j, need in enumerate(needs):
            _check_need(need, known, where / "needs" / j)
        harm = number_at(where / "harm", entry.get("harm", 1), least=0)
        recipes.append(HarmfulRecipe(entry["name"], needs, harm))
    links = None
    if "links" in table:
        links = tuple(_link(pair, agents, place / "links" / k) for k, pair in enumerate(table["links"]))
    return Capabilities(agents, affordances, tuple(recipes), links)


def _check_need(need: Sequence[str], known: Sequence[str], place: Place) -> None:
    """A need that nobody can meet is a slip of the pen, unless close to nothing that anybody can do."""
    for ability in need:
        if ability not in known:
            close = suggestion(ability, known)
            if close:
                raise place.error(f"found {quoted(ability)}, which no agent can do{close}")


def _link(pair: Sequence[str], agents: Sequence[str], place: Place) -> tuple[str, str]:
    for name in pair:
        if name not in agents:
            raise place.error(f"found {quoted(name)}; the agents are {listed(agents)}{suggestion(name, agents)}")
    if pair[0] == pair[1]:
        raise place.error(f"found a link from {quoted(pair[0])} to itself; leave it out")
    return pair[0], pair[1]
