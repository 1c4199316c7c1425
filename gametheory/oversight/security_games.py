"""Security games: limited resources guard targets, and an attacker who has seen how strikes where it pays most.

Targets t = 1, …, T; the defender commits to a *coverage* c ∈ [0, 1]^T, c_t the probability that t is covered. An attacker of
type k, present with probability π_k, who attacks t is paid, and pays the defender,

    U_k(t, c) = c_t U_k^c(t) + (1 − c_t) U_k^u(t),        V_k(t, c) = c_t V_k^c(t) + (1 − c_t) V_k^u(t).

Every resource takes one of its *schedules*, a set of targets which it then covers together, or stays idle; a *pure assignment*
says which. The coverages that can be carried out are the convex hull of those of the pure assignments:

* interchangeable resources, any target each: exactly the c with 0 ≤ c ≤ 1 and Σ c ≤ m;
* schedules that do not overlap: c_t = Σ_r x_rs for the schedule s of t with Σ_s x_rs ≤ 1 and Σ_r x_rs ≤ 1, because such an x is
  a mixture of matchings (Birkhoff and von Neumann; the constraints are bihierarchical);
* schedules that overlap: mixtures of the pure assignments, written out. Marginals alone are not enough: some cannot be
  carried out (Korzhyk, Conitzer and Parr 2010).

References: C. Kiekintveld, M. Jain, J. Tsai, J. Pita, F. Ordóñez and M. Tambe 2009, "Computing optimal randomized resource
allocations for massive security games", AAMAS; D. Korzhyk, V. Conitzer and R. Parr 2010, "Complexity of computing optimal
Stackelberg strategies in security resource allocation games", AAAI; E. Budish, Y.-K. Che, F. Kojima and P. Milgrom 2013,
"Designing random allocation mechanisms", Amer. Econ. Rev. 103.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.labels import Labels, action_index, distinct_labels
from gametheory.games.tables import data_frame

__all__ = ["PAYOFFS", "SecurityGame"]

Table = tuple[tuple[Fraction, ...], ...]
PAYOFFS = ("defender_covered", "defender_uncovered", "attacker_covered", "attacker_uncovered")


@final
@dataclass(frozen=True, slots=True, repr=False, init=False)
class SecurityGame:
    """Targets, what an attack on each is worth, and the resources that guard them.

    Parameters
    ----------
    defender_covered, defender_uncovered, attacker_covered, attacker_uncovered : sequence of T numbers, or one per type
        Payoffs if the target attacked is covered, or is not; K sequences of T numbers for K types of attackers. Floats
        are the rationals that they are; decimals given as text ("0.3") are short.
    num_resources : int ≥ 1, optional
        Interchangeable resources, each of which covers any one target. Either this or ``schedules``.
    schedules : sequence of sequences of collections of targets, optional
        For each resource the schedules that it may take, by labels or indices of targets. A resource may stay idle.
    prior : sequence of K numbers, optional
        Probabilities of the types, > 0, with sum 1; needed if there are several.
    targets, types, resources : sequence of str, optional
        Names.

    Raises
    ------
    SpecificationError
        Ragged tables, unknown targets, a prior that does not sum to 1, no resources.

    Examples
    --------
    >>> game = SecurityGame([1, 2], [-5, -6], [-1, -2], [5, 4], num_resources=1, targets=["gate", "dock"])
    >>> game
    SecurityGame(2 targets, 1 resource)
    >>> [str(u) for u in game.attack_payoffs(0, ["1/2", "1/4"])]
    ['2', '5/2']
    """

    defender_covered: Table
    defender_uncovered: Table
    attacker_covered: Table
    attacker_uncovered: Table
    prior: tuple[Fraction, ...]
    num_resources: int
    schedules: tuple[tuple[tuple[int, ...], ...], ...] | None
    targets: tuple[str, ...]
    types: tuple[str, ...]
    resources: tuple[str, ...]

    def __init__(
        self,
        defender_covered: Any,
        defender_uncovered: Any,
        attacker_covered: Any,
        attacker_uncovered: Any,
        *,
        num_resources: int | None = None,
        schedules: Sequence[Sequence[Any]] | None = None,
        prior: Sequence[Any] | None = None,
        targets: Labels | None = None,
        types: Labels | None = None,
        resources: Labels | None = None,
    ) -> None:
        given = (defender_covered, defender_uncovered, attacker_covered, attacker_uncovered)
        tables = {name: read_table(values, name) for name, values in zip(PAYOFFS, given, strict=True)}
        kinds, count = len(tables["defender_covered"]), len(tables["defender_covered"][0])
        for name, table in tables.items():
            if len(table) != kinds or len(table[0]) != count:
                raise SpecificationError(
                    f"{name}: found {len(table)} × {len(table[0])} numbers; write {kinds} × {count} (types × targets), as in "
                    "defender_covered"
                )
            object.__setattr__(self, name, table)
        object.__setattr__(self, "prior", _prior(prior, kinds))
        names = read_names(targets, count, "targets", "target")
        object.__setattr__(self, "targets", names)
        object.__setattr__(
            self, "types", read_names(types, kinds, "types", "type") if types or kinds > 1 else ("attacker",)
        )
        if (num_resources is None) == (schedules is None):
            raise SpecificationError("resources: give either num_resources (each covers any one target) or schedules")
        read = None if schedules is None else _schedules(schedules, names)
        number = check_count("num_resources", num_resources) if read is None else len(read)
        object.__setattr__(self, "schedules", read)
        object.__setattr__(self, "num_resources", number)
        if resources is None and read is None:
            labels: tuple[str, ...] = ()
        else:
            labels = read_names(resources, number, "resources", "resource")
        object.__setattr__(self, "resources", labels)

    @property
    def num_targets(self) -> int:
        return len(self.targets)

    @property
    def num_types(self) -> int:
        return len(self.types)

    @property
    def form(self) -> Literal["interchangeable", "disjoint", "overlapping"]:
        """How coverages are described exactly; see the module."""
        if self.schedules is None:
            return "interchangeable"
        distinct = {frozenset(s) for listed in self.schedules for s in listed}
        return "disjoint" if sum(map(len, distinct)) == len(frozenset().union(*distinct)) else "overlapping"

    def attack_payoffs(self, type_index: int, coverage: Sequence[Any]) -> tuple[Fraction, ...]:
        """What each target is worth to a type under a coverage."""
        c = [exact(x, where=f"coverage[{t}]") for t, x in enumerate(coverage)]
        rows = self.attacker_covered[type_index], self.attacker_uncovered[type_index]
        return tuple(u + x * (v - u) for v, u, x in zip(*rows, c, strict=True))

    def defence_payoffs(self, type_index: int, coverage: Sequence[Any]) -> tuple[Fraction, ...]:
        """What an attack of a type on each target pays the defender under a coverage."""
        c = [exact(x, where=f"coverage[{t}]") for t, x in enumerate(coverage)]
        rows = self.defender_covered[type_index], self.defender_uncovered[type_index]
        return tuple(u + x * (v - u) for v, u, x in zip(*rows, c, strict=True))

    def read_coverage(self, coverage: Any) -> tuple[Fraction, ...]:
        """Coverage given as a sequence, or a mapping from targets (0 where left out), as T probabilities.

        Raises
        ------
        SpecificationError
            A number outside [0, 1], or another number of entries.
        """
        values: list[Any]
        if isinstance(coverage, Mapping):
            values = [0] * self.num_targets
            for target, x in coverage.items():
                values[action_index(target, self.targets, "coverage", what="target")] = x
        else:
            values = check_list("coverage", coverage)
        if len(values) != self.num_targets:
            raise SpecificationError(f"coverage: found {len(values)} entries; write {self.num_targets}, one per target")
        read = tuple(exact(x, where=f"coverage[{t}]") for t, x in enumerate(values))
        for t, x in enumerate(read):
            if not 0 <= x <= 1:
                raise SpecificationError(f"coverage[{t}]: found {values[t]}; write a probability from 0 to 1")
        return read

    def __repr__(self) -> str:
        guards = f"{self.num_resources} resource{'s' if self.num_resources > 1 else ''}"
        schedules = f" with {self.form} schedules" if self.schedules is not None else ""
        kinds = f", {self.num_types} types of attackers" if self.num_types > 1 else ""
        return f"SecurityGame({self.num_targets} targets, {guards}{schedules}{kinds})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of types, targets and payoffs."""
        rows = [
            [kind, target, *(getattr(self, name)[k][t] for name in PAYOFFS)]
            for k, kind in enumerate(self.types)
            for t, target in enumerate(self.targets)
        ]
        return data_frame(rows, ["type", "target", *PAYOFFS])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``: the keyword arguments that make the game again."""
        data: dict[str, Any] = {
            name: [[rational_to_json(x) for x in row] for row in getattr(self, name)] for name in PAYOFFS
        }
        data |= {"prior": [rational_to_json(x) for x in self.prior]}
        data |= {"targets": list(self.targets), "types": list(self.types)}
        if self.schedules is None:
            return data | {"num_resources": self.num_resources}
        schedules = [[list(s) for s in listed] for listed in self.schedules]
        return data | {"schedules": schedules, "resources": list(self.resources)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SecurityGame:
        """Read what :meth:`to_dict` wrote."""
        return cls(**data)


def read_table(values: Any, where: str) -> Table:
    """One row of numbers, or several of the same length, as fractions."""
    rows = list(values) if hasattr(values, "__len__") and not isinstance(values, str) else []
    if not rows:
        raise SpecificationError(f"{where}: found {values!r}; write one number per target (or one row per type)")
    nested = [hasattr(row, "__len__") and not isinstance(row, str) for row in rows]
    if any(nested) and not all(nested):
        raise SpecificationError(f"{where}: found numbers beside rows of numbers; write one row per type, or one row")
    table = tuple(
        tuple(exact(x, where=f"{where}[{k}][{t}]") for t, x in enumerate(row))
        for k, row in enumerate(rows if nested[0] else [rows])
    )
    if len({len(row) for row in table}) != 1 or not table[0]:
        raise SpecificationError(
            f"{where}: found rows of {', '.join(str(len(r)) for r in table)} numbers; give all T ≥ 1"
        )
    return table


def read_names(names: Labels | None, count: int, where: str, word: str) -> tuple[str, ...]:
    """``count`` different names, by default the word with a number."""
    if names is None:
        return tuple(f"{word} {k + 1}" for k in range(count))
    if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != count:
        raise SpecificationError(f"{where}: found {names!r}; write {count} names")
    return distinct_labels(names, where)


def _prior(prior: Sequence[Any] | None, kinds: int) -> tuple[Fraction, ...]:
    if prior is None:
        if kinds > 1:
            raise SpecificationError(f"prior: there are {kinds} types of attackers; write their probabilities")
        return (Fraction(1),)
    read = tuple(exact(x, where=f"prior[{k}]") for k, x in enumerate(check_list("prior", prior)))
    if len(read) != kinds or min(read) <= 0 or sum(read) != 1:
        raise SpecificationError(
            f"prior: found {list(prior)!r}; write {kinds} probabilities > 0 whose sum is exactly 1 ('1/3', not 0.333)"
        )
    return read


def _schedules(schedules: Sequence[Sequence[Any]], targets: tuple[str, ...]) -> tuple[tuple[tuple[int, ...], ...], ...]:
    if isinstance(schedules, str) or not hasattr(schedules, "__len__") or not schedules:
        raise SpecificationError(f"schedules: found {schedules!r}; write for each resource a list of sets of targets")
    result = []
    for r, listed in enumerate(schedules):
        place = f"schedules[{r}]"
        if isinstance(listed, str) or not hasattr(listed, "__len__") or not listed:
            raise SpecificationError(f"{place}: found {listed!r}; write the resource's schedules, sets of targets")
        found: dict[tuple[int, ...], None] = {}
        for s, schedule in enumerate(listed):
            if isinstance(schedule, (str, int)) or not hasattr(schedule, "__iter__"):
                raise SpecificationError(
                    f"{place}[{s}]: found {schedule!r}; write a set of targets, such as [{schedule!r}]"
                )
            members = {action_index(t, targets, f"{place}[{s}]", what="target") for t in schedule}
            if not members:
                raise SpecificationError(
                    f"{place}[{s}]: found no target; leave it out, a resource may stay idle anyhow"
                )
            found[tuple(sorted(members))] = None
        result.append(tuple(found))
    return tuple(result)
