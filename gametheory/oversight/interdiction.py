"""The cheapest affordances, grants or links to take away so that no allowed coalition completes a harmful recipe.

    minimise    Σ_j c_j x_j    subject to    Σ_{j used by w} x_j ≥ 1   for every coalition that completes a recipe (witness w)

Agents, affordances, recipes and links are those of :mod:`gametheory.collusion.capabilities`, the attack; here is the answer to
it. There are far too many witnesses to list, but whatever is taken away, either the recipes are stopped, or a coalition that
still completes one is found, a new row (implicit hitting sets). With a budget that does not stop all, what is minimised is the
harm that stays possible: the worst recipe's, or the sum. The lower bound is proved in rationals from the witnesses, and what is
left is checked (:class:`~gametheory.certificates.interdiction.InterdictionCertificate`).

:func:`interdiction_frontier` lists every trade of cost against harm that nothing dominates.

References: R. K. Wood 1993, "Deterministic network interdiction", Mathematical and Computer Modelling 17; Q. Guo et al. 2016,
"Coalitional security games", AAMAS (links of attackers are deleted); E. Jones, A. Dragan and J. Steinhardt 2024, "Adversaries
can misuse combinations of safe models", arXiv:2406.14595. Complexity: hitting sets (NP-hard); a coalition limited in size is
itself found by a covering programme.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.capabilities import SmallestCoalitionCertificate
from gametheory.certificates.interdiction import Harm, InterdictionCertificate, InterdictionProblem, Item, RecipeWitness
from gametheory.collusion.capabilities import smallest_coalition
from gametheory.collusion.capability_model import CapabilityModel, agent_index
from gametheory.errors import InfeasibleError, SolverError, SpecificationError
from gametheory.games.coalitions import coalition_label
from gametheory.games.tables import data_frame
from gametheory.optimize.design import Design
from gametheory.optimize.frontier import Frontier

__all__ = ["Interdiction", "interdiction_frontier", "optimal_interdiction"]

Chosen = frozenset[int]
_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Interdiction:
    """What is taken away, and what is left.

    Attributes
    ----------
    affordances : tuple of str
        From everybody.
    grants : tuple of (agent, affordance)
    links : tuple of (agent, agent)
    exposed : tuple of str
        Recipes that some allowed coalition still completes.
    cost, harm : Fraction
    """

    affordances: tuple[str, ...]
    grants: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    exposed: tuple[str, ...]
    cost: Fraction
    harm: Fraction

    @property
    def removed(self) -> tuple[str, ...]:
        """All of it in words."""
        grants = (f"{x} of {agent}" for agent, x in self.grants)
        return (*self.affordances, *grants, *(f"link {a}–{b}" for a, b in self.links))

    def __repr__(self) -> str:
        left = f"; leaves {', '.join(self.exposed)}" if self.exposed else ""
        return f"Interdiction({', '.join(self.removed) or 'nothing'}, cost {exact_text(self.cost)}{left})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of what is taken away."""
        kinds = ["affordance"] * len(self.affordances) + ["grant"] * len(self.grants) + ["link"] * len(self.links)
        return data_frame(zip(kinds, self.removed, strict=True), ["kind", "removed"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "affordances": list(self.affordances),
            "grants": [list(pair) for pair in self.grants],
            "links": [list(pair) for pair in self.links],
            "exposed": list(self.exposed),
            "cost": exact_text(self.cost),
            "harm": exact_text(self.harm),
        }


def optimal_interdiction(
    model: CapabilityModel,
    *,
    affordances: Mapping[str, Any] | None = None,
    grants: Mapping[tuple[str, str], Any] | None = None,
    links: Mapping[tuple[str, str], Any] | None = None,
    recipes: Iterable[str] | None = None,
    max_size: int | None = None,
    budget: Any = None,
    harm: Harm = "worst",
    time_limit: float | None = None,
) -> Design:
    """The cheapest removal that keeps allowed coalitions from all recipes, or the least harm under a budget.

    Parameters
    ----------
    model : CapabilityModel
    affordances : mapping from affordance to cost ≥ 0, optional
        What can be taken away from everybody at once.
    grants : mapping from (agent, affordance) to cost ≥ 0, optional
        What can be taken away from one agent.
    links : mapping from (agent, agent) to cost ≥ 0, optional
        What can be cut, where coalitions must be connected (``model.links``).
    recipes : iterable of str, optional
        By default all.
    max_size : int ≥ 1, optional
        Coalitions of more members are not to be feared.
    budget : number ≥ 0, optional
        Without it all recipes must be stopped.
    harm : "worst" or "total"
        Under a budget: the largest harm of a recipe that stays possible, or the sum of their harms.
    time_limit : float, optional
        Seconds; then the value is that of the best removal found, and ``certificate.lower`` may be less.

    Returns
    -------
    Design
        ``.value``: cost, or harm under a budget; ``.decision``: an :class:`Interdiction`; ``.binding``: coalitions to stop,
        priced by the linear relaxation; ``.certificate``: lower bound and residual check.

    Raises
    ------
    InfeasibleError
        A coalition completes a recipe with nothing that can be taken away; ``certificate`` proves it.
    SolverError
        The time limit was reached under a budget, or while a coalition limited in size was sought.
    SpecificationError
        Names that do not exist, costs that are negative, nothing to take away.

    Examples
    --------
    Both recipes need a plan, which costs 4 to take away; most of the harm is stopped for less:

    >>> model = CapabilityModel.of(
    ...     {"frontier": ["plan", "translate"], "weak": ["code"], "tool": ["translate", "run", "code"]},
    ...     {"malware": ["plan", "code"], "fraud": ["plan", "run"]}, harm={"malware": 5, "fraud": 1})
    >>> design = optimal_interdiction(model, affordances={"plan": 4, "code": 3, "run": 2}, grants={("weak", "code"): 1})
    >>> design.value, design.decision
    (Fraction(4, 1), Interdiction(plan, cost 4))
    >>> optimal_interdiction(model, affordances={"plan": 4, "code": 3, "run": 2}, budget=3).decision
    Interdiction(code, cost 3; leaves fraud)
    """
    problem = _problem(model, affordances, grants, links, recipes, max_size, budget, harm)
    check_seconds("time_limit", time_limit)
    search = _Search(model, problem, _names(model, recipes), time_limit)
    removed, lower, bound = search.cheapest() if problem.budget is None else search.least_harm()
    decision, exposed, residual = search.result(removed)
    upper = problem.cost(removed) if problem.budget is None else problem.harm(exposed)
    certificate = InterdictionCertificate(
        problem=problem,
        removed=tuple(sorted(removed)),
        exposed=exposed,
        witnesses=tuple(search.witnesses),
        bound=bound,
        residual=residual,
        lower=lower,
        upper=upper,
    )
    certificate.verify()
    return Design(
        value=upper,
        decision=decision,
        attained=True,
        binding=search.prices(),
        certificate=certificate,
        name="interdiction",
    )


def interdiction_frontier(
    model: CapabilityModel,
    *,
    affordances: Mapping[str, Any] | None = None,
    grants: Mapping[tuple[str, str], Any] | None = None,
    links: Mapping[tuple[str, str], Any] | None = None,
    recipes: Iterable[str] | None = None,
    max_size: int | None = None,
    harm: Harm = "worst",
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Every combination of cost and remaining harm that no removal betters.

    Parameters
    ----------
    model, affordances, grants, links, recipes, max_size, harm
        As of :func:`optimal_interdiction`.
    time_limit : float, optional
        Seconds for everything.
    progress : callable, optional
        Called as ``progress(rounds, witnesses)``.

    Returns
    -------
    Frontier
        Measures ``"cost"`` and ``"harm"``; decisions are of type :class:`Interdiction`.

    Examples
    --------
    >>> model = CapabilityModel.of(
    ...     {"frontier": ["plan", "translate"], "weak": ["code"], "tool": ["translate", "run", "code"]},
    ...     {"malware": ["plan", "code"], "fraud": ["plan", "run"]}, harm={"malware": 5, "fraud": 1})
    >>> frontier = interdiction_frontier(model, affordances={"plan": 4, "code": 3, "run": 2})
    >>> [tuple(map(str, point.measures)) for point in frontier]
    [('0', '5'), ('3', '1'), ('4', '0')]
    """
    from gametheory.optimize.integer_objectives import integer_frontier

    problem = _problem(model, affordances, grants, links, recipes, max_size, None, harm)
    check_seconds("time_limit", time_limit)
    search, count = _Search(model, problem, _names(model, recipes), time_limit), len(problem.items)
    steps, places = problem.steps()
    objectives: list[list[Any]] = [[*problem.costs, *([0] * len(steps))], [*([0] * count), *steps]]
    rounds, settled = 0, False
    while True:
        frontier = integer_frontier(
            problem.exposures(search.witnesses),
            objectives,
            measures=["cost", "harm"],
            evidence="certified" if settled else "numerical",
            decision=lambda point: point,
            time_limit=search.remaining(),
        )
        rounds += 1
        if progress is not None:
            progress(rounds, len(search.witnesses))
        found = []
        for point in frontier:
            x = point.decision
            chosen = frozenset(j for j in range(count) if x[j])
            open_recipes = {r for r, place in enumerate(places) if not x[count + place]}
            found += search.broken(chosen, sorted(open_recipes))
        search.add(found)
        if not found and settled:
            break
        settled = not found
    points = []
    for point in frontier:
        chosen = frozenset(j for j in range(count) if point.decision[j])
        points.append(replace(point, decision=search.result(chosen)[0]))
    return replace(frontier, points=tuple(points))


@final
class _Search:
    """Witnesses found so far, and how more of them are found."""

    def __init__(
        self, model: CapabilityModel, problem: InterdictionProblem, names: tuple[str, ...], time_limit: float | None
    ) -> None:
        self.model, self.problem, self.names = model, problem, names
        self.deadline = None if time_limit is None else time.perf_counter() + time_limit
        self.witnesses: list[RecipeWitness] = []
        self.numbers = _affordances(model)

    def remaining(self) -> float | None:
        """Seconds."""
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def add(self, found: Iterable[RecipeWitness]) -> None:
        """Keep those that are new."""
        known = set(self.witnesses)
        for witness in found:
            if witness not in known:
                known.add(witness)
                self.witnesses.append(witness)

    def broken(self, removed: Chosen, recipes: Iterable[int]) -> list[RecipeWitness]:
        """Coalitions that still complete recipes, one for each."""
        found = (self._witness(removed, r) for r in recipes)
        return [w for w in found if w is not None]

    def cheapest(self) -> tuple[Chosen, Fraction, Any]:
        """Stop all recipes."""
        from gametheory.optimize.covering import cheapest_cover

        everything = range(len(self.problem.recipes))
        self._refuse_impossible()

        def completed(chosen: Chosen) -> Chosen:
            grown = set(chosen)
            while found := self.broken(frozenset(grown), everything):
                grown |= {min(self.problem.used(w), key=lambda j: (self.problem.costs[j], j)) for w in found}
            return frozenset(grown)

        cover = cheapest_cover(
            self.problem.costs,
            lambda chosen: self.broken(chosen, everything),
            completed,
            self.problem.row,
            name="interdiction",
            time_limit=self.remaining(),
        )
        self.witnesses = list(cover.rows)
        return cover.chosen, cover.lower, cover.bound

    def least_harm(self) -> tuple[Chosen, Fraction, Any]:
        """Under the budget; the last programme is solved in rationals, with a tree of cases."""
        from gametheory.optimize.exact_milp import solve_exact_milp
        from gametheory.optimize.linear import solve_milp

        count, (_, places), settled = len(self.problem.items), self.problem.steps(), False
        while True:
            programme = self.problem.programme(self.witnesses)
            if settled:
                solution = solve_exact_milp(programme, time_limit=self.remaining())
                point: Any = [solution.primal[j] for j in range(programme.num_columns)]
            else:
                point = solve_milp(programme, time_limit=self.remaining()).primal
            removed = frozenset(j for j in range(count) if point[j] > Fraction(1, 2))
            closed = [r for r, place in enumerate(places) if point[count + place] < Fraction(1, 2)]
            found = self.broken(removed, closed)
            if not found and settled:
                return removed, solution.value, solution.certificate
            settled = not found
            self.add(found)

    def result(self, removed: Chosen) -> tuple[Interdiction, tuple[int, ...], tuple[SmallestCoalitionCertificate, ...]]:
        """What is taken away in names, which recipes stay possible, and where needed the proof that others do not."""
        model, names = self.model, {k: x for x, k in self.numbers.items()}
        exposed, residual = [], []
        for r in range(len(self.problem.recipes)):
            if self.problem.max_size is None:
                possible = self.problem.kept(removed, r).is_dangerous(range(len(model.agents)))
            else:
                proof = smallest_coalition(self._left(removed, r)).certificate
                possible = proof.lower is not None and proof.lower <= self.problem.max_size
                if not possible:
                    residual.append(proof)
            if possible:
                exposed.append(r)
        by_kind: dict[str, list[tuple[int, ...]]] = {"affordance": [], "grant": [], "link": []}
        for j in sorted(removed):
            kind, places = self.problem.items[j]
            by_kind[kind].append(places)
        decision = Interdiction(
            affordances=tuple(names[x] for (x,) in by_kind["affordance"]),
            grants=tuple((model.agents[i], names[x]) for i, x in by_kind["grant"]),
            links=tuple((model.agents[a], model.agents[b]) for a, b in by_kind["link"]),
            exposed=tuple(self.names[r] for r in exposed),
            cost=self.problem.cost(removed),
            harm=self.problem.harm(exposed),
        )
        return decision, tuple(exposed), tuple(residual)

    def prices(self) -> dict[str, Fraction]:
        """Shadow prices of the witnesses in the linear relaxation, by coalition and recipe."""
        from gametheory.optimize.exact import solve_exact

        programme = self.problem.programme(self.witnesses, whole=False)
        solution = solve_exact(replace(programme, integer=frozenset()))
        first = 0 if self.problem.budget is None else 1  # after the budget
        prices: dict[str, Fraction] = {}
        for k, witness in enumerate(self.witnesses):
            if price := solution.row_duals[first + k]:
                label = coalition_label(self.model.agents, witness.members)
                name = f"{label} completes {self.names[witness.recipe]}"
                prices[name] = prices.get(name, _ZERO) + price
        return prices

    def _refuse_impossible(self) -> None:
        """With everything taken away that can be, a coalition may still complete a recipe: nothing stops it."""
        for witness in self.broken(frozenset(range(len(self.problem.items))), range(len(self.problem.recipes))):
            from gametheory.optimize.exact import solve_exact

            label = coalition_label(self.model.agents, witness.members)
            try:
                solve_exact(self.problem.programme([witness], whole=False))
            except InfeasibleError as error:
                raise InfeasibleError(
                    f"{label} completes {self.names[witness.recipe]!r} with nothing that may be taken away; give costs for "
                    "more affordances, grants or links, or a budget to reduce harm as far as possible",
                    certificate=error.certificate,
                ) from None

    def _left(self, removed: Chosen, recipe: int) -> CapabilityModel:
        """The model of one recipe without what is removed."""
        model, gone = self.model, {self.problem.items[j] for j in removed}
        cut = {frozenset(places) for kind, places in gone if kind == "link"}
        return CapabilityModel(
            agents=model.agents,
            affordances=tuple(
                frozenset(
                    x
                    for x in held
                    if ("affordance", (self.numbers[x],)) not in gone and ("grant", (i, self.numbers[x])) not in gone
                )
                for i, held in enumerate(model.affordances)
            ),
            recipes=(model.recipe(self.names[recipe]),),
            links=None if model.links is None else tuple(e for e in model.links if frozenset(e) not in cut),
        )

    def _witness(self, removed: Chosen, recipe: int) -> RecipeWitness | None:
        """A coalition that still completes a recipe, no member of which could be left out; ``None`` if it is stopped."""
        left = self.problem.kept(removed, recipe)
        everybody = frozenset(range(left.num_agents))
        if not left.is_dangerous(everybody):
            return None
        if self.problem.max_size is not None:
            found = smallest_coalition(self._left(removed, recipe), time_limit=self.remaining())
            if found.exact_lower != found.exact_upper:
                raise SolverError(
                    "interdiction: the time limit left the size of a coalition open; raise it",
                    status="time limit",
                    solver="implicit hitting sets",
                )
            if found.members is None or len(found.members) > self.problem.max_size:
                return None
            members = set(found.members)
        else:
            members = set(everybody)
            for i in sorted(everybody):
                if left.is_dangerous(members - {i}):
                    members.remove(i)
        model = self._left(removed, recipe)
        uses = []
        for need in model.recipes[0].needs:
            agent = next(i for i in sorted(members) if model.affordances[i] & need)
            uses.append((agent, self.numbers[min(model.affordances[agent] & need)]))
        tree = () if model.links is None else _tree(members, model.links)
        return RecipeWitness(recipe=recipe, members=tuple(sorted(members)), uses=tuple(uses), tree=tree)


def _tree(members: set[int], links: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Links that connect the members, as few as will do."""
    reached, tree = {min(members)}, []
    while reached != members:
        link = next(e for e in links if set(e) <= members and len(reached & set(e)) == 1)
        tree.append(link)
        reached |= set(link)
    return tuple(tree)


def _affordances(model: CapabilityModel) -> dict[str, int]:
    """A number for each affordance that is held or needed."""
    named = {x for held in model.affordances for x in held} | {x for r in model.recipes for n in r.needs for x in n}
    return {x: k for k, x in enumerate(sorted(named))}


def _names(model: CapabilityModel, recipes: Iterable[str] | None) -> tuple[str, ...]:
    chosen = [r.name for r in model.recipes] if recipes is None else [model.recipe(name).name for name in recipes]
    if not chosen:
        raise SpecificationError("recipes: found none; name at least one, or leave it out for all")
    return tuple(dict.fromkeys(chosen))


def _problem(
    model: CapabilityModel,
    affordances: Mapping[str, Any] | None,
    grants: Mapping[tuple[str, str], Any] | None,
    links: Mapping[tuple[str, str], Any] | None,
    recipes: Iterable[str] | None,
    max_size: int | None,
    budget: Any,
    measure: Harm,
) -> InterdictionProblem:
    numbers, places = _affordances(model), {agent: i for i, agent in enumerate(model.agents)}
    items: list[Item] = []
    costs: list[Fraction] = []

    def offer(item: Item, cost: Any, where: str) -> None:
        items.append(item)
        costs.append(exact(cost, where=where))
        if costs[-1] < 0:
            raise SpecificationError(f"{where}: found {cost}; write a cost ≥ 0")

    for name, cost in (affordances or {}).items():
        if name not in numbers:
            raise SpecificationError(f"affordances: found {name!r}; the affordances are {', '.join(numbers)}")
        offer(("affordance", (numbers[name],)), cost, f"affordances[{name!r}]")
    for (agent, name), cost in (grants or {}).items():
        i = agent_index(agent, places)
        if name not in model.affordances[i]:
            raise SpecificationError(
                f"grants: {agent!r} does not hold {name!r}; he holds {', '.join(sorted(model.affordances[i]))}"
            )
        offer(("grant", (i, numbers[name])), cost, f"grants[{agent!r}, {name!r}]")
    known = {frozenset(pair) for pair in model.links or ()}
    for (a, b), cost in (links or {}).items():
        pair = agent_index(a, places), agent_index(b, places)
        if frozenset(pair) not in known:
            raise SpecificationError(f"links: {a!r} and {b!r} have none in the model; name links that exist")
        offer(("link", (min(pair), max(pair))), cost, f"links[{a!r}, {b!r}]")
    if not items:
        raise SpecificationError("affordances, grants, links: found nothing that may be taken away; give costs")
    if len(set(items)) < len(items):
        raise SpecificationError("links: a link is listed twice; name each once")
    most = None if budget is None else exact(budget, where="budget")
    if most is not None and most < 0:
        raise SpecificationError(f"budget: found {budget}; write a number ≥ 0")
    chosen = [model.recipe(name) for name in _names(model, recipes)]
    return InterdictionProblem(
        held=tuple(frozenset(numbers[x] for x in held) for held in model.affordances),
        recipes=tuple(tuple(frozenset(numbers[x] for x in need) for need in r.needs) for r in chosen),
        harms=tuple(r.harm for r in chosen),
        links=model.links,
        max_size=None if max_size is None else check_count("max_size", max_size),
        items=tuple(items),
        costs=tuple(costs),
        budget=most,
        measure=measure,
    )
