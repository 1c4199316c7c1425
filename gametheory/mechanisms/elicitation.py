"""Eliciting what an agent knows, when the truth is seen later: proper scoring rules with the smallest payments.

An agent sees a signal s, reports r, and is paid τ(r, ω) once the outcome ω is known. With the joint distribution P(s, ω) the
rule is *proper* with margin Δ when truth is best by Δ after every signal; if looking costs the agent c, that must be worth it:

    minimise  Σ P(s, ω) τ(s, ω)   subject to   floor ≤ τ ≤ cap,
    Σ_ω P(ω | s) (τ(s, ω) − τ(r, ω)) ≥ Δ                     (truth, for every signal s of positive probability and r ≠ s)
    Σ_ω P(ω | s) τ(s, ω) ≥ C                                 (participation, after every signal)
    Σ P(s, ω) τ(s, ω) − c ≥ Σ_ω P(ω) τ(r, ω)                 (looking, against every report made blindly)

A linear programme with |S||Ω| columns. With the report of a truthful peer in the place of the outcome this is peer prediction
(:mod:`.peer_prediction`).

References: T. Gneiting and A. Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the
American Statistical Association 102; N. Lambert, D. Pennock and Y. Shoham (2008), Eliciting properties of probability
distributions, EC'08; Y. Li, J. Hartline, L. Shan and Y. Wu (2022), Optimization of scoring rules, EC'22 (looking costs).
Limits: one agent, risk neutral; payments for these signals only (a rule that is proper for all beliefs may cost more).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, Verdict, exact, exact_text, judge
from gametheory.arithmetic.reading import read_array
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.labels import Labels, action_index, distinct_labels
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.profiles import read_distribution
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import Design

__all__ = ["Payments", "is_proper", "minimal_scoring_rule", "scoring_rule_programme", "truth_margin"]

Array = NDArray[Any]


@final
@compared_by("table", "reports", "outcomes")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Payments:
    """What a report is paid against each outcome (or each piece of evidence from peers).

    Attributes
    ----------
    table : array of Fraction, shape (number of reports, number of outcomes)
        Read-only.
    reports, outcomes : tuple of str
    """

    table: Array
    reports: tuple[str, ...]
    outcomes: tuple[str, ...]

    def __post_init__(self) -> None:
        read = RationalArray.from_values(self.table, where="payments").fractions()
        if read.shape != (len(self.reports), len(self.outcomes)):
            raise SpecificationError(
                f"payments: found shape {read.shape}; write a row for each of {len(self.reports)} reports with "
                f"{len(self.outcomes)} numbers"
            )
        read.setflags(write=False)
        object.__setattr__(self, "table", read)

    def __reduce__(self) -> tuple[Any, ...]:
        return Payments, (np.array(self.table), self.reports, self.outcomes)

    def payment(self, report: int | str, outcome: int | str) -> Fraction:
        """τ(report, outcome), both by index or name."""
        row = action_index(report, self.reports, "report", what="report")
        found: Fraction = self.table[row, action_index(outcome, self.outcomes, "outcome", what="outcome")]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: for each report a mapping from outcomes to payments ``"p/q"``."""
        return {
            report: {outcome: exact_text(x) for outcome, x in zip(self.outcomes, row, strict=True)}
            for report, row in zip(self.reports, self.table, strict=True)
        }

    def to_frame(self) -> Any:
        """A pandas table: a report and its payment against every outcome in each row."""
        rows = [[report, *row] for report, row in zip(self.reports, self.table.tolist(), strict=True)]
        return data_frame(rows, ["report", *self.outcomes])

    def __repr__(self) -> str:
        paid = [
            f"{report} against {outcome}: {brief(x)}"
            for report, row in zip(self.reports, self.table, strict=True)
            for outcome, x in zip(self.outcomes, row, strict=True)
            if x
        ]
        more = f" and {len(paid) - 6} more" if len(paid) > 6 else ""
        return f"Payments({', '.join(paid[:6]) or 'nothing'}{more})"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(y)}</th>" for y in self.outcomes)
        rows = "".join(
            f"<tr><th>{escape(report)}</th>{''.join(f'<td>{brief(x)}</td>' for x in row)}</tr>"
            for report, row in zip(self.reports, self.table, strict=True)
        )
        return f"<table><tr><th>report</th>{head}</tr>{rows}</table>"


