"""Statements of sympy as terms of z3, with denominators multiplied out and an obligation for each.

A term becomes a quotient N / (f_1^k_1 … f_r^k_r) of polynomials (with cases, for Min, Max, Abs and Piecewise). For
non-zero f

    N / ∏ f^k = 0  ⇔  N = 0        and        N / ∏ f^k > 0  ⇔  N · ∏_{k odd} f > 0,

so that no division reaches the prover. For each denominator the condition "what guards it ⇒ it is not zero" is kept:
the caller shows that it follows from the assumptions, for otherwise the translation would mean something else than
the statement. The size is linear in that of the statement, up to the factors that common denominators repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import sympy as sp
import z3

from gametheory.symbolic.statements import MAX_POWER, Exists, Forall, Statement, refuse_capture, unsupported

__all__ = ["Translation"]


@dataclass(frozen=True, slots=True, eq=False)
class _Quotient:
    """numerator / ∏ factor**power, with factors keyed by the prover's identity of terms."""

    numerator: Any
    factors: Mapping[int, tuple[Any, int]]

    def over(self, factors: Mapping[int, tuple[Any, int]]) -> Any:
        """The numerator after extending the denominator to ``factors``."""
        result = self.numerator
        for key, (factor, power) in factors.items():
            for _ in range(power - (self.factors[key][1] if key in self.factors else 0)):
                result = result * factor
        return result


def _common(quotients: Sequence[_Quotient]) -> dict[int, tuple[Any, int]]:
    factors: dict[int, tuple[Any, int]] = {}
    for quotient in quotients:
        for key, (factor, power) in quotient.factors.items():
            factors[key] = (factor, max(power, factors[key][1] if key in factors else 0))
    return factors


def _signed(quotient: _Quotient) -> Any:
    """A polynomial with the sign of the quotient: the numerator times the factors of odd power."""
    result = quotient.numerator
    for factor, power in quotient.factors.values():
        result = result * factor if power % 2 else result
    return result


