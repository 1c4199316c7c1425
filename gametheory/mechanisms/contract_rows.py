"""The programmes of contracts for hidden actions, written out.

Agents play a hidden action profile a of a game whose payoffs u_i(a) are what they have without wages (minus the cost of
effort, say). A public signal y has the distribution π(y | a), and a contract pays w_i(y). Write

    g_i(d) = u_i(d) − u_i(a) + Σ_y (π(y | d) − π(y | a)) w_i(y)

for what i gains when a profile d is played instead of the target a. The cheapest contract for a target solves

    minimise  Σ_i Σ_y π(y | a) w_i(y)   subject to   floor_i ≤ w_i(y) ≤ cap_i   and

==================  ==================================================================================================
``"nash"``          g_i(d) + margin ≤ 0 for every i and every d in which i alone deviates
``"dominant"``      the same from every profile of the others, not only from a_−i
``"unique"``        "nash", and in every other pure profile somebody gains at least the margin by deviating alone
coalitions          for every S of the family and every joint deviation d of S: Σ_{i∈S} g_i(d) + margin ≤ 0
                    (``"transfer"``), g_i(d) + margin ≤ 0 for all i ∈ S (``"any"``) or for some i ∈ S (``"all"``)
participation       u_i(a) + Σ_y π(y | a) w_i(y) ≥ outside option of i
budget              Σ_i w_i(y) ≤ or = revenue(y) for every signal y
==================  ==================================================================================================

Where somebody must be held back (``"all"``) or tempted (``"unique"``) the choice of whom is binary, and a row that is not
chosen is relaxed by a bound on its left side, which needs bounds on wages: the cap, or B / π(y | a) where the expected wage
bill is at most B (with floors of 0; a signal that the target never gives is then paid the floor under ``"all"``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.gains import Blocking
from gametheory.certificates.payoff_cuts import monitoring_from_json, monitoring_to_json
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.coalitions import coalitions as listed_coalitions
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.mechanisms.alternatives import at_least_one

__all__ = ["Budget", "ContractTerms", "Implementation", "Incentive", "contract_programme", "incentives", "programme_of"]

Array = NDArray[Any]
Implementation = Literal["nash", "dominant", "unique"]
Budget = Literal["none", "at most", "exactly"]
Profile = tuple[int, ...]
PerPlayer = tuple[Fraction | None, ...]


@final
@dataclass(frozen=True, slots=True)
class Incentive:
    """Leaving ``base`` for ``deviation`` must not pay the members (one of them, all, or in sum: see the blocking rule)."""

    name: str
    members: tuple[int, ...]
    base: Profile
    deviation: Profile


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ContractTerms:
    """A question about contracts, read and checked; all numbers exact.

    Attributes
    ----------
    game, monitoring : NormalFormGame, Monitoring
        Exact.
    payoffs, chances : arrays of Fraction
        Shapes (n, m_1, …, m_n) and (m_1, …, m_n, number of signals).
    blocking : Blocking or None
        ``None``: single agents deviate.
    floors, caps, outside : tuples of Fraction or None, one for each agent
    revenue : tuple of Fraction or None, one for each signal
    most : Fraction or None
        Contracts whose expected wage bill is larger are not considered.
    """

    game: NormalFormGame
    monitoring: Monitoring
    payoffs: Array
    chances: Array
    implementation: Implementation
    blocking: Blocking | None
    coalitions: tuple[Coalition, ...]
    floors: PerPlayer
    caps: PerPlayer
    outside: PerPlayer
    revenue: tuple[Fraction, ...] | None
    budget: Budget
    margin: Fraction
    most: Fraction | None

    @classmethod
    def read(
        cls,
        game: NormalFormGame,
        monitoring: Any,
        *,
        signals: Sequence[str] | None = None,
        implementation: Implementation = "nash",
        blocking: Blocking | None = None,
        coalitions: Iterable[Iterable[int]] | None = None,
        minimum_wage: Any = 0,
        wage_cap: Any = None,
        outside_option: Any = None,
        revenue: Any = None,
        budget: Budget = "none",
        margin: Any = 0,
        most: Any = None,
    ) -> ContractTerms:
        """Check every argument of :func:`~gametheory.mechanisms.cheapest_contract`."""
        game = game.exact()
        if not isinstance(monitoring, Monitoring):
            monitoring = monitoring_from_json(monitoring)
        watched = Monitoring(monitoring.probabilities, signals or monitoring.signals).exact()
        if watched.num_actions != game.num_actions:
            raise SpecificationError(
                f"monitoring: found {watched.num_actions} actions, the game has {game.num_actions}; give a distribution of "
                "signals for each action profile of this game"
            )
        if implementation not in ("nash", "dominant", "unique"):
            raise SpecificationError(f"implementation: found {implementation!r}; write 'nash', 'dominant' or 'unique'")
        if blocking == "some":
            raise UnsupportedError(
                "blocking: under 'some' the contracts that hold form no closed set; 'all' is weaker and 'any' stronger"
            )
        if blocking not in (None, "all", "any", "transfer"):
            raise SpecificationError(f"blocking: found {blocking!r}; write 'all', 'any', 'transfer' or None")
        if blocking is None and coalitions is not None:
            raise SpecificationError(
                "coalitions: found a family without a rule; write blocking='transfer', 'any' or 'all'"
            )
        if blocking is not None and implementation != "nash":
            raise UnsupportedError("coalitions are held back at the target only: write implementation='nash'")
        if budget not in ("none", "at most", "exactly"):
            raise SpecificationError(f"budget: found {budget!r}; write 'none', 'at most' or 'exactly'")
        if (budget != "none") and revenue is None:
            raise SpecificationError("revenue: found None; a budget needs a number for each signal")
        n, names = game.num_players, watched.signals
        strict = exact(margin, where="margin")
        if strict < 0 or (implementation == "unique" and strict == 0):
            allowed = "> 0: whoever leaves another profile must gain by it" if implementation == "unique" else "≥ 0"
            raise SpecificationError(f"margin: found {margin}; write a number {allowed}")
        family = () if blocking is None else listed_coalitions(n, members=coalitions)
        floors = per_agent(minimum_wage, n, "minimum_wage")
        caps = per_agent(wage_cap, n, "wage_cap")
        for i, (low, high) in enumerate(zip(floors, caps, strict=True)):
            if low is not None and high is not None and low > high:
                raise SpecificationError(f"wage_cap[{i}]: found {high}, below the minimum wage {low}; raise it")
        return cls(
            game=game,
            monitoring=watched,
            payoffs=_fractions(game.numerators, game.denominator),
            chances=watched.probabilities,
            implementation=implementation,
            blocking=blocking,
            coalitions=family,
            floors=floors,
            caps=caps,
            outside=per_agent(outside_option, n, "outside_option"),
            revenue=None if revenue is None else _row(revenue, len(names), "revenue", "signal"),
            budget=budget,
            margin=strict,
            most=None if most is None else exact(most, where="most"),
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """What :func:`contract_programme` is given beside the target, as JSON data."""

        def texts(values: Any) -> Any:
            return None if values is None else [None if x is None else exact_text(x) for x in values]

        return {
            "monitoring": monitoring_to_json(self.monitoring),
            "signals": list(self.monitoring.signals),
            "implementation": self.implementation,
            "blocking": self.blocking,
            "coalitions": [sorted(s) for s in self.coalitions] if self.blocking else None,
            "minimum_wage": texts(self.floors),
            "wage_cap": texts(self.caps),
            "outside_option": texts(self.outside),
            "revenue": texts(self.revenue),
            "budget": self.budget,
            "margin": exact_text(self.margin),
            "most": None if self.most is None else exact_text(self.most),
        }

    def column(self, agent: int, signal: int) -> int:
        """The column of the wage of an agent after a signal."""
        return agent * self.monitoring.num_signals + signal

    def gain_row(
        self, members: Iterable[int], base: Profile, deviation: Profile
    ) -> tuple[dict[int, Fraction], Fraction]:
        """Σ_{i ∈ members} g_i as coefficients of the wages and a constant."""
        shift = self.chances[deviation] - self.chances[base]
        row = {self.column(i, y): p for i in members for y, p in enumerate(shift) if p}
        own = sum((self.payoffs[(i, *deviation)] - self.payoffs[(i, *base)] for i in members), Fraction(0))
        return row, own


def contract_programme(game: NormalFormGame, *, target: Any, monitoring: Any, **terms: Any) -> LinearProgramme:
    """The programme of the module for one target; the row builder ``"contract"``.

    Parameters
    ----------
    game, monitoring, target, terms
        As for :func:`gametheory.mechanisms.cheapest_contract`; ``monitoring`` may be JSON data, with ``signals`` the names
        of its signals, and ``most`` is the largest expected wage bill considered.

    Examples
    --------
    >>> work = NormalFormGame([[-1, 0]], ["Agent"], [["work", "shirk"]])
    >>> contract_programme(work, monitoring=Monitoring([["3/4", "1/4"], ["1/4", "3/4"]]), target=["work"]).row_names
    ('Agent plays shirk',)
    """
    return programme_of(ContractTerms.read(game, monitoring, **terms), game.action_indices(target))


def incentives(terms: ContractTerms, target: Profile) -> Iterator[Incentive]:
    """Every deviation that must not pay (or, for the profiles that are not to be equilibria, may be made to pay)."""
    game = terms.game
    family = terms.coalitions or tuple(frozenset([i]) for i in range(game.num_players))
    bases = itertools.product(*map(range, game.num_actions)) if terms.implementation == "dominant" else [target]
    for base, members in itertools.product(list(bases), [tuple(sorted(s)) for s in family]):
        if any(base[i] != target[i] for i in members):
            continue
        for moves in itertools.product(*(range(game.num_actions[i]) for i in members)):
            deviation = list(base)
            for i, action in zip(members, moves, strict=True):
                deviation[i] = action
            if tuple(deviation) == base:
                continue
            labels = [game.actions[i][a] for i, a in zip(members, moves, strict=True)]
            who, what = (game.players[members[0]], f"plays {labels[0]}")
            if len(members) > 1:
                who, what = coalition_label(game, members), f"play ({', '.join(labels)})"
            where = "" if base == target else f" at ({', '.join(game.action_labels(base))})"
            yield Incentive(f"{who} {what}{where}", members, base, tuple(deviation))


def programme_of(terms: ContractTerms, target: Profile) -> LinearProgramme:
    """The programme of a question that was read."""
    game, signals = terms.game, terms.monitoring.signals
    n, width, reached = game.num_players, len(signals), terms.chances[target]
    sizes = [math.prod(game.num_actions[i] for i in s) for s in terms.coalitions] or list(game.num_actions)
    count = sum(sizes) * (game.num_profiles if terms.implementation != "nash" else 1)
    refuse_if_too_large(count * n * width, 200, "the programme of contracts")
    rows: list[Any] = []
    binaries: list[str] = []
    lower, upper = _bounds(terms, reached)

    def alternatives(name: str, options: list[tuple[str, dict[int, Fraction], Fraction]]) -> None:
        found, names = at_least_one(name, options, lower=lower, upper=upper, first=n * width + len(binaries))
        rows.extend(found)
        binaries.extend(names)

    for incentive in incentives(terms, target):
        if terms.blocking == "any" and len(incentive.members) > 1:
            for i in incentive.members:
                row, own = terms.gain_row([i], incentive.base, incentive.deviation)
                rows.append((f"{incentive.name} (gain of {game.players[i]})", row, "<=", -own - terms.margin))
        elif terms.blocking == "all" and len(incentive.members) > 1:
            held = []
            for i in incentive.members:
                row, own = terms.gain_row([i], incentive.base, incentive.deviation)
                held.append((f"{incentive.name} (gain of {game.players[i]})", row, -own - terms.margin))
            alternatives(f"{incentive.name}: somebody does not gain", held)
        else:
            row, own = terms.gain_row(incentive.members, incentive.base, incentive.deviation)
            rows.append((incentive.name, row, "<=", -own - terms.margin))
    for base in itertools.product(*map(range, game.num_actions)) if terms.implementation == "unique" else ():
        if base != target:
            where, tempted = f"at ({', '.join(game.action_labels(base))})", []
            moves = [(i, b) for i in range(n) for b in range(game.num_actions[i]) if b != base[i]]
            for i, b in moves:
                row, own = terms.gain_row([i], base, (*base[:i], b, *base[i + 1 :]))
                text = f"{where} {game.players[i]} gains by {game.actions[i][b]}"
                tempted.append((text, {j: -p for j, p in row.items()}, own - terms.margin))
            alternatives(f"{where} somebody gains by leaving", tempted)
    bill = {terms.column(i, y): p for i in range(n) for y, p in enumerate(reached) if p}
    for i, option in enumerate(terms.outside):
        if option is not None:
            pay = {terms.column(i, y): p for y, p in enumerate(reached) if p}
            rows.append((f"participation of {game.players[i]}", pay, ">=", option - terms.payoffs[(i, *target)]))
    if terms.revenue is not None and terms.budget != "none":
        sense = "<=" if terms.budget == "at most" else "=="
        for y, earned in enumerate(terms.revenue):
            rows.append((f"budget after {signals[y]}", {terms.column(i, y): 1 for i in range(n)}, sense, earned))
    if terms.most is not None:
        rows.append((f"expected wages at most {exact_text(terms.most)}", bill, "<=", terms.most))
    row_names = told_apart([row[0] for row in rows])
    return LinearProgramme.from_rows(
        "min",
        [bill.get(j, Fraction(0)) for j in range(n * width)] + [Fraction(0)] * len(binaries),
        [(name, *row[1:]) for name, row in zip(row_names, rows, strict=True)],
        lower=lower + [Fraction(0)] * len(binaries),
        upper=upper + [Fraction(1)] * len(binaries),
        column_names=[f"wage of {p} after {y}" for p in game.players for y in signals] + [f"[{b}]" for b in binaries],
        integer=frozenset(range(n * width, n * width + len(binaries))),
        name="contract",
        arguments={"target": list(target), **terms.arguments},
        game_digest=game.digest(),
    )


def _bounds(terms: ContractTerms, reached: Array) -> tuple[list[Fraction | None], list[Fraction | None]]:
    """Bounds of the wages; with ``most`` those that it implies."""
    lower: list[Fraction | None] = []
    upper: list[Fraction | None] = []
    total = None if None in terms.floors else sum((x for x in terms.floors if x is not None), Fraction(0))
    for low, cap in zip(terms.floors, terms.caps, strict=True):
        for p in reached:
            top = cap
            if terms.most is not None and low is not None and total is not None:
                if p:
                    implied = low + max(terms.most - total, Fraction(0)) / p
                    top = implied if top is None else min(top, implied)
                elif terms.implementation == "nash" and terms.budget != "exactly":
                    top = low  # a wage that the target never pays tempts whoever deviates, and nobody else
            lower.append(low)
            upper.append(top)
    return lower, upper


def per_agent(values: Any, count: int, where: str) -> PerPlayer:
    """A number or ``None`` for each agent, from one for all of them or one for each."""
    listed = isinstance(values, (list, tuple, np.ndarray)) and np.ndim(np.asarray(values, dtype=object)) == 1
    given = list(values) if listed else [values] * count
    if len(given) != count:
        raise SpecificationError(
            f"{where}: found {len(given)} entries; write one number, or {count}, one for each agent"
        )
    return tuple(None if x is None else exact(x, where=f"{where}[{i}]") for i, x in enumerate(given))


def _row(values: Any, count: int, where: str, what: str) -> tuple[Fraction, ...]:
    if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != count:
        raise SpecificationError(f"{where}: found {values!r}; write {count} numbers, one for each {what}")
    return tuple(exact(x, where=f"{where}[{k}]") for k, x in enumerate(values))


def _fractions(numerators: Array, denominator: int) -> Array:
    table = np.empty(numerators.shape, dtype=object)
    table.reshape(-1)[:] = [Fraction(int(x), denominator) for x in numerators.reshape(-1).tolist()]
    return table