def minimal_scoring_rule(
    joint: Any,
    *,
    margin: Any = 0,
    participation: Any = 0,
    information_cost: Any = 0,
    minimum_payment: Any = 0,
    payment_cap: Any = None,
    signals: Labels | None = None,
    outcomes: Labels | None = None,
    time_limit: float | None = None,
) -> Design:
    """The proper scoring rule of least expected payment.

    Parameters
    ----------
    joint : array_like, shape (number of signals, number of outcomes)
        P(s, ω); sums to 1.
    margin : number ≥ 0
        What every lie must lose in expectation, given the signal.
    participation : number
        What the agent must expect at least after every signal.
    information_cost : number ≥ 0
        What it costs the agent to look at its signal.
    minimum_payment, payment_cap : number or None
        Bounds on payments; ``None``: no bound.
    signals, outcomes : names, optional
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    Design
        ``.value`` the expected payment, ``.decision`` the :class:`Payments`.

    Raises
    ------
    InfeasibleError
        No rule does, for example because two signals say the same of the outcome; the message names the rows.
    SpecificationError
        Malformed input.

    Examples
    --------
    A forecaster whose look costs 1 and tells rain from sun with probability 3/4:

    >>> rule = minimal_scoring_rule(
    ...     [["3/8", "1/8"], ["1/8", "3/8"]], information_cost=1, signals=["wet", "dry"], outcomes=["rain", "sun"])
    >>> rule.value, rule.decision
    (Fraction(3, 1), Payments(wet against rain: 4, dry against sun: 4))
    """
    programme = scoring_rule_programme(
        joint=joint,
        margin=margin,
        participation=participation,
        information_cost=information_cost,
        minimum_payment=minimum_payment,
        payment_cap=payment_cap,
        signals=signals,
        outcomes=outcomes,
    )
    return solved(programme, lambda point: _payments(programme, point), "scoring rule", time_limit)


def scoring_rule_programme(
    *,
    joint: Any,
    margin: Any = 0,
    participation: Any = 0,
    information_cost: Any = 0,
    minimum_payment: Any = 0,
    payment_cap: Any = None,
    signals: Labels | None = None,
    outcomes: Labels | None = None,
) -> LinearProgramme:
    """The programme of the module; the row builder ``"scoring_rule"``; arguments as for :func:`minimal_scoring_rule`."""
    table = read_joint(joint)
    num_signals, num_outcomes = table.shape
    refuse_if_too_large(num_signals**2 * num_outcomes, 400, "the programme of scoring rules")
    told = _names(signals, num_signals, "signals", "signal")
    seen = _names(outcomes, num_outcomes, "outcomes", "outcome")
    gap, least, cost = (exact(x, where=w) for x, w in ((margin, "margin"), (participation, "participation"),
                                                       (information_cost, "information_cost")))  # fmt: skip
    low, high = (None if x is None else exact(x) for x in (minimum_payment, payment_cap))
    if gap < 0 or cost < 0:
        raise SpecificationError(f"margin, information_cost: found {gap} and {cost}; write numbers ≥ 0")

    def pay(report: int, weights: Array, sign: int = 1) -> dict[int, Fraction]:
        return {report * num_outcomes + w: sign * p for w, p in enumerate(weights) if p}

    rows: list[Any] = []
    for s, chances in enumerate(table):
        total = chances.sum()
        if not total:
            continue  # a signal that is never seen: nothing hangs on what is reported then
        for r in range(num_signals):
            if r != s:
                rows.append(
                    (f"truth: {told[s]} told as {told[r]}", pay(s, chances) | pay(r, chances, -1), ">=", gap * total)
                )
        rows.append((f"participation after {told[s]}", pay(s, chances), ">=", least * total))
    if cost:
        honest = {k: v for s, chances in enumerate(table) for k, v in pay(s, chances).items()}
        for r in range(num_signals):
            blind = pay(r, table.sum(axis=0), -1)
            row = {k: honest.get(k, Fraction(0)) + blind.get(k, Fraction(0)) for k in honest.keys() | blind.keys()}
            rows.append((f"looking, against {told[r]} unseen", row, ">=", cost))
    count = num_signals * num_outcomes
    return LinearProgramme.from_rows(
        "min",
        [p for chances in table for p in chances],
        rows,
        lower=[low] * count,
        upper=[high] * count,
        column_names=[f"{r} against {w}" for r in told for w in seen],
        name="scoring_rule",
        arguments={
            "joint": [[exact_text(p) for p in row] for row in table],
            "margin": exact_text(gap),
            "participation": exact_text(least),
            "information_cost": exact_text(cost),
            "minimum_payment": None if low is None else exact_text(low),
            "payment_cap": None if high is None else exact_text(high),
            "signals": list(told),
            "outcomes": list(seen),
        },
    )


