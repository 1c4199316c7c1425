"""For which parameters something holds: the exact region, with points inside and outside.

A question about a game whose payoffs are expressions in real parameters θ comes down to conditions c_1(θ), …, c_m(θ), each a
comparison or a disjunction of comparisons, and the region is their conjunction, with "no denominator of a payoff is zero".
Conditions that hold identically, repeat another, or follow from the others (proved) are left out.

Evidence: an exact point at which all conditions hold strictly, which is interior to the region (in the space that the
assumptions leave); an exact point outside; both are re-checked by substitution. For payoffs that are rational functions the
region has an interior iff there is a point of the first kind, as the zeros of such a function that is not identically
zero are nowhere dense.

Which conditions: the chapters' matter (:mod:`gametheory.equilibria.regions`, :mod:`gametheory.collusion.resilience_region`,
:mod:`gametheory.repeated.sustainability_region`). Limits: payoffs in real arithmetic (:mod:`gametheory.symbolic.smt`), in which
questions take doubly exponential time at worst. Reference: A. Tarski (1951), *A Decision Method for Elementary Algebra and
Geometry*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from types import MappingProxyType
from typing import Any, Literal, final

import numpy as np
import sympy as sp

from gametheory.arithmetic import exact
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.symbolic.smt import DEFAULT_TIMEOUT, find_model, prove
from gametheory.symbolic.statements import all_hold, checked, evaluate

__all__ = [
    "DEFAULT_TIMEOUT",
    "Named",
    "ParameterRegion",
    "canonical",
    "definedness",
    "parameter_region",
    "symbolic_payoffs",
    "sympy_expression",
]

Point = Mapping[Any, Any]
Named = tuple[str, Any]


@final
@compared_by("game", "subject", "assumptions", "parameters", "conditions", "names")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ParameterRegion:
    """The parameters for which something holds of a game.

    Attributes
    ----------
    game : NormalFormGame
        With symbolic payoffs.
    subject : str
        What holds there, in words.
    assumptions : tuple of sympy Booleans
        What is known of the parameters; the region is the part of the space that they leave.
    parameters : tuple of sympy symbols
        In alphabetical order.
    conditions : tuple of sympy Booleans
        Together with the assumptions they describe the region, exactly. Empty: all that the assumptions allow.
    names : tuple of str
        For each condition what it excludes, or that a denominator is not zero.
    num_redundant : int
        How many further inequalities follow from the conditions and assumptions, as was proved.
    interior : mapping of symbols to exact numbers, or None
        A point of the region at which every condition is strict, and no case of a Piecewise ends, so that all points nearby
        that the assumptions allow are in the region; ``None``: proved that there is none.
    member : mapping or None
        A point of the region: ``interior`` if there is one; ``None``: proved that the region is empty.
    outside : mapping or None
        A point that the assumptions allow, where the game is defined and it does not hold; ``None``: proved that there is
        none.
    """

    game: NormalFormGame
    subject: str
    assumptions: tuple[Any, ...]
    parameters: tuple[Any, ...]
    conditions: tuple[Any, ...]
    names: tuple[str, ...]
    num_redundant: int
    interior: Point | None
    member: Point | None
    outside: Point | None

    @property
    def statement(self) -> Any:
        """The conditions as one sympy Boolean, for use in claims and proofs."""
        return sp.And(*self.conditions)

    @property
    def extent(self) -> Literal["empty", "thin", "proper", "everywhere"]:
        """Empty; without a point where every inequality is strict; with one; or wherever the assumptions hold."""
        if self.member is None:
            return "empty"
        if self.outside is None:
            return "everywhere"
        return "thin" if self.interior is None else "proper"

    def holds(self, values: Mapping[Any, Any]) -> bool:
        """Whether a point lies in the region, by exact substitution.

        Parameters
        ----------
        values : mapping
            An exact number for every parameter, by symbol or name; floats count as the rationals that they are.

        Returns
        -------
        bool
            ``False`` also where an assumption fails or the game is not defined.

        Raises
        ------
        SpecificationError
            If a parameter is missing or unknown.
        """
        return all_hold([*self.assumptions, *self.conditions], _point(self.parameters, values))

    def game_at(self, values: Mapping[Any, Any]) -> NormalFormGame:
        """The exact game at a rational point.

        Raises
        ------
        SpecificationError
            If a parameter is missing or unknown, or a payoff is not defined there.
        """
        point = _point(self.parameters, values)
        entries = np.empty(self.game.numerators.shape, dtype=object)
        for index in np.ndindex(*entries.shape):
            try:
                entries[index] = exact(evaluate(sympy_expression(self.game.numerators[index]), point))
            except ZeroDivisionError as error:
                raise SpecificationError(f"payoffs{list(index)}: {error} at {values}; choose another point") from None
        return NormalFormGame(entries.tolist(), self.game.players, self.game.actions, title=self.game.title)

    def latex(self) -> str:
        """The conditions in LaTeX, joined by ∧."""
        if not self.conditions:
            return r"\top"
        return r" \wedge ".join(sp.latex(condition) for condition in self.conditions)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; expressions and exact numbers as text."""

        def text(point: Point | None) -> dict[str, str] | None:
            return None if point is None else {str(symbol): str(value) for symbol, value in point.items()}

        return {
            "subject": self.subject,
            "status": "proved",
            "parameters": [str(symbol) for symbol in self.parameters],
            "assumptions": [str(assumption) for assumption in self.assumptions],
            "conditions": {name: str(c) for name, c in zip(self.names, self.conditions, strict=True)},
            "num_redundant": self.num_redundant,
            "extent": self.extent,
            "interior": text(self.interior),
            "member": text(self.member),
            "outside": text(self.outside),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each condition."""
        rows = [[name, str(condition)] for name, condition in zip(self.names, self.conditions, strict=True)]
        return data_frame(rows, ["deviation", "condition"])

    def __repr__(self) -> str:
        shown = " and ".join(map(str, self.conditions[:4])) + (" and …" if len(self.conditions) > 4 else "")
        where = "nowhere" if self.extent == "empty" else f"iff {shown}" if self.conditions else "everywhere"
        given = f" given {', '.join(map(str, self.assumptions))}" if self.assumptions else ""
        return f"ParameterRegion({self.subject} {where}{given}; proved)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def parameter_region(
    game: NormalFormGame,
    subject: str,
    found: Sequence[Named],
    *,
    domain: Sequence[Named] = (),
    expressions: Sequence[Any] = (),
    assumptions: Sequence[Any] = (),
    timeout: float = DEFAULT_TIMEOUT,
) -> ParameterRegion:
    """The region that named conditions describe, reduced, with points inside and outside.

    Parameters
    ----------
    game : NormalFormGame
    subject : str
        What the conditions amount to, in words.
    found : sequence of (name, sympy Boolean)
        Comparisons and disjunctions of comparisons, all of which must hold.
    domain : sequence of (name, sympy Boolean)
        What keeps them defined.
    expressions : sequence of sympy expressions
        Whose symbols are parameters too.
    assumptions : sequence of sympy Booleans
    timeout : float
        Seconds for each question to the prover. Whether a condition is redundant may stay undecided: it is then kept.

    Raises
    ------
    SolverError
        If the prover does not find a point inside or outside, nor excludes one, within ``timeout``.
    """
    if isinstance(assumptions, (str, sp.Basic)):
        raise SpecificationError("assumptions: found one expression; write a list")
    premises = tuple(checked(assumption) for assumption in assumptions)
    every = [*domain, *found]
    parameters = _symbols([*expressions, *(condition for _, condition in every), *premises])
    names, conditions, redundant = _reduced(every, premises, timeout)
    strict = [_strict(condition) for condition in conditions]
    if None not in strict:  # a border between cases may be a jump
        strict += [sp.Ne(border.lhs, border.rhs) for border in sorted(_borders(conditions), key=str)]
    interior = None if None in strict else find_model([*premises, *strict], timeout=timeout)
    member = interior if interior is not None else find_model([*premises, *conditions], timeout=timeout)
    fails = sp.Not(sp.And(*[condition for _, condition in every]))
    defined = [condition for _, condition in domain]
    outside = None if fails is sp.false else find_model([*premises, *defined, fails], timeout=timeout)
    return ParameterRegion(
        game=game,
        subject=subject,
        assumptions=premises,
        parameters=parameters,
        conditions=tuple(conditions),
        names=tuple(names),
        num_redundant=redundant,
        interior=_complete(interior, parameters, premises, strict),
        member=_complete(member, parameters, premises, conditions),
        outside=_complete(outside, parameters, premises, [*defined, fails]),
    )


def symbolic_payoffs(game: NormalFormGame) -> tuple[NormalFormGame, list[Named], bool]:
    """A game with all payoffs as expressions, what keeps them defined, and whether all are rational functions.

    Raises
    ------
    SpecificationError
        If the game has no parameters, or a symbol has hidden assumptions.
    """
    if game.arithmetic != "symbolic":
        raise SpecificationError(
            f"symbolic_game: found {game!r} without parameters; is_nash_equilibrium and its kin decide it, or write payoffs in "
            "symbols made by gametheory.symbolic.reals"
        )
    mapped = NormalFormGame(_mapped(game.numerators, sympy_expression), game.players, game.actions, title=game.title)
    for expression in mapped.numerators.flat:
        checked(expression)
    return mapped, *definedness(mapped.numerators.flat)


def definedness(expressions: Any) -> tuple[list[Named], bool]:
    """That every expression is defined (no denominator is zero), and whether all are rational functions."""
    expressions = list(expressions)
    found: dict[Any, str] = {}
    for expression in expressions:
        for condition, name in _defined(expression, sp.true):
            if condition is not sp.true:
                found.setdefault(condition, name)
    named = [(name, condition) for condition, name in found.items()]
    return named, all(expression.is_rational_function() for expression in expressions)


def _defined(node: Any, guard: Any) -> Iterator[tuple[Any, str]]:
    """What keeps an expression defined, term by term; a case of a Piecewise has to be defined only where it applies.

    Differences of payoffs do not tell: a denominator that both share is gone from them.
    """
    if isinstance(node, sp.Piecewise):
        earlier: list[Any] = []
        for value, condition in node.args:
            active = sp.And(guard, *map(sp.Not, earlier), condition)
            yield from _defined(condition, sp.And(guard, *map(sp.Not, earlier)))
            yield from _defined(value, active)
            earlier.append(condition)
        yield sp.Not(sp.And(guard, *map(sp.Not, earlier))), "some case applies"
        return
    for part in node.args:
        yield from _defined(part, guard)
    if isinstance(node, sp.Pow) and node.exp.is_negative:
        for factor, _ in sp.factor_list(node.base)[1] if node.base.is_polynomial() else [(node.base, 1)]:
            nonzero = sp.Ne(factor, 0)
            yield nonzero if guard is sp.true else sp.Or(sp.Not(guard), nonzero), f"{factor} is a denominator"


def canonical(difference: Any, *, rational: bool) -> Any:
    """The same sign everywhere: a common denominator, no positive number in front."""
    difference = sympy_expression(difference)
    if not rational or not difference.free_symbols:
        return difference
    content, rest = sp.factor(sp.cancel(sp.together(difference))).as_coeff_Mul()
    expanded = rest if rest.as_numer_denom()[1] != 1 or not rest.is_Add else sp.expand(rest)
    return -expanded if content < 0 else expanded


def _reduced(found: Sequence[Named], premises: tuple[Any, ...], timeout: float) -> tuple[list[str], list[Any], int]:
    """Conditions without those that are true, repeated, or proved to follow from the others."""
    kept: dict[Any, str] = {}
    for name, given in found:
        condition = _shorter(given, premises, timeout)
        if condition is not sp.true:
            kept.setdefault(condition, name)
    if sp.false in kept:
        return [kept[sp.false]], [sp.false], 0
    dropped = 0
    for condition in list(kept)[::-1]:
        if isinstance(condition, sp.Ne):
            continue  # it guards the others
        others = [other for other in kept if other is not condition]
        if _follows([*premises, *others], condition, timeout):
            del kept[condition]
            dropped += 1
    return list(kept.values()), list(kept), dropped


def _shorter(condition: Any, premises: tuple[Any, ...], timeout: float) -> Any:
    """A disjunction without the parts that are proved to imply the rest."""
    if not isinstance(condition, sp.Or):
        return condition
    parts = list(condition.args)
    for part in condition.args:
        rest = sp.Or(*(other for other in parts if other is not part))
        if rest is not sp.false and _follows([*premises, part], rest, timeout):
            parts.remove(part)
    return sp.Or(*parts)


def _follows(premises: Sequence[Any], condition: Any, timeout: float) -> bool:
    try:
        return prove(premises, condition, timeout=timeout).status == "proved"
    except (
        SolverError,
        SpecificationError,
    ):  # undecided, or undefined somewhere: the condition says something, keep it
        return False


def _strict(condition: Any) -> Any:
    """The condition with > for ≥ in every comparison; ``None`` where an equation stands, which no open set satisfies."""
    if isinstance(condition, (sp.And, sp.Or)):
        parts = [_strict(part) for part in condition.args]
        if isinstance(condition, sp.Or):
            parts = [part for part in parts if part is not None]
            return sp.Or(*parts) if parts else None
        return None if None in parts else sp.And(*parts)
    if isinstance(condition, sp.Eq):
        return None
    return sp.Gt(condition.lhs, condition.rhs) if isinstance(condition, sp.Ge) else condition


def _borders(conditions: Sequence[Any]) -> set[Any]:
    """The comparisons that tell the cases of Piecewise terms apart."""
    tests = [test for c in conditions for term in c.atoms(sp.Piecewise) for _, test in term.args]
    return set().union(*(test.atoms(sp.core.relational.Relational) for test in tests))


def _complete(point: Point | None, parameters: tuple[Any, ...], premises: Any, conditions: Any) -> Point | None:
    """The point with a value for parameters that the conditions do not restrict, re-checked by substitution."""
    if point is None:
        return None
    full = {symbol: point.get(symbol, sp.Integer(0)) for symbol in parameters}
    assert all_hold([*premises, *conditions], full)
    return MappingProxyType(full)


def _point(parameters: tuple[Any, ...], values: Mapping[Any, Any]) -> dict[Any, Any]:
    by_name = {str(symbol): symbol for symbol in parameters}
    given = {str(key): value for key, value in values.items()}
    for name in [*given, *by_name]:
        if name not in by_name or name not in given:
            raise SpecificationError(
                f"values: {name!r} is {'unknown' if name not in by_name else 'missing'}; give a number for each of "
                f"{', '.join(by_name)}"
            )
    point = {}
    for name, value in given.items():
        if isinstance(value, sp.Basic) and value.is_algebraic and not value.is_Rational and not value.has(sp.Float):
            point[by_name[name]] = value  # the prover's points can be roots of polynomials
            continue
        number = exact(value if not isinstance(value, sp.Float) else float(value), where=f"values[{name!r}]")
        point[by_name[name]] = sp.Rational(number.numerator, number.denominator)
    return point


def _symbols(expressions: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sorted({s for e in expressions for s in e.free_symbols}, key=lambda symbol: str(symbol.name)))


def sympy_expression(value: Any) -> Any:
    """A payoff as a sympy expression: fractions become sympy's."""
    if isinstance(value, (int, np.integer, Fraction)):
        return sp.Rational(int(value.numerator), int(value.denominator))
    return value


def _mapped(tensor: Any, function: Any) -> list[Any]:
    return [function(x) if not isinstance(x, (np.ndarray, list)) else _mapped(x, function) for x in tensor]
