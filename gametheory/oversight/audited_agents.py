"""Agents under audit who coordinate against the auditor: the best policy when they pick the worst equilibrium for it.

A principal commits to audit probabilities under a budget; the payoffs of n agents, and its own, are linear in them at every
action profile of any finite game. A policy that makes good conduct *an* equilibrium is worth little if the agents, who talk,
settle on another. So the principal's value of a policy is that of the worst pure equilibrium, W(x); here its supremum is found
and certified (:func:`worst_case_audit`). Beside it stands what an optimist would compute, the best equilibrium
(:func:`best_case_audit`): the difference is the price of the agents' coordination.

*Non-adaptive* policies fix the probabilities; *adaptive* ones choose them after seeing what all agents did or reported, so that
the threat may depend on how many misbehave. The supremum need not be attained: a bad equilibrium disappears only when
somebody gains strictly by leaving it.

What is covered: all pure equilibria, exactly. Mixed equilibria may be worse still. For the policy that is found
:func:`audit_outcomes` gives the least value over all correlated equilibria, which no mixed one falls short of.

Reference: S. Das, F.-Y. Yu and Y. Zhang 2026, "Optimally auditing adversarial agents", AAAI 40 (arXiv 2604.25085), who solve a
game of reported types in polynomial time; no algorithm that is polynomial in the number of profiles is known to us for general
games. Complexity: a tree over the profiles, each node a linear programme solved exactly; meant for some dozens of profiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact, exact_text, read_array
from gametheory.certificates.audited_agents import AuditedTerms, pure_equilibria
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import Labels, action_index, distinct_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["AuditOutcomes", "AuditedAgents", "audit_outcomes"]

Rationals = list[Fraction]


@final
@compared_by("game", "terms", "levers")
@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class AuditedAgents:
    """A game whose payoffs a principal can move, within a budget.

    Parameters
    ----------
    game : NormalFormGame
        The agents' game without audits.
    effects : array_like, shape (number of levers, n, *num_actions)
        By how much lever j at full strength changes each payoff.
    principal : array_like, shape ``num_actions``
        The principal's payoff without audits.
    principal_effects : array_like, shape (number of levers, *num_actions), optional
        By how much each lever at full strength changes that; by default 0.
    budget : number ≥ 0
        B.
    costs : number ≥ 0, or one for each lever
        Of a lever at full strength; by default 1.
    adaptive : bool
        Whether levers may depend on the action profile; then the budget holds at every profile.
    without : "worst" or "excluded"
        What a policy is worth that leaves no pure equilibrium: the least of all profiles, a cautious bound, or nothing, as it
        is not allowed.
    levers : names, optional

    Raises
    ------
    SpecificationError
        Shapes that disagree, negative costs, or a game too large.
    UnsupportedError
        A game with free symbols.

    Examples
    --------
    >>> audited = AuditedAgents.of_penalties(
    ...     NormalFormGame([[[0, 0], [1, 2]], [[0, 1], [0, 2]]], actions=[["honest", "misreport"]] * 2),
    ...     violations=["misreport", "misreport"], penalty=3, principal=[[0, -1], [-1, -2]], budget=1)
    >>> audited
    AuditedAgents(2 agents, 2 levers, budget 1, not adaptive)
    """

    game: NormalFormGame
    terms: AuditedTerms
    levers: tuple[str, ...]

    def __init__(
        self,
        game: NormalFormGame,
        effects: Any,
        principal: Any,
        *,
        budget: Any,
        principal_effects: Any = None,
        costs: Any = 1,
        adaptive: bool = False,
        without: Literal["worst", "excluded"] = "worst",
        levers: Labels | None = None,
    ) -> None:
        if game.arithmetic == "symbolic":
            raise UnsupportedError("game: its payoffs have free symbols; put numbers in their place")
        own, shape = game.exact(), game.num_actions
        table = _table(effects, "effects")
        count = table.shape[0] if table.shape else 0
        refuse_if_too_large((count + 1) * (len(shape) + 1) * own.num_profiles, 200, "the payoffs under audit")
        if count == 0 or table.shape != (count, len(shape), *shape):
            raise SpecificationError(f"effects: found shape {table.shape}; write {(count or 1, len(shape), *shape)}")
        base, moves = _table(principal, "principal"), np.zeros((count, *shape), dtype=object)
        if principal_effects is not None:
            moves = _table(principal_effects, "principal_effects")
        for name, array, wanted in (("principal", base, shape), ("principal_effects", moves, (count, *shape))):
            if array.shape != wanted:
                raise SpecificationError(f"{name}: found shape {array.shape}; write {wanted}")
        prices = list(costs) if isinstance(costs, (list, tuple, np.ndarray)) else [costs] * count
        if len(prices) != count:
            raise SpecificationError(f"costs: found {len(prices)}; write one number, or {count}, one for each lever")
        if without not in ("worst", "excluded"):
            raise SpecificationError(f"without: found {without!r}; write 'worst' or 'excluded'")
        names = [f"lever {j + 1}" for j in range(count)] if levers is None else levers
        if isinstance(names, str) or len(names) != count:
            raise SpecificationError(f"levers: found {names!r}; write {count} names")
        payoffs = RationalArray(own.numerators, own.denominator).fractions()
        terms = AuditedTerms(
            num_actions=tuple(shape),
            payoffs=tuple(_flat(x) for x in payoffs),
            effects=tuple(tuple(_flat(x) for x in lever) for lever in table),
            principal=_flat(base),
            principal_effects=tuple(_flat(x) for x in moves),
            costs=tuple(exact(c, where=f"costs[{j}]") for j, c in enumerate(prices)),
            budget=exact(budget, where="budget"),
            adaptive=bool(adaptive),
            without=without,
        )
        flaw = terms.flaw()
        if flaw is not None:
            raise SpecificationError(f"audited agents: {flaw}; write other numbers")
        for name, value in (("game", own), ("terms", terms), ("levers", distinct_labels(names, "levers"))):
            object.__setattr__(self, name, value)

    @classmethod
    def of_penalties(
        cls,
        game: NormalFormGame,
        *,
        violations: Sequence[Any],
        penalty: Any,
        principal: Any,
        recovery: Any = 0,
        accuracy: Any = 1,
        **rest: Any,
    ) -> AuditedAgents:
        """One lever for each agent: the probability that it is audited, and punished if it then is found to violate.

        Parameters
        ----------
        game : NormalFormGame
        violations : for each agent an action (index or label), or a list of them
            What an audit can find.
        penalty : number, or one for each agent
            What the agent who is found loses.
        principal : array_like, shape ``num_actions``
        recovery : number, or one for each agent
            What the principal gets back from a violation that is found.
        accuracy : number in [0, 1]
            Probability that an audit finds the violation.
        rest
            ``budget``, ``costs``, ``adaptive`` and ``without`` as for the class.
        """
        n, rate = game.num_players, exact(accuracy, where="accuracy")
        if not 0 <= rate <= 1:
            raise SpecificationError(f"accuracy: found {accuracy}; write a probability between 0 and 1")
        if isinstance(violations, str) or len(violations) != n:
            raise SpecificationError(
                f"violations: found {violations!r}; write an action, or several, for each of {n} agents"
            )
        fines, gains = _per_agent(penalty, n, "penalty"), _per_agent(recovery, n, "recovery")
        effects = np.full((n, n, *game.num_actions), Fraction(0), dtype=object)
        moves = np.full((n, *game.num_actions), Fraction(0), dtype=object)
        for i, own in enumerate(violations):
            for action in own if isinstance(own, (list, tuple)) else [own]:
                k = action_index(action, game.actions[i], game.players[i], what="action")
                place: Any = tuple([slice(None)] * i + [k])
                effects[i, i][place] = -rate * fines[i]
                moves[i][place] = rate * gains[i]
        names = [f"audit of {name}" for name in game.players]
        return cls(game, effects, principal, principal_effects=moves, levers=names, **rest)

    def label(self, profile: int) -> str:
        """A profile by the names of its actions."""
        indices = np.unravel_index(profile, self.terms.num_actions)
        return ", ".join(self.game.actions[i][int(k)] for i, k in enumerate(indices))

    def under(self, policy: Any) -> NormalFormGame:
        """The game that the agents play under a policy."""
        levers, terms = self.read(policy), self.terms
        payoffs = [
            [terms.payoff(i, a, levers) for a in range(terms.num_profiles)] for i in range(len(terms.num_actions))
        ]
        table = np.array(payoffs, dtype=object).reshape(len(payoffs), *terms.num_actions)
        return NormalFormGame(table, self.game.players, self.game.actions)

    def read(self, policy: Any) -> tuple[Fraction, ...]:
        """A policy as the levers in order; for an adaptive one profile by profile."""
        given = list(policy.values()) if isinstance(policy, dict) else policy
        table = _table(given, "policy").reshape(-1).tolist()
        terms = self.terms
        if len(table) != terms.num_columns or min(table) < 0 or max(table) > 1:
            raise SpecificationError(f"policy: write {terms.num_columns} numbers from 0 to 1")
        return tuple(table)

    def named(self, policy: Sequence[Fraction]) -> dict[str, Fraction]:
        """The levers of a policy by name."""
        if not self.terms.adaptive:
            return dict(zip(self.levers, policy, strict=True))
        return {
            f"{lever} at ({self.label(a)})": x
            for a in range(self.terms.num_profiles)
            for lever, x in zip(self.levers, self.terms.levers(policy, a), strict=True)
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        from gametheory.games import game_to_dict

        terms = self.terms
        return {
            "game": game_to_dict(self.game),
            "levers": list(self.levers),
            "budget": exact_text(terms.budget),
            "costs": [exact_text(x) for x in terms.costs],
            "adaptive": terms.adaptive,
            "without": terms.without,
        }

    def __repr__(self) -> str:
        terms = self.terms
        adaptive = "adaptive" if terms.adaptive else "not adaptive"
        size = f"{len(terms.num_actions)} agents, {terms.num_levers} levers"
        return f"AuditedAgents({size}, budget {brief(terms.budget)}, {adaptive})"


@final
@compared_by("audited", "policy", "equilibria")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class AuditOutcomes:
    """What a policy may lead to.

    Attributes
    ----------
    audited : AuditedAgents
    policy : tuple of Fraction
    equilibria : tuple of int
        The pure equilibria, as flat profiles.
    values : tuple of Fraction
        The principal's payoff in each.
    correlated_worst : Fraction
        Its least payoff over all correlated equilibria, so that no mixed equilibrium is worse.
    certificate : Certificate
        About the last number.
    """

    audited: AuditedAgents
    policy: tuple[Fraction, ...]
    equilibria: tuple[int, ...]
    values: tuple[Fraction, ...]
    correlated_worst: Fraction
    certificate: Any

    @property
    def worst(self) -> Fraction | None:
        """The least value of a pure equilibrium, if there is one."""
        return min(self.values, default=None)

    @property
    def best(self) -> Fraction | None:
        """The largest."""
        return max(self.values, default=None)

    def __repr__(self) -> str:
        count = len(self.equilibria)
        values = f", worth {brief(min(self.values))} to {brief(max(self.values))}" if self.values else ""
        return (
            f"AuditOutcomes(certified: {count} pure equilibri{'um' if count == 1 else 'a'}{values}, no correlated one below "
            f"{brief(self.correlated_worst)})"
        )

    def _rows(self) -> list[list[Any]]:
        return [[self.audited.label(a), v] for a, v in zip(self.equilibria, self.values, strict=True)]

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(brief(v))}</td></tr>" for name, v in self._rows())
        return f"<p>{escape(repr(self))}</p><table><tr><th>equilibrium</th><th>principal</th></tr>{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table of the pure equilibria."""
        return data_frame(self._rows(), ["equilibrium", "principal"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "audited": self.audited.to_dict(),
            "policy": [exact_text(x) for x in self.policy],
            "equilibria": [[name, exact_text(v)] for name, v in self._rows()],
            "correlated_worst": exact_text(self.correlated_worst),
            "certificate": self.certificate.to_dict(),
        }


def audit_outcomes(audited: AuditedAgents, policy: Any) -> AuditOutcomes:
    """All pure equilibria under a policy, and the principal's least payoff over correlated ones.

    Parameters
    ----------
    audited : AuditedAgents
    policy : mapping or sequence of numbers in [0, 1]
        The levers in order (for an adaptive policy profile by profile); the budget is not asked for.

    Examples
    --------
    Half of each agent's reports audited: that nobody misreports is an equilibrium, and that both do.

    >>> audited = AuditedAgents.of_penalties(
    ...     NormalFormGame([[[0, 0], [1, 2]], [[0, 1], [0, 2]]], actions=[["honest", "misreport"]] * 2),
    ...     violations=["misreport", "misreport"], penalty=3, principal=[[0, -1], [-1, -2]], budget=1)
    >>> audit_outcomes(audited, ["1/2", "1/2"])
    AuditOutcomes(certified: 2 pure equilibria, worth -2 to 0, no correlated one below -2)
    """
    from gametheory.equilibria.correlated import correlated_equilibrium

    levers, terms = audited.read(policy), audited.terms
    found = pure_equilibria(terms, levers)
    losses = np.array([-terms.value(a, levers) for a in range(terms.num_profiles)], dtype=object)
    worst = correlated_equilibrium(audited.under(levers), objective=losses.reshape(terms.num_actions))
    return AuditOutcomes(
        audited=audited,
        policy=levers,
        equilibria=tuple(found),
        values=tuple(terms.value(a, levers) for a in found),
        correlated_worst=-worst.exact_value,
        certificate=worst.optimality,
    )


def _table(values: Any, where: str) -> Any:
    """An array of fractions."""
    kind, array = read_array(values, where=where)
    if kind == "symbolic":
        raise SpecificationError(f"{where}: found an expression with free symbols; write numbers")
    return RationalArray.from_values(array).fractions()


def _flat(array: Any) -> tuple[Fraction, ...]:
    return tuple(Fraction(x) for x in array.reshape(-1).tolist())


def _per_agent(values: Any, count: int, where: str) -> Rationals:
    listed = list(values) if isinstance(values, (list, tuple, np.ndarray)) else [values] * count
    if len(listed) != count:
        raise SpecificationError(f"{where}: found {len(listed)} numbers; write one, or {count}, one for each agent")
    numbers = [exact(x, where=f"{where}[{i}]") for i, x in enumerate(listed)]
    for i, x in enumerate(numbers):
        if x < 0:
            raise SpecificationError(f"{where}[{i}]: found {x}; write a number ≥ 0")
    return numbers