def truth_margin(joint: Any, payments: Payments | Any) -> Fraction:
    """What the best lie loses in expectation given the signal (negative: what it gains), exact.

    Parameters
    ----------
    joint : array_like, shape (number of signals, number of outcomes)
    payments : Payments, or array_like of the same shape

    Examples
    --------
    >>> truth_margin([["3/8", "1/8"], ["1/8", "3/8"]], [[4, 0], [0, 4]])
    Fraction(2, 1)
    """
    losses = _losses(joint, payments)
    if not losses:
        raise SpecificationError("joint: found fewer than two reports; there is no lie")
    return min(loss for loss, _, _ in losses)


def is_proper(joint: Any, payments: Payments | Any, *, margin: Any = 0) -> Verdict:
    """Whether truth is best after every signal, by at least a margin; the witness is (signal, lie), by index.

    Examples
    --------
    >>> is_proper([["3/8", "1/8"], ["1/8", "3/8"]], [[4, 4], [0, 4]])
    Verdict(no, gain=1, witness=(1, 0))
    """
    losses, gap = _losses(joint, payments), exact(margin, where="margin")
    return judge(
        [gap - loss for loss, _, _ in losses],
        [Fraction(1)] * len(losses),
        tol=0,
        arithmetic="exact",
        witness=lambda k: losses[k][1:],
        question="truth after every signal",
    )


def _losses(joint: Any, payments: Payments | Any) -> list[tuple[Fraction, int, int]]:
    """(loss, signal, lie) for every signal that is ever seen."""
    chances = read_joint(joint)
    given = payments.table if isinstance(payments, Payments) else payments
    paid = RationalArray.from_values(given, where="payments").fractions()
    if paid.shape != chances.shape:
        raise SpecificationError(
            f"payments: found shape {paid.shape}; write {chances.shape}, as the joint distribution"
        )
    result = []
    for s, row in enumerate(chances):
        if row.sum():
            expected = paid @ row / row.sum()
            result += [(expected[s] - expected[r], s, r) for r in range(len(paid)) if r != s]
    return result


def read_joint(joint: Any) -> Array:
    """A joint distribution as a matrix of fractions that sums to 1; floats count as the rationals that they are."""
    shape = read_array(joint, where="joint")[1].shape
    if len(shape) != 2 or min(shape) < 1:
        raise SpecificationError(f"joint: found shape {shape}; write a row for each signal, a column for each outcome")
    table = read_distribution(joint, tuple(shape), "joint", "probability of signal and outcome")
    if table.dtype != object:
        fractions = RationalArray.from_floats(table).fractions()
        return np.asarray(fractions / fractions.sum())
    if any(hasattr(p, "free_symbols") for p in table.reshape(-1)):
        raise UnsupportedError("joint: found free symbols; substitute numbers first")
    return np.asarray(table)


def solved(programme: LinearProgramme, decision: Any, name: str, time_limit: float | None) -> Design:
    """The design that an exact solution of a programme of payments is."""
    from gametheory.optimize.exact import solve_exact

    try:
        solution = solve_exact(programme, time_limit=time_limit)
    except InfeasibleError as error:
        clash = [programme.row_names[r] for r, y in enumerate(error.certificate.multipliers.numerators.tolist()) if y]
        listed = "; ".join(clash[:6]) + (f" and {len(clash) - 6} more" if len(clash) > 6 else "")
        raise InfeasibleError(
            f"no payments meet at once: {listed}. Ask for less (margin, coalitions), or let signals say more",
            certificate=error.certificate,
        ) from None
    return Design.of(solution, decision=decision(solution.primal), profile="truth", name=name)


def _payments(programme: LinearProgramme, point: RationalArray) -> Payments:
    reports, outcomes = (tuple(programme.arguments[key]) for key in ("signals", "outcomes"))
    return Payments(point.fractions().reshape(len(reports), len(outcomes)), reports, outcomes)


def _names(labels: Sequence[str] | None, count: int, where: str, what: str) -> tuple[str, ...]:
    if labels is None:
        return tuple(f"{what} {k + 1}" for k in range(count))
    if isinstance(labels, str) or not hasattr(labels, "__len__") or len(labels) != count:
        raise SpecificationError(f"{where}: found {labels!r}; write {count} names")
    return distinct_labels(labels, where)