@final
class Translation:
    """A statement with its assumptions as terms of z3, in a context of its own: no state is shared between questions.

    Attributes
    ----------
    premises, assumptions : lists
        The assumptions as sympy expressions (those without division first) and as terms of z3.
    statement : term of z3
    obligations : list of pairs
        What would leave the statement undefined, in words, and the condition under which it does not happen.
    symbols : dict
        The real constant of z3 for each free symbol.
    """

    def __init__(self, premises: Sequence[Any], conclusion: Statement) -> None:
        self.context = z3.Context()
        self.symbols: dict[Any, Any] = {}
        self.obligations: list[tuple[Any, Any]] = []
        self.quantified = isinstance(conclusion, (Forall, Exists))
        self._path: list[Any] = []
        # Assumptions without division come first: they guard the denominators of the others.
        self.premises = sorted(premises, key=_divides)
        self.assumptions = []
        for premise in self.premises:
            self.assumptions.append(self._boolean(premise))
            self._path.append(self.assumptions[-1])
        self.statement = self._statement(conclusion)

    @property
    def defined(self) -> list[Any]:
        """The conditions that no denominator is zero."""
        return [condition for _, condition in self.obligations]

    def _statement(self, statement: Statement) -> Any:
        if not isinstance(statement, (Forall, Exists)):
            return self._boolean(statement)
        refuse_capture(statement, set(self.symbols))
        bound = [self._symbol(variable) for variable in statement.variables]
        outside, self.obligations = self.obligations, []
        where = self._boolean(statement.where)
        self._path.append(where)
        body = self._statement(statement.body)
        self._path.pop()
        inside, self.obligations = self.obligations, outside
        self.obligations += [(term, z3.ForAll(bound, condition)) for term, condition in inside]
        for variable in statement.variables:
            del self.symbols[variable]
        if isinstance(statement, Forall):
            return z3.ForAll(bound, z3.Implies(where, body))
        return z3.Exists(bound, z3.And(where, body))

    def _symbol(self, symbol: Any) -> Any:
        if symbol not in self.symbols:
            self.symbols[symbol] = z3.Real(symbol.name, self.context)
        return self.symbols[symbol]

    def _constant(self, value: Any) -> Any:
        return z3.RealVal(f"{value.p}/{value.q}", self.context)

    def _boolean(self, node: Any) -> Any:
        if node is sp.true or node is sp.false:
            return z3.BoolVal(bool(node), self.context)
        if isinstance(node, (sp.And, sp.Or)):
            parts = [self._boolean(part) for part in node.args]
            return z3.And(*parts) if isinstance(node, sp.And) else z3.Or(*parts)
        if isinstance(node, sp.Not):
            return z3.Not(self._boolean(node.args[0]))
        if isinstance(node, sp.Implies):
            premise = self._boolean(node.args[0])
            return z3.Implies(premise, self._under([premise], self._boolean, node.args[1]))
        if isinstance(node, sp.Equivalent):
            first, *others = [self._boolean(part) for part in node.args]
            return z3.And(*[first == other for other in others])
        if isinstance(node, sp.ITE):
            test = self._boolean(node.args[0])
            return z3.If(
                test,
                self._under([test], self._boolean, node.args[1]),
                self._under([z3.Not(test)], self._boolean, node.args[2]),
            )
        if isinstance(node, sp.core.relational.Relational):
            return self._comparison(node)
        raise unsupported(node)

    def _comparison(self, node: Any) -> Any:
        left, right = self._term(node.lhs), self._term(node.rhs)
        factors = _common([left, right])
        difference = _Quotient(left.over(factors) - right.over(factors), factors)
        if node.rel_op in ("==", "!="):
            return difference.numerator == 0 if node.rel_op == "==" else difference.numerator != 0
        signed = _signed(difference)
        return {"<": signed < 0, "<=": signed <= 0, ">": signed > 0, ">=": signed >= 0}[node.rel_op]

    def _under(self, guards: Sequence[Any], read: Callable[[Any], Any], node: Any) -> Any:
        self._path.extend(guards)
        result = read(node)
        del self._path[len(self._path) - len(guards) :]
        return result

    def _term(self, node: Any) -> _Quotient:
        if isinstance(node, sp.Rational):
            return _Quotient(self._constant(node), {})
        if isinstance(node, sp.Symbol):
            return _Quotient(self._symbol(node), {})
        if isinstance(node, sp.Add):
            terms = [self._term(part) for part in node.args]
            factors = _common(terms)
            return _Quotient(z3.Sum(*[term.over(factors) for term in terms]), factors)
        if isinstance(node, sp.Mul):
            return self._product([self._term(part) for part in node.args])
        if isinstance(node, sp.Pow) and isinstance(node.exp, sp.Integer) and abs(node.exp) <= MAX_POWER:
            base = self._term(node.base)
            if node.exp < 0:
                base = self._inverse(base, node.base)
            return self._product([base] * abs(int(node.exp)))
        if isinstance(node, sp.Abs):
            inner = self._term(node.args[0])
            return _Quotient(z3.If(_signed(inner) >= 0, inner.numerator, -inner.numerator), inner.factors)
        if isinstance(node, (sp.Max, sp.Min)):
            best, *others = [self._term(part) for part in node.args]
            for other in others:
                best = self._extreme(best, other, largest=isinstance(node, sp.Max))
            return best
        if isinstance(node, sp.Piecewise):
            return self._piecewise(node)
        raise unsupported(node)

    def _product(self, terms: Sequence[_Quotient]) -> _Quotient:
        numerator = terms[0].numerator
        factors = dict(terms[0].factors)
        for term in terms[1:]:
            numerator = numerator * term.numerator
            for key, (factor, power) in term.factors.items():
                factors[key] = (factor, power + (factors[key][1] if key in factors else 0))
        return _Quotient(numerator, factors)

    def _inverse(self, term: _Quotient, shown: Any) -> _Quotient:
        condition = term.numerator != 0
        self.obligations.append(
            (
                f"the denominator {shown} vanishes",
                z3.Implies(z3.And(*self._path), condition) if self._path else condition,
            )
        )
        one = z3.RealVal(1, self.context)
        return _Quotient(_Quotient(one, {}).over(term.factors), {term.numerator.get_id(): (term.numerator, 1)})

    def _extreme(self, left: _Quotient, right: _Quotient, *, largest: bool) -> _Quotient:
        factors = _common([left, right])
        a, b = left.over(factors), right.over(factors)
        difference = _signed(_Quotient(a - b if largest else b - a, factors))
        return _Quotient(z3.If(difference >= 0, a, b), factors)

    def _piecewise(self, node: Any) -> _Quotient:
        """Nested cases; a factor of one case's denominator is 1 in the other cases, where it might be zero."""
        earlier: list[Any] = []
        cases: list[tuple[Any, _Quotient]] = []
        for value, condition in node.args:
            test = self._under(earlier, self._boolean, condition)
            active = z3.And(*earlier, test)
            cases.append((active, self._under([active], self._term, value)))
            earlier.append(z3.Not(test))
        uncovered = z3.Implies(z3.And(*self._path, *earlier), z3.BoolVal(False, self.context))
        self.obligations.append((f"no case of {node} applies", uncovered))
        numerator = cases[-1][1].numerator
        for active, case in reversed(cases[:-1]):
            numerator = z3.If(active, case.numerator, numerator)
        factors = {}
        for active, case in cases:
            for factor, power in case.factors.values():
                guarded = z3.If(active, factor, z3.RealVal(1, self.context))
                factors[guarded.get_id()] = (guarded, power)
        return _Quotient(numerator, factors)


def _divides(node: Any) -> bool:
    return any(
        isinstance(part, sp.Piecewise) or (isinstance(part, sp.Pow) and part.exp.is_negative)
        for part in sp.preorder_traversal(node)
    )
