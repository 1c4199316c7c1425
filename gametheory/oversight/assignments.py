"""Coverages as mixtures of pure assignments, and proofs that some cannot be carried out.

A pure assignment sends each resource to one of its schedules, or leaves it idle. A coverage can be carried out iff it is the
coverage of a mixture of pure assignments. Such mixtures are found

* for interchangeable resources by *comb sampling*: lay intervals of lengths c_1, …, c_T end to end and draw u uniformly from
  [0, 1); resource k goes to the target whose interval holds u + k. At most T + 1 assignments;
* for schedules that do not overlap by peeling matchings off the table of probabilities x_rs (Birkhoff and von Neumann);
* for schedules that overlap by a linear programme over all pure assignments.

If there is none, the weights w of a Farkas certificate separate the coverage from every assignment.

References: G. Birkhoff 1946, "Tres observaciones sobre el álgebra lineal", Univ. Nac. Tucumán Rev. Ser. A 5; Korzhyk, Conitzer
and Parr 2010 (AAAI), sections 3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.oversight.security_games import SecurityGame

__all__ = ["MAX_ASSIGNMENTS", "assignment_coverages", "implementing_programme", "implementing_strategy"]

MAX_ASSIGNMENTS = 20_000
"""Pure assignments of overlapping schedules are written out up to this many."""

Rows = list[tuple[str, dict[int, Fraction], Sense, Fraction]]
Places = tuple[tuple[int, ...] | None, ...]
Assignment = dict[str, tuple[str, ...]]


def assignment_coverages(game: SecurityGame) -> dict[tuple[int, ...], Places]:
    """The sets of targets that pure assignments cover, each with the first assignment that does, in order.

    Raises
    ------
    SpecificationError
        More than :data:`MAX_ASSIGNMENTS` assignments.
    """
    if game.schedules is None:
        options: Sequence[Sequence[tuple[int, ...]]] = [[(t,) for t in range(game.num_targets)]] * game.num_resources
        count = math.comb(game.num_targets, min(game.num_resources, game.num_targets))
    else:
        options = game.schedules
        count = math.prod(len(listed) + 1 for listed in options)
    if count > MAX_ASSIGNMENTS:
        raise SpecificationError(
            f"schedules: {count:,} pure assignments; at most {MAX_ASSIGNMENTS:,} are written out. Take schedules that do not "
            "overlap, or num_resources, for which none are needed"
        )
    covered: dict[tuple[int, ...], Places] = {(): (None,) * game.num_resources}
    if game.schedules is None:
        for size in range(1, min(game.num_resources, game.num_targets) + 1):
            for chosen in combinations(range(game.num_targets), size):
                covered[chosen] = (*((t,) for t in chosen), *((None,) * (game.num_resources - size)))
        return covered
    for places in product(*([None, *listed] for listed in options)):
        together = tuple(sorted({t for schedule in places if schedule is not None for t in schedule}))
        covered.setdefault(together, places)
    return covered


def mixing_rows(game: SecurityGame, first: int) -> tuple[list[str], Rows]:
    """Columns, from index ``first`` on, and rows whose points are the coverages that can be carried out.

    Columns 0 … T − 1 are the coverage itself.
    """
    one = Fraction(1)
    if game.schedules is None:
        return [], [("resources", dict.fromkeys(range(game.num_targets), one), "<=", Fraction(game.num_resources))]
    names: list[str] = []
    rows: Rows = []
    covering: list[dict[int, Fraction]] = [{t: one} for t in range(game.num_targets)]
    if game.form == "disjoint":
        taken: dict[tuple[int, ...], dict[int, Fraction]] = {}
        for resource, listed in zip(game.resources, game.schedules, strict=True):
            own: dict[int, Fraction] = {}
            for schedule in listed:
                column = first + len(names)
                names.append(f"{resource} at {schedule_name(game, schedule)}")
                own[column] = one
                taken.setdefault(schedule, {})[column] = one
                for t in schedule:
                    covering[t][column] = -one
            rows.append((f"{resource} is in one place", own, "<=", one))
        for schedule, row in taken.items():
            rows.append((f"{schedule_name(game, schedule)} is taken once", row, "<=", one))
    else:
        mixture: dict[int, Fraction] = {}
        for covered in assignment_coverages(game):
            column = first + len(names)
            names.append(f"cover {schedule_name(game, covered)}" if covered else "cover nothing")
            mixture[column] = one
            for t in covered:
                covering[t][column] = -one
        rows.append(("one assignment", mixture, "==", one))
    rows += [(f"coverage of {game.targets[t]}", row, "==", Fraction(0)) for t, row in enumerate(covering)]
    return names, rows


def schedule_name(game: SecurityGame, schedule: Sequence[int]) -> str:
    """A set of targets in words."""
    return " and ".join(game.targets[t] for t in schedule)


def implementing_programme(*, game: Any, coverage: Sequence[Any]) -> LinearProgramme:
    """The mixtures of assignments that carry out a coverage; the row builder ``"implementing_strategy"``.

    Columns are the coverage, fixed, and how often each resource takes each schedule, or each assignment is used.
    """
    read = game if isinstance(game, SecurityGame) else SecurityGame.from_dict(game)
    c = read.read_coverage(coverage)
    names, rows = mixing_rows(read, read.num_targets)
    width = read.num_targets + len(names)
    return LinearProgramme.from_rows(
        "max",
        [0] * width,
        rows,
        lower=[*c, *([0] * len(names))],
        upper=[*c, *([None] * len(names))],
        column_names=[*(f"coverage of {t}" for t in read.targets), *names],
        name="implementing_strategy",
        arguments={"game": read.to_dict(), "coverage": [str(x) for x in c]},
    )


def implementing_strategy(game: SecurityGame, coverage: Any) -> tuple[tuple[Fraction, Assignment], ...]:
    """A mixture of pure assignments with a given coverage.

    Parameters
    ----------
    coverage : sequence of T probabilities, or mapping from targets to them
        Floats are the rationals that they are, so that sums must fit exactly.

    Returns
    -------
    tuple of (probability, assignment)
        Probabilities > 0 with sum 1; an assignment maps each resource that is not idle to the targets that it covers.

    Raises
    ------
    InfeasibleError
        No mixture has this coverage; ``certificate`` proves it.
    SpecificationError
        Malformed coverage; too many assignments to write out.

    Examples
    --------
    >>> game = SecurityGame([0] * 3, [-1] * 3, [0] * 3, [1] * 3, num_resources=2)
    >>> for probability, assignment in implementing_strategy(game, ["2/3", "2/3", "2/3"]):
    ...     print(probability, [", ".join(covered) for covered in assignment.values()])
    1/3 ['target 1', 'target 2']
    1/3 ['target 1', 'target 3']
    1/3 ['target 2', 'target 3']

    A patrol of two targets and one of the others' two cannot cover each target half of the time separately:

    >>> patrols = SecurityGame([0] * 3, [-1] * 3, [0] * 3, [1] * 3, schedules=[[[0, 1], [1, 2]]])
    >>> implementing_strategy(patrols, ["1/2", "1/2", "1/2"])  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    gametheory.errors.InfeasibleError: no mixture of assignments covers the targets like this
    """
    c = game.read_coverage(coverage)
    if game.schedules is None and sum(c) <= game.num_resources:
        return _comb(game, c)
    from gametheory.optimize.exact import solve_exact

    try:
        solution = solve_exact(implementing_programme(game=game, coverage=c))
    except InfeasibleError as error:
        raise InfeasibleError(
            "coverage: no mixture of assignments covers the targets like this; cover less, or ask for the best coverage that "
            "can be carried out with optimal_coverage",
            certificate=error.certificate,
        ) from None
    weights = [solution.primal[game.num_targets + k] for k in range(len(solution.primal) - game.num_targets)]
    assert game.schedules is not None, "interchangeable resources have no columns but the coverage"
    if game.form == "disjoint":
        return _matchings(game, weights)
    return tuple(
        (p, _named(game, places))
        for p, places in zip(weights, assignment_coverages(game).values(), strict=True)
        if p > 0
    )


def _named(game: SecurityGame, places: Places) -> Assignment:
    resources = game.resources or tuple(f"resource {k + 1}" for k in range(game.num_resources))
    return {
        resource: tuple(game.targets[t] for t in schedule)
        for resource, schedule in zip(resources, places, strict=True)
        if schedule is not None
    }


def _comb(game: SecurityGame, c: Sequence[Fraction]) -> tuple[tuple[Fraction, Assignment], ...]:
    ends = [Fraction(0)]
    for x in c:
        ends.append(ends[-1] + x)
    teeth = sorted({end - math.floor(end) for end in ends} | {Fraction(0), Fraction(1)})
    refuse_if_too_large(len(teeth) * game.num_resources, 100, "the mixture of assignments")
    result = []
    for low, high in pairwise(teeth):
        places: list[tuple[int, ...] | None] = []
        t, middle = 0, (low + high) / 2
        for k in range(game.num_resources):
            while t < len(c) and ends[t + 1] <= middle + k:
                t += 1
            places.append((t,) if t < len(c) else None)
        result.append((high - low, _named(game, tuple(places))))
    return tuple(result)


def _matchings(game: SecurityGame, weights: Sequence[Fraction]) -> tuple[tuple[Fraction, Assignment], ...]:
    """Birkhoff and von Neumann's decomposition of the table of probabilities, made square and doubly stochastic.

    [[X, diag(1 − row sums)], [diag(1 − column sums), Xᵀ]] has rows and columns that sum to one.
    """
    assert game.schedules is not None
    distinct = list(dict.fromkeys(s for listed in game.schedules for s in listed))
    rows, columns = game.num_resources, len(distinct)
    size, at = rows + columns, {s: k for k, s in enumerate(distinct)}
    entries = iter(weights)
    table: list[dict[int, Fraction]] = [{} for _ in range(size)]
    for r, listed in enumerate(game.schedules):
        for s in listed:
            x = next(entries)
            if x:
                table[r][at[s]] = x
                table[rows + at[s]][columns + r] = x
    for r in range(rows):
        table[r][columns + r] = 1 - sum((x for k, x in table[r].items() if k < columns), Fraction(0))
    for k in range(columns):
        table[rows + k][k] = 1 - sum((table[r].get(k, Fraction(0)) for r in range(rows)), Fraction(0))
    for row in table:
        for k in [k for k, x in row.items() if not x]:
            del row[k]
    found: dict[Places, Fraction] = {}
    left = Fraction(1)
    while left > 0:
        match = _perfect_matching(table)
        share = min(table[i][k] for i, k in enumerate(match))
        left -= share
        for i, k in enumerate(match):
            table[i][k] -= share
            if not table[i][k]:
                del table[i][k]
        places = tuple(distinct[k] if k < columns else None for k in match[:rows])
        found[places] = found.get(places, Fraction(0)) + share
    return tuple((p, _named(game, places)) for places, p in found.items())


def _perfect_matching(table: Sequence[dict[int, Fraction]]) -> list[int]:
    """A column for every row by augmenting paths; a doubly stochastic table has one (Kőnig)."""
    owner: dict[int, int] = {}
    for start in range(len(table)):
        parent: dict[int, int] = {}
        waiting, free = [start], -1
        while waiting and free < 0:
            i = waiting.pop()
            for k in table[i]:
                if k not in parent:
                    parent[k] = i
                    if k not in owner:
                        free = k
                        break
                    waiting.append(owner[k])
        assert free >= 0, "a doubly stochastic table has a perfect matching among its positive entries"
        while True:
            i = parent[free]
            previous = next((k for k, who in owner.items() if who == i), -1)
            owner[free] = i
            if i == start:
                break
            free = previous
    match = [-1] * len(table)
    for k, i in owner.items():
        match[i] = k
    return match
