"""The best contract over all targets: what to have agents do, and at what wages; one linear programme.

With R(a) = Σ_y π(y | a) revenue(y) and W(a) the cheapest wages that make agents play a (:mod:`.contracts`), the principal's
value is max_a R(a) − W(a). Each programme of W(a) has rows A v ≤ b, which a weight x_a ≥ 0 turns into A v − b x_a ≤ 0, and

    maximise  Σ_a (R(a) x_a − bill_a(v_a))   subject to   Σ_a x_a = 1,   A_a v_a ≤ b_a x_a   for every a

is a mixture of the targets' profits, so that its value is the largest of them. A target that no wages implement gets weight 0.
The multipliers bound the profits of all targets together: one certificate.

References: S. Grossman and O. Hart (1983), An analysis of the principal–agent problem, Econometrica 51 (a programme for each
action); E. Balas (1998), Disjunctive programming: properties of the convex hull of feasible points, Discrete Applied
Mathematics 89, theorem 2.1 (the mixture). Complexity: n|Y| + 1 columns for each target.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from gametheory.arithmetic.reading import check_list
from gametheory.certificates.gains import Blocking
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.labels import told_apart
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.mechanisms.contract_rows import Budget, ContractTerms, Implementation, programme_of
from gametheory.mechanisms.contracts import contract_of
from gametheory.optimize.design import Design

__all__ = ["optimal_contract", "optimal_contract_programme"]


def optimal_contract(
    game: NormalFormGame,
    monitoring: Monitoring,
    revenue: Sequence[Any],
    *,
    targets: Iterable[Any] | None = None,
    implementation: Implementation = "nash",
    blocking: Blocking | None = None,
    coalitions: Iterable[Iterable[int]] | None = None,
    minimum_wage: Any = 0,
    wage_cap: Any = None,
    outside_option: Any = None,
    budget: Budget = "none",
    margin: Any = 0,
    time_limit: float | None = None,
) -> Design:
    """The contract and the target that leave a principal most after wages.

    Parameters
    ----------
    revenue : one number for each signal
        What the principal earns after it.
    targets : iterable of action profiles, optional
        What may be aimed at; by default every pure profile.
    game, monitoring, implementation, blocking, coalitions, minimum_wage, wage_cap, outside_option, budget, margin, time_limit
        As for :func:`gametheory.mechanisms.cheapest_contract`, but neither "unique" nor "all".

    Returns
    -------
    Design
        ``.value`` expected revenue minus wages, ``.decision`` the contract, ``.profile`` the target; the certificate bounds
        every target's profit.

    Raises
    ------
    InfeasibleError
        No target can be implemented.
    UnsupportedError
        "unique" or "all", whose programmes have binaries: take the best of :func:`cheapest_contract` over the targets.

    Examples
    --------
    A success is worth 10 and comes with probability 3/4 if the agent works at cost 1, else 1/4. To work it must be paid 2
    after a success, 3/2 on average: 15/2 − 3/2 = 6 beats 5/2.

    >>> game = NormalFormGame([[-1, 0]], ["Agent"], [["work", "shirk"]])
    >>> seen = Monitoring([["3/4", "1/4"], ["1/4", "3/4"]], ["success", "failure"])
    >>> best = optimal_contract(game, seen, [10, 0])
    >>> best.value, best.profile, best.decision
    (Fraction(6, 1), ('work',), Contract(Agent 2 after success))
    >>> optimal_contract(game, seen, [2, 0]).profile
    ('shirk',)
    """
    from gametheory.optimize.exact import solve_exact

    terms = ContractTerms.read(
        game,
        monitoring,
        implementation=implementation,
        blocking=blocking,
        coalitions=coalitions,
        minimum_wage=minimum_wage,
        wage_cap=wage_cap,
        outside_option=outside_option,
        revenue=revenue,
        budget=budget,
        margin=margin,
    )
    aims = _targets(terms, targets)
    programme = _programme(terms, aims)
    try:
        solution = solve_exact(programme, time_limit=time_limit)
    except InfeasibleError as error:
        raise InfeasibleError(
            "no target can be implemented by any wages; allow more targets, better signals or other bounds on wages",
            certificate=error.certificate,
        ) from None
    size = terms.game.num_players * terms.monitoring.num_signals
    weights = [solution.primal[k * (size + 1)] for k in range(len(aims))]
    best = max(range(len(aims)), key=lambda k: weights[k])
    contract = contract_of(terms, solution.primal, first=best * (size + 1) + 1, scale=weights[best])
    floors = [[Fraction(0) if low is None else low] * terms.monitoring.num_signals for low in terms.floors]
    contract = replace(contract, wages=contract.wages + floors)
    return Design.of(solution, decision=contract, profile=terms.game.action_labels(aims[best]), name="optimal contract")


def optimal_contract_programme(
    game: NormalFormGame, *, monitoring: Any, targets: Iterable[Any] | None = None, **terms: Any
) -> LinearProgramme:
    """The programme of the module; the row builder ``"optimal_contract"``.

    Columns for each target: its weight, then the wages above the minimum wage, multiplied by the weight.
    """
    read = ContractTerms.read(game, monitoring, **terms)
    return _programme(read, _targets(read, targets))


def _targets(terms: ContractTerms, targets: Iterable[Any] | None) -> tuple[tuple[int, ...], ...]:
    game = terms.game
    if terms.implementation == "unique" or terms.blocking == "all":
        raise UnsupportedError(
            "optimal_contract: 'unique' and 'all' need binaries; take the best of cheapest_contract over the targets"
        )
    if terms.revenue is None:
        raise SpecificationError("revenue: found None; write what the principal earns after each signal")
    if targets is None:
        return tuple(itertools.product(*map(range, game.num_actions)))
    found = tuple(dict.fromkeys(game.action_indices(a) for a in check_list("targets", targets)))
    if not found:
        raise SpecificationError("targets: found none; give at least one action profile")
    return found


def _programme(terms: ContractTerms, targets: tuple[tuple[int, ...], ...]) -> LinearProgramme:
    game, revenue = terms.game, terms.revenue or ()
    size = game.num_players * terms.monitoring.num_signals
    refuse_if_too_large(len(targets) * size * (sum(game.num_actions) + len(terms.coalitions)), 400, "the best contract")
    floors = [Fraction(0) if low is None else low for low in terms.floors for _ in range(terms.monitoring.num_signals)]
    objective: list[Fraction] = []
    names: list[str] = []
    lower: list[Fraction | None] = []
    rows: list[Any] = [("one target", {k * (size + 1): 1 for k in range(len(targets))}, "==", 1)]
    for k, target in enumerate(targets):
        part, first = programme_of(terms, target), k * (size + 1)
        aim = f"for ({', '.join(game.action_labels(target))})"
        earned = sum((p * r for p, r in zip(terms.chances[target], revenue, strict=True)), Fraction(0))
        bill = [part.objective[j] for j in range(size)]
        objective += [
            earned - sum((c * low for c, low in zip(bill, floors, strict=True)), Fraction(0)),
            *(-c for c in bill),
        ]
        names += [f"weight {aim}", *(f"{name} {aim}" for name in part.column_names)]
        lower += [Fraction(0), *(None if low is None else Fraction(0) for low in part.lower)]
        for r in range(part.num_rows):
            entries = part.row(r)
            least = sum((c * floors[j] for j, c in entries.items()), Fraction(0))
            row = {first: least - part.right_hand_side[r]} | {first + 1 + j: c for j, c in entries.items()}
            rows.append((f"{aim}: {part.row_names[r]}", row, part.row_sense[r], 0))
        for j, high in enumerate(part.upper):
            if high is not None:
                rows.append(
                    (f"{aim}: cap of {part.column_names[j]}", {first + 1 + j: 1, first: floors[j] - high}, "<=", 0)
                )
    apart = told_apart([row[0] for row in rows])
    return LinearProgramme.from_rows(
        "max",
        objective,
        [(name, *row[1:]) for name, row in zip(apart, rows, strict=True)],
        lower=lower,
        column_names=names,
        name="optimal_contract",
        arguments={"targets": [list(target) for target in targets], **terms.arguments},
        game_digest=game.digest(),
    )
