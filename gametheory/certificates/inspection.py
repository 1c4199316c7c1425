"""Play of an inspection game is an equilibrium at every stage, re-checked in rationals.

n periods are left, m inspections, and k violations that the inspectee still intends. In each period, at the same time, the
inspector inspects or not and the inspectee acts legally or violates. A violation in an inspected period is *caught* and ends
the game; one in a period without inspection succeeds and play goes on. With V(n, m, k) the pair of payoffs (inspector,
inspectee) the stage is the bimatrix game

                 legal               violate
    inspect      V(n−1, m−1, k)      caught_k
    not          V(n−1, m, k)        undetected_k + V(n−1, m, k−1)

with V = (0, 0) where n = 0 or k = 0, and no upper row where m = 0. Evidence: an inspection and a violation probability for
every state, from which nobody gains by deviating at that stage; so nobody gains by any deviation (the one-deviation principle
for finite games). Everything is recomputed. Complexity: a few products for each of n·m·k states.

Reference: B. von Stengel 2016, "Recursive inspection games", Mathematics of Operations Research 41.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["InspectionEquilibriumCertificate", "InspectionTerms", "State", "backward", "stage_table", "stage_violation"]

Pair = tuple[Fraction, Fraction]
State = tuple[int, int, int]
"""Periods, inspections and violations left."""

Behaviour = tuple[Fraction, Fraction]
"""Probabilities of inspecting and of violating."""

_COUNTS = ("periods", "inspections", "violations")
_PAYOFFS = ("inspector_caught", "inspectee_caught", "inspector_undetected", "inspectee_undetected")
_KEYS = ("kind", *_COUNTS, *_PAYOFFS, "behaviour", "payoffs")
_MOST = 10**7
_NOTHING: Pair = (Fraction(0), Fraction(0))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionTerms:
    """The numbers of an inspection game; see the module.

    Attributes
    ----------
    periods, inspections, violations : int
        ≥ 1, ≥ 0 and ≥ 1.
    inspector_caught, inspectee_caught, inspector_undetected, inspectee_undetected : tuple of Fraction
        Entry k − 1: when k violations are left, this one included.
    """

    periods: int
    inspections: int
    violations: int
    inspector_caught: tuple[Fraction, ...]
    inspectee_caught: tuple[Fraction, ...]
    inspector_undetected: tuple[Fraction, ...]
    inspectee_undetected: tuple[Fraction, ...]

    @property
    def num_states(self) -> int:
        """States with a period and a violation left."""
        return self.violations * sum(min(self.inspections, n) + 1 for n in range(1, self.periods + 1))

    def states(self) -> Iterator[State]:
        """All of them, each after those that may follow it; inspections beyond the periods left do not count."""
        for n in range(1, self.periods + 1):
            for m in range(min(self.inspections, n) + 1):
                for k in range(1, self.violations + 1):
                    yield n, m, k

    @property
    def start(self) -> State:
        """The first state."""
        return self.periods, min(self.inspections, self.periods), self.violations

    def flaw(self) -> str | None:
        """What is wrong with the numbers, if anything."""
        counts = (self.periods, self.inspections, self.violations)
        if any(type(x) is not int for x in counts) or self.periods < 1 or self.inspections < 0 or self.violations < 1:
            return "periods and violations must be whole numbers ≥ 1, inspections ≥ 0"
        if self.violations > _MOST or any(len(getattr(self, name)) != self.violations for name in _PAYOFFS):
            return "there must be a payoff for every number of violations left"
        return None

    def to_dict(self) -> dict[str, Any]:
        """JSON data, rationals as ``"p/q"``."""
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            **{name: [rational_to_json(x) for x in getattr(self, name)] for name in _PAYOFFS},
        }

    @classmethod
    def from_dict(cls, data: Any) -> InspectionTerms:
        """Read the keys that :meth:`to_dict` wrote."""
        for name in _COUNTS:
            if type(data[name]) is not int or not 0 <= data[name] <= _MOST:
                raise SpecificationError(f"certificate.{name}: found {data[name]!r}; write a whole number ≥ 0")
        parts: dict[str, Any] = {name: data[name] for name in _COUNTS}
        parts |= {name: _vector(data[name], f"certificate.{name}") for name in _PAYOFFS}
        return cls(**parts)


def stage_table(terms: InspectionTerms, state: State, value: Callable[[State], Pair]) -> list[list[Pair]]:
    """The stage game: rows inspect (if any is left) and not, columns legal and violate; entries (inspector, inspectee)."""
    n, m, k = state
    rows = []
    if m:
        rows.append([value((n - 1, m - 1, k)), (terms.inspector_caught[k - 1], terms.inspectee_caught[k - 1])])
    after, later = value((n - 1, m, k)), value((n - 1, m, k - 1))
    succeeded = terms.inspector_undetected[k - 1] + later[0], terms.inspectee_undetected[k - 1] + later[1]
    return [*rows, [after, succeeded]]


def backward(
    terms: InspectionTerms, play: Callable[[State, list[list[Pair]]], Behaviour]
) -> tuple[dict[State, Behaviour], dict[State, Pair]]:
    """What ``play`` does in every state, and the payoffs from there on."""
    behaviour: dict[State, Behaviour] = {}
    payoffs: dict[State, Pair] = {}

    def value(state: State) -> Pair:
        n, m, k = state
        return _NOTHING if n == 0 or k == 0 else payoffs[n, min(m, n), k]

    for state in terms.states():
        table = stage_table(terms, state, value)
        behaviour[state] = play(state, table)
        payoffs[state] = stage_payoffs(table, behaviour[state])
    return behaviour, payoffs


def stage_payoffs(table: list[list[Pair]], behaviour: Behaviour) -> Pair:
    """What both expect of a stage."""
    rows, columns = _mixtures(table, behaviour)
    pairs = [(x * y, table[r][c]) for r, x in enumerate(rows) for c, y in enumerate(columns) if x and y]
    return sum((w * u for w, (u, _) in pairs), Fraction(0)), sum((w * v for w, (_, v) in pairs), Fraction(0))


def stage_violation(table: list[list[Pair]], behaviour: Behaviour) -> str | None:
    """Who gains by deviating at a stage; ``None`` if nobody does."""
    inspect, violate = behaviour
    if not 0 <= inspect <= 1 or not 0 <= violate <= 1 or (len(table) == 1 and inspect):
        return "the probabilities are none, or an inspection is made that is not left"
    rows, columns = _mixtures(table, behaviour)
    by_row = [sum((y * table[r][c][0] for c, y in enumerate(columns)), Fraction(0)) for r in range(len(rows))]
    by_column = [sum((x * table[r][c][1] for r, x in enumerate(rows)), Fraction(0)) for c in range(len(columns))]
    if any(x and u < max(by_row) for x, u in zip(rows, by_row, strict=True)):
        return f"the inspector gains {brief(max(by_row) - min(by_row))} by the other action"
    if any(y and v < max(by_column) for y, v in zip(columns, by_column, strict=True)):
        return f"the inspectee gains {brief(max(by_column) - min(by_column))} by the other action"
    return None


def _mixtures(table: list[list[Pair]], behaviour: Behaviour) -> tuple[list[Fraction], list[Fraction]]:
    inspect, violate = behaviour
    rows = [inspect, 1 - inspect] if len(table) == 2 else [Fraction(1)]
    return rows, [1 - violate, violate]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class InspectionEquilibriumCertificate:
    """The claim that behaviour in every state is a subgame-perfect equilibrium with the payoffs stated.

    Attributes
    ----------
    terms : InspectionTerms
    behaviour : tuple of (Fraction, Fraction)
        Probabilities of inspecting and of violating, in the order of ``terms.states()``.
    payoffs : pair of Fraction
        Of inspector and inspectee from the start.

    Examples
    --------
    Two periods, one inspection (M. Dresher 1962): inspect first with probability 1/3, violate first with probability 1/3.

    >>> terms = InspectionTerms(
    ...     periods=2, inspections=1, violations=1, inspector_caught=(Fraction(1),), inspectee_caught=(Fraction(-1),),
    ...     inspector_undetected=(Fraction(-1),), inspectee_undetected=(Fraction(1),))
    >>> third, one, zero = Fraction(1, 3), Fraction(1), Fraction(0)
    >>> InspectionEquilibriumCertificate(
    ...     terms=terms, behaviour=((zero, one), (one, zero), (zero, one), (third, third)), payoffs=(-third, third)).verify()
    True
    """

    terms: InspectionTerms
    behaviour: tuple[Behaviour, ...]
    payoffs: Pair

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        terms, (inspector, inspectee) = self.terms, self.payoffs
        return (
            f"inspecting {terms.inspections} of {terms.periods} periods as listed is a subgame-perfect equilibrium against "
            f"{terms.violations} intended violations, with payoffs {brief(inspector)} to the inspector and "
            f"{brief(inspectee)} to the inspectee"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every stage; ``game`` plays no part.

        Raises
        ------
        CertificateError
            Somebody gains at a stage, or the payoffs are others.
        """
        flaw = self.terms.flaw()
        if flaw is not None:
            fail(self.claim, flaw)
        if len(self.behaviour) != self.terms.num_states:
            fail(self.claim, f"there are {len(self.behaviour)} states, not {self.terms.num_states}")
        listed = iter(self.behaviour)

        def play(state: State, table: list[list[Pair]]) -> Behaviour:
            own = next(listed)
            violation = stage_violation(table, own)
            if violation is not None:
                n, m, k = state
                fail(self.claim, f"with {n} periods, {m} inspections and {k} violations left {violation}")
            return own

        _, payoffs = backward(self.terms, play)
        if payoffs[self.terms.start] != self.payoffs:
            found = " and ".join(map(brief, payoffs[self.terms.start]))
            fail(self.claim, f"this behaviour pays {found}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "inspection equilibrium",
            **self.terms.to_dict(),
            "behaviour": [[rational_to_json(x) for x in pair] for pair in self.behaviour],
            "payoffs": [rational_to_json(x) for x in self.payoffs],
        }

    @classmethod
    def from_dict(cls, data: Any) -> InspectionEquilibriumCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "inspection equilibrium":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'inspection equilibrium'")
        if not isinstance(data["behaviour"], list):
            raise SpecificationError("certificate.behaviour: write a list of pairs")
        return cls(
            terms=InspectionTerms.from_dict(data),
            behaviour=tuple(_pair(x, f"certificate.behaviour[{k}]") for k, x in enumerate(data["behaviour"])),
            payoffs=_pair(data["payoffs"], "certificate.payoffs"),
        )

    def __repr__(self) -> str:
        return f"InspectionEquilibriumCertificate({self.claim})"


def _vector(data: Any, where: str) -> tuple[Fraction, ...]:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: write a list of rationals")
    return tuple(rational_from_json(x, where=f"{where}[{k}]") for k, x in enumerate(data))


def _pair(data: Any, where: str) -> Pair:
    values = _vector(data, where)
    if len(values) != 2:
        raise SpecificationError(f"{where}: write two rationals")
    return values[0], values[1]
