"""Who gains by lying to a mechanism or by staying out, and who pays for it all.

With u_i(r_i | θ) as in :mod:`.mechanism`, a mechanism is incentive compatible when truth is best

* in **dominant strategies**: whatever the others report, and (where values are interdependent) whatever their types are;
* **ex post**: at every type profile, the others reporting truly (the same as dominant for private values);
* **Bayesian**: on average over the others' types given one's own, the others reporting truly.

The *regret* is the largest gain of a misreport (0 where truth is best). Participation is individually rational where the
utility of truth is at least the outside option, interim or at every profile (ex post). The budget is balanced *weakly* if the
payments sum to at least 0 at every profile, *strongly* if to exactly 0, *ex ante* if they do not run a deficit on average.

Each question has a measure (``incentive_regret``), a predicate with a witness (``is_incentive_compatible``) and a solver
(:func:`~gametheory.mechanisms.optimal.optimal_mechanism`). Bayesian and interim questions are about types of positive
probability, the others about all type profiles.

References: A. Gibbard 1973, "Manipulation of voting schemes", *Econometrica* 41; C. d'Aspremont and L.-A. Gérard-Varet 1979,
"Incentives and incomplete information", *Journal of Public Economics* 11; D. Bergemann and S. Morris 2005, "Robust mechanism
design", *Econometrica* 73. Complexity: k_i · |Θ| payoffs for each agent (times the others' types for dominant strategies
under interdependent values).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, Verdict, judge
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.mechanism import Mechanism, report_payoffs

__all__ = [
    "Balance",
    "Incentives",
    "Misreport",
    "Stage",
    "budget_deficit",
    "incentive_regret",
    "is_budget_balanced",
    "is_incentive_compatible",
    "is_individually_rational",
    "participation_shortfall",
]

Array = NDArray[Any]
Incentives = Literal["dominant", "ex post", "Bayesian"]
Stage = Literal["interim", "ex post"]
Balance = Literal["weak", "strong", "ex ante"]


@final
@dataclass(frozen=True, slots=True)
class Misreport:
    """A lie that gains: ``agent`` of type ``true_type`` reports ``report``, the others as ``others`` says (if it matters)."""

    agent: str
    true_type: str
    report: str
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        others = f", others ({', '.join(self.others)})" if self.others else ""
        return f"{self.agent} reports {self.report} at {self.true_type}{others}"


def incentive_regret(mechanism: Mechanism, *, incentives: Incentives) -> Fraction | float:
    """The largest gain of any agent from a misreport, 0 where truth is best; in money.

    Parameters
    ----------
    mechanism : Mechanism
    incentives : "dominant", "ex post" or "Bayesian"
        What a liar knows of the others, see the module.

    Examples
    --------
    In the first-price auction without shading truth is not best:

    >>> environment = Environment.single_item([[1, 2], [1, 2]], priors=[["1/2", "1/2"]] * 2)
    >>> first_price = Mechanism.from_function(
    ...     environment, lambda t: (1, (1 + t[0], 0)) if t[0] >= t[1] else (2, (0, 1 + t[1])))
    >>> incentive_regret(first_price, incentives="Bayesian")
    Fraction(1, 2)
    >>> is_incentive_compatible(first_price, incentives="dominant")
    Verdict(no, gain=1, witness=Misreport(agent='agent 1', true_type='2', report='1', others=('1',)))
    """
    return _shown(mechanism, max(gain for gain, _, _ in _incentive_gains(mechanism, incentives)))


def is_incentive_compatible(
    mechanism: Mechanism, *, incentives: Incentives, tol: float | Fraction | None = None
) -> Verdict:
    """Whether no agent gains by misreporting its type; the witness of a "no" is a :class:`Misreport`.

    Parameters
    ----------
    mechanism : Mechanism
    incentives : "dominant", "ex post" or "Bayesian"
    tol : number, optional
        The largest admissible gain, as a share of the agent's payoff span.
    """
    return _judged(mechanism, _incentive_gains(mechanism, incentives), tol, f"incentive compatibility ({incentives})")


def participation_shortfall(mechanism: Mechanism, *, stage: Stage) -> Fraction | float:
    """By how much some type falls short of its outside option, 0 where none does; in money.

    ``stage`` says when agents decide: ``"interim"``, knowing their own type, or ``"ex post"``, knowing all types.
    """
    return _shown(mechanism, max(gain for gain, _, _ in _shortfalls(mechanism, stage)))


def is_individually_rational(mechanism: Mechanism, *, stage: Stage, tol: float | Fraction | None = None) -> Verdict:
    """Whether every type does at least as well as by staying out; the witness of a "no" is (agent, type or profile).

    Examples
    --------
    >>> environment = Environment.single_item([[1, 2]], priors=[["1/2", "1/2"]])
    >>> is_individually_rational(Mechanism.deterministic(environment, [1, 1], [[2, 2]]), stage="interim")
    Verdict(no, gain=1, witness=('agent 1', '1'))
    """
    return _judged(mechanism, _shortfalls(mechanism, stage), tol, f"individual rationality ({stage})")


def budget_deficit(mechanism: Mechanism, *, balance: Balance) -> Fraction | float:
    """The largest sum that the designer adds (``"strong"``: adds or keeps), 0 where the budget is balanced; in money."""
    return _shown(mechanism, is_budget_balanced(mechanism, balance=balance, tol=0).gain)


def is_budget_balanced(mechanism: Mechanism, *, balance: Balance, tol: float | Fraction | None = None) -> Verdict:
    """Whether payments cover themselves, see the module; the witness of a "no" is a type profile (``None`` ex ante).

    ``tol`` is a share of the span of the payments' sum.
    """
    if balance not in ("weak", "strong", "ex ante"):
        raise SpecificationError(f"balance: found {balance!r}; write 'weak', 'strong' or 'ex ante'")
    environment, paid = mechanism.environment, mechanism.transfers
    sums = RationalArray.of_integers(paid.numerators.astype(object).sum(axis=0), paid.denominator)
    question = f"budget balance ({balance})"
    if balance == "ex ante":
        prior = environment.prior
        total = int((prior.numerators.astype(object) * sums.numerators).sum())
        gain = -Fraction(total, prior.denominator * sums.denominator)
        return judge([gain], [_span(sums)], tol=tol, arithmetic=mechanism.arithmetic, question=question)
    missing = -sums.numerators.astype(object) if balance == "weak" else np.abs(sums.numerators.astype(object))
    place = _argmax(missing)
    gain = Fraction(int(missing[place]), sums.denominator)
    return judge(
        [gain],
        [_span(sums)],
        tol=tol,
        arithmetic=mechanism.arithmetic,
        witness=lambda _: environment.profile_text(place),
        question=question,
    )


Gain = tuple[Fraction, Fraction, Any]
"""A gain, the payoff span of whoever gains, and the witness."""


def _incentive_gains(mechanism: Mechanism, incentives: Incentives) -> list[Gain]:
    """For each agent its best misreport."""
    if incentives not in ("dominant", "ex post", "Bayesian"):
        raise SpecificationError(f"incentives: found {incentives!r}; write 'dominant', 'ex post' or 'Bayesian'")
    environment, result = mechanism.environment, list[Gain]()
    for i, own in enumerate(environment.types):
        payoffs = report_payoffs(mechanism, i)
        if incentives == "Bayesian":
            gain, (a, b, others) = _bayesian_gain(environment, i, payoffs)
        elif incentives == "dominant" and not environment.private:
            gain, (a, b, others) = _dominant_gain(mechanism, i)
        else:
            gain, (a, b, others) = _largest_gain(payoffs.numerators, payoffs.denominator)
        names = [row for j, row in enumerate(environment.types) if j != i] if others else []
        told = tuple(row[t] for row, t in zip(names, others, strict=True))
        result.append((gain, _span(payoffs), Misreport(environment.agents[i], own[a], own[b], told)))
    return result


def _shortfalls(mechanism: Mechanism, stage: Stage) -> list[Gain]:
    """For each agent the type (or type profile) that would gain most by staying out."""
    if stage not in ("interim", "ex post"):
        raise SpecificationError(f"stage: found {stage!r}; write 'interim' or 'ex post'")
    environment, result = mechanism.environment, list[Gain]()
    for i, agent in enumerate(environment.agents):
        truth, outside = mechanism.utilities(i), environment.outside[i].fractions()
        if stage == "interim":
            average = mechanism.interim_average(i, truth)
            missing = {name: outside[environment.type_index(i, name)] - u for name, u in average.items()}
            label = max(missing, key=lambda name: missing[name])
            gain = missing[label]
        else:
            shape = [1] * environment.num_agents
            shape[i] = len(outside)
            table = outside.reshape(shape) - truth.fractions()
            place = _argmax(table)
            label, gain = environment.profile_text(place), table[place]
        result.append((gain, _span(truth), (agent, label)))
    return result


def _judged(mechanism: Mechanism, gains: list[Gain], tol: float | Fraction | None, question: str) -> Verdict:
    return judge(
        [gain for gain, _, _ in gains],
        [span for _, span, _ in gains],
        tol=tol,
        arithmetic=mechanism.arithmetic,
        witness=lambda k: gains[k][2],
        question=question,
    )


def _bayesian_gain(environment: Environment, i: int, payoffs: RationalArray) -> tuple[Fraction, Any]:
    """The largest interim gain, and (true type, report, ())."""
    prior = np.moveaxis(environment.prior.numerators, i, 0).reshape(environment.num_types[i], -1).astype(object)
    best: tuple[Fraction, Any] = (Fraction(0), (0, 0, ()))
    for a in range(len(prior)):
        weight = int(prior[a].sum())
        if not weight:
            continue
        sums = (prior[a] * payoffs.numerators[a].reshape(len(prior), -1)).sum(axis=1)
        for b, total in enumerate(sums.tolist()):
            gain = Fraction(int(total - sums[a]), weight * payoffs.denominator)
            if gain > best[0]:
                best = (gain, (a, b, ()))
    return best


def _largest_gain(payoffs: Array, denominator: int) -> tuple[Fraction, Any]:
    """The largest gain at any profile, and (true type, report, the others' types)."""
    best: tuple[Fraction, Any] = (Fraction(0), (0, 0, ()))
    for a in range(len(payoffs)):
        gains = payoffs[a].astype(object) - payoffs[a, a]
        place = _argmax(gains)
        gain = Fraction(int(gains[place]), denominator)
        if gain > best[0]:
            best = (gain, (a, place[0], place[1:]))
    return best


def _dominant_gain(mechanism: Mechanism, i: int) -> tuple[Fraction, Any]:
    """The same where the others' reports need not be their types: every pair of those is looked at."""
    environment = mechanism.environment
    sizes = environment.num_types
    others = environment.num_profiles // sizes[i]
    refuse_if_too_large(sizes[i] * others * others, 64, "the payoffs of all types and reports")
    outcomes = environment.num_outcomes
    lotteries = np.moveaxis(mechanism.allocation.numerators, i, 0).reshape(sizes[i], others, outcomes).astype(object)
    values = environment.values(i)
    worth = np.moveaxis(np.moveaxis(values.numerators, 0, -1), i, 0).reshape(sizes[i], others, outcomes).astype(object)
    paid = np.moveaxis(mechanism.transfers.numerators[i], i, 0).reshape(sizes[i], others).astype(object)
    scale = mechanism.allocation.denominator * values.denominator
    common = math.lcm(scale, mechanism.transfers.denominator)
    best: tuple[Fraction, Any] = (Fraction(0), (0, 0, ()))
    rest = [m for j, m in enumerate(sizes) if j != i]
    for a in range(sizes[i]):
        for true in range(others):
            payoffs = (lotteries * worth[a, true]).sum(axis=-1) * (common // scale)
            payoffs = payoffs - paid * (common // mechanism.transfers.denominator)
            gains = payoffs - payoffs[a]
            place = _argmax(gains)
            gain = Fraction(int(gains[place]), common)
            if gain > best[0]:
                best = (gain, (a, place[0], tuple(int(t) for t in np.unravel_index(place[1], rest)) if rest else ()))
    return best


def _shown(mechanism: Mechanism, gain: Fraction) -> Fraction | float:
    loss = max(gain, Fraction(0))
    return float(loss) if mechanism.arithmetic == "float" else loss


def _span(table: RationalArray) -> Fraction:
    return Fraction(int(table.numerators.max()) - int(table.numerators.min()), table.denominator)


def _argmax(table: Array) -> tuple[int, ...]:
    flat = table.reshape(-1).tolist()
    best: Callable[[int], Any] = flat.__getitem__
    return tuple(int(k) for k in np.unravel_index(max(range(len(flat)), key=best), table.shape))
