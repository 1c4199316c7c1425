"""Whom to audit under a budget: suspicion scores, and random checks of tasks.

A monitor gives every item a suspicion score s, with the law h on honest items and f_j on those of attack j, which does the
harm w_j > 0 unless an audit finds it, with probability a_j. Auditing a share π(s) of the items with score s solves

    minimise ρ   subject to   w_j (1 − a_j Σ_s f_j(s) π(s)) ≤ ρ  for every attack j,   Σ_s h(s) π(s) ≤ B,   0 ≤ π ≤ 1,

the expected number of audits per honest item being at most B (attacks are too rare to count). The value is the worst expected
harm: the attacker, who knows the policy, chooses the attack. The multipliers of the attacks are the *least favourable
mixture*; that of the budget says by how much one more audit per item lowers the risk. Against one attack the optimum audits
where f/h is large (Neyman and Pearson). :func:`audit_risk_path` is the risk for every budget, all breakpoints exact.

Without scores: k of n tasks audited at random find one of m attacked ones unless C(n − m, k)/C(n, k)
(:func:`escape_probability`), whichever m of them are attacked; no other law of k audits has a smaller largest escape
probability over the sets of m tasks, by symmetry and convexity.

References: J. Neyman and E. S. Pearson 1933, Phil. Trans. Royal Soc. A 231; R. Greenblatt, B. Shlegeris, K. Sachan and
F. Roger 2024, "AI control: improving safety despite intentional subversion", ICML (audit budgets, trusted monitoring).
Size: a column for every score, a row for every attack.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray, Verdict, exact, exact_text, judge, read_array
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError
from gametheory.information.distributions import Channel, read_distribution, read_laws, read_probability
from gametheory.optimize.design import Design
from gametheory.optimize.parametric_path import ParametricPath

__all__ = [
    "audit_policy",
    "audit_policy_programme",
    "audit_risk",
    "audit_risk_path",
    "audits_needed",
    "escape_probability",
    "is_optimal_audit_policy",
]

Rationals = list[Fraction]


def audit_policy(honest: Any, attacks: Any, *, budget: Any, harms: Any = 1, accuracy: Any = 1) -> Design:
    """The audit probabilities by score that leave the least harm to the worst attack, within a budget.

    Parameters
    ----------
    honest : array_like, shape (number of scores,)
        Law of the score of honest items.
    attacks : array_like, shape (number of scores,) or (number of attacks, number of scores)
        Law of the score under each attack.
    budget : number in [0, 1]
        B: expected audits per honest item.
    harms : number > 0, or one for each attack
    accuracy : number in [0, 1], or one for each attack
        Probability that an audit finds the attack.

    Returns
    -------
    Design
        ``.value``: the risk, ``.decision``: the audit probability of each score, by name, ``.profile``: the least favourable
        mixture of the attacks, ``.binding``: the attacks and the budget with shadow prices.

    Raises
    ------
    SpecificationError
        Laws that are no distributions, numbers out of range, or lists of the wrong length.

    Examples
    --------
    >>> design = audit_policy(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], budget="0.2")
    >>> design
    Design(audit policy, certified: value=1/4, attained, binding: audit budget at -3/2, attack 1 at 1)
    >>> {score: str(share) for score, share in design.decision.items()}
    {'score 1': '0', 'score 2': '1/2', 'score 3': '1'}
    """
    from gametheory.optimize.exact import solve_exact

    laws = read_laws(attacks, where="attacks")
    programme = audit_policy_programme(honest, laws, budget=budget, harms=harms, accuracy=accuracy)
    solution = solve_exact(programme)
    prices = solution.row_duals.fractions().tolist()
    return Design.of(
        solution,
        decision={name: solution.primal[s] for s, name in enumerate(programme.column_names[:-1])},
        profile={f"attack {j + 1}": price for j, price in enumerate(prices[: laws.num_inputs])},
        name="audit policy",
    )


def audit_policy_programme(
    honest: Any, attacks: Any, *, budget: Any, harms: Any = 1, accuracy: Any = 1
) -> LinearProgramme:
    """The programme of :func:`audit_policy`: columns π and the risk, a row for each attack and one for the budget.

    Examples
    --------
    >>> audit_policy_programme([1, 0], [[0, 1], ["1/2", "1/2"]], budget="1/10")
    LinearProgramme(audit_policy: min over 3 columns, 3 rows)
    """
    laws = read_laws(attacks, where="attacks")
    _, law = read_distribution(honest, where="honest", size=laws.num_outputs)
    limit = read_probability(budget, where="budget")
    harm, found = _stakes(laws, harms, accuracy)
    count = laws.num_outputs
    rows: list[Any] = []
    for j, own in enumerate(laws.rows.fractions().tolist()):
        row = {s: harm[j] * found[j] * y for s, y in enumerate(own) if y and found[j]}
        rows.append((f"attack {j + 1}", {**row, count: 1}, ">=", harm[j]))
    shares = law.fractions().tolist()
    rows.append(("audit budget", {s: x for s, x in enumerate(shares) if x}, "<=", limit))
    return LinearProgramme.from_rows(
        "min",
        [0] * count + [1],
        rows,
        lower=[0] * count + [None],
        upper=[1] * count + [None],
        column_names=[*(f"score {s + 1}" for s in range(count)), "risk"],
        name="audit_policy",
        arguments={
            "honest": [exact_text(x) for x in shares],
            "attacks": [[exact_text(y) for y in own] for own in laws.rows.fractions().tolist()],
            "budget": exact_text(limit),
            "harms": [exact_text(x) for x in harm],
            "accuracy": [exact_text(x) for x in found],
        },
    )


def audit_risk_path(
    honest: Any,
    attacks: Any,
    *,
    harms: Any = 1,
    accuracy: Any = 1,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParametricPath:
    """The risk that remains for every budget from 0 to 1, piecewise linear and convex, every breakpoint exact.

    Parameters
    ----------
    honest, attacks, harms, accuracy
        As for :func:`audit_policy`.
    time_limit, progress : optional
        As for :func:`~gametheory.optimize.right_hand_side_path`.

    Examples
    --------
    The first audits are spent on the highest score:

    >>> path = audit_risk_path(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"])
    >>> [(str(piece.end), str(piece.end_value), str(piece.slope)) for piece in path.pieces]
    [('1/10', '2/5', '-6'), ('3/10', '1/10', '-3/2'), ('1', '0', '-1/7')]
    """
    from gametheory.optimize.parametric import right_hand_side_path

    return right_hand_side_path(
        audit_policy_programme(honest, attacks, budget=0, harms=harms, accuracy=accuracy),
        {"audit budget": 1},
        interval=(0, 1),
        parameter="audit budget",
        time_limit=time_limit,
        progress=progress,
    )


def audit_risk(policy: Any, attacks: Any, *, harms: Any = 1, accuracy: Any = 1) -> Fraction:
    """The expected harm of the worst attack on an audit policy.

    Parameters
    ----------
    policy : Design or array_like, shape (number of scores,)
        Audit probabilities in [0, 1].
    attacks, harms, accuracy
        As for :func:`audit_policy`.

    Examples
    --------
    >>> str(audit_risk([0, "1/2", 1], [["0.1", "0.3", "0.6"], ["0.3", "0.3", "0.4"]], harms=[1, "0.7"]))
    '63/200'
    """
    laws = read_laws(attacks, where="attacks")
    harm, found = _stakes(laws, harms, accuracy)
    shares = _shares(policy, laws.num_outputs)
    return max(
        w * (1 - a * sum((y * x for y, x in zip(own, shares, strict=True)), Fraction(0)))
        for w, a, own in zip(harm, found, laws.rows.fractions().tolist(), strict=True)
    )


def is_optimal_audit_policy(
    policy: Any,
    honest: Any,
    attacks: Any,
    *,
    budget: Any,
    harms: Any = 1,
    accuracy: Any = 1,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether an audit policy keeps the budget and no other within it leaves less risk.

    Returns
    -------
    Verdict
        ``gain`` is the larger of the excess over the budget and the risk that could be saved (as a share of the largest
        harm for ``tol``), the witness the optimal :class:`Design`.

    Examples
    --------
    >>> bool(is_optimal_audit_policy(["1/5", "1/5", "1/5"], ["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], budget="0.2"))
    False
    """
    laws = read_laws(attacks, where="attacks")
    best = audit_policy(honest, laws, budget=budget, harms=harms, accuracy=accuracy)
    kind, law = read_distribution(honest, where="honest", size=laws.num_outputs)
    shares = _shares(policy, laws.num_outputs)
    spent = sum((x * y for x, y in zip(law.fractions().tolist(), shares, strict=True)), Fraction(0))
    excess = spent - read_probability(budget, where="budget")
    assert isinstance(best.value, Fraction), "the value of an exact programme is a fraction"
    saved = audit_risk(shares, laws, harms=harms, accuracy=accuracy) - best.value
    return judge(
        [excess, saved],
        [Fraction(1), max(_stakes(laws, harms, accuracy)[0])],
        tol=tol,
        arithmetic="exact" if kind == laws.arithmetic == "exact" and not _has_float(policy) else "float",
        witness=lambda _: best,
        question="is the audit policy within budget and of least risk",
    )


def escape_probability(num_tasks: int, num_audited: int, num_attacked: int) -> Fraction:
    """The probability that random audits of k among n tasks find none of m attacked ones: C(n − m, k)/C(n, k).

    Examples
    --------
    >>> escape_probability(100, 5, 1), round(float(escape_probability(100, 5, 3)), 10)
    (Fraction(19, 20), 0.8559987631)
    """
    tasks = check_count("num_tasks", num_tasks)
    audited = check_count("num_audited", num_audited, least=0, most=tasks)
    attacked = check_count("num_attacked", num_attacked, least=0, most=tasks)
    return Fraction(math.comb(tasks - attacked, audited), math.comb(tasks, audited))


def audits_needed(num_tasks: int, num_attacked: int, *, escape: Any) -> int:
    """The fewest random audits after which m ≥ 1 attacked tasks all escape with at most this probability.

    Examples
    --------
    >>> audits_needed(100, 3, escape="1/20")
    63
    """
    attacked = check_count("num_attacked", num_attacked)
    limit = read_probability(escape, where="escape")
    low, high = 0, check_count("num_tasks", num_tasks)
    while low < high:
        middle = (low + high) // 2
        if escape_probability(num_tasks, middle, attacked) <= limit:
            high = middle
        else:
            low = middle + 1
    return low


def _stakes(laws: Channel, harms: Any, accuracy: Any) -> tuple[Rationals, Rationals]:
    harm = _for_each(harms, laws.num_inputs, "harms")
    found = _for_each(accuracy, laws.num_inputs, "accuracy")
    for name, values in (("harms", harm), ("accuracy", found)):
        for j, x in enumerate(values):
            if x <= 0 and name == "harms":
                raise SpecificationError(f"harms[{j}]: found {x}; write a number > 0")
            if not 0 <= x <= 1 and name == "accuracy":
                raise SpecificationError(f"accuracy[{j}]: found {x}; write a probability between 0 and 1")
    return harm, found


def _for_each(values: Any, count: int, where: str) -> Rationals:
    if isinstance(values, (list, tuple)) or (isinstance(values, np.ndarray) and values.ndim):
        listed = list(values)
        if len(listed) != count:
            raise SpecificationError(
                f"{where}: found {len(listed)} numbers; write one, or {count}, one for each attack"
            )
        return [exact(x, where=f"{where}[{j}]") for j, x in enumerate(listed)]
    return [exact(values, where=where)] * count


def _shares(policy: Any, count: int) -> Rationals:
    given = list(policy.decision.values()) if isinstance(policy, Design) else policy
    kind, array = read_array(given, where="policy")
    if kind == "symbolic" or array.shape != (count,):
        raise SpecificationError(f"policy: write {count} numbers, an audit probability for each score")
    shares = RationalArray.from_values(array).fractions().tolist()
    return [read_probability(x, where=f"policy[{s}]") for s, x in enumerate(shares)]


def _has_float(policy: Any) -> bool:
    return not isinstance(policy, Design) and read_array(policy, where="policy")[0] == "float"
