"""Peer prediction over several tasks without knowing any prior: determinant-based mutual information.

Two agents answer the same T ≥ 2C tasks, each by one of C choices. The tasks are split into two parts of at least C; M_1 and M_2
count which pairs of answers occur in each, and both agents are paid det(M_1) det(M_2). If tasks are alike and independent, with
the joint distribution U of what the agents see, and they report by stochastic matrices A and B (the same for all tasks), then

    E[det M_l] = T_l (T_l − 1) ⋯ (T_l − C + 1) · det(Aᵀ U B),

so that the expected payment is a positive constant times det(U)² det(A)² det(B)². As |det A| ≤ 1 for every stochastic A, with
equality for permutations only, truth is a best reply to *every* strategy of the peer (dominantly truthful), and pays strictly
more than anything but a relabelling if det U ≠ 0 and the peer's answers are informative (det B ≠ 0). No prior is needed.

Reference: Y. Kong (2020), Dominantly truthful multi-task peer prediction with a constant number of tasks, SODA 2020.
Complexity: O(T + C³). Limits: agents treat all tasks alike; payments may be negative; agents who share what they
see of each task are outside the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import Verdict
from gametheory.arithmetic.limits import check_count
from gametheory.arithmetic.reading import check_list
from gametheory.errors import SpecificationError
from gametheory.games.profiles import read_distribution
from gametheory.mechanisms.elicitation import read_joint

__all__ = ["determinant_payment", "expected_determinant_payment", "is_dominantly_truthful"]


def determinant_payment(reports: Sequence[int], peer_reports: Sequence[int], *, num_choices: int) -> int:
    """What two agents are paid for their answers to the same tasks.

    Parameters
    ----------
    reports, peer_reports : sequences of T ≥ 2C choices 0, …, C − 1
        In the order of the tasks, which should be drawn at random; the first half is one part, the rest the other.
    num_choices : int ≥ 2
        C.

    Examples
    --------
    >>> [determinant_payment([0, 1, 0, 1], peer, num_choices=2) for peer in ([0, 1, 0, 1], [0, 0, 0, 0])]
    [1, 0]
    """
    choices = check_count("num_choices", num_choices, least=2)
    reports, peer_reports = check_list("reports", reports), check_list("peer_reports", peer_reports)
    if len(reports) != len(peer_reports):
        raise SpecificationError(
            f"peer_reports: found {len(peer_reports)} answers; write {len(reports)}, one for each task"
        )
    for where, answers in (("reports", reports), ("peer_reports", peer_reports)):
        for k, x in enumerate(answers):
            check_count(f"{where}[{k}]", x, least=0, most=choices - 1)
    pairs = list(zip(reports, peer_reports, strict=True))
    first, second = _parts(len(pairs), choices)
    result = Fraction(1)
    for part in (pairs[:first], pairs[first : first + second]):
        counts = [[Fraction(part.count((x, y))) for y in range(choices)] for x in range(choices)]
        result *= _determinant(counts)
    return int(result)


def expected_determinant_payment(
    joint: Any, num_tasks: int, *, strategy: Any = None, peer_strategy: Any = None
) -> Fraction:
    """The expected payment when both agents report by these strategies, exact.

    Parameters
    ----------
    joint : array_like, shape (C, C)
        U, the distribution of what the two see of a task.
    num_tasks : int ≥ 2C
    strategy, peer_strategy : array_like, shape (C, C), optional
        A[seen, reported], rows summing to 1; by default truth.

    Examples
    --------
    >>> U = [["2/5", "1/10"], ["1/10", "2/5"]]
    >>> str(expected_determinant_payment(U, 4)), str(expected_determinant_payment(U, 4, strategy=[["1/2", "1/2"], [0, 1]]))
    ('9/100', '9/400')
    """
    table = _square(joint)
    choices = len(table)
    first, second = _parts(check_count("num_tasks", num_tasks), choices)
    scale = math.perm(first, choices) * math.perm(second, choices)
    for where, given, turned in (("strategy", strategy, True), ("peer_strategy", peer_strategy, False)):
        if given is not None:
            rows = [
                read_distribution(row, (choices,), f"{where}[{k}]", "probability")
                for k, row in enumerate(check_list(where, given))
            ]
            if len(rows) != choices:
                raise SpecificationError(f"{where}: found {len(rows)} rows; write {choices}, one for each choice")
            matrix = np.array([[Fraction(p) for p in row] for row in rows], dtype=object)
            matrix = matrix / matrix.sum(axis=1, keepdims=True)  # floats sum to 1 only nearly
            table = matrix.T @ table if turned else table @ matrix
    return scale * _determinant(table.tolist()) ** 2


def is_dominantly_truthful(joint: Any, num_tasks: int) -> Verdict:
    """Whether truth pays more than whatever is no relabelling, against every peer whose answers are informative.

    That truth pays no *less* always holds with enough tasks; it pays more iff det U ≠ 0.

    Returns
    -------
    Verdict
        On "no" the witness is a vector x ≠ 0 with x U = 0: a change of beliefs that the peer's answers cannot show.

    Examples
    --------
    >>> bool(is_dominantly_truthful([["2/5", "1/10"], ["1/10", "2/5"]], 4))
    True
    >>> is_dominantly_truthful([["1/4", "1/4"], ["1/4", "1/4"]], 4).witness
    (Fraction(-1, 1), Fraction(1, 1))
    """
    table = _square(joint)
    _parts(check_count("num_tasks", num_tasks), len(table))
    question = "dominant truth by determinants"
    if _determinant(table.tolist()):
        return Verdict("yes", Fraction(0), None, question)
    return Verdict("no", Fraction(0), _left_kernel(table.tolist()), question)


def _square(joint: Any) -> Any:
    table = read_joint(joint)
    if table.shape[0] != table.shape[1] or len(table) < 2:
        raise SpecificationError(
            f"joint: found shape {table.shape}; write C × C numbers, C ≥ 2: both see the same choices"
        )
    return table


def _parts(num_tasks: int, choices: int) -> tuple[int, int]:
    if num_tasks < 2 * choices:
        raise SpecificationError(
            f"num_tasks: found {num_tasks}; with {choices} choices at least {2 * choices} tasks are needed"
        )
    return num_tasks // 2, num_tasks - num_tasks // 2


def _determinant(rows: Sequence[Sequence[Fraction]]) -> Fraction:
    table, sign = _reduced([list(map(Fraction, row)) for row in rows])
    return sign * math.prod((row[k] for k, row in enumerate(table)), start=Fraction(1))


def _left_kernel(rows: list[list[Fraction]]) -> tuple[Fraction, ...]:
    """x ≠ 0 with x U = 0: rows reduced beside the identity until one of them vanishes."""
    size = len(rows)
    table, _ = _reduced([[*row, *(Fraction(int(i == j)) for j in range(size))] for i, row in enumerate(rows)])
    return tuple(table[-1][size:])


def _reduced(table: list[list[Fraction]]) -> tuple[list[list[Fraction]], int]:
    """Rows in echelon form over as many columns as there are rows, and the sign of the exchanges."""
    sign, top = 1, 0
    for k in range(len(table)):
        pivot = next((r for r in range(top, len(table)) if table[r][k]), None)
        if pivot is None:
            continue
        if pivot != top:
            table[top], table[pivot], sign = table[pivot], table[top], -sign
        for r in range(top + 1, len(table)):
            factor = table[r][k] / table[top][k]
            table[r] = [x - factor * y for x, y in zip(table[r], table[top], strict=True)]
        top += 1
    return table, sign
